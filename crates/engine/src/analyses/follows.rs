//! The directly-follows graph: what came right after what, how often, and after how long.

use std::collections::HashMap;

use periplus_model::answer::{Answer, Edge, Graph, Node, View};
use periplus_model::question::Unit;
use periplus_stats::{Moments, Quantiles};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Of, codes, common, count};
use crate::asked::{schema, settings};
use crate::lens::NONE;
use crate::scan::{Fold, Run, scan};
use crate::{Analysis, Desk, EngineError, Telling};

pub(super) struct Follows;

/// A question for the directly-follows graph.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    /// Sequences of what: each customer's whole journey, or each session.
    #[serde(default)]
    unit: Unit,
    /// Events or touchpoints.
    #[serde(default)]
    of: Of,
    /// Leave out edges that occur less often.
    #[serde(default)]
    min_count: u64,
}

impl Analysis for Follows {
    fn name(&self) -> &'static str {
        "follows"
    }
    fn about(&self) -> &'static str {
        "Which event or touchpoint came directly after which, how often, for how many, and after how long."
    }
    fn example(&self) -> Value {
        json!({"unit": "session"})
    }
    fn schema(&self) -> Value {
        schema::<Question>()
    }

    fn answer(&self, question: &Value, desk: &Desk<'_>) -> Result<Answer, EngineError> {
        let started = (desk.stopwatch)();
        let (shared, asked, question): (_, Question, _) = settings(question)?;
        let mut lens = common(&shared, desk)?;
        let names = codes(asked.of, &mut lens, desk)?;
        lens.keep_all = asked.unit == Unit::Session;
        let (states, totals) = scan(desk, &lens, asked.unit, State::default)?;
        let names = names.unwrap_or_else(|| lens.names.list());
        let mut all = State::default();
        for state in states {
            all.merge(state);
        }
        let graph = all.graph(&names, asked.min_count);
        let caption = match graph.edges.first() {
            None => format!("Nothing follows anything in {} {}.", count(graph.sequences), asked.unit.plural()),
            Some(edge) => format!(
                "In {} {}, {} is most often followed by {} ({} times).",
                count(graph.sequences),
                asked.unit.plural(),
                graph.nodes[edge.from].name,
                graph.nodes[edge.to].name,
                count(edge.count)
            ),
        };
        let telling = Telling {
            analysis: self,
            question,
            unit: asked.unit.plural(),
            semantics: "Every pair of neighbouring events of one sequence counts once; waits run from one event to the next.",
            caption,
            totals,
            immature: 0,
            started,
        };
        Ok(telling.answer(desk, View::Graph(graph)))
    }
}

#[derive(Default)]
struct State {
    sequences: u64,
    nodes: HashMap<u32, [u64; 4]>,
    edges: HashMap<(u32, u32), Follow>,
    seen_nodes: Vec<u32>,
    seen_edges: Vec<(u32, u32)>,
}

impl Fold for State {
    fn take(&mut self, run: &Run<'_>) {
        self.seen_nodes.clear();
        self.seen_edges.clear();
        let mut last: Option<(u32, i64)> = None;
        for (code, time) in run.codes.iter().zip(run.times).filter(|(code, _)| **code != NONE) {
            let node = self.nodes.entry(*code).or_default();
            node[0] += 1;
            self.seen_nodes.push(*code);
            match last {
                None => node[2] += 1,
                Some((before, since)) => {
                    let edge = self.edges.entry((before, *code)).or_default();
                    edge.count += 1;
                    edge.mean.add(time - since);
                    edge.waits.add(time - since);
                    self.seen_edges.push((before, *code));
                }
            }
            last = Some((*code, *time));
        }
        let Some((code, _)) = last else { return };
        self.sequences += 1;
        self.nodes.entry(code).or_default()[3] += 1;
        self.seen_nodes.sort_unstable();
        self.seen_nodes.dedup();
        for code in &self.seen_nodes {
            self.nodes.entry(*code).or_default()[1] += 1;
        }
        self.seen_edges.sort_unstable();
        self.seen_edges.dedup();
        for pair in &self.seen_edges {
            self.edges.entry(*pair).or_default().sequences += 1;
        }
    }
}

/// What is known of one edge.
#[derive(Default)]
struct Follow {
    count: u64,
    sequences: u64,
    mean: Moments,
    waits: Quantiles,
}

impl State {
    fn merge(&mut self, other: State) {
        self.sequences += other.sequences;
        for (code, counts) in other.nodes {
            let mine = self.nodes.entry(code).or_default();
            mine.iter_mut().zip(counts).for_each(|(a, b)| *a += b);
        }
        for (pair, theirs) in other.edges {
            let mine = self.edges.entry(pair).or_default();
            mine.count += theirs.count;
            mine.sequences += theirs.sequences;
            mine.mean.merge(&theirs.mean);
            mine.waits.merge(&theirs.waits);
        }
    }

    fn graph(self, names: &[String], min_count: u64) -> Graph {
        let name = |code: u32| names.get(code as usize).cloned().unwrap_or_default();
        let mut nodes: Vec<(u32, Node)> = self
            .nodes
            .into_iter()
            .map(|(code, [count, sequences, starts, ends])| (code, Node { name: name(code), count, sequences, starts, ends }))
            .collect();
        nodes.sort_by(|(_, a), (_, b)| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        let place: HashMap<u32, usize> = nodes.iter().enumerate().map(|(place, (code, _))| (*code, place)).collect();
        let mut edges: Vec<Edge> = self
            .edges
            .into_iter()
            .map(|((from, to), edge)| Edge {
                from: place[&from],
                to: place[&to],
                count: edge.count,
                sequences: edge.sequences,
                mean_seconds: edge.mean.mean().unwrap_or(0.0) / 1e6,
                median_seconds: edge.waits.median().unwrap_or(0.0) / 1e6,
            })
            .filter(|edge| edge.count >= min_count)
            .collect();
        edges.sort_by_key(|edge| (std::cmp::Reverse(edge.count), edge.from, edge.to));
        Graph { nodes: nodes.into_iter().map(|(_, node)| node).collect(), edges, sequences: self.sequences }
    }
}
