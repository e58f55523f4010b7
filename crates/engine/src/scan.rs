//! One pass over the lake, customer by customer.
//!
//! The keys are cut into ranges that no part straddles; threads take ranges. Within a range, a cursor per part yields
//! blocks of rows as the lens sees them, and the cursors are merged key by key. A customer's rows from several parts are
//! put one after the other where their times do not overlap (parts of different months never do), and sorted by
//! (time, arrival) where they do.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use periplus_kernels::SessionRules;
use periplus_lake::Lake;
use periplus_lake::read::{PartReader, keys, names};
use periplus_model::identity::CustomerKey;
use periplus_model::parts::{Part, PartTable, Snapshot};
use periplus_model::question::Unit;
use serde_json::Value;

use crate::lens::{Lens, NONE, Naming, RowView};
use crate::{Desk, EngineError};

/// What one customer (or one session) did, in order.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The customer.
    pub key: i64,
    /// When, in microseconds, ascending.
    pub times: &'a [i64],
    /// What: codes of the lens, [`NONE`] for what has none.
    pub codes: &'a [u32],
    /// Which conditions each event meets.
    pub masks: &'a [u64],
    /// The numbers that the lens asked for, one list each.
    pub numbers: &'a [Vec<f64>],
    /// The texts that the lens asked for, one list each.
    pub texts: &'a [Vec<Option<Arc<str>>>],
    /// Where this run begins in `numbers` and `texts`.
    pub offset: usize,
    /// The traits that the lens asked for, as of the end of the period.
    pub traits: &'a [Option<Value>],
    /// Bit i is set when the customer (all that they did in the period) belongs to segment i of the lens.
    pub members: u64,
}

impl Run<'_> {
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

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Customers with at least one event in the period.
    pub customers: u64,
    /// Events in the period.
    pub events: u64,
}

/// What an analysis makes of customers: one state per thread.
pub trait Fold: Send {
    /// Takes one customer, or one session of a customer.
    fn take(&mut self, run: &Run<'_>);
    /// Whether it has seen enough: the rest of the customers need not be read.
    fn is_done(&self) -> bool {
        false
    }
}

/// Streams every customer through `make`'s states and answers them all with what was read.
///
/// # Errors
/// When a part cannot be read.
pub fn scan<S: Fold>(desk: &Desk<'_>, lens: &Lens, unit: Unit, make: impl Fn() -> S + Sync) -> Result<(Vec<S>, Totals), EngineError> {
    let ranges = ranges(desk.snapshot);
    let next = AtomicUsize::new(0);
    let results: Mutex<(Vec<S>, Totals, Option<EngineError>)> = Mutex::new((Vec::new(), Totals::default(), None));
    std::thread::scope(|scope| {
        for _ in 0..desk.threads.clamp(1, ranges.len().max(1)) {
            scope.spawn(|| {
                let mut state = make();
                let mut totals = Totals::default();
                let mut failed = None;
                while let Some(range) = ranges.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match Range::open(desk, lens, range).and_then(|mut range| range.run(unit, &mut state)) {
                        Ok(read) => {
                            totals.customers += read.customers;
                            totals.events += read.events;
                        }
                        Err(error) => {
                            failed = Some(error);
                            next.store(ranges.len(), Ordering::Relaxed);
                        }
                    }
                }
                let mut results = results.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                results.0.push(state);
                results.1.customers += totals.customers;
                results.1.events += totals.events;
                if failed.is_some() {
                    results.2 = failed;
                }
            });
        }
    });
    let (states, totals, failed) = results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    failed.map_or(Ok((states, totals)), Err)
}

/// The parts of each range of keys: the coarsest cut that any part has.
fn ranges(snapshot: &Snapshot) -> Vec<Vec<&Part>> {
    let relevant = || snapshot.parts.iter().filter(|part| part.table != PartTable::Ids);
    let bits = relevant().map(|part| part.bits).min().unwrap_or(0);
    let mut ranges: Vec<Vec<&Part>> = vec![Vec::new(); 1 << bits];
    for part in relevant() {
        ranges[usize::from(CustomerKey(part.key_min).bucket(bits))].push(part);
    }
    ranges.retain(|parts| parts.iter().any(|part| part.table == PartTable::Events));
    ranges
}

