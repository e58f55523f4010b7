//! Journey maps as files.
//!
//! A journey map is one YAML file that a team writes by hand, keeps in git and edits in the UI: stages, touchpoints and
//! the conditions that map events to them, personas, scores, key figures, owners and hypotheses ([`JourneyMap`]).
//! This crate reads it ([`parse`], [`check`]), naming *every* problem with its line and column; writes it in one
//! canonical form ([`print()`]); says in words what changed between two versions ([`diff`]); publishes its JSON schema
//! ([`schema`]); and drafts a first map from what the data looks like ([`propose`]) and a [`Template`] of stages.
//!
//! Reading goes in three steps, and each finds its own kind of problem: `locate` turns the text into a tree
//! of values that know where they stand, the tree is held against the schema that the types generate, and the typed
//! map goes through one list of checks. A field is therefore described once, as a documented field of a type.
//!
//! Comments in a file are not data and are not kept by [`print()`]: a tool that changes a map rewrites the file without
//! them. What should survive belongs into a field (`about`, `goal`, `hypotheses`).
//!
//! **To add one more:** a field: a documented field in `journey_map.rs`, and a default. A check: one function and one
//! line in `check::CHECKS`. A known event: one line in `vocabulary.rs`. A set of stages: one entry in `templates.rs`.

mod check;
mod diff;
mod journey_map;
mod locate;
mod parse;
mod print;
mod problem;
mod propose;
mod templates;
mod vocabulary;

pub use diff::{Change, diff};
pub use journey_map::{
    Evidence, Hypothesis, JourneyMap, JourneyRule, Kpi, KpiKind, Period, Persona, Review, Score, Stage, Target, Touchpoint,
};
pub use parse::{check, parse};
pub use print::print;
pub use problem::{Problem, Severity};
pub use propose::{DataProfile, EventProfile, KindProfile, NumberProfile, Proposal, TraitProfile, propose};
pub use templates::{TEMPLATES, Template, TemplateStage};
pub use vocabulary::Phase;

/// The JSON schema of a journey map file, generated from the types; editors use it to complete and explain.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(JourneyMap).to_value()
}
