//! Large chains of which few transitions occur, solved from the ends backwards.
//!
//! What a state is worth depends on the states it leads to. States that lead back to each other hang together (strongly connected,
//! Tarjan 1972); groups of them are solved one after the other, each when all it leads to is known. A state alone is one division, a
//! small group is eliminated ([`dense`](super::dense)), a large one is swept until nothing changes (Gauss and Seidel). Sweeping
//! starts at 0 and only ever adds, so it rises to the solution and never beyond, and rounding cannot keep it moving.

use std::ops::Range;

use super::dense::{Dense, first_hits};
use crate::paths::JourneyError;

/// Groups up to this size are eliminated: n³ / 3 multiplications are then fewer than sweeping takes.
const ELIMINATED_MAX: usize = 48;
/// Chains up to this size can be eliminated as a whole when that is cheaper, or sweeping takes too long: 32 MB.
const DENSE_MAX: usize = 2048;
/// How many sweeps a chain usually takes, to choose between the two: paths of six touches took 40 to 70.
const SWEEPS_EXPECTED: usize = 60;
/// How many transitions may be looked at in one group before it is given up: about a minute, where memory is slow.
const LOOKED_AT_MAX: usize = 1 << 30;
/// After so many sweeps all that is still to come is added at once.
const LEAP_EVERY: usize = 4;
/// Sweeping ends when it changes no more than this share of the whole: the last digit of a number.
pub(crate) const EXACT: f64 = f64::EPSILON;
/// Draws of a bootstrap need fewer digits than figures: these are far below what separates two draws.
pub(crate) const DRAWN: f64 = 1e-10;
/// How many channels are solved for at once: as many numbers as a cache line holds.
const LANES: usize = 8;

/// Which states lead to which, in the order in which they are solved.
#[derive(Clone, Debug)]
pub(crate) struct Structure {
    /// The state at each place of the order.
    order: Vec<u32>,
    /// Where the ways of each place begin; one more at the end.
    starts: Vec<u32>,
    /// The place that each way leads to.
    to: Vec<u32>,
    /// The way that each transition is; none for repeats of a state.
    ways: Vec<Option<u32>>,
    /// Where each group ends in the order.
    groups: Vec<u32>,
}

/// A structure with weights.
pub(crate) struct System<'a> {
    structure: &'a Structure,
    weights: Vec<f64>,
    /// By place: what leaves the state out of the chain.
    ends: Vec<f64>,
    /// By place: 1 / what leaves the state for others and out of the chain, 0 when nothing does.
    per_leaving: Vec<f64>,
}

impl Structure {
    /// Orders `states` states with these transitions (from, to), each of which stands in the list once.
    ///
    /// In a group, states go by their `keys`, where those are given: when the states that one leads to have keys that lie
    /// together, a sweep reads memory in one direction, which halved the time for a million states.
    pub fn new(states: usize, edges: &[(u32, u32)], keys: &[u64]) -> Structure {
        let mut starts = vec![0u32; states + 1];
        for (from, to) in edges {
            starts[*from as usize + 1] += u32::from(from != to);
        }
        (0..states).for_each(|state| starts[state + 1] += starts[state]);
        let mut free = starts.clone();
        let mut next = vec![0u32; starts[states] as usize];
        for (from, to) in edges {
            if from != to {
                next[free[*from as usize] as usize] = *to;
                free[*from as usize] += 1;
            }
        }
        let (order, groups) = ordered(&starts, &next, keys);
        let mut place = vec![0u32; states];
        order.iter().enumerate().for_each(|(at, state)| place[*state as usize] = at as u32);

        let mut sorted = Vec::with_capacity(states + 1);
        sorted.push(0u32);
        for state in &order {
            let state = *state as usize;
            sorted.push(sorted[sorted.len() - 1] + starts[state + 1] - starts[state]);
        }
        let mut free: Vec<u32> = place.iter().map(|at| sorted[*at as usize]).collect();
        let mut to_place = vec![0u32; next.len()];
        let mut ways = Vec::with_capacity(edges.len());
        for (from, to) in edges {
            ways.push((from != to).then(|| {
                let way = free[*from as usize];
                free[*from as usize] += 1;
                to_place[way as usize] = place[*to as usize];
                way
            }));
        }
        Structure { order, starts: sorted, to: to_place, ways, groups }
    }

