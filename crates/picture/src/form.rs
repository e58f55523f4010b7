//! What an answer can be had as: one list of forms, and one function that writes them all.

use periplus_model::{Answer, View};

use crate::answers::answer_scene;
use crate::csv::csv;
use crate::look::Look;
use crate::page::{answer_html, map_html};
use crate::paper::{PictureError, pdf, png};
use crate::svg::svg_with_fonts;

/// A form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A drawing that looks the same everywhere.
    Svg,
    /// A drawing in pixels.
    Png,
    /// A drawing for paper.
    Pdf,
    /// A page that works without a network; of a map, with all groups and the evidence behind every card.
    Html,
    /// The numbers as a table.
    Csv,
    /// Everything, for programs.
    Json,
}

impl Form {
    /// Every form.
    pub const ALL: [Form; 6] = [Form::Svg, Form::Png, Form::Pdf, Form::Html, Form::Csv, Form::Json];

    /// Its name, which is also how the names of its files end: `svg`.
    pub fn name(self) -> &'static str {
        match self {
            Form::Svg => "svg",
            Form::Png => "png",
            Form::Pdf => "pdf",
            Form::Html => "html",
            Form::Csv => "csv",
            Form::Json => "json",
        }
    }

    /// The form of a name, as [`name`](Form::name) writes it, in whatever letters.
    pub fn named(name: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.name().eq_ignore_ascii_case(name))
    }

    /// What it is called in the headers of the web.
    pub fn media_type(self) -> &'static str {
        match self {
            Form::Svg => "image/svg+xml",
            Form::Png => "image/png",
            Form::Pdf => "application/pdf",
            Form::Html => "text/html; charset=utf-8",
            Form::Csv => "text/csv; charset=utf-8",
            Form::Json => "application/json",
        }
    }
}

/// How many pixels a PNG has per pixel of the page, where nothing else is asked for: crisp on screens and slides.
pub const SCALE: f32 = 2.0;

/// An answer in a form; a PNG with [`SCALE`]. Drawing takes time: call it where waiting is allowed.
///
/// # Errors
/// When the picture is too large for a PNG, or by a fault of this program.
pub fn render(answer: &Answer, form: Form, look: &Look) -> Result<Vec<u8>, PictureError> {
    render_scaled(answer, form, look, SCALE)
}

/// As [`render`], with so many pixels of a PNG per pixel of the page; the other forms have no pixels.
///
/// # Errors
/// As [`render`], and when the scale is not a positive number.
pub fn render_scaled(answer: &Answer, form: Form, look: &Look, scale: f32) -> Result<Vec<u8>, PictureError> {
    let scene = || answer_scene(answer, look);
    Ok(match form {
        Form::Svg => svg_with_fonts(&scene()).into_bytes(),
        Form::Png => png(&scene(), scale)?,
        Form::Pdf => pdf(&scene())?,
        Form::Html => match &answer.view {
            View::Map(map) => map_html(map)?.into_bytes(),
            _ => answer_html(answer, look)?.into_bytes(),
        },
        Form::Csv => csv(answer).into_bytes(),
        Form::Json => serde_json::to_vec_pretty(answer)?,
    })
}
