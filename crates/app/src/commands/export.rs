//! `periplus export`: events, answers and journeys for other tools.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use indicatif::HumanCount;
use periplus_engine::analysis;
use periplus_lake::export::{self, Format};
use periplus_model::parts::PartTable;
use periplus_model::rows;
use periplus_model::time::Instant;

use crate::commands::ask;
use crate::files;
use crate::here::Here;
use crate::limits::AskLimits;
use crate::version::Version;

/// Write events, answers or journeys for other tools.
///
/// The lake's Parquet files can also be read where they are; docs/guide/open-data.md says how.
#[derive(clap::Args)]
pub struct Export {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// All events, one row each, under the customer to whom they belong
    Events {
        /// The file; its ending (.parquet, .csv or .arrow) is the format unless --format says otherwise
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// parquet, csv or arrow
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
        /// Only events at or after this time
        #[arg(long, value_name = "TIME")]
        from: Option<Instant>,
        /// Only events before this time
        #[arg(long, value_name = "TIME")]
        to: Option<Instant>,
        #[command(flatten)]
        version: Version,
    },
    /// The rows of an answer
    Answers {
        /// The analysis
        #[arg(value_name = "ANALYSIS")]
        analysis: String,
        /// The question: JSON, or a file with it, or `-` for what is piped in
        #[arg(value_name = "QUESTION")]
        question: String,
        /// The file; its ending (.parquet, .csv or .arrow) is the format unless --format says otherwise
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// parquet, csv or arrow
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
        /// The journey map, for questions about stages and touchpoints
        #[arg(long, value_name = "FILE")]
        map: Option<PathBuf>,
        #[command(flatten)]
        limits: AskLimits,
        #[command(flatten)]
        version: Version,
    },
    /// Everything that is held about a customer, as JSON Lines that `periplus import` can read
    Customer {
        /// An identifier: `email:ana@example.org`, or just `ana@example.org`
        #[arg(value_name = "ID")]
        id: String,
        /// The file; printed when absent
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        version: Version,
    },
    /// An event log for process mining (IEEE 1849 XES): one case per customer
    Xes {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        version: Version,
    },
}

impl Export {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let workspace = here.workspace()?;
        match self.what {
            What::Events { file, format, from, to, version } => {
                let snapshot = version.of(&workspace)?;
                let format = format_of(&file, format.as_deref())?;
                let bar = here.bar("Writing", snapshot.rows(PartTable::Events));
                let period = (from.map(|time| time.0), to.map(|time| time.0));
                let events =
                    whole(&file, |out| export::events(&workspace.lake, &snapshot, period, format, out, &|read| bar.set_position(read)))?;
                bar.finish_and_clear();
                here.say(format!("{}: {} events", file.display(), HumanCount(events)))?;
            }
            What::Answers { analysis: name, question, file, format, map, limits, version } => {
                let format = format_of(&file, format.as_deref())?;
                let (analysis, question) = (analysis(&name)?, ask::question(&question)?);
                let map = map.as_deref().map(files::journey_map).transpose()?;
                let snapshot = version.of(&workspace)?;
                let (watch, stopwatch) = (limits.watch(here, &Arc::default()), here.stopwatch());
                let answer = ask::watched(here, &watch, || {
                    workspace.ask(analysis.name(), &question, &workspace.desk(map.as_ref(), &snapshot, &watch, &stopwatch))
                })?;
                let table = rows::table_of_answer(&answer);
                whole(&file, |out| export::table(&table, format, out))?;
                here.say(format!("{}: {} rows", file.display(), HumanCount(table.rows.len() as u64)))?;
            }
            What::Customer { id, file, version } => {
                let snapshot = version.of(&workspace)?;
                let found = workspace.find(&id, &snapshot)?;
                if found.is_empty() {
                    bail!("nobody has the identifier '{id}'; an identifier's kind can be said too, as in email:{id}");
                }
                let tell = |out: &mut dyn Write| {
                    found.iter().try_for_each(|key| workspace.dossier(*key, &snapshot, out).map(drop)).map_err(io::Error::other)
                };
                match &file {
                    None => tell(&mut io::stdout().lock())?,
                    Some(file) => {
                        files::write_with(file, |mut out| tell(&mut out))?;
                        here.say(format!("{}: everything about {} customers", file.display(), HumanCount(found.len() as u64)))?;
                    }
                }
            }
            What::Xes { file, version } => {
                let snapshot = version.of(&workspace)?;
                let cases = whole(&file, |out| workspace.export_xes(&snapshot, out).map_err(io::Error::other))?;
                here.say(format!("{}: {} cases", file.display(), HumanCount(cases)))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes a file as a whole, and answers what the writer says.
fn whole<T>(file: &Path, write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<T>) -> anyhow::Result<T> {
    let mut told = None;
    files::write_with(file, |out| {
        told = Some(write(out)?);
        Ok(())
    })?;
    told.context("nothing was written")
}

fn format_of(file: &Path, wanted: Option<&str>) -> anyhow::Result<Format> {
    let ending = file.extension().and_then(|ending| ending.to_str());
    match wanted.or(ending).and_then(Format::named) {
        Some(format) => Ok(format),
        None => bail!("the format is parquet, csv or arrow: end the file's name in one of them, or say --format"),
    }
}
