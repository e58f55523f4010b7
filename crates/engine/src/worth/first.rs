//! The first few of many customers by a figure: which they are does not hang on who counted first, nor on how counts were merged.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::EngineError;

/// So many customers may be listed.
pub(crate) const LISTED_MAX: usize = 10_000;
/// So many are where nothing is said.
pub(crate) const LISTED: usize = 50;

/// For the setting of how many customers are listed.
pub(crate) fn listed() -> usize {
    LISTED
}

/// Refuses what is no number of customers to list.
pub(crate) fn check(at_most: usize) -> Result<(), EngineError> {
    if (1..=LISTED_MAX).contains(&at_most) {
        return Ok(());
    }
    Err(EngineError::Question("\"at_most\" is 1 to 10000 customers".to_owned()))
}

/// At most so many of what came, the smallest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct First<T: Ord> {
    at_most: usize,
    kept: BTreeSet<T>,
}

impl<T: Ord> First<T> {
    pub(crate) fn new(at_most: usize) -> First<T> {
        First { at_most, kept: BTreeSet::new() }
    }

    pub(crate) fn add(&mut self, one: T) {
        // Most of many are beyond the last one.
        if self.kept.len() >= self.at_most && self.kept.last().is_some_and(|last| *last <= one) {
            return;
        }
        self.kept.insert(one);
        if self.kept.len() > self.at_most {
            self.kept.pop_last();
        }
    }

    pub(crate) fn merge(&mut self, other: First<T>) {
        other.kept.into_iter().for_each(|one| self.add(one));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }
}

/// Rows by a figure, the largest first, equal ones by `tie`; at most so many.
pub(crate) struct Ranked<K: Ord, T> {
    at_most: usize,
    rows: Vec<(f64, K, T)>,
}

impl<K: Ord, T> Ranked<K, T> {
    pub(crate) fn new(at_most: usize) -> Ranked<K, T> {
        Ranked { at_most, rows: Vec::new() }
    }

    /// Answers whether it is among the first so far.
    pub(crate) fn add(&mut self, figure: f64, tie: K, row: T) -> bool {
        let at = self.rows.partition_point(|(known, own, _)| known.total_cmp(&figure).reverse().then_with(|| own.cmp(&tie)).is_lt());
        if at >= self.at_most {
            return false;
        }
        self.rows.insert(at, (figure, tie, row));
        self.rows.truncate(self.at_most);
        true
    }

    pub(crate) fn into_rows(self) -> impl Iterator<Item = (K, T)> {
        self.rows.into_iter().map(|(_, tie, row)| (tie, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_the_same_in_whatever_order_they_come() {
        let keys: Vec<i64> = (0..97).map(|n| n * 41 % 97).collect();
        let of = |keys: &[i64]| {
            let mut first = First::new(5);
            keys.iter().for_each(|key| first.add(*key));
            first
        };
        for cut in [0, 1, 30, 96, 97] {
            let mut first = of(&keys[..cut]);
            first.merge(of(&keys[cut..]));
            assert_eq!(first.iter().copied().collect::<Vec<_>>(), [0, 1, 2, 3, 4], "{cut}");
            assert_eq!(first.len(), 5);
        }
    }

    #[test]
    fn the_largest_figure_comes_first_and_the_smaller_key_of_equal_ones() {
        let mut ranked = Ranked::new(3);
        let came: Vec<bool> = [(1.0, 9), (2.0, 8), (2.0, 3), (0.5, 1), (1.0, 4), (1.0, 9)]
            .iter()
            .map(|(figure, key)| ranked.add(*figure, *key, ()))
            .collect();
        assert_eq!(came, [true, true, true, false, true, false]);
        assert_eq!(ranked.into_rows().map(|(key, ())| key).collect::<Vec<_>>(), [3, 8, 4]);
    }

    #[test]
    fn nobody_and_everybody_are_no_list() {
        assert!(check(1).is_ok() && check(LISTED_MAX).is_ok());
        assert!(check(0).is_err() && check(LISTED_MAX + 1).is_err());
    }
}
