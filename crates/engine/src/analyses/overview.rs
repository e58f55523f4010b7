//! Overview: what is in the lake, in one table.

use std::sync::Arc;

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::time::Instant;
use periplus_stats::Quantiles;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, seconds};
use crate::EngineError;
use crate::columns::Names;
use crate::kind::{self, Asked, Kind, SequenceOf, Told};
use crate::lens::NONE;
use crate::scan::{Run, Totals};

pub(super) struct Overview;

/// A question for the journey overview.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Events, touchpoints or channels.
    #[serde(default)]
    of: SequenceOf,
}

impl Kind for Overview {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "overview"
    }
    fn about(&self) -> &'static str {
        "What there is: every event, touchpoint or channel with its customers, how often it happens, when first and last, and where in the journey."
    }
    fn example(&self) -> Value {
        json!({})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        Ok(Plan { names: asked.codes(question.of)?, of: question.of, unit: asked.unit.plural().to_owned() })
    }
}

/// An overview, understood.
pub(super) struct Plan {
    names: Arc<Names>,
    of: SequenceOf,
    unit: String,
}

/// Positions are counted in thousandths.
const POSITION: usize = 1_000;

/// The median place, counted so many times each: the middle one, or the mean of the two middle ones.
fn median(counts: &[u64]) -> f64 {
    let all: u64 = counts.iter().sum();
    let at = |rank: u64| {
        let mut seen = 0;
        counts.iter().position(|count| {
            seen += count;
            rank < seen
        })
    };
    let middle = [all.saturating_sub(1) / 2, all / 2].map(|rank| at(rank).unwrap_or(0) as f64);
    (middle[0] + middle[1]) / 2.0
}

#[derive(Clone, Serialize, Deserialize)]
struct Seen {
    events: u64,
    units: u64,
    first: i64,
    last: i64,
    /// How many have it first in each thousandth of their journey.
    positions: Vec<u64>,
    /// The last one that it was seen with.
    #[serde(skip)]
    seen: u64,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { events: 0, units: 0, first: i64::MAX, last: i64::MIN, positions: Vec::new(), seen: 0 }
    }
}

/// What is counted of everything, by code.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    units: u64,
    lengths: Quantiles,
    spans: Quantiles,
    seen: Vec<Seen>,
}

/// Whose count is meant: of those who have this event, touchpoint or channel.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Its name.
    name: String,
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = ();
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally { seen: vec![Seen::default(); self.names.list().len()], ..Tally::default() }
    }
    fn scratch(&self) {}

    fn take(&self, run: &Run<'_>, tally: &mut Tally, (): &mut ()) {
        let length = run.codes.iter().filter(|code| **code != NONE).count();
        let (mut first, mut last, mut nth) = (None, 0, 0);
        let this = tally.units + 1;
        for (code, time) in run.codes.iter().zip(run.times).filter(|(code, _)| **code != NONE) {
            first.get_or_insert(*time);
            last = *time;
            let seen = &mut tally.seen[*code as usize];
            seen.events += 1;
            seen.first = seen.first.min(*time);
            seen.last = seen.last.max(*time);
            // Only the first time counts for the position: a repeated event says little about where it belongs.
            if seen.seen != this {
                seen.seen = this;
                seen.units += 1;
                let position = if length > 1 { nth * POSITION / (length - 1) } else { 0 };
                if seen.positions.is_empty() {
                    seen.positions = vec![0; POSITION + 1];
                }
                seen.positions[position] += 1;
            }
            nth += 1;
        }
        let Some(first) = first else { return };
        tally.units = this;
        tally.lengths.add(length as i64);
        tally.spans.add(last - first);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let mut rows: Vec<(&String, &Seen)> = self.names.list().iter().zip(&tally.seen).filter(|(_, seen)| seen.events > 0).collect();
        rows.sort_by(|a, b| b.1.events.cmp(&a.1.events).then_with(|| a.0.cmp(b.0)));
        let columns = vec![
            Column::new(self.of.word(), ColumnKind::Text),
            Column::new("events", ColumnKind::Count),
            Column::new(&self.unit, ColumnKind::Count),
            Column::new("share", ColumnKind::Share),
            Column::new("position", ColumnKind::Share),
            Column::new("first", ColumnKind::Time),
            Column::new("last", ColumnKind::Time),
        ];
        let row = |(name, seen): &(&String, &Seen)| {
            vec![
                name.as_str().into(),
                seen.events.into(),
                seen.units.into(),
                (seen.units as f64 / tally.units.max(1) as f64).into(),
                (median(&seen.positions) / POSITION as f64).into(),
                Instant(seen.first).to_string().into(),
                Instant(seen.last).to_string().into(),
            ]
        };
        let table =
            Table::new(columns, rows.iter().map(row).collect()).counting(2, |row, _| Some(Place { name: rows.get(row)?.0.clone() }));
        let caption = if tally.units == 0 {
            "There are no events yet; import some with `periplus import FILE`.".to_owned()
        } else {
            format!(
                "{} events of {} {}; the median journey has {} events over {}.",
                count(tally.seen.iter().map(|seen| seen.events).sum()),
                count(tally.units),
                self.unit,
                tally.lengths.median().unwrap_or(0.0),
                seconds(tally.spans.median().unwrap_or(0.0) / 1e6)
            )
        };
        Told::new(caption, View::Table(table))
    }

    fn semantics(&self) -> String {
        format!("The share is of all {}, the position the median place in the journey, from 0 % (first) to 100 % (last).", self.unit)
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        self.names.list().iter().zip(&tally.seen).find(|(name, _)| **name == place.name).map_or(0, |(_, seen)| seen.units)
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let there = self.names.list().iter().zip(&tally.seen).filter(|(_, seen)| seen.units > 0);
        there.map(|(name, _)| Place { name: name.clone() }).collect()
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.units += other.units;
        self.lengths.merge(&other.lengths);
        self.spans.merge(&other.spans);
        for (mine, theirs) in self.seen.iter_mut().zip(&other.seen) {
            mine.events += theirs.events;
            mine.units += theirs.units;
            mine.first = mine.first.min(theirs.first);
            mine.last = mine.last.max(theirs.last);
            mine.positions.resize(mine.positions.len().max(theirs.positions.len()), 0);
            mine.positions.iter_mut().zip(&theirs.positions).for_each(|(mine, theirs)| *mine += theirs);
        }
    }
}