/// Rows as the lens sees them.
#[derive(Default)]
struct Block {
    keys: Vec<i64>,
    times: Vec<i64>,
    seqs: Vec<i64>,
    codes: Vec<u32>,
    masks: Vec<u64>,
    numbers: Vec<Vec<f64>>,
    texts: Vec<Vec<Option<Arc<str>>>>,
}

impl Block {
    fn new(lens: &Lens) -> Block {
        Block { numbers: vec![Vec::new(); lens.numbers.len()], texts: vec![Vec::new(); lens.texts.len()], ..Block::default() }
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.times.clear();
        self.seqs.clear();
        self.codes.clear();
        self.masks.clear();
        self.numbers.iter_mut().for_each(Vec::clear);
        self.texts.iter_mut().for_each(Vec::clear);
    }

    /// Appends rows `from..to` of another block.
    fn extend(&mut self, other: &Block, from: usize, to: usize) {
        self.times.extend_from_slice(&other.times[from..to]);
        self.seqs.extend_from_slice(other.seqs.get(from..to).unwrap_or_default());
        self.codes.extend_from_slice(&other.codes[from..to]);
        self.masks.extend_from_slice(&other.masks[from..to]);
        for (mine, theirs) in self.numbers.iter_mut().zip(&other.numbers) {
            mine.extend_from_slice(&theirs[from..to]);
        }
        for (mine, theirs) in self.texts.iter_mut().zip(&other.texts) {
            mine.extend_from_slice(&theirs[from..to]);
        }
    }

    /// Puts the rows into the order of (time, arrival).
    fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.times.len()).collect();
        order.sort_by_key(|&i| (self.times[i], self.seqs.get(i).copied().unwrap_or(0)));
        fn arrange<T: Clone>(list: &mut Vec<T>, order: &[usize]) {
            *list = order.iter().map(|&i| list[i].clone()).collect();
        }
        arrange(&mut self.times, &order);
        if !self.seqs.is_empty() {
            arrange(&mut self.seqs, &order);
        }
        arrange(&mut self.codes, &order);
        arrange(&mut self.masks, &order);
        self.numbers.iter_mut().for_each(|list| arrange(list, &order));
        self.texts.iter_mut().for_each(|list| arrange(list, &order));
    }
}

/// One part being read.
struct Cursor<'a> {
    part: &'a Part,
    /// Given when some of the part's rows may be dead.
    dead: Option<&'a Snapshot>,
    reader: PartReader,
    block: Block,
    at: usize,
}

impl Cursor<'_> {
    fn key(&self) -> Option<i64> {
        self.block.keys.get(self.at).copied()
    }

    /// Reads on until there is a row to see or the part ends.
    fn fill(&mut self, lens: &Lens, events: &mut u64) -> Result<(), EngineError> {
        while self.at >= self.block.keys.len() {
            self.block.clear();
            self.at = 0;
            match self.reader.next() {
                None => return Ok(()),
                Some(batch) => *events += see(&batch?, self.part, self.dead, lens, &mut self.block)?,
            }
        }
        Ok(())
    }

    /// Moves the rows of one customer into `run`.
    fn take(&mut self, key: i64, run: &mut Block, lens: &Lens, events: &mut u64) -> Result<(), EngineError> {
        while self.key() == Some(key) {
            let rest = &self.block.keys[self.at..];
            let count = rest.iter().take_while(|k| **k == key).count();
            run.extend(&self.block, self.at, self.at + count);
            self.at += count;
            self.fill(lens, events)?;
        }
        Ok(())
    }
}

/// One trait part being read, moved forward together with the customers.
struct TraitCursor<'a> {
    part: &'a Part,
    reader: PartReader,
    batch: Vec<(i64, i64, i64, usize, Value)>,
    at: usize,
}

