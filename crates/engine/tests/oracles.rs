//! Every analysis beside a naive twin that was written from what the analysis says it counts, over plain lists of events:
//! ties in time, late events, customers who moved, several parts, compaction in between.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

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

fn trends(case: &Case<'_>, interval: &str) {
    let measures = json!([{}, {"of": {"event": "buy"}, "show": "customers"}, {"show": "sum", "property": "n"},
        {"of": {"event": "look"}, "show": "mean", "property": "n"}, {"of": {"event": "look"}, "show": "max", "property": "n"},
        {"show": "median", "property": "n"}, {"show": "p90", "property": "n"}]);
    let formulas = json!([{"name": "per buyer", "formula": "(A - 1) / B"}]);
    let ours = case.series("trends", json!({"measures": measures, "interval": interval, "formulas": formulas}));
    let stretches = case.stretches(interval);
    let in_stretch = |journey: &Vec<&Plain>, stretch: i64, only: Option<usize>| -> Vec<i64> {
        let meant = journey.iter().filter(|e| bucket(interval, e.time) == stretch && only.is_none_or(|only| only == e.event));
        meant.map(|e| i64::from(e.n)).collect()
    };
    let values = |stretch: i64, only| -> Vec<i64> { case.journeys.iter().flat_map(|j| in_stretch(j, stretch, only)).collect() };
    let lines: [&dyn Fn(i64) -> Option<f64>; 8] = [
        &|stretch| Some(values(stretch, None).len() as f64),
        &|stretch| Some(case.journeys.iter().filter(|j| !in_stretch(j, stretch, Some(BUY)).is_empty()).count() as f64),
        &|stretch| Some(values(stretch, None).iter().sum::<i64>() as f64),
        &|stretch| mean(&values(stretch, Some(LOOK))),
        &|stretch| values(stretch, Some(LOOK)).iter().max().map(|max| *max as f64),
        &|stretch| quantile(&values(stretch, None), 0.5),
        &|stretch| quantile(&values(stretch, None), 0.9),
        &|stretch| {
            let buyers = case.journeys.iter().filter(|j| !in_stretch(j, stretch, Some(BUY)).is_empty()).count();
            (buyers > 0).then(|| (values(stretch, None).len() as f64 - 1.0) / buyers as f64)
        },
    ];
    for (ours, theirs) in ours.lines.iter().zip(lines) {
        same(&ours.values, stretches.iter().map(|stretch| theirs(*stretch)).collect(), &ours.name);
    }
    assert_eq!(ours.unfinished_from, case.unfinished(interval));
}

/// A funnel of three steps.
#[derive(Clone, Copy)]
struct Way {
    steps: [&'static [usize]; 3],
    window: i64,
    /// Whether the second step may be left out.
    optional: bool,
    exclude: Option<usize>,
    /// Whether each step must be later than the one before.
    later: bool,
    grace: i64,
    sessions: Option<usize>,
}

const WAY: Way =
    Way { steps: [&[LOOK], &[BASKET], &[BUY]], window: 9 * DAY, optional: false, exclude: None, later: false, grace: 0, sessions: None };

/// One that counts in a funnel: for each step, when it was done (the second one at the latest); whether that is excluded; and
/// how much earlier the second one may have been in another chain that is as good.
type Went = ([Option<i64>; 3], bool, i64);

/// A row of a funnel: when (rows within the grace have one time), in which session, what.
type FunnelRow = (i64, usize, usize);

impl Way {
    fn rows(&self, journey: &[&Plain]) -> Vec<FunnelRow> {
        let visits = sessions(journey).into_iter().enumerate().flat_map(|(number, visit)| vec![number; visit.len()]);
        let meets = |event: usize| self.steps.iter().any(|step| step.contains(&event)) || self.exclude == Some(event);
        let mut rows: Vec<FunnelRow> = Vec::new();
        for (event, session) in journey.iter().zip(visits).filter(|(event, _)| meets(event.event)) {
            let group = rows.last().filter(|row| event.time - row.0 <= self.grace);
            let (time, session) = group.map_or((event.time, session), |row| (row.0, row.1));
            rows.push((time, session, event.event));
        }
        rows
    }

    fn lives(&self, start: FunnelRow, row: FunnelRow) -> bool {
        row.0 - start.0 <= self.window && self.sessions.is_none_or(|sessions| row.1 - start.1 < sessions)
    }

    /// Every way to fill the first steps, each with another row.
    fn chains(&self, rows: &[FunnelRow], chain: &[(usize, usize)], found: &mut Vec<Vec<(usize, usize)>>) {
        let last = chain.last().copied();
        let next = last.map_or(0, |(step, _)| step + 1);
        let steps = if next == 1 && self.optional { 1..3 } else { next..(next + 1).min(3) };
        for step in steps {
            for (place, row) in rows.iter().enumerate().filter(|(_, row)| self.steps[step].contains(&row.2)) {
                let follows = last.is_none_or(|(_, before)| if self.later { row.0 > rows[before].0 } else { row.0 >= rows[before].0 });
                if follows
                    && chain.iter().all(|(_, used)| *used != place)
                    && chain.first().is_none_or(|(_, start)| self.lives(rows[*start], *row))
                {
                    let longer = [chain, &[(step, place)]].concat();
                    self.chains(rows, &longer, found);
                    found.push(longer);
                }
            }
        }
    }

