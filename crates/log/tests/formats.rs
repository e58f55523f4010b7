//! Logs that earlier versions wrote can still be read: what they hold was promised.
//!
//! A folder of `formats/` was left behind by a server of the version that introduced a format, which was killed after it had
//! acknowledged three requests. To add one when a format changes: do the same, start the server once more so that it cuts off the
//! empty end, and leave the old ones.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;

use periplus_log::{Folder, Item, Log, Settings};

#[test]
fn every_format_there_ever_was_is_read_and_continued() {
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let mut count = 0;
    for format in std::fs::read_dir(formats).unwrap().map(Result::unwrap) {
        let home = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(format.path()).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), home.path().join(file.file_name())).unwrap();
        }
        let settings = Settings { segment_bytes: 10_000, salt: Box::new(|| 1) };
        let (log, found) = Log::open(Folder::open(home.path()).unwrap(), settings, 0, |error| panic!("{error}")).unwrap();
        assert_eq!((found.torn_bytes, found.damaged), (0, Vec::new()), "{}", format.path().display());
        let (tell, told) = std::sync::mpsc::channel();
        log.append(b"kept-4".to_vec(), usize::MAX, Box::new(move |outcome| tell.send(outcome).unwrap()));
        told.recv().unwrap().unwrap();
        let mut reader = log.read(0);
        let mut records = Vec::new();
        while let Some(item) = reader.next(log.durable()).unwrap() {
            let Item::Frame { records: more, .. } = item else { panic!("{item:?}") };
            records.extend(more);
        }
        let kept = |number: usize| format!("kept-{}", number + 1).into_bytes();
        assert_eq!(records.len(), 4);
        for (number, record) in records.iter().enumerate() {
            assert!(record.windows(6).any(|bytes| bytes == kept(number)), "{}", String::from_utf8_lossy(record));
        }
        count += 1;
    }
    assert!(count > 0);
}
