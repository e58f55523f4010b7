//! Files that somebody sends over the network to be imported: looked at, tried, imported.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use periplus_engine::Watch;
use periplus_engine::profile::profile;
use periplus_intake::table::{Sample, read_bytes};
use periplus_intake::{Mapping, columnar};
use periplus_model::Instant;
use periplus_server::{Refusal, RefusalKind};
use periplus_store::ImportRow;
use periplus_workspace::import::{Outcome, Stage};
use periplus_workspace::{Workspace, WorkspaceError};
use serde_json::{Value, json};

use super::jobs::{Job, Progress};
use super::{Served, internal, refusal, refused};
use crate::collecting::Dice;
use crate::commands::import::take_head;
use crate::commands::{demo, lake};

/// The folder of files that were sent, below the data folder.
const FOLDER: &str = "uploads";
/// What nobody imported within this time is removed.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// A column is shown with so many values.
const SAMPLES: usize = 5;
const REJECTS_MAX: u64 = 50;

impl Served {
    pub(super) fn new_upload(&self, name: &str) -> Result<(String, PathBuf), Refusal> {
        let uploads = self.here.data.join(FOLDER);
        remove_old(&uploads);
        let mut dice = Dice::new().map_err(|error| internal(&error))?;
        let id = format!("{:016x}", dice.next());
        let folder = uploads.join(&id);
        fs::create_dir_all(&folder).map_err(|error| refused(WorkspaceError::io(&folder)(error)))?;
        Ok((id, folder.join(plain(name))))
    }

