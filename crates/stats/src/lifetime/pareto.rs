//! Pareto/NBD (Schmittlein, Morrison and Colombo 1987; formulas after Fader and Hardie 2005).
//!
//! While alive, a customer buys at a rate λ of their own, Gamma (r, α) over customers, and drops out at a rate μ of their own, Gamma (s, β).
//! The likelihood is Γ(r+x)/Γ(r) · αʳ βˢ · [(α+T)^−(r+x) (β+T)^−s + s · I], where I adds up the moments at which they may have dropped out:
//! I = ∫ (α+τ)^−(r+x) (β+τ)^−(s+1) dτ from t_x to T. The literature writes I as a difference of two ₂F₁, which cancels and has slopes
//! that are no known functions. The integral itself is of a smooth falling function, which a few Gauss points give to 12 digits, and
//! its slopes are integrals over the same points.

use super::summary::Row;
use crate::special::{decayed, soft_plus};

/// Gauss and Legendre's 12 points and weights on −1 to 1 (DLMF 3.5, Abramowitz and Stegun 25.4), the positive half.
const POINTS: [(f64, f64); 6] = [
    (0.125_233_408_511_468_9, 0.249_147_045_813_402_8),
    (0.367_831_498_998_180_2, 0.233_492_536_538_354_8),
    (0.587_317_954_286_617_4, 0.203_167_426_723_065_9),
    (0.769_902_674_194_304_7, 0.160_078_328_543_346_2),
    (0.904_117_256_370_474_9, 0.106_939_325_995_318_4),
    (0.981_560_634_246_719_3, 0.047_175_336_386_511_8),
];

/// ln I and its slopes in the two powers (r + x and s + 1), α and β.
struct Dropped {
    log: f64,
    by_power: f64,
    by_alpha: f64,
    by_beta: f64,
    by_leave: f64,
}

/// ln I. The variable is y = ln (m + τ), m the smaller of α and β, in which the integrand's logarithm is smooth and bends
/// down; pieces are short enough that it changes by less than 10 in each, and end where the rest is below rounding.
fn dropped(power: f64, leave: f64, alpha: f64, beta: f64, last: f64, age: f64) -> Dropped {
    let (least, by_alpha_more, by_beta_more) = if alpha < beta { (alpha, 0.0, beta - alpha) } else { (beta, alpha - beta, 0.0) };
    let (start, end) = ((least + last).ln(), (least + age).ln());
    // How steeply the logarithm falls where m + τ is so much; it never gets less steep.
    let steep = |moved: f64| f64::max(1.0, power * moved / (moved + by_alpha_more) + leave * moved / (moved + by_beta_more) - 1.0);
    let whole = end - start <= f64::min(2.0, 10.0 / steep(least + age));
    let (first_alpha, first_beta) = ((alpha + last).ln(), (beta + last).ln());
    let (mut sum, mut powers, mut leaves, mut alphas, mut betas) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let (mut from, mut height) = (start, 0.0f64);
    // Heights are relative to the first, so that nothing overflows.
    while from < end && height > -45.0 {
        let longest = if whole { 2.0 } else { f64::min(2.0, 10.0 / steep(f64::min(from + 2.0, end).exp())) };
        // Equal pieces, so that the last is not a splinter.
        let half = 0.5 * (end - from) / ((end - from) / longest).ceil().max(1.0);
        let middle = from + half;
        for (point, weight) in POINTS {
            for point in [-point, point] {
                let y = middle + half * point;
                let moved = y.exp();
                let (at_alpha, at_beta) = (moved + by_alpha_more, moved + by_beta_more);
                let (log_alpha, log_beta) = if alpha < beta { (y, at_beta.ln()) } else { (at_alpha.ln(), y) };
                height = y - start - power * (log_alpha - first_alpha) - leave * (log_beta - first_beta);
                let part = weight * half * height.exp();
                sum += part;
                powers -= part * log_alpha;
                leaves -= part * log_beta;
                alphas -= part / at_alpha;
                betas -= part / at_beta;
            }
        }
        from += 2.0 * half;
        if end - from <= 1e-12 * (end - start) {
            break;
        }
    }
    let log = sum.ln() + start - power * first_alpha - leave * first_beta;
    Dropped { log, by_power: powers / sum, by_leave: leaves / sum, by_alpha: power * alphas / sum, by_beta: leave * betas / sum }
}

