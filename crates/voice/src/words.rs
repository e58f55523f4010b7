//! A text as words: lower case, contractions written out, and where in the text each stands.

use crate::stem::stem;
use crate::vader;

/// What stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word.
    Word,
    /// Digits, perhaps with separators or a sign of money.
    Number,
    /// An emoji or emoticon.
    Sign,
    /// What ends a clause: a comma, a dash, a bracket.
    Pause,
    /// What ends a sentence, and how: '.', '!' or '?'. A line's end counts as '.'.
    Stop(char),
}

/// One piece of a text.
#[derive(Debug, Clone)]
pub struct Word {
    /// What it is.
    pub kind: Kind,
    /// In lower case; "n't" is a word "not" of its own, other endings after an apostrophe are gone.
    pub lower: String,
    /// What is common to its forms (English).
    pub stem: String,
    /// The byte at which it begins.
    pub from: usize,
    /// The byte after its last.
    pub to: usize,
    /// Written in capitals, with at least three of them.
    pub capitals: bool,
}

/// Negations without the apostrophe, as people type them.
const TYPED: &[(&str, &str)] = &[
    ("aint", "be"),
    ("arent", "are"),
    ("cannot", "can"),
    ("cant", "can"),
    ("couldnt", "could"),
    ("didnt", "did"),
    ("doesnt", "does"),
    ("dont", "do"),
    ("hadnt", "had"),
    ("hasnt", "has"),
    ("havent", "have"),
    ("isnt", "is"),
    ("shouldnt", "should"),
    ("wasnt", "was"),
    ("werent", "were"),
    ("wont", "will"),
    ("wouldnt", "would"),
];

fn is_apostrophe(sign: char) -> bool {
    matches!(sign, '\'' | '’' | '‘' | '`' | '´' | 'ʼ')
}

/// Signs that are pictures rather than letters or punctuation.
fn is_picture(sign: char) -> bool {
    matches!(u32::from(sign), 0x2190..=0x2bff | 0x1f000..=0x1faff) || vader::picture(sign).is_some()
}

/// The pieces of a text, in order. The work grows with its length.
pub fn words(text: &str) -> Vec<Word> {
    let mut out = Vec::with_capacity(text.len() / 5 + 4);
    let mut chunk_from = None;
    for (at, sign) in text.char_indices() {
        if sign.is_whitespace() || sign.is_control() {
            if let Some(from) = chunk_from.take() {
                chunk(text, from, at, &mut out);
            }
            if sign == '\n' && !matches!(out.last(), None | Some(Word { kind: Kind::Stop(_), .. })) {
                mark(&mut out, Kind::Stop('.'), at, at + 1);
            }
        } else if chunk_from.is_none() {
            chunk_from = Some(at);
        }
    }
    if let Some(from) = chunk_from {
        chunk(text, from, text.len(), &mut out);
    }
    out
}

fn mark(out: &mut Vec<Word>, kind: Kind, from: usize, to: usize) {
    out.push(Word { kind, lower: String::new(), stem: String::new(), from, to, capitals: false });
}

