//! What a journey map declares. The doc comments below are the reference and the schema's descriptions.

use periplus_model::measured::{KpiFormat, Lane, OwnedBy};
use periplus_model::question::Unit;
use periplus_model::{Condition, Instant, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the file format that this crate writes.
pub const FORMAT_VERSION: u32 = 1;

fn format_version() -> u32 {
    FORMAT_VERSION
}

fn all_lanes() -> Vec<Lane> {
    Lane::ALL.to_vec()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A journey map: the stages, touchpoints, personas and key figures of one journey, to be measured against data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JourneyMap {
    /// The version of this file format: 1.
    #[serde(default = "format_version")]
    pub version: u32,
    /// A short id for commands and addresses: lower-case letters, digits, `-` and `_`.
    pub id: String,
    /// The title, as people read it.
    pub title: String,
    /// What the map is about, in a sentence or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// What is counted: customers (the default) or sessions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unit: Unit,
    /// The period to measure; all data when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// How long a customer may take from entering one stage to entering the next before they count as dropped; for ever
    /// when absent. A stage's own `time_limit` goes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Span>,
    /// How a customer's events are cut into several journeys; one journey per customer when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<JourneyRule>,
    /// When the map is looked at again, and by whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// Which lanes are drawn, from top to bottom; all of them when absent.
    #[serde(default = "all_lanes")]
    pub lanes: Vec<Lane>,
    /// The personas: customers with a face.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub personas: Vec<Persona>,
    /// The stages, in the order in which customers should pass them.
    #[schemars(length(max = 100))]
    pub stages: Vec<Stage>,
    /// The touchpoints. The first whose `when` matches an event gets it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub touchpoints: Vec<Touchpoint>,
    /// Which events carry scores and comments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub scores: Vec<Score>,
}

/// The period that is measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Only events at or after this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// Only events before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Instant>,
}

/// How a customer's events are cut into journeys. A new journey begins at whatever happens first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JourneyRule {
    /// An event like this begins a journey; events before the first one belong to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Condition>,
    /// An event like this ends the journey and is its last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Condition>,
    /// A pause longer than this ends the journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inactivity: Option<Span>,
}

/// When the map is looked at again, and by whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// How often, for example `90d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
    /// The date of the next review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Instant>,
    /// Who takes part and signs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
}

/// A persona: a segment of customers with a face.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// A short id.
    pub id: String,
    /// The name, for example "Maya, first-time buyer".
    pub name: String,
    /// Who they are, in a sentence or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Which customers they are: a condition about customers (`trait`, `did`, `sequence`, `member`).
    pub segment: Condition,
    /// What they want.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<String>,
}

/// A stage of the journey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// A short id.
    pub id: String,
    /// The name, for example "Consideration".
    pub name: String,
    /// What the customer wants here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// Which event brings a customer into the stage; any event of one of its touchpoints when absent. Several stages may
    /// have the same entry: an event then enters the last of them that is at most one further than the customer has come,
    /// or else the first. With `entry: purchase` before and after a stage 'redeem', purchases after a redemption enter the
    /// second of the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Condition>,
    /// Which event takes a customer out of the stage; entering another stage when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Condition>,
    /// Who answers for the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// How customers feel here, as the team believes: −1 (awful) to 1 (wonderful). Draw it before looking at the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub believed: Option<f64>,
    /// How long a customer may stay before they count as dropped; goes before the map's `window`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<Span>,
    /// The key figures that are measured here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub kpis: Vec<Kpi>,
    /// What the team believes and wants to check.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub hypotheses: Vec<Hypothesis>,
}

/// Something that the team believes. A text alone is an assumption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "WrittenHypothesis", into = "WrittenHypothesis")]
pub struct Hypothesis {
    /// The belief, as one sentence.
    pub text: String,
    /// How well the data bears it out so far.
    pub evidence: Evidence,
}

/// The two ways to write a hypothesis.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum WrittenHypothesis {
    /// A belief for which there is no evidence yet.
    Short(String),
    /// A belief and its evidence.
    Full(FullHypothesis),
}

/// A belief and its evidence.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FullHypothesis {
    /// The belief, as one sentence.
    text: String,
    /// How well the data bears it out so far.
    #[serde(default)]
    evidence: Evidence,
}

