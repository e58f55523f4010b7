//! From links to customers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use periplus_model::CustomerKey;
use serde::{Deserialize, Serialize};

use crate::graph::{ALWAYS, Graph, Link, NodeId};
use crate::groups::Groups;
use crate::rules::Rules;

/// Whose an identifier's events are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The customer.
    pub customer: CustomerKey,
    /// Only events at or after this time (microseconds since 1970) are the customer's; earlier ones stay with the
    /// identifier's own key. `None`: all of them are.
    pub since: Option<i64>,
}

/// One customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The strongest identifier, and of several equally strong ones the smallest: the customer is named after it.
    pub canonical: NodeId,
    /// Its key, which is the customer's.
    pub key: CustomerKey,
    start: u32,
    end: u32,
}

/// What became of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both ends are this customer.
    Joined {
        /// The customer.
        into: CustomerKey,
    },
    /// It would have broken a limit, so its ends are different customers.
    Refused(Why),
    /// It would have joined two identifiers that a person said to keep apart, so its ends are different customers.
    Vetoed,
}

/// The limit that a link would have broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Too many identifiers of one kind in one customer.
    Kind {
        /// The kind's place in [`Graph::kinds`].
        place: usize,
        /// How many are allowed.
        max: u32,
    },
    /// Too many identifiers of all kinds.
    Total {
        /// How many are allowed.
        max: u32,
    },
}

/// The customers that a graph's links make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// For every node of the graph, whose it is.
    pub assignments: Vec<Assignment>,
    /// The customers, in the order of their smallest nodes.
    pub customers: Vec<Customer>,
    /// For every link of the graph, what became of it.
    pub outcomes: Vec<Outcome>,
    members: Vec<NodeId>,
}

impl Resolution {
    /// A customer's identifiers, strongest first.
    pub fn members(&self, customer: &Customer) -> &[NodeId] {
        &self.members[customer.start as usize..customer.end as usize]
    }
}

/// Gives every identifier of a graph its customer.
///
/// Links are weighed one by one in canonical order: by the weaker of the two kinds they link, then the stronger one, both
/// from the strongest kind down; then by first sight, then by the identifiers' values. A link makes its two ends one
/// customer unless that would break a limit of `rules` or a veto. So the strongest and oldest evidence comes first: two logins
/// that share a device stay two customers, and the device belongs to the login that was linked with it earlier. Since
/// customers only grow on the way, a link that was refused once could never be accepted later, and the ends of refused
/// links are always different customers.
///
/// An anonymous identifier (see [`Rules::anonymous`]) of a customer with a stronger one counts from the time at which
/// links first connected it with a stronger identifier, over other anonymous ones if need be, less the look-back.
///
/// Needs time proportional to nodes and links, and sorts only the links of components in which a limit or a veto is at stake.
pub fn resolve(rules: &Rules, graph: &Graph) -> Resolution {
    let kinds = Kinds::new(rules, graph);
    let mut groups = Groups::new(graph.len());
    for link in graph.links() {
        unite(&mut groups, link);
    }
    let contested = Contested::find(&kinds, graph, &mut groups);
    let mut outcomes = vec![Outcome::Joined { into: CustomerKey(0) }; graph.links().len()];
    contested.settle(&kinds, graph, &mut groups, &mut outcomes);

    let (mut members, ends) = groups.listed();
    let mut assignments = vec![Assignment { customer: CustomerKey(0), since: None }; graph.len()];
    let mut customers = Vec::with_capacity(ends.len());
    let mut start = 0;
    for end in ends {
        let own = &mut members[start as usize..end as usize];
        own.sort_unstable_by(|a, b| kinds.rank(graph, *a).cmp(&kinds.rank(graph, *b)).then_with(|| graph.value(*a).cmp(graph.value(*b))));
        let customer = Customer { canonical: own[0], key: graph.key(own[0]), start, end };
        for node in own {
            assignments[*node as usize].customer = customer.key;
        }
        customers.push(customer);
        start = end;
    }
    for (link, outcome) in graph.links().iter().zip(&mut outcomes) {
        if let Outcome::Joined { into } = outcome {
            *into = assignments[link.a as usize].customer;
        }
    }
    if let Some(look_back) = rules.look_back {
        for (assignment, joined) in assignments.iter_mut().zip(joined_at(&kinds, graph, &outcomes)) {
            assignment.since = joined.map(|time| time.saturating_sub(look_back.0)).filter(|since| *since != ALWAYS);
        }
    }
    Resolution { assignments, customers, outcomes, members }
}

