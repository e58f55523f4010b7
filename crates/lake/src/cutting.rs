//! The second thread of an import: it cuts rows to their ranges and notes their ids while the first reads on.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use periplus_model::parts::PartTable;

use crate::LakeError;
use crate::ids::{Id, STAGED, Staging, staged};
use crate::spill::{Row, Spill, heads};

/// Bytes of rows that are handed over at a time.
const LOAD_BYTES: usize = 256 * 1024;
/// Loads that may wait.
const WAITING: usize = 4;

/// What the second thread makes, and hands back at the end.
pub(crate) struct Cut {
    pub(crate) events: Spill,
    pub(crate) traits: Spill,
    pub(crate) staging: Staging,
}

/// Rows on their way, as the spill keeps them, with their ids.
#[derive(Default)]
struct Load {
    events: Vec<u8>,
    traits: Vec<u8>,
    ids: Vec<[u8; STAGED]>,
}

/// The first thread's end.
pub(crate) struct Cutting {
    load: Load,
    loads: Option<SyncSender<Load>>,
    /// Loads that were worked off, to be filled again.
    empty: Receiver<Load>,
    worker: Option<JoinHandle<Result<Cut, LakeError>>>,
}

impl Cutting {
    pub(crate) fn begin(cut: Cut) -> Cutting {
        let (loads, received) = sync_channel(WAITING);
        let (back, empty) = channel();
        Cutting { load: Load::default(), loads: Some(loads), empty, worker: Some(std::thread::spawn(move || work(cut, &received, &back))) }
    }

    /// Takes a row, with its id and its number within the import.
    pub(crate) fn put(&mut self, table: PartTable, row: &Row<'_>, id: Id, number: u64, by_content: bool) -> Result<(), LakeError> {
        row.put(if table == PartTable::Events { &mut self.load.events } else { &mut self.load.traits });
        self.load.ids.push(staged(id, number, by_content));
        if self.load.events.len() + self.load.traits.len() >= LOAD_BYTES { self.hand_over() } else { Ok(()) }
    }

    fn hand_over(&mut self) -> Result<(), LakeError> {
        let next = self.empty.try_recv().unwrap_or_default();
        let load = std::mem::replace(&mut self.load, next);
        let taken = self.loads.as_ref().is_some_and(|loads| loads.send(load).is_ok());
        // A thread that takes nothing more has failed, and says why.
        if taken { Ok(()) } else { self.join().map(drop) }
    }

    /// Waits until everything is cut.
    pub(crate) fn finish(mut self) -> Result<Cut, LakeError> {
        self.hand_over()?;
        self.join()
    }

    fn join(&mut self) -> Result<Cut, LakeError> {
        self.loads = None;
        self.worker.take().and_then(|worker| worker.join().ok()).unwrap_or(Err(LakeError::Stopped))
    }
}

impl Drop for Cutting {
    /// An import that was given up must not write to the scratch folder any more, which the next one uses.
    fn drop(&mut self) {
        let _ = self.join();
    }
}

fn work(mut cut: Cut, loads: &Receiver<Load>, back: &Sender<Load>) -> Result<Cut, LakeError> {
    for mut load in loads {
        for (spill, rows) in [(&mut cut.events, &mut load.events), (&mut cut.traits, &mut load.traits)] {
            for (head, row) in heads(rows) {
                spill.put_encoded(head.key, row)?;
            }
            rows.clear();
        }
        for id in load.ids.drain(..) {
            cut.staging.put(id)?;
        }
        // Nobody takes it back at the end.
        let _ = back.send(load);
    }
    Ok(cut)
}
