//! What customers say: what it is about, wherever it is told, and whose words belong to which mark.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use std::collections::BTreeMap;

use periplus_engine::lens::Lens;
use periplus_engine::responses::Responses;
use periplus_engine::scan::{Fold, Run, scan};
use periplus_engine::{EngineError, Share, Watch};
use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, View};
use periplus_model::comments::Comments;
use periplus_model::finding::FindingKind;
use periplus_model::kpis::KpiFigure;
use periplus_model::measured::MeasuredMap;
use periplus_model::question::Unit;
use serde_json::{Value, json};

use world::{DAY, MINUTE, World};

/// A shop that asks about parcels: whoever answers has looked at the app meanwhile.
const MAP: &str = r#"
version: 1
id: shop
title: Shop
stages:
  - {id: look, name: Look}
  - {id: get, name: Get, kpis: [{name: Happy, kind: csat}]}
  - {id: after, name: After}
touchpoints:
  - {id: app, name: App, stage: look, when: App Opened, channel: app}
  - {id: parcel, name: Parcel, stage: get, when: Parcel Delivered, channel: post}
  - {id: store, name: Store, stage: get, when: Store Visited}
  - {id: survey, name: Survey, stage: after, when: {event: [Survey Asked, Survey Answered]}}
scores:
  - {name: CSAT, when: {event: Survey Answered, where: {property: kind, is: csat}}, property: score, scale: [1, 5], comment: comment}
"#;

type Event<'e> = (u8, i64, &'e str, Option<&'e str>, Value);

/// Of 80 customers, half are asked about the parcel in words that the answer carries; the others' answers carry nothing. In the second
/// fortnight all are unhappy with the parcel, before and without it nobody is.
fn parcels() -> World {
    let mut events: Vec<Event> = Vec::new();
    for who in 0..80 {
        let day = i64::from(who % 40) * DAY;
        let carries = who < 40;
        let mark = if carries && who % 40 >= 20 { 1 } else { 5 };
        let mut said =
            json!({"kind": "csat", "score": mark, "ask": format!("{who:x}"), "comment": format!("It was as it was, said number {who}.")});
        if carries {
            said["touchpoint"] = json!("parcel");
            said["map"] = json!("shop");
        }
        events.push((who, day, "Parcel Delivered", Some("post"), json!({})));
        events.push((who, day + 100 * MINUTE, "App Opened", Some("app"), json!({})));
        events.push((who, day + 101 * MINUTE, "Survey Asked", Some("e-mail"), json!({"ask": format!("{who:x}")})));
        events.push((who, day + 102 * MINUTE, "Survey Answered", Some("e-mail"), said));
    }
    World::of_events(&events)
}

fn map() -> JourneyMap {
    periplus_maps::parse(MAP).unwrap()
}

fn ask(world: &World, name: &str, question: Value) -> Answer {
    world.ask(name, &question, &map(), 2)
}

fn by(world: &World, by: &str) -> Vec<(String, u64)> {
    let answer = ask(world, "kpis", json!({"kpis": [{"kpi": "csat"}], "by": by, "at_least": 1}));
    let View::Kpis(kpis) = answer.view else { panic!("{answer:?}") };
    let told = |figure: KpiFigure| Some((figure.of?, figure.n));
    kpis.figures.into_iter().filter_map(told).collect()
}

fn comments(world: &World, question: Value) -> Comments {
    match ask(world, "comments", question).view {
        View::Comments(comments) => *comments,
        other => panic!("{other:?}"),
    }
}

fn measured(world: &World) -> MeasuredMap {
    match ask(world, "map", json!({})).view {
        View::Map(map) => *map,
        other => panic!("{other:?}"),
    }
}

fn places<const N: usize>(expected: [(&str, u64); N]) -> Vec<(String, u64)> {
    expected.into_iter().map(|(name, n)| (name.to_owned(), n)).collect()
}

#[test]
fn an_answer_is_about_what_it_carries_else_what_was_before_it_and_everywhere_the_same() {
    let world = parcels();
    assert_eq!(by(&world, "touchpoint"), places([("App", 40), ("Parcel", 40)]));
    assert_eq!(by(&world, "stage"), places([("Look", 40), ("Get", 40)]));
    assert_eq!(by(&world, "channel"), places([("app", 40), ("post", 40)]));

    let told = comments(&world, json!({"at_least": 1}));
    let of = |places: &[periplus_model::comments::MoodAt]| -> Vec<(String, u64)> {
        places.iter().map(|at| (at.name.clone(), at.mood.comments)).collect()
    };
    assert_eq!((of(&told.touchpoints), of(&told.stages)), (places([("App", 40), ("Parcel", 40)]), places([("Look", 40), ("Get", 40)])));

    let map = measured(&world);
    let felt: Vec<Option<u64>> = map.groups[0].stages.iter().map(|stage| stage.emotion.map(|emotion| emotion.n)).collect();
    assert_eq!(felt, [Some(40), Some(40), None]);
    assert_eq!(map.groups[0].stages[1].kpis[0].value.map(|share| share.n), Some(40));
    assert!(map.groups[0].stages.iter().zip([3, 3, 0]).all(|(stage, quotes)| stage.quotes.len() == quotes), "{map:?}");

    // Half of the parcels, in the second fortnight: told of the parcel, not of the app or the survey.
    let View::Findings(found) = ask(&world, "findings", json!({"kinds": ["bad_score"], "at_most": 10})).view else { panic!() };
    assert!(found.findings.iter().all(|finding| finding.kind == FindingKind::BadScore && finding.touchpoint == "parcel"), "{found:?}");
}

