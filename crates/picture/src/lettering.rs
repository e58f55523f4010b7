//! The type face: how wide a text is, where it wraps, and how it is cut to fit.
//!
//! Widths come from the very fonts that are put into PNG, PDF and HTML, so what fits here fits there.

use std::sync::OnceLock;

use ttf_parser::Face;

/// The weight of a letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weight {
    /// 400, for reading.
    #[default]
    Regular,
    /// 500, for labels.
    Medium,
    /// 600, for figures and names.
    SemiBold,
    /// 700, for titles.
    Bold,
}

impl Weight {
    /// Every weight.
    pub const ALL: [Weight; 4] = [Weight::Regular, Weight::Medium, Weight::SemiBold, Weight::Bold];

    /// As CSS writes it.
    pub fn css(self) -> u16 {
        match self {
            Weight::Regular => 400,
            Weight::Medium => 500,
            Weight::SemiBold => 600,
            Weight::Bold => 700,
        }
    }

    /// The font as TrueType, for measuring, PNG and PDF.
    pub fn truetype(self) -> &'static [u8] {
        match self {
            Weight::Regular => include_bytes!("../fonts/Inter-Regular.ttf"),
            Weight::Medium => include_bytes!("../fonts/Inter-Medium.ttf"),
            Weight::SemiBold => include_bytes!("../fonts/Inter-SemiBold.ttf"),
            Weight::Bold => include_bytes!("../fonts/Inter-Bold.ttf"),
        }
    }

    /// The same font as WOFF2, a third of the size, for browsers.
    pub fn woff2(self) -> &'static [u8] {
        match self {
            Weight::Regular => include_bytes!("../fonts/Inter-Regular.woff2"),
            Weight::Medium => include_bytes!("../fonts/Inter-Medium.woff2"),
            Weight::SemiBold => include_bytes!("../fonts/Inter-SemiBold.woff2"),
            Weight::Bold => include_bytes!("../fonts/Inter-Bold.woff2"),
        }
    }

    fn face(self) -> Option<&'static Face<'static>> {
        static FACES: OnceLock<Vec<Option<Face<'static>>>> = OnceLock::new();
        FACES.get_or_init(|| Weight::ALL.iter().map(|weight| Face::parse(weight.truetype(), 0).ok()).collect())[self as usize].as_ref()
    }
}

/// How wide one character is, in units of the font size. A character that the font lacks counts as a full square,
/// which is what a reader's fallback font needs for Chinese or emoji.
fn advance(character: char, weight: Weight) -> f32 {
    let Some(face) = weight.face() else { return 0.65 };
    match face.glyph_index(character).and_then(|glyph| face.glyph_hor_advance(glyph)) {
        Some(units) => f32::from(units) / f32::from(face.units_per_em()),
        None => 1.1,
    }
}

/// How wide a text is, in pixels. Kerning is ignored: it only ever makes texts a little narrower.
pub fn width(text: &str, size: f32, weight: Weight) -> f32 {
    text.chars().map(|character| advance(character, weight)).sum::<f32>() * size
}

/// What may be drawn of a text from outside: one line, without control characters (XML forbids them) and without the
/// invisible characters that reorder text around them.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {}
            '\u{fffe}' | '\u{ffff}' => clean.push('\u{fffd}'),
            character if character.is_control() || (character.is_whitespace() && character != '\u{a0}') => {
                if !clean.ends_with(' ') && !clean.is_empty() {
                    clean.push(' ');
                }
            }
            character => clean.push(character),
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// The text, cut with an ellipsis where it is wider than `room`; empty when not even the ellipsis fits.
pub fn fit(text: &str, size: f32, weight: Weight, room: f32) -> String {
    if width(text, size, weight) <= room {
        return text.to_owned();
    }
    let mut left = room - width("…", size, weight);
    if left < 0.0 {
        return String::new();
    }
    let mut cut = String::new();
    for character in text.chars() {
        left -= advance(character, weight) * size;
        if left < 0.0 {
            break;
        }
        cut.push(character);
    }
    cut.truncate(cut.trim_end_matches([' ', ',', '.', ';', ':', '-', '–']).len());
    cut.push('…');
    cut
}

