//! What is collected is what is imported: the same messages, sent in requests of any size and some of them twice, come to the
//! same answers as their file.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use std::sync::mpsc::channel;

use common::{House, NOW, retailer};
use periplus_intake::collect::Arrived;
use periplus_log::{Folder, Log, Settings};
use periplus_model::Instant;
use periplus_simulate::DataFile;
use periplus_store::Collected;
use serde_json::{Value, json};

fn open(house: &House) -> Log<Folder> {
    let folder = Folder::open(house.workspace.folder().join("log")).unwrap();
    let mut salt = 7u64;
    let settings = Settings {
        segment_bytes: 300_000,
        salt: Box::new(move || {
            salt = salt.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            salt
        }),
    };
    Log::open(folder, settings, house.workspace.store.next_frame().unwrap(), |error| panic!("{error}")).unwrap().0
}

/// Sends a batch of messages and waits until it is durable.
fn send(log: &Log<Folder>, source: &str, messages: &[&str], at: i64) {
    let body = format!(r#"{{"batch":[{}]}}"#, messages.join(","));
    let arrived = Arrived { at: Instant(at), source, dialect: "segment", call: "batch", agent: None, body: body.as_bytes() };
    let (tell, told) = channel();
    log.append(arrived.to_bytes(), usize::MAX, Box::new(move |outcome| tell.send(outcome).unwrap()));
    told.recv().unwrap().unwrap();
}

fn land(house: &mut House, log: &Log<Folder>) {
    let mut reader = log.read(house.workspace.store.next_frame().unwrap());
    let now = house.now();
    while let Some(landed) = house.workspace.land(&mut reader, log.durable(), now).unwrap() {
        assert!(landed.landing.losses.is_empty());
        log.retire(landed.landing.next_frame);
    }
}

fn sum(house: &House) -> Collected {
    let mut sum = Collected::default();
    house.workspace.store.collected(0).unwrap().iter().for_each(|hour| sum.add(hour));
    sum
}

#[test]
fn what_is_sent_is_what_is_imported() {
    let files = retailer(150);
    let (_, bytes) = files.iter().find(|(file, _)| *file == DataFile::WebApp).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    // The simulator breaks some lines; nobody could send those.
    let lines: Vec<&str> = text.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok_and(|line| line.is_object())).collect();
    assert!(lines.len() > 2_000);
    let mut imported = House::new();
    let outcome = imported.take("web_app.jsonl", &lines.join("\n"));

    let mut collected = House::new();
    let mut log = open(&collected);
    let mut dice = 1u64;
    let mut roll = move |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides
    };
    let (mut place, mut sent, mut rounds, mut tended) = (0, 0, 0, 0);
    while place < lines.len() {
        let some = &lines[place..lines.len().min(place + 1 + roll(200))];
        for _ in 0..1 + usize::from(roll(8) == 0) {
            send(&log, "shop", some, NOW + place as i64);
            sent += some.len() as u64;
        }
        place += some.len();
        if roll(6) == 0 {
            land(&mut collected, &log);
            let now = collected.now();
            tended += u32::from(collected.workspace.tend(now).unwrap());
            rounds += 1;
        }
        if roll(25) == 0 {
            drop(log);
            collected = collected.reopen();
            log = open(&collected);
        }
    }
    land(&mut collected, &log);
    assert!(rounds > 3 && tended > 0 && tended < rounds, "{tended} of {rounds}");
    let sum = sum(&collected);
    assert_eq!(sum.messages + sum.quarantined, sent);
    assert_eq!(sum.stored + sum.duplicates, sum.events + sum.traits);
    assert_eq!(sum.stored, outcome.row.stored);
    assert!(sum.duplicates > outcome.row.duplicates);
    assert!(collected.answers(None) == imported.answers(None), "the answers differ");
    collected.is_sound();
    // What follows compacts as what was imported does, and the log keeps nothing that is in the lake.
    let now = collected.now();
    collected.workspace.compact(now, &|_, _| ()).unwrap();
    assert!(collected.answers(None) == imported.answers(None), "the answers differ after a compaction");
    assert!(collected.files().keys().filter(|name| name.starts_with("log/")).count() <= 2);
}

