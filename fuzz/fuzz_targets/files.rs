//! `cargo fuzz run files`: what must hold is in harness/files.rs.
#![no_main]

#[path = "../harness/files.rs"]
mod harness;
#[path = "../harness/told.rs"]
mod told;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::hold(bytes));
