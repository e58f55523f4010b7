//! Repeated contact: help was asked for, and again within a week.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{DAY, Judged, PAUSE, Way};

const WEEK: i64 = 7 * DAY;

pub(super) struct HelpAgain;

impl Detector for HelpAgain {
    fn kind(&self) -> FindingKind {
        FindingKind::HelpAgain
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            if !way.rules.service[step.code as usize] {
                continue;
            }
            let mut soon = way.later(at).iter().take_while(|next| next.time - step.time <= WEEK);
            let again = soon.any(|next| way.rules.service[next.code as usize] && next.time - step.time > PAUSE);
            if way.is_over(step.time, WEEK) {
                judged.at(at, again);
            }
        }
    }
}
