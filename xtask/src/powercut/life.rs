//! A data folder, who sends to it, and what they were promised.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;

use super::disk::Disk;
use super::{Outcome, must};

/// Senders, and how many messages each of their requests has: one storm of single events, the next of batches.
const STORMS: [(u64, u64); 2] = [(32, 1), (8, 20)];

/// Everything that says that it keeps what was written, and does not.
const LIAR: &str = "#define _GNU_SOURCE\n#include <fcntl.h>\n#include <unistd.h>\n
int fsync(int file) { (void)file; return 0; }
int fdatasync(int file) { (void)file; return 0; }
int syncfs(int file) { (void)file; return 0; }
int msync(void *begin, size_t length, int flags) { (void)begin; (void)length; (void)flags; return 0; }
int sync_file_range(int file, off64_t begin, off64_t length, unsigned flags) { (void)file; (void)begin; (void)length; (void)flags; return 0; }
";

/// Compiles a library in which nothing is kept that should be.
pub fn liar(folder: &Path) -> anyhow::Result<PathBuf> {
    let (source, library) = (folder.join("liar.c"), folder.join("liar.so"));
    std::fs::write(&source, LIAR)?;
    must(Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source), "the control cannot be compiled")?;
    Ok(library)
}

/// A process that ends when it is let go.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lives of a data folder.
pub struct Life {
    programs: PathBuf,
    data: PathBuf,
    ledger: PathBuf,
    key: String,
    /// A library that is loaded before the server's own while it is under a storm.
    liar: Option<PathBuf>,
    storms: usize,
    /// How much of the ledger was written when the power went, of each storm.
    promised: Vec<String>,
}

impl Life {
    /// Makes a data folder with a source, which the disk keeps.
    pub fn begin(programs: &Path, disk: &Disk, liar: Option<PathBuf>) -> anyhow::Result<Life> {
        let data = disk.files().join("data");
        let told =
            must(Command::new(programs.join("periplus")).args(["sources", "add", "shop", "--json", "--data"]).arg(&data), "no source")?;
        let told: Value = serde_json::from_str(&told).context("`periplus sources add` told no JSON")?;
        let key = told["key"].as_str().context("`periplus sources add` told no key")?.to_owned();
        disk.keep()?;
        let ledger = disk.notes().join("ledger");
        Ok(Life { programs: programs.to_owned(), data, ledger, key, liar, storms: 0, promised: Vec::new() })
    }

