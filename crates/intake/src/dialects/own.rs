//! What Periplus itself writes when it is asked for everything about somebody (`periplus export customer`): one JSON object a
//! line, with `"periplus": 1` and a `type`.
//!
//! - **event**: `time`, `event`, `ids` (`kind:value`, strongest first), and where there is one `channel`, `message_id`,
//!   `amount` (currency units as text, exact), `currency`, `properties` (an object);
//! - **trait**: `time` (absent: since always), `ids`, `name`, `value`;
//! - **link**: two `ids`, `first_seen` and `last_seen`, each absent where it is not known.
//!
//! Lines of other types (`customer`, `ledger`, `refused`) are for people to read, and are passed over.

use periplus_model::{EventRow, Identifier, Instant, LinkRow, Reason, TraitRow};
use serde_json::{Map, Value};

use crate::cell::Cell;
use crate::dialects::Dialect;
use crate::gate::{Gate, Outcome, Refusal, Stop, refuse};
use crate::ids::Ids;
use crate::json::{at, check_texts, text_at};
use crate::rules::money;
use crate::when::TimeReader;

/// The dialect.
#[derive(Debug)]
pub struct Own;

impl Dialect for Own {
    fn name(&self) -> &'static str {
        "periplus"
    }

    fn speaks(&self, record: &Value) -> bool {
        record.get("periplus").and_then(Value::as_u64) == Some(1) && record.get("type").is_some_and(Value::is_string)
    }

    fn record(&self, record: &Value, gate: &mut Gate<'_>) -> Result<Outcome, Stop> {
        match record.get("type").and_then(Value::as_str) {
            Some("event") => event(record, gate)?,
            Some("trait") => {
                let time = time(record, "time")?;
                let Some(name) = text_at(record, "name") else { return refuse(Reason::Malformed, "the trait has no name") };
                let value = record.get("value").unwrap_or(&Value::Null).to_string();
                ids(record)?.with(|ids| gate.traits(&TraitRow { time, ids, name: &name, value: &value }))?;
            }
            Some("link") => {
                let (first, last) = (time(record, "first_seen")?, time(record, "last_seen")?);
                let mut ids = ids(record)?;
                if ids.len() < 2 {
                    return refuse(Reason::NoIdentifier, "a link has two identifiers");
                }
                ids.with(|ids| gate.link(&LinkRow { time: first, ids }))?;
                if last != first {
                    ids.with(|ids| gate.link(&LinkRow { time: last, ids }))?;
                }
            }
            Some("customer" | "ledger" | "refused") => return Ok(Outcome::Skipped),
            _ => return refuse(Reason::UnknownType, "'type' is none of event, trait, link, customer, ledger and refused"),
        }
        Ok(Outcome::Accepted)
    }
}

fn event(record: &Value, gate: &mut Gate<'_>) -> Result<(), Stop> {
    let Some(time) = time(record, "time")? else { return refuse(Reason::NoTime, "the event has no time") };
    let empty = Map::new();
    let properties = match record.get("properties") {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(properties)) => properties,
        Some(_) => return refuse(Reason::Malformed, "'properties' is no object"),
    };
    check_texts(properties)?;
    let json = if properties.is_empty() { String::new() } else { record["properties"].to_string() };
    let amount = at(record, "amount").map(|value| money(Cell::of(value), false)).transpose()?.flatten();
    let (name, channel) = (text_at(record, "event").unwrap_or_default(), text_at(record, "channel"));
    let (message_id, currency) = (text_at(record, "message_id"), text_at(record, "currency"));
    ids(record)?.with(|ids| {
        gate.event(&EventRow {
            time,
            event: &name,
            ids,
            channel: channel.as_deref(),
            message_id: message_id.as_deref(),
            amount,
            currency: currency.as_deref(),
            properties: &json,
        })
    })
}

fn time(record: &Value, key: &str) -> Result<Option<Instant>, Refusal> {
    match at(record, key) {
        None => Ok(None),
        Some(value) => match TimeReader::iso().read(Cell::of(value)) {
            Some(time) => Ok(Some(time)),
            None => refuse(Reason::BadTime, format!("'{key}' is not an RFC 3339 time between 1900 and 2200")),
        },
    }
}

fn ids(record: &Value) -> Result<Ids, Refusal> {
    let mut ids = Ids::default();
    for text in record.get("ids").and_then(Value::as_array).into_iter().flatten() {
        match text.as_str().map(str::parse::<Identifier>) {
            Some(Ok(identifier)) => ids.push(&identifier.kind, &identifier.value)?,
            Some(Err(error)) => return refuse(Reason::NoIdentifier, error.to_string()),
            None => return refuse(Reason::NoIdentifier, "an identifier is no text"),
        }
    }
    Ok(ids)
}
