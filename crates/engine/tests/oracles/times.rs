//! What is counted over time: trends, times to convert, retention, lifecycle, stickiness, sessions.

use super::*;

pub(super) fn trends(case: &Case<'_>, interval: &str) {
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

pub(super) fn time_to_convert(case: &Case<'_>, start: Option<usize>) {
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

/// Retention; `brackets` are the columns: from which interval to which.
pub(super) fn retention(case: &Case<'_>, own: Value, brackets: &[(i64, i64)]) {
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

pub(super) fn retentions(case: &Case<'_>) {
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

pub(super) fn lifecycle(case: &Case<'_>, of: Option<usize>, interval: &str, first_active: bool) {
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

pub(super) fn stickiness(case: &Case<'_>, interval: &str, of: Option<usize>, at_least: usize) {
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

/// A figure of some visits.
type Figure = dyn Fn(&[&Vec<&Plain>]) -> Option<f64>;

pub(super) fn visits(case: &Case<'_>, interval: &str) {
    let question = case.scope.question(false);
    let with = |interval: &str| {
        let mut question = question.clone();
        question["interval"] = json!(interval);
        question
    };
    let View::Series(ours) = case.world.ask("sessions", &with(interval), case.map, 2).view else { panic!() };
    let visits = case.world.journeys(&Scope { sessions: true, ..case.scope });
    let stretches = case.stretches(interval);
    let lines: [&Figure; 4] = [
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
