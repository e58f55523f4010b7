//! What tests and benchmarks need besides Rust, and how to get it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::house::House;

/// A program that must be there.
struct Tool {
    /// How to ask whether it is there.
    ask: &'static [&'static str],
    /// What needs it.
    why: &'static str,
    get: Get,
}

/// How a tool is had when it is missing.
enum Get {
    /// From Debian, where this may install.
    Debian(&'static str),
    /// As a part of the Rust toolchain.
    Rustup(&'static str),
    /// Compiled from crates.io.
    Cargo(&'static str),
}

const FOR_TESTS: &[Tool] = &[
    Tool { ask: &["cc", "--version"], why: "SQLite and zstd are compiled from C", get: Get::Debian("build-essential") },
    Tool { ask: &["cargo", "fmt", "--version"], why: "the sources are held to rustfmt's form", get: Get::Rustup("rustfmt") },
    Tool { ask: &["cargo", "clippy", "--version"], why: "the sources are checked by clippy", get: Get::Rustup("clippy") },
    Tool { ask: &["cargo", "nextest", "--version"], why: "it runs the tests side by side", get: Get::Cargo("cargo-nextest") },
];

const FOR_FAULTS: Tool = Tool { ask: &["strace", "-V"], why: "tests have calls to the system fail with it", get: Get::Debian("strace") };

const FOR_CLIENTS: &[Tool] = &[
    Tool { ask: &["node", "--version"], why: "the web app is built with it, and tests send with SDKs for it", get: Get::Debian("nodejs") },
    Tool { ask: &["npm", "--version"], why: "the libraries of the web app and the SDKs come from npm", get: Get::Debian("npm") },
];

/// Any of these is a browser that tests can drive.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

const FOR_BROWSERS: Tool = Tool { ask: &["chromium", "--version"], why: "tests send from pages in it", get: Get::Debian("chromium") };

const FOR_POWER_CUTS: &[Tool] = &[
    Tool { ask: &["mkfs.xfs", "-V"], why: "it shares the blocks of files", get: Get::Debian("xfsprogs") },
    Tool { ask: &["mkfs.ext4", "-V"], why: "the server writes to it", get: Get::Debian("e2fsprogs") },
    Tool { ask: &["setpriv", "--version"], why: "everything ends with this program", get: Get::Debian("util-linux") },
    Tool { ask: &["cc", "--version"], why: "the control is compiled from C", get: Get::Debian("build-essential") },
];

const FOR_BENCHMARKS: &[Tool] = &[
    Tool { ask: &["python3", "--version"], why: "the other contenders come as Python packages", get: Get::Debian("python3") },
    Tool {
        ask: &["python3", "-c", "import ensurepip"],
        why: "the other contenders live in a virtual environment",
        get: Get::Debian("python3-venv"),
    },
];

/// Sees to it that the tests can be built and run.
pub fn for_tests(house: &House) -> anyhow::Result<()> {
    FOR_TESTS.iter().try_for_each(|tool| provide(house, tool))
}

/// A Python that has the tools with which tests compare (DuckDB, Polars) and the SDKs with which they send, in a virtual
/// environment in the cache.
///
/// # Errors
/// When there is no Python, or the packages cannot be had.
pub fn python_for_tests(house: &House) -> anyhow::Result<PathBuf> {
    for_benchmarks(house)?;
    let wanted = ["other_tools", "clients"].map(|test| house.root.join("crates/app/tests").join(test).join("requirements.txt"));
    let mut text = Vec::new();
    for list in &wanted {
        text.extend(std::fs::read(list)?);
    }
    let folder = house.cache.join("venv-tests");
    let (python, stamp) = (folder.join("bin/python"), folder.join("requirements.txt"));
    if std::fs::read(&stamp).is_ok_and(|there| there == text) {
        return Ok(python);
    }
    eprintln!("xtask: installing from PyPI what tests compare and send with, once");
    let _ = std::fs::remove_dir_all(&folder);
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    for list in &wanted {
        install.arg("--requirement").arg(list);
    }
    run(&mut install)?;
    std::fs::write(stamp, text)?;
    Ok(python)
}

/// The SDKs for Node with which tests send, in a folder of the cache.
///
/// # Errors
/// When there is no Node, or the packages cannot be had.
pub fn node_modules_for_tests(house: &House) -> anyhow::Result<PathBuf> {
    node(house)?;
    let wanted = house.root.join("crates/app/tests/clients");
    let (folder, lock) = (house.cache.join("node-tests"), std::fs::read(wanted.join("package-lock.json"))?);
    let (modules, stamp) = (folder.join("node_modules"), folder.join("installed.json"));
    if std::fs::read(&stamp).is_ok_and(|there| there == lock) {
        return Ok(modules);
    }
    eprintln!("xtask: installing from npm what tests send with, once");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(wanted.join(file), folder.join(file))?;
    }
    run(Command::new("npm")
        .args(["install", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--silent"])
        .current_dir(&folder))?;
    std::fs::write(stamp, lock)?;
    Ok(modules)
}

/// Sees to it that there is Node with npm.
///
/// # Errors
/// When there is none, and it cannot be had.
pub fn node(house: &House) -> anyhow::Result<()> {
    FOR_CLIENTS.iter().try_for_each(|tool| provide(house, tool))
}

/// Sees to it that there is a browser, which tests find among the programs.
///
/// # Errors
/// When there is none, and it cannot be had.
pub fn browser_for_tests(house: &House) -> anyhow::Result<()> {
    if BROWSERS.into_iter().any(|name| answers(&[name, "--version"])) {
        return Ok(());
    }
    provide(house, &FOR_BROWSERS)
}

/// Sees to it that calls to the system can be made to fail.
///
/// # Errors
/// When this is not Linux, or the tool cannot be had.
pub fn faults_for_tests(house: &House) -> anyhow::Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("strace is for Linux");
    }
    provide(house, &FOR_FAULTS)
}

/// Sees to it that the power can be cut.
///
/// # Errors
/// When this is not root, not Linux, or a tool cannot be had.
pub fn for_power_cuts(house: &House) -> anyhow::Result<()> {
    if !cfg!(target_os = "linux") || !is_root() {
        bail!("cutting the power mounts file systems: run it on Linux, as root");
    }
    FOR_POWER_CUTS.iter().try_for_each(|tool| provide(house, tool))
}

/// Sees to it that the benchmarks can run.
pub fn for_benchmarks(house: &House) -> anyhow::Result<()> {
    FOR_BENCHMARKS.iter().try_for_each(|tool| provide(house, tool))
}

fn provide(house: &House, tool: &Tool) -> anyhow::Result<()> {
    if answers(tool.ask) {
        return Ok(());
    }
    let (program, arguments) = match tool.get {
        Get::Debian(package) => {
            if !(is_root() && answers(&["apt-get", "--version"])) {
                bail!(
                    "`{}` is missing ({}): install the package {package} (on Debian: sudo apt-get install {package})",
                    tool.ask[0],
                    tool.why
                );
            }
            run(Command::new("apt-get").args(["update", "-qq"]))?;
            ("apt-get", vec!["install", "-y", "-qq", "--no-install-recommends", package])
        }
        Get::Rustup(component) => ("rustup", vec!["component", "add", component]),
        Get::Cargo(package) => ("cargo", vec!["install", package, "--locked"]),
    };
    eprintln!("xtask: `{}` is missing ({}); getting it, once: {program} {}", tool.ask.join(" "), tool.why, arguments.join(" "));
    let mut get = Command::new(program);
    run(get.args(&arguments).env("CARGO_TARGET_DIR", &house.target))?;
    if !answers(tool.ask) {
        bail!("`{}` is still missing after `{program} {}`: install it by hand", tool.ask.join(" "), arguments.join(" "));
    }
    Ok(())
}

fn answers(words: &[&str]) -> bool {
    Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs something that must succeed.
///
/// # Errors
/// When it cannot be started, or fails.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    // What tools say goes to stderr: stdout is for results.
    let status =
        command.stdin(Stdio::null()).stdout(std::io::stderr()).status().with_context(|| format!("{command:?} cannot be started"))?;
    if !status.success() {
        bail!("{command:?} failed ({status})");
    }
    Ok(())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}
