//! `cargo xtask powercut`: the power goes while senders are answered, and what they were promised must be there.
//!
//! The data folder lies on a disk whose power can be cut ([`disk`]). A life of it: a server starts, senders storm it
//! (`crates/app/examples/storm.rs`) and write down what was acknowledged, the power goes, and a server that starts on what the disk
//! had received puts everything that was acknowledged into the lake. The next life goes on with that. The control is the same with a
//! disk that confirms and keeps nothing, and must lose.
//!
//! All of it runs in a namespace of mounts and processes that ends with this program, however that ends: the kernel ends
//! what runs in it, unmounts, and lets the loop devices go.

mod disk;
mod life;

use std::fmt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use crate::house::House;
use crate::{demo, tools};
use disk::Disk;
use life::Life;

pub const USAGE: &str = "[--cuts N] [--programs DIR]";
pub const ABOUT: &str = "Cuts the power N times (20 unless `--cuts` says otherwise) while `periplus serve` is under a storm of senders, on a
real file system, and compares what is there afterwards with what was acknowledged: nothing lost, nothing doubled. Then as often with a disk that
confirms everything and keeps nothing, which must lose. Needs root, xfsprogs and e2fsprogs, and 3 GB in the cache folder.
`--programs` takes `periplus` and `examples/storm` from a folder instead of building them.";

/// What this program tells itself when it starts itself in a namespace.
const WITHIN: &str = "--within";

/// What to do.
struct Plan {
    cuts: u64,
    programs: PathBuf,
    /// Where disks are made.
    folder: PathBuf,
}

/// Runs the cuts and their control.
pub fn run(house: &House, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let within = arguments.first().is_some_and(|first| first == WITHIN);
    let (mut cuts, mut programs) = (20, None);
    for pair in arguments[usize::from(within)..].chunks(2) {
        let [name, value] = pair else { bail!("{} needs a value: {USAGE}", pair[0]) };
        match name.as_str() {
            "--cuts" => cuts = value.parse().with_context(|| format!("'{value}' is no number"))?,
            "--programs" => programs = Some(std::path::absolute(value)?),
            other => bail!("'{other}' is not known: {USAGE}"),
        }
    }
    let folder = house.cache.join("powercut");
    if within {
        let programs = programs.context("started by itself without its programs")?;
        return cut(&Plan { cuts, programs, folder });
    }
    tools::for_power_cuts(house)?;
    let programs = match programs {
        Some(programs) => programs,
        None => demo::build(house, "demo", &["--example", "storm"])?.parent().context("the program lies in no folder")?.to_owned(),
    };
    std::fs::create_dir_all(&folder)?;
    // When this program ends, `unshare` is killed, then the first process of the namespace, then all that are in it.
    let status = Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"])
        .arg(std::env::current_exe()?)
        .args(["powercut", WITHIN, "--cuts", &cuts.to_string(), "--programs"])
        .arg(programs)
        .status()
        .context("setpriv (of util-linux) cannot be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What came of some cuts.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    cuts: u64,
    acknowledged: u64,
    lost: u64,
    doubled: u64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} | {} | {} | {} |", self.cuts, grouped(self.acknowledged), grouped(self.lost), grouped(self.doubled))
    }
}

/// With commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let place =
        |(place, digit): (usize, char)| (place > 0 && (digits.len() - place).is_multiple_of(3)).then_some(',').into_iter().chain([digit]);
    digits.chars().enumerate().flat_map(place).collect()
}

fn cut(plan: &Plan) -> anyhow::Result<ExitCode> {
    let kept = kept(plan)?;
    let control = control(plan)?;
    println!("| the disk | cuts | acknowledged | lost | doubled |\n|---|---:|---:|---:|---:|");
    println!("| keeps what it confirms | {kept}\n| confirms, and keeps nothing (the control) | {control}");
    if kept.lost > 0 || kept.doubled > 0 || kept.acknowledged == 0 {
        bail!("what was acknowledged must be there, once");
    }
    if control.lost == 0 {
        bail!("the control lost nothing: these cuts prove nothing");
    }
    Ok(ExitCode::SUCCESS)
}

/// One data folder and its lives, each of which begins with what the one before left on the disk.
fn kept(plan: &Plan) -> anyhow::Result<Outcome> {
    let mut disk = Disk::make(&plan.folder)?;
    let mut life = Life::begin(&plan.programs, &disk, None)?;
    let mut outcome = Outcome::default();
    for number in 1..=plan.cuts {
        life.storm_and_cut(&mut disk, pause(number))?;
        outcome = Outcome { cuts: number, ..life.settle(&disk)? };
        eprintln!("xtask: cut {number}: {outcome:?}");
    }
    Ok(outcome)
}

/// Data folders that each live once, on a disk that confirms at once and keeps what it likes.
fn control(plan: &Plan) -> anyhow::Result<Outcome> {
    let mut sum = Outcome::default();
    for number in 1..=plan.cuts {
        let mut disk = Disk::make(&plan.folder)?;
        let liar = life::liar(disk.notes())?;
        let mut life = Life::begin(&plan.programs, &disk, Some(liar))?;
        life.storm_and_cut(&mut disk, pause(number))?;
        // What is left need not be a data folder any more; then nothing is there.
        let outcome = life.settle(&disk).unwrap_or_else(|_| life.nothing_left());
        eprintln!("xtask: control {number}: {outcome:?}");
        sum.cuts += 1;
        sum.acknowledged += outcome.acknowledged;
        sum.lost += outcome.lost;
        sum.doubled += outcome.doubled;
    }
    Ok(sum)
}

/// How long a storm lasts before the power goes, in milliseconds: between 0.3 and 2.3 seconds, spread evenly.
fn pause(number: u64) -> u64 {
    300 + number * 1_237 % 2_000
}

/// Runs a command, which must succeed.
fn must(command: &mut Command, why: &str) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("{command:?} cannot be started"))?;
    if !output.status.success() {
        bail!("{why}: {command:?} said {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn storms_last_differently_long() {
        let different: std::collections::BTreeSet<u64> = (1..=200).map(pause).collect();
        assert!(different.len() == 200 && different.iter().all(|millis| (300..2_300).contains(millis)));
    }
}
