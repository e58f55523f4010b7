//! The page on which people answer. It needs no script.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{Environment, context};
use periplus_model::{IdKind, Identifier, Instant};
use periplus_survey::words::{Words, is_from_right};
use periplus_survey::{Answers, Channel, Kind, Link, Purpose, Question, Screen, Stuck, Survey, screen};
use serde::Serialize;
use serde_json::{Map, Value};

use super::turn::{Open, REST, Refused};
use super::{Booth, Shared, wanted_languages};

/// A style sheet from here, forms to here, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // The address is whose answer it is.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// `GET /s/survey.css`
pub(super) async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, include_str!("../pages/survey.css")).into_response()
}

/// `GET /s/{survey}`: a survey that everybody can answer who has its address.
pub(super) async fn open(State(booth): State<Shared>, Path(id): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let now = booth.now();
    let found = booth.surveys.survey(&id).filter(|survey| survey.is_open(now) && survey.channels.contains(&Channel::Page));
    let Some(survey) = found else { return refused(Refused::Closed, None, &headers, query.as_deref()) };
    // Nobody knows who it is, and each is somebody else.
    let number = booth.surveys.number();
    let who = Identifier::new(IdKind::ANONYMOUS, format!("survey-{number:032x}"));
    let expires = Instant(now.0.saturating_add(REST));
    let link = Link { purpose: Purpose::Answer, survey: id, ask: number, who, via: Channel::Page, expires };
    let token = link.sign(booth.surveys.secret());
    show(&Open { link, survey }, &token, &headers, query.as_deref())
}

/// `GET /s/a/{token}`: a survey that somebody was sent a link to. Nothing is recorded yet.
pub(super) async fn shown(
    State(booth): State<Shared>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let why = match booth.open(&token).await {
        // There is nothing to show of a link that goes on from a page that is not there any more; the mark is taken.
        Ok(Open { link: Link { purpose: Purpose::Rest(_), .. }, .. }) => Refused::Taken,
        Ok(open) => return show(&open, &token, &headers, query.as_deref()),
        Err(why) => why,
    };
    let mut response = refused(why, survey_of(&booth, &token).as_deref(), &headers, query.as_deref());
    if why == Refused::Taken {
        // Looking is nothing wrong; only sending it again is refused.
        *response.status_mut() = StatusCode::OK;
    }
    response
}

