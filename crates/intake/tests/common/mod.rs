//! A sink that keeps everything, and short ways to read.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests, of which each test file uses some"
)]

use std::io::{self, Cursor, Read};
use std::path::PathBuf;

use periplus_intake::{Input, IntakeError, Mapping, Plan, Reject, Sink, Summary, read};
use periplus_model::{EventRow, IdKind, LinkRow, Money, Reason, TraitRow};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub time: String,
    pub instant: i64,
    pub event: String,
    pub ids: Vec<String>,
    pub channel: Option<String>,
    pub message_id: Option<String>,
    pub amount: Option<Money>,
    pub currency: Option<String>,
    pub properties: String,
}

impl Event {
    pub fn property(&self, name: &str) -> Value {
        serde_json::from_str::<Value>(&self.properties).unwrap()[name].clone()
    }
}

#[derive(Debug, Default)]
pub struct Kept {
    pub events: Vec<Event>,
    pub traits: Vec<(Vec<String>, String, String)>,
    pub links: Vec<Vec<String>>,
    pub rejects: Vec<(u64, Reason, String, String)>,
}

fn texts(ids: &[(IdKind, &str)]) -> Vec<String> {
    ids.iter().map(|(kind, value)| format!("{kind}:{value}")).collect()
}

impl Sink for Kept {
    fn event(&mut self, row: &EventRow<'_>) -> io::Result<()> {
        if !row.properties.is_empty() {
            assert!(serde_json::from_str::<Value>(row.properties).unwrap().is_object(), "{}", row.properties);
        }
        self.events.push(Event {
            time: row.time.to_string(),
            instant: row.time.micros(),
            event: row.event.to_owned(),
            ids: texts(row.ids),
            channel: row.channel.map(str::to_owned),
            message_id: row.message_id.map(str::to_owned),
            amount: row.amount,
            currency: row.currency.map(str::to_owned),
            properties: row.properties.to_owned(),
        });
        Ok(())
    }
    fn traits(&mut self, row: &TraitRow<'_>) -> io::Result<()> {
        serde_json::from_str::<Value>(row.value).unwrap();
        self.traits.push((texts(row.ids), row.name.to_owned(), row.value.to_owned()));
        Ok(())
    }
    fn link(&mut self, row: &LinkRow<'_>) -> io::Result<()> {
        assert!(row.ids.len() >= 2);
        self.links.push(texts(row.ids));
        Ok(())
    }
    fn reject(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        assert!(reject.raw.len() <= 2048);
        self.rejects.push((reject.line, reject.reason, reject.detail.to_string(), reject.raw.to_string()));
        Ok(())
    }
}

pub fn adds_up(summary: &Summary) {
    assert_eq!(summary.rows, summary.accepted + summary.skipped + summary.rejected.values().sum::<u64>(), "{summary:?}");
}

pub fn nothing_to_open(name: &str) -> io::Result<Box<dyn Read + Send>> {
    Err(io::Error::new(io::ErrorKind::NotFound, format!("{name} is not there")))
}

pub fn stream(name: &str, reader: Box<dyn Read + Send>, plan: Plan<'_>) -> (Kept, Result<Summary, IntakeError>) {
    let mut kept = Kept::default();
    let result = read(Input::Stream { name: name.to_owned(), reader }, plan, &nothing_to_open, &mut kept, &mut |_| {});
    if let Ok(summary) = &result {
        adds_up(summary);
        assert_eq!(summary.rejected.values().sum::<u64>() as usize, kept.rejects.len());
        assert_eq!(
            (summary.events as usize, summary.traits as usize, summary.links as usize),
            (kept.events.len(), kept.traits.len(), kept.links.len())
        );
    }
    (kept, result)
}

pub fn auto(name: &str, bytes: impl Into<Vec<u8>>) -> (Kept, Result<Summary, IntakeError>) {
    stream(name, Box::new(Cursor::new(bytes.into())), Plan::Auto)
}

pub fn mapped(name: &str, bytes: impl Into<Vec<u8>>, mapping: &str) -> (Kept, Result<Summary, IntakeError>) {
    let mapping = Mapping::parse(mapping).unwrap();
    stream(name, Box::new(Cursor::new(bytes.into())), Plan::Mapping(&mapping))
}

pub fn file(path: &std::path::Path, plan: Plan<'_>) -> (Kept, Result<Summary, IntakeError>) {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let folder = path.parent().unwrap().to_owned();
    let input = match name.ends_with(".parquet") {
        true => Input::Parquet { name, file: std::fs::File::open(path).unwrap() },
        false => Input::Stream { name, reader: Box::new(std::fs::File::open(path).unwrap()) },
    };
    let mut kept = Kept::default();
    let open = |name: &str| Ok(Box::new(std::fs::File::open(folder.join(name))?) as Box<dyn Read + Send>);
    let result = read(input, plan, &open, &mut kept, &mut |_| {});
    if let Ok(summary) = &result {
        adds_up(summary);
    }
    (kept, result)
}

/// A file of the reference data; `None`, said plainly, where that is absent.
pub fn reference(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("PERIPLUS_REFERENCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference"));
    let file = root.join("data").join(path);
    if !file.exists() {
        println!("SKIPPED: the reference data is absent ({})", file.display());
        return None;
    }
    Some(file)
}
