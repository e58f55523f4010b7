//! Scenes as SVG text.

use std::fmt::Write;

use crate::lettering::Weight;
use crate::look::Ink;
use crate::scene::{Anchor, Mark, Paint, Piece, Scene, Text};

/// How the colours and parts of a scene are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Colours in the elements; complete in itself.
    Plain,
    /// Colours as classes that a page's style sheet gives meaning to, parts that can be reached by keyboard.
    Page,
    /// Colours as classes; parts can only be pointed at.
    Read,
}

/// The scene as an SVG document that names the font `Inter` but does not contain it.
pub fn svg(scene: &Scene) -> String {
    write(scene, Manner::Plain, "")
}

/// The scene as an SVG document that contains the fonts it uses, so that it looks the same everywhere.
pub fn svg_with_fonts(scene: &Scene) -> String {
    let used: Vec<Weight> =
        Weight::ALL.into_iter().filter(|weight| scene.texts().iter().any(|text| text.style.weight == *weight)).collect();
    write(scene, Manner::Plain, &format!("<style>{}</style>", font_faces(&used)))
}

/// CSS that brings the fonts along.
pub(crate) fn font_faces(weights: &[Weight]) -> String {
    let mut css = String::new();
    for weight in weights {
        let _ = write!(
            css,
            "@font-face{{font-family:Inter;font-weight:{};src:url(data:font/woff2;base64,{}) format(\"woff2\")}}",
            weight.css(),
            base64(weight.woff2())
        );
    }
    css
}

pub(crate) fn write(scene: &Scene, manner: Manner, head: &str) -> String {
    let mut out = String::with_capacity(32 * 1024);
    let (width, height) = (Px(scene.width), Px(scene.height));
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"Inter, system-ui, sans-serif\" role=\"{}\"><title>{}</title><desc>{}</desc>{head}",
        if manner == Manner::Page { "group" } else { "img" },
        Escaped(&scene.title),
        Escaped(&scene.about),
    );
    let mut writer = Writer { out, manner, scene };
    if manner == Manner::Plain {
        let _ = write!(writer.out, "<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>", Ink::Page.hex(scene.theme));
    }
    writer.marks(&scene.marks);
    writer.out.push_str("</svg>\n");
    writer.out
}

struct Writer<'a> {
    out: String,
    manner: Manner,
    scene: &'a Scene,
}

