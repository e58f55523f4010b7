//! What would be and what to do next, against figures that were reckoned by hand.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use periplus_engine::{EngineError, Share, Watch, analysis};
use periplus_model::answer::{Answer, Table, View};
use serde_json::{Value, json};

use world::{Batch, DAY, MAP, Plain, World};

const LOOK: usize = 0;
const BASKET: usize = 1;
const BUY: usize = 2;
const CALL: usize = 3;
const RETURN: usize = 4;

/// So many customers each with these events, a day apart from a day on.
fn world(journeys: &[(usize, i64, &[usize])]) -> World {
    let mut events = Vec::new();
    let mut who = 0;
    for (customers, begin, list) in journeys {
        for _ in 0..*customers {
            let event =
                |(day, event): (usize, &usize)| Plain { id: None, who, time: (begin + day as i64) * DAY, event: *event, web: true, n: 3 };
            events.extend(list.iter().enumerate().map(event));
            who += 1;
        }
    }
    World::new(&[Batch { events, traits: Vec::new(), merge: None }])
}

/// Of ten who look, four fill a basket, and half of these buy after two days; one buys at once; and long after, two look who have not decided.
fn shop() -> World {
    world(&[
        (2, 1, &[LOOK, BASKET, BUY]),
        (2, 1, &[LOOK, BASKET]),
        (1, 1, &[LOOK, BUY]),
        (5, 1, &[LOOK]),
        (2, 90, &[LOOK]),
        (1, 95, &[CALL]),
    ])
}

fn table(answer: &Answer) -> &Table {
    let View::Table(table) = &answer.view else { panic!("{:?}", answer.view) };
    table
}

fn cell(answer: &Answer, row: &str, column: &str) -> f64 {
    let at = table(answer).columns.iter().position(|c| c.name == column).unwrap_or_else(|| panic!("no {column}"));
    let found = table(answer).rows.iter().find(|cells| cells[0] == row);
    found.unwrap_or_else(|| panic!("no {row}: {:?}", table(answer).rows))[at].as_f64().unwrap_or(f64::NAN)
}

fn what_if(world: &World, scenarios: Value) -> Answer {
    let question = json!({"conversion": {"event": "buy"}, "window": "20d", "draws": 40, "scenarios": scenarios});
    world.ask("what_if", &question, &periplus_maps::parse(MAP).unwrap(), 2)
}

#[test]
fn the_base_is_what_was_measured_and_nothing_changed_is_the_base() {
    let answer = what_if(
        &shop(),
        json!([{"name": "nothing"}, {"name": "once", "edits": [{"multiply": {"from": "look", "to": "basket", "factor": 1}}]}]),
    );
    assert!((cell(&answer, "as measured", "conversions") - 3.0).abs() < 1e-9);
    assert!((cell(&answer, "as measured", "conversion of journeys") - 0.3).abs() < 1e-12);
    // One after a day, two after two.
    assert!((cell(&answer, "as measured", "time to convert") - 5.0 / 3.0 * 86_400.0).abs() < 1e-6);
    assert_eq!(cell(&answer, "as measured", "customers concerned"), 10.0);
    for scenario in ["nothing", "once"] {
        assert_eq!(cell(&answer, scenario, "conversions"), cell(&answer, "as measured", "conversions"));
        for column in ["more conversions", "more from", "more to", "more value", "longer by"] {
            assert_eq!(cell(&answer, scenario, column), 0.0, "{scenario} {column}");
        }
    }
    assert_eq!(answer.meta.immature, 3);
    assert!(answer.caption.starts_with("10 journeys came to 3 conversions (30.0 %)"), "{}", answer.caption);
}

#[test]
fn changes_are_solved_exactly() {
    let answer = what_if(
        &shop(),
        json!([
            {"name": "no basket", "edits": [{"remove": "basket"}]},
            {"name": "no drop-off", "edits": [{"drop_off": {"state": "basket", "share": 1}}]},
            {"name": "all fill it", "edits": [{"set": {"from": "look", "to": "basket", "share": 1}}]},
            {"name": "faster", "edits": [{"wait": {"state": "basket", "factor": 0.5}}]},
            {"name": "a coupon", "edits": [
                {"add": {"name": "coupon", "takes": [{"from": "look", "to": "(lost)", "share": 0.4}], "onward": [{"to": "(converted)", "share": 0.5}, {"to": "(lost)", "share": 0.5}]}}
            ]},
            {"name": "back to front", "edits": [{"multiply": {"from": "basket", "to": "look", "factor": 2}}]}
        ]),
    );
    for (scenario, conversions) in [("no basket", 1.0), ("no drop-off", 5.0), ("all fill it", 5.0), ("faster", 3.0), ("a coupon", 4.0)] {
        assert!(
            (cell(&answer, scenario, "conversions") - conversions).abs() < 1e-9,
            "{scenario}: {}",
            cell(&answer, scenario, "conversions")
        );
        let more = cell(&answer, scenario, "more conversions");
        assert!((more - (conversions - 3.0)).abs() < 1e-9);
        assert!(cell(&answer, scenario, "more from") <= more && more <= cell(&answer, scenario, "more to"));
    }
    // Half a day less for two of three.
    assert!((cell(&answer, "faster", "longer by") + 86_400.0 / 3.0).abs() < 1e-6);
    let notes = answer.meta.notes.join(" ");
    assert!(notes.contains("'back to front' cannot be reckoned") && notes.contains("only an experiment"), "{notes}");
    assert_eq!(table(&answer).rows.len(), 6);
    assert_eq!(cell(&answer, "no basket", "customers concerned"), 4.0);
    assert_eq!(cell(&answer, "no basket", "of these converted"), 2.0);
    // Nothing but the basket and who came to it: the interval of what it brings does not hold 0.
    assert!(cell(&answer, "no basket", "more to") < 0.0);
}

