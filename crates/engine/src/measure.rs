//! Measuring a journey map: one pass over the customers, for everybody and for each persona at once.
//!
//! How it counts. A customer enters a stage with the first event that meets the stage's `entry` (any event of one of its
//! touchpoints when there is none), and has gone on to the next stage when an event enters that one afterwards, within
//! the stage's time limit. An event that several stages declare as their entry enters the last of them that the
//! customer has come up to, so a purchase may open one stage and, after a redemption, another. Only customers whose time limit is over are in the denominator of the conversion. Somebody
//! who enters an earlier stage than the one they are in goes back.

use periplus_maps::{JourneyMap, KpiKind};
use periplus_model::answer::{Estimate, View};
use periplus_model::measured::{
    BeliefGap, Coverage, EVERYBODY, JourneyFeeling, Lane, MeasuredGroup, MeasuredKpi, MeasuredMap, MeasuredStage, MeasuredTouchpoint,
    Quote, StageInfo, TouchpointInfo,
};
use periplus_model::time::Instant;
use periplus_stats::emotion::{gaps, peak_end};
use periplus_stats::{Moments, Quantiles, wilson};
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::about::About;
use crate::entries::Entries;
use crate::kind::{self, Asked, Figure, Told};
use crate::kpis::following;
use crate::kpis::seen::{See, Seen};
use crate::lens::{Lens, NONE, Number};
use crate::said::Source;
use crate::scan::{Run, Totals};

/// Emotions are added up in millionths.
const EMOTION: f64 = 1e6;
/// How many comments are shown per stage and group.
const QUOTES: usize = 3;
/// How many unmapped events are named.
const UNMAPPED: usize = 12;

/// Which of a map's counts of people is meant: a stage's or a touchpoint's, of everybody or of a persona.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// The id of a persona; everybody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    persona: Option<String>,
    /// The id of a stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    /// The id of a touchpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    touchpoint: Option<String>,
    /// Who, at the stage: those who entered it when absent.
    #[serde(default)]
    who: Who,
}

impl Place {
    /// All of a group of the measured map, by its id.
    pub(crate) fn of(group: &str) -> Place {
        let persona = (group != EVERYBODY).then(|| group.to_owned());
        Place { persona, stage: None, touchpoint: None, who: Who::Entered }
    }

    pub(crate) fn stage(self, id: &str) -> Place {
        Place { stage: Some(id.to_owned()), ..self }
    }

    pub(crate) fn touchpoint(self, id: &str) -> Place {
        Place { touchpoint: Some(id.to_owned()), ..self }
    }

    pub(crate) fn who(self, who: Who) -> Place {
        Place { who, ..self }
    }
}

/// Who, at a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Who {
    /// Those who entered it.
    #[default]
    Entered,
    /// Those who went on to the next stage in time.
    WentOn,
    /// Those whose time to go on is not over yet.
    Immature,
    /// Those who entered no later stage.
    DroppedOff,
    /// Those who went back to an earlier one.
    WentBack,
}

impl Who {
    const ALL: [Who; 5] = [Who::Entered, Who::WentOn, Who::Immature, Who::DroppedOff, Who::WentBack];
}

/// What is shown of a measured map: a caption and a view.
pub(crate) type Show = fn(MeasuredMap) -> (String, View);

/// A map, measured.
pub(crate) struct Measuring {
    map: JourneyMap,
    rules: Rules,
    show: Show,
}

impl Measuring {
    /// Understands a question about a map.
    ///
    /// # Errors
    /// When one of the map's conditions cannot be used.
    pub(crate) fn of(asked: &mut Asked<'_>, show: Show) -> Result<Measuring, EngineError> {
        let map = asked.map()?;
        if asked.shared.unit.is_some() {
            return Err(EngineError::Question("the map says what is counted (its \"unit\"); leave \"unit\" out".to_owned()));
        }
        asked.as_mapped(map)?;
        asked.lens.census = true;
        let rules = Rules::new(map, asked)?;
        asked.lens.keep_all |= rules.inactivity.is_some();
        Ok(Measuring { map: map.clone(), rules, show })
    }

