//! k-means: groups whose members are near their mean.

use super::table::squared;
use super::{Error, Table, largest_first};
use crate::chance::Chance;

/// At most so many groups.
pub const K_MAX: usize = 1_000;
/// So many rows are used by every start; of larger tables a sample is, and the best starts are finished on all rows.
pub const START_ROWS: usize = 20_000;
const FINISHED: usize = 3;
const ROUNDS_MAX: usize = 300;

/// Groups of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct KMeans {
    /// The group of each row.
    pub groups: Vec<u32>,
    /// The means, by group.
    pub centres: Vec<Vec<f64>>,
    /// How many rows each group has.
    pub sizes: Vec<u64>,
    /// The sum of the squared distances to the means: what is made small.
    pub inertia: f64,
    /// Whether starts were tried on a sample of the rows.
    pub sampled: bool,
}

/// The best of `starts` attempts with k groups.
///
/// Each begins with the centres of k-means++ (Arthur and Vassilvitskii 2007), of several candidates the best (as scikit-learn does),
/// and moves them to their means until nothing changes (Lloyd 1982). 20 starts or more are advised.
///
/// # Errors
/// k of 0 or more than [`K_MAX`], no start, or fewer different rows than groups.
pub fn kmeans(table: &Table, k: usize, starts: usize, seed: u64) -> Result<KMeans, Error> {
    if k == 0 || k > K_MAX || starts == 0 || starts > 10_000 {
        return Err(Error::Setting("the number of groups must be from 1 to 1,000, and that of starts from 1 to 10,000"));
    }
    let different = table.different(k);
    if different < k {
        return Err(Error::TooFew { k, different });
    }
    let mut dice = Chance::new(seed);
    let sampled = table.rows() > START_ROWS;
    let sample = if sampled { Some(table.take(&dice.sample(table.rows(), START_ROWS))) } else { None };
    let small = sample.as_ref().unwrap_or(table);
    let mut tried: Vec<Run> = Vec::new();
    for _ in 0..starts {
        let run = lloyd(small, plus_plus(small, k, &mut dice));
        let place = tried.partition_point(|other| other.inertia <= run.inertia);
        tried.insert(place, run);
        tried.truncate(if sampled { FINISHED } else { 1 });
    }
    if sampled {
        tried = tried.into_iter().map(|run| lloyd(table, run.centres)).collect();
    }
    let best = tried.into_iter().min_by(|a, b| a.inertia.total_cmp(&b.inertia)).ok_or(Error::Empty)?;
    Ok(best.told(sampled))
}

struct Run {
    groups: Vec<u32>,
    /// Row after row.
    centres: Vec<f64>,
    columns: usize,
    inertia: f64,
}

impl Run {
    fn told(mut self, sampled: bool) -> KMeans {
        let k = self.centres.len() / self.columns;
        let new = largest_first(&mut self.groups, k, |_| 1);
        let mut centres = vec![Vec::new(); k];
        self.centres.chunks(self.columns).zip(&new).for_each(|(centre, number)| centres[*number] = centre.to_vec());
        let mut sizes = vec![0; k];
        self.groups.iter().for_each(|group| sizes[*group as usize] += 1);
        KMeans { groups: self.groups, centres, sizes, inertia: self.inertia, sampled }
    }
}

/// Centres that are far apart: each next one is drawn with a probability in proportion to the square of how far a row is from the
/// nearest so far; of 2 + ln k candidates the one that brings all rows nearest is taken.
fn plus_plus(table: &Table, k: usize, dice: &mut Chance) -> Vec<f64> {
    let rows = table.rows();
    let first = dice.below(rows);
    let mut centres = table.row(first).to_vec();
    let mut nearest: Vec<f64> = (0..rows).map(|row| squared(table.row(row), table.row(first))).collect();
    let candidates = 2 + (k as f64).ln() as usize;
    for _ in 1..k {
        let sum: f64 = nearest.iter().sum();
        let mut best: Option<(f64, usize, Vec<f64>)> = None;
        for _ in 0..candidates {
            let row = drawn(&nearest, dice.share() * sum);
            let closer: Vec<f64> =
                nearest.iter().enumerate().map(|(other, near)| near.min(squared(table.row(other), table.row(row)))).collect();
            let left: f64 = closer.iter().sum();
            if best.as_ref().is_none_or(|(least, ..)| left < *least) {
                best = Some((left, row, closer));
            }
        }
        if let Some((_, row, closer)) = best {
            centres.extend_from_slice(table.row(row));
            nearest = closer;
        }
    }
    centres
}

/// The row at which the running sum passes a value; one with a weight.
fn drawn(weights: &[f64], mut value: f64) -> usize {
    let mut last = 0;
    for (row, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        last = row;
        if value < *weight {
            break;
        }
        value -= weight;
    }
    last
}

