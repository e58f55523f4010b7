//! Every analysis beside a naive twin that was written from what the analysis says it counts, over plain lists of events:
//! ties in time, late events, customers who moved, several parts, compaction in between.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

#[path = "../world/mod.rs"]
mod world;

mod clocks;
mod funnels;
mod people;
mod sequences;
mod times;

use std::collections::{BTreeMap, BTreeSet};

use periplus_engine::{Share, Watch, analysis};
use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, Cohorts, Graph, Sequences, Series, Table, View};
use periplus_model::condition::lot;
use proptest::prelude::*;
use serde_json::{Value, json};

use world::{DAY, EVENTS, MAP, MINUTE, Plain, Scope, World, batch, scope, sessions};

const HOUR: i64 = 60 * MINUTE;
const LOOK: usize = 0;
const BASKET: usize = 1;
const BUY: usize = 2;
const CALL: usize = 3;
const RETURN: usize = 4;
/// When each month of the test begins, in days since 1970.
const MONTHS: [i64; 6] = [0, 31, 59, 90, 120, 151];

/// One question's part of the world, with the journeys that it speaks of.
struct Case<'a> {
    world: &'a World,
    scope: Scope,
    map: &'a JourneyMap,
    journeys: Vec<Vec<&'a Plain>>,
    period: (i64, i64),
    /// Up to when it is known what happened.
    known: i64,
}

impl Case<'_> {
    fn of<'a>(world: &'a World, scope: Scope, map: &'a JourneyMap) -> Case<'a> {
        let times = || world.events.iter().map(|(_, event)| event.time);
        let newest = times().max().unwrap_or(0);
        let period = (scope.from.unwrap_or(times().min().unwrap_or(0)), scope.to.unwrap_or(newest + 1));
        let known = scope.to.map_or(newest, |to| newest.min(to - 1));
        Case { world, scope, map, journeys: world.journeys(&scope), period, known }
    }

    fn question(&self, own: &Value) -> Value {
        let mut question = self.scope.question(true);
        question.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        question
    }

    fn ask(&self, name: &str, own: Value) -> Answer {
        self.world.ask(name, &self.question(&own), self.map, 2)
    }

    fn series(&self, name: &str, own: Value) -> Series {
        let View::Series(series) = self.ask(name, own).view else { panic!() };
        series
    }

    fn table(&self, name: &str, own: Value) -> Table {
        let View::Table(table) = self.ask(name, own).view else { panic!() };
        table
    }

    fn places(&self, name: &str, own: Value) -> BTreeMap<String, u64> {
        let (watch, question) = (Watch::default(), self.question(&own));
        let places = analysis(name).unwrap().places(&question, &self.world.desk(self.map, &watch, 2, Share::ALL)).unwrap();
        places.into_iter().map(|(place, count)| (place.to_string(), count)).collect()
    }

    /// The numbers of the stretches that the period touches.
    fn stretches(&self, interval: &str) -> Vec<i64> {
        let first = bucket(interval, self.period.0);
        if begin(interval, first) >= self.period.1 { Vec::new() } else { (first..=bucket(interval, self.period.1 - 1)).collect() }
    }

    fn unfinished(&self, interval: &str) -> Option<usize> {
        self.stretches(interval).iter().position(|stretch| begin(interval, stretch + 1) > self.known + 1)
    }
}

/// The number of a day (week from Monday, month), without time zones.
fn bucket(interval: &str, time: i64) -> i64 {
    let day = time.div_euclid(DAY);
    match interval {
        "day" => day,
        "week" => (day + 3).div_euclid(7),
        _ => MONTHS.iter().rposition(|first| *first <= day).unwrap() as i64,
    }
}

fn begin(interval: &str, bucket: i64) -> i64 {
    DAY * match interval {
        "day" => bucket,
        "week" => bucket * 7 - 3,
        _ => MONTHS[bucket as usize],
    }
}

fn close(ours: Option<f64>, theirs: Option<f64>) -> bool {
    ours.zip(theirs).map_or(ours.is_none() && theirs.is_none(), |(a, b)| (a - b).abs() <= 1e-9 * (1.0 + b.abs()))
}

#[track_caller]
fn same(ours: &[Option<f64>], theirs: Vec<Option<f64>>, about: &str) {
    assert!(ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| close(*a, *b)), "{about}: {ours:?} is not {theirs:?}");
}