fn unite(groups: &mut Groups, link: &Link) {
    let (a, b) = (groups.root(link.a), groups.root(link.b));
    if a != b {
        groups.join(a, b);
    }
}

/// What the rules say about each kind of a graph.
pub(crate) struct Kinds {
    /// Rank by place; 0 is the strongest. No two kinds have the same.
    ranks: Vec<u16>,
    /// Place by rank.
    places: Vec<usize>,
    /// Limit by rank.
    limits: Vec<u32>,
    /// By place.
    anonymous: Vec<bool>,
    limit_total: u32,
}

impl Kinds {
    pub(crate) fn new(rules: &Rules, graph: &Graph) -> Kinds {
        let kinds = graph.kinds();
        let mut places: Vec<usize> = (0..kinds.len()).collect();
        places.sort_by_key(|place| rules.strength(&kinds[*place]));
        let mut ranks = vec![0; kinds.len()];
        for (rank, place) in places.iter().enumerate() {
            ranks[*place] = rank as u16;
        }
        let limits = places.iter().map(|place| rules.limit(&kinds[*place])).collect();
        let anonymous = kinds.iter().map(|kind| rules.is_anonymous(kind)).collect();
        Kinds { ranks, places, limits, anonymous, limit_total: rules.limit_total }
    }

    fn rank(&self, graph: &Graph, node: NodeId) -> u16 {
        self.ranks[graph.kind_place(node)]
    }

    fn is_anonymous(&self, graph: &Graph, node: NodeId) -> bool {
        self.anonymous[graph.kind_place(node)]
    }

    /// The limit that so many identifiers of each kind break, the strongest kind's first.
    fn broken(&self, counts: &[(u16, u32)]) -> Option<Why> {
        let kind = counts.iter().find(|(rank, count)| *count > self.limits[usize::from(*rank)]);
        if let Some((rank, _)) = kind {
            let rank = usize::from(*rank);
            return Some(Why::Kind { place: self.places[rank], max: self.limits[rank] });
        }
        let total: u64 = counts.iter().map(|(_, count)| u64::from(*count)).sum();
        (total > u64::from(self.limit_total)).then_some(Why::Total { max: self.limit_total })
    }

    /// Link ends in canonical order: the stronger one first.
    fn ordered(&self, graph: &Graph, link: &Link) -> (NodeId, NodeId) {
        let sorts = |node| (self.rank(graph, node), graph.value(node));
        if sorts(link.a) <= sorts(link.b) { (link.a, link.b) } else { (link.b, link.a) }
    }

    /// Puts links into canonical order.
    pub(crate) fn sort(&self, graph: &Graph, links: &mut Vec<u32>) {
        let keyed = links.drain(..).map(|place| {
            let link = &graph.links()[place as usize];
            let (stronger, weaker) = self.ordered(graph, link);
            ((self.rank(graph, weaker), self.rank(graph, stronger), link.first_seen), stronger, weaker, place)
        });
        let mut keyed: Vec<_> = keyed.collect();
        keyed.sort_unstable_by(|a, b| {
            let values = |node: NodeId, other: NodeId| graph.value(node).cmp(graph.value(other));
            let source = |place: u32| graph.links()[place as usize].source;
            a.0.cmp(&b.0).then_with(|| values(a.1, b.1)).then_with(|| values(a.2, b.2)).then_with(|| source(a.3).cmp(&source(b.3)))
        });
        links.extend(keyed.into_iter().map(|(.., place)| place));
    }
}

