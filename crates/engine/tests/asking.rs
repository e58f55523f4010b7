//! What holds for every analysis, because it is done for all of them in one place: groups, comparisons, samples, the people
//! behind every count, and partial results of several machines.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use periplus_engine::{ANALYSES, EngineError, Share, Watch, analysis};
use periplus_model::answer::Answer;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use world::{Batch, MAP, World, batch};

/// Questions of every analysis, with as many of their settings as possible.
fn questions() -> Vec<(&'static str, Value)> {
    let steps = json!([{"event": "look"}, {"event": "basket"}, {"event": "buy"}]);
    vec![
        ("overview", json!({})),
        ("overview", json!({"of": "touchpoints", "unit": "session"})),
        ("overview", json!({"of": "channels"})),
        (
            "trends",
            json!({"measures": [{"of": {"event": "buy"}}, {"show": "customers"}, {"show": "mean", "property": "n"}, {"of": {"event": "look"}, "show": "p90", "property": "n"}], "interval": "week", "timezone": "Europe/Vienna", "formulas": [{"name": "per head", "formula": "A / B"}]}),
        ),
        ("trends", json!({"measures": [{"of": {"touchpoint": "buy"}, "show": "customers"}], "interval": "month", "unit": "session"})),
        ("funnel", json!({"steps": steps, "window": "5d"})),
        ("funnel", json!({"steps": steps, "window": "20d", "mode": "strict_order", "unit": "session"})),
        ("funnel", json!({"steps": steps, "window": "20d", "mode": "any_order", "once": false})),
        (
            "funnel",
            json!({"steps": [{"event": "look"}, {"event": "call", "optional": true}, {"event": "buy"}], "window": "9d", "exclude": [{"what": {"event": "return"}}], "trend": "month"}),
        ),
        ("funnel", json!({"steps": steps, "window": "30d", "attempts": "every", "hold": ["n"], "grace": "1h"})),
        ("funnel", json!({"steps": steps, "window": "30d", "attempts": "first", "sessions": 2})),
        ("time_to_convert", json!({"start": {"event": "look"}, "goal": {"event": "buy"}, "window": "10d", "points": 7})),
        ("paths", json!({"unit": "session", "steps": 4})),
        ("paths", json!({"start": "look", "end": "bu*", "steps": 4, "collapse": false, "without": "call"})),
        ("paths", json!({"end": ["buy", "return"], "steps": 3, "together": {"talk": ["call"]}, "top": 1})),
        ("follows", json!({"unit": "session"})),
        ("follows", json!({"of": "channels", "collapse": true, "waits": false})),
        ("follows", json!({"of": "touchpoints", "eventually": true})),
        ("variants", json!({"collapse": true, "top": 5})),
        ("variants", json!({"steps": 2, "unit": "session"})),
        ("loops", json!({"unit": "session"})),
        ("bottlenecks", json!({"longest": "10d"})),
        ("retention", json!({"interval": "week", "intervals": 4})),
        (
            "retention",
            json!({"start": {"event": "look"}, "return": {"event": "buy"}, "interval": "day", "counted": "rolling", "ranges": [[0, 3], [4, 20]], "recurring": true, "overall": "simple"}),
        ),
        ("retention", json!({"interval": "month", "mode": "on_or_after", "intervals": 3, "at_least": 2})),
        ("lifecycle", json!({"interval": "week"})),
        ("lifecycle", json!({"of": {"event": "buy"}, "interval": "month", "new": "first_active", "from": "1970-02-01"})),
        ("stickiness", json!({"interval": "week", "at_least": 2})),
        ("sessions", json!({"interval": "week"})),
        ("sequence", json!({"steps": steps, "gaps": [{"within": "3d"}, {"after": "1h"}]})),
        ("sequence", json!({"steps": steps, "pattern": "(?1).*(?3)"})),
        (
            "segments",
            json!({"segments": {"gold": {"trait": "tier", "is": "gold"}, "buyers": {"did": "buy"}, "often": {"did": "look", "at_least": 3}}}),
        ),
        ("correlation", json!({"goal": {"event": "buy"}, "window": "20d", "at_least": 1})),
        ("correlation", json!({"of": "touchpoints", "start": {"event": "look"}, "goal": {"event": "return"}, "at_least": 1})),
        ("stages", json!({})),
        ("reach", json!({})),
        ("map", json!({})),
    ]
}

