//! A picture before it is written: boxes, curves and lines of text at fixed places, in colours by purpose.
//!
//! Everything that lays out (maps, funnels, graphs) makes a [`Scene`]; everything that writes (SVG, PNG, PDF, HTML)
//! reads one. Nothing here knows both.

use crate::icons::Icon;
use crate::lettering::{self, Weight};
use crate::look::{Ink, Theme};

/// A finished picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Width in pixels.
    pub width: f32,
    /// Height in pixels.
    pub height: f32,
    /// What it shows, for those who cannot see it.
    pub title: String,
    /// What it says, in a sentence or two, for those who cannot see it.
    pub about: String,
    /// Light or dark.
    pub theme: Theme,
    /// What is drawn, from back to front.
    pub marks: Vec<Mark>,
}

/// Something drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A rectangle.
    Area {
        /// Left edge.
        x: f32,
        /// Upper edge.
        y: f32,
        /// Width.
        width: f32,
        /// Height.
        height: f32,
        /// Radius of the corners.
        radius: f32,
        /// Fill and stroke.
        paint: Paint,
    },
    /// A path of lines and curves.
    Path {
        /// Its pieces.
        pieces: Vec<Piece>,
        /// Fill and stroke.
        paint: Paint,
    },
    /// A small drawing in a square.
    Icon {
        /// Which one.
        icon: Icon,
        /// Left edge.
        x: f32,
        /// Upper edge.
        y: f32,
        /// Width and height.
        size: f32,
        /// Its colour.
        ink: Ink,
    },
    /// One line of text.
    Text(Text),
    /// Marks that belong together and can be opened for more, such as a pain's card.
    Part {
        /// Its id within the picture, such as `signal-3`.
        key: String,
        /// What it is, for those who cannot see it.
        label: String,
        /// What it consists of.
        marks: Vec<Mark>,
    },
}

/// How a shape is painted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Paint {
    /// The colour inside.
    pub fill: Option<Ink>,
    /// How opaque the inside is, from 0 to 1.
    pub opacity: f32,
    /// The colour of the outline.
    pub stroke: Option<Ink>,
    /// The width of the outline.
    pub thick: f32,
    /// Lengths of dash and gap of the outline; none for a solid one.
    pub dash: Option<(f32, f32)>,
}

impl Paint {
    /// Filled.
    pub fn fill(ink: Ink) -> Paint {
        Paint { fill: Some(ink), opacity: 1.0, ..Paint::default() }
    }
    /// Outlined.
    pub fn stroke(ink: Ink, thick: f32) -> Paint {
        Paint { stroke: Some(ink), thick, opacity: 1.0, ..Paint::default() }
    }
    /// With an outline as well.
    pub fn edge(self, ink: Ink, thick: f32) -> Paint {
        Paint { stroke: Some(ink), thick, ..self }
    }
    /// With a dashed outline.
    pub fn dashed(self, dash: f32, gap: f32) -> Paint {
        Paint { dash: Some((dash, gap)), ..self }
    }
    /// With a translucent inside.
    pub fn see_through(self, opacity: f32) -> Paint {
        Paint { opacity, ..self }
    }
}

/// A piece of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Piece {
    /// Begins at a point.
    Move(f32, f32),
    /// A straight line to a point.
    Line(f32, f32),
    /// A Bézier curve: two handles and the end.
    Curve(f32, f32, f32, f32, f32, f32),
    /// Back to the beginning.
    Close,
}

/// Which end of a text lies at its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anchor {
    /// The left end.
    #[default]
    Start,
    /// The middle.
    Middle,
    /// The right end.
    End,
}

/// How a text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Size in pixels.
    pub size: f32,
    /// Weight.
    pub weight: Weight,
    /// Colour.
    pub ink: Ink,
}

