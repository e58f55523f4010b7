//! `periplus ask`: any analysis, any question.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use indicatif::HumanCount;
use periplus_engine::catalogue::catalogue;
use periplus_engine::{ANALYSES, Analysis, Watch, analysis};
use periplus_model::answer::People;
use periplus_model::time::Instant;
use periplus_picture::{Look, Theme};
use serde_json::{Map, Value, json};

use crate::drawn::Drawn;
use crate::files;
use crate::here::{Here, Output};
use crate::house::analyses;
use crate::limits::AskLimits;
use crate::machines::Machines;
use crate::spend::{self, By, Period};
use crate::version::Version;

/// Ask a question of the journeys.
///
/// A question is a small JSON object; without one, the analysis's own example is asked. `periplus ask --list` lists the
/// analyses, `periplus ask NAME --schema` says what can be asked. Every question can be broken down, compared and sampled;
/// `--people` lists the customers behind a count of the answer.
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
    /// What was spent, for `attribution`: a table of channels or campaigns and costs, or an export of an analytics or advertising tool
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "schema"])]
    spend: Option<PathBuf>,
    /// List the people behind one count of the answer: JSON, or short as in `step=2` or `step=2,who=stopped`
    #[arg(long, value_name = "PLACE", conflicts_with = "forms")]
    people: Option<String>,
    /// How many people are listed; the count is always whole
    #[arg(long, value_name = "N", default_value_t = 20)]
    at_most: usize,
    /// List the places of the answer that --people understands, with their counts
    #[arg(long, conflicts_with_all = ["people", "forms"])]
    places: bool,
    #[command(flatten)]
    drawn: Drawn,
    #[command(flatten)]
    limits: AskLimits,
    #[command(flatten)]
    machines: Machines,
    /// List the analyses
    #[arg(long, conflicts_with_all = ["analysis", "question", "map", "forms", "schema", "people", "places"])]
    list: bool,
    /// Print the JSON schema of the analysis's questions
    #[arg(long, conflicts_with_all = ["question", "map", "forms", "people", "places"])]
    schema: bool,
    #[command(flatten)]
    version: Version,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = r#"Examples:
  periplus ask overview
  periplus ask funnel '{"steps": [{"event": "Product Viewed"}, {"event": "Order Completed"}], "window": "7d"}'
  periplus ask funnel question.json --people step=1,who=stopped
  periplus ask retention '{"interval": "month", "breakdown": [{"trait": "region"}]}' --html retention.html
  periplus ask variants question.json --csv variants.csv
  periplus ask attribution question.json --spend google-ads.csv
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
        let mut question = self.question.as_deref().map_or_else(|| Ok(analysis.example()), question)?;
        if self.question.is_none() && analysis.example() != json!({}) {
            here.remark(format!("Asked as an example: {}", analysis.example()));
        }
        if let Some(file) = &self.spend {
            self.add_spend(here, analysis, &mut question, file)?;
        }
        self.answer(here, analysis, &question)
    }

    /// Adds what a table says was spent to the question, which says itself by what costs are told apart.
    fn add_spend(&self, here: &Here, analysis: &dyn Analysis, question: &mut Value, file: &Path) -> anyhow::Result<()> {
        if analysis.schema()["properties"].get("spend").is_none() {
            bail!("--spend is for attribution; '{}' asks nothing about costs", analysis.name());
        }
        let text = files::text(file)?;
        let is_campaign = question["by"] == "property";
        let channels = if is_campaign { Vec::new() } else { self.channels(here)? };
        let by = if is_campaign { By::Campaign } else { By::Channel(&channels) };
        let time = |name: &str| question[name].as_str().map(Instant::parse).transpose();
        let period = Period { from: time("from")?, to: time("to")? };
        let told = spend::read(&text, by, period).map_err(|why| anyhow!("{}: {why}", file.display()))?;
        let columns = told.headings.map(|[name, spent]| format!(", from '{name}' and '{spent}'")).unwrap_or_default();
        let skipped = if told.skipped > 0 { format!("; {} rows without an amount left out", told.skipped) } else { String::new() };
        let outside = match (&told.dates, told.outside) {
            (None, _) if period != Period::default() => "; the table has no dates, so all of it counts as spent in the period".to_owned(),
            (_, 0) => String::new(),
            (_, outside) => format!("; {outside} rows of other days left out"),
        };
        here.remark(format!("Costs of {}{columns}{skipped}{outside}.", told.spend.keys().cloned().collect::<Vec<String>>().join(", ")));
        let Some(own) = question.as_object_mut() else { bail!("the question is not a JSON object") };
        let known = own.entry("spend").or_insert_with(|| json!({}));
        let Some(known) = known.as_object_mut() else { bail!("\"spend\" of the question is not an object") };
        known.extend(told.spend.into_iter().map(|(name, amount)| (name, json!(amount))));
        Ok(())
    }

    /// The channels that there are.
    fn channels(&self, here: &Here) -> anyhow::Result<Vec<String>> {
        let workspace = here.workspace()?;
        let snapshot = self.version.of(&workspace)?;
        let (watch, stopwatch) = (self.limits.watch(here, &Arc::default()), here.stopwatch());
        let desk = workspace.desk(None, &snapshot, &watch, &stopwatch);
        Ok(spend::channels(&watched(here, &watch, || catalogue(&desk))?))
    }

    fn answer(&self, here: &Here, analysis: &dyn Analysis, question: &Value) -> anyhow::Result<ExitCode> {
        let map = self.map.as_deref().map(files::journey_map).transpose()?;
        let mut workspace = here.workspace()?;
        workspace.elsewhere = self.machines.elsewhere()?;
        let snapshot = self.version.of(&workspace)?;
        let (watch, stopwatch) = (self.limits.watch(here, &Arc::default()), here.stopwatch());
        let desk = workspace.desk(map.as_ref(), &snapshot, &watch, &stopwatch);
        if let Some(place) = &self.people {
            let place = place_of(place)?;
            let people = watched(here, &watch, || workspace.people(analysis.name(), question, &place, self.at_most, &desk))?;
            say_people(here, &people)?;
            return Ok(ExitCode::SUCCESS);
        }
        if self.places {
            let places = watched(here, &watch, || analysis.places(question, &desk))?;
            if here.json {
                let list: Vec<Value> = places.into_iter().map(|(place, count)| json!({"place": place, "count": count})).collect();
                here.say_json(&list)?;
            } else {
                for (place, count) in places {
                    here.say(format!("{:>12}  {place}", HumanCount(count).to_string()))?;
                }
            }
            return Ok(ExitCode::SUCCESS);
        }
        let answer = watched(here, &watch, || workspace.ask(analysis.name(), question, &desk))?;
        here.say_answer(&answer)?;
        let look = Look { theme: if self.drawn.dark { Theme::Dark } else { Theme::Light }, ..Look::default() };
        self.drawn.write_beside(here, &answer, &look)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Works while a bar shows how many rows have been read.
pub fn watched<T, E>(here: &Here, watch: &Watch, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    if !here.is_watched() {
        return work();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Most answers are there before anybody could read a bar.
            std::thread::park_timeout(Duration::from_millis(400));
            let bar = here.bar("Reading", 0);
            while !done.load(Ordering::Relaxed) {
                let (read, expected) = watch.progress();
                bar.set_length(expected);
                bar.set_position(read);
                std::thread::park_timeout(Duration::from_millis(120));
            }
            bar.finish_and_clear();
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        result
    })
}

