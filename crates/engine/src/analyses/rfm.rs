//! Customers by how lately, how often and how much they bought.

use std::collections::BTreeMap;

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_stats::Moments;
use periplus_stats::rfm::{Buyer, Edges, Scores, Segment};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, of_them, percent};
use crate::EngineError;
use crate::kind::{self, Asked, Figure, Kind, Measure, Told};
use crate::scan::{Run, Totals};
use crate::steps::Step;
use crate::worth::amounts::{self, UNIT, said, units};

const DAY: i64 = 86_400_000_000;

pub(super) struct Rfm;

/// A question for recency, frequency and money.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// What a purchase is.
    purchase: Step,
    /// The property that holds what it brought; the events' amount of money when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    property: Option<String>,
    /// Where scores end; fifths of the customers where absent.
    #[serde(default)]
    cuts: Cuts,
    /// What the table shows.
    #[serde(default)]
    show: Show,
}

/// Where scores end: four numbers each, ascending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cuts {
    /// Whoever bought at most so many days ago has the scores 5, 4, 3, 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<[i64; 4]>,
    /// Whoever bought at most so many times has the scores 1, 2, 3, 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purchases: Option<[i64; 4]>,
    /// Whoever spent at most so much has the scores 1, 2, 3, 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    money: Option<[f64; 4]>,
}

/// What the table shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Show {
    /// Named segments, by how lately and how often customers bought.
    #[default]
    Segments,
    /// How many have each score, and where it begins and ends.
    Scores,
}

impl Kind for Rfm {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "rfm"
    }
    fn about(&self) -> &'static str {
        "Customers by how lately, how often and how much they bought, in fifths or with cut points of your own: champions, loyal, at risk, and so on."
    }
    fn example(&self) -> Value {
        json!({"purchase": {"event": ["Order Completed", "purchase"]}})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let Cuts { days, purchases, money } = question.cuts;
        let ascend = |cuts: Option<[i64; 4]>| cuts.is_none_or(|cuts| cuts[0] >= 0 && cuts.is_sorted());
        if !ascend(days) || !ascend(purchases) || money.is_some_and(|cuts| !cuts.is_sorted() || cuts.iter().any(|cut| !cut.is_finite())) {
            return Err(EngineError::Question("\"cuts\" are four numbers each, ascending; days and purchases are not below 0".to_owned()));
        }
        Ok(Plan {
            hints: Step::hints(std::iter::once(&question.purchase), asked)?,
            purchase: question.purchase.required()?.bit(asked)?,
            amount: amounts::wanted(question.property.as_ref(), asked),
            given: Given { days, purchases, money: money.map(|cuts| cuts.map(amounts::millionths)) },
            known_until: asked.known_until(),
            unit: asked.unit.plural().to_owned(),
            title: question.purchase.title(),
            question,
        })
    }
}

/// Where scores end, as far as it is said; money in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Given {
    /// Days since the last purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<[i64; 4]>,
    /// Purchases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purchases: Option<[i64; 4]>,
    /// Money, in millionths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    money: Option<[i64; 4]>,
}

impl Given {
    /// What this says, and of what it does not, the other.
    fn or(self, other: Given) -> Option<Edges> {
        Some(Edges {
            recency: self.days.or(other.days)?,
            frequency: self.purchases.or(other.purchases)?,
            money: self.money.or(other.money)?,
        })
    }
}

/// Recency, frequency and money, understood.
pub(super) struct Plan {
    question: Question,
    purchase: u32,
    amount: usize,
    given: Given,
    known_until: i64,
    unit: String,
    title: String,
    /// What nobody ever did, of what is asked for.
    hints: Vec<String>,
}

/// What is counted of them.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Customers by days since the last purchase, purchases, and what they spent in millionths.
    buyers: BTreeMap<(u32, u32, i64), u64>,
    /// What they spent, in millionths.
    spent: Moments,
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        for (buyer, customers) in other.buyers {
            *self.buyers.entry(buyer).or_default() += customers;
        }
        self.spent.merge(&other.spent);
    }
    fn weight(&self) -> u64 {
        // A third for the tree, a copy of all of them for finding fifths.
        64 * self.buyers.len() as u64
    }
}

