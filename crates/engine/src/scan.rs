//! One pass over the lake, customer by customer.
//!
//! The keys are cut into ranges that no part straddles; threads take ranges. Within a range, a cursor per part yields
//! blocks of rows as the lens sees them, and the cursors are merged key by key. A customer's rows from several parts are
//! put one after the other where their times do not overlap (parts of different months never do), and sorted by
//! (time, arrival) where they do.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use arrow::array::{Array, AsArray, StringArray};
use periplus_kernels::SessionRules;
use periplus_lake::read::{OpenPart, PartReader};
use periplus_model::identity::CustomerKey;
use periplus_model::parts::{Part, PartTable, Snapshot};
use periplus_model::question::Unit;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::columns::{Name, Piece};
use crate::lens::{Lens, NONE};
use crate::select::{Block, Entry, Rows, Table, select};
use crate::stretch::Stretch;
use crate::traits::Traits;
use crate::units::each_unit;
use crate::whole::put_together;
use crate::{Desk, EngineError};

/// Rows that are looked at in one go: few enough to stay in the processor's cache.
const BLOCK_ROWS: usize = 16 * 1024;

/// What one customer (or one session) did, in order.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The customer.
    pub key: i64,
    /// What the unit is called, where it is no customer.
    pub name: Option<&'a Arc<str>>,
    /// When, in microseconds, ascending.
    pub times: &'a [i64],
    /// What: codes of the lens, [`NONE`] for what has none; empty when the lens gives no codes.
    pub codes: &'a [u32],
    /// Which conditions each event meets; empty when the lens has none.
    pub masks: &'a [u64],
    /// The numbers that the lens asked for, one list each.
    pub numbers: &'a [Vec<f64>],
    /// The texts that the lens asked for, one list each.
    pub texts: &'a [Vec<Option<Arc<str>>>],
    /// Where this run begins in `numbers` and `texts`.
    pub offset: usize,
    /// The traits that the lens asked for, as of the end of the period.
    pub traits: &'a [Option<Value>],
    /// The histories of traits that the lens asked for: values, and since when each was in force.
    pub histories: &'a [Vec<(i64, Value)>],
    /// Bit i is set when the customer (all that they did in the period) belongs to segment i of the lens.
    pub members: u64,
}

impl<'a> Run<'a> {
    /// Some of the rows, as a run of their own.
    pub fn cut(&self, rows: std::ops::Range<usize>) -> Run<'a> {
        Run {
            times: self.times.get(rows.clone()).unwrap_or_default(),
            codes: self.codes.get(rows.clone()).unwrap_or_default(),
            masks: self.masks.get(rows.clone()).unwrap_or_default(),
            offset: self.offset + rows.start,
            ..*self
        }
    }

    /// The conditions that event `index` meets; none when the lens has none.
    pub fn mask(&self, index: usize) -> u64 {
        self.masks.get(index).copied().unwrap_or(0)
    }

    /// Whether event `index` meets a condition, by its bit in the lens; any event does when there is none.
    pub fn meets(&self, index: usize, bit: Option<u32>) -> bool {
        bit.is_none_or(|bit| self.mask(index) >> bit & 1 == 1)
    }

    /// The number `place` of event `index`; NaN when it has none.
    pub fn number(&self, place: usize, index: usize) -> f64 {
        self.numbers[place][self.offset + index]
    }

    /// Whether the customer belongs to segment `place` of the lens.
    pub fn is_in(&self, place: u32) -> bool {
        self.members >> place & 1 == 1
    }

    /// The text `place` of event `index`.
    pub fn text(&self, place: usize, index: usize) -> Option<&Arc<str>> {
        self.texts[place][self.offset + index].as_ref()
    }
}

/// A run without the events that have no code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coded {
    times: Vec<i64>,
    codes: Vec<u32>,
}

