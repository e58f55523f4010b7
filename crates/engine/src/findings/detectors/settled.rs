//! Whether what was wanted was settled, where events say so.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, Way};

pub(super) struct Settled;

impl Detector for Settled {
    fn kind(&self) -> FindingKind {
        FindingKind::Settled
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            let said = way.rules.settled.iter().find_map(|text| way.run.text(*text, step.row));
            if let Some(said) = said {
                judged.at(at, matches!(&**said, "true" | "yes" | "1"));
            }
        }
    }
}
