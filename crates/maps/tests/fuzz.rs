//! Seeds and mutations of them, held against what must hold for any bytes (fuzz/README.md).
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../../fuzz/harness/map.rs"]
mod map;
#[path = "../../../fuzz/harness/mutate.rs"]
mod mutate;

#[test]
fn any_map_is_refused_with_a_reason_or_survives_printing() {
    mutate::all("map", map::hold);
}
