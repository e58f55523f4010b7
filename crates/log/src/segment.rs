//! Segments: the files of the log.
//!
//! A segment begins with a header of 1024 bytes, in whose two halves the same is written: `PLOG`, the format (u32), the
//! segment's number, the number of its first frame, its salt, and a checksum over those (u64 each, little endian), then
//! zeros. One half is enough to read it. Frames follow without a gap, and zeros to the end.

use std::io;

use xxhash_rust::xxh3::xxh3_64;

use crate::LogError;
use crate::disk::{Disk, DiskFile};
use crate::frame::{self, Address, Frame, MAGIC};

/// Bytes before the first frame.
pub(crate) const HEADER: usize = 2 * HALF;
const HALF: usize = 512;
const FORMAT: u32 = 1;
const ENDING: &str = ".log";

/// A segment, by what its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub number: u64,
    pub first_frame: u64,
    pub salt: u64,
}

pub(crate) fn name(number: u64) -> String {
    format!("{number:016x}{ENDING}")
}

/// The numbers of all segments, in their order.
pub(crate) fn numbers(disk: &impl Disk) -> Result<Vec<u64>, LogError> {
    let names = disk.names().map_err(LogError::disk("cannot list its segments"))?;
    let number =
        |name: &String| Some(name.strip_suffix(ENDING)?).filter(|hex| hex.len() == 16).and_then(|hex| u64::from_str_radix(hex, 16).ok());
    let mut numbers: Vec<u64> = names.iter().filter_map(number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

impl Segment {
    pub fn address(&self) -> Address {
        Address { segment: self.number, salt: self.salt }
    }

    fn half(&self) -> [u8; HALF] {
        let mut header = [0; HALF];
        header[..4].copy_from_slice(b"PLOG");
        header[4..8].copy_from_slice(&FORMAT.to_le_bytes());
        for (slot, value) in header[8..32].chunks_exact_mut(8).zip([self.number, self.first_frame, self.salt]) {
            slot.copy_from_slice(&value.to_le_bytes());
        }
        let checksum = xxh3_64(&header[..32]);
        header[32..40].copy_from_slice(&checksum.to_le_bytes());
        header
    }

    fn of(header: &[u8]) -> Option<Segment> {
        header.get(..HEADER)?.chunks_exact(HALF).find_map(|half| {
            let long = |at: usize| half[at..at + 8].try_into().map(u64::from_le_bytes).unwrap_or_default();
            let segment = Segment { number: long(8), first_frame: long(16), salt: long(24) };
            (segment.half() == *half).then_some(segment)
        })
    }

    /// What the header of a segment says, if it can be read.
    pub fn find(disk: &impl Disk, number: u64) -> Result<Option<Segment>, LogError> {
        let mut header = [0; HEADER];
        let file = disk.open(&name(number)).map_err(LogError::disk(format!("cannot open segment {}", name(number))))?;
        let read = file.read_at(0, &mut header).map_err(LogError::disk(format!("cannot read segment {}", name(number))))?;
        Ok(Segment::of(&header[..read]).filter(|segment| segment.number == number))
    }

    /// Makes a segment of so many bytes, durable before it is used.
    pub fn create<D: Disk>(disk: &D, segment: Segment, bytes: u64) -> io::Result<D::File> {
        let name = name(segment.number);
        let file = disk.create(&name)?;
        let filled = fill(&file, &segment, bytes).and_then(|()| file.sync()).and_then(|()| disk.sync_names());
        if filled.is_err() {
            // Half a segment is of no use, and takes room where there is little.
            let _ = disk.remove(&name);
        }
        filled.map(|()| file)
    }
}

fn fill(file: &impl DiskFile, segment: &Segment, bytes: u64) -> io::Result<()> {
    let zeros = vec![0; 1 << 20];
    let mut place = HEADER as u64;
    while place < bytes {
        let some = (bytes - place).min(zeros.len() as u64);
        file.write_at(place, &zeros[..some as usize])?;
        place += some;
    }
    file.write_at(0, &[segment.half(), segment.half()].concat())
}

/// A segment in memory, to look for frames.
pub(crate) struct Loaded {
    /// What its header says, if it can be read.
    pub segment: Option<Segment>,
    bytes: Vec<u8>,
}

impl Loaded {
    pub fn read<D: Disk>(disk: &D, number: u64) -> Result<Loaded, LogError> {
        let what = || format!("cannot read segment {}", name(number));
        let file = disk.open(&name(number)).map_err(LogError::disk(what()))?;
        let length = file.length().map_err(LogError::disk(what()))?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        let read = file.read_at(0, &mut bytes).map_err(LogError::disk(what()))?;
        bytes.truncate(read);
        Ok(Loaded { segment: Segment::of(&bytes).filter(|segment| segment.number == number), bytes })
    }

    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// The frame at a place, if it is the one of that number.
    pub fn frame(&self, place: usize, number: u64) -> Option<Frame<'_>> {
        let address = self.segment?.address();
        frame::get(self.bytes.get(place..)?, address).filter(|frame| frame.number == number)
    }

    /// The first sound frame at or behind a place whose number is not below one, and where it lies.
    pub fn next_frame(&self, place: usize, number: u64) -> Option<(usize, Frame<'_>)> {
        let address = self.segment?.address();
        let rest = self.bytes.get(place..)?;
        let found = memchr::memmem::find_iter(rest, &MAGIC).map(|at| place + at);
        let mut sound = found.filter_map(|at| Some((at, frame::get(&self.bytes[at..], address)?)));
        sound.find(|(_, frame)| frame.number >= number)
    }

    /// Whether some bytes are anywhere in it.
    pub fn has(&self, bytes: &[u8]) -> bool {
        memchr::memmem::find(&self.bytes, bytes).is_some()
    }

    /// Whether there is nothing but zeros from a place on.
    pub fn is_blank(&self, place: usize) -> bool {
        self.bytes.get(place..).is_none_or(|rest| rest.iter().all(|byte| *byte == 0))
    }
}
