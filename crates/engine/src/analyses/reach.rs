//! Touchpoint reach: how many customers each touchpoint touches.

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::measured::MeasuredMap;
use serde_json::{Value, json};

use super::{count, percent};
use crate::EngineError;
use crate::asked::NoneOfItsOwn;
use crate::kind::{Asked, Kind};
use crate::measure::{Measuring, Place};

pub(super) struct Reach;

impl Kind for Reach {
    type Question = NoneOfItsOwn;
    type Plan = Measuring;

    fn name(&self) -> &'static str {
        "reach"
    }
    fn about(&self) -> &'static str {
        "Touchpoint reach: how many customers each touchpoint of the map touches, how often, and its share of all events; for each persona."
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
        Column::new("touchpoint", ColumnKind::Text),
        Column::new("channel", ColumnKind::Text),
        Column::new(&map.unit, ColumnKind::Count),
        Column::new("reach", ColumnKind::Share),
        Column::new("events", ColumnKind::Count),
        Column::new("events each", ColumnKind::Number),
    ];
    let mut rows = Vec::new();
    let mut at = Vec::new();
    for group in &map.groups {
        for (touchpoint, info) in group.touchpoints.iter().zip(&map.touchpoints) {
            at.push(Place::of(&group.id).touchpoint(&info.id));
            rows.push(vec![
                group.name.as_str().into(),
                map.stages[info.stage].name.as_str().into(),
                info.name.as_str().into(),
                info.channel.as_deref().into(),
                touchpoint.customers.into(),
                touchpoint.reach.into(),
                touchpoint.events.into(),
                (touchpoint.events as f64 / touchpoint.customers.max(1) as f64).into(),
            ]);
        }
    }
    let widest = map.groups[0].touchpoints.iter().zip(&map.touchpoints).max_by_key(|(touchpoint, _)| touchpoint.customers);
    let caption = match widest {
        Some((touchpoint, info)) => format!(
            "{} reaches most: {} of {} {} ({}).",
            info.name,
            count(touchpoint.customers),
            count(map.groups[0].customers),
            map.unit,
            percent(touchpoint.reach)
        ),
        None => "The map has no touchpoints.".to_owned(),
    };
    (caption, View::Table(Table::new(columns, rows).counting(4, |row, _| at.get(row).cloned())))
}
