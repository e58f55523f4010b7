//! Variants: sequences with the same steps, most frequent first.

use std::collections::HashMap;

use periplus_model::answer::{Answer, Sequences, Variant, View};
use periplus_model::question::Unit;
use periplus_stats::Quantiles;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Of, codes, common, count, percent};
use crate::asked::{schema, settings};
use crate::lens::NONE;
use crate::scan::{Fold, Run, scan};
use crate::{Analysis, Desk, EngineError, Telling};

pub(super) struct Variants;

/// A question for variants.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    /// Sequences of what: each customer's whole journey, or each session.
    #[serde(default)]
    unit: Unit,
    /// Events or touchpoints.
    #[serde(default)]
    of: Of,
    /// Count repetitions of one step as one.
    #[serde(default)]
    collapse: bool,
    /// How many variants to show.
    #[serde(default = "twenty")]
    top: usize,
}

fn twenty() -> usize {
    20
}

/// A sequence is compared over so many steps at most; longer ones end in "…".
const STEPS_MAX: usize = 500;

impl Analysis for Variants {
    fn name(&self) -> &'static str {
        "variants"
    }
    fn about(&self) -> &'static str {
        "The most frequent journeys: sequences with the same steps, their share and how long they take."
    }
    fn example(&self) -> Value {
        json!({"unit": "session", "collapse": true, "top": 10})
    }
    fn schema(&self) -> Value {
        schema::<Question>()
    }

    fn answer(&self, question: &Value, desk: &Desk<'_>) -> Result<Answer, EngineError> {
        let started = (desk.stopwatch)();
        let (shared, asked, question): (_, Question, _) = settings(question)?;
        let mut lens = common(&shared, desk)?;
        let names = codes(asked.of, &mut lens, desk)?;
        lens.keep_all = asked.unit == Unit::Session;
        let make = || State { collapse: asked.collapse, variants: HashMap::new(), steps: Vec::new() };
        let (states, totals) = scan(desk, &lens, asked.unit, make)?;
        let names = names.unwrap_or_else(|| lens.names.list());
        let mut all = make();
        for state in states {
            for (steps, (times, spans)) in state.variants {
                let mine = all.variants.entry(steps).or_default();
                mine.0 += times;
                mine.1.merge(&spans);
            }
        }
        let sequences: u64 = all.variants.values().map(|(times, _)| times).sum();
        let distinct = all.variants.len() as u64;
        let named = |steps: &[u32]| {
            steps
                .iter()
                .map(|code| if *code == NONE { "…".to_owned() } else { names.get(*code as usize).cloned().unwrap_or_default() })
                .collect::<Vec<_>>()
        };
        let mut variants: Vec<Variant> = all
            .variants
            .iter()
            .map(|(steps, (times, spans))| Variant {
                steps: named(steps),
                count: *times,
                share: *times as f64 / sequences as f64,
                median_seconds: spans.median().unwrap_or(0.0) / 1e6,
            })
            .collect();
        variants.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.steps.cmp(&b.steps)));
        variants.truncate(asked.top);
        let caption = match variants.first() {
            None => "There are no sequences.".to_owned(),
            Some(first) => format!(
                "{} {} follow {} different ways; the most frequent one covers {}.",
                count(sequences),
                asked.unit.plural(),
                count(distinct),
                percent(first.share)
            ),
        };
        let telling = Telling {
            analysis: self,
            question,
            unit: asked.unit.plural(),
            semantics: "Sequences are the same variant when all their steps are the same, in the same order.",
            caption,
            totals,
            immature: 0,
            started,
        };
        Ok(telling.answer(desk, View::Sequences(Sequences { variants, distinct, sequences })))
    }
}

struct State {
    collapse: bool,
    variants: HashMap<Box<[u32]>, (u64, Quantiles)>,
    steps: Vec<u32>,
}

impl Fold for State {
    fn take(&mut self, run: &Run<'_>) {
        self.steps.clear();
        let (mut first, mut last) = (None, 0);
        for (code, time) in run.codes.iter().zip(run.times).filter(|(code, _)| **code != NONE) {
            first.get_or_insert(*time);
            last = *time;
            if !(self.collapse && self.steps.last() == Some(code)) && self.steps.len() <= STEPS_MAX {
                self.steps.push(*code);
            }
        }
        let Some(first) = first else { return };
        if self.steps.len() > STEPS_MAX {
            self.steps[STEPS_MAX] = NONE;
        }
        let (times, spans) = match self.variants.get_mut(&self.steps[..]) {
            Some(known) => known,
            None => self.variants.entry(self.steps.as_slice().into()).or_default(),
        };
        *times += 1;
        spans.add(last - first);
    }
}
