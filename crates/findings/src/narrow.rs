//! A stretch of days that was found, told more narrowly: which part of it, and whose it is.

use crate::contrast::{Square, two};
use crate::search::{DAYS_MIN, Found, Kind, TAKEN_OUT, WEEK, probability};
use crate::series::Series;

/// What is left of a difference where nothing happened is less than this share of it.
const NOTHING: f64 = 0.25;
/// A difference that is visible is at least so many standard errors.
const VISIBLE: f64 = 2.0;
/// Days without anything are first looked for in about so many steps.
const STEPS: usize = 60;

/// What everybody shows is told of the group that shows it, if it is all there is to it: the others show nothing on these days.
pub(crate) fn whose(series: &Series, kind: &Kind, compared: &[Found], found: Found) -> Found {
    let (None, Some((from, to))) = (found.group, found.days) else { return found };
    let length = f64::from(to - from);
    // The days of a group that were found on their own, where they are about the same, and exactly these days.
    let near = compared.iter().filter(|other| {
        let (Some(_), Some((start, end))) = (other.group, other.days) else { return false };
        let shared = end.min(to).saturating_sub(start.max(from));
        2.0 * f64::from(shared) >= length.max(f64::from(end - start))
    });
    let exactly = (0..series.groups()).map(|group| {
        let square = series.square(group + 1, usize::from(from), usize::from(to));
        let deviates = square.beyond(series.inflation);
        Found {
            group: Some(group as u8),
            days: found.days,
            more: deviates > 0.0,
            hits: square.here.hits as u64,
            trials: square.here.trials as u64,
            expected: square.expected(),
            learnt_from: square.before.trials as u64,
            deviates,
            p: (probability(deviates, kind.worth) * length * length * series.groups() as f64).min(1.0),
            ..found.clone()
        }
    });
    let explains = |other: &Found| {
        let (Some(group), Some((start, end))) = (other.group, other.days) else { return false };
        let Square { here, before, others, others_before } = series.square(usize::from(group) + 1, usize::from(start), usize::from(end));
        let sign = if found.more { 1.0 } else { -1.0 };
        let theirs = (others.rate() - others_before.rate()) * sign;
        other.p < TAKEN_OUT
            && other.more == found.more
            && theirs < NOTHING * (here.rate() - before.rate()) * sign
            && two(others, others_before, series.inflation) * sign < VISIBLE
    };
    let clearest = |a: &Found, b: &Found| a.deviates.abs().total_cmp(&b.deviates.abs());
    near.cloned().chain(exactly).filter(explains).max_by(clearest).unwrap_or(found)
}

/// Of two incidents with days between them on which nothing happened, the one that shows more clearly; the finding itself when there
/// are no such days.
pub(crate) fn parted(series: &Series, kind: &Kind, found: Found) -> Found {
    let (Some((from, to)), group) = (found.days, found.group.map_or(0, |group| usize::from(group) + 1)) else { return found };
    let (from, to) = (usize::from(from), usize::from(to));
    let shortest = if group == 0 { WEEK } else { DAYS_MIN };
    let Some((start, end)) = quiet(series, group, (from, to), shortest, &found) else { return found };
    let tried = (to - from).pow(2) as f64;
    let part = |days: (usize, usize)| {
        let here = series.count(group, days.0, days.1);
        let out = series.whole(group).less(series.count(group, from, to));
        let (deviates, expected) = if group == 0 {
            (two(here, out, series.inflation), out.rate())
        } else {
            let others = series.peers(group, days.0, days.1).less(here);
            let square = Square { here, before: out, others, others_before: series.square(group, from, to).others_before };
            (square.beyond(series.inflation), square.expected())
        };
        Found {
            days: Some((days.0 as u16, days.1 as u16)),
            hits: here.hits as u64,
            trials: here.trials as u64,
            expected,
            learnt_from: out.trials as u64,
            deviates,
            p: (probability(deviates, kind.worth) * tried).min(1.0).max(found.p),
            ..found.clone()
        }
    };
    let (one, two) = (part((from, start)), part((end, to)));
    let clearest = if two.deviates.abs() > one.deviates.abs() { two } else { one };
    if clearest.p < TAKEN_OUT && (clearest.deviates > 0.0) == found.more { clearest } else { found }
}

/// The days within a stretch that differ most from the rest of it, if they surely do and nothing happened on them.
fn quiet(series: &Series, group: usize, (from, to): (usize, usize), shortest: usize, found: &Found) -> Option<(usize, usize)> {
    let whole = series.count(group, from, to);
    let sign = if found.more { 1.0 } else { -1.0 };
    let step = (to - from).div_ceil(STEPS).max(1);
    let (mut best, mut least, mut tried) = (None, 0.0, 0_u32);
    for start in (from + shortest..to).step_by(step) {
        for end in (start + shortest..(to + 1).saturating_sub(shortest)).step_by(step) {
            let within = series.count(group, start, end);
            let rest = whole.less(within);
            if within.trials < 1.0 || rest.trials < 1.0 {
                continue;
            }
            tried += 1;
            let left = (within.rate() - found.expected) * sign;
            let far = two(within, rest, series.inflation) * sign;
            if left < NOTHING * (rest.rate() - found.expected) * sign && far < least {
                (best, least) = (Some((start, end)), far);
            }
        }
    }
    let by_chance = probability(-least, crate::Direction::More) * f64::from(tried);
    best.filter(|_| by_chance < TAKEN_OUT)
}
