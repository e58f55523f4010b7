//! Key figures: each with its interval, what it is judged by, and the people behind it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::Estimate;
use crate::measured::KpiFormat;

/// Key figures of a whole, and of each stage, touchpoint or channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Kpis {
    /// What they are told by ("stage"); nothing when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What is counted, in the plural ("customers").
    pub unit: String,
    /// Figures of fewer observations than this are not told.
    pub at_least: u64,
    /// The figures: each of the whole first, then of each place in its order.
    pub figures: Vec<KpiFigure>,
}

/// One key figure, of the whole or of one place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct KpiFigure {
    /// Its kind: `nps`, `retention`, ...
    pub kpi: String,
    /// What it is called.
    pub name: String,
    /// How it is reckoned, in words.
    pub variant: String,
    /// The name of the stage, touchpoint or channel; the whole when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// How it is printed.
    pub format: KpiFormat,
    /// The figure; null when there is nothing to tell, or too little.
    pub value: Option<Estimate>,
    /// What kind of interval it has.
    pub interval: String,
    /// How many observations there are: answers, customers, texts, as the variant says.
    pub n: u64,
    /// Whether it is not told because there are too few of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub too_few: bool,
    /// The customers behind it.
    pub customers: u64,
    /// Of these, those who are what the figure counts (promoters, satisfied, came back).
    pub yes: u64,
    /// And those who are the opposite (detractors, dissatisfied, stayed away).
    pub no: u64,
    /// What the first are called.
    pub yes_means: String,
    /// What the others are called.
    pub no_means: String,
    /// How many are too young to tell.
    #[serde(default)]
    pub immature: u64,
    /// Why some have no value, and how many (texts in other languages).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<(String, u64)>,
    /// Of the surveys with this question that were asked, the share that was answered; absent where nobody was noted as asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Estimate>,
    /// The target that the map declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// Whether smaller is better.
    pub smaller_is_better: bool,
    /// Whether the target is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The place at which the customers behind it are listed; with `"who": "yes"` or `"no"`, only those.
    pub place: Value,
}

/// Whether a target is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval is on the right side of it.
    Met,
    /// The whole interval is on the wrong side.
    Missed,
    /// It lies within the interval.
    NotSure,
}

impl Verdict {
    /// Judges a figure by its target.
    pub fn of(value: &Estimate, target: f64, smaller_is_better: bool) -> Verdict {
        let (above, below) = (value.low >= target, value.high <= target);
        match (smaller_is_better, above, below) {
            (false, true, _) | (true, _, true) => Verdict::Met,
            (false, _, true) | (true, true, _) => Verdict::Missed,
            _ => Verdict::NotSure,
        }
    }

    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
            Verdict::NotSure => "not surely",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_or_missed_when_the_whole_interval_says_so() {
        let of = |low, high, smaller| Verdict::of(&Estimate { value: 0.5, low, high, n: 9 }, 0.5, smaller);
        assert_eq!((of(0.5, 0.6, false), of(0.5, 0.6, true)), (Verdict::Met, Verdict::Missed));
        assert_eq!((of(0.4, 0.49, false), of(0.4, 0.49, true)), (Verdict::Missed, Verdict::Met));
        assert_eq!((of(0.4, 0.6, false), of(0.4, 0.6, true)), (Verdict::NotSure, Verdict::NotSure));
    }
}
