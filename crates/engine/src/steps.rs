//! Steps of questions: a condition on events, written short, with a name.

use periplus_model::condition::Condition;
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::kind::Asked;

/// A step: a condition on events, and a name for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// An event with this name (or one of several).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<Names>,
    /// An event of this touchpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) touchpoint: Option<Names>,
    /// An event of a touchpoint of this stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stage: Option<Names>,
    /// A further condition on the event.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub(crate) further: Option<Condition>,
    /// Of a funnel: whether it may be left out (not the first or the last).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) optional: bool,
}

/// One name or several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub(crate) enum Names {
    One(String),
    Many(Vec<String>),
}

impl Names {
    pub(crate) fn list(&self) -> Vec<String> {
        match self {
            Names::One(name) => vec![name.clone()],
            Names::Many(names) => names.clone(),
        }
    }
}

impl Step {
    /// Whether it says nothing: any event will do.
    pub(crate) fn is_any(&self) -> bool {
        self.event.is_none() && self.touchpoint.is_none() && self.stage.is_none() && self.further.is_none()
    }

    /// Its condition.
    pub(crate) fn condition(&self) -> Result<Condition, EngineError> {
        let heads = [
            self.event.as_ref().map(|names| Condition::Event(names.list(), None)),
            self.touchpoint.as_ref().map(|names| Condition::Touchpoint(names.list())),
            self.stage.as_ref().map(|names| Condition::Stage(names.list())),
        ];
        let mut all: Vec<Condition> = heads.into_iter().flatten().chain(self.further.clone()).collect();
        match all.len() {
            0 => Err(EngineError::Question("a step needs an \"event\", a \"touchpoint\", a \"stage\" or a \"where\"".to_owned())),
            1 => Ok(all.remove(0)),
            _ => Ok(Condition::And(all)),
        }
    }

    /// The step itself, which here cannot be left out.
    pub(crate) fn required(&self) -> Result<&Step, EngineError> {
        if self.optional { Err(EngineError::Question("only steps of a funnel can be \"optional\"".to_owned())) } else { Ok(self) }
    }

    /// Its bit in the lens.
    pub(crate) fn bit(&self, asked: &mut Asked<'_>) -> Result<u32, EngineError> {
        asked.lens.bit(&self.condition()?, asked.desk.map)
    }

    /// A step's bit in the lens; none when it is absent or says nothing, and any event will do.
    pub(crate) fn bit_or_any(step: &Option<Step>, asked: &mut Asked<'_>) -> Result<Option<u32>, EngineError> {
        let Some(step) = step else { return Ok(None) };
        if step.required()?.is_any() { Ok(None) } else { step.bit(asked).map(Some) }
    }

    /// What it is called.
    pub(crate) fn title(&self) -> String {
        let named = [&self.event, &self.touchpoint, &self.stage].into_iter().flatten().next().map(|names| names.list().join(" or "));
        self.name.clone().or(named).unwrap_or_else(|| if self.is_any() { "any event".to_owned() } else { "step".to_owned() })
    }
}
