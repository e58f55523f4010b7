//! The power goes at any moment, and disks write what they were not told to keep in any order: what was promised is there,
//! once, in order, and nothing is made up.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod pretended;

use std::sync::Arc;

use periplus_log::{Disk, Item, LogError, Reader, Settings, Writer};
use pretended::{Chance, Fault, Pretended};

/// What a life of the log promised, and what it began to write besides.
#[derive(Default)]
struct Ledger {
    promised: Vec<(u64, Vec<Vec<u8>>)>,
    begun: Vec<Vec<Vec<u8>>>,
    /// Frames below this were read, and nobody needs them any more.
    below: u64,
}

fn settings(chance: &Chance, bytes: u64) -> Settings {
    let mut salts = chance.another();
    Settings { segment_bytes: bytes, salt: Box::new(move || salts.next()) }
}

fn records(chance: &mut Chance, marker: &mut u64) -> Vec<Vec<u8>> {
    let count = 1 + chance.below(4);
    let record = |chance: &mut Chance, marker: &mut u64| {
        *marker += 1;
        let mut record = marker.to_le_bytes().to_vec();
        let length = if chance.below(20) == 0 { chance.below(3_000) } else { chance.below(60) };
        // What strangers send may look like a frame.
        record.extend((0..length).map(|place| b"PFRM\0\0\0\x01"[(place % 8) as usize]));
        record
    };
    (0..count).map(|_| record(chance, marker)).collect()
}

/// One life: opens the log, checks what is there, writes until something ends it. Answers whether the disk went.
fn live(disk: &Arc<Pretended>, chance: &mut Chance, ledger: &mut Ledger, marker: &mut u64) -> Result<(), String> {
    let bytes = 2_000 + chance.below(6_000);
    let opened = Writer::open(disk.clone(), settings(chance, bytes), ledger.below);
    let (mut writer, found) = match opened {
        Ok(opened) => opened,
        Err(_) if disk.is_gone() => return Ok(()),
        Err(error) => return Err(format!("the log does not open: {error}")),
    };
    if !found.damaged.is_empty() {
        return Err(format!("damage that is none: {:?}", found.damaged));
    }
    check(disk, writer.next_frame(), ledger)?;
    for _ in 0..chance.below(40) {
        if chance.below(25) == 0 {
            // Everything was read, and that is kept elsewhere: all of it may go, the segment at work too.
            ledger.below = writer.next_frame();
            ledger.promised.clear();
            match writer.clear(ledger.below) {
                // What was begun in vain went, too.
                Ok(_) => ledger.begun.clear(),
                Err(LogError::NotConfirmed(_)) => return Ok(()),
                Err(LogError::Disk { .. }) => {}
            }
            if disk.is_gone() {
                return Ok(());
            }
        }
        let records = records(chance, marker);
        match writer.write(records.iter().map(Vec::as_slice)) {
            Ok(number) => ledger.promised.push((number, records)),
            Err(LogError::NotConfirmed(_)) => {
                ledger.begun.push(records);
                return Ok(());
            }
            Err(LogError::Disk { .. }) => ledger.begun.push(records),
        }
        if disk.is_gone() {
            return Ok(());
        }
    }
    Ok(())
}

/// Everything that was promised is there, in its place; whatever else is there was at least begun.
fn check(disk: &Arc<Pretended>, until: u64, ledger: &mut Ledger) -> Result<(), String> {
    let mut reader = Reader::new(disk.clone(), ledger.below);
    let mut promised = ledger.promised.iter();
    let mut also = Vec::new();
    loop {
        match reader.next(until) {
            Ok(None) => break,
            Ok(Some(Item::Frame { number, records })) => {
                if let Some((_, expected)) = promised.clone().next().filter(|(next, _)| *next == number) {
                    promised.next();
                    if *expected != records {
                        return Err(format!("frame {number} is not what was promised"));
                    }
                } else if ledger.begun.contains(&records) {
                    also.push((number, records));
                } else {
                    return Err(format!("frame {number} was never written"));
                }
            }
            Ok(Some(Item::Damage { first, end, why })) => return Err(format!("frames {first}..{end} are lost: {why}")),
            Err(_) if disk.is_gone() => return Ok(()),
            Err(error) => return Err(error.to_string()),
        }
    }
    if let Some((number, _)) = promised.next() {
        return Err(format!("frame {number} was promised and is not there"));
    }
    // What turned up is there to stay, like what was promised.
    for (number, records) in also {
        ledger.begun.retain(|begun| *begun != records);
        ledger.promised.push((number, records));
    }
    ledger.promised.sort_by_key(|(number, _)| *number);
    Ok(())
}

