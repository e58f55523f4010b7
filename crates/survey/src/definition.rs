//! What a survey declares. The doc comments below are the reference and the schema's descriptions.

use std::collections::BTreeMap;

use periplus_model::{Condition, Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A survey: what is asked, of whom, when and how. A file `surveys/ID.toml` in the data folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// What people read above the questions.
    pub title: Text,
    /// The languages in which it can be answered, as two-letter codes or with a region (`de`, `pt-BR`). The first is the one for
    /// everybody who reads none of them.
    #[schemars(length(min = 1, max = 40))]
    pub languages: Vec<String>,
    /// A sentence or two below the title: what it is about, how long it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intro: Option<Text>,
    /// What people read after they answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thanks: Option<Text>,
    /// The id of the touchpoint that it is about, which every response carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touchpoint: Option<String>,
    /// The id of the journey map whose touchpoints, stages and personas this file speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<String>,
    /// How people come to it; by none of these ways when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Nobody is asked, and nothing is taken, before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<Instant>,
    /// Nobody is asked, and nothing is taken, from this time on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<Instant>,
    /// Whom to ask: a condition about customers (`trait`, `did`, `sequence`, `member`). Everybody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<Condition>,
    /// After what to ask. At any time when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// The share of these people that is asked, from 0 to 1; all of them when absent. It is the same people each time, and other
    /// people for another survey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Whoever was asked by any survey within this span is not asked by this one; the workspace's `quiet` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Span>,
    /// Whoever answered may be asked again so long after it; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Span>,
    /// For how long a link that was sent can be used; 30 days when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Span>,
    /// The questions, in the order in which they are asked.
    #[serde(rename = "question")]
    #[schemars(length(min = 1, max = 50))]
    pub questions: Vec<Question>,
}

/// A text for people: one for all languages, or one for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Text {
    /// The same in all languages.
    Same(String),
    /// By language.
    By(BTreeMap<String, String>),
}

/// How people come to a survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A page that everybody can open who has its address, `/s/ID`: on a receipt, as a QR code. It is not known who answers.
    Page,
    /// In the page of a shop, by the widget.
    Widget,
    /// By links that are sent to people, by e-mail or however: it is known who answers.
    Email,
}

impl Channel {
    /// Its name, as in files and events.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Page => "page",
            Channel::Widget => "widget",
            Channel::Email => "email",
        }
    }
}

/// After what somebody is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// An event's name, or a condition about events (`{ touchpoint = "delivery" }`). The last such event counts.
    pub what: Condition,
    /// How long after it; at once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Span>,
    /// How long after it at most; 30 days when absent. What is longer ago is remembered wrongly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// A short id: lower-case letters, digits, `-` and `_`.
    pub id: String,
    /// What sort of answer it takes.
    pub kind: Kind,
    /// The question.
    pub text: Text,
    /// A remark below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
    /// Whether it must be answered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// What the lowest mark means, where marks are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Text>,
    /// What the highest mark means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Text>,
    /// What there is to choose from, where something is chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub options: Vec<Choice>,
    /// Whether several can be chosen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub many: bool,
    /// How many characters a text may have; 2,000 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_max: Option<usize>,
    /// Which question comes next: the first of these whose condition holds. The one below when there are none, or none holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub next: Vec<Next>,
}

/// What sort of answer a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// How likely somebody is to recommend you, 0 to 10.
    Nps,
    /// How satisfied somebody is, 1 to 5.
    Csat,
    /// How easy it was, 1 (very hard) to 7 (very easy).
    Ces,
    /// Stars, 1 to 5.
    Stars,
    /// One or several of the options.
    Choice,
    /// Words.
    Text,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 6] = [Kind::Nps, Kind::Csat, Kind::Ces, Kind::Stars, Kind::Choice, Kind::Text];

    /// Its name, as in files and events.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Nps => "nps",
            Kind::Csat => "csat",
            Kind::Ces => "ces",
            Kind::Stars => "stars",
            Kind::Choice => "choice",
            Kind::Text => "text",
        }
    }

    /// The lowest and the highest mark, where marks are given.
    pub fn marks(self) -> Option<(u8, u8)> {
        match self {
            Kind::Nps => Some((0, 10)),
            Kind::Csat | Kind::Stars => Some((1, 5)),
            Kind::Ces => Some((1, 7)),
            Kind::Choice | Kind::Text => None,
        }
    }
}

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// A short id, which is what responses have: lower-case letters, digits, `-` and `_`.
    pub id: String,
    /// What people read.
    pub text: Text,
}

