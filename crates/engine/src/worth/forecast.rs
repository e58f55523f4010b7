//! What customers will still be worth, from what they bought: the models of [`periplus_stats::lifetime`] over counted histories.

use std::collections::BTreeMap;

use periplus_model::answer::Estimate;
use periplus_stats::lifetime::{
    BuyingModel, Fit, GammaGamma, History, Horizon, LifetimeError, Model, Spender, Summary, Warning, fit, fit_spending,
};
use serde::{Deserialize, Serialize};

use super::amounts::{said, units};
use crate::analyses::count;

/// Histories are counted in days, and models reckon in weeks.
const DAYS_TO_A_WEEK: f64 = 7.0;
const DAYS_TO_A_YEAR: f64 = 365.25;
const DAYS_TO_A_MONTH: f64 = DAYS_TO_A_YEAR / 12.0;
/// With more different histories, the interval of all purchases to come takes longer than it is worth.
const INTERVAL_MAX: usize = 20_000;

/// What the models know of a customer, in whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Past {
    /// On how many days they bought again.
    pub(crate) repeats: u32,
    /// From the first purchase to the last.
    pub(crate) last: u32,
    /// From the first purchase to the end of what is known.
    pub(crate) age: u32,
}

impl Past {
    /// Of a summary in days.
    pub(crate) fn of(summary: &Summary) -> Past {
        let days = |time: f64| time.clamp(0.0, f64::from(u32::MAX)) as u32;
        Past { repeats: u32::try_from(summary.repeats).unwrap_or(u32::MAX), last: days(summary.last), age: days(summary.age) }
    }

    /// How many days they have not bought for.
    pub(crate) fn quiet(self) -> u32 {
        self.age.saturating_sub(self.last)
    }

    /// As models take it.
    pub(crate) fn summary(self, customers: u64) -> Summary {
        let weeks = |days: u32| f64::from(days) / DAYS_TO_A_WEEK;
        Summary { repeats: self.repeats.into(), last: weeks(self.last), age: weeks(self.age), customers }
    }
}

/// How many customers have one past, and what they spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shared {
    pub(crate) customers: u64,
    /// All that they spent, in millionths.
    pub(crate) value: i128,
    /// Those who spent something when they bought again,
    pub(crate) spenders: u64,
    /// and what, in millionths.
    pub(crate) again: i128,
}

impl Shared {
    pub(crate) fn add(&mut self, other: &Shared) {
        self.customers += other.customers;
        self.value += other.value;
        self.spenders += other.spenders;
        self.again += other.again;
    }
}

/// How far ahead, and what the future is worth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead {
    /// In days.
    pub(crate) days: f64,
    /// What a year takes off.
    pub(crate) discount: f64,
    pub(crate) margin: f64,
}

impl Ahead {
    /// In months, or what is nearest to them and goes into the whole.
    fn horizon(self) -> Horizon {
        let periods = (self.days / DAYS_TO_A_MONTH).ceil().clamp(1.0, 10_000.0);
        let days = self.days / periods;
        Horizon {
            period: days / DAYS_TO_A_WEEK,
            periods: periods as u32,
            discount: (1.0 + self.discount).powf(days / DAYS_TO_A_YEAR) - 1.0,
            margin: self.margin,
        }
    }
}

/// What is expected of several customers together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Outlook {
    pub(crate) customers: u64,
    /// Historic value, in millionths.
    pub(crate) value: i128,
    /// The sum of their probabilities to be alive,
    pub(crate) alive: f64,
    /// of their purchases to come,
    pub(crate) purchases: f64,
    /// and of what these are worth.
    pub(crate) worth: f64,
}

/// Fitted models.
pub(crate) struct Forecast {
    buying: Fit,
    /// Absent when what customers spend fits no model: then every purchase is worth `mean`.
    spending: Option<GammaGamma>,
    /// What a purchase is worth where there is no model for it.
    mean: f64,
    horizon: Horizon,
    weeks: f64,
    /// By repeat purchases and age: purchases to come of who is alive, plainly and discounted. Many customers share them.
    known: BTreeMap<(u32, u32), (f64, f64)>,
    /// What the reader should know.
    pub(crate) notes: Vec<String>,
}

