//! The groups of a breakdown, and what an answer is compared with.
//!
//! Each shape has the form that suits it: a funnel's groups make a table, a series' groups lines of one chart, a table's
//! groups sections of one table; of the other shapes each group is drawn below the last. Every difference is written
//! with its interval and with how probable it would be by chance.

use periplus_model::Answer;
use periplus_model::answer::{Column, ColumnKind, Difference, Line, Series, SeriesStyle, Slice, Steps, Table, View};
use serde_json::Value;

use super::{body, funnel, series, table};
use crate::lettering::{Weight, clean};
use crate::look::Ink;
use crate::numbers::{self, Kind};
use crate::scene::{Block, Style};

/// Up to so many groups are drawn below each other; more are in the CSV file.
const DRAWN: usize = 8;
/// The least width of a section, so that its heading has room.
const LEAST: f32 = 360.0;
/// A difference is more than chance where its probability by chance is below this.
const CHANCE: f64 = 0.05;
/// What the answer's own side is called beside another.
pub(crate) const OWN: &str = "as asked";

/// What a slice is called.
pub(crate) fn name(slice: &Slice) -> String {
    let name = clean(&slice.name.join(" · "));
    if name.is_empty() { "(none)".to_owned() } else { name }
}

/// A difference in words and figures: both sides, the difference, its interval, its probability by chance.
pub(crate) fn difference(difference: &Difference) -> [String; 5] {
    let kind = Kind::from(difference.kind);
    [
        kind.write(difference.here),
        kind.write(difference.there),
        kind.change(difference.difference.value),
        kind.change_interval(&difference.difference),
        if difference.p.is_finite() { numbers::share(difference.p) } else { "–".to_owned() },
    ]
}

/// Whether a difference is more than chance.
pub(crate) fn is_clear(difference: &Difference) -> bool {
    difference.p < CHANCE
}

/// The answer with what it is compared with, and below it its groups.
pub(super) fn draw(answer: &Answer) -> (Block, f32) {
    let (mut block, mut width) = match &answer.compared {
        Some(other) => compared(&answer.view, other),
        None => body(&answer.view),
    };
    if let Some(other) = &answer.compared
        && !other.differences.is_empty()
    {
        block.gap(22.0);
        let rows: Vec<(String, &Difference)> = other.differences.iter().map(|difference| (String::new(), difference)).collect();
        let (table, wide) = differences(&rows, OWN, &name(other));
        block.stack(table, 0.0);
        width = width.max(wide);
    }
    if !answer.groups.is_empty() {
        block.gap(26.0);
        let (groups, wide) = groups(answer);
        block.stack(groups, 0.0);
        width = width.max(wide);
    }
    (block, width)
}

fn compared(own: &View, other: &Slice) -> (Block, f32) {
    match (own, &other.view) {
        (View::Steps(own), View::Steps(view)) if own.steps.len() == view.steps.len() => funnel::draw(own, Some((view, &name(other)))),
        (View::Series(own), View::Series(view)) if may_share(own, view) => series::draw(own, Some((view, &name(other)))),
        _ => {
            let (own, body_of_other) = (body(own), body(&other.view));
            // Beside each other where a page has room for both, else below each other.
            if own.1 + body_of_other.1 > 1_300.0 {
                let (mut block, width) = section(OWN, "", own);
                block.gap(24.0);
                let (below, wide) = section(&name(other), &other.caption, body_of_other);
                block.stack(below, 0.0);
                return (block, width.max(wide));
            }
            let (left, right) = (own.1.max(LEAST), body_of_other.1.max(LEAST));
            let heads = [heading(OWN, "", left), heading(&name(other), &other.caption, right)];
            let top = heads.iter().map(|head| head.height).fold(0.0, f32::max);
            let mut block = Block::new();
            let places = [0.0, left + 48.0];
            let height = top + own.0.height.max(body_of_other.0.height);
            for ((head, inside), x) in heads.into_iter().zip([own.0, body_of_other.0]).zip(places) {
                block.place(head, x, 0.0);
                block.place(inside, x, top);
            }
            block.gap(height);
            (block, left + 48.0 + right)
        }
    }
}

fn may_share(own: &Series, other: &Series) -> bool {
    matches!(own.style, SeriesStyle::Lines | SeriesStyle::Steps) && own.lines.len() <= 3 && series::same_axis(own, other)
}

