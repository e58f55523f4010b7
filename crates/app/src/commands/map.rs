//! `periplus map`: journey maps as files, measured.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use indicatif::HumanCount;
use periplus_engine::Watch;
use periplus_engine::profile::profile;
use periplus_maps::{JourneyMap, Severity, TEMPLATES, Template};
use periplus_model::answer::{Answer, View};
use periplus_model::measured::MeasuredMap;
use periplus_model::time::Instant;
use periplus_picture::{Look, Theme};
use serde_json::{Value, json};

use crate::drawn::Drawn;
use crate::files;
use crate::here::{Here, Output};
use crate::version::Version;

/// Draft, check, measure, draw and compare journey maps.
///
/// A journey map is a YAML file that a team writes and keeps: stages, touchpoints, personas, key figures, owners. Periplus
/// measures it from the data.
#[derive(clap::Args)]
pub struct Map {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Draft a map from the data
    Propose(Propose),
    /// Say what is wrong with a map, and which events it leaves out
    Check(Check),
    /// Measure a map and print it
    Show(Show),
    /// Measure a map and draw it
    Export(Export),
    /// Say what changed between two versions of a map
    Diff(Diff),
    /// List the sets of stages that a draft can start from
    Templates(Output),
    /// Print the JSON schema of map files, for editors
    Schema,
}

#[derive(clap::Args)]
struct Propose {
    /// The set of stages to start from (`periplus map templates` lists them)
    #[arg(long, value_name = "ID", default_value = "five-stages")]
    template: String,
    /// Write the draft to this file instead of printing it; a file that is there already is not overwritten
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    version: Version,
    #[command(flatten)]
    output: Output,
}

#[derive(clap::Args)]
struct Check {
    /// The map
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    version: Version,
    #[command(flatten)]
    output: Output,
}

/// Who is measured, and when.
#[derive(clap::Args)]
struct Who {
    /// Show this persona instead of everybody (its id in the map)
    #[arg(long, value_name = "ID")]
    persona: Option<String>,
    /// Show this persona beside (its id in the map, or `all` for everybody)
    #[arg(long, value_name = "ID")]
    compare: Option<String>,
    /// Only events at or after this time; otherwise the map's own period
    #[arg(long, value_name = "TIME")]
    from: Option<Instant>,
    /// Only events before this time
    #[arg(long, value_name = "TIME")]
    to: Option<Instant>,
    #[command(flatten)]
    version: Version,
}

#[derive(clap::Args)]
struct Show {
    /// The map
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    output: Output,
}

#[derive(clap::Args)]
#[command(mut_group("forms", |group| group.required(true).multiple(true)))]
struct Export {
    /// The map
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    drawn: Drawn,
    /// All figures and how they were computed, for programs
    #[arg(long, value_name = "FILE", group = "forms")]
    json: Option<PathBuf>,
    #[command(flatten)]
    who: Who,
}

#[derive(clap::Args)]
struct Diff {
    /// The older version
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The newer version
    #[arg(value_name = "NEW")]
    new: PathBuf,
    #[command(flatten)]
    output: Output,
}

