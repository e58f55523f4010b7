//! Answers and maps as pictures, pages and text.
//!
//! A picture is made in two steps. [`map_scene`] and [`answer_scene`] lay out: they turn numbers into a [`Scene`] of
//! boxes, curves and lines of text at fixed places, in colours by purpose. [`svg`], [`png`], [`pdf`] and [`map_html`]
//! write: they know nothing of maps. So every output shows the same picture, and a test of the scene is a test of all.
//! [`terminal`] and [`csv`] print answers as text. [`render`] does all of it by the name of a [`Form`], and is what the
//! program and the server call.
//!
//! Texts are measured with the fonts that are embedded (Inter), and a lane gives each stage a block whose height is
//! known before it is placed: nothing overlaps, whatever the data says. Numbers are written by one file, [`numbers`], so
//! that they read the same everywhere, on pages that others make too. Everything from outside is cleaned and escaped where it is written.
//!
//! To draw a new shape of answer, add a file in `answers` and one line in its list, and the same in `terminal` (its rows,
//! which are the CSV file, come from `periplus_model::rows`); for a new lane, a file in `map` and
//! a line in `lane_rows`; for a new output, a function of [`Scene`]. `cargo run -p periplus-picture --example gallery
//! -- FOLDER` draws everything for looking at, and looking is part of changing anything here.

mod answers;
mod csv;
mod form;
mod icons;
mod lettering;
mod look;
mod map;
pub mod numbers;
mod page;
mod paper;
mod scene;
mod svg;
mod terminal;

pub use answers::answer_scene;
pub use csv::csv;
pub use form::{Form, SCALE, render, render_scaled};
pub use icons::Icon;
pub use lettering::Weight;
pub use look::{Ink, Look, Theme};
pub use map::map_scene;
pub use page::map_html;
pub use paper::{PictureError, pdf, png};
pub use scene::{Anchor, Mark, Paint, Piece, Scene, Style, Text};
pub use svg::{svg, svg_with_fonts};
pub use terminal::terminal;
