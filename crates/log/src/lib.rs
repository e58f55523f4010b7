//! The log: what was accepted is on the disk before anybody is told so.
//!
//! A record is a handful of bytes, such as one request of a collector. Records that arrive while the disk is busy are
//! written together, as one [`frame`]; frames lie one after the other in segments, files of one size that were written full
//! of zeros before they are used, so that later only bytes change and no file grows. A frame is written only after the
//! one before it is known to be on the disk. That is what makes the end of a log readable after a crash: bytes that are
//! no frame are the torn end of the last write when no frame comes after them, and damage to something that was promised
//! when one does. The torn end is cut off; damage is told, passed over and never repaired in silence ([`recovery`]).
//!
//! - [`Log`] is a running log: threads append, one thread writes;
//! - [`Writer`] is what that thread does, without the thread;
//! - [`Reader`] goes through the frames from any of them on;
//! - [`Disk`] is what all of them ask of a disk, so that tests can take the power away between any two requests.
//!
//! A log knows nothing of what its records mean, and who has read how far: that is kept where the outcome is kept, in one
//! transaction with it. [`Writer::retire`] removes the segments that nobody needs any more. No clock is read, and chance (the
//! salt of a segment) is an argument.

pub mod disk;
pub mod frame;
mod queue;
pub mod read;
pub mod recovery;
mod segment;
pub mod write;

use std::io;

pub use disk::{Disk, DiskFile, Folder};
pub use queue::{Done, Log, Refused};
pub use read::{Item, Reader};
pub use recovery::{Found, growing};
pub use write::{Settings, Writer};

/// What can go wrong with a log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk refused.
    #[error("the event log: {what}: {error}")]
    Disk {
        /// What was wanted of it.
        what: String,
        /// What it said.
        #[source]
        error: io::Error,
    },
    /// What was written may or may not be on the disk, and no further attempt can find out: nothing may be promised any more.
    #[error("the event log: the disk did not confirm a write ({0}); start again, and look at the disk")]
    NotConfirmed(#[source] io::Error),
}

impl LogError {
    pub(crate) fn disk(what: impl Into<String>) -> impl FnOnce(io::Error) -> LogError {
        let what = what.into();
        move |error| LogError::Disk { what, error }
    }

    /// Whether the cause is a full disk.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, LogError::Disk { error, .. } if error.kind() == io::ErrorKind::StorageFull || error.raw_os_error() == Some(28))
    }
}
