//! Importing files: every row becomes stored, duplicate, quarantined or skipped, and all of a file is visible at once.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use periplus_intake::{Compression, Format, Input, IntakeError, Mapping, Plan, Progress, Reject, Summary, decompress, sniff};
use periplus_lake::{Import, Rewrite};
use periplus_model::identity::CustomerKey;
use periplus_store::{Commit, ImportRow, Moved};
use serde::{Deserialize, Serialize};

use crate::inflow::{Inflow, Refusals};
use crate::{Workspace, WorkspaceError, is_full, sources};

/// Where a compressed Parquet file is unpacked while it is read.
pub(crate) const UNPACKED: &str = "unpacked.parquet";
/// The folder of the refused rows.
pub(crate) const QUARANTINE: &str = "quarantine";

/// How far an import is.
#[derive(Clone, Copy, Debug)]
pub enum Stage {
    /// Reading: so many of so many bytes (or rows, for Parquet), and rows so far.
    Reading {
        /// Bytes or rows read.
        done: u64,
        /// Of so many.
        total: u64,
        /// Rows so far.
        rows: u64,
    },
    /// Finding out who is who.
    Stitching,
    /// Sorting and writing: so many of so many key ranges.
    Writing {
        /// Ranges written.
        done: u64,
        /// Of so many.
        total: u64,
    },
}

/// How an import went.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// The counts, as they are kept.
    pub row: ImportRow,
    /// How the file was understood.
    pub dialect: String,
    /// What was assumed about a table without a mapping, as a mapping file.
    pub assumed: Option<String>,
    /// How many identifiers became somebody else's.
    pub changed_identifiers: u64,
}

/// A refused row, as it waits in quarantine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rejected {
    /// Line or row of the file, from 1.
    pub line: u64,
    /// The reason's code.
    pub reason: String,
    /// What exactly is wrong.
    pub detail: String,
    /// The row, its first 2 KiB.
    pub raw: String,
}

impl Workspace {
    /// Imports one file.
    ///
    /// A file that breaks off is imported up to there, and the outcome says so.
    ///
    /// # Errors
    /// When the file cannot be read at all or something cannot be written; nothing has changed then.
    pub fn import(
        &mut self,
        file: &Path,
        mapping: Option<&Mapping>,
        now: i64,
        progress: &(dyn Fn(Stage) + Sync),
    ) -> Result<Outcome, WorkspaceError> {
        self.change(|workspace| workspace.read_and_keep(file, mapping, now, progress))
    }

    fn read_and_keep(
        &mut self,
        file: &Path,
        mapping: Option<&Mapping>,
        now: i64,
        progress: &(dyn Fn(Stage) + Sync),
    ) -> Result<Outcome, WorkspaceError> {
        let snapshot = self.store.snapshot()?;
        let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let input = open(file, &name, &self.folder)?;
        let total = match &input {
            Input::Stream { .. } => fs::metadata(file).map(|meta| meta.len()).unwrap_or(0),
            Input::Parquet { .. } => 0,
        };
        let source = mapping.and_then(|m| m.source_for(&name)).map(|source| source.name.clone());
        let quarantine = format!("{QUARANTINE}/{:08x}.jsonl.zst", snapshot.id + 1);
        let source = source.unwrap_or_else(|| "import".to_owned());
        let settings = sources::settings(&self.folder, &source)?;
        let import = Import::begin(&self.lake, periplus_lake::Settings::default(), self.store.next_seq()?)?;
        let refusals = Quarantine { path: self.folder.join(&quarantine), out: None, rows: 0 };
        let mut inflow = Inflow::new(import, refusals, self.store.suppression()?, self.event_names(&snapshot)?);
        inflow.evidence.listen_to(self.store.source(&source)?);
        inflow.source = source;
        let plan = mapping.map_or(Plan::Auto, Plan::Mapping);
        let beside = file.parent().map(Path::to_owned).unwrap_or_default();
        let open_beside = |other: &str| -> io::Result<Box<dyn Read + Send>> { Ok(Box::new(File::open(beside.join(other))?)) };
        let mut tell = |p: Progress| match p.rows_total {
            Some(rows) => progress(Stage::Reading { done: p.rows, total: rows, rows: p.rows }),
            None => progress(Stage::Reading { done: p.bytes, total, rows: p.rows }),
        };
        let read = periplus_intake::read_under(settings.rules.as_ref(), input, plan, &open_beside, &mut inflow, &mut tell);
        let (summary, problem) = match read {
            Ok(summary) => (summary, None),
            Err(IntakeError::CutShort { line, cause, summary }) => (*summary, Some(format!("after line or row {line}: {cause}"))),
            Err(error) => return Err(ended(inflow, file, error)),
        };
        let outcome = self.keep(inflow, &snapshot, summary, problem, name, quarantine, now, progress)?;
        let _ = fs::remove_file(self.folder.join(UNPACKED));
        Ok(outcome)
    }

