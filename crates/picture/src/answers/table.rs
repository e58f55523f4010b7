//! A table.

use periplus_model::answer::{Column, ColumnKind, Table};
use serde_json::Value;

use super::nothing;
use crate::lettering::{Weight, clean};
use crate::look::Ink;
use crate::numbers::{self, Kind};
use crate::scene::{Anchor, Block, Paint, Style};

/// How many rows a picture shows; the rest is in the CSV file.
const SHOWN: usize = 50;
const ROW: f32 = 30.0;
const GAP: f32 = 28.0;

/// A cell as it is read by people.
pub(crate) fn written(kind: ColumnKind, value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => match (kind, text.parse()) {
            (ColumnKind::Time, Ok(time)) => numbers::moment(time),
            _ => text.clone(),
        },
        Some(Value::Number(number)) => match (kind, number.as_u64()) {
            (ColumnKind::Count, Some(count)) => numbers::count(count),
            (ColumnKind::Text | ColumnKind::Time, _) => number.to_string(),
            _ => Kind::from(kind).write(number.as_f64().unwrap_or(f64::NAN)),
        },
        Some(other) => other.to_string(),
    }
}

/// Whether a column is set to the left, as words are.
pub(crate) fn is_words(kind: ColumnKind) -> bool {
    matches!(kind, ColumnKind::Text | ColumnKind::Time)
}

/// A row as it is set.
struct Row {
    cells: Vec<String>,
    style: Style,
    /// How long the bar behind each cell is, from 0 to 1; no bars where empty.
    bars: Vec<Option<f32>>,
    /// Whether something new begins here.
    begins: bool,
}

pub(super) fn draw(view: &Table) -> (Block, f32) {
    draw_parted(view, &[])
}

/// A table in which something new begins at some of the rows.
pub(super) fn draw_parted(view: &Table, firsts: &[usize]) -> (Block, f32) {
    if view.columns.is_empty() {
        return nothing("This table has no columns.");
    }
    let mut rows = rows(view);
    for first in firsts {
        if let Some(row) = rows.get_mut(first + 1) {
            row.begins = true;
        }
    }
    let (mut block, width) = set(&rows, &words(view));
    below(&mut block, view, width);
    (block, width)
}

/// A table whose shares have bars behind them, as long as the share.
pub(super) fn draw_with_bars(view: &Table) -> (Block, f32) {
    let mut rows = rows(view);
    for (row, cells) in rows.iter_mut().skip(1).zip(&view.rows) {
        let bar = |(column, cell): (&Column, &Value)| {
            (column.kind == ColumnKind::Share).then(|| cell.as_f64().unwrap_or(0.0).clamp(0.0, 1.0) as f32)
        };
        row.bars = view.columns.iter().zip(cells).map(bar).collect();
    }
    // The first row is that of all.
    if let Some(all) = rows.get_mut(1) {
        all.style = Style::BODY.weight(Weight::SemiBold);
    }
    if let Some(first) = rows.get_mut(2) {
        first.begins = true;
    }
    let (mut block, width) = set(&rows, &words(view));
    below(&mut block, view, width);
    (block, width)
}

/// Rows of texts in given styles, the first of them the heading; the first columns are words.
pub(super) fn draw_cells(cells: &[(Vec<String>, Style)], words: usize) -> (Block, f32) {
    let rows: Vec<Row> =
        cells.iter().map(|(cells, style)| Row { cells: cells.clone(), style: *style, bars: Vec::new(), begins: false }).collect();
    let columns = cells.first().map_or(0, |(cells, _)| cells.len());
    set(&rows, &(0..columns).map(|at| at < words).collect::<Vec<_>>())
}

fn words(view: &Table) -> Vec<bool> {
    view.columns.iter().map(|column| is_words(column.kind)).collect()
}

fn rows(view: &Table) -> Vec<Row> {
    let row = |cells: Vec<String>, style| Row { cells, style, bars: Vec::new(), begins: false };
    let mut rows = vec![row(view.columns.iter().map(|column| column.name.clone()).collect(), Style::SMALL.weight(Weight::Medium))];
    for cells in view.rows.iter().take(SHOWN) {
        rows.push(row(view.columns.iter().enumerate().map(|(at, column)| written(column.kind, cells.get(at))).collect(), Style::BODY));
    }
    rows
}

fn below(block: &mut Block, view: &Table, width: f32) {
    if view.rows.len() > SHOWN {
        block.gap(6.0);
        block.line(0.0, width, &format!("{} more rows", numbers::count((view.rows.len() - SHOWN) as u64)), Style::SMALL);
    } else if view.rows.is_empty() {
        block.gap(6.0);
        block.line(0.0, width, "no rows", Style::SMALL);
    }
}

/// Sets rows in columns as wide as they need; words to the left, figures to the right.
fn set(rows: &[Row], words: &[bool]) -> (Block, f32) {
    let wide = |row: &Row, at: usize| row.cells.get(at).map_or(0.0, |cell| row.style.width(&clean(cell)));
    let widths: Vec<f32> =
        (0..words.len()).map(|at| rows.iter().map(|row| wide(row, at)).fold(0.0, f32::max).clamp(40.0, 340.0).ceil()).collect();
    let bars = rows.iter().any(|row| row.bars.iter().any(Option::is_some));
    let widths: Vec<f32> =
        if bars { widths.iter().zip(words).map(|(width, words)| if *words { *width } else { width.max(84.0) }).collect() } else { widths };
    let total = widths.iter().sum::<f32>() + GAP * words.len().saturating_sub(1) as f32;
    let mut block = Block::new();
    for (at, row) in rows.iter().enumerate() {
        let height = if at == 0 { 26.0 } else { ROW };
        if row.begins {
            block.rule((0.0, block.height), (total, block.height), Paint::stroke(Ink::Muted, 1.0));
        }
        let y = block.height + height / 2.0 + row.style.size * 0.36;
        let mut x = 0.0;
        for (column, (cell, width)) in row.cells.iter().zip(&widths).enumerate() {
            if let Some(length) = row.bars.get(column).copied().flatten() {
                let place = (x, block.height + 5.0);
                block.area(place, (*width, height - 10.0), 3.0, Paint::fill(Ink::Ghost));
                block.area(place, (length * width, height - 10.0), 3.0, Paint::fill(Ink::Stream));
            }
            let words = words.get(column).copied().unwrap_or(true);
            let inset = if row.bars.is_empty() || words { 0.0 } else { 6.0 };
            let (place, anchor) = if words { (x, Anchor::Start) } else { (x + width - inset, Anchor::End) };
            // A little slack, because adding widths in another order rounds differently.
            block.set(place, y, width + 0.5 - inset, cell, row.style, anchor);
            x += width + GAP;
        }
        block.gap(height);
        block.rule((0.0, block.height), (total, block.height), Paint::stroke(Ink::Line, 1.0));
    }
    (block, total)
}
