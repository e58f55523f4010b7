//! A small lake with everything that makes counting hard, and the same as plain lists: several parts, months, late rows, ties
//! in time, traits, and customers who moved.
#![allow(clippy::unwrap_used, dead_code, reason = "a panic is how a test fails, and not every test uses everything")]

pub mod questions;

use std::collections::{BTreeMap, HashMap, HashSet};

use periplus_engine::{Columns, Desk, Share, Watch, analysis};
use periplus_lake::{Import, Lake, Rewrite, Settings, Themselves, Whose, Written, compaction};
use periplus_maps::JourneyMap;
use periplus_model::Money;
use periplus_model::answer::Answer;
use periplus_model::identity::{CustomerKey, IdKind};
use periplus_model::parts::Snapshot;
use periplus_model::record::{EventRow, TraitRow};
use periplus_model::time::Instant;
use proptest::prelude::*;
use serde_json::{Value, json};

pub const TINY: Settings = Settings { threads: 2, bytes_at_once: 3_000, bucket_rows: 30 };
pub const LARGE: Settings = Settings { threads: 2, bytes_at_once: 4_000_000, bucket_rows: 20_000 };
pub const MINUTE: i64 = 60_000_000;
pub const DAY: i64 = 86_400_000_000;
pub const EVENTS: [&str; 5] = ["look", "basket", "buy", "call", "return"];
/// What comes with each number: complaints, praise, a fact, another language, and nothing.
pub const SAID: [&str; 6] = [
    "The parcel never arrived and nobody answers.",
    "Still waiting for the parcel, this is terrible.",
    "",
    "Das Paket ist leider nicht angekommen und keiner antwortet.",
    "The parcel came on Monday.",
    "Great service, the parcel came early, thank you!",
];
pub const MAP: &str = r#"
version: 1
id: shop
title: Shop
stages:
  - {id: see, name: See}
  - {id: buy, name: Buy}
  - {id: after, name: After}
touchpoints:
  - {id: look-web, name: Looks on the web, stage: see, when: {event: look, where: {channel: web}}}
  - {id: look, name: Looks elsewhere, stage: see, when: look}
  - {id: basket, name: Much in the basket, stage: buy, when: {event: basket, where: {property: n, at_least: 3}}}
  - {id: buy, name: Buys, stage: buy, when: buy}
  - {id: return, name: Returns, stage: after, when: return}
"#;

#[derive(Clone, Debug)]
pub struct Plain {
    /// What the sender calls it; by its arrival when absent.
    pub id: Option<u64>,
    pub who: u8,
    pub time: i64,
    pub event: usize,
    pub web: bool,
    pub n: u8,
}

#[derive(Clone, Debug)]
pub struct Told {
    pub who: u8,
    pub time: Option<i64>,
    pub gold: bool,
}

/// One import, in which a customer may turn out to be another one.
#[derive(Clone, Debug)]
pub struct Batch {
    pub events: Vec<Plain>,
    pub traits: Vec<Told>,
    pub merge: Option<(u8, u8)>,
}

pub fn batch() -> impl Strategy<Value = Batch> {
    let event = (0..9u8, 0..70i64, 0..5i64, 0..EVENTS.len(), any::<bool>(), 0..6u8).prop_map(|(who, day, slot, event, web, n)| Plain {
        id: None,
        who,
        time: day * DAY + slot * 17 * MINUTE,
        event,
        web,
        n,
    });
    let told = (0..9u8, proptest::option::of(0..7i64), any::<bool>()).prop_map(|(who, tenth, gold)| Told {
        who,
        time: tenth.map(|tenth| tenth * 10 * DAY),
        gold,
    });
    (proptest::collection::vec(event, 0..90), proptest::collection::vec(told, 0..6), proptest::option::of((0..9u8, 0..9u8)))
        .prop_map(|(events, traits, merge)| Batch { events, traits, merge })
}

/// Batches, of which the first has every event, because a question that names an event nobody knows is refused.
pub fn batches(most: usize) -> impl Strategy<Value = Vec<Batch>> {
    proptest::collection::vec(batch(), 1..most).prop_map(|mut batches| {
        let each = (0..EVENTS.len()).map(|event| Plain { id: None, who: 8, time: event as i64 * DAY, event, web: event % 2 == 0, n: 3 });
        batches[0].events.extend(each);
        batches
    })
}

#[derive(Default)]
pub struct Merged(HashMap<i64, i64>);

impl Whose for Merged {
    fn customer(&self, own_key: i64, _time: i64) -> i64 {
        self.0.get(&own_key).copied().unwrap_or(own_key)
    }
}

pub fn key(who: u8) -> i64 {
    CustomerKey::of("user_id", &who.to_string()).0
}

/// The lake, and the same as plain lists.
pub struct World {
    _home: tempfile::TempDir,
    pub lake: Lake,
    /// With room for everything: ranges of keys are put together and kept.
    pub columns: Columns,
    /// With room for nothing: parts are merged as they are walked.
    pub bare: Columns,
    pub snapshot: Snapshot,
    pub whose: Merged,
    pub seq: u64,
    pub events: Vec<(u64, Plain)>,
    pub traits: Vec<(u64, Told)>,
}