/// Breakdowns and comparisons, which every analysis has.
fn variations() -> Vec<Value> {
    vec![
        json!({}),
        json!({"breakdown": [{"trait": "tier"}]}),
        json!({"breakdown": [{"property": "n"}, {"channel": "last"}], "groups": 3}),
        json!({"breakdown": [{"event": "each"}]}),
        json!({"breakdown": [{"segments": {"buyers": {"did": "buy"}, "callers": {"did": "call"}}}], "compare": {"segment": {"did": "call"}}}),
        json!({"breakdown": [{"first": "month"}], "from": "1970-01-20", "to": "1970-02-20", "compare": "previous"}),
        json!({"segment": {"did": "look"}, "filter": {"channel": "web"}, "compare": {"period": {"from": "1970-01-05", "to": "1970-02-01"}}}),
    ]
}

fn with(question: &Value, more: &Value) -> Value {
    let mut all = question.clone();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

/// The same imports every time.
fn batches() -> Vec<Batch> {
    let mut runner = TestRunner::deterministic();
    proptest::collection::vec(batch(), 4).new_tree(&mut runner).unwrap().current()
}

/// Everything about an answer that must not depend on how it was computed.
fn told(answer: &Answer) -> Value {
    let mut told = serde_json::to_value(answer).unwrap();
    told["meta"]["wall_ms"] = json!(0);
    told
}

#[test]
fn every_analysis_is_asked_something() {
    for analysis in ANALYSES {
        assert!(questions().iter().any(|(name, _)| *name == analysis.name()), "{} has no question in this test", analysis.name());
        assert!(analysis.place_schema().is_object());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn every_count_opens_its_people_and_machines_agree(batches in proptest::collection::vec(batch(), 2..5)) {
        let map = periplus_maps::parse(MAP).unwrap();
        let world = World::new(&batches);
        let watch = Watch::default();
        let desk = world.desk(&map, &watch, 2, Share::ALL);
        for (name, question) in questions() {
            for variation in variations() {
                let question = with(&question, &variation);
                let analysis = analysis(name).unwrap();
                let answer = analysis.answer(&question, &desk).map_err(|error| TestCaseError::fail(format!("{name} {question}: {error}")))?;
                // As many people as the number says, in every place.
                let places = analysis.places(&question, &desk).unwrap();
                prop_assert!(!places.is_empty() || answer.meta.events == 0 || ["correlation", "time_to_convert", "sequence", "paths", "funnel"].contains(&name) || !variation.as_object().unwrap().is_empty() , "{name} {question} has no places");
                for (place, count) in places.iter().step_by(1 + places.len() / 12) {
                    let people = analysis.people(&question, place, 3, &desk).unwrap();
                    prop_assert_eq!(people.total, *count, "{} {} at {}", name, question, place);
                    prop_assert!(people.people.len() <= 3 && (people.people.is_empty() == (*count == 0)));
                }
                // Two machines, or three, in any order, come to the same.
                for of in [1, 3] {
                    let mut partials: Vec<Vec<u8>> = (0..of)
                        .map(|number| analysis.partial(&question, &world.desk(&map, &watch, 1, Share { number, of })).unwrap())
                        .collect();
                    partials.reverse();
                    prop_assert_eq!(told(&analysis.merge(&question, &partials, &desk).unwrap()), told(&answer), "{} {}", name, question);
                }
                for slice in &answer.groups {
                    prop_assert!(slice.units > 0);
                }
            }
        }
    }
}

#[test]
fn groups_of_whole_customers_add_up() {
    let batches = batches();
    let map = periplus_maps::parse(MAP).unwrap();
    let world = World::new(&batches);
    let breakdown = json!({"breakdown": [{"trait": "tier"}], "groups": 1000});
    for (name, question) in questions().into_iter().filter(|(name, _)| !["stages", "reach", "map"].contains(name)) {
        let answer = world.ask(name, &with(&question, &breakdown), &map, 2);
        let alone = world.ask(name, &question, &map, 1);
        assert_eq!(told(&alone)["view"], told(&answer)["view"], "{name}: groups change nothing for all");
        // The group is what one gets by asking for it.
        for slice in &answer.groups {
            let segment = match slice.name[0].as_str() {
                "(none)" => json!({"not": {"trait": "tier", "exists": true}}),
                value => json!({"trait": "tier", "is": value}),
            };
            let asked = world.ask(name, &with(&question, &json!({"segment": segment})), &map, 1);
            assert_eq!(
                serde_json::to_value(&asked.view).unwrap(),
                serde_json::to_value(&slice.view).unwrap(),
                "{name} {question} {}",
                slice.name[0]
            );
        }
    }
}

#[test]
fn a_sample_is_the_same_each_time_and_no_more_than_all() {
    let batches = batches();
    let map = periplus_maps::parse(MAP).unwrap();
    let world = World::new(&batches);
    let ask = |share: f64| world.ask("overview", &json!({"sample": share}), &map, 2).meta;
    let (all, half, again) = (ask(1.0), ask(0.5), ask(0.5));
    assert_eq!((half.customers, half.events), (again.customers, again.events));
    assert!(half.customers < all.customers && half.customers > 0, "{} of {}", half.customers, all.customers);
    assert_eq!((all.sample, half.sample), (None, Some(0.5)));
}

#[test]
fn questions_that_make_no_sense_are_refused_in_words() {
    let map = periplus_maps::parse(MAP).unwrap();
    let world = World::new(&[]);
    let (watch, wrong) = (Watch::default(), |name: &str, question: Value| {
        let watch = Watch::default();
        let error = analysis(name).unwrap().answer(&question, &world.desk(&map, &watch, 1, Share::ALL)).map(|_| ()).unwrap_err();
        assert!(matches!(error, EngineError::Question(_)), "{name} {question}: {error}");
        error.to_string()
    });
    assert!(wrong("trends", json!({"measures": []})).contains("1 to 20"));
    assert!(wrong("trends", json!({"measures": [{"show": "sum"}]})).contains("property"));
    assert!(wrong("trends", json!({"measures": [{}], "formulas": [{"name": "x", "formula": "B"}]})).contains("'B'"));
    assert!(wrong("trends", json!({"measures": [{}], "timezone": "Mars/Base"})).contains("Mars/Base"));
    assert!(
        wrong("trends", json!({"measures": [{}], "interval": "hour", "from": "0001-01-01", "to": "9000-01-01"}))
            .contains("longer interval")
    );
    assert!(wrong("retention", json!({"interval": "month", "counted": "rolling"})).contains("calendar"));
    assert!(wrong("retention", json!({"intervals": 0})).contains("1 to 400"));
    assert!(wrong("paths", json!({"steps": 1})).contains("2 to 20"));
    assert!(wrong("paths", json!({"start": "nothing such"})).contains("nothing such"));
    assert!(wrong("sequence", json!({"steps": [{"event": "a"}], "pattern": "(?2)"})).contains("step 2"));
    assert!(wrong("sequence", json!({"steps": [{"event": "a", "optional": true}]})).contains("optional"));
    assert!(wrong("overview", json!({"sample": 0})).contains("share"));
    assert!(wrong("overview", json!({"compare": "previous"})).contains("from"));
    assert!(wrong("overview", json!({"breakdown": [{"property": {"name": "n", "of": {"step": 2}}}]})).contains("step 2"));
    assert!(
        wrong("overview", json!({"breakdown": [{"trait": "a"}, {"trait": "b"}, {"trait": "c"}, {"trait": "d"}]})).contains("breakdowns")
    );
    assert!(wrong("sessions", json!({"unit": "customer"})).contains("unit"));
    let place = analysis("funnel").unwrap().people(
        &json!({"steps": [{"event": "look"}]}),
        &json!({"setp": 1}),
        5,
        &world.desk(&map, &watch, 1, Share::ALL),
    );
    assert!(place.unwrap_err().to_string().contains("setp"));
}

#[test]
fn nobody_waits_for_ever() {
    let batches = batches();
    let map = periplus_maps::parse(MAP).unwrap();
    let world = World::new(&batches);
    let ask =
        |watch: Watch| analysis("overview").unwrap().answer(&json!({}), &world.desk(&map, &watch, 1, Share::ALL)).map(|_| watch.progress());
    let gone = Arc::new(AtomicBool::new(true));
    assert!(matches!(ask(Watch::new(gone, None, None)), Err(EngineError::Cancelled)));
    assert!(matches!(ask(Watch::new(Arc::default(), Some(-1.0), None)), Err(EngineError::TooSlow)));
    let (read, expected) = ask(Watch::default()).unwrap();
    assert!(read == expected && read > 0, "{read} of {expected}");
}
