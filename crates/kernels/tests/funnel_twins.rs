//! What funnels can do beyond ClickHouse, beside a naive twin that tries every chain.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use periplus_kernels::{Entry, Exclusion, Funnel, FunnelRules, FunnelRun, Mode, Reached};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
struct Row {
    time: i64,
    mask: u32,
    hit: u32,
    session: u32,
}

/// Rows that have no order among themselves.
#[derive(Debug)]
struct Group {
    time: i64,
    session: u32,
    rows: Vec<usize>,
    hit: u32,
}

/// (step, group, row) of every step passed.
type Chain = Vec<(u32, usize, usize)>;

/// What is compared: level, optional steps and others passed, start, end, excluded.
type Outcome = (u32, u32, Option<i64>, Option<i64>, bool);

struct Twin<'a> {
    rows: &'a [Row],
    groups: Vec<Group>,
    rules: &'a FunnelRules,
}

impl Twin<'_> {
    fn new<'a>(rows: &'a [Row], rules: &'a FunnelRules) -> Twin<'a> {
        let mut groups: Vec<Group> = Vec::new();
        let grace = if rules.mode == Mode::AnyOrder { 0 } else { rules.grace };
        for (number, row) in rows.iter().enumerate() {
            let hit = row.hit & ((1 << rules.exclusions.len()) - 1);
            if row.mask & ((1 << rules.steps) - 1) == 0 && hit == 0 {
                continue;
            }
            match groups.last_mut() {
                Some(group) if row.time - group.time <= grace => {
                    group.rows.push(number);
                    group.hit |= hit;
                }
                _ => groups.push(Group { time: row.time, session: row.session, rows: vec![number], hit }),
            }
        }
        Twin { rows, groups, rules }
    }

    fn live(&self, start: usize, at: usize) -> bool {
        let (start, at) = (&self.groups[start], &self.groups[at]);
        at.time - start.time <= self.rules.window && self.rules.sessions.is_none_or(|n| at.session - start.session < n)
    }

    fn hits(&self, group: usize) -> impl Iterator<Item = &Exclusion> {
        self.rules.exclusions.iter().enumerate().filter(move |(bit, _)| self.groups[group].hit >> bit & 1 == 1).map(|(_, e)| e)
    }

    fn clean(&self, chain: &Chain) -> bool {
        let end = chain[chain.len() - 1].1;
        let reached = |step| chain.iter().find(|link| link.0 >= step).map(|link| link.1);
        !(0..=end).any(|x| {
            self.hits(x).any(|e| reached(e.after).is_some_and(|after| after < x) && reached(e.before).is_none_or(|before| x < before))
        })
    }

    /// Every clean chain that there is.
    fn chains(&self) -> Vec<Chain> {
        let mut all = Vec::new();
        let mut open: Vec<Chain> = vec![Vec::new()];
        while let Some(chain) = open.pop() {
            let last = chain.last().copied();
            for step in last.map_or(0, |link| link.0 + 1)..self.rules.steps {
                for group in last.map_or(0, |link| link.1)..self.groups.len() {
                    for row in self.groups[group].rows.iter().copied().filter(|row| self.rows[*row].mask >> step & 1 == 1) {
                        let used = self.rules.once && chain.iter().any(|link| link.2 == row);
                        let same_time = self.rules.mode == Mode::StrictIncrease && last.is_some_and(|link| link.1 == group);
                        let longer: Chain = chain.iter().copied().chain([(step, group, row)]).collect();
                        if !used && !same_time && self.live(longer[0].1, group) {
                            if self.clean(&longer) {
                                all.push(longer.clone());
                            }
                            open.push(longer);
                        }
                    }
                }
                if self.rules.optional >> step & 1 == 0 {
                    break;
                }
            }
        }
        all
    }

    /// The group, until `end`, whose exclusion kills a chain after it came as far as it did.
    fn killed(&self, chain: &Chain, end: usize) -> Option<usize> {
        let (step, last, _) = chain[chain.len() - 1];
        (last + 1..self.groups.len().min(end + 1))
            .find(|x| self.live(chain[0].1, *x) && self.hits(*x).any(|e| e.after <= step && step < e.before))
    }

    /// The chain that is told of those that end until `end`.
    fn best(&self, chains: &[Chain], end: usize) -> Outcome {
        let ends = |chain: &Chain| chain[chain.len() - 1].1;
        let Some(furthest) = chains.iter().filter(|c| ends(c) <= end).map(|c| c[c.len() - 1].0).max() else {
            return (0, 0, None, None, false);
        };
        let mut from = 0;
        loop {
            let arrived = |c: &&Chain, from: usize| ends(c) <= end && ends(c) >= from && c[c.len() - 1].0 == furthest;
            let first = chains.iter().filter(|c| arrived(c, from)).map(ends).min().unwrap();
            let best = chains.iter().filter(|c| arrived(c, from) && ends(c) == first).max_by_key(|c| (c.len(), c[0].1)).unwrap();
            let killed = self.killed(best, end);
            if let Some(group) = killed {
                from = group;
                if chains.iter().any(|c| arrived(&c, group)) {
                    continue;
                }
            }
            let (start, last) = (self.groups[best[0].1].time, self.groups[first].time);
            return (furthest + 1, best.len() as u32, Some(start), Some(last), killed.is_some());
        }
    }

    fn attempts(&self) -> Vec<Outcome> {
        let chains = self.chains();
        let (mut attempts, mut from) = (Vec::new(), 0);
        while let Some(start) = chains.iter().map(|chain| chain[0].1).filter(|group| *group >= from).min() {
            let own: Vec<Chain> = chains.iter().filter(|chain| chain[0].1 == start).cloned().collect();
            let (mut end, mut next) = (self.groups.len() - 1, self.groups.len());
            for group in start..self.groups.len() {
                let last = |chain: &Chain| chain[chain.len() - 1];
                if !self.live(start, group) {
                    (end, next) = (group - 1, group);
                } else if own.iter().any(|chain| last(chain).1 == group && last(chain).0 + 1 == self.rules.steps) {
                    (end, next) = (group, group + 1);
                } else if !own.iter().any(|chain| last(chain).1 <= group && self.killed(chain, group).is_none()) {
                    (end, next) = (group, group);
                } else {
                    continue;
                }
                break;
            }
            attempts.push(self.best(&own, end));
            from = next;
        }
        attempts
    }

    /// In any order: (level, start, excluded).
    fn any_order(&self) -> (u32, Option<i64>, bool) {
        // Every way to give steps rows, as (last group, level, first group).
        let mut ways: Vec<Vec<Option<(usize, usize)>>> = vec![Vec::new()];
        let places: Vec<(usize, usize)> =
            self.groups.iter().enumerate().flat_map(|(g, group)| group.rows.iter().map(move |r| (g, *r))).collect();
        for step in 0..self.rules.steps {
            let choices = places.iter().filter(|place| self.rows[place.1].mask >> step & 1 == 1).map(|place| Some(*place));
            let choices: Vec<_> = choices.chain([None]).collect();
            let free = |way: &[Option<(usize, usize)>], choice: &Option<(usize, usize)>| {
                !self.rules.once || choice.is_none() || !way.contains(choice)
            };
            let longer = ways.iter().flat_map(|way| choices.iter().filter(|c| free(way, c)).map(|c| [&way[..], &[*c]].concat()));
            ways = longer.collect();
        }
        let met = ways.iter().map(|way| way.iter().flatten().map(|place| place.0).collect::<Vec<_>>()).filter(|met| !met.is_empty());
        let spans = met.map(|met| (*met.iter().max().unwrap(), met.len() as u32, *met.iter().min().unwrap()));
        let fits = |(last, level, first): &(usize, u32, usize)| {
            let whole = *level == self.rules.steps;
            self.live(*first, *last) && !(first + 1..=*last).any(|x| self.groups[x].hit != 0 && !(whole && x == *last))
        };
        let spans: Vec<(usize, u32, usize)> = spans.filter(fits).collect();
        let Some(level) = spans.iter().map(|span| span.1).max() else { return (0, None, false) };
        let mut from = 0;
        loop {
            let arrived = spans.iter().filter(|span| span.1 == level && span.0 >= from);
            let best = arrived.min_by_key(|span| (span.0, std::cmp::Reverse(span.2))).unwrap();
            let dead =
                (best.0 + 1..self.groups.len()).find(|x| level < self.rules.steps && self.groups[*x].hit != 0 && self.live(best.2, *x));
            if let Some(group) = dead {
                from = group;
                if spans.iter().any(|span| span.1 == level && span.0 >= from) {
                    continue;
                }
            }
            return (level, Some(self.groups[best.2].time), dead.is_some());
        }
    }
}

