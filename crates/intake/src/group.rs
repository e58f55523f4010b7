//! Several rows that make one event: the lines of a receipt become one purchase.
//!
//! Memory is bounded: so many events may be open at once, the oldest is closed first. A row that comes after its event was
//! closed is refused, never turned into a second event, because its amount would get lost when the two are recognised as
//! one event by their message id.

use std::collections::{HashMap, HashSet, VecDeque};

use periplus_model::{EventRow, IdKind, Instant, Money, Reason};

use crate::gate::{Gate, Refusal, Stop, refuse};
use crate::limits;

/// An event that waits for more rows.
#[derive(Debug)]
struct Waiting {
    time: Instant,
    event: String,
    ids: Vec<(IdKind, String)>,
    channel: Option<String>,
    message_id: Option<String>,
    amount: Option<Money>,
    currency: Option<String>,
    properties: String,
}

/// The events of one rule that wait for more rows.
#[derive(Debug, Default)]
pub struct Groups {
    waiting: HashMap<u128, Waiting>,
    order: VecDeque<u128>,
    done: HashSet<u128>,
    done_order: VecDeque<u128>,
}

impl Groups {
    /// Adds a row's amount to an event that is already open; false when none is.
    ///
    /// # Errors
    /// When that event was closed before, or the sum is too large.
    pub fn add(&mut self, key: u128, amount: Option<Money>) -> Result<bool, Refusal> {
        let Some(waiting) = self.waiting.get_mut(&key) else {
            if self.done.contains(&key) {
                return refuse(
                    Reason::Malformed,
                    "its event was closed before: sort the file so that the rows of one event are near each other",
                );
            }
            return Ok(false);
        };
        waiting.amount = match (waiting.amount, amount) {
            (Some(a), Some(b)) => match a.0.checked_add(b.0) {
                Some(sum) => Some(Money(sum)),
                None => return refuse(Reason::BadAmount, "the sum of the amounts is too large"),
            },
            (a, b) => a.or(b),
        };
        Ok(true)
    }

    /// Opens an event with its first row.
    ///
    /// # Errors
    /// When it exceeds a limit, or the sink fails at the event that had to be closed for it.
    pub fn open(&mut self, key: u128, row: &EventRow<'_>, gate: &mut Gate<'_>) -> Result<(), Stop> {
        Gate::check(row)?;
        if self.waiting.len() >= limits::OPEN_GROUPS
            && let Some(oldest) = self.order.pop_front()
        {
            self.close(oldest, gate)?;
        }
        self.order.push_back(key);
        self.waiting.insert(
            key,
            Waiting {
                time: row.time,
                event: row.event.to_owned(),
                ids: row.ids.iter().map(|(kind, value)| (kind.clone(), (*value).to_owned())).collect(),
                channel: row.channel.map(str::to_owned),
                message_id: row.message_id.map(str::to_owned),
                amount: row.amount,
                currency: row.currency.map(str::to_owned),
                properties: row.properties.to_owned(),
            },
        );
        Ok(())
    }

    /// Closes all events, oldest first.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn finish(&mut self, gate: &mut Gate<'_>) -> Result<(), Stop> {
        while let Some(oldest) = self.order.pop_front() {
            self.close(oldest, gate)?;
        }
        Ok(())
    }

    fn close(&mut self, key: u128, gate: &mut Gate<'_>) -> Result<(), Stop> {
        let Some(waiting) = self.waiting.remove(&key) else { return Ok(()) };
        if self.done_order.len() >= limits::DONE_GROUPS
            && let Some(oldest) = self.done_order.pop_front()
        {
            self.done.remove(&oldest);
        }
        self.done.insert(key);
        self.done_order.push_back(key);
        let ids: Vec<(IdKind, &str)> = waiting.ids.iter().map(|(kind, value)| (kind.clone(), value.as_str())).collect();
        gate.event(&EventRow {
            time: waiting.time,
            event: &waiting.event,
            ids: &ids,
            channel: waiting.channel.as_deref(),
            message_id: waiting.message_id.as_deref(),
            amount: waiting.amount,
            currency: waiting.currency.as_deref(),
            properties: &waiting.properties,
        })
    }
}
