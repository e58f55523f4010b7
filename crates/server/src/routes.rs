//! Every address, in one list, which the router is made from and which `GET /api` shows.

use std::sync::Arc;

use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::accept::Limits;
use crate::desk::Desk;
use crate::errand::run;
use crate::guard::{Hosts, guard};
use crate::house::House;
use crate::{app, ask, changes, customers, home, looks, maps, uploads};

/// What handlers work with.
pub(crate) struct Office {
    pub desk: Desk,
    pub limits: Limits,
    /// Becomes true when the server is about to end.
    pub ending: watch::Receiver<bool>,
}

/// The state of every handler.
pub(crate) type Shared = Arc<Office>;

struct Route {
    method: Method,
    path: &'static str,
    about: &'static str,
    handler: fn() -> MethodRouter<Shared>,
}

/// Every route. `{file}` may end in a form: `.svg`, `.png`, `.pdf`, `.csv`, `.json`.
static ROUTES: &[Route] = &[
    Route { method: Method::GET, path: "/", about: "The web app.", handler: || get(app::front) },
    Route { method: Method::GET, path: "/plain", about: "Maps and analyses as a page without scripts.", handler: || get(home::page) },
    Route {
        method: Method::GET,
        path: "/maps/{file}",
        about: "A measured map as a page, or with .svg, .png, .pdf, .html, .csv or .json at its end; ?theme=dark, ?group=ID, ?beside=ID.",
        handler: || get(maps::page),
    },
    Route { method: Method::GET, path: "/look/{file}", about: "The style sheet and fonts of the pages.", handler: || get(looks::file) },
    Route { method: Method::GET, path: "/health", about: "How the workspace is doing.", handler: || get(home::health) },
    Route { method: Method::GET, path: "/metrics", about: "Figures for Prometheus.", handler: || get(home::metrics) },
    Route { method: Method::GET, path: "/api", about: "This list.", handler: || get(list) },
    Route { method: Method::GET, path: "/api/maps", about: "The maps.", handler: || get(maps::list) },
    Route { method: Method::GET, path: "/api/maps/{id}", about: "A measured map.", handler: || get(maps::one) },
    Route {
        method: Method::GET,
        path: "/api/analyses",
        about: "The analyses, each with an example and the schema of its questions.",
        handler: || get(ask::list),
    },
    Route {
        method: Method::POST,
        path: "/api/ask/{analysis}",
        about: "Answers the question in the body, a JSON object; its member map names the map to see it by.",
        handler: || post(ask::by_body),
    },
    Route {
        method: Method::GET,
        path: "/api/ask/{analysis}",
        about: "Answers ?question=JSON as JSON, or with .svg, .png, .pdf, .html, .csv or .json at the analysis's end in that form.",
        handler: || get(ask::by_query),
    },
    Route {
        method: Method::POST,
        path: "/api/people/{analysis}",
        about: "The people behind one count: {\"question\": {...}, \"place\": {...}, \"at_most\": 100}; the total is the count.",
        handler: || post(ask::people),
    },
    Route {
        method: Method::GET,
        path: "/api/customers/{id}",
        about: "The customers with an identifier (kind:value, or a value): identifiers and why, traits, journey, ledger; ?as_of=TIME.",
        handler: || get(customers::find),
    },
    Route {
        method: Method::POST,
        path: "/api/customers",
        about: "{\"do\": \"apart\", \"one\": ID, \"other\": ID, \"because\": TEXT} takes a merge back, \"together\" that; {\"do\": \"erase\", \"id\": ID}.",
        handler: || post(customers::change),
    },
    Route {
        method: Method::GET,
        path: "/api/live",
        about: "What arrives and what is refused, while somebody asks: ?after=N with the `next` of the last answer.",
        handler: || get(customers::live),
    },
    Route {
        method: Method::GET,
        path: "/api/workspace",
        about: "What the workspace holds, and what may be done with it here.",
        handler: || run(Method::GET, "workspace"),
    },
    Route {
        method: Method::GET,
        path: "/api/vocabulary",
        about: "Events, properties, traits and channels with their frequent values, to choose from.",
        handler: || run(Method::GET, "vocabulary"),
    },
    Route {
        method: Method::GET,
        path: "/api/catalogue",
        about: "Every event name: how often, when, with which properties, on which maps, and what looks odd about it.",
        handler: || run(Method::GET, "catalogue"),
    },
    Route {
        method: Method::GET,
        path: "/api/identity",
        about: "How identifiers became customers: counts by kind, and the customers with the most.",
        handler: || run(Method::GET, "identity"),
    },
    Route {
        method: Method::GET,
        path: "/api/storage",
        about: "What the data folder takes, by month, and what is free.",
        handler: || run(Method::GET, "storage"),
    },
    Route {
        method: Method::GET,
        path: "/api/templates",
        about: "Sets of stages to begin a map with.",
        handler: || run(Method::GET, "templates"),
    },
    Route {
        method: Method::GET,
        path: "/api/maps/{id}/file",
        about: "A map as it is written: YAML, its declaration as JSON, its version and its problems.",
        handler: || run(Method::GET, "map_file"),
    },
    Route {
        method: Method::PUT,
        path: "/api/maps/{id}/file",
        about: "Writes a map: {\"yaml\": TEXT or \"declared\": {...}, \"base\": VERSION that was seen (null for a new map), \"note\": TEXT}.",
        handler: || run(Method::PUT, "map_write"),
    },
    Route {
        method: Method::DELETE,
        path: "/api/maps/{id}/file",
        about: "Deletes a map: ?base=VERSION. Its versions stay.",
        handler: || run(Method::DELETE, "map_delete"),
    },
    Route {
        method: Method::GET,
        path: "/api/maps/{id}/versions",
        about: "What the map said before, newest first, and what changed each time.",
        handler: || run(Method::GET, "map_versions"),
    },
    Route {
        method: Method::GET,
        path: "/api/maps/{id}/versions/{version}",
        about: "A version of a map.",
        handler: || run(Method::GET, "map_version"),
    },
    Route {
        method: Method::POST,
        path: "/api/maps/check",
        about: "What is wrong with a map, and what is different: {\"yaml\": TEXT or \"declared\": {...}, \"against\": ID}.",
        handler: || run(Method::POST, "map_check"),
    },
    Route {
        method: Method::POST,
        path: "/api/maps/propose",
        about: "Drafts a map from the data: {\"template\": ID, \"title\": TEXT}; PUT it to keep it.",
        handler: || run(Method::POST, "map_propose"),
    },
    Route {
        method: Method::GET,
        path: "/api/shares",
        about: "The maps that were given away by a link.",
        handler: || run(Method::GET, "shares"),
    },
    Route {
        method: Method::POST,
        path: "/api/shares",
        about: "Gives a map away: {\"map\": ID, \"question\": {...}, \"group\": ID, \"beside\": ID}; the answer has its path.",
        handler: || run(Method::POST, "share"),
    },
    Route { method: Method::DELETE, path: "/api/shares/{token}", about: "Takes a link back.", handler: || run(Method::DELETE, "unshare") },
    Route {
        method: Method::GET,
        path: "/api/saved",
        about: "Segments, answers and dashboards that people keep.",
        handler: || run(Method::GET, "saved"),
    },
    Route {
        method: Method::PUT,
        path: "/api/saved/{kind}/{id}",
        about: "Keeps a segment, answer or dashboard.",
        handler: || run(Method::PUT, "save"),
    },
    Route {
        method: Method::DELETE,
        path: "/api/saved/{kind}/{id}",
        about: "Removes one, and answers what it was.",
        handler: || run(Method::DELETE, "unsave"),
    },
    Route {
        method: Method::GET,
        path: "/api/watches",
        about: "Watches with how each was answered last, rules for cases, and whether letters can be sent.",
        handler: || run(Method::GET, "watches"),
    },
    Route {
        method: Method::POST,
        path: "/api/watches/try",
        about: "What a watch would say now: {\"watch\": {...}}.",
        handler: || run(Method::POST, "watch_try"),
    },
    Route {
        method: Method::POST,
        path: "/api/watches/{id}/test",
        about: "Sends everybody whom a watch or a rule for cases tells a test.",
        handler: || run(Method::POST, "watch_test"),
    },
    Route {
        method: Method::GET,
        path: "/api/alerts",
        about: "What watches told, the newest first: ?at_most=N.",
        handler: || run(Method::GET, "alerts"),
    },
    Route {
        method: Method::POST,
        path: "/api/alerts/{id}/see",
        about: "Notes that somebody took note: {\"who\": NAME}, or takes that back: {\"take_back\": true}.",
        handler: || run(Method::POST, "alert_see"),
    },
    Route {
        method: Method::GET,
        path: "/api/cases",
        about: "Responses that somebody sees to, with figures: ?status=open, in_hand, closed, overdue or unclosed; ?owner=NAME.",
        handler: || run(Method::GET, "cases"),
    },
    Route {
        method: Method::GET,
        path: "/api/cases/{id}",
        about: "A case, and what was done with it.",
        handler: || run(Method::GET, "case"),
    },
    Route {
        method: Method::POST,
        path: "/api/cases/{id}",
        about: "{\"do\": \"take\", \"by\": NAME}, assign (owner), note (text), due (at), close (outcome, text) or reopen (text); who says who does it.",
        handler: || run(Method::POST, "case_act"),
    },
    Route {
        method: Method::GET,
        path: "/api/uploads/{upload}",
        about: "What a file that was sent seems to be: its columns, and the mapping that is guessed.",
        handler: || run(Method::GET, "upload"),
    },
    Route {
        method: Method::POST,
        path: "/api/uploads/{upload}/preview",
        about: "What an import of its beginning would do: {\"mapping\": {...} or \"mapping_toml\": TEXT}.",
        handler: || run(Method::POST, "upload_preview"),
    },
    Route {
        method: Method::POST,
        path: "/api/uploads/{upload}/import",
        about: "Imports it: {\"mapping\": {...} or \"mapping_toml\": TEXT}; the answer names a job.",
        handler: || run(Method::POST, "upload_import"),
    },
    Route {
        method: Method::DELETE,
        path: "/api/uploads/{upload}",
        about: "Forgets the file.",
        handler: || run(Method::DELETE, "upload_delete"),
    },
    Route { method: Method::GET, path: "/api/jobs/{job}", about: "How far a job has come.", handler: || run(Method::GET, "job") },
    Route {
        method: Method::POST,
        path: "/api/demo",
        about: "Fills an empty workspace with the demo company: {}; the answer names a job.",
        handler: || run(Method::POST, "demo"),
    },
    Route { method: Method::GET, path: "/api/imports", about: "What was imported.", handler: || run(Method::GET, "imports") },
    Route {
        method: Method::GET,
        path: "/api/imports/{id}/rejects",
        about: "The rows of an import that were refused, and why: ?at_most=100.",
        handler: || run(Method::GET, "import_rejects"),
    },
    Route {
        method: Method::GET,
        path: "/api/sources",
        about: "Who may send, and what they sent: ?hours=24.",
        handler: || run(Method::GET, "sources"),
    },
    Route {
        method: Method::POST,
        path: "/api/sources",
        about: "{\"do\": \"add\", \"name\": TEXT, \"origins\": [...]} gives a write key, {\"do\": \"end\", \"key\": KEY} ends it.",
        handler: || run(Method::POST, "source_change"),
    },
    Route {
        method: Method::GET,
        path: "/api/sources/{name}/rules",
        about: "What is said about a source, as TOML.",
        handler: || run(Method::GET, "source_rules"),
    },
    Route {
        method: Method::PUT,
        path: "/api/sources/{name}/rules",
        about: "Says something about a source: {\"toml\": TEXT}.",
        handler: || run(Method::PUT, "source_rules_write"),
    },
    Route {
        method: Method::GET,
        path: "/api/sources/{name}/plan",
        about: "A tracking plan, made of what the source has sent, as TOML.",
        handler: || run(Method::GET, "source_plan"),
    },
    Route {
        method: Method::GET,
        path: "/api/surveys",
        about: "The surveys, and what came of each: who was asked and answered, with the rate and the score.",
        handler: || run(Method::GET, "surveys"),
    },
    Route {
        method: Method::GET,
        path: "/api/surveys/templates",
        about: "Surveys to begin with, as TOML.",
        handler: || run(Method::GET, "survey_templates"),
    },
    Route {
        method: Method::POST,
        path: "/api/surveys/check",
        about: "What is wrong with a survey: {\"toml\": TEXT}.",
        handler: || run(Method::POST, "survey_check"),
    },
    Route {
        method: Method::GET,
        path: "/api/surveys/{id}",
        about: "A survey as it is written, its version, its problems and what came of it.",
        handler: || run(Method::GET, "survey"),
    },
    Route {
        method: Method::PUT,
        path: "/api/surveys/{id}",
        about: "Writes a survey: {\"toml\": TEXT, \"base\": VERSION that was seen (null for a new one)}.",
        handler: || run(Method::PUT, "survey_write"),
    },
    Route {
        method: Method::DELETE,
        path: "/api/surveys/{id}",
        about: "Deletes a survey: ?base=VERSION. What was asked and answered stays.",
        handler: || run(Method::DELETE, "survey_delete"),
    },
    Route {
        method: Method::POST,
        path: "/api/spend",
        about: "What was spent, by channel or campaign, as a question about attribution takes it: {\"table\": TEXT, \"campaigns\": true, \"from\": DAY, \"to\": DAY}. Columns are found by their headings; where one has dates, only rows of the period count.",
        handler: || run(Method::POST, "spend"),
    },
    Route {
        method: Method::GET,
        path: "/api/experiments/assign",
        about: "Which arm somebody gets, always the same: ?experiment=NAME&unit=ID&arms=control:1,b:1&holdout=0.05&holdout_name=NAME.",
        handler: || run(Method::GET, "experiment_assign"),
    },
    Route {
        method: Method::GET,
        path: "/api/experiments/plan",
        about: "How many are needed, or what can be noticed: ?base=0.04 or deviation=35, &effect=0.01 or units=N, &each_day=N&alpha=0.05&power=0.8&arms=control:1,b:1.",
        handler: || run(Method::GET, "experiment_plan"),
    },
    Route {
        method: Method::GET,
        path: "/api/quarantine",
        about: "Messages that were refused, and why: ?reason=CODE&source=NAME&at_most=100.",
        handler: || run(Method::GET, "quarantine"),
    },
    Route {
        method: Method::POST,
        path: "/api/quarantine/replay",
        about: "Reads them again: {\"messages\": [{\"id\": N, \"message\": {...}}]}, or those of a \"reason\" or \"source\".",
        handler: || run(Method::POST, "replay"),
    },
    Route {
        method: Method::POST,
        path: "/api/sql",
        about: "Answers a statement in SQL, read-only: {\"statement\": TEXT, \"rows\": 1000, \"map\": ID}, or with {\"declared\": MAP} for one that is not kept under an id.",
        handler: || run(Method::POST, "sql"),
    },
    Route {
        method: Method::GET,
        path: "/api/customers",
        about: "Customers by a part of an identifier: ?search=TEXT&at_most=20; without it, those who were active last.",
        handler: || run(Method::GET, "customer_search"),
    },
    Route {
        method: Method::POST,
        path: "/api/uploads",
        about: "Takes a file to be imported, as application/octet-stream: ?name=orders.csv.",
        handler: || post(uploads::take),
    },
    Route {
        method: Method::GET,
        path: "/api/asks/{token}",
        about: "How far the question has come that was asked with the header Periplus-Ask: TOKEN.",
        handler: || get(ask::progress),
    },
    Route {
        method: Method::GET,
        path: "/api/changes",
        about: "Server-sent events: a message whenever there is something new.",
        handler: || get(changes::changes),
    },
    Route { method: Method::GET, path: "/shared/{token}", about: "A map that was given away by its link.", handler: || get(maps::shared) },
];

/// The router of a workspace.
pub(crate) fn router(house: Arc<dyn House>, limits: &Limits, hosts: Hosts, ending: watch::Receiver<bool>) -> Router {
    let desk = Desk::new(house, limits.asks_at_once, limits.ask_patience);
    let routes = ROUTES.iter().fold(Router::new(), |router, route| router.route(route.path, (route.handler)()));
    let routes = routes.fallback(app::page);
    routes.layer(from_fn_with_state(Arc::new(hosts), guard)).with_state(Arc::new(Office { desk, limits: limits.clone(), ending }))
}

async fn list() -> Json<Value> {
    let route = |route: &Route| json!({"method": route.method.as_str(), "path": route.path, "about": route.about});
    Json(json!({"routes": ROUTES.iter().map(route).collect::<Vec<_>>()}))
}
