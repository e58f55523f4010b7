//! `periplus survey`: what people are asked, and links for those who are to be asked.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use indicatif::HumanCount;
use periplus_intake::collect::{Arrived, own};
use periplus_model::parts::PartTable;
use periplus_model::{Condition, CustomerKey, IdKind, Instant};
use periplus_picture::numbers::{observations, share};
use periplus_survey::asking::Asking;
use periplus_survey::definition::EXPIRES;
use periplus_survey::event::{Ask, SOURCE};
use periplus_survey::template::TEMPLATES;
use periplus_survey::{Channel, Link, Meanings, NotAsked, Person, Purpose, Secret, Survey, may_ask};
use periplus_workspace::saved::{self, Kind};
use periplus_workspace::{Workspace, surveys};
use serde::Serialize;
use serde_json::{Value, json};

use crate::collecting::Dice;
use crate::files;
use crate::here::{Here, Output};
use crate::house::surveys::came;

/// What people are asked: surveys are the files `surveys/ID.toml` in the data folder. docs/guide/feedback.md explains them.
#[derive(clap::Args)]
pub struct SurveyCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// List the surveys, and what came of them
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Say what is wrong with a survey, with line and column
    Check {
        /// The file, or the id of a survey of the data folder; `-` is what is piped in. All surveys of the data folder when absent
        file: Option<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Make links for those who are to be asked now, for a mailing tool, and note that they are asked
    ///
    /// A CSV file with a row for each customer: who it is, their address, and links that are theirs alone, one that opens the survey and one
    /// for each mark. Whoever is in it counts as asked from then on, and is asked by no survey again for a while.
    Links(Links),
    /// Print a survey to begin with
    Propose {
        /// How likely people are to recommend you, and why
        #[arg(long, group = "kind")]
        nps: bool,
        /// How satisfied people are, and what was wrong
        #[arg(long, group = "kind")]
        csat: bool,
        /// How easy something was, and what made it hard
        #[arg(long, group = "kind")]
        ces: bool,
        /// Put it into the data folder under this id instead of printing it
        #[arg(long, value_name = "ID")]
        keep: Option<String>,
    },
}

#[derive(clap::Args)]
struct Links {
    /// The survey's id
    survey: String,
    /// Where people reach the server, such as https://feedback.shop.example
    #[arg(long, value_name = "ADDRESS")]
    address: String,
    /// Only customers of this segment besides the survey's own: the id of a kept segment, or a condition as JSON
    #[arg(long, value_name = "SEGMENT")]
    segment: Option<String>,
    /// The kind of identifier that the mailing tool sends to; whoever has none is left out
    #[arg(long, value_name = "KIND", default_value = "email")]
    to: String,
    /// At most so many
    #[arg(long, value_name = "N")]
    at_most: Option<usize>,
    /// The file; what is printed when absent
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only say how many there would be: nobody is noted, and no link is made
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
}

/// So many people are noted as asked at a time.
const NOTED_AT_ONCE: usize = 500;

impl SurveyCommand {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        match self.what {
            What::List { output } => list(&here.printing(&output)),
            What::Check { file, output } => check(&here.printing(&output), file.as_deref()),
            What::Links(links) => {
                let here = here.printing(&links.output);
                links.run(&here)
            }
            What::Propose { nps: _, csat, ces, keep } => {
                let id = match (csat, ces) {
                    (true, _) => "csat",
                    (_, true) => "ces",
                    _ => "nps",
                };
                propose(here, id, keep.as_deref())
            }
        }
    }
}

