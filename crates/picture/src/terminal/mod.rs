//! Answers as text for a terminal: aligned tables, bars of blocks, and a map in columns where there is room.
//!
//! Everything from outside is cleaned of control characters first, because a terminal obeys them.

mod comments;
mod findings;
mod lines;
mod map;
mod over_time;
mod slices;

use periplus_model::Answer;
use periplus_model::answer::{Graph, PathLink, Paths, Sequences, Steps, Table, View};

use crate::answers::table::{is_words, written};
use crate::answers::{basis, kpi_table, kpi_variants};
use crate::numbers::{self, Kind, SMALL_N};
use lines::{Cell, Page, Tint, columns, cut, wide};

/// Rows of a table, edges of a graph and variants that a terminal shows; `csv` has them all.
const SHOWN: usize = 200;

/// The answer as text of lines no wider than `width` characters (but at least 40), with ANSI colours where `colour` is
/// true. It begins with the caption and ends with how it was counted.
pub fn terminal(answer: &Answer, width: u16, colour: bool) -> String {
    let mut page = Page::new(usize::from(width).max(40), colour);
    page.wrapped(&answer.caption, Tint::Strong);
    page.blank();
    shape(&mut page, &answer.view);
    slices::draw(&mut page, answer);
    page.blank();
    page.wrapped(&answer.meta.semantics, Tint::Faint);
    page.wrapped(&basis(&answer.meta), Tint::Faint);
    for note in &answer.meta.notes {
        page.wrapped(note, Tint::Faint);
    }
    page.finish()
}

fn shape(page: &mut Page, view: &View) {
    match view {
        View::Table(view) => table(page, view),
        View::Steps(view) => funnel(page, view),
        View::Graph(view) => graph(page, view),
        View::Sequences(view) => variants(page, view),
        View::Series(view) => over_time::series(page, view),
        View::Cohorts(view) => over_time::cohorts(page, view),
        View::Paths(view) => paths(page, view),
        View::Map(view) => map::draw(page, view),
        View::Findings(view) => findings::draw(page, view),
        View::Kpis(view) => {
            table(page, &kpi_table(view));
            page.blank();
            kpi_variants(view).iter().for_each(|line| page.wrapped(line, Tint::Faint));
        }
        View::Comments(view) => comments::draw(page, view),
    }
}

fn table(page: &mut Page, view: &Table) {
    let head = view.columns.iter().map(|column| Cell::new(&column.name, Tint::Faint).right(!is_words(column.kind))).collect();
    let mut rows = vec![head];
    for row in view.rows.iter().take(SHOWN) {
        let cell = |(at, column): (usize, &periplus_model::answer::Column)| {
            Cell::new(&written(column.kind, row.get(at)), Tint::Plain).right(!is_words(column.kind))
        };
        rows.push(view.columns.iter().enumerate().map(cell).collect());
    }
    columns(page, rows);
    if view.rows.is_empty() {
        page.line("no rows", Tint::Faint);
    }
    more(page, view.rows.len(), "rows");
}

fn more(page: &mut Page, all: usize, what: &str) {
    if all > SHOWN {
        page.line(&format!("{} more {what}", numbers::count((all - SHOWN) as u64)), Tint::Faint);
    }
}

fn funnel(page: &mut Page, view: &Steps) {
    let most = view.steps.iter().map(|step| step.reached).max().unwrap_or(0).max(1) as f64;
    let bar_width = (page.width / 4).clamp(10, 30);
    let heading = |name: &str| Cell::new(name, Tint::Faint).right(true);
    // In a narrow terminal the figures matter more than the bars.
    let bars = page.width >= 92;
    let mut head = vec![Cell::new("Step", Tint::Faint)];
    head.extend(bars.then(Cell::default));
    head.extend(["reached", "of first", "of previous", "95 %", "median"].map(heading));
    let mut rows = vec![head];
    for (at, step) in view.steps.iter().enumerate() {
        let rate = step.from_previous.as_ref();
        let small = rate.is_some_and(|rate| rate.n < SMALL_N);
        let interval = rate.map_or_else(String::new, |rate| {
            let range = Kind::Share.interval(rate);
            if small { format!("{range}, {}", numbers::observations(rate.n)) } else { range }
        });
        let figure = |text: &str, tint| Cell::new(text, tint).right(true);
        let mut row = vec![Cell::new(&format!("{} {}", at + 1, step.name), Tint::Plain)];
        row.extend(bars.then(|| Cell::new(&bar(step.reached as f64 / most, bar_width), Tint::Blue)));
        row.extend([
            figure(&numbers::count(step.reached), Tint::Strong),
            figure(&step.from_first.map_or_else(String::new, numbers::share), Tint::Plain),
            figure(&rate.map_or_else(String::new, |rate| numbers::share(rate.value)), if small { Tint::Faint } else { Tint::Plain }),
            figure(&interval, Tint::Faint),
            figure(&step.median_seconds.map_or_else(String::new, numbers::seconds), Tint::Plain),
        ]);
        rows.push(row);
    }
    columns(page, rows);
}

