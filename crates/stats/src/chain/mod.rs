//! The measured journey chain: from where customers go where, how often, how long they take, and what it comes to.
//!
//! A [`Chain`] has a start, states (touchpoints or stages), and two ends, converted and lost. [`what_if()`] changes a copy of it and
//! compares; [`next`] asks it what to do next. It is the same chain that Markov attribution of order 1 removes channels from.
//!
//! Chains are counted from paths by `grams`, for any order, and solved by `sweep` (large, few transitions) and `dense` (small).
//! To add a change, add a variant of [`Change`] with its doc, an arm in `edit`, and the [`Assumption`] that it makes.

pub mod assumptions;
pub(crate) mod dense;
mod edit;
pub(crate) mod grams;
pub mod next;
mod outcome;
pub(crate) mod sweep;
pub mod what_if;

pub use assumptions::Assumption;
pub use edit::{Change, Onward, Removed, Take, Wait};
pub use next::{Backtest, Hits, NextBest, Rank, Redraw, Suggestion, Tested, backtest};
pub use outcome::{Ahead, Outcome};
pub use what_if::{Compared, Scenario, WhatIf, what_if};

use crate::paths::{JOURNEYS_MAX, JourneyError, Paths, VALUE_MAX};

/// How many states a chain may have.
pub const STATES_MAX: usize = 10_000;
/// The longest mean wait, in seconds: thirty thousand years. More is a mistake.
pub const WAIT_SECONDS_MAX: f64 = 1e12;

/// A place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// Before the first touchpoint.
    Start,
    /// At a touchpoint or stage, by its number.
    At(usize),
    /// The journey ended with a conversion.
    Converted,
    /// The journey ended without.
    Lost,
}

/// How often customers went from one place to another, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transition {
    /// From where: the start or a state.
    pub from: Node,
    /// To where: a state or an end.
    pub to: Node,
    /// How often.
    pub count: u64,
    /// How long it took on average, in seconds.
    pub wait_seconds: f64,
    /// What a conversion was worth on average, in currency units; 0 unless it leads to one.
    pub value: f64,
}

/// The measured chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    states: usize,
    timed: bool,
    /// Of the start, then of each state, in the order of `to`.
    rows: Vec<Vec<Transition>>,
}

impl Chain {
    /// Counts paths. Each touch is a state; the wait before it is the time since the touch before, and the wait for the end that
    /// since the last touch. The first touch is not waited for.
    ///
    /// Errors: no journeys, or more than [`STATES_MAX`] channels.
    pub fn measure(paths: &Paths) -> Result<Chain, JourneyError> {
        let mut sums = Sums::new(paths.channels())?;
        for path in paths.iter() {
            let journeys = path.weight.conversions + path.weight.nulls;
            let mut at = Node::Start;
            let mut before = path.ages.first().copied().unwrap_or_default();
            for (place, touch) in path.touches.iter().enumerate() {
                let age = path.ages.get(place).copied().unwrap_or_default();
                let to = Node::At(usize::from(*touch));
                sums.add(at, to, journeys, f64::from(before - age) * journeys as f64, 0.0);
                (at, before) = (to, age);
            }
            let wait = f64::from(before);
            sums.add(at, Node::Converted, path.weight.conversions, wait * path.weight.conversions as f64, path.weight.value);
            sums.add(at, Node::Lost, path.weight.nulls, wait * path.weight.nulls as f64, 0.0);
        }
        sums.chain(paths.timed())
    }

    /// A chain from transitions that were counted elsewhere. Those with the same ends are put together.
    ///
    /// Errors: no journeys (none from the start), a transition from an end, to the start or of a state that there is not, a wait
    /// or a value that is negative or too large, or too many states or journeys.
    pub fn of(states: usize, transitions: &[Transition]) -> Result<Chain, JourneyError> {
        let mut sums = Sums::new(states)?;
        let mut all = 0u64;
        for transition in transitions {
            for node in [transition.from, transition.to] {
                if let Node::At(state) = node
                    && state >= states
                {
                    return Err(JourneyError::UnknownState { state, states });
                }
            }
            if matches!(transition.from, Node::Converted | Node::Lost) || transition.to == Node::Start {
                return Err(JourneyError::Setting { what: "a transition", range: "from the start or a state, to a state or an end" });
            }
            if !(0.0..=WAIT_SECONDS_MAX).contains(&transition.wait_seconds) {
                return Err(JourneyError::Setting { what: "a mean wait", range: "from 0 to 1e12 seconds" });
            }
            let count = transition.count as f64;
            if !(transition.value >= 0.0 && transition.value * count <= VALUE_MAX) {
                return Err(JourneyError::Value);
            }
            let more = all.checked_add(transition.count).filter(|all| *all <= JOURNEYS_MAX);
            all = more.ok_or(JourneyError::TooMany { what: "journeys", limit: JOURNEYS_MAX })?;
            let value = if transition.to == Node::Converted { transition.value } else { 0.0 };
            sums.add(transition.from, transition.to, transition.count, transition.wait_seconds * count, value * count);
        }
        sums.chain(true)
    }

