//! `cargo fuzz run survey`: what must hold is in harness/survey.rs.
#![no_main]

#[path = "../harness/survey.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::hold(bytes));