/// A way on from a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Next {
    /// What the answer must be; anything, and nothing, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// The id of a question further down, or `end`.
    pub go: String,
}

/// What an answer must be. All that is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// A mark of at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u8>,
    /// A mark of at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u8>,
    /// One of these options was chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<String>,
    /// Whether it was answered at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<bool>,
}

/// For how long a link can be used where the survey does not say.
pub const EXPIRES: Span = Span::days(30);
/// How long after its event somebody is asked at most, where the survey does not say.
pub const WITHIN: Span = Span::days(30);
/// Nobody is asked again within this span, where neither survey nor workspace says.
pub const QUIET: Span = Span::days(30);
/// How many characters a text may have, where the question does not say.
pub const LENGTH: usize = 2_000;
/// How many characters a text may have at most.
pub const LENGTH_MAX: usize = 5_000;
/// Where a way on ends the survey.
pub const END: &str = "end";

impl Survey {
    /// The question with this id, and its place.
    pub fn question(&self, id: &str) -> Option<(usize, &Question)> {
        self.questions.iter().enumerate().find(|(_, question)| question.id == id)
    }

    /// The first question that gives a mark: its answer is the score of a response.
    pub fn scored(&self) -> Option<&Question> {
        self.questions.iter().find(|question| question.kind.marks().is_some())
    }

    /// Whether it takes answers at a time.
    pub fn is_open(&self, at: Instant) -> bool {
        self.opens.is_none_or(|opens| at >= opens) && self.closes.is_none_or(|closes| at < closes)
    }

    /// The language of the survey for somebody who reads these, best first (as in `Accept-Language`, without weights): the first that
    /// there is, with or without its region; else the survey's first.
    pub fn language<'s>(&'s self, wanted: &[&str]) -> &'s str {
        let base = |code: &str| code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let exact = |code: &&str| self.languages.iter().find(|known| known.eq_ignore_ascii_case(&code.replace('_', "-")));
        let alike = |code: &&str| self.languages.iter().find(|known| base(known) == base(code));
        let found = wanted.iter().find_map(|code| exact(code).or_else(|| alike(code)));
        found.or(self.languages.first()).map_or("en", String::as_str)
    }

    /// The first language.
    pub fn fallback(&self) -> &str {
        self.languages.first().map_or("en", String::as_str)
    }

    /// A text of this survey in a language, else in the first one.
    pub fn say<'t>(&self, text: &'t Text, language: &str) -> &'t str {
        match text {
            Text::Same(text) => text,
            Text::By(texts) => texts.get(language).or_else(|| texts.get(self.fallback())).map_or("", String::as_str),
        }
    }
}

impl Question {
    /// How many characters a text may have.
    pub fn length(&self) -> usize {
        self.length_max.unwrap_or(LENGTH).min(LENGTH_MAX)
    }

    /// Whether the answer decides what comes next.
    pub fn branches(&self) -> bool {
        self.next.iter().any(|next| next.when.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_spoken_to_in_a_language_that_there_is() {
        let text = "title='T'\nlanguages=['en','de','pt-BR']\n[[question]]\nid='q'\nkind='text'\ntext={en='Why?', de='Warum?'}\n";
        let survey = Survey::parse(text).unwrap();
        for (wanted, language) in [
            (&["de-AT", "en"][..], "de"),
            (&["fr", "en-GB"], "en"),
            (&["pt_br"], "pt-BR"),
            (&["pt"], "pt-BR"),
            (&["xx"], "en"),
            (&[], "en"),
        ] {
            assert_eq!(survey.language(wanted), language, "{wanted:?}");
        }
        let asked = &survey.questions[0].text;
        assert_eq!((survey.say(asked, "de"), survey.say(asked, "pt-BR"), survey.say(&survey.title, "de")), ("Warum?", "Why?", "T"));
    }
}
