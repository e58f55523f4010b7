//! Pains and delights: where customers go back, leave, wait or go on more than others do.
//!
//! Every candidate is a place on the map and a group (a persona, a month, or a persona in a month), compared with
//! everybody else at the same place or, where nobody else ever comes, with everybody else in its stage. Months are taken
//! twice, from the first to the last day and from the middle of one to the middle of the next, so that what lasted a month
//! is not cut in half. All comparisons that were made, not only the striking ones, enter the correction for many tests
//! (Benjamini–Hochberg), so the false discovery rate of what is shown is below 5 %.
//! These are associations: they say where to look, not why.
//!
//! What is compared must be comparable, or the map fills with truisms:
//!
//! - **Loops and exits** are looked for in a customer's first visit to the touchpoint in the period, and within that visit.
//!   Who comes more often has more occasions to go back or to leave, and who comes back next week begins anew.
//! - **Waits** are those for the step that most often follows, if it is usually a matter of more than one visit: the time
//!   until the next click is not waiting, and neither is the time until somebody feels like looking around again.
//! - **Going on** is judged for touchpoints beside the way only, among customers who got at least as far in the stage. An
//!   order precedes every parcel, and says nothing about what makes people go on.
//! - **Scores** of a persona are compared with those of everybody else in the same stage, scores of everybody with those in
//!   the other stages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use periplus_kernels::SessionRules;
use periplus_model::answer::Estimate;
use periplus_model::measured::{Feeling, Signal, SignalKind};
use periplus_stats::{Moments, benjamini_hochberg, two_proportions, wilson};

use serde::{Deserialize, Serialize};

use crate::lens::NONE;

/// A group smaller than this is not judged.
const CUSTOMERS_MIN: u64 = 30;
/// Something that struck fewer customers of the group is an anecdote.
const HITS_MIN: u64 = 10;
/// Where more visits than this end anyway, ending one is no loss.
const USUAL_END: f64 = 0.5;
/// A difference smaller than this is not worth a card, however sure.
const DIFFERENCE_MIN: f64 = 0.03;
/// The false discovery rate.
const FALSE_DISCOVERIES: f64 = 0.05;
/// Signals per group. Delights have fewer places, so that nobody misses a pain.
const PAINS_MAX: usize = 8;
const DELIGHTS_MAX: usize = 4;
/// A pause that ends a visit, in microseconds.
const PAUSE: i64 = SessionRules::MICROS.gap_max;
/// Half-octaves of waiting seconds: up to 2^23.5 s, about 139 days.
const WAITS: usize = 48;
/// Emotions are added up in millionths.
const EMOTION: f64 = 1e6;

/// The whole time, among the periods.
const WHOLE: i32 = i32::MIN;

/// Halves of months, counted: twice the month, and one more from its 16th day on.
fn half(time: i64) -> i32 {
    let instant = periplus_model::time::Instant(time);
    instant.month() * 2 + i32::from(instant.date().2 > 15)
}

/// The periods that half a month belongs to. A period is named after its first half: even ones are calendar months, odd ones
/// go from the middle of a month to the middle of the next.
fn periods(half: i32) -> [i32; 3] {
    [WHOLE, half & !1, (half - 1) | 1]
}

/// Which of the counts behind a signal is meant, beside its stage, touchpoint and persona.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Struck<To> {
    /// What happened.
    pub(crate) what: SignalKind,
    /// The touchpoint that was waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<To>,
    /// Which wait is long: as the number of its half-octave of seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) longer_than: Option<u8>,
    /// When: twice the month, counted from January of the year 0, and one more from the middle of that month to the middle of the
    /// next; always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) period: Option<i32>,
    /// Whether those are meant who went on, or those who did not, where going on is what differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) went_on: Option<bool>,
}

