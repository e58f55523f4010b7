//! Referral: within a fortnight, the customer brings others.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::rulebook::Rulebook;
use crate::findings::way::{DAY, Judged, Way};

const SOON: i64 = 14 * DAY;

pub(super) struct Referral;

impl Detector for Referral {
    fn kind(&self) -> FindingKind {
        FindingKind::Referral
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        let Some(bit) = way.rules.referrals else { return };
        let refers = |row: usize| way.run.mask(row) >> bit & 1 == 1;
        // Backwards: when the next one comes.
        let (mut next, mut row) = (i64::MAX, way.run.times.len());
        for (at, step) in way.steps.iter().enumerate().rev() {
            while row > step.row + 1 {
                row -= 1;
                if refers(row) {
                    next = way.run.times[row];
                }
            }
            let soon = next.saturating_sub(step.time) <= SOON;
            if !refers(step.row) && way.is_over(step.time, SOON) {
                judged.at(at, soon);
            }
        }
    }
    /// Some customers know more people than others.
    fn always(&self) -> bool {
        false
    }
    fn lag(&self, _: &Rulebook) -> i64 {
        SOON
    }
}
