//! `cargo fuzz run map`: what must hold is in harness/map.rs.
#![no_main]

#[path = "../harness/map.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::hold(bytes));
