//! Rows on their way into parts: cut by key range as they come, kept in memory while they are few and in scratch files
//! when they are many, and taken back range by range to be sorted.
//!
//! Cutting instead of sorting runs means that nothing is ever merged: a range that fits into memory is sorted there, one
//! that does not is cut again.

use std::collections::HashMap;
use std::fs;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::LakeError;

/// Into how many ranges the keys are cut at first: `1 << CUT_BITS`.
pub const CUT_BITS: u32 = 8;
/// A range keeps so many bytes in memory before it writes them to its scratch file.
const BUFFER_BYTES: usize = 96 * 1024;
/// No name.
pub const NO_NAME: u32 = u32::MAX;
/// No time; sorts first.
pub const NO_TIME: i64 = i64::MIN;

/// Strings that occur over and over (event names, channels, sources, currencies, trait names), each once.
#[derive(Default)]
pub struct Names {
    /// By hash. Names whose hash another one has already are looked for in the list.
    codes: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    list: Vec<Box<str>>,
    hashes: Vec<u64>,
    /// The last few look-ups by column: names come in runs.
    recent: [u32; 4],
}

impl Names {
    /// The code of a name; `slot` (0 to 3) is a hint: callers that ask for the same column use the same slot.
    pub fn code(&mut self, name: &str, slot: usize) -> u32 {
        if let Some(last) = self.list.get(self.recent[slot] as usize)
            && **last == *name
        {
            return self.recent[slot];
        }
        let hash = xxhash_rust::xxh3::xxh3_64(name.as_bytes());
        let same = |code: u32| *self.list[code as usize] == *name;
        let known = match self.codes.get(&hash) {
            Some(code) if same(*code) => Some(*code),
            Some(_) => (0..self.list.len() as u32).find(|code| same(*code)),
            None => None,
        };
        let code = known.unwrap_or_else(|| {
            let code = self.list.len() as u32;
            self.codes.entry(hash).or_insert(code);
            self.list.push(name.into());
            self.hashes.push(hash);
            code
        });
        self.recent[slot] = code;
        code
    }

    /// The hashes of the names' texts, in the order of their codes.
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// All names, in the order of their codes.
    pub fn list(&self) -> &[Box<str>] {
        &self.list
    }
}

/// For keys that are hashes.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxhash_rust::xxh3::xxh3_64_with_seed(bytes, self.0);
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// A row of either table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<'a> {
    pub key: i64,
    pub time: i64,
    pub seq: u64,
    /// The event's or trait's name.
    pub name: u32,
    pub channel: u32,
    pub source: u32,
    pub currency: u32,
    pub amount: Option<i64>,
    pub distinct_id: &'a str,
    pub message_id: Option<&'a str>,
    /// An event's properties or a trait's value.
    pub body: &'a str,
}

const HEAD: usize = 8 * 3 + 4 * 4 + 1 + 8 + 2 + 2 + 4;
const NO_MESSAGE: u16 = u16::MAX;

