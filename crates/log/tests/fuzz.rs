//! Seeds and mutations of them, held against what must hold for any bytes (fuzz/README.md).
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod pretended;

#[path = "../../../fuzz/harness/log.rs"]
mod log;
#[path = "../../../fuzz/harness/mutate.rs"]
mod mutate;

#[test]
fn any_segment_is_survived() {
    mutate::all("log", log::hold);
}
