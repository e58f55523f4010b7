//! VADER's own figures: its examples, its two rated sets where they are at hand, and cases made to be difficult.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a panic is how a test fails, and a skipped test says so")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use periplus_voice::vader::{Vader, score};
use serde_json::Value;
use support::{correlation, rated, reference};

fn same(text: &str, found: Vader, expected: [f64; 4]) {
    assert_eq!([found.pos, found.neg, found.neu, found.compound], expected, "{text:?}");
}

#[test]
fn difficult_cases_as_the_original_scores_them() {
    for line in include_str!("vader.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = case[0].as_str().unwrap();
        same(text, score(text), [1, 2, 3, 4].map(|at| case[at].as_f64().unwrap()));
    }
}

#[test]
fn the_examples_of_its_authors() {
    let Some(golden) = reference("golden/sentiment_vader.json") else { return };
    let golden: Value = serde_json::from_slice(&golden).unwrap();
    for case in golden["sentences"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        same(text, score(text), ["pos", "neg", "neu", "compound"].map(|name| case[name].as_f64().unwrap()));
    }
}

#[test]
fn the_rated_sets() {
    let Some(golden) = reference("golden/sentiment_vader.json") else { return };
    let golden: Value = serde_json::from_slice(&golden).unwrap();
    for set in ["tweets", "amazonReviewSnippets"] {
        let Some(texts) = rated(set) else { return };
        let golden = &golden[format!("vader_gt_{set}")];
        assert_eq!(texts.len() as u64, golden["n"].as_u64().unwrap());
        let scores: Vec<f64> = texts.iter().map(|rated| score(&rated.text).compound).collect();
        for (score, expected) in scores.iter().zip(golden["first5"].as_array().unwrap()) {
            assert_eq!(*score, expected.as_f64().unwrap());
        }
        let sum: f64 = scores.iter().sum();
        assert!((sum - golden["sum_compound"].as_f64().unwrap()).abs() < 1e-6, "{set}: the scores add up to {sum}");
        let pairs: Vec<(f64, f64)> = scores.into_iter().zip(texts.iter().map(|rated| rated.rating)).collect();
        let found = correlation(&pairs);
        assert!((found - golden["pearson"].as_f64().unwrap()).abs() < 1e-9, "{set}: the correlation is {found}");
    }
}
