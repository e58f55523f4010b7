//! Backups: a data folder as it was at one moment, taken while others go on reading and writing, and put back.
//!
//! A backup is a folder with `backup.json`, which lists every file with its size and checksum, and the files. Parts never
//! change, so a second backup into the same folder copies only what is new. `backup.json` is replaced last: what is there
//! before that is the backup before, whole.
//!
//! The order makes it one moment. First the log's files are linked, so that none of them can vanish; then the state is
//! copied, in one transaction, and says which parts count and how far the log was read; then its parts are linked. Whatever
//! the state had not read of the log by then is in the files that were linked before.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use periplus_log::Folder;
use periplus_store::Store;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3Default;

use crate::import::QUARANTINE;
use crate::{Workspace, WorkspaceError, map_files, saved, sources, surveys};

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format of this file.
    pub format: u32,
    /// When it was taken (microseconds).
    pub at: i64,
    /// The newest version of the lake in it.
    pub snapshot: u64,
    /// Every file but this one, by its path below the data folder.
    pub files: BTreeMap<String, Kept>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its size.
    pub bytes: u64,
    /// XXH3-64 of its bytes.
    pub checksum: u64,
    /// Where it lies in the backup, when not under its own path: what changes from backup to backup has a name of its own in each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// What a backup did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BackedUp {
    /// The newest version of the lake in it.
    pub snapshot: u64,
    /// Files in it.
    pub files: u64,
    /// Bytes in it.
    pub bytes: u64,
    /// Bytes that had to be copied; the others were there.
    pub copied_bytes: u64,
}

const FORMAT: u32 = 1;
const MANIFEST: &str = "backup.json";
/// What lies in the folder of a first backup until there is one.
const UNFINISHED: &str = "backup.unfinished";
const STATE: &str = "state.db";
/// Where links are kept while a backup is taken, below the data folder.
const STAGING: &str = "backup-in-progress";
/// Somebody may let parts go between two steps; then it is begun anew.
const ATTEMPTS: usize = 5;
const FOLDERS: [&str; 6] = [map_files::FOLDER, map_files::HISTORY, saved::FOLDER, sources::FOLDER, surveys::FOLDER, QUARANTINE];

impl Workspace {
    /// Takes a backup into a folder, which is made when it is missing; one that is there is brought up to date.
    ///
    /// # Errors
    /// When the folder is something else, or something cannot be read or written; the backup that was there is whole then.
    pub fn backup(&self, into: &Path, now: i64, progress: &dyn Fn(u64, u64)) -> Result<BackedUp, WorkspaceError> {
        let before = match into.join(MANIFEST).exists() {
            true => read_manifest(into)?.files,
            false if into.exists() && !into.is_dir() => {
                return Err(WorkspaceError::Refused(format!("{} is no folder", into.display())));
            }
            // One that never came to its end left this behind, and nothing else that anybody needs.
            false if into.join(UNFINISHED).exists() => BTreeMap::new(),
            false => {
                let is_empty = fs::read_dir(into).map(|mut entries| entries.next().is_none()).unwrap_or(true);
                if !is_empty {
                    return Err(WorkspaceError::Refused(format!(
                        "{} has something else in it; give a new folder, or one with a backup",
                        into.display()
                    )));
                }
                BTreeMap::new()
            }
        };
        fs::create_dir_all(into).map_err(WorkspaceError::io(into))?;
        if before.is_empty() {
            let mark = into.join(UNFINISHED);
            File::create(&mark).map_err(WorkspaceError::io(&mark))?;
        }
        let staging = self.folder.join(STAGING);
        let lock = lock(&self.folder)?;
        let taken = self.take(&staging, into, &before, now, progress);
        let _ = fs::remove_dir_all(&staging);
        drop(lock);
        taken
    }

