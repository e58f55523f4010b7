//! Attribution: which channels conversions are credited to, by several models beside each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::time::Span;
use periplus_stats::attribution::{
    Bootstrap, Credits, Intervals, Markov, Model, Ordered, Position, chain_intervals, credits, intervals, markov, ordered, returns,
};
use periplus_stats::paths::{JourneyError, Paths, Weight};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, month, of_them, percent, period};
use crate::EngineError;
use crate::journeys::{Cut, End, Journey, Walk, visit};
use crate::kind::{self, Asked, Figure, Kind, Told};
use crate::lens::{NONE, Text};
use crate::scan::{Run, Totals};
use crate::steps::Step;

/// Amounts are added up in millionths, and so is what a conversion is divided into.
const UNIT: f64 = 1e6;
/// So many channels (touchpoints, campaigns) are told apart; what comes after them is one.
const NAMES_MAX: usize = 60_000;
const OTHERS: &str = "(others)";
/// So many touches back a Markov chain remembers at most: with more, nearly every journey is a state of its own, and there is nothing left
/// to learn.
const ORDER_MAX: usize = 8;
/// A transition that fewer journeys took on average says more of these journeys than of others.
const TAKEN_MIN: f64 = 10.0;
/// The touches that the ordered Shapley value tells apart; the last stands for all later ones, too.
const PLACES: [&str; 4] = ["1st touch", "2nd touch", "3rd touch", "later"];
/// So many channels are compared between groups of people, those with most conversions after them.
const COMPARED_MAX: usize = 10;
/// The shares of a position add up to 1 as far as numbers of a few digits do.
const SHARES_OFF_MAX: f64 = 1e-6;
/// Draws of the bootstrap, and up to how many different paths whole journeys are drawn in it; beyond, the steps of the chain.
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
    /// How long before the end of a journey a touch may be. A journey is given up when nothing came for this long.
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
    /// By which models it is divided, each a column (or several); last, first, linear, position, Markov, Shapley and time decay when absent. Costs,
    /// intervals and the order of the rows are those of Markov where it is among them, else of the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    models: Vec<Divides>,
    /// Of position: the shares of the first touch, of all between, and of the last one, which add up to 1.
    #[serde(default = "ends_more")]
    position: [f64; 3],
    /// How many touches back the Markov chain remembers, 1 to 8.
    #[serde(default = "one")]
    order: usize,
    /// What was spent on each channel in the period, in currency units, for the cost per conversion and per new customer and for the return.
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

/// A way to divide a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Divides {
    /// All to the last touch.
    Last,
    /// All to the first touch.
    First,
    /// The same to every touch.
    Linear,
    /// More to the first and the last touch, as "position" says.
    Position,
    /// In proportion to what would be lost without the channel.
    Markov,
    /// The same to every channel that was touched, however often.
    Shapley,
    /// More to later touches, as "half_life" says.
    TimeDecay,
    /// All to every channel that was touched: the sum is more than there were conversions.
    Participation,
    /// Shapley, told apart by which touch it was: a column each for the first, the second, the third and the later ones.
    OrderedShapley,
}

/// The models where none are asked for.
const USUAL: [Divides; 7] =
    [Divides::Last, Divides::First, Divides::Linear, Divides::Position, Divides::Markov, Divides::Shapley, Divides::TimeDecay];

impl Divides {
    fn title(self) -> &'static str {
        match self {
            Divides::Last => "last",
            Divides::First => "first",
            Divides::Linear => "linear",
            Divides::Position => "position",
            Divides::Markov => "Markov",
            Divides::Shapley => "Shapley",
            Divides::TimeDecay => "time decay",
            Divides::Participation => "participation",
            Divides::OrderedShapley => "ordered Shapley",
        }
    }
}

fn week() -> Span {
    Span::days(7)
}

