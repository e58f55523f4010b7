//! What makes something happen sooner: proportional hazards regression (Cox 1972), and from it everybody's risk by a day.
//!
//! The hazard of a customer with covariates x is h₀(t) · e^(β·x): one curve over time for all, and a factor of their own. [`fit`] finds β by
//! Newton's method on the partial likelihood with Efron's correction for ties (1977), [`Cox::risk`] what the two say of a customer, and
//! [`calibrate`] holds that against what happened. It also tests whether factors are the same at all times, and how well the model orders.
//!
//! Covariates must be known at the beginning of each customer's time: what is counted later knows the future. For the risk of churn take
//! what was known at one date, and the time from it on.

mod calibration;
mod check;
mod likelihood;

use periplus_model::answer::Estimate;
use serde::Serialize;
use thiserror::Error;

pub use calibration::{Calibration, Tenth, calibrate};

use crate::distribution::{Z95, normal_two_sided};
use crate::many::holm;
use likelihood::Sorted;

/// At most as many covariates.
pub const COVARIATES_MAX: usize = 64;
/// At most as many customers.
pub const CUSTOMERS_MAX: usize = 50_000_000;
/// With fewer events for each covariate, coefficients are hardly more than chance (Peduzzi and others 1995).
pub const EVENTS_EACH: u64 = 10;

/// Hazard ratios beyond this are not told.
pub const RATIO_MAX: f64 = 1e9;

/// Why there is no regression. Each says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CoxError {
    /// Lists of different lengths.
    #[error("there are {times} times, {happened} ends and {covariates} covariates of {width} each: all must be of the same customers")]
    Shape {
        /// How many times.
        times: usize,
        /// How many ends.
        happened: usize,
        /// How many covariates in all.
        covariates: usize,
        /// How many for each customer.
        width: usize,
    },
    /// No covariate, or too many of them or of customers.
    #[error("a regression takes 1 to {COVARIATES_MAX} covariates and up to {CUSTOMERS_MAX} customers")]
    Size,
    /// A covariate that is no number, or is larger than 1e12.
    #[error("covariate {column} of customer {row} is not a number up to 1e12: fill gaps or leave the customer out")]
    Number {
        /// Which customer, from 0.
        row: usize,
        /// Which covariate, from 0.
        column: usize,
    },
    /// It happened to nobody.
    #[error("it happened to nobody, so nothing can have made it happen sooner: take a longer period")]
    NoEvents,
    /// A covariate that is the same for everybody.
    #[error("covariate {column} is the same for everybody: leave it out")]
    Constant {
        /// Which covariate, from 0.
        column: usize,
    },
    /// A covariate that others say already.
    #[error("the covariates say the same (one is a sum of others, as are all shares of a whole): leave one out")]
    Collinear,
    /// Whenever it happened, all who still waited had the same value of a covariate: nothing is known of what it does.
    #[error("whenever it happened, all who still waited had the same covariate {column}: leave it out, or observe for longer")]
    NothingToCompare {
        /// Which covariate, from 0.
        column: usize,
    },
    /// A covariate that separates those to whom it happened from the others: its coefficient grows for ever.
    #[error("covariate {column} separates those to whom it happened from the others, so its effect has no end: leave it out or group it")]
    Separated {
        /// Which covariate, from 0.
        column: usize,
    },
}

/// Where the model's assumptions do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "warning")]
pub enum CoxWarning {
    /// Fewer than [`EVENTS_EACH`] events for each covariate.
    FewEvents {
        /// How many events there were.
        events: u64,
        /// How many covariates.
        covariates: usize,
    },
    /// The effect of a covariate changes with time (p under .05 after Holm's correction): its coefficient is a mean over time.
    NotProportional {
        /// Which covariate, from 0.
        column: usize,
        /// The p-value before correction.
        p: f64,
    },
}

/// What a covariate does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coefficient {
    /// β: the logarithm of the factor for one more of the covariate.
    pub value: f64,
    /// Its standard error, from the curvature of the partial likelihood.
    pub error: f64,
    /// The hazard ratio e^β with its 95 % interval; `n` counts the customers. Above 1 it happens sooner. `None` where an end of it is beyond
    /// [`RATIO_MAX`] or below its inverse: the data do not say how large it is, or one more of the covariate is more than anybody has.
    pub ratio: Option<Estimate>,
    /// β in standard errors.
    pub z: f64,
    /// How probable a β at least as far from 0 would be if the covariate did nothing (Wald's test, two-sided).
    pub p: f64,
    /// How probable residuals with at least this trend would be if the factor did not change with time; `None` when all
    /// events were at one time.
    pub proportional_p: Option<f64>,
}