    /// The file of an upload.
    fn sent(&self, upload: &str) -> Result<PathBuf, Refusal> {
        let missing = || {
            refusal(
                RefusalKind::NotFound,
                "no_such_upload",
                "The file is not there",
                "It was imported, removed, or lay here for more than a day.",
                "Send it again.",
            )
        };
        if upload.is_empty() || !upload.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(missing());
        }
        let mut entries = fs::read_dir(self.here.data.join(FOLDER).join(upload)).map_err(|_| missing())?.flatten();
        entries.next().map(|entry| entry.path()).ok_or_else(missing)
    }

    pub(super) fn upload_look(&self, upload: &str) -> Result<Value, Refusal> {
        let path = self.sent(upload)?;
        let columns = columns(&path);
        let tried = self.try_out(&path, None);
        let (dialect, mapping, problem) = match &tried {
            Ok((outcome, ..)) => (Some(outcome.dialect.clone()), outcome.assumed.clone(), None),
            Err(problem) => (None, None, Some(problem.clone())),
        };
        let parsed = mapping.as_deref().and_then(|toml| Mapping::parse(toml).ok());
        let bytes = fs::metadata(&path).map(|meta| meta.len()).unwrap_or(0);
        let needs_mapping = dialect.as_deref().is_none_or(|dialect| dialect == "table");
        Ok(json!({"upload": upload, "name": name(&path), "bytes": bytes, "dialect": dialect, "needs_mapping": needs_mapping,
            "columns": columns, "mapping": parsed, "mapping_toml": mapping, "problem": problem}))
    }

    pub(super) fn upload_preview(&self, upload: &str, mapping: Option<Value>, toml: Option<String>) -> Result<Value, Refusal> {
        let path = self.sent(upload)?;
        let mapping = mapping_of(mapping, toml)?;
        let (outcome, workspace, _folder) = self.try_out(&path, mapping.as_ref()).map_err(|problem| unreadable(&problem))?;
        let seen = || -> Result<Value, WorkspaceError> {
            let snapshot = workspace.store.snapshot()?;
            let (watch, stopwatch) = (Watch::default(), self.here.stopwatch());
            let profile = profile(&workspace.desk(None, &snapshot, &watch, &stopwatch))?;
            let names: Vec<(String, u64)> = profile.events.into_iter().map(|event| (event.name, event.events)).collect();
            let mut rejects = Vec::new();
            workspace.rejects(&outcome.row, |rejected| {
                if (rejects.len() as u64) < REJECTS_MAX {
                    rejects.push(rejected);
                }
            })?;
            let samples: Vec<Value> = workspace
                .some_events(&snapshot, 20)?
                .into_iter()
                .map(|event| {
                    let properties = event.properties.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
                    json!({"time": event.time, "event": event.event, "id": event.distinct_id, "channel": event.channel, "properties": properties})
                })
                .collect();
            let census = workspace.store.census(0)?;
            let row = &outcome.row;
            Ok(json!({"rows": row.rows, "events": row.events, "traits": row.traits, "links": row.links, "rejected": row.rejected,
                "skipped": row.skipped, "reasons": row.reasons, "problem": row.problem, "rejects": rejects, "names": names,
                "customers": profile.customers, "identifiers": census.kinds, "samples": samples, "dialect": outcome.dialect}))
        };
        seen().map_err(refused)
    }

    pub(super) fn upload_import(&self, upload: &str, mapping: Option<Value>, toml: Option<String>) -> Result<Value, Refusal> {
        let path = self.sent(upload)?;
        let mapping = mapping_of(mapping, toml)?;
        let here = self.here.clone();
        let job = self.jobs.begin(format!("import of {}", name(&path)), move |progress| {
            let mut workspace = here.workspace_to_change()?;
            let outcome = workspace.import(&path, mapping.as_ref(), here.now(), &|stage| tell(progress, stage))?;
            lake::compact_if_wanted(&here, &mut workspace)?;
            if let Some(folder) = path.parent() {
                let _ = fs::remove_dir_all(folder);
            }
            Ok(json!(outcome))
        });
        Ok(json!({"job": job.map_err(|error| internal(&error))?}))
    }

    pub(super) fn upload_delete(&self, upload: &str) -> Result<Value, Refusal> {
        let path = self.sent(upload)?;
        if let Some(folder) = path.parent() {
            fs::remove_dir_all(folder).map_err(|error| refused(WorkspaceError::io(folder)(error)))?;
        }
        Ok(json!({"removed": upload}))
    }

    pub(super) fn demo(&self) -> Result<Value, Refusal> {
        let workspace = self.workspace().map_err(refused)?;
        if workspace.store.newest().map_err(|error| refused(error.into()))? > 0 {
            return Err(refusal(
                RefusalKind::Conflict,
                "not_empty",
                "There are data already",
                "The demo company would be mixed with what is here.",
                "Try it in a folder of its own: `periplus demo --data DIR`.",
            ));
        }
        let here = self.here.clone();
        let job = self.jobs.begin("demo company".to_owned(), move |progress| {
            progress.say("simulating a retailer", 0, 0);
            demo::fill(&here, demo::CUSTOMERS, demo::SEED, &|what, done, total| progress.say(what, done, total))?;
            Ok(json!({"map": "retailer"}))
        });
        Ok(json!({"job": job.map_err(|error| internal(&error))?}))
    }

    pub(super) fn job(&self, job: &str) -> Result<Value, Refusal> {
        let told = |job: Job| json!(job);
        self.jobs.get(job).map(told).ok_or_else(|| {
            refusal(
                RefusalKind::NotFound,
                "no_such_job",
                "There is no such job",
                "It is long over, or the server was started anew.",
                "GET /api/imports lists what was imported.",
            )
        })
    }

    pub(super) fn imports(&self) -> Result<Value, Refusal> {
        let imports = self.workspace().and_then(|workspace| Ok(workspace.store.imports()?)).map_err(refused)?;
        let told = |row: ImportRow| {
            let mut told = json!(row);
            told["at"] = json!(Instant(row.at));
            told
        };
        Ok(json!({"imports": imports.into_iter().rev().map(told).collect::<Vec<_>>()}))
    }

    pub(super) fn import_rejects(&self, id: u64, at_most: u64) -> Result<Value, Refusal> {
        let workspace = self.workspace().map_err(refused)?;
        let imports = workspace.store.imports().map_err(|error| refused(error.into()))?;
        let import = imports.into_iter().find(|import| import.id == id).ok_or_else(|| {
            refusal(
                RefusalKind::NotFound,
                "no_such_import",
                "There is no such import",
                &format!("No import has the number {id}."),
                "GET /api/imports lists them.",
            )
        })?;
        let mut rejects = Vec::new();
        let each = |rejected| {
            if (rejects.len() as u64) < at_most.min(10_000) {
                rejects.push(rejected);
            }
        };
        workspace.rejects(&import, each).map_err(refused)?;
        Ok(json!({"total": import.rejected, "rejects": rejects}))
    }

    /// Imports the beginning of a file into a folder that vanishes.
    fn try_out(&self, path: &Path, mapping: Option<&Mapping>) -> Result<(Outcome, Workspace, tempfile::TempDir), String> {
        let tried = || -> anyhow::Result<_> {
            let folder = tempfile::tempdir()?;
            let head = folder.path().join(name(path));
            take_head(path, &head)?;
            let mut workspace = Workspace::open_to_change(&folder.path().join("data"))?;
            let outcome = workspace.import(&head, mapping, self.here.now(), &|_| ()).map_err(|error| match error {
                // Where the copy of its beginning lies is nobody's business.
                WorkspaceError::Intake { error, .. } => anyhow::Error::from(*error),
                other => other.into(),
            })?;
            Ok((outcome, workspace, folder))
        };
        tried().map_err(|error| format!("{error:#}"))
    }
}

