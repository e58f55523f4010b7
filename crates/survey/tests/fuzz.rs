//! Seeds and mutations of them, held against what must hold for any bytes (fuzz/README.md).
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../../fuzz/harness/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/harness/survey.rs"]
mod survey;

#[test]
fn any_survey_is_refused_with_a_reason_or_can_be_answered() {
    mutate::all("survey", survey::hold);
}
