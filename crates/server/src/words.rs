//! Numbers and texts as our own pages write them; like the pictures do.

/// A count with thousands separators.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun, which loses its plural s for one.
pub(crate) fn counted(value: u64, plural: &str) -> String {
    match plural.strip_suffix('s') {
        Some(singular) if value == 1 => format!("1 {singular}"),
        _ => format!("{} {plural}", count(value)),
    }
}

/// A share in per cent, never rounded to a certainty that it is not.
pub(crate) fn share(value: f64) -> String {
    let percent = value * 100.0;
    match percent {
        _ if !percent.is_finite() => "–".to_owned(),
        _ if percent > 0.0 && percent < 0.1 => "< 0.1 %".to_owned(),
        _ if percent < 100.0 && percent > 99.9 => "> 99.9 %".to_owned(),
        _ if percent == 0.0 || percent >= 100.0 || percent.fract() == 0.0 => format!("{percent:.0} %"),
        _ => format!("{percent:.1} %"),
    }
}

/// A text as part of a query.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A text as one word of a shell command.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_pictures() {
        assert_eq!((count(0).as_str(), count(1_234_567).as_str()), ("0", "1,234,567"));
        assert_eq!((counted(1, "customers"), counted(2, "customers")), ("1 customer".into(), "2 customers".into()));
        assert_eq!(
            [0.0, 0.0001, 0.1234, 0.5, 0.9999, 1.0, f64::NAN].map(share),
            ["0 %", "< 0.1 %", "12.3 %", "50 %", "> 99.9 %", "100 %", "–"]
        );
    }

    #[test]
    fn texts_are_quoted_for_where_they_go() {
        assert_eq!(encoded("{\"a\": é}"), "%7B%22a%22%3A%20%C3%A9%7D");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
