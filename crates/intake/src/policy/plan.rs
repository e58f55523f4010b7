//! The tracking plan: which events a source is agreed to send, and with which properties.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cell::Cell;
use crate::json::at;
use crate::limits;
use crate::when::TimeReader;

/// What a source is agreed to send.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What becomes of events that are not in the plan.
    #[serde(default)]
    pub unknown_events: Deviation,
    /// What becomes of events that are in the plan and have other properties than it says.
    #[serde(default)]
    pub violations: Deviation,
    /// The events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event: Vec<PlannedEvent>,
}

/// What becomes of an event that deviates from the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deviation {
    /// Nothing.
    Accept,
    /// It gets the property `plan_violation`, which says what is wrong.
    #[default]
    Mark,
    /// It is refused.
    Quarantine,
}

/// An event of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedEvent {
    /// Its name.
    pub name: String,
    /// Its properties, with dots into nested ones. Others than these are no violation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, PlannedProperty>,
}

/// A property of the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedProperty {
    /// What it must be; anything when absent.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<PropertyKind>,
    /// Whether it must be there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The values that it may have; any when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<Value>,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PropertyKind {
    /// A text.
    String,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A text that is an RFC 3339 time or date.
    Time,
    /// A list.
    List,
    /// A value that holds others by name.
    Object,
}

impl PropertyKind {
    /// Whether a value is of this kind.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            PropertyKind::String => value.is_string(),
            PropertyKind::Number => value.is_number(),
            PropertyKind::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            PropertyKind::Boolean => value.is_boolean(),
            PropertyKind::Time => value.is_string() && TimeReader::iso().read(Cell::of(value)).is_some(),
            PropertyKind::List => value.is_array(),
            PropertyKind::Object => value.is_object(),
        }
    }

    /// What it is called, as in the plan.
    pub fn word(self) -> &'static str {
        match self {
            PropertyKind::String => "string",
            PropertyKind::Number => "number",
            PropertyKind::Integer => "integer",
            PropertyKind::Boolean => "boolean",
            PropertyKind::Time => "time",
            PropertyKind::List => "list",
            PropertyKind::Object => "object",
        }
    }
}

/// So long a text about a violation is at most, in bytes.
const TOLD_MAX: usize = 300;

/// A plan, ready to be held against events.
#[derive(Clone, Debug)]
pub(super) struct Agreed {
    plan: Plan,
    places: HashMap<String, usize>,
}

impl Agreed {
    /// Makes it ready.
    ///
    /// # Errors
    /// What is wrong with the plan, and what to write instead.
    pub(super) fn new(plan: &Plan) -> Result<Agreed, String> {
        let mut places = HashMap::new();
        for (place, event) in plan.event.iter().enumerate() {
            if event.name.is_empty() || event.name.len() > limits::EVENT_NAME {
                return Err(format!(
                    "plan: the name of event {} has {} bytes; 1 to {} are allowed",
                    place + 1,
                    event.name.len(),
                    limits::EVENT_NAME
                ));
            }
            if places.insert(event.name.clone(), place).is_some() {
                return Err(format!("plan: the event '{}' is there twice; write all its properties in one place", event.name));
            }
            for (name, property) in &event.properties {
                if let Some(kind) = property.kind
                    && let Some(value) = property.one_of.iter().find(|value| !kind.fits(value))
                {
                    return Err(format!(
                        "plan: '{}' of '{}' may be {value}, which is no {}; correct one of them",
                        name,
                        event.name,
                        kind.word()
                    ));
                }
            }
        }
        Ok(Agreed { plan: plan.clone(), places })
    }

    /// How an event deviates from the plan, in words that do not repeat its values, and what is to become of it.
    pub(super) fn deviation(&self, event: &str, properties: &str) -> Option<(Deviation, String)> {
        let Some(planned) = self.places.get(event).and_then(|place| self.plan.event.get(*place)) else {
            return (self.plan.unknown_events != Deviation::Accept)
                .then(|| (self.plan.unknown_events, "the event is not in the plan".to_owned()));
        };
        if self.plan.violations == Deviation::Accept || planned.properties.is_empty() {
            return None;
        }
        let fields = match properties {
            "" => Map::new(),
            json => serde_json::from_str(json).unwrap_or_default(),
        };
        let fields = Value::Object(fields);
        let mut told = String::new();
        for (name, property) in &planned.properties {
            let Some(wrong) = property.wrong(fields.get(name).filter(|value| !value.is_null()).or_else(|| at(&fields, name))) else {
                continue;
            };
            // Writing into a text cannot fail.
            let _ = write!(told, "{}{name} {wrong}", if told.is_empty() { "" } else { "; " });
        }
        told.truncate(told.floor_char_boundary(TOLD_MAX));
        (!told.is_empty()).then_some((self.plan.violations, told))
    }
}

impl PlannedProperty {
    fn wrong(&self, value: Option<&Value>) -> Option<String> {
        match (value, self.kind) {
            (None, _) => self.required.then(|| "is missing".to_owned()),
            (Some(value), Some(kind)) if !kind.fits(value) => Some(format!("is no {}", kind.word())),
            (Some(value), _) if !self.one_of.is_empty() && !self.one_of.iter().any(|allowed| same(allowed, value)) => {
                Some("has a value that is not allowed".to_owned())
            }
            _ => None,
        }
    }
}

/// 5 and 5.0 are one number.
fn same(allowed: &Value, value: &Value) -> bool {
    allowed == value || (allowed.is_number() && allowed.as_f64() == value.as_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"
        unknown_events = "quarantine"
        [[event]]
        name = "Order Completed"
        [event.properties]
        revenue = { type = "number", required = true }
        currency = { type = "string", one_of = ["EUR", "USD"] }
        "cart.items" = { type = "list" }
        "cart.count" = { type = "integer", one_of = [1, 2] }
        due = { type = "time" }
        [[event]]
        name = "page"
    "#;

    fn told(event: &str, properties: &str) -> Option<(Deviation, String)> {
        Agreed::new(&toml::from_str(PLAN).unwrap()).unwrap().deviation(event, properties)
    }

    #[test]
    fn deviations_are_told_without_values() {
        let order = "Order Completed";
        assert_eq!(told(order, r#"{"revenue":5,"currency":"EUR","cart":{"items":[],"count":2.0},"due":"2026-01-02","more":1}"#), None);
        assert_eq!(told(order, r#"{"revenue":5,"currency":null,"cart.items":[]}"#), None);
        assert_eq!(told("page", ""), None);
        let wrong = told(order, r#"{"currency":"secret","cart":{"items":1,"count":3},"due":"soon"}"#).unwrap();
        assert_eq!(
            wrong,
            (Deviation::Mark, "cart.count has a value that is not allowed; cart.items is no list; currency has a value that is not allowed; due is no time; revenue is missing".to_owned())
        );
        assert_eq!(told("Order", "{}").unwrap().0, Deviation::Quarantine);
        assert_eq!(told(order, "").unwrap().1, "revenue is missing");
    }

    #[test]
    fn plans_that_contradict_themselves_are_refused() {
        for (plan, part) in [
            ("[[event]]\nname='a'\n[[event]]\nname='a'", "twice"),
            ("[[event]]\nname=''", "0 bytes"),
            ("[[event]]\nname='a'\nproperties={b={type='number',one_of=['x']}}", "no number"),
        ] {
            let error = Agreed::new(&toml::from_str(plan).unwrap()).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
