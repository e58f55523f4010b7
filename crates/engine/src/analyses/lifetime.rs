//! What customers were worth, and what they will still be worth.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use periplus_model::answer::{Axis, Column, ColumnKind, Line, Series, SeriesStyle, Table, View};
use periplus_model::question::Interval;
use periplus_model::time::Span;
use periplus_stats::Moments;
use periplus_stats::lifetime::{History, LifetimeError, Model, Purchases, Summary, Tracked, fit, summarise, track};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, of_them, percent, period};
use crate::EngineError;
use crate::calendar::{self, Calendar};
use crate::groups::{NO_VALUE, trait_text};
use crate::kind::{self, Asked, Figure, Kind, Measure, Told};
use crate::lens::Text;
use crate::scan::{Run, Totals};
use crate::steps::Step;
use crate::worth::amounts::{self, UNIT, said, units};
use crate::worth::first::{self, First, Ranked};
use crate::worth::forecast::{self, Ahead, Forecast, Outlook, Past, Shared};
use crate::worth::held;

const DAY: i64 = 86_400_000_000;
/// So many groups are shown, those with the largest value first.
const ROWS_MAX: usize = 200;
/// The curve of purchases has a point for each week, or for more of them where they would be more than this.
const POINTS_MAX: i64 = 260;
const WEEK: i64 = 7;
/// Bands of customers where nothing else is asked for: by how often they bought again,
const REPEATS: [(u32, u32, &str); 6] = [
    (0, 0, "never"),
    (1, 1, "once"),
    (2, 2, "twice"),
    (3, 5, "3 to 5 times"),
    (6, 10, "6 to 10 times"),
    (11, u32::MAX, "more than 10 times"),
];
/// and how many days ago they bought last.
const QUIET: [(u32, u32, &str); 5] = [
    (0, 30, "up to 30 days ago"),
    (31, 90, "31 to 90 days ago"),
    (91, 180, "91 to 180 days ago"),
    (181, 365, "181 to 365 days ago"),
    (366, u32::MAX, "more than a year ago"),
];

pub(super) struct Lifetime;

/// A question for lifetime value.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// What a purchase is. Those of one day count as one.
    purchase: Step,
    /// The property that holds what it brought; the events' amount of money when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    property: Option<String>,
    /// How customers are taken to buy and to drop out.
    #[serde(default = "bg_nbd")]
    #[schemars(with = "Named")]
    model: Model,
    /// How far ahead: 1 day to 20 years.
    #[serde(default = "year")]
    horizon: Span,
    /// What a year takes off what comes later: 0.1 makes 110 in a year as good as 100 now. 0 to 10.
    #[serde(default = "tenth")]
    discount: f64,
    /// How much of what is spent is gained, 0 to 1.
    #[serde(default = "all")]
    margin: f64,
    /// By what customers are put together; by how often and how lately they bought when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<By>,
    /// How much of the time at the end is held back, to see what the model makes of it; a third of the period when absent, "0s" for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holdout: Option<Span>,
    /// What is shown.
    #[serde(default)]
    show: Show,
    /// Of customers one by one: how many, those of the largest value to come. 1 to 10,000.
    #[serde(default = "first::listed")]
    at_most: usize,
}

/// The models.
#[derive(schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, clippy::enum_variant_names, reason = "it stands for a type of another crate in the schema, and these are their names")]
enum Named {
    /// Customers drop out after a repeat purchase or never.
    BgNbd,
    /// They may drop out after the first purchase, too.
    MbgNbd,
    /// They drop out at any time.
    ParetoNbd,
}

/// By what customers are put together.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum By {
    /// A trait.
    Trait(String),
    /// What they came by: "channel", or a property, of the first event that has it.
    First(String),
    /// When they bought first.
    Cohort(Interval),
}

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Show {
    /// What customers were and will be worth.
    #[default]
    Value,
    /// What the model, fitted to the time before, expected of the time that was held back, and what happened.
    Holdout,
    /// All repeat purchases so far, week by week: what the model, fitted to the time before the holdout, expects of those who came until then,
    /// and what there was.
    Tracking,
    /// Customers one by one, those of the largest value to come first, with what is known and expected of each.
    Customers,
}

fn bg_nbd() -> Model {
    Model::BgNbd
}

fn year() -> Span {
    Span::days(365)
}