/// `POST /s/a/{token}`: what somebody gave.
pub(super) async fn given(State(booth): State<Shared>, Path(token): Path<String>, headers: HeaderMap, body: Body) -> Response {
    let turn_away = |why: Refused| {
        booth.collector.turned_away(why.code());
        refused(why, survey_of(&booth, &token).as_deref(), &headers, None)
    };
    let Ok((body, _room)) = booth.receive(&headers, body).await else { return turn_away(Refused::Unreadable) };
    let form = Form::parse(&body);
    let open = match booth.open(&token).await {
        Ok(open) => open,
        Err(why) => return turn_away(why),
    };
    let language = language(&open.survey, form.language.as_deref(), &headers);
    match booth.take(&open, &language, &form.carried, &form.given).await {
        Err(why) => turn_away(why),
        Ok(Ok((turn, _))) if turn.is_over => thanks(&open.survey, &language),
        Ok(Ok((turn, further))) => {
            let view = View { token: &further, answers: &turn.answers, given: &Map::new(), stuck: None, is_chosen: false };
            questions(&open, &language, &view, StatusCode::OK)
        }
        Ok(Err(stuck)) => {
            let Ok(answers) = Answers::carried(&open.survey, &form.carried) else { return turn_away(Refused::Unreadable) };
            let view = View { token: &token, answers: &answers, given: &form.given, stuck: Some(&stuck), is_chosen: false };
            questions(&open, &language, &view, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

/// The survey that a link is of, to speak its reader's language, also when it cannot be used any more.
fn survey_of(booth: &Booth, token: &str) -> Option<std::sync::Arc<Survey>> {
    Link::read_expired(token, booth.surveys.secret()).ok().and_then(|link| booth.surveys.survey(&link.survey))
}

/// What a form sent.
#[derive(Debug, Default, PartialEq)]
struct Form {
    language: Option<String>,
    carried: Map<String, Value>,
    given: Map<String, Value>,
}

impl Form {
    fn parse(body: &[u8]) -> Form {
        let mut form = Form::default();
        let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            match name.strip_prefix("q.") {
                Some(id) => all.entry(id.to_owned()).or_default().push(Value::from(value.into_owned())),
                None if name == "lang" => form.language = Some(value.into_owned()),
                None if name == "carried" => form.carried = serde_json::from_str(&value).unwrap_or_default(),
                None => {}
            }
        }
        let one = |mut values: Vec<Value>| if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
        form.given = all.into_iter().map(|(id, values)| (id, one(values))).collect();
        form
    }
}

fn language(survey: &Survey, said: Option<&str>, headers: &HeaderMap) -> String {
    let wanted = wanted_languages(headers);
    let all: Vec<&str> = said.into_iter().chain(wanted.iter().map(String::as_str)).collect();
    survey.language(&all).to_owned()
}

fn in_query(query: Option<&str>) -> Option<String> {
    form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == "lang").map(|(_, value)| value.into_owned())
}

fn show(open: &Open, token: &str, headers: &HeaderMap, query: Option<&str>) -> Response {
    let language = language(&open.survey, in_query(query).as_deref(), headers);
    let mut given = Map::new();
    if let (Purpose::Score(mark), Some(question)) = (open.link.purpose, open.survey.scored()) {
        given.insert(question.id.clone(), mark.to_string().into());
    }
    let answers = Answers::default();
    let is_chosen = !given.is_empty();
    let view = View { token, answers: &answers, given: &given, stuck: None, is_chosen };
    questions(open, &language, &view, StatusCode::OK)
}

/// A screen, as it is to be shown.
struct View<'v> {
    /// Where it is sent to.
    token: &'v str,
    /// What was answered before.
    answers: &'v Answers,
    /// What is filled in.
    given: &'v Map<String, Value>,
    /// What was wrong with it.
    stuck: Option<&'v Stuck>,
    /// Whether a link has chosen the mark.
    is_chosen: bool,
}

/// A question, ready to be shown.
#[derive(Serialize)]
pub(super) struct Asked {
    pub id: String,
    pub kind: &'static str,
    pub text: String,
    pub hint: Option<String>,
    pub required: bool,
    pub many: bool,
    pub marks: Vec<u8>,
    pub low: Option<String>,
    pub high: Option<String>,
    pub options: Vec<Offered>,
    pub length_max: Option<usize>,
    chosen: Vec<String>,
    wrong: Option<String>,
}

/// An option, ready to be shown.
#[derive(Serialize)]
pub(super) struct Offered {
    id: String,
    text: String,
}

/// A question in a language.
pub(super) fn asked(survey: &Survey, question: &Question, language: &str) -> Asked {
    let words = Words::of(language);
    let say = |text: &Option<_>| text.as_ref().map(|text| survey.say(text, language).to_owned());
    let ends = words.ends(question.kind).map(|ends| ends.map(str::to_owned));
    let option = |choice: &periplus_survey::definition::Choice| Offered {
        id: choice.id.clone(),
        text: survey.say(&choice.text, language).to_owned(),
    };
    Asked {
        id: question.id.clone(),
        kind: question.kind.name(),
        text: survey.say(&question.text, language).to_owned(),
        hint: say(&question.hint),
        required: question.required,
        many: question.many,
        marks: question.kind.marks().map(|(lowest, highest)| (lowest..=highest).collect()).unwrap_or_default(),
        low: say(&question.low).or_else(|| ends.as_ref().map(|[low, _]| low.clone())),
        high: say(&question.high).or_else(|| ends.as_ref().map(|[_, high]| high.clone())),
        options: question.options.iter().map(option).collect(),
        length_max: (question.kind == Kind::Text).then(|| question.length()),
        chosen: Vec::new(),
        wrong: None,
    }
}

/// What is wrong with a question's answer, in a language.
pub(super) fn sentence(question: &Question, wrong: periplus_survey::Wrong, words: &Words) -> String {
    words.wrong(wrong).replace("{}", &question.length().to_string())
}

fn questions(open: &Open, language: &str, view: &View<'_>, status: StatusCode) -> Response {
    let (survey, words) = (&open.survey, Words::of(language));
    let Screen::Ask(list) = screen(survey, view.answers) else { return thanks(survey, language) };
    let given = |id: &str| -> Vec<String> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match view.given.get(id) {
            Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
            Some(value) => text(value).into_iter().collect(),
            None => Vec::new(),
        }
    };
    let wrong = |question: &Question| match view.stuck {
        Some(Stuck::Wrong(all)) => all.iter().find(|(id, _)| *id == question.id).map(|(_, wrong)| sentence(question, *wrong, words)),
        _ => None,
    };
    let shown: Vec<Asked> = list
        .iter()
        .map(|question| Asked { chosen: given(&question.id), wrong: wrong(question), ..asked(survey, question, language) })
        .collect();
    let has_mark = survey.questions.iter().any(|question| question.kind.marks().is_some() && view.answers.get(&question.id).is_some());
    let is_last = list.last().is_some_and(|last| !last.branches());
    let note = match (view.stuck, view.is_chosen, view.answers.is_empty()) {
        (Some(Stuck::Wrong(_)), ..) => Some((true, words.mend)),
        (Some(Stuck::Nothing), ..) => Some((true, words.nothing)),
        (None, true, _) => Some((false, words.confirm)),
        (None, false, false) if has_mark => Some((false, words.taken)),
        _ => None,
    };
    let page = context! {
        survey => frame(survey, language),
        intro => survey.intro.as_ref().filter(|_| view.answers.is_empty()).map(|text| survey.say(text, language)),
        words => Serde(words),
        token => view.token,
        carried => Value::Object(view.answers.to_object()).to_string(),
        questions => Serde(&shown),
        button => if is_last { words.send } else { words.next },
        note => note.map(|(is_wrong, text)| context! { is_wrong, text }),
    };
    respond(status, page)
}

