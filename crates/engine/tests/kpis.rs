//! Key figures and comments, against figures that were reckoned by hand, and against other analyses that count the same.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use periplus_engine::{Share, Watch, analysis};
use periplus_model::answer::{Answer, View};
use periplus_model::comments::Comments;
use periplus_model::kpis::{KpiFigure, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};

use world::{Batch, DAY, Plain, SAID, World, batches};

/// A shop in which calls are surveys: 5 of 5 promotes, 4 is passive.
const MAP: &str = r#"
version: 1
id: shop
title: Shop
window: 20d
stages:
  - {id: see, name: See}
  - {id: buy, name: Buy, entry: buy, owner: Mei, kpis: [{name: On, kind: conversion, target: 0.1}]}
  - {id: after, name: After, kpis: [{name: NPS, kind: nps, target: 10, owner: Priya}]}
touchpoints:
  - {id: look, name: Looks, stage: see, when: look}
  - {id: basket, name: Basket, stage: see, when: basket}
  - {id: buy, name: Buys, stage: buy, when: buy}
  - {id: call, name: Calls, stage: after, when: call}
scores:
  - {name: NPS, when: call, property: n, scale: [0, 5], comment: said, stage: after}
"#;

fn event(who: u8, day: i64, event: usize, n: u8) -> Plain {
    Plain { id: None, who, time: day * DAY, event, web: who.is_multiple_of(2), n }
}

const LOOK: usize = 0;
const BUY: usize = 2;
const CALL: usize = 3;

/// A hundred customers look; 15 of the first 20 buy within 20 days; all answer: 50 promote, 30 are passive, 20 detract. Somebody else is
/// there much later, so that all is over.
fn hundred() -> World {
    let mut events = Vec::new();
    for who in 0..100 {
        events.push(event(who, 1, if who < 20 { LOOK } else { 1 }, 3));
        if who < 15 {
            events.push(event(who, 5, BUY, 3));
        }
        events.push(event(
            who,
            30,
            CALL,
            if who < 50 {
                5
            } else if who < 80 {
                4
            } else {
                0
            },
        ));
    }
    events.push(event(200, 100, 4, 2));
    World::new(&[Batch { events, traits: Vec::new(), merge: None }])
}

fn ask(world: &World, name: &str, question: Value) -> Answer {
    world.ask(name, &question, &periplus_maps::parse(MAP).unwrap(), 2)
}

fn figures(answer: Answer) -> Vec<KpiFigure> {
    match answer.view {
        View::Kpis(kpis) => kpis.figures,
        other => panic!("{other:?}"),
    }
}

fn people(world: &World, name: &str, question: &Value, place: &Value) -> u64 {
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    analysis(name).unwrap().people(question, place, 5, &world.desk(&map, &watch, 1, Share::ALL)).unwrap().total
}

#[test]
fn the_golden_nps_with_its_target_and_its_people() {
    let world = hundred();
    let question = json!({"kpis": [{"kpi": "nps"}]});
    let all = figures(ask(&world, "kpis", question.clone()));
    let [nps] = &all[..] else { panic!("{all:?}") };
    let value = nps.value.unwrap();
    assert_eq!((value.value, value.n, nps.customers, nps.yes, nps.no), (30.0, 100, 100, 50, 20));
    assert!((value.high - 45.3).abs() < 0.05 && (value.low - 14.7).abs() < 0.05, "{value:?}");
    assert_eq!((nps.target, nps.verdict, nps.owner.as_deref()), (Some(10.0), Some(Verdict::Met), Some("Priya")));
    for (who, expected) in [("all", 100), ("yes", 50), ("no", 20)] {
        assert_eq!(people(&world, "kpis", &question, &json!({"kpi": "NPS", "who": who})), expected);
    }
    assert_eq!(people(&world, "kpis", &question, &json!({"kpi": "CSAT"})), 0);
}

