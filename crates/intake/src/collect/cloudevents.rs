//! CloudEvents 1.0 over HTTP, at `POST /v1/cloudevents`: one event as JSON (structured), several (batched), or one whose attributes are
//! headers `ce-...` (binary).
//!
//! - `type` is the event's name, `time` when it happened (else when it was received), `source` and `id` together its message id.
//! - The data become properties when they are an object, else the property `data`. `source`, `subject`, `dataschema` and the
//!   extension attributes become properties with `ce_` before their names, as they have in headers.
//! - **Who** it was, the extension attributes `userid`, `email` and `anonymousid` say; what none of them says, the data may, as
//!   `userId`, `user_id`, `customerId`, `customer_id`, `email`, `anonymousId` or `anonymous_id`. Where there is no identifier at all, the
//!   `subject` is one: an e-mail address if there is an `@` in it, else a user id; but not with a `/` in it, which makes it the
//!   path of a thing.
//! - `data_base64` is read when it is JSON, and the event is refused when it is not: what is in it could not be asked for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use periplus_model::Reason;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::segment::{is_translated, translate_all};
use super::{Arrived, Call, Meaning, Sent, Speech, Thanks};
use crate::dialects::{Dialect, segment};
use crate::gate::{Refusal, refuse};
use crate::json::{parse_within, text_at};
use crate::limits;
use crate::source::Settings;

/// The dialect.
pub struct CloudEvents;

const CALLS: &[Call] = &[Call::kept("/v1/cloudevents", "cloudevents"), Call::kept("/cloudevents", "plain")];

/// The attributes that the specification names.
const ATTRIBUTES: [&str; 10] =
    ["specversion", "id", "source", "type", "time", "subject", "datacontenttype", "dataschema", "data", "data_base64"];

/// Where the data say who it was, best first.
const USER: [&str; 4] = ["userId", "user_id", "customerId", "customer_id"];
const ANONYMOUS: [&str; 2] = ["anonymousId", "anonymous_id"];

impl Speech for CloudEvents {
    fn name(&self) -> &'static str {
        "cloudevents"
    }

    fn calls(&self) -> &'static [Call] {
        CALLS
    }

    fn decode(&self, _call: &Call, sent: Sent<'_>, _settings: &Settings) -> Result<Vec<u8>, Refusal> {
        if sent.header("ce-specversion").is_some() && !sent.kind().starts_with("application/cloudevents") {
            return binary(sent);
        }
        let body = sent.body.trim_ascii();
        Ok(match body.first() {
            Some(b'[') => [br#"{"batch":"#, body, b"}"].concat(),
            _ => body.to_vec(),
        })
    }

    fn key_in_query(&self) -> Option<&'static str> {
        Some("key")
    }

    fn key<'b>(&self, _body: &'b Value) -> Option<&'b str> {
        None
    }

    fn count(&self, _call: &Call, body: &Value, _settings: &Settings) -> usize {
        super::segment::count_of_batch(body)
    }

    fn messages(&self, _call: &Call, mut body: Value, arrived: &Arrived<'_>, _settings: &Settings) -> Vec<Value> {
        let events = match body.get_mut("batch").map(Value::take) {
            Some(Value::Array(events)) => events,
            _ => vec![body],
        };
        translate_all(events, arrived.at, |event| translated(event).ok())
    }

    fn meaning(&self) -> Meaning {
        Meaning::Own(|message, gate| match is_translated(message) {
            true => segment::Segment.record(message, gate),
            false => Err(translated(message).err().unwrap_or_else(unknown).into()),
        })
    }

    fn thanks(&self, _call: &Call) -> Thanks {
        Thanks::json("{}")
    }
}

fn unknown() -> Refusal {
    Refusal { reason: Reason::Malformed, detail: "this is no CloudEvent".into() }
}