fn tell(progress: &Progress, stage: Stage) {
    match stage {
        Stage::Reading { done, total, rows } => {
            progress.rows(rows);
            progress.say("reading", done, total);
        }
        Stage::Stitching => progress.say("finding out who is who", 0, 0),
        Stage::Writing { done, total } => progress.say("sorting and writing", done, total),
    }
}

fn mapping_of(mapping: Option<Value>, toml: Option<String>) -> Result<Option<Mapping>, Refusal> {
    let wrong = |detail: String| {
        refusal(RefusalKind::Invalid, "bad_mapping", "The mapping is wrong", &detail, "docs/guide/mapping.md explains mappings.")
    };
    match (toml, mapping) {
        (Some(toml), _) => Mapping::parse(&toml).map(Some).map_err(|error| wrong(error.to_string())),
        // By way of its text, so that it is checked like a file.
        (None, Some(mapping)) => serde_json::from_value::<Mapping>(mapping)
            .map_err(|error| wrong(error.to_string()))
            .and_then(|mapping| mapping.to_toml().map_err(|error| wrong(error.to_string())))
            .and_then(|toml| Mapping::parse(&toml).map_err(|error| wrong(error.to_string())))
            .map(Some),
        (None, None) => Ok(None),
    }
}

fn unreadable(problem: &str) -> Refusal {
    refusal(
        RefusalKind::Invalid,
        "unreadable_file",
        "The file cannot be read",
        problem,
        "CSV, TSV, JSON Lines, Parquet and XES can be, also as gzip or zstd.",
    )
}

/// The columns of a table with some of their values; none where it is no table.
fn columns(path: &Path) -> Vec<Value> {
    let mut sample = Sample::default();
    let mut read = || -> Option<()> {
        let mut head = Vec::new();
        File::open(path).ok()?.take(256 << 10).read_to_end(&mut head).ok()?;
        match head.starts_with(b"PAR1") {
            true => columnar::sample(File::open(path).ok()?, &mut sample).ok(),
            false => read_bytes(&name(path), head, &mut sample).ok(),
        }
    };
    let _ = read();
    let column = |(at, column): (usize, &String)| {
        let values = sample.rows.iter().filter_map(|row| row.get(at)).filter(|value| !value.is_null());
        let mut texts: Vec<String> = Vec::new();
        for value in values {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if !text.is_empty() && !texts.contains(&text) && texts.len() < SAMPLES {
                texts.push(text.chars().take(200).collect());
            }
        }
        json!({"name": column, "sample": texts})
    };
    sample.columns.names().iter().enumerate().map(column).collect()
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| "file".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The name of a file that leads nowhere else: it is what mappings are matched with and what imports are called.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    let safe = safe.trim_start_matches('.');
    if safe.is_empty() { "file".to_owned() } else { safe.to_owned() }
}

fn remove_old(uploads: &Path) {
    #[expect(clippy::disallowed_methods, reason = "the program is where clocks are read")]
    let now = SystemTime::now();
    for entry in fs::read_dir(uploads).into_iter().flatten().flatten() {
        let written = entry.metadata().and_then(|meta| meta.modified()).ok();
        if written.and_then(|written| now.duration_since(written).ok()).is_some_and(|age| age > KEPT) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_lead_nowhere() {
        for (sent, kept) in [
            ("orders.csv", "orders.csv"),
            ("../../etc/passwd", "passwd"),
            ("C:\\data\\a b.csv", "a b.csv"),
            ("..", "file"),
            (".hidden", "hidden"),
            ("a\0b\n.csv", "ab.csv"),
            ("", "file"),
        ] {
            assert_eq!(plain(sent), kept);
        }
    }
}
