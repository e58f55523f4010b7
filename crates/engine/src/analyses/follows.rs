//! The directly-follows graph: what came right after what, how often, and after how long.

use std::collections::HashMap;
use std::sync::Arc;

use periplus_kernels::{EventuallyFollows, NEIGHBOURS_MAX, Neighbours};
use periplus_model::answer::{Edge, Graph, Node, View};
use periplus_stats::{Moments, Quantiles};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::count;
use crate::EngineError;
use crate::columns::Names;
use crate::grid::Grid;
use crate::kind::{self, Asked, Kind, SequenceOf, Told};
use crate::scan::{Coded, Run, Totals};
use crate::stretch::Stretch;

pub(super) struct Follows;

/// A question for the directly-follows graph.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Events, touchpoints or channels.
    #[serde(default)]
    of: SequenceOf,
    /// Whether anything may lie in between: what came at some time after what, once per sequence, from the first of the one to
    /// the first of the other after it.
    #[serde(default)]
    eventually: bool,
    /// Count repetitions of one step as one.
    #[serde(default)]
    collapse: bool,
    /// Whether to measure the times between; without, it is faster.
    #[serde(default = "super::yes")]
    waits: bool,
    /// Leave out edges that occur less often.
    #[serde(default)]
    min_count: u64,
}

impl Kind for Follows {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "follows"
    }
    fn about(&self) -> &'static str {
        "The journey graph: which event, touchpoint or channel came directly (or eventually) after which, how often, for how many, and after how long."
    }
    fn example(&self) -> Value {
        json!({"unit": "session"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let names = asked.codes(question.of)?;
        Ok(Plan { names, unit: asked.unit.plural().to_owned(), question })
    }
}

/// A question for a graph, understood.
pub(super) struct Plan {
    question: Question,
    names: Arc<Names>,
    unit: String,
}

/// What is counted of a graph.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tally {
    sequences: u64,
    nodes: Vec<Seen>,
    /// Apart from the times, so that the counts stay small enough to be near.
    edges: Grid<Follow>,
    waits: Grid<Waits>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Seen {
    count: u64,
    sequences: u64,
    starts: u64,
    ends: u64,
    /// The last sequence that it was seen in.
    #[serde(skip)]
    last: u64,
}

/// What is known of one edge.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Follow {
    count: u64,
    sequences: u64,
    #[serde(skip)]
    last: u64,
}

/// The times of one edge.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Waits {
    mean: Moments,
    all: Quantiles,
}

/// Which of a graph's counts is meant: of the sequences that have this, or begin or end with it, or go from it to that.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Place {
    /// Those that have it.
    Node(String),
    /// Those that begin with it.
    Start(String),
    /// Those that end with it.
    End(String),
    /// Those that go from the one to the other.
    Edge(String, String),
}

/// Memory that is used again for every sequence.
#[derive(Default)]
pub(super) struct Scratch {
    coded: Coded,
    eventually: EventuallyFollows,
    neighbours: Neighbours,
}

