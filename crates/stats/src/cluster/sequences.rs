//! How far journeys are from each other, as sequences of touchpoints (numbers below some `alphabet`).
//!
//! Both distances are metrics: 0 only for equal journeys (as far as each sees them), the same there and back, and never longer than over a third.

use std::collections::HashMap;

use super::{Distances, Error};

/// At most so many different touchpoints: their costs are a square.
pub const ALPHABET_MAX: usize = 1_000;
/// At most so many touchpoints in a journey; optimal matching takes their square.
pub const LENGTH_MAX: usize = 2_000;
/// Different touchpoints cost at least this much, so that different journeys stay apart.
const LEAST: f64 = 0.1;

/// What it costs to put one touchpoint in place of another, or one in or out.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    alphabet: usize,
    /// Row after row, symmetric, 0 on the diagonal, none longer than over a third.
    substitution: Vec<f32>,
    /// To put one in or out.
    pub indel: f32,
}

impl Costs {
    /// Costs from how often one touchpoint directly follows another: 2 − p(b after a) − p(a after b), where p is the share of all steps from
    /// a (Gabadinho, Ritschard, Müller and Studer 2011: the costs TRATE of TraMineR), at least 0.1, and not more than over any third
    /// touchpoint; to put one in or out costs 1. So what often stands side by side is alike.
    ///
    /// # Errors
    /// Too many touchpoints, or one that is not below `alphabet`.
    pub fn of_transitions(sequences: &[(Vec<u32>, u64)], alphabet: usize) -> Result<Costs, Error> {
        check(sequences, alphabet)?;
        let mut counts = vec![0.0f64; alphabet * alphabet];
        for (sequence, weight) in sequences {
            sequence.windows(2).for_each(|pair| counts[pair[0] as usize * alphabet + pair[1] as usize] += *weight as f64);
        }
        let sums: Vec<f64> = counts.chunks(alphabet.max(1)).map(|row| row.iter().sum::<f64>().max(1.0)).collect();
        let mut costs = vec![0.0f64; alphabet * alphabet];
        for a in 0..alphabet {
            for b in (0..alphabet).filter(|b| *b != a) {
                costs[a * alphabet + b] = (2.0 - counts[a * alphabet + b] / sums[a] - counts[b * alphabet + a] / sums[b]).max(LEAST);
            }
        }
        for via in 0..alphabet {
            for a in 0..alphabet {
                let to = costs[a * alphabet + via];
                for b in 0..alphabet {
                    costs[a * alphabet + b] = costs[a * alphabet + b].min(to + costs[via * alphabet + b]);
                }
            }
        }
        Ok(Costs { alphabet, substitution: costs.into_iter().map(|cost| cost as f32).collect(), indel: 1.0 })
    }

    /// To put one in place of another.
    pub fn substitution(&self, a: u32, b: u32) -> f32 {
        self.substitution[a as usize * self.alphabet + b as usize]
    }
}

fn check(sequences: &[(Vec<u32>, u64)], alphabet: usize) -> Result<(), Error> {
    if alphabet > ALPHABET_MAX {
        return Err(Error::TooMany { what: "different touchpoints", found: alphabet, most: ALPHABET_MAX });
    }
    for (row, (sequence, _)) in sequences.iter().enumerate() {
        if sequence.len() > LENGTH_MAX {
            return Err(Error::TooMany { what: "touchpoints in a journey", found: sequence.len(), most: LENGTH_MAX });
        }
        if let Some(column) = sequence.iter().position(|touchpoint| *touchpoint as usize >= alphabet) {
            return Err(Error::Value { row, column, value: f64::from(sequence[column]) });
        }
    }
    Ok(())
}

