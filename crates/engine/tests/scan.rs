//! Answers compared with a naive oracle over a plain list of events: several parts, months, late rows, ties in time, traits,
//! and customers who moved. One thread or four, before and after compaction, the answers are the same to the last byte.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use std::collections::{BTreeMap, HashSet};

use periplus_lake::compaction;
use periplus_maps::JourneyMap;
use periplus_model::answer::View;
use periplus_model::time::Instant;
use proptest::prelude::*;
use serde_json::{Value, json};

use world::{DAY, EVENTS, MAP, Plain, Scope, TINY, World, batch, scope};

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
