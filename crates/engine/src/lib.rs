//! The engine: questions over the lake.
//!
//! The parts of the lake are sorted by customer, so every journey question is one linear pass: [`scan`] streams whole
//! customers out of the parts, seen through a [`lens::Lens`] that says what a kernel needs to know of each event (a
//! code, a few bits, a few numbers); an analysis folds customers into a tally of its own; the tallies of all threads are
//! merged, in whatever order, and become an [`Answer`].
//!
//! To add an analysis: write one file in `analyses/` with a type that implements `Kind` (see `kind.rs`: how a question
//! becomes a plan, how one customer counts, what the sum says), and add it to [`ANALYSES`]. Groups, comparisons, samples,
//! the people behind every count, the command line, its help and its `--schema` follow from there.

mod about;
pub mod analyses;
mod asked;
mod asking;
mod calendar;
pub mod catalogue;
mod columns;
mod comments;
mod design;
mod edits;
mod entries;
mod findings;
mod formula;
mod grid;
mod groups;
mod journeys;
mod kind;
mod kpis;
pub mod lens;
mod measure;
mod personas;
pub mod profile;
pub mod responses;
mod said;
pub mod scan;
mod segment;
mod select;
mod steps;
mod stretch;
mod traits;
mod units;
mod watch;
mod ways;
mod whole;
mod work;
mod worth;

use periplus_lake::{Lake, LakeError};
use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, People};
use periplus_model::parts::Snapshot;
use serde_json::Value;

pub use analyses::ANALYSES;
pub use columns::{Columns, Names};
pub use watch::Watch;
pub use work::{Bench, Elsewhere, Work};

/// What a question is asked of: one version of the lake, and the journey map if the question needs one.
pub struct Desk<'a> {
    /// The lake.
    pub lake: &'a Lake,
    /// The version of it.
    pub snapshot: &'a Snapshot,
    /// The journey map.
    pub map: Option<&'a JourneyMap>,
    /// What is kept in memory of the lake.
    pub columns: &'a Columns,
    /// Who watches over the question.
    pub watch: &'a Watch,
    /// How many threads to use.
    pub threads: usize,
    /// Which share of the work is this desk's.
    pub share: Share,
    /// Other machines that do the counting instead of this one, if there are any.
    pub elsewhere: Option<&'a dyn Elsewhere>,
    /// Milliseconds since some moment: a stopwatch, not a clock.
    pub stopwatch: &'a (dyn Fn() -> f64 + Sync),
}

/// Which of the ranges of keys are one desk's: every `of`-th, beginning with `number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which one, from 0.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

impl Share {
    /// Everything.
    pub const ALL: Share = Share { number: 0, of: 1 };

    fn has(self, range: usize) -> bool {
        range % self.of.max(1) == self.number
    }
}

/// A kind of question.
pub trait Analysis: Sync {
    /// Its name on the command line and in addresses.
    fn name(&self) -> &'static str;
    /// What it answers, in one sentence.
    fn about(&self) -> &'static str;
    /// A question to start from.
    fn example(&self) -> Value;
    /// The JSON schema of its questions.
    fn schema(&self) -> Value;
    /// The JSON schema of the places of its answers where people are counted.
    fn place_schema(&self) -> Value;
    /// Whether it needs a journey map.
    fn needs_map(&self) -> bool;
    /// Answers a question.
    ///
    /// # Errors
    /// When the question is wrong or the lake cannot be read.
    fn answer(&self, question: &Value, desk: &Desk<'_>) -> Result<Answer, EngineError>;
    /// The people behind one count of the answer: as many as the count, of whom `at_most` are listed.
    ///
    /// # Errors
    /// When the question or the place is wrong or the lake cannot be read.
    fn people(&self, question: &Value, place: &Value, at_most: usize, desk: &Desk<'_>) -> Result<People, EngineError>;
    /// Every place of the answer where people are counted, and the count.
    ///
    /// # Errors
    /// When the question is wrong or the lake cannot be read.
    fn places(&self, question: &Value, desk: &Desk<'_>) -> Result<Vec<(Value, u64)>, EngineError>;
    /// What this desk's share of the counting comes to, in bytes that [`Analysis::answer`] and [`Analysis::places`] of a desk
    /// with helpers [`Elsewhere`] understand.
    ///
    /// # Errors
    /// When the question is wrong or the lake cannot be read.
    fn count(&self, question: &Value, desk: &Desk<'_>) -> Result<Vec<u8>, EngineError>;
}

/// What can go wrong with a question.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// There is no analysis of that name.
    #[error("there is no analysis '{name}'; there are {}", ANALYSES.iter().map(|a| a.name()).collect::<Vec<_>>().join(", "))]
    Unknown {
        /// The name that was asked for.
        name: String,
    },
    /// The question cannot be understood.
    #[error("the question is wrong: {0}")]
    Question(String),
    /// The question needs a journey map.
    #[error(
        "this question speaks of stages or touchpoints and needs a journey map: give one with --map FILE (draft one with `periplus map propose`)"
    )]
    NoMap,
    /// Whoever asked does not wait any longer.
    #[error("the question was cancelled")]
    Cancelled,
    /// It took too long.
    #[error("the question took longer than it may; ask for a shorter period, a segment or a \"sample\"")]
    TooSlow,
    /// The partial states grew too large.
    #[error("the question needs more memory than it may; ask for fewer different values (a filter, a shorter period, a \"sample\")")]
    TooLarge,
    /// A partial result of another machine cannot be understood.
    #[error("a partial result cannot be understood ({0}); all machines must run the same version")]
    Partial(String),
    /// Other machines could not count all shares.
    #[error("the cluster could not answer: {0}")]
    Elsewhere(String),
    /// The lake cannot be read.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A part has other columns or types than it should.
    #[error("part {0} does not have the columns it should; restore it from a backup")]
    Columns(String),
}

/// The analysis of that name.
///
/// # Errors
/// When there is none.
pub fn analysis(name: &str) -> Result<&'static dyn Analysis, EngineError> {
    ANALYSES.iter().copied().find(|a| a.name() == name).ok_or_else(|| EngineError::Unknown { name: name.to_owned() })
}
