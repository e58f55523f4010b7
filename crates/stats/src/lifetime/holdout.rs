//! A model held against what happened afterwards: the data of two pictures.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde::Serialize;

use super::{BuyingModel, LifetimeError, Purchases};

/// Customers who bought equally often before the cut, and what they did after it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ByFrequency {
    /// How many repeat purchases they had before.
    pub repeats: u64,
    /// Whether those with more are among them: the last group.
    pub and_more: bool,
    /// How many customers.
    pub customers: u64,
    /// How many purchases each was expected to make after the cut, in the mean.
    pub expected: f64,
    /// How many they made, in the mean.
    pub actual: f64,
}

/// How well a model foretold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// By how often they bought before.
    pub by_frequency: Vec<ByFrequency>,
    /// How many customers.
    pub customers: u64,
    /// All purchases that were expected.
    pub expected: f64,
    /// All purchases that were made.
    pub actual: u64,
    /// The mean of |expected − made| over customers.
    pub error_mean: f64,
    /// The root of the mean of (expected − made)².
    pub error_root: f64,
    /// Pearson's correlation of expected and made; `None` when one of them is always the same.
    pub correlation: Option<f64>,
}

/// Holds a model that was fitted to histories up to a cut against what the same customers did in the `later` units of time after it. Customers
/// with `most` or more repeat purchases are one group; groups without customers are left out. A row with `customers` above 1 stands for so
/// many customers who did the same.
///
/// # Errors
/// [`LifetimeError::NoCustomers`], [`LifetimeError::Summary`] with the place of what no customer can have, [`LifetimeError::Horizon`].
pub fn by_frequency(model: &BuyingModel, customers: &[Purchases], later: f64, most: u64) -> Result<Held, LifetimeError> {
    let most = most.min(1_000);
    let mut groups = vec![(0u64, 0.0, 0.0); most as usize + 1];
    let (mut count, mut actual) = (0u64, 0u64);
    let (mut absolute, mut squares) = (0.0, 0.0);
    let (mut sums, mut products) = ((0.0, 0.0), (0.0, 0.0, 0.0));
    for (place, row) in customers.iter().enumerate() {
        let found = model.expected(&row.summary, later).map_err(|error| error.at(place))?;
        let (weight, made) = (row.summary.customers as f64, row.later as f64);
        let group = &mut groups[row.summary.repeats.min(most) as usize];
        *group = (group.0.saturating_add(row.summary.customers), group.1 + weight * found, group.2 + weight * made);
        count = count.saturating_add(row.summary.customers);
        actual = actual.saturating_add(row.later.saturating_mul(row.summary.customers));
        absolute += weight * (found - made).abs();
        squares += weight * (found - made).powi(2);
        sums = (sums.0 + weight * found, sums.1 + weight * made);
        products = (products.0 + weight * found * found, products.1 + weight * made * made, products.2 + weight * found * made);
    }
    if count == 0 {
        return Err(LifetimeError::NoCustomers);
    }
    let n = count as f64;
    let around = |product: f64, one: f64, two: f64| product - one * (two / n);
    let spread = (around(products.0, sums.0, sums.0).max(0.0) * around(products.1, sums.1, sums.1).max(0.0)).sqrt();
    let correlation = around(products.2, sums.0, sums.1) / spread;
    let group = |(repeats, (customers, expected, actual)): (usize, (u64, f64, f64))| {
        let n = customers as f64;
        let repeats = repeats as u64;
        (customers > 0).then_some(ByFrequency { repeats, and_more: repeats == most, customers, expected: expected / n, actual: actual / n })
    };
    Ok(Held {
        by_frequency: groups.into_iter().enumerate().filter_map(group).collect(),
        customers: count,
        expected: sums.0,
        actual,
        error_mean: absolute / n,
        error_root: (squares / n).sqrt(),
        correlation: correlation.is_finite().then(|| correlation.clamp(-1.0, 1.0)),
    })
}

impl LifetimeError {
    fn at(self, place: usize) -> LifetimeError {
        match self {
            LifetimeError::Summary { reason, .. } => LifetimeError::Summary { place, reason },
            other => other,
        }
    }
}

/// All repeat purchases up to the end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tracked {
    /// When the period ends, in units of time since the first customer came.
    pub end: f64,
    /// How many repeat purchases the model expects by then.
    pub expected: f64,
    /// How many there were.
    pub actual: u64,
}

