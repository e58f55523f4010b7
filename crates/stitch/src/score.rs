//! How good a resolution is, where the truth is known.
//!
//! Two identifiers (or events) that are one person are a pair. Precision is the share of the found pairs that are true,
//! recall the share of the true pairs that were found. Pairs are counted from cell sizes, not one by one, so millions of
//! identifiers take a moment, and the counts are exact integers that can be added up in any order.

use std::collections::HashMap;

use periplus_model::CustomerKey;

/// How many identifiers each customer has of each true person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contingency {
    cells: HashMap<(CustomerKey, u64), u64>,
}

/// Pairs found, true, and both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Pairs that the resolution makes one customer.
    pub found: u128,
    /// Pairs that truly are one person.
    pub truth: u128,
    /// Pairs that are both.
    pub both: u128,
}

impl Contingency {
    /// Counts one identifier: the customer it was given, and the number of the person it truly is.
    pub fn add(&mut self, customer: CustomerKey, person: u64) {
        *self.cells.entry((customer, person)).or_default() += 1;
    }

    /// Adds what another one counted; identifiers must not be in both.
    pub fn merge(&mut self, other: &Contingency) {
        for (cell, count) in &other.cells {
            *self.cells.entry(*cell).or_default() += count;
        }
    }

    /// The score of what was counted.
    pub fn score(&self) -> Score {
        let (mut customers, mut persons) = (HashMap::<CustomerKey, u64>::new(), HashMap::<u64, u64>::new());
        for ((customer, person), count) in &self.cells {
            *customers.entry(*customer).or_default() += count;
            *persons.entry(*person).or_default() += count;
        }
        Score { found: pairs(customers.values()), truth: pairs(persons.values()), both: pairs(self.cells.values()) }
    }
}

fn pairs<'a>(counts: impl Iterator<Item = &'a u64>) -> u128 {
    counts.map(|n| u128::from(*n) * u128::from(n.saturating_sub(1)) / 2).sum()
}

impl Score {
    /// Share of the found pairs that are true; `None` when none were found.
    pub fn precision(&self) -> Option<f64> {
        share(self.both, self.found)
    }

    /// Share of the true pairs that were found; `None` when there are none.
    pub fn recall(&self) -> Option<f64> {
        share(self.both, self.truth)
    }

    /// Harmonic mean of precision and recall; `None` when there are neither found nor true pairs.
    pub fn f1(&self) -> Option<f64> {
        share(2 * self.both, self.found + self.truth)
    }
}

fn share(part: u128, whole: u128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_small_example() {
        // Customer 1: persons a, a, b. Customer 2: person a.
        let mut counted = Contingency::default();
        for (customer, person) in [(1, 7), (1, 7), (1, 8), (2, 7)] {
            counted.add(CustomerKey(customer), person);
        }
        let score = counted.score();
        assert_eq!(score, Score { found: 3, truth: 3, both: 1 });
        assert_eq!((score.precision(), score.recall(), score.f1()), (Some(1.0 / 3.0), Some(1.0 / 3.0), Some(1.0 / 3.0)));
        assert_eq!(Contingency::default().score().precision(), None);
    }

    proptest! {
        #[test]
        fn pairs_counted_from_cells_are_the_pairs_counted_one_by_one(items in prop::collection::vec((0i64..6, 0u64..6), 0..60), cut in 0usize..60) {
            let cut = cut.min(items.len());
            let (mut counted, mut rest) = (Contingency::default(), Contingency::default());
            items[..cut].iter().for_each(|(c, p)| rest.add(CustomerKey(*c), *p));
            items[cut..].iter().for_each(|(c, p)| counted.add(CustomerKey(*c), *p));
            counted.merge(&rest);
            let mut naive = Score::default();
            for (i, (c, p)) in items.iter().enumerate() {
                for (d, q) in &items[..i] {
                    naive.found += u128::from(c == d);
                    naive.truth += u128::from(p == q);
                    naive.both += u128::from(c == d && p == q);
                }
            }
            prop_assert_eq!(counted.score(), naive);
        }
    }
}
