//! The evidence: identifiers, the links between them, and vetoes.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use periplus_model::identity::is_blocked;
use periplus_model::{CustomerKey, IdKind};

/// The place of an identifier in its [`Graph`].
pub type NodeId = u32;

/// The time of a link whose source does not say when: it has held always.
pub const ALWAYS: i64 = i64::MIN;

/// Two identifiers that were seen together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    /// One of them.
    pub a: NodeId,
    /// The other.
    pub b: NodeId,
    /// The first time, in microseconds since 1970; [`ALWAYS`] when unknown.
    pub first_seen: i64,
    /// The last time, in microseconds since 1970; [`ALWAYS`] when unknown.
    pub last_seen: i64,
    /// How often.
    pub observations: u64,
    /// Where from: the caller's number of a source (a file, a stream).
    pub source: u32,
}

/// Identifiers and what links or parts them: a set, whatever the order in which it is filled.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    kinds: Vec<IdKind>,
    nodes: Vec<Node>,
    /// All values, one after the other: millions of small strings would cost more in bookkeeping than in text.
    text: String,
    by_key: HashMap<CustomerKey, NodeId, BuildHasherDefault<AlreadyHashed>>,
    links: Vec<Link>,
    by_pair: HashMap<(NodeId, NodeId, u32), u32>,
    vetoes: BTreeSet<(NodeId, NodeId)>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    kind: u16,
    start: usize,
    end: usize,
    key: CustomerKey,
}

/// Evidence that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A blocked value.
    #[error("'{0}' names nobody: leave such values out")]
    Blocked(String),
    /// A [`NodeId`] from elsewhere.
    #[error("there is no identifier number {0} in this graph: add it with `node` first")]
    NoNode(NodeId),
    /// The graph has reached the largest size that node numbers allow.
    #[error("a graph holds at most 2^32 - 1 identifiers and links, and 65,536 kinds: stitch smaller components one at a time")]
    Full,
}

impl Graph {
    /// Nobody yet.
    pub fn new() -> Graph {
        Graph::default()
    }

    /// Adds an identifier; the same identifier always gets the same number.
    ///
    /// # Errors
    /// When the value is blocked or the graph is full.
    pub fn node(&mut self, kind: &IdKind, value: &str) -> Result<NodeId, GraphError> {
        let key = CustomerKey::of(kind.name(), value);
        if let Some(node) = self.by_key.get(&key) {
            return Ok(*node);
        }
        if is_blocked(value) {
            return Err(GraphError::Blocked(value.to_owned()));
        }
        let place = match self.kinds.iter().position(|k| k == kind) {
            Some(place) => place,
            None => {
                self.kinds.push(kind.clone());
                self.kinds.len() - 1
            }
        };
        let kind = u16::try_from(place).map_err(|_| GraphError::Full)?;
        let node = NodeId::try_from(self.nodes.len()).ok().filter(|n| *n < NodeId::MAX).ok_or(GraphError::Full)?;
        let start = self.text.len();
        self.text.push_str(value);
        self.nodes.push(Node { kind, start, end: self.text.len(), key });
        self.by_key.insert(key, node);
        Ok(node)
    }

    /// The number of an identifier, if it is there.
    pub fn find(&self, key: CustomerKey) -> Option<NodeId> {
        self.by_key.get(&key).copied()
    }

    /// Adds a link. A second one between the same two from the same source widens the first: earliest and latest time,
    /// sum of observations.
    ///
    /// # Errors
    /// When an end is not in the graph, or the graph is full.
    pub fn link(&mut self, link: Link) -> Result<(), GraphError> {
        let (a, b) = self.pair(link.a, link.b)?;
        let next = u32::try_from(self.links.len()).ok().filter(|n| *n < u32::MAX).ok_or(GraphError::Full)?;
        let place = *self.by_pair.entry((a, b, link.source)).or_insert(next);
        match self.links.get_mut(place as usize) {
            Some(known) => {
                known.first_seen = known.first_seen.min(link.first_seen);
                known.last_seen = known.last_seen.max(link.last_seen);
                known.observations = known.observations.saturating_add(link.observations);
            }
            None => self.links.push(Link { a, b, ..link }),
        }
        Ok(())
    }

