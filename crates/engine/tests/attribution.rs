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
    assert!(
        answer.caption.starts_with("3 conversions of 3 customers; web is credited with 60.0 % of the 2 with a touch (Markov)"),
        "{}",
        answer.caption
    );
}

/// Customers who come by four places of the shop in their own ways over 200 days, so that some journeys are longer than the window, and some
/// may go on.
fn many() -> World {
    let mut events = Vec::new();
    for who in 0..240u8 {
        let mut day = i64::from(who) * 7 % 60;
        for step in 0..2 + i64::from(who) * 5 % 9 {
            let place = (i64::from(who) * 3 + step * step) % 5;
            // Two of the five are a channel of the other kind of event.
            events.push(event(who, day, if place < 3 { LOOK } else { 3 }, place % 2 == 0));
            day += 1 + (i64::from(who) + step * 11) % 27;
            if (i64::from(who) + step) % 6 == 0 {
                events.push(event(who, day, BUY, who % 2 == 0));
            }
        }
    }
    World::new(&[Batch { events, traits: Vec::new(), merge: None }])
}

#[test]
fn what_is_lost_without_a_channel_is_what_is_lost_when_it_is_removed() {
    let world = many();
    for window in ["12d", "30d", "400d"] {
        let credited = ask(&world, &json!({"conversion": {"event": "buy"}, "window": window}));
        let lost = column(&credited, "lost without it (Markov)");
        assert!(lost.len() == 2, "{lost:?}");
        let scenarios: Vec<Value> = lost.iter().map(|(name, _)| json!({"name": name, "edits": [{"remove": name}]})).collect();
        let question = json!({"conversion": {"event": "buy"}, "of": "channels", "window": window, "draws": 20, "scenarios": scenarios});
        let removed = world.ask("what_if", &question, &periplus_maps::parse(MAP).unwrap(), 2);
        let base = column(&removed, "conversions").iter().find(|(name, _)| name == "as measured").unwrap().1.as_f64().unwrap();
        for (name, share) in &lost {
            let fewer = column(&removed, "more conversions").iter().find(|(scenario, _)| scenario == name).unwrap().1.as_f64().unwrap();
            assert!((share.as_f64().unwrap() + fewer / base).abs() < 1e-9, "{window} {name}: {share} is not {} of {base}", -fewer);
        }
        assert_eq!(credited.meta.immature, removed.meta.immature, "{window}");
        assert!(window != "30d" || credited.meta.immature > 0, "some may go on");
    }
}

#[test]
fn models_are_those_that_were_asked_for_with_their_settings() {
    let world = three();
    let mut asked = question();
    asked["models"] = json!(["participation", "ordered_shapley", "position"]);
    asked["position"] = json!([0.1, 0.2, 0.7]);
    let answer = ask(&world, &asked);
    let View::Table(table) = &answer.view else { panic!() };
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        names[3..],
        [
            "participation",
            "participation from",
            "participation to",
            "Shapley, 1st touch",
            "Shapley, 2nd touch",
            "Shapley, 3rd touch",
            "Shapley, later",
            "position"
        ]
    );
    let of = |name: &str| -> Vec<f64> { column(&answer, name).iter().map(|(_, value)| value.as_f64().unwrap()).collect() };
    // The store took part in one conversion, the web in both; by places the set game's half and one and a half.
    assert_eq!((of("participation"), of("Shapley, 1st touch"), of("Shapley, 2nd touch")), (vec![1.0, 2.0], vec![0.0, 1.5], vec![0.5, 0.0]));
    // Of two touches each gets its own share and half of what is between: 0.1 + 0.1 and 0.7 + 0.1.
    assert!((of("position")[0] - 0.8).abs() < 1e-12 && (of("position")[1] - 1.2).abs() < 1e-12, "{:?}", of("position"));
    assert!(answer.caption.contains("web is credited with 100.0 % of the 2 with a touch (participation)"), "{}", answer.caption);
    // Where all are asked for, they are what they are without being asked.
    let mut all = question();
    all["models"] = json!(["last", "first", "linear", "position", "markov", "shapley", "time_decay"]);
    assert_eq!(ask(&world, &all).view, ask(&world, &question()).view);
    let mut decay = question();
    decay["models"] = json!(["time_decay"]);
    assert_eq!(column(&ask(&world, &decay), "time decay"), column(&ask(&world, &question()), "time decay"));
}

#[test]
fn intervals_are_numbers_that_hold_their_figure() {
    let answer = ask(&many(), &json!({"conversion": {"event": "buy"}, "order": 2}));
    let of = |name: &str| -> Vec<f64> { column(&answer, name).iter().map(|(_, value)| value.as_f64().unwrap()).collect() };
    let (low, credit, high) = (of("Markov from"), of("Markov"), of("Markov to"));
    assert!((0..credit.len()).all(|at| low[at] < credit[at] && credit[at] < high[at]), "{low:?} {credit:?} {high:?}");
}

#[test]
fn a_chain_that_remembers_whole_journeys_says_so() {
    let told = |world: &World, order: u64| {
        let question = json!({"conversion": {"event": "buy"}, "touch": {"event": "look"}, "window": "20d", "order": order});
        ask(world, &question).meta.notes.join(" ").contains("remembers these journeys more than it learns from them")
    };
    assert!(told(&three(), 2) && !told(&three(), 1), "of three journeys");
    assert!(!told(&many(), 2), "of many");
}

#[test]
fn new_customers_cost_what_first_conversions_do() {
    let world = many();
    let question = json!({"conversion": {"event": "buy"}, "window": "30d", "spend": {"web": 100.0, "store": 50.0}});
    for models in [json!([]), json!(["linear"]), json!(["time_decay"]), json!(["participation"])] {
        let mut asked = question.clone();
        asked["models"] = models;
        let answer = ask(&world, &asked);
        asked["first_only"] = json!(true);
        let first = ask(&world, &asked);
        let View::Table(table) = &answer.view else { panic!() };
        let named = |begin: &str| table.columns.iter().find(|column| column.name.starts_with(begin)).unwrap().name.clone();
        let (costs, each) = (named("cost per new one"), named("cost per conversion"));
        for ((name, one), (_, other)) in column(&answer, &costs).iter().zip(column(&first, &each)) {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            assert!((one - other).abs() < 1e-9 * other, "{name} {costs}: {one} is not {other}");
        }
        assert_ne!(column(&answer, &costs), column(&answer, &each), "they came back");
        assert!(answer.meta.notes.join(" ").contains("New customers are credited by their first conversion"));
    }
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
        ("order", json!(9)),
        ("order", json!(0)),
        ("position", json!([0.4, 0.4, 0.4])),
        ("position", json!([-0.2, 0.6, 0.6])),
        ("position", json!([0.5, 0.5])),
        ("models", json!(["linear", "linear"])),
        ("window", json!("0s")),
        ("half_life", json!("-1d")),
        ("spend", json!({"web": -1.0})),
        ("by", json!("property")),
        ("property", json!("said")),
        ("models", json!(["guess"])),
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
