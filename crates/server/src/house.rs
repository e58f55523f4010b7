//! What the server needs of a workspace.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use periplus_model::answer::People;
use periplus_model::{Answer, Instant};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::errand::Errand;
use crate::live::Seen;
use crate::question::Light;

/// A workspace, as the server sees it. Calls may block: the server makes them on threads of their own, few at a time.
///
/// Ids, names and questions come from the address or body of a request as they are: take them for hostile.
pub trait House: Send + Sync + 'static {
    /// The workspace's name, for headings.
    fn title(&self) -> String;
    /// Its journey maps, in the order in which they are to be listed.
    ///
    /// # Errors
    /// When they cannot be read.
    fn maps(&self) -> Result<Vec<MapEntry>, Refusal>;
    /// A map with its measurements: an answer whose view is `View::Map`.
    ///
    /// # Errors
    /// [`RefusalKind::NotFound`] when there is no such map; others when it cannot be measured.
    fn measured(&self, id: &str) -> Result<Answer, Refusal>;
    /// The analyses that can be asked.
    fn analyses(&self) -> Vec<AnalysisEntry>;
    /// Answers a question.
    ///
    /// # Errors
    /// [`RefusalKind::NotFound`] when there is no such analysis or map, [`RefusalKind::Invalid`] when the question is
    /// wrong.
    fn ask(&self, asked: &Asked<'_>) -> Result<Answer, Refusal>;
    /// The people behind one count of the answer to a question, of whom `at_most` are listed.
    ///
    /// # Errors
    /// As for [`House::ask`]; [`RefusalKind::Invalid`] also when the answer has no such place.
    fn people(&self, asked: &Asked<'_>, place: &Value, at_most: usize) -> Result<People, Refusal>;
    /// The customers with an identifier (`kind:value`, or a value of whatever kind), now or as of a time: who they are and why, the
    /// ledger, traits and the journey. Nobody is an empty list.
    ///
    /// # Errors
    /// When there is no version of that time, or the data cannot be read.
    fn customers(&self, id: &str, as_of: Option<Instant>) -> Result<Vec<Value>, Refusal>;
    /// Changes something about customers, and answers what it did.
    ///
    /// # Errors
    /// [`RefusalKind::Forbidden`] where nobody may over the network; others when it makes no sense.
    fn change(&self, change: &Change) -> Result<Value, Refusal>;
    /// Does something beside answering questions, and says what it did. `gone` is set when nobody waits any more.
    ///
    /// # Errors
    /// Of every kind.
    fn run(&self, errand: Errand, gone: &Arc<AtomicBool>) -> Result<Value, Refusal>;
    /// Where a file that somebody sends is to be written, and the name that it has from then on.
    ///
    /// # Errors
    /// [`RefusalKind::Forbidden`] where nobody may import over the network.
    fn upload(&self, name: &str) -> Result<(String, PathBuf), Refusal>;
    /// How far the question of this token has come: rows read, of how many. None when it is not being answered.
    fn progress(&self, token: &str) -> Option<(u64, u64)>;
    /// What differs whenever somebody may have to look again. Must be quick.
    fn signs(&self) -> Value;
    /// A map as it was given away by a link, and whom it shows.
    ///
    /// # Errors
    /// [`RefusalKind::NotFound`] when it was taken back.
    fn shared(&self, token: &str) -> Result<Shared, Refusal>;
    /// What arrived since somebody looked last; nothing when nothing is collected here.
    fn live(&self, after: Option<u64>) -> Option<Seen>;
    /// How the workspace is doing, as an object for monitoring. Must be quick: it is asked even while all else waits.
    fn health(&self) -> Value;
    /// The figures of monitoring. As quick as [`House::health`].
    fn metrics(&self) -> Vec<Metric> {
        Vec::new()
    }
}

/// What somebody wants changed about customers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Two identifiers are different persons, from now on: takes a merge back.
    Apart {
        /// The one, `kind:value`.
        one: String,
        /// The other.
        other: String,
        /// Why, for the ledger.
        #[serde(default)]
        because: String,
    },
    /// Two identifiers may be the same person again.
    Together {
        /// The one, `kind:value`.
        one: String,
        /// The other.
        other: String,
    },
    /// Somebody vanishes.
    Erase {
        /// An identifier.
        id: String,
        /// Why, for the list of erasures.
        #[serde(default)]
        because: String,
    },
}

/// A map that was given away.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The measured map.
    pub answer: Answer,
    /// The id of the group of customers that is shown.
    pub group: Option<String>,
    /// The one beside it.
    pub beside: Option<String>,
}

/// A figure of monitoring.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its name, which ends in `_total` when it only ever grows.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub about: &'static str,
    /// Its values, each with the value of the label, where there is one.
    pub values: Vec<(Option<String>, f64)>,
    /// The label that tells values apart.
    pub label: &'static str,
}

/// A question of an analysis.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The analysis.
    pub analysis: &'a str,
    /// The question.
    pub question: &'a Value,
    /// The id of the map in whose light it is asked, where it speaks of stages or touchpoints.
    pub map: Option<&'a Light>,
    /// The name under which somebody asks how far it has come.
    pub token: Option<&'a str>,
    /// Whether it is to be answered anew, even if the answer is known.
    pub fresh: bool,
    /// Becomes true when nobody waits for the answer any more.
    pub gone: &'a Arc<AtomicBool>,
}

/// A journey map, unmeasured, as it stands in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MapEntry {
    /// Its id, as in addresses.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub about: String,
    /// The names of its stages, in order.
    pub stages: Vec<String>,
    /// How many customers it was measured on, where that is known without measuring.
    pub customers: Option<u64>,
    /// The name of its file.
    pub file: String,
    /// What tells its text from others.
    pub version: String,
    /// When it is to be looked at again.
    pub review: Option<Value>,
    /// Why it cannot be read, if it cannot.
    pub problem: Option<String>,
}

/// An analysis, as it stands in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AnalysisEntry {
    /// Its name, as in addresses.
    pub name: String,
    /// What it answers, in one sentence.
    pub about: String,
    /// Whether it needs a journey map.
    pub needs_map: bool,
    /// A question to start from.
    pub example: Value,
    /// The JSON schema of its questions.
    pub schema: Value,
    /// The JSON schema of the places of its answers where people are counted.
    pub place: Value,
}

/// Whose fault a refusal is, which decides its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// There is no such thing (404).
    NotFound,
    /// The request is understood and wrong (422).
    Invalid,
    /// Nobody may do that here (403).
    Forbidden,
    /// Somebody else was there before (409).
    Conflict,
    /// Not now, but soon (503 with `Retry-After`).
    Busy,
    /// It is our fault (500).
    Internal,
}

/// Why something was not done, in words for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{title}: {detail}")]
pub struct Refusal {
    /// Whose fault it is.
    pub kind: RefusalKind,
    /// The stable code that programs may rely on (`no_such_map`).
    pub code: String,
    /// What happened, in a few words, the same for every case of this code.
    pub title: String,
    /// What happened here.
    pub detail: String,
    /// What to do about it; empty when nothing can be said.
    pub help: String,
}
