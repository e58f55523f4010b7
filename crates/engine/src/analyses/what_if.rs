//! What if: what would become of journeys if something were changed.

use std::collections::HashMap;
use std::sync::Arc;

use periplus_model::answer::{Column, ColumnKind, Estimate, Table, View};
use periplus_model::time::Span;
use periplus_stats::bootstrap::Bootstrap;
use periplus_stats::chain::what_if::{CHANGES_MAX, SCENARIOS_MAX};
use periplus_stats::chain::{Chain, Compared, Node, STATES_MAX, Scenario, Transition, what_if};
use periplus_stats::paths::JourneyError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, month, percent, period};
use crate::EngineError;
use crate::columns::Names;
use crate::edits::{Edit, Understood, understood};
use crate::journeys::{Cut, End, Journey, MILLIONTHS, Said, Walk, visit};
use crate::kind::{self, Asked, Figure, Kind, SequenceOf, Told};
use crate::scan::{Run, Totals};
use crate::steps::Step;

/// What the measured journeys are called among the scenarios.
const BASE: &str = "as measured";
/// So many draws the intervals are made of, and how many at most.
const DRAWS: usize = 200;
const DRAWS_MAX: usize = 2_000;

pub(super) struct WhatIf;

/// A question for what would be.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// What a conversion is.
    conversion: Step,
    /// What the places of the chain are: touchpoints, events or channels.
    #[serde(default)]
    of: SequenceOf,
    /// What is changed, several scenarios beside each other.
    #[serde(default)]
    scenarios: Vec<Asking>,
    /// A journey is given up when nothing came for this long, and touches that were longer before its end do not count.
    #[serde(default = "month")]
    window: Span,
    /// Touches of the same place that follow each other within this time are one.
    #[serde(default = "visit")]
    visit: Span,
    /// Whether only the first conversion of a customer counts.
    #[serde(default)]
    first_only: bool,
    /// How many draws the intervals are made of, 20 to 2,000.
    #[serde(default = "draws")]
    draws: usize,
}

/// A scenario.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asking {
    /// What to call it.
    name: String,
    /// What is changed, one after the other.
    #[serde(default)]
    edits: Vec<Edit>,
}

fn draws() -> usize {
    DRAWS
}

impl Kind for WhatIf {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "what_if"
    }
    fn about(&self) -> &'static str {
        "What would become of conversions, value and time if a touchpoint, a way, a drop-off or a wait were changed: scenarios beside the measured journeys, with intervals."
    }
    fn example(&self) -> Value {
        json!({"conversion": {"event": "Order Completed"}, "scenarios": [{"name": "waits half as long", "edits": [{"wait": {"factor": 0.5}}]}]})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let refused = |why: String| Err(EngineError::Question(why));
        if !(20..=DRAWS_MAX).contains(&question.draws) {
            return refused(format!("\"draws\" is 20 to {DRAWS_MAX}"));
        }
        if question.scenarios.len() > SCENARIOS_MAX || question.scenarios.iter().any(|scenario| scenario.edits.len() > CHANGES_MAX) {
            return refused(format!("there may be {SCENARIOS_MAX} scenarios, of {CHANGES_MAX} changes each"));
        }
        let mut names_seen = std::collections::BTreeSet::from([BASE]);
        if let Some(twice) = question.scenarios.iter().find(|scenario| !names_seen.insert(scenario.name.as_str())) {
            return refused(format!("two scenarios are called '{}'", twice.name));
        }
        let said = Said {
            conversion: &question.conversion,
            of: question.of,
            window: question.window,
            visit: question.visit,
            first_only: question.first_only,
        };
        let (cut, names) = Cut::of(&said, asked)?;
        if names.list().len() > STATES_MAX {
            return refused(format!("there are more than {STATES_MAX} different {}s", question.of.word()));
        }
        let known = |name: &str| names.code(name);
        let all = question.scenarios.iter().map(|scenario| understood(&scenario.edits, names.list().len(), &known));
        let scenarios = all.collect::<Result<Vec<Understood>, _>>()?;
        Ok(Plan { cut, names, scenarios, unit: asked.unit.plural().to_owned(), title: question.conversion.title(), question })
    }
}

/// Understood.
pub(super) struct Plan {
    question: Question,
    cut: Cut,
    names: Arc<Names>,
    scenarios: Vec<Understood>,
    unit: String,
    title: String,
}

/// One way from a place to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum To {
    At(u32),
    Converted,
    Lost,
}

