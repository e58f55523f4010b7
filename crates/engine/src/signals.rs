//! Pains and delights: where customers go back, leave, wait or go on more than others do.
//!
//! Every candidate is a place on the map and a group (a persona, a month, or a persona in a month), compared with everybody
//! else at the same place, or, where nobody else ever comes, with everybody else in its stage. Months are taken twice, from
//! the first to the last day and from the middle of one to the middle of the next, so that what lasted a month is not cut in
//! half. A step back is a loop when it follows in the same visit; repeating a touchpoint is none. Whoever does nothing for 30 days
//! afterwards was lost there, whether they come back later or not, so that every month is judged alike. All comparisons that were made, not only the striking ones, enter the
//! correction for many tests (Benjamini–Hochberg), so the false discovery rate of what is shown is below 5 %.
//! These are associations: they say where to look, not why.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use periplus_model::answer::Estimate;
use periplus_model::measured::{Feeling, Signal, SignalKind};
use periplus_stats::{Moments, benjamini_hochberg, two_proportions, wilson};

use crate::lens::NONE;

/// A group smaller than this is not judged.
const CUSTOMERS_MIN: u64 = 30;
/// A difference smaller than this is not worth a card, however sure.
const DIFFERENCE_MIN: f64 = 0.03;
/// The false discovery rate.
const FALSE_DISCOVERIES: f64 = 0.05;
/// Signals per group. Delights have fewer places: whoever buys goes on, and nobody should miss a pain for that.
const PAINS_MAX: usize = 8;
const DELIGHTS_MAX: usize = 4;
/// A step back is a loop when it comes within the same visit; later, it is a new beginning.
const LOOP: i64 = periplus_kernels::SessionRules::MICROS.gap_max;
/// Somebody who does nothing for so long has left.
const GONE: i64 = 30 * 86_400_000_000;
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

/// What was seen at each touchpoint, by period and membership in personas.
pub(crate) struct Evidence {
    stage_of: Vec<usize>,
    stages: usize,
    personas: usize,
    /// Place of each touchpoint on the way: by stage, then by the map's order.
    rank: Vec<usize>,
    cells: HashMap<(u32, i32, u16), Cell>,
    /// Customers of each stage.
    present: HashMap<(usize, i32, u16), u64>,
    back_to: HashMap<(u32, u32), u64>,
    /// By touchpoint: customers of its stage who had it before they went on, and those who had not.
    gone_on: Vec<[(u64, u64); 2]>,
    emotions: HashMap<(u32, u16), Moments>,
}

#[derive(Clone)]
struct Cell {
    customers: u64,
    back: u64,
    left: u64,
    may_leave: u64,
    waits: [u32; WAITS],
}

impl Default for Cell {
    fn default() -> Cell {
        Cell { customers: 0, back: 0, left: 0, may_leave: 0, waits: [0; WAITS] }
    }
}

impl Cell {
    fn merge(&mut self, other: &Cell) {
        self.customers += other.customers;
        self.back += other.back;
        self.left += other.left;
        self.may_leave += other.may_leave;
        self.waits.iter_mut().zip(other.waits).for_each(|(a, b)| *a += b);
    }

    /// How many waited longer than a bucket says, of how many.
    fn longer_than(&self, bucket: usize) -> (u64, u64) {
        let sum = |waits: &[u32]| waits.iter().map(|n| u64::from(*n)).sum();
        (sum(&self.waits[bucket + 1..]), sum(&self.waits))
    }
}

/// What happened to one customer at a touchpoint in a period.
#[derive(Clone, Copy, Default)]
struct Here {
    back: bool,
    left: bool,
    judged: bool,
    /// How long until the next touchpoint, the first time.
    wait: Option<i64>,
}

impl Here {
    /// Adds what happened later.
    fn merge(&mut self, later: &Here) {
        self.back |= later.back;
        self.left |= later.left;
        self.judged |= later.judged;
        self.wait = self.wait.or(later.wait);
    }
}

