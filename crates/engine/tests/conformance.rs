//! Conformance, against figures that were reckoned by hand.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use periplus_engine::{EngineError, Share, Watch, analysis};
use periplus_model::answer::{Answer, Table, View};
use serde_json::{Value, json};

use world::questions::DRAWN;
use world::{Batch, DAY, Plain, World};

const MAP: &str = "version: 1\nid: shop\ntitle: Shop\nstages:\n  - {id: see, name: See}\n  - {id: think, name: Think}\n  - {id: pay, name: Pay}\ntouchpoints:\n  - {id: look, name: Looks, stage: see, when: look}\n  - {id: basket, name: Fills the basket, stage: think, when: basket}\n  - {id: call, name: Calls, stage: think, when: call}\n  - {id: buy, name: Pays, stage: pay, when: buy}\n";
const LOOK: usize = 0;
const BASKET: usize = 1;
const BUY: usize = 2;
const CALL: usize = 3;
const RETURN: usize = 4;

/// Each customer's events, a day apart.
fn world(journeys: &[&[usize]]) -> World {
    let journey = |(who, events): (usize, &&[usize])| -> Vec<Plain> {
        let event =
            |(day, event): (usize, &usize)| Plain { id: None, who: who as u8, time: day as i64 * DAY, event: *event, web: true, n: 3 };
        events.iter().enumerate().map(event).collect()
    };
    let events = journeys.iter().enumerate().flat_map(journey).collect();
    World::new(&[Batch { events, traits: Vec::new(), merge: None }])
}

fn ask(world: &World, question: &Value) -> Answer {
    world.ask("conformance", question, &periplus_maps::parse(MAP).unwrap(), 2)
}

fn table(answer: &Answer) -> &Table {
    let View::Table(table) = &answer.view else { panic!("{:?}", answer.view) };
    table
}

/// A column by the deviation.
fn cell(answer: &Answer, deviation: &str, column: &str) -> Value {
    let at = table(answer).columns.iter().position(|c| c.name == column).unwrap_or_else(|| panic!("no {column}"));
    let row = table(answer).rows.iter().find(|row| row[0] == deviation);
    row.unwrap_or_else(|| panic!("no {deviation}: {:?}", table(answer).rows))[at].clone()
}

#[test]
fn stages_left_out_and_steps_in_the_wrong_place_are_told() {
    let world = world(&[&[LOOK, BASKET, CALL, BUY], &[LOOK, LOOK, CALL, BUY], &[LOOK, BUY], &[LOOK, BASKET, BUY, LOOK], &[RETURN]]);
    let answer = ask(&world, &json!({}));
    // Who did nothing that is a touchpoint has no journey. 0 + 0 + 1 + 1 of (4 + 3) + (4 + 3) + (2 + 3) + (4 + 3).
    assert!(
        answer.caption.starts_with("2 of 4 customers (50.0 %) do exactly what was designed; the fitness is 0.923."),
        "{}",
        answer.caption
    );
    let leaving: Vec<&Value> = table(&answer).rows.iter().map(|row| &row[0]).collect();
    let adds = "does 'Looks' where the design does not have it";
    assert_eq!(leaving, ["skips 'Think'", adds]);
    assert_eq!(cell(&answer, adds, "customers"), json!(1));
    assert_eq!(cell(&answer, adds, "share"), json!(0.25));
    // The journey without 'Think' took a day, the others three.
    assert_eq!(cell(&answer, "skips 'Think'", "brings less by"), Value::Null, "nobody paid anything");
    let notes = answer.meta.notes.join(" ");
    assert!(notes.contains("token replay") && notes.contains("Associational") && notes.contains("still going on"), "{notes}");
}

#[test]
fn journeys_with_a_deviation_are_timed_against_those_without() {
    let journeys: Vec<&[usize]> = vec![&[LOOK, BUY], &[LOOK, LOOK, BUY], &[LOOK, BASKET, BUY], &[LOOK, BASKET, CALL, CALL, BUY]];
    let answer = ask(&world(&journeys), &json!({}));
    // One day and two days against two and four: a day and a half less.
    let longer = cell(&answer, "skips 'Think'", "takes longer by").as_f64().unwrap();
    assert!((longer + 1.5 * 86_400.0).abs() < 1e-6, "{longer}");
    let (low, high) = (cell(&answer, "skips 'Think'", "longer from"), cell(&answer, "skips 'Think'", "longer to"));
    assert!(low.as_f64().unwrap() < longer && high.as_f64().unwrap() > longer);
}