/// A heading and what belongs under it.
fn section(name: &str, about: &str, (inside, width): (Block, f32)) -> (Block, f32) {
    let width = width.max(LEAST);
    let mut block = heading(name, about, width);
    block.stack(inside, 0.0);
    (block, width)
}

fn heading(name: &str, about: &str, width: f32) -> Block {
    let mut block = Block::new();
    block.line(0.0, width, name, Style::STAGE);
    block.lines(0.0, width.min(900.0), about, Style::BODY.ink(Ink::Muted), 2);
    block.gap(12.0);
    block
}

fn groups(answer: &Answer) -> (Block, f32) {
    let (mut block, mut width) = match &answer.view {
        View::Steps(view) => section("By group", "", funnel_table(view, &answer.groups, &answer.meta.unit)),
        View::Series(view) if view.style != SeriesStyle::Stacked && share_axis(view, &answer.groups) => by_line(view, &answer.groups),
        View::Table(view) if same_columns(view, &answer.groups) => {
            let (grouped, firsts) = grouped(view, &answer.groups);
            section("By group", "", table::draw_parted(&grouped, &firsts))
        }
        _ => below_each_other(answer),
    };
    let rows: Vec<(String, &Difference)> =
        answer.groups.iter().flat_map(|group| group.differences.iter().map(|difference| (name(group), difference))).collect();
    if !rows.is_empty() {
        block.gap(22.0);
        let (table, wide) = differences(&rows, "here", "all others");
        block.stack(table, 0.0);
        width = width.max(wide);
    }
    (block, width)
}

fn below_each_other(answer: &Answer) -> (Block, f32) {
    let mut block = Block::new();
    let mut width = 0.0_f32;
    for group in answer.groups.iter().take(DRAWN) {
        if !block.is_empty() {
            block.gap(28.0);
        }
        let heading = format!("{}  ({})", name(group), numbers::counted(group.units, &answer.meta.unit));
        let (part, wide) = section(&heading, &group.caption, body(&group.view));
        block.stack(part, 0.0);
        width = width.max(wide);
    }
    if answer.groups.len() > DRAWN {
        block.gap(12.0);
        block.line(0.0, 560.0, &format!("{} more groups are in the CSV file.", answer.groups.len() - DRAWN), Style::SMALL);
    }
    (block, width)
}

/// The groups of a funnel, one row each: how many began, and which share of them reached each step.
pub(crate) fn funnel_rows(view: &Steps, groups: &[Slice], unit: &str) -> Table {
    let mut columns = vec![Column::new("group", ColumnKind::Text), Column::new(unit, ColumnKind::Count)];
    for (at, step) in view.steps.iter().enumerate().skip(1) {
        columns.push(Column::new(format!("{}  {}", at + 1, step.name), ColumnKind::Share));
    }
    columns.push(Column::new("median time", ColumnKind::Seconds));
    let row = |name: Value, steps: &Steps| -> Vec<Value> {
        let mut row = vec![name, steps.steps.first().map_or(Value::Null, |step| step.reached.into())];
        row.extend((1..view.steps.len()).map(|at| steps.steps.get(at).and_then(|step| step.from_first).map_or(Value::Null, Value::from)));
        let medians: Option<f64> = steps.steps.iter().skip(1).map(|step| step.median_seconds).sum();
        row.push(medians.filter(|_| steps.steps.len() > 1).map_or(Value::Null, Value::from));
        row
    };
    let mut rows = vec![row("all".into(), view)];
    rows.extend(groups.iter().filter_map(|group| match &group.view {
        View::Steps(steps) => Some(row(name(group).into(), steps)),
        _ => None,
    }));
    // Medians between steps add up to the whole only where there is one pair of steps.
    if view.steps.len() != 2 {
        columns.pop();
        rows.iter_mut().for_each(|row| {
            row.pop();
        });
    }
    Table::new(columns, rows)
}

fn funnel_table(view: &Steps, groups: &[Slice], unit: &str) -> (Block, f32) {
    table::draw_with_bars(&funnel_rows(view, groups, unit))
}

fn share_axis(view: &Series, groups: &[Slice]) -> bool {
    groups.iter().all(|group| match &group.view {
        View::Series(other) => {
            other.axis.len() == view.axis.len() && series::same_axis(view, other) && other.lines.len() == view.lines.len()
        }
        _ => false,
    })
}