fn ends_more() -> [f64; 3] {
    [0.4, 0.2, 0.4]
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
        "Which channels (touchpoints, campaigns) conversions are credited to: first, last, linear, position, time decay, participation, Markov and Shapley beside each other, with costs."
    }
    fn example(&self) -> Value {
        json!({"conversion": {"event": "Order Completed"}, "by": "channel", "window": "30d"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let wrong = |why: &str| Err(EngineError::Question(why.to_owned()));
        if !(1..=ORDER_MAX).contains(&question.order) {
            return wrong("\"order\" is 1 to 8");
        }
        if (1..question.models.len()).any(|at| question.models[..at].contains(&question.models[at])) {
            return wrong("each of the \"models\" is named once");
        }
        if question.position.iter().any(|share| !(0.0..=1.0).contains(share))
            || (question.position.iter().sum::<f64>() - 1.0).abs() > SHARES_OFF_MAX
        {
            return wrong("\"position\" is three shares that add up to 1: of the first touch, of those between, and of the last");
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
        let hints = Step::hints(std::iter::once(&question.conversion).chain(&question.touch), asked)?;
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
            cut: Cut::with(conversion, question.window, question.visit, question.first_only, asked),
            touch,
            label,
            touchpoints,
            unit: asked.unit.plural().to_owned(),
            title: question.conversion.title(),
            is_cut: asked.lens.from.is_some(),
            hints,
            question,
        })
    }
}

/// Attribution, understood.
pub(super) struct Plan {
    question: Question,
    cut: Cut,
    touch: Option<u32>,
    /// The text of the channel or property in the lens.
    label: usize,
    touchpoints: Vec<Arc<str>>,
    unit: String,
    title: String,
    /// Whether the period has a beginning, before which nothing is seen.
    is_cut: bool,
    /// What nobody ever did, of what is asked for.
    hints: Vec<String>,
}

/// How journeys along one path ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Ends {
    conversions: u64,
    /// In millionths.
    value: i64,
    nulls: u64,
    /// Of these, those of customers who had not converted before.
    new: u64,
    new_nulls: u64,
}

/// What is known of one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Channel {
    /// Customers who touched it in a journey that is over,
    touched: u64,
    /// and of these, those who converted afterwards.
    converted: u64,
    /// What time decay credits it with, in millionths of conversions, of money, and of first conversions.
    decayed: [i64; 3],
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
    /// Customers with a journey that is over.
    units: u64,
    converted: u64,
    /// Journeys that may still end with a conversion.
    open: u64,
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
            (0..3).for_each(|of| mine.decayed[of] += channel.decayed[of]);
        }
        for (path, ends) in other.paths {
            let path = path.into_iter().map(|code| codes[usize::from(code)]).collect();
            self.add(path, ends);
        }
        self.units += other.units;
        self.converted += other.converted;
        self.open += other.open;
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
        known.new += ends.new;
        known.new_nulls += ends.new_nulls;
    }
}

/// Channels by their names, in the order of these.
type Named<'t> = Vec<(&'t str, &'t Channel)>;

/// Memory for one customer.
#[derive(Default)]
pub(super) struct Scratch {
    walk: Walk,
    /// What each row touches.
    codes: Vec<u32>,
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

