//! The narrow columns of the lake as they are walked: decoded once, kept in memory as far as the budget goes.
//!
//! A row group of a part becomes a [`Piece`]: the customers as runs, the times, the events as small codes. Pieces are
//! decoded column by column when a question needs them, and the columns are kept for the next question, those of the newest
//! data first: an old column never pushes out a newer one, so a question over more than fits does not empty the memory
//! that the next one would profit from. Wide columns (properties) are never kept; they are read as they are walked.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use arrow::array::{Array, AsArray, Int64Array, RecordBatch};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use periplus_lake::Lake;
use periplus_lake::read::{OpenPart, keys, names};
use periplus_model::parts::{Part, PartTable, Snapshot};

use crate::EngineError;

/// The customers of a piece: sorted keys, and where the rows of each end.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    pub(crate) keys: Vec<i64>,
    pub(crate) ends: Vec<u32>,
}

impl Runs {
    fn of(rows: &[i64]) -> Runs {
        let mut runs = Runs::default();
        for (index, key) in rows.iter().enumerate() {
            if runs.keys.last() != Some(key) {
                if index > 0 {
                    runs.ends.push(index as u32);
                }
                runs.keys.push(*key);
            }
        }
        if !rows.is_empty() {
            runs.ends.push(rows.len() as u32);
        }
        runs
    }
}

/// A column of few different texts.
#[derive(Debug)]
pub(crate) struct Texts {
    /// One per row; where there is none, the number of values.
    pub(crate) codes: Codes,
    pub(crate) values: Vec<Arc<str>>,
}

/// Codes in as few bytes as they need.
#[derive(Debug)]
pub(crate) enum Codes {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl Codes {
    pub(crate) fn get(&self, row: usize) -> usize {
        match self {
            Codes::One(codes) => codes[row].into(),
            Codes::Two(codes) => codes[row].into(),
            Codes::Four(codes) => codes[row] as usize,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Codes::One(codes) => codes.len(),
            Codes::Two(codes) => codes.len() * 2,
            Codes::Four(codes) => codes.len() * 4,
        }
    }

    /// None yet, of so many different values and none, with room for so many rows.
    pub(crate) fn for_values(values: usize, rows: usize) -> Codes {
        match values {
            0..0x100 => Codes::One(Vec::with_capacity(rows)),
            0x100..0x1_0000 => Codes::Two(Vec::with_capacity(rows)),
            _ => Codes::Four(Vec::with_capacity(rows)),
        }
    }

    /// Appends rows of others, whose codes mean something else here.
    pub(crate) fn append(&mut self, others: &Codes, rows: Range<usize>, meaning: &[u32]) {
        if let (Codes::One(mine), Codes::One(others)) = (&mut *self, others) {
            // Nearly always.
            return mine.extend(others[rows].iter().map(|code| meaning[usize::from(*code)] as u8));
        }
        let codes = rows.map(|row| meaning[others.get(row)]);
        match self {
            Codes::One(mine) => mine.extend(codes.map(|code| code as u8)),
            Codes::Two(mine) => mine.extend(codes.map(|code| code as u16)),
            Codes::Four(mine) => mine.extend(codes),
        }
    }
}

impl Texts {
    fn of(column: &dyn Array) -> Option<Texts> {
        if !matches!(column.data_type(), DataType::Dictionary(..)) {
            return None;
        }
        let (codes, values) = names(column);
        let none = values.len();
        let code = |code: &i32| usize::try_from(*code).unwrap_or(none);
        let codes = match Codes::for_values(none, 0) {
            Codes::One(_) => Codes::One(codes.iter().map(|c| code(c) as u8).collect()),
            Codes::Two(_) => Codes::Two(codes.iter().map(|c| code(c) as u16).collect()),
            Codes::Four(_) => Codes::Four(codes.iter().map(|c| code(c) as u32).collect()),
        };
        Some(Texts { codes, values: values.into_iter().map(Arc::from).collect() })
    }
}

/// A narrow column of the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Name {
    Key,
    Time,
    Seq,
    Event,
    Channel,
    Amount,
}

