//! Questions that are counted elsewhere: on other machines, share by share.
//!
//! [`Work`] is all that a machine has to know beside the parts themselves: the question, the journey map, the list of parts
//! and dead keys, the names of events and channels with their codes, and the limits. It travels as bytes. What a share of it
//! comes to travels back as bytes, too: a partial state, some tens of rows where millions of events were read, or what was
//! in the way. Refusals are results and no failures, because every other machine would refuse as well.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use periplus_lake::Lake;
use periplus_model::answer::People;
use periplus_model::parts::{Part, PartTable, Snapshot};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::columns::Name;
use crate::scan::ranges;
use crate::{Columns, Desk, EngineError, Share, Watch, analysis};

/// What other machines must have in common with this one.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Into how many shares work is cut whose units are scattered over all ranges of keys: every share reads everything.
const SHARES_OF_SCATTERED: usize = 4;
/// So many shares there are at least, if there are as many ranges.
const SHARES_MIN: usize = 4;
/// And so many rows have a share of their own: handing one out takes some fifty milliseconds, which it should be worth.
const ROWS_OF_A_SHARE: u64 = 6_000_000;

/// Other machines, as whoever asks sees them.
pub trait Elsewhere: Send + Sync {
    /// What every share of the work of this desk comes to (what [`Work::count`] answers), in any order.
    ///
    /// # Errors
    /// When not all shares could be counted: there is no answer of some of them.
    fn count(&self, work: &Work, desk: &Desk<'_>) -> Result<Vec<Vec<u8>>, EngineError>;
}

/// A question as it travels to other machines.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Work {
    analysis: String,
    /// JSON.
    question: String,
    wanted: Wanted,
    /// YAML.
    map: Option<String>,
    /// Without what no question reads.
    snapshot: Snapshot,
    events: Vec<String>,
    channels: Vec<String>,
    seconds: Option<f64>,
    bytes_max: Option<u64>,
    shares: usize,
    /// Whether every share reads everything.
    scattered: bool,
}

/// What is to be counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Wanted {
    /// All that the answer says.
    Counts,
    /// The people at a place (JSON) of the answer.
    People { place: String, at_most: usize },
}

/// Where a share is counted.
pub struct Bench<'a> {
    /// Where the parts are.
    pub lake: &'a Lake,
    /// What is kept in memory of them.
    pub columns: &'a Columns,
    /// Becomes true when nobody waits any more.
    pub cancelled: Arc<AtomicBool>,
    /// Milliseconds since some moment.
    pub stopwatch: &'a (dyn Fn() -> f64 + Sync),
}

/// Why a share was not counted.
#[derive(Debug, Serialize, Deserialize)]
enum Trouble {
    Question(String),
    NoMap,
    Cancelled,
    TooSlow,
    TooLarge,
    Other(String),
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Trouble {
        match error {
            EngineError::Question(why) => Trouble::Question(why),
            EngineError::NoMap => Trouble::NoMap,
            EngineError::Cancelled => Trouble::Cancelled,
            EngineError::TooSlow => Trouble::TooSlow,
            EngineError::TooLarge => Trouble::TooLarge,
            other => Trouble::Other(other.to_string()),
        }
    }
}

impl From<Trouble> for EngineError {
    fn from(trouble: Trouble) -> EngineError {
        match trouble {
            Trouble::Question(why) => EngineError::Question(why),
            Trouble::NoMap => EngineError::NoMap,
            Trouble::Cancelled => EngineError::Cancelled,
            Trouble::TooSlow => EngineError::TooSlow,
            Trouble::TooLarge => EngineError::TooLarge,
            Trouble::Other(why) => EngineError::Elsewhere(why),
        }
    }
}

impl Work {
    /// The work that a question at a desk is.
    pub(crate) fn of(analysis: &str, question: &Value, wanted: Wanted, scattered: bool, desk: &Desk<'_>) -> Result<Work, EngineError> {
        let names = |column| Ok::<_, EngineError>(desk.columns.names(desk.lake, desk.snapshot, column)?.list().to_vec());
        let mut snapshot = desk.snapshot.clone();
        snapshot.parts.retain(|part| part.table != PartTable::Ids);
        let all = ranges(&snapshot).len();
        Ok(Work {
            analysis: analysis.to_owned(),
            question: question.to_string(),
            wanted,
            map: desk.map.map(periplus_maps::print),
            events: names(Name::Event)?,
            channels: names(Name::Channel)?,
            seconds: desk.watch.seconds_left((desk.stopwatch)()),
            bytes_max: desk.watch.bytes_max(),
            shares: match scattered {
                true => all.min(SHARES_OF_SCATTERED),
                false => all.min(SHARES_MIN.max((snapshot.rows(PartTable::Events) / ROWS_OF_A_SHARE) as usize)),
            },
            scattered,
            snapshot,
        })
    }

    /// Into how many shares it is cut; 0 when there is nothing to read.
    pub fn shares(&self) -> usize {
        self.shares
    }