/// What was seen at each touchpoint, by period and membership in personas.
#[derive(Serialize, Deserialize)]
pub(crate) struct Evidence {
    stage_of: Vec<usize>,
    offline: Vec<bool>,
    stages: usize,
    personas: usize,
    /// Place of each touchpoint on the way: by stage, then by the map's order.
    rank: Vec<usize>,
    cells: HashMap<(u32, i32, u16), Cell>,
    /// Customers of each stage.
    present: HashMap<(usize, i32, u16), u64>,
    /// First steps forward: from a touchpoint to another, in a period, by members of some personas, after a wait (as the
    /// number of its bucket).
    forward: HashMap<(u32, u32, i32, u16, u8), u64>,
    back_to: HashMap<(u32, u32), u64>,
    /// By touchpoint: customers who got at least as far in its stage without and with it, each with how many went on.
    gone_on: Vec<[(u64, u64); 2]>,
    emotions: HashMap<(u32, u16), Moments>,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Cell {
    customers: u64,
    back: u64,
    /// Those whose visit ended here, of those whose visit has ended.
    left: u64,
    may_leave: u64,
}

impl Cell {
    fn merge(&mut self, other: &Cell) {
        self.customers += other.customers;
        self.back += other.back;
        self.left += other.left;
        self.may_leave += other.may_leave;
    }
}

/// What happened at a touchpoint in half a month of one journey.
#[derive(Clone, Copy)]
struct Here {
    /// The first visit to it.
    visit: u32,
    /// Whether that visit went back from it.
    back: bool,
    /// Whether that visit ended with it; unknown while it may still go on.
    left: Option<bool>,
    /// The first step forward, and how long it took.
    forward: Option<(u32, i64)>,
}

impl Evidence {
    pub(crate) fn new(stage_of: Vec<usize>, offline: Vec<bool>, stages: usize, personas: usize) -> Evidence {
        let mut order: Vec<usize> = (0..stage_of.len()).collect();
        order.sort_by_key(|t| (stage_of[*t], *t));
        let mut rank = vec![0; order.len()];
        for (place, touchpoint) in order.into_iter().enumerate() {
            rank[touchpoint] = place;
        }
        let gone_on = vec![[(0, 0); 2]; stage_of.len()];
        Evidence {
            stage_of,
            offline,
            stages,
            personas,
            rank,
            cells: HashMap::new(),
            present: HashMap::new(),
            forward: HashMap::new(),
            back_to: HashMap::new(),
            gone_on,
            emotions: HashMap::new(),
        }
    }

