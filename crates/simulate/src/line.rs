//! Lines of JSON and CSV, written straight into a buffer: the simulator's speed is the speed of this file.

use std::io::Write as _;

use periplus_model::Instant;

/// A JSON object being written.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl Object<'_> {
    /// Writes an object, whose members `fill` adds.
    pub(crate) fn write(out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        out.push(b'{');
        fill(&mut Object { out, first: true });
        out.push(b'}');
    }

    fn key(&mut self, key: &str) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.out.push(b'"');
        for &byte in value.as_bytes() {
            match byte {
                b'"' | b'\\' => self.out.extend_from_slice(&[b'\\', byte]),
                0..=0x1f => print(self.out, format_args!("\\u{byte:04x}")),
                _ => self.out.push(byte),
            }
        }
        self.out.push(b'"');
    }

    pub(crate) fn whole(&mut self, key: &str, value: i64) {
        self.key(key);
        print(self.out, format_args!("{value}"));
    }

    pub(crate) fn flag(&mut self, key: &str, value: bool) {
        self.key(key);
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// An amount given in cents, as a number with two decimals.
    pub(crate) fn amount(&mut self, key: &str, cents: i64) {
        self.key(key);
        amount(self.out, cents, '.');
    }

    /// A time given in milliseconds, as text in UTC.
    pub(crate) fn time(&mut self, key: &str, millis: i64) {
        self.key(key);
        self.out.push(b'"');
        stamp(self.out, millis);
        self.out.push(b'"');
    }

    pub(crate) fn object(&mut self, key: &str, fill: impl FnOnce(&mut Object<'_>)) {
        self.key(key);
        Object::write(self.out, fill);
    }

    /// A list of objects, one per item.
    pub(crate) fn objects<T>(&mut self, key: &str, items: &[T], mut fill: impl FnMut(&mut Object<'_>, &T)) {
        self.key(key);
        self.out.push(b'[');
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.out.push(b',');
            }
            Object::write(self.out, |object| fill(object, item));
        }
        self.out.push(b']');
    }
}

/// A row of a CSV file being written.
pub(crate) struct Row<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Row<'a> {
    pub(crate) fn on(out: &'a mut Vec<u8>) -> Row<'a> {
        Row { out, first: true }
    }

    fn next(&mut self) -> &mut Vec<u8> {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        let out = self.next();
        if value.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
            out.push(b'"');
            out.extend_from_slice(value.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(value.as_bytes());
        }
        self
    }

    pub(crate) fn whole(&mut self, value: i64) -> &mut Self {
        print(self.next(), format_args!("{value}"));
        self
    }

    /// An amount given in cents, `59.90`.
    pub(crate) fn amount(&mut self, cents: i64) -> &mut Self {
        amount(self.next(), cents, '.');
        self
    }

    /// An amount given in cents, as German tills print it: `"59,90"`, in quotes because of the comma.
    pub(crate) fn german_amount(&mut self, cents: i64) -> &mut Self {
        let out = self.next();
        out.push(b'"');
        amount(out, cents, ',');
        out.push(b'"');
        self
    }

    /// A time given in milliseconds, as text in UTC.
    pub(crate) fn time(&mut self, millis: i64) -> &mut Self {
        stamp(self.next(), millis);
        self
    }
}

/// Formats into the buffer, which cannot fail.
pub(crate) fn print(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok(), "a Vec takes every byte");
}

fn amount(out: &mut Vec<u8>, cents: i64, point: char) {
    print(out, format_args!("{}{point}{:02}", cents / 100, cents % 100));
}

/// `2025-03-01T10:00:00.123Z`.
fn stamp(out: &mut Vec<u8>, millis: i64) {
    let (year, month, day) = Instant::from_millis(millis).date();
    let rest = millis.rem_euclid(86_400_000);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    digits(&mut text[0..4], i64::from(year));
    digits(&mut text[5..7], i64::from(month));
    digits(&mut text[8..10], i64::from(day));
    digits(&mut text[11..13], rest / 3_600_000);
    digits(&mut text[14..16], rest / 60_000 % 60);
    digits(&mut text[17..19], rest / 1_000 % 60);
    digits(&mut text[20..23], rest % 1_000);
    out.extend_from_slice(&text);
}

fn digits(into: &mut [u8], mut number: i64) {
    for digit in into.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_back_as_it_was_meant() {
        let mut out = Vec::new();
        Object::write(&mut out, |line| {
            line.text("said", "\"so\"\\\n\u{1}ü");
            line.whole("n", -3);
            line.amount("value", 5_907);
            line.time("at", 1_740_823_200_009);
            line.objects("items", &[1, 2], |item, n| item.whole("n", *n));
            line.object("none", |_| {});
            line.flag("yes", true);
        });
        let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let meant = serde_json::json!({
            "said": "\"so\"\\\n\u{1}ü", "n": -3, "value": 59.07, "at": "2025-03-01T10:00:00.009Z",
            "items": [{"n": 1}, {"n": 2}], "none": {}, "yes": true
        });
        assert_eq!(read, meant);
    }

    #[test]
    fn csv_is_read_back_as_it_was_meant() {
        let mut out = Vec::new();
        Row::on(&mut out).text("a,\"b\"").german_amount(123_405).text("").whole(7).amount(5).time(0);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(out.as_slice());
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!(row, vec!["a,\"b\"", "1234,05", "", "7", "0.05", "1970-01-01T00:00:00.000Z"]);
    }
}