#[test]
fn answers_count_for_the_stage_they_speak_of_and_the_touchpoint_before_them() {
    let world = hundred();
    let by = |by: &str, at_least: u64| figures(ask(&world, "kpis", json!({"kpis": [{"kpi": "nps"}], "by": by, "at_least": at_least})));
    let told = |figures: Vec<KpiFigure>| -> Vec<(Option<String>, u64, Option<f64>)> {
        figures.into_iter().map(|figure| (figure.of, figure.n, figure.value.map(|value| value.value))).collect()
    };
    let place = |of: &str, n: u64, value: Option<f64>| (Some(of.to_owned()), n, value);
    assert_eq!(told(by("stage", 30)), [(None, 100, Some(30.0)), place("After", 100, Some(30.0))]);
    // The score speaks of a stage of which nobody had another touchpoint before.
    assert_eq!(told(by("touchpoint", 30)), [(None, 100, Some(30.0)), place("Calls", 100, Some(30.0))]);
    assert_eq!(told(by("channel", 30)), [(None, 100, Some(30.0)), place("store", 50, Some(30.0)), place("web", 50, Some(30.0))]);
    let few = by("channel", 60);
    assert!(few[1].too_few && few[1].value.is_none() && few[1].n == 50 && !few[0].too_few);
    let answer = ask(&world, "kpis", json!({"kpis": [{"kpi": "nps"}], "by": "channel", "at_least": 60}));
    assert!(answer.meta.notes.iter().any(|note| note.contains("2 figures of fewer than 60")), "{:?}", answer.meta.notes);
}

#[test]
fn shares_have_wilsons_interval_and_only_those_whose_time_is_over() {
    let world = hundred();
    let conversion = json!({"kpi": "conversion", "from": {"event": "look"}, "to": {"event": "buy"}, "within": "10d"});
    let of = |to: &str| figures(ask(&world, "kpis", json!({"kpis": [conversion], "to": to, "at_least": 1}))).remove(0);
    let over = of("1970-03-01");
    let value = over.value.unwrap();
    assert_eq!((value.value, value.n, over.immature), (0.75, 20, 0));
    assert!((value.low - 0.5313).abs() < 1e-4 && (value.high - 0.8881).abs() < 1e-4, "{value:?}");
    let open = of("1970-01-08");
    assert_eq!((open.value, open.n, open.immature), (None, 0, 20));
    let times =
        json!({"kpis": [{"kpi": "time_to_convert", "from": {"event": "look"}, "to": {"event": "buy"}, "within": "10d"}], "at_least": 1});
    let times = figures(ask(&world, "kpis", times));
    assert_eq!(times[0].value.map(|time| time.value), Some(4.0 * 86_400.0), "from the 2nd to the 6th of January");
    assert_eq!(times[1].value, None, "nine of ten never get there");
}

#[test]
fn what_is_lost_is_told_over_time() {
    let world = hundred();
    let question = json!({"kpis": [{"kpi": "churn"}], "interval": "month", "at_least": 1, "to": "1970-04-01"});
    let View::Series(series) = ask(&world, "kpis", question).view else { panic!() };
    assert_eq!(series.lines[0].name, "Churn");
    // All 100 of January are away in February, nobody was there in February, and the one of April is not told.
    assert_eq!(series.lines[0].values[1], Some(1.0));
    assert_eq!(series.lines[0].values[2], None);
}

#[test]
fn comments_are_read_where_they_can_be_and_compared_with_marks() {
    let world = hundred();
    let comments = |question: Value| -> Comments {
        match ask(&world, "comments", question).view {
            View::Comments(comments) => *comments,
            other => panic!("{other:?}"),
        }
    };
    let told = comments(json!({"at_least": 10}));
    // 50 times praise, 30 times a fact, 20 times a complaint; each by somebody else.
    assert_eq!((told.all.comments, told.all.customers, told.all.scored), (100, 100, 100));
    assert_eq!(told.all.labels, [20, 30, 50]);
    assert_eq!(told.all.negative.map(|share| share.value), Some(0.2));
    let stages: Vec<(&str, u64)> = told.stages.iter().map(|at| (at.id.as_str(), at.mood.comments)).collect();
    assert_eq!(stages, [("after", 100)]);
    let marks = told.marks.unwrap();
    // A 4 of 5 is a good mark, and what was said with it is a fact.
    assert_eq!((marks.n, marks.same.unwrap().value, marks.confusion), (100, 0.7, [[20, 0, 0], [0, 0, 0], [0, 30, 50]]));
    assert!(marks.correlation.is_some_and(|r| r.value > 0.9));
    assert_eq!(told.over_time.iter().map(|month| month.mood.comments).sum::<u64>(), 100);
    for theme in &told.themes {
        assert_eq!(people(&world, "comments", &json!({"at_least": 10}), &theme.place), theme.mood.customers, "{}", theme.name);
        assert_eq!(theme.trend.iter().sum::<u64>(), theme.mood.comments);
        assert!(theme.quotes.iter().all(|quote| quote.score.is_some() && SAID.contains(&quote.text.as_str())));
    }
    // People say that the fact is a complaint, and agree on the other.
    let hash = periplus_model::comments::text_hash;
    let corrected = json!({hash(SAID[4]): "negative", hash(SAID[0]): "negative"});
    let question = json!({"corrected": corrected, "own": [{"name": "Parcels", "words": ["parcel"]}]});
    let told = comments(question.clone());
    assert_eq!(told.all.labels, [50, 0, 50]);
    let people_say = told.people.unwrap();
    assert_eq!((people_say.n, people_say.confusion), (50, [[20, 30, 0], [0, 0, 0], [0, 0, 0]]));
    assert_eq!((told.themes[0].name.as_str(), told.themes[0].mood.comments), ("Parcels", 100));
    assert_eq!(people(&world, "comments", &question, &json!({"label": "negative"})), 50);
    assert_eq!(people(&world, "comments", &question, &json!({"theme": ["parcel"], "label": "positive"})), 50);
    assert_eq!(told.themes[0].quotes[0].hash.len(), 16);
}

