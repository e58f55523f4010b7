//! Who sends, and what was refused.

use std::collections::BTreeMap;

use periplus_intake::policy::Observer;
use periplus_intake::source::Settings;
use periplus_server::{Again, Refusal, RefusalKind, SourceChange};
use periplus_store::collect::HOUR;
use periplus_store::{Collected, KeyRow, QuarantineRow};
use periplus_workspace::{WorkspaceError, sources};
use serde_json::{Value, json};

use super::{Served, refusal, refused};
use crate::commands::sources as command;

impl Served {
    pub(super) fn sources(&self, hours: u64) -> Result<Value, Refusal> {
        let read = || -> Result<Value, WorkspaceError> {
            let store = self.workspace()?.store;
            let mut keys: BTreeMap<String, Vec<KeyRow>> = BTreeMap::new();
            let mut counts: BTreeMap<String, Collected> = BTreeMap::new();
            for key in store.keys()? {
                keys.entry(key.source.clone()).or_default().push(key);
            }
            let hours = i64::try_from(hours).unwrap_or(i64::MAX / HOUR).min(24 * 366 * 10);
            for hour in store.collected((self.here.now() - hours * HOUR).div_euclid(HOUR) * HOUR)? {
                keys.entry(hour.source.clone()).or_default();
                counts.entry(hour.source.clone()).or_default().add(&hour);
            }
            let told = |(name, keys): (String, Vec<KeyRow>)| {
                let sent = counts.remove(&name).unwrap_or_default();
                let keys: Vec<Value> = keys
                    .into_iter()
                    .map(|key| {
                        let time = periplus_model::Instant;
                        json!({"key": key.key, "origins": key.origins, "created": time(key.at), "ended": key.ended_at.map(time)})
                    })
                    .collect();
                json!({"rules": sources::file(&self.here.data, &name).exists(), "name": name, "keys": keys,
                    "received": sent.messages + sent.quarantined, "events": sent.events, "traits": sent.traits, "links": sent.links,
                    "stored": sent.stored, "duplicates": sent.duplicates, "quarantined": sent.quarantined,
                    "last": (sent.last_at > 0).then_some(periplus_model::Instant(sent.last_at))})
            };
            let list: Vec<Value> = keys.into_iter().map(told).collect();
            Ok(json!({"sources": list, "losses": store.losses()?}))
        };
        read().map_err(refused)
    }

    pub(super) fn change_source(&self, change: SourceChange) -> Result<Value, Refusal> {
        match change {
            SourceChange::Add { name, origins } => {
                let key = command::new_key(&self.here, name, origins).map_err(|error| invalid("bad_source", &format!("{error:#}")))?;
                Ok(json!({"key": key.key, "name": key.source, "origins": key.origins}))
            }
            SourceChange::End { key } => {
                let store = self.workspace().map_err(refused)?.store;
                match store.end_key(&key, self.here.now()).map_err(|error| refused(error.into()))? {
                    true => Ok(json!({"ended": key})),
                    false => Err(refusal(
                        RefusalKind::NotFound,
                        "no_such_key",
                        "There is no such key",
                        "It is unknown, or has ended.",
                        "GET /api/sources lists them.",
                    )),
                }
            }
        }
    }

    pub(super) fn source_rules(&self, name: &str) -> Result<Value, Refusal> {
        plain(name)?;
        let path = sources::file(&self.here.data, name);
        match std::fs::read_to_string(&path) {
            Ok(toml) => Ok(json!({"name": name, "toml": toml})),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(json!({"name": name, "toml": ""})),
            Err(error) => Err(refused(WorkspaceError::io(&path)(error))),
        }
    }

    pub(super) fn write_rules(&self, name: &str, toml: &str) -> Result<Value, Refusal> {
        plain(name)?;
        Settings::parse(toml).map_err(|error| invalid("bad_rules", &error.to_string()))?;
        sources::write(&self.here.data, name, toml).map_err(refused)?;
        Ok(json!({"name": name}))
    }

    pub(super) fn source_plan(&self, name: &str) -> Result<Value, Refusal> {
        let read = || -> anyhow::Result<Option<String>> {
            let workspace = self.workspace()?;
            let snapshot = self.snapshot(&workspace)?;
            let (mut observer, mut events) = (Observer::default(), 0u64);
            workspace.each_event_of(name, &snapshot, &mut |event, properties| {
                observer.see(event, properties);
                events += 1;
            })?;
            if events == 0 {
                return Ok(None);
            }
            Ok(Some(command::rules_with(observer.plan())?))
        };
        match read() {
            Ok(Some(toml)) => Ok(json!({"toml": toml})),
            Ok(None) => Err(invalid("nothing_sent", &format!("No events of a source '{name}' are stored."))),
            Err(error) => Err(super::internal(&error)),
        }
    }

    pub(super) fn quarantine(&self, reason: Option<&str>, source: Option<&str>, at_most: u64) -> Result<Value, Refusal> {
        let read = || -> Result<Value, WorkspaceError> {
            let store = self.workspace()?.store;
            let reasons = store.quarantined_by_reason()?;
            let total: u64 = reasons.iter().map(|(_, count)| count).sum();
            let rows = store.quarantine(reason, source, usize::try_from(at_most.min(10_000)).unwrap_or(100))?;
            let told = |row: QuarantineRow| {
                let message = row.quarantined;
                let parsed: Value = serde_json::from_str(&message.message).unwrap_or(Value::String(message.message));
                json!({"id": row.id, "at": periplus_model::Instant(message.at), "source": message.source, "dialect": message.dialect,
                    "reason": message.reason, "detail": message.detail, "message": parsed})
            };
            Ok(json!({"messages": rows.into_iter().map(told).collect::<Vec<_>>(), "reasons": reasons, "total": total}))
        };
        read().map_err(refused)
    }

    pub(super) fn replay(&self, messages: Option<Vec<Again>>, reason: Option<&str>, source: Option<&str>) -> Result<Value, Refusal> {
        let done = || -> anyhow::Result<Value> {
            let mut workspace = self.here.workspace_to_change()?;
            let mut rows = workspace.store.quarantine(reason, source, usize::MAX >> 1)?;
            rows.reverse();
            if let Some(messages) = messages {
                let wanted: BTreeMap<u64, Option<Value>> = messages.into_iter().map(|again| (again.id, again.message)).collect();
                rows.retain_mut(|row| {
                    let Some(message) = wanted.get(&row.id) else { return false };
                    if let Some(message) = message {
                        row.quarantined.message = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
                    }
                    true
                });
            }
            let sum = command::replay_all(&self.here, &mut workspace, &rows, &mut |_| ())?;
            Ok(json!({"read": rows.len(), "taken": sum.taken, "stored": sum.stored, "duplicates": sum.duplicates,
                "quarantined": sum.refused.len(), "refused": sum.refused}))
        };
        done().map_err(|error| match error.downcast::<WorkspaceError>() {
            Ok(error) => refused(error),
            Err(error) => super::internal(&error),
        })
    }
}

fn plain(name: &str) -> Result<(), Refusal> {
    if sources::is_plain(name) {
        Ok(())
    } else {
        Err(invalid("bad_name", "A source's name has letters, digits, '-', '_' and '.', 100 at most."))
    }
}

fn invalid(code: &str, detail: &str) -> Refusal {
    refusal(RefusalKind::Invalid, code, "That is not right", detail, "docs/guide/collect.md explains sources and their rules.")
}
