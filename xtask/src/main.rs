//! Everything one does with this repository besides editing it: `cargo xtask COMMAND`.
//!
//! Each command installs or makes what it needs, so that a machine with Rust is enough to begin with. Build outputs go
//! to a cache outside of the clone (see [`house::House`]), where the next clone finds them.
//!
//! To add a command: write a file with a function `run(&House, &[String])` and add a line to [`COMMANDS`].

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people at a terminal")]
#![allow(clippy::disallowed_methods, reason = "says how long its steps take")]

mod bench;
mod crash;
mod demo;
mod house;
mod powercut;
mod test;
mod tidy;
mod tools;
mod web;

use std::process::ExitCode;

use house::House;

/// Something that can be asked of xtask.
struct Command {
    name: &'static str,
    /// Arguments, as the help shows them.
    usage: &'static str,
    about: &'static str,
    run: fn(&House, &[String]) -> anyhow::Result<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command { name: "test", usage: "", about: test::ABOUT, run: test::run },
    Command { name: "tidy", usage: "", about: tidy::ABOUT, run: tidy::run },
    Command { name: "demo", usage: demo::USAGE, about: demo::ABOUT, run: demo::run },
    Command { name: "crash", usage: crash::USAGE, about: crash::ABOUT, run: crash::run },
    Command { name: "powercut", usage: powercut::USAGE, about: powercut::ABOUT, run: powercut::run },
    Command { name: "bench", usage: bench::USAGE, about: bench::ABOUT, run: bench::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", help());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprint!("there is no command '{name}'\n\n{}", help());
        return ExitCode::from(2);
    };
    if rest.iter().any(|argument| matches!(argument.as_str(), "--help" | "-h")) {
        print!("{}", describe(command));
        return ExitCode::SUCCESS;
    }
    let run = |house: House| house.claim().and_then(|()| (command.run)(&house, rest));
    House::find().and_then(run).unwrap_or_else(|error| {
        eprintln!("cargo xtask {name}: {error:#}");
        ExitCode::FAILURE
    })
}

fn help() -> String {
    let commands: String = COMMANDS.iter().map(|command| format!("\n{}", describe(command))).collect();
    format!("usage: cargo xtask COMMAND\n{commands}")
}

fn describe(command: &Command) -> String {
    let usage = format!("{} {}", command.name, command.usage);
    let about: String = command.about.lines().map(|line| format!("      {line}\n")).collect();
    format!("  {}\n{about}", usage.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_explained_and_has_a_name_of_its_own() {
        for (place, command) in COMMANDS.iter().enumerate() {
            assert!(command.about.len() > 20, "{} says nothing about itself", command.name);
            assert!(COMMANDS[place + 1..].iter().all(|other| other.name != command.name), "{} twice", command.name);
            assert!(help().contains(command.about.lines().next().unwrap_or_default()));
        }
    }
}
