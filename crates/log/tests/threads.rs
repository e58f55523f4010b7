//! Many threads, one log, a real folder.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::mpsc::channel;
use std::time::Duration;

use periplus_log::{Folder, Item, Log, Refused, Settings};

fn settings() -> Settings {
    let mut salt = 0;
    Settings {
        segment_bytes: 100_000,
        salt: Box::new(move || {
            salt += 1;
            salt
        }),
    }
}

fn all(log: &Log<Folder>, from: u64) -> Vec<Vec<u8>> {
    let mut reader = log.read(from);
    let mut records = Vec::new();
    while let Some(item) = reader.next(log.durable()).unwrap() {
        match item {
            Item::Frame { records: more, .. } => records.extend(more),
            Item::Damage { first, end, why } => panic!("{first}..{end}: {why}"),
        }
    }
    records
}

#[test]
fn what_many_threads_append_is_there_once_after_each_end() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log");
    let mut expected = Vec::new();
    for round in 0u32..3 {
        let (log, found) = Log::open(Folder::open(&path).unwrap(), settings(), 0, |error| panic!("{error}")).unwrap();
        assert_eq!((found.torn_bytes, found.damaged.len()), (0, 0));
        std::thread::scope(|scope| {
            for thread in 0u32..4 {
                let log = &log;
                scope.spawn(move || {
                    let (tell, told) = channel();
                    for number in 0u32..300 {
                        let tell = tell.clone();
                        let record = [round.to_le_bytes(), thread.to_le_bytes(), number.to_le_bytes()].concat();
                        log.append(record, usize::MAX, Box::new(move |outcome| tell.send(outcome).unwrap()));
                        if number % 7 == 0 {
                            told.recv().unwrap().unwrap();
                        }
                    }
                    drop(tell);
                    assert!(told.iter().all(|outcome| outcome.is_ok()));
                });
            }
        });
        expected.extend(
            (0u32..4).flat_map(|thread| {
                (0u32..300).map(move |number| [round.to_le_bytes(), thread.to_le_bytes(), number.to_le_bytes()].concat())
            }),
        );
        assert!(log.bytes() >= 100_000);
        let mut records = all(&log, 0);
        records.sort();
        expected.sort();
        assert_eq!(records, expected);
        assert_eq!(log.wait_for(log.durable() - 1, Duration::from_secs(60)), log.durable(), "what is there needs no waiting");
        assert_eq!(log.wait_for(log.durable(), Duration::from_millis(1)), log.durable(), "and what is not, ends");
    }
}

#[test]
fn what_waits_too_long_is_refused_and_what_is_over_goes() {
    let home = tempfile::tempdir().unwrap();
    let (log, _) = Log::open(Folder::open(home.path()).unwrap(), settings(), 0, |error| panic!("{error}")).unwrap();
    let (tell, told) = channel();
    // The first occupies the thread while the others are put in: what is told first waits for us.
    let (enter, entered) = channel();
    let (leave, may_leave) = channel::<()>();
    let hold = Box::new(move |_| {
        enter.send(()).unwrap();
        may_leave.recv().unwrap();
    });
    log.append(vec![1; 10], 0, hold);
    entered.recv().unwrap();
    let mut accepted = 0;
    let refused = loop {
        let tell = tell.clone();
        log.append(vec![2; 1_000], 50_000, Box::new(move |outcome| tell.send(outcome).unwrap()));
        if let Ok(outcome) = told.try_recv() {
            break outcome;
        }
        accepted += 1;
        assert!(accepted < 1_000);
    };
    assert_eq!((refused, accepted), (Err(Refused::Busy), 50));
    leave.send(()).unwrap();
    for _ in 0..accepted {
        told.recv().unwrap().unwrap();
    }
    for _ in 0..20 {
        let tell = tell.clone();
        log.append(vec![3; 20_000], usize::MAX, Box::new(move |outcome| tell.send(outcome).unwrap()));
        told.recv().unwrap().unwrap();
    }
    let before = log.bytes();
    log.retire(log.durable());
    // Behind the removal in the queue.
    log.append(vec![4], usize::MAX, Box::new(move |outcome| tell.send(outcome).unwrap()));
    let last = told.recv().unwrap().unwrap();
    assert!(log.bytes() < before && log.bytes() > 0);
    assert_eq!(all(&log, last), [vec![4]]);
}
