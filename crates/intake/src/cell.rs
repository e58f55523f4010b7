//! One value of a row, borrowed from wherever the row was decoded to.

use std::fmt::Write as _;

use periplus_model::Instant;
use serde_json::Value;

/// A value in a column of a row.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// Nothing: SQL's null, JSON's null, or an empty field.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with decimals.
    Float(f64),
    /// A text whose type the source knows (a JSON string, a Parquet string).
    Text(&'a str),
    /// A text from a source without types (CSV), which may mean a number.
    Field(&'a str),
    /// A point in time.
    Time(Instant),
    /// A wall-clock time without a zone, in microseconds since 1970-01-01T00:00:00 of its own calendar.
    Local(i64),
    /// A calendar day, counted from 1970-01-01.
    Day(i32),
    /// A list or an object.
    Json(&'a Value),
}

/// A row: a value for each column. Generic, not dynamic, because tens of millions of rows go through it.
pub trait Row {
    /// The value in a column; null for a column that this row does not have.
    fn cell(&self, column: usize) -> Cell<'_>;
}

/// A row of values that were decoded one by one.
impl Row for [Value] {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.get(column).map_or(Cell::Null, Cell::of)
    }
}

impl<'a> Cell<'a> {
    /// A JSON value as a cell.
    pub fn of(value: &'a Value) -> Cell<'a> {
        match value {
            Value::Null => Cell::Null,
            Value::Bool(b) => Cell::Bool(*b),
            Value::Number(n) => match n.as_i64() {
                Some(i) => Cell::Int(i),
                // Identifiers of 64 bits without a sign must not be rounded to a float.
                None if n.is_u64() => Cell::Json(value),
                None => n.as_f64().map_or(Cell::Null, Cell::Float),
            },
            Value::String(s) if s.is_empty() => Cell::Null,
            Value::String(s) => Cell::Text(s),
            Value::Array(_) | Value::Object(_) => Cell::Json(value),
        }
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Cell::Null)
    }

    /// Appends the value as plain text; null is nothing.
    pub fn text(&self, out: &mut String) {
        match *self {
            Cell::Null => {}
            Cell::Text(s) | Cell::Field(s) => out.push_str(s),
            Cell::Bool(b) => out.push_str(if b { "true" } else { "false" }),
            Cell::Int(i) => write_int(i, out),
            Cell::Float(x) => write_float(x, out),
            Cell::Time(at) => drop(write!(out, "{at}")),
            Cell::Local(micros) => {
                let _ = write!(out, "{}", Instant(micros));
                out.pop(); // A local time is not UTC: without the Z.
            }
            Cell::Day(days) => {
                let (year, month, day) = Instant(i64::from(days).saturating_mul(86_400_000_000)).date();
                let _ = write!(out, "{year:04}-{month:02}-{day:02}");
            }
            Cell::Json(value) => drop(write!(out, "{value}")),
        }
    }

    /// Appends the value as JSON. An untyped field becomes a number, `true` or `false` where it is written exactly as
    /// JSON would write one, so that `01234` and `1e5` stay the texts they were.
    pub fn json(&self, out: &mut String) {
        match *self {
            Cell::Null => out.push_str("null"),
            Cell::Bool(_) | Cell::Int(_) | Cell::Json(_) => self.text(out),
            Cell::Float(x) if x.is_finite() => write_float(x, out),
            Cell::Float(_) => out.push_str("null"),
            Cell::Text(s) => write_json_text(s, out),
            Cell::Field(s) if s == "true" || s == "false" || is_plain_number(s) => out.push_str(s),
            Cell::Field(s) => write_json_text(s, out),
            Cell::Time(_) | Cell::Local(_) | Cell::Day(_) => {
                out.push('"');
                self.text(out);
                out.push('"');
            }
        }
    }

    /// The value as an owned JSON value.
    pub fn value(&self) -> Value {
        match *self {
            Cell::Null => Value::Null,
            Cell::Json(value) => value.clone(),
            Cell::Text(s) => Value::from(s),
            _ => {
                let mut text = String::new();
                self.json(&mut text);
                serde_json::from_str(&text).unwrap_or(Value::Null)
            }
        }
    }

    /// The bytes of text in it, to hold against the limit.
    pub fn text_length(&self) -> usize {
        match self {
            Cell::Text(s) | Cell::Field(s) => s.len(),
            _ => 0,
        }
    }
}

/// Whether a field is a number in its shortest form: no leading zeros, no plus, no exponent, at most 15 digits.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits.len() <= 16 && all_digits(whole) && fraction.is_none_or(all_digits) && (whole == "0" || !whole.starts_with('0')) && text != "-0"
}

fn write_int(number: i64, out: &mut String) {
    // Twice as fast as `write!`, and most identifiers of Parquet files pass here.
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push('-');
    }
    out.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// A float always shows that it is one: `2.0`, not `2`.
fn write_float(number: f64, out: &mut String) {
    let _ = write!(out, "{number:?}");
}

/// Appends a text as a JSON string.
pub fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    let special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    // Most texts have nothing to escape, and without an early exit the compiler looks at many bytes at once.
    if !text.bytes().fold(false, |any, byte| any | special(byte)) {
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        if !special(byte) {
            continue;
        }
        out.push_str(&text[done..at]);
        done = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => drop(write!(out, "\\u{byte:04x}")),
        }
    }
    out.push_str(&text[done..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(cell: Cell<'_>) -> String {
        let mut out = String::new();
        cell.json(&mut out);
        out
    }

    #[test]
    fn fields_become_numbers_only_when_nothing_is_lost() {
        for same in ["0", "-12", "3.50", "true", "123456789012345"] {
            assert_eq!(json(Cell::Field(same)), same);
        }
        for text in ["01234", "+1", "1e5", "-0", ".5", "5.", "", "1,5", "12345678901234567890", "True"] {
            assert_eq!(json(Cell::Field(text)), format!("\"{text}\""));
        }
        assert_eq!(json(Cell::Text("12")), "\"12\"");
    }

    #[test]
    fn json_texts_are_what_serde_would_write() {
        for text in ["plain", "a\"b\\c\n\r\t\u{1}\u{7f}é😀", ""] {
            assert_eq!(serde_json::from_str::<String>(&json(Cell::Text(text))).unwrap(), text);
        }
    }

    #[test]
    fn numbers_and_days_are_written_exactly() {
        for number in [0, 7, -1, i64::MAX, i64::MIN] {
            assert_eq!(json(Cell::Int(number)), number.to_string());
        }
        assert_eq!(json(Cell::of(&Value::from(u64::MAX))), u64::MAX.to_string());
        assert_eq!(json(Cell::Float(2.0)), "2.0");
        assert_eq!(json(Cell::Float(f64::NAN)), "null");
        assert_eq!(json(Cell::Day(0)), "\"1970-01-01\"");
        assert_eq!(json(Cell::Local(1_000_000)), "\"1970-01-01T00:00:01\"");
    }
}
