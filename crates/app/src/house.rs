//! The workspace as the server sees it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use periplus_engine::{ANALYSES, Columns, Elsewhere, EngineError};
use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, People};
use periplus_model::parts::Snapshot;
use periplus_model::time::Instant;
use periplus_server::{AnalysisEntry, Asked, Change, House, MapEntry, Metric, Refusal, RefusalKind, Seen};
use periplus_store::StoreError;
use periplus_workspace::identity::Word;
use periplus_workspace::{Workspace, WorkspaceError};
use serde_json::{Value, json};

use crate::answers::{Answers, Key};
use crate::collecting::Gauges;
use crate::files;
use crate::here::Here;
use crate::limits::AskLimits;

/// A data folder with journey maps, served.
pub struct Served {
    here: Here,
    maps: Vec<PathBuf>,
    /// What is kept in memory of the lake.
    columns: Arc<Columns>,
    answers: Answers,
    limits: AskLimits,
    /// Other machines that count instead of this one, if there are any.
    elsewhere: Option<Arc<dyn Elsewhere>>,
    /// The newest version of the lake that was asked. A version never changes, and reading its list of parts and of customers who
    /// turned out to be others takes longer than many an answer.
    newest: Mutex<Arc<Snapshot>>,
    /// How collecting is doing, if this server collects.
    collecting: Option<Gauges>,
    /// Whether customers may be changed through this server.
    may_change: bool,
    /// How many customers each map was last measured on, by its id.
    measured: Mutex<HashMap<String, u64>>,
}

impl Served {
    /// Serves these maps; without any, those in the data folder.
    pub fn new(here: &Here, maps: Vec<PathBuf>, memory: usize, limits: AskLimits) -> Served {
        Served {
            here: here.clone(),
            maps,
            columns: Arc::new(Columns::new(memory)),
            answers: Answers::default(),
            limits,
            elsewhere: None,
            newest: Mutex::default(),
            collecting: None,
            may_change: false,
            measured: Mutex::default(),
        }
    }

    /// The same, counted by other machines, if there are any.
    pub fn with(self, elsewhere: Option<Arc<dyn Elsewhere>>) -> Served {
        Served { elsewhere, ..self }
    }

    /// The same, letting customers be changed.
    pub fn letting_change(self, may_change: bool) -> Served {
        Served { may_change, ..self }
    }

    /// The same, telling how collecting is doing.
    pub fn telling(self, gauges: Option<Gauges>) -> Served {
        Served { collecting: gauges, ..self }
    }

    fn workspace(&self) -> Result<Workspace, WorkspaceError> {
        let mut workspace = Workspace::open(&self.here.data)?;
        workspace.columns = self.columns.clone();
        workspace.elsewhere = self.elsewhere.clone();
        Ok(workspace)
    }

    fn snapshot(&self, workspace: &Workspace) -> Result<Arc<Snapshot>, WorkspaceError> {
        let id = workspace.store.newest()?;
        let mut newest = self.newest.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if newest.id != id {
            *newest = Arc::new(workspace.store.snapshot()?);
            self.columns.forget_all_but(&newest);
        }
        Ok(newest.clone())
    }

    fn answer(&self, asked: &Asked<'_>, map: Option<JourneyMap>) -> Result<Answer, WorkspaceError> {
        let workspace = self.workspace()?;
        let snapshot = self.snapshot(&workspace)?;
        let key = Key { snapshot: snapshot.id, analysis: asked.analysis.to_owned(), question: asked.question.to_string(), map };
        if let Some(answer) = self.answers.get(&key).filter(|_| !asked.fresh) {
            return Ok(answer);
        }
        let (watch, stopwatch) = (self.limits.watch(&self.here, asked.gone), self.here.stopwatch());
        let ask = |snapshot: &Snapshot| {
            workspace.ask(asked.analysis, asked.question, &workspace.desk(key.map.as_ref(), snapshot, &watch, &stopwatch))
        };
        let answer = match ask(&snapshot) {
            // Parts that were let go while it was answered (somebody was erased): there is a newer version, which has others.
            Err(_) if workspace.store.newest()? != snapshot.id => ask(&*self.snapshot(&workspace)?)?,
            other => other?,
        };
        self.answers.put(key, &answer);
        Ok(answer)
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
                    customers: measured.get(&map.id).copied(),
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
        let asked = Asked { analysis: "map", question: &json!({}), map: Some(id), fresh: false, gone: &Arc::default() };
        let answer = self.answer(&asked, Some(map)).map_err(refused)?;
        self.measured.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(id.to_owned(), answer.meta.customers);
        Ok(answer)
    }

    fn analyses(&self) -> Vec<AnalysisEntry> {
        analyses()
    }

