//! Paths as walks through states: a state is the last `order` touches.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::sweep::Structure;
use crate::chance::Chance;
use crate::paths::{JourneyError, Paths, Weight};

/// How many states and transitions there may be: their numbers have 32 bits, and this many take about 2 GB.
pub const STATES_MAX: usize = 1 << 25;
/// Up to here the way from a state by a channel is found in a table, beyond by a hash: 64 MB.
const TABLE_MAX: usize = 1 << 24;
const NOWHERE: u32 = u32::MAX;

/// The start, where nothing has been touched.
pub(crate) const START: usize = 0;

/// The states that occur in paths, and how each path walks through them. State 0 is the start. In the first touches of a path a
/// state has as many touches as there were, so that every walk begins at the same place.
pub(crate) struct Grams {
    /// The channel that was touched last in each state; of the start, one that there is not.
    pub last: Vec<u32>,
    /// By state, its first four touches as one number: sorted by it, states that begin alike lie together.
    keys: Vec<u64>,
    /// From and to where each transition leads.
    pub edges: Vec<(u32, u32)>,
    /// The transitions of all paths, one after the other.
    steps: Vec<u32>,
    /// The state in which each path ends.
    ends: Vec<u32>,
    /// The state of each run of touches.
    known: HashMap<Box<[u16]>, u32, Quick>,
}

/// How often each transition was made, and how journeys ended in each state.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    /// By transition.
    pub edges: Vec<f64>,
    /// By state: conversions there, and their value.
    pub conversions: Vec<f64>,
    pub value: Vec<f64>,
    /// By state: journeys that ended without.
    pub nulls: Vec<f64>,
}

impl Grams {
    /// Finds the states of an order from 1 on; one beyond the longest path changes nothing more.
    ///
    /// Errors: the order is 0, there are no journeys, or more than [`STATES_MAX`] states or transitions.
    pub fn index(paths: &Paths, order: usize) -> Result<Grams, JourneyError> {
        if order == 0 {
            return Err(JourneyError::Setting { what: "the order", range: "1 or more" });
        }
        if paths.journeys() == 0 {
            return Err(JourneyError::NoJourneys);
        }
        let mut ways = Ways { channels: paths.channels(), table: Vec::new(), others: HashMap::default() };
        let mut grams = Grams {
            last: vec![NOWHERE],
            keys: vec![0],
            edges: Vec::new(),
            steps: Vec::with_capacity(paths.touch_count()),
            ends: Vec::with_capacity(paths.len()),
            known: HashMap::default(),
        };
        for path in paths.iter() {
            let mut state = START as u32;
            for (place, channel) in path.touches.iter().enumerate() {
                let way = ways.way(state, *channel);
                if *way == NOWHERE {
                    let gram = &path.touches[(place + 1).saturating_sub(order)..=place];
                    let to = match grams.known.get(gram) {
                        Some(to) => *to,
                        None => {
                            let to = grams.last.len() as u32;
                            grams.known.insert(gram.into(), to);
                            grams.last.push(u32::from(*channel));
                            // The oldest touch goes out first: without it, states that lead to the same ones are equal.
                            let oldest = if gram.len() == order { gram.first() } else { None };
                            let kept = if gram.len() == order { &gram[1..] } else { gram };
                            let four = kept.iter().chain(oldest).chain(&[0; 4]).take(4);
                            grams.keys.push(four.fold(0, |key, channel| key << 16 | u64::from(*channel)));
                            to
                        }
                    };
                    *way = grams.edges.len() as u32;
                    if grams.edges.len() >= STATES_MAX {
                        return Err(JourneyError::TooMany { what: "different runs of touches (states)", limit: STATES_MAX as u64 });
                    }
                    grams.edges.push((state, to));
                }
                let edge = *way;
                grams.steps.push(edge);
                state = grams.edges[edge as usize].1;
            }
            grams.ends.push(state);
        }
        Ok(grams)
    }

    /// How many states there are, the start included.
    pub fn states(&self) -> usize {
        self.last.len()
    }

    /// Counts transitions and ends, with these weights of the paths.
    pub fn count(&self, paths: &Paths, weights: &[Weight]) -> Counts {
        let states = self.states();
        let mut counts = Counts {
            edges: vec![0.0; self.edges.len()],
            conversions: vec![0.0; states],
            value: vec![0.0; states],
            nulls: vec![0.0; states],
        };
        let mut steps = self.steps.as_slice();
        for ((path, end), weight) in paths.iter().zip(&self.ends).zip(weights) {
            let (these, rest) = steps.split_at(path.touches.len());
            steps = rest;
            let (conversions, nulls) = (weight.conversions as f64, weight.nulls as f64);
            let end = *end as usize;
            counts.conversions[end] += conversions;
            counts.value[end] += weight.value;
            counts.nulls[end] += nulls;
            let both = conversions + nulls;
            // Most draws of the bootstrap leave a third of the paths out.
            if both > 0.0 {
                these.iter().for_each(|edge| counts.edges[*edge as usize] += both);
            }
        }
        counts
    }