impl Forecast {
    /// Fits both models. `spenders` are counted by how often they bought again and what they spent then, in millionths.
    pub(crate) fn fit(
        model: Model,
        pasts: &BTreeMap<Past, Shared>,
        spenders: &BTreeMap<(u32, i64), u64>,
        ahead: Ahead,
    ) -> Result<Forecast, LifetimeError> {
        let horizon = ahead.horizon();
        horizon.check()?;
        let summaries: Vec<Summary> = pasts.iter().map(|(past, shared)| past.summary(shared.customers)).collect();
        let buying = fit(model, &History::new(&summaries)?)?;
        let mut notes = vec![told(model, &buying)];
        notes.extend(buying.warnings.iter().map(warned));
        let spender = |((repeats, value), customers): (&(u32, i64), &u64)| Spender {
            repeats: (*repeats).into(),
            mean_value: units((*value).into()) / f64::from((*repeats).max(1)),
            customers: *customers,
        };
        // Purchases that brought nothing, or less, are no measure of what the next one brings.
        let paid = || spenders.iter().filter(|((_, value), _)| *value > 0);
        let bought: f64 = paid().map(|((repeats, _), customers)| f64::from(*repeats) * *customers as f64).sum();
        let spent: i128 = paid().map(|((_, value), customers)| i128::from(*value) * i128::from(*customers)).sum();
        let mean = if bought > 0.0 { units(spent) / bought } else { 0.0 };
        let spending = match fit_spending(&spenders.iter().map(spender).collect::<Vec<_>>()) {
            Ok(spending) => {
                notes.push(format!("Gamma-Gamma, of {} customers: {}.", count(spending.customers), parameters(&spending.parameters)));
                notes.extend(spending.warnings.iter().map(warned));
                Some(spending)
            }
            // All who bought again had to be left out: that is the reason, not that nobody did.
            Err(_) if !spenders.is_empty() && paid().next().is_none() => {
                notes.push(
                    "What is spent fits no model: whoever bought again brought nothing by it, or less (refunds are better taken off the purchase that they belong to); every purchase to come is taken to be worth nothing.".to_owned(),
                );
                None
            }
            Err(error) => {
                notes.push(format!("What is spent fits no model ({error}); every purchase to come is taken to be worth {}.", said(mean)));
                None
            }
        };
        Ok(Forecast { buying, spending, mean, horizon, weeks: ahead.days / DAYS_TO_A_WEEK, known: BTreeMap::new(), notes })
    }

    fn model(&self) -> &BuyingModel {
        &self.buying.model
    }

    /// What those are expected to do and to be worth who share a past.
    pub(crate) fn of(&mut self, past: Past, shared: &Shared) -> Result<Outlook, LifetimeError> {
        let summary = past.summary(1);
        let alive = self.model().alive(&summary)?;
        let (purchases, discounted) = match self.known.get(&(past.repeats, past.age)) {
            Some(known) => *known,
            None => {
                let model = self.model();
                let found = (model.expected_if_alive(&summary, self.weeks)?, model.discounted_if_alive(&summary, &self.horizon)?);
                self.known.insert((past.repeats, past.age), found);
                found
            }
        };
        let everybody = || self.spending.as_ref().and_then(GammaGamma::mean).unwrap_or(self.mean);
        let others = (shared.customers - shared.spenders.min(shared.customers)) as f64;
        let mut value = if others > 0.0 { others * everybody() } else { 0.0 };
        if shared.spenders > 0 {
            let n = shared.spenders as f64;
            // What is expected is linear in what was spent, so those who share a past can be reckoned together.
            let own = units(shared.again) / (n * f64::from(past.repeats.max(1)));
            let expected = self.spending.as_ref().and_then(|spending| spending.expected(past.repeats.into(), own));
            value += n * expected.unwrap_or(self.mean);
        }
        let n = shared.customers as f64;
        Ok(Outlook {
            customers: shared.customers,
            value: shared.value,
            alive: n * alive,
            purchases: n * alive * purchases,
            worth: alive * discounted * value * self.horizon.margin,
        })
    }

    /// All purchases to come, with the interval that the uncertainty of the parameters gives; none where that takes too long.
    pub(crate) fn all(&self, pasts: &BTreeMap<Past, Shared>) -> Option<Estimate> {
        if pasts.len() > INTERVAL_MAX {
            return None;
        }
        let found = self.buying.interval(|model| {
            let expected = |(past, shared): (&Past, &Shared)| {
                let summary = past.summary(1);
                Some(shared.customers as f64 * model.expected(&summary, self.weeks).ok()?)
            };
            pasts.iter().map(expected).sum::<Option<f64>>()
        })?;
        Some(Estimate { low: found.low.max(0.0), ..found })
    }
}

/// What a model is called.
pub(crate) fn name(model: Model) -> &'static str {
    match model {
        Model::BgNbd => "BG/NBD",
        Model::MbgNbd => "MBG/NBD",
        Model::ParetoNbd => "Pareto/NBD",
    }
}

fn told(model: Model, fitted: &Fit) -> String {
    format!(
        "{}, in weeks, of {} customers: {}; log-likelihood {:.3}.",
        name(model),
        count(fitted.customers),
        parameters(&fitted.parameters),
        fitted.log_likelihood
    )
}