    fn group(&self, place: &Place) -> Option<usize> {
        match &place.persona {
            None => Some(0),
            Some(id) => self.map.personas.iter().position(|persona| persona.id == *id).map(|place| place + 1),
        }
    }
}

impl kind::Plan for Measuring {
    type Tally = Tallies;
    type Scratch = Journey;
    type Place = Place;

    fn tally(&self) -> Tallies {
        Tallies::new(&self.rules)
    }
    fn scratch(&self) -> Journey {
        Journey::default()
    }
    fn take(&self, run: &Run<'_>, tally: &mut Tallies, journey: &mut Journey) {
        tally.take(&self.rules, journey, run);
    }
    fn units(&self, tally: &Tallies) -> u64 {
        tally.groups[0].customers
    }
    fn tell(&self, tally: &Tallies, totals: &Totals) -> Told {
        let immature = tally.groups[0].stages.iter().map(|stage| stage.immature).sum();
        let figures = tally.groups[0].stages.iter().zip(&self.map.stages).flat_map(|(stage, info)| {
            [
                Figure::share(format!("share in {}", info.name), stage.customers, tally.groups[0].customers),
                Figure::share(format!("go on from {}", info.name), stage.converted, stage.mature),
            ]
        });
        let figures = figures.collect();
        let (caption, view) = (self.show)(tally.tell(&self.map, &self.rules, coverage(totals)));
        Told { immature, figures, ..Told::new(caption, view) }
    }
    fn semantics(&self) -> String {
        "Each counts once per stage, from the first time it is entered; conversion is to the next stage, afterwards, within the time limit, among those whose limit is over.".to_owned()
    }
    fn count(&self, tally: &Tallies, place: &Place) -> u64 {
        let Some(number) = self.group(place) else { return 0 };
        let Some(group) = tally.groups.get(number) else { return 0 };
        if let Some(id) = &place.touchpoint {
            let found = self.map.touchpoints.iter().position(|touchpoint| touchpoint.id == *id);
            return found.map_or(0, |found| group.touchpoints[found].0);
        }
        let Some(id) = &place.stage else { return group.customers };
        let Some(stage) = self.map.stage_index(id) else { return 0 };
        let tally = &group.stages[stage];
        match place.who {
            Who::Entered => tally.customers,
            Who::WentOn => tally.converted,
            Who::Immature => tally.immature,
            // Nothing comes after the last stage.
            Who::DroppedOff if stage + 1 == self.map.stages.len() => 0,
            Who::DroppedOff => tally.dropped,
            Who::WentBack => tally.back_customers,
        }
    }
    fn places(&self, tally: &Tallies) -> Vec<Place> {
        let mut places = Vec::new();
        for group in std::iter::once(EVERYBODY).chain(self.map.personas.iter().map(|persona| persona.id.as_str())) {
            let place = Place::of(group);
            for stage in &self.map.stages {
                places.extend(Who::ALL.map(|who| place.clone().stage(&stage.id).who(who)));
            }
            places.extend(self.map.touchpoints.iter().map(|t| place.clone().touchpoint(&t.id)));
            places.push(place);
        }
        places.retain(|place| self.count(tally, place) > 0);
        places
    }
}

/// How much of the data a map covers.
fn coverage(totals: &Totals) -> Coverage {
    let mut unmapped: Vec<(String, u64)> =
        totals.census.iter().map(|(name, (events, mapped))| (name.clone(), events - mapped)).filter(|(_, events)| *events > 0).collect();
    unmapped.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    unmapped.truncate(UNMAPPED);
    let sum = |of: fn(&(u64, u64)) -> u64| totals.census.values().map(of).sum();
    Coverage { events: sum(|(events, _)| *events), mapped: sum(|(_, mapped)| *mapped), unmapped }
}

/// A map, compiled.
struct Rules {
    stages: Vec<PlanStage>,
    entries: Entries,
    scores: Vec<Source>,
    about: About,
    /// Of which surveys it is asked how many were answered.
    asks: Vec<Asks>,
    start: Option<u32>,
    finish: Option<u32>,
    inactivity: Option<i64>,
    /// The places of the personas in the lens.
    personas: Vec<u32>,
    watermark: i64,
}

