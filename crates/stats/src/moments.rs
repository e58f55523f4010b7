//! Means of integers (microseconds, micro units of currency, answers on a scale), merged exactly.

use periplus_model::answer::Estimate;
use serde::{Deserialize, Serialize};

use crate::distribution::student_quantile;
use crate::proportion::unmet;

/// Count, sum, and sum of squares of integers. The sums are exact, so merging in any order gives the same figures.
///
/// They hold up to 2^64 − 1 values of any size that an `i64` has: the sum of squares is kept in 192 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    count: u64,
    sum: i128,
    /// The sum of squares is `squares_high * 2^128 + squares_low`.
    squares_low: u128,
    squares_high: u64,
}

impl Moments {
    /// Adds one value.
    pub fn add(&mut self, value: i64) {
        self.count = self.count.saturating_add(1);
        self.sum += i128::from(value);
        self.add_square(u128::from(value.unsigned_abs()).pow(2), 0);
    }

    /// Adds a value so many times.
    pub fn add_many(&mut self, value: i64, times: u64) {
        self.count = self.count.saturating_add(times);
        self.sum += i128::from(value) * i128::from(times);
        // A square has up to 126 bits and a count 64: multiply in two halves.
        let square = u128::from(value.unsigned_abs()).pow(2);
        let (low, high) = (square & u128::from(u64::MAX), square >> 64);
        self.add_square(low * u128::from(times), 0);
        let upper = high * u128::from(times);
        self.add_square(upper << 64, (upper >> 64) as u64);
    }

    fn add_square(&mut self, low: u128, high: u64) {
        let (sum, carried) = self.squares_low.overflowing_add(low);
        self.squares_low = sum;
        self.squares_high = self.squares_high.saturating_add(high).saturating_add(u64::from(carried));
    }

    /// Adds what another one has seen.
    pub fn merge(&mut self, other: &Moments) {
        self.count = self.count.saturating_add(other.count);
        self.sum += other.sum;
        self.add_square(other.squares_low, other.squares_high);
    }

