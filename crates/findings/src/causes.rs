//! Causes: what struck the same people at the same time is one, and the costliest comes first.

use std::collections::HashSet;

use periplus_model::answer::Estimate;
use periplus_stats::{Moments, newcombe, welch};

use crate::search::{Direction, Found, Kind, at};
use crate::trial::Trial;

/// Of those whom the lesser finding struck, at least this share was struck by the greater one too.
const SHARED_MIN: f64 = 0.5;
/// That is so much more than there would be if the two had nothing to do with each other.
const LIFT_MIN: f64 = 2.0;
/// What struck many times as many is not the same.
const SIZE_MIN: f64 = 0.2;
/// With fewer of them on one side, what happened to those who were struck says nothing of what it cost.
const JUDGED_MIN: u64 = 30;
/// What is sure to hurt but has cost nothing yet is ranked as if it cost this share of what a customer brings.
const COST_MIN: f64 = 0.02;

/// What begins when the other ends, give or take so many days, is its other side.
const SEAM_DAYS: u16 = 7;
/// What comes again after whole years, give or take so many days, is a season.
const SEASON_DAYS: u16 = 14;
const YEAR_DAYS: u16 = 365;

/// One cause with everything it shows in.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// What shows it most clearly.
    pub found: Found,
    /// What else shows it, the clearest first.
    pub also: Vec<Found>,
    /// Customers whom it struck.
    pub customers: u64,
    /// Of those who were struck, less of those who were not, the share that got further; null when too few are judged.
    pub further: Option<Estimate>,
    /// What those who were struck spent afterwards less what those spent who were not, in currency units; null as above or when
    /// nobody spends anything.
    pub spent: Option<Estimate>,
    /// Excess × what each costs or brings × how sure: in currency units where money is spent, else in customers.
    pub weight: f64,
    /// Three of those who were struck.
    pub examples: Vec<i64>,
}

/// Whether something struck in a trial, with a good thing that is missing whether it was missed; nothing of a trial that it is not about.
pub fn strikes(found: &Found, kinds: &[Kind], trial: &Trial) -> Option<bool> {
    let kind = kinds[found.kind];
    let covered = trial.exposed & kind.bit != 0 && found.covers(trial);
    covered.then_some((trial.hit & kind.bit != 0) == (found.more || kind.worth == Direction::More))
}

/// Puts what was found together into causes, the weightiest first. `trials` are sorted by place.
pub fn causes(mut found: Vec<Found>, trials: &[Trial], kinds: &[Kind]) -> Vec<Cause> {
    // What strikes at once says best where and when; what came of it later is one of its signs.
    found.sort_by_key(|found| kinds[found.kind].lag);
    let everybody: f64 = trials.iter().map(|trial| trial.who).collect::<HashSet<_>>().len() as f64;
    let money = trials.iter().any(|trial| trial.spent > 0);
    let usual = {
        let judged = trials.iter().filter(|trial| trial.judged);
        let (mut sum, mut n) = (0.0, 0.0);
        judged.for_each(|trial| {
            sum += if money { f64::from(trial.spent) / 100.0 } else { f64::from(u8::from(trial.reached)) };
            n += 1.0;
        });
        if n > 0.0 { sum / n } else { 0.0 }
    };
    let mut causes: Vec<(Cause, HashSet<i64>)> = Vec::new();
    for found in found {
        let here = at(trials, found.place);
        let struck: HashSet<i64> = here.iter().filter(|trial| strikes(&found, kinds, trial) == Some(true)).map(|trial| trial.who).collect();
        let same = causes.iter_mut().find(|(cause, others)| {
            let shared = struck.intersection(others).count() as f64;
            let lesser = struck.len().min(others.len()).max(1) as f64;
            let by_chance = struck.len() as f64 * others.len() as f64 / everybody.max(1.0);
            hurts(&cause.found, kinds) == hurts(&found, kinds)
                && at_once(&cause.found, &found, kinds)
                && shared >= SHARED_MIN * lesser
                && shared >= LIFT_MIN * by_chance
                && lesser >= SIZE_MIN * struck.len().max(others.len()) as f64
        });
        if let Some((cause, _)) = same {
            cause.also.push(found);
            continue;
        }
        let (further, spent) = if kinds[found.kind].costs { cost(&found, kinds, here, money) } else { (None, None) };
        let towards = if hurts(&found, kinds) { -1.0 } else { 1.0 };
        let each = match (&spent, &further) {
            (Some(spent), _) => (spent.value * towards).max(0.0),
            (None, Some(further)) if !money => (further.value * towards).max(0.0),
            _ => 0.0,
        };
        let weight = found.excess().abs() * each.max(COST_MIN * usual) * (1.0 - found.q);
        let mut examples: Vec<i64> = struck.iter().copied().collect();
        examples.sort_by_key(|who| crate::trial::mix(*who as u64));
        examples.truncate(3);
        causes.push((Cause { customers: struck.len() as u64, found, also: Vec::new(), further, spent, weight, examples }, struck));
    }
    let mut causes = other_sides(causes.into_iter().map(|(cause, _)| cause).collect(), kinds);
    causes.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(b.found.deviates.abs().total_cmp(&a.found.deviates.abs())));
    causes
}

