//! What is taken where nothing falls apart: something that allows more than was seen, but as little as can be.

use super::follows::{self, Follows};
use super::{Part, Tree, cuts, mine, parallel};

/// The first that applies, in the order of the inductive miner (Leemans 2013, with those of his thesis 2017).
pub fn tree(part: Part, graph: &Follows, noise: f64) -> Tree {
    once_each(&part, graph, noise)
        .or_else(|| beside(&part, graph, noise))
        .or_else(|| again(&part, noise, |before, after| ends(graph, before) && begins(graph, after)))
        .or_else(|| again(&part, noise, |_, after| begins(graph, after)))
        .unwrap_or_else(|| anything(graph))
}

/// An activity that everybody does exactly once happens beside the rest.
fn once_each(part: &Part, graph: &Follows, noise: f64) -> Option<Tree> {
    if graph.len() < 2 {
        return None;
    }
    let once = |activity: &u32| part.iter().all(|(sequence, _)| sequence.iter().filter(|a| *a == activity).count() == 1);
    let activity = graph.activities.iter().copied().find(once)?;
    Some(parallel(vec![Tree::Activity(activity), mine(without(part, activity), noise)]))
}

/// An activity without which the rest falls apart happens beside the rest.
fn beside(part: &Part, graph: &Follows, noise: f64) -> Option<Tree> {
    if graph.len() < 2 {
        return None;
    }
    graph.activities.iter().copied().find_map(|activity| {
        let rest = without(part, activity);
        let filled: Part = rest.iter().filter(|(sequence, _)| !sequence.is_empty()).cloned().collect();
        let smaller = Follows::of(&filled, follows::activities(&filled));
        let apart = cuts::find(&smaller).or_else(|| if noise > 0.0 { cuts::find(&smaller.without_rare(noise)) } else { None });
        apart?;
        let alone: Part = only(part, activity);
        Some(parallel(vec![mine(alone, noise), mine(rest, noise)]))
    })
}

/// The log as a loop without anything between: sequences are cut where a new round may begin.
fn again(part: &Part, noise: f64, cut: impl Fn(u32, u32) -> bool) -> Option<Tree> {
    let mut rounds: Part = Vec::new();
    let mut more = false;
    for (sequence, cases) in part {
        let pieces = sequence.chunk_by(|before, after| !cut(*before, *after));
        for (number, piece) in pieces.enumerate() {
            more |= number > 0;
            rounds.push((piece.to_vec(), *cases));
        }
    }
    more.then(|| Tree::Loop(Box::new(mine(merged(rounds), noise)), Box::new(Tree::Silent)))
}

/// Any activity, any number of times.
fn anything(graph: &Follows) -> Tree {
    let all: Vec<Tree> = graph.activities.iter().copied().map(Tree::Activity).collect();
    Tree::Loop(Box::new(Tree::Silent), Box::new(if all.len() == 1 { all[0].clone() } else { Tree::Xor(all) }))
}

fn begins(graph: &Follows, activity: u32) -> bool {
    graph.activities.binary_search(&activity).is_ok_and(|place| graph.starts[place] > 0)
}

fn ends(graph: &Follows, activity: u32) -> bool {
    graph.activities.binary_search(&activity).is_ok_and(|place| graph.ends[place] > 0)
}

fn without(part: &Part, activity: u32) -> Part {
    filtered(part, |other| other != activity)
}

fn only(part: &Part, activity: u32) -> Part {
    filtered(part, |other| other == activity)
}

fn filtered(part: &Part, keep: impl Fn(u32) -> bool) -> Part {
    merged(part.iter().map(|(sequence, cases)| (sequence.iter().copied().filter(|a| keep(*a)).collect(), *cases)).collect())
}

/// Equal sequences once, in order.
fn merged(mut part: Part) -> Part {
    part.sort();
    part.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 += later.1;
        }
        same
    });
    part
}
