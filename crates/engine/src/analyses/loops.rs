//! Loops: what is done again, at once or after something else.

use std::sync::Arc;

use periplus_kernels::Rework;
use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_stats::{Quantiles, wilson};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent};
use crate::EngineError;
use crate::columns::Names;
use crate::kind::{self, Asked, Kind, SequenceOf, Told};
use crate::scan::{Coded, Run, Totals};

pub(super) struct Loops;

/// A question for loops.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Events, touchpoints or channels.
    #[serde(default)]
    of: SequenceOf,
}

impl Kind for Loops {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "loops"
    }
    fn about(&self) -> &'static str {
        "What is done again: repeated at once, or returned to after something else, by how many, how often and how soon."
    }
    fn example(&self) -> Value {
        json!({"unit": "session"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        Ok(Plan { names: asked.codes(question.of)?, of: question.of, unit: asked.unit.plural().to_owned() })
    }
}

/// Loops, understood.
pub(super) struct Plan {
    names: Arc<Names>,
    of: SequenceOf,
    unit: String,
}

/// What is counted of one event, touchpoint or channel.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Seen {
    units: u64,
    repeating: u64,
    repeats: u64,
    returning: u64,
    returns: u64,
    /// Each one's soonest return.
    soonest: Quantiles,
}

/// What is counted of loops, by code.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tally {
    units: u64,
    looping: u64,
    seen: Vec<Seen>,
}

/// Who is meant: those who have this event, touchpoint or channel, repeat it, or return to it.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Its name.
    name: String,
    /// Who.
    #[serde(default)]
    who: Who,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Who {
    /// Those who have it.
    #[default]
    Have,
    /// Those who repeat it at once.
    Repeat,
    /// Those who return to it after something else.
    Return,
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = (Coded, Rework);
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally { units: 0, looping: 0, seen: vec![Seen::default(); self.names.list().len()] }
    }
    fn scratch(&self) -> (Coded, Rework) {
        Default::default()
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, (coded, rework): &mut (Coded, Rework)) {
        let (times, codes) = coded.of(run);
        let mut looping = false;
        for again in rework.again(times, codes) {
            let seen = &mut tally.seen[again.code as usize];
            seen.units += 1;
            seen.repeating += u64::from(again.repeats > 0);
            seen.repeats += u64::from(again.repeats);
            seen.returning += u64::from(again.returns > 0);
            seen.returns += u64::from(again.returns);
            if let Some((soonest, _)) = again.return_times {
                seen.soonest.add(soonest);
            }
            looping |= again.repeats > 0 || again.returns > 0;
        }
        tally.units += u64::from(!codes.is_empty());
        tally.looping += u64::from(looping);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let mut rows: Vec<(&String, &Seen)> =
            self.names.list().iter().zip(&tally.seen).filter(|(_, seen)| seen.repeating + seen.returning > 0).collect();
        rows.sort_by(|a, b| (b.1.returning, b.1.repeating).cmp(&(a.1.returning, a.1.repeating)).then_with(|| a.0.cmp(b.0)));
        let share = |part: u64, of: u64| wilson(part, of).map(|share| share.value);
        let columns = vec![
            Column::new(self.of.word(), ColumnKind::Text),
            Column::new(&self.unit, ColumnKind::Count),
            Column::new("return to it", ColumnKind::Count),
            Column::new("share", ColumnKind::Share),
            Column::new("returns", ColumnKind::Count),
            Column::new("soonest (median)", ColumnKind::Seconds),
            Column::new("repeat it", ColumnKind::Count),
            Column::new("share repeating", ColumnKind::Share),
            Column::new("repeats", ColumnKind::Count),
        ];
        let row = |(name, seen): &(&String, &Seen)| {
            vec![
                name.as_str().into(),
                seen.units.into(),
                seen.returning.into(),
                share(seen.returning, seen.units).into(),
                seen.returns.into(),
                seen.soonest.median().map(|micros| micros / 1e6).into(),
                seen.repeating.into(),
                share(seen.repeating, seen.units).into(),
                seen.repeats.into(),
            ]
        };
        let at = |row: usize, who: Who| Some(Place { name: rows.get(row)?.0.clone(), who });
        let table = Table::new(columns, rows.iter().map(row).collect())
            .counting(1, |row, _| at(row, Who::Have))
            .counting(2, |row, _| at(row, Who::Return))
            .counting(6, |row, _| at(row, Who::Repeat));
        let caption = match rows.first() {
            None => format!("None of {} {} does anything twice.", count(tally.units), self.unit),
            Some((name, seen)) => format!(
                "{} of {} {} do something again; most return to {name} ({}, {} of those who have it).",
                count(tally.looping),
                count(tally.units),
                self.unit,
                count(seen.returning),
                percent(seen.returning as f64 / seen.units as f64)
            ),
        };
        Told::new(caption, View::Table(table))
    }

    fn semantics(&self) -> String {
        "A repeat comes directly after another of its kind, a return after something else in between; each is counted within one sequence."
            .to_owned()
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        self.names.code(&place.name).map(|code| &tally.seen[code as usize]).map_or(0, |seen| match place.who {
            Who::Have => seen.units,
            Who::Repeat => seen.repeating,
            Who::Return => seen.returning,
        })
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let all = [Who::Have, Who::Repeat, Who::Return];
        let mut places: Vec<Place> = self.names.list().iter().flat_map(|name| all.map(|who| Place { name: name.clone(), who })).collect();
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.units += other.units;
        self.looping += other.looping;
        for (mine, theirs) in self.seen.iter_mut().zip(&other.seen) {
            mine.units += theirs.units;
            mine.repeating += theirs.repeating;
            mine.repeats += theirs.repeats;
            mine.returning += theirs.returning;
            mine.returns += theirs.returns;
            mine.soonest.merge(&theirs.soonest);
        }
    }
}