/// An event whose attributes are headers, as one object.
fn binary(sent: Sent<'_>) -> Result<Vec<u8>, Refusal> {
    let mut event = Map::new();
    for (name, value) in sent.headers {
        if let Some(name) = name.strip_prefix("ce-").filter(|name| !["data", "data_base64"].contains(name)) {
            event.insert(name.to_owned(), unescaped(value).into());
        }
    }
    let mut text = Value::Object(event).to_string();
    let kind = sent.kind();
    let data = match sent.body {
        [] => None,
        body if kind.is_empty() || kind == "application/json" || kind.ends_with("+json") => {
            if serde_json::from_slice::<IgnoredAny>(body).is_err() {
                return refuse(Reason::Malformed, "the data are no JSON, as the content type says they are");
            }
            Some(("data", String::from_utf8_lossy(body).into_owned()))
        }
        body if kind.starts_with("text/") => Some(("data", Value::from(String::from_utf8_lossy(body)).to_string())),
        body => Some(("data_base64", Value::from(STANDARD.encode(body)).to_string())),
    };
    if let Some((name, data)) = data {
        text.pop();
        text.push_str(&format!(r#","{name}":{data}}}"#));
    }
    Ok(text.into_bytes())
}

/// A header's value, in which what is no printable ASCII is written with percent signs.
fn unescaped(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| value.to_owned())
}

/// An event in Segment's words.
fn translated(event: &Value) -> Result<Value, Refusal> {
    let Value::Object(fields) = event else { return Err(unknown()) };
    match text_at(event, "specversion") {
        Some(version) if version == "1" || version.starts_with("1.") => {}
        Some(version) => {
            let version: String = version.chars().take(20).collect();
            return refuse(Reason::Malformed, format!("version {version} of CloudEvents is not understood; 1.0 is"));
        }
        None => return refuse(Reason::Malformed, "a CloudEvent needs specversion, id, source and type"),
    }
    let (Some(id), Some(source), Some(name)) = (text_at(event, "id"), text_at(event, "source"), text_at(event, "type")) else {
        return refuse(Reason::Malformed, "a CloudEvent needs id, source and type");
    };
    let data = match (fields.get("data"), fields.get("data_base64")) {
        (Some(data), _) if !data.is_null() => data.clone(),
        (_, Some(Value::String(packed))) => unpacked(packed)?,
        _ => Value::Null,
    };
    let user = text_at(event, "userid").or_else(|| USER.iter().find_map(|name| text_at(&data, name)));
    let email = text_at(event, "email").or_else(|| text_at(&data, "email"));
    let anonymous = text_at(event, "anonymousid").or_else(|| ANONYMOUS.iter().find_map(|name| text_at(&data, name)));
    let nobody = [&user, &email, &anonymous].into_iter().all(Option::is_none);
    let subject = text_at(event, "subject").filter(|subject| nobody && !subject.contains('/'));
    let (user, email) = match subject {
        Some(subject) if subject.contains('@') => (None, Some(subject)),
        Some(subject) => (Some(subject), None),
        None => (user, email),
    };
    let mut properties = match data {
        Value::Object(data) => data,
        Value::Null => Map::new(),
        other => Map::from_iter([("data".to_owned(), other)]),
    };
    let extra = fields
        .iter()
        .filter(|(name, _)| !ATTRIBUTES.contains(&name.as_str()) || ["source", "subject", "dataschema"].contains(&name.as_str()));
    for (name, value) in extra.filter(|(_, value)| !value.is_null()) {
        properties.entry(format!("ce_{name}")).or_insert_with(|| value.clone());
    }
    let mut message = json!({"type": "track", "event": name, "messageId": message_id(&source, &id), "properties": properties});
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            message[name] = value;
        }
    };
    add("userId", user.map(Value::from));
    add("anonymousId", anonymous.map(Value::from));
    add("timestamp", fields.get("time").filter(|time| !time.is_null()).cloned());
    add("context", email.map(|email| json!({"traits": {"email": email}})));
    Ok(message)
}

/// What knows an event again: its source and its id.
fn message_id(source: &str, id: &str) -> String {
    let whole = format!("{source} {id}");
    match whole.len() > limits::MESSAGE_ID {
        true => format!("cloudevent-{:032x}", xxh3_128(whole.as_bytes())),
        false => whole,
    }
}