    /// The furthest of some chains; of several the first to come there, then the one with more steps, then the latest start.
    fn furthest(&self, rows: &[FunnelRow], chains: &[Vec<(usize, usize)>]) -> Option<Went> {
        let (start, end) = (|chain: &[(usize, usize)]| rows[chain[0].1], |chain: &[(usize, usize)]| chain[chain.len() - 1]);
        let hits = || rows.iter().filter(|row| Some(row.2) == self.exclude);
        let clean = |chain: &&Vec<(usize, usize)>| {
            let (last, until) = (end(chain).0 == 2, rows[end(chain).1].0);
            !hits().any(|hit| hit.0 > start(chain).0 && if last { hit.0 < until } else { hit.0 <= until })
        };
        let killed =
            |chain: &[(usize, usize)]| end(chain).0 < 2 && hits().any(|hit| hit.0 > rows[end(chain).1].0 && self.lives(start(chain), *hit));
        let clean: Vec<&Vec<(usize, usize)>> = chains.iter().filter(clean).collect();
        let level = clean.iter().map(|chain| end(chain).0).max()?;
        let rank = |c: &[(usize, usize)]| (killed(c), rows[end(c).1].0, std::cmp::Reverse(c.len()), std::cmp::Reverse(start(c).0));
        let best = clean.iter().filter(|chain| end(chain).0 == level).map(|chain| rank(chain)).min()?;
        let middle = |chain: &&&Vec<(usize, usize)>| chain.get(1).map(|(_, place)| rows[*place].0);
        let equal = || clean.iter().filter(|chain| end(chain).0 == level && rank(chain) == best);
        let (first, last) = (equal().min_by_key(middle)?, equal().max_by_key(middle)?);
        let mut times = [None; 3];
        last.iter().for_each(|(step, place)| times[*step] = Some(rows[*place].0));
        Some((times, best.0, middle(&last).zip(middle(&first)).map_or(0, |(last, first)| last - first)))
    }

