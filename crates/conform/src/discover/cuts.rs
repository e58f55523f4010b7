//! Where the graph of followers falls apart.

use super::follows::Follows;

/// Groups of activities by their numbers; every activity of the part is in exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// A sequence keeps to one group.
    Xor(Vec<Vec<u32>>),
    /// The groups follow each other.
    Sequence(Vec<Vec<u32>>),
    /// The groups happen at the same time.
    Parallel(Vec<Vec<u32>>),
    /// The first group, and again after any of the others.
    Loop(Vec<Vec<u32>>),
}

/// The first cut there is, in the order of the inductive miner.
pub fn find(graph: &Follows) -> Option<Cut> {
    if graph.len() < 2 {
        return None;
    }
    let named = |groups: Vec<Vec<usize>>| -> Option<Vec<Vec<u32>>> {
        (groups.len() > 1).then(|| groups.iter().map(|group| group.iter().map(|place| graph.activities[*place]).collect()).collect())
    };
    named(exclusive(graph))
        .map(Cut::Xor)
        .or_else(|| named(sequence(graph)).map(Cut::Sequence))
        .or_else(|| named(parallel(graph)).map(Cut::Parallel))
        .or_else(|| named(repeated(graph)).map(Cut::Loop))
}

/// Groups that are put together bit by bit.
struct Groups {
    of: Vec<usize>,
}

impl Groups {
    fn new(n: usize) -> Groups {
        Groups { of: (0..n).collect() }
    }

    fn root(&mut self, mut place: usize) -> usize {
        while self.of[place] != place {
            self.of[place] = self.of[self.of[place]];
            place = self.of[place];
        }
        place
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.of[a.max(b)] = a.min(b);
    }

    /// The groups, each in order, by their first member.
    fn list(&mut self) -> Vec<Vec<usize>> {
        let n = self.of.len();
        let mut groups: Vec<Vec<usize>> = vec![Vec::new(); n];
        for place in 0..n {
            let root = self.root(place);
            groups[root].push(place);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }
}

/// Parts without any step between them.
fn exclusive(graph: &Follows) -> Vec<Vec<usize>> {
    let n = graph.len();
    let mut groups = Groups::new(n);
    for (a, b) in pairs(n) {
        if graph.follows(a, b) || graph.follows(b, a) {
            groups.join(a, b);
        }
    }
    groups.list()
}

/// Parts of which the later can be reached from the earlier and never the other way round.
fn sequence(graph: &Follows) -> Vec<Vec<usize>> {
    let n = graph.len();
    let reach = graph.reachable();
    let mut groups = Groups::new(n);
    for (a, b) in pairs(n) {
        if reach[a * n + b] == reach[b * n + a] {
            groups.join(a, b);
        }
    }
    // What was put together may no longer lie wholly before or behind the others.
    loop {
        let mut list = groups.list();
        let before = |a: &[usize], b: &[usize]| a.iter().all(|from| b.iter().all(|to| reach[from * n + to] && !reach[to * n + from]));
        let tangled = pairs(list.len()).find(|(a, b)| !before(&list[*a], &list[*b]) && !before(&list[*b], &list[*a]));
        match tangled {
            Some((a, b)) => groups.join(list[a][0], list[b][0]),
            None => {
                list.sort_by(|a, b| if before(a, b) { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater });
                return list;
            }
        }
    }
}

/// Parts of which each follows each, and each can begin and end.
fn parallel(graph: &Follows) -> Vec<Vec<usize>> {
    let n = graph.len();
    let mut groups = Groups::new(n);
    for (a, b) in pairs(n) {
        if !(graph.follows(a, b) && graph.follows(b, a)) {
            groups.join(a, b);
        }
    }
    let mut list = groups.list();
    list.sort_by_key(|group| std::cmp::Reverse(group.len()));
    // A part that cannot begin or end belongs to one that can, or to the next that cannot either.
    let whole = |group: &[usize]| group.iter().any(|p| graph.starts[*p] > 0) && group.iter().any(|p| graph.ends[*p] > 0);
    let (mut result, rest): (Vec<_>, Vec<_>) = list.into_iter().partition(|group| whole(group));
    match result.last_mut() {
        Some(last) => last.extend(rest.into_iter().flatten()),
        None => return Vec::new(),
    }
    result
}

/// A body with all beginnings and ends, and parts that lead from all of its ends to all of its beginnings.
fn repeated(graph: &Follows) -> Vec<Vec<usize>> {
    let n = graph.len();
    let (starts, ends): (Vec<bool>, Vec<bool>) = (0..n).map(|p| (graph.starts[p] > 0, graph.ends[p] > 0)).unzip();
    let outer: Vec<usize> = (0..n).filter(|place| !starts[*place] && !ends[*place]).collect();
    let mut groups = Groups::new(n);
    for (number, a) in outer.iter().enumerate() {
        for b in &outer[..number] {
            if graph.follows(*a, *b) || graph.follows(*b, *a) {
                groups.join(*a, *b);
            }
        }
    }
    let inner: Vec<usize> = (0..n).filter(|place| starts[*place] || ends[*place]).collect();
    let mut body = inner.clone();
    let mut again = Vec::new();
    for group in groups.list().into_iter().filter(|group| outer.contains(&group[0])) {
        // One comes in only from ends, from all of them; and out only to beginnings, to all of them.
        let whole = group.iter().all(|place| {
            let from: Vec<usize> = inner.iter().copied().filter(|other| graph.follows(*other, *place)).collect();
            let to: Vec<usize> = inner.iter().copied().filter(|other| graph.follows(*place, *other)).collect();
            let all = |list: &[usize], should: &[bool]| {
                list.is_empty() || (list.iter().all(|p| should[*p]) && inner.iter().all(|p| !should[*p] || list.contains(p)))
            };
            all(&from, &ends) && all(&to, &starts)
        });
        if whole { again.push(group) } else { body.extend(group) }
    }
    if again.is_empty() || body.is_empty() {
        return Vec::new();
    }
    body.sort_unstable();
    let mut result = vec![body];
    result.extend(again);
    result
}

fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |b| (0..b).map(move |a| (a, b)))
}
