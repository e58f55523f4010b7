//! Trends: how many events or customers, or how much of a property, over time.

use periplus_model::answer::{ColumnKind, Line, Series, SeriesStyle, View};
use periplus_model::question::Interval;
use periplus_model::time::Instant;
use periplus_stats::{Moments, Quantiles};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, period};
use crate::EngineError;
use crate::calendar::Cuts;
use crate::formula::Formula;
use crate::kind::{self, Asked, Figure, Kind, Measure as Compared, Told};
use crate::lens::Number;
use crate::scan::{Run, Totals};
use crate::steps::Step;

pub(super) struct Trends;

/// A question for trends.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// What is measured: 1 to 20.
    measures: Vec<Measure>,
    /// How time is cut.
    #[serde(default)]
    interval: Interval,
    /// What is reckoned from the measures, which are called A, B, C and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    formulas: Vec<Reckoned>,
}

/// Something measured.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Measure {
    /// Which events; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<Step>,
    /// What about them.
    #[serde(default)]
    show: Show,
    /// The property, for sums, means and the like; `amount` is the event's amount of money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    property: Option<String>,
}

/// What about the events is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Show {
    /// How many there are.
    #[default]
    Events,
    /// How many different customers (sessions, households) have them.
    Customers,
    /// The sum of the property.
    Sum,
    /// Its mean.
    Mean,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// Half are at most this.
    Median,
    /// Nine of ten are at most this.
    P90,
    /// Ninety-nine of a hundred are at most this.
    P99,
}

/// A line that is reckoned from others.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reckoned {
    /// What to call it.
    name: String,
    /// Such as `B / A`: measures, numbers, `+ - * /` and brackets.
    formula: String,
}

/// Properties are added up in millionths.
const UNIT: f64 = 1e6;

impl Kind for Trends {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "trends"
    }
    fn about(&self) -> &'static str {
        "How many events or customers, or how much of a property, over hours, days, weeks, months, quarters or years."
    }
    fn example(&self) -> Value {
        json!({"measures": [{"show": "events"}, {"show": "customers"}], "interval": "week"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        if question.measures.is_empty() || question.measures.len() > 20 {
            return Err(EngineError::Question("trends have 1 to 20 measures".to_owned()));
        }
        let mut measures = Vec::new();
        for measure in &question.measures {
            let bit = Step::bit_or_any(&measure.of, asked)?;
            asked.lens.keep_all |= bit.is_none();
            let needs_property = !matches!(measure.show, Show::Events | Show::Customers);
            let number = match &measure.property {
                None if needs_property => {
                    return Err(EngineError::Question(
                        "a sum, mean or percentile needs a \"property\" (\"amount\" for the money)".to_owned(),
                    ));
                }
                Some(_) if !needs_property => {
                    return Err(EngineError::Question(
                        "counts of events or customers have no \"property\"; ask for a sum or mean".to_owned(),
                    ));
                }
                None => None,
                Some(name) if name == "amount" => Some(asked.lens.number(Number::Amount)),
                Some(name) => Some(asked.lens.number(Number::Property(name.clone()))),
            };
            measures.push(Planned { bit, number, show: measure.show, title: title(measure, asked.unit.plural()) });
        }
        let mut formulas = Vec::new();
        for reckoned in &question.formulas {
            let formula = Formula::parse(&reckoned.formula, measures.len())
                .map_err(|why| EngineError::Question(format!("the formula '{}' is wrong: {why}", reckoned.formula)))?;
            formulas.push((reckoned.name.clone(), formula));
        }
        let (from, to) = asked.period();
        Ok(Plan { measures, formulas, cuts: asked.calendar.cut(question.interval, from, to)?, known_until: asked.known_until() })
    }
}

fn title(measure: &Measure, unit: &str) -> String {
    let of = measure.of.as_ref().map_or_else(|| "all events".to_owned(), Step::title);
    let property = measure.property.as_deref().unwrap_or_default();
    match measure.show {
        Show::Events => of,
        Show::Customers => format!("{unit} with {of}"),
        Show::Sum => format!("sum of {property} of {of}"),
        Show::Mean => format!("mean {property} of {of}"),
        Show::Min => format!("smallest {property} of {of}"),
        Show::Max => format!("largest {property} of {of}"),
        Show::Median => format!("median {property} of {of}"),
        Show::P90 => format!("90th percentile of {property} of {of}"),
        Show::P99 => format!("99th percentile of {property} of {of}"),
    }
}

/// Trends, understood.
pub(super) struct Plan {
    measures: Vec<Planned>,
    formulas: Vec<(String, Formula)>,
    cuts: Cuts,
    known_until: i64,
}

struct Planned {
    /// Every event, when there is none.
    bit: Option<u32>,
    number: Option<usize>,
    show: Show,
    title: String,
}

impl Planned {
    fn wants_quantiles(&self) -> bool {
        matches!(self.show, Show::Median | Show::P90 | Show::P99)
    }

    fn kind(&self) -> ColumnKind {
        if self.number.is_some() { ColumnKind::Number } else { ColumnKind::Count }
    }
}

/// What is counted of one measure in one stretch of time.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Point {
    events: u64,
    units: u64,
    values: Moments,
    /// Smallest and largest.
    range: Option<(i64, i64)>,
    quantiles: Option<Quantiles>,
}

