//! Survey scores. Figures from fewer than [`FEW`] responses should be hidden: their intervals say nothing.

use periplus_model::answer::Estimate;

use crate::distribution::{Z95, normal_two_sided};
use crate::moments::Moments;
use crate::proportion::{Test, unmet, wilson};

/// Fewer responses than this are too few to show a score.
pub const FEW: u64 = 30;

/// The net promoter score, −100 to 100: per cent of promoters (9 and 10 of 0 to 10) less per cent of detractors (0 to 6),
/// with the normal 95 % interval, cut at the ends of the scale. `n` counts all responses, passives (7 and 8) included. When
/// all are the same, others may still be there that were not met, at most the share that is the upper end of Wilson's interval of none of
/// so many, and these could be at either end. `None` when there are none.
pub fn nps(promoters: u64, passives: u64, detractors: u64) -> Option<Estimate> {
    let n = promoters.checked_add(passives)?.checked_add(detractors).filter(|n| *n > 0)?;
    let (value, variance) = faces([promoters, passives, detractors], n);
    if variance <= 0.0 {
        let others = unmet(n);
        return Some(Estimate { value, low: value - others * (value + 100.0), high: value + others * (100.0 - value), n });
    }
    let half = Z95 * (variance / n as f64).sqrt();
    Some(Estimate { value, low: (value - half).max(-100.0), high: (value + half).min(100.0), n })
}

/// The score of promoters, passives and detractors, `n` in all, and the variance of one of them.
fn faces(counts: [u64; 3], n: u64) -> (f64, f64) {
    let [p, _, d] = counts.map(|count| count as f64 / n as f64);
    // Whoever is all there is leaves nothing to rounding.
    let variance = if counts.contains(&n) { 0.0 } else { (p + d - (p - d) * (p - d)).max(0.0) };
    (100.0 * (p - d), 10_000.0 * variance)
}

/// The difference of two net promoter scores, the first less the second, each as promoters, passives and detractors: with its 95 % interval
/// and the z test of whether there is any, from the standard errors of both. `n` counts both. When neither side varies, what was not met
/// stands for the error, as in [`nps`]. `None` when a side has no responses.
pub fn nps_difference(one: [u64; 3], other: [u64; 3]) -> Option<(Estimate, Test)> {
    let score = |[promoters, passives, detractors]: [u64; 3]| nps(promoters, passives, detractors);
    let (first, second) = (score(one)?, score(other)?);
    let value = first.value - second.value;
    let error = (faces(one, first.n).1 / first.n as f64 + faces(other, second.n).1 / second.n as f64).sqrt();
    let n = first.n.saturating_add(second.n);
    let difference = Estimate {
        value,
        low: value - (first.value - first.low).hypot(second.high - second.value),
        high: value + (first.high - first.value).hypot(second.value - second.low),
        n,
    };
    let towards_none = if value > 0.0 { value - difference.low } else { difference.high - value };
    let statistic = value / if error > 0.0 { error } else { towards_none / Z95 };
    Some((difference, Test { statistic, p: normal_two_sided(statistic) }))
}

/// Customer satisfaction: the share of 4 and 5 among answers from 1 to 5 (`counts[0]` counts the ones), with Wilson's
/// interval. `None` when there are none.
pub fn csat(counts: [u64; 5]) -> Option<Estimate> {
    wilson(counts[3] + counts[4], counts.iter().sum())
}

/// The customer effort score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// The mean on the scale from 1 (hard) to 7 (easy), with Student's 95 % interval.
    pub mean: Estimate,
    /// The share of 5, 6 and 7, with Wilson's interval.
    pub easy: Estimate,
}

/// The customer effort score of answers from 1 to 7 (`counts[0]` counts the ones). `None` when there are none.
pub fn ces(counts: [u64; 7]) -> Option<Effort> {
    let mut moments = Moments::default();
    for (answer, count) in (1..).zip(counts) {
        moments.add_many(answer, count);
    }
    let mean = moments.estimate()?;
    let easy = wilson(counts[4..].iter().sum(), moments.count())?;
    Some(Effort { mean: Estimate { low: mean.low.max(1.0), high: mean.high.min(7.0), ..mean }, easy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_promoters_and_twenty_detractors_of_a_hundred() {
        let score = nps(50, 30, 20).unwrap();
        assert_eq!((score.value, score.n), (30.0, 100));
        assert!((score.high - 45.3).abs() < 0.05 && (score.low - 14.7).abs() < 0.05, "{score:?}");
        assert_eq!(nps(0, 0, 0), None);
        // Of three who promote, 56 % may be others: 3.84 / 6.84.
        let three = nps(3, 0, 0).unwrap();
        assert!(three.value == 100.0 && three.high == 100.0 && (three.low - (100.0 - 0.5615 * 200.0)).abs() < 0.05, "{three:?}");
        let passive = nps(0, 3, 0).unwrap();
        assert!(passive.value == 0.0 && (passive.high - 56.15).abs() < 0.05 && passive.low == -passive.high, "{passive:?}");
    }

    /// 30 and 10 of a hundred each: standard errors of 7.810 and 8.307, together 11.402; 20 is 1.754 of them.
    #[test]
    fn two_scores_differ_by_more_than_their_errors_or_not() {
        let (difference, test) = nps_difference([50, 30, 20], [40, 30, 30]).unwrap();
        assert_eq!((difference.value.round(), difference.n), (20.0, 200));
        assert!((test.statistic - 1.754).abs() < 0.001 && (test.p - 0.0794).abs() < 0.0005, "{test:?}");
        assert!(difference.low < 0.0 && (difference.high - difference.low - 2.0 * 1.96 * 11.402).abs() < 0.05, "{difference:?}");
        let (_, sure) = nps_difference([500, 300, 200], [400, 300, 300]).unwrap();
        assert!(sure.p < 1e-6, "{sure:?}");
        let (same, equal) = nps_difference([5, 0, 0], [9, 0, 0]).unwrap();
        assert!(same.value == 0.0 && same.low < 0.0 && equal.p == 1.0, "{same:?}");
        let (_, few) = nps_difference([1, 0, 0], [0, 0, 1]).unwrap();
        let (_, many) = nps_difference([40, 0, 0], [0, 0, 40]).unwrap();
        assert!(few.p > 0.05 && many.p < 1e-6, "{few:?} {many:?}");
        assert_eq!(nps_difference([0; 3], [1, 0, 0]), None);
    }

    #[test]
    fn satisfaction_and_effort_are_counted_from_the_right_end() {
        let share = csat([1, 0, 4, 3, 2]).unwrap();
        assert_eq!((share.value, share.n), (0.5, 10));
        let effort = ces([0, 0, 0, 2, 2, 0, 4]).unwrap();
        assert_eq!((effort.mean.value, effort.easy.value, effort.mean.n), (5.75, 0.75, 8));
        assert!(effort.mean.high <= 7.0);
        assert_eq!(ces([0; 7]), None);
        assert_eq!(csat([0; 5]), None);
    }
}
