//! Text to a tree of values that know where they stand.
//!
//! Values keep the text as it was written, because only the schema knows whether `2026` is a number or a name.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};
use serde_saphyr::granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span};

use crate::problem::{Problem, Severity};

/// The largest file that is read, in bytes.
pub const TEXT_BYTES_MAX: usize = 1 << 20;
/// How deep lists and fields may be nested. A map needs six levels, conditions add two for each of their sixteen.
const DEPTH_MAX: usize = 48;
/// How many values a file may hold, aliases counted as what they stand for.
const VALUES_MAX: usize = 30_000;

/// A place in the file: line and column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub const START: Place = Place { line: 1, column: 1 };

    fn of(span: &Span) -> Place {
        Place { line: span.start.line().max(1), column: span.start.col() + 1 }
    }
}

/// A value and where it begins.
#[derive(Clone, Debug)]
pub struct Node {
    pub place: Place,
    pub content: Content,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Content {
    /// A text, and whether it was written without quotes (so that it may also be a number, a truth value or nothing).
    Scalar(String, bool),
    List(Vec<Node>),
    Fields(Vec<Field>),
}

/// A field of an object.
#[derive(Clone, Debug)]
pub struct Field {
    pub key: String,
    pub place: Place,
    pub value: Node,
}

impl Node {
    /// The value as plain JSON, unquoted texts read as YAML's core schema reads them.
    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Scalar(text, true) => plain(text),
            Content::Scalar(text, false) => Value::from(text.as_str()),
            Content::List(items) => items.iter().map(Node::to_json).collect(),
            Content::Fields(fields) => {
                Value::Object(fields.iter().map(|field| (field.key.clone(), field.value.to_json())).collect::<Map<_, _>>())
            }
        }
    }

    /// Whether nothing was written.
    pub fn is_nothing(&self) -> bool {
        matches!(&self.content, Content::Scalar(text, true) if plain(text).is_null())
    }
}

/// What an unquoted text stands for. Leading zeros make a text, not a number: `007` is a name.
pub fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let numeric = match digits {
        [b'0', b'0'..=b'9', ..] => false,
        [b'0'..=b'9', ..] => true,
        [b'.', b'0'..=b'9', ..] => true,
        _ => false,
    };
    if !numeric {
        return Value::from(text);
    }
    if let Ok(number) = text.parse::<i64>() {
        return Value::from(number);
    }
    if let Ok(number) = text.parse::<u64>() {
        return Value::from(number);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Value::from(number),
        _ => Value::from(text),
    }
}

/// A list or an object that is still open.
enum Open {
    List(Vec<Node>),
    /// The fields so far, their names, and the name whose value comes next.
    Fields(Vec<Field>, HashSet<String>, Option<(String, Place)>),
}

struct Frame {
    place: Place,
    anchor: usize,
    open: Open,
}

