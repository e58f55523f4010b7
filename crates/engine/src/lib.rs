//! The engine: questions over the lake.
//!
//! The parts of the lake are sorted by customer, so every journey question is one linear pass: [`scan`] streams whole
//! customers out of the parts, seen through a [`lens::Lens`] that says what a kernel needs to know of each event (a
//! code, a few bits, a few numbers); an analysis folds customers into a state of its own; the states of all threads are
//! merged, in whatever order, and become an [`Answer`].
//!
//! To add an analysis: write one file in `analyses/` with a type that implements [`Analysis`], and add it to
//! [`ANALYSES`]. The command line, its help and its `--schema` follow from there.

pub mod analyses;
mod asked;
pub mod lens;
pub mod measure;
pub mod profile;
pub mod scan;
mod segment;
mod signals;

use periplus_lake::{Lake, LakeError};
use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, Meta, View};
use periplus_model::parts::{PartTable, Snapshot};
use periplus_model::time::Instant;
use serde_json::Value;

pub use analyses::ANALYSES;

/// What a question is asked of: one version of the lake, and the journey map if the question needs one.
pub struct Desk<'a> {
    /// The lake.
    pub lake: &'a Lake,
    /// The version of it.
    pub snapshot: &'a Snapshot,
    /// The journey map.
    pub map: Option<&'a JourneyMap>,
    /// How many threads to use.
    pub threads: usize,
    /// Milliseconds since some moment: a stopwatch, not a clock.
    pub stopwatch: &'a (dyn Fn() -> f64 + Sync),
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
    /// Whether it needs a journey map.
    fn needs_map(&self) -> bool {
        false
    }
    /// Answers a question.
    ///
    /// # Errors
    /// When the question is wrong or the lake cannot be read.
    fn answer(&self, question: &Value, desk: &Desk<'_>) -> Result<Answer, EngineError>;
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

/// Puts an answer together.
pub(crate) struct Telling<'a> {
    pub(crate) analysis: &'a dyn Analysis,
    pub(crate) question: Value,
    pub(crate) unit: &'a str,
    pub(crate) semantics: &'a str,
    pub(crate) caption: String,
    pub(crate) totals: scan::Totals,
    pub(crate) immature: u64,
    pub(crate) started: f64,
}

impl Telling<'_> {
    pub(crate) fn answer(self, desk: &Desk<'_>, view: View) -> Answer {
        let watermark = desk.snapshot.of(PartTable::Events).map(|part| part.time_max).max().map(Instant);
        Answer {
            analysis: self.analysis.name().to_owned(),
            caption: self.caption,
            view,
            meta: Meta {
                question: self.question,
                unit: self.unit.to_owned(),
                semantics: self.semantics.to_owned(),
                snapshot: desk.snapshot.id,
                watermark,
                customers: self.totals.customers,
                events: self.totals.events,
                immature: self.immature,
                wall_ms: (desk.stopwatch)() - self.started,
            },
        }
    }
}
