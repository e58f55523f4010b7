//! The ids of everything that was ever accepted.
//!
//! An id is 96 bits: of the sender's message id, or of the row's content where there is none. Rows with equal content in
//! one file are different rows, so the n-th of them gets the id plus n: repeating the file adds nothing, a file with one
//! more of them adds one. At a billion ids the chance that any two differ but collide is about 10⁻¹¹.
//!
//! An ids part is: magic `PIDS2\0\0\0`, 257 offsets (u64, little endian, counted in ids), then the ids as 12 bytes big
//! endian each, sorted, then checksums (u64, little endian, XXH3): of each block of 340 ids, and of magic and offsets. The offsets cut the
//! ids by their first byte. What is read is whole blocks, held against their checksums: an id that changed would let a row in twice.
//! Parts that begin with `PIDS1\0\0\0` have no checksums; they are read as they are.

use std::fs;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use periplus_model::parts::{Part, PartTable};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128, xxh3_128_with_seed};

use crate::spill::Row;
use crate::write::{settle, sync_folders, write_file};
use crate::{Lake, LakeError};

/// An id; only the low 96 bits are used.
pub type Id = u128;

const MAGIC: &[u8; 8] = b"PIDS2\0\0\0";
const MAGIC_WITHOUT_SUMS: &[u8; 8] = b"PIDS1\0\0\0";
const CUTS: usize = 256;
const WIDTH: usize = 12;
const HEADER: u64 = 8 + 8 * (CUTS as u64 + 1);
/// Bytes of one staged id: the id, the row with a flag in the top bit.
pub(crate) const STAGED: usize = WIDTH + 8;
const BY_CONTENT: u64 = 1 << 63;
const BUFFER_BYTES: usize = 48 * 1024;
/// Looking up one id takes about as long as reading so many.
const WORTH_LOOKING: u64 = 2_048;
/// Ids that are read to look one up, and have one checksum.
const BLOCK: u64 = 340;
const BLOCK_BYTES: usize = BLOCK as usize * WIDTH;
/// How often an id's place is guessed before the range is halved.
const GUESSES_MAX: u32 = 4;

/// Ids that an import has met so far, with the row of each.
pub(crate) struct Staging {
    folder: PathBuf,
    cuts: Vec<(Vec<u8>, u64)>,
}

/// What the ids said: which rows to leave out, and the new ids to remember.
pub(crate) struct Verdict {
    /// Bit `row` is set when the row is a duplicate.
    pub dropped: Vec<u64>,
    /// How many rows are duplicates.
    pub duplicates: u64,
    /// The new ids.
    pub fresh: Option<Writer>,
}

impl Verdict {
    pub(crate) fn is_dropped(&self, row: u64) -> bool {
        has_bit(&self.dropped, row)
    }
}

