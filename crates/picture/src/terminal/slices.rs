//! Groups of a breakdown and comparisons as text.

use periplus_model::Answer;
use periplus_model::answer::{Difference, View};

use super::lines::{Cell, Page, Tint, columns};
use super::{more, over_time, shape, table};
use crate::answers::slices::{OWN, difference, funnel_rows, grouped, grouped_series, heads, is_clear, name};
use crate::numbers;

/// Up to so many groups are printed below each other; more are in the CSV file.
const PRINTED: usize = 12;

/// What the answer is compared with, and its groups; nothing where it has neither.
pub(super) fn draw(page: &mut Page, answer: &Answer) {
    if let Some(other) = &answer.compared {
        page.blank();
        page.line(&format!("Compared with {}", name(other)), Tint::Strong);
        page.wrapped(&other.caption, Tint::Faint);
        page.blank();
        shape(page, &other.view);
        let rows: Vec<(String, &Difference)> = other.differences.iter().map(|one| (String::new(), one)).collect();
        differences(page, &rows, OWN, &name(other));
    }
    if answer.groups.is_empty() {
        return;
    }
    page.blank();
    page.line("By group", Tint::Strong);
    page.blank();
    match &answer.view {
        View::Steps(view) => table(page, &funnel_rows(view, &answer.groups, &answer.meta.unit)),
        View::Table(view)
            if answer.groups.iter().all(|group| matches!(&group.view, View::Table(other) if other.columns == view.columns)) =>
        {
            table(page, &grouped(view, &answer.groups).0);
        }
        View::Series(view)
            if answer.groups.iter().all(|group| matches!(&group.view, View::Series(other) if other.axis.len() == view.axis.len())) =>
        {
            for (line, series) in grouped_series(view, &answer.groups) {
                page.blank();
                page.line(&line, Tint::Faint);
                over_time::series(page, &series);
            }
        }
        _ => {
            for group in answer.groups.iter().take(PRINTED) {
                page.blank();
                page.line(&format!("{} ({})", name(group), numbers::counted(group.units, &answer.meta.unit)), Tint::Strong);
                page.wrapped(&group.caption, Tint::Faint);
                shape(page, &group.view);
            }
            if answer.groups.len() > PRINTED {
                page.line(&format!("{} more groups are in the CSV file", answer.groups.len() - PRINTED), Tint::Faint);
            }
        }
    }
    let rows: Vec<(String, &Difference)> =
        answer.groups.iter().flat_map(|group| group.differences.iter().map(|one| (name(group), one))).collect();
    differences(page, &rows, "here", "all others");
}

fn differences(page: &mut Page, rows: &[(String, &Difference)], here: &str, there: &str) {
    if rows.is_empty() {
        return;
    }
    page.blank();
    let grouped = rows.iter().any(|(group, _)| !group.is_empty());
    let (words, wide) = (2, page.width >= 84);
    let cells = |texts: Vec<String>, tint: Tint| -> Vec<Cell> {
        let cells = texts.iter().enumerate().map(|(at, text)| Cell::new(text, tint).right(at >= words));
        // In a narrow terminal the difference matters more than both sides of it.
        let cells = cells.enumerate().filter(|(at, _)| (grouped || *at > 0) && (wide || !(2..4).contains(at)));
        cells.map(|(_, cell)| cell).collect()
    };
    let mut table = vec![cells(heads(here, there), Tint::Faint)];
    for (group, one) in rows.iter().take(super::SHOWN) {
        let [own, other, change, interval, chance] = difference(one);
        let tint = if is_clear(one) { Tint::Plain } else { Tint::Faint };
        table.push(cells(vec![group.clone(), one.figure.clone(), own, other, change, interval, chance], tint));
    }
    columns(page, table);
    more(page, rows.len(), "differences");
    page.wrapped(
        "By chance: how probable so large a difference would be if there were none, corrected for all that were looked at.",
        Tint::Faint,
    );
}
