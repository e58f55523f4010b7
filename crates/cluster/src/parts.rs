//! Where the parts of lakes are: a folder that all machines see, or an S3-compatible store.
//!
//! From a store, an executor fetches the parts of its shares once, checks their checksums, and keeps them in a folder of its
//! own until that is full or nobody has asked for them for a day. Parts never change, so there is nothing to keep in step.
//! [`mirror`] brings the parts of a data folder into a store.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Write;
use std::path::{Path as FilePath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use periplus_lake::Lake;
use periplus_model::parts::Part;

use crate::ClusterError;

/// Larger files are sent in pieces of this size.
const PIECE: usize = 8 << 20;
/// Parts that nobody has asked for so long are dropped from the cache, so that what was erased does not stay.
const UNUSED_MS: f64 = 86_400_000.0;

/// Where the parts are.
pub enum Parts {
    /// In a folder that all machines see.
    Folder(Lake),
    /// In a store, with a cache in front of it.
    Store(Store),
}

/// A store of parts, and the folder where those that were fetched are kept.
pub struct Store {
    far: Far,
    near: Lake,
    bytes_max: u64,
    kept: Arc<Mutex<HashMap<PathBuf, Kept>>>,
    fetches: AtomicU64,
    stopwatch: Arc<dyn Fn() -> f64 + Send + Sync>,
}

/// A part in the cache.
#[derive(Clone, Copy, Debug)]
struct Kept {
    bytes: u64,
    last: f64,
    /// How many shares read it now.
    held: usize,
}

/// A lake that has the parts of a share for as long as this lives.
pub(crate) struct Held {
    lake: Lake,
    files: Vec<PathBuf>,
    kept: Option<Arc<Mutex<HashMap<PathBuf, Kept>>>>,
}

impl Held {
    pub(crate) fn lake(&self) -> &Lake {
        &self.lake
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(kept) = &self.kept else { return };
        let mut kept = lock(kept);
        for file in &self.files {
            if let Some(kept) = kept.get_mut(file) {
                kept.held -= 1;
            }
        }
    }
}

fn lock(kept: &Mutex<HashMap<PathBuf, Kept>>) -> MutexGuard<'_, HashMap<PathBuf, Kept>> {
    // A thread that panicked left at worst a file out.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Parts {
    /// Where it says: `s3://bucket/prefix`, or a folder. What is fetched from a store is kept in the folder `cache`, up to
    /// so many bytes.
    ///
    /// # Errors
    /// When there is no such folder, or the address makes no sense.
    pub fn at(
        place: &str,
        cache: impl FnOnce() -> std::io::Result<PathBuf>,
        bytes_max: u64,
        stopwatch: Arc<dyn Fn() -> f64 + Send + Sync>,
    ) -> Result<Parts, ClusterError> {
        if place.contains("://") {
            let near = Lake::open(cache().map_err(ClusterError::store)?)?;
            let kept = Arc::new(Mutex::new(found(near.root(), stopwatch()).map_err(ClusterError::store)?));
            return Ok(Parts::Store(Store { far: Far::at(place)?, near, bytes_max, kept, fetches: AtomicU64::new(0), stopwatch }));
        }
        // A data folder has its lake below it.
        let folder = FilePath::new(place);
        let lake = if folder.join("state.db").exists() { folder.join("lake") } else { folder.to_owned() };
        if !lake.is_dir() {
            return Err(ClusterError::Settings(format!("there is no folder {}", lake.display())));
        }
        Ok(Parts::Folder(Lake::open(lake)?))
    }

    /// What a part of a data folder is called here.
    pub(crate) fn file(&self, part: &Part) -> String {
        match self {
            Parts::Folder(_) => part.file.clone(),
            Parts::Store(_) => stored(part),
        }
    }

    /// A lake that has these parts, by the names that they have here.
    pub(crate) async fn hold(&self, parts: Vec<&Part>) -> Result<Held, ClusterError> {
        match self {
            Parts::Folder(lake) => Ok(Held { lake: lake.clone(), files: Vec::new(), kept: None }),
            Parts::Store(store) => {
                let mut held = Held { lake: store.near.clone(), files: Vec::new(), kept: Some(store.kept.clone()) };
                for part in parts {
                    held.files.push(store.fetch(part).await?);
                }
                store.make_room()?;
                Ok(held)
            }
        }
    }
}