/// Whose customers are meant. Where scores end is part of it, so that a customer can be judged alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The segment, such as "Champions".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    segment: Option<String>,
    /// What is scored,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scored: Option<Scored>,
    /// and the score, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    score: Option<u8>,
    /// Where scores end, of what the question does not say itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cuts: Option<Given>,
}

/// What is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Scored {
    /// How many days ago they bought last.
    Days,
    /// How often.
    Purchases,
    /// How much.
    Money,
}

impl Scored {
    const ALL: [Scored; 3] = [Scored::Days, Scored::Purchases, Scored::Money];

    fn of(self, scores: Scores) -> u8 {
        match self {
            Scored::Days => scores.recency,
            Scored::Purchases => scores.frequency,
            Scored::Money => scores.money,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Scored::Days => "days since the last purchase",
            Scored::Purchases => "purchases",
            Scored::Money => "spent",
        }
    }

    fn edges(self, edges: &Edges) -> [i64; 4] {
        match self {
            Scored::Days => edges.recency,
            Scored::Purchases => edges.frequency,
            Scored::Money => edges.money,
        }
    }

    fn said(self, value: i64) -> String {
        match self {
            Scored::Money => said(units(value.into())),
            Scored::Days | Scored::Purchases => count(value.unsigned_abs()),
        }
    }
}

/// Customers who belong together.
#[derive(Clone, Copy, Default)]
struct Group {
    customers: u64,
    days: u128,
    purchases: u128,
    spent: i128,
}

impl Group {
    fn add(&mut self, buyer: &(u32, u32, i64), customers: u64) {
        self.customers += customers;
        self.days += u128::from(buyer.0) * u128::from(customers);
        self.purchases += u128::from(buyer.1) * u128::from(customers);
        self.spent += i128::from(buyer.2) * i128::from(customers);
    }
}

fn buyer((days, purchases, money): &(u32, u32, i64)) -> Buyer {
    Buyer { recency: (*days).into(), frequency: (*purchases).into(), money: *money }
}

impl Plan {
    /// Where scores end: as given, else fifths of these customers.
    fn edges(&self, tally: &Tally) -> Result<Edges, String> {
        if let Some(edges) = self.given.or(Given::default()) {
            return Ok(edges);
        }
        let buyers: Vec<(Buyer, u64)> = tally.buyers.iter().map(|(known, customers)| (buyer(known), *customers)).collect();
        let fifths = Edges::of_fifths(&buyers).map_err(|error| error.to_string())?;
        let own = Given { days: Some(fifths.recency), purchases: Some(fifths.frequency), money: Some(fifths.money) };
        self.given.or(own).ok_or_else(|| "there are no cut points".to_owned())
    }

    fn segments(&self, tally: &Tally, edges: &Edges) -> Vec<(Segment, Group)> {
        let mut groups = [Group::default(); 10];
        for (known, customers) in &tally.buyers {
            let segment = edges.scores(&buyer(known)).segment();
            if let Some(place) = Segment::ALL.iter().position(|other| *other == segment) {
                groups[place].add(known, *customers);
            }
        }
        Segment::ALL.into_iter().zip(groups).filter(|(_, group)| group.customers > 0).collect()
    }

    fn by_segment(&self, tally: &Tally, edges: Option<&Edges>, groups: &[(Segment, Group)]) -> Table {
        let n = tally.spent.count().max(1) as f64;
        let spent = units(tally.spent.sum());
        let columns = vec![
            Column::new("segment", ColumnKind::Text),
            Column::new(&self.unit, ColumnKind::Count),
            Column::new("share", ColumnKind::Share),
            Column::new("days since the last purchase", ColumnKind::Number),
            Column::new("purchases, each", ColumnKind::Number),
            Column::new("spent", ColumnKind::Money),
            Column::new("spent, each", ColumnKind::Money),
            Column::new("share of what is spent", ColumnKind::Share),
        ];
        let row = |(segment, group): &(Segment, Group)| {
            let own = group.customers as f64;
            vec![
                segment.name().into(),
                group.customers.into(),
                (own / n).into(),
                (group.days as f64 / own).into(),
                (group.purchases as f64 / own).into(),
                units(group.spent).into(),
                (units(group.spent) / own).into(),
                if spent > 0.0 { json!(units(group.spent) / spent) } else { Value::Null },
            ]
        };
        Table::new(columns, groups.iter().map(row).collect()).counting(1, |row, _| {
            Some(Place { segment: Some(groups.get(row)?.0.name().to_owned()), cuts: self.carried(edges?), ..Place::default() })
        })
    }

