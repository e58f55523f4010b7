//! Upkeep: fewer and larger parts, old versions let go, every byte checked.

use periplus_lake::{Import, Lake, Rewrite, Settings, Themselves, Whose, compaction, ids, joining, joining_ids};
use periplus_model::parts::{Part, PartTable, Snapshot};
use periplus_store::{Commit, StoreError};
use serde::Serialize;

use crate::evidence::Evidence;
use crate::{Workspace, WorkspaceError};

/// A day in microseconds.
pub const DAY: i64 = 86_400_000_000;
/// Snapshots stay readable for so long, unless somebody says otherwise.
pub const HISTORY: i64 = 30 * DAY;
/// More ids parts than this are merged into one.
const IDS_MAX: usize = 8;
/// So many rows are written anew at a time, or those of one bucket and month.
const ROWS_AT_ONCE: u64 = 20_000_000;

/// What a compaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compacted {
    /// Parts before.
    pub parts_before: usize,
    /// Parts after.
    pub parts_after: usize,
    /// Snapshots that were let go.
    pub forgotten: usize,
    /// Files that were removed.
    pub removed_files: u64,
}

impl Workspace {
    /// Whether compaction would do anything.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn wants_compaction(&self) -> Result<bool, WorkspaceError> {
        let snapshot = self.store.snapshot()?;
        Ok(!compaction(&snapshot, &Settings::default()).is_empty() || snapshot.of(PartTable::Ids).count() > IDS_MAX)
    }

    /// Rewrites small, coarse and partly dead parts, lets go of snapshots older than [`Workspace::history`], and removes files that
    /// no snapshot needs. Answers stay the same.
    ///
    /// # Errors
    /// When the folder was not opened to change it, or something cannot be read or written; nothing has changed then.
    pub fn compact(&mut self, now: i64, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Compacted, WorkspaceError> {
        self.change(|workspace| {
            let snapshot = workspace.store.snapshot()?;
            let parts_before = snapshot.parts.len();
            workspace.write_all_anew(now, progress)?;
            let forgotten = workspace.forget(now.saturating_sub(workspace.history))?;
            workspace.store.forget_event_names()?;
            let removed_files = workspace.lake.sweep(&workspace.store.live_files()?)?;
            let parts_after = workspace.store.snapshot()?.parts.len();
            Ok(Compacted { parts_before, parts_after, forgotten, removed_files })
        })
    }

    /// Joins small parts of one size, if there are enough of them, and removes, once a day, the bytes of whoever was erased and what is too
    /// old to be kept: what is done while more keep coming. Answers whether there was something to join. Answers to questions stay the same.
    ///
    /// # Errors
    /// When the folder was not opened to change it, or something cannot be read or written; nothing has changed then.
    pub fn tend(&mut self, now: i64) -> Result<bool, WorkspaceError> {
        if self.is_purge_due(now)? {
            self.purge(now, &|_, _| ())?;
        }
        if self.is_forgetting_due(now)? {
            self.forget_what_is_old(now, &|_, _| ())?;
        }
        self.change(|workspace| {
            let snapshot = workspace.store.snapshot()?;
            workspace.write_anew(&snapshot, &joining(&snapshot), &joining_ids(&snapshot), now, &|_, _| ())
        })
    }

    /// Writes everything anew that is worth it, some rows at a time: on their way they lie in scratch files, which should not
    /// need the room of the whole lake several times over.
    fn write_all_anew(&mut self, now: i64, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<(), WorkspaceError> {
        loop {
            let snapshot = self.store.snapshot()?;
            let known: Vec<&Part> = snapshot.of(PartTable::Ids).collect();
            let known = if known.len() > IDS_MAX { known } else { Vec::new() };
            let (mut rows, mut chosen) = (0, Vec::new());
            let mut cells = compaction(&snapshot, &Settings::default()).into_iter().peekable();
            while rows < ROWS_AT_ONCE
                && let Some(cell) = cells.next()
            {
                rows += cell.iter().map(|part| part.rows).sum::<u64>();
                chosen.extend(cell);
            }
            let is_last = cells.peek().is_none();
            if !self.write_anew(&snapshot, &chosen, &known, now, progress)? || is_last {
                return Ok(());
            }
        }
    }

    /// Writes parts of rows and of ids anew; nothing when there are none. Answers whether there were any.
    fn write_anew(
        &mut self,
        snapshot: &Snapshot,
        chosen: &[&Part],
        known: &[&Part],
        now: i64,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<bool, WorkspaceError> {
        if chosen.is_empty() && known.is_empty() {
            return Ok(false);
        }
        let next_seq = self.store.next_seq()?;
        let whose = self.settle(Evidence::default(), "", &[])?.whose;
        let mut rewriting = Import::begin(&self.lake, Settings::default(), next_seq)?;
        rewriting.rewrite(&self.lake, snapshot, &Rewrite::Parts(chosen), &whose)?;
        let mut written = rewriting.finish(snapshot, 1, &Themselves as &dyn Whose, progress)?;
        let mut removed: Vec<String> = chosen.iter().map(|part| part.file.clone()).collect();
        if !known.is_empty() {
            written.parts.extend(ids::merge(&self.lake, known, &format!("ids/{:08x}-merged.ids", snapshot.id + 1))?);
            removed.extend(known.iter().map(|part| part.file.clone()));
        }
        self.store.commit(&Commit {
            base: snapshot.id,
            at: now,
            what: "compaction".to_owned(),
            added: written.parts,
            removed,
            next_seq,
            ..Commit::default()
        })?;
        Ok(true)
    }

    /// Lets go of the snapshots that were over before a time. The one that was the newest then stays.
    fn forget(&mut self, before: i64) -> Result<usize, WorkspaceError> {
        let snapshots = self.store.snapshots()?;
        let Some(oldest) = snapshots.first() else { return Ok(0) };
        let oldest_kept = snapshots.iter().rfind(|s| s.at <= before).unwrap_or(oldest);
        self.store.forget_before(oldest_kept.id)?;
        Ok(snapshots.len() - self.store.snapshots()?.len())
    }

    /// Compares every part of the newest snapshot with its checksum, and looks through the store; answers the damage.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn verify(&self, progress: &dyn Fn(u64, u64)) -> Result<Vec<String>, WorkspaceError> {
        let snapshot = self.store.snapshot()?;
        let lake: &Lake = &self.lake;
        let mut damage: Vec<String> = self.store.verify()?.into_iter().map(|what| StoreError::Damaged(what).to_string()).collect();
        for (done, part) in snapshot.parts.iter().enumerate() {
            if let Err(error) = lake.verify(part) {
                damage.push(error.to_string());
            }
            progress(done as u64 + 1, snapshot.parts.len() as u64);
        }
        Ok(damage)
    }
}
