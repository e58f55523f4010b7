//! Whatever senders send: nothing panics, and every message is accounted for.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use std::io;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use periplus_intake::collect::{Arrived, Call, SPEECHES, Sent, Speech, body, examine, read};
use periplus_intake::gate::Gate;
use periplus_intake::source::Settings;
use periplus_intake::{Reject, Sink};
use periplus_model::{EventRow, Instant, LinkRow, TraitRow};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// Holds what passes against the promises of the gate.
#[derive(Default)]
struct Strict {
    rejects: u64,
}

impl Sink for Strict {
    fn event(&mut self, row: &EventRow<'_>) -> io::Result<()> {
        Gate::check(row).unwrap();
        assert!(row.properties.is_empty() || serde_json::from_str::<Map<String, Value>>(row.properties).is_ok());
        Ok(())
    }
    fn traits(&mut self, row: &TraitRow<'_>) -> io::Result<()> {
        assert!(!row.ids.is_empty());
        serde_json::from_str::<Value>(row.value).unwrap();
        Ok(())
    }
    fn link(&mut self, row: &LinkRow<'_>) -> io::Result<()> {
        assert!(row.ids.len() >= 2);
        Ok(())
    }
    fn reject(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        assert!(reject.line >= 1 && !reject.detail.is_empty());
        self.rejects += 1;
        Ok(())
    }
}

/// What the fields of all dialects are called.
const NAMES: [&str; 96] = [
    "type",
    "event",
    "name",
    "messageId",
    "userId",
    "anonymousId",
    "previousId",
    "groupId",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
    "context",
    "traits",
    "properties",
    "writeKey",
    "batch",
    "channel",
    "page",
    "campaign",
    "library",
    "url",
    "email",
    "mergeProperties",
    "value",
    "api_key",
    "distinct_id",
    "$set",
    "$set_once",
    "uuid",
    "offset",
    "alias",
    "$anon_distinct_id",
    "$device_id",
    "sent_at",
    "client_id",
    "app_instance_id",
    "user_id",
    "timestamp_micros",
    "user_properties",
    "events",
    "params",
    "items",
    "specversion",
    "id",
    "source",
    "time",
    "subject",
    "data",
    "data_base64",
    "dataschema",
    "userid",
    "anonymousid",
    "schema",
    "e",
    "tv",
    "p",
    "aid",
    "eid",
    "dtm",
    "stm",
    "ttm",
    "uid",
    "duid",
    "nuid",
    "sid",
    "vid",
    "refr",
    "se_ca",
    "se_ac",
    "se_va",
    "ue_pr",
    "ue_px",
    "co",
    "cx",
    "lang",
    "tz",
    "res",
    "tr_id",
    "tr_tt",
    "tr_cu",
    "ti_id",
    "header",
    "body",
    "request",
    "item",
    "missing",
    "customer",
    "line_items",
    "0",
    "revenue",
    "currency",
    "utm_source",
    "receivedAt",
    "customer.email",
    "",
];

/// What is written in them.
fn text() -> impl Strategy<Value = Value> {
    let known = select(vec![
        "track",
        "page",
        "screen",
        "identify",
        "group",
        "alias",
        "merge",
        "pv",
        "pp",
        "se",
        "ue",
        "tr",
        "ti",
        "$identify",
        "$pageview",
        "$create_alias",
        "$groupidentify",
        "1.0",
        "2026-03-01T10:00:00Z",
        "1700000000000",
        "-9223372036854775808",
        "9223372036854775807",
        "ana",
        "a@x.org",
        "orders/7",
        "null",
        "\0",
        "59.9",
        "1e400",
        "https://shop.example/a?utm_source=x&utm_medium=%zz#y",
        "eyJhIjoxfQ",
        "iglu:com.acme/basket/jsonschema/1-0-0",
        "iglu:",
        "email",
        "{\"schema\":\"iglu:a/b/c/1\",\"data\":{\"schema\":\"iglu:a/b/c/1\",\"data\":{}}}",
        "{\"data\":[{\"schema\":\"iglu:a/client_session/c/1\",\"data\":{\"userId\":\"u\"}}]}",
        "é😀",
    ]);
    prop_oneof![
        40 => known.prop_map(Value::from),
        8 => ".{0,12}".prop_map(Value::from),
        8 => any::<i64>().prop_map(Value::from),
        8 => any::<f64>().prop_map(|number| json!(number)),
        8 => any::<bool>().prop_map(Value::from),
        8 => Just(Value::Null),
        1 => Just(Value::from("x".repeat(40_000))),
    ]
}

