//! Key figures of what follows something else: clicks after what was shown, answers after questions.

use periplus_model::condition::{Condition, Test};
use periplus_model::measured::KpiFormat;
use periplus_model::time::Span;
use serde::{Deserialize, Serialize};

use super::seen::{Counts, Planned, See, Seen, Shown, Sighting};
use super::{Around, given_or, named};
use crate::EngineError;
use crate::kind::Asked;
use crate::lens::Text;
use crate::said::{ANSWERED, ASK, ASKED, has_word};
use crate::scan::Run;
use crate::steps::Step;

/// What was shown, and what counts as a click.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ctr {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What was shown or received; events named like messages and advertisements when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shown: Option<Step>,
    /// What counts as a click; events named like clicks when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clicked: Option<Step>,
    /// How long after it was shown a click may come; a week when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within: Option<Span>,
    /// A property by which a click finds what was shown, such as `message`; the last before it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    same: Option<String>,
    /// How it is reckoned.
    #[serde(default)]
    variant: Variant,
}

/// How clicks are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Variant {
    /// Those who clicked, of those to whom something was shown.
    #[default]
    Unique,
    /// Clicks, for each time that something was shown.
    All,
}

/// Which surveys were asked, and which answered.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// When a survey was asked; `Survey Asked` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<Step>,
    /// When it was answered; `Survey Answered` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answered: Option<Step>,
    /// How long after it was asked an answer may come; a week when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within: Option<Span>,
    /// A property by which an answer finds its question; `ask` when absent. Those that have none belong to the last before them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    same: Option<String>,
}

const WEEK: Span = Span::days(7);
/// Words for what carries a message.
const MESSAGES: [&str; 12] =
    ["email", "mail", "push", "sms", "message", "notification", "ad", "ads", "banner", "newsletter", "campaign", "promotion"];

/// What was shown, as far as the names of events tell it: received before sent.
pub(crate) fn shown(around: &Around) -> Option<Step> {
    let with = |words: &[&str]| named(around.names.iter().filter(|name| has_word(name, &MESSAGES) && has_word(name, words)));
    let impressions = || named(around.names.iter().filter(|name| has_word(name, &["impression", "impressions"])));
    impressions().or_else(|| with(&["displayed", "shown", "delivered", "received"])).or_else(|| with(&["sent"]))
}

/// What counts as a click, as far as names tell it.
pub(crate) fn clicked(around: &Around) -> Option<Step> {
    let clicks = |name: &&String| has_word(name, &["click", "clicked", "clicks", "tapped"]);
    named(around.names.iter().filter(|name| clicks(name) && has_word(name, &MESSAGES)))
        .or_else(|| named(around.names.iter().filter(clicks)))
}

/// When surveys are asked, as far as names tell it.
pub(crate) fn asked(around: &Around) -> Option<Step> {
    named(
        around.names.iter().filter(|name| has_word(name, &["survey", "nps", "csat", "ces"]) && has_word(name, &["asked", "sent", "shown"])),
    )
}

/// When surveys are answered, as far as names tell it.
pub(crate) fn answered(around: &Around) -> Option<Step> {
    let answers = ["answered", "response", "responded", "submitted", "completed"];
    named(around.names.iter().filter(|name| has_word(name, &["survey", "nps", "csat", "ces"]) && has_word(name, &answers)))
}

pub(crate) fn clicks(question: &Ctr, asked: &mut Asked<'_>, around: &Around) -> Result<Planned, EngineError> {
    let first = given_or(&question.shown, shown(around), "a click-through rate needs what was \"shown\"")?;
    let then = given_or(&question.clicked, clicked(around), "a click-through rate needs what counts as \"clicked\"")?;
    let within = question.within.unwrap_or(WEEK);
    let is_all = question.variant == Variant::All;
    let same = question.same.clone().map(|name| asked.lens.text(Text::Value(name)));
    let see = Following {
        first: first.required()?.bit(asked)?,
        then: then.required()?.bit(asked)?,
        within: within.0,
        known_until: asked.known_until(),
        same,
        counts_all: is_all,
        is_survey: false,
    };
    let (clicks, shows) = (then.title(), first.title());
    let shown = match is_all {
        true => Shown { ends: [0.0, f64::INFINITY], ..Shown::new(format!("{clicks} within {within}, for each {shows}"), KpiFormat::Share) },
        false => Shown::new(format!("customers with {clicks} within {within}, of those with {shows}"), KpiFormat::Share),
    };
    Ok(Planned {
        kpi: "ctr",
        name: question.name.clone().unwrap_or_else(|| "Click-through rate".to_owned()),
        counts: if is_all { Counts::Sum } else { Counts::Any },
        shown: vec![shown],
        means: ["clicked", "did not click"],
        smaller_is_better: false,
        aims: Vec::new(),
        has_whole: true,
        skips_idle: false,
        see: Box::new(see),
        response: None,
    })
}