/// Of each line of a series, that line of every group in one series.
pub(crate) fn grouped_series(view: &Series, groups: &[Slice]) -> Vec<(String, Series)> {
    let of_line = |(at, own): (usize, &Line)| {
        let mut lines: Vec<Line> = groups
            .iter()
            .filter_map(|group| match &group.view {
                View::Series(other) => other.lines.get(at).map(|line| Line { name: name(group), kind: own.kind, ..line.clone() }),
                _ => None,
            })
            .collect();
        // Sums of all would press the groups down to the axis; shares and means of all are a yardstick.
        if !matches!(own.kind, ColumnKind::Count | ColumnKind::Money) && lines.len() < Ink::LINES.len() {
            lines.push(Line { name: "all".to_owned(), ..own.clone() });
        }
        (own.name.clone(), Series { lines, ..view.clone() })
    };
    view.lines.iter().enumerate().map(of_line).collect()
}

fn by_line(view: &Series, groups: &[Slice]) -> (Block, f32) {
    let mut block = Block::new();
    let mut width = 0.0_f32;
    for (line, grouped) in grouped_series(view, groups) {
        if !block.is_empty() {
            block.gap(24.0);
        }
        let (part, wide) = section(&format!("{line}, by group"), "", series::draw(&grouped, None));
        block.stack(part, 0.0);
        width = width.max(wide);
    }
    (block, width)
}

fn same_columns(view: &Table, groups: &[Slice]) -> bool {
    groups.iter().all(|group| matches!(&group.view, View::Table(table) if table.columns == view.columns))
}

/// The tables of all groups under each other, with the group in the first column, and the rows at which a group begins.
pub(crate) fn grouped(view: &Table, groups: &[Slice]) -> (Table, Vec<usize>) {
    let mut columns = vec![Column::new("group", ColumnKind::Text)];
    columns.extend(view.columns.iter().cloned());
    let (mut rows, mut firsts) = (Vec::new(), Vec::new());
    for group in groups {
        let View::Table(table) = &group.view else { continue };
        firsts.push(rows.len());
        for (at, row) in table.rows.iter().enumerate() {
            let name = if at == 0 { name(group) } else { String::new() };
            rows.push(std::iter::once(Value::from(name)).chain(row.iter().cloned()).collect());
        }
    }
    (Table::new(columns, rows), firsts)
}

/// Differences as a table. Those that may well be chance are muted, and said to be.
fn differences(rows: &[(String, &Difference)], here: &str, there: &str) -> (Block, f32) {
    const SHOWN: usize = 40;
    let grouped = rows.iter().any(|(group, _)| !group.is_empty());
    let head = Style::SMALL.weight(Weight::Medium);
    let mut cells: Vec<(Vec<String>, Style)> = vec![(heads(here, there), head)];
    for (group, one) in rows.iter().take(SHOWN) {
        let [own, other, change, interval, chance] = difference(one);
        let mark = match (is_clear(one), one.difference.value > 0.0) {
            (false, _) => "",
            (true, true) => "▲ ",
            (true, false) => "▼ ",
        };
        let style = if is_clear(one) { Style::BODY } else { Style::BODY.ink(Ink::Muted) };
        cells.push((vec![group.clone(), clean(&one.figure), own, other, format!("{mark}{change}"), interval, chance], style));
    }
    if !grouped {
        cells.iter_mut().for_each(|(row, _)| drop(row.remove(0)));
    }
    let words = if grouped { 2 } else { 1 };
    let (mut block, width) = table::draw_cells(&cells, words);
    block.gap(8.0);
    let mut note =
        "By chance: how probable so large a difference would be if there were none, corrected for all that were looked at.".to_owned();
    if rows.iter().any(|(_, difference)| !is_clear(difference)) {
        note.push_str(" Grey: may well be chance.");
    }
    if rows.len() > SHOWN {
        note.push_str(&format!(" {} more are in the answer as JSON.", rows.len() - SHOWN));
    }
    block.lines(0.0, width.max(560.0), &note, Style::SMALL, 3);
    (block, width)
}

/// What the columns of differences are called.
pub(crate) fn heads(here: &str, there: &str) -> Vec<String> {
    ["group", "figure", here, there, "difference", "95 % interval", "by chance"].map(str::to_owned).to_vec()
}
