//! What holds for every analysis, because it is done for all of them in one place: groups, comparisons, samples, the people
//! behind every count, and partial results of several machines.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use periplus_engine::{ANALYSES, Bench, Columns, Desk, Elsewhere, EngineError, Share, Watch, Work, analysis};
use periplus_lake::Lake;
use periplus_model::answer::{Answer, View};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use world::questions::{questions, with};
use world::{Batch, EVENTS, MAP, World, batches};

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

/// The same imports every time.
fn some_batches() -> Vec<Batch> {
    batches(5).new_tree(&mut TestRunner::deterministic()).unwrap().current()
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

/// Machines that know nothing but what travels to them, each with no more than the parts of its share, in any order.
struct Machines<'w>(&'w World);

impl Elsewhere for Machines<'_> {
    fn count(&self, work: &Work, _: &Desk<'_>) -> Result<Vec<Vec<u8>>, EngineError> {
        let bytes = work.to_bytes()?;
        let machine = |share| {
            let work = Work::from_bytes(&bytes).unwrap();
            let folder = tempfile::tempdir().unwrap();
            for part in work.parts(share) {
                let file = folder.path().join(&part.file);
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::hard_link(self.0.lake.root().join(&part.file), file).unwrap();
            }
            let lake = Lake::open(folder.path()).unwrap();
            let bench = Bench { lake: &lake, columns: &Columns::default(), cancelled: Arc::default(), stopwatch: &|| 0.0 };
            work.count(share, bench)
        };
        Ok((0..work.shares()).rev().map(machine).collect())
    }
}

/// One question of one world: as many people as the number says in every place, and machines that agree.
fn agrees(world: &World, name: &str, question: &Value, has_variation: bool) {
    let map = periplus_maps::parse(MAP).unwrap();
    let watch = Watch::default();
    let desk = world.desk(&map, &watch, 2, Share::ALL);
    let analysis = analysis(name).unwrap();
    let answer = analysis.answer(question, &desk).unwrap_or_else(|error| panic!("{name} {question}: {error}"));
    let places = analysis.places(question, &desk).unwrap();
    let may_be_empty = [
        "correlation",
        "time_to_convert",
        "sequence",
        "paths",
        "funnel",
        "findings",
        "next_action",
        "what_if",
        "personas",
        "rfm",
        "survival",
        "experiment",
    ]
    .contains(&name);
    assert!(!places.is_empty() || answer.meta.events == 0 || may_be_empty || has_variation, "{name} {question} has no places");
    for (place, count) in places.iter().step_by(1 + places.len() / 4) {
        let people = analysis.people(question, place, 3, &desk).unwrap();
        assert_eq!(people.total, *count, "{name} {question} at {place}");
        assert!(people.people.len() <= 3 && (people.people.is_empty() == (*count == 0)));
    }
    // Whatever a table says to be people is opened there, and they are as many.
    let slices = answer.groups.iter().map(|group| (&group.view, json!({"group": group.name})));
    let compared = answer.compared.iter().map(|other| (&other.view, json!({"compared": true})));
    for (view, further) in std::iter::once((&answer.view, json!({}))).chain(slices.take(1)).chain(compared) {
        let View::Table(table) = view else { continue };
        for counted in table.people.iter().step_by(1 + table.people.len() / 2) {
            let mut place = counted.place.clone();
            place.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
            let total = analysis.people(question, &place, 3, &desk).unwrap().total;
            let told = table.rows.get(counted.row).map(|cells| &cells[counted.column]);
            let told = told.unwrap_or_else(|| panic!("{name} {question}: {counted:?} is of no row; {}", answer.caption));
            assert!(told.as_u64().map_or(total > 0, |told| told == total), "{name} {question}: {told}, {total} at {place}");
        }
    }
    // And so is a whole group.
    if let Some(group) = answer.groups.first() {
        let place = json!({"all": true, "group": group.name});
        assert_eq!(analysis.people(question, &place, 3, &desk).unwrap().total, group.units, "{name} {question} at {place}");
    }
    // Other machines come to the same.
    let machines = Machines(world);
    let elsewhere = Desk { elsewhere: Some(&machines), ..world.desk(&map, &watch, 1, Share::ALL) };
    assert_eq!(told(&analysis.answer(question, &elsewhere).unwrap()), told(&answer), "{name} {question}");
    if let Some((place, _)) = places.get(places.len() / 2) {
        assert_eq!(analysis.people(question, place, 3, &elsewhere).unwrap(), analysis.people(question, place, 3, &desk).unwrap());
    }
    assert!(answer.groups.iter().all(|slice| slice.units > 0));
}

/// Keeps what would travel.
#[derive(Default)]
struct Intercepted(Mutex<Vec<u8>>);

impl Elsewhere for Intercepted {
    fn count(&self, work: &Work, _: &Desk<'_>) -> Result<Vec<Vec<u8>>, EngineError> {
        *self.0.lock().unwrap() = work.to_bytes()?;
        Err(EngineError::Cancelled)
    }
}