    /// Takes one journey.
    pub(crate) fn take(
        &mut self,
        times: &[i64],
        codes: &[u32],
        members: u16,
        watermark: i64,
        entered: &[Option<i64>],
        next: &[Option<i64>],
    ) {
        let mut first_of: HashMap<u32, i64> = HashMap::new();
        let mut halves: BTreeMap<(i32, u32), Here> = BTreeMap::new();
        let mut last: Option<(u32, i64, i32)> = None;
        // Which visit this is, and what was seen in it.
        let (mut visit, mut seen): (u32, Vec<u32>) = (0, Vec::new());
        for (code, time) in codes.iter().zip(times).filter(|(code, _)| **code != NONE) {
            let half = half(*time);
            if let Some((before, since, its_half)) = last
                && let Some(here) = halves.get_mut(&(its_half, before))
            {
                let same_visit = *time - since <= PAUSE;
                let (rank, rank_before) = (self.rank[*code as usize], self.rank[before as usize]);
                if rank > rank_before {
                    here.forward.get_or_insert((*code, *time - since));
                } else if same_visit && here.visit == visit && rank < rank_before && *time > since && seen.contains(code) {
                    // At the same moment there is neither forth nor back.
                    here.back = true;
                    *self.back_to.entry((before, *code)).or_default() += 1;
                }
                if !same_visit {
                    if here.visit == visit {
                        here.left = Some(true);
                    }
                    visit += 1;
                    seen.clear();
                }
            }
            halves.entry((half, *code)).or_insert(Here { visit, back: false, left: Some(false), forward: None });
            if !seen.contains(code) {
                seen.push(*code);
            }
            first_of.entry(*code).or_insert(*time);
            last = Some((*code, *time, half));
        }
        let Some((last, left_at, last_half)) = last else { return };
        if let Some(here) = halves.get_mut(&(last_half, last)).filter(|here| here.visit == visit) {
            here.left = (watermark.saturating_sub(left_at) > PAUSE).then_some(true);
        }
        // Of a period that has both halves, the first visit counts.
        let mut places: BTreeMap<(i32, u32), Here> = BTreeMap::new();
        let mut stages: BTreeSet<(i32, usize)> = BTreeSet::new();
        for ((half, touchpoint), here) in halves {
            for period in periods(half) {
                places.entry((period, touchpoint)).or_insert(here);
                stages.insert((period, self.stage_of[touchpoint as usize]));
            }
        }
        for ((period, touchpoint), Here { back, left, forward, .. }) in places {
            let cell = self.cells.entry((touchpoint, period, members)).or_default();
            cell.customers += 1;
            cell.back += u64::from(back);
            if let Some(left) = left {
                cell.may_leave += 1;
                cell.left += u64::from(left);
            }
            if let Some((to, wait)) = forward {
                *self.forward.entry((touchpoint, to, period, members, bucket(wait))).or_default() += 1;
            }
        }
        for (period, stage) in stages {
            *self.present.entry((stage, period, members)).or_default() += 1;
        }
        // How far somebody got in a stage before going on; only what came before the outcome may explain it.
        let went_on = |stage: usize| entered[stage].map(|start| next[stage].map(|wait| start.saturating_add(wait)));
        let had = |touchpoint: usize, on_at: Option<i64>| {
            first_of.get(&(touchpoint as u32)).is_some_and(|first| on_at.is_none_or(|on_at| *first <= on_at))
        };
        let mut furthest: Vec<Option<usize>> = vec![None; self.stages];
        for (touchpoint, stage) in self.stage_of.iter().enumerate() {
            if let Some(on_at) = went_on(*stage)
                && had(touchpoint, on_at)
            {
                furthest[*stage] = furthest[*stage].max(Some(self.rank[touchpoint]));
            }
        }
        for (touchpoint, stage) in self.stage_of.iter().enumerate() {
            let Some(on_at) = went_on(*stage) else { continue };
            if furthest[*stage] >= Some(self.rank[touchpoint]) {
                let counts = &mut self.gone_on[touchpoint][usize::from(had(touchpoint, on_at))];
                counts.0 += 1;
                counts.1 += u64::from(on_at.is_some());
            }
        }
    }

    /// Takes one score of somebody in a stage.
    pub(crate) fn score(&mut self, stage: usize, members: u16, emotion: f64) {
        self.emotions.entry((stage as u32, members)).or_default().add((emotion * EMOTION).round() as i64);
    }

    /// How many customers (or journeys, or scores) a signal counted.
    pub(crate) fn struck(&self, persona: Option<usize>, stage: usize, touchpoint: Option<u32>, at: &Struck<u32>) -> u64 {
        let mine = |members: u16| persona.is_none_or(|persona| members >> persona & 1 == 1);
        let period = at.period.unwrap_or(WHOLE);
        let cells = |of: fn(&Cell) -> u64| {
            let here = self.cells.iter().filter(|((its, when, members), _)| Some(*its) == touchpoint && *when == period && mine(*members));
            here.map(|(_, cell)| of(cell)).sum()
        };
        match at.what {
            SignalKind::Loop => cells(|cell| cell.back),
            SignalKind::DropOff => cells(|cell| cell.left),
            SignalKind::Wait => {
                let steps = self.forward.iter().filter(|((from, to, when, members, bucket), _)| {
                    Some(*from) == touchpoint
                        && Some(*to) == at.to
                        && *when == period
                        && mine(*members)
                        && at.longer_than.is_none_or(|limit| *bucket > limit)
                });
                steps.map(|(_, count)| count).sum()
            }
            SignalKind::Conversion => {
                let (all, on) = touchpoint.and_then(|t| self.gone_on.get(t as usize)).map_or((0, 0), |[_, with]| *with);
                if at.went_on == Some(false) { all - on } else { on }
            }
            SignalKind::Score => {
                let here = self.emotions.iter().filter(|((its, members), _)| *its as usize == stage && mine(*members));
                here.map(|(_, moments)| moments.count()).sum()
            }
        }
    }

