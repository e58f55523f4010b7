//! `periplus sources`: who may send, what they sent, and what of it was refused.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::bail;
use indicatif::HumanCount;
use periplus_model::time::Instant;
use periplus_picture::numbers::second;
use periplus_store::collect::HOUR;
use periplus_store::{Collected, KeyRow};
use serde::Serialize;

use crate::collecting::Dice;
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

/// A source's name has so many bytes at most.
const NAME_MAX: usize = 100;

impl Sources {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        match self.what {
            What::List { hours, output } => list(&here.printing(&output), hours),
            What::Add { name, origins, output } => add(&here.printing(&output), name, origins),
            What::End { key } => end(here, &key),
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

fn add(here: &Here, name: String, origins: Vec<String>) -> anyhow::Result<ExitCode> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(is_plain) {
        bail!("a source's name has letters, digits, '-', '_' and '.', {NAME_MAX} at most");
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

fn quarantine(here: &Here, reason: Option<&str>, top: usize) -> anyhow::Result<ExitCode> {
    let rows = here.workspace()?.store.quarantine(reason, top)?;
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
