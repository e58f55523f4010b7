//! VADER: the sum of how good or bad people find each word, with rules for negation, emphasis and contrast.
//!
//! The rules are those of vaderSentiment 3.3.2, accidents included, so that figures can be compared with everybody else's.
//! C.J. Hutto and E.E. Gilbert, *VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text*, ICWSM 2014.
//!
//! It was made for tweets. On service language it is often wrong ("still not fixed" is neutral to it), which is why there is
//! [`service`](crate::service).

mod lexicon;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use serde::{Deserialize, Serialize};

pub use lexicon::{boost, negates, told as picture, valence};

/// What VADER says of a text. The three shares add up to 1, or are all 0 for a text without words.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Vader {
    /// The share that is good, to three decimals.
    pub pos: f64,
    /// The share that is bad, to three decimals.
    pub neg: f64,
    /// The share that is neither, to three decimals.
    pub neu: f64,
    /// From −1 (bad) to 1 (good), to four decimals.
    pub compound: f64,
}

/// Scores a text. The work grows with its length.
pub fn score(text: &str) -> Vader {
    let text = emoji_in_words(text);
    let words = Words::of(&text);
    if words.lower.is_empty() {
        return Vader::default();
    }
    let mut valences: Vec<f64> = (0..words.lower.len()).map(|at| words.valence(at)).collect();
    weigh_contrast(&words.lower, &mut valences);
    figures(&valences, emphasis(&text))
}

/// Emoji as words, set apart from what stands before them (and, as there, not from what follows).
fn emoji_in_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_space = true;
    for sign in text.chars() {
        if let Some(told) = lexicon::told(sign) {
            if !after_space {
                out.push(' ');
            }
            out.push_str(told);
            after_space = false;
        } else {
            out.push(sign);
            after_space = sign == ' ';
        }
    }
    out
}

/// White space as Python sees it: four control characters more than Unicode's property.
fn is_space(sign: char) -> bool {
    sign.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&sign)
}

/// In capitals: there are letters with case, and all are capitals.
fn in_capitals(word: &str) -> bool {
    let titlecase = |c: char| matches!(c, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ' | '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}' | '\u{1fa8}'..='\u{1faf}' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}');
    word.chars().any(|c| c.is_uppercase() && !titlecase(c)) && !word.chars().any(|c| c.is_lowercase() || titlecase(c))
}

/// A word without punctuation around it, unless it is then so short that it was rather an emoticon.
fn bare(token: &str) -> &str {
    let stripped = token.trim_matches(|c: char| c.is_ascii_punctuation());
    if stripped.chars().nth(2).is_none() { token } else { stripped }
}

struct Words {
    lower: Vec<String>,
    capitals: Vec<bool>,
    known: Vec<Option<f64>>,
    /// Some words are in capitals and some are not, so that capitals are emphasis.
    capitals_mean: bool,
}

const NEGATION: f64 = -0.74;
const CAPITALS: f64 = 0.733;

impl Words {
    fn of(text: &str) -> Self {
        let written: Vec<&str> = text.split(is_space).filter(|token| !token.is_empty()).map(bare).collect();
        let lower: Vec<String> = written.iter().map(|word| word.to_lowercase()).collect();
        let capitals: Vec<bool> = written.iter().map(|word| in_capitals(word)).collect();
        let known = lower.iter().map(|word| lexicon::valence(word)).collect();
        let capitals_mean = capitals.iter().any(|&c| c) && !capitals.iter().all(|&c| c);
        Self { lower, capitals, known, capitals_mean }
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.lower.get(at).is_some_and(|found| found == word)
    }

    fn before(&self, at: usize, back: usize, word: &str) -> bool {
        at >= back && self.is(at - back, word)
    }

    fn valence(&self, at: usize) -> f64 {
        let word = &self.lower[at];
        if lexicon::boost(word).is_some() || (word == "kind" && self.is(at + 1, "of")) {
            return 0.0;
        }
        let Some(known) = self.known[at] else { return 0.0 };
        let mut valence = known;
        // "no" is a word of its own, or turns the next one round.
        if word == "no" && self.known.get(at + 1).is_some_and(Option::is_some) {
            valence = 0.0;
        }
        let joined = self.before(at, 1, "or") || self.before(at, 1, "nor");
        if self.before(at, 1, "no") || self.before(at, 2, "no") || (self.before(at, 3, "no") && joined) {
            valence = known * NEGATION;
        }
        if self.capitals_mean && self.capitals[at] {
            valence += if valence > 0.0 { CAPITALS } else { -CAPITALS };
        }
        for back in 1..=3 {
            if at < back || self.known[at - back].is_some() {
                continue;
            }
            let weight = [1.0, 0.95, 0.9][back - 1];
            valence += self.boost(at - back, valence) * weight;
            valence = self.negated(at, back, valence);
            if back == 3 {
                valence = self.idioms(at, valence);
            }
        }
        self.least(at, valence)
    }

