//! One workspace: a data folder with everything a brand knows of its customers.
//!
//! The lake keeps rows, the store keeps what changes in transactions, intake reads files, stitch says who is who, the
//! engine answers questions and `query` those in SQL; none of them knows all the others. This crate is where they meet: it
//! opens the folder ([`Workspace`]), imports files ([`import`]), keeps what was collected ([`landing`]) by what the team says about its sources ([`sources`]), settles identities ([`identity`]) by [`evidence`], keeps [`surveys`] and knows who was asked, counts [`names`] of events, tells a
//! customer's journey ([`customer`]) and everything that is held about one ([`dossier`]), lets one vanish ([`erase`]), keeps the parts few and sound ([`upkeep`]) and writes event
//! logs for other tools ([`event_log`]) and backups ([`backup`]). The command line and the server both work through it.
//!
//! Time is an argument here (`now`); nothing in this crate reads a clock or prints.
//!
//! A data folder holds `state.db` (the store), `lake/` (the parts), `quarantine/` (refused rows), `LOCK`, and, if the
//! team changed anything, `settings.toml`.

pub mod backup;
pub mod customer;
pub mod dossier;
pub mod erase;
pub mod event_log;
pub mod evidence;
pub mod followup;
pub mod identity;
pub mod import;
mod inflow;
pub mod landing;
pub mod map_files;
pub mod names;
mod query;
pub mod replay;
mod rows;
pub mod saved;
pub mod sources;
pub mod surveys;
pub mod upkeep;
mod whole;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use periplus_engine::{Columns, Desk, Elsewhere, EngineError, Share, Watch};
use periplus_intake::IntakeError;
use periplus_lake::{Lake, LakeError};
use periplus_log::LogError;
use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, People, View};
use periplus_model::finding::Example;
use periplus_model::identity::CustomerKey;
use periplus_model::parts::Snapshot;
use periplus_query::QueryError;
use periplus_stitch::Rules;
use periplus_store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::erase::Privacy;
use crate::names::Limits;

/// An open data folder.
pub struct Workspace {
    folder: PathBuf,
    /// The lake.
    pub lake: Lake,
    /// The store.
    pub store: Store,
    /// The team's settings.
    pub settings: Settings,
    /// What is kept in memory of the lake between questions.
    pub columns: Arc<Columns>,
    /// For how long older versions can be asked before a compaction lets go of them (microseconds).
    pub history: i64,
    /// Other machines that count instead of this one, if there are any.
    pub elsewhere: Option<Arc<dyn Elsewhere>>,
    lock: Option<File>,
}

/// What a team may set for its workspace, in `settings.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The rules of stitching.
    pub identity: Rules,
    /// What is kept, and for how long.
    pub privacy: Privacy,
    /// How much there may be of what strangers can make up.
    pub limits: Limits,
    /// How people are asked.
    pub surveys: surveys::Rules,
    /// How people are told what is out of line.
    pub followup: followup::Rules,
    /// Through whom letters go; none do when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<periplus_followup::MailSettings>,
}

