//! What to believe of an effect: a chance to win and an expected loss.

use serde::{Deserialize, Serialize};

use super::effect::{Scale, point};
use super::sample::Sample;
use super::{ExperimentError, checked_alpha};
use crate::distribution::{normal_cdf, student_quantile};

/// What was believed of the effect before, on the same scale: normal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// Around what.
    pub mean: f64,
    /// With what variance, above 0.
    pub variance: f64,
}

/// What is believed of the effect now: normal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Belief {
    /// Around what.
    pub mean: f64,
    /// With what standard deviation.
    pub deviation: f64,
    /// Lower end of the interval that holds 1 − alpha of the belief.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The probability that the treatment is better than the control (more is better).
    pub chance_to_win: f64,
    /// What is lost on the average by taking the treatment although it may be worse: E[max(−effect, 0)].
    pub loss_treated: f64,
    /// What is lost on the average by keeping the control although the treatment may be better: E[max(effect, 0)].
    pub loss_control: f64,
}

/// The belief in an effect after the data, normal with the mean and variance of [`effect`](super::effect()), weighed with a prior if there is one
/// (gbstats, `EffectBayesianABTest`). Without one the chance to win is 1 less the one-sided p-value of a z test. For a measure of which less
/// is better, swap what is read: 1 − chance, and the two losses. Unlike sequential intervals it does not allow for looking often.
///
/// # Errors
/// As [`effect`](super::effect()); [`ExperimentError::Setting`] for a prior whose variance is not above 0.
pub fn belief(control: &Sample, treated: &Sample, scale: Scale, alpha: f64, prior: Option<Prior>) -> Result<Belief, ExperimentError> {
    let alpha = checked_alpha(alpha)?;
    let (value, variance) = point(control, treated, scale)?;
    let (mean, variance) = match prior {
        None => (value, variance),
        Some(Prior { mean, variance: wide }) if wide > 0.0 && wide.is_finite() && mean.is_finite() => {
            let share = wide / (wide + variance);
            (share * value + (1.0 - share) * mean, share * variance)
        }
        Some(_) => return Err(ExperimentError::Setting("a prior has a mean and a variance above 0")),
    };
    let deviation = variance.sqrt();
    let half = student_quantile(alpha, f64::INFINITY) * deviation;
    let z = mean / deviation;
    let (above, below) = (normal_cdf(z), normal_cdf(-z));
    let density = (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    let loss = |z: f64, tail: f64| (deviation * (density - z * tail)).max(0.0);
    if !(half.is_finite() && z.is_finite() && deviation > 0.0) {
        return Err(ExperimentError::NoVariance);
    }
    Ok(Belief {
        mean,
        deviation,
        low: mean - half,
        high: mean + half,
        chance_to_win: above,
        loss_treated: loss(z, below),
        loss_control: loss(-z, above),
    })
}
