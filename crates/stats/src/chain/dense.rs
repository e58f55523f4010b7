//! Small chains, solved directly by elimination that never subtracts.
//!
//! Eliminating a state leads whoever would come to it on to where it leads. All numbers stay positive and are only added,
//! multiplied and divided, so every result has nearly all digits, however rarely people get there (Grassmann, Taksar and Heyman
//! 1985, *Regenerative analysis and steady state distributions for Markov chains*; O'Cinneide 1993 for the error).

/// A chain of `n` states in weights (counts, or anything in proportion to them): `ways[i * n + j]` leads from i to j, `ends[i]`
/// out of the chain. Repeats of a state (i = j) are not looked at.
#[derive(Clone, Debug)]
pub(crate) struct Dense {
    pub n: usize,
    pub ways: Vec<f64>,
    pub ends: Vec<f64>,
}

/// A chain taken apart, for any number of gains.
pub(crate) struct Factored {
    n: usize,
    /// Below the diagonal what is left of the rows; above it the share of each row that went through the eliminated state.
    ways: Vec<f64>,
    leaving: Vec<f64>,
}

impl Dense {
    /// Eliminates state after state, from the last to the first.
    pub fn factor(mut self) -> Factored {
        let n = self.n;
        let mut leaving = vec![0.0; n];
        for k in (0..n).rev() {
            let (above, row) = self.ways.split_at_mut(k * n);
            let row = &row[..k];
            leaving[k] = row.iter().sum::<f64>() + self.ends[k];
            for i in 0..k {
                let through = &mut above[i * n..(i + 1) * n];
                let share = if leaving[k] > 0.0 { through[k] / leaving[k] } else { 0.0 };
                if leaving[k] <= 0.0 {
                    // Nobody leaves from there: whoever comes stays for good, and gains nothing.
                    self.ends[i] += through[k];
                }
                through[k] = share;
                if share > 0.0 {
                    through[..k].iter_mut().zip(row).for_each(|(way, on)| *way += share * on);
                    through[i] = 0.0;
                    self.ends[i] += share * self.ends[k];
                }
            }
        }
        Factored { n, ways: self.ways, leaving }
    }
}

impl Factored {
    /// What is gained on the way from each state, x = (g + W x) / leaving; `gains` are in the weights' unit and become x.
    pub fn solve(&self, gains: &mut [f64]) {
        let n = self.n;
        for k in (1..n).rev() {
            let gain = gains[k];
            (0..k).for_each(|i| gains[i] += self.ways[i * n + k] * gain);
        }
        for k in 0..n {
            let on: f64 = self.ways[k * n..k * n + k].iter().zip(gains.iter()).map(|(way, x)| way * x).sum();
            gains[k] = if self.leaving[k] > 0.0 { (gains[k] + on) / self.leaving[k] } else { 0.0 };
        }
    }
}

/// For every group, what those gain who come to one of its states from state 0, each `worth[s]` at the first state `s` of the
/// group that they reach, for each worth. `groups[s]` is the group of state s, below `count`; state 0 is in none.
///
/// Half of the groups are eliminated for the other half and the other way round, and so on with each half: all groups together
/// take about as long as one elimination, n³ multiplications, instead of one elimination for each.
pub(crate) fn first_hits(chain: Dense, groups: &[u32], count: usize, worth: &[&[f64]]) -> Vec<Vec<f64>> {
    let mut found = vec![vec![0.0; count]; worth.len()];
    if chain.n == 0 {
        return found;
    }
    let names: Vec<usize> = (0..chain.n).collect();
    let mut present: Vec<u32> = groups.iter().skip(1).copied().filter(|group| (*group as usize) < count).collect();
    present.sort_unstable();
    present.dedup();
    halve(chain, &names, groups, &present, worth, &mut found);
    found
}

fn halve(chain: Dense, names: &[usize], groups: &[u32], present: &[u32], worth: &[&[f64]], found: &mut [Vec<f64>]) {
    match present {
        [] => {}
        [group] => {
            let all = chain.ways[1..chain.n].iter().sum::<f64>() + chain.ends[0];
            for (worth, found) in worth.iter().zip(found.iter_mut()) {
                let gained: f64 = (1..chain.n).map(|place| chain.ways[place] * worth[names[place]]).sum();
                found[*group as usize] = if all > 0.0 { gained / all } else { 0.0 };
            }
        }
        _ => {
            let (low, high) = present.split_at(present.len() / 2);
            let pivot = high[0];
            for (half, kept_low) in [(low, true), (high, false)] {
                let kept: Vec<usize> = (0..chain.n).filter(|place| *place == 0 || (groups[names[*place]] < pivot) == kept_low).collect();
                let reduced = without_others(&chain, &kept);
                let names: Vec<usize> = kept.iter().map(|place| names[*place]).collect();
                halve(reduced, &names, groups, half, worth, found);
            }
        }
    }
}