impl World {
    pub fn new(batches: &[Batch]) -> World {
        let home = tempfile::tempdir().unwrap();
        let lake = Lake::open(home.path()).unwrap();
        let (snapshot, whose) = (Snapshot::default(), Merged::default());
        let (columns, bare) = (Columns::new(1 << 20), Columns::default());
        let mut world = World { _home: home, lake, columns, bare, snapshot, whose, seq: 0, events: Vec::new(), traits: Vec::new() };
        batches.iter().for_each(|batch| world.import(batch));
        world
    }

    pub fn import(&mut self, batch: &Batch) {
        let mut import = Import::begin(&self.lake, TINY, self.seq).unwrap();
        for event in &batch.events {
            let seq = self.seq + import.rows();
            // What was sent before is not stored again.
            if event.id.is_none() || !self.events.iter().any(|(_, known)| known.id == event.id) {
                self.events.push((seq, event.clone()));
            }
            let (who, message) = (event.who.to_string(), event.id.map_or(seq.to_string(), |id| format!("m{id}")));
            let row = EventRow {
                time: Instant(event.time),
                event: EVENTS[event.event],
                ids: &[(IdKind::USER, &who)],
                channel: Some(if event.web { "web" } else { "store" }),
                message_id: Some(&message),
                amount: None,
                currency: None,
                properties: &format!("{{\"n\":{},\"said\":\"{}\"}}", event.n, SAID[usize::from(event.n)]),
            };
            import.event("test", &row).unwrap();
        }
        for update in &batch.traits {
            // What was told before in the same words says nothing new.
            if !self.traits.iter().any(|(_, t)| (t.who, t.time, t.gold) == (update.who, update.time, update.gold)) {
                self.traits.push((self.seq + import.rows(), update.clone()));
            }
            let (who, value) = (update.who.to_string(), if update.gold { "\"gold\"" } else { "null" });
            let row = TraitRow { time: update.time.map(Instant), ids: &[(IdKind::USER, &who)], name: "tier", value };
            import.traits("test", &row).unwrap();
        }
        let mut moved = HashSet::new();
        if let Some((from, to)) = batch.merge.filter(|(from, to)| from != to) {
            // Whoever said to be 'from' is 'to' now, and 'to' is nobody else any more.
            moved.extend([self.whose.customer(key(from), 0), self.whose.customer(key(to), 0), key(from), key(to)]);
            self.whose.0.remove(&key(to));
            self.whose.0.insert(key(from), key(to));
        }
        let dead = import.rewrite(&self.lake, &self.snapshot, &Rewrite::Keys(&moved), &self.whose).unwrap();
        let written = import.finish(&self.snapshot, 0, &self.whose, &|_, _| ()).unwrap();
        self.seq = written.next_seq;
        self.commit(written, &HashSet::new());
        self.snapshot.dead.extend(dead.into_iter().map(|key| (CustomerKey(key), self.snapshot.id)));
    }

    /// A world of events with whatever properties: who, when, what, through which channel. A number `amount` is the event's.
    pub fn of_events<W: std::fmt::Display>(events: &[(W, i64, &str, Option<&str>, Value)]) -> World {
        let mut world = World::new(&[]);
        // Tiny parts say nothing new where there are thousands of them.
        let settings = if events.len() > 2_000 { LARGE } else { TINY };
        let mut import = Import::begin(&world.lake, settings, 0).unwrap();
        for (at, (who, time, event, channel, properties)) in events.iter().enumerate() {
            let (who, message, written) = (who.to_string(), at.to_string(), properties.to_string());
            let row = EventRow {
                time: Instant(*time),
                event,
                ids: &[(IdKind::USER, &who)],
                channel: *channel,
                message_id: Some(&message),
                amount: properties["amount"].as_f64().and_then(Money::from_f64),
                currency: None,
                properties: &written,
            };
            import.event("test", &row).unwrap();
        }
        let written = import.finish(&world.snapshot, 0, &world.whose, &|_, _| ()).unwrap();
        world.seq = written.next_seq;
        world.commit(written, &HashSet::new());
        world
    }

    pub fn commit(&mut self, written: Written, removed: &HashSet<String>) {
        self.snapshot.id += 1;
        self.snapshot.parts.retain(|part| !removed.contains(&part.file));
        for mut part in written.parts {
            part.begin = self.snapshot.id;
            self.snapshot.parts.push(part);
        }
    }

    pub fn compact(&mut self) {
        let snapshot = self.snapshot.clone();
        let chosen = compaction(&snapshot, &TINY).concat();
        let removed = chosen.iter().map(|part| part.file.clone()).collect();
        let mut rewriting = Import::begin(&self.lake, TINY, self.seq).unwrap();
        rewriting.rewrite(&self.lake, &snapshot, &Rewrite::Parts(&chosen), &self.whose).unwrap();
        let written = rewriting.finish(&snapshot, 1, &Themselves, &|_, _| ()).unwrap();
        self.commit(written, &removed);
    }

