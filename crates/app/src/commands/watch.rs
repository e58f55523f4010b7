//! `periplus watch`: what is watched, and who is told when it is out of line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use periplus_followup::{Judged, State, watch};
use periplus_model::Instant;
use periplus_workspace::saved::{self, Kind};
use serde_json::{Map, Value, json};

use crate::files;
use crate::following::{Sender, send_waiting};
use crate::here::{Here, Output};
use crate::house::Served;
use crate::limits::AskLimits;

/// What is watched, and who is told when it is out of line. docs/guide/followup.md explains it.
///
/// A watch asks a question again and again: a key figure by the day, a trend by the week, or what is found. A server that collects looks at
/// all of them whenever a day is over, and tells people by e-mail and programs by webhooks.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct WatchCommand {
    #[command(subcommand)]
    what: What,
}

const EXAMPLES: &str = "Examples:
  echo '{\"name\": \"NPS\", \"analysis\": \"kpis\", \"question\": {\"interval\": \"week\", \"kpis\": [{\"kpi\": \"nps\"}]}, \"when\": {\"unusual\": {}},
         \"tell\": [{\"mail\": \"ana@example.org\"}]}' | periplus watch add nps -
  periplus watch try nps
  periplus watch test nps
  periplus watch check";

#[derive(clap::Subcommand)]
enum What {
    /// List the watches, and how each was answered last
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Keep a watch under an id, from a file of JSON or TOML; `-` is what is piped in
    Add {
        /// Its id: a to z, digits, '-' and '_'
        id: String,
        /// The file
        file: PathBuf,
    },
    /// Remove a watch
    Remove {
        /// Its id
        id: String,
    },
    /// Say what a watch would say now, without keeping or telling it
    Try {
        /// The id of a watch, or a file
        watch: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Look at all watches for which it is time, open cases, and send what is to be sent: what a server does by itself
    Check {
        #[command(flatten)]
        output: Output,
    },
    /// Send everybody whom a watch, or a rule for cases, tells a message that says that it is a test
    Test {
        /// Its id
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// List what watches told
    Alerts {
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 20)]
        at_most: u64,
        #[command(flatten)]
        output: Output,
    },
    /// Print the key with which messages to programs are signed (Standard Webhooks)
    Key,
}