#[test]
fn key_figures_that_make_no_sense_are_refused_in_words() {
    let world = World::new(&[]);
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    let wrong = |name: &str, question: Value| {
        let error = analysis(name).unwrap().answer(&question, &world.desk(&map, &watch, 1, Share::ALL)).map(|_| ()).unwrap_err();
        error.to_string()
    };
    assert!(wrong("kpis", json!({"kpis": [{"kpi": "nbs"}]})).contains("nbs"));
    assert!(wrong("kpis", json!({"kpis": [{"kpi": "nps", "skale": [0, 10]}]})).contains("skale"));
    assert!(wrong("kpis", json!({"kpis": [{"kpi": "nps", "score": "Stars"}]})).contains("no score 'Stars'; it has NPS"));
    assert!(wrong("kpis", json!({"kpis": [{"kpi": "ctr"}]})).contains("\"shown\""));
    assert!(wrong("kpis", json!({"kpis": [{"kpi": "nps", "of": {"event": "a"}, "scale": [1, 1]}]})).contains("no length"));
    assert!(wrong("comments", json!({"themes": 1_000})).contains("50"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn key_figures_are_what_other_analyses_say(batches in batches(4)) {
        let world = World::new(&batches);
        // Conversion and time by stage are the map's.
        let View::Map(map) = ask(&world, "map", json!({})).view else { panic!() };
        let kpis = json!({"kpis": [{"kpi": "conversion"}, {"kpi": "nps"}], "by": "stage", "at_least": 1});
        let by_stage = figures(ask(&world, "kpis", kpis));
        for (stage, info) in map.groups[0].stages.iter().zip(&map.stages) {
            let of = |kpi: &str| by_stage.iter().find(|figure| figure.kpi == kpi && figure.of.as_ref() == Some(&info.name)).and_then(|f| f.value);
            prop_assert_eq!(of("conversion"), stage.conversion, "{}", info.name);
            let declared = stage.kpis.iter().find(|kpi| kpi.name == "NPS").and_then(|kpi| kpi.value);
            if info.id == "after" {
                prop_assert_eq!(of("nps"), declared);
            }
        }
        // Retention is that of the analysis.
        let settings = json!({"start": {"event": "look"}, "interval": "week"});
        let View::Cohorts(cohorts) = ask(&world, "retention", world::questions::with(&settings, &json!({"intervals": 3}))).view else { panic!() };
        for (after, or_later) in [(1, false), (2, false), (3, false)] {
            let mut kpi = world::questions::with(&settings, &json!({"kpi": "retention", "after": after, "or_later": or_later}));
            let told = figures(ask(&world, "kpis", json!({"kpis": [kpi.take()], "at_least": 1})));
            prop_assert_eq!(told.first().and_then(|figure| figure.value), cohorts.overall.cells[after].share);
        }
    }
}

/// A shop that asks by surveys: of ten asks for the NPS, seven are answered, five of them about the parcel; of ten for the CSAT, one. Of 60
/// customers in two tiers, one buys.
const ASKING: &str = r#"
version: 1
id: shop
title: Shop
stages:
  - {id: look, name: Look}
  - {id: get, name: Get, kpis: [{name: Revenue per customer, kind: {sum: {}}, target: 20, owner: Jonas}, {name: bought again, kind: {share: {segment: {did: Order Completed}}}, target: 0.5, owner: Mei}]}
touchpoints:
  - {id: app, name: App, stage: look, when: App Opened}
  - {id: parcel, name: Parcel, stage: get, when: {event: [Parcel Delivered, Order Completed]}}
"#;

fn asking() -> World {
    let mut events: Vec<(u16, i64, &str, Option<&str>, Value)> = Vec::new();
    for who in 0..60 {
        let loyal = who % 2 == 0;
        events.push((who, DAY, "App Opened", None, json!({"tier": if loyal { "gold" } else { "grey" }})));
        let kind = if who % 20 < 10 { "nps" } else { "csat" };
        let mut ask = json!({"kind": kind, "ask": format!("{who:x}"), "survey": kind, "tier": if loyal { "gold" } else { "grey" }});
        if who % 10 < 5 {
            ask["touchpoint"] = json!("parcel");
        }
        events.push((who, 2 * DAY, "Survey Asked", None, ask.clone()));
        if kind == "nps" && who % 10 < 7 || who % 20 == 19 {
            ask["score"] = json!(if kind == "csat" {
                4
            } else if loyal {
                10
            } else {
                0
            });
            events.push((who, 3 * DAY, "Survey Answered", None, ask));
        }
    }
    events.push((3, 4 * DAY, "Order Completed", None, json!({"amount": 60.0})));
    events.push((999, 30 * DAY, "App Opened", None, json!({"tier": "none"})));
    World::of_events(&events)
}

#[test]
fn beside_answers_stands_how_many_of_those_who_were_asked_gave_one() {
    let (world, map) = (asking(), periplus_maps::parse(ASKING).unwrap());
    let told = |question: Value| figures(world.ask("kpis", &question, &map, 2));
    let response = |figure: &KpiFigure| figure.response.map(|share| ((share.value * share.n as f64).round() as u64, share.n));
    let both = told(json!({"kpis": [{"kpi": "nps"}, {"kpi": "csat"}, {"kpi": "response_rate"}], "at_least": 1}));
    let all: Vec<_> = both.iter().map(|figure| (figure.name.as_str(), figure.n, response(figure))).collect();
    assert_eq!(all, [("NPS", 21, Some((21, 30))), ("CSAT", 3, Some((3, 30))), ("Response rate", 60, None)]);
    // What is asked about the parcel has its own.
    let by = told(json!({"kpis": [{"kpi": "nps"}], "by": "touchpoint", "at_least": 1}));
    let by: Vec<_> = by.iter().map(|figure| (figure.of.as_deref(), figure.n, response(figure))).collect();
    assert_eq!(by, [(None, 21, Some((21, 30))), (Some("App"), 6, Some((6, 15))), (Some("Parcel"), 15, Some((15, 15)))]);
}

#[test]
fn scores_of_groups_are_compared_with_the_standard_error_of_their_difference() {
    let (world, map) = (asking(), periplus_maps::parse(ASKING).unwrap());
    let question = json!({"kpis": [{"kpi": "nps"}], "breakdown": [{"property": "tier"}], "at_least": 1});
    let answer = world.ask("kpis", &question, &map, 2);
    let gold = answer.groups.iter().find(|group| group.name == ["gold"]).unwrap();
    let [difference] = &gold.differences[..] else { panic!("{:?}", gold.differences) };
    assert_eq!((difference.figure.as_str(), difference.here, difference.there), ("NPS", 100.0, -100.0));
    assert_eq!(difference.difference.value, 200.0);
    assert!(difference.p < 0.001);
}

#[test]
fn targets_of_a_map_are_those_of_figures_with_their_name() {
    let (world, map) = (asking(), periplus_maps::parse(ASKING).unwrap());
    let told = figures(world.ask(
        "kpis",
        &json!({"kpis": [{"kpi": "revenue_per_customer"}, {"kpi": "repeat_purchase", "name": "Bought again"}]}),
        &map,
        2,
    ));
    let aims: Vec<_> = told.iter().map(|figure| (figure.name.as_str(), figure.target, figure.owner.as_deref())).collect();
    assert_eq!(aims, [("Revenue per customer", Some(20.0), Some("Jonas")), ("Bought again", Some(0.5), Some("Mei"))]);
    // Nothing is spent where one looks, and that is no figure.
    let by = figures(world.ask("kpis", &json!({"kpis": [{"kpi": "revenue_per_customer"}], "by": "stage", "at_least": 1}), &map, 2));
    let by: Vec<_> = by.iter().map(|figure| (figure.of.as_deref(), figure.yes, figure.target)).collect();
    assert_eq!(by, [(None, 1, Some(20.0)), (Some("Get"), 1, Some(20.0))]);
}