fn thanks(survey: &Survey, language: &str) -> Response {
    let words = Words::of(language);
    let said = survey.thanks.as_ref().map_or(words.thanks, |text| survey.say(text, language));
    respond(StatusCode::OK, context! { survey => frame(survey, language), words => Serde(words), said })
}

fn refused(why: Refused, survey: Option<&Survey>, headers: &HeaderMap, query: Option<&str>) -> Response {
    let said = in_query(query);
    let language = match survey {
        Some(survey) => language(survey, said.as_deref(), headers),
        None => said.into_iter().chain(wanted_languages(headers)).next().unwrap_or_else(|| "en".to_owned()),
    };
    let words = Words::of(&language);
    // Words are of a language that we speak, whatever was asked for.
    let language = if survey.is_some() || words != Words::of("en") { language } else { "en".to_owned() };
    let frame = match survey {
        Some(survey) => frame(survey, &language),
        None => context! { language, direction => "ltr", title => "" },
    };
    let mut response = respond(why.status(), context! { survey => frame, words => Serde(words), said => why.sentence(words) });
    if let Refused::Rate(wait) = why {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    } else if why == Refused::Later {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(2));
    }
    response
}

fn frame(survey: &Survey, language: &str) -> minijinja::Value {
    let direction = if is_from_right(language) { "rtl" } else { "ltr" };
    context! { language, direction, title => survey.say(&survey.title, language) }
}