    pub(crate) fn merge(&mut self, other: Evidence) {
        for (key, cell) in other.cells {
            self.cells.entry(key).or_default().merge(&cell);
        }
        for (key, count) in other.present {
            *self.present.entry(key).or_default() += count;
        }
        for (key, count) in other.forward {
            *self.forward.entry(key).or_default() += count;
        }
        for (key, count) in other.back_to {
            *self.back_to.entry(key).or_default() += count;
        }
        for (mine, theirs) in self.gone_on.iter_mut().zip(other.gone_on) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                mine.0 += theirs.0;
                mine.1 += theirs.1;
            }
        }
        for (key, moments) in other.emotions {
            self.emotions.entry(key).or_default().merge(&moments);
        }
    }
}

fn bucket(micros: i64) -> u8 {
    let seconds = micros as f64 / 1e6;
    ((seconds + 1.0).log2() * 2.0).clamp(0.0, WAITS as f64 - 1.0) as u8
}

/// The seconds at the upper end of a bucket.
fn bucket_end(bucket: usize) -> f64 {
    ((bucket + 1) as f64 / 2.0).exp2() - 1.0
}

/// Names of what the signals speak of.
pub(crate) struct Names<'a> {
    pub(crate) touchpoints: &'a [&'a str],
    pub(crate) stages: &'a [&'a str],
    pub(crate) personas: &'a [&'a str],
    pub(crate) unit: &'a str,
    /// What the map calls them.
    pub(crate) ids: Ids<'a>,
}

/// The ids of what the signals speak of.
pub(crate) struct Ids<'a> {
    pub(crate) touchpoints: &'a [&'a str],
    pub(crate) stages: &'a [&'a str],
    pub(crate) personas: &'a [&'a str],
}

/// A comparison of a group with everybody else.
struct Candidate {
    what: SignalKind,
    stage: usize,
    touchpoint: Option<usize>,
    /// The touchpoint that was waited for.
    to: Option<usize>,
    persona: Option<usize>,
    period: Option<i32>,
    /// Whether the comparison is with the stage, since nobody else comes to the touchpoint.
    of_stage: bool,
    group: (u64, u64),
    others: (u64, u64),
    /// The half-octave of the wait from which on it is long.
    long: usize,
    p: f64,
    /// Given where the rate is no share (scores).
    scores: Option<(Estimate, f64)>,
}

impl Candidate {
    /// A comparison of shares, of everybody at all times; the rest says otherwise.
    fn new(what: SignalKind, stage: usize, group: (u64, u64), others: (u64, u64), p: f64) -> Candidate {
        let (touchpoint, to, persona, period, scores) = (None, None, None, None, None);
        Candidate { what, stage, touchpoint, to, persona, period, of_stage: false, group, others, long: 0, p, scores }
    }

    fn rate(&self) -> f64 {
        self.scores.map_or(self.group.0 as f64 / self.group.1.max(1) as f64, |(estimate, _)| estimate.value)
    }
    fn baseline(&self) -> f64 {
        self.scores.map_or(self.others.0 as f64 / self.others.1.max(1) as f64, |(_, others)| others)
    }
    /// How many customers more than expected.
    fn excess(&self) -> f64 {
        (self.rate() - self.baseline()) * self.group.1 as f64
    }
    /// How many it struck.
    fn struck(&self) -> u64 {
        match (self.what, self.feeling()) {
            (SignalKind::Score, _) => self.group.1,
            (SignalKind::Conversion, Feeling::Pain) => self.group.1 - self.group.0,
            _ => self.group.0,
        }
    }
    fn feeling(&self) -> Feeling {
        let more_is_good = matches!(self.what, SignalKind::Conversion | SignalKind::Score);
        if (self.rate() > self.baseline()) == more_is_good { Feeling::Delight } else { Feeling::Pain }
    }
}

