//! Why identifiers are one person, and why others are not.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use periplus_model::{CustomerKey, Identifier, Instant};
use serde::{Deserialize, Serialize};

use crate::graph::{ALWAYS, Graph, Link, NodeId};
use crate::resolve::{Outcome, Resolution, Why};

/// One piece of evidence: two identifiers that were seen together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// One of them.
    pub from: Identifier,
    /// The other.
    pub to: Identifier,
    /// The first time; `None` when the source does not say.
    pub first_seen: Option<Instant>,
    /// The last time; `None` when the source does not say.
    pub last_seen: Option<Instant>,
    /// How often.
    pub observations: u64,
    /// The caller's number of the source.
    pub source: u32,
    /// Why it does not make them one person; `None` when it does.
    pub refused: Option<Refused>,
}

/// Why a link does not make its ends one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// One customer may not have more than so many identifiers of that kind (of all kinds when there is none).
    Limit {
        /// The kind.
        kind: Option<String>,
        /// How many are allowed.
        max: u32,
    },
    /// A person said to keep them apart.
    Vetoed,
}

impl Step {
    fn new(graph: &Graph, link: &Link, from: NodeId, to: NodeId, outcome: Outcome) -> Step {
        let named = |node| Identifier::new(graph.kind(node).clone(), graph.value(node));
        let time = |micros| (micros != ALWAYS).then_some(Instant(micros));
        let refused = match outcome {
            Outcome::Joined { .. } => None,
            Outcome::Vetoed => Some(Refused::Vetoed),
            Outcome::Refused(Why::Kind { place, max }) => Some(Refused::Limit { kind: Some(graph.kinds()[place].name().to_owned()), max }),
            Outcome::Refused(Why::Total { max }) => Some(Refused::Limit { kind: None, max }),
        };
        Step {
            from: named(from),
            to: named(to),
            first_seen: time(link.first_seen),
            last_seen: time(link.last_seen),
            observations: link.observations,
            source: link.source,
            refused,
        }
    }

    /// The step as a sentence; `source` turns the number of a source into its name.
    pub fn sentence(&self, source: impl Fn(u32) -> String) -> String {
        let often = match self.observations {
            1 => "once".to_owned(),
            2 => "twice".to_owned(),
            many => format!("{many} times"),
        };
        let when = match (self.first_seen, self.last_seen) {
            (Some(first), Some(last)) if first < last => format!(", from {first} to {last}"),
            (Some(time), _) => format!(", on {time}"),
            (None, Some(last)) => format!(", most recently on {last}"),
            (None, None) => String::new(),
        };
        let but = self.refused.as_ref().map(|refused| format!(", but {refused}")).unwrap_or_default();
        format!("{} and {} were seen together {often}{when} ({}){but}.", self.from, self.to, source(self.source))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Vetoed => f.write_str("a person said that they are not the same customer"),
            Refused::Limit { kind: Some(kind), max } => write!(f, "one customer would then have more than {max} of {kind}"),
            Refused::Limit { kind: None, max } => write!(f, "one customer would then have more than {max} identifiers"),
        }
    }
}

/// Why two identifiers are one person: the shortest chain of accepted links between them, of several equally short ones
/// the one that was seen earlier. Empty for an identifier and itself, `None` when they are different customers.
pub fn explain(graph: &Graph, resolution: &Resolution, from: NodeId, to: NodeId) -> Option<Vec<Step>> {
    let customer = resolution.assignments[from as usize].customer;
    if resolution.assignments[to as usize].customer != customer {
        return None;
    }
    let mut own: Vec<&Link> = graph
        .links()
        .iter()
        .zip(&resolution.outcomes)
        .filter(|(_, outcome)| **outcome == Outcome::Joined { into: customer })
        .map(|(link, _)| link)
        .collect();
    own.sort_by_key(|link| {
        (link.first_seen, graph.key(link.a).min(graph.key(link.b)), graph.key(link.a).max(graph.key(link.b)), link.source)
    });
    let mut touching: HashMap<NodeId, Vec<&Link>> = HashMap::new();
    for link in own {
        touching.entry(link.a).or_default().push(link);
        touching.entry(link.b).or_default().push(link);
    }
    // From the end to the start, so that following the way back reads from start to end.
    let mut towards: HashMap<NodeId, (NodeId, &Link)> = HashMap::new();
    let mut waiting = VecDeque::from([to]);
    while let Some(node) = waiting.pop_front() {
        if node == from {
            break;
        }
        for link in touching.get(&node).into_iter().flatten() {
            let next = if link.a == node { link.b } else { link.a };
            if next != to && !towards.contains_key(&next) {
                towards.insert(next, (node, link));
                waiting.push_back(next);
            }
        }
    }
    let mut chain = Vec::new();
    let mut node = from;
    while node != to {
        let (next, link) = towards.get(&node)?;
        chain.push(Step::new(graph, link, node, *next, Outcome::Joined { into: customer }));
        node = *next;
    }
    Some(chain)
}

