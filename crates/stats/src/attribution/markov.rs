//! Markov attribution as an exact absorbing chain.
//!
//! Paths are walks through states, the last `order` touches each. From the counts of transitions follow, without any random walk,
//! the probability P of a conversion and, for each channel, the probability f of coming to the channel and converting later:
//! P without the channel is P − f, and its *removal effect* f / P is the share of conversions that would be lost if all who come to
//! it were lost. Conversions are divided in proportion to these (Anderl, Becker, von Wangenheim and Schumann 2016, *Mapping the
//! customer journey*). The value is divided by the removal effects on value, where a conversion in a state is worth what
//! conversions in that state were worth on average.
//!
//! f itself is solved for, not P without the channel, so that the effects of rare channels have all their digits.

use super::Credits;
use crate::chain::grams::{Counts, Grams, START};
use crate::chain::sweep::{EXACT, Structure};
use crate::paths::{JourneyError, Paths};

/// What would be lost without each channel, as shares of all. By channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Removal {
    /// Of the conversions.
    pub conversions: Vec<f64>,
    /// Of the value.
    pub value: Vec<f64>,
}

/// The exact chain of some order, and what it credits.
#[derive(Clone, Debug, PartialEq)]
pub struct Markov {
    /// Credited conversions and value.
    pub credits: Credits,
    /// The removal effects.
    pub removal: Removal,
    /// The probability that a journey converts: the same for every order.
    pub probability: f64,
    /// The value of a journey, converting or not, in currency units.
    pub value_per_journey: f64,
    /// How many states occur, without the start.
    pub states: usize,
    /// How many transitions occur between states.
    pub transitions: usize,
}

/// Markov attribution with states of the last `order` touches, from 1 on. Conversions without a touch count in the probability and
/// are credited to nobody.
///
/// Errors: no journeys, no conversions after a touch, the order is 0, too many states, or people go round for too long
/// ([`JourneyError`]).
pub fn markov(paths: &Paths, order: usize) -> Result<Markov, JourneyError> {
    if paths.journeys() > 0 && paths.converted(true).0 == 0 {
        return Err(JourneyError::NoConversions);
    }
    Walks::new(paths, order)?.solve(paths, EXACT)
}

/// Paths as walks, for several weightings.
pub(crate) struct Walks {
    grams: Grams,
    structure: Structure,
}

impl Walks {
    pub fn new(paths: &Paths, order: usize) -> Result<Walks, JourneyError> {
        let grams = Grams::index(paths, order)?;
        let structure = grams.structure();
        Ok(Walks { grams, structure })
    }

    /// Removal effects and credits, to `precision` of themselves.
    pub fn solve(&self, paths: &Paths, precision: f64) -> Result<Markov, JourneyError> {
        self.solve_counts(&self.count(paths), paths.channels(), precision)
    }

    /// How often each transition was made.
    pub fn count(&self, paths: &Paths) -> Counts {
        self.grams.count(paths, paths.weights())
    }