impl Evidence {
    pub(crate) fn new(stage_of: Vec<usize>, stages: usize, personas: usize) -> Evidence {
        let mut order: Vec<usize> = (0..stage_of.len()).collect();
        order.sort_by_key(|t| (stage_of[*t], *t));
        let mut rank = vec![0; order.len()];
        for (place, touchpoint) in order.into_iter().enumerate() {
            rank[touchpoint] = place;
        }
        let gone_on = vec![[(0, 0); 2]; stage_of.len()];
        let (cells, present) = (HashMap::new(), HashMap::new());
        Evidence { stage_of, stages, personas, rank, cells, present, back_to: HashMap::new(), gone_on, emotions: HashMap::new() }
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
        let mut steps = codes.iter().copied().zip(times.iter().copied()).filter(|(code, _)| *code != NONE).peekable();
        while let Some((code, time)) = steps.next() {
            first_of.entry(code).or_insert(time);
            let here = halves.entry((half(time), code)).or_default();
            here.judged |= watermark.saturating_sub(time) > GONE;
            here.left |= steps.peek().map_or(watermark, |(_, next)| *next).saturating_sub(time) > GONE;
            let Some((to, at)) = steps.peek().filter(|(to, _)| *to != code) else { continue };
            here.wait.get_or_insert(*at - time);
            // At the same moment there is neither forth nor back.
            if (1..=LOOP).contains(&(*at - time)) && self.rank[*to as usize] < self.rank[code as usize] && first_of.contains_key(to) {
                here.back = true;
                *self.back_to.entry((code, *to)).or_default() += 1;
            }
        }
        let mut places: BTreeMap<(i32, u32), Here> = BTreeMap::new();
        let mut stages: BTreeSet<(i32, usize)> = BTreeSet::new();
        for ((half, touchpoint), here) in halves {
            for period in periods(half) {
                places.entry((period, touchpoint)).or_default().merge(&here);
                stages.insert((period, self.stage_of[touchpoint as usize]));
            }
        }
        for ((period, touchpoint), here) in places {
            let cell = self.cells.entry((touchpoint, period, members)).or_default();
            cell.customers += 1;
            cell.back += u64::from(here.back);
            // Who was here only lately may still come back, and is not counted either way.
            cell.may_leave += u64::from(here.judged);
            cell.left += u64::from(here.left);
            if let Some(wait) = here.wait {
                cell.waits[bucket(wait)] += 1;
            }
        }
        for (period, stage) in stages {
            *self.present.entry((stage, period, members)).or_default() += 1;
        }
        for (touchpoint, stage) in self.stage_of.iter().enumerate() {
            let Some(start) = entered[*stage] else { continue };
            let on_at = next[*stage].map(|wait| start.saturating_add(wait));
            // Only what came before the outcome may explain it.
            let had = first_of.get(&(touchpoint as u32)).is_some_and(|first| on_at.is_none_or(|on| *first <= on));
            let counts = &mut self.gone_on[touchpoint][usize::from(had)];
            counts.0 += 1;
            counts.1 += u64::from(on_at.is_some());
        }
    }

    /// Takes one score of somebody in a stage.
    pub(crate) fn score(&mut self, stage: usize, members: u16, emotion: f64) {
        self.emotions.entry((stage as u32, members)).or_default().add((emotion * EMOTION).round() as i64);
    }