/// What stands between white space.
fn chunk(text: &str, from: usize, to: usize, out: &mut Vec<Word>) {
    let whole = &text[from..to];
    if whole.len() <= 12 && whole.chars().any(|c| !c.is_alphanumeric()) {
        let lower = whole.to_lowercase();
        let letters = whole.chars().filter(|c| c.is_alphabetic()).count();
        if letters <= 2 && vader::valence(&lower).is_some() {
            out.push(Word { kind: Kind::Sign, stem: lower.clone(), lower, from, to, capitals: false });
            return;
        }
    }
    let mut letters_from = None;
    let mut signs = whole.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        let next_is_letter = signs.peek().is_some_and(|&(_, next)| next.is_alphanumeric());
        // A letter, a mark on one, or an apostrophe, separator or hyphen-free joint between two.
        let joins = letters_from.is_some() && next_is_letter && (is_apostrophe(sign) || matches!(sign, '.' | ',' | ':'));
        let joined_digits = joins && !is_apostrophe(sign) && !whole[..at].ends_with(|c: char| c.is_ascii_digit());
        if sign.is_alphanumeric() || is_mark(sign) || (joins && !joined_digits) {
            letters_from.get_or_insert(at);
            continue;
        }
        if let Some(start) = letters_from.take() {
            word(text, from + start, from + at, out);
        }
        let (start, end) = (from + at, from + at + sign.len_utf8());
        match sign {
            '!' | '?' | '.' | '…' | '。' | '！' | '？' => {
                let how = match sign {
                    '!' | '！' => '!',
                    '?' | '？' => '?',
                    _ => '.',
                };
                mark(out, Kind::Stop(how), start, end);
            }
            ',' | ';' | ':' | '(' | ')' | '–' | '—' | '、' | '，' => mark(out, Kind::Pause, start, end),
            '-' if whole.len() == 1 => mark(out, Kind::Pause, start, end),
            sign if is_picture(sign) => {
                let lower = sign.to_string();
                out.push(Word { kind: Kind::Sign, stem: lower.clone(), lower, from: start, to: end, capitals: false });
            }
            _ => {}
        }
    }
    if let Some(start) = letters_from {
        word(text, from + start, to, out);
    }
}

/// Marks that belong to the letter before them, in scripts that write vowels so.
fn is_mark(sign: char) -> bool {
    matches!(u32::from(sign), 0x300..=0x36f | 0x591..=0x5c7 | 0x610..=0x61a | 0x64b..=0x65f | 0x900..=0x903 | 0x93a..=0x94f | 0xe31 | 0xe34..=0xe3a | 0xe47..=0xe4e)
}

fn word(text: &str, from: usize, to: usize, out: &mut Vec<Word>) {
    let written = &text[from..to];
    let capitals = written.chars().filter(|c| c.is_uppercase()).count() > 2 && !written.chars().any(char::is_lowercase);
    let mut push = |lower: String, kind| {
        let stem = if kind == Kind::Word { stem(&lower) } else { lower.clone() };
        out.push(Word { kind, lower, stem, from, to, capitals });
    };
    if written.starts_with(|c: char| c.is_ascii_digit()) && written.chars().all(|c| !c.is_alphabetic()) {
        push("<n>".to_owned(), Kind::Number);
        return;
    }
    let lower = written.to_lowercase();
    if let Ok(at) = TYPED.binary_search_by_key(&lower.as_str(), |(typed, _)| typed) {
        push(TYPED[at].1.to_owned(), Kind::Word);
        push("not".to_owned(), Kind::Word);
        return;
    }
    let Some((base, ending)) = lower.rsplit_once(is_apostrophe) else {
        push(lower, Kind::Word);
        return;
    };
    match ending {
        "t" if base.ends_with('n') => {
            let base = match base {
                "can" => "can",
                "won" => "will",
                "shan" => "shall",
                "ain" => "be",
                _ => &base[..base.len() - 1],
            };
            push(base.to_owned(), Kind::Word);
            push("not".to_owned(), Kind::Word);
        }
        "s" | "m" | "re" | "ve" | "ll" | "d" if !base.is_empty() => push(base.to_owned(), Kind::Word),
        _ => push(lower, Kind::Word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let pieces = words(text).into_iter().map(|word| match word.kind {
            Kind::Word | Kind::Number | Kind::Sign => word.lower,
            Kind::Pause => ",".to_owned(),
            Kind::Stop(how) => how.to_string(),
        });
        pieces.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn contractions_are_written_out() {
        assert_eq!(told("It’s 3,50 € and I can't, won't or dont pay!"), "it <n> and i can not , will not or do not pay !");
        assert_eq!(told("the cafe's O'Brien :-) 😀\nok"), "the cafe o'brien :-) 😀 . ok");
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "Über-slow… isn't it?";
        let found: Vec<&str> = words(text).iter().map(|word| &text[word.from..word.to]).collect();
        assert_eq!(found, ["Über", "slow", "…", "isn't", "isn't", "it", "?"]);
    }
}
