//! The search: every place, kind, group and stretch of days, and what of it is more than chance.

use std::sync::atomic::{AtomicUsize, Ordering};

use periplus_stats::benjamini_hochberg;
use periplus_stats::distribution::normal_two_sided;

use crate::contrast::{Count, two};
use crate::narrow::narrowed;
use crate::series::{Series, counted};
use crate::trial::Trial;

/// With fewer trials than this on one side there is nothing to compare.
const TRIALS_MIN: f64 = 30.0;
/// What struck fewer is an anecdote.
const HITS_MIN: f64 = 10.0;
/// A difference smaller than this is not worth a card, however sure.
const DIFFERENCE_MIN: f64 = 0.03;
/// The false discovery rate.
const FALSE_DISCOVERIES: f64 = 0.05;
/// At this probability a comparison is taken out before the place is looked at again.
pub(crate) const TAKEN_OUT: f64 = 1e-3;
/// So often.
const ROUNDS: usize = 5;
/// Days are first looked at in about so many steps.
const STEPS: usize = 60;
/// A stretch of days for everybody has every day of the week; one of a group need not, since the others have the same days.
pub(crate) const WEEK: usize = 7;
pub(crate) const DAYS_MIN: usize = 3;
/// A stretch that leaves out less than this is not distinguished from always.
const DAYS_OUT_MIN: usize = 7;

/// What can strike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kind {
    /// Its bit in [`Trial::exposed`] and [`Trial::hit`].
    pub bit: u32,
    /// Whether more of it hurts; else it delights.
    pub bad: bool,
    /// What is worth telling of it.
    pub worth: Direction,
    /// Where it usually strikes more than this share, it is how things are, and more of it is no finding.
    pub usual_max: f64,
    /// Whether it is worth telling what a group is always like.
    pub always: bool,
    /// Whether it is worth telling what some days did to everybody; of what has its seasons it is not.
    pub everybody: bool,
    /// Whether what came of it says what it costs or brings; not where it is what came of it.
    pub costs: bool,
    /// Whether how often it strikes can be compared between places where the same is done; not of what each place has its own measure for.
    pub elsewhere: bool,
    /// Up to so many days after a trial it may still strike. So it begins to strike trials of so many days before its cause began.
    pub lag: u16,
}

/// Which differences are worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More of it.
    More,
    /// More and less of it.
    Both,
}

/// Something that struck more often, or less often, than it should have.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Where.
    pub place: u16,
    /// What: the index of the kind.
    pub kind: usize,
    /// Whom: a group; everybody when absent.
    pub group: Option<u8>,
    /// When: the first day, and the one after the last; always when absent.
    pub days: Option<(u16, u16)>,
    /// Whether it is more than expected.
    pub more: bool,
    /// How often it struck, of how many trials.
    pub hits: u64,
    /// Of how many trials.
    pub trials: u64,
    /// The rate that was to be expected.
    pub expected: f64,
    /// What that was learnt from: so many trials.
    pub learnt_from: u64,
    /// How far from it, in standard errors.
    pub deviates: f64,
    /// How probable that would be by chance, with all stretches of days that were tried.
    pub p: f64,
    /// The false discovery rate at which it would just be told.
    pub q: f64,
}

impl Found {
    /// How many more (or fewer) were struck than expected.
    pub fn excess(&self) -> f64 {
        self.hits as f64 - self.expected * self.trials as f64
    }

    /// Whether it speaks of a trial at its place.
    pub fn covers(&self, trial: &Trial) -> bool {
        self.place == trial.place
            && self.group.is_none_or(|group| trial.groups >> group & 1 == 1)
            && self.days.is_none_or(|(from, to)| (from..to).contains(&trial.day))
    }
}

/// What a search came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Searched {
    /// What was found, the surest first.
    pub found: Vec<Found>,
    /// How many comparisons were made.
    pub comparisons: u64,
}