fn tenth() -> f64 {
    0.1
}

fn all() -> f64 {
    1.0
}

impl Kind for Lifetime {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "lifetime"
    }
    fn about(&self) -> &'static str {
        "What customers were worth and will still be worth: probability to be alive, purchases to come, lifetime value by horizon and discount, and how well the model foretold the last months."
    }
    fn example(&self) -> Value {
        json!({"purchase": {"event": ["Order Completed", "purchase"]}, "horizon": "365d", "by": {"first": "channel"}})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let wrong = |why: &str| Err(EngineError::Question(why.to_owned()));
        if !(Span::days(1)..=Span::days(20 * 366)).contains(&question.horizon) {
            return wrong("the \"horizon\" is 1 day to 20 years");
        }
        if !(0.0..=10.0).contains(&question.discount) || !(0.0..=1.0).contains(&question.margin) {
            return wrong("the \"discount\" is a yearly share from 0 to 10, the \"margin\" one from 0 to 1");
        }
        if question.holdout.is_some_and(|held| held < Span(0)) {
            return wrong("the \"holdout\" is a time of 0 or more");
        }
        first::check(question.at_most)?;
        let by = match &question.by {
            None => Group::Bands,
            Some(By::Trait(name)) => Group::Trait(asked.lens.trait_place(name)),
            Some(By::First(name)) => {
                // The first event of all may be no purchase.
                asked.lens.keep_all = true;
                let text = if name == "channel" { Text::Channel } else { Text::Value(name.clone()) };
                Group::First(asked.lens.text(text))
            }
            Some(By::Cohort(interval)) => Group::Cohort(*interval),
        };
        let (from, _) = asked.period();
        let end = asked.calendar.day(asked.known_until());
        let known = end.saturating_sub(asked.calendar.day(from)).max(0);
        let held = question.holdout.map_or(known / 3, |held| held.0 / DAY).min(known);
        Ok(Plan {
            hints: Step::hints(std::iter::once(&question.purchase), asked)?,
            purchase: question.purchase.required()?.bit(asked)?,
            amount: amounts::wanted(question.property.as_ref(), asked),
            by,
            end,
            held,
            calendar: asked.calendar.clone(),
            is_cut: asked.lens.from.is_some(),
            unit: asked.unit.plural().to_owned(),
            title: question.purchase.title(),
            question,
        })
    }
}

/// How customers are put together, compiled.
enum Group {
    Bands,
    Trait(usize),
    First(usize),
    Cohort(Interval),
}

/// Lifetime value, understood.
pub(super) struct Plan {
    question: Question,
    purchase: u32,
    amount: usize,
    by: Group,
    /// The last day of which anything is known.
    end: i64,
    /// How many days are held back.
    held: i64,
    calendar: Calendar,
    /// Whether the period has a beginning, before which nothing is seen.
    is_cut: bool,
    unit: String,
    title: String,
    /// What nobody ever did, of what is asked for.
    hints: Vec<String>,
}

/// What is counted for lifetime value.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    /// By group: how many customers have which past.
    groups: BTreeMap<String, BTreeMap<Past, Shared>>,
    /// Customers by how often they bought again, and what they spent then in millionths.
    spenders: BTreeMap<(u32, i64), u64>,
    /// Customers by their past before the holdout, and on how many days they bought in it.
    held: BTreeMap<(Past, u32), u64>,
    /// What customers spent, in millionths.
    value: Moments,
    /// Purchases that brought less than nothing.
    negative: u64,
    /// Purchases that have an amount, be it less than nothing.
    paid: u64,
    /// By day, where the curve is shown: how many customers came, and how many of those before them bought again.
    days: BTreeMap<i64, (u64, u64)>,
    /// Where customers are shown one by one: of each past, of whom money is expected like of themselves or like of everybody, those who spent
    /// most when they bought again. Among them nobody is worth more than the one before.
    kept: BTreeMap<(Past, bool), First<Kept>>,
    entries: u64,
}

