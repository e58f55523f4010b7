//! Looking after what was collected while more comes: backups, erasing, rules, what was refused, and how much a source may send.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]
#![allow(clippy::disallowed_methods, reason = "waits for another process, and not for ever")]

mod senders;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use senders::ledger::Ledger;
use senders::{Connection, Server, collected, key, periplus, settle, stored};
use serde_json::{Value, json};

/// As much as they like, however full the disk is.
const FREE: [&str; 4] = ["--rate", "0", "--disk-full", "100"];

fn run(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_periplus")).args(arguments).arg("--data").arg(data).output().unwrap()
}

fn shop(more: &[&str]) -> (tempfile::TempDir, PathBuf, String, Server) {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let key = key(&data, "shop", &[]);
    let server = Server::start_with(&data, more);
    (home, data, key, server)
}

fn post(server: &Server, path: &str, body: &Value) -> senders::Reply {
    let headers = [("Content-Type", "application/json"), ("Host", "localhost")];
    Connection::open(&server.address).unwrap().send("POST", path, &headers, body.to_string().as_bytes()).unwrap()
}

fn get(server: &Server, path: &str) -> Value {
    let reply = Connection::open(&server.address).unwrap().send("GET", path, &[("Host", "localhost")], b"").unwrap();
    serde_json::from_str(&reply.body).unwrap()
}

/// Waits until something is so.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_backup_under_load_has_everything_that_was_acknowledged_before_it() {
    let (home, data, key, server) = shop(&FREE);
    let ledger = Ledger::default();
    let (address, stop) = (Mutex::new(server.address.clone()), AtomicBool::new(false));
    let backup = home.path().join("backup");
    let mut promises = Vec::new();
    std::thread::scope(|scope| {
        for seed in 1..=3 {
            let (ledger, address, key, stop) = (&ledger, &address, &key, &stop);
            scope.spawn(move || ledger.send(address, key, stop, seed));
        }
        for round in 0..3 {
            std::thread::sleep(Duration::from_millis(700));
            let promised: BTreeSet<String> = ledger.promised.lock().unwrap().clone();
            periplus(&data, &["backup", backup.to_str().unwrap()]);
            let restored = home.path().join(format!("restored-{round}"));
            periplus(&restored, &["restore", backup.to_str().unwrap()]);
            promises.push((promised, restored));
        }
        stop.store(true, Ordering::Relaxed);
    });
    settle(&server.address);
    server.stop();
    assert_eq!(ledger.wrong(&stored(&data)), (0, 0, 0), "backups change nothing");
    for (round, (promised, restored)) in promises.into_iter().enumerate() {
        assert!(!promised.is_empty());
        // What was in the log goes into the lake when a server starts.
        let server = Server::start(&restored);
        settle(&server.address);
        server.stop();
        let stored = stored(&restored);
        let lost = promised.iter().filter(|id| !stored.contains_key(*id)).count();
        let (_, doubled, made_up) = ledger.wrong(&stored);
        assert_eq!((lost, doubled, made_up), (0, 0, 0), "round {round}: lost, doubled, made up");
        assert_eq!(collected(&restored)["losses"], json!([]));
        periplus(&restored, &["lake", "verify"]);
    }
}

