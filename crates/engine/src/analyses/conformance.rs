//! Conformance: the designed journey against what customers did.

use std::collections::{BTreeMap, HashMap};

use periplus_conform::align::{Cost, Move, Settings};
use periplus_conform::{Aligner, Log, Net, net, replay};
use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::question::{Common, Unit};
use periplus_stats::{Moments, welch, wilson};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{LENGTH_MAX, count, percent, period};
use crate::asked::settings;
use crate::design::{Carried, Model, discovered, drawn, of_stages, sequence, wrong};
use crate::kind::{self, Asked, Figure, Kind, Measure, SequenceOf, Told};
use crate::lens::{NONE, Number};
use crate::scan::{Run, Totals};
use crate::{Desk, EngineError};

/// So many states are explored for one journey; where that is not enough, it is told that it could not be aligned.
const STATES_MAX: usize = 20_000;
/// The same of markings in token replay, which is a first look only.
const REPLAY_STATES_MAX: usize = 500;
/// So many different journeys are remembered with their alignment, by each thread.
const REMEMBERED_MAX: usize = 20_000;
/// The fitness of a journey is added up in parts of this.
const WHOLE: u64 = 1_000_000_000;
/// The most rows that are told.
const TOP_MAX: usize = 1_000;
/// A design that is longer than this is not told in a note.
const TOLD_CHARS_MAX: usize = 600;

/// Where fewer than this share of the journeys fit the stages of the map, the question is said to be stricter than the map was meant.
const FITTING_MIN: f64 = 0.05;

pub(super) struct Conformance;

/// A question for conformance.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// The designed journey: `"stages"` (of the map, in order), `"discovered"` (what most customers do), `{"pnml": "<text>"}` or
    /// `{"bpmn": "<text>"}`.
    #[serde(default)]
    model: Model,
    /// Events, touchpoints or channels: what the activities of the model are called like. Touchpoints for stages, else events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<SequenceOf>,
    /// Count repetitions of one step as one.
    #[serde(default)]
    collapse: bool,
    /// Of stages: ids of those that may be left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    optional: Vec<String>,
    /// Of stages: ids of those that customers may come back to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    repeated: Vec<String>,
    /// Of a discovered model: ways that come less often than this share of the most frequent one are left out, 0 to 1.
    #[serde(default = "fifth")]
    noise: f64,
    /// How many deviations to show.
    #[serde(default = "super::twenty")]
    top: usize,
    /// Between machines: what was discovered in all parts, of which this one has but some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    learnt: Option<Box<Carried>>,
}

fn fifth() -> f64 {
    0.2
}

impl Question {
    fn sequences(&self) -> SequenceOf {
        self.of.unwrap_or(if self.model == Model::Stages { SequenceOf::Touchpoints } else { SequenceOf::Events })
    }
}