fn anything() -> impl Strategy<Value = Value> {
    text().prop_recursive(4, 48, 8, |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::Array),
            4 => vec((select(NAMES.to_vec()), inner), 0..8).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

/// Settings of a source whose webhooks are mapped by names that come up.
fn mapped() -> Settings {
    Settings::parse(
        "[webhook]\nitems = 'events'\nheaders = ['ce-type', 'ce-id']\n[mapping]\nids = [{ kind = 'email', column = 'email' }, { kind = 'user_id', column = 'customer.email' }, { kind = 'phone', column = 'line_items.0.id' }]\n[[mapping.event]]\nname = { column = 'event', default = 'thing' }\namount = { column = 'revenue' }\n[[mapping.event]]\nname = 'timed'\nwhen = { property = 'time', exists = true }\ntime = { column = 'time' }\ndistinct_by = ['id']\n[[mapping.traits]]\n[[mapping.link]]\n",
    )
    .unwrap()
}

/// Sends a request all the way; whatever is in the way of it must be an ordinary refusal.
fn send(speech: &'static dyn Speech, call: &'static Call, settings: &Settings, sent: Sent<'_>) {
    let Ok(decoded) = speech.decode(call, sent, settings) else { return };
    let Ok(value) = body(&decoded) else { return };
    let _ = speech.key(&value);
    let count = speech.count(call, &value, settings);
    let at = Instant(1_700_000_000_000_000);
    let arrived = Arrived { at, source: "shop", dialect: speech.name(), call: call.name, agent: Some("agent"), body: &decoded };
    let bytes = arrived.to_bytes();
    let arrived = Arrived::of(&bytes).unwrap();
    let mut sink = Strict::default();
    let summary = read(&arrived, settings, &mut sink).unwrap();
    let rejected: u64 = summary.rejected.values().sum();
    assert_eq!((summary.rows, sink.rejects), (summary.accepted + summary.skipped + rejected, rejected), "{}", speech.name());
    // One event of PostHog may be two messages: what happened, and what is known of the customer.
    let most = if speech.name() == "posthog" { 2 * count } else { count };
    assert!((count as u64..=most as u64).contains(&summary.rows), "{}: {count} messages, {} rows", speech.name(), summary.rows);
    assert_eq!(examine(&arrived, settings).len() as u64, rejected);
}

fn everywhere(settings: &Settings, query: &str, headers: &[(&str, &str)], body: &[u8]) {
    for speech in SPEECHES.iter().copied() {
        for call in speech.calls() {
            send(speech, call, settings, Sent { query, headers, body });
        }
    }
}

const KINDS: [&str; 6] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "application/cloudevents+json",
    "application/cloudevents-batch+json; charset=utf-8",
    "text/plain",
    "image/png",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_accounted_for(value in anything(), kind in select(KINDS.to_vec()), is_mapped in any::<bool>()) {
        let settings = if is_mapped { mapped() } else { Settings::default() };
        let text = value.to_string();
        everywhere(&settings, "", &[("content-type", kind)], text.as_bytes());
        for list in ["batch", "data", "events"] {
            everywhere(&settings, "", &[("content-type", kind)], json!({list: [value, value, {}]}).to_string().as_bytes());
        }
        // In the wrappings in which it may come.
        let packed = URL_SAFE_NO_PAD.encode(&text);
        everywhere(&settings, "", &[], json!({"data": [{"e": "ue", "uid": "u", "ue_px": packed, "cx": packed}]}).to_string().as_bytes());
        let headers = [("content-type", kind), ("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-type", "t"), ("ce-source", "s"), ("ce-subject", "%41%zz%")];
        everywhere(&settings, "", &headers, text.as_bytes());
    }

    #[test]
    fn every_address_is_survived(pairs in vec((select(NAMES.to_vec()), select(NAMES.to_vec()), ".{0,20}"), 0..12)) {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (one, other, value) in &pairs {
            query.append_pair(one, value).append_pair(&format!("{one}.{other}"), value);
        }
        everywhere(&mapped(), &query.finish(), &[], b"");
    }

    #[test]
    fn every_byte_is_survived(bytes in vec(any::<u8>(), 0..200), kind in select(KINDS.to_vec())) {
        let query = String::from_utf8_lossy(&bytes).into_owned();
        everywhere(&mapped(), &query, &[("content-type", kind), ("ce-specversion", &query)], &bytes);
    }
}

#[test]
fn what_is_large_or_deep_is_refused_and_nothing_worse() {
    let deep = format!("{}{}", "{\"data\":".repeat(50_000), "}".repeat(50_000));
    let wide = format!("{{\"batch\":[{}]}}", vec!["{}"; 5_000].join(","));
    let flat = format!("a{}=1&{}", ".a".repeat(10_000), "b.c=1&".repeat(1_000));
    for text in [&deep, &wide, &"[".repeat(1_000_000), &format!("{{\"batch\":[{{\"a\":\"{}\"}}]}}", "x".repeat(200_000))] {
        everywhere(&mapped(), &flat, &[], text.as_bytes());
    }
}
