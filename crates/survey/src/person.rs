//! One person, as far as asking goes: what happened to them, what is known of them, and whether a condition holds.
//!
//! The engine decides conditions for millions at once, over columns; here it is one person, and what holds must hold in both. What
//! was last said of a trait counts; `within` looks back from now.

use std::collections::BTreeMap;

use periplus_model::condition::{Condition, lot};
use periplus_model::{CustomerKey, Instant, Span};
use serde_json::Value;

/// An event of a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// When.
    pub time: Instant,
    /// What.
    pub event: String,
    /// Through which channel.
    pub channel: Option<String>,
    /// Money that changed hands.
    pub amount: Option<f64>,
    /// The properties, as JSON text, or empty.
    pub properties: String,
}

impl Happened {
    /// A property by its name; `a.b` also finds `b` inside `a`, and `amount` the event's amount.
    pub fn property(&self, name: &str) -> Option<Value> {
        let mut all: Value = serde_json::from_str(&self.properties).unwrap_or_default();
        if let Some(found) = all.get_mut(name) {
            return Some(found.take());
        }
        if name == "amount" {
            return self.amount.map(Value::from);
        }
        let mut steps = name.split('.');
        let first = all.get(steps.next().filter(|first| first.len() < name.len())?)?;
        steps.try_fold(first, |at, step| at.get(step)).cloned()
    }
}

/// What was said of a trait.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Since when; since always when absent.
    pub since: Option<Instant>,
    /// The trait.
    pub name: String,
    /// Its value; null takes it back.
    pub value: Value,
}

/// A person.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The customer's key.
    pub key: CustomerKey,
    /// What happened to them, in order.
    pub events: Vec<Happened>,
    /// What was said of their traits, in order.
    pub traits: Vec<Known>,
}

impl Person {
    /// Somebody of whom nothing is known.
    pub fn new(key: CustomerKey) -> Person {
        Person { key, events: Vec::new(), traits: Vec::new() }
    }

    /// What was said of a trait, in order.
    fn history<'p>(&'p self, name: &'p str) -> impl DoubleEndedIterator<Item = &'p Known> + Clone {
        self.traits.iter().filter(move |known| known.name == name)
    }
}

/// What conditions may name beside events and traits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meanings {
    /// The touchpoints of the journey map in their order: id, the id of the stage, and which events belong to it. The first that fits an
    /// event gets it.
    pub touchpoints: Vec<(String, String, Condition)>,
    /// Personas and segments by their ids.
    pub members: BTreeMap<String, Condition>,
}

/// A condition that cannot be decided; the message says why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undecided(String);

/// How deeply personas may refer to others.
const DEPTH_MAX: u32 = 8;

impl Meanings {
    /// Whether everything that a condition names is there.
    ///
    /// # Errors
    /// What is not.
    pub fn know(&self, condition: &Condition) -> Result<(), Undecided> {
        self.know_within(condition, 0)
    }

    fn know_within(&self, condition: &Condition, depth: u32) -> Result<(), Undecided> {
        match condition {
            Condition::And(list) | Condition::Or(list) | Condition::Sequence { steps: list, .. } => {
                list.iter().try_for_each(|one| self.know_within(one, depth))
            }
            Condition::Not(one) | Condition::Did { what: one, .. } => self.know_within(one, depth),
            Condition::Event(_, further) => further.iter().try_for_each(|one| self.know_within(one, depth)),
            Condition::Touchpoint(ids) => ids.iter().try_for_each(|id| match self.touchpoints.iter().any(|(known, ..)| known == id) {
                true => Ok(()),
                false => Err(Undecided(format!("the journey map has no touchpoint '{id}'"))),
            }),
            Condition::Stage(ids) => ids.iter().try_for_each(|id| match self.touchpoints.iter().any(|(_, known, _)| known == id) {
                true => Ok(()),
                false => Err(Undecided(format!("the journey map has no touchpoints of a stage '{id}'"))),
            }),
            Condition::Member(id) => match self.members.get(id) {
                None => Err(Undecided(format!("there is no segment or persona '{id}'"))),
                Some(_) if depth > DEPTH_MAX => Err(Undecided(format!("the segment '{id}' refers to itself"))),
                Some(condition) => self.know_within(condition, depth + 1),
            },
            _ => Ok(()),
        }
    }