impl Kind for Conformance {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "conformance"
    }
    fn about(&self) -> &'static str {
        "Whether customers do what was designed: how well journeys fit the stages of the map or a PNML or BPMN model, and where they leave it, with time and money."
    }
    fn example(&self) -> Value {
        json!({"model": "stages"})
    }

    fn carried(&self, question: &Value, desk: &Desk<'_>) -> Result<Value, EngineError> {
        let (shared, own, _): (Common, Question, Value) = settings(question)?;
        let mut carried = question.clone();
        if let (Model::Discovered, None, Value::Object(fields)) = (&own.model, &own.learnt, &mut carried) {
            let unit = shared.unit.unwrap_or_default();
            let learnt = discovered(desk, own.sequences(), &unit, own.noise, own.collapse)?;
            let learnt = serde_json::to_value(learnt).map_err(|error| EngineError::Partial(error.to_string()))?;
            fields.insert("learnt".to_owned(), learnt);
        }
        Ok(carried)
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let refused = |why: &str| Err(EngineError::Question(why.to_owned()));
        if !(0.0..=1.0).contains(&question.noise) {
            return refused("\"noise\" is a share from 0 to 1");
        }
        if !(1..=TOP_MAX).contains(&question.top) {
            return refused("\"top\" is 1 to 1,000");
        }
        if question.model != Model::Stages && !(question.optional.is_empty() && question.repeated.is_empty()) {
            return refused("\"optional\" and \"repeated\" are stages of the model \"stages\"");
        }
        if question.model == Model::Stages && question.sequences() != SequenceOf::Touchpoints {
            return refused("the stages of a map are made of touchpoints: leave \"of\" out, or give a model of events or channels");
        }
        let mut design = None;
        // By activity, the stage that is left out where it is missing: any of its touchpoints would have done.
        let mut stages: Vec<String> = Vec::new();
        let net = match &question.model {
            Model::Stages => {
                let map = asked.map()?;
                let name = |id: &str| map.stage_index(id).map_or_else(String::new, |at| map.stages[at].name.clone());
                stages = map.touchpoints.iter().map(|touchpoint| name(&touchpoint.stage)).collect();
                of_stages(map, &question.optional, &question.repeated)?
            }
            Model::Pnml(text) => drawn(text, net::read_pnml)?,
            Model::Bpmn(text) => drawn(text, net::read_bpmn)?,
            Model::Discovered => {
                let learnt = match question.learnt.clone() {
                    Some(learnt) => *learnt,
                    None => discovered(asked.desk, question.sequences(), &asked.unit, question.noise, question.collapse)?,
                };
                design = Some(learnt.told.clone());
                learnt.net()?
            }
        };
        let names = asked.codes(question.sequences())?;
        let aligner = Aligner::new(&net, names.list(), &Settings { states_max: STATES_MAX }).map_err(wrong)?;
        let known: Vec<bool> = {
            let of_net: std::collections::HashSet<&str> = net.transitions().iter().filter_map(|t| t.name.as_deref()).collect();
            aligner.names().iter().map(|name| of_net.contains(name.as_str())).collect()
        };
        let amount = asked.lens.number(Number::Amount);
        // The money of a journey is that of all its events, whatever they are.
        asked.lens.keep_all = true;
        Ok(Plan {
            sessions: asked.unit == Unit::Session,
            unit: asked.unit.plural().to_owned(),
            recorded: names.list().len(),
            net,
            aligner,
            known,
            stages,
            amount,
            design,
            question,
        })
    }
}

/// Conformance, understood.
pub(super) struct Plan {
    question: Question,
    net: Net,
    aligner: Aligner,
    /// By activity: whether the model speaks of it.
    known: Vec<bool>,
    /// By activity of a model of stages: its stage.
    stages: Vec<String>,
    /// How many of the activities were recorded; the others only the model knows.
    recorded: usize,
    amount: usize,
    sessions: bool,
    unit: String,
    design: Option<String>,
}

/// One way to leave the design: whether something was left out or added, and what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Leaving {
    Skips(String),
    Adds(String),
}

/// What is known of journeys that leave the design in one way, or of all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Seen {
    journeys: u64,
    /// Different customers, where journeys are sessions: those of one come one after the other.
    customers: u64,
    last: Option<i64>,
    times: u64,
    /// How long they take (microseconds), and what they bring (millionths).
    spans: Moments,
    amounts: Moments,
}

impl Seen {
    fn add(&mut self, key: i64, times: u64, span: i64, amount: i64) {
        self.journeys += 1;
        self.times += times;
        self.customers += u64::from(self.last.replace(key) != Some(key));
        self.spans.add(span);
        self.amounts.add(amount);
    }

    fn merge(&mut self, other: &Seen) {
        self.journeys += other.journeys;
        self.times += other.times;
        // No two threads or machines take journeys of one customer.
        self.customers += other.customers;
        self.spans.merge(&other.spans);
        self.amounts.merge(&other.amounts);
    }
}

/// What is counted.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    units: u64,
    fitting: u64,
    /// Journeys that could not be aligned within the limits.
    unsure: u64,
    /// Those that could.
    sure: Seen,
    /// Of these, the fitness of each, in parts of [`WHOLE`].
    fitness: Moments,
    /// Of these, all costs, and what they could have been at most.
    cost: u64,
    most: u64,
    leaving: BTreeMap<Leaving, Seen>,
    /// Journeys with an amount of money.
    paid: u64,
    /// Tokens of the replay: missing, consumed, remaining, produced.
    tokens: [u64; 4],
    /// How often each activity was done that the model does not speak of.
    unknown: BTreeMap<String, u64>,
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.units += other.units;
        self.fitting += other.fitting;
        self.unsure += other.unsure;
        self.sure.merge(&other.sure);
        self.fitness.merge(&other.fitness);
        self.cost += other.cost;
        self.most += other.most;
        self.paid += other.paid;
        (0..4).for_each(|of| self.tokens[of] += other.tokens[of]);
        other.leaving.iter().for_each(|(leaving, seen)| self.leaving.entry(leaving.clone()).or_default().merge(seen));
        other.unknown.into_iter().for_each(|(name, times)| *self.unknown.entry(name).or_default() += times);
    }
}