/// How many responses are about each touchpoint and stage.
struct Counted<'a> {
    responses: &'a Responses,
    told: BTreeMap<(Option<usize>, Option<usize>), u64>,
}

impl Fold for Counted<'_> {
    fn take(&mut self, run: &Run<'_>) -> Result<(), EngineError> {
        for response in self.responses.each(run) {
            assert!(response.words.is_some() && response.mark.is_some() && response.score == "CSAT");
            *self.told.entry((response.touchpoint, response.stage)).or_default() += 1;
        }
        Ok(())
    }
}

#[test]
fn a_list_of_responses_says_the_same_as_the_figures() {
    let (world, map) = (parcels(), map());
    let mut lens = Lens::default();
    let responses = Responses::of(&map.scores, Some(&map), true, &mut lens).unwrap();
    let watch = Watch::default();
    let desk = world.desk(&map, &watch, 1, Share::ALL);
    let (counted, _) = scan(&desk, &lens, &Unit::Customer, || Counted { responses: &responses, told: BTreeMap::new() }).unwrap();
    let told: BTreeMap<_, u64> = counted.into_iter().flat_map(|counted| counted.told).collect();
    assert_eq!(told, BTreeMap::from([((Some(0), Some(0)), 40), ((Some(1), Some(1)), 40)]));
}

#[test]
fn a_carried_touchpoint_counts_without_having_been_seen_and_an_unknown_one_does_not() {
    let answer = |who: u8, touchpoint: &str| -> [Event; 2] {
        let said = json!({"kind": "csat", "score": 4, "touchpoint": touchpoint});
        [(who, 0, "App Opened", Some("app"), json!({})), (who, MINUTE, "Survey Answered", Some("e-mail"), said)]
    };
    let world = World::of_events(&[answer(0, "parcel"), answer(1, "nowhere")].concat());
    assert_eq!(by(&world, "touchpoint"), places([("App", 1), ("Parcel", 1)]));
    assert_eq!(by(&world, "channel"), places([("app", 1), ("post", 1)]), "the channel that the map says the touchpoint has");
}

/// As a survey whose way branches after the mark sends them: the words come later, without a mark, under the same ask.
fn words_later(at_once: bool) -> World {
    let mut events: Vec<Event> = Vec::new();
    for who in 0..4 {
        let (ask, other) = (format!("{who:x}"), format!("f{who:x}"));
        let mark = if who == 3 { 5 } else { 1 };
        let mut said = json!({"kind": "csat", "score": mark, "ask": ask, "touchpoint": "parcel"});
        let words = json!({"ask": ask, "touchpoint": "parcel", "comment": "The parcel never arrived and nobody answers."});
        if at_once {
            said["comment"] = words["comment"].clone();
        }
        events.push((who, 0, "Parcel Delivered", None, json!({})));
        events.push((who, MINUTE, "Survey Answered", None, said));
        events.push((
            who,
            2 * MINUTE,
            "Survey Completed",
            None,
            json!({"ask": other, "comment": "What somebody else said to another ask."}),
        ));
        if who != 3 && !at_once {
            events.push((who, 3 * MINUTE, "Survey Completed", None, words));
        }
    }
    World::of_events(&events)
}

#[test]
fn what_is_said_after_the_mark_are_the_words_of_the_response() {
    let later = words_later(false);
    let told = comments(&later, json!({"at_least": 1, "text": []}));
    assert_eq!((told.all.comments, told.all.customers, told.all.labels), (3, 3, [3, 0, 0]));
    let marks = told.marks.unwrap();
    assert_eq!((marks.n, marks.same.unwrap().value), (3, 1.0), "each text has its mark beside it");
    assert_eq!(told.touchpoints.iter().map(|at| (at.id.as_str(), at.mood.comments)).collect::<Vec<_>>(), [("parcel", 3)]);
    let quotes = &measured(&later).groups[0].stages[1].quotes;
    assert!(quotes.len() == 1 && quotes[0].score == Some(-1.0) && quotes[0].text.starts_with("The parcel never"), "{quotes:?}");
    // Whoever said everything at once has said it once.
    let at_once = comments(&words_later(true), json!({"at_least": 1}));
    assert_eq!(at_once.all.comments, 4);
}

#[test]
fn complaints_after_the_mark_are_found_and_quoted() {
    let mut events: Vec<Event> = Vec::new();
    for who in 0..200 {
        let (day, ask) = (i64::from(who % 40) * DAY, format!("{who:x}"));
        let words =
            if who % 40 < 20 { "Great service, the parcel came early, thank you!" } else { "The parcel never arrived and nobody answers." };
        events.push((who, day, "Parcel Delivered", None, json!({})));
        events.push((who, day + MINUTE, "Survey Answered", None, json!({"kind": "csat", "score": 3, "ask": ask, "touchpoint": "parcel"})));
        events.push((who, day + 2 * MINUTE, "Survey Completed", None, json!({"ask": ask, "comment": words})));
    }
    let world = World::of_events(&events);
    let View::Findings(found) = ask(&world, "findings", json!({"kinds": ["complaint"], "at_most": 10})).view else { panic!() };
    let [complaint] = &found.findings[..] else { panic!("{found:?}") };
    assert_eq!((complaint.kind, complaint.touchpoint.as_str()), (FindingKind::Complaint, "parcel"));
    assert!(
        complaint.quotes.iter().all(|quote| quote.text.starts_with("The parcel never")) && !complaint.quotes.is_empty(),
        "{complaint:?}"
    );
}
