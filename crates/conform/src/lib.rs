//! Does what customers did fit what was designed?
//!
//! A designed journey is a labelled Petri net ([`net`]): it is read from PNML or BPMN, made from the stages of a journey map,
//! or discovered from what customers did ([`discover`]). What customers did is a [`Log`]: sequences of activities, each with how
//! many customers had it. [`replay`](mod@replay) plays each sequence as tokens on the net and counts what was missing and what was left;
//! [`align`](mod@align) finds for each the nearest run of the net, and so says what was skipped, what was added, where, and by how many.
//!
//! There is no data access here, no clock and no chance; the same input gives the same answer. What is read comes from
//! strangers: everything has a limit, and nothing is expanded. To add a format of models, add a file to `net` that ends in
//! [`Net::new`]; to add a measure, a file that takes a [`Net`] and a [`Log`].

pub mod align;
pub mod discover;
mod error;
mod log;
pub mod net;
pub mod replay;

pub use align::{Aligner, Alignments, Deviation, align};
pub use discover::discover;
pub use error::Error;
pub use log::{Log, Variant};
pub use net::Net;
pub use replay::{Replay, replay};
