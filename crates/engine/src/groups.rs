//! Breakdowns: into which groups a customer's events fall.

use std::collections::BTreeMap;
use std::sync::Arc;

use periplus_model::condition::Condition;
use periplus_model::question::{Breakdown, Interval, Of};
use serde_json::Value;

use crate::EngineError;
use crate::calendar::{self, Calendar};
use crate::kind::{Asked, Plan};
use crate::lens::Text;
use crate::scan::Run;

/// What a value is called that is not there.
pub(crate) const NO_VALUE: &str = "(none)";
/// More different groups than this are no breakdown any more.
pub(crate) const GROUPS_MAX: usize = 10_000;
/// How many breakdowns may be combined.
const BREAKDOWNS_MAX: usize = 3;

/// One breakdown, compiled.
enum By {
    /// The place of a trait in the lens.
    Trait(usize),
    /// The place of a text in the lens, and of which event.
    Text(usize, Of),
    /// Segments: their names and places in the lens.
    Segments(Vec<(Arc<str>, u32)>),
    First(Interval, Calendar),
}

/// How customers are divided into groups.
pub(crate) struct Division {
    by: Vec<By>,
    /// What each breakdown is called.
    pub(crate) titles: Vec<String>,
}

/// Memory for dividing customers, used again for each.
#[derive(Default)]
pub(crate) struct Dividing {
    times: Vec<i64>,
    codes: Vec<u32>,
    masks: Vec<u64>,
    numbers: Vec<Vec<f64>>,
    texts: Vec<Vec<Option<Arc<str>>>>,
}

impl Division {
    /// Asks the lens for what a question's breakdowns need.
    pub(crate) fn of(asked: &mut Asked<'_>) -> Result<Division, EngineError> {
        let mut division = Division { by: Vec::new(), titles: Vec::new() };
        if asked.shared.breakdown.len() > BREAKDOWNS_MAX {
            return Err(EngineError::Question(format!("it has more than {BREAKDOWNS_MAX} breakdowns at once")));
        }
        for breakdown in &asked.shared.breakdown {
            let (by, title) = match breakdown {
                Breakdown::Trait(name) => (By::Trait(asked.lens.trait_place(name)), name.clone()),
                Breakdown::Property(property) => {
                    let (name, of) = property.parts();
                    (By::Text(asked.lens.text(Text::Value(name.to_owned())), of), name.to_owned())
                }
                Breakdown::Channel(of) => (By::Text(asked.lens.text(Text::Channel), *of), "channel".to_owned()),
                Breakdown::Event(of) => (By::Text(asked.lens.text(Text::Event), *of), "event".to_owned()),
                Breakdown::Segments(segments) => (By::Segments(places(segments, asked)?), "segment".to_owned()),
                Breakdown::First(interval) => {
                    (By::First(*interval, asked.calendar.clone()), format!("{} of the first event", calendar::name(*interval)))
                }
            };
            division.by.push(by);
            division.titles.push(title);
        }
        // The first or last event of all may be one that the analysis does not look at.
        asked.lens.keep_all |= division.by.iter().any(|by| matches!(by, By::Text(_, Of::First | Of::Last) | By::First(..)));
        Ok(division)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by.is_empty()
    }

    /// Whether a group has whole customers, not only some of their events.
    pub(crate) fn has_whole_customers(&self) -> bool {
        !self.by.iter().any(|by| matches!(by, By::Text(_, Of::Each)))
    }

    /// Whether it needs the analysis's steps, and how many.
    pub(crate) fn steps(&self) -> usize {
        let step = |by: &By| if let By::Text(_, Of::Step(step)) = by { *step as usize } else { 0 };
        self.by.iter().map(step).max().unwrap_or(0)
    }

