//! Checksums within a part, so that damage is told when it is read and not when somebody verifies the lake.
//!
//! The manifest has a checksum of every part as a whole, but whoever asks a question reads some columns of it. So the bytes of rows are
//! cut into blocks of 64 KiB, and the part's footer has, under `periplus.sums`, as hexadecimal numbers of 16 digits: how many bytes
//! of rows there are, the seal, and the XXH3 of each block. The seal is the XXH3 of everything behind the rows, with zeros where
//! it stands itself. Parts that were written before have none; they are read as they are.
//!
//! A column is read through [`Checked`], in windows of whole blocks that are compared before anybody sees them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

/// The key of a part's footer under which they stand.
pub(crate) const KEY: &str = "periplus.sums";
const BLOCK: u64 = 64 * 1024;
const DIGITS: usize = 16;
const NOT_SEALED: &str = "0000000000000000";
/// What is read of a column at a time, at least: pages of a megabyte are few windows, and small ones share one.
const WINDOW: u64 = 512 * 1024;
/// The head of a page is a few dozen bytes.
const HEAD_MAX: u64 = 4 * 1024;

/// Hashes the blocks of a Parquet file on their way, and seals its footer.
pub(crate) struct Sealing<W> {
    inner: W,
    sums: Vec<u64>,
    block: Xxh3Default,
    bytes: u64,
    footer: Option<Vec<u8>>,
}

impl<W: Write> Sealing<W> {
    pub(crate) fn new(inner: W) -> Sealing<W> {
        Sealing { inner, sums: Vec::new(), block: Xxh3Default::new(), bytes: 0, footer: None }
    }

    /// What is to stand in the footer, when all rows are written. What is written afterwards is the footer.
    pub(crate) fn sums(&mut self) -> String {
        if !self.bytes.is_multiple_of(BLOCK) {
            self.sums.push(self.block.digest());
        }
        self.footer = Some(Vec::new());
        let numbers: String = self.sums.iter().map(|sum| format!("{sum:016x}")).collect();
        format!("{:016x}{NOT_SEALED}{numbers}", self.bytes)
    }

    /// Seals the footer and passes it on.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let mut footer = self.footer.take().unwrap_or_default();
        let value = find(&footer).ok_or_else(|| io::Error::other("the footer has lost its checksums"))?;
        let seal = format!("{:016x}", xxh3_64(&footer));
        footer[value.start + DIGITS..value.start + 2 * DIGITS].copy_from_slice(seal.as_bytes());
        self.inner.write_all(&footer)?;
        self.inner.flush()
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if let Some(footer) = &mut self.footer {
            footer.extend_from_slice(buffer);
            return Ok(buffer.len());
        }
        let written = self.inner.write(buffer)?;
        let mut rest = &buffer[..written];
        while !rest.is_empty() {
            let room = (BLOCK - self.bytes % BLOCK) as usize;
            let (some, after) = rest.split_at(room.min(rest.len()));
            self.block.update(some);
            self.bytes += some.len() as u64;
            if self.bytes.is_multiple_of(BLOCK) {
                self.sums.push(self.block.digest());
                self.block.reset();
            }
            rest = after;
        }
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Where the checksums stand in a footer, found without understanding the rest of it: behind the key, as Thrift writes a text.
/// Nowhere else can the key be followed by a control character.
fn find(footer: &[u8]) -> Option<Range<usize>> {
    const TEXT_FOLLOWS: u8 = 0x18;
    let behind =
        footer.windows(KEY.len() + 1).rposition(|bytes| bytes.split_last() == Some((&TEXT_FOLLOWS, KEY.as_bytes())))? + KEY.len() + 1;
    let (mut length, mut place) = (0usize, behind);
    loop {
        let byte = *footer.get(place)?;
        length |= usize::from(byte & 0x7f).checked_shl(7 * (place - behind) as u32)?;
        place += 1;
        if byte & 0x80 == 0 {
            break;
        }
        if place - behind > 4 {
            return None;
        }
    }
    let value = place..place.checked_add(length)?;
    (length >= 2 * DIGITS && value.end <= footer.len()).then_some(value)
}

/// The checksums of a part.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Bytes of rows.
    rows: u64,
    blocks: Vec<u64>,
}

