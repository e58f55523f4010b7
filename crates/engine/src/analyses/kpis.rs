//! Key figures: each with its interval, by stage, touchpoint or channel, over time, and against the map's targets.

use std::collections::BTreeMap;

use periplus_model::answer::{ColumnKind, Estimate, Line, Series, SeriesStyle, View};
use periplus_model::kpis::{KpiFigure, Kpis as All, Verdict};
use periplus_model::measured::KpiFormat;
use periplus_model::question::Interval;
use periplus_model::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent, period, seconds};
use crate::EngineError;
use crate::calendar::Cuts;
use crate::kind::{self, Asked, Figure, Kind, Measure, Told};
use crate::kpis::places::{By, Places};
use crate::kpis::seen::{Aim, Cell, Counts, Planned, See, Seen, Shown, Sighting};
use crate::kpis::{Around, Definition, guess, named_aims};
use crate::said::Corrected;
use crate::scan::{Run, Totals};

/// So many key figures are asked for at once at most.
const KPIS_MAX: usize = 40;
/// So many lines are drawn over time.
const LINES_MAX: usize = 100;

pub(super) struct Kpis;

/// A question for key figures.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Which; every one that the data supports when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kpis: Vec<Definition>,
    /// By what each is told beside the whole.
    #[serde(default)]
    by: By,
    /// How time is cut, to see them over time; the whole period when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval: Option<Interval>,
    /// Figures of fewer observations than this are not told.
    #[serde(default = "few")]
    at_least: u64,
    /// How people say that texts are meant, by the hash of the text.
    #[serde(default, skip_serializing_if = "Corrected::is_empty")]
    corrected: Corrected,
}

fn few() -> u64 {
    periplus_stats::survey::FEW
}

impl Kind for Kpis {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "kpis"
    }
    fn about(&self) -> &'static str {
        "Key figures (NPS, CSAT, CES, sentiment, response, clicks, conversion, time, repeat purchase, revenue, retention, churn) with their intervals and targets; by stage, touchpoint or channel, or over time."
    }
    fn example(&self) -> Value {
        json!({"by": "none", "at_least": 30})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        if question.kpis.len() > KPIS_MAX {
            return Err(EngineError::Question(format!("it asks for more than {KPIS_MAX} key figures")));
        }
        let (from, to) = asked.period();
        let cuts = question.interval.map(|interval| asked.calendar.cut(interval, from, to)).transpose()?;
        let starts = cuts.as_ref().map_or_else(Vec::new, |cuts| cuts.starts.clone());
        let around = Around { names: asked.names()?.list().to_vec(), by: question.by, starts, corrected: question.corrected.clone() };
        let mut places = Places::of(question.by, asked)?;
        let wanted = if question.kpis.is_empty() { guess(asked, &around) } else { question.kpis.clone() };
        let mut kpis: Vec<Planned> = Vec::new();
        for definition in &wanted {
            let mut planned = definition.plan(asked, &around)?;
            let named = |name: &str| kpis.iter().any(|known| known.name == name);
            if named(&planned.name) {
                let numbered = (2..).map(|number| format!("{} {number}", planned.name)).find(|name| !named(name));
                planned.name = numbered.unwrap_or_default();
            }
            if let Some(shown) = planned.shown.first().filter(|_| planned.aims.is_empty()) {
                planned.aims = named_aims(asked.desk.map, &planned.name, shown.format);
            }
            kpis.push(planned);
        }
        places.heed(kpis.iter().fold(0, |all, kpi| all | kpi.see.answers()));
        Ok(Plan { question, kpis, places, cuts, known_until: asked.known_until(), unit: asked.unit.plural().to_owned() })
    }
}

/// Key figures, understood.
pub(super) struct Plan {
    question: Question,
    kpis: Vec<Planned>,
    places: Places,
    cuts: Option<Cuts>,
    known_until: i64,
    unit: String,
}

/// Of which key figure, where, and when; everywhere and always when absent.
type Key = (u32, Option<u32>, Option<u32>);

/// What is counted of key figures.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    units: u64,
    cells: BTreeMap<Key, Cell>,
    /// Of answers, how many of those that were asked for came.
    responses: BTreeMap<Key, Cell>,
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.units += other.units;
        for (mine, theirs) in [(&mut self.cells, other.cells), (&mut self.responses, other.responses)] {
            theirs.into_iter().for_each(|(key, cell)| mine.entry(key).or_default().merge(cell));
        }
    }
    fn weight(&self) -> u64 {
        (self.cells.len() + self.responses.len()) as u64 * 300
    }
}