    fn take(
        &self,
        staging: &Path,
        into: &Path,
        before: &BTreeMap<String, Kept>,
        now: i64,
        progress: &dyn Fn(u64, u64),
    ) -> Result<BackedUp, WorkspaceError> {
        let mut attempt = 0;
        let (state, parts) = loop {
            if staging.exists() {
                fs::remove_dir_all(staging).map_err(WorkspaceError::io(staging))?;
            }
            fs::create_dir_all(staging).map_err(WorkspaceError::io(staging))?;
            link_all(&self.folder.join("log"), &staging.join("log"), |name| name.ends_with(".log"))?;
            let state = staging.join(STATE);
            self.store.copy_to(&state)?;
            let copy = Store::open(&state)?;
            let parts = copy.all_parts()?;
            match parts.iter().try_for_each(|part| link(&self.lake.root().join(&part.file), &staging.join("lake").join(&part.file))) {
                Ok(()) => break (copy, parts),
                Err(WorkspaceError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound && attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        };
        let snapshot = state.newest()?;
        // Closing it leaves one file that has everything.
        state.settle_log()?;
        drop(state);
        for folder in FOLDERS {
            link_all(&self.folder.join(folder), &staging.join(folder), |name| !name.ends_with(".tmp"))?;
        }
        let settings = self.folder.join("settings.toml");
        if settings.exists() {
            link(&settings, &staging.join("settings.toml"))?;
        }
        let known: BTreeMap<String, (u64, u64)> =
            parts.iter().map(|part| (format!("lake/{}", part.file), (part.bytes, part.checksum))).collect();
        let found = files_below(staging)?;
        // What is behind that is being written, and would be copied in no order.
        let growing = match staging.join("log").exists() {
            true => periplus_log::growing(&Folder::open(staging.join("log")).map_err(WorkspaceError::io(staging))?)
                .map_err(WorkspaceError::Log)?,
            false => None,
        };
        let length_of =
            |name: &str| growing.as_ref().filter(|(file, _)| name == format!("log/{file}")).map_or(u64::MAX, |(_, bytes)| *bytes);
        let total: u64 = found.iter().map(|(_, bytes)| bytes).sum();
        let mut taken = BackedUp { snapshot, ..BackedUp::default() };
        let mut files = BTreeMap::new();
        for (name, _) in found {
            // A part of this name has these bytes, here and in the backup before.
            let is_there = known.get(&name).zip(before.get(&name)).is_some_and(|((bytes, checksum), kept)| {
                kept.place.is_none()
                    && (kept.bytes, kept.checksum) == (*bytes, *checksum)
                    && fs::metadata(into.join(&name)).is_ok_and(|there| there.len() == *bytes)
            });
            let kept = if is_there {
                before[&name].clone()
            } else {
                let place = (!known.contains_key(&name)).then(|| format!("changing/{now:016x}/{name}"));
                let (bytes, checksum) = copy(&staging.join(&name), &into.join(place.as_deref().unwrap_or(&name)), length_of(&name))?;
                if let Some((_, known)) = known.get(&name).filter(|known| **known != (bytes, checksum)) {
                    return Err(WorkspaceError::Refused(format!(
                        "{name} is damaged (its checksum is not {known:016x}); `periplus lake verify` lists all that is. The backup before is as it was"
                    )));
                }
                taken.copied_bytes += bytes;
                Kept { bytes, checksum, place }
            };
            taken.files += 1;
            taken.bytes += kept.bytes;
            progress(taken.bytes, total);
            files.insert(name, kept);
        }
        let manifest = Manifest { format: FORMAT, at: now, snapshot, files };
        write_manifest(into, &manifest)?;
        remove_others(into, &manifest)?;
        Ok(taken)
    }
}

/// Puts a backup back, as a new data folder, which must be missing or empty. Every byte is compared with its checksum on the
/// way, and the folder is there when it is whole.
///
/// # Errors
/// When the backup is damaged, there is something in the folder, or something cannot be read or written.
pub fn restore(from: &Path, folder: &Path, progress: &dyn Fn(u64, u64)) -> Result<Manifest, WorkspaceError> {
    let is_free = fs::read_dir(folder).map(|mut entries| entries.next().is_none()).unwrap_or(true);
    if !is_free {
        return Err(WorkspaceError::Refused(format!(
            "there is something in {}; move it away, or restore into another folder",
            folder.display()
        )));
    }
    let manifest = read_manifest(from)?;
    let total: u64 = manifest.files.values().map(|kept| kept.bytes).sum();
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let coming = parent.join(format!(".{name}.restoring"));
    if coming.exists() {
        fs::remove_dir_all(&coming).map_err(WorkspaceError::io(&coming))?;
    }
    let mut done = 0;
    for (name, kept) in &manifest.files {
        // A backup is a folder that somebody may have changed: no name leads out of it.
        if !is_below(name) || kept.place.as_deref().is_some_and(|place| !is_below(place)) {
            return Err(damaged(from, &format!("'{name}' is no file of a data folder")));
        }
        let source = from.join(kept.place.as_deref().unwrap_or(name));
        let (bytes, checksum) = copy(&source, &coming.join(name), u64::MAX)?;
        if (bytes, checksum) != (kept.bytes, kept.checksum) {
            return Err(damaged(from, &format!("{} is not what was backed up", source.display())));
        }
        done += bytes;
        progress(done, total);
    }
    let store = Store::open(&coming.join(STATE))?;
    if store.newest()? != manifest.snapshot {
        return Err(damaged(from, "its state is of another version"));
    }
    drop(store);
    if folder.exists() {
        fs::remove_dir(folder).map_err(WorkspaceError::io(folder))?;
    }
    sync_folders(&coming)?;
    fs::rename(&coming, folder).map_err(WorkspaceError::io(folder))?;
    File::open(parent).and_then(|parent| parent.sync_all()).map_err(WorkspaceError::io(parent))?;
    Ok(manifest)
}

/// Compares every file of a backup with its checksum. Answers what is damaged.
///
/// # Errors
/// When there is no backup, or it cannot be listed.
pub fn verify(backup: &Path, progress: &dyn Fn(u64, u64)) -> Result<Vec<String>, WorkspaceError> {
    let manifest = read_manifest(backup)?;
    let total: u64 = manifest.files.values().map(|kept| kept.bytes).sum();
    let (mut damage, mut done) = (Vec::new(), 0);
    for (name, kept) in &manifest.files {
        let path = backup.join(kept.place.as_deref().unwrap_or(name));
        match File::open(&path).and_then(|mut file| hash(&mut file, &mut io::sink())) {
            Ok(found) if found == (kept.bytes, kept.checksum) => {}
            Ok(_) => damage.push(format!("{} is not what was backed up", path.display())),
            Err(error) => damage.push(format!("{}: {error}", path.display())),
        }
        done += kept.bytes;
        progress(done, total);
    }
    Ok(damage)
}

fn damaged(backup: &Path, why: &str) -> WorkspaceError {
    WorkspaceError::Refused(format!("the backup in {} is damaged: {why}; nothing was restored", backup.display()))
}

fn is_below(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// One backup at a time: two would take each other's links away.
fn lock(folder: &Path) -> Result<File, WorkspaceError> {
    let path = folder.join(format!("{STAGING}.lock"));
    let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(WorkspaceError::io(&path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => {
            Err(WorkspaceError::Refused("another backup is being taken; wait for it to finish".to_owned()))
        }
        Err(fs::TryLockError::Error(error)) => Err(WorkspaceError::io(&path)(error)),
    }
}

/// Takes away what a backup that was killed left behind: links keep the bytes of parts that are to go.
///
/// # Errors
/// When it cannot be taken away.
pub(crate) fn clear(folder: &Path) -> Result<(), WorkspaceError> {
    let staging = folder.join(STAGING);
    // Somebody who takes one just now has the lock.
    if staging.exists()
        && let Ok(_lock) = lock(folder)
    {
        fs::remove_dir_all(&staging).map_err(WorkspaceError::io(&staging))?;
    }
    Ok(())
}

fn read_manifest(backup: &Path) -> Result<Manifest, WorkspaceError> {
    let path = backup.join(MANIFEST);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(WorkspaceError::Refused(format!("there is no backup in {}: {MANIFEST} is missing", backup.display())));
        }
        other => other.map_err(WorkspaceError::io(&path))?,
    };
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| damaged(backup, &format!("{MANIFEST}: {error}")))?;
    match manifest.format {
        FORMAT => Ok(manifest),
        other => Err(WorkspaceError::Refused(format!("the backup has format {other}, this version of Periplus knows format {FORMAT}"))),
    }
}

fn write_manifest(into: &Path, manifest: &Manifest) -> Result<(), WorkspaceError> {
    let path = into.join(MANIFEST);
    let temporary = path.with_extension("tmp");
    // A manifest is made of texts and numbers, which can always be written.
    let text = serde_json::to_vec_pretty(manifest).unwrap_or_default();
    let write = || -> io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(&text)?;
        file.sync_all()
    };
    write().map_err(WorkspaceError::io(&temporary))?;
    // All files that it names are durable before it is.
    sync_folders(into)?;
    fs::rename(&temporary, &path).and_then(|()| File::open(into)?.sync_all()).map_err(WorkspaceError::io(&path))
}

