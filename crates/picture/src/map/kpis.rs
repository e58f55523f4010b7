//! Key figures with interval, target, and whether it is met.

use periplus_model::measured::MeasuredKpi;

use super::{Row, Sheet, group_sign};
use crate::lettering::Weight;
use crate::look::Ink;
use crate::numbers::{self, Kind, SMALL_N};
use crate::scene::{Anchor, Block, Paint, Style};

pub(super) fn rows(sheet: &Sheet) -> Vec<Row> {
    let cells = (0..sheet.map.stages.len()).map(|at| cell(sheet, at)).collect();
    vec![Row { cells, ..Row::default() }]
}

/// How a figure stands to its target; nothing where too few observations could tell.
pub(crate) fn verdict(kpi: &MeasuredKpi) -> Option<(&'static str, Ink)> {
    let (value, target) = (kpi.value.filter(|value| value.n >= SMALL_N)?, kpi.target?);
    let met = if kpi.smaller_is_better { value.value <= target } else { value.value >= target };
    let sure = !(value.low..=value.high).contains(&target);
    Some(match (met, sure) {
        (true, true) => ("✓ met", Ink::Blue),
        (false, true) => ("✗ missed", Ink::Amber),
        (true, false) => ("≈ met, not surely", Ink::Muted),
        (false, false) => ("≈ missed, not surely", Ink::Muted),
    })
}

fn cell(sheet: &Sheet, at: usize) -> Block {
    let room = sheet.room();
    let mut block = Block::new();
    let count = (0..sheet.groups.len()).filter_map(|place| sheet.stage(place, at)).map(|stage| stage.kpis.len()).max().unwrap_or(0);
    for index in 0..count {
        let figures: Vec<(usize, &MeasuredKpi)> =
            (0..sheet.groups.len()).filter_map(|place| Some((place, sheet.stage(place, at)?.kpis.get(index)?))).collect();
        let Some((_, first)) = figures.first() else { continue };
        if index > 0 {
            block.gap(5.0);
            block.rule((0.0, block.height), (room, block.height), Paint::stroke(Ink::Line, 1.0));
            block.gap(5.0);
        }
        if sheet.compares() {
            block.line(0.0, room, &first.name, Style::BODY);
            for (place, kpi) in &figures {
                group_sign(&mut block, *place, 4.0, 10.0);
                compared(&mut block, kpi, room);
            }
            if let Some(goal) = goal(first) {
                block.line(14.0, room - 14.0, &goal, Style::SMALL);
            }
        } else {
            figure(&mut block, first, room);
        }
    }
    block
}

/// The target in words.
fn goal(kpi: &MeasuredKpi) -> Option<String> {
    let bound = if kpi.smaller_is_better { "at most" } else { "at least" };
    Some(format!("{bound} {}", Kind::from(kpi.format).write(kpi.target?)))
}

/// How many of those who were asked for it answered, in words.
pub(crate) fn answered(kpi: &MeasuredKpi) -> Option<String> {
    kpi.response.map(|response| format!("{} of {} answered", numbers::share(response.value), numbers::count(response.n)))
}

/// The figure, its colour, and what it rests on.
fn parts(kpi: &MeasuredKpi) -> (String, Ink, String) {
    let kind = Kind::from(kpi.format);
    let asked = answered(kpi).map_or_else(String::new, |answered| format!(" · {answered}"));
    match &kpi.value {
        Some(value) if value.n >= SMALL_N => {
            (kind.write(value.value), Ink::Text, format!("{} · {}{asked}", kind.interval(value), numbers::observations(value.n)))
        }
        Some(value) if value.n > 0 => (kind.write(value.value), Ink::Muted, numbers::observations(value.n) + &asked),
        _ => ("–".to_owned(), Ink::Muted, "no data".to_owned()),
    }
}

/// A figure of its own: name, figure, what it rests on, target.
fn figure(block: &mut Block, kpi: &MeasuredKpi, room: f32) {
    let (text, ink, below) = parts(kpi);
    let used = block.put_end(room, room * 0.6, &text, Style::FIGURE.ink(ink));
    block.set(0.0, block.height + Style::FIGURE.baseline(), room - used - 8.0, &kpi.name, Style::BODY, Anchor::Start);
    block.gap(Style::FIGURE.line());
    block.line(0.0, room, &below, Style::SMALL);
    if let Some(goal) = goal(kpi) {
        let mut used = 0.0;
        if let Some((words, ink)) = verdict(kpi) {
            used = block.put(0.0, room, words, Style::SMALL.ink(ink).weight(Weight::Medium)) + 8.0;
        }
        block.line(used, room - used, &goal, Style::SMALL);
    }
    block.gap(1.0);
}

/// One group's figure in a comparison: everything on one line.
fn compared(block: &mut Block, kpi: &MeasuredKpi, room: f32) {
    let (text, ink, below) = parts(kpi);
    let mut used = 14.0;
    used += block.put(used, room - used, &text, Style::FIGURE.ink(ink)) + 6.0;
    if let Some((words, ink)) = verdict(kpi) {
        let sign: String = words.chars().take(1).collect();
        used += block.put(used, room - used, &sign, Style::BODY.ink(ink)) + 6.0;
    }
    block.put(used, room - used, &below, Style::SMALL);
    block.gap(Style::FIGURE.line());
}