/// A customer, by what they spent when they bought again and by key; then what they spent in all (both in millionths) and what they are
/// called, if they are no customer but something else that is counted.
type Kept = (Reverse<i64>, i64, i64, Option<String>);

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        for (group, pasts) in other.groups {
            let mine = self.groups.entry(group).or_default();
            for (past, shared) in pasts {
                let known = mine.entry(past).or_insert_with(|| {
                    self.entries += 1;
                    Shared::default()
                });
                known.add(&shared);
            }
        }
        for (spender, customers) in other.spenders {
            self.spends(spender, customers);
        }
        for (held, customers) in other.held {
            self.is_held(held, customers);
        }
        self.value.merge(&other.value);
        self.negative += other.negative;
        self.paid += other.paid;
        for (day, (came, again)) in other.days {
            let mine = self.days.entry(day).or_default();
            *mine = (mine.0 + came, mine.1 + again);
        }
        for (past, theirs) in other.kept {
            match self.kept.get_mut(&past) {
                Some(mine) => {
                    self.entries -= mine.len() as u64;
                    mine.merge(theirs);
                    self.entries += mine.len() as u64;
                }
                None => {
                    self.entries += theirs.len() as u64;
                    self.kept.insert(past, theirs);
                }
            }
        }
    }
    fn weight(&self) -> u64 {
        96 * self.entries + 128 * self.groups.len() as u64
    }
}

impl Tally {
    fn spends(&mut self, spender: (u32, i64), customers: u64) {
        let known = self.spenders.entry(spender).or_insert_with(|| {
            self.entries += 1;
            0
        });
        *known += customers;
    }

    fn keep(&mut self, past: (Past, bool), at_most: usize, customer: Kept) {
        let kept = self.kept.entry(past).or_insert_with(|| First::new(at_most));
        let before = kept.len();
        kept.add(customer);
        self.entries += (kept.len() - before) as u64;
    }

    fn is_held(&mut self, held: (Past, u32), customers: u64) {
        let known = self.held.entry(held).or_insert_with(|| {
            self.entries += 1;
            0
        });
        *known += customers;
    }

    /// All customers, whatever their group.
    fn together(&self) -> BTreeMap<Past, Shared> {
        let mut all: BTreeMap<Past, Shared> = BTreeMap::new();
        for (past, shared) in self.groups.values().flatten() {
            all.entry(*past).or_default().add(shared);
        }
        all
    }
}

/// Whose customers are meant: those of a group, with so many repeat purchases, or who bought last so many days ago; each as far as it is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// On at least so many days they bought again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repeats_from: Option<u32>,
    /// On at most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repeats_to: Option<u32>,
    /// At least so many days ago they bought last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days_from: Option<u32>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days_to: Option<u32>,
    /// Of those who had bought before the holdout, and as they had bought until then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    held: bool,
}

impl Place {
    fn band(repeats: (u32, u32), quiet: Option<(u32, u32)>) -> Place {
        let end = |to: u32| (to < u32::MAX).then_some(to);
        Place {
            repeats_from: Some(repeats.0),
            repeats_to: end(repeats.1),
            days_from: quiet.map(|quiet| quiet.0),
            days_to: quiet.and_then(|quiet| end(quiet.1)),
            ..Place::default()
        }
    }

    /// Those who had bought again so often before the time that was held back.
    fn held(repeats: u32, or_more: bool) -> Place {
        Place { held: true, ..Place::band((repeats, if or_more { u32::MAX } else { repeats }), None) }
    }

    fn has(&self, past: &Past) -> bool {
        let within = |value: u32, from: Option<u32>, to: Option<u32>| (from.unwrap_or(0)..=to.unwrap_or(u32::MAX)).contains(&value);
        within(past.repeats, self.repeats_from, self.repeats_to) && within(past.quiet(), self.days_from, self.days_to)
    }
}

/// A group of customers in the table.
struct Row {
    names: Vec<Value>,
    place: Place,
    outlook: Outlook,
}

impl Plan {
    fn ahead(&self) -> Ahead {
        Ahead { days: self.question.horizon.0 as f64 / DAY as f64, discount: self.question.discount, margin: self.question.margin }
    }

    /// The headings of the groups.
    fn headings(&self) -> Vec<String> {
        match &self.question.by {
            None => vec!["bought again".to_owned(), "bought last".to_owned()],
            Some(By::Trait(name)) => vec![name.clone()],
            Some(By::First(name)) => vec![format!("first {name}")],
            Some(By::Cohort(interval)) => vec![format!("{} of the first purchase", calendar::name(*interval))],
        }
    }