/// The components in which not every link can be accepted. All others are customers as they are.
struct Contested {
    /// For each node its place in `clusters`, or `UNCONTESTED`.
    slots: Vec<u32>,
    /// For each contested node, what a customer of this one identifier would have.
    clusters: Vec<Cluster>,
}

const UNCONTESTED: u32 = u32::MAX;

/// What a growing customer has.
#[derive(Default)]
struct Cluster {
    /// How many identifiers of each kind, by rank, strongest first.
    counts: Vec<(u16, u32)>,
    /// Nodes that must stay out.
    apart: Vec<NodeId>,
}

impl Contested {
    /// Finds the contested components and takes them apart again.
    fn find(kinds: &Kinds, graph: &Graph, groups: &mut Groups) -> Contested {
        let mut parted: Vec<NodeId> = graph
            .vetoes()
            .filter_map(|(a, b)| {
                let root = groups.root(a);
                (root == groups.root(b)).then_some(root)
            })
            .collect();
        parted.sort_unstable();
        let mut contested = Contested { slots: vec![UNCONTESTED; graph.len()], clusters: Vec::new() };
        let mut counts = vec![0u32; graph.kinds().len()];
        let (nodes, ends) = groups.listed();
        let mut start = 0;
        for end in ends {
            let component = &nodes[start..end as usize];
            start = end as usize;
            if component.len() == 1 {
                continue;
            }
            for node in component {
                counts[usize::from(kinds.rank(graph, *node))] += 1;
            }
            let counted: Vec<(u16, u32)> = (0u16..).zip(counts.iter().copied()).filter(|(_, count)| *count > 0).collect();
            counts.fill(0);
            if kinds.broken(&counted).is_some() || parted.binary_search(&groups.root(component[0])).is_ok() {
                groups.scatter(component);
                for node in component {
                    contested.slots[*node as usize] = contested.clusters.len() as u32;
                    contested.clusters.push(Cluster { counts: vec![(kinds.rank(graph, *node), 1)], apart: Vec::new() });
                }
            }
        }
        for (a, b) in graph.vetoes() {
            for (node, other) in [(a, b), (b, a)] {
                if let Some(cluster) = contested.clusters.get_mut(contested.slots[node as usize] as usize) {
                    cluster.apart.push(other);
                }
            }
        }
        contested
    }

    /// Joins what may be joined, and notes what became of the other links.
    fn settle(mut self, kinds: &Kinds, graph: &Graph, groups: &mut Groups, outcomes: &mut [Outcome]) {
        let mut places: Vec<u32> =
            (0u32..).zip(graph.links()).filter(|(_, link)| self.slots[link.a as usize] != UNCONTESTED).map(|(place, _)| place).collect();
        kinds.sort(graph, &mut places);
        for place in places {
            let link = &graph.links()[place as usize];
            let (a, b) = (groups.root(link.a), groups.root(link.b));
            if a == b {
                continue;
            }
            let (one, other) = (&self.clusters[self.slots[a as usize] as usize], &self.clusters[self.slots[b as usize] as usize]);
            let (shorter, stranger) = if one.apart.len() <= other.apart.len() { (&one.apart, b) } else { (&other.apart, a) };
            if shorter.iter().any(|node| groups.root(*node) == stranger) {
                outcomes[place as usize] = Outcome::Vetoed;
                continue;
            }
            let counts = summed(&one.counts, &other.counts);
            if let Some(why) = kinds.broken(&counts) {
                outcomes[place as usize] = Outcome::Refused(why);
                continue;
            }
            let (kept, absorbed) = groups.join(a, b);
            let gone = std::mem::take(&mut self.clusters[self.slots[absorbed as usize] as usize]);
            let grown = &mut self.clusters[self.slots[kept as usize] as usize];
            grown.counts = counts;
            grown.apart.extend(gone.apart);
        }
    }
}