/// How often a way was gone.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Gone {
    times: u64,
    /// Microseconds.
    waited: i128,
    /// Millionths.
    value: i128,
}

/// Those who were somewhere, and of these those who converted afterwards.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Were {
    there: u64,
    converted: u64,
}

/// What is counted.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    ways: HashMap<(Option<u32>, To), Gone, foldhash::fast::RandomState>,
    all: Were,
    /// By place of the chain, and by scenario: those who were where it changes something.
    at: HashMap<u32, Were, foldhash::fast::RandomState>,
    concerned: Vec<Were>,
    conversions: u64,
    open: u64,
    negative: u64,
}

impl Were {
    fn add(&mut self, converted: bool) {
        self.there += 1;
        self.converted += u64::from(converted);
    }

    fn merge(&mut self, other: Were) {
        self.there += other.there;
        self.converted += other.converted;
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        for (way, gone) in other.ways {
            let mine = self.ways.entry(way).or_default();
            mine.times += gone.times;
            mine.waited += gone.waited;
            mine.value += gone.value;
        }
        self.all.merge(other.all);
        other.at.into_iter().for_each(|(state, were)| self.at.entry(state).or_default().merge(were));
        self.concerned.resize(self.concerned.len().max(other.concerned.len()), Were::default());
        self.concerned.iter_mut().zip(other.concerned).for_each(|(mine, theirs)| mine.merge(theirs));
        self.conversions += other.conversions;
        self.open += other.open;
        self.negative += other.negative;
    }

    fn weight(&self) -> u64 {
        self.ways.len() as u64 * 80
    }
}

/// Memory for one customer.
#[derive(Default)]
pub(super) struct Scratch {
    walk: Walk,
    /// Places, with whether a conversion followed.
    seen: Vec<(u32, bool)>,
}

/// Whose customers are meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Those who were at this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// Those who were where this scenario changes something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scenario: Option<String>,
    /// Only those who converted afterwards.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    converted: bool,
}

impl Tally {
    fn add(&mut self, from: Option<u32>, to: To, waited: i64, value: i64) {
        let gone = self.ways.entry((from, to)).or_default();
        gone.times += 1;
        gone.waited += i128::from(waited.max(0));
        gone.value += i128::from(value);
    }

    /// The chain, from integers in an order that does not hang on who counted first.
    fn chain(&self, states: usize) -> Result<Chain, JourneyError> {
        let mut ways: Vec<(&(Option<u32>, To), &Gone)> = self.ways.iter().collect();
        ways.sort_unstable_by_key(|(way, _)| **way);
        let transition = |((from, to), gone): (&(Option<u32>, To), &Gone)| {
            let times = gone.times as f64;
            Transition {
                from: from.map_or(Node::Start, |state| Node::At(state as usize)),
                to: match to {
                    To::At(state) => Node::At(*state as usize),
                    To::Converted => Node::Converted,
                    To::Lost => Node::Lost,
                },
                count: gone.times,
                wait_seconds: gone.waited as f64 / 1e6 / times,
                value: gone.value as f64 / MILLIONTHS / times,
            }
        };
        Chain::of(states, &ways.into_iter().map(transition).collect::<Vec<_>>())
    }
}

/// What is left of a difference by rounding is none.
fn exact(difference: f64) -> f64 {
    if difference.abs() < 1e-6 { 0.0 } else { difference }
}

impl Plan {
    fn journey(&self, journey: &Journey<'_>, tally: &mut Tally, seen: &mut Vec<(u32, bool)>) {
        let end = match journey.end {
            // Where it leads is not known yet.
            End::Open => {
                tally.open += 1;
                return;
            }
            End::Converted { time, value } => Some((time, value)),
            End::Lost => None,
        };
        let (mut at, mut left) = (None, None);
        for (code, first, last) in journey.touches {
            tally.add(at, To::At(*code), left.map_or(0, |left| first - left), 0);
            (at, left) = (Some(*code), Some(*last));
            seen.push((*code, end.is_some()));
        }
        match end {
            Some((time, value)) => tally.add(at, To::Converted, left.map_or(0, |left| time - left), value),
            None => tally.add(at, To::Lost, 0, 0),
        }
        tally.conversions += u64::from(end.is_some());
    }

