//! Funnel: how many did the steps in order, within a window.

use periplus_kernels::{Entry, Exclusion, FunnelRules, FunnelRun, Mode as Kernel, Reached, SessionRules};
use periplus_model::answer::{self, ColumnKind, Line, Series, SeriesStyle, Steps, TimeToConvert, View};
use periplus_model::question::Interval;
use periplus_model::time::{Instant, Span};
use periplus_stats::{Quantiles, Survival, wilson};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent};
use crate::EngineError;
use crate::calendar::Cuts;
use crate::groups::Dividing;
use crate::kind::{self, Asked, Figure, Kind, Told};
use crate::lens::Text;
use crate::scan::{Run, Totals};
use crate::steps::Step;

pub(super) struct Funnel;

/// A funnel question.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// The steps, in order: 1 to 20.
    steps: Vec<Step>,
    /// The longest time from the first step to the last, inclusive.
    #[serde(default = "week")]
    window: Span,
    /// How many sessions the steps may lie in: 1 means within one session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sessions: Option<u32>,
    /// How strictly the steps must follow each other.
    #[serde(default)]
    mode: Mode,
    /// With the mode `strict_order`: a step that comes before its turn is passed over instead of ending the attempt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    allow_early: bool,
    /// Whether one event fills only one step, even when it meets several.
    #[serde(default = "super::yes")]
    once: bool,
    /// What must not happen in between; who does it in the middle of an attempt, and makes no other that gets as far, is not counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exclude: Vec<Exclude>,
    /// Which of somebody's attempts counts.
    #[serde(default)]
    attempts: Attempts,
    /// Properties that must be the same at all steps: each value is counted by itself (a customer and a product, say).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hold: Vec<String>,
    /// Events this close together have no order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grace: Option<Span>,
    /// Shows how the conversion changes over time instead: by when the first step was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trend: Option<Interval>,
}

/// Something that must not happen between two steps.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Exclude {
    /// What.
    what: Step,
    /// After this step (from 1); the first when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<u32>,
    /// Before this step (from 1); the last when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<u32>,
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

/// Which of somebody's attempts counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Attempts {
    /// The one that got furthest.
    #[default]
    Best,
    /// The first one.
    First,
    /// Every one: after a conversion, or when the window is over, the next first step begins a new one.
    Every,
}

fn week() -> Span {
    Span::days(7)
}

impl Kind for Funnel {
    type Question = Question;
    type Plan = Plan;

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

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let wrong = |text: &str| EngineError::Question(text.to_owned());
        if question.steps.is_empty() || question.steps.len() > 20 {
            return Err(wrong("a funnel has 1 to 20 steps"));
        }
        if question.window.0 <= 0 {
            return Err(wrong("the window must be longer than nothing"));
        }
        if question.allow_early && question.mode != Mode::StrictOrder {
            return Err(wrong("\"allow_early\" belongs to the mode strict_order: in the others, steps before their turn end nothing"));
        }
        let last = question.steps.len() as u32;
        let mut bits = Vec::new();
        for step in &question.steps {
            bits.push(step.bit(asked)?);
        }
        let mut exclusions = Vec::new();
        let mut excluding = Vec::new();
        for Exclude { what, after, before } in &question.exclude {
            excluding.push(what.required()?.bit(asked)?);
            let (after, before) = (after.unwrap_or(1), before.unwrap_or(last));
            if after < 1 || before > last || after >= before {
                return Err(EngineError::Question(format!(
                    "an exclusion is after one step and before a later one, not after {after} and before {before}"
                )));
            }
            exclusions.push(Exclusion { after: after - 1, before: before - 1 });
        }
        let rules = FunnelRules {
            steps: last,
            window: question.window.0,
            mode: match question.mode {
                Mode::Default => Kernel::InOrder,
                Mode::StrictOrder => Kernel::StrictOrder { skip_early: question.allow_early },
                Mode::StrictDedup => Kernel::StrictDedup,
                Mode::StrictIncrease => Kernel::StrictIncrease,
                Mode::AnyOrder => Kernel::AnyOrder,
            },
            once: question.once,
            optional: question.steps.iter().enumerate().filter(|(_, step)| step.optional).fold(0, |all, (place, _)| all | 1 << place),
            exclusions,
            sessions: question.sessions,
            grace: question.grace.map_or(0, |span| span.0),
            entry: match question.attempts {
                Attempts::Best => Entry::Best,
                Attempts::First => Entry::First,
                Attempts::Every => Entry::Every,
            },
        };
        let kernel = periplus_kernels::Funnel::new(rules).map_err(|error| EngineError::Question(error.to_string()))?;
        // Strict order is about every event, sessions are cut at every event's pauses.
        asked.lens.keep_all |= question.mode == Mode::StrictOrder || question.sessions.is_some();
        let hold = question.hold.iter().map(|property| asked.lens.text(Text::Value(property.clone()))).collect();
        let (from, to) = asked.period();
        let trend = question.trend.map(|interval| asked.calendar.cut(interval, from, to)).transpose()?;
        Ok(Plan {
            titles: question.steps.iter().map(Step::title).collect(),
            optional: question.steps.iter().map(|step| step.optional).collect(),
            first_bit: bits.windows(2).all(|pair| pair[1] == pair[0] + 1).then(|| bits[0]),
            bits,
            excluding,
            kernel,
            hold,
            known_until: asked.known_until(),
            unit: if question.attempts == Attempts::Every { "attempts".to_owned() } else { asked.unit.plural().to_owned() },
            trend,
            question,
        })
    }
}

