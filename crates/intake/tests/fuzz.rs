//! Seeds and mutations of them, held against what must hold for any bytes (fuzz/README.md).
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../../fuzz/harness/files.rs"]
mod files;
#[path = "../../../fuzz/harness/json.rs"]
mod json;
#[path = "../../../fuzz/harness/mapping.rs"]
mod mapping;
#[path = "../../../fuzz/harness/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/harness/speech.rs"]
mod speech;
#[path = "../../../fuzz/harness/told.rs"]
mod told;

#[test]
fn every_message_of_any_body_becomes_something() {
    mutate::all("speech", speech::hold);
}

#[test]
fn any_json_keeps_within_the_limits() {
    mutate::all("json", json::hold);
}

#[test]
fn every_row_of_any_file_becomes_something() {
    mutate::all("files", files::hold);
}

#[test]
fn any_mapping_is_refused_with_a_reason_or_used() {
    mutate::all("mapping", mapping::hold);
}
