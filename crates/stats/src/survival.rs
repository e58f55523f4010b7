//! How long until something happens, when for some it has not happened yet (Kaplan and Meier 1958).

use std::collections::BTreeMap;

use periplus_model::answer::Estimate;
use serde::{Deserialize, Serialize};

use crate::distribution::{Z95, normal_two_sided};
use crate::matrix;
use crate::proportion::Test;
use crate::quantiles::{EXACT_MAX, bucket, middle_whole};
use crate::special::chi_square_above;

/// Durations, each ended by the event that is waited for or by the end of the observation (*censored*).
///
/// Up to [`EXACT_MAX`] different durations are kept as they are. With more, each is replaced by the middle of its bucket,
/// which is within 1/256 (0.4 %) of it ([`ERROR_MAX`](crate::quantiles::ERROR_MAX), the buckets of
/// [`Quantiles`](crate::Quantiles)). Which of the two depends on the set of durations alone, so partial results can be merged
/// in any order. At most about 7,500 entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survival {
    /// By duration: how many ended with the event, and how many were censored.
    ends: BTreeMap<i64, (u64, u64)>,
    rounded: bool,
}

/// The curve from one duration to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurvivalStep {
    /// The duration.
    pub time: i64,
    /// How many were still waiting just before it.
    pub at_risk: u64,
    /// To how many the event happened at it.
    pub events: u64,
    /// How many were censored at it. Events come first: who is censored at a duration was still waiting for the events at it.
    pub censored: u64,
    /// The share to whom the event has not happened by then: S(t) = Π (1 − d/n) over all durations up to t.
    pub survival: f64,
    /// Lower end of its 95 % interval: S^exp(±1.96 √V / ln S) with Greenwood's V = Σ d / (n (n − d)) (the log-log interval of
    /// Kalbfleisch and Prentice, the default of lifelines), which stays between 0 and 1.
    pub low: f64,
    /// Upper end. Once S is 0 the formula says nothing; then the interval goes from 0 to the last upper end.
    pub high: f64,
}

/// When a share had the event, and between which durations that may be (Brookmeyer and Crowley 1982).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The first duration at which the share is reached.
    pub time: i64,
    /// The first at which it could be by the interval of the curve.
    pub low: i64,
    /// The first at which it must be; `None` when the interval never gets there.
    pub high: Option<i64>,
}

impl Survival {
    /// Adds a duration that ended with the event. A duration below 0 counts as 0.
    pub fn add_event(&mut self, time: i64) {
        self.add(time, 1, 0);
    }

    /// Adds a duration after which nothing is known.
    pub fn add_censored(&mut self, time: i64) {
        self.add(time, 0, 1);
    }

    /// Adds so many that ended with the event, and so many that were censored, at one duration.
    pub fn add(&mut self, time: i64, events: u64, censored: u64) {
        if events == 0 && censored == 0 {
            return;
        }
        let time = time.max(0);
        let entry = self.ends.entry(if self.rounded { round(time) } else { time }).or_default();
        *entry = (entry.0.saturating_add(events), entry.1.saturating_add(censored));
        if !self.rounded && self.ends.len() > EXACT_MAX {
            self.rounded = true;
            for (time, (events, censored)) in std::mem::take(&mut self.ends) {
                self.add(time, events, censored);
            }
        }
    }

    /// Adds what another one has seen.
    pub fn merge(&mut self, other: &Survival) {
        if other.rounded && !self.rounded {
            self.rounded = true;
            for (time, (events, censored)) in std::mem::take(&mut self.ends) {
                self.add(time, events, censored);
            }
        }
        for (time, (events, censored)) in &other.ends {
            self.add(*time, *events, *censored);
        }
    }

    /// How many durations.
    pub fn count(&self) -> u64 {
        self.ends.values().fold(0, |sum, (events, censored)| sum.saturating_add(*events).saturating_add(*censored))
    }

    /// How many of them ended with the event.
    pub fn events(&self) -> u64 {
        self.ends.values().fold(0, |sum, (events, _)| sum.saturating_add(*events))
    }

    /// Whether durations are exact, not only within 0.4 %.
    pub fn is_exact(&self) -> bool {
        !self.rounded
    }

