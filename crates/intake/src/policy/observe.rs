//! Proposes a tracking plan from what a source has sent, for somebody to read, correct and agree to.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::MARKS;
use super::plan::{Deviation, Plan, PlannedEvent, PlannedProperty, PropertyKind};
use super::recognise::Pattern;

/// Different events of a plan.
const EVENTS_MAX: usize = 1_000;
/// Different properties of one event.
const PROPERTIES_MAX: usize = 300;
/// Values that a property has of which all are known: more than these, and it may have any.
const VALUES_MAX: usize = 12;
/// Bytes of a value that is one of few.
const VALUE_MAX: usize = 40;
/// So often an event must be seen before what it always has is taken for required.
const SEEN_MIN: u64 = 20;
/// So often each value must come, on the average, before the values are taken for all there are.
const EACH_MIN: u64 = 20;

/// Looks at events. Its memory is bounded: what comes after a thousand different events is not in the plan.
#[derive(Debug, Default)]
pub struct Observer {
    events: BTreeMap<String, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    times: u64,
    properties: BTreeMap<String, SeenProperty>,
}

#[derive(Debug, Default)]
struct SeenProperty {
    times: u64,
    /// What it always was; nothing when it was different things.
    kind: Option<PropertyKind>,
    /// The values it had, while they are few and say nothing about anybody.
    values: Option<Vec<String>>,
}

impl Observer {
    /// Looks at an event; its properties are the text of a JSON object, or empty.
    pub fn see(&mut self, event: &str, properties: &str) {
        if !self.events.contains_key(event) {
            if self.events.len() >= EVENTS_MAX {
                return;
            }
            self.events.insert(event.to_owned(), Seen::default());
        }
        let Some(seen) = self.events.get_mut(event) else { return };
        seen.times += 1;
        let fields: Map<String, Value> = serde_json::from_str(properties).unwrap_or_default();
        for (name, value) in &fields {
            // What the gate writes and what the library adds by itself nobody has to agree to; and what is null is not there.
            if MARKS.contains(&name.as_str()) || name.starts_with("context_") || value.is_null() {
                continue;
            }
            let is_full = seen.properties.len() >= PROPERTIES_MAX;
            match seen.properties.get_mut(name) {
                Some(property) => property.see(value),
                None if !is_full => {
                    let mut property = SeenProperty { times: 0, kind: Some(kind_of(value)), values: Some(Vec::new()) };
                    property.see(value);
                    seen.properties.insert(name.clone(), property);
                }
                None => {}
            }
        }
    }

    /// The plan that everything seen keeps to. Deviations are marked.
    pub fn plan(&self) -> Plan {
        let event = |(name, seen): (&String, &Seen)| PlannedEvent {
            name: name.clone(),
            properties: seen.properties.iter().map(|(name, property)| (name.clone(), property.planned(seen.times))).collect(),
        };
        Plan { unknown_events: Deviation::Mark, violations: Deviation::Mark, event: self.events.iter().map(event).collect() }
    }
}

impl SeenProperty {
    fn see(&mut self, value: &Value) {
        self.times += 1;
        self.kind = self.kind.and_then(|kind| common(kind, kind_of(value)));
        let known = match (value.as_str(), self.values.take()) {
            (Some(text), Some(mut values))
                if text.len() <= VALUE_MAX && !Pattern::ALL.iter().any(|pattern| pattern.find(text, 0).is_some()) =>
            {
                if !values.iter().any(|known| known == text) {
                    values.push(text.to_owned());
                }
                Some(values)
            }
            _ => None,
        };
        self.values = known.filter(|values| values.len() <= VALUES_MAX);
    }

    fn planned(&self, events: u64) -> PlannedProperty {
        let few =
            self.values.as_ref().filter(|values| self.times >= EACH_MIN * values.len() as u64 && self.kind == Some(PropertyKind::String));
        let mut values = few.cloned().unwrap_or_default();
        values.sort_unstable();
        PlannedProperty {
            kind: self.kind,
            required: self.times == events && events >= SEEN_MIN,
            one_of: values.into_iter().map(Value::from).collect(),
        }
    }
}

fn kind_of(value: &Value) -> PropertyKind {
    match value {
        Value::Bool(_) => PropertyKind::Boolean,
        Value::Number(_) if PropertyKind::Integer.fits(value) => PropertyKind::Integer,
        Value::Number(_) => PropertyKind::Number,
        Value::Array(_) => PropertyKind::List,
        Value::Object(_) => PropertyKind::Object,
        // A year is a time too; only what has a day is meant for one.
        Value::String(text) if text.len() >= 10 && PropertyKind::Time.fits(value) => PropertyKind::Time,
        _ => PropertyKind::String,
    }
}

/// What both are.
fn common(one: PropertyKind, other: PropertyKind) -> Option<PropertyKind> {
    use PropertyKind::{Integer, Number, String, Time};
    match (one, other) {
        (one, other) if one == other => Some(one),
        (Integer, Number) | (Number, Integer) => Some(Number),
        (String, Time) | (Time, String) => Some(String),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::Agreed;
    use super::*;

    #[test]
    fn what_was_seen_keeps_to_the_plan_and_the_rest_does_not() {
        let mut observer = Observer::default();
        let event = |n: u64| {
            let note = if n.is_multiple_of(2) { ",\"note\":\"x\"" } else { "" };
            let currency = ["EUR", "USD"][(n % 2) as usize];
            format!(
                r#"{{"revenue":{},"currency":"{currency}","order":"A{n}","mail":"u@x.org","mixed":{},"context_page_url":"/","bot":"x"{note}}}"#,
                n as f64 / 2.0,
                if n == 7 { "1" } else { "\"1\"" }
            )
        };
        (0..60).for_each(|n| observer.see("Order Completed", &event(n)));
        observer.see("page", "");
        let plan = observer.plan();
        let agreed = Agreed::new(&plan).unwrap();
        (0..60).for_each(|n| assert_eq!(agreed.deviation("Order Completed", &event(n)), None));
        let properties = &plan.event[0].properties;
        assert_eq!(properties.keys().collect::<Vec<_>>(), ["currency", "mail", "mixed", "note", "order", "revenue"]);
        assert_eq!((properties["revenue"].kind, properties["revenue"].required), (Some(PropertyKind::Number), true));
        assert_eq!((properties["currency"].one_of.len(), properties["order"].one_of.len(), properties["mail"].one_of.len()), (2, 0, 0));
        assert_eq!((properties["mixed"].kind, properties["note"].required), (None, false));
        assert!(agreed.deviation("Order Completed", r#"{"revenue":"5"}"#).is_some() && agreed.deviation("other", "").is_some());
        let text = toml::to_string(&plan).unwrap();
        assert_eq!(toml::from_str::<Plan>(&text).unwrap(), plan);
    }

    #[test]
    fn memory_is_bounded() {
        let mut observer = Observer::default();
        (0..3_000).for_each(|n| observer.see(&format!("e{n}"), "no json"));
        (0..3_000).for_each(|n| observer.see("e1", &format!("{{\"p{n}\":1}}")));
        let plan = observer.plan();
        assert_eq!((plan.event.len(), plan.event[1].properties.len()), (EVENTS_MAX, PROPERTIES_MAX));
    }
}
