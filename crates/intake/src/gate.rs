//! The gate: every event, trait and link passes here on its way to the sink, is held against the limits and the rules of its
//! source, and is counted.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use periplus_model::{EventRow, IdKind, LinkRow, Reason, TraitRow};
use serde_json::Value;

use crate::policy::{self, Consent, Policy, Rewritten, bots};
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
    /// The rules of the source, if it has any.
    pub policy: Option<&'s Policy>,
    /// What the program that sent the rows calls itself, where they were sent.
    pub agent: Option<&'s str>,
    /// What is known of the record that is being read.
    heard: Option<Heard>,
    /// The agent that was looked up last, and what it is: the next is most often the same.
    agent_before: (String, bool, Option<&'static str>),
}

/// What a record says of itself that holds for all rows that are made of it.
#[derive(Clone, Debug, Default)]
struct Heard {
    consent: Option<Consent>,
    bot: Option<&'static str>,
}

impl<'s> Gate<'s> {
    /// A gate in front of a sink.
    pub fn new(sink: &'s mut dyn Sink, progress: &'s mut dyn FnMut(Progress), bytes: Arc<AtomicU64>, rows_total: Option<u64>) -> Gate<'s> {
        let (raw_max, summary) = (limits::RAW, Summary::default());
        let (policy, agent, heard, agent_before) = (None, None, None, (String::new(), false, None));
        Gate { sink, progress, bytes, rows_total, raw_max, summary, policy, agent, heard, agent_before }
    }

    /// Hears what a record says of consent and of who sent it, which its rows do not say. A dialect calls it before it makes rows of
    /// the record; it holds until the record is settled.
    pub fn hear(&mut self, record: &Value) {
        if self.policy.is_some() {
            self.heard = Some(self.heard_in(record, Consent::of_record(record)));
        }
    }

    fn heard_in(&mut self, record: &Value, consent: Option<Consent>) -> Heard {
        let watches = self.policy.is_some_and(Policy::watches_bots);
        let bot = match (policy::customers_agent(record), self.agent) {
            (Some(agent), _) if watches => self.bot(agent, true),
            (None, Some(agent)) if watches => self.bot(agent, false),
            _ => None,
        };
        Heard { consent, bot }
    }

    fn bot(&mut self, agent: &str, is_customers: bool) -> Option<&'static str> {
        if (self.agent_before.0.as_str(), self.agent_before.1) != (agent, is_customers) {
            self.agent_before = (agent.to_owned(), is_customers, bots::name(agent, is_customers));
        }
        self.agent_before.2
    }

    /// What is known of a row's record; of a table's row, what its properties say.
    fn heard(&mut self, properties: &str) -> Heard {
        if let Some(heard) = &self.heard {
            return heard.clone();
        }
        let says_agent =
            ["user_agent", "userAgent"].iter().any(|name| memchr::memmem::find(properties.as_bytes(), name.as_bytes()).is_some());
        let record = if says_agent { serde_json::from_str(properties).unwrap_or_default() } else { Value::Null };
        self.heard_in(&record, Consent::of_properties(properties))
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
        match self.policy {
            None => self.pass_event(row)?,
            Some(policy) => self.event_under(policy, row)?,
        }
        self.summary.events += 1;
        Ok(())
    }

    fn event_under(&mut self, policy: &Policy, row: &EventRow<'_>) -> Result<(), Stop> {
        let Heard { consent, bot } = self.heard(row.properties);
        policy.admits(consent.as_ref(), bot)?;
        let Some(new) = policy.event(row, consent.as_ref(), bot)? else { return self.pass_event(row) };
        let ids = new.ids.as_ref().map(|ids| borrowed(ids));
        let row = EventRow {
            event: &new.event,
            channel: new.channel.as_deref(),
            message_id: new.message_id.as_deref(),
            ids: ids.as_deref().unwrap_or(row.ids),
            properties: &new.properties,
            ..row.clone()
        };
        Self::check(&row)?;
        self.check_erased(row.ids)?;
        self.pass_event(&row)
    }

    /// The name is asked for last: one that is refused for something else takes nobody's place.
    fn pass_event(&mut self, row: &EventRow<'_>) -> Result<(), Stop> {
        if !self.sink.admits_name(row.event) {
            return refuse(Reason::TooManyNames, "events have as many different names as they may");
        }
        self.sink.event(row).map_err(Stop::Sink)
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
        let Some(policy) = self.policy else { return self.pass_trait(row) };
        let Heard { consent, bot } = self.heard("");
        policy.admits(consent.as_ref(), bot)?;
        let value = match policy.of_trait(row.name, row.value) {
            Rewritten::Gone => return Ok(()),
            Rewritten::Same => Cow::Borrowed(row.value),
            Rewritten::Changed(value) => Cow::Owned(value),
        };
        let ids = policy.ids(row.ids);
        let ids = ids.as_ref().map(|ids| borrowed(ids));
        let row = TraitRow { ids: ids.as_deref().unwrap_or(row.ids), value: &value, ..row.clone() };
        check_ids(row.ids)?;
        self.check_erased(row.ids)?;
        self.pass_trait(&row)
    }

    fn pass_trait(&mut self, row: &TraitRow<'_>) -> Result<(), Stop> {
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
        let Some(policy) = self.policy else { return self.pass_link(row) };
        let Heard { consent, bot } = self.heard("");
        policy.admits(consent.as_ref(), bot)?;
        match policy.ids(row.ids) {
            None => self.pass_link(row),
            Some(ids) => {
                let ids = borrowed(&ids);
                self.check_erased(&ids)?;
                self.pass_link(&LinkRow { ids: &ids, ..row.clone() })
            }
        }
    }

    fn pass_link(&mut self, row: &LinkRow<'_>) -> Result<(), Stop> {
        if row.ids.len() >= 2 {
            self.sink.link(row).map_err(Stop::Sink)?;
            self.summary.links += 1;
        }
        Ok(())
    }

    /// Asked of identifiers as they came and as the rules of the source make them: either may have been stored.
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
        let heard = self.heard.take();
        match result {
            Ok(Outcome::Accepted) => self.summary.accepted += 1,
            Ok(Outcome::Skipped) => self.summary.skipped += 1,
            Err(Stop::Sink(error)) => return Err(IntakeError::Sink(error)),
            Err(Stop::Refused(Refusal { reason, detail })) => {
                *self.summary.rejected.entry(reason).or_default() += 1;
                let (detail, mut raw) = match self.policy {
                    _ if reason == Reason::Erased => (detail, String::new()),
                    None => (detail, raw()),
                    Some(policy) if policy.withholds(heard.as_ref().and_then(|heard| heard.consent.as_ref())) => {
                        // Whatever is wrong with it: what there is no consent to is not kept, and the detail may repeat it.
                        let detail = if reason == Reason::NoConsent { detail } else { reason.help().into() };
                        (detail, policy::only_id(&raw()))
                    }
                    Some(policy) => (policy.scrub_detail(detail), policy.scrub_text(&raw())),
                };
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

fn borrowed<'i>(ids: &'i [(IdKind, Cow<'_, str>)]) -> Vec<(IdKind, &'i str)> {
    ids.iter().map(|(kind, value)| (kind.clone(), &**value)).collect()
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