/// The surveys that ask for a key figure of a stage.
struct Asks {
    stage: usize,
    /// The place of the key figure among those of the stage.
    kpi: usize,
    /// The stage that its answers speak of, if they always speak of the same.
    of: Option<usize>,
    see: Box<dyn See>,
}

struct PlanStage {
    exit: Option<u32>,
    limit: i64,
    kpis: Vec<PlanKpi>,
}

enum PlanKpi {
    /// Told from what is measured anyway.
    Conversion,
    Reach,
    Time,
    /// A score and how its marks are summed up.
    Marks(usize, Marks),
    Mean {
        number: usize,
        bit: Option<u32>,
    },
    Sum {
        number: usize,
        bit: Option<u32>,
    },
    Count(u32),
    /// The place of its segment in the lens.
    Share(u32),
    /// The map has no score for it.
    Nothing,
}

#[derive(Clone, Copy)]
enum Marks {
    Nps,
    /// Share of marks in the best part of the scale that begins here (0 to 1).
    Best(f64),
}

impl Rules {
    fn new(map: &JourneyMap, asked: &mut Asked<'_>) -> Result<Rules, EngineError> {
        let known_until = asked.known_until();
        let asks = asks(map, asked)?;
        let lens = &mut asked.lens;
        let about = About::of(map, lens)?;
        let scores: Vec<Source> = map.scores.iter().map(|score| Source::of_score(score, Some(map), lens)).collect::<Result<_, _>>()?;
        let bit = |lens: &mut Lens, condition: &Option<_>| condition.as_ref().map(|c| lens.bit(c, Some(map))).transpose();
        let mut stages = Vec::new();
        for stage in &map.stages {
            let mut kpis = Vec::new();
            for kpi in &stage.kpis {
                let score = map.score_of(kpi).and_then(|score| map.scores.iter().position(|s| s.name == score.name));
                let money =
                    |lens: &mut Lens, property: &Option<String>| lens.number(property.clone().map_or(Number::Amount, Number::Property));
                kpis.push(match (&kpi.kind, score) {
                    (KpiKind::Conversion, _) => PlanKpi::Conversion,
                    (KpiKind::Reach, _) => PlanKpi::Reach,
                    (KpiKind::TimeToNext, _) => PlanKpi::Time,
                    (KpiKind::Nps, Some(score)) => PlanKpi::Marks(score, Marks::Nps),
                    // The two best of five marks; the three best of seven.
                    (KpiKind::Csat, Some(score)) => PlanKpi::Marks(score, Marks::Best(0.75)),
                    (KpiKind::Ces, Some(score)) => {
                        PlanKpi::Marks(score, Marks::Best(if scores[score].span() >= 6.0 { 4.0 / 6.0 } else { 0.75 }))
                    }
                    (KpiKind::Nps | KpiKind::Csat | KpiKind::Ces, None) => PlanKpi::Nothing,
                    (KpiKind::Mean { property, when }, _) => {
                        PlanKpi::Mean { number: lens.number(Number::Property(property.clone())), bit: bit(lens, when)? }
                    }
                    (KpiKind::Sum { property, when }, _) => PlanKpi::Sum { number: money(lens, property), bit: bit(lens, when)? },
                    (KpiKind::Count { when }, _) => PlanKpi::Count(lens.bit(when, Some(map))?),
                    (KpiKind::Share { segment }, _) => PlanKpi::Share(lens.segment(segment, Some(map))?),
                });
            }
            let limit = stage.time_limit.or(map.window).map_or(i64::MAX, |span| span.0);
            stages.push(PlanStage { exit: bit(lens, &stage.exit)?, limit, kpis });
        }
        let entries = Entries::of(map, lens)?;
        let rule = map.journey.clone().unwrap_or_default();
        let personas = map.personas.iter().map(|p| lens.segment(&p.segment, Some(map))).collect::<Result<Vec<_>, _>>()?;
        if personas.len() > 15 {
            return Err(EngineError::Question("a map has at most 15 personas".to_owned()));
        }
        Ok(Rules {
            stages,
            entries,
            scores,
            about,
            asks,
            start: bit(lens, &rule.start)?,
            finish: bit(lens, &rule.end)?,
            inactivity: rule.inactivity.map(|span| span.0),
            personas,
            watermark: known_until,
        })
    }

