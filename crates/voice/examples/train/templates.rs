//! Sentences from templates: `{name}` is one of a list, `[a|b|]` is one of these or nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Dice;

/// Up to so many different sentences of each template, with their labels.
pub fn filled(file: &str, each: usize, dice: &mut Dice) -> Vec<(String, String)> {
    let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut out = Vec::new();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, words)) = line.strip_prefix("= ").and_then(|list| list.split_once(": ")) {
            lists.insert(name, words.split(" | ").collect());
            continue;
        }
        let (label, template) = line.split_once('\t').unwrap();
        let sentences: BTreeSet<String> = (0..each).map(|_| sentence(template, &lists, dice)).collect();
        out.extend(sentences.into_iter().map(|sentence| (label.to_owned(), sentence)));
    }
    out
}

fn sentence(template: &str, lists: &BTreeMap<&str, Vec<&str>>, dice: &mut Dice) -> String {
    let mut text = template.to_owned();
    // Choices first: they contain lists, and lists may contain lists.
    while let Some(open) = text.find('[') {
        let close = open + text[open..].find(']').unwrap();
        let choices: Vec<&str> = text[open + 1..close].split('|').collect();
        text = format!("{}{}{}", &text[..open], choices[dice.below(choices.len())], &text[close + 1..]);
    }
    while let Some(open) = text.find('{') {
        let close = open + text[open..].find('}').unwrap();
        let words = lists.get(&text[open + 1..close]).unwrap_or_else(|| panic!("no list for {text}"));
        text = format!("{}{}{}", &text[..open], words[dice.below(words.len())], &text[close + 1..]);
    }
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",").replace(" ?", "?").replace("<n>", "48210");
    if !text.ends_with(['?', '.']) {
        text.push('.');
    }
    let rest = text.split_off(1);
    text.to_uppercase() + &rest
}