    fn boost(&self, at: usize, valence: f64) -> f64 {
        let Some(mut boost) = lexicon::boost(&self.lower[at]) else { return 0.0 };
        if valence < 0.0 {
            boost = -boost;
        }
        if self.capitals[at] && self.capitals_mean {
            boost += if valence > 0.0 { CAPITALS } else { -CAPITALS };
        }
        boost
    }

    fn negated(&self, at: usize, back: usize, valence: f64) -> f64 {
        let so = |back: usize| self.before(at, back, "so") || self.before(at, back, "this");
        let never = self.before(at, back, "never");
        let without = self.before(at, back, "without");
        let doubt = |back: usize| self.before(at, back, "doubt");
        match back {
            2 if never && so(1) => return valence * 1.25,
            2 if without && doubt(1) => return valence,
            3 if (never && so(2)) || so(1) => return valence * 1.25,
            3 if without && (doubt(2) || doubt(1)) => return valence,
            _ => {}
        }
        if lexicon::negates(&self.lower[at - back]) { valence * NEGATION } else { valence }
    }

    /// Phrases around a word that has three words before it.
    fn idioms(&self, at: usize, mut valence: f64) -> f64 {
        let phrase = |from: usize, to: usize| self.lower[from..=to].join(" ");
        let before = [(at - 1, at), (at - 2, at), (at - 2, at - 1), (at - 3, at - 1), (at - 3, at - 2)];
        if let Some(idiom) = before.iter().find_map(|&(from, to)| lexicon::idiom(&phrase(from, to))) {
            valence = idiom;
        }
        for to in [at + 1, at + 2] {
            if to < self.lower.len()
                && let Some(idiom) = lexicon::idiom(&phrase(at, to))
            {
                valence = idiom;
            }
        }
        for (from, to) in [(at - 3, at - 1), (at - 3, at - 2), (at - 2, at - 1)] {
            valence += lexicon::boost(&phrase(from, to)).unwrap_or(0.0);
        }
        valence
    }

    fn least(&self, at: usize, valence: f64) -> f64 {
        let least = self.before(at, 1, "least") && self.known[at - 1].is_none();
        let softened = self.before(at, 2, "at") || self.before(at, 2, "very");
        if least && !softened { valence * NEGATION } else { valence }
    }
}

/// What stands before the first "but" counts half, what comes after it one and a half times.
///
/// As there, each valence in turn changes the *first* one that equals it, which need not be itself. Equal ones are kept in
/// heaps, so that this takes no longer for long texts.
fn weigh_contrast(words: &[String], valences: &mut [f64]) {
    let Some(but) = words.iter().position(|word| word == "but") else { return };
    // Adding zero makes one of the two zeros, which are equal, too.
    let key = |valence: f64| (valence + 0.0).to_bits();
    let mut places: HashMap<u64, BinaryHeap<Reverse<usize>>> = HashMap::new();
    for (at, &valence) in valences.iter().enumerate() {
        places.entry(key(valence)).or_default().push(Reverse(at));
    }
    for at in 0..valences.len() {
        let valence = valences[at];
        if valence == 0.0 {
            continue;
        }
        let Some(equal) = places.get_mut(&key(valence)) else { continue };
        let Some(&Reverse(first)) = equal.peek() else { continue };
        let weight = match first.cmp(&but) {
            std::cmp::Ordering::Less => 0.5,
            std::cmp::Ordering::Equal => continue,
            std::cmp::Ordering::Greater => 1.5,
        };
        equal.pop();
        valences[first] = valence * weight;
        places.entry(key(valences[first])).or_default().push(Reverse(first));
    }
}

/// What exclamation and question marks add.
fn emphasis(text: &str) -> f64 {
    let exclamations = text.matches('!').count().min(4) as f64 * 0.292;
    let questions = match text.matches('?').count() {
        0 | 1 => 0.0,
        few @ 2..=3 => few as f64 * 0.18,
        _ => 0.96,
    };
    exclamations + questions
}

fn figures(valences: &[f64], emphasis: f64) -> Vader {
    let mut sum: f64 = valences.iter().sum();
    if sum > 0.0 {
        sum += emphasis;
    } else if sum < 0.0 {
        sum -= emphasis;
    }
    let compound = (sum / (sum * sum + 15.0).sqrt()).clamp(-1.0, 1.0);
    // One is added to each, since a word that is neither counts one.
    let mut good: f64 = valences.iter().filter(|&&v| v > 0.0).map(|v| v + 1.0).sum();
    let mut bad: f64 = valences.iter().filter(|&&v| v < 0.0).map(|v| 1.0 - v).sum();
    let neither = valences.iter().filter(|&&v| v == 0.0).count() as f64;
    if good > bad {
        good += emphasis;
    } else if good < bad {
        bad += emphasis;
    }
    let total = good + bad + neither;
    Vader { pos: rounded(good / total, 3), neg: rounded(bad / total, 3), neu: rounded(neither / total, 3), compound: rounded(compound, 4) }
}

/// To so many decimals, as Python rounds: by the exact value, ties to even.
fn rounded(value: f64, decimals: usize) -> f64 {
    let rounded: f64 = format!("{value:.decimals$}").parse().unwrap_or(value);
    rounded + 0.0
}