/// What can go wrong with a workspace.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The file system refused.
    #[error("{path}: {error}")]
    Io {
        /// Which file or folder.
        path: String,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// Somebody else is changing the folder.
    #[error("another process is changing {0}; wait for it to finish")]
    Locked(String),
    /// The settings cannot be read.
    #[error("{path}: {message}")]
    Settings {
        /// The file.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// The disk is full.
    #[error("the disk is full; nothing was changed. Make room and try again ({0})")]
    DiskFull(String),
    /// The lake failed.
    #[error(transparent)]
    Lake(LakeError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// The log failed.
    #[error(transparent)]
    Log(LogError),
    /// A question failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A question in SQL failed.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A file could not be read.
    #[error("{file}: {error}")]
    Intake {
        /// The file.
        file: String,
        /// Why.
        #[source]
        error: Box<IntakeError>,
    },
    /// Something that was asked for is not there, or makes no sense.
    #[error("{0}")]
    Refused(String),
}

impl From<LakeError> for WorkspaceError {
    fn from(error: LakeError) -> WorkspaceError {
        if error.is_disk_full() { WorkspaceError::DiskFull(error.to_string()) } else { WorkspaceError::Lake(error) }
    }
}

impl From<StoreError> for WorkspaceError {
    fn from(error: StoreError) -> WorkspaceError {
        if error.is_disk_full() { WorkspaceError::DiskFull(error.to_string()) } else { WorkspaceError::Store(error) }
    }
}

impl WorkspaceError {
    /// What the file system said about a file or folder.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> WorkspaceError {
        move |error| {
            let path = path.display().to_string();
            if is_full(&error) { WorkspaceError::DiskFull(path) } else { WorkspaceError::Io { path, error } }
        }
    }
}

pub(crate) fn is_full(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::StorageFull
}

impl Workspace {
    /// Opens a data folder to read from it. A folder that is not there is not made.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open(folder: &Path) -> Result<Workspace, WorkspaceError> {
        if !folder.join("state.db").exists() {
            return Err(WorkspaceError::Refused(format!(
                "there is no data in {}; import some with `periplus import FILE`, or try `periplus demo`",
                folder.display()
            )));
        }
        Workspace::at(folder)
    }

    /// Opens a data folder to change it, making it when it is missing, and holds its lock until dropped. Whatever an
    /// interrupted change left behind is removed.
    ///
    /// # Errors
    /// When another process holds the lock, or the folder cannot be made or read.
    pub fn open_to_change(folder: &Path) -> Result<Workspace, WorkspaceError> {
        fs::create_dir_all(folder).map_err(WorkspaceError::io(folder))?;
        let path = folder.join("LOCK");
        let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(WorkspaceError::io(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(WorkspaceError::Locked(folder.display().to_string())),
            Err(fs::TryLockError::Error(error)) => return Err(WorkspaceError::io(&path)(error)),
        }
        let mut workspace = Workspace::at(folder)?;
        workspace.lock = Some(lock);
        workspace.tidy()?;
        Ok(workspace)
    }

    /// Removes every file that no commit knows: what an interrupted change left behind.
    fn tidy(&self) -> Result<(), WorkspaceError> {
        let live = self.store.live_files()?;
        let quarantine = self.folder.join(import::QUARANTINE);
        let mut refused = Vec::new();
        if quarantine.exists() {
            let kept: HashSet<PathBuf> =
                self.store.imports()?.into_iter().filter_map(|i| i.quarantine).map(|q| self.folder.join(q)).collect();
            for entry in fs::read_dir(&quarantine).map_err(WorkspaceError::io(&quarantine))? {
                let path = entry.map_err(WorkspaceError::io(&quarantine))?.path();
                refused.extend((path.is_file() && !kept.contains(&path)).then_some(path));
            }
        }
        if !(refused.is_empty() && self.lake.strays(&live)?.is_empty()) {
            self.store.settle_failed()?;
        }
        self.lake.sweep(&live)?;
        refused.iter().try_for_each(|path| fs::remove_file(path).map_err(WorkspaceError::io(path)))?;
        backup::clear(&self.folder)?;
        let unpacked = self.folder.join(import::UNPACKED);
        if unpacked.exists() {
            fs::remove_file(&unpacked).map_err(WorkspaceError::io(&unpacked))?;
        }
        Ok(())
    }

    /// Changes the folder, if it was opened for that, and takes away what a failed change has written. Where even that
    /// fails, the next opening does it.
    fn change<T>(&mut self, change: impl FnOnce(&mut Workspace) -> Result<T, WorkspaceError>) -> Result<T, WorkspaceError> {
        if self.lock.is_none() {
            return Err(WorkspaceError::Refused("the data folder was opened for reading only".to_owned()));
        }
        let result = change(self);
        if result.is_err() {
            let _ = self.tidy();
        }
        result
    }

    fn at(folder: &Path) -> Result<Workspace, WorkspaceError> {
        let store = Store::open(&folder.join("state.db"))?;
        let lake = Lake::open(folder.join("lake"))?;
        let path = folder.join("settings.toml");
        let settings = match fs::read_to_string(&path) {
            Ok(text) => {
                toml::from_str(&text).map_err(|e| WorkspaceError::Settings { path: path.display().to_string(), message: e.to_string() })?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Settings::default(),
            Err(error) => return Err(WorkspaceError::io(&path)(error)),
        };
        Ok(Workspace {
            folder: folder.to_owned(),
            lake,
            store,
            settings,
            columns: Arc::default(),
            history: upkeep::HISTORY,
            elsewhere: None,
            lock: None,
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What questions are asked of. `map` is needed by questions that speak of stages or touchpoints.
    pub fn desk<'a>(
        &'a self,
        map: Option<&'a JourneyMap>,
        snapshot: &'a Snapshot,
        watch: &'a Watch,
        stopwatch: &'a (dyn Fn() -> f64 + Sync),
    ) -> Desk<'a> {
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get());
        let (lake, columns, elsewhere) = (&self.lake, &*self.columns, self.elsewhere.as_deref());
        Desk { lake, snapshot, map, columns, watch, threads, share: Share::ALL, elsewhere, stopwatch }
    }

    /// Answers a question.
    ///
    /// # Errors
    /// When the question is wrong or the lake cannot be read.
    pub fn ask(&self, analysis: &str, question: &Value, desk: &Desk<'_>) -> Result<Answer, WorkspaceError> {
        let question = self.with_kept(analysis, question)?;
        let mut answer = periplus_engine::analysis(analysis)?.answer(&question, desk)?;
        self.name_examples(&mut answer, desk.snapshot)?;
        Ok(answer)
    }

    /// Says what the customers are called whose journeys are examples.
    fn name_examples(&self, answer: &mut Answer, snapshot: &Snapshot) -> Result<(), WorkspaceError> {
        let slices = answer.groups.iter_mut().chain(answer.compared.as_mut()).map(|slice| &mut slice.view);
        let views = std::iter::once(&mut answer.view).chain(slices);
        let told = views.filter_map(|view| if let View::Findings(told) = view { Some(told) } else { None });
        let mut examples: Vec<&mut Example> = told.flat_map(|told| &mut told.findings).flat_map(|finding| &mut finding.examples).collect();
        if examples.is_empty() {
            return Ok(());
        }
        let names = self.names(&examples.iter().map(|example| CustomerKey(example.key)).collect(), snapshot)?;
        for example in &mut examples {
            example.customer = names.get(&CustomerKey(example.key)).cloned();
        }
        Ok(())
    }

    /// A question with what people keep that changes its answer: how they say that texts are meant, and which findings they dismissed. What the
    /// question says itself goes before.
    ///
    /// # Errors
    /// When what is kept cannot be read.
    pub fn with_kept<'q>(&self, analysis: &str, question: &'q Value) -> Result<Cow<'q, Value>, WorkspaceError> {
        let mut all = Vec::new();
        if ["comments", "kpis", "findings", "map"].contains(&analysis) {
            all.push(("corrected", self.labels()?));
        }
        if analysis == "map" {
            all.push(("dismissed", serde_json::to_value(saved::dismissed(&self.folder)?).unwrap_or_default()));
        }
        let mut question = Cow::Borrowed(question);
        for (name, kept) in all {
            let (Value::Object(mut kept), true) = (kept, question.is_object()) else { continue };
            if kept.is_empty() {
                continue;
            }
            if let Some(own) = question.get(name).and_then(Value::as_object) {
                kept.extend(own.clone());
            }
            question.to_mut()[name] = Value::Object(kept);
        }
        Ok(question)
    }

    /// How people say that texts are meant, as a question for comments says it.
    fn labels(&self) -> Result<Value, WorkspaceError> {
        let said = saved::all(&self.folder, saved::Kind::Labels)?;
        Ok(Value::Object(said.into_iter().filter_map(|(hash, mut label)| Some((hash, label.remove("label")?))).collect()))
    }

    /// The people behind one count of an answer, by name: as many as the count, of whom `at_most` are listed.
    ///
    /// # Errors
    /// When the question or the place is wrong, or lake or store cannot be read.
    pub fn people(
        &self,
        analysis: &str,
        question: &Value,
        place: &Value,
        at_most: usize,
        desk: &Desk<'_>,
    ) -> Result<People, WorkspaceError> {
        let question = self.with_kept(analysis, question)?;
        let mut people = periplus_engine::analysis(analysis)?.people(&question, place, at_most, desk)?;
        let nameless = people.people.iter().filter(|person| person.customer.is_none()).map(|person| CustomerKey(person.key));
        let names = self.names(&nameless.collect(), desk.snapshot)?;
        for person in people.people.iter_mut().filter(|person| person.customer.is_none()) {
            person.customer = names.get(&CustomerKey(person.key)).cloned();
        }
        Ok(people)
    }
}
