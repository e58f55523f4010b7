//! Changes to a chain.

use super::outcome::{Way, Weighted};
use super::{Assumption, Node, WAIT_SECONDS_MAX};
use crate::paths::{JourneyError, VALUE_MAX};

/// A change to the measured chain. Several are made one after the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A transition becomes `factor` times as probable; the other ways from there share the rest in proportion.
    Scale {
        /// From the start or a state.
        from: Node,
        /// To a state or an end.
        to: Node,
        /// From 0 on; the probability may not become more than 1. 1 changes nothing.
        factor: f64,
    },
    /// A transition gets a probability; the other ways from there share the rest in proportion. One that nobody made takes no time.
    /// The measured probability changes nothing, not even in the draws; any other one is not drawn.
    Set {
        /// From the start or a state.
        from: Node,
        /// To a state or an end.
        to: Node,
        /// From 0 to 1.
        probability: f64,
    },
    /// A share of those who are lost right from a place goes on instead, in proportion to where the others go on to. 0 changes
    /// nothing.
    FixDropOff {
        /// The start or a state.
        at: Node,
        /// From 0 to 1.
        share: f64,
    },
    /// Waits become longer or shorter.
    Wait {
        /// Of transitions from there; of all when none is named.
        from: Option<Node>,
        /// Of transitions to there; of all when none is named.
        to: Option<Node>,
        /// How long they become.
        wait: Wait,
    },
    /// A state is taken out.
    Remove {
        /// Its number.
        state: usize,
        /// What becomes of those who would come to it.
        then: Removed,
    },
    /// A state is put in; its number is the next one after those that there are.
    Add {
        /// Whom it takes from where they went.
        takes: Vec<Take>,
        /// Where they go from there; the probabilities are 1 together.
        onward: Vec<Onward>,
        /// What a conversion right from there is worth, in currency units; when not given, what conversions are worth on average.
        value: Option<f64>,
    },
}

/// How a wait is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wait {
    /// So many times as long, from 0 on.
    Factor(f64),
    /// So many seconds, from 0 to [`WAIT_SECONDS_MAX`].
    Seconds(f64),
}

/// What becomes of those who would come to a state that is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// They are lost: what the removal effect of attribution counts.
    Lost,
    /// They go at once where people go from there, without the wait there.
    GoOn,
}

/// A share of a transition that leads to an added state instead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Take {
    /// From the start or a state.
    pub from: Node,
    /// Where they went.
    pub to: Node,
    /// How many of them come to the added state, from 0 to 1.
    pub share: f64,
}

/// Where people go from an added state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Onward {
    /// A state or an end.
    pub to: Node,
    /// How many of them.
    pub probability: f64,
    /// After how long, in seconds.
    pub wait_seconds: f64,
}

/// Whether a chain is the measured one, on which a question must make sense, or one that was drawn near it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Measured,
    Drawn,
}

impl Change {
    /// What it takes for granted, beside what every scenario does.
    pub fn assumption(&self) -> Assumption {
        match self {
            Change::Scale { .. } | Change::Set { .. } => Assumption::OthersInProportion,
            Change::FixDropOff { .. } => Assumption::FreedGoOnInProportion,
            Change::Wait { .. } => Assumption::WaitsChangeTimeOnly,
            Change::Remove { then: Removed::Lost, .. } => Assumption::RemovedMeansLost,
            Change::Remove { then: Removed::GoOn, .. } => Assumption::RemovedMeansSkipped,
            Change::Add { .. } => Assumption::AddedAsStated,
        }
    }

