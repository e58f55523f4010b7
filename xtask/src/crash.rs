//! `cargo xtask crash`: the tests that take the power away and kill the server, for longer than the tests of every change do.

use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::house::House;

pub const USAGE: &str = "[--kills N] [--lives N]";
pub const ABOUT: &str =
    "Kills a server that collects N times under a storm of senders (200 unless `--kills` says otherwise), and has a log live
N lives in which the power goes (200,000 unless `--lives` says otherwise). Whatever was acknowledged must be there, once. Their
controls, in which something is taken away on purpose, run too and must notice.";

/// Runs both.
pub fn run(house: &House, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let (mut kills, mut lives) = ("200".to_owned(), "200000".to_owned());
    for pair in arguments.chunks(2) {
        let [name, count] = pair else { bail!("{} needs a number", pair[0]) };
        count.parse::<u64>().with_context(|| format!("'{count}' is no number"))?;
        match name.as_str() {
            "--kills" => kills.clone_from(count),
            "--lives" => lives.clone_from(count),
            other => bail!("'{other}' is not known: {USAGE}"),
        }
    }
    let tests = "binary(power) or test(however_often_the_server_is_killed) or test(a_log_that_loses_a_file_is_noticed)";
    let status = house
        .cargo(&["nextest", "run", "--workspace", "--all-features", "--locked", "--profile", "crash", "--no-fail-fast", "-E", tests])
        .env("PERIPLUS_KILLS", kills)
        .env("PERIPLUS_SEEDS", lives)
        .status()
        .context("cargo cannot be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
