//! Event logs for process-mining tools (XES).

use std::io::Write;

use periplus_intake::dialects::xes::LOG_TRAIT;
use periplus_intake::xes_write::{self, Case};
use periplus_model::identity::{CustomerKey, IdKind, Identifier};
use periplus_model::parts::{PartTable, Snapshot};
use periplus_model::record::EventRow;

use crate::rows::Stored;
use crate::{Workspace, WorkspaceError};

impl Workspace {
    /// Writes every customer's journey as a case of an XES log, in the order in which the cases arrived. Answers how many
    /// cases there are. What fits into memory as a whole can be exported.
    ///
    /// # Errors
    /// When the lake cannot be read or the log not be written.
    pub fn export_xes(&self, snapshot: &Snapshot, out: &mut dyn Write) -> Result<u64, WorkspaceError> {
        let mut customers: Vec<(CustomerKey, Stored)> = self.stored(snapshot, 0, i64::MAX)?.into_iter().collect();
        let arrival = |stored: &Stored| stored.events.iter().map(|e| e.seq).chain(stored.traits.iter().map(|t| t.seq)).min();
        customers.sort_by_key(|(key, stored)| (arrival(stored), *key));
        // Ties in time keep the order of arrival; attributes keep theirs.
        for (_, stored) in &mut customers {
            stored.traits.sort_by_key(|update| update.seq);
        }
        let log = customers
            .iter()
            .flat_map(|(_, stored)| &stored.traits)
            .find(|update| update.name == LOG_TRAIT)
            .map(|update| update.value.clone());
        let named: Vec<(Identifier, &Stored)> = customers.iter().map(|(key, stored)| (name(*key, stored), stored)).collect();
        let ids: Vec<Vec<[(IdKind, &str); 1]>> =
            named.iter().map(|(id, stored)| stored.events.iter().map(|_| [(id.kind.clone(), id.value.as_str())]).collect()).collect();
        let cases = named.iter().zip(&ids).map(|((id, stored), ids)| Case {
            kind: id.kind.clone(),
            id: &id.value,
            traits: stored.traits.iter().map(|update| (update.name.as_str(), update.value.as_str())).collect(),
            events: stored
                .events
                .iter()
                .zip(ids)
                .map(|(event, ids)| EventRow {
                    time: event.time,
                    event: &event.event,
                    ids,
                    channel: event.channel.as_deref(),
                    message_id: event.message_id.as_deref(),
                    amount: event.amount,
                    currency: event.currency.as_deref(),
                    properties: event.properties.as_deref().unwrap_or(""),
                })
                .collect(),
        });
        let count = customers.len() as u64;
        xes_write::write(log.as_deref(), cases, out).map_err(WorkspaceError::io(std::path::Path::new("the exported log")))?;
        debug_assert!(snapshot.rows(PartTable::Events) >= customers.iter().map(|(_, s)| s.events.len() as u64).sum());
        Ok(count)
    }
}

/// The identifier that a case is named after: the one that most rows carry is the first, as cases have just one.
fn name(key: CustomerKey, stored: &Stored) -> Identifier {
    let texts = stored.events.iter().map(|e| &e.distinct_id).chain(stored.traits.iter().map(|t| &t.distinct_id));
    let parsed = texts.filter_map(|text| text.parse::<Identifier>().ok());
    parsed.into_iter().max_by_key(|id| id.key() == key).unwrap_or_else(|| Identifier::new(IdKind::USER, key.0.to_string()))
}
