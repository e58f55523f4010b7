//! Bytes of parts that changed, and parts that were cut: what is read is what was written, or an error that names the file.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use std::path::Path;

use arrow::array::RecordBatch;
use periplus_lake::{Import, Lake, LakeError, Settings, Themselves, joining_ids};
use periplus_model::identity::IdKind;
use periplus_model::parts::{Part, PartTable, Snapshot};
use periplus_model::record::{EventRow, TraitRow};
use periplus_model::time::Instant;

/// Chance that is the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// Imports so many events, with and without message ids, from one number on.
fn import(lake: &Lake, snapshot: &mut Snapshot, from: usize, count: usize) -> (u64, u64) {
    let mut import = Import::begin(lake, Settings { threads: 1, bytes_at_once: 1 << 20, bucket_rows: 100_000 }, from as u64).unwrap();
    for number in from..from + count {
        let (who, message) = (format!("customer {}", number * 7_919 % 500), format!("message {number}"));
        let properties = format!("{{\"n\":{number},\"text\":\"{}\"}}", "abcdefghij".repeat(number % 5));
        let ids = [(IdKind::USER, who.as_str())];
        let row = EventRow {
            time: Instant(1_770_000_000_000_000 + number as i64 * 1_000_003),
            event: ["viewed", "added", "ordered"][number % 3],
            ids: &ids,
            channel: (number % 2 == 0).then_some("web"),
            message_id: (number % 5 > 0).then_some(message.as_str()),
            amount: None,
            currency: None,
            properties: &properties,
        };
        import.event("shop", &row).unwrap();
        if number % 10 == 0 {
            import.traits("shop", &TraitRow { time: None, name: "plan", ids: &ids, value: &format!("\"{number}\"") }).unwrap();
        }
    }
    let written = import.finish(snapshot, 0, &Themselves, &|_, _| ()).unwrap();
    snapshot.id += 1;
    snapshot.parts.extend(written.parts);
    (written.events, written.duplicates)
}

/// Everything in a part, as whoever asks a question reads it.
fn contents(lake: &Lake, part: &Part) -> Result<Vec<RecordBatch>, LakeError> {
    let schema = if part.table == PartTable::Events { periplus_lake::schema::events() } else { periplus_lake::schema::traits() };
    let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    lake.read(part, &columns, None)?.collect()
}

fn flipped(path: &Path, whole: &[u8], place: usize, bit: usize) {
    let mut bytes = whole.to_vec();
    bytes[place] ^= 1 << bit;
    std::fs::write(path, bytes).unwrap();
}

/// Damages a file in many ways, tries something each time, and mends it.
fn damaged(lake: &Lake, part: &Part, seed: u64, mut tried: impl FnMut(String)) {
    let path = lake.root().join(&part.file);
    let whole = std::fs::read(&path).unwrap();
    let mut dice = Dice(seed);
    // The end has the footer, which is short and everything hangs on.
    let places = (0..300).map(|_| dice.below(whole.len())).collect::<Vec<_>>();
    let places = places.into_iter().chain(whole.len().saturating_sub(1_200)..whole.len());
    for (number, place) in places.enumerate() {
        flipped(&path, &whole, place, number % 8);
        tried(format!("{}: byte {place} of {}, bit {}", part.file, whole.len(), number % 8));
    }
    for length in (0..40).map(|_| dice.below(whole.len())) {
        std::fs::write(&path, &whole[..length]).unwrap();
        tried(format!("{}: cut to {length} of {}", part.file, whole.len()));
    }
    for zeros in (0..40).map(|_| dice.below(whole.len())) {
        let mut bytes = whole.clone();
        let end = bytes.len().min(zeros + 4_096);
        bytes[zeros..end].fill(0);
        if bytes != whole {
            std::fs::write(&path, bytes).unwrap();
            tried(format!("{}: zeros from {zeros} on", part.file));
        }
    }
    std::fs::write(&path, &whole).unwrap();
}

#[test]
fn a_damaged_part_is_told_or_reads_as_it_was_written() {
    let home = tempfile::tempdir().unwrap();
    let lake = Lake::open(home.path()).unwrap();
    let mut snapshot = Snapshot::default();
    assert_eq!(import(&lake, &mut snapshot, 0, 20_000), (20_000, 0));
    let (mut told, mut tries) = (0, 0);
    for part in snapshot.parts.iter().filter(|part| part.table != PartTable::Ids) {
        let written = contents(&lake, part).unwrap();
        assert_eq!(written.iter().map(RecordBatch::num_rows).sum::<usize>() as u64, part.rows);
        damaged(&lake, part, part.rows, |how| {
            tries += 1;
            assert!(lake.verify(part).is_err(), "{how}: unnoticed by a verification");
            match contents(&lake, part) {
                Ok(read) => assert!(read == written, "{how}: other rows were read"),
                Err(error) => {
                    told += 1;
                    assert!(error.to_string().contains(&part.file), "{how}: {error}");
                }
            }
        });
        assert!(contents(&lake, part).unwrap() == written);
    }
    // What is not told was in bytes that nobody reads.
    assert!(told * 10 > tries * 9, "{told} of {tries}");
}

#[test]
fn damaged_ids_let_nothing_in_twice_and_nothing_be_lost() {
    let home = tempfile::tempdir().unwrap();
    let lake = Lake::open(home.path()).unwrap();
    let mut snapshot = Snapshot::default();
    import(&lake, &mut snapshot, 0, 4_000);
    let part = snapshot.of(PartTable::Ids).next().unwrap().clone();
    // All at once (whole cuts are read), few (blocks are looked up), and others that are new.
    let again = |from, count| {
        let mut import = Import::begin(&lake, Settings { threads: 2, bytes_at_once: 1 << 20, bucket_rows: 100_000 }, 9_000).unwrap();
        for number in from..from + count {
            let (who, message) = (format!("customer {}", number * 7_919 % 500), format!("message {number}"));
            let ids = [(IdKind::USER, who.as_str())];
            let row = EventRow {
                time: Instant(5),
                event: "viewed",
                ids: &ids,
                channel: None,
                message_id: Some(&message),
                amount: None,
                currency: None,
                properties: "",
            };
            import.event("shop", &row).unwrap();
        }
        import.finish(&snapshot, 0, &Themselves, &|_, _| ()).map(|written| (written.events, written.duplicates))
    };
    let (known, one) = (again(0, 2_000).unwrap(), again(1, 1).unwrap());
    assert_eq!(one, (0, 1));
    let mut told = 0;
    damaged(&lake, &part, 3, |how| {
        for (result, right) in [(again(0, 2_000), known), (again(1, 1), one)] {
            match result {
                Ok(result) => assert_eq!(result, right, "{how}"),
                Err(error) => {
                    told += 1;
                    assert!(error.to_string().contains(&part.file), "{how}: {error}");
                }
            }
        }
    });
    assert!(told > 1_000, "{told}");
    assert_eq!((again(0, 2_000).unwrap(), again(1, 1).unwrap()), (known, one));
    // Nor do they when they are put together.
    import(&lake, &mut snapshot, 4_000, 100);
    assert_eq!(joining_ids(&snapshot).len(), 0, "too few to be worth it");
}
