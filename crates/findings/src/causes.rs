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

/// Whom a finding struck: with a good thing that is missing, those who missed it.
fn strikes(found: &Found, kinds: &[Kind], trial: &Trial) -> Option<bool> {
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
        let (further, spent) = cost(&found, kinds, here, money);
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
    let mut causes: Vec<Cause> = causes.into_iter().map(|(cause, _)| cause).collect();
    causes.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(b.found.deviates.abs().total_cmp(&a.found.deviates.abs())));
    causes
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
