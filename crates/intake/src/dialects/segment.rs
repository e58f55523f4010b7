//! Segment's messages: track, page, screen, identify, group and alias, alone or in a batch; also what RudderStack and
//! Jitsu write.
//!
//! - **track** is an event; **page** and **screen** are the events `page` and `screen` with their `name` as a property.
//! - **identify** gives traits and links the identifiers; **group** gives the trait `group_id` and the group's traits
//!   as `group_...`; **alias** links `previousId` to `userId`.
//! - Of the context, campaign, page, locale, time zone, user agent, the names of device, app and system, the session
//!   (RudderStack's and our snippet's) and the first touch (our snippet's) become properties (`context_page_url`, ...), where
//!   the event does not have such a property itself.
//! - The channel is the campaign's; without one, `web` or `app` after the library.
//! - The time is `timestamp`; without one, `receivedAt − (sentAt − originalTimestamp)`, which takes a wrong clock out;
//!   else whichever of originalTimestamp, receivedAt and sentAt there is.

use periplus_model::{EventRow, IdKind, Instant, LinkRow, Reason, TraitRow};
use serde_json::{Map, Value};

use crate::cell::Cell;
use crate::dialects::{Dialect, campaign_channel};
use crate::gate::{Gate, Outcome, Refusal, Stop, refuse};
use crate::ids::Ids;
use crate::json::{at, check_texts, text_at};
use crate::rules::money;
use crate::when::TimeReader;

/// The dialect.
#[derive(Debug)]
pub struct Segment;

const TYPES: [&str; 6] = ["track", "page", "screen", "identify", "group", "alias"];

/// What of the context becomes properties.
const CONTEXT: [&str; 23] = [
    "page.url",
    "page.path",
    "page.title",
    "page.referrer",
    "campaign.name",
    "campaign.source",
    "campaign.medium",
    "campaign.term",
    "campaign.content",
    "device.type",
    "device.model",
    "os.name",
    "app.name",
    "app.version",
    "library.name",
    "locale",
    "timezone",
    "userAgent",
    "sessionId",
    "firstTouch.source",
    "firstTouch.medium",
    "firstTouch.name",
    "firstTouch.referrer",
];

impl Dialect for Segment {
    fn name(&self) -> &'static str {
        "segment"
    }

    fn speaks(&self, record: &Value) -> bool {
        let known = |record: &Value| {
            record.get("type").and_then(Value::as_str).is_some_and(|name| TYPES.contains(&name))
                && ["messageId", "anonymousId", "userId", "originalTimestamp"].iter().any(|key| record.get(key).is_some())
        };
        known(record) || record.get("batch").and_then(Value::as_array).is_some_and(|batch| batch.iter().any(known))
    }

    fn unwrap(&self, mut record: Value) -> Vec<Value> {
        let Some(fields) = record.as_object_mut().filter(|fields| fields.get("batch").is_some_and(Value::is_array)) else {
            return vec![record];
        };
        let Some(Value::Array(mut items)) = fields.shift_remove("batch") else { return vec![record] };
        // What the wrapper says holds for all messages that do not say otherwise.
        for fields_of_item in items.iter_mut().filter_map(Value::as_object_mut) {
            for key in ["sentAt", "receivedAt", "context"] {
                let Some(shared) = fields.get(key) else { continue };
                match (fields_of_item.get_mut(key), shared) {
                    (None, shared) => drop(fields_of_item.insert(key.to_owned(), shared.clone())),
                    (Some(Value::Object(own)), Value::Object(shared)) => {
                        for (name, value) in shared {
                            own.entry(name.clone()).or_insert_with(|| value.clone());
                        }
                    }
                    _ => {}
                }
            }
        }
        items
    }

    fn record(&self, record: &Value, gate: &mut Gate<'_>) -> Result<Outcome, Stop> {
        let Some(fields) = record.as_object() else { return refuse(Reason::Malformed, "the line is no JSON object") };
        gate.hear(record);
        let kind = match fields.get("type").and_then(Value::as_str) {
            Some(kind) if TYPES.contains(&kind) => kind,
            Some(other) => {
                return refuse(Reason::UnknownType, format!("'{}' is not a type of message", other.chars().take(40).collect::<String>()));
            }
            None => return refuse(Reason::UnknownType, "the message has no type"),
        };
        let time = time(record)?;
        let mut ids = identifiers(record, kind)?;
        match kind {
            "track" => event(record, text_at(record, "event").unwrap_or_default(), time, &mut ids, gate)?,
            "page" | "screen" => event(record, kind.to_owned(), time, &mut ids, gate)?,
            "identify" => {
                ids.with(|ids| {
                    gate.link(&LinkRow { time: Some(time), ids })?;
                    let traits = at(record, "traits").or_else(|| at(record, "context.traits"));
                    send_traits(traits, "", time, ids, gate)
                })?;
            }
            "group" => {
                ids.with(|ids| {
                    if let Some(id) = text_at(record, "groupId") {
                        gate.traits(&TraitRow { time: Some(time), ids, name: "group_id", value: &Value::from(id).to_string() })?;
                    }
                    send_traits(at(record, "traits"), "group_", time, ids, gate)?;
                    gate.link(&LinkRow { time: Some(time), ids })
                })?;
            }
            _ => {
                let previous = text_at(record, "previousId").unwrap_or_default();
                ids.push(&IdKind::ANONYMOUS, &previous)?;
                if ids.len() < 2 {
                    return refuse(Reason::NoIdentifier, "an alias needs a userId and a previousId");
                }
                ids.with(|ids| gate.link(&LinkRow { time: Some(time), ids }))?;
            }
        }
        Ok(Outcome::Accepted)
    }
}

