//! A look at some rows of every part: what events carry, before it is decided what to read of all of them.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray};
use periplus_lake::read::names;
use periplus_maps::TraitProfile;
use periplus_model::parts::PartTable;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Desk, EngineError};

/// So many rows of each part.
const ROWS: usize = 400;
/// And so many in all.
const ROWS_MAX: usize = 100_000;
/// Of a property with more different values than this, no more are kept.
const VALUES_MAX: usize = 64;
/// A value that is longer is a text of its own.
const VALUE_BYTES_MAX: usize = 60;

/// All that must be learnt from the whole of the data before a question for findings can be understood.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Learnt {
    pub(crate) look: Look,
    pub(crate) traits: Vec<TraitProfile>,
    /// A map that was drafted, as its file, where the question has none.
    pub(crate) map: Option<String>,
}

/// What some rows looked like.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Look {
    pub(crate) rows: u64,
    pub(crate) properties: BTreeMap<String, Property>,
    pub(crate) channels: BTreeMap<String, u64>,
}

/// What a property looked like.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Property {
    pub(crate) rows: u64,
    /// Of these, numbers.
    pub(crate) numbers: u64,
    /// Of these, true or false.
    pub(crate) booleans: u64,
    /// The events that carried it.
    pub(crate) events: BTreeSet<String>,
    /// Short values, how often, and two of the events they came with; more than [`VALUES_MAX`] when it is no property of few values.
    pub(crate) values: BTreeMap<String, (u64, BTreeSet<String>)>,
}

impl Property {
    /// Whether most of its values come with one kind of event only, as the names and paths of pages do.
    pub(crate) fn tells_events(&self) -> bool {
        self.values.values().filter(|(_, events)| events.len() < 2).count() * 2 > self.values.len()
    }
}

/// Looks at the first rows of each part.
///
/// # Errors
/// When a part cannot be read.
pub(crate) fn look(desk: &Desk<'_>) -> Result<Look, EngineError> {
    let mut look = Look::default();
    let parts = desk.snapshot.of(PartTable::Events).count();
    for part in desk.snapshot.of(PartTable::Events).step_by(1 + parts * ROWS / ROWS_MAX) {
        let wrong = || EngineError::Columns(part.file.clone());
        let Some(batch) = desk.lake.read(part, &["event", "channel", "properties"], None)?.next() else { continue };
        let batch = batch?;
        let column = |name: &str| batch.column_by_name(name).ok_or_else(wrong);
        let (codes, list) = names(column("event")?);
        let (channels, channel_list) = names(column("channel")?);
        let properties = column("properties")?.as_string_opt::<i32>().ok_or_else(wrong)?;
        let step = 1 + batch.num_rows() / ROWS;
        for row in (0..batch.num_rows()).step_by(step) {
            look.rows += 1;
            if let Some(channel) = usize::try_from(channels[row]).ok().and_then(|code| channel_list.get(code)) {
                *look.channels.entry((*channel).to_owned()).or_default() += 1;
            }
            let event = usize::try_from(codes[row]).ok().and_then(|code| list.get(code)).copied().unwrap_or_default();
            if !properties.is_null(row)
                && let Ok(Value::Object(fields)) = serde_json::from_str(properties.value(row))
            {
                fields.iter().for_each(|(name, value)| look.take(event, name, value));
            }
        }
    }
    Ok(look)
}

impl Look {
    fn take(&mut self, event: &str, name: &str, value: &Value) {
        if value.is_null() || (self.properties.len() >= 2_000 && !self.properties.contains_key(name)) {
            return;
        }
        let property = self.properties.entry(name.to_owned()).or_default();
        property.rows += 1;
        property.numbers += u64::from(value.is_number());
        property.booleans += u64::from(value.is_boolean());
        if property.events.len() < 8 && !property.events.contains(event) {
            property.events.insert(event.to_owned());
        }
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => return,
        };
        let is_known = property.values.contains_key(&text);
        if !text.is_empty() && text.len() <= VALUE_BYTES_MAX && (is_known || property.values.len() <= VALUES_MAX) {
            let seen = property.values.entry(text).or_default();
            seen.0 += 1;
            if seen.1.len() < 2 && !seen.1.contains(event) {
                seen.1.insert(event.to_owned());
            }
        }
    }
}
