//! The server over real sockets, with a house made of paper.
#![allow(clippy::unwrap_used)]

mod fixture;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fixture::{HOSTILE, Paper};
use periplus_model::Answer;
use periplus_server::{Limits, ServerError, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

const QUESTION: &str = r#"{"steps":[],"map":"first"}"#;

fn house() -> Paper {
    Paper {
        title: HOSTILE.into(),
        maps: vec![
            fixture::map("first", HOSTILE, HOSTILE, &[(HOSTILE, 600), ("Purchase", 100)]),
            fixture::map("second", "Second", "broken", &[("Visit", 6), ("Purchase", 1)]),
        ],
        analyses: vec![fixture::funnel()],
        ..Paper::default()
    }
}

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    end: JoinHandle<Result<(), ServerError>>,
}

impl Server {
    async fn start(house: Paper, limits: Limits) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let end = tokio::spawn(serve(listener, Arc::new(house), None, limits, async {
            let _ = stopped.await;
        }));
        Server { address, stop, end }
    }

    async fn send(&self, raw: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(raw).await.unwrap();
        Reply::read(stream).await
    }

    async fn request(&self, line: &str, headers: &str, body: &str) -> Reply {
        let host = self.address;
        self.send(format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n{body}").as_bytes()).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.request(&format!("GET {path}"), "", "").await
    }

    async fn ask(&self, path: &str, question: &str) -> Reply {
        let headers = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", question.len());
        self.request(&format!("POST {path}"), &headers, question).await
    }
}

#[derive(Debug)]
struct Reply {
    status: u16,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Reply {
    /// Reads until the server closes.
    async fn read(mut stream: TcpStream) -> Reply {
        let mut bytes = Vec::new();
        // A reset after the answer is how a body that nobody wants is refused.
        let _ = timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await.expect("the server closes the connection");
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| panic!("no answer: {bytes:?}"));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers =
            lines.map(|line| line.split_once(": ").unwrap()).map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Reply { status, headers, body: bytes[end + 4..].to_vec() }
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Whether it is a problem, told as a page.
    fn assert_problem_page(&self, status: u16) {
        assert_eq!((self.status, self.header("content-type")), (status, "text/html; charset=utf-8"));
    }

    /// Whether it is a well-formed problem of this status and code.
    fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!((self.status, problem["code"].as_str().unwrap(), problem["status"].as_u64()), (status, code, Some(status.into())));
        for member in ["type", "title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        assert!(problem["help"].is_string());
    }
}

#[tokio::test]
async fn every_address_answers_in_its_form() {
    let server = Server::start(house(), Limits::default()).await;
    let question = "%7B%22steps%22%3A%5B%5D%7D";
    for (path, kind, begins) in [
        ("/plain", "text/html; charset=utf-8", "<!doctype html>"),
        ("/maps/first.html", "text/html; charset=utf-8", "<!doctype html>"),
        ("/shared/given", "text/html; charset=utf-8", "<!doctype html>"),
        ("/maps/first.svg", "image/svg+xml", "<svg"),
        ("/maps/first.svg?theme=dark&group=all", "image/svg+xml", "<svg"),
        ("/maps/first.png", "image/png", "\u{fffd}PNG"),
        ("/maps/first.pdf", "application/pdf", "%PDF"),
        ("/maps/first.csv", "text/csv; charset=utf-8", ""),
        ("/maps/first.json", "application/json", "{"),
        ("/look/periplus.css", "text/css; charset=utf-8", "@font-face"),
        ("/look/inter-400.woff2", "font/woff2", "wOF2"),
        ("/health", "application/json", "{\"status\":\"ok\"}"),
        ("/api", "application/json", "{\"routes\":["),
        ("/api/maps", "application/json", "{\"maps\":["),
        ("/api/maps/first", "application/json", "{"),
        ("/api/analyses", "application/json", "{\"analyses\":["),
        (&format!("/api/ask/funnel?question={question}"), "application/json", "{"),
        (&format!("/api/ask/funnel.svg?question={question}&theme=dark"), "image/svg+xml", "<svg"),
        (&format!("/api/ask/funnel.csv?question={question}"), "text/csv; charset=utf-8", ""),
    ] {
        let reply = server.get(path).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, kind), "{path}: {}", String::from_utf8_lossy(&reply.body));
        assert!(String::from_utf8_lossy(&reply.body).starts_with(begins), "{path}");
        assert!(reply.body.len() > 5, "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        let head = server.request(&format!("HEAD {path}"), "", "").await;
        assert_eq!((head.status, head.body.len(), head.header("content-type")), (200, 0, kind), "HEAD {path}");
    }
}