/// What becomes of one sequence.
#[derive(Clone, Default)]
struct Judged {
    /// The cost, and what it could have been at most; none where the limits did not do.
    cost: Option<(u64, u64)>,
    leaving: Vec<(Leaving, u64)>,
    tokens: [u64; 4],
}

/// Memory for one customer, and what was judged before.
#[derive(Default)]
pub(super) struct Scratch {
    sequence: Vec<u32>,
    judged: HashMap<Box<[u32]>, Judged, foldhash::fast::RandomState>,
}

/// Whose customers are meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// Those who did exactly what was designed, or (false) left the design somewhere.
    Fits(bool),
    /// Those who left out a stage or activity of the design.
    Skips(String),
    /// Those who did something that was not designed there.
    Adds(String),
}

impl Plan {
    fn name(&self, activity: u32) -> String {
        self.aligner.names().get(activity as usize).cloned().unwrap_or_default()
    }

    fn judge(&self, sequence: &[u32]) -> Judged {
        let mut judged = Judged::default();
        if sequence.len() > LENGTH_MAX {
            return judged;
        }
        let (cost, moves) = self.aligner.align(sequence);
        if let Cost::Exact(cost) = cost {
            judged.cost = Some((u64::from(cost), sequence.len() as u64 + u64::from(self.aligner.shortest_run())));
        }
        let mut all: BTreeMap<Leaving, u64> = BTreeMap::new();
        for step in moves {
            let leaving = match step {
                Move::Both(_) => continue,
                Move::Inserted(activity) => Leaving::Adds(self.name(activity)),
                Move::Skipped(activity) => {
                    Leaving::Skips(self.stages.get(activity as usize).cloned().unwrap_or_else(|| self.name(activity)))
                }
            };
            *all.entry(leaving).or_default() += 1;
        }
        judged.leaving = all.into_iter().collect();
        let names = sequence.iter().map(|activity| self.name(*activity)).collect();
        let how = replay::Settings { states_max: REPLAY_STATES_MAX };
        if let Ok(replayed) = Log::of_names([(names, 1)]).and_then(|log: Log| replay(&self.net, &log, &how))
            && let Some(one) = replayed.variants.first()
        {
            judged.tokens = [one.missing, one.consumed, one.remaining, one.produced];
        }
        judged
    }

    fn add(&self, judged: &Judged, key: i64, span: i64, amount: Option<i64>, tally: &mut Tally) {
        tally.units += 1;
        (0..4).for_each(|of| tally.tokens[of] += judged.tokens[of]);
        let Some((cost, most)) = judged.cost else {
            tally.unsure += 1;
            return;
        };
        let money = amount.unwrap_or(0);
        tally.paid += u64::from(amount.is_some());
        tally.sure.add(key, 1, span, money);
        tally.fitting += u64::from(cost == 0);
        tally.cost += cost;
        tally.most += most;
        let share = u128::from(most.saturating_sub(cost)) * u128::from(WHOLE) / u128::from(most.max(1));
        tally.fitness.add(share as i64);
        for (leaving, times) in &judged.leaving {
            match tally.leaving.get_mut(leaving) {
                Some(seen) => seen.add(key, *times, span, money),
                None => tally.leaving.entry(leaving.clone()).or_default().add(key, *times, span, money),
            }
        }
    }

