//! Dice for bootstraps, starts and samples: the same seed throws the same numbers, on every machine.

/// Numbers that look random and depend on nothing but the seed (SplitMix64: Steele, Lea and Flood 2014, *Fast splittable
/// pseudorandom number generators*).
#[derive(Clone, Debug)]
pub struct Chance {
    state: u64,
}

impl Chance {
    /// Dice with this seed; any number will do. Seeds that differ give unrelated numbers.
    pub fn new(seed: u64) -> Chance {
        // Close seeds would start close to each other on the same circle: a hash throws them apart.
        Chance { state: mix(seed ^ 0x6A09_E667_F3BC_C909) }
    }

    /// Dice for one part of the work, which do not depend on how much the other parts have thrown.
    pub fn of(seed: u64, part: u64) -> Chance {
        Chance::new(mix(seed).wrapping_add(part.wrapping_mul(0xD1B5_4A32_D192_ED03)))
    }

    /// A whole number, each of 2⁶⁴ with the same probability.
    pub fn whole(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// A number above 0 and below 1.
    pub fn share(&mut self) -> f64 {
        ((self.whole() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// A whole number below `n`; 0 when `n` is 0. The high half of a product (Lemire 2019), whose bias is below n / 2⁶⁴.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.whole()) * n as u128) >> 64) as usize
    }

    /// `count` different numbers below `n`, in order; all when there are no more.
    pub fn sample(&mut self, n: usize, count: usize) -> Vec<usize> {
        if count >= n {
            return (0..n).collect();
        }
        // Knuth's algorithm S: each is taken with the share that is still wanted.
        let mut taken = Vec::with_capacity(count);
        for number in 0..n {
            if self.below(n - number) < count - taken.len() {
                taken.push(number);
            }
        }
        taken
    }

    /// A standard normal number (the polar method: Marsaglia and Bray 1964).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.share() - 1.0, 2.0 * self.share() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                return x * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    /// A number with the gamma distribution of this shape and scale 1 (Marsaglia and Tsang 2000, *A simple method for
    /// generating gamma variables*). 0 when the shape is not above 0.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if !(shape > 0.0 && shape.is_finite()) {
            return 0.0;
        }
        if shape < 1.0 {
            let share = self.share();
            return self.gamma(shape + 1.0) * share.powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.share().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// How often something happened that happens `mean` times on average: Poisson. Small means by going through the
    /// probabilities, larger ones by transformed rejection (Hörmann 1993, *The transformed rejection method for generating
    /// Poisson random variables*, PTRS). 0 when the mean is not above 0.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if !(mean > 0.0 && mean.is_finite()) {
            return 0;
        }
        if mean < 16.0 {
            let mut rest = self.share();
            let mut probability = (-mean).exp();
            let mut count = 0u64;
            // Past 200 the probabilities are below anything that a share can tell from 0.
            while rest > probability && count < 200 {
                rest -= probability;
                count += 1;
                probability *= mean / count as f64;
            }
            return count;
        }
        let (b, log_mean) = (0.931 + 2.53 * mean.sqrt(), mean.ln());
        let a = -0.059 + 0.024_83 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let v_r = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = self.share() - 0.5;
            let v = self.share();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= v_r {
                return k as u64;
            }
            if k < 0.0 || us < 0.013 && v > us {
                continue;
            }
            if v.ln() + inverse_alpha.ln() - (a / (us * us) + b).ln() <= k * log_mean - mean - libm::lgamma(k + 1.0) {
                return k as u64;
            }
        }
    }

    /// How many of `n` something happens to that happens to each with probability `share`: binomial. One by one up to 64, else
    /// halved at a middle order statistic, which is a beta number (Relles 1972), until few are left.
    pub fn binomial(&mut self, n: u64, share: f64) -> u64 {
        let (mut n, mut share, mut hits) = (n, share, 0);
        if share.is_nan() || share <= 0.0 {
            return 0;
        }
        while n > 64 && share > 0.0 && share < 1.0 {
            let at = n / 2 + 1;
            let (x, y) = (self.gamma(at as f64), self.gamma((n + 1 - at) as f64));
            let middle = x / (x + y);
            if middle <= share {
                // The first `at` lie below; the others lie evenly between the middle and 1.
                hits += at;
                n -= at;
                share = (share - middle) / (1.0 - middle);
            } else {
                n = at - 1;
                share /= middle;
            }
        }
        if share >= 1.0 {
            return hits + n;
        }
        hits + (0..n).filter(|_| self.share() < share).count() as u64
    }
}

