//! Questions and their answers.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::form::{Form, Wish, parse_query};
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
    answer(&office, file, question, wish).await
}

/// `GET /api/ask/{analysis}`
pub(crate) async fn by_query(
    State(office): State<Shared>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
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
    answer(&office, file, Question::parse(text.as_bytes())?, Wish::read(Some(&query))?).await
}

async fn answer(office: &Shared, file: String, asked: Question, wish: Wish) -> Result<Response, Problem> {
    let written = office.desk.call(move |house| {
        let (analysis, form) = Form::split(&file);
        let answer = house.ask(analysis, &asked.question, asked.map.as_deref())?;
        form.unwrap_or(Form::Json).write(&answer, &wish, analysis)
    });
    Ok(written.await?.into_response())
}