    /// Whether an event meets a condition about events.
    pub fn meets(&self, event: &Happened, condition: &Condition) -> bool {
        match condition {
            Condition::And(list) => list.iter().all(|one| self.meets(event, one)),
            Condition::Or(list) => list.iter().any(|one| self.meets(event, one)),
            Condition::Not(one) => !self.meets(event, one),
            Condition::Event(names, further) => {
                names.iter().any(|name| match name.strip_suffix('*') {
                    Some(start) => event.event.starts_with(start.trim_end_matches('*')),
                    None => event.event == *name,
                }) && further.as_ref().is_none_or(|further| self.meets(event, further))
            }
            Condition::Channel(channels) => event.channel.as_ref().is_some_and(|channel| channels.contains(channel)),
            Condition::Property(name, test) => test.passes(event.property(name).as_ref()),
            Condition::Touchpoint(ids) => self.touchpoint_of(event).is_some_and(|(id, _)| ids.iter().any(|wanted| wanted == id)),
            Condition::Stage(ids) => self.touchpoint_of(event).is_some_and(|(_, stage)| ids.iter().any(|wanted| wanted == stage)),
            // About customers, which no survey that was read says here.
            _ => false,
        }
    }

    /// The touchpoint that an event belongs to, and its stage. A touchpoint's own condition speaks of no touchpoints.
    fn touchpoint_of(&self, event: &Happened) -> Option<(&str, &str)> {
        let plain = Meanings::default();
        self.touchpoints.iter().find(|(_, _, when)| plain.meets(event, when)).map(|(id, stage, _)| (id.as_str(), stage.as_str()))
    }

    /// Whether a person meets a condition about customers, now.
    pub fn holds(&self, person: &Person, condition: &Condition, now: Instant) -> bool {
        self.holds_within(person, condition, now, 0)
    }

    fn holds_within(&self, person: &Person, condition: &Condition, now: Instant, depth: u32) -> bool {
        let since = |within: &Option<Span>| within.map_or(i64::MIN, |span| now.0.saturating_sub(span.0));
        match condition {
            Condition::And(list) => list.iter().all(|one| self.holds_within(person, one, now, depth)),
            Condition::Or(list) => list.iter().any(|one| self.holds_within(person, one, now, depth)),
            Condition::Not(one) => !self.holds_within(person, one, now, depth),
            Condition::Trait(name, test) => test.passes(person.history(name).next_back().map(|known| &known.value)),
            Condition::Held(name, test, span) => in_force(person, name, since(&Some(*span))).into_iter().all(|value| test.passes(value)),
            Condition::Had(name, test, within) => in_force(person, name, since(within)).into_iter().any(|value| test.passes(value)),
            Condition::Random(salt, share) => lot(salt, person.key.0) < *share,
            Condition::Did { what, at_least, at_most, within } => {
                let from = since(within);
                let count = person.events.iter().filter(|event| (from..now.0).contains(&event.time.0) && self.meets(event, what)).count();
                (*at_least..=at_most.unwrap_or(u64::MAX)).contains(&(count as u64))
            }
            Condition::Sequence { steps, within } => self.follow(person, steps, within.map_or(i64::MAX, |span| span.0), now),
            Condition::Member(id) => {
                depth <= DEPTH_MAX && self.members.get(id).is_some_and(|condition| self.holds_within(person, condition, now, depth + 1))
            }
            // About events, which no survey that was read says here.
            _ => false,
        }
    }

    /// Whether the steps happened one after the other, the last no later than `within` after the first. Each way to begin is tried.
    fn follow(&self, person: &Person, steps: &[Condition], within: i64, now: Instant) -> bool {
        let Some((first, rest)) = steps.split_first() else { return true };
        let events: Vec<&Happened> = person.events.iter().filter(|event| event.time < now).collect();
        (0..events.len()).filter(|start| self.meets(events[*start], first)).any(|start| {
            let mut at = start;
            rest.iter().all(|step| {
                let next = (at + 1..events.len()).find(|place| self.meets(events[*place], step));
                at = next.unwrap_or(at);
                next.is_some_and(|place| events[place].time.0.saturating_sub(events[start].time.0) <= within)
            })
        })
    }
}