    fn serve(&self, liar: Option<&Path>) -> anyhow::Result<(Running, String)> {
        let mut serve = Command::new(self.programs.join("periplus"));
        serve
            .args(["serve", "--listen", "127.0.0.1:0", "--rate", "0", "--disk-full", "100", "--data"])
            .arg(&self.data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(library) = liar {
            serve.env("LD_PRELOAD", library);
        }
        let mut server = Running(serve.spawn().context("periplus cannot be started")?);
        let mut line = String::new();
        BufReader::new(server.0.stdout.take().context("the server tells nothing")?).read_line(&mut line)?;
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        Ok((server, address.with_context(|| format!("the server said '{}'", line.trim_end()))?.to_owned()))
    }

    /// Serves under a storm for so many milliseconds; then the power goes.
    pub fn storm_and_cut(&mut self, disk: &mut Disk, millis: u64) -> anyhow::Result<()> {
        let (server, address) = self.serve(self.liar.as_deref())?;
        let (senders, messages) = STORMS[self.storms % STORMS.len()];
        self.storms += 1;
        std::fs::write(&self.ledger, "")?;
        let storm = Command::new(self.programs.join("examples/storm"))
            .args([&address, &self.key, &senders.to_string(), "60", &messages.to_string()])
            .arg(&self.ledger)
            .stdout(Stdio::null())
            .spawn();
        let storm = Running(storm.context("the storm cannot be started")?);
        std::thread::sleep(Duration::from_millis(millis));
        // What is in the ledger now was acknowledged before the power went.
        let promised = std::fs::read_to_string(&self.ledger)?;
        let cut = disk.cut()?;
        drop((storm, server));
        cut.over()?;
        let whole = promised.rfind('\n').map_or(0, |end| end + 1);
        self.promised.push(promised[..whole].to_owned());
        Ok(())
    }

    /// A server takes into the lake what it finds; then everything that was ever promised is looked for.
    pub fn settle(&self, disk: &Disk) -> anyhow::Result<Outcome> {
        let (mut server, address) = self.serve(None)?;
        let begun = Instant::now();
        while waiting(&address) != Some(0) {
            if begun.elapsed() > Duration::from_secs(120) {
                bail!("the server does not put what it found into the lake");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        must(Command::new("kill").arg(server.0.id().to_string()), "the server cannot be stopped")?;
        if !server.0.wait()?.success() {
            bail!("the server failed");
        }
        let table = disk.notes().join("stored.csv");
        let periplus = || Command::new(self.programs.join("periplus"));
        must(periplus().args(["lake", "verify", "--data"]).arg(&self.data), "the lake is damaged")?;
        let sources = must(periplus().args(["sources", "list", "--json", "--data"]).arg(&self.data), "no sources")?;
        let sources: Value = serde_json::from_str(&sources).context("`periplus sources list` told no JSON")?;
        if sources["losses"].as_array().is_none_or(|losses| !losses.is_empty()) {
            bail!("the log is told to have lost something: {}", sources["losses"]);
        }
        let ids = ["sql", "SELECT message_id FROM events", "--rows", "100000000", "--csv"];
        must(periplus().args(ids).arg(&table).arg("--data").arg(&self.data), "the events cannot be read")?;
        let mut stored: HashMap<String, u64> = HashMap::new();
        for line in BufReader::new(std::fs::File::open(&table)?).lines().skip(1) {
            *stored.entry(line?).or_default() += 1;
        }
        Ok(self.compared(&stored))
    }

    /// What is lost when nothing is there.
    pub fn nothing_left(&self) -> Outcome {
        self.compared(&HashMap::new())
    }

    fn compared(&self, stored: &HashMap<String, u64>) -> Outcome {
        let mut outcome = Outcome { doubled: stored.values().filter(|times| **times > 1).count() as u64, ..Outcome::default() };
        for id in self.promised.iter().flat_map(|promised| promised.lines()).flat_map(ids) {
            outcome.acknowledged += 1;
            outcome.lost += u64::from(!stored.contains_key(&id));
        }
        outcome
    }
}

/// How many frames of the log are not in the lake yet, if the server says so.
fn waiting(address: &str) -> Option<u64> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let health: Value = serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?;
    health["collecting"]["frames_waiting"].as_u64()
}

/// The message ids of a line of the ledger: whose, the first, the last.
fn ids(line: &str) -> impl Iterator<Item = String> {
    let mut words = line.split(' ');
    let sender = words.next().unwrap_or_default().to_owned();
    let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
    let (first, last) = (number().unwrap_or(1), number().unwrap_or(0));
    (first..=last).map(move |number| format!("{sender}-{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_tells_every_message() {
        assert_eq!(ids("storm-7-2 9 11").collect::<Vec<_>>(), ["storm-7-2-9", "storm-7-2-10", "storm-7-2-11"]);
        assert_eq!(ids("").count(), 0);
    }

    #[test]
    fn what_is_not_there_is_lost_and_what_is_there_twice_is_doubled() {
        let life = Life {
            programs: PathBuf::new(),
            data: PathBuf::new(),
            ledger: PathBuf::new(),
            key: String::new(),
            liar: None,
            storms: 0,
            promised: vec!["s 1 2\n".to_owned(), "s 3 3\n".to_owned()],
        };
        let stored = [("s-1", 1), ("s-3", 2), ("s-4", 1)].map(|(id, times)| (id.to_owned(), times));
        let outcome = life.compared(&stored.into());
        assert_eq!((outcome.acknowledged, outcome.lost, outcome.doubled), (3, 1, 1));
        assert_eq!(life.nothing_left().lost, 3);
    }
}