/// Why the text cannot be read on.
struct Stop(Place, String, &'static str);

/// Reads the text of one YAML document.
///
/// # Errors
/// Fields that are given twice, and the problem that makes the rest unreadable.
pub fn locate(text: &str) -> Result<Node, Vec<Problem>> {
    let mut reader = Reader::default();
    let stopped = if text.len() > TEXT_BYTES_MAX {
        let message = format!("the file has {} bytes, but a journey map has at most {TEXT_BYTES_MAX}", text.len());
        Some(Stop(Place::START, message, SPLIT))
    } else {
        Parser::new_from_str(text).find_map(|event| reader.take(event).err())
    };
    let ended = match (&reader.root, stopped) {
        (_, Some(stop)) => Some(stop),
        (None, None) => Some(Stop(Place::START, "the file is empty".into(), "begin with 'id:', 'title:' and 'stages:'")),
        (Some(_), None) => None,
    };
    match (reader.root, ended) {
        (Some(root), None) if reader.twice.is_empty() => Ok(root),
        (_, ended) => Err(reader.twice.into_iter().chain(ended).map(problem).collect()),
    }
}

fn problem(Stop(place, message, help): Stop) -> Problem {
    Problem { line: place.line, column: place.column, severity: Severity::Error, path: String::new(), message, help: help.to_owned() }
}

fn too_deep(place: Place) -> Stop {
    Stop(place, format!("lists and fields are nested more than {DEPTH_MAX} deep"), "write it flatter")
}

const SPLIT: &str = "split it into several maps";

/// Builds the tree from the parser's events, without recursion.
#[derive(Default)]
struct Reader {
    stack: Vec<Frame>,
    /// Anchored values with how many values they hold and how deep they are.
    anchors: HashMap<usize, (Node, Size)>,
    values: usize,
    root: Option<Node>,
    twice: Vec<Stop>,
}

impl Reader {
    fn take(&mut self, event: Result<(Event<'_>, Span), ScanError>) -> Result<(), Stop> {
        let (event, span) = event.map_err(|error| {
            let place = Place { line: error.marker().line().max(1), column: error.marker().col() + 1 };
            if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
                return too_deep(place);
            }
            Stop(place, format!("this is not YAML: {}", error.info()), "look at the indentation, quotes and brackets around here")
        })?;
        let place = Place::of(&span);
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let content = Content::Scalar(text.into_owned(), style == ScalarStyle::Plain);
                self.put(Node { place, content }, anchor, Size { values: 1, depth: 0 })
            }
            Event::Alias(id) => {
                let (node, size) = self
                    .anchors
                    .get(&id)
                    .ok_or_else(|| Stop(place, "an alias stands inside of what it stands for".into(), "write the value out"))?;
                let size = *size;
                if self.values + size.values > VALUES_MAX {
                    return Err(Stop(place, format!("the file holds more than {VALUES_MAX} values, aliases counted"), SPLIT));
                }
                let node = Node { place, content: node.content.clone() };
                self.put(node, 0, size)
            }
            Event::SequenceStart(_, anchor, _) => self.open(place, anchor, Open::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => self.open(place, anchor, Open::Fields(Vec::new(), HashSet::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => match self.stack.pop() {
                None => Ok(()),
                Some(Frame { place, anchor, open }) => {
                    let content = match open {
                        Open::List(items) => Content::List(items),
                        Open::Fields(fields, ..) => Content::Fields(fields),
                    };
                    let node = Node { place, content };
                    // Only what an alias may repeat later needs measuring; the parts of this value are counted already.
                    let size = if anchor > 0 { size(&node) } else { Size { values: 1, depth: 0 } };
                    self.values -= size.values - 1;
                    self.put(node, anchor, size)
                }
            },
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(Stop(place, "a second document begins here".into(), "one file holds one map: remove the '---' and what follows"))
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, place: Place, anchor: usize, open: Open) -> Result<(), Stop> {
        self.stack.push(Frame { place, anchor, open });
        self.deep(place, 0)
    }

    fn deep(&self, place: Place, further: usize) -> Result<(), Stop> {
        match self.stack.len() + further > DEPTH_MAX {
            true => Err(too_deep(place)),
            false => Ok(()),
        }
    }

    /// Puts a finished value where it belongs.
    fn put(&mut self, node: Node, anchor: usize, size: Size) -> Result<(), Stop> {
        self.deep(node.place, size.depth)?;
        self.values += size.values;
        if self.values > VALUES_MAX {
            return Err(Stop(node.place, format!("the file holds more than {VALUES_MAX} values, aliases counted"), SPLIT));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        match self.stack.last_mut().map(|frame| &mut frame.open) {
            None => self.root = Some(node),
            Some(Open::List(items)) => items.push(node),
            Some(Open::Fields(fields, names, waiting)) => match waiting.take() {
                None => match node.content {
                    Content::Scalar(key, _) => *waiting = Some((key, node.place)),
                    _ => return Err(Stop(node.place, "the name of a field must be a text".into(), "")),
                },
                Some((key, place)) if !names.insert(key.clone()) => {
                    self.twice.push(Stop(place, format!("'{key}' is given twice"), "keep one of the two"));
                }
                Some((key, place)) => fields.push(Field { key, place, value: node }),
            },
        }
        Ok(())
    }
}

/// How much a value holds.
#[derive(Clone, Copy)]
struct Size {
    /// Values, itself and the names of fields counted.
    values: usize,
    /// Levels of nesting.
    depth: usize,
}

fn size(node: &Node) -> Size {
    let (own, parts): (usize, Vec<Size>) = match &node.content {
        Content::Scalar(..) => return Size { values: 1, depth: 0 },
        Content::List(items) => (1, items.iter().map(size).collect()),
        Content::Fields(fields) => (1 + fields.len(), fields.iter().map(|field| size(&field.value)).collect()),
    };
    Size {
        values: own + parts.iter().map(|part| part.values).sum::<usize>(),
        depth: 1 + parts.iter().map(|part| part.depth).max().unwrap_or(0),
    }
}
