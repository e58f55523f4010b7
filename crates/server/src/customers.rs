//! Single customers: who they are, and what somebody decides about them; and what arrives of them all.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use periplus_model::Instant;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::form::parse_query;
use crate::house::Change;
use crate::live::Seen;
use crate::problem::Problem;
use crate::question::Question;
use crate::routes::Shared;

/// `GET /api/customers/{id}`
pub(crate) async fn find(State(office): State<Shared>, Path(id): Path<String>, RawQuery(query): RawQuery) -> Result<Json<Value>, Problem> {
    #[derive(Deserialize)]
    struct Wish {
        as_of: Option<String>,
    }
    let as_of = match parse_query::<Wish>(&query.unwrap_or_default())?.as_of.map(|text| text.parse::<Instant>()) {
        None => None,
        Some(Ok(time)) => Some(time),
        Some(Err(_)) => {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "bad_time",
                "Unreadable time",
                "as_of is no RFC 3339 time.",
                "Write ?as_of=2026-05-03T10:00:00Z.",
            ));
        }
    };
    let found = office.desk.call(move |house| house.customers(&id, as_of)).await?;
    Ok(Json(json!({"customers": found})))
}

/// `POST /api/customers`
pub(crate) async fn change(State(office): State<Shared>, headers: HeaderMap, body: Body) -> Result<Json<Value>, Problem> {
    let Question { question, .. } = Question::receive(&headers, body, &office.limits).await?;
    let change: Change = serde_json::from_value(question).map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_change",
            "Unreadable request",
            error.to_string(),
            "Send {\"do\": \"apart\" or \"together\", \"one\": ID, \"other\": ID}, or {\"do\": \"erase\", \"id\": ID}.",
        )
    })?;
    Ok(Json(office.desk.call(move |house| house.change(&change)).await?))
}

/// `GET /api/live`
pub(crate) async fn live(State(office): State<Shared>, RawQuery(query): RawQuery) -> Result<Json<Seen>, Problem> {
    #[derive(Deserialize)]
    struct Wish {
        after: Option<u64>,
    }
    let after = parse_query::<Wish>(&query.unwrap_or_default())?.after;
    let seen = office.desk.unqueued(move |house| house.live(after)).await?;
    seen.map(Json).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not_collecting",
            "Nothing is collected here",
            "This server was started with --no-collect.",
            "Ask the server that collects.",
        )
    })
}