/// Whether a bit is set in words of 64.
pub(crate) fn has_bit(words: &[u64], bit: u64) -> bool {
    words.get((bit / 64) as usize).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

/// The id of a row, and whether it is of its content. `names` are the hashes of names by code.
pub(crate) fn of(table: PartTable, row: &Row<'_>, names: &[u64]) -> (Id, bool) {
    let name = |code: u32| names.get(code as usize).copied().unwrap_or(0);
    match (table, row.message_id) {
        // A message id is unique to its sender only: two systems may both count from 1.
        (PartTable::Events, Some(message)) => (xxh3_128_with_seed(message.as_bytes(), name(row.source)), false),
        (PartTable::Events, None) => (of_content(row, name, 1), true),
        // The same trait told twice says nothing new, so its copies are duplicates like those of a message.
        _ => (of_content(row, name, 2), false),
    }
}

/// The id of a row's content; `table` keeps events and traits apart.
fn of_content(row: &Row<'_>, name: impl Fn(u32) -> u64, table: u32) -> Id {
    let mut hash = [0u64; 7];
    hash[0] = row.time as u64;
    hash[1] = name(row.name);
    hash[2] = name(row.channel);
    hash[3] = name(row.source);
    hash[4] = name(row.currency);
    hash[5] = row.amount.map_or(u64::MAX, |amount| amount as u64);
    hash[6] = xxh3_64(row.distinct_id.as_bytes()).rotate_left(table);
    let mut head = [0u8; 56];
    for (slot, word) in head.chunks_exact_mut(8).zip(hash) {
        slot.copy_from_slice(&word.to_le_bytes());
    }
    // The fixed part seeds the hash of the variable one, so that nothing has to be copied together.
    let fixed = xxh3_128(&head);
    let body = xxh3_128_with_seed(row.body.as_bytes(), fixed as u64);
    fixed ^ body.rotate_left(1)
}

/// An id with the row (its number within the import) that has it.
pub(crate) fn staged(id: Id, row: u64, by_content: bool) -> [u8; STAGED] {
    let mut staged = [0u8; STAGED];
    staged[..WIDTH].copy_from_slice(&id.to_be_bytes()[16 - WIDTH..]);
    staged[WIDTH..].copy_from_slice(&(row | if by_content { BY_CONTENT } else { 0 }).to_le_bytes());
    staged
}

impl Staging {
    pub(crate) fn new(folder: &Path) -> Staging {
        Staging { folder: folder.to_owned(), cuts: (0..CUTS).map(|_| (Vec::new(), 0)).collect() }
    }

    fn path(&self, cut: usize) -> PathBuf {
        self.folder.join(format!("ids-{cut:03}"))
    }

    /// Notes an id.
    pub(crate) fn put(&mut self, id: [u8; STAGED]) -> Result<(), LakeError> {
        let cut = usize::from(id[0]);
        let (buffer, on_disk) = &mut self.cuts[cut];
        buffer.extend_from_slice(&id);
        if buffer.len() >= BUFFER_BYTES {
            let path = self.folder.join(format!("ids-{cut:03}"));
            let mut file = fs::OpenOptions::new().create(true).append(true).open(&path).map_err(LakeError::io(&path))?;
            file.write_all(buffer).map_err(LakeError::io(&path))?;
            *on_disk += buffer.len() as u64;
            buffer.clear();
        }
        Ok(())
    }

    fn load(&self, cut: usize) -> Result<Vec<(u128, u64)>, LakeError> {
        let (buffer, on_disk) = &self.cuts[cut];
        let mut bytes = Vec::with_capacity(*on_disk as usize + buffer.len());
        if *on_disk > 0 {
            let path = self.path(cut);
            fs::File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(LakeError::io(&path))?;
        }
        bytes.extend_from_slice(buffer);
        Ok(bytes
            .chunks_exact(STAGED)
            .map(|staged| (wide(&staged[..WIDTH]), u64::from_le_bytes(staged[WIDTH..].try_into().unwrap_or_default())))
            .collect())
    }

    /// Compares the staged ids with each other and with the known ones, on several threads.
    ///
    /// # Errors
    /// When a file cannot be read or written, or an ids part is damaged.
    pub(crate) fn judge(&self, lake: &Lake, known: &[&Part], rows: u64, file: &str, threads: usize) -> Result<Verdict, LakeError> {
        let mut dropped = vec![0u64; rows.div_ceil(64) as usize];
        let mut duplicates = 0;
        let mut writer = Writer::create(lake, file)?;
        std::thread::scope(|scope| {
            // Each thread takes every n-th cut; taking the results in turns keeps them in order.
            let results: Vec<Receiver<Result<Judged, LakeError>>> = (0..threads.max(1))
                .map(|thread| {
                    let (sender, results) = sync_channel(1);
                    scope.spawn(move || {
                        let mut known = known.iter().map(|part| Known::open(lake, part)).collect::<Result<Vec<_>, _>>();
                        for cut in (thread..CUTS).step_by(threads.max(1)) {
                            let judged = match &mut known {
                                Ok(known) => self.judge_cut(cut, known),
                                Err(error) => Err(std::mem::replace(error, LakeError::Stopped)),
                            };
                            // Nobody listens any more after an error.
                            if sender.send(judged).is_err() {
                                return;
                            }
                        }
                    });
                    results
                })
                .collect();
            for cut in 0..CUTS {
                let judged = results[cut % results.len()].recv().unwrap_or(Err(LakeError::Stopped))?;
                duplicates += judged.duplicates.len() as u64;
                for row in judged.duplicates {
                    dropped[(row / 64) as usize] |= 1 << (row % 64);
                }
                writer.cut(&judged.fresh)?;
            }
            Ok(Verdict { dropped, duplicates, fresh: Some(writer) })
        })
    }

    fn judge_cut(&self, cut: usize, known: &mut [Known]) -> Result<Judged, LakeError> {
        let mut staged = self.load(cut)?;
        // By id, then by row: the first of equal messages wins, and the n-th of equal contents is the n-th.
        staged.sort_unstable_by_key(|(id, row)| (*id, row & !BY_CONTENT));
        let mut judged = Judged { fresh: Vec::with_capacity(staged.len()), duplicates: Vec::new() };
        let mut open: Vec<(u128, u64)> = Vec::with_capacity(staged.len());
        for equal in staged.chunk_by(|a, b| a.0 == b.0) {
            for (nth, (id, row)) in equal.iter().enumerate() {
                let by_content = row & BY_CONTENT != 0;
                // A content's n-th copy is id + n; it may leave this cut only by overflowing 88 bits, which cannot be
                // told from chance and costs nothing.
                let copy = if by_content { id & !((1 << 88) - 1) | (id + nth as u128) & ((1 << 88) - 1) } else { *id };
                match !by_content && nth > 0 {
                    true => judged.duplicates.push(row & !BY_CONTENT),
                    false => open.push((copy, row & !BY_CONTENT)),
                }
            }
        }
        open.sort_unstable();
        let wanted: Vec<u128> = open.iter().map(|(id, _)| *id).collect();
        let mut old = Vec::new();
        for part in known {
            part.find(cut, &wanted, &mut old)?;
        }
        old.sort_unstable();
        for (id, row) in open {
            match old.binary_search(&id) {
                Ok(_) => judged.duplicates.push(row),
                Err(_) => judged.fresh.push(id),
            }
        }
        Ok(judged)
    }
}

/// What the ids of one cut said.
struct Judged {
    /// New ids, sorted.
    fresh: Vec<u128>,
    /// Rows that are duplicates.
    duplicates: Vec<u64>,
}

fn wide(bytes: &[u8]) -> u128 {
    let mut all = [0u8; 16];
    all[4..].copy_from_slice(bytes);
    u128::from_be_bytes(all)
}

struct Known {
    file: fs::File,
    path: PathBuf,
    name: String,
    offsets: Vec<u64>,
    has_sums: bool,
}

impl Known {
    fn open(lake: &Lake, part: &Part) -> Result<Known, LakeError> {
        let path = lake.root().join(&part.file);
        let mut file = fs::File::open(&path).map_err(LakeError::io(&path))?;
        let damaged = |why: &str| LakeError::Damaged { file: part.file.clone(), why: why.to_owned() };
        let refused = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged("it ends too early"),
            _ => LakeError::io(&path)(error),
        };
        let mut header = vec![0u8; HEADER as usize];
        file.read_exact(&mut header).map_err(refused)?;
        let has_sums = header.starts_with(MAGIC);
        if !has_sums && !header.starts_with(MAGIC_WITHOUT_SUMS) {
            return Err(damaged("it is not an ids part"));
        }
        let blocks = if has_sums { part.rows.div_ceil(BLOCK) } else { 0 };
        let bytes = file.metadata().map_err(LakeError::io(&path))?.len();
        if bytes != part.bytes || bytes != HEADER + part.rows * WIDTH as u64 + if has_sums { 8 * (blocks + 1) } else { 0 } {
            return Err(damaged("it has not as many bytes as its ids"));
        }
        if has_sums {
            let mut sum = [0u8; 8];
            file.seek(SeekFrom::End(-8)).map_err(LakeError::io(&path))?;
            file.read_exact(&mut sum).map_err(refused)?;
            if u64::from_le_bytes(sum) != xxh3_64(&header) {
                return Err(damaged("the checksum of its header differs"));
            }
        }
        let offsets: Vec<u64> = header[8..].chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().unwrap_or_default())).collect();
        if offsets.first() != Some(&0) || offsets.last() != Some(&part.rows) || offsets.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(damaged("its offsets do not fit its rows"));
        }
        Ok(Known { file, path, name: part.file.clone(), offsets, has_sums })
    }

    /// Appends all ids of a cut.
    fn read(&mut self, cut: usize, into: &mut Vec<u128>) -> Result<(), LakeError> {
        self.read_some(self.offsets[cut]..self.offsets[cut + 1], into)
    }

    /// Appends those ids of a cut that are wanted, and perhaps others. `wanted` is sorted.
    fn find(&mut self, cut: usize, wanted: &[u128], into: &mut Vec<u128>) -> Result<(), LakeError> {
        let range = self.offsets[cut]..self.offsets[cut + 1];
        if wanted.len() as u64 * WORTH_LOOKING >= range.end - range.start {
            return self.read_some(range, into);
        }
        let mut block = Vec::new();
        for id in wanted {
            self.look_up(*id, range.clone(), &mut block)?;
            into.extend(block.binary_search(id).is_ok().then_some(*id));
        }
        Ok(())
    }

    /// Reads the block of ids that an id lies in, if it is there. Ids are as good as chance, so its place is guessed from its
    /// value; where that fails for long, ranges are halved.
    fn look_up(&mut self, id: u128, mut range: std::ops::Range<u64>, block: &mut Vec<u128>) -> Result<(), LakeError> {
        // The first byte is the cut's; the following 64 bits say how far into it.
        let (mut low, mut high) = (0u64, u64::MAX);
        let value = |id: u128| (id >> 24) as u64;
        let mut guesses = 0;
        block.clear();
        while range.start < range.end {
            let length = range.end - range.start;
            let share = (value(id).saturating_sub(low)) as f64 / (high.saturating_sub(low).max(1)) as f64;
            let guess = if guesses < GUESSES_MAX { ((length as f64 * share) as u64).min(length - 1) } else { length / 2 };
            guesses += 1;
            // A whole block, which has a checksum of its own.
            let start = (range.start + guess) / BLOCK * BLOCK;
            let end = range.end.min(start + BLOCK);
            let start = range.start.max(start);
            block.clear();
            self.read_some(start..end, block)?;
            let (Some(first), Some(last)) = (block.first(), block.last()) else { return Ok(()) };
            if id < *first {
                (range.end, high) = (start, value(*first));
            } else if id > *last {
                (range.start, low) = (end, value(*last));
            } else {
                return Ok(());
            }
        }
        block.clear();
        Ok(())
    }

    fn read_some(&mut self, range: std::ops::Range<u64>, into: &mut Vec<u128>) -> Result<(), LakeError> {
        let rows = self.offsets.last().copied().unwrap_or(0);
        let (from, to) = match self.has_sums {
            true => (range.start / BLOCK * BLOCK, range.end.next_multiple_of(BLOCK).min(rows)),
            false => (range.start, range.end),
        };
        let bytes = self.bytes(HEADER + from * WIDTH as u64, (to - from) as usize * WIDTH)?;
        if self.has_sums {
            let blocks = bytes.chunks(BLOCK_BYTES);
            let sums = self.bytes(HEADER + rows * WIDTH as u64 + from / BLOCK * 8, blocks.len() * 8)?;
            if !blocks.zip(sums.chunks_exact(8)).all(|(block, sum)| xxh3_64(block).to_le_bytes() == sum) {
                return Err(LakeError::Damaged { file: self.name.clone(), why: "the checksum of its ids differs".to_owned() });
            }
        }
        let wanted = &bytes[(range.start - from) as usize * WIDTH..(range.end - from) as usize * WIDTH];
        into.extend(wanted.chunks_exact(WIDTH).map(wide));
        Ok(())
    }

    fn bytes(&mut self, place: u64, length: usize) -> Result<Vec<u8>, LakeError> {
        let mut bytes = vec![0u8; length];
        self.file.seek(SeekFrom::Start(place)).map_err(LakeError::io(&self.path))?;
        self.file.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => LakeError::Damaged { file: self.name.clone(), why: "it ends too early".to_owned() },
            _ => LakeError::io(&self.path)(error),
        })?;
        Ok(bytes)
    }
}