impl Sums {
    /// Reads them from a Parquet file of so many bytes, and holds everything behind the rows against the seal.
    ///
    /// # Errors
    /// What is wrong with the file, as [`io::ErrorKind::InvalidData`], or that it cannot be read.
    pub(crate) fn of(mut file: &File, length: u64) -> io::Result<Option<Sums>> {
        let damaged = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
        let mut end = [0u8; 8];
        let no_footer = || damaged("it does not end with a footer");
        file.seek(SeekFrom::Start(length.checked_sub(8).ok_or_else(no_footer)?))?;
        file.read_exact(&mut end)?;
        let (size, magic) = end.split_first_chunk::<4>().ok_or_else(no_footer)?;
        let begin = (length - 8).checked_sub(u64::from(u32::from_le_bytes(*size))).filter(|_| magic == b"PAR1").ok_or_else(no_footer)?;
        let footer = read(file, begin..length)?;
        let Some(value) = find(&footer) else { return Ok(None) };
        let not_numbers = || damaged("its checksums are damaged");
        let numbers = footer[value].chunks(DIGITS).map(|digits| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        let numbers = numbers.collect::<Option<Vec<u64>>>().ok_or_else(not_numbers)?;
        let [rows, seal, blocks @ ..] = &numbers[..] else { return Err(not_numbers()) };
        if *rows > begin || rows.div_ceil(BLOCK) != blocks.len() as u64 {
            return Err(not_numbers());
        }
        let mut behind = read(file, *rows..length)?;
        let at = find(&behind).ok_or_else(not_numbers)?.start + DIGITS;
        behind[at..at + DIGITS].copy_from_slice(NOT_SEALED.as_bytes());
        if xxh3_64(&behind) != *seal {
            return Err(damaged("the checksum of its footer differs"));
        }
        Ok(Some(Sums { rows: *rows, blocks: blocks.to_vec() }))
    }
}

fn read(mut file: &File, range: Range<u64>) -> io::Result<Vec<u8>> {
    let length = range.end.saturating_sub(range.start);
    file.seek(SeekFrom::Start(range.start))?;
    let mut bytes = Vec::with_capacity(length as usize);
    if file.take(length).read_to_end(&mut bytes)? as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// A part that is read in windows, each compared with its checksums.
pub(crate) struct Checked {
    length: u64,
    sums: Option<Arc<Sums>>,
    /// Where each column of a row group lies, with the column's number.
    chunks: Vec<(Range<u64>, usize)>,
    state: Mutex<State>,
}

struct State {
    file: File,
    /// By column: where its last window begins, and the bytes. A column is read from its beginning to its end.
    windows: HashMap<usize, (u64, Bytes)>,
}

impl Checked {
    pub(crate) fn open(path: &Path, sums: Option<Arc<Sums>>, mut chunks: Vec<(Range<u64>, usize)>) -> io::Result<Checked> {
        let file = File::open(path)?;
        chunks.sort_unstable_by_key(|(chunk, _)| chunk.start);
        Ok(Checked { length: file.metadata()?.len(), sums, chunks, state: Mutex::new(State { file, windows: HashMap::new() }) })
    }

    /// The column that a place belongs to, and where that ends in its row group.
    fn column(&self, place: u64) -> Option<(usize, u64)> {
        let (chunk, column) = self.chunks.get(self.chunks.partition_point(|(chunk, _)| chunk.start <= place).checked_sub(1)?)?;
        Some((*column, chunk.end))
    }

    /// The bytes from a place on, to another one at least if the file has so many.
    fn window(&self, start: u64, end: u64) -> Result<Bytes, ParquetError> {
        let column = self.column(start);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((begin, bytes)) = column.and_then(|(column, _)| state.windows.get(&column))
            && *begin <= start
            && end <= begin + bytes.len() as u64
        {
            return Ok(bytes.slice((start - begin) as usize..));
        }
        let begin = start - start % BLOCK;
        let ahead = column.map_or(end, |(_, column_end)| column_end.min(start.saturating_add(WINDOW)));
        let wanted = end.max(ahead).min(self.length).next_multiple_of(BLOCK).min(self.length);
        let bytes = Bytes::from(read(&state.file, begin..wanted).map_err(|error| ParquetError::External(Box::new(error)))?);
        if let Some(sums) = &self.sums {
            sums.compare(begin, &bytes)?;
        }
        let from_start = bytes.slice((start - begin).min(bytes.len() as u64) as usize..);
        if let Some((column, _)) = column {
            state.windows.insert(column, (begin, bytes));
        }
        Ok(from_start)
    }
}

impl Sums {
    /// Compares bytes of the file, from the beginning of a block on, with the checksums.
    fn compare(&self, begin: u64, bytes: &[u8]) -> Result<(), ParquetError> {
        let rows = &bytes[..bytes.len().min(self.rows.saturating_sub(begin) as usize)];
        for (number, block) in (begin / BLOCK..).zip(rows.chunks(BLOCK as usize)) {
            if self.blocks.get(number as usize) != Some(&xxh3_64(block)) {
                return Err(ParquetError::General(format!("the checksum of its bytes from {} on differs", number * BLOCK)));
            }
        }
        Ok(())
    }
}

impl Length for Checked {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Checked {
    type T = Cursor<Bytes>;

    fn get_read(&self, start: u64) -> Result<Cursor<Bytes>, ParquetError> {
        // What is read like this is the head of a page, which does not reach beyond its column.
        let column_end = self.column(start).map_or(self.length, |(_, end)| end);
        Ok(Cursor::new(self.window(start, column_end.min(start.saturating_add(HEAD_MAX)))?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.saturating_add(length as u64);
        let bytes = self.window(start, end)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!("it ends before byte {end}")));
        }
        Ok(bytes.slice(..length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of so many bytes of rows, with a footer as Thrift and Parquet write it.
    fn file(rows: usize) -> (tempfile::NamedTempFile, Vec<u8>) {
        let rows: Vec<u8> = (0..rows).map(|place| (place * 7 % 251) as u8).collect();
        let mut bytes = Vec::new();
        let mut out = Sealing::new(&mut bytes);
        rows.chunks(1_000).for_each(|some| out.write_all(some).unwrap());
        let sums = out.sums();
        let mut length = Vec::new();
        let mut rest = sums.len();
        while rest >= 0x80 {
            length.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        length.push(rest as u8);
        let footer = [&b"what Thrift writes"[..], KEY.as_bytes(), b"\x18", &length, sums.as_bytes(), b"\0and so on"].concat();
        out.write_all(&footer).unwrap();
        out.write_all(&(footer.len() as u32).to_le_bytes()).unwrap();
        out.write_all(b"PAR1").unwrap();
        out.finish().unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        (file, bytes)
    }

    #[test]
    fn windows_hold_what_was_written_and_only_that() {
        for length in [0, 1, 65_535, 65_536, 65_537, 1_000_000] {
            let (file, bytes) = file(length);
            let sums = Sums::of(file.as_file(), bytes.len() as u64).unwrap().unwrap();
            assert_eq!((sums.rows, sums.blocks.len()), (length as u64, length.div_ceil(65_536)));
            let half = length as u64 / 2;
            let open = || {
                Checked::open(
                    file.path(),
                    Some(Arc::new(Sums { rows: sums.rows, blocks: sums.blocks.clone() })),
                    vec![(0..half, 0), (half..length as u64, 1)],
                )
                .unwrap()
            };
            let checked = open();
            for (start, count) in [
                (0, 1),
                (0, length / 2),
                (length / 3, length / 5),
                (length / 2, length - length / 2),
                (length.saturating_sub(1), 1),
                (length, 20),
            ] {
                let end = (start + count).min(bytes.len());
                assert_eq!(&checked.get_bytes(start as u64, end - start).unwrap()[..], &bytes[start..end], "{start} {count}");
                let mut head = [0u8; 1];
                checked.get_read(start as u64).unwrap().read_exact(&mut head).unwrap();
                assert_eq!(head[0], bytes[start]);
            }
            assert!(checked.get_bytes(bytes.len() as u64 - 1, 2).is_err() && checked.get_bytes(u64::MAX - 5, 2).is_err());
            for place in (0..length).step_by(9_973) {
                let mut damaged = bytes.clone();
                damaged[place] ^= 4;
                std::fs::write(file.path(), &damaged).unwrap();
                assert!(open().get_bytes(place as u64, 1).is_err(), "byte {place}");
                assert_eq!(open().get_bytes(length as u64, 8).is_ok(), place / 65_536 != length / 65_536, "only its block");
            }
            std::fs::write(file.path(), &bytes).unwrap();
        }
    }

    #[test]
    fn a_footer_that_changed_is_told() {
        let (file, bytes) = file(100_000);
        for place in 100_000..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            std::fs::write(file.path(), &damaged).unwrap();
            // Where the key itself changed there are none, and Parquet's own footer is as it was; or it is no footer.
            assert!(!matches!(Sums::of(file.as_file(), bytes.len() as u64), Ok(Some(_))), "byte {place}");
        }
    }
}
