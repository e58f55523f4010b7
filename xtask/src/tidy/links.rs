//! Links in the documentation.

use super::Complaints;
use super::tree::Tree;

/// Every link and picture in a Markdown file that is not on the web leads to a file or folder of the repository.
pub fn lead_somewhere(tree: &Tree) -> Complaints {
    let mut complaints = Vec::new();
    for (path, text) in tree.ending(&[".md"]) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for target in targets(text) {
            let file = target.split(['#', '?']).next().unwrap_or_default();
            if file.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            match resolve(folder, file) {
                Some(place) if place.is_empty() || tree.paths.contains(&place) => {}
                _ => complaints.push(format!("{path}: the link to {target} leads nowhere")),
            }
        }
    }
    complaints
}

/// What the text links to: `[text](target)` and `src="target"`.
fn targets(text: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    let mut code = false;
    for line in text.lines() {
        code ^= line.trim_start().starts_with("```");
        if code {
            continue;
        }
        for (begin, end) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
            targets.extend(line.split(begin).skip(1).filter_map(|rest| rest.split_once(end)).map(|(target, _)| target.trim()));
        }
    }
    targets
}

/// A relative path from the root of the repository; `None` when it leads out of it.
fn resolve(folder: &str, link: &str) -> Option<String> {
    let mut names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
    for name in link.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()?),
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_leads_nowhere_is_noticed() {
        let complaints =
            |text: &str| lead_somewhere(&Tree::of(&[("docs/guide/a.md", text), ("docs/b.md", ""), ("crates/lake/src/lib.rs", "")])).len();
        for well in [
            "[b](../b.md#part)",
            "[lake](../../crates/lake/)",
            "[here](#part)",
            "[web](https://example.org/x)",
            "```\n[no](link)\n```",
            "[root](../../)",
        ] {
            assert_eq!(complaints(well), 0, "{well}");
        }
        for bad in
            ["[b](b.md)", "![map](../pictures/map.png)", "<img src=\"../map.svg\">", "[out](../../../b.md)", "[a](../b.md) and [b](c.md)"]
        {
            assert_eq!(complaints(bad), 1, "{bad}");
        }
    }
}
