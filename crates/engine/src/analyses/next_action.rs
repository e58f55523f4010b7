//! Next action: what to do next with customers who are under way, and whether that can be believed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::time::Span;
use periplus_stats::chain::{Backtest, NextBest, Rank, Suggestion, Tested, backtest};
use periplus_stats::chance::Chance;
use periplus_stats::paths::{CHANNELS_MAX, JourneyError, Paths, Weight};
use periplus_stats::wilson;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, month, percent, period};
use crate::EngineError;
use crate::columns::Names;
use crate::journeys::{Cut, End, MILLIONTHS, Said, Walk, visit};
use crate::kind::{self, Asked, Figure, Kind, SequenceOf, Told};
use crate::scan::{Run, Totals};
use crate::steps::Step;

/// So many recent touches may be looked at.
const RECENT_MAX: usize = 4;
/// So many rows may be told.
const TOP_MAX: usize = 1_000;
/// Draws of the bootstrap, and of how many different paths it is made at most.
const DRAWS: u64 = 100;
const DRAWN_PATHS_MAX: usize = 5_000;
/// The share of the journeys that the backtest holds out, and which ones these are.
const HELD_OUT: f64 = 0.3;
const SEED: u64 = 1;

pub(super) struct NextAction;

/// A question for what to do next.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// What a conversion is.
    conversion: Step,
    /// What customers are at: touchpoints, events or channels.
    #[serde(default)]
    of: SequenceOf,
    /// A journey is given up when nothing came for this long. Who was seen within this time and has not converted since is under way.
    #[serde(default = "month")]
    window: Span,
    /// Touches of the same place that follow each other within this time are one.
    #[serde(default = "visit")]
    visit: Span,
    /// Whether only the first conversion of a customer counts.
    #[serde(default)]
    first_only: bool,
    /// How many of the last touches say where a customer is, 1 to 4.
    #[serde(default = "one")]
    recent: usize,
    /// By what actions are ranked.
    #[serde(default)]
    by: By,
    /// Only these are suggested, as what one can bring about; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    among: Vec<String>,
    /// What fewer journeys did next is not suggested.
    #[serde(default = "thirty")]
    at_least: u64,
    /// How many places to show, those of most customers.
    #[serde(default = "super::twenty")]
    top: usize,
}

/// By what actions are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    /// How much the probability of a conversion rises.
    #[default]
    Conversions,
    /// How much the expected value rises.
    Value,
    /// What customers who convert did next most often.
    Likely,
}

impl By {
    fn rank(self) -> Rank {
        match self {
            By::Conversions => Rank::Conversions,
            By::Value => Rank::Value,
            By::Likely => Rank::Likely,
        }
    }
}

fn one() -> usize {
    1
}

fn thirty() -> u64 {
    30
}

impl Kind for NextAction {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "next_action"
    }
    fn about(&self) -> &'static str {
        "What to do next with customers who are under way: for each place where they are, the touchpoint after which most convert, the lift, and a backtest against what is popular."
    }
    fn example(&self) -> Value {
        json!({"conversion": {"event": "Order Completed"}, "window": "30d"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let refused = |why: String| Err(EngineError::Question(why));
        if !(1..=RECENT_MAX).contains(&question.recent) {
            return refused(format!("\"recent\" is 1 to {RECENT_MAX}"));
        }
        if question.at_least == 0 || !(1..=TOP_MAX).contains(&question.top) {
            return refused(format!("\"at_least\" is 1 or more, and \"top\" 1 to {TOP_MAX}"));
        }
        let said = Said {
            conversion: &question.conversion,
            of: question.of,
            window: question.window,
            visit: question.visit,
            first_only: question.first_only,
        };
        let (cut, names) = Cut::of(&said, asked)?;
        if names.list().len() > CHANNELS_MAX {
            return refused(format!("there are more than {CHANNELS_MAX} different {}s", question.of.word()));
        }
        let code = |name: &String| {
            let known = names.code(name).map(|code| code as u16);
            known.ok_or_else(|| EngineError::Question(format!("nobody was ever at '{name}', which \"among\" names")))
        };
        let among = question.among.iter().map(code).collect::<Result<_, _>>()?;
        Ok(Plan { cut, names, among, unit: asked.unit.plural().to_owned(), title: question.conversion.title(), question })
    }
}

/// Understood.
pub(super) struct Plan {
    question: Question,
    cut: Cut,
    names: Arc<Names>,
    among: Vec<u16>,
    unit: String,
    title: String,
}

/// How journeys along one path ended.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Ends {
    conversions: u64,
    /// In millionths.
    value: i128,
    nulls: u64,
}

