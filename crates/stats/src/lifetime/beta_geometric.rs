//! BG/NBD (Fader, Hardie and Lee 2005) and MBG/NBD (Batislam, Denizel and Filiztekin 2007).
//!
//! While alive, a customer buys at a rate λ of their own, Gamma (r, α) over customers; after each repeat purchase (in MBG/NBD after the
//! first purchase, too) they drop out with a probability p of their own, Beta (a, b). `offset` below is 0 for BG/NBD and 1 for
//! MBG/NBD: how many more times a customer with x repeat purchases has stayed. The likelihood is
//!
//! Γ(r+x)/Γ(r) · αʳ · B(a, b+k)/B(a, b) · (α+T)^−(r+x) · [1 + {k > 0} a/(b+k−1) · ((α+T)/(α+t_x))^(r+x)], with k = x + offset.

use super::summary::Row;
use crate::special::soft_plus;

/// The weighted mean log-likelihood and its slope in ln r, ln α, ln a, ln b.
pub(super) fn likelihood(rows: &[Row], offset: u64, logs: &[f64; 4]) -> (f64, [f64; 4]) {
    let [r, alpha, a, b] = logs.map(f64::exp);
    let (mut sum, mut slope, mut weights) = (0.0, [0.0; 4], 0.0);
    // Ratios of gamma functions from one x to the next, as sums: Σ ln (r+j), Σ ln ((b+j)/(a+b+j)), and their slopes.
    let (mut rising, mut rising_r, mut counted) = (0.0, 0.0, 0u64);
    let (mut stays, mut stays_a, mut stays_b, mut stayed) = (0.0, 0.0, 0.0, 0u64);
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let (run, after) = rest.split_at(rest.partition_point(|row| row.repeats == first.repeats));
        rest = after;
        let (x, k) = (first.repeats, first.repeats + offset);
        while counted < x {
            rising += (r + counted as f64).ln();
            rising_r += 1.0 / (r + counted as f64);
            counted += 1;
        }
        while stayed < k {
            let (low, high) = (b + stayed as f64, a + b + stayed as f64);
            stays -= (a / low).ln_1p();
            stays_a -= 1.0 / high;
            stays_b += a / (low * high);
            stayed += 1;
        }
        let power = r + x as f64;
        let odds = a.ln() - (b + k as f64 - 1.0).ln();
        let (mut weight, mut height, mut by_power, mut by_alpha, mut dropped) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for row in run {
            let (end, last) = (alpha + row.age, alpha + row.last);
            let log_end = end.ln();
            weight += row.weight;
            if k == 0 {
                height -= row.weight * power * log_end;
                by_power -= row.weight * log_end;
                by_alpha -= row.weight * power / end;
            } else {
                let quiet = log_end - last.ln();
                let (plus, share) = soft_plus(odds + power * quiet);
                height += row.weight * (plus - power * log_end);
                by_power += row.weight * (share * quiet - log_end);
                by_alpha -= row.weight * power * ((1.0 - share) / end + share / last);
                dropped += row.weight * share;
            }
        }
        weights += weight;
        sum += weight * (rising + r * alpha.ln() + stays) + height;
        slope[0] += weight * (rising_r + alpha.ln()) + by_power;
        slope[1] += weight * r / alpha + by_alpha;
        slope[2] += weight * stays_a + dropped / a;
        slope[3] += weight * stays_b - if k > 0 { dropped / (b + k as f64 - 1.0) } else { 0.0 };
    }
    let values = [r, alpha, a, b];
    (sum / weights, std::array::from_fn(|i| slope[i] * values[i] / weights))
}

/// The logarithm of the odds that a customer has dropped out; `None` in BG/NBD for those who never bought again.
pub(super) fn odds_dropped([r, alpha, a, b]: [f64; 4], offset: u64, x: u64, last: f64, age: f64) -> Option<f64> {
    let k = x + offset;
    (k > 0).then(|| a.ln() - (b + k as f64 - 1.0).ln() + (r + x as f64) * ((alpha + age).ln() - (alpha + last).ln()))
}

/// How many purchases a customer who is alive makes in the next `t`, given x and T. `None` when that is more than 100,000 times
/// α + T, or a million purchases without drop-out: no sum of so many terms is worth waiting for.
///
/// Without drop-out they would make N, negative binomial with R = r + x and z = t/(A+t), A = α + T. They make the j-th only if they did
/// not drop out at any of the j − 1 before it, with p ~ Beta (a, B) and B = b + x + offset. So the expectation is
/// Σ_{j≥0} P(N > j) · (B)_j / (a+B)_j. That equals the published (c/(a−1)) · [1 − (A/(A+t))^R · ₂F₁(R, B; c; z)] with c = a + B − 1 where
/// that has a value, but it adds up positive terms only: nothing cancels near a = 1, and nothing overflows.
pub(super) fn expected_if_alive([r, alpha, a, b]: [f64; 4], offset: u64, x: u64, age: f64, t: f64) -> Option<f64> {
    let (power, rate) = (r + x as f64, alpha + age);
    let (stays, ratio) = (b + (x + offset) as f64, t / rate);
    if t <= 0.0 {
        return Some(0.0);
    }
    if ratio > 1e5 || power * ratio > 1e6 || ratio.is_nan() {
        return None;
    }
    let z = t / (rate + t);
    // Where the probability of none is too small for a number, its logarithm goes on until one is large enough.
    let mut log_exactly = -power * ratio.ln_1p();
    let mut exactly = log_exactly.exp();
    let mut more = -log_exactly.exp_m1();
    let (mut stayed, mut sum, mut j) = (1.0, 0.0, 0.0);
    while more > 0.0 {
        sum += more * stayed;
        stayed *= (stays + j) / (a + stays + j);
        let growth = z * (power + j) / (j + 1.0);
        if log_exactly < -600.0 {
            log_exactly += growth.ln();
            exactly = log_exactly.exp();
        } else {
            exactly *= growth;
        }
        j += 1.0;
        more -= exactly;
        // From here on the probabilities fall at least geometrically, and so does what is left of the sum.
        let falls = 1.0 - z * (power + j) / (j + 1.0);
        if (falls > 0.0 && log_exactly >= -600.0 && exactly * stayed <= 1e-17 * falls * falls * sum) || j > 1e7 {
            break;
        }
    }
    Some(sum)
}

