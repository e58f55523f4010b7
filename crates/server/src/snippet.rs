//! The browser snippet, `GET /periplus.js`: one line in a page, and what visitors do there is sent as Segment's dialect.
//!
//! What it does is told in the file itself, `snippet/periplus.js`. It is served without its comments and indentation, which is as
//! small as it need be, and can still be read where it runs. Like the routes of senders, this is not behind `guard`: it is
//! meant for pages of other sites, and says nothing about anybody.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::sync::OnceLock;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The file as it is served.
struct Snippet {
    text: String,
    zipped: Vec<u8>,
    tag: String,
}

/// The route of the snippet.
pub(crate) fn router() -> Router {
    Router::new().route("/periplus.js", get(file))
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

async fn file(headers: HeaderMap) -> Response {
    let snippet = snippet();
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
    SNIPPET.get_or_init(|| {
        let text = bare(include_str!("snippet/periplus.js"));
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        // Weak: it is the same text, zipped or not.
        let tag = format!("W/\"{:016x}\"", hasher.finish());
        Snippet { zipped: zipped(&text), text, tag }
    })
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
        file(HeaderMap::from_iter([(name, value.parse().unwrap())])).await
    }

    #[test]
    fn the_snippet_is_under_five_kilobytes_zipped() {
        let Snippet { text, zipped, .. } = snippet();
        assert!(zipped.len() < 5_000, "{} bytes", zipped.len());
        let mut unzipped = String::new();
        flate2::read::GzDecoder::new(zipped.as_slice()).read_to_string(&mut unzipped).unwrap();
        assert_eq!(&unzipped, text);
    }

    #[test]
    fn what_is_taken_out_is_not_part_of_the_program() {
        let source = include_str!("snippet/periplus.js");
        // A line that begins within a text or a comment would lose some of it.
        assert!(source.lines().all(|line| line.matches('`').count().is_multiple_of(2)), "a template goes on over several lines");
        assert!(source.lines().all(|line| !line.trim_start().starts_with("/*") && !line.ends_with('\\')), "it goes on over several lines");
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