    /// Records that a person said that these two identifiers belong to different persons: they are kept apart whatever
    /// links them, directly or over others.
    ///
    /// # Errors
    /// When one of them is not in the graph.
    pub fn veto(&mut self, a: NodeId, b: NodeId) -> Result<(), GraphError> {
        let pair = self.pair(a, b)?;
        if a != b {
            self.vetoes.insert(pair);
        }
        Ok(())
    }

    /// Takes a veto back.
    pub fn lift_veto(&mut self, a: NodeId, b: NodeId) {
        self.vetoes.remove(&(a.min(b), a.max(b)));
    }

    fn pair(&self, a: NodeId, b: NodeId) -> Result<(NodeId, NodeId), GraphError> {
        match [a, b].into_iter().find(|n| *n as usize >= self.nodes.len()) {
            Some(missing) => Err(GraphError::NoNode(missing)),
            None => Ok((a.min(b), a.max(b))),
        }
    }

    /// How many identifiers there are; their numbers are below it.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The kinds that occur.
    pub fn kinds(&self) -> &[IdKind] {
        &self.kinds
    }

    /// The place of an identifier's kind in [`Graph::kinds`].
    pub fn kind_place(&self, node: NodeId) -> usize {
        usize::from(self.nodes[node as usize].kind)
    }

    /// An identifier's kind.
    pub fn kind(&self, node: NodeId) -> &IdKind {
        &self.kinds[self.kind_place(node)]
    }

    /// An identifier's value.
    pub fn value(&self, node: NodeId) -> &str {
        let node = &self.nodes[node as usize];
        &self.text[node.start..node.end]
    }

    /// The key that an identifier has by itself.
    pub fn key(&self, node: NodeId) -> CustomerKey {
        self.nodes[node as usize].key
    }

    /// The links, each with `a <= b`.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The vetoes, each with the smaller number first, in ascending order.
    pub fn vetoes(&self) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        self.vetoes.iter().copied()
    }
}

/// Customer keys are hashes already; hashing them again would only cost time.
#[derive(Clone, Copy, Debug, Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_i64(&mut self, key: i64) {
        // The table looks at the top bits, and the key's top bit is always zero.
        self.0 = (key as u64).rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_is_a_set() {
        let mut graph = Graph::new();
        let a = graph.node(&IdKind::EMAIL, "ana@example.org").unwrap();
        let b = graph.node(&IdKind::USER, "7").unwrap();
        assert_eq!(graph.node(&IdKind::EMAIL, "ana@example.org").unwrap(), a);
        assert_eq!(graph.find(CustomerKey::of("user_id", "7")), Some(b));
        graph.link(Link { a: b, b: a, first_seen: 5, last_seen: 6, observations: 2, source: 1 }).unwrap();
        graph.link(Link { a, b, first_seen: 3, last_seen: 4, observations: u64::MAX, source: 1 }).unwrap();
        assert_eq!(graph.links(), [Link { a, b, first_seen: 3, last_seen: 6, observations: u64::MAX, source: 1 }]);
        graph.veto(b, a).unwrap();
        graph.veto(a, b).unwrap();
        assert_eq!(graph.vetoes().collect::<Vec<_>>(), [(a, b)]);
        graph.lift_veto(b, a);
        assert_eq!(graph.vetoes().count(), 0);
    }

    #[test]
    fn what_is_no_evidence_is_refused() {
        let mut graph = Graph::new();
        assert_eq!(graph.node(&IdKind::USER, "null"), Err(GraphError::Blocked("null".to_owned())));
        let a = graph.node(&IdKind::USER, "7").unwrap();
        let stray = Link { a, b: 9, first_seen: 0, last_seen: 0, observations: 1, source: 0 };
        assert_eq!(graph.link(stray), Err(GraphError::NoNode(9)));
        assert_eq!(graph.veto(4, a), Err(GraphError::NoNode(4)));
    }
}
