//! Key figures of getting from one place to another: conversion, time to convert, repeat purchase.

use periplus_maps::{JourneyMap, KpiKind};
use periplus_model::measured::KpiFormat;
use periplus_model::time::Span;
use serde::{Deserialize, Serialize};

use super::places::By;
use super::seen::{Aim, Counts, Planned, See, Seen, Shown, Sighting};
use super::{Around, aims, given_or};
use crate::EngineError;
use crate::entries::Entries;
use crate::kind::Asked;
use crate::scan::Run;
use crate::steps::Step;

const MONTH: Span = Span::days(30);

/// From where to where.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// From the first of these events; the first of all when absent. By stage, with neither `from` nor `to`: from each stage to the next, as
    /// the map counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Step>,
    /// To one of these after it; a purchase when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Step>,
    /// Within what time; the map's window, else 30 days, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within: Option<Span>,
}

/// Who buys again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Again {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What counts as a purchase; events named like one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<Step>,
    /// Within what time after the first; ever, as far as is known, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within: Option<Span>,
}

/// Whether there is anything to get to.
pub(crate) fn fits(map: Option<&JourneyMap>, around: &Around) -> bool {
    around.purchases().is_some() || (around.by == By::Stage && map.is_some_and(|map| map.stages.len() > 1))
}

/// A way from one place to another.
struct Going {
    see: Box<dyn See>,
    words: String,
    /// What the map aims at.
    aims: Vec<Aim>,
}

impl Question {
    fn is_by_stages(&self, around: &Around) -> bool {
        self.from.is_none() && self.to.is_none() && around.by == By::Stage
    }

    /// What is seen of it, in words, and what the map aims at.
    fn way(&self, asked: &mut Asked<'_>, around: &Around, judged: Judged) -> Result<Going, EngineError> {
        let known_until = asked.known_until();
        if self.within.is_some_and(|within| within.0 <= 0) {
            return Err(EngineError::Question("\"within\" must be longer than nothing".to_owned()));
        }
        if self.is_by_stages(around) {
            let map = asked.map()?;
            let limit = |stage: &periplus_maps::Stage| self.within.or(stage.time_limit).or(map.window).map_or(i64::MAX, |span| span.0);
            let limits = map.stages.iter().map(limit).collect();
            let kind = if judged == Judged::Time { KpiKind::TimeToNext } else { KpiKind::Conversion };
            let entries = Entries::of(map, &mut asked.lens)?;
            let words = "from entering a stage to entering the next, within the stage's time limit".to_owned();
            let see = Box::new(Stages { entries, limits, known_until, judged });
            return Ok(Going { see, words, aims: aims(Some(map), |_, kpi| kpi.kind == kind) });
        }
        let to = given_or(&self.to, around.purchases(), "a conversion needs where it goes \"to\"")?;
        let within = self.within.or(asked.desk.map.and_then(|map| map.window)).unwrap_or(MONTH);
        let from = Step::bit_or_any(&self.from, asked)?;
        asked.lens.keep_all |= from.is_none();
        let passing = Passing { from, to: to.required()?.bit(asked)?, within: Some(within.0), known_until, judged, is_later: false };
        let start = self.from.as_ref().map_or_else(|| "the first event".to_owned(), Step::title);
        Ok(Going { see: Box::new(passing), words: format!("from {start} to {} within {within}", to.title()), aims: Vec::new() })
    }
}

pub(crate) fn conversion(question: &Question, asked: &mut Asked<'_>, around: &Around) -> Result<Planned, EngineError> {
    let Going { see, words, aims } = question.way(asked, around, Judged::Share)?;
    Ok(Planned {
        kpi: "conversion",
        name: question.name.clone().unwrap_or_else(|| "Conversion".to_owned()),
        counts: Counts::First,
        shown: vec![Shown::new(format!("customers who got {words}, of those for whom that time is over"), KpiFormat::Share)],
        means: ["got there", "did not get there"],
        smaller_is_better: false,
        aims,
        has_whole: !question.is_by_stages(around),
        skips_idle: false,
        see,
        response: None,
    })
}

pub(crate) fn time(question: &Question, asked: &mut Asked<'_>, around: &Around) -> Result<Planned, EngineError> {
    let Going { see, words, aims } = question.way(asked, around, Judged::Time)?;
    let until = |share: &str| {
        format!("until {share} have got {words}, those who have not yet counted as long as they are known (Kaplan and Meier)")
    };
    let shown = |suffix, share: &str, arrived| Shown { suffix, arrived, ..Shown::new(until(share), KpiFormat::Seconds) };
    Ok(Planned {
        kpi: "time_to_convert",
        name: question.name.clone().unwrap_or_else(|| "Time to convert".to_owned()),
        counts: Counts::First,
        shown: vec![shown("", "half of all", 0.5), shown(", nine of ten", "nine of ten", 0.9)],
        means: ["got there", "did not get there"],
        smaller_is_better: true,
        aims,
        has_whole: !question.is_by_stages(around),
        skips_idle: false,
        see,
        response: None,
    })
}

