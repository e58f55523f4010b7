//! Personas: what was planted is found, described, and opens its people.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use periplus_engine::{EngineError, Share, Watch, analysis};
use periplus_model::answer::{Answer, Table, View};
use serde_json::{Value, json};

use world::{Batch, DAY, MAP, MINUTE, Plain, World};

const LOOK: usize = 0;
const BUY: usize = 2;
const CALL: usize = 3;

/// Twelve who look much and never buy, eight who buy after a look or two, and six who call and call; each a little different.
fn planted() -> World {
    let mut events = Vec::new();
    let mut customer = |who: u8, list: &[usize]| {
        let event = |(at, event): (usize, &usize)| Plain {
            id: None,
            who,
            time: DAY * i64::from(who % 4) + at as i64 * 7 * MINUTE,
            event: *event,
            web: true,
            n: 3,
        };
        events.extend(list.iter().enumerate().map(event));
    };
    for who in 0..12 {
        customer(who, &vec![LOOK; 9 + usize::from(who % 3)]);
    }
    for who in 12..20 {
        customer(who, &[&vec![LOOK; 1 + usize::from(who % 2)][..], &[BUY, BUY]].concat());
    }
    for who in 20..26 {
        customer(who, &[&[LOOK][..], &vec![CALL; 5 + usize::from(who % 2)]].concat());
    }
    World::new(&[Batch { events, traits: Vec::new(), merge: None }])
}

fn table(answer: &Answer) -> &Table {
    let View::Table(table) = &answer.view else { panic!("{:?}", answer.view) };
    table
}

fn column(answer: &Answer, name: &str) -> Vec<Value> {
    let at = table(answer).columns.iter().position(|c| c.name == name).unwrap_or_else(|| panic!("no {name}"));
    table(answer).rows.iter().map(|row| row[at].clone()).collect()
}

fn ask(world: &World, question: &Value) -> Answer {
    world.ask("personas", question, &periplus_maps::parse(MAP).unwrap(), 2)
}

#[test]
fn planted_groups_are_found_described_and_ruled() {
    let world = planted();
    for method in ["k_means", "mixture"] {
        let question = json!({"features": ["counts"], "method": method, "k": 3});
        let answer = ask(&world, &question);
        assert_eq!(column(&answer, "customers"), [json!(12), json!(8), json!(6)], "{method}: {:?}", table(&answer).rows);
        assert!(answer.caption.starts_with("26 customers fall into 3 groups"), "{}", answer.caption);
        let apart = column(&answer, "what sets it apart");
        assert!(apart[1].as_str().unwrap().contains("more 'buy' (2.0, others 0.0)"), "{apart:?}");
        assert!(apart[2].as_str().unwrap().contains("more 'call' (5.5, others 0.0)"), "{apart:?}");
        assert!(
            column(&answer, "stability").iter().all(|share| share.as_f64().unwrap() > 0.9),
            "{method}: {:?}",
            column(&answer, "stability")
        );
        // The rule of a group is one that maps understand, and it finds the very group.
        let rules = column(&answer, "rule");
        assert_eq!(column(&answer, "precision"), [json!(1.0), json!(1.0), json!(1.0)]);
        for (rule, customers) in rules.iter().zip([12, 8, 6]) {
            let rule: Value = serde_json::from_str(rule.as_str().unwrap()).unwrap();
            let told = world.ask("segments", &json!({"segments": {"it": rule}}), &periplus_maps::parse(MAP).unwrap(), 1);
            assert_eq!(column(&told, "customers"), [json!(customers)], "{rule}");
        }
    }
}

#[test]
fn the_number_of_groups_is_that_of_the_criterion() {
    // Few events are few different figures: with more allowed, those who look nine times would be a group of their own.
    let answer = ask(&planted(), &json!({"features": ["counts"], "k_max": 3}));
    assert_eq!(table(&answer).rows.len(), 3);
    let notes = answer.meta.notes.join(" ");
    assert!(notes.contains("highest silhouette (2: ") && notes.contains("distinct"), "{notes}");
}

#[test]
fn journeys_have_representatives() {
    let world = planted();
    for likeness in ["runs", "matching"] {
        let answer = ask(&world, &json!({"group": "journeys", "likeness": likeness, "k": 3}));
        assert_eq!(column(&answer, "representative journey"), [json!("look"), json!("look → buy"), json!("look → call")], "{likeness}");
        assert_eq!(column(&answer, "customers"), [json!(12), json!(8), json!(6)]);
    }
    let sessions = ask(&world, &json!({"group": "journeys", "k": 2, "unit": "session"}));
    assert!(column(&sessions, "rule").iter().all(Value::is_null) && sessions.meta.notes.join(" ").contains("no rules for sessions"));
}

#[test]
fn a_place_says_alone_who_belongs_to_it() {
    let world = planted();
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    let desk = world.desk(&map, &watch, 1, Share::ALL);
    for question in [json!({"k": 3}), json!({"k": 3, "method": "mixture"}), json!({"group": "journeys", "k": 3, "likeness": "matching"})] {
        let places = analysis("personas").unwrap().places(&question, &desk).unwrap();
        assert_eq!(places.iter().map(|(_, count)| count).sum::<u64>(), 26, "{question}");
        for (place, count) in &places {
            let text = place.to_string();
            let place: Value = serde_json::from_str(&text).unwrap();
            let people = analysis("personas").unwrap().people(&question, &place, 50, &desk).unwrap();
            assert_eq!((people.total, people.people.len() as u64), (*count, *count), "{text}");
        }
        // Whatever else a place says, nobody panics.
        for wrong in [
            json!({"persona": 99, "among": places[0].0["among"]}),
            json!({"persona": 0, "among": {"journeys": {"around": [["nowhere"]], "runs": 9}}}),
            json!({"persona": 0, "among": {"journeys": {"around": [], "followed": [["look", "buy", 3]]}}}),
            json!({"persona": 0, "among": {"customers": {"columns": [], "centres": [[1]]}}}),
        ] {
            assert_eq!(analysis("personas").unwrap().people(&question, &wrong, 5, &desk).unwrap().total, 0, "{wrong}");
        }
    }
}

