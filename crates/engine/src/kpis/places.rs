//! Where on the map, or through which channel, something was seen.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::seen::Sighting;
use crate::EngineError;
use crate::columns::{Name, Names};
use crate::kind::Asked;
use crate::lens::{NONE, Text};
use crate::said::touchpoint_before;
use crate::scan::Run;

/// By what key figures are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    /// All together.
    #[default]
    None,
    /// The stage that they speak of, or happen in.
    Stage,
    /// The touchpoint; of an answer, the last one before it.
    Touchpoint,
    /// The channel of the event; of one that has none, the last one before it.
    Channel,
}

impl By {
    /// The word for one of them.
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            By::None => None,
            By::Stage => Some("stage"),
            By::Touchpoint => Some("touchpoint"),
            By::Channel => Some("channel"),
        }
    }
}

/// The place of what happened at none.
pub(crate) const NOWHERE: u32 = u32::MAX;
/// What that is called.
const NO_PLACE: &str = "(none)";

/// The places that there are.
pub(crate) struct Places {
    by: By,
    /// Ids and names of stages or touchpoints.
    listed: Vec<(String, String)>,
    stage_of: Vec<usize>,
    /// The bits of answers.
    pub(crate) answers: u64,
    /// The text of the channel in the lens.
    channel: usize,
    channels: Arc<Names>,
}

impl Places {
    /// Asks the lens for what tells them.
    pub(crate) fn of(by: By, asked: &mut Asked<'_>) -> Result<Places, EngineError> {
        let mut places =
            Places { by, listed: Vec::new(), stage_of: Vec::new(), answers: 0, channel: 0, channels: Arc::new(Names::new(Vec::new())) };
        match by {
            By::None => {}
            By::Stage | By::Touchpoint => {
                let map = asked.map()?;
                asked.lens.by_touchpoints(map)?;
                places.stage_of = map.touchpoints.iter().map(|t| map.stage_index(&t.stage).unwrap_or(0)).collect();
                places.listed = match by {
                    By::Stage => map.stages.iter().map(|stage| (stage.id.clone(), stage.name.clone())).collect(),
                    _ => map.touchpoints.iter().map(|touchpoint| (touchpoint.id.clone(), touchpoint.name.clone())).collect(),
                };
            }
            By::Channel => {
                places.channel = asked.lens.text(Text::Channel);
                places.channels = asked.desk.columns.names(asked.desk.lake, asked.desk.snapshot, Name::Channel)?;
                places.listed = places.channels.list().iter().map(|name| (name.clone(), name.clone())).collect();
            }
        }
        Ok(places)
    }

    /// Where something was seen.
    pub(crate) fn place(&self, run: &Run<'_>, sighting: &Sighting) -> Option<u32> {
        let touchpoint = || match sighting.is_answer {
            true => touchpoint_before(run, sighting.row, self.answers, sighting.stage, &self.stage_of),
            false => (0..=sighting.row).rev().map(|row| run.codes[row]).find(|code| *code != NONE).map(|code| code as usize),
        };
        let found = match self.by {
            By::None => return None,
            By::Stage => sighting.stage.or_else(|| self.stage_of.get(touchpoint()?).copied()),
            By::Touchpoint => touchpoint(),
            By::Channel => {
                let channel = (0..=sighting.row).rev().find_map(|row| run.text(self.channel, row));
                channel.and_then(|channel| self.channels.code(channel)).map(|code| code as usize)
            }
        };
        Some(found.and_then(|place| u32::try_from(place).ok()).unwrap_or(NOWHERE))
    }

    /// The id of a place.
    pub(crate) fn id(&self, place: u32) -> &str {
        self.listed.get(place as usize).map_or(NO_PLACE, |(id, _)| id)
    }

    /// What a place is called.
    pub(crate) fn name(&self, place: u32) -> &str {
        self.listed.get(place as usize).map_or(NO_PLACE, |(_, name)| name)
    }

    /// The place with this id.
    pub(crate) fn of_id(&self, id: &str) -> u32 {
        self.listed.iter().position(|(known, _)| known == id).map_or(NOWHERE, |place| place as u32)
    }
}
