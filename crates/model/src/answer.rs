//! Answers: data plus how it was computed.
//!
//! Every analysis returns one of few [`View`]s, and everything that draws or prints handles just these: N analyses and
//! M outputs need N + M pieces of code, not N × M.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::measured::MeasuredMap;
use crate::time::Instant;

/// An answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Which analysis answered.
    pub analysis: String,
    /// One sentence for a person: what the data says.
    pub caption: String,
    /// The data.
    pub view: View,
    /// How it was computed.
    pub meta: Meta,
}

/// How an answer was computed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// The question with its defaults filled in.
    pub question: Value,
    /// What is counted, in the plural ("customers").
    pub unit: String,
    /// How it counts, in one sentence.
    pub semantics: String,
    /// The snapshot of the lake that was read.
    pub snapshot: u64,
    /// The time of the newest event in that snapshot.
    pub watermark: Option<Instant>,
    /// Customers whose events were read.
    pub customers: u64,
    /// Events that were read.
    pub events: u64,
    /// How many counted units are too young to have had the full time (right-censored).
    pub immature: u64,
    /// Wall time in milliseconds.
    pub wall_ms: f64,
}

/// The shapes that an answer's data can have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum View {
    /// Rows under typed columns.
    Table(Table),
    /// An ordered list of steps with how many reached each.
    Steps(Steps),
    /// What follows what.
    Graph(Graph),
    /// The most frequent sequences.
    Sequences(Sequences),
    /// The measured journey map.
    Map(Box<MeasuredMap>),
}

/// Rows under typed columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows; each has one cell per column.
    pub rows: Vec<Vec<Value>>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// How its cells are to be read and printed.
    pub kind: ColumnKind,
}

/// How the cells of a column are to be read and printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A count.
    Count,
    /// A number with decimals.
    Number,
    /// A share between 0 and 1, printed in per cent.
    Share,
    /// Seconds, printed as a span such as "2 h 10 min".
    Seconds,
    /// Currency units.
    Money,
    /// A time.
    Time,
}

/// A figure with its 95 % interval and the number of observations behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Observations.
    pub n: u64,
}

/// A funnel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// The steps in order.
    pub steps: Vec<Step>,
}

/// One step of a funnel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// How many reached it (or a later one).
    pub reached: u64,
    /// Share of those who reached the first step; null when nobody did.
    pub from_first: Option<f64>,
    /// Share of those who reached the previous step, with a Wilson interval; null on the first step and when nobody did.
    pub from_previous: Option<Estimate>,
    /// Median seconds from the previous step, among those who reached this one.
    pub median_seconds: Option<f64>,
}

/// A directly-follows graph.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// The nodes, most frequent first.
    pub nodes: Vec<Node>,
    /// The edges, most frequent first.
    pub edges: Vec<Edge>,
    /// How many sequences were counted.
    pub sequences: u64,
}

/// A node of a graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The event's or touchpoint's name.
    pub name: String,
    /// How often it occurred.
    pub count: u64,
    /// In how many sequences it occurred.
    pub sequences: u64,
    /// How many sequences begin with it.
    pub starts: u64,
    /// How many sequences end with it.
    pub ends: u64,
}

/// An edge of a graph: `to` came directly after `from`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Index of the node it leaves.
    pub from: usize,
    /// Index of the node it enters.
    pub to: usize,
    /// How often.
    pub count: u64,
    /// In how many sequences.
    pub sequences: u64,
    /// Mean seconds between the two.
    pub mean_seconds: f64,
    /// Median seconds between the two.
    pub median_seconds: f64,
}

/// The most frequent sequences (variants).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sequences {
    /// The variants, most frequent first.
    pub variants: Vec<Variant>,
    /// How many different ones there are in all.
    pub distinct: u64,
    /// How many sequences were counted.
    pub sequences: u64,
}

/// Sequences that have the same steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// The steps.
    pub steps: Vec<String>,
    /// How many sequences are like this.
    pub count: u64,
    /// Their share of all sequences.
    pub share: f64,
    /// Median seconds from the first to the last step.
    pub median_seconds: f64,
}
