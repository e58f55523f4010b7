//! The normal distribution and Student's t.

use libm::{erfc, lgamma};

/// The 97.5 % quantile of the normal distribution: half the width of a 95 % interval in standard errors.
pub const Z95: f64 = 1.959_963_984_540_054;

/// The probability that a standard normal value is at most `z`.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

/// The probability that a standard normal value is at least as far from 0 as `z`: a two-sided p-value.
pub fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The probability that a value of Student's t with `df` degrees of freedom is at least as far from 0 as `t`: a two-sided
/// p-value. It is the regularised incomplete beta function at `df / (df + t²)` with `df / 2` and `1 / 2` (DLMF 8.17).
pub fn student_two_sided(t: f64, df: f64) -> f64 {
    let square = t * t;
    // The beta function loses digits where its argument comes near to 1. From here on Wallace's normal deviate (1959) is
    // closer: its relative error is under 1e-10 for |t| up to 6.
    if df >= 1e6 {
        let log = if df.is_finite() { df * (square / df).ln_1p() } else { square };
        let shrunk = if df.is_finite() { (8.0 * df + 1.0) / (8.0 * df + 3.0) } else { 1.0 };
        return normal_two_sided(shrunk * log.sqrt());
    }
    incomplete_beta(df / 2.0, 0.5, df / (df + square), square / (df + square))
}

/// The `t` that a value of Student's t with `df` degrees of freedom exceeds in either direction with probability `two_sided`
/// (0.05 for a 95 % interval). `df` must be positive, `two_sided` between 0 and 1; otherwise the result is not a number.
pub fn student_quantile(two_sided: f64, df: f64) -> f64 {
    let valid = df > 0.0 && two_sided > 0.0 && two_sided < 1.0;
    if !valid {
        return f64::NAN;
    }
    // The p-value falls steadily with t, so bisection cannot fail; it ends when the bracket has no number inside.
    let (mut low, mut high) = (0.0, 2.0);
    while student_two_sided(high, df) > two_sided && high < f64::MAX / 4.0 {
        (low, high) = (high, high * 4.0);
    }
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if student_two_sided(middle, df) > two_sided {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The regularised incomplete beta function I_x(a, b), with `y` = 1 − x given so that nothing is lost near 1.
/// Continued fraction DLMF 8.17.22, evaluated by Lentz's method (Thompson and Barnett 1986).
fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    // The fraction converges fast only on this side of the mean.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, y, x);
    }
    // The gamma functions of large a cancel to almost nothing; their ratio comes from its own series there.
    let log_x = if x > 0.5 { (-y).ln_1p() } else { x.ln() };
    let log_y = if y > 0.5 { (-x).ln_1p() } else { y.ln() };
    let front = (a * log_x + b * log_y - log_beta(a, b)).exp() / a;
    const TINY: f64 = 1e-300;
    let kept = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut c, mut d) = (1.0, 1.0 / kept(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..100_000 {
        let m = f64::from(step);
        for term in
            [m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)), -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))]
        {
            d = 1.0 / kept(1.0 + term * d);
            c = kept(1.0 + term / c);
            fraction *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (front * fraction).clamp(0.0, 1.0)
}

/// ln B(a, b). For one large argument the difference of the two large ln Γ is taken from Stirling's series
/// (DLMF 5.11.1), where the leading terms cancel by algebra instead of by rounding.
fn log_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if large < 100.0 {
        return lgamma(a) + lgamma(b) - lgamma(a + b);
    }
    let rest = |x: f64| (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * x * x)) / (x * x)) / x;
    // ln Γ(large + small) − ln Γ(large)
    let growth = (large - 0.5) * (small / large).ln_1p() + small * (large + small).ln() - small + rest(large + small) - rest(large);
    lgamma(small) - growth
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64, relative: f64) {
        assert!((value - expected).abs() <= relative * expected.abs(), "{value:e} is not {expected:e}");
    }

    #[test]
    fn student_has_known_quantiles() {
        // One and two degrees of freedom have closed forms; the others were computed with 40 digits.
        close(student_quantile(0.05, 1.0), (std::f64::consts::PI * 0.475).tan(), 1e-12);
        let q = 0.975f64;
        close(student_quantile(0.05, 2.0), (2.0 * q - 1.0) / (2.0 * q * (1.0 - q)).sqrt(), 1e-12);
        close(student_quantile(0.05, 3.5), 2.940_088_637_982_73, 1e-12);
        close(student_quantile(0.05, 10.0), 2.228_138_851_986_275, 1e-12);
        close(student_quantile(0.05, 30.0), 2.042_272_456_301_238, 1e-12);
        close(student_quantile(0.01, 120.0), 2.617_421_145_106_866, 1e-12);
        close(student_quantile(0.05, 1000.0), 1.962_339_080_826_408_5, 1e-11);
        for df in [1e7, 1e9, 1e12, f64::INFINITY] {
            close(student_quantile(0.05, df), Z95, 1e-6);
        }
        assert!(student_quantile(0.05, 0.0).is_nan());
    }

    #[test]
    fn student_with_one_degree_of_freedom_is_cauchy() {
        for t in [1e-6, 0.3, 1.0, 7.0, 1e5] {
            close(student_two_sided(t, 1.0), 1.0 - 2.0 / std::f64::consts::PI * f64::atan(t), 1e-10);
        }
    }

    #[test]
    fn a_quantile_gives_its_probability_back() {
        for df in [0.7, 3.5, 29.0, 199.0, 201.0, 36_671.157, 2e6, 9e8] {
            for p in [0.5, 0.05, 0.001, 1e-9] {
                close(student_two_sided(student_quantile(p, df), df), p, 1e-10);
            }
        }
        close(normal_two_sided(Z95), 0.05, 1e-14);
        close(normal_cdf(-Z95), 0.025, 1e-14);
    }
}
