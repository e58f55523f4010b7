//! Who is who: from identifiers that were seen together to customers.
//!
//! A visitor browses on a phone, logs in on a laptop, shows a loyalty card in the shop. Each source knows the person by
//! another identifier, and now and then two of them are seen together: that is a *link*, the only evidence there is.
//! This crate turns links into customers:
//!
//! 1. [`Graph`] holds identifiers, links, and the vetoes of people who said "these two are different persons";
//! 2. [`Rules`] say which kinds of identifier are stronger, how many of each one customer may have, and how far back an
//!    anonymous identifier counts;
//! 3. [`resolve`] gives every identifier its customer, and every link its [`Outcome`];
//! 4. [`explain`] tells why two identifiers are one person, [`changes`] what a new resolution changes (for an append-only
//!    ledger), and [`score`] how good a resolution is where the truth is known.
//!
//! The result is a function of the *set* of links. The order in which they arrived, or how they were batched, never
//! matters: links are always weighed in one canonical order (see [`resolve()`]), so everybody gets the same customers from
//! the same evidence, and taking a link or a veto back gives exactly the customers there would have been without it.
//!
//! Nothing here reads files or clocks, and nothing is ever merged for good. To add a rule, add a field to [`Rules`],
//! refuse in `resolve.rs` with a [`Why`] of its own, and repeat the rule, written differently, in the oracle of
//! `tests/oracle.rs`.

mod changes;
mod explain;
mod graph;
pub mod groups;
mod resolve;
mod rules;
pub mod score;

pub use changes::{Change, ChangeKind, changes};
pub use explain::{Refused, Step, explain, refusals};
pub use graph::{ALWAYS, Graph, GraphError, Link, NodeId};
pub use resolve::{Assignment, Customer, Outcome, Resolution, Why, resolve};
pub use rules::{LimitRule, Rules};