/// Whose figure is meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The name of the key figure.
    kpi: String,
    /// The id of the stage, touchpoint or channel; the whole when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// When the stretch of time begins; the whole period when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Instant>,
    /// Which of the customers behind it.
    #[serde(default)]
    who: Who,
}

/// Which of the customers behind a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Who {
    /// All of them.
    #[default]
    All,
    /// Those who are what it counts: promoters, satisfied, came back.
    Yes,
    /// Those who are the opposite.
    No,
}

impl Who {
    const ALL: [Who; 3] = [Who::All, Who::Yes, Who::No];

    fn of(self, cell: &Cell) -> u64 {
        match self {
            Who::All => cell.customers,
            Who::Yes => cell.yes,
            Who::No => cell.no,
        }
    }
}

/// Memory that is used again for every customer.
#[derive(Default)]
pub(super) struct Scratch {
    sightings: Vec<Sighting>,
    keyed: Vec<(Key, Seen)>,
    seen: Vec<Seen>,
    met: Vec<Option<u32>>,
}

impl Plan {
    /// Whether nobody asks where or when something was seen.
    fn is_plain(&self) -> bool {
        self.question.by == By::None && self.cuts.is_none()
    }

    /// Deals a customer's sightings out to where and when they count.
    fn deal(&self, number: usize, counts: Counts, run: &Run<'_>, scratch: &mut Scratch) {
        let kpi = &self.kpis[number];
        let Scratch { sightings, keyed, met, .. } = scratch;
        keyed.clear();
        met.clear();
        for sighting in sightings.iter() {
            let at = self.cuts.as_ref().and_then(|cuts| cuts.place(sighting.at)).map(|at| at as u32);
            let place = self.places.place(run, sighting);
            for place in [kpi.has_whole.then_some(None), place.map(Some)].into_iter().flatten() {
                if counts == Counts::First {
                    if met.contains(&place) {
                        continue;
                    }
                    met.push(place);
                }
                let number = number as u32;
                keyed.push(((number, place, None), sighting.seen));
                keyed.extend(at.map(|at| ((number, place, Some(at)), sighting.seen)));
            }
        }
        keyed.sort_by_key(|(key, _)| *key);
    }

    /// Adds what is seen of one customer; answers whether there was anything.
    fn see(
        &self,
        number: usize,
        (see, counts): (&dyn See, Counts),
        run: &Run<'_>,
        scratch: &mut Scratch,
        into: &mut BTreeMap<Key, Cell>,
    ) -> bool {
        scratch.sightings.clear();
        see.see(run, self.is_plain(), &mut scratch.sightings);
        self.deal(number, counts, run, scratch);
        for here in scratch.keyed.chunk_by(|a, b| a.0 == b.0) {
            scratch.seen.clear();
            scratch.seen.extend(here.iter().map(|(_, seen)| *seen));
            into.entry(here[0].0).or_default().add(counts, &scratch.seen);
        }
        !scratch.sightings.is_empty()
    }

    fn aim(&self, kpi: &Planned, place: Option<u32>) -> Option<Aim> {
        match (place, self.question.by) {
            (Some(place), By::Stage) => kpi.aims.iter().find(|aim| aim.stage as u32 == place).cloned(),
            // What the map says of one stage alone is meant of the whole.
            (None, _) if kpi.has_whole && kpi.aims.len() == 1 => kpi.aims.first().cloned(),
            _ => None,
        }
    }

    fn told(&self, cell: &Cell, shown: &Shown) -> Option<Estimate> {
        (cell.n() >= self.question.at_least).then(|| cell.value(shown)).flatten()
    }