/// The parts that an earlier process has left in a cache, as if they had been read just now.
fn found(root: &FilePath, now: f64) -> std::io::Result<HashMap<PathBuf, Kept>> {
    let mut kept = HashMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            match entry.metadata()? {
                data if data.is_dir() => folders.push(entry.path()),
                _ if entry.path().extension().is_some_and(|extension| extension == "unfinished") => fs::remove_file(entry.path())?,
                data => drop(kept.insert(entry.path(), Kept { bytes: data.len(), last: now, held: 0 })),
            }
        }
    }
    Ok(kept)
}

impl Store {
    /// Makes sure that a part is here, and stays. Answers its file.
    async fn fetch(&self, part: &Part) -> Result<PathBuf, ClusterError> {
        let file = self.near.root().join(&part.file);
        let now = (self.stopwatch)();
        if let Some(kept) = lock(&self.kept).get_mut(&file).filter(|kept| kept.bytes == part.bytes) {
            (kept.held, kept.last) = (kept.held + 1, now);
            return Ok(file);
        }
        // Others may be fetching the same; whoever comes last replaces it by the same bytes.
        let mut unfinished = file.clone().into_os_string();
        unfinished.push(format!(".{}.unfinished", self.fetches.fetch_add(1, Ordering::Relaxed)));
        let unfinished = PathBuf::from(unfinished);
        let fetched = self.far.fetch(part, &unfinished).await.and_then(|()| {
            self.near.verify_copy(part, &unfinished)?;
            fs::rename(&unfinished, &file).map_err(ClusterError::store)
        });
        if let Err(error) = fetched {
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        let mut kept = lock(&self.kept);
        let mine = kept.entry(file.clone()).or_insert(Kept { bytes: part.bytes, last: now, held: 0 });
        (mine.held, mine.last, mine.bytes) = (mine.held + 1, now, part.bytes);
        Ok(file)
    }

    /// Drops what nobody reads: the parts that nobody has asked for since yesterday, and as many others as it takes, the
    /// longest unused first.
    fn make_room(&self) -> Result<(), ClusterError> {
        let now = (self.stopwatch)();
        let mut kept = lock(&self.kept);
        let mut bytes: u64 = kept.values().map(|kept| kept.bytes).sum();
        let mut unused: Vec<(PathBuf, Kept)> = kept.iter().filter(|(_, kept)| kept.held == 0).map(|(f, k)| (f.clone(), *k)).collect();
        unused.sort_by(|a, b| a.1.last.total_cmp(&b.1.last));
        for (file, part) in unused {
            if bytes <= self.bytes_max && now - part.last < UNUSED_MS {
                break;
            }
            fs::remove_file(&file).map_err(ClusterError::store)?;
            kept.remove(&file);
            bytes -= part.bytes;
        }
        Ok(())
    }
}

/// What a part is called in a store and in caches of it: by its file and its checksum, because a file's name may come again with
/// other rows.
fn stored(part: &Part) -> String {
    let stem = part.file.strip_suffix(".parquet").unwrap_or(&part.file);
    format!("{stem}-{:016x}.parquet", part.checksum)
}

/// A folder in a store.
struct Far {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Far {
    /// `s3://bucket/prefix`. Credentials, region and endpoint are those of the environment (`AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`), or of the machine's role.
    fn at(url: &str) -> Result<Far, ClusterError> {
        let wrong = || ClusterError::Settings(format!("'{url}' is no store of parts; write it as s3://bucket/folder"));
        let place = url.strip_prefix("s3://").ok_or_else(wrong)?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            return Err(wrong());
        }
        let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
        // Who names an endpoint without TLS means it: a store of one's own, beside the machines.
        if std::env::var("AWS_ENDPOINT_URL").or_else(|_| std::env::var("AWS_ENDPOINT")).is_ok_and(|url| url.starts_with("http://")) {
            builder = builder.with_allow_http(true);
        }
        Ok(Far { store: Arc::new(builder.build().map_err(ClusterError::store)?), prefix: Path::from(prefix) })
    }

