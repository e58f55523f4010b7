//! `cargo fuzz run net`: what must hold is in harness/net.rs.
#![no_main]

#[path = "../harness/net.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| harness::hold(bytes));
