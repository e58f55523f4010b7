//! Who belongs to a segment, and what goes with reaching a goal.

use super::*;

/// Whether a customer's tier was gold at all times of interest: since a moment, whenever it changed after that, and last.
pub(super) fn tiers(world: &World, customer: i64, scope: &Scope, since: i64) -> Vec<bool> {
    let told = world.told(customer, scope.to);
    let at = |moment: i64| told.iter().filter(|(time, ..)| *time <= moment).max().is_some_and(|(.., gold)| *gold);
    [since, i64::MAX].into_iter().chain(told.iter().map(|(time, ..)| *time).filter(|time| *time > since)).map(at).collect()
}

pub(super) fn segments(case: &Case<'_>) {
    let conditions = json!({
        "gold": {"trait": "tier", "is": "gold"}, "held": {"trait": "tier", "is": "gold", "for": "20d"},
        "had": {"had": {"trait": "tier", "is": "gold"}}, "had of late": {"had": {"trait": "tier", "is": "gold"}, "within": "15d"},
        "lacked": {"had": {"trait": "tier", "exists": false}, "within": "15d"}, "random": {"random": "salt", "below": 0.4},
        "buyers": {"did": "buy"}, "seldom of late": {"did": {"and": []}, "at_most": 3, "within": "20d"},
        "in order": {"sequence": ["look", "basket", "buy"], "within": "6d"}, "neither": {"not": {"or": [{"did": "call"}, {"did": "return"}]}},
    });
    let end = case.scope.to.unwrap_or(case.known + 1);
    let mut theirs: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    for (customer, journey) in case.world.customers(&case.scope) {
        let tiers = |since: i64| tiers(case.world, customer, &case.scope, since);
        let did = |event: usize| journey.iter().any(|e| e.event == event);
        let late = journey.iter().filter(|e| e.time >= end - 20 * DAY).count();
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
        put("seldom of late", (1..=3).contains(&late));
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

pub(super) fn with_all(mut question: Value) -> Value {
    question["segments"] = json!({"all": {"and": []}});
    question
}

pub(super) fn correlation(case: &Case<'_>, start: Option<usize>) {
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
