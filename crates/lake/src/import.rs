//! An import: rows in, parts out, in two strokes.
//!
//! First the rows come, in any order; each is cut to its key range ([`crate::spill`]) and its id is noted
//! ([`crate::ids`]). Then, when everybody's identity is known, [`Import::finish`] finds the duplicates, moves the rows
//! whose identifier turned out to be somebody's, and writes every range sorted. Memory is bounded by the settings,
//! whatever the number of rows; nothing can be seen until the store commits the parts.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use periplus_model::identity::CustomerKey;
use periplus_model::parts::{Part, PartTable, Snapshot};
use periplus_model::record::{EventRow, TraitRow};

use crate::cutting::{Cut, Cutting};
use crate::ids::{Staging, Verdict, Writer, has_bit};
use crate::spill::{CUT_BITS, NO_NAME, NO_TIME, Names, Row, RowHead, Spill, heads};
use crate::write::{Naming, SharedNames, settle, sync_folders, write_rows};
use crate::{Lake, LakeError, Whose};

/// How an import works.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many threads sort and write.
    pub threads: usize,
    /// How many bytes of rows each of them holds at a time.
    pub bytes_at_once: u64,
    /// Rows per bucket that decide how many buckets there are (see [`Settings::bits`]).
    pub bucket_rows: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            threads: std::thread::available_parallelism().map_or(2, |n| n.get().min(8)),
            bytes_at_once: 48 << 20,
            bucket_rows: 1_500_000,
        }
    }
}

impl Settings {
    /// How many bits of the key choose the bucket for so many rows: at least 2 (4 buckets), at most 10.
    pub fn bits(&self, rows: u64) -> u32 {
        let buckets = rows.div_ceil(self.bucket_rows.max(1)).max(1);
        buckets.next_power_of_two().trailing_zeros().clamp(2, 10)
    }
}

/// What an import wrote.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// New parts; they count once the store has committed them.
    pub parts: Vec<Part>,
    /// Events and trait updates that were new.
    pub stored: u64,
    /// Of these, events.
    pub events: u64,
    /// Events and trait updates that were there already.
    pub duplicates: u64,
    /// Which of the rows that were taken these are: bit `n` of all words is the n-th row.
    dropped: Vec<u64>,
    /// The first sequence number that is free afterwards.
    pub next_seq: u64,
}

impl Written {
    /// Whether the n-th row that was taken, counted from 0, was there already.
    pub fn is_duplicate(&self, row: u64) -> bool {
        has_bit(&self.dropped, row)
    }
}

/// An import that is under way.
pub struct Import {
    lake: Lake,
    settings: Settings,
    folder: PathBuf,
    names: Names,
    cutting: Cutting,
    /// Rows under their final key already: moved from another range, or rewritten from older parts.
    moved_events: Spill,
    moved_traits: Spill,
    first_seq: u64,
    rows: u64,
    text: String,
}

impl Import {
    /// Begins an import whose rows get sequence numbers from `first_seq` on.
    ///
    /// # Errors
    /// When the scratch folder cannot be made.
    pub fn begin(lake: &Lake, settings: Settings, first_seq: u64) -> Result<Import, LakeError> {
        let folder = lake.scratch().join("import");
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(LakeError::io(&folder))?;
        }
        fs::create_dir_all(&folder).map_err(LakeError::io(&folder))?;
        Ok(Import {
            lake: lake.clone(),
            settings,
            names: Names::default(),
            cutting: Cutting::begin(
                Cut { events: Spill::new(&folder, "events", 0), traits: Spill::new(&folder, "traits", 0), staging: Staging::new(&folder) },
                first_seq,
            ),
            moved_events: Spill::new(&folder, "moved-events", 0),
            moved_traits: Spill::new(&folder, "moved-traits", 0),
            folder,
            first_seq,
            rows: 0,
            text: String::new(),
        })
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes an event of a source. Its first identifier says whose it is.
    ///
    /// # Errors
    /// When a scratch file cannot be written.
    pub fn event(&mut self, source: &str, event: &EventRow<'_>) -> Result<(), LakeError> {
        let Some((kind, value)) = event.ids.first() else { return Ok(()) };
        let text = distinct_id(&mut self.text, kind.name(), value);
        let row = Row {
            key: CustomerKey::of_text(text).0,
            time: event.time.micros(),
            seq: self.first_seq + self.rows,
            name: self.names.code(event.event, 0),
            channel: event.channel.map_or(NO_NAME, |channel| self.names.code(channel, 1)),
            source: self.names.code(source, 2),
            currency: event.currency.map_or(NO_NAME, |currency| self.names.code(currency, 3)),
            amount: event.amount.map(|money| money.0),
            distinct_id: text,
            message_id: event.message_id,
            body: event.properties,
        };
        self.cutting.put(PartTable::Events, &row, &self.names)?;
        self.rows += 1;
        Ok(())
    }

