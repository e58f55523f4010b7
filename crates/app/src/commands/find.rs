//! `periplus find`: where it hurts and where it delights.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use periplus_maps::JourneyMap;
use periplus_model::Answer;
use periplus_model::answer::View;
use periplus_model::finding::{Dismissed, Example, Finding, Findings};
use periplus_picture::numbers::moment;
use periplus_picture::{Look, Theme};
use periplus_workspace::saved::{self, Kind};
use serde_json::{Map, Value, json};

use super::ask::{say_people, watched};
use crate::drawn::Drawn;
use crate::files;
use crate::here::{Here, Output};
use crate::limits::AskLimits;
use crate::version::Version;

/// Find where it hurts and where it delights.
///
/// Looks at every touchpoint of the journey map for what strikes some customers, on some days, more often than it should: visits that
/// end, steps that must be done again, errors, long ways, broken promises, bad and good marks. What is told has passed a correction
/// for everything that was looked at, so that at most one in twenty is chance. Without a map, one is drafted from the data.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Find {
    #[command(subcommand)]
    what: Option<What>,
    /// The journey map; that of the data folder when there is only one, else a draft
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Only what hurts
    #[arg(long, conflicts_with = "delights")]
    pains: bool,
    /// Only what delights
    #[arg(long)]
    delights: bool,
    /// How many to tell
    #[arg(long, value_name = "N", default_value_t = 10)]
    at_most: usize,
    /// From this time on, as in 2026-03-01
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Up to, and without, this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// List the customers whom one of them struck, by its number or id
    #[arg(long, value_name = "FINDING", conflicts_with = "forms")]
    people: Option<String>,
    /// How many customers are listed
    #[arg(long, value_name = "N", default_value_t = 20)]
    listed: usize,
    /// Tell those that were dismissed as well
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    drawn: Drawn,
    #[command(flatten)]
    limits: AskLimits,
    #[command(flatten)]
    version: Version,
    #[command(flatten)]
    output: Output,
}

#[derive(clap::Subcommand)]
enum What {
    /// Do not tell a finding again, unless it gets worse
    Dismiss {
        /// Its number or id
        finding: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Tell a dismissed finding again
    Restore {
        /// Its id
        id: String,
    },
}

const EXAMPLES: &str = "Examples:
  periplus find
  periplus find --pains --map journey.yaml --html pains.html
  periplus find --people 1
  periplus find dismiss 3 --reason \"The fair closes the street in May\"
  periplus find restore 5f0c1d2e3a4b5c6d";

/// More than anybody reads: so many are looked through for those that were not dismissed.
const ENOUGH: usize = 200;

impl Find {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let here = &here.printing(&self.output);
        match &self.what {
            Some(What::Restore { id }) => restore(here, id),
            Some(What::Dismiss { finding, reason }) => self.dismiss(here, finding, reason),
            None => self.find(here),
        }
    }

    fn find(&self, here: &Here) -> anyhow::Result<ExitCode> {
        let mut answer = self.ask(here)?;
        let View::Findings(view) = &mut answer.view else { bail!("the answer has no findings") };
        let left_out = self.leave_out(here, view)?;
        view.findings.truncate(self.at_most);
        if let Some(wanted) = &self.people {
            let finding = chosen(view, wanted)?;
            let place = finding.place.clone();
            if !here.json {
                for example in &finding.examples {
                    here.say(journey(example))?;
                }
            }
            let map = self.map(here)?;
            let workspace = here.workspace()?;
            let snapshot = self.version.of(&workspace)?;
            let (watch, stopwatch) = (self.limits.watch(here, &Arc::default()), here.stopwatch());
            let desk = workspace.desk(map.as_ref(), &snapshot, &watch, &stopwatch);
            let people = watched(here, &watch, || workspace.people("findings", &self.question(), &place, self.listed, &desk))?;
            say_people(here, &people)?;
            return Ok(ExitCode::SUCCESS);
        }
        here.say_answer(&answer)?;
        if left_out > 0 {
            here.remark(format!("{left_out} more were dismissed; --all tells them as well."));
        }
        let look = Look { theme: if self.drawn.dark { Theme::Dark } else { Theme::Light }, ..Look::default() };
        self.drawn.write_beside(here, &answer, &look)?;
        Ok(ExitCode::SUCCESS)
    }

