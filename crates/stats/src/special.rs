//! Functions that neither the standard library nor libm has.

use libm::lgamma;

/// The derivative of ln Γ at `x` above 0: recurrence up to 10, then the asymptotic series (DLMF 5.11.2).
pub(crate) fn digamma(x: f64) -> f64 {
    let (mut x, mut below) = (x, 0.0);
    while x < 10.0 {
        below += 1.0 / x;
        x += 1.0;
    }
    let s = 1.0 / (x * x);
    let series = s * (1.0 / 12.0 - s * (1.0 / 120.0 - s * (1.0 / 252.0 - s * (1.0 / 240.0 - s * (1.0 / 132.0 - s * 691.0 / 32_760.0)))));
    x.ln() - 0.5 / x - series - below
}

/// ln(1 + eˣ) and its slope, 1 / (1 + e⁻ˣ), without overflow.
pub(crate) fn soft_plus(x: f64) -> (f64, f64) {
    let small = (-x.abs()).exp();
    let share = 1.0 / (1.0 + small);
    (x.max(0.0) + small.ln_1p(), if x >= 0.0 { share } else { small * share })
}

/// (1 − e^(−k y)) / k, which is y where k is 0: the area under e^(−k u) up to y.
pub(crate) fn decayed(k: f64, y: f64) -> f64 {
    let exponent = k * y;
    if exponent.abs() < 1e-300 { y } else { y * (-(-exponent).exp_m1() / exponent) }
}

/// The probability that a value of the χ² distribution with `df` degrees of freedom is at least `x`: the regularised upper
/// incomplete gamma function Q(df / 2, x / 2), by its series (DLMF 8.7.1) below the mean and its continued fraction (8.9.2, by
/// Lentz's method) above. `x` below 0 counts as 0; not a number when `df` is not above 0.
pub(crate) fn chi_square_above(x: f64, df: f64) -> f64 {
    let (a, x) = (df / 2.0, x / 2.0);
    if a <= 0.0 || a.is_nan() || x.is_nan() {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 1.0;
    }
    if !x.is_finite() {
        return 0.0;
    }
    let front = (a * x.ln() - x - lgamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 && n < a + 100_000.0 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return (1.0 - front * sum).clamp(0.0, 1.0);
    }
    const TINY: f64 = 1e-300;
    let kept = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / kept(b));
    let mut fraction = d;
    for step in 1..100_000 {
        let n = f64::from(step);
        let term = -n * (n - a);
        b += 2.0;
        d = 1.0 / kept(term * d + b);
        c = kept(b + term / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (front * fraction).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::normal_two_sided;

    fn close(value: f64, expected: f64, relative: f64) {
        assert!((value - expected).abs() <= relative * expected.abs(), "{value:e} is not {expected:e}");
    }

    #[test]
    fn digamma_at_known_places() {
        let euler = 0.577_215_664_901_532_9;
        close(digamma(1.0), -euler, 1e-14);
        close(digamma(0.5), -euler - 2.0 * 2f64.ln(), 1e-14);
        close(digamma(1e-6), -1e6 - euler, 1e-9);
        close(digamma(12.0), (1..12).map(|n| 1.0 / f64::from(n)).sum::<f64>() - euler, 1e-14);
        for x in [0.3, 2.7, 9.99, 40.0, 1e5] {
            let slope = (lgamma(x * (1.0 + 1e-5)) - lgamma(x * (1.0 - 1e-5))) / (2e-5 * x);
            close(digamma(x), slope, 1e-6);
        }
    }

    #[test]
    fn chi_square_has_known_tails() {
        // One degree of freedom is the normal's square, two the exponential distribution.
        for x in [0.01, 1.0, 3.841_458_820_694_124, 30.0, 122.249_125_573_006_08] {
            close(chi_square_above(x, 1.0), normal_two_sided(x.sqrt()), 1e-12);
            close(chi_square_above(x, 2.0), (-x / 2.0).exp(), 1e-12);
        }
        // scipy.stats.chi2.sf
        close(chi_square_above(7.3, 5.0), 0.199_267_789_921_242_14, 1e-10);
        close(chi_square_above(150.0, 100.0), 0.000_903_932_042_354_018_4, 1e-10);
        assert_eq!((chi_square_above(-1.0, 3.0), chi_square_above(f64::INFINITY, 3.0)), (1.0, 0.0));
        assert!(chi_square_above(1.0, 0.0).is_nan());
    }

    #[test]
    fn soft_plus_and_decay_do_not_overflow() {
        assert_eq!((soft_plus(800.0), soft_plus(-800.0)), ((800.0, 1.0), (0.0, 0.0)));
        close(soft_plus(0.0).0, 2f64.ln(), 1e-15);
        close(decayed(0.0, 3.0), 3.0, 1e-15);
        close(decayed(1e-12, 3.0), 3.0, 1e-11);
        close(decayed(2.0, 3.0), (1.0 - (-6f64).exp()) / 2.0, 1e-15);
        close(decayed(-1.0, 1.0), std::f64::consts::E - 1.0, 1e-15);
    }
}
