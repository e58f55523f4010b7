//! Answers compared with a naive oracle over a plain list of events: several parts, months, late rows, ties in time, traits,
//! and customers who moved. One thread or four, before and after compaction, the answers are the same to the last byte.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use std::collections::{BTreeMap, HashMap, HashSet};

use periplus_engine::{Columns, Desk, Share, Watch, analysis};
use periplus_lake::{Import, Lake, Rewrite, Settings, Themselves, Whose, Written, compaction};
use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, View};
use periplus_model::identity::{CustomerKey, IdKind};
use periplus_model::parts::Snapshot;
use periplus_model::record::{EventRow, TraitRow};
use periplus_model::time::Instant;
use proptest::prelude::*;
use serde_json::{Value, json};

const TINY: Settings = Settings { threads: 2, bytes_at_once: 3_000, bucket_rows: 30 };
const MINUTE: i64 = 60_000_000;
const DAY: i64 = 86_400_000_000;
const EVENTS: [&str; 5] = ["look", "basket", "buy", "call", "return"];
const MAP: &str = r#"
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
struct Plain {
    who: u8,
    time: i64,
    event: usize,
    web: bool,
    n: u8,
}

#[derive(Clone, Debug)]
struct Told {
    who: u8,
    time: Option<i64>,
    gold: bool,
}

/// One import, in which a customer may turn out to be another one.
#[derive(Clone, Debug)]
struct Batch {
    events: Vec<Plain>,
    traits: Vec<Told>,
    merge: Option<(u8, u8)>,
}

fn batch() -> impl Strategy<Value = Batch> {
    let event = (0..9u8, 0..70i64, 0..5i64, 0..EVENTS.len(), any::<bool>(), 0..6u8).prop_map(|(who, day, slot, event, web, n)| Plain {
        who,
        time: day * DAY + slot * 17 * MINUTE,
        event,
        web,
        n,
    });
    let told = (0..9u8, proptest::option::of(0..70i64), any::<bool>()).prop_map(|(who, day, gold)| Told {
        who,
        time: day.map(|day| day * DAY),
        gold,
    });
    (proptest::collection::vec(event, 0..90), proptest::collection::vec(told, 0..6), proptest::option::of((0..9u8, 0..9u8)))
        .prop_map(|(events, traits, merge)| Batch { events, traits, merge })
}

#[derive(Default)]
struct Merged(HashMap<i64, i64>);

impl Whose for Merged {
    fn customer(&self, own_key: i64, _time: i64) -> i64 {
        self.0.get(&own_key).copied().unwrap_or(own_key)
    }
}

fn key(who: u8) -> i64 {
    CustomerKey::of("user_id", &who.to_string()).0
}

/// The lake, and the same as plain lists.
struct World {
    _home: tempfile::TempDir,
    lake: Lake,
    columns: Columns,
    snapshot: Snapshot,
    whose: Merged,
    seq: u64,
    events: Vec<(u64, Plain)>,
    traits: Vec<(u64, Told)>,
}

impl World {
    fn new(batches: &[Batch]) -> World {
        let home = tempfile::tempdir().unwrap();
        let lake = Lake::open(home.path()).unwrap();
        let (snapshot, whose) = (Snapshot::default(), Merged::default());
        let mut world =
            World { _home: home, lake, columns: Columns::new(1 << 20), snapshot, whose, seq: 0, events: Vec::new(), traits: Vec::new() };
        batches.iter().for_each(|batch| world.import(batch));
        world
    }

