//! Refusals as answers of HTTP.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::house::{Refusal, RefusalKind};

/// Why a request was not answered. It travels as an extension of an empty response; `guard` writes it out at the end,
/// where it is known whether a person or a program asked.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub status: StatusCode,
    pub code: String,
    pub title: String,
    pub detail: String,
    pub help: String,
}

impl Problem {
    pub fn new(status: StatusCode, code: &str, title: &str, detail: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem { status, code: code.to_owned(), title: title.to_owned(), detail: detail.into(), help: help.into() }
    }

    pub fn no_such_page() -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no_such_page",
            "No such page",
            "There is nothing at this address.",
            "The home page lists the maps and analyses, and GET /api every address.",
        )
    }

    /// The problem behind a status for which nothing better is known: those that the router itself gives.
    pub fn of_status(status: StatusCode) -> Problem {
        match status {
            StatusCode::NOT_FOUND => Problem::no_such_page(),
            StatusCode::METHOD_NOT_ALLOWED => Problem::new(
                status,
                "method_not_allowed",
                "Wrong method",
                "This address does not take that method.",
                "The Allow header names those that it takes.",
            ),
            StatusCode::BAD_REQUEST => Problem::new(
                status,
                "bad_request",
                "Unreadable request",
                "The address or the query cannot be read.",
                "Look at its percent signs: it must be UTF-8, percent-encoded.",
            ),
            _ => Problem::new(status, "failed", status.canonical_reason().unwrap_or("Failed"), "The request could not be answered.", ""),
        }
    }

    /// As problem+json (RFC 9457).
    pub fn json(&self) -> String {
        json!({
            "type": format!("urn:periplus:problem:{}", self.code),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
            "help": self.help,
        })
        .to_string()
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let status = match refusal.kind {
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::Busy => StatusCode::SERVICE_UNAVAILABLE,
            RefusalKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Problem { status, code: refusal.code, title: refusal.title, detail: refusal.detail, help: refusal.help }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        // What is left of a body that was too large or too slow is not worth reading.
        if matches!(self.status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(self);
        response
    }
}
