//! Funnels, by trying every chain of events.

use super::*;

/// A funnel of three steps.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) steps: [&'static [usize]; 3],
    pub(super) window: i64,
    /// Whether the second step may be left out.
    pub(super) optional: bool,
    pub(super) exclude: Option<usize>,
    /// Whether each step must be later than the one before.
    pub(super) later: bool,
    pub(super) grace: i64,
    pub(super) sessions: Option<usize>,
}

pub(super) const WAY: Way =
    Way { steps: [&[LOOK], &[BASKET], &[BUY]], window: 9 * DAY, optional: false, exclude: None, later: false, grace: 0, sessions: None };

/// One that counts in a funnel: for each step, when it was done (the second one at the latest); whether that is excluded; and
/// how much earlier the second one may have been in another chain that is as good.
pub(super) type Went = ([Option<i64>; 3], bool, i64);

/// A row of a funnel: when (rows within the grace have one time), in which session, what.
pub(super) type FunnelRow = (i64, usize, usize);

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
        // Of chains that come as far at the same time, the one with most steps that started latest stands for all: it lives
        // longest, and is the one that is asked whether it was killed.
        let stands_for_others = |chain: &&&Vec<(usize, usize)>| {
            let rivals = clean.iter().filter(|other| end(other).0 == level && rows[end(other).1].0 == rows[end(chain).1].0);
            rivals.map(|other| (other.len(), start(other).0)).max() == Some((chain.len(), start(chain).0))
        };
        let best = clean.iter().filter(|chain| end(chain).0 == level).filter(stands_for_others).map(|chain| rank(chain)).min()?;
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

pub(super) fn funnel(case: &Case<'_>, way: Way, attempts: &str, own: Value) {
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
pub(super) fn window_funnel(journey: &[&Plain], steps: &[usize], window: i64, mode: &str) -> usize {
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

pub(super) fn funnel_modes(case: &Case<'_>) {
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
