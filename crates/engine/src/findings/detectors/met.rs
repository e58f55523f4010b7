//! Errors that are met: of the visits in a stage, those in which one of its touchpoints came up that is an error itself.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, Way};

pub(super) struct Met;

impl Detector for Met {
    fn kind(&self) -> FindingKind {
        FindingKind::Met
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        if way.rules.error_places.is_empty() {
            return;
        }
        // The visit in which each stage was last.
        let mut last = vec![u32::MAX; way.rules.stages];
        for (at, step) in way.steps.iter().enumerate() {
            let stage = way.stage(step);
            if std::mem::replace(&mut last[stage], step.visit) == step.visit {
                continue;
            }
            for place in way.rules.error_places.iter().filter(|place| way.rules.stage_of[**place as usize] == stage) {
                let met = step.code == *place || way.rest_of_visit(at).iter().any(|later| later.code == *place);
                judged.elsewhere(at, *place, met);
            }
        }
    }
    fn elsewhere(&self) -> bool {
        false
    }
}
