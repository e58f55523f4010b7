//! What every command has at hand: the data folder, the clock, the terminal.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use periplus_model::answer::Answer;
use periplus_model::time::Instant;
use periplus_picture::terminal;
use periplus_workspace::{Workspace, WorkspaceError};
use serde::Serialize;
use serde_json::{Value, json};

/// Options that all commands share.
#[derive(clap::Args)]
pub struct Common {
    /// The data folder
    #[arg(long, global = true, value_name = "DIR", env = "PERIPLUS_DATA", default_value = "periplus-data", help_heading = "Everywhere")]
    data: PathBuf,
    /// Print nothing but the result: no progress, no remarks
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    quiet: bool,
}

/// How a command that prints a result prints it. Not every command has a result, so this is not an option of all.
#[derive(clap::Args)]
pub struct Output {
    /// Print JSON for programs instead of text for people
    #[arg(long)]
    json: bool,
}

/// How often a command tries to have the data folder for itself, and how long it waits between.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Where a command runs.
#[derive(Clone)]
pub struct Here {
    /// The data folder; it need not exist.
    pub data: PathBuf,
    /// Whether the reader is a program.
    pub json: bool,
    /// Whether what happens is told as JSON, a line each.
    journal: bool,
    quiet: bool,
    started: std::time::Instant,
}

impl Here {
    #[expect(clippy::disallowed_methods, reason = "the program is where clocks are read")]
    pub fn new(common: Common) -> Here {
        Here { data: common.data, json: false, journal: false, quiet: common.quiet, started: std::time::Instant::now() }
    }

    /// The same, printing as was asked for.
    pub fn printing(&self, output: &Output) -> Here {
        Here { json: output.json, ..self.clone() }
    }

    /// The same, telling what happens as JSON, a line each, for programs that gather such lines.
    pub fn keeping_a_journal(&self, journal: bool) -> Here {
        Here { journal, ..self.clone() }
    }

    /// Microseconds since 1970.
    #[expect(clippy::disallowed_methods, reason = "the program is where clocks are read")]
    pub fn now(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or(0)
    }

    /// Time since the program started.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// A stopwatch in milliseconds.
    pub fn stopwatch(&self) -> impl Fn() -> f64 + Sync + use<> {
        let started = self.started;
        move || started.elapsed().as_secs_f64() * 1e3
    }

    /// The workspace, to read.
    pub fn workspace(&self) -> anyhow::Result<Workspace> {
        Ok(Workspace::open(&self.data)?)
    }

    /// The workspace, to change it; made when it is missing.
    pub fn workspace_to_change(&self) -> anyhow::Result<Workspace> {
        // A server that collects holds the folder for moments at a time, again and again.
        for _ in 0..LOCK_TRIES {
            match Workspace::open_to_change(&self.data) {
                Err(WorkspaceError::Locked(_)) => std::thread::sleep(LOCK_PAUSE),
                other => return Ok(other?),
            }
        }
        Ok(Workspace::open_to_change(&self.data)?)
    }

    /// Prints a line of the result.
    pub fn say(&self, line: impl Display) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{line}")
    }

    /// Prints the result as JSON.
    pub fn say_json(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
        writeln!(out)?;
        Ok(())
    }

    /// Prints an answer.
    pub fn say_answer(&self, answer: &Answer) -> anyhow::Result<()> {
        if self.json {
            return self.say_json(answer);
        }
        write!(io::stdout().lock(), "{}", terminal(answer, self.width(), self.colour()))?;
        Ok(())
    }

    /// Prints a remark for a person, beside the result.
    pub fn remark(&self, line: impl Display) {
        if self.journal {
            self.journal("remark", json!({"message": line.to_string()}));
        } else if !self.quiet {
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
    }

    /// Tells what happened to whoever gathers such lines, and to nobody else. It must not say of whom.
    pub fn journal(&self, what: &str, fields: Value) {
        if !self.journal {
            return;
        }
        let mut line = json!({"at": Instant(self.now()), "what": what});
        if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
            line.extend(fields);
        }
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// Prints what went wrong, with all its causes that say something new.
    pub fn error(&self, error: &anyhow::Error) {
        let mut text = String::new();
        for cause in error.chain().map(ToString::to_string) {
            // Errors of libraries often repeat their cause.
            if !text.contains(&cause) {
                text = if text.is_empty() { cause } else { format!("{text}: {cause}") };
            }
        }
        let _ = writeln!(io::stderr().lock(), "periplus: {text}");
    }

    /// Whether a person is watching.
    pub fn is_watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// How wide the output may be.
    pub fn width(&self) -> u16 {
        let columns = console::Term::stdout().size_checked().map_or(100, |(_, columns)| columns.clamp(40, 200));
        if io::stdout().is_terminal() { columns } else { 100 }
    }

    /// Whether the output may have colours: on a terminal, unless NO_COLOR asks for none.
    pub fn colour(&self) -> bool {
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    /// A progress bar over `total` of something (bytes, rows, customers); invisible when nobody is watching.
    pub fn bar(&self, name: &str, total: u64) -> ProgressBar {
        let target = if self.is_watched() { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{prefix:24} {wide_bar:.cyan/dim} {percent:>3} %  {msg}  {eta:>4} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸─");
        ProgressBar::with_draw_target(Some(total), target).with_style(style).with_prefix(name.to_owned())
    }
}
