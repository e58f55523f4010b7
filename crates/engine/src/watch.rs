//! How far a question has come, and whether anybody still waits for the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::EngineError;

/// Watches over one question. All threads that work on it share it.
#[derive(Debug, Default)]
pub struct Watch {
    cancelled: Arc<AtomicBool>,
    read: AtomicU64,
    expected: AtomicU64,
    /// When to give up, in milliseconds of the desk's stopwatch.
    deadline: Option<f64>,
    /// How many bytes partial states may take.
    bytes_max: Option<u64>,
}

impl Watch {
    /// One that gives up when `cancelled` becomes true (nobody waits for the answer any more), at some moment of the desk's
    /// stopwatch (milliseconds), or when partial states take more than so many bytes.
    pub fn new(cancelled: Arc<AtomicBool>, deadline: Option<f64>, bytes_max: Option<u64>) -> Watch {
        Watch { cancelled, deadline, bytes_max, ..Watch::default() }
    }

    /// How many rows have been read, of how many.
    pub fn progress(&self) -> (u64, u64) {
        (self.read.load(Ordering::Relaxed), self.expected.load(Ordering::Relaxed))
    }

    /// Says that so many more rows will be read.
    pub fn expect(&self, rows: u64) {
        self.expected.fetch_add(rows, Ordering::Relaxed);
    }

    /// Says that so many more rows have been read.
    pub fn read(&self, rows: u64) {
        self.read.fetch_add(rows, Ordering::Relaxed);
    }

    /// Whether to go on, at this moment of the desk's stopwatch.
    ///
    /// # Errors
    /// When nobody waits any more, or there is no time left.
    pub fn check(&self, now: f64) -> Result<(), EngineError> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(EngineError::Cancelled);
        }
        if self.deadline.is_some_and(|deadline| now > deadline) {
            return Err(EngineError::TooSlow);
        }
        Ok(())
    }

    /// How many seconds are left at this moment of the desk's stopwatch; none when there is no end.
    pub(crate) fn seconds_left(&self, now: f64) -> Option<f64> {
        self.deadline.map(|deadline| ((deadline - now) / 1e3).max(0.0))
    }

    pub(crate) fn bytes_max(&self) -> Option<u64> {
        self.bytes_max
    }

    /// Whether a state of so many bytes is not too large.
    pub(crate) fn weigh(&self, bytes: u64) -> Result<(), EngineError> {
        if self.bytes_max.is_some_and(|most| bytes > most) { Err(EngineError::TooLarge) } else { Ok(()) }
    }
}
