//! Survival: how long until something happens, in groups, and what makes it happen sooner.

use std::collections::{BTreeMap, BTreeSet};

use periplus_model::answer::{Column, ColumnKind, Estimate, Line, Series, SeriesStyle, Table, View};
use periplus_model::time::Span;
use periplus_stats::cox::{COVARIATES_MAX, Cox};
use periplus_stats::{Survival as Curve, log_rank_groups};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, of_them, p_value, percent, seconds};
use crate::EngineError;
use crate::groups::{NO_VALUE, trait_text};
use crate::kind::{self, Asked, Figure, Kind, Told};
use crate::lens::Text;
use crate::scan::{Run, Totals};
use crate::steps::Step;
use crate::traits::as_of;
use crate::worth::first::{self, First, Ranked};
use crate::worth::hazards::{self, Band, Design, Level, Range, Subject, Subjects};
use crate::worth::waiting::{Stretches, Until, Waiting, Waits};

/// So many groups have curves of their own; the small ones are one.
const GROUPS_MAX: usize = 10;
const OTHERS: &str = "(others)";
/// So many covariates may be asked for; each text becomes several columns of the regression.
const ASKED_MAX: usize = 12;
/// Of so many values of a covariate the people can be opened.
const PLACES_MAX: usize = 200;
/// So many rare values are named.
const RARE_NAMED_MAX: usize = 8;

pub(super) struct Survival;

/// A question for survival.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// From the first of these events; the first of all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<Step>,
    /// Until the first of these after it. The same as the start makes it the second one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<Step>,
    /// Until the customer is lost, instead of an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    churn: Option<Churn>,
    /// The longest time that is looked at.
    #[serde(default = "quarter")]
    horizon: Span,
    /// Curves for each value of this, as it was at the start: at most ten, the small ones together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Known>,
    /// What may make it happen sooner, as it was at the start; numbers as numbers, texts against the most frequent one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    covariates: Vec<Known>,
    /// What is shown.
    #[serde(default)]
    show: Show,
    /// Into how many equal stretches the horizon is cut: 1 to 500.
    #[serde(default = "thirty")]
    points: u32,
    /// Of customers one by one: how many, those at the highest risk. 1 to 10,000.
    #[serde(default = "first::listed")]
    at_most: usize,
    /// Of customers one by one: within how long from now on it may happen; a third of the horizon when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ahead: Option<Span>,
}

/// When a customer is lost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Churn {
    /// Once none of the events at the start has come for so long.
    idle: Span,
}

/// Something that is known of a customer when their time begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Known {
    /// A trait, as it was then.
    Trait(String),
    /// A property of the event at the start; "channel" is its channel.
    Property(String),
}

impl Known {
    fn name(&self) -> &str {
        match self {
            Known::Trait(name) | Known::Property(name) => name,
        }
    }
}

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Show {
    /// The share of those to whom it has not happened, over time.
    #[default]
    Curves,
    /// By how much each covariate makes it likelier at any moment.
    Hazards,
    /// Customers in bands of risk: what was foretold of them, and what happened.
    Risk,
    /// Customers one by one to whom it has not happened yet: how likely it is from now on, after the time that they have waited already.
    Customers,
}

fn quarter() -> Span {
    Span::days(90)
}

fn thirty() -> u32 {
    30
}

