//! Dead ends: after a glance, back to where one came from.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, Way};

/// Nobody reads a page in so many microseconds.
const GLANCE: i64 = 5_000_000;

pub(super) struct DeadEnd;

impl Detector for DeadEnd {
    fn kind(&self) -> FindingKind {
        FindingKind::DeadEnd
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            let (before, next) = (way.earlier_in_visit(at).last(), way.rest_of_visit(at).first());
            let glance = next.filter(|next| (1..=GLANCE).contains(&(next.time - step.time)));
            let back = before.zip(glance).is_some_and(|(before, next)| before.code == next.code && before.code != step.code);
            judged.at(at, back);
        }
    }
}