    /// The ways to leave the design, those of most journeys first.
    fn order<'t>(&self, tally: &'t Tally) -> Vec<(&'t Leaving, &'t Seen)> {
        let mut order: Vec<(&Leaving, &Seen)> = tally.leaving.iter().collect();
        order.sort_by(|a, b| (b.1.journeys, b.1.times).cmp(&(a.1.journeys, a.1.times)).then_with(|| a.0.cmp(b.0)));
        order
    }

    fn row(&self, tally: &Tally, leaving: &Leaving, seen: &Seen) -> Vec<Value> {
        let per = |test: Option<periplus_stats::MeansTest>| match test {
            Some(test) => [test.difference.value, test.difference.low, test.difference.high].map(|x| json!(x / 1e6)),
            None => [Value::Null, Value::Null, Value::Null],
        };
        let longer = tally.sure.spans.without(&seen.spans).and_then(|others| welch(&seen.spans, &others));
        let less = tally.sure.amounts.without(&seen.amounts).filter(|_| tally.paid > 0).and_then(|others| welch(&others, &seen.amounts));
        let mut row = vec![told(leaving).into(), seen.journeys.into()];
        row.extend(self.sessions.then(|| seen.customers.into()));
        row.push(wilson(seen.journeys, tally.units).map(|share| share.value).into());
        row.push(seen.times.into());
        row.extend(per(longer));
        row.extend(per(less));
        row
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns = vec![Column::new("deviation", ColumnKind::Text), Column::new(&self.unit, ColumnKind::Count)];
        columns.extend(self.sessions.then(|| Column::new("customers", ColumnKind::Count)));
        let more = [
            ("share", ColumnKind::Share),
            ("times", ColumnKind::Count),
            ("takes longer by", ColumnKind::Seconds),
            ("longer from", ColumnKind::Seconds),
            ("longer to", ColumnKind::Seconds),
            ("brings less by", ColumnKind::Money),
            ("less from", ColumnKind::Money),
            ("less to", ColumnKind::Money),
        ];
        columns.extend(more.map(|(name, kind)| Column::new(name, kind)));
        columns
    }

    /// Whether so few fit the stages that these ask for more than customers were meant to do.
    fn is_strict(&self, tally: &Tally) -> bool {
        let says_nothing = self.question.optional.is_empty() && self.question.repeated.is_empty();
        self.question.model == Model::Stages && says_nothing && tally.units > 0 && (tally.fitting as f64) < FITTING_MIN * tally.units as f64
    }

    fn notes(&self, tally: &Tally) -> Vec<String> {
        let mut notes = Vec::new();
        match &self.design {
            Some(told) if told.chars().count() <= TOLD_CHARS_MAX => notes.push(format!(
                "The design was discovered from what everybody did in all of the data: {told} (-> in this order, X one of these, + side by side, * again and again, tau nothing)."
            )),
            Some(_) => notes.push("The design was discovered from what everybody did in all of the data.".to_owned()),
            None if self.question.model == Model::Stages => notes
                .push("Journeys that are still going on count as leaving out what is still to come; choose a period that is over.".to_owned()),
            None => {}
        }
        let [missing, consumed, remaining, produced] = tally.tokens.map(|tokens| tokens as f64);
        if consumed > 0.0 && produced > 0.0 {
            let fitness = 1.0 - 0.5 * missing / consumed - 0.5 * remaining / produced;
            notes.push(format!(
                "By token replay, which is coarser and leaves out what the design does not know, the fitness is {fitness:.3}."
            ));
        }
        if tally.unsure > 0 {
            let journeys = period(tally.unsure, "journey");
            notes.push(format!(
                "{journeys} could not be aligned: longer than {LENGTH_MAX} steps, or too many ways to look at. They count as neither fitting nor leaving the design."
            ));
        }
        let mut unknown: Vec<(&String, &u64)> = tally.unknown.iter().collect();
        unknown.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        if !unknown.is_empty() {
            let names: Vec<&str> = unknown.iter().take(5).map(|(name, _)| name.as_str()).collect();
            let others = if unknown.len() > names.len() { ", ..." } else { "" };
            notes.push(format!("The design does not speak of {}{others}; it is always an addition.", names.join(", ")));
        }
        let never: Vec<&str> = self.aligner.names().iter().skip(self.recorded).map(String::as_str).collect();
        if !never.is_empty() {
            let others = if never.len() > 5 { ", ..." } else { "" };
            notes.push(format!(
                "Of the design, {}{others} was never recorded under this name.",
                never.iter().take(5).copied().collect::<Vec<_>>().join(", ")
            ));
        }
        if !tally.leaving.is_empty() {
            notes.push(
                "Associational: time and money compare journeys with a deviation with those without; other things may set them apart."
                    .to_owned(),
            );
        }
        notes
    }
}

impl From<&Leaving> for Place {
    fn from(leaving: &Leaving) -> Place {
        match leaving {
            Leaving::Skips(name) => Place::Skips(name.clone()),
            Leaving::Adds(name) => Place::Adds(name.clone()),
        }
    }
}

