//! A funnel: one bar per step, and between them how many go on. What it is compared with has a thinner bar below each.

use periplus_model::answer::{Step, Steps};

use super::nothing;
use super::slices::OWN;
use crate::look::Ink;
use crate::numbers::{self, Kind, SMALL_N};
use crate::scene::{Block, Paint, Piece, Style};

const NAMES: f32 = 210.0;
const BARS: f32 = 520.0;
const FIGURES: f32 = 150.0;
const BAR: f32 = 36.0;

/// A funnel, and the same for what it is compared with, with a name for that.
pub(super) fn draw(view: &Steps, beside: Option<(&Steps, &str)>) -> (Block, f32) {
    if view.steps.is_empty() {
        return nothing("This funnel has no steps.");
    }
    let mut block = Block::new();
    if let Some((_, name)) = beside {
        legend(&mut block, name);
    }
    let most = |steps: &Steps| steps.steps.iter().map(|step| step.reached).max().unwrap_or(0).max(1) as f32;
    // Groups of different sizes are compared by their shares: each funnel fills the same room.
    let length = |steps: &Steps, reached: u64| (reached as f32 / most(steps) * BARS).max(if reached > 0 { 2.0 } else { 0.0 });
    for (at, step) in view.steps.iter().enumerate() {
        if at > 0 {
            between(&mut block, step, view.steps[at - 1].reached, (length(view, view.steps[at - 1].reached), length(view, step.reached)));
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
            block.area((NAMES, top), (length(view, step.reached), BAR), 4.0, Paint::fill(Ink::Stream));
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
        if let Some((other, step)) = beside.and_then(|(other, _)| other.steps.get(at).map(|step| (other, step))) {
            second(&mut block, step, length(other, step.reached), at == 0);
        }
    }
    (block, NAMES + BARS + FIGURES)
}

fn legend(block: &mut Block, name: &str) {
    let y = block.height + 2.0;
    block.area((NAMES, y), (14.0, 12.0), 3.0, Paint::fill(Ink::Stream));
    let used = block.put(NAMES + 22.0, 200.0, OWN, Style::SMALL.ink(Ink::Text));
    let x = NAMES + 22.0 + used + 20.0;
    block.area((x, y + 2.0), (14.0, 8.0), 2.0, Paint::fill(Ink::Muted));
    block.put(x + 22.0, BARS + FIGURES - (x + 22.0 - NAMES), name, Style::SMALL.ink(Ink::Text));
    block.gap(26.0);
}

/// The bar of what the funnel is compared with.
fn second(block: &mut Block, step: &Step, length: f32, first: bool) {
    let top = block.height + 4.0;
    block.area((NAMES, top), (BARS, 10.0), 3.0, Paint::fill(Ink::Ghost));
    block.area((NAMES, top), (length, 10.0), 3.0, Paint::fill(Ink::Muted));
    let mut words = numbers::count(step.reached);
    if let Some(share) = step.from_first.filter(|_| !first) {
        words.push_str(&format!(" · {}", numbers::share(share)));
    }
    block.set(NAMES + BARS + 16.0, top + 9.0, FIGURES - 16.0, &words, Style::SMALL, Default::default());
    block.gap(18.0);
}

fn between(block: &mut Block, step: &Step, before: u64, (above, below): (f32, f32)) {
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
