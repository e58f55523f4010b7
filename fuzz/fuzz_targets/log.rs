//! `cargo fuzz run log`: what must hold is in harness/log.rs.
#![no_main]

#[path = "../harness/log.rs"]
mod harness;
#[allow(dead_code, clippy::unwrap_used)]
#[path = "../../crates/log/tests/pretended/mod.rs"]
mod pretended;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::hold(bytes));
