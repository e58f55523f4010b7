//! PostHog's capture API: `/batch`, `/capture`, `/e`, `/i/v0/e` and the others, single events, lists and batches, as JSON, as a
//! form, in base64, or compressed by the browser's library itself (`compression=gzip-js`).
//!
//! An event becomes what it would be in Segment's words ([`super::segment`]): `$pageview` a page, `$screen` a screen, `$identify`
//! and `$set` an identify, `$create_alias` and `$merge_dangerously` an alias, everything else a track. `$groupidentify` speaks of
//! no customer and is passed over. Of the properties with a `$`, those of page, campaign, device and library become context, those
//! that are the library's own business go, and the others stay as they are.
//!
//! Whether a `distinct_id` is a login or a browser, only the library knows, and says: it is a browser's when it equals
//! `$device_id`, or is a UUID and the event does not come from a server and is not said to be identified.

use std::borrow::Cow;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use periplus_model::{Instant, Reason};
use serde_json::{Map, Value, json};

use super::{Arrived, Call, Meaning, Sent, Speech, Stub, Thanks, Told, segment};
use crate::gate::{Outcome, Refusal, refuse};
use crate::limits;
use crate::source::Settings;

/// The dialect.
pub struct PostHog;

const CALLS: &[Call] = &[
    Call::kept("/batch", "batch"),
    Call::kept("/capture", "capture"),
    Call::kept("/e", "e"),
    Call::kept("/track", "track"),
    Call::kept("/engage", "engage"),
    Call::kept("/i/v0/e", "i-v0-e"),
];

/// What libraries ask before they send: no flags, no recording, nothing to load.
const STUBS: &[Stub] = &[
    Stub {
        path: "/flags",
        told: Told::Always(r#"{"flags":{},"featureFlags":{},"featureFlagPayloads":{},"errorsWhileComputingFlags":false,"requestId":""}"#),
    },
    Stub {
        path: "/decide",
        told: Told::Always(
            r#"{"featureFlags":{},"featureFlagPayloads":{},"errorsWhileComputingFlags":false,"sessionRecording":false,"supportedCompression":["gzip","gzip-js"]}"#,
        ),
    },
    Stub {
        path: "/array/{key}/config",
        told: Told::Always(
            r#"{"supportedCompression":["gzip","gzip-js"],"hasFeatureFlags":false,"sessionRecording":false,"surveys":false,"heatmaps":false,"autocapture_opt_out":false}"#,
        ),
    },
];

impl Speech for PostHog {
    fn name(&self) -> &'static str {
        "posthog"
    }

    fn calls(&self) -> &'static [Call] {
        CALLS
    }

    fn stubs(&self) -> &'static [Stub] {
        STUBS
    }

    fn decode(&self, _call: &Call, sent: Sent<'_>, _settings: &Settings) -> Result<Vec<u8>, Refusal> {
        let query = |name: &str| form_urlencoded::parse(sent.query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value);
        let mut body = Cow::Borrowed(sent.body);
        let mut compression = query("compression");
        if sent.kind() == "application/x-www-form-urlencoded" {
            for (key, value) in form_urlencoded::parse(sent.body) {
                match &*key {
                    "data" => body = Cow::Owned(value.into_owned().into_bytes()),
                    "compression" => compression = Some(Cow::Owned(value.into_owned())),
                    _ => {}
                }
            }
        }
        if body.starts_with(&[0x1f, 0x8b]) {
            body = Cow::Owned(unpacked(&body)?);
        } else if compression.as_deref() == Some("base64") {
            // Spaces were plus signs before somebody decoded the form.
            let text: Vec<u8> = body.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte }).collect();
            let Ok(decoded) = STANDARD.decode(text.trim_ascii()) else { return refuse(Reason::Malformed, "the body is no base64") };
            body = Cow::Owned(decoded);
        }
        let body = body.trim_ascii();
        Ok(match body.first() {
            Some(b'[') => [br#"{"batch":"#, body, b"}"].concat(),
            _ => body.to_vec(),
        })
    }

    fn key<'b>(&self, body: &'b Value) -> Option<&'b str> {
        let of = |event: &'b Value| {
            ["api_key", "token"].iter().find_map(|name| event.get(name)).or_else(|| event.get("properties")?.get("token"))
        };
        of(body).or_else(|| of(body.get("batch")?.get(0)?)).and_then(Value::as_str)
    }

    fn count(&self, _call: &Call, body: &Value, _settings: &Settings) -> usize {
        segment::count_of_batch(body)
    }

    fn messages(&self, _call: &Call, mut body: Value, arrived: &Arrived<'_>, _settings: &Settings) -> Vec<Value> {
        // Every message gets a copy; what is no time must not be a thousand times as large as what was sent.
        let is_time = |sent: &&Value| sent.is_number() || sent.as_str().is_some_and(|text| text.len() <= limits::KEY);
        let sent = body.get("sent_at").filter(is_time).cloned();
        let events = match body.get_mut("batch").map(Value::take) {
            Some(Value::Array(events)) => events,
            _ => vec![body],
        };
        let mut messages: Vec<Value> = events.into_iter().flat_map(|event| translated(event, sent.as_ref(), arrived.at)).collect();
        segment::complete_all(&mut messages, arrived.at);
        messages
    }

    fn meaning(&self) -> Meaning {
        Meaning::Own(|message, gate| match message.get("type").and_then(Value::as_str) {
            Some(NOBODY) => Ok(Outcome::Skipped),
            _ => crate::dialects::Dialect::record(&crate::dialects::segment::Segment, message, gate),
        })
    }

    fn thanks(&self, _call: &Call) -> Thanks {
        Thanks::json(r#"{"status":1}"#)
    }
}

