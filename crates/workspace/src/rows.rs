//! Whole rows of single customers, for what shows or exports them.

use std::collections::{BTreeSet, HashMap};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use periplus_lake::LakeError;
use periplus_lake::read::{keys, names};
use periplus_model::identity::CustomerKey;
use periplus_model::money::Money;
use periplus_model::parts::{Part, PartTable, Snapshot};
use periplus_model::time::Instant;
use serde::Serialize;

use crate::upkeep::DAY;
use crate::{Workspace, WorkspaceError};

/// So many rows are looked at for a text in their identifiers.
const LOOKED_AT_MAX: usize = 5_000_000;

/// A stored event, complete.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoredEvent {
    /// When.
    pub time: Instant,
    /// What.
    pub event: String,
    /// Through which channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// From which source.
    pub source: String,
    /// The identifier it carried.
    pub distinct_id: String,
    /// The sender's id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Money that changed hands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Properties, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<String>,
    #[serde(skip)]
    pub(crate) seq: i64,
}

/// A stored trait update, complete.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoredTrait {
    /// Since when; since always when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Instant>,
    /// Its name.
    pub name: String,
    /// Its value, as JSON text.
    pub value: String,
    /// From which source.
    pub source: String,
    /// The identifier it was told of.
    pub distinct_id: String,
    #[serde(skip)]
    pub(crate) seq: i64,
}

/// The parts of events and traits in which customers of a range of keys may be.
fn within(snapshot: &Snapshot, low: i64, high: i64) -> impl Iterator<Item = &Part> {
    snapshot.parts.iter().filter(move |part| part.table != PartTable::Ids && part.key_min <= high && part.key_max >= low)
}

/// Why a part cannot be read whose columns are missing, or of other types.
pub(crate) fn damaged(part: &Part) -> LakeError {
    LakeError::Damaged { file: part.file.clone(), why: "its columns are not what they should be".to_owned() }
}

/// Everything that is stored of one customer, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored {
    pub(crate) events: Vec<StoredEvent>,
    pub(crate) traits: Vec<StoredTrait>,
}

impl Workspace {
    /// Reads the rows of the customers in a range of keys (inclusive).
    pub(crate) fn stored(&self, snapshot: &Snapshot, low: i64, high: i64) -> Result<HashMap<CustomerKey, Stored>, WorkspaceError> {
        let mut customers: HashMap<CustomerKey, Stored> = HashMap::new();
        for part in within(snapshot, low, high) {
            let columns: &[&str] = match part.table {
                PartTable::Events => &[
                    "customer_key",
                    "time",
                    "seq",
                    "event",
                    "channel",
                    "source",
                    "distinct_id",
                    "message_id",
                    "amount",
                    "currency",
                    "properties",
                ],
                _ => &["customer_key", "time", "seq", "name", "value", "source", "distinct_id"],
            };
            for batch in self.lake.read(part, columns, Some((low, high)))? {
                read_batch(&batch?, part, snapshot, (low, high), &mut customers).ok_or_else(|| damaged(part))?;
            }
        }
        for stored in customers.values_mut() {
            stored.events.sort_by_key(|event| (event.time, event.seq));
            stored.traits.sort_by_key(|update| (update.time, update.seq));
        }
        Ok(customers)
    }
}

impl Workspace {
    /// The identifier that the rows of some customers carry: that of their key, else the shortest.
    pub(crate) fn carried(
        &self,
        wanted: &BTreeSet<CustomerKey>,
        snapshot: &Snapshot,
    ) -> Result<HashMap<CustomerKey, String>, WorkspaceError> {
        let mut carried: HashMap<CustomerKey, String> = HashMap::new();
        let (Some(low), Some(high)) = (wanted.first(), wanted.last()) else { return Ok(carried) };
        let (low, high) = (low.0, high.0);
        for part in within(snapshot, low, high) {
            for batch in self.lake.read(part, &["customer_key", "distinct_id"], Some((low, high)))? {
                let batch = batch?;
                let texts = batch.column_by_name("distinct_id").and_then(|column| column.as_string_opt::<i32>());
                let texts = texts.ok_or_else(|| damaged(part))?;
                for (key, text) in keys(&batch).iter().map(|key| CustomerKey(*key)).zip(texts) {
                    let Some(text) = text.filter(|_| wanted.contains(&key) && !snapshot.is_dead(key.0, part)) else { continue };
                    let rank = |text: &str| (CustomerKey::of_text(text) != key, text.len());
                    match carried.get_mut(&key) {
                        Some(best) if *best == text || (rank(best), best.as_str()) <= (rank(text), text) => {}
                        Some(best) => text.clone_into(best),
                        None => drop(carried.insert(key, text.to_owned())),
                    }
                }
            }
        }
        Ok(carried)
    }

