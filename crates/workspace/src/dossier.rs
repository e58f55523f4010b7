//! Everything that is held about one customer, as JSON Lines that can be read back (`intake`'s dialect `periplus`): what the
//! law calls access and portability.

use std::io::Write;

use periplus_model::identity::{CustomerKey, Identifier};
use periplus_model::parts::Snapshot;
use periplus_model::time::Instant;
use periplus_stitch::ALWAYS;
use serde::Serialize;
use serde_json::{Value, json};

use crate::erase::mentions;
use crate::rows::{StoredEvent, StoredTrait};
use crate::{Workspace, WorkspaceError};

/// How much there was to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dossier {
    /// Events.
    pub events: u64,
    /// Trait updates, all that there ever were.
    pub traits: u64,
    /// Links of identifiers.
    pub links: u64,
    /// Refused messages that speak of the customer.
    pub refused: u64,
}

impl Workspace {
    /// Writes everything about a customer: who it is and why, the ledger, links, every trait update, every event, and refused
    /// messages that speak of the customer.
    ///
    /// # Errors
    /// When something cannot be read, or `out` not be written.
    pub fn dossier(&self, key: CustomerKey, snapshot: &Snapshot, out: &mut dyn Write) -> Result<Dossier, WorkspaceError> {
        let mut told = Dossier::default();
        let mut tell = |kind: &str, fields: Value| -> Result<(), WorkspaceError> {
            let mut line = json!({"periplus": 1, "type": kind});
            if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
                line.extend(fields);
            }
            writeln!(out, "{line}").map_err(|error| WorkspaceError::Refused(format!("it cannot be written: {error}")))
        };
        let view = self.customer(key, snapshot)?;
        tell("customer", json!({"name": view.name, "identifiers": view.identifiers, "others": view.others}))?;
        for entry in &view.ledger {
            tell("ledger", json!(entry))?;
        }
        let identifiers: Vec<Identifier> = view.identifiers.iter().filter_map(|known| known.identifier.parse().ok()).collect();
        told.links = self.tell_links(&identifiers, &mut tell)?;
        let stored = self.stored(snapshot, key.0, key.0)?.remove(&key).unwrap_or_default();
        for update in &stored.traits {
            tell("trait", trait_line(update))?;
            told.traits += 1;
        }
        for event in &stored.events {
            tell("event", event_line(event))?;
            told.events += 1;
        }
        let values: Vec<&str> = identifiers.iter().map(|identifier| identifier.value.as_str()).collect();
        let mut refused = Vec::new();
        self.store.each_quarantined(|_, message| {
            if mentions(message, &values) {
                refused.push(message.to_owned());
            }
        })?;
        for message in refused {
            tell("refused", json!({"message": message}))?;
            told.refused += 1;
        }
        Ok(told)
    }

    fn tell_links(
        &self,
        identifiers: &[Identifier],
        tell: &mut impl FnMut(&str, Value) -> Result<(), WorkspaceError>,
    ) -> Result<u64, WorkspaceError> {
        let component = self.store.component(identifiers.iter().map(Identifier::key))?;
        let own = |key: CustomerKey| identifiers.iter().find(|identifier| identifier.key() == key);
        let mut links: Vec<_> = component.links.into_values().collect();
        links.sort_unstable_by_key(|link| (link.first_seen, link.a, link.b, link.source));
        let mut count = 0;
        for link in links {
            // Links with somebody else's identifiers would tell of somebody else.
            let (Some(a), Some(b)) = (own(link.a), own(link.b)) else { continue };
            let time = |micros: i64| (micros != ALWAYS).then_some(Instant(micros));
            let source = self.store.source_name(link.source)?;
            let (first, last) = (time(link.first_seen), time(link.last_seen));
            let times = link.observations;
            tell(
                "link",
                json!({"ids": [a.to_string(), b.to_string()], "first_seen": first, "last_seen": last, "source": source, "times": times}),
            )?;
            count += 1;
        }
        Ok(count)
    }
}

/// JSON text as the JSON that it is.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

fn trait_line(update: &StoredTrait) -> Value {
    json!({"time": update.time, "ids": [update.distinct_id], "name": update.name, "value": parsed(&update.value), "source": update.source})
}

fn event_line(event: &StoredEvent) -> Value {
    let mut line = json!({"time": event.time, "event": event.event, "ids": [event.distinct_id], "source": event.source});
    for (key, value) in [
        ("channel", event.channel.clone().map(Value::from)),
        ("message_id", event.message_id.clone().map(Value::from)),
        ("amount", event.amount.map(|amount| Value::from(amount.to_string()))),
        ("currency", event.currency.clone().map(Value::from)),
        ("properties", event.properties.as_deref().map(parsed)),
    ] {
        if let Some(value) = value {
            line[key] = value;
        }
    }
    line
}
