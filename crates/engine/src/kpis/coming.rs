//! Key figures of coming back and staying away: retention and churn.

use periplus_kernels::{Bracket, Intervals};
use periplus_model::measured::KpiFormat;
use periplus_model::question::Interval;
use periplus_model::time::Span;
use serde::{Deserialize, Serialize};

use super::Around;
use super::seen::{Counts, Planned, See, Seen, Shown, Sighting};
use crate::EngineError;
use crate::calendar;
use crate::kind::Asked;
use crate::scan::Run;
use crate::steps::Step;

/// Who comes back.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retention {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What somebody starts with; any event when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<Step>,
    /// What counts as coming back; any event when absent.
    #[serde(default, rename = "return", skip_serializing_if = "Option::is_none")]
    back: Option<Step>,
    /// How time is cut.
    #[serde(default = "month")]
    interval: Interval,
    /// In which stretch after that of the start, which is 0.
    #[serde(default = "one")]
    after: u32,
    /// Whether any later one will do, too.
    #[serde(default)]
    or_later: bool,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention { name: None, start: None, back: None, interval: month(), after: one(), or_later: false }
    }
}

/// Who stays away.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Churn {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What counts as being active; any event when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<Step>,
    /// How long the two stretches of time are, at the end of the period; 30 days when absent. Over time, they are those of the
    /// question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within: Option<Span>,
}

fn month() -> Interval {
    Interval::Month
}

fn one() -> u32 {
    1
}

pub(crate) fn retention(question: &Retention, asked: &mut Asked<'_>) -> Result<Planned, EngineError> {
    if question.after > 400 {
        return Err(EngineError::Question("retention is told \"after\" 400 stretches of time at most".to_owned()));
    }
    let start = Step::bit_or_any(&question.start, asked)?;
    let back = Step::bit_or_any(&question.back, asked)?;
    asked.lens.keep_all |= start.is_none() || back.is_none();
    let (from, to) = asked.period();
    let bounds = asked.calendar.cut(question.interval, from, to)?.starts;
    let bracket = Bracket { from: question.after, to: (!question.or_later).then_some(question.after) };
    let word = calendar::name(question.interval);
    let later = if question.or_later { " or later" } else { "" };
    Ok(Planned {
        kpi: "retention",
        name: question.name.clone().unwrap_or_else(|| "Retention".to_owned()),
        counts: Counts::First,
        shown: vec![Shown::new(
            format!(
                "customers who were back in {word} {}{later} after the {word} of their first start (0), of those for whom it is over",
                question.after
            ),
            KpiFormat::Share,
        )],
        means: ["came back", "did not come back"],
        smaller_is_better: false,
        aims: Vec::new(),
        has_whole: true,
        skips_idle: false,
        see: Box::new(Back { start, back, bounds, bracket, known_until: asked.known_until() }),
        response: None,
    })
}

struct Back {
    start: Option<u32>,
    back: Option<u32>,
    bounds: Vec<i64>,
    bracket: Bracket,
    known_until: i64,
}

impl See for Back {
    fn see(&self, run: &Run<'_>, plain: bool, into: &mut Vec<Sighting>) {
        let starts = (0..run.times.len()).filter(|row| run.meets(*row, self.start));
        for row in starts.take(if plain { 1 } else { usize::MAX }) {
            let start = run.times[row];
            let Some(cohort) = self.bounds.partition_point(|bound| *bound <= start).checked_sub(1) else { continue };
            let bound = |k: u32| self.bounds.get(cohort + k as usize).copied();
            let passed = Intervals::Calendar(&self.bounds).passed(start, self.known_until.saturating_add(1));
            let seen = match bound(self.bracket.from).filter(|_| self.bracket.is_over(passed)) {
                None => Seen::Immature,
                Some(begin) => {
                    let end = self.bracket.to.and_then(|to| bound(to + 1)).unwrap_or(i64::MAX);
                    let after = run.times.partition_point(|time| *time < begin.max(start.saturating_add(1)));
                    let mut later = (after..run.times.len()).take_while(|row| run.times[*row] < end);
                    Seen::Share(later.any(|row| run.meets(row, self.back)))
                }
            };
            into.push(Sighting::at(run, row, seen));
        }
    }
}

pub(crate) fn churn(question: &Churn, asked: &mut Asked<'_>, around: &Around) -> Result<Planned, EngineError> {
    let of = Step::bit_or_any(&question.of, asked)?;
    asked.lens.keep_all |= of.is_none();
    let within = question.within.unwrap_or(Span::days(30));
    if within.0 <= 0 {
        return Err(EngineError::Question("\"within\" must be longer than nothing".to_owned()));
    }
    let end = asked.known_until().saturating_add(1);
    let (bounds, words) = match around.starts.is_empty() {
        false => {
            // What is not over says nothing yet.
            let over = around.starts.partition_point(|start| *start <= end);
            (around.starts[..over].to_vec(), "a stretch of time".to_owned())
        }
        true => {
            let back = |n: i64| end.saturating_sub(within.0.saturating_mul(n));
            (vec![back(2), back(1), end], format!("{within}"))
        }
    };
    Ok(Planned {
        kpi: "churn",
        name: question.name.clone().unwrap_or_else(|| "Churn".to_owned()),
        counts: Counts::Each,
        shown: vec![Shown::new(
            format!("customers who were not active for {words}, of those who were in the one before"),
            KpiFormat::Share,
        )],
        means: ["stayed away", "stayed"],
        smaller_is_better: true,
        aims: Vec::new(),
        has_whole: true,
        skips_idle: false,
        see: Box::new(Away { of, bounds }),
        response: None,
    })
}

struct Away {
    of: Option<u32>,
    /// Where one stretch of time ends and the next begins.
    bounds: Vec<i64>,
}

impl See for Away {
    fn see(&self, run: &Run<'_>, _: bool, into: &mut Vec<Sighting>) {
        let last_in = |from: i64, to: i64| {
            let rows = run.times.partition_point(|time| *time < from)..run.times.partition_point(|time| *time < to);
            rows.rev().find(|row| run.meets(*row, self.of))
        };
        for bounds in self.bounds.windows(3) {
            if let Some(row) = last_in(bounds[0], bounds[1]) {
                let away = last_in(bounds[1], bounds[2]).is_none();
                into.push(Sighting { at: bounds[1], ..Sighting::at(run, row, Seen::Share(away)) });
            }
        }
    }
}
