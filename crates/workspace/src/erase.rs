//! Erasing: a customer, and everything that says who they are, vanishes at once from all answers and, some time later, from
//! all files; and what is too old by the team's own rules follows.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use arrow::array::AsArray;
use periplus_intake::ids::Ids;
use periplus_lake::purge::{Gone, Left};
use periplus_model::identity::{CustomerKey, Identifier};
use periplus_model::parts::{Part, PartTable};
use periplus_store::{Erasure, ErasureRow, Suppression};
use serde::{Deserialize, Serialize};

use crate::upkeep::DAY;
use crate::{Workspace, WorkspaceError};

/// The bytes of somebody who was erased are gone after this at the latest, while a server runs or somebody compacts: far within the 72 hours that are promised.
const PURGED_WITHIN: i64 = DAY;
/// What the store calls the last time that what is old was removed.
const FORGOTTEN: &str = "forgotten_at";

/// What a team keeps, and for how long.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// How long events are kept: the first rule that names an event decides, and one without names is for all others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<Keep>,
    /// For how many days a refused message is kept; for ever when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine_days: Option<u32>,
}

/// How long some events are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// Which; all that no other rule names when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// For how many days after they happened.
    pub days: u32,
}

/// What was erased.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// The erasure's number; none when nothing was known.
    pub erasure: u64,
    /// Identifiers of which nothing is kept any more, sorted.
    pub identifiers: Vec<String>,
    /// Events.
    pub events: u64,
    /// Trait updates.
    pub traits: u64,
    /// Refused messages that spoke of them.
    pub quarantined: u64,
}

/// What a purge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Purged {
    /// Parts that were written anew or vanished.
    pub parts: usize,
    /// Rows that are gone.
    pub rows: u64,
    /// Erasures of which no byte is left.
    pub erasures: usize,
}

impl Workspace {
    /// Erases whoever has an identifier (`kind:value`, or a value of whatever kind that only one customer has): from every
    /// version, what is known of identities, and quarantine. What carries one of the identifiers is refused from now on. An
    /// identifier that nobody has is only refused. Erasing somebody twice changes nothing more.
    ///
    /// # Errors
    /// When it is not clear who is meant, the folder was not opened to change it, or something cannot be read or written.
    pub fn erase(&mut self, id: &str, why: &str, now: i64) -> Result<Erased, WorkspaceError> {
        self.change(|workspace| {
            let snapshot = workspace.store.snapshot()?;
            let named = id.parse::<Identifier>().ok().map(comparable);
            let found = workspace.find(&named.as_ref().map_or(id.to_owned(), Identifier::to_string), &snapshot)?;
            if found.len() > 1 {
                let names: Vec<String> = found
                    .iter()
                    .map(|key| Ok(workspace.name(*key, &snapshot)?.unwrap_or_else(|| key.0.to_string())))
                    .collect::<Result<_, WorkspaceError>>()?;
                return Err(WorkspaceError::Refused(format!(
                    "{} customers have an identifier '{id}': {}; say the identifier with its kind, as in email:ana@example.org",
                    found.len(),
                    names.join(", ")
                )));
            }
            if found.is_empty() && named.is_none() {
                return Err(WorkspaceError::Refused(format!(
                    "nobody has the identifier '{id}'; to have it refused from now on, say its kind too, as in email:{id}"
                )));
            }
            let mut erasure = Erasure { at: now, why: why.to_owned(), ..Erasure::default() };
            for key in found {
                workspace.gather(key, &snapshot, &mut erasure)?;
            }
            if let Some(named) = named.filter(|named| !erasure.identifiers.contains(named)) {
                erasure.identifiers.push(named);
            }
            erasure.keys.extend(erasure.identifiers.iter().map(Identifier::key));
            let values: Vec<&str> = erasure.identifiers.iter().map(|identifier| identifier.value.as_str()).collect();
            let mut quarantined = Vec::new();
            workspace.store.each_quarantined(|id, message| {
                quarantined.extend(mentions(message, &values).then_some(id));
            })?;
            let in_files = workspace.clean_files_of_refused_rows(&values)?;
            erasure.quarantined = quarantined;
            let number = workspace.store.erase(snapshot.id, &erasure)?;
            let mut identifiers: Vec<String> = erasure.identifiers.iter().map(ToString::to_string).collect();
            identifiers.sort_unstable();
            let quarantined = erasure.quarantined.len() as u64 + in_files;
            Ok(Erased { erasure: number, identifiers, events: erasure.events, traits: erasure.traits, quarantined })
        })
    }

