//! Survey scores. Figures from fewer than [`FEW`] responses should be hidden: their intervals say nothing.

use periplus_model::answer::Estimate;

use crate::distribution::Z95;
use crate::moments::Moments;
use crate::proportion::wilson;

/// Fewer responses than this are too few to show a score.
pub const FEW: u64 = 30;

/// The net promoter score, −100 to 100: per cent of promoters (9 and 10 of 0 to 10) less per cent of detractors (0 to 6),
/// with the normal 95 % interval, cut at the ends of the scale. `n` counts all responses, passives (7 and 8) included.
/// `None` when there are none.
pub fn nps(promoters: u64, passives: u64, detractors: u64) -> Option<Estimate> {
    let n = promoters.checked_add(passives)?.checked_add(detractors).filter(|n| *n > 0)?;
    let (p, d) = (promoters as f64 / n as f64, detractors as f64 / n as f64);
    let half = 100.0 * Z95 * ((p + d - (p - d) * (p - d)).max(0.0) / n as f64).sqrt();
    let value = 100.0 * (p - d);
    Some(Estimate { value, low: (value - half).max(-100.0), high: (value + half).min(100.0), n })
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
        assert_eq!(nps(3, 0, 0).unwrap(), Estimate { value: 100.0, low: 100.0, high: 100.0, n: 3 });
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
