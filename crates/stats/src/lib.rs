//! How sure we are: numbers in, numbers out.
//!
//! Every figure that Periplus shows carries its number of observations and a 95 % interval. This crate computes them:
//! shares and their differences ([`proportion`]), two-by-two tables ([`association`]), means ([`moments`]) and their
//! differences ([`means`]), pairs of numbers ([`pairs`]), survey scores ([`survey`]), quantiles ([`quantiles`]), waiting times of which some are not over
//! ([`survival`]) and what makes them shorter ([`cox`]), figures of everybody from a sample ([`sampling`]), what was to be expected of the next
//! value in a series ([`expected`]), and many tests at once ([`many`]), on the two distributions that they need ([`distribution`]). On them stand
//! [`experiment`]s, [`lifetime`] value, customers in fifths ([`rfm`]), and groups of customers and journeys that are alike ([`cluster`]). From paths of
//! customers ([`paths`]) it says which channels conversions are credited to ([`attribution`]), what would become of the journeys if something
//! changed, and what to do next ([`chain`]).
//!
//! Partial results come from many threads and machines and are merged in any order, so what is merged is integers:
//! [`Moments`], [`Pairs`], [`Quantiles`] and [`Survival`] give bit for bit the same figures however the data was divided.
//!
//! There is no data access here, and no chance but what a seed decides ([`bootstrap`], [`chance`]). To add a method, add a file for it, say in its doc which formula it is
//! and where it is from, and hold it against published values or other people's software in `tests/golden.rs`.

pub mod association;
pub mod attribution;
pub mod bootstrap;
pub mod chain;
pub mod chance;
mod climb;
pub mod cluster;
pub mod cox;
pub mod distribution;
pub mod emotion;
pub mod expected;
pub mod experiment;
pub mod lifetime;
pub mod many;
mod matrix;
pub mod means;
pub mod moments;
pub mod pairs;
pub mod paths;
pub mod proportion;
pub mod quantiles;
pub mod rfm;
pub mod sampling;
mod special;
pub mod survey;
pub mod survival;

pub use association::TwoByTwo;
pub use many::{benjamini_hochberg, holm};
pub use means::{MeansTest, welch};
pub use moments::Moments;
pub use pairs::Pairs;
pub use proportion::{Test, newcombe, two_proportions, wilson};
pub use quantiles::Quantiles;
pub use survey::{ces, csat, nps, nps_difference};
pub use survival::{Survival, log_rank, log_rank_groups};