    /// How many states there are, without the start and the ends.
    pub fn states(&self) -> usize {
        self.states
    }

    /// How many journeys began.
    pub fn journeys(&self) -> u64 {
        self.rows[0].iter().map(|way| way.count).sum()
    }

    /// Whether it is known how long customers waited.
    pub fn timed(&self) -> bool {
        self.timed
    }

    /// All transitions that occur, by where they come from and where they lead.
    pub fn transitions(&self) -> impl Iterator<Item = &Transition> {
        self.rows.iter().flatten()
    }
}

/// Transitions on their way to becoming a chain.
struct Sums {
    states: usize,
    rows: Vec<std::collections::BTreeMap<Node, (u64, f64, f64)>>,
}

impl Sums {
    fn new(states: usize) -> Result<Sums, JourneyError> {
        if states > STATES_MAX {
            return Err(JourneyError::TooMany { what: "states", limit: STATES_MAX as u64 });
        }
        Ok(Sums { states, rows: vec![Default::default(); states + 1] })
    }

    fn add(&mut self, from: Node, to: Node, count: u64, wait: f64, value: f64) {
        if count > 0 {
            let row = if let Node::At(state) = from { state + 1 } else { 0 };
            let sums = self.rows[row].entry(to).or_default();
            *sums = (sums.0 + count, sums.1 + wait, sums.2 + value);
        }
    }

    fn chain(self, timed: bool) -> Result<Chain, JourneyError> {
        if self.rows[0].is_empty() {
            return Err(JourneyError::NoJourneys);
        }
        let from = |row: usize| if row == 0 { Node::Start } else { Node::At(row - 1) };
        let row = |(number, sums): (usize, std::collections::BTreeMap<Node, (u64, f64, f64)>)| {
            let way = |(to, (count, wait, value)): (Node, (u64, f64, f64))| {
                let each = 1.0 / count as f64;
                Transition { from: from(number), to, count, wait_seconds: wait * each, value: value * each }
            };
            sums.into_iter().map(way).collect()
        };
        Ok(Chain { states: self.states, timed, rows: self.rows.into_iter().enumerate().map(row).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::Weight;

    fn way(from: Node, to: Node, count: u64, wait_seconds: f64, value: f64) -> Transition {
        Transition { from, to, count, wait_seconds, value }
    }

    #[test]
    fn paths_are_counted_with_waits_and_values() {
        let mut paths = Paths::new(2).unwrap();
        paths.push(&[0, 1], &[70, 10], Weight { conversions: 1, value: 8.0, nulls: 2 }).unwrap();
        paths.push(&[0, 1], &[30, 30], Weight { conversions: 1, value: 4.0, nulls: 0 }).unwrap();
        paths.push(&[], &[], Weight { conversions: 0, value: 0.0, nulls: 5 }).unwrap();
        let chain = Chain::measure(&paths).unwrap();
        let found: Vec<Transition> = chain.transitions().copied().collect();
        let expected = [
            way(Node::Start, Node::At(0), 4, 0.0, 0.0),
            way(Node::Start, Node::Lost, 5, 0.0, 0.0),
            way(Node::At(0), Node::At(1), 4, 45.0, 0.0),
            way(Node::At(1), Node::Converted, 2, 20.0, 6.0),
            way(Node::At(1), Node::Lost, 2, 10.0, 0.0),
        ];
        assert_eq!(found, expected);
        assert_eq!((chain.journeys(), chain.states(), chain.timed()), (9, 2, true));
        assert_eq!(Chain::of(2, &expected).unwrap(), chain);
    }

    #[test]
    fn transitions_that_cannot_be_are_told() {
        let good = way(Node::Start, Node::At(0), 4, 0.0, 0.0);
        assert_eq!(Chain::of(1, &[]), Err(JourneyError::NoJourneys));
        assert_eq!(Chain::of(1, &[Transition { count: 0, ..good }]), Err(JourneyError::NoJourneys));
        assert_eq!(Chain::of(0, &[good]), Err(JourneyError::UnknownState { state: 0, states: 0 }));
        for wrong in [
            Transition { from: Node::Lost, ..good },
            Transition { to: Node::Start, ..good },
            Transition { wait_seconds: -1.0, ..good },
            Transition { wait_seconds: f64::NAN, ..good },
            Transition { value: f64::INFINITY, ..good },
            Transition { count: u64::MAX, ..good },
        ] {
            assert!(Chain::of(1, &[good, wrong]).is_err(), "{wrong:?}");
        }
        assert!(Chain::of(STATES_MAX + 1, &[good]).is_err());
        let twice = Chain::of(1, &[good, Transition { count: 12, wait_seconds: 8.0, ..good }]).unwrap();
        assert_eq!(twice.transitions().copied().collect::<Vec<_>>(), [way(Node::Start, Node::At(0), 16, 6.0, 0.0)]);
    }
}
