//! Pains and delights as cards: the worst or best three of each stage.

use periplus_model::finding::{Finding, Status};
use periplus_model::measured::{Feeling, MeasuredGroup, MeasuredMap};

use super::{Row, Sheet, unit};
use crate::lettering::Weight;
use crate::look::Ink;
use crate::numbers;
use crate::scene::{Block, Paint, Piece, Style};

/// How many cards a stage shows before "n more".
const SHOWN: usize = 3;

pub(super) fn rows(sheet: &Sheet, feeling: Feeling) -> Vec<Row> {
    let any = sheet.groups.iter().any(|(_, group)| sheet.map.findings_of(group).iter().any(|(_, finding)| finding.feeling == feeling));
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
    let (number, group) = &sheet.groups[place];
    let here: Vec<&Finding> = felt(sheet.map, group, at, feeling);
    for finding in here.iter().take(SHOWN) {
        let key = key(*number, finding);
        block.stack(card(sheet, finding).part(key, format!("{}: {}", word(feeling), finding.title)), 0.0);
        block.gap(6.0);
    }
    if here.len() > SHOWN {
        block.line(2.0, sheet.room(), &format!("{} more", here.len() - SHOWN), Style::SMALL);
    } else if !here.is_empty() {
        block.height -= 6.0;
    }
    block
}

/// What hurts, or delights, a group in one stage.
pub(crate) fn felt<'m>(map: &'m MeasuredMap, group: &'m MeasuredGroup, stage: usize, feeling: Feeling) -> Vec<&'m Finding> {
    let all = map.findings_of(group).into_iter();
    all.filter(|(at, finding)| *at == stage && finding.feeling == feeling).map(|(_, finding)| finding).collect()
}

/// The name of a finding's part in the picture of a group.
pub(crate) fn key(group: usize, finding: &Finding) -> String {
    format!("finding-{group}-{}", finding.id)
}

fn word(feeling: Feeling) -> &'static str {
    match feeling {
        Feeling::Pain => "Pain",
        Feeling::Delight => "Delight",
    }
}

/// The rate of a finding against what was to be expected, in a few words.
pub(crate) fn against(finding: &Finding) -> String {
    format!("{} against {}", numbers::share(finding.rate.value), numbers::share(finding.expected))
}

/// Since when, until when, and whether it is over; nothing when it is always.
pub(crate) fn when(finding: &Finding) -> Option<String> {
    let days = numbers::days(finding.from, finding.until)?;
    Some(if finding.status == Status::Fixed { format!("{days}, fixed") } else { days })
}

fn card(sheet: &Sheet, finding: &Finding) -> Block {
    let room = sheet.room();
    let (ink, ground, sign) = match finding.feeling {
        Feeling::Pain => (Ink::Amber, Ink::AmberSoft, "▼"),
        Feeling::Delight => (Ink::Blue, Ink::BlueSoft, "▲"),
    };
    let mut inside = Block::new();
    inside.gap(7.0);
    inside.put(12.0, 12.0, sign, Style { size: 11.0, weight: Weight::Regular, ink });
    inside.lines(27.0, room - 37.0, &finding.title, Style { size: 12.5, weight: Weight::SemiBold, ink }, 3);
    inside.gap(1.0);
    inside.lines(27.0, room - 37.0, &against(finding), Style::SMALL.ink(Ink::Text), 2);
    inside.line(27.0, room - 37.0, &numbers::counted(finding.customers, unit(sheet.map)), Style::SMALL);
    if let Some(when) = when(finding) {
        inside.line(27.0, room - 37.0, &when, Style::SMALL);
    }
    inside.gap(6.0);
    let height = inside.height;
    let mut card = Block::new();
    card.area((0.0, 0.0), (room, height), 6.0, Paint::fill(ground));
    card.path(vec![Piece::Move(1.5, 5.0), Piece::Line(1.5, height - 5.0)], Paint::stroke(ink, 3.0));
    card.stack(inside, 0.0);
    card
}