impl Map {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        match self.what {
            What::Propose(propose) => propose.run(here)?,
            What::Check(check) => return check.run(here),
            What::Show(show) => show.run(here)?,
            What::Export(export) => export.run(here)?,
            What::Diff(diff) => diff.run(here)?,
            What::Templates(output) => templates(&here.printing(&output))?,
            What::Schema => here.say_json(&periplus_maps::schema())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn templates(here: &Here) -> anyhow::Result<()> {
    if here.json {
        let stages = |template: &Template| template.stages.iter().map(|stage| stage.name).collect::<Vec<_>>();
        let list: Vec<Value> = TEMPLATES
            .iter()
            .map(|template| json!({"id": template.id, "name": template.name, "about": template.about, "stages": stages(template)}))
            .collect();
        return here.say_json(&list);
    }
    for template in TEMPLATES {
        let stages: Vec<&str> = template.stages.iter().map(|stage| stage.name).collect();
        here.say(format!("{:14} {}: {}\n{:14} {}\n", template.id, template.name, stages.join(" → "), "", template.about))?;
    }
    Ok(())
}

impl Propose {
    fn run(self, here: &Here) -> anyhow::Result<()> {
        let here = &here.printing(&self.output);
        let Some(template) = Template::find(&self.template) else {
            let known: Vec<&str> = TEMPLATES.iter().map(|template| template.id).collect();
            bail!("there is no template '{}'; there are {}", self.template, known.join(", "));
        };
        if let Some(path) = &self.out
            && path.exists()
        {
            bail!("{} is there already; a draft does not overwrite what somebody may have written", path.display());
        }
        let workspace = here.workspace()?;
        let snapshot = self.version.of(&workspace)?;
        let stopwatch = here.stopwatch();
        let proposal = periplus_maps::propose(&profile(&workspace.desk(None, &snapshot, &Watch::default(), &stopwatch))?, template);
        let text = periplus_maps::print(&proposal.map);
        if here.json {
            return here.say_json(&json!({"map": proposal.map, "yaml": text, "covered": proposal.covered, "notes": proposal.notes}));
        }
        match &self.out {
            Some(path) => {
                files::write(path, text.as_bytes())?;
                here.say(format!("{} is written: {}", path.display(), contents(&proposal.map)))?;
            }
            None => here.say(text.trim_end())?,
        }
        here.remark(format!("The draft covers {:.1} % of the events.", proposal.covered * 100.0));
        for note in &proposal.notes {
            here.remark(format!("  {note}"));
        }
        Ok(())
    }
}

impl Check {
    fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let here = &here.printing(&self.output);
        let (map, problems) = periplus_maps::check(&files::text(&self.file)?);
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        // A map is checked in folders without data too, such as by a build machine.
        let coverage = match &map {
            Some(map) if errors == 0 && here.data.join("state.db").exists() => {
                let workspace = here.workspace()?;
                let snapshot = self.version.of(&workspace)?;
                let answer =
                    workspace.ask("map", &json!({}), &workspace.desk(Some(map), &snapshot, &Watch::default(), &here.stopwatch()))?;
                measured(&answer).map(|measured| measured.coverage.clone())
            }
            _ => None,
        };
        let verdict = if errors > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        if here.json {
            here.say_json(&json!({"problems": problems, "coverage": coverage}))?;
            return Ok(verdict);
        }
        for problem in &problems {
            here.say(format!("{}:{problem}", self.file.display()))?;
        }
        if let Some(map) = map.filter(|_| errors == 0) {
            here.say(format!("{}: {}", self.file.display(), contents(&map)))?;
        }
        match coverage {
            Some(coverage) if coverage.events == 0 => here.say("There are no events in the map's period.")?,
            Some(coverage) => {
                let unmapped = coverage.unmapped_share();
                here.say(format!(
                    "{:.1} % of {} events belong to a touchpoint, {:.1} % to none{}",
                    (1.0 - unmapped) * 100.0,
                    HumanCount(coverage.events),
                    unmapped * 100.0,
                    if coverage.unmapped.is_empty() { "." } else { "; these are:" }
                ))?;
                for (name, events) in &coverage.unmapped {
                    let share = *events as f64 / coverage.events as f64;
                    here.say(format!("{:>12}  {:>5.1} %  {name}", HumanCount(*events).to_string(), share * 100.0))?;
                }
            }
            None if errors == 0 => {
                here.remark(format!("There are no data in {}, so what the map leaves out cannot be said.", here.data.display()))
            }
            None => {}
        }
        Ok(verdict)
    }
}

impl Show {
    fn run(self, here: &Here) -> anyhow::Result<()> {
        let here = &here.printing(&self.output);
        let answer = self.who.measure(here, &self.file)?;
        here.say_answer(&self.who.only_chosen(answer)?)
    }
}

impl Export {
    fn run(self, here: &Here) -> anyhow::Result<()> {
        let answer = self.who.measure(here, &self.file)?;
        let Some(map) = measured(&answer) else { bail!("the answer is not a map") };
        let look = Look {
            theme: if self.drawn.dark { Theme::Dark } else { Theme::Light },
            group: group(map, self.who.persona.as_deref())?.unwrap_or(0),
            compare: group(map, self.who.compare.as_deref())?,
            note: None,
        };
        let mut written = self.drawn.write(&answer, &look)?;
        if let Some(path) = &self.json {
            files::write(path, &serde_json::to_vec_pretty(&answer)?)?;
            written.push(path.display().to_string());
        }
        for path in written {
            here.say(path)?;
        }
        Ok(())
    }
}

impl Diff {
    fn run(self, here: &Here) -> anyhow::Result<()> {
        let here = &here.printing(&self.output);
        let changes = periplus_maps::diff(&files::journey_map(&self.old)?, &files::journey_map(&self.new)?);
        if here.json {
            return here.say_json(&changes);
        }
        if changes.is_empty() {
            here.say("The two maps mean the same.")?;
        }
        for change in changes {
            here.say(&change.text)?;
        }
        Ok(())
    }
}

impl Who {
    fn measure(&self, here: &Here, file: &Path) -> anyhow::Result<Answer> {
        let map = files::journey_map(file)?;
        let workspace = here.workspace()?;
        let snapshot = self.version.of(&workspace)?;
        let mut question = json!({});
        for (name, time) in [("from", self.from), ("to", self.to)] {
            if let Some(time) = time {
                question[name] = json!(time);
            }
        }
        Ok(workspace.ask("map", &question, &workspace.desk(Some(&map), &snapshot, &Watch::default(), &here.stopwatch()))?)
    }

    /// Puts the chosen group first and the one beside it second, and leaves out the others if one was chosen.
    fn only_chosen(&self, mut answer: Answer) -> anyhow::Result<Answer> {
        if let View::Map(map) = &mut answer.view
            && (self.persona.is_some() || self.compare.is_some())
        {
            let first = group(map, self.persona.as_deref())?.unwrap_or(0);
            let second = group(map, self.compare.as_deref())?;
            map.groups = [Some(first), second].into_iter().flatten().filter_map(|index| map.groups.get(index).cloned()).collect();
        }
        Ok(answer)
    }
}

fn measured(answer: &Answer) -> Option<&MeasuredMap> {
    match &answer.view {
        View::Map(map) => Some(map),
        _ => None,
    }
}

/// The index of a group of the measured map by its id.
fn group(map: &MeasuredMap, id: Option<&str>) -> anyhow::Result<Option<usize>> {
    let Some(id) = id else { return Ok(None) };
    match map.groups.iter().position(|group| group.id == id) {
        Some(index) => Ok(Some(index)),
        None => {
            let known: Vec<&str> = map.groups.iter().map(|group| group.id.as_str()).collect();
            bail!("the map has no persona '{id}'; there are {}", known.join(", "))
        }
    }
}

/// What is in a map, in one line.
fn contents(map: &JourneyMap) -> String {
    let key_figures: usize = map.stages.iter().map(|stage| stage.kpis.len()).sum();
    format!(
        "{} stages, {} touchpoints, {} personas, {key_figures} key figures",
        map.stages.len(),
        map.touchpoints.len(),
        map.personas.len()
    )
}
