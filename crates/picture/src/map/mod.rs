//! The journey map as a picture: stages as columns, lanes as rows.
//!
//! Every lane is one file and one entry in [`lane_rows`]. A lane gives, for each stage, a block of marks with a height;
//! the tallest block sets the height of the row, so nothing can overlap whatever the data says. To add a lane, add it
//! to the model's list and write its file.

pub(crate) mod emotion;
pub(crate) mod findings;
pub(crate) mod kpis;
mod people;
mod phone;
mod touchpoints;
mod words;

pub(crate) use phone::phone_scene;

use periplus_model::measured::{Coverage, Lane, MeasuredGroup, MeasuredMap, MeasuredStage, StageInfo};

use crate::lettering::Weight;
use crate::look::{Ink, Look};
use crate::numbers;
use crate::scene::{Block, Mark, Paint, Piece, Scene, Style};

/// Space around the picture.
const MARGIN: f32 = 28.0;
/// Width of the column with the names of the lanes.
const HEAD: f32 = 132.0;
/// Space inside a cell, left and right.
const PAD: f32 = 14.0;

/// What the picture says where the answer says nothing about how it counts.
const NOTE: &str = "A stage counts every customer who entered it, and conversion those who then entered the next stage. Ranges and bands are 95 % \
    intervals; n is the number of observations, and what rests on fewer than 30 is muted. A pain or delight is shown where a rate differs from its \
    baseline by more than chance explains.";

/// What every lane needs to draw itself.
pub(super) struct Sheet<'a> {
    map: &'a MeasuredMap,
    /// The groups that are drawn, with their index in the map: one, or two that are compared.
    groups: Vec<(usize, &'a MeasuredGroup)>,
    /// Width of a stage's column.
    column: f32,
}

/// A row of the picture: what stands before it, and one block per stage or one across all of them.
#[derive(Default)]
pub(super) struct Row {
    head: Block,
    cells: Vec<Block>,
    across: Block,
}

impl Sheet<'_> {
    /// Width inside a cell.
    fn room(&self) -> f32 {
        self.column - 2.0 * PAD
    }

    fn compares(&self) -> bool {
        self.groups.len() > 1
    }

    /// The measurements of a stage, in the group at `place` of the drawn ones.
    fn stage(&self, place: usize, stage: usize) -> Option<&MeasuredStage> {
        self.groups.get(place)?.1.stages.get(stage)
    }

    /// One row per drawn group, named after its group where two are compared.
    fn row_per_group(&self, cell: impl Fn(usize, usize, &StageInfo) -> Block) -> Vec<Row> {
        let row = |place: usize| {
            let cells: Vec<Block> = self.map.stages.iter().enumerate().map(|(at, stage)| cell(place, at, stage)).collect();
            let mut head = Block::new();
            if self.compares() && !cells.iter().all(Block::is_empty) {
                head = self.group_name(place);
            }
            Row { head, cells, across: Block::new() }
        };
        (0..self.groups.len()).map(row).collect()
    }

    /// The sign and the name of a drawn group, for a lane's head.
    fn group_name(&self, place: usize) -> Block {
        let mut block = Block::new();
        group_sign(&mut block, place, 5.0, 7.5);
        block.lines(16.0, HEAD - 28.0, &self.groups[place].1.name, Style::SMALL.weight(Weight::Medium).ink(Ink::Text), 2);
        block
    }
}

/// The sign that tells two compared groups apart without colour: a full disc and an empty square.
/// It stands at `x`, its middle `down` below the pen.
pub(super) fn group_sign(block: &mut Block, place: usize, x: f32, down: f32) {
    let y = block.height + down;
    if place == 0 {
        block.dot((x, y), 4.0, Paint::fill(Ink::Text));
    } else {
        block.area((x - 3.5, y - 3.5), (7.0, 7.0), 1.0, Paint::fill(Ink::Page).edge(Ink::Muted, 1.5));
    }
}

