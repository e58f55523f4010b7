//! Key figures: a row each, with interval and target.

use periplus_model::answer::{Column, ColumnKind, Estimate, Table};
use periplus_model::kpis::{KpiFigure, Kpis};
use serde_json::Value;

use super::nothing;
use crate::numbers::{self, Kind};
use crate::scene::{Block, Style};

/// How wide the words below the table may be.
const VARIANTS: f32 = 760.0;

pub(super) fn draw(view: &Kpis) -> (Block, f32) {
    if view.figures.is_empty() {
        return nothing("There is nothing to tell a key figure from.");
    }
    let (mut block, width) = super::table::draw(&table(view));
    let wide = width.max(VARIANTS);
    block.gap(12.0);
    variants(view).iter().for_each(|line| block.lines(0.0, wide, line, Style::SMALL, 2));
    (block, wide)
}

/// How each figure is reckoned, in words.
pub(crate) fn variants(view: &Kpis) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for figure in &view.figures {
        let line = format!("{}: {}{}", figure.name, figure.variant, if figure.variant.ends_with('.') { "" } else { "." });
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// The figures as they are read by people.
pub(crate) fn table(view: &Kpis) -> Table {
    let of = view.by.as_deref();
    let is_aimed = view.figures.iter().any(|figure| figure.target.is_some() || figure.owner.is_some());
    let is_asked = view.figures.iter().any(|figure| figure.response.is_some());
    let text = |name: &str| Column::new(name, ColumnKind::Text);
    let number = |name: &str| Column::new(name, ColumnKind::Count);
    let mut columns = vec![text("key figure")];
    columns.extend(of.map(text));
    columns.extend([text("value"), text("95 %"), number("n"), number(&view.unit)]);
    columns.extend(is_asked.then(|| text("answered")));
    columns.extend(is_aimed.then(|| [text("target"), text("owner")]).into_iter().flatten());
    let row = |figure: &KpiFigure| {
        let kind = Kind::from(figure.format);
        let mut row: Vec<Value> = vec![figure.name.as_str().into()];
        row.extend(of.map(|_| Value::from(figure.of.as_deref().unwrap_or("all"))));
        row.push(figure.value.map_or_else(|| untold(figure).into(), |value| kind.write(value.value).into()));
        row.push(figure.value.map_or(Value::Null, |value| kind.interval(&value).into()));
        row.extend([figure.n, figure.customers].map(Value::from));
        if is_asked {
            let told = |response: Estimate| format!("{} of {}", numbers::share(response.value), numbers::count(response.n));
            row.push(figure.response.map(told).into());
        }
        if is_aimed {
            let target = figure.target.map(|target| {
                let verdict = figure.verdict.map_or_else(String::new, |verdict| format!(", {}", verdict.word()));
                format!("{}{verdict}", kind.write(target))
            });
            row.extend([target, figure.owner.clone()].map(|text| text.map_or(Value::Null, Value::from)));
        }
        row
    };
    Table::new(columns, view.figures.iter().map(row).collect())
}

/// What stands where there is no figure.
fn untold(figure: &KpiFigure) -> &'static str {
    if figure.too_few { "too few" } else { "not reached" }
}