/// Rows to the nearest centre, centres to their means, until nothing changes.
fn lloyd(table: &Table, mut centres: Vec<f64>) -> Run {
    let (rows, columns) = (table.rows(), table.columns());
    let k = centres.len() / columns;
    let mut groups = vec![u32::MAX; rows];
    let mut distances = vec![0.0; rows];
    for _ in 0..ROUNDS_MAX {
        let mut changed = false;
        for row in 0..rows {
            let (group, distance) = nearest(table.row(row), &centres, columns);
            distances[row] = distance;
            changed |= groups[row] != group;
            groups[row] = group;
        }
        // A group that nobody is left in gets the row that is farthest from its own.
        let mut sizes = vec![0u64; k];
        groups.iter().for_each(|group| sizes[*group as usize] += 1);
        for group in 0..k {
            if sizes[group] > 0 {
                continue;
            }
            let far = (0..rows)
                .filter(|row| sizes[groups[*row] as usize] > 1)
                .max_by(|a, b| distances[*a].total_cmp(&distances[*b]).then(b.cmp(a)));
            let Some(row) = far else { continue };
            sizes[groups[row] as usize] -= 1;
            sizes[group] = 1;
            groups[row] = group as u32;
            distances[row] = 0.0;
            changed = true;
        }
        if !changed {
            break;
        }
        centres.fill(0.0);
        for row in 0..rows {
            let centre = &mut centres[groups[row] as usize * columns..][..columns];
            centre.iter_mut().zip(table.row(row)).for_each(|(sum, value)| *sum += value);
        }
        centres.chunks_mut(columns).zip(&sizes).for_each(|(centre, size)| centre.iter_mut().for_each(|sum| *sum /= (*size).max(1) as f64));
    }
    let inertia = (0..rows).map(|row| squared(table.row(row), &centres[groups[row] as usize * columns..][..columns])).sum();
    Run { groups, centres, columns, inertia }
}

/// The nearest centre, and the square of how far it is.
fn nearest(row: &[f64], centres: &[f64], columns: usize) -> (u32, f64) {
    let mut best = (0, f64::INFINITY);
    for (number, centre) in centres.chunks(columns).enumerate() {
        let distance = squared(row, centre);
        if distance < best.1 {
            best = (number as u32, distance);
        }
    }
    best
}

impl KMeans {
    /// The group whose mean is nearest to other values.
    pub fn group_of(&self, row: &[f64]) -> u32 {
        let columns = self.centres.first().map_or(1, Vec::len).max(1);
        nearest(row, &self.centres.concat(), columns).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The least inertia of all ways to group rows.
    fn naive(table: &Table, k: usize) -> f64 {
        let rows = table.rows();
        let mut least = f64::INFINITY;
        for mut code in 0..k.pow(rows as u32) {
            let groups: Vec<usize> = (0..rows).map(|_| (code % k, code /= k).0).collect();
            let mut sum = 0.0;
            for group in 0..k {
                let members: Vec<usize> = (0..rows).filter(|row| groups[*row] == group).collect();
                for column in 0..table.columns() {
                    let mean = members.iter().map(|row| table.row(*row)[column]).sum::<f64>() / members.len().max(1) as f64;
                    sum += members.iter().map(|row| (table.row(*row)[column] - mean).powi(2)).sum::<f64>();
                }
            }
            least = least.min(sum);
        }
        least
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

        #[test]
        fn the_best_of_all_groupings_is_found(rows in prop::collection::vec(prop::collection::vec(-9i8..9, 2), 3..8), k in 1usize..4, seed: u64) {
            let rows: Vec<Vec<f64>> = rows.into_iter().map(|row| row.into_iter().map(f64::from).collect()).collect();
            let table = Table::new(&rows).unwrap();
            prop_assume!(table.different(k) == k);
            // Few starts may all end beside the best grouping; of so few rows, a thousand do not.
            let found = kmeans(&table, k, 1_000, seed).unwrap();
            prop_assert!((found.inertia - naive(&table, k)).abs() < 1e-9);
            prop_assert!(found.sizes.is_sorted_by(|a, b| a >= b) && found.sizes.iter().all(|size| *size > 0));
            // Everybody is in the nearest group; ties may go either way.
            let apart = |row: usize, group: u32| squared(table.row(row), &found.centres[group as usize]);
            let wrong = (0..table.rows()).find(|row| apart(*row, found.groups[*row]) > apart(*row, found.group_of(table.row(*row))) + 1e-9);
            prop_assert_eq!(wrong, None);
        }
    }

    #[test]
    fn what_cannot_be_grouped_is_refused() {
        let table = Table::new(&[vec![1.0], vec![1.0], vec![2.0]]).unwrap();
        assert_eq!(kmeans(&table, 3, 1, 1), Err(Error::TooFew { k: 3, different: 2 }));
        assert!(matches!(kmeans(&table, 0, 1, 1), Err(Error::Setting(_))));
        assert_eq!(kmeans(&table, 2, 1, 1).unwrap().sizes, [2, 1]);
        assert_eq!(kmeans(&table, 1, 1, 1).unwrap().groups, [0, 0, 0]);
    }
}
