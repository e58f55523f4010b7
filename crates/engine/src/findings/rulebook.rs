//! What a map and the names of things say about how to read a customer's way.

use periplus_maps::{JourneyMap, Touchpoint};
use periplus_model::condition::Condition;

use super::look::Look;
use crate::EngineError;
use crate::about::About;
use crate::kind::Asked;
use crate::lens::{Number, Text};
use crate::said::{Corrected, Source};
use crate::scan::Run;

/// So much time after something, what a customer did or spent counts as its consequence, where the map says nothing else.
pub(crate) const HORIZON: i64 = 30 * 86_400_000_000;

/// Words in the names of events that tell of errors, in the languages of those who name events.
const ERRORS: [&str; 16] = [
    "error",
    "fail",
    "declin",
    "exception",
    "timeout",
    "timed out",
    "crash",
    "denied",
    "invalid",
    "fehler",
    "rejected",
    "unavailable",
    "bug",
    "problem",
    "glitch",
    "broken",
];
/// Of so many touchpoints that are errors it is asked how many meet them.
const ERROR_PLACES_MAX: usize = 16;
/// Of events that give money back.
const REFUNDS: [&str; 5] = ["refund", "return", "cancel", "chargeback", "erstattung"];
/// Of events in which customers bring others.
const REFERRALS: [&str; 8] =
    ["referral", "referred", "refer a", "friend invited", "invite sent", "invitation sent", "recommended to", "empfohlen"];
/// Of touchpoints at which customers ask for help.
const SERVICE: [&str; 11] =
    ["support", "call", "chat", "service", "ticket", "complain", "helpdesk", "help desk", "help center", "contact us", "hotline"];
/// Of properties that say how long something took.
const DURATIONS: [&str; 10] = ["wait", "queue", "delay", "duration", "latency", "load_time", "loadtime", "late_", "_late", "elapsed"];
/// Of properties that say until when something was promised.
const PROMISES: [&str; 6] = ["promised", "expected_delivery", "estimated_delivery", "expected_at", "eta", "due_"];
/// Of properties that say whether a matter was settled.
const SETTLED: [&str; 4] = ["resolved", "solved", "success", "successful"];

/// How to read a customer's way.
#[derive(Debug)]
pub(crate) struct Rulebook {
    /// The stage of each touchpoint.
    pub(crate) stage_of: Vec<usize>,
    /// The place of each touchpoint on the way: by stage, then by the map's order.
    pub(crate) rank: Vec<usize>,
    pub(crate) stages: usize,
    pub(crate) offline: Vec<bool>,
    /// The channel of each touchpoint, where it is known: the first touchpoint that has it.
    pub(crate) channel_of: Vec<Option<usize>>,
    /// Whether customers ask for help there.
    pub(crate) service: Vec<bool>,
    /// The bit by which each stage is entered; by any of its touchpoints where there is none.
    entries: Vec<Option<u32>>,
    /// The bit of errors.
    pub(crate) errors: Option<u32>,
    /// Touchpoints that are errors themselves.
    pub(crate) error_places: Vec<u32>,
    /// The bit of events that give money back.
    refunds: Option<u32>,
    amount: usize,
    /// The bit of events in which customers bring others.
    pub(crate) referrals: Option<u32>,
    /// What events that say the very same have in common.
    pub(crate) sameness: usize,
    /// Numbers that say how long something took.
    pub(crate) durations: Vec<usize>,
    /// Texts that say until when something was promised, and whether it was settled.
    pub(crate) promises: Vec<usize>,
    pub(crate) settled: Vec<usize>,
    pub(crate) scores: Vec<Source>,
    /// How people say that texts are meant.
    pub(crate) corrected: Corrected,
    /// What their answers are about.
    pub(crate) about: About,
    /// How long consequences may take.
    pub(crate) horizon: i64,
    /// Up to when it is known what happened.
    pub(crate) known_until: i64,
}

