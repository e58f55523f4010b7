//! What intake reads, on its way in: rows to the lake, what they say about identities to the evidence, and what is refused to
//! whoever keeps that.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use periplus_intake::{Reject, Sink};
use periplus_lake::{Import, LakeError};
use periplus_model::identity::{CustomerKey, IdKind};
use periplus_model::record::{EventRow, LinkRow, TraitRow};
use periplus_store::Suppression;

use crate::WorkspaceError;
use crate::evidence::Evidence;
use crate::names::EventNames;

/// Keeps what is refused.
pub(crate) trait Refusals {
    /// Keeps a row of a source.
    fn put(&mut self, source: &str, reject: &Reject<'_>) -> io::Result<()>;
}

/// What an import, or a stretch of the log, brings.
pub(crate) struct Inflow<R> {
    /// The name of the source that speaks.
    pub(crate) source: String,
    pub(crate) import: Import,
    pub(crate) evidence: Evidence,
    /// The identifiers that rows carry, where somebody wants to know.
    pub(crate) carried: Option<HashSet<CustomerKey>>,
    /// Why the lake did not take a row: readers are told of it as an I/O error only.
    pub(crate) failed: Option<LakeError>,
    pub(crate) refusals: R,
    /// Of whom nothing is taken.
    suppression: Suppression,
    /// What events are called.
    pub(crate) names: EventNames,
}

impl<R> Inflow<R> {
    pub(crate) fn new(import: Import, refusals: R, suppression: Suppression, names: EventNames) -> Inflow<R> {
        Inflow { source: String::new(), import, evidence: Evidence::default(), carried: None, failed: None, refusals, suppression, names }
    }

    /// Why reading ended, given the I/O error that readers were told of.
    pub(crate) fn failure(&mut self, told: io::Error, folder: &Path) -> WorkspaceError {
        self.failed.take().map_or_else(|| WorkspaceError::io(folder)(told), WorkspaceError::from)
    }

    fn see(&mut self, time: Option<i64>, ids: &[(IdKind, &str)]) {
        self.evidence.take(time, ids);
        if let (Some(carried), Some((kind, value))) = (&mut self.carried, ids.first()) {
            carried.insert(CustomerKey::of(kind.name(), value));
        }
    }

    fn keep(&mut self, result: Result<(), LakeError>) -> io::Result<()> {
        result.map_err(|error| {
            let text = error.to_string();
            self.failed = Some(error);
            io::Error::other(text)
        })
    }
}

impl<R: Refusals> Sink for Inflow<R> {
    fn event(&mut self, row: &EventRow<'_>) -> io::Result<()> {
        self.see(Some(row.time.micros()), row.ids);
        let result = self.import.event(&self.source, row);
        self.keep(result)
    }

    fn traits(&mut self, row: &TraitRow<'_>) -> io::Result<()> {
        self.see(row.time.map(|time| time.micros()), row.ids);
        let result = self.import.traits(&self.source, row);
        self.keep(result)
    }

    fn link(&mut self, row: &LinkRow<'_>) -> io::Result<()> {
        self.evidence.take(row.time.map(|time| time.micros()), row.ids);
        Ok(())
    }

    fn reject(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        self.refusals.put(&self.source, reject)
    }

    fn is_erased(&self, ids: &[(IdKind, &str)]) -> bool {
        ids.iter().any(|(kind, value)| self.suppression.holds(kind.name(), value))
    }

    fn admits_name(&mut self, name: &str) -> bool {
        self.names.admit(name)
    }
}