fn unpacked(packed: &str) -> Result<Value, Refusal> {
    let data = STANDARD.decode(packed.trim()).ok().and_then(|bytes| parse_within(&bytes, limits::NODES).ok());
    match data {
        Some(data) => Ok(data),
        None => refuse(Reason::Malformed, "data_base64 is no JSON in base64, and other data cannot be kept"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use periplus_model::Instant;

    const AT: Instant = Instant(1_700_000_000_000_000);

    fn decoded(headers: &[(&str, &str)], body: &[u8]) -> Result<Value, Refusal> {
        super::super::body(&CloudEvents.decode(&CALLS[0], Sent { query: "", headers, body }, &Settings::default())?)
    }

    fn messages(body: Value) -> Vec<Value> {
        let arrived = Arrived { at: AT, source: "s", dialect: "cloudevents", call: "cloudevents", agent: None, body: b"" };
        CloudEvents.messages(&CALLS[0], body, &arrived, &Settings::default())
    }

    #[test]
    fn structured_batched_and_binary_say_the_same() {
        let event = json!({"specversion": "1.0", "id": "A234", "source": "/shop", "type": "com.shop.order", "subject": "Ana é",
            "datacontenttype": "application/json", "data": {"total": 5}});
        let text = event.to_string();
        let structured = decoded(&[("content-type", "application/cloudevents+json; charset=utf-8")], text.as_bytes()).unwrap();
        let batched = decoded(&[("content-type", "application/cloudevents-batch+json")], format!("[{text}]").as_bytes()).unwrap();
        let headers = [
            ("content-type", "application/json"),
            ("ce-specversion", "1.0"),
            ("ce-id", "A234"),
            ("ce-source", "/shop"),
            ("ce-type", "com.shop.order"),
            ("ce-subject", "Ana%20%C3%A9"),
        ];
        let binary = decoded(&headers, br#"{"total": 5}"#).unwrap();
        assert_eq!(CloudEvents.count(&CALLS[0], &batched, &Settings::default()), 1);
        let told = messages(structured);
        assert_eq!((&told, &told), (&messages(batched), &messages(binary)));
        assert_eq!(
            (&told[0]["event"], &told[0]["messageId"], &told[0]["userId"]),
            (&json!("com.shop.order"), &json!("/shop A234"), &json!("Ana é"))
        );
        assert_eq!(told[0]["properties"], json!({"total": 5, "ce_source": "/shop", "ce_subject": "Ana é"}));
        assert!(decoded(&headers, b"{").is_err() && decoded(&headers, br#"1},"id":{"#).is_err());
        let with = |kind| decoded(&[&headers[1..], &[("content-type", kind)]].concat(), b"hi").unwrap();
        assert_eq!((&with("text/plain")["data"], &with("image/png")["data_base64"]), (&json!("hi"), &json!("aGk=")));
    }

    #[test]
    fn who_it_was_is_found_by_a_rule() {
        let who = |more: Value| {
            let mut event = json!({"specversion": "1.0", "id": "1", "source": "s", "type": "t"});
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let told = messages(event).remove(0);
            [told["userId"].clone(), told["context"]["traits"]["email"].clone(), told["anonymousId"].clone()]
        };
        assert_eq!(
            who(json!({"userid": "ana", "data": {"user_id": "bo", "email": "a@x.org"}})),
            [json!("ana"), json!("a@x.org"), Value::Null]
        );
        assert_eq!(who(json!({"anonymousid": "x", "subject": "ana"})), [Value::Null, Value::Null, json!("x")]);
        assert_eq!(who(json!({"data": {"customer_id": 7}})), [json!("7"), Value::Null, Value::Null]);
        assert_eq!(who(json!({"subject": "a@x.org"})), [Value::Null, json!("a@x.org"), Value::Null]);
        assert_eq!(who(json!({"subject": "orders/7"})), [Value::Null, Value::Null, Value::Null]);
    }

    #[test]
    fn what_is_none_is_kept_whole_to_be_refused() {
        for (event, part) in [
            (json!({"id": "1"}), "needs specversion"),
            (json!({"specversion": "0.3", "id": "1", "source": "s", "type": "track"}), "0.3"),
            (json!({"specversion": "1.0", "id": "1", "type": "track"}), "needs id"),
            (json!({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data_base64": "aGk="}), "data_base64"),
            (json!(7), "no CloudEvent"),
        ] {
            assert!(translated(&event).unwrap_err().detail.contains(part), "{event}");
            let told = messages(json!({"batch": [event.clone()]}));
            assert!(!is_translated(&told[0]) && translated(&told[0]).is_err());
        }
        let packed = json!({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data_base64": STANDARD.encode("{\"a\":1}")});
        assert_eq!(messages(packed)[0]["properties"]["a"], 1);
        assert!(message_id(&"s".repeat(200), "1").len() <= limits::MESSAGE_ID);
    }
}