    /// Erases whoever was erased elsewhere, after a backup from before was put back. Answers how many customers; nothing when the
    /// list is of another workspace.
    ///
    /// # Errors
    /// When the folder was not opened to change it, or something cannot be read or written.
    pub fn erase_again(&mut self, elsewhere: &Suppression, now: i64) -> Result<Option<u64>, WorkspaceError> {
        let here = self.store.suppression()?;
        if !here.is_of_one_workspace(elsewhere) {
            return Ok(None);
        }
        let is_new = |identifier: &Identifier| {
            let (kind, value) = (identifier.kind.name(), identifier.value.as_str());
            elsewhere.holds(kind, value) && !here.holds(kind, value)
        };
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        self.store.each_identifier(|row| {
            wanted.extend(is_new(&row.identifier).then(|| row.identifier.to_string()));
        })?;
        // Identifiers without any link are known from their rows alone.
        let mut carried: HashSet<String> = HashSet::new();
        let snapshot = self.store.snapshot()?;
        for part in snapshot.parts.iter().filter(|part| part.table != PartTable::Ids) {
            for batch in self.lake.read(part, &["distinct_id"], None)? {
                let batch = batch?;
                let texts = batch.column(0).as_string_opt::<i32>();
                for text in texts.into_iter().flatten().flatten() {
                    if !carried.contains(text) {
                        carried.insert(text.to_owned());
                    }
                }
            }
        }
        wanted.extend(carried.into_iter().filter(|text| text.parse().is_ok_and(|identifier| is_new(&identifier))));
        let mut again = 0;
        for id in wanted {
            // Whoever was erased by another of their identifiers is gone already.
            let erased = self.erase(&id, "erased before the backup was put back", now)?;
            again += u64::from(erased.events + erased.traits > 0);
        }
        self.store.suppress(elsewhere)?;
        Ok(Some(again))
    }

    /// Everything that belongs to a customer.
    fn gather(&self, key: CustomerKey, snapshot: &periplus_model::parts::Snapshot, erasure: &mut Erasure) -> Result<(), WorkspaceError> {
        let stored = self.stored(snapshot, key.0, key.0)?.remove(&key).unwrap_or_default();
        erasure.keys.insert(key);
        erasure.events += stored.events.len() as u64;
        erasure.traits += stored.traits.len() as u64;
        let theirs = self.store.identifiers_of(key)?;
        let links = self.store.component([key])?.links;
        let is_theirs = |key: CustomerKey| theirs.iter().any(|row| row.identifier.key() == key);
        for row in &theirs {
            let own = row.identifier.key();
            let seen_with_others = || links.keys().any(|(a, b, _)| (*a == own && !is_theirs(*b)) || (*b == own && !is_theirs(*a)));
            let is_lent = match row.since {
                None => false,
                // Since they were seen with it, or shortly before: what lies before that is somebody else's.
                Some(_) => seen_with_others() || !self.stored(snapshot, own.0, own.0)?.is_empty(),
            };
            let list = if is_lent { &mut erasure.lent } else { &mut erasure.identifiers };
            list.push(row.identifier.clone());
        }
        let carried: BTreeSet<&str> = stored
            .events
            .iter()
            .map(|event| event.distinct_id.as_str())
            .chain(stored.traits.iter().map(|update| update.distinct_id.as_str()))
            .collect();
        for identifier in carried.into_iter().filter_map(|text| text.parse::<Identifier>().ok()) {
            if !erasure.identifiers.contains(&identifier) && !erasure.lent.contains(&identifier) {
                erasure.identifiers.push(identifier);
            }
        }
        Ok(())
    }

