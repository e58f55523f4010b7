//! Time to convert: how long it takes from one thing to another, for those who got there and those who have not yet.

use periplus_model::answer::{ColumnKind, Line, Series, SeriesStyle, View};
use periplus_model::time::Span;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent, seconds};
use crate::EngineError;
use crate::kind::{self, Asked, Figure, Kind, Told};
use crate::scan::{Run, Totals};
use crate::steps::Step;
use crate::worth::waiting::{Stretches, Until, Waiting, Waits};

pub(super) struct TimeToConvert;

/// A question for the time to convert.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// From the first of these events; the first of all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<Step>,
    /// To the first of these after it.
    goal: Step,
    /// The longest time that is looked at.
    #[serde(default = "super::month")]
    window: Span,
    /// Into how many equal stretches the window is cut: 1 to 500.
    #[serde(default = "thirty")]
    points: u32,
}

fn thirty() -> u32 {
    30
}

impl Kind for TimeToConvert {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "time_to_convert"
    }
    fn about(&self) -> &'static str {
        "How long it takes to get from one thing to another: how many got there after how long, those who have not yet taken into account."
    }
    fn example(&self) -> Value {
        json!({"goal": {"event": ["Order Completed", "purchase"]}, "window": "30d"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        if question.window.0 <= 0 || !(1..=500).contains(&question.points) {
            return Err(EngineError::Question("the window must be longer than nothing, and \"points\" are 1 to 500".to_owned()));
        }
        let start = Step::bit_or_any(&question.start, asked)?;
        let goal = question.goal.required()?.bit(asked)?;
        asked.lens.keep_all |= start.is_none();
        let window = question.window.0;
        Ok(Plan {
            waiting: Waiting { start, until: Until::Event(goal), window, known_until: asked.known_until() },
            stretches: Stretches { window, points: question.points },
            unit: asked.unit.plural().to_owned(),
            question,
        })
    }
}

/// A time to convert, understood.
pub(super) struct Plan {
    question: Question,
    waiting: Waiting,
    stretches: Stretches,
    unit: String,
}

/// What is counted of times to convert.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally(Waits);

/// Who is meant: those who converted in a stretch of the window, or have not.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The stretch of the window, from 1; of the whole window when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    point: Option<u32>,
    /// Those who converted, or those who did not.
    converted: bool,
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
        if let Some(waited) = self.waiting.of(run) {
            tally.0.add(waited, self.stretches);
        }
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.0.units
    }

    fn tell(&self, Tally(waits): &Tally, _totals: &Totals) -> Told {
        let points = 1..=self.question.points;
        let curve: Vec<_> = points.clone().map(|point| waits.survival.happened_by(self.stretches.end(point))).collect();
        let lines = vec![
            Line::estimated("share that got there", ColumnKind::Share, &curve),
            Line::plain(
                "got there in this stretch",
                ColumnKind::Count,
                points.map(|point| Some(waits.arrived.get(&point).copied().unwrap_or(0) as f64)).collect(),
            ),
        ];
        let axis = self.stretches.axis();
        let goal = self.question.goal.title();
        let caption = match (waits.survival.happened_by(self.question.window.0), waits.survival.median()) {
            (None, _) => "Nobody started in this period.".to_owned(),
            (Some(share), None) => format!(
                "{} of {} {} get to {goal} within {}; less than half, so there is no median time.",
                percent(share.value),
                count(waits.units),
                self.unit,
                self.question.window
            ),
            (Some(share), Some(median)) => format!(
                "{} of {} {} get to {goal} within {}, half of all within {}.",
                percent(share.value),
                count(waits.units),
                self.unit,
                self.question.window,
                seconds(median.time as f64 / 1e6)
            ),
        };
        let figures = vec![Figure::share(format!("got to {goal}"), waits.happened, waits.units - waits.immature)];
        let view = View::Series(Series { axis, lines, style: SeriesStyle::Steps, unfinished_from: None });
        Told { immature: waits.immature, figures, ..Told::new(caption, view) }
    }

    fn semantics(&self) -> String {
        format!(
            "Each of the {} counts once, from the first start to the first goal after it within {}; the share that got there is the Kaplan-Meier estimate, in which who has not had the full time counts as long as they are known.",
            self.unit, self.question.window
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        tally.0.count(place.point, place.converted)
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let points = tally.0.arrived.keys().map(|point| Place { point: Some(*point), converted: true });
        let whole = [true, false].map(|converted| Place { point: None, converted });
        points.chain(whole).filter(|place| self.count(tally, place) > 0).collect()
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.0.merge(&other.0);
    }
}
