//! How customers feel: the measured curve with its 95 % band against what the team believed.
//!
//! Figures stand in rows of their own below the curve, so that no label ever crosses a line.

use periplus_model::answer::Estimate;
use periplus_model::measured::MeasuredStage;

use super::{HEAD, Row, Sheet, group_sign};
use crate::icons::Icon;
use crate::look::Ink;
use crate::numbers::{self, Kind, SMALL_N};
use crate::scene::{Block, Paint, Piece, Style};

/// Height of the plot.
const PLOT: f32 = 108.0;
/// Space above the best and below the worst feeling, so that dots are never cut.
const EDGE: f32 = 9.0;

/// Where a feeling from −1 to 1 lies in the plot.
fn level(feeling: f64) -> f32 {
    let feeling = if feeling.is_finite() { feeling.clamp(-1.0, 1.0) as f32 } else { 0.0 };
    EDGE + (1.0 - feeling) / 2.0 * (PLOT - 2.0 * EDGE)
}

pub(super) fn rows(sheet: &Sheet) -> Vec<Row> {
    let measured: Vec<Vec<Option<&Estimate>>> = (0..sheet.groups.len())
        .map(|place| (0..sheet.map.stages.len()).map(|at| sheet.stage(place, at).and_then(|stage| stage.emotion.as_ref())).collect())
        .collect();
    let believed: Vec<Option<f64>> = sheet.map.stages.iter().map(|stage| stage.believed).collect();
    if measured.iter().flatten().all(Option::is_none) && believed.iter().all(Option::is_none) {
        return Vec::new();
    }
    let plot =
        Row { across: plot(sheet, &measured, &believed), head: scale(sheet, !believed.iter().all(Option::is_none)), cells: Vec::new() };
    let cells = (0..sheet.map.stages.len()).map(|at| figures(sheet, &measured, at)).collect();
    vec![plot, Row { cells, ..Row::default() }]
}

/// What the lines mean.
fn scale(sheet: &Sheet, believed: bool) -> Block {
    let mut block = Block::new();
    for place in 0..sheet.groups.len() {
        let y = block.height + 7.5;
        let paint = if place == 0 { Paint::stroke(Ink::Text, 2.0) } else { Paint::stroke(Ink::Muted, 2.0).dashed(6.0, 3.0) };
        block.rule((0.0, y), (20.0, y), paint);
        group_sign(&mut block, place, 10.0, 7.5);
        let words = if sheet.compares() { sheet.groups[place].1.name.as_str() } else { "measured" };
        block.line(27.0, HEAD - 40.0, words, Style::SMALL);
    }
    if believed {
        let y = block.height + 7.5;
        block.rule((1.0, y), (20.0, y), Paint::stroke(Ink::Muted, 2.0).dashed(0.1, 4.5));
        block.line(27.0, HEAD - 40.0, "believed", Style::SMALL);
    }
    if let Some(told) = sheet.groups.first().and_then(|(_, group)| group.feeling) {
        block.gap(4.0);
        let used = block.put(0.0, HEAD - 14.0, &Kind::Feeling.write(told.score.value), Style::FIGURE);
        block.put(used + 6.0, HEAD - used - 20.0, "remembered", Style::SMALL);
        block.gap(Style::FIGURE.line());
    }
    block
}

