//! The workspace as the server sees it: questions here, everything else in the files beside.

mod data;
mod experiments;
pub mod followup;
mod jobs;
mod kept;
mod maps;
mod senders;
pub mod surveys;
mod uploads;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use periplus_engine::catalogue::Catalogue;
use periplus_engine::{ANALYSES, Columns, Elsewhere, EngineError, Watch};
use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, People};
use periplus_model::parts::Snapshot;
use periplus_model::time::Instant;
use periplus_server::{AnalysisEntry, Asked, Change, Errand, House, Light, MapEntry, Metric, Refusal, RefusalKind, Seen, Shared};
use periplus_store::StoreError;
use periplus_workspace::identity::Word;
use periplus_workspace::{Workspace, WorkspaceError, map_files, saved};
use serde_json::{Value, json};

use crate::answers::{Answers, Key};
use crate::collecting::Gauges;
use crate::files;
use crate::here::Here;
use crate::limits::AskLimits;
use crate::spend::Period;
use jobs::Jobs;

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
    /// Questions that are being answered, by the names that whoever asks gave them.
    asks: Mutex<HashMap<String, Arc<Watch>>>,
    /// What there is to ask about: of which snapshot, and when it was looked at.
    catalogue: Mutex<Option<Looked>>,
    /// What came of surveys, and of which snapshot and number of erasures that is.
    came: Mutex<Option<surveys::Counted>>,
    /// Held by whoever changes a map or a survey.
    writing: Mutex<()>,
    jobs: Jobs,
}

/// A catalogue, with the snapshot and the number of erasures that it is of, and when it was made.
type Looked = ((u64, u64), std::time::Instant, Arc<Catalogue>);

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
            asks: Mutex::default(),
            catalogue: Mutex::default(),
            came: Mutex::default(),
            writing: Mutex::default(),
            jobs: Jobs::default(),
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

    /// The workspace, to keep what follows from questions.
    pub(crate) fn workspace_to_follow(&self) -> Result<Workspace, WorkspaceError> {
        self.workspace()
    }

    /// The newest version of the lake.
    pub(crate) fn newest_snapshot(&self, workspace: &Workspace) -> Result<Arc<Snapshot>, WorkspaceError> {
        self.snapshot(workspace)
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
        let question = workspace.with_kept(asked.analysis, asked.question)?.to_string();
        let key = Key { snapshot: snapshot.id, analysis: asked.analysis.to_owned(), question, map };
        if let Some(answer) = self.answers.get(&key).filter(|_| !asked.fresh) {
            return Ok(answer);
        }
        let (watch, stopwatch) = (Arc::new(self.limits.watch(&self.here, asked.gone)), self.here.stopwatch());
        let _named = asked.token.map(|token| Named::new(self, token, &watch));
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

    /// The map in whose light a question is asked.
    fn light(&self, light: Option<&Light>) -> Result<Option<JourneyMap>, Refusal> {
        match light {
            None => Ok(None),
            Some(Light::Map(id)) => self.map(id).map(Some),
            Some(Light::Declared(declared)) => {
                let text = serde_json::to_string_pretty(declared).unwrap_or_default();
                periplus_maps::parse(&text).map(Some).map_err(|problems| {
                    let lines: Vec<String> = problems.iter().map(|problem| problem.message.clone()).collect();
                    refusal(
                        RefusalKind::Invalid,
                        "map_has_problems",
                        "The journey map has problems",
                        &lines.join("\n"),
                        "POST /api/maps/check has them with their places.",
                    )
                })
            }
        }
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
            None => maps::no_such_map(id),
        })
    }
}

/// A question that can be asked how far it has come, as long as it is being answered.
struct Named<'s>(&'s Served, String);

impl Named<'_> {
    fn new<'s>(served: &'s Served, token: &str, watch: &Arc<Watch>) -> Named<'s> {
        served.asks.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(token.to_owned(), watch.clone());
        Named(served, token.to_owned())
    }
}

