//! What follows from what is seen: an alert when a day is out of line and none when it is not, one case per response whatever happens to it,
//! and messages that say nothing of the erased.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use std::sync::Arc;

use common::House;
use periplus_engine::Watch as Asking;
use periplus_followup::{Act, State, Status};
use periplus_maps::JourneyMap;
use periplus_model::time::Instant;
use periplus_store::MessageRow;
use periplus_workspace::followup::Means;
use periplus_workspace::saved::{self, Kind};
use serde_json::{Value, json};

const DAY: i64 = 86_400_000_000;
/// A Monday.
const BEGIN: i64 = 1_735_516_800_000_000;

const MAP: &str = "version: 1\nid: shop\ntitle: Shop\nstages:\n  - {id: buy, name: Buy, owner: shop}\n  - {id: after, name: After, owner: service}\n\
    touchpoints:\n  - {id: visit, name: Visit, stage: buy, when: Visit}\n  - {id: parcel, name: Parcel, stage: after, when: Parcel, owner: Ana}\n\
    scores:\n  - {name: NPS, when: Asked, property: score, scale: [0, 10], comment: why}\n";

fn map() -> JourneyMap {
    periplus_maps::parse(MAP).unwrap()
}

fn line(day: i64, second: i64, event: &str, who: &str, properties: &Value) -> String {
    let time = Instant(BEGIN + day * DAY + second * 1_000_000);
    json!({"periplus": 1, "type": "event", "time": time.to_string(), "event": event, "ids": [format!("user_id:{who}")], "properties": properties})
        .to_string()
        + "\n"
}

fn keep(house: &House, kind: Kind, id: &str, object: &Value) {
    saved::put(house.workspace.folder(), kind, id, object.as_object().unwrap()).unwrap();
}

fn with_means<T>(work: impl FnOnce(&Means<'_>) -> T) -> T {
    let asking = Asking::default();
    let map = |_: Option<&str>| Ok(Some(map()));
    work(&Means { map: &map, asking: &asking, stopwatch: Arc::new(|| 0.0) })
}

/// Looks at all watches; the alerts that are new.
fn look(house: &mut House, now: i64) -> Vec<String> {
    let snapshot = house.snapshot();
    let watches = house.workspace.watches().unwrap();
    let mut new = Vec::new();
    for (id, watch) in watches {
        let told = with_means(|means| house.workspace.look(&id, &watch, &snapshot, means, now)).unwrap();
        new.extend(told.into_iter().flatten().map(|alert| alert.about));
    }
    new
}

fn open(house: &mut House, now: i64) -> u64 {
    let snapshot = house.snapshot();
    with_means(|means| house.workspace.open_cases(&snapshot, means, now)).unwrap()
}

/// So many days of visits, fewer on weekends, with `last` on the last day.
fn visits(days: i64, last: i64) -> String {
    let mut text = String::new();
    for day in 0..days {
        let usual = if day % 7 >= 5 { 12 } else { 40 };
        let n = if day == days - 1 { last } else { usual + (day * 7919) % 5 - 2 };
        (0..n).for_each(|at| text += &line(day, at * 60, "Visit", &format!("{day}-{at}"), &json!({})));
    }
    // The day after has begun: the one before is over.
    text + &line(days, 3 * 3_600, "Visit", "x", &json!({}))
}

const WATCH: &str = r#"{"name": "Visits", "analysis": "trends", "question": {"measures": [{"of": {"event": "Visit"}}], "interval": "day"},
    "when": {"unusual": {}}, "tell": [{"mail": "ana@example.org"}, {"webhook": "https://example.org/hook"}]}"#;