fn time(record: &Value) -> Result<Instant, Refusal> {
    let reader = TimeReader::iso();
    let read = |key: &str| match at(record, key) {
        None => Ok(None),
        Some(value) => match reader.read(Cell::of(value)) {
            Some(time) => Ok(Some(time)),
            None => refuse(Reason::BadTime, format!("'{key}' is not an RFC 3339 time between 1900 and 2200")),
        },
    };
    if let Some(time) = read("timestamp")? {
        return Ok(time);
    }
    let (original, sent, received) = (read("originalTimestamp")?, read("sentAt")?, read("receivedAt")?);
    if let (Some(original), Some(sent), Some(received)) = (original, sent, received) {
        return Ok(Instant(received.0 - (sent.0 - original.0)));
    }
    match original.or(received).or(sent) {
        Some(time) => Ok(time),
        None => refuse(Reason::NoTime, "there is no timestamp"),
    }
}

fn identifiers(record: &Value, kind: &str) -> Result<Ids, Refusal> {
    let mut ids = Ids::default();
    ids.push(&IdKind::USER, &text_at(record, "userId").unwrap_or_default())?;
    // The traits of a group message are the group's: its e-mail address is nobody's.
    let own = if kind == "group" { None } else { text_at(record, "traits.email") };
    ids.push(&IdKind::EMAIL, &own.or_else(|| text_at(record, "context.traits.email")).unwrap_or_default())?;
    ids.push(&IdKind::ANONYMOUS, &text_at(record, "anonymousId").unwrap_or_default())?;
    Ok(ids)
}

fn send_traits(traits: Option<&Value>, prefix: &str, time: Instant, ids: &[(IdKind, &str)], gate: &mut Gate<'_>) -> Result<(), Stop> {
    let Some(Value::Object(traits)) = traits else { return Ok(()) };
    for (name, value) in traits {
        gate.traits(&TraitRow { time: Some(time), ids, name: &format!("{prefix}{name}"), value: &value.to_string() })?;
    }
    Ok(())
}

fn event(record: &Value, name: String, time: Instant, ids: &mut Ids, gate: &mut Gate<'_>) -> Result<(), Stop> {
    let empty = Map::new();
    let given = at(record, "properties").and_then(Value::as_object).unwrap_or(&empty);
    check_texts(given)?;
    let mut properties = given.clone();
    if let Some(title) = at(record, "name") {
        properties.entry("name").or_insert_with(|| title.clone());
    }
    for path in CONTEXT {
        if let Some(value) =
            at(record, "context").and_then(|context| at(context, path)).filter(|value| !value.is_object() && !value.is_array())
        {
            properties.entry(format!("context_{}", path.replace('.', "_"))).or_insert_with(|| value.clone());
        }
    }
    check_texts(&properties)?;
    let (amount, currency) = if record["type"] == "track" {
        let amount = ["revenue", "total"].iter().find_map(|key| given.get(*key).filter(|value| !value.is_null()));
        let amount = amount.map(|value| money(Cell::of(value), false)).transpose()?.flatten();
        (amount, given.get("currency").and_then(Value::as_str).map(str::to_ascii_uppercase).filter(|code| code.len() == 3))
    } else {
        (None, None)
    };
    let (medium, source) = (text_at(record, "context.campaign.medium"), text_at(record, "context.campaign.source"));
    let channel = campaign_channel(medium.as_deref(), source.as_deref()).or_else(|| surface(record).map(Into::into));
    let message_id = text_at(record, "messageId");
    let json = if properties.is_empty() { String::new() } else { Value::Object(properties).to_string() };
    ids.with(|ids| {
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

/// Where the library that sent the message runs, when that says how the customer came.
fn surface(record: &Value) -> Option<&'static str> {
    match at(record, "channel").and_then(Value::as_str) {
        Some("web" | "browser" | "client") => return Some("web"),
        Some("mobile") => return Some("app"),
        _ => {}
    }
    let library = text_at(record, "context.library.name")?.to_ascii_lowercase();
    if ["analytics-ios", "analytics-android", "swift", "kotlin", "flutter", "react-native"].iter().any(|part| library.contains(part)) {
        return Some("app");
    }
    (library.starts_with("analytics.js") || library.contains("javascript") || library.contains("web")).then_some("web")
}
