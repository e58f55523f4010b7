//! Reading rows back to write them anew.
//!
//! Two things need it: identities that changed (a customer's rows move to another customer; the old ones are declared
//! dead in the same commit), and compaction (many small parts become few, dead rows vanish).

use std::collections::{BTreeMap, HashSet};

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

/// So many parts that hold the same keys and the same month are too many to merge on every reading.
const PARTS_MAX: usize = 4;
/// A part is written anew when one in so many of its rows is suspected dead.
const DEAD_ONE_IN: u64 = 50;

/// Which parts are worth compacting, those that belong together in one list each: all of a bucket and month where [`PARTS_MAX`] or more hold the same keys, where one is
/// cut into fewer buckets than the rows ask for now, or where more than one row in fifty of a part is suspected dead.
pub fn compaction<'a>(snapshot: &'a Snapshot, settings: &Settings) -> Vec<Vec<&'a Part>> {
    let bits = settings.bits(snapshot.rows(PartTable::Events));
    let mut dead: Vec<(i64, u64)> = snapshot.dead.iter().map(|(key, since)| (key.0, *since)).collect();
    dead.sort_unstable();
    let mut chosen = Vec::new();
    for table in [PartTable::Events, PartTable::Traits] {
        // A cell is a bucket of the coarsest cut that any part has, so that old and new cuts meet in one.
        let coarsest = snapshot.of(table).map(|part| part.bits).min().unwrap_or(bits).min(bits);
        let mut cells: BTreeMap<(u16, Option<i32>), Vec<&Part>> = BTreeMap::new();
        for part in snapshot.of(table) {
            cells.entry((CustomerKey(part.key_min).bucket(coarsest), part.month)).or_default().push(part);
        }
        for parts in cells.into_values() {
            let coarse = parts.iter().any(|part| part.bits < bits);
            if coarse || parts_at_one_key(&parts) >= PARTS_MAX || parts.iter().any(|part| mostly_dead(part, &dead)) {
                chosen.push(parts);
            }
        }
    }
    chosen
}

/// So many parts of about one size are joined.
const JOINED_MIN: usize = 4;
/// A part is of the size of others when it has at most so many times the rows that they have together.
const SIZES: u64 = 4;

/// Which parts are worth joining while more and more small ones come: of each bucket and month, the smallest, as long as the
/// next one is not much larger than all of them together. A row is then written anew a few times on its way into a large part,
/// and a large part is not written anew for a handful of rows.
pub fn joining(snapshot: &Snapshot) -> Vec<&Part> {
    let mut chosen = Vec::new();
    for table in [PartTable::Events, PartTable::Traits] {
        let coarsest = snapshot.of(table).map(|part| part.bits).min().unwrap_or(0);
        let mut cells: BTreeMap<(u16, Option<i32>), Vec<&Part>> = BTreeMap::new();
        for part in snapshot.of(table) {
            cells.entry((CustomerKey(part.key_min).bucket(coarsest), part.month)).or_default().push(part);
        }
        chosen.extend(cells.into_values().flat_map(of_one_size));
    }
    chosen
}

/// The ids parts that are worth joining.
pub fn joining_ids(snapshot: &Snapshot) -> Vec<&Part> {
    of_one_size(snapshot.of(PartTable::Ids).collect())
}

/// The smallest of some parts, as long as they are of one size; none when they are few.
fn of_one_size(mut parts: Vec<&Part>) -> Vec<&Part> {
    parts.sort_by_key(|part| part.rows);
    let mut sum = 0;
    let is_near = |part: &&&Part| {
        let near = sum == 0 || part.rows <= SIZES * sum;
        sum += part.rows;
        near
    };
    let count = parts.iter().take_while(is_near).count();
    parts.truncate(if count < JOINED_MIN { 0 } else { count });
    parts
}

/// How many parts hold one key at most. Parts that lie side by side, as a large bucket's do, cost a reader nothing.
fn parts_at_one_key(parts: &[&Part]) -> usize {
    parts.iter().map(|at| parts.iter().filter(|part| (part.key_min..=part.key_max).contains(&at.key_min)).count()).max().unwrap_or(0)
}

/// Whether more than one row in [`DEAD_ONE_IN`] is suspected dead. How many rows a dead customer has here is not known
/// without reading; one each is assumed. `dead` is sorted.
fn mostly_dead(part: &Part, dead: &[(i64, u64)]) -> bool {
    let here = &dead[dead.partition_point(|(key, _)| *key < part.key_min)..dead.partition_point(|(key, _)| *key <= part.key_max)];
    let suspects = here.iter().filter(|(_, since)| part.begin < *since).count() as u64;
    suspects * DEAD_ONE_IN > part.rows
}