fn quantile(values: &[i64], q: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let place = (sorted.len().checked_sub(1)? as f64) * q;
    let (low, high) = (sorted[place.floor() as usize] as f64, sorted[place.ceil() as usize] as f64);
    Some(low + (high - low) * place.fract())
}

fn seconds(values: &[i64], q: f64) -> Option<f64> {
    quantile(values, q).map(|micros| micros / 1e6)
}

fn mean(values: &[i64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<i64>() as f64 / values.len() as f64)
}

fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

fn name(event: &Plain) -> &'static str {
    EVENTS[event.event]
}

/// Neighbouring repetitions are one.
fn collapsed<'e>(journey: &[&'e Plain]) -> Vec<&'e Plain> {
    let mut journey = journey.to_vec();
    journey.dedup_by_key(|event| event.event);
    journey
}

use funnels::*;
use people::*;
use sequences::*;
use times::*;

fn check(world: &World, scope: Scope, map: &JourneyMap, round: usize) {
    let case = Case::of(world, scope, map);
    let intervals = ["day", "week", "month"];
    let (interval, even) = (intervals[round % 3], round.is_multiple_of(2));
    trends(&case, interval);
    funnel(&case, WAY, "best", json!({}));
    funnel(&case, Way { optional: true, exclude: Some(RETURN), ..WAY }, "best", json!({"exclude": [{"what": {"event": "return"}}]}));
    funnel(&case, Way { window: 4 * DAY, optional: even, ..WAY }, "every", json!({}));
    funnel(&case, WAY, "first", json!({"hold": ["n"]}));
    funnel(&case, Way { grace: HOUR, ..WAY }, "best", json!({"grace": "1h"}));
    funnel(&case, Way { sessions: Some(2), window: 30 * DAY, ..WAY }, "best", json!({"sessions": 2}));
    funnel(&case, Way { later: true, steps: [&[LOOK, CALL], &[LOOK], &[BUY, CALL]], ..WAY }, "best", json!({"mode": "strict_increase"}));
    funnel(&case, Way { steps: [&[LOOK], &[LOOK], &[BUY, LOOK]], ..WAY }, "best", json!({}));
    funnel_modes(&case);
    time_to_convert(&case, None);
    time_to_convert(&case, Some(LOOK));
    paths(&case, &[], &[], 4, even, false);
    paths(&case, &["look"], &[], 3, true, true);
    paths(&case, &[], &["buy", "return"], 3, even, false);
    paths(&case, &["look"], &["buy"], 4 + round % 2, even, false);
    for own in [json!({}), json!({"collapse": true}), json!({"eventually": true}), json!({"of": "channels", "collapse": true})] {
        follows(&case, own);
    }
    variants(&case, true, None);
    variants(&case, false, Some(2));
    loops(&case);
    bottlenecks(&case);
    retentions(&case);
    lifecycle(&case, None, "week", false);
    lifecycle(&case, Some(BUY), interval, true);
    lifecycle(&case, Some(LOOK), interval, false);
    stickiness(&case, interval, None, 1);
    stickiness(&case, "week", Some(LOOK), 2);
    visits(&case, interval);
    let any = (0, i64::MAX, false);
    sequence(&case, json!({}), [any, any]);
    sequence(&case, json!({"gaps": [{"within": "3d"}, {"after": "2d"}]}), [(0, 3 * DAY, false), (2 * DAY, i64::MAX, false)]);
    sequence(&case, json!({"gaps": [{"directly": true}]}), [(0, i64::MAX, true), any]);
    segments(&case);
    correlation(&case, None);
    correlation(&case, Some(LOOK));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_analysis_counts_as_its_naive_twin_does(
        batches in proptest::collection::vec(batch(), 2..5),
        scopes in proptest::collection::vec(scope(), 2..3),
    ) {
        let map = periplus_maps::parse(MAP).unwrap();
        let (early, late) = batches.split_at(batches.len() / 2);
        let mut world = World::new(early);
        scopes.iter().enumerate().for_each(|(round, scope)| check(&world, *scope, &map, round));
        world.compact();
        late.iter().for_each(|batch| world.import(batch));
        scopes.iter().enumerate().for_each(|(round, scope)| check(&world, *scope, &map, round + 1));
    }
}
