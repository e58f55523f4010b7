//! Every kernel beside a naive twin that is obvious instead of fast.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::ops::Range;

use periplus_kernels::{Funnel, FunnelRules, Matcher, Mode, Pattern, PatternStep, SessionRules, follows, sessions};
use proptest::prelude::*;

type Row = (i64, u32);

fn unzipped(rows: &[Row]) -> (Vec<i64>, Vec<u32>) {
    rows.iter().copied().unzip()
}

/// A chain: the rows that fill steps 1, 2, ...
type Chain = Vec<usize>;

/// Keeps every chain there is, and lets each (time, step) in turn make longer ones.
fn naive_level(rows: &[Row], rules: &FunnelRules) -> usize {
    let steps = rules.steps as usize;
    if rules.mode == Mode::AnyOrder {
        let windows = rows.iter().map(|(from, _)| rows.iter().filter(|(t, _)| from <= t && t - from <= rules.window).collect::<Vec<_>>());
        return windows.map(|window| most_steps(&window, 0, steps, rules.once, &mut vec![false; window.len()])).max().unwrap_or(0);
    }
    let mut chains: Vec<Vec<Chain>> = vec![Vec::new(); steps + 1];
    let level = |chains: &[Vec<Chain>]| chains.iter().rposition(|c| !c.is_empty()).unwrap_or(0);
    let mut times: Vec<i64> = rows.iter().map(|row| row.0).collect();
    times.dedup();
    for time in times {
        let here: Vec<usize> = (0..rows.len()).filter(|r| rows[*r].0 == time).collect();
        let strict_order = matches!(rules.mode, Mode::StrictOrder { .. });
        if strict_order && !chains[1].is_empty() && here.iter().any(|r| rows[*r].1.trailing_zeros() >= rules.steps) {
            return level(&chains);
        }
        for step in 1..=steps {
            let meeting: Vec<usize> = here.iter().copied().filter(|r| rows[*r].1 >> (step - 1) & 1 == 1).collect();
            if meeting.is_empty() {
                continue;
            }
            if step == 1 {
                chains[1].extend(meeting.iter().map(|r| vec![*r]));
                continue;
            }
            let reached = !chains[step].is_empty();
            if rules.mode == Mode::StrictDedup && reached {
                return level(&chains);
            }
            if strict_order && !chains[1].is_empty() && chains[step - 1].is_empty() {
                match rules.mode {
                    Mode::StrictOrder { skip_early: true } => continue,
                    _ => return level(&chains),
                }
            }
            let mut shorter = chains[step - 1].clone();
            if rules.mode == Mode::StrictIncrease && !rules.once {
                // Of all chains this mode knows only the one that was made last.
                let last = shorter.iter().map(|chain| rows[chain[step - 2]].0).max();
                shorter.retain(|chain| Some(rows[chain[step - 2]].0) == last);
                let start = shorter.iter().map(|chain| rows[chain[0]].0).max();
                shorter.retain(|chain| Some(rows[chain[0]].0) == start);
            }
            for chain in &shorter {
                for row in &meeting {
                    let in_time = time - rows[chain[0]].0 <= rules.window;
                    let own = !rules.once || !chain.contains(row);
                    let later = rules.mode != Mode::StrictIncrease || rows[chain[step - 2]].0 < time;
                    if in_time && own && later {
                        chains[step].push(chain.iter().copied().chain([*row]).collect());
                    }
                }
            }
            // Keep one chain of each kind, or there would soon be millions.
            chains[step].sort();
            chains[step].dedup();
            if step == steps && !chains[step].is_empty() {
                return steps;
            }
            if rules.mode == Mode::StrictDedup && meeting.len() > 1 && !chains[step].is_empty() {
                return level(&chains);
            }
        }
    }
    level(&chains)
}

/// The most steps from `step` on that these rows can fill.
fn most_steps(rows: &[&Row], step: usize, steps: usize, once: bool, taken: &mut Vec<bool>) -> usize {
    if step == steps {
        return 0;
    }
    let mut most = most_steps(rows, step + 1, steps, once, taken);
    for row in 0..rows.len() {
        if rows[row].1 >> step & 1 == 1 && !(once && taken[row]) {
            let before = std::mem::replace(&mut taken[row], true);
            most = most.max(1 + most_steps(rows, step + 1, steps, once, taken));
            taken[row] = before;
        }
    }
    most
}

/// Rows in time order, with many ties, few steps, and rows that meet several.
fn runs(most: usize) -> impl Strategy<Value = Vec<Row>> {
    let mask = prop_oneof![4 => (0u32..4).prop_map(|bit| 1 << bit), 1 => Just(0), 2 => 0u32..16];
    prop::collection::vec((0i64..3, mask), 0..most).prop_map(|gaps| {
        let mut time = 0;
        let row = |(gap, mask)| {
            time += gap;
            (time, mask)
        };
        gaps.into_iter().map(row).collect()
    })
}

fn modes() -> impl Strategy<Value = Mode> {
    prop_oneof![
        Just(Mode::InOrder),
        Just(Mode::StrictOrder { skip_early: false }),
        Just(Mode::StrictOrder { skip_early: true }),
        Just(Mode::StrictDedup),
        Just(Mode::StrictIncrease),
        Just(Mode::AnyOrder),
    ]
}