/// Where the parts of a map's picture lie, for a page that keeps the names in sight while it scrolls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Frame {
    /// The right edge of the names of the lanes.
    pub left: f32,
    /// The upper edge of the names of the stages.
    pub top: f32,
    /// Their lower edge.
    pub lanes: f32,
    /// The lower edge of the last lane.
    pub bottom: f32,
}

/// A measured journey map as a picture.
pub fn map_scene(map: &MeasuredMap, look: &Look) -> Scene {
    framed_scene(map, look).0
}

/// What is drawn: the group that was asked for, and the one it is compared with.
fn drawn<'a>(map: &'a MeasuredMap, look: &Look, nobody: &'a MeasuredGroup) -> Vec<(usize, &'a MeasuredGroup)> {
    let first = if look.group < map.groups.len() { look.group } else { 0 };
    let mut groups = vec![(first, map.groups.get(first).unwrap_or(nobody))];
    if let Some(second) = look.compare.filter(|second| *second != first) {
        groups.extend(map.groups.get(second).map(|group| (second, group)));
    }
    groups
}

pub(crate) fn framed_scene(map: &MeasuredMap, look: &Look) -> (Scene, Frame) {
    let nobody = MeasuredGroup::default();
    let groups = drawn(map, look, &nobody);
    let column = (1250.0 / map.stages.len().max(1) as f32).clamp(212.0, if map.stages.len() == 1 { 588.0 } else { 420.0 }).round();
    let sheet = Sheet { map, groups, column };
    let columns = column * map.stages.len() as f32;
    // Few stages still leave room for a title.
    let inner = (HEAD + columns).max(720.0);

    let mut page = Block::new();
    page.gap(MARGIN - 4.0);
    page.stack(header(&sheet, inner), MARGIN);
    page.gap(20.0);
    let mut frame = Frame { left: MARGIN + HEAD, top: page.height, lanes: page.height, bottom: page.height };
    if map.stages.is_empty() {
        page.line(
            MARGIN,
            inner,
            "This map has no stages yet. Add them to the map's file, and they appear here as columns.",
            Style::FIGURE.weight(Weight::Regular),
        );
        page.gap(20.0);
    } else {
        page.stack(stage_names(&sheet), MARGIN + HEAD);
        page.gap(4.0);
        let top = page.height;
        for lane in &map.lanes {
            place_lane(&mut page, &sheet, *lane);
        }
        let bottom = page.height;
        frame = Frame { lanes: top, bottom, ..frame };
        for at in 0..=map.stages.len() {
            let x = MARGIN + HEAD + column * at as f32;
            page.marks
                .insert(0, Mark::Path { pieces: vec![Piece::Move(x, top), Piece::Line(x, bottom)], paint: Paint::stroke(Ink::Line, 1.0) });
        }
        page.rule((MARGIN, bottom), (MARGIN + HEAD + columns, bottom), Paint::stroke(Ink::Line, 1.0));
    }
    page.gap(14.0);
    page.lines(MARGIN, inner.min(1180.0), look.note.as_deref().filter(|note| !note.trim().is_empty()).unwrap_or(NOTE), Style::SMALL, 4);
    page.gap(MARGIN - 8.0);

    let names: Vec<&str> = sheet.groups.iter().map(|(_, group)| group.name.as_str()).collect();
    let scene = Scene {
        width: inner + 2.0 * MARGIN,
        height: page.height.ceil(),
        title: format!("{}: {}", map.title, names.join(" and ")),
        about: summary(&sheet),
        theme: look.theme,
        marks: page.marks,
    };
    (scene, frame)
}

/// The map in a sentence, for those who cannot see it.
fn summary(sheet: &Sheet) -> String {
    let mut text = format!("Journey map with {}.", numbers::counted(sheet.map.stages.len() as u64, "stages"));
    for (at, stage) in sheet.map.stages.iter().enumerate() {
        let customers = sheet.stage(0, at).map_or(0, |measured| measured.customers);
        text.push_str(&format!(" {}: {}.", stage.name, numbers::counted(customers, unit(sheet.map))));
    }
    text
}

