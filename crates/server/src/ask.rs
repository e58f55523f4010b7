//! Questions and their answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use periplus_model::answer::People;
use periplus_picture::Form;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::form::{Wish, parse_query, split, write};
use crate::house::Asked;
use crate::problem::Problem;
use crate::question::Question;
use crate::routes::Shared;

/// `GET /api/analyses`
pub(crate) async fn list(State(office): State<Shared>) -> Result<Json<Value>, Problem> {
    let analyses = office.desk.call(|house| Ok(house.analyses())).await?;
    Ok(Json(json!({"analyses": analyses})))
}

/// `POST /api/ask/{analysis}`
pub(crate) async fn by_body(
    State(office): State<Shared>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let wish = Wish::read(query.as_deref())?;
    let question = Question::receive(&headers, body, &office.limits).await?;
    answer(&office, file, question, wish, &headers).await
}

/// `POST /api/people/{analysis}`
pub(crate) async fn people(
    State(office): State<Shared>,
    Path(analysis): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<People>, Problem> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        question: Value,
        place: Value,
        #[serde(default = "hundred")]
        at_most: usize,
    }
    fn hundred() -> usize {
        100
    }
    let Question { question, map } = Question::receive(&headers, body, &office.limits).await?;
    let wanted: Wanted = serde_json::from_value(question).map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_question",
            "Unreadable request",
            error.to_string(),
            "Send {\"question\": {...}, \"place\": {...}}; GET /api/analyses has the schema of the places of each analysis.",
        )
    })?;
    let gone = Gone::default();
    let flag = gone.0.clone();
    let found = office.desk.call(move |house| {
        let asked = Asked { analysis: &analysis, question: &wanted.question, map: map.as_ref(), token: None, fresh: true, gone: &flag };
        house.people(&asked, &wanted.place, wanted.at_most.min(PEOPLE_MAX))
    });
    Ok(Json(found.await?))
}

/// The header in which whoever asks gives the question a name, to ask how far it has come.
const TOKEN: &str = "periplus-ask";

fn is_token(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// `GET /api/asks/{token}`
pub(crate) async fn progress(State(office): State<Shared>, Path(token): Path<String>) -> Result<Json<Value>, Problem> {
    let progress = office.desk.unqueued(move |house| house.progress(&token)).await?;
    let (done, total) = progress.ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not_asked",
            "No such question",
            "No question of this name is being answered: it has not begun, or it is over.",
            "Name a question by the header Periplus-Ask, with 8 to 64 letters, digits, '-' or '_'.",
        )
    })?;
    Ok(Json(json!({"done": done, "total": total})))
}

/// So many people are listed at most; the count is always whole.
const PEOPLE_MAX: usize = 10_000;

/// Says so when the request is dropped because the client has left.
#[derive(Default)]
pub(crate) struct Gone(pub(crate) Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// `GET /api/ask/{analysis}`
pub(crate) async fn by_query(
    State(office): State<Shared>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    #[derive(Deserialize)]
    struct Asked {
        question: Option<String>,
    }
    let query = query.unwrap_or_default();
    let Some(text) = parse_query::<Asked>(&query)?.question else {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "no_question",
            "No question",
            "The address has no question in it.",
            "Add ?question= with a JSON object, percent-encoded; GET /api/analyses has an example of each. Or POST it.",
        ));
    };
    answer(&office, file, Question::parse(text.as_bytes())?, Wish::read(Some(&query))?, &headers).await
}

async fn answer(office: &Shared, file: String, asked: Question, wish: Wish, headers: &HeaderMap) -> Result<Response, Problem> {
    let control = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fresh = control.split(',').any(|directive| ["no-cache", "no-store"].contains(&directive.trim()));
    let token = headers.get(TOKEN).and_then(|value| value.to_str().ok()).filter(|token| is_token(token)).map(str::to_owned);
    let gone = Gone::default();
    let flag = gone.0.clone();
    let written = office.desk.call(move |house| {
        let (analysis, form) = split(&file);
        let asked = Asked { analysis, question: &asked.question, map: asked.map.as_ref(), token: token.as_deref(), fresh, gone: &flag };
        write(form.unwrap_or(Form::Json), &house.ask(&asked)?, &wish, analysis)
    });
    Ok(written.await?.into_response())
}
