//! `cargo xtask demo`: compile, then show.

use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use crate::house::House;
use crate::web;

pub const USAGE: &str = "[--no-serve] [--data DIR] [--customers N]";
pub const ABOUT: &str = "Builds the program in the profile `demo` and runs `periplus demo`: simulates an online clothing retailer,
imports it, writes the measured journey map and serves it at the address it prints.
All arguments go to `periplus demo`; `--no-serve` stops after writing the files.";

/// Builds and runs the demo.
pub fn run(house: &House, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let periplus = build(house, "demo", &[])?;
    let status = Command::new(&periplus)
        .arg("demo")
        .args(arguments)
        .status()
        .with_context(|| format!("{} cannot be started", periplus.display()))?;
    // Interrupted from the keyboard, it has no code; that is how a served demo ends.
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(0)).unwrap_or(1)))
}

/// Builds the program in a profile, as cargo is told besides (features, an example), and says where it is.
pub fn build(house: &House, profile: &str, more: &[&str]) -> anyhow::Result<std::path::PathBuf> {
    if let Err(error) = web::build(house) {
        eprintln!("xtask: without the web app, for that needs Node: {error:#}");
    }
    let periplus = house.program(profile, "periplus");
    if !periplus.exists() {
        eprintln!(
            "xtask: building Periplus in the profile `{profile}`. The first time this compiles all dependencies: allow about twenty minutes on 2 cores."
        );
    }
    let build = ["build", "--profile", profile, "--package", "periplus-app", "--locked", "--bin", "periplus"];
    let status = house.cargo(&build).args(more).status().context("cargo cannot be started")?;
    if !status.success() {
        bail!("the build failed; what cargo says above tells why");
    }
    Ok(periplus)
}