impl Name {
    fn text(self) -> &'static str {
        match self {
            Name::Key => "customer_key",
            Name::Time => "time",
            Name::Seq => "seq",
            Name::Event => "event",
            Name::Channel => "channel",
            Name::Amount => "amount",
        }
    }

    /// About how much memory a row takes.
    pub(crate) fn bytes_per_row(self) -> u64 {
        match self {
            Name::Key => 0,
            Name::Event | Name::Channel => 1,
            Name::Time | Name::Seq | Name::Amount => 8,
        }
    }
}

#[derive(Clone)]
enum Column {
    Runs(Arc<Runs>),
    Whole(ScalarBuffer<i64>),
    Texts(Arc<Texts>),
    Amounts(Int64Array),
}

impl Column {
    fn of(name: Name, batch: &RecordBatch) -> Option<Column> {
        if name == Name::Key {
            return Some(Column::Runs(Arc::new(Runs::of(keys(batch)))));
        }
        let column = batch.column_by_name(name.text())?;
        Some(match name {
            Name::Key | Name::Seq => Column::Whole(column.as_primitive_opt::<Int64Type>()?.values().clone()),
            Name::Time => Column::Whole(column.as_primitive_opt::<TimestampMicrosecondType>()?.values().clone()),
            Name::Event | Name::Channel => Column::Texts(Arc::new(Texts::of(column)?)),
            Name::Amount => Column::Amounts(column.as_primitive_opt::<Int64Type>()?.clone()),
        })
    }

    fn bytes(&self) -> usize {
        match self {
            Column::Runs(runs) => runs.keys.len() * 12,
            Column::Whole(values) => values.len() * 8,
            Column::Texts(texts) => texts.codes.bytes() + texts.values.iter().map(|text| text.len() + 16).sum::<usize>(),
            Column::Amounts(amounts) => amounts.get_array_memory_size(),
        }
    }
}

/// A row group of a part, decoded as far as a question needs it.
#[derive(Clone, Default)]
pub(crate) struct Piece {
    pub(crate) runs: Arc<Runs>,
    pub(crate) times: Option<ScalarBuffer<i64>>,
    pub(crate) seqs: Option<ScalarBuffer<i64>>,
    pub(crate) events: Option<Arc<Texts>>,
    pub(crate) channels: Option<Arc<Texts>>,
    pub(crate) amounts: Option<Int64Array>,
}

impl Piece {
    fn bytes(&self) -> usize {
        let texts = |texts: &Option<Arc<Texts>>| texts.iter().map(|texts| Column::Texts(texts.clone()).bytes()).sum::<usize>();
        let whole = |values: &Option<ScalarBuffer<i64>>| values.as_ref().map_or(0, |values| values.len() * 8);
        let amounts = self.amounts.as_ref().map_or(0, |amounts| amounts.get_array_memory_size());
        self.runs.keys.len() * 12 + whole(&self.times) + whole(&self.seqs) + texts(&self.events) + texts(&self.channels) + amounts
    }

    /// The same, with no columns but these.
    fn only(&self, wanted: &[Name]) -> Piece {
        let mut piece = self.clone();
        piece.channels = piece.channels.filter(|_| wanted.contains(&Name::Channel));
        piece.amounts = piece.amounts.filter(|_| wanted.contains(&Name::Amount));
        piece
    }

    fn has(&self, name: Name) -> bool {
        match name {
            Name::Key => true,
            Name::Time => self.times.is_some(),
            Name::Seq => self.seqs.is_some(),
            Name::Event => self.events.is_some(),
            Name::Channel => self.channels.is_some(),
            Name::Amount => self.amounts.is_some(),
        }
    }

    fn put(&mut self, name: Name, column: Column) {
        match (name, column) {
            (Name::Time, Column::Whole(values)) => self.times = Some(values),
            (Name::Seq, Column::Whole(values)) => self.seqs = Some(values),
            (Name::Event, Column::Texts(texts)) => self.events = Some(texts),
            (Name::Channel, Column::Texts(texts)) => self.channels = Some(texts),
            (_, Column::Runs(runs)) => self.runs = runs,
            (_, Column::Amounts(amounts)) => self.amounts = Some(amounts),
            _ => {}
        }
    }
}