impl Point {
    fn value(&mut self, value: f64, wants_quantiles: bool) {
        if !value.is_finite() {
            return;
        }
        let value = (value * UNIT).round() as i64;
        self.values.add(value);
        self.range = Some(self.range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))));
        if wants_quantiles {
            self.quantiles.get_or_insert_default().add(value);
        }
    }

    fn merge(&mut self, other: Point) {
        self.events += other.events;
        self.units += other.units;
        self.values.merge(&other.values);
        self.range = match (self.range, other.range) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        match (&mut self.quantiles, other.quantiles) {
            (Some(mine), Some(theirs)) => mine.merge(&theirs),
            (mine @ None, theirs) => *mine = theirs,
            _ => {}
        }
    }

    fn figure(&self, show: Show) -> Option<f64> {
        let quantile = |q: f64| self.quantiles.as_ref().and_then(|quantiles| quantiles.quantile(q)).map(|value| value / UNIT);
        match show {
            Show::Events => Some(self.events as f64),
            Show::Customers => Some(self.units as f64),
            Show::Sum => Some(self.values.sum() as f64 / UNIT),
            Show::Mean => self.values.mean().map(|mean| mean / UNIT),
            Show::Min => self.range.map(|range| range.0 as f64 / UNIT),
            Show::Max => self.range.map(|range| range.1 as f64 / UNIT),
            Show::Median => quantile(0.5),
            Show::P90 => quantile(0.9),
            Show::P99 => quantile(0.99),
        }
    }

    fn interval(&self, show: Show) -> Option<(f64, f64)> {
        match show {
            Show::Mean => self.values.estimate().map(|estimate| (estimate.low / UNIT, estimate.high / UNIT)),
            Show::Median => {
                self.quantiles.as_ref().and_then(Quantiles::median_estimate).map(|estimate| (estimate.low / UNIT, estimate.high / UNIT))
            }
            _ => None,
        }
    }
}

/// What is counted of trends.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tally {
    units: u64,
    /// By measure: each stretch of time.
    points: Vec<Vec<Point>>,
    /// By measure: how many in the whole period.
    whole: Vec<u64>,
}

impl Tally {
    /// What is counted of a measure in the whole period.
    fn whole(&self, measure: usize) -> Point {
        let mut all = Point::default();
        self.points[measure].iter().for_each(|point| all.merge(point.clone()));
        Point { units: self.whole[measure], ..all }
    }
}

