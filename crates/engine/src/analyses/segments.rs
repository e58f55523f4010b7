//! Segments: how many belong to each, and how they overlap.

use std::collections::{BTreeMap, HashMap};

use periplus_model::Condition;
use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_stats::wilson;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent};
use crate::EngineError;
use crate::kind::{self, Asked, Figure, Kind, Told};
use crate::scan::{Run, Totals};

pub(super) struct Segments;

/// A question for segments.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// The segments by name, 1 to 20; when absent, the personas of the map. Members are told as of the end of the period.
    #[serde(default)]
    segments: BTreeMap<String, Condition>,
}

impl Kind for Segments {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "segments"
    }
    fn about(&self) -> &'static str {
        "How many customers belong to each segment, as of the end of the period, and how many to two of them."
    }
    fn example(&self) -> Value {
        json!({"segments": {
            "active": {"did": {"and": []}, "within": "30d"},
            "often": {"did": {"and": []}, "at_least": 10},
        }})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let mut segments: Vec<(String, Condition)> = question.segments.into_iter().collect();
        if segments.is_empty() {
            segments = asked.map()?.personas.iter().map(|persona| (persona.name.clone(), persona.segment.clone())).collect();
        }
        if !(1..=20).contains(&segments.len()) {
            return Err(EngineError::Question("name 1 to 20 \"segments\"".to_owned()));
        }
        // Who did nothing that a segment speaks of may still belong to it.
        asked.lens.keep_all = true;
        let map = asked.desk.map;
        let mut names = Vec::new();
        let mut places = Vec::new();
        for (name, condition) in segments {
            places.push(asked.lens.segment(&condition, map)?);
            names.push(name);
        }
        Ok(Plan { names, places, unit: asked.unit.plural().to_owned() })
    }
}

/// Segments, understood.
pub(super) struct Plan {
    names: Vec<String>,
    /// Their places in the lens.
    places: Vec<u32>,
    unit: String,
}

/// How many belong to just this set of segments (bit i: to segment i).
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    members: HashMap<u32, u64>,
}

/// Who is meant: those who belong to all of these segments and to none of those.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Segments that they belong to.
    #[serde(default, rename = "in")]
    within: Vec<String>,
    /// Segments that they do not belong to.
    #[serde(default, rename = "not_in", skip_serializing_if = "Vec::is_empty")]
    without: Vec<String>,
}

impl Tally {
    fn of(&self, within: u32, without: u32) -> u64 {
        self.members.iter().filter(|(mask, _)| *mask & within == within && *mask & without == 0).map(|(_, n)| n).sum()
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
        let mask = self.places.iter().enumerate().fold(0u32, |mask, (bit, place)| mask | u32::from(run.is_in(*place)) << bit);
        *tally.members.entry(mask).or_default() += 1;
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.of(0, 0)
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let all = tally.of(0, 0);
        let mut columns = vec![
            Column::new("segment", ColumnKind::Text),
            Column::new(&self.unit, ColumnKind::Count),
            Column::new("share", ColumnKind::Share),
            Column::new("only in it", ColumnKind::Count),
        ];
        columns.extend(self.names.iter().map(|name| Column::new(format!("also in {name}"), ColumnKind::Count)));
        let everyone = u32::MAX >> (32 - self.names.len() as u32);
        let rows = self.names.iter().enumerate().map(|(bit, name)| {
            let size = tally.of(1 << bit, 0);
            let mut cells: Vec<Value> = vec![
                name.as_str().into(),
                size.into(),
                wilson(size, all).map(|share| share.value).into(),
                tally.of(1 << bit, everyone & !(1 << bit)).into(),
            ];
            cells.extend(
                (0..self.names.len()).map(|other| if other == bit { Value::Null } else { tally.of(1 << bit | 1 << other, 0).into() }),
            );
            cells
        });
        let one = |bit: usize| self.names.get(bit).cloned().into_iter().collect::<Vec<String>>();
        let others = |bit: usize| self.names.iter().enumerate().filter(|(other, _)| *other != bit).map(|(_, name)| name.clone()).collect();
        let mut table = Table::new(columns, rows.collect())
            .counting(1, |row, _| Some(Place { within: one(row), without: Vec::new() }))
            .counting(3, |row, _| Some(Place { within: one(row), without: others(row) }));
        for other in 0..self.names.len() {
            table = table.counting(4 + other, |row, _| Some(Place { within: [one(row), one(other)].concat(), without: Vec::new() }));
        }
        let in_none = tally.of(0, everyone);
        let caption = match (0..self.names.len()).max_by_key(|bit| (tally.of(1 << bit, 0), std::cmp::Reverse(*bit))) {
            Some(largest) if all > 0 => format!(
                "Of {} {}, {} ({}) belong to {}; {} belong to none.",
                count(all),
                self.unit,
                count(tally.of(1 << largest, 0)),
                percent(tally.of(1 << largest, 0) as f64 / all as f64),
                self.names[largest],
                count(in_none)
            ),
            _ => "There is nobody yet.".to_owned(),
        };
        let figures = self.names.iter().enumerate().map(|(bit, name)| Figure::share(name, tally.of(1 << bit, 0), all)).collect();
        Told { figures, ..Told::new(caption, View::Table(table)) }
    }

    fn semantics(&self) -> String {
        "A customer belongs to a segment who meets its condition with what happened in the period, looked back from its end; who has no event in it is not counted.".to_owned()
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let mask = |names: &[String]| {
            let bit = |name: &String| self.names.iter().position(|known| known == name);
            names.iter().try_fold(0u32, |mask, name| Some(mask | 1 << bit(name)?))
        };
        mask(&place.within).zip(mask(&place.without)).map_or(0, |(within, without)| tally.of(within, without))
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let place = |within: &[&String]| Place { within: within.iter().map(|name| (*name).clone()).collect(), without: Vec::new() };
        let mut places = vec![Place { within: Vec::new(), without: self.names.clone() }];
        for (bit, name) in self.names.iter().enumerate() {
            places.push(place(&[name]));
            let others = self.names.iter().filter(|other| *other != name).cloned().collect();
            places.push(Place { within: vec![name.clone()], without: others });
            places.extend(self.names[bit + 1..].iter().map(|other| place(&[name, other])));
        }
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        for (mask, n) in other.members {
            *self.members.entry(mask).or_default() += n;
        }
    }
}
