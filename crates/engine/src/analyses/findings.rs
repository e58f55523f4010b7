//! Findings: where it hurts and where it delights, whom, since when, and what it costs.

use periplus_findings::{Among, Kind as Striking, Trial, Trials, causes, mix, search};
use periplus_maps::{JourneyMap, TEMPLATES, propose};
use periplus_model::answer::{Answer, View};
use periplus_model::finding::{Finding, FindingKind, Findings as All};
use periplus_model::measured::Feeling;
use periplus_model::question::Common;
use periplus_model::time::Span;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::count;
use crate::asked::settings;
use crate::findings::detectors::{self, DETECTORS};
use crate::findings::examples::fill;
use crate::findings::families::families;
use crate::findings::groups::Groups;
use crate::findings::look::{Learnt, look};
use crate::findings::rulebook::Rulebook;
use crate::findings::telling::{Comment, Limits, Place, Teller, shares};
use crate::findings::way::{DAY, Judged, PAUSE, Walked, Way, bucket_end};
use crate::kind::{self, Asked, Kind, Told};
use crate::profile::{profile, traits};
use crate::said::Corrected;
use crate::scan::{Run, Totals};
use crate::{Desk, EngineError};

/// So many comments are kept to be quoted.
const COMMENTS_MAX: usize = 4_000;
/// So many days are told apart, the newest ones; what was before them counts as the first of them.
const DAYS_MAX: i64 = 1_100;

pub(super) struct Findings;

/// A question for findings.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// How many findings to tell.
    #[serde(default = "super::twenty")]
    at_most: usize,
    /// Only these kinds; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kinds: Vec<FindingKind>,
    /// Only pains, or only delights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    feeling: Option<Only>,
    /// For how long evidence keeps: what was not seen for longer is called stale.
    #[serde(default = "quarter")]
    keeps: Span,
    /// Whether to tell, of some of those whom a finding struck, what they did around the time of it.
    #[serde(default = "yes")]
    examples: bool,
    /// How people say that texts are meant, by the hash of the text.
    #[serde(default, skip_serializing_if = "Corrected::is_empty")]
    corrected: Corrected,
    /// A control: deals out groups and days anew, by this number, before looking. Whatever is then found is a false alarm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shuffle: Option<u64>,
    /// Between machines: what was learnt from all parts, of which this one has but some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    learnt: Option<Box<Learnt>>,
}

fn quarter() -> Span {
    Span::days(90)
}

fn yes() -> bool {
    true
}

/// Learns it from this desk's parts, which must be all.
fn learn(desk: &Desk<'_>) -> Result<Learnt, EngineError> {
    let map = match desk.map {
        Some(_) => None,
        None => Some(periplus_maps::print(&propose(&profile(desk)?, &TEMPLATES[0]).map)),
    };
    Ok(Learnt { look: look(desk)?, traits: traits(desk)?, map })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Only {
    Pain,
    Delight,
}

impl Kind for Findings {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "findings"
    }
    fn about(&self) -> &'static str {
        "Where it hurts and where it delights: which customers, since when, how sure, and what it costs, with false alarms kept under 5 %."
    }
    fn example(&self) -> Value {
        json!({"at_most": 10})
    }

    fn carried(&self, question: &Value, desk: &Desk<'_>) -> Result<Value, EngineError> {
        let mut carried = question.clone();
        if let Value::Object(fields) = &mut carried {
            let learnt = serde_json::to_value(learn(desk)?).map_err(|error| EngineError::Partial(error.to_string()))?;
            fields.insert("learnt".to_owned(), learnt);
        }
        Ok(carried)
    }

    /// The journeys of those who are examples.
    fn complete(&self, answer: &mut Answer, question: &Value, desk: &Desk<'_>) -> Result<(), EngineError> {
        let (_, own, _): (Common, Question, Value) = settings(question)?;
        let slices = answer.groups.iter_mut().chain(answer.compared.as_mut()).map(|slice| &mut slice.view);
        let views = std::iter::once(&mut answer.view).chain(slices);
        let told = views.filter_map(|view| if let View::Findings(told) = view { Some(told) } else { None });
        let mut findings: Vec<&mut Finding> = told.flat_map(|told| &mut told.findings).collect();
        // Whom a shuffled finding strikes was dealt out.
        if !own.examples || own.shuffle.is_some() {
            findings.iter_mut().for_each(|finding| finding.examples.clear());
            return Ok(());
        }
        match desk.map {
            Some(map) => fill(&mut findings, map, desk),
            None if findings.is_empty() => Ok(()),
            None => fill(&mut findings, &propose(&profile(desk)?, &TEMPLATES[0]).map, desk),
        }
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let learnt = match question.learnt.clone() {
            Some(learnt) => *learnt,
            None => learn(asked.desk)?,
        };
        if question.keeps <= Span(0) {
            return Err(EngineError::Question("\"keeps\" is longer than nothing".to_owned()));
        }
        // Without a map, one is drafted from the data.
        let drafted = learnt.map.as_deref().map(periplus_maps::parse).transpose();
        let drafted = drafted.map_err(|problems| EngineError::Partial(format!("the drafted map has {} problems", problems.len())))?;
        let map = asked.desk.map.cloned().or(drafted).ok_or(EngineError::NoMap)?;
        if map.touchpoints.len() > usize::from(u16::MAX) - 1 {
            return Err(EngineError::Question("the map has too many touchpoints".to_owned()));
        }
        asked.as_mapped(&map)?;
        let mut rules = Rulebook::of(asked, &map, &learnt.look)?;
        rules.corrected = question.corrected.clone();
        let groups = Groups::of(asked, &map, &learnt.look, &learnt.traits)?;
        let (from, to) = asked.period();
        let last_day = to.saturating_sub(1).div_euclid(DAY);
        let first_day = from.div_euclid(DAY).max(last_day - DAYS_MAX + 1);
        let days = usize::try_from(last_day - first_day + 1).unwrap_or(0).max(1);
        let unit = asked.unit.plural().to_owned();
        let (kinds, families) = (detectors::kinds(&rules), families(&map, &learnt.look));
        Ok(Plan { question, map, rules, groups, kinds, families, first_day, days, unit, threads: asked.desk.threads })
    }
}

