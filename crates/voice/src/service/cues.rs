//! What in a text may tell how a customer feels, each with a name, an amount, and the words it stands in.
//!
//! | name | cue | amount |
//! |---|---|---|
//! | `wait`, `!work` | a word by its stem; after a negation with `!` | 1 |
//! | `not work`, `on hold` | two words one after the other | 1 |
//! | `@fail`, `@!praise` | a phrase of `phrases.tsv` by its subject; after a negation with `!` | 1 |
//! | `%+`, `%-`, `%!+`, `%!-` | a word that VADER knows as good or bad; after a negation with `!` | its valence |
//! | `%all` | VADER's compound score of the whole text | the score |
//! | `#irony` | a cheerful beginning, and something that failed | 1 |
//! | `#good`, `#bad`, `#both`, `#none` | which kinds of cues there are; with `?` when something is asked | 1 |
//! | `#good but bad` | what stands before and after a "but" | 1 |
//! | `#!`, `#capitals`, `#please`, `#short`, `#long` | shouting, a request, few words, many words | 1 |
//!
//! What they weigh is learned: see `train/` in this crate.

use super::phrases::{self, Hit, SUBJECTS};
use crate::vader;
use crate::words::{Kind, Word};

/// Turns what follows into its opposite, until the clause ends.
const NEGATING: &[&str] =
    &["barely", "hardly", "neither", "never", "no", "nobody", "none", "nor", "not", "nothing", "nowhere", "rarely", "without"];

/// How many words a negation reaches.
const REACH: usize = 4;

const CHEERFUL: &[&str] = &[
    "amazing",
    "awesome",
    "bravo",
    "brilliant",
    "charming",
    "cheers",
    "congrats",
    "congratulations",
    "cool",
    "excellent",
    "fabulous",
    "fantastic",
    "great",
    "impressive",
    "lovely",
    "marvellous",
    "nice",
    "perfect",
    "splendid",
    "super",
    "superb",
    "terrific",
    "wonderful",
    "wow",
    "yay",
];

const CHEERFUL_TWO: &[(&str, &str)] = &[
    ("good", "job"),
    ("good", "luck"),
    ("good", "to"),
    ("just", "what"),
    ("love", "how"),
    ("love", "it"),
    ("love", "the"),
    ("nice", "one"),
    ("thank", "you"),
    ("thanks", "for"),
    ("thanks", "a"),
    ("well", "done"),
    ("what", "a"),
    ("nice", "to"),
    ("love", "that"),
    ("love", "being"),
];

/// The words a cue stands in: the first, and the one after the last. None for the text as a whole.
pub type Place = Option<(usize, usize)>;

/// Tells every cue of a text: its name, its amount in thousandths, and its place. The work grows with the text's length.
pub fn each(text: &str, words: &[Word], tell: &mut dyn FnMut(&str, i64, Place)) {
    let negated = negations(words);
    let hits = phrases::find(words);
    let mut name = String::new();
    for (at, word) in words.iter().enumerate() {
        if matches!(word.kind, Kind::Pause | Kind::Stop(_)) {
            continue;
        }
        name.clear();
        if negated[at] {
            name.push('!');
        }
        name.push_str(&word.stem);
        tell(&name, 1000, Some((at, at + 1)));
        name.clear();
        name.push_str(&word.stem);
        if let Some(next) = words.get(at + 1).filter(|next| !matches!(next.kind, Kind::Pause | Kind::Stop(_))) {
            name.push(' ');
            name.push_str(&next.stem);
            tell(&name, 1000, Some((at, at + 2)));
        }
    }
    for hit in &hits {
        name.clear();
        name.push_str(if negated[hit.from] && !begins_negated(words, hit) { "@!" } else { "@" });
        name.push_str(SUBJECTS[hit.subject].0);
        tell(&name, 1000, Some((hit.from, hit.to)));
    }
    let valences: Vec<f64> = (0..words.len()).map(|at| valence(words, at)).collect();
    for (at, &valence) in valences.iter().enumerate().filter(|(_, v)| **v != 0.0) {
        let name = match (negated[at], valence > 0.0) {
            (false, true) => "%+",
            (false, false) => "%-",
            (true, true) => "%!+",
            (true, false) => "%!-",
        };
        tell(name, (valence.abs() * 1000.0) as i64, Some((at, at + 1)));
    }
    tell("%all", (vader::score(text).compound * 1000.0) as i64, None);
    whole(words, &Sides { negated: &negated, hits: &hits, valences: &valences }, tell);
}

fn begins_negated(words: &[Word], hit: &Hit) -> bool {
    (hit.from..hit.to).any(|at| NEGATING.contains(&words[at].lower.as_str()))
}

/// Which words stand after a negation.
fn negations(words: &[Word]) -> Vec<bool> {
    let mut left = 0;
    let of = |word: &Word| {
        if NEGATING.binary_search(&word.lower.as_str()).is_ok() {
            left = REACH;
            return false;
        }
        if matches!(word.kind, Kind::Pause | Kind::Stop(_)) || matches!(word.lower.as_str(), "but" | "because" | "and") {
            left = 0;
        }
        let negated = left > 0;
        left = left.saturating_sub(1);
        negated
    };
    words.iter().map(of).collect()
}

