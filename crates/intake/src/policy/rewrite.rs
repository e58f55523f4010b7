//! Changes values in the text of a JSON document and leaves every other byte as it is.
//!
//! Nothing is built of the document: it is walked once, what is to change is noted, and the text is put together again only where
//! there was something. So an event that no rule touches costs a look at it and no allocation.

use std::borrow::Cow;

/// What becomes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Keep,
    /// It goes, with its name if it has one.
    Drop,
    /// This text instead.
    Become(String),
}

/// A value that holds no others.
#[derive(Debug)]
pub enum Scalar<'t> {
    /// A text, without escapes.
    Text(Cow<'t, str>),
    /// A number, `true`, `false` or `null`, as it is written.
    Word(&'t str),
}

/// Decides what becomes of values.
pub trait Judge {
    /// What a rule says of a named value as a whole, of whatever it is made.
    type Verdict: Copy;

    /// What is said of the value at a path as a whole.
    fn named(&self, path: &Path) -> Option<Self::Verdict>;

    /// Whether a value goes of which this is said.
    fn drops(&self, verdict: Self::Verdict) -> bool;

    /// What becomes of a value at a path, given what is said of it or of what it is part of.
    fn scalar(&self, path: &Path, value: Scalar<'_>, verdict: Option<Self::Verdict>) -> Fate;
}

/// Where a value is: the names on the way to it. Lists are no part of the way.
#[derive(Debug, Default)]
pub struct Path {
    text: String,
    starts: Vec<usize>,
    /// Whether this is a message as somebody sent it, and not yet properties with the names that rules use.
    is_raw: bool,
}

impl Path {
    /// The names with dots between them; of a raw message, the letters and digits of all names in lower case.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether this is the way into a raw message.
    pub fn is_raw(&self) -> bool {
        self.is_raw
    }

    /// How many names there are.
    pub fn depth(&self) -> usize {
        self.starts.len()
    }

    /// Whether the last names, put together, are this one.
    pub fn ends_in(&self, bare: &str) -> bool {
        self.starts.iter().any(|start| self.text[*start..] == *bare)
    }

    fn push(&mut self, name: &str) {
        self.starts.push(self.text.len());
        match self.is_raw {
            true => bare_name(name, &mut self.text),
            false => {
                if self.starts.len() > 1 {
                    self.text.push('.');
                }
                self.text.push_str(name);
            }
        }
    }

    fn pop(&mut self) {
        self.text.truncate(self.starts.pop().unwrap_or(0));
    }
}

/// Appends the letters and digits of a name in lower case: `userId`, `user_id` and `$user_id` are one.
pub fn bare_name(name: &str, out: &mut String) {
    out.extend(name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
}

/// What came of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewritten {
    /// It is as it was.
    Same,
    /// It is this now.
    Changed(String),
    /// Nothing is left of it.
    Gone,
}

/// Nested deeper, it is not walked; what passes the limits is not.
const DEPTH: usize = 130;

/// Rewrites a document; nothing when it is no JSON.
pub fn rewrite<J: Judge>(text: &str, under: Option<&str>, is_raw: bool, judge: &J) -> Option<Rewritten> {
    let path = Path { is_raw, ..Path::default() };
    let mut walk = Walk { text, at: 0, path, edits: Vec::new(), judge, depth: 0 };
    let mut verdict = None;
    if let Some(name) = under {
        walk.path.push(name);
        verdict = judge.named(&walk.path);
    }
    if verdict.is_some_and(|verdict| judge.drops(verdict)) || !walk.value(verdict)? {
        return Some(Rewritten::Gone);
    }
    walk.space();
    if walk.at != text.len() {
        return None;
    }
    if walk.edits.is_empty() {
        return Some(Rewritten::Same);
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for (start, end, new) in walk.edits {
        out.push_str(&text[from..start]);
        out.push_str(&new);
        from = end;
    }
    out.push_str(&text[from..]);
    Some(Rewritten::Changed(out))
}

struct Walk<'t, 'j, J> {
    text: &'t str,
    at: usize,
    path: Path,
    /// What to put where; in order, and none within another.
    edits: Vec<(usize, usize, String)>,
    judge: &'j J,
    depth: usize,
}

/// The members of an object, or the elements of a list, while they are walked.
struct Members {
    any_kept: bool,
    /// Where the first began of those that go before any that stays.
    dropped_from: Option<usize>,
    end_before: usize,
}

impl<'t, J: Judge> Walk<'t, '_, J> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Walks a value; whether it stays.
    fn value(&mut self, verdict: Option<J::Verdict>) -> Option<bool> {
        self.space();
        let start = self.at;
        let fate = match self.peek()? {
            b'{' => return self.members(b'}', verdict).map(|()| true),
            b'[' => return self.members(b']', verdict).map(|()| true),
            b'"' => {
                let text = self.string()?;
                self.judge.scalar(&self.path, Scalar::Text(text), verdict)
            }
            _ => {
                let rest = &self.text[self.at..];
                let length = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
                if length == 0 {
                    return None;
                }
                self.at += length;
                self.judge.scalar(&self.path, Scalar::Word(&rest[..length]), verdict)
            }
        };
        match fate {
            Fate::Keep => {}
            Fate::Drop => return Some(false),
            Fate::Become(text) => {
                let mut json = String::new();
                crate::cell::write_json_text(&text, &mut json);
                self.edits.push((start, self.at, json));
            }
        }
        Some(true)
    }

    fn members(&mut self, close: u8, verdict: Option<J::Verdict>) -> Option<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        self.at += 1;
        self.space();
        let mut members = Members { any_kept: false, dropped_from: None, end_before: self.at };
        let mut named_before = None;
        if self.peek()? != close {
            loop {
                self.space();
                let (start, mark) = (self.at, self.edits.len());
                let stays = match close {
                    b'}' => self.member(verdict, &mut named_before)?,
                    _ => self.value(verdict)?,
                };
                self.book(&mut members, start, mark, stays);
                self.space();
                match self.peek()? {
                    b',' => self.at += 1,
                    byte if byte == close => break,
                    _ => return None,
                }
            }
        }
        if let Some(start) = members.dropped_from {
            self.edits.push((start, members.end_before, String::new()));
        }
        self.at += 1;
        self.depth -= 1;
        Some(())
    }

    /// Walks a name and its value; whether they stay.
    fn member(&mut self, verdict: Option<J::Verdict>, named_before: &mut Option<Cow<'t, str>>) -> Option<bool> {
        if self.peek()? != b'"' {
            return None;
        }
        let name = self.string()?;
        self.expect(b':')?;
        // GA4 writes its parameters as lists of `{"key": "email", "value": {...}}`.
        let name = if self.path.is_raw && name == "value" { named_before.take().unwrap_or(name) } else { name };
        let is_key = self.path.is_raw && name == "key";
        self.path.push(&name);
        let verdict = verdict.or_else(|| self.judge.named(&self.path));
        self.space();
        let (value_at, stays) = (self.at, self.value(verdict)?);
        if is_key && self.text.as_bytes()[value_at] == b'"' {
            *named_before = unescaped(self.text.get(value_at..self.at)?);
        }
        self.path.pop();
        Some(stays && !verdict.is_some_and(|verdict| self.judge.drops(verdict)))
    }

    /// Notes whether the member that was just walked stays, and what becomes of the commas around it.
    fn book(&mut self, members: &mut Members, start: usize, mark: usize, stays: bool) {
        if stays {
            if let Some(from) = members.dropped_from.take() {
                self.edits.insert(mark, (from, start, String::new()));
            }
            members.any_kept = true;
        } else {
            self.edits.truncate(mark);
            match members.any_kept {
                true => self.edits.push((members.end_before, self.at, String::new())),
                false => drop(members.dropped_from.get_or_insert(start)),
            }
        }
        members.end_before = self.at;
    }

    fn string(&mut self) -> Option<Cow<'t, str>> {
        let start = self.at;
        self.at += 1;
        loop {
            let step = memchr::memchr2(b'"', b'\\', &self.text.as_bytes()[self.at..])?;
            self.at += step + 1;
            if self.text.as_bytes()[self.at - 1] == b'"' {
                break;
            }
            self.at += 1;
            if self.at >= self.text.len() {
                return None;
            }
        }
        // What follows a backslash may be a character of several bytes only in a text that is no JSON.
        unescaped(self.text.get(start..self.at)?)
    }
}

