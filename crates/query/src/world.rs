//! What a question is asked of, and what its parts share while it runs.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use periplus_engine::{Columns, Desk, Elsewhere, EngineError, Share, Watch};
use periplus_lake::Lake;
use periplus_maps::{JourneyMap, Score};
use periplus_model::identity::CustomerKey;
use periplus_model::parts::{Part, Snapshot};

use crate::error::QueryError;
use crate::ranges::Ranges;
use crate::run::Limits;
use crate::tables::drafted;

/// How customers are called.
pub trait Names: Send + Sync {
    /// The canonical identifier (`kind:value`) of the customer with this key, if it was ever linked with others. Of all
    /// others the rows themselves tell.
    ///
    /// # Errors
    /// When it cannot be looked up; says why.
    fn name(&self, key: i64) -> Result<Option<String>, String>;
}

/// Knows nobody.
pub struct Nobody;

impl Names for Nobody {
    fn name(&self, _: i64) -> Result<Option<String>, String> {
        Ok(None)
    }
}

/// What a question is asked of: one version of the lake.
#[derive(Clone)]
pub struct Source {
    /// The lake.
    pub lake: Lake,
    /// The version of it.
    pub snapshot: Arc<Snapshot>,
    /// What is kept in memory of the lake between questions.
    pub columns: Arc<Columns>,
    /// Other machines that count what table functions ask, if there are any.
    pub elsewhere: Option<Arc<dyn Elsewhere>>,
    /// The journey map: what touchpoints, stages and responses are told by.
    pub map: Option<Arc<JourneyMap>>,
    /// How customers are called.
    pub names: Arc<dyn Names>,
    /// Milliseconds since some moment: a stopwatch, not a clock.
    pub stopwatch: Arc<dyn Fn() -> f64 + Send + Sync>,
}

/// A source while a question is asked of it.
pub(crate) struct World {
    pub(crate) source: Source,
    pub(crate) ranges: Ranges,
    pub(crate) limits: Limits,
    /// Set when nobody waits for the answer any more; everything that is still at work looks at it.
    pub(crate) quit: Arc<AtomicBool>,
    /// The same, and the limits, for what the engine does.
    watch: Watch,
    /// How many passes over customers may compute at once.
    pub(crate) turns: Turns,
    /// Events read.
    pub(crate) events: AtomicU64,
    /// What counts as an answer when no map says so; found out once, when it is asked for.
    scores: OnceLock<Result<Vec<Score>, QueryError>>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "snapshot {}", self.source.snapshot.id)
    }
}

impl World {
    /// A question with these limits that began at some moment of the source's stopwatch.
    pub(crate) fn new(source: Source, limits: Limits, began: f64) -> World {
        let quit = Arc::new(AtomicBool::new(false));
        let deadline = limits.seconds.map(|seconds| began + seconds as f64 * 1e3);
        World {
            ranges: Ranges::of(&source.snapshot),
            limits,
            watch: Watch::new(quit.clone(), deadline, Some(limits.memory_bytes as u64)),
            quit,
            turns: Turns::new(limits.threads),
            events: AtomicU64::new(0),
            scores: OnceLock::new(),
            source,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.quit.load(Ordering::Relaxed)
    }

    pub(crate) fn threads(&self) -> usize {
        self.limits.threads.max(1)
    }

    /// What went wrong in the engine, in the words of this question.
    pub(crate) fn failure(&self, error: &EngineError) -> QueryError {
        QueryError::of_engine(error, self.limits)
    }

    /// The scores that a draft of a journey map would declare.
    pub(crate) fn drafted_scores(&self) -> Result<Vec<Score>, QueryError> {
        self.scores.get_or_init(|| drafted(self)).clone()
    }

    /// What the engine's questions are asked of: a part of the world, or all of it.
    pub(crate) fn desk<'a>(&'a self, snapshot: &'a Snapshot, threads: usize) -> Desk<'a> {
        let Source { lake, map, columns, elsewhere, stopwatch, .. } = &self.source;
        let (map, watch, elsewhere) = (map.as_deref(), &self.watch, elsewhere.as_deref());
        Desk { lake, snapshot, map, columns, watch, threads, share: Share::ALL, elsewhere, stopwatch: &**stopwatch }
    }

    /// Some parts of the snapshot, range by range, and the dead keys of each range.
    pub(crate) fn by_range<'p>(&self, parts: impl IntoIterator<Item = &'p Part>) -> Vec<Arc<Snapshot>> {
        let all = &self.source.snapshot;
        let mut ranges = vec![Snapshot { id: all.id, at: all.at, ..Snapshot::default() }; self.ranges.count()];
        for part in parts {
            ranges[self.ranges.of_key(CustomerKey(part.key_min))].parts.push(part.clone());
        }
        for (key, since) in &all.dead {
            ranges[self.ranges.of_key(*key)].dead.insert(*key, *since);
        }
        ranges.into_iter().map(Arc::new).collect()
    }
}

/// Lets some threads compute while others wait. Whoever waits for a reader gives the turn away first, so waiting for each
/// other cannot go round in a circle.
pub(crate) struct Turns {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Turns {
    fn new(count: usize) -> Turns {
        Turns { free: Mutex::new(count.max(1)), freed: Condvar::new() }
    }

    pub(crate) fn take(&self) {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
    }

    pub(crate) fn give(&self) {
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.freed.notify_one();
    }
}
