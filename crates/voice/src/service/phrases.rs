//! Phrases of service language by what they are about: waiting, silence, failing, praise.
//!
//! `phrases.tsv` has one phrase a line, written by hand: its subject, and words one after another. `a|b` is either of them, `~` up
//! to three words of any kind. A phrase lies within one sentence, and matches all forms of its words.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::stem::stem;
use crate::words::{Kind, Word};

/// What phrases are about, and whether that is good (1) or bad (−1).
pub const SUBJECTS: &[(&str, i32)] = &[
    ("bad", -1),
    ("easy", 1),
    ("fail", -1),
    ("leave", -1),
    ("missing", -1),
    ("money", -1),
    ("nofix", -1),
    ("praise", 1),
    ("quick", 1),
    ("repeat", -1),
    ("rude", -1),
    ("silence", -1),
    ("solved", 1),
    ("stay", 1),
    ("urge", 0),
    ("wait", -1),
];

/// A stem that some phrase has, as a number from 1 on: numbers are compared faster than words.
type Number = u16;

/// What is no word of any phrase.
const OTHER: Number = 0;
/// What ends a sentence.
const END: Number = Number::MAX;

enum Part {
    OneOf(Vec<Number>),
    Gap,
}

struct Phrase {
    subject: usize,
    /// What comes after the first word.
    rest: Vec<Part>,
}

struct Phrases {
    numbers: HashMap<String, Number>,
    /// By the number of the stem that they begin with.
    beginning: Vec<Vec<Phrase>>,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut numbers: HashMap<String, Number> = HashMap::new();
    let mut beginning: Vec<Vec<Phrase>> = Vec::new();
    for (subject, phrase) in include_str!("phrases.tsv").lines().filter_map(|line| line.split_once('\t')) {
        let Some(subject) = SUBJECTS.iter().position(|(name, _)| *name == subject) else { continue };
        let mut numbered = |words: &str| {
            let mut number = |word: &str| {
                let next = numbers.len() as Number + 1;
                *numbers.entry(stem(word)).or_insert(next)
            };
            words.split('|').map(&mut number).collect::<Vec<Number>>()
        };
        let mut words = phrase.split(' ');
        for first in numbered(words.next().unwrap_or_default()) {
            let rest = words.clone().map(|word| if word == "~" { Part::Gap } else { Part::OneOf(numbered(word)) }).collect();
            let at = usize::from(first);
            beginning.resize_with(beginning.len().max(at + 1), Vec::new);
            beginning[at].push(Phrase { subject, rest });
        }
    }
    Phrases { numbers, beginning }
});

/// A phrase that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The place of its subject in [`SUBJECTS`].
    pub subject: usize,
    /// Its first word.
    pub from: usize,
    /// The word after its last.
    pub to: usize,
}

/// The phrases in a text. Each subject counts once for each word that a phrase begins with, by its longest one.
pub fn find(words: &[Word]) -> Vec<Hit> {
    let number = |word: &Word| match word.kind {
        Kind::Word | Kind::Number => PHRASES.numbers.get(&word.stem).copied().unwrap_or(OTHER),
        Kind::Stop(_) => END,
        Kind::Sign | Kind::Pause => OTHER,
    };
    let numbers: Vec<Number> = words.iter().map(number).collect();
    let mut hits: Vec<Hit> = Vec::new();
    for (from, &number) in numbers.iter().enumerate() {
        let of_this_word = hits.len();
        for phrase in PHRASES.beginning.get(usize::from(number)).into_iter().flatten() {
            let Some(to) = matched(&phrase.rest, &numbers, from + 1) else { continue };
            match hits[of_this_word..].iter_mut().find(|hit| hit.subject == phrase.subject) {
                Some(hit) => hit.to = hit.to.max(to),
                None => hits.push(Hit { subject: phrase.subject, from, to }),
            }
        }
    }
    hits
}

/// Where the rest of a phrase ends, if it stands at this place. A gap is filled with as few words as will do.
fn matched(rest: &[Part], numbers: &[Number], at: usize) -> Option<usize> {
    let Some((part, rest)) = rest.split_first() else { return Some(at) };
    match part {
        Part::OneOf(stems) if stems.contains(numbers.get(at)?) => matched(rest, numbers, at + 1),
        Part::OneOf(_) => None,
        Part::Gap => {
            for skipped in 0..=3 {
                if let Some(to) = matched(rest, numbers, at + skipped) {
                    return Some(to);
                }
                if *numbers.get(at + skipped)? == END {
                    return None;
                }
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::words;

    fn subjects(text: &str) -> Vec<&'static str> {
        let mut found: Vec<_> = find(&words(text)).iter().map(|hit| SUBJECTS[hit.subject].0).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn every_phrase_has_a_subject() {
        assert!(SUBJECTS.is_sorted());
        for line in include_str!("phrases.tsv").lines() {
            let (subject, phrase) = line.split_once('\t').unwrap();
            assert!(SUBJECTS.iter().any(|(name, _)| *name == subject), "{line}");
            assert!(!phrase.starts_with('~') && !phrase.ends_with('~') && !phrase.contains("  "), "{line}");
        }
    }

    #[test]
    fn gaps_end_with_the_sentence() {
        assert!(subjects("still patiently waiting").contains(&"wait"));
        assert!(!subjects("I am still here. Waiting is fun").contains(&"wait"));
        assert!(subjects("Nobody has ever answered me").contains(&"silence"));
        assert_eq!(subjects(""), [""; 0]);
    }
}
