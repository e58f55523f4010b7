//! Optimal alignments: for each sequence the run of the net that differs from it the least, and where it differs.
//!
//! A step that only the customer did (*inserted*) or only the net (*skipped*) costs 1; a step of both, and a silent one, costs nothing.
//! Which of several cheapest runs is named is the same on every machine, but may depend on what else is in the log. What customers did that
//! the net knows no transition for is always inserted.
//!
//! Source of the notions: Adriansyah 2014, "Aligning observed and modeled behavior". Fitness is that of pm4py, except that its silent steps
//! cost a little (0.0001), which ours do not.

mod bound;
mod deviations;
mod one;
mod search;
mod space;

use std::collections::{BTreeMap, HashMap};

pub use deviations::{Activity, Deviation, Kind};
pub use one::Aligner;

use crate::{Error, Log, Net};
use search::{Found, Search, Step};
use space::Space;

/// How hard to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// At most so many states are explored for one sequence; where that is not enough, its cost is only known to lie between two.
    pub states_max: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { states_max: 500_000 }
    }
}

/// A step of an alignment that can be seen, with the number of the activity in [`Alignments::activities`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Move {
    /// The customer did what was designed.
    Both(u32),
    /// The customer did what was not designed there.
    Inserted(u32),
    /// The customer left out what was designed.
    Skipped(u32),
}

/// What a sequence costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// So much, and no run is nearer.
    Exact(u32),
    /// The limit was reached: at least the first, at most the second.
    Between(u32, u32),
}

impl Cost {
    /// The cost, where it is known.
    pub fn exact(self) -> Option<u32> {
        match self {
            Cost::Exact(cost) => Some(cost),
            Cost::Between(..) => None,
        }
    }

    /// The least and the most that it can be.
    pub fn range(self) -> (u32, u32) {
        match self {
            Cost::Exact(cost) => (cost, cost),
            Cost::Between(least, most) => (least, most),
        }
    }
}

/// The alignment of one sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aligned {
    /// How many customers have the sequence.
    pub cases: u64,
    /// How many activities it has.
    pub length: u32,
    /// How far it is from the nearest run.
    pub cost: Cost,
    /// The alignment; empty where the limit was reached.
    pub moves: Vec<Move>,
    /// How many states were explored.
    pub states: usize,
}

/// The alignments of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignments {
    /// Names: those of the log with their numbers there, then those that only the net has.
    pub activities: Vec<String>,
    /// How many activities the shortest run of the net has.
    pub shortest_run: u32,
    /// By sequence, in the order of the log.
    pub variants: Vec<Aligned>,
}

/// A share from 0 to 1 that is exact, or lies between two where the limit was reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// At least.
    pub low: f64,
    /// At most.
    pub high: f64,
}

/// How well a log fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitness {
    /// Customers.
    pub cases: u64,
    /// Customers who did exactly what was designed.
    pub fitting: u64,
    /// Customers of whose sequences the cost is not known exactly, because the limit was reached.
    pub unsure: u64,
    /// The mean fitness of a customer.
    pub average: Share,
    /// One less all costs as a share of the most that they could be.
    pub log: Share,
}

/// Aligns every sequence of a log with a net.
///
/// # Errors
/// [`Error::NoRun`] when the net has no run at all, [`Error::RunNotFound`] when the limit was reached before one was found, and a limit of 0.
pub fn align(net: &Net, log: &Log, settings: &Settings) -> Result<Alignments, Error> {
    if settings.states_max == 0 {
        return Err(Error::Setting("the limit on states must be at least 1"));
    }
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut activities = Vec::new();
    for name in log.activities().iter().map(String::as_str).chain(net.transitions().iter().filter_map(|t| t.name.as_deref())) {
        // Two equal names of a log are one activity.
        if !numbers.contains_key(name) || activities.len() < log.activities().len() {
            numbers.entry(name).or_insert(activities.len() as u32);
            activities.push(name.to_owned());
        }
    }
    let known = Known::new(net, &numbers);
    // Fewer silent transitions, the same visible runs.
    let small = net.clone().condensed();
    let space = Space::new(small.as_ref().unwrap_or(net), &known.numbers);
    let mut search = Search::new(space, known.of_net.len());
    let (shortest_run, shortest) = match search.run(&[], settings.states_max) {
        Found::Way { cost, steps, .. } => (cost, known.moves(&search, &steps, &[])),
        Found::None => return Err(Error::NoRun),
        Found::GivenUp { states, .. } => return Err(Error::RunNotFound { states }),
    };
    // Neighbours in the alphabet have much in common, and what was learnt of one helps with the next; the order of the log must not matter.
    let mut order: Vec<usize> = (0..log.variants().len()).collect();
    order.sort_by(|a, b| log.variants()[*a].activities.cmp(&log.variants()[*b].activities));
    let mut found: Vec<Option<Aligned>> = vec![None; order.len()];
    for at in order {
        let variant = &log.variants()[at];
        let sequence: Vec<Option<u32>> =
            variant.activities.iter().map(|activity| known.numbers.get(log.activities()[*activity as usize].as_str()).copied()).collect();
        let length = sequence.len() as u32;
        let (cost, moves, states) = match search.run(&sequence, settings.states_max) {
            Found::Way { cost, steps, states } => (Cost::Exact(cost), known.moves(&search, &steps, &variant.activities), states),
            Found::GivenUp { least, states } => {
                // Nothing in common with a shortest run is always possible.
                let most = length + shortest_run;
                if least < most {
                    (Cost::Between(least, most), Vec::new(), states)
                } else {
                    let all = variant.activities.iter().map(|activity| Move::Inserted(*activity));
                    (Cost::Exact(most), all.chain(shortest.iter().copied()).collect(), states)
                }
            }
            Found::None => return Err(Error::NoRun),
        };
        found[at] = Some(Aligned { cases: variant.cases, length, cost, moves, states });
    }
    Ok(Alignments { activities, shortest_run, variants: found.into_iter().flatten().collect() })
}

