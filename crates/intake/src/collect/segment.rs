//! Segment's HTTP tracking API, which most SDKs can be pointed at: `/v1/track` and the others, `/v1/batch`, and the short paths
//! of the browser's library.
//!
//! What a message means is what it means in a file ([`crate::dialects::segment`]). Here, a message also gets what only the
//! receiver knows: its type from the path, when it was received, and an id where it has none.
//!
//! As in Segment, what a sender says is the `timestamp` is taken for the time by the sender's clock, and
//! `receivedAt − (sentAt − timestamp)` for the time by ours. But only where the two clocks differ by more than a minute: less
//! than that is the way a request took, or its second attempt, and the sender knows better when something happened. A time
//! more than a day ahead of ours is not believed.

use periplus_model::Instant;
use serde_json::{Map, Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::{Arrived, Asked, Call, Meaning, Speech, Stub, Thanks, Told};
use crate::dialects::{Dialect, segment};
use crate::source::Settings;
use crate::when::TimeReader;

/// The dialect.
pub struct Segment;

const CALLS: &[Call] = &[
    Call::kept("/v1/batch", "batch"),
    Call::kept("/v1/b", "b"),
    Call::kept("/v1/import", "import"),
    Call::kept("/v1/track", "track"),
    Call::kept("/v1/t", "t"),
    Call::kept("/v1/page", "page"),
    Call::kept("/v1/p", "p"),
    Call::kept("/v1/screen", "screen"),
    Call::kept("/v1/s", "s"),
    Call::kept("/v1/identify", "identify"),
    Call::kept("/v1/i", "i"),
    Call::kept("/v1/group", "group"),
    Call::kept("/v1/g", "g"),
    Call::kept("/v1/alias", "alias"),
    Call::kept("/v1/a", "a"),
];

const STUBS: &[Stub] = &[Stub { path: "/v1/projects/{key}/settings", told: Told::OfSource(library_settings) }];

/// What the browser's library asks before it sends: where to, and which of Segment's integrations to load (none).
fn library_settings(asked: &Asked<'_>) -> Value {
    json!({
        "integrations": {"Segment.io": {
            "apiKey": asked.key,
            "apiHost": format!("{}/v1", asked.host),
            "addBundledMetadata": false,
            "unbundledIntegrations": [],
            "maybeBundledConfigIds": {},
            "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
        }},
        "plan": {"track": {"__default": {"enabled": true, "integrations": {}}}, "identify": {"__default": {"enabled": true}}, "group": {"__default": {"enabled": true}}},
        "edgeFunction": {},
        "analyticsNextEnabled": true,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": false,
        "remotePlugins": [],
        "autoInstrumentationSettings": {"sampleRate": 0},
    })
}

/// The type of a message that its path gives it; none for batches, whose messages say it themselves.
fn kind(call: &Call) -> Option<&'static str> {
    ["track", "page", "screen", "identify", "group", "alias"].into_iter().find(|kind| call.name == *kind || call.name == &kind[..1])
}

/// Clocks that differ by less are right (a minute).
const WAY_MAX: i64 = 60_000_000;
/// So far a time may lie ahead of ours (a day).
const AHEAD_MAX: i64 = 86_400_000_000;

impl Speech for Segment {
    fn name(&self) -> &'static str {
        "segment"
    }

    fn calls(&self) -> &'static [Call] {
        CALLS
    }

    fn key<'b>(&self, body: &'b Value) -> Option<&'b str> {
        body.get("writeKey").and_then(Value::as_str)
    }

    fn stubs(&self) -> &'static [Stub] {
        STUBS
    }

    fn count(&self, call: &Call, body: &Value, _settings: &Settings) -> usize {
        match kind(call) {
            None => count_of_batch(body),
            Some(_) => 1,
        }
    }

    fn shared(&self) -> &'static [&'static str] {
        SHARED
    }

    fn messages(&self, call: &Call, body: Value, arrived: &Arrived<'_>, _settings: &Settings) -> Vec<Value> {
        typed(kind(call), body, arrived.at)
    }

    fn meaning(&self) -> Meaning {
        Meaning::Own(|message, gate| segment::Segment.record(message, gate))
    }

    fn thanks(&self, _call: &Call) -> Thanks {
        Thanks::json(r#"{"success":true}"#)
    }
}

