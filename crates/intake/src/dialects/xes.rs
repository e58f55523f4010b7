//! XES, the event log format of process mining (IEEE 1849): a log of cases (traces) of events.
//!
//! - A case's `concept:name` is the identifier, of kind `case_id`; its other attributes are traits.
//! - An event's `concept:name` is its name, `time:timestamp` its time; its other attributes, `lifecycle:transition` among
//!   them, are properties. Values that global attributes declare as defaults are not filled in: nobody recorded them.
//! - Extensions, globals, classifiers and attributes of the log itself are kept as the trait [`LOG_TRAIT`] of its first
//!   case, so that [`crate::xes_write`] can write them again.
//!
//! **Types as JSON.** Strings, finite floats (`2.0`), integers (`2`) and booleans are what they are in JSON. The rest are
//! objects with one telling key: `{"$date": text}`, `{"$id": text}`, and `$int`, `$float`, `$boolean` for values that JSON
//! cannot hold. A container is an object and a list an array; where their keys do not allow that, they are
//! `{"$container": [[key, value], ...]}` and `{"$list": [[key, value], ...]}`. A value with attributes of its own is
//! `{"$value": value, "$attributes": [[key, value], ...]}`, and a key that occurs twice has `{"$repeat": [value, ...]}`.
//! The time keeps its own text, as the property `time:timestamp`, where that says more than the instant (an offset).
//!
//! An event that equals another of its case in everything gets a message id of its own, because both happened.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};

use periplus_model::{EventRow, IdKind, LinkRow, Money, Reason, TraitRow};
use quick_xml::events::{BytesStart, Event as Xml};
use quick_xml::reader::Reader;
use serde_json::{Map, Value, json};

use crate::cell::Cell;
use crate::gate::{Gate, Outcome, Stop, refuse};
use crate::ids::Ids;
use crate::stream::Window;
use crate::table::Ended;
use crate::when::TimeReader;
use crate::{IntakeError, limits};

/// The trait that holds what belongs to the log as a whole.
pub const LOG_TRAIT: &str = "xes:log";
/// What our own export adds starts so; see [`crate::xes_write`].
pub const OWN: &str = "periplus:";

/// A list of keys and values in which a key may occur twice.
type Pairs = Vec<(String, Value)>;

/// Reads a log.
///
/// # Errors
/// When it is no XES log, or the sink fails. A log that breaks off is reported in [`Ended`].
pub fn read(window: Window, gate: &mut Gate<'_>) -> Result<Ended, IntakeError> {
    let mut xml = Reader::from_reader(Bounded { inner: window, left: limits::ROW });
    xml.config_mut().check_end_names = true;
    let mut log = Log { xml, gate, header: Header::default(), header_sent: false, number: 0, nodes: 0, inside: false, buffer: Vec::new() };
    let ended = match log.read() {
        Ok(()) => None,
        Err(Broken::Stop(error)) => return Err(error),
        Err(Broken::Xml(message)) => Some(io::Error::other(message)),
    };
    Ok(Ended { line: log.number, error: ended })
}

/// Why reading ends early.
enum Broken {
    Stop(IntakeError),
    Xml(String),
}

impl From<quick_xml::Error> for Broken {
    fn from(error: quick_xml::Error) -> Broken {
        Broken::Xml(error.to_string())
    }
}

impl From<IntakeError> for Broken {
    fn from(error: IntakeError) -> Broken {
        Broken::Stop(error)
    }
}

/// Gives only so many bytes for one element, because the XML reader would keep any number of them.
struct Bounded {
    inner: Window,
    left: usize,
}

impl BufRead for Bounded {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other(format!("an element is larger than {} bytes", limits::ROW)));
        }
        let data = self.inner.fill_buf()?;
        Ok(&data[..data.len().min(self.left)])
    }

    fn consume(&mut self, n: usize) {
        self.left -= n.min(self.left);
        BufRead::consume(&mut self.inner, n);
    }
}

impl Read for Bounded {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(out)?;
        self.consume(n);
        Ok(n)
    }
}

/// What belongs to the log as a whole.
#[derive(Default)]
struct Header {
    attributes: Map<String, Value>,
    extensions: Vec<Value>,
    globals: Vec<Value>,
    classifiers: Vec<Value>,
    values: Pairs,
}

struct Log<'a, 's> {
    xml: Reader<Bounded>,
    gate: &'a mut Gate<'s>,
    header: Header,
    header_sent: bool,
    number: u64,
    /// Attributes of the event, trace or header entry at hand.
    nodes: usize,
    inside: bool,
    buffer: Vec<u8>,
}

