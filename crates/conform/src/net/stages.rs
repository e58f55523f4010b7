//! A journey map as a net: stages in order, in each of which customers meet any of its touchpoints any number of times.

use super::{Draft, NODES_MAX, Net};
use crate::Error;
use crate::log::at_most;

/// A stage of a journey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// Its name; it names a place of the net and is for reading only.
    pub name: String,
    /// The touchpoints of the stage. One that stands in several stages may happen in each of them.
    pub touchpoints: Vec<String>,
    /// Customers may leave this stage out. Otherwise they meet at least one of its touchpoints.
    pub optional: bool,
    /// Customers may come back to this stage from any later one. From there they go on in order again.
    pub repeated: bool,
}

/// The net of stages in their order. At a stage customers meet one or more touchpoints, in any order and as often as they
/// like, then they go on; the journey ends behind the last stage.
///
/// # Errors
/// No stage; a stage without touchpoints that is not optional; more stages and touchpoints than a net may have.
pub fn from_stages(stages: &[Stage]) -> Result<Net, Error> {
    if stages.iter().all(|stage| stage.touchpoints.is_empty()) {
        return Err(Error::Empty("the map has no stage with a touchpoint; give it one"));
    }
    let size = stages.iter().map(|stage| stage.touchpoints.len() + 6).sum();
    at_most("stages and touchpoints", size, NODES_MAX)?;
    let mut draft = Draft::default();
    // Before the first stage, before the second, ..., behind the last.
    let before: Vec<u32> = stages.iter().map(|stage| draft.place(format!("before {}", stage.name))).collect();
    let end = draft.place("end");
    // A second place keeps apart who came back at the end of a journey from who ended it.
    let behind = draft.place("behind the last stage");
    draft.silent(&[behind], &[end]);
    for (number, stage) in stages.iter().enumerate() {
        let next = before.get(number + 1).copied().unwrap_or(behind);
        if stage.touchpoints.is_empty() && !stage.optional {
            return Err(Error::Format(format!("the stage '{}' has no touchpoint; give it one or make it optional", stage.name)));
        }
        let inside = draft.place(format!("in {}", stage.name));
        for touchpoint in &stage.touchpoints {
            draft.transition(Some(touchpoint.clone()), &[before[number]], &[inside]);
        }
        // Once more, and on.
        draft.silent(&[inside], &[before[number]]);
        draft.silent(&[inside], &[next]);
        if stage.optional {
            draft.silent(&[before[number]], &[next]);
        }
        // Back to the nearest earlier stage that may be repeated; from there one comes to those before it.
        if let Some(earlier) = stages[..=number].iter().rposition(|stage| stage.repeated) {
            draft.silent(&[next], &[before[earlier]]);
        }
    }
    draft.done(before[0], end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Log, align};

    fn stage(touchpoints: &[&str], optional: bool, repeated: bool) -> Stage {
        Stage { name: touchpoints.join("/"), touchpoints: touchpoints.iter().map(|t| (*t).to_owned()).collect(), optional, repeated }
    }

    fn cost(stages: &[Stage], journey: &str) -> u32 {
        let names: Vec<String> = journey.chars().map(String::from).collect();
        let log = Log::of_names([(names, 1)]).unwrap();
        let found = align(&from_stages(stages).unwrap(), &log, &align::Settings::default()).unwrap();
        found.variants[0].cost.exact().unwrap()
    }

    #[test]
    fn stages_are_walked_in_order() {
        let plain = [stage(&["a", "b"], false, false), stage(&["c"], false, false), stage(&["d", "e"], false, false)];
        for (journey, expected) in [("acd", 0), ("abbacced", 0), ("", 3), ("ad", 1), ("acda", 1), ("acdb", 1), ("dca", 4), ("xacd", 1)] {
            assert_eq!(cost(&plain, journey), expected, "{journey}");
        }
    }

    #[test]
    fn stages_can_be_left_out_and_come_back_to() {
        let some = [stage(&["a"], false, true), stage(&["c"], true, false), stage(&["d"], true, true)];
        for (journey, expected) in [("a", 0), ("", 1), ("ad", 0), ("acda", 0), ("acdcd", 1), ("acdacad", 0), ("dda", 1)] {
            assert_eq!(cost(&some, journey), expected, "{journey}");
        }
    }

    #[test]
    fn maps_without_touchpoints_are_refused() {
        assert!(matches!(from_stages(&[]), Err(Error::Empty(_))));
        assert!(matches!(from_stages(&[stage(&["a"], false, false), stage(&[], false, false)]), Err(Error::Format(_))));
        assert!(from_stages(&[stage(&["a"], false, false), stage(&[], true, false)]).is_ok());
        let many: Vec<String> = (0..NODES_MAX).map(|n| n.to_string()).collect();
        assert!(matches!(from_stages(&[Stage { touchpoints: many, ..Stage::default() }]), Err(Error::TooLarge { .. })));
    }
}