/// What is counted, in the plural.
pub(crate) fn unit(map: &MeasuredMap) -> &str {
    if map.unit.is_empty() { "customers" } else { &map.unit }
}

/// Share of the events that are on the map.
pub(crate) fn covered(coverage: &Coverage) -> f64 {
    if coverage.events == 0 { 0.0 } else { coverage.mapped as f64 / coverage.events as f64 }
}

fn header(sheet: &Sheet, room: f32) -> Block {
    let map = sheet.map;
    let mut block = Block::new();
    let title = if map.title.trim().is_empty() { "Journey map" } else { &map.title };
    block.lines(0.0, room, title, Style::TITLE, 2);
    block.lines(0.0, room.min(860.0), &map.about, Style { size: 14.0, ..Style::BODY }.ink(Ink::Muted), 2);
    block.gap(12.0);
    let coverage = &map.coverage;
    let mut facts = Vec::new();
    for (place, (_, group)) in sheet.groups.iter().enumerate() {
        let name = if group.name.is_empty() { "Everybody" } else { &group.name };
        facts.push((Some(place).filter(|_| sheet.compares()), name.to_owned(), numbers::counted(group.customers, unit(map))));
    }
    if let Some(period) = numbers::period(map.from, map.to) {
        facts.push((None, "Period".to_owned(), period));
    }
    facts.push((None, "Events".to_owned(), numbers::count(coverage.events)));
    if coverage.events > 0 {
        facts.push((None, "On the map".to_owned(), format!("{} of events", numbers::share(covered(coverage)))));
    }
    let (label, figure) = (Style::SMALL, Style::FIGURE);
    let mut x = 0.0;
    for (sign, name, value) in facts {
        let indent = if sign.is_some() { 14.0 } else { 0.0 };
        let width = (label.width(&name) + indent).max(figure.width(&value)).min(room.min(320.0));
        if x > 0.0 && x + width > room {
            x = 0.0;
            block.gap(label.line() + figure.line() + 6.0);
        }
        if let Some(place) = sign {
            group_sign(&mut block, place, x + 4.0, 7.5);
        }
        block.put(x + indent, width - indent, &name, label);
        block.set(x, block.height + label.line() + figure.baseline(), width, &value, figure, crate::scene::Anchor::Start);
        x += width + 36.0;
    }
    block.gap(label.line() + figure.line());
    block
}

/// The names of the stages, as a row of arrows.
fn stage_names(sheet: &Sheet) -> Block {
    let style = Style::STAGE;
    let blocks: Vec<Block> = sheet
        .map
        .stages
        .iter()
        .enumerate()
        .map(|(at, stage)| {
            let mut block = Block::new();
            block.gap(8.0);
            block.line(PAD + 6.0, sheet.room() - 16.0, &format!("Stage {}", at + 1), Style::SMALL);
            let name = if stage.name.trim().is_empty() { &stage.id } else { &stage.name };
            block.lines(PAD + 6.0, sheet.room() - 16.0, name, style, 2);
            block.gap(9.0);
            block
        })
        .collect();
    let height = blocks.iter().map(|block| block.height).fold(0.0, f32::max);
    let mut row = Block::new();
    for (at, block) in blocks.into_iter().enumerate() {
        let (left, right, tip) = (1.0, sheet.column - 3.0, 10.0);
        let notch = if at == 0 { 0.0 } else { tip };
        let outline = vec![
            Piece::Move(left, 0.0),
            Piece::Line(right - tip, 0.0),
            Piece::Line(right, height / 2.0),
            Piece::Line(right - tip, height),
            Piece::Line(left, height),
            Piece::Line(left + notch, height / 2.0),
            Piece::Close,
        ];
        let mut arrow = Block::new();
        arrow.path(outline, Paint::fill(Ink::Surface).edge(Ink::Line, 1.0));
        arrow.place(block, 0.0, 0.0);
        let stage = &sheet.map.stages[at];
        row.place(
            arrow.part(format!("stage-{}-{at}", sheet.groups[0].0), format!("Stage {}: {}", at + 1, stage.name)),
            sheet.column * at as f32,
            0.0,
        );
    }
    row.gap(height);
    row
}

