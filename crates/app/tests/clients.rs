//! SDKs as their makers publish them send to a server that they have to reach through trouble: what they send arrives once, with
//! the right ids, times and properties.
//!
//! They come from npm and PyPI: `cargo xtask test` installs them and names them in `PERIPLUS_PYTHON` and `PERIPLUS_NODE_MODULES`.
//! Without those the tests say that they were left out.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a panic is how a test fails, in its helpers too, and what is left out says so"
)]

mod senders;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use senders::{Reply, Server, export, forward, key, serve_with, settle};
use serde_json::Value;

/// What stands between senders and the server: the first requests meet with one trouble after the other.
fn trouble(address: String) -> (String, Arc<AtomicUsize>) {
    let met = Arc::new(AtomicUsize::new(0));
    let count = met.clone();
    let listening = serve_with(move |request| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        let refused = |status, name| Some(Reply::of(status, &[(name, "1")], r#"{"success":false,"code":"busy","message":"later"}"#));
        match number {
            0 => refused(503, "Retry-After"),
            // Kept, but the sender never hears of it.
            1 | 3 => {
                forward(&address, request);
                None
            }
            2 => refused(429, "Retry-After"),
            _ => Some(forward(&address, request)),
        }
    });
    (listening, met)
}

/// Events by message id, how many requests it took, and what was counted.
type Arrived = (BTreeMap<String, BTreeMap<String, String>>, usize, Value);

/// Sends with an SDK; answers the stored events by message id, and how many requests it took.
fn sent(program: &str, environment: &[(&str, &str)], script: &str) -> Arrived {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let key = key(&data, "sdk", &[]);
    let server = Server::start(&data);
    let (proxy, met) = trouble(server.address.clone());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    let said =
        Command::new(program).arg(script).args([&key, &format!("http://{proxy}")]).envs(environment.iter().copied()).output().unwrap();
    assert!(said.status.success(), "{}\n{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    settle(&server.address);
    server.stop();
    let mut events = BTreeMap::new();
    for row in export(&data) {
        assert!(events.insert(row["message_id"].clone(), row.clone()).is_none(), "{row:?} is there twice");
    }
    (events, met.load(Ordering::SeqCst), senders::collected(&data)["sources"][0]["collected"].clone())
}

fn node(script: &str) -> Option<Arrived> {
    let Ok(modules) = std::env::var("PERIPLUS_NODE_MODULES") else {
        eprintln!("left out: PERIPLUS_NODE_MODULES names no SDKs; `cargo xtask test` provides them");
        return None;
    };
    Some(sent("node", &[("NODE_PATH", &modules)], script))
}

fn python(script: &str) -> Option<Arrived> {
    let Ok(python) = std::env::var("PERIPLUS_PYTHON") else {
        eprintln!("left out: PERIPLUS_PYTHON names no Python with the SDKs; `cargo xtask test` provides one");
        return None;
    };
    Some(sent(&python, &[], script))
}

fn check(event: &BTreeMap<String, String>, name: &str, user: &str, time: &str, properties: &[(&str, Value)]) {
    assert_eq!((event["event"].as_str(), event["distinct_id"].as_str()), (name, format!("user_id:{user}").as_str()), "{event:?}");
    assert!(event["time"].replace(' ', "T").starts_with(time), "{event:?}");
    let told: Value = serde_json::from_str(&event["properties"]).unwrap();
    for (property, value) in properties {
        assert_eq!(&told[*property], value, "{event:?}");
    }
}

#[test]
fn segments_library_for_node() {
    let Some((events, requests, counts)) = node("segment.cjs") else { return };
    assert_eq!(events.len(), 13, "{:?}", events.keys());
    for n in 0..12u64 {
        let time = format!("2026-03-01T10:00:{n:02}");
        check(&events[&format!("segment-{n}")], "Product Viewed", &format!("segment-{}", n % 3), &time, &[("n", n.into())]);
    }
    let page = &events["segment-page"];
    assert_eq!((page["event"].as_str(), page["channel"].as_str()), ("page", ""));
    assert!(requests > 4 && counts["duplicates"].as_u64().unwrap() > 0, "{requests} requests, {counts}");
    assert_eq!(counts["quarantined"], 0);
}

#[test]
fn rudderstacks_library_for_node() {
    let Some((events, requests, counts)) = node("rudder.cjs") else { return };
    assert_eq!(events.len(), 7, "{:?}", events.keys());
    for n in 0..7u64 {
        let event = &events[&format!("rudder-{n}")];
        let time = format!("2026-03-02T10:00:{n:02}");
        check(event, "Order Completed", &format!("rudder-{}", n % 2), &time, &[("revenue", (10 + n).into())]);
        assert_eq!((event["amount"].as_str(), event["currency"].as_str()), (format!("{}000000", 10 + n).as_str(), "EUR"));
    }
    assert!(requests > 4 && counts["duplicates"].as_u64().unwrap() > 0, "{requests} requests, {counts}");
}

#[test]
fn posthogs_library_for_node() {
    let Some((events, requests, counts)) = node("posthog.cjs") else { return };
    assert_eq!(events.len(), 8, "{:?}", events.keys());
    for n in 0..8u64 {
        let event = &events[&format!("01900000-0000-7000-8000-00000000000{n}")];
        check(event, "Product Added", &format!("posthog-{}", n % 2), &format!("2026-03-04T10:00:{n:02}"), &[("n", n.into())]);
    }
    assert!(requests > 4 && counts["duplicates"].as_u64().unwrap() > 0, "{requests} requests, {counts}");
    assert_eq!(counts["quarantined"], 0);
}

#[test]
fn posthogs_library_for_python() {
    let Some((events, requests, counts)) = python("posthog_python.py") else { return };
    assert_eq!(events.len(), 5, "{:?}", events.keys());
    for n in 0..5u64 {
        let event = &events[&format!("01900000-0000-7000-9000-00000000000{n}")];
        check(event, "Support Contacted", &format!("python-{}", n % 2), &format!("2026-03-05T10:00:{n:02}"), &[("n", n.into())]);
    }
    assert!(requests > 4 && counts["duplicates"].as_u64().unwrap() > 0, "{requests} requests, {counts}");
}

#[test]
fn segments_library_for_python() {
    let Some((events, requests, counts)) = python("from_python.py") else { return };
    assert_eq!(events.len(), 9, "{:?}", events.keys());
    for n in 0..9u64 {
        let time = format!("2026-03-03T10:00:{n:02}");
        check(&events[&format!("python-{n}")], "Signed Up", &format!("python-{}", n % 2), &time, &[("n", n.into())]);
    }
    assert!(requests > 4 && counts["duplicates"].as_u64().unwrap() > 0, "{requests} requests, {counts}");
}

#[test]
fn snowplows_tracker_for_python() {
    let Some((events, requests, counts)) = python("snowplow_python.py") else { return };
    let mut events: Vec<_> = events.into_values().collect();
    events.sort_by_key(|event| event["time"].clone());
    assert_eq!(events.len(), 7);
    for (n, event) in events.iter().enumerate() {
        let (name, time) = (["Video Played", "page", "wish_listed"][n.saturating_sub(4)], format!("2026-03-06T10:00:{n:02}"));
        check(event, name, &format!("snowplow-{}", n % 2), &time, &[]);
    }
    assert!(events[0]["properties"].contains("intro") && events[6]["properties"].contains("hat-7"), "{events:?}");
    assert_eq!(events[5]["channel"], "search");
    assert!(requests > 4 && counts["duplicates"].as_u64().unwrap() > 0, "{requests} requests, {counts}");
    assert_eq!(counts["quarantined"], 0);
}
