//! `cargo fuzz run speech`: what must hold is in harness/speech.rs.
#![no_main]

#[path = "../harness/speech.rs"]
mod harness;
#[path = "../harness/told.rs"]
mod told;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::hold(bytes));