#[test]
fn sources_that_count_from_one_do_not_swallow_each_others_messages() {
    let mut house = House::new();
    let log = open(&house);
    let message = |who: &str, n: u32| {
        json!({"type": "track", "event": "Opened", "userId": who, "messageId": n.to_string(), "timestamp": "2026-02-01T10:00:00Z"})
            .to_string()
    };
    // Of the same customer too: whoever has one key and guesses the ids of another source takes nothing from it.
    for (source, who) in [("till", "ana"), ("desk", "bo"), ("page", "ana"), ("till", "ana"), ("desk", "bo")] {
        for n in 1..=3 {
            send(&log, source, &[&message(who, n)], NOW);
        }
        land(&mut house, &log);
    }
    let sum = sum(&house);
    assert_eq!((sum.events, sum.stored, sum.duplicates), (15, 9, 6), "three of each of three sources, and repeated ones once");
}

#[test]
fn one_name_of_events_too_many_waits_until_the_limit_is_raised() {
    let mut house = House::new();
    house.workspace.settings.limits.event_names = 3;
    let log = open(&house);
    let message = |n: u32, name: &str| {
        json!({"type": "track", "event": name, "userId": "ana", "messageId": format!("{name}-{n}"), "timestamp": "2026-02-01T10:00:00Z"})
            .to_string()
    };
    // One that is refused for something else takes no place.
    send(&log, "shop", &[r#"{"type":"track","event":"nobody"}"#, &message(1, "one"), &message(1, "two")], NOW);
    land(&mut house, &log);
    house.take("three.jsonl", &message(1, "three"));
    send(&log, "shop", &[&message(2, "one"), &message(1, "four"), &message(2, "three"), &message(1, "five")], NOW);
    land(&mut house, &log);
    let counted = |house: &House| (sum(house).messages, sum(house).quarantined, sum(house).stored);
    assert_eq!(counted(&house), (4, 3, 4));
    let waiting = house.workspace.store.quarantine(Some("too_many_names"), None, 10).unwrap();
    assert_eq!(waiting.len(), 2);
    let refused = house.take("six.jsonl", &[message(1, "six"), message(2, "two")].join("\n")).row;
    assert_eq!((refused.rejected, refused.stored), (1, 1), "files are held to it as well");
    // Gathered from the parts, after a compaction, they are the same.
    house.workspace.compact(NOW, &|_, _| ()).unwrap();
    assert_eq!(house.workspace.replay(&waiting, NOW).unwrap().refused.len(), 2);
    house.workspace.settings.limits.event_names = 4;
    let replayed = house.workspace.replay(&waiting, NOW).unwrap();
    assert_eq!((replayed.taken, replayed.stored, replayed.refused.len()), (1, 1, 1), "room for one");
    assert_eq!(counted(&house), (5, 2, 5));
}

#[test]
fn what_cannot_be_understood_waits_in_quarantine() {
    let mut house = House::new();
    let log = open(&house);
    let long = json!({"type": "track", "event": "e", "userId": "u", "properties": {"text": "x".repeat(40_000)}}).to_string();
    send(&log, "shop", &[r#"{"type":"track","event":"e"}"#, "7", &long], NOW);
    send(&log, "app", &[r#"{"type":"identify","userId":"u","anonymousId":"a"}"#], NOW);
    let (tell, told) = channel();
    log.append(b"\x09written by another version".to_vec(), usize::MAX, Box::new(move |outcome| tell.send(outcome).unwrap()));
    told.recv().unwrap().unwrap();
    land(&mut house, &log);
    let rows = house.workspace.store.quarantine(None, None, 10).unwrap();
    let told: Vec<(&str, &str)> = rows.iter().map(|row| (row.quarantined.source.as_str(), row.quarantined.reason.as_str())).collect();
    assert_eq!(told, [("log", "malformed"), ("shop", "too_large"), ("shop", "malformed"), ("shop", "no_identifier")]);
    let message: Value = serde_json::from_str(&rows[1].quarantined.message).unwrap();
    assert_eq!(message["properties"]["text"].as_str().map(str::len), Some(40_000), "whole");
    let sum = sum(&house);
    assert_eq!((sum.messages, sum.quarantined, sum.links, sum.stored), (1, 4, 1, 0));
    // Read once, never again.
    assert_eq!(house.workspace.store.next_frame().unwrap(), log.durable());
}
