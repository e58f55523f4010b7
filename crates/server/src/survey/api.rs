//! What the widget asks and sends: `POST /s/ask` and `POST /s/answer`, in JSON.
//!
//! Why somebody is not asked is not said: it would tell whoever has the write key, which is everybody, what somebody did.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use periplus_model::{IdKind, Identifier};
use periplus_survey::event::Ask;
use periplus_survey::words::{Words, is_from_right};
use periplus_survey::{Answers, Channel, Link, Purpose, Screen, Stuck, Survey, screen};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::page::{asked, sentence};
use super::turn::{REST, Refused};
use super::{Booth, Shared, wanted_languages};

/// An identifier of a visitor has so many bytes at most.
const ID_MAX: usize = 255;

/// What the widget asks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asking {
    /// The write key of the page.
    key: String,
    /// The visitor, as the page's snippet or SDK calls them.
    anonymous_id: String,
    /// The survey that the page wants to show, where it is one of its choice.
    #[serde(default)]
    survey: Option<String>,
    /// The language of the page.
    #[serde(default)]
    language: Option<String>,
}

/// What the widget sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    token: String,
    language: String,
    /// What was answered before, as it was told.
    #[serde(default)]
    carried: Map<String, Value>,
    /// What is answered now, by question.
    #[serde(default)]
    answers: Map<String, Value>,
}

fn refuse(booth: &Booth, status: StatusCode, code: &'static str, message: &str, wait: Option<u64>) -> Response {
    booth.collector.turned_away(code);
    let mut response = (status, Json(json!({"code": code, "message": message}))).into_response();
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}

fn refuse_answer(booth: &Booth, why: Refused, language: &str) -> Response {
    let wait = match why {
        Refused::Rate(wait) => Some(wait),
        Refused::Later => Some(2),
        _ => None,
    };
    refuse(booth, why.status(), why.code(), &why.sentence(Words::of(language)), wait)
}

/// `POST /s/ask`: whether the visitor of a page is to be asked something now, and what. They are asked with the answer.
pub(super) async fn ask(State(booth): State<Shared>, headers: HeaderMap, body: Body) -> Response {
    let unreadable = || refuse(&booth, StatusCode::BAD_REQUEST, "unreadable", "the body is not what docs/guide/feedback.md says", None);
    let Ok((body, _room)) = booth.receive(&headers, body).await else { return unreadable() };
    let Ok(asking) = serde_json::from_slice::<Asking>(&body) else { return unreadable() };
    let visitor = asking.anonymous_id.trim();
    if visitor.is_empty() || visitor.len() > ID_MAX {
        return unreadable();
    }
    let Some(sender) = booth.collector.sender(&asking.key) else {
        return refuse(&booth, StatusCode::UNAUTHORIZED, "key", "no source has this write key", None);
    };
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    if origin.is_some_and(|origin| !sender.origins.is_empty() && !sender.origins.iter().any(|known| known == origin)) {
        return refuse(&booth, StatusCode::FORBIDDEN, "origin", "pages of this origin may not ask with this key", None);
    }
    let now = booth.now();
    if let Err(wait) = booth.meter.pass(&format!("asks of {}", sender.source), 1, now) {
        return refuse(&booth, StatusCode::TOO_MANY_REQUESTS, "rate", "this source asks more than it may; try again", Some(wait));
    }
    let who = Identifier::new(IdKind::ANONYMOUS, visitor);
    let visitor = who.clone();
    let chosen = booth.look(move |surveys| surveys.choose(&visitor, asking.survey.as_deref())).await;
    let (id, survey) = match chosen {
        Ok(Some(chosen)) => chosen,
        Ok(None) => return Json(json!({"survey": null})).into_response(),
        Err(_) => return refuse(&booth, StatusCode::SERVICE_UNAVAILABLE, "later", "it cannot be found out now; try again", Some(2)),
    };
    let wanted: Vec<String> = asking.language.into_iter().chain(wanted_languages(&headers)).collect();
    let language = survey.language(&wanted.iter().map(String::as_str).collect::<Vec<_>>());
    let number = booth.surveys.number();
    let event = Ask { id: &id, survey: &survey, ask: number, who: &who, via: Channel::Widget, language }.asked(now);
    // Whoever is asked is noted before they are: a visitor with two pages open is asked in one of them.
    match booth.keep(&who, event).await {
        Ok(true) => {}
        Ok(false) => return Json(json!({"survey": null})).into_response(),
        Err(_) => return refuse(&booth, StatusCode::SERVICE_UNAVAILABLE, "later", "it cannot be kept now; try again", Some(2)),
    }
    let expires = periplus_model::Instant(now.0.saturating_add(REST));
    let link = Link { purpose: Purpose::Answer, survey: id, ask: number, who, via: Channel::Widget, expires };
    let token = link.sign(booth.surveys.secret());
    let mut told = shown(&survey, language, &Answers::default(), &token);
    told["survey"] = link.survey.into();
    told["title"] = survey.say(&survey.title, language).into();
    told["intro"] = survey.intro.as_ref().map(|text| survey.say(text, language)).into();
    told["language"] = language.into();
    told["direction"] = if is_from_right(language) { "rtl" } else { "ltr" }.into();
    let Words { send, next, close, optional, several, taken, later, .. } = Words::of(language);
    told["words"] =
        json!({"send": send, "next": next, "close": close, "optional": optional, "several": several, "taken": taken, "later": later});
    Json(told).into_response()
}