/// What is counted.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    paths: HashMap<Vec<u16>, Ends, foldhash::fast::RandomState>,
    /// Where those are who are under way: their last touches.
    now: BTreeMap<Vec<u16>, u64>,
    units: u64,
    converted: u64,
    negative: u64,
    bytes: u64,
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        for (path, ends) in other.paths {
            self.add(&path, ends);
        }
        other.now.into_iter().for_each(|(at, units)| *self.now.entry(at).or_default() += units);
        self.units += other.units;
        self.converted += other.converted;
        self.negative += other.negative;
    }

    fn weight(&self) -> u64 {
        self.bytes + self.now.len() as u64 * 80
    }
}

impl Tally {
    fn add(&mut self, path: &[u16], ends: Ends) {
        if !self.paths.contains_key(path) {
            self.bytes += 100 + 2 * path.len() as u64;
            self.paths.insert(path.to_vec(), Ends::default());
        }
        if let Some(known) = self.paths.get_mut(path) {
            known.conversions += ends.conversions;
            known.value += ends.value;
            known.nulls += ends.nulls;
        }
    }

    /// The paths in the order of their touches: figures do not hang on who counted first.
    fn sorted(&self) -> Vec<(&Vec<u16>, &Ends)> {
        let mut sorted: Vec<_> = self.paths.iter().collect();
        sorted.sort_unstable_by_key(|(path, _)| *path);
        sorted
    }
}

fn weighed(sorted: &[(&Vec<u16>, &Ends)], channels: usize, mut weigh: impl FnMut(&Ends) -> Weight) -> Result<Paths, JourneyError> {
    let mut paths = Paths::new(channels)?;
    for (path, ends) in sorted {
        paths.push(path, &[], weigh(ends))?;
    }
    Ok(paths)
}

fn measured(ends: &Ends) -> Weight {
    Weight { conversions: ends.conversions, value: ends.value as f64 / MILLIONTHS, nulls: ends.nulls }
}

/// Memory for one customer.
#[derive(Default)]
pub(super) struct Scratch {
    walk: Walk,
    path: Vec<u16>,
}

/// Whose customers are meant: those who are under way and whose last touches are these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The names, the latest last.
    now: Vec<String>,
}

/// A place, how many are there, and what to do next.
struct Row {
    now: Vec<u16>,
    units: u64,
    best: Option<Suggestion>,
    /// The lift in draws of the bootstrap.
    lifts: Vec<f64>,
}

impl Plan {
    fn name(&self, code: u16) -> &str {
        self.names.list().get(usize::from(code)).map_or("", String::as_str)
    }

    fn place(&self, now: &[u16]) -> Place {
        Place { now: now.iter().map(|code| self.name(*code).to_owned()).collect() }
    }

    fn told(&self, now: &[u16]) -> String {
        now.iter().map(|code| self.name(*code)).collect::<Vec<_>>().join(" → ")
    }

    /// What may be suggested, best first.
    fn suggestions(&self, next: &NextBest, now: &[u16]) -> Vec<Suggestion> {
        let mut all = next.suggest(now, self.question.by.rank(), usize::MAX);
        all.retain(|suggestion| self.among.is_empty() || self.among.contains(&suggestion.touchpoint));
        all
    }

    /// What is best, unless nothing helps.
    fn best(&self, next: &NextBest, now: &[u16]) -> Option<Suggestion> {
        let best = self.suggestions(next, now).into_iter().next()?;
        let helps = match self.question.by {
            By::Conversions => best.uplift > 0.0,
            By::Value => best.value_uplift > 0.0,
            By::Likely => true,
        };
        helps.then_some(best)
    }

    fn rows(&self, tally: &Tally, next: &NextBest) -> Vec<Row> {
        let mut order: Vec<(&Vec<u16>, &u64)> = tally.now.iter().collect();
        order.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let row = |(now, units): (&Vec<u16>, &u64)| Row { now: now.clone(), units: *units, best: self.best(next, now), lifts: Vec::new() };
        order.into_iter().take(self.question.top).map(row).collect()
    }