/// A bar with eighths of a character.
fn bar(share: f64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = if share.is_finite() { (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize } else { 0 };
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

fn graph(page: &mut Page, view: &Graph) {
    let heading =
        |names: &[&str]| names.iter().enumerate().map(|(at, name)| Cell::new(name, Tint::Faint).right(at > 0)).collect::<Vec<_>>();
    let number = |value: u64| Cell::new(&numbers::count(value), Tint::Plain).right(true);
    let mut rows = vec![heading(&["What", "times", "sequences", "start", "end"])];
    for node in view.nodes.iter().take(SHOWN) {
        rows.push(vec![
            Cell::new(&node.name, Tint::Plain),
            number(node.count),
            number(node.sequences),
            number(node.starts),
            number(node.ends),
        ]);
    }
    columns(page, rows);
    more(page, view.nodes.len(), "nodes");
    page.blank();
    let name = |at: usize| view.nodes.get(at).map_or("?", |node| node.name.as_str());
    let mut rows = vec![heading(&["What follows what", "times", "sequences", "median", "mean"])];
    for edge in view.edges.iter().take(SHOWN) {
        rows.push(vec![
            Cell::new(&format!("{} → {}", name(edge.from), name(edge.to)), Tint::Plain),
            number(edge.count),
            number(edge.sequences),
            Cell::new(&edge.median_seconds.map_or_else(String::new, numbers::seconds), Tint::Plain).right(true),
            Cell::new(&edge.mean_seconds.map_or_else(String::new, numbers::seconds), Tint::Faint).right(true),
        ]);
    }
    columns(page, rows);
    more(page, view.edges.len(), "edges");
}

fn variants(page: &mut Page, view: &Sequences) {
    let figures: Vec<[String; 3]> = view
        .variants
        .iter()
        .take(SHOWN)
        .map(|variant| [numbers::count(variant.count), numbers::share(variant.share), numbers::seconds(variant.median_seconds)])
        .collect();
    let width_of = |column: usize| figures.iter().map(|row| wide(&row[column])).max().unwrap_or(0);
    let widths = [width_of(0), width_of(1), width_of(2)];
    let indent = widths.iter().sum::<usize>() + 6;
    for (variant, figures) in view.variants.iter().zip(&figures) {
        let mut head = String::new();
        for (text, width) in figures.iter().zip(widths) {
            head.push_str(&" ".repeat(width - wide(text)));
            head.push_str(text);
            head.push_str("  ");
        }
        let steps: Vec<String> =
            variant.steps.iter().map(|step| cut(&crate::lettering::clean(step), page.width.saturating_sub(indent + 2).max(8))).collect();
        page.hanging(&head, &steps.join(" → "), indent);
    }
    more(page, view.variants.len(), "variants");
    let words = format!("{} different sequences, {} in all", numbers::count(view.distinct), numbers::count(view.sequences));
    page.line(&words, Tint::Faint);
}

/// The places of every step, and where most went from there.
fn paths(page: &mut Page, view: &Paths) {
    const NEXT: usize = 3;
    if view.nodes.is_empty() {
        page.line("no path was found", Tint::Faint);
        return;
    }
    let heading = |name: &str, right| Cell::new(name, Tint::Faint).right(right);
    let mut rows = vec![
        [("Step", true), ("Place", false), ("paths", true), ("share", true), ("end here", true), ("go on", true), ("Next", false)]
            .map(|(name, right)| heading(name, right))
            .to_vec(),
    ];
    let number = |value: u64, tint| Cell::new(&numbers::count(value), tint).right(true);
    let mut before = None;
    let mut order: Vec<usize> = (0..view.nodes.len()).collect();
    order.sort_by_key(|at| view.nodes[*at].step);
    for at in order.iter().copied().take(SHOWN) {
        let node = &view.nodes[at];
        let mut links: Vec<&PathLink> = view.links.iter().filter(|link| link.from == at).collect();
        links.sort_by_key(|link| std::cmp::Reverse(link.count));
        let name = |to: usize| view.nodes.get(to).map_or("?", |node| node.name.as_str());
        let mut next: Vec<String> =
            links.iter().take(NEXT).map(|link| format!("{} {}", name(link.to), numbers::count(link.count))).collect();
        if links.len() > NEXT {
            next.push(format!("{} more", links.len() - NEXT));
        }
        let step = if before == Some(node.step) { String::new() } else { node.step.saturating_add(1).to_string() };
        before = Some(node.step);
        rows.push(vec![
            Cell::new(&step, Tint::Strong).right(true),
            Cell::new(&node.name, Tint::Plain),
            number(node.count, Tint::Strong),
            Cell::new(&numbers::share(node.count as f64 / view.paths.max(1) as f64), Tint::Plain).right(true),
            number(node.ends, if node.ends > 0 { Tint::Amber } else { Tint::Faint }),
            number(node.beyond, Tint::Faint),
            Cell::new(&next.join(", "), Tint::Plain),
        ]);
    }
    columns(page, rows);
    more(page, view.nodes.len(), "places");
    page.line(&format!("{} in all", numbers::counted(view.paths, "paths")), Tint::Faint);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_the_share() {
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(0.5, 4), "██");
        assert_eq!(bar(0.03125, 4), "▏");
        assert_eq!(bar(0.0, 4), "");
        assert_eq!(bar(f64::NAN, 4), "");
        assert_eq!(bar(7.0, 4), "████");
    }
}
