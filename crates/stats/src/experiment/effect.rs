//! What a treatment did, read once at the planned end.

use serde::{Deserialize, Serialize};

use super::sample::Sample;
use super::{ExperimentError, checked_alpha};
use crate::distribution::{student_quantile, student_two_sided};
use crate::proportion::{newcombe, two_proportions};

/// How two arms are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// The treated mean less the control's.
    Difference,
    /// That divided by the control's: 0.1 is 10 % more.
    Lift,
}

/// An effect with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// The effect.
    pub value: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Its standard error.
    pub error: f64,
    /// How probable an effect at least as far from 0 would be if there were none (two-sided).
    pub p: f64,
    /// Units in both arms.
    pub n: u64,
}

/// The effect and its variance, without an interval.
pub(super) fn point(control: &Sample, treated: &Sample, scale: Scale) -> Result<(f64, f64), ExperimentError> {
    if control.n < 2 || treated.n < 2 {
        return Err(ExperimentError::TooFew);
    }
    let (vc, vt) = (control.variance / control.n as f64, treated.variance / treated.n as f64);
    if vc + vt <= 0.0 || (vc + vt).is_nan() {
        return Err(ExperimentError::NoVariance);
    }
    let difference = treated.mean - control.mean;
    let (value, variance) = match scale {
        Scale::Difference => (difference, vc + vt),
        Scale::Lift if control.base > 0.0 => {
            let ratio = treated.base / control.base;
            (difference / control.base, (vt + vc * ratio * ratio) / (control.base * control.base))
        }
        Scale::Lift => return Err(ExperimentError::NoBase),
    };
    if value.is_finite() && variance.is_finite() && variance > 0.0 { Ok((value, variance)) } else { Err(ExperimentError::NoVariance) }
}

/// The effect of a treatment on a mean, share or ratio, with an interval of confidence 1 − `alpha`: Welch's t test (1947). The lift's variance
/// is that of a quotient by the delta method, V(t)/c² + V(c) t²/c⁴, with the same degrees of freedom (as in gbstats, `TwoSidedTTest`). After CUPED the
/// lift is over the control's unadjusted mean.
///
/// # Errors
/// [`ExperimentError::TooFew`], [`ExperimentError::NoVariance`], [`ExperimentError::NoBase`] for a lift over a mean that is not above 0,
/// [`ExperimentError::Setting`] for `alpha`.
pub fn effect(control: &Sample, treated: &Sample, scale: Scale, alpha: f64) -> Result<Effect, ExperimentError> {
    let alpha = checked_alpha(alpha)?;
    let (value, variance) = point(control, treated, scale)?;
    let (vc, vt) = (control.variance / control.n as f64, treated.variance / treated.n as f64);
    // As shares of the whole, so that tiny variances do not vanish when squared.
    let (sc, st) = (vc / (vc + vt), vt / (vc + vt));
    let df = 1.0 / (sc * sc / (control.n as f64 - 1.0) + st * st / (treated.n as f64 - 1.0));
    let error = variance.sqrt();
    let half = student_quantile(alpha, df) * error;
    let n = control.n.saturating_add(treated.n);
    if !half.is_finite() {
        return Err(ExperimentError::NoVariance);
    }
    Ok(Effect { value, low: value - half, high: value + half, error, p: student_two_sided(value / error, df), n })
}

/// The difference of two shares, treated less control, with Newcombe's 95 % interval (1998) and the p-value of the z test with pooled
/// variance: for shares this holds better than [`effect`] when few or nearly all convert. Each arm is (k, n).
///
/// # Errors
/// [`ExperimentError::TooFew`] when an arm has no units.
pub fn share_effect(control: (u64, u64), treated: (u64, u64)) -> Result<Effect, ExperimentError> {
    let (Some(difference), Some(test)) = (newcombe(treated, control), two_proportions(treated, control)) else {
        return Err(ExperimentError::TooFew);
    };
    let variance = |(k, n): (u64, u64)| {
        let share = k.min(n) as f64 / n as f64;
        share * (1.0 - share) / n as f64
    };
    let error = (variance(control) + variance(treated)).sqrt();
    Ok(Effect { value: difference.value, low: difference.low, high: difference.high, error, p: test.p, n: difference.n })
}
