//! Answers: data plus how it was computed.
//!
//! Every analysis returns one of few [`View`]s, and everything that draws or prints handles just these: N analyses and
//! M outputs need N + M pieces of code, not N × M.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::comments::Comments;
use crate::finding::Findings;
use crate::kpis::Kpis;
use crate::measured::MeasuredMap;
use crate::question::Interval;
use crate::time::Instant;

/// An answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Answer {
    /// Which analysis answered.
    pub analysis: String,
    /// One sentence for a person: what the data says.
    pub caption: String,
    /// The data.
    pub view: View,
    /// The same for each group of the breakdown, the largest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Slice>,
    /// The same for the period or segment that it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Slice>,
    /// How it was computed.
    pub meta: Meta,
}

/// The same question answered for some: a group of the breakdown, or the other side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Slice {
    /// Who or what it is; the values of a group, one per breakdown.
    pub name: Vec<String>,
    /// One sentence for a person.
    pub caption: String,
    /// How many were counted.
    pub units: u64,
    /// The data.
    pub view: View,
    /// How its leading figures differ: a group's from all others', the other side's from the answer's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// How one figure differs between two groups of people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Difference {
    /// Which figure.
    pub figure: String,
    /// How it is to be read.
    pub kind: ColumnKind,
    /// Here.
    pub here: f64,
    /// There: of all others, or of what it is compared with.
    pub there: f64,
    /// Here minus there, with its 95 % interval.
    pub difference: Estimate,
    /// How probable so large a difference would be by chance, corrected for all that were looked at in this answer
    /// (Benjamini and Hochberg).
    pub p: f64,
}

/// The people behind a count of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct People {
    /// Which count: a place of the answer.
    pub place: Value,
    /// How many there are: the count.
    pub total: u64,
    /// Some of them, in the order of their keys.
    pub people: Vec<Person>,
}

/// One of those who were counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Person {
    /// The customer's key (or of whatever was counted).
    pub key: i64,
    /// What the customer is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// How often it was counted: more than once where journeys or attempts are counted.
    pub times: u64,
    /// The first event that was counted.
    pub first: Instant,
    /// The last event that was counted.
    pub last: Instant,
    /// How many events.
    pub events: u64,
}

/// How an answer was computed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
    /// The share of customers that were drawn, if not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<f64>,
    /// What the reader should know before trusting it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Wall time in milliseconds.
    pub wall_ms: f64,
}

/// The shapes that an answer's data can have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
    /// Lines over time or over another axis.
    Series(Series),
    /// Cohorts, and how many of each were there after each interval.
    Cohorts(Cohorts),
    /// Which ways were gone, step by step.
    Paths(Paths),
    /// The measured journey map.
    Map(Box<MeasuredMap>),
    /// Pains and delights.
    Findings(Box<Findings>),
    /// Key figures.
    Kpis(Box<Kpis>),
    /// What customers say.
    Comments(Box<Comments>),
}

/// Lines over one axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Series {
    /// What is across.
    pub axis: Axis,
    /// The lines.
    pub lines: Vec<Line>,
    /// How they are to be drawn.
    pub style: SeriesStyle,
    /// From this point on, time is not over yet: figures will still grow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfinished_from: Option<usize>,
}

/// What is across.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Stretches of the calendar: when each begins, and what it is called in the question's time zone.
    Calendar {
        /// Their length.
        interval: Interval,
        /// When each begins.
        starts: Vec<Instant>,
        /// What each is called.
        labels: Vec<String>,
    },
    /// Lengths of time in seconds: the upper end of each point.
    Seconds(Vec<f64>),
    /// Numbers.
    Numbers(Vec<f64>),
    /// Names.
    Names(Vec<String>),
}

impl Axis {
    /// How many points it has.
    pub fn len(&self) -> usize {
        match self {
            Axis::Calendar { starts, .. } => starts.len(),
            Axis::Seconds(ends) => ends.len(),
            Axis::Numbers(numbers) => numbers.len(),
            Axis::Names(names) => names.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One line of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Line {
    /// What it shows.
    pub name: String,
    /// How its values are to be read.
    pub kind: ColumnKind,
    /// A value per point of the axis; null where there is none.
    pub values: Vec<Option<f64>>,
    /// The 95 % intervals, if they make sense: none, or one per value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intervals: Vec<Option<(f64, f64)>>,
    /// How many observations each value rests on, if that is not what it says itself: none, or one per value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub n: Vec<u64>,
}

impl Line {
    /// Values that speak for themselves.
    pub fn plain(name: impl Into<String>, kind: ColumnKind, values: Vec<Option<f64>>) -> Line {
        Line { name: name.into(), kind, values, intervals: Vec::new(), n: Vec::new() }
    }

    /// Estimates, with their intervals and the number of observations of each.
    pub fn estimated(name: impl Into<String>, kind: ColumnKind, estimates: &[Option<Estimate>]) -> Line {
        Line {
            name: name.into(),
            kind,
            values: estimates.iter().map(|told| told.map(|told| told.value)).collect(),
            intervals: estimates.iter().map(|told| told.map(|told| (told.low, told.high))).collect(),
            n: estimates.iter().map(|told| told.map_or(0, |told| told.n)).collect(),
        }
    }
}

/// How a series is to be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SeriesStyle {
    /// Lines.
    #[default]
    Lines,
    /// Bars beside each other.
    Bars,
    /// Bars on top of each other; negative ones below the axis.
    Stacked,
    /// Lines that fall or rise in steps (survival curves).
    Steps,
}

/// Cohorts, and how many of each were there after each interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Cohorts {
    /// What the rows are ("week of the first order").
    pub by: String,
    /// What the columns are ("weeks after").
    pub after: String,
    /// The headings of the columns.
    pub intervals: Vec<String>,
    /// The cohorts.
    pub rows: Vec<Cohort>,
    /// All of them together.
    pub overall: Cohort,
}

/// One cohort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Cohort {
    /// What it is called.
    pub name: String,
    /// How many belong to it.
    pub size: u64,
    /// One per interval.
    pub cells: Vec<CohortCell>,
}

