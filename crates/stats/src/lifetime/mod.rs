//! What a customer will still be worth: models of buying "till you die", fitted to how often and how lately each one bought.
//!
//! A customer's purchases are summed up in three figures ([`Summary`]): how often they bought again (`x`), when they last did
//! (`t_x`), and since when they are customers (`T`), all counted from their first purchase in one unit of time. Two models go
//! together: one says how many purchases are to come ([`buying`]: BG/NBD, MBG/NBD and Pareto/NBD), the other how large they will
//! be ([`GammaGamma`]). [`worth`](BuyingModel::worth) multiplies and discounts them; [`holdout`] holds them against what happened
//! afterwards. What a customer *was* worth is no model but a sum: [`Moments`](crate::Moments) of their purchases times the margin.
//!
//! Everything is done on logarithms of the parameters, so that no parameter can be negative; times and money are scaled by their means
//! inside, so that the unit does not matter. There is no chance in it: customers are sorted first, and the same ones give the same
//! figures to the last bit, in whatever order they come.
//!
//! To add a model of buying, add a [`Model`] and its likelihood to [`buying`].

mod beta_geometric;
pub mod buying;
mod gamma_gamma;
pub mod holdout;
mod pareto;
mod summary;

use periplus_model::answer::Estimate;
use serde::Serialize;
use thiserror::Error;

pub use buying::{BuyingModel, Fit, Horizon, Model, fit};
pub use gamma_gamma::{GammaGamma, Spender, fit_spending};
pub use holdout::{ByFrequency, Held, Tracked, by_frequency, track};
pub use summary::{History, Purchases, Summary, summarise};

/// Why there is no model or no figure. Each says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum LifetimeError {
    /// No customers at all.
    #[error("there are no customers to learn from: widen the period or the segment")]
    NoCustomers,
    /// Nobody bought twice.
    #[error("nobody bought again, so there is nothing to learn from: take a longer period, or count historic value only")]
    NobodyAgain,
    /// Fewer than two different customers: any parameters fit.
    #[error("all customers have the same history, which any model fits: take more customers")]
    AllAlike,
    /// A summary that no customer can have.
    #[error("summary {place} is not of a customer: {reason}")]
    Summary {
        /// Its place in the list, from 0.
        place: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More different summaries than fit the limits.
    #[error("there are more than {SUMMARIES_MAX} different histories: count times in larger units, or take a sample of customers")]
    TooMany,
    /// A parameter that is not a number above 0 of sensible size.
    #[error("the parameter {name} must be a number from 1e-12 to 1e12")]
    Parameter {
        /// Which one.
        name: &'static str,
    },
    /// A horizon, discount or margin that is not one.
    #[error("{0}")]
    Horizon(&'static str),
    /// The likelihood has no top that could be found.
    #[error("no parameters fit these customers: check times and counts, or take another model")]
    NoFit,
}

/// At most as many different histories go into a model: 20 million, about 700 MB.
pub const SUMMARIES_MAX: usize = 20_000_000;
/// Nobody buys more often. Whoever seems to is not a person, and would decide the model alone.
pub const REPEATS_MAX: u64 = 100_000;
/// With fewer customers who bought again, parameters are hardly more than a guess.
pub const FEW_REPEATERS: u64 = 100;
/// From this correlation on, the size of purchases depends on how often customers buy.
pub const CORRELATION_MAX: f64 = 0.2;
/// From this size on, a parameter has run away: nobody drops out, or everybody is alike.
const RUN_AWAY: f64 = 1e4;
/// Logarithms of parameters are kept within ± this.
const BOUND: f64 = 14.0;

/// Where a model's assumptions do not hold, so that its figures should be read with care.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "warning")]
pub enum Warning {
    /// Fewer than [`FEW_REPEATERS`] customers bought again.
    FewRepeaters {
        /// How many did.
        repeaters: u64,
    },
    /// A parameter has run to the end of its range: the likelihood rises for ever. For `a` near 0 or `b` large (`s` near 0, `beta`
    /// large) hardly anybody ever drops out in this model; for `r` and `alpha` large all customers buy at one rate.
    RunAway {
        /// Which parameter.
        parameter: &'static str,
        /// Where it stopped.
        value: f64,
    },
    /// Other parameters fit just as well: there are no standard errors.
    Flat,
    /// BG/NBD takes everybody who never bought again to be alive for certain, because customers drop out only at purchases there. Take
    /// MBG/NBD or Pareto/NBD for the probability of being alive.
    AliveByConstruction {
        /// Customers who never bought again.
        customers: u64,
    },
    /// How often customers buy goes with how much they spend (|correlation| of at least [`CORRELATION_MAX`]); Gamma-Gamma takes the two
    /// to be independent.
    SpendingGoesWithFrequency {
        /// Pearson's correlation of `x` and the mean value, over those who bought again.
        correlation: f64,
    },
    /// `q` is at most 1: the mean over all customers of what they spend does not exist, and customers without a repeat purchase have no
    /// expected value.
    NoMeanSpending {
        /// The parameter.
        q: f64,
    },
}

/// A parameter as fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// What the literature calls it.
    pub name: &'static str,
    /// Where the likelihood is largest; times are in the unit of the summaries.
    pub value: f64,
    /// Its standard error by the delta method: value × the error of its logarithm. `None` when the likelihood is flat.
    pub error: Option<f64>,
    /// The 95 % interval, even on the scale of the logarithm: value ÷ and × e^(1.96 × the error of its logarithm).
    pub interval: Option<(f64, f64)>,
}

/// Parameters with their errors, from the covariance of their logarithms.
fn parameters<const N: usize>(names: [&'static str; N], values: [f64; N], covariance: Option<&[f64]>) -> Vec<Parameter> {
    (0..N)
        .map(|i| {
            let value = values[i];
            let error = covariance.map(|covariance| covariance[i * N + i].max(0.0).sqrt());
            let interval =
                error.map(|error| (value * (-crate::distribution::Z95 * error).exp(), value * (crate::distribution::Z95 * error).exp()));
            let finite = interval.is_some_and(|(low, high)| low.is_finite() && high.is_finite());
            Parameter {
                name: names[i],
                value,
                error: error.filter(|_| finite).map(|error| value * error),
                interval: interval.filter(|_| finite),
            }
        })
        .collect()
}

/// A figure that depends on fitted parameters, with the interval that their uncertainty gives (delta method: the slope of the figure in each
/// logarithm, by differences, around the covariance of the logarithms).
fn with_interval<const N: usize>(
    values: [f64; N],
    covariance: &[f64],
    n: u64,
    figure: impl Fn([f64; N]) -> Option<f64>,
) -> Option<Estimate> {
    const STEP: f64 = 1e-4;
    let value = figure(values)?;
    let mut slope = [0.0; N];
    for i in 0..N {
        let (mut up, mut down) = (values, values);
        up[i] *= STEP.exp();
        down[i] *= (-STEP).exp();
        slope[i] = (figure(up)? - figure(down)?) / (2.0 * STEP);
    }
    let half = crate::distribution::Z95 * crate::matrix::product(covariance, &slope, &slope).max(0.0).sqrt();
    (value.is_finite() && half.is_finite()).then_some(Estimate { value, low: value - half, high: value + half, n })
}
