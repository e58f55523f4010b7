//! What the data looks like, as far as a first journey map needs to know.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use periplus_lake::read::{keys, names};
use periplus_maps::{DataProfile, EventProfile, KindProfile, NumberProfile, TraitProfile};
use periplus_model::parts::PartTable;
use periplus_model::question::Unit;
use periplus_stats::Quantiles;
use serde_json::Value;

use crate::columns::Name;
use crate::lens::{Lens, Naming};
use crate::scan::{Fold, Run, scan};
use crate::{Desk, EngineError};

/// So many events of each name are looked into; properties rarely change their type.
const LOOKED_INTO: u64 = 2_000;
/// A trait with more values than this is a number or a name, not a group.
const VALUES_MAX: usize = 64;
/// Of a property `kind` with so many values or more, none is looked at for itself.
const KINDS_MAX: usize = 16;
const POSITION: i64 = 1_000;

/// Looks at the whole lake.
///
/// # Errors
/// When a part cannot be read.
pub fn profile(desk: &Desk<'_>) -> Result<DataProfile, EngineError> {
    let names = desk.columns.names(desk.lake, desk.snapshot, Name::Event)?;
    let lens = Lens { naming: Naming::Events(names.clone()), ..Lens::default() };
    let (states, totals) = scan(desk, &lens, &Unit::Customer, Positions::default)?;
    let mut all: HashMap<u32, Seen> = HashMap::new();
    for (code, seen) in states.into_iter().flat_map(|state| state.seen) {
        let mine = all.entry(code).or_default();
        mine.events += seen.events;
        mine.customers += seen.customers;
        mine.positions.merge(&seen.positions);
    }
    let list = names.list();
    let mut looks = looks(desk)?;
    let mut events: Vec<EventProfile> = all
        .into_iter()
        .map(|(code, seen)| {
            let name = list[code as usize].clone();
            let look = looks.remove(&name).unwrap_or_default();
            let mut channels: Vec<(String, u64)> = look.channels.into_iter().collect();
            channels.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            EventProfile {
                name,
                events: seen.events,
                customers: seen.customers,
                channels,
                median_position: seen.positions.median().unwrap_or(0.0) / POSITION as f64,
                offline: None,
                amounts: look.amounts,
                numbers: told(look.numbers),
                texts: look.texts,
                kinds: match look.kinds.len() {
                    0 | KINDS_MAX.. => Vec::new(),
                    _ => look.kinds.into_iter().map(|(kind, numbers)| KindProfile { kind, numbers: told(numbers) }).collect(),
                },
            }
        })
        .collect();
    events.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.name.cmp(&b.name)));
    Ok(DataProfile { customers: totals.customers, events, traits: traits(desk)? })
}

/// Properties that are numbers: nearly always.
fn told(numbers: Numbers) -> Vec<NumberProfile> {
    let numbers = numbers.into_iter().filter(|(_, n)| n.count * 10 >= n.seen * 9);
    numbers.map(|(name, n)| NumberProfile { name, low: n.low, high: n.high }).collect()
}

#[derive(Default)]
struct Seen {
    events: u64,
    customers: u64,
    positions: Quantiles,
}

#[derive(Default)]
struct Positions {
    seen: HashMap<u32, Seen>,
}

impl Fold for Positions {
    fn take(&mut self, run: &Run<'_>) -> Result<(), EngineError> {
        let mut here: Vec<u32> = Vec::new();
        let last = run.codes.len() as i64 - 1;
        for (nth, code) in run.codes.iter().enumerate() {
            let seen = self.seen.entry(*code).or_default();
            seen.events += 1;
            if !here.contains(code) {
                here.push(*code);
                seen.customers += 1;
                seen.positions.add(if last > 0 { nth as i64 * POSITION / last } else { POSITION / 2 });
            }
        }
        Ok(())
    }
}

#[derive(Default)]
struct Look {
    looked: u64,
    channels: BTreeMap<String, u64>,
    amounts: u64,
    numbers: Numbers,
    texts: Vec<String>,
    /// The same by their property `kind`.
    kinds: BTreeMap<String, Numbers>,
}

type Numbers = BTreeMap<String, NumberLook>;

struct NumberLook {
    seen: u64,
    count: u64,
    low: f64,
    high: f64,
}

