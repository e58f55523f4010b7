//! What a kernel sees of each event: a code, some bits, some numbers.
//!
//! Conditions are compiled once per question. Most of them speak only about the event's name or channel; those are
//! decided once per dictionary entry, not per row, and the properties of a row are parsed only when a condition's truth
//! really hangs on them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use periplus_maps::JourneyMap;
use periplus_model::condition::{Condition, Test};
use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::EngineError;
use crate::columns::Names;
use crate::segment::Segment;
use crate::units::By;

/// The code of an event that is nothing the question knows.
pub const NONE: u32 = u32::MAX;

/// How events get their codes.
#[derive(Clone, Debug, Default)]
pub enum Naming {
    /// They get none.
    #[default]
    Nothing,
    /// The place of the event's name among all [`Names`] of the snapshot.
    Events(Arc<Names>),
    /// The place of the event's channel among these.
    Channels(Arc<Names>),
    /// The index of the first touchpoint of the map whose condition the event meets.
    Touchpoints(Vec<RowTest>),
}

/// A number that a kernel wants from each event; NaN where there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// The amount of money, in currency units.
    Amount,
    /// A property.
    Property(String),
    /// Something that events have in common that have the same name and say the very same; by chance, one pair in 2⁵³ has it too.
    Sameness,
}

/// A text that a kernel wants from each event.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    /// A property, if it is a text that somebody wrote.
    Written(String),
    /// A property's value, whatever its type, as a text.
    Value(String),
    /// The channel.
    Channel,
    /// The event's name.
    Event,
}

/// What a question wants to see.
#[derive(Default)]
pub struct Lens {
    /// Only events at or after this time (microseconds).
    pub from: Option<i64>,
    /// Only events before this time.
    pub to: Option<i64>,
    /// Only these events.
    pub filter: Option<RowTest>,
    /// Where codes come from.
    pub naming: Naming,
    /// Bit i of a row's mask is set when it meets condition i; at most 64.
    pub bits: Vec<RowTest>,
    /// Numbers wanted.
    pub numbers: Vec<Number>,
    /// Texts wanted.
    pub texts: Vec<Text>,
    /// Traits wanted.
    pub traits: Vec<String>,
    /// Traits of which all values are wanted that they ever had.
    pub(crate) histories: Vec<String>,
    /// Whether events without a code and without a bit are to be seen too.
    pub keep_all: bool,
    /// Who is of interest: segments and personas, at most 64.
    pub(crate) who: Vec<Segment>,
    /// Only customers of this one of them.
    pub(crate) only: Option<u32>,
    /// What makes events belong to one unit, where units are no customers.
    pub(crate) unit: Option<By>,
    /// The period (microseconds, end exclusive) in which segments look, and from whose end they look back. An analysis may
    /// have to see more than that.
    pub(crate) period: (i64, i64),
    /// Whether to count the events of each name, and how many have a code.
    pub(crate) census: bool,
    /// Only this share of the customers, drawn by their keys; all when absent.
    pub(crate) share: Option<f64>,
}

impl Lens {
    /// Adds a condition on events and answers its bit. The same condition gets the same bit.
    ///
    /// # Errors
    /// When the condition speaks about customers, about a stage or touchpoint that the map does not have, or there are
    /// more than 64.
    pub fn bit(&mut self, condition: &Condition, map: Option<&JourneyMap>) -> Result<u32, EngineError> {
        let test = RowTest::compile(condition, map)?;
        if let Some(known) = self.bits.iter().position(|bit| *bit == test) {
            return Ok(known as u32);
        }
        if self.bits.len() == 64 {
            return Err(EngineError::Question("it has more than 64 different conditions on events".to_owned()));
        }
        self.bits.push(test);
        Ok(self.bits.len() as u32 - 1)
    }

    /// Asks who belongs to a segment and answers its place.
    ///
    /// # Errors
    /// When the condition does not speak about customers, or there are more than 64.
    pub(crate) fn segment(&mut self, condition: &Condition, map: Option<&JourneyMap>) -> Result<u32, EngineError> {
        let segment = Segment::compile(condition, self, map)?;
        if self.who.len() == 64 {
            return Err(EngineError::Question("it has more than 64 conditions on customers".to_owned()));
        }
        self.who.push(segment);
        Ok(self.who.len() as u32 - 1)
    }

