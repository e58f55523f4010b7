//! `periplus sources`: who may send, what they sent, and what of it was refused.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::HumanCount;
use periplus_intake::policy::{self, Observer, Plan, Policy};
use periplus_intake::source::Settings;
use periplus_model::PartTable;
use periplus_model::time::Instant;
use periplus_picture::numbers::second;
use periplus_store::collect::HOUR;
use periplus_store::{Collected, KeyRow, QuarantineRow};
use periplus_workspace::replay::Replayed;
use periplus_workspace::{Workspace, sources};
use serde::Serialize;

use crate::collecting::Dice;
use crate::files;
use crate::here::{Here, Output};

/// Who may send to `periplus serve`, what they sent, and what of it was refused.
#[derive(clap::Args)]
pub struct Sources {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// List the sources with their keys and what they sent
    List {
        /// Of how many hours the counts are
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        hours: u32,
        #[command(flatten)]
        output: Output,
    },
    /// Give a source a write key, with which its senders may send and do nothing else
    Add {
        /// The source's name, such as shop-web
        name: String,
        /// An origin from which browsers may send with it, such as https://shop.example; may be given several times. From any
        /// when there are none
        #[arg(long = "origin", value_name = "ORIGIN")]
        origins: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// End a key: what comes with it from now on is refused, and what came stays
    End {
        /// The key
        key: String,
    },
    /// Say what a source's messages mean and what becomes of them: webhooks, rules about personal data, a tracking plan, consent
    ///
    /// Without a file, what is said now is shown. The file is TOML; docs/guide/collect.md has examples. What is said counts for
    /// whatever is read from then on, also of imports of this name.
    Rules {
        /// The source's name
        name: String,
        /// The file; `-` is what is piped in
        file: Option<PathBuf>,
        /// Only look whether the file is right
        #[arg(long, requires = "file")]
        check: bool,
    },
    /// Propose a tracking plan: the events and properties that a source has sent until now
    Plan {
        /// The source's name
        name: String,
    },
    /// Read messages in quarantine again, after what was wrong with them, or with what is said about their source, was mended
    Replay {
        /// Mended messages: JSON as `periplus sources quarantine --json` prints it, with other texts in `message`; `-` is what is
        /// piped in. Without it, messages are read again as they are
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Only those that were refused for this reason
        #[arg(long, value_name = "REASON", conflicts_with = "file")]
        reason: Option<String>,
        /// Only those of this source
        #[arg(long, value_name = "NAME", conflicts_with = "file")]
        source: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Watch what arrives and what is refused, and why, at a server that collects
    Tail {
        /// Where the server listens
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8042")]
        server: SocketAddr,
        /// Only what is refused
        #[arg(long)]
        refused: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Show messages that were refused, newest first, and why
    Quarantine {
        /// Only those that were refused for this reason, such as no_identifier
        #[arg(long, value_name = "REASON")]
        reason: Option<String>,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 20)]
        top: usize,
        #[command(flatten)]
        output: Output,
    },
}

/// A source, as it is listed.
#[derive(Serialize)]
struct Source {
    name: String,
    keys: Vec<KeyRow>,
    /// Added up over the hours.
    collected: Collected,
}

impl Sources {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        match self.what {
            What::List { hours, output } => list(&here.printing(&output), hours),
            What::Add { name, origins, output } => add(&here.printing(&output), name, origins),
            What::End { key } => end(here, &key),
            What::Rules { name, file, check } => rules(here, &name, file.as_deref(), check),
            What::Plan { name } => plan(here, &name),
            What::Replay { file, reason, source, output } => replay(&here.printing(&output), file.as_deref(), reason, source),
            What::Tail { server, refused, output } => tail(&here.printing(&output), server, refused),
            What::Quarantine { reason, top, output } => quarantine(&here.printing(&output), reason.as_deref(), top),
        }
    }
}

