//! Lines of text of a fixed width, coloured or not.

use crate::lettering::{clean, pieces};

/// How a text is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tint {
    #[default]
    Plain,
    Strong,
    Faint,
    Amber,
    Blue,
}

impl Tint {
    fn code(self) -> &'static str {
        match self {
            Tint::Plain => "",
            Tint::Strong => "1",
            Tint::Faint => "2",
            Tint::Amber => "33",
            Tint::Blue => "34",
        }
    }
}

/// How many columns of a terminal a text takes: two for East Asian letters and emoji, none for combining marks.
pub(super) fn wide(text: &str) -> usize {
    text.chars().map(cells).sum()
}

fn cells(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 2,
        '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// The text, cut with an ellipsis where it is wider than `width`.
pub(super) fn cut(text: &str, width: usize) -> String {
    if wide(text) <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut left = width.saturating_sub(1);
    for character in text.chars() {
        if cells(character) > left {
            break;
        }
        left -= cells(character);
        short.push(character);
    }
    if width > 0 {
        short.push('…');
    }
    short
}

/// The text in lines of at most `width` columns.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in pieces(text) {
        let word = word.replace('\u{a0}', " ");
        if !line.is_empty() && wide(&line) + 1 + wide(&word) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&cut(&word, width));
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The text so far.
pub(super) struct Page {
    pub width: usize,
    colour: bool,
    text: String,
}

impl Page {
    pub fn new(width: usize, colour: bool) -> Page {
        Page { width, colour, text: String::new() }
    }

    pub fn tinted(&self, text: &str, tint: Tint) -> String {
        if self.colour && tint != Tint::Plain && !text.is_empty() { format!("\x1b[{}m{text}\x1b[0m", tint.code()) } else { text.to_owned() }
    }

    /// One line, cut to the width.
    pub fn line(&mut self, text: &str, tint: Tint) {
        let line = self.tinted(&cut(&clean(text), self.width), tint);
        self.raw(&line);
    }

    /// A line that is already cut and coloured.
    pub fn raw(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    pub fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A text in as many lines as it needs; nothing for an empty one.
    pub fn wrapped(&mut self, text: &str, tint: Tint) {
        for line in wrap(&clean(text), self.width) {
            self.line(&line, tint);
        }
    }

    /// A head, and a text beside it that is wrapped under itself.
    pub fn hanging(&mut self, head: &str, text: &str, indent: usize) {
        for (at, line) in wrap(text, self.width.saturating_sub(indent).max(8)).into_iter().enumerate() {
            let head = if at == 0 { self.tinted(head, Tint::Strong) } else { " ".repeat(indent) };
            self.raw(&format!("{head}{line}"));
        }
    }

    pub fn finish(self) -> String {
        format!("{}\n", self.text.trim_end())
    }
}

/// A cell of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pub text: String,
    pub tint: Tint,
    pub right: bool,
}

impl Cell {
    pub fn new(text: &str, tint: Tint) -> Cell {
        Cell { text: clean(text), tint, right: false }
    }
    pub fn right(self, right: bool) -> Cell {
        Cell { right, ..self }
    }
}

/// Words in a cell go on in at most so many lines.
const LINES_MAX: usize = 6;
/// A column of words is not made narrower than this.
const WORDS_MIN: usize = 12;

/// Rows, of which the first is the head, as aligned columns; where they are too wide, words go on in further lines. Figures are never cut:
/// where there is no room for them beside each other, they stand below each other, row by row.
pub(super) fn columns(page: &mut Page, rows: Vec<Vec<Cell>>) {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    if count == 0 {
        return;
    }
    let mut widths: Vec<usize> =
        (0..count).map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| wide(&cell.text)).max().unwrap_or(0)).collect();
    let gaps = 2 * (count - 1);
    let least: Vec<usize> = (0..count).map(|at| narrowest(&rows, at).min(widths[at])).collect();
    while widths.iter().sum::<usize>() + gaps > page.width {
        let candidates = widths.iter_mut().enumerate().filter(|(at, width)| **width > least[*at]);
        let Some((_, widest)) = candidates.max_by_key(|(_, width)| **width) else { return one_by_one(page, &rows) };
        *widest -= 1;
    }
    for row in &rows {
        let cells: Vec<Vec<String>> = row.iter().zip(&widths).map(|(cell, width)| folded(&cell.text, *width)).collect();
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0).max(1) {
            let mut written = String::new();
            for ((cell, lines), width) in row.iter().zip(&cells).zip(&widths) {
                let text = lines.get(line).map_or("", String::as_str);
                let space = " ".repeat(width - wide(text));
                let text = page.tinted(text, cell.tint);
                written.push_str(&if cell.right { format!("{space}{text}") } else { format!("{text}{space}") });
                written.push_str("  ");
            }
            page.raw(&written);
        }
    }
}

/// How narrow a column may become: one of figures must hold them, and the words of its heading.
fn narrowest(rows: &[Vec<Cell>], at: usize) -> usize {
    let is_of_figures = rows.iter().any(|row| row.get(at).is_some_and(|cell| cell.right));
    if !is_of_figures {
        return WORDS_MIN;
    }
    let figures = rows.iter().skip(1).filter_map(|row| row.get(at)).map(|cell| wide(&cell.text)).max().unwrap_or(0);
    let heading = rows.first().and_then(|row| row.get(at)).map_or(0, |cell| cell.text.split(' ').map(wide).max().unwrap_or(0));
    figures.max(heading)
}

/// A text in lines of a width, the last of which is cut where there would be too many.
fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines = wrap(text, width);
    if lines.len() > LINES_MAX {
        let rest = lines.split_off(LINES_MAX - 1).join(" ");
        lines.push(cut(&rest, width));
    }
    lines
}

/// Each row by itself: its first cell, and below it the others with their headings.
fn one_by_one(page: &mut Page, rows: &[Vec<Cell>]) {
    let Some((head, rows)) = rows.split_first() else { return };
    let indent = head.iter().skip(1).map(|cell| wide(&cell.text)).max().unwrap_or(0).min(page.width / 2) + 4;
    for row in rows {
        page.blank();
        row.first().into_iter().for_each(|first| page.wrapped(&first.text, Tint::Strong));
        for (heading, cell) in head.iter().zip(row).skip(1).filter(|(_, cell)| !cell.text.is_empty()) {
            let name = cut(&heading.text, indent - 4);
            for (line, text) in wrap(&cell.text, page.width.saturating_sub(indent).max(8)).into_iter().enumerate() {
                let name = if line == 0 { name.as_str() } else { "" };
                let space = " ".repeat(indent - 2 - wide(name));
                let line = format!("  {}{space}{}", page.tinted(name, Tint::Faint), page.tinted(&text, cell.tint));
                page.raw(&line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(wide("日本e\u{301}"), 5);
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
    }
}
