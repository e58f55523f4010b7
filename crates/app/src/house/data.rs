//! What the workspace holds: for pickers, for the catalogue of events, for whoever looks after the data.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant as Moment};

use periplus_engine::catalogue::{Catalogue, Kind, catalogue};
use periplus_maps::JourneyMap;
use periplus_model::identity::CustomerKey;
use periplus_model::parts::{PartTable, Snapshot};
use periplus_model::{Condition, Instant};
use periplus_query::{Limits, Sql};
use periplus_server::{Refusal, RefusalKind};
use periplus_workspace::{Workspace, WorkspaceError};
use serde_json::{Value, json};

use super::{Served, refusal, refused};
use crate::spend::channels;
use crate::{files, spend};

/// While events keep coming, the catalogue is looked through again at most this often.
const PAUSE: Duration = Duration::from_secs(30);
/// So many values of a property or trait are told.
const VALUES_MAX: usize = 50;
const BIGGEST: usize = 20;
const SEARCH_MAX: u64 = 200;
/// So many rows a statement in SQL may answer.
const ROWS_MAX: usize = 100_000;

impl Served {
    pub(super) fn workspace_told(&self) -> Result<Value, Refusal> {
        let read = || -> Result<Value, WorkspaceError> {
            let workspace = self.workspace()?;
            let snapshot = self.snapshot(&workspace)?;
            let times = snapshot.of(PartTable::Events).map(|part| (part.time_min, part.time_max));
            let (first, last) = times.fold((i64::MAX, i64::MIN), |(first, last), (min, max)| (first.min(min), last.max(max)));
            let keys = workspace.store.keys()?;
            let sources: std::collections::BTreeSet<&str> = keys.iter().map(|key| key.source.as_str()).collect();
            let known = self.catalogue_of(&snapshot);
            Ok(json!({
                "title": "Periplus",
                "version": env!("CARGO_PKG_VERSION"),
                "may_change": self.may_change,
                "collecting": self.collecting.is_some(),
                "snapshot": snapshot.id,
                "events": snapshot.rows(PartTable::Events),
                "customers": known.filter(|catalogue| catalogue.customers > 0).map(|catalogue| catalogue.customers),
                "first": (first <= last).then_some(Instant(first)),
                "watermark": (first <= last).then_some(Instant(last)),
                "maps": self.files().len(),
                "sources": sources.len(),
                "imports": workspace.store.imports()?.len(),
                "demo": self.here.data.join("demo").exists(),
                "folder": self.here.data.display().to_string(),
            }))
        };
        read().map_err(refused)
    }

    /// The catalogue of this very snapshot, if it was looked through.
    fn catalogue_of(&self, snapshot: &Snapshot) -> Option<Arc<Catalogue>> {
        let kept = self.catalogue.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        kept.as_ref().filter(|(id, ..)| *id == (snapshot.id, snapshot.erasures)).map(|(_, _, catalogue)| catalogue.clone())
    }

    fn catalogue(&self) -> Result<Arc<Catalogue>, WorkspaceError> {
        let workspace = self.workspace()?;
        let snapshot = self.snapshot(&workspace)?;
        #[expect(clippy::disallowed_methods, reason = "the program is where clocks are read")]
        let now = Moment::now();
        let mut kept = self.catalogue.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((id, at, catalogue)) = &*kept {
            // Whoever was erased must not be found in it.
            let is_same = *id == (snapshot.id, snapshot.erasures);
            if is_same || (id.1 == snapshot.erasures && now.duration_since(*at) < PAUSE) {
                return Ok(catalogue.clone());
            }
        }
        let (watch, stopwatch) = (self.limits.watch(&self.here, &Arc::default()), self.here.stopwatch());
        let seen = Arc::new(catalogue(&workspace.desk(None, &snapshot, &watch, &stopwatch))?);
        *kept = Some(((snapshot.id, snapshot.erasures), now, seen.clone()));
        Ok(seen)
    }

    /// What a table of costs says of a period, by the channels that there are.
    pub(super) fn spend(&self, table: &str, campaigns: bool, period: spend::Period) -> Result<Value, Refusal> {
        let channels = if campaigns { Vec::new() } else { channels(self.catalogue().map_err(refused)?.as_ref()) };
        let by = if campaigns { spend::By::Campaign } else { spend::By::Channel(&channels) };
        let told = spend::read(table, by, period).map_err(|why| {
            let fix = "A table of two columns is enough: a channel and what was spent.";
            refusal(RefusalKind::Invalid, "bad_spend", "No costs", &why, fix)
        })?;
        Ok(json!(told))
    }