    fn by_score(&self, tally: &Tally, edges: &Edges) -> Table {
        let columns = vec![
            Column::new("scored by", ColumnKind::Text),
            Column::new("score", ColumnKind::Count),
            Column::new("values", ColumnKind::Text),
            Column::new(&self.unit, ColumnKind::Count),
            Column::new("share", ColumnKind::Share),
            Column::new("spent, each", ColumnKind::Money),
        ];
        let mut groups = [[Group::default(); 5]; 3];
        for (known, customers) in &tally.buyers {
            let scores = edges.scores(&buyer(known));
            for (groups, scored) in groups.iter_mut().zip(Scored::ALL) {
                groups[usize::from(scored.of(scores).clamp(1, 5)) - 1].add(known, *customers);
            }
        }
        let n = tally.spent.count().max(1) as f64;
        let (mut rows, mut at) = (Vec::new(), Vec::new());
        for (scored, groups) in Scored::ALL.into_iter().zip(groups) {
            let ends = scored.edges(edges);
            for score in (1..=5usize).rev() {
                let group = groups[score - 1];
                // Of days the best score has the least values, of the others the largest.
                let fifth = if scored == Scored::Days { 5 - score } else { score - 1 };
                let values = match fifth {
                    0 => format!("up to {}", scored.said(ends[0])),
                    4 => format!("more than {}", scored.said(ends[3])),
                    fifth => format!("more than {} and up to {}", scored.said(ends[fifth - 1]), scored.said(ends[fifth])),
                };
                let each = if group.customers > 0 { json!(units(group.spent) / group.customers as f64) } else { Value::Null };
                let share = json!(group.customers as f64 / n);
                at.push((scored, score as u8));
                rows.push(vec![scored.name().into(), score.into(), values.into(), group.customers.into(), share, each]);
            }
        }
        Table::new(columns, rows).counting(3, |row, _| {
            let (scored, score) = *at.get(row)?;
            Some(Place { scored: Some(scored), score: Some(score), cuts: self.carried(edges), ..Place::default() })
        })
    }

    /// What a place carries of where scores end: what the question does not say.
    fn carried(&self, edges: &Edges) -> Option<Given> {
        let own = Given {
            days: self.given.days.is_none().then_some(edges.recency),
            purchases: self.given.purchases.is_none().then_some(edges.frequency),
            money: self.given.money.is_none().then_some(edges.money),
        };
        Some(own).filter(|own| *own != Given::default())
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
        let (mut purchases, mut spent, mut last) = (0u32, 0i64, None);
        for row in (0..run.times.len()).filter(|row| run.meets(*row, Some(self.purchase))) {
            purchases = purchases.saturating_add(1);
            spent = spent.saturating_add(amounts::millionths(run.number(self.amount, row)));
            last = Some(run.times[row]);
        }
        let Some(last) = last else { return };
        let days = u32::try_from(self.known_until.saturating_sub(last).max(0) / DAY).unwrap_or(u32::MAX);
        *tally.buyers.entry((days, purchases, spent)).or_default() += 1;
        tally.spent.add(spent);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.spent.count()
    }

    fn tell(&self, tally: &Tally, totals: &Totals) -> Told {
        self.tell_part(tally, tally, totals)
    }

