//! Every call that changes something on the disk, once as the last one that a process makes, and once as one that fails. Whatever was
//! there before is there afterwards, or all of what comes after it; nothing in between, nothing twice, and nothing left over.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]
#![allow(clippy::disallowed_methods, clippy::print_stderr, reason = "waits for another process, not for ever, and tells how much it tried")]

#[path = "every_call/mod.rs"]
mod faults;
mod senders;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use faults::{Call, Fault};
use periplus_workspace::Workspace;
use senders::{Connection, Server, collected, settle, stored};
use serde_json::{Value, json};

/// A command that changes something, tried from the same beginning again and again.
struct Script {
    /// The folder that everything lies in; commands run there, with `data` as the data folder.
    beginning: PathBuf,
    /// The command.
    words: &'static [&'static str],
    /// The data folder that comes of it, and how to look at it where it is a backup.
    outcome: &'static str,
    /// What can be seen before, and after.
    before: String,
    after: String,
    home: tempfile::TempDir,
}

fn periplus(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_periplus")).args(words).current_dir(folder).env("PERIPLUS_DATA", "data").output().unwrap()
}

fn done(folder: &Path, words: &[&str]) -> String {
    let output = periplus(folder, words);
    assert!(output.status.success(), "periplus {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Everything that can be asked of a data folder: events, traits, customers. Nothing where there is none.
fn seen(folder: &Path, data: &str) -> String {
    if data == "backup" {
        // A backup is what comes back of it; what is not whole must not come back.
        let verified = periplus(folder, &["backup", "backup", "--verify"]);
        let restored = periplus(folder, &["restore", "backup", "--data", "restored", "-q"]);
        assert_eq!(verified.status.success(), restored.status.success(), "{verified:?} {restored:?}");
        if !restored.status.success() {
            assert!(!folder.join("restored").exists() && String::from_utf8_lossy(&restored.stderr).contains("no backup"), "{restored:?}");
            return String::new();
        }
        let told = seen(folder, "restored");
        fs::remove_dir_all(folder.join("restored")).unwrap();
        return told;
    }
    if !folder.join(data).join("state.db").exists() {
        return String::new();
    }
    let asked = |statement: &str| {
        let told: Value = serde_json::from_str(&done(folder, &["sql", statement, "--json", "--data", data])).unwrap();
        told["view"]["rows"].to_string()
    };
    let customers = "select c.customer, e.event, e.message_id, e.time from events e join customers c using (customer_key) order by 3, 1";
    let events = asked(customers);
    if events == "[]" {
        return String::new();
    }
    events + "\n" + &asked("select customer_key, distinct_id, name, value from traits order by 1, 2, 3, 4")
}

/// Files that nobody knows of: in the lake those that no commit names, elsewhere what has a name of its own while it is made. And
/// files that are missing.
fn strays(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for data in ["data", "restored"].map(|data| folder.join(data)).into_iter().filter(|data| data.join("state.db").exists()) {
        let live = Workspace::open(&data).unwrap().store.live_files().unwrap();
        let there: HashSet<String> = files(&data.join("lake")).into_iter().collect();
        found.extend(there.symmetric_difference(&live).map(|name| format!("lake/{name}")));
        found.extend(
            files(&data).into_iter().filter(|name| name.contains("backup-in-progress/") || name.ends_with(".tmp") || name == "unpacked"),
        );
    }
    let manifest = fs::read_to_string(folder.join("backup/backup.json")).unwrap_or_default();
    let kept = |name: &str| name == "backup.json" || manifest.contains(&format!("\"{name}\""));
    found.extend(files(&folder.join("backup")).into_iter().filter(|name| !kept(name)));
    found.extend(files(folder).into_iter().filter(|name| name.contains(".restoring")));
    found
}

/// All files below a folder, by their paths from it.
fn files(folder: &Path) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(open) = folders.pop() {
        for entry in fs::read_dir(open).into_iter().flatten().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => found.push(entry.path().strip_prefix(folder).unwrap().display().to_string()),
            }
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}

impl Script {
    /// Notes what a command calls, and what can be seen before and after it.
    fn new(home: tempfile::TempDir, words: &'static [&'static str], outcome: &'static str) -> (Script, Vec<Call>) {
        let (beginning, twin, notes) = (home.path().join("beginning"), home.path().join("twin"), home.path().join("notes"));
        copy(&beginning, &twin);
        let noted = faults::noted(&notes);
        let status = faults::traced(&noted.each_ref().map(String::as_str))
            .args(words)
            .current_dir(&twin)
            .env("PERIPLUS_DATA", "data")
            .output()
            .unwrap();
        assert!(status.status.success(), "{status:?}");
        let (before, after) = (seen(&beginning, outcome), seen(&twin, outcome));
        let calls = faults::calls(&notes);
        (Script { beginning, words, outcome, before, after, home }, calls)
    }

    /// Runs it with a fault, and answers what it left.
    fn fail(&self, call: &Call, fault: Fault) -> (PathBuf, Output) {
        self.fail_in(call.with(fault))
    }

    fn fail_in(&self, mut command: Command) -> (PathBuf, Output) {
        let folder = self.home.path().join("tried");
        let _ = fs::remove_dir_all(&folder);
        copy(&self.beginning, &folder);
        let output = command.args(self.words).current_dir(&folder).env("PERIPLUS_DATA", "data").output().unwrap();
        (folder, output)
    }

    /// What is wrong after a fault, and after the command was run once more. What fails to write may be mute about it.
    fn complaints(&self, folder: &Path, output: &Output, is_mute: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut hold = |holds: bool, what: String| wrong.extend((!holds).then_some(what));
        let told = String::from_utf8_lossy(&output.stderr);
        let is_done = output.status.success();
        hold(
            output.status.signal() == Some(9) || is_done || output.status.code() == Some(1) && (told.contains("periplus: ") || is_mute),
            format!("it ended with {:?} and said '{told}'", output.status),
        );
        let state = seen(folder, self.outcome);
        hold(state == self.after || !is_done && state == self.before, format!("half of it is there: {state}"));
        let data = if self.outcome == "backup" { "data" } else { self.outcome };
        if folder.join(data).join("state.db").exists() {
            let verified = periplus(folder, &["lake", "verify", "--data", data]);
            hold(verified.status.success(), format!("{verified:?}"));
        }
        // Nobody restores over what is there already.
        if self.words[0] != "restore" || state.is_empty() {
            let again = periplus(folder, self.words);
            hold(again.status.success(), format!("it cannot be done once more: {}", String::from_utf8_lossy(&again.stderr)));
        }
        hold(seen(folder, self.outcome) == self.after, "once more it comes to something else".to_owned());
        let strays = strays(folder);
        hold(strays.is_empty(), format!("left over or missing: {strays:?}"));
        wrong
    }
}

