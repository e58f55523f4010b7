//! What the web app has done for its users, over HTTP as it does it: files are imported, maps changed, things kept and given
//! away; and what stands there is what the command line says.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]
#![allow(clippy::disallowed_methods, reason = "waits for another process, and not for ever")]
#![allow(dead_code, reason = "the senders' helpers are for other tests as well")]

mod senders;

use std::path::Path;
use std::time::{Duration, Instant};

use senders::{Connection, Reply, Server, periplus};
use serde_json::{Value, json};

/// Eleven visits and an order, and a row without a time.
fn orders() -> String {
    let visits: String = (0..9).map(|day| format!("2026-01-1{day}T10:00:00Z,ana@shop.example,visit,\n")).collect();
    "time,email,event,amount\n2026-01-02T10:00:00Z,ana@shop.example,visit,\n2026-01-03T11:00:00Z,ana@shop.example,order,19.9\n".to_owned()
        + "never,ben@shop.example,visit,\n2026-01-03T12:00:00Z,ben@shop.example,visit,\n"
        + &visits
}

struct App(Server);

impl App {
    fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Reply {
        let headers = [("Host", self.0.address.as_str()), ("Content-Type", kind)];
        Connection::open(&self.0.address).unwrap().send(method, path, &headers, body).unwrap()
    }

    fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let reply = self.send(method, path, "application/json", if method == "GET" { b"" } else { body.to_string().leak().as_bytes() });
        (reply.status, serde_json::from_str(&reply.body).unwrap_or(Value::Null))
    }

    fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call("GET", path, Value::Null);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, body);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    fn refused(&self, method: &str, path: &str, body: Value) -> (u16, String) {
        let (status, problem) = self.call(method, path, body);
        assert!(problem["help"].is_string() && !problem["detail"].as_str().unwrap().is_empty(), "{path}: {problem}");
        (status, problem["code"].as_str().unwrap().to_owned())
    }

    fn upload(&self, name: &str, bytes: &str) -> String {
        let reply = self.send("POST", &format!("/api/uploads?name={name}"), "application/octet-stream", bytes.as_bytes());
        let answer: Value = serde_json::from_str(&reply.body).unwrap();
        answer["upload"].as_str().unwrap().to_owned()
    }

    /// What came of a job.
    fn outcome(&self, job: &Value) -> Value {
        let begun = Instant::now();
        loop {
            let told = self.get(&format!("/api/jobs/{}", job["job"].as_str().unwrap()));
            if told["finished"] == true {
                return told;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{told}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn asked(data: &Path, analysis: &str) -> Value {
    serde_json::from_str(&periplus(data, &["ask", analysis, "{}", "--json"])).unwrap()
}

#[test]
fn a_file_becomes_an_answer_and_the_answer_is_the_command_lines() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let app = App(Server::start(&data));
    assert_eq!(app.get("/api/workspace")["events"], 0);

    let upload = app.upload("orders.csv", &orders());
    let look = app.get(&format!("/api/uploads/{upload}"));
    assert_eq!((&look["name"], &look["dialect"], &look["needs_mapping"]), (&json!("orders.csv"), &json!("table"), &json!(true)));
    assert_eq!(look["columns"][1], json!({"name": "email", "sample": ["ana@shop.example", "ben@shop.example"]}));

    // What the app shows of the guess can be sent back as it is, as JSON or as the file that the command line takes.
    for mapping in [json!({"mapping": look["mapping"]}), json!({"mapping_toml": look["mapping_toml"]}), json!({})] {
        let preview = app.done("POST", &format!("/api/uploads/{upload}/preview"), mapping);
        assert_eq!((&preview["rows"], &preview["rejected"], &preview["customers"]), (&json!(13), &json!(1), &json!(2)), "{preview}");
        assert_eq!(preview["names"], json!([["visit", 11], ["order", 1]]));
        assert_eq!(preview["rejects"][0]["line"], 4);
    }
    assert_eq!(app.get("/api/workspace")["events"], 0, "a preview imports nothing");
    let wrong = json!({"mapping_toml": "[[source]]\nname = 7"});
    assert_eq!(app.refused("POST", &format!("/api/uploads/{upload}/preview"), wrong), (422, "bad_mapping".to_owned()));

    let job = app.done("POST", &format!("/api/uploads/{upload}/import"), json!({"mapping": look["mapping"]}));
    let outcome = app.outcome(&job);
    assert_eq!((&outcome["problem"], &outcome["outcome"]["row"]["stored"]), (&Value::Null, &json!(12)), "{outcome}");
    assert_eq!(app.refused("GET", &format!("/api/uploads/{upload}"), json!({})), (404, "no_such_upload".to_owned()));
    assert!(std::fs::read_dir(data.join("uploads")).unwrap().next().is_none(), "nothing is left of the file that was sent");

    let imports = app.get("/api/imports");
    assert_eq!((&imports["imports"][0]["file"], &imports["imports"][0]["rejected"]), (&json!("orders.csv"), &json!(1)));
    assert_eq!(app.get("/api/imports/1/rejects")["rejects"][0]["raw"], "never,ben@shop.example,visit,");
    assert_eq!(app.get("/api/workspace")["events"], 12);

    for analysis in ["overview", "retention", "follows", "lifecycle"] {
        let (mut here, mut there) = (app.done("POST", &format!("/api/ask/{analysis}"), json!({})), asked(&data, analysis));
        for answer in [&mut here, &mut there] {
            answer["meta"]["wall_ms"] = Value::Null;
        }
        assert_eq!(here, there, "{analysis}");
    }
    let counted = app.done("POST", "/api/sql", json!({"statement": "SELECT event, count(*) FROM events GROUP BY event ORDER BY 2"}));
    assert_eq!(counted["view"]["rows"], json!([["order", 1], ["visit", 11]]));
    assert_eq!(app.refused("POST", "/api/sql", json!({"statement": "DROP TABLE events"})).0, 422);
    let vocabulary = app.get("/api/vocabulary");
    assert_eq!(vocabulary["events"][0]["name"], "visit");
    assert_eq!(app.get("/api/catalogue")["events"].as_array().map(Vec::len), Some(2));
    let found = app.get("/api/customers?search=ANA");
    assert_eq!(found["customers"][0]["id"], "email:ana@shop.example", "{found}");
    assert_eq!(app.get("/api/customers")["customers"].as_array().map(Vec::len), Some(2), "those who were active last");
    assert_eq!(app.get("/api/storage")["events"], 12);
    assert_eq!(app.get("/api/identity")["identifiers"], 0, "nothing was linked");
    assert_eq!(app.refused("POST", "/api/demo", json!({})), (409, "not_empty".to_owned()));
}

#[test]
fn a_map_is_changed_by_whoever_saw_what_it_says_and_nothing_it_said_is_lost() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let orders = home.path().join("orders.csv");
    std::fs::write(&orders, self::orders()).unwrap();
    periplus(&data, &["import", orders.to_str().unwrap(), "--lenient"]);
    let app = App(Server::start(&data));

    let draft = app.done("POST", "/api/maps/propose", json!({"title": "Our shop"}));
    assert_eq!((&draft["declared"]["id"], &draft["declared"]["title"]), (&json!("our-shop"), &json!("Our shop")));
    let file = "/api/maps/our-shop/file";
    let made = app.done("PUT", file, json!({"declared": draft["declared"], "base": null, "note": "a draft"}));
    assert_eq!(app.refused("PUT", file, json!({"yaml": draft["yaml"], "base": null})), (409, "changed_meanwhile".to_owned()));
    assert_eq!(app.get("/api/maps")["maps"][0]["version"], made["version"]);

    let mut declared = draft["declared"].clone();
    declared["stages"][0]["believed"] = json!(-0.5);
    let checked = app.done("POST", "/api/maps/check", json!({"declared": declared, "against": "our-shop"}));
    assert_eq!(checked["changes"].as_array().map(Vec::len), Some(1), "{checked}");
    // It is measured before it is kept.
    let mut question = json!({"declared": declared});
    let measured = app.done("POST", "/api/ask/map", question.clone());
    assert_eq!(measured["view"]["stages"][0]["believed"], -0.5);
    question["declared"]["stages"] = json!([]);
    assert_eq!(app.call("POST", "/api/ask/map", question).0, 422);

    let changed = app.done("PUT", file, json!({"declared": declared, "base": made["version"], "note": "what we believe"}));
    assert!(changed["changes"][0]["sentence"].as_str().unwrap().contains("believed"), "{changed}");
    let text = std::fs::read_to_string(data.join("maps/our-shop.yaml")).unwrap();
    assert!(text.contains("believed: -0.5"), "{text}");
    let other = json!({"yaml": text.replace("our-shop", "another"), "base": changed["version"]});
    assert_eq!(app.refused("PUT", file, other), (422, "other_id".to_owned()));
    let broken = json!({"yaml": "id: our-shop\nstages: 7", "base": changed["version"]});
    assert_eq!(app.refused("PUT", file, broken), (422, "map_has_problems".to_owned()));

    let versions = app.get("/api/maps/our-shop/versions")["versions"].clone();
    let notes: Vec<&str> = versions.as_array().unwrap().iter().map(|version| version["note"].as_str().unwrap()).collect();
    assert_eq!(notes, ["what we believe", "a draft"]);
    let first = app.get(&format!("/api/maps/our-shop/versions/{}", made["version"].as_str().unwrap()));
    assert_eq!(first["yaml"], draft["yaml"]);

    let share = app.done("POST", "/api/shares", json!({"map": "our-shop"}));
    let page = app.send("GET", share["path"].as_str().unwrap(), "", b"");
    assert!(page.status == 200 && page.body.contains("Our shop"));
    assert_eq!(app.get("/api/shares")["shares"][0]["title"], "Our shop");
    assert_eq!(app.refused("POST", "/api/shares", json!({"map": "nothing"})).0, 404);
    app.done("DELETE", &format!("/api/shares/{}", share["token"].as_str().unwrap()), json!({}));
    assert_eq!(app.send("GET", share["path"].as_str().unwrap(), "", b"").status, 404);

    let deleted = format!("{file}?base={}", changed["version"].as_str().unwrap());
    app.done("DELETE", &deleted, json!({}));
    assert_eq!(app.get("/api/maps")["maps"], json!([]));
    app.done("PUT", file, json!({"yaml": first["yaml"], "base": null, "note": "back again"}));
    assert_eq!(app.get(file)["version"], made["version"]);
}

#[test]
fn what_people_keep_is_kept_and_what_could_not_be_used_is_not() {
    let home = tempfile::tempdir().unwrap();
    let app = App(Server::start(home.path()));
    let gold = json!({"name": "Gold", "about": "", "condition": {"trait": "tier", "is": "gold"}});
    app.done("PUT", "/api/saved/segments/gold", gold.clone());
    let before = app.get("/api/saved");
    assert_eq!(before["segments"][0]["condition"], gold["condition"]);
    for (path, wrong) in [
        ("segments/x", json!({"name": "X", "condition": {"treat": "tier"}})),
        ("segments/..", gold.clone()),
        ("answers/x", json!({"name": "X", "analysis": "fennel", "question": {}})),
    ] {
        assert!([404, 422].contains(&app.call("PUT", &format!("/api/saved/{path}"), wrong).0), "{path}");
    }
    assert_eq!(app.refused("PUT", "/api/saved/secrets/x", gold.clone()), (404, "no_such_kind".to_owned()));
    assert_eq!(app.get("/api/saved"), before);
    assert_eq!(app.done("DELETE", "/api/saved/segments/gold", json!({})), gold, "what is removed can be put back");

    let added = app.done("POST", "/api/sources", json!({"do": "add", "name": "shop", "origins": ["https://shop.example"]}));
    assert_eq!(app.get("/api/sources")["sources"][0]["keys"][0]["key"], added["key"]);
    assert_eq!(app.refused("POST", "/api/sources", json!({"do": "add", "name": "../x"})).0, 422);
    assert_eq!(app.refused("PUT", "/api/sources/shop/rules", json!({"toml": "[rules]\nbots = 7"})).0, 422);
    app.done("PUT", "/api/sources/shop/rules", json!({"toml": "[rules]\nbots = \"mark\"\n"}));
    assert_eq!(app.get("/api/sources/shop/rules")["toml"], "[rules]\nbots = \"mark\"\n");
    app.done("POST", "/api/sources", json!({"do": "end", "key": added["key"]}));
    assert!(app.get("/api/sources")["sources"][0]["keys"][0]["ended"].is_string());
}

#[test]
fn where_others_can_reach_the_server_nothing_can_be_changed() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    drop(App(Server::start(&data)));
    // Listening at all addresses, it is still asked at this one.
    let server = Server::start_with(&data, &["--public", "--listen", "0.0.0.0:0"]);
    let address = server.address.replace("0.0.0.0", "127.0.0.1");
    let send = |method: &str, path: &str, kind: &str, body: &str| {
        let headers = [("Host", address.as_str()), ("Content-Type", kind)];
        Connection::open(&address).unwrap().send(method, path, &headers, body.as_bytes()).unwrap()
    };
    let told: Value = serde_json::from_str(&send("GET", "/api/workspace", "", "").body).unwrap();
    assert_eq!(told["may_change"], false);
    for (method, path, body) in [
        ("PUT", "/api/maps/x/file", r#"{"yaml": "", "base": null}"#),
        ("DELETE", "/api/maps/x/file?base=0", "{}"),
        ("POST", "/api/shares", r#"{"map": "x"}"#),
        ("DELETE", "/api/shares/x", "{}"),
        ("PUT", "/api/saved/segments/x", "{}"),
        ("DELETE", "/api/saved/segments/x", "{}"),
        ("POST", "/api/uploads/x/preview", "{}"),
        ("POST", "/api/uploads/x/import", "{}"),
        ("DELETE", "/api/uploads/x", "{}"),
        ("POST", "/api/demo", "{}"),
        ("POST", "/api/sources", r#"{"do": "add", "name": "x"}"#),
        ("PUT", "/api/sources/x/rules", r#"{"toml": ""}"#),
        ("POST", "/api/quarantine/replay", "{}"),
        ("POST", "/api/customers", r#"{"do": "erase", "id": "x:y"}"#),
    ] {
        let reply = send(method, path, "application/json", body);
        assert_eq!(reply.status, 403, "{method} {path}: {}", reply.body);
    }
    assert_eq!(send("POST", "/api/uploads?name=a.csv", "application/octet-stream", "a").status, 403);
    assert!(!data.join("uploads").exists());
    server.stop();
}
