//! A sink that writes down what it is told, and holds it against what every row must be.

use std::io;

use periplus_intake::{Reject, Sink, Summary, limits};
use periplus_model::{EventRow, IdKind, LinkRow, TraitRow};

/// A few kilobytes of zstd can be hundreds of millions of rows, which files may have. To write them all down takes the fuzzer's memory,
/// and to read them all its time: it ends here, as when a disk is full.
const LINES_MAX: usize = 1_000_000;

/// What was told.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    lines: Vec<String>,
    events: u64,
    traits: u64,
    links: u64,
    rejects: u64,
    /// Bytes of a rejected row that may be shown.
    raw_max: usize,
}

impl Told {
    /// Of a rejected row, so many bytes may be shown.
    pub fn new(raw_max: usize) -> Told {
        Told { raw_max, ..Told::default() }
    }

    fn note(&mut self, line: String) -> io::Result<()> {
        if self.lines.len() == LINES_MAX {
            return Err(io::Error::other("that is enough"));
        }
        self.lines.push(line);
        Ok(())
    }

    /// The counts of a summary are those of what was told, and nothing vanished.
    pub fn adds_up(&self, summary: &Summary) {
        let rejected: u64 = summary.rejected.values().sum();
        assert_eq!(summary.rows, summary.accepted + summary.skipped + rejected, "{summary:?}");
        let told = (self.events, self.traits, self.links, self.rejects);
        assert_eq!(told, (summary.events, summary.traits, summary.links, rejected), "{summary:?}");
    }
}

fn named(ids: &[(IdKind, &str)]) -> String {
    assert!(!ids.is_empty() && ids.iter().all(|(_, value)| !value.is_empty() && value.len() <= limits::ID), "{ids:?}");
    ids.iter().map(|(kind, value)| format!("{kind}:{value} ")).collect()
}

impl Sink for Told {
    fn event(&mut self, row: &EventRow<'_>) -> io::Result<()> {
        assert!(!row.event.is_empty() && row.event.len() <= limits::EVENT_NAME, "{row:?}");
        assert!(row.message_id.is_none_or(|id| id.len() <= limits::MESSAGE_ID), "{row:?}");
        if !row.properties.is_empty() {
            let properties: serde_json::Value = serde_json::from_str(row.properties).unwrap_or_default();
            assert!(properties.is_object(), "{row:?}");
        }
        self.events += 1;
        self.note(format!("{} {row:?}", named(row.ids)))
    }

    fn traits(&mut self, row: &TraitRow<'_>) -> io::Result<()> {
        assert!(serde_json::from_str::<serde_json::Value>(row.value).is_ok(), "{row:?}");
        self.traits += 1;
        self.note(format!("{} {row:?}", named(row.ids)))
    }

    fn link(&mut self, row: &LinkRow<'_>) -> io::Result<()> {
        assert!(row.ids.len() >= 2, "{row:?}");
        self.links += 1;
        self.note(format!("{} {row:?}", named(row.ids)))
    }

    fn reject(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        assert!(reject.raw.len() <= self.raw_max, "{} bytes are kept of a rejected row", reject.raw.len());
        self.rejects += 1;
        self.note(format!("{reject:?}"))
    }
}