pub(crate) fn again(question: &Again, asked: &mut Asked<'_>, around: &Around) -> Result<Planned, EngineError> {
    let of = given_or(&question.of, around.purchases(), "a repeat purchase needs what counts as a purchase (\"of\")")?;
    let bit = of.required()?.bit(asked)?;
    let within = question.within.map(|within| within.0);
    let passing = Passing { from: Some(bit), to: bit, within, known_until: asked.known_until(), judged: Judged::Share, is_later: true };
    let words = match question.within {
        Some(within) => format!("again within {within}, of those for whom that time is over"),
        None => "again, so far".to_owned(),
    };
    Ok(Planned {
        kpi: "repeat_purchase",
        name: question.name.clone().unwrap_or_else(|| "Repeat purchase".to_owned()),
        counts: Counts::First,
        shown: vec![Shown::new(
            format!("customers with {} who had one {words}; at another time than the first", of.title()),
            KpiFormat::Share,
        )],
        means: ["bought again", "did not buy again"],
        smaller_is_better: false,
        aims: Vec::new(),
        has_whole: true,
        skips_idle: false,
        see: Box::new(passing),
        response: None,
    })
}

/// What is told of a way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judged {
    /// Whether somebody got there.
    Share,
    /// How long it took.
    Time,
}

impl Judged {
    /// What is seen of somebody who started at a time, and got there after another, or has not.
    fn seen(self, start: i64, took: Option<i64>, limit: i64, known_until: i64) -> Seen {
        let took = took.filter(|took| *took <= limit);
        let is_over = limit == i64::MAX || start.saturating_add(limit) <= known_until;
        match (self, took) {
            (Judged::Time, Some(took)) => Seen::Wait(took, true),
            (Judged::Time, None) => Seen::Wait(known_until.saturating_sub(start).clamp(0, limit), false),
            (Judged::Share, _) if !is_over => Seen::Immature,
            (Judged::Share, took) => Seen::Share(took.is_some()),
        }
    }
}

/// From some events to others.
struct Passing {
    /// Any event, when there is none.
    from: Option<u32>,
    to: u32,
    within: Option<i64>,
    known_until: i64,
    judged: Judged,
    /// Whether the other must have another time, too.
    is_later: bool,
}

impl See for Passing {
    fn see(&self, run: &Run<'_>, plain: bool, into: &mut Vec<Sighting>) {
        let first = into.len();
        let limit = self.within.unwrap_or(i64::MAX);
        // From the end: the first of the others at this very time, and the first at a later one.
        let (mut here, mut later, mut now) = (None, None, None);
        for row in (0..run.times.len()).rev() {
            let time = run.times[row];
            if now != Some(time) {
                later = here.take().or(later);
                now = Some(time);
            }
            if run.meets(row, self.from) {
                let next = if self.is_later { later } else { here.or(later) };
                let took = next.map(|next: usize| run.times[next] - time);
                into.push(Sighting::at(run, row, self.judged.seen(time, took, limit, self.known_until)));
            }
            if run.meets(row, Some(self.to)) {
                here = Some(row);
            }
        }
        into[first..].reverse();
        if plain {
            into.truncate(first + 1);
        }
    }
}

/// From each stage to the next.
struct Stages {
    entries: Entries,
    limits: Vec<i64>,
    known_until: i64,
    judged: Judged,
}

impl See for Stages {
    fn see(&self, run: &Run<'_>, _: bool, into: &mut Vec<Sighting>) {
        let stages = self.limits.len();
        let mut entered: Vec<Option<usize>> = vec![None; stages];
        let mut took: Vec<Option<i64>> = vec![None; stages];
        let mut furthest = None;
        for row in 0..run.times.len() {
            let Some(stage) = self.entries.enters(run.codes[row], run.mask(row), furthest) else { continue };
            if let Some(before) = stage.checked_sub(1)
                && let Some(start) = entered[before]
                && took[before].is_none()
                && run.times[row] - run.times[start] <= self.limits[before]
            {
                took[before] = Some(run.times[row] - run.times[start]);
            }
            entered[stage].get_or_insert(row);
            furthest = furthest.max(Some(stage));
        }
        // Nothing comes after the last one.
        for stage in 0..stages.saturating_sub(1) {
            if let Some(row) = entered[stage] {
                let seen = self.judged.seen(run.times[row], took[stage], self.limits[stage], self.known_until);
                into.push(Sighting { stage: Some(stage), ..Sighting::at(run, row, seen) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_not_had_the_full_time_is_not_judged() {
        assert_eq!(Judged::Share.seen(0, Some(5), 10, 9), Seen::Immature, "not even those who were fast: the slow are missing");
        assert_eq!(Judged::Share.seen(0, Some(10), 10, 10), Seen::Share(true));
        assert_eq!(Judged::Share.seen(0, Some(11), 10, 20), Seen::Share(false));
        assert_eq!(Judged::Share.seen(0, None, i64::MAX, 0), Seen::Share(false), "without a limit, it is what it is so far");
        assert_eq!(Judged::Time.seen(0, Some(11), 10, 20), Seen::Wait(10, false));
        assert_eq!(Judged::Time.seen(15, None, 10, 20), Seen::Wait(5, false));
        assert_eq!(Judged::Time.seen(0, Some(3), 10, 4), Seen::Wait(3, true));
    }
}