    fn figure(&self, number: usize, place: Option<u32>, tally: &Tally, shown: &Shown) -> KpiFigure {
        let key = (number as u32, place, None);
        let nothing = Cell::default();
        let cell = tally.cells.get(&key).unwrap_or(&nothing);
        let share = Shown::new("", KpiFormat::Share);
        let kpi = &self.kpis[number];
        let value = self.told(cell, shown);
        let is_first = shown.suffix.is_empty();
        let aim = self.aim(kpi, place).filter(|_| is_first);
        let smaller_is_better = aim.as_ref().map_or(kpi.smaller_is_better, |aim| aim.smaller_is_better);
        let target = aim.as_ref().and_then(|aim| aim.target);
        let mut without: Vec<(String, u64)> = cell.without.iter().map(|(why, n)| (why.clone(), *n)).collect();
        without.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let of = place.map(|place| self.places.id(place).to_owned());
        KpiFigure {
            kpi: kpi.kpi.to_owned(),
            name: format!("{}{}", kpi.name, shown.suffix),
            variant: shown.variant.clone(),
            of: place.map(|place| self.places.name(place).to_owned()),
            format: shown.format,
            interval: cell.interval().to_owned(),
            n: cell.n(),
            too_few: cell.n() < self.question.at_least,
            customers: cell.customers,
            yes: cell.yes,
            no: cell.no,
            yes_means: kpi.means[0].to_owned(),
            no_means: kpi.means[1].to_owned(),
            immature: cell.immature,
            without,
            verdict: value.zip(target).map(|(value, target)| Verdict::of(&value, target, smaller_is_better)),
            value,
            response: tally.responses.get(&key).and_then(|response| response.value(&share)),
            target,
            smaller_is_better,
            owner: aim.and_then(|aim| aim.owner),
            place: serde_json::to_value(Place { kpi: kpi.name.clone(), of, at: None, who: Who::All }).unwrap_or_default(),
        }
    }

    /// Every figure that has something behind it, the whole of each first.
    fn figures(&self, tally: &Tally) -> Vec<KpiFigure> {
        let is_idle = |kpi: &Planned, place: Option<u32>, cell: &Cell| kpi.skips_idle && place.is_some() && cell.yes == 0;
        let cells =
            tally.cells.iter().filter(|((number, place, at), cell)| at.is_none() && !is_idle(&self.kpis[*number as usize], *place, cell));
        cells
            .flat_map(|((number, place, _), _)| {
                let number = *number as usize;
                self.kpis[number].shown.iter().map(move |shown| self.figure(number, *place, tally, shown))
            })
            .collect()
    }

    fn lines(&self, tally: &Tally, cuts: &Cuts) -> Vec<Line> {
        let wholes = tally.cells.keys().filter(|(.., at)| at.is_none());
        let line = |(number, place, _): &Key, shown: &Shown| {
            let kpi = &self.kpis[*number as usize];
            let cell = |at: usize| tally.cells.get(&(*number, *place, Some(at as u32)));
            let values: Vec<Option<Estimate>> = (0..cuts.len()).map(|at| self.told(cell(at)?, shown)).collect();
            let place = place.map_or_else(String::new, |place| format!(" · {}", self.places.name(place)));
            Line::estimated(format!("{}{}{place}", kpi.name, shown.suffix), column(shown.format), &values)
        };
        let lines = wholes.flat_map(|key| self.kpis[key.0 as usize].shown.iter().map(move |shown| line(key, shown)));
        lines.filter(|line| line.values.iter().any(Option::is_some)).collect()
    }

    fn notes(&self, figures: &[KpiFigure]) -> Vec<String> {
        let mut notes = Vec::new();
        let few = figures.iter().filter(|figure| figure.too_few && figure.of.is_some()).count() as u64;
        if few > 0 && self.cuts.is_none() {
            notes.push(format!("{} of fewer than {} observations are not told.", period(few, "figure"), self.question.at_least));
        }
        if self.cuts.is_some() {
            notes.push(format!("Points of fewer than {} observations are not shown.", self.question.at_least));
        }
        for figure in figures.iter().filter(|figure| figure.of.is_none() && !figure.without.is_empty()) {
            let why: Vec<String> = figure.without.iter().map(|(why, n)| format!("{} {why}", count(*n))).collect();
            notes.push(format!("{}: texts without a score: {}.", figure.name, why.join(", ")));
        }
        notes
    }
}

/// How a line of figures is to be read.
fn column(format: KpiFormat) -> ColumnKind {
    match format {
        KpiFormat::Share => ColumnKind::Share,
        KpiFormat::Number | KpiFormat::Score => ColumnKind::Number,
        KpiFormat::Seconds => ColumnKind::Seconds,
        KpiFormat::Money => ColumnKind::Money,
    }
}

