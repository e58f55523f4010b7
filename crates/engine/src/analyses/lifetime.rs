//! What customers were worth, and what they will still be worth.

use std::collections::BTreeMap;
use std::sync::Arc;

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::question::Interval;
use periplus_model::time::Span;
use periplus_stats::Moments;
use periplus_stats::lifetime::{History, LifetimeError, Model, Purchases, Summary, by_frequency, fit, summarise};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent, period};
use crate::EngineError;
use crate::calendar::{self, Calendar};
use crate::groups::{NO_VALUE, trait_text};
use crate::kind::{self, Asked, Figure, Kind, Measure, Told};
use crate::lens::Text;
use crate::scan::{Run, Totals};
use crate::steps::Step;
use crate::worth::amounts::{self, UNIT, said, units};
use crate::worth::forecast::{self, Ahead, Forecast, Outlook, Past, Shared};

const DAY: i64 = 86_400_000_000;
/// So many groups are shown, those with the largest value first.
const ROWS_MAX: usize = 200;
/// In the holdout, customers with so many repeat purchases or more are one group.
const HELD_MOST: u64 = 7;
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
    /// What the table shows.
    #[serde(default)]
    show: Show,
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

/// What the table shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Show {
    /// What customers were and will be worth.
    #[default]
    Value,
    /// What the model, fitted to the time before, expected of the time that was held back, and what happened.
    Holdout,
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
    /// Purchases that brought anything.
    paid: u64,
    entries: u64,
}

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

    /// What the model made of the time that was held back: a table of it, and a sentence.
    fn holdout(&self, tally: &Tally) -> Result<(Table, String), LifetimeError> {
        let purchases: Vec<Purchases> = tally
            .held
            .iter()
            .map(|((past, later), customers)| Purchases {
                summary: past.summary(*customers),
                mean_value: 0.0,
                later: u64::from(*later),
                later_value: 0.0,
            })
            .collect();
        let summaries: Vec<Summary> = purchases.iter().map(|customer| customer.summary).collect();
        let fitted = fit(self.question.model, &History::new(&summaries)?)?;
        let held = by_frequency(&fitted.model, &purchases, self.held as f64 / 7.0, HELD_MOST)?;
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
        Ok((table, text))
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
            tally.paid += u64::from(amount > 0);
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
        let so_far = format!("{} {} have spent {} so far, {} each", count(n), self.unit, said(spent), said(spent / n.max(1) as f64));
        let mut notes = Vec::new();
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
                Ok((held, text)) if is_holdout => (table, caption) = (held, format!("{text}.")),
                Ok((held, text)) => {
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
            notes.push(
                "No purchase has an amount of money: say which \"property\" holds it, or read the numbers of purchases only.".to_owned(),
            );
        }
        if self.is_cut && n > 0 {
            notes.push("Purchases before the period are not seen: who bought before counts as new at the first purchase in it.".to_owned());
        }
        if further > 0 && !is_holdout {
            notes.push(format!("{} smaller groups are not shown.", count(further as u64)));
        }
        let figures = vec![
            Figure { name: "spent so far".to_owned(), measure: Measure::Mean(tally.value, UNIT, ColumnKind::Money) },
            Figure::share("bought again", repeaters, n),
        ];
        Told { figures, notes, ..Told::new(caption, View::Table(table)) }
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
            let most = HELD_MOST as u32;
            places.extend((0..=most).map(|repeats| Place::held(repeats, repeats == most)));
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