/// The words of a text; a number and its unit stay together.
pub fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match pieces.last_mut() {
            Some(number)
                if number.ends_with(|last: char| last.is_ascii_digit())
                    && matches!(word.trim_end_matches([',', '.', ')', ';']), "%" | "s" | "min" | "h" | "d") =>
            {
                number.push('\u{a0}');
                number.push_str(word);
            }
            _ => pieces.push(word.to_owned()),
        }
    }
    pieces
}

/// The text in at most `lines` lines no wider than `room`; the last one is cut with an ellipsis where text is left over.
pub fn wrap(text: &str, size: f32, weight: Weight, room: f32, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut words = pieces(text).into_iter();
    while let Some(piece) = words.next() {
        let longer = if line.is_empty() { piece.clone() } else { format!("{line} {piece}") };
        if width(&longer, size, weight) <= room {
            line = longer;
            continue;
        }
        if wrapped.len() + 1 >= lines {
            let rest = words.collect::<Vec<_>>().join(" ");
            let all = if rest.is_empty() { longer } else { format!("{longer} {rest}") };
            wrapped.push(fit(&all, size, weight, room));
            return wrapped;
        }
        if !line.is_empty() {
            wrapped.push(std::mem::take(&mut line));
        }
        // A single word that is wider than the room is broken where it must be.
        line = piece;
        while width(&line, size, weight) > room && wrapped.len() + 1 < lines {
            let mut used = 0.0;
            let at = line.char_indices().find(|(_, character)| {
                used += advance(*character, weight) * size;
                used > room
            });
            let at = match at {
                Some((0, first)) => first.len_utf8(),
                Some((at, _)) => at,
                None => break,
            };
            if at >= line.len() {
                break;
            }
            let rest = line.split_off(at);
            wrapped.push(std::mem::replace(&mut line, rest));
        }
        if wrapped.len() + 1 >= lines && width(&line, size, weight) > room {
            line = fit(&line, size, weight, room);
        }
    }
    if !line.is_empty() {
        wrapped.push(line);
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let text = "Customers who go back to the cart after seeing the price of delivery leave twice as often";
        for room in [40.0, 80.0, 120.0, 200.0, 900.0] {
            let lines = wrap(text, 12.5, Weight::Regular, room, 100);
            assert!(lines.iter().all(|line| width(line, 12.5, Weight::Regular) <= room), "{room}: {lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
        let two = wrap(text, 12.5, Weight::Regular, 120.0, 2);
        assert_eq!(two.len(), 2);
        assert!(two[1].ends_with('…'));
    }

    #[test]
    fn words_without_a_space_are_broken() {
        let lines = wrap(&"x".repeat(300), 12.5, Weight::Regular, 100.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| width(line, 12.5, Weight::Regular) <= 100.0));
        assert!(lines[2].ends_with('…'));
        assert!(wrap("", 12.5, Weight::Regular, 100.0, 3).is_empty());
        assert_eq!(fit("anything", 12.5, Weight::Regular, 3.0), "");
    }

    #[test]
    fn numbers_stay_with_their_unit() {
        for room in 60..200 {
            for line in wrap("conversion is 12.3 % here and takes 2 h 10 min there", 12.5, Weight::Regular, room as f32, 20) {
                assert!(!line.starts_with('%') && !line.starts_with("min"), "{line}");
            }
        }
    }

    #[test]
    fn hostile_text_is_cleaned() {
        assert_eq!(clean("a\u{0}\u{8}\n\tb\u{202e}c \u{ffff}\u{200b}"), "a bc \u{fffd}");
        assert_eq!(clean("  <b>&\"'  "), "<b>&\"'");
    }
}
