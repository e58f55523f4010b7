//! `periplus import`: files become events, traits and customers.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use anyhow::{Context, bail};
use indicatif::{HumanCount, HumanDuration};
use periplus_intake::Mapping;
use periplus_model::time::Instant;
use periplus_picture::numbers::second;
use periplus_store::ImportRow;
use periplus_workspace::import::{Outcome, Rejected, Stage};
use periplus_workspace::{Workspace, WorkspaceError};
use serde::Serialize;

use super::lake;
use crate::files;
use crate::here::{Here, Output};

/// Import files of interactions and customer data.
///
/// CSV, TSV, JSON Lines, Parquet (each also as gzip or zstd) and XES. Segment's calls, the GA4 export, XES, and tables
/// with an obvious time, identifier and event column need no mapping. Rows that cannot be understood are put into
/// quarantine with file, line and reason; the others are imported. Importing a file again adds nothing.
///
/// The exit code is 0 when every row of every file is in the lake (or is left out by the mapping), else 1.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Import {
    /// The files
    #[arg(value_name = "FILE", required_unless_present_any = ["rejects", "list", "schema"])]
    files: Vec<PathBuf>,
    /// What the columns mean, as a TOML file (docs/guide/mapping.md explains it)
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Print the mapping that would be assumed for a table, and import nothing
    #[arg(long, requires = "files", conflicts_with = "mapping")]
    guess: bool,
    /// Rows in quarantine do not make the exit code 1
    #[arg(long)]
    lenient: bool,
    /// Leave small parts as they are; `periplus lake compact` joins them later
    #[arg(long)]
    no_compact: bool,
    /// Show the refused rows of all imports, newest first
    #[arg(long, conflicts_with_all = ["files", "mapping", "guess"])]
    rejects: bool,
    /// With --rejects: only those of this import (`--list` has the numbers)
    #[arg(long, value_name = "N", requires = "rejects")]
    of: Option<u64>,
    /// With --rejects: show at most so many rows of each import; 20 without it, and all with --json
    #[arg(long, value_name = "N", requires = "rejects")]
    limit: Option<u64>,
    /// List what was imported
    #[arg(long, conflicts_with_all = ["files", "mapping", "guess", "rejects"])]
    list: bool,
    /// Print the JSON schema of mapping files, for editors
    #[arg(long, conflicts_with_all = ["files", "mapping", "guess", "rejects", "list"])]
    schema: bool,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  periplus import web.jsonl.gz
  periplus import orders.csv crm.csv --mapping mapping.toml
  periplus import orders.csv --guess > mapping.toml      a mapping to start from
  periplus import --rejects                              what was refused, and why";

