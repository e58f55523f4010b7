//! What every question has in common.

use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::time::Instant;

/// The part that all questions share; each analysis adds its own settings beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Common {
    /// Only events at or after this time; of a map, its period when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// Only events before this time; of a map, its period when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Instant>,
    /// Only customers who meet this condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<Condition>,
    /// Only events that meet this condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Condition>,
}

/// What an analysis counts and within what it looks for sequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Each customer's whole journey in the period.
    #[default]
    Customer,
    /// Each session: a gap of more than 30 minutes, or 24 hours since its start, begins a new one.
    Session,
}

impl Unit {
    /// The word for several of them.
    pub fn plural(self) -> &'static str {
        match self {
            Unit::Customer => "customers",
            Unit::Session => "sessions",
        }
    }
}
