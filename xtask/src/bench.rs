//! `cargo xtask bench`: how fast, beside others, on this machine.
//!
//! To add a benchmark: a Python file in `xtask/bench/` that takes `--periplus PROGRAM --cache FOLDER`, and its name in
//! [`BENCHMARKS`].

use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use crate::house::House;
use crate::{demo, tools};

pub const USAGE: &str = "import|engine|collect|findings|value [--rows N] [--rounds N] [--release] [--write] ...";
pub const ABOUT: &str =
    "Compares Periplus with other systems, in turns on the same 2 cores, and prints time, peak memory and ratios. Needs Python 3.
`import` loads the same events into Periplus, ClickHouse (chdb) and DuckDB: 20 million rows unless `--rows` says otherwise,
about 8 GB of disk in the cache folder. [--formats parquet,csv]
`engine` asks them and Polars the same journey questions of 50 million events, about 12 GB; then Periplus alone, with customers
merged and events late, with more and fewer events, and small questions. [--only funnel-3,paths,...] [--peers DuckDB,...]
[--parts questions,lakes,growth,latency,cluster] [--with-cluster] (builds that, needed for the last) [--growth 10] (ten times the events, 30 GB more) [--latency] (nothing else) [--fresh]
`collect` sends as fast as it is answered, and says how fast that is, beside a table of PostgreSQL where that is installed. [--seconds N]
`findings` plants pains and delights in simulated companies and says which are found, and how often shuffled copies raise a false alarm. [--seeds N] [--sizes N,N] [--shuffles N]
`value` has attribution, lifetime value, what follows what, alignments and representative journeys reckoned, beside ChannelAttribution, lifetimes and pm4py. [--only markov,...]
`--release` uses the profile `release` instead of `demo`; `--write` records the result in docs/bench/.";

const BENCHMARKS: &[&str] = &["import", "engine", "collect", "findings", "value"];

/// Runs a benchmark.
pub fn run(house: &House, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let there_is = BENCHMARKS.join(", ");
    let Some((name, rest)) = arguments.split_first() else { bail!("which benchmark? There is: {there_is}") };
    if !BENCHMARKS.contains(&name.as_str()) {
        bail!("there is no benchmark '{name}'. There is: {there_is}");
    }
    tools::for_benchmarks(house)?;
    let release = rest.iter().any(|argument| argument == "--release");
    let mut more: Vec<&str> = Vec::new();
    if rest.iter().any(|argument| argument == "--with-cluster") {
        more.extend(["--features", "cluster"]);
    }
    if name == "collect" {
        more.extend(["--example", "storm"]);
    }
    if name == "value" {
        more.extend(["--package", "periplus-engine", "--example", "worth"]);
    }
    let periplus = demo::build(house, if release { "release" } else { "demo" }, &more)?;
    let status = Command::new("python3")
        .arg(house.root.join("xtask/bench").join(format!("{name}.py")))
        .arg("--periplus")
        .arg(&periplus)
        .arg("--cache")
        .arg(house.cache.join("bench"))
        .args(rest.iter().filter(|argument| !["--release", "--with-cluster"].contains(&argument.as_str())))
        .status()
        .context("python3 cannot be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
