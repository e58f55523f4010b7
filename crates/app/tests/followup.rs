//! Following up, from outside: a program is told by a signed message, once, whatever the receiver answers and whatever happens to the server.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]
#![allow(clippy::disallowed_methods, reason = "waits for another process, and not for ever")]

mod senders;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use periplus_followup::Key;
use senders::{Connection, Reply, Server, periplus, serve_with};
use serde_json::{Value, json};

const MAP: &str = "version: 1\nid: shop\ntitle: Shop\nstages:\n  - {id: after, name: After, owner: service}\n\
    touchpoints:\n  - {id: parcel, name: Parcel, stage: after, when: Parcel, owner: Ana}\n\
    scores:\n  - {name: NPS, when: Asked, property: score, scale: [0, 10], comment: why}\n";

/// What a receiver got.
struct Told {
    id: String,
    at: i64,
    signature: String,
    body: String,
}

type Got = Arc<Mutex<Vec<Told>>>;

/// A data folder in which somebody complained an hour ago, and a rule that tells this address.
fn shop(address: &str) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let ago = |seconds: u64| {
        let micros = (SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() - seconds) as i64 * 1_000_000;
        periplus_model::Instant(micros).to_string()
    };
    let event = |seconds, name: &str, who: &str, properties: Value| {
        json!({"periplus": 1, "type": "event", "time": ago(seconds), "event": name, "ids": [format!("user_id:{who}")], "properties": properties}).to_string() + "\n"
    };
    let lines = [
        event(7_200, "Parcel", "ana", json!({})),
        event(3_600, "Asked", "ana", json!({"score": 1, "why": "<b>Never</b> arrived"})),
        event(3_600, "Asked", "bo", json!({"score": 10})),
    ];
    let file = home.path().join("events.jsonl");
    std::fs::write(&file, lines.concat()).unwrap();
    periplus(&data, &["import", file.to_str().unwrap()]);
    std::fs::create_dir_all(data.join("maps")).unwrap();
    std::fs::write(data.join("maps/shop.yaml"), MAP).unwrap();
    std::fs::write(data.join("settings.toml"), "[followup]\nanywhere = true\naddress = 'https://j.example'\n").unwrap();
    let rule = home.path().join("rule.json");
    let tell = [json!({"webhook": format!("http://{address}/hook")})];
    std::fs::write(&rule, json!({"name": "Detractors", "score": "NPS", "at_most": 6, "tell": tell}).to_string()).unwrap();
    periplus(&data, &["case", "rule", "detractors", rule.to_str().unwrap()]);
    (home, data)
}

/// A receiver that answers with these, and then with 204.
fn receiver(statuses: &[u16]) -> (String, Got) {
    let got = Got::default();
    let (theirs, statuses) = (got.clone(), statuses.to_vec());
    let address = serve_with(move |request| {
        let body = String::from_utf8(request.body.clone()).unwrap();
        let mut got = theirs.lock().unwrap();
        let [id, at, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| request.header(name).to_owned());
        got.push(Told { id, at: at.parse().unwrap(), signature, body });
        Some(Reply::of(statuses.get(got.len() - 1).copied().unwrap_or(204), &[], ""))
    });
    (address, got)
}

fn check(data: &Path) -> Value {
    serde_json::from_str(&periplus(data, &["watch", "check", "--json"])).unwrap()
}

#[test]
fn a_program_is_told_once_and_can_tell_that_it_is_us() {
    let (address, got) = receiver(&[]);
    let (_home, data) = shop(&address);
    assert_eq!(check(&data), json!({"alerts": 0, "cases": 1, "sent": 1}));
    assert_eq!(check(&data), json!({"alerts": 0, "cases": 0, "sent": 0}));
    let got = got.lock().unwrap();
    let Told { id, at, signature, body: text } = &got[0];
    let body: Value = serde_json::from_str(text).unwrap();
    assert_eq!((body["type"].as_str(), body["data"]["words"].as_str()), (Some("case.opened"), Some("<b>Never</b> arrived")));
    assert_eq!(body["data"]["owner"], "Ana");
    // The key that a receiver enters signs the same.
    let shown = periplus(&data, &["watch", "key"]);
    let at = periplus_model::Instant(at * 1_000_000);
    let key = Key::of_shown(shown.trim()).unwrap();
    assert_eq!(key.headers(id, at, text)[2].1, *signature);
    assert_ne!(Key::new(b"another").headers(id, at, text)[2].1, *signature);
}