impl Style {
    /// 11 px, secondary.
    pub const SMALL: Style = Style { size: 11.0, weight: Weight::Regular, ink: Ink::Muted };
    /// 12.5 px, for names and sentences.
    pub const BODY: Style = Style { size: 12.5, weight: Weight::Regular, ink: Ink::Text };
    /// 14 px, for figures.
    pub const FIGURE: Style = Style { size: 14.0, weight: Weight::SemiBold, ink: Ink::Text };
    /// 16 px, for stages.
    pub const STAGE: Style = Style { size: 16.0, weight: Weight::SemiBold, ink: Ink::Text };
    /// 20 px, for the figures of a stage.
    pub const LARGE: Style = Style { size: 20.0, weight: Weight::SemiBold, ink: Ink::Text };
    /// 26 px, for the title.
    pub const TITLE: Style = Style { size: 26.0, weight: Weight::Bold, ink: Ink::Text };

    /// In another colour.
    pub fn ink(self, ink: Ink) -> Style {
        Style { ink, ..self }
    }
    /// In another weight.
    pub fn weight(self, weight: Weight) -> Style {
        Style { weight, ..self }
    }
    /// How wide a text is in this style.
    pub fn width(self, text: &str) -> f32 {
        lettering::width(text, self.size, self.weight)
    }
    /// The height of a line, on the 4 px grid where that is close.
    pub fn line(self) -> f32 {
        match self.size {
            size if size <= 11.0 => 15.0,
            size if size <= 12.5 => 17.0,
            size if size <= 14.0 => 20.0,
            size if size <= 16.0 => 22.0,
            size => (size * 1.3).round(),
        }
    }
    /// Where the baseline lies within a line.
    pub fn baseline(self) -> f32 {
        (self.line() + self.size * 0.72) / 2.0
    }
}

/// One line of text at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The place.
    pub x: f32,
    /// The baseline.
    pub y: f32,
    /// Which end lies at the place.
    pub anchor: Anchor,
    /// How it is set.
    pub style: Style,
    /// The words.
    pub words: String,
}

impl Text {
    /// The left, upper, right and lower edge of its ink.
    pub fn bounds(&self) -> (f32, f32, f32, f32) {
        let width = self.style.width(&self.words);
        let left = match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - width / 2.0,
            Anchor::End => self.x - width,
        };
        (left, self.y - self.style.size * 0.76, left + width, self.y + self.style.size * 0.22)
    }
}

impl Scene {
    /// Every line of text in the picture.
    pub fn texts(&self) -> Vec<&Text> {
        fn gather<'a>(marks: &'a [Mark], texts: &mut Vec<&'a Text>) {
            for mark in marks {
                match mark {
                    Mark::Text(text) => texts.push(text),
                    Mark::Part { marks, .. } => gather(marks, texts),
                    _ => {}
                }
            }
        }
        let mut texts = Vec::new();
        gather(&self.marks, &mut texts);
        texts
    }
}

/// Marks with a pen that moves down: what a lane puts into one stage, before it is known where that will be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    /// What is drawn, from the block's own upper left corner.
    pub marks: Vec<Mark>,
    /// How far down the pen is: the height so far.
    pub height: f32,
}

impl Block {
    pub fn new() -> Block {
        Block::default()
    }

    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Moves the pen down.
    pub fn gap(&mut self, height: f32) {
        self.height += height;
    }

    /// A text on the pen's line, cut to `room`; the pen stays. Returns its width.
    pub fn put(&mut self, x: f32, room: f32, words: &str, style: Style) -> f32 {
        self.set(x, self.height + style.baseline(), room, words, style, Anchor::Start)
    }

    /// As [`put`](Block::put), but ending at `x`.
    pub fn put_end(&mut self, x: f32, room: f32, words: &str, style: Style) -> f32 {
        self.set(x, self.height + style.baseline(), room, words, style, Anchor::End)
    }

