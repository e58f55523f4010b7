//! The cheapest way through a net beside what a customer did: A* with reopened states.
//!
//! A state is a marking and how much of the sequence is behind. The bound of [`super::bound`] says what is still to come at least. It is
//! computed anew for some of the states that come up, more often where that helps, and kept for all others.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use super::bound::{Bound, Equation, Potential};
use super::space::Space;

/// So many bounds are held against each state; a power of two, so that they fit into registers.
const BOUNDS: usize = 16;
/// A bound is rounded up to a whole cost, after so much is taken off for rounding errors.
const ROUNDING: f32 = 2e-3;
/// How many states may come up at most until the equation is solved for one again.
const PATIENCE_MAX: u32 = 512;

/// One step beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Both did it: the transition, with the next of the sequence.
    Both(u32),
    /// Only the net did.
    Model(u32),
    /// Only the customer did.
    Log,
}

/// What a search found.
pub enum Found {
    /// The cheapest way.
    Way { cost: u32, steps: Vec<Step>, states: usize },
    /// There is none.
    None,
    /// Too many states: the cheapest way costs at least this much.
    GivenUp { least: u32, states: usize },
}

/// A search, which keeps what it learns of the net from one sequence to the next.
#[derive(Clone)]
pub struct Search {
    pub space: Space,
    equation: Option<Equation>,
    activities: usize,
    /// Bounds that are kept: by place, one value of each.
    by_place: Vec<[f32; BOUNDS]>,
    by_activity: Vec<[f32; BOUNDS]>,
    /// What they give at the end of a run.
    at_end: [f32; BOUNDS],
    held: usize,
    oldest: usize,
}

/// A state that was reached.
struct Reached {
    marking: u32,
    position: u32,
    cost: u32,
    from: u32,
    by: Step,
    closed: bool,
}

impl Search {
    pub fn new(space: Space, activities: usize) -> Search {
        let equation = Equation::new(&space, activities);
        Search {
            by_place: vec![[0.0; BOUNDS]; space.places],
            by_activity: vec![[0.0; BOUNDS]; activities],
            at_end: [0.0; BOUNDS],
            held: 0,
            oldest: 0,
            equation,
            space,
            activities,
        }
    }

    /// The cheapest way from the start to the end beside a sequence; a `None` in it is an activity that the net does not know.
    pub fn run(&mut self, sequence: &[Option<u32>], states_max: usize) -> Found {
        let length = sequence.len();
        let mut run = Run {
            left: self.left(sequence),
            search: self,
            sequence,
            reached: Vec::new(),
            numbers: HashMap::default(),
            open: BTreeMap::new(),
            at_cost: 0,
            wait: 4,
            since: 0,
        };
        run.start();
        // Ways over what a limit cut off cost at least what the search was at.
        let mut cut_at = None;
        while let Some(number) = run.next() {
            let state = &run.reached[number as usize];
            if state.closed {
                continue;
            }
            let (marking, position, cost) = (state.marking, state.position, state.cost);
            let ahead = run.ahead(marking, position);
            if cost + ahead > run.at_cost {
                run.push(number, cost + ahead);
                continue;
            }
            if position as usize == length && run.search.space.tokens(marking) == &run.search.space.end[..] {
                let states = run.reached.len();
                return match cut_at {
                    Some(least) if least < cost => Found::GivenUp { least, states },
                    _ => Found::Way { cost, steps: run.steps(number), states },
                };
            }
            if run.raise(number) {
                continue;
            }
            run.reached[number as usize].closed = true;
            run.expand(number);
            if cut_at.is_none() && run.search.space.cut {
                cut_at = Some(run.at_cost);
            }
            if run.reached.len() > states_max {
                return Found::GivenUp { least: cut_at.unwrap_or(run.at_cost), states: run.reached.len() };
            }
        }
        match cut_at {
            Some(least) => Found::GivenUp { least, states: run.reached.len() },
            None => Found::None,
        }
    }

    /// By position: how much of each activity is still to come, summed up by the bounds; the counts themselves are made when needed.
    fn left(&self, sequence: &[Option<u32>]) -> Vec<[f32; BOUNDS]> {
        let mut left = vec![[0.0; BOUNDS]; sequence.len() + 1];
        for position in (0..sequence.len()).rev() {
            left[position] = left[position + 1];
            match sequence[position] {
                Some(activity) => {
                    left[position].iter_mut().zip(&self.by_activity[activity as usize]).for_each(|(sum, value)| *sum += value);
                }
                // What the net does not know costs 1 in any way.
                None => left[position].iter_mut().for_each(|sum| *sum += 1.0),
            }
        }
        left
    }

    /// Keeps a bound in place of the oldest.
    fn keep(&mut self, potential: &Potential) {
        let slot = if self.held < BOUNDS { self.held } else { self.oldest };
        if self.held < BOUNDS {
            self.held += 1;
        } else {
            self.oldest = (self.oldest + 1) % BOUNDS;
        }
        let mut at_end = 0.0;
        for (place, value) in potential.places.iter().enumerate() {
            self.by_place[place][slot] = *value as f32;
            at_end += value * f64::from(self.space.end[place]);
        }
        for (activity, value) in potential.activities.iter().enumerate() {
            self.by_activity[activity][slot] = *value as f32;
        }
        self.at_end[slot] = at_end as f32;
    }
}