/// Removes what belongs to an earlier backup only.
fn remove_others(into: &Path, manifest: &Manifest) -> Result<(), WorkspaceError> {
    let wanted: HashSet<&str> = manifest.files.iter().map(|(name, kept)| kept.place.as_deref().unwrap_or(name)).collect();
    for (name, _) in files_below(into)? {
        if name != MANIFEST && !wanted.contains(name.as_str()) {
            let path = into.join(&name);
            fs::remove_file(&path).map_err(WorkspaceError::io(&path))?;
        }
    }
    for folder in folders_below(into)?.into_iter().rev().filter(|folder| folder != into) {
        // Only where nothing is left in it.
        let _ = fs::remove_dir(&folder);
    }
    Ok(())
}

/// Links the files of a folder whose names are wanted, if there is such a folder.
fn link_all(from: &Path, to: &Path, wanted: impl Fn(&str) -> bool) -> Result<(), WorkspaceError> {
    if !from.exists() {
        return Ok(());
    }
    for (name, _) in files_below(from)? {
        if wanted(&name) {
            match link(&from.join(&name), &to.join(&name)) {
                // A segment that was read whole meanwhile is not needed.
                Err(WorkspaceError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
    }
    Ok(())
}

/// A second name for a file, so that it stays when the first is taken away; a copy where the disk knows no second names.
fn link(from: &Path, to: &Path) -> Result<(), WorkspaceError> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(WorkspaceError::io(folder))?;
    }
    match fs::hard_link(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => fs::copy(from, to).map(drop),
        other => other,
    }
    .map_err(WorkspaceError::io(from))
}

/// Copies a file, or so many bytes of it, durable. Answers the copy's size and checksum.
fn copy(from: &Path, to: &Path, at_most: u64) -> Result<(u64, u64), WorkspaceError> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(WorkspaceError::io(folder))?;
    }
    let source = File::open(from).map_err(WorkspaceError::io(from))?;
    let write = move || -> io::Result<(u64, u64)> {
        let mut target = File::create(to)?;
        let written = hash(&mut source.take(at_most), &mut target)?;
        target.sync_all()?;
        Ok(written)
    };
    write().map_err(WorkspaceError::io(to))
}