impl Kind for Survival {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "survival"
    }
    fn about(&self) -> &'static str {
        "How long until something happens or customers are lost (Kaplan-Meier by group, log-rank), what makes it happen sooner (Cox), and who is at risk."
    }
    fn example(&self) -> Value {
        json!({"start": {"event": ["Order Completed", "purchase"]}, "churn": {"idle": "60d"}, "horizon": "180d"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let wrong = |why: &str| Err(EngineError::Question(why.to_owned()));
        if question.horizon <= Span(0) || !(1..=500).contains(&question.points) {
            return wrong("the \"horizon\" is longer than nothing, and \"points\" are 1 to 500");
        }
        first::check(question.at_most)?;
        if question.ahead.is_some_and(|ahead| ahead <= Span(0) || ahead > question.horizon) {
            return wrong("\"ahead\" is longer than nothing and no longer than the \"horizon\"");
        }
        if question.covariates.len() > ASKED_MAX {
            return wrong("there are at most 12 \"covariates\"");
        }
        if question.show != Show::Curves && question.covariates.is_empty() {
            return wrong("hazards and risks are shown of \"covariates\": say which");
        }
        let until = match (&question.event, question.churn) {
            (Some(event), None) => Until::Event(event.required()?.bit(asked)?),
            (None, Some(Churn { idle })) if idle > Span(0) && idle < question.horizon => Until::Idle(idle.0),
            (None, Some(_)) => return wrong("\"idle\" is longer than nothing and shorter than the \"horizon\""),
            _ => return wrong("say either the \"event\" that is waited for or after which idle time customers are lost (\"churn\")"),
        };
        let hints = Step::hints(question.start.iter().chain(&question.event), asked)?;
        let start = Step::bit_or_any(&question.start, asked)?;
        asked.lens.keep_all |= start.is_none();
        let mut see = |known: &Known| match known {
            Known::Trait(name) => See::History(asked.lens.history_place(name)),
            Known::Property(name) if name == "channel" => See::Text(asked.lens.text(Text::Channel)),
            Known::Property(name) => See::Text(asked.lens.text(Text::Value(name.clone()))),
        };
        let by = question.by.as_ref().map(&mut see);
        let covariates = question.covariates.iter().map(&mut see).collect();
        let window = question.horizon.0;
        let title = match (&question.event, question.churn) {
            (Some(event), _) => format!("get to {}", event.title()),
            (None, churn) => format!("are lost (idle for {})", churn.map_or(Span(0), |churn| churn.idle)),
        };
        Ok(Plan {
            waiting: Waiting { start, until, window, known_until: asked.known_until() },
            stretches: Stretches { window, points: question.points },
            by,
            covariates,
            unit: asked.unit.plural().to_owned(),
            title,
            hints,
            question,
        })
    }
}

/// Where something known is found.
#[derive(Clone, Copy)]
enum See {
    History(usize),
    Text(usize),
}

/// Survival, understood.
pub(super) struct Plan {
    question: Question,
    waiting: Waiting,
    stretches: Stretches,
    by: Option<See>,
    covariates: Vec<See>,
    unit: String,
    /// What happens, as a verb.
    title: String,
    /// What nobody ever did, of what is asked for.
    hints: Vec<String>,
}

/// A customer, by key, and what they are called, if they are no customer but something else that is counted.
type Kept = (i64, Option<String>);

/// What is counted for survival.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    groups: BTreeMap<String, Waits>,
    subjects: Subjects,
    /// Who still waits, where they are shown one by one: by what is known of them and how long they have waited, as many as could be shown, by
    /// key and what they are called. Which of these are at the highest risk is known when all are counted.
    kept: BTreeMap<(Vec<Level>, i64), First<Kept>>,
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        for (group, waits) in other.groups {
            self.groups.entry(group).or_default().merge(&waits);
        }
        for (subject, customers) in other.subjects {
            *self.subjects.entry(subject).or_default() += customers;
        }
        for (known, theirs) in other.kept {
            match self.kept.get_mut(&known) {
                Some(mine) => mine.merge(theirs),
                None => drop(self.kept.insert(known, theirs)),
            }
        }
    }
    fn weight(&self) -> u64 {
        let groups: u64 = self.groups.values().map(|waits| 400 + 40 * waits.units.min(8_192)).sum();
        let width = self.subjects.keys().next().map_or(0, |subject| subject.levels.len() as u64);
        let kept: u64 = self.kept.values().map(|kept| 100 + 48 * width + 40 * kept.len() as u64).sum();
        groups + kept + self.subjects.len() as u64 * (64 + 48 * width)
    }
}

