//! Key figures as data: what each counts of a customer, one file for each way of counting.
//!
//! A [`Definition`] becomes a [`Planned`] figure, which says what it sees of one customer ([`See`]): answers, shares, times, sums, each at an
//! event. Where on the map that is, in which stretch of time, who is behind it and how sure it is, is the same for all of them
//! (`places.rs`, `seen.rs`, and the analysis). To add a key figure, write its file with a question and a `plan`, add a variant to [`Definition`], and, if
//! data can tell that it makes sense, a guess to [`GUESSES`].

mod answers;
mod coming;
pub(crate) mod following;
mod passing;
pub(crate) mod places;
mod revenue;
pub(crate) mod seen;
mod sentiment;

use periplus_maps::{JourneyMap, Kpi};
use periplus_model::measured::KpiFormat;
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::kind::Asked;
use crate::said::{Corrected, has_word};
use crate::steps::{Names, Step};
use places::By;
use seen::{Aim, Planned};

/// A key figure.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kpi", rename_all = "snake_case")]
pub(crate) enum Definition {
    /// Net promoter score: per cent of promoters (9 and 10 of 0 to 10) less per cent of detractors (0 to 6).
    Nps(answers::Question),
    /// Customer satisfaction: the share of answers in the two best of five marks, or the mean.
    Csat(answers::Question),
    /// Customer effort: the share of answers in the three best of seven marks (two best of five), or the mean.
    Ces(answers::Question),
    /// Click-through rate: of those to whom something was shown, who clicked.
    Ctr(following::Ctr),
    /// Of those at one place, who came to another within a time.
    Conversion(passing::Question),
    /// Of those who started, who was active in the k-th stretch of time after it.
    Retention(coming::Retention),
    /// Of those who were active in one stretch of time, who was not in the next.
    Churn(coming::Churn),
    /// Of those who bought, who bought again.
    RepeatPurchase(passing::Again),
    /// How long it takes from one place to another: until half, and nine of ten, of all have arrived.
    TimeToConvert(passing::Question),
    /// How much a customer spent.
    RevenuePerCustomer(revenue::Question),
    /// Of surveys that were asked, how many were answered.
    ResponseRate(following::Answered),
    /// How customers feel, as the model reads their words: the mean of −1 (negative) to 1 (positive).
    Sentiment(sentiment::Question),
}

impl Definition {
    /// Understands it.
    pub(crate) fn plan(&self, asked: &mut Asked<'_>, around: &Around) -> Result<Planned, EngineError> {
        match self {
            Definition::Nps(question) => answers::plan(question, &answers::NPS, asked),
            Definition::Csat(question) => answers::plan(question, &answers::CSAT, asked),
            Definition::Ces(question) => answers::plan(question, &answers::CES, asked),
            Definition::Ctr(question) => following::clicks(question, asked, around),
            Definition::Conversion(question) => passing::conversion(question, asked, around),
            Definition::Retention(question) => coming::retention(question, asked),
            Definition::Churn(question) => coming::churn(question, asked, around),
            Definition::RepeatPurchase(question) => passing::again(question, asked, around),
            Definition::TimeToConvert(question) => passing::time(question, asked, around),
            Definition::RevenuePerCustomer(question) => revenue::plan(question, asked, around),
            Definition::ResponseRate(question) => following::responses(question, asked, around),
            Definition::Sentiment(question) => sentiment::plan(question, asked, around),
        }
    }
}

/// What the question is about.
pub(crate) struct Around {
    /// The names of all events.
    pub(crate) names: Vec<String>,
    pub(crate) by: By,
    /// When each stretch of time begins, if the figures are told over time.
    pub(crate) starts: Vec<i64>,
    /// How people say that texts are meant.
    pub(crate) corrected: Corrected,
}