/// The logarithm of the odds that a customer has dropped out; `None` when there was no time to.
pub(super) fn odds_dropped([r, alpha, s, beta]: [f64; 4], x: u64, last: f64, age: f64) -> Option<f64> {
    let power = r + x as f64;
    let dropped = (age > last).then(|| dropped(power, s + 1.0, alpha, beta, last, age))?;
    dropped.log.is_finite().then(|| s.ln() + dropped.log + power * (alpha + age).ln() + s * (beta + age).ln())
}

/// The weighted mean log-likelihood and its slope in ln r, ln α, ln s, ln β.
pub(super) fn likelihood(rows: &[Row], logs: &[f64; 4]) -> (f64, [f64; 4]) {
    let [r, alpha, s, beta] = logs.map(f64::exp);
    let (mut sum, mut slope, mut weights) = (0.0, [0.0; 4], 0.0);
    let (mut rising, mut rising_r, mut counted) = (0.0, 0.0, 0u64);
    for row in rows {
        while counted < row.repeats {
            rising += (r + counted as f64).ln();
            rising_r += 1.0 / (r + counted as f64);
            counted += 1;
        }
        let power = r + row.repeats as f64;
        let (end_alpha, end_beta) = (alpha + row.age, beta + row.age);
        let (log_alpha, log_beta) = (end_alpha.ln(), end_beta.ln());
        let alive = -power * log_alpha - s * log_beta;
        let mut height = rising + r * logs[1] + s * logs[3] + alive;
        let mut own = [rising_r + logs[1] - log_alpha, r / alpha - power / end_alpha, logs[3] - log_beta, s / beta - s / end_beta];
        if row.age > row.last {
            let gone = dropped(power, s + 1.0, alpha, beta, row.last, row.age);
            let (plus, share) = soft_plus(logs[2] + gone.log - alive);
            height += plus;
            own[0] += share * (gone.by_power + log_alpha);
            own[1] += share * (gone.by_alpha + power / end_alpha);
            own[2] += share * (gone.by_leave + 1.0 / s + log_beta);
            own[3] += share * (gone.by_beta + s / end_beta);
        }
        weights += row.weight;
        sum += row.weight * height;
        slope.iter_mut().zip(own).for_each(|(slope, own)| *slope += row.weight * own);
    }
    let values = [r, alpha, s, beta];
    (sum / weights, std::array::from_fn(|i| slope[i] * values[i] / weights))
}

/// How many purchases a customer who is alive makes in the next `t`: (r+x)/(α+T) times how long they live of it,
/// ∫ ((β+T)/(β+T+u))^s du.
pub(super) fn expected_if_alive([r, alpha, s, beta]: [f64; 4], x: u64, age: f64, t: f64) -> f64 {
    (r + x as f64) / (alpha + age) * (beta + age) * decayed(s - 1.0, (t.max(0.0) / (beta + age)).ln_1p())
}

