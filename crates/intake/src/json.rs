//! JSON Lines: one object a line, or an array of them.

use periplus_model::Reason;
use serde_json::Value;

use crate::gate::{Refusal, refuse};
use crate::stream::{Line, Window, trim_return};
use crate::table::{Ended, raw_text};
use crate::{IntakeError, limits};

/// Takes the values of a file: the line's number, what was in it, and the line as it was written.
pub type Each<'e> = dyn FnMut(u64, Result<Value, Refusal>, &dyn Fn() -> String) -> Result<(), IntakeError> + 'e;

/// Reads a file line by line. Blank lines are passed over; the elements of an array come one by one.
///
/// # Errors
/// When `each` fails, or the file is one JSON document over several lines.
pub fn lines(window: &mut Window, each: &mut Each<'_>) -> Result<Ended, IntakeError> {
    let mut number = 0;
    let mut first = true;
    while let Some(line) = window.line(limits::ROW) {
        number += 1;
        match line {
            Line::TooLong { .. } => {
                let raw = window.data()[..limits::RAW].to_vec();
                let refusal = refuse(Reason::TooLarge, format!("the line has more than {} bytes", limits::ROW));
                each(number, refusal, &|| raw_text(&raw))?;
                window.skip_line();
            }
            Line::Whole { length, consume } => {
                let text = trim_return(&window.data()[..length]);
                let text = if number == 1 { text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text) } else { text };
                let text = text.trim_ascii();
                if first && (text == b"[" || text == b"{") {
                    return Err(IntakeError::Unreadable(
                        "this is one JSON document over several lines; write one object a line: jq -c '.[]' FILE > NEW.jsonl".to_owned(),
                    ));
                }
                if !text.is_empty() {
                    first = false;
                    match parse(text) {
                        Ok(Value::Array(items)) if !items.is_empty() => {
                            for item in items {
                                let item = check_nodes(item);
                                each(number, item, &|| raw_text(text))?;
                            }
                        }
                        value => each(number, value, &|| raw_text(text))?,
                    }
                }
                window.consume(consume);
            }
        }
    }
    Ok(Ended { line: number, error: window.error() })
}

/// Parses one line, after its size has been held against the limits.
///
/// # Errors
/// Why the line is no JSON, or is too complex.
pub fn parse(line: &[u8]) -> Result<Value, Refusal> {
    // An array or a batch holds many events; each is held against the limit by itself afterwards.
    let several = line.first() == Some(&b'[') || memchr::memmem::find(line, b"\"batch\"").is_some();
    parse_within(line, if several { limits::ROW } else { limits::NODES })
}

/// Parses a text of so many values at most.
///
/// # Errors
/// Why it is no JSON, or is too complex.
pub fn parse_within(line: &[u8], nodes_max: usize) -> Result<Value, Refusal> {
    let Ok(text) = std::str::from_utf8(line) else { return refuse(Reason::Encoding, "the line is not UTF-8") };
    measure(line, nodes_max)?;
    serde_json::from_str(text).map_err(|error| match error.to_string() {
        message if message.contains("surrogate") || message.contains("hex escape") => {
            Refusal { reason: Reason::Encoding, detail: message.into() }
        }
        message => Refusal { reason: Reason::Malformed, detail: message.into() },
    })
}

/// Whether JSON text keeps within the depth and a number of values; found without building anything of it.
fn measure(json: &[u8], nodes_max: usize) -> Result<(), Refusal> {
    let (mut depth, mut nodes, mut at) = (0usize, 1usize, 0usize);
    while at < json.len() {
        match json[at] {
            b'"' => loop {
                let Some(step) = memchr::memchr2(b'"', b'\\', &json[at + 1..]) else { return Ok(()) };
                at += step + 1;
                if json[at] == b'"' {
                    break;
                }
                at += 1;
                if at >= json.len() {
                    return Ok(());
                }
            },
            b'{' | b'[' => {
                depth += 1;
                nodes += 1;
                if depth > limits::DEPTH {
                    return refuse(Reason::TooComplex, format!("it is nested more than {} deep", limits::DEPTH));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => nodes += 1,
            _ => {}
        }
        if nodes > nodes_max {
            return refuse(Reason::TooComplex, format!("it has more than {nodes_max} values"));
        }
        at += 1;
    }
    Ok(())
}

/// Holds one of several values of a line against the limit.
///
/// # Errors
/// When it has too many values.
pub fn check_nodes(value: Value) -> Result<Value, Refusal> {
    fn count(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
            Value::Object(fields) => 1 + fields.values().map(count).sum::<usize>(),
            _ => 1,
        }
    }
    match count(&value) > limits::NODES {
        true => refuse(Reason::TooComplex, format!("it has more than {} values", limits::NODES)),
        false => Ok(value),
    }
}

/// The value at a dotted path; a number in it counts the items of a list from 0 (`line_items.0.sku`).
pub fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let step = |value: &'v Value, key: &str| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        value => value.get(key),
    };
    path.split('.').try_fold(value, step).filter(|value| !value.is_null())
}

/// The text at a dotted path; a number counts as its text. Empty is none.
pub fn text_at(value: &Value, path: &str) -> Option<String> {
    match at(value, path)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Holds the keys and texts of an object against the limits.
///
/// # Errors
/// The first that is over.
pub fn check_texts(fields: &serde_json::Map<String, Value>) -> Result<(), Refusal> {
    for (key, value) in fields {
        if key.len() > limits::KEY {
            return refuse(Reason::TooLarge, format!("a property's name has {} bytes; {} are allowed", key.len(), limits::KEY));
        }
        if let Value::String(text) = value
            && text.len() > limits::PROPERTY_TEXT
        {
            return refuse(Reason::TooLarge, format!("'{key}' has {} bytes; {} are allowed", text.len(), limits::PROPERTY_TEXT));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Option<Reason> {
        parse(text.as_bytes()).err().map(|refusal| refusal.reason)
    }

    #[test]
    fn depth_and_size_are_limited_to_the_last_one() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(reason(&format!("{{\"a\":{}}}", nested(31))), None);
        assert_eq!(reason(&format!("{{\"a\":{}}}", nested(32))), Some(Reason::TooComplex));
        let wide = |n: usize| format!("{{\"a\":[{}]}}", vec!["1"; n].join(","));
        assert_eq!(reason(&wide(4_094)), None);
        assert_eq!(reason(&wide(4_100)), Some(Reason::TooComplex));
        assert_eq!(reason(&"[".repeat(1_000_000)), Some(Reason::TooComplex));
        assert_eq!(reason(r#"{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}"#), None);
    }

    #[test]
    fn broken_text_has_its_own_reason() {
        assert_eq!(reason(r#"{"a":"\ud800"}"#), Some(Reason::Encoding));
        assert_eq!(reason(r#"{"a":1"#), Some(Reason::Malformed));
        assert_eq!(parse(b"{\"a\":\"\xff\"}").unwrap_err().reason, Reason::Encoding);
    }
}