impl Around {
    /// The events that are named as purchases are.
    pub(crate) fn purchases(&self) -> Option<Step> {
        let whole = ["purchase", "purchased", "bought", "sale", "transaction"];
        let done = ["completed", "placed", "paid", "confirmed"];
        let not = ["failed", "refund", "refunded", "cancelled", "canceled", "returned", "started", "viewed", "intent", "error"];
        let buys = |name: &&String| {
            let ordered = has_word(name, &["order", "checkout", "payment", "booking"]) && has_word(name, &done);
            let alone = ["buy", "order", "purchase"].contains(&name.to_lowercase().as_str());
            (has_word(name, &whole) || ordered || alone) && !has_word(name, &not)
        };
        named(self.names.iter().filter(buys))
    }
}

/// Any of these events, if there are any.
fn named<'n>(names: impl Iterator<Item = &'n String>) -> Option<Step> {
    let names: Vec<String> = names.cloned().collect();
    (!names.is_empty()).then(|| Step { event: Some(Names::Many(names)), ..Step::default() })
}

/// A step that a question should name, or that the names of the data tell.
fn given_or(step: &Option<Step>, guess: Option<Step>, what: &str) -> Result<Step, EngineError> {
    let missing = || EngineError::Question(format!("{what}, and the names of the events do not tell; say which they are"));
    step.clone().or(guess).ok_or_else(missing)
}

/// Every key figure that the data supports.
pub(crate) fn guess(asked: &Asked<'_>, around: &Around) -> Vec<Definition> {
    GUESSES.iter().filter_map(|guess| guess(asked.desk.map, around)).collect()
}

/// A key figure, if the map or the names of events tell that it makes sense.
type Guess = fn(Option<&JourneyMap>, &Around) -> Option<Definition>;

/// When each makes sense without being asked for.
const GUESSES: &[Guess] = &[
    |map, around| answers::fits(&answers::NPS, map, around).then(|| Definition::Nps(answers::Question::default())),
    |map, around| answers::fits(&answers::CSAT, map, around).then(|| Definition::Csat(answers::Question::default())),
    |map, around| answers::fits(&answers::CES, map, around).then(|| Definition::Ces(answers::Question::default())),
    |map, around| sentiment::fits(map, around).then(|| Definition::Sentiment(sentiment::Question::default())),
    |_, around| following::asked(around).and(following::answered(around)).map(|_| Definition::ResponseRate(following::Answered::default())),
    |_, around| following::shown(around).and(following::clicked(around)).map(|_| Definition::Ctr(following::Ctr::default())),
    |map, around| passing::fits(map, around).then(|| Definition::Conversion(passing::Question::default())),
    |map, around| passing::fits(map, around).then(|| Definition::TimeToConvert(passing::Question::default())),
    |_, around| around.purchases().map(|_| Definition::RepeatPurchase(passing::Again::default())),
    |_, around| around.purchases().map(|_| Definition::RevenuePerCustomer(revenue::Question::default())),
    |_, _| Some(Definition::Retention(coming::Retention::default())),
    |_, _| Some(Definition::Churn(coming::Churn::default())),
];

/// What a map aims at with its key figures of the same name, whatever it reckons them from, if they are told in the same unit.
pub(crate) fn named_aims(map: Option<&JourneyMap>, name: &str, format: KpiFormat) -> Vec<Aim> {
    aims(map, |_, kpi| kpi.name.trim().eq_ignore_ascii_case(name) && kpi.kind.format() == format)
}

/// What a map aims at with those of its key figures that are meant.
fn aims(map: Option<&JourneyMap>, is_meant: impl Fn(&JourneyMap, &Kpi) -> bool) -> Vec<Aim> {
    let Some(map) = map else { return Vec::new() };
    let of_stage = |(stage, declared): (usize, &periplus_maps::Stage)| {
        let kpi = declared.kpis.iter().find(|kpi| is_meant(map, kpi))?;
        let owner = kpi.owner.clone().or_else(|| declared.owner.clone());
        Some(Aim { stage, target: kpi.target.map(|target| target.value()), smaller_is_better: kpi.smaller_is_better(), owner })
    };
    map.stages.iter().enumerate().filter_map(of_stage).collect()
}