/// What it costs at least to make one journey of the other (optimal matching: Abbott and Forrest 1986), normalised to lie from 0 to 1: 2d / (|a| + |b| +
/// d) for an indel cost of 1 (Yujian and Bo 2007), which keeps it a metric and long journeys comparable with short ones.
fn matching(a: &[u32], b: &[u32], costs: &Costs, row: &mut Vec<f32>) -> f32 {
    let whole = costs.indel * (a.len() + b.len()) as f32;
    // What both begin and end with costs nothing.
    let before = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[before..], &b[before..]);
    let behind = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - behind], &b[..b.len() - behind]);
    row.clear();
    row.extend((0..=b.len()).map(|at| at as f32 * costs.indel));
    for (number, x) in a.iter().enumerate() {
        let substitution = &costs.substitution[*x as usize * costs.alphabet..][..costs.alphabet];
        let mut diagonal = row[0];
        let mut left = (number + 1) as f32 * costs.indel;
        row[0] = left;
        for (cell, y) in row[1..].iter_mut().zip(b) {
            let best = (diagonal + substitution[*y as usize]).min(cell.min(left) + costs.indel);
            diagonal = *cell;
            *cell = best;
            left = best;
        }
    }
    let distance = row[b.len()];
    if distance > 0.0 { 2.0 * distance / (whole + distance) } else { 0.0 }
}

/// How far each journey is from each, by optimal matching; see [`Costs`]. Weights do not matter here. Time grows with the square of the number times
/// the square of the lengths.
///
/// # Errors
/// Too many or too long journeys, or a touchpoint that the costs do not know.
pub fn optimal_matching(sequences: &[(Vec<u32>, u64)], costs: &Costs) -> Result<Distances, Error> {
    check(sequences, costs.alphabet)?;
    Distances::by_rows(sequences.len(), |one, out| {
        let mut row = Vec::new();
        out.iter_mut().enumerate().for_each(|(other, cell)| *cell = matching(&sequences[one].0, &sequences[other].0, costs, &mut row));
    })
}

