//! Delimiter-separated values, record by record, in a way that one broken quote cannot swallow the rest of a file.
//!
//! The `csv` crate reads on until it finds the closing quote, wherever that is. Here a quoted field must be followed by a
//! delimiter or the end of the line, and may span so many lines and bytes; where that fails only the first line of the
//! record is refused, and reading goes on with the next line. On well-formed input both agree (there is a test).

use crate::limits;
use crate::stream::{Line, Window, trim_return};

/// Finds records in a window.
#[derive(Debug)]
pub struct Separated {
    delimiter: u8,
    /// Lines that were consumed.
    line: u64,
    unquoted: Vec<u8>,
    fields: Vec<(usize, usize)>,
}

/// What was found.
#[derive(Debug)]
pub enum Found<'a> {
    /// A record; its fields as ranges of `text`.
    Record {
        /// The number of its first line, from 1.
        line: u64,
        /// The bytes that the fields lie in.
        text: &'a [u8],
        /// The fields.
        fields: &'a [(usize, usize)],
        /// The record as it was written.
        raw: &'a [u8],
        /// Bytes to consume when done with it.
        consume: usize,
    },
    /// A line that is no record, and the bytes to consume.
    Broken {
        /// Its number, from 1.
        line: u64,
        /// What is wrong.
        why: &'static str,
        /// The line as it was written.
        raw: &'a [u8],
        /// Bytes to consume when done with it.
        consume: usize,
    },
    /// A line over the limit; [`Window::skip_line`] leads behind it.
    TooLong {
        /// Its number, from 1.
        line: u64,
        /// Its beginning.
        raw: &'a [u8],
    },
}

enum Quoted {
    Record { consume: usize, lines: u64 },
    NeedsMore,
    Broken(&'static str),
}

impl Separated {
    /// For a delimiter.
    pub fn new(delimiter: u8) -> Separated {
        Separated { delimiter, line: 0, unquoted: Vec::new(), fields: Vec::new() }
    }

    /// Lines consumed so far.
    pub fn lines(&self) -> u64 {
        self.line
    }

    /// The next record; blank lines are passed over. `None` at the end, or where the stream breaks.
    pub fn next<'a>(&'a mut self, window: &'a mut Window) -> Option<Found<'a>> {
        loop {
            match window.line(limits::ROW)? {
                Line::TooLong { .. } => {
                    self.line += 1;
                    let raw = window.data();
                    return Some(Found::TooLong { line: self.line, raw: &raw[..raw.len().min(limits::RAW)] });
                }
                Line::Whole { length, consume } => {
                    let content = trim_return(&window.data()[..length]);
                    if content.is_empty() {
                        self.line += 1;
                        window.consume(consume);
                        continue;
                    }
                    if memchr::memchr(b'"', content).is_none() {
                        self.line += 1;
                        self.fields.clear();
                        let mut start = 0;
                        for at in memchr::memchr_iter(self.delimiter, content) {
                            self.fields.push((start, at));
                            start = at + 1;
                        }
                        let end = content.len();
                        self.fields.push((start, end));
                        let content = &window.data()[..end];
                        return Some(Found::Record { line: self.line, text: content, fields: &self.fields, raw: content, consume });
                    }
                    return self.quoted(window, length, consume);
                }
            }
        }
    }

    fn quoted<'a>(&'a mut self, window: &'a mut Window, length: usize, first_line: usize) -> Option<Found<'a>> {
        let mut ended = false;
        loop {
            match self.scan(window.data(), ended) {
                Quoted::Record { consume, lines } => {
                    let line = self.line + 1;
                    self.line += lines;
                    let raw = &window.data()[..consume];
                    let raw = trim_return(raw.strip_suffix(b"\n").unwrap_or(raw));
                    return Some(Found::Record { line, text: &self.unquoted, fields: &self.fields, raw, consume });
                }
                Quoted::NeedsMore => {
                    ended = !window.more();
                    // Where the stream broke, what is there of the record is not a record.
                    if ended && window.is_broken() {
                        return None;
                    }
                }
                Quoted::Broken(why) => return Some(self.broken(window, length, first_line, why)),
            }
        }
    }