    /// The same of transitions, wherever they were counted.
    pub fn solve_counts(&self, counts: &Counts, channels: usize, precision: f64) -> Result<Markov, JourneyError> {
        let grams = &self.grams;
        let system = self.structure.system(&counts.edges, &counts.ends());
        let converts = system.solve(&counts.conversions, precision)?;
        let worth = system.solve(&counts.value, precision)?;
        let found = system.first_hits(START, &grams.last, channels, &[&converts, &worth], precision)?;
        // What ends at the start had no touch.
        let touched = |of: &[f64]| of.iter().skip(START + 1).sum::<f64>();
        let (conversions, value) = (touched(&counts.conversions), touched(&counts.value));
        let share =
            |of: &[f64], whole: f64| of.iter().map(|part| if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 }).collect::<Vec<f64>>();
        let divided = |of: &[f64], total: f64| {
            let sum: f64 = of.iter().sum();
            of.iter().map(|part| if sum > 0.0 { total * (part / sum) } else { 0.0 }).collect()
        };
        let credits = Credits {
            conversions: divided(&found[0], conversions),
            value: divided(&found[1], value),
            untouched_conversions: counts.conversions[START].round() as u64,
            untouched_value: counts.value[START],
        };
        Ok(Markov {
            credits,
            removal: Removal { conversions: share(&found[0], converts[START]), value: share(&found[1], worth[START]) },
            probability: converts[START],
            value_per_journey: worth[START],
            states: grams.states() - 1,
            transitions: grams.edges.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::Weight;
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// Where people go, and how many end with a conversion, its value, and without.
    type Row = (HashMap<Vec<u16>, f64>, f64, f64, f64);
    type List = Vec<(Vec<u16>, u64, u64)>;

    fn made(list: &[(Vec<u16>, u64, u64)]) -> Paths {
        let mut paths = Paths::new(4).unwrap();
        paths.push(&[0], &[], Weight { conversions: 1, value: 3.0, nulls: 0 }).unwrap();
        for (touches, conversions, nulls) in list {
            paths
                .push(
                    touches,
                    &[],
                    Weight { conversions: *conversions, value: *conversions as f64 * (1.0 + touches.len() as f64), nulls: *nulls },
                )
                .unwrap();
        }
        paths
    }

    fn some_paths() -> impl Strategy<Value = List> {
        prop::collection::vec((prop::collection::vec(0u16..4, 0..8), 0u64..4, 0u64..4), 0..12)
    }

    /// The naive twin: states by name, and the chain without a channel walked until next to nobody is under way. Gives the
    /// probability to convert and the value.
    fn walked(paths: &Paths, order: usize, without: Option<u16>) -> (f64, f64) {
        let mut rows: HashMap<Vec<u16>, Row> = HashMap::new();
        for path in paths.iter() {
            let n = (path.weight.conversions + path.weight.nulls) as f64;
            let state = |end: usize| path.touches[end.saturating_sub(order)..end].to_vec();
            for end in 1..=path.touches.len() {
                *rows.entry(state(end - 1)).or_default().0.entry(state(end)).or_default() += n;
            }
            let last = rows.entry(state(path.touches.len())).or_default();
            last.1 += path.weight.conversions as f64;
            last.2 += path.weight.value;
            last.3 += path.weight.nulls as f64;
        }
        let mut people: HashMap<Vec<u16>, f64> = HashMap::from([(vec![], 1.0)]);
        let (mut converted, mut value) = (0.0, 0.0);
        for _ in 0..100_000 {
            let mut next: HashMap<Vec<u16>, f64> = HashMap::new();
            for (state, many) in &people {
                let row = &rows[state];
                let all = row.0.values().sum::<f64>() + row.1 + row.3;
                if all == 0.0 {
                    continue;
                }
                converted += many * row.1 / all;
                value += many * row.2 / all;
                for (to, n) in &row.0 {
                    if to.last().copied() != without {
                        *next.entry(to.clone()).or_default() += many * n / all;
                    }
                }
            }
            people = next;
            if people.values().sum::<f64>() < 1e-18 {
                break;
            }
        }
        (converted, value)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_exact_chain_is_where_walking_ends(list in some_paths(), order in 1usize..5) {
            let paths = made(&list);
            let found = markov(&paths, order).unwrap();
            let base = walked(&paths, order, None);
            prop_assert!((found.probability - base.0).abs() < 1e-12 && (found.value_per_journey - base.1).abs() < 1e-11);
            for channel in 0..4u16 {
                let without = walked(&paths, order, Some(channel));
                prop_assert!((found.removal.conversions[usize::from(channel)] - (1.0 - without.0 / base.0)).abs() < 1e-10);
                prop_assert!((found.removal.value[usize::from(channel)] - (1.0 - without.1 / base.1)).abs() < 1e-10);
            }
            // Credits are all conversions with a touch, and their value.
            let (conversions, value) = paths.converted(true);
            prop_assert!((found.credits.conversions.iter().sum::<f64>() - conversions as f64).abs() < 1e-9);
            prop_assert!((found.credits.value.iter().sum::<f64>() - value).abs() < 1e-9);
        }

        #[test]
        fn every_order_has_the_same_base(list in some_paths()) {
            let paths = made(&list);
            let weights = paths.weights().iter();
            let (conversions, nulls) = weights.fold((0, 0), |sum, weight| (sum.0 + weight.conversions, sum.1 + weight.nulls));
            for order in 1..7 {
                let found = markov(&paths, order).unwrap();
                prop_assert!((found.probability - conversions as f64 / (conversions + nulls) as f64).abs() < 1e-13);
            }
        }

        /// Touches that repeat the one before are self-loops of order 1.
        #[test]
        fn self_loops_change_nothing(list in some_paths(), repeats in prop::collection::vec(1usize..4, 8)) {
            let repeated: List = list.iter().map(|(touches, conversions, nulls)| {
                let touches = touches.iter().zip(&repeats).flat_map(|(channel, times)| vec![*channel; *times]).collect();
                (touches, *conversions, *nulls)
            }).collect();
            let value = |list: &List| markov(&made(list), 1).unwrap().removal.conversions;
            let once: List = list.iter().map(|(touches, conversions, nulls)| {
                let mut touches = touches.clone();
                touches.dedup();
                (touches, *conversions, *nulls)
            }).collect();
            for (found, expected) in value(&repeated).iter().zip(value(&once)) {
                prop_assert!((found - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn what_gives_no_figures_says_why() {
        let mut paths = Paths::new(2).unwrap();
        assert_eq!(markov(&paths, 1), Err(JourneyError::NoJourneys));
        paths.push(&[0, 1], &[], Weight { conversions: 0, value: 0.0, nulls: 5 }).unwrap();
        assert_eq!(markov(&paths, 1), Err(JourneyError::NoConversions));
        paths.push(&[], &[], Weight { conversions: 2, value: 1.0, nulls: 5 }).unwrap();
        assert_eq!(markov(&paths, 1), Err(JourneyError::NoConversions));
        paths.push(&[1], &[], Weight { conversions: 1, value: 0.0, nulls: 0 }).unwrap();
        assert!(matches!(markov(&paths, 0), Err(JourneyError::Setting { .. })));
        let found = markov(&paths, 9).unwrap();
        assert_eq!((found.credits.conversions, found.credits.value), (vec![0.0, 1.0], vec![0.0, 0.0]));
    }
}
