//! Customers in each stage as a stream, with conversion, drop-off, time and ways back.

use super::{PAD, Row, Sheet, unit};
use crate::look::Ink;
use crate::numbers::{self, Kind, SMALL_N};
use crate::scene::{Block, Paint, Piece, Style};

/// Height of the stream where everybody is in it.
const STREAM: f32 = 46.0;

pub(super) fn rows(sheet: &Sheet) -> Vec<Row> {
    let mut figures = sheet.row_per_group(|place, at, _| cell(sheet, place, at));
    let mut rows = Vec::new();
    for (place, row) in figures.drain(..).enumerate() {
        rows.push(row);
        rows.push(Row { across: stream(sheet, place), ..Row::default() });
    }
    rows
}

fn cell(sheet: &Sheet, place: usize, at: usize) -> Block {
    let mut block = Block::new();
    let Some(stage) = sheet.stage(place, at) else { return block };
    let room = sheet.room();
    let last = at + 1 == sheet.map.stages.len();
    let left = if last { room } else { room * 0.54 };
    let muted = sheet.groups[place].1.customers < SMALL_N;
    let ink = if muted { Ink::Muted } else { Ink::Text };
    let figure = numbers::count(stage.customers);
    let style = if Style::LARGE.width(&figure) <= left { Style::LARGE } else { Style::FIGURE };
    // The arrow to the next stage stands on the line of the large figure.
    let line = Style::LARGE.line();
    let drop = (line - style.line()) / 2.0;
    block.set(0.0, block.height + drop + style.baseline(), left, &figure, style.ink(ink), crate::scene::Anchor::Start);
    if !last {
        let (text, ink) = match &stage.conversion {
            Some(rate) => (format!("{} →", Kind::Share.write(rate.value)), if rate.n < SMALL_N { Ink::Muted } else { Ink::Text }),
            None => ("– →".to_owned(), Ink::Muted),
        };
        block.set(
            room,
            block.height + 3.0 + Style::FIGURE.baseline(),
            room - left,
            &text,
            Style::FIGURE.ink(ink),
            crate::scene::Anchor::End,
        );
    }
    block.gap(line);
    block.put(0.0, left - 6.0, &format!("{} of all", numbers::share(stage.share)), Style::SMALL);
    if let Some(rate) = &stage.conversion
        && !last
    {
        let text = if rate.n < SMALL_N { numbers::observations(rate.n) } else { Kind::Share.interval(rate) };
        block.put_end(room, room - left, &text, Style::SMALL);
    }
    block.gap(Style::SMALL.line() + 5.0);
    if stage.customers > 0 {
        let share = stage.dropped as f64 / stage.customers as f64;
        let words = if last { "end here" } else { "drop off" };
        block.line(0.0, room, &format!("↓ {} {words} ({})", numbers::count(stage.dropped), numbers::share(share)), Style::SMALL);
    }
    if let Some(seconds) = stage.median_seconds_to_next.filter(|_| !last) {
        block.line(0.0, room, &format!("→ {} to the next, median", numbers::seconds(seconds)), Style::SMALL);
    }
    if stage.back_customers > 0 {
        let times = if stage.back_count == 1 { "once".to_owned() } else { format!("{} times", numbers::count(stage.back_count)) };
        block.line(0.0, room, &format!("↩ {} go back, {times}", numbers::count(stage.back_customers)), Style::SMALL);
    }
    let label = format!("{}, {}", sheet.map.stages[at].name, numbers::counted(stage.customers, unit(sheet.map)));
    block.part(format!("stage-{}-{at}", sheet.groups[place].0), label)
}

/// The stream: as high in each stage as the share of the group that gets there.
fn stream(sheet: &Sheet, place: usize) -> Block {
    let mut block = Block::new();
    let shares: Vec<f32> = (0..sheet.map.stages.len())
        .map(|at| {
            sheet.stage(place, at).map_or(0.0, |stage| if stage.share.is_finite() { stage.share.clamp(0.0, 1.0) as f32 } else { 0.0 })
        })
        .collect();
    if shares.iter().all(|share| *share == 0.0) {
        return block;
    }
    block.gap(4.0);
    let floor = block.height + STREAM;
    // A few customers in many are still a visible line.
    let top = |share: f32| floor - if share > 0.0 { (share * STREAM).max(1.5) } else { 0.0 };
    let turn = PAD * 1.6;
    let mut pieces = vec![Piece::Move(PAD / 2.0, floor), Piece::Line(PAD / 2.0, top(shares[0]))];
    for (at, pair) in shares.windows(2).enumerate() {
        let border = sheet.column * (at + 1) as f32;
        let (here, next) = (top(pair[0]), top(pair[1]));
        pieces.push(Piece::Line(border - turn, here));
        pieces.push(Piece::Curve(border, here, border, next, border + turn, next));
    }
    let end = sheet.column * shares.len() as f32 - PAD / 2.0;
    pieces.extend([Piece::Line(end, top(shares[shares.len() - 1])), Piece::Line(end, floor), Piece::Close]);
    let paint = if place == 0 { Paint::fill(Ink::Stream) } else { Paint::fill(Ink::Ghost).edge(Ink::Muted, 1.0).dashed(3.0, 2.0) };
    block.path(pieces, paint);
    block.gap(STREAM);
    block
}