#[tokio::test]
async fn the_list_of_routes_is_complete_and_data_is_not_kept() {
    let server = Server::start(house(), Limits::default()).await;
    let list = server.get("/api").await.json();
    for route in list["routes"].as_array().unwrap() {
        // It goes on until somebody leaves.
        if route["path"] == "/api/changes" {
            continue;
        }
        let path = route["path"].as_str().unwrap().replace("{file}", "first").replace("{id}", "first").replace("{analysis}", "funnel");
        let reply = server.request(&format!("{} {path}", route["method"].as_str().unwrap()), "", "").await;
        assert!(![405, 500].contains(&reply.status), "{path}: {}", reply.status);
        assert!(!route["about"].as_str().unwrap().is_empty());
        // The app itself is no data.
        let is_app = ["/", "/maps/first"].contains(&path.as_str()) && reply.status == 200;
        let kept = if is_app { "no-cache" } else { "no-store" };
        assert_eq!(reply.header("cache-control"), kept, "{path}");
    }
    let style = server.get("/look/periplus.css").await;
    let again = server.request("GET /look/periplus.css", &format!("If-None-Match: \"old\", {}\r\n", style.header("etag")), "").await;
    assert_eq!((style.header("cache-control"), again.status, again.body.len()), ("no-cache", 304, 0));
}

#[tokio::test]
async fn a_question_is_asked_and_answered() {
    let server = Server::start(house(), Limits::default()).await;
    let reply = server.ask("/api/ask/funnel", QUESTION).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let answer: Answer = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(answer.meta.question, json!({"question": {"steps": []}, "map": "first"}));
    let drawn = server.ask("/api/ask/funnel.svg", QUESTION).await;
    assert!(drawn.text().starts_with("<svg"));
    assert_eq!(server.get("/maps/first.csv").await.header("content-disposition"), "attachment; filename=\"first.csv\"");
}

