//! What comments are about: groups of comments, each with a name, its phrases and typical comments.
//!
//! Comments are divided by language first. Within a language the phrases that are neither rare nor everywhere (`terms.rs`) make each
//! comment a vector (1 or 0 times the inverse document frequency, of length 1). Phrases that occur with different others
//! become the first centres; comments go to the centre that is closest, and centres to the middle of their comments, a few times (spherical
//! k-means, Dhillon and Modha 2001). A theme is told by the phrases that set it apart from the other comments (`telling.rs`).
//!
//! Nothing is left to chance, and sums are of integers: the same comments in another order give the same themes. Themes that a team
//! names itself come first; what they take is not grouped again.

mod grouping;
mod telling;
mod terms;

use serde::{Deserialize, Serialize};

use crate::language::{self, Language, Told};
use crate::words::{Word, words};

/// A theme that a team has named: comments that have one of its words belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTheme {
    /// As it is shown.
    pub name: String,
    /// Words or phrases; any form of an English word counts.
    pub words: Vec<String>,
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// How many themes are found at most, in each language.
    pub themes_max: usize,
    /// Of how many comments a theme consists at least.
    pub comments_min: usize,
    /// Themes that are named already.
    pub own: Vec<OwnTheme>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { themes_max: 12, comments_min: 3, own: Vec::new() }
    }
}

/// A phrase of a theme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phrase {
    /// As most comments have it, in lower case.
    pub text: String,
    /// How many of the theme's comments have it, in any of its forms.
    pub comments: usize,
}

/// A group of comments about one thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Theme {
    /// Its most telling phrase, or what the team calls it.
    pub name: String,
    /// The language of its comments; none for a theme of the team's own.
    pub language: Option<Language>,
    /// What sets it apart, the most telling first; for a team's own theme, the words that were found.
    pub phrases: Vec<Phrase>,
    /// The comments that belong to it, by their place in the list, ascending. A comment may belong to several themes.
    pub members: Vec<usize>,
    /// Up to three members that are closest to its centre, the closest first.
    pub typical: Vec<usize>,
}

/// All themes of some comments.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Themes {
    /// The team's own in their order, then those found, the largest first.
    pub themes: Vec<Theme>,
    /// The comments that belong to none, ascending.
    pub rest: Vec<usize>,
}

/// How many comments are told as typical.
const TYPICAL: usize = 3;

/// Groups comments. The work grows with the length of all of them together.
pub fn themes(comments: &[&str], settings: &Settings) -> Themes {
    let read: Vec<Vec<Word>> = comments.iter().map(|text| words(text)).collect();
    let mut themes = own(&read, &settings.own);
    let mut taken = vec![false; comments.len()];
    themes.iter().flat_map(|theme| &theme.members).for_each(|&member| taken[member] = true);

    let mut groups: Vec<(Language, Vec<usize>)> = Vec::new();
    let mut unclear = Vec::new();
    for (at, text) in comments.iter().enumerate().filter(|&(at, _)| !taken[at]) {
        match language::tell(text) {
            Told::Is(language) => match groups.iter_mut().find(|(known, _)| *known == language) {
                Some((_, group)) => group.push(at),
                None => groups.push((language, vec![at])),
            },
            Told::Unclear => unclear.push(at),
            Told::Wordless => {}
        }
    }
    groups.sort_by_key(|(language, group)| (std::cmp::Reverse(group.len()), *language));
    // Whatever is too short to tell is most likely in the language of most.
    match groups.first_mut() {
        Some((_, group)) => {
            group.extend(unclear);
            group.sort_unstable();
        }
        None => groups.push((Language::ENGLISH, unclear)),
    }
    let mut found: Vec<Theme> = groups.iter().flat_map(|(language, group)| grouping::found(*language, group, &read, settings)).collect();
    found.sort_by(|a, b| b.members.len().cmp(&a.members.len()).then_with(|| a.name.cmp(&b.name)));
    found.iter().flat_map(|theme| &theme.members).for_each(|&member| taken[member] = true);
    themes.extend(found);
    Themes { themes, rest: (0..comments.len()).filter(|&at| !taken[at]).collect() }
}

/// Which comments belong to themes that have been named: those with one of their words.
pub fn named(comments: &[&str], named: &[OwnTheme]) -> Vec<Theme> {
    let read: Vec<Vec<Word>> = comments.iter().map(|text| words(text)).collect();
    own(&read, named)
}

/// The themes that the team has named. Most typical is who has the most of their words.
fn own(read: &[Vec<Word>], named: &[OwnTheme]) -> Vec<Theme> {
    let of = |own: &OwnTheme| {
        let wanted: Vec<Vec<String>> = own.words.iter().map(|phrase| words(phrase).into_iter().map(|word| word.stem).collect()).collect();
        let mut found = vec![0; wanted.len()];
        let mut members = Vec::new();
        for (at, comment) in read.iter().enumerate() {
            let stems: Vec<&str> = comment.iter().map(|word| word.stem.as_str()).collect();
            let has: Vec<bool> = wanted.iter().map(|phrase| contains(&stems, phrase)).collect();
            let count = has.iter().filter(|&&has| has).count();
            if count > 0 {
                members.push((at, count));
                found.iter_mut().zip(&has).for_each(|(found, &has)| *found += usize::from(has));
            }
        }
        let mut closest = members.clone();
        closest.sort_by_key(|&(at, count)| (std::cmp::Reverse(count), at));
        let mut phrases: Vec<Phrase> = own
            .words
            .iter()
            .zip(found)
            .filter(|(_, comments)| *comments > 0)
            .map(|(text, comments)| Phrase { text: text.clone(), comments })
            .collect();
        phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.comments));
        Theme {
            name: own.name.clone(),
            language: None,
            phrases,
            members: members.iter().map(|&(at, _)| at).collect(),
            typical: closest.iter().take(TYPICAL).map(|&(at, _)| at).collect(),
        }
    };
    named.iter().map(of).collect()
}

fn contains(stems: &[&str], phrase: &[String]) -> bool {
    !phrase.is_empty() && stems.windows(phrase.len()).any(|window| window.iter().zip(phrase).all(|(stem, wanted)| stem == wanted))
}
