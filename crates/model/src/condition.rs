//! Conditions: one typed tree for questions, touchpoint rules, segments and flows.
//!
//! Written as small JSON or YAML objects, for example
//! `{"event": "purchase", "where": {"property": "amount", "above": 50}}`,
//! `{"trait": "age", "in": ["19-24", "25-34"]}`,
//! `{"did": {"event": "support call"}, "at_least": 2, "within": "30d"}`,
//! `{"had": {"trait": "tier", "is": "gold"}, "within": "90d"}`, `{"random": "spring", "below": 0.1}`,
//! `{"and": [...]}`, `{"or": [...]}`, `{"not": ...}`.
//!
//! A condition speaks about one event ([`Condition::about_events`]) or about a customer; `did` and `sequence` turn the
//! first sort into the second. There is no scripting language, and never will be.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::time::Span;

/// How deeply conditions may be nested.
pub const DEPTH_MAX: usize = 16;

/// A condition on an event or on a customer.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of them hold; true when there are none.
    And(Vec<Condition>),
    /// At least one holds; false when there are none.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// The event has one of these names (a name may end in `*`), and meets the further condition if there is one.
    Event(Vec<String>, Option<Box<Condition>>),
    /// The event came through one of these channels.
    Channel(Vec<String>),
    /// The event's property passes the test.
    Property(String, Test),
    /// The customer's trait passes the test at the end of the period.
    Trait(String, Test),
    /// It passes then, and has done so without a break for so long.
    Held(String, Test, Span),
    /// Some value passes that the trait had within that span before the end of the period; in the whole period when absent.
    Had(String, Test, Option<Span>),
    /// The event is mapped to one of these touchpoints of the journey map.
    Touchpoint(Vec<String>),
    /// The event is mapped to a touchpoint of one of these stages.
    Stage(Vec<String>),
    /// The customer had events that meet a condition so many times, within that span before the end of the period.
    Did {
        /// What the events must meet.
        what: Box<Condition>,
        /// How many at least.
        at_least: u64,
        /// How many at most; no bound when absent.
        at_most: Option<u64>,
        /// Looking back from the end of the period; the whole period when absent.
        within: Option<Span>,
    },
    /// The customer met these conditions one after the other.
    Sequence {
        /// The steps, in order.
        steps: Vec<Condition>,
        /// Longest time from the first to the last step.
        within: Option<Span>,
    },
    /// The customer belongs to the segment or persona of that name.
    Member(String),
    /// The customer's [`lot`] with this salt is below that share: a random part of all customers, the same each time, and
    /// with another salt another one.
    Random(String, f64),
}

/// A test of one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Equal to one of the values. Texts compare as texts; a number also equals its text.
    In(Vec<Value>),
    /// Present, but equal to none of the values.
    NotIn(Vec<Value>),
    /// A text that contains this one, ignoring ASCII case.
    Contains(String),
    /// A text that starts with this one, ignoring ASCII case.
    StartsWith(String),
    /// Present and not null (or, with false, absent or null).
    Exists(bool),
    /// A number in a range: lower bound, whether it is included, upper bound, whether it is included.
    Range(Option<(f64, bool)>, Option<(f64, bool)>),
}

impl Test {
    /// Whether a value (absent is `None`) passes.
    pub fn passes(&self, value: Option<&Value>) -> bool {
        let present = value.filter(|v| !v.is_null());
        match (self, present) {
            (Test::Exists(wanted), found) => found.is_some() == *wanted,
            (_, None) => false,
            (Test::In(values), Some(found)) => values.iter().any(|v| same(v, found)),
            (Test::NotIn(values), Some(found)) => !values.iter().any(|v| same(v, found)),
            (Test::Contains(part), Some(found)) => text(found).to_ascii_lowercase().contains(&part.to_ascii_lowercase()),
            (Test::StartsWith(part), Some(found)) => text(found).to_ascii_lowercase().starts_with(&part.to_ascii_lowercase()),
            (Test::Range(low, high), Some(found)) => number(found).is_some_and(|x| {
                low.is_none_or(|(bound, included)| if included { x >= bound } else { x > bound })
                    && high.is_none_or(|(bound, included)| if included { x <= bound } else { x < bound })
            }),
        }
    }
}