/// VADER's valence of a word, stronger after "very" and weaker after "slightly".
fn valence(words: &[Word], at: usize) -> f64 {
    let word = &words[at];
    let known = match word.kind {
        Kind::Word => vader::valence(&word.lower),
        Kind::Sign => vader::valence(&word.lower).or_else(|| {
            let told = vader::picture(word.lower.chars().next()?)?;
            Some(told.split(' ').filter_map(vader::valence).sum())
        }),
        _ => None,
    };
    let Some(known) = known else { return 0.0 };
    if NEGATING.contains(&word.lower.as_str()) {
        return 0.0;
    }
    let boost = at.checked_sub(1).and_then(|before| vader::boost(&words[before].lower)).unwrap_or(0.0);
    let capitals = if word.capitals { 1.2 } else { 1.0 };
    known * (1.0 + boost) * capitals
}

struct Sides<'a> {
    negated: &'a [bool],
    hits: &'a [Hit],
    valences: &'a [f64],
}

impl Sides<'_> {
    /// Whether there is something good, and something bad, among these words.
    fn of(&self, from: usize, to: usize) -> (bool, bool) {
        let turned = |at: usize, sign: f64| if self.negated[at] { -sign } else { sign };
        let of_words = (from..to).map(|at| turned(at, self.valences[at]));
        let of_phrases = self.hits.iter().filter(|hit| hit.from >= from && hit.to <= to).map(|hit| f64::from(SUBJECTS[hit.subject].1));
        let (mut good, mut bad) = (false, false);
        for sign in of_words.chain(of_phrases) {
            good |= sign > 0.0;
            bad |= sign < 0.0;
        }
        (good, bad)
    }
}

/// Cues of the text as a whole.
fn whole(words: &[Word], sides: &Sides, tell: &mut dyn FnMut(&str, i64, Place)) {
    let spoken = words.iter().filter(|word| matches!(word.kind, Kind::Word | Kind::Number)).count();
    let asks = words.iter().any(|word| word.kind == Kind::Stop('?'));
    let (good, bad) = sides.of(0, words.len());
    tell(
        match (good, bad, asks) {
            (true, true, false) => "#both",
            (true, false, false) => "#good",
            (false, true, false) => "#bad",
            (false, false, false) => "#none",
            (true, true, true) => "#both?",
            (true, false, true) => "#good?",
            (false, true, true) => "#bad?",
            (false, false, true) => "#none?",
        },
        1000,
        None,
    );
    if let Some(but) = words.iter().position(|word| matches!(word.lower.as_str(), "but" | "although" | "though" | "however")) {
        match (sides.of(0, but), sides.of(but + 1, words.len())) {
            ((true, false), (_, true)) => tell("#good but bad", 1000, None),
            ((_, true), (true, false)) => tell("#bad but good", 1000, None),
            _ => {}
        }
    }
    if words.iter().any(|word| word.kind == Kind::Stop('!')) {
        tell("#!", 1000, None);
    }
    if spoken > 3 && words.iter().any(|word| word.capitals) {
        tell("#capitals", 1000, None);
    }
    if words.iter().any(|word| matches!(word.lower.as_str(), "please" | "kindly")) {
        tell("#please", 1000, None);
    }
    if spoken <= 3 {
        tell("#short", 1000, None);
    } else if spoken > 15 {
        tell("#long", 1000, None);
    }
    if let Some((from, to)) = irony(words, sides.hits) {
        tell("#irony", 1000, Some((from, to)));
    }
}

/// A cheerful beginning of a sentence, where phrases outside of it tell of failing and none of success.
fn irony(words: &[Word], hits: &[Hit]) -> Option<(usize, usize)> {
    let subject = |hit: &Hit| SUBJECTS[hit.subject].0;
    if hits.iter().any(|hit| matches!(subject(hit), "solved" | "easy" | "stay")) {
        return None;
    }
    let bad = || hits.iter().filter(|hit| SUBJECTS[hit.subject].1 < 0);
    let (last, first) = (bad().map(|hit| hit.from).max()?, bad().map(|hit| hit.to).min()?);
    let failing = |after: usize, before: usize| last >= after || first <= before;
    let mut begins = true;
    for (at, word) in words.iter().enumerate() {
        if begins && matches!(word.lower.as_str(), "oh" | "so" | "ah" | "another") {
            continue;
        }
        if begins && word.kind == Kind::Word {
            let next = words.get(at + 1).map_or("", |next| next.lower.as_str());
            let one = CHEERFUL.binary_search(&word.lower.as_str()).is_ok();
            let two = CHEERFUL_TWO.contains(&(word.lower.as_str(), next));
            let to = if two { at + 2 } else { at + 1 };
            if (one || two) && failing(to, at) {
                return Some((at, to));
            }
        }
        begins = matches!(word.kind, Kind::Stop(_) | Kind::Pause);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::words;

    fn names(text: &str) -> Vec<String> {
        let mut names = Vec::new();
        each(text, &words(text), &mut |name, _, _| names.push(name.to_owned()));
        names
    }

    fn has(text: &str, name: &str) -> bool {
        names(text).iter().any(|found| found == name)
    }

    #[test]
    fn lists_that_are_searched_by_halves_are_sorted() {
        assert!(NEGATING.is_sorted() && CHEERFUL.is_sorted());
    }

    #[test]
    fn a_negation_reaches_to_the_end_of_its_clause() {
        assert!(has("It does not work", "!work"));
        assert!(has("Not now, it works", "work") && !has("Not now, it works", "!work"));
        assert!(has("not very good", "%!+"));
    }

    #[test]
    fn irony_needs_a_cheerful_beginning_and_a_failure() {
        assert!(has("Great, my order is lost", "#irony"));
        assert!(!has("Great, my order is here", "#irony"));
        assert!(!has("My order is lost", "#irony"));
    }
}
