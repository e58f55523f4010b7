//! What the model is for, by examples, and that it tells why.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use periplus_voice::service::{REASONS_MAX, THRESHOLD, score};
use periplus_voice::{Label, Reading, read};

fn all(label: Label, texts: &[&str]) {
    for text in texts {
        let found = score(text);
        assert_eq!(found.label, label, "{text}: {found:?}");
    }
}

#[test]
fn success_that_did_not_come() {
    all(
        Label::Negative,
        &[
            "It's still not working.",
            "My order never arrived.",
            "Nobody called me back.",
            "The refund has not come yet.",
            "I cannot log in to my account.",
            "No reply after two weeks.",
        ],
    );
}

#[test]
fn waiting_and_asking_again() {
    all(
        Label::Negative,
        &["I waited an hour on the phone.", "I had to call four times.", "We are still waiting for the technician.", "Where is my refund?"],
    );
}

#[test]
fn cheerful_words_about_failures() {
    all(
        Label::Negative,
        &["Great, another hour on hold.", "Thanks for losing my parcel.", "Wonderful, the app is down again.", "Lovely, still no answer."],
    );
}

#[test]
fn trouble_that_was_avoided_or_ended() {
    all(
        Label::Positive,
        &[
            "No problems at all.",
            "I didn't have to wait.",
            "It works again, thank you!",
            "My problem was solved right away.",
            "Never had any trouble with them.",
            "Your technician was friendly and quick.",
        ],
    );
}

#[test]
fn questions_and_facts() {
    all(
        Label::Neutral,
        &[
            "What are your opening hours?",
            "Please change my address.",
            "I ordered it on Monday.",
            "How can I return an item?",
            "My order number is 48213.",
        ],
    );
}

#[test]
fn what_moved_a_score_is_told_with_its_place() {
    let text = "The courier was friendly, but my parcel is broken and nobody answers.";
    let found = score(text);
    assert!(!found.reasons.is_empty() && found.reasons.len() <= REASONS_MAX);
    assert!(found.reasons.is_sorted_by(|a, b| a.weight.abs() >= b.weight.abs()));
    assert!(found.reasons.iter().all(|reason| text[reason.from..reason.to] == reason.words));
    let of = |word: &str| found.reasons.iter().find(|reason| reason.words.contains(word)).map(|reason| reason.weight);
    assert!(of("friendly").unwrap() > 0.0 && of("nobody answers").unwrap() < 0.0 && of("broken").unwrap() < 0.0);
}

#[test]
fn formulas_of_letters_say_nothing() {
    let plain = score("My parcel is lost.");
    let letter = score("Dear Ms Lee, my parcel is lost. Yours sincerely, Ana");
    assert_eq!((plain.label, letter.label), (Label::Negative, Label::Negative));
    assert!(score("With kind regards, Ana").reasons.iter().all(|reason| !reason.words.contains("regards")));
}

#[test]
fn labels_follow_the_threshold() {
    for (score, label) in [(-1.0, -1), (-THRESHOLD, -1), (-0.299, 0), (0.0, 0), (0.299, 0), (THRESHOLD, 1), (1.0, 1)] {
        let expected = [Label::Negative, Label::Neutral, Label::Positive][(label + 1) as usize];
        assert_eq!(Label::of(score), expected);
    }
}

#[test]
fn a_reading_as_json() {
    let told = |text: &str| serde_json::to_value(read(text)).unwrap();
    assert_eq!(told("Wo ist meine Bestellung?"), serde_json::json!({"outcome": "other_language", "language": "de"}));
    assert_eq!(told("Super"), serde_json::json!({"outcome": "language_unclear"}));
    assert_eq!(told(" "), serde_json::json!({"outcome": "empty"}));
    let scored = told("Nobody called me back.");
    assert_eq!((&scored["outcome"], &scored["label"]), (&"scored".into(), &"negative".into()));
    assert!(matches!(read("Nobody called me back."), Reading::Scored(_)));
}
