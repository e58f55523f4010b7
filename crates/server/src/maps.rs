//! Journey maps: as pages, pictures, tables and JSON.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use periplus_model::measured::MeasuredMap;
use periplus_model::{Answer, View};
use periplus_picture::Form;
use serde_json::{Value, json};

use crate::app;
use crate::form::{Wish, split, write};
use crate::house::{self, Refusal, RefusalKind};
use crate::problem::Problem;
use crate::routes::Shared;
use crate::words::encoded;

/// The map's page says itself, by the hash of its script and style, what may run in it; both policies must agree, so that
/// this one only has to leave room for that one, and forbid what a page cannot forbid by itself.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; font-src data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /maps/{file}`
pub(crate) async fn page(State(office): State<Shared>, Path(file): Path<String>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let wish = Wish::read(query.as_deref())?;
    let (id, Some(form)) = split(&file) else {
        // The app's address; without it, the page that the map is by itself.
        return Ok(app::index().unwrap_or_else(|| Redirect::temporary(&format!("/maps/{}.html", encoded(&file))).into_response()));
    };
    let id = id.to_owned();
    let response = office.desk.call(move |house| {
        let page = write(form, &house.measured(&id)?, &wish, &id)?.into_response();
        Ok(match form {
            Form::Html => ([(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)], page).into_response(),
            _ => page,
        })
    });
    Ok(response.await?)
}

/// `GET /shared/{token}`: a map that somebody gave away.
pub(crate) async fn shared(State(office): State<Shared>, Path(token): Path<String>) -> Result<Response, Problem> {
    let page = office.desk.call(move |house| {
        let house::Shared { answer, group, beside } = house.shared(&token)?;
        let page = write(Form::Html, &answer, &Wish { group, beside, ..Wish::default() }, "map")?;
        Ok(([(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)], page).into_response())
    });
    Ok(page.await?)
}

/// `GET /api/maps`
pub(crate) async fn list(State(office): State<Shared>) -> Result<Json<Value>, Problem> {
    let maps = office.desk.call(|house| house.maps()).await?;
    Ok(Json(json!({"maps": maps})))
}

/// `GET /api/maps/{id}`
pub(crate) async fn one(State(office): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let written = office.desk.call(move |house| write(Form::Json, &house.measured(&id)?, &Wish::default(), &id));
    Ok(written.await?.into_response())
}

/// The map in an answer.
pub(crate) fn map_of(answer: &Answer) -> Result<&MeasuredMap, Refusal> {
    match &answer.view {
        View::Map(map) => Ok(map),
        _ => Err(Refusal {
            kind: RefusalKind::Internal,
            code: "not_a_map".into(),
            title: "Not a map".into(),
            detail: "The workspace answered with something else than a measured map.".into(),
            help: "Please report this.".into(),
        }),
    }
}
