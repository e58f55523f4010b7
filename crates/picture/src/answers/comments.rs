//! What customers say: themes, and how they feel at each stage and touchpoint, with what they wrote.

use periplus_model::answer::{Column, ColumnKind, Table};
use periplus_model::comments::{Agreement, Comments, Mood, ReadComment};
use serde_json::Value;

use super::nothing;
use crate::numbers::{self, Kind};
use crate::scene::{Block, Style};

const WIDTH: f32 = 900.0;
/// So many themes are quoted.
const QUOTED: usize = 8;

pub(super) fn draw(view: &Comments) -> (Block, f32) {
    if view.all.comments == 0 {
        return nothing("Nobody wrote anything.");
    }
    let (mut page, mut width) = (Block::new(), WIDTH);
    for (heading, table) in tables(view) {
        page.line(0.0, WIDTH, heading, Style::FIGURE);
        page.gap(6.0);
        let (block, wide) = super::table::draw(&table);
        width = width.max(wide);
        page.stack(block, 0.0);
        page.gap(18.0);
    }
    for theme in view.themes.iter().take(QUOTED).filter(|theme| !theme.quotes.is_empty()) {
        page.line(0.0, WIDTH, &theme.name, Style::FIGURE);
        for quote in &theme.quotes {
            page.lines(0.0, WIDTH, &format!("“{}”", quote.text), Style::BODY, 3);
            page.line(0.0, WIDTH, &read_as(quote), Style::SMALL);
        }
        page.gap(12.0);
    }
    for line in trust(view) {
        page.lines(0.0, WIDTH, &line, Style::SMALL, 2);
    }
    (page, width)
}

/// Themes, stages and touchpoints, each under its heading.
pub(crate) fn tables(view: &Comments) -> Vec<(&'static str, Table)> {
    let of = |name: &str, moods: Vec<(&str, &Mood)>| {
        let mut columns = vec![Column::new(name, ColumnKind::Text)];
        columns.extend(["texts", &view.unit].map(|name| Column::new(name, ColumnKind::Count)));
        columns.extend(["negative", "95 %", "mean", "95 %"].map(|name| Column::new(name, ColumnKind::Text)));
        let row = |(name, mood): (&str, &Mood)| {
            let mut row: Vec<Value> = vec![name.into(), mood.comments.into(), mood.customers.into()];
            for (kind, estimate) in [(Kind::Share, mood.negative), (Kind::Feeling, mood.mean)] {
                row.push(estimate.map_or(Value::Null, |estimate| kind.write(estimate.value).into()));
                row.push(estimate.map_or(Value::Null, |estimate| kind.interval(&estimate).into()));
            }
            row
        };
        Table::new(columns, moods.into_iter().map(row).collect())
    };
    let mut tables = vec![("What it is about", of("theme", view.themes.iter().map(|theme| (theme.name.as_str(), &theme.mood)).collect()))];
    for (heading, name, list) in [("By stage", "stage", &view.stages), ("By touchpoint before it", "touchpoint", &view.touchpoints)] {
        tables.push((heading, of(name, list.iter().map(|at| (at.name.as_str(), &at.mood)).collect())));
    }
    tables.retain(|(_, table)| !table.rows.is_empty());
    tables
}

/// How a text was read, and why.
pub(crate) fn read_as(quote: &ReadComment) -> String {
    let mut words = Vec::new();
    words.extend(quote.label.map(|label| label.word().to_owned()));
    words.extend(quote.corrected.then(|| "as people say".to_owned()));
    words.extend(quote.score.map(|score| Kind::Feeling.write(score)));
    words.extend(quote.because.iter().map(|(words, weight)| format!("“{words}” {weight:+.1}")));
    words.join(" · ")
}

/// How far the model can be trusted here.
pub(crate) fn trust(view: &Comments) -> Vec<String> {
    let of = |what: &str, agreement: &Agreement| {
        let mut line = format!("Agreement with {what}, {}", numbers::observations(agreement.n));
        if let Some(same) = &agreement.same {
            line += &format!(": the same label {} ({})", numbers::share(same.value), Kind::Share.interval(same));
        }
        if let Some(correlation) = &agreement.correlation {
            line += &format!(", correlation {:.2} ({:.2} to {:.2})", correlation.value, correlation.low, correlation.high);
        }
        line + "."
    };
    let marks = view.marks.as_ref().map(|agreement| of("the marks that came with the texts", agreement));
    let people = view.people.as_ref().map(|agreement| of("the labels that people gave", agreement));
    marks.into_iter().chain(people).collect()
}
