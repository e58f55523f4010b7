//! One customer: the journey, the traits, and why these identifiers are one person.

use std::collections::{BTreeSet, HashMap, HashSet};

use periplus_model::identity::{CustomerKey, IdKind, Identifier};
use periplus_model::parts::Snapshot;
use periplus_model::time::Instant;
use periplus_stitch::{explain, refusals};
use periplus_store::{IdentifierRow, LedgerRow};
use serde::Serialize;
use serde_json::{Value, json};

pub use crate::rows::{StoredEvent, StoredTrait};
use crate::{Workspace, WorkspaceError};

/// Everything that is known of one customer.
#[derive(Clone, Debug, Serialize)]
pub struct CustomerView {
    /// The customer's key.
    pub key: CustomerKey,
    /// The identifier that the customer is named after.
    pub name: String,
    /// All identifiers.
    pub identifiers: Vec<IdentifierView>,
    /// Identifiers that were seen together with these, but belong to somebody else, and why.
    pub others: Vec<String>,
    /// Each trait's present value.
    pub traits: Vec<StoredTrait>,
    /// The journey.
    pub events: Vec<StoredEvent>,
    /// The ledger's entries about the customer.
    pub ledger: Vec<LedgerView>,
}

/// An identifier of a customer.
#[derive(Clone, Debug, Serialize)]
pub struct IdentifierView {
    /// `kind:value`.
    pub identifier: String,
    /// Its events count for the customer only since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
    /// Why it belongs to the customer, sentence by sentence.
    pub why: Vec<String>,
}

/// An entry of the ledger, readable.
#[derive(Clone, Debug, Serialize)]
pub struct LedgerView {
    /// Its number.
    pub id: u64,
    /// When it was written.
    pub at: Instant,
    /// What happened.
    pub sentence: String,
}

impl CustomerView {
    /// As JSON, in which properties and values are the JSON that they are kept as text of.
    pub fn to_json(&self) -> Value {
        let mut value = json!(self);
        let unwrap = |object: &mut Value, field: &str| {
            if let Some(inner) = object.get(field).and_then(Value::as_str).and_then(|text| serde_json::from_str::<Value>(text).ok()) {
                object[field] = inner;
            }
        };
        value["events"].as_array_mut().into_iter().flatten().for_each(|event| unwrap(event, "properties"));
        value["traits"].as_array_mut().into_iter().flatten().for_each(|update| unwrap(update, "value"));
        value
    }
}

impl Workspace {
    /// An identifier that was seen together with another: only of such can be said that they are apart or together.
    ///
    /// # Errors
    /// When there is none, or it is not clear which is meant.
    pub fn linked(&self, text: &str) -> Result<CustomerKey, WorkspaceError> {
        let refuse = |message| Err(WorkspaceError::Refused(message));
        if let Ok(identifier) = text.parse::<Identifier>() {
            return match self.store.identifier(identifier.key())? {
                Some(_) => Ok(identifier.key()),
                None => refuse(format!(
                    "{identifier} was never seen together with any other identifier, so there is nothing to decide about it"
                )),
            };
        }
        match self.store.identifiers_with_value(text)?.as_slice() {
            [] => refuse(format!("'{text}' was never seen together with any other identifier, so there is nothing to decide about it")),
            [one] => Ok(one.identifier.key()),
            several => {
                let list: Vec<String> = several.iter().map(|row| row.identifier.to_string()).collect();
                refuse(format!("'{text}' may be {}; say which", list.join(" or ")))
            }
        }
    }

    /// Finds customers by an identifier: `kind:value`, or a value of whatever kind.
    ///
    /// # Errors
    /// When the store or the lake cannot be read.
    pub fn find(&self, text: &str, snapshot: &Snapshot) -> Result<Vec<CustomerKey>, WorkspaceError> {
        let mut found: Vec<CustomerKey> = Vec::new();
        let mut candidates: Vec<IdentifierRow> = Vec::new();
        if let Ok(identifier) = text.parse::<Identifier>() {
            let row = self.store.identifier(identifier.key())?;
            candidates.push(row.unwrap_or(IdentifierRow { customer: identifier.key(), identifier, since: None }));
        } else {
            candidates = self.store.identifiers_with_value(text)?;
            let mut kinds: HashSet<String> = self.store.kinds()?.into_iter().collect();
            // Identifiers that were never linked are in no list; the usual kinds are tried.
            kinds.extend(
                ["user_id", "anonymous_id", "email", "phone", "loyalty_card", "household_id", "device_id", "case_id"].map(str::to_owned),
            );
            for kind in kinds.iter().filter_map(|kind| IdKind::new(kind).ok()) {
                let identifier = Identifier::new(kind, text);
                if !candidates.iter().any(|row| row.identifier == identifier) {
                    candidates.push(IdentifierRow { customer: identifier.key(), identifier, since: None });
                }
            }
        }
        for row in candidates {
            let linked = self.store.identifier(row.identifier.key())?.is_some();
            if !found.contains(&row.customer) && (linked || !self.stored(snapshot, row.customer.0, row.customer.0)?.is_empty()) {
                found.push(row.customer);
            }
        }
        Ok(found)
    }