fn outcome(reached: Reached<'_>) -> Outcome {
    (reached.level, reached.passed.count_ones(), reached.step_times.first().copied(), reached.step_times.last().copied(), reached.excluded)
}

/// Whether the steps told can be those of a chain.
fn plausible(rows: &[Row], rules: &FunnelRules, reached: Reached<'_>) -> bool {
    let skipped = !reached.passed & (((1u64 << reached.level) - 1) as u32);
    let met = (0..reached.level as usize).filter_map(|step| Some((step, reached.time(step)?)));
    let near = |row: &Row, time: i64| (time..=time + rules.grace).contains(&row.time);
    skipped & !rules.optional == 0
        && reached.step_times.len() == reached.level as usize
        && reached.step_times.is_sorted()
        && reached.time(reached.level as usize).is_none()
        && met.into_iter().all(|(step, time)| rows.iter().any(|row| near(row, time) && row.mask >> step & 1 == 1))
}

fn runs(most: usize) -> impl Strategy<Value = Vec<Row>> {
    let mask = prop_oneof![5 => (0u32..4).prop_map(|bit| 1 << bit), 1 => Just(0), 1 => 0u32..16];
    let hit = prop_oneof![5 => Just(0), 1 => 1u32..4];
    prop::collection::vec((0i64..4, mask, hit, prop::bool::weighted(0.3)), 0..most).prop_map(|rows| {
        let (mut time, mut session) = (0, 0);
        let row = |(gap, mask, hit, cut): (i64, u32, u32, bool)| {
            time += gap;
            session += u32::from(cut && gap > 0);
            Row { time, mask, hit, session }
        };
        rows.into_iter().map(row).collect()
    })
}

