//! Reading rows back to write them anew.
//!
//! Two things need it: identities that changed (a customer's rows move to another customer; the old ones are declared
//! dead in the same commit), and compaction (many small parts become few, dead rows vanish).

use std::collections::HashSet;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use periplus_model::identity::CustomerKey;
use periplus_model::parts::{Part, PartTable, Snapshot};

use crate::read::{keys, names};
use crate::spill::{NO_NAME, NO_TIME, Row};
use crate::{Import, Lake, LakeError, Settings, Whose};

/// What is to be written anew.
pub enum Rewrite<'a> {
    /// All living rows under these keys, wherever they are.
    Keys(&'a HashSet<i64>),
    /// All living rows of these parts.
    Parts(&'a [&'a Part]),
}

impl Import {
    /// Reads the rows and takes them in again under the customers to whom they belong now. Answers under which
    /// keys rows were found.
    ///
    /// # Errors
    /// When a part cannot be read or a scratch file not be written.
    pub fn rewrite(&mut self, lake: &Lake, snapshot: &Snapshot, what: &Rewrite<'_>, whose: &dyn Whose) -> Result<HashSet<i64>, LakeError> {
        let mut found = HashSet::new();
        let parts: Vec<&Part> = match what {
            Rewrite::Keys(wanted) => {
                let (Some(low), Some(high)) = (wanted.iter().min(), wanted.iter().max()) else { return Ok(found) };
                snapshot.parts.iter().filter(|part| part.table != PartTable::Ids && part.key_min <= *high && part.key_max >= *low).collect()
            }
            Rewrite::Parts(parts) => parts.to_vec(),
        };
        for part in parts {
            if let Rewrite::Keys(wanted) = what {
                // Reading only the keys is cheap; most parts hold none of them.
                let mut any = false;
                for batch in lake.read(part, &["customer_key"], None)? {
                    any = any || keys(&batch?).iter().any(|key| wanted.contains(key));
                }
                if !any {
                    continue;
                }
            }
            self.rewrite_part(lake, snapshot, part, what, whose, &mut found)?;
        }
        Ok(found)
    }

    fn rewrite_part(
        &mut self,
        lake: &Lake,
        snapshot: &Snapshot,
        part: &Part,
        what: &Rewrite<'_>,
        whose: &dyn Whose,
        found: &mut HashSet<i64>,
    ) -> Result<(), LakeError> {
        let events = part.table == PartTable::Events;
        let schema = if events { crate::schema::events() } else { crate::schema::traits() };
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let range = match what {
            Rewrite::Keys(wanted) => wanted.iter().min().copied().zip(wanted.iter().max().copied()),
            Rewrite::Parts(_) => None,
        };
        for batch in lake.read(part, &columns, range)? {
            let batch = batch?;
            let column = |name: &str| {
                batch
                    .column_by_name(name)
                    .ok_or_else(|| LakeError::Damaged { file: part.file.clone(), why: format!("column {name} is missing") })
            };
            let times = column("time")?.as_primitive::<TimestampMicrosecondType>();
            let seqs = column("seq")?.as_primitive::<Int64Type>();
            let distinct = column("distinct_id")?.as_string::<i32>();
            let body = column(if events { "properties" } else { "value" })?.as_string::<i32>();
            let mut coded = |name: &str, slot: usize| -> Result<Vec<u32>, LakeError> {
                let (codes, values) = names(column(name)?);
                let ours: Vec<u32> = values.iter().map(|value| self.names().code(value, slot)).collect();
                Ok(codes
                    .into_iter()
                    .map(|code| usize::try_from(code).ok().and_then(|code| ours.get(code).copied()).unwrap_or(NO_NAME))
                    .collect())
            };
            let name = coded(if events { "event" } else { "name" }, 0)?;
            let source = coded("source", 2)?;
            let (channel, currency) = if events { (coded("channel", 1)?, coded("currency", 3)?) } else { (Vec::new(), Vec::new()) };
            let (message, amount) = if events {
                (Some(column("message_id")?.as_string::<i32>()), Some(column("amount")?.as_primitive::<Int64Type>()))
            } else {
                (None, None)
            };
            for (index, stored) in keys(&batch).iter().enumerate() {
                let chosen = match what {
                    Rewrite::Keys(wanted) => wanted.contains(stored),
                    Rewrite::Parts(_) => true,
                };
                if !chosen || snapshot.is_dead(*stored, part) {
                    continue;
                }
                let time = if times.is_null(index) { NO_TIME } else { times.value(index) };
                let distinct_id = distinct.value(index);
                let own = CustomerKey::of_text(distinct_id).0;
                let row = Row {
                    key: whose.customer(own, if time == NO_TIME { i64::MAX } else { time }),
                    time,
                    seq: seqs.value(index) as u64,
                    name: name[index],
                    channel: channel.get(index).copied().unwrap_or(NO_NAME),
                    source: source[index],
                    currency: currency.get(index).copied().unwrap_or(NO_NAME),
                    amount: amount.filter(|a| !a.is_null(index)).map(|a| a.value(index)),
                    distinct_id,
                    message_id: message.filter(|m| !m.is_null(index)).map(|m| m.value(index)),
                    body: if body.is_null(index) { "" } else { body.value(index) },
                };
                self.rewritten(part.table, &row)?;
                found.insert(*stored);
            }
        }
        Ok(())
    }
}

/// Which parts are worth compacting: those of a bucket and month that has four or more, those cut into fewer buckets
/// than the rows ask for now, and all parts with dead rows once more than one row in fifty is suspected dead.
pub fn compaction<'a>(snapshot: &'a Snapshot, settings: &Settings) -> Vec<&'a Part> {
    let bits = settings.bits(snapshot.rows(PartTable::Events));
    let mut chosen = Vec::new();
    for table in [PartTable::Events, PartTable::Traits] {
        let mut cells: std::collections::BTreeMap<(u16, Option<i32>), Vec<&Part>> = std::collections::BTreeMap::new();
        for part in snapshot.of(table) {
            // Cells of the coarsest cut that the part's own bucket lies in, so that old and new cuts meet.
            let bucket = CustomerKey(part.key_min).bucket(part.bits.min(bits));
            cells.entry((bucket, part.month)).or_default().push(part);
        }
        for parts in cells.into_values() {
            let many = parts.len() >= 4;
            let coarse = parts.iter().any(|part| part.bits < bits);
            let old = parts
                .iter()
                .any(|part| snapshot.dead.iter().any(|(key, since)| part.begin < *since && (part.key_min..=part.key_max).contains(&key.0)));
            if many || coarse || old {
                chosen.extend(parts);
            }
        }
    }
    chosen
}
