//! `periplus customer`: one customer's journey, and why these identifiers are one person.

use std::process::ExitCode;

use anyhow::bail;
use indicatif::HumanCount;
use periplus_model::identity::CustomerKey;
use periplus_model::time::Instant;
use periplus_picture::numbers::{counted, moment, second};
use periplus_workspace::customer::{CustomerView, StoredEvent};
use periplus_workspace::identity::Word;
use serde_json::{Value, json};

use crate::here::{Here, Output};
use crate::version::Version;

/// One customer: the journey, the traits, and why these identifiers are one person.
///
/// Where two people became one customer, `--apart` takes it back, now and for all imports to come; `--together` takes
/// that back. Both are written into the ledger with the time and the reason.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Customer {
    /// An identifier: `email:ana@example.org`, or just `ana@example.org`
    #[arg(value_name = "ID")]
    id: String,
    /// Show at most so many events, the newest
    #[arg(long, value_name = "N", default_value_t = 40)]
    events: usize,
    /// This other identifier (`kind:value`) is somebody else: never again one customer with ID
    #[arg(long, value_name = "ID", conflicts_with_all = ["together", "snapshot", "as_of"])]
    apart: Option<String>,
    /// This other identifier (`kind:value`) may be the same person again
    #[arg(long, value_name = "ID", conflicts_with_all = ["snapshot", "as_of"])]
    together: Option<String>,
    /// Why, for the ledger
    #[arg(long, value_name = "TEXT", requires = "apart", default_value = "")]
    because: String,
    #[command(flatten)]
    version: Version,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  periplus customer ana@example.org
  periplus customer email:ana@example.org --apart phone:+49301234567 --because 'her office'
  periplus customer email:ana@example.org --together phone:+49301234567";

impl Customer {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let here = &here.printing(&self.output);
        match (&self.apart, &self.together) {
            (Some(other), _) => self.say(here, other, |one, other| Word::Apart(one, other, self.because.clone())),
            (None, Some(other)) => self.say(here, other, Word::Together),
            (None, None) => self.show(here),
        }
    }

    /// Lets a person's word about two identifiers count.
    fn say(&self, here: &Here, other: &str, word: impl Fn(CustomerKey, CustomerKey) -> Word) -> anyhow::Result<ExitCode> {
        let mut workspace = here.workspace_to_change()?;
        let (one, two) = (workspace.linked(&self.id)?, workspace.linked(other)?);
        if one == two {
            bail!("{} and {other} are the same identifier", self.id);
        }
        let changed = workspace.say(&[word(one, two)], here.now())?;
        if here.json {
            here.say_json(&json!({"changed_identifiers": changed}))?;
        } else {
            here.say(match changed {
                0 => "It is written down; nobody's identifiers changed.".to_owned(),
                1 => "It is written down; one identifier is somebody else's now.".to_owned(),
                n => format!("It is written down; {} identifiers are somebody else's now.", HumanCount(n as u64)),
            })?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn show(&self, here: &Here) -> anyhow::Result<ExitCode> {
        let workspace = here.workspace()?;
        let snapshot = self.version.of(&workspace)?;
        let found = workspace.find(&self.id, &snapshot)?;
        if found.is_empty() {
            bail!("nobody has the identifier '{}'; an identifier's kind can be said too, as in email:ana@example.org", self.id);
        }
        let views = found.iter().map(|key| workspace.customer(*key, &snapshot)).collect::<Result<Vec<_>, _>>()?;
        if here.json {
            here.say_json(&views.iter().map(|view| view.to_json()).collect::<Vec<_>>())?;
            return Ok(ExitCode::SUCCESS);
        }
        if views.len() > 1 {
            here.say(format!("{} customers have an identifier '{}'.\n", views.len(), self.id))?;
        }
        for view in &views {
            self.tell(here, view)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn tell(&self, here: &Here, view: &CustomerView) -> anyhow::Result<()> {
        here.say(&view.name)?;
        if let (Some(first), Some(last)) = (view.events.first(), view.events.last()) {
            here.say(format!("{} from {} to {}", counted(view.events.len() as u64, "events"), day(first.time), day(last.time)))?;
        }
        here.say("\nIdentifiers")?;
        for known in &view.identifiers {
            let since = known.since.map(|since| format!(" since {}", moment(since))).unwrap_or_default();
            here.say(format!("  {}{since}", known.identifier))?;
            for sentence in &known.why {
                here.say(format!("      {sentence}"))?;
            }
        }
        if !view.others.is_empty() {
            here.say("\nSeen together, but not the same person")?;
            for sentence in &view.others {
                here.say(format!("  {sentence}"))?;
            }
        }
        if !view.traits.is_empty() {
            here.say("\nTraits")?;
            let width = view.traits.iter().map(|known| known.name.chars().count()).max().unwrap_or(0).min(30);
            for known in &view.traits {
                let value = serde_json::from_str::<Value>(&known.value).unwrap_or(Value::Null);
                let text = value.as_str().map_or_else(|| known.value.clone(), str::to_owned);
                here.say(format!("  {:width$}  {}", known.name, one_line(&text, 100)))?;
            }
        }
        if !view.events.is_empty() {
            here.say("\nJourney")?;
            let hidden = view.events.len().saturating_sub(self.events);
            if hidden > 0 {
                here.say(format!("  ... {} earlier events (`--events {}` shows all)", HumanCount(hidden as u64), view.events.len()))?;
            }
            for event in view.events.iter().skip(hidden) {
                here.say(line(event, here.width() as usize))?;
            }
        }
        if !view.ledger.is_empty() {
            here.say("\nWhat was decided about these identifiers")?;
            for entry in &view.ledger {
                here.say(format!("  {}  {}", moment(entry.at), entry.sentence))?;
            }
        }
        here.say("")?;
        Ok(())
    }
}

fn day(time: Instant) -> String {
    time.to_string().chars().take(10).collect()
}

fn line(event: &StoredEvent, width: usize) -> String {
    let time = second(event.time);
    let money = event.amount.map(|amount| format!("  {amount} {}", event.currency.as_deref().unwrap_or(""))).unwrap_or_default();
    let channel = event.channel.as_deref().unwrap_or("");
    let head = format!("  {time}  {channel:8}  {}{}", event.event, money.trim_end());
    let properties = event.properties.as_deref().filter(|text| *text != "{}").unwrap_or("");
    let room = width.saturating_sub(head.chars().count() + 2);
    if room < 12 || properties.is_empty() { head } else { format!("{head}  {}", one_line(properties, room)) }
}

/// A text cut to a length, without line breaks and other control characters.
fn one_line(text: &str, room: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= room {
        return clean;
    }
    clean.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}