    /// Some events, of whichever customers come first.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn some_events(&self, snapshot: &Snapshot, at_most: usize) -> Result<Vec<StoredEvent>, WorkspaceError> {
        let Some(part) = snapshot.of(PartTable::Events).next() else { return Ok(Vec::new()) };
        let mut customers: Vec<(CustomerKey, Stored)> = self.stored(snapshot, part.key_min, part.key_max)?.into_iter().collect();
        customers.sort_by_key(|(key, _)| *key);
        Ok(customers.into_iter().flat_map(|(_, stored)| stored.events).take(at_most).collect())
    }

    /// Customers of whom a row carries an identifier that contains a text, ignoring ASCII case: those whose identifiers were never linked
    /// are in no list. Looks at so many rows of traits and events at most.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn carrying(&self, snapshot: &Snapshot, text: &str, at_most: usize) -> Result<Vec<CustomerKey>, WorkspaceError> {
        let wanted = text.to_ascii_lowercase();
        let (mut found, mut looked): (Vec<CustomerKey>, usize) = (Vec::new(), 0);
        for part in snapshot.of(PartTable::Traits).chain(snapshot.of(PartTable::Events)) {
            for batch in self.lake.read(part, &["customer_key", "distinct_id"], None)? {
                let batch = batch?;
                looked += batch.num_rows();
                if looked > LOOKED_AT_MAX || found.len() >= at_most {
                    return Ok(found);
                }
                let ids = batch.column_by_name("distinct_id").and_then(|column| column.as_string_opt::<i32>());
                let ids = ids.ok_or_else(|| damaged(part))?;
                for (index, key) in keys(&batch).iter().enumerate() {
                    // A customer's rows are neighbours.
                    let key = CustomerKey(*key);
                    if found.last() != Some(&key)
                        && ids.value(index).to_ascii_lowercase().contains(&wanted)
                        && !snapshot.is_dead(key.0, part)
                        && !found.contains(&key)
                        && found.len() < at_most
                    {
                        found.push(key);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Customers who had the newest events, the last one first, with its time.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn active_last(&self, snapshot: &Snapshot, at_most: usize) -> Result<Vec<(CustomerKey, Instant)>, WorkspaceError> {
        let times = snapshot.of(PartTable::Events).map(|part| (part.time_min, part.time_max));
        let (oldest, newest) = times.fold((i64::MAX, i64::MIN), |(oldest, newest), (min, max)| (oldest.min(min), newest.max(max)));
        let mut span = DAY;
        let last = loop {
            let since = newest.saturating_sub(span);
            let last = self.last_times(snapshot, since)?;
            if last.len() >= at_most || since <= oldest {
                break last;
            }
            // Where little happens, it is longer ago.
            span = span.saturating_mul(16);
        };
        let mut last: Vec<(CustomerKey, Instant)> = last.into_iter().map(|(key, time)| (key, Instant(time))).collect();
        last.sort_by_key(|(key, time)| (std::cmp::Reverse(*time), *key));
        last.truncate(at_most);
        Ok(last)
    }

    /// Customers with events since a time, and when the last was.
    fn last_times(&self, snapshot: &Snapshot, since: i64) -> Result<HashMap<CustomerKey, i64>, WorkspaceError> {
        let mut last: HashMap<CustomerKey, i64> = HashMap::new();
        for part in snapshot.of(PartTable::Events).filter(|part| part.time_max >= since) {
            for batch in self.lake.read(part, &["customer_key", "time"], None)? {
                let batch = batch?;
                let times = batch.column_by_name("time").and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>());
                let times = times.ok_or_else(|| damaged(part))?;
                for (index, key) in keys(&batch).iter().enumerate() {
                    let time = times.value(index);
                    if time >= since && !snapshot.is_dead(*key, part) {
                        let known = last.entry(CustomerKey(*key)).or_insert(time);
                        *known = time.max(*known);
                    }
                }
            }
        }
        Ok(last)
    }

    /// Calls back with the name and the properties (JSON text, or empty) of every event of a source.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn each_event_of(&self, source: &str, snapshot: &Snapshot, each: &mut dyn FnMut(&str, &str)) -> Result<(), WorkspaceError> {
        for part in snapshot.of(PartTable::Events) {
            for batch in self.lake.read(part, &["customer_key", "event", "source", "properties"], None)? {
                let batch = batch?;
                let columns = || {
                    let properties = batch.column_by_name("properties")?.as_string_opt::<i32>()?;
                    Some((names(batch.column_by_name("event")?), names(batch.column_by_name("source")?), properties))
                };
                let ((event, event_names), (of, source_names), properties) = columns().ok_or_else(|| damaged(part))?;
                let Some(wanted) = source_names.iter().position(|name| *name == source) else { continue };
                for (index, key) in keys(&batch).iter().enumerate() {
                    if of[index] as usize == wanted && !snapshot.is_dead(*key, part) {
                        let name = usize::try_from(event[index]).ok().and_then(|code| event_names.get(code));
                        each(name.copied().unwrap_or_default(), if properties.is_null(index) { "" } else { properties.value(index) });
                    }
                }
            }
        }
        Ok(())
    }
}

/// What events tell of themselves, where the columns `time`, `event`, `message_id` and `properties` were read.
pub(crate) struct Told<'b> {
    times: &'b arrow::array::TimestampMicrosecondArray,
    codes: Vec<i32>,
    names: Vec<&'b str>,
    message_ids: &'b arrow::array::StringArray,
    properties: &'b arrow::array::StringArray,
}