/// The links that were refused between this customer and others, oldest first: why those are not the same person.
pub fn refusals(graph: &Graph, resolution: &Resolution, customer: CustomerKey) -> Vec<Step> {
    let is_own = |node: NodeId| resolution.assignments[node as usize].customer == customer;
    let mut refused: Vec<Step> = graph
        .links()
        .iter()
        .zip(&resolution.outcomes)
        .filter(|(link, outcome)| !matches!(outcome, Outcome::Joined { .. }) && (is_own(link.a) || is_own(link.b)))
        .map(|(link, outcome)| {
            let (own, stranger) = if is_own(link.a) { (link.a, link.b) } else { (link.b, link.a) };
            Step::new(graph, link, own, stranger, *outcome)
        })
        .collect();
    refused.sort_by(|a, b| (a.first_seen, &a.from, &a.to, a.source).cmp(&(b.first_seen, &b.from, &b.to, b.source)));
    refused
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rules, resolve};
    use periplus_model::IdKind;

    #[test]
    fn a_shared_tablet_is_explained_sentence_by_sentence() {
        let mut graph = Graph::new();
        let mut node = |kind: IdKind, value: &str| graph.node(&kind, value).unwrap();
        let (ana, bob, mail) = (node(IdKind::USER, "ana"), node(IdKind::USER, "bob"), node(IdKind::EMAIL, "ana@example.org"));
        let (tablet, visit) = (node(IdKind::DEVICE, "tablet"), node(IdKind::ANONYMOUS, "v1"));
        let day = |n: i64| n * 86_400_000_000;
        let mut link = |a, b, first_seen, last_seen, observations| {
            graph.link(Link { a, b, first_seen, last_seen, observations, source: 0 }).unwrap();
        };
        link(ana, mail, ALWAYS, ALWAYS, 1);
        link(tablet, mail, day(1), day(2), 3);
        link(tablet, visit, day(4), day(4), 1);
        link(bob, tablet, day(3), day(3), 2);
        let resolution = resolve(&Rules::default(), &graph);
        let told = |steps: Vec<Step>| steps.iter().map(|s| s.sentence(|_| "web".to_owned())).collect::<Vec<_>>();
        // A login is stronger evidence than an e-mail address, so the tablet is Bob's.
        assert_eq!(explain(&graph, &resolution, ana, tablet), None);
        assert_eq!(
            told(explain(&graph, &resolution, visit, bob).unwrap()),
            [
                "anonymous_id:v1 and device_id:tablet were seen together once, on 1970-01-05T00:00:00Z (web).",
                "device_id:tablet and user_id:bob were seen together twice, on 1970-01-04T00:00:00Z (web)."
            ]
        );
        assert_eq!(
            told(explain(&graph, &resolution, ana, mail).unwrap()),
            ["user_id:ana and email:ana@example.org were seen together once (web)."]
        );
        assert_eq!(
            told(refusals(&graph, &resolution, graph.key(ana))),
            ["email:ana@example.org and device_id:tablet were seen together 3 times, from 1970-01-02T00:00:00Z to \
              1970-01-03T00:00:00Z (web), but one customer would then have more than 1 of user_id."]
        );
        assert_eq!(explain(&graph, &resolution, bob, bob), Some(vec![]));
        graph.veto(visit, bob).unwrap();
        let resolution = resolve(&Rules::default(), &graph);
        assert_eq!(told(refusals(&graph, &resolution, graph.key(visit))).len(), 1);
        assert!(
            told(refusals(&graph, &resolution, graph.key(visit)))[0].ends_with("but a person said that they are not the same customer.")
        );
    }
}
