//! Correlation: which earlier touchpoints go with reaching a goal, and which with not reaching it.

use std::sync::Arc;

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::time::Span;
use periplus_stats::{TwoByTwo, benjamini_hochberg, wilson};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent};
use crate::EngineError;
use crate::asking::never_none;
use crate::columns::Names;
use crate::kind::{self, Asked, Figure, Kind, SequenceOf, Told};
use crate::lens::NONE;
use crate::scan::{Run, Totals};
use crate::steps::Step;

pub(super) struct Correlation;

/// A question for correlation.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Events, touchpoints or channels.
    #[serde(default)]
    of: SequenceOf,
    /// From the first of these events on; from the first of all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<Step>,
    /// What is to be reached.
    goal: Step,
    /// Within this time after the start.
    #[serde(default = "super::month")]
    window: Span,
    /// Who did something fewer people did (or did not do) is left out.
    #[serde(default = "thirty")]
    at_least: u64,
}

fn thirty() -> u64 {
    30
}

impl Kind for Correlation {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "correlation"
    }
    fn about(&self) -> &'static str {
        "Which earlier events or touchpoints go with reaching a goal or with missing it, how strongly, and whether it could be chance."
    }
    fn example(&self) -> Value {
        json!({"goal": {"event": ["Order Completed", "purchase"]}, "window": "30d"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        if question.window.0 <= 0 {
            return Err(EngineError::Question("the window must be longer than nothing".to_owned()));
        }
        let names = asked.codes(question.of)?;
        let start = Step::bit_or_any(&question.start, asked)?;
        let goal = question.goal.required()?.bit(asked)?;
        Ok(Plan { names, start, goal, known_until: asked.known_until(), unit: asked.unit.plural().to_owned(), question })
    }
}

/// A correlation, understood.
pub(super) struct Plan {
    question: Question,
    names: Arc<Names>,
    start: Option<u32>,
    goal: u32,
    known_until: i64,
    unit: String,
}

/// What is counted of a correlation.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Those whose time is over, and those of them who reached the goal.
    units: u64,
    reached: u64,
    immature: u64,
    /// By code: those who did it before, and those of them who reached the goal.
    did: Vec<(u64, u64)>,
}

/// Who is meant: those who did something before, or did not, and reached the goal, or did not.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The event, touchpoint or channel; whoever started when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Whether they reached the goal.
    reached: bool,
}

