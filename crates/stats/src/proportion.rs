//! Shares and their differences.

use periplus_model::answer::Estimate;

use crate::distribution::{Z95, normal_two_sided};

/// The share of `k` in `n` with Wilson's 95 % interval, which stays between 0 and 1 and holds its promise for few
/// observations and for shares near the ends (Wilson 1927). `None` when there are no observations.
pub fn wilson(k: u64, n: u64) -> Option<Estimate> {
    score(k, n, Z95)
}

/// Wilson's interval of so many standard errors.
pub(crate) fn score(k: u64, n: u64, z: f64) -> Option<Estimate> {
    if n == 0 {
        return None;
    }
    let (k, size) = (k.min(n) as f64, n as f64);
    let (share, square) = (k / size, z * z);
    let middle = (share + square / (2.0 * size)) / (1.0 + square / size);
    let half = z / (1.0 + square / size) * (share * (1.0 - share) / size + square / (4.0 * size * size)).sqrt();
    // At the ends the bounds are exact; rounding must not put them beside.
    let low = if k == 0.0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if k == size { 1.0 } else { (middle + half).min(1.0) };
    Some(Estimate { value: share, low, high, n })
}

/// Of how many, at most, something may be true that was not met once among so many: the upper end of Wilson's 95 % interval of none in `n`;
/// 1 when there are no observations.
pub(crate) fn unmet(n: u64) -> f64 {
    wilson(0, n).map_or(1.0, |none| none.high)
}

/// The difference of two shares, `k1` in `n1` less `k2` in `n2`, with Newcombe's 95 % interval (his method 10, from the two
/// Wilson intervals, without continuity correction; 1998). `n` counts both. `None` when a side has no observations.
pub fn newcombe((k1, n1): (u64, u64), (k2, n2): (u64, u64)) -> Option<Estimate> {
    let (one, two) = (wilson(k1, n1)?, wilson(k2, n2)?);
    let value = one.value - two.value;
    Some(Estimate {
        value,
        low: value - (one.value - one.low).hypot(two.high - two.value),
        high: value + (one.high - one.value).hypot(two.value - two.low),
        n: n1.saturating_add(n2),
    })
}

/// A test of whether two figures differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The difference in standard errors.
    pub statistic: f64,
    /// How probable a difference at least as large would be if there were none (two-sided).
    pub p: f64,
}

/// Whether two shares differ: the z test with pooled variance, two-sided. It relies on the normal approximation, which is
/// poor when a cell of the table (`k1`, `n1 − k1`, `k2`, `n2 − k2`) is under about 5. `None` when a side has no observations;
/// when nobody or everybody is counted on both sides the difference is 0 and p is 1.
pub fn two_proportions((k1, n1): (u64, u64), (k2, n2): (u64, u64)) -> Option<Test> {
    if n1 == 0 || n2 == 0 {
        return None;
    }
    let (k1, n1, k2, n2) = (k1.min(n1) as f64, n1 as f64, k2.min(n2) as f64, n2 as f64);
    let pooled = (k1 + k2) / (n1 + n2);
    let error = (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
    let statistic = if error > 0.0 { (k1 / n1 - k2 / n2) / error } else { 0.0 };
    Some(Test { statistic, p: normal_two_sided(statistic) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_observed_is_no_estimate() {
        assert_eq!(wilson(0, 0), None);
        assert_eq!(newcombe((0, 0), (1, 2)), None);
        assert_eq!(two_proportions((1, 2), (0, 0)), None);
        assert_eq!(two_proportions((0, 5), (0, 9)), Some(Test { statistic: 0.0, p: 1.0 }));
        assert_eq!(two_proportions((5, 5), (9, 9)), Some(Test { statistic: 0.0, p: 1.0 }));
    }

    proptest! {
        #[test]
        fn intervals_hold_their_figures(n1 in 1u64..5000, n2 in 1u64..5000, f1 in 0.0..=1.0f64, f2 in 0.0..=1.0f64) {
            let (k1, k2) = ((f1 * n1 as f64) as u64, (f2 * n2 as f64) as u64);
            let share = wilson(k1, n1).unwrap();
            prop_assert!(0.0 <= share.low && share.low <= share.value && share.value <= share.high && share.high <= 1.0);
            // The bounds are the shares that lie just 1.96 of their own standard errors away (Wilson's definition).
            for bound in [share.low, share.high] {
                if bound > 0.0 && bound < 1.0 {
                    let errors = (share.value - bound).abs() / (bound * (1.0 - bound) / n1 as f64).sqrt();
                    prop_assert!((errors - Z95).abs() < 1e-6, "{errors}");
                }
            }
            let (there, back) = (newcombe((k1, n1), (k2, n2)).unwrap(), newcombe((k2, n2), (k1, n1)).unwrap());
            prop_assert!(there.low <= there.value && there.value <= there.high);
            prop_assert!((-1.0 - 1e-12..=1.0 + 1e-12).contains(&there.low) && there.high <= 1.0 + 1e-12);
            prop_assert!((there.low + back.high).abs() < 1e-12 && (there.value + back.value).abs() < 1e-12);
        }
    }
}
