//! Broken promises: it came later than it was promised for.

use periplus_model::finding::FindingKind;
use periplus_model::time::Instant;

use super::Detector;
use crate::findings::way::{DAY, Judged, Way};

pub(super) struct Late;

impl Detector for Late {
    fn kind(&self) -> FindingKind {
        FindingKind::Late
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            let promised = way.rules.promises.iter().find_map(|text| way.run.text(*text, step.row)?.parse::<Instant>().ok());
            if let Some(promised) = promised {
                // A day that was promised lasts until its end.
                let until = if promised.0 % DAY == 0 { promised.0.saturating_add(DAY) } else { promised.0 };
                judged.at(at, step.time >= until);
            }
        }
    }
}