    /// Draws journeys anew (Poisson bootstrap), and notes what the suggested actions lift then.
    fn draw(&self, sorted: &[(&Vec<u16>, &Ends)], rows: &mut [Row]) -> Result<(), JourneyError> {
        for draw in 0..DRAWS {
            let mut dice = Chance::of(SEED, draw);
            let drawn = weighed(sorted, self.names.list().len(), |ends| {
                let each = if ends.conversions > 0 { ends.value as f64 / MILLIONTHS / ends.conversions as f64 } else { 0.0 };
                let (conversions, nulls) = (dice.poisson(ends.conversions as f64), dice.poisson(ends.nulls as f64));
                Weight { conversions, value: each * conversions as f64, nulls }
            })?;
            // A draw may have no conversions.
            let Ok(next) = NextBest::learn(&drawn, self.question.recent, 1) else { continue };
            for row in rows.iter_mut() {
                let Some(best) = row.best else { continue };
                let again = next.suggest(&row.now, self.question.by.rank(), usize::MAX);
                row.lifts.extend(again.iter().find(|other| other.touchpoint == best.touchpoint).map(|other| other.uplift));
            }
        }
        Ok(())
    }

    fn cells(&self, row: &mut Row) -> Vec<Value> {
        let mut cells: Vec<Value> = vec![self.told(&row.now).into(), row.units.into()];
        let Some(best) = row.best else {
            cells.extend(std::iter::repeat_n(Value::Null, 8));
            return cells;
        };
        row.lifts.sort_unstable_by(f64::total_cmp);
        // Of a hundred draws, the third from either end.
        let bound = |share: f64| {
            let at = (share * (row.lifts.len().saturating_sub(1)) as f64).round() as usize;
            row.lifts.get(at).copied().filter(|_| row.lifts.len() >= 20)
        };
        let (low, high) = (bound(0.025).map(|low| low.min(best.uplift)), bound(0.975).map(|high| high.max(best.uplift)));
        cells.extend([
            self.name(best.touchpoint).into(),
            json!(best.probability),
            json!(best.uplift),
            low.into(),
            high.into(),
            json!(best.value_uplift),
            json!(best.share),
            best.support.into(),
        ]);
        cells
    }

    fn columns(&self) -> Vec<Column> {
        let columns = [
            ("now at", ColumnKind::Text),
            (self.unit.as_str(), ColumnKind::Count),
            ("next best", ColumnKind::Text),
            ("converts then", ColumnKind::Share),
            ("lift", ColumnKind::Share),
            ("lift from", ColumnKind::Share),
            ("lift to", ColumnKind::Share),
            ("more value each", ColumnKind::Money),
            ("did so", ColumnKind::Share),
            ("journeys that did", ColumnKind::Count),
        ];
        columns.into_iter().map(|(name, kind)| Column::new(name, kind)).collect()
    }

    fn table(&self, tally: &Tally, notes: &mut Vec<String>) -> Result<(Vec<Row>, Table), JourneyError> {
        let sorted = tally.sorted();
        let paths = weighed(&sorted, self.names.list().len(), measured)?;
        let next = NextBest::learn(&paths, self.question.recent, self.question.at_least)?;
        let mut rows = self.rows(tally, &next);
        if tally.paths.len() <= DRAWN_PATHS_MAX {
            self.draw(&sorted, &mut rows)?;
        } else {
            notes.push(format!("There are more than {} different paths: intervals are not drawn.", count(DRAWN_PATHS_MAX as u64)));
        }
        let how = Tested {
            recent: self.question.recent,
            support_min: self.question.at_least,
            by: self.question.by.rank(),
            count: 1,
            held_out: HELD_OUT,
            seed: SEED,
        };
        notes.push(match backtest(&paths, &how) {
            Ok(tested) => tested_told(&tested),
            Err(error) => format!("It could not be tested on journeys that were held out: {error}."),
        });
        if tally.now.len() > rows.len() {
            notes.push(format!("{} of fewer {} are not shown.", period((tally.now.len() - rows.len()) as u64, "place"), self.unit));
        }
        let cells = rows.iter_mut().map(|row| self.cells(row)).collect();
        let table = Table::new(self.columns(), cells).counting(1, |row, _| Some(self.place(&rows.get(row)?.now)));
        Ok((rows, table))
    }
}

