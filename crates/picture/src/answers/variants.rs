//! The most frequent sequences: a row of chips each. The bluer a chip, the more sequences have its step; a step that a
//! sequence comes back to has an amber edge.

use std::collections::HashMap;

use periplus_model::answer::Sequences;

use super::nothing;
use crate::look::Ink;
use crate::numbers;
use crate::scene::{Block, Paint, Style};

const SHOWN: usize = 30;
const FIGURES: f32 = 150.0;
const CHIPS: f32 = 860.0;
const CHIP: f32 = 26.0;

pub(super) fn draw(view: &Sequences) -> (Block, f32) {
    if view.variants.is_empty() {
        return nothing("There are no sequences.");
    }
    let mut frequency: HashMap<&str, u64> = HashMap::new();
    for variant in &view.variants {
        let mut steps: Vec<&str> = variant.steps.iter().map(String::as_str).collect();
        steps.sort_unstable();
        steps.dedup();
        for step in steps {
            let count = frequency.entry(step).or_default();
            *count = count.saturating_add(variant.count);
        }
    }
    let most = frequency.values().copied().max().unwrap_or(0).max(1) as f32;
    let widest = view.variants.iter().map(|variant| variant.share).fold(f64::MIN_POSITIVE, f64::max);
    let mut block = Block::new();
    for variant in view.variants.iter().take(SHOWN) {
        block.rule((0.0, block.height), (FIGURES + CHIPS, block.height), Paint::stroke(Ink::Line, 1.0));
        block.gap(11.0);
        let top = block.height;
        let mut figures = Block::new();
        let used = figures.put(0.0, 80.0, &numbers::count(variant.count), Style::FIGURE);
        figures.put(used + 8.0, FIGURES - used - 24.0, &numbers::share(variant.share), Style::SMALL);
        figures.gap(Style::FIGURE.line());
        figures.area((0.0, figures.height), ((variant.share / widest) as f32 * (FIGURES - 30.0), 3.0), 1.5, Paint::fill(Ink::Stream));
        figures.gap(6.0);
        figures.line(0.0, FIGURES - 16.0, &format!("{}, median", numbers::seconds(variant.median_seconds)), Style::SMALL);
        let chips = chips(&variant.steps, |step| frequency.get(step).copied().unwrap_or(0) as f32 / most);
        let height = figures.height.max(chips.height);
        block.place(figures, 0.0, top);
        block.place(chips, FIGURES, top);
        block.gap(height + 9.0);
    }
    let shown = view.variants.len().min(SHOWN) as u64;
    if view.distinct > shown {
        let words =
            format!("{} of {} different sequences, of {} in all", shown, numbers::count(view.distinct), numbers::count(view.sequences));
        block.line(0.0, FIGURES + CHIPS, &words, Style::SMALL);
    }
    (block, FIGURES + CHIPS)
}

/// Chips in as many lines as they need, at most six.
fn chips(steps: &[String], blue: impl Fn(&str) -> f32) -> Block {
    let mut block = Block::new();
    let mut x = 0.0;
    for (at, step) in steps.iter().enumerate() {
        let width = (Style::BODY.width(&crate::lettering::clean(step)) + 18.5).min(220.0);
        if x > 0.0 && x + width > CHIPS {
            x = 0.0;
            block.gap(CHIP + 6.0);
            if block.height > 5.0 * (CHIP + 6.0) {
                block.line(0.0, CHIPS, &format!("and {} more steps", steps.len() - at), Style::SMALL);
                return block;
            }
        }
        let paint = Paint::fill(Ink::Blue).see_through(((0.06 + 0.24 * blue(step)) * 100.0).round() / 100.0);
        let again = steps[..at].contains(step);
        block.area((x, block.height), (width, CHIP), 6.0, if again { paint.edge(Ink::Amber, 1.5) } else { paint });
        block.set(x + 9.0, block.height + 17.5, width - 18.0, step, Style::BODY, Default::default());
        x += width;
        if at + 1 < steps.len() && x + 18.0 < CHIPS {
            block.set(x + 3.0, block.height + 17.5, 14.0, "→", Style::SMALL, Default::default());
        }
        x += 18.0;
    }
    block.gap(CHIP);
    block
}
