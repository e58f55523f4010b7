//! Long and quick steps: what a touchpoint's own events say of how long it took (seconds in the queue, days late).

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, Measure, Way};

pub(super) struct LongStep;
pub(super) struct QuickStep;

impl Detector for LongStep {
    fn kind(&self) -> FindingKind {
        FindingKind::LongStep
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            let took = way.rules.durations.iter().map(|number| way.run.number(*number, step.row)).find(|took| took.is_finite());
            if let Some(took) = took {
                judged.measured(at, Measure::Step, took, step.code);
            }
        }
    }
    /// Long and quick are what they are at each place.
    fn elsewhere(&self) -> bool {
        false
    }
}

/// It sees what [`LongStep`] measured.
impl Detector for QuickStep {
    fn kind(&self) -> FindingKind {
        FindingKind::QuickStep
    }
    fn judge(&self, _: &Way<'_>, _: &mut Judged<'_>) {}
    /// Long and quick are what they are at each place.
    fn elsewhere(&self) -> bool {
        false
    }
}
