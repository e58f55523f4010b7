//! The web app: one page for every address that is nobody else's, and the files that it consists of.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use periplus_webui::File;

use crate::problem::Problem;

/// Scripts, styles, fonts and data from here, and nothing from anywhere else; nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; \
     connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The app's page, where the program has been built with it.
pub(crate) fn index() -> Option<Response> {
    periplus_webui::file("index.html").map(|file| respond(file, &HeaderMap::new()))
}

/// `GET /`: the app, or the page without scripts where the program has been built without it.
pub(crate) async fn front() -> Response {
    index().unwrap_or_else(|| Redirect::temporary("/plain").into_response())
}

/// Whatever no route has.
pub(crate) async fn page(request: Request) -> Response {
    let path = request.uri().path();
    if request.method() != Method::GET || path.starts_with("/api/") {
        return Problem::no_such_page().into_response();
    }
    if let Some(file) = path.strip_prefix('/').and_then(periplus_webui::file) {
        return respond(file, request.headers());
    }
    // The app has addresses of its own; a missing picture or script is just missing.
    let wants_page =
        request.headers().get(header::ACCEPT).is_some_and(|kinds| kinds.to_str().is_ok_and(|kinds| kinds.contains("text/html")));
    match index().filter(|_| wants_page) {
        Some(page) => page,
        None => Problem::no_such_page().into_response(),
    }
}

fn respond(file: File, headers: &HeaderMap) -> Response {
    let takes_brotli = headers.get(header::ACCEPT_ENCODING).is_some_and(|kinds| kinds.to_str().is_ok_and(|kinds| kinds.contains("br")));
    let packed = file.brotli.filter(|_| takes_brotli);
    let mut response = packed.unwrap_or(file.bytes).into_response();
    let set: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_TYPE, file.media_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::VARY, "accept-encoding"),
        // What has a hash in its name never changes; the page itself is asked for anew.
        (header::CACHE_CONTROL, if file.is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" }),
    ];
    for (name, value) in set {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if packed.is_some() {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}