/// An ids part that is being written.
pub(crate) struct Writer {
    lake: Lake,
    file: String,
    scratch: PathBuf,
    out: BufWriter<fs::File>,
    offsets: Vec<u64>,
    rows: u64,
    /// The ids of the block that is being filled.
    block: Vec<u8>,
    sums: Vec<u64>,
}

impl Writer {
    fn create(lake: &Lake, file: &str) -> Result<Writer, LakeError> {
        let scratch = lake.scratch().join("ids.body");
        fs::create_dir_all(lake.scratch()).map_err(LakeError::io(&scratch))?;
        let out = fs::File::create(&scratch).map_err(LakeError::io(&scratch))?;
        let (block, sums) = (Vec::with_capacity(BLOCK_BYTES), Vec::new());
        Ok(Writer { lake: lake.clone(), file: file.to_owned(), scratch, out: BufWriter::new(out), offsets: vec![0], rows: 0, block, sums })
    }

    fn cut(&mut self, sorted: &[u128]) -> Result<(), LakeError> {
        for id in sorted {
            self.block.extend_from_slice(&id.to_be_bytes()[4..]);
            if self.block.len() == BLOCK_BYTES {
                self.end_block()?;
            }
        }
        self.rows += sorted.len() as u64;
        self.offsets.push(self.rows);
        Ok(())
    }