/// A value as the text a person would compare it with.
fn text(value: &Value) -> std::borrow::Cow<'_, str> {
    match value {
        Value::String(s) => s.as_str().into(),
        other => other.to_string().into(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => text(a) == text(b),
    }
}

/// A customer's lot, from 0 (inclusive) to 1 (exclusive): the 64-bit XXH3 hash of `SALT:KEY` (the key in decimal), of which
/// the upper 53 bits are a fraction. Lots of different salts have nothing to do with each other, nor with the order of keys.
pub fn lot(salt: &str, key: i64) -> f64 {
    let hash = xxhash_rust::xxh3::xxh3_64(format!("{salt}:{key}").as_bytes());
    (hash >> 11) as f64 / (1u64 << 53) as f64
}

impl Condition {
    /// An event of this name.
    pub fn event(name: &str) -> Condition {
        Condition::Event(vec![name.to_owned()], None)
    }

    /// Whether the condition speaks about single events (as touchpoint rules and steps must), not about customers.
    pub fn about_events(&self) -> bool {
        match self {
            Condition::And(all) | Condition::Or(all) => all.iter().all(Condition::about_events),
            Condition::Not(one) => one.about_events(),
            Condition::Event(_, further) => further.as_ref().is_none_or(|c| c.about_events()),
            Condition::Channel(_) | Condition::Property(..) | Condition::Touchpoint(_) | Condition::Stage(_) => true,
            Condition::Trait(..) | Condition::Held(..) | Condition::Had(..) | Condition::Member(_) | Condition::Random(..) => false,
            Condition::Did { .. } | Condition::Sequence { .. } => false,
        }
    }

    /// Whether the condition speaks about customers (as segments must), not about single events.
    pub fn about_customers(&self) -> bool {
        match self {
            Condition::And(all) | Condition::Or(all) => all.iter().all(Condition::about_customers),
            Condition::Not(one) => one.about_customers(),
            Condition::Trait(..) | Condition::Held(..) | Condition::Had(..) | Condition::Member(_) | Condition::Random(..) => true,
            Condition::Did { what, .. } => what.about_events(),
            Condition::Sequence { steps, .. } => steps.iter().all(Condition::about_events),
            _ => false,
        }
    }

    /// Reads a condition from JSON.
    ///
    /// # Errors
    /// When a key is unknown or missing, a value has the wrong type, or the tree is deeper than [`DEPTH_MAX`].
    pub fn from_json(value: Value) -> Result<Condition, ConditionError> {
        read(value, 0)
    }

    /// The condition as JSON, in its shortest form.
    pub fn to_json(&self) -> Value {
        write(self)
    }
}

/// A condition that cannot be read; the message says what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConditionError(String);

type Fields = Map<String, Value>;

fn wrong<T>(message: impl Into<String>) -> Result<T, ConditionError> {
    Err(ConditionError(message.into()))
}