/// Puts the other side of a cause to it: that there is more praise until something begins to hurt is no delight of its own, and what
/// comes again every year is one thing. What is bounded on both sides leads, then what is shorter.
fn other_sides(mut causes: Vec<Cause>, kinds: &[Kind]) -> Vec<Cause> {
    let last = causes.iter().filter_map(|cause| cause.found.days).map(|(_, to)| to).max().unwrap_or(0);
    causes.sort_by_key(|cause| {
        let (from, to) = cause.found.days.unwrap_or((0, u16::MAX));
        (u8::from(from == 0) + u8::from(to >= last), to - from)
    });
    let mut leading: Vec<Cause> = Vec::new();
    for cause in causes {
        let belongs = |leader: &&mut Cause| {
            let mut told = std::iter::once(&leader.found).chain(&leader.also);
            told.any(|other| is_other_side(other, &cause.found, kinds) || is_season(other, &cause.found))
        };
        match leading.iter_mut().find(belongs) {
            Some(leader) => {
                leader.also.push(cause.found);
                leader.also.extend(cause.also);
            }
            None => leading.push(cause),
        }
    }
    leading
}

/// Whether two findings at one place, of the same group, are of opposite feelings, and one begins when the other ends.
fn is_other_side(one: &Found, two: &Found, kinds: &[Kind]) -> bool {
    let (Some((a, b)), Some((c, d))) = (one.days, two.days) else { return false };
    (one.place, one.group) == (two.place, two.group)
        && hurts(one, kinds) != hurts(two, kinds)
        && (b.abs_diff(c) <= SEAM_DAYS || d.abs_diff(a) <= SEAM_DAYS)
}

/// Whether two findings are the same at the same time of other years.
fn is_season(one: &Found, two: &Found) -> bool {
    let (Some((a, b)), Some((c, d))) = (one.days, two.days) else { return false };
    let years = |from: u16, to: u16| {
        let days = from.abs_diff(to);
        let off = days % YEAR_DAYS;
        days > YEAR_DAYS / 2 && off.min(YEAR_DAYS - off) <= SEASON_DAYS
    };
    (one.place, one.kind, one.group, one.more) == (two.place, two.kind, two.group, two.more) && years(a, c) && years(b, d)
}

/// Whether it is more of something bad, or less of something good.
fn hurts(found: &Found, kinds: &[Kind]) -> bool {
    kinds[found.kind].bad == found.more
}