#[test]
fn bytes_that_were_changed_on_their_way_are_refused_or_counted() {
    let world = World::new(&some_batches());
    let (map, watch, intercepted) = (periplus_maps::parse(MAP).unwrap(), Watch::default(), Intercepted::default());
    let desk = Desk { elsewhere: Some(&intercepted), ..world.desk(&map, &watch, 1, Share::ALL) };
    let mut dice = TestRunner::deterministic();
    let mut counted = 0;
    for (name, question) in questions() {
        assert!(matches!(analysis(name).unwrap().answer(&question, &desk), Err(EngineError::Cancelled)));
        let bytes = intercepted.0.lock().unwrap().clone();
        for _ in 0..60 {
            let mut changed = bytes.clone();
            for _ in 0..dice.rng().random_range(1..4) {
                let place = dice.rng().random_range(0..changed.len());
                changed[place] = dice.rng().random();
            }
            changed.truncate(dice.rng().random_range(changed.len() / 2..=2 * changed.len()));
            if let Ok(work) = Work::from_bytes(&changed) {
                counted += 1;
                for share in [0, work.shares().saturating_sub(1), usize::MAX] {
                    let bench = Bench { lake: &world.lake, columns: &Columns::default(), cancelled: Arc::default(), stopwatch: &|| 0.0 };
                    assert!(!work.count(share, bench).is_empty());
                }
            }
        }
    }
    assert!(counted > 50, "only {counted} of the changed questions could be read at all");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, max_shrink_iters: 50, ..ProptestConfig::default() })]

    // One world for each variation: every question meets every variation once, each time in another world. In two halves, so that
    // two processors have something to do.
    #[test]
    fn every_count_opens_its_people_and_machines_agree(worlds in proptest::collection::vec(batches(4), 2)) {
        agree(&worlds, 0);
    }

    #[test]
    fn so_it_is_with_the_next_variations(worlds in proptest::collection::vec(batches(4), 2)) {
        agree(&worlds, 2);
    }

    #[test]
    fn so_it_is_with_the_ones_after_them(worlds in proptest::collection::vec(batches(4), 2)) {
        agree(&worlds, 4);
    }

    #[test]
    fn so_it_is_with_the_last_variation(worlds in proptest::collection::vec(batches(4), 1)) {
        agree(&worlds, 6);
    }
}

/// Asks every question in each of these worlds, with the variations from `first` on.
fn agree(worlds: &[Vec<Batch>], first: usize) {
    let variations = variations();
    assert_eq!(variations.len(), 7);
    for (round, batches) in worlds.iter().enumerate() {
        let world = World::new(batches);
        for (number, (name, question)) in questions().iter().enumerate() {
            let variation = (number + first + round) % variations.len();
            agrees(&world, name, &with(question, &variations[variation]), variation > 0);
        }
    }
}

#[test]
fn groups_of_whole_customers_add_up() {
    let batches = some_batches();
    let map = periplus_maps::parse(MAP).unwrap();
    let world = World::new(&batches);
    let breakdown = json!({"breakdown": [{"trait": "tier"}], "groups": 1000});
    for (name, question) in questions().into_iter().filter(|(name, _)| !["stages", "reach", "map"].contains(name)) {
        let answer = world.ask(name, &with(&question, &breakdown), &map, 2);
        let alone = world.ask(name, &question, &map, 1);
        assert_eq!(told(&alone)["view"], told(&answer)["view"], "{name}: groups change nothing for all");
        // Personas and fifths are those of all in every group; whoever asks for a group alone gets its own.
        if ["personas", "rfm"].contains(&name) {
            continue;
        }
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
fn units_that_are_no_customers_gather_their_events_from_all() {
    let map = periplus_maps::parse(MAP).unwrap();
    let world = World::new(&some_batches());
    let answer = world.ask("overview", &json!({"unit": {"id": "n"}}), &map, 2);
    let View::Table(table) = &answer.view else { panic!() };
    for row in &table.rows {
        let events: Vec<u8> = world.events.iter().filter(|(_, e)| EVENTS[e.event] == row[0]).map(|(_, e)| e.n).collect();
        let mut units = events.clone();
        units.sort_unstable();
        units.dedup();
        assert_eq!((row[1].as_u64(), row[2].as_u64()), (Some(events.len() as u64), Some(units.len() as u64)), "{row:?}");
    }
    let people = analysis("overview").unwrap();
    let watch = Watch::default();
    let people =
        people.people(&json!({"unit": {"id": "n"}}), &json!({"name": "buy"}), 9, &world.desk(&map, &watch, 2, Share::ALL)).unwrap();
    assert!(people.people.iter().all(|unit| unit.customer.as_ref().is_some_and(|name| name.parse::<u8>().is_ok())), "{people:?}");
    // Nobody has a household here, so everybody is one.
    let told = |unit: &str| world.ask("overview", &json!({"unit": unit}), &map, 2).meta.customers;
    assert_eq!(told("household"), told("customer"));
}

#[test]
fn a_sample_is_the_same_each_time_and_no_more_than_all() {
    let batches = some_batches();
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
    let batches = some_batches();
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
