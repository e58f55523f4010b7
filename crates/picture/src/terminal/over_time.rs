//! Lines and cohorts as text: small curves of blocks, and tables of the figures.

use periplus_model::answer::{Axis, Cohort, Cohorts, Series};

use super::lines::{Cell, Page, Tint, columns, cut, wide};
use super::{SHOWN, more};
use crate::answers::cohorts::whole;
use crate::lettering::clean;
use crate::numbers::{self, Kind, SMALL_N};

/// As many lines as have a column in a terminal; the CSV file has all.
const COLUMNS: usize = 8;
const NAME_MAX: usize = 28;

/// Each line as a small curve, and then the figures of every point.
pub(super) fn series(page: &mut Page, view: &Series) {
    if view.axis.is_empty() || view.lines.is_empty() {
        page.line("nothing to draw: no event counted; choose a longer period, other events or a wider segment", Tint::Faint);
        return;
    }
    let longest = NAME_MAX.min(page.width.saturating_sub(24));
    let names: Vec<String> = view.lines.iter().map(|line| cut(&clean(&line.name), longest)).collect();
    let indent = names.iter().map(|name| wide(name)).max().unwrap_or(0) + 2;
    let room = page.width.saturating_sub(indent + 14).clamp(8, 80);
    for (name, line) in names.iter().zip(&view.lines).take(SHOWN) {
        let last = line.values.iter().rev().find_map(|value| value.filter(|value| value.is_finite()));
        let figure = last.map_or_else(|| "–".to_owned(), |value| Kind::from(line.kind).write(value));
        let head = format!("{name}{}", " ".repeat(indent - wide(name)));
        let curve = page.tinted(&curve(&line.values, room), Tint::Blue);
        let figure = page.tinted(&cut(&figure, 11), Tint::Strong);
        page.raw(&format!("{head}{curve}  {figure}"));
    }
    more(page, view.lines.len(), "lines");
    page.blank();
    let words = matches!(view.axis, Axis::Calendar { .. } | Axis::Names(_));
    let mut head = vec![Cell::new(heading(&view.axis), Tint::Faint).right(!words)];
    head.extend(view.lines.iter().take(COLUMNS).map(|line| Cell::new(&cut(&clean(&line.name), NAME_MAX), Tint::Faint).right(true)));
    let mut rows = vec![head];
    for at in 0..view.axis.len().min(SHOWN) {
        let open = view.unfinished_from.is_some_and(|from| at >= from);
        let tint = if open { Tint::Faint } else { Tint::Plain };
        let mut row = vec![Cell::new(&name(&view.axis, at), tint).right(!words)];
        row.extend(view.lines.iter().take(COLUMNS).map(|line| {
            let value = line.values.get(at).copied().flatten();
            let mut figure = value.map_or_else(|| "–".to_owned(), |value| Kind::from(line.kind).write(value));
            if let Some(n) = line.n.get(at).filter(|n| **n > 0) {
                figure += &format!(" (n {})", numbers::count(*n));
            }
            Cell::new(&if open && value.is_some() { format!("~{figure}") } else { figure }, tint).right(true)
        }));
        rows.push(row);
    }
    columns(page, rows);
    more(page, view.axis.len(), "points");
    if view.lines.len() > COLUMNS {
        page.line(&format!("{} more lines are in the CSV file", view.lines.len() - COLUMNS), Tint::Faint);
    }
    if view.unfinished_from.is_some_and(|from| from < view.axis.len()) {
        page.line("~ not over yet: will still change", Tint::Faint);
    }
}

/// A line in so many characters: each as high as the mean of the points it stands for. Values below zero hang from the
/// lowest block, so that the curve still falls where the figures do.
pub(super) fn curve(values: &[Option<f64>], room: usize) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let drawable = |value: &Option<f64>| value.filter(|value| value.is_finite() && value.abs() < 1e300);
    let (low, high) = values.iter().filter_map(drawable).fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let columns = values.len().min(room);
    let height = |column: usize| {
        let here =
            &values[column * values.len() / columns..((column + 1) * values.len() / columns).max(column * values.len() / columns + 1)];
        let known: Vec<f64> = here.iter().filter_map(drawable).collect();
        if known.is_empty() {
            return ' ';
        }
        let mean = known.iter().map(|value| value / known.len() as f64).sum::<f64>();
        let share = if high > low { (mean - low) / (high - low) } else { 0.0 };
        HEIGHTS[((share * 7.0).round() as usize).min(7)]
    };
    (0..columns).map(height).collect()
}