    /// The structure with these weights of its transitions, and of what leaves each state out of the chain.
    pub fn system(&self, edges: &[f64], ends: &[f64]) -> System<'_> {
        let mut weights = vec![0.0; self.to.len()];
        for (way, weight) in self.ways.iter().zip(edges) {
            if let Some(way) = way {
                weights[*way as usize] = *weight;
            }
        }
        let ends: Vec<f64> = self.order.iter().map(|state| ends[*state as usize]).collect();
        let rows = self.starts.windows(2).map(|row| weights[row[0] as usize..row[1] as usize].iter().sum::<f64>());
        let inverse = |leaving: f64| if leaving > 0.0 { 1.0 / leaving } else { 0.0 };
        let per_leaving = rows.zip(&ends).map(|(row, end)| inverse(row + end)).collect();
        System { structure: self, weights, ends, per_leaving }
    }
}

/// The states in the order of solving, and where each group ends in it: groups after all that they lead to (as Tarjan's algorithm
/// finds them), and in a group states after those that were reached from them, so that news travels far in one sweep.
fn ordered(starts: &[u32], next: &[u32], keys: &[u64]) -> (Vec<u32>, Vec<u32>) {
    const UNSEEN: u32 = u32::MAX;
    let states = starts.len() - 1;
    let (mut seen_at, mut lowest) = (vec![UNSEEN; states], vec![0u32; states]);
    let mut left_at = vec![0u32; states];
    let (mut open, mut is_open): (Vec<u32>, Vec<bool>) = (Vec::new(), vec![false; states]);
    let (mut order, mut groups): (Vec<u32>, Vec<u32>) = (Vec::with_capacity(states), Vec::new());
    let (mut seen, mut left) = (0u32, 0u32);
    // The recursion, as a list of states and how many of their ways were followed.
    let mut under_way: Vec<(u32, u32)> = Vec::new();
    for root in 0..states as u32 {
        if seen_at[root as usize] != UNSEEN {
            continue;
        }
        under_way.push((root, starts[root as usize]));
        while let Some((state, way)) = under_way.pop() {
            let at = state as usize;
            if seen_at[at] == UNSEEN {
                (seen_at[at], lowest[at]) = (seen, seen);
                seen += 1;
                open.push(state);
                is_open[at] = true;
            }
            if way < starts[at + 1] {
                under_way.push((state, way + 1));
                let to = next[way as usize] as usize;
                if seen_at[to] == UNSEEN {
                    under_way.push((to as u32, starts[to]));
                } else if is_open[to] {
                    lowest[at] = lowest[at].min(seen_at[to]);
                }
                continue;
            }
            left_at[at] = left;
            left += 1;
            if let Some((before, _)) = under_way.last() {
                let before = *before as usize;
                lowest[before] = lowest[before].min(lowest[at]);
            }
            if lowest[at] == seen_at[at] {
                let first = order.len();
                while let Some(member) = open.pop() {
                    is_open[member as usize] = false;
                    order.push(member);
                    if member == state {
                        break;
                    }
                }
                let key = |member: u32| (keys.get(member as usize).copied().unwrap_or_default(), left_at[member as usize]);
                order[first..].sort_unstable_by_key(|member| key(*member));
                groups.push(order.len() as u32);
            }
        }
    }
    (order, groups)
}

