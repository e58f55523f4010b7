//! Where on the map, or through which channel, something was seen.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::seen::Sighting;
use crate::EngineError;
use crate::about::About;
use crate::columns::{Name, Names};
use crate::kind::Asked;
use crate::lens::{NONE, Text};
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
    /// The touchpoint; of an answer, the one that it is about.
    Touchpoint,
    /// The channel of the event, of an answer that of the touchpoint which it is about; of one that has none, the last one before it.
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
    /// What answers are about; nothing without a map.
    about: Option<About>,
    /// The text of the channel in the lens,
    channel: usize,
    channels: Arc<Names>,
    /// and the channels that the map says its touchpoints have.
    declared: Vec<Option<usize>>,
}

impl Places {
    /// Asks the lens for what tells them.
    pub(crate) fn of(by: By, asked: &mut Asked<'_>) -> Result<Places, EngineError> {
        let channels = Arc::new(Names::new(Vec::new()));
        let mut places = Places { by, listed: Vec::new(), about: None, channel: 0, channels, declared: Vec::new() };
        if let Some(map) = asked.desk.map.filter(|_| by != By::None) {
            asked.lens.by_touchpoints(map)?;
            places.about = Some(About::of(map, &mut asked.lens)?);
        }
        match by {
            By::None => {}
            By::Stage | By::Touchpoint => {
                let map = asked.map()?;
                places.listed = match by {
                    By::Stage => map.stages.iter().map(|stage| (stage.id.clone(), stage.name.clone())).collect(),
                    _ => map.touchpoints.iter().map(|touchpoint| (touchpoint.id.clone(), touchpoint.name.clone())).collect(),
                };
            }
            By::Channel => {
                places.channel = asked.lens.text(Text::Channel);
                places.channels = asked.desk.columns.names(asked.desk.lake, asked.desk.snapshot, Name::Channel)?;
                let mut names = places.channels.list().to_vec();
                for touchpoint in asked.desk.map.iter().flat_map(|map| &map.touchpoints) {
                    places.declared.push(touchpoint.channel.as_ref().map(|channel| {
                        names.iter().position(|known| known == channel).unwrap_or_else(|| {
                            names.push(channel.clone());
                            names.len() - 1
                        })
                    }));
                }
                places.listed = names.into_iter().map(|name| (name.clone(), name)).collect();
            }
        }
        Ok(places)
    }

    /// Where something was seen.
    pub(crate) fn place(&self, run: &Run<'_>, sighting: &Sighting) -> Option<u32> {
        let about = self.about.as_ref();
        let subject = || about.filter(|_| sighting.is_answer).map(|about| about.subject(run, sighting.row, sighting.stage));
        let touchpoint = || match subject() {
            Some(subject) => subject.touchpoint,
            None => (0..=sighting.row).rev().map(|row| run.codes[row]).find(|code| *code != NONE).map(|code| code as usize),
        };
        let found = match self.by {
            By::None => return None,
            By::Stage => match subject() {
                Some(subject) => subject.stage,
                None => sighting.stage.or_else(|| about?.stage_of.get(touchpoint()?).copied()),
            },
            By::Touchpoint => touchpoint(),
            By::Channel => {
                let seen = |row: usize| run.text(self.channel, row).and_then(|name| self.channels.code(name)).map(|code| code as usize);
                match subject() {
                    Some(subject) => {
                        let declared = || self.declared.get(subject.touchpoint?).copied().flatten();
                        let before = || (0..=subject.row.unwrap_or(sighting.row)).rev().find_map(seen);
                        subject.row.and_then(seen).or_else(declared).or_else(before)
                    }
                    None => (0..=sighting.row).rev().find_map(seen),
                }
            }
        };
        Some(found.and_then(|place| u32::try_from(place).ok()).unwrap_or(NOWHERE))
    }

    /// Takes events with these bits for answers.
    pub(crate) fn heed(&mut self, answers: u64) {
        self.about.iter_mut().for_each(|about| about.heed(answers));
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
