//! Bytes of parts that changed on the disk: SQL answers as before, or with an error that names the part.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use std::fs;
use std::path::Path;

use arrow::array::RecordBatch;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use periplus_model::parts::PartTable;
use world::{Dice, World};

/// What whoever does not look at the lake's checksums reads.
fn unchecked(path: &Path) -> Option<Vec<RecordBatch>> {
    let file = fs::File::open(path).unwrap();
    // Readers of damaged files may panic, which is one more reason not to let them near.
    std::panic::catch_unwind(|| ParquetRecordBatchReaderBuilder::try_new(file).ok()?.build().ok()?.collect::<Result<_, _>>().ok())
        .ok()
        .flatten()
}

#[test]
fn sql_tells_of_damaged_parts_and_never_answers_differently() {
    let world = World::new(3, 3, 400);
    let source = world.source();
    let mut dice = Dice::new(9);
    let (mut told, mut tries, mut unnoticed) = (0, 0, 0);
    for (table, text) in
        [(PartTable::Events, "SELECT * FROM events ORDER BY seq"), (PartTable::Traits, "SELECT * FROM traits ORDER BY seq")]
    {
        let right = world.table(text);
        for part in source.snapshot.of(table).take(3) {
            let path = source.lake.root().join(&part.file);
            let (whole, written) = (fs::read(&path).unwrap(), unchecked(&path));
            for round in 0..25 {
                // Small parts are mostly footer, which readers without checksums stumble over, too: half of the time among the rows.
                let place = dice.below(whole.len() as u64 >> (round % 2)) as usize;
                let mut bytes = whole.clone();
                bytes[place] ^= 1 << dice.below(8);
                fs::write(&path, bytes).unwrap();
                tries += 1;
                match world.ask(text) {
                    Ok(_) => assert_eq!(world.table(text).rows, right.rows, "{}: byte {place}", part.file),
                    Err(error) => {
                        told += 1;
                        let error = error.to_string();
                        assert!(error.contains(&part.file) && error.contains("damaged"), "byte {place}: {error}");
                    }
                }
                // The control: without the checksums, other rows would be read.
                unnoticed += u32::from(unchecked(&path).is_some_and(|read| Some(read) != written));
            }
            fs::write(&path, &whole).unwrap();
        }
        assert_eq!(world.table(text).rows, right.rows);
    }
    assert!(told * 10 > tries * 9, "{told} of {tries} were told");
    assert!(unnoticed > 5, "only {unnoticed} of {tries} would have mattered");
}