#[test]
fn scenarios_that_make_no_sense_are_refused() {
    let world = shop();
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    for (scenarios, why) in [
        (json!([{"name": "x", "edits": [{"remove": "nowhere"}]}]), "nowhere"),
        (json!([{"name": "x"}, {"name": "x"}]), "'x'"),
        (json!([{"name": "as measured"}]), "as measured"),
        (json!([{"name": "x", "edits": [{"set": {"from": "look", "to": "basket", "share": 2}}]}]), "share"),
    ] {
        let question = json!({"conversion": {"event": "buy"}, "scenarios": scenarios});
        let error = analysis("what_if").unwrap().answer(&question, &world.desk(&map, &watch, 1, Share::ALL)).map(|_| ()).unwrap_err();
        assert!(matches!(error, EngineError::Question(_)) && error.to_string().contains(why), "{error}");
    }
    for wrong in [json!({"draws": 3}), json!({"window": "0s"}), json!({"visit": "-1s"}), json!({"of": "places"})] {
        let question = world::questions::with(&json!({"conversion": {"event": "buy"}}), &wrong);
        assert!(analysis("what_if").unwrap().answer(&question, &world.desk(&map, &watch, 1, Share::ALL)).is_err(), "{wrong}");
    }
    let question = json!({"conversion": {"event": "buy"}, "segment": {"did": {"event": "look"}, "at_least": 9}});
    let nobody = world.ask("what_if", &question, &map, 2);
    assert!(nobody.caption.starts_with("There are no journeys") && table(&nobody).rows.is_empty(), "{}", nobody.caption);
}

fn next(world: &World, more: Value) -> Answer {
    let question = world::questions::with(&json!({"conversion": {"event": "buy"}, "window": "20d", "at_least": 2}), &more);
    world.ask("next_action", &question, &periplus_maps::parse(MAP).unwrap(), 2)
}

/// After a look, a basket converts 6 of 8 and a call 1 of 8; four look just now.
fn deciding() -> World {
    world(&[
        (6, 1, &[LOOK, BASKET, BUY]),
        (2, 1, &[LOOK, BASKET]),
        (1, 1, &[LOOK, CALL, BUY]),
        (7, 1, &[LOOK, CALL]),
        (4, 90, &[LOOK]),
        (1, 91, &[CALL]),
        (1, 94, &[RETURN, BUY]),
    ])
}

#[test]
fn the_next_best_is_what_converted_from_there() {
    let world = deciding();
    let answer = next(&world, json!({}));
    let row = table(&answer).rows.iter().find(|row| row[0] == "look").unwrap();
    assert_eq!((&row[1], &row[2]), (&json!(4), &json!("basket")));
    // 6 of 8 after the basket, 7 of 16 of all who looked.
    assert!((cell(&answer, "look", "converts then") - 0.75).abs() < 1e-12);
    assert!((cell(&answer, "look", "lift") - (0.75 - 7.0 / 16.0)).abs() < 1e-12);
    assert!(
        cell(&answer, "look", "lift from") < cell(&answer, "look", "lift")
            && cell(&answer, "look", "lift to") > cell(&answer, "look", "lift")
    );
    assert!((cell(&answer, "look", "did so") - 0.5).abs() < 1e-12 && cell(&answer, "look", "journeys that did") == 8.0);
    assert!(answer.caption.starts_with("5 of 22 customers are under way; for the 4 at 'look', 'basket'"), "{}", answer.caption);
    assert!(answer.meta.notes.iter().any(|note| note.starts_with("Backtest") || note.contains("held out")), "{:?}", answer.meta.notes);
    // Of what one can bring about, nothing helps.
    let only = next(&world, json!({"among": ["call"]}));
    assert!(table(&only).rows.iter().find(|row| row[0] == "look").unwrap()[2].is_null());
    let likely = next(&world, json!({"among": ["call"], "by": "likely"}));
    assert_eq!(table(&likely).rows.iter().find(|row| row[0] == "look").unwrap()[2], json!("call"));
}