/// A screen, as the widget shows it.
fn shown(survey: &Survey, language: &str, answers: &Answers, token: &str) -> Value {
    let questions = match screen(survey, answers) {
        Screen::Ask(questions) => questions,
        Screen::Thanks => Vec::new(),
    };
    let is_last = questions.last().is_some_and(|last| !last.branches());
    let questions: Vec<Value> = questions.into_iter().map(|question| json!(asked(survey, question, language))).collect();
    json!({"token": token, "carried": answers.to_object(), "questions": questions, "is_last": is_last})
}

/// `POST /s/answer`: what a visitor gave to a screen. Answers the next one, or thanks.
pub(super) async fn answer(State(booth): State<Shared>, headers: HeaderMap, body: Body) -> Response {
    let Ok((body, _room)) = booth.receive(&headers, body).await else { return refuse_answer(&booth, Refused::Unreadable, "en") };
    let Ok(given) = serde_json::from_slice::<Given>(&body) else { return refuse_answer(&booth, Refused::Unreadable, "en") };
    let open = match booth.open(&given.token).await {
        Ok(open) => open,
        Err(why) => return refuse_answer(&booth, why, &given.language),
    };
    let language = open.survey.language(&[&given.language]).to_owned();
    let (survey, words) = (&open.survey, Words::of(&language));
    match booth.take(&open, &language, &given.carried, &given.answers).await {
        Err(why) => refuse_answer(&booth, why, &language),
        Ok(Ok((turn, _))) if turn.is_over => {
            Json(json!({"thanks": survey.thanks.as_ref().map_or(words.thanks, |text| survey.say(text, &language))})).into_response()
        }
        Ok(Ok((turn, further))) => Json(shown(survey, &language, &turn.answers, &further)).into_response(),
        Ok(Err(Stuck::Nothing)) => refuse(&booth, StatusCode::UNPROCESSABLE_ENTITY, "nothing", words.nothing, None),
        Ok(Err(Stuck::Wrong(wrong))) => {
            let told: Map<String, Value> = wrong
                .into_iter()
                .filter_map(|(id, wrong)| survey.question(&id).map(|(_, question)| (id.clone(), sentence(question, wrong, words).into())))
                .collect();
            booth.collector.turned_away("wrong");
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"code": "wrong", "message": words.mend, "wrong": told}))).into_response()
        }
    }
}
