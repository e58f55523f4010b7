//! Experiments: what the arms did, how sure that is, and what to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use periplus_model::answer::{Table, View};
use periplus_model::time::Span;
use periplus_stats::experiment::{Correction, Direction, Judgement};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, of_them, percent};
use crate::EngineError;
use crate::groups::{NO_VALUE, trait_text};
use crate::kind::{self, Asked, Figure, Kind, Told};
use crate::lens::{Number, Text};
use crate::scan::{Run, Totals};
use crate::steps::Step;
use crate::traits::as_of;
use crate::worth::amounts;
use crate::worth::arms::{Cell, Measure};
use crate::worth::trial::{Against, Arm, Gauge, Trial, corrected, rank};

/// More arms than this are no experiment but a property with many values.
const ARMS_MAX: usize = 20;
const METRICS_MAX: usize = 10;
/// So many segments are shown, the largest ones.
const SEGMENTS_MAX: usize = 20;

/// What stands for all segments together.
const ALL: &str = "(all)";
/// The arm of those who were held out, and what stands for all others.
const HELD_OUT: &str = "(held out)";
const NOT_HELD_OUT: &str = "(not held out)";

pub(super) struct Experiment;

/// A question for the results of an experiment.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// The event that tells which arm a customer was assigned to.
    exposure: Step,
    /// The property of it that has the name of the arm.
    arm: String,
    /// The arm that the others are compared with.
    control: String,
    /// The share of customers that each arm was meant to have; equal ones when absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    weights: BTreeMap<String, f64>,
    /// What is measured: 1 to 10.
    metrics: Vec<Metric>,
    /// The name of the metric that decides; the first that is no guardrail when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    primary: Option<String>,
    /// The smallest effect on it that would be worth it, as a difference.
    #[serde(default)]
    worth: f64,
    /// How many customers were planned, over all arms: before that, intervals that are not sequential are not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    planned: Option<u64>,
    /// How long before the exposure it is looked what customers did already, to take that out of the scatter (CUPED).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cuped: Option<Span>,
    /// Whether intervals and p-values hold however often one looks; they are wider.
    #[serde(default)]
    sequential: bool,
    /// Whether those who were exposed to no arm (it is null or missing) were held out of all experiments: what all others did is then held
    /// against them. It has to be said, because an arm that is missing by mistake looks the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    holdout: bool,
    /// A trait, as it was at the exposure: the effect on the metric that decides for each value of it, corrected for looking at many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

/// Something that is measured of each customer.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Metric {
    /// What to call it; by its event when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What of it counts.
    #[serde(default)]
    kind: What,
    /// Which events count, after the exposure.
    event: Step,
    /// Of a ratio: the events that it is divided by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<Step>,
    /// The property that is added up; the number of events when absent (of revenue: their amounts of money).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    property: Option<String>,
    /// How long after the exposure; until the end of the period when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<Span>,
    /// What is better.
    #[serde(default)]
    better: Better,
    /// Makes it a guardrail: something that must not suffer by more than this, as a difference. 0 only stops what surely hurts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guardrail: Option<f64>,
}

/// What of a metric counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum What {
    /// The share of customers who did it.
    #[default]
    Conversion,
    /// How often each did it, or what it adds up to.
    Mean,
    /// How often it was done for each time that something else was.
    Ratio,
    /// The money that each brought.
    Revenue,
}

/// What is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Better {
    /// More of it.
    #[default]
    More,
    /// Less of it: complaints, waiting.
    Less,
}

impl Metric {
    fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.event.title())
    }
}

