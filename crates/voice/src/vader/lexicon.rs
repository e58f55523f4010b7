//! The words that VADER knows.
//!
//! `lexicon.tsv` and `emoji.tsv` are the lists of vaderSentiment 3.3.2 (C.J. Hutto and E.E. Gilbert, under MIT; the notice is
//! in `LICENSE` beside them), as `train/lexicon.py` writes them: a word and ten times its valence, an emoji and what it shows.

use std::collections::HashMap;
use std::sync::LazyLock;

static WORDS: LazyLock<HashMap<&'static str, f64>> = LazyLock::new(|| {
    let lines = include_str!("lexicon.tsv").lines().filter_map(|line| line.split_once('\t'));
    lines.filter_map(|(word, tenths)| Some((word, tenths.parse::<f64>().ok()? / 10.0))).collect()
});

static EMOJI: LazyLock<HashMap<char, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("emoji.tsv").lines().filter_map(|line| line.split_once('\t'));
    lines.filter_map(|(sign, told)| Some((sign.chars().next()?, told))).collect()
});

/// How good (to 4) or bad (to −4) people find a word in lower case; none when VADER does not know it.
pub fn valence(word: &str) -> Option<f64> {
    WORDS.get(word).copied()
}

/// What an emoji shows, in words.
pub fn told(sign: char) -> Option<&'static str> {
    if sign.is_ascii() { None } else { EMOJI.get(&sign).copied() }
}

const RAISE: f64 = 0.293;
const LOWER: f64 = -0.293;

const RAISING: &[&str] = &[
    "absolutely",
    "amazingly",
    "awfully",
    "completely",
    "considerable",
    "considerably",
    "decidedly",
    "deeply",
    "effing",
    "enormous",
    "enormously",
    "entirely",
    "especially",
    "exceptional",
    "exceptionally",
    "extreme",
    "extremely",
    "fabulously",
    "flippin",
    "flipping",
    "frackin",
    "fracking",
    "frickin",
    "fricking",
    "friggin",
    "frigging",
    "fuckin",
    "fucking",
    "fuggin",
    "fugging",
    "fully",
    "greatly",
    "hella",
    "highly",
    "hugely",
    "incredible",
    "incredibly",
    "intensely",
    "major",
    "majorly",
    "more",
    "most",
    "particularly",
    "purely",
    "quite",
    "really",
    "remarkably",
    "so",
    "substantially",
    "thoroughly",
    "total",
    "totally",
    "tremendous",
    "tremendously",
    "uber",
    "unbelievably",
    "unusually",
    "utter",
    "utterly",
    "very",
];

const LOWERING: &[&str] = &[
    "almost",
    "barely",
    "hardly",
    "just enough",
    "kind of",
    "kind-of",
    "kinda",
    "kindof",
    "less",
    "little",
    "marginal",
    "marginally",
    "occasional",
    "occasionally",
    "partly",
    "scarce",
    "scarcely",
    "slight",
    "slightly",
    "somewhat",
    "sort of",
    "sort-of",
    "sorta",
    "sortof",
];

const NEGATING: &[&str] = &[
    "ain't",
    "aint",
    "aren't",
    "arent",
    "can't",
    "cannot",
    "cant",
    "couldn't",
    "couldnt",
    "daren't",
    "darent",
    "despite",
    "didn't",
    "didnt",
    "doesn't",
    "doesnt",
    "don't",
    "dont",
    "hadn't",
    "hadnt",
    "hasn't",
    "hasnt",
    "haven't",
    "havent",
    "isn't",
    "isnt",
    "mightn't",
    "mightnt",
    "mustn't",
    "mustnt",
    "needn't",
    "neednt",
    "neither",
    "never",
    "none",
    "nope",
    "nor",
    "not",
    "nothing",
    "nowhere",
    "oughtn't",
    "oughtnt",
    "rarely",
    "seldom",
    "shan't",
    "shant",
    "shouldn't",
    "shouldnt",
    "uh-uh",
    "uhuh",
    "wasn't",
    "wasnt",
    "weren't",
    "werent",
    "without",
    "won't",
    "wont",
    "wouldn't",
    "wouldnt",
];

const IDIOMS: &[(&str, f64)] = &[
    ("bad ass", 1.5),
    ("badass", 1.5),
    ("beating heart", 3.5),
    ("bus stop", 0.0),
    ("kiss of death", -1.5),
    ("the bomb", 3.0),
    ("the shit", 3.0),
    ("to die for", 3.0),
    ("yeah right", -2.0),
];

/// By how much a word makes the next ones stronger or weaker.
pub fn boost(word: &str) -> Option<f64> {
    if RAISING.binary_search(&word).is_ok() {
        Some(RAISE)
    } else if LOWERING.binary_search(&word).is_ok() {
        Some(LOWER)
    } else {
        None
    }
}

/// Whether a word turns what follows into its opposite.
pub fn negates(word: &str) -> bool {
    NEGATING.binary_search(&word).is_ok() || word.contains("n't")
}

/// The valence of a phrase that means something else than its words.
pub fn idiom(phrase: &str) -> Option<f64> {
    IDIOMS.binary_search_by_key(&phrase, |(idiom, _)| idiom).ok().map(|at| IDIOMS[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_are_searched_by_halves_are_sorted() {
        assert!(RAISING.is_sorted() && LOWERING.is_sorted() && NEGATING.is_sorted());
        assert!(IDIOMS.is_sorted_by_key(|(idiom, _)| idiom));
    }

    #[test]
    fn every_line_is_read() {
        assert_eq!(WORDS.len(), include_str!("lexicon.tsv").lines().count());
        assert_eq!(EMOJI.len(), include_str!("emoji.tsv").lines().count());
    }
}