/// All names of events (or channels) in a snapshot, or of touchpoints in a map, and the code of each: its place.
#[derive(Debug, Default)]
pub struct Names {
    list: Vec<String>,
    codes: HashMap<String, u32>,
}

impl Names {
    /// Numbers these names, in their order.
    pub fn new(list: Vec<String>) -> Names {
        let codes = list.iter().enumerate().map(|(code, name)| (name.clone(), code as u32)).collect();
        Names { list, codes }
    }

    /// The names, in the order of their codes; those of a snapshot are sorted.
    pub fn list(&self) -> &[String] {
        &self.list
    }

    /// The code of a name.
    pub fn code(&self, name: &str) -> Option<u32> {
        self.codes.get(name).copied()
    }
}

/// The names of so many snapshots are remembered. One is enough but for machines that serve several workspaces, or a
/// question that sees only some of the parts.
const SNAPSHOTS_REMEMBERED: usize = 16;

/// What is kept in memory of the lake between questions. Shared by all questions of a process.
#[derive(Default)]
pub struct Columns {
    /// How many bytes of columns are kept; 0 keeps none, but still remembers footers.
    budget: usize,
    kept: Mutex<Kept>,
}

/// A snapshot is known by its number, by the erasures that it leaves out, and by its parts, of which a question may see only
/// some.
type Version = (u64, u64, u64);

fn version(snapshot: &Snapshot) -> Version {
    (snapshot.id, snapshot.erasures, snapshot.of(PartTable::Events).fold(0, |sum, part| sum.wrapping_add(part.checksum)))
}

/// A part is known by the checksum of its bytes.
type Key = (u64, u32, Name);

/// A range of keys that was put together.
struct Whole {
    snapshot: u64,
    /// When it was last asked for, in questions.
    last: u64,
    bytes: usize,
    piece: Piece,
}

#[derive(Default)]
struct Kept {
    opened: HashMap<u64, OpenPart>,
    names: HashMap<(u64, Name), Arc<[String]>>,
    /// Of the snapshots that were asked last, the newest first.
    of_snapshots: Vec<(Version, Name, Arc<Names>)>,
    columns: HashMap<Key, (i64, usize, Column)>,
    /// Oldest first.
    by_age: BTreeSet<(i64, Key)>,
    /// Ranges of keys that were put together, by what they were made of.
    wholes: HashMap<u64, Whole>,
    asked: u64,
    bytes: usize,
}

