//! Pictures: answers and maps as SVG, PNG, PDF, HTML, terminal text and CSV.

mod answers;
mod csv;
mod figures;
mod icons;
mod lettering;
mod look;
mod map;
mod numbers;
mod page;
mod paper;
mod scene;
mod svg;
mod terminal;

pub use answers::answer_scene;
pub use csv::csv;
pub use icons::Icon;
pub use lettering::Weight;
pub use look::{Ink, Look, Theme};
pub use map::map_scene;
pub use page::map_html;
pub use paper::{PictureError, pdf, png};
pub use scene::{Anchor, Mark, Paint, Piece, Scene, Style, Text};
pub use svg::{svg, svg_with_fonts};
pub use terminal::terminal;
