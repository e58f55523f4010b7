//! One stage of a map on a narrow screen: the lanes below each other, with curve and stream of the whole journey in small.

use periplus_model::measured::{MeasuredGroup, MeasuredMap};

use super::{PAD, Row, Sheet, drawn, lane_name, lane_rows};
use crate::lettering::Weight;
use crate::look::{Ink, Look};
use crate::scene::{Block, Paint, Scene, Style};

/// As wide as the common phones, less a margin that shows that there is a next stage.
const WIDTH: f32 = 356.0;

/// The stage at `at`, for a narrow screen.
pub(crate) fn phone_scene(map: &MeasuredMap, look: &Look, at: usize) -> Scene {
    let nobody = MeasuredGroup::default();
    let sheet = |column: f32| Sheet { map, groups: drawn(map, look, &nobody), column };
    let stages = map.stages.len().max(1) as f32;
    let (wide, whole) = (sheet(WIDTH), sheet((WIDTH - 2.0 * PAD) / stages));
    let mut page = Block::new();
    page.gap(10.0);
    page.line(PAD, WIDTH - 2.0 * PAD, &format!("Stage {} of {}", at + 1, map.stages.len()), Style::SMALL);
    let name = map.stages.get(at).map_or("", |stage| stage.name.as_str());
    page.lines(PAD, WIDTH - 2.0 * PAD, name, Style::LARGE, 3);
    page.gap(8.0);
    for lane in &map.lanes {
        let rows = lane_rows(&wide, *lane);
        if rows.iter().all(|row| row.cells.get(at).is_none_or(Block::is_empty)) {
            continue;
        }
        let (title, below) = lane_name(*lane);
        page.rule((0.0, page.height), (WIDTH, page.height), Paint::stroke(Ink::Line, 1.0));
        page.gap(10.0);
        let style = Style::SMALL.weight(Weight::SemiBold).ink(Ink::Text);
        let used = page.put(PAD, WIDTH - 2.0 * PAD, title, style);
        page.put(PAD + used + 8.0, WIDTH - 2.0 * PAD - used - 8.0, below, Style::SMALL);
        page.gap(22.0);
        for (row, overview) in rows.into_iter().zip(lane_rows(&whole, *lane)) {
            place_row(&mut page, row, overview, at, whole.column);
        }
        page.gap(6.0);
    }
    page.gap(10.0);
    let title = format!("{}: {name}", map.title);
    Scene { width: WIDTH, height: page.height.ceil(), title, about: String::new(), theme: look.theme, marks: page.marks }
}

fn place_row(page: &mut Block, mut row: Row, overview: Row, at: usize, column: f32) {
    let cell = if at < row.cells.len() { row.cells.swap_remove(at) } else { Block::new() };
    let across = overview.across;
    if cell.is_empty() && across.is_empty() {
        return;
    }
    page.stack(row.head, PAD);
    if !across.is_empty() {
        page.gap(4.0);
        page.area((PAD + column * at as f32, page.height), (column, across.height), 4.0, Paint::fill(Ink::Ghost));
        page.stack(across, PAD);
    }
    page.stack(cell, PAD);
    page.gap(6.0);
}