impl Plan {
    fn table(tally: &Tally, code: usize) -> TwoByTwo {
        let (did, both) = tally.did[code];
        TwoByTwo {
            with_reached: both,
            with_missed: did - both,
            without_reached: tally.reached - both,
            without_missed: (tally.units - tally.reached) - (did - both),
        }
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Vec<u32>;
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally { did: vec![(0, 0); self.names.list().len()], ..Tally::default() }
    }
    fn scratch(&self) -> Vec<u32> {
        Vec::new()
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, seen: &mut Vec<u32>) {
        let meets_goal = |row: &usize| run.meets(*row, Some(self.goal));
        let starts = |row: &usize| match self.start {
            // With neither a code nor the goal's bit, an event is there for somebody else's sake.
            None => run.codes[*row] != NONE || meets_goal(row),
            start => run.meets(*row, start),
        };
        let Some(first) = (0..run.times.len()).find(starts) else { return };
        let end = run.times[first].saturating_add(self.question.window.0);
        let goal = (first + 1..run.times.len()).take_while(|row| run.times[*row] <= end).find(meets_goal);
        if goal.is_none() && end > self.known_until {
            tally.immature += 1;
            return;
        }
        tally.units += 1;
        tally.reached += u64::from(goal.is_some());
        // Only what came before the outcome may explain it; what happened at its very moment did not come before.
        let until = goal.map_or(end, |row| run.times[row] - 1);
        seen.clear();
        seen.extend((first..run.times.len()).take_while(|row| run.times[*row] <= until).map(|row| run.codes[row]));
        seen.sort_unstable();
        seen.dedup();
        for code in seen.iter().filter(|code| **code != NONE) {
            let did = &mut tally.did[*code as usize];
            did.0 += 1;
            did.1 += u64::from(goal.is_some());
        }
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let enough = |code: &usize| {
            let did = tally.did[*code].0;
            did >= self.question.at_least.max(1) && tally.units - did >= self.question.at_least.max(1)
        };
        let tested: Vec<(usize, TwoByTwo, f64)> = (0..self.names.list().len())
            .filter(enough)
            .map(|code| (code, Self::table(tally, code)))
            .filter_map(|(code, table)| Some((code, table, table.test()?.0)))
            .collect();
        let corrected = benjamini_hochberg(&tested.iter().map(|(_, _, p)| *p).collect::<Vec<_>>());
        let mut found: Vec<_> =
            tested.iter().zip(corrected).filter_map(|((code, table, _), p)| Some((*code, table, table.risk_difference()?, p))).collect();
        found.sort_by(|a, b| b.2.value.abs().total_cmp(&a.2.value.abs()).then_with(|| a.0.cmp(&b.0)));
        let share = |part: u64, of: u64| wilson(part, of).map(|share| share.value);
        let rows = found.iter().map(|(code, table, difference, p)| {
            let (with, without) = (table.with_reached + table.with_missed, table.without_reached + table.without_missed);
            vec![
                self.names.list()[*code].as_str().into(),
                with.into(),
                share(table.with_reached, with).into(),
                share(table.without_reached, without).into(),
                difference.value.into(),
                difference.low.into(),
                difference.high.into(),
                table.odds_ratio().map(|ratio| ratio.value).into(),
                never_none(*p).into(),
            ]
        });
        let columns = vec![
            Column::new(self.question.of.word(), ColumnKind::Text),
            Column::new(&self.unit, ColumnKind::Count),
            Column::new("reached with it", ColumnKind::Share),
            Column::new("without it", ColumnKind::Share),
            Column::new("difference", ColumnKind::Share),
            Column::new("from", ColumnKind::Share),
            Column::new("to", ColumnKind::Share),
            Column::new("odds ratio", ColumnKind::Number),
            Column::new("by chance", ColumnKind::Share),
        ];
        let view = View::Table(
            Table::new(columns, rows.collect())
                .counting(2, |row, _| Some(Place { name: Some(self.names.list()[found.get(row)?.0].clone()), reached: true })),
        );
        let goal = self.question.goal.title();
        let sure = found.iter().find(|(.., p)| *p < 0.05);
        let caption = match sure {
            _ if tally.units == 0 => "It is too early to tell for everybody.".to_owned(),
            None => format!("Nothing goes clearly with reaching {goal} or missing it, among {} {}.", count(tally.units), self.unit),
            Some((code, table, difference, _)) => format!(
                "{} goes most clearly with {} {goal}: {} of those with it reach it, {} of the others.",
                self.names.list()[*code],
                if difference.value > 0.0 { "reaching" } else { "missing" },
                percent(share(table.with_reached, table.with_reached + table.with_missed).unwrap_or(0.0)),
                percent(share(table.without_reached, table.without_reached + table.without_missed).unwrap_or(0.0)),
            ),
        };
        let figures = vec![Figure::share(format!("reached {goal}"), tally.reached, tally.units)];
        let notes = vec!["This is association, not cause. Who reaches the goal soon has had less time for anything else.".to_owned()];
        Told { immature: tally.immature, figures, notes, ..Told::new(caption, view) }
    }

    fn semantics(&self) -> String {
        format!(
            "Each of the {} counts once, from the first start; only what happened before the goal, or within {} if it was not reached, is compared. How probable each difference is by chance is corrected for all that were looked at.",
            self.unit, self.question.window
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let (all, reached) = match &place.name {
            None => (tally.units, tally.reached),
            Some(name) => self.names.code(name).map_or((0, 0), |code| tally.did[code as usize]),
        };
        if place.reached { reached } else { all - reached }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let names = std::iter::once(None).chain(self.names.list().iter().cloned().map(Some));
        let mut places: Vec<Place> = names.flat_map(|name| [true, false].map(|reached| Place { name: name.clone(), reached })).collect();
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.units += other.units;
        self.reached += other.reached;
        self.immature += other.immature;
        for (mine, theirs) in self.did.iter_mut().zip(other.did) {
            mine.0 += theirs.0;
            mine.1 += theirs.1;
        }
    }
}
