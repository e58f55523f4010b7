//! `periplus`: the program.
//!
//! Everything that reads the command line, the clock or the terminal is here, and nothing else: a command reads its
//! arguments, asks a [`periplus_workspace::Workspace`], and prints what comes back. [`here::Here`] is what all commands
//! have at hand (data folder, clock, output, progress bars), [`commands`] has a file for each.
//!
//! The exit code is 0 when what was asked for was done in full, 1 when it was not (the message says what and why), and
//! 2 when the command line itself could not be understood.
//!
//! **To add a command:** a file in `commands/` with a `clap::Args` type and its `run`, and a line in
//! [`commands::Command`].

mod answers;
mod collecting;
mod commands;
mod drawn;
mod experiments;
mod files;
mod following;
mod here;
mod house;
mod limits;
mod machines;
mod spend;
mod surveying;
mod version;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Command;
use crate::here::{Common, Here};

/// Customer journeys from raw touchpoints: import, stitch, ask, and draw the measured journey map.
#[derive(Parser)]
#[command(name = "periplus", version, max_term_width = 100, after_help = EXAMPLES, disable_help_subcommand = true)]
struct CommandLine {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Begin with:
  periplus demo                                   a simulated retailer, its journeys and its map
  periplus import export.jsonl                    your own data
  periplus ask overview                           what is in them
  periplus map propose > journey.yaml             a first journey map, drafted from the data
  periplus map show journey.yaml                  the map, measured";

fn main() -> ExitCode {
    let CommandLine { common, command } = CommandLine::parse();
    let here = Here::new(common);
    match command.run(&here) {
        Ok(code) => code,
        // Whoever reads our output has seen enough (`| head`).
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            here.error(&error);
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe))
}
