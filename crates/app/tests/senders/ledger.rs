//! Many senders, and a ledger of what they were promised.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;

use super::Connection;

/// What senders were promised.
#[derive(Default)]
pub struct Ledger {
    pub promised: Mutex<BTreeSet<String>>,
    pub attempted: Mutex<BTreeSet<String>>,
    next: AtomicU64,
}

impl Ledger {
    /// One sender: single messages and batches, one in ten sent again, until told to stop.
    pub fn send(&self, address: &Mutex<String>, key: &str, stop: &AtomicBool, seed: u64) {
        let mut dice = seed;
        let mut roll = move |sides: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) % sides
        };
        let mut connection = None;
        while !stop.load(Ordering::Relaxed) {
            let ids: Vec<String> = (0..1 + roll(3) * roll(8)).map(|_| format!("m{}", self.next.fetch_add(1, Ordering::Relaxed))).collect();
            self.attempted.lock().unwrap().extend(ids.iter().cloned());
            let message = |id: &String| {
                json!({"type": "track", "event": "Product Viewed", "messageId": id, "anonymousId": format!("a{}", seed),
                    "timestamp": "2026-03-01T10:00:00Z", "properties": {"n": id}})
            };
            let (path, body) = match &ids[..] {
                [id] => (
                    "/v1/track",
                    json!({"writeKey": key})
                        .as_object()
                        .unwrap()
                        .clone()
                        .into_iter()
                        .chain(message(id).as_object().unwrap().clone())
                        .collect::<serde_json::Map<_, _>>()
                        .into(),
                ),
                ids => ("/v1/batch", json!({"writeKey": key, "batch": ids.iter().map(message).collect::<Vec<_>>()})),
            };
            let body = body.to_string();
            // Until it is acknowledged, and one in ten once more.
            let mut times = 1 + u64::from(roll(10) == 0);
            while times > 0 && !stop.load(Ordering::Relaxed) {
                if connection.is_none() {
                    let address = address.lock().unwrap().clone();
                    connection = Connection::open(&address).ok();
                }
                let Some(open) = &mut connection else {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                };
                match open.send("POST", path, &[("Content-Type", "text/plain")], body.as_bytes()) {
                    Ok(reply) if reply.status == 200 => {
                        self.promised.lock().unwrap().extend(ids.iter().cloned());
                        times -= 1;
                    }
                    Ok(reply) => assert!([429, 503].contains(&reply.status), "{} {}", reply.status, reply.body),
                    Err(_) => connection = None,
                }
            }
        }
    }

    /// What is wrong with what is there: lost, doubled, or made up.
    pub fn wrong(&self, stored: &BTreeMap<String, u64>) -> (usize, usize, usize) {
        let lost = self.promised.lock().unwrap().iter().filter(|id| !stored.contains_key(*id)).count();
        let doubled = stored.values().filter(|times| **times > 1).count();
        let attempted = self.attempted.lock().unwrap();
        (lost, doubled, stored.keys().filter(|id| !attempted.contains(*id)).count())
    }
}
