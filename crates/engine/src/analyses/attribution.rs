//! Attribution: which channels conversions are credited to, by several models beside each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::time::Span;
use periplus_stats::attribution::{Bootstrap, Credits, Model, Position, credits, intervals, returns};
use periplus_stats::paths::{JourneyError, Paths, Weight};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, month, percent, period};
use crate::EngineError;
use crate::kind::{self, Asked, Figure, Kind, Told};
use crate::lens::{NONE, Number, Text};
use crate::scan::{Run, Totals};
use crate::steps::Step;

/// Amounts are added up in millionths, and so is what a conversion is divided into.
const UNIT: f64 = 1e6;
/// So many touches before a conversion count, the last ones.
const TOUCHES_MAX: usize = 200;
/// So many channels (touchpoints, campaigns) are told apart; what comes after them is one.
const NAMES_MAX: usize = 60_000;
const OTHERS: &str = "(others)";
/// So many touches back a Markov chain remembers at most.
const ORDER_MAX: usize = 4;
/// Draws of the bootstrap, and of how many different paths it is made at most.
const DRAWS: usize = 100;
const DRAWN_PATHS_MAX: usize = 100_000;

pub(super) struct Attribution;

/// A question for attribution.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// What a conversion is.
    conversion: Step,
    /// By what touches are told apart.
    #[serde(default)]
    by: By,
    /// The property of touches, such as a campaign, where they are told apart by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    property: Option<String>,
    /// Which events are touches; all that have a channel (touchpoint, property) when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    touch: Option<Step>,
    /// How long before a conversion a touch may be.
    #[serde(default = "month")]
    window: Span,
    /// Touches of the same channel that follow each other within this time are one.
    #[serde(default = "visit")]
    visit: Span,
    /// Whether only the first conversion of a customer counts.
    #[serde(default)]
    first_only: bool,
    /// What is divided: conversions, or their value.
    #[serde(default)]
    divide: Divide,
    /// Of time decay: a touch that is this much earlier gets half as much.
    #[serde(default = "week")]
    half_life: Span,
    /// How many touches back the Markov chain remembers, 1 to 4.
    #[serde(default = "one")]
    order: usize,
    /// What was spent on each channel in the period, in currency units, for the cost per conversion and the return.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    spend: BTreeMap<String, f64>,
}

/// By what touches are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    /// The channel of the event.
    #[default]
    Channel,
    /// The touchpoint of the map.
    Touchpoint,
    /// A property, such as a campaign.
    Property,
}

/// What is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Divide {
    /// Conversions.
    #[default]
    Conversions,
    /// Their amounts of money.
    Value,
}

fn visit() -> Span {
    Span::minutes(30)
}

fn week() -> Span {
    Span::days(7)
}

fn one() -> usize {
    1
}

impl Kind for Attribution {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "attribution"
    }
    fn about(&self) -> &'static str {
        "Which channels (touchpoints, campaigns) conversions are credited to: first, last, linear, position, time decay, Markov and Shapley beside each other, with costs."
    }
    fn example(&self) -> Value {
        json!({"conversion": {"event": "Order Completed"}, "by": "channel", "window": "30d"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let wrong = |why: &str| Err(EngineError::Question(why.to_owned()));
        if !(1..=ORDER_MAX).contains(&question.order) {
            return wrong("\"order\" is 1 to 4");
        }
        if question.window <= Span(0) || question.half_life <= Span(0) || question.visit < Span(0) {
            return wrong("\"window\" and \"half_life\" are longer than nothing, \"visit\" is not below it");
        }
        if question.spend.values().any(|spent| !spent.is_finite() || *spent < 0.0) {
            return wrong("what was spent is an amount of money, 0 or more");
        }
        if (question.by == By::Property) != question.property.is_some() {
            return wrong("\"by\": \"property\" and \"property\" go together");
        }
        let conversion = question.conversion.required()?.bit(asked)?;
        let touch = Step::bit_or_any(&question.touch, asked)?;
        let mut touchpoints = Vec::new();
        let label = match question.by {
            By::Channel => asked.lens.text(Text::Channel),
            By::Property => asked.lens.text(Text::Value(question.property.clone().unwrap_or_default())),
            By::Touchpoint => {
                let map = asked.map()?;
                asked.lens.by_touchpoints(map)?;
                touchpoints = map.touchpoints.iter().map(|touchpoint| Arc::from(touchpoint.name.as_str())).collect();
                0
            }
        };
        // What is touched need not meet a condition.
        asked.lens.keep_all = asked.lens.keep_all || question.by != By::Touchpoint;
        Ok(Plan {
            conversion,
            touch,
            label,
            touchpoints,
            amount: asked.lens.number(Number::Amount),
            known_until: asked.known_until(),
            unit: asked.unit.plural().to_owned(),
            title: question.conversion.title(),
            question,
        })
    }
}

/// Attribution, understood.
pub(super) struct Plan {
    question: Question,
    conversion: u32,
    touch: Option<u32>,
    /// The text of the channel or property in the lens.
    label: usize,
    touchpoints: Vec<Arc<str>>,
    amount: usize,
    known_until: i64,
    unit: String,
    title: String,
}

/// How journeys along one path ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Ends {
    conversions: u64,
    /// In millionths.
    value: i64,
    nulls: u64,
}

