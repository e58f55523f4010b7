//! Whether groups would come out again: the adjusted Rand index, and its mean over samples with replacement.

use std::collections::HashMap;

use super::{Error, Table, kmeans};
use crate::chance::Chance;
use crate::moments::Moments;

/// How much two groupings of the same rows agree, corrected for chance: 1 where they are the same, about 0 where they have nothing to do
/// with each other (Hubert and Arabie 1985). 1 when both put all rows together, or each apart. `None` when they are not of the same rows, or of fewer than 2.
pub fn adjusted_rand(one: &[u32], two: &[u32]) -> Option<f64> {
    if one.len() != two.len() || one.len() < 2 {
        return None;
    }
    let mut both: HashMap<(u32, u32), u64> = HashMap::new();
    let (mut first, mut second): (HashMap<u32, u64>, HashMap<u32, u64>) = Default::default();
    for (a, b) in one.iter().zip(two) {
        *both.entry((*a, *b)).or_default() += 1;
        *first.entry(*a).or_default() += 1;
        *second.entry(*b).or_default() += 1;
    }
    // Whole numbers, so that the order of a map does not matter.
    let pairs = |n: u64| u128::from(n) * u128::from(n.saturating_sub(1)) / 2;
    let sum = |counts: &mut dyn Iterator<Item = u64>| counts.map(pairs).sum::<u128>() as f64;
    let together = sum(&mut both.into_values());
    let (of_first, of_second) = (sum(&mut first.into_values()), sum(&mut second.into_values()));
    let expected = of_first * of_second / pairs(one.len() as u64) as f64;
    let most = (of_first + of_second) / 2.0;
    Some(if (most - expected).abs() < 1e-12 * most.max(1.0) { 1.0 } else { (together - expected) / (most - expected) })
}

/// How much of each group of `one` is together in `two`: the highest Jaccard index with any group there, those in both over those in either, by
/// weight (Hennig 2007, "Cluster-wise assessment of cluster stability"). The mean over samples says which groups would come out again: under
/// about 0.6 a group is no pattern, from 0.75 on it is stable. `None` for a group without weight, and when lengths differ.
pub fn overlaps(one: &[u32], two: &[u32], weights: &[u64]) -> Option<Vec<Option<f64>>> {
    if one.len() != two.len() || one.len() != weights.len() {
        return None;
    }
    let mut both: HashMap<(u32, u32), u64> = HashMap::new();
    let (mut first, mut second): (HashMap<u32, u64>, HashMap<u32, u64>) = Default::default();
    for ((a, b), weight) in one.iter().zip(two).zip(weights) {
        *both.entry((*a, *b)).or_default() += weight;
        *first.entry(*a).or_default() += weight;
        *second.entry(*b).or_default() += weight;
    }
    let k = one.iter().max().map_or(0, |most| *most as usize + 1);
    let mut best = vec![None; k];
    for ((a, b), together) in &both {
        let (own, theirs) = (first.get(a).copied().unwrap_or(0), second.get(b).copied().unwrap_or(0));
        let either = own + theirs - together;
        if either > 0 && own > 0 {
            let share = *together as f64 / either as f64;
            let known: &mut Option<f64> = &mut best[*a as usize];
            *known = Some(known.map_or(share, |most| most.max(share)));
        }
    }
    Some(best)
}

