//! What must not change an answer, and what must add up, for every analysis: events that come in another order, twice, or in
//! other batches; two filters, or two segments, of which each takes what the other one leaves.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use std::collections::BTreeMap;

use periplus_engine::{Share, Watch, analysis};
use proptest::prelude::*;
use serde_json::{Value, json};

use world::questions::{questions, with};
use world::{Batch, MAP, World, batches};

/// Everything about an answer that does not depend on how often something was imported.
fn told(world: &World, name: &str, question: &Value) -> Value {
    let mut told = serde_json::to_value(world.ask(name, question, &periplus_maps::parse(MAP).unwrap(), 2)).unwrap();
    told["meta"]["snapshot"] = json!(0);
    told
}

/// The same batches, in which everything has a name and a time of its own: no order is left to chance.
fn distinct(batches: &[Batch]) -> Vec<Batch> {
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    let mut batches = batches.to_vec();
    for batch in &mut batches {
        for event in &mut batch.events {
            let id = next();
            (event.id, event.time) = (Some(id), event.time + id as i64);
        }
        for update in &mut batch.traits {
            let id = next() as i64;
            update.time = Some(update.time.unwrap_or(0) + id);
        }
    }
    batches
}

/// The same events and traits in another order and in other batches, the merges as before, and some of the events twice.
fn retold(batches: &[Batch], sizes: &[usize]) -> Vec<Batch> {
    let mut events: Vec<_> = batches.iter().flat_map(|batch| batch.events.clone()).collect();
    let mut traits: Vec<_> = batches.iter().flat_map(|batch| batch.traits.clone()).collect();
    // As good as chance, and the same each time.
    events.sort_by_key(|event| event.id.unwrap().wrapping_mul(0x9E37_79B9_7F4A_7C15));
    traits.reverse();
    let twice: Vec<_> = events.iter().step_by(3).cloned().collect();
    events.extend(twice);
    let mut retold = Vec::new();
    for size in sizes {
        let (now, told) = (events.split_off(events.len().saturating_sub(*size)), traits.pop());
        retold.push(Batch { events: now, traits: told.into_iter().collect(), merge: None });
    }
    retold.push(Batch { events, traits, merge: None });
    retold.extend(batches.iter().map(|batch| Batch { events: Vec::new(), traits: Vec::new(), merge: batch.merge }));
    retold
}

/// By place of the answer (without its group), the counts of the groups.
fn counts(world: &World, name: &str, question: &Value) -> BTreeMap<String, BTreeMap<String, u64>> {
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    let places = analysis(name).unwrap().places(question, &world.desk(&map, &watch, 2, Share::ALL)).unwrap();
    let mut all: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (mut place, count) in places {
        let group = place.as_object_mut().unwrap().shift_remove("group");
        let group = group.map_or("all".to_owned(), |group| group[0].as_str().unwrap().to_owned());
        all.entry(place.to_string()).or_default().insert(group, count);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_the_same_is_told_the_answers_are_the_same(
        batches in batches(4), sizes in proptest::collection::vec(1..60usize, 0..4),
    ) {
        let batches = distinct(&batches);
        let once = World::new(&batches);
        let mut again = World::new(&retold(&batches, &sizes));
        prop_assert_eq!(once.events.len(), again.events.len());
        for (number, (name, question)) in questions().iter().enumerate() {
            if number == 20 {
                again.compact();
            }
            prop_assert_eq!(told(&once, name, question), told(&again, name, question), "{} {}", name, question);
        }
    }

    #[test]
    fn two_halves_are_a_whole(batches in batches(4), case in 0..6usize) {
        let world = World::new(&batches);
        let map = periplus_maps::parse(MAP).unwrap();
        let filters = [json!({"channel": "web"}), json!({"property": "n", "at_least": 3}), json!({"event": ["look", "b*"]})];
        let segments = [
            json!({"did": "buy"}), json!({"trait": "tier", "is": "gold"}), json!({"random": "half", "below": 0.5}),
            json!({"had": {"trait": "tier", "is": "gold"}, "within": "30d"}), json!({"trait": "tier", "is": "gold", "for": "9d"}),
            json!({"sequence": ["look", "buy"], "within": "9d"}),
        ];
        let (filter, segment) = (&filters[case % 3], &segments[case]);
        for (name, question) in questions() {
            let events = |filter: &Value| world.ask(name, &with(&question, &json!({"filter": filter})), &map, 2).meta.events;
            prop_assert_eq!(events(filter) + events(&json!({"not": filter})), events(&json!({"and": []})), "{} {}", name, question);
            // An order or an account may have customers of both halves.
            if question["unit"].is_object() {
                continue;
            }
            let parts = json!({"breakdown": [{"segments": {"in": segment, "out": {"not": segment}}}]});
            // Themes, pains, delights and groups are found in each half by itself, and so are cut points and risks.
            let is_found = |place: &str| {
                ["\"theme\"", "\"happened\"", "\"persona\"", "\"cuts\"", "\"risk\""].iter().any(|word| place.contains(word))
            };
            for (place, counts) in counts(&world, name, &with(&question, &parts)).into_iter().filter(|(place, _)| !is_found(place)) {
                let count = |group: &str| counts.get(group).copied().unwrap_or(0);
                prop_assert_eq!(count("in") + count("out"), count("all"), "{} {} {} {}", name, question, segment, place);
            }
        }
    }
}
