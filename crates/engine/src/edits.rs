//! Changes to the measured journey chain, as a question writes them: with the names of places instead of numbers.

use std::collections::{BTreeMap, BTreeSet};

use periplus_model::time::Span;
use periplus_stats::chain::{Change, Node, Onward as Way, Removed, STATES_MAX, Take as Taken, Wait as Waiting};
use serde::{Deserialize, Serialize};

use crate::EngineError;

/// What the start and the ends are called in a question.
pub(crate) const START: &str = "(start)";
pub(crate) const CONVERTED: &str = "(converted)";
pub(crate) const LOST: &str = "(lost)";

/// One change. Places are called as the answer calls them; `(start)`, `(converted)` and `(lost)` are the beginning and the ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Edit {
    /// Takes a place out: its name, or `{"state": "…", "then": "go_on"}`.
    Remove(Removal),
    /// Gives a way a share of all who leave a place; the other ways share the rest in proportion.
    Set(Share),
    /// Makes a way so many times as frequent; the other ways share the rest in proportion.
    Multiply(Factor),
    /// Lets a share of those who are lost right from a place go on like the others.
    DropOff(DropOff),
    /// Makes waits longer or shorter.
    Wait(Wait),
    /// Puts a place in.
    Add(Add),
}

/// What is removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub(crate) enum Removal {
    /// A place; who would come to it is lost.
    State(String),
    /// A place, and what becomes of those who would come to it.
    Then(Then),
}

/// A place that is removed, and what becomes of those who would come to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Then {
    /// The place.
    state: String,
    /// What becomes of them.
    #[serde(default)]
    then: Becomes,
}

/// What becomes of those who would come to a place that is removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Becomes {
    /// They are lost.
    #[default]
    Lost,
    /// They go at once where people went from there.
    GoOn,
}

/// A way that gets a share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Share {
    /// From where.
    from: String,
    /// To where.
    to: String,
    /// How many of those who leave, 0 to 1.
    share: f64,
}

/// A way that is gone more or less often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Factor {
    /// From where.
    from: String,
    /// To where.
    to: String,
    /// How many times as often, from 0 on.
    factor: f64,
}

/// A drop-off that is mended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DropOff {
    /// Where people are lost.
    state: String,
    /// How many of them go on instead, 0 to 1.
    share: f64,
}

/// Waits that change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wait {
    /// Of ways from there; of all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "state")]
    from: Option<String>,
    /// Of ways to there; of all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// How many times as long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    factor: Option<f64>,
    /// How long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    becomes: Option<Span>,
}

/// A place that is put in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Add {
    /// What it is called.
    name: String,
    /// Which shares of which ways lead to it instead.
    takes: Vec<Share>,
    /// Where people go from there, 1 together.
    onward: Vec<Onward>,
    /// What a conversion right from there is worth, in currency units; as much as conversions on average when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
}

/// A way on from a place that is put in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Onward {
    /// To where.
    to: String,
    /// How many.
    share: f64,
    /// After how long.
    #[serde(default = "at_once")]
    wait: Span,
}

fn at_once() -> Span {
    Span(0)
}

/// Changes of one scenario with numbers, and the measured places that they speak of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Understood {
    pub(crate) changes: Vec<Change>,
    pub(crate) states: BTreeSet<u32>,
}

/// Finds places by name, also those that were put in before.
struct Finder<'n> {
    known: &'n dyn Fn(&str) -> Option<u32>,
    /// How many measured places there are.
    states: usize,
    added: BTreeMap<String, usize>,
    spoken_of: BTreeSet<u32>,
}

