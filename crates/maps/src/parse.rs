//! Text to a journey map, with every problem on the way.
//!
//! The tree of located values is held against the schema that the types generate. What does not fit is reported and
//! replaced by something that does, so that the rest of the file is still looked at; the checks then speak only about
//! places where nothing was wrong before.

use std::collections::HashMap;
use std::sync::LazyLock;

use periplus_model::{Condition, Instant, Span};
use serde_json::{Map, Value, json};

use crate::check::CHECKS;
use crate::journey_map::JourneyMap;
use crate::locate::{Content, Field, Node, Place, locate, plain};
use crate::problem::{Problem, Severity, suggest};

/// More problems than this help nobody; the rest is left out.
const PROBLEMS_MAX: usize = 200;

static SCHEMA: LazyLock<Value> = LazyLock::new(crate::schema);

/// Reads a journey map.
///
/// # Errors
/// Every problem, in the order of the file, warnings among them, when at least one is an error.
pub fn parse(text: &str) -> Result<JourneyMap, Vec<Problem>> {
    match check(text) {
        (Some(map), _) => Ok(map),
        (None, problems) => Err(problems),
    }
}

/// Reads a journey map and says everything that is wrong with it. There is a map unless one of the problems is an error.
pub fn check(text: &str) -> (Option<JourneyMap>, Vec<Problem>) {
    let root = match locate(text) {
        Ok(root) => root,
        Err(mut problems) => {
            problems.truncate(PROBLEMS_MAX);
            return (None, problems);
        }
    };
    let mut reading = Reading { problems: Vec::new(), places: HashMap::new() };
    let value = reading.read(&root, &SCHEMA, "");
    let faulty: Vec<String> = reading.problems.iter().map(|problem| problem.path.clone()).collect();
    let map = match serde_json::from_value::<JourneyMap>(value) {
        Ok(map) => Some(map),
        Err(error) => {
            if reading.problems.is_empty() {
                reading.problem(root.place, "", error.to_string(), "");
            }
            None
        }
    };
    if let Some(map) = &map {
        let said_before = |path: &str| faulty.iter().any(|faulty| !faulty.is_empty() && (around(faulty, path) || around(path, faulty)));
        for found in CHECKS.iter().flat_map(|check| check(map)).filter(|found| !said_before(&found.path)) {
            let place = reading.place(&found.path);
            let (line, column) = (place.line, place.column);
            reading.problems.push(Problem {
                line,
                column,
                severity: found.severity,
                path: found.path,
                message: found.message,
                help: found.help,
            });
        }
    }
    let mut problems = reading.problems;
    let usable = problems.iter().all(|problem| problem.severity == Severity::Warning);
    // Errors stay before warnings when there is too much to say: a flood of warnings must not hide one.
    problems.sort_by_key(|problem| (problem.severity, problem.line, problem.column));
    problems.truncate(PROBLEMS_MAX);
    problems.sort_by_key(|problem| (problem.line, problem.column));
    (map.filter(|_| usable), problems)
}

