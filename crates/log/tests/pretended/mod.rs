//! A disk in memory that forgets, as disks do, what it was not asked to keep.

#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "helpers of tests, of which each test file uses some")]

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use periplus_log::{Disk, DiskFile};

/// Chance, from a seed (splitmix64).
#[derive(Clone)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678)
    }
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }
    pub fn another(&self) -> Chance {
        Chance(self.clone().next())
    }
}

/// In which way a disk does not do what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// It never keeps what was written.
    NoSync,
    /// It never keeps which files there are.
    NoSyncOfNames,
    /// It refuses a write now and then, when it has done some of it or all.
    Refuses,
}

/// What is surely there, and what was written since.
#[derive(Clone, Default)]
struct Contents {
    kept: Vec<u8>,
    seen: Vec<u8>,
    /// Pieces that were written and not kept, oldest first: place and bytes; no bytes for a cut.
    loose: Vec<(usize, Option<Vec<u8>>)>,
}

struct State {
    fault: Fault,
    chance: Chance,
    /// The files as a process sees them.
    seen: BTreeMap<String, Arc<Mutex<Contents>>>,
    /// The files that are surely there.
    kept: BTreeMap<String, Arc<Mutex<Contents>>>,
    /// Asks until the disk refuses; then it is gone.
    left: Option<u64>,
    gone: bool,
}

pub struct Pretended(Arc<Mutex<State>>);

pub struct PretendedFile {
    disk: Arc<Mutex<State>>,
    contents: Arc<Mutex<Contents>>,
}

/// A disk keeps whole sectors.
const SECTOR: usize = 512;

fn ask(state: &mut State) -> io::Result<()> {
    if state.gone {
        return Err(io::Error::other("the power is gone"));
    }
    match &mut state.left {
        Some(0) => {
            state.gone = true;
            Err(io::Error::other("the power is gone"))
        }
        Some(left) => {
            *left -= 1;
            Ok(())
        }
        None => Ok(()),
    }
}

impl Pretended {
    pub fn new(fault: Fault, chance: Chance) -> Pretended {
        let state = State { fault, chance, seen: BTreeMap::new(), kept: BTreeMap::new(), left: None, gone: false };
        Pretended(Arc::new(Mutex::new(state)))
    }

    pub fn fail_after(&self, asks: u64) {
        self.0.lock().unwrap().left = Some(asks);
    }

    pub fn never_fail(&self) {
        self.0.lock().unwrap().left = None;
    }

    pub fn is_gone(&self) -> bool {
        self.0.lock().unwrap().gone
    }

    /// The process ends; all that it wrote is there.
    pub fn end_process(&self) {
        self.0.lock().unwrap().gone = false;
    }

    /// The power goes: of what was not kept, some is there, sector by sector.
    pub fn cut_power(&self) {
        let mut state = self.0.lock().unwrap();
        let mut chance = state.chance.clone();
        state.gone = false;
        // Which files there are: those that are surely there, and each change since by chance.
        let names: Vec<String> = state.seen.keys().chain(state.kept.keys()).cloned().collect();
        let mut after = BTreeMap::new();
        for name in names {
            let (seen, kept) = (state.seen.get(&name).cloned(), state.kept.get(&name).cloned());
            let is_same = match (&seen, &kept) {
                (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                _ => false,
            };
            let survivor = if is_same || chance.below(2) == 0 { seen } else { kept };
            if let Some(contents) = survivor {
                after.insert(name, contents);
            }
        }
        for contents in after.values() {
            let mut contents = contents.lock().unwrap();
            let mut bytes = std::mem::take(&mut contents.kept);
            for (place, piece) in std::mem::take(&mut contents.loose) {
                match piece {
                    None => {
                        if chance.below(2) == 0 {
                            bytes.truncate(place);
                        }
                    }
                    Some(piece) => {
                        let mut at = 0;
                        while at < piece.len() {
                            let end = ((place + at) / SECTOR + 1) * SECTOR - place;
                            let some = &piece[at..end.min(piece.len())];
                            if chance.below(2) == 0 {
                                put(&mut bytes, place + at, some);
                            }
                            at += some.len();
                        }
                    }
                }
            }
            contents.seen.clone_from(&bytes);
            contents.kept = bytes;
        }
        state.seen.clone_from(&after);
        state.kept = after;
        state.chance = chance;
    }

    /// Changes a byte behind everybody's back.
    pub fn flip(&self, name: &str, place: usize, bit: u8) {
        let state = self.0.lock().unwrap();
        let mut contents = state.seen[name].lock().unwrap();
        contents.seen[place] ^= 1 << bit;
        let seen = contents.seen.clone();
        contents.kept = seen;
    }

    /// Cuts a file behind everybody's back.
    pub fn shorten(&self, name: &str, length: usize) {
        let state = self.0.lock().unwrap();
        let mut contents = state.seen[name].lock().unwrap();
        contents.seen.truncate(length);
        let seen = contents.seen.clone();
        contents.kept = seen;
    }

    /// What is in a file.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        self.0.lock().unwrap().seen[name].lock().unwrap().seen.clone()
    }

