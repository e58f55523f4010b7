//! `cargo xtask crash`: the tests that take the power away, kill, and have calls to the system fail, for longer than the tests of every change do.

use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::house::House;
use crate::tools;

pub const USAGE: &str = "[--kills N] [--lives N] [--calls N]";
pub const ABOUT: &str =
    "Kills a server that collects N times under a storm of senders (200 unless `--kills` says otherwise), and has a log live
N lives in which the power goes (200,000 unless `--lives` says otherwise). Then import, erasure, compaction, backup, restore and server
end or fail at N of their calls to the system in each of three ways (40 unless `--calls` says otherwise; 0 stands for every one, which takes
hours). Whatever was acknowledged must be there, once. Their
controls, in which something is taken away on purpose, run too and must notice.";

/// Runs all of them.
pub fn run(house: &House, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let (mut kills, mut lives, mut calls) = ("200".to_owned(), "200000".to_owned(), "40".to_owned());
    for pair in arguments.chunks(2) {
        let [name, count] = pair else { bail!("{} needs a number", pair[0]) };
        count.parse::<u64>().with_context(|| format!("'{count}' is no number"))?;
        match name.as_str() {
            "--kills" => kills.clone_from(count),
            "--lives" => lives.clone_from(count),
            "--calls" => calls.clone_from(count),
            other => bail!("'{other}' is not known: {USAGE}"),
        }
    }
    tools::faults_for_tests(house)?;
    let tests =
        "binary(power) or binary(every_call) or test(however_often_the_server_is_killed) or test(a_log_that_loses_a_file_is_noticed)";
    let status = house
        .cargo(&["nextest", "run", "--workspace", "--all-features", "--locked", "--profile", "crash", "--no-fail-fast", "-E", tests])
        .env("PERIPLUS_KILLS", kills)
        .env("PERIPLUS_SEEDS", lives)
        .env("PERIPLUS_CALLS", calls)
        .status()
        .context("cargo cannot be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