    /// Makes the change. False when it changes nothing. A chain that was drawn has the ways of the measured one; where a
    /// probability would become more than 1 in it, it becomes 1.
    pub(crate) fn make(&self, chain: &mut Weighted, held: Held) -> Result<bool, JourneyError> {
        match self {
            Change::Scale { from, to, factor } => {
                if !(*factor >= 0.0 && factor.is_finite()) {
                    return Err(JourneyError::Setting { what: "the factor of a transition", range: "a number from 0 on" });
                }
                target(chain, *to)?;
                let row = row(chain, *from)?;
                let at = row.iter().position(|way| way.to == *to).ok_or(JourneyError::NoTransition)?;
                let all: f64 = row.iter().map(|way| way.weight).sum();
                let wanted = row[at].weight * factor;
                let share = wanted / all;
                if held == Held::Measured && share > 1.0 + 1e-12 {
                    return Err(JourneyError::Probability { probability: share });
                }
                weigh(row, at, wanted.min(all))?;
                Ok(*factor != 1.0)
            }
            Change::Set { from, to, probability } => {
                share_of("the probability", *probability)?;
                target(chain, *to)?;
                let mean = mean_value(chain);
                let row = row(chain, *from)?;
                let all: f64 = row.iter().map(|way| way.weight).sum();
                let at = row.iter().position(|way| way.to == *to);
                if at.map_or(*probability == 0.0, |at| row[at].weight / all == *probability) {
                    return Ok(false);
                }
                let at = at.unwrap_or_else(|| {
                    let value = if *to == Node::Converted { mean } else { 0.0 };
                    row.push(Way { to: *to, weight: 0.0, wait: 0.0, value });
                    row.len() - 1
                });
                // Where nobody ever was, all weights are 0, and the way that is set is the only one.
                if all > 0.0 {
                    weigh(row, at, probability * all)?
                } else {
                    row[at].weight = *probability
                }
                Ok(true)
            }
            Change::FixDropOff { at, share } => {
                share_of("the share of the drop-off that is fixed", *share)?;
                let own = *at;
                let row = row(chain, own)?;
                let onward = |way: &Way| way.to != Node::Lost && way.to != own;
                let lost: f64 = row.iter().filter(|way| way.to == Node::Lost).map(|way| way.weight).sum();
                let others: f64 = row.iter().filter(|way| onward(way)).map(|way| way.weight).sum();
                if lost <= 0.0 {
                    return Err(JourneyError::NoTransition);
                }
                if others <= 0.0 {
                    return Err(JourneyError::NowhereElse);
                }
                let more = (others + lost * share) / others;
                for way in row.iter_mut() {
                    if onward(way) {
                        way.weight *= more;
                    } else if way.to == Node::Lost {
                        way.weight *= 1.0 - share;
                    }
                }
                Ok(*share != 0.0)
            }
            Change::Wait { from, to, wait } => change_waits(chain, *from, *to, *wait),
            Change::Remove { state, then } => remove(chain, *state, *then),
            Change::Add { takes, onward, value } => add(chain, takes, onward, *value),
        }
    }
}

/// Gives one way a weight, and the others what remains, in proportion. The row's weight stays the same, to the last digit where
/// nothing changes.
fn weigh(row: &mut [Way], at: usize, wanted: f64) -> Result<(), JourneyError> {
    let others: f64 = row.iter().enumerate().filter(|(number, _)| *number != at).map(|(_, way)| way.weight).sum();
    let freed = row[at].weight - wanted;
    if others <= 0.0 && freed > 0.0 {
        return Err(JourneyError::NowhereElse);
    }
    if freed != 0.0 {
        let more = ((others + freed) / others).max(0.0);
        row.iter_mut().enumerate().filter(|(number, _)| *number != at).for_each(|(_, way)| way.weight *= more);
        row[at].weight = wanted;
    }
    Ok(())
}

fn change_waits(chain: &mut Weighted, from: Option<Node>, to: Option<Node>, wait: Wait) -> Result<bool, JourneyError> {
    let (Wait::Factor(number) | Wait::Seconds(number)) = wait;
    if !(0.0..=WAIT_SECONDS_MAX).contains(&number) {
        return Err(JourneyError::Setting { what: "a wait, or how many times as long it becomes,", range: "a number from 0 to 1e12" });
    }
    if !chain.timed {
        return Err(JourneyError::AgesNeeded);
    }
    if let Some(from) = from {
        row(chain, from)?;
    }
    to.map_or(Ok(()), |to| target(chain, to))?;
    let (mut seen, mut changed) = (false, false);
    for (number, row) in chain.rows.iter_mut().enumerate() {
        let own = if number == 0 { Node::Start } else { Node::At(number - 1) };
        if from.is_none_or(|from| from == own) {
            for way in row.iter_mut().filter(|way| to.is_none_or(|to| to == way.to)) {
                let new = match wait {
                    Wait::Factor(factor) => (way.wait * factor).min(WAIT_SECONDS_MAX),
                    Wait::Seconds(seconds) => seconds,
                };
                (seen, changed) = (true, changed || new != way.wait);
                way.wait = new;
            }
        }
    }
    if seen { Ok(changed) } else { Err(JourneyError::NoTransition) }
}