fn read(value: Value, depth: usize) -> Result<Condition, ConditionError> {
    if depth > DEPTH_MAX {
        return wrong(format!("conditions are nested more than {DEPTH_MAX} deep"));
    }
    let mut fields = match value {
        Value::Object(fields) => fields,
        Value::String(name) => return Ok(Condition::Event(vec![name], None)),
        other => return wrong(format!("{other} is not a condition: write an object such as {{\"event\": \"purchase\"}}")),
    };
    const HEADS: [&str; 13] =
        ["and", "or", "not", "event", "channel", "property", "trait", "had", "touchpoint", "stage", "did", "sequence", "random"];
    let heads: Vec<&str> = HEADS.iter().chain(&["member"]).copied().filter(|head| fields.contains_key(*head)).collect();
    let head = match heads[..] {
        [head] => head,
        [] => return wrong(format!("a condition needs one of {}, member", HEADS.join(", "))),
        _ => return wrong(format!("a condition has one head, but this one has {}: join them with \"and\"", heads.join(" and "))),
    };
    let main = fields.shift_remove(head).unwrap_or_default();
    let list = |value: Value| match value {
        Value::Array(items) => items.into_iter().map(|item| read(item, depth + 1)).collect(),
        _ => wrong(format!("\"{head}\" takes a list of conditions")),
    };
    let condition = match head {
        "and" => Condition::And(list(main)?),
        "or" => Condition::Or(list(main)?),
        "not" => Condition::Not(Box::new(read(main, depth + 1)?)),
        "event" => {
            let further = fields.shift_remove("where").map(|c| read(c, depth + 1)).transpose()?;
            Condition::Event(texts(head, main)?, further.map(Box::new))
        }
        "channel" => Condition::Channel(texts(head, main)?),
        "touchpoint" => Condition::Touchpoint(texts(head, main)?),
        "stage" => Condition::Stage(texts(head, main)?),
        "member" => Condition::Member(single(head, main)?),
        "property" => Condition::Property(single(head, main)?, read_test(&mut fields)?),
        "trait" => {
            let (name, test) = (single(head, main)?, read_test(&mut fields)?);
            match span(&mut fields, "for")? {
                None => Condition::Trait(name, test),
                Some(span) => Condition::Held(name, test, span),
            }
        }
        "had" => match read(main, depth + 1)? {
            Condition::Trait(name, test) => Condition::Had(name, test, within(&mut fields)?),
            _ => return wrong("\"had\" takes a condition on a trait such as {\"trait\": \"tier\", \"is\": \"gold\"}"),
        },
        "random" => {
            let share = fields.shift_remove("below").and_then(|value| value.as_f64()).filter(|share| (0.0..=1.0).contains(share));
            let share = share.ok_or_else(|| ConditionError("\"random\" needs \"below\", a share from 0 to 1".to_owned()))?;
            Condition::Random(single(head, main)?, share)
        }
        "did" => {
            let count = |fields: &mut Fields, key: &str| match fields.shift_remove(key) {
                None => Ok(None),
                Some(value) => value.as_u64().map(Some).ok_or_else(|| ConditionError(format!("\"{key}\" takes a whole number"))),
            };
            Condition::Did {
                what: Box::new(read(main, depth + 1)?),
                at_least: count(&mut fields, "at_least")?.unwrap_or(1),
                at_most: count(&mut fields, "at_most")?,
                within: within(&mut fields)?,
            }
        }
        _ => Condition::Sequence { steps: list(main)?, within: within(&mut fields)? },
    };
    match fields.keys().next() {
        None => Ok(condition),
        Some(key) => wrong(format!("\"{key}\" is not known beside \"{head}\"")),
    }
}

fn texts(head: &str, value: Value) -> Result<Vec<String>, ConditionError> {
    match value {
        Value::String(name) => Ok(vec![name]),
        Value::Array(items) if !items.is_empty() => items.into_iter().map(|item| single(head, item)).collect(),
        _ => wrong(format!("\"{head}\" takes a text or a list of texts")),
    }
}

fn single(head: &str, value: Value) -> Result<String, ConditionError> {
    match value {
        Value::String(name) => Ok(name),
        _ => wrong(format!("\"{head}\" takes a text")),
    }
}

fn within(fields: &mut Fields) -> Result<Option<Span>, ConditionError> {
    span(fields, "within")
}

fn span(fields: &mut Fields, key: &str) -> Result<Option<Span>, ConditionError> {
    match fields.shift_remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Span::parse(&text).map(Some).map_err(|e| ConditionError(e.to_string())),
        Some(_) => wrong(format!("\"{key}\" takes a span such as \"30d\"")),
    }
}

