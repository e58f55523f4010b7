//! The measured journey map.

use periplus_model::answer::View;
use periplus_model::measured::MeasuredMap;
use serde_json::{Value, json};

use super::{count, percent};
use crate::EngineError;
use crate::asked::NoneOfItsOwn;
use crate::kind::{Asked, Kind};
use crate::measure::Measuring;

pub(super) struct Map;

impl Kind for Map {
    type Question = NoneOfItsOwn;
    type Plan = Measuring;

    fn name(&self) -> &'static str {
        "map"
    }
    fn about(&self) -> &'static str {
        "The measured journey map: stages, touchpoints, emotions, key figures, pains and delights, for everybody and each persona."
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
    let all = &map.groups[0];
    let mut caption =
        format!("{} {} on {} stages and {} touchpoints", count(all.customers), map.unit, map.stages.len(), map.touchpoints.len());
    let worst =
        all.stages.iter().zip(&map.stages).filter_map(|(s, info)| s.conversion.map(|c| (c.value, info))).min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((share, stage)) = worst {
        caption += &format!("; the narrowest place is after {} ({} go on)", stage.name, percent(share));
    }
    if let Some(told) = &all.feeling {
        let name = |stage: usize| map.stages.get(stage).map_or("", |stage| stage.name.as_str());
        caption += &format!(
            "; {:+.2} is what remains of the journey (the mean of its peak, {}, and its end, {})",
            told.score.value,
            name(told.peak),
            name(told.end)
        );
    }
    (caption + ".", View::Map(Box::new(map)))
}