#[test]
fn who_is_erased_beside_a_running_server_is_in_none_of_its_files() {
    let (_home, data, key, server) = shop(&FREE);
    let message = |who: &str, n: u32| json!({"type": "track", "event": "Visit", "userId": format!("user-{who}"), "messageId": format!("{who}-{n}"), "properties": {"mark": format!("mark-of-{who}")}});
    let send = |messages: Vec<Value>| assert_eq!(post(&server, "/v1/batch", &json!({"writeKey": key, "batch": messages})).status, 200);
    send(
        (0..20)
            .flat_map(|n| [message("ana", n), message("bo", n)])
            .chain([json!({"type": "track", "userId": "user-ana", "mark": "mark-of-ana"})])
            .collect(),
    );
    settle(&server.address);
    assert_eq!(get(&server, "/api/customers/user-ana")["customers"][0]["events"].as_array().unwrap().len(), 20);
    assert!(is_anywhere(&data, "user-ana"), "the test can see it");
    let reply = post(&server, "/api/customers", &json!({"do": "erase", "id": "user_id:user-ana"}));
    let told: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!((reply.status, &told["events"], &told["quarantined"]), (200, &json!(20), &json!(1)), "{told}");
    assert_eq!(get(&server, "/api/customers/user-ana")["customers"], json!([]));
    send(vec![message("ana", 100), message("bo", 100)]);
    settle(&server.address);
    // A running server empties its log when it has nothing else to do.
    until("the log is emptied", || !is_anywhere(&data.join("log"), "user-ana"));
    let purged = run(&data, &["erase", "--now", "--json"]);
    assert!(purged.status.success(), "{}", String::from_utf8_lossy(&purged.stderr));
    assert!(!is_anywhere(&data, "user-ana"));
    assert_eq!(get(&server, "/api/customers/user-bo")["customers"][0]["events"].as_array().unwrap().len(), 21);
    let overview = post(&server, "/api/ask/overview", &json!({}));
    let overview: Value = serde_json::from_str(&overview.body).unwrap();
    assert_eq!((&overview["meta"]["customers"], &overview["meta"]["events"]), (&json!(1), &json!(21)));
    server.stop();
    assert_eq!(stored(&data).len(), 21);
    let counts = &collected(&data)["sources"][0]["collected"];
    assert_eq!((&counts["messages"], &counts["quarantined"]), (&json!(41), &json!(2)), "what came late is refused, and counted: {counts}");
    assert!(run(&data, &["erase", "--list"]).status.success());
    // A person who comes back by their own will.
    periplus(&data, &["erase", "user_id:user-ana", "--welcome"]);
    assert!(!run(&data, &["erase", "user_id:user-ana", "--welcome"]).status.success());
}

/// Whether a text is in any file below a folder, as it is: what parts compress is looked through by the workspace's own tests.
fn is_anywhere(folder: &Path, text: &str) -> bool {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if fs::read(entry.path()).unwrap_or_default().windows(text.len()).any(|window| window == text.as_bytes()) {
                return true;
            }
        }
    }
    false
}