/// A hash of a number (the finalizer of SplitMix64).
fn mix(number: u64) -> u64 {
    let x = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of many throws are within five standard errors of what they must be.
    fn holds(name: &str, mean: f64, variance: f64, mut throw: impl FnMut(&mut Chance) -> f64) {
        let mut dice = Chance::new(7);
        let many = 200_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..many {
            let x = throw(&mut dice);
            assert!(x.is_finite(), "{name}");
            sum += x - mean;
            squares += (x - mean) * (x - mean);
        }
        let n = f64::from(many);
        assert!((sum / n).abs() < 5.0 * (variance / n).sqrt(), "{name}: the mean is off by {}", sum / n);
        assert!((squares / n / variance - 1.0).abs() < 0.03, "{name}: variance {} is not {variance}", squares / n);
    }

    #[test]
    fn throws_have_the_moments_of_their_distributions() {
        holds("share", 0.5, 1.0 / 12.0, Chance::share);
        holds("normal", 0.0, 1.0, Chance::normal);
        for shape in [0.3, 1.0, 2.5, 700.0] {
            holds("gamma", shape, shape, |dice| dice.gamma(shape));
        }
        for mean in [0.2, 1.0, 15.9, 16.1, 90.0, 1e6] {
            holds("poisson", mean, mean, |dice| dice.poisson(mean) as f64);
        }
        for (n, share) in [(10u64, 0.3), (65, 0.5), (1000, 0.02), (1000, 0.9), (1_000_000, 0.2)] {
            holds("binomial", n as f64 * share, n as f64 * share * (1.0 - share), |dice| dice.binomial(n, share) as f64);
        }
    }

    /// Moments could hide a bend: the shares of small counts are held against the formula.
    #[test]
    fn poisson_counts_are_as_frequent_as_the_formula_says() {
        for mean in [3.0, 20.0] {
            let mut dice = Chance::new(11);
            let mut seen = [0u32; 60];
            (0..200_000).for_each(|_| seen[(dice.poisson(mean) as usize).min(59)] += 1);
            let mut probability = f64::exp(-mean);
            for (count, found) in seen.iter().enumerate().take(50) {
                let expected = probability * 200_000.0;
                assert!((f64::from(*found) - expected).abs() < 5.0 * expected.sqrt() + 5.0, "{mean}: {count} came {found} times");
                probability *= mean / (count + 1) as f64;
            }
        }
    }

    #[test]
    fn the_same_seed_throws_the_same_and_another_one_others() {
        let throw = |seed| Chance::new(seed).whole();
        assert_eq!(throw(5), throw(5));
        assert_ne!(throw(5), throw(6));
        assert_ne!(Chance::of(5, 0).whole(), Chance::of(5, 1).whole());
    }

    #[test]
    fn impossible_distributions_throw_nothing() {
        let mut dice = Chance::new(1);
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!((dice.gamma(wrong), dice.poisson(wrong)), (0.0, 0));
        }
        assert_eq!((dice.binomial(9, f64::NAN), dice.binomial(9, 2.0), dice.binomial(0, 0.5)), (0, 9, 0));
    }

    #[test]
    fn samples_are_fair_and_in_order() {
        let mut counts = [0u32; 10];
        for seed in 0..4000 {
            let sample = Chance::new(seed).sample(10, 3);
            assert!(sample.len() == 3 && sample.is_sorted());
            sample.iter().for_each(|number| counts[*number] += 1);
        }
        // 1200 expected, with a standard deviation of 29.
        assert!(counts.iter().all(|count| (1080..1320).contains(count)), "{counts:?}");
        assert_eq!(Chance::new(1).sample(3, 5), [0, 1, 2]);
    }
}
