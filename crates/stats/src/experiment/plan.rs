//! How many units are needed; or what can be seen with as many as there are.

use serde::{Deserialize, Serialize};

use super::{ExperimentError, checked_alpha};
use crate::distribution::{normal_cdf, student_quantile};

/// What is measured, and what it is now.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "target")]
pub enum Target {
    /// A share.
    Share {
        /// What it is in the control, above 0 and below 1.
        base: f64,
    },
    /// A mean, whose effect is a difference.
    Mean {
        /// The standard deviation of a unit, above 0; after CUPED, × √(variance left).
        deviation: f64,
    },
}

/// A comparison of one treatment with the control.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What is measured.
    pub measure: Target,
    /// How often a treatment that does nothing may look as if it did (two-sided): 0.05. For m comparisons take 0.05 / m.
    pub alpha: f64,
    /// How often a treatment that does as much as wanted must be noticed: 0.8.
    pub power: f64,
    /// Which share of the units the control gets, above 0; 0.5 in an even split of two.
    pub control: f64,
    /// Which share the treatment gets, above 0; with more treatments the shares of both are less than all.
    pub treated: f64,
}

impl Plan {
    fn check(&self) -> Result<(), ExperimentError> {
        let wrong = |what| Err(ExperimentError::Setting(what));
        checked_alpha(self.alpha)?;
        match self.measure {
            Target::Share { base } if !(base > 0.0 && base < 1.0) => return wrong("the share in the control must be above 0 and below 1"),
            Target::Mean { deviation } if !(deviation > 0.0 && deviation <= 1e150) => {
                return wrong("the standard deviation must be above 0");
            }
            _ => {}
        }
        if !(self.power > self.alpha && self.power <= 0.9999) {
            return wrong("power must be above alpha and at most 0.9999; 0.8 is usual");
        }
        let shares = self.control > 0.0 && self.treated > 0.0 && self.control + self.treated <= 1.0 + 1e-9;
        if shares { Ok(()) } else { wrong("control and treatment need shares above 0, of at most 1 together") }
    }

    /// By how many standard errors of a unit the arms differ: for a mean the difference in standard deviations; for a share Cohen's h,
    /// 2 asin √p₁ − 2 asin √p₀, on whose scale all shares have variance 1 (Cohen 1988).
    fn distance(&self, effect: f64) -> Option<f64> {
        match self.measure {
            Target::Mean { deviation } => Some(effect.abs() / deviation),
            Target::Share { base } => {
                let treated = base + effect;
                (0.0..=1.0).contains(&treated).then(|| 2.0 * (treated.sqrt().asin() - base.sqrt().asin()).abs())
            }
        }
        .filter(|distance| *distance > 0.0 && distance.is_finite())
    }

    /// The variance of the compared distance, for one unit in all.
    fn spread(&self) -> f64 {
        1.0 / self.control + 1.0 / self.treated
    }

    /// How many units all arms need together, so that an effect of this size (a difference: 0.01 is one percentage point of a share) is
    /// noticed with the plan's power by a two-sided z test (as statsmodels' `NormalIndPower`). An arm of share s gets s of them.
    ///
    /// # Errors
    /// [`ExperimentError::Setting`] for a plan or an effect that is none.
    pub fn units(&self, effect: f64) -> Result<f64, ExperimentError> {
        self.check()?;
        let distance = self.distance(effect).ok_or(NO_EFFECT)?;
        let units = self.spread() * (self.needed() / distance).powi(2);
        if units.is_finite() { Ok(units) } else { Err(NO_EFFECT) }
    }

    /// How many standard errors from 0 an effect must be, so that it is noticed with the plan's power.
    fn needed(&self) -> f64 {
        let critical = student_quantile(self.alpha, f64::INFINITY);
        let (mut low, mut high) = (0.0, 60.0);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if noticed(middle, critical) < self.power { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }

    /// With how many days of so many new units each that is done, rounded up to whole days; [`units`](Self::units) over all arms.
    ///
    /// # Errors
    /// As [`units`](Self::units); [`ExperimentError::Setting`] without traffic.
    pub fn days(&self, effect: f64, units_each_day: f64) -> Result<u64, ExperimentError> {
        if !(units_each_day > 0.0 && units_each_day.is_finite()) {
            return Err(ExperimentError::Setting("without new units each day it never ends"));
        }
        let days = (self.units(effect)? / units_each_day).ceil();
        if days <= 1e15 { Ok(days as u64) } else { Err(NO_EFFECT) }
    }

    /// How probably an effect of this size is noticed with so many units in all arms together.
    ///
    /// # Errors
    /// [`ExperimentError::Setting`] for a plan, an effect or units that are none.
    pub fn power(&self, effect: f64, units: f64) -> Result<f64, ExperimentError> {
        self.check()?;
        let distance = self.distance(effect).ok_or(NO_EFFECT)?;
        if !(units > 0.0 && units.is_finite()) {
            return Err(NO_UNITS);
        }
        Ok(noticed(distance * (units / self.spread()).sqrt(), student_quantile(self.alpha, f64::INFINITY)))
    }

    /// The smallest effect upwards that is noticed with the plan's power by so many units in all arms together. `None` for a share that
    /// cannot rise as far.
    ///
    /// # Errors
    /// [`ExperimentError::Setting`] for a plan or units that are none.
    pub fn smallest_effect(&self, units: f64) -> Result<Option<f64>, ExperimentError> {
        self.check()?;
        if !(units > 0.0 && units.is_finite()) {
            return Err(NO_UNITS);
        }
        let distance = self.needed() * (self.spread() / units).sqrt();
        Ok(match self.measure {
            Target::Mean { deviation } => Some(distance * deviation).filter(|effect| effect.is_finite()),
            Target::Share { base } => {
                let angle = base.sqrt().asin() + distance / 2.0;
                (angle <= std::f64::consts::FRAC_PI_2).then(|| angle.sin().powi(2) - base)
            }
        })
    }
}

const NO_EFFECT: ExperimentError = ExperimentError::Setting("the effect to be noticed must not be 0, nor take a share below 0 or above 1");
const NO_UNITS: ExperimentError = ExperimentError::Setting("there must be some units");

/// The probability that an effect so many standard errors from 0 is beyond the critical value, on either side.
fn noticed(errors: f64, critical: f64) -> f64 {
    normal_cdf(errors - critical) + normal_cdf(-errors - critical)
}