/// Tries a command with faults at many of its calls.
fn hold(home: tempfile::TempDir, words: &'static [&'static str], outcome: &'static str) {
    let (script, calls) = Script::new(home, words, outcome);
    assert!(calls.len() > 20 && script.before != script.after || words[0] == "lake", "{calls:?}");
    let (mut wrong, mut noticed, mut tries) = (Vec::new(), 0, 0);
    for (fault, few) in [(Fault::Kill, 5), (Fault::Full, 2), (Fault::Broken, 3)] {
        for call in faults::some(calls.clone(), few) {
            let (folder, output) = script.fail(&call, fault);
            tries += 1;
            noticed += u32::from(!output.status.success());
            wrong.extend(
                script.complaints(&folder, &output, call.name == "write").into_iter().map(|what| format!("{fault:?} {call:?}: {what}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{} of {tries}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(noticed * 2 > tries, "only {noticed} of {tries} faults came to anything");
    eprintln!("{words:?}: {} calls, {tries} faults, of which {noticed} ended it", calls.len());
}

/// Two files: what unknown visitors did, and who they are; late rows, refused rows, and customers who become one.
fn beginning() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("beginning");
    fs::create_dir(&folder).unwrap();
    let lines = |rows: Vec<Value>| rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    let visit = |n: u32| {
        json!({"type": "track", "event": format!("Visit {}", n % 3), "anonymousId": format!("a{}", n % 12), "messageId": format!("m{n}"),
            "timestamp": format!("2026-0{}-{:02}T10:00:00Z", 1 + n % 2, 1 + n % 28), "properties": {"n": n}})
    };
    fs::write(folder.join("visits.jsonl"), lines((0..120).map(visit).chain([json!({"type": "track", "messageId": "bad"})]).collect()))
        .unwrap();
    let who = |n: u32| {
        json!({"type": "identify", "anonymousId": format!("a{n}"), "userId": format!("u{}", n / 2), "messageId": format!("i{n}"),
            "timestamp": "2026-02-05T00:00:00Z", "traits": {"plan": "gold"}})
    };
    let late = |n: u32| json!({"type": "track", "event": "Late", "anonymousId": format!("a{n}"), "messageId": format!("l{n}"), "timestamp": "2025-12-05T00:00:00Z"});
    fs::write(folder.join("who.jsonl"), lines((0..12).flat_map(|n| [who(n), late(n)]).collect())).unwrap();
    (home, folder)
}

const VISITS: &[&str] = &["import", "visits.jsonl", "--lenient", "-q"];
const WHO: &[&str] = &["import", "who.jsonl", "-q"];

#[test]
fn a_first_import_that_ends_at_any_call_is_there_whole_or_not_at_all() {
    if faults::is_possible() {
        hold(beginning().0, VISITS, "data");
    }
}

#[test]
fn an_import_that_merges_customers_may_end_at_any_call() {
    if !faults::is_possible() {
        return;
    }
    let (home, folder) = beginning();
    done(&folder, VISITS);
    hold(home, WHO, "data");
}

#[test]
fn an_erasure_may_end_at_any_call() {
    if !faults::is_possible() {
        return;
    }
    let (home, folder) = beginning();
    done(&folder, VISITS);
    done(&folder, WHO);
    hold(home, &["erase", "user_id:u3", "--now", "-q"], "data");
}

#[test]
fn a_compaction_may_end_at_any_call() {
    if !faults::is_possible() {
        return;
    }
    let (home, folder) = beginning();
    done(&folder, VISITS);
    done(&folder, &[WHO, &["--no-compact"]].concat());
    hold(home, &["lake", "compact", "--keep-days", "0", "-q"], "data");
}

#[test]
fn a_backup_that_ends_at_any_call_is_the_one_before_or_the_new_one() {
    if !faults::is_possible() {
        return;
    }
    let (home, folder) = beginning();
    done(&folder, VISITS);
    done(&folder, &["backup", "backup"]);
    done(&folder, WHO);
    hold(home, &["backup", "backup", "-q"], "backup");
}

#[test]
fn a_first_backup_that_ends_at_any_call_is_whole_or_refused() {
    if !faults::is_possible() {
        return;
    }
    let (home, folder) = beginning();
    done(&folder, VISITS);
    hold(home, &["backup", "backup", "-q"], "backup");
}

#[test]
fn a_restored_folder_is_whole_or_not_there() {
    if !faults::is_possible() {
        return;
    }
    let (home, folder) = beginning();
    done(&folder, VISITS);
    done(&folder, &["backup", "backup"]);
    hold(home, &["restore", "backup", "--data", "restored", "-q"], "restored");
}

#[test]
fn a_commit_that_was_never_confirmed_does_not_come_back_without_its_parts() {
    if !faults::is_possible() {
        return;
    }
    let (home, folder) = beginning();
    done(&folder, VISITS);
    let (script, _) = Script::new(home, WHO, "data");
    let log = script.home.path().canonicalize().unwrap().join("tried/data/state.db-wal").display().to_string();
    let mut killed = 0;
    for confirmation in 1..=3 {
        // SQLite's log is not confirmed, and the process is killed before it can put that in order.
        let not_confirmed = format!("inject=fsync,fdatasync:error=EIO:when={confirmation}");
        let options =
            ["-o", "/dev/null", "-P", &log, "-e", "trace=fsync,fdatasync,unlink", "-e", &not_confirmed, "-e", "inject=unlink:signal=KILL"];
        let (folder, output) = script.fail_in(faults::traced(&options));
        killed += u32::from(output.status.signal() == Some(9));
        assert_eq!(script.complaints(&folder, &output, false), [""; 0], "confirmation {confirmation}");
    }
    assert!(killed > 1, "{killed}");
}

#[test]
fn what_a_backup_that_was_killed_left_behind_keeps_nobody() {
    if !faults::is_possible() {
        return;
    }
    let (home, folder) = beginning();
    done(&folder, VISITS);
    done(&folder, WHO);
    let (script, calls) = Script::new(home, &["backup", "backup", "-q"], "backup");
    let linking = calls.iter().rfind(|call| call.name.starts_with("link")).unwrap();
    let (folder, _) = script.fail(linking, Fault::Kill);
    assert!(strays(&folder).iter().any(|name| name.starts_with("backup-in-progress/")));
    done(&folder, &["erase", "user_id:u3", "--now"]);
    // The backup itself is still one that was not finished.
    assert_eq!(strays(&folder), ["backup.unfinished"]);
}

#[test]
fn what_a_fault_leaves_or_takes_is_noticed() {
    // The control: the same looks, after a part was taken away or put in, or a merge came to nothing.
    if !faults::is_possible() {
        return;
    }
    let (home, folder) = beginning();
    done(&folder, VISITS);
    let (script, calls) = Script::new(home, WHO, "data");
    let late = calls.iter().rfind(|call| call.name == "rename").unwrap();
    let (folder, output) = script.fail(late, Fault::Kill);
    assert_eq!(output.status.signal(), Some(9));
    assert_eq!(script.complaints(&folder, &output, false), [""; 0]);
    let part = |folder: &Path| files(&folder.join("data/lake")).into_iter().find(|name| name.contains("-00000001-")).unwrap();
    let told = |spoil: &dyn Fn(&Path)| {
        let (folder, output) = script.fail(late, Fault::Kill);
        spoil(&folder);
        std::panic::catch_unwind(|| script.complaints(&folder, &output, false)).map_or(1, |wrong| wrong.len())
    };
    assert!(told(&|folder| fs::remove_file(folder.join("data/lake").join(part(folder))).unwrap()) > 0, "a part that is missing");
    assert!(told(&|folder| drop(done(folder, &["erase", "user_id:u3", "-q"]))) > 0, "rows that are missing");
    let (folder, output) = script.fail(late, Fault::Kill);
    done(&folder, WHO);
    fs::write(folder.join("data/lake/stray.parquet"), "").unwrap();
    assert_eq!(strays(&folder), ["lake/stray.parquet"]);
    fs::write(folder.join("data/settings.toml"), "nonsense").unwrap();
    assert!(
        std::panic::catch_unwind(|| script.complaints(&folder, &output, false)).map_or(1, |wrong| wrong.len()) > 0,
        "what cannot be done again"
    );
}

/// What is sent to a server: requests of a few messages, some of which say that two visitors are one.
fn requests(key: &str) -> Vec<Value> {
    let message = |n: u32| match n % 4 {
        0 => {
            json!({"type": "identify", "anonymousId": format!("a{}", n % 12), "userId": format!("u{}", n % 3), "messageId": format!("s{n}"), "timestamp": "2026-02-05T00:00:00Z"})
        }
        _ => {
            json!({"type": "track", "event": "Sent", "anonymousId": format!("a{}", n % 12), "messageId": format!("s{n}"), "timestamp": "2026-02-05T00:00:00Z"})
        }
    };
    (0..8).map(|request| json!({"writeKey": key, "batch": (request * 5..request * 5 + 5).map(message).collect::<Vec<_>>()})).collect()
}

/// Sends requests to a server that may die; those that were acknowledged.
fn send<'r>(address: &str, requests: &'r [Value]) -> Vec<&'r Value> {
    let post = |request: &&Value| {
        let reply = Connection::open(address).ok()?.send("POST", "/v1/batch", &[], request.to_string().as_bytes()).ok()?;
        assert!([200, 503].contains(&reply.status), "{} {}", reply.status, reply.body);
        // Some are put into the lake while others come.
        std::thread::sleep(Duration::from_millis(30));
        Some(reply.status == 200)
    };
    requests.iter().filter(|request| post(request) == Some(true)).collect()
}

/// A server under a fault, until it ends or is asked to; what it acknowledged, how it ended, and what it said.
fn serve<'r>(mut command: Command, folder: &Path, requests: &'r [Value]) -> (Vec<&'r Value>, Output) {
    let options = ["serve", "--listen", "127.0.0.1:0", "--rate", "0", "--disk-full", "100", "--data", "data"];
    let mut server = command.args(options).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut line, mut out) = (String::new(), BufReader::new(server.stdout.take().unwrap()));
    out.read_line(&mut line).unwrap();
    let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
    let acknowledged = address.map(|address| send(address, requests)).unwrap_or_default();
    let begun = Instant::now();
    let waits = || -> Option<u64> {
        let reply = Connection::open(address?).ok()?.send("GET", "/health", &[("Host", "localhost")], b"").ok()?;
        serde_json::from_str::<Value>(&reply.body).ok()?["collecting"]["frames_waiting"].as_u64()
    };
    while waits().is_some_and(|frames| frames > 0) && begun.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(50));
    }
    Command::new("kill").arg(server.id().to_string()).stderr(Stdio::null()).status().unwrap();
    let mut said = Vec::new();
    server.stderr.take().unwrap().read_to_end(&mut said).unwrap();
    (acknowledged, Output { status: server.wait().unwrap(), stdout: Vec::new(), stderr: said })
}

