//! What people keep for each other: segments, questions whose answers they come back to, dashboards of these, links that
//! they gave away, findings that they dismissed, watches, rules for cases, and how they say that texts are meant. A JSON file each, `saved/KIND/ID.json` in the data folder, which can be kept in git like maps.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use periplus_model::finding::{Dismissal, Dismissed};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{WorkspaceError, whole};

/// The folder, below the data folder.
pub const FOLDER: &str = "saved";
/// So many of a kind can be kept,
const COUNT_MAX: usize = 1_000;
/// and so many labels.
const LABELS_MAX: usize = 20_000;
/// So many bytes one may have.
const BYTES_MAX: usize = 256 << 10;
const ID_MAX: usize = 64;

/// What can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A rule that selects customers.
    Segments,
    /// A question.
    Answers,
    /// Answers beside each other.
    Dashboards,
    /// A page that was given away by its link.
    Shares,
    /// A finding that is not to be told again as long as it stays what it is, with the reason.
    Dismissed,
    /// A question that is asked again and again, and who is told when.
    Watches,
    /// Which responses become cases.
    CaseRules,
    /// How a text is meant, as people say, under the hash of its words.
    Labels,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 8] =
        [Kind::Segments, Kind::Answers, Kind::Dashboards, Kind::Shares, Kind::Dismissed, Kind::Watches, Kind::CaseRules, Kind::Labels];

    /// Its name, as in addresses and folders.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Segments => "segments",
            Kind::Answers => "answers",
            Kind::Dashboards => "dashboards",
            Kind::Shares => "shares",
            Kind::Dismissed => "dismissed",
            Kind::Watches => "watches",
            Kind::CaseRules => "case-rules",
            Kind::Labels => "labels",
        }
    }
}

/// Something that is kept, under its id.
pub type Kept = (String, Map<String, Value>);

/// Everything of a kind, by their ids in their order. A file that is no JSON object is left out: somebody is writing it by hand.
///
/// # Errors
/// When the folder cannot be read.
pub fn all(data: &Path, kind: Kind) -> Result<Vec<Kept>, WorkspaceError> {
    let mut found = Vec::new();
    for id in ids(data, kind)? {
        if let Some(object) = get(data, kind, &id)? {
            found.push((id, object));
        }
    }
    Ok(found)
}

/// The findings that were dismissed, and how they were then; what nobody kept, or cannot be read, is not known.
///
/// # Errors
/// When the folder cannot be read.
pub fn dismissed(data: &Path) -> Result<Dismissed, WorkspaceError> {
    fn read<T: DeserializeOwned>(kept: &Map<String, Value>, name: &str) -> Option<T> {
        serde_json::from_value(kept.get(name)?.clone()).ok()
    }
    let was = |kept: &Map<String, Value>| Dismissal { rate: read(kept, "rate"), from: read(kept, "from"), until: read(kept, "until") };
    Ok(Dismissed(all(data, Kind::Dismissed)?.into_iter().map(|(id, kept)| (id, was(&kept))).collect()))
}

/// One of them, if there is one of that id.
///
/// # Errors
/// When it cannot be read.
pub fn get(data: &Path, kind: Kind, id: &str) -> Result<Option<Map<String, Value>>, WorkspaceError> {
    if !is_id(id) {
        return Ok(None);
    }
    Ok(whole::get(&file(data, kind, id))?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Keeps one, in the place of the one of that id.
///
/// # Errors
/// When the id is none, there are too many or it is too large, or it cannot be written.
pub fn put(data: &Path, kind: Kind, id: &str, object: &Map<String, Value>) -> Result<(), WorkspaceError> {
    if !is_id(id) {
        return Err(WorkspaceError::Refused(format!("an id has letters a to z, digits, '-' and '_', {ID_MAX} at most")));
    }
    let text = serde_json::to_string_pretty(object).unwrap_or_default();
    if text.len() > BYTES_MAX {
        return Err(WorkspaceError::Refused(format!("it has {} bytes, and may have {BYTES_MAX}", text.len())));
    }
    let most = if kind == Kind::Labels { LABELS_MAX } else { COUNT_MAX };
    if !file(data, kind, id).exists() && ids(data, kind)?.len() >= most {
        return Err(WorkspaceError::Refused(format!("there are {most} {} already; remove some", kind.name())));
    }
    whole::put(&file(data, kind, id), &(text + "\n"))
}

/// Removes one, and answers what it was.
///
/// # Errors
/// When it cannot be removed.
pub fn remove(data: &Path, kind: Kind, id: &str) -> Result<Option<Map<String, Value>>, WorkspaceError> {
    let was = get(data, kind, id)?;
    if was.is_some() {
        whole::remove(&file(data, kind, id))?;
    }
    Ok(was)
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= ID_MAX && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
}

fn file(data: &Path, kind: Kind, id: &str) -> PathBuf {
    data.join(FOLDER).join(kind.name()).join(format!("{id}.json"))
}

fn ids(data: &Path, kind: Kind) -> Result<Vec<String>, WorkspaceError> {
    let folder = data.join(FOLDER).join(kind.name());
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(WorkspaceError::io(&folder)(error)),
    };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut ids: Vec<String> = names.filter_map(|name| name.strip_suffix(".json").filter(|id| is_id(id)).map(str::to_owned)).collect();
    ids.sort();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_is_kept_is_there_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let gold = object(json!({"name": "Gold", "condition": {"trait": "tier", "is": "gold"}}));
        put(data, Kind::Segments, "gold", &gold).unwrap();
        put(data, Kind::Segments, "a", &object(json!({"name": "A"}))).unwrap();
        std::fs::write(data.join("saved/segments/half.json"), "{\"name\":").unwrap();
        let ids: Vec<String> = all(data, Kind::Segments).unwrap().into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, ["a", "gold"]);
        assert_eq!(all(data, Kind::Answers).unwrap(), []);
        assert_eq!(remove(data, Kind::Segments, "gold").unwrap(), Some(gold));
        assert_eq!(remove(data, Kind::Segments, "gold").unwrap(), None);
    }

    #[test]
    fn ids_that_would_lead_elsewhere_and_what_is_too_large_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for id in ["", "../x", "a/b", "A", ".", "a.b", &"x".repeat(ID_MAX + 1)] {
            assert!(put(folder.path(), Kind::Answers, id, &Map::new()).is_err(), "{id}");
            assert_eq!(get(folder.path(), Kind::Answers, id).unwrap(), None);
        }
        assert!(put(folder.path(), Kind::Answers, &"x".repeat(ID_MAX), &Map::new()).is_ok());
        // Quotes, colon, braces and line ends of the form: the text is what is counted.
        let text = |length: usize| object(json!({"name": "x".repeat(length)}));
        let rest = serde_json::to_string_pretty(&text(0)).unwrap().len();
        assert!(put(folder.path(), Kind::Answers, "large", &text(BYTES_MAX - rest)).is_ok());
        assert!(put(folder.path(), Kind::Answers, "large", &text(BYTES_MAX - rest + 1)).is_err());
    }
}
