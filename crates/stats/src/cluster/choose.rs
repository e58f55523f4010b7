//! How many groups there are, by the silhouette.

use super::table::squared;
use super::{Distances, Error, KMeans, Table, kmeans};
use crate::chance::Chance;

/// Of more rows than this the silhouette is that of a sample of so many.
pub const SILHOUETTE_ROWS: usize = 5_000;

/// The silhouette of a grouping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// From −1 to 1: how much nearer rows are to their own group than to the next. Above about 0.5 groups are distinct, under 0.25 they hardly are.
    pub silhouette: f64,
    /// Rows that it was computed of.
    pub rows: usize,
    /// Whether they are a sample.
    pub sampled: bool,
}

/// A number of groups, with what was compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// By number of groups, from 2: the silhouette and the inertia.
    pub tried: Vec<(usize, Score, f64)>,
    /// The groups with the highest silhouette; of equal ones the fewest.
    pub best: KMeans,
}

/// The mean silhouette over rows (Rousseeuw 1987): (b − a) / max(a, b), where a is the mean distance to the others of the same group and b the
/// least mean distance to another group; 0 for a row that is alone in its group. Distances are Euclidean. `None` when there are fewer than
/// two groups. Of a large table a sample is compared within itself.
pub fn silhouette(table: &Table, groups: &[u32], seed: u64) -> Option<Score> {
    let sampled = table.rows() > SILHOUETTE_ROWS;
    let rows = Chance::new(seed).sample(table.rows().min(groups.len()), SILHOUETTE_ROWS);
    let numbers: Vec<u32> = rows.iter().map(|row| groups[*row]).collect();
    let weights = vec![1; rows.len()];
    let value = mean_silhouette(&numbers, &weights, |one, apart| {
        let own = table.row(rows[one]);
        rows.iter().zip(&numbers).for_each(|(row, group)| apart[*group as usize] += squared(own, table.row(*row)).sqrt());
    })?;
    Some(Score { silhouette: value, rows: rows.len(), sampled })
}

/// The same of things with known distances, each of which stands for as many equal ones as its weight says.
pub fn silhouette_of(distances: &Distances, weights: &[u64], groups: &[u32]) -> Option<f64> {
    silhouettes_of(distances, weights, groups, &[groups.to_vec()])?.first().copied().flatten()
}

/// The silhouettes of several groupings, of each of which every group is made of whole groups of the finest one. The distances are gone through once.
pub(super) fn silhouettes_of(distances: &Distances, weights: &[u64], finest: &[u32], all: &[Vec<u32>]) -> Option<Vec<Option<f64>>> {
    let n = distances.things();
    if weights.len() != n || finest.len() != n || all.iter().any(|groups| groups.len() != n) {
        return None;
    }
    // By thing and finest group, the sum of distances; by halves of the things, one for each thread.
    let count = count(finest);
    let mut sums = vec![0.0f64; n * count];
    let half = n.div_ceil(2).max(1);
    std::thread::scope(|scope| {
        for (number, part) in sums.chunks_mut(half * count.max(1)).enumerate() {
            let mut work = move || {
                for (at, own) in part.chunks_mut(count).enumerate() {
                    for ((distance, group), weight) in distances.row(number * half + at).iter().zip(finest).zip(weights) {
                        own[*group as usize] += f64::from(*distance) * *weight as f64;
                    }
                }
            };
            if n < 200 { work() } else { drop(scope.spawn(work)) }
        }
    });
    let of = |groups: &Vec<u32>| {
        let mut part_of = vec![0usize; count];
        finest.iter().zip(groups).for_each(|(part, group)| part_of[*part as usize] = *group as usize);
        mean_silhouette(groups, weights, |thing, apart| {
            sums[thing * count..][..count].iter().zip(&part_of).for_each(|(sum, group)| apart[*group] += sum);
        })
    };
    Some(all.iter().map(of).collect())
}

fn count(groups: &[u32]) -> usize {
    groups.iter().max().map_or(0, |most| *most as usize + 1)
}

