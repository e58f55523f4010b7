//! What the team says about its sources: a file for each, `sources/NAME.toml` in the data folder.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use periplus_intake::source::Settings;

use crate::{WorkspaceError, whole};

/// The folder, below the data folder.
pub const FOLDER: &str = "sources";

/// A source's name has so many bytes at most, where there is a file or a key of it.
const NAME_MAX: usize = 100;

/// Whether a source may have a file and keys: its name is made of letters, digits, `-`, `_` and `.`, and does not begin with a
/// dot.
pub fn is_plain(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty() && name.len() <= NAME_MAX && !name.starts_with('.') && name.chars().all(fits)
}

/// Where the file about a source lies in a data folder.
pub fn file(data: &Path, source: &str) -> PathBuf {
    data.join(FOLDER).join(format!("{source}.toml"))
}

/// What is said about a source; nothing where there is no file.
///
/// # Errors
/// When the file cannot be read or is wrong: what a source sends must not be stored without the rules that it should have.
pub fn settings(data: &Path, source: &str) -> Result<Settings, WorkspaceError> {
    if !is_plain(source) {
        return Ok(Settings::default());
    }
    let path = file(data, source);
    match fs::read_to_string(&path) {
        Ok(text) => Settings::parse(&text)
            .map_err(|error| WorkspaceError::Settings { path: path.display().to_string(), message: error.to_string() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(WorkspaceError::io(&path)(error)),
    }
}

/// Writes the file about a source, whole. Whoever reads it knows at once.
///
/// # Errors
/// When it cannot be written.
pub fn write(data: &Path, source: &str, text: &str) -> Result<(), WorkspaceError> {
    whole::put(&file(data, source), text)
}

/// The settings of the sources that were asked for, each read once.
pub(crate) struct Known {
    data: PathBuf,
    settings: HashMap<String, Arc<Settings>>,
}

impl Known {
    pub(crate) fn of(data: &Path) -> Known {
        Known { data: data.to_owned(), settings: HashMap::new() }
    }

    pub(crate) fn get(&mut self, source: &str) -> Result<Arc<Settings>, WorkspaceError> {
        if let Some(known) = self.settings.get(source) {
            return Ok(known.clone());
        }
        let read = Arc::new(settings(&self.data, source)?);
        self.settings.insert(source.to_owned(), read.clone());
        Ok(read)
    }
}
