//! Where clocks change, and where a session never rests: cases worked out by hand.

use periplus_model::time::Instant;

use super::*;
use crate::world::Batch;

/// Who did which event when.
fn world(events: &[(u8, usize, &str)]) -> World {
    let plain = |(who, event, time): &(u8, usize, &str)| {
        let time = Instant::parse(time).unwrap().0;
        Plain { id: None, who: *who, time, event: *event, web: true, n: 1 }
    };
    World::new(&[Batch { events: events.iter().map(plain).collect(), traits: Vec::new(), merge: None }])
}

fn view(world: &World, name: &str, question: Value) -> View {
    world.ask(name, &question, &periplus_maps::parse(MAP).unwrap(), 1).view
}

fn series(world: &World, name: &str, question: Value) -> (Vec<String>, Vec<Vec<Option<f64>>>) {
    let View::Series(series) = view(world, name, question) else { panic!() };
    let periplus_model::answer::Axis::Calendar { labels, .. } = series.axis else { panic!() };
    (labels, series.lines.into_iter().map(|line| line.values).collect())
}

fn counts(numbers: &[i64]) -> Vec<Option<f64>> {
    numbers.iter().map(|n| Some(*n as f64)).collect()
}

/// In Vienna, 29 March 2026 has 23 hours: from 23:00 of the day before to 22:00, in the time of Greenwich.
const SPRING: [(u8, usize, &str); 6] = [
    (1, LOOK, "2026-03-28T22:59:59Z"),
    (1, BUY, "2026-03-28T23:00:00Z"),
    (2, LOOK, "2026-03-28T23:30:00Z"),
    (2, BUY, "2026-03-29T21:59:59Z"),
    (3, LOOK, "2026-03-29T00:30:00Z"),
    (3, BUY, "2026-03-29T22:00:00Z"),
];

#[test]
fn a_day_is_as_long_as_the_clocks_make_it() {
    let world = world(&SPRING);
    let vienna = |own: Value| {
        let mut question = json!({"timezone": "Europe/Vienna", "interval": "day"});
        question.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        question
    };
    let (labels, lines) = series(&world, "trends", vienna(json!({"measures": [{}, {"show": "customers"}]})));
    assert_eq!(labels, ["2026-03-28", "2026-03-29", "2026-03-30"]);
    assert_eq!(lines, [counts(&[1, 4, 1]), counts(&[1, 3, 1])]);
    // Without a time zone all of it but one lies on two other days.
    let (_, lines) = series(&world, "trends", json!({"measures": [{}], "interval": "day"}));
    assert_eq!(lines, [counts(&[3, 3])]);

    let (_, lines) = series(&world, "lifecycle", vienna(json!({})));
    assert_eq!(lines, [counts(&[1, 2, 0]), counts(&[0, 1, 1]), counts(&[0, 0, 0]), counts(&[0, 0, -2])]);

    let View::Cohorts(cohorts) = view(&world, "retention", vienna(json!({"start": {"event": "look"}, "intervals": 1}))) else { panic!() };
    let rows: Vec<(&str, u64, Vec<u64>)> =
        cohorts.rows.iter().map(|row| (&*row.name, row.size, row.cells.iter().map(|cell| cell.count).collect())).collect();
    // The first came back a second later, on the next day; the second on the same; the third after 21½ hours, on the next.
    assert_eq!(rows, [("2026-03-28", 1, vec![0, 1]), ("2026-03-29", 2, vec![1, 1])]);
    let rolling = json!({"start": {"event": "look"}, "intervals": 1, "counted": "rolling"});
    let View::Cohorts(cohorts) = view(&world, "retention", vienna(rolling)) else { panic!() };
    assert_eq!(cohorts.overall.cells.iter().map(|cell| cell.count).collect::<Vec<_>>(), [3, 0], "none of them took 24 hours");

    let View::Series(active) = view(&world, "stickiness", vienna(json!({}))) else { panic!() };
    assert_eq!(active.lines[0].values, counts(&[1, 2]));
}

#[test]
fn the_hour_that_comes_twice_is_two_hours() {
    // On 25 October 2026, Vienna has the hour from 2 to 3 twice: at 0:00 and at 1:00 in Greenwich.
    let world = world(&[(1, LOOK, "2026-10-25T00:10:00Z"), (1, LOOK, "2026-10-25T01:10:00Z"), (2, LOOK, "2026-10-25T02:10:00Z")]);
    let question = json!({"timezone": "Europe/Vienna", "interval": "hour", "measures": [{}]});
    let (labels, lines) = series(&world, "trends", question);
    assert_eq!(labels, ["2026-10-25 02:00", "2026-10-25 02:00", "2026-10-25 03:00"]);
    assert_eq!(lines, [counts(&[1, 1, 1])]);
    // The week from Sunday that holds the change has 169 hours, and months are New York's own.
    let question = json!({"timezone": "Europe/Vienna", "interval": "week", "week_start": "sunday", "measures": [{}]});
    assert_eq!(series(&world, "trends", question).0, ["2026-10-25"]);
    let world = self::world(&[(1, LOOK, "2026-11-01T03:59:59Z"), (1, BUY, "2026-11-01T04:00:00Z")]);
    let (labels, lines) =
        series(&world, "trends", json!({"timezone": "America/New_York", "interval": "month", "measures": [{"of": {"event": "buy"}}]}));
    assert_eq!((labels, lines), (vec!["2026-10".to_owned(), "2026-11".to_owned()], vec![counts(&[0, 1])]));
}

#[test]
fn a_session_that_never_rests_is_cut_after_a_day() {
    let start = Instant::parse("2026-03-28T22:59:59Z").unwrap().0;
    let times: Vec<String> = (0..60).map(|n| Instant(start + n * 30 * MINUTE).to_string()).collect();
    let world = world(&times.iter().map(|time| (1, LOOK, time.as_str())).collect::<Vec<_>>());
    let (labels, lines) = series(&world, "sessions", json!({"interval": "day", "timezone": "Europe/Vienna"}));
    // 48 events in the first 24 hours, begun on the 28th; the other 12 begin when it is 0:59 of the 30th, by a day of 23 hours.
    assert_eq!(labels, ["2026-03-28", "2026-03-29", "2026-03-30"]);
    assert_eq!(lines[..2], [counts(&[1, 0, 1]), vec![Some(48.0), None, Some(12.0)]]);
}