impl<'a> Row<'a> {
    /// Appends the row to a buffer: its length, its fixed fields, its texts.
    pub fn put(&self, out: &mut Vec<u8>) {
        let message = self.message_id.unwrap_or("");
        let length = HEAD + self.distinct_id.len() + message.len() + self.body.len();
        let mut head = [0u8; 4 + HEAD];
        let mut at = 0;
        let mut field = |bytes: &[u8]| {
            head[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        field(&(length as u32).to_le_bytes());
        field(&self.key.to_le_bytes());
        field(&self.time.to_le_bytes());
        field(&self.seq.to_le_bytes());
        field(&self.name.to_le_bytes());
        field(&self.channel.to_le_bytes());
        field(&self.source.to_le_bytes());
        field(&self.currency.to_le_bytes());
        field(&[u8::from(self.amount.is_some())]);
        field(&self.amount.unwrap_or(0).to_le_bytes());
        field(&(self.distinct_id.len() as u16).to_le_bytes());
        field(&self.message_id.map_or(NO_MESSAGE, |m| m.len() as u16).to_le_bytes());
        field(&(self.body.len() as u32).to_le_bytes());
        out.reserve(4 + length);
        out.extend_from_slice(&head);
        out.extend_from_slice(self.distinct_id.as_bytes());
        out.extend_from_slice(message.as_bytes());
        out.extend_from_slice(self.body.as_bytes());
    }

    /// Reads the row that begins at `at`, and where the next one begins. `None` at the end or when the bytes are not
    /// what [`Row::put`] wrote (a scratch file that somebody else changed).
    pub fn get(bytes: &'a [u8], at: usize) -> Option<(Row<'a>, usize)> {
        let (length, rest) = bytes.get(at..)?.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let (head, texts) = rest.get(..length)?.split_first_chunk::<HEAD>()?;
        // In an array of known size, none of these can miss.
        let word = |from: usize| i64::from_le_bytes(std::array::from_fn(|i| head[from + i]));
        let half = |from: usize| u32::from_le_bytes(std::array::from_fn(|i| head[from + i]));
        let quarter = |from: usize| u16::from_le_bytes([head[from], head[from + 1]]);
        let (distinct, message) = (quarter(49) as usize, quarter(51));
        let (distinct_id, rest) = texts.split_at_checked(distinct)?;
        let (message_id, body) = rest.split_at_checked(if message == NO_MESSAGE { 0 } else { message as usize })?;
        let text = |bytes: &'a [u8]| std::str::from_utf8(bytes).ok();
        Some((
            Row {
                key: word(0),
                time: word(8),
                seq: word(16) as u64,
                name: half(24),
                channel: half(28),
                source: half(32),
                currency: half(36),
                amount: (head[40] == 1).then(|| word(41)),
                distinct_id: text(distinct_id)?,
                message_id: if message == NO_MESSAGE { None } else { Some(text(message_id)?) },
                body: text(body)?,
            },
            at + 4 + length,
        ))
    }
}

/// What decides where a row goes.
#[derive(Clone, Copy, Debug)]
pub struct RowHead {
    pub key: i64,
    pub time: i64,
    pub seq: u64,
}

/// Rows cut by key range.
pub struct Spill {
    folder: PathBuf,
    name: &'static str,
    cuts: Vec<Cut>,
    /// How many of the key's top bits are already the same for all rows here.
    depth: u32,
    rows: u64,
}

#[derive(Default)]
struct Cut {
    buffer: Vec<u8>,
    on_disk: u64,
}

impl Spill {
    /// An empty spill with its scratch files in `folder`, which must exist; `name` tells several spills apart.
    pub fn new(folder: &Path, name: &'static str, depth: u32) -> Spill {
        let cuts = (0..1usize << CUT_BITS).map(|_| Cut::default()).collect();
        Spill { folder: folder.to_owned(), name, cuts, depth, rows: 0 }
    }

    /// How many rows were put in.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn index(&self, key: i64) -> usize {
        let shift = 63 - self.depth - CUT_BITS;
        (key as u64 >> shift) as usize & ((1 << CUT_BITS) - 1)
    }

    fn path(&self, index: usize) -> PathBuf {
        self.folder.join(format!("{}-{}-{index:03}", self.name, self.depth))
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When a scratch file cannot be written.
    pub fn put(&mut self, row: &Row<'_>) -> Result<(), LakeError> {
        let index = self.index(row.key);
        row.put(&mut self.cuts[index].buffer);
        self.took(index)
    }

    /// Adds a row that [`Row::put`] wrote.
    ///
    /// # Errors
    /// When a scratch file cannot be written.
    pub fn put_encoded(&mut self, key: i64, row: &[u8]) -> Result<(), LakeError> {
        let index = self.index(key);
        self.cuts[index].buffer.extend_from_slice(row);
        self.took(index)
    }

    fn took(&mut self, index: usize) -> Result<(), LakeError> {
        self.rows += 1;
        if self.cuts[index].buffer.len() >= BUFFER_BYTES { self.flush(index) } else { Ok(()) }
    }

    fn flush(&mut self, index: usize) -> Result<(), LakeError> {
        let path = self.path(index);
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&path).map_err(LakeError::io(&path))?;
        let cut = &mut self.cuts[index];
        file.write_all(&cut.buffer).map_err(LakeError::io(&path))?;
        cut.on_disk += cut.buffer.len() as u64;
        cut.buffer.clear();
        Ok(())
    }

    /// Bytes in one of the ranges.
    pub fn bytes(&self, index: usize) -> u64 {
        self.cuts[index].on_disk + self.cuts[index].buffer.len() as u64
    }

    /// Appends all rows of one range to a buffer, in the order in which they came.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub fn load(&self, index: usize, into: &mut Vec<u8>) -> Result<(), LakeError> {
        let cut = &self.cuts[index];
        into.reserve(self.bytes(index) as usize);
        if cut.on_disk > 0 {
            let path = self.path(index);
            fs::File::open(&path).and_then(|mut file| file.read_to_end(into)).map_err(LakeError::io(&path))?;
        }
        into.extend_from_slice(&cut.buffer);
        Ok(())
    }

