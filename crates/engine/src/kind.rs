//! What an analysis has to say for itself; all the rest is the same for all of them.
//!
//! An analysis is a [`Kind`]: it turns a question into a [`Plan`], which says what it wants to see of each event (in the
//! [`Lens`]), how one customer counts ([`Plan::take`]), and what the sum over all customers says ([`Plan::tell`]). Groups,
//! comparisons, samples, the people behind a count, threads and machines are made of these three, in `asking` and `scan`.

use std::sync::Arc;

use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, ColumnKind, View};
use periplus_model::parts::PartTable;
use periplus_model::question::{Common, Unit};
use periplus_stats::Moments;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::calendar::Calendar;
use crate::columns::{Name, Names};
use crate::lens::{Lens, Naming};
use crate::scan::{Run, Totals};
use crate::stretch::Stretch;
use crate::{Desk, EngineError};

/// A kind of question, as the file of an analysis writes it.
pub(crate) trait Kind: Sync {
    /// The settings of its own.
    type Question: Clone + DeserializeOwned + Serialize + schemars::JsonSchema;
    /// What becomes of a question.
    type Plan: Plan;
    /// Its name on the command line and in addresses.
    fn name(&self) -> &'static str;
    /// What it answers, in one sentence.
    fn about(&self) -> &'static str;
    /// A question to start from.
    fn example(&self) -> Value;
    /// Whether it needs a journey map.
    fn needs_map(&self) -> bool {
        false
    }
    /// The question as it travels to machines that have only some of the parts: with what must be learnt from all of them.
    fn carried(&self, question: &Value, _desk: &Desk<'_>) -> Result<Value, EngineError> {
        Ok(question.clone())
    }
    /// Adds what another analysis has to say of the same.
    fn complete(&self, _answer: &mut Answer, _question: &Value, _desk: &Desk<'_>) -> Result<(), EngineError> {
        Ok(())
    }
    /// Understands a question.
    fn plan(&self, question: Self::Question, asked: &mut Asked<'_>) -> Result<Self::Plan, EngineError>;
}

/// A question that was understood.
pub(crate) trait Plan: Send + Sync {
    /// What is added up over customers.
    type Tally: Tally;
    /// Memory that is used again for every customer.
    type Scratch: Send;
    /// Which of the answer's counts of people is meant.
    type Place: DeserializeOwned + Serialize + schemars::JsonSchema;

    /// Nobody.
    fn tally(&self) -> Self::Tally;
    /// Nobody, for counting a single one: small, where [`Plan::tally`] is made for many.
    fn alone(&self) -> Self::Tally {
        self.tally()
    }
    /// Empty memory.
    fn scratch(&self) -> Self::Scratch;
    /// Counts one customer (or session, or household).
    fn take(&self, run: &Run<'_>, tally: &mut Self::Tally, scratch: &mut Self::Scratch);
    /// How many were counted in all.
    fn units(&self, tally: &Self::Tally) -> u64;
    /// What it all says.
    fn tell(&self, tally: &Self::Tally, totals: &Totals) -> Told;
    /// What the sum over some says, where it is told beside that over all: groups and cut points that are found in the data are those of
    /// all then, or they would be other ones in each.
    fn tell_part(&self, part: &Self::Tally, _whole: &Self::Tally, totals: &Totals) -> Told {
        self.tell(part, totals)
    }
    /// How it counts, in one sentence.
    fn semantics(&self) -> String;
    /// How many of the counted stand at a place: the very number that the answer shows there.
    fn count(&self, tally: &Self::Tally, place: &Self::Place) -> u64;
    /// Every place of the answer where somebody stands.
    fn places(&self, tally: &Self::Tally) -> Vec<Self::Place>;
    /// The same of some, as [`tell_part`](Self::tell_part) tells them.
    fn places_part(&self, part: &Self::Tally, _whole: &Self::Tally) -> Vec<Self::Place> {
        self.places(part)
    }
    /// The row that was the n-th step (from 0), of analyses that have steps.
    fn step(&self, _run: &Run<'_>, _step: usize, _scratch: &mut Self::Scratch) -> Option<usize> {
        None
    }
    /// Counts all customers of a range at once, if it knows a faster way than [`Plan::take`] for each of them, which comes
    /// to the same; answers whether it does.
    fn take_stretch(&self, _stretch: &Stretch<'_>, _tally: &mut Self::Tally, _scratch: &mut Self::Scratch) -> bool {
        false
    }
    /// How many steps there are.
    fn steps(&self) -> usize {
        0
    }
}

/// What is added up: partial sums come from many threads and machines and are merged in any order.
pub(crate) trait Tally: Send + Serialize + DeserializeOwned {
    /// Adds what others have counted.
    fn merge(&mut self, other: Self);
    /// About how many bytes it takes; 0 when that does not depend on the data.
    fn weight(&self) -> u64 {
        0
    }
}

/// What an analysis makes of its sum.
pub(crate) struct Told {
    /// One sentence for a person.
    pub(crate) caption: String,
    /// The data.
    pub(crate) view: View,
    /// How many are too young to have had the full time.
    pub(crate) immature: u64,
    /// The figures by which groups of people can be compared.
    pub(crate) figures: Vec<Figure>,
    /// What the reader should know before trusting it.
    pub(crate) notes: Vec<String>,
}

impl Told {
    pub(crate) fn new(caption: String, view: View) -> Told {
        Told { caption, view, immature: 0, figures: Vec::new(), notes: Vec::new() }
    }
}

/// A figure by which groups of people can be compared.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) measure: Measure,
}

#[derive(Clone, Debug)]
pub(crate) enum Measure {
    /// So many of so many.
    Share(u64, u64),
    /// Values of which the mean counts, so many to a unit of this kind.
    Mean(Moments, f64, ColumnKind),
}

impl Figure {
    pub(crate) fn share(name: impl Into<String>, part: u64, of: u64) -> Figure {
        Figure { name: name.into(), measure: Measure::Share(part, of) }
    }
}

/// A question on its way to becoming a plan.
pub(crate) struct Asked<'a> {
    pub(crate) desk: &'a Desk<'a>,
    pub(crate) shared: &'a Common,
    /// What will be looked through.
    pub(crate) lens: Lens,
    pub(crate) unit: Unit,
    pub(crate) calendar: Calendar,
}

