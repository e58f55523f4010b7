//! What was found, told to a person.

use std::collections::{HashMap, HashSet};

use periplus_findings::{Cause, Direction, Found, Kind, Trial, mix, strikes};
use periplus_maps::JourneyMap;
use periplus_model::answer::Estimate;
use periplus_model::finding::{Example, Finding, FindingKind, Sign, Status, TrendPoint};
use periplus_model::measured::{Feeling, Quote};
use periplus_model::time::Instant;
use periplus_stats::{newcombe, wilson};
use periplus_voice::{Label, Settings, read, themes};
use serde::{Deserialize, Serialize};

use super::detectors::DETECTORS;
use super::examples::example;
use super::groups::Group;
use super::way::{DAY, bucket_end};
use crate::analyses::{count, percent, seconds};

/// How many comments are shown.
const QUOTES: usize = 4;
/// How many phrases are told of what was written.
const THEMES: usize = 3;
/// What came after is not judged by fewer cases.
const AFTER_MIN: u64 = 50;
/// A finding is about a persona when at least this share of those whom it struck are of it,
const OF_THEM_MIN: f64 = 0.5;
/// and the odds that they are of it are so many times those at all places.
const MORE_OF_THEM_MIN: f64 = 2.0;
/// Comments of so many days around it are about it.
const DAYS_AROUND: i64 = 14;

/// Whom a finding struck.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// What happened.
    pub(crate) kind: FindingKind,
    /// The id of the touchpoint.
    pub(crate) touchpoint: String,
    /// Whether it happened, or is missing.
    pub(crate) happened: bool,
    /// Whom it is about; everybody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) whom: Option<Group>,
    /// From this day on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Instant>,
    /// Up to, and without, this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Instant>,
    /// What counts as long or quick, where that is measured: a third-octave of seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u8>,
    /// The id of the touchpoint that was being gone to, where that is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
}

/// A comment that somebody made.
#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub(crate) struct Comment {
    pub(crate) hash: u64,
    pub(crate) who: i64,
    pub(crate) day: u16,
    /// The touchpoint that it is about.
    pub(crate) place: Option<u16>,
    /// The mark that came with it, from 0 to 1.
    pub(crate) mark: f64,
    pub(crate) text: String,
}

/// What measured steps and ways are judged by, at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Ways: where they go, what is long, what is fast.
    pub(crate) way: Option<(u16, u8, u8)>,
    /// Steps: what is long, what is quick.
    pub(crate) step: Option<(u8, u8)>,
}

/// What is needed to tell.
pub(crate) struct Teller<'a> {
    pub(crate) map: &'a JourneyMap,
    pub(crate) groups: &'a [Group],
    pub(crate) families: &'a [Vec<u16>],
    pub(crate) kinds: &'a [Kind],
    pub(crate) limits: &'a [Limits],
    /// The trials, sorted by place.
    pub(crate) trials: &'a [Trial],
    pub(crate) comments: &'a [Comment],
    /// Of all trials, the share of each group.
    pub(crate) shares: &'a [f64],
    /// The first day, counted from 1970, and how many there are.
    pub(crate) first_day: i64,
    pub(crate) days: usize,
    pub(crate) unit: &'a str,
    pub(crate) horizon: i64,
    /// For how long evidence keeps, in microseconds.
    pub(crate) keeps: i64,
}