/// The activities of the net, numbered anew and without gaps.
struct Known<'a> {
    numbers: HashMap<&'a str, u32>,
    /// By number here, the number among all names.
    of_net: Vec<u32>,
}

impl<'a> Known<'a> {
    fn new(net: &'a Net, all: &HashMap<&str, u32>) -> Known<'a> {
        let mut numbers = HashMap::new();
        let mut of_net = Vec::new();
        for name in net.transitions().iter().filter_map(|t| t.name.as_deref()) {
            numbers.entry(name).or_insert_with(|| {
                of_net.push(all.get(name).copied().unwrap_or_default());
                of_net.len() as u32 - 1
            });
        }
        Known { numbers, of_net }
    }

    fn moves(&self, search: &Search, steps: &[Step], sequence: &[u32]) -> Vec<Move> {
        seen(&self.of_net, search, steps, sequence)
    }
}

/// What can be seen of the steps, with the activities of the net by their number among all names.
fn seen(of_net: &[u32], search: &Search, steps: &[Step], sequence: &[u32]) -> Vec<Move> {
    let mut done = sequence.iter();
    let mut next = || done.next().copied().unwrap_or_default();
    let mut moves = Vec::new();
    for step in steps {
        match *step {
            Step::Both(_) => moves.push(Move::Both(next())),
            Step::Log => moves.push(Move::Inserted(next())),
            Step::Model(transition) => {
                let activity = search.space.moves[transition as usize].activity;
                moves.extend(activity.map(|activity| Move::Skipped(of_net[activity as usize])));
            }
        }
    }
    moves
}

impl Alignments {
    /// The fitness of one sequence: 1 − cost / (its length + that of the shortest run). 1 where both are 0.
    pub fn fitness_of(&self, variant: &Aligned) -> Share {
        let (least, most) = variant.cost.range();
        let whole = f64::from(variant.length) + f64::from(self.shortest_run);
        let share = |cost: u32| if whole > 0.0 { (1.0 - f64::from(cost) / whole).max(0.0) } else { 1.0 };
        Share { low: share(most), high: share(least) }
    }

    /// How well the log fits; `None` when it has no customers.
    pub fn fitness(&self) -> Option<Fitness> {
        let mut fitness =
            Fitness { cases: 0, fitting: 0, unsure: 0, average: Share { low: 0.0, high: 0.0 }, log: Share { low: 1.0, high: 1.0 } };
        // Costs of sequences of a length are whole numbers: the order of the log does not change a digit.
        let mut sums: BTreeMap<u32, [f64; 3]> = BTreeMap::new();
        for variant in &self.variants {
            fitness.cases += variant.cases;
            match variant.cost {
                Cost::Exact(0) => fitness.fitting += variant.cases,
                Cost::Exact(_) => {}
                Cost::Between(..) => fitness.unsure += variant.cases,
            }
            let (least, most) = variant.cost.range();
            let sum = sums.entry(variant.length + self.shortest_run).or_default();
            let cases = variant.cases as f64;
            [1.0, f64::from(least), f64::from(most)].iter().zip(sum).for_each(|(of, sum)| *sum += of * cases);
        }
        if fitness.cases == 0 {
            return None;
        }
        let whole: f64 = sums.iter().map(|(length, [cases, ..])| f64::from(*length) * cases).sum();
        let share = |lost: f64, whole: f64| if whole > 0.0 { (1.0 - lost / whole).clamp(0.0, 1.0) } else { 1.0 };
        // By what costs are least (1) and most (2).
        let average = |which: usize| {
            let own = sums.iter().map(|(length, sum)| sum[which] / f64::from((*length).max(1)));
            share(own.sum(), fitness.cases as f64)
        };
        let together = |which: usize| share(sums.values().map(|sum| sum[which]).sum(), whole);
        (fitness.average, fitness.log) = (Share { low: average(2), high: average(1) }, Share { low: together(2), high: together(1) });
        Some(fitness)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
