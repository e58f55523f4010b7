//! The gate: every event, trait and link passes here on its way to the sink, is held against the limits, and is counted.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use periplus_model::{EventRow, IdKind, LinkRow, Reason, TraitRow};

use crate::when::within_bounds;
use crate::{IntakeError, Progress, Reject, Sink, Summary, limits};

/// Why a row is not accepted.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The reason.
    pub reason: Reason,
    /// What exactly is wrong in this row.
    pub detail: Cow<'static, str>,
}

/// Why a row did not come through.
#[derive(Debug)]
pub enum Stop {
    /// It is refused; the next row is read.
    Refused(Refusal),
    /// The sink failed; nothing more is read.
    Sink(io::Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Refused(refusal)
    }
}

/// A refusal as an error.
pub fn refuse<T, E: From<Refusal>>(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Result<T, E> {
    Err(Refusal { reason, detail: detail.into() }.into())
}

/// What became of a row that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It yielded something.
    Accepted,
    /// No rule wanted it.
    Skipped,
}

/// Where rows pass to the sink.
pub struct Gate<'s> {
    sink: &'s mut dyn Sink,
    progress: &'s mut dyn FnMut(Progress),
    bytes: Arc<AtomicU64>,
    rows_total: Option<u64>,
    /// How many bytes of a refused row are kept.
    pub raw_max: usize,
    /// What has passed.
    pub summary: Summary,
}

impl<'s> Gate<'s> {
    /// A gate in front of a sink.
    pub fn new(sink: &'s mut dyn Sink, progress: &'s mut dyn FnMut(Progress), bytes: Arc<AtomicU64>, rows_total: Option<u64>) -> Gate<'s> {
        Gate { sink, progress, bytes, rows_total, raw_max: limits::RAW, summary: Summary::default() }
    }

    /// Whether an event keeps within the limits.
    ///
    /// # Errors
    /// The first limit that it exceeds.
    pub fn check(row: &EventRow<'_>) -> Result<(), Refusal> {
        if row.event.is_empty() {
            return refuse(Reason::NoEvent, "the event has no name");
        }
        if row.event.len() > limits::EVENT_NAME {
            return refuse(Reason::TooLarge, format!("the event's name has {} bytes; {} are allowed", row.event.len(), limits::EVENT_NAME));
        }
        if within_bounds(row.time).is_none() {
            return refuse(Reason::BadTime, format!("{} is not between 1900 and 2200", row.time));
        }
        if let Some(id) = row.message_id.filter(|id| id.len() > limits::MESSAGE_ID) {
            return refuse(Reason::TooLarge, format!("the message id has {} bytes; {} are allowed", id.len(), limits::MESSAGE_ID));
        }
        if row.channel.is_some_and(|channel| channel.len() > limits::EVENT_NAME) {
            return refuse(Reason::TooLarge, format!("the channel has more than {} bytes", limits::EVENT_NAME));
        }
        if row.properties.len() > limits::ROW {
            return refuse(Reason::TooLarge, format!("the properties have {} bytes; {} are allowed", row.properties.len(), limits::ROW));
        }
        check_ids(row.ids)?;
        let texts = [Some(row.event), row.channel, row.message_id, row.currency];
        if texts.into_iter().flatten().any(has_nul) || has_escaped_nul(row.properties) {
            return refuse(Reason::Encoding, "there is a NUL character in it");
        }
        Ok(())
    }

    /// Lets an event pass.
    ///
    /// # Errors
    /// When it is over a limit, or the sink fails.
    pub fn event(&mut self, row: &EventRow<'_>) -> Result<(), Stop> {
        Self::check(row)?;
        self.check_erased(row.ids)?;
        self.sink.event(row).map_err(Stop::Sink)?;
        self.summary.events += 1;
        Ok(())
    }

    /// Lets a trait pass.
    ///
    /// # Errors
    /// When it is over a limit, or the sink fails.
    pub fn traits(&mut self, row: &TraitRow<'_>) -> Result<(), Stop> {
        check_ids(row.ids)?;
        if row.name.is_empty() || row.name.len() > limits::KEY {
            return refuse(Reason::TooLarge, format!("a trait's name has {} bytes; 1 to {} are allowed", row.name.len(), limits::KEY));
        }
        let most = if row.name == crate::dialects::xes::LOG_TRAIT { limits::ROW } else { limits::PROPERTY_TEXT };
        if row.value.len() > most {
            return refuse(Reason::TooLarge, format!("the trait '{}' has {} bytes; {most} are allowed", row.name, row.value.len()));
        }
        if row.time.is_some_and(|at| within_bounds(at).is_none()) {
            return refuse(Reason::BadTime, "the time is not between 1900 and 2200");
        }
        if has_nul(row.name) || has_escaped_nul(row.value) {
            return refuse(Reason::Encoding, "there is a NUL character in it");
        }
        self.check_erased(row.ids)?;
        self.sink.traits(row).map_err(Stop::Sink)?;
        self.summary.traits += 1;
        Ok(())
    }

    /// Lets a link pass; a single identifier is no link, and nothing happens.
    ///
    /// # Errors
    /// When it is over a limit, or the sink fails.
    pub fn link(&mut self, row: &LinkRow<'_>) -> Result<(), Stop> {
        check_ids(row.ids)?;
        if row.time.is_some_and(|at| within_bounds(at).is_none()) {
            return refuse(Reason::BadTime, "the time is not between 1900 and 2200");
        }
        self.check_erased(row.ids)?;
        if row.ids.len() >= 2 {
            self.sink.link(row).map_err(Stop::Sink)?;
            self.summary.links += 1;
        }
        Ok(())
    }

    fn check_erased(&self, ids: &[(IdKind, &str)]) -> Result<(), Refusal> {
        match self.sink.is_erased(ids) {
            true => refuse(Reason::Erased, "it is about somebody who was erased"),
            false => Ok(()),
        }
    }

    /// Books what became of a row, and passes a refusal on.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn settle(&mut self, line: u64, result: Result<Outcome, Stop>, raw: &dyn Fn() -> String) -> Result<(), IntakeError> {
        self.summary.rows += 1;
        match result {
            Ok(Outcome::Accepted) => self.summary.accepted += 1,
            Ok(Outcome::Skipped) => self.summary.skipped += 1,
            Err(Stop::Sink(error)) => return Err(IntakeError::Sink(error)),
            Err(Stop::Refused(Refusal { reason, detail })) => {
                *self.summary.rejected.entry(reason).or_default() += 1;
                let mut raw = if reason.keeps_nothing() { String::new() } else { raw() };
                raw.truncate(raw.floor_char_boundary(self.raw_max));
                self.sink.reject(&Reject { line, reason, detail, raw: raw.into() }).map_err(IntakeError::Sink)?;
            }
        }
        if self.summary.rows.is_multiple_of(8_192) {
            self.tell();
        }
        Ok(())
    }

    /// Tells how far it is.
    pub fn tell(&mut self) {
        let bytes = self.bytes.load(Ordering::Relaxed);
        (self.progress)(Progress { bytes, rows: self.summary.rows, rows_total: self.rows_total, events: self.summary.events });
    }
}

