//! What a source's rules can do to what it sends, between the limits and the sink.
//!
//! A person writes [`Settings`]; a [`Policy`] is made of them once, and the [gate](crate::gate) holds every event, trait and link
//! against it. In this order:
//!
//! 1. [`consent`](mod@consent): what the message says of it becomes the property `consent`; without what is required it is refused,
//!    and nothing that it says is kept.
//! 2. [`bots`]: a visitor that is a program is marked, or refused.
//! 3. [`plan`]: an event that is not as agreed is marked, or refused. [`observe`] proposes a plan.
//! 4. [`scrub`](mod@self): personal data go, or are hashed or masked, in what is stored and in what quarantine keeps. Values are
//!    recognised by [`recognise`] and [hashed](hash); [`rewrite`] changes them in the text of the properties and nothing else.
//!
//! Without a policy nothing of this happens and nothing is spent. With one, JSON is only read where a rule may find something.

pub mod bots;
pub mod consent;
pub mod hash;
pub mod observe;
pub mod plan;
pub mod recognise;
pub mod rewrite;
mod scrub;
pub mod tcf;

use std::borrow::Cow;

use periplus_model::{EventRow, IdKind, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use bots::Bots;
pub use consent::{Consent, ConsentRule, Without};
pub use observe::Observer;
pub use plan::Plan;
pub use recognise::Pattern;
pub use rewrite::Rewritten;
pub use scrub::{Action, ScrubRule};

use crate::gate::{Refusal, refuse};
use crate::json::text_at;
use crate::limits;

/// The properties that the gate writes. What a sender calls so gives way.
pub const MARKS: [&str; 4] = ["bot", "consent", "consent_tc", "plan_violation"];

/// What stands in quarantine for a message that is no JSON, where rules are about names in it.
const NOT_KEPT: &str = "(not kept: this is no JSON, and the rules of the source name what must not be stored)";

/// The rules of a source as a person writes them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What becomes of what bots send.
    #[serde(default)]
    pub bots: Bots,
    /// A secret: with it, hashes are HMAC-SHA256 and not plain SHA-256, so that nobody can find out by trying what one stands for,
    /// and no ad platform can match it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_key: Option<String>,
    /// Personal data that must not be stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scrub: Vec<ScrubRule>,
    /// The consent that is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentRule>,
    /// The events and properties that are agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
}

/// The rules of a source, ready to be applied. They cannot be wrong any more.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Settings")]
pub struct Policy {
    settings: Settings,
    scrub: scrub::Scrub,
    plan: Option<plan::Agreed>,
    /// The purposes without consent to which a message is refused.
    required: Vec<String>,
}

/// Rules that cannot be used; the message says why, and what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(pub String);

impl PartialEq for Policy {
    fn eq(&self, other: &Policy) -> bool {
        self.settings == other.settings
    }
}

impl Serialize for Policy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.settings.serialize(serializer)
    }
}

impl TryFrom<Settings> for Policy {
    type Error = PolicyError;

    fn try_from(settings: Settings) -> Result<Policy, PolicyError> {
        Policy::new(settings)
    }
}

impl Policy {
    /// Makes rules of settings.
    ///
    /// # Errors
    /// When a rule contradicts itself, or would do nothing.
    pub fn new(settings: Settings) -> Result<Policy, PolicyError> {
        let scrub = scrub::Scrub::new(&settings.scrub, settings.hash_key.as_deref()).map_err(PolicyError)?;
        let plan = settings.plan.as_ref().map(plan::Agreed::new).transpose().map_err(PolicyError)?;
        let required = match &settings.consent {
            Some(rule) if rule.require.iter().any(|name| name.trim().is_empty()) => {
                return Err(PolicyError("consent: a purpose in `require` is empty; write names such as \"analytics\"".to_owned()));
            }
            Some(rule) if rule.without == Without::Quarantine && rule.require.is_empty() => {
                return Err(PolicyError(
                    "consent: nothing is required; write require = [\"analytics\"], or leave [consent] out".to_owned(),
                ));
            }
            Some(rule) if rule.without == Without::Quarantine => rule.require.iter().map(|name| consent::purpose(name)).collect(),
            _ => Vec::new(),
        };
        Ok(Policy { settings, scrub, plan, required })
    }

    /// Reads rules written in TOML.
    ///
    /// # Errors
    /// When it is not TOML, has an unknown key, or a rule is wrong; the message says where and what to write.
    pub fn parse(text: &str) -> Result<Policy, PolicyError> {
        let settings: Settings = toml::from_str(text).map_err(|error| PolicyError(error.to_string().trim_end().to_owned()))?;
        Policy::new(settings)
    }

    /// What it was made of.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A message as it may be kept: scrubbed by all rules, its names looked for at any depth and in any spelling. What is no JSON is
    /// not kept where rules are about names.
    pub fn scrub_text(&self, raw: &str) -> String {
        match self.scrub.is_empty() {
            true => raw.to_owned(),
            false => self.scrub.raw(raw).unwrap_or_else(|| NOT_KEPT.to_owned()),
        }
    }