impl From<WrittenHypothesis> for Hypothesis {
    fn from(written: WrittenHypothesis) -> Hypothesis {
        match written {
            WrittenHypothesis::Short(text) => Hypothesis { text, evidence: Evidence::Assumed },
            WrittenHypothesis::Full(FullHypothesis { text, evidence }) => Hypothesis { text, evidence },
        }
    }
}

impl From<Hypothesis> for WrittenHypothesis {
    fn from(Hypothesis { text, evidence }: Hypothesis) -> WrittenHypothesis {
        match evidence {
            Evidence::Assumed => WrittenHypothesis::Short(text),
            evidence => WrittenHypothesis::Full(FullHypothesis { text, evidence }),
        }
    }
}

/// The rungs of the evidence ladder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Somebody believes it.
    #[default]
    Assumed,
    /// Customers say it.
    Reported,
    /// Behaviour shows it, beyond chance.
    Observed,
    /// Two independent kinds of evidence agree.
    Confirmed,
    /// It was mended, and measured since.
    Fixed,
}

/// A key figure of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kpi {
    /// Its name, for example "Conversion".
    pub name: String,
    /// What is measured.
    pub kind: KpiKind,
    /// The target: shares from 0 to 1, scores from −100 to 100, a span such as `2d` for times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Whether smaller is better; by default only for times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smaller_is_better: Option<bool>,
    /// Which of the map's scores it is computed from (`nps`, `csat`, `ces`); the one that fits when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl Kpi {
    /// Whether smaller is better, as declared or by its kind.
    pub fn smaller_is_better(&self) -> bool {
        self.smaller_is_better.unwrap_or(matches!(self.kind, KpiKind::TimeToNext))
    }
}

/// What a key figure measures, among the customers of the stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KpiKind {
    /// Share of those who entered the stage and then entered the next one.
    Conversion,
    /// Share of all customers who entered the stage.
    Reach,
    /// Net promoter score of the stage's answers: per cent of 9 to 10 minus per cent of 0 to 6.
    Nps,
    /// Customer satisfaction: share of the stage's answers in the two best marks.
    Csat,
    /// Customer effort: share of the stage's answers in the three best of seven marks (two best of five).
    Ces,
    /// Median time from entering the stage to entering the next one.
    TimeToNext,
    /// Mean of a numeric property over the stage's events: of each customer's, then of these.
    Mean {
        /// The property.
        property: String,
        /// Only these events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<Condition>,
    },
    /// Sum over the stage's events, per customer of the stage.
    Sum {
        /// The numeric property; the events' amount of money when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        property: Option<String>,
        /// Only these events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<Condition>,
    },
    /// How many events meet the condition, per customer of the stage.
    Count {
        /// Which events, in whatever stage.
        when: Condition,
    },
    /// Share of the stage's customers who meet the condition.
    Share {
        /// Which customers: a condition about customers.
        segment: Condition,
    },
}

impl KpiKind {
    /// How the figure is printed.
    pub fn format(&self) -> KpiFormat {
        match self {
            KpiKind::Conversion | KpiKind::Reach | KpiKind::Csat | KpiKind::Ces | KpiKind::Share { .. } => KpiFormat::Share,
            KpiKind::Nps => KpiFormat::Score,
            KpiKind::TimeToNext => KpiFormat::Seconds,
            KpiKind::Sum { property: None, .. } => KpiFormat::Money,
            KpiKind::Mean { .. } | KpiKind::Sum { .. } | KpiKind::Count { .. } => KpiFormat::Number,
        }
    }
}

/// The target of a key figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Target {
    /// A number in the figure's own unit.
    Number(f64),
    /// A length of time.
    Time(Span),
}

impl Target {
    /// The target as a number in the figure's unit; seconds for times.
    pub fn value(self) -> f64 {
        match self {
            Target::Number(number) => number,
            Target::Time(span) => span.as_seconds(),
        }
    }
}