    /// The curve, one step for each different duration. Before the first, everybody is waiting.
    pub fn curve(&self) -> Vec<SurvivalStep> {
        let mut at_risk = self.count();
        let (mut survival, mut variance, mut last_high) = (1.0f64, 0.0f64, 1.0f64);
        let mut curve = Vec::with_capacity(self.ends.len());
        for (time, (events, censored)) in &self.ends {
            let (n, d) = (at_risk as f64, *events as f64);
            survival = if *events >= at_risk { 0.0 } else { survival * (1.0 - d / n) };
            let (low, high) = if survival <= 0.0 {
                (0.0, last_high)
            } else if survival >= 1.0 {
                (1.0, 1.0)
            } else {
                variance += d / (n * (n - d));
                let spread = Z95 * variance.sqrt() / survival.ln().abs();
                (survival.powf(spread.exp()), survival.powf((-spread).exp()))
            };
            last_high = high;
            curve.push(SurvivalStep { time: *time, at_risk, events: *events, censored: *censored, survival, low, high });
            at_risk = at_risk.saturating_sub(*events).saturating_sub(*censored);
        }
        curve
    }

    /// The share to whom the event has happened by a duration, with its interval; `n` counts everybody. `None` when nobody
    /// was observed that long: there the curve says nothing.
    pub fn happened_by(&self, time: i64) -> Option<Estimate> {
        let n = self.count();
        let last = *self.ends.keys().next_back()?;
        let curve = self.curve();
        let done = curve.last().is_some_and(|step| step.survival <= 0.0);
        if time > last && !done {
            return None;
        }
        let step = curve.iter().take_while(|step| step.time <= time).last();
        let (survival, low, high) = step.map_or((1.0, 1.0, 1.0), |step| (step.survival, step.low, step.high));
        Some(Estimate { value: 1.0 - survival, low: 1.0 - high, high: 1.0 - low, n })
    }

    /// After how long half of them had the event; `None` when it did not get that far.
    pub fn median(&self) -> Option<Arrival> {
        self.quantile(0.5)
    }

    /// The first duration by which a share `q` had the event, that is S ≤ 1 − q; `None` when it did not get that far, or `q`
    /// is not between 0 and 1. Rounding of the product must not make it later, so S may be above by a part in 10¹².
    pub fn quantile(&self, q: f64) -> Option<Arrival> {
        if !(q > 0.0 && q <= 1.0) {
            return None;
        }
        let curve = self.curve();
        let reached = |of: fn(&SurvivalStep) -> f64| curve.iter().find(|step| of(step) <= 1.0 - q + 1e-12).map(|step| step.time);
        let time = reached(|step| step.survival)?;
        Some(Arrival { time, low: reached(|step| step.low).unwrap_or(time), high: reached(|step| step.high) })
    }
}

fn round(time: i64) -> i64 {
    i64::try_from(middle_whole(bucket(time.unsigned_abs()))).unwrap_or(i64::MAX)
}

/// Whether two groups wait differently long: the log-rank test (Mantel 1966), two-sided. The statistic is Σ(observed −
/// expected) of the first group in standard deviations; its square is the usual χ² with one degree of freedom. Positive means
/// that the first group's events come sooner. `None` when a group is empty or there is nothing to compare.
pub fn log_rank(one: &Survival, two: &Survival) -> Option<Test> {
    let mut ends: BTreeMap<i64, [(u64, u64); 2]> = BTreeMap::new();
    let rounded = one.rounded || two.rounded;
    for (group, survival) in [one, two].into_iter().enumerate() {
        for (time, (events, censored)) in &survival.ends {
            let sum = &mut ends.entry(if rounded { round(*time) } else { *time }).or_default()[group];
            *sum = (sum.0.saturating_add(*events), sum.1.saturating_add(*censored));
        }
    }
    let mut waiting = [one.count() as f64, two.count() as f64];
    let (mut surplus, mut variance) = (0.0, 0.0);
    for groups in ends.values() {
        let events = groups[0].0 as f64 + groups[1].0 as f64;
        let all = waiting[0] + waiting[1];
        if all > 0.0 {
            surplus += groups[0].0 as f64 - events * waiting[0] / all;
        }
        if all > 1.0 {
            variance += events * (waiting[0] / all) * (waiting[1] / all) * (all - events) / (all - 1.0);
        }
        for (waiting, ends) in waiting.iter_mut().zip(groups) {
            *waiting -= ends.0 as f64 + ends.1 as f64;
        }
    }
    let statistic = surplus / variance.sqrt();
    statistic.is_finite().then(|| Test { statistic, p: normal_two_sided(statistic) })
}

/// A test of whether several groups are alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupsTest {
    /// How far they are from alike.
    pub chi_square: f64,
    /// Degrees of freedom: one less than there are groups with anybody in them.
    pub df: u64,
    /// How probable a χ² at least as large would be if they were alike.
    pub p: f64,
}