/// Several lives of one log, each ended by a fault somewhere.
fn lives(seed: u64, fault: Fault) -> Result<(), String> {
    let mut chance = Chance::new(seed);
    let disk = Arc::new(Pretended::new(fault, chance.another()));
    let (mut ledger, mut marker) = (Ledger::default(), 0);
    for _ in 0..1 + chance.below(6) {
        disk.fail_after(chance.below(120));
        live(&disk, &mut chance, &mut ledger, &mut marker)?;
        if chance.below(3) == 0 {
            disk.end_process();
        } else {
            disk.cut_power();
        }
    }
    disk.never_fail();
    live(&disk, &mut chance, &mut ledger, &mut marker)
}

/// Runs seeds until one fails; answers how it failed.
fn first_failure(seeds: std::ops::Range<u64>, fault: Fault) -> Option<String> {
    seeds.into_iter().find_map(|seed| lives(seed, fault).err().map(|why| format!("seed {seed}: {why}")))
}

fn seeds() -> u64 {
    std::env::var("PERIPLUS_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000)
}

#[test]
fn nothing_promised_is_lost_whenever_the_power_goes() {
    assert_eq!(first_failure(0..seeds(), Fault::None), None);
}

#[test]
fn nothing_promised_is_lost_when_there_is_no_room() {
    assert_eq!(first_failure(0..seeds() / 4, Fault::Refuses), None);
}

#[test]
fn a_disk_that_does_not_do_what_it_says_is_noticed() {
    // Controls: these disks lose what was promised, and the test above would notice.
    for fault in [Fault::NoSync, Fault::NoSyncOfNames] {
        let failure = first_failure(0..2_000, fault);
        assert!(failure.is_some(), "{fault:?} was not noticed");
    }
}

#[test]
fn frames_are_numbered_on_when_files_are_missing() {
    let disk = Arc::new(Pretended::new(Fault::None, Chance::new(1)));
    let chance = Chance::new(2);
    let (mut writer, _) = Writer::open(disk.clone(), settings(&chance, 3_000), 17).unwrap();
    for number in 17..60 {
        assert_eq!(writer.write([&[1u8; 100][..]].into_iter()).unwrap(), number);
    }
    drop(writer);
    let mut names = disk.names().unwrap();
    names.sort();
    assert!(names.len() > 2);
    disk.remove(&names[1]).unwrap();
    let (mut writer, found) = Writer::open(disk.clone(), settings(&chance, 3_000), 40).unwrap();
    assert_eq!((found.next_frame, found.damaged), (60, Vec::new()));
    assert_eq!(writer.write([&b"new"[..]].into_iter()).unwrap(), 60);
    let mut reader = Reader::new(disk.clone(), 17);
    let (mut frames, mut lost) = (Vec::new(), 0..0);
    while let Some(item) = reader.next(61).unwrap() {
        match item {
            Item::Frame { number, .. } => frames.push(number),
            Item::Damage { first, end, .. } => lost = first..end,
        }
    }
    assert!(!lost.is_empty());
    let expected: Vec<u64> = (17..61).filter(|number| !lost.contains(number)).collect();
    assert_eq!(frames, expected);
    // What is below a number goes, segment by segment, and never what comes after.
    assert!(writer.retire(59).unwrap() > 0);
    let mut reader = Reader::new(disk.clone(), 59);
    assert!(matches!(reader.next(61).unwrap(), Some(Item::Frame { number: 59, .. })));
    drop(writer);
    for name in disk.names().unwrap() {
        disk.remove(&name).unwrap();
    }
    let (writer, found) = Writer::open(disk, settings(&chance, 3_000), 61).unwrap();
    assert_eq!((writer.next_frame(), found.torn_bytes), (61, 0));
}
