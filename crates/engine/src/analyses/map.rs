//! The measured journey map.

use periplus_model::answer::{Answer, View};
use periplus_model::finding::Dismissed;
use periplus_model::measured::MeasuredMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent};
use crate::asked::settings;
use crate::kind::{Asked, Kind};
use crate::measure::Measuring;
use crate::said::Corrected;
use crate::{Analysis, Desk, EngineError};

/// So many findings stand on a map.
const FINDINGS_MAX: usize = 24;

pub(super) struct Map;

/// A question for a measured map.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Whether to look for pains and delights as well, which takes longer than all the rest.
    #[serde(default = "yes")]
    findings: bool,
    /// Findings that were dismissed, by their ids, and how they were then: they are told when they have become more, or at other times.
    #[serde(default, skip_serializing_if = "Dismissed::is_empty")]
    dismissed: Dismissed,
    /// How people say that texts are meant, by the hash of the text.
    #[serde(default, skip_serializing_if = "Corrected::is_empty")]
    corrected: Corrected,
}

impl Question {
    /// Puts findings on a map, without those that were dismissed.
    fn put(&self, map: &mut View, found: View) {
        if let (View::Map(map), View::Findings(found)) = (map, found) {
            map.findings = found.findings;
            map.findings.retain(|finding| !self.dismissed.stays(finding));
            map.findings.truncate(FINDINGS_MAX);
        }
    }
}

fn yes() -> bool {
    true
}

impl Kind for Map {
    type Question = Question;
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

    /// Where it hurts and where it delights, as the analysis of findings tells it.
    fn complete(&self, answer: &mut Answer, question: &Value, desk: &Desk<'_>) -> Result<(), EngineError> {
        let (_, own, _): (_, Question, _) = settings(question)?;
        let mut question = question.clone();
        let Some(fields) = question.as_object_mut().filter(|_| own.findings) else { return Ok(()) };
        fields.insert("at_most".to_owned(), (FINDINGS_MAX + own.dismissed.0.len()).into());
        fields.insert("examples".to_owned(), false.into());
        fields.retain(|name, _| name != "findings" && name != "dismissed");
        let told = match super::findings::Findings.answer(&question, desk) {
            Ok(told) => told,
            // Whatever else the map says is right nevertheless.
            Err(why @ (EngineError::Question(_) | EngineError::TooLarge)) => {
                answer.meta.notes.push(format!("Pains and delights could not be looked for: {why}."));
                return Ok(());
            }
            Err(why) => return Err(why),
        };
        own.put(&mut answer.view, told.view);
        for group in told.groups {
            if let Some(mine) = answer.groups.iter_mut().find(|mine| mine.name == group.name) {
                own.put(&mut mine.view, group.view);
            }
        }
        if let (Some(mine), Some(other)) = (&mut answer.compared, told.compared) {
            own.put(&mut mine.view, other.view);
        }
        answer.meta.notes.extend(told.meta.notes.into_iter().filter(|note| !answer.meta.notes.contains(note)).collect::<Vec<_>>());
        Ok(())
    }

    fn plan(&self, _: Question, asked: &mut Asked<'_>) -> Result<Measuring, EngineError> {
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