/// Channels and amounts of all events, properties of the first few of each name.
fn looks(desk: &Desk<'_>) -> Result<HashMap<String, Look>, EngineError> {
    let mut looks: HashMap<String, Look> = HashMap::new();
    for part in desk.snapshot.of(PartTable::Events) {
        let wrong = || EngineError::Columns(part.file.clone());
        for batch in desk.lake.read(part, &["customer_key", "event", "channel", "amount", "properties"], None)? {
            let batch = batch?;
            let column = |name: &str| batch.column_by_name(name).ok_or_else(wrong);
            let (codes, list) = names(column("event")?);
            let (channels, channel_list) = names(column("channel")?);
            let amounts = column("amount")?.as_primitive_opt::<Int64Type>().ok_or_else(wrong)?;
            let properties = column("properties")?.as_string_opt::<i32>().ok_or_else(wrong)?;
            for index in 0..batch.num_rows() {
                let Some(name) = usize::try_from(codes[index]).ok().map(|code| list[code]) else { continue };
                if !looks.contains_key(name) {
                    looks.insert(name.to_owned(), Look::default());
                }
                let Some(look) = looks.get_mut(name) else { continue };
                if let Ok(channel) = usize::try_from(channels[index]) {
                    match look.channels.get_mut(channel_list[channel]) {
                        Some(count) => *count += 1,
                        None => drop(look.channels.insert(channel_list[channel].to_owned(), 1)),
                    }
                }
                look.amounts += u64::from(!amounts.is_null(index));
                if look.looked < LOOKED_INTO && !properties.is_null(index) {
                    look.looked += 1;
                    look.look_into(properties.value(index));
                }
            }
        }
    }
    Ok(looks)
}

impl Look {
    fn look_into(&mut self, text: &str) {
        let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return };
        let kind = fields.get("kind").and_then(Value::as_str).map(str::to_owned);
        let mut of_kind = match kind {
            Some(kind) if self.kinds.len() < KINDS_MAX || self.kinds.contains_key(&kind) => Some(self.kinds.entry(kind).or_default()),
            _ => None,
        };
        for (name, value) in fields {
            let number = match &value {
                Value::Number(n) => n.as_f64(),
                Value::String(s) => s.trim().parse::<f64>().ok().filter(|x| x.is_finite()),
                _ => None,
            };
            if let Some(numbers) = of_kind.as_deref_mut() {
                look(numbers, &name, number);
            }
            if let (None, Value::String(words)) = (number, &value)
                && words.contains(' ')
                && !self.texts.contains(&name)
                && self.texts.len() < 20
            {
                self.texts.push(name.clone());
            }
            look(&mut self.numbers, &name, number);
        }
    }
}

/// Notes a property, and the number that it is, if it is one.
fn look(numbers: &mut Numbers, name: &str, number: Option<f64>) {
    if numbers.len() >= 200 && !numbers.contains_key(name) {
        return;
    }
    let look = numbers.entry(name.to_owned()).or_insert(NumberLook { seen: 0, count: 0, low: f64::INFINITY, high: f64::NEG_INFINITY });
    look.seen += 1;
    if let Some(number) = number {
        look.count += 1;
        look.low = look.low.min(number);
        look.high = look.high.max(number);
    }
}

/// Every trait with its values, most frequent first.
pub(crate) fn traits(desk: &Desk<'_>) -> Result<Vec<TraitProfile>, EngineError> {
    let mut all: BTreeMap<String, (u64, HashMap<String, u64>)> = BTreeMap::new();
    for part in desk.snapshot.of(PartTable::Traits) {
        let wrong = || EngineError::Columns(part.file.clone());
        let mut last: HashMap<String, i64> = HashMap::new();
        for batch in desk.lake.read(part, &["customer_key", "name", "value"], None)? {
            let batch = batch?;
            let (codes, list) = names(batch.column_by_name("name").ok_or_else(wrong)?);
            let values = batch.column_by_name("value").and_then(|c| c.as_string_opt::<i32>()).ok_or_else(wrong)?;
            for (index, key) in keys(&batch).iter().enumerate() {
                let Some(name) = usize::try_from(codes[index]).ok().map(|code| list[code]) else { continue };
                if desk.snapshot.is_dead(*key, part) {
                    continue;
                }
                let (customers, counts) = all.entry(name.to_owned()).or_default();
                // Keys come sorted, so a customer's later values are neighbours.
                *customers += u64::from(last.insert(name.to_owned(), *key) != Some(*key));
                if counts.len() <= VALUES_MAX || counts.contains_key(values.value(index)) {
                    *counts.entry(values.value(index).to_owned()).or_default() += 1;
                }
            }
        }
    }
    let profile = |(name, (customers, counts)): (String, (u64, HashMap<String, u64>))| {
        let mut values: Vec<(Value, u64)> =
            counts.into_iter().filter_map(|(text, n)| Some((serde_json::from_str(&text).ok()?, n))).collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.to_string().cmp(&b.0.to_string())));
        TraitProfile { name, values, customers }
    };
    Ok(all.into_iter().map(profile).collect())
}