fn remove(chain: &mut Weighted, state: usize, then: Removed) -> Result<bool, JourneyError> {
    let gone = Node::At(state);
    let onward: Vec<Way> = match then {
        Removed::Lost => vec![Way { to: Node::Lost, weight: 1.0, wait: 0.0, value: 0.0 }],
        Removed::GoOn => row(chain, gone)?.iter().filter(|way| way.to != gone).copied().collect(),
    };
    row(chain, gone)?.clear();
    let all: f64 = onward.iter().map(|way| way.weight).sum();
    let mut changed = false;
    for row in &mut chain.rows {
        let Some(at) = row.iter().position(|way| way.to == gone) else { continue };
        let into = row.remove(at);
        changed = true;
        if all <= 0.0 {
            merge(row, Way { to: Node::Lost, value: 0.0, ..into });
        }
        for way in onward.iter().filter(|_| all > 0.0) {
            merge(row, Way { to: way.to, weight: into.weight * (way.weight / all), wait: into.wait, value: way.value });
        }
    }
    Ok(changed)
}

fn add(chain: &mut Weighted, takes: &[Take], onward: &[Onward], value: Option<f64>) -> Result<bool, JourneyError> {
    let new = Node::At(chain.rows.len() - 1);
    if value.is_some_and(|value| !(0.0..=VALUE_MAX).contains(&value)) {
        return Err(JourneyError::Value);
    }
    let mut sum = 0.0;
    for way in onward {
        share_of("the probability of a way from the added state", way.probability)?;
        if !(0.0..=WAIT_SECONDS_MAX).contains(&way.wait_seconds) {
            return Err(JourneyError::Setting { what: "a mean wait", range: "from 0 to 1e12 seconds" });
        }
        target(chain, way.to)?;
        sum += way.probability;
    }
    if (sum - 1.0).abs() > 1e-9 {
        return Err(JourneyError::Setting { what: "the probabilities of the ways from the added state", range: "1 together" });
    }
    let value = value.unwrap_or_else(|| mean_value(chain));
    let mut changed = false;
    for take in takes {
        share_of("the share that the added state takes", take.share)?;
        let row = row(chain, take.from)?;
        let from = row.iter_mut().find(|way| way.to == take.to).ok_or(JourneyError::NoTransition)?;
        let moved = from.weight * take.share;
        changed |= moved > 0.0;
        from.weight *= 1.0 - take.share;
        let into = Way { to: new, weight: moved, wait: from.wait, value: 0.0 };
        merge(row, into);
    }
    let mut row = Vec::new();
    for way in onward {
        let value = if way.to == Node::Converted { value } else { 0.0 };
        merge(&mut row, Way { to: way.to, weight: way.probability, wait: way.wait_seconds, value });
    }
    chain.rows.push(row);
    Ok(changed)
}

/// Adds a way to a row, together with one that leads to the same place.
fn merge(row: &mut Vec<Way>, way: Way) {
    let Some(known) = row.iter_mut().find(|known| known.to == way.to) else { return row.push(way) };
    let weight = known.weight + way.weight;
    if way.weight > 0.0 {
        let share = way.weight / weight;
        known.wait += share * (way.wait - known.wait);
        known.value += share * (way.value - known.value);
        known.weight = weight;
    }
}

/// What a conversion is worth on average; 0 where there are none.
fn mean_value(chain: &Weighted) -> f64 {
    let conversions = || chain.rows.iter().flatten().filter(|way| way.to == Node::Converted);
    let all: f64 = conversions().map(|way| way.weight).sum();
    if all > 0.0 { conversions().map(|way| way.weight / all * way.value).sum() } else { 0.0 }
}

fn row(chain: &mut Weighted, from: Node) -> Result<&mut Vec<Way>, JourneyError> {
    let states = chain.rows.len() - 1;
    match from {
        Node::Start => Ok(&mut chain.rows[0]),
        Node::At(state) if state < states => Ok(&mut chain.rows[state + 1]),
        Node::At(state) => Err(JourneyError::UnknownState { state, states }),
        Node::Converted | Node::Lost => Err(JourneyError::NoTransition),
    }
}

fn target(chain: &Weighted, to: Node) -> Result<(), JourneyError> {
    let states = chain.rows.len() - 1;
    match to {
        Node::At(state) if state >= states => Err(JourneyError::UnknownState { state, states }),
        Node::Start => Err(JourneyError::NoTransition),
        _ => Ok(()),
    }
}

fn share_of(what: &'static str, share: f64) -> Result<(), JourneyError> {
    if (0.0..=1.0).contains(&share) { Ok(()) } else { Err(JourneyError::Setting { what, range: "from 0 to 1" }) }
}
