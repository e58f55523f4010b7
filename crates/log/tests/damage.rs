//! Bytes that changed, files that were cut, bytes that never were a log: what is told was written, and what is lost is said.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod pretended;

use std::collections::BTreeMap;
use std::sync::Arc;

use periplus_log::{Disk, Item, Reader, Settings, Writer};
use pretended::{Chance, Fault, Pretended};
use proptest::prelude::*;

type Frames = BTreeMap<u64, Vec<Vec<u8>>>;

fn settings(seed: u64) -> Settings {
    let mut salts = Chance::new(seed);
    Settings { segment_bytes: 3_000, salt: Box::new(move || salts.next()) }
}

/// A log of some frames, in several segments.
fn written(seed: u64) -> (Arc<Pretended>, Frames) {
    let disk = Arc::new(Pretended::new(Fault::None, Chance::new(seed)));
    let (mut writer, _) = Writer::open(disk.clone(), settings(seed), 0).unwrap();
    let mut chance = Chance::new(seed + 1);
    let frames = (0..20 + chance.below(20)).map(|_| {
        let records: Vec<Vec<u8>> =
            (0..1 + chance.below(3)).map(|_| (0..chance.below(300)).map(|_| chance.next() as u8).collect()).collect();
        (writer.write(records.iter().map(Vec::as_slice)).unwrap(), records)
    });
    let frames = frames.collect();
    drop(writer);
    (disk, frames)
}

/// Reads everything; answers what is there and which frames are told to be lost.
fn read(disk: &Arc<Pretended>, until: u64) -> (Frames, Vec<u64>) {
    let mut reader = Reader::new(disk.clone(), 0);
    let (mut frames, mut lost) = (Frames::new(), Vec::new());
    let mut next = 0;
    while let Some(item) = reader.next(until).unwrap() {
        match item {
            Item::Frame { number, records } => {
                assert_eq!(number, next, "in order, each once");
                next = number + 1;
                frames.insert(number, records);
            }
            Item::Damage { first, end, .. } => {
                assert_eq!(first, next);
                assert!(end > first && end <= until);
                next = end;
                lost.extend(first..end);
            }
        }
    }
    assert_eq!(next, until);
    (frames, lost)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_is_told_and_never_read(seed in 0u64..1_000_000, flips in prop::collection::vec((any::<u32>(), any::<u32>(), 0u8..8), 0..4), cut in prop::option::of((any::<u32>(), any::<u32>()))) {
        let (disk, all) = written(seed);
        let mut names = disk.names().unwrap();
        names.sort();
        let pick = |of: u32| &names[of as usize % names.len()];
        for (of, place, bit) in &flips {
            let length = disk.bytes(pick(*of)).len();
            if length > 0 {
                disk.flip(pick(*of), *place as usize % length, *bit);
            }
        }
        if let Some((of, place)) = cut {
            let length = disk.bytes(pick(of)).len();
            disk.shorten(pick(of), place as usize % (length + 1));
        }
        let until = all.len() as u64;
        let (frames, lost) = read(&disk, until);
        for (number, records) in &frames {
            prop_assert_eq!(records, &all[number]);
        }
        let expected: Vec<u64> = (0..until).filter(|number| !frames.contains_key(number)).collect();
        prop_assert_eq!(&lost, &expected);
        if flips.is_empty() && cut.is_none() {
            prop_assert!(lost.is_empty());
        }
        // Opened again, numbers go on behind everything that can be read, and what was sound stays.
        let (mut writer, found) = Writer::open(disk.clone(), settings(seed + 7), 0).unwrap();
        prop_assert!(frames.keys().next_back().is_none_or(|last| found.next_frame > *last));
        let number = writer.write([&b"new"[..]].into_iter()).unwrap();
        let (after, _) = read(&disk, number + 1);
        for (number, records) in &frames {
            prop_assert_eq!(after.get(number), Some(records), "frame {}", number);
        }
        prop_assert_eq!(&after[&number], &vec![b"new".to_vec()]);
    }

    #[test]
    fn any_bytes_can_be_opened(files in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3_000), 0..4), shaped in any::<bool>()) {
        let disk = Arc::new(Pretended::new(Fault::None, Chance::new(1)));
        for (number, mut bytes) in files.into_iter().enumerate() {
            if shaped {
                bytes.splice(0..0, *b"PLOG\x01\0\0\0");
                bytes.extend_from_slice(b"PFRM\xff\xff\xff\xff");
            }
            disk.put(&format!("{number:016x}.log"), bytes);
        }
        disk.put("notes.txt", b"what people leave in folders".to_vec());
        let (mut writer, _) = Writer::open(disk.clone(), settings(1), 3).unwrap();
        let number = writer.write([&b"new"[..]].into_iter()).unwrap();
        prop_assert!(number >= 3);
        let mut reader = Reader::new(disk, number);
        let item = reader.next(number + 1).unwrap();
        prop_assert_eq!(item, Some(Item::Frame { number, records: vec![b"new".to_vec()] }));
    }
}
