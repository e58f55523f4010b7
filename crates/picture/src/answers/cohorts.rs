//! Cohorts as a heat table under the curve of all of them: a row per cohort, a column per interval, the bluer the more.
//! What is not over yet for a whole cohort has a dashed edge; where it is over for nobody, there is no figure.

use periplus_model::answer::{Cohort, CohortCell, Cohorts};

use super::nothing;
use crate::lettering::{Weight, fit};
use crate::look::Ink;
use crate::numbers::{self, SMALL_N};
use crate::scene::{Anchor, Block, Paint, Piece, Style};

/// How many rows and columns a picture shows; the rest is in the CSV file.
const ROWS: usize = 60;
const COLUMNS: usize = 40;
const ROW: f32 = 28.0;
const CURVE: f32 = 96.0;
/// The strongest blue on which text still reads, in either theme.
pub(crate) const STRONGEST: f32 = 0.5;

/// Where everything stands.
struct Grid {
    names: f32,
    sizes: f32,
    cell: f32,
    columns: usize,
    /// The largest share, which is the bluest.
    most: f64,
}

pub(super) fn draw(view: &Cohorts) -> (Block, f32) {
    if view.rows.is_empty() || view.intervals.is_empty() {
        return nothing("There are no cohorts: nobody did what they begin with. Choose a longer period or another first event.");
    }
    let grid = Grid::new(view);
    let width = grid.left() + grid.all_columns();
    let mut block = Block::new();
    curve(&mut block, &grid, &view.overall);
    heading(&mut block, &grid, view);
    grid.row(&mut block, &view.overall, true);
    block.gap(6.0);
    for cohort in view.rows.iter().take(ROWS) {
        grid.row(&mut block, cohort, false);
    }
    block.gap(8.0);
    key(&mut block, view, width.max(560.0));
    (block, width)
}

impl Grid {
    /// How wide the columns are, or the heading above them where they are few.
    fn all_columns(&self) -> f32 {
        (self.columns as f32 * self.cell).max(120.0)
    }

    fn new(view: &Cohorts) -> Grid {
        let columns = view.intervals.len().min(COLUMNS);
        let all = || std::iter::once(&view.overall).chain(view.rows.iter().take(ROWS));
        let name = |style: Style, words: &str| style.width(&crate::lettering::clean(words));
        let names = all()
            .map(|cohort| name(Style::BODY.weight(Weight::SemiBold), &cohort.name))
            .fold(name(Style::SMALL.weight(Weight::Medium), &view.by), f32::max);
        let sizes = all().map(|cohort| Style::BODY.weight(Weight::SemiBold).width(&numbers::count(cohort.size))).fold(36.0, f32::max);
        // The first interval is often that of the first event, where everybody is: that alone is no yardstick.
        let shares = || all().flat_map(|cohort| &cohort.cells).filter_map(|cell| cell.share).map(|share| share.value);
        let most = shares().filter(|share| *share < 0.9995).fold(0.0, f64::max);
        Grid {
            names: names.clamp(60.0, 220.0).ceil() + 14.0,
            sizes: sizes.ceil() + 16.0,
            cell: if columns <= 14 { 60.0 } else { 44.0 },
            columns,
            most: if most > 0.0 { most } else { 1.0 },
        }
    }

    fn left(&self) -> f32 {
        self.names + self.sizes
    }

    fn middle(&self, at: usize) -> f32 {
        self.left() + (at as f32 + 0.5) * self.cell
    }

    fn row(&self, block: &mut Block, cohort: &Cohort, all: bool) {
        let style = Style::BODY.weight(if all { Weight::SemiBold } else { Weight::Regular });
        let y = block.height + ROW / 2.0 + 4.5;
        block.set(0.0, y, self.names - 13.5, &cohort.name, style, Anchor::Start);
        block.set(self.left() - 16.0, y, self.sizes - 15.5, &numbers::count(cohort.size), style, Anchor::End);
        for (at, cell) in cohort.cells.iter().take(self.columns).enumerate() {
            self.cell(block, (self.left() + at as f32 * self.cell, block.height), cell, style);
        }
        block.gap(ROW);
    }

    fn cell(&self, block: &mut Block, (x, y): (f32, f32), cell: &CohortCell, style: Style) {
        let (place, size) = ((x + 1.0, y + 1.0), (self.cell - 2.0, ROW - 2.0));
        let edge = Paint::stroke(Ink::Muted, 1.0).dashed(2.5, 2.5);
        let Some(share) = cell.share.filter(|share| share.value.is_finite()) else {
            if !cell.finished {
                block.area(
                    (place.0 + 0.5, place.1 + 0.5),
                    (size.0 - 1.0, size.1 - 1.0),
                    4.0,
                    Paint::stroke(Ink::Line, 1.0).dashed(2.5, 2.5),
                );
            }
            return;
        };
        let blue = 0.03 + (STRONGEST - 0.03) * (share.value / self.most).clamp(0.0, 1.0) as f32;
        block.area(place, size, 4.0, Paint::fill(Ink::First).see_through((blue * 100.0).round() / 100.0));
        if !cell.finished {
            block.area((place.0 + 0.5, place.1 + 0.5), (size.0 - 1.0, size.1 - 1.0), 4.0, edge);
        }
        let words = if self.cell >= 60.0 { numbers::share(share.value) } else { whole(share.value) };
        let style = if self.cell >= 60.0 { style } else { Style { size: 11.0, ..style } };
        let ink = if share.n < SMALL_N { Ink::Muted } else { Ink::Text };
        // Secondary text does not read on strong blue.
        let ink = if blue > 0.2 { Ink::Text } else { ink };
        block.set(x + self.cell / 2.0, y + ROW / 2.0 + 4.5, self.cell - 4.0, &words, style.ink(ink), Anchor::Middle);
    }
}