/// A funnel, understood.
pub(super) struct Plan {
    question: Question,
    titles: Vec<String>,
    optional: Vec<bool>,
    bits: Vec<u32>,
    /// The first step's bit, when the others follow it one by one: masks need only be shifted then.
    first_bit: Option<u32>,
    excluding: Vec<u32>,
    kernel: periplus_kernels::Funnel,
    hold: Vec<usize>,
    /// Up to when it is known what happened.
    known_until: i64,
    unit: String,
    trend: Option<Cuts>,
}

/// What is counted of a funnel.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    units: u64,
    excluded: u64,
    immature: u64,
    /// By step: who did it, and who got this far and no further.
    reached: Vec<u64>,
    stopped: Vec<u64>,
    /// By step: times since the step before.
    waits: Vec<Quantiles>,
    whole: Quantiles,
    /// When those who entered converted, or how long they have been known without, if not for the whole window.
    open: Survival,
    /// Those who had the whole window and did not convert.
    missed: u64,
    /// By stretch of the trend: entered, converted, not over yet.
    trend: Vec<[u64; 3]>,
}

impl Tally {
    /// When those who entered converted, everybody else counted for as long as they are known.
    fn arrivals(&self, window: i64) -> Survival {
        let mut all = self.open.clone();
        all.add(window, 0, self.missed);
        all
    }
}

/// Which of a funnel's counts is meant.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The step, from 1.
    step: usize,
    /// Who, at the step: those who did it when absent.
    #[serde(default)]
    who: Who,
    /// Of a trend: when the stretch begins in which the first step was done. Step 1 are those who entered then, the last step
    /// those of them who converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Instant>,
}

/// Who, at a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Who {
    /// Those who did it.
    #[default]
    Reached,
    /// Those who got this far and no further.
    Stopped,
}

/// Memory that is used again for every customer.
pub(super) struct Scratch {
    kernel: periplus_kernels::Funnel,
    masks: Vec<u32>,
    excluding: Vec<u32>,
    sessions: Vec<u32>,
    dividing: Dividing,
}

impl Plan {
    fn all(&self) -> u32 {
        u32::MAX >> (32 - self.bits.len() as u32)
    }