/// A string of JSON, with its quotes, as the text that it stands for.
fn unescaped(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.get(1..json.len().checked_sub(1)?)?;
    match memchr::memchr(b'\\', inner.as_bytes()) {
        None => Some(Cow::Borrowed(inner)),
        Some(_) => serde_json::from_str(json).ok().map(Cow::Owned),
    }
}

/// An object with more members, each a name and JSON. What had one of the names gives way.
pub fn with_members(object: &str, members: &[(&str, String)]) -> String {
    let mut own = Cow::Borrowed(object);
    if members.iter().any(|(name, _)| memchr::memmem::find(object.as_bytes(), name.as_bytes()).is_some())
        && let Some(Rewritten::Changed(rest)) = rewrite(object, None, false, &Without(members))
    {
        own = Cow::Owned(rest);
    }
    let inner = own.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    let mut out = String::with_capacity(own.len() + 64);
    out.push('{');
    out.push_str(inner);
    let mut is_first = inner.trim().is_empty();
    for (name, json) in members {
        if !is_first {
            out.push(',');
        }
        is_first = false;
        crate::cell::write_json_text(name, &mut out);
        out.push(':');
        out.push_str(json);
    }
    out.push('}');
    out
}

struct Without<'m>(&'m [(&'m str, String)]);

impl Judge for Without<'_> {
    type Verdict = ();

    fn named(&self, path: &Path) -> Option<()> {
        (path.depth() == 1 && self.0.iter().any(|(name, _)| path.text() == *name)).then_some(())
    }

    fn drops(&self, (): ()) -> bool {
        true
    }

    fn scalar(&self, _path: &Path, _value: Scalar<'_>, _verdict: Option<()>) -> Fate {
        Fate::Keep
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Drops what is called x, and writes every number as a text.
    struct Test;

    impl Judge for Test {
        type Verdict = ();
        fn named(&self, path: &Path) -> Option<()> {
            path.ends_in("x").then_some(())
        }
        fn drops(&self, (): ()) -> bool {
            true
        }
        fn scalar(&self, _path: &Path, value: Scalar<'_>, _verdict: Option<()>) -> Fate {
            match value {
                Scalar::Word(word) if word.starts_with(char::is_numeric) => Fate::Become(word.to_owned()),
                Scalar::Text(text) if text == "gone" => Fate::Drop,
                _ => Fate::Keep,
            }
        }
    }

    fn rewritten(text: &str) -> String {
        match rewrite(text, None, true, &Test) {
            Some(Rewritten::Changed(text)) => text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn commas_go_with_what_they_part() {
        for (text, wanted) in [
            (r#"{"x":1}"#, "{}"),
            (r#"{"x":1,"a":true}"#, r#"{"a":true}"#),
            (r#"{"a":true , "x":1 }"#, r#"{"a":true }"#),
            (r#"{"x":1, "X":2, "a":[3,{"x":4}], "x":{"b":5}, "c":null}"#, r#"{"a":["3",{}], "c":null}"#),
            (r#"["gone","gone","a","gone","b","gone"]"#, r#"["a","b"]"#),
            (r#"{"a":["gone"],"b":"x"}"#, r#"{"a":[],"b":"x"}"#),
            (r#"{"key":"x","value":{"string_value":"y"}}"#, r#"{"key":"x"}"#),
            (r#"{"a":1.50,"b":"ö\"\\"}"#, r#"{"a":"1.50","b":"ö\"\\"}"#),
        ] {
            assert_eq!(rewritten(text), wanted, "{text}");
        }
        assert_eq!(rewrite(r#" {"a": [1e400, {}], "b" : "\u00e9"} "#, None, false, &Without(&[])), Some(Rewritten::Same));
        assert_eq!(rewrite("\"gone\"", None, false, &Test), Some(Rewritten::Gone));
    }

    #[test]
    fn what_is_no_json_is_not_rewritten() {
        for text in ["", "{", "{\"a\"}", "[1,]", "{\"a\":1", "\"", "\"\\", "\"\\ü", "{a:1}", "[1 2]", "1 2"] {
            assert_eq!(rewrite(text, None, true, &Test), None, "{text}");
        }
        assert_eq!(rewrite(&"[".repeat(100_000), None, false, &Test), None);
    }

    #[test]
    fn members_are_added_in_the_place_of_others() {
        let bot = [("bot", "\"x\"".to_owned())];
        assert_eq!(with_members("", &bot), r#"{"bot":"x"}"#);
        assert_eq!(with_members("{}", &bot), r#"{"bot":"x"}"#);
        assert_eq!(with_members(r#"{"a":"bot"}"#, &bot), r#"{"a":"bot","bot":"x"}"#);
        assert_eq!(with_members(r#"{"bot":false,"a":{"bot":1}}"#, &bot), r#"{"a":{"bot":1},"bot":"x"}"#);
    }
}
