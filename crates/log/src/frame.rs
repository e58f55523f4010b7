//! Frames: records that became durable together.
//!
//! A frame is, in little endian: the magic number (u32), the bytes of all records (u32), the segment's number (u64), the
//! frame's own number (u64), how many records there are (u32), zero (u32), a checksum over all of it (u64), and the records:
//! each its length (u32) and its bytes. The checksum is XXH3 of 64 bits with the segment's salt for a seed. Records come from
//! strangers, who may write into one what looks like a frame; without the salt, which they do not know, it never is one.

use xxhash_rust::xxh3::Xxh3;

/// What every frame begins with: "PFRM".
pub const MAGIC: [u8; 4] = *b"PFRM";
/// Bytes before the records.
pub const HEAD: usize = 40;
const CHECKSUM_AT: usize = 32;
/// No frame is larger.
pub const FRAME_MAX: usize = 64 << 20;

/// Where a frame lies, which is part of what its checksum covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The number of the segment.
    pub segment: u64,
    /// The segment's salt.
    pub salt: u64,
}

/// A frame that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its number.
    pub number: u64,
    /// How many bytes it takes, all in all.
    pub length: usize,
    records: &'a [u8],
    count: u32,
}

/// How many bytes a record takes in a frame.
pub fn size(record: &[u8]) -> usize {
    4 + record.len()
}

/// Writes a frame of these records.
pub fn put<'r>(into: &mut Vec<u8>, address: Address, number: u64, records: impl Iterator<Item = &'r [u8]>) {
    into.clear();
    into.resize(HEAD, 0);
    let mut count = 0u32;
    for record in records {
        into.extend_from_slice(&(record.len() as u32).to_le_bytes());
        into.extend_from_slice(record);
        count += 1;
    }
    let length = (into.len() - HEAD) as u32;
    into[0..4].copy_from_slice(&MAGIC);
    into[4..8].copy_from_slice(&length.to_le_bytes());
    into[8..16].copy_from_slice(&address.segment.to_le_bytes());
    into[16..24].copy_from_slice(&number.to_le_bytes());
    into[24..28].copy_from_slice(&count.to_le_bytes());
    let checksum = checksum(into, address);
    into[CHECKSUM_AT..HEAD].copy_from_slice(&checksum.to_le_bytes());
}

fn checksum(frame: &[u8], address: Address) -> u64 {
    let mut hasher = Xxh3::with_seed(address.salt);
    hasher.update(&frame[..CHECKSUM_AT]);
    hasher.update(&frame[HEAD..]);
    hasher.digest()
}

/// The frame at the beginning of some bytes, if there is a whole and sound one.
pub fn get(bytes: &[u8], address: Address) -> Option<Frame<'_>> {
    let head = bytes.get(..HEAD)?;
    let word = |at: usize| head[at..at + 4].try_into().map(u32::from_le_bytes).unwrap_or_default();
    let long = |at: usize| head[at..at + 8].try_into().map(u64::from_le_bytes).unwrap_or_default();
    if head[..4] != MAGIC || long(8) != address.segment {
        return None;
    }
    let length = HEAD + word(4) as usize;
    let frame = bytes.get(..length).filter(|_| length <= FRAME_MAX)?;
    (checksum(frame, address) == long(CHECKSUM_AT)).then(|| Frame { number: long(16), length, records: &frame[HEAD..], count: word(24) })
}

impl<'a> Frame<'a> {
    /// Its records, in the order in which they came.
    pub fn records(&self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.records;
        (0..self.count).map_while(move |_| {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let record = after.get(..u32::from_le_bytes(*length) as usize)?;
            rest = &after[record.len()..];
            Some(record)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Address = Address { segment: 3, salt: 99 };

    #[test]
    fn a_frame_is_read_as_it_was_written_and_nowhere_else() {
        let records: [&[u8]; 3] = [b"one", b"", b"three"];
        let mut bytes = Vec::new();
        put(&mut bytes, HERE, 7, records.into_iter());
        bytes.extend_from_slice(b"what comes after");
        let frame = get(&bytes, HERE).unwrap();
        assert_eq!((frame.number, frame.length), (7, HEAD + 4 * 3 + 8));
        assert_eq!(frame.records().collect::<Vec<_>>(), records);
        assert_eq!(get(&bytes, Address { segment: 4, ..HERE }), None);
        assert_eq!(get(&bytes, Address { salt: 98, ..HERE }), None, "a stranger does not know the salt");
        assert_eq!(get(&bytes[..frame.length - 1], HERE), None);
        for place in 0..frame.length {
            for bit in 0..8 {
                bytes[place] ^= 1 << bit;
                assert_eq!(get(&bytes, HERE), None, "byte {place}, bit {bit}");
                bytes[place] ^= 1 << bit;
            }
        }
    }
}