    fn broken<'a>(&'a mut self, window: &'a Window, length: usize, consume: usize, why: &'static str) -> Found<'a> {
        self.line += 1;
        Found::Broken { line: self.line, why, raw: trim_return(&window.data()[..length]), consume }
    }

    /// Reads one record with quotes from the start of `data`.
    fn scan(&mut self, data: &[u8], ended: bool) -> Quoted {
        self.fields.clear();
        self.unquoted.clear();
        let mut lines = 1;
        let mut at = 0;
        loop {
            let start = self.unquoted.len();
            if data.get(at) == Some(&b'"') {
                at += 1;
                loop {
                    if at > limits::ROW {
                        return Quoted::Broken("a quoted field is over the limit; a closing quote seems to be missing");
                    }
                    let Some(step) = memchr::memchr2(b'"', b'\n', &data[at..]) else {
                        return match ended {
                            true => Quoted::Broken("a quote is opened and never closed"),
                            false if data.len() > limits::ROW => {
                                Quoted::Broken("a quoted field is over the limit; a closing quote seems to be missing")
                            }
                            false => Quoted::NeedsMore,
                        };
                    };
                    self.unquoted.extend_from_slice(&data[at..at + step]);
                    at += step + 1;
                    if data[at - 1] == b'\n' {
                        lines += 1;
                        if lines > limits::QUOTED_LINES {
                            return Quoted::Broken("a quoted field spans too many lines; a closing quote seems to be missing");
                        }
                        self.unquoted.push(b'\n');
                    } else if data.get(at) == Some(&b'"') {
                        self.unquoted.push(b'"');
                        at += 1;
                    } else {
                        break;
                    }
                }
                self.fields.push((start, self.unquoted.len()));
            } else {
                let end = memchr::memchr2(self.delimiter, b'\n', &data[at..]).map_or(data.len(), |step| at + step);
                let mut content = &data[at..end];
                if data.get(end) != Some(&self.delimiter) {
                    content = trim_return(content);
                }
                self.unquoted.extend_from_slice(content);
                self.fields.push((start, self.unquoted.len()));
                at = end;
            }
            let lines = lines as u64;
            match &data[at..] {
                // The closing quote may be half of an escaped one, and the carriage return half of a line end.
                [] | [b'\r'] if !ended => return Quoted::NeedsMore,
                [] | [b'\r'] => return Quoted::Record { consume: data.len(), lines },
                [b'\n', ..] => return Quoted::Record { consume: at + 1, lines },
                [b'\r', b'\n', ..] => return Quoted::Record { consume: at + 2, lines },
                [byte, ..] if *byte == self.delimiter => at += 1,
                _ => return Quoted::Broken("text follows a closing quote"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every record's fields, or the reason why a line is none.
    fn read(bytes: Vec<u8>) -> Vec<Result<Vec<String>, (u64, &'static str)>> {
        let mut window = Window::open(Box::new(std::io::Cursor::new(bytes)));
        let mut reader = Separated::new(b',');
        let mut all = Vec::new();
        loop {
            let consume = match reader.next(&mut window) {
                None => return all,
                Some(Found::Record { text, fields, consume, .. }) => {
                    all.push(Ok(fields.iter().map(|(a, b)| String::from_utf8_lossy(&text[*a..*b]).into_owned()).collect()));
                    consume
                }
                Some(Found::Broken { line, why, consume, .. }) => {
                    all.push(Err((line, why)));
                    consume
                }
                Some(Found::TooLong { line, .. }) => {
                    all.push(Err((line, "long")));
                    window.skip_line();
                    continue;
                }
            };
            window.consume(consume);
        }
    }

    #[test]
    fn a_broken_quote_costs_one_line() {
        let records = read(b"1,\"open\n2,fine\n3,\"also\nfine\"\n4,\"a \"\"b\"\"\"\r\n5,\"x\"y\n6,last".to_vec());
        let words = |list: &[&str]| Ok(list.iter().map(|s| s.to_string()).collect::<Vec<_>>());
        assert_eq!(records[0].as_ref().unwrap_err().0, 1);
        assert_eq!(records[1], words(&["2", "fine"]));
        assert_eq!(records[2], words(&["3", "also\nfine"]));
        assert_eq!(records[3], words(&["4", "a \"b\""]));
        assert_eq!(records[4].as_ref().unwrap_err().0, 6);
        assert_eq!(records[5], words(&["6", "last"]));
        assert_eq!(records.len(), 6);
    }

    #[test]
    fn an_unclosed_quote_does_not_swallow_a_large_file() {
        let mut bytes = b"0,\"open\n".to_vec();
        for n in 1..=200_000 {
            bytes.extend(format!("{n},plain\n").bytes());
        }
        let records = read(bytes);
        assert!(records[0].is_err());
        assert_eq!(records.iter().filter(|r| r.is_ok()).count(), 200_000);
    }

    proptest! {
        #[test]
        fn well_formed_input_reads_as_with_the_csv_crate(rows in proptest::collection::vec(proptest::collection::vec("[ab,\"\n\r ]{0,6}", 2..4), 0..20)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let read: Vec<Vec<String>> = read(writer.into_inner().unwrap()).into_iter().map(|r| r.unwrap()).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn random_bytes_end(bytes in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..400)) {
            read(bytes);
        }
    }
}