    fn path(&self, stored: &str) -> Path {
        stored.split('/').fold(self.prefix.clone(), |path, name| path.join(name))
    }

    async fn fetch(&self, part: &Part, to: &FilePath) -> Result<(), ClusterError> {
        let path = self.path(&part.file);
        let found = self.store.get(&path).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => {
                ClusterError::Store(format!("{path} is not there; `periplus cluster push` brings it there"))
            }
            other => ClusterError::store(other),
        })?;
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(ClusterError::store)?;
        }
        let mut file = fs::File::create(to).map_err(ClusterError::store)?;
        let mut bytes = found.into_stream();
        while let Some(piece) = bytes.next().await {
            file.write_all(&piece.map_err(ClusterError::store)?).map_err(ClusterError::store)?;
        }
        file.sync_all().map_err(ClusterError::store)
    }

    async fn send(&self, from: &FilePath, to: &Path) -> Result<(), ClusterError> {
        let bytes = fs::read(from).map_err(ClusterError::store)?;
        if bytes.len() <= PIECE {
            return self.store.put(to, bytes.into()).await.map(drop).map_err(ClusterError::store);
        }
        // Nothing can be seen at its place until the last piece is there.
        let mut sending = WriteMultipart::new_with_chunk_size(self.store.put_multipart(to).await.map_err(ClusterError::store)?, PIECE);
        sending.write(&bytes);
        sending.finish().await.map(drop).map_err(ClusterError::store)
    }
}

