//! Touchpoints as chips, the ones with the widest reach first.

use periplus_model::measured::{OwnedBy, TouchpointInfo};

use super::{Row, Sheet, group_sign};
use crate::icons::Icon;
use crate::look::Ink;
use crate::numbers;
use crate::scene::{Block, Paint, Style};

/// How many chips a stage shows before "n more".
const SHOWN: usize = 6;

pub(super) fn rows(sheet: &Sheet) -> Vec<Row> {
    let cells = (0..sheet.map.stages.len()).map(|at| cell(sheet, at)).collect();
    vec![Row { cells, ..Row::default() }]
}

fn cell(sheet: &Sheet, at: usize) -> Block {
    let mut block = Block::new();
    let reach = |place: usize, index: usize| {
        sheet.groups.get(place).and_then(|(_, group)| group.touchpoints.get(index)).map_or(0.0, |measured| measured.reach)
    };
    let mut here: Vec<(usize, &TouchpointInfo)> =
        sheet.map.touchpoints.iter().enumerate().filter(|(_, touchpoint)| touchpoint.stage == at).collect();
    // Stable, so that equals keep the order of the map.
    here.sort_by(|(a, _), (b, _)| reach(0, *b).total_cmp(&reach(0, *a)));
    for (index, touchpoint) in here.iter().take(SHOWN) {
        let shares: Vec<f64> = (0..sheet.groups.len()).map(|place| reach(place, *index)).collect();
        block.stack(chip(sheet, *index, touchpoint, &shares), 0.0);
        block.gap(5.0);
    }
    if here.len() > SHOWN {
        block.line(2.0, sheet.room(), &format!("{} more", here.len() - SHOWN), Style::SMALL);
    } else if !here.is_empty() {
        block.height -= 5.0;
    }
    block
}

fn chip(sheet: &Sheet, index: usize, touchpoint: &TouchpointInfo, shares: &[f64]) -> Block {
    let room = sheet.room();
    let mut inside = Block::new();
    inside.gap(5.0);
    let figure = Style { size: 12.5, ..Style::FIGURE };
    let small = Style::SMALL.ink(Ink::Text);
    let mut right = room - 9.0;
    // One group: its share stands right. Two: each share stands before its own bar, below.
    let single = shares.len() == 1;
    if single {
        let text = numbers::share(shares[0]);
        let ink = if shares[0] == 0.0 { Ink::Muted } else { Ink::Text };
        right -= inside.put_end(right, 64.0, &text, figure.ink(ink)) + 8.0;
    }
    inside.icon(Icon::of_channel(touchpoint.channel.as_deref()), 8.0, inside.height + 1.0, 15.0, Ink::Muted);
    let name = if touchpoint.name.trim().is_empty() { &touchpoint.id } else { &touchpoint.name };
    let used = inside.put(29.0, right - 29.0, name, Style::BODY);
    let whose = match touchpoint.owned_by {
        OwnedBy::Brand => None,
        OwnedBy::Partner => Some("partner"),
        OwnedBy::Customer => Some("customer"),
        OwnedBy::Social => Some("social"),
    };
    if let Some(whose) = whose.filter(|whose| 29.0 + used + 6.0 + Style::SMALL.width(whose) <= right) {
        inside.put(29.0 + used + 6.0, right - 35.0 - used, whose, Style::SMALL);
    }
    inside.gap(Style::BODY.line() + 3.0);
    for (place, share) in shares.iter().enumerate() {
        let (left, width) = if single { (9.0, room - 18.0) } else { (70.0, room - 79.0) };
        if !single {
            group_sign(&mut inside, place, 15.0, 7.0);
            inside.put_end(64.0, 42.0, &numbers::share(*share), small);
            inside.gap(6.0);
        }
        let full = if share.is_finite() { share.clamp(0.0, 1.0) as f32 } else { 0.0 };
        inside.area((left, inside.height), (width, 3.0), 1.5, Paint::fill(Ink::Ghost));
        if full > 0.0 {
            let paint = if place == 0 { Paint::fill(Ink::Text).see_through(0.75) } else { Paint::fill(Ink::Muted).see_through(0.75) };
            inside.area((left, inside.height), ((width * full).max(2.0), 3.0), 1.5, paint);
        }
        inside.gap(if single { 3.0 } else { 9.0 });
    }
    inside.gap(if single { 5.0 } else { 4.0 });
    let mut chip = Block::new();
    let edge = Paint::fill(Ink::Surface).edge(Ink::Line, 1.0);
    let height = inside.height;
    chip.area((0.0, 0.0), (room, height), 7.0, edge);
    chip.stack(inside, 0.0);
    let label = format!("{name}, {} of the group", numbers::share(shares[0]));
    chip.part(format!("touchpoint-{}-{index}", sheet.groups[0].0), label)
}
