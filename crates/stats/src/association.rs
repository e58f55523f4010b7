//! Does one thing go with another? Two-by-two tables.

use periplus_model::answer::Estimate;

use crate::distribution::Z95;
use crate::proportion::{newcombe, two_proportions};

/// Customers by whether they had something before (a touchpoint) and whether they reached something (a goal).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TwoByTwo {
    /// Had it, and reached the goal.
    pub with_reached: u64,
    /// Had it, and did not.
    pub with_missed: u64,
    /// Did not have it, and reached the goal.
    pub without_reached: u64,
    /// Did not have it, and did not.
    pub without_missed: u64,
}

/// Which test was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Fisher's exact test.
    Fisher,
    /// Pearson's χ² without continuity correction.
    ChiSquare,
}

impl TwoByTwo {
    fn rows(&self) -> [(u64, u64); 2] {
        let with = (self.with_reached, self.with_reached.saturating_add(self.with_missed));
        [with, (self.without_reached, self.without_reached.saturating_add(self.without_missed))]
    }

    fn cells(&self) -> [f64; 4] {
        [self.with_reached, self.with_missed, self.without_reached, self.without_missed].map(|count| count as f64)
    }

    /// The cells, each with ½ added where one is 0 (Haldane 1956, Anscombe 1956), so that ratios stay finite. `None` when
    /// nobody is in a row: there is nothing to compare with then.
    fn corrected(&self) -> Option<[f64; 4]> {
        let [with, without] = self.rows();
        if with.1 == 0 || without.1 == 0 {
            return None;
        }
        let cells = self.cells();
        Some(if cells.contains(&0.0) { cells.map(|cell| cell + 0.5) } else { cells })
    }

    fn n(&self) -> u64 {
        let [with, without] = self.rows();
        with.1.saturating_add(without.1)
    }

    /// The share that reached the goal with it, less the share without, with Newcombe's interval.
    pub fn risk_difference(&self) -> Option<Estimate> {
        let [with, without] = self.rows();
        newcombe(with, without)
    }

    /// How many times as large the share is with it: (a / (a + b)) / (c / (c + d)), with the log interval of Katz and others
    /// (1978): SE(ln) = √(1/a − 1/(a+b) + 1/c − 1/(c+d)). Where a cell is 0, ½ is added to all four, to the figure as to the
    /// interval.
    pub fn relative_risk(&self) -> Option<Estimate> {
        let [a, b, c, d] = self.corrected()?;
        let error = (1.0 / a - 1.0 / (a + b) + 1.0 / c - 1.0 / (c + d)).max(0.0).sqrt();
        Some(self.ratio((a / (a + b)) / (c / (c + d)), error))
    }

    /// How many times as large the odds are with it: ad / bc, with Woolf's log interval (1955): SE(ln) = √(1/a + 1/b + 1/c +
    /// 1/d). Where a cell is 0, ½ is added to all four.
    pub fn odds_ratio(&self) -> Option<Estimate> {
        let [a, b, c, d] = self.corrected()?;
        Some(self.ratio((a / b) * (d / c), (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d).sqrt()))
    }

    fn ratio(&self, value: f64, error: f64) -> Estimate {
        let width = (Z95 * error).exp();
        Estimate { value, low: value / width, high: value * width, n: self.n() }
    }

    /// The phi coefficient, −1 to 1: (ad − bc) / √((a+b)(c+d)(a+c)(b+d)), the correlation of the two yes-or-no values. `None`
    /// when a row or a column is empty.
    pub fn phi(&self) -> Option<f64> {
        let [a, b, c, d] = self.cells();
        // Roots one by one, so that nothing overflows or loses its size.
        let margins = (a + b).sqrt() * (c + d).sqrt() * (a + c).sqrt() * (b + d).sqrt();
        (margins > 0.0).then(|| ((a * d - b * c) / margins).clamp(-1.0, 1.0))
    }

