//! Whether two means differ.

use periplus_model::answer::Estimate;

use crate::Moments;
use crate::distribution::{student_quantile, student_two_sided};

/// The difference of two means and how probable it is by chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeansTest {
    /// The first mean less the second, with its 95 % interval; `n` counts both.
    pub difference: Estimate,
    /// How probable a difference at least as large would be if there were none (two-sided).
    pub p: f64,
}

/// Welch's t test (1947): two means with variances of their own, degrees of freedom after Welch and Satterthwaite. `None`
/// when a side has fewer than two values; when neither side varies, p is 1 for equal means and 0 for others.
pub fn welch(one: &Moments, two: &Moments) -> Option<MeansTest> {
    let (v1, v2) = (one.variance()? / one.count() as f64, two.variance()? / two.count() as f64);
    let value = one.mean()? - two.mean()?;
    let error = (v1 + v2).sqrt();
    let n = one.count().saturating_add(two.count());
    if error == 0.0 {
        let difference = Estimate { value, low: value, high: value, n };
        return Some(MeansTest { difference, p: if value == 0.0 { 1.0 } else { 0.0 } });
    }
    let df = (v1 + v2).powi(2) / (v1.powi(2) / (one.count() as f64 - 1.0) + v2.powi(2) / (two.count() as f64 - 1.0));
    let half = student_quantile(0.05, df) * error;
    Some(MeansTest { difference: Estimate { value, low: value - half, high: value + half, n }, p: student_two_sided(value / error, df) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(values: &[i64]) -> Moments {
        let mut moments = Moments::default();
        values.iter().for_each(|value| moments.add(*value));
        moments
    }

    #[test]
    fn it_equals_scipy() {
        // scipy.stats.ttest_ind(a, b, equal_var=False): p = 0.0064604080274603, interval −5.5833346 to −1.0033320.
        let one = moments(&[275, 210, 190, 236, 170, 179, 169, 201, 219, 226, 231, 196, 190, 217, 214]);
        let two = moments(&[271, 220, 208, 234, 234, 235, 258, 220, 248, 202, 219, 221, 229, 305, 313]);
        let test = welch(&one, &two).unwrap();
        assert!((test.p - 0.006_460_408_027_460_3).abs() < 1e-12, "{test:?}");
        assert!((test.difference.low + 55.833_346_319_763_28).abs() < 1e-9 && (test.difference.high + 10.033_320_346_903_456).abs() < 1e-9);
        assert_eq!(test.difference.n, 30);
    }

    #[test]
    fn without_variance_means_are_equal_or_not() {
        assert_eq!(welch(&moments(&[1, 1]), &moments(&[1, 1])).map(|test| test.p), Some(1.0));
        assert_eq!(welch(&moments(&[1, 1]), &moments(&[2, 2])).map(|test| test.p), Some(0.0));
        assert_eq!(welch(&moments(&[1]), &moments(&[2, 3])), None);
    }

    #[test]
    fn what_was_merged_can_be_taken_out() {
        let (one, two) = (moments(&[3, -7, i64::MAX]), moments(&[i64::MIN, 12]));
        let mut both = one;
        both.merge(&two);
        assert_eq!(both.without(&one), Some(two));
        assert_eq!(one.without(&both), None);
    }
}