fn check_ids(ids: &[(IdKind, &str)]) -> Result<(), Refusal> {
    if ids.is_empty() {
        return refuse(Reason::NoIdentifier, "no identifier is left in this row");
    }
    for (kind, value) in ids {
        if value.len() > limits::ID {
            return refuse(Reason::TooLarge, format!("the {kind} has {} bytes; {} are allowed", value.len(), limits::ID));
        }
        if has_nul(value) {
            return refuse(Reason::Encoding, "there is a NUL character in an identifier");
        }
    }
    Ok(())
}

fn has_nul(text: &str) -> bool {
    memchr::memchr(0, text.as_bytes()).is_some()
}

/// Whether JSON text has an escaped NUL; a backslash that is itself escaped does not make one.
fn has_escaped_nul(json: &str) -> bool {
    let bytes = json.as_bytes();
    // Most rows have no backslash at all, and finding that out is cheaper than setting up the search.
    if memchr::memchr(b'\\', bytes).is_none() {
        return false;
    }
    memchr::memmem::find_iter(bytes, b"\\u0000").any(|at| bytes[..at].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use periplus_model::Instant;

    #[test]
    fn limits_hold_to_the_byte() {
        let ids = [(IdKind::USER, "u")];
        let row = |event: &str, message_id: &str, properties: &str| {
            let row = EventRow {
                time: Instant(0),
                event,
                ids: &ids,
                channel: None,
                message_id: Some(message_id),
                amount: None,
                currency: None,
                properties,
            };
            Gate::check(&row).map_err(|refusal| refusal.reason)
        };
        assert_eq!(row(&"e".repeat(200), &"m".repeat(128), ""), Ok(()));
        assert_eq!(row(&"e".repeat(201), "m", ""), Err(Reason::TooLarge));
        assert_eq!(row("e", &"m".repeat(129), ""), Err(Reason::TooLarge));
        assert_eq!(row("", "m", ""), Err(Reason::NoEvent));
        assert_eq!(row("e\0", "m", ""), Err(Reason::Encoding));
        assert_eq!(row("e", "m", r#"{"a":"\u0000"}"#), Err(Reason::Encoding));
        assert_eq!(row("e", "m", r#"{"a":"\\u0000"}"#), Ok(()));
    }
}