    /// Counts a journey that is over; `is_new` when its customer had not converted before.
    fn over(&self, journey: &Journey<'_>, converted: Option<(i64, i64)>, is_new: bool, tally: &mut Tally) {
        let path: Vec<u16> = journey.touches.iter().map(|(code, ..)| *code as u16).collect();
        if let (Some((time, value)), Some(last_touch)) = (converted, path.last()) {
            let age = |last: i64| (time - last) as f64 / self.question.half_life.0 as f64;
            let weights: Vec<f64> = journey.touches.iter().map(|(_, _, last)| (-age(*last)).exp2()).collect();
            let sum: f64 = weights.iter().sum();
            let acquired = if is_new { UNIT as i64 } else { 0 };
            for (of, whole) in [UNIT as i64, value, acquired].into_iter().enumerate() {
                let mut left = whole;
                for (code, weight) in path.iter().zip(&weights).take(path.len() - 1) {
                    let part = (whole as f64 * weight / sum).round() as i64;
                    tally.channels[usize::from(*code)].decayed[of] += part;
                    left -= part;
                }
                // What is left by rounding goes to the last touch, so that all of it is given out.
                tally.channels[usize::from(*last_touch)].decayed[of] += left;
            }
        }
        let ends = Ends {
            conversions: u64::from(converted.is_some()),
            value: converted.map_or(0, |(_, value)| value),
            nulls: u64::from(converted.is_none()),
            new: u64::from(is_new && converted.is_some()),
            new_nulls: u64::from(is_new && converted.is_none()),
        };
        tally.add(path, ends);
    }

