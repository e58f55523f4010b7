//! A state database whose bytes changed: an error that says what to do, and never a panic.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use periplus_model::parts::{Part, PartTable};
use periplus_store::{Commit, Store, StoreError};

fn part(number: u64) -> Part {
    Part {
        table: PartTable::Events,
        file: format!("events/bucket={:03}/{number}.parquet", number % 16),
        bits: 4,
        bucket: (number % 16) as u16,
        month: Some(24_290),
        rows: number,
        bytes: number * 100,
        key_min: 1,
        key_max: i64::MAX,
        time_min: 0,
        time_max: 5,
        checksum: number.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        begin: 0,
    }
}

/// Everything that opening a workspace and committing to it asks for.
fn used(path: &std::path::Path) -> Result<Vec<Part>, StoreError> {
    let mut store = Store::open(path)?;
    let parts = store.snapshot()?.parts;
    store.snapshots()?;
    store.live_files()?;
    store.source("shop")?;
    let commit = Commit { base: store.newest()?, added: vec![part(9_999)], next_seq: store.next_seq()?, ..Commit::default() };
    store.commit(&commit)?;
    Ok(parts)
}

#[test]
fn a_damaged_database_is_an_error_that_says_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let sound = home.path().join("sound.db");
    let mut store = Store::open(&sound).unwrap();
    for base in 0..20 {
        store.commit(&Commit { base, added: (base * 20..base * 20 + 20).map(part).collect(), ..Commit::default() }).unwrap();
    }
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    drop(store);
    let whole = std::fs::read(&sound).unwrap();
    let (mut told, mut dice) = (0, 7u64);
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides
    };
    for number in 0..300 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let mut bytes = whole.clone();
        let place = roll(bytes.len());
        match number % 3 {
            0 => bytes[place] ^= 1 << roll(8),
            // Pages that are lost, and an end that is.
            1 => bytes[place / 4_096 * 4_096..][..4_096].fill(if number % 2 == 0 { 0 } else { 0xff }),
            _ => bytes.truncate(place),
        }
        std::fs::write(&path, &bytes).unwrap();
        if let Err(error) = used(&path) {
            told += 1;
            let text = error.to_string();
            assert!(text.contains("restore") || text.contains("format") || matches!(error, StoreError::Conflict), "{text}");
        }
        // A whole page or the end is never missed by a verification; what is read first is opened with.
        std::fs::write(&path, &bytes).unwrap();
        if number % 3 == 1 && bytes != whole {
            assert!(
                !matches!(Store::open(&path).and_then(|store| store.verify()), Ok(damage) if damage.is_empty()),
                "page {}",
                place / 4_096
            );
        }
    }
    assert!(told > 100, "{told}");
}
