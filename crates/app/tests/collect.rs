//! Collecting, as processes: many senders, a server that is killed again and again, and a ledger of what was acknowledged.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]
#![allow(clippy::disallowed_methods, reason = "waits for another process, and not for ever")]

mod senders;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use senders::ledger::Ledger;
use senders::{Connection, Server, base64, collected, key, periplus, settle, stored};
use serde_json::{Value, json};

/// Several senders and a server that is killed `kills` times; `between` is done while it is dead.
fn storm(data: &Path, kills: u32, between: impl Fn(&Path)) -> Ledger {
    let key = key(data, "shop", &[]);
    let ledger = Ledger::default();
    let mut server = Some(Server::start(data));
    let address = Mutex::new(server.as_ref().unwrap().address.clone());
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for seed in 1..=4 {
            let (ledger, address, key, stop) = (&ledger, &address, &key, &stop);
            scope.spawn(move || ledger.send(address, key, stop, seed));
        }
        for kill in 0..kills {
            std::thread::sleep(Duration::from_millis(150 + u64::from(kill * 7919 % 600)));
            server.take().unwrap().kill();
            between(data);
            let next = server.insert(Server::start(data));
            *address.lock().unwrap() = next.address.clone();
        }
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
    });
    let server = server.unwrap();
    settle(&server.address);
    server.stop();
    ledger
}

