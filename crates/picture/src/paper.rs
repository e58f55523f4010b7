//! Scenes as PNG and PDF, drawn with the embedded fonts only, so that the result is the same on every machine.

use std::sync::{Arc, OnceLock};

use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::{tiny_skia, usvg};

use crate::lettering::Weight;
use crate::look::Ink;
use crate::scene::Scene;
use crate::svg::svg;

/// Why a picture could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The picture's own SVG could not be read again.
    #[error("the picture could not be drawn: {0}; please report this with the command that led to it")]
    Drawing(#[from] usvg::Error),
    /// The PNG would have no pixels, or more than memory should be spent on.
    #[error(
        "a PNG of {width} × {height} pixels cannot be made: choose a scale between 0.1 and 4, or export SVG or PDF, which have no limit"
    )]
    Size {
        /// The width in pixels that was asked for.
        width: u32,
        /// The height in pixels that was asked for.
        height: u32,
    },
    /// The PNG could not be encoded.
    #[error("the PNG could not be encoded: {0}")]
    Encoding(String),
    /// The PDF could not be written.
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
    /// The page around a map could not be filled in.
    #[error("the page could not be written: {0}")]
    Page(#[from] minijinja::Error),
    /// The map's figures could not be put into the page.
    #[error("the map's figures could not be put into the page: {0}")]
    Figures(#[from] serde_json::Error),
}

/// The most pixels a PNG may have: 400 MB while it is drawn.
const PIXELS_MAX: u64 = 100_000_000;

fn tree(scene: &Scene) -> Result<usvg::Tree, PictureError> {
    static FONTS: OnceLock<Arc<usvg::fontdb::Database>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut fonts = usvg::fontdb::Database::new();
        for weight in Weight::ALL {
            fonts.load_font_data(weight.truetype().to_vec());
        }
        fonts.set_sans_serif_family("Inter");
        Arc::new(fonts)
    });
    let options = usvg::Options { fontdb: fonts.clone(), font_family: "Inter".to_owned(), ..usvg::Options::default() };
    Ok(usvg::Tree::from_str(&svg(scene), &options)?)
}

/// The scene as a PNG with `scale` pixels per pixel of the scene; 2 is crisp on screens and slides.
///
/// # Errors
/// When the scale is not a positive number or the picture would have more than 100 million pixels.
pub fn png(scene: &Scene, scale: f32) -> Result<Vec<u8>, PictureError> {
    let (width, height) = ((scene.width * scale).round() as u32, (scene.height * scale).round() as u32);
    let refused = PictureError::Size { width, height };
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(refused);
    }
    let Some(mut canvas) = tiny_skia::Pixmap::new(width, height) else { return Err(refused) };
    let page = Ink::Page.hex(scene.theme);
    let part = |at: usize| page.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(255);
    canvas.fill(tiny_skia::Color::from_rgba8(part(1), part(3), part(5), 255));
    resvg::render(&tree(scene)?, tiny_skia::Transform::from_scale(scale, scale), &mut canvas.as_mut());
    canvas.encode_png().map_err(|error| PictureError::Encoding(error.to_string()))
}

/// The scene as a PDF of one page: vectors, selectable text, and only those letters of the fonts that are used.
///
/// # Errors
/// When the scene has no area.
pub fn pdf(scene: &Scene) -> Result<Vec<u8>, PictureError> {
    let empty = || PictureError::Pdf("the picture has no area".to_owned());
    let tree = tree(scene)?;
    // A PDF counts in points of 1/72 inch, a picture in pixels of 1/96 inch.
    let size = krilla::geom::Size::from_wh(tree.size().width() * 0.75, tree.size().height() * 0.75).ok_or_else(empty)?;
    let mut document = krilla::Document::new();
    document.set_metadata(
        krilla::metadata::Metadata::new().title(scene.title.clone()).description(scene.about.clone()).creator("Periplus".to_owned()),
    );
    let mut page = document.start_page_with(krilla::page::PageSettings::new(size));
    let mut surface = page.surface();
    surface.draw_svg(&tree, size, SvgSettings::default()).ok_or_else(empty)?;
    surface.finish();
    page.finish();
    document.finish().map_err(|error| PictureError::Pdf(format!("{error:?}")))
}
