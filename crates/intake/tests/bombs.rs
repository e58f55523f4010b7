//! Bodies that are small and ask for much: they are refused or taken within time and memory that do not depend on what they ask for.
//!
//! The memory is that of the process, as Linux tells it; so there is one test in here.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "holds what is read against a time, and says when it cannot")]

use std::io::{self, Cursor, Write};
use std::time::{Duration, Instant};

use periplus_intake::collect::{Arrived, SPEECHES, Sent, body, read};
use periplus_intake::source::Settings;
use periplus_intake::{Input, Plan, Reject, Sink, limits};
use periplus_model::{EventRow, LinkRow, TraitRow};

/// Takes everything and keeps nothing.
struct Nothing;

impl Sink for Nothing {
    fn event(&mut self, _: &EventRow<'_>) -> io::Result<()> {
        Ok(())
    }
    fn traits(&mut self, _: &TraitRow<'_>) -> io::Result<()> {
        Ok(())
    }
    fn link(&mut self, _: &LinkRow<'_>) -> io::Result<()> {
        Ok(())
    }
    fn reject(&mut self, _: &Reject<'_>) -> io::Result<()> {
        Ok(())
    }
}

/// The most memory that this process had since it was asked to forget, in bytes.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<usize>().ok()? << 10)
}

fn forget_peak() -> bool {
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// What a body is for the first call of every dialect, which takes several messages, however it is said to be wrapped.
fn send(sent: &[u8]) {
    for speech in SPEECHES {
        let call = &speech.calls()[0];
        for (query, kind) in [("", "application/json"), ("compression=base64", "text/plain"), ("", "application/x-www-form-urlencoded")] {
            let settings = Settings::default();
            let headers = [("content-type", kind)];
            let Ok(decoded) = speech.decode(call, Sent { query, headers: &headers, body: sent }, &settings) else { continue };
            if body(&decoded).is_err() {
                continue;
            }
            let at = periplus_model::Instant(0);
            let arrived = Arrived { at, source: "s", dialect: speech.name(), call: call.name, agent: None, body: &decoded };
            let summary = read(&arrived, &settings, &mut Nothing).unwrap();
            assert_eq!(summary.rows, summary.accepted + summary.skipped + summary.rejected.values().sum::<u64>());
        }
    }
}

/// Reads a file of unknown kind.
fn import(name: &str, file: Vec<u8>) {
    let input = Input::Stream { name: name.to_owned(), reader: Box::new(Cursor::new(file)) };
    let _ = periplus_intake::read(input, Plan::Auto, &|_| Err(io::ErrorKind::NotFound.into()), &mut Nothing, &mut |_| {});
}

/// So many bytes of one kind, packed.
fn zeros_in_zstd(mebibytes: usize) -> Vec<u8> {
    let mut packed = zstd::Encoder::new(Vec::new(), 19).unwrap();
    let mebibyte = vec![b' '; 1 << 20];
    (0..mebibytes).for_each(|_| packed.write_all(&mebibyte).unwrap());
    packed.finish().unwrap()
}

fn zeros_in_gzip(mebibytes: usize) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mebibyte = vec![b' '; 1 << 20];
    (0..mebibytes).for_each(|_| packed.write_all(&mebibyte).unwrap());
    packed.finish().unwrap()
}

#[test]
fn what_asks_for_much_is_answered_with_little() {
    let many = |one: &str, count: usize| vec![one; count].join(",");
    let keys = |count: usize| (0..count).map(|n| format!("\"{n:x}\":1")).collect::<Vec<_>>().join(",");
    let full = |text: String| {
        assert!(text.len() <= limits::BODY, "{} bytes", text.len());
        text.into_bytes()
    };
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("depth 10^5", full(format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)))),
        ("depth 10^5 of objects", full(format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)))),
        ("depth that never ends", full("{\"a\":".repeat(800_000))),
        ("10^5 keys", full(format!("{{{}}}", keys(100_000)))),
        ("as many keys as there is room for, said to be a batch", full(format!("{{\"batch\":1,{}}}", keys(350_000)))),
        ("10^6 values", full(format!("{{\"batch\":[{}]}}", many("1", 1_000_000)))),
        ("10^6 empty messages", full(format!("{{\"batch\":[{}]}}", many("{}", 1_000_000)))),
        ("10^6 empty events", full(format!("{{\"client_id\":\"1\",\"events\":[{}]}}", many("{}", 1_000_000)))),
        ("messages that share much", full(format!("{{\"sent_at\":\"{}\",\"batch\":[{}]}}", "x".repeat(1_000_000), many("{}", 1_000)))),
        (
            "a context for very many",
            full(format!("{{\"context\":{{\"a\":\"{}\"}},\"batch\":[{}]}}", "x".repeat(3_000_000), many("{}", 1_000))),
        ),
        (
            "traits for very many",
            full(format!(
                "{{\"user_properties\":{{\"a\":{{\"value\":\"{}\"}}}},\"events\":[{}]}}",
                "x".repeat(3_000_000),
                many("{}", 1_000)
            )),
        ),
        ("NUL", full(format!("{{\"type\":\"track\",\"userId\":\"a\\u0000b\",\"event\":\"{}\"}}", "\\u0000".repeat(500_000)))),
        ("lone surrogates", full(format!("{{\"event\":\"{}\"}}", "\\ud800".repeat(600_000)))),
        ("1e3000", full("{\"type\":\"track\",\"userId\":\"u\",\"event\":\"e\",\"properties\":{\"revenue\":1e3000}}".to_owned())),
        (
            "10^3000",
            full(format!("{{\"type\":\"track\",\"userId\":\"u\",\"event\":\"e\",\"properties\":{{\"revenue\":1{}}}}}", "0".repeat(3_000))),
        ),
        ("a number of 4 million digits", full(format!("{{\"a\":{}}}", "9".repeat(4_000_000)))),
        ("a text of 4 MB", full(format!("{{\"type\":\"track\",\"userId\":\"u\",\"event\":\"{}\"}}", "x".repeat(4_000_000)))),
        ("gzip of 512 MiB", zeros_in_gzip(512)),
        ("base64 of nothing", vec![b'A'; limits::BODY]),
        ("a form of a million fields", "a=&".repeat(1_000_000).into_bytes()),
    ];
    let files = [("zstd of 512 MiB", "a.csv.zst", zeros_in_zstd(512)), ("gzip of 512 MiB", "a.jsonl.gz", zeros_in_gzip(512))];
    assert!(files[0].2.len() < 64 << 10, "{} bytes", files[0].2.len());
    let measured = forget_peak();
    if !measured {
        println!("SKIPPED: how much memory a process had is told on Linux only");
    }
    let hold = |name: &str, time: Duration, room: usize, what: &dyn Fn()| {
        forget_peak();
        let (before, begun) = (peak().unwrap_or(0), Instant::now());
        what();
        let (took, more) = (begun.elapsed(), peak().unwrap_or(0).saturating_sub(before));
        println!("{name}: {took:.1?}, {} MiB", more >> 20);
        assert!(took < time, "{name}: {took:?}");
        assert!(!measured || more < room, "{name}: {} MiB", more >> 20);
    };
    // A body that is built is at worst its values, at some dozens of bytes each, without optimisation.
    for (name, sent) in &bodies {
        hold(name, Duration::from_secs(60), 200 << 20, &|| send(sent));
    }
    for (name, file, bytes) in files {
        hold(name, Duration::from_secs(60), 100 << 20, &|| import(file, bytes.clone()));
    }
}