struct Run<'a, 'b> {
    search: &'a mut Search,
    sequence: &'b [Option<u32>],
    left: Vec<[f32; BOUNDS]>,
    reached: Vec<Reached>,
    numbers: HashMap<u64, u32, FixedState>,
    /// By cost so far and to come: states, of which the last one is looked at first.
    open: BTreeMap<u32, Vec<u32>>,
    /// No way costs less.
    at_cost: u32,
    /// How many states come up until the equation is solved again.
    wait: u32,
    since: u32,
}

impl Run<'_, '_> {
    fn start(&mut self) {
        self.reached.push(Reached { marking: 0, position: 0, cost: 0, from: u32::MAX, by: Step::Log, closed: false });
        self.numbers.insert(0, 0);
        self.push(0, 0);
        self.since = self.wait;
    }

    /// At least so much is still to come.
    fn ahead(&self, marking: u32, position: u32) -> u32 {
        let mut sums = self.left[position as usize];
        sums.iter_mut().zip(&self.search.at_end).for_each(|(sum, value)| *sum += value);
        for (tokens, values) in self.search.space.tokens(marking).iter().zip(&self.search.by_place) {
            if *tokens > 0 {
                let tokens = f32::from(*tokens);
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum -= tokens * value);
            }
        }
        let most = sums.iter().copied().fold(0.0f32, f32::max);
        (most - ROUNDING).ceil().max(0.0) as u32
    }

    fn push(&mut self, number: u32, cost: u32) {
        // A bound from another state must not lead behind where the search already is.
        self.open.entry(cost.max(self.at_cost)).or_default().push(number);
    }

    /// The next state to look at.
    fn next(&mut self) -> Option<u32> {
        loop {
            let mut cheapest = self.open.first_entry()?;
            match cheapest.get_mut().pop() {
                Some(number) => {
                    self.at_cost = *cheapest.key();
                    return Some(number);
                }
                None => drop(cheapest.remove()),
            }
        }
    }

    /// Now and then asks the equation about a state; true if that moved the state back.
    fn raise(&mut self, number: u32) -> bool {
        self.since += 1;
        if self.since < self.wait {
            return false;
        }
        self.since = 0;
        let Reached { marking, position, cost, .. } = self.reached[number as usize];
        let mut left = vec![0u32; self.search.activities];
        self.sequence[position as usize..].iter().flatten().for_each(|activity| left[*activity as usize] += 1);
        let Some(equation) = &mut self.search.equation else { return false };
        match equation.solve(&self.search.space, marking, &left) {
            Bound::DeadEnd => {
                self.reached[number as usize].closed = true;
                self.wait = (self.wait / 2).max(1);
                true
            }
            Bound::Unknown => {
                self.wait = PATIENCE_MAX;
                false
            }
            Bound::Potential(potential) => {
                let before = self.ahead(marking, position);
                // The first one is kept in any case: it was made for this sequence.
                if !worth(&potential, self, marking, position, before) && number > 0 {
                    self.wait = (self.wait * 2).min(PATIENCE_MAX);
                    return false;
                }
                self.search.keep(&potential);
                self.left = self.search.left(self.sequence);
                let ahead = self.ahead(marking, position);
                if cost + ahead > self.at_cost {
                    self.wait = (self.wait / 2).max(1);
                    self.push(number, cost + ahead);
                    return true;
                }
                false
            }
        }
    }

    fn expand(&mut self, number: u32) {
        let Reached { marking, position, cost, .. } = self.reached[number as usize];
        let next = self.sequence.get(position as usize).copied();
        if next.is_some() {
            self.reach(marking, position + 1, cost + 1, number, Step::Log);
        }
        let steps = self.search.space.steps(marking);
        // What both do comes last, and is looked at first.
        for at in steps.clone() {
            let (step, after) = self.search.space.step(at);
            let visible = self.search.space.moves[step as usize].activity.is_some();
            self.reach(after, position, cost + u32::from(visible), number, Step::Model(step));
        }
        let Some(Some(activity)) = next else { return };
        for at in steps {
            let (step, after) = self.search.space.step(at);
            if self.search.space.moves[step as usize].activity == Some(activity) {
                self.reach(after, position + 1, cost, number, Step::Both(step));
            }
        }
    }

    fn reach(&mut self, marking: u32, position: u32, cost: u32, from: u32, by: Step) {
        let key = u64::from(marking) << 32 | u64::from(position);
        let fresh = Reached { marking, position, cost, from, by, closed: false };
        let number = match self.numbers.get(&key) {
            Some(number) => {
                let known = &mut self.reached[*number as usize];
                if known.cost <= cost {
                    return;
                }
                *known = fresh;
                *number
            }
            None => {
                let number = self.reached.len() as u32;
                self.numbers.insert(key, number);
                self.reached.push(fresh);
                number
            }
        };
        let ahead = self.ahead(marking, position);
        self.push(number, cost + ahead);
    }

    /// The way to a state.
    fn steps(&self, mut number: u32) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some(state) = self.reached.get(number as usize).filter(|state| state.from != u32::MAX) {
            steps.push(state.by);
            number = state.from;
        }
        steps.reverse();
        steps
    }
}

/// Whether a new bound says more about a state than those at hand.
fn worth(potential: &Potential, run: &Run<'_, '_>, marking: u32, position: u32, before: u32) -> bool {
    let space = &run.search.space;
    let mut sum = 0.0;
    for (place, tokens) in space.tokens(marking).iter().enumerate() {
        sum += potential.places[place] * (f64::from(space.end[place]) - f64::from(*tokens));
    }
    for activity in &run.sequence[position as usize..] {
        sum += activity.map_or(1.0, |activity| potential.activities[activity as usize]);
    }
    (sum - f64::from(ROUNDING)).ceil() > f64::from(before)
}