    /// Each scenario, or why there is none.
    fn scenarios(&self, chain: &Chain) -> Vec<Result<Scenario, JourneyError>> {
        let how = Bootstrap { draws: self.question.draws, seed: 1, level: 0.95 };
        let changes: Vec<_> = self.scenarios.iter().map(|scenario| scenario.changes.clone()).collect();
        match what_if(chain, &changes, &how) {
            Ok(all) => all.scenarios.into_iter().map(Ok).collect(),
            // One that makes no sense must not take the others with it; by themselves they see the same draws.
            Err(_) => {
                let alone = |changes: Vec<_>| {
                    let all = what_if(chain, &[changes], &how)?;
                    all.scenarios.into_iter().next().ok_or(JourneyError::NoJourneys)
                };
                changes.into_iter().map(alone).collect()
            }
        }
    }

    fn columns(&self) -> Vec<Column> {
        let columns = [
            ("scenario".to_owned(), ColumnKind::Text),
            (format!("{} concerned", self.unit), ColumnKind::Count),
            ("of these converted".to_owned(), ColumnKind::Count),
            ("conversions".to_owned(), ColumnKind::Number),
            ("more conversions".to_owned(), ColumnKind::Number),
            ("more from".to_owned(), ColumnKind::Number),
            ("more to".to_owned(), ColumnKind::Number),
            ("conversion of journeys".to_owned(), ColumnKind::Share),
            ("value".to_owned(), ColumnKind::Money),
            ("more value".to_owned(), ColumnKind::Money),
            ("value from".to_owned(), ColumnKind::Money),
            ("value to".to_owned(), ColumnKind::Money),
            ("time to convert".to_owned(), ColumnKind::Seconds),
            ("longer by".to_owned(), ColumnKind::Seconds),
            ("longer from".to_owned(), ColumnKind::Seconds),
            ("longer to".to_owned(), ColumnKind::Seconds),
        ];
        columns.into_iter().map(|(name, kind)| Column::new(name, kind)).collect()
    }

