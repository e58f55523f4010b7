//! What customers say: how they feel, and what about.
//!
//! [`read`] scores one text: it tells its language ([`language`]), and only if that is English lets the model of service language
//! ([`service`]) score it; for any other it says so instead of a score. [`themes()`] groups many texts. [`vader`] is the
//! widely used word-list scorer, equal to the last decimal, to compare with. All of them read a text as [`words`].
//!
//! There are no files, no clock and no chance here: the same text has the same score on every machine, to the last bit, and work
//! grows with the length of the text and no faster. The word lists and weights are part of the crate (`*.tsv` beside the code that
//! reads them); how the weights were learned is in `train/`, how good they are in `docs/guide/sentiment.md`.
//!
//! To add a phrase of service language, write a line in `service/phrases.tsv` and learn again. To add a cue, add it to the table of
//! [`service::cues`] and learn again. To add a language that can be told, write a line in `language/words.tsv` and an entry in
//! [`language::ALL`]. After each, `tests/scores.rs` says whether the model became better or worse.

pub mod language;
pub mod service;
mod stem;
pub mod themes;
pub mod vader;
pub mod words;

use serde::Serialize;

pub use language::Language;
pub use service::{Label, Reason, Sentiment};
pub use themes::{OwnTheme, Settings, Theme, Themes, themes};

/// What could be read in a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Reading {
    /// It is English, or nothing but emoji: how its writer feels.
    Scored(Sentiment),
    /// It is in a language that the model was not made for, and has no score.
    OtherLanguage {
        /// Which one.
        language: Language,
    },
    /// It is too short, or too mixed, to tell in which language it is, and has no score.
    LanguageUnclear,
    /// There is nothing to read: no word and no emoji.
    Empty,
}

impl Reading {
    /// The score, if there is one.
    pub fn sentiment(&self) -> Option<&Sentiment> {
        match self {
            Self::Scored(sentiment) => Some(sentiment),
            _ => None,
        }
    }
}

/// Reads a text: tells its language, and scores it if the model was made for that. The work grows with its length.
pub fn read(text: &str) -> Reading {
    match language::tell(text) {
        language::Told::Is(Language::ENGLISH) => Reading::Scored(service::score(text)),
        language::Told::Is(language) => Reading::OtherLanguage { language },
        language::Told::Unclear => Reading::LanguageUnclear,
        // Emoji and emoticons are of no language.
        language::Told::Wordless if words::words(text).iter().any(|word| word.kind == words::Kind::Sign) => {
            Reading::Scored(service::score(text))
        }
        language::Told::Wordless => Reading::Empty,
    }
}