    /// What counts of a journey by the given attempts.
    fn went(&self, journey: &[&Plain], attempts: &str) -> Vec<Went> {
        let (rows, mut chains) = (self.rows(journey), Vec::new());
        self.chains(&rows, &[], &mut chains);
        let (mut went, mut from) = (Vec::new(), i64::MIN);
        while let Some(start) = chains.iter().map(|chain| rows[chain[0].1]).filter(|row| row.0 >= from).min_by_key(|row| row.0) {
            let own: Vec<_> = chains.iter().filter(|chain| attempts == "best" || rows[chain[0].1].0 == start.0).cloned().collect();
            let Some(one) = self.furthest(&rows, &own) else { break };
            went.push(one);
            if attempts != "every" {
                break;
            }
            let over = rows.iter().filter(|row| row.0 > start.0 && !self.lives(start, **row)).map(|row| row.0).min().unwrap_or(i64::MAX);
            from = one.0[2].map_or(over, |end| end + 1);
        }
        went
    }
}

fn funnel(case: &Case<'_>, way: Way, attempts: &str, own: Value) {
    let split = own.get("hold").is_some();
    let mut journeys = case.journeys.clone();
    if split {
        journeys = journeys.iter().flat_map(|j| (0..6).map(|n| j.iter().copied().filter(|e| e.n == n).collect::<Vec<_>>())).collect();
    }
    let went: Vec<Went> = journeys.iter().flat_map(|journey| way.went(journey, attempts)).collect();
    let steps: Vec<Value> = (0..3)
        .map(|step| {
            let names: Vec<&str> = way.steps[step].iter().map(|event| EVENTS[*event]).collect();
            json!({"event": names, "optional": way.optional && step == 1})
        })
        .collect();
    let mut question = json!({"steps": steps, "window": format!("{}h", way.window / HOUR), "attempts": attempts});
    question.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    let answer = case.ask("funnel", question.clone());
    let View::Steps(ours) = answer.view else { panic!() };
    let counted: Vec<&[Option<i64>; 3]> = went.iter().filter(|(_, excluded, _)| !excluded).map(|(times, ..)| times).collect();
    let reached = |step: usize| counted.iter().filter(|times| times[step].is_some()).count() as u64;
    let stopped = |step: usize| counted.iter().filter(|times| times.iter().rposition(Option::is_some) == Some(step)).count() as u64;
    let theirs: Vec<(u64, u64)> = (0..3).map(|step| (reached(step), stopped(step))).collect();
    assert_eq!(ours.steps.iter().map(|step| (step.reached, step.stopped)).collect::<Vec<_>>(), theirs, "{question}");
    assert_eq!(ours.excluded, (went.len() - counted.len()) as u64, "{question}");
    let open = |times: &&&[Option<i64>; 3]| times[2].is_none() && times[0].unwrap() + way.window > case.known;
    assert_eq!(answer.meta.immature, counted.iter().filter(open).count() as u64, "{question}");
    let whole: Vec<i64> = counted.iter().filter_map(|times| Some(times[2]? - times[0]?)).collect();
    assert!(close(ours.time.map(|time| time.median_seconds), seconds(&whole, 0.5)), "{question}");
    let wait = |(times, _, slack): &Went, most: bool| Some(times[2]? - times[1].or(times[0])? + if most { *slack } else { 0 });
    let [least, most] = [false, true].map(|most| went.iter().filter(|one| !one.1).filter_map(|one| wait(one, most)).collect::<Vec<i64>>());
    let (ours_wait, least, most) = (ours.steps[2].median_seconds, seconds(&least, 0.5), seconds(&most, 0.5));
    assert!(least <= ours_wait && ours_wait <= most, "{question}: {least:?} {ours_wait:?} {most:?}");

    question["trend"] = json!("month");
    let ours = case.series("funnel", question);
    for (line, converted) in [(1, false), (2, true)] {
        let entered = |stretch: &i64| {
            let in_it = counted.iter().filter(|times| bucket("month", times[0].unwrap()) == *stretch);
            Some(in_it.filter(|times| !converted || times[2].is_some()).count() as f64)
        };
        same(&ours.lines[line].values, case.stretches("month").iter().map(entered).collect(), "trend");
    }
}

/// ClickHouse's `windowFunnel`, slot by slot: how far one journey comes.
fn window_funnel(journey: &[&Plain], steps: &[usize], window: i64, mode: &str) -> usize {
    let mut list: Vec<(i64, usize)> = Vec::new();
    for event in journey {
        let met = (1..=steps.len()).filter(|step| steps[step - 1] == event.event);
        let before = list.len();
        list.extend(met.map(|step| (event.time, step)));
        if list.len() == before && mode == "strict_order" {
            list.push((event.time, 0));
        }
    }
    list.sort_unstable();
    let mut slots: Vec<Option<(i64, i64)>> = vec![None; steps.len() + 1];
    for (time, step) in list {
        let before = if step > 1 { slots[step - 1] } else { None };
        match step {
            0 if slots[1].is_some() => break,
            0 => {}
            1 => slots[1] = Some((time, time)),
            _ if mode == "strict_dedup" && slots[step].is_some() => break,
            _ if mode == "strict_order" && slots[1].is_some() && before.is_none() => break,
            _ => {
                if let Some((start, last)) =
                    before.filter(|(start, last)| time <= start + window && (mode != "strict_increase" || *last < time))
                {
                    let _ = last;
                    slots[step] = Some((start, time));
                }
            }
        }
        if slots[steps.len()].is_some() {
            break;
        }
    }
    slots.iter().rposition(Option::is_some).unwrap_or(0)
}

fn funnel_modes(case: &Case<'_>) {
    for steps in [[LOOK, BASKET, BUY], [LOOK, LOOK, BUY]] {
        for (mode, once) in
            [("default", false), ("strict_order", false), ("strict_dedup", false), ("strict_increase", false), ("any_order", true)]
        {
            if mode == "any_order" && steps[0] == steps[1] {
                continue;
            }
            let named: Vec<Value> = steps.iter().map(|step| json!({"event": EVENTS[*step]})).collect();
            let answer = case.ask("funnel", json!({"steps": named, "window": "4d", "mode": mode, "once": once}));
            let View::Steps(ours) = answer.view else { panic!() };
            let different = |journey: &[&Plain], start: &Plain| {
                let near = journey.iter().filter(|e| steps.contains(&e.event) && (start.time..=start.time + 4 * DAY).contains(&e.time));
                near.map(|e| e.event).collect::<BTreeSet<_>>().len()
            };
            let level = |journey: &Vec<&Plain>| match mode {
                "any_order" => journey.iter().map(|start| different(journey, start)).max().unwrap_or(0),
                _ => window_funnel(journey, &steps, 4 * DAY, mode),
            };
            let levels: Vec<usize> = case.journeys.iter().map(level).collect();
            let theirs: Vec<u64> = (1..=3).map(|step| levels.iter().filter(|level| **level >= step).count() as u64).collect();
            assert_eq!(ours.steps.iter().map(|step| step.reached).collect::<Vec<_>>(), theirs, "{mode} {steps:?}");
        }
    }
}

fn time_to_convert(case: &Case<'_>, start: Option<usize>) {
    let (window, points) = (10 * DAY, 7);
    let mut question = json!({"goal": {"event": "buy"}, "window": "10d", "points": points});
    if let Some(start) = start {
        question["start"] = json!({"event": EVENTS[start]});
    }
    let answer = case.ask("time_to_convert", question);
    // How long each one was seen, and whether they got there.
    let mut seen: Vec<(i64, bool)> = Vec::new();
    for journey in &case.journeys {
        let Some(first) = journey.iter().position(|e| start.is_none_or(|start| e.event == start)) else { continue };
        let since = journey[first].time;
        let goal = journey[first + 1..].iter().find(|e| e.event == BUY).map(|e| e.time - since).filter(|time| *time <= window);
        seen.push(goal.map_or(((case.known - since).min(window), false), |time| (time, true)));
    }
    assert_eq!(answer.meta.immature, seen.iter().filter(|(time, got)| !got && *time < window).count() as u64);
    let View::Series(ours) = answer.view else { panic!() };
    let curve = |end: i64| {
        let mut waiting = 1.0;
        for time in seen.iter().filter(|(time, got)| *got && *time <= end).map(|(time, _)| *time).collect::<BTreeSet<_>>() {
            let at_risk = seen.iter().filter(|(other, _)| *other >= time).count() as f64;
            waiting *= 1.0 - seen.iter().filter(|(other, got)| *got && *other == time).count() as f64 / at_risk;
        }
        // Beyond the last that was seen, nothing is known, unless all got there.
        (seen.iter().any(|(time, _)| *time >= end) || (waiting <= 1e-12 && !seen.is_empty())).then_some(1.0 - waiting)
    };
    let ends: Vec<i64> = (1..=points).map(|point| window * point / points).collect();
    same(&ours.lines[0].values, ends.iter().map(|end| curve(*end)).collect(), "curve");
    let arrived = |point: i64| {
        let in_it = |time: i64| time * points <= window * point && (point == 1 || time * points > window * (point - 1));
        Some(seen.iter().filter(|(time, got)| *got && in_it(*time)).count() as f64)
    };
    same(&ours.lines[1].values, (1..=points).map(arrived).collect(), "arrived");
}

/// What is counted at a node (all, ending, going on unseen) and on a link, by step and names.
type Ways = (BTreeMap<(usize, String), (u64, u64, u64)>, BTreeMap<(usize, String, String), u64>);

fn paths(case: &Case<'_>, start: &[&str], end: &[&str], most: usize, collapse: bool, group: bool) {
    let mut question = json!({"steps": most, "collapse": collapse, "top": 1000});
    if group {
        question["without"] = json!("ca*");
        question["together"] = json!({"money": ["b*"]});
    }
    let known: BTreeSet<&str> = case.world.events.iter().map(|(_, event)| name(event)).collect();
    for (setting, names) in [("start", start), ("end", end)] {
        // A name that is nowhere in the data is refused.
        if !names.is_empty() && !names.iter().any(|name| known.contains(name)) {
            return;
        }
        if !names.is_empty() {
            question[setting] = json!(names);
        }
    }
    let (mut theirs, mut count): (Ways, u64) = (Ways::default(), 0);
    for journey in &case.journeys {
        let mut names: Vec<&str> = journey.iter().map(|e| name(e)).collect();
        if group {
            names.retain(|name| !name.starts_with("ca"));
            names.iter_mut().filter(|name| name.starts_with('b')).for_each(|name| *name = "money");
        }
        let Some(first) = names.iter().position(|name| start.is_empty() || start.contains(name)) else { continue };
        names.drain(..first);
        if !end.is_empty() {
            let from = usize::from(!start.is_empty());
            let Some(target) = names.iter().skip(from).position(|name| end.contains(name)) else { continue };
            names.truncate(from + target + 1);
        }
        if collapse {
            names.dedup();
        }
        let more = names.len() > most;
        let mut offset = 0;
        match (start.is_empty(), end.is_empty()) {
            (_, true) => names.truncate(most),
            (true, false) if more => drop(names.drain(..names.len() - most)),
            (true, false) => offset = most - names.len(),
            (false, false) if more => drop(names.splice(most - most / 2..names.len() - most / 2, ["…"])),
            _ => {}
        }
        count += 1;
        for (step, name) in names.iter().enumerate() {
            let node = theirs.0.entry((offset + step, (*name).to_owned())).or_default();
            node.0 += 1;
            let is_last = end.is_empty() && step + 1 == names.len();
            node.1 += u64::from(is_last && !more);
            node.2 += u64::from(is_last && more);
            if let Some(next) = names.get(step + 1) {
                *theirs.1.entry((offset + step, (*name).to_owned(), (*next).to_owned())).or_default() += 1;
            }
        }
    }
    let View::Paths(ours) = case.ask("paths", question.clone()).view else { panic!() };
    assert_eq!(ours.paths, count);
    let at = |place: usize| (ours.nodes[place].step, ours.nodes[place].name.clone());
    let nodes = ours.nodes.iter().map(|node| ((node.step, node.name.clone()), (node.count, node.ends, node.beyond))).collect();
    let links = ours.links.iter().map(|link| ((at(link.from).0, at(link.from).1, at(link.to).1), link.count)).collect();
    assert_eq!((nodes, links), theirs, "{question}");
}

fn follows(case: &Case<'_>, own: Value) {
    let (channels, eventually, collapse) = (own.get("of").is_some(), own.get("eventually").is_some(), own.get("collapse").is_some());
    let View::Graph(Graph { nodes, edges, sequences }) = case.ask("follows", own).view else { panic!() };
    let mut theirs: BTreeMap<(&str, &str), (u64, u64, Vec<i64>)> = BTreeMap::new();
    let mut seen: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
    for journey in &case.journeys {
        let word = |e: &Plain| if channels { if e.web { "web" } else { "store" } } else { name(e) };
        let mut rows: Vec<(&str, i64)> = journey.iter().map(|e| (word(e), e.time)).collect();
        if collapse {
            rows.dedup_by_key(|row| row.0);
        }
        let mut pairs: Vec<(usize, usize)> = (1..rows.len()).map(|row| (row - 1, row)).collect();
        if eventually {
            let first = |word: &str, from: usize| (from..rows.len()).find(|row| rows[*row].0 == word);
            let words: BTreeSet<&str> = rows.iter().map(|row| row.0).collect();
            let all = words.iter().flat_map(|a| words.iter().map(move |b| (*a, *b)));
            pairs = all.filter_map(|(a, b)| first(a, 0).and_then(|a| Some((a, first(b, a + 1)?)))).collect();
        }
        let mut once = BTreeSet::new();
        for (from, to) in pairs {
            let edge = theirs.entry((rows[from].0, rows[to].0)).or_default();
            edge.0 += 1;
            edge.1 += u64::from(once.insert((rows[from].0, rows[to].0)));
            edge.2.push(rows[to].1 - rows[from].1);
        }
        for word in rows.iter().map(|row| row.0).collect::<BTreeSet<_>>() {
            let node = seen.entry(word).or_default();
            node[0] += rows.iter().filter(|row| row.0 == word).count() as u64;
            node[1] += 1;
            node[2] += u64::from(rows[0].0 == word);
            node[3] += u64::from(rows[rows.len() - 1].0 == word);
        }
    }
    assert_eq!(sequences, case.journeys.len() as u64);
    assert_eq!(nodes.iter().map(|n| (&*n.name, [n.count, n.sequences, n.starts, n.ends])).collect::<BTreeMap<_, _>>(), seen);
    assert_eq!(edges.len(), theirs.len());
    for edge in &edges {
        let (count, sequences, waits) = &theirs[&(&*nodes[edge.from].name, &*nodes[edge.to].name)];
        assert_eq!((edge.count, edge.sequences), (*count, *sequences));
        assert!(close(edge.median_seconds, seconds(waits, 0.5)) && close(edge.mean_seconds, mean(waits).map(|mean| mean / 1e6)));
    }
}

fn variants(case: &Case<'_>, collapse: bool, steps: Option<usize>) {
    let question = json!({"collapse": collapse, "steps": steps, "top": 100_000});
    let View::Sequences(Sequences { variants, distinct, sequences }) = case.ask("variants", question).view else { panic!() };
    let mut theirs: BTreeMap<Vec<&str>, Vec<i64>> = BTreeMap::new();
    for journey in &case.journeys {
        let kept = if collapse { collapsed(journey) } else { journey.clone() };
        let names = kept.iter().take(steps.unwrap_or(usize::MAX)).map(|e| name(e)).collect();
        theirs.entry(names).or_default().push(journey[journey.len() - 1].time - journey[0].time);
    }
    assert_eq!((sequences, distinct as usize, variants.len()), (case.journeys.len() as u64, theirs.len(), theirs.len()));
    assert!(variants.is_sorted_by_key(|variant| std::cmp::Reverse(variant.count)));
    for variant in &variants {
        let spans = &theirs[&variant.steps.iter().map(String::as_str).collect::<Vec<_>>()];
        assert_eq!(variant.count, spans.len() as u64);
        assert!(
            close(Some(variant.median_seconds), seconds(spans, 0.5)) && close(Some(variant.share), share(spans.len(), case.journeys.len()))
        );
    }
}

fn loops(case: &Case<'_>) {
    let table = case.table("loops", json!({}));
    let mut theirs: BTreeMap<&str, Value> = BTreeMap::new();
    for (event, word) in EVENTS.iter().enumerate() {
        let (mut units, mut repeating, mut repeats, mut soonest, mut returns) = (0, 0, 0, Vec::new(), 0);
        for journey in case.journeys.iter().filter(|journey| journey.iter().any(|e| e.event == event)) {
            let rows: Vec<usize> = (0..journey.len()).filter(|row| journey[*row].event == event).collect();
            let (next, apart): (Vec<&[usize]>, Vec<&[usize]>) = rows.windows(2).partition(|pair| pair[1] == pair[0] + 1);
            units += 1;
            repeating += usize::from(!next.is_empty());
            repeats += next.len();
            returns += apart.len();
            soonest.extend(apart.iter().map(|pair| journey[pair[1]].time - journey[pair[0]].time).min());
        }
        if repeats + returns > 0 {
            let (returning, median) = (soonest.len(), seconds(&soonest, 0.5));
            let row =
                json!([word, units, returning, share(returning, units), returns, median, repeating, share(repeating, units), repeats]);
            theirs.insert(word, row);
        }
    }
    assert_eq!(table.rows.iter().map(|row| (row[0].as_str().unwrap(), Value::from(row.clone()))).collect::<BTreeMap<_, _>>(), theirs);
}

fn bottlenecks(case: &Case<'_>) {
    let table = case.table("bottlenecks", json!({"longest": "3d", "top": 1000}));
    let mut theirs: BTreeMap<(&str, &str), (BTreeSet<usize>, Vec<i64>)> = BTreeMap::new();
    for (number, journey) in case.journeys.iter().enumerate() {
        for pair in journey.windows(2).filter(|pair| pair[1].time - pair[0].time <= 3 * DAY) {
            let waits = theirs.entry((name(pair[0]), name(pair[1]))).or_default();
            waits.0.insert(number);
            waits.1.push(pair[1].time - pair[0].time);
        }
    }
    theirs.retain(|_, waits| waits.1.iter().any(|wait| *wait > 0));
    let all: i64 = theirs.values().flat_map(|waits| &waits.1).sum();
    assert_eq!(table.rows.len(), theirs.len());
    for row in &table.rows {
        let (units, waits) = &theirs[&(row[0].as_str().unwrap(), row[1].as_str().unwrap())];
        assert_eq!((row[2].as_u64(), row[3].as_u64()), (Some(units.len() as u64), Some(waits.len() as u64)));
        let figures: Vec<Option<f64>> = row[4..].iter().map(Value::as_f64).collect();
        let sum = waits.iter().sum::<i64>() as f64;
        same(&figures, vec![Some(sum / all as f64), seconds(waits, 0.5), seconds(waits, 0.9), mean(waits).map(|mean| mean / 1e6)], "waits");
    }
    assert!(table.rows.is_sorted_by_key(|row| std::cmp::Reverse(row[4].as_f64().map(|share| (share * 1e12) as i64))));
}

/// Retention; `brackets` are the columns: from which interval to which.
fn retention(case: &Case<'_>, own: Value, brackets: &[(i64, i64)]) {
    let interval = own["interval"].as_str().unwrap();
    let is = |setting: &str, value: Value| own.get(setting) == Some(&value);
    let (rolling, recurring) = (is("counted", json!("rolling")), is("recurring", json!(true)));
    let length = if interval == "day" { DAY } else { 7 * DAY };
    let times_min = own.get("at_least").and_then(Value::as_u64).unwrap_or(1) as usize;
    let meant = |setting: &str, event: usize, e: &Plain| own.get(setting).is_none() || e.event == event;
    // By cohort: how many; by column, who came back, for whom it is over, and both.
    let mut theirs: BTreeMap<i64, (u64, Vec<[usize; 3]>)> = BTreeMap::new();
    for journey in &case.journeys {
        let mut starts: Vec<i64> = journey.iter().filter(|e| meant("start", LOOK, e)).map(|e| e.time).collect();
        starts.dedup_by_key(|time| if rolling { *time } else { bucket(interval, *time) });
        starts.truncate(if recurring { usize::MAX } else { 1 });
        for start in starts {
            let number = |time: i64| if rolling { (time - start) / length } else { bucket(interval, time) - bucket(interval, start) };
            let ends =
                |number: i64| if rolling { start + (number + 1) * length } else { begin(interval, bucket(interval, start) + number + 1) };
            let cohort = theirs.entry(bucket(interval, start)).or_insert((0, vec![[0; 3]; brackets.len()]));
            cohort.0 += 1;
            for (cell, (from, to)) in cohort.1.iter_mut().zip(brackets) {
                let returns = journey.iter().filter(|e| meant("return", BUY, e) && e.time > start);
                let back = returns.filter(|e| (*from..=*to).contains(&number(e.time))).count() >= times_min;
                // What has no end is judged when its first interval is over.
                let last = if *to == i64::MAX { *from } else { *to };
                let over = (rolling || bucket(interval, start) + last + 1 < MONTHS.len() as i64 || interval != "month")
                    && ends(last) <= case.known + 1;
                *cell = [cell[0] + usize::from(back), cell[1] + usize::from(over), cell[2] + usize::from(over && back)];
            }
        }
    }
    let answer = case.ask("retention", own.clone());
    let View::Cohorts(Cohorts { rows, overall, intervals, .. }) = answer.view else { panic!() };
    assert_eq!((rows.len(), intervals.len()), (theirs.len(), brackets.len()), "{own}");
    for (row, (size, cells)) in rows.iter().zip(theirs.values()) {
        assert_eq!(row.size, *size, "{own}");
        for (cell, [back, over, both]) in row.cells.iter().zip(cells) {
            assert_eq!((cell.count, cell.finished), (*back as u64, *over as u64 == *size), "{own}");
            assert!(close(cell.share.map(|share| share.value), share(*both, *over)), "{own}");
        }
    }
    for (column, cell) in overall.cells.iter().enumerate() {
        let sum = |part: usize| theirs.values().map(|(_, cells)| cells[column][part]).sum::<usize>();
        let shares: Vec<f64> = theirs.values().filter_map(|(_, cells)| share(cells[column][2], cells[column][1])).collect();
        let simple = (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64);
        let expected = if is("overall", json!("simple")) { simple } else { share(sum(2), sum(1)) };
        // Means of shares are reckoned in billionths.
        assert!(cell.share.map(|share| (share.value * 1e7).round()) == expected.map(|share| (share * 1e7).round()), "{own}");
        assert_eq!(cell.count, sum(0) as u64);
    }
}

fn retentions(case: &Case<'_>) {
    let each = |n: i64| (0..=n).map(|k| (k, k)).collect::<Vec<_>>();
    let or_later = |n: i64| (0..=n).map(|k| (k, i64::MAX)).collect::<Vec<_>>();
    retention(case, json!({"interval": "week", "intervals": 4}), &each(4));
    retention(
        case,
        json!({"interval": "month", "intervals": 2, "recurring": true, "start": {"event": "look"}, "overall": "simple"}),
        &each(2),
    );
    retention(
        case,
        json!({"interval": "week", "intervals": 3, "mode": "on_or_after", "at_least": 2, "return": {"event": "buy"}}),
        &or_later(3),
    );
    let ranges = json!([[0, 3], [2, 9], [4, 20]]);
    let narrow = [(0, 3), (2, 9), (4, 20)];
    let both = json!({"start": {"event": "look"}, "return": {"event": "buy"}, "interval": "day"});
    let with = |more: Value| {
        let mut all = both.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    retention(case, with(json!({"counted": "rolling", "ranges": ranges, "recurring": true})), &narrow);
    retention(case, with(json!({"ranges": ranges})), &narrow);
    retention(case, with(json!({"counted": "rolling", "mode": "on_or_after", "intervals": 6})), &or_later(6));
}

fn lifecycle(case: &Case<'_>, of: Option<usize>, interval: &str, first_active: bool) {
    let mut question = json!({"interval": interval, "new": if first_active { "first_active" } else { "first_event" }});
    if let Some(of) = of {
        question["of"] = json!({"event": EVENTS[of]});
    }
    let ours = case.series("lifecycle", question);
    // What was before the period says who is new; who belongs to a segment is a matter of the period.
    let mut whole = case.world.customers(&Scope { from: None, bought: false, ..case.scope });
    if case.scope.bought {
        let bought = case.world.customers(&case.scope);
        whole.retain(|customer, _| bought.contains_key(customer));
    }
    let mut journeys: Vec<Vec<&Plain>> = whole.into_values().collect();
    if case.scope.sessions {
        journeys = journeys.iter().flat_map(|journey| sessions(journey)).collect();
    }
    let mut theirs: [Vec<Option<f64>>; 4] = Default::default();
    for stretch in case.stretches(interval) {
        let mut phases = [0.0; 4];
        for journey in &journeys {
            let active: Vec<i64> = journey.iter().filter(|e| of.is_none_or(|of| e.event == of)).map(|e| bucket(interval, e.time)).collect();
            let first = if first_active { active.first().copied() } else { journey.first().map(|e| bucket(interval, e.time)) };
            match (active.contains(&stretch), active.contains(&(stretch - 1))) {
                (true, _) if first == Some(stretch) => phases[0] += 1.0,
                (true, true) => phases[1] += 1.0,
                (true, false) => phases[2] += 1.0,
                (false, true) => phases[3] -= 1.0,
                (false, false) => {}
            }
        }
        theirs.iter_mut().zip(phases).for_each(|(line, value)| line.push(Some(value)));
    }
    for (line, theirs) in ours.lines.iter().zip(theirs) {
        same(&line.values, theirs, &line.name);
    }
    assert_eq!(ours.unfinished_from, case.unfinished(interval));
}

fn stickiness(case: &Case<'_>, interval: &str, of: Option<usize>, at_least: usize) {
    let mut question = json!({"interval": interval, "at_least": at_least});
    if let Some(of) = of {
        question["of"] = json!({"event": EVENTS[of]});
    }
    let ours = case.series("stickiness", question);
    let active = |journey: &Vec<&Plain>| {
        let mut stretches: BTreeMap<i64, usize> = BTreeMap::new();
        let meant = journey.iter().filter(|e| of.is_none_or(|of| e.event == of));
        meant.for_each(|e| *stretches.entry(bucket(interval, e.time)).or_default() += 1);
        stretches.values().filter(|times| **times >= at_least).count()
    };
    let counts: Vec<usize> = case.journeys.iter().map(active).filter(|active| *active > 0).collect();
    let most = counts.iter().max().copied().unwrap_or(0);
    let just = (1..=most).map(|n| Some(counts.iter().filter(|count| **count == n).count() as f64));
    same(&ours.lines[0].values, just.collect(), "just so many");
    let or_more = (1..=most).map(|n| share(counts.iter().filter(|count| **count >= n).count(), counts.len()));
    same(&ours.lines[1].values, or_more.collect(), "so many or more");
}

fn visits(case: &Case<'_>, interval: &str) {
    let question = case.scope.question(false);
    let with = |interval: &str| {
        let mut question = question.clone();
        question["interval"] = json!(interval);
        question
    };
    let View::Series(ours) = case.world.ask("sessions", &with(interval), case.map, 2).view else { panic!() };
    let visits = case.world.journeys(&Scope { sessions: true, ..case.scope });
    let stretches = case.stretches(interval);
    let lines: [&dyn Fn(&[&Vec<&Plain>]) -> Option<f64>; 4] = [
        &|visits| Some(visits.len() as f64),
        &|visits| mean(&visits.iter().map(|visit| visit.len() as i64).collect::<Vec<_>>()),
        &|visits| seconds(&visits.iter().map(|visit| visit[visit.len() - 1].time - visit[0].time).collect::<Vec<_>>(), 0.5),
        &|visits| share(visits.iter().filter(|visit| visit.len() == 1).count(), visits.len()),
    ];
    for (line, theirs) in ours.lines.iter().zip(lines) {
        let values = stretches.iter().map(|stretch| {
            let begun: Vec<&Vec<&Plain>> = visits.iter().filter(|visit| bucket(interval, visit[0].time) == *stretch).collect();
            theirs(&begun)
        });
        same(&line.values, values.collect(), &line.name);
    }
}

/// `gaps`: how long (at least, at most) each step comes after the one before; `direct` when no other step may lie between.
fn sequence(case: &Case<'_>, own: Value, gaps: [(i64, i64, bool); 2]) {
    let steps = [LOOK, BASKET, BUY];
    let mut question = json!({"steps": steps.map(|step| json!({"event": EVENTS[step]}))});
    question.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    fn end(rows: &[&Plain], steps: &[usize], gaps: &[(i64, i64, bool)], at: usize) -> Option<usize> {
        let Some(((low, high, direct), gaps)) = gaps.split_first() else { return Some(at) };
        let fits = |row: &usize| {
            let gap = rows[*row].time - rows[at].time;
            rows[*row].event == steps[1] && (*low..=*high).contains(&gap) && (!direct || *row == at + 1)
        };
        (at + 1..rows.len()).filter(fits).find_map(|row| end(rows, &steps[1..], gaps, row))
    }
    let (mut units, mut matched, mut times) = (0, 0, 0);
    for journey in &case.journeys {
        let rows: Vec<&Plain> = journey.iter().copied().filter(|e| steps.contains(&e.event)).collect();
        let (mut from, mut found) = (0, 0);
        while from < rows.len() {
            let last = if rows[from].event == steps[0] { end(&rows, &steps, &gaps, from) } else { None };
            found += u64::from(last.is_some());
            from = last.unwrap_or(from) + 1;
        }
        units += u64::from(!rows.is_empty());
        matched += u64::from(found > 0);
        times += found;
    }
    let row = case.table("sequence", question).rows.remove(0);
    assert_eq!((row[0].as_u64(), row[1].as_u64(), row[5].as_u64()), (Some(units), Some(matched), Some(times)), "{own}");
}

/// Whether a customer's tier was gold at all times of interest: since a moment, whenever it changed after that, and last.
fn tiers(world: &World, customer: i64, scope: &Scope, since: i64) -> Vec<bool> {
    let told = world.told(customer, scope.to);
    let at = |moment: i64| told.iter().filter(|(time, ..)| *time <= moment).max().is_some_and(|(.., gold)| *gold);
    [since, i64::MAX].into_iter().chain(told.iter().map(|(time, ..)| *time).filter(|time| *time > since)).map(at).collect()
}

fn segments(case: &Case<'_>) {
    let conditions = json!({
        "gold": {"trait": "tier", "is": "gold"}, "held": {"trait": "tier", "is": "gold", "for": "20d"},
        "had": {"had": {"trait": "tier", "is": "gold"}}, "had of late": {"had": {"trait": "tier", "is": "gold"}, "within": "15d"},
        "lacked": {"had": {"trait": "tier", "exists": false}, "within": "15d"}, "random": {"random": "salt", "below": 0.4},
        "buyers": {"did": "buy"}, "seldom of late": {"did": "look", "at_most": 2, "within": "30d"},
        "in order": {"sequence": ["look", "basket", "buy"], "within": "6d"}, "neither": {"not": {"or": [{"did": "call"}, {"did": "return"}]}},
    });
    let end = case.scope.to.unwrap_or(case.known + 1);
    let mut theirs: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    for (customer, journey) in case.world.customers(&case.scope) {
        let tiers = |since: i64| tiers(case.world, customer, &case.scope, since);
        let did = |event: usize| journey.iter().any(|e| e.event == event);
        let looks = journey.iter().filter(|e| e.event == LOOK && e.time >= end - 30 * DAY).count();
        let ordered = |first: usize| {
            let later = |from: usize, event: usize| (from + 1..journey.len()).find(|row| journey[*row].event == event);
            let last = later(first, BASKET).and_then(|basket| later(basket, BUY));
            last.is_some_and(|last| journey[last].time - journey[first].time <= 6 * DAY)
        };
        let mut put = |segment, belongs| theirs.entry(segment).or_default().push(belongs);
        put("gold", case.world.is_gold(customer, case.scope.to));
        put("held", tiers(end - 20 * DAY).iter().all(|gold| *gold));
        put("had", tiers(case.scope.from.unwrap_or(i64::MIN)).contains(&true));
        put("had of late", tiers(end - 15 * DAY).contains(&true));
        put("lacked", tiers(end - 15 * DAY).contains(&false));
        put("random", lot("salt", customer) < 0.4);
        put("buyers", did(BUY));
        put("seldom of late", (1..=2).contains(&looks));
        put("in order", (0..journey.len()).any(|row| journey[row].event == LOOK && ordered(row)));
        put("neither", !did(CALL) && !did(RETURN));
    }
    let mut question = case.scope.question(false);
    question["segments"] = conditions.clone();
    let View::Table(table) = case.world.ask("segments", &question, case.map, 2).view else { panic!() };
    if theirs.is_empty() {
        return assert!(table.rows.iter().all(|row| row[1] == 0));
    }
    let all: Vec<&Vec<bool>> = theirs.values().collect();
    for (place, row) in table.rows.iter().enumerate() {
        let mine = all[place];
        assert_eq!(row[0].as_str(), theirs.keys().nth(place).copied());
        let only = |i: &usize| (0..all.len()).all(|other| all[other][*i] == (other == place));
        let size = mine.iter().filter(|belongs| **belongs).count();
        assert_eq!((row[1].as_u64(), row[3].as_u64()), (Some(size as u64), Some((0..mine.len()).filter(only).count() as u64)), "{row:?}");
        for other in (0..all.len()).filter(|other| *other != place) {
            let both = mine.iter().zip(all[other]).filter(|(a, b)| **a && **b).count() as u64;
            assert_eq!(row[4 + other].as_u64(), Some(both), "{row:?}");
        }
    }
    // The same, one by one, as the segment of another question.
    for (segment, belongs) in &theirs {
        let mut question = case.scope.question(false);
        question["segment"] = json!({"and": [question.get("segment").cloned().unwrap_or(json!({"and": []})), conditions[segment]]});
        let units = case.world.ask("segments", &with_all(question), case.map, 1);
        let View::Table(table) = units.view else { panic!() };
        assert_eq!(table.rows[0][1].as_u64(), Some(belongs.iter().filter(|b| **b).count() as u64), "{segment}");
    }
}

fn with_all(mut question: Value) -> Value {
    question["segments"] = json!({"all": {"and": []}});
    question
}

fn correlation(case: &Case<'_>, start: Option<usize>) {
    let mut question = json!({"goal": {"event": "buy"}, "window": "20d", "at_least": 1});
    if let Some(start) = start {
        question["start"] = json!({"event": EVENTS[start]});
    }
    let (mut all, mut early): (Vec<(BTreeSet<&str>, bool)>, u64) = (Vec::new(), 0);
    for journey in &case.journeys {
        let Some(first) = journey.iter().position(|e| start.is_none_or(|start| e.event == start)) else { continue };
        let (own, end) = (&journey[first..], journey[first].time + 20 * DAY);
        let goal = own[1..].iter().find(|e| e.event == BUY && e.time <= end).map(|e| e.time);
        if goal.is_none() && end > case.known {
            early += 1;
            continue;
        }
        let before = own.iter().filter(|e| goal.map_or(e.time <= end, |goal| e.time < goal)).map(|e| name(e)).collect();
        all.push((before, goal.is_some()));
    }
    let answer = case.ask("correlation", question.clone());
    assert_eq!(answer.meta.immature, early);
    let View::Table(table) = answer.view else { panic!() };
    for row in &table.rows {
        let (with, without): (Vec<_>, Vec<_>) = all.iter().partition(|(did, _)| did.contains(row[0].as_str().unwrap()));
        let reached = |part: &Vec<&(BTreeSet<&str>, bool)>| share(part.iter().filter(|(_, reached)| *reached).count(), part.len());
        assert_eq!(row[1].as_u64(), Some(with.len() as u64));
        let difference = reached(&with).zip(reached(&without)).map(|(a, b)| a - b);
        same(&[row[2].as_f64(), row[3].as_f64(), row[4].as_f64()], vec![reached(&with), reached(&without), difference], "shares");
    }
    let mut theirs: BTreeMap<String, u64> = BTreeMap::new();
    for (did, reached) in &all {
        let names = did.iter().map(|name| json!({"name": name, "reached": reached})).chain([json!({"reached": reached})]);
        names.for_each(|place| *theirs.entry(place.to_string()).or_default() += 1);
    }
    assert_eq!(case.places("correlation", question), theirs);
}

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
    sequence(&case, json!({"gaps": [{"within": "3d"}, {"after": "1h"}]}), [(0, 3 * DAY, false), (HOUR, i64::MAX, false)]);
    sequence(&case, json!({"gaps": [{"directly": true}]}), [(0, i64::MAX, true), any]);
    segments(&case);
    correlation(&case, None);
    correlation(&case, Some(LOOK));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

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