impl Plan {
    fn edge(&self, tally: &mut Tally, from: u32, to: u32, sequence: u64, wait: i64) {
        let edge = tally.edges.at(from, to);
        edge.count += 1;
        edge.sequences += u64::from(edge.last != sequence);
        edge.last = sequence;
        if self.question.waits {
            let waits = tally.waits.at(from, to);
            waits.mean.add(wait);
            waits.all.add(wait);
        }
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Scratch;
    type Place = Place;

    fn tally(&self) -> Tally {
        let nodes = vec![Seen::default(); self.names.list().len()];
        let waits = if self.question.waits { Grid::new(self.names.list().len()) } else { Grid::sparse() };
        Tally { sequences: 0, nodes, edges: Grid::new(self.names.list().len()), waits }
    }
    fn alone(&self) -> Tally {
        Tally { sequences: 0, nodes: vec![Seen::default(); self.names.list().len()], edges: Grid::sparse(), waits: Grid::sparse() }
    }
    fn scratch(&self) -> Scratch {
        Scratch::default()
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, Scratch { coded, eventually, .. }: &mut Scratch) {
        let sequence = tally.sequences + 1;
        let (times, codes) = coded.of(run);
        let mut last: Option<(u32, i64)> = None;
        for (code, time) in codes.iter().zip(times) {
            if self.question.collapse && last.is_some_and(|(before, _)| before == *code) {
                continue;
            }
            let node = &mut tally.nodes[*code as usize];
            node.count += 1;
            node.sequences += u64::from(node.last != sequence);
            node.last = sequence;
            match last {
                None => node.starts += 1,
                Some((before, since)) if !self.question.eventually => self.edge(tally, before, *code, sequence, time - since),
                Some(_) => {}
            }
            last = Some((*code, *time));
        }
        let Some((code, _)) = last else { return };
        tally.sequences = sequence;
        tally.nodes[code as usize].ends += 1;
        if self.question.eventually {
            for (from, to, wait) in eventually.pairs(times, codes) {
                self.edge(tally, from, to, sequence, wait);
            }
        }
    }

    fn take_stretch(&self, stretch: &Stretch<'_>, tally: &mut Tally, Scratch { neighbours, .. }: &mut Scratch) -> bool {
        let Question { waits, collapse, eventually, .. } = self.question;
        // Only where nothing but neighbours counts.
        if waits || collapse || eventually || stretch.meaning.len() > NEIGHBOURS_MAX {
            return false;
        }
        neighbours.count(stretch.names, stretch.ends);
        let (codes, pairs) = neighbours.take();
        let meaning = |code: u8| stretch.meaning[usize::from(code)];
        for (code, seen) in codes {
            let node = &mut tally.nodes[meaning(code) as usize];
            node.count += seen.count;
            node.sequences += seen.runs;
            node.starts += seen.starts;
            node.ends += seen.ends;
            tally.sequences += seen.starts;
        }
        for (from, to, count, sequences) in pairs {
            let edge = tally.edges.at(meaning(from), meaning(to));
            edge.count += count;
            edge.sequences += sequences;
        }
        true
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.sequences
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let name = |code: u32| self.names.list().get(code as usize).cloned().unwrap_or_default();
        let mut nodes: Vec<(u32, Node)> = (0u32..)
            .zip(&tally.nodes)
            .filter(|(_, seen)| seen.count > 0)
            .map(|(code, seen)| {
                (code, Node { name: name(code), count: seen.count, sequences: seen.sequences, starts: seen.starts, ends: seen.ends })
            })
            .collect();
        nodes.sort_by(|(_, a), (_, b)| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        let place: HashMap<u32, usize> = nodes.iter().enumerate().map(|(place, (code, _))| (*code, place)).collect();
        let mut edges: Vec<Edge> = tally
            .edges
            .cells()
            .filter(|(_, edge)| edge.count > 0 && edge.count >= self.question.min_count)
            .map(|((from, to), edge)| Edge {
                from: place[&from],
                to: place[&to],
                count: edge.count,
                sequences: edge.sequences,
                mean_seconds: tally.waits.get(from, to).and_then(|waits| waits.mean.mean()).map(|micros| micros / 1e6),
                median_seconds: tally.waits.get(from, to).and_then(|waits| waits.all.median()).map(|micros| micros / 1e6),
            })
            .collect();
        edges.sort_by_key(|edge| (std::cmp::Reverse(edge.count), edge.from, edge.to));
        let graph = Graph { nodes: nodes.into_iter().map(|(_, node)| node).collect(), edges, sequences: tally.sequences };
        let caption = match graph.edges.first() {
            None => format!("Nothing follows anything in {} {}.", count(graph.sequences), self.unit),
            Some(edge) => format!(
                "In {} {}, {} is most often followed by {} ({} times).",
                count(graph.sequences),
                self.unit,
                graph.nodes[edge.from].name,
                graph.nodes[edge.to].name,
                count(edge.count)
            ),
        };
        Told::new(caption, View::Graph(graph))
    }

    fn semantics(&self) -> String {
        if self.question.eventually {
            "Every pair counts once per sequence in which the one comes at some time before the other; waits run from the first of the one to the first of the other after it.".to_owned()
        } else {
            "Every pair of neighbouring events of one sequence counts once; waits run from one event to the next.".to_owned()
        }
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let code = |name: &String| self.names.code(name);
        let node = |name: &String| code(name).and_then(|code| tally.nodes.get(code as usize));
        match place {
            Place::Node(name) => node(name).map_or(0, |node| node.sequences),
            Place::Start(name) => node(name).map_or(0, |node| node.starts),
            Place::End(name) => node(name).map_or(0, |node| node.ends),
            Place::Edge(from, to) => {
                code(from).zip(code(to)).and_then(|(from, to)| tally.edges.get(from, to)).map_or(0, |edge| edge.sequences)
            }
        }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let nodes =
            self.names.list().iter().flat_map(|name| [Place::Node(name.clone()), Place::Start(name.clone()), Place::End(name.clone())]);
        let name = |code: u32| self.names.list()[code as usize].clone();
        let edges = tally.edges.cells().filter(|(_, edge)| edge.count > 0).map(|((from, to), _)| Place::Edge(name(from), name(to)));
        let mut places: Vec<Place> = nodes.chain(edges).collect();
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.sequences += other.sequences;
        for (mine, theirs) in self.nodes.iter_mut().zip(other.nodes) {
            mine.count += theirs.count;
            mine.sequences += theirs.sequences;
            mine.starts += theirs.starts;
            mine.ends += theirs.ends;
        }
        self.edges.merge(other.edges, |mine, theirs| {
            mine.count += theirs.count;
            mine.sequences += theirs.sequences;
        });
        self.waits.merge(other.waits, |mine, theirs| {
            mine.mean.merge(&theirs.mean);
            mine.all.merge(&theirs.all);
        });
    }

    fn weight(&self) -> u64 {
        // An edge's waits are a few kilobytes once it is frequent.
        (self.edges.len() * 32 + self.waits.len() * 1_024) as u64
    }
}