    /// How many rows will be read, dead ones included.
    pub fn rows(&self) -> u64 {
        self.snapshot.rows(PartTable::Events)
    }

    /// The analysis that is asked.
    pub fn analysis(&self) -> &str {
        &self.analysis
    }

    /// The parts that a share reads.
    pub fn parts(&self, share: usize) -> Vec<&Part> {
        let mine = Share { number: share, of: self.shares };
        let ranges = ranges(&self.snapshot).into_iter().enumerate();
        ranges.filter(|(place, _)| self.scattered || mine.has(*place)).flat_map(|(_, parts)| parts).collect()
    }

    /// Says what the parts are called where they are read.
    pub fn rename_parts(&mut self, name: impl Fn(&Part) -> String) {
        for part in &mut self.snapshot.parts {
            part.file = name(part);
        }
    }

    /// As bytes.
    ///
    /// # Errors
    /// Never in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EngineError> {
        let bytes = postcard::to_allocvec(VERSION).and_then(|version| postcard::to_extend(self, version));
        bytes.map_err(|error| EngineError::Partial(error.to_string()))
    }

    /// From bytes of another machine.
    ///
    /// # Errors
    /// When that machine runs another version, or the bytes are none of a question.
    pub fn from_bytes(bytes: &[u8]) -> Result<Work, EngineError> {
        let unreadable = |error: postcard::Error| EngineError::Partial(error.to_string());
        let (version, rest) = postcard::take_from_bytes::<String>(bytes).map_err(unreadable)?;
        if version != VERSION {
            return Err(EngineError::Partial(format!("the question comes from version {version}, this is {VERSION}")));
        }
        let work: Work = postcard::from_bytes(rest).map_err(unreadable)?;
        // Parts are looked for below the lake's folder and nowhere else.
        let plain = |file: &str| file.split('/').all(|name| !matches!(name, "" | "." | "..")) && !file.contains('\\');
        match work.snapshot.parts.iter().find(|part| !plain(&part.file) || part.bits > 16 || part.key_min < 0) {
            Some(part) => Err(EngineError::Partial(format!("'{}' is no part of a lake", part.file.escape_debug()))),
            None => Ok(work),
        }
    }

    /// Counts a share, on one thread. Answers the bytes that [`Elsewhere::count`] brings back.
    pub fn count(&self, share: usize, bench: Bench<'_>) -> Vec<u8> {
        let outcome = self.counted(share, bench).map_err(Trouble::from);
        postcard::to_allocvec(&outcome).unwrap_or_else(|error| Work::refused(error.to_string()))
    }

    /// What a share comes to that cannot be counted, and why.
    pub fn refused(why: String) -> Vec<u8> {
        // Only a state can be too odd to be written.
        postcard::to_allocvec(&Err::<Vec<u8>, Trouble>(Trouble::Other(why))).unwrap_or_default()
    }

    fn counted(&self, share: usize, bench: Bench<'_>) -> Result<Vec<u8>, EngineError> {
        let unreadable = |error: serde_json::Error| EngineError::Partial(error.to_string());
        let Bench { lake, columns, cancelled, stopwatch } = bench;
        let question = serde_json::from_str(&self.question).map_err(unreadable)?;
        let map = self.map.as_deref().map(periplus_maps::parse).transpose();
        let map = map.map_err(|problems| EngineError::Partial(format!("the journey map has {} problems", problems.len())))?;
        // Codes mean the same on all machines, even on one that has not the footers of all parts at hand.
        columns.know(&self.snapshot, Name::Event, &self.events);
        columns.know(&self.snapshot, Name::Channel, &self.channels);
        let deadline = self.seconds.map(|seconds| stopwatch() + seconds * 1e3);
        let watch = Watch::new(cancelled, deadline, self.bytes_max);
        let share = Share { number: share, of: self.shares };
        let (snapshot, map) = (&self.snapshot, map.as_ref());
        let desk = Desk { lake, snapshot, map, columns, watch: &watch, threads: 1, share, elsewhere: None, stopwatch };
        let analysis = analysis(&self.analysis)?;
        match &self.wanted {
            Wanted::Counts => analysis.count(&question, &desk),
            Wanted::People { place, at_most } => {
                let place = serde_json::from_str(place).map_err(unreadable)?;
                let people = analysis.people(&question, &place, *at_most, &desk)?;
                serde_json::to_vec(&people).map_err(unreadable)
            }
        }
    }
}

/// What a share came to.
pub(crate) fn outcome(bytes: &[u8]) -> Result<Vec<u8>, EngineError> {
    let outcome: Result<Vec<u8>, Trouble> = postcard::from_bytes(bytes).map_err(|error| EngineError::Partial(error.to_string()))?;
    Ok(outcome?)
}

/// The people of all shares.
pub(crate) fn people(outcomes: &[Vec<u8>]) -> Result<Vec<People>, EngineError> {
    let read = |bytes: &Vec<u8>| serde_json::from_slice(&outcome(bytes)?).map_err(|error| EngineError::Partial(error.to_string()));
    outcomes.iter().map(read).collect()
}
