//! How a model of purchases would have foretold the last of them: it is fitted to the time before, and held against what came.

use periplus_stats::lifetime::{BuyingModel, Held, History, LifetimeError, Model, Purchases, Summary, by_frequency, fit};

use super::forecast;
use crate::analyses::{count, percent};

/// Customers who bought again this often, or more, are one group.
pub(crate) const MOST: u64 = 7;
/// A model whose purchases in the time that was held back are off by more than this share, and by more than chance, is not to be trusted.
const OFF_MAX: f64 = 0.2;
/// What chance explains of a number of purchases: so many times its root.
const OFF_BY_CHANCE: f64 = 3.0;

/// A model that was fitted to the time before.
pub(crate) fn model(model: Model, purchases: &[Purchases]) -> Result<BuyingModel, LifetimeError> {
    let summaries: Vec<Summary> = purchases.iter().map(|customer| customer.summary).collect();
    Ok(fit(model, &History::new(&summaries)?)?.model)
}

/// What such a model expects of the days that were held back, beside what was bought in them.
pub(crate) fn by(of: Model, purchases: &[Purchases], days: i64) -> Result<Held, LifetimeError> {
    by_frequency(&model(of, purchases)?, purchases, days as f64 / 7.0, MOST)
}

/// A warning where a model missed what was held back, with what the others would have made of it.
pub(crate) fn missed(of: Model, held: &Held, purchases: &[Purchases], days: i64) -> Option<String> {
    let actual = held.actual as f64;
    let off = held.expected - actual;
    if off.abs() <= OFF_MAX * actual.max(1.0) || off.abs() <= OFF_BY_CHANCE * actual.max(held.expected).sqrt() {
        return None;
    }
    let others = [Model::BgNbd, Model::MbgNbd, Model::ParetoNbd].into_iter().filter(|other| *other != of);
    let others: Vec<String> =
        others.filter_map(|other| Some(format!("{} {:.1}", forecast::name(other), by(other, purchases, days).ok()?.expected))).collect();
    let instead = if others.is_empty() { String::new() } else { format!("; it would have been {}", others.join(", ")) };
    let few_or_many = if off < 0.0 { "few" } else { "many" };
    let how = if actual > 0.0 { format!("{} too {few_or_many}", percent(off.abs() / actual)) } else { "what never came".to_owned() };
    Some(format!(
        "The model does not hold here: of the time that was held back it expected {how} ({:.1} purchases of {}), beyond {}{instead}",
        held.expected,
        count(held.actual),
        percent(OFF_MAX)
    ))
}
