//! Under which licences the crates from outside are.
//!
//! The same list is in `deny.toml`, for those who have cargo-deny, which also knows advisories.

use super::Complaints;
use super::tree::Tree;

/// Licences whose code may be part of a program under Apache-2.0 without further duties than naming it.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "bzip2-1.0.6",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates under a licence that asks for more, each looked at by a person.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// Every crate in Cargo.lock can be used under an allowed licence.
pub fn compatible(tree: &Tree) -> Complaints {
    let mut complaints = Vec::new();
    for package in &tree.packages {
        let Some(licence) = &package.licence else {
            complaints.push(format!("Cargo.lock: {} does not say under which licence it is", package.name));
            continue;
        };
        if !is_allowed(licence, &package.name) {
            complaints
                .push(format!("Cargo.lock: {} is under {licence}, which is not in the list (xtask/src/tidy/licences.rs)", package.name));
        }
    }
    complaints
}

/// `deny.toml` allows the same licences.
pub fn deny_toml_agrees(tree: &Tree) -> Complaints {
    let Some(text) = tree.texts.get("deny.toml") else { return vec!["deny.toml: there is none".to_owned()] };
    let list = text.split_once("\nallow = [").and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
    let theirs: Vec<&str> = list.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next()).collect();
    let mut complaints = Vec::new();
    for licence in ALLOWED.iter().filter(|licence| !theirs.contains(licence)) {
        complaints.push(format!("deny.toml: `allow` lacks {licence}"));
    }
    for licence in theirs.iter().filter(|licence| !ALLOWED.contains(licence)) {
        complaints.push(format!("deny.toml: {licence} is allowed here, but not in xtask/src/tidy/licences.rs"));
    }
    for (name, _) in EXCEPTIONS.iter().filter(|(name, _)| !text.contains(&format!("\"{name}\""))) {
        complaints.push(format!("deny.toml: the exception for {name} is missing"));
    }
    complaints
}

/// Whether an SPDX expression gives us a choice that is allowed. AND binds closer than OR; `A/B` is an old way to
/// write `A OR B`. What cannot be understood is not allowed.
fn is_allowed(expression: &str, package: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words, package };
    parser.either() == Some(true) && parser.words.is_empty()
}

/// Each step takes its words and answers whether they allow the package; `None` where there is no sense in them.
struct Parser<'a> {
    words: &'a [&'a str],
    package: &'a str,
}

impl<'a> Parser<'a> {
    fn either(&mut self) -> Option<bool> {
        let mut allowed = self.both()?;
        while self.take("OR") {
            allowed |= self.both()?;
        }
        Some(allowed)
    }

    fn both(&mut self) -> Option<bool> {
        let mut allowed = self.one()?;
        while self.take("AND") {
            allowed &= self.one()?;
        }
        Some(allowed)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let allowed = self.either()?;
            return self.take(")").then_some(allowed);
        }
        let mut licence = self.next()?.to_owned();
        if self.take("WITH") {
            licence = format!("{licence} WITH {}", self.next()?);
        }
        Some(ALLOWED.contains(&licence.as_str()) || EXCEPTIONS.contains(&(self.package, &licence)))
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Package;

    fn complaints(licence: Option<&str>) -> usize {
        compatible(&Tree { packages: vec![Package { name: "x".to_owned(), licence: licence.map(str::to_owned) }], ..Tree::default() }).len()
    }

    #[test]
    fn a_licence_that_we_cannot_take_is_noticed() {
        for well in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert_eq!(complaints(Some(well)), 0, "{well}");
        }
        for bad in [
            "GPL-3.0-only",
            "AGPL-3.0",
            "LGPL-2.1",
            "MPL-2.0",
            "MIT AND GPL-3.0",
            "MIT OR",
            "(MIT",
            "MIT Apache-2.0",
            "",
            "Apache-2.0 WITH x",
        ] {
            assert_eq!(complaints(Some(bad)), 1, "{bad}");
        }
        assert_eq!(complaints(None), 1);
    }

    #[test]
    fn a_deny_toml_that_says_something_else_is_noticed() {
        let deny = |licences: &[&str]| {
            let lines: String = licences.iter().map(|licence| format!("    \"{licence}\",\n")).collect();
            deny_toml_agrees(&Tree::of(&[("deny.toml", &format!("[licenses]\nallow = [\n{lines}]\n"))])).len()
        };
        assert_eq!(deny(ALLOWED), 0);
        assert_eq!(deny(&ALLOWED[1..]), 1);
        assert_eq!(deny(&[ALLOWED, &["GPL-3.0"]].concat()), 1);
        assert_eq!(deny_toml_agrees(&Tree::default()).len(), 1);
    }
}