    pub(super) fn vocabulary(&self) -> Result<Value, Refusal> {
        let catalogue = self.catalogue().map_err(refused)?;
        let events: Vec<Value> = (catalogue.events.iter())
            .map(|entry| json!({"name": entry.name, "events": entry.events, "customers": entry.customers, "channels": entry.channels}))
            .collect();
        let mut channels: BTreeMap<&str, u64> = BTreeMap::new();
        let mut properties: BTreeMap<&str, Known<'_>> = BTreeMap::new();
        for entry in &catalogue.events {
            for (channel, count) in &entry.channels {
                *channels.entry(channel).or_default() += count;
            }
            for property in &entry.properties {
                let known = properties.entry(&property.name).or_default();
                known.kinds.push(property.kind);
                known.events.push(&entry.name);
                for (value, count) in &property.values {
                    known.values.entry(value.to_string()).or_insert_with(|| (value.clone(), 0)).1 += count;
                }
            }
        }
        let mut channels: Vec<(&str, u64)> = channels.into_iter().collect();
        channels.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let properties: Vec<Value> = properties
            .into_iter()
            .map(|(name, Known { kinds, events, values })| {
                let kind = if kinds.windows(2).all(|pair| pair[0] == pair[1]) { kinds[0] } else { Kind::Mixed };
                json!({"name": name, "kind": kind, "events": events, "values": most(values.into_values().collect())})
            })
            .collect();
        let traits: Vec<Value> = (catalogue.traits.iter())
            .map(|found| {
                let is_number = !found.values.is_empty() && found.values.iter().all(|(value, _)| value.is_number());
                let is_boolean = !found.values.is_empty() && found.values.iter().all(|(value, _)| value.is_boolean());
                let kind = if is_number {
                    Kind::Number
                } else if is_boolean {
                    Kind::Boolean
                } else {
                    Kind::Text
                };
                json!({"name": found.name, "kind": kind, "customers": found.customers, "values": most(found.values.clone())})
            })
            .collect();
        Ok(json!({"events": events, "properties": properties, "traits": traits, "channels": channels,
            "first": catalogue.first, "last": catalogue.last}))
    }

    pub(super) fn catalogue_told(&self) -> Result<Value, Refusal> {
        let catalogue = self.catalogue().map_err(refused)?;
        let maps: Vec<JourneyMap> = self.files().iter().filter_map(|path| files::journey_map(path).ok()).collect();
        let events: Vec<Value> = (catalogue.events.iter())
            .map(|entry| {
                let touchpoints: Vec<Value> = maps.iter().filter_map(|map| touchpoint(map, entry)).collect();
                let mut told = json!(entry);
                told["touchpoints"] = Value::Array(touchpoints);
                told
            })
            .collect();
        Ok(json!({"events": events, "customers": catalogue.customers, "first": catalogue.first, "last": catalogue.last}))
    }

    pub(super) fn identity(&self) -> Result<Value, Refusal> {
        let read = || -> Result<Value, WorkspaceError> {
            let workspace = self.workspace()?;
            let snapshot = self.snapshot(&workspace)?;
            let census = workspace.store.census(BIGGEST)?;
            let biggest: Vec<Value> = (census.biggest.iter())
                .map(|(key, identifiers)| Ok(json!({"id": workspace.name(*key, &snapshot)?, "identifiers": identifiers})))
                .collect::<Result<_, WorkspaceError>>()?;
            let identifiers: u64 = census.kinds.iter().map(|(_, count)| count).sum();
            let kinds: Vec<Value> = census.kinds.iter().map(|(kind, count)| json!({"kind": kind, "identifiers": count})).collect();
            Ok(json!({"customers": census.customers, "identifiers": identifiers, "merged": census.joined, "kinds": kinds,
                "biggest": biggest, "rules": workspace.settings.identity}))
        };
        read().map_err(refused)
    }

