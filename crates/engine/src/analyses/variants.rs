//! Variants: sequences with the same steps, most frequent first.

use std::sync::Arc;

use periplus_model::answer::{Sequences, Variant, View};
use periplus_stats::Quantiles;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent};
use crate::EngineError;
use crate::columns::Names;
use crate::kind::{self, Asked, Kind, SequenceOf, Told};
use crate::lens::NONE;
use crate::scan::{Run, Totals};
use crate::stretch::Stretch;
use crate::ways::{Way, Ways};

pub(super) struct Variants;

/// A question for variants.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Events, touchpoints or channels.
    #[serde(default)]
    of: SequenceOf,
    /// Count repetitions of one step as one.
    #[serde(default)]
    collapse: bool,
    /// Compare only the first so many steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steps: Option<usize>,
    /// How many variants to show.
    #[serde(default = "super::twenty")]
    top: usize,
}

/// A sequence is compared over so many steps at most; longer ones end in "…".
const STEPS_MAX: usize = 500;

impl Kind for Variants {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "variants"
    }
    fn about(&self) -> &'static str {
        "The most frequent journeys: sequences with the same steps, their share and how long they take."
    }
    fn example(&self) -> Value {
        json!({"unit": "session", "collapse": true, "top": 10})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let names = asked.codes(question.of)?;
        let steps_max = question.steps.unwrap_or(STEPS_MAX).clamp(1, STEPS_MAX);
        Ok(Plan { names, steps_max, unit: asked.unit.plural().to_owned(), question })
    }
}

/// A question for variants, understood.
pub(super) struct Plan {
    question: Question,
    names: Arc<Names>,
    steps_max: usize,
    unit: String,
}

/// How often each sequence of codes occurred, and how long it took.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    variants: Ways<Quantiles>,
    steps: u64,
}

/// Which variant is meant.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Its steps, as the answer shows them.
    steps: Vec<String>,
}

impl Plan {
    /// Counts a sequence that took so long.
    fn add(&self, codes: impl Iterator<Item = u32>, span: i64, tally: &mut Tally, steps: &mut Vec<u32>) {
        steps.clear();
        for code in codes {
            if self.question.collapse && steps.last() == Some(&code) {
                continue;
            }
            if steps.len() == self.steps_max {
                // A sequence that was asked for only so far is whole; of others is told that they go on.
                steps.extend(self.question.steps.is_none().then_some(NONE));
                break;
            }
            steps.push(code);
        }
        let spans = tally.variants.at(steps);
        // What is new takes memory.
        tally.steps += if spans.count() == 0 { steps.len() as u64 } else { 0 };
        spans.add(span);
    }

    fn named(&self, steps: &[u32]) -> Vec<String> {
        steps
            .iter()
            .map(|code| if *code == NONE { "…".to_owned() } else { self.names.list().get(*code as usize).cloned().unwrap_or_default() })
            .collect()
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Vec<u32>;
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally::default()
    }
    fn scratch(&self) -> Vec<u32> {
        Vec::new()
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, steps: &mut Vec<u32>) {
        let counts = |code: &u32| *code != NONE;
        let Some((first, last)) = run.codes.iter().position(counts).zip(run.codes.iter().rposition(counts)) else { return };
        self.add(run.codes.iter().copied().filter(counts), run.times[last] - run.times[first], tally, steps);
    }

    fn take_stretch(&self, stretch: &Stretch<'_>, tally: &mut Tally, steps: &mut Vec<u32>) -> bool {
        for (names, times) in stretch.customers() {
            let (Some(first), Some(last)) = (times.first(), times.last()) else { continue };
            self.add(names.iter().map(|name| stretch.meaning[usize::from(*name)]), last - first, tally, steps);
        }
        true
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.variants.iter().map(|(_, spans)| spans.count()).sum()
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let sequences = self.units(tally);
        let distinct = tally.variants.len() as u64;
        let mut order: Vec<_> = tally.variants.iter().collect();
        // Codes are in the order of the names, so equally frequent ones come in that order too.
        let by_frequency = |a: &(Way<'_>, &Quantiles), b: &(Way<'_>, &Quantiles)| b.1.count().cmp(&a.1.count()).then_with(|| a.0.cmp(&b.0));
        if self.question.top < order.len() {
            // Of many, only those that are told need to be in order.
            order.select_nth_unstable_by(self.question.top, by_frequency);
            order.truncate(self.question.top);
        }
        order.sort_unstable_by(by_frequency);
        let variants: Vec<Variant> = order
            .into_iter()
            .map(|(way, spans)| Variant {
                steps: self.named(&way.codes()),
                count: spans.count(),
                share: spans.count() as f64 / sequences as f64,
                median_seconds: spans.median().unwrap_or(0.0) / 1e6,
            })
            .collect();
        let caption = match variants.first() {
            None => "There are no sequences.".to_owned(),
            Some(first) => format!(
                "{} {} follow {} different ways; the most frequent one covers {}.",
                count(sequences),
                self.unit,
                count(distinct),
                percent(first.share)
            ),
        };
        Told::new(caption, View::Sequences(Sequences { variants, distinct, sequences }))
    }

    fn semantics(&self) -> String {
        match self.question.steps {
            Some(steps) => format!("Sequences are the same variant when their first {steps} steps are the same, in the same order."),
            None => "Sequences are the same variant when all their steps are the same, in the same order.".to_owned(),
        }
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        tally.variants.iter().filter(|(way, _)| self.named(&way.codes()) == place.steps).map(|(_, spans)| spans.count()).sum()
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let mut places: Vec<Place> = tally.variants.iter().map(|(way, _)| Place { steps: self.named(&way.codes()) }).collect();
        places.sort_by(|a, b| a.steps.cmp(&b.steps));
        places
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.steps += other.steps;
        self.variants.merge(other.variants, |mine, spans| match mine.count() {
            0 => *mine = spans,
            _ => mine.merge(&spans),
        });
    }

    fn weight(&self) -> u64 {
        self.variants.len() as u64 * 200 + self.steps * 4
    }
}
