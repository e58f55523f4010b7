//! Small files that people and programs write, put in place whole: a reader sees the old text or the new one.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::WorkspaceError;

/// Writes a file, made durable before it has its name. Folders on the way are made.
///
/// # Errors
/// When it cannot be written; the file that was there is there still.
pub(crate) fn put(path: &Path, text: &str) -> Result<(), WorkspaceError> {
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".tmp");
        let temporary = path.with_file_name(name);
        let mut out = fs::File::create(&temporary)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        fs::rename(&temporary, path)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(WorkspaceError::io(path))
}

/// Reads a file; none where there is none.
///
/// # Errors
/// When it is there and cannot be read.
pub(crate) fn get(path: &Path) -> Result<Option<String>, WorkspaceError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(WorkspaceError::io(path)(error)),
    }
}

/// Removes a file. Answers whether it was there.
///
/// # Errors
/// When it is there and cannot be removed.
pub(crate) fn remove(path: &Path) -> Result<bool, WorkspaceError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(WorkspaceError::io(path)(error)),
    }
}
