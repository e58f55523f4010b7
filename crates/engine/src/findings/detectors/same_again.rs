//! The very same again: what had just been done is done once more, as when nothing happened, or when a form forgot what was put in.
//!
//! Unlike [`super::again`], which asks whether somebody stays at a touchpoint, this asks whether they repeat themselves there: the same
//! event with the same properties. To look at three products is shopping; to look at one three times in a row may be a loop.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, Way};

/// So many steps of a stay are compared with each other.
const STAY_MAX: usize = 64;

pub(super) struct SameAgain;

impl Detector for SameAgain {
    fn kind(&self) -> FindingKind {
        FindingKind::SameAgain
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        let mut at = 0;
        while let Some(first) = way.steps.get(at) {
            let stay = way.steps[at..].iter().take_while(|step| step.code == first.code && step.visit == first.visit).count();
            let said = |step: &crate::findings::way::Step| (way.run.number(way.rules.sameness, step.row).to_bits(), step.time);
            let steps: Vec<(u64, i64)> = way.steps[at..at + stay.min(STAY_MAX)].iter().map(said).collect();
            let repeats = steps.iter().enumerate().any(|(later, now)| steps[..later].iter().any(|one| one.0 == now.0 && one.1 < now.1));
            judged.at(at, repeats);
            at += stay;
        }
    }
    fn usual_max(&self) -> f64 {
        0.4
    }
}