/// All repeat purchases by period, cumulative: what the model expects of the customers who came, and what there was. `births` are the times at
/// which customers made their first purchase, with how many did; `actual` counts the repeat purchases of each period of length
/// `period`, the first from 0 on. A customer is a new one to the model here: their history is not used, so the curve tells whether
/// the model fits the whole, before the cut and after it.
///
/// # Errors
/// [`LifetimeError::NoCustomers`] without births, [`LifetimeError::Horizon`] for times that are none.
pub fn track(model: &BuyingModel, births: &[(f64, u64)], actual: &[u64], period: f64) -> Result<Vec<Tracked>, LifetimeError> {
    if births.iter().all(|(_, customers)| *customers == 0) {
        return Err(LifetimeError::NoCustomers);
    }
    if !(period > 0.0 && period <= 1e9) || actual.len() > 100_000 || births.iter().any(|(at, _)| !(0.0..=1e12).contains(at)) {
        return Err(LifetimeError::Horizon("periods must be above 0 long and at most 100,000, and nobody may come before time 0"));
    }
    let mut so_far = 0u64;
    let mut tracked = Vec::with_capacity(actual.len());
    // Many came equally long before the end of a period, and what is expected of them takes a series to reckon.
    let mut known: HashMap<u64, f64> = HashMap::new();
    for (number, bought) in actual.iter().enumerate() {
        let end = period * (number + 1) as f64;
        so_far = so_far.saturating_add(*bought);
        let mut expected = 0.0;
        for (birth, customers) in births.iter().filter(|(birth, _)| *birth < end) {
            let since = end - birth;
            // Times that are the same to nine digits are the same.
            let each = match known.entry(((since / period) * 1e9).round() as u64) {
                Entry::Occupied(each) => *each.get(),
                Entry::Vacant(free) => *free.insert(model.expected_of_new(since)?),
            };
            expected += *customers as f64 * each;
        }
        tracked.push(Tracked { end, expected, actual: so_far });
    }
    Ok(tracked)
}

#[cfg(test)]
mod tests {
    use super::super::{Model, Summary};
    use super::*;

    fn model() -> BuyingModel {
        BuyingModel::new(Model::BgNbd, [0.25, 4.4, 0.8, 2.4]).unwrap()
    }

    fn row(repeats: u64, last: f64, later: u64, customers: u64) -> Purchases {
        let summary = Summary { repeats, last, age: 38.0, customers };
        Purchases { summary, mean_value: 0.0, later, later_value: 0.0 }
    }

    #[test]
    fn groups_are_means_and_the_last_is_open() {
        let rows = [row(0, 0.0, 1, 3), row(0, 0.0, 0, 1), row(2, 30.0, 2, 1), row(9, 30.0, 4, 1), row(2, 30.0, 0, 0)];
        let held = by_frequency(&model(), &rows, 39.0, 2).unwrap();
        assert_eq!((held.customers, held.actual), (6, 9));
        let told: Vec<_> = held.by_frequency.iter().map(|g| (g.repeats, g.and_more, g.customers, g.actual)).collect();
        assert_eq!(told, [(0, false, 4, 0.75), (2, true, 2, 3.0)]);
        let of = |row: &Purchases| model().expected(&row.summary, 39.0).unwrap();
        assert!((held.expected - (4.0 * of(&rows[0]) + of(&rows[2]) + of(&rows[3]))).abs() < 1e-12);
        assert!(held.correlation.is_some_and(|c| c > 0.5));
        assert_eq!(by_frequency(&model(), &[], 39.0, 2), Err(LifetimeError::NoCustomers));
        assert!(matches!(by_frequency(&model(), &[rows[0], row(1, 0.0, 0, 1)], 39.0, 2), Err(LifetimeError::Summary { place: 1, .. })));
        assert!(by_frequency(&model(), &rows, -1.0, 2).is_err() && by_frequency(&model(), &rows, f64::NAN, 2).is_err());
    }

    #[test]
    fn a_curve_adds_up_who_came() {
        let tracked = track(&model(), &[(0.0, 10), (1.5, 4)], &[3, 2], 1.0).unwrap();
        let new = |t: f64| model().expected_of_new(t).unwrap();
        assert_eq!(tracked.iter().map(|t| t.actual).collect::<Vec<_>>(), [3, 5]);
        assert!((tracked[0].expected - 10.0 * new(1.0)).abs() < 1e-12);
        assert!((tracked[1].expected - 10.0 * new(2.0) - 4.0 * new(0.5)).abs() < 1e-12);
        assert_eq!(track(&model(), &[(0.0, 0)], &[1], 1.0), Err(LifetimeError::NoCustomers));
        assert!(track(&model(), &[(-1.0, 1)], &[1], 1.0).is_err() && track(&model(), &[(0.0, 1)], &[1], 0.0).is_err());
    }
}
