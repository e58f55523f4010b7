//! Key figures with interval, target, and whether it is met.

use periplus_model::measured::MeasuredKpi;

use super::{Row, Sheet, group_sign};
use crate::look::Ink;
use crate::numbers::{self, Kind, SMALL_N};
use crate::scene::{Block, Paint, Style};

pub(super) fn rows(sheet: &Sheet) -> Vec<Row> {
    let cells = (0..sheet.map.stages.len()).map(|at| cell(sheet, at)).collect();
    vec![Row { cells, ..Row::default() }]
}

/// How a figure stands to its target.
pub(crate) fn verdict(kpi: &MeasuredKpi) -> Option<(&'static str, Ink)> {
    let (value, target) = (kpi.value?, kpi.target?);
    let met = if kpi.smaller_is_better { value.value <= target } else { value.value >= target };
    let sure = value.n >= SMALL_N && !(value.low..=value.high).contains(&target);
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
        }
        for (place, kpi) in &figures {
            let left = if sheet.compares() { 14.0 } else { 0.0 };
            if sheet.compares() {
                group_sign(&mut block, *place, 4.0, 10.0);
            }
            figure(&mut block, kpi, left, room, !sheet.compares());
        }
    }
    block
}

fn figure(block: &mut Block, kpi: &MeasuredKpi, left: f32, room: f32, named: bool) {
    let kind = Kind::from(kpi.format);
    let (text, ink, below) = match &kpi.value {
        None => ("–".to_owned(), Ink::Muted, "no data".to_owned()),
        Some(value) if value.n < SMALL_N => (kind.write(value.value), Ink::Muted, numbers::observations(value.n)),
        Some(value) => (kind.write(value.value), Ink::Text, format!("{} · {}", kind.interval(value), numbers::observations(value.n))),
    };
    if named {
        let used = block.put_end(room, room * 0.6, &text, Style::FIGURE.ink(ink));
        block.set(left, block.height + Style::FIGURE.baseline(), room - left - used - 8.0, &kpi.name, Style::BODY, crate::scene::Anchor::Start);
    } else {
        block.put(left, room - left, &text, Style::FIGURE.ink(ink));
    }
    block.gap(Style::FIGURE.line());
    block.line(left, room - left, &below, Style::SMALL);
    if let Some(target) = kpi.target {
        let bound = if kpi.smaller_is_better { "at most" } else { "at least" };
        let goal = format!("{bound} {}", kind.write(target));
        match verdict(kpi) {
            Some((words, ink)) => {
                let used = block.put(left, room - left, words, Style::SMALL.ink(ink).weight(crate::lettering::Weight::Medium));
                block.put(left + used + 8.0, room - left - used - 8.0, &goal, Style::SMALL);
            }
            None => {
                block.put(left, room - left, &goal, Style::SMALL);
            }
        }
        block.gap(Style::SMALL.line());
    }
    block.gap(1.0);
}
