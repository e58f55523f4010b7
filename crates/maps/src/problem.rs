//! What is wrong with a file, and where.

use std::fmt;

use serde::Serialize;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The map cannot be used.
    Error,
    /// The map can be used, but probably does not say what was meant.
    Warning,
}

/// A problem in a journey map file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the map, for example `touchpoints[3].stage`; empty for the whole map.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub help: String,
}

impl fmt::Display for Problem {
    /// One line, as compilers print it: `12:5: error: message (help)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{}:{}: {severity}: {}", self.line, self.column, self.message)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, " ({})", self.help) }
    }
}

/// "did you mean ...?" when one of the known words is close to the one written, else a list of what is known.
pub(crate) fn suggest<'a>(written: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let near =
        known.clone().map(|word| (distance(written, word), word)).min().filter(|(edits, _)| *edits <= 1 + written.chars().count() / 4);
    match near {
        Some((_, word)) => format!("did you mean '{word}'?"),
        None => match known.collect::<Vec<_>>() {
            words if words.is_empty() || words.len() > 24 => String::new(),
            words => format!("known are {}", words.join(", ")),
        },
    }
}

/// How many letters must be added, dropped, changed or swapped with their neighbour to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    // Longer words are never close to a known one, and comparing them would be quadratic in hostile input.
    const LENGTH_MAX: usize = 64;
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    if a.len() > LENGTH_MAX || b.len() > LENGTH_MAX {
        return usize::MAX;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested() {
        let known = ["touchpoints", "stages", "personas"];
        assert_eq!(suggest("touchpionts", known.into_iter()), "did you mean 'touchpoints'?");
        assert_eq!(suggest("stage", known.into_iter()), "did you mean 'stages'?");
        assert_eq!(suggest("colour", known.into_iter()), "known are touchpoints, stages, personas");
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance(&"x".repeat(1_000_000), "abc"), usize::MAX);
    }
}