/// Whether a path leads to the place of another one, or to something around it.
fn around(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

struct Reading {
    problems: Vec<Problem>,
    /// Where each value stands. A list or an object stands where its name does.
    places: HashMap<String, Place>,
}

impl Reading {
    fn problem(&mut self, place: Place, path: &str, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem {
            line: place.line,
            column: place.column,
            severity: Severity::Error,
            path: path.to_owned(),
            message: message.into(),
            help: help.into(),
        });
    }

    /// Where a value stands; the nearest thing around it when it is not written in the file.
    fn place(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return *place;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return self.places.get("").copied().unwrap_or(Place::START),
            }
        }
    }

    /// The value as JSON that fits the schema, whatever was written.
    fn read(&mut self, node: &Node, schema: &Value, path: &str) -> Value {
        self.places.entry(path.to_owned()).or_insert(node.place);
        if let Some(name) = referenced(schema) {
            match name {
                "Condition" => return self.condition(node, path),
                "Span" => return self.worded(node, path, |text| Span::parse(text).map(|_| ()).map_err(|e| e.to_string()), schema),
                "Instant" => return self.worded(node, path, |text| Instant::parse(text).map(|_| ()).map_err(|e| e.to_string()), schema),
                _ => return self.read(node, resolve(schema), path),
            }
        }
        match choices(schema)[..] {
            [] => {}
            // What may be left out is one shape or nothing.
            [one] if words(one).next().is_none() => return self.read(node, one, path),
            ref several => return self.choose(node, several, schema, path),
        }
        let wanted = kind(schema);
        match (&node.content, wanted) {
            (Content::Fields(fields), "object") => return self.object(node, fields, schema, path),
            (Content::List(items), "array") => {
                let read: Vec<Value> =
                    items.iter().enumerate().map(|(i, item)| self.read(item, &schema["items"], &format!("{path}[{i}]"))).collect();
                let bound = |key: &str| schema[key].as_u64().map(|n| n as usize);
                let (least, most) = (bound("minItems").unwrap_or(0), bound("maxItems").unwrap_or(usize::MAX));
                if !(least..=most).contains(&read.len()) {
                    let wanted = if least == most { format!("exactly {most}") } else { format!("at most {most}") };
                    self.problem(node.place, path, format!("{} values are given, but {wanted} may be", read.len()), "");
                    return blank(schema);
                }
                return Value::Array(read);
            }
            (Content::Scalar(text, _), "string") if !node.is_nothing() => return Value::from(text.as_str()),
            (Content::Scalar(text, true), _) => match (plain(text), wanted) {
                (value @ Value::Number(_), "number") | (value @ Value::Bool(_), "boolean") => return value,
                (Value::Number(number), "integer") if number.as_u64().is_some_and(|n| u32::try_from(n).is_ok()) => {
                    return Value::Number(number);
                }
                _ => {}
            },
            _ => {}
        }
        self.problem(node.place, path, format!("{} is needed here, not {}", kind_words(wanted), written(node)), "");
        blank(schema)
    }

    fn object(&mut self, node: &Node, fields: &[Field], schema: &Value, path: &str) -> Value {
        let nothing = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&nothing);
        let mut read = Map::new();
        for Field { key, place, value } in fields {
            let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match properties.get(key) {
                None => self.problem(
                    *place,
                    &inner,
                    format!("'{key}' is not a field of {}", whose(path)),
                    suggest(key, properties.keys().map(String::as_str)),
                ),
                // A name with nothing behind it is the same as no name, except where something is needed.
                Some(_) if value.is_nothing() && !required(schema).any(|name| name == key) => {}
                Some(schema) => {
                    if !matches!(value.content, Content::Scalar(..)) {
                        self.places.insert(inner.clone(), *place);
                    }
                    let value = self.read(value, schema, &inner);
                    read.insert(key.clone(), value);
                }
            }
        }
        for name in required(schema).filter(|name| fields.iter().all(|field| field.key != *name)) {
            let inner = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let about = properties.get(name).and_then(|schema| schema["description"].as_str()).unwrap_or_default();
            self.problem(node.place, &inner, format!("'{name}' is missing in {}", whose(path)), about.lines().next().unwrap_or_default());
            read.insert(name.to_owned(), properties.get(name).map(blank).unwrap_or_default());
        }
        Value::Object(read)
    }

    /// A value that may take one of several shapes: words, or objects told apart by the names of their fields.
    fn choose(&mut self, node: &Node, choices: &[&Value], schema: &Value, path: &str) -> Value {
        let words: Vec<&str> = choices.iter().flat_map(|choice| words(choice)).collect();
        let heads: Vec<&str> = choices.iter().flat_map(|choice| required(resolve(choice)).take(1)).collect();
        let of_kind =
            |wanted: &str| choices.iter().find(|choice| kind(resolve(choice)) == wanted && self::words(resolve(choice)).next().is_none());
        let fitting = match &node.content {
            Content::Scalar(text, _) if words.contains(&text.as_str()) => return Value::from(text.as_str()),
            Content::Scalar(text, true) if plain(text).is_number() && of_kind("number").is_some() => of_kind("number"),
            Content::Scalar(..) => of_kind("string"),
            Content::List(_) => of_kind("array"),
            Content::Fields(fields) => {
                let objects = || choices.iter().filter(|choice| kind(resolve(choice)) == "object");
                let named = objects().find(|choice| required(resolve(choice)).any(|name| fields.iter().any(|field| field.key == name)));
                named.or_else(|| objects().next().filter(|_| objects().count() == 1))
            }
        };
        if let Some(choice) = fitting {
            return self.read(node, choice, path);
        }
        let (message, help) = match &node.content {
            Content::Scalar(text, _) if heads.contains(&text.as_str()) => {
                (format!("'{text}' needs settings"), format!("write {text}: {{ ... }} as the schema says"))
            }
            Content::Scalar(text, _) => (format!("'{text}' is not known here"), suggest(text, words.iter().chain(&heads).copied())),
            Content::List(_) => ("a list does not fit here".to_owned(), String::new()),
            Content::Fields(_) => (format!("{} does not fit here", written(node)), suggest("", words.iter().chain(&heads).copied())),
        };
        self.problem(node.place, path, message, help);
        blank(schema)
    }

    /// A text that one of the model's own readers must accept.
    fn worded(&mut self, node: &Node, path: &str, reads: impl Fn(&str) -> Result<(), String>, schema: &Value) -> Value {
        match &node.content {
            Content::Scalar(text, _) => match reads(text) {
                Ok(()) => return Value::from(text.as_str()),
                Err(message) => self.problem(node.place, path, message, ""),
            },
            _ => self.problem(node.place, path, format!("a text is needed here, not {}", written(node)), ""),
        }
        blank(schema)
    }

    fn condition(&mut self, node: &Node, path: &str) -> Value {
        let value = node.to_json();
        let Err(error) = Condition::from_json(value.clone()) else { return value };
        let (place, message) = innermost(node, error.to_string());
        let help = match node.to_json() {
            Value::Number(_) | Value::Bool(_) => "put quotes around the name of an event that looks like something else",
            _ => "",
        };
        self.problem(place, path, message, help);
        blank(&json!({"$ref": "#/$defs/Condition"}))
    }
}