    /// Scores end where those of all do: champions of one region are as good as those of another.
    fn tell_part(&self, tally: &Tally, whole: &Tally, _: &Totals) -> Told {
        let n = tally.spent.count();
        let mut figures = vec![Figure { name: "spent".to_owned(), measure: Measure::Mean(tally.spent, UNIT, ColumnKind::Money) }];
        let edges = match self.edges(whole) {
            Ok(edges) => edges,
            Err(why) => {
                let caption = match n {
                    0 => format!("Nobody did {} in this period.", self.title),
                    n => format!("{} did {}, who cannot be scored: {why}.", of_them(n, &self.unit), self.title),
                };
                let table = self.by_segment(tally, None, &[]);
                return Told { figures, notes: self.hints.clone(), ..Told::new(caption, View::Table(table)) };
            }
        };
        let groups = self.segments(tally, &edges);
        let own = |segment: &Segment| groups.iter().find(|(other, _)| other == segment).map_or(0, |(_, group)| group.customers);
        figures.extend(Segment::ALL.iter().map(|segment| Figure::share(segment.name(), own(segment), n)));
        let spent = units(tally.spent.sum());
        let champions = groups.iter().find(|(segment, _)| *segment == Segment::Champions).map_or_else(Group::default, |(_, group)| *group);
        let share = if spent > 0.0 { format!(", who spent {} of all", percent(units(champions.spent) / spent)) } else { String::new() };
        let caption = match n {
            0 => format!("Nobody did {} in this period.", self.title),
            n => format!(
                "{} of {} are champions, having bought lately and often{share}.",
                count(champions.customers),
                of_them(n, &self.unit)
            ),
        };
        let ends = |scored: Scored| {
            let said = scored.edges(&edges).map(|edge| scored.said(edge)).join(", ");
            format!("{} {said}", scored.name())
        };
        let mut notes = self.hints.clone();
        if n > 0 {
            notes.push(format!("Scores end at: {}; equal values share a score.", Scored::ALL.map(ends).join("; ")));
            notes
                .push("Segments are named by how lately and how often customers bought; what they spent is a score of its own.".to_owned());
        }
        let crowded = |scored: &Scored| scored.edges(&edges).windows(2).any(|two| two[0] == two[1]);
        for scored in Scored::ALL.into_iter().filter(|scored| n > 0 && crowded(scored)) {
            notes.push(format!("So many have the same {} that not every score is given.", scored.name()));
        }
        let table = match self.question.show {
            Show::Segments => self.by_segment(tally, Some(&edges), &groups),
            Show::Scores if n > 0 => self.by_score(tally, &edges),
            Show::Scores => self.by_score(tally, &edges).emptied(),
        };
        Told { figures, notes, ..Told::new(caption, View::Table(table)) }
    }

    fn semantics(&self) -> String {
        let ends = if self.given == Given::default() {
            "in fifths of all who are counted, also in a breakdown or comparison"
        } else {
            "by the cut points that the question gives, else in fifths"
        };
        format!(
            "Whoever did '{}' is scored 1 to 5, 5 the best, {ends}: by whole days from the last purchase to the end of what is known, by how often they bought, and by what they spent in all.",
            self.title
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let Some(edges) = self.given.or(place.cuts.unwrap_or_default()) else { return 0 };
        let stands = |known: &(u32, u32, i64)| {
            let scores = edges.scores(&buyer(known));
            place.segment.as_ref().is_none_or(|segment| scores.segment().name() == segment)
                && place.scored.is_none_or(|scored| place.score.is_none_or(|score| scored.of(scores) == score))
        };
        tally.buyers.iter().filter(|(known, _)| stands(known)).map(|(_, customers)| customers).sum()
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        self.places_part(tally, tally)
    }

    fn places_part(&self, tally: &Tally, whole: &Tally) -> Vec<Place> {
        let Ok(edges) = self.edges(whole) else { return Vec::new() };
        let cuts = self.carried(&edges);
        let mut places: Vec<Place> = match self.question.show {
            Show::Segments => {
                Segment::ALL.iter().map(|segment| Place { segment: Some(segment.name().to_owned()), cuts, ..Place::default() }).collect()
            }
            Show::Scores => {
                let each =
                    |scored: Scored| (1..=5).map(move |score| Place { scored: Some(scored), score: Some(score), cuts, ..Place::default() });
                Scored::ALL.into_iter().flat_map(each).collect()
            }
        };
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}
