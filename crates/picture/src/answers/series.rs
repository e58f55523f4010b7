//! Lines over an axis: curves, steps, bars beside and on top of each other.
//!
//! Lines of different kinds (customers and shares, say) do not fit one scale, so each kind has a panel of its own. The
//! names stand at the ends of the lines; of more than six lines each has a small panel, with the others behind it.

use periplus_model::answer::{Axis, Line, Series, SeriesStyle};

use super::across::Across;
use super::lying;
use super::nothing;
use super::scale::{Scale, drawable};
use crate::lettering::Weight;
use crate::look::Ink;
use crate::numbers::Kind;
use crate::scene::{Anchor, Block, Paint, Piece, Style};

const PLOT: (f32, f32) = (720.0, 240.0);
/// The most room beside the plot for the names of lines.
const NAMES: f32 = 280.0;
/// As many small panels as are drawn.
const PANELS: usize = 24;
/// Up to so many points are marked by dots.
const DOTS: usize = 40;
/// Up to so many lines have their intervals drawn.
const BANDS: usize = 3;

/// Where a point has less room than this, in pixels, its bars stand without gaps.
const NARROW: f32 = 6.0;

/// A line as it is drawn.
pub(super) struct Drawn<'a> {
    pub line: &'a Line,
    pub ink: Ink,
    /// Whether it belongs to what the answer is compared with.
    other: bool,
}

/// What all lines of a panel have in common.
struct Panel<'a> {
    series: &'a Series,
    kind: Kind,
    across: Across,
    up: Scale,
    left: f32,
    top: f32,
    size: (f32, f32),
}

/// A series, and the same for what it is compared with, with a name for that.
pub(super) fn draw(view: &Series, beside: Option<(&Series, &str)>) -> (Block, f32) {
    let values = |series: &Series| series.lines.iter().any(|line| line.values.iter().any(|value| drawable(*value).is_some()));
    if view.axis.is_empty() || !values(view) {
        return nothing("There is nothing to draw here: no event counted. Choose a longer period, other events or a wider segment.");
    }
    let mut kinds: Vec<Kind> = Vec::new();
    for line in &view.lines {
        if !kinds.contains(&line.kind.into()) {
            kinds.push(line.kind.into());
        }
    }
    let mut block = Block::new();
    let mut width = 0.0_f32;
    for kind in kinds {
        if !block.is_empty() {
            block.gap(22.0);
        }
        let mut drawn: Vec<Drawn<'_>> = Vec::new();
        for line in view.lines.iter().filter(|line| Kind::from(line.kind) == kind) {
            let ink = Ink::LINES[drawn.len() % Ink::LINES.len()];
            drawn.push(Drawn { line, ink, other: false });
        }
        let others = beside.into_iter().flat_map(|(series, _)| &series.lines).filter(|line| Kind::from(line.kind) == kind);
        let others: Vec<Drawn<'_>> = others
            .enumerate()
            .map(|(at, line)| {
                let same = drawn.iter().find(|own| own.line.name == line.name).or(drawn.get(at));
                Drawn { line, ink: same.map_or(Ink::Muted, |own| own.ink), other: true }
            })
            .collect();
        let lines = matches!(view.style, SeriesStyle::Lines | SeriesStyle::Steps);
        let (panel, wide) = if lines && drawn.len() > Ink::LINES.len() {
            small_panels(view, kind, &drawn)
        } else {
            drawn.splice(0..0, others);
            one_panel(view, kind, &drawn, beside.map(|(_, name)| name))
        };
        block.stack(panel, 0.0);
        width = width.max(wide);
    }
    (block, width)
}