    /// The channels in the order of their names, and the paths with their places in it: figures do not hang on who counted first.
    fn paths<'t>(&self, tally: &'t Tally) -> Result<(Named<'t>, Paths), JourneyError> {
        let (order, sorted) = Plan::sorted(tally);
        let weight = |ends: &Ends| Weight { conversions: ends.conversions, value: ends.value as f64 / UNIT, nulls: ends.nulls };
        let paths = weighed(&sorted, order.len(), weight)?;
        Ok((order, paths))
    }

    /// The paths of customers who had not converted before: where new ones came from.
    fn new_paths(tally: &Tally) -> Result<Paths, JourneyError> {
        let (order, sorted) = Plan::sorted(tally);
        weighed(&sorted, order.len(), |ends| Weight { conversions: ends.new, value: 0.0, nulls: ends.new_nulls })
    }

    fn sorted(tally: &Tally) -> (Named<'_>, Vec<(Vec<u16>, Ends)>) {
        // What was touched in journeys only that may go on is in no path.
        let over: Vec<(&String, u16)> = tally
            .codes
            .iter()
            .map(|(name, code)| (name, *code))
            .filter(|(_, code)| tally.channels[usize::from(*code)].touched > 0)
            .collect();
        let order: Named<'_> = over.iter().map(|(name, code)| (name.as_str(), &tally.channels[usize::from(*code)])).collect();
        let mut place = vec![0u16; tally.channels.len()];
        over.iter().enumerate().for_each(|(at, (_, code))| place[usize::from(*code)] = at as u16);
        let mut sorted: Vec<(Vec<u16>, Ends)> =
            tally.paths.iter().map(|(path, ends)| (path.iter().map(|code| place[usize::from(*code)]).collect(), *ends)).collect();
        sorted.sort_by(|one, other| one.0.cmp(&other.0));
        (order, sorted)
    }

    /// The models in the order of their columns.
    fn models(&self) -> &[Divides] {
        if self.question.models.is_empty() { &USUAL } else { &self.question.models }
    }

    /// A model with its settings; none of what is no such model: time decay is added up while journeys are counted.
    fn model(&self, of: Divides) -> Option<Model> {
        let [first, _, last] = self.question.position;
        Some(match of {
            Divides::Last => Model::Last,
            Divides::First => Model::First,
            Divides::Linear => Model::Linear,
            // What three shares add up to beyond 1 is rounding.
            Divides::Position => Model::Position(Position { first: first.min(1.0), last: last.min(1.0 - first) }),
            Divides::Markov => Model::Markov { order: self.question.order },
            Divides::Shapley | Divides::OrderedShapley => Model::Shapley,
            Divides::Participation => Model::Participation,
            Divides::TimeDecay => return None,
        })
    }

    /// What one model says of some paths.
    fn solved(&self, of: Divides, order: &Named<'_>, paths: &Paths) -> Result<Solved, JourneyError> {
        let mut solved = Solved { of, credits: Credits::default(), chain: None, places: None };
        match self.model(of) {
            Some(Model::Markov { order }) => {
                let chain = markov(paths, order)?;
                (solved.credits, solved.chain) = (chain.credits.clone(), Some(chain));
            }
            Some(model) => solved.credits = credits(paths, &model)?,
            None => {
                // Whatever else they are divided by, conversions must be there.
                solved.credits = credits(paths, &Model::Last)?;
                let decayed = |of: usize| order.iter().map(|(_, channel)| channel.decayed[of] as f64 / UNIT).collect();
                (solved.credits.conversions, solved.credits.value) = (decayed(0), decayed(1));
            }
        }
        if of == Divides::OrderedShapley {
            solved.places = Some(ordered(paths, PLACES.len())?);
        }
        Ok(solved)
    }

    /// What a model credits with those who converted for the first time; none where nobody did after a touch.
    fn acquired(&self, of: Divides, order: &Named<'_>, tally: &Tally) -> Option<Credits> {
        let paths = Plan::new_paths(tally).ok()?;
        let mut acquired = self.solved(of, order, &paths).ok()?.credits;
        if of == Divides::TimeDecay {
            acquired.conversions = order.iter().map(|(_, channel)| channel.decayed[2] as f64 / UNIT).collect();
        }
        Some(acquired)
    }

    fn part(&self, credits: &Credits, channel: usize) -> f64 {
        match self.question.divide {
            Divide::Conversions => credits.conversions[channel],
            Divide::Value => credits.value[channel],
        }
    }

    /// How sure the credits of a model are; a note where that is not drawn as usual.
    fn drawn(&self, of: Divides, paths: &Paths, notes: &mut Vec<String>) -> Option<Intervals> {
        let how = Bootstrap { draws: DRAWS, seed: 1, level: 0.95 };
        match self.model(of)? {
            Model::Markov { order } if paths.len() > DRAWN_PATHS_MAX => {
                notes.push(format!(
                    "There are more than {} different paths: intervals are those of the chain, whose steps are drawn instead of whole journeys.",
                    count(DRAWN_PATHS_MAX as u64)
                ));
                chain_intervals(paths, order, &how).ok()
            }
            model => intervals(paths, &[model], &how).ok()?.pop(),
        }
    }

    fn table(&self, tally: &Tally) -> Result<(Table, Option<String>, Vec<String>), JourneyError> {
        let (order, paths) = self.paths(tally)?;
        let mut notes = Vec::new();
        let mut all: Vec<(Divides, Option<Solved>)> = Vec::new();
        for of in self.models() {
            all.push((
                *of,
                match self.solved(*of, &order, &paths) {
                    Ok(solved) => Some(solved),
                    Err(error @ (JourneyError::NoConversions | JourneyError::NoJourneys)) => return Err(error),
                    Err(error) => {
                        notes.push(format!("{}: {error}", of.title()));
                        None
                    }
                },
            ));
        }
        let known = || all.iter().filter_map(|(_, solved)| solved.as_ref());
        let leading = known().find(|solved| solved.of == Divides::Markov).or_else(|| known().next());
        let drawn = leading.and_then(|leading| self.drawn(leading.of, &paths, &mut notes));
        let by = match self.question.by {
            By::Channel => "channel",
            By::Touchpoint => "touchpoint",
            By::Property => self.question.property.as_deref().unwrap_or("property"),
        };
        let mut cells = Cells {
            columns: vec![
                Column::new(by, ColumnKind::Text),
                Column::new(&self.unit, ColumnKind::Count),
                Column::new("converted", ColumnKind::Count),
            ],
            rows: order.iter().map(|(name, channel)| vec![(*name).into(), channel.touched.into(), channel.converted.into()]).collect(),
        };
        let kind = if self.question.divide == Divide::Value { ColumnKind::Money } else { ColumnKind::Number };
        for (of, solved) in &all {
            self.columns_of(*of, solved.as_ref(), kind, &mut cells);
            if leading.is_some_and(|leading| leading.of == *of) && self.model(*of).is_some() {
                let sure = drawn.as_ref().map(|drawn| match self.question.divide {
                    Divide::Conversions => &drawn.conversions,
                    Divide::Value => &drawn.value,
                });
                let end = |at: usize| sure.and_then(|sure| sure.get(at));
                cells.add(format!("{} from", of.title()), kind, |at| end(at).map(|sure| sure.low).into());
                cells.add(format!("{} to", of.title()), kind, |at| end(at).map(|sure| sure.high).into());
            }
            if *of == Divides::Markov {
                let removal = solved.as_ref().and_then(|solved| solved.chain.as_ref()).map(|chain| match self.question.divide {
                    Divide::Conversions => &chain.removal.conversions,
                    Divide::Value => &chain.removal.value,
                });
                cells.add("lost without it (Markov)", ColumnKind::Share, |at| removal.and_then(|removal| removal.get(at).copied()).into());
            }
        }
        notes.extend(known().filter_map(|solved| self.sparse(solved.chain.as_ref()?, &paths)));
        let names: Vec<&str> = order.iter().map(|(name, _)| *name).collect();
        if let Some(leading) = leading.filter(|_| !self.question.spend.is_empty()) {
            self.spent(leading, &order, tally, &mut cells, &mut notes)?;
        }
        let told = leading.and_then(|leading| self.leading(leading, &names, tally));
        let mut rows = cells.rows;
        // The most credited first; names where that is the same.
        if let Some(leading) = leading {
            let mut by_credit: Vec<(usize, Vec<Value>)> = rows.into_iter().enumerate().collect();
            by_credit.sort_by(|one, other| self.part(&leading.credits, other.0).total_cmp(&self.part(&leading.credits, one.0)));
            rows = by_credit.into_iter().map(|(_, row)| row).collect();
        }
        let touched = |cells: &[Value], converted| Some(Place { channel: cells.first()?.as_str()?.to_owned(), converted });
        let table =
            Table::new(cells.columns, rows).counting(1, |_, cells| touched(cells, false)).counting(2, |_, cells| touched(cells, true));
        Ok((table, told, notes))
    }

    /// The columns of one model.
    fn columns_of(&self, of: Divides, solved: Option<&Solved>, kind: ColumnKind, cells: &mut Cells) {
        if of != Divides::OrderedShapley {
            cells.add(of.title(), kind, |at| solved.map(|solved| self.part(&solved.credits, at)).into());
            return;
        }
        let places = solved.and_then(|solved| solved.places.as_ref()).map(|places| match self.question.divide {
            Divide::Conversions => &places.conversions,
            Divide::Value => &places.value,
        });
        for (place, name) in PLACES.iter().enumerate() {
            cells.add(format!("Shapley, {name}"), kind, |at| places.and_then(|places| places.get(at)?.get(place).copied()).into());
        }
    }

    /// What was spent, and what it brought by the leading model.
    fn spent(
        &self,
        leading: &Solved,
        order: &Named<'_>,
        tally: &Tally,
        cells: &mut Cells,
        notes: &mut Vec<String>,
    ) -> Result<(), JourneyError> {
        let spend: Vec<Option<f64>> = order.iter().map(|(name, _)| self.question.spend.get(*name).copied()).collect();
        let acquired = self.acquired(leading.of, order, tally);
        let told = returns(&spend, &leading.credits, acquired.as_ref())?;
        let title = leading.of.title();
        cells.add("spent", ColumnKind::Money, |at| told[at].map(|told| told.spend).into());
        cells.add(format!("cost per conversion ({title})"), ColumnKind::Money, |at| {
            told[at].and_then(|told| told.cost_per_conversion).into()
        });
        cells.add(format!("return on spend ({title})"), ColumnKind::Number, |at| told[at].and_then(|told| told.roas).into());
        cells.add(format!("new {} ({title})", self.unit), ColumnKind::Number, |at| {
            acquired.as_ref().map(|acquired| acquired.conversions[at]).into()
        });
        cells.add(format!("cost per new one ({title})"), ColumnKind::Money, |at| told[at].and_then(|told| told.cac).into());
        let before = if self.is_cut { "; conversions before the period are not seen" } else { "" };
        notes.push(format!("New {} are credited by their first conversion, and by journeys until then{before}.", self.unit));
        let is_known = |name: &str| order.iter().any(|(known, _)| *known == name);
        let unknown: Vec<&str> = self.question.spend.keys().map(String::as_str).filter(|name| !is_known(name)).collect();
        if !unknown.is_empty() {
            notes.push(format!("Nothing was touched of what was spent on: {}.", unknown.join(", ")));
        }
        Ok(())
    }

    /// The channel with most of it, and of what.
    fn leading(&self, leading: &Solved, names: &[&str], tally: &Tally) -> Option<String> {
        let best = (0..names.len()).max_by(|one, other| {
            let part = |at: usize| self.part(&leading.credits, at);
            // Of equal ones the first, as in the table.
            part(*one).total_cmp(&part(*other)).then(other.cmp(one))
        })?;
        let touched = |of: fn(&Ends) -> f64| tally.paths.iter().filter(|(path, _)| !path.is_empty()).map(|(_, ends)| of(ends)).sum::<f64>();
        let (whole, what) = match self.question.divide {
            Divide::Conversions => (touched(|ends| ends.conversions as f64), "of"),
            Divide::Value => (touched(|ends| ends.value as f64 / UNIT), "of the value of"),
        };
        let with = touched(|ends| ends.conversions as f64) as u64;
        let all = if leading.credits.untouched_conversions > 0 { format!("the {} with a touch", count(with)) } else { "them".to_owned() };
        let share = percent(self.part(&leading.credits, best) / whole);
        (whole > 0.0).then(|| format!("{} is credited with {share} {what} {all} ({})", names[best], leading.of.title()))
    }

    /// What groups of people are compared by: who converted, and of these, who had touched what. Credits are no shares of people, so they are
    /// not tested; these are what they come from.
    fn figures(&self, tally: &Tally) -> Vec<Figure> {
        let mut named: Named<'_> = tally.codes.iter().map(|(name, code)| (name.as_str(), &tally.channels[usize::from(*code)])).collect();
        named.sort_by(|one, other| other.1.converted.cmp(&one.1.converted).then(one.0.cmp(other.0)));
        let touched = |(name, channel): &(&str, &Channel)| {
            Figure::share(format!("had touched {name}, of who converted"), channel.converted, tally.converted)
        };
        let conversion = Figure::share("conversion", tally.converted, tally.units);
        std::iter::once(conversion).chain(named.iter().take(COMPARED_MAX).map(touched)).collect()
    }

    /// A warning where a chain remembers so much that few journeys are left to learn from.
    fn sparse(&self, chain: &Markov, paths: &Paths) -> Option<String> {
        let steps: f64 = paths.iter().map(|path| path.touches.len() as f64 * (path.weight.conversions + path.weight.nulls) as f64).sum();
        let taken = steps / chain.transitions.max(1) as f64;
        (self.question.order > 1 && taken < TAKEN_MIN).then(|| {
            format!(
                "With an order of {} there are {} different steps, each taken {taken:.1} times on average: the chain remembers these journeys more than it learns from them. A lower \"order\" is surer.",
                self.question.order,
                count(chain.transitions as u64)
            )
        })
    }
}