    /// What is counted, in the plural.
    fn unit<'a>(&self, map: &'a JourneyMap) -> &'a str {
        if self.cuts_journeys() { "journeys" } else { map.unit.plural() }
    }

    fn cuts_journeys(&self) -> bool {
        self.start.is_some() || self.finish.is_some() || self.inactivity.is_some()
    }

    /// Where each journey of a customer begins and ends.
    fn journeys(&self, run: &Run<'_>) -> Vec<std::ops::Range<usize>> {
        let has = |bit: Option<u32>, index: usize| bit.is_some_and(|bit| run.mask(index) >> bit & 1 == 1);
        let mut journeys = Vec::new();
        let mut open: Option<usize> = None;
        for index in 0..run.times.len() {
            let paused = self.inactivity.is_some_and(|pause| index > 0 && run.times[index] - run.times[index - 1] > pause);
            if let Some(from) = open
                && (paused || has(self.start, index))
            {
                journeys.push(from..index);
                open = None;
            }
            if open.is_none() && (self.start.is_none() || has(self.start, index)) {
                open = Some(index);
            }
            if let Some(from) = open
                && has(self.finish, index)
            {
                journeys.push(from..index + 1);
                open = None;
            }
        }
        journeys.extend(open.map(|from| from..run.times.len()));
        journeys
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct StageTally {
    customers: u64,
    events: u64,
    mature: u64,
    converted: u64,
    immature: u64,
    dropped: u64,
    waits: Quantiles,
    back_customers: u64,
    back_count: u64,
    emotion: Moments,
    kpis: Vec<KpiTally>,
    /// The comments with the smallest hashes: a sample that does not depend on the order of merging.
    quotes: Vec<(u64, String, Option<f64>)>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct KpiTally {
    good: u64,
    bad: u64,
    n: u64,
    values: Moments,
    /// How many surveys were asked for it, and how many of them answered.
    asked: u64,
    answered: u64,
}

#[derive(Serialize, Deserialize)]
struct GroupTally {
    customers: u64,
    stages: Vec<StageTally>,
    touchpoints: Vec<(u64, u64)>,
}

/// What is counted of a map, for everybody and for each persona.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tallies {
    groups: Vec<GroupTally>,
    first: i64,
    last: i64,
}

/// What one journey did; used over and over.
#[derive(Default)]
pub(crate) struct Journey {
    entered: Vec<Option<i64>>,
    next: Vec<Option<i64>>,
    later: Vec<bool>,
    back: Vec<u64>,
    events: Vec<u64>,
    touched: Vec<u64>,
    emotions: Vec<(usize, f64)>,
    marks: Vec<(usize, usize, f64)>,
    quotes: Vec<(usize, u64, String, Option<f64>)>,
    sums: Vec<Vec<(f64, u64)>>,
}

impl kind::Tally for Tallies {
    fn merge(&mut self, other: Tallies) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        for (mine, theirs) in self.groups.iter_mut().zip(other.groups) {
            mine.customers += theirs.customers;
            for (mine, theirs) in mine.touchpoints.iter_mut().zip(theirs.touchpoints) {
                mine.0 += theirs.0;
                mine.1 += theirs.1;
            }
            for (mine, theirs) in mine.stages.iter_mut().zip(theirs.stages) {
                mine.customers += theirs.customers;
                mine.events += theirs.events;
                mine.mature += theirs.mature;
                mine.converted += theirs.converted;
                mine.immature += theirs.immature;
                mine.dropped += theirs.dropped;
                mine.waits.merge(&theirs.waits);
                mine.back_customers += theirs.back_customers;
                mine.back_count += theirs.back_count;
                mine.emotion.merge(&theirs.emotion);
                mine.quotes.extend(theirs.quotes);
                keep_few(&mut mine.quotes);
                for (mine, theirs) in mine.kpis.iter_mut().zip(theirs.kpis) {
                    mine.good += theirs.good;
                    mine.bad += theirs.bad;
                    mine.n += theirs.n;
                    mine.values.merge(&theirs.values);
                    mine.asked += theirs.asked;
                    mine.answered += theirs.answered;
                }
            }
        }
    }
}

