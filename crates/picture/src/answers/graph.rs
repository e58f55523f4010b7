//! What follows what: a directly-follows graph in layers from left to right. Most steps lead to the right; ways back
//! are amber and dashed. The layering is Sugiyama's: break cycles, assign layers, order by neighbours, straighten.

use periplus_model::answer::Graph;

use super::nothing;
use crate::lettering::Weight;
use crate::look::Ink;
use crate::numbers;
use crate::scene::{Anchor, Block, Mark, Paint, Piece, Style, Text};

/// How many nodes and edges a picture can carry before it is a knot.
const NODES: usize = 22;
const EDGES: usize = 44;
const BOX: (f32, f32) = (176.0, 58.0);
const BETWEEN: (f32, f32) = (112.0, 30.0);

/// A node, or the place where a long edge passes through a layer.
struct Spot {
    node: Option<usize>,
    layer: usize,
    y: f32,
}

/// An edge of the picture.
struct Way {
    from: usize,
    to: usize,
    count: u64,
    back: bool,
    /// The spots it passes, in the direction of the layers.
    spots: Vec<usize>,
}

pub(super) fn draw(view: &Graph) -> (Block, f32) {
    if view.nodes.is_empty() {
        return nothing("There is nothing that follows anything.");
    }
    let nodes = view.nodes.len().min(NODES);
    let order = forward_order(view, nodes);
    let mut ways = chosen_ways(view, nodes, &order);
    let layers = layers(nodes, &ways, &order);
    let mut spots: Vec<Spot> = (0..nodes).map(|node| Spot { node: Some(node), layer: layers[node], y: 0.0 }).collect();
    for way in &mut ways {
        way.back = layers[way.from] >= layers[way.to];
        let (left, right) = if way.back { (way.to, way.from) } else { (way.from, way.to) };
        way.spots.push(left);
        for layer in layers[left] + 1..layers[right] {
            way.spots.push(spots.len());
            spots.push(Spot { node: None, layer, y: 0.0 });
        }
        way.spots.push(right);
    }
    let height = arrange(&mut spots, &ways, nodes);
    paint(view, &spots, &ways, height, nodes)
}

/// An order of the nodes in which as many steps as possible lead forward (Eades, Lin and Smyth's greedy rule).
fn forward_order(view: &Graph, nodes: usize) -> Vec<usize> {
    let mut left: Vec<usize> = (0..nodes).collect();
    let mut place = vec![0; nodes];
    let edges: Vec<_> = view.edges.iter().filter(|edge| edge.from != edge.to && edge.from < nodes && edge.to < nodes).collect();
    for at in 0..nodes {
        let score = |node: usize| -> i128 {
            let mut score = i128::from(view.nodes[node].starts) - i128::from(view.nodes[node].ends);
            // What nothing leads to comes first, however rare it is.
            if !edges.iter().any(|edge| edge.to == node && left.contains(&edge.from)) {
                score += i128::from(u64::MAX);
            }
            for edge in edges.iter().filter(|edge| left.contains(&edge.from) && left.contains(&edge.to)) {
                if edge.from == node {
                    score += i128::from(edge.count);
                } else if edge.to == node {
                    score -= i128::from(edge.count);
                }
            }
            score
        };
        let Some(best) = left.iter().copied().max_by_key(|node| (score(*node), std::cmp::Reverse(*node))) else { break };
        place[best] = at;
        left.retain(|node| *node != best);
    }
    place
}

/// The most frequent edges, and for each node the strongest one in and out, so that none hangs loose.
fn chosen_ways(view: &Graph, nodes: usize, order: &[usize]) -> Vec<Way> {
    let mut edges: Vec<_> = view.edges.iter().filter(|edge| edge.from < nodes && edge.to < nodes && edge.from != edge.to).collect();
    edges.sort_by_key(|edge| std::cmp::Reverse(edge.count));
    let (mut entered, mut left) = (vec![false; nodes], vec![false; nodes]);
    let mut chosen: Vec<Way> = Vec::new();
    for edge in edges {
        let first = !std::mem::replace(&mut entered[edge.to], true) | !std::mem::replace(&mut left[edge.from], true);
        let known = chosen.iter().any(|way| way.from == edge.from && way.to == edge.to);
        if !known && (chosen.len() < EDGES || first) {
            chosen.push(Way {
                from: edge.from,
                to: edge.to,
                count: edge.count,
                back: order[edge.from] > order[edge.to],
                spots: Vec::new(),
            });
        }
    }
    chosen
}