/// A share in whole per cent, for narrow cells.
pub(crate) fn whole(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        _ if !percent.is_finite() => "–".to_owned(),
        _ if percent > 0.0 && percent < 0.5 => "< 1 %".to_owned(),
        _ if percent < 100.0 && percent > 99.5 => "> 99 %".to_owned(),
        _ => format!("{percent:.0} %"),
    }
}

/// The share of all cohorts together, above the columns it belongs to.
fn curve(block: &mut Block, grid: &Grid, overall: &Cohort) {
    let cells: Vec<(usize, &CohortCell)> = overall.cells.iter().take(grid.columns).enumerate().collect();
    let shares: Vec<_> = cells
        .iter()
        .filter_map(|(at, cell)| cell.share.filter(|share| share.value.is_finite()).map(|share| (*at, share, cell.finished)))
        .collect();
    if shares.len() < 2 {
        return;
    }
    let top = block.height + 6.0;
    let bottom = top + CURVE;
    let most = shares.iter().map(|(_, share, _)| share.value).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    // Round up to the next tenth, so that the highest point is not on the edge.
    let most = (most * 10.0).ceil() / 10.0;
    let y = |share: f64| bottom - (share / most).clamp(0.0, 1.0) as f32 * CURVE;
    let right = grid.left() + grid.columns as f32 * grid.cell;
    for (mark, words) in [(0.0, "0 %".to_owned()), (most, whole(most))] {
        block.rule((grid.left(), y(mark)), (right, y(mark)), Paint::stroke(Ink::Line, 1.0));
        block.set(grid.left() - 16.0, y(mark) + 4.0, 60.0, &words, Style::SMALL, Anchor::End);
    }
    let mut band: Vec<Piece> = Vec::new();
    for (at, share, _) in &shares {
        band.push(Piece::Line(grid.middle(*at), y(share.high)));
    }
    band.extend(shares.iter().rev().map(|(at, share, _)| Piece::Line(grid.middle(*at), y(share.low))));
    if let Some(Piece::Line(x, y)) = band.first().copied() {
        band[0] = Piece::Move(x, y);
        band.push(Piece::Close);
        block.path(band, Paint::fill(Ink::First).see_through(0.16));
    }
    for pair in shares.windows(2) {
        let paint = Paint::stroke(Ink::First, 2.2);
        let paint = if pair[1].2 { paint } else { paint.dashed(5.0, 4.0) };
        block.rule((grid.middle(pair[0].0), y(pair[0].1.value)), (grid.middle(pair[1].0), y(pair[1].1.value)), paint);
    }
    for (at, share, finished) in &shares {
        let paint = if *finished { Paint::fill(Ink::First) } else { Paint::fill(Ink::Page).edge(Ink::First, 1.5) };
        block.dot((grid.middle(*at), y(share.value)), 3.0, paint);
    }
    block.gap(CURVE + 20.0);
}

fn heading(block: &mut Block, grid: &Grid, view: &Cohorts) {
    let style = Style::SMALL.weight(Weight::Medium);
    block.put(grid.left() + 2.0, grid.all_columns() - 2.0, &view.after, Style::SMALL);
    block.gap(16.0);
    block.put(0.0, grid.names - 13.5, &view.by, style);
    block.put_end(grid.left() - 16.0, grid.sizes - 15.5, "size", style);
    for (at, interval) in view.intervals.iter().take(grid.columns).enumerate() {
        let words = fit(&crate::lettering::clean(interval), style.size, style.weight, grid.cell - 6.0);
        block.set(grid.middle(at), block.height + style.baseline(), grid.cell - 4.0, &words, style, Anchor::Middle);
    }
    block.gap(20.0);
}

fn key(block: &mut Block, view: &Cohorts, width: f32) {
    let mut words = Vec::new();
    if view.rows.iter().chain([&view.overall]).flat_map(|cohort| &cohort.cells).any(|cell| !cell.finished) {
        words.push("Dashed: the interval is not over for all of the cohort; the share is of those for whom it is.".to_owned());
    }
    if view.rows.len() > ROWS {
        words.push(format!("{} more cohorts are in the CSV file.", numbers::count((view.rows.len() - ROWS) as u64)));
    }
    if view.intervals.len() > COLUMNS {
        words.push(format!("{} more intervals are in the CSV file.", numbers::count((view.intervals.len() - COLUMNS) as u64)));
    }
    if !words.is_empty() {
        block.lines(0.0, width, &words.join(" "), Style::SMALL, 3);
    }
}