fn read_test(fields: &mut Fields) -> Result<Test, ConditionError> {
    let many = |key: &str, value: Value| match value {
        Value::Array(items) if items.iter().all(|v| !v.is_array() && !v.is_object()) => Ok(items),
        _ => wrong(format!("\"{key}\" takes a list of values")),
    };
    let one = |key: &str, value: Value| match value {
        Value::Array(_) | Value::Object(_) | Value::Null => wrong(format!("\"{key}\" takes one value; for several use \"in\"")),
        value => Ok(vec![value]),
    };
    let bound = |key: &str, value: Value| number(&value).ok_or_else(|| ConditionError(format!("\"{key}\" takes a number")));
    let (mut low, mut high) = (None, None);
    for (key, included) in [("above", false), ("at_least", true)] {
        if let Some(value) = fields.shift_remove(key) {
            low = Some((bound(key, value)?, included));
        }
    }
    for (key, included) in [("below", false), ("at_most", true)] {
        if let Some(value) = fields.shift_remove(key) {
            high = Some((bound(key, value)?, included));
        }
    }
    let mut tests = Vec::new();
    if low.is_some() || high.is_some() {
        tests.push(Test::Range(low, high));
    }
    for key in ["is", "is_not", "in", "not_in", "contains", "starts_with", "exists"] {
        let Some(value) = fields.shift_remove(key) else { continue };
        tests.push(match key {
            "is" => Test::In(one(key, value)?),
            "is_not" => Test::NotIn(one(key, value)?),
            "in" => Test::In(many(key, value)?),
            "not_in" => Test::NotIn(many(key, value)?),
            "contains" => Test::Contains(single(key, value)?),
            "starts_with" => Test::StartsWith(single(key, value)?),
            _ => Test::Exists(value.as_bool().ok_or_else(|| ConditionError("\"exists\" takes true or false".to_owned()))?),
        });
    }
    match (tests.pop(), tests.is_empty()) {
        (Some(test), true) => Ok(test),
        (Some(_), false) => wrong("a condition has one test; join several with \"and\""),
        (None, _) => wrong("a test is missing: is, is_not, in, not_in, contains, starts_with, exists, above, at_least, below or at_most"),
    }
}

fn write(condition: &Condition) -> Value {
    let names = |names: &[String]| match names {
        [name] => Value::from(name.as_str()),
        _ => Value::from(names.to_vec()),
    };
    let list = |all: &[Condition]| Value::Array(all.iter().map(write).collect());
    let mut fields = Fields::new();
    match condition {
        Condition::And(all) => drop(fields.insert("and".into(), list(all))),
        Condition::Or(all) => drop(fields.insert("or".into(), list(all))),
        Condition::Not(one) => drop(fields.insert("not".into(), write(one))),
        Condition::Event(events, further) => {
            fields.insert("event".into(), names(events));
            if let Some(further) = further {
                fields.insert("where".into(), write(further));
            }
        }
        Condition::Channel(channels) => drop(fields.insert("channel".into(), names(channels))),
        Condition::Touchpoint(ids) => drop(fields.insert("touchpoint".into(), names(ids))),
        Condition::Stage(ids) => drop(fields.insert("stage".into(), names(ids))),
        Condition::Member(name) => drop(fields.insert("member".into(), name.as_str().into())),
        Condition::Property(name, test) => {
            fields.insert("property".into(), name.as_str().into());
            write_test(test, &mut fields);
        }
        Condition::Trait(name, test) => {
            fields.insert("trait".into(), name.as_str().into());
            write_test(test, &mut fields);
        }
        Condition::Held(name, test, span) => {
            fields.insert("trait".into(), name.as_str().into());
            write_test(test, &mut fields);
            fields.insert("for".into(), span.to_string().into());
        }
        Condition::Had(name, test, within) => {
            let mut one = Fields::new();
            one.insert("trait".into(), name.as_str().into());
            write_test(test, &mut one);
            fields.insert("had".into(), Value::Object(one));
            if let Some(span) = within {
                fields.insert("within".into(), span.to_string().into());
            }
        }
        Condition::Random(salt, share) => {
            fields.insert("random".into(), salt.as_str().into());
            fields.insert("below".into(), (*share).into());
        }
        Condition::Did { what, at_least, at_most, within } => {
            fields.insert("did".into(), write(what));
            if *at_least != 1 {
                fields.insert("at_least".into(), (*at_least).into());
            }
            if let Some(most) = at_most {
                fields.insert("at_most".into(), (*most).into());
            }
            if let Some(span) = within {
                fields.insert("within".into(), span.to_string().into());
            }
        }
        Condition::Sequence { steps, within } => {
            fields.insert("sequence".into(), list(steps));
            if let Some(span) = within {
                fields.insert("within".into(), span.to_string().into());
            }
        }
    }
    Value::Object(fields)
}