fn plot(sheet: &Sheet, measured: &[Vec<Option<&Estimate>>], believed: &[Option<f64>]) -> Block {
    let mut block = Block::new();
    let end = sheet.column * sheet.map.stages.len() as f32;
    let middle = |at: usize| sheet.column * (at as f32 + 0.5);
    block.icon(Icon::Happy, 3.0, 0.0, 14.0, Ink::Muted);
    block.icon(Icon::Unhappy, 3.0, PLOT - 14.0, 14.0, Ink::Muted);
    block.rule((0.0, level(0.0)), (end, level(0.0)), Paint::stroke(Ink::Muted, 1.0).dashed(2.0, 4.0).see_through(0.6));

    // The bands lie behind every line.
    for (place, group) in measured.iter().enumerate() {
        for run in runs(group) {
            let curve = |pick: fn(&Estimate) -> f64| -> Vec<(f32, f32)> {
                run.iter().map(|(at, figure)| (middle(*at), level(pick(figure)))).collect()
            };
            let (low, mut high) = (curve(|figure| figure.low), curve(|figure| figure.high));
            let paint = Paint::fill(if place == 0 { Ink::Blue } else { Ink::Muted }).see_through(if place == 0 { 0.16 } else { 0.14 });
            if run.len() > 1 {
                let mut pieces = smooth(&low, true);
                high.reverse();
                pieces.extend(smooth(&high, false));
                pieces.push(Piece::Close);
                block.path(pieces, paint);
            }
        }
        for (at, figure) in group.iter().enumerate().filter_map(|(at, figure)| Some((at, (*figure)?))) {
            let x = middle(at);
            block.rule(
                (x, level(figure.low)),
                (x, level(figure.high)),
                Paint::stroke(if place == 0 { Ink::Blue } else { Ink::Muted }, 1.0),
            );
        }
    }
    let dotted: Vec<(f32, f32)> = believed.iter().enumerate().filter_map(|(at, feeling)| Some((middle(at), level((*feeling)?)))).collect();
    block.path(smooth(&dotted, true), Paint::stroke(Ink::Muted, 2.0).dashed(0.1, 4.5));
    for (place, group) in measured.iter().enumerate() {
        for run in runs(group) {
            let points: Vec<(f32, f32)> = run.iter().map(|(at, figure)| (middle(*at), level(figure.value))).collect();
            let paint = if place == 0 { Paint::stroke(Ink::Text, 2.0) } else { Paint::stroke(Ink::Muted, 2.0).dashed(6.0, 3.0) };
            block.path(smooth(&points, true), paint);
        }
    }
    for (at, feeling) in believed.iter().enumerate().filter_map(|(at, feeling)| Some((at, (*feeling)?))) {
        block.dot((middle(at), level(feeling)), 3.0, Paint::fill(Ink::Page).edge(Ink::Muted, 1.5));
        if sheet.stage(0, at).and_then(sure_gap).is_some() {
            block.icon(Icon::Flag, middle(at) + 5.0, level(feeling).clamp(8.0, PLOT - 6.0) - 8.0, 14.0, Ink::Amber);
        }
    }
    for (place, group) in measured.iter().enumerate() {
        for (at, figure) in group.iter().enumerate().filter_map(|(at, figure)| Some((at, (*figure)?))) {
            let (x, y) = (middle(at), level(figure.value));
            match (place, figure.n < SMALL_N) {
                (0, false) => block.dot((x, y), 4.5, Paint::fill(tone(figure)).edge(Ink::Page, 1.5)),
                (0, true) => block.dot((x, y), 4.0, Paint::fill(Ink::Page).edge(Ink::Muted, 1.5)),
                _ => group_sign(&mut block, place, x, y),
            }
        }
    }
    block.gap(PLOT + 2.0);
    block
}

/// Good, bad, or not surely either.
fn tone(figure: &Estimate) -> Ink {
    if figure.low > 0.0 {
        Ink::Blue
    } else if figure.high < 0.0 {
        Ink::Amber
    } else {
        Ink::Text
    }
}

/// By how much customers surely feel other than the team believes.
pub(crate) fn sure_gap(stage: &MeasuredStage) -> Option<f64> {
    stage.gap.filter(|gap| gap.is_sure).map(|gap| gap.difference.abs())
}

fn figures(sheet: &Sheet, measured: &[Vec<Option<&Estimate>>], at: usize) -> Block {
    let mut block = Block::new();
    let room = sheet.room();
    for (place, group) in measured.iter().enumerate() {
        let Some(figure) = group[at] else { continue };
        let left = if sheet.compares() { 14.0 } else { 0.0 };
        if sheet.compares() {
            group_sign(&mut block, place, 4.0, 8.5);
        }
        let small = figure.n < SMALL_N;
        let value = Style { size: 12.5, ..Style::FIGURE }.ink(if small { Ink::Muted } else { Ink::Text });
        let used = block.put(left, room, &Kind::Feeling.write(figure.value), value);
        let range = format!("{} · {}", Kind::Feeling.interval(figure), numbers::observations(figure.n));
        let detail = if small { numbers::observations(figure.n) } else { range };
        block.put(left + used + 8.0, room - left - used - 8.0, &detail, Style::SMALL);
        block.gap(value.line());
    }
    if let Some(feeling) = sheet.map.stages[at].believed {
        let words = format!("believed {}", Kind::Feeling.write(feeling));
        match sheet.stage(0, at).and_then(sure_gap) {
            Some(gap) => {
                block.icon(Icon::Flag, -1.0, block.height + 1.0, 13.0, Ink::Amber);
                block.line(16.0, room - 16.0, &format!("{words}, gap {gap:.2}"), Style::SMALL.ink(Ink::Amber));
            }
            _ => block.line(0.0, room, &words, Style::SMALL),
        }
    }
    block
}

/// The stretches of neighbouring stages that have a figure: a curve never bridges a stage without scores.
fn runs<'a>(group: &[Option<&'a Estimate>]) -> Vec<Vec<(usize, &'a Estimate)>> {
    let mut runs: Vec<Vec<(usize, &Estimate)>> = Vec::new();
    for (at, figure) in group.iter().enumerate() {
        let Some(figure) = figure else { continue };
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|(before, _)| before + 1 == at) => run.push((at, figure)),
            _ => runs.push(vec![(at, figure)]),
        }
    }
    runs
}

/// A smooth curve through points that stands at the same height as the points do and never swings beyond them:
/// its handles are horizontal.
fn smooth(points: &[(f32, f32)], begins: bool) -> Vec<Piece> {
    let Some((x, y)) = points.first() else { return Vec::new() };
    let mut pieces = vec![if begins { Piece::Move(*x, *y) } else { Piece::Line(*x, *y) }];
    for pair in points.windows(2) {
        let ((from, above), (to, below)) = (pair[0], pair[1]);
        let reach = (to - from) * 0.45;
        pieces.push(Piece::Curve(from + reach, above, to - reach, below, to, below));
    }
    pieces
}