    #[expect(clippy::too_many_arguments, reason = "the second half of one function, with its locals")]
    fn keep(
        &mut self,
        inflow: Inflow<Quarantine>,
        snapshot: &periplus_model::parts::Snapshot,
        summary: Summary,
        problem: Option<String>,
        name: String,
        quarantine: String,
        now: i64,
        progress: &(dyn Fn(Stage) + Sync),
    ) -> Result<Outcome, WorkspaceError> {
        let Inflow { source, mut import, evidence, names, refusals: rejects, .. } = inflow;
        progress(Stage::Stitching);
        // The links themselves are told one by one where a customer is shown.
        let settled = self.settle(evidence, &format!("links from {source}"), &[])?;
        // A new lake holds no rows that could move.
        let dead = import.rewrite(&self.lake, snapshot, &Rewrite::Keys(&settled.touched), &settled.whose)?;
        let written = import.finish(snapshot, 0, &settled.whose, &|done, total| progress(Stage::Writing { done, total }))?;
        let rejected = rejects.finish()?;
        let row = ImportRow {
            id: 0,
            at: now,
            file: name,
            source,
            snapshot: snapshot.id + 1,
            rows: summary.rows,
            events: summary.events,
            traits: summary.traits,
            links: summary.links,
            stored: written.stored,
            duplicates: written.duplicates,
            rejected,
            skipped: summary.skipped,
            reasons: summary.rejected.iter().map(|(reason, count)| (reason.code().to_owned(), *count)).collect(),
            problem,
            quarantine: (rejected > 0).then_some(quarantine),
        };
        self.store.commit(&Commit {
            base: snapshot.id,
            at: now,
            what: format!("import of {}", row.file),
            added: written.parts,
            removed: Vec::new(),
            dead: dead.into_iter().map(CustomerKey).collect(),
            next_seq: written.next_seq,
            moved: Moved::default(),
            staged: true,
            import: Some(row.clone()),
            landing: None,
            event_names: names.to_keep(),
        })?;
        let assumed = summary.assumed.as_ref().and_then(|mapping| mapping.to_toml().ok());
        Ok(Outcome { row, dialect: summary.dialect.to_owned(), assumed, changed_identifiers: settled.changed })
    }

    /// The refused rows of an import, in the order of the file.
    ///
    /// # Errors
    /// When the quarantine file cannot be read.
    pub fn rejects(&self, import: &ImportRow, mut each: impl FnMut(Rejected)) -> Result<(), WorkspaceError> {
        let Some(file) = &import.quarantine else { return Ok(()) };
        let path = self.folder.join(file);
        let file = File::open(&path).map_err(WorkspaceError::io(&path))?;
        let reader = zstd::Decoder::new(file).map_err(WorkspaceError::io(&path))?;
        for line in io::BufRead::lines(BufReader::new(reader)) {
            let line = line.map_err(WorkspaceError::io(&path))?;
            if let Ok(rejected) = serde_json::from_str(&line) {
                each(rejected);
            }
        }
        Ok(())
    }
}