/// Adds up counts; both lists and the sum ascend by rank.
fn summed(a: &[(u16, u32)], b: &[(u16, u32)]) -> Vec<(u16, u32)> {
    let mut sum = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    loop {
        match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x.0 == y.0 => {
                sum.push((x.0, x.1 + y.1));
                a.next();
                b.next();
            }
            (Some(x), Some(y)) if x.0 < y.0 => sum.extend(a.next()),
            (Some(_), None) => sum.extend(a.next()),
            (_, Some(_)) => sum.extend(b.next()),
            (None, None) => return sum,
        }
    }
}

/// For every anonymous node of a customer with a stronger identifier, when links first connected the two.
fn joined_at(kinds: &Kinds, graph: &Graph, outcomes: &[Outcome]) -> Vec<Option<i64>> {
    let mut earliest: Vec<Option<i64>> = vec![None; graph.len()];
    let mut between: Vec<&Link> = Vec::new();
    for (link, outcome) in graph.links().iter().zip(outcomes) {
        if !matches!(outcome, Outcome::Joined { .. }) {
            continue;
        }
        let anonymous = match (kinds.is_anonymous(graph, link.a), kinds.is_anonymous(graph, link.b)) {
            (false, false) => continue,
            (true, true) => {
                between.push(link);
                continue;
            }
            (true, false) => link.a,
            (false, true) => link.b,
        };
        let known = &mut earliest[anonymous as usize];
        *known = Some(known.map_or(link.first_seen, |time| time.min(link.first_seen)));
    }
    // Over other anonymous ones: the way whose latest link is earliest (Dijkstra's algorithm with max in place of plus).
    // Most of them know their time from a stronger identifier already, so only those that gain by a peer enter the heap.
    let peers = Peers::of(graph.len(), &between);
    let mut gained: BinaryHeap<Reverse<(i64, NodeId)>> = BinaryHeap::new();
    let tell = |earliest: &mut [Option<i64>], gained: &mut BinaryHeap<_>, time: i64, node: NodeId| {
        for (peer, seen) in peers.of_node(node) {
            let through = time.max(*seen);
            let known = &mut earliest[*peer as usize];
            if known.is_none_or(|time| through < time) {
                *known = Some(through);
                gained.push(Reverse((through, *peer)));
            }
        }
    };
    for node in between.iter().flat_map(|link| [link.a, link.b]) {
        if let Some(time) = earliest[node as usize] {
            tell(&mut earliest, &mut gained, time, node);
        }
    }
    while let Some(Reverse((time, node))) = gained.pop() {
        if earliest[node as usize] == Some(time) {
            tell(&mut earliest, &mut gained, time, node);
        }
    }
    earliest
}

/// For each node the others that it is linked with, and since when.
struct Peers {
    /// Where each node's peers begin, and at the end where the last one's end.
    starts: Vec<u32>,
    list: Vec<(NodeId, i64)>,
}

impl Peers {
    fn of(nodes: usize, links: &[&Link]) -> Peers {
        let mut starts = vec![0u32; nodes + 1];
        for node in links.iter().flat_map(|link| [link.a, link.b]) {
            starts[node as usize] += 1;
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        // Filled from each node's end, so that in the end `starts` points to the beginnings.
        let mut list = vec![(0, 0); 2 * links.len()];
        for link in links {
            for (node, peer) in [(link.a, link.b), (link.b, link.a)] {
                let place = &mut starts[node as usize];
                *place -= 1;
                list[*place as usize] = (peer, link.first_seen);
            }
        }
        Peers { starts, list }
    }

    fn of_node(&self, node: NodeId) -> &[(NodeId, i64)] {
        &self.list[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }
}
