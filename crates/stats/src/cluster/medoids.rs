//! Groups around a member: k-medoids.

use super::{Distances, Error, largest_first};

/// No more rounds over all things than this; the sum falls with every exchange, so it is only a matter of time.
const ROUNDS_MAX: usize = 20;

/// Groups, each around one of its members.
#[derive(Clone, Debug, PartialEq)]
pub struct Medoids {
    /// The member in the middle, by group.
    pub medoids: Vec<usize>,
    /// The group of each thing: that of the nearest medoid.
    pub groups: Vec<u32>,
    /// The sum over things of weight times distance to the medoid: what is made small.
    pub cost: f64,
}

/// The member of each group from which the weighted sum of distances to the others is least; of equal ones the first. `groups` are
/// numbered from 0 without gaps.
///
/// # Errors
/// Groups or weights that are not one for each thing, or an empty group.
pub fn centres(distances: &Distances, weights: &[u64], groups: &[u32]) -> Result<Vec<usize>, Error> {
    if distances.things() == 0 {
        return Err(Error::Empty);
    }
    if weights.len() != distances.things() || groups.len() != distances.things() {
        return Err(Error::Setting("every thing needs a weight and a group"));
    }
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups.iter().max().map_or(0, |most| *most as usize + 1)];
    groups.iter().enumerate().for_each(|(thing, group)| members[*group as usize].push(thing));
    members
        .iter()
        .map(|group| {
            let sum =
                |one: usize| group.iter().map(|other| f64::from(distances.between(one, *other)) * weights[*other] as f64).sum::<f64>();
            let sums = group.iter().map(|thing| (sum(*thing), *thing));
            sums.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|(_, thing)| thing).ok_or(Error::Empty)
        })
        .collect()
}

/// Exchanges medoids for other things as long as that makes the cost less, beginning with those given (different ones). It ends where no single
/// exchange helps (the algorithm FasterPAM: Schubert and Rousseeuw 2021).
///
/// # Errors
/// No medoids, one that does not exist or is named twice, or weights that are not one for each thing.
pub fn improve(distances: &Distances, weights: &[u64], medoids: &[usize]) -> Result<Medoids, Error> {
    let n = distances.things();
    let mut at: Vec<Option<usize>> = vec![None; n];
    for (number, medoid) in medoids.iter().enumerate() {
        if *medoid >= n || at[*medoid].replace(number).is_some() {
            return Err(Error::Setting("medoids must be different things that exist"));
        }
    }
    if medoids.is_empty() || weights.len() != n {
        return Err(Error::Setting("there must be a medoid, and a weight for every thing"));
    }
    let mut medoids = medoids.to_vec();
    let mut near = assigned(distances, &medoids);
    let mut since = 0;
    'rounds: for _ in 0..ROUNDS_MAX {
        for candidate in 0..n {
            if since >= n {
                break 'rounds;
            }
            since += 1;
            if at[candidate].is_some() {
                continue;
            }
            let (gain, out) = exchange(&near, weights, distances.row(candidate), medoids.len());
            if gain < -1e-6 * (1.0 + gain.abs()) {
                at[medoids[out]] = None;
                at[candidate] = Some(out);
                medoids[out] = candidate;
                near = assigned(distances, &medoids);
                since = 0;
            }
        }
    }
    let mut groups: Vec<u32> = near.iter().map(|near| near.first).collect();
    // A medoid is in its own group, also where another one is equal to it.
    medoids.iter().enumerate().for_each(|(number, medoid)| groups[*medoid] = number as u32);
    let cost = near.iter().zip(weights).map(|(near, weight)| f64::from(near.to_first) * *weight as f64).sum();
    let new = largest_first(&mut groups, medoids.len(), |thing| weights[thing]);
    let mut ordered = vec![0; medoids.len()];
    medoids.iter().zip(&new).for_each(|(medoid, number)| ordered[*number] = *medoid);
    Ok(Medoids { medoids: ordered, groups, cost })
}