/// A start tag, taken out of the reader's buffer.
struct Tag {
    name: String,
    attributes: HashMap<String, String>,
    empty: bool,
}

enum Step {
    Open(Tag),
    Close,
    End,
}

impl Log<'_, '_> {
    fn read(&mut self) -> Result<(), Broken> {
        match self.step()? {
            Step::Open(tag) if tag.name == "log" => {
                let mut attributes: Vec<_> = tag.attributes.into_iter().collect();
                attributes.sort();
                self.header.attributes = attributes.into_iter().map(|(key, value)| (key, Value::from(value))).collect();
                self.inside = true;
                if tag.empty {
                    return Ok(());
                }
            }
            _ => return Err(IntakeError::Unreadable("this is XML, but no XES log: its root is not <log>".to_owned()).into()),
        }
        loop {
            self.fresh();
            match self.step()? {
                Step::Close => return Ok(()),
                Step::End => return Err(Broken::Xml("the file ends before </log>".to_owned())),
                Step::Open(tag) => match tag.name.as_str() {
                    "trace" => self.trace(tag.empty)?,
                    "extension" => self.declaration(tag, |header| &mut header.extensions)?,
                    "classifier" => self.declaration(tag, |header| &mut header.classifiers)?,
                    "global" => {
                        let scope = tag.attributes.get("scope").cloned().unwrap_or_else(|| "event".to_owned());
                        let attributes = self.children(tag.empty, 1)?;
                        self.header.globals.push(json!({"scope": scope, "attributes": pairs_json(attributes)}));
                    }
                    _ => {
                        let pair = self.attribute(tag, 1)?;
                        self.header.values.push(pair);
                    }
                },
            }
            if self.header.values.len() + self.header.globals.len() + self.header.extensions.len() + self.header.classifiers.len()
                > limits::NODES
            {
                return Err(Broken::Xml(format!("the log itself has more than {} attributes", limits::NODES)));
            }
        }
    }

    /// Allows the next element its full size.
    fn fresh(&mut self) {
        self.xml.get_mut().left = limits::ROW;
        self.nodes = 0;
    }

    fn step(&mut self) -> Result<Step, Broken> {
        loop {
            self.buffer.clear();
            let event = self.xml.read_event_into(&mut self.buffer)?;
            match &event {
                Xml::Start(start) => return Ok(Step::Open(tag(start, false)?)),
                Xml::Empty(start) => return Ok(Step::Open(tag(start, true)?)),
                Xml::End(_) => return Ok(Step::Close),
                Xml::Eof => return Ok(Step::End),
                Xml::Decl(declaration) => {
                    if let Some(encoding) = declaration.encoding().and_then(Result::ok) {
                        let encoding = String::from_utf8_lossy(encoding.as_ref().as_bytes()).to_ascii_uppercase();
                        if !["UTF-8", "UTF8", "US-ASCII", "ASCII"].contains(&encoding.as_str()) {
                            let message =
                                format!("the log is in {encoding}; convert it (iconv -f {encoding} -t UTF-8) and correct its first line");
                            return Err(IntakeError::Unreadable(message).into());
                        }
                    }
                }
                // Text between elements has no meaning in XES.
                _ => {}
            }
        }
    }

    fn declaration(&mut self, tag: Tag, list: fn(&mut Header) -> &mut Vec<Value>) -> Result<(), Broken> {
        let mut attributes: Vec<_> = tag.attributes.into_iter().collect();
        attributes.sort();
        list(&mut self.header).push(attributes.into_iter().map(|(key, value)| (key, Value::from(value))).collect());
        self.children(tag.empty, 1).map(drop)
    }

    /// The attributes inside of an element, up to its end.
    fn children(&mut self, empty: bool, depth: usize) -> Result<Pairs, Broken> {
        let mut pairs = Pairs::new();
        if empty {
            return Ok(pairs);
        }
        loop {
            match self.step()? {
                Step::Open(tag) => pairs.push(self.attribute(tag, depth + 1)?),
                Step::Close => break,
                Step::End => return Err(Broken::Xml("the file ends inside of an element".to_owned())),
            }
        }
        Ok(pairs)
    }

