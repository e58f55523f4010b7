//! The tables, and what is said of them.

mod bytes;
mod current_traits;
mod customers;
mod journeys;
mod parts;
mod responses;
mod sessions;
mod sorted;
mod told;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::TableProvider;
use periplus_model::parts::PartTable;
use serde::Serialize;

use parts::Parts;
pub(crate) use parts::{LAKE_URL, MONEY_SCALE};
pub(crate) use responses::drafted;
use told::{Told, ToldTable};

use crate::world::World;

/// A table that can be asked, as it is documented.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TableDoc {
    /// Its name.
    pub name: &'static str,
    /// What one row is, in one sentence.
    pub about: &'static str,
    /// Its columns, in order.
    pub columns: &'static [ColumnDoc],
}

/// A column of a table, as it is documented.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ColumnDoc {
    /// Its name.
    pub name: &'static str,
    /// Its type: `integer`, `time`, `text`, `number`, `decimal`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it says.
    pub about: &'static str,
}

/// The types that columns have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A whole number.
    Integer,
    /// A time, to the microsecond.
    Time,
    /// Text.
    Text,
    /// A number with decimals.
    Number,
    /// An exact number with six decimals.
    Decimal,
}

impl Kind {
    /// The type's name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Integer => "integer",
            Kind::Time => "time",
            Kind::Text => "text",
            Kind::Number => "number",
            Kind::Decimal => "decimal",
        }
    }

    fn arrow(self) -> DataType {
        match self {
            Kind::Integer => DataType::Int64,
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Text => DataType::Utf8,
            Kind::Number => DataType::Float64,
            Kind::Decimal => parts::MONEY,
        }
    }
}

const fn column(name: &'static str, kind: Kind, about: &'static str) -> ColumnDoc {
    ColumnDoc { name, kind, about }
}

const KEY: ColumnDoc = column("customer_key", Kind::Integer, "The customer");

const EVENTS: TableDoc = TableDoc {
    name: "events",
    about: "One row per event, as it was received",
    columns: &[
        KEY,
        column("time", Kind::Time, "When"),
        column("seq", Kind::Integer, "Order of arrival, which decides between events of the same time"),
        column("event", Kind::Text, "What"),
        column("channel", Kind::Text, "Through which channel"),
        column("source", Kind::Text, "From which source"),
        column("distinct_id", Kind::Text, "The identifier that the event carried, kind:value"),
        column("message_id", Kind::Text, "The sender's id of it"),
        column("amount", Kind::Decimal, "Money that changed hands, in currency units"),
        column("currency", Kind::Text, "Its currency"),
        column("properties", Kind::Text, "Properties, a JSON object; see property() and property_number()"),
    ],
};

const TRAITS: TableDoc = TableDoc {
    name: "traits",
    about: "One row per thing that was ever said of a customer; current_traits has what holds now",
    columns: &[
        KEY,
        column("time", Kind::Time, "Since when; since always when null"),
        column("seq", Kind::Integer, "Order of arrival"),
        column("name", Kind::Text, "Which trait"),
        column("value", Kind::Text, "Its value, in JSON; see property()"),
        column("source", Kind::Text, "From which source"),
        column("distinct_id", Kind::Text, "The identifier that it was said of, kind:value"),
    ],
};

/// The tables that are told from the engine's pass over customers.
const TOLD: &[&dyn Told] =
    &[&customers::Customers, &sessions::Sessions, &journeys::Journeys, &responses::Responses, &current_traits::CurrentTraits];

/// All tables, as they are documented.
pub fn tables() -> Vec<TableDoc> {
    let told = TOLD.iter().map(|told| *told.doc());
    [EVENTS].into_iter().chain(told).chain([TRAITS]).collect()
}

/// All tables of a world.
pub(crate) fn providers(world: &Arc<World>) -> Vec<(&'static str, Arc<dyn TableProvider>)> {
    let mut all: Vec<(&'static str, Arc<dyn TableProvider>)> = vec![
        (EVENTS.name, Arc::new(Parts::new(world.clone(), PartTable::Events))),
        (TRAITS.name, Arc::new(Parts::new(world.clone(), PartTable::Traits))),
    ];
    for told in TOLD {
        all.push((told.doc().name, Arc::new(ToldTable::new(world.clone(), *told))));
    }
    all
}

fn schema(doc: &TableDoc) -> SchemaRef {
    let field = |column: &ColumnDoc| Field::new(column.name, column.kind.arrow(), column.name != KEY.name);
    Arc::new(Schema::new(doc.columns.iter().map(field).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_the_lakes_tables_is_what_their_files_have() {
        for (doc, stored) in [(EVENTS, periplus_lake::schema::events()), (TRAITS, periplus_lake::schema::traits())] {
            let said: Vec<&str> = doc.columns.iter().map(|column| column.name).collect();
            let there: Vec<&String> = stored.fields().iter().map(|field| field.name()).collect();
            assert_eq!(said, there);
        }
        let mut names: Vec<&str> = tables().iter().map(|table| table.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TOLD.len() + 2);
    }
}