/// The type of what speaks of no customer.
const NOBODY: &str = "of nobody";

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut unpacked = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes).take(limits::BODY as u64 + 1).read_to_end(&mut unpacked);
    match read {
        Err(_) => refuse(Reason::Malformed, "the body cannot be decompressed"),
        Ok(_) if unpacked.len() > limits::BODY => refuse(Reason::TooLarge, format!("the body has more than {} bytes", limits::BODY)),
        Ok(_) => Ok(unpacked),
    }
}

/// Properties that say where a page, a campaign or a library is found in Segment's context.
const CONTEXT: [(&str, &str, &str); 17] = [
    ("$current_url", "page", "url"),
    ("$pathname", "page", "path"),
    ("title", "page", "title"),
    ("$referrer", "page", "referrer"),
    ("utm_source", "campaign", "source"),
    ("utm_medium", "campaign", "medium"),
    ("utm_campaign", "campaign", "name"),
    ("utm_term", "campaign", "term"),
    ("utm_content", "campaign", "content"),
    ("$device_type", "device", "type"),
    ("$device_model", "device", "model"),
    ("$os", "os", "name"),
    ("$os_name", "os", "name"),
    ("$app_name", "app", "name"),
    ("$app_version", "app", "version"),
    ("$lib", "library", "name"),
    ("$lib_version", "library", "version"),
];

/// Properties that are the library's own business.
const OWN: [&str; 20] = [
    "token",
    "distinct_id",
    "$set",
    "$set_once",
    "$unset",
    "$geoip_disable",
    "$ip",
    "$process_person_profile",
    "$is_server",
    "$device_id",
    "$user_id",
    "$is_identified",
    "$anon_distinct_id",
    "$insert_id",
    "$time",
    "$sent_at",
    "$configured_session_timeout_ms",
    "$python_runtime",
    "$python_version",
    "$lib_rate_limit_remaining_tokens",
];

