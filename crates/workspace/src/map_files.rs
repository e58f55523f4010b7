//! Journey maps as files, and what they said before: every text that was saved, or that somebody else wrote meanwhile, stays
//! as a version under `map-history/ID.json` in the data folder.

use std::path::{Path, PathBuf};

use periplus_model::Instant;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::{WorkspaceError, whole};

/// The folder of maps, below the data folder.
pub const FOLDER: &str = "maps";
/// The folder of what they said before.
pub const HISTORY: &str = "map-history";
/// So many versions of a map are kept, the newest.
const VERSIONS_MAX: usize = 500;
/// A map's file has so many bytes at most.
pub const BYTES_MAX: usize = 1 << 20;

/// A text that a map had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// What tells it from others: a hash of the text.
    pub version: String,
    /// When it was written.
    pub at: Instant,
    /// What its author says about it.
    pub note: String,
    /// The text; none when the map was deleted.
    pub yaml: Option<String>,
}

/// What tells a text from others.
pub fn version_of(yaml: &str) -> String {
    format!("{:016x}", xxh3_64(yaml.as_bytes()))
}

/// Where a map of this id lies if it is made in the data folder.
pub fn file(data: &Path, id: &str) -> PathBuf {
    data.join(FOLDER).join(format!("{id}.yaml"))
}

/// The versions of a map, oldest first; the last one is what its file says now, if there is one.
///
/// # Errors
/// When they cannot be read.
pub fn versions(data: &Path, id: &str, path: &Path) -> Result<Vec<Version>, WorkspaceError> {
    let history = history(data, id);
    let mut versions: Vec<Version> = match whole::get(&history)? {
        Some(text) => serde_json::from_str(&text)
            .map_err(|error| WorkspaceError::Settings { path: history.display().to_string(), message: error.to_string() })?,
        None => Vec::new(),
    };
    if let Some(yaml) = whole::get(path)? {
        let version = version_of(&yaml);
        if versions.last().is_none_or(|last| last.version != version) {
            let at = std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
            let at = at.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).map_or(0, |since| since.as_micros() as i64);
            versions.push(Version { version, at: Instant(at), note: "written by hand".to_owned(), yaml: Some(yaml) });
        }
    }
    Ok(versions)
}

/// Writes a map, or deletes it, and keeps what it said before. The base is the version that the author saw: none for a new map.
/// Answers whether it was written: not when the file is not what the author saw any more.
///
/// # Errors
/// When something cannot be read or written; the file is what it was then.
pub fn write(
    data: &Path,
    id: &str,
    path: &Path,
    yaml: Option<&str>,
    base: Option<&str>,
    note: &str,
    now: Instant,
) -> Result<bool, WorkspaceError> {
    let mut versions = versions(data, id, path)?;
    let current = versions.last().filter(|last| last.yaml.is_some()).map(|last| last.version.as_str());
    if current != base {
        return Ok(false);
    }
    let version = yaml.map_or_else(|| "deleted".to_owned(), version_of);
    if Some(version.as_str()) == current {
        return Ok(true);
    }
    versions.push(Version { version, at: now, note: note.to_owned(), yaml: yaml.map(str::to_owned) });
    let surplus = versions.len().saturating_sub(VERSIONS_MAX);
    let text = serde_json::to_string(&versions[surplus..]).unwrap_or_default();
    // What was said before is safe before it is replaced. Should the file not be written then, it says what it said, and the
    // next look finds that out.
    whole::put(&history(data, id), &text)?;
    match yaml {
        Some(yaml) => whole::put(path, yaml)?,
        None => drop(whole::remove(path)?),
    }
    Ok(true)
}

fn history(data: &Path, id: &str) -> PathBuf {
    data.join(HISTORY).join(format!("{id}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_map_said_before_can_be_had_again() {
        let folder = tempfile::tempdir().unwrap();
        let (data, path) = (folder.path(), file(folder.path(), "shop"));
        let say = |yaml, base: Option<&str>, note, at| write(data, "shop", &path, yaml, base, note, Instant(at)).unwrap();
        assert!(say(Some("one"), None, "first", 1));
        assert!(!say(Some("other"), None, "a second first", 2), "there is one already");
        let one = version_of("one");
        assert!(say(Some("two"), Some(&one), "second", 3));
        assert!(!say(Some("three"), Some(&one), "from an old page", 4), "it says something else meanwhile");
        std::fs::write(&path, "by hand").unwrap();
        assert!(!say(Some("three"), Some(&version_of("two")), "did not see what was written by hand", 5));
        assert!(say(Some("three"), Some(&version_of("by hand")), "third", 6));
        assert!(say(None, Some(&version_of("three")), "away", 7));
        assert!(!path.exists());
        assert!(say(Some("one"), None, "back", 8), "what was deleted can be brought back");
        let said: Vec<(Option<String>, String)> =
            versions(data, "shop", &path).unwrap().into_iter().map(|version| (version.yaml, version.note)).collect();
        let text = |text: &str| Some(text.to_owned());
        let expected = [
            (text("one"), "first"),
            (text("two"), "second"),
            (text("by hand"), "written by hand"),
            (text("three"), "third"),
            (None, "away"),
            (text("one"), "back"),
        ];
        assert_eq!(said, expected.map(|(yaml, note)| (yaml, note.to_owned())));
    }

    #[test]
    fn a_version_that_never_came_into_the_file_does_not_hide_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let (data, path) = (folder.path(), file(folder.path(), "shop"));
        assert!(write(data, "shop", &path, Some("one"), None, "", Instant(1)).unwrap());
        let one = version_of("one");
        assert!(write(data, "shop", &path, Some("two"), Some(&one), "", Instant(2)).unwrap());
        // As after a power cut between the two files.
        std::fs::write(&path, "one").unwrap();
        assert_eq!(versions(data, "shop", &path).unwrap().last().unwrap().version, one);
        assert!(write(data, "shop", &path, Some("three"), Some(&one), "", Instant(3)).unwrap());
    }
}
