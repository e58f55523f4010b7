//! Paths, retention, lifecycle, rework and what follows what, beside naive twins.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};

use periplus_kernels::{
    Again, Bracket, EventuallyFollows, Finish, Intervals, NEIGHBOURS_MAX, Neighbour, Neighbours, PathRules, Paths, Phase, Retention,
    RetentionRules, Rework, lifecycle,
};
use proptest::prelude::*;

/// Rows in time order with many ties and few codes.
fn runs(most: usize) -> impl Strategy<Value = (Vec<i64>, Vec<u32>)> {
    prop::collection::vec((0i64..3, 0u32..5), 0..most).prop_map(|rows| {
        let mut time = 0;
        let row = |(gap, code)| {
            time += gap;
            (time, code)
        };
        rows.into_iter().map(row).unzip()
    })
}

type Told = (Vec<(u32, i64)>, usize, usize, Finish);

fn naive_path(rows: &[(u32, i64)], rules: &PathRules) -> Option<Told> {
    let mut path = rows.to_vec();
    if !rules.starts.is_empty() {
        let start = path.iter().position(|row| rules.starts.contains(&row.0))?;
        path.drain(..start);
    }
    if rules.collapse {
        path.dedup_by_key(|row| row.0);
    }
    let n = rules.steps_max;
    if rules.ends.is_empty() {
        let finish = if path.len() > n { Finish::GoesOn } else { Finish::Ended };
        path.truncate(n);
        return (!path.is_empty()).then_some((path, 0, 0, finish));
    }
    let after = usize::from(!rules.starts.is_empty());
    let end = after + path.get(after..)?.iter().position(|row| rules.ends.contains(&row.0))?;
    path.truncate(end + 1);
    let left_out = path.len().saturating_sub(n);
    if left_out == 0 {
        return Some((path, 0, 0, Finish::Target));
    }
    if rules.starts.is_empty() {
        return Some((path[left_out..].to_vec(), left_out, 0, Finish::Target));
    }
    let head = n.div_ceil(2);
    let kept = [&path[..head], &path[path.len() - (n - head)..]].concat();
    Some((kept, left_out, head, Finish::Target))
}

