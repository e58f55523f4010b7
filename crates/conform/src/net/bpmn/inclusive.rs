//! Which inclusive gateway joins what another one split.
//!
//! A join waits for every branch that may still arrive, which depends on the whole process. Where a split and a join enclose their
//! branches it depends on what was split only, and only that is understood.

use std::collections::HashMap;

use super::{Flow, Kind};
use crate::Error;
use crate::log::at_most;

/// At most so many inclusive gateways in a process, because each is held against each.
const GATEWAYS_MAX: usize = 50;
/// At most so many branches of one: the net has an arc from each to each.
const BRANCHES_MAX: usize = 50;

/// What a split's partner joins.
pub struct Branches {
    /// By branch, in the order of the split's outgoing flows: the flows by which it arrives at the join.
    pub arriving: Vec<Vec<usize>>,
    /// The flows that leave the join.
    pub leaving: Vec<usize>,
}

/// For each inclusive gateway that splits, its partner.
pub fn partners(flow: &Flow<'_>) -> Result<HashMap<usize, Branches>, Error> {
    let gateways: Vec<usize> = (0..flow.nodes.len()).filter(|n| flow.nodes[*n].kind == Kind::Inclusive).collect();
    at_most("inclusive gateways", gateways.len(), GATEWAYS_MAX)?;
    let mut partners = HashMap::new();
    let mut joined = Vec::new();
    for split in &gateways {
        let node = &flow.nodes[*split];
        let outgoing = node.outgoing.len();
        if outgoing < 2 {
            continue;
        }
        at_most("branches of an inclusive gateway", outgoing, BRANCHES_MAX)?;
        if node.incoming.len() > 1 {
            return Err(Error::Unsupported(format!("{} both joins and splits; draw two gateways", node.told())));
        }
        let found = gateways.iter().find_map(|join| Some((*join, enclosed(flow, *split, *join)?)));
        let Some((join, branches)) = found else {
            return Err(Error::Unsupported(format!(
                "{} splits into branches that no inclusive gateway joins again; draw one behind them, or use exclusive or parallel gateways",
                node.told()
            )));
        };
        joined.push(join);
        partners.insert(*split, branches);
    }
    let alone = gateways.iter().find(|gateway| flow.nodes[**gateway].incoming.len() > 1 && !joined.contains(gateway));
    match alone {
        Some(gateway) => Err(Error::Unsupported(format!(
            "{} joins branches that no inclusive gateway split; use an exclusive or a parallel gateway",
            flow.nodes[*gateway].told()
        ))),
        None => Ok(partners),
    }
}

/// The branches between two gateways, if they are apart, all of them arrive, and nothing leads into them or out of them.
fn enclosed(flow: &Flow<'_>, split: usize, join: usize) -> Option<Branches> {
    if split == join || flow.nodes[join].incoming.len() < 2 || flow.nodes[join].outgoing.len() > 1 {
        return None;
    }
    // To which branch a node belongs.
    let mut owner: Vec<Option<usize>> = vec![None; flow.nodes.len()];
    let mut arriving = Vec::new();
    for (branch, first) in flow.nodes[split].outgoing.iter().enumerate() {
        let mut arrived = Vec::new();
        let mut open = vec![*first];
        while let Some(at) = open.pop() {
            let to = flow.flows[at].1;
            if to == join {
                arrived.push(at);
                continue;
            }
            if to == split || flow.nodes[to].outgoing.is_empty() {
                return None;
            }
            match owner[to] {
                Some(other) if other != branch => return None,
                Some(_) => {}
                None => {
                    owner[to] = Some(branch);
                    open.extend(&flow.nodes[to].outgoing);
                }
            }
        }
        if arrived.is_empty() {
            return None;
        }
        arriving.push(arrived);
    }
    let all_arrive = arriving.iter().map(Vec::len).sum::<usize>() == flow.nodes[join].incoming.len();
    let closed = (0..flow.nodes.len()).filter(|node| owner[*node].is_some()).all(|node| {
        flow.nodes[node].incoming.iter().all(|at| {
            let from = flow.flows[*at].0;
            from == split || owner[from] == owner[node]
        })
    });
    (all_arrive && closed).then(|| Branches { arriving, leaving: flow.nodes[join].outgoing.clone() })
}
