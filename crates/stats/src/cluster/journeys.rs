//! A few journeys that stand for all.
//!
//! Different journeys, each with how many customers had it, are put into a [hierarchy](super::hierarchy); it is cut into the number of groups with the
//! highest silhouette, and each group is drawn around the journey in its middle ([`super::medoids`]).

use super::choose::{silhouette_of, silhouettes_of};
use super::hierarchy::{Linkage, hierarchy};
use super::medoids::{centres, improve};
use super::sequences::{Costs, ngrams, optimal_matching};
use super::{Distances, Error};

/// What makes journeys alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// They hold the same runs of up to so many touchpoints: fast.
    Runs(usize),
    /// Few changes make one of the other: slower, and sees the order as a whole.
    Matching,
}

/// How to choose representatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many; `None` lets the silhouette choose from 2 to `k_max`.
    pub k: Option<usize>,
    /// At most so many.
    pub k_max: usize,
    /// What makes journeys alike.
    pub likeness: Likeness,
    /// How groups are compared.
    pub linkage: Linkage,
    /// At most so many different journeys are compared with each other, those of most customers; the others are put to the nearest representative.
    pub variants_max: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { k: None, k_max: 10, likeness: Likeness::Runs(2), linkage: Linkage::Average, variants_max: 4_000 }
    }
}

/// A journey that stands for others.
#[derive(Clone, Debug, PartialEq)]
pub struct Representative {
    /// Which of the journeys given.
    pub variant: usize,
    /// How many different journeys it stands for, itself included.
    pub variants: usize,
    /// How many customers had one of them.
    pub customers: u64,
    /// How far they are from it on average, by customers, from 0 to 1.
    pub distance: f64,
}

/// Numbers of groups, and the silhouette of each.
pub type Tried = Vec<(usize, f64)>;

/// Representatives, the one of most customers first.
#[derive(Clone, Debug, PartialEq)]
pub struct Journeys {
    /// The journeys that stand for others.
    pub representatives: Vec<Representative>,
    /// By journey given: the place of its representative.
    pub groups: Vec<u32>,
    /// The numbers of groups that were tried, and the silhouette of each.
    pub tried: Tried,
    /// The silhouette of the result, of the journeys that were compared; `None` where there is one group.
    pub silhouette: Option<f64>,
    /// How many different journeys were compared with each other.
    pub compared: usize,
}

/// Representatives of different journeys (sequences of numbers below `alphabet`, each once) with the number of customers who had each.
///
/// # Errors
/// No journeys, one that nobody had, settings that make no sense, and what the distances refuse.
pub fn representatives(sequences: &[(Vec<u32>, u64)], alphabet: usize, settings: &Settings) -> Result<Journeys, Error> {
    if sequences.is_empty() {
        return Err(Error::Empty);
    }
    if sequences.iter().any(|(_, customers)| *customers == 0) {
        return Err(Error::Setting("a journey that nobody had cannot be grouped; leave it out"));
    }
    if settings.k == Some(0) || settings.k_max < 2 || settings.variants_max < 2 {
        return Err(Error::Setting("there must be at least 1 representative, and at least 2 to choose from"));
    }
    // The journeys of most customers first, by themselves where as many had them: the order given does not matter.
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    order.sort_by(|a, b| sequences[*b].1.cmp(&sequences[*a].1).then_with(|| sequences[*a].0.cmp(&sequences[*b].0)));
    let compared = order.len().min(settings.variants_max);
    let all: Vec<(Vec<u32>, u64)> = order.iter().map(|place| sequences[*place].clone()).collect();
    let costs = match settings.likeness {
        Likeness::Matching => Some(Costs::of_transitions(&all, alphabet)?),
        Likeness::Runs(_) => None,
    };
    let apart = |sequences: &[(Vec<u32>, u64)]| match (&costs, settings.likeness) {
        (Some(costs), _) => optimal_matching(sequences, costs),
        (None, Likeness::Runs(n)) => ngrams(sequences, alphabet, n),
        (None, Likeness::Matching) => Err(Error::Empty),
    };
    let distances = apart(&all[..compared])?;
    let weights: Vec<u64> = all[..compared].iter().map(|(_, customers)| *customers).collect();
    let (groups, tried) = grouped(&distances, &weights, settings)?;
    let found = improve(&distances, &weights, &centres(&distances, &weights, &groups)?)?;
    let silhouette = silhouette_of(&distances, &weights, &found.groups);

    let mut result: Vec<Representative> =
        found.medoids.iter().map(|medoid| Representative { variant: order[*medoid], variants: 0, customers: 0, distance: 0.0 }).collect();
    let mut of = vec![0u32; sequences.len()];
    let mut add = |place: usize, group: u32, distance: f32| {
        of[order[place]] = group;
        let own = &mut result[group as usize];
        own.variants += 1;
        own.customers = own.customers.saturating_add(all[place].1);
        own.distance += f64::from(distance) * all[place].1 as f64;
    };
    for (place, group) in found.groups.iter().enumerate() {
        add(place, *group, distances.between(place, found.medoids[*group as usize]));
    }
    // The others are held against the representatives only, some at a time.
    let k = found.medoids.len();
    for (number, some) in all[compared..].chunks(1_000).enumerate() {
        let with: Vec<(Vec<u32>, u64)> = found.medoids.iter().map(|medoid| all[*medoid].clone()).chain(some.iter().cloned()).collect();
        let distances = apart(&with)?;
        for at in 0..some.len() {
            let near = (0..k).min_by(|a, b| distances.between(k + at, *a).total_cmp(&distances.between(k + at, *b))).unwrap_or(0);
            add(compared + number * 1_000 + at, near as u32, distances.between(k + at, near));
        }
    }
    result.iter_mut().for_each(|own| own.distance /= own.customers.max(1) as f64);
    // Those that were put there later may have changed who is first.
    let mut ranks: Vec<usize> = (0..k).collect();
    ranks.sort_by_key(|group| std::cmp::Reverse(result[*group].customers));
    let mut rank_of = vec![0u32; k];
    ranks.iter().enumerate().for_each(|(rank, group)| rank_of[*group] = rank as u32);
    of.iter_mut().for_each(|group| *group = rank_of[*group as usize]);
    let representatives = ranks.into_iter().map(|group| result[group].clone()).collect();
    Ok(Journeys { representatives, groups: of, tried, silhouette, compared })
}

/// Groups of a hierarchy, as many as asked for or as the silhouette says, and what was tried.
fn grouped(distances: &Distances, weights: &[u64], settings: &Settings) -> Result<(Vec<u32>, Tried), Error> {
    let n = distances.things();
    let tree = hierarchy(distances, weights, settings.linkage)?;
    if let Some(k) = settings.k {
        return if k > n { Err(Error::TooFew { k, different: n }) } else { Ok((tree.cut(k), Vec::new())) };
    }
    let ks: Vec<usize> = (2..=settings.k_max.min(n.saturating_sub(1))).collect();
    // Cuts of a hierarchy lie within each other.
    let cuts: Vec<Vec<u32>> = ks.iter().map(|k| tree.cut(*k)).collect();
    let scores = cuts.last().and_then(|finest| silhouettes_of(distances, weights, finest, &cuts)).unwrap_or_default();
    let tried: Tried = ks.iter().zip(scores).filter_map(|(k, score)| Some((*k, score?))).collect();
    let best = tried.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best });
    // Two journeys are two groups, and one is one.
    Ok((tree.cut(best.map_or(n.min(2), |(k, _)| k)), tried))
}

#[cfg(test)]
#[path = "journeys_tests.rs"]
mod tests;