    /// A text at a baseline, cut to `room`. Returns its width.
    pub fn set(&mut self, x: f32, y: f32, room: f32, words: &str, style: Style, anchor: Anchor) -> f32 {
        let words = lettering::fit(&lettering::clean(words), style.size, style.weight, room);
        let width = style.width(&words);
        if !words.is_empty() {
            self.marks.push(Mark::Text(Text { x, y, anchor, style, words }));
        }
        width
    }

    /// One line of text, cut to `room`; the pen moves below it.
    pub fn line(&mut self, x: f32, room: f32, words: &str, style: Style) {
        self.put(x, room, words, style);
        self.height += style.line();
    }

    /// A text in at most `lines` lines; the pen moves below it.
    pub fn lines(&mut self, x: f32, room: f32, words: &str, style: Style, lines: usize) {
        for line in lettering::wrap(&lettering::clean(words), style.size, style.weight, room, lines) {
            self.line(x, room, &line, style);
        }
    }

    /// A rectangle.
    pub fn area(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), radius: f32, paint: Paint) {
        self.marks.push(Mark::Area { x, y, width: width.max(0.0), height: height.max(0.0), radius, paint });
    }

    /// A path.
    pub fn path(&mut self, pieces: Vec<Piece>, paint: Paint) {
        if pieces.len() > 1 {
            self.marks.push(Mark::Path { pieces, paint });
        }
    }

    /// A straight line.
    pub fn rule(&mut self, from: (f32, f32), to: (f32, f32), paint: Paint) {
        self.path(vec![Piece::Move(from.0, from.1), Piece::Line(to.0, to.1)], paint);
    }

    /// A small drawing.
    pub fn icon(&mut self, icon: Icon, x: f32, y: f32, size: f32, ink: Ink) {
        self.marks.push(Mark::Icon { icon, x, y, size, ink });
    }

    /// A circle.
    pub fn dot(&mut self, (x, y): (f32, f32), radius: f32, paint: Paint) {
        self.area((x - radius, y - radius), (2.0 * radius, 2.0 * radius), radius, paint);
    }

    /// Another block at a place; the pen stays.
    pub fn place(&mut self, block: Block, x: f32, y: f32) {
        self.marks.extend(block.marks.into_iter().map(|mark| mark.moved(x, y)));
    }

    /// Another block below the pen, which moves below it.
    pub fn stack(&mut self, block: Block, x: f32) {
        let height = block.height;
        self.place(block, x, self.height);
        self.height += height;
    }

    /// This block as one part that can be opened.
    pub fn part(self, key: String, label: String) -> Block {
        Block { height: self.height, marks: vec![Mark::Part { key, label: lettering::clean(&label), marks: self.marks }] }
    }
}

impl Mark {
    /// The same mark elsewhere.
    pub(crate) fn moved(self, dx: f32, dy: f32) -> Mark {
        match self {
            Mark::Area { x, y, width, height, radius, paint } => Mark::Area { x: x + dx, y: y + dy, width, height, radius, paint },
            Mark::Path { pieces, paint } => {
                let moved = |piece| match piece {
                    Piece::Move(x, y) => Piece::Move(x + dx, y + dy),
                    Piece::Line(x, y) => Piece::Line(x + dx, y + dy),
                    Piece::Curve(a, b, c, d, x, y) => Piece::Curve(a + dx, b + dy, c + dx, d + dy, x + dx, y + dy),
                    Piece::Close => Piece::Close,
                };
                Mark::Path { pieces: pieces.into_iter().map(moved).collect(), paint }
            }
            Mark::Icon { icon, x, y, size, ink } => Mark::Icon { icon, x: x + dx, y: y + dy, size, ink },
            Mark::Text(text) => Mark::Text(Text { x: text.x + dx, y: text.y + dy, ..text }),
            Mark::Part { key, label, marks } => {
                Mark::Part { key, label, marks: marks.into_iter().map(|mark| mark.moved(dx, dy)).collect() }
            }
        }
    }
}
