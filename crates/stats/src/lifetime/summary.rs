//! What the models know of a customer.

use super::{LifetimeError, REPEATS_MAX, SUMMARIES_MAX};

/// One history, and how many customers share it. All times are in one unit (days, weeks; it need not be whole), from the
/// customer's first purchase on. Purchases of one period (a day, say) count as one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// x: how often they bought again, the first purchase not counted.
    pub repeats: u64,
    /// t_x: when they last bought; 0 when they never bought again.
    pub last: f64,
    /// T: how long they have been customers.
    pub age: f64,
    /// How many customers have this history.
    pub customers: u64,
}

impl Summary {
    pub(super) fn complaint(&self) -> Option<&'static str> {
        if !(self.age.is_finite() && self.last.is_finite() && self.last >= 0.0 && self.age <= 1e12) {
            Some("times must be numbers from 0 to 1e12")
        } else if self.last > self.age {
            Some("the last purchase is after the end of the observation")
        } else if self.repeats == 0 && self.last > 0.0 {
            Some("there is a time of a last repeat purchase, but no repeat purchase")
        } else if self.repeats > 0 && self.last <= 0.0 {
            Some("there are repeat purchases, but none after the first: purchases of one period count as one")
        } else if self.repeats > REPEATS_MAX {
            Some("more than 100,000 repeat purchases are not a person's: leave this customer out")
        } else {
            None
        }
    }
}

/// Checked summaries, equal ones merged, sorted, with times in units of the mean age.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    pub(super) rows: Vec<Row>,
    /// What a scaled time is multiplied with to have the unit of the summaries.
    pub(super) unit: f64,
    pub(super) customers: u64,
    pub(super) repeaters: u64,
    /// All repeat purchases.
    pub(super) purchases: f64,
}

/// A summary with scaled times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    pub repeats: u64,
    pub last: f64,
    pub age: f64,
    pub weight: f64,
}

impl History {
    /// Takes summaries in any order; equal ones may come one by one or counted. Those of no customers are left out.
    ///
    /// # Errors
    /// [`LifetimeError::NoCustomers`], [`LifetimeError::Summary`] for what no customer can have (with its place),
    /// [`LifetimeError::TooMany`], [`LifetimeError::NobodyAgain`] and [`LifetimeError::AllAlike`] when there is nothing to learn.
    pub fn new(summaries: &[Summary]) -> Result<History, LifetimeError> {
        if let Some((place, reason)) = summaries.iter().enumerate().find_map(|(place, summary)| Some((place, summary.complaint()?))) {
            return Err(LifetimeError::Summary { place, reason });
        }
        let mut sorted: Vec<Summary> = summaries.iter().filter(|summary| summary.customers > 0).copied().collect();
        if sorted.len() > SUMMARIES_MAX {
            return Err(LifetimeError::TooMany);
        }
        sorted.sort_unstable_by(|a, b| {
            a.repeats.cmp(&b.repeats).then(a.last.total_cmp(&b.last)).then(a.age.total_cmp(&b.age)).then(a.customers.cmp(&b.customers))
        });
        sorted.dedup_by(|next, kept| {
            let same = (next.repeats, next.last, next.age) == (kept.repeats, kept.last, kept.age);
            if same {
                kept.customers = kept.customers.saturating_add(next.customers);
            }
            same
        });
        let customers = sorted.iter().fold(0u64, |sum, summary| sum.saturating_add(summary.customers));
        if customers == 0 {
            return Err(LifetimeError::NoCustomers);
        }
        let total = |of: fn(&Summary) -> f64| sorted.iter().map(|summary| of(summary) * summary.customers as f64).sum::<f64>();
        let purchases = total(|summary| summary.repeats as f64);
        if purchases <= 0.0 {
            return Err(LifetimeError::NobodyAgain);
        }
        if sorted.len() == 1 {
            return Err(LifetimeError::AllAlike);
        }
        let unit = total(|summary| summary.age) / customers as f64;
        let repeaters = sorted.iter().filter(|summary| summary.repeats > 0).fold(0u64, |sum, s| sum.saturating_add(s.customers));
        let scaled = |s: &Summary| Row { repeats: s.repeats, last: s.last / unit, age: s.age / unit, weight: s.customers as f64 };
        Ok(History { rows: sorted.iter().map(scaled).collect(), unit, customers, repeaters, purchases })
    }

    /// How many customers.
    pub fn customers(&self) -> u64 {
        self.customers
    }

    /// How many of them bought again.
    pub fn repeaters(&self) -> u64 {
        self.repeaters
    }

    /// How many different histories they have.
    pub fn histories(&self) -> usize {
        self.rows.len()
    }
}