    /// What a customer is called: the strongest identifier, or the one that the rows carry where none is linked.
    ///
    /// # Errors
    /// When the store or the lake cannot be read.
    pub fn name(&self, key: CustomerKey, snapshot: &Snapshot) -> Result<Option<String>, WorkspaceError> {
        Ok(self.names(&BTreeSet::from([key]), snapshot)?.remove(&key))
    }

    /// What some customers are called; those of whom nothing is known are not in it. The lake is read once for all of them, so it goes
    /// fastest when their keys are near each other.
    ///
    /// # Errors
    /// When the store or the lake cannot be read.
    pub fn names(&self, keys: &BTreeSet<CustomerKey>, snapshot: &Snapshot) -> Result<HashMap<CustomerKey, String>, WorkspaceError> {
        let (mut names, mut unlinked) = (HashMap::new(), BTreeSet::new());
        for key in keys {
            match self.store.identifier(*key)? {
                Some(row) => drop(names.insert(*key, row.identifier.to_string())),
                None => drop(unlinked.insert(*key)),
            }
        }
        names.extend(self.carried(&unlinked, snapshot)?);
        Ok(names)
    }

    /// Everything about a customer, as of a snapshot. Identities are told as they are now.
    ///
    /// # Errors
    /// When the store or the lake cannot be read.
    pub fn customer(&self, key: CustomerKey, snapshot: &Snapshot) -> Result<CustomerView, WorkspaceError> {
        let stored = self.stored(snapshot, key.0, key.0)?.remove(&key).unwrap_or_default();
        let linked = self.store.identifiers_of(key)?;
        let mut identifiers = Vec::new();
        let mut others = Vec::new();
        let mut name = None;
        if !linked.is_empty() {
            let (graph, resolution) = self.around(key)?;
            let source = |source: u32| self.store.source_name(source).ok().flatten().unwrap_or_else(|| format!("source {source}"));
            let canonical = graph.find(key);
            name = canonical.map(|node| format!("{}:{}", graph.kind(node), graph.value(node)));
            for row in &linked {
                let steps = graph
                    .find(row.identifier.key())
                    .zip(canonical)
                    .and_then(|(node, canonical)| explain(&graph, &resolution, node, canonical))
                    .unwrap_or_default();
                identifiers.push(IdentifierView {
                    identifier: row.identifier.to_string(),
                    since: row.since.map(Instant),
                    why: steps.iter().map(|step| step.sentence(source)).collect(),
                });
            }
            others = refusals(&graph, &resolution, key).iter().map(|step| step.sentence(source)).collect();
        }
        // Identifiers without any link are known from their rows alone.
        for text in stored.events.iter().map(|e| &e.distinct_id).chain(stored.traits.iter().map(|t| &t.distinct_id)) {
            if !identifiers.iter().any(|view| view.identifier == *text) {
                identifiers.push(IdentifierView { identifier: text.clone(), since: None, why: Vec::new() });
            }
        }
        let name =
            name.or_else(|| identifiers.first().map(|view| view.identifier.clone())).unwrap_or_else(|| format!("customer {}", key.0));
        let mut traits: Vec<StoredTrait> = Vec::new();
        for update in stored.traits {
            match traits.iter_mut().find(|known| known.name == update.name) {
                Some(known) => *known = update,
                None => traits.push(update),
            }
        }
        traits.retain(|update| update.value != "null");
        traits.sort_by(|a, b| a.name.cmp(&b.name));
        let ledger = self.store.ledger_of(key)?.iter().map(|entry| self.ledger_view(entry)).collect::<Result<_, _>>()?;
        Ok(CustomerView { key, name, identifiers, others, traits, events: stored.events, ledger })
    }

    fn ledger_view(&self, entry: &LedgerRow) -> Result<LedgerView, WorkspaceError> {
        let name = |key: CustomerKey| -> Result<String, WorkspaceError> {
            Ok(self.store.identifier(key)?.map_or_else(|| format!("customer {}", key.0), |row| row.identifier.to_string()))
        };
        let (identifier, from, to) = (name(entry.identifier)?, name(entry.from)?, name(entry.to)?);
        let since = entry.since.map(|time| format!(", for events since {}", Instant(time))).unwrap_or_default();
        let why = if entry.why.is_empty() { String::new() } else { format!(": {}", entry.why) };
        let sentence = match entry.kind.as_str() {
            "merged" => format!("{identifier} was recognised as {to}{since}{why}"),
            "split" => format!("{identifier} was parted from {from} and became {to}{why}"),
            "kept_apart" => format!("{identifier} and {from} are kept apart by hand{why}"),
            "allowed_again" => format!("{identifier} and {from} may be the same person again"),
            _ => format!("{identifier} went from {from} to {to}{since}{why}"),
        };
        Ok(LedgerView { id: entry.id, at: Instant(entry.at), sentence })
    }
}