    pub(crate) fn merge(&mut self, other: Evidence) {
        for (key, cell) in other.cells {
            self.cells.entry(key).or_default().merge(&cell);
        }
        for (key, count) in other.present {
            *self.present.entry(key).or_default() += count;
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

fn bucket(micros: i64) -> usize {
    let seconds = micros as f64 / 1e6;
    ((seconds + 1.0).log2() * 2.0).clamp(0.0, WAITS as f64 - 1.0) as usize
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
}

/// A comparison of a group with everybody else.
struct Candidate {
    what: SignalKind,
    stage: usize,
    touchpoint: Option<usize>,
    persona: Option<usize>,
    period: Option<i32>,
    /// Whether the comparison is with the stage, since nobody else comes to the touchpoint.
    of_stage: bool,
    group: (u64, u64),
    others: (u64, u64),
    /// The limit that makes a wait long, in seconds.
    long: f64,
    p: f64,
    /// Given where the rate is no share (scores).
    scores: Option<(Estimate, f64)>,
}

impl Candidate {
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
    fn feeling(&self) -> Feeling {
        let more_is_good = matches!(self.what, SignalKind::Conversion | SignalKind::Score);
        if (self.rate() > self.baseline()) == more_is_good { Feeling::Delight } else { Feeling::Pain }
    }
}

/// The signals of everybody and of each persona, most costly or most delightful first.
pub(crate) fn signals(evidence: &Evidence, names: &Names<'_>) -> Vec<Vec<Signal>> {
    let mut candidates = contrasts(evidence);
    candidates.extend(companions(evidence));
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

/// Personas, periods and personas in periods against everybody else at the same touchpoint.
fn contrasts(evidence: &Evidence) -> Vec<Candidate> {
    let halves: BTreeSet<i32> = evidence.cells.keys().map(|(_, period, _)| *period).filter(|period| *period != WHOLE).collect();
    let mut periods = vec![WHOLE];
    // With less than three months there is nothing to compare a month with.
    if let (Some(first), Some(last)) = (halves.first(), halves.last())
        && last - first >= 5
    {
        periods.extend(&halves);
    }
    let mut candidates = Vec::new();
    for touchpoint in 0..evidence.stage_of.len() {
        let stage = evidence.stage_of[touchpoint];
        let here: Vec<(i32, u16, &Cell)> = evidence
            .cells
            .iter()
            .filter(|((place, ..), _)| *place as usize == touchpoint)
            .map(|((_, period, members), cell)| (*period, *members, cell))
            .collect();
        let present: Vec<(i32, u16, u64)> = evidence
            .present
            .iter()
            .filter(|((place, ..), _)| *place == stage)
            .map(|((_, period, members), customers)| (*period, *members, *customers))
            .collect();
        let long = long_wait(here.iter().filter(|(period, ..)| *period == WHOLE).map(|(.., cell)| *cell));
        for persona in (0..evidence.personas).map(Some).chain([None]) {
            for period in periods.iter().copied().filter(|period| persona.is_some() || *period != WHOLE) {
                // A period is compared with those that overlap it as little as calendar months overlap each other.
                let comparable = |other: i32| if period == WHOLE { other == WHOLE } else { other != WHOLE && (other - period) % 2 == 0 };
                let mine = |other: i32, members: u16| other == period && persona.is_none_or(|p| members >> p & 1 == 1);
                let (mut group, mut others) = (Cell::default(), Cell::default());
                for (its, members, cell) in here.iter().filter(|(its, ..)| comparable(*its)) {
                    if mine(*its, *members) { group.merge(cell) } else { others.merge(cell) }
                }
                let mut judge = |what, group: (u64, u64), others: (u64, u64), of_stage| {
                    // Everybody's journey ends somewhere: leaving after the last stage is no loss.
                    let at_the_end = what == SignalKind::DropOff && stage + 1 == evidence.stages;
                    if at_the_end || group.1 < CUSTOMERS_MIN || others.1 < CUSTOMERS_MIN {
                        return;
                    }
                    let Some(test) = two_proportions(group, others) else { return };
                    candidates.push(Candidate {
                        what,
                        stage,
                        touchpoint: Some(touchpoint),
                        persona,
                        period: (period != WHOLE).then_some(period),
                        of_stage,
                        group,
                        others,
                        long: bucket_end(long),
                        p: test.p,
                        scores: None,
                    });
                };
                if group.customers > 0 && others.customers < CUSTOMERS_MIN {
                    let (mut inside, mut outside) = (0, 0);
                    for (its, members, customers) in present.iter().filter(|(its, ..)| comparable(*its)) {
                        if mine(*its, *members) { inside += customers } else { outside += customers }
                    }
                    judge(SignalKind::Loop, (group.back, inside), (others.back, outside), true);
                    continue;
                }
                judge(SignalKind::Loop, (group.back, group.customers), (others.back, others.customers), false);
                judge(SignalKind::DropOff, (group.left, group.may_leave), (others.left, others.may_leave), false);
                judge(SignalKind::Wait, group.longer_than(long), others.longer_than(long), false);
            }
        }
    }
    candidates
}

/// The last bucket that is not long: a wait is long when it is among the longest fifth of all waits here.
fn long_wait<'a>(cells: impl Iterator<Item = &'a Cell>) -> usize {
    let mut all = Cell::default();
    cells.for_each(|cell| all.merge(cell));
    let waited: u64 = all.waits.iter().map(|n| u64::from(*n)).sum();
    let mut below = 0;
    let long = all.waits.iter().position(|n| {
        below += u64::from(*n);
        below * 5 >= waited * 4
    });
    long.unwrap_or(WAITS - 1)
}

/// Customers of a stage who had a touchpoint before they went on, against those who had not.
fn companions(evidence: &Evidence) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (touchpoint, [without, with]) in evidence.gone_on.iter().enumerate() {
        let stage = evidence.stage_of[touchpoint];
        let (group, others) = ((with.1, with.0), (without.1, without.0));
        if stage + 1 == evidence.stages || group.1 < CUSTOMERS_MIN || others.1 < CUSTOMERS_MIN {
            continue;
        }
        if let Some(test) = two_proportions(group, others) {
            let what = SignalKind::Conversion;
            candidates.push(Candidate {
                what,
                stage,
                touchpoint: Some(touchpoint),
                persona: None,
                period: None,
                of_stage: false,
                group,
                others,
                long: 0.0,
                p: test.p,
                scores: None,
            });
        }
    }
    candidates
}

/// Scores in one stage against those in all others, for everybody and each persona.
fn feelings(evidence: &Evidence) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for persona in (0..evidence.personas).map(Some).chain([None]) {
        for stage in 0..evidence.stages {
            let (mut group, mut others) = (Moments::default(), Moments::default());
            for ((its_stage, members), moments) in &evidence.emotions {
                if persona.is_none_or(|p| members >> p & 1 == 1) {
                    if *its_stage as usize == stage { group.merge(moments) } else { others.merge(moments) }
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
            candidates.push(Candidate {
                what: SignalKind::Score,
                stage,
                touchpoint: None,
                persona,
                period: None,
                of_stage: false,
                group: (0, group.count()),
                others: (0, others.count()),
                long: 0.0,
                p,
                scores: Some((here, scale(mean))),
            });
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
                    "{head}{} of {people} {unit}{} {within} went back from {place} to where they had been before, most often to {to}, against {} of the others.",
                    percent(rate),
                    if candidate.of_stage { format!(" in {}", names.stages[candidate.stage]) } else { String::new() },
                    percent(baseline)
                ),
                if candidate.of_stage { "the others in this stage" } else { "the others at this touchpoint" },
            )
        }
        SignalKind::DropOff => (
            format!("Lost at {place}"),
            format!(
                "{head}for {} of {people} {unit} {within} {place} was the last thing they did for 30 days or longer, against {} of the others.",
                percent(rate),
                percent(baseline)
            ),
            "the others at this touchpoint",
        ),
        SignalKind::Wait => (
            format!("Long wait after {place}"),
            format!(
                "{head}{} of {people} {unit} {within} waited longer than {} after {place}, against {} of the others.",
                percent(rate),
                super::analyses::seconds(candidate.long),
                percent(baseline)
            ),
            "the others at this touchpoint",
        ),
        SignalKind::Conversion => {
            let next = names.stages.get(candidate.stage + 1).copied().unwrap_or("the next stage");
            (
                format!("{place}: {} go on", if rate > baseline { "more" } else { "fewer" }),
                format!(
                    "{} of {people} {unit} {within} who had {place} went on to {next}, against {} of those in {} who had not.",
                    percent(rate),
                    percent(baseline),
                    names.stages[candidate.stage]
                ),
                "customers of the stage who did not have this touchpoint",
            )
        }
        SignalKind::Score => (
            format!("{} scores in {place}", if rate > baseline { "High" } else { "Low" }),
            format!(
                "{head}scores in {place} average {rate:+.2} on a scale from −1 to 1 (95 % interval {:+.2} to {:+.2}, n {}), against {baseline:+.2} in the other stages.",
                estimate.low, estimate.high, estimate.n
            ),
            "the other stages",
        ),
    };
    Signal {
        feeling: candidate.feeling(),
        what: candidate.what,
        stage: candidate.stage,
        touchpoint: candidate.touchpoint,
        title: if who.is_empty() { title } else { format!("{title} ({who})") },
        sentence: capital(&sentence),
        customers: if candidate.scores.is_some() { candidate.group.1 } else { candidate.group.0 },
        rate: estimate,
        baseline,
        baseline_of: baseline_of.to_owned(),
        q,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