/// The columns of a batch of events; nothing when they are not what they should be.
pub(crate) fn told(batch: &RecordBatch) -> Option<Told<'_>> {
    let (codes, list) = names(batch.column_by_name("event")?);
    Some(Told {
        times: batch.column_by_name("time")?.as_primitive_opt::<TimestampMicrosecondType>()?,
        codes: codes.to_vec(),
        names: list.to_vec(),
        message_ids: batch.column_by_name("message_id")?.as_string_opt::<i32>()?,
        properties: batch.column_by_name("properties")?.as_string_opt::<i32>()?,
    })
}

impl Told<'_> {
    /// An event's name.
    pub(crate) fn event(&self, index: usize) -> &str {
        usize::try_from(self.codes[index]).ok().and_then(|code| self.names.get(code)).copied().unwrap_or_default()
    }

    /// When it happened (microseconds).
    pub(crate) fn time(&self, index: usize) -> i64 {
        self.times.value(index)
    }

    /// Its message id, or nothing.
    pub(crate) fn message_id(&self, index: usize) -> &str {
        if self.message_ids.is_null(index) { "" } else { self.message_ids.value(index) }
    }

    /// Its properties as JSON text, or nothing.
    pub(crate) fn properties(&self, index: usize) -> &str {
        if self.properties.is_null(index) { "" } else { self.properties.value(index) }
    }
}

fn read_batch(
    batch: &RecordBatch,
    part: &Part,
    snapshot: &Snapshot,
    (low, high): (i64, i64),
    into: &mut HashMap<CustomerKey, Stored>,
) -> Option<()> {
    let text = |name: &str| batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
    let coded = |name: &str| {
        batch.column_by_name(name).filter(|c| c.as_dictionary_opt::<arrow::datatypes::Int32Type>().is_some()).map(|c| names(c))
    };
    let times = batch.column_by_name("time")?.as_primitive_opt::<TimestampMicrosecondType>()?;
    let seqs = batch.column_by_name("seq")?.as_primitive_opt::<Int64Type>()?;
    let distinct = text("distinct_id")?;
    let (source, source_names) = coded("source")?;
    let word = |codes: &[i32], list: &[&str], index: usize| {
        usize::try_from(codes[index]).ok().and_then(|code| list.get(code)).map(|name| (*name).to_owned())
    };
    let wanted = |index: usize, key: i64| (low..=high).contains(&key) && !snapshot.is_dead(key, part) && index < batch.num_rows();
    if part.table == PartTable::Events {
        let ((event, event_names), (channel, channel_names), (currency, currency_names)) =
            (coded("event")?, coded("channel")?, coded("currency")?);
        let (message, properties) = (text("message_id")?, text("properties")?);
        let amount = batch.column_by_name("amount")?.as_primitive_opt::<Int64Type>()?;
        let optional = |column: &arrow::array::StringArray, index: usize| (!column.is_null(index)).then(|| column.value(index).to_owned());
        for (index, key) in keys(batch).iter().enumerate().filter(|(index, key)| wanted(*index, **key)) {
            into.entry(CustomerKey(*key)).or_default().events.push(StoredEvent {
                time: Instant(times.value(index)),
                event: word(&event, &event_names, index)?,
                channel: word(&channel, &channel_names, index),
                source: word(&source, &source_names, index)?,
                distinct_id: distinct.value(index).to_owned(),
                message_id: optional(message, index),
                amount: (!amount.is_null(index)).then(|| Money(amount.value(index))),
                currency: word(&currency, &currency_names, index),
                properties: optional(properties, index),
                seq: seqs.value(index),
            });
        }
    } else {
        let (name, name_list) = coded("name")?;
        let value = text("value")?;
        for (index, key) in keys(batch).iter().enumerate().filter(|(index, key)| wanted(*index, **key)) {
            into.entry(CustomerKey(*key)).or_default().traits.push(StoredTrait {
                time: (!times.is_null(index)).then(|| Instant(times.value(index))),
                name: word(&name, &name_list, index)?,
                value: value.value(index).to_owned(),
                source: word(&source, &source_names, index)?,
                distinct_id: distinct.value(index).to_owned(),
                seq: seqs.value(index),
            });
        }
    }
    Some(())
}
