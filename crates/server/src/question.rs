//! Bytes → question: the body of a request with its deadlines, or a parameter of its address.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};

use crate::accept::Limits;
use crate::body::{Unreceived, receive};
use crate::problem::Problem;

/// A question, and the map in whose light it is asked.
#[derive(Debug)]
pub(crate) struct Question {
    pub question: Value,
    pub map: Option<Light>,
}

impl Question {
    /// Reads JSON text: an object, whose members `map` and `declared` are taken out.
    pub fn parse(text: &[u8]) -> Result<Question, Problem> {
        Question::of(object(text)?)
    }

    fn of(mut members: Map<String, Value>) -> Result<Question, Problem> {
        let map = match members.shift_remove("map") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(Light::Map(id)),
            Some(_) => return Err(wrong("The member \"map\" is not the id of a map, in quotes.".into())),
        };
        let map = match members.shift_remove("declared") {
            None | Some(Value::Null) => map,
            Some(declared) => Some(Light::Declared(declared)),
        };
        Ok(Question { question: Value::Object(members), map })
    }

    /// Reads the body of a request.
    pub async fn receive(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Question, Problem> {
        Question::of(receive_object(headers, body, limits).await?)
    }
}

/// In the light of which map a question is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Light {
    /// The one of this id.
    Map(String),
    /// One that is not kept anywhere, such as while it is being edited: its declaration.
    Declared(Value),
}

fn wrong(detail: String) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad_question",
        "Unreadable question",
        detail,
        "A question is a JSON object; GET /api/analyses has an example and the schema of each.",
    )
}

fn object(text: &[u8]) -> Result<Map<String, Value>, Problem> {
    match serde_json::from_slice(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(wrong("It is not a JSON object.".into())),
        Err(error) => Err(wrong(format!("This is not JSON: {error}."))),
    }
}

/// Reads the body of a request: a JSON object.
pub(crate) async fn receive_object(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Map<String, Value>, Problem> {
    // Insisting on the type also keeps pages of other sites from posting here without the browser asking us first.
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_json",
            "Wrong content type",
            "A question is sent as application/json.",
            "Add the header Content-Type: application/json.",
        ));
    }
    let received = receive(headers, body, limits, limits.body_bytes_max).await;
    object(&received.map_err(|why| match why {
        Unreceived::TooLarge => too_large(limits),
        Unreceived::TooSlow => Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "Too slow",
            "The question did not arrive in time.",
            "Send it in one piece.",
        ),
        _ => Problem::of_status(StatusCode::BAD_REQUEST),
    })?)
}

fn too_large(limits: &Limits) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "Too large",
        format!("A question may have {} bytes.", limits.body_bytes_max),
        "Name a segment by its condition instead of listing its customers.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_is_taken_out_of_the_question() {
        let asked = Question::parse(br#"{"a":1,"map":"m","b":2}"#).unwrap();
        assert_eq!((asked.question.to_string().as_str(), asked.map), (r#"{"a":1,"b":2}"#, Some(Light::Map("m".into()))));
        assert_eq!(Question::parse(br#"{"map":null}"#).unwrap().map, None);
        for wrong in [&b"[]"[..], b"{", b"", b"{\"map\":1}", "[".repeat(100_000).as_bytes()] {
            assert_eq!(Question::parse(wrong).unwrap_err().code, "bad_question");
        }
    }
}