impl TraitCursor<'_> {
    fn fill(&mut self, snapshot: &Snapshot, lens: &Lens) -> Result<(), EngineError> {
        while self.at >= self.batch.len() {
            self.batch.clear();
            self.at = 0;
            let Some(batch) = self.reader.next() else { return Ok(()) };
            let batch = batch?;
            let wrong = || EngineError::Columns(self.part.file.clone());
            let times = column(&batch, "time").and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>()).ok_or_else(wrong)?;
            let seqs = column(&batch, "seq").and_then(|c| c.as_primitive_opt::<Int64Type>()).ok_or_else(wrong)?;
            let values = column(&batch, "value").and_then(|c| c.as_string_opt::<i32>()).ok_or_else(wrong)?;
            let (codes, list) =
                names(column(&batch, "name").filter(|c| matches!(c.data_type(), DataType::Dictionary(..))).ok_or_else(wrong)?);
            let places: Vec<Option<usize>> = list.iter().map(|name| lens.traits.iter().position(|t| t == name)).collect();
            for (index, key) in keys(&batch).iter().enumerate() {
                let Some(place) = usize::try_from(codes[index]).ok().and_then(|code| places[code]) else { continue };
                let time = if times.is_null(index) { i64::MIN } else { times.value(index) };
                if lens.to.is_some_and(|to| time >= to) || snapshot.is_dead(*key, self.part) {
                    continue;
                }
                let value = serde_json::from_str(values.value(index)).unwrap_or(Value::Null);
                self.batch.push((*key, time, seqs.value(index), place, value));
            }
        }
        Ok(())
    }
}

/// All parts of one range of keys.
struct Range<'a> {
    snapshot: &'a Snapshot,
    lens: &'a Lens,
    cursors: Vec<Cursor<'a>>,
    traits: Vec<TraitCursor<'a>>,
    run: Block,
    totals: Totals,
}