    /// Takes a trait update of a source.
    ///
    /// # Errors
    /// When a scratch file cannot be written.
    pub fn traits(&mut self, source: &str, update: &TraitRow<'_>) -> Result<(), LakeError> {
        let Some((kind, value)) = update.ids.first() else { return Ok(()) };
        let text = distinct_id(&mut self.text, kind.name(), value);
        let row = Row {
            key: CustomerKey::of_text(text).0,
            time: update.time.map_or(NO_TIME, |time| time.micros()),
            seq: self.first_seq + self.rows,
            name: self.names.code(update.name, 0),
            channel: NO_NAME,
            source: self.names.code(source, 2),
            currency: NO_NAME,
            amount: None,
            distinct_id: text,
            message_id: None,
            body: update.value,
        };
        self.cutting.put(PartTable::Traits, &row, &self.names)?;
        self.rows += 1;
        Ok(())
    }

    /// Takes a row that was stored before, under the key it has now; its id is known already.
    pub(crate) fn rewritten(&mut self, table: PartTable, row: &Row<'_>) -> Result<(), LakeError> {
        if table == PartTable::Events { self.moved_events.put(row) } else { self.moved_traits.put(row) }
    }

    pub(crate) fn names(&mut self) -> &mut Names {
        &mut self.names
    }

    /// Finds duplicates, settles whose each row is, and writes everything as parts of a snapshot to come.
    /// `level` 0 is for imports, 1 for compactions. `advance` is told how many of how many ranges are done.
    ///
    /// # Errors
    /// When a file cannot be read or written; nothing of the import can be seen then.
    pub fn finish(
        mut self,
        snapshot: &Snapshot,
        level: u8,
        whose: &dyn Whose,
        advance: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Written, LakeError> {
        let commit = snapshot.id + 1;
        let Cut { events, traits, staging } = self.cutting.finish(&self.names)?;
        let known: Vec<&Part> = snapshot.of(PartTable::Ids).collect();
        let mut verdict = if self.rows == 0 {
            Verdict { dropped: Vec::new(), duplicates: 0, fresh: None }
        } else {
            staging.judge(&self.lake, &known, self.rows, &format!("ids/{commit:08x}.ids"), self.settings.threads)?
        };
        let mut dropped_events = 0;
        let moving = whose.changes_anything();
        if moving {
            for (from, to) in [(&events, &mut self.moved_events), (&traits, &mut self.moved_traits)] {
                move_rows(from, to, whose, &verdict, self.first_seq)?;
            }
        }
        // What is written anew was counted as a part of the snapshot, and what moved as a row of the import.
        let rows = snapshot.rows(PartTable::Events) + events.rows();
        let (unsettled, written_files) = channel();
        let naming = Naming { snapshot: commit, level, bits: self.settings.bits(rows), next: AtomicU64::new(0), unsettled };
        let names = SharedNames::new(&self.names);
        let mut written = Written { duplicates: verdict.duplicates, next_seq: self.first_seq + self.rows, ..Written::default() };
        let (lake, fresh) = (&self.lake, verdict.fresh.take());
        std::thread::scope(|scope| -> Result<(), LakeError> {
            // Waiting for the disk on a thread of its own leaves the others to work.
            let settling = scope.spawn(move || {
                let ids = fresh.map_or(Ok(None), Writer::finish)?;
                written_files.into_iter().try_for_each(|file: String| settle(lake, &file))?;
                Ok(ids)
            });
            let naming = naming;
            for (table, own, moved) in [(PartTable::Events, &events, &self.moved_events), (PartTable::Traits, &traits, &self.moved_traits)]
            {
                let dropped = AtomicU64::new(0);
                let wanted = |row: &RowHead| {
                    if verdict.is_dropped(row.seq - self.first_seq) {
                        dropped.fetch_add(1, Ordering::Relaxed);
                        return false;
                    }
                    !moving || owner(whose, row) == row.key
                };
                let job = Job { lake, settings: self.settings, table, naming: &naming, names: &names, advance };
                written.parts.extend(job.run(own, moved, &wanted)?);
                if table == PartTable::Events {
                    dropped_events = dropped.load(Ordering::Relaxed);
                }
            }
            // Nothing more comes: who settles parts may end.
            drop(naming);
            written.parts.extend(settling.join().unwrap_or(Err(LakeError::Stopped))?);
            Ok(())
        })?;
        written.events = events.rows() - dropped_events;
        written.stored = self.rows - verdict.duplicates;
        written.dropped = verdict.dropped;
        sync_folders(&self.lake, &written.parts)?;
        fs::remove_dir_all(&self.folder).map_err(LakeError::io(&self.folder))?;
        Ok(written)
    }
}

/// Whose a row is that lies under its identifier's own key. What is known without a time is known now.
fn owner(whose: &dyn Whose, row: &RowHead) -> i64 {
    whose.customer(row.key, if row.time == NO_TIME { i64::MAX } else { row.time })
}

/// Moves the rows whose identifier belongs to somebody else to that customer's range.
fn move_rows(from: &Spill, to: &mut Spill, whose: &dyn Whose, verdict: &Verdict, first_seq: u64) -> Result<(), LakeError> {
    let mut bytes = Vec::new();
    for cut in 0..1usize << CUT_BITS {
        if from.bytes(cut) > 1 << 30 {
            // A range that does not fit into memory is moved in finer cuts.
            move_rows(&from.cut_again(cut, "finer")?, to, whose, verdict, first_seq)?;
            continue;
        }
        bytes.clear();
        from.load(cut, &mut bytes)?;
        let mut place = 0;
        for (head, encoded) in heads(&bytes) {
            let key = owner(whose, &head);
            if key != head.key
                && !verdict.is_dropped(head.seq - first_seq)
                && let Some((row, _)) = Row::get(&bytes, place)
            {
                to.put(&Row { key, ..row })?;
            }
            place += encoded.len();
        }
    }
    Ok(())
}

/// Sorting and writing one table.
struct Job<'a> {
    lake: &'a Lake,
    settings: Settings,
    table: PartTable,
    naming: &'a Naming,
    names: &'a SharedNames,
    advance: &'a (dyn Fn(u64, u64) + Sync),
}