fn respond(status: StatusCode, page: minijinja::Value) -> Response {
    // Ours and fixed: a test renders it with everything that it can show.
    let text = templates().get_template("survey.html").and_then(|template| template.render(page));
    let mut response = match text {
        Ok(text) => (status, Html(text)).into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Something broke.").into_response(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn templates() -> &'static Environment<'static> {
    static TEMPLATES: OnceLock<Environment<'static>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let mut templates = Environment::new();
        let _ = templates.add_template("survey.html", include_str!("../pages/survey.html"));
        templates
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use periplus_survey::Unlinked;
    use serde_json::json;
    use std::sync::Arc;

    const EVERY_KIND: &str = "title={en='<T>',de='Titel'}\nlanguages=['en','de']\nintro='Intro'\n\
        [[question]]\nid='n'\nkind='nps'\ntext='N?'\nrequired=true\nlow='<low>'\n[[question]]\nid='s'\nkind='stars'\ntext='S?'\nhint='Hint'\n\
        [[question]]\nid='one'\nkind='choice'\ntext='C?'\noptions=[{id='a',text='A'},{id='b',text='B'}]\n\
        [[question]]\nid='many'\nkind='choice'\nmany=true\ntext='M?'\noptions=[{id='a',text='A'},{id='b',text='B'}]\n\
        [[question]]\nid='t'\nkind='text'\ntext='W?'\nlength_max=10\n";

    async fn text(response: Response) -> (StatusCode, String) {
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    fn open(purpose: Purpose) -> Open {
        let link =
            Link { purpose, survey: "s".into(), ask: 1, who: "email:a@b.c".parse().unwrap(), via: Channel::Email, expires: Instant(0) };
        Open { link, survey: Arc::new(Survey::parse(EVERY_KIND).unwrap()) }
    }

    #[tokio::test]
    async fn every_kind_of_question_is_shown_with_names_and_hostile_words_stay_words() {
        let response = show(&open(Purpose::Score(9)), "TOKEN", &HeaderMap::new(), Some("lang=en"));
        assert!(response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("form-action 'self'"));
        let (status, page) = text(response).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("<html lang=\"en\" dir=\"ltr\">") && page.contains("&lt;T&gt;") && !page.contains("<T>"), "{page}");
        assert!(page.contains("&lt;low&gt;") && page.contains("Extremely likely") && page.contains("action=\"/s/a/TOKEN\""));
        assert_eq!(page.matches("<fieldset").count(), 4, "a text has a label of its own");
        assert_eq!(page.matches("type=\"radio\"").count(), 11 + 5 + 2);
        assert_eq!(page.matches("type=\"checkbox\"").count(), 2);
        assert!(page.contains("maxlength=\"10\"") && page.contains(Words::of("en").confirm));
        let checked: Vec<&str> = page.lines().filter(|line| line.contains(" checked")).collect();
        assert!(checked.len() == 1 && checked[0].contains("name=\"q.n\" value=\"9\""), "{checked:?}");
        // Names that people hear, for each thing to be filled in.
        assert_eq!(
            page.matches("<input type=\"radio\"").count() + page.matches("<input type=\"checkbox\"").count() + 1,
            page.matches("<label").count()
        );
    }

    #[tokio::test]
    async fn what_was_filled_in_stays_and_what_is_wrong_is_said_in_the_readers_language() {
        let open = open(Purpose::Answer);
        let given = json!({"s": "4", "many": ["a", "b"], "t": "<b>too long for it</b>"}).as_object().unwrap().clone();
        let stuck = Stuck::Wrong(vec![("n".into(), periplus_survey::Wrong::Missing), ("t".into(), periplus_survey::Wrong::TooLong)]);
        let answers = Answers::default();
        let view = View { token: "T", answers: &answers, given: &given, stuck: Some(&stuck), is_chosen: false };
        let (status, page) = text(questions(&open, "de", &view, StatusCode::UNPROCESSABLE_ENTITY)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        for part in [
            "role=\"alert\"",
            "Bitte beantworten Sie diese Frage.",
            "10 Zeichen",
            "&lt;b&gt;too long",
            "aria-invalid=\"true\"",
            "lang=\"de\"",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(page.matches(" checked").count(), 3);
    }

    #[tokio::test]
    async fn what_cannot_be_answered_is_said_so() {
        let german = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, "de".parse().unwrap())]);
        for (why, status, part) in [
            (Refused::Link(Unlinked::NotOurs), StatusCode::FORBIDDEN, "nicht gültig"),
            (Refused::Link(Unlinked::Incomplete), StatusCode::BAD_REQUEST, "Ende fehlt"),
            (Refused::Link(Unlinked::Expired(Instant(0))), StatusCode::GONE, "1970-01-01"),
            (Refused::Taken, StatusCode::CONFLICT, "bereits geantwortet"),
            (Refused::Rate(3), StatusCode::TOO_MANY_REQUESTS, "gleich noch einmal"),
        ] {
            let response = refused(why, None, &german, None);
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), matches!(why, Refused::Rate(_)));
            let (found, page) = text(response).await;
            assert!(found == status && page.contains(part) && page.contains("lang=\"de\""), "{why:?}: {page}");
        }
        let (_, page) =
            text(refused(Refused::Closed, None, &HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, "xx".parse().unwrap())]), None)).await;
        assert!(page.contains("lang=\"en\""));
    }

    #[test]
    fn forms_are_read_as_browsers_send_them() {
        let form = Form::parse(b"lang=de&carried=%7B%22a%22%3A1%7D&q.n=9&q.many=a&q.many=b&q.t=%C3%BC+x&other=1");
        assert_eq!(form.language.as_deref(), Some("de"));
        assert_eq!(Value::from(form.carried), json!({"a": 1}));
        assert_eq!(Value::from(form.given), json!({"many": ["a", "b"], "n": "9", "t": "ü x"}));
        assert_eq!(Form::parse(b"carried=nonsense&\xff\xfe=&q.=x").carried, Map::new());
    }
}