impl Tallies {
    fn new(plan: &Rules) -> Tallies {
        let stage = |stage: &PlanStage| StageTally { kpis: vec![KpiTally::default(); stage.kpis.len()], ..StageTally::default() };
        let group = || GroupTally {
            customers: 0,
            stages: plan.stages.iter().map(stage).collect(),
            touchpoints: vec![(0, 0); plan.entries.stage_of.len()],
        };
        Tallies { groups: (0..=plan.personas.len()).map(|_| group()).collect(), first: i64::MAX, last: i64::MIN }
    }

    /// Follows one journey through the stages.
    fn follow(plan: &Rules, journey: &mut Journey, run: &Run<'_>, range: std::ops::Range<usize>) {
        let stages = plan.stages.len();
        journey.reset(plan);
        let mut current: Option<usize> = None;
        let mut furthest: Option<usize> = None;
        for index in range {
            let (code, mask, time) = (run.codes[index], run.mask(index), run.times[index]);
            if code != NONE {
                journey.touched[code as usize] += 1;
                journey.events[plan.entries.stage_of[code as usize]] += 1;
            }
            if let Some(stage) = plan.entries.enters(code, mask, furthest) {
                if let Some(before) = current.filter(|before| stage < *before) {
                    journey.back[before] += 1;
                }
                if stage > 0
                    && let Some(start) = journey.entered[stage - 1]
                    && journey.next[stage - 1].is_none()
                    && time - start <= plan.stages[stage - 1].limit
                {
                    journey.next[stage - 1] = Some(time - start);
                }
                for earlier in 0..stage {
                    journey.later[earlier] |= journey.entered[earlier].is_some();
                }
                journey.entered[stage].get_or_insert(time);
                current = Some(stage);
                furthest = furthest.max(current);
            }
            let here = current.or_else(|| plan.entries.stage_of.get(code as usize).copied());
            for (number, score) in plan.scores.iter().enumerate().filter(|(_, score)| score.means(run, index)) {
                let Some(stage) = plan.about.subject(run, index, score.stage).stage.or(here) else { continue };
                let place = score.mark(run, index);
                if let Some(place) = place {
                    journey.emotions.push((stage, place * 2.0 - 1.0));
                    journey.marks.push((stage, number, place));
                }
                if let Some(text) = score.words(run, index) {
                    journey.quotes.push((stage, mix(run.key, time), text.to_string(), place.map(|p| p * 2.0 - 1.0)));
                }
            }
            for (stage, planned) in plan.stages.iter().enumerate() {
                for (place, kpi) in planned.kpis.iter().enumerate() {
                    let has = |bit: &Option<u32>| bit.is_none_or(|bit| mask >> bit & 1 == 1);
                    let value = match kpi {
                        PlanKpi::Mean { number, bit } | PlanKpi::Sum { number, bit }
                            if has(bit) && (bit.is_some() || here == Some(stage)) =>
                        {
                            run.number(*number, index)
                        }
                        PlanKpi::Count(bit) if mask >> bit & 1 == 1 => 1.0,
                        _ => f64::NAN,
                    };
                    if value.is_finite() {
                        let sum = &mut journey.sums[stage][place];
                        sum.0 += value;
                        sum.1 += 1;
                    }
                }
            }
            if current.is_some_and(|stage| plan.stages[stage].exit.is_some_and(|bit| mask >> bit & 1 == 1)) {
                current = None;
            }
        }
        debug_assert_eq!(journey.entered.len(), stages);
    }