/// The longest way from the left, counting the ways that lead forward.
fn layers(nodes: usize, ways: &[Way], order: &[usize]) -> Vec<usize> {
    let mut layers = vec![0_usize; nodes];
    let mut sorted: Vec<usize> = (0..nodes).collect();
    sorted.sort_by_key(|node| order[*node]);
    for node in sorted {
        for way in ways.iter().filter(|way| !way.back && way.from == node) {
            layers[way.to] = layers[way.to].max(layers[node] + 1);
        }
    }
    // Beginnings stand right before what they lead to.
    for node in 0..nodes {
        if !ways.iter().any(|way| !way.back && way.to == node)
            && let Some(next) = ways.iter().filter(|way| !way.back && way.from == node).map(|way| layers[way.to]).min()
        {
            layers[node] = next.saturating_sub(1);
        }
    }
    layers
}

/// Gives every spot its height so that ways are short and straight and nothing overlaps. Returns the total height.
fn arrange(spots: &mut [Spot], ways: &[Way], nodes: usize) -> f32 {
    let depth = spots.iter().map(|spot| spot.layer).max().unwrap_or(0) + 1;
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); depth];
    for (at, spot) in spots.iter().enumerate() {
        columns[spot.layer].push(at);
    }
    let mut near: Vec<Vec<usize>> = vec![Vec::new(); spots.len()];
    for way in ways {
        for pair in way.spots.windows(2) {
            near[pair[0]].push(pair[1]);
            near[pair[1]].push(pair[0]);
        }
    }
    let room = |spot: usize| if spot < nodes { BOX.1 + BETWEEN.1 } else { 26.0 };
    let stack = |spots: &mut [Spot], column: &[usize]| {
        let total: f32 = column.iter().map(|spot| room(*spot)).sum();
        let mut y = -total / 2.0;
        for spot in column {
            spots[*spot].y = y + room(*spot) / 2.0;
            y += room(*spot);
        }
    };
    for column in &columns {
        stack(spots, column);
    }
    let wish = |spots: &[Spot], at: usize| {
        if near[at].is_empty() { spots[at].y } else { near[at].iter().map(|other| spots[*other].y).sum::<f32>() / near[at].len() as f32 }
    };
    for sweep in 0..16 {
        for step in 0..depth {
            let at = if sweep % 2 == 0 { step } else { depth - 1 - step };
            let mut column = columns[at].clone();
            if sweep < 10 {
                let wishes: Vec<f32> = (0..spots.len()).map(|spot| wish(spots, spot)).collect();
                column.sort_by(|a, b| wishes[*a].total_cmp(&wishes[*b]));
                stack(spots, &column);
                columns[at] = column;
                continue;
            }
            // Now move towards the neighbours without changing the order.
            let wishes: Vec<f32> = column.iter().map(|spot| wish(spots, *spot)).collect();
            let mut error = 0.0;
            let mut floor = f32::MIN;
            for (spot, wish) in column.iter().zip(&wishes) {
                let half = room(*spot) / 2.0;
                spots[*spot].y = wish.max(floor + half);
                floor = spots[*spot].y + half;
                error += spots[*spot].y - wish;
            }
            let shift = error / column.len().max(1) as f32;
            for spot in &column {
                spots[*spot].y -= shift;
            }
        }
    }
    let top = spots.iter().enumerate().map(|(at, spot)| spot.y - room(at) / 2.0).fold(f32::MAX, f32::min);
    let bottom = spots.iter().enumerate().map(|(at, spot)| spot.y + room(at) / 2.0).fold(f32::MIN, f32::max);
    for spot in spots.iter_mut() {
        spot.y -= top;
    }
    bottom - top
}

type Point = (f32, f32);

fn paint(view: &Graph, spots: &[Spot], ways: &[Way], height: f32, nodes: usize) -> (Block, f32) {
    let mut block = Block::new();
    let left = |layer: usize| layer as f32 * (BOX.0 + BETWEEN.0);
    let width = spots.iter().map(|spot| left(spot.layer) + BOX.0).fold(0.0, f32::max);
    let most = ways.iter().map(|way| way.count).max().unwrap_or(1).max(1) as f32;
    let mut taken: Vec<(f32, f32, f32, f32)> = spots[..nodes]
        .iter()
        .map(|spot| (left(spot.layer), spot.y - BOX.1 / 2.0, left(spot.layer) + BOX.0, spot.y + BOX.1 / 2.0))
        .collect();
    let mut labels = Block::new();
    for way in ways {
        // Two ways between the same two boxes run side by side.
        let side = if way.back { 12.0 } else { -6.0 };
        let mut points: Vec<Point> = Vec::new();
        for (at, spot) in way.spots.iter().enumerate() {
            let (x, y) = (left(spots[*spot].layer), spots[*spot].y + side);
            if at > 0 {
                points.push((x, y));
            }
            if at + 1 < way.spots.len() {
                points.push((x + BOX.0, y));
            }
        }
        if way.back {
            points.reverse();
        }
        if spots[way.from].layer == spots[way.to].layer {
            // Within a layer there is no gap between boxes: go round on the right.
            let x = left(spots[way.from].layer) + BOX.0;
            points = vec![(x, spots[way.from].y + side), (x, spots[way.to].y + side)];
        }
        let mut pieces = vec![Piece::Move(points[0].0, points[0].1)];
        pieces.extend(points.windows(2).map(|pair| curve(pair[0], pair[1])));
        let ink = if way.back { Ink::Amber } else { Ink::Muted };
        let paint = Paint::stroke(ink, 1.0 + 4.0 * (way.count as f32 / most).sqrt());
        block.path(pieces, if way.back { paint.dashed(5.0, 4.0) } else { paint });
        arrow_head(&mut block, &points, ink);
        label(&mut labels, &mut taken, way, &points, (width, height));
    }
    for spot in &spots[..nodes] {
        if let Some(node) = spot.node {
            node_box(&mut block, view, node, (left(spot.layer), spot.y - BOX.1 / 2.0));
        }
    }
    block.place(labels, 0.0, 0.0);
    block.gap(height);
    let hidden = view.nodes.len().saturating_sub(nodes);
    if hidden > 0 {
        block.line(0.0, width, &format!("{hidden} less frequent ones are not drawn"), Style::SMALL);
    }
    (block, width)
}