fn rules(order: impl Strategy<Value = Mode>) -> impl Strategy<Value = FunnelRules> {
    let exclusions = prop::collection::vec((0u32..3, 1u32..4).prop_map(|(after, more)| Exclusion { after, before: after + more }), 0..3);
    let entry = prop_oneof![Just(Entry::Best), Just(Entry::First), Just(Entry::Every)];
    let sessions = prop_oneof![2 => Just(None), 1 => (1u32..4).prop_map(Some)];
    (2u32..5, 0i64..14, order, any::<(bool, u32)>(), exclusions, sessions, prop_oneof![3 => Just(0i64), 1 => 0i64..4], entry).prop_map(
        |(steps, window, mode, (once, optional), mut exclusions, sessions, grace, entry)| {
            exclusions.iter_mut().for_each(|e| {
                *e = Exclusion { after: e.after.min(steps - 2), before: e.before.clamp(e.after.min(steps - 2) + 1, steps - 1) }
            });
            let optional = optional & ((1 << (steps - 1)) - 1) & !1;
            let rules = FunnelRules { steps, window, mode, once, optional, exclusions, sessions, grace, entry };
            if mode != Mode::AnyOrder {
                return rules;
            }
            let whole = rules.exclusions.iter().map(|_| Exclusion { after: 0, before: steps - 1 }).collect();
            FunnelRules { optional: 0, exclusions: whole, entry: Entry::Best, ..rules }
        },
    )
}

