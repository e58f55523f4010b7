//! Paths: which ways are gone from a place, to a place, or between two.

use std::collections::HashMap;

use periplus_kernels::{Finish, PathRules};
use periplus_model::answer::{PathLink, PathNode, View};
use periplus_stats::Quantiles;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::count;
use crate::EngineError;
use crate::kind::{self, Asked, Kind, SequenceOf, Told};
use crate::lens::NONE;
use crate::scan::{Coded, Run, Totals};
use crate::steps::Names;

pub(super) struct Paths;

/// A question for paths.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Events, touchpoints or channels.
    #[serde(default)]
    of: SequenceOf,
    /// Where paths begin: with the first of these (a name may end in `*`); with the first of all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<Names>,
    /// Where paths end: with the first of these (after the start); with the last of all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<Names>,
    /// How many steps are shown: 2 to 20.
    #[serde(default = "five")]
    steps: usize,
    /// Count repetitions of one step as one.
    #[serde(default = "super::yes")]
    collapse: bool,
    /// Names to be taken together, each group under a name of its own: {"help": ["faq*", "contact"]}.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    together: std::collections::BTreeMap<String, Names>,
    /// Names to be left out, as if they had not happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    without: Option<Names>,
    /// How many places are shown per step, the most frequent first; the others are one place.
    #[serde(default = "ten")]
    top: usize,
    /// Leave out links that were gone less often.
    #[serde(default)]
    min_count: u64,
}

fn five() -> usize {
    5
}

fn ten() -> usize {
    10
}

/// What places that are not shown by themselves are called.
const OTHERS: &str = "(others)";
/// What stands for steps that were left out in the middle.
const LEFT_OUT: &str = "…";

impl Kind for Paths {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "paths"
    }
    fn about(&self) -> &'static str {
        "Which ways are gone, step by step, from a place, to a place or between two, and where they end."
    }
    fn example(&self) -> Value {
        json!({"unit": "session", "steps": 5})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        if !(2..=20).contains(&question.steps) {
            return Err(EngineError::Question("paths have 2 to 20 steps".to_owned()));
        }
        let own = asked.codes(question.of)?;
        // A name's code among the names as they are shown.
        let mut names: Vec<String> = Vec::new();
        let mut code_of: HashMap<String, u32> = HashMap::new();
        let mut shown = |name: &str| {
            *code_of.entry(name.to_owned()).or_insert_with(|| {
                names.push(name.to_owned());
                names.len() as u32 - 1
            })
        };
        let codes: Vec<u32> = own
            .list()
            .iter()
            .map(|name| {
                if question.without.as_ref().is_some_and(|without| meets(without, name)) {
                    return NONE;
                }
                let group = question.together.iter().find(|(_, members)| meets(members, name)).map(|(group, _)| group.as_str());
                shown(group.unwrap_or(name))
            })
            .collect();
        let left_out = shown(LEFT_OUT);
        let find = |wanted: &Option<Names>| -> Result<Vec<u32>, EngineError> {
            let Some(wanted) = wanted else { return Ok(Vec::new()) };
            let found: Vec<u32> =
                (0u32..).zip(&names).filter(|(code, name)| *code != left_out && meets(wanted, name)).map(|(code, _)| code).collect();
            if found.is_empty() {
                let word = question.of.word();
                return Err(EngineError::Question(format!("there is no {word} '{}'", wanted.list().join("' or '"))));
            }
            Ok(found)
        };
        let rules = PathRules {
            starts: find(&question.start)?,
            ends: find(&question.end)?,
            steps_max: question.steps,
            collapse: question.collapse,
        };
        Ok(Plan { codes, left_out, kernel: periplus_kernels::Paths::new(rules), names, unit: asked.unit.plural().to_owned(), question })
    }
}

/// Whether a name is one of these, or begins as one of them that ends in `*`.
fn meets(wanted: &Names, name: &str) -> bool {
    wanted.list().iter().any(|wanted| match wanted.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => wanted == name,
    })
}

