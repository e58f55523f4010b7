//! `periplus ask`: any analysis, any question.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use periplus_engine::{ANALYSES, Watch, analysis};
use periplus_picture::{Look, Theme, answer_scene, csv, png, svg_with_fonts};
use serde_json::{Value, json};

use crate::files;
use crate::here::{Here, Output};
use crate::house::analyses;
use crate::version::Version;

/// Ask a question of the journeys.
///
/// A question is a small JSON object; without one, the analysis's own example is asked. `periplus ask --list` lists the
/// analyses, `periplus ask NAME --schema` says what can be asked.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Ask {
    /// The analysis
    #[arg(value_name = "ANALYSIS", required_unless_present = "list")]
    analysis: Option<String>,
    /// The question: JSON, or a file with it, or `-` for what is piped in
    #[arg(value_name = "QUESTION")]
    question: Option<String>,
    /// The journey map, for questions about stages and touchpoints
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Draw the answer
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Draw the answer, in pixels
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write the answer's rows for spreadsheets
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Draw light on dark
    #[arg(long)]
    dark: bool,
    /// List the analyses
    #[arg(long, conflicts_with_all = ["analysis", "question", "map", "svg", "png", "csv", "schema"])]
    list: bool,
    /// Print the JSON schema of the analysis's questions
    #[arg(long, conflicts_with_all = ["question", "map", "svg", "png", "csv"])]
    schema: bool,
    #[command(flatten)]
    version: Version,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = r#"Examples:
  periplus ask overview
  periplus ask funnel '{"steps": [{"event": "Product Viewed"}, {"event": "Order Completed"}], "window": "7d"}'
  periplus ask variants question.json --csv variants.csv
  periplus ask stages --map journey.yaml --as-of 2026-03-01"#;

impl Ask {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let here = &here.printing(&self.output);
        let Some(name) = &self.analysis else {
            return list(here);
        };
        let analysis = analysis(name)?;
        if self.schema {
            here.say_json(&analysis.schema())?;
            return Ok(ExitCode::SUCCESS);
        }
        let question = self.question.as_deref().map_or_else(|| Ok(analysis.example()), question)?;
        let map = self.map.as_deref().map(files::journey_map).transpose()?;
        let workspace = here.workspace()?;
        let snapshot = self.version.of(&workspace)?;
        let answer = workspace.ask(name, &question, &workspace.desk(map.as_ref(), &snapshot, &Watch::default(), &here.stopwatch()))?;
        if self.question.is_none() && analysis.example() != json!({}) {
            here.remark(format!("Asked as an example: {}", analysis.example()));
        }
        here.say_answer(&answer)?;
        let look = Look { theme: if self.dark { Theme::Dark } else { Theme::Light }, ..Look::default() };
        let scene = || answer_scene(&answer, &look);
        if let Some(path) = &self.svg {
            files::write(path, svg_with_fonts(&scene()).as_bytes())?;
        }
        if let Some(path) = &self.png {
            files::write(path, &png(&scene(), 2.0)?)?;
        }
        if let Some(path) = &self.csv {
            files::write(path, csv(&answer).as_bytes())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The question as it was given: JSON on the command line, or a file with it.
fn question(given: &str) -> anyhow::Result<Value> {
    if given.trim_start().starts_with('{') {
        return serde_json::from_str(given).context("the question is not JSON");
    }
    let path = Path::new(given);
    serde_json::from_str(&files::text(path)?).with_context(|| format!("the question in {} is not JSON", path.display()))
}

fn list(here: &Here) -> anyhow::Result<ExitCode> {
    if here.json {
        here.say_json(&analyses())?;
        return Ok(ExitCode::SUCCESS);
    }
    for analysis in ANALYSES {
        here.say(format!("{:10} {}", analysis.name(), analysis.about()))?;
        let map = if analysis.needs_map() { " --map journey.yaml" } else { "" };
        let example = if analysis.example() == json!({}) { String::new() } else { format!(" '{}'", analysis.example()) };
        here.say(format!("{:10} periplus ask {}{example}{map}\n", "", analysis.name()))?;
    }
    Ok(ExitCode::SUCCESS)
}