/// Opens a file as intake wants it: Parquet to jump about in, everything else as a stream.
fn open(file: &Path, name: &str, folder: &Path) -> Result<Input, WorkspaceError> {
    let meta = fs::metadata(file).map_err(WorkspaceError::io(file))?;
    if meta.is_dir() {
        return Err(WorkspaceError::Refused(format!("{} is a folder; name the files in it", file.display())));
    }
    let refuse = |error: IntakeError| WorkspaceError::Intake { file: file.display().to_string(), error: Box::new(error) };
    let mut head = Vec::new();
    File::open(file).and_then(|f| f.take(64 * 1024).read_to_end(&mut head)).map_err(WorkspaceError::io(file))?;
    let (compression, format) = sniff(name, &head).map_err(refuse)?;
    let bare = || File::open(file).map_err(WorkspaceError::io(file));
    if format != Some(Format::Parquet) {
        return Ok(Input::Stream { name: name.to_owned(), reader: Box::new(bare()?) });
    }
    if compression == Compression::None {
        return Ok(Input::Parquet { name: name.to_owned(), file: bare()? });
    }
    // Parquet is read from its end, so a compressed one has to be unpacked first.
    let path = folder.join(UNPACKED);
    let mut unpacked = File::options().create(true).truncate(true).read(true).write(true).open(&path).map_err(WorkspaceError::io(&path))?;
    let mut reader = decompress(Box::new(bare()?), compression).map_err(|error| refuse(IntakeError::Read(error)))?;
    io::copy(&mut reader, &mut unpacked).map_err(|error| {
        if is_full(&error) { WorkspaceError::DiskFull(path.display().to_string()) } else { refuse(IntakeError::Read(error)) }
    })?;
    Ok(Input::Parquet { name: name.to_owned(), file: unpacked })
}

/// The error that ended the reading.
fn ended(inflow: Inflow<Quarantine>, file: &Path, error: IntakeError) -> WorkspaceError {
    match inflow.failed {
        Some(failed) => failed.into(),
        None => match error {
            IntakeError::Sink(error) => WorkspaceError::io(&inflow.refusals.path)(error),
            error => WorkspaceError::Intake { file: file.display().to_string(), error: Box::new(error) },
        },
    }
}

struct Quarantine {
    path: PathBuf,
    out: Option<zstd::Encoder<'static, File>>,
    rows: u64,
}

impl Refusals for Quarantine {
    fn put(&mut self, _source: &str, reject: &Reject<'_>) -> io::Result<()> {
        let out = match &mut self.out {
            Some(out) => out,
            none => {
                if let Some(folder) = self.path.parent() {
                    fs::create_dir_all(folder)?;
                }
                none.insert(zstd::Encoder::new(File::create(&self.path)?, 3)?)
            }
        };
        let text = |text: &Cow<'_, str>| text.clone().into_owned();
        let row =
            Rejected { line: reject.line, reason: reject.reason.code().to_owned(), detail: text(&reject.detail), raw: text(&reject.raw) };
        serde_json::to_writer(&mut *out, &row)?;
        out.write_all(b"\n")?;
        self.rows += 1;
        Ok(())
    }
}

impl Quarantine {
    /// Makes the file durable; it must be there before the commit that counts it.
    fn finish(self) -> Result<u64, WorkspaceError> {
        if let Some(out) = self.out {
            let file = out.finish().map_err(WorkspaceError::io(&self.path))?;
            file.sync_all().map_err(WorkspaceError::io(&self.path))?;
            // Its name too, and that of the folder, which may be new.
            for folder in self.path.ancestors().skip(1).take(2) {
                File::open(folder).and_then(|folder| folder.sync_all()).map_err(WorkspaceError::io(folder))?;
            }
        }
        Ok(self.rows)
    }
}