/// Paths, understood.
pub(super) struct Plan {
    question: Question,
    names: Vec<String>,
    /// For each code of the lens, its code among the names that are shown.
    codes: Vec<u32>,
    left_out: u32,
    kernel: periplus_kernels::Paths,
    unit: String,
}

/// What is counted of paths.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    paths: u64,
    /// By step and code: how many are there, how many of these end there, how many go on unseen.
    nodes: HashMap<(u8, u32), [u64; 3]>,
    /// By step and the two codes.
    links: HashMap<(u8, u32, u32), (u64, Quantiles)>,
}

/// Which of the paths' counts is meant: those at a place, or those who go from there to another, or whose path ends there.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The step, from 1.
    step: u8,
    /// The place at this step.
    at: String,
    /// The place at the next step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Those whose path ends there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ends: bool,
}

/// Memory that is used again for every customer.
pub(super) struct Scratch {
    coded: Coded,
    codes: Vec<u32>,
    times: Vec<i64>,
    kernel: periplus_kernels::Paths,
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Scratch;
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally::default()
    }
    fn scratch(&self) -> Scratch {
        Scratch { coded: Coded::default(), codes: Vec::new(), times: Vec::new(), kernel: self.kernel.clone() }
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, scratch: &mut Scratch) {
        let Scratch { coded, codes, times, kernel } = scratch;
        let (all_times, all_codes) = coded.of(run);
        codes.clear();
        times.clear();
        for (time, code) in all_times.iter().zip(all_codes) {
            let shown = self.codes[*code as usize];
            if shown != NONE {
                codes.push(shown);
                times.push(*time);
            }
        }
        let Some(path) = kernel.path(times, codes) else { return };
        tally.paths += 1;
        // Paths to somewhere end in the last column, all others begin in the first.
        let to_somewhere = self.question.end.is_some() && self.question.start.is_none();
        let marks = usize::from(path.left_out > 0 && path.left_out_at > 0);
        let mut step = if to_somewhere { self.question.steps.saturating_sub(path.steps.len()) } else { 0 };
        let mut before: Option<(u32, i64)> = None;
        let mut go = |code: u32, time: i64, tally: &mut Tally| {
            let node = tally.nodes.entry((step as u8, code)).or_default();
            node[0] += 1;
            if let Some((from, since)) = before {
                let link = tally.links.entry((step as u8 - 1, from, code)).or_default();
                link.0 += 1;
                link.1.add(time - since);
            }
            before = Some((code, time));
            step += 1;
        };
        for (place, (code, time)) in path.steps.iter().enumerate() {
            if marks > 0 && place == path.left_out_at {
                go(self.left_out, *time, tally);
            }
            go(*code, *time, tally);
        }
        if let Some((code, _)) = before
            && let Some(node) = tally.nodes.get_mut(&(step as u8 - 1, code))
        {
            match path.finish {
                Finish::Ended => node[1] += 1,
                Finish::GoesOn => node[2] += 1,
                Finish::Target => {}
            }
        }
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.paths
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let steps = tally.nodes.keys().map(|(step, _)| *step as usize + 1).max().unwrap_or(0);
        // Which code stands under which node: rare places of a step are one place together.
        let mut nodes: Vec<PathNode> = Vec::new();
        let mut node_of: HashMap<(u8, u32), usize> = HashMap::new();
        for step in 0..steps {
            let mut here: Vec<(u32, [u64; 3])> =
                tally.nodes.iter().filter(|((at, _), _)| *at as usize == step).map(|((_, code), counts)| (*code, *counts)).collect();
            here.sort_by(|a, b| b.1[0].cmp(&a.1[0]).then_with(|| self.names[a.0 as usize].cmp(&self.names[b.0 as usize])));
            let alone = if here.len() > self.question.top + 1 { self.question.top } else { here.len() };
            for (rank, (code, [count, ends, beyond])) in here.into_iter().enumerate() {
                if rank <= alone {
                    let name = if rank < alone { self.names[code as usize].clone() } else { OTHERS.to_owned() };
                    nodes.push(PathNode { step, name, count: 0, ends: 0, beyond: 0 });
                }
                let place = nodes.len() - 1;
                let node = &mut nodes[place];
                (node.count, node.ends, node.beyond) = (node.count + count, node.ends + ends, node.beyond + beyond);
                node_of.insert((step as u8, code), place);
            }
        }
        let mut links: HashMap<(usize, usize), (u64, Quantiles)> = HashMap::new();
        for ((step, from, to), (times, waits)) in &tally.links {
            let link = links.entry((node_of[&(*step, *from)], node_of[&(step + 1, *to)])).or_default();
            link.0 += times;
            link.1.merge(waits);
        }
        let mut shown: Vec<PathLink> = Vec::new();
        for ((from, to), (times, waits)) in links {
            if times < self.question.min_count {
                nodes[from].beyond += times;
                continue;
            }
            shown.push(PathLink { from, to, count: times, median_seconds: waits.median().unwrap_or(0.0) / 1e6 });
        }
        shown.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| (a.from, a.to).cmp(&(b.from, b.to))));
        let caption = match shown.first() {
            _ if tally.paths == 0 => "Nobody went such a way.".to_owned(),
            None => format!("{} paths of one step.", count(tally.paths)),
            Some(link) => format!(
                "Of {} paths of {}, most go from {} to {} ({}).",
                count(tally.paths),
                self.unit,
                nodes[link.from].name,
                nodes[link.to].name,
                count(link.count)
            ),
        };
        Told::new(caption, View::Paths(periplus_model::answer::Paths { nodes, links: shown, paths: tally.paths, steps }))
    }

    fn semantics(&self) -> String {
        let from = match (&self.question.start, &self.question.end) {
            (None, None) => "A path begins with the first event",
            (Some(_), None) => "A path begins with the first event of the start",
            (None, Some(_)) => "A path ends with the first event of the end, and its last steps are shown",
            (Some(_), Some(_)) => "A path goes from the first event of the start to the first event of the end after it",
        };
        let repeats = if self.question.collapse { "; repetitions are one step" } else { "" };
        format!("{from}; each of the {} has one{repeats}; at most {} steps are shown.", self.unit, self.question.steps)
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let Some(step) = place.step.checked_sub(1) else { return 0 };
        let code = |name: &String| self.names.iter().position(|known| known == name).map(|code| code as u32);
        let Some(at) = code(&place.at) else { return 0 };
        match (&place.to, place.ends) {
            (Some(to), _) => code(to).and_then(|to| tally.links.get(&(step, at, to))).map_or(0, |link| link.0),
            (None, ends) => tally.nodes.get(&(step, at)).map_or(0, |counts| counts[usize::from(ends)]),
        }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let name = |code: u32| self.names[code as usize].clone();
        let nodes =
            tally.nodes.keys().flat_map(|(step, code)| [false, true].map(|ends| Place { step: step + 1, at: name(*code), to: None, ends }));
        let links = tally.links.keys().map(|(step, from, to)| Place { step: step + 1, at: name(*from), to: Some(name(*to)), ends: false });
        let mut places: Vec<Place> = nodes.chain(links).collect();
        places.retain(|place| self.count(tally, place) > 0);
        places.sort_by(|a, b| (a.step, &a.at, &a.to, a.ends).cmp(&(b.step, &b.at, &b.to, b.ends)));
        places
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.paths += other.paths;
        for (place, counts) in other.nodes {
            self.nodes.entry(place).or_default().iter_mut().zip(counts).for_each(|(mine, theirs)| *mine += theirs);
        }
        for (link, (times, waits)) in other.links {
            let mine = self.links.entry(link).or_default();
            mine.0 += times;
            mine.1.merge(&waits);
        }
    }

    fn weight(&self) -> u64 {
        self.nodes.len() as u64 * 64 + self.links.len() as u64 * 512
    }
}
