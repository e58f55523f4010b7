//! The lanes of words: goals, quotes, hypotheses, owners.

use periplus_model::measured::{Quote, StageInfo};

use super::{Row, Sheet};
use crate::icons::Icon;
use crate::lettering::Weight;
use crate::look::Ink;
use crate::scene::{Block, Paint, Style};

/// A lane that is declared, so it is the same for every group.
fn declared(sheet: &Sheet, cell: impl Fn(&StageInfo, f32) -> Block) -> Vec<Row> {
    vec![Row { cells: sheet.map.stages.iter().map(|stage| cell(stage, sheet.room())).collect(), ..Row::default() }]
}

pub(super) fn goals(sheet: &Sheet) -> Vec<Row> {
    declared(sheet, |stage, room| {
        let mut block = Block::new();
        block.lines(0.0, room, stage.goal.as_deref().unwrap_or_default(), Style::BODY, 4);
        block
    })
}

pub(super) fn hypotheses(sheet: &Sheet) -> Vec<Row> {
    declared(sheet, |stage, room| {
        let mut block = Block::new();
        for words in stage.hypotheses.iter().filter(|words| !words.trim().is_empty()) {
            if !block.is_empty() {
                block.gap(6.0);
            }
            let top = block.height;
            block.gap(6.0);
            block.lines(10.0, room - 20.0, words, Style::BODY, 4);
            block.gap(6.0);
            // Dashed: assumed, not yet measured.
            block.area((0.5, top), (room - 1.0, block.height - top), 6.0, Paint::stroke(Ink::Muted, 1.0).dashed(3.0, 3.0));
        }
        block
    })
}

pub(super) fn owners(sheet: &Sheet) -> Vec<Row> {
    declared(sheet, |stage, room| {
        let mut block = Block::new();
        if let Some(owner) = stage.owner.as_deref().filter(|owner| !owner.trim().is_empty()) {
            block.icon(Icon::Person, 0.0, 1.0, 15.0, Ink::Muted);
            block.lines(22.0, room - 22.0, owner, Style::BODY.weight(Weight::Medium), 2);
        }
        block
    })
}

pub(super) fn quotes(sheet: &Sheet) -> Vec<Row> {
    sheet.row_per_group(|place, at, _| {
        let mut block = Block::new();
        for quote in
            sheet.stage(place, at).map_or(&[][..], |stage| &stage.quotes).iter().filter(|quote| !quote.text.trim().is_empty()).take(2)
        {
            if !block.is_empty() {
                block.gap(8.0);
            }
            quoted(&mut block, quote, sheet.room());
        }
        block
    })
}

fn quoted(block: &mut Block, quote: &Quote, room: f32) {
    let (sign, ink) = match quote.score {
        Some(score) if score > 0.2 => ("▲", Ink::Blue),
        Some(score) if score < -0.2 => ("▼", Ink::Amber),
        _ => ("", Ink::Line),
    };
    let top = block.height;
    block.put(10.0, 12.0, sign, Style::SMALL.ink(ink));
    let indent = if sign.is_empty() { 10.0 } else { 25.0 };
    block.lines(indent, room - indent, &format!("“{}”", quote.text.trim()), Style::BODY, 3);
    block.rule((1.0, top + 2.0), (1.0, block.height - 2.0), Paint::stroke(ink, 2.0));
}