#[test]
fn where_too_few_went_on_the_step_and_its_interval_are_of_all_journeys() {
    let answer = next(&deciding(), json!({}));
    // From the call one of eight went on, and bought: nobody took any step twice from there. What is best anywhere is the basket.
    let row = table(&answer).rows.iter().find(|row| row[0] == "call").unwrap();
    let judged = table(&answer).columns.iter().position(|column| column.name == "judged by").unwrap();
    assert_eq!((&row[2], &row[judged]), (&json!("basket"), &json!("all journeys")));
    let of_place = table(&answer).rows.iter().find(|row| row[0] == "look").unwrap();
    assert_eq!(of_place[judged], json!("the last place"));
    assert!(answer.meta.notes.join(" ").contains("judged by all journeys"), "{:?}", answer.meta.notes);
    // 6 of 8 against 8 of 17 journeys: drawn as often as it likes, the lift is around that, on either side.
    let (low, lift, high) = (cell(&answer, "call", "lift from"), cell(&answer, "call", "lift"), cell(&answer, "call", "lift to"));
    assert!((lift - (6.0 / 8.0 - 8.0 / 17.0)).abs() < 1e-12, "{lift}");
    assert!(low < lift - 0.1 && high > lift + 0.1, "{low} {lift} {high}");
}

#[test]
fn customers_under_way_are_listed_with_what_to_do_next() {
    let world = deciding();
    let (places, answer) = (next(&world, json!({})), next(&world, json!({"show": "customers"})));
    let told = table(&answer);
    let at = |name: &str| told.columns.iter().position(|column| column.name == name).unwrap();
    assert_eq!((told.columns[0].name.as_str(), told.rows.len()), ("key", 5));
    // Four are at the look and one at the call; what is said of the place is said of each of them.
    for row in &told.rows {
        let place = table(&places).rows.iter().find(|place| place[0] == row[at("now at")]).unwrap();
        assert_eq!(row[2..], place[2..], "{row:?}");
    }
    // The largest lift first, equal ones by key.
    let order: Vec<(f64, i64)> = told.rows.iter().map(|row| (-row[at("lift")].as_f64().unwrap(), row[0].as_i64().unwrap())).collect();
    assert!(order.is_sorted_by(|one, two| one <= two), "{order:?}");
    let mut looking: Vec<i64> = (16..20).map(world::key).collect();
    looking.sort_unstable();
    let found: Vec<i64> = told.rows.iter().filter(|row| row[at("now at")] == "look").map(|row| row[0].as_i64().unwrap()).collect();
    assert_eq!(found, looking);
    let few = next(&world, json!({"show": "customers", "at_most": 2}));
    assert_eq!(table(&few).rows, told.rows[..2]);
    assert!(few.meta.notes.join(" ").contains("These are 2 of 5 under way"), "{:?}", few.meta.notes);
    let likely = next(&world, json!({"show": "customers", "by": "likely", "among": ["call"]}));
    assert!(table(&likely).rows.iter().any(|row| row[at("next best")] == "call"));
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    for wrong in [json!({"at_most": 0}), json!({"at_most": 10_001}), json!({"show": "everybody"})] {
        let question = world::questions::with(&json!({"conversion": {"event": "buy"}}), &wrong);
        let desk = world.desk(&map, &watch, 1, Share::ALL);
        assert!(analysis("next_action").unwrap().answer(&question, &desk).is_err(), "{wrong}");
    }
}

#[test]
fn the_people_at_a_place_are_those_who_are_there_now() {
    let world = deciding();
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    let question = json!({"conversion": {"event": "buy"}, "window": "20d"});
    for (now, n) in [(json!(["look"]), 4), (json!(["call"]), 1), (json!(["basket"]), 0), (json!(["nowhere"]), 0)] {
        let desk = world.desk(&map, &watch, 1, Share::ALL);
        let people = analysis("next_action").unwrap().people(&question, &json!({"now": now}), 9, &desk).unwrap();
        assert_eq!(people.total, n, "{now}");
    }
}

#[test]
fn without_conversions_nothing_is_suggested_and_it_says_so() {
    let world = world(&[(3, 1, &[LOOK]), (1, 50, &[BUY]), (1, 50, &[RETURN])]);
    let answer = next(&world, json!({}));
    assert!(table(&answer).rows.is_empty() && answer.meta.notes.join(" ").contains("Nothing can be suggested"), "{answer:?}");
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    for wrong in [json!({"recent": 0}), json!({"recent": 9}), json!({"at_least": 0}), json!({"top": 0}), json!({"among": ["nowhere"]})] {
        let question = world::questions::with(&json!({"conversion": {"event": "buy"}}), &wrong);
        let desk = world.desk(&map, &watch, 1, Share::ALL);
        assert!(analysis("next_action").unwrap().answer(&question, &desk).is_err(), "{wrong}");
    }
}