    /// An attribute with all that is in it.
    fn attribute(&mut self, mut tag: Tag, depth: usize) -> Result<(String, Value), Broken> {
        self.nodes += 1;
        if depth > limits::DEPTH || self.nodes > limits::NODES {
            return Err(Broken::Xml(format!("attributes are nested more than {} deep, or are more than {}", limits::DEPTH, limits::NODES)));
        }
        let key = tag.attributes.remove("key").unwrap_or_default();
        let text = tag.attributes.remove("value").unwrap_or_default();
        let mut own = self.children(tag.empty, depth)?;
        let value = match tag.name.as_str() {
            "string" => Value::from(text),
            "date" => json!({"$date": text}),
            "id" => json!({"$id": text}),
            "int" => text.parse::<i64>().map_or_else(|_| json!({"$int": text}), Value::from),
            "float" => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Value::from(number),
                _ => json!({"$float": text}),
            },
            "boolean" => text.parse::<bool>().map_or_else(|_| json!({"$boolean": text}), Value::from),
            "container" => container(std::mem::take(&mut own)),
            "list" => match own.iter().position(|(key, value)| key.is_empty() && value.get("$values").is_some()) {
                Some(at) => list(own.remove(at).1["$values"].take()),
                None => list(pairs_json(std::mem::take(&mut own))),
            },
            // The members of a list; only ever seen by the list around them.
            "values" => json!({"$values": pairs_json(std::mem::take(&mut own))}),
            other => return Err(Broken::Xml(format!("<{other}> is not known in XES"))),
        };
        let value = if own.is_empty() { value } else { json!({"$value": value, "$attributes": pairs_json(own)}) };
        Ok((key, value))
    }

    fn trace(&mut self, empty: bool) -> Result<(), Broken> {
        let mut case = Case::default();
        if empty {
            return Ok(());
        }
        loop {
            self.fresh();
            match self.step()? {
                Step::Close => break,
                Step::End => return Err(Broken::Xml("the file ends inside of a trace".to_owned())),
                Step::Open(tag) if tag.name == "event" => {
                    let attributes = self.children(tag.empty, 1)?;
                    self.send_traits(&mut case)?;
                    self.number += 1;
                    let shown = Value::Object(members(attributes));
                    let Value::Object(fields) = shown.clone() else { continue };
                    let result = case.event(fields, self.gate);
                    self.gate.settle(self.number, result, &|| shown.to_string())?;
                }
                Step::Open(tag) => {
                    let (key, value) = self.attribute(tag, 1)?;
                    if case.attributes.len() >= limits::NODES {
                        return Err(Broken::Xml(format!("a trace has more than {} attributes", limits::NODES)));
                    }
                    match (key.as_str(), &value) {
                        ("concept:name", Value::String(id)) => case.id = id.clone(),
                        ("periplus:id_kind", Value::String(kind)) => case.kind = IdKind::new(kind).ok(),
                        _ => case.attributes.push((key, value)),
                    }
                }
            }
        }
        self.send_traits(&mut case)
    }

    /// Sends a case's attributes that were not sent yet.
    fn send_traits(&mut self, case: &mut Case) -> Result<(), Broken> {
        if case.id.trim().is_empty() {
            return Ok(());
        }
        let mut traits: Vec<(String, Value)> = members(std::mem::take(&mut case.attributes)).into_iter().collect();
        if !std::mem::replace(&mut self.header_sent, true) {
            traits.push((LOG_TRAIT.to_owned(), self.header.json()));
        }
        for (name, value) in traits {
            let value = value.to_string();
            let sent = case
                .ids(&Map::new())
                .map_err(Stop::from)
                .and_then(|mut ids| ids.with(|ids| self.gate.traits(&TraitRow { time: None, ids, name: &name, value: &value })));
            if sent.is_err() {
                self.gate.settle(self.number, sent.map(|()| Outcome::Accepted), &|| format!("{name}: {value}"))?;
            }
        }
        Ok(())
    }
}

impl Header {
    fn json(&mut self) -> Value {
        let Header { attributes, extensions, globals, classifiers, values } = std::mem::take(self);
        json!({"attributes": attributes, "extensions": extensions, "globals": globals, "classifiers": classifiers, "values": pairs_json(values)})
    }
}

#[derive(Default)]
struct Case {
    id: String,
    kind: Option<IdKind>,
    attributes: Pairs,
    /// How often each event of the case was seen, by the hash of everything in it.
    seen: HashMap<u128, u32>,
}

impl Case {
    fn ids(&self, fields: &Map<String, Value>) -> Result<Ids, crate::gate::Refusal> {
        let mut ids = Ids::default();
        ids.push(self.kind.as_ref().unwrap_or(&case_kind()), &self.id)?;
        for (key, value) in fields {
            if let Some(Ok(kind)) = key.strip_prefix(OWN).and_then(|key| key.strip_prefix("id:")).map(IdKind::new) {
                ids.push(&kind, value.as_str().unwrap_or_default())?;
            }
        }
        Ok(ids)
    }

