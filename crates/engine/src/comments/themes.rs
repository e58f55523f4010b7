//! What texts are about.
//!
//! Themes are found by grouping the sample. What belongs to one is then said by its phrases alone: a text that has one of them. So it can be told of a
//! single text as well, and a theme that a team takes over as its own has the same texts.

use std::collections::BTreeMap;

use periplus_model::comments::Tone;
use periplus_voice::themes::named;
use periplus_voice::{OwnTheme, Settings, Theme, themes};

use super::sample::Heard;

/// A theme, and which texts belong to it.
pub(crate) struct Found {
    pub(crate) theme: OwnTheme,
    /// The code of its language.
    pub(crate) language: Option<String>,
    /// Its phrases, and how many of its texts have them.
    pub(crate) phrases: Vec<(String, u64)>,
    /// Places in the list of texts, ascending.
    pub(crate) members: Vec<usize>,
    pub(crate) typical: Vec<usize>,
}

/// The themes in some texts: the team's own in their order, then those found, the largest first.
///
/// Half of them are looked for in what is meant negatively, by itself: where most are content, what hurts would be drowned by praise.
pub(crate) fn found(texts: &[Heard], own: &[OwnTheme], most: usize) -> Vec<Found> {
    let words: Vec<&str> = texts.iter().map(|heard| heard.text.as_str()).collect();
    let mut is_taken = vec![false; texts.len()];
    named(&words, own).iter().flat_map(|theme| &theme.members).for_each(|at| is_taken[*at] = true);
    let (bad, other): (Vec<usize>, Vec<usize>) =
        (0..texts.len()).filter(|at| !is_taken[*at]).partition(|at| texts[*at].label == Some(Tone::Negative));
    let mut grouped: Vec<(Theme, Vec<usize>)> = Vec::new();
    for (group, most) in [(&bad, most.div_ceil(2)), (&other, most / 2)] {
        for theme in grouping(&words, group, most) {
            // What is said of good and bad alike is one theme.
            if grouped.iter().all(|(known, _)| known.name != theme.name) {
                grouped.push((theme, group.clone()));
            }
        }
    }
    let of_theme =
        |theme: &Theme| OwnTheme { name: theme.name.clone(), words: theme.phrases.iter().map(|phrase| phrase.text.clone()).collect() };
    let all: Vec<OwnTheme> = own.iter().cloned().chain(grouped.iter().map(|(theme, _)| of_theme(theme))).collect();
    let belonging = named(&words, &all);
    let tell = |(place, (theme, belonging)): (usize, (OwnTheme, Theme))| {
        let grouped = place.checked_sub(own.len()).and_then(|place| grouped.get(place));
        let is_member = |at: &usize| belonging.members.binary_search(at).is_ok();
        let typical = grouped.map(|(theme, group)| theme.typical.iter().map(|at| group[*at]).filter(is_member).collect());
        Found {
            language: grouped.and_then(|(theme, _)| theme.language).map(|language| language.code().to_owned()),
            phrases: belonging.phrases.iter().map(|phrase| (phrase.text.clone(), phrase.comments as u64)).collect(),
            typical: typical.filter(|typical: &Vec<usize>| !typical.is_empty()).unwrap_or(belonging.typical),
            members: belonging.members,
            theme,
        }
    };
    let mut all: Vec<Found> = all.into_iter().zip(belonging).enumerate().map(tell).collect();
    all[own.len()..].sort_by(|a, b| b.members.len().cmp(&a.members.len()).then_with(|| a.theme.name.cmp(&b.theme.name)));
    all.retain(|found| !found.members.is_empty());
    all
}

/// The largest themes of some of the texts, by their places among these.
fn grouping(words: &[&str], group: &[usize], most: usize) -> Vec<Theme> {
    if most == 0 {
        return Vec::new();
    }
    let words: Vec<&str> = group.iter().map(|at| words[*at]).collect();
    // A theme of one text in a thousand is none yet.
    let settings = Settings { themes_max: most, comments_min: 3.max(words.len() / 1_000), own: Vec::new() };
    let mut all = themes(&words, &settings).themes;
    all.truncate(most);
    all
}

/// Which of some texts belong to a theme with these phrases.
pub(crate) fn belonging<'h>(texts: &'h [Heard], phrases: &[String]) -> Vec<&'h Heard> {
    let words: Vec<&str> = texts.iter().map(|heard| heard.text.as_str()).collect();
    let theme = OwnTheme { name: String::new(), words: phrases.to_vec() };
    let members = named(&words, &[theme]).pop().map_or_else(Vec::new, |theme| theme.members);
    members.into_iter().map(|at| &texts[at]).collect()
}

/// Texts by whose they are.
pub(crate) fn by_customer<'h>(texts: impl IntoIterator<Item = &'h Heard>) -> BTreeMap<u64, Vec<&'h Heard>> {
    let mut all: BTreeMap<u64, Vec<&Heard>> = BTreeMap::new();
    texts.into_iter().for_each(|heard| all.entry(heard.who).or_default().push(heard));
    all
}