impl Kind for Experiment {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "experiment"
    }
    fn about(&self) -> &'static str {
        "Results of an experiment by assigned arm: effects with intervals, chance to be better, guardrails, whether the split was kept, and a verdict."
    }
    fn example(&self) -> Value {
        json!({"exposure": {"event": "Experiment Viewed"}, "arm": "variation_name", "control": "control", "metrics": [{"kind": "conversion", "event": {"event": ["Order Completed", "purchase"]}, "window": "14d"}]})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let wrong = |why: &str| Err(EngineError::Question(why.to_owned()));
        if !(1..=METRICS_MAX).contains(&question.metrics.len()) {
            return wrong("an experiment has 1 to 10 \"metrics\"");
        }
        let titles: Vec<String> = question.metrics.iter().map(Metric::title).collect();
        if (1..titles.len()).any(|place| titles[..place].contains(&titles[place])) {
            return wrong("two metrics have the same name: give them different ones");
        }
        let primary = match &question.primary {
            Some(name) => titles.iter().position(|title| title == name),
            None => question.metrics.iter().position(|metric| metric.guardrail.is_none()),
        };
        let Some(primary) = primary.filter(|place| question.metrics[*place].guardrail.is_none()) else {
            return wrong("one metric decides (\"primary\"), and it is no guardrail");
        };
        let is_amount = |amount: f64| (0.0..=1e12).contains(&amount);
        if !is_amount(question.worth) || question.metrics.iter().any(|metric| metric.guardrail.is_some_and(|margin| !is_amount(margin))) {
            return wrong("\"worth\" and the margins of guardrails are numbers of 0 or more");
        }
        let weights = &question.weights;
        if weights.values().any(|weight| !(0.0..=1e9).contains(weight)) || (!weights.is_empty() && !weights.contains_key(&question.control))
        {
            return wrong("\"weights\" are the planned shares of all arms, 0 or more, the control among them");
        }
        if question.cuped.is_some_and(|before| before <= Span(0)) || question.metrics.iter().any(|m| m.window.is_some_and(|w| w <= Span(0)))
        {
            return wrong("the \"window\" of a metric and that of \"cuped\" are longer than nothing");
        }
        let (mut metrics, mut gauges) = (Vec::new(), Vec::new());
        for metric in &question.metrics {
            if (metric.kind == What::Ratio) != metric.of.is_some() {
                return wrong("a metric of the kind \"ratio\" says what it is divided by (\"of\"), and no other does");
            }
            if metric.kind == What::Conversion && metric.property.is_some() {
                return wrong("a conversion has no \"property\": take the kind \"mean\" to add one up");
            }
            let number = match (metric.kind, &metric.property) {
                (_, Some(name)) => Some(asked.lens.number(Number::Property(name.clone()))),
                (What::Revenue, None) => Some(asked.lens.number(Number::Amount)),
                _ => None,
            };
            let measure = match (metric.kind, number) {
                (What::Conversion, _) => Measure::Share,
                (What::Ratio, None) => Measure::CountEach,
                (What::Ratio, Some(_)) => Measure::AmountEach,
                (_, None) => Measure::Count,
                (_, Some(_)) => Measure::Amount,
            };
            let event = metric.event.required()?.bit(asked)?;
            let of = metric.of.as_ref().map(|of| of.required()?.bit(asked)).transpose()?;
            metrics.push(Seen { measure, event, of, number, window: metric.window.map_or(i64::MAX, |window| window.0) });
            let better = if metric.better == Better::More { Direction::More } else { Direction::Less };
            gauges.push(Gauge { title: metric.title(), measure, better, guardrail: metric.guardrail });
        }
        let exposure = question.exposure.required()?.bit(asked)?;
        let from = asked.lens.from;
        if let Some(before) = question.cuped {
            // What was before the experiment may be before the period.
            asked.lens.from = from.map(|from| from.saturating_sub(before.0));
        }
        Ok(Plan {
            exposure,
            arm: asked.lens.text(Text::Value(question.arm.clone())),
            by: question.by.as_ref().map(|name| asked.lens.history_place(name)),
            from: from.unwrap_or(i64::MIN),
            known_until: asked.known_until(),
            unit: asked.unit.plural().to_owned(),
            title: question.exposure.title(),
            hints: Step::hints(std::iter::once(&question.exposure).chain(question.metrics.iter().map(|metric| &metric.event)), asked)?,
            metrics,
            trial: Trial {
                control: question.control.clone(),
                weights: question.weights.clone(),
                gauges,
                primary,
                worth: question.worth,
                planned: question.planned,
                cuped: question.cuped.is_some(),
                sequential: question.sequential,
            },
            question,
        })
    }
}

/// What of a customer's events a metric counts.
struct Seen {
    measure: Measure,
    event: u32,
    of: Option<u32>,
    number: Option<usize>,
    window: i64,
}

/// An experiment, understood.
pub(super) struct Plan {
    question: Question,
    exposure: u32,
    /// The text of the arm in the lens.
    arm: usize,
    /// The history of the trait in the lens.
    by: Option<usize>,
    metrics: Vec<Seen>,
    trial: Trial,
    /// Exposures before this are not of the period.
    from: i64,
    known_until: i64,
    unit: String,
    title: String,
    /// What nobody ever did, of what is asked for.
    hints: Vec<String>,
}

