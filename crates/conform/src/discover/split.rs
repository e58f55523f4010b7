//! A log split as its graph was cut.

use std::collections::HashMap;

use super::Part;
use super::cuts::Cut;

/// The parts of a log, one for each group of the cut. Where the cut is that of a graph without rare followers, what does not suit it is left out.
pub fn by(part: &Part, cut: &Cut, noisy: bool) -> Vec<Part> {
    let (Cut::Xor(groups) | Cut::Sequence(groups) | Cut::Parallel(groups) | Cut::Loop(groups)) = cut;
    let of = group_of(groups);
    let mut parts = vec![Parted::default(); groups.len()];
    for (sequence, cases) in part {
        let places: Vec<(usize, u32)> = sequence.iter().map(|activity| (of[activity], *activity)).collect();
        match cut {
            Cut::Xor(_) => exclusive(&places, *cases, &mut parts),
            Cut::Sequence(_) if noisy => nearest(&places, *cases, &mut parts),
            Cut::Sequence(_) | Cut::Parallel(_) => {
                for (group, to) in parts.iter_mut().enumerate() {
                    to.add(places.iter().filter(|(of, _)| *of == group).map(|(_, activity)| *activity).collect(), *cases);
                }
            }
            Cut::Loop(_) => repeated(&places, *cases, &mut parts),
        }
    }
    parts.into_iter().map(|parted| parted.list).collect()
}

/// Puts neighbours of a sequence together that customers walk or leave out only both. Otherwise each could be left out for itself, which
/// nobody does (the idea of the strict sequence cut: Leemans 2017, "Robust process mining with guarantees").
pub fn together(part: &Part, groups: &mut Vec<Vec<u32>>) {
    let of = group_of(groups);
    let mut present = vec![vec![false; part.len()]; groups.len()];
    for (number, (sequence, _)) in part.iter().enumerate() {
        sequence.iter().for_each(|activity| present[of[activity]][number] = true);
    }
    let mut kept: Vec<Vec<u32>> = Vec::new();
    for (number, group) in std::mem::take(groups).into_iter().enumerate() {
        let optional = present[number].contains(&false);
        match kept.last_mut() {
            Some(last) if optional && present[number - 1] == present[number] => last.extend(group),
            _ => kept.push(group),
        }
    }
    *groups = kept;
}

fn group_of(groups: &[Vec<u32>]) -> HashMap<u32, usize> {
    groups.iter().enumerate().flat_map(|(number, group)| group.iter().map(move |activity| (*activity, number))).collect()
}

/// Sequences, each once.
#[derive(Clone, Default)]
struct Parted {
    list: Part,
    places: HashMap<Vec<u32>, usize>,
}

impl Parted {
    fn add(&mut self, sequence: Vec<u32>, cases: u64) {
        match self.places.get(&sequence) {
            Some(place) => self.list[*place].1 += cases,
            None => {
                self.places.insert(sequence.clone(), self.list.len());
                self.list.push((sequence, cases));
            }
        }
    }
}

/// Into the group that has most of the sequence; the first of those that have as much.
fn exclusive(places: &[(usize, u32)], cases: u64, parts: &mut [Parted]) {
    let mut counts = vec![0usize; parts.len()];
    places.iter().for_each(|(group, _)| counts[*group] += 1);
    let most = counts.iter().copied().max().unwrap_or(0);
    let group = counts.iter().position(|count| *count == most).unwrap_or(0);
    parts[group].add(places.iter().filter(|(of, _)| *of == group).map(|(_, activity)| *activity).collect(), cases);
}

/// Cuts a sequence in pieces, one for each group in order, so that as little as possible stands in a piece of another group; that is left out.
fn nearest(places: &[(usize, u32)], cases: u64, parts: &mut [Parted]) {
    let (groups, length) = (parts.len(), places.len());
    // least[at]: what the first `at` cost when the pieces up to a group end there; from[group][at]: where that group's piece begins.
    let mut least: Vec<u32> = vec![u32::MAX; length + 1];
    least[0] = 0;
    let mut from = vec![vec![0usize; length + 1]; groups];
    for (group, from) in from.iter_mut().enumerate() {
        let mut next = least.clone();
        from.iter_mut().enumerate().for_each(|(at, from)| *from = at);
        for at in 1..=length {
            let more = next[at - 1].saturating_add(u32::from(places[at - 1].0 != group));
            if more < next[at] {
                next[at] = more;
                from[at] = from[at - 1];
            }
        }
        least = next;
    }
    let mut end = length;
    for group in (0..groups).rev() {
        let begin = from[group][end];
        parts[group].add(places[begin..end].iter().filter(|(of, _)| *of == group).map(|(_, activity)| *activity).collect(), cases);
        end = begin;
    }
}

/// Cuts a sequence wherever the group changes. It must begin and end with the body, and between two others the body must be: where it is not, the
/// body was empty there.
fn repeated(places: &[(usize, u32)], cases: u64, parts: &mut [Parted]) {
    let mut body_next = true;
    for run in places.chunk_by(|a, b| a.0 == b.0) {
        let group = run[0].0;
        if body_next != (group == 0) {
            parts[0].add(Vec::new(), cases);
        }
        parts[group].add(run.iter().map(|(_, activity)| *activity).collect(), cases);
        body_next = group != 0;
    }
    if body_next {
        parts[0].add(Vec::new(), cases);
    }
}