    /// Gives each group that a customer belongs to, with the customer's events in it.
    pub(crate) fn divide<P: Plan>(
        &self,
        run: &Run<'_>,
        plan: &P,
        scratch: &mut P::Scratch,
        memory: &mut Dividing,
        mut each: impl FnMut(&[Arc<str>], &Run<'_>, &mut P::Scratch),
    ) {
        let mut groups: Vec<Vec<Arc<str>>> = vec![Vec::new()];
        let mut per_event: Vec<(usize, usize)> = Vec::new();
        for (place, by) in self.by.iter().enumerate() {
            let values: Vec<Arc<str>> = match by {
                By::Trait(trait_place) => vec![trait_text(run.traits[*trait_place].as_ref())],
                By::Text(text, Of::Each) => {
                    per_event.push((place, *text));
                    vec![NO_VALUE.into()]
                }
                By::Text(text, of) => {
                    let mut rows = 0..run.times.len();
                    let value = match of {
                        Of::First => rows.find_map(|row| run.text(*text, row)),
                        Of::Last => rows.rev().find_map(|row| run.text(*text, row)),
                        Of::Step(step) => plan.step(run, (*step as usize).saturating_sub(1), scratch).and_then(|row| run.text(*text, row)),
                        Of::Each => None,
                    };
                    vec![value.cloned().unwrap_or_else(|| NO_VALUE.into())]
                }
                By::Segments(segments) => segments.iter().filter(|(_, place)| run.is_in(*place)).map(|(name, _)| name.clone()).collect(),
                By::First(interval, calendar) => {
                    let first = run.times.first().copied().unwrap_or_default();
                    vec![calendar.label(*interval, calendar.start(*interval, first)).into()]
                }
            };
            groups = groups
                .iter()
                .flat_map(|group| values.iter().map(|value| [group.as_slice(), std::slice::from_ref(value)].concat()))
                .collect();
        }
        if per_event.is_empty() {
            groups.iter().for_each(|group| each(group, run, scratch));
            return;
        }
        let texts: Vec<usize> = per_event.iter().map(|(_, text)| *text).collect();
        memory.split(run, &texts, |values, run| {
            for group in &groups {
                let mut group = group.clone();
                for ((place, _), value) in per_event.iter().zip(values) {
                    group[*place] = value.clone().unwrap_or_else(|| NO_VALUE.into());
                }
                each(&group, run, scratch);
            }
        });
    }
}

fn places(segments: &BTreeMap<String, Condition>, asked: &mut Asked<'_>) -> Result<Vec<(Arc<str>, u32)>, EngineError> {
    if segments.is_empty() {
        return Err(EngineError::Question("\"segments\" names no segment".to_owned()));
    }
    let (lens, map) = (&mut asked.lens, asked.desk.map);
    segments.iter().map(|(name, condition)| Ok((name.as_str().into(), lens.segment(condition, map)?))).collect()
}

/// The value of a trait as a text.
pub(crate) fn trait_text(value: Option<&Value>) -> Arc<str> {
    match value {
        None | Some(Value::Null) => NO_VALUE.into(),
        Some(Value::String(text)) => text.as_str().into(),
        Some(other) => other.to_string().into(),
    }
}

impl Dividing {
    /// Cuts a run into one for each combination of values that its events have of these texts, in the order of
    /// these.
    pub(crate) fn split(&mut self, run: &Run<'_>, texts: &[usize], mut each: impl FnMut(&[Option<Arc<str>>], &Run<'_>)) {
        let value = |row: usize| texts.iter().map(move |text| run.text(*text, row));
        let mut order: Vec<usize> = (0..run.times.len()).collect();
        order.sort_by(|a, b| value(*a).cmp(value(*b)));
        fn pick<T: Clone>(into: &mut Vec<T>, from: &[T], rows: &[usize]) {
            into.clear();
            into.extend(rows.iter().filter_map(|row| from.get(*row).cloned()));
        }
        for rows in order.chunk_by(|a, b| value(*a).eq(value(*b))) {
            pick(&mut self.times, run.times, rows);
            pick(&mut self.codes, run.codes, rows);
            pick(&mut self.masks, run.masks, rows);
            self.numbers.resize(run.numbers.len(), Vec::new());
            self.texts.resize(run.texts.len(), Vec::new());
            self.numbers.iter_mut().zip(run.numbers).for_each(|(into, from)| pick(into, &from[run.offset..], rows));
            self.texts.iter_mut().zip(run.texts).for_each(|(into, from)| pick(into, &from[run.offset..], rows));
            let part = Run {
                times: &self.times,
                codes: &self.codes,
                masks: &self.masks,
                numbers: &self.numbers,
                texts: &self.texts,
                offset: 0,
                ..*run
            };
            let values: Vec<Option<Arc<str>>> = value(rows[0]).map(|text| text.cloned()).collect();
            each(&values, &part);
        }
    }
}
