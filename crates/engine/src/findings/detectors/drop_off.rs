//! Drop-off: the visit ends here.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, PAUSE, Way};

pub(super) struct DropOff;

impl Detector for DropOff {
    fn kind(&self) -> FindingKind {
        FindingKind::DropOff
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            // Everybody's journey ends somewhere: leaving in the last stage is no loss, and neither is going home from a store.
            if way.stage(step) + 1 == way.rules.stages || way.rules.offline[step.code as usize] {
                continue;
            }
            let goes_on = way.rest_of_visit(at).iter().any(|next| next.code != step.code);
            if goes_on || way.is_over(step.time, PAUSE) {
                judged.at(at, !goes_on);
            }
        }
    }
    fn usual_max(&self) -> f64 {
        0.6
    }
}
