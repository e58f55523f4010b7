//! `cargo fuzz run mapping`: what must hold is in harness/mapping.rs.
#![no_main]

#[path = "../harness/mapping.rs"]
mod harness;
#[path = "../harness/told.rs"]
mod told;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::hold(bytes));