impl Coded {
    /// Times and codes of those events of a run that have a code.
    pub(crate) fn of<'b>(&'b mut self, run: &Run<'b>) -> (&'b [i64], &'b [u32]) {
        if !run.codes.contains(&NONE) {
            return (run.times, run.codes);
        }
        self.times.clear();
        self.codes.clear();
        for (time, code) in run.times.iter().zip(run.codes).filter(|(_, code)| **code != NONE) {
            self.times.push(*time);
            self.codes.push(*code);
        }
        (&self.times, &self.codes)
    }
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Customers with at least one event in the period.
    pub customers: u64,
    /// Events in the period.
    pub events: u64,
    /// How many events of each name there are, and how many of them have a code, if the lens wants to know.
    pub census: BTreeMap<String, (u64, u64)>,
}

impl Totals {
    /// Adds what else was read.
    pub fn add(&mut self, other: Totals) {
        self.customers += other.customers;
        self.events += other.events;
        for (name, (events, coded)) in other.census {
            let mine = self.census.entry(name).or_default();
            mine.0 += events;
            mine.1 += coded;
        }
    }
}

/// What an analysis makes of customers: one state per thread.
pub trait Fold: Send {
    /// Takes one customer, or one session of a customer.
    ///
    /// # Errors
    /// When it is no use to go on.
    fn take(&mut self, run: &Run<'_>) -> Result<(), EngineError>;

    /// Takes all customers of a range at once, if that is faster for it than one after the other; answers whether it did.
    ///
    /// # Errors
    /// When it is no use to go on.
    fn take_stretch(&mut self, _stretch: &Stretch<'_>) -> Result<bool, EngineError> {
        Ok(false)
    }
}

/// Streams every customer (session, household, or whatever the unit is) through `make`'s states and answers them all with
/// what was read.
///
/// A thread takes ranges, and the customers of each, in the ascending order of their keys; with one thread that is the
/// order of all customers. SQL's tables rely on it (and check it, in `query/src/tables/told.rs`).
///
/// # Errors
/// When a part cannot be read, or whoever asked does not want to wait any longer.
pub fn scan<S: Fold>(desk: &Desk<'_>, lens: &Lens, unit: &Unit, make: impl Fn() -> S + Sync) -> Result<(Vec<S>, Totals), EngineError> {
    match lens.unit {
        Some(by) => each_unit(desk, lens, by, make),
        None => each_customer(desk, lens, unit, make),
    }
}

/// Streams every customer, or session, through states.
pub(crate) fn each_customer<S: Fold>(
    desk: &Desk<'_>,
    lens: &Lens,
    unit: &Unit,
    make: impl Fn() -> S + Sync,
) -> Result<(Vec<S>, Totals), EngineError> {
    let dead = Dead::of(desk.snapshot);
    let ranges: Vec<Vec<&Part>> =
        ranges(desk.snapshot).into_iter().enumerate().filter(|(place, _)| desk.share.has(*place)).map(|(_, parts)| parts).collect();
    desk.watch.expect(ranges.iter().flatten().filter(|part| counts(part, lens)).map(|part| part.rows).sum());
    let next = AtomicUsize::new(0);
    let results: Mutex<(Vec<S>, Totals, Option<EngineError>)> = Mutex::new((Vec::new(), Totals::default(), None));
    std::thread::scope(|scope| {
        for _ in 0..desk.threads.clamp(1, ranges.len().max(1)) {
            scope.spawn(|| {
                let mut state = make();
                let mut totals = Totals::default();
                let mut failed = None;
                while let Some(range) = ranges.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match read(desk, lens, &dead, range, unit, &mut state) {
                        Ok(read) => totals.add(read),
                        Err(error) => {
                            failed = Some(error);
                            next.store(ranges.len(), Ordering::Relaxed);
                        }
                    }
                }
                let mut results = results.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                results.0.push(state);
                results.1.add(totals);
                if failed.is_some() {
                    results.2 = failed;
                }
            });
        }
    });
    let (states, totals, failed) = results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    failed.map_or(Ok((states, totals)), Err)
}

