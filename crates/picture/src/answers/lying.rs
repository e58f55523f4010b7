//! Bars that lie: a row per name, where the names would not fit below bars that stand.

use periplus_model::answer::{Axis, Series, SeriesStyle};

use super::scale::{Scale, drawable};
use super::series::{Drawn, fill, whisker};
use crate::lettering::clean;
use crate::look::Ink;
use crate::numbers::Kind;
use crate::scene::{Anchor, Block, Paint, Style};

/// As many names as a picture shows; the rest is in the CSV file.
const SHOWN: usize = 40;
const NAMES: f32 = 300.0;
const BARS: f32 = 420.0;
const FIGURES: f32 = 90.0;
const BAR: f32 = 14.0;

/// Whether the names of a series are too many or too long to stand below bars in this width.
pub(super) fn needed(view: &Series, width: f32) -> bool {
    let Axis::Names(names) = &view.axis else { return false };
    let slot = width / names.len().max(1) as f32;
    let longest = names.iter().map(|name| Style::SMALL.width(&clean(name))).fold(0.0, f32::max);
    view.style == SeriesStyle::Bars && (slot < 56.0 || longest > 1.7 * slot)
}

/// The bars of every name below each other, from zero to both sides, with their figures.
pub(super) fn draw(block: &mut Block, view: &Series, kind: Kind, up: &Scale, drawn: &[Drawn<'_>]) -> f32 {
    let Axis::Names(names) = &view.axis else { return 0.0 };
    let longest = names.iter().take(SHOWN).map(|name| Style::BODY.width(&clean(name))).fold(40.0, f32::max).min(NAMES).ceil();
    let left = longest + 16.0;
    let x = |value: f64| left + up.place(value).clamp(0.0, 1.0) * BARS;
    let (top, zero) = (block.height, x(0.0));
    for (at, name) in names.iter().take(SHOWN).enumerate() {
        let height = drawn.len() as f32 * (BAR + 2.0) - 2.0;
        let middle = block.height + 6.0 + height / 2.0;
        block.set(0.0, middle + 4.5, longest + 0.5, name, Style::BODY, Anchor::Start);
        for (place, one) in drawn.iter().enumerate() {
            let Some(value) = drawable(one.line.values.get(at).copied().flatten()) else { continue };
            let y = block.height + 6.0 + place as f32 * (BAR + 2.0);
            let unfinished = view.unfinished_from.is_some_and(|from| at >= from);
            let paint = if unfinished { fill(one.ink, place).see_through(0.4) } else { fill(one.ink, place) };
            block.area((x(value).min(zero), y), ((x(value) - zero).abs(), BAR), 2.0, paint);
            let interval = one.line.intervals.get(at).copied().flatten();
            if let Some((low, high)) = interval.filter(|(low, high)| drawable(Some(*low)).is_some() && drawable(Some(*high)).is_some()) {
                whisker(block, (x(low), y + BAR / 2.0), (x(high), y + BAR / 2.0));
            }
            block.set(left + BARS + FIGURES, y + 11.0, FIGURES - 12.0, &kind.write(value), Style::SMALL.ink(Ink::Text), Anchor::End);
        }
        block.gap(height.max(Style::BODY.line()) + 12.0);
    }
    block.rule((zero, top), (zero, block.height), Paint::stroke(Ink::Muted, 1.0));
    if names.len() > SHOWN {
        block.gap(6.0);
        block.line(0.0, left + BARS, &format!("{} more names are in the CSV file.", names.len() - SHOWN), Style::SMALL);
    }
    left + BARS + FIGURES
}