/// The signals of everybody and of each persona, most costly or most delightful first.
pub(crate) fn signals(evidence: &Evidence, names: &Names<'_>) -> Vec<Vec<Signal>> {
    let usual = usual_next(evidence);
    let mut candidates = contrasts(evidence, &usual);
    candidates.extend(companions(evidence, &usual));
    candidates.extend(feelings(evidence));
    let q = benjamini_hochberg(&candidates.iter().map(|c| c.p).collect::<Vec<_>>());
    let mut found: Vec<(Candidate, f64)> = candidates
        .into_iter()
        .zip(q)
        .filter(|(c, q)| *q < FALSE_DISCOVERIES && (c.rate() - c.baseline()).abs() >= DIFFERENCE_MIN)
        // A relief of a few months from a pain elsewhere is no delight: loops, waits and losses are told as pains only.
        .filter(|(c, _)| c.feeling() == Feeling::Pain || matches!(c.what, SignalKind::Conversion | SignalKind::Score))
        .collect();
    found.sort_by(|(a, qa), (b, qb)| a.p.total_cmp(&b.p).then(b.excess().abs().total_cmp(&a.excess().abs())).then(qa.total_cmp(qb)));
    (0..=evidence.personas)
        .map(|group| {
            let persona = group.checked_sub(1);
            let mut chosen: Vec<&(Candidate, f64)> = Vec::new();
            for entry in &found {
                let candidate = &entry.0;
                let about = match persona {
                    None => true,
                    Some(persona) => candidate.persona == Some(persona),
                };
                // One place and kind is one card: the comparison that shows it most clearly.
                let told = chosen.iter().any(|(c, _)| {
                    c.what == candidate.what
                        && c.stage == candidate.stage
                        && c.touchpoint == candidate.touchpoint
                        && c.feeling() == candidate.feeling()
                });
                if about && !told {
                    chosen.push(entry);
                }
            }
            chosen.sort_by(|(a, _), (b, _)| b.excess().abs().total_cmp(&a.excess().abs()));
            let mut places = [PAINS_MAX, DELIGHTS_MAX];
            chosen.retain(|(candidate, _)| {
                let left = &mut places[usize::from(candidate.feeling() == Feeling::Delight)];
                let fits = *left > 0;
                *left = left.saturating_sub(1);
                fits
            });
            chosen.into_iter().map(|(candidate, q)| tell(candidate, *q, evidence, names)).collect()
        })
        .collect()
}

/// One thing that can go wrong at one place, as it went for groups of customers: how many of how many.
struct Place {
    what: SignalKind,
    touchpoint: u32,
    to: Option<u32>,
    long: usize,
    /// Period, personas, (hits, occasions).
    cells: Vec<(i32, u16, (u64, u64))>,
}

/// Personas, periods and personas in periods against everybody else at the same place.
fn contrasts(evidence: &Evidence, usual: &[Option<Next>]) -> Vec<Candidate> {
    let halves: BTreeSet<i32> = evidence.cells.keys().map(|(_, period, _)| *period).filter(|period| *period != WHOLE).collect();
    let mut periods = vec![WHOLE];
    // With less than three months there is nothing to compare a month with.
    if let (Some(first), Some(last)) = (halves.first(), halves.last())
        && last - first >= 5
    {
        periods.extend(&halves);
    }
    let mut places: Vec<Place> = Vec::new();
    for touchpoint in 0..evidence.stage_of.len() as u32 {
        let place = |what, of: fn(&Cell) -> (u64, u64)| {
            let here = evidence.cells.iter().filter(|((its, ..), _)| *its == touchpoint);
            let cells = here.map(|((_, period, members), cell)| (*period, *members, of(cell))).collect();
            Place { what, touchpoint, to: None, long: 0, cells }
        };
        places.push(place(SignalKind::Loop, |cell| (cell.back, cell.customers)));
        // Everybody's journey ends somewhere: leaving in the last stage is no loss, and neither is going home from a store.
        if evidence.stage_of[touchpoint as usize] + 1 < evidence.stages && !evidence.offline[touchpoint as usize] {
            places.push(place(SignalKind::DropOff, |cell| (cell.left, cell.may_leave)));
        }
        places.extend(usual[touchpoint as usize].and_then(|next| waiting(evidence, touchpoint, next.to)));
    }
    places.iter().flat_map(|place| compare(evidence, place, &periods)).collect()
}

