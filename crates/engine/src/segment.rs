//! Which customers a segment or persona means.

use periplus_maps::JourneyMap;
use periplus_model::condition::{Condition, Test, lot};
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
    /// The place of the trait's history in the lens; whether every value that it had in the time looked at passes, and there
    /// is one, or just some value; and how far back that reaches, the whole period when absent.
    History {
        place: usize,
        test: Test,
        every: bool,
        within: Option<i64>,
    },
    /// A lot below a share.
    Random(String, f64),
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
            Condition::Held(name, test, span) => {
                Segment::History { place: lens.history_place(name), test: test.clone(), every: true, within: Some(span.0) }
            }
            Condition::Had(name, test, within) => {
                let within = within.map(|span| span.0);
                Segment::History { place: lens.history_place(name), test: test.clone(), every: false, within }
            }
            Condition::Random(salt, share) => Segment::Random(salt.clone(), *share),
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

    /// Whether the customer belongs to it, by what happened in a period (microseconds, end exclusive).
    pub(crate) fn holds(&self, run: &Run<'_>, period: (i64, i64)) -> bool {
        let back = |within: &Option<i64>| within.map_or(period.0, |span| period.1.saturating_sub(span).max(period.0));
        match self {
            Segment::And(list) => list.iter().all(|s| s.holds(run, period)),
            Segment::Or(list) => list.iter().any(|s| s.holds(run, period)),
            Segment::Not(one) => !one.holds(run, period),
            Segment::Trait(place, test) => test.passes(run.traits[*place].as_ref().filter(|v| **v != Value::Null)),
            Segment::History { place, test, every, within } => {
                // Traits may be older than the period, and still be in force: only events end with it.
                let since = within.map_or(period.0, |span| period.1.saturating_sub(span));
                let mut values = in_force(&run.histories[*place], since).map(|value| test.passes(value));
                if *every { values.all(|passes| passes) } else { values.any(|passes| passes) }
            }
            Segment::Random(salt, share) => lot(salt, run.key) < *share,
            Segment::Did { bit, at_least, at_most, within } => {
                let from = run.times.partition_point(|time| *time < back(within));
                let count = run.masks[from..].iter().filter(|mask| **mask >> bit & 1 == 1).count() as u64;
                (*at_least..=*at_most).contains(&count)
            }
            Segment::Sequence { bits, within } => {
                let from = run.times.partition_point(|time| *time < period.0);
                sequence(&run.cut(from..run.times.len()), bits, within.unwrap_or(i64::MAX))
            }
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

/// The values that a trait had at some time since then, the last one included; before its first value it had none.
fn in_force(history: &[(i64, Value)], since: i64) -> impl Iterator<Item = Option<&Value>> {
    let none = history.first().is_none_or(|(first, _)| *first > since).then_some(None);
    let until = |place: usize| history.get(place + 1).map_or(i64::MAX, |(time, _)| *time);
    let rest = history.iter().enumerate().filter(move |(place, _)| until(*place) > since || place + 1 == history.len());
    none.into_iter().chain(rest.map(|(_, (_, value))| Some(value)))
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
                    histories: &[],
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
