//! The home page, the page that says what went wrong, and the workspace's health.

use std::fmt::Write;
use std::sync::OnceLock;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{Environment, Value as Page, context};
use periplus_model::answer::Estimate;
use periplus_model::measured::{Feeling, MeasuredMap};
use periplus_picture::Form;
use periplus_picture::numbers::{SMALL_N, count, counted, share};
use serde::Serialize;
use serde_json::Value;

use crate::form::undrawn;
use crate::house::{AnalysisEntry, House, MapEntry, Metric, Refusal};
use crate::maps::map_of;
use crate::problem::Problem;
use crate::routes::Shared;
use crate::words::{encoded, quoted};

/// So many maps are measured for the home page; the others are listed without figures, so that the page stays quick.
const MEASURED_MAX: usize = 12;
/// How much of a stage's width its bar takes; the rest is the way to the next.
const BAR: usize = 58;

/// `GET /`
pub(crate) async fn page(State(office): State<Shared>, headers: HeaderMap) -> Result<Html<String>, Problem> {
    // Checked by `guard`: it is a name of ours.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost").to_owned();
    Ok(Html(office.desk.call(move |house| home(house, &host)).await?))
}

/// `GET /health`
pub(crate) async fn health(State(office): State<Shared>) -> Result<Response, Problem> {
    let health = office.desk.unqueued(|house| house.health()).await?;
    Ok(axum::Json(health).into_response())
}

/// `GET /metrics`, as Prometheus reads it (text format 0.0.4).
pub(crate) async fn metrics(State(office): State<Shared>) -> Result<Response, Problem> {
    let metrics = office.desk.unqueued(|house| house.metrics()).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], exposed(&metrics)).into_response())
}

fn exposed(metrics: &[Metric]) -> String {
    let mut text = String::new();
    for Metric { name, about, values, label } in metrics {
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        let _ = writeln!(text, "# HELP {name} {about}\n# TYPE {name} {kind}");
        for (value_of_label, value) in values {
            let label = value_of_label.as_ref().map_or_else(String::new, |text| {
                format!("{{{label}=\"{}\"}}", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
            });
            let _ = writeln!(text, "{name}{label} {value}");
        }
    }
    text
}

/// The page that says to a person what went wrong.
pub(crate) fn problem_page(problem: &Problem) -> String {
    let context = context! {
        status => problem.status.as_u16(),
        title => problem.title.as_str(),
        detail => problem.detail.as_str(),
        help => problem.help.as_str(),
        code => problem.code.as_str(),
    };
    // A failing template must not hide the problem behind another one.
    templates().get_template("problem.html").and_then(|page| page.render(context)).unwrap_or_else(|_| "Something broke.".to_owned())
}

fn templates() -> &'static Environment<'static> {
    static TEMPLATES: OnceLock<Environment<'static>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let mut templates = Environment::new();
        for (name, text) in [
            ("frame.html", include_str!("pages/frame.html")),
            ("home.html", include_str!("pages/home.html")),
            ("problem.html", include_str!("pages/problem.html")),
        ] {
            // Ours and fixed: a test renders each.
            let _ = templates.add_template(name, text);
        }
        templates
    })
}

fn home(house: &dyn House, host: &str) -> Result<String, Refusal> {
    let maps = house.maps()?;
    let analyses: Vec<Ask> = house.analyses().iter().map(|analysis| ask(analysis, maps.first(), host)).collect();
    let cards: Vec<Card> = maps
        .into_iter()
        .enumerate()
        .map(|(at, map)| match at < MEASURED_MAX {
            true => {
                let measured = house.measured(&map.id);
                card(map, Some(measured.as_ref().map_err(Clone::clone).and_then(|answer| map_of(answer))))
            }
            false => card(map, None),
        })
        .collect();
    let forms = Form::ALL.map(Form::name);
    let context = context! { title => house.title(), cards => Page::from(Serde(&cards)), analyses => Page::from(Serde(&analyses)), forms };
    templates().get_template("home.html").and_then(|page| page.render(context)).map_err(undrawn)
}

/// A map on the home page.
#[derive(Serialize)]
struct Card {
    href: String,
    title: String,
    about: String,
    stages: Vec<String>,
    customers: Option<String>,
    figures: Option<Figures>,
    trouble: Option<Trouble>,
}

/// Why a map has no figures.
#[derive(Serialize)]
struct Trouble {
    title: String,
    detail: String,
    help: String,
}

/// What the card of a measured map shows.
#[derive(Serialize)]
struct Figures {
    stream: Stream,
    columns: Vec<Column>,
    narrowest: Option<Narrowest>,
    pains: String,
    delights: String,
    hurts: bool,
    delighted: bool,
    worst: Option<String>,
    coverage: String,
}

