//! Switching channels for help: within three days, the customer asks the service.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{DAY, Judged, Way};

const SOON: i64 = 3 * DAY;

pub(super) struct ToService;

impl Detector for ToService {
    fn kind(&self) -> FindingKind {
        FindingKind::ToService
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        for (at, step) in way.steps.iter().enumerate() {
            if way.rules.service[step.code as usize] {
                continue;
            }
            let soon = way.later(at).iter().take_while(|next| next.time - step.time <= SOON);
            // Of two steps before a call, the later one led to it.
            let asked = soon.take_while(|next| way.rank(next) <= way.rank(step) || way.rules.service[next.code as usize]);
            let asked = asked.filter(|next| next.code != step.code).any(|next| way.rules.service[next.code as usize]);
            if way.is_over(step.time, SOON) {
                judged.at(at, asked);
            }
        }
    }
}