    fn table(&self, tally: &Tally, notes: &mut Vec<String>) -> Result<(Table, Option<String>), JourneyError> {
        let chain = tally.chain(self.names.list().len())?;
        let base = chain.outcome()?;
        let nothing = [Value::Null, Value::Null, Value::Null];
        let difference = |difference: Estimate| [difference.value, difference.low, difference.high].map(|x| json!(exact(x)));
        let row = |name: &str, were: Were, conversions: f64, share: f64, value: f64, time: Option<f64>, more: [[Value; 3]; 3]| {
            let [conversion, money, seconds] = more;
            let mut row = vec![name.into(), were.there.into(), were.converted.into(), json!(conversions)];
            row.extend(conversion);
            row.extend([json!(share), json!(value)]);
            row.extend(money);
            row.push(time.map_or(Value::Null, |time| json!(time)));
            row.extend(seconds);
            row
        };
        let none = [nothing.clone(), nothing.clone(), nothing.clone()];
        let time = base.seconds_to_conversion;
        let mut rows = vec![row(BASE, tally.all, base.conversions, base.probability, base.value, time, none)];
        let mut assumptions = Vec::new();
        let mut leading: Option<(f64, String)> = None;
        for (at, (asking, scenario)) in self.question.scenarios.iter().zip(self.scenarios(&chain)).enumerate() {
            let scenario = match scenario {
                Ok(scenario) => scenario,
                Err(error) => {
                    notes.push(format!("'{}' cannot be reckoned: {error}", asking.name));
                    continue;
                }
            };
            let were = tally.concerned.get(at).copied().unwrap_or_default();
            let seconds: Option<Compared> = scenario.seconds_to_conversion;
            let more = [
                difference(scenario.conversions.difference),
                difference(scenario.value.difference),
                seconds.map_or_else(|| nothing.clone(), |seconds| difference(seconds.difference)),
            ];
            let told = scenario.conversions.difference;
            let time = seconds.map(|seconds| seconds.changed.value);
            let (conversions, value) = (scenario.conversions.changed.value, scenario.value.changed.value);
            rows.push(row(&asking.name, were, conversions, scenario.probability.changed.value, value, time, more));
            if leading.as_ref().is_none_or(|(most, _)| told.value > *most) {
                let sentence = format!(
                    "with '{}' they would be {:.1} ({:+.1}, 95 % interval {:+.1} to {:+.1})",
                    asking.name,
                    scenario.conversions.changed.value,
                    exact(told.value),
                    exact(told.low),
                    exact(told.high)
                );
                leading = Some((told.value, sentence));
            }
            assumptions.extend(scenario.assumptions);
        }
        assumptions.sort_unstable();
        assumptions.dedup();
        notes.extend(assumptions.into_iter().map(|assumption| assumption.sentence().to_owned()));
        let begin = format!(
            "{} journeys came to {} ({})",
            count(chain.journeys()),
            period(tally.conversions, "conversion"),
            percent(base.probability)
        );
        let caption = leading.map_or_else(|| format!("{begin}."), |(_, sentence)| format!("{begin}; {sentence}."));
        // The first row is as it was measured.
        let concerned = |row: usize, cells: &[Value], converted| {
            let name = cells.first()?.as_str()?;
            Some(Place { state: None, scenario: (row > 0).then(|| name.to_owned()), converted })
        };
        let table = Table::new(self.columns(), rows)
            .counting(1, |row, cells| concerned(row, cells, false))
            .counting(2, |row, cells| concerned(row, cells, true));
        Ok((table, Some(caption)))
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Scratch;
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally { concerned: vec![Were::default(); self.scenarios.len()], ..Tally::default() }
    }
    fn scratch(&self) -> Scratch {
        Scratch::default()
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, scratch: &mut Scratch) {
        let Scratch { walk, seen } = scratch;
        seen.clear();
        let (before, mut closed) = (tally.conversions, false);
        self.cut.each(run, walk, |journey| {
            closed |= journey.end != End::Open;
            self.journey(journey, tally, seen);
        });
        tally.negative += walk.negative;
        if !closed {
            return;
        }
        tally.all.add(tally.conversions > before);
        // Of those who were there several times, one conversion is enough.
        seen.sort_unstable_by_key(|(code, converted)| (*code, !*converted));
        seen.dedup_by_key(|(code, _)| *code);
        for (code, converted) in seen.iter() {
            tally.at.entry(*code).or_default().add(*converted);
        }
        for (scenario, were) in self.scenarios.iter().zip(&mut tally.concerned) {
            let mut concerned = seen.iter().filter(|(code, _)| scenario.states.contains(code)).peekable();
            if scenario.states.is_empty() {
                were.add(tally.conversions > before);
            } else if concerned.peek().is_some() {
                were.add(concerned.any(|(_, converted)| *converted));
            }
        }
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.all.there
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let mut notes = Vec::new();
        let (table, caption) = match self.table(tally, &mut notes) {
            Ok(told) => told,
            Err(error) => {
                notes.push(format!("Nothing can be reckoned: {error}"));
                (Table::new(self.columns(), Vec::new()), None)
            }
        };
        if tally.open > 0 {
            notes.push(format!("{} may still convert and do not count.", period(tally.open, "journey")));
        }
        if tally.negative > 0 {
            notes.push(format!("{} had a negative amount, which counts as none.", period(tally.negative, "conversion")));
        }
        Told {
            immature: tally.open,
            figures: vec![Figure::share("conversion", tally.all.converted, tally.all.there)],
            notes,
            ..Told::new(caption.unwrap_or_else(|| "There are no journeys that are over.".to_owned()), View::Table(table))
        }
    }

    fn semantics(&self) -> String {
        format!(
            "A journey is the {}s that were touched until '{}', or until nothing came for {}, and within as long before its end; touches of one kind within {} are one; where customers go next depends on where they are; the chain is solved exactly before and after the changes; intervals come from {} draws of its probabilities; concerned is who was at a place that a scenario speaks of.",
            self.question.of.word(),
            self.title,
            self.question.window,
            self.question.visit,
            self.question.draws
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let were = match (&place.state, &place.scenario) {
            (Some(_), Some(_)) => Were::default(),
            (Some(state), None) => self.names.code(state).and_then(|code| tally.at.get(&code)).copied().unwrap_or_default(),
            (None, Some(name)) if name == BASE => tally.all,
            (None, Some(name)) => {
                let at = self.question.scenarios.iter().position(|scenario| scenario.name == *name);
                at.and_then(|at| tally.concerned.get(at)).copied().unwrap_or_default()
            }
            (None, None) => tally.all,
        };
        if place.converted { were.converted } else { were.there }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let mut codes: Vec<u32> = tally.at.keys().copied().collect();
        codes.sort_unstable();
        let states = codes.into_iter().filter_map(|code| self.names.list().get(code as usize).cloned());
        let states = states.map(|state| Place { state: Some(state), ..Place::default() });
        let scenarios = self.question.scenarios.iter().map(|scenario| Place { scenario: Some(scenario.name.clone()), ..Place::default() });
        let all = std::iter::once(Place::default()).chain(scenarios).chain(states);
        let mut places: Vec<Place> = all.flat_map(|place| [false, true].map(|converted| Place { converted, ..place.clone() })).collect();
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}
