//! Whether the factors are the same at all times, and how well the model orders customers.

use super::likelihood::Sorted;
use crate::matrix;
use crate::special::chi_square_above;

/// For each covariate, χ² with one degree of freedom and its p-value: do scaled Schoenfeld residuals have a trend over 1 − S(t), S the
/// Kaplan-Meier curve (Grambsch and Therneau 1994, the approximation of their formula 2 with the mean variance; R's `cox.zph` before version 3
/// and lifelines with `km`)? `None` when all events were at one time.
pub(super) fn trends(sorted: &Sorted, beta: &[f64], covariance: &[f64]) -> Option<Vec<(f64, f64)>> {
    let width = sorted.width;
    let scores = sorted.scores(beta);
    let (mut s0, mut s1) = (0.0, vec![0.0; width]);
    // For each time with events: how many waited, how many had it, and the sum of their residuals.
    let mut at: Vec<(f64, f64, Vec<f64>)> = Vec::new();
    for (start, end) in sorted.runs() {
        let (mut d0, mut d1, mut own) = (0.0, vec![0.0; width], vec![0.0; width]);
        let mut deaths = 0usize;
        for (place, score) in (start..end).zip(&scores[start..end]) {
            let row = sorted.row(place);
            s0 += score;
            s1.iter_mut().zip(row).for_each(|(sum, x)| *sum += score * x);
            if sorted.happened[place] {
                deaths += 1;
                d0 += score;
                d1.iter_mut().zip(row).for_each(|(sum, x)| *sum += score * x);
                own.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
        }
        for l in 0..deaths {
            let f = l as f64 / deaths as f64;
            (0..width).for_each(|i| own[i] -= (s1[i] - f * d1[i]) / (s0 - f * d0));
        }
        if deaths > 0 {
            at.push((end as f64, deaths as f64, own));
        }
    }
    let events: f64 = at.iter().map(|at| at.1).sum();
    let mut survival = 1.0;
    let mut times = Vec::with_capacity(at.len());
    for (waiting, deaths, _) in at.iter().rev() {
        survival *= 1.0 - deaths / waiting;
        times.push(1.0 - survival);
    }
    times.reverse();
    let mean = times.iter().zip(&at).map(|(time, at)| time * at.1).sum::<f64>() / events;
    let spread: f64 = times.iter().zip(&at).map(|(time, at)| at.1 * (time - mean).powi(2)).sum();
    let mut along = vec![0.0; width];
    for (time, (_, _, residuals)) in times.iter().zip(&at) {
        (0..width).for_each(|i| along[i] += (time - mean) * residuals[i]);
    }
    let trend = |i: usize| {
        let mut unit = vec![0.0; width];
        unit[i] = 1.0;
        let scaled = events * matrix::product(covariance, &unit, &along);
        let chi_square = scaled * scaled / (events * covariance[i * width + i] * spread);
        chi_square.is_finite().then(|| (chi_square, chi_square_above(chi_square, 1.0)))
    };
    (spread > 0.0).then(|| (0..width).map(trend).collect())?
}

/// Harrell's C. A pair can be compared when the one with the shorter time had the event, or both times are equal and only one had it.
pub(super) fn concordance(sorted: &Sorted, scores: &[f64]) -> Option<f64> {
    let mut values = scores.to_vec();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let rank = |score: f64| values.partition_point(|value| value.total_cmp(&score).is_lt());
    // How many with each score wait longer: a tree of partial sums (Fenwick 1994).
    let mut tree = vec![0u64; values.len() + 1];
    let below = |tree: &[u64], ranks: usize| {
        let (mut sum, mut at) = (0, ranks);
        while at > 0 {
            sum += tree[at];
            at &= at - 1;
        }
        sum
    };
    let (mut agree, mut tied, mut all, mut longer) = (0u128, 0u128, 0u128, 0u64);
    let add = |tree: &mut Vec<u64>, rank: usize| {
        let mut at = rank + 1;
        while at < tree.len() {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    };
    for (start, end) in sorted.runs() {
        for place in (start..end).filter(|place| !sorted.happened[*place]) {
            add(&mut tree, rank(scores[place]));
            longer += 1;
        }
        for place in (start..end).filter(|place| sorted.happened[*place]) {
            let rank = rank(scores[place]);
            let (less, up_to) = (below(&tree, rank), below(&tree, rank + 1));
            agree += u128::from(less);
            tied += u128::from(up_to - less);
            all += u128::from(longer);
        }
        for place in (start..end).filter(|place| sorted.happened[*place]) {
            add(&mut tree, rank(scores[place]));
            longer += 1;
        }
    }
    (all > 0).then(|| (agree as f64 + 0.5 * tied as f64) / all as f64)
}
