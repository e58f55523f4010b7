//! Errors: an error event comes next.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, PAUSE, Way};

pub(super) struct Errors;

impl Detector for Errors {
    fn kind(&self) -> FindingKind {
        FindingKind::Error
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        let Some(bit) = way.rules.errors else { return };
        let is_error = |row: usize| way.run.mask(row) >> bit & 1 == 1;
        for (at, step) in way.steps.iter().enumerate() {
            if is_error(step.row) {
                continue;
            }
            let until = way.steps[at + 1..].iter().find(|next| !is_error(next.row)).map_or(way.run.times.len(), |next| next.row);
            let mut rows = (step.row + 1..until).take_while(|row| way.run.times[*row] - step.time <= PAUSE);
            judged.at(at, rows.any(is_error));
        }
    }
}