/// What is counted for an experiment.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    /// By arm and value of the trait (nothing when none is asked for).
    arms: BTreeMap<(String, String), Arm>,
    /// Those who were seen in more than one arm.
    several: u64,
    /// Those who were exposed, but to no arm that has a name.
    nameless: u64,
    immature: u64,
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        for (arm, theirs) in other.arms {
            self.arms.entry(arm).or_default().merge(&theirs);
        }
        self.several += other.several;
        self.nameless += other.nameless;
        self.immature += other.immature;
    }
    fn weight(&self) -> u64 {
        self.arms.values().map(|arm| 160 + 112 * arm.cells.len() as u64).sum()
    }
}

/// Who is meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Those who were assigned to this arm; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arm: Option<String>,
    /// Those who did what this metric counts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metric: Option<String>,
    /// or, when this is false, did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    converted: Option<bool>,
    /// Those with this value of the trait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// Those who were seen in several arms.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    several: bool,
}

impl Plan {
    /// What a customer did of a metric among some rows, with whether they did it at all.
    fn measured(&self, metric: &Seen, run: &Run<'_>, rows: impl Iterator<Item = usize>) -> (i64, i64) {
        let (mut y, mut x) = (0i64, 0i64);
        for row in rows {
            if run.meets(row, Some(metric.event)) {
                let value = metric.number.map_or(1, |number| amounts::millionths(run.number(number, row)));
                y = y.saturating_add(value);
            }
            if metric.of.is_some() && run.meets(row, metric.of) {
                x = x.saturating_add(1);
            }
        }
        (y, x)
    }