/// A fitted regression.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cox {
    /// What the covariates do, in their order.
    pub coefficients: Vec<Coefficient>,
    /// The logarithm of the partial likelihood.
    pub log_likelihood: f64,
    /// The same if no covariate did anything; twice the difference is χ² with as many degrees of freedom as covariates.
    pub log_likelihood_null: f64,
    /// How probable a difference at least as large would be then (likelihood ratio test).
    pub p: f64,
    /// Of pairs of which one is known to have had the event first, the share in which the model gave that one the higher hazard; ties count
    /// half (Harrell and others 1982). ½ is guessing. `None` when there is no such pair.
    pub concordance: Option<f64>,
    /// How many customers.
    pub customers: u64,
    /// To how many it happened.
    pub events: u64,
    /// The means of the covariates.
    pub means: Vec<f64>,
    /// By each time at which it happened: the cumulative hazard of a customer with mean covariates (Breslow 1974).
    pub baseline: Vec<(i64, f64)>,
    /// The last time at which anybody was observed: beyond it nothing is known.
    pub last: i64,
    /// Where assumptions do not hold.
    pub warnings: Vec<CoxWarning>,
}

/// Fits the regression. `times` are whole (microseconds, days), below 0 counts as 0; `happened` says whether the time ended with the event
/// or with the end of the observation; `covariates` are `width` numbers for each customer, one customer after the other. Covariates are
/// centred and scaled inside; coefficients are in their own units. Work grows with customers × width², some ten times.
///
/// # Errors
/// As [`CoxError`] says.
pub fn fit(times: &[i64], happened: &[bool], covariates: &[f64], width: usize) -> Result<Cox, CoxError> {
    let sorted = Sorted::new(times, happened, covariates, width)?;
    let fitted = likelihood::maximise(&sorted)?;
    let events = sorted.events();
    let scores = sorted.scores(&fitted.beta);
    let baseline = likelihood::baseline(&sorted, &scores);
    let trend = check::trends(&sorted, &fitted.beta, &fitted.covariance);
    let n = times.len() as u64;
    let coefficients: Vec<Coefficient> = (0..width)
        .map(|i| {
            let value = fitted.beta[i] / sorted.scales[i];
            let error = fitted.covariance[i * width + i].max(0.0).sqrt() / sorted.scales[i];
            let end = |z: f64| (value + z * error).exp();
            let z = value / error;
            let ratio = Estimate { value: end(0.0), low: end(-Z95), high: end(Z95), n };
            let ratio = (ratio.high <= RATIO_MAX && ratio.low >= RATIO_MAX.recip()).then_some(ratio);
            Coefficient { value, error, ratio, z, p: normal_two_sided(z), proportional_p: trend.as_ref().map(|trend| trend[i].1) }
        })
        .collect();
    let mut warnings = Vec::new();
    if events < EVENTS_EACH * width as u64 {
        warnings.push(CoxWarning::FewEvents { events, covariates: width });
    }
    if let Some(trend) = &trend {
        let p: Vec<f64> = trend.iter().map(|trend| trend.1).collect();
        let broken = holm(&p).into_iter().enumerate().filter(|(_, adjusted)| *adjusted < 0.05);
        warnings.extend(broken.map(|(column, _)| CoxWarning::NotProportional { column, p: p[column] }));
    }
    let improved = 2.0 * (fitted.log_likelihood - fitted.log_likelihood_null).max(0.0);
    Ok(Cox {
        coefficients,
        log_likelihood: fitted.log_likelihood,
        log_likelihood_null: fitted.log_likelihood_null,
        p: crate::special::chi_square_above(improved, width as f64),
        concordance: check::concordance(&sorted, &scores),
        customers: n,
        events,
        means: sorted.means.clone(),
        baseline,
        last: sorted.times.first().copied().unwrap_or(0),
        warnings,
    })
}

impl Cox {
    /// How many times as likely it is to happen to a customer at any moment as to one with mean covariates: e^(β·(x − mean)), kept finite.
    /// `None` when there are not as many covariates as coefficients, or one is no number.
    pub fn factor(&self, covariates: &[f64]) -> Option<f64> {
        if covariates.len() != self.coefficients.len() {
            return None;
        }
        let sum: f64 = self.coefficients.iter().zip(covariates).zip(&self.means).map(|((c, x), mean)| c.value * (x - mean)).sum();
        sum.is_finite().then(|| sum.clamp(-700.0, 700.0).exp())
    }

    /// The probability that it happens to a customer in the next `ahead`, to whom it has not happened for `already` so far (0 at the
    /// beginning): 1 − e^(−(Λ₀(already + ahead) − Λ₀(already)) · factor). `None` when nobody was observed that long, `ahead` or `already`
    /// is negative, or [`factor`](Self::factor) is `None`.
    pub fn risk(&self, covariates: &[f64], already: i64, ahead: i64) -> Option<f64> {
        let until = already.checked_add(ahead).filter(|until| already >= 0 && ahead >= 0 && *until <= self.last)?;
        let hazard = (self.cumulative(until) - self.cumulative(already)) * self.factor(covariates)?;
        Some(-(-hazard).exp_m1())
    }

    /// The cumulative hazard at a time, of a customer with mean covariates.
    pub fn cumulative(&self, time: i64) -> f64 {
        let after = self.baseline.partition_point(|(at, _)| *at <= time);
        if after == 0 { 0.0 } else { self.baseline[after - 1].1 }
    }
}