    /// Puts a file there.
    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut state = self.0.lock().unwrap();
        let contents = Arc::new(Mutex::new(Contents { kept: bytes.clone(), seen: bytes, loose: Vec::new() }));
        state.seen.insert(name.to_owned(), contents.clone());
        state.kept.insert(name.to_owned(), contents);
    }
}

fn put(into: &mut Vec<u8>, place: usize, bytes: &[u8]) {
    if into.len() < place + bytes.len() {
        into.resize(place + bytes.len(), 0);
    }
    into[place..place + bytes.len()].copy_from_slice(bytes);
}

impl Disk for Pretended {
    type File = PretendedFile;

    fn create(&self, name: &str) -> io::Result<PretendedFile> {
        let mut state = self.0.lock().unwrap();
        ask(&mut state)?;
        if state.seen.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let contents = Arc::new(Mutex::new(Contents::default()));
        state.seen.insert(name.to_owned(), contents.clone());
        Ok(PretendedFile { disk: self.0.clone(), contents })
    }

    fn open(&self, name: &str) -> io::Result<PretendedFile> {
        let mut state = self.0.lock().unwrap();
        ask(&mut state)?;
        let contents = state.seen.get(name).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(PretendedFile { disk: self.0.clone(), contents })
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut state = self.0.lock().unwrap();
        ask(&mut state)?;
        Ok(state.seen.keys().cloned().collect())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        ask(&mut state)?;
        state.seen.remove(name).map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        ask(&mut state)?;
        if state.fault != Fault::NoSyncOfNames {
            state.kept = state.seen.clone();
        }
        Ok(())
    }
}

impl DiskFile for PretendedFile {
    fn length(&self) -> io::Result<u64> {
        ask(&mut self.disk.lock().unwrap())?;
        Ok(self.contents.lock().unwrap().seen.len() as u64)
    }

    fn read_at(&self, place: u64, into: &mut [u8]) -> io::Result<usize> {
        ask(&mut self.disk.lock().unwrap())?;
        let contents = self.contents.lock().unwrap();
        let rest = contents.seen.get(place as usize..).unwrap_or_default();
        let read = rest.len().min(into.len());
        into[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn write_at(&self, place: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.lock().unwrap();
        let asked = ask(&mut state);
        let mut contents = self.contents.lock().unwrap();
        // A write during which the power goes, or the room, has reached the disk in part.
        let refuses = asked.is_ok() && state.fault == Fault::Refuses && state.chance.below(6) == 0;
        let part = state.chance.below(bytes.len() as u64 + 1) as usize;
        let some = if asked.is_ok() && !refuses { bytes } else { &bytes[..part] };
        put(&mut contents.seen, place as usize, some);
        contents.loose.push((place as usize, Some(some.to_vec())));
        if refuses { Err(io::ErrorKind::StorageFull.into()) } else { asked }
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        ask(&mut self.disk.lock().unwrap())?;
        let mut contents = self.contents.lock().unwrap();
        contents.seen.truncate(length as usize);
        contents.loose.push((length as usize, None));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.lock().unwrap();
        ask(&mut state)?;
        if state.fault != Fault::NoSync {
            let mut contents = self.contents.lock().unwrap();
            let seen = contents.seen.clone();
            contents.kept = seen;
            contents.loose.clear();
        }
        Ok(())
    }
}