/// The name of a lane, and what stands below it.
pub(crate) fn lane_name(lane: Lane) -> (&'static str, &'static str) {
    match lane {
        Lane::People => ("People", "who get here and how they go on"),
        Lane::Goals => ("Goals", "what they want"),
        Lane::Touchpoints => ("Touchpoints", "share of the group who had it"),
        Lane::Quotes => ("Quotes", "in their words"),
        Lane::Emotion => ("Emotion", "from their scores"),
        Lane::Pains => ("Pains", "worst first"),
        Lane::Delights => ("Delights", "best first"),
        Lane::Kpis => ("Key figures", "against target"),
        Lane::Hypotheses => ("Hypotheses", "assumed, to be checked"),
        Lane::Owners => ("Owners", "who answers for it"),
    }
}

fn lane_rows(sheet: &Sheet, lane: Lane) -> Vec<Row> {
    match lane {
        Lane::People => people::rows(sheet),
        Lane::Goals => words::goals(sheet),
        Lane::Touchpoints => touchpoints::rows(sheet),
        Lane::Quotes => words::quotes(sheet),
        Lane::Emotion => emotion::rows(sheet),
        Lane::Pains => findings::rows(sheet, periplus_model::measured::Feeling::Pain),
        Lane::Delights => findings::rows(sheet, periplus_model::measured::Feeling::Delight),
        Lane::Kpis => kpis::rows(sheet),
        Lane::Hypotheses => words::hypotheses(sheet),
        Lane::Owners => words::owners(sheet),
    }
}

/// Draws a lane below the pen; a lane without content is left out.
fn place_lane(page: &mut Block, sheet: &Sheet, lane: Lane) {
    let rows = lane_rows(sheet, lane);
    if rows.iter().all(|row| row.across.is_empty() && row.cells.iter().all(Block::is_empty)) {
        return;
    }
    let right = MARGIN + HEAD + sheet.column * sheet.map.stages.len() as f32;
    page.rule((MARGIN, page.height), (right, page.height), Paint::stroke(Ink::Line, 1.0));
    page.gap(12.0);
    let top = page.height;
    let mut names = Block::new();
    let (name, below) = lane_name(lane);
    let ink = match lane {
        Lane::Pains => Ink::Amber,
        Lane::Delights => Ink::Blue,
        _ => Ink::Text,
    };
    names.line(0.0, HEAD - 12.0, name, Style { size: 12.5, weight: Weight::SemiBold, ink });
    names.lines(0.0, HEAD - 16.0, below, Style::SMALL, 2);
    names.gap(6.0);
    page.place(names.clone(), MARGIN, top);
    let names_end = top + names.height;
    for (at, row) in rows.into_iter().enumerate() {
        if at > 0 {
            page.gap(10.0);
        }
        let start = page.height;
        // What stands before the row comes below the lane's name.
        let head_start = if row.head.is_empty() { start } else { start.max(names_end) };
        let height = row.cells.iter().map(|cell| cell.height).fold(row.across.height, f32::max);
        let end = (start + height).max(if row.head.is_empty() { 0.0 } else { head_start + row.head.height });
        page.place(row.head, MARGIN, head_start);
        page.place(row.across, MARGIN + HEAD, start);
        for (stage, cell) in row.cells.into_iter().enumerate() {
            page.place(cell, MARGIN + HEAD + sheet.column * stage as f32 + PAD, start);
        }
        page.height = end;
    }
    page.height = page.height.max(names_end) + 12.0;
}