fn write_test(test: &Test, fields: &mut Fields) {
    match test {
        Test::In(values) if values.len() == 1 => drop(fields.insert("is".into(), values[0].clone())),
        Test::In(values) => drop(fields.insert("in".into(), values.clone().into())),
        Test::NotIn(values) if values.len() == 1 => drop(fields.insert("is_not".into(), values[0].clone())),
        Test::NotIn(values) => drop(fields.insert("not_in".into(), values.clone().into())),
        Test::Contains(part) => drop(fields.insert("contains".into(), part.as_str().into())),
        Test::StartsWith(part) => drop(fields.insert("starts_with".into(), part.as_str().into())),
        Test::Exists(wanted) => drop(fields.insert("exists".into(), (*wanted).into())),
        Test::Range(low, high) => {
            if let Some((bound, included)) = low {
                fields.insert(if *included { "at_least" } else { "above" }.into(), (*bound).into());
            }
            if let Some((bound, included)) = high {
                fields.insert(if *included { "at_most" } else { "below" }.into(), (*bound).into());
            }
        }
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Condition, D::Error> {
        Condition::from_json(Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Condition {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Condition".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let this = serde_json::json!({"$ref": "#/$defs/Condition"});
        let texts = serde_json::json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]});
        let test = serde_json::json!({
            "is": {}, "is_not": {}, "in": {"type": "array"}, "not_in": {"type": "array"}, "contains": {"type": "string"},
            "starts_with": {"type": "string"}, "exists": {"type": "boolean"}, "above": {"type": "number"}, "at_least": {"type": "number"},
            "below": {"type": "number"}, "at_most": {"type": "number"}
        });
        let object = |head: &str, shape: Value, further: Value| {
            let mut properties = Fields::new();
            properties.insert(head.to_owned(), shape);
            if let Value::Object(more) = further {
                properties.extend(more);
            }
            serde_json::json!({"type": "object", "properties": properties, "required": [head], "additionalProperties": false})
        };
        let many = serde_json::json!({"type": "array", "items": this});
        let mut held = test.clone();
        held["for"] = serde_json::json!({"type": "string"});
        let share = serde_json::json!({"below": {"type": "number", "minimum": 0, "maximum": 1}});
        let mut random = object("random", serde_json::json!({"type": "string"}), share);
        random["required"] = serde_json::json!(["random", "below"]);
        schemars::json_schema!({
            "description": "A condition on events or on customers. A text alone is an event name.",
            "anyOf": [
                {"type": "string"},
                object("and", many.clone(), Value::Null),
                object("or", many.clone(), Value::Null),
                object("not", this.clone(), Value::Null),
                object("event", texts.clone(), serde_json::json!({"where": this})),
                object("channel", texts.clone(), Value::Null),
                object("touchpoint", texts.clone(), Value::Null),
                object("stage", texts, Value::Null),
                object("member", serde_json::json!({"type": "string"}), Value::Null),
                object("property", serde_json::json!({"type": "string"}), test.clone()),
                object("trait", serde_json::json!({"type": "string"}), held),
                object("had", object("trait", serde_json::json!({"type": "string"}), test), serde_json::json!({"within": {"type": "string"}})),
                random,
                object("did", this, serde_json::json!({"at_least": {"type": "integer"}, "at_most": {"type": "integer"}, "within": {"type": "string"}})),
                object("sequence", many, serde_json::json!({"within": {"type": "string"}}))
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_print_what_they_read() {
        for case in [
            json!({"event": "purchase"}),
            json!({"event": ["a", "b*"], "where": {"property": "platform", "is": "mobile"}}),
            json!({"and": [{"trait": "age", "in": ["19-24", "25-34"]}, {"not": {"member": "staff"}}]}),
            json!({"did": {"event": "support call"}, "at_least": 2, "within": "30d"}),
            json!({"sequence": [{"event": "a"}, {"event": "b"}], "within": "7d"}),
            json!({"property": "amount", "above": 10.0, "at_most": 20.0}),
            json!({"or": [{"channel": ["web", "app"]}, {"stage": "purchase"}, {"touchpoint": "cart"}]}),
            json!({"trait": "tier", "is": "gold", "for": "30d"}),
            json!({"had": {"trait": "tier", "in": ["gold", "silver"]}, "within": "90d"}),
            json!({"had": {"trait": "tier", "exists": false}}),
            json!({"random": "spring", "below": 0.25}),
        ] {
            assert_eq!(Condition::from_json(case.clone()).unwrap().to_json(), case);
        }
        assert_eq!(Condition::from_json(json!("purchase")).unwrap(), Condition::event("purchase"));
    }

    #[test]
    fn wrong_conditions_say_what_is_wrong() {
        for (case, part) in [
            (json!(3), "is not a condition"),
            (json!({}), "needs one of"),
            (json!({"event": "a", "channel": "b"}), "one head"),
            (json!({"event": "a", "wehre": {}}), "\"wehre\" is not known"),
            (json!({"property": "a"}), "a test is missing"),
            (json!({"property": "a", "is": 1, "in": [2]}), "one test"),
            (json!({"did": {"event": "a"}, "within": "soon"}), "not a span"),
            (json!({"trait": "a", "is": 1, "for": 30}), "\"for\" takes a span"),
            (json!({"property": "a", "is": 1, "for": "30d"}), "\"for\" is not known"),
            (json!({"had": {"event": "a"}}), "a condition on a trait"),
            (json!({"had": {"trait": "a", "is": 1, "for": "3d"}}), "a condition on a trait"),
            (json!({"had": {"trait": "a"}}), "a test is missing"),
            (json!({"random": "a"}), "a share from 0 to 1"),
            (json!({"random": "a", "below": 1.5}), "a share from 0 to 1"),
            (json!({"random": 7, "below": 0.5}), "takes a text"),
        ] {
            let error = Condition::from_json(case.clone()).unwrap_err().to_string();
            assert!(error.contains(part), "{case}: {error}");
        }
        let mut deep = json!({"event": "a"});
        for _ in 0..40 {
            deep = json!({"not": deep});
        }
        assert!(Condition::from_json(deep).is_err());
        let deep = (0..40).fold(json!({"trait": "a", "is": 1}), |deep, _| json!({"had": deep}));
        assert!(Condition::from_json(deep).is_err());
    }

    #[test]
    fn tests_compare_as_people_do() {
        let passes = |test: Value, value: Value| match Condition::from_json(test).unwrap() {
            Condition::Property(_, test) => test.passes(Some(&value)),
            _ => unreachable!(),
        };
        assert!(passes(json!({"property": "p", "is": "5"}), json!(5)));
        assert!(passes(json!({"property": "p", "is": 5}), json!(5.0)));
        assert!(passes(json!({"property": "p", "contains": "SALE"}), json!("summer sale")));
        assert!(passes(json!({"property": "p", "above": 1, "below": 2}), json!("1.5")));
        assert!(!passes(json!({"property": "p", "above": 1}), json!("x")));
        assert!(!passes(json!({"property": "p", "is_not": "x"}), Value::Null));
        assert!(passes(json!({"property": "p", "exists": false}), Value::Null));
    }

    #[test]
    fn lots_are_spread_evenly_and_stay_the_same() {
        // A change of these would put customers into other parts: experiments and audiences rely on them.
        let known = [lot("spring", 1), lot("spring", 2), lot("autumn", 1)].map(|lot| (lot * 1e6) as u32);
        assert_eq!(known, [48_793, 693_469, 831_696]);
        let share = |salt: &str, from: i64| (from..from + 10_000).filter(|key| lot(salt, *key) < 0.1).count();
        assert!([share("a", 0), share("b", 0), share("a", i64::MAX - 10_000)].iter().all(|n| (900..1_100).contains(n)));
        let both = (0..10_000).filter(|key| lot("a", *key) < 0.1 && lot("b", *key) < 0.1).count();
        assert!((60..150).contains(&both), "{both}: lots of other salts are other lots");
    }

    #[test]
    fn events_and_customers_are_told_apart() {
        let event = Condition::from_json(json!({"event": "a", "where": {"property": "p", "is": 1}})).unwrap();
        let customer = Condition::from_json(json!({"and": [{"did": {"event": "a"}}, {"trait": "t", "exists": true}]})).unwrap();
        assert!(event.about_events() && !event.about_customers());
        assert!(customer.about_customers() && !customer.about_events());
    }
}