    /// Customers as the table puts them together; with a forecast, what is expected of them.
    fn rows(&self, tally: &Tally, forecast: &mut Option<Forecast>) -> Result<Vec<Row>, LifetimeError> {
        let mut outlook = |pasts: &mut dyn Iterator<Item = (&Past, &Shared)>| {
            let mut sum = Outlook::default();
            for (past, shared) in pasts {
                let found = match forecast {
                    Some(forecast) => forecast.of(*past, shared)?,
                    None => Outlook { customers: shared.customers, value: shared.value, ..Outlook::default() },
                };
                sum.customers += found.customers;
                sum.value += found.value;
                sum.alive += found.alive;
                sum.purchases += found.purchases;
                sum.worth += found.worth;
            }
            Ok(sum)
        };
        let mut rows = Vec::new();
        if matches!(self.by, Group::Bands) {
            let all = tally.together();
            for (repeats, quiet) in REPEATS.iter().flat_map(|repeats| QUIET.iter().map(move |quiet| (repeats, quiet))) {
                let place = Place::band((repeats.0, repeats.1), Some((quiet.0, quiet.1)));
                let outlook = outlook(&mut all.iter().filter(|(past, _)| place.has(past)))?;
                if outlook.customers > 0 {
                    rows.push(Row { names: vec![repeats.2.into(), quiet.2.into()], place, outlook });
                }
            }
            return Ok(rows);
        }
        for (group, pasts) in &tally.groups {
            let place = Place { by: Some(group.clone()), ..Place::default() };
            rows.push(Row { names: vec![group.as_str().into()], place, outlook: outlook(&mut pasts.iter())? });
        }
        // Cohorts stay in the order of time, which is that of their names.
        if !matches!(self.by, Group::Cohort(_)) {
            rows.sort_by(|one, two| two.outlook.worth.total_cmp(&one.outlook.worth).then(two.outlook.value.cmp(&one.outlook.value)));
        }
        Ok(rows)
    }

    fn table(&self, rows: Vec<Row>, has_forecast: bool) -> Table {
        let mut columns: Vec<Column> = self.headings().into_iter().map(|name| Column::new(name, ColumnKind::Text)).collect();
        columns.extend([
            Column::new(&self.unit, ColumnKind::Count),
            Column::new("spent so far", ColumnKind::Money),
            Column::new("spent, each", ColumnKind::Money),
            Column::new("probability to be alive", ColumnKind::Share),
            Column::new("purchases to come, each", ColumnKind::Number),
            Column::new("value to come, each", ColumnKind::Money),
            Column::new("value to come", ColumnKind::Money),
        ]);
        let told = |Row { mut names, outlook, .. }: Row| {
            let n = outlook.customers.max(1) as f64;
            let expected = |value: f64| if has_forecast { json!(value) } else { Value::Null };
            names.extend([
                outlook.customers.into(),
                units(outlook.value).into(),
                (units(outlook.value) / n).into(),
                expected(outlook.alive / n),
                expected(outlook.purchases / n),
                expected(outlook.worth / n),
                expected(outlook.worth),
            ]);
            names
        };
        let (places, rows): (Vec<Place>, Vec<Vec<Value>>) =
            rows.into_iter().take(ROWS_MAX).map(|row| (row.place.clone(), told(row))).unzip();
        let customers = columns.len() - 7;
        Table::new(columns, rows).counting(customers, |row, _| places.get(row).cloned())
    }