/// The values that a trait had at some time since then, the last one included; before its first value it had none.
fn in_force<'p>(person: &'p Person, name: &'p str, since: i64) -> Vec<Option<&'p Value>> {
    let time = |known: &Known| known.since.map_or(i64::MIN, |since| since.0);
    let history: Vec<&Known> = person.history(name).collect();
    let mut values = Vec::new();
    if history.first().is_none_or(|first| time(first) > since) {
        values.push(None);
    }
    for (place, known) in history.iter().enumerate() {
        if history.get(place + 1).is_none_or(|next| time(next) > since) {
            values.push(Some(&known.value));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DAY: i64 = 86_400_000_000;
    const NOW: Instant = Instant(100 * DAY);

    fn person() -> Person {
        let event = |day: i64, name: &str, properties: Value| Happened {
            time: Instant(day * DAY),
            event: name.to_owned(),
            channel: Some("web".to_owned()),
            amount: (name == "purchase").then_some(12.5),
            properties: if properties.is_null() { String::new() } else { properties.to_string() },
        };
        let known =
            |day: Option<i64>, name: &str, value: Value| Known { since: day.map(|day| Instant(day * DAY)), name: name.to_owned(), value };
        Person {
            key: CustomerKey(7),
            events: vec![
                event(10, "view", json!(null)),
                event(20, "purchase", json!({"shop": {"city": "Ulm"}, "a.b": 1})),
                event(90, "view", json!(null)),
                event(95, "purchase", json!({"amount": 99})),
                event(100, "purchase", json!(null)),
            ],
            traits: vec![
                known(None, "tier", json!("silver")),
                known(Some(60), "tier", json!("gold")),
                known(Some(10), "vip", json!(true)),
                known(Some(50), "vip", json!(null)),
            ],
        }
    }

    fn meanings() -> Meanings {
        let condition = |value: Value| Condition::from_json(value).unwrap();
        Meanings {
            touchpoints: vec![
                ("first".into(), "see".into(), condition(json!({"event": "view", "where": {"channel": "web"}}))),
                ("all".into(), "buy".into(), condition(json!({"event": "*"}))),
            ],
            members: BTreeMap::from([
                ("gold".into(), condition(json!({"trait": "tier", "is": "gold"}))),
                ("self".into(), condition(json!({"member": "self"}))),
            ]),
        }
    }

    #[test]
    fn conditions_hold_as_the_engine_has_them() {
        let (person, meanings) = (person(), meanings());
        for (condition, holds) in [
            (json!({"and": []}), true),
            (json!({"or": []}), false),
            (json!({"trait": "tier", "is": "gold"}), true),
            (json!({"trait": "vip", "exists": true}), false),
            (json!({"trait": "tier", "is": "gold", "for": "40d"}), true),
            (json!({"trait": "tier", "is": "gold", "for": "41d"}), false),
            (json!({"had": {"trait": "vip", "is": true}}), true),
            (json!({"had": {"trait": "vip", "is": true}, "within": "50d"}), false),
            (json!({"had": {"trait": "vip", "is": true}, "within": "51d"}), true),
            (json!({"had": {"trait": "tier", "is": "silver"}, "within": "41d"}), true),
            (json!({"did": "purchase", "at_least": 2}), true),
            (json!({"did": "purchase", "at_least": 3}), false),
            (json!({"did": "purchase", "at_most": 1, "within": "5d"}), true),
            (json!({"did": "purchase", "within": "5d"}), true),
            (json!({"did": "purchase", "within": "4d"}), false),
            (json!({"did": {"event": "purch*", "where": {"property": "shop.city", "is": "Ulm"}}}), true),
            (json!({"did": {"property": "a.b", "is": 1}}), true),
            (json!({"did": {"event": "purchase", "where": {"property": "amount", "above": 50}}}), true),
            (json!({"did": {"event": "purchase", "where": {"property": "amount", "is": 12.5}}}), true),
            (json!({"did": {"touchpoint": "first"}, "at_least": 2, "at_most": 2}), true),
            (json!({"did": {"stage": "buy"}, "at_least": 3}), false),
            (json!({"sequence": ["view", "purchase"], "within": "5d"}), true),
            (json!({"sequence": ["view", "purchase"], "within": "4d"}), false),
            (json!({"sequence": ["purchase", "view", "purchase"]}), true),
            (json!({"sequence": ["purchase", "purchase", "purchase"]}), false),
            (json!({"member": "gold"}), true),
            (json!({"member": "self"}), false),
            (json!({"member": "nobody"}), false),
            (json!({"not": {"random": "x", "below": 0.0}}), true),
            (json!({"random": "x", "below": 1.0}), true),
        ] {
            assert_eq!(meanings.holds(&person, &Condition::from_json(condition.clone()).unwrap(), NOW), holds, "{condition}");
        }
    }

    #[test]
    fn what_is_not_there_is_told() {
        let meanings = meanings();
        let know = |value: Value| meanings.know(&Condition::from_json(value).unwrap());
        assert_eq!(
            know(json!({"and": [{"member": "gold"}, {"did": {"touchpoint": ["first", "all"]}}, {"did": {"stage": "buy"}}]})),
            Ok(())
        );
        for wrong in [
            json!({"member": "x"}),
            json!({"not": {"did": {"touchpoint": "x"}}}),
            json!({"sequence": [{"stage": "x"}]}),
            json!({"member": "self"}),
        ] {
            assert!(know(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