fn parameters(parameters: &[periplus_stats::lifetime::Parameter]) -> String {
    let one = |parameter: &periplus_stats::lifetime::Parameter| match parameter.interval {
        Some((low, high)) => format!("{} {} ({} to {})", parameter.name, digits(parameter.value), digits(low), digits(high)),
        None => format!("{} {}", parameter.name, digits(parameter.value)),
    };
    parameters.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Four digits, wherever the point is.
fn digits(value: f64) -> String {
    match value.abs() {
        size if size >= 1e6 || (size < 1e-4 && size > 0.0) => format!("{value:.3e}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.3}"),
        _ => format!("{value:.4}"),
    }
}

/// A warning in words.
fn warned(warning: &Warning) -> String {
    match warning {
        Warning::FewRepeaters { repeaters } => {
            format!("Only {} customers bought again: the parameters are hardly more than a guess.", count(*repeaters))
        }
        Warning::RunAway { parameter, value } => format!(
            "The parameter {parameter} ran to the end of its range ({}): either hardly anybody drops out, or all customers are alike. There are no intervals.",
            digits(*value)
        ),
        Warning::Flat => "Other parameters fit as well: there are no intervals.".to_owned(),
        Warning::AliveByConstruction { customers } => format!(
            "BG/NBD takes the {} customers who never bought again to be alive for certain; take \"mbg_nbd\" or \"pareto_nbd\" to judge them.",
            count(*customers)
        ),
        Warning::SpendingGoesWithFrequency { correlation } => format!(
            "How often customers buy goes with how much they spend (correlation {correlation:.2}); the model of spending takes the two to be independent."
        ),
        Warning::NoMeanSpending { q } => format!(
            "What customers spend scatters so widely (q = {q:.2}) that it has no mean: who never bought again is taken to spend what repeat purchases brought in the mean."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: Ahead = Ahead { days: 365.25, discount: 0.1, margin: 0.5 };

    fn pasts() -> BTreeMap<Past, Shared> {
        let mut pasts = BTreeMap::new();
        for (repeats, last, age, customers, again) in
            [(0, 0, 273, 60, 0), (1, 30, 200, 20, 30), (2, 180, 260, 9, 50), (7, 240, 250, 4, 11), (3, 40, 270, 6, 20)]
        {
            let spenders = if repeats > 0 { customers } else { 0 };
            let again = i128::from(again * customers) * i128::from(repeats) * 1_000_000;
            pasts.insert(Past { repeats, last, age }, Shared { customers, value: again + 5_000_000, spenders, again });
        }
        pasts
    }

    fn spenders(pasts: &BTreeMap<Past, Shared>) -> BTreeMap<(u32, i64), u64> {
        let own = |(past, shared): (&Past, &Shared)| {
            let value = shared.again / i128::from(shared.spenders.max(1));
            (past.repeats > 0).then(|| ((past.repeats, i64::try_from(value).unwrap()), shared.customers))
        };
        pasts.iter().filter_map(own).collect()
    }

    /// Customers one by one, by the published ways of the kernels, come to what they come to together.
    #[test]
    fn together_is_one_by_one() {
        let (pasts, year) = (pasts(), YEAR.horizon());
        assert_eq!(year.periods, 12);
        assert!((year.discount - (1.1f64.powf(1.0 / 12.0) - 1.0)).abs() < 1e-12);
        for model in [Model::BgNbd, Model::MbgNbd, Model::ParetoNbd] {
            let mut forecast = Forecast::fit(model, &pasts, &spenders(&pasts), YEAR).unwrap();
            for (past, shared) in &pasts {
                let found = forecast.of(*past, shared).unwrap();
                let (buying, spending) = (forecast.buying.model, forecast.spending.clone().unwrap());
                let own = units(shared.again) / (shared.customers as f64 * f64::from(past.repeats.max(1)));
                let expected = spending.expected(past.repeats.into(), own).unwrap_or(forecast.mean);
                let one = buying.worth(&past.summary(1), expected, &year).unwrap();
                assert!((found.worth - one * shared.customers as f64).abs() < 1e-9 * found.worth.abs().max(1.0), "{model:?} {past:?}");
                let bought = buying.expected(&past.summary(1), 365.25 / 7.0).unwrap() * shared.customers as f64;
                assert!((found.purchases - bought).abs() < 1e-9 * bought.max(1.0));
            }
            let all = forecast.all(&pasts);
            assert!(all.is_none_or(|all| all.low <= all.value && all.value <= all.high), "{all:?}");
        }
    }

    #[test]
    fn what_fits_no_model_of_spending_is_worth_the_mean() {
        let pasts = pasts();
        let same: BTreeMap<(u32, i64), u64> = [((2, 14_000_000), 9)].into();
        let forecast = Forecast::fit(Model::BgNbd, &pasts, &same, YEAR).unwrap();
        assert!(forecast.spending.is_none() && forecast.mean == 7.0);
        assert!(forecast.notes.iter().any(|note| note.contains("fits no model") && note.contains("7.00")), "{:?}", forecast.notes);
        let nobody: BTreeMap<(u32, i64), u64> = [((2, -14_000_000), 9)].into();
        let forecast = Forecast::fit(Model::BgNbd, &pasts, &nobody, YEAR).unwrap();
        assert_eq!(forecast.mean, 0.0);
        let notes = forecast.notes.join(" ");
        assert!(notes.contains("whoever bought again brought nothing by it") && !notes.contains("nobody bought again"), "{notes}");
        assert!(matches!(Forecast::fit(Model::BgNbd, &BTreeMap::new(), &same, YEAR), Err(LifetimeError::NoCustomers)));
    }
}