/// Understood.
pub(super) struct Plan {
    question: Question,
    map: JourneyMap,
    rules: Rulebook,
    groups: Groups,
    kinds: Vec<Striking>,
    /// Touchpoints at which the same is done in other circumstances.
    families: Vec<Vec<u16>>,
    first_day: i64,
    days: usize,
    unit: String,
    threads: usize,
}

/// What is gathered.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    customers: u64,
    trials: Trials,
    /// Those with the smallest hashes.
    comments: Vec<Comment>,
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.customers += other.customers;
        self.trials.merge(other.trials);
        self.comments.extend(other.comments);
        self.few_comments(COMMENTS_MAX);
    }
    fn weight(&self) -> u64 {
        self.trials.bytes()
    }
}

impl Tally {
    fn few_comments(&mut self, most: usize) {
        if self.comments.len() > most {
            self.comments.sort_by(|a, b| a.hash.cmp(&b.hash).then_with(|| a.text.cmp(&b.text)));
            self.comments.truncate(COMMENTS_MAX);
        }
    }
}

impl Plan {
    fn day(&self, time: i64) -> u16 {
        (time.div_euclid(DAY) - self.first_day).clamp(0, self.days as i64 - 1) as u16
    }

    /// Comments that came with scores.
    fn hear(&self, run: &Run<'_>, tally: &mut Tally) {
        for (row, time) in run.times.iter().enumerate() {
            for score in self.rules.scores.iter().filter(|score| score.means(run, row)) {
                if let (Some(text), Some(mark)) = (score.words(run, row), score.mark(run, row)) {
                    let hash = mix(mix(run.key as u64) ^ *time as u64);
                    let about = self.rules.about.subject(run, row, score.stage).touchpoint;
                    let place = about.and_then(|place| u16::try_from(place).ok());
                    tally.comments.push(Comment { hash, who: run.key, day: self.day(*time), place, mark, text: text.to_string() });
                }
            }
        }
        // Sorting now and then is cheaper than keeping them sorted.
        tally.few_comments(2 * COMMENTS_MAX);
    }

    /// What is long and what is quick at each place, now that all is known: the longest and the quickest fifth.
    fn limits(&self, trials: &[Trial]) -> Vec<Limits> {
        let places = self.map.touchpoints.len();
        let mut ways = vec![std::collections::BTreeMap::<u16, [u64; 101]>::new(); places];
        let mut steps = vec![[0_u64; 101]; places];
        for trial in trials {
            let place = usize::from(trial.place);
            let bucket = |which: usize| usize::from(trial.measured[which]).min(100);
            if trial.judged && self.is_in_time(trial) {
                ways[place].entry(trial.next).or_insert([0; 101])[bucket(0)] += 1;
            }
            if trial.measured[1] > 0 {
                steps[place][bucket(1)] += 1;
            }
        }
        let fifths = |all: &[u64; 101]| {
            let total: u64 = all.iter().sum();
            let at = |share: u64| {
                let mut below = 0;
                all.iter().position(|n| {
                    below += n;
                    total > 0 && below * 5 >= total * share
                })
            };
            Some((at(4)? as u8, at(1)? as u8))
        };
        let way = |ways: &std::collections::BTreeMap<u16, [u64; 101]>| {
            let sum = |all: &[u64; 101]| all.iter().sum::<u64>();
            let (to, all) = ways.iter().max_by_key(|(to, all)| (sum(all), std::cmp::Reverse(**to)))?;
            let (long, fast) = fifths(all)?;
            // The time until the next click is not waiting, and neither is the time until somebody feels like coming back.
            let micros = |bucket| (bucket_end(bucket) * 1e6) as i64;
            let waits = micros(fast) >= PAUSE && micros(long) <= self.rules.horizon && 2 * sum(all) > ways.values().map(sum).sum();
            waits.then_some((*to, long, fast))
        };
        ways.iter().zip(&steps).map(|(ways, steps)| Limits { way: way(ways), step: fifths(steps) }).collect()
    }

