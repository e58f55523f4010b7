//! The phrases that comments are compared by: one to three words without those that say nothing.

use std::collections::HashMap;

use crate::language::{self, Language};
use crate::vader;
use crate::words::{Kind, Word};

/// How many phrases comments of one language are compared by.
const TERMS_MAX: usize = 800;

/// How many phrases of one comment count.
const OF_COMMENT_MAX: usize = 64;

/// A phrase is everywhere, and tells nothing, from this share of comments on.
const SHARE_MAX: f64 = 0.5;

/// Negations, which make a phrase but are none.
const NEGATING: &[&str] = &["no", "not", "never", "nicht", "kein", "keine", "pas", "sans", "nunca", "non", "niet", "geen"];

/// English words that say something only beside others, and those with which people begin: a theme is not about "time", "great" or "sorry".
const BROAD: &[&str] = &[
    "able",
    "absolut",
    "absolutely",
    "actually",
    "again",
    "ago",
    "almost",
    "already",
    "although",
    "another",
    "anyth",
    "anything",
    "around",
    "ask",
    "away",
    "become",
    "begin",
    "believ",
    "believe",
    "best",
    "better",
    "big",
    "bit",
    "brand",
    "bring",
    "call",
    "came",
    "car",
    "certain",
    "certainly",
    "come",
    "complet",
    "completely",
    "day",
    "dear",
    "definit",
    "definitely",
    "different",
    "either",
    "else",
    "end",
    "enough",
    "especially",
    "even",
    "every",
    "everyth",
    "everything",
    "expect",
    "far",
    "feel",
    "felt",
    "few",
    "final",
    "finally",
    "find",
    "five",
    "folk",
    "found",
    "four",
    "frank",
    "frankly",
    "full",
    "gave",
    "get",
    "give",
    "given",
    "go",
    "going",
    "gone",
    "great",
    "guys",
    "half",
    "happen",
    "hello",
    "help",
    "hey",
    "hi",
    "honest",
    "honestly",
    "hope",
    "hour",
    "however",
    "instead",
    "just",
    "keep",
    "kept",
    "kind",
    "knew",
    "know",
    "left",
    "less",
    "let",
    "like",
    "littl",
    "live",
    "long",
    "look",
    "lot",
    "love",
    "made",
    "mak",
    "make",
    "maybe",
    "mean",
    "minut",
    "month",
    "must",
    "need",
    "new",
    "next",
    "nothing",
    "obvious",
    "obviously",
    "often",
    "ok",
    "okay",
    "old",
    "part",
    "people",
    "perhaps",
    "person",
    "piec",
    "pleas",
    "please",
    "put",
    "quit",
    "rather",
    "read",
    "real",
    "really",
    "regard",
    "right",
    "said",
    "saw",
    "say",
    "second",
    "see",
    "seem",
    "seen",
    "sent",
    "serious",
    "seriously",
    "set",
    "show",
    "side",
    "simply",
    "sinc",
    "single",
    "someth",
    "something",
    "sometim",
    "soon",
    "sorri",
    "sorry",
    "still",
    "stuff",
    "sure",
    "tak",
    "take",
    "taken",
    "tell",
    "ten",
    "thank",
    "thing",
    "think",
    "third",
    "though",
    "thought",
    "three",
    "time",
    "today",
    "told",
    "took",
    "total",
    "totally",
    "toward",
    "tri",
    "try",
    "turn",
    "twice",
    "ugh",
    "unbeliev",
    "unbelievable",
    "until",
    "use",
    "used",
    "usual",
    "usually",
    "want",
    "way",
    "week",
    "well",
    "went",
    "whole",
    "within",
    "without",
    "word",
    "work",
    "wow",
    "year",
    "yesterday",
    "yet",
];

