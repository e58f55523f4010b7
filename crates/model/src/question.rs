//! What every question has in common.

use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::time::{Instant, Span};

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
    /// The time zone in which days, weeks and months begin, such as `Europe/Vienna`; UTC when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The day on which weeks begin; Monday when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub week_start: Option<Weekday>,
    /// Only customers who meet this condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<Condition>,
    /// Only events that meet this condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Condition>,
    /// What is counted: customers when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// The same question for each value of these, beside the answer for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breakdown: Vec<Breakdown>,
    /// How many groups of the breakdown are shown, the largest first; 10 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<usize>,
    /// The same question for another period or segment, beside this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
    /// Only this share of the customers (0 to 1), drawn blindly: faster, and as exact as the intervals say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<f64>,
}

/// What an analysis counts and within what it looks for sequences.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Each customer's whole journey in the period.
    #[default]
    Customer,
    /// Each session: a gap of more than 30 minutes, or 24 hours since its start, begins a new one.
    Session,
    /// Each household: customers with the same trait `household` together, others by themselves.
    Household,
    /// Whatever has the same value of this property, such as an order or an account, whoever did it.
    Id(String),
}

impl Unit {
    /// The word for several of them.
    pub fn plural(&self) -> &str {
        match self {
            Unit::Customer => "customers",
            Unit::Session => "sessions",
            Unit::Household => "households",
            Unit::Id(property) => property,
        }
    }
}

/// By what an answer is broken down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Breakdown {
    /// A trait of the customer.
    Trait(String),
    /// A property of an event: of the first that has it, or of which one.
    Property(Property),
    /// The channel of the event, and of which event.
    Channel(Of),
    /// The name of the event, and of which event.
    Event(Of),
    /// Segments by name; a customer may belong to several.
    Segments(std::collections::BTreeMap<String, Condition>),
    /// When the customer's (or session's) first event in the period was.
    First(Interval),
}

/// A property of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Property {
    /// Of the first event that has it.
    First(String),
    /// Of which event.
    Of {
        /// The property.
        name: String,
        /// The event.
        of: Of,
    },
}

impl Property {
    /// Its name, and of which event.
    pub fn parts(&self) -> (&str, Of) {
        match self {
            Property::First(name) => (name, Of::First),
            Property::Of { name, of } => (name, *of),
        }
    }
}

/// Which event a breakdown looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// The first event that has a value.
    #[default]
    First,
    /// The last event that has a value.
    Last,
    /// Every event: only events with the same value count together, and a customer may be in several groups.
    Each,
    /// The event that was the n-th step (from 1), of analyses that have steps.
    Step(u32),
}

/// What an answer is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Compare {
    /// The period of the same length right before.
    Previous,
    /// The same period so much earlier.
    Earlier(Span),
    /// Another period.
    Period {
        /// Its start.
        from: Instant,
        /// Its end, exclusive.
        to: Instant,
    },
    /// Another segment in the same period.
    Segment(Condition),
}

/// A stretch of the calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "everybody knows them")]
pub enum Interval {
    Hour,
    #[default]
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "everybody knows them")]
pub enum Weekday {
    #[default]
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}
