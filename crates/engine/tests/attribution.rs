//! Attribution, against figures that were reckoned by hand.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use periplus_engine::{Share, Watch, analysis};
use periplus_model::answer::{Answer, View};
use serde_json::{Value, json};

use world::{Batch, DAY, Plain, World};

const MAP: &str = "version: 1\nid: shop\ntitle: Shop\nstages:\n  - {id: see, name: See}\ntouchpoints:\n  - {id: look, name: Looks, stage: see, when: look}\n";
const LOOK: usize = 0;
const BUY: usize = 2;

fn event(who: u8, day: i64, event: usize, web: bool) -> Plain {
    Plain { id: None, who, time: day * DAY, event, web, n: 3 }
}

/// One comes by the web and the store and buys, one by the web and buys, one by the store and does not.
fn three() -> World {
    let events = vec![
        event(1, 1, LOOK, true),
        event(1, 2, LOOK, false),
        event(1, 3, BUY, true),
        event(2, 1, LOOK, true),
        event(2, 2, BUY, false),
        event(3, 1, LOOK, false),
        // Far too late for the window: nobody is credited with it.
        event(3, 90, BUY, true),
    ];
    World::new(&[Batch { events, traits: Vec::new(), merge: None }])
}

fn ask(world: &World, question: &Value) -> Answer {
    world.ask("attribution", question, &periplus_maps::parse(MAP).unwrap(), 2)
}

/// What each channel is credited with, by a column.
fn column(answer: &Answer, name: &str) -> Vec<(String, Value)> {
    let View::Table(table) = &answer.view else { panic!("{:?}", answer.view) };
    let at = table.columns.iter().position(|column| column.name == name).unwrap_or_else(|| panic!("no {name}"));
    let mut cells: Vec<(String, Value)> = table.rows.iter().map(|row| (row[0].as_str().unwrap().to_owned(), row[at].clone())).collect();
    cells.sort_by(|one, other| one.0.cmp(&other.0));
    cells
}

fn question() -> Value {
    json!({"conversion": {"event": "buy"}, "touch": {"event": "look"}, "window": "20d", "half_life": "1d"})
}

#[test]
fn credits_are_those_reckoned_by_hand() {
    let world = three();
    let answer = ask(&world, &question());
    let of = |name: &str| -> Vec<f64> { column(&answer, name).iter().map(|(_, value)| value.as_f64().unwrap()).collect() };
    let close = |name: &str, store: f64, web: f64| {
        let told = of(name);
        assert!((told[0] - store).abs() < 1e-9 && (told[1] - web).abs() < 1e-9, "{name}: {told:?}, not {store} and {web}");
    };
    assert_eq!(column(&answer, "first")[0].0, "store");
    close("first", 0.0, 2.0);
    close("last", 1.0, 1.0);
    close("linear", 0.5, 1.5);
    close("position", 0.5, 1.5);
    close("Shapley", 0.5, 1.5);
    // From the start two of three go to the web; from there half buy and half go to the store, where half buy: 2/3. Without the web it is
    // 1/6 and without the store 1/3: three quarters and half of it are lost, and two conversions are divided like that.
    close("Markov", 0.8, 1.2);
    // Of the first, the store was a day before and the web two: 2/3 and 1/3.
    let decayed = of("time decay");
    assert!((decayed[0] - 2.0 / 3.0).abs() < 1e-5 && (decayed[0] + decayed[1] - 2.0).abs() < 1e-9, "{decayed:?}");
    let notes = answer.meta.notes.join(" ");
    assert!(notes.contains("Associational") && notes.contains("1 conversion had no touch"), "{notes}");
    assert!(answer.caption.starts_with("3 conversions of 3 customers; web is credited with 60.0 %"), "{}", answer.caption);
}

#[test]
fn the_people_behind_a_channel_are_as_many_as_it_says() {
    let world = three();
    let answer = ask(&world, &question());
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    for (name, converted) in [("customers", false), ("converted", true)] {
        for (channel, n) in column(&answer, name) {
            let place = json!({"channel": channel, "converted": converted});
            let desk = world.desk(&map, &watch, 1, Share::ALL);
            let people = analysis("attribution").unwrap().people(&question(), &place, 5, &desk).unwrap();
            assert_eq!(json!(people.total), n, "{channel} {name}");
        }
    }
}

#[test]
fn what_was_spent_is_held_against_it_and_what_makes_no_sense_is_refused() {
    let world = three();
    let mut with = question();
    with["spend"] = json!({"web": 24.0, "radio": 5.0});
    let answer = ask(&world, &with);
    let cost = column(&answer, "cost per conversion (Markov)");
    assert!((cost[1].1.as_f64().unwrap() - 20.0).abs() < 1e-9 && cost[0].1.is_null(), "{cost:?}");
    assert!(answer.meta.notes.join(" ").contains("radio"));
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    for (name, value) in [
        ("order", json!(5)),
        ("window", json!("0s")),
        ("half_life", json!("-1d")),
        ("spend", json!({"web": -1.0})),
        ("by", json!("property")),
        ("property", json!("said")),
        ("models", json!(["first"])),
    ] {
        let mut wrong = question();
        wrong[name] = value;
        assert!(analysis("attribution").unwrap().answer(&wrong, &world.desk(&map, &watch, 1, Share::ALL)).is_err(), "{wrong}");
    }
}

#[test]
fn without_conversions_nothing_is_credited_and_it_says_so() {
    let world = three();
    let mut nothing = question();
    nothing["conversion"] = json!({"event": "return"});
    let answer = ask(&world, &nothing);
    let View::Table(table) = &answer.view else { panic!() };
    assert!(table.rows.is_empty() && answer.meta.notes.join(" ").contains("Nothing can be credited"), "{answer:?}");
}
