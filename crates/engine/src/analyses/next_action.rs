//! Next action: what to do next with customers who are under way, and whether that can be believed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::time::Span;
use periplus_stats::chain::{Backtest, NextBest, Rank, Redraw, Suggestion, Tested, backtest};
use periplus_stats::paths::{CHANNELS_MAX, JourneyError, Paths, Weight};
use periplus_stats::wilson;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, month, of_them, percent, period};
use crate::EngineError;
use crate::columns::Names;
use crate::journeys::{Cut, End, MILLIONTHS, Said, Walk, visit};
use crate::kind::{self, Asked, Figure, Kind, SequenceOf, Told};
use crate::scan::{Run, Totals};
use crate::steps::Step;
use crate::worth::first::{self, First, Ranked};

/// So many recent touches may be looked at.
const RECENT_MAX: usize = 4;
/// So many rows may be told.
const TOP_MAX: usize = 1_000;
/// Draws of the bootstrap, and up to how many different paths whole journeys are drawn in it; beyond, the steps of the chain. With 100,000 paths
/// of ten touches a draw of journeys counts two million touches, of steps as many as there are different ones.
const DRAWS: u64 = 100;
const DRAWN_PATHS_MAX: usize = 100_000;
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
    /// A journey is given up when nothing came for this long, and touches that were longer before its end do not count. Who was seen within this time and has not converted since is under way.
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
    /// What is shown.
    #[serde(default)]
    show: Show,
    /// Of customers one by one: how many, those whom the next action lifts most. 1 to 10,000.
    #[serde(default = "first::listed")]
    at_most: usize,
}

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Show {
    /// The places where customers are, those of most customers first.
    #[default]
    Places,
    /// Customers under way one by one, with the next action for each; those whom it lifts most (by what "by" says) first.
    Customers,
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
        first::check(question.at_most)?;
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
        let hints = Step::hints(std::iter::once(&question.conversion), asked)?;
        Ok(Plan { hints, cut, names, among, unit: asked.unit.plural().to_owned(), title: question.conversion.title(), question })
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
    /// What nobody ever did, of what is asked for.
    hints: Vec<String>,
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
    /// Who they are, where they are shown one by one: of each place as many as could be shown, by key and what they are called.
    kept: BTreeMap<Vec<u16>, First<(i64, Option<String>)>>,
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
        for (at, theirs) in other.kept {
            match self.kept.get_mut(&at) {
                Some(mine) => mine.merge(theirs),
                None => drop(self.kept.insert(at, theirs)),
            }
        }
        self.units += other.units;
        self.converted += other.converted;
        self.negative += other.negative;
    }

    fn weight(&self) -> u64 {
        let kept: u64 = self.kept.values().map(|kept| 100 + 50 * kept.len() as u64).sum();
        self.bytes + self.now.len() as u64 * 80 + kept
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

/// A customer under way.
struct Listed {
    key: i64,
    name: Option<String>,
    /// Which of the rows says where they are.
    row: usize,
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

    /// How much an action is worth, by what the question ranks by.
    fn figure(&self, best: &Suggestion) -> f64 {
        match self.question.by {
            By::Conversions => best.uplift,
            By::Value => best.value_uplift,
            By::Likely => best.share * best.probability,
        }
    }

    /// Customers under way for whom something is suggested, those first whom it lifts most, equal ones by key; each with the number of their
    /// place among the rows.
    fn listed(&self, tally: &Tally, next: &NextBest) -> (Vec<Row>, Vec<Listed>) {
        let mut ranked = Ranked::new(self.question.at_most);
        for (now, kept) in &tally.kept {
            let Some(best) = self.best(next, now) else { continue };
            for (key, name) in kept.iter() {
                if !ranked.add(self.figure(&best), *key, (name.clone(), now, best)) {
                    break;
                }
            }
        }
        let (mut rows, mut known): (Vec<Row>, BTreeMap<&Vec<u16>, usize>) = (Vec::new(), BTreeMap::new());
        let mut listed = Vec::new();
        for (key, (name, now, best)) in ranked.into_rows() {
            let at = *known.entry(now).or_insert_with(|| {
                let units = tally.now.get(now).copied().unwrap_or_default();
                rows.push(Row { now: now.clone(), units, best: Some(best), lifts: Vec::new() });
                rows.len() - 1
            });
            listed.push(Listed { key, name, row: at });
        }
        (rows, listed)
    }

    /// The listed customers as a table: what is said of their place, of each.
    fn customers(&self, rows: &mut [Row], listed: Vec<Listed>) -> Table {
        let mut columns = self.columns();
        columns[1] = Column::new("key", ColumnKind::Text);
        columns.swap(0, 1);
        let is_named = listed.iter().any(|customer| customer.name.is_some());
        if is_named {
            columns.insert(1, Column::new("name", ColumnKind::Text));
        }
        let places: Vec<Vec<Value>> = rows.iter_mut().map(|row| self.cells(row)).collect();
        let told = |customer: Listed| {
            let mut cells = places[customer.row].clone();
            cells[1] = customer.key.into();
            cells.swap(0, 1);
            if is_named {
                cells.insert(1, customer.name.into());
            }
            cells
        };
        Table::new(columns, listed.into_iter().map(told).collect())
    }

    /// Draws journeys anew (bootstrap), and notes what the suggested actions lift then.
    fn draw(next: &NextBest, paths: &Paths, how: Redraw, rows: &mut [Row]) -> Result<(), JourneyError> {
        next.redrawn(paths, how, DRAWS, SEED, |again| {
            for row in rows.iter_mut() {
                let Some(best) = row.best else { continue };
                // The same quantity as is shown: the same step, judged by the same of the last touches.
                row.lifts.extend(again.weigh(&row.now, best.touchpoint, best.looked_back).map(|again| again.uplift));
            }
        })
    }

    fn cells(&self, row: &mut Row) -> Vec<Value> {
        let mut cells: Vec<Value> = vec![self.told(&row.now).into(), row.units.into()];
        let Some(best) = row.best else {
            cells.extend(std::iter::repeat_n(Value::Null, 9));
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
            judged_by(best.looked_back).into(),
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
            ("judged by", ColumnKind::Text),
        ];
        columns.into_iter().map(|(name, kind)| Column::new(name, kind)).collect()
    }

    fn table(&self, tally: &Tally, notes: &mut Vec<String>) -> Result<(Vec<Row>, Table), JourneyError> {
        let sorted = tally.sorted();
        let paths = weighed(&sorted, self.names.list().len(), measured)?;
        let next = NextBest::learn(&paths, self.question.recent, self.question.at_least)?;
        let (mut rows, listed) = match self.question.show {
            Show::Places => (self.rows(tally, &next), None),
            Show::Customers => {
                let (rows, listed) = self.listed(tally, &next);
                (rows, Some(listed))
            }
        };
        let how = if tally.paths.len() <= DRAWN_PATHS_MAX { Redraw::Journeys } else { Redraw::Steps };
        if how == Redraw::Steps {
            notes.push(format!(
                "There are more than {} different paths: intervals are those of the chain, whose steps are drawn instead of whole journeys.",
                count(DRAWN_PATHS_MAX as u64)
            ));
        }
        Plan::draw(&next, &paths, how, &mut rows)?;
        let how = Tested {
            recent: self.question.recent,
            support_min: self.question.at_least,
            by: self.question.by.rank(),
            count: 1,
            held_out: HELD_OUT,
            seed: SEED,
        };
        if rows.iter().any(|row| row.best.is_some_and(|best| best.looked_back == 0)) {
            notes.push(format!(
                "Where too few went on from a place ({} to any one), the step is judged by all journeys, wherever they were: see \"judged by\".",
                count(self.question.at_least)
            ));
        }
        notes.push(match backtest(&paths, &how) {
            Ok(tested) => tested_told(&tested),
            Err(error) => format!("It could not be tested on journeys that were held out: {error}."),
        });
        if let Some(listed) = listed {
            let all: u64 = tally.now.values().sum();
            if all > listed.len() as u64 {
                notes.push(format!(
                    "These are {} of {} under way: those whom the next action lifts most. Where nothing is known that would, nobody is listed.",
                    count(listed.len() as u64),
                    count(all)
                ));
            }
            let table = self.customers(&mut rows, listed);
            return Ok((rows, table));
        }
        if tally.now.len() > rows.len() {
            notes.push(format!("{} of fewer {} are not shown.", period((tally.now.len() - rows.len()) as u64, "place"), self.unit));
        }
        let cells = rows.iter_mut().map(|row| self.cells(row)).collect();
        let table = Table::new(self.columns(), cells).counting(1, |row, _| Some(self.place(&rows.get(row)?.now)));
        Ok((rows, table))
    }
}

/// Of what the journeys are that say what a step comes to.
fn judged_by(looked_back: usize) -> String {
    match looked_back {
        0 => "all journeys".to_owned(),
        1 => "the last place".to_owned(),
        more => format!("the last {more} places"),
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
                    if self.question.show == Show::Customers {
                        let kept = tally.kept.entry(path[from..].to_vec()).or_insert_with(|| First::new(self.question.at_most));
                        kept.add((run.key, run.name.map(|name| name.to_string())));
                    }
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
        let mut notes = self.hints.clone();
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
        let begin = format!("{} of {} are under way", count(under_way), of_them(tally.units, &self.unit));
        // What is known of the place itself comes first.
        let leading = |by_place: bool| rows.iter().find_map(|row| Some((row, row.best.filter(|best| !by_place || best.looked_back > 0)?)));
        let leading = leading(true).or_else(|| leading(false));
        let caption = match leading {
            None => format!("{begin}; nothing is known that would lift their conversion."),
            Some((row, best)) => format!(
                "{begin}; for the {} at '{}', '{}' goes with {} converting, {:+.1} percentage points ({} did so{}).",
                count(row.units),
                self.told(&row.now),
                self.name(best.touchpoint),
                percent(best.probability),
                best.uplift * 100.0,
                count(best.support),
                if best.looked_back == 0 { ", from wherever" } else { "" }
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
            "Under way is who was seen within {} and has not reached '{}' since; what comes next is judged by the journeys that are over: those who went there from the same {}, what they came to in the end, and what all came to who were there; where fewer than {} took any one step from there, by all journeys, which is marked; touches of one kind within {} are one.",
            self.question.window,
            self.title,
            if self.question.recent == 1 { "place".to_owned() } else { format!("last {} places", self.question.recent) },
            self.question.at_least,
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
