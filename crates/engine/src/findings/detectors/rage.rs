//! Rage: the same thing three times within seconds.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, Way};

/// So many times within so many microseconds.
const TIMES: usize = 3;
const BURST: i64 = 2_000_000;

pub(super) struct Rage;

impl Detector for Rage {
    fn kind(&self) -> FindingKind {
        FindingKind::Rage
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            let burst = way.later(at).iter().take(TIMES - 1).take_while(|next| next.code == step.code && next.time - step.time <= BURST);
            judged.at(at, burst.count() >= TIMES - 1);
        }
    }
}