impl Drop for Named<'_> {
    fn drop(&mut self) {
        self.0.asks.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&self.1);
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
            let version = std::fs::read_to_string(&path).map(|text| map_files::version_of(&text)).unwrap_or_default();
            let entry = MapEntry { file: path.display().to_string(), version, ..MapEntry::default() };
            let entry = match files::journey_map(&path) {
                Ok(map) => MapEntry {
                    stages: map.stages.iter().map(|stage| stage.name.clone()).collect(),
                    customers: measured.get(&map.id).copied(),
                    id: map.id,
                    title: map.title,
                    about: map.about,
                    review: map.review.map(|review| json!(review)),
                    ..entry
                },
                // Listed all the same: a map that vanishes without a word is looked for in vain.
                Err(error) => MapEntry { id: stem(&path), title: stem(&path), problem: Some(error.to_string()), ..entry },
            };
            if !entries.iter().any(|known| known.id == entry.id) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    fn measured(&self, id: &str) -> Result<Answer, Refusal> {
        let map = self.map(id)?;
        let asked = Asked { analysis: "map", question: &json!({}), map: None, token: None, fresh: false, gone: &Arc::default() };
        let answer = self.answer(&asked, Some(map)).map_err(refused)?;
        self.measured.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(id.to_owned(), answer.meta.customers);
        Ok(answer)
    }

    fn analyses(&self) -> Vec<AnalysisEntry> {
        analyses()
    }

    fn ask(&self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let map = self.light(asked.map)?;
        self.answer(asked, map).map_err(refused)
    }

    fn people(&self, asked: &Asked<'_>, place: &Value, at_most: usize) -> Result<People, Refusal> {
        let map = self.light(asked.map)?;
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
        self.check_may_change()?;
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

    fn run(&self, errand: Errand, gone: &Arc<AtomicBool>) -> Result<Value, Refusal> {
        if errand.changes() {
            self.check_may_change()?;
        }
        match errand {
            Errand::Workspace {} => self.workspace_told(),
            Errand::Vocabulary {} => self.vocabulary(),
            Errand::Catalogue {} => self.catalogue_told(),
            Errand::Identity {} => self.identity(),
            Errand::Storage {} => self.storage(),
            Errand::Sql { statement, map, declared, rows } => {
                let light = declared.map(Light::Declared).or(map.map(Light::Map));
                self.sql(statement, self.light(light.as_ref())?.as_ref(), rows, gone)
            }
            Errand::CustomerSearch { search, at_most } => self.search(&search, at_most),
            Errand::Templates {} => Ok(maps::templates()),
            Errand::MapFile { id } => self.map_file(&id),
            Errand::MapCheck { yaml, declared, against } => self.map_check(yaml, declared, against.as_deref()),
            Errand::MapWrite { id, yaml, declared, base, note } => self.map_write(&id, yaml, declared, base.as_deref(), &note),
            Errand::MapDelete { id, base } => self.map_delete(&id, &base),
            Errand::MapVersions { id } => self.map_versions(&id),
            Errand::MapVersion { id, version } => self.map_version(&id, &version),
            Errand::MapPropose { template, title } => self.map_propose(template.as_deref(), title.as_deref()),
            Errand::Shares {} => self.shares(),
            Errand::Share { map, question, group, beside } => self.share(&map, &question, group, beside),
            Errand::Unshare { token } => self.unshare(&token),
            Errand::Saved {} => self.saved(),
            Errand::Save { kind, id, object } => self.save(&kind, &id, &object),
            Errand::Unsave { kind, id } => self.unsave(&kind, &id),
            Errand::Upload { upload } => self.upload_look(&upload),
            Errand::UploadPreview { upload, mapping, mapping_toml } => self.upload_preview(&upload, mapping, mapping_toml),
            Errand::UploadImport { upload, mapping, mapping_toml } => self.upload_import(&upload, mapping, mapping_toml),
            Errand::UploadDelete { upload } => self.upload_delete(&upload),
            Errand::Job { job } => self.job(&job),
            Errand::Demo {} => self.demo(),
            Errand::Imports {} => self.imports(),
            Errand::ImportRejects { id, at_most } => self.import_rejects(id, at_most),
            Errand::Sources { hours } => self.sources(hours),
            Errand::SourceChange(change) => self.change_source(change),
            Errand::SourceRules { name } => self.source_rules(&name),
            Errand::SourceRulesWrite { name, toml } => self.write_rules(&name, &toml),
            Errand::SourcePlan { name } => self.source_plan(&name),
            Errand::Surveys {} => self.surveys(),
            Errand::SurveyTemplates {} => Ok(surveys::templates()),
            Errand::SurveyCheck { toml } => Ok(surveys::checked(&toml)),
            Errand::Survey { id } => self.survey(&id),
            Errand::SurveyWrite { id, toml, base } => self.survey_write(&id, &toml, base.as_deref()),
            Errand::SurveyDelete { id, base } => self.survey_delete(&id, &base),
            Errand::Watches {} => self.watches(),
            Errand::WatchTry { watch } => self.try_watch(&watch, gone),
            Errand::WatchTest { id } => self.test_telling(&id),
            Errand::Alerts { at_most } => self.alerts(at_most),
            Errand::AlertSee { id, who, take_back } => self.see_alert(id, &who, take_back),
            Errand::Cases { status, owner, at_most } => self.cases(&followup::CaseFilter { status, owner }, at_most),
            Errand::Case { id } => self.case(&id),
            Errand::CaseAct { id, who, act } => self.act(&id, &who, act),
            Errand::ExperimentAssign { experiment, unit, arms, holdout, holdout_name } => {
                experiments::assign(&unit, experiment, arms, holdout.as_deref(), holdout_name)
            }
            Errand::ExperimentPlan { base, deviation, effect, units, each_day, alpha, power, arms } => {
                experiments::plan(experiments::Asked {
                    base: base.as_deref(),
                    deviation: deviation.as_deref(),
                    effect: effect.as_deref(),
                    units: units.as_deref(),
                    each_day: each_day.as_deref(),
                    alpha: alpha.as_deref(),
                    power: power.as_deref(),
                    arms,
                })
            }
            Errand::Spend { table, campaigns, from, to } => self.spend(&table, campaigns, Period { from, to }),
            Errand::Quarantine { reason, source, at_most } => self.quarantine(reason.as_deref(), source.as_deref(), at_most),
            Errand::Replay { messages, reason, source } => self.replay(messages, reason.as_deref(), source.as_deref()),
        }
    }

    fn upload(&self, name: &str) -> Result<(String, PathBuf), Refusal> {
        self.check_may_change()?;
        self.new_upload(name)
    }

    fn progress(&self, token: &str) -> Option<(u64, u64)> {
        self.asks.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get(token).map(|watch| watch.progress())
    }

    fn signs(&self) -> Value {
        let snapshot = self.here.workspace().ok().and_then(|workspace| workspace.store.newest().ok());
        let saved = saved::Kind::ALL.map(|kind| self.here.data.join(saved::FOLDER).join(kind.name()));
        json!({"snapshot": snapshot, "maps": marks(self.files().into_iter()), "saved": marks(saved.into_iter()),
            "surveys": marks([self.here.data.join(periplus_workspace::surveys::FOLDER)].into_iter())})
    }

    fn shared(&self, token: &str) -> Result<Shared, Refusal> {
        self.given(token)
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

impl Served {
    fn check_may_change(&self) -> Result<(), Refusal> {
        match self.may_change {
            true => Ok(()),
            false => Err(refusal(
                RefusalKind::Forbidden,
                "no_accounts",
                "Nobody may change anything here",
                "Others can reach this server, and there are no accounts yet by which it could know who asks.",
                "Use the command line, or a server that listens at a loopback address.",
            )),
        }
    }
}

/// What differs when one of these files or folders was changed.
fn marks(paths: impl Iterator<Item = PathBuf>) -> String {
    let mut text = String::new();
    for path in paths {
        let at = path.metadata().and_then(|meta| meta.modified()).ok();
        let at = at.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).map(|since| since.as_micros());
        text.push_str(&format!("{}:{};", path.display(), at.unwrap_or_default()));
    }
    map_files::version_of(&text)
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
        WorkspaceError::Query(_) => refusal(
            RefusalKind::Invalid,
            "bad_statement",
            "The statement cannot be answered",
            &error.to_string(),
            "docs/guide/sql.md says which tables and functions there are; statements only read.",
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