impl Columns {
    /// Keeps so many bytes of decoded columns.
    pub fn new(budget: usize) -> Columns {
        Columns { budget, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // A thread that panicked left at worst a column out.
        self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Forgets what belongs to no part of this snapshot.
    pub fn forget_all_but(&self, snapshot: &Snapshot) {
        let live: std::collections::HashSet<u64> = snapshot.parts.iter().map(|part| part.checksum).collect();
        let mut kept = self.kept();
        kept.opened.retain(|checksum, _| live.contains(checksum));
        kept.names.retain(|(checksum, _), _| live.contains(checksum));
        let gone: Vec<Key> = kept.columns.keys().filter(|key| !live.contains(&key.0)).copied().collect();
        gone.iter().for_each(|key| kept.give_up(key));
        kept.let_go_of_other_snapshots(snapshot.id);
    }

    pub(crate) fn open(&self, lake: &Lake, part: &Part) -> Result<OpenPart, EngineError> {
        if let Some(open) = self.kept().opened.get(&part.checksum) {
            return Ok(open.clone());
        }
        let open = lake.open_part(part)?;
        self.kept().opened.insert(part.checksum, open.clone());
        Ok(open)
    }

    /// All names of events, or of channels, in a snapshot.
    pub(crate) fn names(&self, lake: &Lake, snapshot: &Snapshot, column: Name) -> Result<Arc<Names>, EngineError> {
        if let Some(names) = self.known(version(snapshot), column) {
            return Ok(names);
        }
        let mut all = BTreeSet::new();
        for part in snapshot.of(PartTable::Events) {
            all.extend(self.names_in(lake, part, column)?.iter().cloned());
        }
        Ok(self.remember(version(snapshot), column, all.into_iter().collect()))
    }

    /// Remembers all names in a snapshot, as another machine told them.
    pub(crate) fn know(&self, snapshot: &Snapshot, column: Name, names: &[String]) {
        if self.known(version(snapshot), column).is_none() {
            self.remember(version(snapshot), column, names.to_vec());
        }
    }

    fn known(&self, version: Version, column: Name) -> Option<Arc<Names>> {
        let kept = self.kept();
        kept.of_snapshots.iter().find(|(of, what, _)| (*of, *what) == (version, column)).map(|(.., names)| names.clone())
    }

    fn remember(&self, version: Version, column: Name, names: Vec<String>) -> Arc<Names> {
        let names = Arc::new(Names::new(names));
        let mut kept = self.kept();
        kept.of_snapshots.insert(0, (version, column, names.clone()));
        kept.of_snapshots.truncate(SNAPSHOTS_REMEMBERED);
        names
    }

    fn names_in(&self, lake: &Lake, part: &Part, column: Name) -> Result<Arc<[String]>, EngineError> {
        if let Some(names) = self.kept().names.get(&(part.checksum, column)) {
            return Ok(names.clone());
        }
        let open = self.open(lake, part)?;
        let names: Arc<[String]> = match open.names(column.text()) {
            Some(names) => names.into(),
            None => {
                let mut names = BTreeSet::new();
                for group in 0..open.groups().count() {
                    let piece = self.piece(&open, part, group, &[column], true)?;
                    let texts = if column == Name::Channel { piece.channels } else { piece.events };
                    names.extend(texts.iter().flat_map(|texts| texts.values.iter().map(|text| text.to_string())));
                }
                names.into_iter().collect()
            }
        };
        self.kept().names.insert((part.checksum, column), names.clone());
        Ok(names)
    }

    /// A row group with these columns. With `keep`, those that were not in memory stay there.
    pub(crate) fn piece(&self, open: &OpenPart, part: &Part, group: usize, wanted: &[Name], keep: bool) -> Result<Piece, EngineError> {
        let key = |name: Name| (part.checksum, group as u32, name);
        let mut piece = Piece::default();
        let mut missing: Vec<Name> = Vec::new();
        {
            let kept = self.kept();
            for name in wanted {
                match kept.columns.get(&key(*name)) {
                    Some((_, _, column)) => piece.put(*name, column.clone()),
                    None => missing.push(*name),
                }
            }
        }
        if missing.is_empty() {
            return Ok(piece);
        }
        let rows = open.groups().nth(group).map_or(0, |group| group.rows);
        let columns: Vec<&str> = missing.iter().map(|name| name.text()).collect();
        let wrong = || EngineError::Columns(part.file.clone());
        let batch = open.read(&columns, Some(vec![group]), rows.max(1))?.next().ok_or_else(wrong)??;
        if batch.num_rows() != rows {
            return Err(wrong());
        }
        for name in missing {
            let column = Column::of(name, &batch).ok_or_else(wrong)?;
            if keep {
                self.keep(key(name), part.time_max, &column);
            }
            piece.put(name, column);
        }
        Ok(piece)
    }

    /// A range of keys with these columns, if it was put together before.
    pub(crate) fn whole(&self, key: u64, wanted: &[Name]) -> Option<Piece> {
        let mut kept = self.kept();
        kept.asked += 1;
        let now = kept.asked;
        let whole = kept.wholes.get_mut(&key)?;
        whole.last = now;
        wanted.iter().all(|name| whole.piece.has(*name)).then(|| whole.piece.only(wanted))
    }

    /// Whether there is room for so many bytes, if everything else made way.
    pub(crate) fn has_room(&self, bytes: u64) -> bool {
        bytes <= self.budget as u64
    }

    /// Keeps a range of keys of a snapshot. Whatever was not asked for lately makes way: columns of single parts, then other
    /// ranges.
    pub(crate) fn keep_whole(&self, key: u64, snapshot: u64, piece: &Piece) {
        let bytes = piece.bytes();
        let mut kept = self.kept();
        kept.let_go(key);
        kept.let_go_of_other_snapshots(snapshot);
        while kept.bytes + bytes > self.budget {
            let column = kept.by_age.first().map(|(_, key)| *key);
            let longest_ago = kept.wholes.iter().min_by_key(|(_, whole)| whole.last).map(|(key, _)| *key);
            match (column, longest_ago) {
                (Some(column), _) => kept.give_up(&column),
                (None, Some(whole)) => kept.let_go(whole),
                (None, None) => return,
            }
        }
        let last = kept.asked;
        kept.wholes.insert(key, Whole { snapshot, last, bytes, piece: piece.clone() });
        kept.bytes += bytes;
    }

    fn keep(&self, key: Key, age: i64, column: &Column) {
        let bytes = column.bytes();
        if bytes > self.budget {
            return;
        }
        let mut kept = self.kept();
        while kept.bytes + bytes > self.budget {
            match kept.by_age.first().copied() {
                Some((oldest, key)) if oldest < age => kept.give_up(&key),
                _ => return,
            }
        }
        if kept.columns.insert(key, (age, bytes, column.clone())).is_none() {
            kept.by_age.insert((age, key));
            kept.bytes += bytes;
        }
    }
}

impl Kept {
    fn give_up(&mut self, key: &Key) {
        if let Some((age, bytes, _)) = self.columns.remove(key) {
            self.by_age.remove(&(age, *key));
            self.bytes -= bytes;
        }
    }

    /// Whom a later snapshot has erased is in none of the ranges that it has put together.
    fn let_go_of_other_snapshots(&mut self, snapshot: u64) {
        let gone: Vec<u64> = self.wholes.iter().filter(|(_, whole)| whole.snapshot != snapshot).map(|(key, _)| *key).collect();
        gone.iter().for_each(|key| self.let_go(*key));
    }

    fn let_go(&mut self, whole: u64) {
        if let Some(whole) = self.wholes.remove(&whole) {
            self.bytes -= whole.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_runs() {
        let runs = Runs::of(&[3, 3, 5, 8, 8, 8]);
        assert_eq!((runs.keys.as_slice(), runs.ends.as_slice()), (&[3, 5, 8][..], &[2, 3, 6][..]));
        assert!(Runs::of(&[]).keys.is_empty() && Runs::of(&[]).ends.is_empty());
    }

    #[test]
    fn a_range_of_another_snapshot_is_let_go() {
        let columns = Columns::new(1_000);
        let piece = Piece { times: Some(ScalarBuffer::from(vec![0i64; 10])), ..Piece::default() };
        columns.keep_whole(1, 7, &piece);
        columns.keep_whole(2, 7, &piece);
        assert!(columns.whole(1, &[Name::Time]).is_some() && columns.whole(2, &[Name::Time]).is_some());
        columns.keep_whole(3, 8, &piece);
        assert!(columns.whole(1, &[Name::Time]).is_none() && columns.whole(3, &[Name::Time]).is_some());
        assert_eq!(columns.kept().bytes, 80, "what was let go of takes no room");
    }

    #[test]
    fn newer_columns_push_out_older_ones_and_never_the_other_way_round() {
        let columns = Columns::new(250);
        let column = |rows: usize| Column::Whole(ScalarBuffer::from(vec![0i64; rows]));
        let has = |part: u64| columns.kept().columns.contains_key(&(part, 0, Name::Time));
        columns.keep((1, 0, Name::Time), 10, &column(10));
        columns.keep((2, 0, Name::Time), 20, &column(10));
        columns.keep((3, 0, Name::Time), 30, &column(20));
        assert!(!has(1) && has(2) && has(3));
        columns.keep((4, 0, Name::Time), 5, &column(10));
        assert!(!has(4) && columns.kept().bytes == 240, "an old one finds no room");
        columns.keep((5, 0, Name::Time), 90, &column(40));
        assert!(!has(5) && columns.kept().bytes == 240, "what is larger than all the room stays out");
    }
}