impl WatchCommand {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        match self.what {
            What::List { output } => list(&here.printing(&output)),
            What::Add { id, file } => add(here, &id, &file),
            What::Remove { id } => remove(here, &id),
            What::Try { watch, output } => try_one(&here.printing(&output), &watch),
            What::Check { output } => check(&here.printing(&output)),
            What::Test { id, output } => test(&here.printing(&output), &id),
            What::Alerts { at_most, output } => alerts(&here.printing(&output), at_most),
            What::Key => {
                here.say(Sender::new(&here.workspace()?)?.key.shown())?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// The workspace as a server would serve it.
pub(super) fn served(here: &Here) -> Served {
    Served::new(here, Vec::new(), 64 << 20, AskLimits::default()).letting_change(true)
}

fn list(here: &Here) -> anyhow::Result<ExitCode> {
    let workspace = here.workspace()?;
    let mut told = Vec::new();
    for (id, watch) in workspace.watches()? {
        told.push((id.clone(), watch, workspace.checked(&id)?));
    }
    if here.json {
        let list: Vec<Value> = told.iter().map(|(id, watch, checked)| json!({"id": id, "watch": watch, "checked": checked})).collect();
        here.say_json(&json!({"watches": list}))?;
        return Ok(ExitCode::SUCCESS);
    }
    if told.is_empty() {
        here.say("Nothing is watched yet: `periplus watch --help` has an example.")?;
    }
    for (id, watch, checked) in told {
        let off = if watch.is_off { ", rests" } else { "" };
        here.say(format!("{id}: {} ({} told{off})", watch.name, watch.tell.len()))?;
        match checked {
            None => here.say("  not looked at yet")?,
            Some(checked) => {
                here.say(format!("  looked at {}", checked.at))?;
                checked.trouble.iter().try_for_each(|trouble| here.say(format!("  {trouble}")))?;
                say_judged(here, &checked.judged)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say_judged(here: &Here, judged: &[Judged]) -> anyhow::Result<()> {
    for one in judged {
        let sign = match one.state {
            State::Alarm => "!",
            State::Well => "·",
            State::TooLittle => "?",
        };
        here.say(format!("  {sign} {}", one.text))?;
    }
    Ok(())
}

fn object(file: &std::path::Path) -> anyhow::Result<Map<String, Value>> {
    let text = files::text(file)?;
    let value: Value = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(json) => {
            toml::from_str(&text).map_err(|toml| anyhow::anyhow!("{}: neither JSON ({json}) nor TOML ({toml})", file.display()))?
        }
    };
    match value {
        Value::Object(object) => Ok(object),
        _ => bail!("{}: a watch is an object", file.display()),
    }
}

fn add(here: &Here, id: &str, file: &std::path::Path) -> anyhow::Result<ExitCode> {
    let object = object(file)?;
    watch::parse(&object)?;
    // Refuses a question that nobody could answer, before it fails every night.
    served(here).try_watch(&object, &Arc::default()).map_err(|refusal| anyhow::anyhow!(refusal.detail))?;
    saved::put(&here.data, Kind::Watches, id, &object)?;
    here.say(format!("It is watched. `periplus watch test {id}` tries whether messages arrive."))?;
    Ok(ExitCode::SUCCESS)
}

fn remove(here: &Here, id: &str) -> anyhow::Result<ExitCode> {
    saved::remove(&here.data, Kind::Watches, id)?.with_context(|| format!("nothing is watched as '{id}'"))?;
    here.say("It is not watched any more.")?;
    Ok(ExitCode::SUCCESS)
}

fn try_one(here: &Here, wanted: &std::path::Path) -> anyhow::Result<ExitCode> {
    let kept = wanted.to_str().map(|id| saved::get(&here.data, Kind::Watches, id)).transpose()?.flatten();
    let object = kept.map_or_else(|| object(wanted), Ok)?;
    let told = served(here).try_watch(&object, &Arc::default()).map_err(|refusal| anyhow::anyhow!(refusal.detail))?;
    if here.json {
        here.say_json(&told)?;
    } else {
        let judged: Vec<Judged> = serde_json::from_value(told["judged"].clone())?;
        say_judged(here, &judged)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn check(here: &Here) -> anyhow::Result<ExitCode> {
    let served = served(here);
    let (alerts, cases) = served.follow_up(here.now(), &Arc::default(), true)?;
    let mut workspace = here.workspace()?;
    workspace.make_digests(here.now())?;
    let sent = send_waiting(&mut workspace, &served.title_of(), &|| here.now(), usize::MAX)?;
    if here.json {
        here.say_json(&json!({"alerts": alerts, "cases": cases, "sent": sent}))?;
    } else {
        here.say(format!("{alerts} new alerts, {cases} new cases, {sent} messages sent"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn test(here: &Here, id: &str) -> anyhow::Result<ExitCode> {
    let told = served(here).test_telling(id).map_err(|refusal| anyhow::anyhow!(refusal.detail))?;
    let sent = told["sent"].as_array().cloned().unwrap_or_default();
    if here.json {
        here.say_json(&told)?;
    } else if sent.is_empty() {
        here.say("It tells nobody; alerts are seen in the list alone.")?;
    } else {
        for one in &sent {
            let problem = one["problem"].as_str().map_or("taken".to_owned(), |problem| format!("not taken: {problem}"));
            here.say(format!("{}: {problem}", one["to"]))?;
        }
    }
    let all = sent.iter().all(|one| one["is_sent"] == true);
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn alerts(here: &Here, at_most: u64) -> anyhow::Result<ExitCode> {
    let alerts = here.workspace()?.alerts(at_most)?;
    if here.json {
        here.say_json(&json!({"alerts": alerts}))?;
        return Ok(ExitCode::SUCCESS);
    }
    if alerts.is_empty() {
        here.say("No watch has told anything.")?;
    }
    for alert in alerts {
        let over = alert.ended_at.map_or("goes on".to_owned(), |at: Instant| format!("over {at}"));
        here.say(format!("{} {} ({over})", alert.happening.began_at, alert.happening.name))?;
        here.say(format!("  {}", alert.happening.judged.text))?;
    }
    Ok(ExitCode::SUCCESS)
}