    /// Adds the journey that was followed to one group.
    fn add(&mut self, plan: &Rules, journey: &Journey, group: usize, run: &Run<'_>) {
        let tally = &mut self.groups[group];
        tally.customers += 1;
        for (mine, touched) in tally.touchpoints.iter_mut().zip(&journey.touched) {
            mine.0 += u64::from(*touched > 0);
            mine.1 += touched;
        }
        for (stage, mine) in tally.stages.iter_mut().enumerate() {
            let planned = &plan.stages[stage];
            mine.events += journey.events[stage];
            mine.back_count += journey.back[stage];
            mine.back_customers += u64::from(journey.back[stage] > 0);
            let Some(entered) = journey.entered[stage] else { continue };
            mine.customers += 1;
            mine.dropped += u64::from(!journey.later[stage]);
            // With a time limit, those who entered lately may still go on and are not judged yet.
            let mature = planned.limit == i64::MAX || entered.saturating_add(planned.limit) <= plan.watermark;
            if mature {
                mine.mature += 1;
                mine.converted += u64::from(journey.next[stage].is_some());
            } else {
                mine.immature += 1;
            }
            if let Some(wait) = journey.next[stage] {
                mine.waits.add(wait);
            }
            for (place, kpi) in planned.kpis.iter().enumerate() {
                let tally = &mut mine.kpis[place];
                let (sum, n) = journey.sums[stage][place];
                match kpi {
                    PlanKpi::Mean { .. } if n > 0 => tally.values.add((sum / n as f64 * EMOTION).round() as i64),
                    PlanKpi::Sum { .. } | PlanKpi::Count(_) => tally.values.add((sum * EMOTION).round() as i64),
                    PlanKpi::Share(segment) => {
                        tally.n += 1;
                        tally.good += u64::from(run.is_in(*segment));
                    }
                    _ => {}
                }
            }
        }
        for (stage, emotion) in &journey.emotions {
            tally.stages[*stage].emotion.add((emotion * EMOTION).round() as i64);
        }
        for (stage, score, place) in &journey.marks {
            for (at, kpi) in plan.stages[*stage].kpis.iter().enumerate() {
                if let PlanKpi::Marks(wanted, marks) = kpi
                    && wanted == score
                {
                    let mine = &mut tally.stages[*stage].kpis[at];
                    mine.n += 1;
                    match marks {
                        // 9 and 10 of 0 to 10 promote, 0 to 6 detract.
                        Marks::Nps if *place > 0.85 => mine.good += 1,
                        Marks::Nps if *place < 0.65 => mine.bad += 1,
                        Marks::Best(from) if *place > from - 1e-9 => mine.good += 1,
                        _ => {}
                    }
                }
            }
        }
        for (stage, hash, text, score) in &journey.quotes {
            let quotes = &mut tally.stages[*stage].quotes;
            if quotes.len() < QUOTES || quotes.iter().any(|(known, ..)| hash < known) {
                quotes.push((*hash, text.clone(), *score));
                keep_few(quotes);
            }
        }
    }

    /// Counts the surveys that were asked, and answered.
    fn take_asks(&mut self, plan: &Rules, run: &Run<'_>, members: u16) {
        for asks in &plan.asks {
            let mut sightings = Vec::new();
            asks.see.see(run, false, &mut sightings);
            for sighting in sightings {
                let (Seen::Share(answered), Some(stage)) = (sighting.seen, plan.about.subject(run, sighting.row, asks.of).stage) else {
                    continue;
                };
                if stage != asks.stage {
                    continue;
                }
                let personas = (0..plan.personas.len()).filter(|place| members >> place & 1 == 1).map(|place| place + 1);
                for group in std::iter::once(0).chain(personas) {
                    let tally = &mut self.groups[group].stages[stage].kpis[asks.kpi];
                    tally.asked += 1;
                    tally.answered += u64::from(answered);
                }
            }
        }
    }

    /// Counts one customer.
    fn take(&mut self, plan: &Rules, journey: &mut Journey, run: &Run<'_>) {
        if let (Some(first), Some(last)) = (run.times.first(), run.times.last()) {
            self.first = self.first.min(*first);
            self.last = self.last.max(*last);
        }
        let members = plan.personas.iter().enumerate().fold(0u16, |mask, (place, persona)| mask | u16::from(run.is_in(*persona)) << place);
        self.take_asks(plan, run, members);
        for range in plan.journeys(run) {
            Tallies::follow(plan, journey, run, range.clone());
            if journey.touched.iter().all(|n| *n == 0) && journey.entered.iter().all(Option::is_none) {
                continue;
            }
            self.add(plan, journey, 0, run);
            for place in 0..plan.personas.len() {
                if members >> place & 1 == 1 {
                    self.add(plan, journey, place + 1, run);
                }
            }
        }
    }