fn split(rows: &[Row]) -> [Vec<u32>; 3] {
    [rows.iter().map(|row| row.mask).collect(), rows.iter().map(|row| row.hit).collect(), rows.iter().map(|row| row.session).collect()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_best_of_all_chains_is_told(rows in runs(9), rules in rules(prop_oneof![Just(Mode::InOrder), Just(Mode::StrictIncrease)])) {
        let mut rules = rules;
        // Without `once`, this mode has a peculiarity of ClickHouse's, which its own twin knows.
        rules.once |= rules.mode == Mode::StrictIncrease;
        let twin = Twin::new(&rows, &rules);
        let times: Vec<i64> = rows.iter().map(|row| row.time).collect();
        let [masks, exclusions, sessions] = split(&rows);
        let run = FunnelRun { times: &times, masks: &masks, exclusions: &exclusions, sessions: &sessions };
        let mut funnel = Funnel::new(rules.clone()).unwrap();
        // What one customer leaves behind must not matter for the next.
        funnel.reach(&[1, 2, 3], &[1, 2, 4]);
        let mut told = Vec::new();
        let mut all_plausible = true;
        funnel.each(&run, |reached| {
            all_plausible &= plausible(&rows, &rules, reached);
            told.push(outcome(reached));
        });
        prop_assert!(all_plausible);
        let mut expected = match rules.entry {
            Entry::Best => vec![twin.best(&twin.chains(), twin.groups.len())],
            _ => twin.attempts(),
        };
        if rules.entry == Entry::First {
            expected.truncate(1);
        }
        expected.retain(|outcome| outcome.0 > 0);
        prop_assert_eq!(&told, &expected);
        prop_assert_eq!(outcome(funnel.reach_in(&run)), expected.first().copied().unwrap_or_default());
    }

    #[test]
    fn in_any_order_the_fullest_window_is_told(rows in runs(7), rules in rules(Just(Mode::AnyOrder))) {
        let times: Vec<i64> = rows.iter().map(|row| row.time).collect();
        let [masks, exclusions, sessions] = split(&rows);
        let mut funnel = Funnel::new(rules.clone()).unwrap();
        let reached = funnel.reach_in(&FunnelRun { times: &times, masks: &masks, exclusions: &exclusions, sessions: &sessions });
        prop_assert_eq!((reached.level, reached.step_times.first().copied(), reached.excluded), Twin::new(&rows, &rules).any_order());
    }

    #[test]
    fn nothing_makes_a_funnel_panic(
        rows in prop::collection::vec((any::<i64>(), any::<u32>(), any::<u32>(), any::<u32>()), 0..20),
        steps in 1u32..33, window in 0i64.., optional: u32, grace in 0i64.., sessions in prop::option::of(1u32..),
        mode in prop_oneof![
            Just(Mode::InOrder), Just(Mode::StrictOrder { skip_early: true }), Just(Mode::StrictDedup), Just(Mode::StrictIncrease), Just(Mode::AnyOrder)
        ],
        once: bool,
    ) {
        let mut rows = rows;
        rows.sort();
        let any = mode == Mode::AnyOrder;
        let optional = if any { 0 } else { optional & (u32::MAX >> (32 - steps) >> 1) & !1 };
        let exclusions = if steps > 1 { vec![Exclusion { after: 0, before: steps - 1 }; 32] } else { Vec::new() };
        let entry = if any { Entry::Best } else { Entry::Every };
        let mut funnel = Funnel::new(FunnelRules { steps, window, mode, once, optional, exclusions, sessions, grace, entry }).unwrap();
        let times: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let masks: Vec<u32> = rows.iter().map(|row| row.1).collect();
        // Slices that are too short are an error of the caller, but no reason to fall over.
        let exclusions: Vec<u32> = rows.iter().map(|row| row.2).take(10).collect();
        let sessions: Vec<u32> = rows.iter().map(|row| row.3).take(15).collect();
        funnel.each(&FunnelRun { times: &times, masks: &masks, exclusions: &exclusions, sessions: &sessions }, |_| ());
    }
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let three = FunnelRules { steps: 3, ..FunnelRules::default() };
    for wrong in [
        FunnelRules { steps: 0, ..three.clone() },
        FunnelRules { steps: 33, ..three.clone() },
        FunnelRules { window: -1, ..three.clone() },
        FunnelRules { grace: -1, ..three.clone() },
        FunnelRules { sessions: Some(0), ..three.clone() },
        FunnelRules { optional: 0b001, ..three.clone() },
        FunnelRules { optional: 0b100, ..three.clone() },
        FunnelRules { optional: 0b1000, ..three.clone() },
        FunnelRules { exclusions: vec![Exclusion { after: 1, before: 1 }], ..three.clone() },
        FunnelRules { exclusions: vec![Exclusion { after: 0, before: 3 }], ..three.clone() },
        FunnelRules { exclusions: vec![Exclusion { after: 0, before: 2 }; 33], ..three.clone() },
        FunnelRules { optional: 0b010, mode: Mode::AnyOrder, ..three.clone() },
        FunnelRules { entry: Entry::Every, mode: Mode::AnyOrder, ..three.clone() },
    ] {
        let error = Funnel::new(wrong.clone()).err();
        assert!(error.is_some_and(|error| error.to_string().len() > 20), "{wrong:?}");
    }
    assert!(Funnel::new(FunnelRules { optional: 0b010, exclusions: vec![Exclusion { after: 0, before: 2 }; 32], ..three }).is_ok());
}

#[test]
fn a_long_run_takes_no_squares() {
    let n = 100_000;
    let times: Vec<i64> = (0..n).map(|row| row / 7).collect();
    let masks: Vec<u32> = (0..n).map(|row| if row == 0 { 3 } else { 4 + 8 * (row % 2) as u32 }).collect();
    let hits: Vec<u32> = (0..n).map(|row| u32::from(row % 11 == 0)).collect();
    for (mode, entry) in [(Mode::AnyOrder, Entry::Best), (Mode::InOrder, Entry::Best), (Mode::InOrder, Entry::Every)] {
        let optional = if mode == Mode::AnyOrder { 0 } else { 2 };
        let exclusions = if mode == Mode::AnyOrder { Vec::new() } else { vec![Exclusion { after: 0, before: 4 }] };
        let rules = FunnelRules { steps: 5, mode, entry, optional, exclusions, ..FunnelRules::default() };
        let mut funnel = Funnel::new(rules).unwrap();
        let mut told = 0;
        funnel.each(&FunnelRun { times: &times, masks: &masks, exclusions: &hits, sessions: &[] }, |_| told += 1);
        assert_eq!(told, 1);
    }
}
