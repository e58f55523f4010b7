//! The style sheet and fonts of our own pages, from the colours and letters of the pictures.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use periplus_picture::{Ink, Theme, Weight};

use crate::problem::Problem;

/// A file that changes only with the program.
struct File {
    name: String,
    media_type: &'static str,
    tag: String,
    bytes: Vec<u8>,
}

/// `GET /look/{file}`
pub(crate) async fn file(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(file) = files().iter().find(|file| file.name == name) else { return Err(Problem::no_such_page()) };
    let fresh = |tags: &HeaderValue| tags.to_str().is_ok_and(|tags| tags.split(',').any(|tag| tag.trim() == file.tag));
    let caching = [(header::CACHE_CONTROL, "no-cache"), (header::ETAG, &file.tag)];
    if headers.get(header::IF_NONE_MATCH).is_some_and(fresh) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    Ok((caching, [(header::CONTENT_TYPE, file.media_type)], file.bytes.as_slice()).into_response())
}

fn files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(|| {
        let font = |weight: Weight| new(font_name(weight), "font/woff2", weight.woff2().to_vec());
        let mut files: Vec<File> = Weight::ALL.into_iter().map(font).collect();
        files.push(new("periplus.css".into(), "text/css; charset=utf-8", style().into_bytes()));
        files
    })
}

fn new(name: String, media_type: &'static str, bytes: Vec<u8>) -> File {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    File { name, media_type, tag: format!("\"{:016x}\"", hasher.finish()), bytes }
}

fn font_name(weight: Weight) -> String {
    format!("inter-{}.woff2", weight.css())
}

fn style() -> String {
    let inks = |theme| Ink::ALL.iter().map(|ink| format!("--{}:{};", ink.name(), ink.hex(theme))).collect::<String>();
    let faces = Weight::ALL.map(|weight| {
        let (weight, file) = (weight.css(), font_name(weight));
        format!("@font-face{{font-family:Inter;font-weight:{weight};font-display:swap;src:url({file}) format(\"woff2\")}}\n")
    });
    format!(
        "{}:root{{color-scheme:light dark;{}}}\n@media (prefers-color-scheme:dark){{:root{{{}}}}}\n{}",
        faces.concat(),
        inks(Theme::Light),
        inks(Theme::Dark),
        include_str!("pages/periplus.css")
    )
}