/// One customer's purchases, cut at a date for a backtest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Purchases {
    /// Their history up to the cut.
    pub summary: Summary,
    /// The mean value of a repeat purchase up to the cut (of all that was bought in one period together), 0 when there was none.
    pub mean_value: f64,
    /// In how many periods after the cut they bought, up to the end.
    pub later: u64,
    /// What they spent then.
    pub later_value: f64,
}

/// Sums up one customer's purchases, each with its period (the number of the day, say) and its value, in order of time. Purchases of one
/// period are one. Those up to and including `cut` are the history; those after it and up to and including `end` are what happened later.
/// `unit` is how many periods make a unit of time (7 for days and weeks). Later than `end` nothing counts; with `cut` = `end` there is no
/// backtest. `None` when the first purchase is after the cut, `unit` is not above 0, or the purchases are not in order.
pub fn summarise(purchases: &[(i64, f64)], cut: i64, end: i64, unit: f64) -> Option<Purchases> {
    let first = purchases.first()?.0;
    let ordered = purchases.windows(2).all(|two| two[0].0 <= two[1].0);
    if first > cut || !ordered || !(unit > 0.0 && unit.is_finite()) {
        return None;
    }
    let time = |period: i64| (period as f64 - first as f64) / unit;
    let (mut repeats, mut value, mut later, mut later_value) = (0u64, 0.0, 0u64, 0.0);
    let (mut last, mut seen) = (first, first);
    for (period, spent) in purchases.iter().take_while(|(period, _)| *period <= end.max(cut)) {
        let new = u64::from(*period > seen);
        seen = *period;
        if *period <= cut {
            repeats += new;
            last = *period;
            value += if *period > first { *spent } else { 0.0 };
        } else {
            later += new;
            later_value += *spent;
        }
    }
    let mean_value = if repeats > 0 { value / repeats as f64 } else { 0.0 };
    Some(Purchases {
        summary: Summary { repeats, last: time(last), age: time(cut), customers: 1 },
        mean_value: if mean_value.is_finite() { mean_value } else { 0.0 },
        later,
        later_value: if later_value.is_finite() { later_value } else { 0.0 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(repeats: u64, last: f64, age: f64, customers: u64) -> Summary {
        Summary { repeats, last, age, customers }
    }

    #[test]
    fn purchases_of_a_period_are_one_and_the_first_does_not_count() {
        let bought = [(10, 5.0), (10, 1.0), (17, 2.0), (17, 4.0), (24, 8.0), (31, 1.0), (45, 1.0)];
        let found = summarise(&bought, 24, 31, 7.0).unwrap();
        assert_eq!(found.summary, summary(2, 2.0, 2.0, 1));
        assert_eq!((found.mean_value, found.later, found.later_value), (7.0, 1, 1.0));
        assert_eq!(summarise(&bought, 9, 31, 7.0), None);
        assert_eq!(summarise(&[(2, 1.0), (1, 1.0)], 9, 9, 1.0), None);
        assert_eq!((summarise(&[], 9, 9, 1.0), summarise(&bought, 24, 31, 0.0)), (None, None));
        assert_eq!(summarise(&[(3, 1.0)], 9, 9, 1.0).map(|p| p.summary), Some(summary(0, 0.0, 6.0, 1)));
    }

    #[test]
    fn equal_histories_are_merged_in_any_order() {
        let rows = [summary(1, 2.0, 4.0, 1), summary(0, 0.0, 4.0, 2), summary(1, 2.0, 4.0, 3), summary(5, 1.0, 2.0, 0)];
        let mut other = rows;
        other.reverse();
        let history = History::new(&rows).unwrap();
        assert_eq!(history, History::new(&other).unwrap());
        assert_eq!((history.customers(), history.repeaters(), history.histories()), (6, 4, 2));
    }

    #[test]
    fn what_no_customer_can_have_is_refused_with_its_place() {
        let good = summary(1, 2.0, 4.0, 1);
        let bad = [
            summary(0, 1.0, 4.0, 1),
            summary(1, 0.0, 4.0, 1),
            summary(1, 5.0, 4.0, 1),
            summary(1, f64::NAN, 4.0, 1),
            summary(1, 1.0, f64::INFINITY, 1),
            summary(u64::MAX, 1.0, 4.0, 1),
        ];
        for wrong in bad {
            assert!(matches!(History::new(&[good, wrong]), Err(LifetimeError::Summary { place: 1, .. })), "{wrong:?}");
        }
        assert_eq!(History::new(&[]), Err(LifetimeError::NoCustomers));
        assert_eq!(History::new(&[summary(1, 1.0, 2.0, 0)]), Err(LifetimeError::NoCustomers));
        assert_eq!(History::new(&[summary(0, 0.0, 4.0, 9)]), Err(LifetimeError::NobodyAgain));
        assert_eq!(History::new(&[summary(2, 3.0, 4.0, 9)]), Err(LifetimeError::AllAlike));
    }
}
