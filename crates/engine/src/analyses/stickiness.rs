//! Stickiness: on how many days (or weeks, or months) somebody is active.

use std::collections::BTreeMap;

use periplus_model::answer::{Axis, ColumnKind, Line, Series, SeriesStyle, View};
use periplus_model::question::Interval;
use periplus_stats::{Moments, wilson};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, period};
use crate::EngineError;
use crate::calendar::Cuts;
use crate::kind::{self, Asked, Figure, Kind, Measure, Told};
use crate::scan::{Run, Totals};
use crate::steps::Step;

pub(super) struct Stickiness;

/// A question for stickiness.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Which events make somebody active; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<Step>,
    /// How time is cut.
    #[serde(default)]
    interval: Interval,
    /// How many such events within the interval make somebody active.
    #[serde(default = "one")]
    at_least: u64,
}

fn one() -> u64 {
    1
}

impl Kind for Stickiness {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "stickiness"
    }
    fn about(&self) -> &'static str {
        "On how many days (or weeks, or months) of the period customers are active."
    }
    fn example(&self) -> Value {
        json!({"interval": "week"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let bit = Step::bit_or_any(&question.of, asked)?;
        asked.lens.keep_all |= bit.is_none();
        let (from, to) = asked.period();
        Ok(Plan { bit, cuts: asked.calendar.cut(question.interval, from, to)?, unit: asked.unit.plural().to_owned(), question })
    }
}

/// Stickiness, understood.
pub(super) struct Plan {
    question: Question,
    bit: Option<u32>,
    cuts: Cuts,
    unit: String,
}

/// How many were active in so many stretches of time.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    active: BTreeMap<u32, u64>,
}

/// Which count is meant: of those who were active in so many stretches of time.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// In how many.
    active: u32,
    /// Whether in at least so many, not just so many.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    or_more: bool,
}

impl Tally {
    fn units(&self) -> u64 {
        self.active.values().sum()
    }

    fn moments(&self) -> Moments {
        let mut moments = Moments::default();
        self.active.iter().for_each(|(active, times)| moments.add_many(i64::from(*active), *times));
        moments
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = ();
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally::default()
    }
    fn scratch(&self) {}

    fn take(&self, run: &Run<'_>, tally: &mut Tally, (): &mut ()) {
        let (mut active, mut here, mut times) = (0u32, None, 0u64);
        for (row, time) in run.times.iter().enumerate() {
            if !run.meets(row, self.bit) {
                continue;
            }
            let place = self.cuts.place(*time);
            if place != here {
                (here, times) = (place, 0);
            }
            times += u64::from(place.is_some());
            active += u32::from(times == self.question.at_least.max(1) && place.is_some());
        }
        if active > 0 {
            *tally.active.entry(active).or_default() += 1;
        }
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units()
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let word = self.cuts.word();
        let most = tally.active.keys().last().copied().unwrap_or(0);
        let units = tally.units();
        let just = |active: u32| tally.active.get(&active).copied().unwrap_or(0);
        let shares: Vec<_> = (1..=most).map(|active| wilson(tally.active.range(active..).map(|(_, times)| times).sum(), units)).collect();
        let lines = vec![
            Line::plain(self.unit.as_str(), ColumnKind::Count, (1..=most).map(|active| Some(just(active) as f64)).collect()),
            Line::estimated("share active in at least so many", ColumnKind::Share, &shares),
        ];
        let moments = tally.moments();
        let caption = match moments.mean() {
            None => "Nobody was active in this period.".to_owned(),
            Some(mean) => {
                format!("{} {} were active in {mean:.1} of {} on average.", count(units), self.unit, period(self.cuts.len() as u64, word))
            }
        };
        let axis = Axis::Numbers((1..=most).map(f64::from).collect());
        let figures = vec![Figure { name: format!("active {word}s"), measure: Measure::Mean(moments, 1.0, ColumnKind::Number) }];
        Told { figures, ..Told::new(caption, View::Series(Series { axis, lines, style: SeriesStyle::Bars, unfinished_from: None })) }
    }

    fn semantics(&self) -> String {
        let word = self.cuts.word();
        format!("Across is in how many {word}s of the period somebody was active; who never was is not counted.")
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        match place.or_more {
            true => tally.active.range(place.active..).map(|(_, times)| times).sum(),
            false => tally.active.get(&place.active).copied().unwrap_or(0),
        }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let most = tally.active.keys().last().copied().unwrap_or(0);
        let places = (1..=most).flat_map(|active| [false, true].map(|or_more| Place { active, or_more }));
        places.filter(|place| self.count(tally, place) > 0).collect()
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        for (active, times) in other.active {
            *self.active.entry(active).or_default() += times;
        }
    }
}
