//! The measured journey map.

use periplus_model::answer::{Answer, View};
use serde_json::{Value, json};

use super::stages::measured;
use super::{count, percent};
use crate::asked::{NoneOfItsOwn, schema};
use crate::{Analysis, Desk, EngineError};

pub(super) struct Map;

impl Analysis for Map {
    fn name(&self) -> &'static str {
        "map"
    }
    fn about(&self) -> &'static str {
        "The measured journey map: stages, touchpoints, emotions, key figures, pains and delights, for everybody and each persona."
    }
    fn example(&self) -> Value {
        json!({})
    }
    fn schema(&self) -> Value {
        schema::<NoneOfItsOwn>()
    }
    fn needs_map(&self) -> bool {
        true
    }

    fn answer(&self, question: &Value, desk: &Desk<'_>) -> Result<Answer, EngineError> {
        measured(self, question, desk, |map| {
            let all = &map.groups[0];
            let mut caption =
                format!("{} {} on {} stages and {} touchpoints", count(all.customers), map.unit, map.stages.len(), map.touchpoints.len());
            let worst = all
                .stages
                .iter()
                .zip(&map.stages)
                .filter_map(|(s, info)| s.conversion.map(|c| (c.value, info)))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((share, stage)) = worst {
                caption += &format!("; the narrowest place is after {} ({} go on)", stage.name, percent(share));
            }
            (caption + ".", View::Map(Box::new(map)))
        })
    }
}