fn curve(from: Point, to: Point) -> Piece {
    let reach = if (to.0 - from.0).abs() < 1.0 { 60.0 } else { (to.0 - from.0) * 0.5 };
    let ahead = if (to.0 - from.0).abs() < 1.0 { to.0 + reach } else { to.0 - reach };
    Piece::Curve(from.0 + reach, from.1, ahead, to.1, to.0, to.1)
}

fn arrow_head(block: &mut Block, points: &[Point], ink: Ink) {
    let [.., before, end] = points else { return };
    let along = if (end.0 - before.0).abs() < 1.0 || end.0 < before.0 { 1.0 } else { -1.0 };
    let tip = vec![
        Piece::Move(end.0, end.1),
        Piece::Line(end.0 + 8.0 * along, end.1 - 4.5),
        Piece::Line(end.0 + 8.0 * along, end.1 + 4.5),
        Piece::Close,
    ];
    block.path(tip, Paint::fill(ink));
}

/// The count of a way, where there is room for it on its line; it is left out rather than set over something else.
fn label(labels: &mut Block, taken: &mut Vec<(f32, f32, f32, f32)>, way: &Way, points: &[Point], (right, bottom): (f32, f32)) {
    let words = numbers::count(way.count);
    let style = Style::SMALL.weight(Weight::Medium).ink(if way.back { Ink::Amber } else { Ink::Text });
    let half = style.width(&words) / 2.0 + 3.0;
    for pair in points.windows(2) {
        for t in [0.5, 0.36, 0.64, 0.25, 0.75] {
            let (x, y) = on_curve(pair[0], pair[1], t);
            let spot = (x - half, y - 8.0, x + half, y + 8.0);
            let free = taken.iter().all(|other| spot.0 >= other.2 || spot.2 <= other.0 || spot.1 >= other.3 || spot.3 <= other.1);
            if free && spot.0 >= 0.0 && spot.2 <= right && spot.1 >= 0.0 && spot.3 <= bottom {
                taken.push(spot);
                labels.area((spot.0, spot.1), (2.0 * half, 16.0), 4.0, Paint::fill(Ink::Page));
                labels.marks.push(Mark::Text(Text { x, y: y + 4.0, anchor: Anchor::Middle, style, words }));
                return;
            }
        }
    }
}

fn on_curve(from: Point, to: Point, t: f32) -> Point {
    let Piece::Curve(ax, ay, bx, by, ..) = curve(from, to) else { return from };
    let u = 1.0 - t;
    let mix = |p: f32, a: f32, b: f32, q: f32| u * u * u * p + 3.0 * u * u * t * a + 3.0 * u * t * t * b + t * t * t * q;
    (mix(from.0, ax, bx, to.0), mix(from.1, ay, by, to.1))
}

fn node_box(block: &mut Block, view: &Graph, at: usize, (x, y): Point) {
    let node = &view.nodes[at];
    let again = view.edges.iter().filter(|edge| edge.from == at && edge.to == at).fold(0u64, |sum, edge| sum.saturating_add(edge.count));
    let mut inside = Block::new();
    inside.area((0.0, 0.0), BOX, 8.0, Paint::fill(Ink::Surface).edge(Ink::Line, 1.5));
    inside.gap(4.0);
    inside.line(12.0, BOX.0 - 24.0, &node.name, Style { weight: Weight::SemiBold, ..Style::BODY });
    let mut words = numbers::count(node.count);
    if again > 0 {
        words.push_str(&format!(" · {} in a row", numbers::count(again)));
    }
    inside.line(12.0, BOX.0 - 24.0, &words, Style::SMALL.ink(Ink::Text));
    inside.line(12.0, BOX.0 - 24.0, &format!("{} start · {} end", numbers::count(node.starts), numbers::count(node.ends)), Style::SMALL);
    block.place(inside, x, y);
}
