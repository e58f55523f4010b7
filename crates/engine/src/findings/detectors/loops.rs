//! Loops: back from here to where the visit has already been.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, Way};

pub(super) struct Loop;

impl Detector for Loop {
    fn kind(&self) -> FindingKind {
        FindingKind::Loop
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            let earlier = way.earlier_in_visit(at);
            let next = way.rest_of_visit(at).iter().find(|next| next.code != step.code);
            // At the same moment there is neither forth nor back.
            let back = next.filter(|next| next.time > step.time && way.rank(next) < way.rank(step));
            judged.at(at, back.is_some_and(|back| earlier.iter().any(|before| before.code == back.code)));
        }
    }
}