/// What a backtest says.
fn tested_told(tested: &Backtest) -> String {
    let share = |rate: f64| {
        let hits = (rate * tested.touches as f64).round() as u64;
        match wilson(hits.min(tested.touches), tested.touches) {
            Some(share) => format!("{} ({} to {})", percent(share.value), percent(share.low), percent(share.high)),
            None => percent(rate),
        }
    };
    let converted = |(all, converted): (u64, u64)| {
        if all == 0 { "nobody".to_owned() } else { format!("{} of {}", percent(converted as f64 / all as f64), count(all)) }
    };
    format!(
        "Backtest on 30 % of the journeys, which were held out: of {} of customers who converted, {} were the suggested one; suggesting the most popular to everybody, {}. Steps that followed the suggestion were in journeys that converted in {} cases, others in {}.",
        period(tested.touches, "step"),
        share(tested.chain.rate),
        share(tested.popular.rate),
        converted(tested.followed),
        converted(tested.not_followed),
    )
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
        let Scratch { walk, path } = scratch;
        let (mut any, mut converted) = (false, false);
        self.cut.each(run, walk, |journey| {
            any = true;
            path.clear();
            path.extend(journey.touches.iter().map(|(code, ..)| *code as u16));
            let ends = match journey.end {
                End::Open => {
                    let from = path.len().saturating_sub(self.question.recent);
                    *tally.now.entry(path[from..].to_vec()).or_default() += 1;
                    return;
                }
                End::Converted { value, .. } => {
                    converted = true;
                    Ends { conversions: 1, value: i128::from(value), nulls: 0 }
                }
                End::Lost => Ends { nulls: 1, ..Ends::default() },
            };
            tally.add(path, ends);
        });
        tally.negative += walk.negative;
        tally.units += u64::from(any);
        tally.converted += u64::from(converted);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let mut notes = Vec::new();
        let under_way: u64 = tally.now.values().sum();
        let (rows, table) = match self.table(tally, &mut notes) {
            Ok(told) => told,
            Err(error) => {
                notes.push(format!("Nothing can be suggested: {error}"));
                (Vec::new(), Table::new(self.columns(), Vec::new()))
            }
        };
        notes.push(
            "Associational: who goes to the suggested touchpoint of their own accord may be about to convert anyway. What suggesting it brings about, an experiment tells.".to_owned(),
        );
        if tally.negative > 0 {
            notes.push(format!("{} had a negative amount, which counts as none.", period(tally.negative, "conversion")));
        }
        let begin = format!("{} of {} {} are under way", count(under_way), count(tally.units), self.unit);
        let leading = rows.iter().find_map(|row| Some((row, row.best?)));
        let caption = match leading {
            None => format!("{begin}; nothing is known that would lift their conversion."),
            Some((row, best)) => format!(
                "{begin}; for the {} at '{}', '{}' goes with {} converting, {:+.1} percentage points ({} did so).",
                count(row.units),
                self.told(&row.now),
                self.name(best.touchpoint),
                percent(best.probability),
                best.uplift * 100.0,
                count(best.support)
            ),
        };
        Told {
            immature: under_way,
            figures: vec![Figure::share("conversion", tally.converted, tally.units)],
            notes,
            ..Told::new(caption, View::Table(table))
        }
    }

    fn semantics(&self) -> String {
        format!(
            "Under way is who was seen within {} and has not reached '{}' since; what comes next is judged by the journeys that are over: those who went there from the same {}, what they came to in the end, and what all came to who were there; touches of one kind within {} are one.",
            self.question.window,
            self.title,
            if self.question.recent == 1 { "place".to_owned() } else { format!("last {} places", self.question.recent) },
            self.question.visit
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let codes: Option<Vec<u16>> = place.now.iter().map(|name| self.names.code(name).map(|code| code as u16)).collect();
        codes.and_then(|codes| tally.now.get(&codes)).copied().unwrap_or_default()
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        tally.now.keys().map(|now| self.place(now)).collect()
    }
}