/// Whether two findings are about the same days: half of all that either of them is about. What may strike later is about the days in the
/// middle of the time that it may take.
fn at_once(one: &Found, two: &Found, kinds: &[Kind]) -> bool {
    let days = |found: &Found| found.days.map(|(from, to)| [from, to].map(|day| day.saturating_add(kinds[found.kind].lag / 2)));
    match (days(one), days(two)) {
        (Some([a, b]), Some([c, d])) => {
            let shared = b.min(d).saturating_sub(a.max(c));
            f64::from(shared) >= 0.5 * f64::from(b.max(d) - a.min(c))
        }
        (None, None) => true,
        _ => false,
    }
}

/// What it costs or brings: those who were struck against those at the same place, in the same group and days, who were not.
fn cost(found: &Found, kinds: &[Kind], here: &[Trial], money: bool) -> (Option<Estimate>, Option<Estimate>) {
    let (mut further, mut spent) = ([(0, 0); 2], [Moments::default(), Moments::default()]);
    for trial in here.iter().filter(|trial| trial.judged) {
        if let Some(struck) = strikes(found, kinds, trial) {
            let side = usize::from(struck);
            further[side].0 += u64::from(trial.reached);
            further[side].1 += 1;
            spent[side].add(i64::from(trial.spent));
        }
    }
    if further[0].1.min(further[1].1) < JUDGED_MIN {
        return (None, None);
    }
    let money = if money { welch(&spent[1], &spent[0]) } else { None };
    let units = |e: Estimate| Estimate { value: e.value / 100.0, low: e.low / 100.0, high: e.high / 100.0, n: e.n };
    (newcombe(further[1], further[0]), money.map(|test| units(test.difference)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: Kind = Kind {
        bit: 1,
        bad: true,
        worth: Direction::More,
        usual_max: 0.75,
        always: true,
        everybody: true,
        elsewhere: true,
        costs: true,
        lag: 0,
    };
    const KINDS: [Kind; 2] = [BAD, Kind { bit: 2, bad: false, ..BAD }];

    fn found(kind: usize, days: (u16, u16)) -> Found {
        Found {
            place: 0,
            kind,
            group: None,
            days: Some(days),
            more: true,
            hits: 60,
            trials: 200,
            expected: 0.1,
            learnt_from: 2_000,
            deviates: 6.0,
            p: 1e-6,
            q: 1e-5,
        }
    }

    /// Of each cause, what it is, when, and how many other signs it has.
    type Told = (usize, Option<(u16, u16)>, usize);

    fn told(found: Vec<Found>) -> Vec<Told> {
        let causes = causes(found, &[], &KINDS);
        causes.iter().map(|cause| (cause.found.kind, cause.found.days, cause.also.len())).collect()
    }

    #[test]
    fn that_it_is_better_before_and_after_is_the_other_side_of_a_pain() {
        let all = vec![found(1, (0, 100)), found(0, (102, 130)), found(1, (131, 400))];
        assert_eq!(told(all), [(0, Some((102, 130)), 2)]);
        let apart = vec![found(1, (0, 60)), found(0, (102, 130))];
        assert_eq!(told(apart).len(), 2, "a delight that ended long before is one of its own");
        let elsewhere = vec![Found { place: 1, ..found(1, (0, 100)) }, found(0, (102, 130))];
        assert_eq!(told(elsewhere).len(), 2);
        assert_eq!(told(vec![found(0, (0, 100)), found(0, (100, 130))]).len(), 2, "two pains are two");
    }

    #[test]
    fn what_comes_again_every_year_is_one() {
        let all = vec![found(0, (330, 365)), found(0, (697, 729)), found(0, (1_060, 1_095)), found(1, (366, 696)), found(1, (0, 328))];
        let told = told(all);
        assert_eq!((told.len(), told[0].0, told[0].2), (1, 0, 4), "{told:?}");
        assert_eq!(super::tests::told(vec![found(0, (330, 365)), found(0, (500, 535))]).len(), 2);
    }
}
