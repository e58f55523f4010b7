//! The ways that were gone, step by step: a column per step, a bar per place as high as many were there, a stream from
//! bar to bar. What ended runs out of a bar in amber and fades; what goes on beyond the picture has an arrow.

use periplus_model::answer::Paths;

use super::nothing;
use crate::lettering::{Weight, clean};
use crate::look::Ink;
use crate::numbers;
use crate::scene::{Anchor, Block, Paint, Piece, Style};

/// How many places of one step a picture shows; the rest is in the CSV file.
const PLACES: usize = 14;
const STEPS: usize = 12;
const BAR: f32 = 10.0;
const COLUMN: f32 = 232.0;
/// How high all paths together are.
const ALL: f32 = 380.0;
/// What the words of a place need.
const WORDS: f32 = 50.0;
const GAP: f32 = 14.0;

/// A place with its streams, from top to bottom of its bar.
struct Place {
    at: usize,
    column: usize,
    y: f32,
    height: f32,
    /// Where the next stream enters and leaves.
    entered: f32,
    left: f32,
    beyond: u64,
}

pub(super) fn draw(view: &Paths) -> (Block, f32) {
    if view.nodes.is_empty() || view.paths == 0 {
        return nothing("No path was found. Choose another start or end, a longer period or a wider segment.");
    }
    let columns = view.nodes.iter().map(|node| node.step.saturating_add(1)).max().unwrap_or(0).min(STEPS);
    let mut most = view.paths;
    for column in 0..columns {
        most = most.max(view.nodes.iter().filter(|node| node.step == column).fold(0, |sum, node| sum.saturating_add(node.count)));
    }
    let high = |count: u64| (count as f64 / most as f64) as f32 * ALL;
    let mut places = stack(view, columns, high);
    let mut block = Block::new();
    for column in 0..columns {
        block.put(column as f32 * COLUMN, COLUMN - 20.0, &format!("Step {}", column + 1), Style::SMALL.weight(Weight::Medium));
    }
    block.gap(26.0);
    let top = block.height;
    let below = places.iter().map(|place| place.y + place.height.max(WORDS)).fold(0.0, f32::max);
    streams(&mut block, view, &mut places, high, top);
    let mut hidden = vec![0_usize; columns];
    for node in view.nodes.iter().filter(|node| node.step < columns) {
        hidden[node.step] += 1;
    }
    for place in &places {
        hidden[place.column] -= 1;
        leavings(&mut block, view, place, high, top);
    }
    for place in &places {
        bar(&mut block, view, place, top, columns);
    }
    block.gap(below + 8.0);
    for (column, hidden) in hidden.iter().enumerate().filter(|(_, hidden)| **hidden > 0) {
        block.put(column as f32 * COLUMN, COLUMN - 20.0, &format!("and {hidden} less frequent"), Style::SMALL);
    }
    if hidden.iter().any(|hidden| *hidden > 0) {
        block.gap(20.0);
    }
    let width = (columns as f32 * COLUMN).max(560.0);
    let words = format!(
        "{}. A bar is as high as many are there; amber: nothing came afterwards; arrow: it goes on, but not to a place that is drawn.",
        numbers::counted(view.paths, "paths")
    );
    block.gap(6.0);
    block.lines(0.0, width.min(900.0), &words, Style::SMALL, 2);
    (block, width)
}

/// The places of every column, one below the other, the middle of the columns in one line.
fn stack(view: &Paths, columns: usize, high: impl Fn(u64) -> f32) -> Vec<Place> {
    let mut places = Vec::new();
    for column in 0..columns {
        let mut y = 0.0;
        for (at, node) in view.nodes.iter().enumerate().filter(|(_, node)| node.step == column).take(PLACES) {
            let height = high(node.count).max(3.0);
            places.push(Place { at, column, y, height, entered: 0.0, left: 0.0, beyond: node.beyond });
            y += height.max(WORDS) + GAP;
        }
    }
    places
}