/// How many purchases a customer who is alive makes ever, each discounted by e^(−rate · time): (r+x)/(α+T) · E[1/(rate + μ)] with
/// μ ~ Gamma (s, β+T). With w = rate · (β+T) that expectation is (β+T) · ∫ e^(−wv) (1+v)^(−s) dv (Fader, Hardie and Lee 2005 write it with
/// Tricomi's function), here by the double exponential rule (Takahasi and Mori 1974). `rate` must be above 0.
pub(super) fn discounted_if_alive([r, alpha, s, beta]: [f64; 4], x: u64, age: f64, rate: f64) -> f64 {
    let w = rate * (beta + age);
    // v = e^(π/2 sinh u) / max(w, s, 1): the rule is centred where the integrand ends.
    let scale = 1.0 / f64::max(w, f64::min(1.0, s));
    const STEP: f64 = 1.0 / 32.0;
    let sum: f64 = (-160..=160)
        .map(|place| {
            let u = f64::from(place) * STEP;
            let v = scale * (std::f64::consts::FRAC_PI_2 * u.sinh()).exp();
            let part = v * std::f64::consts::FRAC_PI_2 * u.cosh() * (-w * v - s * v.ln_1p()).exp();
            if part.is_finite() { part } else { 0.0 }
        })
        .sum();
    (r + x as f64) / (alpha + age) * (beta + age) * STEP * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 4] = [0.55, 0.3, 0.6, 0.34];

    /// The integral by very many parabolas (Simpson's rule).
    fn naive(power: f64, leave: f64, alpha: f64, beta: f64, last: f64, age: f64) -> f64 {
        let (steps, width) = (400_000, (age - last) / 400_000.0);
        let at = |step: i32| {
            let time = last + f64::from(step) * width;
            (-power * ((alpha + time) / (alpha + last)).ln() - leave * ((beta + time) / (beta + last)).ln()).exp()
        };
        let sum: f64 = (1..steps).map(|step| at(step) * f64::from(2 + step % 2 * 2)).sum::<f64>() + at(0) + at(steps);
        (sum * width / 3.0).ln() - power * (alpha + last).ln() - leave * (beta + last).ln()
    }

    #[test]
    fn the_integral_is_that_of_many_parabolas() {
        for (power, leave, alpha, beta, last, age) in [
            (0.5, 1.6, 0.3, 0.3, 0.0, 1.0),
            (0.5, 1.1, 0.01, 4.0, 0.0, 1.0),
            (3.5, 1.6, 2.0, 0.02, 0.1, 1.0),
            (90.0, 1.6, 0.3, 0.5, 0.2, 1.0),
            (900.0, 9.0, 5.0, 0.5, 0.0, 1.0),
            (2.5, 1.6, 0.3, 0.35, 0.99, 1.0),
        ] {
            let (found, expected) = (dropped(power, leave, alpha, beta, last, age).log, naive(power, leave, alpha, beta, last, age));
            assert!((found - expected).abs() < 1e-10, "{power} {leave} {alpha} {beta}: {found} is not {expected}");
        }
    }

    #[test]
    fn slopes_are_those_of_the_likelihood() {
        let row = |repeats, last, age, weight| Row { repeats, last, age, weight };
        let rows = [row(0, 0.0, 1.0, 3.0), row(0, 0.0, 0.7, 1.0), row(1, 0.2, 1.0, 2.0), row(2, 0.9, 0.9, 1.0), row(70, 0.5, 1.2, 1.0)];
        for values in [VALUES, [2.0, 5.0, 0.1, 0.2], [0.1, 0.01, 3.0, 6.0]] {
            let logs = values.map(f64::ln);
            let slope = likelihood(&rows, &logs).1;
            for i in 0..4 {
                let at = |by: f64| {
                    let mut logs = logs;
                    logs[i] += by;
                    likelihood(&rows, &logs).0
                };
                let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((slope[i] - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{values:?} {i}: {} is not {expected}", slope[i]);
            }
        }
    }

    /// What is bought in all years, discounted, is the sum of what is bought in each short while.
    #[test]
    fn discounted_purchases_are_a_sum_over_time() {
        for (values, rate) in [(VALUES, 0.3), ([2.0, 1.0, 1.0, 3.0], 0.05), ([1.0, 1.0, 2.5, 0.1], 4.0)] {
            let (mut sum, width) = (0.0, 0.001);
            for step in 0..400_000 {
                let from = f64::from(step) * width;
                let now = expected_if_alive(values, 2, 0.5, from + width) - expected_if_alive(values, 2, 0.5, from);
                sum += now * (-rate * (from + 0.5 * width)).exp();
            }
            let found = discounted_if_alive(values, 2, 0.5, rate);
            assert!((found / sum - 1.0).abs() < 1e-5, "{values:?}: {found} is not {sum}");
        }
    }

    #[test]
    fn s_of_one_is_no_hole() {
        let at = |s: f64| expected_if_alive([0.55, 0.3, s, 0.34], 3, 1.0, 2.0);
        assert!((at(1.0) - 0.5 * (at(1.0 - 1e-6) + at(1.0 + 1e-6))).abs() < 1e-10);
        assert_eq!((odds_dropped(VALUES, 2, 1.0, 1.0), expected_if_alive(VALUES, 1, 1.0, 0.0)), (None, 0.0));
    }
}