    fn dismiss(&self, here: &Here, wanted: &str, reason: &str) -> anyhow::Result<ExitCode> {
        if reason.trim().is_empty() {
            bail!("say why with --reason, for whoever asks next year");
        }
        let mut answer = self.ask(here)?;
        let View::Findings(view) = &mut answer.view else { bail!("the answer has no findings") };
        // Numbers are those of the list that one has seen.
        self.leave_out(here, view)?;
        let finding = chosen(view, wanted)?;
        let mut object = json!({"reason": reason.trim(), "title": finding.title, "rate": finding.rate, "customers": finding.customers});
        for (name, day) in [("from", finding.from), ("until", finding.until)] {
            if let Some(day) = day {
                object[name] = json!(day);
            }
        }
        let Value::Object(object) = object else { bail!("nothing to keep") };
        saved::put(&here.data, Kind::Dismissed, &finding.id, &object)?;
        if here.json {
            here.say_json(&json!({"dismissed": finding.id, "title": finding.title}))?;
        } else {
            here.say(format!(
                "'{}' is not told again unless it gets worse. To take that back: periplus find restore {}",
                finding.title, finding.id
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Leaves out what was dismissed, unless all is wanted; answers how many that were.
    fn leave_out(&self, here: &Here, view: &mut Findings) -> anyhow::Result<usize> {
        let dismissed = if self.all { Dismissed::default() } else { saved::dismissed(&here.data)? };
        let before = view.findings.len();
        view.findings.retain(|finding| !dismissed.stays(finding));
        Ok(before - view.findings.len())
    }

    fn question(&self) -> Value {
        let mut question = Map::new();
        question.insert("at_most".to_owned(), ENOUGH.into());
        let feeling = if self.pains { Some("pain") } else { self.delights.then_some("delight") };
        question.extend(feeling.map(|feeling| ("feeling".to_owned(), feeling.into())));
        question.extend(self.from.clone().map(|from| ("from".to_owned(), from.into())));
        question.extend(self.to.clone().map(|to| ("to".to_owned(), to.into())));
        Value::Object(question)
    }

    fn ask(&self, here: &Here) -> anyhow::Result<Answer> {
        let map = self.map(here)?;
        let workspace = here.workspace()?;
        let snapshot = self.version.of(&workspace)?;
        let (watch, stopwatch) = (self.limits.watch(here, &Arc::default()), here.stopwatch());
        let desk = workspace.desk(map.as_ref(), &snapshot, &watch, &stopwatch);
        watched(here, &watch, || workspace.ask("findings", &self.question(), &desk)).map_err(Into::into)
    }

    /// The map that was named, else the only one of the data folder.
    fn map(&self, here: &Here) -> anyhow::Result<Option<JourneyMap>> {
        if let Some(path) = &self.map {
            return files::journey_map(path).map(Some);
        }
        let folder = here.data.join(periplus_workspace::map_files::FOLDER);
        let mut maps: Vec<PathBuf> = std::fs::read_dir(&folder)
            .map(|entries| {
                entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect()
            })
            .unwrap_or_default();
        match (maps.pop(), maps.len()) {
            (Some(only), 0) => files::journey_map(&only).map(Some).with_context(|| format!("the map {}", only.display())),
            (None, _) => Ok(None),
            (Some(_), more) => bail!("there are {} maps in {}; say which with --map", more + 1, folder.display()),
        }
    }
}

/// The finding with a number, counted from 1, or an id.
fn chosen<'a>(view: &'a Findings, wanted: &str) -> anyhow::Result<&'a Finding> {
    let by_number = wanted.parse::<usize>().ok().and_then(|number| view.findings.get(number.checked_sub(1)?));
    let found = by_number.or_else(|| view.findings.iter().find(|finding| finding.id == wanted));
    found.with_context(|| format!("there is no finding '{wanted}'; `periplus find` numbers {}", view.findings.len()))
}

/// An example in one line: whose it is, and the steps, with the one that the finding is about in brackets.
fn journey(example: &Example) -> String {
    let steps: Vec<String> = example.steps.iter().map(|step| if step.here { format!("[{}]", step.at) } else { step.at.clone() }).collect();
    let day = example.steps.iter().find(|step| step.here).or(example.steps.last()).map(|step| moment(step.time));
    format!("{}, {}: {}", example.customer.clone().unwrap_or_else(|| example.key.to_string()), day.unwrap_or_default(), steps.join(" → "))
}

fn restore(here: &Here, id: &str) -> anyhow::Result<ExitCode> {
    let Some(was) = saved::remove(&here.data, Kind::Dismissed, id)? else { bail!("no finding '{id}' was dismissed") };
    if here.json {
        here.say_json(&json!({"restored": id}))?;
    } else {
        here.say(format!("'{}' is told again.", was.get("title").and_then(Value::as_str).unwrap_or(id)))?;
    }
    Ok(ExitCode::SUCCESS)
}