fn list(here: &Here) -> anyhow::Result<ExitCode> {
    let mut outcomes = match here.data.join("state.db").exists() {
        true => {
            let workspace = here.workspace()?;
            workspace.survey_outcomes(&workspace.store.snapshot()?)?
        }
        false => BTreeMap::new(),
    };
    let mut told: Vec<Value> = Vec::new();
    for id in surveys::ids(&here.data)? {
        let Some(written) = surveys::get(&here.data, &id)? else { continue };
        let mut one = json!({"id": id, "came": came(&outcomes.remove(&id).unwrap_or_default())});
        match written.survey {
            Ok(survey) => {
                one["title"] = survey.say(&survey.title, survey.fallback()).into();
                one["is_open"] = survey.is_open(Instant(here.now())).into();
            }
            Err(problems) => one["problems"] = json!(problems),
        }
        told.push(one);
    }
    told.extend(outcomes.into_iter().map(|(id, outcome)| json!({"id": id, "came": came(&outcome)})));
    if here.json {
        here.say_json(&json!({"surveys": told}))?;
        return Ok(ExitCode::SUCCESS);
    }
    if told.is_empty() {
        here.say("There are no surveys yet: `periplus survey propose --nps --keep nps` writes one.")?;
    }
    for one in &told {
        let text = |name: &str| one[name].as_str().unwrap_or_default();
        let state = match (&one["problems"], &one["is_open"]) {
            (Value::Array(_), _) => "has problems: `periplus survey check` tells them",
            (_, Value::Bool(true)) => "open",
            (_, Value::Bool(false)) => "not open",
            _ => "no file",
        };
        here.say(format!("{}  {} ({state})", text("id"), text("title")))?;
        let came = &one["came"];
        let count = |name: &str| HumanCount(came[name].as_u64().unwrap_or_default());
        let rate = match came["response_rate"]["value"].as_f64() {
            Some(rate) => format!(
                "; {} of the asked answered ({} to {})",
                share(rate),
                share(came["response_rate"]["low"].as_f64().unwrap_or_default()),
                share(came["response_rate"]["high"].as_f64().unwrap_or_default())
            ),
            None => String::new(),
        };
        here.say(format!("  {} asked, {} responses, {} with words{rate}", count("asked"), count("responses"), count("comments")))?;
        for (kind, score) in came["scores"].as_object().into_iter().flatten() {
            let figure = &score["figure"];
            let number = |name: &str| figure[name].as_f64().unwrap_or_default();
            let small = if figure["is_small"] == true { ", too few to go by" } else { "" };
            let scale = if kind == "csat" { 100.0 } else { 1.0 };
            here.say(format!(
                "  {kind}: {:.1} ({:.1} to {:.1}; {}; {}{small})",
                number("value") * scale,
                number("low") * scale,
                number("high") * scale,
                score["variant"].as_str().unwrap_or_default(),
                observations(figure["n"].as_u64().unwrap_or_default()),
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check(here: &Here, file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let of_folder = |id: String| surveys::file(&here.data, &id);
    let paths: Vec<PathBuf> = match file {
        None => surveys::ids(&here.data)?.into_iter().map(of_folder).collect(),
        Some(file) if file == Path::new("-") || file.exists() => vec![file.to_owned()],
        Some(id) => vec![of_folder(id.display().to_string())],
    };
    let (mut told, mut is_right) = (Vec::new(), true);
    for path in &paths {
        let text = files::text(path)?;
        let problems = match Survey::parse(&text) {
            Ok(survey) => missing(here, &survey, &text)?,
            Err(problems) => problems,
        };
        is_right &= problems.is_empty();
        told.push(json!({"file": path.display().to_string(), "problems": problems}));
        if !here.json {
            match problems.is_empty() {
                true => here.say(format!("{}: right", path.display()))?,
                false => problems.iter().try_for_each(|problem| here.say(format!("{}:{problem}", path.display())))?,
            }
        }
    }
    if here.json {
        here.say_json(&json!({"surveys": told}))?;
    } else if paths.is_empty() {
        here.say("There are no surveys in the data folder.")?;
    }
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a survey names that is not there; nothing where there is no data folder to look in.
fn missing(here: &Here, survey: &Survey, text: &str) -> anyhow::Result<Vec<periplus_survey::Problem>> {
    if !here.data.exists() {
        return Ok(Vec::new());
    }
    let found = meanings(here, survey).and_then(|meanings| {
        surveys::know(survey, &meanings)?;
        Ok(periplus_survey::check::of_map(survey, text, &meanings))
    });
    Ok(found.unwrap_or_else(|error| vec![periplus_survey::Problem { line: 1, column: 1, message: format!("{error:#}") }]))
}

fn meanings(here: &Here, survey: &Survey) -> anyhow::Result<Meanings> {
    let map = match &survey.map {
        None => None,
        Some(id) => {
            let listed = fs::read_dir(here.data.join("maps")).into_iter().flatten().flatten().map(|entry| entry.path());
            let mut maps = listed.filter_map(|path| files::journey_map(&path).ok());
            let map = maps.find(|map| map.id == *id);
            Some(map.with_context(|| format!("there is no journey map '{id}' in {}", here.data.join("maps").display()))?)
        }
    };
    Ok(surveys::meanings(&here.data, map.as_ref())?)
}

fn propose(here: &Here, id: &str, keep: Option<&str>) -> anyhow::Result<ExitCode> {
    let template = TEMPLATES.iter().find(|template| template.id == id).context("there is no such survey to begin with")?;
    let Some(keep) = keep else {
        here.say(template.toml.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    };
    let place = surveys::file(&here.data, keep);
    if place.exists() {
        bail!("{} is there already", place.display());
    }
    if !here.data.join("state.db").exists() {
        drop(here.workspace_to_change()?);
    }
    surveys::put(&here.data, keep, template.toml)?;
    here.say(place.display())?;
    Ok(ExitCode::SUCCESS)
}

/// Somebody to be asked.
struct Chosen {
    key: CustomerKey,
    language: String,
    /// The identifiers that their rows carry.
    carried: Vec<String>,
}

/// A row of the file.
#[derive(Serialize)]
struct Row {
    customer: String,
    to: String,
    language: String,
    link: String,
    /// By mark.
    marks: BTreeMap<u8, String>,
}

impl Links {
    fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let written = surveys::get(&here.data, &self.survey)?;
        let written = written.with_context(|| format!("there is no survey '{}'; `periplus survey list` has them", self.survey))?;
        let survey = written.survey.map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("the survey has problems\n{}", lines.join("\n"))
        })?;
        let address = self.address.trim_end_matches('/');
        if !(address.starts_with("https://") || address.starts_with("http://")) {
            bail!("'{address}' is no address: it begins with https://");
        }
        let (kind, now) = (IdKind::new(&self.to)?, Instant(here.now()));
        let meanings = meanings(here, &survey)?;
        surveys::know(&survey, &meanings)?;
        let narrower = self.segment.as_deref().map(|text| segment(here, text, &meanings)).transpose()?;
        let mut dice = Dice::new()?;
        let workspace = here.workspace()?;
        let snapshot = workspace.store.snapshot()?;
        let asking = Asking { id: &self.survey, survey: &survey, meanings: &meanings, quiet: workspace.settings.surveys.quiet };
        let decide = |person: &Person| match narrower.as_ref().is_none_or(|segment| meanings.holds(person, segment, now)) {
            true => may_ask(&asking, person, Channel::Email, now),
            false => Err(NotAsked::Segment),
        };

        let bar = here.bar("choosing", snapshot.rows(PartTable::Events));
        let mut left_out: BTreeMap<NotAsked, u64> = BTreeMap::new();
        let mut chosen: Vec<Chosen> = Vec::new();
        workspace.each_person(&snapshot, &mut |person, carried| {
            bar.inc(person.events.len() as u64);
            match decide(&person) {
                Ok(()) => chosen.push(Chosen { key: person.key, language: language(&survey, &person), carried: carried.to_vec() }),
                Err(why) => *left_out.entry(why).or_default() += 1,
            }
            Ok(())
        })?;
        bar.finish_and_clear();

        let (mut people, mut unreachable) = (Vec::new(), 0u64);
        for Chosen { key, language, carried } in chosen {
            if self.at_most.is_some_and(|most| people.len() >= most) {
                break;
            }
            // Those that were linked; what never was is known from rows alone.
            let linked = workspace.store.identifiers_of(key)?;
            let name = linked.iter().find(|row| row.identifier.key() == key).map(|row| row.identifier.to_string());
            let linked = linked.into_iter().map(|row| row.identifier);
            let who = linked.chain(carried.iter().filter_map(|text| text.parse().ok())).find(|identifier| identifier.kind == kind);
            match who {
                Some(who) => people.push((name.unwrap_or_else(|| who.to_string()), who, language)),
                None => unreachable += 1,
            }
        }
        if self.dry_run {
            let told = json!({"asked": people.len(), "without_address": unreachable, "left_out": left_out});
            return self.say_done(here, &told, people.len(), unreachable, &left_out, false);
        }

        // Whoever was asked by somebody else meanwhile is not asked again.
        let secret = Secret::new(&workspace.survey_secret(dice.bytes())?);
        drop(workspace);
        let mut workspace = here.workspace_to_change()?;
        let newest = workspace.store.snapshot()?;
        if newest.id != snapshot.id {
            let mut still = Vec::new();
            for (name, who, language) in people {
                match decide(&workspace.person(workspace.customer_of(&who)?, &newest)?) {
                    Ok(()) => still.push((name, who, language)),
                    Err(why) => *left_out.entry(why).or_default() += 1,
                }
            }
            people = still;
        }

        let expires = now.plus(survey.expires.unwrap_or(EXPIRES));
        let (mut rows, mut events) = (Vec::new(), Vec::new());
        for (name, who, language) in &people {
            let number = dice.number();
            events.push(Ask { id: &self.survey, survey: &survey, ask: number, who, via: Channel::Email, language }.asked(now));
            let link =
                Link { purpose: Purpose::Answer, survey: self.survey.clone(), ask: number, who: who.clone(), via: Channel::Email, expires };
            let url = |purpose: Purpose| format!("{address}/s/a/{}", Link { purpose, ..link.clone() }.sign(&secret));
            let marks = survey
                .scored()
                .and_then(|question| question.kind.marks())
                .map_or_else(BTreeMap::new, |(lowest, highest)| (lowest..=highest).map(|mark| (mark, url(Purpose::Score(mark)))).collect());
            rows.push(Row { customer: name.clone(), to: who.value.clone(), language: language.clone(), link: url(Purpose::Answer), marks });
        }
        let text = if here.json { serde_json::to_string_pretty(&rows)? + "\n" } else { csv(&rows)? };
        // The file is there before anybody counts as asked, under another name: whoever counts as asked has a link.
        let beside = self.out.as_ref().map(|out| out.with_extension("unnoted"));
        if let Some(beside) = &beside {
            files::write(beside, text.as_bytes())?;
        }
        note(&mut workspace, &events, now.micros())?;
        match (&self.out, &beside) {
            (Some(out), Some(beside)) => {
                fs::rename(beside, out).with_context(|| format!("{} cannot be written; it is {}", out.display(), beside.display()))?
            }
            _ => std::io::stdout().lock().write_all(text.as_bytes())?,
        }
        let told = json!({"asked": rows.len(), "without_address": unreachable, "left_out": left_out});
        self.say_done(here, &told, rows.len(), unreachable, &left_out, true)
    }

    fn say_done(
        &self,
        here: &Here,
        told: &Value,
        asked: usize,
        unreachable: u64,
        left_out: &BTreeMap<NotAsked, u64>,
        is_noted: bool,
    ) -> anyhow::Result<ExitCode> {
        // What is printed is the file; what is said about it stands beside.
        if here.json && (self.dry_run || self.out.is_some()) {
            here.say_json(told)?;
        } else if !here.json {
            let noted = if is_noted { "asked, and noted as such" } else { "to be asked; nobody is noted" };
            here.remark(format!("{} customers {noted}.", HumanCount(asked as u64)));
            if unreachable > 0 {
                here.remark(format!("{} more have no identifier of the kind {}.", HumanCount(unreachable), self.to));
            }
            for (why, count) in left_out {
                here.remark(format!("{} not asked: {why}.", HumanCount(*count)));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A segment that people keep, or a condition.
fn segment(here: &Here, text: &str, meanings: &Meanings) -> anyhow::Result<Condition> {
    let condition = match text.trim_start().starts_with('{') {
        true => Condition::from_json(serde_json::from_str(text).context("the condition is no JSON")?)?,
        false => {
            let kept = saved::get(&here.data, Kind::Segments, text)?.and_then(|mut object| object.shift_remove("condition"));
            let known = kept.map(Condition::from_json).transpose()?.or_else(|| meanings.members.get(text).cloned());
            known.with_context(|| format!("there is no segment '{text}'"))?
        }
    };
    if !condition.about_customers() {
        bail!("a segment is a condition about customers, such as {{\"trait\": \"tier\", \"is\": \"gold\"}}");
    }
    meanings.know(&condition)?;
    Ok(condition)
}

/// The language to ask somebody in: what is known of them says it, or what their browser said last.
fn language(survey: &Survey, person: &Person) -> String {
    let known =
        |name: &str| person.traits.iter().rev().find(|known| known.name == name).and_then(|known| known.value.as_str().map(str::to_owned));
    let of_browser = || {
        let mut said = person.events.iter().rev().take(100).filter_map(|event| event.property("context_locale"));
        said.next().and_then(|locale| locale.as_str().map(str::to_owned))
    };
    let wanted = match survey.languages.len() {
        1 => None,
        _ => known("language").or_else(|| known("locale")).or_else(of_browser),
    };
    survey.language(&wanted.as_deref().into_iter().collect::<Vec<_>>()).to_owned()
}

/// Notes that people are asked, as if it had been sent.
fn note(workspace: &mut Workspace, events: &[Value], now: i64) -> anyhow::Result<()> {
    for some in events.chunks(NOTED_AT_ONCE) {
        let body = own::request(some);
        let arrived = Arrived { at: Instant(now), source: SOURCE, dialect: own::NAME, call: own::CALL, agent: None, body: &body };
        let landing = workspace.keep_requests(&[arrived.to_bytes()], now)?;
        if let Some(refused) = landing.quarantined.first() {
            bail!("it cannot be noted that people are asked ({}): the rules of the source '{SOURCE}' refuse it", refused.detail);
        }
    }
    Ok(())
}

/// The rows as CSV, with text that a spreadsheet cannot mistake for a formula.
fn csv(rows: &[Row]) -> anyhow::Result<String> {
    let safe = |text: &str| if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) { format!("'{text}") } else { text.to_owned() };
    let mut out = csv::Writer::from_writer(Vec::new());
    let marks: Vec<u8> = rows.first().map(|row| row.marks.keys().copied().collect()).unwrap_or_default();
    let head = ["customer", "to", "language", "link"].map(str::to_owned).into_iter().chain(marks.iter().map(|mark| format!("link_{mark}")));
    out.write_record(head)?;
    for row in rows {
        let fixed = [safe(&row.customer), safe(&row.to), row.language.clone(), row.link.clone()];
        out.write_record(fixed.iter().chain(row.marks.values()))?;
    }
    Ok(String::from_utf8(out.into_inner()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_runs_nothing_of_a_customers() {
        let row = Row {
            customer: "email:=cmd|x".to_owned(),
            to: "=cmd|' /C calc'!A0@example.org".to_owned(),
            language: "en".to_owned(),
            link: "https://f.example/s/a/x".to_owned(),
            marks: BTreeMap::from([(0, "https://f.example/s/a/0".to_owned()), (1, "https://f.example/s/a/1".to_owned())]),
        };
        let text = csv(&[row]).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("customer,to,language,link,link_0,link_1"));
        assert!(lines.next().unwrap().starts_with("email:=cmd|x,'=cmd|"), "{text}");
        assert_eq!(csv(&[]).unwrap(), "customer,to,language,link\n");
    }
}
