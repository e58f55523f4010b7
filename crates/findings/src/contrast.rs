//! How surprising a count is: signed roots of likelihood ratios, which stay honest for small counts where normal deviates do not.

/// Hits of trials.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Count {
    pub(crate) hits: f64,
    pub(crate) trials: f64,
}

impl Count {
    pub(crate) fn less(self, other: Count) -> Count {
        Count { hits: self.hits - other.hits, trials: self.trials - other.trials }
    }
    pub(crate) fn rate(self) -> f64 {
        if self.trials > 0.0 { self.hits / self.trials } else { 0.0 }
    }
    /// The rate, kept away from 0 and 1 by half a trial (Agresti).
    fn smoothed(self) -> f64 {
        (self.hits + 0.5) / (self.trials + 1.0)
    }
    /// The variance of the logarithm of the odds.
    fn log_odds_variance(self) -> f64 {
        let rate = self.smoothed();
        1.0 / ((self.trials + 1.0) * rate * (1.0 - rate))
    }
}

/// Twice the logarithm of how much likelier the hits are at their own rate than at the expected one.
fn deviance(count: Count, expected: f64) -> f64 {
    let term = |k: f64, share: f64, expected: f64| if k > 0.0 { k * (share / expected).ln() } else { 0.0 };
    let rate = count.rate();
    2.0 * (term(count.hits, rate, expected) + term(count.trials - count.hits, 1.0 - rate, 1.0 - expected)).max(0.0)
}

/// Here against there: in standard errors, positive where it is more here.
pub(crate) fn two(here: Count, there: Count, inflation: f64) -> f64 {
    let all = (here.hits + there.hits) / (here.trials + there.trials);
    if all <= 0.0 || all >= 1.0 {
        return 0.0;
    }
    let root = ((deviance(here, all) + deviance(there, all)) / inflation).sqrt();
    root.copysign(here.rate() - there.rate())
}

/// A group on some days, its other days, everybody else on these days, and everybody else on the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Square {
    pub(crate) here: Count,
    pub(crate) before: Count,
    pub(crate) others: Count,
    pub(crate) others_before: Count,
}

impl Square {
    /// A quick look: the difference of the log odds less that of everybody else, in standard errors (Wald).
    pub(crate) fn look(&self, inflation: f64) -> f64 {
        let log_odds = |count: Count| (count.smoothed() / (1.0 - count.smoothed())).ln();
        let all = [self.here, self.before, self.others, self.others_before];
        let [here, before, others, others_before] = all.map(log_odds);
        let variance: f64 = all.iter().map(|count| count.log_odds_variance()).sum();
        ((here - before) - (others - others_before)) / (variance * inflation).sqrt()
    }

    /// The rate that the group should have had on these days: that of its other days, moved by as much as these days moved everybody
    /// else (on the scale of log odds).
    pub(crate) fn expected(&self) -> f64 {
        let odds = |count: Count| count.smoothed() / (1.0 - count.smoothed());
        let odds = odds(self.before) * odds(self.others) / odds(self.others_before);
        odds / (1.0 + odds)
    }

    /// How far the group's hits on these days are beyond that, in standard errors: the signed root of the likelihood ratio against a
    /// table without an interaction of all three (Bartlett 1935), whose one free number is found by Newton's method.
    pub(crate) fn beyond(&self, inflation: f64) -> f64 {
        let cells = |count: Count| (count.hits, count.trials - count.hits);
        let ((a, b), (c, d), (e, f), (g, h)) = (cells(self.here), cells(self.before), cells(self.others), cells(self.others_before));
        // By as much as these four grow, the others shrink, and all the sums in pairs stay what they are.
        let (grow, shrink) = ([a, d, f, g], [b, c, e, h]);
        let (mut low, mut high) = (-grow.into_iter().fold(f64::INFINITY, f64::min), shrink.into_iter().fold(f64::INFINITY, f64::min));
        let mut moved = (low + high) / 2.0;
        for _ in 0..60 {
            let (mut odds, mut slope) = (0.0, 0.0);
            for cell in grow {
                odds += (cell + moved).max(1e-12).ln();
                slope += 1.0 / (cell + moved).max(1e-12);
            }
            for cell in shrink {
                odds -= (cell - moved).max(1e-12).ln();
                slope += 1.0 / (cell - moved).max(1e-12);
            }
            if odds > 0.0 {
                high = moved
            } else {
                low = moved
            }
            let next = moved - odds / slope;
            let next = if next > low && next < high { next } else { (low + high) / 2.0 };
            if (next - moved).abs() < 1e-9 * (1.0 + moved.abs()) {
                break;
            }
            moved = next;
        }
        let term = |seen: f64, told: f64| if seen > 0.0 { seen * (seen / told.max(1e-12)).ln() } else { 0.0 };
        let deviance: f64 =
            grow.iter().map(|cell| term(*cell, cell + moved)).chain(shrink.iter().map(|cell| term(*cell, cell - moved))).sum::<f64>() * 2.0;
        (deviance.max(0.0) / inflation).sqrt().copysign(-moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(hits: u32, trials: u32) -> Count {
        Count { hits: f64::from(hits), trials: f64::from(trials) }
    }

    #[test]
    fn with_many_trials_it_is_the_z_test() {
        let test = periplus_stats::two_proportions((520, 10_000), (450, 10_000)).map(|test| test.statistic).unwrap_or_default();
        assert!((two(count(520, 10_000), count(450, 10_000), 1.0) - test).abs() < 0.01);
        assert!((two(count(520, 10_000), count(450, 10_000), 4.0) - test / 2.0).abs() < 0.01, "four times the variance");
        assert_eq!(two(count(0, 50), count(0, 50), 1.0), 0.0);
        assert_eq!(two(count(50, 50), count(50, 50), 1.0), 0.0);
    }

    #[test]
    fn with_few_it_is_more_careful() {
        // 20 where 5 were to be expected: exactly p = 2.4e-7 for a Poisson count, 5.03 standard errors; a z test would say 6.7.
        let sure = two(count(20, 1_000), count(5_000, 1_000_000), 1.0);
        assert!((4.9..5.2).contains(&sure), "{sure}");
    }

    #[test]
    fn what_moves_everybody_and_what_a_group_always_is_do_not_count() {
        let square = |here, before, others, others_before| Square { here, before, others, others_before };
        // Everybody doubles, the group too.
        let shared = square(count(400, 2_000), count(2_000, 20_000), count(8_000, 40_000), count(40_000, 400_000));
        assert!(shared.beyond(1.0).abs() < 0.1 && (shared.expected() - 0.2).abs() < 0.01, "{}", shared.beyond(1.0));
        // Only the group doubles.
        let alone = square(count(400, 2_000), count(2_000, 20_000), count(4_000, 40_000), count(40_000, 400_000));
        let far = alone.beyond(1.0);
        assert!(far > 12.0 && (alone.expected() - 0.1).abs() < 0.01, "{far}");
        assert!((alone.look(1.0) - far).abs() < 1.5, "a quick look sees about the same");
        // Nobody anywhere, and everybody here.
        assert_eq!(square(count(0, 20), count(0, 20), count(0, 20), count(0, 20)).beyond(1.0), 0.0);
        assert!(square(count(20, 20), count(0, 20), count(0, 20), count(0, 20)).beyond(1.0).is_finite());
    }
}
