//! Groups within groups: from each alone to all together, always the two that are nearest.

use super::{Distances, Error, largest_first};

/// How far groups are from each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Linkage {
    /// The mean distance of their members.
    #[default]
    Average,
    /// By how much the sum of squares grows when they are put together (Ward 1963), as a distance; for Euclidean distances.
    Ward,
}

/// Two groups that were put together. Things are numbered from 0, groups after them in the order of the merges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// The one.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// How far they were from each other. It never falls from merge to merge.
    pub height: f64,
    /// The weight of both.
    pub weight: u64,
}

/// A hierarchy of groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Hierarchy {
    /// From the nearest to the farthest; one less than there are things.
    pub merges: Vec<Merge>,
    weights: Vec<u64>,
}

/// The hierarchy of things, each of which stands for as many equal ones as its weight says (at least 1).
///
/// Made along chains of nearest neighbours, in time that grows with the square of the number (Benzécri 1982; Murtagh 1983); distances of
/// merged groups by the formula of Lance and Williams (1967).
///
/// # Errors
/// Nothing at all, or weights that are 0 or not one for each.
pub fn hierarchy(distances: &Distances, weights: &[u64], linkage: Linkage) -> Result<Hierarchy, Error> {
    let n = distances.things();
    if n == 0 {
        return Err(Error::Empty);
    }
    if weights.len() != n || weights.contains(&0) {
        return Err(Error::Setting("every thing needs a weight of at least 1"));
    }
    let mut work = Work::new(distances, weights, linkage);
    let mut raw: Vec<(usize, usize, f64)> = Vec::with_capacity(n - 1);
    let mut chain: Vec<usize> = Vec::new();
    while raw.len() + 1 < n {
        if chain.is_empty() {
            chain.extend(work.alive.first());
        }
        let Some(tip) = chain.last().copied() else { break };
        let before = chain.len().checked_sub(2).map(|at| chain[at]);
        let nearest = work.nearest(tip, before);
        if Some(nearest) == before {
            chain.truncate(chain.len() - 2);
            raw.push(work.merge(nearest, tip));
        } else {
            chain.push(nearest);
        }
    }
    Ok(Hierarchy { merges: sorted(raw, weights, linkage), weights: weights.to_vec() })
}

struct Work {
    n: usize,
    /// Row after row; for Ward the squares.
    cells: Vec<f32>,
    weights: Vec<f64>,
    /// Those that stand for a group, in order.
    alive: Vec<usize>,
    /// A group is not nearer to another than what it was made of, whatever rounding says.
    heights: Vec<f64>,
    linkage: Linkage,
}

impl Work {
    fn new(distances: &Distances, weights: &[u64], linkage: Linkage) -> Work {
        let n = distances.things();
        let weights: Vec<f64> = weights.iter().map(|weight| *weight as f64).collect();
        let mut cells: Vec<f32> = (0..n).flat_map(|thing| distances.row(thing)).copied().collect();
        if linkage == Linkage::Ward {
            // What two groups of equal things are apart by Ward; of single ones the square itself.
            for (row, a) in cells.chunks_mut(n).zip(&weights) {
                for (cell, b) in row.iter_mut().zip(&weights) {
                    *cell = (2.0 * a * b / (a + b) * f64::from(*cell) * f64::from(*cell)) as f32;
                }
            }
        }
        Work { n, cells, weights, alive: (0..n).collect(), heights: vec![0.0; n], linkage }
    }

    /// The nearest group; of equally near ones the one before in the chain, so that chains end, or else the first.
    fn nearest(&self, of: usize, before: Option<usize>) -> usize {
        let row = &self.cells[of * self.n..][..self.n];
        let (mut best, mut least) = before.map_or((usize::MAX, f32::INFINITY), |before| (before, row[before]));
        for other in &self.alive {
            if row[*other] < least && *other != of {
                (best, least) = (*other, row[*other]);
            }
        }
        // Distances are finite, so there is one; with overflow it is any other.
        if best == usize::MAX { self.alive.iter().copied().find(|other| *other != of).unwrap_or(of) } else { best }
    }