    /// The text about what is wrong with a message, as it may be kept: it may repeat a value.
    pub(crate) fn scrub_detail<'d>(&self, detail: Cow<'d, str>) -> Cow<'d, str> {
        if self.scrub.is_empty() { detail } else { Cow::Owned(scrub::masked(&detail)) }
    }

    /// Whether nothing of a message may be kept, because there is no consent to it.
    pub fn withholds(&self, consent: Option<&Consent>) -> bool {
        !self.required.is_empty() && !consent.is_some_and(|consent| consent.has(&self.required))
    }

    /// Whether a message may pass, given what it says of consent and the bot that it is of.
    ///
    /// # Errors
    /// When consent is required and not there, or bots are refused and it is of one.
    pub(crate) fn admits(&self, consent: Option<&Consent>, bot: Option<&str>) -> Result<(), Refusal> {
        if self.withholds(consent) {
            return refuse(Reason::NoConsent, format!("there is no consent to {}", self.required.join(", ")));
        }
        match bot {
            Some(name) if self.settings.bots == Bots::Quarantine => {
                refuse(Reason::Bot, if name == "true" { "it was sent by a bot".to_owned() } else { format!("it was sent by {name}") })
            }
            _ => Ok(()),
        }
    }

    /// Whether anybody wants to know of bots.
    pub(crate) fn watches_bots(&self) -> bool {
        self.settings.bots != Bots::Accept
    }

    /// Scrubs an event, and marks it with what is known of it. Nothing where it stays as it is.
    ///
    /// # Errors
    /// When it deviates from the plan and is to be refused.
    pub(crate) fn event<'r>(
        &self,
        row: &EventRow<'r>,
        consent: Option<&Consent>,
        bot: Option<&str>,
    ) -> Result<Option<NewEvent<'r>>, Refusal> {
        let deviation = self.plan.as_ref().and_then(|plan| plan.deviation(row.event, row.properties));
        let mut members = Vec::new();
        let mut mark = |name, text: &str| members.push((name, Value::from(text).to_string()));
        if let Some(bot) = bot {
            mark("bot", bot);
        }
        if let Some(consent) = consent {
            mark("consent", &consent.to_text());
            if let Some(tc) = consent.tc() {
                mark("consent_tc", tc);
            }
        }
        match deviation {
            Some((plan::Deviation::Quarantine, wrong)) => return refuse(Reason::PlanViolation, wrong),
            Some((_, wrong)) => mark("plan_violation", &wrong),
            None => {}
        }
        let ids = self.scrub.ids(row.ids);
        let properties = self.scrub.properties(row.properties);
        let event = self.scrub.text(row.event);
        let channel = row.channel.map(|channel| self.scrub.text(channel));
        let message_id = row.message_id.map(|id| self.scrub.message_id(id));
        let is_same = members.is_empty()
            && ids.is_none()
            && properties.is_none()
            && matches!(event, Cow::Borrowed(_))
            && !matches!(channel, Some(Cow::Owned(_)))
            && !matches!(message_id, Some(Cow::Owned(_)));
        if is_same {
            return Ok(None);
        }
        let properties = properties.map_or(Cow::Borrowed(row.properties), Cow::Owned);
        let properties = if members.is_empty() { properties } else { Cow::Owned(rewrite::with_members(&properties, &members)) };
        Ok(Some(NewEvent { event, channel, message_id, ids, properties }))
    }

    /// Scrubs identifiers; nothing where they stay as they are.
    pub(crate) fn ids<'i>(&self, ids: &[(IdKind, &'i str)]) -> Option<Vec<(IdKind, Cow<'i, str>)>> {
        self.scrub.ids(ids)
    }

    /// Scrubs a trait.
    pub(crate) fn of_trait(&self, name: &str, json: &str) -> Rewritten {
        self.scrub.of_trait(name, json)
    }
}

/// What is different in an event.
pub(crate) struct NewEvent<'r> {
    pub(crate) event: Cow<'r, str>,
    pub(crate) channel: Option<Cow<'r, str>>,
    pub(crate) message_id: Option<Cow<'r, str>>,
    /// The identifiers, where they are different.
    pub(crate) ids: Option<Vec<(IdKind, Cow<'r, str>)>>,
    pub(crate) properties: Cow<'r, str>,
}

/// What the sender of a message says that the customer's program calls itself.
pub(crate) fn customers_agent(record: &Value) -> Option<&str> {
    ["context.userAgent", "properties.$raw_user_agent", "properties.$user_agent", "user_agent", "userAgent", "context_userAgent"]
        .iter()
        .find_map(|path| crate::json::at(record, path))
        .and_then(Value::as_str)
        .filter(|agent| !agent.trim().is_empty())
}

/// What is kept of a message without consent: its id, by which the sender can find it, unless that says something itself.
pub(crate) fn only_id(raw: &str) -> String {
    let record: Value = serde_json::from_str(raw).unwrap_or_default();
    let id = ["messageId", "message_id", "uuid"].iter().find_map(|path| text_at(&record, path));
    match id.filter(|id| id.len() <= limits::MESSAGE_ID && scrub::masked(id) == *id) {
        Some(id) => serde_json::json!({"messageId": id}).to_string(),
        None => "{}".to_owned(),
    }
}

#[cfg(test)]
mod tests;
