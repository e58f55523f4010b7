//! Funnel: how many did the steps in order, within a window.

use periplus_kernels::{FunnelRules, Mode as Kernel};
use periplus_model::answer::{Answer, Step, Steps, View};
use periplus_model::condition::Condition;
use periplus_model::question::Unit;
use periplus_model::time::Span;
use periplus_stats::{Quantiles, wilson};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{common, count, percent, watermark};
use crate::asked::{schema, settings};
use crate::scan::{Fold, Run, scan};
use crate::{Analysis, Desk, EngineError, Telling};

pub(super) struct Funnel;

/// A funnel question.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    /// What is counted: customers or sessions.
    #[serde(default)]
    unit: Unit,
    /// The steps, in order: 1 to 20.
    steps: Vec<QuestionStep>,
    /// The longest time from the first step to the last, inclusive.
    #[serde(default = "week")]
    window: Span,
    /// How strictly the steps must follow each other.
    #[serde(default)]
    mode: Mode,
    /// Whether one event fills only one step, even when it meets several.
    #[serde(default = "yes")]
    once: bool,
}

/// A step: a condition on events, and a name for it.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct QuestionStep {
    /// What to call it.
    #[serde(default)]
    name: Option<String>,
    /// An event with this name (or one of several).
    #[serde(default)]
    event: Option<Names>,
    /// An event of this touchpoint.
    #[serde(default)]
    touchpoint: Option<Names>,
    /// An event of a touchpoint of this stage.
    #[serde(default)]
    stage: Option<Names>,
    /// A further condition on the event.
    #[serde(default, rename = "where")]
    further: Option<Condition>,
}

#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
enum Names {
    One(String),
    Many(Vec<String>),
}

impl Names {
    fn list(&self) -> Vec<String> {
        match self {
            Names::One(name) => vec![name.clone()],
            Names::Many(names) => names.clone(),
        }
    }
}

/// How strictly the steps must follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// Other events may happen in between.
    #[default]
    Default,
    /// Any other event ends the attempt.
    StrictOrder,
    /// A repetition of a step that was reached ends the attempt.
    StrictDedup,
    /// Each step must be later than the one before, not at the same moment.
    StrictIncrease,
    /// The steps may come in any order.
    AnyOrder,
}

fn week() -> Span {
    Span::days(7)
}

fn yes() -> bool {
    true
}

impl QuestionStep {
    fn condition(&self) -> Result<Condition, EngineError> {
        let heads = [
            self.event.as_ref().map(|names| Condition::Event(names.list(), None)),
            self.touchpoint.as_ref().map(|names| Condition::Touchpoint(names.list())),
            self.stage.as_ref().map(|names| Condition::Stage(names.list())),
        ];
        let mut all: Vec<Condition> = heads.into_iter().flatten().chain(self.further.clone()).collect();
        match all.len() {
            0 => Err(EngineError::Question("a step needs an \"event\", a \"touchpoint\", a \"stage\" or a \"where\"".to_owned())),
            1 => Ok(all.remove(0)),
            _ => Ok(Condition::And(all)),
        }
    }

    fn title(&self) -> String {
        let named = [&self.event, &self.touchpoint, &self.stage].into_iter().flatten().next().map(|names| names.list().join(" or "));
        self.name.clone().or(named).unwrap_or_else(|| "step".to_owned())
    }
}

