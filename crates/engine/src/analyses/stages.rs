//! Stage progress: how many enter each stage, go on, go back, drop off, and how long it takes.

use periplus_model::answer::{Answer, Column, ColumnKind, Table, View};
use periplus_model::condition::Condition;
use periplus_model::measured::MeasuredMap;
use periplus_model::question::{Common, Unit};
use periplus_model::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{common, count, percent, schema, the_map};
use crate::measure::measure;
use crate::{Analysis, Desk, EngineError, Telling, settings};

pub(super) struct Stages;

/// A question about the journey map as a whole.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Only events at or after this time; the map's period when absent.
    #[serde(default)]
    from: Option<Instant>,
    /// Only events before this time; the map's period when absent.
    #[serde(default)]
    to: Option<Instant>,
    /// Only customers who meet this condition.
    #[serde(default)]
    segment: Option<Condition>,
    /// Only events that meet this condition.
    #[serde(default)]
    filter: Option<Condition>,
}

/// Measures the map and makes an answer of it.
pub(super) fn measured(
    analysis: &dyn Analysis,
    question: &Value,
    desk: &Desk<'_>,
    tell: impl FnOnce(MeasuredMap) -> (String, View),
) -> Result<Answer, EngineError> {
    let started = (desk.stopwatch)();
    let asked: Question = settings(question)?;
    let map = the_map(desk)?;
    let shared =
        Common { from: asked.from, to: asked.to, segment: asked.segment.clone(), filter: asked.filter.clone(), unit: Unit::Customer };
    let lens = common(&shared, desk)?;
    let (measured, totals, immature) = measure(desk, map, lens)?;
    let unit = measured.unit.clone();
    let (caption, view) = tell(measured);
    let telling = Telling {
        analysis,
        question: serde_json::to_value(&asked).unwrap_or_default(),
        unit: &unit,
        semantics: "Each counts once per stage, from the first time it is entered; conversion is to the next stage, afterwards, within the time limit, among those whose limit is over.",
        caption,
        totals,
        immature,
        started,
    };
    Ok(telling.answer(desk, view))
}

impl Analysis for Stages {
    fn name(&self) -> &'static str {
        "stages"
    }
    fn about(&self) -> &'static str {
        "Stage progress: how many enter each stage of the map, go on to the next, go back or drop off, and how long it takes; for each persona."
    }
    fn example(&self) -> Value {
        json!({})
    }
    fn schema(&self) -> Value {
        schema::<Question>()
    }
    fn needs_map(&self) -> bool {
        true
    }

    fn answer(&self, question: &Value, desk: &Desk<'_>) -> Result<Answer, EngineError> {
        measured(self, question, desk, |map| {
            let column = |name: &str, kind| Column { name: name.to_owned(), kind };
            let columns = vec![
                column("group", ColumnKind::Text),
                column("stage", ColumnKind::Text),
                column(&map.unit, ColumnKind::Count),
                column("share", ColumnKind::Share),
                column("go on", ColumnKind::Share),
                column("from", ColumnKind::Share),
                column("to", ColumnKind::Share),
                column("median time", ColumnKind::Seconds),
                column("drop off", ColumnKind::Count),
                column("go back", ColumnKind::Count),
            ];
            let mut rows = Vec::new();
            for group in &map.groups {
                for (stage, info) in group.stages.iter().zip(&map.stages) {
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
            (caption, View::Table(Table { columns, rows }))
        })
    }
}