    /// Asks for a number and answers its place.
    pub fn number(&mut self, number: Number) -> usize {
        place(&mut self.numbers, number)
    }

    /// Asks for a text and answers its place.
    pub fn text(&mut self, text: Text) -> usize {
        place(&mut self.texts, text)
    }

    /// Asks for a trait and answers its place.
    pub fn trait_place(&mut self, name: &str) -> usize {
        place(&mut self.traits, name.to_owned())
    }

    /// Asks for all values of a trait and answers their place.
    pub(crate) fn history_place(&mut self, name: &str) -> usize {
        place(&mut self.histories, name.to_owned())
    }

    /// Makes the touchpoints of a map the codes.
    ///
    /// # Errors
    /// When one of their conditions cannot be used.
    pub fn by_touchpoints(&mut self, map: &JourneyMap) -> Result<(), EngineError> {
        self.naming = Naming::Touchpoints(touchpoints(map)?);
        Ok(())
    }

    fn tests(&self) -> impl Iterator<Item = &RowTest> {
        let touchpoints = match &self.naming {
            Naming::Touchpoints(tests) => tests,
            _ => &[][..],
        };
        self.bits.iter().chain(self.filter.as_ref()).chain(touchpoints)
    }

    /// The properties that conditions, numbers and texts speak of.
    pub(crate) fn properties(&self) -> Properties {
        let mut names: Vec<String> = Vec::new();
        names.extend(self.texts.iter().filter_map(|text| match text {
            Text::Written(name) | Text::Value(name) => Some(name.clone()),
            Text::Channel | Text::Event => None,
        }));
        names.extend(self.numbers.iter().filter_map(|number| match number {
            Number::Property(name) => Some(name.clone()),
            Number::Amount | Number::Sameness => None,
        }));
        self.tests().for_each(|test| test.properties(&mut names));
        Properties::new(names)
    }

    /// Whether codes, conditions or texts hang on the channel.
    pub(crate) fn wants_channels(&self) -> bool {
        matches!(self.naming, Naming::Channels(_)) || self.texts.contains(&Text::Channel) || self.tests().any(RowTest::speaks_of_channel)
    }

    /// Whether amounts have to be read.
    pub(crate) fn wants_amounts(&self) -> bool {
        let amount = |text: &Text| matches!(text, Text::Value(name) if name == "amount");
        self.numbers.contains(&Number::Amount) || self.texts.iter().any(amount) || self.tests().any(RowTest::speaks_of_amount)
    }

    /// Whether properties have to be read.
    pub(crate) fn wants_properties(&self) -> bool {
        self.numbers.iter().any(|number| matches!(number, Number::Property(_) | Number::Sameness))
            || self.texts.iter().any(|text| matches!(text, Text::Written(_) | Text::Value(_)))
            || self.tests().any(RowTest::speaks_of_properties)
    }

    /// Whether events have conditions to meet.
    pub(crate) fn has_masks(&self) -> bool {
        !self.bits.is_empty()
    }

    /// Whether events get codes.
    pub(crate) fn has_codes(&self) -> bool {
        !matches!(self.naming, Naming::Nothing)
    }

    /// Whether something is to be taken from each row besides its code and bits.
    pub(crate) fn wants_values(&self) -> bool {
        !self.numbers.is_empty() || !self.texts.is_empty()
    }
}

fn place<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

/// The conditions of a map's touchpoints.
pub(crate) fn touchpoints(map: &JourneyMap) -> Result<Vec<RowTest>, EngineError> {
    map.touchpoints.iter().map(|t| RowTest::compile(&t.when, None)).collect()
}

/// A compiled condition on events.
#[derive(Clone, Debug, PartialEq)]
pub enum RowTest {
    /// All hold.
    And(Vec<RowTest>),
    /// One holds.
    Or(Vec<RowTest>),
    /// It does not hold.
    Not(Box<RowTest>),
    /// The name is one of these, or begins with one of these.
    Names(Vec<String>, Vec<String>),
    /// The channel is one of these.
    Channels(Vec<String>),
    /// The property passes.
    Property(String, Test),
    /// The touchpoint, the first of the map's whose condition the event meets, is one of these.
    Touchpoints(Vec<RowTest>, Vec<u32>),
}