/// Whether an object can only be a part: whoever keeps other things in the same folder does not lose them.
fn is_ours(path: &Path) -> bool {
    let stem = path.filename().and_then(|name| name.strip_suffix(".parquet"));
    let checksum = stem.and_then(|stem| stem.rsplit_once('-')).map(|(_, checksum)| checksum);
    checksum.is_some_and(|checksum| checksum.len() == 16 && checksum.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What a mirroring did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mirrored {
    /// Parts that were there already.
    pub there: u64,
    /// Parts that were sent.
    pub sent: u64,
    /// How many bytes those had.
    pub bytes: u64,
    /// Parts that were removed because they are no part of the lake any more.
    pub removed: u64,
}

/// Makes the folder of a store (`s3://bucket/folder`) hold these parts of a lake and no others: what was erased here is
/// removed there. `told` hears of every part that is dealt with.
///
/// # Errors
/// When the store cannot be reached or refuses; what was sent so far stays, and the next time goes on from there.
pub async fn mirror(url: &str, lake: &Lake, parts: &[&Part], told: impl Fn(&Part)) -> Result<Mirrored, ClusterError> {
    let far = Far::at(url)?;
    let listed: Vec<Path> =
        far.store.list(Some(&far.prefix)).map_ok(|object| object.location).try_collect().await.map_err(ClusterError::store)?;
    let mut superfluous: HashSet<Path> = listed.into_iter().filter(is_ours).collect();
    let mut done = Mirrored::default();
    for part in parts {
        let path = far.path(&stored(part));
        if superfluous.remove(&path) {
            done.there += 1;
        } else {
            far.send(&lake.root().join(&part.file), &path).await?;
            (done.sent, done.bytes) = (done.sent + 1, done.bytes + part.bytes);
        }
        told(part);
    }
    for path in superfluous {
        far.store.delete(&path).await.map_err(ClusterError::store)?;
        done.removed += 1;
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;
    use periplus_model::parts::PartTable;

    use super::*;

    fn part(file: &str, bytes: &[u8]) -> Part {
        let (bytes, checksum) = (bytes.len() as u64, xxhash_rust::xxh3::xxh3_64(bytes));
        let file = file.to_owned();
        let table = PartTable::Events;
        Part {
            table,
            file,
            bits: 0,
            bucket: 0,
            month: None,
            rows: 1,
            bytes,
            key_min: 0,
            key_max: 1,
            time_min: 0,
            time_max: 1,
            checksum,
            begin: 1,
        }
    }

    /// A store with these objects, a cache with room for so many bytes, and a stopwatch that a test moves.
    async fn store(objects: &[(&Part, &[u8])], near: &FilePath, bytes_max: u64) -> (Parts, Arc<AtomicU64>) {
        let far = Far { store: Arc::new(InMemory::new()), prefix: Path::from("a/folder") };
        for (part, bytes) in objects {
            far.store.put(&far.path(&part.file), bytes.to_vec().into()).await.unwrap();
        }
        let now = Arc::new(AtomicU64::new(0));
        let moved = now.clone();
        let stopwatch: Arc<dyn Fn() -> f64 + Send + Sync> = Arc::new(move || moved.load(Ordering::Relaxed) as f64);
        let kept = Arc::new(Mutex::new(found(near, 0.0).unwrap()));
        let near = Lake::open(near).unwrap();
        (Parts::Store(Store { far, near, bytes_max, kept, fetches: AtomicU64::new(0), stopwatch }), now)
    }

    fn there(folder: &FilePath) -> Vec<String> {
        let mut names: Vec<String> =
            found(folder, 0.0).unwrap().keys().map(|f| f.file_name().unwrap().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn what_nobody_reads_makes_room_and_what_is_old_goes() {
        let home = tempfile::tempdir().unwrap();
        let bytes = [[1u8; 100], [2u8; 100], [3u8; 100]];
        let parts = [part("events/one", &bytes[0]), part("events/two", &bytes[1]), part("events/three", &bytes[2])];
        let objects: Vec<(&Part, &[u8])> = parts.iter().zip(&bytes).map(|(part, bytes)| (part, &bytes[..])).collect();
        let (place, now) = store(&objects, home.path(), 250).await;
        let one = place.hold(vec![&parts[0]]).await.unwrap();
        drop(place.hold(vec![&parts[1]]).await.unwrap());
        now.store(5, Ordering::Relaxed);
        let three = place.hold(vec![&parts[2]]).await.unwrap();
        assert_eq!(there(home.path()), ["one", "three"], "the one that nobody reads made room");
        drop((one, three));
        // A process that begins anew knows what is there, and drops what a fetch that was interrupted left behind.
        fs::write(home.path().join("events/four.0.unfinished"), b"half").unwrap();
        let (place, now) = store(&objects, home.path(), 250).await;
        assert_eq!(there(home.path()), ["one", "three"]);
        now.store(UNUSED_MS as u64 + 1, Ordering::Relaxed);
        drop(place.hold(vec![&parts[2]]).await.unwrap());
        assert_eq!(there(home.path()), ["three"], "a day later nobody has asked for the other");
    }

    #[tokio::test]
    async fn what_arrives_damaged_or_not_at_all_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let (whole, missing) = (part("events/one", b"whole"), part("events/two", b"missing"));
        let (place, _) = store(&[(&whole, b"whale")], home.path(), 1_000).await;
        for (part, why) in [(&whole, "checksum"), (&missing, "periplus cluster push")] {
            let error = place.hold(vec![part]).await.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(why), "{error}");
        }
        assert!(there(home.path()).is_empty(), "nothing half-written stays");
    }

    #[test]
    fn only_parts_are_removed_from_a_store() {
        for (path, ours) in [
            ("a/events/bucket=000/L0-1-0123456789abcdef.parquet", true),
            ("a/events/bucket=000/L0-1.parquet", false),
            ("a/sales-2026.parquet", false),
            ("a/0123456789abcdef.parquet", false),
            ("a/notes.txt", false),
        ] {
            assert_eq!(is_ours(&Path::from(path)), ours, "{path}");
        }
    }
}