    fn end_block(&mut self) -> Result<(), LakeError> {
        self.out.write_all(&self.block).map_err(LakeError::io(&self.scratch))?;
        self.sums.push(xxh3_64(&self.block));
        self.block.clear();
        Ok(())
    }

    /// Puts the header, which is known only now, before the ids. There is no part when there are no ids.
    pub(crate) fn finish(mut self) -> Result<Option<Part>, LakeError> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        self.out.flush().map_err(LakeError::io(&self.scratch))?;
        if self.rows == 0 {
            fs::remove_file(&self.scratch).map_err(LakeError::io(&self.scratch))?;
            return Ok(None);
        }
        let (bytes, checksum) = write_file(&self.lake, &self.file, |out| {
            let offsets = self.offsets.iter().flat_map(|offset| offset.to_le_bytes());
            let header: Vec<u8> = MAGIC.iter().copied().chain(offsets).collect();
            out.write_all(&header)?;
            io::copy(&mut fs::File::open(&self.scratch)?, out)?;
            self.sums.push(xxh3_64(&header));
            self.sums.iter().try_for_each(|sum| out.write_all(&sum.to_le_bytes()))
        })?;
        fs::remove_file(&self.scratch).map_err(LakeError::io(&self.scratch))?;
        settle(&self.lake, &self.file)?;
        Ok(Some(Part {
            table: PartTable::Ids,
            file: self.file,
            bits: 0,
            bucket: 0,
            month: None,
            rows: self.rows,
            bytes,
            key_min: 0,
            key_max: i64::MAX,
            time_min: 0,
            time_max: 0,
            checksum,
            begin: 0,
        }))
    }
}