/// How stable k-means is: for each of `rounds` samples with replacement, groups are made anew, all rows are put to the nearest of their means,
/// and held against `groups` (of all rows) by [`adjusted_rand`]. The mean over the rounds; samples with fewer different rows than groups
/// are left out. `None` when none is left. Above about 0.8 groups are called stable.
///
/// # Errors
/// What [`kmeans`](fn@kmeans) refuses, and `groups` that are not of the rows.
pub fn stability(table: &Table, groups: &[u32], k: usize, rounds: usize, seed: u64) -> Result<Option<f64>, Error> {
    if groups.len() != table.rows() || rounds > 10_000 {
        return Err(Error::Setting("stability needs the group of every row, and at most 10,000 rounds"));
    }
    let mut dice = Chance::new(seed);
    let mut sum = Moments::default();
    for _ in 0..rounds {
        let rows: Vec<usize> = (0..table.rows()).map(|_| dice.below(table.rows())).collect();
        // The sample is large; a few starts find what there is to be found in it.
        let found = match kmeans(&table.take(&rows), k, 5, dice.whole()) {
            Ok(found) => found,
            Err(Error::TooFew { .. }) => continue,
            Err(error) => return Err(error),
        };
        let again: Vec<u32> = (0..table.rows()).map(|row| found.group_of(table.row(row))).collect();
        if let Some(index) = adjusted_rand(groups, &again) {
            sum.add((index * 1e9).round() as i64);
        }
    }
    Ok(sum.mean().map(|mean| mean / 1e9))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The definition over all pairs of rows.
        #[test]
        fn the_index_is_that_of_pairs(one in prop::collection::vec(0u32..4, 2..30), seed: u64) {
            let mut dice = Chance::new(seed);
            let two: Vec<u32> = one.iter().map(|_| dice.below(3) as u32).collect();
            let (mut a, mut b, mut c, mut d) = (0.0f64, 0.0, 0.0, 0.0);
            for i in 0..one.len() {
                for j in 0..i {
                    match (one[i] == one[j], two[i] == two[j]) {
                        (true, true) => a += 1.0,
                        (true, false) => b += 1.0,
                        (false, true) => c += 1.0,
                        (false, false) => d += 1.0,
                    }
                }
            }
            let bottom = (a + b) * (b + d) + (a + c) * (c + d);
            let expected = if bottom == 0.0 { 1.0 } else { 2.0 * (a * d - b * c) / bottom };
            prop_assert!((adjusted_rand(&one, &two).unwrap() - expected).abs() < 1e-9);
            let renamed: Vec<u32> = one.iter().map(|group| 7 - group).collect();
            prop_assert_eq!(adjusted_rand(&one, &renamed), Some(1.0));
        }
    }

    #[test]
    fn overlaps_are_those_in_both_over_those_in_either() {
        // Of group 0, with weights 1, 2, 3: two lie with the 3 of group 1.
        let found = overlaps(&[0, 0, 0, 1, 3], &[5, 5, 7, 7, 7], &[1, 2, 3, 3, 0]).unwrap();
        assert_eq!(found, [Some(3.0 / 6.0), Some(3.0 / 6.0), None, None]);
        assert_eq!(overlaps(&[0, 1], &[9, 4], &[2, 2]), Some(vec![Some(1.0), Some(1.0)]));
        assert_eq!((overlaps(&[0], &[], &[1]), overlaps(&[], &[], &[])), (None, Some(vec![])));
    }

    #[test]
    fn planted_groups_are_stable_and_noise_is_not() {
        let mut dice = Chance::new(3);
        let mut point = |x: f64, y: f64| vec![x + dice.share(), y + dice.share()];
        let planted: Vec<Vec<f64>> = (0..300).map(|n| point([0.0, 5.0, 9.0][n % 3], [0.0, 4.0, -3.0][n % 3])).collect();
        let noise: Vec<Vec<f64>> = (0..300).map(|_| point(0.0, 0.0)).collect();
        let of = |rows: &[Vec<f64>], k: usize| {
            let table = Table::new(rows).unwrap();
            let found = kmeans(&table, k, 20, 1).unwrap();
            (stability(&table, &found.groups, k, 20, 2).unwrap().unwrap(), found.groups)
        };
        let (stable, groups) = of(&planted, 3);
        let truth: Vec<u32> = (0..300).map(|n| n % 3).collect();
        assert_eq!(adjusted_rand(&groups, &truth), Some(1.0));
        let unstable = of(&noise, 6).0;
        assert!(stable > 0.999 && unstable < 0.8, "{stable} {unstable}");
        assert_eq!(adjusted_rand(&[1], &[1]), None);
    }
}
