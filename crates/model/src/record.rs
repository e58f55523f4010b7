//! What arrives: events, trait updates and links between identifiers, borrowed from the bytes they were read from.
//!
//! The rows borrow, because an import turns tens of millions of them into columns and must not allocate for each.

use serde::{Deserialize, Serialize};

use crate::identity::IdKind;
use crate::money::Money;
use crate::time::Instant;

/// One event as it was received: one interaction of somebody with the brand.
#[derive(Clone, Debug)]
pub struct EventRow<'a> {
    /// When it happened.
    pub time: Instant,
    /// What happened, 1 to 200 bytes.
    pub event: &'a str,
    /// Who it was: identifiers, strongest first, at least one. The first is kept with the event for ever;
    /// the others become links.
    pub ids: &'a [(IdKind, &'a str)],
    /// The channel it came through, when the source knows.
    pub channel: Option<&'a str>,
    /// The sender's own id of this event, unique in the workspace; without it the content identifies the event.
    pub message_id: Option<&'a str>,
    /// Money that changed hands.
    pub amount: Option<Money>,
    /// The amount's currency as an ISO 4217 code.
    pub currency: Option<&'a str>,
    /// The rest, as the text of one JSON object, or empty for none.
    pub properties: &'a str,
}

/// One trait of a customer, as known from some time on.
#[derive(Clone, Debug)]
pub struct TraitRow<'a> {
    /// Since when; `None` when the source does not say, which means since always.
    pub time: Option<Instant>,
    /// Whose: identifiers, strongest first, at least one.
    pub ids: &'a [(IdKind, &'a str)],
    /// The trait's name.
    pub name: &'a str,
    /// Its value as JSON text (`"gold"`, `42`, `true`, `null` to take it back).
    pub value: &'a str,
}

/// Identifiers that were seen together, without an event (an `identify`, an `alias`, a row of a loyalty table).
#[derive(Clone, Debug)]
pub struct LinkRow<'a> {
    /// When they were seen together; `None` when the source does not say.
    pub time: Option<Instant>,
    /// Identifiers, strongest first, two or more.
    pub ids: &'a [(IdKind, &'a str)],
}

/// Why a row was not accepted. The list is closed: every refusal anywhere is one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The bytes are not the format they should be (broken quoting, broken JSON, broken XML).
    Malformed,
    /// The bytes are not UTF-8.
    Encoding,
    /// The row has more or fewer fields than the header.
    Fields,
    /// A line, or one of its values, is larger than the limit.
    TooLarge,
    /// Nested too deeply or with too many members.
    TooComplex,
    /// There is no time where one is needed.
    NoTime,
    /// The time cannot be read, or lies outside 1900 to 2200.
    BadTime,
    /// There is no event name.
    NoEvent,
    /// There is no identifier, or only blocked ones.
    NoIdentifier,
    /// An amount of money that cannot be read.
    BadAmount,
    /// A type of message that is not known.
    UnknownType,
    /// It is about somebody who was erased.
    Erased,
    /// It is not as the source's tracking plan says.
    PlanViolation,
    /// It was sent by a bot, and the source takes nothing from bots.
    Bot,
    /// There is no consent to what the source requires consent to.
    NoConsent,
    /// Events have as many different names as they may, and this would be one more.
    TooManyNames,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 16] = [
        Reason::Malformed,
        Reason::Encoding,
        Reason::Fields,
        Reason::TooLarge,
        Reason::TooComplex,
        Reason::NoTime,
        Reason::BadTime,
        Reason::NoEvent,
        Reason::NoIdentifier,
        Reason::BadAmount,
        Reason::UnknownType,
        Reason::Erased,
        Reason::PlanViolation,
        Reason::Bot,
        Reason::NoConsent,
        Reason::TooManyNames,
    ];

    /// The stable code, as in answers and files.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Malformed => "malformed",
            Reason::Encoding => "encoding",
            Reason::Fields => "fields",
            Reason::TooLarge => "too_large",
            Reason::TooComplex => "too_complex",
            Reason::NoTime => "no_time",
            Reason::BadTime => "bad_time",
            Reason::NoEvent => "no_event",
            Reason::NoIdentifier => "no_identifier",
            Reason::BadAmount => "bad_amount",
            Reason::UnknownType => "unknown_type",
            Reason::Erased => "erased",
            Reason::PlanViolation => "plan_violation",
            Reason::Bot => "bot",
            Reason::NoConsent => "no_consent",
            Reason::TooManyNames => "too_many_names",
        }
    }

    /// What a person can do about it.
    pub fn help(self) -> &'static str {
        match self {
            Reason::Malformed => "The row is not well-formed; look at its quoting or brackets.",
            Reason::Encoding => "The text is not UTF-8; convert the file first (for example with iconv).",
            Reason::Fields => "The row does not have as many fields as the header; look for unquoted separators.",
            Reason::TooLarge => "The row or one of its values is over the limit.",
            Reason::TooComplex => "The row is nested too deeply or has too many members.",
            Reason::NoTime => "The time column is empty in this row.",
            Reason::BadTime => "The time cannot be read with the mapping's format, or lies outside 1900 to 2200.",
            Reason::NoEvent => "The event column is empty in this row.",
            Reason::NoIdentifier => "No identifier is left: all are empty or blocked values such as 'null' or 'anonymous'.",
            Reason::BadAmount => "The amount is not a number.",
            Reason::UnknownType => "The message's type is not one that this format knows.",
            Reason::Erased => "Nothing is kept of this person any more; `periplus erase ID --welcome` changes that.",
            Reason::PlanViolation => "It is not as the source's tracking plan says; correct what is sent, or the plan.",
            Reason::Bot => "A bot sent it, and the source's rules refuse bots.",
            Reason::NoConsent => "There is no consent to what the source's rules require; nothing of the message was kept.",
            Reason::TooManyNames => {
                "There are as many names of events as settings.toml allows; put ids into properties, or raise `event_names` under `[limits]` and replay."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_what_serde_writes_and_unique() {
        let mut codes: Vec<&str> = Reason::ALL.iter().map(|r| r.code()).collect();
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{}\"", reason.code()));
            assert!(!reason.help().is_empty());
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Reason::ALL.len());
    }
}