#[test]
fn where_there_are_no_groups_it_says_why() {
    let world = planted();
    let nobody = ask(&world, &json!({"segment": {"did": {"event": "look"}, "at_least": 90}}));
    assert!(nobody.caption.starts_with("There are no customers") && table(&nobody).rows.is_empty(), "{}", nobody.caption);
    let alike = ask(&world, &json!({"features": ["counts"], "segment": {"did": {"event": "look"}, "at_least": 11}}));
    assert!(alike.caption.contains("make no groups") && table(&alike).rows.is_empty(), "{}", alike.caption);
    let one = ask(&world, &json!({"group": "journeys", "segment": {"did": {"event": "look"}, "at_least": 11}}));
    assert!(!one.caption.contains("NaN"), "{}", one.caption);
    let (map, watch) = (periplus_maps::parse(MAP).unwrap(), Watch::default());
    for wrong in [json!({"k": 1}), json!({"k": 21}), json!({"k_max": 1}), json!({"features": []}), json!({"method": "guess"})] {
        let error = analysis("personas").unwrap().answer(&wrong, &world.desk(&map, &watch, 1, Share::ALL)).map(|_| ()).unwrap_err();
        assert!(matches!(error, EngineError::Question(_)), "{wrong}: {error}");
    }
}

#[test]
fn personas_of_a_group_are_those_of_all() {
    let world = planted();
    let map = periplus_maps::parse(MAP).unwrap();
    let buyers = json!({"did": "buy"});
    let question = json!({"features": ["counts"], "k": 3, "breakdown": [{"segments": {"buyers": buyers}}]});
    let answer = ask(&world, &question);
    let whole = column(&answer, "persona");
    for group in &answer.groups {
        let View::Table(table) = &group.view else { panic!() };
        let names: Vec<Value> = table.rows.iter().map(|row| row[0].clone()).collect();
        assert_eq!(names, whole, "the same ones, in the same order");
        assert_eq!(
            table.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
            ["persona", "customers", "share", "share of all"]
        );
    }
    let group = answer.groups.iter().find(|group| group.name == ["buyers"]).unwrap();
    let View::Table(table) = &group.view else { panic!() };
    // The eight who buy are the second one.
    assert_eq!(table.rows.iter().map(|row| row[1].clone()).collect::<Vec<_>>(), [json!(0), json!(8), json!(0)]);
    assert!(group.caption.starts_with("8 customers; most are"), "{}", group.caption);
    let told = group.differences.iter().find(|difference| json!(difference.figure) == whole[1]).unwrap();
    // A share of those who are no buyers cannot be told where a segment stands alone: they are all others.
    assert_eq!((told.here, told.there), (1.0, 0.0));
    assert!(told.p < 0.001 && told.difference.low > 0.5, "{told:?}");
    // Places of a group open as many as it shows.
    let watch = Watch::default();
    let desk = world.desk(&map, &watch, 1, Share::ALL);
    let mut opened = 0;
    for (place, count) in analysis("personas").unwrap().places(&question, &desk).unwrap() {
        assert_eq!(analysis("personas").unwrap().people(&question, &place, 3, &desk).unwrap().total, count, "{place}");
        opened += u64::from(place.get("group").is_some()) * count;
    }
    assert_eq!(opened, answer.groups.iter().map(|group| group.units).sum::<u64>());
    // Of an earlier period, too: groups are those of the later one.
    let compared = ask(
        &world,
        &json!({"features": ["counts", "recency"], "k": 3, "from": "1970-01-02", "to": "1970-01-05", "compare": {"period": {"from": "1970-01-01", "to": "1970-01-05"}}}),
    );
    let there = compared.compared.unwrap();
    let View::Table(table) = &there.view else { panic!() };
    assert_eq!(table.rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>(), column_of(&compared.view, "persona"));
}

fn column_of(view: &View, name: &str) -> Vec<Value> {
    let View::Table(table) = view else { panic!() };
    let at = table.columns.iter().position(|column| column.name == name).unwrap();
    table.rows.iter().map(|row| row[at].clone()).collect()
}

#[test]
fn as_many_groups_as_were_tried_at_most_say_that_more_may_fit() {
    let told = |question: Value| ask(&planted(), &question).meta.notes.join(" ");
    let most = told(json!({"features": ["counts"], "k_max": 2}));
    assert!(most.contains("2 groups are the most that were tried"), "{most}");
    assert!(!told(json!({"features": ["counts"], "k": 2, "k_max": 2})).contains("most that were tried"), "it was asked for");
    let one = World::new(&[Batch {
        events: vec![Plain { id: None, who: 1, time: 1, event: LOOK, web: true, n: 1 }],
        traits: Vec::new(),
        merge: None,
    }]);
    let alone = ask(&one, &json!({}));
    assert!(alone.caption == "One alone of the customers makes no groups." && !alone.caption.contains("asked for"), "{}", alone.caption);
}
