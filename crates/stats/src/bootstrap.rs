//! How draws of a bootstrap become intervals.

use periplus_model::answer::Estimate;

use crate::paths::JourneyError;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// How many draws, from 20 to 100,000. Two hundred give the ends of a 95 % interval to about a tenth of its width.
    pub draws: usize,
    /// The seed: the same one gives the same intervals.
    pub seed: u64,
    /// How much the intervals cover, above 0 and below 1.
    pub level: f64,
}

impl Default for Bootstrap {
    fn default() -> Bootstrap {
        Bootstrap { draws: 200, seed: 1, level: 0.95 }
    }
}

impl Bootstrap {
    /// Whether the settings are in their range.
    pub(crate) fn check(&self) -> Result<(), JourneyError> {
        if !(20..=100_000).contains(&self.draws) {
            return Err(JourneyError::Setting { what: "the number of draws", range: "from 20 to 100000" });
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(JourneyError::Setting { what: "the level of the intervals", range: "above 0 and below 1" });
        }
        Ok(())
    }

    /// The figure between the quantiles of the draws. A figure that no draw was made of is its own interval, and one never lies
    /// outside of its interval.
    pub(crate) fn interval(&self, value: f64, drawn: &mut [f64], n: u64) -> Estimate {
        drawn.sort_unstable_by(f64::total_cmp);
        // The quantile at q of m draws: linear between the order statistics (Hyndman and Fan 1996, type 7).
        let quantile = |q: f64| {
            let at = q * (drawn.len() as f64 - 1.0);
            let (below, part) = (at.floor() as usize, at - at.floor());
            let low = drawn.get(below).copied().unwrap_or(value);
            let high = drawn.get(below + 1).copied().unwrap_or(low);
            // Equal neighbours give themselves, to the last digit.
            if high > low { low + part * (high - low) } else { low }
        };
        let tail = (1.0 - self.level) / 2.0;
        let (low, high) = if drawn.is_empty() { (value, value) } else { (quantile(tail), quantile(1.0 - tail)) };
        Estimate { value, low: low.min(value), high: high.max(value), n }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_quantiles_of_the_draws_and_hold_the_figure() {
        let how = Bootstrap { level: 0.9, ..Bootstrap::default() };
        let mut drawn: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        let middle = how.interval(50.0, &mut drawn, 7);
        assert!((middle.low - 5.0).abs() < 1e-9 && (middle.high - 95.0).abs() < 1e-9 && middle.n == 7);
        assert_eq!(how.interval(-3.0, &mut drawn, 7).low, -3.0);
        let halves = how.interval(0.5, &mut [0.0, 1.0], 1);
        assert!((halves.low - 0.05).abs() < 1e-12 && (halves.high - 0.95).abs() < 1e-12);
        assert_eq!(how.interval(2.0, &mut [], 1), Estimate { value: 2.0, low: 2.0, high: 2.0, n: 1 });
        assert_eq!(how.interval(0.1, &mut [0.1; 31], 1), Estimate { value: 0.1, low: 0.1, high: 0.1, n: 1 });
    }
}
