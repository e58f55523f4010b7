//! What an answer is about: one rule for every figure, comment, quote, finding, table and case.
//!
//! An answer is about the touchpoint that it carries, as those to surveys do (`touchpoint`, the id of one of the map's). One that carries
//! none is about the last touchpoint before it that is there for something else than asking and answering, of the stage that its score
//! speaks of, if the map says one; where there is none, about its own. Its stage is that of the touchpoint, else the one that its score
//! speaks of.

use periplus_maps::JourneyMap;
use periplus_model::condition::Condition;

use crate::EngineError;
use crate::lens::{Lens, NONE, Text};
use crate::said::{ANSWERED, ASKED, COMPLETED, only_asks};
use crate::scan::Run;

/// The property in which an answer carries the id of its touchpoint.
const CARRIED: &str = "touchpoint";
/// Nobody looks further back than so many events: programs that pass for customers have a million.
const LOOK_MAX: usize = 4_096;

/// What tells what answers are about.
#[derive(Clone, Debug)]
pub(crate) struct About {
    /// The bits of events in which customers are asked or answer.
    answers: u64,
    /// The text of the lens that holds the touchpoint which an answer carries.
    carried: usize,
    /// The ids of the map's touchpoints, and their stages,
    ids: Vec<String>,
    pub(crate) stage_of: Vec<usize>,
    /// and whether they are there for nothing but asking and answering.
    only_answers: Vec<bool>,
}

/// What an answer is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The map's touchpoint,
    pub(crate) touchpoint: Option<usize>,
    /// the event at which the customer was there last; nothing when they were not seen there,
    pub(crate) row: Option<usize>,
    /// and the stage.
    pub(crate) stage: Option<usize>,
}

impl About {
    /// Asks the lens, whose codes are the map's touchpoints, for what tells it.
    ///
    /// # Errors
    /// When the condition of a score cannot be used, or there are too many conditions.
    pub(crate) fn of(map: &JourneyMap, lens: &mut Lens) -> Result<About, EngineError> {
        let surveys = Condition::Event([ASKED, ANSWERED, COMPLETED].map(str::to_owned).to_vec(), None);
        let answers = Condition::Or(std::iter::once(surveys).chain(map.scores.iter().map(|score| score.when.clone())).collect());
        let mut scored = Vec::new();
        map.scores.iter().for_each(|score| names(&score.when, true, &mut scored));
        let only_answers = |when: &Condition| {
            let mut all = Vec::new();
            names(when, false, &mut all);
            !all.is_empty() && all.iter().all(|name| scored.contains(name) || only_asks(name) || [ANSWERED, COMPLETED].contains(name))
        };
        Ok(About {
            answers: 1 << lens.bit(&answers, Some(map))?,
            carried: lens.text(Text::Value(CARRIED.to_owned())),
            ids: map.touchpoints.iter().map(|touchpoint| touchpoint.id.clone()).collect(),
            stage_of: map.touchpoints.iter().map(|touchpoint| map.stage_index(&touchpoint.stage).unwrap_or(0)).collect(),
            only_answers: map.touchpoints.iter().map(|touchpoint| only_answers(&touchpoint.when)).collect(),
        })
    }

    /// Takes these bits for answers, too.
    pub(crate) fn heed(&mut self, answers: u64) {
        self.answers |= answers;
    }

    /// What the answer in a row is about, of a score that speaks of a stage, or of none in particular.
    pub(crate) fn subject(&self, run: &Run<'_>, row: usize, stage: Option<usize>) -> Subject {
        let back = || (row.saturating_sub(LOOK_MAX)..row).rev();
        let code = |at: usize| run.codes.get(at).copied().filter(|code| *code != NONE).map(|code| code as usize);
        let carried = run.text(self.carried, row).and_then(|id| self.ids.iter().position(|known| **known == **id));
        if let Some(touchpoint) = carried {
            let is_there = |at: &usize| code(*at) == Some(touchpoint);
            let seen = back().find(is_there).or(Some(row).filter(is_there));
            return Subject { touchpoint: carried, row: seen, stage: self.stage_of.get(touchpoint).copied() };
        }
        let of_stage = |touchpoint: usize| stage.is_none_or(|stage| self.stage_of.get(touchpoint) == Some(&stage));
        let is_about = |at: &usize| {
            let touchpoint = code(*at).filter(|touchpoint| !self.only_answers.get(*touchpoint).copied().unwrap_or(false));
            run.mask(*at) & self.answers == 0 && touchpoint.is_some_and(of_stage)
        };
        let own = || Some(row).filter(|at| code(*at).is_some_and(of_stage));
        let seen = back().find(is_about).or_else(own);
        let touchpoint = seen.and_then(code);
        Subject { touchpoint, row: seen, stage: touchpoint.and_then(|at| self.stage_of.get(at).copied()).or(stage) }
    }
}

/// The names of the events that a condition means, or of those that it means whatever else is true of them.
fn names<'c>(condition: &'c Condition, always: bool, into: &mut Vec<&'c str>) {
    match condition {
        Condition::Event(list, further) if further.is_none() || !always => into.extend(list.iter().map(String::as_str)),
        Condition::Or(list) => list.iter().for_each(|one| names(one, always, into)),
        _ => {}
    }
}