#[test]
fn the_people_of_a_deviation_are_those_who_have_it() {
    let world = world(&[&[LOOK, BASKET, BUY], &[LOOK, BUY], &[BUY], &[LOOK, BUY, CALL]]);
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    for (place, n) in [
        (json!({"fits": true}), 1),
        (json!({"fits": false}), 3),
        (json!({"skips": "Think"}), 3),
        (json!({"skips": "See"}), 1),
        (json!({"skips": "Pay"}), 0),
        (json!({"adds": "Calls"}), 1),
    ] {
        let people = analysis("conformance").unwrap().people(&json!({}), &place, 5, &world.desk(&map, &watch, 1, Share::ALL)).unwrap();
        assert_eq!(people.total, n, "{place}");
    }
}

#[test]
fn where_hardly_anybody_fits_it_says_what_may_be_said() {
    let hint = |answer: Answer| answer.meta.notes.join(" ").contains("say so with \"optional\" and \"repeated\"");
    let nobody = world(&[&[LOOK, BUY], &[LOOK, BUY], &[BASKET, BUY]]);
    assert!(hint(ask(&nobody, &json!({}))));
    assert!(!hint(ask(&nobody, &json!({"optional": ["see"]}))), "it was said");
    assert!(!hint(ask(&nobody, &json!({"model": "discovered", "noise": 0}))), "stages are not spoken of");
    assert!(!hint(ask(&world(&[&[LOOK, BUY], &[LOOK, BASKET, BUY]]), &json!({}))), "half of them fit");
}

#[test]
fn a_stage_may_be_optional_or_come_again() {
    let world = world(&[&[LOOK, BUY], &[LOOK, BASKET, LOOK, BASKET, BUY]]);
    let fitting = |question: Value| ask(&world, &question).caption.chars().next();
    assert_eq!(fitting(json!({})), Some('0'));
    assert_eq!(fitting(json!({"optional": ["think"]})), Some('1'));
    assert_eq!(fitting(json!({"optional": ["think"], "repeated": ["see"]})), Some('2'));
}

#[test]
fn drawn_models_and_discovered_ones_are_held_against_events() {
    let world = world(&[&[LOOK, BASKET, BUY], &[LOOK, BASKET, BUY], &[LOOK, BASKET, BUY], &[LOOK, BUY, RETURN]]);
    let drawn = ask(&world, &json!({"model": {"pnml": DRAWN}}));
    assert!(drawn.caption.starts_with("3 of 4 customers"), "{}", drawn.caption);
    assert_eq!(cell(&drawn, "skips 'basket'", "customers"), json!(1));
    assert!(drawn.meta.notes.iter().any(|note| note.contains("does not speak of return")), "{:?}", drawn.meta.notes);
    // All of it: every sequence is a run of what is discovered without noise.
    let all = ask(&world, &json!({"model": "discovered", "noise": 0}));
    assert!(all.caption.starts_with("4 of 4 customers (100.0 %)") && table(&all).rows.is_empty(), "{}", all.caption);
    // A design is that of everybody, also where only some are asked about.
    let some = ask(&world, &json!({"model": "discovered", "noise": 0, "segment": {"did": "return"}}));
    assert!(some.caption.starts_with("1 of 1 customers"), "{}", some.caption);
    let note = |answer: &Answer| answer.meta.notes.iter().find(|note| note.contains("discovered")).cloned();
    assert!(note(&all).is_some() && note(&all) == note(&some));
}

#[test]
fn what_makes_no_sense_is_refused_and_nobody_is_no_trouble() {
    let world = world(&[&[LOOK], &[BASKET], &[BUY], &[CALL]]);
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    let desk = world.desk(&map, &watch, 1, Share::ALL);
    for (wrong, why) in [
        (json!({"noise": 2}), "noise"),
        (json!({"top": 0}), "top"),
        (json!({"of": "events"}), "touchpoints"),
        (json!({"optional": ["nowhere"]}), "nowhere"),
        (json!({"model": "discovered", "optional": ["see"]}), "optional"),
        (json!({"model": {"pnml": "<definitions/>"}}), "model"),
        (json!({"model": {"bpmn": DRAWN}}), "other format"),
        (json!({"model": {"pnml": "x".repeat(2_000_000)}}), "bytes"),
        (json!({"model": "wished"}), "wished"),
    ] {
        let error = analysis("conformance").unwrap().answer(&wrong, &desk).map(|_| ()).unwrap_err();
        assert!(matches!(error, EngineError::Question(_)) && error.to_string().contains(why), "{why}: {error}");
    }
    let nobody = ask(&world, &json!({"segment": {"did": {"event": "look"}, "at_least": 9}}));
    assert!(nobody.caption.starts_with("None of the customers") && table(&nobody).rows.is_empty(), "{}", nobody.caption);
    let one = ask(&world, &json!({"segment": {"did": "look"}}));
    assert!(one.caption.starts_with("0 of 1 customers"), "{}", one.caption);
    // Without others there is nothing to compare time and money with.
    assert_eq!(cell(&one, "skips 'Pay'", "takes longer by"), Value::Null);
}