#[test]
fn a_day_that_is_out_of_line_is_told_once_and_a_usual_one_is_not() {
    for (days, last, raised) in [(64, 40, 0), (64, 12, 1), (63, 12, 0), (63, 40, 1)] {
        let mut house = House::new();
        house.take("visits.jsonl", &visits(days, last));
        keep(&house, Kind::Watches, "visits", &serde_json::from_str(WATCH).unwrap());
        let now = BEGIN + (days + 1) * DAY;
        assert_eq!(
            look(&mut house, now).len(),
            raised,
            "day {} with {last} visits: {:?}",
            days - 1,
            house.workspace.checked("visits").unwrap()
        );
        assert_eq!(look(&mut house, now + 1).len(), 0, "it is told once");
        assert_eq!(house.workspace.store.messages(9).unwrap().len(), 2 * raised);
        let checked = house.workspace.checked("visits").unwrap().unwrap();
        assert_eq!((checked.trouble, checked.judged.len()), (None, 1));
        assert_eq!(checked.judged[0].state == State::Alarm, raised == 1);
    }
}

#[test]
fn before_the_data_begins_there_is_nothing_to_expect() {
    let mut house = House::new();
    house.take("visits.jsonl", &visits(20, 200));
    keep(&house, Kind::Watches, "visits", &serde_json::from_str(WATCH).unwrap());
    assert_eq!(look(&mut house, BEGIN + 21 * DAY), Vec::<String>::new());
    let checked = house.workspace.checked("visits").unwrap().unwrap();
    assert_eq!(checked.judged[0].state, State::TooLittle, "twenty days are too few, and there were no others: {checked:?}");
}

#[test]
fn a_watch_that_cannot_be_answered_says_why() {
    let mut house = House::new();
    house.take("visits.jsonl", &visits(10, 40));
    let mut watch: Value = serde_json::from_str(WATCH).unwrap();
    watch["line"] = "Purchases".into();
    keep(&house, Kind::Watches, "visits", &watch);
    assert_eq!(look(&mut house, BEGIN + 11 * DAY), Vec::<String>::new());
    assert!(house.workspace.checked("visits").unwrap().unwrap().trouble.unwrap().contains("Purchases"));
    // Deleted, it is forgotten.
    saved::remove(house.workspace.folder(), Kind::Watches, "visits").unwrap();
    house.workspace.forget_watches(&[], 5).unwrap();
    assert!(house.workspace.checked("visits").unwrap().is_none());
}

const RULE: &str = r#"{"name": "Detractors", "score": "NPS", "at_most": 6, "tell": [{"mail": "service@example.org"}]}"#;

fn answers() -> String {
    [
        line(0, 0, "Visit", "ana", &json!({})),
        line(1, 0, "Parcel", "ana", &json!({})),
        line(1, 60, "Asked", "ana", &json!({"score": 2, "why": "It never arrived."})),
        // The same mark in the same second, of two people.
        line(1, 60, "Asked", "bo", &json!({"score": 6})),
        line(1, 60, "Asked", "cy", &json!({"score": 6})),
        line(1, 60, "Asked", "di", &json!({"score": 9, "why": "Fine."})),
        line(-30, 0, "Asked", "old", &json!({"score": 0})),
    ]
    .concat()
}

#[test]
fn a_response_has_one_case_whatever_happens_to_it() {
    let mut house = House::new();
    house.take("answers.jsonl", &answers());
    keep(&house, Kind::CaseRules, "detractors", &serde_json::from_str(RULE).unwrap());
    let now = BEGIN + 2 * DAY;
    assert_eq!(open(&mut house, now), 3, "of those who gave 2, 6 and 6, and not the one of a month ago");
    assert_eq!(open(&mut house, now + 1), 0);
    let cases = house.workspace.cases().unwrap();
    let ana = cases.iter().find(|case| case.distinct_id == "user_id:ana").unwrap();
    assert_eq!((ana.mark, ana.words.as_deref(), ana.touchpoint.as_deref()), (Some(2.0), Some("It never arrived."), Some("Parcel")));
    assert_eq!((ana.owner.as_deref(), ana.due_at), (Some("Ana"), Instant(now + 2 * DAY)), "whoever answers for the touchpoint");
    // Two of them turn out to be one.
    house.take("merge.jsonl", &json!({"periplus": 1, "type": "link", "ids": ["user_id:bo", "user_id:cy"]}).to_string());
    assert_eq!(open(&mut house, now + 2), 0, "a merge opens nothing twice");
    house.take("again.jsonl", &answers());
    assert_eq!(open(&mut house, now + 3), 0, "nor does what is imported again");
    assert_eq!(house.workspace.store.messages(9).unwrap().len(), 3);
}

