//! The emotion curve of a journey: what remains of it, and where it is not what was believed.

use periplus_model::answer::Estimate;

use crate::distribution::student_two_sided;
use crate::survey::FEW;
use crate::{Moments, holm};

/// What remains of a journey: the mean of its peak and its end.
///
/// People remember an experience by its most intense moment and by how it ended, and hardly by how long it took (Fredrickson and
/// Kahneman 1993, "Duration neglect in retrospective evaluations of affective episodes").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeakEnd {
    /// The mean of both, with a 95 % interval that takes the stages for independent. `n` is the smaller of both.
    pub score: Estimate,
    /// The mean over the stages with enough marks, for comparison.
    pub mean: f64,
    /// The stage that is furthest from neutral.
    pub peak: usize,
    /// The last stage that has enough marks.
    pub end: usize,
}

/// The peak and the end of a curve: one mean per stage in the order of the journey (−1 to 1, 0 is neutral), `None` where nobody said
/// anything. Of two stages that are equally far from neutral the later one is the peak. Stages of fewer than [`FEW`] marks are neither, and not
/// in the mean: two angry customers are not what remains for all. `None` when there are no others.
pub fn peak_end(stages: &[Option<Estimate>]) -> Option<PeakEnd> {
    let told: Vec<(usize, Estimate)> =
        stages.iter().enumerate().filter_map(|(at, stage)| Some((at, stage.filter(|stage| stage.n >= FEW)?))).collect();
    let (end, last) = *told.last()?;
    let (peak, most) = told.iter().copied().max_by(|one, other| one.1.value.abs().total_cmp(&other.1.value.abs()))?;
    let value = (most.value + last.value) / 2.0;
    // Half the length of an interval stands for its error; that of a mean of two is half the root of the sum of squares.
    let half = |side: fn(&Estimate) -> f64| if peak == end { side(&last) } else { side(&most).hypot(side(&last)) / 2.0 };
    Some(PeakEnd {
        score: Estimate {
            value,
            low: (value - half(|e| e.value - e.low)).max(-1.0),
            high: (value + half(|e| e.high - e.value)).min(1.0),
            n: most.n.min(last.n),
        },
        mean: told.iter().map(|(_, stage)| stage.value).sum::<f64>() / told.len() as f64,
        peak,
        end,
    })
}

/// How far what was measured at a stage is from what was believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// What was measured less what was believed.
    pub difference: f64,
    /// How probable a gap at least as large is if the belief is right: Student's t test of one mean, corrected over all stages that were
    /// tested (Holm 1979).
    pub p: f64,
}

/// Tests what was believed against what was measured: the values of each stage, so many to 1, and the belief. `None` where nothing is
/// believed, or where fewer than [`FEW`] values were given.
pub fn gaps(stages: &[(&Moments, Option<f64>)], unit: f64) -> Vec<Option<Gap>> {
    let raw: Vec<Option<Gap>> = stages.iter().map(|(values, believed)| gap(values, (*believed)?, unit)).collect();
    let p: Vec<f64> = raw.iter().flatten().map(|gap| gap.p).collect();
    let mut corrected = holm(&p).into_iter();
    raw.into_iter().map(|gap| gap.map(|gap| Gap { p: corrected.next().unwrap_or(1.0), ..gap })).collect()
}

fn gap(values: &Moments, believed: f64, unit: f64) -> Option<Gap> {
    let n = values.count();
    if n < FEW || !believed.is_finite() {
        return None;
    }
    let difference = values.mean()? / unit - believed;
    let error = (values.variance()?.max(0.0) / n as f64).sqrt() / unit;
    let p = match (error > 0.0, difference == 0.0) {
        (true, _) => student_two_sided(difference / error, (n - 1) as f64),
        // Everybody said the same.
        (false, is_that) => f64::from(u8::from(is_that)),
    };
    Some(Gap { difference, p })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(value: f64, n: u64) -> Option<Estimate> {
        Some(Estimate { value, low: value - 0.1, high: value + 0.1, n })
    }

    #[test]
    fn a_bad_moment_and_a_good_end_remain() {
        let curve = [about(0.2, 50), about(-0.8, 40), None, about(0.4, 30), None];
        let told = peak_end(&curve).unwrap_or_else(|| panic!("somebody said something"));
        assert_eq!((told.peak, told.end, told.score.n), (1, 3, 30));
        assert!((told.score.value - -0.2).abs() < 1e-12 && (told.mean - -0.2 / 3.0).abs() < 1e-12, "{told:?}");
        // Two independent errors of 0.1: half of their length together.
        assert!((told.score.high - told.score.value - 0.1 / 2_f64.sqrt()).abs() < 1e-12, "{told:?}");
    }

    #[test]
    fn when_the_end_is_the_peak_it_is_all_that_remains() {
        let told = peak_end(&[about(0.1, 39), about(-0.5, 38)]).unwrap_or_else(|| panic!("somebody said something"));
        assert_eq!((told.peak, told.end), (1, 1));
        assert!((told.score.value + 0.5).abs() < 1e-12 && (told.score.low + 0.6).abs() < 1e-12, "{told:?}");
        assert_eq!(peak_end(&[None, None]), None);
        assert_eq!(peak_end(&[]), None);
        let edge = peak_end(&[about(1.0, 50)]).unwrap_or_else(|| panic!("somebody said something"));
        assert!(edge.score.high <= 1.0);
    }

    #[test]
    fn two_angry_customers_are_neither_peak_nor_end() {
        let curve = [about(-1.0, 2), about(0.6, 400), about(-0.9, 29)];
        let told = peak_end(&curve).unwrap_or_else(|| panic!("four hundred said something"));
        assert_eq!((told.peak, told.end, told.score.value, told.mean, told.score.n), (1, 1, 0.6, 0.6, 400));
        assert_eq!(peak_end(&[about(-1.0, 2), about(0.6, 29)]), None);
    }

    fn values(list: &[i64]) -> Moments {
        let mut moments = Moments::default();
        list.iter().for_each(|value| moments.add(*value));
        moments
    }

    #[test]
    fn a_gap_is_tested_and_corrected_over_the_stages() {
        // 0.1 … 1.0, three times: mean 0.55, standard deviation 0.29214, t against 0.45 is 1.87487 with 29 degrees of freedom.
        let even = values(&(0..30).map(|n| (n % 10 + 1) * 100).collect::<Vec<_>>());
        let few = values(&[100, 900]);
        let told = gaps(&[(&even, Some(0.45)), (&even, Some(0.55)), (&few, Some(0.0)), (&even, None)], 1_000.0);
        let first = told[0].unwrap_or_else(|| panic!("{told:?}"));
        assert!((first.difference - 0.1).abs() < 1e-12 && (first.p - 2.0 * 0.070_914).abs() < 1e-5, "{told:?}");
        assert!(told[1].is_some_and(|gap| gap.difference.abs() < 1e-12 && gap.p > 0.99), "{told:?}");
        assert_eq!((told[2], told[3]), (None, None));
    }

    #[test]
    fn when_all_say_the_same_the_belief_is_right_or_wrong() {
        let same = values(&[500; 30]);
        let told = gaps(&[(&same, Some(0.5)), (&same, Some(0.4)), (&same, Some(f64::NAN))], 1_000.0);
        assert_eq!(told.iter().map(|gap| gap.map(|gap| gap.p)).collect::<Vec<_>>(), [Some(1.0), Some(0.0), None]);
    }
}
