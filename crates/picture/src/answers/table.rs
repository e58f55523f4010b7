//! A table.

use periplus_model::answer::{ColumnKind, Table};
use serde_json::Value;

use super::nothing;
use crate::lettering::Weight;
use crate::look::Ink;
use crate::numbers::{self, Kind};
use crate::scene::{Block, Paint, Style};

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

pub(super) fn draw(view: &Table) -> (Block, f32) {
    if view.columns.is_empty() {
        return nothing("This table has no columns.");
    }
    let head = Style::SMALL.weight(Weight::Medium);
    let body = Style::BODY;
    let shown = &view.rows[..view.rows.len().min(SHOWN)];
    let widths: Vec<f32> = view
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = shown.iter().map(|row| body.width(&written(column.kind, row.get(at))));
            cells.fold(head.width(&column.name), f32::max).clamp(40.0, 340.0).ceil()
        })
        .collect();
    let total = widths.iter().sum::<f32>() + GAP * (widths.len() - 1) as f32;
    let mut block = Block::new();
    let line = |block: &mut Block, texts: Vec<String>, style: Style, height: f32| {
        let mut x = 0.0;
        let y = block.height + height / 2.0 + style.size * 0.36;
        for ((text, column), width) in texts.iter().zip(&view.columns).zip(&widths) {
            // A little slack, because adding widths in another order rounds differently.
            let (place, anchor) =
                if is_words(column.kind) { (x, crate::scene::Anchor::Start) } else { (x + width, crate::scene::Anchor::End) };
            block.set(place, y, width + 0.5, text, style, anchor);
            x += width + GAP;
        }
        block.gap(height);
        block.rule((0.0, block.height), (total, block.height), Paint::stroke(Ink::Line, 1.0));
    };
    line(&mut block, view.columns.iter().map(|column| column.name.clone()).collect(), head, 26.0);
    for row in shown {
        line(&mut block, view.columns.iter().enumerate().map(|(at, column)| written(column.kind, row.get(at))).collect(), body, ROW);
    }
    if view.rows.len() > SHOWN {
        block.gap(6.0);
        block.line(0.0, total, &format!("{} more rows", numbers::count((view.rows.len() - SHOWN) as u64)), Style::SMALL);
    } else if view.rows.is_empty() {
        block.gap(6.0);
        block.line(0.0, total, "no rows", Style::SMALL);
    }
    (block, total)
}