#[test]
fn who_refuses_is_not_asked_again_and_who_is_busy_later() {
    let (address, got) = receiver(&[503]);
    let (_home, data) = shop(&address);
    assert_eq!(check(&data)["sent"], 0);
    assert_eq!(check(&data)["sent"], 0, "it is not time to try again");
    assert_eq!(got.lock().unwrap().len(), 1);
    let (address, got) = receiver(&[410]);
    let (_home, data) = shop(&address);
    assert_eq!((check(&data)["sent"].clone(), check(&data)["sent"].clone()), (json!(0), json!(0)));
    assert_eq!(got.lock().unwrap().len(), 1);
}

#[test]
fn a_server_follows_up_by_itself_and_a_killed_one_tells_nothing_twice() {
    let (address, got) = receiver(&[]);
    let (_home, data) = shop(&address);
    let server = Server::start(&data);
    let until = Instant::now() + Duration::from_secs(120);
    while got.lock().unwrap().is_empty() {
        assert!(Instant::now() < until, "nobody was told within two minutes");
        std::thread::sleep(Duration::from_millis(200));
    }
    let ask = |server: &Server, method: &str, path: &str, body: &Value| -> (u16, Value) {
        let mut connection = Connection::open(&server.address).unwrap();
        let text = if method == "GET" { String::new() } else { body.to_string() };
        let headers = [("Content-Type", "application/json"), ("Host", server.address.as_str())];
        let reply = connection.send(method, path, &headers, text.as_bytes()).unwrap();
        (reply.status, serde_json::from_str(&reply.body).unwrap_or_default())
    };
    let (_, told) = ask(&server, "GET", "/api/cases?status=open", &json!({}));
    assert_eq!((told["total"].as_u64(), told["figures"]["open"].as_u64()), (Some(1), Some(1)), "{told}");
    let id = told["cases"][0]["id"].as_str().unwrap().to_owned();
    let (status, taken) = ask(&server, "POST", &format!("/api/cases/{id}"), &json!({"do": "take", "by": "Bea", "who": "Bea"}));
    assert_eq!((status, taken["case"]["status"].as_str()), (200, Some("in_hand")));
    assert_eq!(ask(&server, "POST", &format!("/api/cases/{id}"), &json!({"do": "burn"})).0, 422);
    assert_eq!(ask(&server, "POST", "/api/cases/none", &json!({"do": "note", "text": "x"})).0, 404);
    let (_, one) = ask(&server, "GET", &format!("/api/cases/{id}"), &json!({}));
    assert_eq!((one["notes"][0]["who"].as_str(), one["messages"][0]["state"].as_str()), (Some("Bea"), Some("sent")));
    let watch = json!({"name": "Asked", "analysis": "trends", "question": {"interval": "day", "measures": [{"of": {"event": "Asked"}}]}, "when": {"unusual": {}}});
    let (status, tried) = ask(&server, "POST", "/api/watches/try", &json!({"watch": watch}));
    assert_eq!((status, tried["judged"][0]["state"].as_str()), (200, Some("too_little")), "{tried}");
    assert_eq!(ask(&server, "PUT", "/api/saved/watches/asked", &watch).0, 200);
    assert_eq!(ask(&server, "PUT", "/api/saved/watches/wrong", &json!({"name": "x"})).0, 422);
    let (_, told) = ask(&server, "GET", "/api/watches", &json!({}));
    assert_eq!(
        (told["watches"][0]["id"].as_str(), told["mail"]["is_ready"].as_bool(), told["is_followed"].as_bool()),
        (Some("asked"), Some(false), Some(true))
    );
    let (_, tested) = ask(&server, "POST", "/api/watches/detractors/test", &json!({}));
    assert_eq!(tested["sent"][0]["is_sent"], true);
    server.kill();
    let told = got.lock().unwrap().len();
    let again = Server::start(&data);
    std::thread::sleep(Duration::from_secs(20));
    assert_eq!(got.lock().unwrap().len(), told, "what was told is not told again");
    again.stop();
}
