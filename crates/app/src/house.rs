//! The workspace as the server sees it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;

use periplus_engine::{ANALYSES, EngineError, Watch};
use periplus_maps::JourneyMap;
use periplus_model::answer::Answer;
use periplus_server::{AnalysisEntry, House, MapEntry, Refusal, RefusalKind};
use periplus_workspace::{Workspace, WorkspaceError};
use serde_json::{Value, json};

use crate::files;
use crate::here::Here;

/// A data folder with journey maps, served.
pub struct Served {
    here: Here,
    maps: Vec<PathBuf>,
    /// The newest measurement of each map, by its id, with the map and the snapshot that were measured.
    measured: Mutex<HashMap<String, (JourneyMap, u64, Answer)>>,
}

impl Served {
    /// Serves these maps; without any, those in the data folder.
    pub fn new(here: &Here, maps: Vec<PathBuf>) -> Served {
        Served { here: here.clone(), maps, measured: Mutex::default() }
    }

    fn files(&self) -> Vec<PathBuf> {
        if !self.maps.is_empty() {
            return self.maps.clone();
        }
        let listed = std::fs::read_dir(self.here.data.join("maps")).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = listed
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"))
            .collect();
        files.sort();
        files
    }

    fn map(&self, id: &str) -> Result<JourneyMap, Refusal> {
        let mut problem = None;
        for path in self.files() {
            match files::journey_map(&path) {
                Ok(map) if map.id == id => return Ok(map),
                Err(error) if stem(&path) == id => problem = Some(error),
                _ => {}
            }
        }
        Err(match problem {
            Some(error) => refusal(
                RefusalKind::Invalid,
                "map_has_problems",
                "The journey map has problems",
                &error.to_string(),
                "Repair the file and try again.",
            ),
            None => refusal(
                RefusalKind::NotFound,
                "no_such_map",
                "There is no such journey map",
                &format!("No map has the id '{id}'."),
                "The home page lists the maps that there are.",
            ),
        })
    }
}

fn stem(path: &std::path::Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

impl House for Served {
    fn title(&self) -> String {
        "Periplus".to_owned()
    }

    fn maps(&self) -> Result<Vec<MapEntry>, Refusal> {
        let measured = self.measured.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut entries: Vec<MapEntry> = Vec::new();
        for path in self.files() {
            let entry = match files::journey_map(&path) {
                Ok(map) => MapEntry {
                    stages: map.stages.iter().map(|stage| stage.name.clone()).collect(),
                    customers: measured.get(&map.id).filter(|known| known.0 == map).map(|(_, _, answer)| answer.meta.customers),
                    id: map.id,
                    title: map.title,
                    about: map.about,
                },
                // Listed all the same: a map that vanishes without a word is looked for in vain.
                Err(error) => MapEntry { id: stem(&path), title: stem(&path), about: error.to_string(), ..MapEntry::default() },
            };
            if !entries.iter().any(|known| known.id == entry.id) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    fn measured(&self, id: &str) -> Result<Answer, Refusal> {
        let map = self.map(id)?;
        let workspace = self.here.workspace().map_err(|error| internal(&error))?;
        let snapshot = workspace.store.snapshot().map_err(|error| internal(&error.into()))?;
        {
            let measured = self.measured.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if let Some((known, at, answer)) = measured.get(id)
                && *known == map
                && *at == snapshot.id
            {
                return Ok(answer.clone());
            }
        }
        let answer = workspace
            .ask("map", &json!({}), &workspace.desk(Some(&map), &snapshot, &Watch::default(), &self.here.stopwatch()))
            .map_err(refused)?;
        let mut measured = self.measured.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        measured.insert(id.to_owned(), (map, snapshot.id, answer.clone()));
        Ok(answer)
    }

    fn analyses(&self) -> Vec<AnalysisEntry> {
        analyses()
    }

    fn ask(&self, analysis: &str, question: &Value, map: Option<&str>) -> Result<Answer, Refusal> {
        let map = map.map(|id| self.map(id)).transpose()?;
        let ask = || -> Result<Answer, WorkspaceError> {
            let workspace = Workspace::open(&self.here.data)?;
            let snapshot = workspace.store.snapshot()?;
            workspace.ask(analysis, question, &workspace.desk(map.as_ref(), &snapshot, &Watch::default(), &self.here.stopwatch()))
        };
        ask().map_err(refused)
    }

    fn health(&self) -> Value {
        let snapshot = self.here.workspace().ok().and_then(|workspace| workspace.store.snapshot().ok());
        json!({
            "status": if snapshot.is_some() { "ok" } else { "data folder cannot be read" },
            "version": env!("CARGO_PKG_VERSION"),
            "snapshot": snapshot.map(|snapshot| snapshot.id),
        })
    }
}

/// The analyses, as they are listed for programs.
pub fn analyses() -> Vec<AnalysisEntry> {
    let entry = |analysis: &&dyn periplus_engine::Analysis| AnalysisEntry {
        name: analysis.name().to_owned(),
        about: analysis.about().to_owned(),
        needs_map: analysis.needs_map(),
        example: analysis.example(),
        schema: analysis.schema(),
    };
    ANALYSES.iter().map(entry).collect()
}

/// Whose fault an error is, for whoever asked over the network.
fn refused(error: WorkspaceError) -> Refusal {
    match &error {
        WorkspaceError::Engine(EngineError::Unknown { .. }) => refusal(
            RefusalKind::NotFound,
            "no_such_analysis",
            "There is no such analysis",
            &error.to_string(),
            "GET /api/analyses lists them.",
        ),
        WorkspaceError::Engine(EngineError::Question(_)) => refusal(
            RefusalKind::Invalid,
            "bad_question",
            "The question is wrong",
            &error.to_string(),
            "The schema of each analysis says what can be asked.",
        ),
        WorkspaceError::Engine(EngineError::NoMap) => refusal(
            RefusalKind::Invalid,
            "map_needed",
            "The question needs a journey map",
            "It speaks of stages or touchpoints, and no map was named.",
            "Name one of the maps of the home page.",
        ),
        _ => internal(&anyhow::Error::from(error)),
    }
}

fn internal(error: &anyhow::Error) -> Refusal {
    refusal(
        RefusalKind::Internal,
        "data_unreadable",
        "The data cannot be read",
        &format!("{error:#}"),
        "`periplus lake verify` says whether files are damaged.",
    )
}

fn refusal(kind: RefusalKind, code: &str, title: &str, detail: &str, help: &str) -> Refusal {
    Refusal { kind, code: code.to_owned(), title: title.to_owned(), detail: detail.to_owned(), help: help.to_owned() }
}
