//! What may not stand in a file.

use super::Complaints;
use super::tree::Tree;

/// Files that people write. Snapshots, data and Cargo.lock are written by programs.
const WRITTEN: &[&str] = &[".rs", ".toml", ".md", ".sql", ".yaml", ".yml", ".css", ".html", ".js", ".ts", ".tsx", ".py", ".sh", ".ci/run"];

const LINES_MAX: usize = 900;
/// Longer files that there is a reason for.
const LONGER: &[(&str, &str)] = &[];

/// A file of code has one reason to be, and can be read in one go.
pub fn no_file_is_too_long(tree: &Tree) -> Complaints {
    tree.ending(&[".rs"])
        .filter(|(path, _)| !LONGER.iter().any(|(longer, _)| longer == path))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{path}: {lines} lines, more than {LINES_MAX}: give each of its reasons a file of its own"))
        .collect()
}

/// Differences between versions show what was changed, and nothing else.
pub fn clean_lines(tree: &Tree) -> Complaints {
    lines_with(tree, WRITTEN, |line| {
        if line.contains('\t') {
            Some("a tab; write spaces")
        } else if line.ends_with([' ', '\r']) {
            Some("a space at the end of the line")
        } else {
            None
        }
    })
}

/// What is committed is finished; what is to come is an issue. The words are put together here so that this file does
/// not complain about itself.
pub fn nothing_left_for_later(tree: &Tree) -> Complaints {
    const WORDS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    const DEBUGGING: &str = concat!("dbg", "!(");
    lines_with(tree, WRITTEN, |line| {
        if line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| WORDS.contains(&word)) {
            Some("something left for later; finish it or write an issue")
        } else if line.contains(DEBUGGING) {
            Some("debugging output")
        } else {
            None
        }
    })
}

/// A path that exists on one machine only helps nobody else.
pub fn no_machine_paths(tree: &Tree) -> Complaints {
    const PATHS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    // A path begins where no name goes on: `docs/work/` and `https://x.org/work/` are no paths of a machine.
    let is_path = |line: &str, path: &str| {
        line.match_indices(path)
            .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '/')))
    };
    lines_with(tree, WRITTEN, |line| PATHS.iter().any(|path| is_path(line, path)).then_some("a path of somebody's machine"))
}

/// Time is an argument: results do not depend on when they are computed, and tests need not wait.
pub fn only_the_shell_reads_the_clock(tree: &Tree) -> Complaints {
    const CLOCKS: [&str; 2] = ["SystemTime::now", "Instant::now"];
    let mut complaints = Vec::new();
    for (path, text) in tree.ending(&[".rs"]) {
        let outside = path.starts_with("crates/app/") || path.starts_with("xtask/");
        if outside || ["/tests/", "/benches/", "/examples/"].iter().any(|folder| path.contains(folder)) {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        complaints.extend(numbered(path, code, |line| {
            CLOCKS.iter().any(|clock| line.contains(clock)).then_some("reads the clock; take the time as an argument")
        }));
    }
    complaints
}

fn lines_with(tree: &Tree, ends: &[&str], wrong: impl Fn(&str) -> Option<&'static str>) -> Complaints {
    tree.ending(ends).flat_map(|(path, text)| numbered(path, text, &wrong)).collect()
}

fn numbered(path: &str, text: &str, wrong: impl Fn(&str) -> Option<&'static str>) -> Complaints {
    text.split('\n').enumerate().filter_map(|(index, line)| Some(format!("{path}:{}: {}", index + 1, wrong(line)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(rule: fn(&Tree) -> Complaints, path: &str, text: &str) -> usize {
        rule(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_file_that_is_too_long_is_noticed() {
        assert_eq!(complaints(no_file_is_too_long, "crates/lake/src/lib.rs", &"\n".repeat(LINES_MAX)), 0);
        assert_eq!(complaints(no_file_is_too_long, "crates/lake/src/lib.rs", &"\n".repeat(LINES_MAX + 1)), 1);
        assert_eq!(complaints(no_file_is_too_long, "docs/long.md", &"\n".repeat(LINES_MAX + 1)), 0);
    }

    #[test]
    fn untidy_lines_are_noticed_where_people_write() {
        for text in ["a\tb", "a ", "a \nb", "a\r\n"] {
            assert_eq!(complaints(clean_lines, "a.rs", text), 1, "{text:?}");
            assert_eq!(complaints(clean_lines, "a.snap", text), 0, "{text:?}");
        }
        assert_eq!(complaints(clean_lines, "a.rs", "a b\n  c\n"), 0);
    }

    #[test]
    fn what_is_left_for_later_is_noticed() {
        for text in [concat!("// TO", "DO: think"), concat!("FIX", "ME"), concat!("XX", "X!"), concat!("dbg", "!(x)")] {
            assert_eq!(complaints(nothing_left_for_later, "a.rs", text), 1, "{text}");
        }
        assert_eq!(complaints(nothing_left_for_later, "a.rs", concat!("let XX", "XL = MASTO", "DONT;")), 0);
    }

    #[test]
    fn paths_of_machines_are_noticed() {
        for text in [concat!("\"/wo", "rk/x\""), concat!("see /ho", "me/me/x"), concat!("(/ro", "ot/x)")] {
            assert_eq!(complaints(no_machine_paths, "a.md", text), 1, "{text}");
        }
        for text in [concat!("docs/wo", "rk/x"), concat!("https://example.org/ho", "me/")] {
            assert_eq!(complaints(no_machine_paths, "a.md", text), 0, "{text}");
        }
    }

    #[test]
    fn a_clock_in_a_library_is_noticed() {
        let read = "let now = Instant::now();";
        assert_eq!(complaints(only_the_shell_reads_the_clock, "crates/lake/src/lib.rs", read), 1);
        assert_eq!(
            complaints(only_the_shell_reads_the_clock, "crates/lake/src/lib.rs", &format!("#[cfg(test)]\nmod tests {{ {read} }}")),
            0
        );
        for path in ["crates/app/src/main.rs", "xtask/src/test.rs", "crates/lake/tests/t.rs", "crates/lake/benches/b.rs"] {
            assert_eq!(complaints(only_the_shell_reads_the_clock, path, read), 0, "{path}");
        }
    }
}
