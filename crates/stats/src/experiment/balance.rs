//! Are the arms as large as they were meant to be?

use serde::Serialize;

use super::ExperimentError;
use crate::special::chi_square_above;

/// Below this p-value the split is broken and the experiment says nothing (sample ratio mismatch; Fabijan and others 2019).
pub const P_MIN: f64 = 0.001;

/// The check of an experiment's split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Balance {
    /// How far the sizes are from what was meant: Pearson's χ².
    pub chi_square: f64,
    /// How probable sizes at least as far off would be if units were dealt out as meant.
    pub p: f64,
    /// Whether that is under [`P_MIN`]: stop, and look for what loses units of one arm.
    pub broken: bool,
    /// How many units each arm was expected to have.
    pub expected: Vec<f64>,
}

/// Holds the sizes of arms against their weights. Degrees of freedom are one less than there are arms of a weight above 0.
///
/// # Errors
/// [`ExperimentError::Setting`] for lists of different lengths or weights that are none; [`ExperimentError::TooFew`] without units, or with
/// fewer than two arms that can have any.
pub fn balance(units: &[u64], weights: &[f64]) -> Result<Balance, ExperimentError> {
    if units.len() != weights.len() || weights.iter().any(|weight| !(0.0..=1e15).contains(weight)) {
        return Err(ExperimentError::Setting("give one weight, from 0 up, for the units of each arm"));
    }
    if units.iter().zip(weights).any(|(units, weight)| *weight == 0.0 && *units > 0) {
        return Err(ExperimentError::Setting("an arm of weight 0 has units: weights were changed while the experiment ran"));
    }
    let arms = weights.iter().filter(|weight| **weight > 0.0).count();
    let (all, total): (f64, f64) = (units.iter().map(|units| *units as f64).sum(), weights.iter().sum());
    if all == 0.0 || arms < 2 {
        return Err(ExperimentError::TooFew);
    }
    let expected: Vec<f64> = weights.iter().map(|weight| all * (weight / total)).collect();
    let off = |(units, expected): (&u64, &f64)| if *expected > 0.0 { (*units as f64 - expected).powi(2) / expected } else { 0.0 };
    let chi_square: f64 = units.iter().zip(&expected).map(off).sum();
    let p = chi_square_above(chi_square, (arms - 1) as f64);
    if !(chi_square.is_finite() && p.is_finite()) {
        return Err(ExperimentError::Setting("the weights of arms are too far apart"));
    }
    Ok(Balance { chi_square, p, broken: p < P_MIN, expected })
}