/// One range of keys: all of its customers at once where that is possible, else one after the other.
fn read<S: Fold>(
    desk: &Desk<'_>,
    lens: &Lens,
    dead: &Dead<'_>,
    parts: &[&Part],
    unit: &Unit,
    state: &mut S,
) -> Result<Totals, EngineError> {
    let mut range = Range::open(desk, lens, dead, parts)?;
    if let [cursor] = &range.cursors[..]
        && cursor.source.is_none()
        && cursor.in_period
        && Stretch::is_enough_for(lens, unit)
        && let Some(stretch) = Stretch::of(&cursor.piece, lens, &mut Vec::new())
        && state.take_stretch(&stretch)?
    {
        let events = stretch.names.len() as u64;
        desk.watch.check((desk.stopwatch)())?;
        desk.watch.read(events);
        return Ok(Totals { customers: stretch.ends.len() as u64, events, ..Totals::default() });
    }
    range.run(unit, state)?;
    Ok(range.totals)
}

/// The parts of each range of keys: the coarsest cut that any part has.
pub(crate) fn ranges(snapshot: &Snapshot) -> Vec<Vec<&Part>> {
    let bits = snapshot.bits();
    let mut ranges: Vec<Vec<&Part>> = vec![Vec::new(); 1 << bits];
    for part in snapshot.parts.iter().filter(|part| part.table != PartTable::Ids) {
        ranges[usize::from(CustomerKey(part.key_min).bucket(bits))].push(part);
    }
    ranges.retain(|parts| parts.iter().any(|part| part.table == PartTable::Events));
    ranges
}

/// The last key of a sample: keys are hashes, so the first tenth of a range is a tenth of its customers, drawn blindly.
fn sample_end(snapshot: &Snapshot, parts: &[&Part], share: f64) -> i64 {
    let width = 1u64 << (63 - snapshot.bits());
    let first = parts.first().map_or(0, |part| part.key_min as u64 / width * width);
    (first + (width as f64 * share.clamp(0.0, 1.0)) as u64).saturating_sub(1).min(i64::MAX as u64) as i64
}

/// The narrow columns that a lens needs.
fn columns(lens: &Lens, with_seq: bool) -> Vec<Name> {
    let mut columns = vec![Name::Key, Name::Time, Name::Event];
    columns.extend(with_seq.then_some(Name::Seq));
    columns.extend(lens.wants_channels().then_some(Name::Channel));
    columns.extend(lens.wants_amounts().then_some(Name::Amount));
    columns
}

/// Whether a part has events of the period.
fn counts(part: &Part, lens: &Lens) -> bool {
    part.table == PartTable::Events && lens.from.is_none_or(|from| part.time_max >= from) && lens.to.is_none_or(|to| part.time_min < to)
}

/// The dead keys of a snapshot, sorted when they are first wanted, so that they are walked beside the customers instead of
/// looked up. Where everything is put together in memory, nobody wants them.
pub(crate) struct Dead<'a> {
    snapshot: &'a Snapshot,
    sorted: OnceLock<Vec<(i64, u64)>>,
}

impl Dead<'_> {
    fn of(snapshot: &Snapshot) -> Dead<'_> {
        Dead { snapshot, sorted: OnceLock::new() }
    }

    /// Those that may lie in a part.
    pub(crate) fn within(&self, part: &Part) -> &[(i64, u64)] {
        let sorted = self.sorted.get_or_init(|| {
            let mut list: Vec<(i64, u64)> = self.snapshot.dead.iter().map(|(key, since)| (key.0, *since)).collect();
            list.sort_unstable();
            list
        });
        let from = sorted.partition_point(|(key, _)| *key < part.key_min);
        let to = sorted.partition_point(|(key, _)| *key <= part.key_max);
        &sorted[from..to]
    }
}