fn list(here: &Here, hours: u32) -> anyhow::Result<ExitCode> {
    let store = here.workspace()?.store;
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    fn entry<'s>(sources: &'s mut BTreeMap<String, Source>, name: &str) -> &'s mut Source {
        let collected = Collected { source: name.to_owned(), ..Collected::default() };
        sources.entry(name.to_owned()).or_insert_with(|| Source { name: name.to_owned(), keys: Vec::new(), collected })
    }
    for key in store.keys()? {
        entry(&mut sources, &key.source.clone()).keys.push(key);
    }
    let since = (here.now() - i64::from(hours) * HOUR).div_euclid(HOUR) * HOUR;
    for hour in store.collected(since)? {
        let sum = &mut entry(&mut sources, &hour.source).collected;
        sum.hour = since;
        sum.add(&hour);
    }
    let losses = store.losses()?;
    if here.json {
        here.say_json(&serde_json::json!({"sources": sources.into_values().collect::<Vec<_>>(), "losses": losses}))?;
        return Ok(ExitCode::SUCCESS);
    }
    if sources.is_empty() {
        here.say("Nobody may send yet: `periplus sources add NAME` gives a source a write key.")?;
    }
    for Source { name, keys, collected, .. } in sources.into_values() {
        here.say(&name)?;
        for KeyRow { key, origins, ended_at, .. } in keys {
            let from = if origins.is_empty() { "from anywhere".to_owned() } else { format!("browsers from {}", origins.join(", ")) };
            match ended_at {
                Some(at) => here.say(format!("  {key}  ended {}", second(Instant(at))))?,
                None => here.say(format!("  {key}  {from}"))?,
            }
        }
        let count = |count: u64| HumanCount(count).to_string();
        if collected.last_at == 0 {
            here.say(format!("  nothing in the last {hours} hours"))?;
        } else {
            here.say(format!(
                "  {} messages in the last {hours} hours, the last {}; {} quarantined. Of their rows {} stored, {} duplicates",
                count(collected.messages + collected.quarantined),
                second(Instant(collected.last_at)),
                count(collected.quarantined),
                count(collected.stored),
                count(collected.duplicates),
            ))?;
        }
    }
    for loss in losses {
        here.say(format!(
            "LOST: frames {} to {} of the log were accepted and cannot be read ({}), noticed {}",
            loss.first_frame,
            loss.end_frame - 1,
            loss.why,
            second(Instant(loss.at))
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Gives a source a write key.
pub fn new_key(here: &Here, name: String, origins: Vec<String>) -> anyhow::Result<KeyRow> {
    check_name(&name)?;
    if name == periplus_survey::event::SOURCE {
        bail!("'{name}' is the source of what surveys themselves say, and nobody else's; give it another name");
    }
    for origin in &origins {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', ' ', '*'])) {
            bail!(
                "'{origin}' is no origin: it is a scheme, a host and perhaps a port, such as https://shop.example or http://localhost:8080"
            );
        }
    }
    // Adding a key changes nothing that an import or a server is in the middle of, so it does not wait for them.
    if !here.data.join("state.db").exists() {
        drop(here.workspace_to_change()?);
    }
    let store = here.workspace()?.store;
    let mut dice = Dice::new()?;
    let key = KeyRow { key: format!("{:016x}{:016x}", dice.next(), dice.next()), source: name, at: here.now(), origins, ended_at: None };
    store.add_key(&key)?;
    Ok(key)
}

fn add(here: &Here, name: String, origins: Vec<String>) -> anyhow::Result<ExitCode> {
    let key = new_key(here, name, origins)?;
    if here.json {
        here.say_json(&key)?;
    } else {
        here.say(&key.key)?;
        here.remark(format!("Senders of {} name it as their write key, and the address of `periplus serve` as their host.", key.source));
    }
    Ok(ExitCode::SUCCESS)
}

fn end(here: &Here, key: &str) -> anyhow::Result<ExitCode> {
    if !here.workspace()?.store.end_key(key, here.now())? {
        bail!("there is no such key that has not ended; `periplus sources list` shows them");
    }
    here.remark("A running server knows within a second or two.");
    Ok(ExitCode::SUCCESS)
}

fn check_name(name: &str) -> anyhow::Result<()> {
    if !sources::is_plain(name) {
        bail!("a source's name has letters, digits, '-', '_' and '.', 100 at most, and does not begin with a dot");
    }
    Ok(())
}

fn rules(here: &Here, name: &str, file: Option<&Path>, only_check: bool) -> anyhow::Result<ExitCode> {
    check_name(name)?;
    let place = sources::file(&here.data, name);
    let Some(file) = file else {
        match std::fs::read_to_string(&place) {
            Ok(text) => here.say(text.trim_end())?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                here.remark(format!("Nothing is said about {name}; `periplus sources rules {name} FILE` does."));
            }
            Err(error) => return Err(error).with_context(|| place.display().to_string()),
        }
        return Ok(ExitCode::SUCCESS);
    };
    let text = files::text(file)?;
    Settings::parse(&text).with_context(|| file.display().to_string())?;
    if only_check {
        here.remark(format!("{} is right.", file.display()));
        return Ok(ExitCode::SUCCESS);
    }
    if !here.data.join("state.db").exists() {
        drop(here.workspace_to_change()?);
    }
    sources::write(&here.data, name, &text)?;
    here.remark(format!("{}: a running server knows within a second or two.", place.display()));
    Ok(ExitCode::SUCCESS)
}

fn plan(here: &Here, name: &str) -> anyhow::Result<ExitCode> {
    let workspace = here.workspace()?;
    let snapshot = workspace.store.snapshot()?;
    let (mut observer, mut events) = (Observer::default(), 0u64);
    let bar = here.bar("reading events", snapshot.rows(PartTable::Events));
    workspace.each_event_of(name, &snapshot, &mut |event, properties| {
        observer.see(event, properties);
        events += 1;
        if events.is_multiple_of(8_192) {
            bar.set_position(events);
        }
    })?;
    bar.finish_and_clear();
    if events == 0 {
        bail!("no events of a source '{name}' are stored; `periplus sources list --hours 100000` shows those that sent some");
    }
    here.say(rules_with(observer.plan())?.trim_end())?;
    here.remark(format!("Made of {} events. Look at it, and give it to `periplus sources rules {name} FILE`.", HumanCount(events)));
    Ok(ExitCode::SUCCESS)
}

/// What is said about a source that has a tracking plan and nothing else.
pub fn rules_with(plan: Plan) -> anyhow::Result<String> {
    let policy = Policy::new(policy::Settings { plan: Some(plan), ..policy::Settings::default() })?;
    Ok(Settings { rules: Some(policy), ..Settings::default() }.to_toml()?)
}

/// Reads messages of quarantine again, some at a time, so that what was taken counts, should it end early.
pub fn replay_all(
    here: &Here,
    workspace: &mut Workspace,
    messages: &[QuarantineRow],
    each: &mut dyn FnMut(usize),
) -> anyhow::Result<Replayed> {
    let mut sum = Replayed::default();
    for some in messages.chunks(REPLAYED_AT_ONCE) {
        let replayed = workspace.replay(some, here.now())?;
        sum.taken += replayed.taken;
        sum.stored += replayed.stored;
        sum.duplicates += replayed.duplicates;
        sum.refused.extend(replayed.refused);
        each(some.len());
    }
    Ok(sum)
}

fn replay(here: &Here, file: Option<&Path>, reason: Option<String>, source: Option<String>) -> anyhow::Result<ExitCode> {
    let mut workspace = here.workspace_to_change()?;
    let mut messages = workspace.store.quarantine(reason.as_deref(), source.as_deref(), usize::MAX >> 1)?;
    messages.reverse();
    if let Some(file) = file {
        messages = mended(&files::text(file)?, messages).with_context(|| file.display().to_string())?;
    }
    let bar = here.bar("reading again", messages.len() as u64);
    let sum = replay_all(here, &mut workspace, &messages, &mut |read| bar.inc(read as u64))?;
    bar.finish_and_clear();
    if here.json {
        here.say_json(&sum)?;
        return Ok(ExitCode::SUCCESS);
    }
    here.say(format!(
        "{} of {} messages were taken ({} rows stored, {} duplicates); {} were refused again.",
        HumanCount(sum.taken),
        HumanCount(messages.len() as u64),
        HumanCount(sum.stored),
        HumanCount(sum.duplicates),
        HumanCount(sum.refused.len() as u64)
    ))?;
    for refused in sum.refused.iter().take(20) {
        here.say(format!("  {}  {}: {}", refused.id, refused.reason, refused.detail))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// How often a server is asked what arrived.
const TAIL_PAUSE: Duration = Duration::from_millis(500);

/// Watches until somebody ends the program.
fn tail(here: &Here, server: SocketAddr, only_refused: bool) -> anyhow::Result<ExitCode> {
    let mut after = String::new();
    here.remark(format!("Watching {server}; Ctrl-C ends it."));
    loop {
        let seen =
            get(server, &format!("/api/live{after}")).with_context(|| format!("no server answers at {server}; --server names another"))?;
        after = format!("?after={}", seen["next"]);
        if let Some(missed) = seen["missed"].as_u64().filter(|missed| *missed > 0) {
            here.remark(format!("{} more came than could be shown", HumanCount(missed)));
        }
        for arrival in seen["arrivals"].as_array().into_iter().flatten() {
            if only_refused && arrival["outcome"] == "accepted" {
                continue;
            }
            if here.json {
                here.say(arrival)?;
                continue;
            }
            let text = |key: &str| arrival[key].as_str().unwrap_or_default();
            let at = text("at").parse::<Instant>().map(second).unwrap_or_default();
            let why = if text("code").is_empty() { String::new() } else { format!("  {}: {}", text("code"), text("detail")) };
            here.say(format!("{at}  {:11}  {:12}  {:8}{why}  {}", text("outcome"), text("source"), text("dialect"), text("begins")))?;
        }
        std::thread::sleep(TAIL_PAUSE);
    }
}

/// Asks a server of ours for JSON.
fn get(server: SocketAddr, path: &str) -> anyhow::Result<serde_json::Value> {
    const TIMEOUT: Duration = Duration::from_secs(10);
    let mut stream = TcpStream::connect_timeout(&server, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {server}\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(64 << 20).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("it does not speak HTTP")?;
    let body: serde_json::Value = serde_json::from_str(body).context("it does not speak JSON")?;
    if head.split_whitespace().nth(1) != Some("200") {
        bail!("{}", body["detail"].as_str().unwrap_or("it refuses"));
    }
    Ok(body)
}

/// So many messages are read again in one commit.
const REPLAYED_AT_ONCE: usize = 10_000;

/// Messages of quarantine with the texts that a file gives them.
fn mended(text: &str, known: Vec<QuarantineRow>) -> anyhow::Result<Vec<QuarantineRow>> {
    #[derive(serde::Deserialize)]
    struct Mended {
        id: u64,
        message: serde_json::Value,
    }
    let mended: Vec<Mended> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text)?,
        false => serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>()?,
    };
    let mut by_id: BTreeMap<u64, QuarantineRow> = known.into_iter().map(|row| (row.id, row)).collect();
    mended
        .into_iter()
        .map(|Mended { id, message }| {
            let mut row = by_id.remove(&id).with_context(|| format!("there is no message {id} in quarantine, or it is named twice"))?;
            row.quarantined.message = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
            Ok(row)
        })
        .collect()
}

fn quarantine(here: &Here, reason: Option<&str>, top: usize) -> anyhow::Result<ExitCode> {
    let rows = here.workspace()?.store.quarantine(reason, None, top)?;
    if here.json {
        here.say_json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        here.say("Nothing was refused.")?;
    }
    for row in rows {
        let message = &row.quarantined;
        here.say(format!("{}  {}  {}: {}", second(Instant(message.at)), message.source, message.reason, message.detail))?;
        here.say(format!("  {}", message.message))?;
    }
    Ok(ExitCode::SUCCESS)
}