impl<'a> Range<'a> {
    fn open(desk: &Desk<'a>, lens: &'a Lens, parts: &[&'a Part]) -> Result<Range<'a>, EngineError> {
        let in_period = |part: &&&Part| lens.from.is_none_or(|from| part.time_max >= from) && lens.to.is_none_or(|to| part.time_min < to);
        let mut events: Vec<&Part> = parts.iter().filter(|part| part.table == PartTable::Events).filter(in_period).copied().collect();
        events.sort_by_key(|part| (part.time_min, part.begin));
        // Arrival matters only where two parts can hold the same moment.
        let with_seq = events.windows(2).any(|pair| pair[0].time_max >= pair[1].time_min);
        let columns = lens.columns(with_seq);
        let lake: &Lake = desk.lake;
        let mut range = Range {
            snapshot: desk.snapshot,
            lens,
            cursors: Vec::new(),
            traits: Vec::new(),
            run: Block::new(lens),
            totals: Totals::default(),
        };
        for part in events {
            let dead = desk.snapshot.dead.values().any(|since| part.begin < *since).then_some(desk.snapshot);
            let mut cursor = Cursor { part, dead, reader: lake.read(part, &columns, None)?, block: Block::new(lens), at: 0 };
            cursor.fill(lens, &mut range.totals.events)?;
            range.cursors.push(cursor);
        }
        if !lens.traits.is_empty() {
            for part in parts.iter().filter(|part| part.table == PartTable::Traits) {
                let reader = lake.read(part, &["customer_key", "time", "seq", "name", "value"], None)?;
                range.traits.push(TraitCursor { part, reader, batch: Vec::new(), at: 0 });
            }
        }
        Ok(range)
    }

    fn run<S: Fold>(&mut self, unit: Unit, state: &mut S) -> Result<Totals, EngineError> {
        let mut traits: Vec<Option<Value>> = vec![None; self.lens.traits.len()];
        while let Some(key) = self.cursors.iter().filter_map(Cursor::key).min().filter(|_| !state.is_done()) {
            self.run.clear();
            let mut ordered = true;
            for cursor in &mut self.cursors {
                if cursor.key() == Some(key) {
                    let before = self.run.times.last().copied();
                    let start = self.run.times.len();
                    cursor.take(key, &mut self.run, self.lens, &mut self.totals.events)?;
                    ordered &= before.is_none_or(|before| self.run.times.get(start).is_none_or(|first| before < *first));
                }
            }
            if !ordered {
                self.run.sort();
            }
            self.totals.customers += 1;
            self.traits_of(key, &mut traits)?;
            let mut run = Run {
                key,
                times: &self.run.times,
                codes: &self.run.codes,
                masks: &self.run.masks,
                numbers: &self.run.numbers,
                texts: &self.run.texts,
                offset: 0,
                traits: &traits,
                members: 0,
            };
            // A segment means customers, so it is asked of everything they did before that is cut into sessions.
            let who = self.lens.who.iter().enumerate();
            run.members = who.fold(0, |members, (place, segment)| members | u64::from(segment.holds(&run, self.lens.end)) << place);
            if self.lens.only.is_some_and(|place| !run.is_in(place)) {
                continue;
            }
            match unit {
                Unit::Customer => state.take(&run),
                Unit::Session => {
                    for session in periplus_kernels::sessions(run.times, SessionRules::MICROS) {
                        let (from, to) = (session.start, session.end);
                        state.take(&Run {
                            times: &run.times[from..to],
                            codes: &run.codes[from..to],
                            masks: &run.masks[from..to],
                            offset: from,
                            ..run
                        });
                    }
                }
            }
        }
        Ok(self.totals)
    }

    /// The latest value of each trait of a customer, by (time, arrival).
    fn traits_of(&mut self, key: i64, into: &mut [Option<Value>]) -> Result<(), EngineError> {
        if into.is_empty() {
            return Ok(());
        }
        into.fill(None);
        let mut latest: Vec<Option<(i64, i64)>> = vec![None; into.len()];
        for cursor in &mut self.traits {
            loop {
                cursor.fill(self.snapshot, self.lens)?;
                let Some((theirs, time, seq, place, value)) = cursor.batch.get_mut(cursor.at) else { break };
                if *theirs > key {
                    break;
                }
                if *theirs == key && latest[*place].is_none_or(|known| known <= (*time, *seq)) {
                    latest[*place] = Some((*time, *seq));
                    into[*place] = Some(std::mem::take(value));
                }
                cursor.at += 1;
            }
        }
        Ok(())
    }
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b dyn Array> {
    batch.column_by_name(name).map(AsRef::as_ref)
}

/// Looks at a batch through the lens and appends what is to be seen. Answers how many events lie in the period.
fn see(batch: &RecordBatch, part: &Part, dead: Option<&Snapshot>, lens: &Lens, into: &mut Block) -> Result<u64, EngineError> {
    let wrong = || EngineError::Columns(part.file.clone());
    let keys = keys(batch);
    let times = column(batch, "time").and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>()).ok_or_else(wrong)?.values();
    let seqs = column(batch, "seq").and_then(|c| c.as_primitive_opt::<Int64Type>()).map(|c| c.values());
    let dictionary = |name: &str| column(batch, name).filter(|c| matches!(c.data_type(), DataType::Dictionary(..))).map(names);
    let (event, event_names) = dictionary("event").ok_or_else(wrong)?;
    let channel = dictionary("channel");
    let amount = column(batch, "amount").and_then(|c| c.as_primitive_opt::<Int64Type>());
    let properties = column(batch, "properties").and_then(|c| c.as_string_opt::<i32>());
    let by_name = ByName::new(lens, &event_names);
    let wants_more = !lens.numbers.is_empty() || !lens.texts.is_empty();
    let whole = lens.from.is_none_or(|from| part.time_min >= from) && lens.to.is_none_or(|to| part.time_max < to);
    let mut read = lens.properties();
    let mut events = 0;
    for index in 0..batch.num_rows() {
        let time = times[index];
        if !whole && (lens.from.is_some_and(|from| time < from) || lens.to.is_some_and(|to| time >= to)) {
            continue;
        }
        if dead.is_some_and(|snapshot| snapshot.is_dead(keys[index], part)) {
            continue;
        }
        let Ok(name) = usize::try_from(event[index]) else { return Err(wrong()) };
        let known = &by_name.entries[name];
        let mut row = RowView {
            name: event_names[name],
            channel: channel.as_ref().and_then(|(codes, list)| usize::try_from(codes[index]).ok().map(|code| list[code])),
            amount: amount.filter(|a| !a.is_null(index)).map(|a| a.value(index)),
            properties: properties.filter(|p| !p.is_null(index)).map(|p| p.value(index)),
            code: known.code,
            read: &mut read,
            is_read: false,
        };
        if !known.settled {
            by_name.code(lens, known, &mut row);
        }
        if let Some(filter) = &lens.filter
            && !known.filter.unwrap_or_else(|| filter.passes(&mut row))
        {
            continue;
        }
        events += 1;
        let mut mask = known.mask;
        for bit in &known.open {
            mask |= u64::from(lens.bits[*bit as usize].passes(&mut row)) << bit;
        }
        if !lens.keep_all && mask == 0 && row.code == NONE {
            continue;
        }
        into.keys.push(keys[index]);
        into.times.push(time);
        if let Some(seqs) = seqs {
            into.seqs.push(seqs[index]);
        }
        into.codes.push(row.code);
        into.masks.push(mask);
        if wants_more {
            for (list, number) in into.numbers.iter_mut().zip(&lens.numbers) {
                list.push(row.number(number));
            }
            for (list, text) in into.texts.iter_mut().zip(&lens.texts) {
                list.push(row.text(text));
            }
        }
    }
    Ok(events)
}

/// What is known of a row from its event's name alone, for every name in the batch.
struct ByName {
    entries: Vec<Known>,
}

struct Known {
    code: u32,
    /// Whether the code is certain; else these touchpoints have to be tried in order.
    settled: bool,
    candidates: Vec<u32>,
    filter: Option<bool>,
    mask: u64,
    /// Bits whose truth hangs on more than the name.
    open: Vec<u32>,
}

impl ByName {
    fn new(lens: &Lens, names: &[&str]) -> ByName {
        let codes = match lens.naming {
            Naming::Events => lens.names.codes(names),
            Naming::Touchpoints(_) => Vec::new(),
        };
        let entries = names.iter().enumerate().map(|(index, name)| {
            let mut known = Known { code: NONE, settled: true, candidates: Vec::new(), filter: None, mask: 0, open: Vec::new() };
            match &lens.naming {
                Naming::Events => known.code = codes[index],
                Naming::Touchpoints(tests) => {
                    for (place, test) in tests.iter().enumerate() {
                        match test.by_name(name) {
                            Some(false) => {}
                            // Certain unless an earlier one comes true first.
                            Some(true) => {
                                known.code = place as u32;
                                break;
                            }
                            None => known.candidates.push(place as u32),
                        }
                    }
                    known.settled = known.candidates.is_empty();
                }
            }
            known.filter = lens.filter.as_ref().and_then(|filter| filter.by_name(name));
            for (bit, test) in lens.bits.iter().enumerate() {
                match test.by_name(name) {
                    Some(true) => known.mask |= 1 << bit,
                    Some(false) => {}
                    None => known.open.push(bit as u32),
                }
            }
            known
        });
        ByName { entries: entries.collect() }
    }

    fn code(&self, lens: &Lens, known: &Known, row: &mut RowView<'_>) {
        if let Naming::Touchpoints(tests) = &lens.naming
            && let Some(place) = known.candidates.iter().find(|place| tests[**place as usize].passes(row))
        {
            row.code = *place;
        }
    }
}
