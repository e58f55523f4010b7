//! Pains and delights as cards: the worst or best three of each stage.

use periplus_model::measured::{Feeling, Signal};

use super::{Row, Sheet, unit};
use crate::lettering::Weight;
use crate::look::Ink;
use crate::numbers::{self, Kind};
use crate::scene::{Block, Paint, Piece, Style};

/// How many cards a stage shows before "n more".
const SHOWN: usize = 3;

pub(super) fn rows(sheet: &Sheet, feeling: Feeling) -> Vec<Row> {
    let any = sheet
        .groups
        .iter()
        .any(|(_, group)| group.signals.iter().any(|signal| signal.feeling == feeling && signal.stage < sheet.map.stages.len()));
    if !any {
        return Vec::new();
    }
    let mut rows = sheet.row_per_group(|place, at, _| cell(sheet, place, at, feeling));
    for (place, row) in rows.iter_mut().enumerate().filter(|_| sheet.compares()) {
        if row.head.is_empty() {
            row.head = sheet.group_name(place);
            row.head.line(16.0, 80.0, "none found", Style::SMALL);
        }
    }
    rows
}

fn cell(sheet: &Sheet, place: usize, at: usize, feeling: Feeling) -> Block {
    let mut block = Block::new();
    let here: Vec<(usize, &Signal)> =
        sheet.groups[place].1.signals.iter().enumerate().filter(|(_, signal)| signal.stage == at && signal.feeling == feeling).collect();
    for (index, signal) in here.iter().take(SHOWN) {
        let key = format!("signal-{}-{index}", sheet.groups[place].0);
        block.stack(card(sheet, signal).part(key, format!("{}: {}", word(feeling), signal.title)), 0.0);
        block.gap(6.0);
    }
    if here.len() > SHOWN {
        block.line(2.0, sheet.room(), &format!("{} more", here.len() - SHOWN), Style::SMALL);
    } else if !here.is_empty() {
        block.height -= 6.0;
    }
    block
}

fn word(feeling: Feeling) -> &'static str {
    match feeling {
        Feeling::Pain => "Pain",
        Feeling::Delight => "Delight",
    }
}

/// The rate of a signal against its baseline, in a few words.
pub(crate) fn against(signal: &Signal) -> String {
    let kind = Kind::of_signal(signal);
    format!("{} against {}", kind.write(signal.rate.value), kind.write(signal.baseline))
}

fn card(sheet: &Sheet, signal: &Signal) -> Block {
    let room = sheet.room();
    let (ink, ground, sign) = match signal.feeling {
        Feeling::Pain => (Ink::Amber, Ink::AmberSoft, "▼"),
        Feeling::Delight => (Ink::Blue, Ink::BlueSoft, "▲"),
    };
    let mut inside = Block::new();
    inside.gap(7.0);
    inside.put(12.0, 12.0, sign, Style { size: 11.0, weight: Weight::Regular, ink });
    inside.lines(27.0, room - 37.0, &signal.title, Style { size: 12.5, weight: Weight::SemiBold, ink }, 3);
    inside.gap(1.0);
    inside.lines(27.0, room - 37.0, &against(signal), Style::SMALL.ink(Ink::Text), 2);
    inside.line(27.0, room - 37.0, &numbers::counted(signal.customers, unit(sheet.map)), Style::SMALL);
    inside.gap(6.0);
    let height = inside.height;
    let mut card = Block::new();
    card.area((0.0, 0.0), (room, height), 6.0, Paint::fill(ground));
    card.path(vec![Piece::Move(1.5, 5.0), Piece::Line(1.5, height - 5.0)], Paint::stroke(ink, 3.0));
    card.stack(inside, 0.0);
    card
}