/// How many messages a body has that may be a batch.
pub(super) fn count_of_batch(body: &Value) -> usize {
    body.get("batch").and_then(Value::as_array).map_or(1, Vec::len)
}

/// What a batch says once for all of its messages.
pub(super) const SHARED: &[&str] = &["context", "sentAt", "receivedAt"];

/// The messages of a body: one of a type that its path gave it, or the batch that says it itself.
pub(super) fn typed(kind: Option<&str>, mut body: Value, at: Instant) -> Vec<Value> {
    let mut messages = match kind {
        None => segment::Segment.unwrap(body),
        Some(kind) => {
            if let Some(fields) = body.as_object_mut() {
                fields.insert("type".to_owned(), kind.into());
            }
            vec![body]
        }
    };
    complete_all(&mut messages, at);
    messages
}

/// Adds to messages of a request what only the receiver knows.
pub(super) fn complete_all(messages: &mut [Value], at: Instant) {
    for fields in messages.iter_mut().filter_map(Value::as_object_mut) {
        complete(fields, at);
    }
    tell_apart(messages);
}

/// Adds to a message what only the receiver knows.
pub(super) fn complete(fields: &mut Map<String, Value>, at: Instant) {
    fields.shift_remove("writeKey");
    fields.insert("receivedAt".to_owned(), at.to_string().into());
    // Some (RudderStack's) say both: when it happened, and when their library was told.
    if let Some(timestamp) = fields.shift_remove("timestamp").filter(|timestamp| !timestamp.is_null()) {
        fields.insert("originalTimestamp".to_owned(), timestamp);
    }
    let read = |key: &str| TimeReader::iso().read(crate::cell::Cell::of(fields.get(key)?));
    let (original, mut sent) = (read("originalTimestamp"), read("sentAt"));
    if original.is_some() && sent.is_some_and(|sent| at.0.saturating_sub(sent.0).saturating_abs() <= WAY_MAX) {
        fields.shift_remove("sentAt");
        sent = None;
    }
    let time = original.map(|original| sent.map_or(original, |sent| Instant(at.0.saturating_sub(sent.0.saturating_sub(original.0)))));
    if time.is_some_and(|time| time.0.saturating_sub(at.0) > AHEAD_MAX) {
        fields.insert("timestamp".to_owned(), at.to_string().into());
        let properties = fields.entry("properties").or_insert_with(|| Value::Object(Map::new()));
        if let (Value::Object(properties), Some(original)) = (properties, original) {
            properties.insert("skewed_time".to_owned(), original.to_string().into());
        }
    }
}

/// Translates what came into Segment's words and completes it. What cannot be translated stays as it came, without `receivedAt`
/// ([`is_translated`]), and is refused when it is read.
pub(super) fn translate_all(came: Vec<Value>, at: Instant, translate: impl Fn(&Value) -> Option<Value>) -> Vec<Value> {
    let mut messages = came;
    for message in &mut messages {
        if let Some(mut translated) = translate(message) {
            if let Value::Object(fields) = &mut translated {
                complete(fields, at);
            }
            *message = translated;
        }
    }
    tell_apart(&mut messages);
    messages
}

/// Whether a message was translated into Segment's words.
pub(super) fn is_translated(message: &Value) -> bool {
    message.get("receivedAt").is_some()
}

