//! Retention: of those who started, how many came back, and after how long.

use periplus_kernels::{Bracket, Intervals, RetentionRules};
use periplus_model::answer::{Cohort, CohortCell, Cohorts, View};
use periplus_model::question::Interval;
use periplus_model::time::Instant;
use periplus_stats::{Moments, wilson};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent};
use crate::EngineError;
use crate::calendar::Cuts;
use crate::kind::{self, Asked, Figure, Kind, Told};
use crate::scan::{Run, Totals};
use crate::steps::Step;

pub(super) struct Retention;

/// A question for retention.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// What somebody starts with; any event when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<Step>,
    /// What counts as coming back; any event when absent.
    #[serde(default, rename = "return", skip_serializing_if = "Option::is_none")]
    back: Option<Step>,
    /// How time is cut.
    #[serde(default = "super::week")]
    interval: Interval,
    /// After how many intervals the last look is taken: 1 to 400.
    #[serde(default = "twelve")]
    intervals: u32,
    /// When somebody must come back to count.
    #[serde(default)]
    mode: Mode,
    /// Intervals to take together instead, each from and to (inclusive), such as [[1, 3], [4, 7]].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<(u32, u32)>,
    /// Whether an interval is a stretch of the calendar, or as long but counted from each one's own start.
    #[serde(default)]
    counted: Counted,
    /// Whether somebody belongs only to the cohort of their first start, or to one for each interval in which they started.
    #[serde(default)]
    recurring: bool,
    /// How often somebody must come back within the interval.
    #[serde(default = "one")]
    at_least: usize,
    /// How the cohorts are summed up.
    #[serde(default)]
    overall: Overall,
}

/// When somebody must come back to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// In just that interval.
    #[default]
    Exact,
    /// In that interval or any later one.
    OnOrAfter,
}

/// How intervals are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Counted {
    /// By the calendar: the interval of the start is 0.
    #[default]
    Calendar,
    /// From the start: the first 24 hours (or 7 days, or hour) are 0.
    Rolling,
}

/// How cohorts are summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Overall {
    /// Everybody counts the same.
    #[default]
    Weighted,
    /// Every cohort counts the same.
    Simple,
}

fn twelve() -> u32 {
    12
}

fn one() -> usize {
    1
}

const HOUR: i64 = 3_600_000_000;

impl Kind for Retention {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "retention"
    }
    fn about(&self) -> &'static str {
        "Of those who started, how many came back after so many days, weeks or months; by cohort, with what is not over yet marked."
    }
    fn example(&self) -> Value {
        json!({"interval": "week", "intervals": 8})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let wrong = |text: &str| EngineError::Question(text.to_owned());
        if !(1..=400).contains(&question.intervals) {
            return Err(wrong("\"intervals\" is 1 to 400"));
        }
        if question.ranges.iter().any(|(from, to)| from > to || *to > 400) || question.ranges.len() > 100 {
            return Err(wrong("\"ranges\" are up to 100 pairs of intervals, each from and to, 400 at most"));
        }
        let start = Step::bit_or_any(&question.start, asked)?;
        let back = Step::bit_or_any(&question.back, asked)?;
        asked.lens.keep_all |= start.is_none() || back.is_none();
        let rolling = match (question.counted, question.interval) {
            (Counted::Calendar, _) => None,
            (Counted::Rolling, Interval::Hour) => Some(HOUR),
            (Counted::Rolling, Interval::Day) => Some(24 * HOUR),
            (Counted::Rolling, Interval::Week) => Some(7 * 24 * HOUR),
            (Counted::Rolling, _) => return Err(wrong("months, quarters and years differ in length; count them by the calendar")),
        };
        let brackets = match (question.ranges.is_empty(), question.mode) {
            (false, _) => question.ranges.iter().map(|(from, to)| Bracket { from: *from, to: Some(*to) }).collect(),
            (true, Mode::Exact) => Bracket::exact(question.intervals),
            (true, Mode::OnOrAfter) => Bracket::on_or_after(question.intervals),
        };
        let (from, to) = asked.period();
        let rules = RetentionRules { brackets: brackets.clone(), times_min: question.at_least.max(1), recurring: question.recurring };
        Ok(Plan {
            start,
            back,
            rolling,
            brackets,
            kernel: periplus_kernels::Retention::new(rules),
            cuts: asked.calendar.cut(question.interval, from, to)?,
            known_until: asked.known_until(),
            unit: asked.unit.plural().to_owned(),
            question,
        })
    }
}