    /// Customers one by one, those of the largest value to come; equal ones by what they spent when they bought again, then by key.
    fn customers(&self, tally: &Tally, forecast: &mut Forecast) -> Result<Table, LifetimeError> {
        let mut ranked = Ranked::new(self.question.at_most);
        for ((past, spends), kept) in &tally.kept {
            for (again, key, value, name) in kept.iter() {
                let (value, own) = (i128::from(*value), if *spends { i128::from(again.0) } else { 0 });
                let shared = Shared { customers: 1, value, spenders: u64::from(*spends), again: own };
                let outlook = forecast.of(*past, &shared)?;
                // Whoever comes after one who is not among them is not either.
                if !ranked.add(outlook.worth, (*again, *key), (name, past, outlook)) {
                    break;
                }
            }
        }
        let rows: Vec<_> = ranked.into_rows().collect();
        let mut columns = vec![
            Column::new("key", ColumnKind::Text),
            Column::new("bought again, times", ColumnKind::Count),
            Column::new("days since the last purchase", ColumnKind::Count),
            Column::new("spent so far", ColumnKind::Money),
            Column::new("probability to be alive", ColumnKind::Share),
            Column::new("purchases to come", ColumnKind::Number),
            Column::new("value to come", ColumnKind::Money),
        ];
        let is_named = rows.iter().any(|(_, (name, ..))| name.is_some());
        if is_named {
            columns.insert(1, Column::new("name", ColumnKind::Text));
        }
        let told = rows.into_iter().map(|((_, key), (name, past, outlook))| {
            let mut cells: Vec<Value> = vec![key.into()];
            cells.extend(is_named.then(|| name.clone().into()));
            cells.extend([
                past.repeats.into(),
                past.quiet().into(),
                units(outlook.value).into(),
                outlook.alive.into(),
                outlook.purchases.into(),
                outlook.worth.into(),
            ]);
            cells
        });
        Ok(Table::new(columns, told.collect()))
    }

    /// All repeat purchases so far as a curve, beside what a model expects that knows nothing but when customers came: by weeks, or by
    /// several of them. Absent where less than one is over.
    fn curve(&self, tally: &Tally) -> Result<Option<(i64, Vec<Tracked>)>, LifetimeError> {
        let Some((first, _)) = tally.days.first_key_value() else { return Err(LifetimeError::NoCustomers) };
        let model = if self.held > 0 {
            held::model(self.question.model, &Plan::held_back(tally))?
        } else {
            let summaries: Vec<Summary> = tally.together().iter().map(|(past, shared)| past.summary(shared.customers)).collect();
            fit(self.question.model, &History::new(&summaries)?)?.model
        };
        let known = self.end - first;
        let step = WEEK * ((known / WEEK + POINTS_MAX - 1) / POINTS_MAX).max(1);
        let mut made = vec![0u64; (known / step) as usize];
        let mut births = Vec::new();
        for (day, (came, again)) in &tally.days {
            births.push(((day - first) as f64 / WEEK as f64, *came));
            if let Some(made) = made.get_mut(((day - first) / step) as usize) {
                *made += again;
            }
        }
        if made.is_empty() {
            return Ok(None);
        }
        Ok(Some((step, track(&model, &births, &made, step as f64 / WEEK as f64)?)))
    }

    /// The curve as a picture, and a sentence.
    fn tracking(&self, tally: &Tally) -> (View, String) {
        let lines = |tracked: &[Tracked]| {
            let line = |name: &str, value: fn(&Tracked) -> f64| {
                Line::plain(name, ColumnKind::Number, tracked.iter().map(|at| Some(value(at))).collect())
            };
            vec![line("expected", |at| at.expected), line("made", |at| at.actual as f64)]
        };
        let view = |step: i64, tracked: &[Tracked]| {
            let ends = (1..=tracked.len() as i64).map(|end| (end * step * DAY) as f64 / 1e6).collect();
            View::Series(Series { axis: Axis::Seconds(ends), lines: lines(tracked), style: SeriesStyle::Lines, unfinished_from: None })
        };
        let (step, tracked) = match self.curve(tally) {
            Ok(Some(found)) => found,
            Ok(None) => return (view(WEEK, &[]), "Nothing can be tracked: not even a week is over since the first purchase.".to_owned()),
            Err(error) => return (view(WEEK, &[]), format!("Nothing can be tracked: {error}.")),
        };
        let told = |at: &Tracked| format!("{:.1} repeat purchases were expected, and there were {}", at.expected, count(at.actual));
        let days = |periods: usize| period(periods as u64 * step.unsigned_abs(), "day");
        let mut text =
            tracked.last().map_or(String::new(), |last| format!("{} after the first purchase, {}", days(tracked.len()), told(last)));
        let first = tally.days.first_key_value().map_or(self.end, |(first, _)| *first);
        // The last point before the holdout begins.
        let before = ((self.end - self.held - first) / step).max(0) as usize;
        if self.held > 0 {
            let at = before
                .checked_sub(1)
                .and_then(|at| Some(format!("; {} after it, when the holdout begins, {}", days(before), told(tracked.get(at)?))));
            text = format!("{text}{}", at.unwrap_or_default());
        }
        (view(step, &tracked), format!("{text}."))
    }