/// How many of a cohort were there in an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CohortCell {
    /// How many came back.
    pub count: u64,
    /// Of those for whom the interval is over, the share, with its interval; null when it is over for nobody.
    pub share: Option<Estimate>,
    /// Whether the interval is over for the whole cohort.
    pub finished: bool,
}

/// Which ways were gone, step by step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Paths {
    /// The places, step by step, the most frequent of each step first.
    pub nodes: Vec<PathNode>,
    /// What led to what.
    pub links: Vec<PathLink>,
    /// How many paths were counted.
    pub paths: u64,
    /// How many steps are shown at most.
    pub steps: usize,
}

/// A place on the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PathNode {
    /// Which step, from 0.
    pub step: usize,
    /// The event or touchpoint.
    pub name: String,
    /// How many paths are here at this step.
    pub count: u64,
    /// How many end here: nothing came afterwards.
    pub ends: u64,
    /// How many go on beyond the last step that is shown, or to a place that is not shown.
    pub beyond: u64,
}

/// What led to what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PathLink {
    /// The index of the node it leaves.
    pub from: usize,
    /// The index of the node it enters, one step later.
    pub to: usize,
    /// How many paths.
    pub count: u64,
    /// Median seconds between the two.
    pub median_seconds: f64,
}

/// Rows under typed columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows; each has one cell per column.
    pub rows: Vec<Vec<Value>>,
    /// The cells that are a number of people, or their share, and where these are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Counted>,
}

/// A cell of a table that is a number of people, or their share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Counted {
    /// The row, from 0.
    pub row: usize,
    /// The column, from 0.
    pub column: usize,
    /// The place of the answer at which they are, as the analysis writes it.
    pub place: Value,
}

impl Table {
    /// Rows under columns, none of which opens people.
    pub fn new(columns: Vec<Column>, rows: Vec<Vec<Value>>) -> Table {
        Table { columns, rows, people: Vec::new() }
    }

    /// The same columns without rows.
    #[must_use]
    pub fn emptied(self) -> Table {
        Table::new(self.columns, Vec::new())
    }

    /// Says of a column that its cells are numbers of people, or shares of them, and at which place of each row (from 0, with its
    /// cells) they are, where that can be said. Cells that count nobody have none.
    #[must_use]
    pub fn counting<P: Serialize>(mut self, column: usize, place: impl Fn(usize, &[Value]) -> Option<P>) -> Table {
        for (row, cells) in self.rows.iter().enumerate() {
            let somebody = cells.get(column).and_then(Value::as_f64).is_some_and(|count| count > 0.0);
            let place = place(row, cells).filter(|_| somebody).and_then(|place| serde_json::to_value(place).ok());
            self.people.extend(place.map(|place| Counted { row, column, place }));
        }
        self
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// How its cells are to be read and printed.
    pub kind: ColumnKind,
}

impl Column {
    /// A column with this heading.
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Column {
        Column { name: name.into(), kind }
    }
}

/// How the cells of a column are to be read and printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Steps {
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Share of those who did the first step that did the last; null when nobody did the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Estimate>,
    /// How long the whole way took, among those who went it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeToConvert>,
    /// How many are not counted because something happened in between that the question excludes.
    #[serde(default)]
    pub excluded: u64,
}

/// How long it took to get from the first step to the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TimeToConvert {
    /// Median seconds, among those who converted.
    pub median_seconds: f64,
    /// Nine of ten who converted were at most this long on their way.
    pub p90_seconds: f64,
    /// When half of all who entered will have converted (Kaplan and Meier), counting those who have not yet as open; null
    /// when it never comes to half.
    pub half_of_all_seconds: Option<f64>,
}

/// One step of a funnel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
    /// Nine of ten of them took at most so many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_seconds: Option<f64>,
    /// How many got this far and no further.
    #[serde(default)]
    pub stopped: u64,
    /// Whether the step may be left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// A directly-follows graph.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Edge {
    /// Index of the node it leaves.
    pub from: usize,
    /// Index of the node it enters.
    pub to: usize,
    /// How often.
    pub count: u64,
    /// In how many sequences.
    pub sequences: u64,
    /// Mean seconds between the two; null when times were not asked for.
    pub mean_seconds: Option<f64>,
    /// Median seconds between the two; null when times were not asked for.
    pub median_seconds: Option<f64>,
}

/// The most frequent sequences (variants).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