    fn import(&mut self, batch: &Batch) {
        let mut import = Import::begin(&self.lake, TINY, self.seq).unwrap();
        for event in &batch.events {
            let seq = self.seq + import.rows();
            self.events.push((seq, event.clone()));
            let (who, message) = (event.who.to_string(), seq.to_string());
            let row = EventRow {
                time: Instant(event.time),
                event: EVENTS[event.event],
                ids: &[(IdKind::USER, &who)],
                channel: Some(if event.web { "web" } else { "store" }),
                message_id: Some(&message),
                amount: None,
                currency: None,
                properties: &format!("{{\"n\":{}}}", event.n),
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

    fn commit(&mut self, written: Written, removed: &HashSet<String>) {
        self.snapshot.id += 1;
        self.snapshot.parts.retain(|part| !removed.contains(&part.file));
        for mut part in written.parts {
            part.begin = self.snapshot.id;
            self.snapshot.parts.push(part);
        }
    }

    fn compact(&mut self) {
        let snapshot = self.snapshot.clone();
        let chosen = compaction(&snapshot, &TINY);
        let removed = chosen.iter().map(|part| part.file.clone()).collect();
        let mut rewriting = Import::begin(&self.lake, TINY, self.seq).unwrap();
        rewriting.rewrite(&self.lake, &snapshot, &Rewrite::Parts(&chosen), &self.whose).unwrap();
        let written = rewriting.finish(&snapshot, 1, &Themselves, &|_, _| ()).unwrap();
        self.commit(written, &removed);
    }

    fn ask(&self, name: &str, question: &Value, map: &JourneyMap, threads: usize) -> Answer {
        let desk = Desk {
            lake: &self.lake,
            snapshot: &self.snapshot,
            map: Some(map),
            columns: &self.columns,
            watch: &Watch::default(),
            threads,
            share: Share::ALL,
            stopwatch: &|| 0.0,
        };
        analysis(name).unwrap().answer(question, &desk).unwrap()
    }

    /// The journeys that a question speaks of, in order.
    fn journeys(&self, scope: &Scope) -> Vec<Vec<&Plain>> {
        let mut all: BTreeMap<i64, Vec<(i64, u64, &Plain)>> = BTreeMap::new();
        for (seq, event) in &self.events {
            let inside = scope.from.is_none_or(|from| event.time >= from) && scope.to.is_none_or(|to| event.time < to);
            if inside && (!scope.web || event.web) {
                all.entry(self.whose.customer(key(event.who), event.time)).or_default().push((event.time, *seq, event));
            }
        }
        let mut journeys = Vec::new();
        for (customer, mut events) in all {
            events.sort_by_key(|(time, seq, _)| (*time, *seq));
            let events: Vec<&Plain> = events.into_iter().map(|(_, _, event)| event).collect();
            if scope.gold && !self.is_gold(customer, scope.to) || scope.bought && !events.iter().any(|e| e.event == 2) {
                continue;
            }
            if !scope.sessions {
                journeys.push(events);
                continue;
            }
            let mut sessions: Vec<Vec<&Plain>> = Vec::new();
            for event in events {
                match sessions.last_mut() {
                    Some(session) if event.time - session[session.len() - 1].time <= 30 * MINUTE => session.push(event),
                    _ => sessions.push(vec![event]),
                }
            }
            journeys.extend(sessions);
        }
        journeys
    }

    fn is_gold(&self, customer: i64, to: Option<i64>) -> bool {
        let mine = self.traits.iter().filter(|(_, t)| self.whose.customer(key(t.who), 0) == customer);
        let known = mine.filter(|(_, t)| to.is_none_or(|to| t.time.is_none_or(|time| time < to)));
        known.max_by_key(|(seq, t)| (t.time.unwrap_or(i64::MIN), *seq)).is_some_and(|(_, t)| t.gold)
    }
}

/// What all questions share.
#[derive(Clone, Copy, Debug, Default)]
struct Scope {
    from: Option<i64>,
    to: Option<i64>,
    web: bool,
    gold: bool,
    bought: bool,
    sessions: bool,
}

impl Scope {
    fn question(&self, sessions: bool) -> Value {
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

fn scope() -> impl Strategy<Value = Scope> {
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

fn overview(journeys: &[Vec<&Plain>]) -> BTreeMap<String, (u64, u64, String, String)> {
    let mut all = BTreeMap::new();
    for (event, name) in EVENTS.iter().enumerate() {
        let times: Vec<i64> = journeys.iter().flatten().filter(|e| e.event == event).map(|e| e.time).collect();
        let customers = journeys.iter().filter(|j| j.iter().any(|e| e.event == event)).count() as u64;
        if let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) {
            all.insert((*name).to_owned(), (times.len() as u64, customers, Instant(*first).to_string(), Instant(*last).to_string()));
        }
    }
    all
}

/// By pair: how often, in how many sequences, and the sum of the waits.
fn follows(journeys: &[Vec<&Plain>]) -> BTreeMap<(String, String), (u64, u64, i64)> {
    let mut all: BTreeMap<(String, String), (u64, u64, i64)> = BTreeMap::new();
    for journey in journeys {
        let mut seen = HashSet::new();
        for pair in journey.windows(2) {
            let names = (EVENTS[pair[0].event].to_owned(), EVENTS[pair[1].event].to_owned());
            let entry = all.entry(names).or_default();
            entry.0 += 1;
            entry.1 += u64::from(seen.insert((pair[0].event, pair[1].event)));
            entry.2 += pair[1].time - pair[0].time;
        }
    }
    all
}

/// How many come how far through look, basket, buy within five days: every first step is tried, then always the earliest
/// next one. Equal times count as being in the order of the steps.
fn funnel(journeys: &[Vec<&Plain>]) -> Vec<u64> {
    let mut reached = vec![0; 3];
    for journey in journeys {
        let starts = journey.iter().filter(|e| e.event == 0);
        let level = starts.map(|start| {
            let mut last = start.time;
            let further = (1..3).take_while(|step| {
                let next = journey.iter().filter(|e| e.event == *step && e.time >= last).map(|e| e.time).min();
                last = next.unwrap_or(i64::MAX);
                next.is_some_and(|time| time <= start.time + 5 * DAY)
            });
            1 + further.count()
        });
        for count in &mut reached[..level.max().unwrap_or(0)] {
            *count += 1;
        }
    }
    reached
}

fn touchpoint(event: &Plain) -> Option<usize> {
    match event.event {
        0 if event.web => Some(0),
        0 => Some(1),
        1 if event.n >= 3 => Some(2),
        2 => Some(3),
        4 => Some(4),
        _ => None,
    }
}

const STAGE_OF: [u64; 5] = [0, 0, 1, 1, 2];

/// By stage: how many customers, and how many of them came to the next one afterwards.
fn stages(journeys: &[Vec<&Plain>]) -> Vec<(u64, u64)> {
    let way = |journey: &Vec<&Plain>| journey.iter().filter_map(|e| touchpoint(e)).map(|t| STAGE_OF[t]).collect::<Vec<_>>();
    let ways: Vec<Vec<u64>> = journeys.iter().map(way).collect();
    let stage = |stage: u64| {
        let here = ways.iter().filter(|way| way.contains(&stage)).count();
        let on = ways.iter().filter(|way| way.iter().skip_while(|s| **s != stage).any(|s| *s == stage + 1)).count();
        (here as u64, on as u64)
    };
    (0..3).map(stage).collect()
}

fn compare(world: &World, scope: &Scope, map: &JourneyMap) {
    let question = scope.question(true);
    let whole = Scope { sessions: false, ..*scope };
    let (journeys, customers) = (world.journeys(scope), world.journeys(&whole));
    let ask = |name: &str, question: &Value| world.ask(name, question, map, 1).view;
    let count = |value: &Value| value.as_u64().unwrap();

    let View::Table(table) = ask("overview", &scope.question(false)) else { panic!() };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let ours = table.rows.iter().map(|row| (text(&row[0]), (count(&row[1]), count(&row[2]), text(&row[5]), text(&row[6])))).collect();
    assert_eq!(overview(&customers), ours);

    let View::Graph(graph) = ask("follows", &question) else { panic!() };
    assert_eq!(graph.sequences, journeys.len() as u64);
    let name = |index: usize| graph.nodes[index].name.clone();
    let sum = |mean: f64, n: u64| (mean * 1e6 * n as f64).round() as i64;
    let ours: BTreeMap<_, _> =
        graph.edges.iter().map(|e| ((name(e.from), name(e.to)), (e.count, e.sequences, sum(e.mean_seconds.unwrap(), e.count)))).collect();
    assert_eq!(follows(&journeys), ours);
    for (index, event) in EVENTS.iter().enumerate() {
        let node = graph.nodes.iter().find(|node| node.name == *event);
        let ends = |pick: fn(&Vec<&Plain>) -> usize| journeys.iter().filter(|journey| pick(journey) == index).count() as u64;
        let theirs = (ends(|journey| journey[0].event), ends(|journey| journey[journey.len() - 1].event));
        assert_eq!(theirs, node.map_or((0, 0), |node| (node.starts, node.ends)));
    }

    let mut with_top = question.clone();
    with_top["top"] = json!(100_000);
    let View::Sequences(ours) = ask("variants", &with_top) else { panic!() };
    let mut theirs: BTreeMap<Vec<String>, u64> = BTreeMap::new();
    for journey in &journeys {
        *theirs.entry(journey.iter().map(|e| EVENTS[e.event].to_owned()).collect()).or_default() += 1;
    }
    assert_eq!((ours.sequences, ours.distinct), (journeys.len() as u64, theirs.len() as u64));
    assert_eq!(ours.variants.into_iter().map(|v| (v.steps, v.count)).collect::<BTreeMap<_, _>>(), theirs);

    let mut steps = question.clone();
    steps["steps"] = json!([{"event": "look"}, {"event": "basket"}, {"event": "buy"}]);
    steps["window"] = json!("5d");
    let View::Steps(ours) = ask("funnel", &steps) else { panic!() };
    assert_eq!(ours.steps.iter().map(|step| step.reached).collect::<Vec<_>>(), funnel(&journeys));

    let question = scope.question(false);
    let View::Table(ours) = ask("reach", &question) else { panic!() };
    for (place, row) in ours.rows.iter().enumerate() {
        let customers_there = customers.iter().filter(|journey| journey.iter().any(|e| touchpoint(e) == Some(place))).count();
        let events = customers.iter().flatten().filter(|e| touchpoint(e) == Some(place)).count();
        assert_eq!((count(&row[4]), count(&row[6])), (customers_there as u64, events as u64), "{row:?}");
    }
    let View::Table(ours) = ask("stages", &question) else { panic!() };
    for (stage, (entered, on)) in stages(&customers).into_iter().enumerate() {
        assert_eq!(count(&ours.rows[stage][2]), entered);
        if stage < 2 && entered > 0 {
            assert!((ours.rows[stage][4].as_f64().unwrap() - on as f64 / entered as f64).abs() < 1e-12);
        }
    }
}

/// All answers as text.
fn everything(world: &World, scope: &Scope, map: &JourneyMap, threads: usize) -> String {
    let mut all = String::new();
    for name in ["overview", "follows", "variants", "reach", "stages", "map", "funnel"] {
        let mut question = scope.question(["follows", "variants", "funnel"].contains(&name));
        if name == "funnel" {
            question["steps"] = json!([{"stage": "see"}, {"touchpoint": "basket"}, {"event": "buy"}]);
        }
        let answer = world.ask(name, &question, map, threads);
        all += &serde_json::to_string(&json!([answer.caption, answer.view, answer.meta.customers, answer.meta.events])).unwrap();
        all += "\n";
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn the_engine_counts_as_a_plain_list_does(
        batches in proptest::collection::vec(batch(), 1..6),
        scopes in proptest::collection::vec(scope(), 1..4),
    ) {
        let map = periplus_maps::parse(MAP).unwrap();
        let mut world = World::new(&batches);
        let mut before = Vec::new();
        for scope in &scopes {
            compare(&world, scope, &map);
            let answers = everything(&world, scope, &map, 1);
            prop_assert_eq!(&everything(&world, scope, &map, 4), &answers);
            before.push(answers);
        }
        world.compact();
        prop_assert!(compaction(&world.snapshot, &TINY).is_empty(), "one compaction is enough");
        for (scope, before) in scopes.iter().zip(&before) {
            compare(&world, scope, &map);
            prop_assert_eq!(&everything(&world, scope, &map, 3), before);
        }
    }
}