fn hash(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u64, u64)> {
    let (mut hash, mut bytes, mut buffer) = (Xxh3Default::new(), 0, vec![0; 1 << 20]);
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok((bytes, hash.digest())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        hash.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        bytes += read as u64;
    }
}

/// All files below a folder with their sizes, by their paths from it, sorted.
fn files_below(folder: &Path) -> Result<Vec<(String, u64)>, WorkspaceError> {
    let mut files = Vec::new();
    for below in folders_below(folder)? {
        for entry in fs::read_dir(&below).map_err(WorkspaceError::io(&below))? {
            let path = entry.map_err(WorkspaceError::io(&below))?.path();
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            if metadata.is_file() {
                let name = path.strip_prefix(folder).unwrap_or(&path);
                files
                    .push((name.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"), metadata.len()));
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// A folder and all folders below it, those above before those below.
fn folders_below(folder: &Path) -> Result<Vec<PathBuf>, WorkspaceError> {
    let mut folders = vec![folder.to_owned()];
    let mut next = 0;
    while let Some(open) = folders.get(next).cloned() {
        next += 1;
        for entry in fs::read_dir(&open).map_err(WorkspaceError::io(&open))? {
            let entry = entry.map_err(WorkspaceError::io(&open))?;
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
        }
    }
    Ok(folders)
}

fn sync_folders(folder: &Path) -> Result<(), WorkspaceError> {
    folders_below(folder)?
        .iter()
        .try_for_each(|folder| File::open(folder).and_then(|folder| folder.sync_all()).map_err(WorkspaceError::io(folder)))
}
