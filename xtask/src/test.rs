//! `cargo xtask test`: everything that must hold, in one run.
//!
//! Each step says how long it took, and the last line of the output says how many tests there were in all:
//! `N passed, N failed, N skipped`. A run in which no test ran has failed.

use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::ops::AddAssign;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::Context;

use crate::house::House;
use crate::{tidy, tools, web};

pub const ABOUT: &str = "Gets what tests need, then checks form (rustfmt), lints (clippy), house rules (tidy), tests (nextest) and the
examples in the documentation. The last line says how many passed and failed.
PERIPLUS_REFERENCE names the folder of reference data; without it ../shared/reference is used where it exists.";

/// What came of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Count) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// One step: its name and what it does.
type Step = (&'static str, fn(&House) -> anyhow::Result<Count>);

const STEPS: &[Step] = &[
    ("form (`cargo fmt --all` repairs it)", |house| verdict(&mut house.cargo(&["fmt", "--all", "--", "--check", "-l"]))),
    ("house rules", |house| {
        let (passed, failed) = tidy::hold(house)?;
        Ok(Count { passed, failed, skipped: 0 })
    }),
    // Before what embeds it is compiled.
    ("web app: types, lints, unit tests, size", |house| match web::fetch(house) {
        Ok(folder) => {
            let count = counted(&mut web::command(&folder, "check"), vitest)?;
            web::build(house)?;
            Ok(count)
        }
        Err(error) => {
            eprintln!("xtask: no web app, for that needs Node: {error:#}");
            Ok(Count { skipped: 1, ..Count::default() })
        }
    }),
    ("lints", |house| {
        verdict(&mut house.cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--locked",
            "--keep-going",
            "--",
            "-D",
            "warnings",
        ]))
    }),
    ("tests", |house| {
        counted(&mut with_reference(house, &["nextest", "run", "--workspace", "--all-features", "--locked", "--color", colour()]), nextest)
    }),
    ("documentation examples", |house| {
        counted(&mut with_reference(house, &["test", "--workspace", "--doc", "--all-features", "--locked", "--no-fail-fast"]), libtest)
    }),
    ("web app in a browser", |house| {
        let program = house.program("debug", "periplus");
        let ready = || -> anyhow::Result<_> {
            tools::browser_for_tests(house)?;
            Ok((web::fetch(house)?, web::seed(house, &program)?))
        };
        match ready() {
            Ok((folder, seed)) => {
                counted(web::command(&folder, "e2e").env("PERIPLUS_BIN", &program).env("PERIPLUS_SEED", &seed), playwright)
            }
            Err(error) => {
                eprintln!("xtask: the web app was not tried in a browser: {error:#}");
                Ok(Count { skipped: 1, ..Count::default() })
            }
        }
    }),
];

/// Runs all steps, also after a failure: one run tells everything that is wrong.
pub fn run(house: &House, arguments: &[String]) -> anyhow::Result<ExitCode> {
    if let Some(unknown) = arguments.first() {
        anyhow::bail!("`test` takes no arguments, but there is '{unknown}'; `cargo nextest run` takes many");
    }
    tools::for_tests(house)?;
    eprintln!("xtask: building in {}", house.target.display());
    let mut total = Count::default();
    let mut times = Vec::new();
    for (name, step) in STEPS {
        eprintln!("xtask: {name}");
        let start = Instant::now();
        let count = step(house).unwrap_or_else(|error| {
            eprintln!("xtask: {name}: {error:#}");
            Count { failed: 1, ..Count::default() }
        });
        times.push((name, start.elapsed().as_secs_f64(), count));
        total += count;
    }
    println!();
    for (name, seconds, count) in times {
        println!("{name:<38}{seconds:>7.1} s  {}", if count.failed == 0 { "well".to_owned() } else { format!("{} FAILED", count.failed) });
    }
    println!("{}", closing(total));
    std::io::stdout().flush()?;
    Ok(if total.failed == 0 && total.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The last line: nothing but the sums, so that a machine can read it.
fn closing(total: Count) -> String {
    format!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped)
}

/// Cargo with the reference data, where there are any.
fn with_reference(house: &House, arguments: &[&str]) -> Command {
    let mut cargo = house.cargo(arguments);
    if std::env::var_os("PERIPLUS_REFERENCE").is_none() {
        let folder = house.root.join("../shared/reference");
        if folder.is_dir() {
            cargo.env("PERIPLUS_REFERENCE", folder);
        } else {
            eprintln!("xtask: no reference data (set PERIPLUS_REFERENCE): the tests that need it say that they were left out");
        }
    }
    if std::env::var_os("PERIPLUS_PYTHON").is_none() {
        match tools::python_for_tests(house) {
            Ok(python) => drop(cargo.env("PERIPLUS_PYTHON", python)),
            Err(error) => {
                eprintln!(
                    "xtask: nothing can be had from PyPI ({error:#}): the tests that compare or send with it say that they were left out"
                )
            }
        }
    }
    if std::env::var_os("PERIPLUS_NODE_MODULES").is_none() {
        match tools::node_modules_for_tests(house) {
            Ok(modules) => drop(cargo.env("PERIPLUS_NODE_MODULES", modules)),
            Err(error) => {
                eprintln!("xtask: nothing can be had from npm ({error:#}): the tests that send with it say that they were left out")
            }
        }
    }
    if std::env::var_os("PERIPLUS_CHROMIUM").is_none()
        && let Err(error) = tools::browser_for_tests(house)
    {
        eprintln!("xtask: there is no browser ({error:#}): the tests that send from one say that they were left out");
    }
    if let Err(error) = tools::faults_for_tests(house) {
        eprintln!("xtask: no call can be made to fail ({error:#}): the tests that do that say that they were left out");
    }
    cargo
}

fn colour() -> &'static str {
    if std::io::stderr().is_terminal() { "always" } else { "never" }
}