    /// What is left when values that were merged are taken out again; `None` when they were not in it.
    pub fn without(&self, part: &Moments) -> Option<Moments> {
        let (squares_low, borrowed) = self.squares_low.overflowing_sub(part.squares_low);
        Some(Moments {
            count: self.count.checked_sub(part.count)?,
            sum: self.sum - part.sum,
            squares_low,
            squares_high: self.squares_high.checked_sub(part.squares_high)?.checked_sub(u64::from(borrowed))?,
        })
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their exact sum.
    pub fn sum(&self) -> i128 {
        self.sum
    }

    /// Their mean; `None` when there are none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// Their variance (the unbiased one, over n − 1); `None` when there are fewer than two.
    pub fn variance(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        // Around the whole number next to the mean, in exact arithmetic, because the textbook difference of squares would
        // lose all digits for times since 1970.
        let n = i128::from(self.count);
        let centre = self.sum.div_euclid(n);
        let rest = self.sum.rem_euclid(n);
        let around = self.squares_around(centre, rest);
        let (n, rest) = (self.count as f64, rest as f64);
        Some(((around - rest * (rest / n)) / (n - 1.0)).max(0.0))
    }

    /// Σ(v−c)² exactly, then as a float. Since Σv = nc + rest, it is Σv² − c(Σv + rest).
    fn squares_around(&self, centre: i128, rest: i128) -> f64 {
        let (low, high) = wide_product(centre.unsigned_abs(), (self.sum + rest).unsigned_abs());
        let squares_high = u128::from(self.squares_high);
        let (low, high) = if (centre < 0) == (self.sum + rest < 0) {
            let (low, borrowed) = self.squares_low.overflowing_sub(low);
            (low, squares_high.wrapping_sub(high).wrapping_sub(u128::from(borrowed)))
        } else {
            let (low, carried) = self.squares_low.overflowing_add(low);
            (low, squares_high.wrapping_add(high).wrapping_add(u128::from(carried)))
        };
        high as f64 * 2f64.powi(128) + low as f64
    }

    /// The mean with its 95 % interval by Student's t. With one value, or none, there is no interval: one value gives itself
    /// as both ends, none gives `None`.
    pub fn estimate(&self) -> Option<Estimate> {
        let value = self.mean()?;
        let half = match self.variance() {
            Some(variance) if variance > 0.0 => student_quantile(0.05, (self.count - 1) as f64) * (variance / self.count as f64).sqrt(),
            _ => 0.0,
        };
        Some(Estimate { value, low: value - half, high: value + half, n: self.count })
    }

    /// The mean of values that cannot lie beyond two ends, with its 95 % interval, cut at these ends. When all values are the same, Student
    /// has no interval: others may still be there that were not met, at most the share that is the upper end of Wilson's interval of none
    /// of so many, and these could lie at either end.
    pub fn estimate_between(&self, ends: [f64; 2]) -> Option<Estimate> {
        let told = self.estimate()?;
        let [least, most] = [ends[0].min(ends[1]), ends[0].max(ends[1])];
        if self.variance().is_some_and(|variance| variance > 0.0) {
            return Some(Estimate { low: told.low.max(least), high: told.high.min(most), ..told });
        }
        let others = unmet(self.count);
        let value = told.value;
        Some(Estimate { low: value + others * (least - value).min(0.0), high: value + others * (most - value).max(0.0), ..told })
    }
}

/// The 256 bits of a product, as (low, high).
fn wide_product(a: u128, b: u128) -> (u128, u128) {
    const HALF: u128 = u64::MAX as u128;
    let (a0, a1, b0, b1) = (a & HALF, a >> 64, b & HALF, b >> 64);
    let (low, cross, other, high) = (a0 * b0, a1 * b0, a0 * b1, a1 * b1);
    let middle = (low >> 64) + (cross & HALF) + (other & HALF);
    ((low & HALF) | (middle << 64), high + (cross >> 64) + (other >> 64) + (middle >> 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[i64]) -> Moments {
        let mut moments = Moments::default();
        values.iter().for_each(|value| moments.add(*value));
        moments
    }

    /// Of 30 who say the same, 11.4 % may be others (3.84 / 33.84): 0.2 below the best mark of −1 to 1 there is little room.
    #[test]
    fn a_mean_of_the_same_is_not_certain() {
        let ends = [-1_000.0, 1_000.0];
        let same = of(&[800; 30]).estimate_between(ends).unwrap();
        assert_eq!((same.value, same.n), (800.0, 30));
        assert!((same.low - (800.0 - 0.113_5 * 1_800.0)).abs() < 0.1 && (same.high - (800.0 + 0.113_5 * 200.0)).abs() < 0.1, "{same:?}");
        let two = of(&[-1_000; 2]).estimate_between([1_000.0, -1_000.0]).unwrap();
        assert!(two.low == -1_000.0 && two.high > 300.0, "of two who are angry little is known: {two:?}");
        let wide = of(&[-900, 900]).estimate_between(ends).unwrap();
        assert_eq!((wide.value, wide.low, wide.high), (0.0, -1_000.0, 1_000.0));
        assert_eq!(of(&[1, 2, 3]).estimate_between(ends), of(&[1, 2, 3]).estimate());
        assert_eq!(of(&[]).estimate_between(ends), None);
    }

    #[test]
    fn large_values_lose_no_digits() {
        let day = 1_767_225_600_000_000;
        let near = of(&[day, day + 1, day + 2, day + 3]);
        assert_eq!(near.variance(), Some(5.0 / 3.0));
        assert_eq!(of(&[0, 0, 0, -1]).variance(), Some(0.25));
        assert_eq!(of(&[-day, -day - 1, -day - 2, -day - 3]).variance(), Some(5.0 / 3.0));
        let ends = of(&[i64::MIN, i64::MAX, i64::MIN, i64::MAX]);
        assert!((ends.variance().unwrap() / (2f64.powi(126) * 4.0 / 3.0) - 1.0).abs() < 1e-12);
        let mut many = Moments::default();
        many.add_many(i64::MIN, u64::MAX / 2);
        many.add_many(i64::MIN + 2, u64::MAX / 2);
        assert!((many.variance().unwrap() - 1.0).abs() < 1e-9, "{:?}", many.variance());
    }

    #[test]
    fn few_values_have_no_spread() {
        assert_eq!(of(&[]).estimate(), None);
        assert_eq!(of(&[7]).estimate(), Some(Estimate { value: 7.0, low: 7.0, high: 7.0, n: 1 }));
        // 1, 2, 3: mean 2, variance 1, t(2) = 4.3027: ± 2.4841.
        let three = of(&[1, 2, 3]).estimate().unwrap();
        assert!((three.high - 2.0 - 2.484_137_71).abs() < 1e-8, "{three:?}");
    }

    proptest! {
        #[test]
        fn merging_in_any_order_is_adding_one_by_one(values in prop::collection::vec(-1_000_000i64..1_000_000, 2..60), cut in 0usize..60) {
            let cut = cut.min(values.len());
            let mut merged = of(&values[cut..]);
            merged.merge(&of(&values[..cut]));
            prop_assert_eq!(merged, of(&values));
            let mean = values.iter().sum::<i64>() as f64 / values.len() as f64;
            let naive = values.iter().map(|v| (*v as f64 - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
            prop_assert!((merged.variance().unwrap() - naive).abs() <= 1e-9 * naive.max(1.0));
        }
    }
}
