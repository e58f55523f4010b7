//! Messages in quarantine, read again: after somebody mended them, or said otherwise about their source.

use std::collections::HashSet;

use periplus_intake::IntakeError;
use periplus_intake::collect::again;
use periplus_lake::Import;
use periplus_store::{Landing, QuarantineRow};
use serde::Serialize;

use crate::identity::Rows;
use crate::inflow::Inflow;
use crate::landing::{Refused, Requests};
use crate::sources::Known;
use crate::{Workspace, WorkspaceError};

/// What became of messages that were read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Messages that were taken; they have left quarantine.
    pub taken: u64,
    /// Events and trait updates of them that were new.
    pub stored: u64,
    /// Events and trait updates of them that were there already.
    pub duplicates: u64,
    /// Messages that were refused again; they stay.
    pub refused: Vec<RefusedAgain>,
}

/// A message that was refused again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedAgain {
    /// Its number in quarantine.
    pub id: u64,
    /// The reason's code.
    pub reason: String,
    /// What exactly is wrong.
    pub detail: String,
}

impl Workspace {
    /// Reads messages of quarantine again, with what they say now. What is taken is counted where it was counted as quarantined.
    ///
    /// # Errors
    /// When the folder was not opened to change it, or something cannot be read or written; nothing has changed then.
    pub fn replay(&mut self, messages: &[QuarantineRow], now: i64) -> Result<Replayed, WorkspaceError> {
        self.change(|workspace| workspace.take_again(messages, now))
    }

    fn take_again(&mut self, messages: &[QuarantineRow], now: i64) -> Result<Replayed, WorkspaceError> {
        let snapshot = self.store.snapshot()?;
        let import = Import::begin(&self.lake, periplus_lake::Settings::default(), self.store.next_seq()?)?;
        let mut inflow = Inflow::new(import, Refused::default(), self.store.suppression()?, self.event_names(&snapshot)?);
        inflow.carried = Some(HashSet::new());
        let (mut requests, mut known) = (Requests::default(), Known::of(self.folder()));
        let (mut replayed, mut released) = (Replayed::default(), Vec::new());
        for QuarantineRow { id, quarantined } in messages {
            let source = &quarantined.source;
            if inflow.source != *source {
                inflow.source.clone_from(source);
                inflow.evidence.listen_to(self.store.source(source)?);
            }
            let first = inflow.import.rows();
            let settings = known.get(source)?;
            let summary = match again(&quarantined.dialect, source, &quarantined.message, &settings, &mut inflow) {
                Ok(summary) => summary,
                Err(IntakeError::Sink(error)) => return Err(inflow.failure(error, &self.folder)),
                Err(error) => return Err(WorkspaceError::Refused(error.to_string())),
            };
            match inflow.refusals.list.pop() {
                Some(refused) => {
                    inflow.refusals.list.clear();
                    replayed.refused.push(RefusedAgain { id: *id, reason: refused.reason, detail: refused.detail });
                }
                None => {
                    replayed.taken += 1;
                    released.push(*id);
                    requests.book(source, quarantined.at, &summary, first..inflow.import.rows());
                }
            }
        }
        let Inflow { import, evidence, carried, names, .. } = inflow;
        let next_frame = self.store.next_frame()?;
        if import.rows() == 0 && evidence.is_empty() {
            let collected = requests.counted(&|_| false);
            self.store.note(&Landing { next_frame, collected, released, ..Landing::default() })?;
            return Ok(replayed);
        }
        let rows = Rows::Of(carried.unwrap_or_default());
        let landing = self.keep_rows(&snapshot, import, evidence, rows, names.to_keep(), now, |written| Landing {
            next_frame,
            collected: requests.counted(&|row| written.is_duplicate(row)),
            released,
            ..Landing::default()
        })?;
        for counts in &landing.collected {
            replayed.stored += counts.stored;
            replayed.duplicates += counts.duplicates;
        }
        Ok(replayed)
    }
}
