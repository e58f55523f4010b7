//! Seeds, and mutations of them that are the same every time.

use std::path::Path;

/// How many mutations of each seed are tried, unless `PERIPLUS_FUZZ` says how many.
const MUTATIONS: u64 = 400;
const LENGTH_MAX: usize = 64 * 1024;

/// What has meaning somewhere.
const WORDS: &[&[u8]] = &[
    b"\0",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\n",
    b"\r\n",
    b",",
    b":",
    b"{",
    b"}",
    b"[",
    b"]",
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1e3000",
    b"-0.0",
    b"18446744073709551616",
    b"99999999999999999999999999",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xf0\x9f\x92\xa9",
    b"<",
    b">",
    b"&#0;",
    b"<!--",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"PFRM",
    b"PLOG",
    b"2026-01-01T00:00:00Z",
    b"9999-12-31",
    b"user_id",
    b"userId",
    b"anonymousId",
    b"messageId",
    b"batch",
    b"type",
    b"track",
    b"identify",
    b"alias",
    b"timestamp",
    b"properties",
    b"traits",
    b"context",
    b"$set",
    b"distinct_id",
    b"events",
    b"params",
    b"client_id",
    b"timestamp_micros",
    b"- ",
    b"  ",
    b"&a",
    b"*a",
    b"!!binary",
    b"[[source]]",
    b"column",
    b"= ",
    b"'",
];

/// Chance that is the same every time.
pub struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// Holds every seed of a folder, and mutations of it, against what must hold.
///
/// # Panics
/// When it does not hold, or there are no seeds.
pub fn all(name: &str, hold: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no seeds in {}", folder.display());
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    let mutations = std::env::var("PERIPLUS_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(MUTATIONS);
    let mut dice = Dice(7);
    for seed in &seeds {
        hold(seed);
        let mut bytes = seed.clone();
        for number in 0..mutations {
            // Mutations of mutations get far; beginning anew keeps near.
            if number % 8 == 0 {
                bytes.clone_from(seed);
            }
            mutate(&mut bytes, &seeds, &mut dice);
            let kept = bytes.clone();
            let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| hold(&bytes)));
            assert!(held.is_ok(), "{name}: does not hold for {:?}", String::from_utf8_lossy(&kept));
        }
    }
}

fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    let place = dice.below(bytes.len() + 1);
    let span = place..bytes.len().min(place + dice.below(40));
    match dice.below(8) {
        0 => bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << dice.below(8)),
        1 => bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte = dice.below(256) as u8),
        2 => drop(bytes.drain(span)),
        3 => {
            let again: Vec<u8> = bytes[span].repeat(1 + dice.below(100));
            bytes.splice(place..place, again);
        }
        4 | 5 => drop(bytes.splice(place..place, WORDS[dice.below(WORDS.len())].iter().copied())),
        6 => drop(bytes.splice(span, WORDS[dice.below(WORDS.len())].iter().copied())),
        _ => {
            let other = &seeds[dice.below(seeds.len())];
            let begin = dice.below(other.len() + 1);
            let end = other.len().min(begin + dice.below(200));
            bytes.splice(place..place, other[begin..end].iter().copied());
        }
    }
    bytes.truncate(LENGTH_MAX);
}
