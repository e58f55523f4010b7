//! Where other people's data and results are found, and that a test was skipped where they are not.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "shared by tests: a panic is how one fails, and a skipped one says so"
)]

use std::io::Read;
use std::path::PathBuf;

use periplus_stats::paths::{Paths, Weight};
use serde_json::Value;

/// The bytes of a file of the reference folder.
pub fn bytes(name: &str) -> Option<Vec<u8>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference");
    let folder = std::env::var_os("PERIPLUS_REFERENCE").map_or_else(beside, PathBuf::from);
    let path = folder.join(name);
    let found = std::fs::read(&path).ok();
    if found.is_none() {
        eprintln!("skipped: there is no {} (set PERIPLUS_REFERENCE)", path.display());
    }
    found
}

/// Its text; `.gz` is unpacked.
pub fn text(name: &str) -> Option<String> {
    let bytes = bytes(name)?;
    if !name.ends_with(".gz") {
        return Some(String::from_utf8(bytes).unwrap());
    }
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    Some(text)
}

/// A golden file.
pub fn golden(name: &str) -> Option<Value> {
    // It holds NaN where the peer has no number, which JSON does not know.
    Some(serde_json::from_str(&text(&format!("golden/{name}"))?.replace("NaN", "null")).unwrap())
}

/// Whether a value is as golden, within a part of it.
pub fn close(found: f64, expected: &Value, relative: f64) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= relative * expected.abs() + 1e-15, "{found:e} is not {expected:e}");
}

/// The sample paths of ChannelAttribution: the names of channels, and so many of the first paths; ages are counted in touches to
/// the last one.
pub fn path_data(rows: usize) -> Option<(Vec<String>, Paths)> {
    let text = text("data/attribution/ChannelAttribution_PathData.csv.gz")?;
    let mut names: Vec<String> = Vec::new();
    let mut paths = Paths::new(12).unwrap();
    for line in text.lines().skip(1).take(rows) {
        let [path, conversions, value, nulls] = line.split(';').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let touches: Vec<u16> = path
            .split(" > ")
            .map(|name| {
                let known = names.iter().position(|known| known == name);
                known.unwrap_or_else(|| {
                    names.push(name.to_string());
                    names.len() - 1
                }) as u16
            })
            .collect();
        let ages: Vec<u32> = (0..touches.len() as u32).rev().collect();
        let weight = Weight { conversions: conversions.parse().unwrap(), value: value.parse().unwrap(), nulls: nulls.parse().unwrap() };
        paths.push(&touches, &ages, weight).unwrap();
    }
    Some((names, paths))
}
