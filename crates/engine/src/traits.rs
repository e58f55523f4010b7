//! What is known of customers, read beside their events: the latest value of each trait, and, of those traits of which a
//! question asks for it, every value that they had.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use periplus_lake::read::{PartReader, keys, names};
use periplus_model::parts::{Part, PartTable, Snapshot};
use serde_json::Value;

use crate::lens::Lens;
use crate::{Desk, EngineError};

const COLUMNS: [&str; 5] = ["customer_key", "time", "seq", "name", "value"];

/// One trait part being read, moved forward together with the customers.
struct Cursor<'a> {
    part: &'a Part,
    reader: PartReader,
    batch: Vec<Update>,
    at: usize,
}

/// A value that somebody was told for a trait.
struct Update {
    key: i64,
    /// When, and which arrived how early of those of one time.
    told: (i64, i64),
    /// Places among the traits and among the histories of the lens.
    latest: Option<usize>,
    history: Option<usize>,
    value: Value,
}

impl Cursor<'_> {
    fn fill(&mut self, snapshot: &Snapshot, lens: &Lens) -> Result<(), EngineError> {
        while self.at >= self.batch.len() {
            self.batch.clear();
            self.at = 0;
            let Some(batch) = self.reader.next() else { return Ok(()) };
            let batch = batch?;
            let wrong = || EngineError::Columns(self.part.file.clone());
            let column = |name: &str| batch.column_by_name(name).ok_or_else(wrong);
            let times = column("time")?.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(wrong)?;
            let seqs = column("seq")?.as_primitive_opt::<Int64Type>().ok_or_else(wrong)?;
            let values = column("value")?.as_string_opt::<i32>().ok_or_else(wrong)?;
            let name = column("name")?;
            if !matches!(name.data_type(), DataType::Dictionary(..)) {
                return Err(wrong());
            }
            let (codes, list) = names(name);
            let place = |all: &[String], name: &str| all.iter().position(|known| known == name);
            let places: Vec<_> = list.iter().map(|name| (place(&lens.traits, name), place(&lens.histories, name))).collect();
            for (index, key) in keys(&batch).iter().enumerate() {
                let Some((latest, history)) = usize::try_from(codes[index]).ok().map(|code| places[code]) else { continue };
                let time = if times.is_null(index) { i64::MIN } else { times.value(index) };
                let is_wanted = latest.is_some() || history.is_some();
                if !is_wanted || lens.to.is_some_and(|to| time >= to) || snapshot.is_dead(*key, self.part) {
                    continue;
                }
                let value = serde_json::from_str(values.value(index)).unwrap_or(Value::Null);
                self.batch.push(Update { key: *key, told: (time, seqs.value(index)), latest, history, value });
            }
        }
        Ok(())
    }
}

/// The traits of one range of keys.
pub(crate) struct Traits<'a> {
    snapshot: &'a Snapshot,
    lens: &'a Lens,
    cursors: Vec<Cursor<'a>>,
    latest: Vec<Option<(i64, i64)>>,
    /// The latest value of each trait of the customer, by (time, arrival).
    pub(crate) values: Vec<Option<Value>>,
    /// Each history of the customer: values and since when they were in force, ascending; of several told for one time only
    /// the one that arrived last.
    pub(crate) histories: Vec<History>,
    told: Vec<Vec<((i64, i64), Value)>>,
}

/// Values of a trait, and since when each was in force.
pub(crate) type History = Vec<(i64, Value)>;

/// The value in force at a time.
pub(crate) fn as_of(history: &[(i64, Value)], time: i64) -> Option<&Value> {
    history.partition_point(|(since, _)| *since <= time).checked_sub(1).map(|place| &history[place].1)
}

impl<'a> Traits<'a> {
    pub(crate) fn open(desk: &Desk<'a>, lens: &'a Lens, parts: &[&'a Part]) -> Result<Traits<'a>, EngineError> {
        let count = lens.traits.len();
        let mut traits = Traits {
            snapshot: desk.snapshot,
            lens,
            cursors: Vec::new(),
            latest: vec![None; count],
            values: vec![None; count],
            histories: vec![Vec::new(); lens.histories.len()],
            told: vec![Vec::new(); lens.histories.len()],
        };
        if count > 0 || !lens.histories.is_empty() {
            for part in parts.iter().filter(|part| part.table == PartTable::Traits) {
                let reader = desk.columns.open(desk.lake, part)?.read(&COLUMNS, None, periplus_lake::read::BATCH_ROWS)?;
                traits.cursors.push(Cursor { part, reader, batch: Vec::new(), at: 0 });
            }
        }
        Ok(traits)
    }

    /// Moves on to a customer. Customers must come in the order of their keys.
    pub(crate) fn of(&mut self, key: i64) -> Result<(), EngineError> {
        self.values.fill(None);
        self.latest.fill(None);
        for cursor in &mut self.cursors {
            loop {
                cursor.fill(self.snapshot, self.lens)?;
                let Some(Update { key: theirs, told, latest, history, value }) = cursor.batch.get_mut(cursor.at) else { break };
                if *theirs > key {
                    break;
                }
                if *theirs == key {
                    if let Some(place) = *history {
                        self.told[place].push((*told, value.clone()));
                    }
                    if let Some(place) = latest.filter(|place| self.latest[*place].is_none_or(|known| known <= *told)) {
                        self.latest[place] = Some(*told);
                        self.values[place] = Some(std::mem::take(value));
                    }
                }
                cursor.at += 1;
            }
        }
        for (told, history) in self.told.iter_mut().zip(&mut self.histories) {
            told.sort_by_key(|(told, _)| *told);
            history.clear();
            for ((time, _), value) in told.drain(..) {
                history.pop_if(|(before, _)| *before == time);
                history.push((time, value));
            }
        }
        Ok(())
    }
}
