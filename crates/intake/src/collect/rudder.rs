//! What RudderStack's libraries send besides Segment's calls ([`super::segment`], which they use for most): pictures that are asked
//! for (`/pixel/v1/track`, `/pixel/v1/page`), what browsers send as a page closes (`/beacon/v1/batch`), and `/v1/merge`. Before
//! they send, they ask for `/sourceConfig`, and are told that the source is on and has no destinations.
//!
//! - A picture's address has all of the message: `userId`, `anonymousId`, `event`, `name`, and with dots what is nested
//!   (`properties.revenue=5`, `context.page.url=...`).
//! - **merge** links the identifiers in `mergeProperties`. `email` is an e-mail address, `mobile` and `phone` a telephone number,
//!   `userId` and `anonymousId` what they say; any other `type` is a kind of its own, in lower case.

use periplus_model::{IdKind, LinkRow, Reason};
use serde_json::{Map, Value, json};

use super::segment::{SHARED, count_of_batch, typed};
use super::{Arrived, Asked, Call, Meaning, Sent, Speech, Stub, Thanks, Told};
use crate::cell::Cell;
use crate::dialects::{Dialect, segment};
use crate::gate::{Gate, Outcome, Refusal, Stop, refuse};
use crate::ids::Ids;
use crate::json::text_at;
use crate::source::Settings;
use crate::when::TimeReader;

/// The dialect.
pub struct Rudder;

const CALLS: &[Call] = &[
    Call::asked("/pixel/v1/track", "pixel-track"),
    Call::asked("/pixel/v1/page", "pixel-page"),
    Call::kept("/beacon/v1/batch", "beacon"),
    Call::kept("/v1/merge", "merge"),
];

const STUBS: &[Stub] = &[Stub { path: "/sourceConfig", told: Told::OfSource(source_config) }];

/// Names nest no deeper than this; a name with more dots keeps the others.
const DEPTH: usize = 6;

/// What libraries ask before they send. They refuse to begin without an id, `config` and a list of destinations.
fn source_config(asked: &Asked<'_>) -> Value {
    json!({
        "source": {
            "id": asked.key,
            "name": "Periplus",
            "writeKey": asked.key,
            "enabled": true,
            "workspaceId": "periplus",
            "config": {"statsCollection": {"errors": {"enabled": false}, "metrics": {"enabled": false}}},
            "connections": [],
            "destinations": [],
            "dataplanes": {},
            "updatedAt": "2020-01-01T00:00:00.000Z",
        },
        "updatedAt": "2020-01-01T00:00:00.000Z",
        "consentManagementMetadata": {"providers": []},
    })
}

impl Speech for Rudder {
    fn name(&self) -> &'static str {
        "rudder"
    }

    fn calls(&self) -> &'static [Call] {
        CALLS
    }

    fn stubs(&self) -> &'static [Stub] {
        STUBS
    }

    fn decode(&self, call: &Call, sent: Sent<'_>, _settings: &Settings) -> Result<Vec<u8>, Refusal> {
        Ok(match kind(call) {
            Some(_) => Value::Object(nested(sent.query_object())).to_string().into_bytes(),
            None => sent.body.to_vec(),
        })
    }

    fn key_in_query(&self) -> Option<&'static str> {
        Some("writeKey")
    }

    fn key<'b>(&self, body: &'b Value) -> Option<&'b str> {
        body.get("writeKey").and_then(Value::as_str)
    }

    fn count(&self, call: &Call, body: &Value, _settings: &Settings) -> usize {
        if call.name == "beacon" { count_of_batch(body) } else { 1 }
    }

    fn shared(&self) -> &'static [&'static str] {
        SHARED
    }

    fn messages(&self, call: &Call, mut body: Value, arrived: &Arrived<'_>, _settings: &Settings) -> Vec<Value> {
        let Some(kind) = kind(call) else { return typed((call.name == "merge").then_some("merge"), body, arrived.at) };
        if let Some(fields) = body.as_object_mut() {
            fields.entry("channel").or_insert_with(|| "web".into());
            let context = fields.entry("context").or_insert_with(|| Value::Object(Map::new()));
            if let (Value::Object(context), Some(agent)) = (context, arrived.agent) {
                context.entry("userAgent").or_insert_with(|| agent.into());
            }
        }
        typed(Some(kind), body, arrived.at)
    }

    fn meaning(&self) -> Meaning {
        Meaning::Own(|message, gate| match message.get("type").and_then(Value::as_str) {
            Some("merge") => merge(message, gate),
            _ => segment::Segment.record(message, gate),
        })
    }

    fn thanks(&self, call: &Call) -> Thanks {
        match kind(call) {
            Some(_) => Thanks::PIXEL,
            None => Thanks::text("OK"),
        }
    }
}

/// The type of the message that a picture's address is.
fn kind(call: &Call) -> Option<&'static str> {
    match call.name {
        "pixel-track" => Some("track"),
        "pixel-page" => Some("page"),
        _ => None,
    }
}

