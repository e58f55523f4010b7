//! `cargo fuzz run json`: what must hold is in harness/json.rs.
#![no_main]

#[path = "../harness/json.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::hold(bytes));