/// A touchpoint: a named point of interaction that events are mapped to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Touchpoint {
    /// A short id.
    pub id: String,
    /// The name, for example "Product page".
    pub name: String,
    /// The id of its stage.
    pub stage: String,
    /// Which events belong to it: an event name, or a condition about events.
    pub when: Condition,
    /// Its channel: web, app, e-mail, sms, push, social, search, display, store, call centre, chat, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Whose it is: the brand's own (the default), a partner's, the customer's, or social.
    #[serde(default, skip_serializing_if = "is_default")]
    pub owned_by: OwnedBy,
    /// Whether it is offline.
    #[serde(default, skip_serializing_if = "is_default")]
    pub offline: bool,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// Events that carry a score, and perhaps a comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Its name, for example "NPS".
    pub name: String,
    /// Which events carry it: an event name, or a condition about events.
    pub when: Condition,
    /// The numeric property that holds the score.
    pub property: String,
    /// The worst and the best mark, for example `[0, 10]`. The worst may be the larger number.
    pub scale: [f64; 2],
    /// The property that holds the customer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The id of the stage it speaks about; the stage of the customer's touchpoint before it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
}

impl Score {
    /// A mark as an emotion from −1 (worst) to 1 (best), clamped to the scale; `None` when it is not a finite number.
    pub fn emotion(&self, mark: f64) -> Option<f64> {
        let [worst, best] = self.scale;
        let emotion = (mark - worst) / (best - worst) * 2.0 - 1.0;
        emotion.is_finite().then(|| emotion.clamp(-1.0, 1.0))
    }
}

impl JourneyMap {
    /// The index of the stage with this id.
    pub fn stage_index(&self, id: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.id == id)
    }

    /// The touchpoints of a stage, in the map's order.
    pub fn touchpoints_of<'a>(&'a self, stage: &'a str) -> impl Iterator<Item = &'a Touchpoint> {
        self.touchpoints.iter().filter(move |touchpoint| touchpoint.stage == stage)
    }

    /// The score that a key figure is computed from: the one it names; else the first whose name is like its kind's, or
    /// else whose scale is the usual one of its kind. `None` for figures that need no score.
    pub fn score_of(&self, kpi: &Kpi) -> Option<&Score> {
        if let Some(name) = &kpi.score {
            return self.scores.iter().find(|score| score.name == *name);
        }
        let (word, scale) = match kpi.kind {
            KpiKind::Nps => ("nps", [0.0, 10.0]),
            KpiKind::Csat => ("csat", [1.0, 5.0]),
            KpiKind::Ces => ("ces", [1.0, 7.0]),
            _ => return None,
        };
        let named = |score: &&Score| score.name.to_lowercase().contains(word) || score.property.to_lowercase().contains(word);
        self.scores.iter().find(named).or_else(|| self.scores.iter().find(|score| score.scale == scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_emotions() {
        let score =
            |scale| Score { name: "S".into(), when: Condition::event("s"), property: "p".into(), scale, comment: None, stage: None };
        assert_eq!(score([0.0, 10.0]).emotion(10.0), Some(1.0));
        assert_eq!(score([1.0, 5.0]).emotion(3.0), Some(0.0));
        assert_eq!(score([7.0, 1.0]).emotion(7.0), Some(-1.0), "the worst mark may be the larger number");
        assert_eq!(score([0.0, 10.0]).emotion(99.0), Some(1.0));
        assert_eq!(score([0.0, 10.0]).emotion(f64::NAN), None);
        assert_eq!(score([1.0, 1.0]).emotion(1.0), None);
    }

    #[test]
    fn a_key_figure_finds_its_score() {
        let text = "id: m\ntitle: M\nstages:\n- {id: a, name: A, entry: a, kpis: [{name: N, kind: nps}, {name: C, kind: csat, score: Stars}, {name: E, kind: ces}, {name: R, kind: reach}]}\n\
                    scores:\n- {name: Stars, when: r, property: p, scale: [1, 5]}\n- {name: Q, when: q, property: p, scale: [0, 10]}\n";
        let (map, problems) = crate::check(text);
        let map = map.unwrap_or_else(|| panic!("{problems:?}"));
        let names: Vec<Option<&str>> = map.stages[0].kpis.iter().map(|kpi| map.score_of(kpi).map(|score| score.name.as_str())).collect();
        assert_eq!(names, [Some("Q"), Some("Stars"), None, None]);
    }
}