#[tokio::test]
async fn errands_are_run_and_files_are_taken() {
    let folder = std::env::temp_dir().join(format!("periplus-uploads-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let server = Server::start(Paper { uploads: folder.clone(), ..house() }, Limits { upload_bytes_max: 10, ..Limits::default() }).await;
    let done = server.get("/api/imports/7/rejects?at_most=3").await.json();
    assert_eq!(done["ran"], "ImportRejects { id: 7, at_most: 3 }");
    server.get("/api/imports/seven/rejects").await.assert_problem(422, "bad_request");
    let headers = "Content-Type: application/json\r\nContent-Length: 15\r\n";
    let changed = server.request("PUT /api/maps/first/file", headers, r#"{"base": "old"}"#).await;
    changed.assert_problem(409, "changed_meanwhile");
    server.request("POST /api/demo", "Content-Length: 2\r\n", "{}").await.assert_problem(415, "not_json");
    assert_eq!(server.get("/api/asks/my-question").await.json(), json!({"done": 1, "total": 4}));
    server.get("/api/asks/another-one").await.assert_problem(404, "not_asked");
    server.get("/shared/taken-back").await.assert_problem_page(404);

    let send = async |name: &str, bytes: &str| {
        let headers = format!("Content-Type: application/octet-stream\r\nContent-Length: {}\r\n", bytes.len());
        server.request(&format!("POST /api/uploads?name={name}"), &headers, bytes).await
    };
    assert_eq!(send("orders.csv", "a,b\n1,2\n").await.json(), json!({"upload": "u1", "name": "orders.csv", "bytes": 8}));
    assert_eq!(std::fs::read(folder.join("orders.csv")).unwrap(), b"a,b\n1,2\n");
    send("large.csv", "12345678901").await.assert_problem(413, "too_large");
    assert!(!folder.join("large.csv").exists(), "nothing is left of it");
    send("forbidden.csv", "a").await.assert_problem(403, "no_accounts");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn whoever_waits_for_news_is_told_and_sent_away_in_the_end() {
    let house = house();
    let snapshot = house.snapshot.clone();
    let server = Server::start(house, Limits::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(format!("GET /api/changes HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address).as_bytes())
        .await
        .unwrap();
    let mut seen = String::new();
    let mut until = async |wanted: &str| {
        let mut bytes = [0; 1024];
        while !seen.contains(wanted) {
            let read = timeout(Duration::from_secs(10), stream.read(&mut bytes)).await.expect("news within seconds").unwrap();
            assert!(read > 0, "{seen}");
            seen.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        }
    };
    until("data: {\"snapshot\":0}").await;
    snapshot.store(8, std::sync::atomic::Ordering::SeqCst);
    until("data: {\"snapshot\":8}").await;
    server.stop.send(()).unwrap();
    timeout(Duration::from_secs(10), server.end).await.expect("the server does not wait for those who wait for news").unwrap().unwrap();
}

#[tokio::test]
async fn the_people_behind_a_count_are_listed() {
    let server = Server::start(house(), Limits::default()).await;
    let reply = server.ask("/api/people/funnel", r#"{"question": {"steps": []}, "place": {"step": 1}, "at_most": 2}"#).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let people: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((&people["total"], &people["place"]), (&json!(100), &json!({"step": 1})));
    assert_eq!(people["people"].as_array().map(Vec::len), Some(2));
    server.ask("/api/people/funnel", r#"{"question": {}}"#).await.assert_problem(422, "bad_question");
    server.ask("/api/people/funnel", r#"{"question": {}, "place": {}, "more": 1}"#).await.assert_problem(422, "bad_question");
    server.ask("/api/people/nothing", r#"{"question": {}, "place": {}}"#).await.assert_problem(404, "no_such_analysis");
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let server = Server::start(house(), Limits::default()).await;
    server.get("/api/maps/none").await.assert_problem(404, "no_such_map");
    server.get("/api/nothing").await.assert_problem(404, "no_such_page");
    server.get("/api/maps/second").await.assert_problem(500, "lake_unreadable");
    server.get("/api/maps/%ff").await.assert_problem(400, "bad_request");
    server.ask("/api/ask/nothing", QUESTION).await.assert_problem(404, "no_such_analysis");
    server.ask("/api/ask/funnel", "{}").await.assert_problem(422, "bad_question");
    server.ask("/api/ask/funnel", "{").await.assert_problem(400, "bad_question");
    server.ask("/api/ask/funnel", "[1]").await.assert_problem(400, "bad_question");
    server.ask("/api/ask/panics", QUESTION).await.assert_problem(500, "internal");
    server.get("/api/ask/funnel").await.assert_problem(400, "no_question");
    server.get("/api/ask/funnel.svg?question=%7B%7D&theme=pink").await.assert_problem(400, "bad_query");
    let wrong = server.request("DELETE /api/maps", "", "").await;
    wrong.assert_problem(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "GET,HEAD");
    let plain = server.request("POST /api/ask/funnel", "Content-Type: text/plain\r\nContent-Length: 2\r\n", "{}").await;
    plain.assert_problem(415, "not_json");
    let group = server.get("/maps/first.svg?group=nobody").await;
    assert!(group.status == 422 && group.text().contains("It has: all."), "{}", group.text());
    let page = server.get("/maps/%3Cscript%3E.html").await;
    assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(page.text().contains("No such map") && !page.text().contains("<script"), "{}", page.text());
}

#[tokio::test]
async fn hostile_titles_are_shown_as_text() {
    let server = Server::start(house(), Limits::default()).await;
    let home = server.get("/plain").await;
    assert!(home.text().contains("&lt;script&gt;alert(1)"));
    assert!(!home.text().contains("<script") && !home.text().contains("<img"), "{}", home.text());
    assert!(home.text().contains("The lake cannot be read"), "a map that cannot be measured does not take the page with it");
    assert!(home.text().contains("16.7 %"), "the narrowest step has its figure");
    assert!(home.text().contains(&server.address.to_string()), "the commands name the address that was asked");
    for path in ["/maps/first.html", "/shared/given", "/maps/first.svg"] {
        let reply = server.get(path).await;
        assert!(!reply.text().contains("<script>alert") && !reply.text().contains("<img src=x"), "{path}");
    }
    let empty = Server::start(Paper { title: "Shop".into(), ..Paper::default() }, Limits::default()).await;
    assert!(empty.get("/plain").await.text().contains("periplus import"), "an empty workspace says how to fill it");
}

#[tokio::test]
async fn only_requests_meant_for_this_server_are_answered() {
    let server = Server::start(house(), Limits { hosts: vec!["journeys.example".into()], ..Limits::default() }).await;
    let with = async |host: &str| server.send(format!("GET /api/maps HTTP/1.1\r\n{host}Connection: close\r\n\r\n").as_bytes()).await;
    for ours in ["localhost:1234", "127.0.0.1", "[::1]:80", "Journeys.Example"] {
        assert_eq!(with(&format!("Host: {ours}\r\n")).await.status, 200, "{ours}");
    }
    with("Host: rebound.example\r\n").await.assert_problem(403, "unknown_host");
    with("").await.assert_problem(400, "no_host");
    with("Host: localhost\r\nHost: rebound.example\r\n").await.assert_problem(400, "no_host");
    let absolute = server.send(b"GET http://rebound.example/api/maps HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    absolute.assert_problem(400, "no_host");
    let other = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n";
    assert_eq!(server.request("GET /maps/first.svg", other, "").await.status, 403);
    let link = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n";
    assert_eq!(server.request("GET /maps/first.html", link, "").await.status, 200);
}

#[tokio::test]
async fn slow_and_large_requests_are_ended() {
    let limits = Limits {
        header: Duration::from_millis(200),
        body_idle: Duration::from_millis(200),
        body_total: Duration::from_millis(500),
        body_bytes_max: 1000,
        ..Limits::default()
    };
    let server = Server::start(house(), limits).await;
    // Headers that never end, a connection that says nothing, one that idles after its answer.
    for begin in ["GET / HTTP/1.1\r\nHost: loc", "", "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(begin.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let _ =
            timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await.unwrap_or_else(|_| panic!("still open after {begin:?}"));
    }
    let head = "Content-Type: application/json\r\nContent-Length: 100\r\n";
    server.request("POST /api/ask/funnel", head, "{").await.assert_problem(408, "too_slow");
    let drip = async {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let host = server.address;
        stream.write_all(format!("POST /api/ask/funnel HTTP/1.1\r\nHost: {host}\r\n{head}\r\n").as_bytes()).await.unwrap();
        for _ in 0..8 {
            let _ = stream.write_all(b" ").await;
            sleep(Duration::from_millis(100)).await;
        }
        Reply::read(stream).await
    };
    drip.await.assert_problem(408, "too_slow");
    server.ask("/api/ask/funnel", &" ".repeat(1001)).await.assert_problem(413, "too_large");
    let pieces = format!("3e9\r\n{}\r\n0\r\n\r\n", " ".repeat(1001));
    let chunked = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    server.request("POST /api/ask/funnel", chunked, &pieces).await.assert_problem(413, "too_large");
    assert_eq!(server.get("/health").await.status, 200);
}

#[tokio::test]
async fn who_waits_too_long_is_told_to_come_back() {
    let house = Paper { thinks: Duration::from_millis(900), ..house() };
    let thinking = house.thinking.clone();
    let server = Server::start(house, Limits { asks_at_once: 1, ask_patience: Duration::from_millis(100), ..Limits::default() }).await;
    let meanwhile = async {
        while thinking.load(Ordering::SeqCst) == 0 {
            sleep(Duration::from_millis(5)).await;
        }
        let reply = server.ask("/api/ask/funnel", QUESTION).await;
        reply.assert_problem(503, "busy");
        assert_eq!(reply.header("retry-after"), "5");
        assert_eq!(server.get("/health").await.status, 200, "health does not queue");
    };
    let (first, ()) = tokio::join!(server.ask("/api/ask/funnel", QUESTION), meanwhile);
    assert_eq!(first.status, 200);
}

#[tokio::test]
async fn one_address_cannot_take_every_connection() {
    let server = Server::start(house(), Limits { connections_per_address_max: 2, ..Limits::default() }).await;
    let _first = TcpStream::connect(server.address).await.unwrap();
    let second = TcpStream::connect(server.address).await.unwrap();
    let turned_away = Reply::read(TcpStream::connect(server.address).await.unwrap()).await;
    assert_eq!((turned_away.status, turned_away.header("retry-after")), (503, "5"));
    drop(second);
    timeout(Duration::from_secs(5), async {
        while server.get("/health").await.status != 200 {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("a place that was left is free again");
}

#[tokio::test]
async fn shutdown_lets_requests_finish_and_waits_for_nobody_else() {
    let house = Paper { thinks: Duration::from_millis(400), ..house() };
    let thinking = house.thinking.clone();
    let server = Server::start(house, Limits::default()).await;
    let address = server.address;
    let idle = TcpStream::connect(address).await.unwrap();
    let mut asking = TcpStream::connect(address).await.unwrap();
    let length = QUESTION.len();
    let head =
        format!("POST /api/ask/funnel HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
    asking.write_all(format!("{head}{QUESTION}").as_bytes()).await.unwrap();
    while thinking.load(Ordering::SeqCst) == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    server.stop.send(()).unwrap();
    assert_eq!(Reply::read(asking).await.status, 200);
    timeout(Duration::from_secs(5), server.end).await.expect("the server ends").unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    drop(idle);
}

#[tokio::test]
async fn who_does_not_read_is_left() {
    let server = Server::start(house(), Limits { answer_idle: Duration::from_millis(300), ..Limits::default() }).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let font = server.get("/look/inter-400.woff2").await.body.len();
    // More than the operating system buffers between the two.
    let requests = 64_000_000 / font;
    let one = "GET /look/inter-400.woff2 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let _ = timeout(Duration::from_secs(2), stream.write_all(one.repeat(requests).as_bytes())).await;
    sleep(Duration::from_millis(1500)).await;
    let mut rest = Vec::new();
    let _ = timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await.expect("the server has closed the connection");
    assert!(rest.len() < requests * font, "not everything was written");
}
