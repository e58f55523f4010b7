//! Parts without some of their rows: what is erased, or too old to be kept, leaves the files.
//!
//! A purged part lies in the manifest where the one it was made of lay, in every version: rows that counted before count as
//! before, and in the same order.

use std::collections::{BTreeSet, HashMap, HashSet};

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, max, min};
use arrow::datatypes::TimestampMicrosecondType;
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use periplus_model::identity::CustomerKey;
use periplus_model::parts::{Part, PartTable};

use crate::read::{NAMES_KEYS, keys, names};
use crate::spill::NO_TIME;
use crate::sums::Sealing;
use crate::write::{NAMES_MAX, sad, seal, settle, sync_folders, write_file};
use crate::{Lake, LakeError, schema};

/// Which rows leave a part.
#[derive(Clone, Copy, Debug)]
pub enum Gone<'a> {
    /// Those of erased customers, where the part is older than the erasure.
    Of(&'a HashMap<CustomerKey, u64>),
    /// Events before a time (microseconds): of some names, or of all but some.
    Before {
        /// The time.
        time: i64,
        /// The names.
        names: &'a HashSet<String>,
        /// Whether the names are those that stay.
        all_but: bool,
    },
}

/// What is left of a part.
#[derive(Clone, Debug, PartialEq)]
pub enum Left {
    /// All of it: it holds none of the rows.
    All,
    /// Nothing.
    Nothing,
    /// This, as a part of its own.
    Some(Box<Part>),
}

impl Gone<'_> {
    /// Whether a part may hold such rows, by what the manifest says of it.
    fn may_be_in(&self, part: &Part) -> bool {
        match self {
            Gone::Of(erased) => {
                part.table != PartTable::Ids
                    && erased.iter().any(|(key, since)| part.begin < *since && (part.key_min..=part.key_max).contains(&key.0))
            }
            Gone::Before { time, .. } => part.table == PartTable::Events && part.time_min < *time,
        }
    }

    fn columns(&self) -> &'static [&'static str] {
        match self {
            Gone::Of(_) => &["customer_key"],
            Gone::Before { .. } => &["time", "event"],
        }
    }

    /// Which rows of a batch stay; nothing when all do.
    fn stay(&self, batch: &RecordBatch, part: &Part) -> Option<BooleanArray> {
        let stay: BooleanArray = match self {
            Gone::Of(erased) => {
                let is_gone = |key: &i64| erased.get(&CustomerKey(*key)).is_some_and(|since| part.begin < *since);
                keys(batch).iter().map(|key| Some(!is_gone(key))).collect()
            }
            Gone::Before { time, names: listed, all_but } => {
                let times = batch.column_by_name("time")?.as_primitive_opt::<TimestampMicrosecondType>()?;
                let (codes, values) = names(batch.column_by_name("event")?);
                let meant: Vec<bool> = values.iter().map(|name| listed.contains(*name) != *all_but).collect();
                let is_meant = |code: i32| usize::try_from(code).ok().and_then(|code| meant.get(code).copied()).unwrap_or(false);
                codes.into_iter().zip(times.values()).map(|(code, at)| Some(at >= time || !is_meant(code))).collect()
            }
        };
        (stay.true_count() < stay.len()).then_some(stay)
    }
}

impl Lake {
    /// Writes a part anew without some of its rows, as `file`; nothing is written when it holds none of them. It counts when
    /// the manifest says so.
    ///
    /// # Errors
    /// When the part cannot be read or the new one not be written.
    pub fn without(&self, part: &Part, gone: &Gone<'_>, file: &str) -> Result<Left, LakeError> {
        if !gone.may_be_in(part) {
            return Ok(Left::All);
        }
        let mut any = false;
        for batch in self.read(part, gone.columns(), None)? {
            any = any || gone.stay(&batch?, part).is_some();
        }
        if !any {
            return Ok(Left::All);
        }
        let mut left = Part { file: file.to_owned(), rows: 0, time_min: i64::MAX, time_max: i64::MIN, ..part.clone() };
        let (bytes, checksum) = self.copy_what_stays(part, gone, &mut left)?;
        if left.rows == 0 {
            let path = self.root().join(file).with_extension("tmp");
            std::fs::remove_file(&path).map_err(LakeError::io(&path))?;
            return Ok(Left::Nothing);
        }
        settle(self, file)?;
        left = Part { bytes, checksum, ..left };
        sync_folders(self, [&left])?;
        Ok(Left::Some(Box::new(left)))
    }

    fn copy_what_stays(&self, part: &Part, gone: &Gone<'_>, left: &mut Part) -> Result<(u64, u64), LakeError> {
        let schema = if part.table == PartTable::Events { schema::events() } else { schema::traits() };
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let reader = self.read(part, &columns, None)?;
        let mut used: [BTreeSet<String>; 2] = Default::default();
        let mut failed = None;
        let file = left.file.clone();
        let written = write_file(self, &file, |out| {
            let mut writer = ArrowWriter::try_new(Sealing::new(out), schema.clone(), Some(schema::properties())).map_err(sad)?;
            for batch in reader {
                let batch = match batch {
                    Ok(batch) => batch,
                    Err(error) => {
                        failed = Some(error);
                        return Err(std::io::Error::other("the part cannot be read"));
                    }
                };
                let batch = match gone.stay(&batch, part) {
                    Some(stay) => filter_record_batch(&batch, &stay).map_err(std::io::Error::other)?,
                    None => batch,
                };
                see(left, &batch);
                if part.table == PartTable::Events {
                    for (used, column) in used.iter_mut().zip(["event", "channel"]) {
                        note_names(&batch, column, used);
                    }
                }
                // Read columns may be dictionaries of other sizes than those that are declared; names and order are the same.
                let batch = RecordBatch::try_new(schema.clone(), batch.columns().to_vec()).map_err(std::io::Error::other)?;
                writer.write(&batch).map_err(sad)?;
            }
            for (key, used) in NAMES_KEYS.iter().zip(&used) {
                if !used.is_empty() && used.len() <= NAMES_MAX {
                    writer.append_key_value_metadata(KeyValue::new((*key).to_owned(), serde_json::to_string(used).ok()));
                }
            }
            seal(writer)
        });
        // Why the part could not be read is what there is to tell.
        failed.map_or(written, Err)
    }
}

/// Takes note of the names that occur in a batch.
fn note_names(batch: &RecordBatch, column: &str, used: &mut BTreeSet<String>) {
    let Some(column) = batch.column_by_name(column) else { return };
    let (codes, values) = names(column);
    let mut seen = vec![false; values.len()];
    codes.into_iter().filter_map(|code| usize::try_from(code).ok()).for_each(|code| {
        if let Some(seen) = seen.get_mut(code) {
            *seen = true;
        }
    });
    for (name, _) in values.iter().zip(&seen).filter(|(_, seen)| **seen) {
        if !used.contains(*name) {
            used.insert((*name).to_owned());
        }
    }
}

/// Lets a part grow by a batch.
fn see(part: &mut Part, batch: &RecordBatch) {
    let keys = keys(batch);
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return };
    if part.rows == 0 {
        part.key_min = *first;
    }
    part.key_max = *last;
    part.rows += keys.len() as u64;
    let Some(times) = batch.column_by_name("time").and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>()) else { return };
    // What is known without a time is known since always, as where parts are written.
    let always = (times.null_count() > 0).then_some(NO_TIME);
    part.time_min = always.or_else(|| min(times)).map_or(part.time_min, |low| low.min(part.time_min));
    part.time_max = max(times).or(always).map_or(part.time_max, |high| high.max(part.time_max));
}
