//! Groups of customers and of journeys that are alike.
//!
//! Customers are rows of figures ([`Table`]): [`fn@kmeans`] and [`fn@mixture`] group them, [`choose`] says how many groups there are,
//! [`stability`] whether they would come out again, and [`apart`] what sets each group apart. Journeys are sequences: [`sequences`]
//! says how far they are from each other, [`hierarchy`] and [`medoids`] group by distances alone, and [`journeys`] puts them together
//! to a few representative journeys.
//!
//! Chance is an argument: a seed. The same seed and the same rows give the same groups on every machine. Groups are
//! numbered from the largest to the smallest.

pub mod apart;
pub mod choose;
mod distances;
pub mod hierarchy;
pub mod journeys;
pub mod kmeans;
pub mod medoids;
pub mod mixture;
pub mod sequences;
pub mod stability;
mod table;

use thiserror::Error;

pub use apart::{Category, Feature, categories, features};
pub use choose::{Choice, Score, best_k, silhouette};
pub use distances::Distances;
pub use journeys::{Journeys, Representative, representatives};
pub use kmeans::{KMeans, kmeans};
pub use mixture::{Mixture, mixture};
pub use stability::{adjusted_rand, stability};
pub use table::{Scale, Table};

/// Why there are no groups.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Error {
    /// Nothing to group.
    #[error("there is nothing to group: choose a longer period or a larger segment")]
    Empty,
    /// Rows of different lengths.
    #[error("row {row} has {found} values instead of {expected}")]
    Shape {
        /// Which row, from 0.
        row: usize,
        /// How many values it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A value that is no number, or infinite, or (with a logarithm) at most −1.
    #[error("row {row}, column {column}: {value} cannot be used; leave such rows out or fill them in")]
    Value {
        /// Which row, from 0.
        row: usize,
        /// Which column, from 0.
        column: usize,
        /// The value.
        value: f64,
    },
    /// More groups than different rows.
    #[error("{k} groups were asked for, and there are only {different} different rows; ask for fewer")]
    TooFew {
        /// Groups.
        k: usize,
        /// Different rows.
        different: usize,
    },
    /// More than can be handled.
    #[error("{what}: {found}, and at most {most} can be grouped; take a sample")]
    TooMany {
        /// Of what there is too much.
        what: &'static str,
        /// How much there is.
        found: usize,
        /// How much there may be.
        most: usize,
    },
    /// A setting that makes no sense.
    #[error("{0}")]
    Setting(&'static str),
}

/// Numbers groups anew, the largest (by weight) first; of equal ones the one with the earlier first row. Gives the new number of each old one.
fn largest_first(groups: &mut [u32], k: usize, weight: impl Fn(usize) -> u64) -> Vec<usize> {
    let mut sizes = vec![(0u64, usize::MAX); k];
    for (row, group) in groups.iter().enumerate() {
        let size = &mut sizes[*group as usize];
        size.0 = size.0.saturating_add(weight(row));
        size.1 = size.1.min(row);
    }
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by_key(|group| (std::cmp::Reverse(sizes[*group].0), sizes[*group].1));
    let mut new = vec![0; k];
    order.iter().enumerate().for_each(|(number, group)| new[*group] = number);
    groups.iter_mut().for_each(|group| *group = new[*group as usize] as u32);
    new
}