/// The wait for the touchpoint that most often comes next.
fn waiting(evidence: &Evidence, from: u32, to: u32) -> Option<Place> {
    // Whoever leaps over a stage did not wait for it.
    if evidence.stage_of[to as usize] > evidence.stage_of[from as usize] + 1 {
        return None;
    }
    let steps = || evidence.forward.iter().filter(move |((its, next, ..), _)| *its == from && *next == to);
    let mut all = [0_u64; WAITS];
    let whole = steps().filter(|((_, _, period, ..), _)| *period == WHOLE);
    whole.for_each(|((.., bucket), count)| all[usize::from(*bucket)] += count);
    let waited: u64 = all.iter().sum();
    // A wait is long when it is among the longest fifth of all waits here.
    let mut below = 0;
    let long = all.iter().position(|n| {
        below += n;
        below * 5 >= waited * 4
    })?;
    if bucket_end(long) * 1e6 < PAUSE as f64 {
        return None;
    }
    let mut cells: HashMap<(i32, u16), (u64, u64)> = HashMap::new();
    for ((_, _, period, members, bucket), count) in steps() {
        let cell = cells.entry((*period, *members)).or_default();
        cell.0 += if usize::from(*bucket) > long { *count } else { 0 };
        cell.1 += count;
    }
    let cells = cells.into_iter().map(|((period, members), counts)| (period, members, counts)).collect();
    Some(Place { what: SignalKind::Wait, touchpoint: from, to: Some(to), long, cells })
}

/// The touchpoint that most often is the next step forward, and its share of these steps.
#[derive(Clone, Copy)]
struct Next {
    to: u32,
    share: f64,
}

/// What usually comes next after each touchpoint.
fn usual_next(evidence: &Evidence) -> Vec<Option<Next>> {
    let mut counts: Vec<HashMap<u32, u64>> = vec![HashMap::new(); evidence.stage_of.len()];
    for ((from, to, period, ..), count) in &evidence.forward {
        if *period == WHOLE {
            *counts[*from as usize].entry(*to).or_default() += count;
        }
    }
    let next = |counts: HashMap<u32, u64>| {
        let all: u64 = counts.values().sum();
        let (to, most) = counts.into_iter().max_by_key(|(to, count)| (*count, std::cmp::Reverse(*to)))?;
        Some(Next { to, share: most as f64 / all as f64 })
    };
    counts.into_iter().map(next).collect()
}

fn compare(evidence: &Evidence, place: &Place, periods: &[i32]) -> Vec<Candidate> {
    let stage = evidence.stage_of[place.touchpoint as usize];
    let mut candidates = Vec::new();
    for persona in (0..evidence.personas).map(Some).chain([None]) {
        for period in periods.iter().copied().filter(|period| persona.is_some() || *period != WHOLE) {
            // A period is compared with those that overlap it as little as calendar months overlap each other.
            let comparable = |other: i32| if period == WHOLE { other == WHOLE } else { other != WHOLE && (other - period) % 2 == 0 };
            let mine = |other: i32, members: u16| other == period && persona.is_none_or(|p| members >> p & 1 == 1);
            let (mut group, mut others) = ((0, 0), (0, 0));
            for (its, members, counts) in place.cells.iter().filter(|(its, ..)| comparable(*its)) {
                let side = if mine(*its, *members) { &mut group } else { &mut others };
                *side = (side.0 + counts.0, side.1 + counts.1);
            }
            // Where nobody else comes, the others are those who are in the stage.
            let of_stage = place.what == SignalKind::Loop && others.1 < CUSTOMERS_MIN;
            if of_stage {
                (group.1, others.1) = (0, 0);
                for ((its_stage, its, members), customers) in &evidence.present {
                    if *its_stage == stage && comparable(*its) {
                        let side = if mine(*its, *members) { &mut group } else { &mut others };
                        side.1 += customers;
                    }
                }
            }
            let usual = place.what == SignalKind::DropOff && others.0 as f64 > USUAL_END * others.1 as f64;
            if usual || group.0 < HITS_MIN || group.1 < CUSTOMERS_MIN || others.1 < CUSTOMERS_MIN {
                continue;
            }
            let Some(test) = two_proportions(group, others) else { continue };
            candidates.push(Candidate {
                touchpoint: Some(place.touchpoint as usize),
                to: place.to.map(|to| to as usize),
                persona,
                period: (period != WHOLE).then_some(period),
                of_stage,
                long: place.long,
                ..Candidate::new(place.what, stage, group, others, test.p)
            });
        }
    }
    candidates
}