pub(crate) fn responses(question: &Answered, asked_for: &mut Asked<'_>, around: &Around) -> Result<Planned, EngineError> {
    let first = given_or(&question.asked, asked(around), "a response rate needs when a survey was \"asked\"")?;
    let then = given_or(&question.answered, answered(around), "a response rate needs when a survey was \"answered\"")?;
    let within = question.within.unwrap_or(WEEK);
    let same = question.same.clone().unwrap_or_else(|| ASK.to_owned());
    let see = Following {
        first: first.required()?.bit(asked_for)?,
        then: then.required()?.bit(asked_for)?,
        within: within.0,
        known_until: asked_for.known_until(),
        same: Some(asked_for.lens.text(Text::Value(same))),
        counts_all: false,
        is_survey: true,
    };
    Ok(Planned {
        kpi: "response_rate",
        name: question.name.clone().unwrap_or_else(|| "Response rate".to_owned()),
        counts: Counts::Each,
        shown: vec![Shown::new(
            format!("surveys answered ({}) within {within}, of those that were asked ({})", then.title(), first.title()),
            KpiFormat::Share,
        )],
        means: ["answered", "did not answer"],
        smaller_is_better: false,
        aims: Vec::new(),
        has_whole: true,
        skips_idle: false,
        see: Box::new(see),
        response: None,
    })
}

/// How many of the surveys that were asked with a question of a kind ("nps") are answered; nothing where none was noted as asked.
pub(crate) fn answers(kind: &str, asked: &mut Asked<'_>) -> Result<Option<Box<dyn See>>, EngineError> {
    if !asked.names()?.list().iter().any(|name| name == ASKED) {
        return Ok(None);
    }
    let of_kind = Condition::Property("kind".to_owned(), Test::In(vec![kind.into()]));
    let map = asked.desk.map;
    Ok(Some(Box::new(Following {
        first: asked.lens.bit(&Condition::Event(vec![ASKED.to_owned()], Some(Box::new(of_kind))), map)?,
        then: asked.lens.bit(&Condition::Event(vec![ANSWERED.to_owned()], None), map)?,
        within: WEEK.0,
        known_until: asked.known_until(),
        same: Some(asked.lens.text(Text::Value(ASK.to_owned()))),
        counts_all: false,
        is_survey: true,
    })))
}

struct Following {
    first: u32,
    then: u32,
    within: i64,
    known_until: i64,
    /// The text that both have in common, in the lens.
    same: Option<usize>,
    /// Whether every one that follows counts.
    counts_all: bool,
    /// Whether the first is a survey that is asked, which is about what its answer is about.
    is_survey: bool,
}

impl Following {
    /// Which of those before it something belongs to: the last with the same text; the last at all where one has none.
    fn belongs(&self, run: &Run<'_>, open: &[(usize, u32)], row: usize) -> Option<usize> {
        let text = |row: usize| self.same.and_then(|place| run.text(place, row));
        let fits = |(first, _): &(usize, u32)| match (text(*first), text(row)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        open.iter().rposition(fits)
    }
}

impl See for Following {
    fn see(&self, run: &Run<'_>, _: bool, into: &mut Vec<Sighting>) {
        let mut open: Vec<(usize, u32)> = Vec::new();
        for row in 0..run.times.len() {
            if run.meets(row, Some(self.then))
                && let Some(place) = self.belongs(run, &open, row)
                && run.times[row] - run.times[open[place].0] <= self.within
            {
                open[place].1 += 1;
            }
            if run.meets(row, Some(self.first)) {
                open.push((row, 0));
            }
        }
        into.extend(open.into_iter().map(|(row, followed)| {
            let seen = match run.times[row].saturating_add(self.within) <= self.known_until {
                false => Seen::Immature,
                true if self.counts_all => Seen::Of(followed, 1),
                true => Seen::Share(followed > 0),
            };
            Sighting { is_answer: self.is_survey, ..Sighting::at(run, row, seen) }
        }));
    }
}