/// Whether a phrase names nothing: of its English words, each is broad, or only praises or blames. What is not so is something: "never came".
fn names_nothing(language: Language, stems: &str, written: &str) -> bool {
    let judges = |word: &str| vader::valence(word).is_some_and(|valence| valence.abs() >= 1.5);
    let is_empty = |(stem, word): (&str, &str)| BROAD.contains(&stem) || BROAD.contains(&word) || judges(word);
    language == Language::ENGLISH && stems.split(' ').zip(written.split(' ')).all(is_empty)
}

/// The phrases of some comments.
pub struct Terms {
    /// How each is written most often.
    pub written: Vec<String>,
    /// Of how many words.
    pub words: Vec<usize>,
    /// How many comments have it.
    pub comments: Vec<usize>,
    /// Which of them each comment has, ascending.
    pub of_comment: Vec<Vec<u32>>,
}

/// The phrases in one comment by their stems, with how they are written there; each once.
pub fn phrases(language: Language, comment: &[Word]) -> Vec<(String, String)> {
    let pieces = pieces(language, comment);
    let mut phrases: Vec<(String, String)> = Vec::new();
    for from in 0..pieces.len() {
        let (mut stems, mut written) = (String::new(), String::new());
        for (to, piece) in pieces.iter().enumerate().skip(from).take(3) {
            let Some((stem, lower)) = piece else { break };
            if to > from {
                stems.push(' ');
                written.push(' ');
            }
            stems.push_str(stem);
            written.push_str(lower);
            let ends_well = !NEGATING.contains(&lower.as_str());
            if ends_well && !names_nothing(language, &stems, &written) {
                phrases.push((stems.clone(), written.clone()));
            }
        }
    }
    phrases.sort_unstable();
    phrases.dedup_by(|a, b| a.0 == b.0);
    phrases
}

/// The words that say something, as stem and as written; none where a phrase cannot go on.
fn pieces(language: Language, comment: &[Word]) -> Vec<Option<(String, String)>> {
    let mut pieces = Vec::new();
    for word in comment {
        if word.kind != Kind::Word {
            pieces.push(None);
        } else if word.lower.chars().any(is_unspaced) {
            pairs(&word.lower, &mut pieces);
        } else if NEGATING.contains(&word.lower.as_str()) {
            pieces.push(Some((word.lower.clone(), word.lower.clone())));
        } else if word.lower.chars().nth(1).is_none() || language::is_function_word(language, &word.lower) {
            pieces.push(None);
        } else {
            let stem = if language == Language::ENGLISH { &word.stem } else { &word.lower };
            pieces.push(Some((stem.clone(), word.lower.clone())));
        }
    }
    pieces
}

/// Letters of scripts that put no spaces between words.
fn is_unspaced(sign: char) -> bool {
    matches!(u32::from(sign), 0xe00..=0xe7f | 0x3040..=0x30ff | 0x3400..=0x9fff | 0x20000..=0x2ffff)
}

/// Two letters at a time stand for the words of scripts without spaces.
fn pairs(run: &str, pieces: &mut Vec<Option<(String, String)>>) {
    let signs: Vec<char> = run.chars().collect();
    for pair in signs.windows(2) {
        let pair: String = pair.iter().collect();
        pieces.push(Some((pair.clone(), pair)));
        pieces.push(None);
    }
}

