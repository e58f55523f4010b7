//! Intervals that may be looked at every day, and p-values that hold whenever one stops.

use super::effect::{Effect, Scale, point};
use super::sample::Sample;
use super::{ExperimentError, checked_alpha};

/// For how many units intervals should be tightest; gbstats' default.
pub const TUNED_FOR: f64 = 5_000.0;

/// The effect with an asymptotic confidence sequence: with probability 1 − `alpha` the truth lies within the interval at *every* look, so it may
/// be read at any time and the experiment stopped when it excludes 0. It is wider than that of [`effect`](super::effect()), least so when
/// there are about `tuned_for` units in both arms ([`TUNED_FOR`]). With N units, s² = N · variance of the effect and
/// ρ² = (−2 ln α + ln (−2 ln α + 1)) / tuned_for, the half width is √s² · √(2 (Nρ² + 1) / (N²ρ²) · ln (√(Nρ² + 1) / α)), and 1/p the
/// e-value exp (ρ² z² N / 2(Nρ² + 1)) / √(Nρ² + 1), z the effect in standard errors (Waudby-Smith and others 2023, equations 9, 155 and 161; gbstats,
/// `SequentialTwoSidedTTest`). It relies on the normal approximation: start looking at some hundred units.
///
/// # Errors
/// As [`effect`](super::effect()); [`ExperimentError::Setting`] when `tuned_for` is not from 1 to 1e12.
pub fn always_valid(control: &Sample, treated: &Sample, scale: Scale, alpha: f64, tuned_for: f64) -> Result<Effect, ExperimentError> {
    let alpha = checked_alpha(alpha)?;
    if !(1.0..=1e12).contains(&tuned_for) {
        return Err(ExperimentError::Setting("sequential intervals are tuned for 1 to 1e12 units"));
    }
    let (value, variance) = point(control, treated, scale)?;
    let n = control.n as f64 + treated.n as f64;
    let twice = -2.0 * alpha.ln();
    let rho = (twice + twice.ln_1p()) / tuned_for;
    let grown = n * rho + 1.0;
    let half = (variance * 2.0 * grown / (n * rho) * (0.5 * grown.ln() - alpha.ln())).sqrt();
    // ρ² z² N / (2 (Nρ² + 1)), with z² = value² / variance.
    let evidence = rho * n * (value * value / variance) / (2.0 * grown) - 0.5 * grown.ln();
    let p = if evidence > 0.0 { (-evidence).exp() } else { 1.0 };
    if !half.is_finite() {
        return Err(ExperimentError::NoVariance);
    }
    Ok(Effect { value, low: value - half, high: value + half, error: variance.sqrt(), p, n: control.n.saturating_add(treated.n) })
}

/// The always-valid p-value of the mixture sequential probability ratio test (Johari and others 2017): the effect, a difference, is normal around 0 with
/// variance `tau2` where there is one. With n units in the smaller arm and V the sum of both variances of a unit,
/// Λ = √(V/(V + nτ²)) · exp (n²τ²d² / 2V(V + nτ²)), and p = min (1, 1/Λ).
///
/// # Errors
/// As [`effect`](super::effect()); [`ExperimentError::Setting`] when `tau2` is not above 0.
pub fn mixture(control: &Sample, treated: &Sample, tau2: f64) -> Result<f64, ExperimentError> {
    if !(tau2 > 0.0 && tau2 <= 1e30) {
        return Err(ExperimentError::Setting("the variance of expected effects must be above 0"));
    }
    let (difference, _) = point(control, treated, Scale::Difference)?;
    let (n, v) = (control.n.min(treated.n) as f64, control.variance + treated.variance);
    let ratio = n * tau2 / v;
    let log = 0.5 * (n * difference * difference / v * ratio / (1.0 + ratio) - ratio.ln_1p());
    Ok(if log > 0.0 { (-log).exp() } else { 1.0 })
}
