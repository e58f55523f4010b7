//! Experiments: who gets what, whether the split was kept, what it did, how sure that is, and what to do.
//!
//! - [`assign`] gives every unit (a customer, a browser) its arm by a hash, the same everywhere and for ever;
//! - [`mod@balance`] checks that arms are as large as they were meant to be, without which nothing else is worth reading;
//! - [`sample`] holds what was measured of an arm: a share, a mean, a ratio, a mean made steadier by what was known before (CUPED);
//! - [`mod@effect`] compares two arms: the difference or the lift, with interval and p-value, read once; [`sequential`] the same for
//!   looking every day; [`bayes`] as a chance to win and an expected loss;
//! - [`plan`] says how many units are needed, or what can be seen with as many as there are;
//! - [`verdict`] puts it into one word with reasons; for several measures or segments correct p-values first ([`correct`]).
//!
//! Units are analysed by the arm they were *assigned* to, whatever they saw. Formulas for lift, sequential intervals and Bayesian figures are
//! those of GrowthBook's gbstats, so that results can be compared.

pub mod assign;
pub mod balance;
pub mod bayes;
pub mod effect;
pub mod plan;
pub mod sample;
pub mod sequential;
pub mod verdict;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use assign::{Assignment, Design, Holdout, Layer, unit_interval};
pub use balance::{Balance, balance};
pub use bayes::{Belief, Prior, belief};
pub use effect::{Effect, Scale, effect, share_effect};
pub use plan::{Plan, Target};
pub use sample::{Measured, Sample, Steadier};
pub use sequential::{always_valid, mixture};
pub use verdict::{Direction, Evidence, Guardrail, Judgement, Reason, Verdict, judge};

use crate::many::{benjamini_hochberg, holm};

/// Why there is no assignment or no figure. Each says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExperimentError {
    /// A design that cannot be dealt out.
    #[error("{0}")]
    Design(&'static str),
    /// Fewer than two units in an arm.
    #[error("each arm needs at least two units: wait for more")]
    TooFew,
    /// Nothing varies in either arm.
    #[error("every unit has the same value, so nothing can be said of chance: take another measure, or wait")]
    NoVariance,
    /// A lift over nothing.
    #[error("the control's mean is not above 0, so there is no lift over it: take the difference")]
    NoBase,
    /// A setting out of range.
    #[error("{0}")]
    Setting(&'static str),
}

/// How to correct p-values of several measures, segments or arms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// Not at all: for one measure that was chosen before.
    None,
    /// Holm: the probability of any false finding stays under α. For a handful on which a decision hangs.
    #[default]
    Holm,
    /// Benjamini and Hochberg: of the findings, a share of at most α is expected to be false. For looking around in many segments.
    BenjaminiHochberg,
}

/// The p-values as corrected, in the order given.
pub fn correct(p: &[f64], correction: Correction) -> Vec<f64> {
    match correction {
        Correction::None => p.to_vec(),
        Correction::Holm => holm(p),
        Correction::BenjaminiHochberg => benjamini_hochberg(p),
    }
}

fn checked_alpha(alpha: f64) -> Result<f64, ExperimentError> {
    if (1e-9..=0.5).contains(&alpha) {
        Ok(alpha)
    } else {
        Err(ExperimentError::Setting("alpha must be from 1e-9 to 0.5; 0.05 gives 95 % intervals"))
    }
}
