//! Everything that people do beside asking questions: maps, imports, sources, what they keep for each other. Each is an
//! [`Errand`]; whoever calls an address has it made of the address, the query and the body, and the house runs it.

use std::collections::HashMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::{MethodFilter, MethodRouter, on};
use periplus_model::time::Instant;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::ask::Gone;
use crate::form::parse_query;
use crate::problem::Problem;
use crate::question::receive_object;
use crate::routes::Shared;

/// Something to be done, or to be told.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
#[allow(missing_docs, reason = "their members are those of the addresses, which `GET /api` explains")]
pub enum Errand {
    Workspace {},
    Vocabulary {},
    Catalogue {},
    Identity {},
    Storage {},
    Templates {},
    MapFile {
        id: String,
    },
    MapCheck {
        yaml: Option<String>,
        declared: Option<Value>,
        against: Option<String>,
    },
    MapWrite {
        id: String,
        yaml: Option<String>,
        declared: Option<Value>,
        base: Option<String>,
        #[serde(default)]
        note: String,
    },
    MapDelete {
        id: String,
        base: String,
    },
    MapVersions {
        id: String,
    },
    MapVersion {
        id: String,
        version: String,
    },
    MapPropose {
        template: Option<String>,
        title: Option<String>,
    },
    Shares {},
    Share {
        map: String,
        #[serde(default)]
        question: Value,
        group: Option<String>,
        beside: Option<String>,
    },
    Unshare {
        token: String,
    },
    Saved {},
    Save {
        kind: String,
        id: String,
        #[serde(flatten)]
        object: Map<String, Value>,
    },
    Unsave {
        kind: String,
        id: String,
    },
    Upload {
        upload: String,
    },
    UploadPreview {
        upload: String,
        mapping: Option<Value>,
        mapping_toml: Option<String>,
    },
    UploadImport {
        upload: String,
        mapping: Option<Value>,
        mapping_toml: Option<String>,
    },
    UploadDelete {
        upload: String,
    },
    Job {
        job: String,
    },
    Demo {},
    Imports {},
    ImportRejects {
        #[serde(deserialize_with = "number")]
        id: u64,
        #[serde(default = "hundred", deserialize_with = "number")]
        at_most: u64,
    },
    Sources {
        #[serde(default = "day", deserialize_with = "number")]
        hours: u64,
    },
    SourceChange(SourceChange),
    SourceRules {
        name: String,
    },
    SourceRulesWrite {
        name: String,
        toml: String,
    },
    SourcePlan {
        name: String,
    },
    Surveys {},
    SurveyTemplates {},
    SurveyCheck {
        toml: String,
    },
    Survey {
        id: String,
    },
    SurveyWrite {
        id: String,
        toml: String,
        base: Option<String>,
    },
    SurveyDelete {
        id: String,
        base: String,
    },
    Watches {},
    WatchTry {
        watch: Map<String, Value>,
    },
    WatchTest {
        id: String,
    },
    Alerts {
        #[serde(default = "hundred", deserialize_with = "number")]
        at_most: u64,
    },
    AlertSee {
        #[serde(deserialize_with = "number")]
        id: u64,
        #[serde(default)]
        who: String,
        #[serde(default)]
        take_back: bool,
    },
    Cases {
        status: Option<String>,
        owner: Option<String>,
        #[serde(default = "thousand", deserialize_with = "number")]
        at_most: u64,
    },
    Case {
        id: String,
    },
    CaseAct {
        id: String,
        #[serde(default)]
        who: String,
        #[serde(flatten)]
        act: Map<String, Value>,
    },
    ExperimentAssign {
        experiment: String,
        unit: String,
        arms: String,
        holdout: Option<String>,
        holdout_name: Option<String>,
    },
    ExperimentPlan {
        base: Option<String>,
        deviation: Option<String>,
        effect: Option<String>,
        units: Option<String>,
        each_day: Option<String>,
        alpha: Option<String>,
        power: Option<String>,
        arms: Option<String>,
    },
    Spend {
        table: String,
        #[serde(default)]
        campaigns: bool,
        from: Option<Instant>,
        to: Option<Instant>,
    },
    Quarantine {
        reason: Option<String>,
        source: Option<String>,
        #[serde(default = "hundred", deserialize_with = "number")]
        at_most: u64,
    },
    Replay {
        messages: Option<Vec<Again>>,
        reason: Option<String>,
        source: Option<String>,
    },
    Sql {
        statement: String,
        map: Option<String>,
        declared: Option<Value>,
        #[serde(default = "thousand", deserialize_with = "number")]
        rows: u64,
    },
    CustomerSearch {
        #[serde(default)]
        search: String,
        #[serde(default = "twenty", deserialize_with = "number")]
        at_most: u64,
    },
}