fn kills() -> u32 {
    std::env::var("PERIPLUS_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

#[test]
fn what_was_acknowledged_is_there_once_however_often_the_server_is_killed() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let ledger = storm(&data, kills(), |_| ());
    let stored = stored(&data);
    assert!(ledger.promised.lock().unwrap().len() > 100);
    assert_eq!(ledger.wrong(&stored), (0, 0, 0), "lost, doubled, made up");
    let told = collected(&data);
    let counts = &told["sources"][0]["collected"];
    let count = |name: &str| counts[name].as_u64().unwrap();
    // Taken and quarantined are all there is, and of the rows of what was taken, some are new and the others duplicates.
    assert_eq!(count("stored") + count("duplicates"), count("events") + count("traits"), "{counts}");
    assert_eq!((count("stored"), count("quarantined"), count("messages")), (stored.len() as u64, 0, count("events")), "{counts}");
    assert!(count("duplicates") > 0, "some messages came twice: {counts}");
    assert_eq!(told["losses"], json!([]));
    periplus(&data, &["lake", "verify"]);
}

#[test]
fn a_log_that_loses_a_file_is_noticed() {
    // The control of the test above: the same storm, and what was acknowledged is taken away while the server is dead.
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let ledger = storm(&data, 4, |data| {
        for entry in std::fs::read_dir(data.join("log")).unwrap().map(Result::unwrap) {
            if entry.path().extension().is_some_and(|extension| extension == "log") {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
    });
    let (lost, ..) = ledger.wrong(&stored(&data));
    assert!(lost > 0, "the ledger did not notice");
}

/// A data folder with a source, and a server for it.
fn shop(origins: &[&str]) -> (tempfile::TempDir, PathBuf, String, Server) {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let more: Vec<&str> = origins.iter().flat_map(|origin| ["--origin", origin]).collect();
    let key = key(&data, "shop", &more);
    let server = Server::start(&data);
    (home, data, key, server)
}

#[test]
fn senders_are_answered_as_they_expect_it() {
    let (_home, data, key, server) = shop(&["https://shop.example"]);
    let mut connection = Connection::open(&server.address).unwrap();
    let basic = |key: &str| format!("Basic {}", base64(format!("{key}:").as_bytes()));
    let mut post = |path: &str, headers: &[(&str, &str)], body: &[u8]| connection.send("POST", path, headers, body).unwrap();
    let message =
        json!({"userId": "u1", "event": "Order Completed", "messageId": "m1", "properties": {"revenue": 12.5, "currency": "EUR"}});
    let own = basic(&key);
    let reply = post("/v1/track", &[("Authorization", &own)], message.to_string().as_bytes());
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"success":true}"#));
    // Compressed, by a page of the shop, as the browser's library does it.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(
            json!({"writeKey": key, "batch": [{"type": "page", "anonymousId": "a", "messageId": "m2"}, {"type": "nonsense"}]})
                .to_string()
                .as_bytes(),
        )
        .unwrap();
    let headers = [
        ("Content-Encoding", "gzip"),
        ("Origin", "https://shop.example"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Content-Type", "text/plain"),
    ];
    let reply = post("/v1/b", &headers, &packed.finish().unwrap());
    let allowed = (reply.headers["access-control-allow-origin"].as_str(), reply.headers["access-control-allow-credentials"].as_str());
    assert_eq!((reply.status, allowed), (200, ("https://shop.example", "true")));
    for (path, headers, body, status, code) in [
        ("/v1/track", &[("Authorization", basic("wrong").as_str())][..], message.to_string().into_bytes(), 401, "key"),
        ("/v1/track", &[], message.to_string().into_bytes(), 401, "key"),
        ("/v1/track", &[("Authorization", &own), ("Origin", "https://evil.example")], message.to_string().into_bytes(), 403, "origin"),
        ("/v1/track", &[("Authorization", &own)], b"{".to_vec(), 400, "malformed"),
        ("/v1/track", &[("Authorization", &own)], b"[1]".to_vec(), 400, "malformed"),
        ("/v1/track", &[("Authorization", &own)], b"{\"a\":\"\xff\"}".to_vec(), 400, "encoding"),
        ("/v1/track", &[("Authorization", &own)], format!("{{\"a\":{}}}", "[".repeat(100_000)).into_bytes(), 400, "too_complex"),
        ("/v1/track", &[("Authorization", &own), ("Content-Encoding", "br")], b"{}".to_vec(), 415, "encoding"),
        ("/v1/track", &[("Authorization", &own), ("Content-Encoding", "gzip")], b"{}".to_vec(), 400, "compression"),
        ("/v1/batch", &[("Authorization", &own)], json!({"batch": vec![json!({}); 1_001]}).to_string().into_bytes(), 413, "too_many"),
    ] {
        let reply = Connection::open(&server.address).unwrap().send("POST", path, headers, &body).unwrap();
        let told: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!((reply.status, told["code"].as_str()), (status, Some(code)), "{told}");
        assert!(told["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
    let zeros = zstd::encode_all(&vec![b' '; 200 << 20][..], 3).unwrap();
    let reply = Connection::open(&server.address).unwrap().send("POST", "/v1/track", &[("Content-Encoding", "zstd")], &zeros).unwrap();
    assert_eq!(reply.status, 413, "a bomb");
    // What a browser asks before it sends.
    let asks = [("Origin", "https://shop.example"), ("Access-Control-Request-Headers", "authorization,content-type")];
    let reply = connection.send("OPTIONS", "/v1/t", &asks, b"").unwrap();
    assert_eq!((reply.status, reply.headers["access-control-allow-headers"].as_str()), (204, "authorization,content-type"));
    let reply = connection.send("GET", &format!("/v1/projects/{key}/settings"), &[], b"").unwrap();
    let told: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(told["integrations"]["Segment.io"]["apiHost"], "collector.example/v1");
    let reply = connection.send("GET", "/metrics", &[("Host", "localhost")], b"").unwrap();
    for line in [
        "# TYPE periplus_requests_accepted_total counter",
        "periplus_requests_accepted_total 2",
        r#"periplus_requests_refused_total{reason="key"} 2"#,
    ] {
        assert!(reply.body.lines().any(|told| told == line), "{line} is missing in\n{}", reply.body);
    }
    // The rest of the server does not answer to any name.
    for path in ["/api/maps", "/", "/nothing"] {
        assert_eq!(connection.send("GET", path, &[], b"").unwrap().status, 403, "{path}");
    }
    let reply = connection.send("GET", "/nothing", &[("Host", "localhost")], b"").unwrap();
    assert!(
        reply.status == 404 && reply.headers.contains_key("content-security-policy") && reply.body.contains("No such page"),
        "{}",
        reply.body
    );
    settle(&server.address);
    server.stop();
    let stored = stored(&data);
    assert_eq!(stored.keys().collect::<Vec<_>>(), ["m1", "m2"]);
    let quarantined: Value = serde_json::from_str(&periplus(&data, &["sources", "quarantine", "--json"])).unwrap();
    assert_eq!((quarantined.as_array().unwrap().len(), &quarantined[0]["reason"]), (1, &json!("unknown_type")));
    let counts = &collected(&data)["sources"][0]["collected"];
    assert_eq!((&counts["messages"], &counts["quarantined"], &counts["stored"]), (&json!(2), &json!(1), &json!(2)));
}

#[test]
fn every_dialect_is_understood() {
    let (_home, data, key, server) = shop(&[]);
    let mut connection = Connection::open(&server.address).unwrap();
    let mut post = |path: &str, body: Value| {
        let reply = connection.send("POST", path, &[], body.to_string().as_bytes()).unwrap();
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        reply.body
    };
    post("/v1/track/", json!({"writeKey": key, "userId": "ana", "event": "Order Completed", "messageId": "segment"}));
    let captured =
        json!({"api_key": key, "event": "$pageview", "distinct_id": "ana", "uuid": "posthog", "properties": {"$is_server": true}});
    assert_eq!(post("/i/v0/e/", captured.clone()), r#"{"status":1}"#);
    post("/capture", json!([captured]));
    assert!(post("/flags/?v=2", json!({"api_key": key})).contains("featureFlags"));
    let hit = json!({"client_id": "1.2", "user_id": "ana", "timestamp_micros": 1_772_359_200_000_000i64, "events": [{"name": "purchase", "params": {"value": 5, "currency": "EUR"}}, {"name": ""}]});
    let address = format!("/mp/collect?measurement_id=G-1&api_secret={key}");
    post(&address, hit.clone());
    post(&address, hit.clone());
    let told: Value = serde_json::from_str(&post(&format!("/debug{address}"), hit)).unwrap();
    assert_eq!(
        (&told["validationMessages"][0]["fieldPath"], &told["validationMessages"][0]["validationCode"]),
        (&json!("events[1]"), &json!("NO_EVENT"))
    );
    settle(&server.address);
    server.stop();
    let events = senders::export(&data);
    let mut told: Vec<(&str, &str)> = events.iter().map(|event| (event["event"].as_str(), event["distinct_id"].as_str())).collect();
    told.sort_unstable();
    assert_eq!(told, [("Order Completed", "user_id:ana"), ("page", "user_id:ana"), ("purchase", "user_id:ana")]);
    let counts = &collected(&data)["sources"][0]["collected"];
    assert_eq!((&counts["messages"], &counts["quarantined"], &counts["duplicates"]), (&json!(5), &json!(2), &json!(2)));
}

#[test]
fn pictures_trackers_and_cloudevents_are_understood() {
    let (_home, data, key, server) = shop(&[]);
    let mut connection = Connection::open(&server.address).unwrap();
    let mut send = |method: &str, path: &str, headers: &[(&str, &str)], body: &str| {
        let reply = connection.send(method, path, headers, body.as_bytes()).unwrap();
        assert_eq!(reply.status, 200, "{method} {path}: {}", reply.body);
        reply.body
    };
    assert!(send("GET", &format!("/sourceConfig/?p=npm&v=3&writeKey={key}"), &[], "").contains("destinations"));
    let picture = format!("/pixel/v1/track?writeKey={key}&userId=ana&event=Opened&messageId=r1&properties.revenue=5");
    assert!(send("GET", &picture, &[], "").starts_with("GIF89a"));
    send(
        "POST",
        "/v1/merge",
        &[],
        &json!({"writeKey": key, "mergeProperties": [{"type": "userId", "value": "ana"}, {"type": "email", "value": "a@x.org"}]})
            .to_string(),
    );
    assert!(send("GET", &format!("/i?e=pv&aid={key}&uid=ana&eid=s1&dtm=1772359200000"), &[], "").starts_with("GIF89a"));
    let tracked = json!({"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": [
        {"e": "se", "se_ca": "video", "se_ac": "play", "aid": key, "duid": "d", "uid": "ana", "eid": "s2", "dtm": "1772359200000"}]});
    assert_eq!(send("POST", "/com.snowplowanalytics.snowplow/tp2", &[], &tracked.to_string()), "ok");
    let bearer = format!("Bearer {key}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "1"),
        ("ce-source", "/shop"),
        ("ce-type", "com.shop.order"),
        ("ce-userid", "ana"),
    ];
    send("POST", "/v1/cloudevents", &headers, r#"{"total": 5}"#);
    let reply = connection.send("POST", &format!("/v1/webhook/{key}"), &[], b"{}").unwrap();
    assert!(reply.status == 404 && reply.body.contains("no_mapping"), "{}", reply.body);
    settle(&server.address);
    server.stop();
    let events = senders::export(&data);
    let mut told: Vec<(&str, &str)> = events.iter().map(|event| (event["event"].as_str(), event["distinct_id"].as_str())).collect();
    told.sort_unstable();
    assert_eq!(told, [("Opened", "user_id:ana"), ("com.shop.order", "user_id:ana"), ("page", "user_id:ana"), ("play", "user_id:ana")]);
}

#[test]
fn files_are_imported_and_questions_answered_beside_a_server_that_collects() {
    let (home, data, key, server) = shop(&[]);
    let ledger = Ledger::default();
    let (address, stop) = (Mutex::new(server.address.clone()), AtomicBool::new(false));
    let file = home.path().join("calls.jsonl");
    let call = |n: u32| json!({"type": "track", "event": "Call", "userId": format!("u{n}"), "messageId": format!("call-{n}"), "timestamp": "2026-02-01T10:00:00Z"});
    std::fs::write(&file, (0..200).map(|n| format!("{}\n", call(n))).collect::<String>()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| ledger.send(&address, &key, &stop, 1));
        for _ in 0..3 {
            periplus(&data, &["import", file.to_str().unwrap(), "--quiet"]);
        }
        stop.store(true, Ordering::Relaxed);
    });
    settle(&server.address);
    // The running server sees both, without being told.
    let mut connection = Connection::open(&server.address).unwrap();
    let headers = [("Content-Type", "application/json"), ("Host", "localhost")];
    let reply = connection.send("POST", "/api/ask/overview", &headers, b"{}").unwrap();
    let answer: Value = serde_json::from_str(&reply.body).unwrap();
    let events =
        |name: &str| answer["view"]["rows"].as_array().unwrap().iter().find(|row| row[0] == name).map(|row| row[1].as_u64().unwrap());
    assert_eq!(events("Call"), Some(200), "{answer}");
    assert!(events("Product Viewed").is_some_and(|count| count >= ledger.promised.lock().unwrap().len() as u64));
    server.stop();
    let mut stored = stored(&data);
    stored.retain(|id, _| !id.starts_with("call-"));
    assert_eq!(ledger.wrong(&stored), (0, 0, 0), "lost, doubled, made up");
}

#[test]
fn a_key_that_ended_and_a_second_server_are_refused() {
    let (_home, data, key, server) = shop(&[]);
    let second =
        Command::new(env!("CARGO_BIN_EXE_periplus")).args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data).output().unwrap();
    assert!(String::from_utf8_lossy(&second.stderr).contains("another server collects"), "{second:?}");
    let mut connection = Connection::open(&server.address).unwrap();
    let message = json!({"writeKey": key, "userId": "u1", "event": "e"}).to_string();
    assert_eq!(connection.send("POST", "/v1/track", &[], message.as_bytes()).unwrap().status, 200);
    periplus(&data, &["sources", "end", &key]);
    let begun = Instant::now();
    while connection.send("POST", "/v1/track", &[], message.as_bytes()).unwrap().status != 401 {
        assert!(begun.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(100));
    }
    settle(&server.address);
    server.stop();
    assert!(!stored(&data).is_empty());
}
