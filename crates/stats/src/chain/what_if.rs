//! What would become of the journeys if something were changed.

use periplus_model::answer::Estimate;

use super::edit::{Change, Held};
use super::outcome::{Outcome, Weighted};
use super::sweep::{DRAWN, EXACT};
use super::{Assumption, Chain};
use crate::bootstrap::Bootstrap;
use crate::chance::Chance;
use crate::paths::JourneyError;

/// How many scenarios may stand side by side.
pub const SCENARIOS_MAX: usize = 100;
/// How many changes a scenario may have.
pub const CHANGES_MAX: usize = 1_000;

/// One figure, as measured and as changed. `n` is the number of journeys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// As measured.
    pub base: Estimate,
    /// After the changes.
    pub changed: Estimate,
    /// Changed minus base. Both are drawn together, so it is surer than the two apart.
    pub difference: Estimate,
}

/// What a scenario comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The probability that a journey converts.
    pub probability: Compared,
    /// Conversions of as many journeys as were measured.
    pub conversions: Compared,
    /// Their value, in currency units.
    pub value: Compared,
    /// How long journeys that convert take on average, in seconds; none when none does before or after, or waits are not known.
    pub seconds_to_conversion: Option<Compared>,
    /// What is taken for granted.
    pub assumptions: Vec<Assumption>,
}

/// Scenarios side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// The measured chain.
    pub base: Outcome,
    /// What each scenario comes to, in the order in which they were asked.
    pub scenarios: Vec<Scenario>,
}

/// Changes the measured chain and compares what the journeys come to: exactly, by solving both chains.
///
/// Intervals are those of a parametric bootstrap: in each draw the transitions from every state get probabilities from a Dirichlet
/// distribution with their counts (independent gamma numbers, in proportion; Rubin 1981, *The Bayesian bootstrap*), and the chain is
/// solved before and after the changes. All scenarios see the same draws. Waits and values are not drawn. A scenario that changes
/// nothing gives the base, bit for bit, and differences of 0.
///
/// Errors: a change that makes no sense in this chain ([`JourneyError`] says which kind), a setting out of its range, or more than
/// [`SCENARIOS_MAX`] scenarios or [`CHANGES_MAX`] changes.
pub fn what_if(chain: &Chain, scenarios: &[Vec<Change>], how: &Bootstrap) -> Result<WhatIf, JourneyError> {
    how.check()?;
    if scenarios.len() > SCENARIOS_MAX || scenarios.iter().any(|changes| changes.len() > CHANGES_MAX) {
        return Err(JourneyError::TooMany { what: "scenarios or changes in one", limit: SCENARIOS_MAX as u64 });
    }
    let journeys = chain.journeys();
    let measured = chain.weighted(|way| way.count as f64);
    let base = measured.outcome(journeys, EXACT)?;
    let mut made: Vec<Drawn> = Vec::with_capacity(scenarios.len());
    for changes in scenarios {
        let mut changed = measured.clone();
        let mut effective = Vec::new();
        for change in changes {
            if change.make(&mut changed, Held::Measured)? || matches!(change, Change::Add { .. }) {
                effective.push(change);
            }
        }
        let outcome = if effective.is_empty() { base } else { changed.outcome(journeys, EXACT)? };
        made.push(Drawn { changes: effective, outcome, draws: Vec::with_capacity(how.draws) });
    }
    for number in 0..how.draws {
        let mut dice = Chance::of(how.seed, number as u64);
        let drawn = chain.weighted(|way| dice.gamma(way.count as f64));
        let before = drawn.outcome(journeys, DRAWN)?;
        for scenario in &mut made {
            let after = if scenario.changes.is_empty() { before } else { changed(&drawn, &scenario.changes)?.outcome(journeys, DRAWN)? };
            scenario.draws.push((before, after));
        }
    }
    let scenarios = made.iter().zip(scenarios).map(|(made, changes)| made.compared(&base, changes, how, journeys)).collect();
    Ok(WhatIf { base, scenarios })
}

fn changed(chain: &Weighted, changes: &[&Change]) -> Result<Weighted, JourneyError> {
    let mut copy = chain.clone();
    for change in changes {
        change.make(&mut copy, Held::Drawn)?;
    }
    Ok(copy)
}

/// A scenario with its draws, before and after.
struct Drawn<'a> {
    changes: Vec<&'a Change>,
    outcome: Outcome,
    draws: Vec<(Outcome, Outcome)>,
}

impl Drawn<'_> {
    fn compared(&self, base: &Outcome, asked: &[Change], how: &Bootstrap, n: u64) -> Scenario {
        let compare = |of: fn(&Outcome) -> f64| self.compare(base, |outcome| Some(of(outcome)), how, n);
        let nothing = Estimate { n, ..Estimate::default() };
        let none = Compared { base: nothing, changed: nothing, difference: nothing };
        let mut assumptions =
            vec![Assumption::Associational, Assumption::Memoryless, Assumption::OthersUnchanged, Assumption::ValuesAsMeasured];
        assumptions.extend(asked.iter().map(Change::assumption));
        assumptions.sort_unstable();
        assumptions.dedup();
        Scenario {
            probability: compare(|outcome| outcome.probability).unwrap_or(none),
            conversions: compare(|outcome| outcome.conversions).unwrap_or(none),
            value: compare(|outcome| outcome.value).unwrap_or(none),
            seconds_to_conversion: self.compare(base, |outcome| outcome.seconds_to_conversion, how, n),
            assumptions,
        }
    }

    fn compare(&self, base: &Outcome, of: impl Fn(&Outcome) -> Option<f64>, how: &Bootstrap, n: u64) -> Option<Compared> {
        let (measured, changed) = (of(base)?, of(&self.outcome)?);
        let pairs: Vec<(f64, f64)> = self.draws.iter().filter_map(|(before, after)| of(before).zip(of(after))).collect();
        let interval = |value: f64, from: fn(&(f64, f64)) -> f64| how.interval(value, &mut pairs.iter().map(from).collect::<Vec<f64>>(), n);
        Some(Compared {
            base: interval(measured, |pair| pair.0),
            changed: interval(changed, |pair| pair.1),
            difference: interval(changed - measured, |pair| pair.1 - pair.0),
        })
    }
}