/// `sum` adds to each group the sum of weighted distances from a thing to its members.
fn mean_silhouette(groups: &[u32], weights: &[u64], sum: impl Fn(usize, &mut [f64])) -> Option<f64> {
    let count = count(groups);
    let mut sizes = vec![0.0; count];
    groups.iter().zip(weights).for_each(|(group, weight)| sizes[*group as usize] += *weight as f64);
    if sizes.iter().filter(|size| **size > 0.0).count() < 2 {
        return None;
    }
    let (mut total, mut all) = (0.0, 0.0);
    let mut apart = vec![0.0; count];
    for (one, own) in groups.iter().enumerate() {
        let (own, weight) = (*own as usize, weights[one] as f64);
        all += weight;
        if sizes[own] <= 1.0 || weight == 0.0 {
            continue;
        }
        apart.fill(0.0);
        sum(one, &mut apart);
        let within = apart[own] / (sizes[own] - 1.0);
        let next = (0..count).filter(|group| *group != own && sizes[*group] > 0.0).map(|group| apart[group] / sizes[group]);
        let next = next.fold(f64::INFINITY, f64::min);
        let most = within.max(next);
        if most > 0.0 {
            total += weight * (next - within) / most;
        }
    }
    (all > 0.0).then(|| total / all)
}

/// k-means with 2 to `k_max` groups, and those with the highest silhouette. Fewer are tried where there are not so many different rows.
///
/// # Errors
/// `k_max` under 2, fewer than two different rows, and what [`kmeans`](fn@kmeans) refuses.
pub fn best_k(table: &Table, k_max: usize, starts: usize, seed: u64) -> Result<Choice, Error> {
    if k_max < 2 {
        return Err(Error::Setting("at least 2 groups must be allowed, or there is nothing to choose"));
    }
    let different = table.different(k_max);
    if different < 2 {
        return Err(Error::TooFew { k: 2, different });
    }
    let mut dice = Chance::new(seed);
    let of_sample = dice.whole();
    let mut tried = Vec::new();
    let mut best: Option<(f64, KMeans)> = None;
    for k in 2..=k_max.min(different) {
        let found = kmeans(table, k, starts, dice.whole())?;
        let Some(score) = silhouette(table, &found.groups, of_sample) else { continue };
        tried.push((k, score, found.inertia));
        if best.as_ref().is_none_or(|(most, _)| score.silhouette > *most) {
            best = Some((score.silhouette, found));
        }
    }
    let (_, best) = best.ok_or(Error::Empty)?;
    Ok(Choice { tried, best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn planted(seed: u64) -> (Table, Vec<u32>) {
        let mut dice = Chance::new(seed);
        let centres = [(0.0, 0.0), (6.0, 0.0), (0.0, 6.0), (6.0, 6.0)];
        let truth: Vec<u32> = (0..200).map(|n| n % 4).collect();
        let rows: Vec<Vec<f64>> =
            truth.iter().map(|n| centres[*n as usize]).map(|(x, y)| vec![x + 2.0 * dice.share(), y + 2.0 * dice.share()]).collect();
        (Table::new(&rows).unwrap(), truth)
    }

    #[test]
    fn the_planted_number_is_chosen() {
        for seed in 0..5 {
            let (table, truth) = planted(seed);
            let choice = best_k(&table, 8, 20, seed).unwrap();
            assert_eq!(choice.best.sizes.len(), 4);
            assert_eq!(super::super::adjusted_rand(&choice.best.groups, &truth), Some(1.0));
            assert!(choice.tried.iter().all(|(_, score, _)| !score.sampled && score.rows == 200));
            assert!(choice.tried.is_sorted_by(|a, b| a.2 >= b.2), "more groups are never farther");
        }
        let same = Table::new(&vec![vec![1.0]; 5]).unwrap();
        assert_eq!(best_k(&same, 4, 20, 1), Err(Error::TooFew { k: 2, different: 1 }));
        assert_eq!(silhouette(&same, &[0; 5], 1), None);
    }

    proptest! {
        /// A weight is as many equal things.
        #[test]
        fn weights_are_repeats(points in prop::collection::vec((0u8..20, 1u64..4, 0u32..3), 3..9)) {
            let many: Vec<(u8, u32)> = points.iter().flat_map(|(at, weight, group)| vec![(*at, *group); *weight as usize]).collect();
            let groups: Vec<u32> = points.iter().map(|point| point.2).collect();
            let weights: Vec<u64> = points.iter().map(|point| point.1).collect();
            let few = Distances::of(points.len(), |a, b| f32::from(points[a].0.abs_diff(points[b].0))).unwrap();
            let all = Distances::of(many.len(), |a, b| f32::from(many[a].0.abs_diff(many[b].0))).unwrap();
            let own: Vec<u32> = many.iter().map(|point| point.1).collect();
            let (few, all) = (silhouette_of(&few, &weights, &groups), silhouette_of(&all, &vec![1; many.len()], &own));
            prop_assert_eq!(few.is_some(), all.is_some());
            if let (Some(few), Some(all)) = (few, all) {
                prop_assert!((few - all).abs() < 1e-6 && (-1.0..=1.0).contains(&few));
            }
        }
    }
}
