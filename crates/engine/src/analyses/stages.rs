//! Stage progress: how many enter each stage, go on, go back, drop off, and how long it takes.

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::measured::MeasuredMap;
use serde_json::{Value, json};

use super::{count, percent};
use crate::EngineError;
use crate::asked::NoneOfItsOwn;
use crate::kind::{Asked, Kind};
use crate::measure::{Measuring, Place, Who};

pub(super) struct Stages;

impl Kind for Stages {
    type Question = NoneOfItsOwn;
    type Plan = Measuring;

    fn name(&self) -> &'static str {
        "stages"
    }
    fn about(&self) -> &'static str {
        "Stage progress: how many enter each stage of the map, go on to the next, go back or drop off, and how long it takes; for each persona."
    }
    fn example(&self) -> Value {
        json!({})
    }
    fn needs_map(&self) -> bool {
        true
    }

    fn plan(&self, NoneOfItsOwn {}: NoneOfItsOwn, asked: &mut Asked<'_>) -> Result<Measuring, EngineError> {
        Measuring::of(asked, show)
    }
}

fn show(map: MeasuredMap) -> (String, View) {
    let columns = vec![
        Column::new("group", ColumnKind::Text),
        Column::new("stage", ColumnKind::Text),
        Column::new(&map.unit, ColumnKind::Count),
        Column::new("share", ColumnKind::Share),
        Column::new("go on", ColumnKind::Share),
        Column::new("from", ColumnKind::Share),
        Column::new("to", ColumnKind::Share),
        Column::new("median time", ColumnKind::Seconds),
        Column::new("drop off", ColumnKind::Count),
        Column::new("go back", ColumnKind::Count),
    ];
    let mut rows = Vec::new();
    let mut at = Vec::new();
    for group in &map.groups {
        for (stage, info) in group.stages.iter().zip(&map.stages) {
            at.push(Place::of(&group.id).stage(&info.id));
            rows.push(vec![
                group.name.as_str().into(),
                info.name.as_str().into(),
                stage.customers.into(),
                stage.share.into(),
                stage.conversion.map(|c| c.value).into(),
                stage.conversion.map(|c| c.low).into(),
                stage.conversion.map(|c| c.high).into(),
                stage.median_seconds_to_next.into(),
                stage.dropped.into(),
                stage.back_customers.into(),
            ]);
        }
    }
    let all = &map.groups[0];
    let caption = match (all.stages.first(), all.stages.last(), map.stages.first(), map.stages.last()) {
        (Some(a), Some(z), Some(first), Some(last)) => format!(
            "Of {} {}, {} entered {} and {} entered {} ({}).",
            count(all.customers),
            map.unit,
            count(a.customers),
            first.name,
            count(z.customers),
            last.name,
            percent(z.share)
        ),
        _ => "The map has no stages.".to_owned(),
    };
    let who = |row: usize, who: Who| at.get(row).map(|place: &Place| place.clone().who(who));
    let table = Table::new(columns, rows)
        .counting(2, |row, _| who(row, Who::Entered))
        .counting(4, |row, _| who(row, Who::WentOn))
        .counting(8, |row, _| who(row, Who::DroppedOff))
        .counting(9, |row, _| who(row, Who::WentBack));
    (caption, View::Table(table))
}