/// Customers who had a touchpoint beside the way before they went on, against those who got as far without it.
fn companions(evidence: &Evidence, usual: &[Option<Next>]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (touchpoint, [without, with]) in evidence.gone_on.iter().enumerate() {
        let stage = evidence.stage_of[touchpoint];
        let (group, others) = ((with.1, with.0), (without.1, without.0));
        // What most of those who go on have had is the way itself.
        let on_the_way = 2 * group.0 > group.0 + others.0;
        // So is a step to another one of the same stage.
        let leads_on = usual[touchpoint].is_some_and(|next| evidence.stage_of[next.to as usize] == stage && next.share > 0.5);
        if stage + 1 == evidence.stages || on_the_way || leads_on || group.1 < CUSTOMERS_MIN || others.1 < CUSTOMERS_MIN {
            continue;
        }
        if let Some(test) = two_proportions(group, others) {
            let conversion = Candidate::new(SignalKind::Conversion, stage, group, others, test.p);
            candidates.push(Candidate { touchpoint: Some(touchpoint), ..conversion });
        }
    }
    candidates
}

/// Everybody's scores in one stage against those in all others, and each persona's against everybody else's there.
fn feelings(evidence: &Evidence) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for persona in (0..evidence.personas).map(Some).chain([None]) {
        for stage in 0..evidence.stages {
            let (mut group, mut others) = (Moments::default(), Moments::default());
            for ((its_stage, members), moments) in &evidence.emotions {
                let here = *its_stage as usize == stage;
                match persona {
                    None if here => group.merge(moments),
                    None => others.merge(moments),
                    Some(p) if here && members >> p & 1 == 1 => group.merge(moments),
                    Some(_) if here => others.merge(moments),
                    Some(_) => {}
                }
            }
            if group.count() < CUSTOMERS_MIN || others.count() < CUSTOMERS_MIN {
                continue;
            }
            let (Some(here), Some(mean), Some(v1), Some(v2)) = (group.estimate(), others.mean(), group.variance(), others.variance())
            else {
                continue;
            };
            let error = (v1 / group.count() as f64 + v2 / others.count() as f64).sqrt();
            if error <= 0.0 {
                continue;
            }
            let p = periplus_stats::distribution::normal_two_sided((here.value - mean) / error);
            let scale = |x: f64| x / EMOTION;
            let here = Estimate { value: scale(here.value), low: scale(here.low), high: scale(here.high), n: here.n };
            let score = Candidate::new(SignalKind::Score, stage, (0, group.count()), (0, others.count()), p);
            candidates.push(Candidate { persona, scores: Some((here, scale(mean))), ..score });
        }
    }
    candidates
}

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