impl Writer<'_> {
    fn marks(&mut self, marks: &[Mark]) {
        for mark in marks {
            self.mark(mark);
        }
    }

    fn mark(&mut self, mark: &Mark) {
        self.out.push('\n');
        match mark {
            Mark::Area { x, y, width, height, radius, paint } => {
                let _ = write!(self.out, "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", Px(*x), Px(*y), Px(*width), Px(*height));
                if *radius > 0.0 {
                    let _ = write!(self.out, " rx=\"{}\"", Px(*radius));
                }
                self.paint(paint);
                self.out.push_str("/>");
            }
            Mark::Path { pieces, paint } => {
                self.out.push_str("<path d=\"");
                for piece in pieces {
                    let _ = match piece {
                        Piece::Move(x, y) => write!(self.out, "M{} {}", Px(*x), Px(*y)),
                        Piece::Line(x, y) => write!(self.out, "L{} {}", Px(*x), Px(*y)),
                        Piece::Curve(a, b, c, d, x, y) => {
                            write!(self.out, "C{} {} {} {} {} {}", Px(*a), Px(*b), Px(*c), Px(*d), Px(*x), Px(*y))
                        }
                        Piece::Close => write!(self.out, "Z"),
                    };
                }
                self.out.push('"');
                self.paint(paint);
                self.out.push_str("/>");
            }
            Mark::Icon { icon, x, y, size, ink } => {
                let scale = size / 24.0;
                let _ = write!(
                    self.out,
                    "<path transform=\"translate({} {}) scale({scale:.3})\" d=\"{}\" stroke-linecap=\"round\" stroke-linejoin=\"round\"",
                    Px(*x),
                    Px(*y),
                    icon.lines()
                );
                self.paint(&Paint::stroke(*ink, 2.0));
                self.out.push_str("/>");
            }
            Mark::Text(text) => self.text(text),
            Mark::Part { key, label, marks } => {
                let _ = match self.manner {
                    Manner::Plain | Manner::Read => write!(self.out, "<g><title>{}</title>", Escaped(label)),
                    Manner::Page => write!(
                        self.out,
                        "<g class=\"part\" data-key=\"{}\" tabindex=\"0\" role=\"button\" aria-label=\"{}\">",
                        Escaped(key),
                        Escaped(label)
                    ),
                };
                self.marks(marks);
                self.out.push_str("</g>");
            }
        }
    }

    fn text(&mut self, text: &Text) {
        let style = text.style;
        let _ = write!(self.out, "<text x=\"{}\" y=\"{}\" font-size=\"{}\"", Px(text.x), Px(text.y), style.size);
        if style.weight != Weight::Regular {
            let _ = write!(self.out, " font-weight=\"{}\"", style.weight.css());
        }
        self.out.push_str(match text.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        });
        let _ = match self.manner {
            Manner::Plain => write!(self.out, " fill=\"{}\"", style.ink.hex(self.scene.theme)),
            Manner::Page | Manner::Read => write!(self.out, " class=\"f-{}\"", style.ink.name()),
        };
        let _ = write!(self.out, ">{}</text>", Escaped(&text.words));
    }

    fn paint(&mut self, paint: &Paint) {
        let theme = self.scene.theme;
        let _ = match self.manner {
            Manner::Plain => match paint.fill {
                Some(ink) => write!(self.out, " fill=\"{}\"", ink.hex(theme)),
                None => write!(self.out, " fill=\"none\""),
            },
            Manner::Page | Manner::Read => {
                let _ = write!(self.out, " class=\"f-{}", paint.fill.map_or("none", Ink::name));
                match paint.stroke {
                    Some(ink) => write!(self.out, " s-{}\"", ink.name()),
                    None => write!(self.out, "\""),
                }
            }
        };
        if paint.fill.is_some() && paint.opacity < 1.0 {
            let _ = write!(self.out, " fill-opacity=\"{}\"", paint.opacity);
        }
        if let Some(ink) = paint.stroke {
            if self.manner == Manner::Plain {
                let _ = write!(self.out, " stroke=\"{}\"", ink.hex(theme));
            }
            let _ = write!(self.out, " stroke-width=\"{}\"", Px(paint.thick));
        }
        if let Some((dash, gap)) = paint.dash {
            let _ = write!(self.out, " stroke-dasharray=\"{} {}\"", Px(dash), Px(gap));
            if dash < 1.0 {
                self.out.push_str(" stroke-linecap=\"round\"");
            }
        }
    }
}

/// A length with at most one decimal; a length that is not a number is 0, because a broken number must not break a picture.
struct Px(f32);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rounded = (self.0 * 10.0).round() / 10.0;
        if rounded.is_finite() { write!(f, "{}", if rounded == 0.0 { 0.0 } else { rounded }) } else { f.write_str("0") }
    }
}

/// Text in which nothing is markup, for elements and attributes of XML and HTML alike.
pub(crate) struct Escaped<'a>(pub &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for character in crate::lettering::clean(self.0).chars() {
            match character {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                character => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

/// Bytes as base64 (RFC 4648), for data addresses.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let three = chunk.iter().fold(0u32, |all, byte| all << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            text.push(if place <= chunk.len() { char::from(DIGITS[(three >> (18 - 6 * place)) as usize & 63]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_follows_the_standard() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn markup_is_only_text() {
        assert_eq!(Escaped("<a href=\"x\">'&\u{0}").to_string(), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
    }
}