impl<'a> Asked<'a> {
    /// The map, which must be there.
    pub(crate) fn map(&self) -> Result<&'a JourneyMap, EngineError> {
        self.desk.map.ok_or(EngineError::NoMap)
    }

    /// Looks at what a map says there is to look at: its touchpoints, and its period and unit where the question has none.
    pub(crate) fn as_mapped(&mut self, map: &JourneyMap) -> Result<(), EngineError> {
        let period = map.period.clone().unwrap_or_default();
        let lens = &mut self.lens;
        lens.from = lens.from.or(period.from.map(|t| t.0));
        lens.to = lens.to.or(period.to.map(|t| t.0));
        lens.period = (lens.from.unwrap_or(i64::MIN), lens.to.unwrap_or_else(|| watermark(self.desk).saturating_add(1)));
        lens.by_touchpoints(map)?;
        if self.shared.unit.is_none() {
            self.unit = map.unit.clone();
            // Sessions are cut at the pauses between all events.
            lens.keep_all |= self.unit == Unit::Session;
        }
        Ok(())
    }

    /// All names of events.
    pub(crate) fn names(&self) -> Result<Arc<Names>, EngineError> {
        self.desk.columns.names(self.desk.lake, self.desk.snapshot, Name::Event)
    }

    /// Makes events, touchpoints or channels the codes; answers what they are called.
    pub(crate) fn codes(&mut self, of: SequenceOf) -> Result<Arc<Names>, EngineError> {
        Ok(match of {
            SequenceOf::Events => {
                let names = self.names()?;
                self.lens.naming = Naming::Events(names.clone());
                names
            }
            SequenceOf::Touchpoints => {
                let map = self.map()?;
                self.lens.by_touchpoints(map)?;
                Arc::new(Names::new(map.touchpoints.iter().map(|t| t.name.clone()).collect()))
            }
            SequenceOf::Channels => {
                let channels = self.desk.columns.names(self.desk.lake, self.desk.snapshot, Name::Channel)?;
                self.lens.naming = Naming::Channels(channels.clone());
                channels
            }
        })
    }

    /// The time up to which it is known what happened: the newest event, or the end of the period.
    pub(crate) fn known_until(&self) -> i64 {
        self.lens.to.map_or(watermark(self.desk), |to| watermark(self.desk).min(to.saturating_sub(1)))
    }

    /// The period (end exclusive): as asked, else from the first to the last event.
    pub(crate) fn period(&self) -> (i64, i64) {
        let first = self.desk.snapshot.of(PartTable::Events).map(|part| part.time_min).min().unwrap_or(0);
        (self.lens.from.unwrap_or(first), self.lens.to.unwrap_or_else(|| watermark(self.desk).saturating_add(1)))
    }
}

/// The time of the newest event.
pub(crate) fn watermark(desk: &Desk<'_>) -> i64 {
    desk.snapshot.of(PartTable::Events).map(|part| part.time_max).max().unwrap_or(0)
}

/// What sequences are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SequenceOf {
    /// Event names.
    #[default]
    Events,
    /// Touchpoints of the journey map; events that belong to none are left out.
    Touchpoints,
    /// Channels; events without one are left out.
    Channels,
}

impl SequenceOf {
    /// The word for one of them.
    pub(crate) fn word(self) -> &'static str {
        match self {
            SequenceOf::Events => "event",
            SequenceOf::Touchpoints => "touchpoint",
            SequenceOf::Channels => "channel",
        }
    }
}