    fn tell(&self, map: &JourneyMap, plan: &Rules, coverage: Coverage) -> MeasuredMap {
        let groups = self
            .groups
            .iter()
            .enumerate()
            .map(|(number, tally)| {
                let persona = number.checked_sub(1).map(|n| &map.personas[n]);
                let mut stages: Vec<MeasuredStage> = map
                    .stages
                    .iter()
                    .enumerate()
                    .map(|(s, stage)| tell_stage(tally, s, stage, &plan.stages[s], map.stages.len()))
                    .collect();
                let felt: Vec<_> = tally.stages.iter().zip(&map.stages).map(|(tally, stage)| (&tally.emotion, stage.believed)).collect();
                for (stage, gap) in stages.iter_mut().zip(gaps(&felt, EMOTION)) {
                    stage.gap = gap.map(|gap| BeliefGap { difference: gap.difference, p: gap.p, is_sure: gap.p < 0.05 });
                }
                MeasuredGroup {
                    id: persona.map_or(EVERYBODY, |p| &p.id).to_owned(),
                    name: persona.map_or("Everybody", |p| &p.name).to_owned(),
                    about: persona.map(|p| p.about.clone()).filter(|about| !about.is_empty()),
                    customers: tally.customers,
                    feeling: feeling(&stages),
                    stages,
                    touchpoints: tally
                        .touchpoints
                        .iter()
                        .map(|(customers, events)| MeasuredTouchpoint {
                            customers: *customers,
                            reach: *customers as f64 / tally.customers.max(1) as f64,
                            events: *events,
                        })
                        .collect(),
                }
            })
            .collect();
        MeasuredMap {
            id: map.id.clone(),
            title: map.title.clone(),
            about: map.about.clone(),
            from: (self.first <= self.last).then_some(Instant(self.first)),
            to: (self.first <= self.last).then_some(Instant(self.last)),
            unit: plan.unit(map).to_owned(),
            stages: map
                .stages
                .iter()
                .map(|stage| StageInfo {
                    id: stage.id.clone(),
                    name: stage.name.clone(),
                    goal: stage.goal.clone(),
                    owner: stage.owner.clone(),
                    believed: stage.believed,
                    hypotheses: stage.hypotheses.iter().map(|h| h.text.clone()).collect(),
                })
                .collect(),
            touchpoints: map
                .touchpoints
                .iter()
                .zip(&plan.entries.stage_of)
                .map(|(t, stage)| TouchpointInfo {
                    id: t.id.clone(),
                    name: t.name.clone(),
                    stage: *stage,
                    channel: t.channel.clone(),
                    owned_by: t.owned_by,
                    offline: t.offline,
                })
                .collect(),
            lanes: if map.lanes.is_empty() { Lane::ALL.to_vec() } else { map.lanes.clone() },
            groups,
            findings: Vec::new(),
            coverage,
        }
    }
}

impl Journey {
    fn reset(&mut self, plan: &Rules) {
        let stages = plan.stages.len();
        fn again<T: Clone>(list: &mut Vec<T>, length: usize, value: T) {
            list.clear();
            list.resize(length, value);
        }
        again(&mut self.entered, stages, None);
        again(&mut self.next, stages, None);
        again(&mut self.later, stages, false);
        again(&mut self.back, stages, 0);
        again(&mut self.events, stages, 0);
        again(&mut self.touched, plan.entries.stage_of.len(), 0);
        self.emotions.clear();
        self.marks.clear();
        self.quotes.clear();
        self.sums.clear();
        self.sums.extend(plan.stages.iter().map(|stage| vec![(0.0, 0); stage.kpis.len()]));
    }
}