    /// What questions are asked of. One thread reads the parts, several have everything in memory, so that whatever is
    /// the same for one and for several is also the same for both ways of reading.
    pub fn desk<'a>(&'a self, map: &'a JourneyMap, watch: &'a Watch, threads: usize, share: Share) -> Desk<'a> {
        Desk {
            lake: &self.lake,
            snapshot: &self.snapshot,
            map: Some(map),
            columns: if threads == 1 { &self.bare } else { &self.columns },
            watch,
            threads,
            share,
            elsewhere: None,
            stopwatch: &|| 0.0,
        }
    }

    pub fn ask(&self, name: &str, question: &Value, map: &JourneyMap, threads: usize) -> Answer {
        let answer = analysis(name).unwrap().answer(question, &self.desk(map, &Watch::default(), threads, Share::ALL));
        answer.unwrap_or_else(|error| panic!("{name} {question}: {error}"))
    }

    /// What each customer did that a question speaks of, in order.
    pub fn customers(&self, scope: &Scope) -> BTreeMap<i64, Vec<&Plain>> {
        let mut all: BTreeMap<i64, Vec<(i64, u64, &Plain)>> = BTreeMap::new();
        for (seq, event) in &self.events {
            let inside = scope.from.is_none_or(|from| event.time >= from) && scope.to.is_none_or(|to| event.time < to);
            if inside && (!scope.web || event.web) {
                all.entry(self.whose.customer(key(event.who), event.time)).or_default().push((event.time, *seq, event));
            }
        }
        let mut customers = BTreeMap::new();
        for (customer, mut events) in all {
            events.sort_by_key(|(time, seq, _)| (*time, *seq));
            let events: Vec<&Plain> = events.into_iter().map(|(_, _, event)| event).collect();
            if (!scope.gold || self.is_gold(customer, scope.to)) && (!scope.bought || events.iter().any(|e| e.event == 2)) {
                customers.insert(customer, events);
            }
        }
        customers
    }

    /// The journeys that a question speaks of, in order.
    pub fn journeys(&self, scope: &Scope) -> Vec<Vec<&Plain>> {
        let customers = self.customers(scope).into_values();
        if scope.sessions { customers.flat_map(|events| sessions(&events)).collect() } else { customers.collect() }
    }

    /// What was told of a customer's tier: when, in which order, and whether it was gold.
    pub fn told(&self, customer: i64, to: Option<i64>) -> Vec<(i64, u64, bool)> {
        let mine = self.traits.iter().filter(|(_, t)| self.whose.customer(key(t.who), 0) == customer);
        let told = mine.map(|(seq, t)| (t.time.unwrap_or(i64::MIN), *seq, t.gold));
        told.filter(|(time, ..)| to.is_none_or(|to| *time < to)).collect()
    }

    pub fn is_gold(&self, customer: i64, to: Option<i64>) -> bool {
        self.told(customer, to).into_iter().max().is_some_and(|(.., gold)| gold)
    }
}

/// A journey, cut where a pause is longer than half an hour, and a day after the beginning.
pub fn sessions<'e>(events: &[&'e Plain]) -> Vec<Vec<&'e Plain>> {
    let mut sessions: Vec<Vec<&Plain>> = Vec::new();
    for event in events {
        match sessions.last_mut() {
            Some(session) if event.time - session[session.len() - 1].time <= 30 * MINUTE && event.time - session[0].time < DAY => {
                session.push(event);
            }
            _ => sessions.push(vec![event]),
        }
    }
    sessions
}

/// What all questions share.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub web: bool,
    pub gold: bool,
    pub bought: bool,
    pub sessions: bool,
}

impl Scope {
    pub fn question(&self, sessions: bool) -> Value {
        let mut question = json!({});
        let mut set = |name: &str, value: Value| question[name] = value;
        if let Some(from) = self.from {
            set("from", json!(Instant(from)));
        }
        if let Some(to) = self.to {
            set("to", json!(Instant(to)));
        }
        if self.web {
            set("filter", json!({"channel": "web"}));
        }
        match (self.gold, self.bought) {
            (true, true) => set("segment", json!({"and": [{"trait": "tier", "is": "gold"}, {"did": "buy"}]})),
            (true, false) => set("segment", json!({"trait": "tier", "is": "gold"})),
            (false, true) => set("segment", json!({"did": "buy"})),
            (false, false) => {}
        }
        if sessions && self.sessions {
            set("unit", json!("session"));
        }
        question
    }
}

pub fn scope() -> impl Strategy<Value = Scope> {
    let from = proptest::option::weighted(0.3, (0..50i64).prop_map(|day| day * DAY));
    let length = proptest::option::weighted(0.3, (1..60i64).prop_map(|days| days * DAY));
    (from, length, any::<[bool; 4]>()).prop_map(|(from, length, [web, gold, bought, sessions])| Scope {
        from,
        to: length.map(|length| from.unwrap_or(0) + length),
        web,
        gold,
        bought,
        sessions,
    })
}
