//! A stretch of days that was found, told more narrowly where that tells it better: as the part of it that belongs to a group, or as
//! the clearer of two incidents with quiet days between them.
//!
//! That something struck is sure by then; this is about its best description. Descriptions are weighed by the Bayesian information
//! criterion (Schwarz 1978): by how much likelier they make what was seen on these days, less the logarithm of the number of trials for
//! everything more that they have to say. Each part of a description moves the odds of what was to be expected of those in it by one
//! factor; what is in no part is as expected.

use crate::contrast::{Count, two};
use crate::search::{DAYS_MIN, Found, Kind, TAKEN_OUT, WEEK, probability};
use crate::series::Series;

/// What each description has to say: of a stretch of everybody its two days and its rate, of a group who it is as well.
const OF_A_STRETCH: f64 = 3.0;
const OF_A_GROUP: f64 = 4.0;
/// Days are first tried in about so many steps.
const STEPS: usize = 60;
/// So often is what was narrowed looked at again.
const ROUNDS: usize = 3;

/// The best description of what a finding with days is about; of several parts the clearest. The finding itself, where none is better.
pub(crate) fn narrowed(series: &Series, kind: &Kind, compared: &[Found], mut found: Found) -> Found {
    for _ in 0..ROUNDS {
        let Some((from, to)) = found.days.map(|(from, to)| (usize::from(from), usize::from(to))) else { break };
        let whole = Whole { series, kind, found: &found, days: (from, to), group: found.group.map_or(0, |group| usize::from(group) + 1) };
        let described = whole.of_a_group(compared).into_iter().chain(whole.parted());
        let Some((_, narrower)) = described.filter(|(gain, _)| *gain > 0.0).max_by(|a, b| a.0.total_cmp(&b.0)) else { break };
        found = narrower;
    }
    found
}

/// Trials, and the rate that was to be expected of them.
type Cell = (Count, f64);

/// What is to be told more narrowly.
struct Whole<'a> {
    series: &'a Series,
    kind: &'a Kind,
    found: &'a Found,
    days: (usize, usize),
    /// Whose it is: the place in the series.
    group: usize,
}