/// The chain on some of its states (state 0 first): whoever would come to another one is led on from there.
fn without_others(chain: &Dense, kept: &[usize]) -> Dense {
    let n = chain.n;
    let mut is_kept = vec![false; n];
    kept.iter().for_each(|place| is_kept[*place] = true);
    let order: Vec<usize> = kept.iter().copied().chain((0..n).filter(|place| !is_kept[*place])).collect();
    let mut ways = Vec::with_capacity(n * n);
    for from in &order {
        ways.extend(order.iter().map(|to| chain.ways[from * n + to]));
    }
    let mut ends: Vec<f64> = order.iter().map(|place| chain.ends[*place]).collect();
    for k in (kept.len()..n).rev() {
        let (above, row) = ways.split_at_mut(k * n);
        let row = &row[..k];
        let leaving = row.iter().sum::<f64>() + ends[k];
        if leaving > 0.0 {
            for i in 0..k {
                let through = &mut above[i * n..i * n + k + 1];
                let share = through[k] / leaving;
                if share > 0.0 {
                    through[..k].iter_mut().zip(row).for_each(|(way, on)| *way += share * on);
                    through[i] = 0.0;
                    ends[i] += share * ends[k];
                }
            }
        } else {
            // Whoever comes there stays for good.
            (0..k).for_each(|i| ends[i] += above[i * n + k]);
        }
    }
    let m = kept.len();
    let mut small = Vec::with_capacity(m * m);
    (0..m).for_each(|i| small.extend_from_slice(&ways[i * n..i * n + m]));
    ends.truncate(m);
    Dense { n: m, ways: small, ends }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The naive twin: walk on in the matrix until next to nobody is left.
    fn walked(chain: &Dense, gains: &[f64], stop: &dyn Fn(usize) -> Option<f64>) -> Vec<f64> {
        let n = chain.n;
        let mut x = vec![0.0f64; n];
        for _ in 0..200_000 {
            let next: Vec<f64> = (0..n)
                .map(|i| {
                    let on = || (0..n).filter(|j| *j != i).map(|j| (chain.ways[i * n + j], x[j]));
                    let leaving = on().map(|(way, _)| way).sum::<f64>() + chain.ends[i];
                    let gain = (gains[i] + on().map(|(way, x)| way * x).sum::<f64>()) / leaving;
                    stop(i).unwrap_or(if leaving > 0.0 { gain } else { 0.0 })
                })
                .collect();
            let done = next.iter().zip(&x).all(|(next, x)| (next - x).abs() <= 1e-17 * x);
            x = next;
            if done {
                break;
            }
        }
        x
    }

    fn chains() -> impl Strategy<Value = Dense> {
        (1usize..9).prop_flat_map(|n| {
            let ways = prop::collection::vec(prop_oneof![Just(0.0), 0.0..5.0f64], n * n);
            (ways, prop::collection::vec(0.1..2.0f64, n)).prop_map(move |(ways, ends)| Dense { n, ways, ends })
        })
    }

    proptest! {
        #[test]
        fn elimination_is_walking_on(chain in chains(), seed in prop::collection::vec(0.0..3.0f64, 9)) {
            let gains = &seed[..chain.n];
            let mut found = gains.to_vec();
            chain.clone().factor().solve(&mut found);
            for (found, expected) in found.iter().zip(walked(&chain, gains, &|_| None)) {
                prop_assert!((found - expected).abs() <= 1e-12 * expected, "{found} is not {expected}");
            }
        }

        #[test]
        fn halving_finds_what_each_group_alone_would(chain in chains(), worth in prop::collection::vec(0.0..3.0f64, 9), three in prop::collection::vec(0u32..3, 9)) {
            let mut groups = three[..chain.n].to_vec();
            groups[0] = u32::MAX;
            let found = first_hits(chain.clone(), &groups, 3, &[&worth, &worth]);
            prop_assert_eq!(&found[0], &found[1]);
            for group in 0..3u32 {
                let stop = |state: usize| (state > 0 && groups[state] == group).then_some(worth[state]);
                let expected = walked(&chain, &vec![0.0; chain.n], &stop)[0];
                let found = found[0][group as usize];
                prop_assert!((found - expected).abs() <= 1e-12 * expected, "{group}: {found} is not {expected}");
            }
        }
    }

    #[test]
    fn whoever_cannot_leave_gains_nothing() {
        // 0 leads to 1 and 2; 1 and 2 lead to each other for good.
        let chain = Dense { n: 3, ways: vec![0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0], ends: vec![2.0, 0.0, 0.0] };
        let mut gains = vec![1.0, 0.0, 0.0];
        chain.clone().factor().solve(&mut gains);
        assert_eq!(gains, [0.25, 0.0, 0.0]);
        assert_eq!(first_hits(chain, &[9, 0, 1], 2, &[&[0.0, 1.0, 1.0]]), [[0.5, 0.5]]);
    }
}
