//! Bottlenecks: between which steps most time is spent.

use std::sync::Arc;

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::time::Span;
use periplus_stats::{Moments, Quantiles};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent, seconds};
use crate::EngineError;
use crate::columns::Names;
use crate::grid::Grid;
use crate::kind::{self, Asked, Kind, SequenceOf, Told};
use crate::scan::{Coded, Run, Totals};

pub(super) struct Bottlenecks;

/// A question for bottlenecks.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Events, touchpoints or channels.
    #[serde(default)]
    of: SequenceOf,
    /// Leave out waits that are longer: a customer who comes back after a year was not waiting for a year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    longest: Option<Span>,
    /// How many are shown.
    #[serde(default = "super::twenty")]
    top: usize,
}

impl Kind for Bottlenecks {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "bottlenecks"
    }
    fn about(&self) -> &'static str {
        "Between which two steps most time is spent in all, and how long the single waits are."
    }
    fn example(&self) -> Value {
        json!({"longest": "30d", "top": 10})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        Ok(Plan { names: asked.codes(question.of)?, unit: asked.unit.plural().to_owned(), question })
    }
}

/// Bottlenecks, understood.
pub(super) struct Plan {
    question: Question,
    names: Arc<Names>,
    unit: String,
}

/// The waits between two steps.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Waits {
    units: u64,
    all: Moments,
    quantiles: Quantiles,
    #[serde(skip)]
    last: u64,
}

/// What is counted of bottlenecks.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tally {
    units: u64,
    waits: Grid<Waits>,
}

/// Who is meant: those who waited between two steps.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The step before.
    from: String,
    /// The step after.
    to: String,
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Coded;
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally { units: 0, waits: Grid::new(self.names.list().len()) }
    }
    fn alone(&self) -> Tally {
        Tally { units: 0, waits: Grid::sparse() }
    }
    fn scratch(&self) -> Coded {
        Coded::default()
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, coded: &mut Coded) {
        let (times, codes) = coded.of(run);
        tally.units += u64::from(!codes.is_empty());
        for (from, to, wait) in periplus_kernels::follows(times, codes) {
            if self.question.longest.is_none_or(|longest| wait <= longest.0) {
                let waits = tally.waits.at(from, to);
                waits.units += u64::from(waits.last != tally.units);
                waits.last = tally.units;
                waits.all.add(wait);
                waits.quantiles.add(wait);
            }
        }
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let name = |code: u32| self.names.list()[code as usize].as_str();
        let mut rows: Vec<((u32, u32), &Waits)> = tally.waits.cells().filter(|(_, waits)| waits.all.sum() > 0).collect();
        rows.sort_by(|a, b| b.1.all.sum().cmp(&a.1.all.sum()).then_with(|| a.0.cmp(&b.0)));
        let all: i128 = rows.iter().map(|(_, waits)| waits.all.sum()).sum();
        let share = |waits: &Waits| waits.all.sum() as f64 / all as f64;
        let quantile = |waits: &Waits, q: f64| waits.quantiles.quantile(q).map(|micros| micros / 1e6);
        let columns = vec![
            Column::new("from", ColumnKind::Text),
            Column::new("to", ColumnKind::Text),
            Column::new(&self.unit, ColumnKind::Count),
            Column::new("waits", ColumnKind::Count),
            Column::new("share of all time", ColumnKind::Share),
            Column::new("median", ColumnKind::Seconds),
            Column::new("90 % within", ColumnKind::Seconds),
            Column::new("mean", ColumnKind::Seconds),
        ];
        let row = |((from, to), waits): &((u32, u32), &Waits)| {
            vec![
                name(*from).into(),
                name(*to).into(),
                waits.units.into(),
                waits.all.count().into(),
                share(waits).into(),
                quantile(waits, 0.5).into(),
                quantile(waits, 0.9).into(),
                waits.all.mean().map(|micros| micros / 1e6).into(),
            ]
        };
        let table = Table::new(columns, rows.iter().take(self.question.top).map(row).collect()).counting(2, |row, _| {
            let ((from, to), _) = rows.get(row)?;
            Some(Place { from: name(*from).to_owned(), to: name(*to).to_owned() })
        });
        let caption = match rows.first() {
            None => format!("Nothing takes time in {} {}.", count(tally.units), self.unit),
            Some(((from, to), waits)) => format!(
                "Most time passes between {} and {}: {} of all time between steps, {} at the median.",
                name(*from),
                name(*to),
                percent(share(waits)),
                seconds(quantile(waits, 0.5).unwrap_or(0.0))
            ),
        };
        Told::new(caption, View::Table(table))
    }

    fn semantics(&self) -> String {
        match self.question.longest {
            Some(longest) => format!("Waits run from one step to the next of the same sequence; those over {longest} are left out."),
            None => "Waits run from one step to the next of the same sequence.".to_owned(),
        }
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let code = |name: &String| self.names.code(name);
        code(&place.from).zip(code(&place.to)).and_then(|(from, to)| tally.waits.get(from, to)).map_or(0, |waits| waits.units)
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let name = |code: u32| self.names.list()[code as usize].clone();
        tally.waits.cells().filter(|(_, waits)| waits.units > 0).map(|((from, to), _)| Place { from: name(from), to: name(to) }).collect()
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.units += other.units;
        self.waits.merge(other.waits, |mine, theirs| {
            mine.units += theirs.units;
            mine.all.merge(&theirs.all);
            mine.quantiles.merge(&theirs.quantiles);
        });
    }

    fn weight(&self) -> u64 {
        self.waits.len() as u64 * 1_024
    }
}