/// A place as it was given: JSON, or `name=value` pairs.
fn place_of(given: &str) -> anyhow::Result<Value> {
    if given.trim_start().starts_with('{') {
        return serde_json::from_str(given).context("the place is not JSON");
    }
    let mut fields = Map::new();
    for pair in given.split(',').filter(|pair| !pair.trim().is_empty()) {
        let Some((name, value)) = pair.split_once('=') else {
            bail!("'{pair}' is no part of a place; write it as in step=2,who=stopped, or as JSON (--places lists the places)")
        };
        // Numbers and booleans are themselves; everything else is a text.
        let value = match serde_json::from_str::<Value>(value.trim()) {
            Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
            _ => value.trim().into(),
        };
        fields.insert(name.trim().to_owned(), value);
    }
    Ok(Value::Object(fields))
}

/// Prints those who were counted.
pub fn say_people(here: &Here, people: &People) -> anyhow::Result<()> {
    if here.json {
        return here.say_json(people);
    }
    here.say(format!("{} at {}", HumanCount(people.total), people.place))?;
    for person in &people.people {
        let name = person.customer.clone().unwrap_or_else(|| person.key.to_string());
        let times = if person.times > 1 { format!(", {} times", person.times) } else { String::new() };
        here.say(format!("  {name}  {} to {}, {} events{times}", person.first, person.last, person.events))?;
    }
    let listed: u64 = people.people.iter().map(|person| person.times).sum();
    if listed < people.total {
        here.remark(format!("{} more; --at-most lists more of them.", HumanCount(people.total - listed)));
    }
    Ok(())
}

/// The question as it was given: JSON on the command line, or a file with it.
pub fn question(given: &str) -> anyhow::Result<Value> {
    if given.trim_start().starts_with('{') {
        return serde_json::from_str(given).context("the question is not JSON");
    }
    let path = Path::new(given);
    let text = files::text(path)?;
    if path.extension().is_some_and(|extension| extension == "toml") {
        return toml::from_str(&text).with_context(|| format!("the question in {} is not TOML", path.display()));
    }
    serde_json::from_str(&text).with_context(|| format!("the question in {} is not JSON", path.display()))
}

fn list(here: &Here) -> anyhow::Result<ExitCode> {
    if here.json {
        here.say_json(&analyses())?;
        return Ok(ExitCode::SUCCESS);
    }
    for analysis in ANALYSES {
        here.say(format!("{:16} {}", analysis.name(), analysis.about()))?;
        let map = if analysis.needs_map() { " --map journey.yaml" } else { "" };
        let example = if analysis.example() == json!({}) { String::new() } else { format!(" '{}'", analysis.example()) };
        here.say(format!("{:16} periplus ask {}{example}{map}\n", "", analysis.name()))?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_json_or_short() {
        assert_eq!(place_of("step=2, who=stopped").unwrap(), json!({"step": 2, "who": "stopped"}));
        assert_eq!(place_of("matched=true").unwrap(), json!({"matched": true}));
        assert_eq!(place_of(r#"{"edge": ["a", "b"]}"#).unwrap(), json!({"edge": ["a", "b"]}));
        assert_eq!(place_of("").unwrap(), json!({}));
        assert!(place_of("step").is_err() && place_of("{").is_err());
    }
}
