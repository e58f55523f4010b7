//! A design from what customers did: the inductive miner.
//!
//! Who follows whom is a graph ([`follows`]); where it falls apart into parts that exclude, follow, accompany or repeat each other
//! ([`cuts`]), the log is split likewise ([`split`]) and each part looked at alone. Where it does not fall apart, something more general is
//! taken ([`general`]), so that at last every sequence of the log is a run of the result. With `noise` above 0, rare
//! followers are left out where nothing falls apart otherwise; then not all sequences need be runs any more.
//!
//! Source: Leemans, Fahland and van der Aalst 2013, "Discovering block-structured process models from event logs" (IM), and
//! 2014, "... containing infrequent behaviour" (IMf).

mod cuts;
mod follows;
mod general;
mod split;
mod tree;

pub use tree::Tree;

use crate::log::at_most;
use crate::{Error, Log};
use cuts::Cut;
use follows::Follows;

/// At most so many activities: the graph is a square of them.
pub const ACTIVITIES_MAX: usize = 200;
/// At most so many activities in all different sequences together.
pub const EVENTS_MAX: usize = 5_000_000;

/// How to discover.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    /// From 0 to 1: a follower that comes less often than this share of the most frequent one is left out where nothing else helps.
    pub noise: f64,
}

/// Sequences and how many had each, without names.
type Part = Vec<(Vec<u32>, u64)>;

/// The tree of a log; its activities are numbers into [`Log::activities`].
///
/// # Errors
/// An empty log, too many activities, or noise outside of 0 to 1.
pub fn discover(log: &Log, settings: &Settings) -> Result<Tree, Error> {
    if !(0.0..=1.0).contains(&settings.noise) {
        return Err(Error::Setting("noise must be a share from 0 to 1"));
    }
    let part: Part = log.variants().iter().map(|variant| (variant.activities.clone(), variant.cases)).collect();
    at_most("different activities of a log to discover from", follows::activities(&part).len(), ACTIVITIES_MAX)?;
    at_most("activities in all different sequences", part.iter().map(|(sequence, _)| sequence.len()).sum(), EVENTS_MAX)?;
    if part.iter().all(|(sequence, _)| sequence.is_empty()) {
        return Err(Error::Empty("there is nothing to discover a model from: no customer did anything"));
    }
    Ok(mine(part, settings.noise))
}

/// The tree of a part. Every step leaves fewer activities, or shorter sequences.
fn mine(mut part: Part, noise: f64) -> Tree {
    let empty: u64 = part.iter().filter(|(sequence, _)| sequence.is_empty()).map(|(_, cases)| cases).sum();
    let all: u64 = part.iter().map(|(_, cases)| cases).sum();
    if empty == all {
        return Tree::Silent;
    }
    if empty > 0 {
        part.retain(|(sequence, _)| !sequence.is_empty());
        // Few enough are a mistake of the log, not a choice of customers.
        let rest = mine(part, noise);
        return if (empty as f64) <= noise * all as f64 { rest } else { choice(vec![Tree::Silent, rest]) };
    }
    let activities = follows::activities(&part);
    if let [only] = activities[..]
        && part.iter().all(|(sequence, _)| sequence.len() == 1)
    {
        return Tree::Activity(only);
    }
    let graph = Follows::of(&part, activities);
    let (cut, noisy) = match cuts::find(&graph) {
        Some(cut) => (Some(cut), false),
        None if noise > 0.0 => (cuts::find(&graph.without_rare(noise)), true),
        None => (None, false),
    };
    match cut {
        Some(mut cut) => {
            if let Cut::Sequence(groups) = &mut cut {
                split::together(&part, groups);
            }
            let parts = split::by(&part, &cut, noisy);
            let trees = |parts: Vec<Part>| parts.into_iter().map(|part| mine(part, noise)).collect::<Vec<_>>();
            match cut {
                Cut::Xor(_) => choice(trees(parts)),
                Cut::Sequence(_) => sequence(trees(parts)),
                Cut::Parallel(_) => parallel(trees(parts)),
                Cut::Loop(..) => {
                    let mut parts = trees(parts).into_iter();
                    let body = parts.next().unwrap_or(Tree::Silent);
                    Tree::Loop(Box::new(body), Box::new(choice(parts.collect())))
                }
            }
        }
        None => general::tree(part, &graph, noise),
    }
}

fn choice(trees: Vec<Tree>) -> Tree {
    flat(trees, Tree::Xor, |tree| match tree {
        Tree::Xor(inner) => Ok(inner),
        other => Err(other),
    })
}

fn sequence(trees: Vec<Tree>) -> Tree {
    flat(trees, Tree::Sequence, |tree| match tree {
        Tree::Sequence(inner) => Ok(inner),
        other => Err(other),
    })
}

fn parallel(trees: Vec<Tree>) -> Tree {
    flat(trees, Tree::Parallel, |tree| match tree {
        Tree::Parallel(inner) => Ok(inner),
        other => Err(other),
    })
}

/// Blocks of the same kind within each other are one; a block of one is that one; of several silent choices one is enough.
fn flat(trees: Vec<Tree>, kind: fn(Vec<Tree>) -> Tree, open: fn(Tree) -> Result<Vec<Tree>, Tree>) -> Tree {
    let mut all: Vec<Tree> = trees.into_iter().flat_map(|tree| open(tree).unwrap_or_else(|other| vec![other])).collect();
    let mut seen = false;
    let chosen = matches!(kind(Vec::new()), Tree::Xor(_));
    // Silence adds nothing to a sequence and to what happens at the same time, and is one choice at most.
    all.retain(|tree| *tree != Tree::Silent || (chosen && !std::mem::replace(&mut seen, true)));
    match all.len() {
        0 => Tree::Silent,
        1 => all.swap_remove(0),
        _ => kind(all),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