    /// Judges what was measured by its limits.
    fn judge(&self, trials: &mut Trials) -> Vec<Limits> {
        let limits = self.limits(trials.list());
        let bit = |kind| 1_u32 << detectors::place(kind);
        let [long_way, fast_way, long_step, quick_step] =
            [FindingKind::LongWay, FindingKind::FastWay, FindingKind::LongStep, FindingKind::QuickStep].map(bit);
        let is_in_time = |trial: &Trial| self.is_in_time(trial);
        trials.judge(|trial| {
            let (limits, seen) = (limits[usize::from(trial.place)], *trial);
            let mut judged = |bit: u32, struck: bool| {
                trial.exposed |= bit;
                trial.hit |= if struck { bit } else { 0 };
            };
            // Of those who set out lately, only the fast have arrived: they are not judged.
            if let Some((_, long, fast)) = limits.way.filter(|way| seen.judged && is_in_time(&seen) && way.0 == seen.next) {
                judged(long_way, seen.measured[0] > long);
                judged(fast_way, seen.measured[0] <= fast);
            }
            if let Some((long, quick)) = limits.step.filter(|_| seen.measured[1] > 0) {
                judged(long_step, seen.measured[1] > long);
                judged(quick_step, seen.measured[1] <= quick);
            }
        });
        limits
    }

    /// Everything there is to tell, with the number of comparisons.
    fn found(&self, tally: &Tally) -> (Vec<Finding>, u64) {
        let mut trials = tally.trials.clone();
        let limits = self.judge(&mut trials);
        if let Some(seed) = self.question.shuffle {
            trials = trials.shuffled(seed, self.days as u16, &self.families);
        }
        let trials = trials.sorted();
        let mut kinds = self.kinds.clone();
        if !self.question.kinds.is_empty() {
            let unwanted = |at: usize| !self.question.kinds.contains(&DETECTORS[at].kind());
            kinds.iter_mut().enumerate().filter(|(at, _)| unwanted(*at)).for_each(|(_, kind)| kind.bit = 0);
        }
        let searched =
            search(&trials, &kinds, &Among { peers: &self.groups.peers, families: &self.families, days: self.days }, self.threads);
        let teller = Teller {
            map: &self.map,
            groups: &self.groups.list,
            families: &self.families,
            kinds: &kinds,
            limits: &limits,
            trials: &trials,
            comments: &tally.comments,
            shares: &shares(trials.iter(), self.groups.list.len()),
            first_day: self.first_day,
            days: self.days,
            unit: &self.unit,
            horizon: self.rules.horizon,
            keeps: self.question.keeps.0,
        };
        let causes = causes(searched.found, &trials, &kinds);
        let told = causes
            .iter()
            .zip(teller.ids(&causes))
            .map(|(cause, id)| teller.tell(cause, id))
            .filter(|finding| self.question.feeling.is_none_or(|only| (only == Only::Pain) == (finding.feeling == Feeling::Pain)));
        (told.take(self.question.at_most).collect(), searched.comparisons)
    }

    /// Whether the next place was reached within the horizon.
    fn is_in_time(&self, trial: &Trial) -> bool {
        trial.measured[0] > 0 && bucket_end(trial.measured[0] - 1) * 1e6 <= self.rules.horizon as f64
    }