fn one_panel(view: &Series, kind: Kind, drawn: &[Drawn<'_>], beside: Option<&str>) -> (Block, f32) {
    let mut block = Block::new();
    let named_at_end = matches!(view.style, SeriesStyle::Lines | SeriesStyle::Steps) && drawn.iter().filter(|one| !one.other).count() > 1;
    let right = if named_at_end { names_room(kind, drawn) } else { 24.0 };
    legend(&mut block, view, drawn, named_at_end, beside, PLOT.0 + right);
    block.gap(10.0);
    let up = scale(view, kind, drawn.iter().map(|one| one.line));
    if lying::needed(view, PLOT.0) {
        let width = lying::draw(&mut block, view, kind, &up, drawn);
        return (block, width);
    }
    let left = gutter(&up);
    let size = (PLOT.0 - left, PLOT.1);
    let panel = Panel { series: view, kind, across: Across::new(&view.axis, view.style, size.0), up, left, top: block.height, size };
    panel.ground(&mut block, Style::SMALL);
    match view.style {
        SeriesStyle::Stacked => panel.stacks(&mut block, drawn),
        SeriesStyle::Bars => panel.bars(&mut block, drawn),
        SeriesStyle::Lines | SeriesStyle::Steps => {
            let own = drawn.iter().filter(|one| !one.other).count();
            for one in drawn.iter().filter(|one| !one.other && own <= BANDS) {
                panel.band(&mut block, one);
            }
            for one in drawn {
                panel.curve(&mut block, one, if one.other { 1.6 } else { 2.2 });
            }
            if named_at_end {
                panel.names(&mut block, drawn, right);
            }
        }
    }
    block.gap(size.1 + 6.0);
    let below = panel.across.labels(left, PLOT.0 + right);
    block.stack(below, 0.0);
    (block, PLOT.0 + right)
}

/// How the name of a line is set at its end, and what stands beside it: the gap, its dot, the gap to its figure.
const NAME: Style = Style { size: 12.5, weight: Weight::Medium, ink: Ink::Text };
const BESIDE: f32 = 36.0;

/// The last value of a line, which is written at its end.
fn last(line: &Line) -> Option<f64> {
    line.values.iter().rev().find_map(|value| drawable(*value))
}

/// The room that the names and figures at the ends of lines need.
fn names_room(kind: Kind, drawn: &[Drawn<'_>]) -> f32 {
    let need = |one: &Drawn<'_>| {
        let figure = last(one.line).map_or(0.0, |value| Style::SMALL.width(&kind.write(value)));
        NAME.width(&crate::lettering::clean(&one.line.name)) + figure + BESIDE + 2.0
    };
    drawn.iter().filter(|one| !one.other).map(need).fold(100.0, f32::max).min(NAMES).ceil()
}

/// What the colours and strokes mean.
fn legend(block: &mut Block, view: &Series, drawn: &[Drawn<'_>], named_at_end: bool, beside: Option<&str>, room: f32) {
    let mut x = 0.0;
    let mut item = |block: &mut Block, words: &str, draw: &dyn Fn(&mut Block, f32, f32)| {
        let style = Style::SMALL.ink(Ink::Text);
        let wide = (style.width(&crate::lettering::clean(words)) + 0.5).min(220.0);
        if x > 0.0 && x + wide + 22.0 > room {
            x = 0.0;
            block.gap(20.0);
        }
        draw(block, x, block.height + 8.0);
        block.put(x + 22.0, wide, words, style);
        x += wide + 42.0;
    };
    let own: Vec<_> = drawn.iter().filter(|one| !one.other).collect();
    if !named_at_end {
        for (at, one) in own.iter().enumerate() {
            let paint = fill(one.ink, at);
            item(block, &one.line.name, &move |block, x, y| block.area((x, y - 6.0), (14.0, 12.0), 3.0, paint));
        }
    }
    if let Some(name) = beside {
        item(block, name, &|block, x, y| block.rule((x, y), (x + 16.0, y), Paint::stroke(Ink::Muted, 1.6).dashed(0.1, 4.0)));
    }
    let curves = matches!(view.style, SeriesStyle::Lines | SeriesStyle::Steps);
    let intervals = |one: &&Drawn<'_>| one.line.intervals.iter().any(Option::is_some);
    if own.iter().any(intervals) && view.style != SeriesStyle::Stacked && (!curves || own.len() <= BANDS) {
        item(block, "95 % interval", &move |block, x, y| {
            if curves {
                block.area((x, y - 5.0), (16.0, 10.0), 2.0, Paint::fill(Ink::Muted).see_through(0.22));
            } else {
                whisker(block, (x + 8.0, y - 6.0), (x + 8.0, y + 6.0));
            }
        });
    }
    if view.unfinished_from.is_some_and(|from| from < view.axis.len()) {
        item(block, "not over yet: will still change", &move |block, x, y| {
            if curves {
                block.rule((x, y), (x + 16.0, y), Paint::stroke(Ink::Muted, 2.0).dashed(4.0, 4.0));
            } else {
                block.area((x, y - 6.0), (14.0, 12.0), 3.0, unfinished(Ink::Muted, 0));
            }
        });
    }
    if !block.is_empty() {
        block.gap(18.0);
    }
}

pub(super) fn fill(ink: Ink, at: usize) -> Paint {
    // The seventh has the colour of the first, only lighter.
    Paint::fill(ink).see_through(if at < Ink::LINES.len() { 1.0 } else { 0.55 })
}

fn unfinished(ink: Ink, at: usize) -> Paint {
    fill(ink, at).see_through(0.3).edge(ink, 1.0).dashed(3.0, 2.0)
}

/// An interval, over a bar of whatever colour: between its two ends, across which way it lies.
pub(super) fn whisker(block: &mut Block, from: (f32, f32), to: (f32, f32)) {
    let across = if from.0 == to.0 { (3.0, 0.0) } else { (0.0, 3.0) };
    let cap = |(x, y): (f32, f32)| [Piece::Move(x - across.0, y - across.1), Piece::Line(x + across.0, y + across.1)];
    let mut pieces = vec![Piece::Move(from.0, from.1), Piece::Line(to.0, to.1)];
    pieces.extend(cap(from).into_iter().chain(cap(to)));
    block.path(pieces.clone(), Paint::stroke(Ink::Page, 3.2));
    block.path(pieces, Paint::stroke(Ink::Text, 1.2));
}

/// A scale on which every value of the lines lies, and their intervals where those are drawn.
fn scale<'a>(view: &Series, kind: Kind, lines: impl Iterator<Item = &'a Line>) -> Scale {
    let lines: Vec<&Line> = lines.collect();
    let mut values: Vec<f64> = Vec::new();
    if view.style == SeriesStyle::Stacked {
        for at in 0..view.axis.len() {
            let here: Vec<f64> = lines.iter().filter_map(|line| drawable(line.values.get(at).copied().flatten())).collect();
            values.push(here.iter().filter(|value| **value > 0.0).sum());
            values.push(here.iter().filter(|value| **value < 0.0).sum());
        }
    } else {
        values.extend(lines.iter().flat_map(|line| &line.values).filter_map(|value| drawable(*value)));
        if lines.len() <= BANDS || view.style == SeriesStyle::Bars {
            let ends = lines.iter().flat_map(|line| &line.intervals).flatten().flat_map(|(low, high)| [*low, *high]);
            values.extend(ends.filter_map(|end| drawable(Some(end))));
        }
    }
    Scale::around(kind, values.into_iter(), 4)
}

/// The room that the marks of a scale take on the left.
fn gutter(up: &Scale) -> f32 {
    up.ticks.iter().map(|tick| Style::SMALL.width(&up.write(*tick))).fold(16.0, f32::max).min(90.0).ceil() + 10.0
}

impl Panel<'_> {
    fn x(&self, at: usize) -> f32 {
        self.left + self.across.x(at)
    }

    fn y(&self, value: f64) -> f32 {
        self.top + self.size.1 * (1.0 - self.up.place(value).clamp(0.0, 1.0))
    }

    fn is_unfinished(&self, at: usize) -> bool {
        self.series.unfinished_from.is_some_and(|from| at >= from)
    }

    /// The lines behind everything, and what they stand for.
    fn ground(&self, block: &mut Block, style: Style) {
        for tick in &self.up.ticks {
            let y = self.y(*tick);
            let paint = Paint::stroke(if *tick == 0.0 { Ink::Muted } else { Ink::Line }, 1.0);
            block.rule((self.left, y), (self.left + self.size.0, y), paint);
            block.set(self.left - 8.0, y + 4.0, self.left - 8.0, &self.up.write(*tick), style, Anchor::End);
        }
    }

    /// The drawable points of a line in runs without a gap.
    fn runs(&self, line: &Line) -> Vec<Vec<(usize, f64)>> {
        let mut runs: Vec<Vec<(usize, f64)>> = vec![Vec::new()];
        for at in 0..self.series.axis.len() {
            match (drawable(line.values.get(at).copied().flatten()), runs.last_mut()) {
                (Some(value), Some(run)) => run.push((at, value)),
                (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
                _ => {}
            }
        }
        runs.retain(|run| !run.is_empty());
        runs
    }

    /// The corners of a line through points: straight, or level until the next point.
    fn corners(&self, points: &[(usize, f64)]) -> Vec<(f32, f32)> {
        let mut corners: Vec<(f32, f32)> = Vec::with_capacity(points.len() * 2);
        for (at, value) in points {
            let (x, y) = (self.x(*at), self.y(*value));
            if let Some((_, before)) = corners.last().copied().filter(|_| self.series.style == SeriesStyle::Steps) {
                corners.push((x, before));
            }
            corners.push((x, y));
        }
        corners
    }

    fn curve(&self, block: &mut Block, one: &Drawn<'_>, thick: f32) {
        let line = |corners: Vec<(f32, f32)>| -> Vec<Piece> {
            corners.iter().enumerate().map(|(at, (x, y))| if at == 0 { Piece::Move(*x, *y) } else { Piece::Line(*x, *y) }).collect()
        };
        let paint = Paint::stroke(one.ink, thick);
        for run in self.runs(one.line) {
            let whole = run.iter().take_while(|(at, _)| !self.is_unfinished(*at)).count();
            if one.other {
                block.path(line(self.corners(&run)), paint.dashed(0.1, 4.0));
            } else {
                block.path(line(self.corners(&run[..whole])), paint);
                block.path(
                    line(self.corners(&run[whole.saturating_sub(1)..])),
                    if whole == run.len() { paint } else { paint.dashed(5.0, 4.0) },
                );
            }
            let dotted = self.series.axis.len() <= DOTS && self.series.style == SeriesStyle::Lines && thick > 2.0;
            for (at, value) in run.iter().filter(|_| dotted || run.len() == 1) {
                let place = (self.x(*at), self.y(*value));
                let paint = if self.is_unfinished(*at) { Paint::fill(Ink::Page).edge(one.ink, 1.5) } else { Paint::fill(one.ink) };
                let mut dot = Block::new();
                dot.dot(place, 3.0, paint);
                self.labelled(block, dot, one.line, *at, *value);
            }
        }
    }

    /// A mark with the words that a reader sees who points at it.
    fn labelled(&self, block: &mut Block, mark: Block, line: &Line, at: usize, value: f64) {
        let mut words = format!("{}, {}: {}", line.name, self.across.name(at), self.kind.write(value));
        if let Some((low, high)) = line.intervals.get(at).copied().flatten() {
            let estimate = periplus_model::answer::Estimate { value, low, high, n: 0 };
            words.push_str(&format!(" ({})", self.kind.interval(&estimate)));
        }
        block.marks.extend(mark.part(format!("point-{at}"), words).marks);
    }

    fn band(&self, block: &mut Block, one: &Drawn<'_>) {
        for run in self.runs(one.line) {
            let ends = |pick: fn((f64, f64)) -> f64| -> Option<Vec<(usize, f64)>> {
                let end =
                    |at: &usize| one.line.intervals.get(*at).copied().flatten().map(pick).filter(|end| drawable(Some(*end)).is_some());
                run.iter().map(|(at, _)| end(at).map(|end| (*at, end))).collect()
            };
            let (Some(low), Some(high)) = (ends(|interval| interval.0), ends(|interval| interval.1)) else { continue };
            let mut corners = self.corners(&high);
            corners.extend(self.corners(&low).into_iter().rev());
            let mut pieces: Vec<Piece> = corners.iter().map(|(x, y)| Piece::Line(*x, *y)).collect();
            if let Some((x, y)) = corners.first() {
                pieces[0] = Piece::Move(*x, *y);
                pieces.push(Piece::Close);
            }
            block.path(pieces, Paint::fill(one.ink).see_through(0.14));
        }
    }

    /// The names of the lines at their ends, pushed apart where they are close.
    fn names(&self, block: &mut Block, drawn: &[Drawn<'_>], right: f32) {
        let mut ends: Vec<(f32, &Drawn<'_>, f64)> =
            drawn.iter().filter(|one| !one.other).filter_map(|one| last(one.line).map(|value| (self.y(value), one, value))).collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut floor = f32::MIN;
        for end in &mut ends {
            end.0 = end.0.max(floor);
            floor = end.0 + 17.0;
        }
        let mut roof = self.top + self.size.1;
        for end in ends.iter_mut().rev() {
            end.0 = end.0.min(roof);
            roof = end.0 - 17.0;
        }
        let x = self.left + self.size.0 + 12.0;
        for (y, one, value) in ends {
            block.dot((x + 4.0, y), 4.0, Paint::fill(one.ink));
            let figure = self.kind.write(value);
            let room = (right - BESIDE - Style::SMALL.width(&figure)).max(40.0);
            let used = block.set(x + 14.0, y + 4.5, room, &one.line.name, NAME, Anchor::Start);
            block.set(x + 21.0 + used, y + 4.5, (right - BESIDE + 3.0 - used).max(0.0), &figure, Style::SMALL, Anchor::Start);
        }
    }

    fn bars(&self, block: &mut Block, drawn: &[Drawn<'_>]) {
        let slot = self.across.slot();
        let count = drawn.len().max(1) as f32;
        let room = if slot < NARROW { slot } else { (slot * 0.74).min(count * 56.0) };
        let wide = (room / count - if room / count > 6.0 { 2.0 } else { 0.0 }).max(0.4);
        let points = self.series.axis.len();
        // A figure above each bar, if every one has room.
        let style = Style::SMALL.ink(Ink::Text);
        let figures = drawn.iter().flat_map(|one| &one.line.values).filter_map(|value| drawable(*value));
        let widest = figures.map(|value| style.width(&self.kind.write(value))).fold(0.0, f32::max);
        let written = widest + 4.0 <= room / count.max(1.0) || (drawn.len() == 1 && widest + 6.0 <= slot);
        for (at, one) in drawn.iter().enumerate() {
            for point in 0..points {
                let Some(value) = drawable(one.line.values.get(point).copied().flatten()) else { continue };
                let x = self.x(point) - room / 2.0 + at as f32 * room / count;
                let (zero, end) = (self.y(0.0), self.y(value));
                let paint = self.fill(one.ink, at, point);
                let mut bar = Block::new();
                bar.area((x, zero.min(end)), (wide, (zero - end).abs()), if wide > 8.0 { 2.0 } else { 0.0 }, paint);
                self.labelled(block, bar, one.line, point, value);
                let interval = one.line.intervals.get(point).copied().flatten();
                let mut edge = end;
                let drawn = |(low, high): &(f64, f64)| wide > 5.0 && drawable(Some(*low)).is_some() && drawable(Some(*high)).is_some();
                if let Some((low, high)) = interval.filter(drawn) {
                    let middle = x + wide / 2.0;
                    whisker(block, (middle, self.y(high)), (middle, self.y(low)));
                    edge = if value < 0.0 { self.y(low) } else { self.y(high) };
                }
                let baseline = if value < 0.0 { edge + 13.0 } else { edge - 4.0 };
                if written && baseline > self.top - 12.0 && baseline < self.top + self.size.1 {
                    block.set(x + wide / 2.0, baseline, widest + 1.0, &self.kind.write(value), style, Anchor::Middle);
                }
            }
        }
    }

    /// How a bar is filled: lighter, and with a dashed edge where there is room for one, when its time is not over yet.
    fn fill(&self, ink: Ink, at: usize, point: usize) -> Paint {
        match (self.is_unfinished(point), self.across.slot() < NARROW) {
            (false, _) => fill(ink, at),
            (true, true) => fill(ink, at).see_through(0.4),
            (true, false) => unfinished(ink, at),
        }
    }

    fn stacks(&self, block: &mut Block, drawn: &[Drawn<'_>]) {
        let slot = self.across.slot();
        // Of hundreds of stacks, gaps would be all that is seen.
        let wide = if slot < NARROW { slot + 0.2 } else { (slot * 0.8).min(64.0) };
        for point in 0..self.series.axis.len() {
            let (mut above, mut below) = (0.0, 0.0);
            for (at, one) in drawn.iter().enumerate() {
                let Some(value) = drawable(one.line.values.get(point).copied().flatten()).filter(|value| *value != 0.0) else { continue };
                let from = if value < 0.0 { &mut below } else { &mut above };
                let (start, end) = (self.y(*from), self.y(*from + value));
                *from += value;
                let paint = self.fill(one.ink, at, point);
                let mut bar = Block::new();
                // A hair of the page between the parts of a stack.
                let hair = if (start - end).abs() > 4.0 && slot >= NARROW { 1.0 } else { 0.0 };
                bar.area((self.x(point) - wide / 2.0, start.min(end) + hair / 2.0), (wide, (start - end).abs() - hair), 0.0, paint);
                self.labelled(block, bar, one.line, point, value);
            }
        }
        // The line of zero lies over the bars, so that above and below are told apart.
        let zero = self.y(0.0);
        block.rule((self.left, zero), (self.left + self.size.0, zero), Paint::stroke(Ink::Muted, 1.0));
    }
}

/// Of many lines, a small panel each on one scale, with the others in grey behind it.
fn small_panels(view: &Series, kind: Kind, drawn: &[Drawn<'_>]) -> (Block, f32) {
    const ACROSS: usize = 4;
    const SIZE: (f32, f32) = (196.0, 84.0);
    const GAP: (f32, f32) = (22.0, 26.0);
    let mut block = Block::new();
    let up = || {
        let values = drawn.iter().flat_map(|one| &one.line.values).filter_map(|value| drawable(*value));
        Scale::around(kind, values, 2)
    };
    let left = gutter(&up());
    let shown = &drawn[..drawn.len().min(PANELS)];
    let rows = shown.len().div_ceil(ACROSS);
    for (at, one) in shown.iter().enumerate() {
        let (column, row) = (at % ACROSS, at / ACROSS);
        let x = left + column as f32 * (SIZE.0 + GAP.0);
        let top = block.height + row as f32 * (20.0 + SIZE.1 + GAP.1);
        let across = Across::new(&view.axis, view.style, SIZE.0);
        let panel = Panel { series: view, kind, across, up: up(), left: x, top: top + 24.0, size: SIZE };
        let figure = last(one.line).map_or_else(|| "–".to_owned(), |value| kind.write(value));
        let figure_room = Style::SMALL.width(&figure).min(90.0) + 0.5;
        block.set(x, top + 12.0, SIZE.0 - figure_room - 10.0, &one.line.name, Style::BODY.weight(Weight::Medium), Anchor::Start);
        block.set(x + SIZE.0, top + 12.0, figure_room, &figure, Style::SMALL, Anchor::End);
        for tick in &panel.up.ticks {
            let y = panel.y(*tick);
            block.rule((x, y), (x + SIZE.0, y), Paint::stroke(if *tick == 0.0 { Ink::Muted } else { Ink::Line }, 1.0));
            if column == 0 {
                block.set(x - 8.0, y + 4.0, left - 8.0, &panel.up.write(*tick), Style::SMALL, Anchor::End);
            }
        }
        for other in drawn.iter().filter(|other| !std::ptr::eq(other.line, one.line)) {
            panel.curve(&mut block, &Drawn { line: other.line, ink: Ink::Ghost, other: false }, 1.2);
        }
        panel.curve(&mut block, &Drawn { line: one.line, ink: Ink::First, other: false }, 1.9);
        let lowest_here = at + ACROSS >= shown.len();
        if lowest_here {
            let ends = panel.across.ends();
            let room = SIZE.0 / 2.0 - 6.0;
            block.set(x, panel.top + SIZE.1 + 16.0, room, &ends.0, Style::SMALL, Anchor::Start);
            block.set(x + SIZE.0, panel.top + SIZE.1 + 16.0, room, &ends.1, Style::SMALL, Anchor::End);
        }
    }
    block.gap(rows as f32 * (20.0 + SIZE.1 + GAP.1) + 6.0);
    let width = left + ACROSS as f32 * (SIZE.0 + GAP.0) - GAP.0;
    let mut words = Vec::new();
    if view.unfinished_from.is_some_and(|from| from < view.axis.len()) {
        words.push("Dashed: not over yet, will still change.".to_owned());
    }
    if drawn.len() > shown.len() {
        words.push(format!("{} more lines are in the CSV file.", drawn.len() - shown.len()));
    }
    if !words.is_empty() {
        block.line(0.0, width, &words.join(" "), Style::SMALL);
    }
    (block, width)
}

/// Lines that can share an axis: of the calendar by their places in it, else only where the axes are the same.
pub(super) fn same_axis(a: &Series, b: &Series) -> bool {
    match (&a.axis, &b.axis) {
        (Axis::Calendar { interval: one, .. }, Axis::Calendar { interval: other, .. }) => one == other,
        (one, other) => one == other,
    }
}