fn keep_few(quotes: &mut Vec<(u64, String, Option<f64>)>) {
    quotes.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    quotes.dedup_by(|a, b| a.1 == b.1);
    quotes.truncate(QUOTES);
}

/// A hash of two numbers (the finalizer of SplitMix64).
fn mix(key: i64, time: i64) -> u64 {
    let mut x = (key as u64) ^ (time as u64).rotate_left(32);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The surveys that ask for the key figures of a map.
fn asks(map: &JourneyMap, asked: &mut Asked<'_>) -> Result<Vec<Asks>, EngineError> {
    let mut all = Vec::new();
    for (stage, declared) in map.stages.iter().enumerate() {
        for (place, kpi) in declared.kpis.iter().enumerate() {
            let kind = match kpi.kind {
                KpiKind::Nps => "nps",
                KpiKind::Csat => "csat",
                KpiKind::Ces => "ces",
                _ => continue,
            };
            let of = map.score_of(kpi).and_then(|score| map.stage_index(score.stage.as_ref()?));
            all.extend(following::answers(kind, asked)?.map(|see| Asks { stage, kpi: place, of, see }));
        }
    }
    Ok(all)
}

/// What remains of a journey.
fn feeling(stages: &[MeasuredStage]) -> Option<JourneyFeeling> {
    let curve: Vec<_> = stages.iter().map(|stage| stage.emotion).collect();
    peak_end(&curve).map(|told| JourneyFeeling { score: told.score, mean: told.mean, peak: told.peak, end: told.end })
}

fn scaled(moments: &Moments) -> Option<Estimate> {
    moments.estimate().map(|estimate| per(estimate, EMOTION))
}

/// An estimate in another unit.
fn per(estimate: Estimate, unit: f64) -> Estimate {
    Estimate { value: estimate.value / unit, low: estimate.low / unit, high: estimate.high / unit, n: estimate.n }
}

fn tell_stage(group: &GroupTally, index: usize, stage: &periplus_maps::Stage, plan: &PlanStage, stages: usize) -> MeasuredStage {
    let tally = &group.stages[index];
    let last = index + 1 == stages;
    let conversion = if last { None } else { wilson(tally.converted, tally.mature) };
    let wait = tally.waits.median().map(|micros| micros / 1e6);
    let kpis = stage.kpis.iter().zip(&plan.kpis).zip(&tally.kpis).map(|((kpi, planned), tally)| MeasuredKpi {
        name: kpi.name.clone(),
        value: match planned {
            PlanKpi::Conversion => conversion,
            PlanKpi::Reach => wilson(group.stages[index].customers, group.customers),
            PlanKpi::Time => group.stages[index].waits.median_estimate().map(|wait| per(wait, 1e6)),
            PlanKpi::Marks(_, Marks::Nps) => periplus_stats::nps(tally.good, tally.n - tally.good - tally.bad, tally.bad),
            PlanKpi::Marks(_, Marks::Best(_)) | PlanKpi::Share(_) => wilson(tally.good, tally.n),
            PlanKpi::Mean { .. } | PlanKpi::Sum { .. } => scaled(&tally.values),
            // Nobody has had something less than never, though the interval's formula does not know.
            PlanKpi::Count(_) => scaled(&tally.values).map(|count| Estimate { low: count.low.max(0.0), ..count }),
            PlanKpi::Nothing => None,
        },
        format: kpi.kind.format(),
        target: kpi.target.map(|target| target.value()),
        smaller_is_better: kpi.smaller_is_better(),
        owner: kpi.owner.clone(),
        response: wilson(tally.answered, tally.asked),
    });
    MeasuredStage {
        customers: tally.customers,
        share: tally.customers as f64 / group.customers.max(1) as f64,
        events: tally.events,
        conversion,
        dropped: if last { 0 } else { tally.dropped },
        median_seconds_to_next: wait,
        back_customers: tally.back_customers,
        back_count: tally.back_count,
        emotion: scaled(&tally.emotion),
        gap: None,
        quotes: tally.quotes.iter().map(|(_, text, score)| Quote { text: text.clone(), score: *score }).collect(),
        kpis: kpis.collect(),
    }
}