    /// Whether a trial is one of those that a place is about.
    fn strikes(&self, place: &Place, trial: &Trial) -> Option<bool> {
        let touchpoint = |id: &str| self.map.touchpoints.iter().position(|touchpoint| touchpoint.id == id);
        let group = place.whom.as_ref().map_or(Some(None), |group| self.groups.list.iter().position(|known| known == group).map(Some))?;
        let days = |time: Option<periplus_model::time::Instant>| time.map(|time| time.0.div_euclid(DAY) - self.first_day);
        let day = i64::from(trial.day);
        let here = touchpoint(&place.touchpoint)? == usize::from(trial.place)
            && group.is_none_or(|group| trial.groups >> group & 1 == 1)
            && days(place.from).is_none_or(|from| day >= from)
            && days(place.until).is_none_or(|until| day < until);
        let bit = 1_u32 << detectors::place(place.kind);
        let (exposed, struck) = match (place.kind, place.limit) {
            (FindingKind::LongWay | FindingKind::FastWay, Some(limit)) => {
                let to = place.to.as_deref().and_then(touchpoint)?;
                let is_long = trial.measured[0] > limit;
                (trial.judged && self.is_in_time(trial) && usize::from(trial.next) == to, is_long == (place.kind == FindingKind::LongWay))
            }
            (FindingKind::LongStep | FindingKind::QuickStep, Some(limit)) => {
                (trial.measured[1] > 0, (trial.measured[1] > limit) == (place.kind == FindingKind::LongStep))
            }
            _ => (trial.exposed & bit != 0, trial.hit & bit != 0),
        };
        Some(here && exposed && struck == place.happened)
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = Walked;
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally::default()
    }
    fn scratch(&self) -> Walked {
        Walked::default()
    }

    fn take(&self, run: &Run<'_>, tally: &mut Tally, walked: &mut Walked) {
        tally.customers += 1;
        let own = self.groups.of_customer(run);
        walked.walk(run, &self.rules, |time| self.day(time), |row| own | self.groups.of_event(run, row));
        let way = Way { run, rules: &self.rules, steps: &walked.steps };
        for (at, detector) in DETECTORS.iter().enumerate() {
            detector.judge(&way, &mut Judged { trials: &mut walked.trials, bit: 1 << at });
        }
        tally.trials.add(run.key, &mut walked.trials);
        self.hear(run, tally);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.customers
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let (findings, comparisons) = self.found(tally);
        let instant = |day: i64| Some(periplus_model::time::Instant(day * DAY));
        let pains = findings.iter().filter(|finding| finding.feeling == Feeling::Pain).count() as u64;
        let caption = match findings.iter().find(|finding| finding.feeling == Feeling::Pain).or(findings.first()) {
            None => format!("Nothing stands out beyond chance in {} comparisons.", count(comparisons)),
            Some(first) => format!(
                "{} and {} in {} comparisons; the weightiest: {}.",
                super::period(pains, "pain"),
                super::period(findings.len() as u64 - pains, "delight"),
                count(comparisons),
                first.title
            ),
        };
        let view = All {
            findings,
            comparisons,
            false_discoveries: 0.05,
            places: self.map.touchpoints.len() as u64,
            groups: self.groups.list.len() as u64,
            from: instant(self.first_day),
            until: instant(self.first_day + self.days as i64),
            unit: self.unit.clone(),
            money: tally.trials.list().iter().any(|trial| trial.spent > 0),
        };
        let mut notes = vec!["These are associations: they say where to look, not why.".to_owned()];
        if tally.trials.share() < 1.0 {
            notes.push(format!(
                "There is so much data that a share of {:.3} of the customers, drawn by their keys, was looked at; numbers of customers are theirs.",
                tally.trials.share()
            ));
        }
        if !self.groups.left_out.is_empty() {
            notes.push(format!(
                "Not compared by {}: numbers are no groups, and there is room for 64 groups; personas of the map come first.",
                self.groups.left_out.join(", ")
            ));
        }
        if self.question.shuffle.is_some() {
            notes.push("Groups and days were dealt out anew: whatever is found here is a false alarm.".to_owned());
        }
        Told { notes, ..Told::new(caption, View::Findings(Box::new(view))) }
    }

    fn semantics(&self) -> String {
        "Everybody counts once a day at a touchpoint; groups, stretches of days, and groups on stretches of days are compared with what the others and the other days let expect; all comparisons enter the correction (false discovery rate 5 %).".to_owned()
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let mut who: Vec<i64> =
            tally.trials.list().iter().filter(|trial| self.strikes(place, trial) == Some(true)).map(|trial| trial.who).collect();
        who.sort_unstable();
        who.dedup();
        who.len() as u64
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        if self.question.shuffle.is_some() {
            return Vec::new();
        }
        let (findings, _) = self.found(tally);
        let places =
            findings.into_iter().flat_map(|finding| std::iter::once(finding.place).chain(finding.also.into_iter().map(|sign| sign.place)));
        let places = places.filter_map(|place| serde_json::from_value(place).ok());
        places.filter(|place| self.count(tally, place) > 0).collect()
    }
}