fn streams(block: &mut Block, view: &Paths, places: &mut [Place], high: impl Fn(u64) -> f32, top: f32) {
    let find = |places: &[Place], at: usize| places.iter().position(|place| place.at == at);
    let mut links: Vec<(usize, Option<usize>, u64)> = Vec::new();
    for link in &view.links {
        if let Some(from) = find(places, link.from) {
            let to = find(places, link.to).filter(|to| places[*to].column == places[from].column + 1);
            links.push((from, to, link.count));
        }
    }
    // Streams leave a bar in the order of where they lead, so that they do not cross at once.
    links.sort_by_key(|(from, to, _)| (*from, to.unwrap_or(usize::MAX)));
    for (from, to, count) in links {
        let Some(to) = to else {
            // What leads to a place that is not drawn goes on, for this picture.
            places[from].beyond = places[from].beyond.saturating_add(count);
            continue;
        };
        // What is more than the bar (figures that contradict each other) stays within it.
        let thick = high(count).max(0.6);
        let (start, end) = (places[from].left, places[to].entered);
        let leave = thick.min((places[from].height - start).max(0.0));
        let enter = thick.min((places[to].height - end).max(0.0));
        places[from].left += leave;
        places[to].entered += enter;
        let (x, far) = (places[from].column as f32 * COLUMN + BAR, places[to].column as f32 * COLUMN);
        let (a, b) = (top + places[from].y + start, top + places[to].y + end);
        let half = (far - x) / 2.0;
        let pieces = vec![
            Piece::Move(x, a),
            Piece::Curve(x + half, a, far - half, b, far, b),
            Piece::Line(far, b + enter.max(0.6)),
            Piece::Curve(far - half, b + enter.max(0.6), x + half, a + leave.max(0.6), x, a + leave.max(0.6)),
            Piece::Close,
        ];
        block.path(pieces, Paint::fill(Ink::Stream).see_through(0.5));
    }
}

/// What goes on beyond the picture, and below it what ends here.
fn leavings(block: &mut Block, view: &Paths, place: &Place, high: impl Fn(u64) -> f32, top: f32) {
    let x = place.column as f32 * COLUMN + BAR;
    let mut y = top + place.y + place.left;
    let floor = top + place.y + place.height;
    let room = |y: f32, count: u64| high(count).min((floor - y).max(0.0));
    if place.beyond > 0 {
        let thick = room(y, place.beyond).max(1.0);
        let (long, tip) = (34.0, (thick / 2.0).min(9.0));
        let pieces = vec![
            Piece::Move(x, y),
            Piece::Line(x + long, y),
            Piece::Line(x + long + tip, y + thick / 2.0),
            Piece::Line(x + long, y + thick),
            Piece::Line(x, y + thick),
            Piece::Close,
        ];
        block.path(pieces, Paint::fill(Ink::Stream).see_through(0.8));
        y += thick;
    }
    let ends = view.nodes[place.at].ends;
    if ends > 0 {
        let thick = room(y, ends).max(1.0);
        // Fades in steps: a gradient would be one more thing that every writer had to know.
        const FADES: usize = 18;
        let step = 5.0;
        for fade in 0..FADES {
            let opacity = 0.42 * (1.0 - fade as f32 / FADES as f32);
            let left = x + fade as f32 * step;
            block.area((left, y), (step, thick), 0.0, Paint::fill(Ink::Amber).see_through((opacity * 100.0).round() / 100.0));
        }
    }
}

fn bar(block: &mut Block, view: &Paths, place: &Place, top: f32, columns: usize) {
    let node = &view.nodes[place.at];
    let (x, y) = (place.column as f32 * COLUMN, top + place.y);
    block.area((x, y), (BAR, place.height), 2.0, Paint::fill(Ink::Text));
    let (left, room) = (x + BAR + 8.0, COLUMN - BAR - 24.0);
    let share = numbers::share(node.count as f64 / view.paths as f64);
    let mut leaving = Vec::new();
    if node.ends > 0 {
        leaving.push(format!("{} end here", numbers::count(node.ends)));
    }
    // In the last column everybody else goes on: the figure would only repeat the line above.
    if place.beyond > 0 && (place.column + 1 < columns || node.ends > 0) {
        leaving.push(format!("{} go on →", numbers::count(place.beyond)));
    }
    let name = Style::BODY.weight(Weight::SemiBold);
    let small = Style::SMALL.ink(Ink::Text);
    let lines = [
        (11.5, node.name.clone(), name),
        (27.0, format!("{} · {share}", numbers::count(node.count)), small),
        (42.0, leaving.join(" · "), small),
    ];
    for (drop, words, style) in lines {
        // A veil of the page behind the words, so that no stream strikes them through.
        let wide = style.width(&clean(&words)).min(room);
        if !words.is_empty() {
            block.area((left - 3.0, y + drop - 11.0), (wide + 6.0, 14.5), 4.0, Paint::fill(Ink::Page).see_through(0.66));
        }
        block.set(left, y + drop, room, &words, style, Anchor::Start);
    }
}