#[derive(Default)]
/// One part being read, or a range of keys that was put together.
struct Cursor<'a> {
    source: Option<(&'a Part, OpenPart)>,
    /// Whether all times lie in the period.
    in_period: bool,
    /// Row groups still to be read, last first.
    groups: Vec<usize>,
    /// The row group at hand.
    piece: Piece,
    table: Option<Table>,
    properties: Option<PartReader>,
    /// The next run and row of the piece to be looked at.
    run: usize,
    row: usize,
    dead: &'a [(i64, u64)],
    wanted: Arc<[Name]>,
    block: Block,
    at: usize,
}

/// What all cursors of a range look through.
#[derive(Clone, Copy)]
struct Sight<'a> {
    desk: &'a Desk<'a>,
    lens: &'a Lens,
    /// Keys above this one are not in the sample.
    key_max: i64,
}

impl Cursor<'_> {
    /// Over a range of keys that was put together: nobody in it is dead.
    fn over(piece: Piece, in_period: bool, lens: &Lens) -> Cursor<'static> {
        Cursor { in_period, table: Some(Table::new(lens, &piece)), piece, block: Block::new(lens), ..Cursor::default() }
    }

    fn key(&self) -> Option<i64> {
        self.block.runs.get(self.at).map(|entry| entry.key)
    }

    /// Reads on until there is a customer to see or the part ends.
    fn fill(&mut self, sight: Sight<'_>, totals: &mut Totals) -> Result<(), EngineError> {
        while self.at >= self.block.runs.len() {
            self.block.clear();
            self.at = 0;
            if self.run >= self.piece.runs.keys.len() && !self.next_piece(sight)? {
                return Ok(());
            }
            self.look(sight, totals)?;
        }
        Ok(())
    }

    fn next_piece(&mut self, sight: Sight<'_>) -> Result<bool, EngineError> {
        let (Some(group), Some((part, open))) = (self.groups.pop(), &self.source) else { return Ok(false) };
        self.piece = sight.desk.columns.piece(open, part, group, &self.wanted, true)?;
        self.table = Some(Table::new(sight.lens, &self.piece));
        (self.run, self.row) = (0, 0);
        self.properties = match sight.lens.wants_properties() {
            true => Some(open.read(&["properties"], Some(vec![group]), BLOCK_ROWS)?),
            false => None,
        };
        Ok(true)
    }

    /// Looks at the next block of rows.
    fn look(&mut self, sight: Sight<'_>, totals: &mut Totals) -> Result<(), EngineError> {
        sight.desk.watch.check((sight.desk.stopwatch)())?;
        let wrong = || EngineError::Columns(self.source.iter().map(|(part, _)| part.file.clone()).collect());
        let (Some(table), Some(all)) = (&self.table, self.piece.runs.ends.last()) else { return Ok(()) };
        let (all, lens) = (*all as usize, sight.lens);
        let end = all.min(self.row + BLOCK_ROWS);
        let batch = self.properties.as_mut().map(|reader| reader.next().ok_or_else(wrong)).transpose()?.transpose()?;
        let properties: Option<&StringArray> = batch
            .as_ref()
            .map(|batch| batch.column(0).as_string_opt::<i32>().filter(|t| t.len() == end - self.row).ok_or_else(wrong))
            .transpose()?;
        let last = self.run + self.piece.runs.ends[self.run..].partition_point(|run_end| (*run_end as usize) < end);
        let rows = Rows { piece: &self.piece, runs: self.run..last + 1, rows: self.row..end, properties, in_period: self.in_period };
        let (dead, begin) = (&mut self.dead, self.source.as_ref().map_or(0, |(part, _)| part.begin));
        let mut skip = |key: i64| {
            while dead.first().is_some_and(|(first, _)| *first < key) {
                *dead = &dead[1..];
            }
            key > sight.key_max || dead.first().is_some_and(|(first, since)| *first == key && begin < *since)
        };
        totals.events += select(&rows, lens, table, &mut self.block, &mut skip, &mut totals.census);
        sight.desk.watch.read((end - self.row) as u64);
        self.row = end;
        self.run = if self.piece.runs.ends[last] as usize <= end { last + 1 } else { last };
        if self.piece.runs.keys.get(self.run).is_some_and(|key| *key > sight.key_max) {
            (self.run, self.groups) = (usize::MAX, Vec::new());
        }
        Ok(())
    }

    /// Moves the rows of one customer into `run`.
    fn take(&mut self, key: i64, run: &mut Block, sight: Sight<'_>, totals: &mut Totals) -> Result<(), EngineError> {
        while let Some(entry) = self.block.runs.get(self.at).copied().filter(|entry| entry.key == key) {
            run.extend(&self.block, entry.start, entry.end);
            self.at += 1;
            self.fill(sight, totals)?;
        }
        Ok(())
    }

    /// The customer's rows where they are, if the part has no more of them than these.
    fn whole(&self) -> Option<Entry> {
        let (entry, next) = (self.block.runs.get(self.at)?, self.block.runs.get(self.at + 1)?);
        (entry.key != next.key).then_some(*entry)
    }
}

