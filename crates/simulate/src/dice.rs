//! Chance that can be repeated: the same seed throws the same dice on every machine.
//!
//! Own code instead of a crate because the files of a seed must never change when a dependency does.

/// Dice for one household: xoshiro256++ (Blackman and Vigna, 2019), seeded through SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    state: [u64; 4],
}

impl Dice {
    /// The dice of one stream of a seed. Streams are independent, so households can be simulated in any order.
    pub(crate) fn of(seed: u64, stream: u64) -> Dice {
        let mut split = seed ^ scramble(stream.wrapping_add(0x5bd1_e995));
        let mut next = || {
            split = split.wrapping_add(0x9e37_79b9_7f4a_7c15);
            scramble(split)
        };
        Dice { state: [next(), next(), next(), next()] }
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c2, d2) = (c ^ a, d ^ b);
        self.state = [a ^ d2, b ^ c2, c2 ^ (b << 17), d2.rotate_left(45)];
        result
    }

    /// A number in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with this chance.
    pub(crate) fn chance(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    /// A whole number from `low` up to and including `high`.
    pub(crate) fn whole(&mut self, low: i64, high: i64) -> i64 {
        debug_assert!(low <= high, "{low}..={high} is empty");
        let width = (high - low + 1) as u64;
        // Multiply and shift; the bias is below 2^-40 for the widths used here.
        low + ((u128::from(self.bits()) * u128::from(width)) >> 64) as i64
    }

    /// A waiting time with this mean (exponential).
    pub(crate) fn waiting(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// A count of at least one with this mean (geometric), at most `most`.
    pub(crate) fn count(&mut self, mean: f64, most: u32) -> u32 {
        let goes_on = 1.0 - 1.0 / mean.max(1.0);
        let mut count = 1;
        while count < most && self.chance(goes_on) {
            count += 1;
        }
        count
    }

    /// A bell curve around `mean` (Irwin–Hall of four, so never further than 3.5 `spread` away).
    pub(crate) fn around(&mut self, mean: f64, spread: f64) -> f64 {
        let sum: f64 = (0..4).map(|_| self.unit()).sum();
        mean + (sum - 2.0) * spread * 3f64.sqrt()
    }

    /// One of several.
    pub(crate) fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.whole(0, of.len() as i64 - 1) as usize]
    }

    /// The position of one of several, by weight; the last one when all weights are zero.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut point = self.unit() * weights.iter().sum::<f64>();
        for (position, weight) in weights.iter().enumerate() {
            if point < *weight {
                return position;
            }
            point -= weight;
        }
        weights.len() - 1
    }
}

/// SplitMix64's finaliser.
fn scramble(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let first: Vec<u64> = {
            let mut dice = Dice::of(7, 1);
            (0..8).map(|_| dice.bits()).collect()
        };
        let again: Vec<u64> = {
            let mut dice = Dice::of(7, 1);
            (0..8).map(|_| dice.bits()).collect()
        };
        assert_eq!(first, again);
        assert_ne!(first[0], Dice::of(7, 2).bits());
        assert_ne!(first[0], Dice::of(8, 1).bits());
    }

    #[test]
    fn throws_have_the_means_they_promise() {
        let mut dice = Dice::of(1, 1);
        let n = 40_000;
        let mut mean = |throw: &mut dyn FnMut(&mut Dice) -> f64| (0..n).map(|_| throw(&mut dice)).sum::<f64>() / f64::from(n);
        assert!((mean(&mut |d| f64::from(u8::from(d.chance(0.3)))) - 0.3).abs() < 0.01);
        assert!((mean(&mut |d| d.waiting(5.0)) - 5.0).abs() < 0.15);
        assert!((mean(&mut |d| f64::from(d.count(3.0, 99))) - 3.0).abs() < 0.1);
        assert!((mean(&mut |d| d.around(10.0, 2.0)) - 10.0).abs() < 0.1);
        assert!((mean(&mut |d| d.whole(1, 6) as f64) - 3.5).abs() < 0.05);
        assert!((mean(&mut |d| d.weighted(&[1.0, 0.0, 3.0]) as f64) - 1.5).abs() < 0.03);
    }

    #[test]
    fn a_bell_has_the_spread_it_promises() {
        let mut dice = Dice::of(2, 2);
        let n = 40_000;
        let variance = (0..n).map(|_| dice.around(0.0, 2.0).powi(2)).sum::<f64>() / f64::from(n);
        assert!((variance.sqrt() - 2.0).abs() < 0.05, "{variance}");
    }
}
