//! The measured journey map: what a map declares, beside what the data says, for everybody and for each persona.

use serde::{Deserialize, Serialize};

use crate::answer::Estimate;
use crate::finding::{Finding, Status};
use crate::time::Instant;

/// A journey map with its measurements, complete enough to be drawn without anything else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MeasuredMap {
    /// The map's id.
    pub id: String,
    /// The map's title.
    pub title: String,
    /// What the map is about, in a sentence or two.
    pub about: String,
    /// The first event that was measured.
    pub from: Option<Instant>,
    /// The last event that was measured.
    pub to: Option<Instant>,
    /// What is counted, in the plural ("customers").
    pub unit: String,
    /// The stages, in order.
    pub stages: Vec<StageInfo>,
    /// The touchpoints, in the map's order.
    pub touchpoints: Vec<TouchpointInfo>,
    /// Which lanes to draw, from top to bottom.
    pub lanes: Vec<Lane>,
    /// Everybody first, then each persona.
    pub groups: Vec<MeasuredGroup>,
    /// Where it hurts and where it delights, the weightiest first; those of a group are told by [`MeasuredMap::findings_of`].
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// How much of the data the map covers.
    pub coverage: Coverage,
}

/// The id of the group of everybody.
pub const EVERYBODY: &str = "all";

impl MeasuredMap {
    /// What hurts or delights a group, each with the index of its stage: of everybody everything, of a persona what strikes it in particular.
    /// What is over comes after what goes on. Findings at touchpoints that the map does not have are left out.
    pub fn findings_of<'m>(&'m self, group: &'m MeasuredGroup) -> Vec<(usize, &'m Finding)> {
        let stage =
            |finding: &Finding| self.touchpoints.iter().find(|touchpoint| touchpoint.id == finding.touchpoint).map(|info| info.stage);
        let about = |finding: &&Finding| group.id == EVERYBODY || finding.personas.contains(&group.id);
        let mut here: Vec<_> = self.findings.iter().filter(about).filter_map(|finding| Some((stage(finding)?, finding))).collect();
        here.sort_by_key(|(_, finding)| finding.status == Status::Fixed);
        here
    }
}

/// A lane of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Customers in each stage, conversion to the next, drop-off, median time, ways back.
    People,
    /// What customers want in the stage.
    Goals,
    /// Touchpoints with their reach.
    Touchpoints,
    /// What customers say.
    Quotes,
    /// The measured emotion curve against the believed one.
    Emotion,
    /// Pain points.
    Pains,
    /// Moments of delight.
    Delights,
    /// Key figures with targets.
    Kpis,
    /// What the team believes and wants to check.
    Hypotheses,
    /// Who answers for the stage.
    Owners,
}

impl Lane {
    /// Every lane, in the order in which they are drawn by default.
    pub const ALL: [Lane; 10] = [
        Lane::People,
        Lane::Goals,
        Lane::Touchpoints,
        Lane::Quotes,
        Lane::Emotion,
        Lane::Pains,
        Lane::Delights,
        Lane::Kpis,
        Lane::Hypotheses,
        Lane::Owners,
    ];
}

/// What the map declares of a stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StageInfo {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the customer wants here.
    pub goal: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How customers feel here, as the team believes (−1 to 1).
    pub believed: Option<f64>,
    /// What the team believes and wants to check.
    pub hypotheses: Vec<String>,
}

/// What the map declares of a touchpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TouchpointInfo {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The index of its stage.
    pub stage: usize,
    /// Its channel ("web", "store", ...).
    pub channel: Option<String>,
    /// Whose it is.
    pub owned_by: OwnedBy,
    /// Whether it is offline.
    pub offline: bool,
}

/// Whose a touchpoint is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum OwnedBy {
    /// The brand's own.
    #[default]
    Brand,
    /// A partner's (marketplace, carrier, dealer).
    Partner,
    /// The customer's own (a friend's word, their own notes).
    Customer,
    /// Social or independent (press, reviews, forums).
    Social,
}

