//! Chance from a seed.

/// A sequence of random numbers: SplitMix64 (Steele, Lea and Flood 2014). The same seed gives the same numbers.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Dice {
        Dice { state: seed }
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    /// At least 0 and less than 1, with 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number below `n`; 0 when `n` is 0. The high half of a product (Lemire 2019), whose bias is below n / 2⁶⁴.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.roll()) * n as u128) >> 64) as usize
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_fair_and_in_order() {
        let mut counts = [0u32; 10];
        for seed in 0..4000 {
            let sample = Dice::new(seed).sample(10, 3);
            assert!(sample.len() == 3 && sample.is_sorted());
            sample.iter().for_each(|number| counts[*number] += 1);
        }
        // 1200 expected, with a standard deviation of 29.
        assert!(counts.iter().all(|count| (1080..1320).contains(count)), "{counts:?}");
        assert_eq!(Dice::new(1).sample(3, 5), [0, 1, 2]);
    }
}