    /// Makes the kernel's input of a run and has it walked.
    fn walk(&self, run: &Run<'_>, scratch: &mut Scratch, tell: impl FnMut(Reached<'_>)) {
        let Scratch { kernel, masks, excluding, sessions, .. } = scratch;
        let gather =
            |mask: &u64, bits: &[u32]| bits.iter().enumerate().fold(0u32, |all, (place, bit)| all | (((mask >> bit) & 1) as u32) << place);
        masks.clear();
        match self.first_bit {
            Some(first) => {
                let all = self.all();
                masks.extend(run.masks.iter().map(|mask| (mask >> first) as u32 & all));
            }
            None => masks.extend(run.masks.iter().map(|mask| gather(mask, &self.bits))),
        }
        excluding.clear();
        if !self.excluding.is_empty() {
            excluding.extend(run.masks.iter().map(|mask| gather(mask, &self.excluding)));
        }
        sessions.clear();
        if self.question.sessions.is_some() {
            for (number, session) in periplus_kernels::sessions(run.times, SessionRules::MICROS).enumerate() {
                sessions.resize(session.end, number as u32);
            }
        }
        kernel.each(&FunnelRun { times: run.times, masks, exclusions: excluding, sessions }, tell);
    }

    fn take_one(&self, run: &Run<'_>, tally: &mut Tally, scratch: &mut Scratch) {
        tally.units += 1;
        let last = self.bits.len();
        self.walk(run, scratch, |reached| {
            if reached.level == 0 {
                return;
            }
            let entered = reached.step_times[0];
            let converted = reached.level as usize == last;
            // Somebody who began lately and has not finished may still do so.
            let is_open = !converted && entered.saturating_add(self.question.window.0) > self.known_until;
            if let Some(stretch) = self.trend.as_ref().and_then(|cuts| cuts.place(entered)) {
                let counts = &mut tally.trend[stretch];
                counts[0] += u64::from(!reached.excluded);
                counts[1] += u64::from(converted && !reached.excluded);
                counts[2] += u64::from(is_open && !reached.excluded);
            }
            if reached.excluded {
                tally.excluded += 1;
                return;
            }
            let mut before = entered;
            for step in 0..reached.level as usize {
                if reached.passed >> step & 1 == 1 || self.question.mode == Mode::AnyOrder {
                    tally.reached[step] += 1;
                    let time = reached.step_times[step];
                    if step > 0 {
                        tally.waits[step].add(time - before);
                    }
                    before = time;
                }
            }
            tally.stopped[reached.level as usize - 1] += 1;
            tally.immature += u64::from(is_open);
            if converted {
                let way = reached.step_times[last - 1] - entered;
                tally.whole.add(way);
                tally.open.add_event(way);
            } else {
                let known = self.known_until.saturating_sub(entered).clamp(0, self.question.window.0);
                match known == self.question.window.0 {
                    true => tally.missed += 1,
                    false => tally.open.add_censored(known),
                }
            }
        });
    }

    fn trend(&self, tally: &Tally, cuts: &Cuts) -> View {
        let shares: Vec<_> = tally.trend.iter().map(|counts| wilson(counts[1], counts[0])).collect();
        let counted = |which: usize| tally.trend.iter().map(|counts| Some(counts[which] as f64)).collect();
        let (first, last) = (&self.titles[0], &self.titles[self.titles.len() - 1]);
        View::Series(Series {
            axis: cuts.axis(),
            lines: vec![
                Line::estimated(format!("{first} → {last}"), ColumnKind::Share, &shares),
                Line::plain(first.as_str(), ColumnKind::Count, counted(0)),
                Line::plain(last.as_str(), ColumnKind::Count, counted(1)),
            ],
            style: SeriesStyle::Lines,
            // Whoever entered since then may still convert.
            unfinished_from: cuts.first_ending_after(self.known_until.saturating_sub(self.question.window.0)),
        })
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Scratch;
    type Place = Place;

    fn tally(&self) -> Tally {
        let steps = self.bits.len();
        Tally {
            reached: vec![0; steps],
            stopped: vec![0; steps],
            waits: vec![Quantiles::default(); steps],
            trend: vec![[0; 3]; self.trend.as_ref().map_or(0, Cuts::len)],
            ..Tally::default()
        }
    }
    fn scratch(&self) -> Scratch {
        Scratch {
            kernel: self.kernel.clone(),
            masks: Vec::new(),
            excluding: Vec::new(),
            sessions: Vec::new(),
            dividing: Dividing::default(),
        }
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, scratch: &mut Scratch) {
        if self.hold.is_empty() {
            return self.take_one(run, tally, scratch);
        }
        let mut dividing = std::mem::take(&mut scratch.dividing);
        dividing.split(run, &self.hold, |values, run| {
            // Of events that lack the property, nobody knows whether it is the same.
            if values.iter().all(Option::is_some) {
                self.take_one(run, tally, scratch);
            }
        });
        scratch.dividing = dividing;
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.reached[0]
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let first = tally.reached[0];
        let mut steps = Vec::new();
        let mut figures = Vec::new();
        let mut previous: Option<(u64, &str)> = None;
        for (index, name) in self.titles.iter().enumerate() {
            let reached = tally.reached[index];
            let time = |q: f64| tally.waits[index].quantile(q).filter(|_| index > 0).map(|micros| micros / 1e6);
            if let Some((before, title)) = previous {
                figures.push(Figure::share(format!("{title} → {name}"), reached, before));
            }
            steps.push(answer::Step {
                name: name.clone(),
                reached,
                from_first: (first > 0).then(|| reached as f64 / first as f64),
                // Those who left an optional step out are in the next one, but not in this.
                from_previous: previous.and_then(|(before, _)| wilson(reached.min(before), before)),
                median_seconds: time(0.5),
                p90_seconds: time(0.9),
                stopped: tally.stopped[index],
                optional: self.optional[index],
            });
            if !self.optional[index] {
                previous = Some((reached, name));
            }
        }
        let (start, finish) = (&self.titles[0], &self.titles[self.titles.len() - 1]);
        let converted = *tally.reached.last().unwrap_or(&0);
        if self.titles.len() > 2 {
            figures.push(Figure::share(format!("{start} → {finish}"), converted, first));
        }
        let seconds = |q: f64| tally.whole.quantile(q).map(|micros| micros / 1e6);
        let conversion = wilson(converted, first).filter(|_| self.titles.len() > 1);
        let caption = match conversion {
            _ if first == 0 => format!("None of {} {} did the first step, {start}.", count(tally.units), self.unit),
            Some(share) => format!(
                "{} of {} {} ({}) went all the way from {start} to {finish}.",
                count(converted),
                count(first),
                self.unit,
                percent(share.value)
            ),
            None => format!("{} of {} {} did {start}.", count(first), count(tally.units), self.unit),
        };
        let view = match &self.trend {
            Some(cuts) => self.trend(tally, cuts),
            None => View::Steps(Steps {
                steps,
                conversion,
                time: seconds(0.5).zip(seconds(0.9)).filter(|_| self.titles.len() > 1).map(|(median_seconds, p90_seconds)| TimeToConvert {
                    median_seconds,
                    p90_seconds,
                    half_of_all_seconds: tally.arrivals(self.question.window.0).median().map(|arrival| arrival.time as f64 / 1e6),
                }),
                excluded: tally.excluded,
            }),
        };
        Told { immature: tally.immature, figures, ..Told::new(caption, view) }
    }

    fn semantics(&self) -> String {
        let question = &self.question;
        let mut text = match question.attempts {
            Attempts::Every => "Every attempt counts".to_owned(),
            Attempts::First => format!("Of each of the {}, the first attempt counts", self.unit),
            Attempts::Best => format!("Each of the {} counts once", self.unit),
        };
        if !self.hold.is_empty() {
            text += &format!(" per {}", question.hold.join(" and "));
        }
        text += &format!(", at the furthest step reached within {} of a first step", question.window);
        match question.sessions {
            Some(1) => text += ", in one session",
            Some(sessions) => text += &format!(", in {sessions} sessions at most"),
            None => {}
        }
        text += match question.mode {
            Mode::Default => "; other events may lie between",
            Mode::StrictOrder => "; any other event in between ends the attempt",
            Mode::StrictDedup => "; a step that comes again ends the attempt",
            Mode::StrictIncrease => "; each step must be later than the one before",
            Mode::AnyOrder => "; the steps may come in any order",
        };
        text += if question.once { "; one event fills one step." } else { "; one event fills every step it meets." };
        text
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let Some(step) = place.step.checked_sub(1).filter(|step| *step < self.bits.len()) else { return 0 };
        if let Some(at) = place.at {
            let stretch = self.trend.as_ref().and_then(|cuts| cuts.place(at.0)).and_then(|stretch| tally.trend.get(stretch));
            return stretch.map_or(0, |counts| match step {
                0 => counts[0],
                step if step + 1 == self.bits.len() => counts[1],
                _ => 0,
            });
        }
        match place.who {
            Who::Reached => tally.reached[step],
            Who::Stopped => tally.stopped[step],
        }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let steps = 1..=self.bits.len();
        let mut places: Vec<Place> = steps.flat_map(|step| [Who::Reached, Who::Stopped].map(|who| Place { step, who, at: None })).collect();
        if let Some(cuts) = &self.trend {
            let ends = [1, self.bits.len()];
            places.extend(cuts.instants().flat_map(|at| ends.map(|step| Place { step, who: Who::Reached, at: Some(at) })));
        }
        places.retain(|place| self.count(tally, place) > 0);
        places
    }

    fn steps(&self) -> usize {
        self.bits.len()
    }

    fn step(&self, run: &Run<'_>, step: usize, scratch: &mut Scratch) -> Option<usize> {
        let mut at = None;
        self.walk(run, scratch, |reached| at = at.or(reached.time(step)));
        let (at, bit) = (at?, *self.bits.get(step)?);
        let from = run.times.partition_point(|time| *time < at);
        (from..run.times.len()).find(|row| run.meets(*row, Some(bit)))
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.units += other.units;
        self.excluded += other.excluded;
        self.immature += other.immature;
        self.missed += other.missed;
        let add = |mine: &mut Vec<u64>, theirs: Vec<u64>| mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        add(&mut self.reached, other.reached);
        add(&mut self.stopped, other.stopped);
        self.waits.iter_mut().zip(&other.waits).for_each(|(mine, theirs)| mine.merge(theirs));
        self.whole.merge(&other.whole);
        self.open.merge(&other.open);
        for (mine, theirs) in self.trend.iter_mut().zip(other.trend) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }
}