impl RowTest {
    /// Compiles a condition; stages and touchpoints become the map's indices.
    ///
    /// # Errors
    /// When it speaks about customers, or of a stage or touchpoint that is not there.
    pub fn compile(condition: &Condition, map: Option<&JourneyMap>) -> Result<RowTest, EngineError> {
        let all = |list: &[Condition]| list.iter().map(|c| RowTest::compile(c, map)).collect::<Result<Vec<_>, _>>();
        Ok(match condition {
            Condition::And(list) => RowTest::And(all(list)?),
            Condition::Or(list) => RowTest::Or(all(list)?),
            Condition::Not(one) => RowTest::Not(Box::new(RowTest::compile(one, map)?)),
            Condition::Event(names, further) => {
                let (starts, whole): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| name.ends_with('*'));
                let test = RowTest::Names(
                    whole.into_iter().cloned().collect(),
                    starts.into_iter().map(|s| s.trim_end_matches('*').to_owned()).collect(),
                );
                match further {
                    None => test,
                    Some(further) => RowTest::And(vec![test, RowTest::compile(further, map)?]),
                }
            }
            Condition::Channel(channels) => RowTest::Channels(channels.clone()),
            Condition::Property(name, test) => RowTest::Property(name.clone(), test.clone()),
            Condition::Touchpoint(ids) => {
                let map = map.ok_or(EngineError::NoMap)?;
                let find = |id: &String| {
                    let found = map.touchpoints.iter().position(|t| t.id == *id);
                    found.map(|i| i as u32).ok_or_else(|| EngineError::Question(format!("the map has no touchpoint '{id}'")))
                };
                RowTest::Touchpoints(touchpoints(map)?, ids.iter().map(find).collect::<Result<_, _>>()?)
            }
            Condition::Stage(ids) => {
                let map = map.ok_or(EngineError::NoMap)?;
                if let Some(unknown) = ids.iter().find(|id| map.stage_index(id).is_none()) {
                    return Err(EngineError::Question(format!("the map has no stage '{unknown}'")));
                }
                let indices = map.touchpoints.iter().enumerate().filter(|(_, t)| ids.contains(&t.stage)).map(|(i, _)| i as u32);
                RowTest::Touchpoints(touchpoints(map)?, indices.collect())
            }
            Condition::Trait(..)
            | Condition::Held(..)
            | Condition::Had(..)
            | Condition::Did { .. }
            | Condition::Sequence { .. }
            | Condition::Member(_)
            | Condition::Random(..) => {
                return Err(EngineError::Question(format!(
                    "{} speaks about customers where a condition on events is needed",
                    condition.to_json()
                )));
            }
        })
    }

    fn any(&self, leaf: &dyn Fn(&RowTest) -> bool) -> bool {
        match self {
            RowTest::And(list) | RowTest::Or(list) => list.iter().any(|t| t.any(leaf)),
            RowTest::Not(one) => one.any(leaf),
            RowTest::Touchpoints(tests, _) => tests.iter().any(|t| t.any(leaf)),
            other => leaf(other),
        }
    }

    fn properties(&self, into: &mut Vec<String>) {
        match self {
            RowTest::And(list) | RowTest::Or(list) => list.iter().for_each(|test| test.properties(into)),
            RowTest::Not(one) => one.properties(into),
            RowTest::Touchpoints(tests, _) => tests.iter().for_each(|test| test.properties(into)),
            RowTest::Property(name, _) => into.push(name.clone()),
            RowTest::Names(..) | RowTest::Channels(_) => {}
        }
    }

    fn speaks_of_channel(&self) -> bool {
        self.any(&|t| matches!(t, RowTest::Channels(_)))
    }

    fn speaks_of_amount(&self) -> bool {
        self.any(&|t| matches!(t, RowTest::Property(name, _) if name == "amount"))
    }

    fn speaks_of_properties(&self) -> bool {
        self.any(&|t| matches!(t, RowTest::Property(..)))
    }

    /// What is known from the event's name and channel alone; from the name alone when no channel is told.
    pub(crate) fn known(&self, name: &str, channel: Option<Option<&str>>) -> Option<bool> {
        match self {
            RowTest::And(list) => {
                let known: Vec<Option<bool>> = list.iter().map(|t| t.known(name, channel)).collect();
                if known.contains(&Some(false)) { Some(false) } else { known.iter().all(Option::is_some).then_some(true) }
            }
            RowTest::Or(list) => {
                let known: Vec<Option<bool>> = list.iter().map(|t| t.known(name, channel)).collect();
                if known.contains(&Some(true)) { Some(true) } else { known.iter().all(Option::is_some).then_some(false) }
            }
            RowTest::Not(one) => one.known(name, channel).map(|known| !known),
            RowTest::Names(whole, starts) => Some(whole.iter().any(|w| w == name) || starts.iter().any(|s| name.starts_with(s.as_str()))),
            // Known up to the first touchpoint that hangs on more.
            RowTest::Touchpoints(tests, wanted) => {
                let first = tests.iter().map(|t| t.known(name, channel)).enumerate().find(|(_, known)| *known != Some(false));
                first.map_or(Some(false), |(place, known)| known.map(|_| wanted.contains(&(place as u32))))
            }
            RowTest::Channels(channels) => channel.map(|channel| channel.is_some_and(|channel| channels.iter().any(|c| c == channel))),
            RowTest::Property(..) => None,
        }
    }

    /// Whether a row passes.
    pub(crate) fn passes(&self, row: &mut RowView<'_>) -> bool {
        match self {
            RowTest::And(list) => list.iter().all(|t| t.passes(row)),
            RowTest::Or(list) => list.iter().any(|t| t.passes(row)),
            RowTest::Not(one) => !one.passes(row),
            RowTest::Names(..) | RowTest::Channels(_) => self.known(row.name, Some(row.channel.map(AsRef::as_ref))) == Some(true),
            RowTest::Property(name, test) => test.passes(row.property(name).as_deref()),
            RowTest::Touchpoints(tests, wanted) => {
                tests.iter().position(|t| t.passes(row)).is_some_and(|place| wanted.contains(&(place as u32)))
            }
        }
    }
}

