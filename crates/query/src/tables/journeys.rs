//! `journeys`: every customer's steps in order, as the journey map sees them.

use periplus_engine::lens::{Lens, NONE, Text};
use periplus_engine::scan::Run;
use periplus_kernels::{SessionRules, sessions};

use super::told::{Asked, Rows, Teller, Told};
use super::{KEY, Kind, TableDoc, column};
use crate::error::QueryError;

#[derive(Debug)]
pub(crate) struct Journeys;

const DOC: TableDoc = TableDoc {
    name: "journeys",
    about: "One row per customer and step, in order; touchpoints and stages are those of the journey map and null without one",
    columns: &[
        KEY,
        column("step", Kind::Integer, "The customer's first, second, ... event"),
        column("time", Kind::Time, "When"),
        column("event", Kind::Text, "What"),
        column("touchpoint", Kind::Text, "The touchpoint that the event belongs to"),
        column("stage", Kind::Text, "The touchpoint's stage"),
        column("channel", Kind::Text, "Through which channel"),
        column("session", Kind::Integer, "In which of the customer's sessions"),
        column("seconds_since_previous", Kind::Number, "Since the step before; null for the first"),
    ],
};

// The places of its columns.
const CUSTOMER_KEY: usize = 0;
const STEP: usize = 1;
const TIME: usize = 2;
const EVENT: usize = 3;
const TOUCHPOINT: usize = 4;
const STAGE: usize = 5;
const CHANNEL: usize = 6;
const SESSION: usize = 7;
const SINCE: usize = 8;

impl Told for Journeys {
    fn doc(&self) -> &'static TableDoc {
        &DOC
    }
    fn order(&self) -> &'static [&'static str] {
        &["customer_key", "step"]
    }
    fn teller(&self, asked: &Asked<'_>, lens: &mut Lens) -> Result<Box<dyn Teller>, QueryError> {
        let mapped = asked.wanted[TOUCHPOINT] || asked.wanted[STAGE];
        Ok(Box::new(Steps {
            event: asked.wanted[EVENT].then(|| lens.text(Text::Event)),
            channel: asked.wanted[CHANNEL].then(|| lens.text(Text::Channel)),
            places: if mapped { Place::all(asked, lens)? } else { Vec::new() },
        }))
    }
}

/// A touchpoint and its stage, by their names.
pub(crate) struct Place {
    pub(crate) touchpoint: String,
    pub(crate) stage: Option<String>,
}

impl Place {
    /// Makes the touchpoints of the map, if there is one, the codes of the lens.
    pub(crate) fn all(asked: &Asked<'_>, lens: &mut Lens) -> Result<Vec<Place>, QueryError> {
        let Some(map) = &asked.world.source.map else { return Ok(Vec::new()) };
        lens.by_touchpoints(map).map_err(|error| asked.world.failure(&error))?;
        let stage = |id: &str| map.stages.iter().find(|stage| stage.id == id).map(|stage| stage.name.clone());
        Ok(map.touchpoints.iter().map(|t| Place { touchpoint: t.name.clone(), stage: stage(&t.stage) }).collect())
    }

    /// The place of an event; without a map there are no codes.
    pub(crate) fn of<'p>(places: &'p [Place], run: &Run<'_>, index: usize) -> Option<&'p Place> {
        run.codes.get(index).filter(|code| **code != NONE).and_then(|code| places.get(*code as usize))
    }
}

struct Steps {
    event: Option<usize>,
    channel: Option<usize>,
    places: Vec<Place>,
}

impl Teller for Steps {
    fn tell(&mut self, run: &Run<'_>, rows: &mut Rows) -> Result<(), QueryError> {
        for (number, visit) in sessions(run.times, SessionRules::MICROS).enumerate() {
            for index in visit {
                let text = |place: Option<usize>| place.and_then(|place| run.text(place, index)).map(AsRef::as_ref);
                let place = Place::of(&self.places, run, index);
                let since = index.checked_sub(1).map(|before| run.times[index].saturating_sub(run.times[before]) as f64 / 1e6);
                rows.integer(CUSTOMER_KEY, run.key);
                rows.integer(STEP, index as i64 + 1);
                rows.time(TIME, Some(run.times[index]));
                rows.text(EVENT, text(self.event));
                rows.text(TOUCHPOINT, place.map(|place| place.touchpoint.as_str()));
                rows.text(STAGE, place.and_then(|place| place.stage.as_deref()));
                rows.text(CHANNEL, text(self.channel));
                rows.integer(SESSION, number as i64 + 1);
                rows.number(SINCE, since);
                rows.end()?;
            }
        }
        Ok(())
    }
}
