//! A stretch of days that was found, told more narrowly where that tells it better: as the part of it that belongs to a group, or as
//! the clearer of two incidents with quiet days between them.
//!
//! That something struck is sure by then; this is about its best description. Descriptions are weighed by the Bayesian information
//! criterion (Schwarz 1978): by how much likelier they make what was seen on these days, less the logarithm of the number of trials for
//! everything more that they have to say. Each part of a description moves the odds of what was to be expected of those in it by one
//! factor; what is in no part is as expected.

use crate::contrast::{Count, Square, two};
use crate::search::{DAYS_MIN, Found, Kind, TAKEN_OUT, WEEK, probability};
use crate::series::Series;

/// What each description has to say: of a stretch of everybody its two days and its rate, of a group who it is as well.
const OF_A_STRETCH: f64 = 3.0;
const OF_A_GROUP: f64 = 4.0;
/// Days are first tried in about so many steps.
const STEPS: usize = 40;
/// So many groups, those that differ most, are tried together with everybody else.
const GROUPS_MAX: usize = 6;
/// So often is what was narrowed looked at again.
const ROUNDS: usize = 3;

/// The best description of what a finding with days is about; of several parts the clearest. The finding itself, where none is better.
pub(crate) fn narrowed(series: &Series, kind: &Kind, mut found: Found) -> Found {
    for _ in 0..ROUNDS {
        let Some((from, to)) = found.days else { break };
        let whole = Whole {
            series,
            kind,
            found: &found,
            days: (usize::from(from), usize::from(to)),
            group: found.group.map_or(0, |group| usize::from(group) + 1),
        };
        let described = whole.of_a_group().into_iter().chain(whole.parted());
        let Some((_, narrower)) = described.filter(|(gain, _)| *gain > 0.0).max_by(|a, b| a.0.total_cmp(&b.0)) else { break };
        found = narrower;
    }
    found
}

/// Trials, and the rate that was to be expected of them.
type Cell = (Count, f64);

/// The one stretch.
struct One {
    /// The logarithm of its likelihood.
    likelihood: f64,
    /// What everything that has to be said counts against it.
    each: f64,
}

impl One {
    fn of(cells: &[Cell]) -> One {
        let trials: f64 = cells.iter().map(|(count, _)| count.trials).sum();
        One { likelihood: moved(cells), each: trials.max(2.0).ln() }
    }
}

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
    fn gain(&self, one: &One, parts: &[&[Cell]], rest: &[Cell], says_more: f64) -> f64 {
        let together: f64 = parts.iter().map(|part| moved(part)).sum::<f64>() + rest.iter().map(|cell| likelihood(cell, 0.0)).sum::<f64>();
        2.0 * (together - one.likelihood) / self.series.inflation - says_more * one.each
    }

    /// What everybody shows, told of the group that explains it best, alone or together with a stretch of everybody else.
    fn of_a_group(&self) -> Option<(f64, Found)> {
        if self.group > 0 {
            return None;
        }
        let mut explained: Vec<(f64, Explained<'_>, (usize, usize))> = (1..=self.series.groups())
            .filter_map(|group| {
                let explained = Explained::of(self, group);
                let (gain, days) = explained.days()?;
                Some((gain, explained, days))
            })
            .collect();
        explained.sort_by(|a, b| b.0.total_cmp(&a.0));
        explained.truncate(GROUPS_MAX);
        let described =
            explained.iter().filter_map(|(_, explained, days)| Some((explained.gain(*days), self.exactly(explained.group, *days)?)));
        described.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Of two incidents with days between them on which nothing happened, the clearer one.
    fn parted(&self) -> Option<(f64, Found)> {
        let (from, to) = self.days;
        let shortest = if self.group == 0 { WEEK } else { DAYS_MIN };
        let usual = (self.found.expected * self.found.learnt_from as f64 + 0.5) / (self.found.learnt_from as f64 + 1.0);
        let cell = |from, to| (self.series.count(self.group, from, to), usual);
        let one = One::of(&[cell(from, to)]);
        let quiet = stretches((from + shortest, to.saturating_sub(shortest)), shortest);
        let gain = |(start, end)| self.gain(&one, &[&[cell(from, start)], &[cell(end, to)]], &[cell(start, end)], OF_A_STRETCH);
        let (gain, (start, end)) = quiet.map(|days| (gain(days), days)).max_by(|a, b| a.0.total_cmp(&b.0))?;
        let parts = [(from, start), (end, to)].into_iter().filter_map(|days| self.exactly(self.group, days));
        Some((gain, parts.max_by(|a, b| a.deviates.abs().total_cmp(&b.deviates.abs()))?))
    }

    /// A group (everybody is 0) on days within these; none when these show nothing of the kind. How probable it is by chance stays that
    /// of the whole, which is what was tested.
    fn exactly(&self, group: usize, days: (usize, usize)) -> Option<Found> {
        let here = self.series.count(group, days.0, days.1);
        // The rest of what was found is not what was to be expected.
        let before = self.series.whole(group).less(self.series.count(group, self.days.0, self.days.1));
        let (deviates, expected) = if self.group == 0 {
            (two(here, before, self.series.inflation), before.rate())
        } else {
            let others = self.series.peers(group, days.0, days.1).less(here);
            let square = Square { here, before, others, ..self.series.square(group, self.days.0, self.days.1) };
            (square.beyond(self.series.inflation), square.expected())
        };
        let shows = probability(deviates, self.kind.worth) < TAKEN_OUT && (deviates > 0.0) == self.found.more;
        shows.then(|| Found {
            group: group.checked_sub(1).map(|group| group as u8),
            days: Some((days.0 as u16, days.1 as u16)),
            hits: here.hits as u64,
            trials: here.trials as u64,
            expected,
            learnt_from: before.trials as u64,
            deviates,
            ..self.found.clone()
        })
    }
}

/// A stretch of everybody, and a group by which it might be explained.
struct Explained<'a> {
    whole: &'a Whole<'a>,
    group: usize,
    /// The rates of the group and of the others on all other days.
    usual: [f64; 2],
    /// The stretch, as the group's and the others'.
    cells: [Cell; 2],
    one: One,
}

