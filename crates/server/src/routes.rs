//! Every address, in one list, which the router is made from and which `GET /api` shows.

use std::sync::Arc;

use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::accept::Limits;
use crate::desk::Desk;
use crate::guard::{Hosts, guard};
use crate::house::House;
use crate::problem::Problem;
use crate::{ask, customers, home, looks, maps};

/// What handlers work with.
pub(crate) struct Office {
    pub desk: Desk,
    pub limits: Limits,
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
    Route { method: Method::GET, path: "/", about: "The home page: maps and analyses.", handler: || get(home::page) },
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
];

/// The router of a workspace.
pub(crate) fn router(house: Arc<dyn House>, limits: &Limits, hosts: Hosts) -> Router {
    let desk = Desk::new(house, limits.asks_at_once, limits.ask_patience);
    let routes = ROUTES.iter().fold(Router::new(), |router, route| router.route(route.path, (route.handler)()));
    let routes = routes.fallback(async || Problem::no_such_page());
    routes.layer(from_fn_with_state(Arc::new(hosts), guard)).with_state(Arc::new(Office { desk, limits: limits.clone() }))
}

async fn list() -> Json<Value> {
    let route = |route: &Route| json!({"method": route.method.as_str(), "path": route.path, "about": route.about});
    Json(json!({"routes": ROUTES.iter().map(route).collect::<Vec<_>>()}))
}
