//! Long and fast ways: from a touchpoint to the one that usually comes next, if that is a matter of more than one visit.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, Measure, Way};

pub(super) struct LongWay;
pub(super) struct FastWay;

impl Detector for LongWay {
    fn kind(&self) -> FindingKind {
        FindingKind::LongWay
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            let next = way.later(at).iter().find(|next| way.rank(next) > way.rank(step));
            // Whoever leaps over a stage did not wait for it.
            if let Some(next) = next.filter(|next| way.stage(next) <= way.stage(step) + 1) {
                judged.measured(at, Measure::Way, (next.time - step.time) as f64 / 1e6, next.code);
            }
        }
    }
    /// Long and quick are what they are at each place.
    fn elsewhere(&self) -> bool {
        false
    }
}

/// It sees what [`LongWay`] measured.
impl Detector for FastWay {
    fn kind(&self) -> FindingKind {
        FindingKind::FastWay
    }
    fn judge(&self, _: &Way<'_>, _: &mut Judged<'_>) {}
    /// Long and quick are what they are at each place.
    fn elsewhere(&self) -> bool {
        false
    }
}
