//! The web app: fetched, checked and built with Node, and tried in a browser against the program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, bail};

use crate::house::House;
use crate::tools;

/// Its folder, below the root.
const FOLDER: &str = "web";
/// What the built app is made of, besides its libraries.
const SOURCES: [&str; 6] = ["src", "scripts", "index.html", "package-lock.json", "vite.config.ts", "tsconfig.json"];

/// Fetches the libraries in the versions of the lock file, unless they are there.
///
/// # Errors
/// When there is no Node, or they cannot be had.
pub fn fetch(house: &House) -> anyhow::Result<PathBuf> {
    tools::node(house)?;
    let web = house.root.join(FOLDER);
    let (lock, stamp) = (std::fs::read(web.join("package-lock.json"))?, web.join("node_modules/.fetched"));
    if !std::fs::read(&stamp).is_ok_and(|there| there == lock) {
        eprintln!("xtask: fetching the libraries of the web app from npm, once");
        // Not `npm ci`: it insists on what other machines would need, which not every registry's lock file lists.
        let install = ["install", "--no-save", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--silent"];
        tools::run(Command::new("npm").args(install).current_dir(&web))?;
        std::fs::write(&stamp, &lock)?;
    }
    Ok(web)
}

/// Builds the app, if something of it is newer than what was built: the program that embeds it is linked anew each time.
///
/// # Errors
/// When it cannot be fetched, is wrong, or has grown over its budget.
pub fn build(house: &House) -> anyhow::Result<()> {
    let web = fetch(house)?;
    let built = web.join("dist/index.html").metadata().and_then(|meta| meta.modified()).ok();
    let newest = SOURCES.iter().filter_map(|name| newest(&web.join(name))).max();
    if built.is_none() || newest > built {
        eprintln!("xtask: building the web app");
        npm(&web, "build", &[])?;
    }
    Ok(())
}

/// Runs a script of the app.
///
/// # Errors
/// When it fails.
pub fn npm(web: &Path, script: &str, with: &[(&str, &Path)]) -> anyhow::Result<()> {
    let mut npm = command(web, script);
    npm.envs(with.iter().copied());
    tools::run(&mut npm)
}

/// A script of the app, to be run.
pub fn command(web: &Path, script: &str) -> Command {
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent", script]).current_dir(web);
    npm
}

/// A data folder with the demo company, for tests in a browser.
///
/// # Errors
/// When the program cannot make it.
pub fn seed(house: &House, program: &Path) -> anyhow::Result<PathBuf> {
    let folder = house.target.join("tmp/web-seed");
    let _ = std::fs::remove_dir_all(&folder);
    let status = Command::new(program)
        .arg("--data")
        .arg(&folder)
        .args(["--quiet", "demo", "--no-serve"])
        .stdout(std::process::Stdio::null())
        .status()
        .with_context(|| format!("{} cannot be started", program.display()))?;
    if !status.success() {
        bail!("the demo company could not be made");
    }
    Ok(folder)
}

fn newest(path: &Path) -> Option<SystemTime> {
    let meta = path.metadata().ok()?;
    if !meta.is_dir() {
        return meta.modified().ok();
    }
    std::fs::read_dir(path).ok()?.flatten().filter_map(|entry| newest(&entry.path())).max()
}