/// Paths in their order, each with what is counted of it.
fn weighed(sorted: &[(Vec<u16>, Ends)], channels: usize, weigh: impl Fn(&Ends) -> Weight) -> Result<Paths, JourneyError> {
    let mut paths = Paths::new(channels)?;
    for (path, ends) in sorted {
        paths.push(path, &[], weigh(ends))?;
    }
    Ok(paths)
}

/// What a model says.
struct Solved {
    of: Divides,
    credits: Credits,
    /// Of Markov: the chain,
    chain: Option<Markov>,
    /// and of ordered Shapley the credits by place.
    places: Option<Ordered>,
}

/// The table as it grows, column by column.
struct Cells {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
}

impl Cells {
    fn add(&mut self, name: impl Into<String>, kind: ColumnKind, cell: impl Fn(usize) -> Value) {
        self.columns.push(Column::new(name, kind));
        self.rows.iter_mut().enumerate().for_each(|(at, row)| row.push(cell(at)));
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
        let Scratch { walk, codes, touched, converted } = scratch;
        touched.clear();
        converted.clear();
        codes.clear();
        for row in 0..run.times.len() {
            let name = if self.cut.converts(run, row) { None } else { self.touched(run, row) };
            codes.push(name.map_or(NONE, |name| tally.code(name).into()));
        }
        let (mut is_over, mut has_converted) = (false, false);
        self.cut.each_of(run, codes, walk, |journey| {
            let ended = match journey.end {
                // Where it leads is not known yet.
                End::Open => {
                    tally.open += 1;
                    return;
                }
                End::Converted { time, value } => Some((time, value)),
                End::Lost => None,
            };
            self.over(journey, ended, !has_converted, tally);
            (is_over, has_converted) = (true, has_converted || ended.is_some());
            let codes = journey.touches.iter().map(|(code, ..)| *code as u16);
            touched.extend(codes.clone());
            converted.extend(codes.filter(|_| ended.is_some()));
        });
        tally.negative += walk.negative;
        tally.units += u64::from(is_over);
        tally.converted += u64::from(has_converted);
        for list in [&mut *touched, &mut *converted] {
            list.sort_unstable();
            list.dedup();
        }
        touched.iter().for_each(|code| tally.channels[usize::from(*code)].touched += 1);
        converted.iter().for_each(|code| tally.channels[usize::from(*code)].converted += 1);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let conversions: u64 = tally.paths.values().map(|ends| ends.conversions).sum();
        let untouched = tally.paths.get(&Vec::new()).map_or(0, |ends| ends.conversions);
        let (table, leading, told) = match self.table(tally) {
            Ok(told) => told,
            Err(error) => {
                let columns = vec![Column::new("channel", ColumnKind::Text)];
                (Table::new(columns, Vec::new()), None, vec![format!("Nothing can be credited: {error}")])
            }
        };
        let mut notes = self.hints.clone();
        notes.extend(told);
        if let (By::Property, Some(name), true) = (self.question.by, &self.question.property, tally.codes.is_empty()) {
            notes.push(format!("Nothing that could be a touch has the property '{name}': is that its name?"));
        }
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
        if tally.open > 0 {
            notes.push(format!("{} may still end with a conversion and do not count.", period(tally.open, "journey")));
        }
        if tally.negative > 0 {
            notes.push(format!("{} had a negative amount, which counts as none.", period(tally.negative, "conversion")));
        }
        let begin = format!("{} of {}", period(conversions, "conversion"), of_them(tally.converted, &self.unit));
        let caption = match leading {
            Some(leading) => format!("{begin}; {leading}."),
            None => format!("{begin}."),
        };
        Told { immature: tally.open, figures: self.figures(tally), notes, ..Told::new(caption, View::Table(table)) }
    }

    fn semantics(&self) -> String {
        format!(
            "A conversion is '{}'; it is divided among the touches in the {} before it and after the one before; touches of the same kind within {} are one; a journey without a conversion ends when nothing came for as long, and counts for Markov; journeys that may go on do not count; half-life {}; position {:.0}/{:.0}/{:.0} %; the Markov chain remembers {} back and is solved exactly.",
            self.title,
            self.question.window,
            self.question.visit,
            self.question.half_life,
            self.question.position[0] * 100.0,
            self.question.position[1] * 100.0,
            self.question.position[2] * 100.0,
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