/// Retention, understood.
pub(super) struct Plan {
    question: Question,
    start: Option<u32>,
    back: Option<u32>,
    rolling: Option<i64>,
    brackets: Vec<Bracket>,
    kernel: periplus_kernels::Retention,
    cuts: Cuts,
    known_until: i64,
    unit: String,
}

/// What is counted of a cohort.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Counts {
    size: u64,
    /// By interval: who came back; for whom it is over; who of these came back.
    cells: Vec<[u64; 3]>,
}

/// What is counted of retention, by cohort.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tally {
    cohorts: Vec<Counts>,
}

/// Which count is meant: of those who started at a time, those who came back in an interval.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// When the cohort's stretch of time begins; all cohorts when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Instant>,
    /// The column, from 0; all who started when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

/// Memory that is used again for every customer.
pub(super) struct Scratch {
    kernel: periplus_kernels::Retention,
    starts: Vec<i64>,
    returns: Vec<i64>,
}

impl Plan {
    fn intervals(&self) -> Intervals<'_> {
        match self.rolling {
            Some(length) => Intervals::Rolling(length),
            None => Intervals::Calendar(&self.cuts.starts),
        }
    }

    fn heading(&self, bracket: &Bracket) -> String {
        match bracket.to {
            Some(to) if to == bracket.from => to.to_string(),
            Some(to) => format!("{}–{to}", bracket.from),
            None => format!("{}+", bracket.from),
        }
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Scratch;
    type Place = Place;

    fn tally(&self) -> Tally {
        let counts = Counts { size: 0, cells: vec![[0; 3]; self.brackets.len()] };
        Tally { cohorts: vec![counts; self.cuts.len()] }
    }
    fn scratch(&self) -> Scratch {
        Scratch { kernel: self.kernel.clone(), starts: Vec::new(), returns: Vec::new() }
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, scratch: &mut Scratch) {
        let Scratch { kernel, starts, returns } = scratch;
        let pick = |into: &mut Vec<i64>, bit: Option<u32>| {
            into.clear();
            match bit {
                None => into.extend_from_slice(run.times),
                Some(bit) => into.extend(run.times.iter().zip(run.masks).filter(|(_, mask)| *mask >> bit & 1 == 1).map(|(time, _)| *time)),
            }
        };
        pick(starts, self.start);
        pick(returns, self.back);
        let (intervals, now) = (self.intervals(), self.known_until.saturating_add(1));
        kernel.each(starts, returns, intervals, |entrant| {
            let Some(cohort) = self.cuts.place(entrant.start).map(|place| &mut tally.cohorts[place]) else { return };
            cohort.size += 1;
            let passed = intervals.passed(entrant.start, now);
            for ((cell, bracket), back) in cohort.cells.iter_mut().zip(&self.brackets).zip(entrant.back) {
                let is_over = bracket.is_over(passed);
                cell[0] += u64::from(*back);
                cell[1] += u64::from(is_over);
                cell[2] += u64::from(is_over && *back);
            }
        });
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.cohorts.iter().map(|cohort| cohort.size).sum()
    }

    fn tell(&self, tally: &Tally, _totals: &Totals) -> Told {
        let cell = |size: u64, [back, over, both]: [u64; 3]| CohortCell { count: back, share: wilson(both, over), finished: over == size };
        let cohorts = tally.cohorts.iter().enumerate().filter(|(_, cohort)| cohort.size > 0);
        let rows: Vec<Cohort> = cohorts
            .map(|(place, cohort)| Cohort {
                name: self.cuts.label(place),
                size: cohort.size,
                cells: cohort.cells.iter().map(|counts| cell(cohort.size, *counts)).collect(),
            })
            .collect();
        let size = self.units(tally);
        let sum = |column: usize, part: usize| tally.cohorts.iter().map(|cohort| cohort.cells[column][part]).sum::<u64>();
        let overall = (0..self.brackets.len()).map(|column| {
            let mut all = cell(size, [sum(column, 0), sum(column, 1), sum(column, 2)]);
            if self.question.overall == Overall::Simple {
                let mut shares = Moments::default();
                rows.iter().filter_map(|row| row.cells[column].share).for_each(|share| shares.add((share.value * 1e9).round() as i64));
                all.share = shares.estimate().map(|mut mean| {
                    (mean.value, mean.low, mean.high) = (mean.value / 1e9, (mean.low / 1e9).max(0.0), (mean.high / 1e9).min(1.0));
                    mean
                });
            }
            all
        });
        let overall: Vec<CohortCell> = overall.collect();
        let word = self.cuts.word();
        let figures =
            self.brackets.iter().enumerate().map(|(column, bracket)| {
                Figure::share(format!("back in {word} {}", self.heading(bracket)), sum(column, 2), sum(column, 1))
            });
        let figures = figures.collect();
        // The first interval is the start's own and says little.
        let told = overall.iter().zip(&self.brackets).find(|(cell, bracket)| bracket.from > 0 && cell.share.is_some());
        let caption = match told.and_then(|(cell, bracket)| Some((cell.share?, bracket))) {
            _ if size == 0 => "Nobody started in this period.".to_owned(),
            None => format!("{} {} started; it is too early to tell who comes back.", count(size), self.unit),
            Some((share, bracket)) => format!(
                "Of {} {} who started, {} came back in {word} {} (of those for whom it is over).",
                count(size),
                self.unit,
                percent(share.value),
                self.heading(bracket)
            ),
        };
        let view = View::Cohorts(Cohorts {
            by: format!("{word} of the start"),
            after: format!("{word}s after"),
            intervals: self.brackets.iter().map(|bracket| self.heading(bracket)).collect(),
            rows,
            overall: Cohort { name: "all".to_owned(), size, cells: overall },
        });
        // The youngest for whom not even the last column is over.
        let immature = tally.cohorts.iter().map(|cohort| cohort.size - cohort.cells.last().map_or(0, |cell| cell[1])).sum();
        Told { immature, figures, ..Told::new(caption, view) }
    }

    fn semantics(&self) -> String {
        let word = self.cuts.word();
        let from = match self.question.counted {
            Counted::Calendar => format!("by the calendar, the {word} of the start being 0"),
            Counted::Rolling => "from each one's own start".to_owned(),
        };
        let mode = match self.question.mode {
            Mode::OnOrAfter if self.question.ranges.is_empty() => ", in that one or any later",
            _ => "",
        };
        let often = if self.question.at_least > 1 { format!(" at least {} times", self.question.at_least) } else { String::new() };
        let who =
            if self.question.recurring { "Everybody counts once for each start" } else { "Everybody counts once, from the first start" };
        format!(
            "{who}; {word}s are counted {from}. Back is who has a return later than the start{often}{mode}; shares are of those for whom it is over."
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let of = |cohort: &Counts| match place.column {
            None => cohort.size,
            Some(column) => cohort.cells.get(column).map_or(0, |cell| cell[0]),
        };
        match place.at {
            None => tally.cohorts.iter().map(of).sum(),
            Some(at) => self.cuts.place(at.0).map_or(0, |cohort| of(&tally.cohorts[cohort])),
        }
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let columns = || std::iter::once(None).chain((0..self.brackets.len()).map(Some));
        let all = std::iter::once(None).chain(self.cuts.instants().map(Some));
        let mut places: Vec<Place> = all.flat_map(|at| columns().map(move |column| Place { at, column })).collect();
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        for (mine, theirs) in self.cohorts.iter_mut().zip(other.cohorts) {
            mine.size += theirs.size;
            for (mine, theirs) in mine.cells.iter_mut().zip(theirs.cells) {
                mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
            }
        }
    }
}