/// What is known of one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Channel {
    /// Customers who touched it,
    touched: u64,
    /// and of these, those who converted afterwards.
    converted: u64,
    /// What time decay credits it with, in millionths of conversions and of money.
    decayed: [i64; 2],
}

/// What is counted for attribution.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    /// The numbers of the channels, in the order in which they were met.
    codes: BTreeMap<String, u16>,
    channels: Vec<Channel>,
    paths: BTreeMap<Vec<u16>, Ends>,
    /// Bytes of the paths, about.
    bytes: u64,
    units: u64,
    converted: u64,
    immature: u64,
    /// Conversions with a negative amount, which counts as none.
    negative: u64,
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        let mut codes = vec![0; other.channels.len()];
        other.codes.iter().for_each(|(name, code)| codes[usize::from(*code)] = self.code(name));
        for (code, channel) in codes.iter().zip(&other.channels) {
            let mine = &mut self.channels[usize::from(*code)];
            mine.touched += channel.touched;
            mine.converted += channel.converted;
            (0..2).for_each(|of| mine.decayed[of] += channel.decayed[of]);
        }
        for (path, ends) in other.paths {
            let path = path.into_iter().map(|code| codes[usize::from(code)]).collect();
            self.add(path, ends);
        }
        self.units += other.units;
        self.converted += other.converted;
        self.immature += other.immature;
        self.negative += other.negative;
    }
    fn weight(&self) -> u64 {
        self.bytes
    }
}

impl Tally {
    /// The number of a channel.
    fn code(&mut self, name: &str) -> u16 {
        if let Some(known) = self.codes.get(name) {
            return *known;
        }
        if self.codes.len() >= NAMES_MAX && name != OTHERS {
            return self.code(OTHERS);
        }
        let code = self.channels.len() as u16;
        self.codes.insert(name.to_owned(), code);
        self.channels.push(Channel::default());
        code
    }

    fn add(&mut self, path: Vec<u16>, ends: Ends) {
        let bytes = 64 + 2 * path.len() as u64;
        let known = self.paths.entry(path).or_insert_with(|| {
            self.bytes += bytes;
            Ends::default()
        });
        known.conversions += ends.conversions;
        known.value = known.value.saturating_add(ends.value);
        known.nulls += ends.nulls;
    }
}

/// Channels by their names, in the order of these.
type Named<'t> = Vec<(&'t str, &'t Channel)>;

/// Memory for one customer.
#[derive(Default)]
pub(super) struct Scratch {
    /// Channels with the times at which they were touched first and last.
    touches: Vec<(u16, i64, i64)>,
    touched: Vec<u16>,
    converted: Vec<u16>,
}

/// Whose customers are meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The channel (touchpoint, campaign) that they touched.
    channel: String,
    /// Only those who converted afterwards.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    converted: bool,
}

