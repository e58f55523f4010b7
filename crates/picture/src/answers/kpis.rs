//! Key figures: a row each, with interval and target.

use periplus_model::answer::{Column, ColumnKind, Table};
use periplus_model::kpis::{KpiFigure, Kpis};
use serde_json::Value;

use super::nothing;
use crate::numbers::Kind;
use crate::scene::Block;

pub(super) fn draw(view: &Kpis) -> (Block, f32) {
    if view.figures.is_empty() { nothing("There is nothing to tell a key figure from.") } else { super::table::draw(&table(view)) }
}

/// The figures as they are read by people.
pub(crate) fn table(view: &Kpis) -> Table {
    let of = view.by.as_deref();
    let is_aimed = view.figures.iter().any(|figure| figure.target.is_some() || figure.owner.is_some());
    let text = |name: &str| Column::new(name, ColumnKind::Text);
    let number = |name: &str| Column::new(name, ColumnKind::Count);
    let mut columns = vec![text("key figure")];
    columns.extend(of.map(text));
    columns.extend([text("value"), text("95 %"), number("n"), number(&view.unit)]);
    columns.extend(is_aimed.then(|| [text("target"), text("owner")]).into_iter().flatten());
    let row = |figure: &KpiFigure| {
        let kind = Kind::from(figure.format);
        let mut row: Vec<Value> = vec![figure.name.as_str().into()];
        row.extend(of.map(|_| Value::from(figure.of.as_deref().unwrap_or("all"))));
        row.push(figure.value.map_or_else(|| untold(figure).into(), |value| kind.write(value.value).into()));
        row.push(figure.value.map_or(Value::Null, |value| kind.interval(&value).into()));
        row.extend([figure.n, figure.customers].map(Value::from));
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
