//! Lifecycle: who is new, who comes back, who returns after a pause, and who falls silent, in each stretch of time.

use periplus_kernels::{Phase, lifecycle};
use periplus_model::answer::{ColumnKind, Line, Series, SeriesStyle, View};
use periplus_model::question::Interval;
use periplus_model::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, period};
use crate::EngineError;
use crate::calendar::Cuts;
use crate::kind::{self, Asked, Kind, Told};
use crate::scan::{Run, Totals};
use crate::steps::Step;

pub(super) struct Lifecycle;

/// A question for the lifecycle.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Which events make somebody active; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<Step>,
    /// How time is cut.
    #[serde(default = "super::week")]
    interval: Interval,
    /// From when on somebody is not new any more.
    #[serde(default)]
    new: New,
}

/// From when on somebody is not new any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum New {
    /// From their first event of all, whatever it was.
    #[default]
    FirstEvent,
    /// From their first event that makes them active.
    FirstActive,
}

impl Kind for Lifecycle {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "lifecycle"
    }
    fn about(&self) -> &'static str {
        "Who is new, who comes again, who returns after a pause and who has fallen silent, in each week (or another stretch)."
    }
    fn example(&self) -> Value {
        json!({"interval": "month"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let bit = Step::bit_or_any(&question.of, asked)?;
        let (from, to) = asked.period();
        let cuts = asked.calendar.cut(question.interval, from, to)?;
        let known_until = asked.known_until();
        // Whether somebody is new shows in what was before the period.
        asked.lens.from = None;
        asked.lens.keep_all |= bit.is_none() || question.new == New::FirstEvent;
        let before = asked.calendar.after(question.interval, cuts.starts[0], -1);
        Ok(Plan { bit, cuts, before, known_until, unit: asked.unit.plural().to_owned(), question })
    }
}

/// A lifecycle, understood.
pub(super) struct Plan {
    question: Question,
    bit: Option<u32>,
    cuts: Cuts,
    /// When the stretch right before the first one begins.
    before: i64,
    known_until: i64,
    unit: String,
}

/// By stretch of time: how many in each phase.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tally {
    units: u64,
    phases: Vec<[u64; 4]>,
}

/// Which count is meant: those in a phase at a time.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// When the stretch of time begins.
    at: Instant,
    /// The phase.
    phase: Named,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Named {
    New,
    Returning,
    Resurrecting,
    Dormant,
}

const PHASES: [(Named, &str); 4] =
    [(Named::New, "new"), (Named::Returning, "returning"), (Named::Resurrecting, "resurrecting"), (Named::Dormant, "dormant")];

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Vec<i64>;
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally { units: 0, phases: vec![[0; 4]; self.cuts.len()] }
    }
    fn scratch(&self) -> Vec<i64> {
        Vec::new()
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, active: &mut Vec<i64>) {
        // Stretches before the period have no number of their own: the one right before it is −1, all earlier ones −2.
        let number = |time: i64| match self.cuts.place(time) {
            Some(place) => place as i64,
            None if time >= self.before => -1,
            None => -2,
        };
        active.clear();
        active.extend((0..run.times.len()).filter(|row| run.meets(*row, self.bit)).map(|row| number(run.times[row])));
        let first = match self.question.new {
            New::FirstEvent => run.times.first().map(|time| number(*time)),
            New::FirstActive => active.first().copied(),
        };
        let Some(first) = first else { return };
        let mut counted = false;
        for (stretch, phase) in lifecycle(active, first) {
            let Some(counts) = usize::try_from(stretch).ok().and_then(|stretch| tally.phases.get_mut(stretch)) else { continue };
            counts[match phase {
                Phase::New => 0,
                Phase::Returning => 1,
                Phase::Resurrecting => 2,
                Phase::Dormant => 3,
            }] += 1;
            counted = true;
        }
        tally.units += u64::from(counted);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let unfinished_from = self.cuts.first_ending_after(self.known_until.saturating_add(1));
        let lines = PHASES.iter().enumerate().map(|(phase, (_, name))| {
            // Those who fell silent are missing, so they count downwards.
            let counted = |counts: &[u64; 4]| Some(if phase == 3 { -(counts[phase] as f64) } else { counts[phase] as f64 });
            Line::plain(*name, ColumnKind::Count, tally.phases.iter().map(counted).collect())
        });
        let series = Series { axis: self.cuts.axis(), lines: lines.collect(), style: SeriesStyle::Stacked, unfinished_from };
        let last = unfinished_from.unwrap_or(self.cuts.len()).checked_sub(1).map(|place| (place, &tally.phases[place]));
        let caption = match last {
            _ if tally.units == 0 => "Nobody was active in this period.".to_owned(),
            None => format!("{} {} were active in {}.", count(tally.units), self.unit, period(self.cuts.len() as u64, self.cuts.word())),
            Some((place, counts)) => format!(
                "In the {} of {}: {} new, {} returning, {} back after a pause, and {} fell silent.",
                self.cuts.word(),
                self.cuts.label(place),
                count(counts[0]),
                count(counts[1]),
                count(counts[2]),
                count(counts[3])
            ),
        };
        Told::new(caption, View::Series(series))
    }

    fn semantics(&self) -> String {
        let stretch = self.cuts.word();
        format!(
            "New is who is active in the {stretch} of their first {}event; returning, who was active in the {stretch} before; resurrecting, who was not; dormant, who was active in the {stretch} before and is not now (only that one {stretch} is counted).",
            if self.question.new == New::FirstActive { "such " } else { "" }
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let phase = PHASES.iter().position(|(named, _)| *named == place.phase);
        phase.zip(self.cuts.place(place.at.0)).map_or(0, |(phase, stretch)| tally.phases[stretch][phase])
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let mut places: Vec<Place> = self.cuts.instants().flat_map(|at| PHASES.map(|(phase, _)| Place { at, phase })).collect();
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.units += other.units;
        for (mine, theirs) in self.phases.iter_mut().zip(other.phases) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }
}
