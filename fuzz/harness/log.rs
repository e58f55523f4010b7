//! Segments of the log: any bytes, or changes to sound ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use periplus_log::{Disk, Item, Reader, Settings, Writer};

use crate::pretended::{Chance, Fault, Pretended};

type Frames = BTreeMap<u64, Vec<Vec<u8>>>;

fn settings(salt: u64) -> Settings {
    Settings { segment_bytes: 2_000, salt: Box::new(move || salt) }
}

/// The log opens whatever is there, gives nothing out that was not written, says what is lost, and goes on.
pub fn hold(bytes: &[u8]) {
    let [kind, rest @ ..] = bytes else { return };
    let disk = Arc::new(Pretended::new(Fault::None, Chance::new(1)));
    let mut written = Frames::new();
    if kind % 2 == 0 {
        for (number, segment) in rest.split(|byte| *byte == b'|').take(4).enumerate() {
            disk.put(&format!("{number:016x}.log"), segment.to_vec());
        }
    } else {
        written = sound(&disk);
        let mut names: Vec<String> = disk.names().unwrap_or_default();
        names.sort();
        // Each change: the file, the place, the byte.
        for change in rest.chunks_exact(4) {
            let name = &names[usize::from(change[0]) % names.len()];
            let mut segment = disk.bytes(name);
            let place = usize::from(u16::from_le_bytes([change[1], change[2]])) % (segment.len() + 1);
            match segment.get_mut(place) {
                Some(byte) => *byte ^= change[3],
                None => segment.truncate(segment.len() / 2),
            }
            disk.put(name, segment);
        }
    }
    let until = written.len() as u64;
    let before = read(&disk, 0, until);
    assert_eq!(before, read(&disk, 0, until), "reading it again says the same");
    for (number, records) in &before {
        assert_eq!(written.get(number), Some(records), "frame {number} was never written");
    }
    let (mut writer, found) = Writer::open(disk.clone(), settings(5), 0).unwrap_or_else(|error| panic!("does not open: {error}"));
    assert!(before.keys().next_back().is_none_or(|last| found.next_frame > *last));
    let number = writer.write([&b"new"[..]].into_iter()).unwrap_or_else(|error| panic!("does not go on: {error}"));
    let after = read(&disk, 0, number + 1);
    assert!(before.iter().all(|(number, records)| after.get(number) == Some(records)), "what was sound stays");
    assert_eq!(after.get(&number), Some(&vec![b"new".to_vec()]));
}

/// A log of some frames.
fn sound(disk: &Arc<Pretended>) -> Frames {
    let Ok((mut writer, _)) = Writer::open(disk.clone(), settings(9), 0) else { return Frames::new() };
    let frames = (0..9u8).map(|number| {
        let records: Vec<Vec<u8>> = (0..=number % 3).map(|record| vec![number; usize::from(record) * 150]).collect();
        (writer.write(records.iter().map(Vec::as_slice)).unwrap_or(u64::MAX), records)
    });
    frames.collect()
}

/// Every frame that can be read; frames and gaps follow each other without a hole.
fn read(disk: &Arc<Pretended>, from: u64, until: u64) -> Frames {
    let (mut reader, mut frames, mut next) = (Reader::new(disk.clone(), from), Frames::new(), from);
    while let Ok(Some(item)) = reader.next(until) {
        match item {
            Item::Frame { number, records } => {
                assert_eq!(number, next);
                next += 1;
                frames.insert(number, records);
            }
            Item::Damage { first, end, why } => {
                assert!(first == next && end > first && end <= until && !why.is_empty());
                next = end;
            }
        }
    }
    assert_eq!(next, until);
    frames
}