/// One row as conditions see it. Its properties are read on first use, and only those that the lens speaks of.
pub(crate) struct RowView<'a> {
    pub(crate) name: &'a Arc<str>,
    pub(crate) channel: Option<&'a Arc<str>>,
    pub(crate) amount: Option<i64>,
    pub(crate) properties: Option<&'a str>,
    /// The properties of this row; their memory is used again for the next.
    pub(crate) read: &'a mut Properties,
    /// Whether `read` holds this row's.
    pub(crate) is_read: bool,
}

impl RowView<'_> {
    /// A property by its name; `a.b` also finds `b` inside `a`, and `amount` the event's amount.
    pub(crate) fn property(&mut self, name: &str) -> Option<Cow<'_, Value>> {
        if !self.is_read {
            self.read.take(self.properties.unwrap_or_default());
            self.is_read = true;
        }
        if let Some(found) = self.read.get(name) {
            return Some(Cow::Borrowed(found));
        }
        if name == "amount" {
            return self.amount.map(|micros| Cow::Owned(Value::from(micros as f64 / 1e6)));
        }
        self.read.inside(name).map(Cow::Borrowed)
    }

    pub(crate) fn number(&mut self, number: &Number) -> f64 {
        match number {
            Number::Amount => self.amount.map_or(f64::NAN, |micros| micros as f64 / 1e6),
            Number::Sameness => sameness(self.name, self.properties.unwrap_or_default()),
            Number::Property(name) => match self.property(name).as_deref() {
                Some(Value::Number(n)) => n.as_f64().unwrap_or(f64::NAN),
                Some(Value::String(s)) => s.trim().parse().unwrap_or(f64::NAN),
                _ => f64::NAN,
            },
        }
    }

    pub(crate) fn text(&mut self, text: &Text) -> Option<Arc<str>> {
        let words = |words: &str| Some(words.trim()).filter(|words| !words.is_empty()).map(Arc::from);
        match text {
            Text::Event => Some(self.name.clone()),
            Text::Channel => self.channel.cloned(),
            Text::Written(name) => match self.property(name)?.as_ref() {
                Value::String(written) => words(written),
                _ => None,
            },
            Text::Value(name) => match self.property(name)?.as_ref() {
                Value::String(written) => words(written),
                Value::Null | Value::Array(_) | Value::Object(_) => None,
                scalar => Some(scalar.to_string().into()),
            },
        }
    }
}