fn tell(candidate: &Candidate, q: f64, evidence: &Evidence, names: &Names<'_>) -> Signal {
    let (rate, baseline) = (candidate.rate(), candidate.baseline());
    let estimate =
        candidate.scores.map(|(estimate, _)| estimate).or_else(|| wilson(candidate.group.0, candidate.group.1)).unwrap_or_default();
    let place = candidate.touchpoint.map_or(names.stages[candidate.stage], |t| names.touchpoints[t]);
    let period = candidate.period.map(|period| {
        let name = |month: i32| MONTHS[month.rem_euclid(12) as usize];
        let (month, year) = (period.div_euclid(2), (period + 1).div_euclid(2).div_euclid(12));
        if period % 2 == 0 { format!("{} {year}", name(month)) } else { format!("mid-{} to mid-{} {year}", name(month), name(month + 1)) }
    });
    let who = match (candidate.persona.map(|p| names.personas[p]), &period) {
        (Some(persona), Some(period)) => format!("{persona} in {period}"),
        (Some(persona), None) => persona.to_owned(),
        (None, Some(period)) => format!("in {period}"),
        (None, None) => String::new(),
    };
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let within = format!("(95 % interval {:.0} to {:.0} %)", estimate.low * 100.0, estimate.high * 100.0);
    let people = super::analyses::count(candidate.group.1);
    let unit = names.unit;
    let head = if who.is_empty() { String::new() } else { format!("{}: ", capital(&who)) };
    let to = candidate.to.map_or("the next step", |to| names.touchpoints[to]);
    let among = if candidate.persona.is_some() { "of the others there" } else { "in the other stages" };
    let (title, sentence, baseline_of) = match candidate.what {
        SignalKind::Loop => {
            let touchpoint = candidate.touchpoint.unwrap_or_default() as u32;
            let target = evidence
                .back_to
                .iter()
                .filter(|((from, _), _)| *from == touchpoint)
                .max_by_key(|((_, to), count)| (**count, std::cmp::Reverse(*to)));
            let to = target.map_or("an earlier step", |((_, to), _)| names.touchpoints[*to as usize]);
            (
                format!("Back from {place} to {to}"),
                format!(
                    "{head}{} of {people} {unit}{} {within} went back from {place} within the visit, most often to {to}, against {} of the others.",
                    percent(rate),
                    if candidate.of_stage { format!(" in {}", names.stages[candidate.stage]) } else { String::new() },
                    percent(baseline)
                ),
                if candidate.of_stage { "the others in this stage" } else { "the others at this touchpoint" },
            )
        }
        SignalKind::DropOff => (
            format!("Leaving at {place}"),
            format!(
                "{head}for {} of {people} {unit} {within} the visit ended with {place}, against {} of the others.",
                percent(rate),
                percent(baseline)
            ),
            "the others at this touchpoint",
        ),
        SignalKind::Wait => (
            format!("Long wait from {place} to {to}"),
            format!(
                "{head}{} of {people} {unit} {within} waited longer than {} from {place} to {to}, against {} of the others.",
                percent(rate),
                super::analyses::seconds(bucket_end(candidate.long)),
                percent(baseline)
            ),
            "the others at this touchpoint",
        ),
        SignalKind::Conversion => {
            let next = names.stages.get(candidate.stage + 1).copied().unwrap_or("the next stage");
            (
                format!("{place}: {} go on", if rate > baseline { "more" } else { "fewer" }),
                format!(
                    "{} of {people} {unit} {within} who had {place} went on to {next}, against {} of those who got as far in {} without it.",
                    percent(rate),
                    percent(baseline),
                    names.stages[candidate.stage]
                ),
                "customers who got as far in the stage without this touchpoint",
            )
        }
        SignalKind::Score => (
            format!("{} scores in {place}", if rate > baseline { "High" } else { "Low" }),
            format!(
                "{head}scores in {place} average {rate:+.2} on a scale from −1 to 1 (95 % interval {:+.2} to {:+.2}, n {}), against {baseline:+.2} {among}.",
                estimate.low, estimate.high, estimate.n
            ),
            among,
        ),
    };
    Signal {
        feeling: candidate.feeling(),
        what: candidate.what,
        stage: candidate.stage,
        touchpoint: candidate.touchpoint,
        title: if who.is_empty() { title } else { format!("{title} ({who})") },
        sentence: capital(&sentence),
        persona: candidate.persona.map(|p| names.ids.personas[p].to_owned()),
        customers: candidate.struck(),
        place: place_of(candidate, &names.ids),
        rate: estimate,
        baseline,
        baseline_of: baseline_of.to_owned(),
        q,
    }
}

/// The place at which those whom a signal struck can be listed.
fn place_of(candidate: &Candidate, ids: &Ids<'_>) -> serde_json::Value {
    let signal = Struck {
        what: candidate.what,
        to: candidate.to.map(|to| ids.touchpoints[to].to_owned()),
        longer_than: (candidate.what == SignalKind::Wait).then_some(candidate.long as u8),
        period: candidate.period,
        went_on: (candidate.what == SignalKind::Conversion).then(|| candidate.feeling() == Feeling::Delight),
    };
    let mut place = serde_json::json!({"stage": ids.stages[candidate.stage], "signal": signal});
    if let Some(touchpoint) = candidate.touchpoint {
        place["touchpoint"] = ids.touchpoints[touchpoint].into();
    }
    if let Some(persona) = candidate.persona {
        place["persona"] = ids.personas[persona].into();
    }
    place
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