/// How many purchases a new customer makes in their first `t`, the very first not counted.
pub(super) fn expected_of_new(values: [f64; 4], offset: u64, t: f64) -> Option<f64> {
    let [_, _, a, b] = values;
    // In MBG/NBD some drop out at once: of a customer who stayed once, p is Beta (a, b + 1).
    let stayed = if offset == 0 { 1.0 } else { b / (a + b) };
    Some(stayed * expected_if_alive(values, offset, 0, 0.0, t)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 4] = [0.25, 0.12, 0.8, 2.4];

    fn rows() -> Vec<Row> {
        let row = |repeats, last, age, weight| Row { repeats, last, age, weight };
        vec![row(0, 0.0, 1.0, 3.0), row(0, 0.0, 0.7, 1.0), row(1, 0.2, 1.0, 2.0), row(2, 0.9, 1.1, 1.0), row(70, 0.5, 1.2, 1.0)]
    }

    /// The likelihood as published, with gamma functions and without logarithms of sums.
    fn published(rows: &[Row], offset: u64, [r, alpha, a, b]: [f64; 4]) -> f64 {
        use libm::lgamma;
        let beta = |a: f64, b: f64| lgamma(a) + lgamma(b) - lgamma(a + b);
        let of = |row: &Row| {
            let (x, k) = (row.repeats as f64, (row.repeats + offset) as f64);
            let front = lgamma(r + x) - lgamma(r) + r * alpha.ln();
            let alive = (beta(a, b + k) - beta(a, b) + front - (r + x) * (alpha + row.age).ln()).exp();
            let dropped = (beta(a + 1.0, b + k - 1.0) - beta(a, b) + front - (r + x) * (alpha + row.last).ln()).exp();
            (alive + if k > 0.0 { dropped } else { 0.0 }).ln()
        };
        rows.iter().map(|row| row.weight * of(row)).sum::<f64>() / rows.iter().map(|row| row.weight).sum::<f64>()
    }

    #[test]
    fn likelihood_and_slope_are_those_of_the_published_formula() {
        for offset in [0, 1] {
            let logs = VALUES.map(f64::ln);
            let (height, slope) = likelihood(&rows(), offset, &logs);
            assert!((height - published(&rows(), offset, VALUES)).abs() < 1e-10);
            for i in 0..4 {
                let at = |by: f64| {
                    let mut logs = logs;
                    logs[i] += by;
                    published(&rows(), offset, logs.map(f64::exp))
                };
                let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((slope[i] - expected).abs() < 1e-7, "{i}: {} is not {expected}", slope[i]);
            }
        }
    }

    /// ₂F₁ by its series, with the published formula: good far from a = 1.
    fn published_expectation([r, alpha, a, b]: [f64; 4], offset: u64, x: u64, age: f64, t: f64) -> f64 {
        let (power, rate, stays) = (r + x as f64, alpha + age, b + (x + offset) as f64);
        let (c, z) = (a + stays - 1.0, t / (rate + t));
        let (mut term, mut sum) = (1.0, 0.0);
        for n in 0..100_000 {
            let n = f64::from(n);
            sum += term;
            term *= z * (power + n) * (stays + n) / ((c + n) * (n + 1.0));
        }
        c / (a - 1.0) * (1.0 - (rate / (rate + t)).powf(power) * sum)
    }

    #[test]
    fn expectations_are_those_of_the_published_formula_and_go_on_where_it_ends() {
        for values in [VALUES, [3.0, 0.5, 1.7, 0.4], [0.1, 4.0, 0.3, 9.0]] {
            for (offset, x, age, t) in [(0, 0, 1.0, 1.0), (0, 3, 0.8, 2.5), (1, 0, 1.0, 0.1), (1, 40, 2.0, 9.0)] {
                let (found, expected) =
                    (expected_if_alive(values, offset, x, age, t).unwrap(), published_expectation(values, offset, x, age, t));
                assert!((found / expected - 1.0).abs() < 1e-9, "{values:?} {x} {t}: {found} is not {expected}");
            }
        }
        let at = |a: f64| expected_if_alive([0.25, 0.12, a, 2.4], 0, 2, 1.0, 1.0).unwrap();
        assert!((at(1.0) - 0.5 * (at(1.0 - 1e-6) + at(1.0 + 1e-6))).abs() < 1e-12);
        // All buy at rate 1,000 and nobody drops out: 5 units bring 5,000, though the probability of none is below any number.
        let steady = expected_if_alive([1e6, 1e3, 1e-9, 1e6], 0, 0, 0.0, 5.0).unwrap();
        assert!((steady / 5000.0 - 1.0).abs() < 1e-5, "{steady}");
        assert_eq!((expected_if_alive(VALUES, 0, 0, 1.0, 0.0), expected_if_alive(VALUES, 0, 0, 1.0, 1e9)), (Some(0.0), None));
    }
}