#[test]
fn a_case_is_seen_to_by_one_at_a_time_and_goes_with_its_customer() {
    let mut house = House::new();
    house.take("answers.jsonl", &answers());
    keep(&house, Kind::CaseRules, "detractors", &serde_json::from_str(RULE).unwrap());
    let now = BEGIN + 2 * DAY;
    open(&mut house, now);
    let id = house.workspace.cases().unwrap().into_iter().find(|case| case.distinct_id == "user_id:ana").unwrap().id;
    let taken = house.workspace.act(&id, &Act::Take { by: "Bea".into() }, "Bea", now + 5).unwrap().unwrap();
    assert_eq!((taken.status, taken.customer.as_deref()), (Status::InHand, Some("user_id:ana")));
    let (_, notes) = house.workspace.case(&id).unwrap().unwrap();
    assert_eq!((notes[0].who.as_str(), notes[0].act.as_str()), ("Bea", "take"));
    assert!(house.workspace.act("none", &Act::Note { text: "x".into() }, "", now).unwrap().is_none());
    assert!(house.workspace.act(&id, &Act::Reopen { text: String::new() }, "", now).is_err());
    // The letter is written when it is sent: it knows who has taken the case, and says nothing of the erased.
    let letter = |house: &House| -> Option<String> {
        let about = format!("{{\"case\":\"{id}\"}}");
        let row: MessageRow = house.workspace.store.messages(9).unwrap().into_iter().find(|message| message.about == about).unwrap();
        assert!(
            !format!("{row:?}").contains("arrived") && !format!("{row:?}").contains("ana"),
            "nothing of a person lies in the queue: {row:?}"
        );
        house.workspace.written(&row, "Shop", now).unwrap().map(|ready| ready.message.text)
    };
    let text = letter(&house).unwrap();
    assert!(text.contains("> It never arrived.") && text.contains("Bea sees to it"), "{text}");
    house.workspace.erase("user_id:ana", "asked", now + 9).unwrap();
    assert_eq!(letter(&house), None);
    assert!(house.workspace.case(&id).unwrap().is_none());
    assert_eq!(open(&mut house, now + 10), 0);
}

#[test]
fn a_digest_is_made_once_a_day_and_only_when_there_is_something() {
    let mut house = House::new();
    house.take("visits.jsonl", &visits(64, 12));
    let mut watch: Value = serde_json::from_str(WATCH).unwrap();
    watch["rhythm"] = "daily".into();
    keep(&house, Kind::Watches, "visits", &watch);
    let morning = BEGIN + 65 * DAY + 6 * 3_600_000_000;
    assert_eq!(look(&mut house, morning - 1_000_000).len(), 1);
    assert_eq!(house.workspace.store.messages(9).unwrap().len(), 0, "it waits for the morning");
    assert_eq!(house.workspace.make_digests(morning).unwrap(), 2, "for a person, and for a program");
    assert_eq!(house.workspace.make_digests(morning + 1).unwrap(), 0);
    assert_eq!(house.workspace.make_digests(morning + DAY).unwrap(), 0, "of a day on which nothing happened there is none");
    let row = house.workspace.store.messages(9).unwrap().remove(0);
    let ready = house.workspace.written(&row, "Shop", morning).unwrap().unwrap();
    assert_eq!(ready.message.subject, "Your day: one thing out of line");
}