/// Where in a wrong condition the fault lies: the innermost part that is wrong by itself.
fn innermost(node: &Node, message: String) -> (Place, String) {
    let fails = |part: &Node| Condition::from_json(part.to_json()).err().map(|error| innermost(part, error.to_string()));
    let Content::Fields(fields) = &node.content else { return (node.place, message) };
    let parts = fields.iter().flat_map(|field| match (field.key.as_str(), &field.value.content) {
        ("and" | "or" | "sequence", Content::List(items)) => items.iter().collect(),
        ("not" | "did" | "where", _) => vec![&field.value],
        _ => Vec::new(),
    });
    if let Some(found) = parts.into_iter().find_map(fails) {
        return found;
    }
    // The message begins with the name of the field when one field is at fault.
    let at_fault = fields.iter().find(|field| message.starts_with(&format!("\"{}\" ", field.key)));
    (at_fault.map_or(node.place, |field| field.place), message)
}

/// The name of the definition that a schema refers to.
fn referenced(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}

/// The schema itself, or what it refers to.
fn resolve(schema: &Value) -> &Value {
    match referenced(schema) {
        Some(name) => &SCHEMA["$defs"][name],
        None => schema,
    }
}

/// The alternatives of a schema, "nothing" left out; an enumeration of words is one alternative.
fn choices(schema: &Value) -> Vec<&Value> {
    let alternatives = ["anyOf", "oneOf"].iter().find_map(|key| schema[*key].as_array());
    match alternatives {
        Some(all) => all.iter().filter(|choice| choice["type"] != "null").collect(),
        None if schema["enum"].is_array() => vec![schema],
        None => Vec::new(),
    }
}

/// The words that a schema allows literally.
fn words(schema: &Value) -> impl Iterator<Item = &str> {
    schema["enum"].as_array().into_iter().flatten().chain(std::iter::once(&schema["const"])).filter_map(Value::as_str)
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The type that a schema asks for.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(several) => several.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default(),
        one => one.as_str().unwrap_or_default(),
    }
}

fn kind_words(kind: &str) -> &'static str {
    match kind {
        "object" => "a set of fields",
        "array" => "a list",
        "number" => "a number",
        "integer" => "a whole number",
        "boolean" => "true or false",
        _ => "a text",
    }
}

fn written(node: &Node) -> String {
    match &node.content {
        Content::Scalar(..) if node.is_nothing() => "nothing".into(),
        Content::Scalar(text, _) => format!("'{}'", text.chars().take(40).collect::<String>()),
        Content::List(_) => "a list".into(),
        Content::Fields(_) => "a set of fields".into(),
    }
}

/// Whose fields a path leads to, in words.
fn whose(path: &str) -> String {
    if path.is_empty() { "a journey map".into() } else { format!("'{path}'") }
}

/// The plainest value that fits a schema.
fn blank(schema: &Value) -> Value {
    match referenced(schema) {
        Some("Condition") => return json!({"or": []}),
        Some("Span") => return "0s".into(),
        Some("Instant") => return "1970-01-01".into(),
        Some(_) => return blank(resolve(schema)),
        None => {}
    }
    if let Some(word) = words(schema).next() {
        return word.into();
    }
    if let Some(first) = choices(schema).first() {
        return blank(first);
    }
    match kind(schema) {
        "object" => Value::Object(required(schema).map(|name| (name.to_owned(), blank(&schema["properties"][name]))).collect()),
        "array" => (0..schema["minItems"].as_u64().unwrap_or(0)).map(|_| blank(&schema["items"])).collect(),
        "number" | "integer" => 0.into(),
        "boolean" => false.into(),
        _ => "".into(),
    }
}
