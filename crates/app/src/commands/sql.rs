//! `periplus sql`: questions in SQL.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use periplus_engine::ANALYSES;
use periplus_picture::csv;
use periplus_query::{Limits, Sql, functions, tables};
use serde_json::json;

use crate::files;
use crate::here::{Here, Output};
use crate::machines::Machines;
use crate::version::Version;

/// Ask in SQL, read-only.
///
/// The tables are events, customers, sessions, journeys, responses and traits; `periplus sql --tables` says what is in
/// them, and which functions there are besides those of SQL.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct SqlCommand {
    /// The statement, or `-` for what is piped in
    #[arg(value_name = "STATEMENT", required_unless_present_any = ["tables", "file"])]
    statement: Option<String>,
    /// Read the statement from a file
    #[arg(long, short, value_name = "FILE", conflicts_with = "statement")]
    file: Option<PathBuf>,
    /// The journey map that touchpoints, stages and responses are told by
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Write the rows for spreadsheets
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Answer so many rows at most
    #[arg(long, value_name = "N", default_value_t = 10_000, help_heading = "Limits")]
    rows: usize,
    /// Stop after so many seconds
    #[arg(long, value_name = "N", help_heading = "Limits")]
    seconds: Option<u64>,
    /// Use so many MiB at most to group, sort and join
    #[arg(long, value_name = "MIB", default_value_t = 1_024, help_heading = "Limits")]
    memory: usize,
    /// Use so many threads; all cores when absent
    #[arg(long, value_name = "N", help_heading = "Limits")]
    threads: Option<usize>,
    /// List the tables with their columns, and the functions
    #[arg(long, conflicts_with_all = ["statement", "file", "map", "csv", "seconds", "threads"])]
    tables: bool,
    #[command(flatten)]
    machines: Machines,
    #[command(flatten)]
    version: Version,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = r#"Examples:
  periplus sql "SELECT event, count(*) FROM events GROUP BY event ORDER BY 2 DESC"
  periplus sql "SELECT channel, avg(events) FROM sessions GROUP BY channel"
  periplus sql "SELECT stage, touchpoint, count(*) FROM journeys GROUP BY 1, 2" --map journey.yaml
  periplus sql "SELECT * FROM funnel('{\"steps\": [{\"event\": \"Product Viewed\"}, {\"event\": \"Order Completed\"}]}')" --csv funnel.csv"#;

impl SqlCommand {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let here = &here.printing(&self.output);
        if self.tables {
            list(here)?;
            return Ok(ExitCode::SUCCESS);
        }
        let text = match (self.file, self.statement) {
            (Some(file), _) => files::text(&file)?,
            (None, Some(piped)) if piped == "-" => files::text(Path::new("-"))?,
            (None, statement) => statement.unwrap_or_default(),
        };
        let map = self.map.as_deref().map(files::journey_map).transpose()?;
        let usual = Limits::default();
        let limits = Limits {
            rows: self.rows,
            memory_bytes: self.memory.saturating_mul(1 << 20),
            seconds: self.seconds,
            threads: self.threads.unwrap_or(usual.threads),
        };
        let mut workspace = here.workspace()?;
        workspace.elsewhere = self.machines.elsewhere()?;
        let snapshot = self.version.of(&workspace)?;
        let question = Sql { limits, ..Sql::new(text) };
        let answer = workspace.sql(&question, map.as_ref(), &snapshot, Arc::new(here.stopwatch()))?;
        here.say_answer(&answer)?;
        if let Some(path) = &self.csv {
            files::write(path, csv(&answer).as_bytes())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(here: &Here) -> anyhow::Result<()> {
    let asking: Vec<(String, &str)> =
        ANALYSES.iter().map(|analysis| (format!("{}('{}')", analysis.name(), analysis.example()), analysis.about())).collect();
    if here.json {
        let asking: Vec<_> = asking.iter().map(|(call, about)| json!({"call": call, "about": about})).collect();
        return here.say_json(&json!({"tables": tables(), "functions": functions(), "analyses": asking}));
    }
    for table in tables() {
        here.say(format!("{}\n  {}", table.name, table.about))?;
        for column in table.columns {
            here.say(format!("  {:22} {:8} {}", column.name, column.kind.name(), column.about))?;
        }
        here.say("")?;
    }
    here.say("Functions, besides those of SQL")?;
    for function in functions() {
        here.say(format!("  {}\n      {}", function.call, function.about))?;
    }
    here.say("\nAnalyses, as tables: SELECT * FROM ...")?;
    for (call, about) in asking {
        here.say(format!("  {call}\n      {about}"))?;
    }
    Ok(())
}