/// The phrases that comments are compared by: those that many have, though not all, the weightiest first.
pub fn terms(language: Language, group: &[usize], read: &[Vec<Word>], comments_min: usize) -> Terms {
    let of_group: Vec<Vec<(String, String)>> = group.iter().map(|&at| phrases(language, &read[at])).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    of_group.iter().flatten().for_each(|(stems, _)| *counts.entry(stems).or_default() += 1);

    let at_least = comments_min.max(2).max(group.len() / 1000);
    // Of ten comments, all may be about one thing.
    let at_most = ((group.len() as f64 * SHARE_MAX) as usize).max(10);
    let mut kept: Vec<(&str, usize)> =
        counts.iter().filter(|&(_, &count)| (at_least..=at_most).contains(&count)).map(|(&stems, &count)| (stems, count)).collect();
    let words = |stems: &str| stems.split(' ').count();
    // Longer phrases tell more: "late delivery" before "late".
    let weight =
        |stems: &str, count: usize| count as f64 * (group.len() as f64 / count as f64).ln_1p() * (1.0 + 0.5 * (words(stems) - 1) as f64);
    kept.sort_by(|a, b| weight(b.0, b.1).total_cmp(&weight(a.0, a.1)).then(a.0.cmp(b.0)));
    kept.truncate(TERMS_MAX);

    let numbers: HashMap<&str, u32> = kept.iter().zip(0..).map(|(&(stems, _), number)| (stems, number)).collect();
    let mut forms: Vec<HashMap<&str, usize>> = vec![HashMap::new(); kept.len()];
    let mut of_comment = Vec::with_capacity(group.len());
    for phrases in &of_group {
        let mut of_this: Vec<u32> = Vec::new();
        for (stems, written) in phrases {
            let Some(&number) = numbers.get(stems.as_str()) else { continue };
            of_this.push(number);
            *forms[number as usize].entry(written).or_default() += 1;
        }
        of_this.sort_unstable();
        of_this.truncate(OF_COMMENT_MAX);
        of_comment.push(of_this);
    }
    let most = |forms: &HashMap<&str, usize>| {
        forms.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0))).map_or_else(String::new, |(form, _)| (*form).to_owned())
    };
    Terms {
        written: forms.iter().map(most).collect(),
        words: kept.iter().map(|(stems, _)| words(stems)).collect(),
        comments: kept.iter().map(|&(_, count)| count).collect(),
        of_comment,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::words::words;

    /// How many comments have these words next to each other: sought in each comment, one word after the other.
    fn comments_with(phrase: &str, comments: &[Vec<&str>]) -> usize {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        comments.iter().filter(|comment| comment.windows(phrase.len()).any(|window| window == phrase)).count()
    }

    proptest! {
        #[test]
        fn comments_are_counted_as_by_looking_into_each(
            comments in prop::collection::vec(
                prop::collection::vec(prop::sample::select(vec!["parcel", "courier", "app", "shop", "refund"]), 0..6),
                4..30,
            ),
        ) {
            let read: Vec<Vec<Word>> = comments.iter().map(|comment| words(&comment.join(" "))).collect();
            let group: Vec<usize> = (0..read.len()).collect();
            let terms = terms(Language::ENGLISH, &group, &read, 2);
            for (at, written) in terms.written.iter().enumerate() {
                prop_assert_eq!(terms.comments[at], comments_with(written, &comments));
                prop_assert_eq!(terms.words[at], written.split(' ').count());
                let having = terms.of_comment.iter().filter(|of_comment| of_comment.contains(&(at as u32))).count();
                prop_assert_eq!(having, terms.comments[at]);
            }
            let distinct: BTreeSet<&String> = terms.written.iter().collect();
            prop_assert_eq!(distinct.len(), terms.written.len());
        }
    }

    #[test]
    fn phrases_end_where_a_word_says_nothing() {
        let found = phrases(Language::ENGLISH, &words("No reply from the help desk, late deliveries"));
        let mut found: Vec<&str> = found.iter().map(|(_, written)| written.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, ["deliveries", "desk", "help desk", "late", "late deliveries", "no reply", "reply"]);
    }

    #[test]
    fn what_people_begin_with_is_no_theme() {
        let named = |text: &str| {
            let mut found: Vec<String> = phrases(Language::ENGLISH, &words(text)).into_iter().map(|(_, written)| written).collect();
            found.sort_unstable();
            found
        };
        assert_eq!(named("Sorry, but it came days after"), Vec::<String>::new());
        assert_eq!(named("Unbelievable. Every single time"), Vec::<String>::new());
        assert_eq!(named("Honestly, the parcel never came"), ["never came", "parcel", "parcel never came"]);
        assert_eq!(named("Great service"), ["great service", "service"]);
    }
}
