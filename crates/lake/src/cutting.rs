//! The second thread of an import: it cuts rows to their ranges and notes their ids while the first reads on.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use periplus_model::parts::PartTable;

use crate::LakeError;
use crate::ids::{self, Staging, staged};
use crate::spill::{Names, Row, Spill, heads};

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

/// Rows on their way, as the spill keeps them.
#[derive(Default)]
struct Load {
    events: Vec<u8>,
    traits: Vec<u8>,
    /// The hashes of names that are new in these rows; ids are made of them.
    names: Vec<u64>,
}

/// The first thread's end.
pub(crate) struct Cutting {
    load: Load,
    /// How many names the second thread has been told of.
    told: usize,
    loads: Option<SyncSender<Load>>,
    /// Loads that were worked off, to be filled again.
    empty: Receiver<Load>,
    worker: Option<JoinHandle<Result<Cut, LakeError>>>,
}

impl Cutting {
    pub(crate) fn begin(cut: Cut, first_seq: u64) -> Cutting {
        let (loads, received) = sync_channel(WAITING);
        let (back, empty) = channel();
        let worker = std::thread::spawn(move || work(cut, first_seq, &received, &back));
        Cutting { load: Load::default(), told: 0, loads: Some(loads), empty, worker: Some(worker) }
    }

    /// Takes a row whose names have these codes.
    pub(crate) fn put(&mut self, table: PartTable, row: &Row<'_>, names: &Names) -> Result<(), LakeError> {
        row.put(if table == PartTable::Events { &mut self.load.events } else { &mut self.load.traits });
        if self.load.events.len() + self.load.traits.len() >= LOAD_BYTES { self.hand_over(names) } else { Ok(()) }
    }

    fn hand_over(&mut self, names: &Names) -> Result<(), LakeError> {
        self.load.names.extend_from_slice(&names.hashes()[self.told..]);
        self.told = names.hashes().len();
        let next = self.empty.try_recv().unwrap_or_default();
        let load = std::mem::replace(&mut self.load, next);
        let taken = self.loads.as_ref().is_some_and(|loads| loads.send(load).is_ok());
        // A thread that takes nothing more has failed, and says why.
        if taken { Ok(()) } else { self.join().map(drop) }
    }

    /// Waits until everything is cut.
    pub(crate) fn finish(mut self, names: &Names) -> Result<Cut, LakeError> {
        self.hand_over(names)?;
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

fn work(mut cut: Cut, first_seq: u64, loads: &Receiver<Load>, back: &Sender<Load>) -> Result<Cut, LakeError> {
    let mut names = Vec::new();
    for mut load in loads {
        names.append(&mut load.names);
        for (table, spill, rows) in
            [(PartTable::Events, &mut cut.events, &mut load.events), (PartTable::Traits, &mut cut.traits, &mut load.traits)]
        {
            let mut place = 0;
            for (head, encoded) in heads(rows) {
                spill.put_encoded(head.key, encoded)?;
                if let Some((row, _)) = Row::get(rows, place) {
                    let (id, by_content) = ids::of(table, &row, &names);
                    cut.staging.put(staged(id, head.seq - first_seq, by_content))?;
                }
                place += encoded.len();
            }
            rows.clear();
        }
        // Nobody takes it back at the end.
        let _ = back.send(load);
    }
    Ok(cut)
}
