//! What is across in a chart: where each point lies, and which labels there is room for.

use periplus_model::answer::{Axis, SeriesStyle};
use periplus_model::question::Interval;

use super::scale::Scale;
use crate::lettering::{clean, fit, wrap};
use crate::numbers::Kind;
use crate::scene::{Anchor, Block, Style};

const STYLE: Style = Style::SMALL;
/// Between two labels.
const APART: f32 = 14.0;
const LABEL_MAX: f32 = 110.0;

/// The axis of a chart that is so many pixels wide.
pub(super) struct Across {
    width: f32,
    places: Vec<f32>,
    names: Vec<String>,
    /// How far apart labels should be, in points, from close to far; none for numbers, which have marks of their own.
    strides: &'static [usize],
    marks: Vec<(f32, String)>,
    wraps: bool,
}

impl Across {
    pub fn new(axis: &Axis, style: SeriesStyle, width: f32) -> Across {
        let bars = matches!(style, SeriesStyle::Bars | SeriesStyle::Stacked);
        let count = axis.len();
        // Names stand below their points, so that the first and the last need room on both sides, as bars do.
        let slots = bars || matches!(axis, Axis::Names(_));
        let evenly = |at: usize| match (slots, count) {
            (true, _) | (false, 0 | 1) => (at as f32 + 0.5) / count.max(1) as f32 * width,
            (false, _) => 6.0 + at as f32 / (count - 1) as f32 * (width - 12.0),
        };
        let mut across = Across {
            width,
            places: (0..count).map(evenly).collect(),
            names: names(axis),
            strides: strides(axis),
            marks: Vec::new(),
            wraps: matches!(axis, Axis::Names(_)),
        };
        if let (false, Axis::Seconds(numbers) | Axis::Numbers(numbers)) = (bars, axis) {
            across.by_size(numbers, if matches!(axis, Axis::Seconds(_)) { Kind::Seconds } else { Kind::Number });
        }
        across
    }

    /// Puts numbers where their size says; where they do not rise, they stay evenly spaced.
    fn by_size(&mut self, numbers: &[f64], kind: Kind) {
        let rising = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        if !rising || numbers.len() < 2 || numbers.iter().any(|number| !number.is_finite() || number.abs() > 1e15) {
            return;
        }
        let scale = Scale::around(kind, numbers.iter().copied(), 7);
        // The axis ends where the data does: half an empty axis says nothing.
        let (first, last) = (numbers[0].min(0.0), numbers[numbers.len() - 1].max(0.0));
        let (low, high) = (scale.place(first), scale.place(last));
        let x = |number: f64| (scale.place(number) - low) / (high - low).max(f32::EPSILON) * (self.width - 12.0) + 6.0;
        self.places = numbers.iter().map(|number| x(*number)).collect();
        let within = scale.ticks.iter().filter(|tick| **tick >= first && **tick <= last);
        self.marks = within.map(|tick| (x(*tick), scale.write(*tick))).collect();
    }

    /// Where a point lies, from the left end.
    pub fn x(&self, at: usize) -> f32 {
        self.places.get(at).copied().unwrap_or(0.0)
    }

    /// The room that one point has.
    pub fn slot(&self) -> f32 {
        self.width / self.places.len().max(1) as f32
    }

    /// What a point is called.
    pub fn name(&self, at: usize) -> &str {
        self.names.get(at).map_or("", String::as_str)
    }

    /// What the first and the last point are called.
    pub fn ends(&self) -> (String, String) {
        match self.names.as_slice() {
            [] => (String::new(), String::new()),
            [only] => (only.clone(), String::new()),
            [first, .., last] => (first.clone(), last.clone()),
        }
    }

    /// As many labels below the axis as have room, at regular distances, inside of `0..right`.
    pub fn labels(&self, left: f32, right: f32) -> Block {
        let mut block = Block::new();
        if self.wraps && self.slot() >= 56.0 {
            let mut lines = 1;
            for (place, name) in self.places.iter().zip(&self.names) {
                for (at, line) in wrap(name, STYLE.size, STYLE.weight, self.slot() - 8.0, 2).iter().enumerate() {
                    block.set(left + place, 12.0 + at as f32 * 14.0, self.slot(), line, STYLE, Anchor::Middle);
                    lines = lines.max(at + 1);
                }
            }
            block.gap(4.0 + lines as f32 * 14.0);
            return block;
        }
        let all: Vec<(f32, String)> =
            if self.marks.is_empty() { self.places.iter().copied().zip(self.names.iter().cloned()).collect() } else { self.marks.clone() };
        let labels: Vec<(f32, String, f32)> = all
            .into_iter()
            .map(|(x, words)| {
                let words = fit(&words, STYLE.size, STYLE.weight, LABEL_MAX);
                let wide = STYLE.width(&words);
                (x, words, wide)
            })
            .collect();
        let widest = labels.iter().map(|label| label.2).fold(0.0, f32::max) + APART;
        let close = labels.windows(2).map(|pair| pair[1].0 - pair[0].0).fold(f32::MAX, f32::min).max(0.01);
        let needed = (widest / close).ceil().max(1.0) as usize;
        let far = self.strides.last().copied().unwrap_or(1);
        let stride = self.strides.iter().copied().find(|stride| *stride >= needed).unwrap_or(needed.div_ceil(far) * far);
        let mut end = f32::MIN;
        for (x, words, wide) in labels.iter().step_by(stride.max(1)) {
            let x = (left + x).max(wide / 2.0).min(right - wide / 2.0);
            if x - wide / 2.0 >= end {
                block.set(x, 12.0, *wide + 1.0, words, STYLE, Anchor::Middle);
                end = x + wide / 2.0 + 6.0;
            }
        }
        block.gap(18.0);
        block
    }
}

fn names(axis: &Axis) -> Vec<String> {
    match axis {
        Axis::Calendar { starts, labels, .. } => {
            (0..starts.len()).map(|at| labels.get(at).map_or_else(String::new, |label| clean(label))).collect()
        }
        Axis::Seconds(ends) => ends.iter().map(|seconds| Kind::Seconds.write(*seconds)).collect(),
        Axis::Numbers(numbers) => numbers.iter().map(|number| Kind::Number.write(*number)).collect(),
        Axis::Names(names) => names.iter().map(|name| clean(name)).collect(),
    }
}

/// Distances at which labels of the axis read well.
fn strides(axis: &Axis) -> &'static [usize] {
    match axis {
        Axis::Calendar { interval: Interval::Hour, .. } => &[1, 2, 3, 6, 12, 24, 48, 168],
        Axis::Calendar { interval: Interval::Day, .. } => &[1, 2, 7, 14, 28],
        Axis::Calendar { interval: Interval::Week, .. } => &[1, 2, 4, 8, 13, 26, 52],
        Axis::Calendar { interval: Interval::Month, .. } => &[1, 2, 3, 6, 12],
        Axis::Calendar { interval: Interval::Quarter, .. } => &[1, 2, 4],
        _ => &[1, 2, 5, 10, 20, 50, 100],
    }
}
