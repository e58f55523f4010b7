//! Units that are no customers: households, orders, accounts. Their events are scattered over customers, so they are gathered
//! and sorted before they are counted.
//!
//! What is gathered is only what the lens sees of the events. It is gathered in as many passes as keep it within a bound:
//! each pass reads everything and takes the units whose key falls into its share. Several desks divide the units among them in
//! the same way, instead of the ranges of customers.

use std::sync::Arc;

use periplus_model::identity::CustomerKey;
use periplus_model::parts::PartTable;
use periplus_model::question::Unit;
use serde_json::Value;

use crate::lens::{Lens, Text};
use crate::scan::{Fold, Run, Totals, each_customer};
use crate::{Desk, EngineError, Share};

/// The trait that says which household a customer belongs to.
const HOUSEHOLD: &str = "household";
/// So many rows are gathered in a pass, as far as the number of all rows tells; about 100 bytes each.
const ROWS_PER_PASS: u64 = 8_000_000;

/// What makes events belong to one unit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    /// The place in the lens of the trait that they share; customers without it are units by themselves.
    Trait(usize),
    /// The place in the lens of the text that they share; events without it belong to none.
    Text(usize),
}

impl By {
    /// Asks the lens for what tells the units apart. None for customers and sessions, which need nothing.
    pub(crate) fn of(unit: &Unit, lens: &mut Lens) -> Option<By> {
        match unit {
            Unit::Customer | Unit::Session => None,
            Unit::Household => Some(By::Trait(lens.trait_place(HOUSEHOLD))),
            Unit::Id(property) => Some(By::Text(lens.text(Text::Value(property.clone())))),
        }
    }
}

/// An event on its way to its unit.
struct Row {
    unit: i64,
    time: i64,
    /// The customer, and the place among the customer's events: what keeps ties in time in order.
    customer: i64,
    place: u32,
    code: u32,
    mask: u64,
    members: u64,
    numbers: Vec<f64>,
    texts: Vec<Option<Arc<str>>>,
    name: Option<Arc<str>>,
    traits: Option<Arc<[Option<Value>]>>,
}

/// Gathers the rows of those units whose keys leave this rest.
struct Gathering {
    by: By,
    kind: &'static str,
    rest: u64,
    of: u64,
    rows: Vec<Row>,
}

impl Fold for Gathering {
    fn take(&mut self, run: &Run<'_>) -> Result<(), EngineError> {
        let mut traits: Option<Arc<[Option<Value>]>> = None;
        let household = match self.by {
            By::Trait(place) => match &run.traits[place] {
                None | Some(Value::Null) => Some((run.key, None)),
                Some(Value::String(text)) => Some(self.unit(text)),
                Some(other) => Some(self.unit(&other.to_string())),
            },
            By::Text(_) => None,
        };
        for row in 0..run.times.len() {
            let (unit, name) = match (&household, self.by) {
                (Some(household), _) => household.clone(),
                (None, By::Text(place)) => match run.text(place, row) {
                    Some(text) => self.unit(text),
                    None => continue,
                },
                (None, By::Trait(_)) => continue,
            };
            // Keys are hashes already; their low bits are as good as any.
            if unit as u64 % self.of != self.rest {
                continue;
            }
            self.rows.push(Row {
                unit,
                time: run.times[row],
                customer: run.key,
                place: row as u32,
                code: run.codes.get(row).copied().unwrap_or_default(),
                mask: run.mask(row),
                members: run.members,
                numbers: (0..run.numbers.len()).map(|place| run.number(place, row)).collect(),
                texts: (0..run.texts.len()).map(|place| run.text(place, row).cloned()).collect(),
                name,
                traits: Some(traits.get_or_insert_with(|| run.traits.into()).clone()),
            });
        }
        Ok(())
    }
}

impl Gathering {
    fn unit(&self, text: &str) -> (i64, Option<Arc<str>>) {
        (CustomerKey::of(self.kind, text).0, Some(text.into()))
    }
}

/// Streams every unit through states, as [`crate::scan::scan`] does with customers.
pub(crate) fn each_unit<S: Fold>(
    desk: &Desk<'_>,
    lens: &Lens,
    by: By,
    make: impl Fn() -> S + Sync,
) -> Result<(Vec<S>, Totals), EngineError> {
    let passes = (desk.snapshot.rows(PartTable::Events) / desk.share.of.max(1) as u64).div_ceil(ROWS_PER_PASS).max(1);
    let everything = Desk { share: Share::ALL, ..*desk };
    let (mut state, mut totals) = (make(), Totals::default());
    for pass in 0..passes {
        let (of, rest) = (passes * desk.share.of as u64, pass * desk.share.of as u64 + desk.share.number as u64);
        let kind = if matches!(by, By::Trait(_)) { HOUSEHOLD } else { "unit" };
        let gathering = || Gathering { by, kind, rest, of, rows: Vec::new() };
        let (gathered, read) = each_customer(&everything, lens, &Unit::Customer, gathering)?;
        // Everybody reads the same; only one may say so.
        if pass == 0 && desk.share.number == 0 {
            totals = read;
        }
        let mut rows: Vec<Row> = gathered.into_iter().flat_map(|state| state.rows).collect();
        rows.sort_by_key(|row| (row.unit, row.time, row.customer, row.place));
        for unit in rows.chunk_by(|a, b| a.unit == b.unit) {
            give(unit, lens, &mut state)?;
        }
    }
    Ok((vec![state], totals))
}

fn give<S: Fold>(rows: &[Row], lens: &Lens, state: &mut S) -> Result<(), EngineError> {
    let column = |place: usize| rows.iter().map(|row| row.numbers[place]).collect();
    let texts = |place: usize| rows.iter().map(|row| row.texts[place].clone()).collect();
    state.take(&Run {
        key: rows[0].unit,
        name: rows[0].name.as_ref(),
        times: &rows.iter().map(|row| row.time).collect::<Vec<_>>(),
        codes: &rows.iter().map(|row| row.code).collect::<Vec<_>>(),
        masks: &rows.iter().map(|row| row.mask).collect::<Vec<_>>(),
        numbers: &(0..lens.numbers.len()).map(column).collect::<Vec<_>>(),
        texts: &(0..lens.texts.len()).map(texts).collect::<Vec<_>>(),
        offset: 0,
        // What is known of the customer who came first stands for all.
        traits: rows[0].traits.as_deref().unwrap_or_default(),
        members: rows.iter().fold(0, |all, row| all | row.members),
    })
}