    /// Customers by what they had bought before the time that was held back, with what they bought in it.
    fn held_back(tally: &Tally) -> Vec<Purchases> {
        let customer = |((past, later), customers): (&(Past, u32), &u64)| Purchases {
            summary: past.summary(*customers),
            mean_value: 0.0,
            later: u64::from(*later),
            later_value: 0.0,
        };
        tally.held.iter().map(customer).collect()
    }

    /// What the model made of the time that was held back: a table of it, a sentence, and a warning where it missed it.
    fn holdout(&self, tally: &Tally) -> Result<(Table, String, Option<String>), LifetimeError> {
        let purchases = Plan::held_back(tally);
        let held = held::by(self.question.model, &purchases, self.held)?;
        let missed = held::missed(self.question.model, &held, &purchases, self.held);
        let columns = vec![
            Column::new("bought again before", ColumnKind::Text),
            Column::new(&self.unit, ColumnKind::Count),
            Column::new("expected purchases, each", ColumnKind::Number),
            Column::new("made, each", ColumnKind::Number),
        ];
        let rows = held.by_frequency.iter().map(|group| {
            let name = format!("{}{}", group.repeats, if group.and_more { " or more" } else { "" });
            vec![name.into(), group.customers.into(), group.expected.into(), group.actual.into()]
        });
        let correlation = held.correlation.map_or(String::new(), |found| format!(", correlation {found:.2}"));
        let text = format!(
            "Held back: of {} {} who had bought before the last {}, the model fitted to the time before expected {:.1} purchases in them, and there were {} (off by {:.2} each in the mean{correlation})",
            count(held.customers),
            self.unit,
            period(self.held.unsigned_abs(), "day"),
            held.expected,
            count(held.actual),
            held.error_mean
        );
        let table = Table::new(columns, rows.collect()).counting(1, |row, _| {
            held.by_frequency.get(row).map(|group| Place::held(group.repeats.try_into().unwrap_or(u32::MAX), group.and_more))
        });
        Ok((table, text, missed))
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Vec<(i64, f64)>;
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally::default()
    }
    fn scratch(&self) -> Vec<(i64, f64)> {
        Vec::new()
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, bought: &mut Vec<(i64, f64)>) {
        bought.clear();
        let (mut first, mut value, mut again) = (None, 0i64, 0i64);
        for row in (0..run.times.len()).filter(|row| run.meets(*row, Some(self.purchase))) {
            let (day, amount) = (self.calendar.day(run.times[row]), amounts::millionths(run.number(self.amount, row)));
            let (first_day, _) = *first.get_or_insert((day, row));
            bought.push((day, 0.0));
            value = value.saturating_add(amount);
            again = if day > first_day { again.saturating_add(amount) } else { again };
            tally.negative += u64::from(amount < 0);
            tally.paid += u64::from(amount != 0);
        }
        let Some((_, first_row)) = first else { return };
        let Some(all) = summarise(bought, self.end, self.end, 1.0) else { return };
        let past = Past::of(&all.summary);
        let group: Arc<str> = match &self.by {
            Group::Bands => "".into(),
            Group::Trait(place) => trait_text(run.traits.get(*place).and_then(Option::as_ref)),
            Group::First(text) => (0..run.times.len()).find_map(|row| run.text(*text, row)).cloned().unwrap_or_else(|| NO_VALUE.into()),
            Group::Cohort(interval) => self.calendar.label(*interval, self.calendar.start(*interval, run.times[first_row])).into(),
        };
        let spends = past.repeats > 0 && again > 0;
        let shared = Shared { customers: 1, value: value.into(), spenders: spends.into(), again: if spends { again.into() } else { 0 } };
        let pasts = match tally.groups.get_mut(&*group) {
            Some(pasts) => pasts,
            None => tally.groups.entry(group.to_string()).or_default(),
        };
        let known = pasts.entry(past).or_insert_with(|| {
            tally.entries += 1;
            Shared::default()
        });
        known.add(&shared);
        if past.repeats > 0 {
            tally.spends((past.repeats, again), 1);
        }
        tally.value.add(value);
        if self.question.show == Show::Customers {
            let customer = (Reverse(again), run.key, value, run.name.map(|name| name.to_string()));
            tally.keep((past, spends), self.question.at_most, customer);
        }
        let came = bought.first().map_or(self.end, |(day, _)| *day);
        if self.question.show == Show::Tracking && came <= self.end - self.held {
            tally.days.entry(came).or_default().0 += 1;
            let mut last = came;
            for (day, _) in bought.iter().filter(|(day, _)| *day <= self.end) {
                if *day > last {
                    tally.days.entry(*day).or_default().1 += 1;
                    last = *day;
                }
            }
        }
        if self.held > 0
            && let Some(before) = summarise(bought, self.end - self.held, self.end, 1.0)
        {
            tally.is_held((Past::of(&before.summary), u32::try_from(before.later).unwrap_or(u32::MAX)), 1);
        }
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.value.count()
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let n = tally.value.count();
        let all = tally.together();
        let spent = units(tally.value.sum());
        let repeaters: u64 = all.iter().filter(|(past, _)| past.repeats > 0).map(|(_, shared)| shared.customers).sum();
        let has = if n == 1 { "has" } else { "have" };
        let so_far = format!("{} {has} spent {} so far, {} each", of_them(n, &self.unit), said(spent), said(spent / n.max(1) as f64));
        let mut notes = self.hints.clone();
        let fitted = Forecast::fit(self.question.model, &all, &tally.spenders, self.ahead());
        let mut why = fitted.as_ref().err().copied();
        let mut forecast = fitted.ok();
        let mut rows = self.rows(tally, &mut forecast).unwrap_or_else(|error| {
            why = Some(error);
            forecast = None;
            Vec::new()
        });
        if forecast.is_none() {
            rows = self.rows(tally, &mut None).unwrap_or_default();
        }
        let further = rows.len().saturating_sub(ROWS_MAX);
        let sum = |of: fn(&Outlook) -> f64| rows.iter().map(|row| of(&row.outlook)).sum::<f64>();
        let caption = match (&forecast, why) {
            _ if n == 0 => format!("Nobody did {} in this period.", self.title),
            (Some(forecast), _) => {
                let sure = forecast.all(&all).map_or(String::new(), |all| format!(" (95 % {:.0} to {:.0})", all.low, all.high));
                format!(
                    "In the next {}, {} {} are expected to buy {:.1} times{sure}, worth {}, {} each; so far they have spent {}, {} each.",
                    self.question.horizon,
                    count(n),
                    self.unit,
                    sum(|outlook| outlook.purchases),
                    said(sum(|outlook| outlook.worth)),
                    said(sum(|outlook| outlook.worth) / n as f64),
                    said(spent),
                    said(spent / n as f64)
                )
            }
            (None, Some(error)) => format!("{so_far}; what they will still be worth cannot be told: {error}."),
            (None, None) => format!("{so_far}."),
        };
        let mut table = self.table(rows, forecast.is_some());
        let mut caption = caption;
        let is_holdout = self.question.show == Show::Holdout;
        if n > 0 && self.held > 0 {
            match self.holdout(tally) {
                Ok((held, text, missed)) if is_holdout => {
                    (table, caption) = (held, format!("{text}."));
                    notes.extend(missed.map(|missed| format!("{missed}.")));
                }
                Ok((held, text, missed)) => {
                    // Whoever reads the headline alone must not take it for sure.
                    if let Some(missed) = missed.filter(|_| forecast.is_some()) {
                        caption = format!("{caption} {missed}.");
                    }
                    let each = |row: &Vec<Value>| {
                        let number = |at: usize| row.get(at).and_then(Value::as_f64).unwrap_or(0.0);
                        format!("{}: {:.2} / {:.2}", row.first().and_then(Value::as_str).unwrap_or_default(), number(2), number(3))
                    };
                    let groups: Vec<String> = held.rows.iter().map(each).collect();
                    notes.push(format!("{text}. By repeat purchases before, expected / made by each: {}.", groups.join("; ")));
                }
                Err(error) => {
                    let text = format!(
                        "What the model would have foretold of the last {} cannot be told: {error}",
                        period(self.held.unsigned_abs(), "day")
                    );
                    if is_holdout {
                        (table, caption) = (table.emptied(), format!("{text}."));
                    } else {
                        notes.push(format!("{text}."));
                    }
                }
            }
        } else if is_holdout {
            (table, caption) =
                (table.emptied(), "Nothing was held back, so nothing can be said of how well the model foretells.".to_owned());
        }
        let mut view = View::Table(table);
        match self.question.show {
            Show::Tracking if n > 0 => (view, caption) = self.tracking(tally),
            Show::Customers => {
                let listed = forecast.as_mut().map_or(Ok(None), |forecast| self.customers(tally, forecast).map(Some));
                let shown = match listed {
                    Ok(Some(listed)) => listed,
                    Ok(None) => Table::new(Vec::new(), Vec::new()),
                    Err(error) => {
                        caption = format!("{so_far}; what each will still be worth cannot be told: {error}.");
                        Table::new(Vec::new(), Vec::new())
                    }
                };
                if n > shown.rows.len() as u64 && !shown.rows.is_empty() {
                    notes.push(format!("These are the {} of {} with the largest value to come.", count(shown.rows.len() as u64), count(n)));
                }
                notes.push(
                    "What is expected of one customer is the mean of many who bought like them; what each one does scatters far more."
                        .to_owned(),
                );
                view = View::Table(shown);
            }
            _ => {}
        }
        if let Some(forecast) = forecast {
            notes.splice(0..0, forecast.notes);
        }
        if n > 0 {
            notes.push(format!("{} of them bought again ({}).", count(repeaters), percent(repeaters as f64 / n as f64)));
        }
        if tally.negative > 0 {
            notes.push(format!(
                "{} brought less than nothing: it lowers what was spent, and who spent nothing or less on repeat purchases teaches nothing of what they bring.",
                period(tally.negative, "purchase")
            ));
        }
        if n > 0 && tally.paid == 0 {
            notes.push(match &self.question.property {
                Some(name) => {
                    format!("No purchase has a number as its property '{name}': is that its name? Read the numbers of purchases only.")
                }
                None => {
                    "No purchase has an amount of money: say which \"property\" holds it, or read the numbers of purchases only.".to_owned()
                }
            });
        }
        if self.is_cut && n > 0 {
            notes.push("Purchases before the period are not seen: who bought before counts as new at the first purchase in it.".to_owned());
        }
        if further > 0 && self.question.show == Show::Value {
            notes.push(format!("{} smaller groups are not shown.", count(further as u64)));
        }
        let figures = vec![
            Figure { name: "spent so far".to_owned(), measure: Measure::Mean(tally.value, UNIT, ColumnKind::Money) },
            Figure::share("bought again", repeaters, n),
        ];
        Told { figures, notes, ..Told::new(caption, view) }
    }