/// Where to look, and whom to compare with whom.
#[derive(Clone, Copy, Debug)]
pub struct Among<'a> {
    /// One entry per group (at most 64): the bits of those groups whose members it is compared with, itself among them, such as all
    /// values of one trait, so that nobody is compared with those of whom the trait is not known; 0 is everybody.
    pub peers: &'a [u64],
    /// Places where the same is done in different circumstances, such as one form on a phone and on a desk: each is compared with the
    /// others of its family. No place is in two of them.
    pub families: &'a [Vec<u16>],
    /// How many days there are.
    pub days: usize,
}

/// Looks everywhere, with so many threads; their number changes nothing. `trials` must be sorted by place and, within it, by customer.
pub fn search(trials: &[Trial], kinds: &[Kind], among: &Among<'_>, threads: usize) -> Searched {
    let peers = &among.peers[..among.peers.len().min(64)];
    if among.days == 0 {
        return Searched::default();
    }
    let here: Vec<&[Trial]> = trials.chunk_by(|a, b| a.place == b.place).collect();
    let mut looked = each(&here, threads, |here, looked| {
        kinds.iter().enumerate().for_each(|kind| looked.at(here, kind, peers, among.days, &mut vec![false; here.len()]));
    });
    // What a place has on some days, or of a group, is no difference between places.
    let families = each(among.families, threads, |family, of_family| of_family.within(family, trials, kinds, &looked.all));
    looked.all.extend(families.all);
    looked.silent.extend(families.silent);
    let Looked { mut all, silent } = looked;
    let p: Vec<f64> = all.iter().map(|found| found.p).chain(silent.iter().copied()).collect();
    for (found, q) in all.iter_mut().zip(benjamini_hochberg(&p)) {
        found.q = q;
    }
    all.retain(|found| {
        let kind = &kinds[found.kind];
        let difference = found.hits as f64 / found.trials as f64 - found.expected;
        found.q < FALSE_DISCOVERIES
            && difference.abs() >= DIFFERENCE_MIN
            && (found.more || kind.worth == Direction::Both)
            && found.excess().abs() >= HITS_MIN
            // What changed is news however usual it was before.
            && (!found.more || found.days.is_some() || found.expected <= kind.usual_max)
    });
    all.sort_by(|a, b| {
        b.deviates.abs().total_cmp(&a.deviates.abs()).then_with(|| (a.place, a.kind, a.group).cmp(&(b.place, b.kind, b.group)))
    });
    Searched { found: all, comparisons: p.len() as u64 }
}

/// Looks at each of several things by itself; a thread that is done takes the next. Together they are in the order of the things.
fn each<T: Sync>(things: &[T], threads: usize, look: impl Fn(&T, &mut Looked) + Sync) -> Looked {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut own = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(thing) = things.get(at) else { return own };
            let mut looked = Looked::default();
            look(thing, &mut looked);
            own.push((at, looked));
        }
    };
    let mut done: Vec<(usize, Looked)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(things.len())).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        // What a thread could not finish because it panicked is a panic here too.
        done.extend(others.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))));
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    let mut together = Looked::default();
    for (_, one) in done {
        together.all.extend(one.all);
        together.silent.extend(one.silent);
    }
    together
}

/// What was looked at.
#[derive(Default)]
struct Looked {
    /// What was taken out.
    all: Vec<Found>,
    /// How probable everything else is by chance.
    silent: Vec<f64>,
}