impl System<'_> {
    /// What is gained on the way from each state on: x = (g + Σ weight · x) / leaving. Gains and x by state, x to `precision` of
    /// itself.
    ///
    /// Errors: a large group in which people go round for too long.
    pub fn solve(&self, gains: &[f64], precision: f64) -> Result<Vec<f64>, JourneyError> {
        let gains: Vec<f64> = self.structure.order.iter().map(|state| gains[*state as usize]).collect();
        let mut x = vec![[0.0]; gains.len()];
        let value = |x: &[[f64; 1]], place: usize| {
            let on: f64 = self.row(place).map(|(weight, to)| weight * x[to][0]).sum();
            [(gains[place] + on) * self.per_leaving[place]]
        };
        for group in self.groups() {
            if group.len() == 1 {
                x[group.start] = value(&x, group.start);
            } else if group.len() <= ELIMINATED_MAX || !self.settle(&group, &mut x, precision, value) {
                self.check_size(&group)?;
                let found = self.eliminate(&group, |place| gains[place], |_| None, |place| x[place][0]);
                group.zip(found).for_each(|(place, found)| x[place] = [found]);
            }
        }
        let mut states = vec![0.0; x.len()];
        self.structure.order.iter().zip(&x).for_each(|(state, [x])| states[*state as usize] = *x);
        Ok(states)
    }

    /// For each channel below `channels`, and for each worth, what those gain who come from `start` to a state of that channel:
    /// the worth of the first one. `last[s]` is the channel of state s. The start leads to others only.
    ///
    /// Errors: as of [`System::solve`].
    pub fn first_hits(
        &self,
        start: usize,
        last: &[u32],
        channels: usize,
        all: &[&[f64]],
        precision: f64,
    ) -> Result<Vec<Vec<f64>>, JourneyError> {
        let (states, ways) = (self.ends.len(), self.weights.len());
        let swept = ways.saturating_mul(channels).saturating_mul(SWEEPS_EXPECTED).saturating_mul(all.len());
        let eliminated = states.saturating_mul(states).saturating_mul(states);
        if states <= DENSE_MAX && eliminated <= swept {
            return Ok(self.halved(start, last, channels, all));
        }
        let mut found = vec![vec![0.0; channels]; all.len()];
        for (worth, found) in all.iter().zip(&mut found) {
            for (number, lanes) in found.chunks_mut(LANES).enumerate() {
                let values = self.lanes(start, last, number * LANES, worth, precision)?;
                lanes.copy_from_slice(&values[..lanes.len()]);
            }
        }
        Ok(found)
    }

    /// What those gain who come to each of [`LANES`] channels, from the first one on.
    fn lanes(&self, start: usize, last: &[u32], first: usize, worth: &[f64], precision: f64) -> Result<[f64; LANES], JourneyError> {
        let structure = self.structure;
        let at_end: Vec<(usize, f64)> = structure
            .order
            .iter()
            .map(|state| {
                let lane = (last[*state as usize] as usize).wrapping_sub(first);
                (lane, worth[*state as usize])
            })
            .collect();
        let mut x = vec![[0.0f64; LANES]; structure.order.len()];
        let value = |x: &[[f64; LANES]], place: usize| {
            let mut sum = [0.0; LANES];
            for (weight, to) in self.row(place) {
                let other = &x[to];
                (0..LANES).for_each(|lane| sum[lane] += weight * other[lane]);
            }
            (0..LANES).for_each(|lane| sum[lane] *= self.per_leaving[place]);
            let (lane, worth) = at_end[place];
            if lane < LANES {
                sum[lane] = worth;
            }
            sum
        };
        for group in self.groups() {
            if group.len() == 1 {
                x[group.start] = value(&x, group.start);
            } else if !self.settle(&group, &mut x, precision, value) {
                self.check_size(&group)?;
                for lane in 0..LANES {
                    let known = |place: usize| (at_end[place].0 == lane).then_some(at_end[place].1);
                    let found = self.eliminate(&group, |_| 0.0, known, |place| x[place][lane]);
                    x[group.clone()].iter_mut().zip(found).for_each(|(x, found)| x[lane] = found);
                }
            }
        }
        let place = structure.order.iter().position(|state| *state as usize == start);
        Ok(place.map_or([0.0; LANES], |place| x[place]))
    }

    /// Sweeps a group until nothing changes that matters; false when that takes too long.
    ///
    /// What a sweep still adds to a state counts as often as people are there. In a chain that was counted, people leave a state as
    /// often as its weights say, and so the sum of what the last sweep added bounds what the start still lacks.
    ///
    /// In the end every sweep adds the same share of what the one before it added, along one pattern. Every few sweeps all that is
    /// still to come is therefore added at once (Lyusternik 1947), for as long as that helps: three times fewer sweeps were measured.
    fn settle<const N: usize>(
        &self,
        group: &Range<usize>,
        x: &mut [[f64; N]],
        precision: f64,
        value: impl Fn(&[[f64; N]], usize) -> [f64; N],
    ) -> bool {
        let mut added = vec![[0.0; N]; group.len()];
        let (mut before, mut leapt_at) = ([0.0; N], [f64::INFINITY; N]);
        let mut leaps = true;
        for sweep in 1..=self.sweeps_max(group) {
            let (mut change, mut whole) = ([0.0; N], [0.0; N]);
            for (place, added) in group.clone().zip(&mut added) {
                let new = value(x, place);
                let many = if self.per_leaving[place] > 0.0 { 1.0 / self.per_leaving[place] } else { 0.0 };
                for lane in 0..N {
                    added[lane] = new[lane] - x[place][lane];
                    change[lane] += many * added[lane].abs();
                    whole[lane] += many * new[lane];
                }
                x[place] = new;
            }
            if (0..N).all(|lane| change[lane] <= precision * whole[lane]) {
                return true;
            }
            if leaps && sweep % LEAP_EVERY == 0 {
                for lane in 0..N {
                    let share = change[lane] / before[lane];
                    // Near the last digit there is no pattern any more.
                    if share < 0.9999 && change[lane] > 1e3 * f64::EPSILON * whole[lane] {
                        leaps &= change[lane] < 0.5 * leapt_at[lane];
                        leapt_at[lane] = change[lane];
                        let more = share / (1.0 - share);
                        group
                            .clone()
                            .zip(&added)
                            .for_each(|(place, added)| x[place][lane] = (x[place][lane] + more * added[lane]).max(0.0));
                    }
                }
            }
            before = change;
        }
        false
    }

    fn check_size(&self, group: &Range<usize>) -> Result<(), JourneyError> {
        if group.len() > DENSE_MAX { Err(JourneyError::TooSlow { states: group.len() }) } else { Ok(()) }
    }

    /// The same as sweeping all channels, by elimination of the whole chain.
    fn halved(&self, start: usize, last: &[u32], channels: usize, worth: &[&[f64]]) -> Vec<Vec<f64>> {
        let structure = self.structure;
        let n = structure.order.len();
        // Elimination wants the start first.
        let mut places: Vec<usize> = (0..n).collect();
        if let Some(at) = structure.order.iter().position(|state| *state as usize == start) {
            places.swap(0, at);
        }
        let mut number = vec![0; n];
        places.iter().enumerate().for_each(|(new, place)| number[*place] = new);
        let mut chain = Dense { n, ways: vec![0.0; n * n], ends: vec![0.0; n] };
        for (new, place) in places.iter().enumerate() {
            self.row(*place).for_each(|(weight, to)| chain.ways[new * n + number[to]] = weight);
            chain.ends[new] = self.ends[*place];
        }
        let state = |new: usize| structure.order[places[new]] as usize;
        let groups: Vec<u32> = (0..n).map(|new| last[state(new)]).collect();
        let worth: Vec<Vec<f64>> = worth.iter().map(|worth| (0..n).map(|new| worth[state(new)]).collect()).collect();
        let worth: Vec<&[f64]> = worth.iter().map(Vec::as_slice).collect();
        first_hits(chain, &groups, channels, &worth)
    }

    /// Solves one group directly. What it leads to is known (`x`), and so may be some of its own states.
    fn eliminate(
        &self,
        group: &Range<usize>,
        gain: impl Fn(usize) -> f64,
        known: impl Fn(usize) -> Option<f64>,
        x: impl Fn(usize) -> f64,
    ) -> Vec<f64> {
        let mut number = vec![None; group.len()];
        let mut n = 0;
        for place in group.clone().filter(|place| known(*place).is_none()) {
            number[place - group.start] = Some(n);
            n += 1;
        }
        let mut chain = Dense { n, ways: vec![0.0; n * n], ends: vec![0.0; n] };
        let mut inner = vec![0.0; n];
        for place in group.clone() {
            let Some(i) = number[place - group.start] else { continue };
            (chain.ends[i], inner[i]) = (self.ends[place], gain(place));
            for (weight, to) in self.row(place) {
                if let Some(j) = number.get(to.wrapping_sub(group.start)).copied().flatten() {
                    chain.ways[i * n + j] = weight;
                } else {
                    chain.ends[i] += weight;
                    inner[i] += weight * known(to).unwrap_or_else(|| x(to));
                }
            }
        }
        chain.factor().solve(&mut inner);
        group.clone().map(|place| known(place).unwrap_or_else(|| number[place - group.start].map_or(0.0, |i| inner[i]))).collect()
    }

    fn row(&self, place: usize) -> impl Iterator<Item = (f64, usize)> + '_ {
        let range = self.structure.starts[place] as usize..self.structure.starts[place + 1] as usize;
        self.weights[range.clone()].iter().zip(&self.structure.to[range]).map(|(weight, to)| (*weight, *to as usize))
    }

    fn groups(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut start = 0;
        self.structure.groups.iter().map(move |end| {
            let group = start..*end as usize;
            start = group.end;
            group
        })
    }

    /// How often a group is swept. One that can be eliminated is given up when that would have been done by now, so the worst is
    /// twice the better way.
    fn sweeps_max(&self, group: &Range<usize>) -> usize {
        let (n, ways) = (group.len(), (self.structure.starts[group.end] - self.structure.starts[group.start]) as usize + group.len());
        if n <= DENSE_MAX { (n * n * n / ways).max(4 * SWEEPS_EXPECTED) } else { (LOOKED_AT_MAX / ways).max(5 * SWEEPS_EXPECTED) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Chains with a few hundred transitions among states that hang together in groups of every kind.
    fn edges(states: u32) -> impl Strategy<Value = Vec<((u32, u32), f64)>> {
        prop::collection::btree_map((0..states, 0..states), 1.0..9.0f64, 0..(4 * states as usize)).prop_map(|map| map.into_iter().collect())
    }

    fn dense(states: usize, edges: &[((u32, u32), f64)], ends: &[f64]) -> Dense {
        let mut chain = Dense { n: states, ways: vec![0.0; states * states], ends: ends.to_vec() };
        edges.iter().for_each(|((from, to), weight)| chain.ways[*from as usize * states + *to as usize] = *weight);
        chain
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Elimination of everything is the twin. With 120 states most form one group that is swept.
        #[test]
        fn sweeping_finds_what_elimination_does(
            (states, list) in prop_oneof![Just(3u32), Just(20), Just(120)].prop_flat_map(|n| (Just(n), edges(n))),
            end in 0.05..3.0f64,
        ) {
            let n = states as usize;
            let ends: Vec<f64> = (0..n).map(|state| end * (state % 3) as f64 + 0.01).collect();
            let gains: Vec<f64> = (0..n).map(|state| (state % 5) as f64).collect();
            let (pairs, weights): (Vec<_>, Vec<_>) = list.iter().copied().unzip();
            let structure = Structure::new(n, &pairs, &[]);
            let system = structure.system(&weights, &ends);
            let found = system.solve(&gains, EXACT).unwrap();
            let mut expected = gains.clone();
            dense(n, &list, &ends).factor().solve(&mut expected);
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert!((found - expected).abs() <= 1e-11 * expected, "{found} is not {expected}");
            }
            // Channels: swept and eliminated.
            let last: Vec<u32> = (0..states).map(|state| if state == 0 { u32::MAX } else { state % 11 }).collect();
            let eliminated = system.halved(0, &last, 11, &[&found]);
            for first in [0, 8] {
                let swept = system.lanes(0, &last, first, &found, EXACT).unwrap();
                for (lane, swept) in swept.iter().enumerate().filter(|(lane, _)| first + lane < 11) {
                    let expected = eliminated[0][first + lane];
                    prop_assert!((swept - expected).abs() <= 1e-11 * expected, "{swept} is not {expected}");
                }
            }
        }
    }

    #[test]
    fn a_large_group_that_mixes_slowly_is_solved_all_the_same() {
        // A ring of 200 states from each of which one in a million ends: a walk goes round 5,000 times.
        let n = 200u32;
        let edges: Vec<(u32, u32)> = (0..n).flat_map(|state| [(state, (state + 1) % n), (state, (state + n - 1) % n)]).collect();
        let structure = Structure::new(n as usize, &edges, &[]);
        let system = structure.system(&vec![1.0; edges.len()], &vec![2e-6; n as usize]);
        let found = system.solve(&vec![1e-6; n as usize], EXACT).unwrap();
        assert!(found.iter().all(|x| (x - 0.5).abs() < 1e-9), "{:?}", &found[..3]);
    }

    #[test]
    fn states_without_a_way_out_gain_nothing() {
        let structure = Structure::new(3, &[(0, 1), (1, 2), (2, 1), (1, 1)], &[]);
        let system = structure.system(&[3.0, 1.0, 1.0, 7.0], &[1.0, 0.0, 0.0]);
        assert_eq!(system.solve(&[1.0, 0.0, 0.0], EXACT).unwrap(), [0.25, 0.0, 0.0]);
        assert!(Structure::new(0, &[], &[]).system(&[], &[]).solve(&[], EXACT).unwrap().is_empty());
    }
}