    fn semantics(&self) -> String {
        let Question { horizon, discount, margin, model, .. } = &self.question;
        format!(
            "Purchases ('{}') of one day are one; a customer is known by the days from the first purchase to the last and to the end of the period, and by how often they bought again; the model ({}, in weeks, with Gamma-Gamma for what repeat purchases bring) is fitted to all of them; value to come is the expected purchases of each month within {horizon} times what each is expected to bring times a margin of {}, less {} a year.",
            self.title,
            forecast::name(*model),
            percent(*margin),
            percent(*discount)
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        if place.held {
            return tally.held.iter().filter(|((past, _), _)| place.by.is_none() && place.has(past)).map(|(_, customers)| customers).sum();
        }
        let all = || tally.groups.values().collect();
        let groups: Vec<_> = place.by.as_ref().map_or_else(all, |by| tally.groups.get(by).into_iter().collect());
        groups.into_iter().flatten().filter(|(past, _)| place.has(past)).map(|(_, shared)| shared.customers).sum()
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let mut places = vec![Place::default()];
        if self.question.show == Show::Holdout {
            let most = held::MOST as u32;
            places.extend((0..=most).map(|repeats| Place::held(repeats, repeats == most)));
        } else if self.question.show != Show::Value {
            // Nobody else is counted there.
        } else if matches!(self.by, Group::Bands) {
            let bands = REPEATS.iter().flat_map(|repeats| QUIET.iter().map(move |quiet| (repeats, quiet)));
            places.extend(bands.map(|(repeats, quiet)| Place::band((repeats.0, repeats.1), Some((quiet.0, quiet.1)))));
        } else {
            places.extend(tally.groups.keys().map(|group| Place { by: Some(group.clone()), ..Place::default() }));
        }
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}