    /// How probable a table at least as uneven would be if the two had nothing to do with each other (two-sided), and by
    /// which test: by Fisher's where fewer than 5 are expected in a cell (Cochran 1954), else by χ². `None` when a row is
    /// empty.
    pub fn test(&self) -> Option<(f64, Method)> {
        let [with, without] = self.rows();
        let test = two_proportions(with, without)?;
        let [a, b, c, d] = self.cells();
        let expected_min = f64::min(a + b, c + d) * f64::min(a + c, b + d) / (a + b + c + d);
        Some(if expected_min < 5.0 { (self.fisher(), Method::Fisher) } else { (test.p, Method::ChiSquare) })
    }

    /// Fisher's exact p-value, two-sided: the sum of the probabilities of all tables with these margins that are not more
    /// probable than this one (as in R and SciPy; a part in 10⁷ is forgiven to rounding). It takes some ten steps for each
    /// standard deviation of a cell: few, where few are expected.
    fn fisher(&self) -> f64 {
        let [a, b, c, d] = self.cells();
        // Look at the cell of the smaller row and the smaller column.
        let [a, b, c, d] = if a + b <= c + d { [a, b, c, d] } else { [c, d, a, b] };
        let [observed, _, below, _] = if a + c <= b + d { [a, b, c, d] } else { [b, a, d, c] };
        let (row, column, all) = (a + b, observed + below, a + b + c + d);
        let other = c + d;
        let most = row.min(column);
        // Hypergeometric weights relative to the most probable table; there they cannot overflow, and what vanishes does not
        // matter.
        let mode = ((row + 1.0) * (column + 1.0) / (all + 2.0)).floor().min(most);
        let up = |a: f64| (row - a) * (column - a) / ((a + 1.0) * (other - column + a + 1.0));
        let weights = |rising: bool| {
            let mut next = Some((mode, 1.0f64));
            std::iter::from_fn(move || {
                let (a, weight) = next?;
                let (further, weight_there) = if rising { (a + 1.0, weight * up(a)) } else { (a - 1.0, weight / up(a - 1.0)) };
                next = (further >= 0.0 && further <= most && weight_there > 0.0).then_some((further, weight_there));
                Some((a, weight))
            })
        };
        let side = weights(observed >= mode);
        let own = side.take_while(|(a, _)| (a - mode).abs() <= (observed - mode).abs()).last();
        // Where the weight of this table has vanished, so has its probability.
        let own = own.filter(|(a, _)| *a == observed).map_or(0.0, |(_, weight)| weight);
        let (mut sum, mut uneven) = (0.0, 0.0);
        for (_, weight) in weights(true).chain(weights(false).skip(1)) {
            sum += weight;
            if weight <= own * (1.0 + 1e-7) {
                uneven += weight;
            }
        }
        f64::min(uneven / sum, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(a: u64, b: u64, c: u64, d: u64) -> TwoByTwo {
        TwoByTwo { with_reached: a, with_missed: b, without_reached: c, without_missed: d }
    }

    fn close(found: f64, expected: f64, error: f64) {
        assert!((found - expected).abs() <= error, "{found} is not {expected}");
    }

    /// Agresti, *Categorical Data Analysis*, 2.2: heart attacks of physicians with placebo and with aspirin.
    #[test]
    fn aspirin_and_heart_attacks_as_published() {
        let physicians = table(189, 10_845, 104, 10_933);
        let risk = physicians.relative_risk().unwrap();
        close(risk.value, 1.82, 0.005);
        close(risk.low, 1.43, 0.005);
        close(risk.high, 2.31, 0.005);
        let odds = physicians.odds_ratio().unwrap();
        close(odds.value, 1.83, 0.005);
        close(odds.low, 1.44, 0.005);
        close(odds.high, 2.33, 0.005);
        close(physicians.risk_difference().unwrap().value, 0.0077, 5e-5);
        let (p, method) = physicians.test().unwrap();
        assert_eq!(method, Method::ChiSquare);
        // χ² is 25.01, and phi² is χ² over n.
        close(physicians.phi().unwrap().powi(2) * 22_071.0, 25.014, 0.001);
        close(p, 5.69e-7, 1e-9);
    }

    /// Fisher's tea (1935) and his twins of convicts (1962); R's `fisher.test` gives the same.
    #[test]
    fn fishers_own_tables_as_published() {
        close(table(3, 1, 1, 3).fisher(), 17.0 / 35.0, 1e-12);
        close(table(2, 15, 10, 3).fisher(), 0.000_536_7, 1e-7);
        assert_eq!(table(3, 1, 1, 3).test().map(|test| test.1), Some(Method::Fisher));
    }

    #[test]
    fn empty_cells_and_margins_give_finite_figures_or_none() {
        let none = table(0, 5, 3, 7);
        let odds = none.odds_ratio().unwrap();
        close(odds.value, (0.5 * 7.5) / (5.5 * 3.5), 1e-12);
        assert!(odds.low > 0.0 && odds.high.is_finite() && none.relative_risk().unwrap().low > 0.0);
        assert_eq!((table(0, 0, 3, 4).odds_ratio(), table(0, 0, 3, 4).relative_risk(), table(0, 0, 3, 4).test()), (None, None, None));
        assert_eq!((table(0, 5, 0, 7).phi(), table(0, 5, 0, 7).test()), (None, Some((1.0, Method::Fisher))));
        assert_eq!(table(4, 0, 0, 4).phi(), Some(1.0));
        // Far out, where probabilities vanish.
        assert_eq!(table(4_000, 0, 0, 4_000).fisher(), 0.0);
        for big in [table(u64::MAX, 1, 2, u64::MAX), table(1, u64::MAX, 0, u64::MAX)] {
            assert!(big.odds_ratio().is_some() && big.test().is_some_and(|test| (0.0..=1.0).contains(&test.0)));
        }
    }

    proptest! {
        /// The definition, with binomial coefficients as whole numbers.
        #[test]
        fn fishers_test_adds_up_what_is_not_more_probable(a in 0u64..14, b in 0u64..14, c in 0u64..14, d in 0u64..14) {
            let choose = |n: u64, k: u64| (0..k).fold(1u128, |product, i| product * u128::from(n - i) / u128::from(i + 1));
            let (row, other, column) = (a + b, c + d, a + c);
            let ways = |a: u64| choose(row, a) * choose(other, column - a);
            let all: Vec<u128> = (column.saturating_sub(other)..=row.min(column)).map(ways).collect();
            let uneven: u128 = all.iter().filter(|ways_here| **ways_here <= ways(a)).sum();
            let expected = uneven as f64 / all.iter().sum::<u128>() as f64;
            let found = table(a, b, c, d).fisher();
            prop_assert!((found - expected).abs() < 1e-9, "{} is not {}", found, expected);
        }

        #[test]
        fn turning_a_table_turns_its_figures(a in 0u64..500, b in 0u64..500, c in 0u64..500, d in 0u64..500) {
            let (there, back) = (table(a, b, c, d), table(c, d, a, b));
            if let (Some(one), Some(two)) = (there.odds_ratio(), back.odds_ratio()) {
                prop_assert!((one.value * two.value - 1.0).abs() < 1e-9 && (one.low * two.high - 1.0).abs() < 1e-9);
                prop_assert!(one.low <= one.value && one.value <= one.high);
            }
            if let (Some(one), Some(two)) = (there.phi(), back.phi()) {
                prop_assert!((one + two).abs() < 1e-12);
            }
            let (one, two) = (there.test(), back.test());
            prop_assert_eq!(one.is_some(), two.is_some());
            if let (Some(one), Some(two)) = (one, two) {
                prop_assert!((one.0 - two.0).abs() < 1e-9 && one.1 == two.1);
            }
        }
    }
}
