//! Sessions: how many visits there are, how long, how many of a single event.

use periplus_model::answer::{ColumnKind, Line, Series, SeriesStyle, View};
use periplus_model::question::{Interval, Unit};
use periplus_model::time::Instant;
use periplus_stats::{Moments, Quantiles, wilson};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent, seconds};
use crate::EngineError;
use crate::calendar::Cuts;
use crate::kind::{self, Asked, Figure, Kind, Measure, Told};
use crate::scan::{Run, Totals};

pub(super) struct Sessions;

/// A question for sessions.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// How time is cut; a session belongs to the stretch in which it began.
    #[serde(default = "super::week")]
    interval: Interval,
}

impl Kind for Sessions {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "sessions"
    }
    fn about(&self) -> &'static str {
        "How many sessions there are over time, how long they are, how many events they have and how many have just one."
    }
    fn example(&self) -> Value {
        json!({"interval": "month"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        if asked.shared.unit.as_ref().is_some_and(|unit| *unit != Unit::Session) {
            return Err(EngineError::Question("sessions count sessions; leave \"unit\" out".to_owned()));
        }
        asked.unit = Unit::Session;
        asked.lens.keep_all = true;
        let (from, to) = asked.period();
        Ok(Plan { cuts: asked.calendar.cut(question.interval, from, to)?, known_until: asked.known_until() })
    }
}

/// Sessions, understood.
pub(super) struct Plan {
    cuts: Cuts,
    known_until: i64,
}

/// What is counted of the sessions of one stretch of time.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Point {
    sessions: u64,
    /// Of a single event.
    single: u64,
    events: Moments,
    lengths: Quantiles,
}

impl Point {
    fn merge(&mut self, other: &Point) {
        self.sessions += other.sessions;
        self.single += other.single;
        self.events.merge(&other.events);
        self.lengths.merge(&other.lengths);
    }
}

/// What is counted of sessions.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tally {
    points: Vec<Point>,
}

/// Which sessions are meant.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// When the stretch of time begins in which they began; the whole period when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Instant>,
    /// Only those of a single event.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    single: bool,
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = ();
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally { points: vec![Point::default(); self.cuts.len()] }
    }
    fn scratch(&self) {}

    fn take(&self, run: &Run<'_>, tally: &mut Tally, (): &mut ()) {
        let (Some(first), Some(last)) = (run.times.first(), run.times.last()) else { return };
        let Some(point) = self.cuts.place(*first).map(|place| &mut tally.points[place]) else { return };
        point.sessions += 1;
        point.single += u64::from(run.times.len() == 1);
        point.events.add(run.times.len() as i64);
        point.lengths.add(last - first);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.points.iter().map(|point| point.sessions).sum()
    }

    fn tell(&self, tally: &Tally, totals: &Totals) -> Told {
        let mut all = Point::default();
        tally.points.iter().for_each(|point| all.merge(point));
        let values = |value: fn(&Point) -> Option<f64>| tally.points.iter().map(value).collect();
        let single: Vec<_> = tally.points.iter().map(|point| wilson(point.single, point.sessions)).collect();
        let lines = vec![
            Line::plain("sessions", ColumnKind::Count, values(|point| Some(point.sessions as f64))),
            Line::plain("events per session", ColumnKind::Number, values(|point| point.events.mean())),
            Line::plain("median length", ColumnKind::Seconds, values(|point| point.lengths.median().map(|micros| micros / 1e6))),
            Line::estimated("of a single event", ColumnKind::Share, &single),
        ];
        let series = Series {
            axis: self.cuts.axis(),
            lines,
            style: SeriesStyle::Lines,
            unfinished_from: self.cuts.first_ending_after(self.known_until.saturating_add(1)),
        };
        let caption = match all.events.mean() {
            None => "There are no sessions in this period.".to_owned(),
            Some(events) => format!(
                "{} sessions of {} customers, with {events:.1} events over {} (median) each; {} have just one event.",
                count(all.sessions),
                count(totals.customers),
                seconds(all.lengths.median().unwrap_or(0.0) / 1e6),
                percent(all.single as f64 / all.sessions as f64)
            ),
        };
        let figures = vec![
            Figure::share("sessions of a single event", all.single, all.sessions),
            Figure { name: "events per session".to_owned(), measure: Measure::Mean(all.events, 1.0, ColumnKind::Number) },
        ];
        Told { figures, ..Told::new(caption, View::Series(series)) }
    }

    fn semantics(&self) -> String {
        format!(
            "A gap of more than 30 minutes, or 24 hours since its start, begins a new session; it belongs to the {} in which it began.",
            self.cuts.word()
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let of = |point: &Point| if place.single { point.single } else { point.sessions };
        match place.at {
            None => tally.points.iter().map(of).sum(),
            Some(at) => self.cuts.place(at.0).map_or(0, |at| of(&tally.points[at])),
        }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let all = std::iter::once(None).chain(self.cuts.instants().map(Some));
        let mut places: Vec<Place> = all.flat_map(|at| [false, true].map(|single| Place { at, single })).collect();
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.points.iter_mut().zip(&other.points).for_each(|(mine, theirs)| mine.merge(theirs));
    }
}
