//! What customers say: how they feel, about what, and how far the model that reads it can be trusted here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::Estimate;
use crate::time::Instant;

/// What customers say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Comments {
    /// Everything together.
    pub all: Mood,
    /// Texts without a score, by reason or language, the most frequent first.
    pub without: Vec<(String, u64)>,
    /// What they are about, the most frequent first.
    pub themes: Vec<CommentTheme>,
    /// How many texts the themes were made from.
    pub grouped: u64,
    /// Of these, how many belong to no theme.
    pub rest: u64,
    /// By the stage that a text speaks of, in the map's order.
    pub stages: Vec<MoodAt>,
    /// By the last touchpoint before the text, in the map's order.
    pub touchpoints: Vec<MoodAt>,
    /// Over time.
    pub over_time: Vec<MoodThen>,
    /// How the model's reading agrees with the marks that came with the texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Agreement>,
    /// How it agrees with the labels that people gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<Agreement>,
    /// The newest texts, as many as were asked for (`list`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub newest: Vec<ReadComment>,
    /// What is counted, in the plural.
    pub unit: String,
    /// Means of fewer texts than this are not told.
    pub at_least: u64,
}

/// How some texts feel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Mood {
    /// How many texts.
    pub comments: u64,
    /// Of how many customers.
    pub customers: u64,
    /// How many have a score.
    pub scored: u64,
    /// Of all that have a label, from the model or from people: negative, neutral, positive.
    pub labels: [u64; 3],
    /// Of how many customers these are.
    pub customers_by_label: [u64; 3],
    /// The mean score, from −1 to 1; null when there are too few.
    pub mean: Option<Estimate>,
    /// The share of negative ones; null when there are too few.
    pub negative: Option<Estimate>,
}

/// How texts feel at a stage or touchpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MoodAt {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How they feel.
    pub mood: Mood,
    /// The place at which these customers are listed; with a `label`, only those.
    pub place: Value,
}

/// How texts feel in a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MoodThen {
    /// When it begins.
    pub start: Instant,
    /// What it is called in the question's time zone.
    pub name: String,
    /// Whether it is not over yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// How they feel.
    pub mood: Mood,
    /// The place at which these customers are listed.
    pub place: Value,
}

/// A group of texts about one thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CommentTheme {
    /// Its most telling phrase, or what the team calls it.
    pub name: String,
    /// The code of its language; null for a theme of the team's own.
    pub language: Option<String>,
    /// What sets it apart, and how many of its texts have it.
    pub phrases: Vec<(String, u64)>,
    /// How its texts feel.
    pub mood: Mood,
    /// How many texts in each stretch of time, beginning with the first of `over_time`.
    pub trend: Vec<u64>,
    /// Typical ones.
    pub quotes: Vec<ReadComment>,
    /// The place at which these customers are listed.
    pub place: Value,
}

/// A text as it was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReadComment {
    /// By which its label can be corrected: the hash of its words.
    pub hash: String,
    /// The words.
    pub text: String,
    /// When it was written.
    pub time: Instant,
    /// The score, from −1 to 1; null when it is in no language that the model knows.
    pub score: Option<f64>,
    /// How it is meant: as people say, else as the model says; null when neither does.
    pub label: Option<Tone>,
    /// Whether people said so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub corrected: bool,
    /// The mark that came with it, from −1 (worst) to 1 (best).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<f64>,
    /// The words that moved the score, and how much: 1.5 is decisive.
    pub because: Vec<(String, f64)>,
}

/// How a text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Complaint, anger, disappointment.
    Negative,
    /// A question, a fact, or good and bad in balance.
    Neutral,
    /// Praise, thanks, relief.
    Positive,
}

impl Tone {
    /// All, from worst to best.
    pub const ALL: [Tone; 3] = [Tone::Negative, Tone::Neutral, Tone::Positive];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Tone::Negative => "negative",
            Tone::Neutral => "neutral",
            Tone::Positive => "positive",
        }
    }
}

/// The hash by which a text's label is corrected: of its words, without the space around them.
pub fn text_hash(text: &str) -> String {
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.trim().as_bytes()))
}

/// How far the model's reading agrees with something else that is known of the same texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Agreement {
    /// Texts of which both are known.
    pub n: u64,
    /// The share with the same label, with its interval.
    pub same: Option<Estimate>,
    /// Pearson's correlation of score and mark, with Fisher's interval; null for labels.
    pub correlation: Option<Estimate>,
    /// How many, by label of the other (negative, neutral, positive), then of the model.
    pub confusion: [[u64; 3]; 3],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_hash_for_ever() {
        // Labels that people gave are kept by it.
        assert_eq!(text_hash(" It never arrived.\n"), text_hash("It never arrived."));
        assert_eq!(text_hash(""), "2d06800538d394c2");
    }
}
