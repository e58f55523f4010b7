//! The lake: every event and trait update that was accepted, as sorted Parquet parts.
//!
//! A part is an immutable file, cut so that its keys lie in one bucket (a range of customer keys) and, for events, its
//! times in one UTC month; its rows are sorted by (customer, time, arrival). Whoever asks a journey question can
//! therefore stream whole customers without a sort or a shuffle, and any Parquet tool can read the files as they are.
//!
//! - [`schema`] says which columns there are and how they are encoded;
//! - [`Import`] takes rows as they come, in any order and any number, and leaves sorted parts (`cutting`, [`spill`], [`write`]);
//! - [`ids`] remembers the id of every row, so that repeating an import adds nothing;
//! - [`rewrite`] reads rows back to write them anew: under another customer, or fewer and larger parts;
//! - [`purge`] takes rows out of parts that must not be kept any more;
//! - [`read`] opens parts, whose bytes are held against checksums (`sums`) when they are read;
//! - [`export`] writes them, and other tables, for other tools.
//!
//! The lake does not know which parts count: that list, the manifest, is kept by the store and changes in one
//! transaction. A file that is in no manifest is an orphan, which [`Lake::sweep`] removes. There is no clock here and
//! nobody's identity is decided here.

mod cutting;
pub mod export;
pub mod ids;
mod import;
pub mod purge;
pub mod read;
mod rewrite;
pub mod schema;
mod spill;
mod sums;
mod write;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

pub use import::{Import, Settings, Written};
pub use read::PartBytes;
pub use rewrite::{Rewrite, compaction, joining, joining_ids};

/// Whose rows are whose: the customer that an identifier's own key stands for.
pub trait Whose: Sync {
    /// The key of the customer to whom a row belongs that carries the identifier with this own key at this time
    /// (microseconds; `i64::MAX` for a row without time).
    fn customer(&self, own_key: i64, time: i64) -> i64;

    /// Whether [`Whose::customer`] ever answers anything but the own key.
    fn changes_anything(&self) -> bool {
        true
    }
}

/// Everybody is who they say they are.
pub struct Themselves;

impl Whose for Themselves {
    fn customer(&self, own_key: i64, _time: i64) -> i64 {
        own_key
    }
    fn changes_anything(&self) -> bool {
        false
    }
}

/// The folder that holds the parts.
#[derive(Clone, Debug)]
pub struct Lake {
    root: PathBuf,
}

/// What can go wrong in the lake.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The file system refused.
    #[error("{path}: {error}")]
    Io {
        /// Which file or folder.
        path: String,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// A thread ended because another one failed, whose error is the one to tell.
    #[error("the import was stopped by an error elsewhere")]
    Stopped,
    /// A part is not what the manifest says.
    #[error("part {file} is damaged ({why}); restore it from a backup, or import its source again into a new data folder")]
    Damaged {
        /// The part's file.
        file: String,
        /// How it shows.
        why: String,
    },
}

impl LakeError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> LakeError {
        move |error| LakeError::Io { path: path.display().to_string(), error }
    }

    /// Whether the cause is a full disk.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, LakeError::Io { error, .. } if error.kind() == io::ErrorKind::StorageFull || error.raw_os_error() == Some(28))
    }
}

impl Lake {
    /// Opens the lake in a folder, which is made when it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(root: impl Into<PathBuf>) -> Result<Lake, LakeError> {
        let root = root.into();
        std::fs::create_dir_all(&root).map_err(LakeError::io(&root))?;
        Ok(Lake { root })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where rows wait while they are sorted; emptied by [`Lake::sweep`].
    pub(crate) fn scratch(&self) -> PathBuf {
        self.root.join("scratch")
    }

    /// Removes every file that is not in the list, and whatever an interrupted import left behind. Only the holder of
    /// the data folder's lock may do this. Answers how many files it removed.
    ///
    /// # Errors
    /// When a folder cannot be read or a file cannot be removed.
    pub fn sweep(&self, live: &HashSet<String>) -> Result<u64, LakeError> {
        let scratch = self.scratch();
        if scratch.exists() {
            std::fs::remove_dir_all(&scratch).map_err(LakeError::io(&scratch))?;
        }
        let strays = self.strays(live)?;
        strays.iter().try_for_each(|path| std::fs::remove_file(path).map_err(LakeError::io(path)))?;
        Ok(strays.len() as u64)
    }

    /// All files that are not in the list, save what an import works with.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn strays(&self, live: &HashSet<String>) -> Result<Vec<PathBuf>, LakeError> {
        let (mut strays, mut folders) = (Vec::new(), vec![self.root.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).map_err(LakeError::io(&folder))? {
                let entry = entry.map_err(LakeError::io(&folder))?;
                let path = entry.path();
                if entry.file_type().map_err(LakeError::io(&path))?.is_dir() {
                    folders.extend((path != self.scratch()).then_some(path));
                    continue;
                }
                let name = path
                    .strip_prefix(&self.root)
                    .unwrap_or(&path)
                    .components()
                    .map(|c| c.as_os_str().to_string_lossy())
                    .collect::<Vec<_>>()
                    .join("/");
                if !live.contains(&name) {
                    strays.push(path);
                }
            }
        }
        Ok(strays)
    }
}
