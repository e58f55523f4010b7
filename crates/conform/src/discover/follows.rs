//! Which activity is directly followed by which, how often.

use super::Part;

/// A graph of the activities of a part, by their places in a list.
#[derive(Clone, Debug)]
pub struct Follows {
    /// The numbers of the activities, in order.
    pub activities: Vec<u32>,
    /// Row by row: how often the activity of the column comes directly after that of the row.
    pub counts: Vec<u64>,
    /// How many sequences begin with it.
    pub starts: Vec<u64>,
    /// How many sequences end with it.
    pub ends: Vec<u64>,
}

/// The activities of a part, in the order of their numbers.
pub fn activities(part: &Part) -> Vec<u32> {
    let mut all: Vec<u32> = part.iter().flat_map(|(sequence, _)| sequence).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

impl Follows {
    pub fn of(part: &Part, activities: Vec<u32>) -> Follows {
        let n = activities.len();
        let mut graph = Follows { activities, counts: vec![0; n * n], starts: vec![0; n], ends: vec![0; n] };
        let place = |activity: u32| graph.activities.binary_search(&activity).unwrap_or_default();
        let (mut counts, mut starts, mut ends) = (vec![0u64; n * n], vec![0u64; n], vec![0u64; n]);
        for (sequence, cases) in part {
            let places: Vec<usize> = sequence.iter().map(|activity| place(*activity)).collect();
            if let (Some(first), Some(last)) = (places.first(), places.last()) {
                starts[*first] += cases;
                ends[*last] += cases;
            }
            places.windows(2).for_each(|pair| counts[pair[0] * n + pair[1]] += cases);
        }
        (graph.counts, graph.starts, graph.ends) = (counts, starts, ends);
        graph
    }

    pub fn len(&self) -> usize {
        self.activities.len()
    }

    pub fn follows(&self, from: usize, to: usize) -> bool {
        self.counts[from * self.len() + to] > 0
    }

    /// Without followers, and ends, that are rare beside the most frequent one of the same activity.
    pub fn without_rare(&self, noise: f64) -> Follows {
        let n = self.len();
        let mut graph = self.clone();
        for from in 0..n {
            let row = &self.counts[from * n..][..n];
            let most = row.iter().copied().max().unwrap_or(0).max(self.ends[from]) as f64;
            let rare = |count: u64| (count as f64) < most * noise;
            graph.counts[from * n..][..n].iter_mut().filter(|count| rare(**count)).for_each(|count| *count = 0);
        }
        let keep = |counts: &[u64]| -> Vec<u64> {
            let most = counts.iter().copied().max().unwrap_or(0) as f64;
            counts.iter().map(|count| if (*count as f64) < most * noise { 0 } else { *count }).collect()
        };
        graph.starts = keep(&self.starts);
        graph.ends = keep(&self.ends);
        graph
    }

    /// Whether one can come from the one to the other, over any number of steps (at least one).
    pub fn reachable(&self) -> Vec<bool> {
        let n = self.len();
        let mut reach: Vec<bool> = self.counts.iter().map(|count| *count > 0).collect();
        for via in 0..n {
            for from in 0..n {
                if reach[from * n + via] {
                    for to in 0..n {
                        reach[from * n + to] |= reach[via * n + to];
                    }
                }
            }
        }
        reach
    }
}
