//! Finds groups among members: how many, which, and, when somebody wants to know, whether they would come out again.

use std::collections::BTreeMap;

use periplus_stats::chance::Chance;
use periplus_stats::cluster::journeys::{Likeness, Settings};
use periplus_stats::cluster::mixture::best_mixture;
use periplus_stats::cluster::stability::overlaps;
use periplus_stats::cluster::{Error, KMeans, Mixture, Table, best_k, kmeans, mixture, representatives, silhouette};

use super::figures::{Reader, Scaled, UNIT};
use super::group::Groups;
use super::member::Member;
use super::{FITTED_MAX, SEED};
use crate::columns::Names;

/// So many starts of k-means, of each number of groups that is tried, and of mixtures.
const STARTS: usize = 20;
const TRIED_STARTS: usize = 5;
const MIXTURE_STARTS: usize = 4;
/// So many samples with replacement say how stable groups are; journeys take longer.
const ROUNDS: u64 = 20;
const JOURNEY_ROUNDS: u64 = 10;
/// So many different journeys are compared with each other, and so many in each of these samples.
const VARIANTS_MAX: usize = 2_000;
const SAMPLED_VARIANTS_MAX: usize = 300;

/// How many groups: so many, or as many as a criterion says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    Exactly(usize),
    UpTo(usize),
}

/// Groups that were found.
pub(crate) struct Found {
    pub(crate) groups: Groups,
    /// How their number came about, and how distinct they are.
    pub(crate) notes: Vec<String>,
    kept: Kept,
}

/// What the groups were found among.
enum Kept {
    Rows { rows: Vec<Vec<f64>>, labels: Vec<u32>, columns: Vec<Scaled>, is_mixture: bool },
    Journeys { sequences: Vec<(Vec<u32>, u64)>, labels: Vec<u32>, alphabet: usize, settings: Settings },
}

impl Found {
    /// By group, how much of it comes out again in samples with replacement (0 to 1); none where that cannot be told.
    pub(crate) fn stability(&self) -> Vec<Option<f64>> {
        let mut sums = vec![(0.0, 0u32); self.groups.len()];
        let rounds = if matches!(self.kept, Kept::Rows { .. }) { ROUNDS } else { JOURNEY_ROUNDS };
        for round in 0..rounds {
            let again = match &self.kept {
                Kept::Rows { rows, labels, columns, is_mixture } => {
                    rows_again(rows, labels, columns, *is_mixture, self.groups.len(), round)
                }
                Kept::Journeys { sequences, labels, alphabet, settings } => {
                    journeys_again(sequences, labels, *alphabet, settings, self.groups.len(), round)
                }
            };
            for (sum, overlap) in sums.iter_mut().zip(again.unwrap_or_default()) {
                if let Some(overlap) = overlap {
                    *sum = (sum.0 + overlap, sum.1 + 1);
                }
            }
        }
        sums.iter().map(|(sum, rounds)| (*rounds > 0).then(|| sum / f64::from(*rounds))).collect()
    }
}

fn millionths(rows: &[Vec<f64>]) -> Vec<Vec<i64>> {
    rows.iter().map(|row| row.iter().map(|value| (value * UNIT).round() as i64).collect()).collect()
}

fn distinct(score: Option<f64>) -> Option<String> {
    let score = score?;
    let word = match score {
        score if score >= 0.5 => "distinct",
        score if score >= 0.25 => "fairly distinct",
        _ => "hardly distinct: borders between them are somewhat arbitrary",
    };
    Some(format!("The groups are {word} (silhouette {score:.2}, from -1 to 1)."))
}

fn tried(what: &str, tried: &[(usize, f64)]) -> String {
    let list: Vec<String> = tried.iter().map(|(k, score)| format!("{k}: {score:.2}")).collect();
    format!("The number of groups is that with the {what} ({}).", list.join(", "))
}

fn around_means(found: &KMeans, columns: &[Scaled]) -> Groups {
    Groups::Customers { columns: columns.to_vec(), centres: millionths(&found.centres), variances: Vec::new(), shares: Vec::new() }
}

fn mixed(found: &Mixture, columns: &[Scaled]) -> Groups {
    let shares = found.shares.iter().map(|share| (share * UNIT).round() as i64).collect();
    let (centres, variances) = (millionths(&found.means), millionths(&found.variances));
    Groups::Customers { columns: columns.to_vec(), centres, variances, shares }
}

/// Groups of customers by their figures.
pub(crate) fn customers(members: &[&Member], reader: &Reader, wanted: Wanted, is_mixture: bool) -> Result<Found, Error> {
    if members.is_empty() {
        return Err(Error::Empty);
    }
    if reader.len() == 0 {
        return Err(Error::TooFew { k: 2, different: 1 });
    }
    let rows: Vec<Vec<f64>> = members.iter().take(FITTED_MAX).map(|member| reader.row(member)).collect();
    let table = Table::new(&rows)?;
    let mut notes = Vec::new();
    let columns = reader.scaled();
    let (groups, labels) = if is_mixture {
        let found = match wanted {
            Wanted::Exactly(k) => mixture(&table, k, MIXTURE_STARTS, SEED)?,
            Wanted::UpTo(most) => {
                let (best, all) = best_mixture(&table, most, MIXTURE_STARTS, SEED)?;
                notes.push(tried("least BIC", &all));
                best
            }
        };
        (mixed(&found, &columns), found.groups)
    } else {
        let found = match wanted {
            Wanted::Exactly(k) => kmeans(&table, k, STARTS, SEED)?,
            Wanted::UpTo(most) => {
                let choice = best_k(&table, most.max(2), TRIED_STARTS, SEED)?;
                let all: Vec<(usize, f64)> = choice.tried.iter().map(|(k, score, _)| (*k, score.silhouette)).collect();
                notes.push(tried("highest silhouette", &all));
                kmeans(&table, choice.best.centres.len(), STARTS, SEED)?
            }
        };
        (around_means(&found, &columns), found.groups)
    };
    notes.extend(distinct(silhouette(&table, &labels, SEED).map(|score| score.silhouette)));
    Ok(Found { groups, notes, kept: Kept::Rows { rows, labels, columns, is_mixture } })
}

