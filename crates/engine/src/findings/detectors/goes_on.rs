//! Going on: the next stage is entered within the time that it may take.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::rulebook::Rulebook;
use crate::findings::way::{Judged, Way};

pub(super) struct GoesOn;

impl Detector for GoesOn {
    fn kind(&self) -> FindingKind {
        FindingKind::GoesOn
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            let trial = &judged.trials[at];
            let (known, reached) = (trial.judged, trial.reached);
            // How those went on who had already gone on says nothing about this place.
            let first = !way
                .earlier(at)
                .iter()
                .rev()
                .take_while(|before| step.time - before.time <= way.rules.horizon)
                .any(|before| way.stage(before) > way.stage(step));
            if known && first && way.stage(step) + 1 < way.rules.stages {
                judged.at(at, reached);
            }
        }
    }
    fn usual_max(&self) -> f64 {
        1.0
    }
    /// Some customers buy more than others, and a funnel with a breakdown says so.
    fn always(&self) -> bool {
        false
    }
    fn lag(&self, rules: &Rulebook) -> i64 {
        rules.horizon
    }
    /// And more before Christmas than in January.
    fn everybody(&self) -> bool {
        false
    }
}