fn naive_retention(starts: &[i64], returns: &[i64], intervals: Intervals<'_>, rules: &RetentionRules) -> Vec<(i64, usize, Vec<bool>)> {
    let mut entries = Vec::new();
    let mut seen = BTreeSet::new();
    // Which interval of the calendar a time lies in.
    let calendar = |bounds: &[i64], time: i64| (1..bounds.len()).find(|i| bounds[i - 1] <= time && time < bounds[*i]).map(|i| i - 1);
    for (place, start) in starts.iter().copied().enumerate() {
        if place > 0 && !rules.recurring {
            break;
        }
        let (cohort, key) = match intervals {
            Intervals::Calendar(bounds) => match calendar(bounds, start) {
                Some(cohort) => (cohort, cohort as i64),
                None => continue,
            },
            Intervals::Rolling(_) => (0, start),
        };
        if !seen.insert(key) {
            continue;
        }
        let number = |time: i64| match intervals {
            Intervals::Calendar(bounds) => calendar(bounds, time).unwrap_or(1000) - cohort,
            Intervals::Rolling(length) => ((time - start) / length) as usize,
        };
        let back = rules.brackets.iter().map(|bracket| {
            let inside = |time: &&i64| {
                let k = number(**time);
                bracket.from as usize <= k && bracket.to.is_none_or(|to| k <= to as usize)
            };
            let last = cohort + bracket.from as usize;
            let begins = match intervals {
                Intervals::Calendar(bounds) => last < bounds.len(),
                Intervals::Rolling(_) => true,
            };
            begins && returns.iter().filter(|time| **time > start).filter(inside).count() >= rules.times_min
        });
        entries.push((start, cohort, back.collect()));
    }
    entries
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neighbours_are_counted_and_counted_again(
        rounds in prop::collection::vec(prop::collection::vec(prop::collection::vec(prop_oneof![0u8..4, 0u8..64], 0..9), 0..9), 1..4),
        often in prop_oneof![9 => Just(1usize), 1 => 1usize..80],
    ) {
        let mut neighbours = Neighbours::default();
        for runs in rounds {
            let mut codes: BTreeMap<u8, Neighbour> = BTreeMap::new();
            let mut pairs: BTreeMap<(u8, u8), (u64, u64)> = BTreeMap::new();
            let runs = vec![runs; often].concat();
            for run in &runs {
                run.iter().for_each(|code| codes.entry(*code).or_default().count += 1);
                BTreeSet::from_iter(run).into_iter().for_each(|code| codes.entry(*code).or_default().runs += 1);
                run.first().into_iter().for_each(|code| codes.entry(*code).or_default().starts += 1);
                run.last().into_iter().for_each(|code| codes.entry(*code).or_default().ends += 1);
                run.windows(2).for_each(|pair| pairs.entry((pair[0], pair[1])).or_default().0 += 1);
                let different: BTreeSet<&[u8]> = run.windows(2).collect();
                different.into_iter().for_each(|pair| pairs.entry((pair[0], pair[1])).or_default().1 += 1);
            }
            prop_assert!(codes.keys().all(|code| usize::from(*code) < NEIGHBOURS_MAX));
            let ends: Vec<u32> = runs.iter().scan(0, |sum, run| { *sum += run.len() as u32; Some(*sum) }).collect();
            // In two calls, as two stretches of rows.
            let half = runs.len() / 2;
            let rows = half.checked_sub(1).map_or(0, |last| ends[last]);
            let all = runs.concat();
            neighbours.count(&all[..rows as usize], &ends[..half]);
            neighbours.count(&all[rows as usize..], &ends[half..].iter().map(|end| end - rows).collect::<Vec<_>>());
            let expected_pairs: Vec<_> = pairs.into_iter().map(|((from, to), (count, runs))| (from, to, count, runs)).collect();
            prop_assert_eq!(neighbours.take(), (codes.into_iter().collect::<Vec<_>>(), expected_pairs));
        }
    }

    #[test]
    fn a_path_is_what_is_left_after_cutting(
        (times, codes) in runs(14),
        starts in prop::collection::vec(0u32..6, 0..3), ends in prop::collection::vec(0u32..6, 0..3),
        steps_max in 1usize..7, collapse: bool,
    ) {
        let rules = PathRules { starts, ends, steps_max, collapse };
        let rows: Vec<(u32, i64)> = codes.iter().copied().zip(times.iter().copied()).collect();
        let mut paths = Paths::new(rules.clone());
        paths.path(&[1, 2, 3], &[0, 1, 2]);
        let told = paths.path(&times, &codes).map(|path| (path.steps.to_vec(), path.left_out, path.left_out_at, path.finish));
        prop_assert_eq!(told, naive_path(&rows, &rules));
    }

    #[test]
    fn who_came_back_is_who_is_found_by_counting(
        (times, codes) in runs(14),
        lengths in prop::collection::vec(1i64..6, 0..8), length in 1i64..6, rolling: bool,
        brackets in prop::collection::vec((0u32..5, prop::option::of(0u32..3)), 1..5), times_min in 1usize..4, recurring: bool,
    ) {
        let bounds: Vec<i64> = [1].into_iter().chain(lengths).scan(0, |at, length| { *at += length; Some(*at) }).collect();
        let intervals = if rolling { Intervals::Rolling(length) } else { Intervals::Calendar(&bounds) };
        let brackets = brackets.into_iter().map(|(from, more)| Bracket { from, to: more.map(|more| from + more) }).collect();
        let rules = RetentionRules { brackets, times_min, recurring };
        let of = |code: u32| times.iter().zip(&codes).filter(|row| *row.1 <= code).map(|row| *row.0).collect::<Vec<i64>>();
        let (starts, returns) = (of(1), of(3));
        let mut told = Vec::new();
        Retention::new(rules.clone()).each(&starts, &returns, intervals, |entrant| told.push((entrant.start, entrant.cohort, entrant.back.to_vec())));
        prop_assert_eq!(&told, &naive_retention(&starts, &returns, intervals, &rules));
        // What is over cannot change by what comes later.
        for (start, _, back) in told {
            let passed = intervals.passed(start, 8);
            let until: Vec<i64> = returns.iter().copied().filter(|time| *time < 8).collect();
            Retention::new(RetentionRules { recurring: false, ..rules.clone() }).each(&[start], &until, intervals, |entrant| {
                for (place, bracket) in rules.brackets.iter().enumerate().filter(|(_, bracket)| bracket.to.is_some()) {
                    assert!(!bracket.is_over(passed) || entrant.back[place] == back[place]);
                }
            });
        }
    }

    #[test]
    fn phases_are_those_of_each_bucket((times, _) in runs(14), first in 0i64..20) {
        let active: BTreeSet<i64> = times.iter().copied().collect();
        let expected: Vec<(i64, Phase)> = (0..60).filter_map(|bucket| {
            let before = active.contains(&(bucket - 1));
            let phase = match (active.contains(&bucket), before) {
                (true, _) if bucket == first => Phase::New,
                (true, true) => Phase::Returning,
                (true, false) => Phase::Resurrecting,
                (false, true) => Phase::Dormant,
                (false, false) => return None,
            };
            Some((bucket, phase))
        }).collect();
        prop_assert_eq!(lifecycle(&times, first).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn loops_are_those_of_each_code((times, codes) in runs(14)) {
        let mut expected: BTreeMap<u32, Again> = BTreeMap::new();
        for (row, code) in codes.iter().enumerate() {
            let again = expected.entry(*code).or_insert(Again { code: *code, rows: 0, repeats: 0, returns: 0, return_times: None });
            again.rows += 1;
            let Some(before) = codes[..row].iter().rposition(|earlier| earlier == code) else { continue };
            if before + 1 == row {
                again.repeats += 1;
            } else {
                again.returns += 1;
                let wait = times[row] - times[before];
                again.return_times = Some(again.return_times.map_or((wait, wait), |(low, high)| (low.min(wait), high.max(wait))));
            }
        }
        let mut rework = Rework::default();
        prop_assert_eq!(rework.again(&times, &codes).collect::<Vec<_>>(), expected.into_values().collect::<Vec<_>>());
    }

    #[test]
    fn what_ever_follows_is_what_is_found_by_looking((times, codes) in runs(14)) {
        let mut expected = BTreeMap::new();
        for (a, b) in (0..5).flat_map(|a| (0..5).map(move |b| (a, b))) {
            let Some(first) = codes.iter().position(|code| *code == a) else { continue };
            let Some(next) = codes[first + 1..].iter().position(|code| *code == b) else { continue };
            expected.insert((a, b), times[first + 1 + next] - times[first]);
        }
        let mut follows = EventuallyFollows::default();
        let pairs: Vec<_> = follows.pairs(&times, &codes).collect();
        prop_assert_eq!(pairs.len(), expected.len());
        prop_assert_eq!(pairs.into_iter().map(|(a, b, wait)| ((a, b), wait)).collect::<BTreeMap<_, _>>(), expected);
    }

    #[test]
    fn no_time_and_no_code_is_too_large(times in prop::collection::vec(any::<i64>(), 0..9), codes in prop::collection::vec(any::<u32>(), 0..9), length: i64, now: i64) {
        let mut times = times;
        times.sort_unstable();
        EventuallyFollows::default().pairs(&times, &codes).count();
        Rework::default().again(&times, &codes).count();
        lifecycle(&times, now).count();
        Paths::new(PathRules::default()).path(&times, &codes);
        let mut brackets = Bracket::exact(2);
        brackets.push(Bracket { from: u32::MAX, to: Some(u32::MAX) });
        brackets.push(Bracket { from: 3, to: Some(1) });
        for intervals in [Intervals::Rolling(length), Intervals::Calendar(&times)] {
            let rules = RetentionRules { brackets: brackets.clone(), times_min: 0, recurring: true };
            Retention::new(rules).each(&times, &times, intervals, |_| ());
            intervals.passed(length, now);
        }
    }
}