    /// The transition of a lower order that each transition is part of: the same touch, with fewer remembered. `lower` knows the same paths.
    pub fn within(&self, lower: &Grams, order: usize) -> Part {
        let mut states = vec![START as u32; self.states()];
        for (gram, state) in &self.known {
            let kept = &gram[gram.len().saturating_sub(order)..];
            states[*state as usize] = lower.state(kept).unwrap_or(START) as u32;
        }
        let known: HashMap<(u32, u32), u32> = lower.edges.iter().enumerate().map(|(at, edge)| (*edge, at as u32)).collect();
        let edge = |(from, to): &(u32, u32)| known.get(&(states[*from as usize], states[*to as usize])).copied().unwrap_or(NOWHERE);
        Part { edges: self.edges.iter().map(edge).collect(), states }
    }

    /// The transitions as a structure for solving.
    pub fn structure(&self) -> Structure {
        Structure::new(self.states(), &self.edges, &self.keys)
    }

    /// The state of a run of at most `order` touches, when it occurs; with fewer, only journeys that began with them are in it.
    pub fn state(&self, touches: &[u16]) -> Option<usize> {
        if touches.is_empty() { Some(START) } else { self.known.get(touches).map(|state| *state as usize) }
    }
}

/// What the transitions and states of one order are of a lower one.
pub(crate) struct Part {
    edges: Vec<u32>,
    states: Vec<u32>,
}

impl Part {
    /// Counts of the lower order, which has as many transitions and states as these.
    pub fn of(&self, counts: &Counts, lower: &Counts) -> Counts {
        let states = lower.conversions.len();
        let nothing = || vec![0.0; states];
        let mut sums = Counts { edges: vec![0.0; lower.edges.len()], conversions: nothing(), value: nothing(), nulls: nothing() };
        for (edge, count) in self.edges.iter().zip(&counts.edges) {
            if let Some(sum) = sums.edges.get_mut(*edge as usize) {
                *sum += count;
            }
        }
        for (place, state) in self.states.iter().enumerate() {
            let state = *state as usize;
            sums.conversions[state] += counts.conversions[place];
            sums.value[state] += counts.value[place];
            sums.nulls[state] += counts.nulls[place];
        }
        sums
    }
}

impl Counts {
    /// Drawn anew: every count becomes a gamma number with its mean and variance, so that the ways from each state are in proportion as a
    /// Dirichlet distribution with these counts has them (Rubin 1981). That takes as long as there are transitions, however many journeys
    /// there were, and takes it that journeys forget what the states do. Values are as they were on average.
    pub fn drawn(&self, dice: &mut Chance) -> Counts {
        let mut draw = |counts: &[f64]| -> Vec<f64> { counts.iter().map(|count| dice.gamma(*count)).collect() };
        let (edges, conversions, nulls) = (draw(&self.edges), draw(&self.conversions), draw(&self.nulls));
        let each = |(value, count): (&f64, &f64)| if *count > 0.0 { value / count } else { 0.0 };
        let worth = self.value.iter().zip(&self.conversions).map(each);
        let value = worth.zip(&conversions).map(|(each, drawn)| each * drawn).collect();
        Counts { edges, conversions, value, nulls }
    }

    /// By state: journeys that ended there.
    pub fn ends(&self) -> Vec<f64> {
        self.conversions.iter().zip(&self.nulls).map(|(conversions, nulls)| conversions + nulls).collect()
    }
}

/// Which transition a channel makes from a state.
struct Ways {
    channels: usize,
    table: Vec<u32>,
    others: HashMap<u64, u32, Quick>,
}

impl Ways {
    fn way(&mut self, state: u32, channel: u16) -> &mut u32 {
        let slot = state as usize * self.channels + usize::from(channel);
        if slot < TABLE_MAX {
            if slot >= self.table.len() {
                let rows = (state as usize + 1) * self.channels;
                self.table.resize(rows.next_power_of_two().max(1024), NOWHERE);
            }
            &mut self.table[slot]
        } else {
            self.others.entry(slot as u64).or_insert(NOWHERE)
        }
    }
}

type Quick = BuildHasherDefault<Mixer>;

/// A hasher for small numbers, which nobody from outside chooses so as to make them collide: each word is multiplied in.
#[derive(Default)]
struct Mixer(u64);

