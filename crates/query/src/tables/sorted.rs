//! What several parts say under each customer's key, in the order of the keys.

use std::collections::VecDeque;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use periplus_lake::read::{PartReader, keys, names};
use periplus_lake::{Lake, LakeError};
use periplus_model::identity::CustomerKey;
use periplus_model::parts::{Part, PartTable, Snapshot};

use crate::error::QueryError;

/// Takes what is of use out of a batch: hands over rows with what they say. `None` when the batch lacks a column.
pub(crate) type Take<T> = fn(&RecordBatch, &mut dyn FnMut(usize, T)) -> Option<()>;

/// What parts say, key by key. Rows under dead keys say nothing.
pub(crate) struct Sorted<T> {
    snapshot: Snapshot,
    cursors: Vec<Cursor<T>>,
    take: Take<T>,
}

struct Cursor<T> {
    part: Part,
    reader: PartReader,
    rows: VecDeque<(i64, T)>,
}

impl<T> Sorted<T> {
    /// Opens all parts of a table; `customer_key` is read besides the columns.
    pub(crate) fn open(
        lake: &Lake,
        snapshot: &Snapshot,
        table: PartTable,
        columns: &[&str],
        take: Take<T>,
    ) -> Result<Sorted<T>, QueryError> {
        let columns: Vec<&str> = ["customer_key"].iter().chain(columns).copied().collect();
        let open = |part: &Part| Ok(Cursor { part: part.clone(), reader: lake.read(part, &columns, None)?, rows: VecDeque::new() });
        let cursors = snapshot.of(table).map(open).collect::<Result<Vec<_>, LakeError>>().map_err(unreadable)?;
        Ok(Sorted { snapshot: snapshot.clone(), cursors, take })
    }

    /// The smallest key that has not been taken.
    pub(crate) fn next_key(&mut self) -> Result<Option<i64>, QueryError> {
        let mut smallest = None;
        for cursor in &mut self.cursors {
            if let Some(key) = cursor.key(&self.snapshot, self.take)? {
                smallest = Some(smallest.map_or(key, |known: i64| known.min(key)));
            }
        }
        Ok(smallest)
    }

    /// Takes what is said under a key; smaller ones are passed over.
    pub(crate) fn take(&mut self, key: i64, mut each: impl FnMut(T)) -> Result<(), QueryError> {
        for cursor in &mut self.cursors {
            while cursor.key(&self.snapshot, self.take)?.is_some_and(|theirs| theirs <= key) {
                if let Some((theirs, said)) = cursor.rows.pop_front()
                    && theirs == key
                {
                    each(said);
                }
            }
        }
        Ok(())
    }
}

impl<T> Cursor<T> {
    fn key(&mut self, snapshot: &Snapshot, take: Take<T>) -> Result<Option<i64>, QueryError> {
        while self.rows.is_empty() {
            let Some(batch) = self.reader.next() else { return Ok(None) };
            let batch = batch.map_err(unreadable)?;
            let keys = keys(&batch);
            let mut keep = |row: usize, said: T| {
                if !snapshot.is_dead(keys[row], &self.part) {
                    self.rows.push_back((keys[row], said));
                }
            };
            take(&batch, &mut keep).ok_or_else(|| {
                let why = "its columns are not what they should be".to_owned();
                unreadable(LakeError::Damaged { file: self.part.file.clone(), why })
            })?;
        }
        Ok(self.rows.front().map(|(key, _)| *key))
    }
}

fn unreadable(error: LakeError) -> QueryError {
    QueryError::Data(error.to_string())
}

/// One thing that was said of a customer. Ordered by when it was said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Said {
    /// When: before everything else if it was always so; then in the order of arrival.
    pub(crate) at: (Option<i64>, i64),
    pub(crate) name: String,
    /// In JSON.
    pub(crate) value: String,
}

/// All that was said of customers.
pub(crate) fn traits(lake: &Lake, snapshot: &Snapshot) -> Result<Sorted<Said>, QueryError> {
    Sorted::open(lake, snapshot, PartTable::Traits, &["time", "seq", "name", "value"], |batch, each| {
        let times = batch.column_by_name("time")?.as_primitive_opt::<TimestampMicrosecondType>()?;
        let seqs = batch.column_by_name("seq")?.as_primitive_opt::<Int64Type>()?;
        let column = batch.column_by_name("name").filter(|column| column.as_dictionary_opt::<Int32Type>().is_some())?;
        let (codes, list) = names(column);
        let values = batch.column_by_name("value")?.as_string_opt::<i32>()?;
        for (row, code) in codes.iter().enumerate() {
            let name = list.get(usize::try_from(*code).ok()?)?;
            let at = ((!times.is_null(row)).then(|| times.value(row)), seqs.value(row));
            each(row, Said { at, name: (*name).to_owned(), value: values.value(row).to_owned() });
        }
        Some(())
    })
}

/// What holds of a customer now, by the traits' names: the last that was said, unless that is nothing.
pub(crate) fn current(mut said: Vec<Said>) -> Vec<Said> {
    said.sort_by(|a, b| (&a.name, a.at).cmp(&(&b.name, b.at)));
    let last = (0..said.len()).filter(|place| said.get(place + 1).is_none_or(|next| next.name != said[*place].name));
    last.map(|place| said[place].clone()).filter(|said| said.value != "null").collect()
}

/// The identifiers of rows whose customer is named after them: `distinct_id` where its own key is the customer's.
pub(crate) fn own_names(lake: &Lake, snapshot: &Snapshot, table: PartTable) -> Result<Sorted<String>, QueryError> {
    Sorted::open(lake, snapshot, table, &["distinct_id"], |batch, each| {
        let ids = batch.column_by_name("distinct_id")?.as_string_opt::<i32>()?;
        let mut named = None;
        for (row, key) in keys(batch).iter().enumerate() {
            if named != Some(*key) && CustomerKey::of_text(ids.value(row)).0 == *key {
                named = Some(*key);
                each(row, ids.value(row).to_owned());
            }
        }
        Some(())
    })
}
