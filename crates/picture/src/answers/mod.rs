//! Answers as pictures: what the data says, the data, how it was computed.
//!
//! One file per shape of answer, and `slices` for groups and comparisons of all of them. To draw a new shape, write its file with a function that gives a block and its width,
//! and add it to [`body`].

mod across;
pub(crate) mod cohorts;
mod comments;
mod findings;
mod funnel;
mod graph;
mod kpis;
mod lying;
mod paths;
mod scale;
mod series;
pub(crate) mod slices;
pub(crate) mod table;
mod variants;

use periplus_model::Answer;
use periplus_model::answer::{Meta, View};

pub(crate) use comments::{read_as, tables, trust};
pub(crate) use findings::sureness;
pub(crate) use kpis::{table as kpi_table, variants as kpi_variants};

use crate::look::{Ink, Look};
use crate::map::map_scene;
use crate::numbers;
use crate::scene::{Block, Scene, Style};

/// Space around the picture.
const MARGIN: f32 = 28.0;
/// As many notes as are set below a picture; the JSON has them all.
const NOTES: usize = 5;

/// An answer as a picture.
pub fn answer_scene(answer: &Answer, look: &Look) -> Scene {
    if let View::Map(map) = &answer.view {
        let note = look.note.clone().or_else(|| Some(answer.meta.semantics.clone()));
        return map_scene(map, &Look { note, ..look.clone() });
    }
    let (body, width) = slices::draw(answer);
    let width = width.max(560.0);
    let mut page = Block::new();
    page.gap(MARGIN - 4.0);
    page.lines(MARGIN, width.min(900.0), &answer.caption, Style::LARGE, 4);
    page.gap(18.0);
    page.stack(body, MARGIN);
    page.gap(18.0);
    page.lines(MARGIN, width.min(900.0), look.note.as_deref().unwrap_or(&answer.meta.semantics), Style::SMALL, 4);
    page.lines(MARGIN, width.min(900.0), &basis(&answer.meta), Style::SMALL, 2);
    for note in answer.meta.notes.iter().take(NOTES) {
        page.lines(MARGIN, width.min(900.0), note, Style::SMALL, 3);
    }
    page.gap(MARGIN - 8.0);
    Scene {
        width: (width + 2.0 * MARGIN).ceil(),
        height: page.height.ceil(),
        title: answer.caption.clone(),
        about: answer.meta.semantics.clone(),
        theme: look.theme,
        marks: page.marks,
    }
}

fn body(view: &View) -> (Block, f32) {
    match view {
        View::Table(view) => table::draw(view),
        View::Steps(view) => funnel::draw(view, None),
        View::Graph(view) => graph::draw(view),
        View::Sequences(view) => variants::draw(view),
        View::Series(view) => series::draw(view, None),
        View::Cohorts(view) => cohorts::draw(view),
        View::Paths(view) => paths::draw(view),
        // Drawn as a whole page by `answer_scene`.
        View::Map(_) => (Block::new(), 0.0),
        View::Findings(view) => findings::draw(view),
        View::Kpis(view) => kpis::draw(view),
        View::Comments(view) => comments::draw(view),
    }
}

/// What an answer rests on, in a line.
pub(crate) fn basis(meta: &Meta) -> String {
    let mut parts = Vec::new();
    if meta.customers > 0 || meta.events > 0 {
        parts.push(format!("{}, {}", numbers::counted(meta.customers, "customers"), numbers::counted(meta.events, "events")));
    }
    if let Some(newest) = meta.watermark {
        parts.push(format!("data up to {}", numbers::moment(newest)));
    }
    if let Some(share) = meta.sample {
        parts.push(format!("a sample of {}", numbers::share(share)));
    }
    if meta.immature > 0 {
        parts.push(format!("{} too young to have had the full time", numbers::count(meta.immature)));
    }
    parts.join(" · ")
}

/// What stands in place of a picture without data.
fn nothing(words: &str) -> (Block, f32) {
    let mut block = Block::new();
    block.lines(0.0, 560.0, words, Style::BODY.ink(Ink::Muted), 3);
    (block, 560.0)
}