    fn event(&mut self, mut fields: Map<String, Value>, gate: &mut Gate<'_>) -> Result<Outcome, Stop> {
        if self.id.trim().is_empty() {
            return refuse(Reason::NoIdentifier, "the trace has no concept:name before its events");
        }
        let mut ids = self.ids(&fields)?;
        let Some(Value::String(name)) = fields.shift_remove("concept:name") else {
            return refuse(Reason::NoEvent, "the event has no concept:name");
        };
        let Some(stamp) = fields.get("time:timestamp") else { return refuse(Reason::NoTime, "the event has no time:timestamp") };
        let text = stamp.get("$date").and_then(Value::as_str).unwrap_or_default();
        let Some(time) = TimeReader::iso().read(Cell::Text(text)) else {
            return refuse(Reason::BadTime, format!("'{}' is not a time between 1900 and 2200", text.chars().take(80).collect::<String>()));
        };
        let canonical = text == time.to_string();
        let stamp = fields.shift_remove("time:timestamp").filter(|_| !canonical);
        let mut own = |name: &str| match fields.shift_remove(&format!("{OWN}{name}")) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (channel, currency, message_id) = (own("channel"), own("currency"), own("message_id"));
        let amount = match own("amount").map(|text| Money::parse(&text)) {
            Some(None) => return refuse(Reason::BadAmount, "periplus:amount is not an amount"),
            Some(amount) => amount,
            None => None,
        };
        fields.retain(|key, _| !key.starts_with("periplus:id:"));
        // First, where an export writes it: the same event read from there must be the same to the byte.
        if let Some(stamp) = stamp {
            fields.shift_insert(0, "time:timestamp".to_owned(), stamp);
        }
        crate::json::check_texts(&fields)?;
        let properties = if fields.is_empty() { String::new() } else { Value::Object(fields).to_string() };
        let message_id = message_id.or_else(|| self.repeated(&name, time.0, &properties));
        ids.with(|ids| {
            gate.event(&EventRow {
                time,
                event: &name,
                ids,
                channel: channel.as_deref(),
                message_id: message_id.as_deref(),
                amount,
                currency: currency.as_deref(),
                properties: &properties,
            })?;
            gate.link(&LinkRow { time: Some(time), ids })
        })?;
        Ok(Outcome::Accepted)
    }

    fn repeated(&mut self, name: &str, time: i64, properties: &str) -> Option<String> {
        let text = format!("{}\n{name}\n{time}\n{properties}", self.id);
        let key = xxhash_rust::xxh3::xxh3_128(text.as_bytes());
        if self.seen.len() >= limits::CASE_EVENTS && !self.seen.contains_key(&key) {
            return None;
        }
        let count = self.seen.entry(key).or_default();
        *count += 1;
        (*count > 1).then(|| format!("xes:{:032x}", xxhash_rust::xxh3::xxh3_128(format!("{text}\n{count}").as_bytes())))
    }
}

/// The kind of identifier that a case's name is.
pub fn case_kind() -> IdKind {
    IdKind::new("case_id").unwrap_or(IdKind::USER)
}

fn tag(start: &BytesStart<'_>, empty: bool) -> Result<Tag, Broken> {
    let mut attributes = HashMap::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| Broken::Xml(error.to_string()))?;
        let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0)?;
        attributes.insert(attribute.key.as_ref().to_owned(), value.into_owned());
    }
    Ok(Tag { name: start.local_name().as_ref().to_owned(), attributes, empty })
}

fn pairs_json(pairs: Pairs) -> Value {
    Value::Array(pairs.into_iter().map(|(key, value)| json!([key, value])).collect())
}

/// Pairs as an object; values of a key that occurs twice stay together.
fn members(pairs: Pairs) -> Map<String, Value> {
    let mut fields = Map::new();
    for (key, value) in pairs {
        match fields.get_mut(&key) {
            None => drop(fields.insert(key, value)),
            Some(Value::Object(known)) if known.contains_key("$repeat") => {
                if let Some(Value::Array(values)) = known.get_mut("$repeat") {
                    values.push(value);
                }
            }
            Some(known) => *known = json!({"$repeat": [known.take(), value]}),
        }
    }
    fields
}

fn container(pairs: Pairs) -> Value {
    let keys: std::collections::HashSet<&String> = pairs.iter().map(|(key, _)| key).collect();
    if keys.len() == pairs.len() && pairs.iter().all(|(key, _)| !key.starts_with('$')) {
        return Value::Object(pairs.into_iter().collect());
    }
    json!({"$container": pairs_json(pairs)})
}

fn list(mut pairs: Value) -> Value {
    if let Value::Array(items) = &mut pairs
        && items.iter().all(|pair| pair[0] == "item")
    {
        return Value::Array(items.iter_mut().map(|pair| pair[1].take()).collect());
    }
    json!({"$list": pairs})
}