/// A whole number below 2⁵³ made of a name and a text, eight bytes at a time (as FNV-1a does it with one, with the upper half folded
/// into the lower, and the finalizer of SplitMix64), the same on every machine.
fn sameness(name: &str, said: &str) -> f64 {
    let take = |hash: u64, word: u64| {
        let hash = (hash ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        hash ^ hash >> 32
    };
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for text in [name, said] {
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        hash = words.iter().fold(hash, |hash, word| take(hash, u64::from_le_bytes(*word)));
        hash = rest.iter().fold(take(hash, text.len() as u64), |hash, byte| take(hash, u64::from(*byte)));
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((hash ^ (hash >> 31)) >> 11) as f64
}

/// Those members of an object in JSON text that somebody asks for; everything else is skipped over without being kept. A
/// lens speaks of a few of dozens of properties, in every row.
#[derive(Debug, Default)]
pub struct Properties {
    names: Vec<String>,
    values: Vec<Option<Value>>,
}

impl Properties {
    /// Looks for these; of `a.b`, that may be `b` inside of `a`.
    pub fn new(mut names: Vec<String>) -> Properties {
        let outer: Vec<String> = names.iter().filter_map(|name| name.split_once('.')).map(|(first, _)| first.to_owned()).collect();
        names.extend(outer);
        names.sort_unstable();
        names.dedup();
        Properties { values: vec![None; names.len()], names }
    }

    /// Reads a row's. What is no object has none; of one that breaks off, what comes before is read.
    pub fn take(&mut self, text: &str) {
        self.values.iter_mut().for_each(|value| *value = None);
        let _ = serde_json::Deserializer::from_str(text).deserialize_map(&mut *self);
    }

    /// One of those that are looked for, as a whole or as a path inwards.
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.get(name).or_else(|| self.inside(name))
    }

    fn inside(&self, name: &str) -> Option<&Value> {
        let (first, inwards) = name.split_once('.')?;
        inwards.split('.').try_fold(self.get(first)?, |at, step| at.get(step))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        let place = self.names.iter().position(|known| known == name)?;
        self.values[place].as_ref()
    }
}

impl<'de> Visitor<'de> for &mut Properties {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(place) = map.next_key_seed(Among(&self.names))? {
            match place {
                Some(place) => self.values[place] = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The place of a key among some names.
struct Among<'n>(&'n [String]);

impl<'de> DeserializeSeed<'de> for Among<'_> {
    type Value = Option<usize>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Among<'_> {
    type Value = Option<usize>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|name| name == key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn properties_are_found_as_a_whole_parse_would_find_them() {
        let properties = r#"{"a": {"b": [1, 2]}, "a.c": 3, "\u00e4": "ü", "n": null, "text": "a \"b\" c", "z": {"z": {"z": true}}}"#;
        let wanted = ["a", "a.b", "a.c", "ä", "n", "text", "z", "b", ""].map(str::to_owned).to_vec();
        let (name, mut read) = (Arc::from(""), Properties::new(wanted));
        let mut row =
            RowView { name: &name, channel: None, amount: Some(2_500_000), properties: Some(properties), read: &mut read, is_read: false };
        for (name, expected) in [
            ("a", Some(json!({"b": [1, 2]}))),
            ("a.b", Some(json!([1, 2]))),
            ("a.c", Some(json!(3))),
            ("ä", Some(json!("ü"))),
            ("n", Some(json!(null))),
            ("text", Some(json!("a \"b\" c"))),
            ("z.z.z", Some(json!(true))),
            ("b", None),
            ("a.b.c", None),
            ("amount", Some(json!(2.5))),
            ("", None),
        ] {
            assert_eq!(row.property(name).map(Cow::into_owned), expected, "{name}");
        }
        for broken in ["", "[1]", "{", r#"{"a"#, r#"{"a": }"#, "a"] {
            read.take(broken);
            assert_eq!(read.get("a"), None, "{broken}");
        }
    }
}