impl Looked {
    /// Looks at one kind of thing among the trials of one place, without those that are left out.
    fn at(&mut self, here: &[Trial], (index, kind): (usize, &Kind), peers: &[u64], days: usize, left_out: &mut [bool]) {
        for _ in 0..ROUNDS {
            // Most things never happen at most places.
            let (hits, exposed) = counted(here, left_out, kind.bit)
                .fold((0_u32, 0_u32), |(hits, exposed), trial| (hits + u32::from(trial.hit & kind.bit != 0), exposed + 1));
            if f64::from(hits) < HITS_MIN || f64::from(exposed) < 2.0 * TRIALS_MIN {
                break;
            }
            let series = Series::of(here, left_out, kind.bit, peers, days);
            let mut compared = compare(&series, kind, peers.len());
            for found in &mut compared {
                (found.place, found.kind) = (here[0].place, index);
            }
            // Of comparisons that overlap, the one that shows it most clearly tells it; the others are asked again without it.
            let best = compared
                .iter()
                .enumerate()
                .filter(|(_, found)| found.p < TAKEN_OUT)
                .max_by(|a, b| a.1.deviates.abs().total_cmp(&b.1.deviates.abs()));
            let Some((best, _)) = best else {
                self.silent.extend(compared.iter().map(|found| found.p));
                break;
            };
            let best = compared.swap_remove(best);
            let found = narrowed(&series, kind, best);
            for (trial, out) in here.iter().zip(left_out.iter_mut()) {
                *out |= found.covers(trial);
            }
            self.all.push(found);
        }
    }

    /// Looks at the places of a family as if each were a group at one place, at all times, without what was found at one of them.
    fn within(&mut self, family: &[u16], trials: &[Trial], kinds: &[Kind], found: &[Found]) {
        let family = &family[..family.len().min(64)];
        let peers = vec![u64::MAX >> (64 - family.len().max(1)); family.len()];
        let member = |(bit, place): (usize, &u16)| at(trials, *place).iter().map(move |trial| (bit, trial));
        let mut members: Vec<(usize, &Trial)> = family.iter().enumerate().flat_map(member).collect();
        members.sort_by_key(|(_, trial)| trial.who);
        let together: Vec<Trial> = members.iter().map(|(bit, trial)| Trial { place: 0, day: 0, groups: 1 << bit, ..**trial }).collect();
        let before = self.all.len();
        for (index, kind) in kinds.iter().enumerate().filter(|(_, kind)| kind.elsewhere && kind.always) {
            let here: Vec<&Found> = found.iter().filter(|found| found.kind == index && family.contains(&found.place)).collect();
            let mut left_out: Vec<bool> = members.iter().map(|(_, trial)| here.iter().any(|found| found.covers(trial))).collect();
            self.at(&together, (index, kind), &peers, 1, &mut left_out);
        }
        for found in &mut self.all[before..] {
            let bit = found.group.take().map_or(0, usize::from);
            found.place = family.get(bit).copied().unwrap_or_default();
        }
    }
}

/// The trials of a place; they are sorted by place.
pub(crate) fn at(trials: &[Trial], place: u16) -> &[Trial] {
    let from = trials.partition_point(|trial| trial.place < place);
    let to = trials.partition_point(|trial| trial.place <= place);
    &trials[from..to]
}

/// All comparisons of one kind of thing at one place.
fn compare(series: &Series, kind: &Kind, groups: usize) -> Vec<Found> {
    let mut list = Vec::new();
    for group in 0..=groups {
        let mine = series.whole(group);
        let others = series.peers(group, 0, series.days()).less(mine);
        if mine.trials < TRIALS_MIN {
            continue;
        }
        let told = |days: Option<(usize, usize)>, here: Count, expected: f64, learnt: f64, deviates: f64, tried: usize| Found {
            place: 0,
            kind: 0,
            group: group.checked_sub(1).map(|group| group as u8),
            days: days.map(|(from, to)| (from as u16, to as u16)),
            more: deviates > 0.0,
            hits: here.hits as u64,
            trials: here.trials as u64,
            expected,
            learnt_from: learnt as u64,
            deviates,
            p: (probability(deviates, kind.worth) * tried as f64).min(1.0),
            q: 1.0,
        };
        if kind.always && group > 0 && others.trials >= TRIALS_MIN && mine.hits.max(others.hits) >= HITS_MIN {
            list.push(told(None, mine, others.rate(), others.trials, two(mine, others, series.inflation), 1));
        }
        // A group that is nearly everybody shows on its days what everybody shows.
        if group > 0 && others.trials < TRIALS_MIN {
            continue;
        }
        if (group > 0 || kind.everybody)
            && let Some(best) = scan(series, group, kind)
        {
            let (from, to) = best.days;
            list.push(told(Some((from, to)), series.count(group, from, to), best.expected, best.learnt_from, best.deviates, best.tried));
        }
    }
    list
}