impl Rulebook {
    /// Reads the map and asks the lens for what the rules need.
    pub(crate) fn of(asked: &mut Asked<'_>, map: &JourneyMap, look: &Look) -> Result<Rulebook, EngineError> {
        let names = asked.names()?;
        let known_until = asked.known_until();
        let lens = &mut asked.lens;
        let mut named = |words: &[&str]| {
            let found: Vec<String> = names.list().iter().filter(|name| mentions(name, words) && !name.ends_with('*')).cloned().collect();
            if found.is_empty() { Ok(None) } else { lens.bit(&Condition::Event(found, None), None).map(Some) }
        };
        let (errors, refunds, referrals) = (named(&ERRORS)?, named(&REFUNDS)?, named(&REFERRALS)?);
        let entries = map
            .stages
            .iter()
            .map(|stage| stage.entry.as_ref().map(|entry| lens.bit(entry, Some(map))).transpose())
            .collect::<Result<_, _>>()?;
        let about = About::of(map, lens)?;
        let scores = map.scores.iter().map(|score| Source::of_score(score, Some(map), lens)).collect::<Result<_, _>>()?;
        let stage_of: Vec<usize> = map.touchpoints.iter().map(|t| map.stage_index(&t.stage).unwrap_or(0)).collect();
        let mut order: Vec<usize> = (0..stage_of.len()).collect();
        order.sort_by_key(|t| (stage_of[*t], *t));
        let mut rank = vec![0; order.len()];
        order.into_iter().enumerate().for_each(|(place, touchpoint)| rank[touchpoint] = place);
        let properties = |words: &'static [&'static str], is: fn(&super::look::Property) -> bool| {
            look.properties.iter().filter(move |(name, property)| mentions(name, words) && is(property)).map(|(name, _)| name.clone())
        };
        Ok(Rulebook {
            rank,
            stages: map.stages.len(),
            offline: map.touchpoints.iter().map(|t| t.offline).collect(),
            channel_of: map.touchpoints.iter().map(|t| t.channel.as_ref().and_then(|_| first_of(map, t))).collect(),
            service: map
                .touchpoints
                .iter()
                .map(|t| [Some(&t.name), Some(&t.id), t.channel.as_ref()].into_iter().flatten().any(|name| mentions(name, &SERVICE)))
                .collect(),
            error_places: (0..).zip(&map.touchpoints).filter(|(_, t)| is_error(t)).map(|(code, _)| code).take(ERROR_PLACES_MAX).collect(),
            stage_of,
            entries,
            errors,
            refunds,
            referrals,
            amount: lens.number(Number::Amount),
            sameness: lens.number(Number::Sameness),
            durations: in_order(properties(&DURATIONS, |p| p.numbers * 10 >= p.rows * 9).collect(), &DURATIONS)
                .into_iter()
                .map(|name| lens.number(Number::Property(name)))
                .collect(),
            promises: properties(&PROMISES, |p| p.numbers == 0 && p.booleans == 0).map(|name| lens.text(Text::Value(name))).collect(),
            settled: properties(&SETTLED, |p| p.booleans * 10 >= p.rows * 9).map(|name| lens.text(Text::Value(name))).collect(),
            scores,
            corrected: Corrected::default(),
            about,
            horizon: map.window.map_or(HORIZON, |window| window.0),
            known_until,
        })
    }

    /// What a customer spent in a row, in hundredths of a currency unit; nothing where money is given back.
    pub(crate) fn spent(&self, run: &Run<'_>, row: usize) -> f64 {
        let gives_back = self.refunds.is_some_and(|bit| run.mask(row) >> bit & 1 == 1);
        let amount = run.number(self.amount, row);
        if amount > 0.0 && !gives_back { (amount * 100.0).round().min(1e12) } else { 0.0 }
    }

    /// The furthest stage that an event enters.
    pub(crate) fn enters(&self, code: u32, mask: u64) -> Option<usize> {
        let declared = (0..self.stages).rfind(|stage| self.entries[*stage].is_some_and(|bit| mask >> bit & 1 == 1));
        declared.max(self.stage_of.get(code as usize).copied().filter(|stage| self.entries[*stage].is_none()))
    }
}

/// The first touchpoint with the same channel.
fn first_of(map: &JourneyMap, touchpoint: &Touchpoint) -> Option<usize> {
    map.touchpoints.iter().position(|other| other.channel == touchpoint.channel)
}

/// Whether a touchpoint is an error: by its name, or because all of its events are.
fn is_error(touchpoint: &Touchpoint) -> bool {
    let events = matches!(&touchpoint.when, Condition::Event(names, _) if names.iter().all(|name| mentions(name, &ERRORS)));
    events || mentions(&touchpoint.name, &ERRORS)
}

/// Names in the order of the words that they contain: waiting says more than how long it took in all.
fn in_order(mut names: Vec<String>, words: &[&str]) -> Vec<String> {
    names.sort_by_key(|name| words.iter().position(|word| mentions(name, &[word])));
    names
}

/// Whether a name contains one of the words.
fn mentions(name: &str, words: &[&str]) -> bool {
    // Whoever looks for errors has none.
    let name = name.to_lowercase().replace("debug", "");
    words.iter().any(|word| name.contains(word))
}
