//! `customers`: who they are and what they did, in one row.

use periplus_engine::lens::Lens;
use periplus_engine::scan::Run;
use periplus_kernels::{SessionRules, sessions};
use periplus_model::parts::PartTable;
use serde_json::{Map, Value};

use super::sorted::{Said, Sorted, current, own_names, traits};
use super::told::{Asked, Rows, Teller, Told};
use super::{KEY, Kind, TableDoc, column};
use crate::error::QueryError;
use crate::world::Source;

#[derive(Debug)]
pub(crate) struct Customers;

const DOC: TableDoc = TableDoc {
    name: "customers",
    about: "One row per customer, those without events included",
    columns: &[
        KEY,
        column("customer", Kind::Text, "The identifier that the customer is named after, kind:value"),
        column("first_seen", Kind::Time, "The first event"),
        column("last_seen", Kind::Time, "The last event"),
        column("events", Kind::Integer, "How many events"),
        column("sessions", Kind::Integer, "How many sessions"),
        column("traits", Kind::Text, "What holds of the customer now, a JSON object; see property()"),
    ],
};

// The places of its columns.
const CUSTOMER_KEY: usize = 0;
const CUSTOMER: usize = 1;
const FIRST: usize = 2;
const LAST: usize = 3;
const EVENTS: usize = 4;
const SESSIONS: usize = 5;
const TRAITS: usize = 6;

impl Told for Customers {
    fn doc(&self) -> &'static TableDoc {
        &DOC
    }
    fn order(&self) -> &'static [&'static str] {
        &["customer_key"]
    }
    fn reads(&self) -> &'static [PartTable] {
        &[PartTable::Events, PartTable::Traits]
    }
    fn teller(&self, asked: &Asked<'_>, _: &mut Lens) -> Result<Box<dyn Teller>, QueryError> {
        let (source, snapshot) = (&asked.world.source, asked.snapshot);
        let own_name = |table| own_names(&source.lake, snapshot, table);
        let named = asked.wanted[CUSTOMER];
        Ok(Box::new(Customer {
            said: traits(&source.lake, snapshot)?,
            names: if named { vec![own_name(PartTable::Events)?, own_name(PartTable::Traits)?] } else { Vec::new() },
            source: source.clone(),
            wants_sessions: asked.wanted[SESSIONS],
            wants_traits: asked.wanted[TRAITS],
        }))
    }
}

struct Customer {
    source: Source,
    said: Sorted<Said>,
    /// Own names of those whom nobody else names; empty when names are not wanted.
    names: Vec<Sorted<String>>,
    wants_sessions: bool,
    wants_traits: bool,
}

impl Customer {
    fn row(&mut self, key: i64, times: &[i64], rows: &mut Rows) -> Result<(), QueryError> {
        let mut said = Vec::new();
        self.said.take(key, |one| said.push(one))?;
        if !self.names.is_empty() {
            let mut name = self.source.names.name(key).map_err(QueryError::Data)?;
            for own in &mut self.names {
                own.take(key, |own| name = name.take().or(Some(own)))?;
            }
            rows.text(CUSTOMER, name.as_deref());
        }
        if self.wants_traits {
            let parsed = |said: Said| (said.name, serde_json::from_str(&said.value).unwrap_or(Value::Null));
            let all: Map<String, Value> = current(said).into_iter().map(parsed).collect();
            rows.text(TRAITS, Some(&Value::Object(all).to_string()));
        }
        let count = if self.wants_sessions { sessions(times, SessionRules::MICROS).count() } else { 0 };
        rows.integer(CUSTOMER_KEY, key);
        rows.time(FIRST, times.first().copied());
        rows.time(LAST, times.last().copied());
        rows.integer(EVENTS, times.len() as i64);
        rows.integer(SESSIONS, count as i64);
        rows.end()
    }

    /// Those of whom something was said, but who did nothing, up to a key.
    fn idle(&mut self, before: Option<i64>, rows: &mut Rows) -> Result<(), QueryError> {
        while let Some(key) = self.said.next_key()?.filter(|key| before.is_none_or(|before| *key < before)) {
            if rows.is_unheard() {
                break;
            }
            self.row(key, &[], rows)?;
        }
        Ok(())
    }
}

impl Teller for Customer {
    fn tell(&mut self, run: &Run<'_>, rows: &mut Rows) -> Result<(), QueryError> {
        self.idle(Some(run.key), rows)?;
        self.row(run.key, run.times, rows)
    }
    fn end(&mut self, rows: &mut Rows) -> Result<(), QueryError> {
        self.idle(None, rows)
    }
}