/// A deviation in plain words.
fn told(leaving: &Leaving) -> String {
    match leaving {
        Leaving::Skips(name) => format!("skips '{name}'"),
        Leaving::Adds(name) => format!("does '{name}' where the design does not have it"),
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Scratch;
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally::default()
    }
    fn scratch(&self) -> Scratch {
        Scratch::default()
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, scratch: &mut Scratch) {
        sequence(run, self.question.collapse, &mut scratch.sequence);
        let coded = |code: &u32| *code != NONE;
        let Some((first, last)) = run.codes.iter().position(coded).zip(run.codes.iter().rposition(coded)) else { return };
        let span = run.times[last].saturating_sub(run.times[first]);
        let mut amount = None;
        for row in 0..run.times.len() {
            let more = run.number(self.amount, row);
            if more.is_finite() {
                amount = Some(amount.unwrap_or(0i64).saturating_add((more * 1e6).round() as i64));
            }
        }
        for code in scratch.sequence.iter().filter(|code| !self.known.get(**code as usize).copied().unwrap_or(false)) {
            match tally.unknown.get_mut(self.aligner.names().get(*code as usize).map_or("", String::as_str)) {
                Some(times) => *times += 1,
                None => drop(tally.unknown.insert(self.name(*code), 1)),
            }
        }
        if scratch.judged.len() >= REMEMBERED_MAX {
            scratch.judged.clear();
        }
        if let Some(judged) = scratch.judged.get(scratch.sequence.as_slice()) {
            return self.add(judged, run.key, span, amount, tally);
        }
        let judged = self.judge(&scratch.sequence);
        self.add(&judged, run.key, span, amount, tally);
        scratch.judged.insert(scratch.sequence.as_slice().into(), judged);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let order = self.order(tally);
        let table = Table::new(self.columns(), order.iter().take(self.question.top).map(|(l, s)| self.row(tally, l, s)).collect())
            .counting(1, |row, _| Some(Place::from(order.get(row)?.0)));
        let mut notes = self.notes(tally);
        if self.is_strict(tally) {
            notes.push(format!(
                "Hardly anybody fits, because every stage must be there, in order and once: if customers may leave some out or come back to them, say so with \"optional\" and \"repeated\"{}.",
                order.first().map_or(String::new(), |(leaving, _)| format!(" (most often a journey {})", told(leaving)))
            ));
        }
        if order.len() > self.question.top {
            notes.push(format!("{} are not shown.", period((order.len() - self.question.top) as u64, "rarer deviation")));
        }
        let caption = match (tally.units, tally.most) {
            (0, _) => format!("None of the {} did anything that could be held against the design.", self.unit),
            (units, 0) => format!("None of {} {} could be aligned with the design.", count(units), self.unit),
            (units, most) => {
                let fitness = 1.0 - tally.cost as f64 / most as f64;
                let leading = order.first().map_or_else(String::new, |(leaving, seen)| {
                    format!(" Most often a journey {} ({}).", told(leaving), percent(seen.journeys as f64 / units as f64))
                });
                format!(
                    "{} of {} {} ({}) do exactly what was designed; the fitness is {fitness:.3}.{leading}",
                    count(tally.fitting),
                    count(units),
                    self.unit,
                    percent(tally.fitting as f64 / units as f64)
                )
            }
        };
        let figures = vec![
            Figure::share("fits the design", tally.fitting, tally.sure.journeys),
            Figure { name: "fitness".to_owned(), measure: Measure::Mean(tally.fitness, WHOLE as f64, ColumnKind::Share) },
        ];
        Told { figures, notes, ..Told::new(caption, View::Table(table)) }
    }

    fn semantics(&self) -> String {
        let model = match self.question.model {
            Model::Stages => "the stages of the map in order, in each one or more of its touchpoints",
            Model::Discovered => "what most do",
            Model::Pnml(_) => "the PNML model",
            Model::Bpmn(_) => "the BPMN model",
        };
        format!(
            "Each of the {} is aligned with the nearest run of the design ({model}): what was left out or done beside it costs 1 each, and the fitness is 1 less all costs as a share of what they could be at most.",
            self.unit
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let seen = |leaving: Leaving| tally.leaving.get(&leaving).map_or(0, |seen| seen.journeys);
        match place {
            Place::Fits(true) => tally.fitting,
            Place::Fits(false) => tally.sure.journeys - tally.fitting,
            Place::Skips(name) => seen(Leaving::Skips(name.clone())),
            Place::Adds(name) => seen(Leaving::Adds(name.clone())),
        }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let ways = tally.leaving.keys().map(Place::from);
        let mut places: Vec<Place> = [Place::Fits(true), Place::Fits(false)].into_iter().chain(ways).collect();
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}