/// Whether any of several groups waits differently long: the log-rank test of k groups (Mantel 1966, Peto and Peto 1972). χ² = Uᵀ V⁻¹ U of the
/// surpluses U = Σ(observed − expected) of all groups but one, V their hypergeometric covariance. For two groups it is the square of
/// [`log_rank`]. Empty groups do not count. `None` with fewer than two others, more than 100, or nothing to compare.
pub fn log_rank_groups(groups: &[Survival]) -> Option<GroupsTest> {
    let groups: Vec<&Survival> = groups.iter().filter(|group| group.count() > 0).collect();
    let free = groups.len().checked_sub(1).filter(|free| (1..100).contains(free))?;
    let rounded = groups.iter().any(|group| group.rounded);
    let mut ends: BTreeMap<i64, Vec<(u64, u64)>> = BTreeMap::new();
    for (number, group) in groups.iter().enumerate() {
        for (time, (events, censored)) in &group.ends {
            let at = ends.entry(if rounded { round(*time) } else { *time }).or_insert_with(|| vec![(0, 0); groups.len()]);
            at[number] = (at[number].0.saturating_add(*events), at[number].1.saturating_add(*censored));
        }
    }
    let mut waiting: Vec<f64> = groups.iter().map(|group| group.count() as f64).collect();
    let (mut surplus, mut covariance) = (vec![0.0; free], vec![0.0; free * free]);
    for at in ends.values() {
        let events: f64 = at.iter().map(|group| group.0 as f64).sum();
        let all: f64 = waiting.iter().sum();
        let spread = if all > 1.0 { events * (all - events) / (all - 1.0) } else { 0.0 };
        for i in 0..free {
            let share = waiting[i] / all;
            surplus[i] += at[i].0 as f64 - events * share;
            for j in 0..free {
                covariance[i * free + j] += spread * share * (f64::from(u8::from(i == j)) - waiting[j] / all);
            }
        }
        for (waiting, ends) in waiting.iter_mut().zip(at) {
            *waiting -= ends.0 as f64 + ends.1 as f64;
        }
    }
    let lower = matrix::cholesky(&covariance, free)?;
    let chi_square: f64 = matrix::solve(&lower, free, &surplus).iter().zip(&surplus).map(|(part, surplus)| part * surplus).sum();
    let chi_square = Some(chi_square.max(0.0)).filter(|chi_square| chi_square.is_finite())?;
    Some(GroupsTest { chi_square, df: free as u64, p: chi_square_above(chi_square, free as f64) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(events: &[i64], censored: &[i64]) -> Survival {
        let mut survival = Survival::default();
        events.iter().for_each(|time| survival.add_event(*time));
        censored.iter().for_each(|time| survival.add_censored(*time));
        survival
    }

    /// Freireich and others (1963): weeks of remission of leukaemia, with 6-mercaptopurine and with placebo. The curve is in
    /// Kalbfleisch and Prentice, table 1.3 and after, and in every textbook since.
    fn remission() -> (Survival, Survival) {
        let treated = of(&[6, 6, 6, 7, 10, 13, 16, 22, 23], &[6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]);
        (treated, of(&[1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], &[]))
    }

    #[test]
    fn remission_of_leukaemia_as_published() {
        let (treated, placebo) = remission();
        let curve = treated.curve();
        let found: Vec<(i64, u64, f64)> =
            curve.iter().filter(|s| s.events > 0).map(|s| (s.time, s.at_risk, (s.survival * 1e3).round() / 1e3)).collect();
        assert_eq!(
            found,
            [(6, 21, 0.857), (7, 17, 0.807), (10, 15, 0.753), (13, 12, 0.69), (16, 11, 0.627), (22, 7, 0.538), (23, 6, 0.448)]
        );
        assert_eq!((treated.median().map(|m| m.time), placebo.median().map(|m| m.time)), (Some(23), Some(8)));
        assert_eq!((treated.quantile(0.9), treated.quantile(0.0), treated.count(), treated.events()), (None, None, 21, 9));
        // R's survdiff: χ² = 16.8, p = 4e-05.
        let test = log_rank(&placebo, &treated).unwrap();
        assert!((test.statistic.powi(2) - 16.793).abs() < 0.001 && (test.p - 4.17e-5).abs() < 1e-7, "{test:?}");
        assert!(log_rank(&treated, &placebo).unwrap().statistic < 0.0);
    }

    /// The same 42 patients in three groups by white blood cells (log at most 2.3, up to 3, above); lifelines 0.28,
    /// `multivariate_logrank_test`: χ² = 26.390628130722444, p = 1.859e-6.
    #[test]
    fn three_groups_as_in_lifelines() {
        let low = of(&[11, 12, 15, 23], &[17, 19, 20, 25, 32, 34, 35]);
        let middle = of(&[6, 10, 13, 22, 23, 1, 4, 8, 17, 22], &[9, 10, 11, 32]);
        let high = of(&[6, 6, 7, 16, 1, 2, 2, 3, 4, 5, 5, 8, 8, 8, 11, 12], &[6]);
        assert!(log_rank_groups(std::slice::from_ref(&low)).is_none());
        assert!(log_rank_groups(&[low.clone(), Survival::default()]).is_none());
        let test = log_rank_groups(&[low.clone(), middle.clone(), Survival::default(), high.clone()]).unwrap();
        assert_eq!(test.df, 2);
        assert!((test.chi_square - 26.390_628_130_722_444).abs() < 1e-9 && (test.p - 1.859_293_343_344_516_7e-6).abs() < 1e-12, "{test:?}");
        let other = log_rank_groups(&[high, low, middle]).unwrap();
        assert!((other.chi_square - test.chi_square).abs() < 1e-9);
        let (treated, placebo) = remission();
        let (two, groups) = (log_rank(&treated, &placebo).unwrap(), log_rank_groups(&[treated, placebo]).unwrap());
        assert!((two.statistic.powi(2) - groups.chi_square).abs() < 1e-9 && (two.p - groups.p).abs() < 1e-12);
    }

    #[test]
    fn where_nobody_was_observed_nothing_is_said() {
        let survival = of(&[5, 10], &[10, 20]);
        assert_eq!(survival.happened_by(4).map(|e| (e.value, e.low, e.high)), Some((0.0, 0.0, 0.0)));
        assert_eq!(survival.happened_by(5).map(|e| (e.value, e.n)), Some((0.25, 4)));
        assert_eq!(survival.happened_by(15).map(|e| e.value), Some(0.5));
        assert_eq!(survival.happened_by(21), None);
        assert_eq!(of(&[5], &[]).happened_by(99).map(|e| e.value), Some(1.0));
        assert_eq!((Survival::default().median(), Survival::default().happened_by(0)), (None, None));
        assert_eq!(log_rank(&of(&[1], &[]), &Survival::default()), None);
        assert_eq!(of(&[i64::MIN, i64::MAX], &[]).median().map(|m| m.time), Some(0));
    }

    #[test]
    fn many_durations_are_rounded_and_their_memory_is_bounded() {
        let times: Vec<i64> = (0..100_000i64).map(|n| n * n).collect();
        let all = of(&times, &[]);
        assert!(!all.is_exact() && all.ends.len() < 7_500);
        let median = all.median().unwrap().time as f64;
        assert!((median / 2.5e9 - 1.0).abs() < 1.0 / 128.0, "{median}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_merge_in_any_order(times in prop::collection::vec((0i64..1 << 40, any::<bool>()), 1..6000), cut in 0usize..6000) {
            let part = |rows: &[(i64, bool)]| {
                let mut survival = Survival::default();
                rows.iter().for_each(|(time, event)| survival.add(*time, u64::from(*event), u64::from(!event)));
                survival
            };
            let (left, right) = times.split_at(cut.min(times.len()));
            let (mut there, mut back) = (part(left), part(right));
            there.merge(&part(right));
            back.merge(&part(left));
            prop_assert_eq!(&there, &part(&times));
            prop_assert_eq!(&back, &there);
        }

        /// A curve falls and never rises, and so do the ends of its interval up to where it is 0.
        #[test]
        fn a_curve_never_rises(rows in prop::collection::vec((0i64..60, any::<bool>()), 1..200)) {
            let mut survival = Survival::default();
            rows.iter().for_each(|(time, event)| survival.add(*time, u64::from(*event), u64::from(!event)));
            let curve = survival.curve();
            for two in curve.windows(2) {
                prop_assert!(two[1].survival <= two[0].survival && two[1].at_risk < two[0].at_risk);
                prop_assert!(two[1].time > two[0].time);
            }
            prop_assert!(curve.iter().all(|s| (0.0..=1.0).contains(&s.low) && s.low <= s.survival && s.survival <= s.high && s.high <= 1.0));
        }

        /// Without censoring the curve is the share that is left.
        #[test]
        fn a_curve_without_censoring_is_a_share(times in prop::collection::vec(0i64..40, 1..60)) {
            for step in of(&times, &[]).curve() {
                let left = times.iter().filter(|time| **time > step.time).count() as f64 / times.len() as f64;
                prop_assert!((step.survival - left).abs() < 1e-12);
                prop_assert!(0.0 <= step.low && step.low <= step.survival && step.survival <= step.high && step.high <= 1.0);
            }
        }
    }
}