impl Job<'_> {
    /// Threads take groups of neighbouring ranges until none is left.
    fn run(&self, own: &Spill, moved: &Spill, wanted: &(dyn Fn(&RowHead) -> bool + Sync)) -> Result<Vec<Part>, LakeError> {
        if own.rows() + moved.rows() == 0 {
            return Ok(Vec::new());
        }
        let groups = self.groups(own, moved);
        let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
        let results = Mutex::new((Vec::new(), None));
        std::thread::scope(|scope| {
            for _ in 0..self.settings.threads.max(1) {
                scope.spawn(|| {
                    let mut bytes = Vec::new();
                    while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let outcome = self.group(own, moved, group.clone(), &mut bytes, wanted);
                        (self.advance)(done.fetch_add(1, Ordering::Relaxed) + 1, groups.len() as u64);
                        let Ok(mut results) = results.lock() else { return };
                        match outcome {
                            Ok(parts) => results.0.extend(parts),
                            Err(error) => {
                                results.1 = Some(error);
                                next.store(groups.len(), Ordering::Relaxed);
                            }
                        }
                    }
                });
            }
        });
        let (parts, error) = results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        error.map_or(Ok(parts), Err)
    }

    /// Neighbouring ranges of one bucket that fit into memory together, at whatever depth the spills cut.
    fn groups(&self, own: &Spill, moved: &Spill) -> Vec<std::ops::Range<usize>> {
        let mut groups: Vec<std::ops::Range<usize>> = Vec::new();
        let mut bytes = 0;
        // How many bits of a range's number are below those that choose the bucket.
        let below = own.bits_within().saturating_sub(self.naming.bits);
        for cut in 0..1usize << CUT_BITS {
            let size = own.bytes(cut) + moved.bytes(cut);
            let same_bucket = below >= CUT_BITS || !cut.is_multiple_of(1 << below);
            match groups.last_mut() {
                Some(group) if same_bucket && bytes + size <= self.settings.bytes_at_once => {
                    group.end = cut + 1;
                    bytes += size;
                }
                _ => {
                    groups.push(cut..cut + 1);
                    bytes = size;
                }
            }
        }
        groups
    }

    fn group(
        &self,
        own: &Spill,
        moved: &Spill,
        cuts: std::ops::Range<usize>,
        bytes: &mut Vec<u8>,
        wanted: &(dyn Fn(&RowHead) -> bool + Sync),
    ) -> Result<Vec<Part>, LakeError> {
        let size: u64 = cuts.clone().map(|cut| own.bytes(cut) + moved.bytes(cut)).sum();
        let too_large = size > self.settings.bytes_at_once * 2 || own.bits_within() < self.naming.bits;
        // A single customer may be larger than memory should be; it is then sorted in memory all the same.
        if too_large && cuts.len() == 1 && own.bits_within() + 2 * CUT_BITS < 63 {
            let (own, moved) = (own.cut_again(cuts.start, "own")?, moved.cut_again(cuts.start, "moved")?);
            let mut parts = Vec::new();
            for group in self.groups(&own, &moved) {
                parts.extend(self.group(&own, &moved, group, bytes, wanted)?);
            }
            return Ok(parts);
        }
        bytes.clear();
        for cut in cuts.clone() {
            own.load(cut, bytes)?;
        }
        // Rows that were moved here have their final key and have passed the check for duplicates.
        let boundary = bytes.len();
        for cut in cuts {
            moved.load(cut, bytes)?;
        }
        write_rows(self.lake, self.table, self.naming, self.names, bytes, |place, row| place >= boundary || wanted(row))
    }
}

/// Writes `kind:value` into a buffer that is used over and over.
fn distinct_id<'a>(buffer: &'a mut String, kind: &str, value: &str) -> &'a str {
    buffer.clear();
    buffer.push_str(kind);
    buffer.push(':');
    buffer.push_str(value);
    buffer
}