impl Import {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let here = &here.printing(&self.output);
        if self.schema {
            here.say_json(&Mapping::schema())?;
            return Ok(ExitCode::SUCCESS);
        }
        if self.list {
            return list(here);
        }
        if self.rejects {
            return rejects(here, self.of, self.limit.unwrap_or(if here.json { u64::MAX } else { 20 }));
        }
        if self.guess {
            return self.print_guess(here);
        }
        let mapping = self.mapping.as_deref().map(read_mapping).transpose()?;
        let mut workspace = here.workspace_to_change()?;
        let told = import_all(here, &mut workspace, &self.files, mapping.as_ref())?;
        if !self.no_compact {
            lake::compact_if_wanted(here, &mut workspace)?;
        }
        if here.json {
            here.say_json(&told)?;
        } else if told.iter().any(|told| told.outcome.as_ref().is_some_and(|o| o.row.rejected > 0)) {
            here.remark("`periplus import --rejects` shows the refused rows.");
        }
        let in_full = told.iter().all(|told| told.in_full(self.lenient));
        Ok(if in_full { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn print_guess(&self, here: &Here) -> anyhow::Result<ExitCode> {
        // The guess is what an import would say; so it is an import, into a folder that vanishes, of the file's first rows.
        let folder = tempfile::tempdir()?;
        for file in &self.files {
            let name = file.file_name().context("a file is needed, not a folder")?;
            let head = folder.path().join(name);
            take_head(file, &head)?;
            let mut workspace = Workspace::open_to_change(&folder.path().join("data"))?;
            let outcome = workspace.import(&head, None, here.now(), &|_| ()).map_err(|error| match error {
                // Where the copy of its beginning lies is nobody's business.
                WorkspaceError::Intake { error, .. } => anyhow::Error::from(*error).context(file.display().to_string()),
                other => other.into(),
            })?;
            match outcome.assumed {
                Some(mapping) => here.say(mapping)?,
                None => here.remark(format!("{} is of the dialect {}, which needs no mapping", file.display(), outcome.dialect)),
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// How the import of one file ended.
#[derive(Serialize)]
pub struct Told {
    file: String,
    #[serde(flatten)]
    outcome: Option<Outcome>,
    error: Option<String>,
    seconds: f64,
}

impl Told {
    fn in_full(&self, lenient: bool) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.row.problem.is_none() && (lenient || outcome.row.rejected == 0))
    }
}

/// Imports files one after another; a file that cannot be read does not stop the others.
pub fn import_all(here: &Here, workspace: &mut Workspace, files: &[PathBuf], mapping: Option<&Mapping>) -> anyhow::Result<Vec<Told>> {
    let mut all = Vec::new();
    for file in files {
        let start = here.elapsed();
        let result = import_one(here, workspace, file, mapping);
        let seconds = (here.elapsed() - start).as_secs_f64();
        let told = match result {
            Ok(outcome) => Told { file: file.display().to_string(), outcome: Some(outcome), error: None, seconds },
            Err(error) => {
                here.error(&error);
                Told { file: file.display().to_string(), outcome: None, error: Some(format!("{error:#}")), seconds }
            }
        };
        if !here.json
            && let Some(outcome) = &told.outcome
        {
            tell(here, outcome, seconds)?;
        }
        all.push(told);
    }
    Ok(all)
}

fn import_one(here: &Here, workspace: &mut Workspace, file: &Path, mapping: Option<&Mapping>) -> anyhow::Result<Outcome> {
    let name = file.file_name().map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned());
    let bar = here.bar(&name, 0);
    let started = here.elapsed();
    let phase = Mutex::new(0_u8);
    let enter = |number: u8, total: u64| {
        let mut phase = phase.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if *phase != number {
            *phase = number;
            bar.reset();
        }
        bar.set_length(total);
    };
    let outcome = workspace.import(file, mapping, here.now(), &|stage| match stage {
        Stage::Reading { done, total, rows } => {
            enter(1, total);
            bar.set_position(done);
            let seconds = (here.elapsed() - started).as_secs_f64();
            bar.set_message(format!("{} rows  {} rows/s", HumanCount(rows), HumanCount((rows as f64 / seconds.max(1e-3)) as u64)));
        }
        Stage::Stitching => {
            enter(2, 1);
            bar.set_message("finding out who is who");
        }
        Stage::Writing { done, total } => {
            enter(3, total);
            bar.set_position(done);
            bar.set_message("sorting and writing");
        }
    });
    bar.finish_and_clear();
    Ok(outcome?)
}

/// What became of a file, in a few lines.
fn tell(here: &Here, outcome: &Outcome, seconds: f64) -> anyhow::Result<()> {
    let row = &outcome.row;
    let mut parts = vec![format!("{} rows", HumanCount(row.rows)), format!("{} stored", HumanCount(row.stored))];
    for (count, word) in [(row.duplicates, "known already"), (row.skipped, "left out by the mapping"), (row.rejected, "refused")] {
        if count > 0 {
            parts.push(format!("{} {word}", HumanCount(count)));
        }
    }
    let speed = HumanCount((row.rows as f64 / seconds.max(1e-3)) as u64);
    here.say(format!("{} ({}): {}; {seconds:.1} s, {speed} rows/s", row.file, outcome.dialect, parts.join(", ")))?;
    if !row.reasons.is_empty() {
        let reasons: Vec<String> = row.reasons.iter().map(|(reason, count)| format!("{reason} {}", HumanCount(*count))).collect();
        here.say(format!("  refused: {}", reasons.join(", ")))?;
    }
    if let Some(problem) = &row.problem {
        here.say(format!("  the file breaks off {problem}; what came before it is imported"))?;
    }
    if outcome.assumed.is_some() {
        here.say("  without a mapping, the meaning of its columns was guessed: `--guess` prints how")?;
    }
    Ok(())
}

/// Reads a mapping file.
fn read_mapping(path: &Path) -> anyhow::Result<Mapping> {
    Mapping::parse(&files::text(path)?).with_context(|| path.display().to_string())
}

/// Copies the beginning of a file; a Parquet file has its meaning at the end and is copied whole.
pub fn take_head(from: &Path, to: &Path) -> anyhow::Result<()> {
    const HEAD: u64 = 1 << 20;
    if from.is_dir() {
        bail!("{} is a folder; name the files in it", from.display());
    }
    let copy = || -> std::io::Result<()> {
        let mut file = std::fs::File::open(from)?;
        let mut magic = [0; 4];
        let length = file.read(&mut magic)?;
        let rest = if magic.get(..length) == Some(b"PAR1") { u64::MAX } else { HEAD };
        let mut out = std::fs::File::create(to)?;
        std::io::copy(&mut (magic.get(..length).unwrap_or_default()).chain(file).take(rest), &mut out)?;
        Ok(())
    };
    copy().with_context(|| from.display().to_string())
}

fn list(here: &Here) -> anyhow::Result<ExitCode> {
    let imports = here.workspace()?.store.imports()?;
    if here.json {
        here.say_json(&imports)?;
        return Ok(ExitCode::SUCCESS);
    }
    here.say(format!("{:>4}  {:20}  {:>12}  {:>12}  {:>9}  file", "no", "when", "rows", "stored", "refused"))?;
    for row in imports {
        let when = second(Instant(row.at));
        let note = if row.problem.is_some() { "  (broke off)" } else { "" };
        let (rows, stored, rejected) = (HumanCount(row.rows), HumanCount(row.stored), HumanCount(row.rejected));
        here.say(format!(
            "{:>4}  {when:20}  {:>12}  {:>12}  {:>9}  {}{note}",
            row.id,
            rows.to_string(),
            stored.to_string(),
            rejected.to_string(),
            row.file
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn rejects(here: &Here, of: Option<u64>, limit: u64) -> anyhow::Result<ExitCode> {
    let workspace = here.workspace()?;
    let imports = workspace.store.imports()?;
    if let Some(wanted) = of
        && !imports.iter().any(|row| row.id == wanted)
    {
        bail!("there is no import {wanted}; `periplus import --list` has the numbers");
    }
    let chosen: Vec<&ImportRow> = imports.iter().rev().filter(|row| row.rejected > 0 && of.is_none_or(|wanted| row.id == wanted)).collect();
    if chosen.is_empty() {
        here.remark("No row was refused.");
    }
    for row in chosen {
        if !here.json {
            let when = HumanDuration(std::time::Duration::from_micros(here.now().saturating_sub(row.at).max(0).unsigned_abs()));
            here.say(format!("{}: {} of {} rows refused, {when} ago", row.file, HumanCount(row.rejected), HumanCount(row.rows)))?;
        }
        let (mut shown, mut printed) = (0, Ok(()));
        workspace.rejects(row, |rejected| {
            shown += 1;
            if shown <= limit && printed.is_ok() {
                printed = show(here, row, &rejected);
            }
        })?;
        printed?;
        if shown > limit && !here.json {
            here.say(format!("  ... and {} more (`--of {} --limit {shown}` shows all)", HumanCount(shown - limit), row.id))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(here: &Here, import: &ImportRow, rejected: &Rejected) -> std::io::Result<()> {
    if here.json {
        // One row per line, so that other programs can read as it comes.
        let row = serde_json::json!({"import": import.id, "file": import.file, "line": rejected.line, "reason": rejected.reason,
            "detail": rejected.detail, "raw": rejected.raw});
        return here.say(row);
    }
    here.say(format!("  {}:{}: {}: {}", import.file, rejected.line, rejected.reason, rejected.detail))?;
    let raw: String = rejected.raw.chars().take(160).map(|c| if c.is_control() { '·' } else { c }).collect();
    if raw.is_empty() { Ok(()) } else { here.say(format!("      {raw}")) }
}