/// How probable a deviation at least as large is by chance; of what is worth telling only when there is more, upwards.
pub(crate) fn probability(deviates: f64, worth: Direction) -> f64 {
    match worth {
        Direction::Both => normal_two_sided(deviates),
        Direction::More if deviates > 0.0 => normal_two_sided(deviates) / 2.0,
        Direction::More => 1.0,
    }
}

/// The stretch of days that deviates most.
struct Stretch {
    days: (usize, usize),
    expected: f64,
    learnt_from: f64,
    deviates: f64,
    tried: usize,
}

/// Tries stretches of days: first in steps, then the ends of the best one day by day.
fn scan(series: &Series, group: usize, kind: &Kind) -> Option<Stretch> {
    let days = series.days();
    let shortest = if group == 0 { WEEK } else { DAYS_MIN };
    if days < shortest + DAYS_OUT_MIN {
        return None;
    }
    let longest = days - DAYS_OUT_MIN;
    let mine = series.whole(group);
    let mut tried = 0;
    let mut look = |from: usize, to: usize, closely: bool| -> Option<Stretch> {
        if to > days || to < from + shortest || to - from > longest {
            return None;
        }
        // Where what is always so is no news, neither is what was so most of the time, but for a few weeks of the season.
        if !kind.always && to < days && 2 * (to - from) > days {
            return None;
        }
        // Of a change that is worth telling either way, the news is what is since then, not what was until then.
        if kind.worth == Direction::Both && from == 0 {
            return None;
        }
        let here = series.count(group, from, to);
        let before = mine.less(here);
        if here.trials < TRIALS_MIN || before.trials < TRIALS_MIN || here.hits.max(before.hits) < HITS_MIN {
            return None;
        }
        tried += 1;
        let (deviates, expected) = if group == 0 {
            (two(here, before, series.inflation), before.rate())
        } else {
            let square = series.square(group, from, to);
            if square.others.trials < TRIALS_MIN || square.others_before.trials < TRIALS_MIN {
                return None;
            }
            (if closely { square.beyond(series.inflation) } else { square.look(series.inflation) }, square.expected())
        };
        Some(Stretch { days: (from, to), expected, learnt_from: before.trials, deviates, tried: 0 })
    };
    // Less on some days is more on the others; of things that are worth telling only when there is more, only that is looked for.
    let strength = |stretch: &Stretch| if kind.worth == Direction::Both { stretch.deviates.abs() } else { stretch.deviates };
    let better = |best: &mut Option<Stretch>, next: Option<Stretch>| {
        if let Some(next) = next
            && best.as_ref().is_none_or(|best| strength(&next) > strength(best))
        {
            *best = Some(next);
        }
    };
    let step = days.div_ceil(STEPS).max(1);
    let mut best = None;
    for from in (0..days).step_by(step) {
        for to in (from + step..days).step_by(step).chain([days]) {
            better(&mut best, look(from, to, false));
        }
    }
    for _ in 0..2 {
        let (from, to) = best.take()?.days;
        for from in from.saturating_sub(step)..=from + step {
            for to in to.saturating_sub(step)..=to + step {
                better(&mut best, look(from, to, true));
            }
        }
    }
    best.map(|best| Stretch { tried, ..best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Trials, mix};

    const MORE: Kind = Kind {
        bit: 1,
        bad: true,
        worth: Direction::More,
        usual_max: 1.0,
        always: true,
        everybody: true,
        elsewhere: true,
        costs: true,
        lag: 0,
    };
    const PEERS: [u64; 8] = [3, 3, 28, 28, 28, 224, 224, 224];

    fn among(peers: &[u64], days: usize) -> Among<'_> {
        Among { peers, families: &[], days }
    }

    /// A year of customers in eight groups (by pairs of three properties); `rate` says how likely it strikes whom when.
    fn company(customers: i64, seed: u64, rate: impl Fn(u64, u16) -> f64) -> Trials {
        let mut trials = Trials::default();
        let dice = |n: u64| mix(seed.wrapping_mul(0x9E37_79B9).wrapping_add(n)) as f64 / u64::MAX as f64;
        for who in 0..customers {
            let me = mix(seed ^ mix(who as u64));
            let groups = 1 << (me % 2) | 4 << (me / 2 % 3) | 32 << (me / 6 % 3);
            // Some are struck more easily than others, at all times.
            let frail = 0.5 + dice(me);
            let visits = 1 + me / 100 % 6;
            let mut own = (0..visits)
                .map(|visit| {
                    let day = (mix(me ^ visit) % 365) as u16;
                    let hit = dice(me.wrapping_add(visit)) < rate(groups, day) * frail;
                    Trial { day, groups, exposed: 1, hit: u32::from(hit), ..Trial::default() }
                })
                .collect();
            trials.add(who, &mut own);
        }
        trials
    }

    fn found(trials: Trials) -> Vec<Found> {
        search(&trials.sorted(), &[MORE], &among(&PEERS, 365), 2).found
    }

    /// Whose findings with days are, and their days, the earliest first.
    fn in_time(found: &[Found]) -> (Vec<Option<u8>>, Vec<(u16, u16)>) {
        let mut told: Vec<_> = found.iter().map(|f| (f.group, f.days.unwrap())).collect();
        told.sort_by_key(|(_, days)| *days);
        told.into_iter().unzip()
    }

    #[test]
    fn a_group_on_some_days_is_found_with_its_days() {
        let trials = company(6_000, 3, |groups, day| if groups & 8 != 0 && (100..160).contains(&day) { 0.3 } else { 0.1 });
        let found = found(trials);
        assert_eq!(found.len(), 1, "{found:#?}");
        let (from, to) = found[0].days.unwrap();
        assert_eq!(found[0].group, Some(3));
        assert!(from.abs_diff(100) <= 2 && to.abs_diff(160) <= 2, "{from} to {to}");
        assert!((found[0].expected - 0.1).abs() < 0.02);
    }

    #[test]
    fn a_group_at_all_times_and_days_for_everybody_are_told_as_that() {
        let always = found(company(6_000, 4, |groups, _| if groups & 1 != 0 { 0.2 } else { 0.1 }));
        assert_eq!(always.iter().map(|f| (f.group, f.days)).collect::<Vec<_>>(), [(Some(0), None)]);
        let days = found(company(6_000, 5, |_, day| if day >= 300 { 0.25 } else { 0.1 }));
        assert_eq!(days.len(), 1, "{days:#?}");
        assert_eq!(days[0].group, None);
        let (from, to) = days[0].days.unwrap();
        assert!(from.abs_diff(300) <= 2 && to == 365, "{from} to {to}");
    }

    #[test]
    fn one_place_of_a_family_is_told_from_the_others() {
        // Whoever belongs to the first group fills in the form at place 1, the others at place 0 or 2; at 1 it strikes three times as many.
        let mut trials = company(6_000, 9, |groups, _| if groups & 1 != 0 { 0.3 } else { 0.1 });
        trials.judge(|trial| trial.place = if trial.groups & 1 != 0 { 1 } else { (trial.who % 2 * 2) as u16 });
        let families = [vec![0, 1, 2]];
        let told = |trials: Trials| {
            let among = Among { families: &families, ..among(&PEERS, 365) };
            search(&trials.sorted(), &[MORE], &among, 2).found
        };
        let found = told(trials.clone());
        assert_eq!(found.iter().map(|f| (f.place, f.group, f.days)).collect::<Vec<_>>(), [(1, None, None)], "{found:#?}");
        assert!((found[0].expected - 0.1).abs() < 0.02 && found[0].covers(&Trial { place: 1, ..Trial::default() }));
        let sorted = trials.clone().sorted();
        let with = |threads: usize| search(&sorted, &[MORE], &Among { families: &families, ..among(&PEERS, 365) }, threads);
        assert_eq!(with(1), with(4), "in whatever order they are done");
        assert!(self::found(trials.clone()).is_empty(), "within each place nobody is told from anybody");
        let alarms = (1..=20).filter(|seed| !told(trials.clone().shuffled(*seed, 365, &families)).is_empty()).count();
        assert!(alarms <= 3, "{alarms} of 20 shuffled copies");
    }

    #[test]
    fn two_causes_at_one_place_are_two_findings() {
        let found = found(company(20_000, 6, |groups, day| {
            if groups & 4 != 0 && day < 60 {
                0.3
            } else if groups & 64 != 0 && (200..260).contains(&day) {
                0.25
            } else {
                0.1
            }
        }));
        let mut told: Vec<_> = found.iter().map(|f| f.group).collect();
        told.sort_unstable();
        assert_eq!(told, [Some(2), Some(6)], "{found:#?}");
    }

    #[test]
    fn incidents_with_quiet_days_between_them_are_two_and_each_is_told_of_those_it_struck() {
        // Half of all for 30 days, and after ten quiet ones everybody for 20: together they deviate more than either.
        let found = found(company(16_000, 7, |groups, day| match day {
            100..130 if groups & 1 != 0 => 0.23,
            140..160 => 0.17,
            _ => 0.1,
        }));
        let (groups, days) = in_time(&found);
        assert_eq!(groups, [Some(0), None], "{found:#?}");
        let near = |days: (u16, u16), from: u16, to: u16| days.0.abs_diff(from) <= 2 && days.1.abs_diff(to) <= 2;
        assert!(near(days[0], 100, 130) && near(days[1], 140, 160), "{days:?}");
    }

    #[test]
    fn a_few_cases_are_told_as_well_as_they_can_be() {
        // Something that never happened strikes a third for a month, and everybody for three weeks after ten days.
        let found = found(company(1_100, 3, |groups, day| match day {
            98..129 if groups & 4 != 0 => 0.18,
            139..159 => 0.09,
            _ => 0.0,
        }));
        assert_eq!(in_time(&found).0, [Some(2), None], "{found:#?}");
    }

    #[test]
    fn what_strikes_everybody_and_some_of_them_more_is_everybodys() {
        let found = found(company(16_000, 8, |groups, day| match day {
            200..240 if groups & 1 != 0 => 0.3,
            200..240 => 0.22,
            _ => 0.1,
        }));
        assert_eq!(found.iter().map(|f| f.group).collect::<Vec<_>>(), [None], "{found:#?}");
    }

    #[test]
    fn shuffled_labels_and_quiet_companies_hold_nothing() {
        let alarms = |of: &dyn Fn(u64) -> Trials| (0..60).filter(|seed| !found(of(*seed)).is_empty()).count();
        assert!(alarms(&|seed| company(1_500, seed, |_, _| 0.1)) <= 3, "5 % of 60");
        let planted = company(3_000, 9, |groups, day| if groups & 8 != 0 && (100..160).contains(&day) { 0.5 } else { 0.1 });
        assert!(!found(planted.clone()).is_empty(), "the control has something to lose");
        assert!(alarms(&|seed| planted.clone().shuffled(seed, 365, &[])) <= 3);
    }

    #[test]
    fn nothing_and_next_to_nothing_are_searched_without_complaint() {
        assert_eq!(search(&[], &[MORE], &among(&[], 0), 2), Searched::default());
        let one = Trial { exposed: 1, hit: 1, day: 9, groups: u64::MAX, ..Trial::default() };
        assert!(search(&[one; 40], &[MORE], &among(&[0; 64], 1), 2).found.is_empty());
        assert!(search(&[one; 40], &[MORE], &among(&[u64::MAX; 99], 30), 2).found.is_empty());
    }
}
