//! Values that look like identifiers but name nobody.

/// Written in lower case; compared ignoring ASCII case, surrounding blanks and one pair of quotes.
const NOBODY: [&str; 24] = [
    "",
    "0",
    "-1",
    "anonymous",
    "guest",
    "id",
    "distinct_id",
    "distinctid",
    "user_id",
    "email",
    "undefined",
    "null",
    "nil",
    "none",
    "nan",
    "n/a",
    "na",
    "true",
    "false",
    "unknown",
    "not set",
    "(not set)",
    "[object object]",
    "00000000-0000-0000-0000-000000000000",
];

/// Whether a value is one that broken senders give to everybody (`null`, `anonymous`, `[object Object]`, ...).
/// Such a value would join strangers into one customer, so it is never an identifier.
pub fn is_blocked(value: &str) -> bool {
    let bare = value.trim();
    let bare = ['"', '\'', '`'].iter().find_map(|q| bare.strip_prefix(*q)?.strip_suffix(*q)).unwrap_or(bare).trim();
    NOBODY.iter().any(|nobody| nobody.eq_ignore_ascii_case(bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_nobody_is_blocked_however_it_is_written() {
        for value in ["", "  ", "NaN", "None", "'null'", "\"undefined\"", "[object Object]", " Guest ", "TRUE", "0", "\"\""] {
            assert!(is_blocked(value), "{value:?}");
        }
        for value in ["00", "guest@example.org", "anonymous-7", "1", "'", "nullable", "İ"] {
            assert!(!is_blocked(value), "{value:?}");
        }
    }
}
