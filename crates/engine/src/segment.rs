//! Which customers a segment or persona means.

use periplus_maps::JourneyMap;
use periplus_model::condition::{Condition, Test};
use serde_json::Value;

use crate::EngineError;
use crate::lens::Lens;
use crate::scan::Run;

/// A compiled condition on customers.
#[derive(Clone, Debug)]
pub(crate) enum Segment {
    And(Vec<Segment>),
    Or(Vec<Segment>),
    Not(Box<Segment>),
    /// The place of the trait in the lens, and its test.
    Trait(usize, Test),
    /// So many events with this bit, so far back from the end of the period.
    Did {
        bit: u32,
        at_least: u64,
        at_most: u64,
        within: Option<i64>,
    },
    /// Events with these bits one after the other.
    Sequence {
        bits: Vec<u32>,
        within: Option<i64>,
    },
}

impl Segment {
    /// Compiles a condition, asking the lens for the bits and traits that it needs. `Member` means a persona of the map.
    pub(crate) fn compile(condition: &Condition, lens: &mut Lens, map: Option<&JourneyMap>) -> Result<Segment, EngineError> {
        Segment::compile_within(condition, lens, map, 0)
    }

    fn compile_within(condition: &Condition, lens: &mut Lens, map: Option<&JourneyMap>, depth: u32) -> Result<Segment, EngineError> {
        let mut all = |list: &[Condition]| list.iter().map(|c| Segment::compile_within(c, lens, map, depth)).collect::<Result<Vec<_>, _>>();
        Ok(match condition {
            Condition::And(list) => Segment::And(all(list)?),
            Condition::Or(list) => Segment::Or(all(list)?),
            Condition::Not(one) => Segment::Not(Box::new(Segment::compile_within(one, lens, map, depth)?)),
            Condition::Trait(name, test) => Segment::Trait(lens.trait_place(name), test.clone()),
            Condition::Did { what, at_least, at_most, within } => Segment::Did {
                bit: lens.bit(what, map)?,
                at_least: *at_least,
                at_most: at_most.unwrap_or(u64::MAX),
                within: within.map(|span| span.0),
            },
            Condition::Sequence { steps, within } => Segment::Sequence {
                bits: steps.iter().map(|step| lens.bit(step, map)).collect::<Result<_, _>>()?,
                within: within.map(|span| span.0),
            },
            Condition::Member(name) => {
                let persona = map.and_then(|map| map.personas.iter().find(|p| p.id == *name));
                let persona =
                    persona.ok_or_else(|| EngineError::Question(format!("there is no segment or persona '{name}' in the map")))?;
                // A persona that means itself would never end.
                if depth > 8 {
                    return Err(EngineError::Question(format!("the persona '{name}' refers to itself")));
                }
                Segment::compile_within(&persona.segment, lens, map, depth + 1)?
            }
            other => {
                return Err(EngineError::Question(format!(
                    "{} speaks about events where a condition on customers is needed",
                    other.to_json()
                )));
            }
        })
    }

    /// Whether the customer belongs to it, looking back from `end` (microseconds).
    pub(crate) fn holds(&self, run: &Run<'_>, end: i64) -> bool {
        match self {
            Segment::And(list) => list.iter().all(|s| s.holds(run, end)),
            Segment::Or(list) => list.iter().any(|s| s.holds(run, end)),
            Segment::Not(one) => !one.holds(run, end),
            Segment::Trait(place, test) => test.passes(run.traits[*place].as_ref().filter(|v| **v != Value::Null)),
            Segment::Did { bit, at_least, at_most, within } => {
                let earliest = within.map_or(i64::MIN, |span| end.saturating_sub(span));
                let from = run.times.partition_point(|time| *time < earliest);
                let count = run.masks[from..].iter().filter(|mask| **mask >> bit & 1 == 1).count() as u64;
                (*at_least..=*at_most).contains(&count)
            }
            Segment::Sequence { bits, within } => sequence(run, bits, within.unwrap_or(i64::MAX)),
        }
    }
}

/// Whether events with these bits follow one another, the last no later than `within` after the first.
fn sequence(run: &Run<'_>, bits: &[u32], within: i64) -> bool {
    // starts[i]: the latest first time of a chain that has reached step i.
    let mut starts: Vec<Option<i64>> = vec![None; bits.len()];
    for (time, mask) in run.times.iter().zip(run.masks) {
        for step in (0..bits.len()).rev() {
            if mask >> bits[step] & 1 == 1 {
                let start = if step == 0 { Some(*time) } else { starts[step - 1].filter(|start| time.saturating_sub(*start) <= within) };
                starts[step] = start.or(starts[step]);
            }
        }
        if starts.last().is_some_and(Option::is_some) {
            return true;
        }
    }
    bits.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_need_order_and_time() {
        let run = |masks: &[u64], bits: &[u32], within: i64| {
            let times: Vec<i64> = (0..masks.len() as i64).map(|n| n * 10).collect();
            let codes = vec![0; masks.len()];
            sequence(
                &Run {
                    key: 1,
                    name: None,
                    times: &times,
                    codes: &codes,
                    masks,
                    numbers: &[],
                    texts: &[],
                    offset: 0,
                    traits: &[],
                    members: 0,
                },
                bits,
                within,
            )
        };
        assert!(run(&[1, 2], &[0, 1], i64::MAX));
        assert!(!run(&[2, 1], &[0, 1], i64::MAX));
        assert!(!run(&[3], &[0, 1], i64::MAX), "one event is one step");
        assert!(run(&[1, 0, 2], &[0, 1], 20) && !run(&[1, 0, 2], &[0, 1], 19));
        assert!(run(&[1, 0, 1, 2], &[0, 1], 10), "a later start may make it");
        assert!(run(&[], &[], 0));
    }
}
