//! What changed between two versions of a map, in words.
//!
//! The comparison runs over the fields as they stand in the file, so a field that is added to the types is compared
//! from that day on; only what deserves its own words has a line here.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::journey_map::JourneyMap;
use crate::print::on_one_line;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Where, with ids: `stages[purchase].believed`.
    pub path: String,
    /// One sentence for a person: `stage 'Purchase': believed 0.2 → −0.1`.
    pub text: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The lists whose items are told apart by name, with the words for one item and for all.
const LISTS: &[(&str, &str)] = &[
    ("personas", "persona"),
    ("stages", "stage"),
    ("touchpoints", "touchpoint"),
    ("scores", "score"),
    ("kpis", "key figure"),
    ("hypotheses", "hypothesis"),
    ("goals", "goal"),
    ("owners", "owner"),
];

/// What changed from the old map to the new one, in the order of the file; empty when nothing did.
pub fn diff(old: &JourneyMap, new: &JourneyMap) -> Vec<Change> {
    let fields = |map: &JourneyMap| match serde_json::to_value(map) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let mut comparison = Comparison { old, new, changes: Vec::new() };
    comparison.fields("", "", &fields(old), &fields(new));
    comparison.changes
}

struct Comparison<'a> {
    old: &'a JourneyMap,
    new: &'a JourneyMap,
    changes: Vec<Change>,
}

impl Comparison<'_> {
    fn say(&mut self, path: String, whose: &str, text: String) {
        let text = if whose.is_empty() { text } else { format!("{whose}: {text}") };
        self.changes.push(Change { path, text });
    }

    /// Compares two sets of fields; `whose` says in words whose fields they are.
    fn fields(&mut self, path: &str, whose: &str, old: &Map<String, Value>, new: &Map<String, Value>) {
        for key in new.keys().chain(old.keys().filter(|key| !new.contains_key(*key))) {
            let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let list = LISTS.iter().find(|(list, _)| list == key);
            match (old.get(key), new.get(key)) {
                (before, after) if before == after => {}
                (before, after) if let Some((_, noun)) = list => self.list(&inner, whose, noun, items(before), items(after)),
                (Some(Value::Object(before)), Some(Value::Object(after))) if path.is_empty() => self.fields(&inner, key, before, after),
                (Some(before), Some(after)) if key == "stage" && path.starts_with("touchpoints") => {
                    let (from, to) = (stage_name(self.old, before), stage_name(self.new, after));
                    self.changes.push(Change { path: inner, text: format!("{whose} moved from {from} to {to}") });
                }
                (Some(before), Some(after)) => {
                    self.say(inner, whose, format!("{} {} → {}", words(key), shown(key, before), shown(key, after)))
                }
                (None, Some(after)) => self.say(inner, whose, format!("{} set to {}", words(key), shown(key, after))),
                (Some(before), None) => self.say(inner, whose, format!("{} removed (was {})", words(key), shown(key, before))),
                (None, None) => {}
            }
        }
    }

    fn list(&mut self, path: &str, whose: &str, noun: &str, old: &[Value], new: &[Value]) {
        for gone in old.iter().filter(|item| find(new, item).is_none()) {
            self.say(format!("{path}[{}]", key(gone)), whose, format!("{noun} '{}' removed", name(gone)));
        }
        for item in new {
            let inner = format!("{path}[{}]", key(item));
            match find(old, item) {
                None => self.say(inner, whose, format!("{noun} '{}' added", name(item))),
                Some(before) if before == item => {}
                Some(before) => {
                    let whose =
                        if whose.is_empty() { format!("{noun} '{}'", name(item)) } else { format!("{whose}, {noun} '{}'", name(item)) };
                    self.fields(&inner, &whose, &as_fields(before), &as_fields(item));
                }
            }
        }
        let order = |these: &[Value], others: &[Value]| -> Vec<String> {
            these.iter().filter(|item| find(others, item).is_some()).map(key).collect()
        };
        if order(old, new) != order(new, old) {
            let names: Vec<&str> = new.iter().map(name).collect();
            self.say(path.to_owned(), whose, format!("{} in a new order: {}", path.rsplit('.').next().unwrap_or(path), names.join(", ")));
        }
    }
}

fn items(list: Option<&Value>) -> &[Value] {
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What tells an item from its neighbours: its id, name or text.
fn key(item: &Value) -> String {
    let named = ["id", "name", "text"].iter().find_map(|field| item[*field].as_str());
    named.or(item.as_str()).unwrap_or_default().to_owned()
}

/// What people call an item.
fn name(item: &Value) -> &str {
    ["name", "text"].iter().find_map(|field| item[*field].as_str()).or(item.as_str()).unwrap_or_default()
}

fn find<'a>(list: &'a [Value], item: &Value) -> Option<&'a Value> {
    let wanted = key(item);
    list.iter().find(|candidate| key(candidate) == wanted)
}

/// The fields of an item; a hypothesis may be written as its text alone, which means it is assumed.
fn as_fields(item: &Value) -> Map<String, Value> {
    match item {
        Value::Object(fields) => fields.clone(),
        text => Map::from_iter([("text".to_owned(), text.clone()), ("evidence".to_owned(), "assumed".into())]),
    }
}

fn stage_name(map: &JourneyMap, id: &Value) -> String {
    let id = id.as_str().unwrap_or_default();
    map.stages.iter().find(|stage| stage.id == id).map_or(id, |stage| stage.name.as_str()).to_owned()
}

fn words(key: &str) -> String {
    key.replace('_', " ")
}

fn shown(key: &str, value: &Value) -> String {
    match value {
        Value::String(text) if !matches!(key, "window" | "time_limit" | "target" | "every" | "inactivity" | "from" | "to" | "next") => {
            format!("'{text}'")
        }
        Value::Number(_) => on_one_line(key, value).replacen('-', "−", 1),
        _ => on_one_line(key, value),
    }
}