impl std::hash::Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..piece.len()].copy_from_slice(piece);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        let x = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = x ^ (x >> 29);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn some_paths() -> impl Strategy<Value = Vec<(Vec<u16>, u64, u64)>> {
        prop::collection::vec((prop::collection::vec(0u16..4, 0..9), 0u64..4, 0u64..4), 1..12)
    }

    proptest! {
        /// The naive twin names each state by its touches and counts in a map.
        #[test]
        fn states_and_counts_are_those_of_the_naive_twin(list in some_paths(), order in 1usize..5) {
            let mut paths = Paths::new(4).unwrap();
            for (touches, conversions, nulls) in &list {
                paths.push(touches, &[], Weight { conversions: *conversions, value: *conversions as f64 * 1.5, nulls: *nulls }).unwrap();
            }
            prop_assume!(paths.journeys() > 0);
            let grams = Grams::index(&paths, order).unwrap();
            let counts = grams.count(&paths, paths.weights());

            let mut expected: BTreeMap<(Vec<u16>, Vec<u16>), u64> = BTreeMap::new();
            for (touches, conversions, nulls) in &list {
                for end in 1..=touches.len() {
                    let state = |end: usize| touches[end.saturating_sub(order)..end].to_vec();
                    *expected.entry((state(end - 1), state(end))).or_default() += conversions + nulls;
                }
            }
            // The names of states, from the paths.
            let mut named: BTreeMap<u32, Vec<u16>> = BTreeMap::from([(0, vec![])]);
            for (touches, _, _) in &list {
                for end in 1..=touches.len() {
                    let name = &touches[end.saturating_sub(order)..end];
                    let state = grams.state(name).unwrap() as u32;
                    prop_assert_eq!(grams.last[state as usize], u32::from(touches[end - 1]));
                    prop_assert_eq!(&named.entry(state).or_insert_with(|| name.to_vec())[..], name);
                }
            }
            prop_assert_eq!(named.len(), grams.states());
            let found: BTreeMap<_, _> = grams.edges.iter().zip(&counts.edges)
                .map(|((from, to), count)| ((named[from].clone(), named[to].clone()), *count as u64)).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_a_lower_order_counts_is_the_sum_of_what_a_higher_one_does() {
        let mut paths = Paths::new(3).unwrap();
        for (touches, conversions, nulls) in
            [(&[0u16, 1, 2, 1][..], 4, 3), (&[1, 2, 1], 2, 9), (&[2, 2, 0, 1], 1, 1), (&[1], 3, 2), (&[], 2, 5)]
        {
            paths.push(touches, &[], Weight { conversions, value: conversions as f64 * 2.0, nulls }).unwrap();
        }
        for (high, low) in [(2, 1), (3, 1), (3, 2), (4, 3)] {
            let (higher, lower) = (Grams::index(&paths, high).unwrap(), Grams::index(&paths, low).unwrap());
            let counts = lower.count(&paths, paths.weights());
            assert_eq!(higher.within(&lower, low).of(&higher.count(&paths, paths.weights()), &counts), counts, "{high} {low}");
        }
    }

    #[test]
    fn draws_are_around_what_was_counted_with_the_variance_of_a_count() {
        let counts = Counts { edges: vec![40.0, 0.0], conversions: vec![10.0, 0.0], value: vec![25.0, 0.0], nulls: vec![3.0, 5.0] };
        let draws: Vec<Counts> = (0..4000).map(|draw| counts.drawn(&mut Chance::of(5, draw))).collect();
        let of = |figure: fn(&Counts) -> f64| {
            let mean = draws.iter().map(figure).sum::<f64>() / 4000.0;
            (mean, draws.iter().map(|draw| (figure(draw) - mean).powi(2)).sum::<f64>() / 4000.0)
        };
        let (mean, variance) = of(|draw| draw.edges[0]);
        assert!((mean - 40.0).abs() < 0.4 && (variance - 40.0).abs() < 4.0, "{mean} {variance}");
        assert!((of(|draw| draw.value[0]).0 - 25.0).abs() < 0.5);
        assert_eq!((of(|draw| draw.edges[1]), of(|draw| draw.value[1])), ((0.0, 0.0), (0.0, 0.0)));
    }

    #[test]
    fn beyond_the_table_ways_are_found_too() {
        let mut ways = Ways { channels: 60_000, table: Vec::new(), others: HashMap::default() };
        *ways.way(900, 59_999) = 4;
        *ways.way(3, 7) = 5;
        assert_eq!((*ways.way(900, 59_999), *ways.way(3, 7), *ways.way(900, 0)), (4, 5, NOWHERE));
        assert!(!ways.others.is_empty() && !ways.table.is_empty());
    }
}
