//! How many different names events may have. It is a number that no team reaches that names its events, and an end for whoever puts
//! ids into names, or makes names up with a key that anybody can read: every list of names, every dictionary and every answer
//! by event would grow with them.
//!
//! The names that count are kept in the store, beside the parts that have them, so that nobody has to read parts to know. They are
//! gathered from the parts where that has not been done yet, and again after a compaction, which may have let names go.

use std::collections::HashSet;

use periplus_lake::{Lake, read::names};
use periplus_model::parts::{PartTable, Snapshot};
use serde::{Deserialize, Serialize};

use crate::{Workspace, WorkspaceError};

/// What a team may allow, in `settings.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Different names of events.
    pub event_names: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { event_names: 10_000 }
    }
}

/// The names that events have, and how many there may be.
#[derive(Debug)]
pub(crate) struct EventNames {
    known: HashSet<Box<str>>,
    most: usize,
    /// The one that was asked for last: names come in runs.
    recent: String,
    is_new: bool,
}

impl EventNames {
    fn new(known: impl IntoIterator<Item = String>, most: usize) -> EventNames {
        EventNames { known: known.into_iter().map(String::into_boxed_str).collect(), most, recent: String::new(), is_new: false }
    }

    /// Whether an event may have this name: it is known, or there is room for one more.
    pub(crate) fn admit(&mut self, name: &str) -> bool {
        if self.recent == name {
            return true;
        }
        if !self.known.contains(name) {
            if self.known.len() >= self.most {
                return false;
            }
            self.known.insert(name.into());
            self.is_new = true;
        }
        name.clone_into(&mut self.recent);
        true
    }

    /// All names, if there are new ones among them, for the commit that keeps their events.
    pub(crate) fn to_keep(&self) -> Option<Vec<String>> {
        self.is_new.then(|| {
            let mut names: Vec<String> = self.known.iter().map(|name| String::from(&**name)).collect();
            names.sort_unstable();
            names
        })
    }
}

impl Workspace {
    /// The names that events have so far.
    pub(crate) fn event_names(&self, snapshot: &Snapshot) -> Result<EventNames, WorkspaceError> {
        let kept = self.store.event_names()?;
        let is_new = kept.is_none();
        let names = kept.unwrap_or_else(|| gather(&self.lake, snapshot));
        Ok(EventNames { is_new, ..EventNames::new(names, self.settings.limits.event_names) })
    }
}

/// All names in the parts of a snapshot. A part that cannot be read is told of elsewhere, and must not keep new events out.
fn gather(lake: &Lake, snapshot: &Snapshot) -> Vec<String> {
    let mut all = HashSet::new();
    for part in snapshot.of(PartTable::Events) {
        let Ok(open) = lake.open_part(part) else { continue };
        match open.names("event") {
            Some(told) => all.extend(told),
            // Too many for a footer.
            None => {
                let batches = open.read(&["event"], None, periplus_lake::read::BATCH_ROWS).into_iter().flatten().flatten();
                batches.for_each(|batch| all.extend(names(batch.column(0)).1.into_iter().map(str::to_owned)));
            }
        }
    }
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_names_as_there_may_be_and_not_one_more() {
        let mut names = EventNames::new(["a".to_owned(), "b".to_owned()], 4);
        assert!(names.admit("a") && names.to_keep().is_none());
        assert!(names.admit("c") && names.admit("d") && names.admit("d") && names.admit("b"));
        assert!(!names.admit("e") && !names.admit("e") && names.admit("c"), "those that are known stay so");
        assert_eq!(names.to_keep().unwrap(), ["a", "b", "c", "d"]);
        let mut fewer = EventNames::new(["a".to_owned(), "b".to_owned()], 1);
        assert!(fewer.admit("a") && fewer.admit("b") && !fewer.admit("c"), "a lower limit takes no name away");
    }
}
