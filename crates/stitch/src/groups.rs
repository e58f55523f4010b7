//! Disjoint groups of nodes that can only grow together (union-find).

use crate::graph::NodeId;

/// Disjoint groups over the nodes `0..n`.
pub struct Groups {
    /// The parent; a root is its own.
    parent: Vec<NodeId>,
    size: Vec<u32>,
}

impl Groups {
    /// Every node by itself.
    pub fn new(nodes: usize) -> Groups {
        Groups { parent: (0..nodes as NodeId).collect(), size: vec![1; nodes] }
    }

    /// The node that stands for the group. Halves the path, so that later look-ups are short.
    pub fn root(&mut self, mut node: NodeId) -> NodeId {
        while self.parent[node as usize] != node {
            let grandparent = self.parent[self.parent[node as usize] as usize];
            self.parent[node as usize] = grandparent;
            node = grandparent;
        }
        node
    }

    /// How many nodes the group of this root has.
    pub fn size(&self, root: NodeId) -> u32 {
        self.size[root as usize]
    }

    /// Joins the groups of two different roots; the larger one's root stays. Returns (kept, absorbed).
    pub fn join(&mut self, a: NodeId, b: NodeId) -> (NodeId, NodeId) {
        let (kept, absorbed) = if self.size(a) >= self.size(b) { (a, b) } else { (b, a) };
        self.parent[absorbed as usize] = kept;
        self.size[kept as usize] += self.size[absorbed as usize];
        (kept, absorbed)
    }

    /// Puts the nodes of whole groups back by themselves.
    pub fn scatter(&mut self, nodes: &[NodeId]) {
        for node in nodes {
            self.parent[*node as usize] = *node;
            self.size[*node as usize] = 1;
        }
    }

    /// All nodes, group by group: `(nodes, ends)`, where a group ends before the place `ends[i]`. Groups come in the order
    /// of their smallest nodes and their nodes in ascending order, however they grew.
    pub fn listed(&mut self) -> (Vec<NodeId>, Vec<u32>) {
        const UNSEEN: u32 = u32::MAX;
        let count = self.parent.len() as NodeId;
        let mut place = vec![UNSEEN; count as usize];
        let mut nodes = vec![0; count as usize];
        let mut ends = Vec::new();
        let mut reserved = 0;
        for node in 0..count {
            let root = self.root(node) as usize;
            if place[root] == UNSEEN {
                place[root] = reserved;
                reserved += self.size[root];
                ends.push(reserved);
            }
            nodes[place[root] as usize] = node;
            place[root] += 1;
        }
        (nodes, ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_grow_and_list_themselves() {
        let mut groups = Groups::new(5);
        groups.join(0, 3);
        let (a, b) = (groups.root(3), groups.root(4));
        groups.join(a, b);
        assert_eq!(groups.root(0), groups.root(4));
        let (nodes, ends) = groups.listed();
        assert_eq!((nodes, ends), (vec![0, 3, 4, 1, 2], vec![3, 4, 5]));
        groups.scatter(&[0, 3, 4]);
        assert_eq!(groups.listed().1, [1, 2, 3, 4, 5]);
    }
}