/// Who is meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Those of this group; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// Those of none of these groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    but: Vec<String>,
    /// Those to whom it happened within the horizon, or those to whom it did not; both when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<bool>,
    /// Those to whom it happened in this stretch of the horizon, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    point: Option<u32>,
    /// Those of whom this covariate is known, by its number in the question from 0,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    covariate: Option<usize>,
    /// and has this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    /// Those in a band of risk, which carries what decides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    risk: Option<Range>,
}

/// One of the groups that have a curve.
struct Group<'t> {
    name: &'t str,
    waits: Waits,
    place: Place,
}

impl Plan {
    fn level(see: See, run: &Run<'_>, row: usize) -> Level {
        match see {
            See::History(place) => Level::of(run.histories.get(place).and_then(|history| as_of(history, run.times[row]))),
            See::Text(place) => Level::of_text(run.text(place, row).map(AsRef::as_ref)),
        }
    }

    /// All, or the groups that have curves, the largest first.
    fn groups<'t>(&self, tally: &'t Tally) -> Vec<Group<'t>> {
        let mut order: Vec<(&String, &Waits)> = tally.groups.iter().collect();
        order.sort_by(|one, two| two.1.units.cmp(&one.1.units).then_with(|| one.0.cmp(two.0)));
        let small = if order.len() > GROUPS_MAX { order.split_off(GROUPS_MAX - 1) } else { Vec::new() };
        let own = |(name, waits): &(&'t String, &Waits)| Group {
            name: name.as_str(),
            waits: (*waits).clone(),
            place: Place { by: self.by.is_some().then(|| (*name).clone()), ..Place::default() },
        };
        let mut groups: Vec<Group<'t>> = order.iter().map(own).collect();
        if !small.is_empty() {
            let mut waits = Waits::default();
            small.iter().for_each(|(_, other)| waits.merge(other));
            let but = order.iter().map(|(name, _)| (*name).clone()).collect();
            groups.push(Group { name: OTHERS, waits, place: Place { but, ..Place::default() } });
        }
        groups
    }

    fn together(tally: &Tally) -> Waits {
        let mut all = Waits::default();
        tally.groups.values().for_each(|waits| all.merge(waits));
        all
    }

    /// The share to whom it has not happened, with its band.
    fn line(&self, name: &str, curve: &Curve) -> Line {
        let spared = |happened: Estimate| Estimate {
            value: 1.0 - happened.value,
            low: 1.0 - happened.high,
            high: 1.0 - happened.low,
            n: happened.n,
        };
        let points = (1..=self.question.points).map(|point| curve.happened_by(self.stretches.end(point)).map(spared));
        Line::estimated(name, ColumnKind::Share, &points.collect::<Vec<_>>())
    }

    /// How a group fared, in words.
    fn fared(&self, waits: &Waits) -> String {
        let half = waits.survival.median().map_or("no median: less than half".to_owned(), |half| {
            let high = half.high.map_or("unknown".to_owned(), |high| seconds(high as f64 / 1e6));
            format!("half after {} (95 % {} to {high})", seconds(half.time as f64 / 1e6), seconds(half.low as f64 / 1e6))
        });
        match self.share(&waits.survival) {
            None => format!("{}, none of whom is known for long enough", of_them(waits.units, &self.unit)),
            Some((share, within)) => format!(
                "{} of {} {within} (95 % {} to {}), {half}",
                percent(share.value),
                count(waits.units),
                percent(share.low),
                percent(share.high)
            ),
        }
    }

    /// The share to whom it happened within the horizon, or within the longest time of which anything is known.
    fn share(&self, curve: &Curve) -> Option<(periplus_model::answer::Estimate, String)> {
        let horizon = self.question.horizon;
        if let Some(share) = curve.happened_by(horizon.0) {
            return Some((share, format!("within {horizon}")));
        }
        let last = curve.curve().last()?.time;
        // Whoever is known for no time at all was seen once.
        let within = if last > 0 { format!("within {}", seconds(last as f64 / 1e6)) } else { "at once".to_owned() };
        Some((curve.happened_by(last)?, within))
    }

    /// The name of a column of the regression.
    fn column(&self, design: &Design, column: usize) -> String {
        let Some(term) = design.terms.get(column) else { return "a covariate".to_owned() };
        let name = self.question.covariates.get(term.covariate).map_or("covariate", Known::name);
        term.level.as_ref().map_or_else(|| name.to_owned(), |level| format!("{name} {level}"))
    }

    /// The regression of some of the customers, and the columns that it is of.
    fn regression(&self, tally: &Tally, takes: impl Fn(&Subject) -> bool) -> (Design, Result<Cox, String>) {
        let mut design = Design::of(&tally.subjects, self.covariates.len(), &takes);
        if design.terms.len() > COVARIATES_MAX {
            return (design, Err(format!("the covariates have more than {COVARIATES_MAX} different values: ask for fewer")));
        }
        let cox = hazards::regress(&mut design, &tally.subjects, takes);
        let told = cox.map_err(|error| hazards::why(error, &design, |column| self.column(&design, column)));
        (design, told)
    }

    /// What the reader should know of the covariates and of a regression.
    fn notes(&self, design: &Design, cox: Option<&Cox>) -> Vec<String> {
        let mut notes = Vec::new();
        if design.incomplete > 0 {
            notes.push(format!("{} {} lack a number and are left out of the regression.", count(design.incomplete), self.unit));
        }
        for covariate in &design.constant {
            let name = self.question.covariates.get(*covariate).map_or("a covariate", Known::name);
            notes.push(if design.rare().any(|(rare, ..)| rare == *covariate) {
                format!("Of {name} there is one value only with enough {} to compare, so it says nothing.", self.unit)
            } else {
                format!("{name} is the same for everybody, so it says nothing.")
            });
        }
        for (covariate, rare, shared) in design.rare() {
            let name = self.question.covariates.get(covariate).map_or("a covariate", Known::name);
            let mut values = rare.iter().take(RARE_NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
            if rare.len() > RARE_NAMED_MAX {
                values = format!("{values} and {} more", count((rare.len() - RARE_NAMED_MAX) as u64));
            }
            let become_of = if shared { "they are \"(others)\"" } else { "they are left out of the regression" };
            notes
                .push(format!("{name} {values}: too few of them, or of those to whom it happened, for a ratio of their own; {become_of}."));
        }
        if let Some(cox) = cox {
            let untold = (0..cox.coefficients.len()).filter(|column| cox.coefficients[*column].ratio.is_none());
            notes.extend(untold.map(|column| {
                format!(
                    "The ratio of {} is beyond a billion, or its interval is: one more is more than anybody has, or it says too little.",
                    self.column(design, column)
                )
            }));
            notes.extend(cox.warnings.iter().map(|warning| hazards::warned(warning, |column| self.column(design, column))));
            let order = cox
                .concordance
                .map_or(String::new(), |share| format!("; it orders {} of pairs rightly (half is guessing)", percent(share)));
            notes.push(format!(
                "Cox regression of {} {}, {} of whom it happened to: together the covariates say something with {}{order}.",
                count(cox.customers),
                self.unit,
                count(cox.events),
                p_value(cox.p)
            ));
            notes.push("A ratio is an association: what goes with it is not what brings it about.".to_owned());
        }
        notes
    }

    /// The covariates as a table, and the leading figure.
    fn hazards(&self, tally: &Tally, design: &Design, cox: Option<&Cox>) -> (Table, Option<String>) {
        let columns = vec![
            Column::new("covariate", ColumnKind::Text),
            Column::new("value", ColumnKind::Text),
            Column::new("compared with", ColumnKind::Text),
            Column::new(&self.unit, ColumnKind::Count),
            Column::new("hazard ratio", ColumnKind::Number),
            Column::new("low", ColumnKind::Number),
            Column::new("high", ColumnKind::Number),
            Column::new("p", ColumnKind::Number),
            Column::new("p of the same effect at all times", ColumnKind::Number),
        ];
        let Some(cox) = cox else { return (Table::new(columns, Vec::new()), None) };
        let at = |term: &hazards::Term| Place { covariate: Some(term.covariate), level: term.level.clone(), ..Place::default() };
        let row = |(term, coefficient): (&hazards::Term, &periplus_stats::cox::Coefficient)| {
            // Rare values together are nobody's value by itself.
            let n = if term.level.as_deref() == Some(OTHERS) { Value::Null } else { kind::Plan::count(self, tally, &at(term)).into() };
            vec![
                self.question.covariates.get(term.covariate).map_or("", Known::name).into(),
                term.level.clone().unwrap_or_else(|| "one more".to_owned()).into(),
                design.reference(term.covariate).unwrap_or("one less").into(),
                n,
                coefficient.ratio.map(|ratio| ratio.value).into(),
                coefficient.ratio.map(|ratio| ratio.low).into(),
                coefficient.ratio.map(|ratio| ratio.high).into(),
                coefficient.p.into(),
                coefficient.proportional_p.into(),
            ]
        };
        let rows = design.terms.iter().zip(&cox.coefficients).map(row).collect();
        let strongest = (0..cox.coefficients.len()).min_by(|one, two| cox.coefficients[*one].p.total_cmp(&cox.coefficients[*two].p));
        let leading = strongest.map(|column| {
            let Some(ratio) = cox.coefficients[column].ratio else {
                return format!(
                    "The ratio of {} is beyond what can be told of {} {}",
                    self.column(design, column),
                    count(cox.customers),
                    self.unit
                );
            };
            format!(
                "{} goes with {:.2} times the hazard (95 % {:.2} to {:.2}), of {} {}",
                self.column(design, column),
                ratio.value,
                ratio.low,
                ratio.high,
                count(cox.customers),
                self.unit
            )
        });
        let table = Table::new(columns, rows).counting(3, |row, _| design.terms.get(row).map(at));
        (table, leading)
    }

    /// Bands of risk by a regression of one half, as the other half shows it.
    fn risk(&self, tally: &Tally) -> (Design, Result<(Cox, Vec<Band>), String>) {
        let (design, cox) = self.regression(tally, |subject| subject.teaches);
        let told = cox.map(|cox| {
            let bands = hazards::bands(&design, &cox, &tally.subjects, self.question.horizon.0);
            (cox, bands)
        });
        (design, told)
    }

    /// How far ahead risks of customers look.
    fn ahead(&self) -> Span {
        self.question.ahead.unwrap_or(Span((self.question.horizon.0 / 3).max(1)))
    }

    /// Customers to whom it has not happened yet, those at the highest risk first, equal ones by key; and a sentence.
    fn customers(&self, tally: &Tally, design: &Design, cox: &Cox, notes: &mut Vec<String>) -> (Table, String) {
        let ahead = self.ahead();
        let mut ranked = Ranked::new(self.question.at_most);
        let (mut judged, mut beyond) = (0u64, 0u64);
        let waiting = |(levels, time): &(Vec<Level>, i64)| {
            let alike = |teaches| Subject { levels: levels.clone(), time: *time, happened: false, teaches };
            [true, false].map(alike).iter().filter_map(|subject| tally.subjects.get(subject)).sum::<u64>()
        };
        for (known, kept) in &tally.kept {
            let Some(risk) = hazards::risk_ahead(design, cox, &known.0, known.1, ahead.0) else {
                beyond += waiting(known);
                continue;
            };
            judged += waiting(known);
            for (key, name) in kept.iter() {
                if !ranked.add(risk, *key, (name.clone(), known, risk)) {
                    break;
                }
            }
        }
        let rows: Vec<_> = ranked.into_rows().collect();
        let is_named = rows.iter().any(|(_, (name, ..))| name.is_some());
        let mut columns = vec![Column::new("key", ColumnKind::Text)];
        columns.extend(is_named.then(|| Column::new("name", ColumnKind::Text)));
        columns.push(Column::new("waited so far", ColumnKind::Seconds));
        columns.extend(self.question.covariates.iter().map(|covariate| Column::new(covariate.name(), ColumnKind::Text)));
        columns.push(Column::new(format!("risk within {ahead}"), ColumnKind::Share));
        let highest = rows.first().map(|(_, (.., risk))| *risk);
        let told = rows.iter().map(|(key, (name, (levels, time), risk))| {
            let mut cells: Vec<Value> = vec![(*key).into()];
            cells.extend(is_named.then(|| name.clone().into()));
            cells.push((*time as f64 / 1e6).into());
            cells.extend(levels.iter().map(|level| Value::from(level.name())));
            cells.push((*risk).into());
            cells
        });
        let table = Table::new(columns, told.collect());
        if beyond > 0 {
            notes.push(format!(
                "Of {} nothing can be foretold: they have waited for so long that nobody was observed for {ahead} more, or something that is asked for is not known of them.",
                of_them(beyond, &self.unit)
            ));
        }
        if judged > table.rows.len() as u64 {
            notes.push(format!("These are the {} at the highest risk.", count(table.rows.len() as u64)));
        }
        if self.question.churn.is_some() {
            notes.push(
                "The risk is that of the time since the start and of the covariates; when they were seen last is no part of it.".to_owned(),
            );
        }
        let caption = match highest {
            Some(risk) => format!(
                "{} still wait; who is at the highest risk {} with {} within the next {ahead}.",
                of_them(judged, &self.unit),
                self.title,
                percent(risk)
            ),
            None => format!("Nobody is left of whom it could be foretold whether they {} within the next {ahead}.", self.title),
        };
        (table, caption)
    }

    fn bands(&self, cox: &Cox, bands: &[Band]) -> (Table, String) {
        let ahead = self.question.horizon.0.min(cox.last);
        let columns = vec![
            Column::new("band of risk", ColumnKind::Count),
            Column::new(&self.unit, ColumnKind::Count),
            Column::new("judged", ColumnKind::Count),
            Column::new("foretold", ColumnKind::Share),
            Column::new("happened", ColumnKind::Share),
            Column::new("low", ColumnKind::Share),
            Column::new("high", ColumnKind::Share),
        ];
        let (mut held, mut seen) = (0, 0);
        let mut rows = Vec::new();
        for (place, band) in bands.iter().enumerate() {
            let found = band.survival.happened_by(ahead);
            if let (Some(found), Some(foretold)) = (found, band.foretold) {
                seen += 1;
                held += u32::from(found.low <= foretold && foretold <= found.high);
            }
            rows.push(vec![
                (place + 1).into(),
                band.customers.into(),
                band.judged.into(),
                band.foretold.into(),
                found.map(|found| found.value).into(),
                found.map(|found| found.low).into(),
                found.map(|found| found.high).into(),
            ]);
        }
        let highest = bands.iter().rev().find_map(|band| Some((band.customers, band.foretold?)));
        let caption = match highest {
            Some((customers, risk)) => format!(
                "{} {} at the highest risk {} with {} within {}; in {held} of {seen} bands what was foretold is within the interval of what happened.",
                count(customers),
                self.unit,
                self.title,
                percent(risk),
                seconds(ahead as f64 / 1e6)
            ),
            None => "Nobody is left by whom the risk could be judged.".to_owned(),
        };
        let table =
            Table::new(columns, rows).counting(1, |row, _| Some(Place { risk: Some(bands.get(row)?.range.clone()), ..Place::default() }));
        (table, caption)
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
        let Some(waited) = self.waiting.of(run) else { return };
        let group = match self.by {
            None => String::new(),
            Some(See::History(place)) => {
                trait_text(run.histories.get(place).and_then(|history| as_of(history, run.times[waited.row]))).to_string()
            }
            Some(See::Text(place)) => run.text(place, waited.row).map_or_else(|| NO_VALUE.to_owned(), |text| text.to_string()),
        };
        tally.groups.entry(group).or_default().add(waited, self.stretches);
        if !self.covariates.is_empty() {
            // Which half teaches hangs on the customer alone, and on no other lot that is drawn by the key.
            let teaches = (run.key as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 63 == 0;
            let levels = self.covariates.iter().map(|see| Plan::level(*see, run, waited.row)).collect();
            let subject = Subject { levels, time: waited.time, happened: waited.happened, teaches };
            if self.question.show == Show::Customers && !subject.happened {
                let known = (subject.levels.clone(), subject.time);
                let kept = tally.kept.entry(known).or_insert_with(|| First::new(self.question.at_most));
                kept.add((run.key, run.name.map(|name| name.to_string())));
            }
            *tally.subjects.entry(subject).or_default() += 1;
        }
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.groups.values().map(|waits| waits.units).sum()
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let all = Plan::together(tally);
        let groups = self.groups(tally);
        let mut notes = self.hints.clone();
        let mut caption = match (self.share(&all.survival), all.survival.median()) {
            _ if all.units == 0 => "Nobody started in this period.".to_owned(),
            (None, _) => format!("{} started, and none is known for long enough to say anything.", of_them(all.units, &self.unit)),
            (Some((share, within)), half) => format!(
                "{} of {} {} {within}{}",
                percent(share.value),
                of_them(all.units, &self.unit),
                self.title,
                match half {
                    Some(half) if half.time == 0 => ", half of all at once.".to_owned(),
                    Some(half) => format!(", half of all within {}.", seconds(half.time as f64 / 1e6)),
                    None => "; less than half, so there is no median time.".to_owned(),
                }
            ),
        };
        if self.by.is_some() && all.units > 0 {
            let told = groups.iter().map(|group| format!("{}: {}", group.name, self.fared(&group.waits)));
            notes.push(format!("{}.", told.collect::<Vec<_>>().join("; ")));
            let curves: Vec<Curve> = groups.iter().map(|group| group.waits.survival.clone()).collect();
            notes.push(match log_rank_groups(&curves) {
                Some(test) => format!(
                    "Log-rank test of all groups together: χ² {:.2}, {} of freedom, {}.",
                    test.chi_square,
                    if test.df == 1 { "1 degree".to_owned() } else { format!("{} degrees", test.df) },
                    p_value(test.p)
                ),
                None => "There are not two groups to compare, or it happened to nobody.".to_owned(),
            });
        }
        if !all.survival.is_exact() {
            notes.push("There are many different times: they are exact within 0.4 %.".to_owned());
        }
        let lines = groups.iter().map(|group| {
            let name = if self.by.is_some() { group.name } else { "not yet" };
            self.line(name, &group.waits.survival)
        });
        let mut view =
            View::Series(Series { axis: self.stretches.axis(), lines: lines.collect(), style: SeriesStyle::Steps, unfinished_from: None });
        if !self.question.covariates.is_empty() {
            let (design, told) = if self.question.show == Show::Risk {
                let (design, told) = self.risk(tally);
                let told = told.map(|(cox, bands)| {
                    let (table, text) = self.bands(&cox, &bands);
                    (cox, table, Some(text))
                });
                (design, told)
            } else {
                let (design, told) = self.regression(tally, |_| true);
                let told = told.map(|cox| {
                    if self.question.show == Show::Customers {
                        let (table, text) = self.customers(tally, &design, &cox, &mut notes);
                        return (cox, table, Some(text));
                    }
                    let (table, leading) = self.hazards(tally, &design, Some(&cox));
                    let text = leading.map(|leading| format!("{leading}."));
                    (cox, table, text)
                });
                (design, told)
            };
            match told {
                Ok((cox, table, text)) => {
                    notes.extend(self.notes(&design, Some(&cox)));
                    match (self.question.show, text) {
                        (Show::Curves, text) => notes.extend(text),
                        (Show::Risk, text) => {
                            notes.push("The regression learnt from one half of them, and is judged by the other.".to_owned());
                            (view, caption) = (View::Table(table), text.unwrap_or(caption));
                        }
                        (Show::Hazards | Show::Customers, text) => (view, caption) = (View::Table(table), text.unwrap_or(caption)),
                    }
                }
                Err(why) => {
                    notes.extend(self.notes(&design, None));
                    notes.push(format!("There is no regression: {why}."));
                    if self.question.show != Show::Curves {
                        view = View::Table(self.hazards(tally, &design, None).0);
                    }
                }
            }
        }
        let figures = vec![Figure::share(self.title.clone(), all.happened, all.units - all.immature)];
        Told { immature: all.immature, figures, notes, ..Told::new(caption, view) }
    }

    fn semantics(&self) -> String {
        let start = self.question.start.as_ref().map_or("any event".to_owned(), Step::title);
        let end = match (&self.question.event, self.question.churn) {
            (Some(event), _) => format!("the first '{}' after it", event.title()),
            (None, churn) => {
                let idle = churn.map_or(Span(0), |churn| churn.idle);
                format!("{idle} have passed without another one, which is when they are known to be lost, even if they come back later")
            }
        };
        format!(
            "Each of the {} counts once, from the first '{start}' until {end}, within {}; shares are Kaplan-Meier estimates with log-log Greenwood intervals, in which who is not known for the whole time counts as long as they are known; groups and covariates are as they were at the start.",
            self.unit, self.question.horizon
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        if let Some(range) = &place.risk {
            return tally.subjects.iter().filter(|(subject, _)| range.has(subject)).map(|(_, customers)| customers).sum();
        }
        if let Some(covariate) = place.covariate {
            let stands = |subject: &Subject| match (subject.levels.get(covariate), &place.level) {
                (Some(level), Some(wanted)) => level.name() == *wanted,
                (Some(level), None) => *level != Level::Missing,
                (None, _) => false,
            };
            return tally.subjects.iter().filter(|(subject, _)| stands(subject)).map(|(_, customers)| customers).sum();
        }
        let groups = tally.groups.iter().filter(|(name, _)| place.by.as_ref().is_none_or(|by| by == *name) && !place.but.contains(name));
        let counted = |waits: &Waits| match (place.ended, place.point) {
            (ended, Some(point)) => waits.count(Some(point), ended != Some(false)),
            (Some(ended), None) => waits.count(None, ended),
            (None, None) => waits.units,
        };
        groups.map(|(_, waits)| counted(waits)).sum()
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let mut places = Vec::new();
        match self.question.show {
            Show::Curves => {
                for group in self.groups(tally) {
                    let whole = [true, false].map(|ended| Place { ended: Some(ended), ..group.place.clone() });
                    let points = group.waits.arrived.keys().map(|point| Place { point: Some(*point), ..group.place.clone() });
                    places.extend(whole.into_iter().chain(points));
                }
            }
            Show::Hazards => {
                // Numbers are one place, texts one for each, whichever of them is compared with the others.
                let level = |level: &Level| if matches!(level, Level::Number(_)) { None } else { Some(level.name()) };
                for covariate in 0..self.covariates.len() {
                    let levels: BTreeSet<Option<String>> =
                        tally.subjects.keys().filter_map(|subject| subject.levels.get(covariate)).map(level).collect();
                    let place = |level| Place { covariate: Some(covariate), level, ..Place::default() };
                    places.extend(levels.into_iter().take(PLACES_MAX).map(place));
                }
            }
            // Customers one by one are told by their keys.
            Show::Customers => {}
            Show::Risk => {
                if let (_, Ok((_, bands))) = self.risk(tally) {
                    places.extend(bands.into_iter().map(|band| Place { risk: Some(band.range), ..Place::default() }));
                }
            }
        }
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}
