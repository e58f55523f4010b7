//! From a sample of customers to all of them.
//!
//! A sample of share s holds each customer with probability s, independently (by a hash of the customer). Of K customers to whom
//! something applies, the sample then holds a binomial (K, s) number. As s grows to 1 the sample becomes everybody, and all
//! intervals here shrink to the figure itself: the factor 1 − s is the correction for a finite population.

use periplus_model::answer::Estimate;

use crate::distribution::Z95;
use crate::moments::Moments;
use crate::proportion::score;

fn checked(share: f64) -> Option<f64> {
    (share > 0.0 && share <= 1.0).then_some(share)
}

/// How many there are of which `k` are in a sample of this share: k / s. The 95 % interval holds the totals K for which k is
/// within 1.96 standard deviations of what is expected, |k − K s| ≤ 1.96 √(K s (1 − s)), solved for K: (2k + z²(1 − s) ±
/// √((2k + z²(1 − s))² − 4k²)) / 2s. It holds for few, too: none in the sample gives 0 to z²(1 − s)/s. `n` is `k`. `None`
/// when the share is not above 0 and at most 1.
pub fn total(k: u64, share: f64) -> Option<Estimate> {
    let share = checked(share)?;
    let seen = k as f64;
    let spread = Z95 * Z95 * (1.0 - share);
    let middle = 2.0 * seen + spread;
    // (m² − 4k²) as a product, and the lower root by Viète from the upper one: nothing cancels.
    let upper = middle + (spread * (spread + 4.0 * seen)).sqrt();
    let low = if k == 0 { 0.0 } else { 2.0 * seen * seen / upper / share };
    // There cannot be fewer than were seen.
    Some(Estimate { value: seen / share, low: low.max(seen).min(seen / share), high: (upper / 2.0 / share).max(seen / share), n: k })
}

/// The share of all customers, of which `k` in `n` in a sample of this share: k / n with Wilson's interval, in which z² is
/// multiplied by 1 − s. Given its size, the sample is one without replacement, whose variance is p(1 − p)/n · (N − n)/(N − 1)
/// (Cochran, *Sampling Techniques*, 3.2), and (N − n)/(N − 1) is 1 − s. `None` when there are no observations, or as in
/// [`total`].
pub fn part(k: u64, n: u64, share: f64) -> Option<Estimate> {
    score(k, n, Z95 * (1.0 - checked(share)?).sqrt())
}

/// The sum over all customers, from the values (one for each customer) in a sample of this share: Σx / s with the 95 % interval
/// ± 1.96 √((1 − s) Σx²) / s (Horvitz and Thompson 1952). It relies on the normal approximation: few large values make it too
/// narrow. `n` counts the customers in the sample. `None` when there are none, or as in [`total`].
pub fn sum(values: &Moments, share: f64) -> Option<Estimate> {
    let share = checked(share)?;
    let (n, mean) = (values.count() as f64, values.mean()?);
    let squares = n * mean * mean + (n - 1.0) * values.variance().unwrap_or(0.0);
    let (value, half) = (values.sum() as f64 / share, Z95 * ((1.0 - share) * squares).sqrt() / share);
    Some(Estimate { value, low: value - half, high: value + half, n: values.count() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wilson;
    use proptest::prelude::*;

    #[test]
    fn everybody_is_no_sample() {
        assert_eq!(total(7, 1.0), Some(Estimate { value: 7.0, low: 7.0, high: 7.0, n: 7 }));
        assert_eq!(part(1, 4, 1.0), Some(Estimate { value: 0.25, low: 0.25, high: 0.25, n: 4 }));
        let mut values = Moments::default();
        [3, 4].into_iter().for_each(|value| values.add(value));
        assert_eq!(sum(&values, 1.0), Some(Estimate { value: 7.0, low: 7.0, high: 7.0, n: 2 }));
        assert_eq!((total(1, 0.0), part(1, 2, 1.5), sum(&Moments::default(), 0.5), total(1, f64::NAN)), (None, None, None, None));
    }

    #[test]
    fn a_tiny_share_is_the_infinite_population() {
        let (of_sample, of_all) = (part(3, 20, 1e-12).unwrap(), wilson(3, 20).unwrap());
        assert!((of_sample.low - of_all.low).abs() < 1e-9 && (of_sample.high - of_all.high).abs() < 1e-9);
        let none = total(0, 0.1).unwrap();
        assert!(none.low == 0.0 && (none.high - Z95 * Z95 * 9.0).abs() < 1e-9);
    }

    /// How often an interval holds the truth, counted over all samples that there can be (no chance is involved): about 95 %.
    #[test]
    fn intervals_hold_their_promise() {
        for (all, share) in [(40u32, 0.1f64), (200, 0.1), (200, 0.5), (1000, 0.05), (1000, 0.9)] {
            let mut probability = vec![0.0f64; all as usize + 1];
            probability[0] = 1.0;
            for _ in 0..all {
                for k in (0..probability.len()).rev() {
                    probability[k] = probability[k] * (1.0 - share) + if k > 0 { probability[k - 1] * share } else { 0.0 };
                }
            }
            let holds = |k: &usize| total(*k as u64, share).is_some_and(|e| e.low <= f64::from(all) && f64::from(all) <= e.high);
            let covered: f64 = (0..probability.len()).filter(holds).map(|k| probability[k]).sum();
            assert!((0.93..0.975).contains(&covered), "{all} {share}: {covered}");
        }
    }

    proptest! {
        #[test]
        fn bounds_are_where_the_sample_becomes_unlikely(k in 0u64..100_000, share in 0.001..0.999f64) {
            let found = total(k, share).unwrap();
            prop_assert!(found.low <= found.value && found.value <= found.high);
            for bound in [found.low, found.high] {
                if bound > k as f64 {
                    let errors = (k as f64 - bound * share).abs() / (bound * share * (1.0 - share)).sqrt();
                    prop_assert!((errors - Z95).abs() < 1e-6, "{errors}");
                }
            }
        }
    }
}
