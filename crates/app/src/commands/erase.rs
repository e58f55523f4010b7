//! `periplus erase`: somebody vanishes, and nothing is kept of them from then on.

use std::process::ExitCode;

use anyhow::bail;
use indicatif::HumanCount;
use periplus_model::identity::Identifier;
use periplus_model::time::Instant;
use periplus_picture::numbers::{counted, second};
use periplus_workspace::erase::Purged;
use serde_json::json;

use crate::collecting::Collecting;
use crate::here::{Here, Output};

/// Erase a customer: events, traits, identifiers, and what was refused of theirs.
///
/// From then on they are in no answer, of no version. What arrives later with one of their identifiers is refused, and
/// nothing of it is kept. The bytes leave the files within a day while a server runs, or at once with --now. What this
/// program wrote elsewhere (exports, backups) is not touched: `periplus restore` says what to do about backups.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Erase {
    /// An identifier: `email:ana@example.org`, or just `ana@example.org`
    #[arg(value_name = "ID", required_unless_present_any = ["list", "now"])]
    id: Option<String>,
    /// Why, for the list of erasures; it must not say who
    #[arg(long, value_name = "TEXT", default_value = "", requires = "id")]
    because: String,
    /// Wait until the bytes are gone from all files, also those of earlier erasures
    #[arg(long)]
    now: bool,
    /// Only show what would be erased
    #[arg(long, requires = "id", conflicts_with = "now")]
    dry_run: bool,
    /// Let this identifier be kept again: somebody who was erased has come back by their own will. What was erased stays so
    #[arg(long, requires = "id", conflicts_with_all = ["now", "dry_run"])]
    welcome: bool,
    /// List the erasures
    #[arg(long, conflicts_with_all = ["id", "now"])]
    list: bool,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  periplus erase email:ana@example.org --because 'request of 3 May'
  periplus erase email:ana@example.org --now
  periplus erase --list";

impl Erase {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let here = &here.printing(&self.output);
        // Erasing from a folder without data would make one.
        drop(here.workspace()?);
        match &self.id {
            _ if self.list => list(here),
            Some(id) if self.dry_run => show(here, id),
            Some(id) if self.welcome => welcome(here, id),
            Some(id) => self.erase(here, id),
            None => purge(here),
        }
    }

    fn erase(&self, here: &Here, id: &str) -> anyhow::Result<ExitCode> {
        // What a server that ended left in its log is about them, too.
        let serves = !Collecting::drain(here)?;
        let erased = here.workspace_to_change()?.erase(id, &self.because, here.now())?;
        if !here.json {
            here.say(format!(
                "Erased: {}, {}, {}, {}.",
                counted(erased.events, "events"),
                counted(erased.traits, "trait updates"),
                counted(erased.identifiers.len() as u64, "identifiers"),
                counted(erased.quarantined, "refused messages")
            ))?;
            erased.identifiers.iter().try_for_each(|identifier| here.say(format!("  {identifier}")))?;
        }
        let purged = if self.now { Some(wait(here)?) } else { None };
        if here.json {
            here.say_json(&json!({"erased": erased, "purged": purged}))?;
        } else if let Some(purged) = &purged {
            tell(here, purged)?;
        } else if serves {
            here.remark("The bytes leave the files within a day; `periplus erase --now` does not wait for that.");
        } else {
            here.remark("The bytes leave the files with the next `periplus erase --now`, `periplus lake compact`, or within a day of a running server.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(here: &Here, id: &str) -> anyhow::Result<ExitCode> {
    let workspace = here.workspace()?;
    let snapshot = workspace.store.snapshot()?;
    let found = workspace.find(id, &snapshot)?;
    if found.is_empty() {
        bail!("nobody has the identifier '{id}'");
    }
    let views = found.iter().map(|key| workspace.customer(*key, &snapshot)).collect::<Result<Vec<_>, _>>()?;
    if here.json {
        let views = views.iter().map(
            |view| json!({"name": view.name, "events": view.events.len(), "traits": view.traits.len(), "identifiers": view.identifiers}),
        );
        here.say_json(&views.collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    for view in &views {
        let (events, traits) = (counted(view.events.len() as u64, "events"), counted(view.traits.len() as u64, "traits"));
        here.say(format!("{}: {events}, {traits}", view.name))?;
        view.identifiers.iter().try_for_each(|known| here.say(format!("  {}", known.identifier)))?;
    }
    if views.len() > 1 {
        here.remark(format!("{} customers have an identifier '{id}': say which is meant, with its kind.", views.len()));
    }
    here.remark("Nothing was erased.");
    Ok(ExitCode::SUCCESS)
}

fn welcome(here: &Here, id: &str) -> anyhow::Result<ExitCode> {
    let Ok(identifier) = id.parse::<Identifier>() else { bail!("say the identifier's kind, as in email:{id}") };
    if !here.workspace()?.store.welcome(&identifier)? {
        bail!("{identifier} is not refused");
    }
    here.remark(format!("What arrives with {identifier} is kept again."));
    Ok(ExitCode::SUCCESS)
}

fn purge(here: &Here) -> anyhow::Result<ExitCode> {
    let purged = wait(here)?;
    if here.json {
        here.say_json(&purged)?
    } else {
        tell(here, &purged)?
    }
    Ok(ExitCode::SUCCESS)
}

/// Removes the bytes.
fn wait(here: &Here) -> anyhow::Result<Purged> {
    let bar = here.bar("removing bytes", 0);
    let mut workspace = here.workspace_to_change()?;
    let purged = workspace.purge(here.now(), &|done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    if workspace.store.erasures()?.iter().any(|erasure| erasure.purged_at.is_none()) {
        bail!(
            "somebody reads an older state of the database just now, in which deleted rows are still to be found; try `periplus erase --now` again"
        );
    }
    Ok(purged)
}

fn tell(here: &Here, purged: &Purged) -> anyhow::Result<()> {
    Ok(here.say(match (purged.erasures, purged.parts) {
        (0, _) => "No bytes were left of anybody who was erased.".to_owned(),
        (_, parts) => format!("Their bytes are gone: {} rows from {} parts.", HumanCount(purged.rows), HumanCount(parts as u64)),
    })?)
}

fn list(here: &Here) -> anyhow::Result<ExitCode> {
    let erasures = here.workspace()?.store.erasures()?;
    if here.json {
        here.say_json(&erasures)?;
        return Ok(ExitCode::SUCCESS);
    }
    if erasures.is_empty() {
        here.say("Nobody was erased.")?;
    }
    for erasure in erasures {
        let bytes = match erasure.purged_at {
            Some(at) => format!("bytes gone {}", second(Instant(at))),
            None => "bytes not gone yet".to_owned(),
        };
        let (events, identifiers) = (counted(erasure.events, "events"), counted(erasure.identifiers, "identifiers"));
        here.say(
            format!("{:>6}  {}  {events}, {identifiers}, {bytes}  {}", erasure.id, second(Instant(erasure.at)), erasure.why).trim_end(),
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