/// Gives an id to every message that has none: by what it says, so that a request that is sent again adds nothing. Messages of
/// one request that say the same are different messages; and what says not even when it happened is as new as its request.
pub(super) fn tell_apart(messages: &mut [Value]) {
    let mut seen: std::collections::HashMap<u128, u32> = std::collections::HashMap::new();
    for message in messages {
        let Some(fields) = message.as_object_mut() else { continue };
        if fields.get("messageId").is_some_and(|id| !id.is_null() && id != "") {
            continue;
        }
        // When it arrived says nothing of a message that knows when it happened.
        let own: Map<String, Value> = match fields.contains_key("originalTimestamp") {
            true => fields
                .iter()
                .filter(|(key, _)| !["receivedAt", "sentAt"].contains(&key.as_str()))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
            false => fields.clone(),
        };
        let content = xxh3_128(Value::Object(own).to_string().as_bytes());
        let nth = seen.entry(content).or_insert(0);
        fields.insert("messageId".to_owned(), format!("content-{content:032x}-{nth}").into());
        *nth += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const AT: Instant = Instant(1_700_000_000_000_000);

    fn messages(name: &str, body: Value) -> Vec<Value> {
        let call = CALLS.iter().find(|call| call.name == name).unwrap();
        Segment.messages(
            call,
            body,
            &Arrived { at: AT, source: "s", dialect: "segment", call: name, agent: None, body: b"" },
            &Settings::default(),
        )
    }

    #[test]
    fn the_path_says_the_type_and_the_body_how_many() {
        for (name, kind) in
            [("track", "track"), ("t", "track"), ("p", "page"), ("i", "identify"), ("g", "group"), ("a", "alias"), ("s", "screen")]
        {
            let told = messages(name, json!({"event": "e", "type": "nonsense", "writeKey": "k"}));
            assert_eq!((told[0]["type"].as_str(), told[0].get("writeKey")), (Some(kind), None));
        }
        let batch =
            json!({"batch": [{"type": "track"}, 7, {"type": "page"}], "sentAt": "2023-11-14T22:13:20Z", "context": {"locale": "de"}});
        let call = CALLS.iter().find(|call| call.name == "batch").unwrap();
        assert_eq!(Segment.count(call, &batch, &Settings::default()), 3);
        let told = messages("batch", batch);
        assert_eq!((told.len(), &told[2]["context"]["locale"], &told[2]["sentAt"]), (3, &json!("de"), &json!("2023-11-14T22:13:20Z")));
        assert_eq!(told[2]["receivedAt"], AT.to_string());
    }

    #[test]
    fn clocks_are_corrected_and_the_future_is_not_believed() {
        let told = messages("track", json!({"timestamp": "2030-01-01T00:00:00Z", "sentAt": "2030-01-01T00:00:05Z"}));
        assert_eq!((told[0].get("timestamp"), &told[0]["originalTimestamp"]), (None, &json!("2030-01-01T00:00:00Z")));
        // A second attempt, seconds later, moves nothing.
        let sent = Instant(AT.0 - 3_000_000);
        let told = messages("track", json!({"timestamp": "2023-11-14T20:00:00Z", "sentAt": sent.to_string()}));
        assert_eq!((told[0].get("timestamp"), told[0].get("sentAt")), (None, None));
        assert_eq!(told[0]["originalTimestamp"], "2023-11-14T20:00:00Z");
        let told = messages("track", json!({"timestamp": "2030-01-01T00:00:00Z"}));
        assert_eq!(told[0]["timestamp"], AT.to_string());
        assert_eq!(told[0]["properties"]["skewed_time"], "2030-01-01T00:00:00Z");
        let both = json!({"timestamp": "2023-01-01T00:00:00Z", "originalTimestamp": "2023-02-02T00:00:00Z"});
        assert_eq!(messages("track", both)[0]["originalTimestamp"], "2023-01-01T00:00:00Z");
        let told = messages("track", json!({"timestamp": "not a time"}));
        assert_eq!(told[0]["originalTimestamp"], "not a time", "refused later, with its reason");
    }

    #[test]
    fn what_has_no_id_gets_one_by_what_it_says() {
        let same = json!({"type": "track", "event": "e", "timestamp": "2023-11-14T00:00:00Z"});
        let batch = |sent: &str| json!({"batch": [same, same, {"type": "track", "messageId": "m"}], "sentAt": sent});
        let id = |message: &Value| message["messageId"].as_str().unwrap().to_owned();
        let (first, again) = (messages("batch", batch("2023-11-14T22:13:20Z")), messages("batch", batch("2023-11-14T22:13:21Z")));
        assert_eq!(first.iter().map(id).collect::<Vec<_>>(), again.iter().map(id).collect::<Vec<_>>());
        assert!(id(&first[0]) != id(&first[1]) && id(&first[2]) == "m" && id(&first[0]).len() <= crate::limits::MESSAGE_ID);
    }
}
