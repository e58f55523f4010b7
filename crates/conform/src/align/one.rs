//! Sequences one at a time, each as if there were no other.
//!
//! [`align`](fn@super::align) learns from one sequence for the next, and which of several equally near runs it names may hang on what else is
//! in the log. Whoever counts people by what their journey lacks must find the same for a journey however many others there
//! are: here each search begins with the same memory.

use std::collections::HashMap;

use super::search::{Found, Search};
use super::space::Space;
use super::{Cost, Known, Move, Settings};
use crate::log::at_most;
use crate::{Error, Net};

/// A net, ready to be held against sequences.
#[derive(Clone)]
pub struct Aligner {
    names: Vec<String>,
    /// By name: the number of the activity in the search, if the net knows it.
    numbers: Vec<Option<u32>>,
    /// By number of the activity in the search: the name.
    of_net: Vec<u32>,
    fresh: Search,
    shortest_run: u32,
    states_max: usize,
}

impl Aligner {
    /// A net and the names of activities, by whose numbers sequences are told. Names that only the net has are added.
    ///
    /// # Errors
    /// As of [`align`](fn@super::align).
    pub fn new(net: &Net, names: &[String], settings: &Settings) -> Result<Aligner, Error> {
        if settings.states_max == 0 {
            return Err(Error::Setting("the limit on states must be at least 1"));
        }
        at_most("different activities", names.len(), crate::log::ACTIVITIES_MAX)?;
        let mut names = names.to_vec();
        let mut all: HashMap<String, u32> = HashMap::new();
        for (number, name) in names.iter().enumerate() {
            all.entry(name.clone()).or_insert(number as u32);
        }
        for name in net.transitions().iter().filter_map(|t| t.name.as_deref()) {
            if !all.contains_key(name) {
                all.insert(name.to_owned(), names.len() as u32);
                names.push(name.to_owned());
            }
        }
        let by_name: HashMap<&str, u32> = all.iter().map(|(name, number)| (name.as_str(), *number)).collect();
        let known = Known::new(net, &by_name);
        let small = net.clone().condensed();
        let mut fresh = Search::new(Space::new(small.as_ref().unwrap_or(net), &known.numbers), known.of_net.len());
        let shortest_run = match fresh.run(&[], settings.states_max) {
            Found::Way { cost, .. } => cost,
            Found::None => return Err(Error::NoRun),
            Found::GivenUp { states, .. } => return Err(Error::RunNotFound { states }),
        };
        let numbers = names.iter().map(|name| known.numbers.get(name.as_str()).copied()).collect();
        let of_net = known.of_net.clone();
        Ok(Aligner { numbers, of_net, names, fresh, shortest_run, states_max: settings.states_max })
    }

    /// The names of the activities: those that were given, then those that only the net has.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many activities the shortest run of the net has.
    pub fn shortest_run(&self) -> u32 {
        self.shortest_run
    }

    /// What a sequence of numbers of activities costs, and its alignment; that is empty where the limit was reached. A number without a
    /// name is one that the net does not know.
    pub fn align(&self, sequence: &[u32]) -> (Cost, Vec<Move>) {
        let inside: Vec<Option<u32>> = sequence.iter().map(|activity| self.numbers.get(*activity as usize).copied().flatten()).collect();
        let mut search = self.fresh.clone();
        let most = (sequence.len() as u32).saturating_add(self.shortest_run);
        match search.run(&inside, self.states_max) {
            Found::Way { cost, steps, .. } => (Cost::Exact(cost), super::seen(&self.of_net, &search, &steps, sequence)),
            Found::GivenUp { least, .. } => (Cost::Between(least.min(most), most), Vec::new()),
            // A net with a run has an alignment with anything.
            Found::None => (Cost::Between(0, most), Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Stage, from_stages};
    use crate::{Log, align};
    use proptest::prelude::*;

    fn net() -> Net {
        let stage = |touchpoints: &[&str], optional| Stage {
            name: touchpoints.concat(),
            touchpoints: touchpoints.iter().map(|name| (*name).to_owned()).collect(),
            optional,
            repeated: false,
        };
        from_stages(&[stage(&["a", "b"], false), stage(&["c"], true), stage(&["d", "e"], false)]).unwrap()
    }

    proptest! {
        #[test]
        fn alone_a_sequence_costs_what_it_costs_among_others(all in prop::collection::vec(prop::collection::vec(0u32..6, 0..9), 1..8)) {
            let names: Vec<String> = "abcdex".chars().map(String::from).collect();
            let aligner = Aligner::new(&net(), &names, &Settings::default()).unwrap();
            let log = Log::new(names, all.into_iter().map(|sequence| (sequence, 1))).unwrap();
            let together = align(&net(), &log, &Settings::default()).unwrap();
            prop_assert_eq!(aligner.shortest_run(), together.shortest_run);
            for (variant, aligned) in log.variants().iter().zip(&together.variants) {
                let (cost, moves) = aligner.align(&variant.activities);
                prop_assert_eq!(cost, aligned.cost);
                let costly = moves.iter().filter(|step| !matches!(step, Move::Both(_))).count();
                prop_assert_eq!(Some(costly as u32), cost.exact());
                let done: Vec<u32> = moves.iter().filter_map(|step| match step {
                    Move::Both(activity) | Move::Inserted(activity) => Some(*activity),
                    Move::Skipped(_) => None,
                }).collect();
                prop_assert_eq!(&done, &variant.activities);
                prop_assert_eq!(aligner.align(&variant.activities), (cost, moves));
            }
        }
    }

    #[test]
    fn what_only_the_net_knows_gets_a_name_and_limits_are_kept() {
        let aligner = Aligner::new(&net(), &["a".to_owned()], &Settings::default()).unwrap();
        assert_eq!(aligner.names().len(), 5);
        let (cost, moves) = aligner.align(&[0, 77]);
        assert_eq!(cost, Cost::Exact(2));
        assert!(moves.contains(&Move::Inserted(77)), "{moves:?}");
        let tight = Aligner::new(&net(), &["a".to_owned()], &Settings { states_max: 40 }).unwrap();
        assert!(matches!(tight.align(&[77; 60]), (Cost::Between(low, high), moves) if low <= high && moves.is_empty()));
        assert!(Aligner::new(&net(), &[], &Settings { states_max: 0 }).is_err());
    }
}
