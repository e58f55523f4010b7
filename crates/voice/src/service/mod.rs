//! How a customer feels, in the language of service: waiting, failing, unanswered, thankful.
//!
//! A linear model over the cues of [`cues`]: the weights of all that is found are added up, as integers, to one number, the *tone*.
//! From the tone come the chances that a person would call the text negative, neutral or positive, by the ordinal logistic
//! model (McCullagh 1980) with thresholds at ∓[`CUT`]; the score is the difference of the two outer chances.
//!
//! The weights in `model.tsv` are learned by `train/` in this crate, from texts rated by people and from service messages written for
//! it. How good it is, and where it is not, is in `docs/guide/sentiment.md`.

pub mod cues;
mod phrases;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::words::{Word, words};

/// At which tone positive is as likely as not (and, below zero, negative).
pub const CUT: f64 = 1.5;

/// The score from which on a text is called positive, and below whose opposite negative.
pub const THRESHOLD: f64 = 0.3;

/// How many words a text may have before its tone is toned down: many words say more of everything.
const WORDS_FULL: f64 = 40.0;

/// How a text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Complaint, anger, disappointment.
    Negative,
    /// A question, a fact, or good and bad in balance.
    Neutral,
    /// Praise, thanks, relief.
    Positive,
}

impl Label {
    /// The label of a score.
    pub fn of(score: f64) -> Self {
        if score >= THRESHOLD {
            Self::Positive
        } else if score <= -THRESHOLD {
            Self::Negative
        } else {
            Self::Neutral
        }
    }
}

/// Words that moved a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// As they are written in the text.
    pub words: String,
    /// The byte at which they begin.
    pub from: usize,
    /// The byte after their last.
    pub to: usize,
    /// What they add to the tone: below zero for the worse, above for the better; 1.5 is decisive.
    pub weight: f64,
}

/// What a text says about how its writer feels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sentiment {
    /// From −1 (negative) to 1 (positive).
    pub score: f64,
    /// The label of the score, by [`THRESHOLD`].
    pub label: Label,
    /// The words that moved it most, the weightiest first; at most [`REASONS_MAX`].
    pub reasons: Vec<Reason>,
}

/// How many reasons are told.
pub const REASONS_MAX: usize = 6;

/// Words that move the tone by less (in thousandths) are no reason.
const REASON_MIN: i64 = 200;

static WEIGHTS: LazyLock<HashMap<&'static str, i64>> = LazyLock::new(|| {
    let lines = include_str!("model.tsv").lines().filter_map(|line| line.split_once('\t'));
    lines.filter_map(|(name, thousandths)| Some((name, thousandths.parse().ok()?))).collect()
});

/// Whether the model knows a word by its stem.
pub(crate) fn knows(stem: &str) -> bool {
    WEIGHTS.contains_key(stem)
}

/// Scores an English text. The work grows with its length.
///
/// Whether it is English is for [`read`](crate::read) to find out.
pub fn score(text: &str) -> Sentiment {
    let words = said(text);
    let mut sum = 0;
    let mut of_words = vec![0; words.len()];
    let mut of_all = 0;
    cues::each(text, &words, &mut |name, amount, place| {
        let Some(weight) = WEIGHTS.get(name) else { return };
        let weight = weight * amount / 1000;
        sum += weight;
        match place {
            Some((from, to)) => of_words[from..to].iter_mut().for_each(|share| *share += weight / (to - from) as i64),
            None if name == "%all" => of_all = weight,
            None => {}
        }
    });
    share_out(of_all, &mut of_words);
    let damped = damping(&words);
    let score = chances(sum as f64 / 1000.0 * damped);
    Sentiment { score, label: Label::of(score), reasons: reasons(text, &words, &of_words, damped) }
}

/// How letters begin and end, whatever is in them: words, and what may stand before them.
const FORMULAS: &[(&str, &[&str])] = &[
    ("dear", &[]),
    ("faithfully", &["yours"]),
    ("regards", &["best", "kind", "kindest", "warm", "warmest", "many", "with"]),
    ("sincerely", &["yours"]),
    ("wishes", &["best", "kind", "warm", "good", "with"]),
];

/// A text as words, without the formulas that letters begin and end with: "Best regards" is no praise.
pub fn said(text: &str) -> Vec<Word> {
    let mut said: Vec<Word> = Vec::new();
    for word in words(text) {
        let Some((_, before)) = FORMULAS.iter().find(|(formula, _)| *formula == word.lower) else {
            said.push(word);
            continue;
        };
        while said.last().is_some_and(|last| before.contains(&last.lower.as_str())) {
            said.pop();
        }
    }
    said
}

/// By how much a long text's tone is toned down.
pub fn damping(words: &[Word]) -> f64 {
    (WORDS_FULL / (words.len() as f64).max(WORDS_FULL)).sqrt()
}

/// The score of a tone: how much likelier positive is than negative.
fn chances(tone: f64) -> f64 {
    let chance = |tone: f64| 1.0 / (1.0 + libm::exp(-tone));
    let score = chance(tone - CUT) - chance(-tone - CUT);
    (score * 10_000.0).round() / 10_000.0 + 0.0
}

/// The weight of the whole goes to the words that pull in its direction, by how much they do.
fn share_out(of_all: i64, of_words: &mut [i64]) {
    let pull = |share: i64| if share.signum() == of_all.signum() { share.abs() } else { 0 };
    let total: i64 = of_words.iter().map(|&share| pull(share)).sum();
    if total > 0 {
        of_words.iter_mut().for_each(|share| *share += of_all * pull(*share) / total);
    }
}

/// Neighbours that pull in one direction become one reason.
fn reasons(text: &str, words: &[Word], of_words: &[i64], damped: f64) -> Vec<Reason> {
    let mut reasons: Vec<(usize, usize, i64)> = Vec::new();
    let mut last = None;
    for (at, &weight) in of_words.iter().enumerate() {
        if weight.abs() * 4 < REASON_MIN {
            continue;
        }
        match reasons.last_mut() {
            Some((_, to, sum)) if last == at.checked_sub(1) && sum.signum() == weight.signum() => {
                *to = words[at].to;
                *sum += weight;
            }
            _ => reasons.push((words[at].from, words[at].to, weight)),
        }
        last = Some(at);
    }
    reasons.retain(|(_, _, weight)| weight.abs() >= REASON_MIN);
    reasons.sort_by_key(|&(from, _, weight)| (-weight.abs(), from));
    reasons.truncate(REASONS_MAX);
    let told = |(from, to, weight): (usize, usize, i64)| Reason {
        words: text.get(from..to).unwrap_or_default().to_owned(),
        from,
        to,
        weight: weight as f64 / 1000.0 * damped,
    };
    reasons.into_iter().map(told).collect()
}