    /// Puts two together; the first stands for both.
    fn merge(&mut self, a: usize, b: usize) -> (usize, usize, f64) {
        let n = self.n;
        let (a, b) = (a.min(b), a.max(b));
        let (of_a, of_b, apart) = (self.weights[a], self.weights[b], self.cells[a * n + b]);
        self.alive.retain(|group| *group != b);
        for other in &self.alive {
            if *other == a {
                continue;
            }
            let (to_a, to_b) = (f64::from(self.cells[a * n + other]), f64::from(self.cells[b * n + other]));
            let cell = match self.linkage {
                Linkage::Average => (of_a * to_a + of_b * to_b) / (of_a + of_b),
                Linkage::Ward => {
                    let own = self.weights[*other];
                    ((of_a + own) * to_a + (of_b + own) * to_b - own * f64::from(apart)) / (of_a + of_b + own)
                }
            };
            let cell = cell.max(0.0) as f32;
            (self.cells[a * n + other], self.cells[other * n + a]) = (cell, cell);
        }
        self.weights[a] += of_b;
        let height = f64::from(apart).max(self.heights[a]).max(self.heights[b]);
        self.heights[a] = height;
        (a, b, height)
    }
}

/// Merges in the order of their heights, with the numbers of groups.
fn sorted(mut raw: Vec<(usize, usize, f64)>, weights: &[u64], linkage: Linkage) -> Vec<Merge> {
    // A stable sort keeps what was merged first before what it became part of.
    raw.sort_by(|one, other| one.2.total_cmp(&other.2));
    let mut number: Vec<u32> = (0..weights.len() as u32).collect();
    let mut weight = weights.to_vec();
    let mut roots: Vec<usize> = (0..weights.len()).collect();
    let mut merges = Vec::with_capacity(raw.len());
    for (a, b, height) in raw {
        let (a, b) = (root(&mut roots, a), root(&mut roots, b));
        let (first, second) = (number[a].min(number[b]), number[a].max(number[b]));
        weight[a] = weight[a].saturating_add(weight[b]);
        roots[b] = a;
        number[a] = (weights.len() + merges.len()) as u32;
        let height = if linkage == Linkage::Ward { height.sqrt() } else { height };
        merges.push(Merge { a: first, b: second, height, weight: weight[a] });
    }
    merges
}

fn root(roots: &mut [usize], mut at: usize) -> usize {
    while roots[at] != at {
        roots[at] = roots[roots[at]];
        at = roots[at];
    }
    at
}