impl Analysis for Funnel {
    fn name(&self) -> &'static str {
        "funnel"
    }
    fn about(&self) -> &'static str {
        "How many did the steps in order within a window, how long it took, and where they stopped."
    }
    fn example(&self) -> Value {
        // The names of Segment's and GA4's vocabularies, one of which most shops speak.
        json!({"steps": [
            {"name": "product", "event": ["Product Viewed", "view_item"]},
            {"name": "cart", "event": ["Product Added", "add_to_cart"]},
            {"name": "order", "event": ["Order Completed", "purchase"]},
        ], "window": "7d"})
    }
    fn schema(&self) -> Value {
        schema::<Question>()
    }

    fn answer(&self, question: &Value, desk: &Desk<'_>) -> Result<Answer, EngineError> {
        let started = (desk.stopwatch)();
        let (shared, asked, question): (_, Question, _) = settings(question)?;
        if asked.steps.is_empty() || asked.steps.len() > 20 {
            return Err(EngineError::Question("a funnel has 1 to 20 steps".to_owned()));
        }
        if asked.window.0 <= 0 {
            return Err(EngineError::Question("the window must be longer than nothing".to_owned()));
        }
        let mut lens = common(&shared, desk)?;
        let conditions = asked.steps.iter().map(QuestionStep::condition).collect::<Result<Vec<_>, _>>()?;
        let bits = conditions.iter().map(|c| lens.bit(c, desk.map)).collect::<Result<Vec<_>, _>>()?;
        let mode = match asked.mode {
            Mode::Default => Kernel::InOrder,
            Mode::StrictOrder => Kernel::StrictOrder { skip_early: false },
            Mode::StrictDedup => Kernel::StrictDedup,
            Mode::StrictIncrease => Kernel::StrictIncrease,
            Mode::AnyOrder => Kernel::AnyOrder,
        };
        let rules = FunnelRules { steps: bits.len() as u32, window: asked.window.0, mode, once: asked.once, ..FunnelRules::default() };
        let kernel = periplus_kernels::Funnel::new(rules).map_err(|error| EngineError::Question(error.to_string()))?;
        // Strict order is about every event, sessions are cut at every event's pauses.
        lens.keep_all = asked.mode == Mode::StrictOrder || asked.unit == Unit::Session;
        let mature_before = watermark(desk).saturating_sub(asked.window.0);
        let make = || State {
            bits: &bits,
            kernel: kernel.clone(),
            mature_before,
            masks: Vec::new(),
            reached: vec![0; bits.len()],
            waits: vec![Quantiles::default(); bits.len()],
            units: 0,
            immature: 0,
        };
        let (states, totals) = scan(desk, &lens, asked.unit, make)?;
        let mut all = make();
        for state in states {
            all.units += state.units;
            all.immature += state.immature;
            for step in 0..bits.len() {
                all.reached[step] += state.reached[step];
                all.waits[step].merge(&state.waits[step]);
            }
        }
        let mut steps = Vec::new();
        for (index, step) in asked.steps.iter().enumerate() {
            let reached = all.reached[index];
            let previous = index.checked_sub(1).map(|before| all.reached[before]);
            steps.push(Step {
                name: step.title(),
                reached,
                from_first: (all.reached[0] > 0).then(|| reached as f64 / all.reached[0] as f64),
                from_previous: previous.and_then(|n| wilson(reached, n)),
                median_seconds: if index == 0 { None } else { all.waits[index].median().map(|micros| micros / 1e6) },
            });
        }
        let last = steps.last().and_then(|step| step.from_first);
        let caption = match last {
            Some(share) => format!(
                "{} of {} {} ({}) went all the way from {} to {}.",
                count(*all.reached.last().unwrap_or(&0)),
                count(all.reached[0]),
                asked.unit.plural(),
                percent(share),
                steps[0].name,
                steps[steps.len() - 1].name
            ),
            None => format!("None of {} {} did the first step, {}.", count(all.units), asked.unit.plural(), steps[0].name),
        };
        let semantics = format!(
            "Each of the {} counts once, at the furthest step reached within {} of a first step; one event fills {}.",
            asked.unit.plural(),
            asked.window,
            if asked.once { "one step" } else { "every step it meets" }
        );
        let telling = Telling {
            analysis: self,
            question,
            unit: asked.unit.plural(),
            semantics: &semantics,
            caption,
            totals,
            immature: all.immature,
            started,
        };
        Ok(telling.answer(desk, View::Steps(Steps { steps })))
    }
}

struct State<'a> {
    bits: &'a [u32],
    kernel: periplus_kernels::Funnel,
    mature_before: i64,
    masks: Vec<u32>,
    reached: Vec<u64>,
    waits: Vec<Quantiles>,
    units: u64,
    immature: u64,
}

impl Fold for State<'_> {
    fn take(&mut self, run: &Run<'_>) {
        self.units += 1;
        self.masks.clear();
        self.masks.extend(
            run.masks
                .iter()
                .map(|mask| self.bits.iter().enumerate().fold(0u32, |all, (step, bit)| all | (((mask >> bit) & 1) as u32) << step)),
        );
        let reached = self.kernel.reach(run.times, &self.masks);
        for step in 0..reached.level as usize {
            self.reached[step] += 1;
            if step > 0 {
                self.waits[step].add(reached.step_times[step] - reached.step_times[step - 1]);
            }
        }
        // Somebody who began lately and has not finished may still do so.
        if reached.level > 0 && (reached.level as usize) < self.bits.len() && reached.step_times[0] > self.mature_before {
            self.immature += 1;
        }
    }
}
