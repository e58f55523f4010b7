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

    /// What to look at where something came to nothing: events that a step names and that nobody ever did, with what is written most like them.
    /// One that is known beside others is enough: questions name what several senders call it.
    pub(crate) fn hints<'s>(steps: impl Iterator<Item = &'s Step>, asked: &Asked<'_>) -> Result<Vec<String>, EngineError> {
        let known = asked.names()?;
        let mut hints: Vec<String> = steps.filter_map(|step| hint(&step.event.as_ref()?.list(), known.list())).collect();
        hints.dedup();
        Ok(hints)
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

/// That none of these names is known, if that is so.
fn hint(names: &[String], known: &[String]) -> Option<String> {
    let is_known = |name: &String| match name.strip_suffix('*') {
        Some(begin) => known.iter().any(|known| known.starts_with(begin)),
        None => known.contains(name),
    };
    if names.is_empty() || names.iter().any(is_known) {
        return None;
    }
    let like = names.iter().filter_map(|name| nearest(name, known)).next();
    let instead = like.map_or(String::new(), |like| format!("; did you mean '{like}'?"));
    let end = if instead.is_empty() { "." } else { "" };
    Some(format!("There is no event '{}' in the data{instead}{end}", names.join("' or '")))
}

/// The name that is written most like this one, if one is: at most a third of the letters differ, large or small.
pub(crate) fn nearest<'n>(name: &str, known: &'n [String]) -> Option<&'n str> {
    let plain = |name: &str| name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect::<Vec<char>>();
    let own = plain(name);
    let off = known.iter().map(|known| {
        let other = plain(known);
        (changes(&own, &other), own.len().max(other.len()), known.as_str())
    });
    let (changed, letters, like) = off.min()?;
    (changed * 3 <= letters).then_some(like)
}

/// How many letters must be put in, taken out or changed to make one word of the other (Levenshtein).
fn changes(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut before = std::mem::replace(&mut row[0], at + 1);
        for (place, own) in other.iter().enumerate() {
            let changed = before + usize::from(own != letter);
            before = row[place + 1];
            row[place + 1] = changed.min(before + 1).min(row[place] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn what_nobody_ever_did_is_told_with_what_is_written_like_it() {
        let known = words(&["Order Completed", "Order Returned", "Page Viewed"]);
        let told = |names: &[&str]| hint(&words(names), &known);
        assert_eq!(told(&["order_complete"]).unwrap(), "There is no event 'order_complete' in the data; did you mean 'Order Completed'?");
        assert_eq!(told(&["Ordr Retruned"]).unwrap(), "There is no event 'Ordr Retruned' in the data; did you mean 'Order Returned'?");
        assert_eq!(told(&["purchase", "sold"]).unwrap(), "There is no event 'purchase' or 'sold' in the data.");
        assert_eq!((told(&["purchase", "Order Completed"]), told(&["Page*"]), told(&[])), (None, None, None));
        assert!(told(&["Shop*"]).is_some() && hint(&words(&["x"]), &[]).is_some());
    }

    #[test]
    fn changes_are_counted_letter_by_letter() {
        let off = |one: &str, other: &str| changes(&one.chars().collect::<Vec<_>>(), &other.chars().collect::<Vec<_>>());
        assert_eq!((off("kitten", "sitting"), off("", "abc"), off("abc", "abc"), off("ab", "ba")), (3, 3, 0, 2));
    }
}
