//! Example journeys: of some of those whom a finding struck, what they did around the time of it.

use std::collections::{BTreeMap, HashMap};

use periplus_maps::JourneyMap;
use periplus_model::finding::{Example, ExampleStep, Finding};
use periplus_model::question::{Common, Unit};
use periplus_model::time::Instant;

use super::way::DAY;
use crate::asking::asked;
use crate::lens::NONE;
use crate::scan::{Fold, Run, scan};
use crate::units::By;
use crate::{Desk, EngineError};

/// So many steps are told before it and after it,
const BEFORE: usize = 5;
const AFTER: usize = 4;
/// if they are no further from it than this.
const FAR: i64 = 30 * DAY;

/// The example of somebody who was struck at a touchpoint on a day; [`fill`] tells its steps.
pub(crate) fn example(key: i64, touchpoint: &str, day: Instant) -> Example {
    Example { key, customer: None, steps: vec![ExampleStep { time: day, at: touchpoint.to_owned(), here: true }] }
}

/// Where an example is to be found: whose it is, the day, and the touchpoint.
type Spot = (i64, i64, usize);

/// Tells the steps of all examples. They are what these customers did, whatever the question left out.
///
/// # Errors
/// When the lake cannot be read, or whoever asked does not wait any longer.
pub(crate) fn fill(findings: &mut [&mut Finding], map: &JourneyMap, desk: &Desk<'_>) -> Result<(), EngineError> {
    let spot = |example: &Example, touchpoint: &str| -> Option<Spot> {
        let at = map.touchpoints.iter().position(|known| known.id == touchpoint)?;
        Some((example.key, example.steps.first()?.time.0, at))
    };
    let mut wanted: HashMap<i64, Vec<Spot>> = HashMap::new();
    for finding in &*findings {
        for spot in finding.examples.iter().filter_map(|example| spot(example, &finding.touchpoint)) {
            wanted.entry(spot.0).or_default().push(spot);
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let shared = Common::default();
    let mut asked = asked(&shared, desk)?;
    asked.as_mapped(map)?;
    (asked.lens.from, asked.lens.to) = (None, None);
    // Of sessions, the customer's whole way is the example.
    let unit = if asked.unit == Unit::Session { Unit::default() } else { asked.unit.clone() };
    asked.lens.keep_all = false;
    asked.lens.unit = By::of(&unit, &mut asked.lens);
    let (states, _) = scan(desk, &asked.lens, &unit, || Walks { map, wanted: &wanted, found: BTreeMap::new() })?;
    let found: BTreeMap<Spot, Vec<ExampleStep>> = states.into_iter().flat_map(|state| state.found).collect();
    for finding in findings {
        for example in &mut finding.examples {
            if let Some(steps) = spot(example, &finding.touchpoint).and_then(|spot| found.get(&spot)) {
                example.steps.clone_from(steps);
            }
        }
        finding.examples.retain(|example| example.steps.len() > 1);
    }
    Ok(())
}

/// Looks for the ways of those who are examples.
struct Walks<'w> {
    map: &'w JourneyMap,
    wanted: &'w HashMap<i64, Vec<Spot>>,
    found: BTreeMap<Spot, Vec<ExampleStep>>,
}

impl Fold for Walks<'_> {
    fn take(&mut self, run: &Run<'_>) -> Result<(), EngineError> {
        for spot in self.wanted.get(&run.key).into_iter().flatten() {
            if let Some(steps) = around(run, *spot, self.map) {
                self.found.insert(*spot, steps);
            }
        }
        Ok(())
    }
}

/// The steps around a spot: around the touchpoint on that day, else what came last until then.
fn around(run: &Run<'_>, (_, day, touchpoint): Spot, map: &JourneyMap) -> Option<Vec<ExampleStep>> {
    let steps: Vec<(i64, usize)> =
        run.times.iter().zip(run.codes).filter(|(_, code)| **code != NONE).map(|(time, code)| (*time, *code as usize)).collect();
    let that_day = |time: i64| (day..day.saturating_add(DAY)).contains(&time);
    let here = steps.iter().position(|(time, code)| that_day(*time) && *code == touchpoint);
    let at = here.or_else(|| steps.partition_point(|(time, _)| *time < day.saturating_add(DAY)).checked_sub(1))?;
    let near = |other: &usize| (steps[*other].0 - steps[at].0).abs() <= FAR;
    let from = (at.saturating_sub(BEFORE)..=at).find(near)?;
    let to = (at..steps.len().min(at + AFTER + 1)).rfind(near)?;
    let told = |place: usize| ExampleStep {
        time: Instant(steps[place].0),
        at: map.touchpoints.get(steps[place].1).map_or_else(String::new, |touchpoint| touchpoint.name.clone()),
        here: Some(place) == here,
    };
    Some((from..=to).map(told).collect())
}