/// An event in Segment's words: one message, or two when it also says what is known of the customer.
fn translated(event: Value, sent: Option<&Value>, at: Instant) -> Vec<Value> {
    let Value::Object(mut event) = event else { return vec![event] };
    let mut properties = match event.shift_remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let name = text(event.get("event")).unwrap_or_default();
    let distinct =
        text(event.get("distinct_id").or_else(|| event.get("$distinct_id")).or_else(|| properties.get("distinct_id"))).unwrap_or_default();
    let mut base = Map::new();
    if let Some(sent) = event.get("sent_at").or(sent) {
        base.insert("sentAt".to_owned(), sent.clone());
    }
    if let Some(time) = event.get("timestamp").or_else(|| properties.get("$time")).filter(|time| !time.is_null()) {
        base.insert("timestamp".to_owned(), time.clone());
    } else if let Some(offset) = event.get("offset").and_then(Value::as_i64) {
        base.insert("timestamp".to_owned(), Instant(at.0.saturating_sub(offset.saturating_mul(1_000))).to_string().into());
    }
    let id = text(event.get("uuid").or_else(|| properties.get("$insert_id")));
    let whose = |base: &mut Map<String, Value>| {
        let device = text(properties.get("$device_id"));
        if is_login(&distinct, device.as_deref(), &properties) {
            base.insert("userId".to_owned(), distinct.clone().into());
            let browser = text(properties.get("$anon_distinct_id")).or(device).filter(|browser| *browser != distinct);
            base.extend(browser.map(|browser| ("anonymousId".to_owned(), browser.into())));
        } else {
            base.insert("anonymousId".to_owned(), distinct.clone().into());
        }
    };
    whose(&mut base);
    let mut traits = Map::new();
    for key in ["$set_once", "$set"] {
        for source in [event.get(key), properties.get(key)] {
            if let Some(Value::Object(some)) = source {
                traits.extend(some.clone());
            }
        }
    }
    let with = |kind: &str, more: Vec<(&str, Value)>| {
        let mut message = base.clone();
        message.insert("type".to_owned(), kind.into());
        message.extend(more.into_iter().map(|(key, value)| (key.to_owned(), value)));
        Value::Object(message)
    };
    match name.as_str() {
        "$identify" => {
            let mut message = with("identify", vec![("traits", traits.into())]);
            // Whoever is identified is no browser, whatever the name looks like.
            message["userId"] = distinct.into();
            vec![message]
        }
        "$set" => vec![with("identify", vec![("traits", traits.into())])],
        "$create_alias" | "$merge_dangerously" => {
            let alias = properties.get("alias").cloned().unwrap_or_default();
            let mut message = with("alias", vec![("previousId", alias)]);
            message["userId"] = distinct.into();
            vec![message]
        }
        "$groupidentify" => vec![json!({"type": NOBODY})],
        _ => {
            let mut messages = Vec::new();
            if !traits.is_empty() {
                messages.push(with("identify", vec![("traits", traits.into())]));
            }
            let mut context = Map::new();
            for (property, part, place) in CONTEXT {
                if let Some(value) = properties.shift_remove(property)
                    && let Value::Object(part) = context.entry(part).or_insert_with(|| Value::Object(Map::new()))
                {
                    part.insert(place.to_owned(), value);
                }
            }
            properties.retain(|key, _| !OWN.contains(&key.as_str()));
            let title = properties.shift_remove("$screen_name");
            let kind = match name.as_str() {
                "$pageview" => "page",
                "$screen" => "screen",
                _ => "track",
            };
            let is_mobile = context
                .get("library")
                .and_then(|library| library["name"].as_str())
                .is_some_and(|name| ["posthog-ios", "posthog-android", "posthog-react-native", "posthog-flutter"].contains(&name));
            let mut more = vec![("event", name.into()), ("properties", properties.into()), ("context", context.into())];
            more.extend(id.map(|id| ("messageId", id.into())));
            more.extend(title.map(|title| ("name", title)));
            more.extend(is_mobile.then(|| ("channel", "mobile".into())));
            messages.push(with(kind, more));
            messages
        }
    }
}