/// The customers in each stage as one shape, in a box of 100 × 100 per stage.
#[derive(Serialize)]
struct Stream {
    width: usize,
    about: String,
    bars: Vec<String>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Link {
    points: String,
    narrow: bool,
}

#[derive(Serialize)]
struct Column {
    name: String,
    customers: String,
    share: String,
}

#[derive(Serialize)]
struct Narrowest {
    from: String,
    to: String,
    rate: String,
    evidence: String,
}

fn card(entry: MapEntry, measured: Option<Result<&MeasuredMap, Refusal>>) -> Card {
    let (figures, customers, trouble) = match measured {
        Some(Ok(map)) => {
            let everybody = map.groups.first().map(|group| group.customers);
            (figures(map), everybody.map(|customers| counted(customers, unit(map))), None)
        }
        Some(Err(refusal)) => {
            let trouble = Trouble { title: refusal.title, detail: refusal.detail, help: refusal.help };
            (None, None, Some(trouble))
        }
        None => (None, entry.customers.map(|customers| counted(customers, "customers")), None),
    };
    let title = if entry.title.trim().is_empty() { entry.id.clone() } else { entry.title };
    Card { href: format!("/maps/{}", encoded(&entry.id)), title, about: entry.about, stages: entry.stages, customers, figures, trouble }
}

fn unit(map: &MeasuredMap) -> &str {
    if map.unit.is_empty() { "customers" } else { &map.unit }
}

fn figures(map: &MeasuredMap) -> Option<Figures> {
    let group = map.groups.first().filter(|group| !group.stages.is_empty() && group.stages.len() == map.stages.len())?;
    let narrowest: Option<(usize, Estimate)> = (group.stages.iter().enumerate())
        .filter_map(|(at, stage)| stage.conversion.filter(|rate| rate.n >= SMALL_N && at + 1 < map.stages.len()).map(|rate| (at, rate)))
        .min_by(|(_, one), (_, other)| one.value.total_cmp(&other.value));
    let findings = map.findings_of(group);
    let felt = |feeling| findings.iter().filter(|(_, finding)| finding.feeling == feeling).count() as u64;
    let most = group.stages.iter().map(|stage| stage.customers).max().unwrap_or(0).max(1);
    // Half the height of a stage's bar; a stage that somebody reached is never invisible.
    let half = |at: usize| match group.stages[at].customers {
        0 => 0.0,
        customers => (customers as f64 / most as f64 * 50.0).max(0.75),
    };
    let bar = |at: usize| {
        let (left, half) = (at * 100, half(at));
        format!("{left},{:.2} {},{:.2} {},{:.2} {left},{:.2}", 50.0 - half, left + BAR, 50.0 - half, left + BAR, 50.0 + half, 50.0 + half)
    };
    let link = |at: usize| {
        let (left, right, from, to) = (at * 100 + BAR, (at + 1) * 100, half(at), half(at + 1));
        let points = format!("{left},{:.2} {right},{:.2} {right},{:.2} {left},{:.2}", 50.0 - from, 50.0 - to, 50.0 + to, 50.0 + from);
        Link { points, narrow: narrowest.is_some_and(|(narrow, _)| narrow == at) }
    };
    let stages = map.stages.len();
    let columns = map.stages.iter().zip(&group.stages).map(|(info, stage)| Column {
        name: info.name.clone(),
        customers: count(stage.customers),
        share: share(stage.share),
    });
    let columns: Vec<Column> = columns.collect();
    let spoken: Vec<String> = columns.iter().map(|column| format!("{} {}", column.name, column.customers)).collect();
    Some(Figures {
        stream: Stream {
            width: stages * 100,
            about: format!("{} in each stage: {}", unit(map), spoken.join(", ")),
            bars: (0..stages).map(bar).collect(),
            links: (1..stages).map(|at| link(at - 1)).collect(),
        },
        columns,
        narrowest: narrowest.map(|(at, rate)| Narrowest {
            from: map.stages[at].name.clone(),
            to: map.stages[at + 1].name.clone(),
            rate: share(rate.value),
            evidence: format!("95 % interval {} to {}, n\u{a0}{}", share(rate.low), share(rate.high), count(rate.n)),
        }),
        pains: counted(felt(Feeling::Pain), "pains"),
        delights: counted(felt(Feeling::Delight), "delights"),
        hurts: felt(Feeling::Pain) > 0,
        delighted: felt(Feeling::Delight) > 0,
        worst: findings.iter().find(|(_, finding)| finding.feeling == Feeling::Pain).map(|(_, finding)| finding.sentence.clone()),
        coverage: match map.coverage.events {
            0 => "no events yet".to_owned(),
            _ => format!("covers {} of the events", share(1.0 - map.coverage.unmapped_share())),
        },
    })
}

/// An analysis on the home page.
#[derive(Serialize)]
struct Ask {
    name: String,
    about: String,
    command: String,
    /// Where the example's picture is, if it can be asked as it is.
    picture: Option<String>,
    table: Option<String>,
}

fn ask(analysis: &AnalysisEntry, map: Option<&MapEntry>, host: &str) -> Ask {
    let mut question = analysis.example.clone();
    if let (Value::Object(members), Some(map), true) = (&mut question, map, analysis.needs_map) {
        members.insert("map".into(), map.id.clone().into());
    }
    let text = question.to_string();
    let address = format!("http://{host}/api/ask/{}", encoded(&analysis.name));
    let link = |form: Form| {
        (map.is_some() || !analysis.needs_map)
            .then(|| format!("/api/ask/{}.{}?question={}", encoded(&analysis.name), form.name(), encoded(&text)))
    };
    Ask {
        name: analysis.name.clone(),
        about: analysis.about.clone(),
        command: format!("curl {} \\\n  -H 'Content-Type: application/json' \\\n  -d {}", quoted(&address), quoted(&text)),
        picture: link(Form::Svg),
        table: link(Form::Csv),
    }
}
