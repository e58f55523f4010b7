//! What tests of collecting have in common: a server in a process of its own, requests as bytes, and what became of them.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "helpers of tests, of which each test file uses some; they wait for other processes, and not for ever"
)]

pub mod ledger;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A server in a process of its own.
pub struct Server {
    process: Child,
    pub address: String,
}

impl Server {
    pub fn start(data: &Path) -> Server {
        Server::start_with(data, &["--rate", "0", "--disk-full", "100"])
    }

    /// With these options.
    pub fn start_with(data: &Path, more: &[&str]) -> Server {
        Server::told(data, more, Stdio::null())
    }

    /// With what it says on the way.
    pub fn told(data: &Path, more: &[&str], remarks: impl Into<Stdio>) -> Server {
        let mut process = Command::new(env!("CARGO_BIN_EXE_periplus"))
            .arg("serve")
            .args(if more.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] })
            .args(more)
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(remarks)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        Server { address: address.unwrap_or_else(|| panic!("the server said '{line}'")).to_owned(), process }
    }

    /// Ends it without a warning.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) {
        Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What came back: the status, the headers in lower case, and the body.
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// A connection that sends one request after the other.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    pub fn open(address: &str) -> std::io::Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.set_nodelay(true)?;
        Ok(Connection(BufReader::new(stream)))
    }

    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<Reply> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nContent-Length: {}\r\n", body.len()).into_bytes();
        let host = [("Host", "collector.example")];
        let host = host.iter().filter(|_| !headers.iter().any(|(name, _)| *name == "Host"));
        for (name, value) in headers.iter().chain(host) {
            request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        self.0.get_mut().write_all(&request)?;
        let broken = || std::io::Error::other("the connection broke");
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
        let mut headers = BTreeMap::new();
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                return Err(broken());
            }
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(Reply { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

pub fn periplus(data: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_periplus")).args(arguments).arg("--data").arg(data).output().unwrap();
    assert!(output.status.success(), "periplus {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub fn key(data: &Path, source: &str, more: &[&str]) -> String {
    let told: Value = serde_json::from_str(&periplus(data, &[&["sources", "add", source, "--json"], more].concat())).unwrap();
    told["key"].as_str().unwrap().to_owned()
}

pub fn collected(data: &Path) -> Value {
    serde_json::from_str(&periplus(data, &["sources", "list", "--json"])).unwrap()
}

/// All events, each by the names of its columns.
pub fn export(data: &Path) -> Vec<BTreeMap<String, String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.csv");
    periplus(data, &["export", "events", file.to_str().unwrap(), "--format", "csv"]);
    let mut reader = csv::Reader::from_path(&file).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// The message ids of all events, with how often each is there.
pub fn stored(data: &Path) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for row in export(data) {
        *counts.entry(row["message_id"].clone()).or_default() += 1;
    }
    counts
}

/// Waits until everything that was accepted is in the lake.
pub fn settle(address: &str) {
    let begun = Instant::now();
    loop {
        let mut connection = Connection::open(address).unwrap();
        let reply = connection.send("GET", "/health", &[("Host", "localhost")], b"");
        let health: Value = reply.ok().and_then(|reply| serde_json::from_str(&reply.body).ok()).unwrap_or_default();
        if health["collecting"]["frames_waiting"] == 0 {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{health}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A request as it came: its first line, its headers, its body.
pub struct Request {
    pub line: String,
    headers: Vec<String>,
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        let named = self.headers.iter().filter_map(|header| header.trim_end().split_once(':'));
        named.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next().unwrap_or_default()
    }
}

impl Reply {
    pub fn of(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Reply { status, headers, body: body.to_owned() }
    }
}

/// Listens, and answers each request as `answer` says; nothing closes the connection instead. Answers the address.
pub fn serve_with(answer: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            std::thread::spawn(move || while_open(stream, &*answer));
        }
    });
    address
}

fn while_open(stream: TcpStream, answer: &dyn Fn(&Request) -> Option<Reply>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = request(&mut reader) {
        let Some(reply) = answer(&request) else { return };
        let mut text = format!("HTTP/1.1 {} Told\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
        for (name, value) in reply.headers.iter().filter(|(name, _)| name.as_str() != "content-length") {
            text += &format!("{name}: {value}\r\n");
        }
        text += &format!("\r\n{}", reply.body);
        if reader.get_mut().write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let (mut line, mut headers, mut length) = (String::new(), Vec::new(), 0);
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "transfer-encoding" => panic!("senders say how long their bodies are"),
            "connection" => {}
            _ => headers.push(header),
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { line, headers, body })
}

/// Passes a request on, on a connection of its own.
pub fn forward(address: &str, request: &Request) -> Reply {
    let mut connection = Connection::open(address).unwrap();
    let mut words = request.line.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let headers: Vec<(&str, &str)> =
        request.headers.iter().filter_map(|header| header.trim_end().split_once(':')).map(|(name, value)| (name, value.trim())).collect();
    connection.send(method, path, &headers, &request.body).unwrap()
}

pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            text.push(if place <= chunk.len() { LETTERS[(bits >> (18 - 6 * place) & 63) as usize] as char } else { '=' });
        }
    }
    text
}
