//! `periplus case`: bad responses that somebody sees to.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use periplus_followup::case::{self, figures};
use periplus_followup::{Act, Case, Outcome};
use periplus_model::Instant;
use periplus_picture::numbers::share;
use periplus_workspace::saved::{self, Kind};
use serde_json::{Value, json};

use crate::files;
use crate::here::{Here, Output};
use crate::house::followup::{CaseFilter, told_cases};

/// Bad responses that somebody sees to. docs/guide/followup.md explains them.
///
/// A rule says which responses become cases, who sees to them and until when. A server that collects opens them by itself.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct CaseCommand {
    #[command(subcommand)]
    what: What,
}

const EXAMPLES: &str = "Examples:
  echo '{\"name\": \"Detractors\", \"score\": \"NPS\", \"at_most\": 6, \"due\": \"2d\", \"owner\": \"service\"}' | periplus case rule detractors -
  periplus case list --status overdue
  periplus case take 5f0c1d2e3a4b5c6d7e8f --as Ana
  periplus case close 5f0c1d2e3a4b5c6d7e8f --outcome solved --note \"A new parcel is on its way\" --as Ana";

#[derive(clap::Subcommand)]
enum What {
    /// List cases, what is due first at first, with figures of all
    List {
        /// Only those that are open, in_hand, closed, overdue or unclosed
        #[arg(long, value_name = "STATUS", default_value = "unclosed", value_parser = ["open", "in_hand", "closed", "overdue", "unclosed", "all"])]
        status: String,
        /// Only those of somebody
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        at_most: u64,
        #[command(flatten)]
        output: Output,
    },
    /// Show a case, and what was done with it
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// See to a case from now on
    Take {
        /// Its id
        id: String,
        /// Who
        #[arg(long = "as", value_name = "NAME")]
        who: String,
    },
    /// Give a case to somebody
    Assign {
        /// Its id
        id: String,
        /// To whom
        owner: String,
        /// Who does
        #[arg(long = "as", value_name = "NAME", default_value = "")]
        who: String,
    },
    /// Say something about a case
    Note {
        /// Its id
        id: String,
        /// What
        text: String,
        /// Who does
        #[arg(long = "as", value_name = "NAME", default_value = "")]
        who: String,
    },
    /// Be done with a case
    Close {
        /// Its id
        id: String,
        /// What came of it
        #[arg(long, value_name = "OUTCOME", value_parser = ["solved", "explained", "compensated", "not_reached", "nothing_to_do"])]
        outcome: String,
        /// What there is to say
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
        /// Who does
        #[arg(long = "as", value_name = "NAME", default_value = "")]
        who: String,
    },
    /// Not be done with a case after all
    Reopen {
        /// Its id
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
        /// Who does
        #[arg(long = "as", value_name = "NAME", default_value = "")]
        who: String,
    },
    /// Keep a rule under an id, from a file of JSON or TOML (`-` is what is piped in); with --remove, remove it
    Rule {
        /// Its id
        id: String,
        /// The file
        #[arg(required_unless_present = "remove")]
        file: Option<PathBuf>,
        /// Remove it; cases that it opened stay
        #[arg(long)]
        remove: bool,
    },
}

impl CaseCommand {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        match self.what {
            What::List { status, owner, at_most, output } => {
                let status = Some(status).filter(|status| status != "all");
                list(&here.printing(&output), &CaseFilter { status, owner }, at_most)
            }
            What::Show { id, output } => show(&here.printing(&output), &id),
            What::Take { id, who } => act(here, &id, &Act::Take { by: who.clone() }, &who),
            What::Assign { id, owner, who } => act(here, &id, &Act::Assign { owner }, &who),
            What::Note { id, text, who } => act(here, &id, &Act::Note { text }, &who),
            What::Close { id, outcome, note, who } => {
                let outcome = Outcome::of_word(&outcome).context("there is no such outcome")?;
                act(here, &id, &Act::Close { outcome, text: note }, &who)
            }
            What::Reopen { id, note, who } => act(here, &id, &Act::Reopen { text: note }, &who),
            What::Rule { id, file, remove } => rule(here, &id, file.filter(|_| !remove)),
        }
    }
}

