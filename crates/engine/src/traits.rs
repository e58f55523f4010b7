//! What is known of customers, read beside their events.

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
    batch: Vec<(i64, i64, i64, usize, Value)>,
    at: usize,
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

/// The traits of one range of keys.
pub(crate) struct Traits<'a> {
    snapshot: &'a Snapshot,
    lens: &'a Lens,
    cursors: Vec<Cursor<'a>>,
    latest: Vec<Option<(i64, i64)>>,
    /// The latest value of each trait of the customer, by (time, arrival).
    pub(crate) values: Vec<Option<Value>>,
}

impl<'a> Traits<'a> {
    pub(crate) fn open(desk: &Desk<'a>, lens: &'a Lens, parts: &[&'a Part]) -> Result<Traits<'a>, EngineError> {
        let count = lens.traits.len();
        let mut traits =
            Traits { snapshot: desk.snapshot, lens, cursors: Vec::new(), latest: vec![None; count], values: vec![None; count] };
        if count > 0 {
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
                let Some((theirs, time, seq, place, value)) = cursor.batch.get_mut(cursor.at) else { break };
                if *theirs > key {
                    break;
                }
                if *theirs == key && self.latest[*place].is_none_or(|known| known <= (*time, *seq)) {
                    self.latest[*place] = Some((*time, *seq));
                    self.values[*place] = Some(std::mem::take(value));
                }
                cursor.at += 1;
            }
        }
        Ok(())
    }
}