/// A step that is no test: it counts only when it fails.
fn verdict(command: &mut Command) -> anyhow::Result<Count> {
    let status = command.status().with_context(|| format!("{command:?} cannot be started"))?;
    Ok(Count { failed: u64::from(!status.success()), ..Count::default() })
}

/// Runs a command, passes on what it says, and adds up what `read` finds in its lines. A command that fails without a
/// failed test (it did not compile, it was killed) counts as one failure.
fn counted(command: &mut Command, read: fn(&str) -> Option<Count>) -> anyhow::Result<Count> {
    let (reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("{command:?} cannot be started"))?;
    // The command holds the writing ends; without them the reader would never see the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut count = Count::default();
    let mut lines = BufReader::new(reader);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        std::io::stderr().write_all(&line)?;
        if let Some(found) = read(&plain(&String::from_utf8_lossy(&line))) {
            count += found;
        }
        line.clear();
    }
    if !child.wait()?.success() && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// A line without colours.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        text.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    text + rest
}

/// `Summary [   1.2s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
fn nextest(line: &str) -> Option<Count> {
    let (_, sums) = line.trim_start().strip_prefix("Summary [")?.split_once("run: ")?;
    Some(sum(sums, ','))
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
fn libtest(line: &str) -> Option<Count> {
    let (_, sums) = line.strip_prefix("test result: ")?.split_once(". ")?;
    Some(sum(sums, ';'))
}

/// `Tests  1 failed | 48 passed | 2 skipped (51)`.
fn vitest(line: &str) -> Option<Count> {
    let sums = line.trim_start().strip_prefix("Tests ")?.split_once('(')?.0;
    Some(sum(sums, '|'))
}

/// `27 passed (1.2m)`, `1 failed`, `2 skipped`: each in a line of its own.
fn playwright(line: &str) -> Option<Count> {
    let mut words = line.split_whitespace();
    let (count, word, rest) = (words.next()?, words.next()?, words.next());
    let is_sum = count.bytes().all(|byte| byte.is_ascii_digit()) && ["passed", "failed", "skipped"].contains(&word);
    (is_sum && rest.is_none_or(|time| time.starts_with('('))).then(|| sum(line, '\n'))
}

fn sum(sums: &str, separator: char) -> Count {
    let mut count = Count::default();
    for part in sums.split(separator) {
        let mut words = part.split_whitespace();
        let Some(number) = words.next().and_then(|word| word.parse::<u64>().ok()) else { continue };
        match words.next() {
            Some("passed") => count.passed += number,
            Some("failed" | "exec" | "timed") => count.failed += number,
            Some("skipped" | "ignored") => count.skipped += number,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runners_sums_are_read() {
        let read = |line: &str| nextest(&plain(line));
        assert_eq!(
            read(
                "\x1b[32;1m     Summary\x1b[0m [   1.234s] \x1b[1m12\x1b[0m tests run: \x1b[1m12\x1b[0m \x1b[32;1mpassed\x1b[0m, \x1b[1m3\x1b[0m \x1b[33;1mskipped\x1b[0m\n"
            ),
            Some(Count { passed: 12, failed: 0, skipped: 3 })
        );
        assert_eq!(
            read("     Summary [  61.0s] 8/9 tests run: 4 passed (1 slow, 1 flaky), 2 failed, 1 exec failed, 1 timed out, 0 skipped"),
            Some(Count { passed: 4, failed: 4, skipped: 0 })
        );
        assert_eq!(read("        PASS [   0.003s] a test whose name is Summary: 9 passed"), None);
        assert_eq!(
            libtest("test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 7 filtered out; finished in 0.00s"),
            Some(Count { passed: 3, failed: 1, skipped: 2 })
        );
        assert_eq!(libtest("running 3 tests"), None);
    }

    #[test]
    fn the_sums_of_the_web_app_are_read() {
        let counts = |passed, failed, skipped| Some(Count { passed, failed, skipped });
        assert_eq!(vitest(&plain("\x1b[2m      Tests \x1b[22m \x1b[1m1 failed\x1b[22m | \x1b[1m48 passed\x1b[22m (49)")), counts(48, 1, 0));
        assert_eq!(vitest(" Test Files  9 passed (9)"), None);
        assert_eq!(playwright("  27 passed (1.2m)"), counts(27, 0, 0));
        assert_eq!(playwright("  1 failed"), counts(0, 1, 0));
        assert_eq!(playwright("  2 skipped"), counts(0, 0, 2));
        assert_eq!(playwright("  3 passed the gate"), None);
    }

    #[test]
    fn a_command_that_dies_without_a_sum_is_a_failure() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo 'error: could not compile'; exit 101"]);
        assert_eq!(counted(&mut command, libtest).unwrap(), Count { passed: 0, failed: 1, skipped: 0 });
        let mut command = Command::new("sh");
        command.args(["-c", "echo 'test result: ok. 2 passed; 0 failed; 0 ignored'"]);
        assert_eq!(counted(&mut command, libtest).unwrap(), Count { passed: 2, failed: 0, skipped: 0 });
    }

    #[test]
    fn the_closing_line_is_nothing_but_sums() {
        assert_eq!(closing(Count { passed: 7, failed: 0, skipped: 1 }), "7 passed, 0 failed, 1 skipped");
    }
}
