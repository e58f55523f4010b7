//! The analyses, one file each.

mod attribution;
mod bottlenecks;
mod comments;
mod conformance;
mod correlation;
mod experiment;
mod findings;
mod follows;
mod funnel;
mod kpis;
mod lifecycle;
mod lifetime;
mod loops;
mod map;
mod next_action;
mod overview;
mod paths;
mod personas;
mod reach;
mod retention;
mod rfm;
mod segments;
mod sequence;
mod sessions;
mod stages;
mod stickiness;
mod survival;
mod time_to_convert;
mod trends;
mod variants;
mod what_if;

use periplus_model::question::Interval;
use periplus_model::time::Span;

use crate::Analysis;

/// Every analysis there is.
pub static ANALYSES: &[&dyn Analysis] = &[
    &overview::Overview,
    &trends::Trends,
    &funnel::Funnel,
    &time_to_convert::TimeToConvert,
    &paths::Paths,
    &follows::Follows,
    &variants::Variants,
    &loops::Loops,
    &bottlenecks::Bottlenecks,
    &retention::Retention,
    &lifecycle::Lifecycle,
    &stickiness::Stickiness,
    &sessions::Sessions,
    &sequence::Sequence,
    &segments::Segments,
    &correlation::Correlation,
    &stages::Stages,
    &reach::Reach,
    &map::Map,
    &findings::Findings,
    &kpis::Kpis,
    &comments::Comments,
    &attribution::Attribution,
    &conformance::Conformance,
    &what_if::WhatIf,
    &next_action::NextAction,
    &personas::Personas,
    &lifetime::Lifetime,
    &rfm::Rfm,
    &survival::Survival,
    &experiment::Experiment,
];

/// Journeys of more steps than this are not compared with a design or with each other.
pub(crate) const LENGTH_MAX: usize = 300;

// What several questions mean where they say nothing.

fn yes() -> bool {
    true
}

fn twenty() -> usize {
    20
}

fn week() -> Interval {
    Interval::Week
}

fn month() -> Span {
    Span::days(30)
}

/// `n` of something, with a comma for thousands.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something that has a plain plural: "1 week", "12 weeks".
pub(crate) fn period(n: u64, word: &str) -> String {
    format!("{} {word}{}", count(n), if n == 1 { "" } else { "s" })
}

/// So many of what is counted, whose word for several is known: "1 customer", "12 customers".
pub(crate) fn of_them(n: u64, plural: &str) -> String {
    let one = match plural {
        "customers" | "sessions" | "households" if n == 1 => &plural[..plural.len() - 1],
        _ => plural,
    };
    format!("{} {one}", count(n))
}

/// A p-value in words that never says that something is impossible.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.0001 { "p < 0.0001".to_owned() } else { format!("p = {p:.4}") }
}

/// A share in per cent with one decimal.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Seconds as a person says them.
pub(crate) fn seconds(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 120.0 => (s, "s"),
        s if s < 7_200.0 => (s / 60.0, "min"),
        s if s < 172_800.0 => (s / 3_600.0, "h"),
        s => (s / 86_400.0, "days"),
    };
    if value >= 10.0 || value.fract() == 0.0 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_analysis_has_its_own_name_an_example_and_a_schema() {
        let mut names: Vec<&str> = ANALYSES.iter().map(|a| a.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ANALYSES.len());
        for analysis in ANALYSES {
            assert!(analysis.about().ends_with('.'), "{}", analysis.name());
            assert!(analysis.example().is_object());
            assert_eq!(analysis.schema()["additionalProperties"], false, "{} refuses unknown fields", analysis.name());
        }
    }
}
