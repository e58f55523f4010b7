//! What crates tell about themselves.

use super::Complaints;
use super::tree::Tree;

const MAP: &str = "docs/ARCHITECTURE.md";
const STORY_LINES_MIN: usize = 3;

/// Every crate begins by telling what it is for.
pub fn every_crate_tells_its_story(tree: &Tree) -> Complaints {
    let mut complaints = Vec::new();
    for own_crate in tree.crates() {
        let Some((path, text)) = own_crate.root else {
            complaints.push(format!("{}: the crate has neither src/lib.rs nor src/main.rs", own_crate.manifest_path));
            continue;
        };
        let lines =
            text.lines().take_while(|line| line.starts_with("//!")).filter(|line| line.trim_start_matches("//!").trim() != "").count();
        if lines < STORY_LINES_MIN {
            complaints.push(format!(
                "{path}: begin with at least {STORY_LINES_MIN} lines of `//!` that say what the crate is for and how to add to it"
            ));
        }
    }
    complaints
}

/// Every crate has a line on the map of the house.
pub fn every_crate_is_on_the_map(tree: &Tree) -> Complaints {
    let map = tree.texts.get(MAP).map_or("", String::as_str);
    tree.crates()
        .filter(|own_crate| !map.contains(&format!("| `{}` |", own_crate.name)))
        .map(|own_crate| format!("{MAP}: the map of the house has no row that begins with | `{}` |", own_crate.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARGO: (&str, &str) = ("crates/lake/Cargo.toml", "");

    #[test]
    fn a_crate_without_a_story_is_noticed() {
        let story = |text: &str| every_crate_tells_its_story(&Tree::of(&[CARGO, ("crates/lake/src/lib.rs", text)])).len();
        assert_eq!(story("//! One\n//!\n//! two\n//! three.\n\nmod x;\n"), 0);
        assert_eq!(story("//! One\n//!\n//! two.\nmod x;\n"), 1);
        assert_eq!(story("mod x;\n//! One\n//! two\n//! three.\n"), 1);
        assert_eq!(every_crate_tells_its_story(&Tree::of(&[CARGO])).len(), 1);
    }

    #[test]
    fn a_crate_that_is_not_on_the_map_is_noticed() {
        let on_the_map = |map: &str| every_crate_is_on_the_map(&Tree::of(&[CARGO, (MAP, map)])).len();
        assert_eq!(on_the_map("| `lake` | parts |"), 0);
        assert_eq!(on_the_map("The `lake` is mentioned; | `lakes` | has a row."), 1);
        assert_eq!(every_crate_is_on_the_map(&Tree::of(&[CARGO])).len(), 1);
    }
}