fn line(case: &Case, now: Instant) -> String {
    let mark = case.mark.map_or("–".to_owned(), |mark| mark.to_string());
    let who = case.customer.as_deref().unwrap_or(&case.distinct_id);
    let owner = case.owner.as_deref().unwrap_or("nobody");
    let due = if case.is_overdue(now) { "OVERDUE since" } else { "due" };
    format!("{}  {} {mark}  {who}  {} by {owner}, {due} {}", case.id, case.score, case.status.said(), case.due_at)
}

fn list(here: &Here, filter: &CaseFilter, at_most: u64) -> anyhow::Result<ExitCode> {
    let now = Instant(here.now());
    let all = here.workspace()?.cases()?;
    let told = told_cases(&all, filter, at_most, now);
    if here.json {
        here.say_json(&told)?;
        return Ok(ExitCode::SUCCESS);
    }
    if all.is_empty() {
        here.say("There are no cases: `periplus case --help` has an example of a rule that opens some.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let listed: Vec<Case> = serde_json::from_value(told["cases"].clone())?;
    for case in &listed {
        here.say(line(case, now))?;
        case.words.iter().try_for_each(|words| here.say(format!("  “{}”", words.trim())))?;
    }
    let figures = figures(&all, now);
    let in_time = figures.in_time.map_or(String::new(), |share_| format!(", {} in time", share(share_.value)));
    let median = figures.median_seconds.map_or(String::new(), |seconds| format!(", half of them within {:.1} hours", seconds / 3_600.0));
    here.say(format!(
        "{} of {} shown: {} open, {} in hand, {} overdue, {} closed{in_time}{median}",
        listed.len(),
        told["total"],
        figures.open,
        figures.in_hand,
        figures.overdue,
        figures.closed
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn show(here: &Here, id: &str) -> anyhow::Result<ExitCode> {
    let (case, notes) = here.workspace()?.case(id)?.with_context(|| format!("no case is '{id}'"))?;
    if here.json {
        here.say_json(&json!({"case": case, "notes": notes}))?;
        return Ok(ExitCode::SUCCESS);
    }
    here.say(line(&case, Instant(here.now())))?;
    case.words.iter().try_for_each(|words| here.say(format!("“{}”", words.trim())))?;
    let places = [("at", &case.touchpoint), ("stage", &case.stage)];
    places.iter().try_for_each(|(name, place)| place.iter().try_for_each(|place| here.say(format!("{name} {place}"))))?;
    for note in notes {
        here.say(format!("{}  {} {}: {}", Instant(note.at), note.who, note.act, note.text))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn act(here: &Here, id: &str, act: &Act, who: &str) -> anyhow::Result<ExitCode> {
    let case = here.workspace()?.act(id, act, who, here.now())?.with_context(|| format!("no case is '{id}'"))?;
    here.say(line(&case, Instant(here.now())))?;
    Ok(ExitCode::SUCCESS)
}

fn rule(here: &Here, id: &str, file: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let Some(file) = file else {
        saved::remove(&here.data, Kind::CaseRules, id)?.with_context(|| format!("there is no rule '{id}'"))?;
        here.say("The rule is gone; cases that it opened stay.")?;
        return Ok(ExitCode::SUCCESS);
    };
    let text = files::text(&file)?;
    let value: Value = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(json) => toml::from_str(&text).map_err(|toml| anyhow::anyhow!("neither JSON ({json}) nor TOML ({toml})"))?,
    };
    let Value::Object(object) = value else { bail!("a rule is an object") };
    case::parse(&object)?;
    saved::put(&here.data, Kind::CaseRules, id, &object)?;
    here.say("A server that collects opens cases by it from now on; `periplus watch check` does so now.")?;
    Ok(ExitCode::SUCCESS)
}
