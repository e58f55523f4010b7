//! `cargo xtask bench`: how fast, beside others, on this machine.

use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use crate::house::House;
use crate::{demo, tools};

pub const USAGE: &str = "import [--rows N] [--rounds N] [--formats parquet,csv] [--release] [--write]";
pub const ABOUT: &str =
    "Loads the same events into Periplus, ClickHouse (chdb) and DuckDB, in turns on the same 2 cores, and prints time, peak
memory and ratios; 20 million rows unless `--rows` says otherwise. Needs Python 3 and about 8 GB of disk in the cache folder.
`--release` uses the profile `release` instead of `demo`; `--write` records the result in docs/bench/.";

/// Runs a benchmark.
pub fn run(house: &House, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let Some((name, rest)) = arguments.split_first() else { bail!("which benchmark? There is: import") };
    if name != "import" {
        bail!("there is no benchmark '{name}'. There is: import");
    }
    tools::for_benchmarks(house)?;
    let release = rest.iter().any(|argument| argument == "--release");
    let periplus = demo::build(house, if release { "release" } else { "demo" })?;
    let status = Command::new("python3")
        .arg(house.root.join("xtask/bench/import.py"))
        .arg("--periplus")
        .arg(&periplus)
        .arg("--cache")
        .arg(house.cache.join("bench"))
        .args(rest.iter().filter(|argument| *argument != "--release"))
        .status()
        .context("python3 cannot be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