/// All parts of one range of keys.
struct Range<'a> {
    sight: Sight<'a>,
    cursors: Vec<Cursor<'a>>,
    traits: Traits<'a>,
    run: Block,
    totals: Totals,
}

impl<'a> Range<'a> {
    fn open(desk: &'a Desk<'a>, lens: &'a Lens, dead: &'a Dead<'a>, parts: &[&'a Part]) -> Result<Range<'a>, EngineError> {
        let mut events: Vec<&Part> = parts.iter().filter(|part| counts(part, lens)).copied().collect();
        events.sort_by_key(|part| (part.time_min, part.begin));
        // Arrival matters only where two parts can hold the same moment of the same customer.
        let overlap =
            |a: &Part, b: &Part| a.time_min <= b.time_max && b.time_min <= a.time_max && a.key_min <= b.key_max && b.key_min <= a.key_max;
        let with_seq = events.iter().enumerate().any(|(place, a)| events[..place].iter().any(|b| overlap(a, b)));
        let wanted: Arc<[Name]> = columns(lens, with_seq).into();
        let sight = Sight { desk, lens, key_max: lens.share.map_or(i64::MAX, |share| sample_end(desk.snapshot, parts, share)) };
        let mut range = Range {
            sight,
            cursors: Vec::new(),
            traits: Traits::open(desk, lens, parts)?,
            run: Block::new(lens),
            totals: Totals::default(),
        };
        let in_period = |part: &Part| lens.from.is_none_or(|from| part.time_min >= from) && lens.to.is_none_or(|to| part.time_max < to);
        if let Some(piece) = whole(desk, lens, dead, &events, &wanted)? {
            range.cursors.push(Cursor::over(piece, events.iter().all(|part| in_period(part)), lens));
            return Ok(range);
        }
        for part in events {
            let open = desk.columns.open(desk.lake, part)?;
            let in_sample = |group: &periplus_lake::read::RowGroup| group.keys.0 <= sight.key_max;
            let mut groups: Vec<usize> = open.groups().enumerate().filter(|(_, group)| in_sample(group)).map(|(place, _)| place).collect();
            groups.reverse();
            range.cursors.push(Cursor {
                in_period: in_period(part),
                source: Some((part, open)),
                groups,
                dead: dead.within(part),
                wanted: wanted.clone(),
                block: Block::new(lens),
                ..Cursor::default()
            });
        }
        Ok(range)
    }

    fn run<S: Fold>(&mut self, unit: &Unit, state: &mut S) -> Result<(), EngineError> {
        let Range { sight, cursors, traits, run, totals } = self;
        cursors.iter_mut().try_for_each(|cursor| cursor.fill(*sight, totals))?;
        while let Some(key) = cursors.iter().filter_map(Cursor::key).min() {
            totals.customers += 1;
            traits.of(key)?;
            let mut mine = cursors.iter_mut().filter(|cursor| cursor.key() == Some(key));
            let Some(first) = mine.next() else { break };
            if mine.next().is_none()
                && let Some(entry) = first.whole()
            {
                // Most rows of most customers lie together: they are walked where they are.
                give(sight.lens, key, &first.block, entry.start..entry.end, traits, unit, state)?;
                first.at += 1;
                first.fill(*sight, totals)?;
                continue;
            }
            run.clear();
            let mut ordered = true;
            for cursor in cursors.iter_mut().filter(|cursor| cursor.key() == Some(key)) {
                let (before, start) = (run.times.last().copied(), run.times.len());
                cursor.take(key, run, *sight, totals)?;
                ordered &= before.is_none_or(|before| run.times.get(start).is_none_or(|first| before < *first));
            }
            if !ordered {
                run.sort();
            }
            give(sight.lens, key, run, 0..run.rows(), traits, unit, state)?;
        }
        Ok(())
    }
}

