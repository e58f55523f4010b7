//! Pairs of whole numbers: how one goes with the other, and how much there is of one for each of the other.

use periplus_model::answer::Estimate;
use serde::{Deserialize, Serialize};

use crate::distribution::{Z95, student_quantile};

/// Count, sums, squares and products of pairs. All are exact, so merging in any order gives the same figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairs {
    count: u64,
    x: i128,
    y: i128,
    xx: i128,
    yy: i128,
    xy: i128,
}

impl Pairs {
    /// Adds a pair. As many pairs as `count` holds cannot overflow the sums.
    pub fn add(&mut self, x: i32, y: i32) {
        let (x, y) = (i128::from(x), i128::from(y));
        self.count = self.count.saturating_add(1);
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
        self.xy += x * y;
    }

    /// Adds what others have counted.
    pub fn merge(&mut self, other: &Pairs) {
        self.count = self.count.saturating_add(other.count);
        self.x += other.x;
        self.y += other.y;
        self.xx += other.xx;
        self.yy += other.yy;
        self.xy += other.xy;
    }

    /// How many pairs.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sum of the first numbers.
    pub fn sum_x(&self) -> i128 {
        self.x
    }

    /// Pearson's correlation, with Fisher's interval (1915): normal on the scale of its inverse hyperbolic tangent. `None` with fewer
    /// than four pairs, or when one side is always the same.
    pub fn correlation(&self) -> Option<Estimate> {
        let n = self.count as f64;
        let product = |a: i128, b: i128, ab: i128| ab as f64 - a as f64 * (b as f64 / n);
        let (xx, yy) = (product(self.x, self.x, self.xx), product(self.y, self.y, self.yy));
        if self.count < 4 || xx <= 0.0 || yy <= 0.0 {
            return None;
        }
        let value = (product(self.x, self.y, self.xy) / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0);
        let end = |half: f64| if value.abs() < 1.0 { (value.atanh() + half).tanh() } else { value };
        let half = Z95 / (n - 3.0).sqrt();
        Some(Estimate { value, low: end(-half), high: end(half), n: self.count })
    }

    /// How much of the second numbers there is for each of the first: Σy ÷ Σx, where a pair is drawn as a whole (a customer with their
    /// impressions and clicks), so its variance is that of y − Rx (Cochran 1977, section 6.3), with Student's interval. `n` is Σx. `None` when Σx
    /// is not above zero.
    pub fn ratio(&self) -> Option<Estimate> {
        if self.x <= 0 {
            return None;
        }
        let (n, x) = (self.count as f64, self.x as f64);
        let value = self.y as f64 / x;
        let around = (self.yy as f64 - 2.0 * value * self.xy as f64 + value * value * self.xx as f64).max(0.0);
        let half = if self.count < 2 { 0.0 } else { student_quantile(0.05, n - 1.0) * (around / (n - 1.0) * n).sqrt() / x };
        Some(Estimate { value, low: value - half, high: value + half, n: u64::try_from(self.x).unwrap_or(u64::MAX) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Moments;

    fn of(pairs: &[(i32, i32)]) -> Pairs {
        let mut all = Pairs::default();
        pairs.iter().for_each(|(x, y)| all.add(*x, *y));
        all
    }

    /// Anscombe's first set (1973); R's `cor.test` gives the interval.
    #[test]
    fn a_correlation_as_published() {
        let x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
        let y = [804, 695, 758, 881, 833, 996, 724, 426, 1084, 482, 568];
        let r = of(&x.into_iter().zip(y).collect::<Vec<_>>()).correlation().unwrap();
        assert!((r.value - 0.816_420_5).abs() < 1e-7, "{r:?}");
        assert!((r.low - 0.424_391_2).abs() < 1e-6 && (r.high - 0.950_693_3).abs() < 1e-6, "{r:?}");
        assert_eq!(of(&[(1, 2), (2, 2), (3, 2), (4, 2)]).correlation(), None);
        assert_eq!(of(&[(1, 2), (2, 4), (3, 6)]).correlation(), None);
        assert_eq!(of(&[(1, 2), (2, 4), (3, 6), (4, 8)]).correlation().map(|r| r.high), Some(1.0));
    }

    #[test]
    fn a_ratio_to_ones_is_a_mean() {
        let values = [3, 1, 4, 1, 5];
        let mut moments = Moments::default();
        values.iter().for_each(|value| moments.add(i64::from(*value)));
        let (ratio, mean) = (of(&values.map(|value| (1, value))).ratio().unwrap(), moments.estimate().unwrap());
        assert!((ratio.value - mean.value).abs() < 1e-12 && (ratio.high - mean.high).abs() < 1e-9, "{ratio:?} {mean:?}");
        assert_eq!(of(&[]).ratio(), None);
        let clicks = of(&[(10, 1), (2, 1), (4, 0)]).ratio().unwrap();
        assert_eq!((clicks.value, clicks.n), (0.125, 16));
    }

    #[test]
    fn parts_merge_in_any_order() {
        let (mut one, two) = (of(&[(1, -5), (7, 3)]), of(&[(i32::MIN, i32::MAX)]));
        one.merge(&two);
        assert_eq!(one, of(&[(i32::MIN, i32::MAX), (7, 3), (1, -5)]));
        assert_eq!((one.count(), one.sum_x()), (3, 8 + i128::from(i32::MIN)));
    }
}