    /// Takes lines out of the files of rows that imports refused. Answers how many.
    fn clean_files_of_refused_rows(&self, values: &[&str]) -> Result<u64, WorkspaceError> {
        let mut gone = 0;
        for name in self.store.imports()?.into_iter().filter_map(|import| import.quarantine) {
            let path = self.folder.join(&name);
            if path.exists() {
                gone += clean(&path, values).map_err(WorkspaceError::io(&path))?;
            }
        }
        Ok(gone)
    }

    /// Removes the bytes of whoever was erased from all files: parts of all versions are written anew without them.
    ///
    /// # Errors
    /// When the folder was not opened to change it, or something cannot be read or written; what was done until then counts.
    pub fn purge(&mut self, now: i64, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Purged, WorkspaceError> {
        self.change(|workspace| {
            let pending: Vec<u64> = workspace.pending()?.into_iter().map(|erasure| erasure.id).collect();
            if pending.is_empty() {
                return Ok(Purged::default());
            }
            let erased = workspace.store.erased()?;
            let parts = workspace.store.all_parts()?;
            let (replaced, rows) = workspace.write_without(&parts, &Gone::Of(&erased), progress)?;
            // What was deleted must leave the database's own log, too; when somebody reads just now, it is done another time.
            let settled = workspace.store.settle_log()?;
            let done: &[u64] = if settled { &pending } else { &[] };
            workspace.store.purged(&replaced, done, now)?;
            workspace.lake.sweep(&workspace.store.live_files()?)?;
            Ok(Purged { parts: replaced.len(), rows, erasures: done.len() })
        })
    }

    /// Whether there are bytes that should be gone by now.
    pub(crate) fn is_purge_due(&self, now: i64) -> Result<bool, WorkspaceError> {
        Ok(self.pending()?.iter().any(|erasure| erasure.at + PURGED_WITHIN <= now))
    }

    /// Erasures whose bytes are still there.
    fn pending(&self) -> Result<Vec<ErasureRow>, WorkspaceError> {
        Ok(self.store.erasures()?.into_iter().filter(|erasure| erasure.purged_at.is_none()).collect())
    }

    /// Removes what is older than the team wants to keep it, from all versions.
    ///
    /// # Errors
    /// When the folder was not opened to change it, or something cannot be read or written; what was done until then counts.
    pub fn forget_what_is_old(&mut self, now: i64, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Purged, WorkspaceError> {
        self.change(|workspace| {
            let privacy = workspace.settings.privacy.clone();
            let mut sum = Purged::default();
            if let Some(days) = privacy.quarantine_days {
                workspace.store.forget_quarantine(now - i64::from(days) * DAY)?;
            }
            let mut decided: HashSet<String> = HashSet::new();
            for Keep { events, days } in &privacy.keep {
                let names: HashSet<String> = match events {
                    Some(events) => events.iter().filter(|name| !decided.contains(*name)).cloned().collect(),
                    None => privacy.keep.iter().filter_map(|keep| keep.events.as_ref()).flatten().cloned().collect(),
                };
                let gone = Gone::Before { time: now - i64::from(*days) * DAY, names: &names, all_but: events.is_none() };
                let parts = workspace.store.all_parts()?;
                let (replaced, rows) = workspace.write_without(&parts, &gone, progress)?;
                if !replaced.is_empty() {
                    workspace.store.purged(&replaced, &[], now)?;
                    workspace.lake.sweep(&workspace.store.live_files()?)?;
                }
                sum = Purged { parts: sum.parts + replaced.len(), rows: sum.rows + rows, ..sum };
                decided.extend(names);
                if events.is_none() {
                    break;
                }
            }
            workspace.store.note_done(FORGOTTEN, now)?;
            Ok(sum)
        })
    }

    /// Whether it is a day since what is old was removed.
    pub(crate) fn is_forgetting_due(&self, now: i64) -> Result<bool, WorkspaceError> {
        Ok(self.settings.privacy != Privacy::default() && self.store.done_at(FORGOTTEN)?.is_none_or(|at| at + DAY <= now))
    }

    /// Writes parts anew without some rows. Answers which parts they take the place of, and how many rows are gone.
    #[expect(clippy::type_complexity, reason = "what the store wants")]
    fn write_without(
        &self,
        parts: &[Part],
        gone: &Gone<'_>,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<(Vec<(String, Option<Part>)>, u64), WorkspaceError> {
        let suffix = format!("-p{:08x}.parquet", self.store.newest()? + 1);
        let (mut replaced, mut rows) = (Vec::new(), 0);
        for (done, part) in parts.iter().enumerate() {
            // The name it had at first, whatever was taken out of it since.
            let stem = part.file.strip_suffix(".parquet").unwrap_or(&part.file);
            let stem = stem.split_once("-p").map_or(stem, |(stem, _)| stem);
            let left = match self.lake.without(part, gone, &format!("{stem}{suffix}"))? {
                Left::All => None,
                Left::Nothing => Some(None),
                Left::Some(left) => Some(Some(*left)),
            };
            if let Some(left) = left {
                rows += part.rows - left.as_ref().map_or(0, |left| left.rows);
                replaced.push((part.file.clone(), left));
            }
            progress(done as u64 + 1, parts.len() as u64);
        }
        Ok((replaced, rows))
    }
}

/// An identifier as rows carry it.
fn comparable(identifier: Identifier) -> Identifier {
    let mut ids = Ids::default();
    // One that is over the limit is carried by no row, however it is written.
    let _ = ids.push(&identifier.kind, &identifier.value);
    let carried: Result<_, periplus_intake::gate::Refusal> =
        ids.with(|ids| Ok(ids.first().map(|(kind, value)| Identifier::new(kind.clone(), *value))));
    carried.ok().flatten().unwrap_or(identifier)
}

/// Whether a text speaks of one of some values, as a whole word: `ana` is not in `banana`.
pub(crate) fn mentions(text: &str, values: &[&str]) -> bool {
    let text = text.to_lowercase();
    values.iter().filter(|value| !value.is_empty()).any(|value| {
        let value = value.to_lowercase();
        text.match_indices(&value).any(|(at, _)| {
            let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            !is_word(text[..at].chars().next_back()) && !is_word(text[at + value.len()..].chars().next())
        })
    })
}

/// Writes a file of refused rows anew without the lines that speak of some values. Answers how many there were.
fn clean(path: &Path, values: &[&str]) -> std::io::Result<u64> {
    let mut lines = BufReader::new(zstd::Decoder::new(fs::File::open(path)?)?);
    let temporary = path.with_extension("tmp");
    let mut out = zstd::Encoder::new(fs::File::create(&temporary)?, 0)?;
    let (mut gone, mut line) = (0, Vec::new());
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        match mentions(&String::from_utf8_lossy(&line), values) {
            true => gone += 1,
            false => out.write_all(&line)?,
        }
    }
    if gone == 0 {
        fs::remove_file(&temporary)?;
        return Ok(0);
    }
    out.finish()?.sync_all()?;
    fs::rename(&temporary, path)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_speaks_of_whole_values() {
        assert!(
            mentions(r#"{"userId":"Ana"}"#, &["ana"]) && mentions("x,ana@example.org,7", &["ana@example.org"]) && mentions("7", &["7"])
        );
        assert!(!mentions("banana", &["ana"]) && !mentions("17", &["7"]) && !mentions("anything", &["", "ana"]));
        assert!(mentions("banana ana", &["ana"]), "not only the first place counts");
    }
}
