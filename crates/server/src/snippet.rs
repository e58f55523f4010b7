//! Scripts for pages of other sites: the browser snippet, `GET /periplus.js`, which sends what visitors do there as Segment's dialect,
//! and the widget of surveys, `GET /s/widget.js`, which asks them.
//!
//! What they do is told in the files themselves, in `snippet/`. They are served without comments and indentation, which is as
//! small as they need be, and can still be read where they run. Like the routes of senders, this is not behind `guard`: they are
//! meant for pages of other sites, and say nothing about anybody.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::sync::OnceLock;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;

/// A file as it is served.
struct Snippet {
    text: String,
    zipped: Vec<u8>,
    tag: String,
}

/// The routes of the scripts.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/periplus.js", get(|headers| file(snippet(), headers)))
        .route("/s/widget.js", get(|headers| file(widget(), headers)))
}

/// What the answer says besides: for every page, and new within the hour after a new version of the program.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
    (header::CACHE_CONTROL, "public, max-age=3600, stale-while-revalidate=86400"),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::VARY, "Accept-Encoding"),
    (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
];

async fn file(snippet: &'static Snippet, headers: HeaderMap) -> Response {
    let lists = |name: HeaderName, wanted: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(',').any(|item| item.trim() == wanted)
    };
    let mut response = if lists(header::IF_NONE_MATCH, &snippet.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if lists(header::ACCEPT_ENCODING, "gzip") {
        ([(header::CONTENT_ENCODING, "gzip")], snippet.zipped.as_slice()).into_response()
    } else {
        snippet.text.as_str().into_response()
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    // Made of hexadecimal digits.
    if let Ok(tag) = HeaderValue::from_str(&snippet.tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn snippet() -> &'static Snippet {
    static SNIPPET: OnceLock<Snippet> = OnceLock::new();
    SNIPPET.get_or_init(|| Snippet::of(include_str!("snippet/periplus.js")))
}

fn widget() -> &'static Snippet {
    static WIDGET: OnceLock<Snippet> = OnceLock::new();
    WIDGET.get_or_init(|| Snippet::of(include_str!("snippet/widget.js")))
}

impl Snippet {
    fn of(source: &str) -> Snippet {
        let text = bare(source);
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        // Weak: it is the same text, zipped or not.
        let tag = format!("W/\"{:016x}\"", hasher.finish());
        Snippet { zipped: zipped(&text), text, tag }
    }
}

/// Without lines that are comments, empty lines and indentation.
fn bare(source: &str) -> String {
    source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).flat_map(|line| [line, "\n"]).collect()
}

fn zipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Memory takes all that it is given.
    let _ = encoder.write_all(text.as_bytes());
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    async fn asked(name: HeaderName, value: &str) -> Response {
        file(snippet(), HeaderMap::from_iter([(name, value.parse().unwrap())])).await
    }

    #[test]
    fn the_snippet_is_under_five_kilobytes_zipped_and_the_widget_under_ten() {
        for (Snippet { text, zipped, .. }, most) in [(snippet(), 5_000), (widget(), 10_000)] {
            assert!(zipped.len() < most, "{} bytes", zipped.len());
            let mut unzipped = String::new();
            flate2::read::GzDecoder::new(zipped.as_slice()).read_to_string(&mut unzipped).unwrap();
            assert_eq!(&unzipped, text);
        }
    }

    #[test]
    fn what_is_taken_out_is_not_part_of_the_program() {
        for source in [include_str!("snippet/periplus.js"), include_str!("snippet/widget.js")] {
            // A line that begins within a text or a comment would lose some of it.
            assert!(source.lines().all(|line| line.matches('`').count().is_multiple_of(2)), "a template goes on over several lines");
            assert!(
                source.lines().all(|line| !line.trim_start().starts_with("/*") && !line.ends_with('\\')),
                "it goes on over several lines"
            );
        }
        assert_eq!(bare("// Why.\nconst a = () => {\n\n  // How.\n  b('// c');\n};\n"), "const a = () => {\nb('// c');\n};\n");
    }

    #[tokio::test]
    async fn who_has_it_is_told_so_and_who_reads_gzip_is_given_it() {
        let response = asked(header::ACCEPT_ENCODING, "gzip, deflate, br").await;
        assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
        let tag = response.headers()[header::ETAG].to_str().unwrap().to_owned();
        for name in [header::CACHE_CONTROL, header::VARY, header::ACCESS_CONTROL_ALLOW_ORIGIN] {
            assert!(response.headers().contains_key(&name), "{name}");
        }
        let response = asked(header::ACCEPT_ENCODING, "br").await;
        assert_eq!((response.status(), response.headers().get(header::CONTENT_ENCODING)), (StatusCode::OK, None));
        assert_eq!(asked(header::IF_NONE_MATCH, &format!("W/\"0\", {tag}")).await.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(asked(header::IF_NONE_MATCH, "W/\"0\"").await.status(), StatusCode::OK);
    }
}
