//! `sessions`: visits, by the one rule that all analyses share.

use periplus_engine::lens::{Lens, Text};
use periplus_engine::scan::Run;
use periplus_kernels::{SessionRules, sessions};

use super::told::{Asked, Rows, Teller, Told};
use super::{KEY, Kind, TableDoc, column};
use crate::error::QueryError;

#[derive(Debug)]
pub(crate) struct Sessions;

const DOC: TableDoc = TableDoc {
    name: "sessions",
    about: "One row per session: more than 30 minutes without an event, or 24 hours since its start, begin a new one",
    columns: &[
        KEY,
        column("session", Kind::Integer, "The customer's first, second, ... session"),
        column("started", Kind::Time, "Its first event"),
        column("ended", Kind::Time, "Its last event"),
        column("seconds", Kind::Number, "From the first to the last"),
        column("events", Kind::Integer, "How many events"),
        column("first_event", Kind::Text, "What it began with"),
        column("last_event", Kind::Text, "What it ended with"),
        column("channel", Kind::Text, "The first channel in it"),
    ],
};

// The places of its columns.
const CUSTOMER_KEY: usize = 0;
const SESSION: usize = 1;
const STARTED: usize = 2;
const ENDED: usize = 3;
const SECONDS: usize = 4;
const EVENTS: usize = 5;
const FIRST_EVENT: usize = 6;
const LAST_EVENT: usize = 7;
const CHANNEL: usize = 8;

impl Told for Sessions {
    fn doc(&self) -> &'static TableDoc {
        &DOC
    }
    fn order(&self) -> &'static [&'static str] {
        &["customer_key", "session"]
    }
    fn teller(&self, asked: &Asked<'_>, lens: &mut Lens) -> Result<Box<dyn Teller>, QueryError> {
        let event = (asked.wanted[FIRST_EVENT] || asked.wanted[LAST_EVENT]).then(|| lens.text(Text::Event));
        let channel = asked.wanted[CHANNEL].then(|| lens.text(Text::Channel));
        Ok(Box::new(Visits { event, channel }))
    }
}

struct Visits {
    event: Option<usize>,
    channel: Option<usize>,
}

impl Teller for Visits {
    fn tell(&mut self, run: &Run<'_>, rows: &mut Rows) -> Result<(), QueryError> {
        for (number, visit) in sessions(run.times, SessionRules::MICROS).enumerate() {
            let (first, last) = (visit.start, visit.end - 1);
            rows.integer(CUSTOMER_KEY, run.key);
            rows.integer(SESSION, number as i64 + 1);
            rows.time(STARTED, Some(run.times[first]));
            rows.time(ENDED, Some(run.times[last]));
            rows.number(SECONDS, Some(run.times[last].saturating_sub(run.times[first]) as f64 / 1e6));
            rows.integer(EVENTS, visit.len() as i64);
            let event = |index| self.event.and_then(|place| run.text(place, index)).map(AsRef::as_ref);
            rows.text(FIRST_EVENT, event(first));
            rows.text(LAST_EVENT, event(last));
            let channel = self.channel.and_then(|place| visit.clone().find_map(|index| run.text(place, index)));
            rows.text(CHANNEL, channel.map(AsRef::as_ref));
            rows.end()?;
        }
        Ok(())
    }
}