/// Merges ids parts into one.
///
/// # Errors
/// When a file cannot be read or written, or a part is damaged.
pub fn merge(lake: &Lake, parts: &[&Part], file: &str) -> Result<Option<Part>, LakeError> {
    let mut known = parts.iter().map(|part| Known::open(lake, part)).collect::<Result<Vec<_>, _>>()?;
    let mut writer = Writer::create(lake, file)?;
    for cut in 0..CUTS {
        let mut ids = Vec::new();
        for part in &mut known {
            part.read(cut, &mut ids)?;
        }
        ids.sort_unstable();
        ids.dedup();
        writer.cut(&ids)?;
    }
    let part = writer.finish()?;
    sync_folders(lake, &part)?;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(lake: &Lake, known: &[&Part], file: &str, ids: &[(u128, bool)]) -> (Verdict, Option<Part>) {
        let folder = lake.scratch();
        fs::create_dir_all(&folder).unwrap();
        let mut staging = Staging::new(&folder);
        for (row, (id, by_content)) in ids.iter().enumerate() {
            staging.put(staged(*id << 80 | *id, row as u64, *by_content)).unwrap();
        }
        let mut verdict = staging.judge(lake, known, ids.len() as u64, file, 3).unwrap();
        let part = verdict.fresh.take().unwrap().finish().unwrap();
        (verdict, part)
    }

    #[test]
    fn messages_count_once_and_equal_contents_as_often_as_they_occur() {
        let home = tempfile::tempdir().unwrap();
        let lake = Lake::open(home.path()).unwrap();
        let (first, part) = judged(&lake, &[], "ids/1", &[(7, false), (7, false), (9, true), (9, true)]);
        assert_eq!((first.duplicates, first.dropped[0]), (1, 0b10));
        let part = part.unwrap();
        assert_eq!(part.rows, 3);
        let (again, second) = judged(&lake, &[&part], "ids/2", &[(9, true), (7, false), (9, true), (9, true), (8, false)]);
        assert_eq!((again.duplicates, again.dropped[0]), (3, 0b111), "one more copy and one new message are new");
        let second = second.unwrap();
        assert_eq!(second.rows, 2);
        let merged = merge(&lake, &[&part, &second], "ids/3").unwrap().unwrap();
        assert_eq!(merged.rows, 5);
        assert_eq!(judged(&lake, &[&merged], "ids/4", &[(9, true), (9, true), (9, true), (7, false), (8, false)]).0.duplicates, 5);
        assert!(judged(&lake, &[&merged], "ids/4", &[(7, false)]).1.is_none());
    }

    #[test]
    fn few_ids_are_looked_up_among_many_as_if_all_were_read() {
        let home = tempfile::tempdir().unwrap();
        let lake = Lake::open(home.path()).unwrap();
        let mut dice = 7u128;
        let mut roll = || {
            dice = dice.wrapping_mul(0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645).wrapping_add(0x5851_F42D_4C95_7F2D_1405_7B7E_F767_814F);
            (dice ^ dice >> 61) & ((1 << 96) - 1)
        };
        // As good as chance, and nothing like it: all in two heaps of one cut.
        let heap = |n: u128| 9u128 << 88 | if n.is_multiple_of(2) { n } else { (1 << 87) + n * n };
        for known in [(0..20_000).map(|_| roll() & ((1 << 88) - 1) | 9 << 88).collect::<Vec<_>>(), (0..20_000).map(heap).collect()] {
            let mut sorted = known.clone();
            sorted.sort_unstable();
            sorted.dedup();
            let mut writer = Writer::create(&lake, "ids/many").unwrap();
            (0..CUTS).for_each(|cut| writer.cut(if cut == 9 { &sorted } else { &[] }).unwrap());
            let part = writer.finish().unwrap().unwrap();
            let mut open = Known::open(&lake, &part).unwrap();
            let mut wanted: Vec<u128> = sorted.iter().copied().step_by(4_001).chain([sorted[0], *sorted.last().unwrap()]).collect();
            wanted.extend([9 << 88, (9 << 88) + 12_345, (10 << 88) - 1, sorted[77] + 1]);
            wanted.sort_unstable();
            wanted.dedup();
            for few in wanted.chunks(3).chain([&wanted[..]]) {
                let mut found = Vec::new();
                open.find(9, few, &mut found).unwrap();
                for id in few {
                    assert_eq!(found.contains(id), sorted.binary_search(id).is_ok(), "{id:x}");
                }
            }
            let mut nothing = Vec::new();
            open.find(8, &[8 << 88], &mut nothing).unwrap();
            assert!(nothing.is_empty());
        }
    }

    #[test]
    fn a_damaged_part_is_noticed() {
        let home = tempfile::tempdir().unwrap();
        let lake = Lake::open(home.path()).unwrap();
        let part = judged(&lake, &[], "ids/1", &[(1, false), (2, false)]).1.unwrap();
        let path = lake.root().join("ids/1");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(matches!(merge(&lake, &[&part], "ids/2"), Err(LakeError::Damaged { .. })));
        fs::write(&path, b"nonsense").unwrap();
        assert!(merge(&lake, &[&part], "ids/2").is_err());
    }
}