#[test]
fn what_is_said_about_a_source_counts_and_what_was_refused_can_be_read_again() {
    let (home, data, key, server) = shop(&FREE);
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let wrong = write("wrong.toml", "[rules]\nscrub = [{ property = \"email\", do = \"burn\" }]\n");
    let refused = run(&data, &["sources", "rules", "shop", &wrong]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("burn"), "{refused:?}");
    let rules = write(
        "rules.toml",
        "[rules]\nscrub = [{ property = \"phone\", do = \"drop\" }]\n[rules.plan]\nunknown_events = \"quarantine\"\n[[rules.plan.event]]\nname = \"Visit\"\n",
    );
    periplus(&data, &["sources", "rules", "shop", &rules]);
    let send = |id: &str, event: &str| {
        let message =
            json!({"writeKey": key, "event": event, "userId": "ana", "messageId": id, "properties": {"phone": "030-1234", "n": 1}});
        assert_eq!(post(&server, "/v1/track", &message).status, 200);
    };
    // The landing reads the rules anew each time.
    send("m1", "Visit");
    send("m2", "Vsit");
    send("m3", "Call");
    settle(&server.address);
    let quarantined = || -> Vec<Value> { serde_json::from_str(&periplus(&data, &["sources", "quarantine", "--json"])).unwrap() };
    assert_eq!(quarantined().iter().map(|row| row["reason"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), ["plan_violation"; 2]);
    assert!(quarantined().iter().all(|row| !row["message"].as_str().unwrap().contains("030-1234")), "scrubbed there, too");
    let events = || {
        senders::export(&data)
            .into_iter()
            .map(|row| (row["message_id"].clone(), row["event"].clone(), row["properties"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(events(), [("m1".to_owned(), "Visit".to_owned(), r#"{"n":1}"#.to_owned())]);
    let again: Value = serde_json::from_str(&periplus(&data, &["sources", "replay", "--json"])).unwrap();
    assert_eq!((&again["taken"], again["refused"].as_array().unwrap().len()), (&json!(0), 2), "nothing was mended");
    // One is mended, for the other the plan.
    let mut rows = quarantined();
    rows.retain(|row| row["message"].as_str().unwrap().contains("Vsit"));
    rows[0]["message"] = json!(rows[0]["message"].as_str().unwrap().replace("Vsit", "Visit"));
    let mended = write("mended.json", &json!(rows).to_string());
    let again: Value = serde_json::from_str(&periplus(&data, &["sources", "replay", &mended, "--json"])).unwrap();
    assert_eq!((&again["taken"], &again["stored"]), (&json!(1), &json!(1)), "{again}");
    let plan = periplus(&data, &["sources", "plan", "shop"]);
    assert!(plan.contains("Visit") && plan.contains("[[rules.plan.event]]"), "{plan}");
    let wider = write("wider.toml", &format!("{}\n[[rules.plan.event]]\nname = \"Call\"\n", fs::read_to_string(&rules).unwrap()));
    periplus(&data, &["sources", "rules", "shop", &wider]);
    assert!(periplus(&data, &["sources", "replay", "--reason", "plan_violation"]).contains("1 of 1 messages were taken"));
    assert_eq!(events().len(), 3);
    assert!(quarantined().is_empty());
    let counts = &collected(&data)["sources"][0]["collected"];
    assert_eq!((&counts["messages"], &counts["quarantined"], &counts["stored"]), (&json!(3), &json!(0), &json!(3)), "{counts}");
    server.stop();
}

#[test]
fn webhooks_mean_what_the_source_says_and_are_signed_with_what_is_in_the_environment() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let key = key(&data, "desk", &[]);
    let settings = home.path().join("desk.toml");
    fs::write(
        &settings,
        "[mapping]\nids = [{ kind = \"email\", column = \"ticket.email\" }]\n[[mapping.event]]\nname = \"Ticket Opened\"\nproperties = [\"ticket.subject\"]\n",
    )
    .unwrap();
    periplus(&data, &["sources", "rules", "desk", settings.to_str().unwrap()]);
    let server = Server::start(&data);
    let ticket = json!({"ticket": {"email": "Ana@example.org", "subject": "Broken"}});
    assert_eq!(post(&server, &format!("/v1/webhook/{key}"), &ticket).status, 200);
    let signed = fs::read_to_string(&settings).unwrap()
        + "\n[webhook]\nsignature = { scheme = \"standard\", secret_env = \"NOBODY_HAS_SET_THIS\" }\n";
    fs::write(&settings, signed).unwrap();
    periplus(&data, &["sources", "rules", "desk", settings.to_str().unwrap()]);
    until("the server knows", || post(&server, &format!("/v1/webhook/{key}"), &ticket).status == 503);
    settle(&server.address);
    server.stop();
    let events = senders::export(&data);
    assert!(events.iter().all(|event| event["event"] == "Ticket Opened" && event["distinct_id"] == "email:ana@example.org"), "{events:?}");
    assert!(!events.is_empty());
}

#[test]
fn who_sends_more_than_they_may_is_told_to_wait_and_watchers_see_it() {
    let (_home, _data, key, server) = shop(&["--rate", "1", "--burst", "10", "--disk-full", "100"]);
    assert_eq!(get(&server, "/api/live")["arrivals"], json!([]));
    let message = |n: u32| json!({"writeKey": key, "userId": "ana", "event": "Visit", "messageId": format!("m{n}")});
    let (mut taken, mut refused) = (0, None);
    while refused.is_none() && taken < 100 {
        let reply = post(&server, "/v1/track", &message(taken));
        if reply.status == 200 {
            taken += 1;
        } else {
            refused = Some(reply);
        }
    }
    let refused = refused.unwrap();
    assert!(taken >= 10 && refused.status == 429, "{taken} were taken");
    assert!(refused.headers["retry-after"] == "1" && refused.body.contains("\"rate\""), "{}", refused.body);
    assert_eq!(
        post(&server, "/v1/track", &json!({"writeKey": "wrong", "userId": "u", "event": "e"})).status,
        401,
        "who has no key is no source"
    );
    std::thread::sleep(Duration::from_millis(1_200));
    assert_eq!(
        post(&server, "/v1/track", &json!({"writeKey": key, "userId": "ana", "messageId": "bad"})).status,
        200,
        "after a while they may again"
    );
    settle(&server.address);
    let seen = get(&server, "/api/live?after=0");
    let outcomes: BTreeSet<&str> = seen["arrivals"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, BTreeSet::from(["accepted", "quarantined", "refused"]), "{seen}");
    server.stop();
    let (_home, _data, key, server) = shop(&["--disk-full", "1"]);
    let reply = post(&server, "/v1/track", &json!({"writeKey": key, "userId": "ana", "event": "Visit"}));
    assert!(reply.status == 503 && reply.headers.contains_key("retry-after"), "{}", reply.body);
    assert!(get(&server, "/health")["collecting"]["trouble"].as_str().unwrap().contains("full"));
}

#[test]
fn what_happens_is_told_as_json_without_saying_of_whom() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let key = key(&data, "shop", &[]);
    let journal = home.path().join("journal");
    let server = Server::told(&data, &[&FREE[..], &["--log", "json"]].concat(), fs::File::create(&journal).unwrap());
    let message =
        json!({"writeKey": key, "userId": "user-ana", "event": "Visit", "messageId": "secret-id", "properties": {"mark": "mark-of-ana"}});
    assert_eq!(post(&server, "/v1/track", &message).status, 200);
    assert_eq!(post(&server, "/v1/track", &json!({"writeKey": "wrong", "userId": "user-ana", "event": "e"})).status, 401);
    settle(&server.address);
    assert_eq!(post(&server, "/v1/track", &json!({"writeKey": key, "userId": "user-ana"})).status, 200);
    settle(&server.address);
    server.stop();
    let text = fs::read_to_string(&journal).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let landed: Vec<&Value> = lines.iter().filter(|line| line["what"] == "landed").collect();
    let sum = |field: &str| landed.iter().map(|line| line[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("messages"), sum("quarantined"), sum("stored")), (1, 1, 1), "{text}");
    assert!(landed.iter().any(|line| line["requests_refused"]["key"] == 1), "{text}");
    assert_eq!((&lines[0]["what"], &lines.last().unwrap()["what"]), (&json!("serving"), &json!("ended")), "{text}");
    assert!(["ana", "secret", &key].iter().all(|secret| !text.contains(secret)), "{text}");
}

#[test]
fn a_merge_is_taken_back_over_http() {
    let (_home, _data, key, server) = shop(&FREE);
    let send = |body: Value| assert_eq!(post(&server, "/v1/identify", &body).status, 200);
    send(json!({"writeKey": key, "userId": "ana", "messageId": "1", "traits": {"email": "office@example.org"}}));
    send(json!({"writeKey": key, "userId": "bo", "messageId": "2", "traits": {"email": "office@example.org"}}));
    settle(&server.address);
    let of = |id: &str| get(&server, &format!("/api/customers/{id}"))["customers"][0].clone();
    let told = post(
        &server,
        "/api/customers",
        &json!({"do": "apart", "one": "user_id:ana", "other": "email:office@example.org", "because": "shared"}),
    );
    assert_eq!(told.status, 200, "{}", told.body);
    let ana = of("ana");
    assert!(ana["ledger"].as_array().unwrap().iter().any(|entry| entry["sentence"].as_str().unwrap().contains("shared")), "{ana}");
    assert!(!ana["identifiers"].to_string().contains("office@"), "{ana}");
    let told = post(&server, "/api/customers", &json!({"do": "together", "one": "user_id:ana", "other": "email:office@example.org"}));
    assert_eq!(told.status, 200, "{}", told.body);
    for (body, status) in [
        (json!({"do": "apart", "one": "user_id:ana", "other": "user_id:ana"}), 422),
        (json!({"do": "apart", "one": "user_id:ana", "other": "user_id:nobody"}), 422),
        (json!({"do": "burn"}), 422),
        (json!({"do": "erase", "id": "nobody"}), 422),
    ] {
        assert_eq!(post(&server, "/api/customers", &body).status, status, "{body}");
    }
    let cross = [("Content-Type", "application/json"), ("Host", "localhost"), ("Sec-Fetch-Site", "cross-site")];
    let erase = json!({"do": "erase", "id": "user_id:ana"}).to_string();
    let reply = Connection::open(&server.address).unwrap().send("POST", "/api/customers", &cross, erase.as_bytes()).unwrap();
    assert_eq!(reply.status, 403, "no page elsewhere may do that");
    server.stop();
}