    fn ask(&self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let map = asked.map.map(|id| self.map(id)).transpose()?;
        self.answer(asked, map).map_err(refused)
    }

    fn people(&self, asked: &Asked<'_>, place: &Value, at_most: usize) -> Result<People, Refusal> {
        let map = asked.map.map(|id| self.map(id)).transpose()?;
        let people = || -> Result<People, WorkspaceError> {
            let workspace = self.workspace()?;
            let snapshot = self.snapshot(&workspace)?;
            let (watch, stopwatch) = (self.limits.watch(&self.here, asked.gone), self.here.stopwatch());
            let desk = workspace.desk(map.as_ref(), &snapshot, &watch, &stopwatch);
            workspace.people(asked.analysis, asked.question, place, at_most, &desk)
        };
        people().map_err(refused)
    }

    fn customers(&self, id: &str, as_of: Option<Instant>) -> Result<Vec<Value>, Refusal> {
        let views = || -> Result<Vec<Value>, WorkspaceError> {
            let workspace = self.workspace()?;
            let snapshot = match as_of {
                None => self.snapshot(&workspace)?,
                Some(time) => Arc::new(workspace.store.snapshot_as_of(time.micros())?),
            };
            let found = workspace.find(id, &snapshot)?;
            found.into_iter().map(|key| Ok(workspace.customer(key, &snapshot)?.to_json())).collect()
        };
        views().map_err(refused)
    }

    fn change(&self, change: &Change) -> Result<Value, Refusal> {
        if !self.may_change {
            return Err(refusal(
                RefusalKind::Forbidden,
                "no_accounts",
                "Nobody may change anything here",
                "Others can reach this server, and there are no accounts yet by which it could know who asks.",
                "Use the command line (`periplus customer`, `periplus erase`), or a server that listens at a loopback address.",
            ));
        }
        let done = || -> anyhow::Result<Value> {
            let (mut workspace, now) = (self.here.workspace_to_change()?, self.here.now());
            let word = match change {
                Change::Erase { id, because } => return Ok(json!(workspace.erase(id, because, now)?)),
                Change::Apart { one, other, because } => Word::Apart(workspace.linked(one)?, workspace.linked(other)?, because.clone()),
                Change::Together { one, other } => Word::Together(workspace.linked(one)?, workspace.linked(other)?),
            };
            if matches!(&word, Word::Apart(one, other, _) | Word::Together(one, other) if one == other) {
                return Err(WorkspaceError::Refused("that is one identifier, and not two".to_owned()).into());
            }
            Ok(json!({"changed_identifiers": workspace.say(&[word], now)?}))
        };
        done().map_err(|error| match error.downcast::<WorkspaceError>() {
            Ok(error) => refused(error),
            Err(error) => internal(&error),
        })
    }

    fn live(&self, after: Option<u64>) -> Option<Seen> {
        Some(self.collecting.as_ref()?.live(after, Instant(self.here.now())))
    }

    fn health(&self) -> Value {
        let snapshot = self.here.workspace().ok().and_then(|workspace| workspace.store.newest().ok());
        json!({
            "status": if snapshot.is_some() { "ok" } else { "data folder cannot be read" },
            "version": env!("CARGO_PKG_VERSION"),
            "snapshot": snapshot,
            "collecting": self.collecting.as_ref().map(Gauges::state),
        })
    }

    fn metrics(&self) -> Vec<Metric> {
        self.collecting.as_ref().map(Gauges::metrics).unwrap_or_default()
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
        place: analysis.place_schema(),
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
        WorkspaceError::Engine(EngineError::TooSlow | EngineError::TooLarge | EngineError::Cancelled) => refusal(
            RefusalKind::Invalid,
            "too_much",
            "The question asks for too much",
            &error.to_string(),
            "A shorter period, a segment, a \"sample\" or fewer values help; so does a longer --ask-seconds or more --ask-memory.",
        ),
        WorkspaceError::Engine(EngineError::Elsewhere(_)) => refusal(
            RefusalKind::Busy,
            "cluster_failed",
            "The cluster could not answer",
            &error.to_string(),
            "The scheduler and its executors tell what happened; nothing was answered in part.",
        ),
        WorkspaceError::Engine(EngineError::NoMap) => refusal(
            RefusalKind::Invalid,
            "map_needed",
            "The question needs a journey map",
            "It speaks of stages or touchpoints, and no map was named.",
            "Name one of the maps of the home page.",
        ),
        WorkspaceError::Refused(_) | WorkspaceError::Store(StoreError::NoSnapshot(_)) => {
            refusal(RefusalKind::Invalid, "refused", "That cannot be done", &error.to_string(), "")
        }
        WorkspaceError::Locked(_) => {
            refusal(RefusalKind::Busy, "busy", "Busy", "Something else is being changed.", "Try again in a few seconds.")
        }
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