/// How far each journey is from each by what it is made of: √(1 − cosine) of how often each run of 1 to `n` touchpoints is in it; a journey's
/// beginning and end count as touchpoints. It is 1/√2 of the Euclidean distance of the vectors at length 1, from 0 to 1, and much
/// faster than optimal matching. Journeys that hold the same runs as often are not told apart.
///
/// # Errors
/// `n` of 0 or more than 5; too many or too long journeys.
pub fn ngrams(sequences: &[(Vec<u32>, u64)], alphabet: usize, n: usize) -> Result<Distances, Error> {
    if n == 0 || n > 5 {
        return Err(Error::Setting("runs must be of 1 to 5 touchpoints"));
    }
    check(sequences, alphabet)?;
    // Each run gets a number; each journey holds some, at length 1.
    let mut numbers: HashMap<Vec<u32>, u32> = HashMap::new();
    let mut all: Vec<Vec<(u32, f32)>> = Vec::with_capacity(sequences.len());
    for (sequence, _) in sequences {
        let mut counts: HashMap<u32, f64> = HashMap::new();
        // Beginning and end have numbers that no touchpoint has.
        let framed: Vec<u32> = [u32::MAX].into_iter().chain(sequence.iter().copied()).chain([u32::MAX - 1]).collect();
        for size in 1..=n {
            for run in framed.windows(size) {
                let next = numbers.len() as u32;
                let number = match numbers.get(run) {
                    Some(number) => *number,
                    None => *numbers.entry(run.to_vec()).or_insert(next),
                };
                *counts.entry(number).or_default() += 1.0;
            }
        }
        let length = counts.values().map(|count| (count * count) as u64).sum::<u64>() as f64;
        let mut own: Vec<(u32, f32)> = counts.into_iter().map(|(number, count)| (number, (count / length.sqrt()) as f32)).collect();
        own.sort_unstable_by_key(|(number, _)| *number);
        all.push(own);
    }
    // In which journeys each run is: most pairs share few.
    let mut holders: Vec<Vec<(u32, f32)>> = vec![Vec::new(); numbers.len()];
    for (journey, own) in all.iter().enumerate() {
        own.iter().for_each(|(number, share)| holders[*number as usize].push((journey as u32, *share)));
    }
    Distances::by_rows(sequences.len(), |one, out| {
        for (number, share) in &all[one] {
            for (other, theirs) in holders[*number as usize].iter().take_while(|(other, _)| (*other as usize) < one) {
                out[*other as usize] += share * theirs;
            }
        }
        // Cosines of equal ones are 1 but for rounding.
        out.iter_mut().for_each(|cell| *cell = if *cell > 1.0 - 1e-6 { 0.0 } else { (1.0 - *cell).sqrt() });
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, step by step.
    fn naive(a: &[u32], b: &[u32], costs: &Costs) -> f32 {
        match (a.split_last(), b.split_last()) {
            (None, _) => b.len() as f32 * costs.indel,
            (_, None) => a.len() as f32 * costs.indel,
            (Some((x, before_a)), Some((y, before_b))) => (naive(before_a, before_b, costs) + costs.substitution(*x, *y))
                .min(naive(before_a, b, costs) + costs.indel)
                .min(naive(a, before_b, costs) + costs.indel),
        }
    }

    fn journeys() -> impl Strategy<Value = Vec<(Vec<u32>, u64)>> {
        prop::collection::vec((prop::collection::vec(0u32..4, 0..6), 1u64..9), 3..7)
    }

    proptest! {
        #[test]
        fn both_distances_are_metrics(all in journeys()) {
            let costs = Costs::of_transitions(&all, 4).unwrap();
            for (distances, exact) in [(optimal_matching(&all, &costs).unwrap(), true), (ngrams(&all, 4, 2).unwrap(), false)] {
                for a in 0..all.len() {
                    for b in 0..all.len() {
                        let ab = distances.between(a, b);
                        prop_assert!((0.0..=1.0).contains(&ab) && ab == distances.between(b, a));
                        if all[a].0 == all[b].0 {
                            prop_assert_eq!(ab, 0.0);
                        } else if exact {
                            prop_assert!(ab > 0.0);
                        }
                        for c in 0..all.len() {
                            prop_assert!(ab <= distances.between(a, c) + distances.between(c, b) + 2e-3);
                        }
                    }
                }
            }
        }

        #[test]
        fn matching_is_that_of_the_definition(all in journeys()) {
            let costs = Costs::of_transitions(&all, 4).unwrap();
            let found = optimal_matching(&all, &costs).unwrap();
            for a in 1..all.len() {
                for b in 0..a {
                    let (one, two) = (&all[a].0, &all[b].0);
                    let plain = naive(one, two, &costs);
                    let expected = if plain > 0.0 { 2.0 * plain / ((one.len() + two.len()) as f32 + plain) } else { 0.0 };
                    prop_assert!((found.between(a, b) - expected).abs() < 1e-5);
                }
            }
        }

        #[test]
        fn runs_are_compared_as_the_definition_says(all in journeys(), n in 1usize..4) {
            let runs = |sequence: &[u32]| {
                let framed: Vec<u32> = [98].into_iter().chain(sequence.iter().copied()).chain([99]).collect();
                let mut counts: HashMap<Vec<u32>, f64> = HashMap::new();
                (1..=n).for_each(|size| framed.windows(size).for_each(|run| *counts.entry(run.to_vec()).or_default() += 1.0));
                counts
            };
            let found = ngrams(&all, 4, n).unwrap();
            for a in 1..all.len() {
                for b in 0..a {
                    let (one, two) = (runs(&all[a].0), runs(&all[b].0));
                    let length = |counts: &HashMap<Vec<u32>, f64>| counts.values().map(|c| c * c).sum::<f64>().sqrt();
                    let product: f64 = one.iter().map(|(run, count)| count * two.get(run).copied().unwrap_or(0.0)).sum();
                    let expected = (1.0 - product / length(&one) / length(&two)).max(0.0).sqrt();
                    prop_assert!((f64::from(found.between(a, b)) - expected).abs() < 2e-3);
                }
            }
        }
    }

    #[test]
    fn neighbours_are_alike_and_strangers_not() {
        let all = vec![(vec![0, 1, 0, 1], 5), (vec![2, 3], 1)];
        let costs = Costs::of_transitions(&all, 4).unwrap();
        assert!((costs.substitution(0, 1) - 0.1).abs() < 1e-6 && (costs.substitution(0, 2) - 2.0).abs() < 1e-6);
        assert!((costs.substitution(2, 3) - 1.0).abs() < 1e-6 && costs.substitution(3, 3) == 0.0);
        assert!(matches!(Costs::of_transitions(&all, 3), Err(Error::Value { row: 1, column: 1, .. })));
        assert!(ngrams(&all, 4, 0).is_err());
    }
}