/// Whether a `distinct_id` is somebody's login.
fn is_login(distinct: &str, device: Option<&str>, properties: &Map<String, Value>) -> bool {
    let says = |key: &str| properties.get(key).is_some_and(|value| *value == Value::Bool(true));
    let library = properties.get("$lib").and_then(Value::as_str).unwrap_or_default();
    let is_browser =
        ["web", "js", "posthog-js", "posthog-ios", "posthog-android", "posthog-react-native", "posthog-flutter"].contains(&library);
    if says("$is_identified") || properties.contains_key("$user_id") || says("$is_server") {
        return true;
    }
    match device {
        Some(device) => device != distinct,
        None => !(is_browser && is_uuid(distinct)),
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(place, byte)| if [8, 13, 18, 23].contains(&place) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Instant = Instant(1_700_000_000_000_000);

    fn messages(body: Value) -> Vec<Value> {
        let arrived = Arrived { at: AT, source: "s", dialect: "posthog", call: "batch", agent: None, body: b"" };
        PostHog.messages(&CALLS[0], body, &arrived, &Settings::default())
    }

    fn decoded(query: &str, kind: &str, body: &[u8]) -> Option<Value> {
        let decoded = PostHog.decode(&CALLS[0], Sent { query, headers: &[("content-type", kind)], body }, &Settings::default()).ok()?;
        serde_json::from_slice(&decoded).ok()
    }

    #[test]
    fn bodies_come_in_many_wrappings() {
        let event = json!({"api_key": "k", "event": "e", "distinct_id": "u"});
        let text = event.to_string();
        assert_eq!(decoded("", "application/json", text.as_bytes()), Some(event.clone()));
        assert_eq!(decoded("", "text/plain", format!(" [{text}] ").as_bytes()), Some(json!({"batch": [event]})));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(decoded("compression=gzip-js&ver=1", "text/plain", &packed), Some(event.clone()));
        assert_eq!(decoded("compression=gzip-js", "text/plain", &packed[..packed.len() - 9]), None);
        let form = |data: &str| form_urlencoded::Serializer::new(String::new()).append_pair("data", data).finish();
        let kind = "application/x-www-form-urlencoded; charset=UTF-8";
        assert_eq!(decoded("", kind, form(&text).as_bytes()), Some(event.clone()));
        assert_eq!(decoded("compression=base64", kind, form(&STANDARD.encode(&text)).as_bytes()), Some(event.clone()));
        assert_eq!(decoded("compression=base64", "text/plain", b"***"), None);
        for body in [event.clone(), json!({"batch": [{"properties": {"token": "k"}}]}), json!({"api_key": "k", "batch": []})] {
            assert_eq!(PostHog.key(&body), Some("k"));
        }
    }

    #[test]
    fn events_are_told_in_segments_words() {
        let page = json!({"event": "$pageview", "distinct_id": "0190c2a4-7b7e-7cc2-8d1f-0123456789ab", "uuid": "m1", "timestamp": "2026-03-01T10:00:00Z",
            "properties": {"$lib": "web", "$device_id": "0190c2a4-7b7e-7cc2-8d1f-0123456789ab", "$current_url": "https://shop.example/", "utm_medium": "email", "plan": 1, "$elements": []}});
        let told = messages(json!({"api_key": "k", "batch": [page], "sent_at": "2023-11-14T22:13:20Z"}));
        let page = &told[0];
        assert_eq!(
            (&page["type"], &page["messageId"], &page["anonymousId"], page.get("userId")),
            (&json!("page"), &json!("m1"), &json!("0190c2a4-7b7e-7cc2-8d1f-0123456789ab"), None)
        );
        assert_eq!(
            page["context"],
            json!({"page": {"url": "https://shop.example/"}, "campaign": {"medium": "email"}, "library": {"name": "web"}})
        );
        assert_eq!(page["properties"]["plan"], 1);
        let login = json!({"event": "$identify", "distinct_id": "ana", "properties": {"$anon_distinct_id": "b", "$set": {"plan": "gold"}, "$set_once": {"plan": "x", "first": 1}}});
        let told = messages(login);
        assert_eq!((&told[0]["type"], &told[0]["userId"], &told[0]["anonymousId"]), (&json!("identify"), &json!("ana"), &json!("b")));
        assert_eq!(told[0]["traits"], json!({"plan": "gold", "first": 1}));
        let bought = json!({"event": "bought", "distinct_id": 7, "$set": {"plan": "gold"}, "offset": 1000, "properties": {"$is_server": true, "revenue": 5}});
        let told = messages(bought);
        assert_eq!(
            (told.len(), &told[0]["type"], &told[1]["type"], &told[1]["event"]),
            (2, &json!("identify"), &json!("track"), &json!("bought"))
        );
        assert_eq!((&told[1]["userId"], &told[1]["originalTimestamp"]), (&json!("7"), &json!(Instant(AT.0 - 1_000_000).to_string())));
        let alias = messages(json!({"event": "$create_alias", "distinct_id": "ana", "properties": {"alias": "old"}}));
        assert_eq!((&alias[0]["type"], &alias[0]["userId"], &alias[0]["previousId"]), (&json!("alias"), &json!("ana"), &json!("old")));
        assert_eq!(messages(json!({"event": "$groupidentify", "distinct_id": "$company_acme"}))[0]["type"], NOBODY);
    }

    #[test]
    fn logins_and_browsers_are_told_apart() {
        let uuid = "0190c2a4-7b7e-7cc2-8d1f-0123456789ab";
        let is = |distinct: &str, properties: Value| {
            let device = properties["$device_id"].as_str().map(str::to_owned);
            is_login(distinct, device.as_deref(), properties.as_object().unwrap())
        };
        assert!(is("ana", json!({})) && is(uuid, json!({})) && is(uuid, json!({"$lib": "web", "$is_identified": true})));
        assert!(is("ana", json!({"$lib": "web", "$device_id": uuid})) && is("ana", json!({"$lib": "web"})));
        assert!(!is(uuid, json!({"$lib": "web"})) && !is("x", json!({"$device_id": "x"})));
    }
}
