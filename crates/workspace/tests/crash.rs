//! An import that is killed (kill -9) at any moment has happened or has not, and can be repeated.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{House, NOW};
use periplus_engine::Watch;
use periplus_workspace::Workspace;
use serde_json::json;

const FOLDER: &str = "PERIPLUS_CRASH_FOLDER";

/// Not a test of its own: what the process does that is killed.
#[test]
fn the_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let mut workspace = Workspace::open_to_change(&folder.join("data")).unwrap();
    workspace.import(&folder.join("big.jsonl"), None, NOW, &|_| ()).unwrap();
    workspace.compact(NOW, &|_, _| ()).unwrap();
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["the_process_that_is_killed", "--exact"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// A few thousand messages of people who log in on several devices now and then, and some that cannot be read.
fn messages(from: u64, to: u64) -> String {
    let mut text = String::new();
    for n in from..to {
        let person = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let (user, device) = (person % 700, person % 2_100);
        let day = 1 + person % 28;
        let month = 1 + n % 6;
        let message = json!({"type": "track", "event": format!("event {}", n % 7), "messageId": format!("m{n}"),
            "userId": (n % 5 == 0).then(|| format!("u{user}")), "anonymousId": format!("d{device}"),
            "timestamp": format!("2026-0{month}-{day:02}T{:02}:{:02}:{:02}Z", n % 24, n % 60, n / 60 % 60), "properties": {"n": n}});
        text += &message.to_string();
        text += if n % 1_000 == 0 { "\n{\"type\": \"track\", \n" } else { "\n" };
    }
    text
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn an_import_that_is_killed_has_happened_or_has_not() {
    if std::env::var_os(FOLDER).is_some() {
        return;
    }
    let mut base = House::new();
    base.take("base.jsonl", &messages(0, 1_500));
    let before = answers(&base.workspace);
    let origin = base.workspace.folder().to_owned();
    drop(base.workspace);
    let big = messages(1_000, 12_000);

    // Uninterrupted, for the answers and to know how long it takes.
    let whole = tempfile::tempdir().unwrap();
    copy(&origin, &whole.path().join("data"));
    fs::write(whole.path().join("big.jsonl"), &big).unwrap();
    let mut child = start(whole.path());
    let mut lasted = Duration::ZERO;
    while child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
        lasted += Duration::from_millis(5);
    }
    assert!(child.wait().unwrap().success());
    let after = answers(&Workspace::open_to_change(&whole.path().join("data")).unwrap());
    assert!(before != after);

    let (mut happened, mut had_not) = (0, 0);
    for moment in [1, 4, 8, 11, 13, 15, 16, 17, 18, 19u32] {
        let folder = tempfile::tempdir().unwrap();
        copy(&origin, &folder.path().join("data"));
        fs::write(folder.path().join("big.jsonl"), &big).unwrap();
        let mut child = start(folder.path());
        std::thread::sleep(lasted * moment / 20);
        child.kill().unwrap();
        child.wait().unwrap();
        let mut workspace = Workspace::open_to_change(&folder.path().join("data")).unwrap();
        assert_eq!(workspace.verify(&|_, _| ()).unwrap(), Vec::<String>::new(), "moment {moment}");
        only_what_counts_is_there(&workspace);
        let now = answers(&workspace);
        if now == before {
            had_not += 1;
        } else {
            assert!(now == after, "moment {moment}: the answers are neither those before nor those after");
            happened += 1;
        }
        let outcome = workspace.import(&folder.path().join("big.jsonl"), None, NOW, &|_| ()).unwrap();
        assert!(outcome.row.stored == 0 || now == before);
        assert!(answers(&workspace) == after, "moment {moment}: importing again gives other answers");
    }
    println!("killed {had_not} times before and {happened} times after the commit");
    assert!(had_not > 0);
}

fn answers(workspace: &Workspace) -> String {
    let snapshot = workspace.store.snapshot().unwrap();
    let mut all = String::new();
    for (analysis, question) in [("overview", json!({})), ("follows", json!({})), ("variants", json!({"unit": "session"}))] {
        let answer = workspace.ask(analysis, &question, &workspace.desk(None, &snapshot, &Watch::default(), &|| 0.0)).unwrap();
        all += &serde_json::to_string_pretty(&answer.view).unwrap();
    }
    let mut customers = Vec::new();
    workspace.store.each_identifier(|row| customers.push(format!("{} {} {:?}", row.identifier, row.customer.0, row.since))).unwrap();
    customers.sort();
    all + &customers.join("\n")
}

/// Every file of the lake is in the manifest, and no quarantine is without its import.
fn only_what_counts_is_there(workspace: &Workspace) {
    let live = workspace.store.live_files().unwrap();
    assert_eq!(workspace.lake.sweep(&live).unwrap(), 0);
    let kept: HashSet<String> = workspace.store.imports().unwrap().into_iter().filter_map(|i| i.quarantine).collect();
    for entry in fs::read_dir(workspace.folder().join("quarantine")).unwrap() {
        let name = format!("quarantine/{}", entry.unwrap().file_name().to_str().unwrap());
        assert!(kept.contains(&name), "{name}");
    }
}