impl Teller<'_> {
    /// One cause as a finding.
    pub(crate) fn tell(&self, cause: &Cause, id: String) -> Finding {
        let found = &cause.found;
        let kind = DETECTORS[found.kind].kind();
        let touchpoint = &self.map.touchpoints[usize::from(found.place)];
        let stage = self.map.stages.iter().find(|stage| stage.id == touchpoint.stage);
        let rate = wilson(found.hits, found.trials).unwrap_or_default();
        let feeling = self.feeling(found);
        let who = found.group.map(|group| self.who(&self.groups[usize::from(group)]));
        let learnt = found.learnt_from.max(1);
        let expected_hits = (found.expected * learnt as f64).round() as u64;
        let title = self.title(found);
        let about = self.themes(found, feeling);
        Finding {
            id,
            feeling,
            kind,
            stage: stage.map_or_else(String::new, |stage| stage.name.clone()),
            touchpoint: touchpoint.id.clone(),
            at: touchpoint.name.clone(),
            from: self.first(found),
            until: self.last(found),
            sentence: self.sentence(cause, &rate, &about),
            title,
            customers: cause.customers,
            rate,
            expected: found.expected,
            expected_from: match (found.group, found.days) {
                (None, None) => self.others(found.place),
                (None, Some(_)) => "all other days".to_owned(),
                (Some(_), None) => "everybody else there".to_owned(),
                (Some(_), Some(_)) => "their own other days, and everybody else on the same days".to_owned(),
            },
            difference: newcombe((found.hits, found.trials), (expected_hits.min(learnt), learnt)).unwrap_or_default(),
            deviates: found.deviates,
            q: found.q,
            further: cause.further,
            spent: cause.spent,
            weight: cause.weight,
            status: self.status(cause),
            is_stale: self.is_stale(cause),
            themes: about,
            trend: self.trend(found),
            also: cause.also.iter().map(|found| self.sign(found)).collect(),
            quotes: self.quotes(found, feeling),
            examples: self.examples(cause),
            place: self.place(found),
            personas: self.personas(found),
            who,
        }
    }

    /// Those whom it struck.
    fn struck<'f>(&'f self, found: &'f Found) -> impl Iterator<Item = &'f Trial> {
        self.here(found.place).iter().filter(|trial| strikes(found, self.kinds, trial) == Some(true))
    }

    /// Where the journeys of some of those are to be found whom it struck.
    fn examples(&self, cause: &Cause) -> Vec<Example> {
        let found = &cause.found;
        let day_of = |who: i64| self.struck(found).find(|trial| trial.who == who).map(|trial| self.day(trial.day));
        let touchpoint = &self.map.touchpoints[usize::from(found.place)].id;
        cause.examples.iter().filter_map(|who| Some(example(*who, touchpoint, day_of(*who)?))).collect()
    }

    /// The personas that it strikes in particular: it is about them, or most of those whom it struck are of them, and many more than of all.
    fn personas(&self, found: &Found) -> Vec<String> {
        let odds = |share: f64| share / (1.0 - share);
        let here = shares(self.struck(found), self.groups.len());
        let is_about = |group: usize| {
            found.group.map(usize::from) == Some(group)
                || (here[group] >= OF_THEM_MIN && odds(here[group]) >= MORE_OF_THEM_MIN * odds(self.shares[group]))
        };
        let personas = self.groups.iter().enumerate().filter_map(|(at, group)| match group {
            Group::Persona(id) if is_about(at) => Some(id.clone()),
            _ => None,
        });
        personas.collect()
    }

    fn feeling(&self, found: &Found) -> Feeling {
        match (DETECTORS[found.kind].kind().feeling(), found.more) {
            (feeling, true) => feeling,
            (Feeling::Pain, false) => Feeling::Delight,
            (Feeling::Delight, false) => Feeling::Pain,
        }
    }

    fn sign(&self, found: &Found) -> Sign {
        let touchpoint = self.map.touchpoints[usize::from(found.place)].id.clone();
        Sign { title: self.title(found), kind: DETECTORS[found.kind].kind(), touchpoint, place: self.place(found) }
    }

    /// Two independent kinds of evidence confirm each other; what is over and stays over is fixed.
    fn status(&self, cause: &Cause) -> Status {
        if self.feeling(&cause.found) == Feeling::Pain && self.is_over(&cause.found) {
            return Status::Fixed;
        }
        let said = |found: &Found| DETECTORS[found.kind].kind().is_said();
        let all = || std::iter::once(&cause.found).chain(&cause.also);
        match (all().any(said), all().any(|found| !said(found))) {
            (true, true) => Status::Confirmed,
            (true, false) => Status::Reported,
            (false, _) => Status::Observed,
        }
    }

    /// Whether what came after is clearly different, and not clearly other than was to be expected.
    fn is_over(&self, found: &Found) -> bool {
        let Some((_, until)) = found.days.filter(|(_, until)| usize::from(*until) < self.days) else { return false };
        let after = Found { days: Some((until, u16::MAX)), ..found.clone() };
        let bit = self.kinds[found.kind].bit;
        let mut since = (0_u64, 0_u64);
        for trial in self.here(found.place).iter().filter(|trial| trial.exposed & bit != 0 && after.covers(trial)) {
            since = (since.0 + u64::from(trial.hit & bit != 0), since.1 + 1);
        }
        let learnt = found.learnt_from.max(1);
        let usual = (((found.expected * learnt as f64).round() as u64).min(learnt), learnt);
        if since.1 < AFTER_MIN {
            return false;
        }
        let (Some(less), Some(left)) = (newcombe((found.hits, found.trials), since), newcombe(since, usual)) else { return false };
        if found.more { less.low > 0.0 && left.low <= 0.0 } else { less.high < 0.0 && left.high >= 0.0 }
    }

    /// Whether the newest evidence is older than evidence keeps, as seen from the newest day.
    fn is_stale(&self, cause: &Cause) -> bool {
        let found = &cause.found;
        let bit = self.kinds[found.kind].bit;
        let newest = self.here(found.place).iter().filter(|trial| trial.exposed & bit != 0 && found.covers(trial)).map(|trial| trial.day);
        let age = newest.max().map_or(0, |day| self.days.saturating_sub(1 + usize::from(day)));
        age as i64 > self.keeps / DAY && self.status(cause) != Status::Fixed
    }

    /// What those whom it struck wrote about, the most telling phrases; of complaints and praise only.
    fn themes(&self, found: &Found, feeling: Feeling) -> Vec<String> {
        let wanted = match DETECTORS[found.kind].kind() {
            FindingKind::Complaint => Label::Negative,
            FindingKind::Praise => Label::Positive,
            _ => return Vec::new(),
        };
        let meant = |comment: &&Comment| read(&comment.text).sentiment().is_some_and(|sentiment| sentiment.label == wanted);
        let said: Vec<&str> = self.said(found, feeling).into_iter().filter(meant).map(|comment| comment.text.as_str()).collect();
        let settings = Settings { themes_max: THEMES, ..Settings::default() };
        themes(&said, &settings).themes.into_iter().map(|theme| theme.name).collect()
    }

    /// The places at which the same is done, which a place is compared with.
    fn others(&self, place: u16) -> String {
        let family = self.families.iter().find(|family| family.contains(&place));
        let others = family.into_iter().flatten().filter(|other| **other != place);
        let names: Vec<&str> = others.map(|other| self.map.touchpoints[usize::from(*other)].name.as_str()).collect();
        names.join(" and ")
    }

    fn day(&self, day: u16) -> Instant {
        Instant((self.first_day + i64::from(day)) * DAY)
    }

    fn first(&self, found: &Found) -> Option<Instant> {
        found.days.filter(|(from, _)| *from > 0).map(|(from, _)| self.day(from))
    }

    fn last(&self, found: &Found) -> Option<Instant> {
        found.days.filter(|(_, until)| usize::from(*until) < self.days).map(|(_, until)| self.day(until))
    }

    /// The id of each cause: the same as long as it is about the same thing at the same place for the same people. When that happened more
    /// than once, the second has a 2 behind it, and so on.
    pub(crate) fn ids(&self, causes: &[Cause]) -> Vec<String> {
        let mut in_time: Vec<(usize, &Found)> = causes.iter().map(|cause| &cause.found).enumerate().collect();
        in_time.sort_by_key(|(_, found)| found.days);
        let (mut seen, mut ids) = (HashMap::<String, usize>::new(), vec![String::new(); causes.len()]);
        for (at, found) in in_time {
            let group = found.group.map(|group| &self.groups[usize::from(group)]);
            let (kind, feeling) = (DETECTORS[found.kind].kind(), self.feeling(found));
            let text = format!("{kind:?} {feeling:?} {} {group:?}", self.map.touchpoints[usize::from(found.place)].id);
            let id = format!("{:016x}", text.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)).wrapping_add(1)));
            let times = seen.entry(id.clone()).or_default();
            *times += 1;
            ids[at] = if *times > 1 { format!("{id}-{times}") } else { id };
        }
        ids
    }

    fn place(&self, found: &Found) -> serde_json::Value {
        let kind = DETECTORS[found.kind].kind();
        let limits = self.limits[usize::from(found.place)];
        let (limit, to) = match kind {
            FindingKind::LongWay => (limits.way.map(|way| way.1), limits.way.map(|way| way.0)),
            FindingKind::FastWay => (limits.way.map(|way| way.2), limits.way.map(|way| way.0)),
            FindingKind::LongStep => (limits.step.map(|step| step.0), None),
            FindingKind::QuickStep => (limits.step.map(|step| step.1), None),
            _ => (None, None),
        };
        let place = Place {
            kind,
            touchpoint: self.map.touchpoints[usize::from(found.place)].id.clone(),
            happened: found.more || self.kinds[found.kind].worth == Direction::More,
            whom: found.group.map(|group| self.groups[usize::from(group)].clone()),
            from: self.first(found),
            until: self.last(found),
            limit,
            to: to.map(|to| self.map.touchpoints[usize::from(to)].id.clone()),
        };
        serde_json::to_value(place).unwrap_or_default()
    }

    /// Whom a group is, in a few words.
    fn who(&self, group: &Group) -> String {
        match group {
            Group::Persona(id) => self.map.personas.iter().find(|p| p.id == *id).map_or_else(|| id.clone(), |p| p.name.clone()),
            Group::Trait(name, value) => format!("{} {value}", words(name)),
            Group::Property(name, value) => format!("{} {value}", words(name.strip_prefix("context_").unwrap_or(name))),
            Group::Channel(channel) => format!("channel {channel}"),
        }
    }

    /// The same within a sentence.
    fn whom(&self, group: &Group) -> String {
        let who = self.who(group);
        match group {
            Group::Persona(_) => who,
            _ => format!("{} with {who}", self.unit),
        }
    }

    fn when(&self, found: &Found) -> Option<String> {
        let day = |instant: Instant| date(instant);
        match (self.first(found), self.last(found)) {
            (None, None) => None,
            (Some(from), None) => Some(format!("since {}", day(from))),
            (None, Some(until)) => Some(format!("until {}", day(Instant(until.0 - DAY)))),
            (Some(from), Some(until)) => Some(format!("from {} to {}", day(from), day(Instant(until.0 - DAY)))),
        }
    }

    /// What happened at a place, as the end of a sentence that begins with how often.
    fn happened(&self, found: &Found) -> (String, String) {
        let touchpoint = &self.map.touchpoints[usize::from(found.place)];
        let (at, limits) = (&touchpoint.name, self.limits[usize::from(found.place)]);
        let next_stage = self.map.stage_index(&touchpoint.stage).and_then(|stage| self.map.stages.get(stage + 1));
        let next_stage = next_stage.map_or("the next stage", |stage| stage.name.as_str());
        let (to, long, fast) = limits.way.map_or(("the next step", 0, 0), |(to, long, fast)| {
            (self.map.touchpoints.get(usize::from(to)).map_or("the next step", |t| t.name.as_str()), long, fast)
        });
        let (long_step, quick_step) = limits.step.unwrap_or_default();
        let (title, clause) = match (DETECTORS[found.kind].kind(), found.more) {
            (FindingKind::DropOff, _) => (format!("Leaving at {at}"), "the visit ended there".to_owned()),
            (FindingKind::Loop, _) => (format!("Back from {at}"), "they went back to where they had just been".to_owned()),
            (FindingKind::Again, _) => (format!("{at} again and again"), "they had to do it again at once".to_owned()),
            (FindingKind::SameAgain, _) => (format!("The very same again at {at}"), "they did the very same once more".to_owned()),
            (FindingKind::Error, _) => (format!("Errors at {at}"), "an error came next".to_owned()),
            (FindingKind::Met, _) => (format!("{at} comes up"), format!("{at} came up")),
            (FindingKind::Rage, _) => (format!("Rage at {at}"), "they did it three times within two seconds".to_owned()),
            (FindingKind::DeadEnd, _) => (format!("A glance at {at} and back"), "they turned back after a glance".to_owned()),
            (FindingKind::ToService, _) => (format!("Asking for help after {at}"), "they asked for help within three days".to_owned()),
            (FindingKind::HelpAgain, _) => (format!("Asking again after {at}"), "they asked for help again within a week".to_owned()),
            (FindingKind::LostSwitch, _) => {
                (format!("Lost on the way from {at} to another channel"), "they went on in another channel and got no further".to_owned())
            }
            (FindingKind::BoughtAgain, _) => {
                (format!("Buying again after {at}"), format!("they bought again within {} days", self.horizon / DAY))
            }
            (FindingKind::Referral, _) => (format!("Bringing others after {at}"), "they brought others within two weeks".to_owned()),
            (FindingKind::Settled, true) => (format!("Settled at {at}"), "the matter was settled".to_owned()),
            (FindingKind::Settled, false) => (format!("Not settled at {at}"), "the matter was settled".to_owned()),
            (FindingKind::Late, _) => (format!("{at}: later than promised"), "it came later than promised".to_owned()),
            (FindingKind::BadScore, _) => (format!("Bad marks for {at}"), "they gave a bad mark".to_owned()),
            (FindingKind::GoodScore, _) => (format!("Best marks for {at}"), "they gave one of the best marks".to_owned()),
            (FindingKind::Complaint, _) => (format!("Complaints about {at}"), "what they wrote was a complaint".to_owned()),
            (FindingKind::Praise, _) => (format!("Praise for {at}"), "what they wrote was praise".to_owned()),
            (FindingKind::GoesOn, true) => (format!("{at} leads on to {next_stage}"), format!("they went on to {next_stage}")),
            (FindingKind::GoesOn, false) => (format!("Fewer go on to {next_stage} from {at}"), format!("they went on to {next_stage}")),
            (FindingKind::LongWay, _) => {
                (format!("Long way from {at} to {to}"), format!("it took them longer than {} to get to {to}", seconds(bucket_end(long))))
            }
            (FindingKind::FastWay, _) => {
                (format!("Fast from {at} to {to}"), format!("they got to {to} within {}", seconds(bucket_end(fast))))
            }
            (FindingKind::LongStep, _) => (format!("{at} takes long"), format!("it took longer than {}", seconds(bucket_end(long_step)))),
            (FindingKind::QuickStep, _) => {
                (format!("{at} is quick"), format!("it took no longer than {}", seconds(bucket_end(quick_step))))
            }
        };
        (title, clause)
    }

    fn title(&self, found: &Found) -> String {
        let (mut title, _) = self.happened(found);
        if let Some(group) = found.group {
            title += &format!(" ({})", self.who(&self.groups[usize::from(group)]));
        }
        title
    }

    fn sentence(&self, cause: &Cause, rate: &Estimate, about: &[String]) -> String {
        let found = &cause.found;
        let (_, clause) = self.happened(found);
        let at = &self.map.touchpoints[usize::from(found.place)];
        let stage = || self.map.stage_index(&at.stage).map_or(&at.stage, |stage| &self.map.stages[stage].name);
        let had =
            if DETECTORS[found.kind].kind() == FindingKind::Met { format!("were at {}", stage()) } else { format!("had {}", at.name) };
        let when = self.when(found).map(|when| format!("{when}, ")).unwrap_or_default();
        let mut text = format!(
            "{when}in {} of {} cases (95 % interval {} to {}) in which {} {had}, {clause}; {} were to be expected from {}. ",
            percent(rate.value),
            count(found.trials),
            percent(rate.low),
            percent(rate.high),
            found.group.map_or_else(|| self.unit.to_owned(), |group| self.whom(&self.groups[usize::from(group)])),
            percent(found.expected),
            match (found.group, found.days) {
                (None, None) => self.others(found.place),
                (None, Some(_)) => "the other days".to_owned(),
                (Some(_), None) => "everybody else".to_owned(),
                (Some(_), Some(_)) => "their other days and everybody else".to_owned(),
            },
        );
        let struck = count(cause.customers);
        let days = self.horizon / DAY;
        text += &match (&cause.spent, &cause.further) {
            (Some(spent), _) if spent.low > 0.0 || spent.high < 0.0 => format!(
                "{struck} {} were struck and spent {:.2} {} each within {days} days than those who were not ({:+.2} to {:+.2}).",
                self.unit,
                spent.value.abs(),
                if spent.value > 0.0 { "more" } else { "less" },
                spent.low,
                spent.high
            ),
            (_, Some(further)) if further.low > 0.0 || further.high < 0.0 => format!(
                "{struck} {} were struck; {:+.1} percentage points of them got further than of those who were not ({:+.1} to {:+.1}).",
                self.unit,
                further.value * 100.0,
                further.low * 100.0,
                further.high * 100.0
            ),
            _ => format!("{struck} {} were struck.", self.unit),
        };
        if !about.is_empty() {
            text += &format!(" They write about: {}.", about.join(", "));
        }
        let mut letters = text.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }

    fn here(&self, place: u16) -> &[Trial] {
        let from = self.trials.partition_point(|trial| trial.place < place);
        let to = self.trials.partition_point(|trial| trial.place <= place);
        &self.trials[from..to]
    }

    /// The rate week by week, of those whom it is about, also before and after.
    fn trend(&self, found: &Found) -> Vec<TrendPoint> {
        let mut weeks = vec![(0_u64, 0_u64); self.days.div_ceil(7)];
        let always = Found { days: None, ..found.clone() };
        let bit = self.kinds[found.kind].bit;
        for trial in self.here(found.place).iter().filter(|trial| trial.exposed & bit != 0 && always.covers(trial)) {
            if let Some(week) = weeks.get_mut(usize::from(trial.day) / 7) {
                week.0 += 1;
                week.1 += u64::from(trial.hit & bit != 0);
            }
        }
        let start = |week: usize| self.day((week * 7) as u16);
        weeks.into_iter().enumerate().map(|(week, (trials, hits))| TrendPoint { start: start(week), trials, hits }).collect()
    }

    /// What those whom it struck said at the time; of a pain, the worst first.
    fn quotes(&self, found: &Found, feeling: Feeling) -> Vec<Quote> {
        let mut said = self.said(found, feeling);
        said.dedup_by(|a, b| a.text == b.text);
        said.into_iter().take(QUOTES).map(|comment| Quote { text: comment.text.clone(), score: Some(comment.mark * 2.0 - 1.0) }).collect()
    }

    /// Comments of those whom it struck, from the time of it: those about the place first, then those about its stage; of a pain, the worst
    /// first.
    fn said(&self, found: &Found, feeling: Feeling) -> Vec<&Comment> {
        let who: HashSet<i64> = self.struck(found).map(|trial| trial.who).collect();
        let around = |comment: &&Comment| {
            found.days.is_none_or(|(from, until)| (i64::from(from) - 1..i64::from(until) + DAYS_AROUND).contains(&i64::from(comment.day)))
        };
        // What is said of another stage is not said of this.
        let stage = |place: u16| self.map.touchpoints.get(usize::from(place)).map(|touchpoint| &touchpoint.stage);
        let is_near = |comment: &&Comment| comment.place.is_none_or(|place| stage(place) == stage(found.place));
        let mut said: Vec<&Comment> =
            self.comments.iter().filter(|comment| who.contains(&comment.who)).filter(is_near).filter(around).collect();
        said.sort_by(|a, b| {
            let worse = a.mark.total_cmp(&b.mark);
            let elsewhere = |comment: &Comment| comment.place != Some(found.place);
            let worst = if feeling == Feeling::Pain { worse } else { worse.reverse() };
            elsewhere(a).cmp(&elsewhere(b)).then(worst).then(a.hash.cmp(&b.hash))
        });
        said
    }
}

/// Of some trials, the share of each of so many groups.
pub(crate) fn shares<'t>(trials: impl Iterator<Item = &'t Trial>, groups: usize) -> Vec<f64> {
    let mut counts = vec![0_u64; groups];
    let mut all = 0_u64;
    for trial in trials {
        all += 1;
        counts.iter_mut().enumerate().for_each(|(group, count)| *count += trial.groups >> group & 1);
    }
    counts.into_iter().map(|count| count as f64 / all.max(1) as f64).collect()
}

/// A name of a trait or property as words.
fn words(name: &str) -> String {
    name.replace(['_', '.'], " ")
}

/// A day as a person writes it.
fn date(day: Instant) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = day.date();
    format!("{day} {} {year}", MONTHS[(month as usize).saturating_sub(1) % 12])
}