    pub(super) fn storage(&self) -> Result<Value, Refusal> {
        let read = || -> Result<Value, WorkspaceError> {
            let workspace = self.workspace()?;
            let snapshot = self.snapshot(&workspace)?;
            let mut months: BTreeMap<i32, (u64, u64)> = BTreeMap::new();
            for part in snapshot.of(PartTable::Events) {
                let month = months.entry(part.month.unwrap_or_default()).or_default();
                (month.0, month.1) = (month.0 + part.rows, month.1 + part.bytes);
            }
            let months: Vec<Value> = (months.iter())
                .map(|(month, (events, bytes))| json!({"month": format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1), "events": events, "bytes": bytes}))
                .collect();
            let data = &self.here.data;
            let erasures = workspace.store.erasures()?;
            let store_bytes: u64 =
                ["state.db", "state.db-wal"].iter().filter_map(|name| data.join(name).metadata().ok()).map(|meta| meta.len()).sum();
            let done = erasures.iter().filter(|erasure| erasure.purged_at.is_some()).count();
            Ok(json!({
                "events": snapshot.rows(PartTable::Events),
                "traits": snapshot.rows(PartTable::Traits),
                "parts": snapshot.parts.len(),
                "bytes": snapshot.parts.iter().map(|part| part.bytes).sum::<u64>(),
                "lake_bytes": bytes_below(&data.join("lake")),
                "log_bytes": bytes_below(&data.join("log")),
                "store_bytes": store_bytes,
                "quarantine_bytes": bytes_below(&data.join("quarantine")),
                "versions": workspace.store.snapshots()?.len(),
                "months": months,
                "disk": disk(data),
                "erasures": {"open": erasures.len() - done, "done": done},
            }))
        };
        read().map_err(refused)
    }

    pub(super) fn sql(&self, statement: String, map: Option<&JourneyMap>, rows: u64, gone: &Arc<AtomicBool>) -> Result<Value, Refusal> {
        let answer = || -> Result<Value, WorkspaceError> {
            let workspace = self.workspace()?;
            let snapshot = self.snapshot(&workspace)?;
            let limits = Limits {
                rows: usize::try_from(rows).unwrap_or(usize::MAX).min(ROWS_MAX),
                memory_bytes: usize::try_from(self.limits.ask_memory << 20).unwrap_or(usize::MAX),
                seconds: Some(self.limits.ask_seconds.ceil() as u64),
                ..Limits::default()
            };
            let question = Sql { limits, stop: gone.clone(), ..Sql::new(statement) };
            Ok(json!(workspace.sql(&question, map, &snapshot, Arc::new(self.here.stopwatch()))?))
        };
        answer().map_err(refused)
    }

    pub(super) fn search(&self, text: &str, at_most: u64) -> Result<Value, Refusal> {
        let at_most = usize::try_from(at_most.min(SEARCH_MAX)).unwrap_or(20);
        let find = || -> Result<Value, WorkspaceError> {
            let workspace = self.workspace()?;
            let snapshot = self.snapshot(&workspace)?;
            let text = text.trim();
            let mut found: Vec<(CustomerKey, Option<Instant>)> = Vec::new();
            if text.is_empty() {
                found = workspace.active_last(&snapshot, at_most)?.into_iter().map(|(key, time)| (key, Some(time))).collect();
            } else {
                let exact = workspace.find(text, &snapshot)?;
                let like = workspace.store.identifiers_like(text, at_most * 4)?.into_iter().map(|row| row.customer);
                let mut take = |key| {
                    if found.len() < at_most && !found.iter().any(|(known, _)| *known == key) {
                        found.push((key, None));
                    }
                };
                exact.into_iter().chain(like).for_each(&mut take);
                workspace.carrying(&snapshot, text, at_most)?.into_iter().for_each(&mut take);
            }
            let customers: Vec<Value> =
                found.into_iter().map(|(key, last)| told(&workspace, key, last, &snapshot)).collect::<Result<_, WorkspaceError>>()?;
            Ok(json!({"customers": customers}))
        };
        find().map_err(refused)
    }
}

/// What is known of a property, over all events that carry it.
#[derive(Default)]
struct Known<'c> {
    kinds: Vec<Kind>,
    events: Vec<&'c str>,
    /// By their text.
    values: BTreeMap<String, (Value, u64)>,
}

fn told(workspace: &Workspace, key: CustomerKey, last: Option<Instant>, snapshot: &Snapshot) -> Result<Value, WorkspaceError> {
    let name = workspace.name(key, snapshot)?.unwrap_or_else(|| key.0.to_string());
    let identifiers: Vec<String> =
        workspace.store.identifiers_of(key)?.into_iter().take(10).map(|row| row.identifier.to_string()).collect();
    let identifiers = if identifiers.is_empty() { vec![name.clone()] } else { identifiers };
    Ok(json!({"id": name, "name": name, "key": key.0, "identifiers": identifiers, "last": last}))
}

/// The most frequent values.
fn most(mut values: Vec<(Value, u64)>) -> Vec<(Value, u64)> {
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.to_string().cmp(&b.0.to_string())));
    values.truncate(VALUES_MAX);
    values
}

/// Where a map puts events of a name, as far as the name alone says: their channel and properties may put some elsewhere.
fn touchpoint(map: &JourneyMap, entry: &periplus_engine::catalogue::Entry) -> Option<Value> {
    let found = map.touchpoints.iter().find(|touchpoint| mentions(&touchpoint.when, &entry.name))?;
    Some(json!({"map": map.id, "touchpoint": found.id, "name": found.name}))
}

/// Whether a condition is about events of this name.
fn mentions(when: &Condition, event: &str) -> bool {
    match when {
        Condition::And(all) => all.iter().any(|condition| mentions(condition, event)),
        Condition::Or(any) => any.iter().any(|condition| mentions(condition, event)),
        Condition::Event(names, _) => names.iter().any(|name| match name.strip_suffix('*') {
            Some(beginning) => event.starts_with(beginning),
            None => name == event,
        }),
        _ => false,
    }
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => bytes_below(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}

fn disk(folder: &Path) -> Value {
    match rustix::fs::statvfs(folder) {
        Ok(disk) => json!({"total": disk.f_blocks * disk.f_frsize, "free": disk.f_bavail * disk.f_frsize}),
        Err(_) => Value::Null,
    }
}