impl Plan {
    /// What a row touches.
    fn touched<'r>(&'r self, run: &'r Run<'_>, row: usize) -> Option<&'r Arc<str>> {
        if !run.meets(row, self.touch) {
            return None;
        }
        match self.question.by {
            By::Touchpoint => self.touchpoints.get(run.codes.get(row).copied().filter(|code| *code != NONE)? as usize),
            By::Channel | By::Property => run.text(self.label, row),
        }
    }

    /// Counts what was touched until a conversion at `end`, or until nothing more came.
    fn end(&self, tally: &mut Tally, scratch: &mut Scratch, end: i64, value: Option<i64>) {
        scratch.touches.retain(|(_, _, last)| *last >= end.saturating_sub(self.question.window.0));
        let from = scratch.touches.len().saturating_sub(TOUCHES_MAX);
        let touches = &scratch.touches[from..];
        if let (Some(value), false) = (value, touches.is_empty()) {
            let weights: Vec<f64> =
                touches.iter().map(|(_, _, last)| (-((end - last) as f64) / self.question.half_life.0 as f64).exp2()).collect();
            let sum: f64 = weights.iter().sum();
            for (of, whole) in [UNIT as i64, value].into_iter().enumerate() {
                let mut left = whole;
                for ((code, ..), weight) in touches.iter().zip(&weights).take(touches.len() - 1) {
                    let part = (whole as f64 * weight / sum).round() as i64;
                    tally.channels[usize::from(*code)].decayed[of] += part;
                    left -= part;
                }
                // What is left by rounding goes to the last touch, so that all of it is given out.
                tally.channels[usize::from(touches[touches.len() - 1].0)].decayed[of] += left;
            }
        }
        let path: Vec<u16> = touches.iter().map(|(code, ..)| *code).collect();
        if value.is_some() {
            scratch.converted.extend(&path);
        }
        let ends = Ends { conversions: u64::from(value.is_some()), value: value.unwrap_or(0), nulls: u64::from(value.is_none()) };
        tally.add(path, ends);
        scratch.touches.clear();
    }

    /// The channels in the order of their names, and the paths with their places in it: figures do not hang on who counted first.
    fn paths<'t>(&self, tally: &'t Tally) -> Result<(Named<'t>, Paths), JourneyError> {
        let order: Named<'t> = tally.codes.iter().map(|(name, code)| (name.as_str(), &tally.channels[usize::from(*code)])).collect();
        let mut place = vec![0u16; order.len()];
        tally.codes.values().enumerate().for_each(|(at, code)| place[usize::from(*code)] = at as u16);
        let mut sorted: Vec<(Vec<u16>, Ends)> =
            tally.paths.iter().map(|(path, ends)| (path.iter().map(|code| place[usize::from(*code)]).collect(), *ends)).collect();
        sorted.sort_by(|one, other| one.0.cmp(&other.0));
        let mut paths = Paths::new(order.len())?;
        for (path, ends) in sorted {
            let weight = Weight { conversions: ends.conversions, value: ends.value as f64 / UNIT, nulls: ends.nulls };
            paths.push(&path, &[], weight)?;
        }
        Ok((order, paths))
    }

    fn models(&self) -> [(&'static str, Model); 6] {
        [
            ("last", Model::Last),
            ("first", Model::First),
            ("linear", Model::Linear),
            ("position", Model::Position(Position::default())),
            ("Markov", Model::Markov { order: self.question.order }),
            ("Shapley", Model::Shapley),
        ]
    }

    fn part(&self, credits: &Credits, channel: usize) -> f64 {
        match self.question.divide {
            Divide::Conversions => credits.conversions[channel],
            Divide::Value => credits.value[channel],
        }
    }

    fn table(&self, tally: &Tally) -> Result<(Table, Option<String>, Vec<String>), JourneyError> {
        let (order, paths) = self.paths(tally)?;
        let kind = if self.question.divide == Divide::Value { ColumnKind::Money } else { ColumnKind::Number };
        let by = match self.question.by {
            By::Channel => "channel",
            By::Touchpoint => "touchpoint",
            By::Property => self.question.property.as_deref().unwrap_or("property"),
        };
        let mut columns = vec![Column::new(by, ColumnKind::Text), Column::new(&self.unit, ColumnKind::Count)];
        columns.push(Column::new("converted", ColumnKind::Count));
        let mut rows: Vec<Vec<Value>> =
            order.iter().map(|(name, channel)| vec![(*name).into(), channel.touched.into(), channel.converted.into()]).collect();
        let mut notes = Vec::new();
        let mut markov = None;
        let drawn = (paths.len() <= DRAWN_PATHS_MAX).then(|| {
            let markov = Model::Markov { order: self.question.order };
            intervals(&paths, &[markov], &Bootstrap { draws: DRAWS, seed: 1, level: 0.95 })
        });
        for (name, model) in self.models() {
            columns.push(Column::new(name, kind));
            let told = match credits(&paths, &model) {
                Ok(credits) => Some(credits),
                Err(error @ (JourneyError::NoConversions | JourneyError::NoJourneys)) => return Err(error),
                Err(error) => {
                    notes.push(format!("{name}: {error}"));
                    None
                }
            };
            for (at, row) in rows.iter_mut().enumerate() {
                row.push(told.as_ref().map_or(Value::Null, |credits| json!(self.part(credits, at))));
            }
            if name == "Markov" {
                columns.push(Column::new("95 %", ColumnKind::Text));
                let sure = drawn.as_ref().and_then(|drawn| drawn.as_ref().ok()).and_then(|drawn| drawn.first());
                for (at, row) in rows.iter_mut().enumerate() {
                    let interval = sure.and_then(|sure| match self.question.divide {
                        Divide::Conversions => sure.conversions.get(at),
                        Divide::Value => sure.value.get(at),
                    });
                    row.push(interval.map_or(Value::Null, |told| format!("{:.1} to {:.1}", told.low, told.high).into()));
                }
                markov = told;
            }
        }
        columns.push(Column::new("time decay", kind));
        let of = usize::from(self.question.divide == Divide::Value);
        for (row, (_, channel)) in rows.iter_mut().zip(&order) {
            row.push((channel.decayed[of] as f64 / UNIT).into());
        }
        let names: Vec<&str> = order.iter().map(|(name, _)| *name).collect();
        if let Some(credits) = markov.as_ref().filter(|_| !self.question.spend.is_empty()) {
            let spend: Vec<Option<f64>> = names.iter().map(|name| self.question.spend.get(*name).copied()).collect();
            columns.push(Column::new("spent", ColumnKind::Money));
            columns.push(Column::new("cost per conversion (Markov)", ColumnKind::Money));
            columns.push(Column::new("return on spend (Markov)", ColumnKind::Number));
            let told = returns(&spend, credits, None)?;
            for (row, told) in rows.iter_mut().zip(told) {
                row.push(told.map(|told| told.spend).into());
                row.push(told.and_then(|told| told.cost_per_conversion).into());
                row.push(told.and_then(|told| told.roas).into());
            }
            let unknown: Vec<&str> = self.question.spend.keys().map(String::as_str).filter(|name| !names.contains(name)).collect();
            if !unknown.is_empty() {
                notes.push(format!("Nothing was touched of what was spent on: {}.", unknown.join(", ")));
            }
        }
        let leading = markov.as_ref().and_then(|credits| {
            let sum: f64 = (0..names.len()).map(|at| self.part(credits, at)).sum();
            let best = (0..names.len()).max_by(|one, other| self.part(credits, *one).total_cmp(&self.part(credits, *other)))?;
            (sum > 0.0).then(|| format!("{} is credited with {} of them (Markov)", names[best], percent(self.part(credits, best) / sum)))
        });
        // The most credited first; names where that is the same.
        if let Some(credits) = &markov {
            let mut by_credit: Vec<(usize, Vec<Value>)> = rows.into_iter().enumerate().collect();
            by_credit.sort_by(|one, other| self.part(credits, other.0).total_cmp(&self.part(credits, one.0)));
            rows = by_credit.into_iter().map(|(_, row)| row).collect();
        }
        if drawn.is_none() {
            notes.push(format!("There are more than {} different paths: intervals are not drawn.", count(DRAWN_PATHS_MAX as u64)));
        }
        let touched = |cells: &[Value], converted| Some(Place { channel: cells.first()?.as_str()?.to_owned(), converted });
        let table = Table::new(columns, rows).counting(1, |_, cells| touched(cells, false)).counting(2, |_, cells| touched(cells, true));
        Ok((table, leading, notes))
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
        scratch.touches.clear();
        scratch.touched.clear();
        scratch.converted.clear();
        let mut has_converted = false;
        for (row, time) in run.times.iter().copied().enumerate() {
            // Whoever comes again after so long has given up before.
            if let Some((_, _, last)) = scratch.touches.last().copied().filter(|(_, _, last)| time - last > self.question.window.0) {
                self.end(tally, scratch, last, None);
            }
            if run.meets(row, Some(self.conversion)) {
                if has_converted && self.question.first_only {
                    continue;
                }
                let amount = run.number(self.amount, row);
                tally.negative += u64::from(amount < 0.0);
                let value = if amount.is_finite() { (amount.max(0.0) * UNIT).round() as i64 } else { 0 };
                self.end(tally, scratch, time, Some(value));
                has_converted = true;
                continue;
            }
            if has_converted && self.question.first_only {
                continue;
            }
            let Some(name) = self.touched(run, row) else { continue };
            let code = tally.code(name);
            match scratch.touches.last_mut() {
                Some((last, _, at)) if *last == code && time - *at <= self.question.visit.0 => *at = time,
                _ => scratch.touches.push((code, time, time)),
            }
            scratch.touched.push(code);
        }
        if scratch.touched.is_empty() && !has_converted {
            return;
        }
        if let Some((_, _, last)) = scratch.touches.last().copied() {
            tally.immature += u64::from(last > self.known_until - self.question.window.0);
            self.end(tally, scratch, last, None);
        }
        tally.units += 1;
        tally.converted += u64::from(has_converted);
        for list in [&mut scratch.touched, &mut scratch.converted] {
            list.sort_unstable();
            list.dedup();
        }
        scratch.touched.iter().for_each(|code| tally.channels[usize::from(*code)].touched += 1);
        scratch.converted.iter().for_each(|code| tally.channels[usize::from(*code)].converted += 1);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let conversions: u64 = tally.paths.values().map(|ends| ends.conversions).sum();
        let untouched = tally.paths.get(&Vec::new()).map_or(0, |ends| ends.conversions);
        let (table, leading, mut notes) = match self.table(tally) {
            Ok(told) => told,
            Err(error) => {
                let columns = vec![Column::new("channel", ColumnKind::Text)];
                (Table::new(columns, Vec::new()), None, vec![format!("Nothing can be credited: {error}")])
            }
        };
        notes.push(
            "Associational: a channel may be credited because those who buy anyway pass it. What it brings about, an experiment tells."
                .to_owned(),
        );
        if untouched > 0 {
            notes.push(format!(
                "{} had no touch in the {} before; nobody is credited with them.",
                period(untouched, "conversion"),
                self.question.window
            ));
        }
        if tally.negative > 0 {
            notes.push(format!("{} had a negative amount, which counts as none.", period(tally.negative, "conversion")));
        }
        let begin = format!("{} of {} {}", period(conversions, "conversion"), count(tally.converted), self.unit);
        let caption = match leading {
            Some(leading) => format!("{begin}; {leading}."),
            None => format!("{begin}."),
        };
        Told {
            immature: tally.immature,
            figures: vec![Figure::share("conversion", tally.converted, tally.units)],
            notes,
            ..Told::new(caption, View::Table(table))
        }
    }

    fn semantics(&self) -> String {
        format!(
            "A conversion is '{}'; it is divided among the touches in the {} before it and after the one before; touches of the same kind within {} are one; journeys without a conversion count for Markov; half-life {}; the Markov chain remembers {} back and is solved exactly.",
            self.title,
            self.question.window,
            self.question.visit,
            self.question.half_life,
            period(self.question.order as u64, "touch").replace("touchs", "touches")
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let channel = tally.codes.get(&place.channel).map(|code| tally.channels[usize::from(*code)]).unwrap_or_default();
        if place.converted { channel.converted } else { channel.touched }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let all = tally.codes.keys().flat_map(|name| [false, true].map(|converted| Place { channel: name.clone(), converted }));
        all.filter(|place| self.count(tally, place) > 0).collect()
    }
}