    /// The arms with all their parts.
    fn whole<'t>(&self, tally: &'t Tally, by: Option<&str>) -> BTreeMap<&'t str, Arm> {
        let mut arms: BTreeMap<&str, Arm> = BTreeMap::new();
        for ((name, _), arm) in tally.arms.iter().filter(|((name, value), _)| name != HELD_OUT && by.is_none_or(|by| by == value)) {
            arms.entry(name).or_default().merge(arm);
        }
        arms
    }

    /// The metric that decides, in each segment.
    /// The rows as a table, with the people of each arm and those of them who did what a metric counts.
    fn opened(&self, rows: Vec<Vec<Value>>) -> Table {
        let before = usize::from(self.question.by.is_some());
        let at = |cells: &[Value], did: bool| {
            let name = |column: usize| Some(cells.get(column)?.as_str()?.to_owned());
            let by = if before > 0 { name(0).filter(|value| value != ALL) } else { None };
            let metric = if did { name(before) } else { None };
            // All who were not held out are those of every arm.
            let arm = Some(name(before + 1)?).filter(|arm| arm != NOT_HELD_OUT);
            Some(Place { arm, converted: metric.is_some().then_some(true), metric, by, several: false })
        };
        Table::new(Trial::columns(self.question.by.as_ref(), &self.unit), rows)
            .counting(before + 2, |_, cells| at(cells, false))
            .counting(before + 3, |_, cells| at(cells, true))
    }

    /// All arms together against those who were held out, as rows and a sentence; nothing where nobody was.
    fn holdout(&self, tally: &Tally, notes: &mut Vec<String>) -> Vec<Vec<Value>> {
        if !self.question.holdout {
            return Vec::new();
        }
        let (mut held, mut others) = (Arm::default(), Arm::default());
        for ((name, _), arm) in &tally.arms {
            if name == HELD_OUT { held.merge(arm) } else { others.merge(arm) }
        }
        if held.units == 0 {
            notes.push(format!("Nobody was held out: whoever was exposed has the property '{}'.", self.question.arm));
            return Vec::new();
        }
        let trial = Trial { control: HELD_OUT.to_owned(), weights: BTreeMap::new(), ..self.trial.clone() };
        let arms: BTreeMap<&str, Arm> = [(HELD_OUT, held.clone()), (NOT_HELD_OUT, others)].into();
        let mut all = trial.against(&arms, 0..self.metrics.len());
        corrected(&mut all, Correction::Holm, |_| true);
        let primary = all.iter().find(|against| against.metric == self.trial.primary);
        let told = match primary.map(|against| (against, &against.compared)) {
            Some((against, Ok(found))) => {
                format!("{:+.4} (95 % {:.4} to {:.4}), {}", found.effect.value, found.effect.low, found.effect.high, trial.aside(against))
            }
            Some((_, Err(why))) => format!("cannot be said, because {why}"),
            None => "was not measured".to_owned(),
        };
        notes.push(format!(
            "Held out: {}. What all arms together changed for everybody else, by {}: {told}. These comparisons are corrected among themselves.",
            of_them(held.units, &self.unit),
            self.trial.gauges[self.trial.primary].title
        ));
        let segment = self.question.by.as_ref().map(|_| ALL);
        let mut rows = trial.rows(segment, &arms, &all, |against| trial.aside(against));
        let verdict = Trial::columns(self.question.by.as_ref(), &self.unit).len() - 1;
        for row in rows.iter_mut().filter(|row| row.get(verdict).is_some_and(|verdict| verdict == "control")) {
            row[verdict] = "held out".into();
        }
        rows
    }

    fn segments(&self, tally: &Tally, notes: &mut Vec<String>) -> Vec<Vec<Value>> {
        let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
        for ((_, value), arm) in tally.arms.iter().filter(|((name, _), _)| name != HELD_OUT) {
            *sizes.entry(value).or_default() += arm.units;
        }
        let mut order: Vec<(&str, u64)> = sizes.into_iter().collect();
        order.sort_by(|one, two| two.1.cmp(&one.1).then(one.0.cmp(two.0)));
        if order.len() > SEGMENTS_MAX {
            notes.push(format!("{} smaller segments are not shown.", count((order.len() - SEGMENTS_MAX) as u64)));
            order.truncate(SEGMENTS_MAX);
        }
        let parts: Vec<(&str, BTreeMap<&str, Arm>)> = order.iter().map(|(value, _)| (*value, self.whole(tally, Some(value)))).collect();
        let mut all: Vec<Against<'_>> = Vec::new();
        let mut ends = Vec::new();
        for (_, arms) in &parts {
            all.extend(self.trial.against(arms, std::iter::once(self.trial.primary)));
            ends.push(all.len());
        }
        corrected(&mut all, Correction::BenjaminiHochberg, |_| true);
        let mut rows = Vec::new();
        let mut begin = 0;
        for ((value, arms), end) in parts.iter().zip(ends) {
            rows.extend(self.trial.rows(Some(value), arms, &all[begin..end], |against| self.trial.aside(against)));
            begin = end;
        }
        rows
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = ();
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally::default()
    }
    fn scratch(&self) {}

    fn take(&self, run: &Run<'_>, tally: &mut Tally, (): &mut ()) {
        let exposed = (0..run.times.len()).filter(|row| run.times[*row] >= self.from && run.meets(*row, Some(self.exposure)));
        let mut exposed = exposed.peekable();
        if exposed.peek().is_none() {
            return;
        }
        let held: Arc<str> = HELD_OUT.into();
        let arm_of = |row: usize| run.text(self.arm, row).cloned().or_else(|| self.question.holdout.then(|| held.clone()));
        let mut named = exposed.filter_map(|row| Some((row, arm_of(row)?)));
        let Some((first, arm)) = named.next() else {
            tally.nameless += 1;
            return;
        };
        tally.several += u64::from(named.any(|(_, other)| other != arm));
        let start = run.times[first];
        let value = self
            .by
            .map_or_else(String::new, |place| trait_text(run.histories.get(place).and_then(|history| as_of(history, start))).to_string());
        let after = |window: i64| (first + 1..run.times.len()).take_while(move |row| run.times[*row].saturating_sub(start) <= window);
        let mine = tally.arms.entry((arm.to_string(), value)).or_default();
        mine.units += 1;
        mine.cells.resize(self.metrics.len(), Cell::default());
        for (metric, cell) in self.metrics.iter().zip(&mut mine.cells) {
            let did = after(metric.window).any(|row| run.meets(row, Some(metric.event)));
            let (y, x) = self.measured(metric, run, after(metric.window));
            // What was before: the same, over another time.
            let known = self.question.cuped.filter(|_| !metric.measure.is_ratio()).map(|before| {
                let rows = (0..first).filter(|row| start.saturating_sub(run.times[*row]) <= before.0);
                match metric.measure {
                    Measure::Share => i64::from(rows.clone().any(|row| run.meets(row, Some(metric.event)))),
                    _ => self.measured(metric, run, rows).0,
                }
            });
            cell.converted += u64::from(did);
            cell.measured.add(if metric.measure == Measure::Share { did.into() } else { y }, known.unwrap_or(x));
        }
        let windows = self.metrics.iter().map(|metric| metric.window).filter(|window| *window < i64::MAX);
        let longest = windows.max().unwrap_or(0);
        tally.immature += u64::from(start > self.known_until.saturating_sub(longest));
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.arms.iter().filter(|((name, _), _)| name != HELD_OUT).map(|(_, arm)| arm.units).sum()
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let arms = self.whole(tally, None);
        let n = self.units(tally);
        let control = &self.question.control;
        let names: Vec<&str> = arms.keys().copied().take(ARMS_MAX).collect();
        let empty = |caption: String| Told {
            immature: tally.immature,
            notes: self.hints.clone(),
            ..Told::new(caption, View::Table(Table::new(Trial::columns(self.question.by.as_ref(), &self.unit), Vec::new())))
        };
        if n == 0 {
            let nameless = if tally.nameless > 0 {
                format!(" {} were exposed, but to no arm: the property '{}' is missing.", count(tally.nameless), self.question.arm)
            } else {
                String::new()
            };
            return empty(format!("Nobody was assigned to an arm by {} in this period.{nameless}", self.title));
        }
        if arms.len() > ARMS_MAX {
            return empty(format!(
                "'{}' has {} different values, which are no arms: name another property.",
                self.question.arm,
                count(arms.len() as u64)
            ));
        }
        if !arms.contains_key(control.as_str()) {
            return empty(format!("Nobody was assigned to the control '{control}'; there are: {}.", names.join(", ")));
        }
        if arms.len() < 2 {
            return empty(format!(
                "All who were assigned ({}) are in the control: there is nothing to compare it with.",
                of_them(n, &self.unit)
            ));
        }
        let (split, text) = self.trial.split(&arms);
        let mut notes = vec![text];
        notes.extend(self.hints.iter().cloned());
        let mut all = self.trial.against(&arms, 0..self.metrics.len());
        corrected(&mut all, Correction::Holm, |against| against.metric == self.trial.primary);
        corrected(&mut all, Correction::Holm, |against| against.metric != self.trial.primary);
        let treated = names.iter().copied().filter(|name| name != control);
        let mut judged: Vec<(&str, Result<Judgement, String>)> =
            treated.map(|arm| (arm, self.trial.judged(&all, arm, n, split.as_ref()))).collect();
        let word = |judged: &Result<Judgement, String>| judged.as_ref().map_or_else(|why| format!("Not yet: {why}."), Judgement::to_string);
        let verdicts: BTreeMap<&str, String> = judged.iter().map(|(arm, judged)| (*arm, word(judged))).collect();
        let verdict = |against: &Against<'_>| match against.metric == self.trial.primary {
            true => verdicts.get(against.arm).cloned().unwrap_or_default(),
            false => self.trial.aside(against),
        };
        let mut rows = self.trial.rows(self.question.by.as_ref().map(|_| ALL), &arms, &all, verdict);
        let primary = &self.trial.gauges[self.trial.primary];
        let effect = |arm: &str| {
            let own = all.iter().find(|against| against.metric == self.trial.primary && against.arm == arm);
            let value = own.and_then(|own| own.compared.as_ref().ok()).map_or(f64::NEG_INFINITY, |found| found.effect.value);
            if primary.better == Direction::Less { -value } else { value }
        };
        judged.sort_by(|one, two| rank(&two.1).cmp(&rank(&one.1)).then(effect(two.0).total_cmp(&effect(one.0))));
        let mut sentences = judged.iter().map(|(arm, judged)| format!("{arm} against {control}: {}", word(judged)));
        let first = sentences.next().unwrap_or_default();
        let begin = format!("{} {} in {} arms, by {}", count(n), self.unit, arms.len(), self.trial.gauges[self.trial.primary].title);
        notes.extend(sentences);
        let caption = format!("{begin}: {first}");
        for against in &all {
            if let Err(why) = &against.compared {
                notes.push(format!("{} of {}: {why}.", self.trial.gauges[against.metric].title, against.arm));
            }
        }
        let rails = self.question.metrics.iter().filter(|metric| metric.guardrail.is_some()).map(Metric::title);
        let rails: Vec<String> = rails.enumerate().map(|(place, title)| format!("{} is {title}", place + 1)).collect();
        if !rails.is_empty() {
            notes.push(format!("Guardrails: {}.", rails.join(", ")));
        }
        if self.question.cuped.is_some() {
            let left = self.trial.steadiers(&arms).into_iter().zip(&self.trial.gauges).map(|(steadier, metric)| match steadier {
                Some(steadier) => format!("{}: {} of the variance is left", metric.title, percent(steadier.variance_left)),
                None => format!("{}: of no use", metric.title),
            });
            notes.push(format!("What customers did before the exposure is taken out (CUPED). {}.", left.collect::<Vec<_>>().join("; ")));
        }
        if tally.several > 0 {
            notes.push(format!("Seen in several arms: {}, who count in the first one.", of_them(tally.several, &self.unit)));
        }
        if tally.nameless > 0 {
            notes.push(format!(
                "Exposed without '{}' and left out: {}. If they were held out, say \"holdout\": true.",
                self.question.arm,
                of_them(tally.nameless, &self.unit)
            ));
        }
        rows.extend(self.holdout(tally, &mut notes));
        if let Some(name) = &self.question.by {
            if tally.arms.keys().all(|(_, value)| value == NO_VALUE) {
                notes.push(format!("Nobody has the trait '{name}': is that its name?"));
            }
            rows.extend(self.segments(tally, &mut notes));
            notes.push(
                "Segments are corrected together (Benjamini and Hochberg); what one of them shows is a reason to look again, not to act."
                    .to_owned(),
            );
        }
        let figures = match primary.measure {
            Measure::Share => {
                let did = arms.values().filter_map(|arm| arm.cells.get(self.trial.primary)).map(|cell| cell.converted).sum();
                vec![Figure::share(primary.title.clone(), did, n)]
            }
            _ => Vec::new(),
        };
        Told { immature: tally.immature, figures, notes, ..Told::new(caption, View::Table(self.opened(rows))) }
    }

    fn semantics(&self) -> String {
        let windows: Vec<String> = self
            .question
            .metrics
            .iter()
            .map(|metric| {
                format!("{} {}", metric.title(), metric.window.map_or("until the end".to_owned(), |window| format!("within {window}")))
            })
            .collect();
        format!(
            "Each of the {} counts in the arm of the first '{}' in the period, whatever they saw later{}; what comes after it counts ({}); shares are compared by Newcombe's interval, means by Welch's, ratios by the delta method{}; p-values are corrected after Holm.",
            self.unit,
            self.title,
            if self.question.holdout { ", and who had none was held out" } else { "" },
            windows.join(", "),
            if self.question.sequential { ", all with intervals that hold at every look" } else { ", all read once, at the end" }
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        if place.several {
            return tally.several;
        }
        let metric = match &place.metric {
            None => None,
            Some(name) => match self.trial.gauges.iter().position(|gauge| gauge.title == *name) {
                Some(metric) => Some(metric),
                None => return 0,
            },
        };
        let is = |wanted: &Option<String>, name: &String| wanted.as_ref().is_none_or(|wanted| wanted == name);
        // Who was held out is in no arm.
        let of_arm = |arm: &String| is(&place.arm, arm) && (place.arm.is_some() || arm != HELD_OUT);
        let arms = tally.arms.iter().filter(|((arm, value), _)| of_arm(arm) && is(&place.by, value));
        let counted = |arm: &Arm| {
            let Some(metric) = metric else { return arm.units };
            let did = arm.cells.get(metric).map_or(0, |cell| cell.converted);
            if place.converted == Some(false) { arm.units - did.min(arm.units) } else { did }
        };
        arms.map(|(_, arm)| counted(arm)).sum()
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let mut places = Vec::new();
        let mut add = |arm: &str, by: Option<&String>, metric: Option<usize>| {
            let place = Place { arm: Some(arm.to_owned()), by: by.cloned(), ..Place::default() };
            if let Some(metric) = metric {
                let both = [true, false].map(|converted| Place {
                    metric: Some(self.trial.gauges[metric].title.clone()),
                    converted: Some(converted),
                    ..place.clone()
                });
                places.extend(both);
            } else {
                places.push(place);
            }
        };
        for arm in self.whole(tally, None).keys().take(ARMS_MAX) {
            add(arm, None, None);
            (0..self.metrics.len()).for_each(|metric| add(arm, None, Some(metric)));
        }
        if self.question.holdout {
            add(HELD_OUT, None, None);
            (0..self.metrics.len()).for_each(|metric| add(HELD_OUT, None, Some(metric)));
        }
        if self.question.by.is_some() {
            for (arm, value) in tally.arms.keys().take(ARMS_MAX * SEGMENTS_MAX) {
                add(arm, Some(value), None);
                add(arm, Some(value), Some(self.trial.primary));
            }
        }
        places.push(Place { several: true, ..Place::default() });
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}
