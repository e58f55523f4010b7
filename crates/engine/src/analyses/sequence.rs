//! Sequence: who did this, then that, and how often.

use periplus_kernels::{Matcher, Pattern};
use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::time::Span;
use periplus_stats::wilson;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent};
use crate::EngineError;
use crate::kind::{self, Asked, Figure, Kind, Told};
use crate::scan::{Run, Totals};
use crate::steps::Step;

pub(super) struct Sequence;

/// A question for a sequence.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// The conditions, 1 to 32: in this order, unless the pattern says otherwise.
    steps: Vec<Step>,
    /// How each step follows the one before: the first entry is about the second step. Anyhow when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<Gap>,
    /// Instead of `gaps`, a pattern over the numbers of the steps in ClickHouse's notation: `(?1)` is an event of the first step, `.` any event of one of the steps, `.*`
    /// any number of them, `(?t<=60)` at most 60 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
}

/// How a step follows the one before.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Gap {
    /// No later than this (to the second).
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<Span>,
    /// No sooner than this (to the second).
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Span>,
    /// With no event of another step in between.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    directly: bool,
}

const SECOND: i64 = 1_000_000;

impl Kind for Sequence {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "sequence"
    }
    fn about(&self) -> &'static str {
        "How many did one thing and then another, within or after some time, and how often."
    }
    fn example(&self) -> Value {
        json!({"steps": [{"event": ["Product Viewed", "view_item"]}, {"event": ["Order Completed", "purchase"]}], "gaps": [{"within": "1d"}]})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let wrong = |text: String| EngineError::Question(text);
        if !(1..=32).contains(&question.steps.len()) {
            return Err(wrong("a sequence has 1 to 32 steps".to_owned()));
        }
        if question.gaps.len() >= question.steps.len() {
            return Err(wrong("there are fewer \"gaps\" than steps: one between each two".to_owned()));
        }
        let text = match &question.pattern {
            Some(_) if !question.gaps.is_empty() => return Err(wrong("a sequence has a \"pattern\" or \"gaps\", not both".to_owned())),
            Some(pattern) => pattern.clone(),
            None => written(&question)?,
        };
        let pattern = Pattern::parse(&text, SECOND).map_err(|error| wrong(format!("the pattern '{text}' is wrong: {error}")))?;
        let beyond = pattern.steps().iter().filter_map(|step| step.condition).find(|condition| *condition as usize >= question.steps.len());
        if let Some(beyond) = beyond {
            return Err(wrong(format!("the pattern speaks of step {}, but there are {} steps", beyond + 1, question.steps.len())));
        }
        let bits = question.steps.iter().map(|step| step.required()?.bit(asked)).collect::<Result<_, _>>()?;
        Ok(Plan { bits, pattern, titles: question.steps.iter().map(Step::title).collect(), unit: asked.unit.plural().to_owned(), text })
    }
}

/// Steps and gaps as a pattern.
fn written(question: &Question) -> Result<String, EngineError> {
    let mut text = "(?1)".to_owned();
    for number in 2..=question.steps.len() {
        let gap = question.gaps.get(number - 2).copied().unwrap_or_default();
        if gap.directly && (gap.within.is_some() || gap.after.is_some()) {
            return Err(EngineError::Question("a step follows \"directly\" or in some time, not both".to_owned()));
        }
        if !gap.directly && gap.within.is_none() && gap.after.is_none() {
            text += ".*";
        }
        if let Some(after) = gap.after {
            text += &format!("(?t>={})", after.0.max(0) / SECOND);
        }
        if let Some(within) = gap.within {
            text += &format!("(?t<={})", within.0.max(0) / SECOND);
        }
        text += &format!("(?{number})");
    }
    Ok(text)
}

/// A sequence, understood.
pub(super) struct Plan {
    bits: Vec<u32>,
    pattern: Pattern,
    titles: Vec<String>,
    unit: String,
    text: String,
}

/// What is counted of a sequence.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    units: u64,
    matched: u64,
    times: u64,
}

/// Which count is meant.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Those who did the sequence, or those who did one of its steps and not the sequence.
    matched: bool,
}

/// Memory that is used again for every customer.
pub(super) struct Scratch {
    matcher: Matcher,
    times: Vec<i64>,
    masks: Vec<u32>,
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Scratch;
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally::default()
    }
    fn scratch(&self) -> Scratch {
        Scratch { matcher: Matcher::new(self.pattern.clone()), times: Vec::new(), masks: Vec::new() }
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, scratch: &mut Scratch) {
        let Scratch { matcher, times, masks } = scratch;
        times.clear();
        masks.clear();
        for (time, mask) in run.times.iter().zip(run.masks) {
            let mask = self.bits.iter().enumerate().fold(0u32, |all, (place, bit)| all | (((mask >> bit) & 1) as u32) << place);
            if mask != 0 {
                times.push(*time);
                masks.push(mask);
            }
        }
        if times.is_empty() {
            return;
        }
        let found = matcher.count(times, masks);
        tally.units += 1;
        tally.matched += u64::from(found > 0);
        tally.times += found;
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let share = wilson(tally.matched, tally.units);
        let columns = vec![
            Column::new(format!("{} with a step", self.unit), ColumnKind::Count),
            Column::new("did the sequence", ColumnKind::Count),
            Column::new("share", ColumnKind::Share),
            Column::new("from", ColumnKind::Share),
            Column::new("to", ColumnKind::Share),
            Column::new("times", ColumnKind::Count),
            Column::new("times each", ColumnKind::Number),
        ];
        let row = vec![
            tally.units.into(),
            tally.matched.into(),
            share.map(|share| share.value).into(),
            share.map(|share| share.low).into(),
            share.map(|share| share.high).into(),
            tally.times.into(),
            (tally.matched > 0).then(|| tally.times as f64 / tally.matched as f64).into(),
        ];
        let table = Table::new(columns, vec![row]).counting(1, |_, _| Some(Place { matched: true }));
        let caption = match share {
            None => format!("Nobody did any of {}.", self.titles.join(", ")),
            Some(share) => format!(
                "{} of {} {} ({}) did {}, {} times in all.",
                count(tally.matched),
                count(tally.units),
                self.unit,
                percent(share.value),
                self.titles.join(" → "),
                count(tally.times)
            ),
        };
        let figures = vec![Figure::share("did the sequence", tally.matched, tally.units)];
        Told { figures, ..Told::new(caption, View::Table(table)) }
    }

    fn semantics(&self) -> String {
        format!(
            "The pattern {} is looked for among events that meet one of the steps; occurrences do not overlap and are found from left to right.",
            self.text
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        if place.matched { tally.matched } else { tally.units - tally.matched }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        [true, false].into_iter().map(|matched| Place { matched }).filter(|place| self.count(tally, place) > 0).collect()
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.units += other.units;
        self.matched += other.matched;
        self.times += other.times;
    }
}
