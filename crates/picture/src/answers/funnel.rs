//! A funnel: one bar per step, and between them how many go on.

use periplus_model::answer::Steps;

use super::nothing;
use crate::look::Ink;
use crate::numbers::{self, Kind, SMALL_N};
use crate::scene::{Block, Paint, Piece, Style};

const NAMES: f32 = 210.0;
const BARS: f32 = 520.0;
const FIGURES: f32 = 150.0;
const BAR: f32 = 36.0;

pub(super) fn draw(view: &Steps) -> (Block, f32) {
    if view.steps.is_empty() {
        return nothing("This funnel has no steps.");
    }
    let mut block = Block::new();
    let most = view.steps.iter().map(|step| step.reached).max().unwrap_or(0).max(1) as f32;
    let length = |reached: u64| (reached as f32 / most * BARS).max(if reached > 0 { 2.0 } else { 0.0 });
    for (at, step) in view.steps.iter().enumerate() {
        if at > 0 {
            between(&mut block, step, view.steps[at - 1].reached, (length(view.steps[at - 1].reached), length(step.reached)));
        }
        let top = block.height;
        let mut name = Block::new();
        name.lines(
            0.0,
            NAMES - 16.0,
            &format!("{}  {}", at + 1, step.name),
            Style { weight: crate::lettering::Weight::Medium, ..Style::BODY },
            2,
        );
        let drop = (BAR - name.height) / 2.0;
        block.place(name, 0.0, top + drop);
        block.area((NAMES, top), (BARS, BAR), 4.0, Paint::fill(Ink::Ghost));
        if step.reached > 0 {
            block.area((NAMES, top), (length(step.reached), BAR), 4.0, Paint::fill(Ink::Stream));
        }
        block.set(NAMES + BARS + 16.0, top + 16.0, FIGURES - 16.0, &numbers::count(step.reached), Style::FIGURE, Default::default());
        if let Some(share) = step.from_first.filter(|_| at > 0) {
            block.set(
                NAMES + BARS + 16.0,
                top + 31.0,
                FIGURES - 16.0,
                &format!("{} of the first", numbers::share(share)),
                Style::SMALL,
                Default::default(),
            );
        }
        block.gap(BAR);
    }
    (block, NAMES + BARS + FIGURES)
}

fn between(block: &mut Block, step: &periplus_model::answer::Step, before: u64, (above, below): (f32, f32)) {
    let (top, bottom) = (block.height, block.height + 34.0);
    // What narrows from bar to bar.
    let shape = vec![
        Piece::Move(NAMES, top),
        Piece::Line(NAMES + above, top),
        Piece::Line(NAMES + below, bottom),
        Piece::Line(NAMES, bottom),
        Piece::Close,
    ];
    block.path(shape, Paint::fill(Ink::Stream).see_through(0.22));
    let mut parts = Vec::new();
    let mut ink = Ink::Text;
    if let Some(rate) = &step.from_previous {
        parts.push(format!("↓ {} go on ({})", Kind::Share.write(rate.value), Kind::Share.interval(rate)));
        if rate.n < SMALL_N {
            parts.push(numbers::observations(rate.n));
            ink = Ink::Muted;
        }
    }
    parts.push(format!("{} do not", numbers::count(before.saturating_sub(step.reached))));
    if let Some(seconds) = step.median_seconds {
        parts.push(format!("{}, median", numbers::seconds(seconds)));
    }
    block.gap(9.0);
    block.put(NAMES + 10.0, BARS + FIGURES - 10.0, &parts.join("  ·  "), Style::SMALL.ink(ink));
    block.gap(25.0);
}