impl Hierarchy {
    /// The hierarchy cut into k groups (at least 1, at most one for each thing): the group of each thing, the heaviest group first.
    pub fn cut(&self, k: usize) -> Vec<u32> {
        let n = self.weights.len();
        let k = k.clamp(1, n);
        let mut roots: Vec<usize> = (0..2 * n - 1).collect();
        for (number, merge) in self.merges.iter().take(n - k).enumerate() {
            roots[merge.a as usize] = n + number;
            roots[merge.b as usize] = n + number;
        }
        let mut names = std::collections::HashMap::new();
        let mut groups: Vec<u32> = (0..n)
            .map(|thing| {
                let top = root(&mut roots, thing);
                let next = names.len() as u32;
                *names.entry(top).or_insert(next)
            })
            .collect();
        largest_first(&mut groups, k, |thing| self.weights[thing]);
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Always the two nearest, by the definitions over members.
    fn naive(points: &[f64], linkage: Linkage) -> Vec<f64> {
        let mut groups: Vec<Vec<f64>> = points.iter().map(|point| vec![*point]).collect();
        let mean = |group: &[f64]| group.iter().sum::<f64>() / group.len() as f64;
        let apart = |a: &[f64], b: &[f64]| match linkage {
            Linkage::Average => a.iter().flat_map(|x| b.iter().map(move |y| (x - y).abs())).sum::<f64>() / (a.len() * b.len()) as f64,
            Linkage::Ward => (2.0 * (a.len() * b.len()) as f64 / (a.len() + b.len()) as f64).sqrt() * (mean(a) - mean(b)).abs(),
        };
        let mut heights = Vec::new();
        while groups.len() > 1 {
            let pairs = (0..groups.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
            let (a, b) = pairs.min_by(|x, y| apart(&groups[x.0], &groups[x.1]).total_cmp(&apart(&groups[y.0], &groups[y.1]))).unwrap();
            heights.push(apart(&groups[a], &groups[b]));
            let other = groups.remove(b);
            groups[a].extend(other);
        }
        heights
    }

    fn of(points: &[f64], weights: &[u64], linkage: Linkage) -> Hierarchy {
        hierarchy(&Distances::of(points.len(), |a, b| (points[a] - points[b]).abs() as f32).unwrap(), weights, linkage).unwrap()
    }

    proptest! {
        #[test]
        fn merges_are_those_of_the_definition(points in prop::collection::btree_set(0u32..100_000, 1..14)) {
            // Random points have no ties to speak of.
            let points: Vec<f64> = points.into_iter().map(|point| f64::from(point).sqrt()).collect();
            for linkage in [Linkage::Average, Linkage::Ward] {
                let found = of(&points, &vec![1; points.len()], linkage);
                let heights: Vec<f64> = found.merges.iter().map(|merge| merge.height).collect();
                prop_assert!(heights.is_sorted());
                let mut expected = naive(&points, linkage);
                expected.sort_by(f64::total_cmp);
                prop_assert!(heights.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-3 * b.max(1.0)), "{heights:?} {expected:?}");
                for k in 1..=points.len() {
                    let groups = found.cut(k);
                    prop_assert_eq!(groups.iter().collect::<std::collections::HashSet<_>>().len(), k);
                }
                // Whichever way the points are numbered.
                let turned: Vec<f64> = points.iter().rev().copied().collect();
                let k = points.len().div_ceil(2);
                let back: Vec<u32> = of(&turned, &vec![1; points.len()], linkage).cut(k).into_iter().rev().collect();
                prop_assert!(super::super::adjusted_rand(&found.cut(k), &back).is_none_or(|index| index > 0.999_999));
            }
        }

        #[test]
        fn weights_are_repeats(points in prop::collection::btree_map(0u32..100_000, 1u64..4, 2..8)) {
            let at: Vec<f64> = points.keys().map(|point| f64::from(*point).sqrt()).collect();
            let weights: Vec<u64> = points.values().copied().collect();
            let many: Vec<f64> = at.iter().zip(&weights).flat_map(|(point, weight)| vec![*point; *weight as usize]).collect();
            for linkage in [Linkage::Average, Linkage::Ward] {
                let few: Vec<f64> = of(&at, &weights, linkage).merges.iter().map(|merge| merge.height).collect();
                let all: Vec<f64> = of(&many, &vec![1; many.len()], linkage).merges.iter().map(|merge| merge.height).collect();
                let above = &all[many.len() - at.len()..];
                prop_assert!(few.iter().zip(above).all(|(a, b)| (a - b).abs() < 1e-3 * b.max(1.0)), "{few:?} {above:?}");
            }
        }
    }

    #[test]
    fn few_and_wrong() {
        assert_eq!(of(&[1.0], &[1], Linkage::Ward).cut(3), [0]);
        assert_eq!(hierarchy(&Distances::of(0, |_, _| 0.0).unwrap(), &[], Linkage::Ward), Err(Error::Empty));
        assert!(hierarchy(&Distances::of(1, |_, _| 0.0).unwrap(), &[0], Linkage::Ward).is_err());
        assert_eq!(of(&[0.0, 9.0, 1.0, 8.5], &[1, 1, 1, 9], Linkage::Average).cut(2), [1, 0, 1, 0]);
        assert!(Distances::of(2, |_, _| f32::NAN).is_err());
    }
}