/// Whether the step times can be those of a chain as long as the level.
fn plausible(rows: &[Row], rules: &FunnelRules, times: &[i64]) -> bool {
    let ascending = times.is_sorted_by(|a, b| if rules.mode == Mode::StrictIncrease { a < b } else { a <= b });
    let within = times.is_empty() || times[times.len() - 1] - times[0] <= rules.window;
    let met = (0..)
        .zip(times)
        .all(|(step, time)| rows.iter().any(|(t, mask)| t == time && (rules.mode == Mode::AnyOrder || mask >> step & 1 == 1)));
    ascending && within && met
}

fn naive_count(rows: &[Row], steps: &[PatternStep]) -> u64 {
    let rows: Vec<Row> = rows.iter().copied().filter(|row| row.1 != 0).collect();
    let (mut count, mut from) = (0, 0);
    while from < rows.len() {
        match naive_end(&rows, steps, from) {
            Some(end) => (count, from) = (count + 1, end + 1),
            None => from += 1,
        }
    }
    count
}

fn naive_end(rows: &[Row], steps: &[PatternStep], at: usize) -> Option<usize> {
    if steps[0].condition.is_some_and(|bit| rows[at].1 >> bit & 1 == 0) {
        return None;
    }
    let Some(next) = steps.get(1) else { return Some(at) };
    (at + 1..rows.len())
        .filter(|candidate| next.apart || *candidate == at + 1)
        .filter(|candidate| (next.gap_min..=next.gap_max).contains(&(rows[*candidate].0 - rows[at].0)))
        .find_map(|candidate| naive_end(rows, &steps[1..], candidate))
}

fn patterns() -> impl Strategy<Value = String> {
    let between = prop_oneof![Just(""), Just(".*"), Just("(?t<=2)"), Just("(?t>1)"), Just("(?t>=1)(?t<4)"), Just("(?t==2)"), Just(".")];
    let step = prop_oneof![4 => (1..4).prop_map(|n| format!("(?{n})")), 1 => Just(".".to_owned())];
    (step.clone(), prop::collection::vec((between, step), 0..4))
        .prop_map(|(first, rest)| rest.into_iter().fold(first, |text, (gap, step)| text + gap + &step))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_funnel_reaches_what_the_longest_chain_reaches(rows in runs(10), steps in 1u32..5, window in 0i64..12, mode in modes(), once: bool) {
        let rules = FunnelRules { steps, window, mode, once, ..FunnelRules::default() };
        let mut funnel = Funnel::new(rules.clone()).unwrap();
        // What one customer leaves behind must not matter for the next.
        funnel.reach(&[1, 2, 3], &[1, 2, 4]);
        let (times, masks) = unzipped(&rows);
        let reached = funnel.reach(&times, &masks);
        prop_assert_eq!(reached.level as usize, naive_level(&rows, &rules));
        prop_assert_eq!(reached.level as usize, reached.step_times.len());
        prop_assert!(plausible(&rows, &rules, reached.step_times), "{:?}", reached.step_times);
    }

    #[test]
    fn rows_of_one_time_have_no_order(rows in runs(10), steps in 1u32..5, window in 0i64..12, mode in modes(), once: bool) {
        let mut funnel = Funnel::new(FunnelRules { steps, window, mode, once, ..FunnelRules::default() }).unwrap();
        let (times, masks) = unzipped(&rows);
        let expected = funnel.reach(&times, &masks).step_times.to_vec();
        let mut turned = rows.clone();
        turned.chunk_by_mut(|a, b| a.0 == b.0).for_each(|group| group.reverse());
        let (times, masks) = unzipped(&turned);
        prop_assert_eq!(funnel.reach(&times, &masks).step_times, &expected[..]);
    }

    #[test]
    fn a_pattern_occurs_where_trying_everything_finds_it(rows in runs(14), text in patterns()) {
        let pattern = Pattern::parse(&text, 1).unwrap();
        let expected = naive_count(&rows, pattern.steps());
        let mut matcher = Matcher::new(pattern);
        let (times, masks) = unzipped(&rows);
        prop_assert_eq!(matcher.count(&times, &masks), expected);
        prop_assert_eq!(matcher.occurs(&times, &masks), expected > 0);
    }

    #[test]
    fn sessions_are_cut_where_a_loop_would_cut(gaps in prop::collection::vec(0i64..50, 0..60)) {
        let times: Vec<i64> = gaps.iter().scan(0, |time, gap| { *time += gap; Some(*time) }).collect();
        let mut expected: Vec<Range<usize>> = Vec::new();
        for (row, time) in times.iter().enumerate() {
            match expected.last_mut() {
                Some(open) if time - times[row - 1] <= 30 && time - times[open.start] < 100 => open.end = row + 1,
                _ => expected.push(row..row + 1),
            }
        }
        prop_assert_eq!(sessions(&times, SessionRules { gap_max: 30, length_max: 100 }).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn codes_follow_each_other(rows in runs(12)) {
        let (times, codes) = unzipped(&rows);
        let expected: Vec<(u32, u32, i64)> = (1..rows.len()).map(|i| (codes[i - 1], codes[i], times[i] - times[i - 1])).collect();
        prop_assert_eq!(follows(&times, &codes).collect::<Vec<_>>(), expected);
    }
}
