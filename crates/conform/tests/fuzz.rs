//! Seeds and mutations of them, held against what must hold for any bytes (fuzz/README.md).
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../../fuzz/harness/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/harness/net.rs"]
mod net;

#[test]
fn any_model_is_refused_with_a_reason_or_can_be_held_against_journeys() {
    mutate::all("net", net::hold);
}
