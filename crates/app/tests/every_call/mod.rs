//! A process whose calls to the system can be counted, made its last, or made to fail: `strace` stands between the two.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests, in which a panic is how they fail, and which tell what was left out"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// All calls by which a file or a folder changes. Opening one is missing: programs begin with it before they are ours.
const CHANGES: &str = "write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,ftruncate,fallocate,copy_file_range,sendfile,\
                       rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,mkdir,mkdirat";

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process is killed instead.
    Kill,
    /// The disk is full.
    Full,
    /// The disk is broken.
    Broken,
}

/// The n-th call of a name that some thread makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub name: String,
    pub number: u32,
}

impl Call {
    /// A process to which this happens, as far as it comes to that call.
    pub fn with(&self, fault: Fault) -> Command {
        let what = match fault {
            Fault::Kill => "signal=KILL",
            Fault::Full => "error=ENOSPC",
            Fault::Broken => "error=EIO",
        };
        let (name, number) = (&self.name, self.number);
        traced(&["-o", "/dev/null", "-e", &format!("trace={name}"), "-e", &format!("inject={name}:{what}:when={number}")])
    }
}

/// A process of ours behind `strace`. That runs beside it and not before it, so that the child is the process itself.
pub fn traced(options: &[&str]) -> Command {
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "-qq"]).args(options).arg(env!("CARGO_BIN_EXE_periplus"));
    command
}

/// Whether there is `strace`, and it may do that here.
pub fn is_possible() -> bool {
    let tried = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let possible = tried.is_ok_and(|status| status.success());
    if !possible {
        eprintln!("left out: there is no strace, or it may not trace");
    }
    possible
}

/// Options with which a process writes down what it calls.
pub fn noted(notes: &Path) -> [String; 4] {
    ["-o".to_owned(), notes.display().to_string(), "-e".to_owned(), format!("trace={CHANGES}")]
}

/// All calls in such notes: as many of each name as the thread made that made most of them. The counts are threads' own.
pub fn calls(notes: &Path) -> Vec<Call> {
    let text = fs::read_to_string(notes).unwrap();
    let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for (thread, rest) in text.lines().filter_map(|line| line.split_once(' ')) {
        let name = rest.trim_start().split('(').next().unwrap_or_default();
        if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            *counts.entry((name, thread)).or_default() += 1;
        }
    }
    let mut most: BTreeMap<&str, u32> = BTreeMap::new();
    for ((name, _), count) in counts {
        let known = most.entry(name).or_default();
        *known = count.max(*known);
    }
    most.into_iter().flat_map(|(name, count)| (1..=count).map(|number| Call { name: name.to_owned(), number })).collect()
}

/// Some of them, evenly spread: as many as `PERIPLUS_CALLS` says, else a few; 0 stands for all.
pub fn some(calls: Vec<Call>, few: usize) -> Vec<Call> {
    let wanted = std::env::var("PERIPLUS_CALLS").ok().and_then(|text| text.parse().ok()).unwrap_or(few);
    if wanted == 0 || wanted >= calls.len() {
        return calls;
    }
    (0..wanted).map(|place| calls[(2 * place + 1) * calls.len() / (2 * wanted)].clone()).collect()
}