/// Which customers are meant: those with events of a measure, at some time.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The number of the measure, from 1.
    measure: usize,
    /// When the stretch of time begins; the whole period when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Instant>,
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = ();
    type Place = Place;

    fn tally(&self) -> Tally {
        let count = self.measures.len();
        Tally { units: 0, points: vec![vec![Point::default(); self.cuts.len()]; count], whole: vec![0; count] }
    }
    fn scratch(&self) {}

    fn take(&self, run: &Run<'_>, tally: &mut Tally, (): &mut ()) {
        let mut counted = false;
        for (number, measure) in self.measures.iter().enumerate() {
            let points = &mut tally.points[number];
            // Times ascend, so the place is mostly the one before.
            let (mut place, mut ends, mut last) = (0, i64::MIN, None);
            for (row, time) in run.times.iter().enumerate() {
                if !run.meets(row, measure.bit) {
                    continue;
                }
                if *time >= ends {
                    let Some(found) = self.cuts.place(*time) else { continue };
                    (place, ends) = (found, self.cuts.starts[found + 1]);
                }
                let point = &mut points[place];
                point.events += 1;
                point.units += u64::from(last != Some(place));
                last = Some(place);
                if let Some(number) = measure.number {
                    point.value(run.number(number, row), measure.wants_quantiles());
                }
            }
            tally.whole[number] += u64::from(last.is_some());
            counted |= last.is_some();
        }
        tally.units += u64::from(counted);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let mut lines = Vec::new();
        let mut figures = Vec::new();
        for (measure, points) in self.measures.iter().zip(&tally.points) {
            let intervals: Vec<_> = points.iter().map(|point| point.interval(measure.show)).collect();
            lines.push(Line {
                name: measure.title.clone(),
                kind: measure.kind(),
                values: points.iter().map(|point| point.figure(measure.show)).collect(),
                intervals: if intervals.iter().any(Option::is_some) { intervals } else { Vec::new() },
                n: Vec::new(),
            });
        }
        for (number, measure) in self.measures.iter().enumerate().filter(|(_, measure)| measure.show == Show::Mean) {
            let measure_of = Compared::Mean(tally.whole(number).values, UNIT, ColumnKind::Number);
            figures.push(Figure { name: measure.title.clone(), measure: measure_of });
        }
        for (name, formula) in &self.formulas {
            let value = |at: usize| {
                let measures: Vec<Option<f64>> =
                    self.measures.iter().zip(&tally.points).map(|(measure, points)| points[at].figure(measure.show)).collect();
                formula.value(&measures)
            };
            let values = (0..self.cuts.len()).map(value).collect();
            lines.push(Line::plain(name.as_str(), ColumnKind::Number, values));
        }
        let (first, all) = (&self.measures[0], tally.whole(0));
        let caption = if tally.units == 0 {
            "Nothing was found to count in this period.".to_owned()
        } else {
            let value = all.figure(first.show).unwrap_or(0.0);
            let value = if first.number.is_some() { format!("{value:.2}") } else { count(value as u64) };
            format!("{}: {value} in {}.", first.title, period(self.cuts.len() as u64, self.cuts.word()))
        };
        let unfinished_from = self.cuts.first_ending_after(self.known_until.saturating_add(1));
        let series = Series { axis: self.cuts.axis(), lines, style: SeriesStyle::Lines, unfinished_from };
        Told { figures, ..Told::new(caption, View::Series(series)) }
    }

    fn semantics(&self) -> String {
        "Each stretch of time counts by itself; somebody is counted once in each stretch that has one of their events.".to_owned()
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let Some(measure) = place.measure.checked_sub(1).filter(|measure| *measure < self.measures.len()) else { return 0 };
        match place.at {
            None => tally.whole[measure],
            Some(at) => self.cuts.place(at.0).map_or(0, |at| tally.points[measure][at].units),
        }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let mut places = Vec::new();
        for measure in 1..=self.measures.len() {
            places.push(Place { measure, at: None });
            places.extend(self.cuts.instants().map(|start| Place { measure, at: Some(start) }));
        }
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.units += other.units;
        self.whole.iter_mut().zip(other.whole).for_each(|(mine, theirs)| *mine += theirs);
        for (mine, theirs) in self.points.iter_mut().zip(other.points) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| mine.merge(theirs));
        }
    }
}