/// The measurements of one group of customers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MeasuredGroup {
    /// `all`, or the persona's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who they are, in a sentence.
    pub about: Option<String>,
    /// Customers in the group.
    pub customers: u64,
    /// One per stage of the map.
    pub stages: Vec<MeasuredStage>,
    /// One per touchpoint of the map.
    pub touchpoints: Vec<MeasuredTouchpoint>,
    /// What remains of the journey; null when there are no scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feeling: Option<JourneyFeeling>,
}

/// The measurements of one stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MeasuredStage {
    /// Customers who entered the stage.
    pub customers: u64,
    /// Share of the group's customers who entered the stage.
    pub share: f64,
    /// Events in the stage.
    pub events: u64,
    /// Share of those who entered the stage and then entered the next one; null for the last stage or when nobody entered.
    pub conversion: Option<Estimate>,
    /// Customers who entered the stage and never a later one afterwards.
    pub dropped: u64,
    /// Median seconds from entering this stage to entering the next.
    pub median_seconds_to_next: Option<f64>,
    /// Customers who went back from this stage to an earlier one.
    pub back_customers: u64,
    /// How often that happened.
    pub back_count: u64,
    /// How customers feel here (−1 to 1), from their scores; null when there are none.
    pub emotion: Option<Estimate>,
    /// How far that is from what the team believes; null when it believes nothing, or there are too few scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<BeliefGap>,
    /// What customers said here: a few typical comments.
    pub quotes: Vec<Quote>,
    /// The stage's key figures.
    pub kpis: Vec<MeasuredKpi>,
}

/// How far what was measured is from what was believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BeliefGap {
    /// What was measured less what was believed.
    pub difference: f64,
    /// How probable a gap at least as large is if the belief is right, corrected over the stages.
    pub p: f64,
    /// Whether it is more than chance explains (p below 0.05).
    pub is_sure: bool,
}

/// What remains of a journey: the mean of its peak and its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct JourneyFeeling {
    /// The mean of peak and end (−1 to 1).
    pub score: Estimate,
    /// The mean over all stages.
    pub mean: f64,
    /// The index of the stage that is furthest from neutral.
    pub peak: usize,
    /// The index of the last stage with scores.
    pub end: usize,
}

/// A comment of a customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Quote {
    /// The words.
    pub text: String,
    /// The score given with it (−1 to 1), if any.
    pub score: Option<f64>,
}

/// A key figure of a stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MeasuredKpi {
    /// Its name ("Conversion", "NPS").
    pub name: String,
    /// The figure; null when there is no data.
    pub value: Option<Estimate>,
    /// How to print it.
    pub format: KpiFormat,
    /// The target.
    pub target: Option<f64>,
    /// Whether smaller is better.
    pub smaller_is_better: bool,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Of the surveys with this question that were asked about the stage, the share that was answered within a week; absent where nobody was
    /// noted as asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Estimate>,
}

/// How a key figure is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum KpiFormat {
    /// A share between 0 and 1, printed in per cent.
    Share,
    /// A plain number.
    #[default]
    Number,
    /// A score from −100 to 100, printed with its sign.
    Score,
    /// Seconds.
    Seconds,
    /// Currency units.
    Money,
}

/// The measurements of one touchpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MeasuredTouchpoint {
    /// Customers who had it.
    pub customers: u64,
    /// Share of the group's customers who had it.
    pub reach: f64,
    /// Events mapped to it.
    pub events: u64,
}

/// Whether something is good or bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Feeling {
    /// It hurts.
    #[default]
    Pain,
    /// It delights.
    Delight,
}

/// How much of the data a map covers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Coverage {
    /// Events in the period.
    pub events: u64,
    /// Events that match a touchpoint.
    pub mapped: u64,
    /// The most frequent events that match none, with their counts.
    pub unmapped: Vec<(String, u64)>,
}

impl Coverage {
    /// Share of the events that match no touchpoint; 0 when there are no events.
    pub fn unmapped_share(&self) -> f64 {
        if self.events == 0 { 0.0 } else { self.events.saturating_sub(self.mapped) as f64 / self.events as f64 }
    }
}