/// A range of keys put together, from memory or for it: when all that the question reads has room there. What is read of a
/// sample, or with properties, is read part by part.
fn whole(desk: &Desk<'_>, lens: &Lens, dead: &Dead<'_>, parts: &[&Part], wanted: &[Name]) -> Result<Option<Piece>, EngineError> {
    if lens.wants_properties() || parts.is_empty() {
        return Ok(None);
    }
    let mut hasher = foldhash::quality::FixedState::default().build_hasher();
    (desk.snapshot.id, desk.snapshot.erasures).hash(&mut hasher);
    parts.iter().for_each(|part| part.checksum.hash(&mut hasher));
    let key = hasher.finish();
    let kept: Vec<Name> = wanted.iter().copied().filter(|name| *name != Name::Seq).collect();
    if let Some(piece) = desk.columns.whole(key, &kept) {
        return Ok(Some(piece));
    }
    let rows: u64 = desk.snapshot.of(PartTable::Events).filter(|part| counts(part, lens)).map(|part| part.rows).sum();
    if lens.share.is_some() || !desk.columns.has_room(rows * kept.iter().map(|name| name.bytes_per_row()).sum::<u64>()) {
        return Ok(None);
    }
    let piece = put_together(desk, parts, dead, wanted)?;
    desk.columns.keep_whole(key, desk.snapshot.id, &piece);
    Ok(Some(piece))
}

/// Hands a customer's rows to a state, whole or session by session, if the customer is of interest.
fn give<S: Fold>(
    lens: &Lens,
    key: i64,
    rows: &Block,
    of: std::ops::Range<usize>,
    traits: &Traits<'_>,
    unit: &Unit,
    state: &mut S,
) -> Result<(), EngineError> {
    fn some<T>(list: &[T], range: std::ops::Range<usize>) -> &[T] {
        // Columns that the lens does not want are empty.
        list.get(range).unwrap_or_default()
    }
    if of.is_empty() {
        return Ok(());
    }
    let mut run = Run {
        key,
        name: None,
        times: some(&rows.times, of.clone()),
        codes: some(&rows.codes, of.clone()),
        masks: some(&rows.masks, of.clone()),
        numbers: &rows.numbers,
        texts: &rows.texts,
        offset: of.start,
        traits: &traits.values,
        histories: &traits.histories,
        members: 0,
    };
    // A segment means customers, so it is asked of everything they did before that is cut into sessions.
    let who = lens.who.iter().enumerate();
    run.members = who.fold(0, |members, (place, segment)| members | u64::from(segment.holds(&run, lens.period)) << place);
    if lens.only.is_some_and(|place| !run.is_in(place)) {
        return Ok(());
    }
    match unit {
        Unit::Session => periplus_kernels::sessions(run.times, SessionRules::MICROS).try_for_each(|session| state.take(&run.cut(session))),
        _ => state.take(&run),
    }
}