/// A figure in words.
fn words(format: KpiFormat, value: f64) -> String {
    match format {
        KpiFormat::Share => percent(value),
        KpiFormat::Score => format!("{value:+.0}"),
        KpiFormat::Seconds => seconds(value),
        KpiFormat::Number | KpiFormat::Money => format!("{value:.2}"),
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
        let mut is_counted = false;
        for number in 0..self.kpis.len() {
            let kpi = &self.kpis[number];
            is_counted |= self.see(number, (&*kpi.see, kpi.counts), run, scratch, &mut tally.cells);
            if let Some(see) = &kpi.response {
                self.see(number, (&**see, Counts::Each), run, scratch, &mut tally.responses);
            }
        }
        tally.units += u64::from(is_counted);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.units
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let figures = self.figures(tally);
        let mut notes = self.notes(&figures);
        let told = figures.iter().filter(|figure| figure.of.is_none());
        let told = told.filter_map(|figure| Some(format!("{} {}", figure.name, words(figure.format, figure.value?.value))));
        let all: Vec<String> = told.collect();
        let missed = figures.iter().filter(|figure| figure.verdict == Some(Verdict::Missed)).count() as u64;
        let aimed = figures.iter().filter(|figure| figure.verdict.is_some()).count() as u64;
        let mut caption = match (all.is_empty(), figures.iter().any(|figure| figure.value.is_some())) {
            (false, _) => format!("{}.", all.iter().take(5).cloned().collect::<Vec<_>>().join(", ")),
            (true, true) => format!("{} by {}.", period(figures.len() as u64, "figure"), self.question.by.word().unwrap_or("place")),
            (true, false) => "There is too little to tell any key figure.".to_owned(),
        };
        if aimed > 0 {
            caption += &format!(" Of {}, {} surely missed.", period(aimed, "target"), count(missed));
        }
        let immature = tally.cells.iter().filter(|((_, place, at), _)| place.is_none() && at.is_none());
        let immature = immature.map(|(_, cell)| cell.immature).max().unwrap_or(0);
        let compared =
            tally.cells.iter().filter(|((_, place, at), cell)| place.is_none() && at.is_none() && cell.n() >= self.question.at_least);
        let compared = compared.filter_map(|((number, ..), cell)| {
            let kpi = &self.kpis[*number as usize];
            let shown = kpi.shown.first()?;
            let measure = match (cell.share(), cell.moments()) {
                (Some((part, n)), _) => Measure::Share(part, n),
                (_, Some((moments, unit))) => Measure::Mean(moments, unit, column(shown.format)),
                _ => return None,
            };
            Some(Figure { name: kpi.name.clone(), measure })
        });
        let compared: Vec<Figure> = compared.collect();
        let view = match &self.cuts {
            None => View::Kpis(Box::new(All {
                by: self.question.by.word().map(str::to_owned),
                unit: self.unit.clone(),
                at_least: self.question.at_least,
                figures,
            })),
            Some(cuts) => {
                let mut lines = self.lines(tally, cuts);
                if lines.len() > LINES_MAX {
                    notes.push(format!("{} more lines are not shown; ask for fewer key figures.", lines.len() - LINES_MAX));
                    lines.truncate(LINES_MAX);
                }
                let unfinished_from = cuts.first_ending_after(self.known_until.saturating_add(1));
                View::Series(Series { axis: cuts.axis(), lines, style: SeriesStyle::Lines, unfinished_from })
            }
        };
        Told { immature, notes, figures: compared, ..Told::new(caption, view) }
    }

    fn semantics(&self) -> String {
        let by = match self.question.by {
            By::None => String::new(),
            By::Stage => "; an answer counts for the stage that it is about, everything else for the stage in which it happens".to_owned(),
            By::Touchpoint => {
                "; an answer counts for the touchpoint that it is about, everything else for the one at which it happens".to_owned()
            }
            By::Channel => "; an answer counts for the channel of what it is about, everything else for that of its event".to_owned(),
        };
        format!(
            "Each key figure is reckoned as its variant says, with a 95 % interval; whose time is not over yet is not judged{by}. A target is met or missed when the whole interval says so."
        )
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let Some(number) = self.kpis.iter().position(|kpi| kpi.name == place.kpi) else { return 0 };
        let at = match (place.at, &self.cuts) {
            (None, _) => None,
            (Some(at), Some(cuts)) => match cuts.place(at.0) {
                Some(at) => Some(at as u32),
                None => return 0,
            },
            (Some(_), None) => return 0,
        };
        let of = place.of.as_deref().map(|id| self.places.of_id(id));
        tally.cells.get(&(number as u32, of, at)).map_or(0, |cell| place.who.of(cell))
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let starts: Vec<Instant> = self.cuts.as_ref().map_or_else(Vec::new, |cuts| cuts.instants().collect());
        let place = |(number, place, at): &Key| Place {
            kpi: self.kpis[*number as usize].name.clone(),
            of: place.map(|place| self.places.id(place).to_owned()),
            at: at.and_then(|at| starts.get(at as usize).copied()),
            who: Who::All,
        };
        let all = tally.cells.keys().map(place).flat_map(|place| Who::ALL.map(|who| Place { who, ..place.clone() }));
        all.filter(|place| self.count(tally, place) > 0).collect()
    }
}