/// By group, how much of it is together again in groups of a sample of the rows.
fn rows_again(rows: &[Vec<f64>], labels: &[u32], columns: &[Scaled], is_mixture: bool, k: usize, round: u64) -> Option<Vec<Option<f64>>> {
    let mut dice = Chance::of(SEED, round);
    let drawn: Vec<Vec<f64>> = (0..rows.len()).filter_map(|_| rows.get((dice.share() * rows.len() as f64) as usize).cloned()).collect();
    let drawn = Table::new(&drawn).ok()?;
    // The sample is large; few starts find what there is to be found in it.
    let again = match is_mixture {
        true => mixed(&mixture(&drawn, k, 1, round).ok()?, columns),
        false => around_means(&kmeans(&drawn, k, 3, round).ok()?, columns),
    };
    let after: Vec<u32> = rows.iter().map(|row| again.nearest_of(row)).collect::<Option<_>>()?;
    overlaps(labels, &after, &vec![1; rows.len()])
}

/// Groups of journeys around representatives.
pub(crate) fn journeys(members: &[&Member], names: &Names, wanted: Wanted, runs: Option<usize>) -> Result<Found, Error> {
    let mut different: BTreeMap<&[u32], u64> = BTreeMap::new();
    members.iter().for_each(|member| *different.entry(&member.steps).or_default() += 1);
    let sequences: Vec<(Vec<u32>, u64)> = different.into_iter().map(|(steps, members)| (steps.to_vec(), members)).collect();
    let (k, k_max) = match wanted {
        Wanted::Exactly(k) => (Some(k), k.max(2)),
        Wanted::UpTo(most) => (None, most.max(2)),
    };
    let likeness = runs.map_or(Likeness::Matching, Likeness::Runs);
    let settings = Settings { k, k_max, likeness, variants_max: VARIANTS_MAX, ..Settings::default() };
    let alphabet = names.list().len();
    let found = representatives(&sequences, alphabet, &settings)?;
    let mut notes = Vec::new();
    if !found.tried.is_empty() {
        notes.push(tried("highest silhouette", &found.tried));
    }
    notes.extend(distinct(found.silhouette));
    if found.compared < sequences.len() {
        notes.push(format!(
            "Of {} different journeys, the {} most frequent were compared with each other.",
            sequences.len(),
            found.compared
        ));
    }
    let named =
        |steps: &[u32]| -> Vec<String> { steps.iter().map(|code| names.list().get(*code as usize).cloned().unwrap_or_default()).collect() };
    let around: Vec<Vec<String>> = found.representatives.iter().map(|own| named(&sequences[own.variant].0)).collect();
    let followed = if runs.is_some() { Vec::new() } else { followed(&sequences, &named) };
    let groups = Groups::Journeys { around, runs, followed };
    Ok(Found { groups, notes, kept: Kept::Journeys { sequences, labels: found.groups, alphabet, settings } })
}

/// By group, how much of it is together again around the representatives of journeys that were drawn anew.
fn journeys_again(
    sequences: &[(Vec<u32>, u64)],
    labels: &[u32],
    alphabet: usize,
    settings: &Settings,
    k: usize,
    round: u64,
) -> Option<Vec<Option<f64>>> {
    let mut dice = Chance::of(SEED, round);
    let drawn = sequences.iter().zip(labels).map(|((steps, members), label)| (steps, dice.poisson(*members as f64), *label));
    let drawn: Vec<(&Vec<u32>, u64, u32)> = drawn.filter(|(_, members, _)| *members > 0).collect();
    let settings = Settings { k: Some(k), variants_max: SAMPLED_VARIANTS_MAX.max(k), ..*settings };
    let again: Vec<(Vec<u32>, u64)> = drawn.iter().map(|(steps, members, _)| ((*steps).clone(), *members)).collect();
    let again = representatives(&again, alphabet, &settings).ok()?;
    let (weights, before): (Vec<u64>, Vec<u32>) = drawn.iter().map(|(_, members, label)| (*members, *label)).unzip();
    overlaps(&before, &again.groups, &weights)
}

/// How often one step followed another.
fn followed(sequences: &[(Vec<u32>, u64)], named: &dyn Fn(&[u32]) -> Vec<String>) -> Vec<(String, String, u64)> {
    let mut pairs: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for (steps, members) in sequences {
        steps.windows(2).for_each(|pair| *pairs.entry((pair[0], pair[1])).or_default() += members);
    }
    let name = |code: u32| named(&[code]).concat();
    pairs.into_iter().map(|((a, b), times)| (name(a), name(b), times)).collect()
}