/// The nearest and the second nearest medoid.
#[derive(Clone, Copy)]
struct Near {
    first: u32,
    to_first: f32,
    to_second: f32,
}

fn assigned(distances: &Distances, medoids: &[usize]) -> Vec<Near> {
    let mut near = vec![Near { first: 0, to_first: f32::INFINITY, to_second: f32::INFINITY }; distances.things()];
    for (number, medoid) in medoids.iter().enumerate() {
        for (near, distance) in near.iter_mut().zip(distances.row(*medoid)) {
            if *distance < near.to_first {
                *near = Near { first: number as u32, to_first: *distance, to_second: near.to_first };
            } else if *distance < near.to_second {
                near.to_second = *distance;
            }
        }
    }
    near
}

/// By how much the cost changes at best when a thing (with its distances) replaces a medoid, and which one.
fn exchange(near: &[Near], weights: &[u64], row: &[f32], k: usize) -> (f64, usize) {
    let mut all = 0.0;
    let mut by_medoid = vec![0.0; k];
    for ((near, weight), distance) in near.iter().zip(weights).zip(row) {
        let weight = *weight as f64;
        let (first, second, distance) = (f64::from(near.to_first), f64::from(near.to_second), f64::from(*distance));
        let own = &mut by_medoid[near.first as usize];
        if distance < first {
            // It goes to the new one in any case.
            all += weight * (distance - first);
        } else {
            // Only if its medoid goes does it have to: to the new one, or to the second.
            *own += weight * (distance.min(second) - first);
        }
    }
    let least = by_medoid.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1).then(a.0.cmp(&b.0)));
    least.map_or((0.0, 0), |(number, own)| (all + own, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_single_exchange_helps(points in prop::collection::vec((0u16..1000, 1u64..5), 2..12), k in 1usize..4) {
            let k = k.min(points.len());
            let distances = Distances::of(points.len(), |a, b| f32::from(points[a].0.abs_diff(points[b].0))).unwrap();
            let weights: Vec<u64> = points.iter().map(|point| point.1).collect();
            let cost = |medoids: &[usize]| -> f64 {
                let near = |thing: usize| medoids.iter().map(|medoid| f64::from(distances.between(thing, *medoid))).fold(f64::INFINITY, f64::min);
                (0..points.len()).map(|thing| near(thing) * weights[thing] as f64).sum()
            };
            let start: Vec<usize> = (0..k).collect();
            let found = improve(&distances, &weights, &start).unwrap();
            prop_assert!((found.cost - cost(&found.medoids)).abs() < 1e-6 && found.cost <= cost(&start) + 1e-6);
            for number in 0..k {
                prop_assert_eq!(found.groups[found.medoids[number]], number as u32);
                for other in 0..points.len() {
                    let mut changed = found.medoids.clone();
                    changed[number] = other;
                    prop_assert!(cost(&changed) >= found.cost - 1e-3, "{:?} {:?}", found, changed);
                }
            }
            // Weights are repeats.
            let many: Vec<u16> = points.iter().flat_map(|(at, weight)| vec![*at; *weight as usize]).collect();
            let repeated = Distances::of(many.len(), |a, b| f32::from(many[a].abs_diff(many[b]))).unwrap();
            let one = centres(&distances, &weights, &vec![0; points.len()]).unwrap()[0];
            let of_many = centres(&repeated, &vec![1; many.len()], &vec![0; many.len()]).unwrap()[0];
            prop_assert_eq!(points[one].0, many[of_many]);
        }
    }

    #[test]
    fn what_is_no_medoid_is_refused() {
        let two = Distances::of(2, |_, _| 1.0).unwrap();
        for medoids in [&[][..], &[2], &[0, 0]] {
            assert!(improve(&two, &[1, 1], medoids).is_err());
        }
        assert_eq!(improve(&two, &[1, 5], &[0]).unwrap(), Medoids { medoids: vec![1], groups: vec![0, 0], cost: 1.0 });
    }
}
