//! Many tests at once.

/// Benjamini and Hochberg's adjusted p-values (1995), in the order given: those at most q name findings of which at most a
/// share q is expected to be false. The tests must be independent or positively dependent. A p-value that is not a
/// number is left out of the count and stays what it is.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|place| !p[*place].is_nan()).collect();
    order.sort_by(|a, b| p[*b].total_cmp(&p[*a]));
    let mut adjusted = p.to_vec();
    let mut least = 1.0f64;
    for (above, place) in order.iter().enumerate() {
        let rank = order.len() - above;
        least = least.min(p[*place] * order.len() as f64 / rank as f64);
        adjusted[*place] = least;
    }
    adjusted
}

/// Holm's adjusted p-values (1979), in the order given: if those at most α are called findings, the probability that any of
/// them is false is at most α, however the tests depend on each other. A p-value that is not a number is left out of the
/// count and stays what it is.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|place| !p[*place].is_nan()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = p.to_vec();
    let mut most = 0.0f64;
    for (below, place) in order.iter().enumerate() {
        most = most.max(p[*place] * (order.len() - below) as f64).min(1.0);
        adjusted[*place] = most;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_number_does_not_count() {
        let adjusted = benjamini_hochberg(&[0.02, f64::NAN, 0.01]);
        assert_eq!((adjusted[0], adjusted[2]), (0.02, 0.02));
        assert!(adjusted[1].is_nan());
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    /// R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
    #[test]
    fn holms_values_are_those_of_r() {
        let adjusted = holm(&[0.01, 0.04, f64::NAN, 0.03, 0.005]);
        assert!(adjusted[2].is_nan());
        for (found, expected) in adjusted.into_iter().filter(|p| !p.is_nan()).zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{found}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }

    proptest! {
        /// The procedure: from the smallest on, reject while p(k) ≤ α / (m − k + 1).
        #[test]
        fn holm_rejects_what_the_procedure_rejects(p in prop::collection::vec(0.0..=1.0f64, 1..20), alpha in 0.001..0.999f64) {
            let mut sorted = p.clone();
            sorted.sort_by(f64::total_cmp);
            let limit = |k: usize| alpha / (p.len() - k) as f64;
            prop_assume!((0..p.len()).all(|k| (sorted[k] - limit(k)).abs() > 1e-9));
            let rejected = (0..p.len()).take_while(|k| sorted[*k] <= limit(*k)).count();
            let found = holm(&p).into_iter().filter(|adjusted| *adjusted <= alpha).count();
            prop_assert_eq!(found, rejected);
        }

        /// The definition: reject the k smallest, where k is the largest rank with p(k) ≤ k q / m.
        #[test]
        fn adjusted_values_reject_what_the_procedure_rejects(p in prop::collection::vec(0.0..=1.0f64, 1..20), q in 0.001..0.999f64) {
            let mut sorted = p.clone();
            sorted.sort_by(f64::total_cmp);
            let m = p.len() as f64;
            let margin = |k: usize| (sorted[k] * m / (k + 1) as f64 - q).abs();
            prop_assume!((0..p.len()).all(|k| margin(k) > 1e-9));
            let threshold = (0..p.len()).rev().find(|k| sorted[*k] <= (*k + 1) as f64 * q / m).map(|k| sorted[k]);
            for (raw, adjusted) in p.iter().zip(benjamini_hochberg(&p)) {
                prop_assert_eq!(adjusted <= q, threshold.is_some_and(|t| *raw <= t));
            }
        }
    }
}
