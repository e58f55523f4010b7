//! A journey map as canonical YAML, as a person would write it.
//!
//! Written by hand rather than by a library's serializer, because the form is the point: plain event names for plain
//! conditions, conditions and figures on one line, a blank line between stages, quotes only where they are needed. A
//! text is quoted whenever YAML 1.1 or 1.2 could take it for something else, so that every other tool reads the same.

use serde_json::{Map, Value};

use crate::journey_map::JourneyMap;
use crate::locate::plain;
use periplus_model::measured::Lane;

/// Lists and objects are written on one line up to this width.
const WIDTH: usize = 120;
/// Lists whose items are chapters of the file: spread out, with a blank line between them.
const CHAPTERS: [&str; 2] = ["personas", "stages"];
/// Fields that hold a time; a bare date is how people write it.
const TIMES: [&str; 3] = ["from", "to", "next"];

/// The map as canonical YAML: equal maps give equal texts, and [`parse`](crate::parse) gives the map back.
pub fn print(map: &JourneyMap) -> String {
    let mut fields = match serde_json::to_value(map) {
        Ok(Value::Object(fields)) => fields,
        // A map is texts, numbers and lists; there is nothing in it that JSON cannot hold.
        _ => Map::new(),
    };
    if map.lanes == Lane::ALL {
        fields.shift_remove("lanes");
    }
    let mut text = String::new();
    for (key, value) in &fields {
        let value = shorten(key, value);
        let block = matches!(&value, Value::Array(items) if items.iter().any(Value::is_object));
        if block && !text.is_empty() {
            text.push('\n');
        }
        write_field(&mut text, key, &value, 0);
    }
    text
}

/// A condition or another value on one line, as it would stand in the file.
pub(crate) fn on_one_line(key: &str, value: &Value) -> String {
    flow(&shorten(key, value), false)
}

/// The shortest way to write a value: plain names for events, dates for midnights, whole numbers.
fn shorten(key: &str, value: &Value) -> Value {
    match value {
        Value::Object(fields) => match (fields.len(), fields.get("event")) {
            (1, Some(Value::String(name))) => name.as_str().into(),
            _ => Value::Object(fields.iter().map(|(key, value)| (key.clone(), shorten(key, value))).collect()),
        },
        Value::Array(items) => items.iter().map(|item| shorten(key, item)).collect(),
        Value::String(text) if TIMES.contains(&key) => text.strip_suffix("T00:00:00Z").unwrap_or(text).into(),
        // Values that data is compared with stay as they are: 1 and 1.0 are different values there.
        Value::Number(_) if matches!(key, "is" | "is_not" | "in" | "not_in") => value.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(x) if x.fract() == 0.0 && x.abs() < 1e15 => Value::from(x as i64),
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

fn write_field(text: &mut String, key: &str, value: &Value, indent: usize) {
    let margin = " ".repeat(indent);
    let chapters = indent == 0 && CHAPTERS.contains(&key);
    let line = format!("{margin}{}", field(key, value, false));
    let key = scalar(key, false);
    match value {
        Value::String(words) if words.contains('\n') && literal(words) => {
            text.push_str(&format!("{margin}{key}: |"));
            text.push_str(if words.ends_with('\n') { "\n" } else { "-\n" });
            for line in words.lines() {
                text.push_str(&if line.is_empty() { "\n".to_owned() } else { format!("{margin}  {line}\n") });
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) || (items.iter().any(sentence) && !items.is_empty()) => {
            text.push_str(&format!("{margin}{key}:\n"));
            for (i, item) in items.iter().enumerate() {
                let stage_ends = i > 0 && key == "touchpoints" && item["stage"] != items[i - 1]["stage"];
                if chapters && i > 0 || stage_ends {
                    text.push('\n');
                }
                write_item(text, item, indent + 2, chapters);
            }
        }
        Value::Object(fields)
            if !fields.is_empty() && (line.chars().count() > WIDTH || indent == 0 && fields.values().any(Value::is_array)) =>
        {
            text.push_str(&format!("{margin}{key}:\n"));
            for (key, value) in fields {
                write_field(text, key, value, indent + 2);
            }
        }
        _ => text.push_str(&(line + "\n")),
    }
}

fn write_item(text: &mut String, item: &Value, indent: usize, chapter: bool) {
    let margin = " ".repeat(indent);
    let line = flow(item, false);
    match item {
        Value::Object(fields) if chapter || indent + 2 + line.chars().count() > WIDTH => {
            let mut inner = String::new();
            for (key, value) in fields {
                write_field(&mut inner, key, value, indent + 2);
            }
            text.push_str(&format!("{margin}- {}", inner.trim_start_matches(' ')));
        }
        _ => text.push_str(&format!("{margin}- {line}\n")),
    }
}

/// Whether a text is too long to share a line with its neighbours.
fn sentence(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.split(' ').count() > 3)
}

/// Whether a text can be written as a literal block and come back the same.
fn literal(text: &str) -> bool {
    !text.contains(|letter| letter != '\n' && hidden(letter))
        && !text.starts_with([' ', '\n'])
        && !text.ends_with("\n\n")
        && text.lines().all(|line| !line.trim().is_empty() || line.is_empty())
}

/// A field on one line.
fn field(key: &str, value: &Value, within: bool) -> String {
    let written = match value {
        Value::String(time) if TIMES.contains(&key) => time.clone(),
        _ => flow(value, within),
    };
    format!("{}: {written}", scalar(key, within))
}

/// A value on one line.
fn flow(value: &Value, within: bool) -> String {
    match value {
        Value::String(text) => scalar(text, within),
        Value::Array(items) => format!("[{}]", items.iter().map(|item| flow(item, true)).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(key, value)| field(key, value, true)).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// A text, with quotes where it would otherwise be read as something else.
fn scalar(text: &str, within: bool) -> String {
    let opens = ['-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', '=', '<', '~'];
    let digit_first = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '.'));
    let ambiguous = !plain(text).is_string()
        || text.starts_with(opens)
        // Dates, times, octal, hexadecimal and grouped numbers of YAML 1.1.
        || digit_first && (!text.contains(char::is_alphabetic) || text.contains([':', 'e', 'E', '_']) && !text.contains(' '))
        || text.starts_with("0x")
        || text.starts_with("0o")
        || ["yes", "no", "on", "off", "y", "n", ".inf", ".nan", "+.inf"].iter().any(|word| text.eq_ignore_ascii_case(word));
    let broken = text.trim() != text || text.contains(hidden) || text.contains(": ") || text.contains(" #") || text.ends_with(':');
    let confusing = within && text.contains([',', '[', ']', '{', '}', ':']);
    if ambiguous || broken || confusing { quoted(text) } else { text.to_owned() }
}

/// A letter that nobody sees, or that YAML takes for the end of a line.
fn hidden(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if hidden(letter) => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}