/// Names with dots as objects within each other. What contradicts what came before (`a=1` and then `a.b=2`) is kept under its whole
/// name; of what is said twice, the first counts.
fn nested(flat: Map<String, Value>) -> Map<String, Value> {
    let mut whole = Map::new();
    for (name, value) in flat {
        let mut steps: Vec<&str> = name.splitn(DEPTH, '.').collect();
        let last = steps.pop().unwrap_or_default();
        let mut place = Some(&mut whole);
        for step in steps {
            place = place.and_then(|place| place.entry(step).or_insert_with(|| Value::Object(Map::new())).as_object_mut());
        }
        match place {
            Some(place) if !place.contains_key(last) => drop(place.insert(last.to_owned(), value)),
            _ => drop(whole.entry(name).or_insert(value)),
        }
    }
    whole
}

fn merge(message: &Value, gate: &mut Gate<'_>) -> Result<Outcome, Stop> {
    let Some(Value::Array(properties)) = message.get("mergeProperties") else {
        return refuse(Reason::NoIdentifier, "a merge needs mergeProperties, a list of { type, value }");
    };
    let mut ids = Ids::default();
    for property in properties {
        let (Some(kind), Some(value)) = (text_at(property, "type"), text_at(property, "value")) else {
            return refuse(Reason::Malformed, "one of the mergeProperties has no type, or no value");
        };
        let kind = match kind.as_str() {
            "mobile" | "phone" => IdKind::PHONE,
            "userId" => IdKind::USER,
            "anonymousId" => IdKind::ANONYMOUS,
            other => match IdKind::new(&other.to_lowercase()) {
                Ok(kind) => kind,
                Err(error) => return refuse(Reason::Malformed, error.to_string()),
            },
        };
        ids.push(&kind, &value)?;
    }
    if ids.len() < 2 {
        return refuse(Reason::NoIdentifier, "a merge needs two identifiers");
    }
    let read = |key: &str| TimeReader::iso().read(Cell::of(message.get(key)?));
    let time = ["timestamp", "originalTimestamp", "receivedAt"].into_iter().find_map(read);
    ids.with(|ids| gate.link(&LinkRow { time, ids }))?;
    Ok(Outcome::Accepted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use periplus_model::Instant;

    const AT: Instant = Instant(1_700_000_000_000_000);

    fn asked(name: &str, query: &str) -> Vec<Value> {
        let call = CALLS.iter().find(|call| call.name == name).unwrap();
        let settings = Settings::default();
        let body = Rudder.decode(call, Sent { query, headers: &[], body: b"" }, &settings).unwrap();
        let body = super::super::body(&body).unwrap();
        assert_eq!(Rudder.key(&body), Some("k"));
        let arrived = Arrived { at: AT, source: "s", dialect: "rudder", call: name, agent: Some("Firefox"), body: b"" };
        Rudder.messages(call, body, &arrived, &settings)
    }

    #[test]
    fn a_picture_is_a_message() {
        let told = asked(
            "pixel-track",
            "writeKey=k&anonymousId=a&userId=ana&event=Order+Completed&properties.revenue=59.9&properties.a.b=%C3%A9&context.page.url=https%3A%2F%2Fshop.example%2F",
        );
        let message = &told[0];
        assert_eq!((&message["type"], &message["event"], message.get("writeKey")), (&json!("track"), &json!("Order Completed"), None));
        assert_eq!(message["properties"], json!({"revenue": "59.9", "a": {"b": "é"}}));
        assert_eq!(message["context"], json!({"page": {"url": "https://shop.example/"}, "userAgent": "Firefox"}));
        assert_eq!((&message["receivedAt"], &message["channel"]), (&json!(AT.to_string()), &json!("web")));
        assert_eq!(asked("pixel-page", "writeKey=k&name=Home&anonymousId=a")[0]["type"], "page");
        assert_eq!((Rudder.thanks(&CALLS[0]), Rudder.thanks(&CALLS[2])), (Thanks::PIXEL, Thanks::text("OK")));
    }

    #[test]
    fn names_nest_so_deep_and_what_is_said_twice_counts_as_it_was_said_first() {
        let flat = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        assert_eq!(Value::Object(nested(flat(&[("a", "1"), ("a.b", "2")]))), json!({"a": "1", "a.b": "2"}));
        assert_eq!(Value::Object(nested(flat(&[("a.b", "2"), ("a", "1")]))), json!({"a": {"b": "2"}}));
        let deep = Value::Object(nested(flat(&[("a.b.c.d.e.f.g.h", "1")])));
        assert_eq!(deep, json!({"a": {"b": {"c": {"d": {"e": {"f.g.h": "1"}}}}}}));
    }

    #[test]
    fn libraries_are_told_what_they_need_to_begin() {
        let told = source_config(&Asked { key: "k", host: "h" });
        assert_eq!((&told["source"]["id"], &told["source"]["enabled"]), (&json!("k"), &json!(true)));
        assert!(told["source"]["destinations"].is_array() && told["source"]["config"]["statsCollection"]["errors"]["enabled"] == false);
    }
}
