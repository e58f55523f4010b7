//! Again: the same step once more, right after, as forms that must be filled in twice.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, Way};

pub(super) struct Again;

impl Detector for Again {
    fn kind(&self) -> FindingKind {
        FindingKind::Again
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            // Of several in a row, the first could do with one.
            if way.earlier_in_visit(at).last().is_none_or(|before| before.code != step.code) {
                let next = way.rest_of_visit(at).first();
                judged.at(at, next.is_some_and(|next| next.code == step.code && next.time > step.time));
            }
        }
    }
    fn usual_max(&self) -> f64 {
        0.4
    }
}
