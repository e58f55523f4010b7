//! A house to live in for one test: a data folder that goes away, and short ways to fill it and to ask.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests, of which each test file uses some"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use periplus_engine::Watch;
use periplus_intake::Mapping;
use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, Cohorts, Graph, Sequences, Steps, Table, View};
use periplus_model::measured::MeasuredMap;
use periplus_model::parts::Snapshot;
use periplus_simulate::{DataFile, Outlet, Scenario, simulate};
use periplus_workspace::import::Outcome;
use periplus_workspace::{Workspace, WorkspaceError};
use serde_json::{Value, json};

/// The first import is made at this time; each further one a second later.
pub const NOW: i64 = 1_800_000_000_000_000;

pub struct House {
    pub folder: tempfile::TempDir,
    pub workspace: Workspace,
    now: i64,
}

impl House {
    pub fn new() -> House {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::open_to_change(&folder.path().join("data")).unwrap();
        House { folder, workspace, now: NOW }
    }

    /// Over a data folder that is there.
    pub fn over(data: &Path) -> House {
        House { folder: tempfile::tempdir().unwrap(), workspace: Workspace::open_to_change(data).unwrap(), now: NOW }
    }

    pub fn now(&mut self) -> i64 {
        self.now += 1_000_000;
        self.now
    }

    /// A file outside of the data folder.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub fn try_import(&mut self, file: &Path, mapping: Option<&Mapping>) -> Result<Outcome, WorkspaceError> {
        let now = self.now();
        self.workspace.import(file, mapping, now, &|_| ())
    }

    pub fn import(&mut self, file: &Path, mapping: Option<&Mapping>) -> Outcome {
        let outcome = self.try_import(file, mapping).unwrap();
        let row = &outcome.row;
        assert_eq!(row.stored + row.duplicates, row.events + row.traits, "{row:?}");
        assert_eq!(row.rejected, row.reasons.iter().map(|(_, count)| count).sum::<u64>(), "{row:?}");
        outcome
    }

    /// Imports a text as a file of that name, without a mapping.
    pub fn take(&mut self, name: &str, text: &str) -> Outcome {
        let path = self.file(name, text);
        self.import(&path, None)
    }

    /// Lets go of the folder and opens it anew.
    pub fn reopen(mut self) -> House {
        let path = self.workspace.folder().to_owned();
        drop(self.workspace);
        self.workspace = Workspace::open_to_change(&path).unwrap();
        self
    }

    pub fn snapshot(&self) -> Snapshot {
        self.workspace.store.snapshot().unwrap()
    }

    pub fn ask(&self, analysis: &str, question: Value) -> Answer {
        self.ask_at(analysis, question, None, &self.snapshot())
    }

    pub fn ask_at(&self, analysis: &str, question: Value, map: Option<&JourneyMap>, snapshot: &Snapshot) -> Answer {
        self.workspace.ask(analysis, &question, &self.workspace.desk(map, snapshot, &Watch::default(), &|| 0.0)).unwrap()
    }

    pub fn measure(&self, map: &JourneyMap) -> MeasuredMap {
        match self.ask_at("map", json!({}), Some(map), &self.snapshot()).view {
            View::Map(map) => *map,
            other => panic!("{other:?}"),
        }
    }

    /// What the data says, whatever the parts look like: the views of several answers as text.
    pub fn answers(&self, map: Option<&JourneyMap>) -> String {
        self.answers_at(map, &self.snapshot())
    }

    pub fn answers_at(&self, map: Option<&JourneyMap>, snapshot: &Snapshot) -> String {
        let mut all = Vec::new();
        let mut questions = vec![
            ("overview", json!({})),
            ("follows", json!({})),
            ("follows", json!({"unit": "session"})),
            ("variants", json!({"top": 50})),
        ];
        if map.is_some() {
            questions.extend([("stages", json!({})), ("reach", json!({})), ("map", json!({}))]);
        }
        for (analysis, question) in questions {
            let answer = self.ask_at(analysis, question, map, snapshot);
            all.push(json!({"caption": answer.caption, "view": answer.view, "customers": answer.meta.customers,
                "events": answer.meta.events, "watermark": answer.meta.watermark}));
        }
        serde_json::to_string_pretty(&all).unwrap()
    }

    /// Every file of the data folder with its size, without what SQLite keeps for itself.
    pub fn files(&self) -> BTreeMap<String, u64> {
        let root = self.workspace.folder();
        let mut files = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    let name = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                    if !name.starts_with("state.db") {
                        files.insert(name, entry.metadata().unwrap().len());
                    }
                }
            }
        }
        files
    }

    pub fn is_sound(&self) {
        assert_eq!(self.workspace.verify(&|_, _| ()).unwrap(), Vec::<String>::new());
    }
}

pub fn table(answer: &Answer) -> &Table {
    match &answer.view {
        View::Table(table) => table,
        other => panic!("{other:?}"),
    }
}

pub fn steps(answer: &Answer) -> &Steps {
    match &answer.view {
        View::Steps(steps) => steps,
        other => panic!("{other:?}"),
    }
}

pub fn graph(answer: &Answer) -> &Graph {
    match &answer.view {
        View::Graph(graph) => graph,
        other => panic!("{other:?}"),
    }
}

pub fn sequences(answer: &Answer) -> &Sequences {
    match &answer.view {
        View::Sequences(sequences) => sequences,
        other => panic!("{other:?}"),
    }
}

pub fn cohorts(answer: &Answer) -> &Cohorts {
    match &answer.view {
        View::Cohorts(cohorts) => cohorts,
        other => panic!("{other:?}"),
    }
}

#[derive(Default)]
struct Memory(BTreeMap<DataFile, Vec<u8>>);

impl Outlet for Memory {
    fn write(&mut self, file: DataFile, bytes: &[u8]) -> std::io::Result<()> {
        self.0.entry(file).or_default().extend_from_slice(bytes);
        Ok(())
    }
}

/// The files of a small simulated retailer, without the truth.
pub fn retailer(customers: u64) -> Vec<(DataFile, Vec<u8>)> {
    let mut memory = Memory::default();
    simulate(&Scenario::clothing_retailer(), 11, Some(customers), &mut memory).unwrap();
    memory.0.into_iter().filter(|(file, _)| !file.is_truth()).collect()
}

pub fn import_retailer<'a>(house: &mut House, files: impl IntoIterator<Item = &'a (DataFile, Vec<u8>)>, mapping: &Mapping) {
    for (file, bytes) in files {
        let path = house.file(file.name(), bytes);
        house.import(&path, (*file != DataFile::WebApp).then_some(mapping));
    }
}

/// A file of the repository's examples.
pub fn example(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(path)).unwrap()
}

pub fn example_map(path: &str) -> JourneyMap {
    let (map, problems) = periplus_maps::check(&example(path));
    assert!(problems.is_empty(), "{path}: {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    map.unwrap()
}

pub fn example_mapping(path: &str) -> Mapping {
    Mapping::parse(&example(path)).unwrap()
}

/// A file of the reference data; `None`, said plainly, where that is absent.
pub fn reference(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PERIPLUS_REFERENCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference"));
    let file = root.join(path);
    if !file.exists() {
        println!("SKIPPED: the reference data is absent ({})", file.display());
        return None;
    }
    Some(file)
}

pub fn golden(name: &str) -> Option<Value> {
    let path = reference(&format!("golden/{name}"))?;
    // Python writes what JSON does not know.
    let text = fs::read_to_string(path).unwrap().replace(": NaN", ": null");
    Some(serde_json::from_str(&text).unwrap())
}