/// The ids of what was sent, each once.
fn ids<'r>(requests: impl IntoIterator<Item = &'r Value>) -> BTreeMap<String, u64> {
    let messages =
        requests.into_iter().flat_map(|request| request["batch"].as_array().unwrap()).filter(|message| message["type"] == "track");
    messages.map(|message| (message["messageId"].as_str().unwrap().to_owned(), 1)).collect()
}

#[test]
fn a_server_may_end_at_any_call_and_has_what_it_acknowledged() {
    if !faults::is_possible() {
        return;
    }
    let (home, beginning) = beginning();
    let key = senders::key(&beginning.join("data"), "shop", &[]);
    let requests = requests(&key);
    let (twin, tried, notes) = (home.path().join("twin"), home.path().join("tried"), home.path().join("notes"));
    copy(&beginning, &twin);
    let (acknowledged, output) = serve(faults::traced(&faults::noted(&notes).each_ref().map(String::as_str)), &twin, &requests);
    assert!(output.status.success() && acknowledged.len() == requests.len(), "{output:?}");
    let (right, calls) = (seen(&twin, "data"), faults::calls(&notes));
    // A server's writes are to senders, too, and between its threads; there they are no matter of disks.
    let of_disks: Vec<Call> = calls.iter().filter(|call| !call.name.starts_with("write")).cloned().collect();
    let (mut wrong, mut noticed, mut tries) = (Vec::new(), 0, 0);
    for (fault, calls, few) in [(Fault::Kill, &calls, 3), (Fault::Full, &of_disks, 1), (Fault::Broken, &of_disks, 2)] {
        for call in faults::some(calls.clone(), few) {
            let _ = fs::remove_dir_all(&tried);
            copy(&beginning, &tried);
            let (acknowledged, output) = serve(call.with(fault), &tried, &requests);
            tries += 1;
            noticed += u32::from(!output.status.success() || !output.stderr.is_empty() || acknowledged.len() < requests.len());
            let mut hold = |holds: bool, what: String| wrong.extend((!holds).then(|| format!("{fault:?} {call:?}: {what}")));
            // Whoever does not get a write confirmed ends itself, and says why.
            let is_told = String::from_utf8_lossy(&output.stderr).contains("periplus: ") && [Some(1), None].contains(&output.status.code());
            let ended = if fault == Fault::Kill { output.status.signal() == Some(9) } else { is_told };
            hold(output.status.success() || ended, format!("{output:?}"));
            let data = tried.join("data");
            let server = Server::start(&data);
            settle(&server.address);
            let (promised, there) = (ids(acknowledged), stored(&data));
            hold(promised.keys().all(|id| there.get(id) == Some(&1)), format!("lost or doubled: {promised:?} {there:?}"));
            hold(send(&server.address, &requests).len() == requests.len(), "not everything can be sent again".to_owned());
            settle(&server.address);
            server.stop();
            hold(stored(&data) == ids(&requests), "sent again, it is there more or less than once".to_owned());
            hold(seen(&tried, "data") == right, "the answers differ".to_owned());
            hold(periplus(&tried, &["lake", "verify"]).status.success(), "something is damaged".to_owned());
            hold(strays(&tried).is_empty(), format!("left over or missing: {:?}", strays(&tried)));
            let told = collected(&data);
            let counts = &told["sources"][0]["collected"];
            let count = |name: &str| counts[name].as_u64().unwrap();
            hold(
                told["losses"] == json!([]) && count("stored") + count("duplicates") == count("events") + count("traits"),
                format!("{told}"),
            );
        }
    }
    assert!(wrong.is_empty(), "{} of {tries}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(noticed * 2 > tries, "only {noticed} of {tries} faults came to anything");
    eprintln!("serve: {} calls, {tries} faults, of which {noticed} were felt", calls.len());
}