impl Finder<'_> {
    fn node(&mut self, name: &str) -> Result<Node, EngineError> {
        match name {
            START => return Ok(Node::Start),
            CONVERTED => return Ok(Node::Converted),
            LOST => return Ok(Node::Lost),
            _ => {}
        }
        if let Some(code) = (self.known)(name) {
            self.spoken_of.insert(code);
            return Ok(Node::At(code as usize));
        }
        let added = self.added.get(name).map(|state| Node::At(*state));
        added.ok_or_else(|| {
            EngineError::Question(format!("nobody was ever at '{name}': take a name as recorded, {START}, {CONVERTED} or {LOST}"))
        })
    }

    fn state(&mut self, name: &str) -> Result<usize, EngineError> {
        match self.node(name)? {
            Node::At(state) => Ok(state),
            _ => Err(EngineError::Question(format!("'{name}' is no place that can be removed"))),
        }
    }

    fn change(&mut self, edit: &Edit) -> Result<Change, EngineError> {
        let refused = |why: String| Err(EngineError::Question(why));
        Ok(match edit {
            Edit::Remove(Removal::State(name)) => Change::Remove { state: self.state(name)?, then: Removed::Lost },
            Edit::Remove(Removal::Then(removal)) => {
                let then = if removal.then == Becomes::GoOn { Removed::GoOn } else { Removed::Lost };
                Change::Remove { state: self.state(&removal.state)?, then }
            }
            Edit::Set(way) => Change::Set { from: self.node(&way.from)?, to: self.node(&way.to)?, probability: share(way.share)? },
            Edit::Multiply(way) => {
                if !(way.factor >= 0.0 && way.factor.is_finite()) {
                    return refused("a \"factor\" is a number from 0 on".to_owned());
                }
                Change::Scale { from: self.node(&way.from)?, to: self.node(&way.to)?, factor: way.factor }
            }
            Edit::DropOff(lost) => Change::FixDropOff { at: self.node(&lost.state)?, share: share(lost.share)? },
            Edit::Wait(wait) => {
                let from = wait.from.as_deref().map(|name| self.node(name)).transpose()?;
                let to = wait.to.as_deref().map(|name| self.node(name)).transpose()?;
                let wait = match (wait.factor, wait.becomes) {
                    (Some(factor), None) => Waiting::Factor(factor),
                    (None, Some(span)) => Waiting::Seconds(span.0 as f64 / 1e6),
                    _ => return refused("a wait is changed by a \"factor\" or \"becomes\" something: one of the two".to_owned()),
                };
                let (Waiting::Factor(number) | Waiting::Seconds(number)) = wait;
                if !(0.0..=1e12).contains(&number) {
                    return refused("a wait becomes 0 or longer".to_owned());
                }
                Change::Wait { from, to, wait }
            }
            Edit::Add(add) => {
                if (self.known)(&add.name).is_some() || self.added.contains_key(&add.name) || add.name.trim().is_empty() {
                    return refused(format!("'{}' cannot be added: it is there already, or has no name", add.name));
                }
                let mut takes = Vec::new();
                for take in &add.takes {
                    takes.push(Taken { from: self.node(&take.from)?, to: self.node(&take.to)?, share: share(take.share)? });
                }
                let mut onward = Vec::new();
                for way in &add.onward {
                    let wait_seconds = way.wait.0.max(0) as f64 / 1e6;
                    onward.push(Way { to: self.node(&way.to)?, probability: share(way.share)?, wait_seconds });
                }
                let all: f64 = onward.iter().map(|way| way.probability).sum();
                if (all - 1.0).abs() > 1e-9 {
                    return refused(format!("the shares of the ways on from '{}' are {all} together, not 1", add.name));
                }
                if add.value.is_some_and(|value| !(0.0..=1e12).contains(&value)) {
                    return refused("a \"value\" is an amount of money, 0 or more".to_owned());
                }
                self.added.insert(add.name.clone(), self.states + self.added.len());
                Change::Add { takes, onward, value: add.value }
            }
        })
    }
}

fn share(share: f64) -> Result<f64, EngineError> {
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(EngineError::Question("a \"share\" is a number from 0 to 1".to_owned())) }
}

/// The edits of a scenario in a chain of so many places.
pub(crate) fn understood(edits: &[Edit], states: usize, known: &dyn Fn(&str) -> Option<u32>) -> Result<Understood, EngineError> {
    if states + edits.len() > STATES_MAX {
        return Err(EngineError::Question(format!("there are more than {STATES_MAX} different places: take touchpoints or channels")));
    }
    let mut finder = Finder { known, states, added: BTreeMap::new(), spoken_of: BTreeSet::new() };
    let changes = edits.iter().map(|edit| finder.change(edit)).collect::<Result<_, _>>()?;
    Ok(Understood { changes, states: finder.spoken_of })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn of(edits: Value) -> Result<Understood, String> {
        let edits: Vec<Edit> = serde_json::from_value(edits).map_err(|error| error.to_string())?;
        let known = |name: &str| ["a", "b"].iter().position(|other| *other == name).map(|at| at as u32);
        understood(&edits, 2, &known).map_err(|error| error.to_string())
    }

    #[test]
    fn names_become_numbers() {
        let found = of(json!([
            {"remove": "a"},
            {"remove": {"state": "b", "then": "go_on"}},
            {"set": {"from": "(start)", "to": "b", "share": 0.25}},
            {"multiply": {"from": "b", "to": "(converted)", "factor": 2}},
            {"drop_off": {"state": "b", "share": 0.5}},
            {"wait": {"state": "b", "factor": 0.5}},
            {"wait": {"to": "(converted)", "becomes": "2h"}},
            {"add": {"name": "new", "takes": [{"from": "b", "to": "(lost)", "share": 0.1}], "onward": [{"to": "a", "share": 1, "wait": "1h"}]}},
            {"remove": "new"}
        ]));
        let found = found.unwrap();
        assert_eq!(found.states.into_iter().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(found.changes[1], Change::Remove { state: 1, then: Removed::GoOn });
        assert_eq!(found.changes[6], Change::Wait { from: None, to: Some(Node::Converted), wait: Waiting::Seconds(7200.0) });
        assert_eq!(found.changes[8], Change::Remove { state: 2, then: Removed::Lost });
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (wrong, why) in [
            (json!([{"remove": "c"}]), "'c'"),
            (json!([{"remove": "(start)"}]), "removed"),
            (json!([{"set": {"from": "a", "to": "b", "share": 1.5}}]), "share"),
            (json!([{"multiply": {"from": "a", "to": "b", "factor": -1}}]), "factor"),
            (json!([{"wait": {"from": "a"}}]), "one of the two"),
            (json!([{"wait": {"from": "a", "becomes": "-1h"}}]), "0 or longer"),
            (json!([{"add": {"name": "a", "takes": [], "onward": []}}]), "already"),
            (json!([{"add": {"name": "n", "takes": [], "onward": [{"to": "a", "share": 0.5}]}}]), "not 1"),
            (json!([{"burn": "a"}]), "burn"),
        ] {
            let told = of(wrong.clone()).unwrap_err();
            assert!(told.contains(why), "{wrong}: {told}");
        }
    }
}