impl Whole<'_> {
    /// How much better a description is: of `parts`, which say so much more than the one stretch, and the cells in no part.
    fn gain(&self, one: &[Cell], parts: &[&[Cell]], rest: &[Cell], says_more: f64) -> f64 {
        let together: f64 = parts.iter().map(|part| moved(part)).sum::<f64>() + rest.iter().map(|cell| likelihood(cell, 0.0)).sum::<f64>();
        let trials: f64 = one.iter().map(|(count, _)| count.trials).sum();
        2.0 * (together - moved(one)) / self.series.inflation - says_more * trials.max(1.0).ln()
    }

    /// What everybody shows, told of the group that explains it best, alone or together with a stretch of everybody else.
    fn of_a_group(&self, compared: &[Found]) -> Option<(f64, Found)> {
        if self.group > 0 {
            return None;
        }
        let groups = self.series.groups();
        let exactly = (0..groups).map(|group| self.exactly(group + 1, self.days, (groups * length(self.days).pow(2)) as f64));
        let near = compared.iter().filter(|other| other.group.is_some()).cloned();
        near.chain(exactly)
            .filter(|other| other.p < TAKEN_OUT && other.more == self.found.more)
            .filter_map(|other| Some((self.explained_by(&other, groups)?, other)))
            .max_by(|a, b| a.0.total_cmp(&b.0))
    }

    fn explained_by(&self, other: &Found, groups: usize) -> Option<f64> {
        let (group, days) = (usize::from(other.group?) + 1, other.days?);
        let (from, to) = self.days;
        // The days of the group's that are within these.
        let (start, end) = (usize::from(days.0).max(from), usize::from(days.1).min(to));
        if start >= end || 2 * (end - start) < usize::from(days.1 - days.0) {
            return None;
        }
        let usual = |of: &dyn Fn(usize, usize) -> Count| {
            let out = of(0, self.series.days()).less(of(from, to));
            (out.hits + 0.5) / (out.trials + 1.0)
        };
        let mine = |from, to| self.series.count(group, from, to);
        let others = |from, to| self.series.count(0, from, to).less(mine(from, to));
        let (mine_usual, others_usual) = (usual(&mine), usual(&others));
        // On some days: the group's cell without what is its own finding, and the others'.
        let besides = |a: usize, b: usize| {
            let (low, high) = (a.max(start), b.min(end));
            let own = if low < high { mine(low, high) } else { Count::default() };
            [(mine(a, b).less(own), mine_usual), (others(a, b), others_usual)]
        };
        let one = [(mine(from, to), mine_usual), (others(from, to), others_usual)];
        let own: &[Cell] = &[(mine(start, end), mine_usual)];
        let choice = 2.0 * (groups as f64).ln() / (one[0].0.trials + one[1].0.trials).max(2.0).ln();
        let alone = self.gain(&one, &[own], &besides(from, to), OF_A_GROUP - OF_A_STRETCH + choice);
        let all = besides(from, to);
        // On the same days, everybody else is only struck less.
        let apart = |(a, b): &(usize, usize)| 2 * b.min(&end).saturating_sub(*a.max(&start)) <= b - a;
        let with = stretches((from, to), WEEK).filter(apart).map(|(a, b)| {
            let part = besides(a, b);
            let rest: Vec<Cell> = all.iter().zip(&part).map(|(all, part)| (all.0.less(part.0), all.1)).collect();
            self.gain(&one, &[own, &part], &rest, OF_A_GROUP + choice)
        });
        with.chain([alone]).max_by(f64::total_cmp)
    }

    /// Of two incidents with days between them on which nothing happened, the clearer one.
    fn parted(&self) -> Option<(f64, Found)> {
        let (from, to) = self.days;
        let shortest = if self.group == 0 { WEEK } else { DAYS_MIN };
        let usual = (self.found.expected * self.found.learnt_from as f64 + 0.5) / (self.found.learnt_from as f64 + 1.0);
        let cell = |from, to| (self.series.count(self.group, from, to), usual);
        let one = [cell(from, to)];
        let quiet = stretches((from + shortest, to.saturating_sub(shortest)), shortest);
        let gain = |(start, end)| self.gain(&one, &[&[cell(from, start)], &[cell(end, to)]], &[cell(start, end)], OF_A_STRETCH);
        let (gain, (start, end)) = quiet.map(|days| (gain(days), days)).max_by(|a, b| a.0.total_cmp(&b.0))?;
        let tried = length(self.days).pow(2) as f64;
        let parts = [(from, start), (end, to)].map(|days| self.exactly(self.group, days, tried));
        let clearest = parts.into_iter().max_by(|a, b| a.deviates.abs().total_cmp(&b.deviates.abs()))?;
        (clearest.p < TAKEN_OUT && clearest.more == self.found.more).then_some((gain, clearest))
    }

    /// A group (everybody is 0) on days within these, of so many that were tried.
    fn exactly(&self, group: usize, days: (usize, usize), tried: f64) -> Found {
        let here = self.series.count(group, days.0, days.1);
        // The rest of what was found is not what was to be expected.
        let before = self.series.whole(group).less(self.series.count(group, self.days.0, self.days.1));
        let (deviates, expected) = if group == 0 {
            (two(here, before, self.series.inflation), before.rate())
        } else {
            let others = self.series.peers(group, days.0, days.1).less(here);
            let square = crate::contrast::Square { here, before, others, ..self.series.square(group, self.days.0, self.days.1) };
            (square.beyond(self.series.inflation), square.expected())
        };
        Found {
            group: group.checked_sub(1).map(|group| group as u8),
            days: Some((days.0 as u16, days.1 as u16)),
            more: deviates > 0.0,
            hits: here.hits as u64,
            trials: here.trials as u64,
            expected,
            learnt_from: before.trials as u64,
            deviates,
            p: (probability(deviates, self.kind.worth) * tried).min(1.0),
            ..self.found.clone()
        }
    }
}

fn length((from, to): (usize, usize)) -> usize {
    to - from
}

/// Stretches of at least so many days within some.
fn stretches((from, to): (usize, usize), shortest: usize) -> impl Iterator<Item = (usize, usize)> {
    let step = to.saturating_sub(from).div_ceil(STEPS).max(1);
    let ends = move |start: usize| (start + shortest..=to).step_by(step).map(move |end| (start, end));
    (from..to).step_by(step).flat_map(ends)
}

/// The logarithm of the likelihood of trials whose expected odds are moved by a factor, given as its logarithm.
fn likelihood((count, usual): &Cell, by: f64) -> f64 {
    let rate = odds_moved(*usual, by);
    count.hits * rate.ln() + (count.trials - count.hits) * (1.0 - rate).ln()
}

/// A rate whose odds are moved, kept away from 0 and 1.
fn odds_moved(usual: f64, by: f64) -> f64 {
    let odds = usual / (1.0 - usual).max(1e-12) * by.exp();
    (odds / (1.0 + odds)).clamp(1e-12, 1.0 - 1e-12)
}

/// The same, moved by the likeliest factor, which is found by Newton's method.
fn moved(cells: &[Cell]) -> f64 {
    let hits: f64 = cells.iter().map(|(count, _)| count.hits).sum();
    let mut by = 0.0_f64;
    for _ in 0..50 {
        let (mut expected, mut slope) = (0.0, 0.0);
        for (count, usual) in cells {
            let rate = odds_moved(*usual, by);
            expected += count.trials * rate;
            slope += count.trials * rate * (1.0 - rate);
        }
        let step = ((hits - expected) / slope.max(1e-9)).clamp(-2.0, 2.0);
        by = (by + step).clamp(-20.0, 20.0);
        if step.abs() < 1e-7 {
            break;
        }
    }
    cells.iter().map(|cell| likelihood(cell, by)).sum()
}
