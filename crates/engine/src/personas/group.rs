//! To which group a member belongs, by what a place carries and nothing else.

use periplus_stats::cluster::sequences::{Costs, ngrams, optimal_matching};
use serde::{Deserialize, Serialize};

use super::figures::{Reader, Scaled, UNIT};
use super::member::Member;
use crate::columns::Names;

/// No column of a mixture varies less than this, in millionths: one in which a group is all equal would decide alone.
const VARIANCE_MIN: i64 = 100;

/// Groups, as a place carries them. Numbers are whole, so that they survive any reader of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Groups {
    /// Customers by their figures.
    Customers {
        /// The figures.
        columns: Vec<Scaled>,
        /// By group, the means of the columns, in millionths of a standard deviation.
        centres: Vec<Vec<i64>>,
        /// Of a mixture by group, the variances of the columns, in millionths; empty for k-means.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        variances: Vec<Vec<i64>>,
        /// Of a mixture, the share of each group, in millionths.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        shares: Vec<i64>,
    },
    /// Journeys by the representative that they are nearest to.
    Journeys {
        /// The representatives.
        around: Vec<Vec<String>>,
        /// Where the same runs make journeys alike: of up to so many steps.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runs: Option<usize>,
        /// Where the order as a whole does: how often one step followed another.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        followed: Vec<(String, String, u64)>,
    },
}

/// Groups, ready for members.
pub(crate) enum Sorter {
    Customers { reader: Reader, centres: Vec<Vec<i64>>, variances: Vec<Vec<i64>>, shares: Vec<i64> },
    Journeys { around: Vec<Vec<u32>>, alphabet: usize, runs: Option<usize>, costs: Option<Costs> },
}

impl Groups {
    pub(crate) fn len(&self) -> usize {
        match self {
            Groups::Customers { centres, .. } => centres.len(),
            Groups::Journeys { around, .. } => around.len(),
        }
    }

    /// The group of customers with these comparable figures.
    pub(crate) fn nearest_of(&self, row: &[f64]) -> Option<u32> {
        match self {
            Groups::Customers { centres, variances, shares, .. } => nearest(row, centres, variances, shares),
            Groups::Journeys { .. } => None,
        }
    }

    /// Makes them ready. None where they cannot be used.
    pub(crate) fn sorter(&self, names: &Names, known_until: i64) -> Option<Sorter> {
        match self {
            Groups::Customers { columns, centres, variances, shares } => {
                let fits = |rows: &[Vec<i64>]| rows.len() == centres.len() && rows.iter().all(|row| row.len() == columns.len());
                let is_mixture = !variances.is_empty();
                if !fits(centres) || is_mixture && !(fits(variances) && shares.len() == centres.len()) {
                    return None;
                }
                let reader = Reader::carried(columns, names, known_until);
                Some(Sorter::Customers { reader, centres: centres.clone(), variances: variances.clone(), shares: shares.clone() })
            }
            Groups::Journeys { around, runs, followed } => {
                let around: Option<Vec<Vec<u32>>> =
                    around.iter().map(|steps| steps.iter().map(|name| names.code(name)).collect()).collect();
                let alphabet = names.list().len();
                let costs = match runs {
                    Some(_) => None,
                    None => {
                        let pairs: Option<Vec<(Vec<u32>, u64)>> =
                            followed.iter().map(|(a, b, times)| Some((vec![names.code(a)?, names.code(b)?], *times))).collect();
                        Some(Costs::of_transitions(&pairs?, alphabet).ok()?)
                    }
                };
                Some(Sorter::Journeys { around: around?, alphabet, runs: *runs, costs })
            }
        }
    }
}

impl Sorter {
    /// The group of each member; none where there is no telling.
    pub(crate) fn sort<'m>(&self, members: impl Iterator<Item = &'m Member>) -> Vec<Option<u32>> {
        match self {
            Sorter::Customers { reader, centres, variances, shares } => {
                members.map(|member| nearest(&reader.row(member), centres, variances, shares)).collect()
            }
            Sorter::Journeys { around, .. } => {
                let all: Vec<&Member> = members.collect();
                let mut known: std::collections::HashMap<&[u32], Option<u32>> = std::collections::HashMap::new();
                let mut different: Vec<&[u32]> = Vec::new();
                for member in &all {
                    if !known.contains_key(member.steps.as_slice()) {
                        known.insert(&member.steps, None);
                        different.push(&member.steps);
                    }
                }
                // Some at a time: all are compared with all.
                for some in different.chunks(64) {
                    let with: Vec<(Vec<u32>, u64)> =
                        around.iter().cloned().chain(some.iter().map(|steps| steps.to_vec())).map(|steps| (steps, 1)).collect();
                    let Some(distances) = self.distances(&with) else { continue };
                    for (at, steps) in some.iter().enumerate() {
                        let to = |group: &usize| distances.between(around.len() + at, *group);
                        let near = (0..around.len()).min_by(|a, b| to(a).total_cmp(&to(b)));
                        known.insert(*steps, near.map(|near| near as u32));
                    }
                }
                all.iter().map(|member| known.get(member.steps.as_slice()).copied().flatten()).collect()
            }
        }
    }

    fn distances(&self, sequences: &[(Vec<u32>, u64)]) -> Option<periplus_stats::cluster::Distances> {
        match self {
            Sorter::Customers { .. } => None,
            Sorter::Journeys { costs: Some(costs), .. } => optimal_matching(sequences, costs).ok(),
            Sorter::Journeys { alphabet, runs, .. } => ngrams(sequences, *alphabet, (*runs)?).ok(),
        }
    }
}

/// The nearest mean; of a mixture, the group that a row most probably belongs to.
fn nearest(row: &[f64], centres: &[Vec<i64>], variances: &[Vec<i64>], shares: &[i64]) -> Option<u32> {
    let off = |group: usize| -> f64 {
        let squares = row.iter().zip(&centres[group]).map(|(value, mean)| {
            let apart = value - *mean as f64 / UNIT;
            apart * apart
        });
        match variances.get(group) {
            None => squares.sum(),
            // −2 ln of the density, without what all have in common.
            Some(variances) => {
                let share = shares.get(group).copied().unwrap_or(1).max(1) as f64 / UNIT;
                let own = squares.zip(variances).map(|(square, variance)| {
                    let variance = (*variance).max(VARIANCE_MIN) as f64 / UNIT;
                    variance.ln() + square / variance
                });
                own.sum::<f64>() - 2.0 * share.ln()
            }
        }
    };
    (0..centres.len())
        .map(|group| (off(group), group as u32))
        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
        .map(|(_, group)| group)
}