impl<'a> Explained<'a> {
    fn of(whole: &'a Whole<'a>, group: usize) -> Explained<'a> {
        let sides = |(from, to)| {
            let mine = whole.series.count(group, from, to);
            [mine, whole.series.count(0, from, to).less(mine)]
        };
        let (all, here) = (sides((0, whole.series.days())), sides(whole.days));
        let usual = [0, 1].map(|side| {
            let out = all[side].less(here[side]);
            (out.hits + 0.5) / (out.trials + 1.0)
        });
        let cells = [0, 1].map(|side| (here[side], usual[side]));
        Explained { whole, group, usual, cells, one: One::of(&cells) }
    }

    /// The group and the others on some days.
    fn cells(&self, (from, to): (usize, usize)) -> [Cell; 2] {
        let mine = self.whole.series.count(self.group, from, to);
        [(mine, self.usual[0]), (self.whole.series.count(0, from, to).less(mine), self.usual[1])]
    }

    /// The same without the group's own days.
    fn besides(&self, days: (usize, usize), own: (usize, usize)) -> [Cell; 2] {
        let [mine, others] = self.cells(days);
        let both = (days.0.max(own.0), days.1.min(own.1));
        [if both.0 < both.1 { less(mine, self.cells(both)[0]) } else { mine }, others]
    }

    /// The days within the stretch on which the group differs most from everything else in it, and how much better that tells it.
    fn days(&self) -> Option<(f64, (usize, usize))> {
        let Whole { days, found, .. } = *self.whole;
        let gain = |own: (usize, usize)| self.whole.gain(&self.one, &[&[self.cells(own)[0]], &self.besides(days, own)], &[], 0.0);
        let strikes = |own: &(usize, usize)| {
            let (count, usual) = self.cells(*own)[0];
            count.trials > 0.0 && (count.rate() > usual) == found.more && (count.rate() > self.cells[1].0.rate()) == found.more
        };
        let best =
            |tried: Vec<(usize, usize)>| tried.into_iter().filter(strikes).map(|own| (gain(own), own)).max_by(|a, b| a.0.total_cmp(&b.0));
        let (_, (start, end)) = best(stretches(days, DAYS_MIN).collect())?;
        let step = step(days);
        let near = |day: usize| day.saturating_sub(step).max(days.0)..=(day + step).min(days.1);
        best(near(start).flat_map(|from| near(end).map(move |to| (from, to))).filter(|(from, to)| from + DAYS_MIN <= *to).collect())
    }

    /// How much better the group on its days tells it, alone or with the stretch of everybody else that tells it best.
    fn gain(&self, own: (usize, usize)) -> f64 {
        let days = self.whole.days;
        let one = &self.one;
        let mine = self.cells(own)[0];
        // Which of so many groups.
        let choice = 2.0 * (self.whole.series.groups() as f64).ln() / one.each;
        let all = self.besides(days, own);
        let alone = self.whole.gain(one, &[&[mine]], &all, OF_A_GROUP - OF_A_STRETCH + choice);
        // On the same days, everybody else is only struck less.
        let apart = |(a, b): &(usize, usize)| 2 * own.1.min(*b).saturating_sub(own.0.max(*a)) <= b - a;
        let with = stretches(days, WEEK).filter(apart).map(|others| {
            let part = self.besides(others, own);
            let rest = [less(all[0], part[0]), less(all[1], part[1])];
            self.whole.gain(one, &[&[mine], &part], &rest, OF_A_GROUP + choice)
        });
        with.fold(alone, f64::max)
    }
}

fn less(all: Cell, part: Cell) -> Cell {
    (all.0.less(part.0), all.1)
}

/// The days between those that are tried first.
fn step((from, to): (usize, usize)) -> usize {
    to.saturating_sub(from).div_ceil(STEPS).max(1)
}

/// Stretches of at least so many days within some.
fn stretches((from, to): (usize, usize), shortest: usize) -> impl Iterator<Item = (usize, usize)> {
    let step = step((from, to));
    let ends = move |start: usize| (start + shortest..=to).step_by(step).map(move |end| (start, end));
    (from..to).step_by(step).flat_map(ends)
}

/// A rate whose odds are moved, kept away from 0 and 1.
fn odds_moved(usual: f64, by: f64) -> f64 {
    let odds = usual / (1.0 - usual).max(1e-12) * by.exp();
    (odds / (1.0 + odds)).clamp(1e-12, 1.0 - 1e-12)
}

/// The logarithm of the likelihood of trials whose expected odds are moved by a factor, given as its logarithm.
fn likelihood((count, usual): &Cell, by: f64) -> f64 {
    let rate = odds_moved(*usual, by);
    count.hits * rate.ln() + (count.trials - count.hits) * (1.0 - rate).ln()
}

/// The same, moved by the likeliest factor, which is found by Newton's method.
fn moved(cells: &[Cell]) -> f64 {
    if let [(count, _)] = cells {
        return likelihood(&(*count, count.rate().clamp(1e-12, 1.0 - 1e-12)), 0.0);
    }
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