fn heading(axis: &Axis) -> &'static str {
    match axis {
        Axis::Calendar { .. } => "Time",
        Axis::Seconds(_) => "within",
        Axis::Numbers(_) => "number",
        Axis::Names(_) => "Name",
    }
}

fn name(axis: &Axis, at: usize) -> String {
    match axis {
        Axis::Calendar { labels, .. } | Axis::Names(labels) => labels.get(at).map_or_else(String::new, |label| cut(&clean(label), 40)),
        Axis::Seconds(numbers) => numbers.get(at).map_or_else(String::new, |seconds| Kind::Seconds.write(*seconds)),
        Axis::Numbers(numbers) => numbers.get(at).map_or_else(String::new, |number| Kind::Number.write(*number)),
    }
}

/// A row per cohort, a column per interval.
pub(super) fn cohorts(page: &mut Page, view: &Cohorts) {
    if view.rows.is_empty() {
        page.line("no cohorts: nobody did what they begin with; choose a longer period or another first event", Tint::Faint);
        return;
    }
    let mut head = vec![Cell::new(&cut(&clean(&view.by), NAME_MAX), Tint::Faint), Cell::new("size", Tint::Faint).right(true)];
    let all = || std::iter::once(&view.overall).chain(view.rows.iter().take(SHOWN));
    let names = all().map(|cohort| wide(&cut(&clean(&cohort.name), NAME_MAX))).max().unwrap_or(0).max(wide(&head[0].text));
    let sizes = all().map(|cohort| wide(&numbers::count(cohort.size))).max().unwrap_or(0).max(4);
    // As many intervals as fit, rather than all of them cut.
    let cells = view.intervals.iter().map(|interval| wide(&clean(interval))).max().unwrap_or(0).clamp(6, 12) + 2;
    let shown = (page.width.saturating_sub(names + sizes + 2) / cells).min(view.intervals.len());
    head.extend(view.intervals.iter().take(shown).map(|interval| Cell::new(&cut(&clean(interval), 12), Tint::Faint).right(true)));
    let row = |cohort: &Cohort, tint: Tint| {
        let mut row =
            vec![Cell::new(&cut(&clean(&cohort.name), NAME_MAX), tint), Cell::new(&numbers::count(cohort.size), Tint::Strong).right(true)];
        row.extend((0..shown).map(|at| {
            let Some(cell) = cohort.cells.get(at) else { return Cell::default().right(true) };
            let Some(share) = cell.share else { return Cell::new(if cell.finished { "–" } else { "·" }, Tint::Faint).right(true) };
            let words = whole(share.value);
            let tint = if share.n < SMALL_N { Tint::Faint } else { tint };
            Cell::new(&if cell.finished { words } else { format!("~{words}") }, tint).right(true)
        }));
        row
    };
    let mut rows = vec![head, row(&view.overall, Tint::Strong)];
    rows.extend(view.rows.iter().take(SHOWN).map(|cohort| row(cohort, Tint::Plain)));
    columns(page, rows);
    more(page, view.rows.len(), "cohorts");
    if shown < view.intervals.len() {
        page.line(&format!("{} more intervals are in the CSV file", view.intervals.len() - shown), Tint::Faint);
    }
    page.wrapped(&format!("Columns: {}.", clean(&view.after)), Tint::Faint);
    if view.rows.iter().chain([&view.overall]).flat_map(|cohort| &cohort.cells).any(|cell| !cell.finished) {
        page.wrapped("~ the interval is not over for all of the cohort: the share is of those for whom it is.", Tint::Faint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_as_high_as_its_points_and_as_long_as_there_is_room() {
        assert_eq!(curve(&[Some(0.0), Some(5.0), None, Some(10.0)], 9), "▁▅ █");
        assert_eq!(curve(&[Some(-10.0), Some(10.0), Some(f64::NAN)], 9), "▁█ ");
        assert_eq!(curve(&[Some(1.0); 400], 20).chars().count(), 20);
        assert_eq!(curve(&[], 9), "");
    }
}