    /// Cuts one range again, by the next bits of the key.
    ///
    /// # Errors
    /// When a scratch file cannot be read or written, or no bits are left (one customer alone is larger than memory).
    pub fn cut_again(&self, index: usize, name: &'static str) -> Result<Spill, LakeError> {
        let mut finer = Spill::new(&self.folder.join(format!("{}-{index}", self.name)), name, self.depth + CUT_BITS);
        fs::create_dir_all(&finer.folder).map_err(LakeError::io(&finer.folder))?;
        let mut pending = Vec::new();
        let mut rest: Box<dyn Read> = if self.cuts[index].on_disk > 0 {
            let path = self.path(index);
            Box::new(fs::File::open(&path).map_err(LakeError::io(&path))?.chain(&self.cuts[index].buffer[..]))
        } else {
            Box::new(&self.cuts[index].buffer[..])
        };
        let mut chunk = vec![0u8; 1 << 20];
        loop {
            let read = rest.read(&mut chunk).map_err(LakeError::io(&self.folder))?;
            pending.extend_from_slice(&chunk[..read]);
            let mut at = 0;
            while let Some((row, next)) = Row::get(&pending, at) {
                finer.put(&row)?;
                at = next;
            }
            pending.drain(..at);
            if read == 0 {
                return Ok(finer);
            }
        }
    }

    /// How many of the key's top bits are the same within one range.
    pub fn bits_within(&self) -> u32 {
        self.depth + CUT_BITS
    }
}

/// Every row in a buffer that [`Spill::load`] filled, with its place.
#[cfg(test)]
pub fn rows(bytes: &[u8]) -> impl Iterator<Item = (usize, Row<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (row, next) = Row::get(bytes, at)?;
        let place = at;
        at = next;
        Some((place, row))
    })
}

/// The head and the bytes of every row in a buffer that [`Row::put`] filled, without a look at its texts.
pub fn heads(mut bytes: &[u8]) -> impl Iterator<Item = (RowHead, &[u8])> {
    std::iter::from_fn(move || {
        let (length, head) = bytes.split_first_chunk::<4>()?;
        let head = head.first_chunk::<24>()?;
        let word = |from: usize| i64::from_le_bytes(std::array::from_fn(|i| head[from + i]));
        let (row, rest) = bytes.split_at_checked(4 + u32::from_le_bytes(*length) as usize)?;
        bytes = rest;
        Some((RowHead { key: word(0), time: word(8), seq: word(16) as u64 }, row))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_went_in_from_memory_and_from_disk() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::new(folder.path(), "t", 0);
        let body = "x".repeat(500);
        let make = |n: u64| Row {
            key: ((n.wrapping_mul(0x9E37_79B9_7F4A_7C15)) >> 1) as i64,
            time: n as i64 * 7 - 100,
            seq: n,
            name: 1,
            channel: NO_NAME,
            source: 0,
            currency: 2,
            amount: n.is_multiple_of(2).then_some(-5),
            distinct_id: "user_id:ü",
            message_id: n.is_multiple_of(3).then_some(""),
            body: &body,
        };
        for n in 0..50_000 {
            spill.put(&make(n)).unwrap();
        }
        assert!(folder.path().read_dir().unwrap().next().is_some(), "some rows must have gone to disk");
        let mut seen = 0;
        for index in 0..256 {
            let mut bytes = Vec::new();
            spill.load(index, &mut bytes).unwrap();
            let finer = spill.cut_again(index, "finer").unwrap();
            let mut again = 0;
            for cut in 0..256 {
                let mut bytes = Vec::new();
                finer.load(cut, &mut bytes).unwrap();
                again += rows(&bytes).count();
            }
            let here: Vec<_> = rows(&bytes).map(|(_, row)| row).collect();
            assert_eq!(again, here.len());
            for row in here {
                assert_eq!(row, make(row.seq));
                assert_eq!((row.key as u64 >> 55) as usize, index);
                seen += 1;
            }
        }
        assert_eq!(seen, 50_000);
    }

    #[test]
    fn broken_bytes_end_the_rows_without_a_panic() {
        let mut bytes = Vec::new();
        Row {
            key: 1,
            time: 2,
            seq: 3,
            name: 0,
            channel: 0,
            source: 0,
            currency: 0,
            amount: None,
            distinct_id: "a",
            message_id: None,
            body: "b",
        }
        .put(&mut bytes);
        for cut in 0..bytes.len() {
            assert!(Row::get(&bytes[..cut], 0).is_none());
        }
        for at in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 0xFF;
            let _ = Row::get(&broken, 0);
        }
    }
}