/// Who may send.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum SourceChange {
    /// A source gets a write key.
    Add {
        /// The source.
        name: String,
        /// From where browsers may send with it; from anywhere when there are none.
        #[serde(default)]
        origins: Vec<String>,
    },
    /// A key ends.
    End {
        /// The key.
        key: String,
    },
}

/// A message of quarantine that is read again.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Again {
    /// Its number.
    pub id: u64,
    /// What it says now; as it is when absent.
    pub message: Option<Value>,
}

impl Errand {
    /// Whether it changes something, which not everybody may.
    pub fn changes(&self) -> bool {
        matches!(
            self,
            Errand::MapWrite { .. }
                | Errand::MapDelete { .. }
                | Errand::Share { .. }
                | Errand::Unshare { .. }
                | Errand::Save { .. }
                | Errand::Unsave { .. }
                | Errand::UploadPreview { .. }
                | Errand::UploadImport { .. }
                | Errand::UploadDelete { .. }
                | Errand::Demo {}
                | Errand::SourceChange(_)
                | Errand::SourceRulesWrite { .. }
                | Errand::SurveyWrite { .. }
                | Errand::SurveyDelete { .. }
                | Errand::WatchTest { .. }
                | Errand::AlertSee { .. }
                | Errand::CaseAct { .. }
                | Errand::Replay { .. }
        )
    }
}

fn hundred() -> u64 {
    100
}

fn twenty() -> u64 {
    20
}

fn thousand() -> u64 {
    1_000
}

fn day() -> u64 {
    24
}

/// A number, or the text of one, as it stands in an address.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| serde::de::Error::custom("a whole number is needed"))
}

/// The handler of an address at which this errand is run.
pub(crate) fn run(method: Method, errand: &'static str) -> MethodRouter<Shared> {
    let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
    let has_body = method == Method::POST || method == Method::PUT;
    on(
        filter,
        async move |State(office): State<Shared>,
                    Path(places): Path<HashMap<String, String>>,
                    RawQuery(query): RawQuery,
                    headers: HeaderMap,
                    body: Body| {
            let mut members = match has_body {
                true => receive_object(&headers, body, &office.limits).await?,
                false => Map::new(),
            };
            let query: HashMap<String, String> = parse_query(&query.unwrap_or_default())?;
            let named = query.into_iter().chain(places).chain([("errand".to_owned(), errand.to_owned())]);
            members.extend(named.map(|(name, text)| (name, Value::String(text))));
            let errand: Errand = serde_json::from_value(Value::Object(members)).map_err(|error| {
                Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "bad_request",
                    "Unreadable request",
                    error.to_string(),
                    "GET /api says what each address takes.",
                )
            })?;
            let gone = Gone::default();
            let flag = gone.0.clone();
            let done = office.desk.call(move |house| house.run(errand, &flag)).await?;
            Ok::<_, Problem>(Json(done))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn errand(value: Value) -> Result<Errand, serde_json::Error> {
        serde_json::from_value(value)
    }

    #[test]
    fn errands_are_made_of_addresses_and_bodies() {
        let rejects = errand(json!({"errand": "import_rejects", "id": "5"})).unwrap();
        assert_eq!(rejects, Errand::ImportRejects { id: 5, at_most: 100 });
        assert!(errand(json!({"errand": "import_rejects", "id": "five"})).is_err());
        let save = errand(json!({"name": "Gold", "condition": {}, "errand": "save", "kind": "segments", "id": "gold"})).unwrap();
        let Errand::Save { object, .. } = &save else { panic!() };
        assert_eq!(Value::from(object.clone()), json!({"name": "Gold", "condition": {}}));
        assert!(save.changes() && !rejects.changes());
        let add = errand(json!({"errand": "source_change", "do": "add", "name": "shop"})).unwrap();
        assert_eq!(add, Errand::SourceChange(SourceChange::Add { name: "shop".into(), origins: vec![] }));
        assert!(errand(json!({"errand": "nothing of the kind"})).is_err());
    }
}
