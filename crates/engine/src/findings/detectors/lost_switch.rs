//! Lost between channels: the customer goes on in another channel, and is not seen to get any further.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::rulebook::Rulebook;
use crate::findings::way::{DAY, Judged, Way};

/// Whoever is in another channel within so long went on there.
const SOON: i64 = 7 * DAY;

pub(super) struct LostSwitch;

impl Detector for LostSwitch {
    fn kind(&self) -> FindingKind {
        FindingKind::LostSwitch
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        let channel = |code: u32| way.rules.channel_of[code as usize];
        for (at, step) in way.steps.iter().enumerate() {
            let trial = &judged.trials[at];
            let (known, went_on) = (trial.judged, trial.reached || trial.spent > 0);
            let (Some(here), true) = (channel(step.code), known && way.stage(step) + 1 < way.rules.stages) else { continue };
            // Asking for help is told by itself.
            let next = way.later(at).iter().find(|next| next.code != step.code).filter(|next| next.time - step.time <= SOON);
            let switched =
                next.is_some_and(|next| !way.rules.service[next.code as usize] && channel(next.code).is_some_and(|there| there != here));
            judged.at(at, switched && !went_on);
        }
    }
    /// Some customers buy more than others, wherever they go.
    fn always(&self) -> bool {
        false
    }
    /// And more get further before Christmas than in January.
    fn everybody(&self) -> bool {
        false
    }
    /// Who is lost has spent nothing since: that is what it says.
    fn costs(&self) -> bool {
        false
    }
    fn lag(&self, rules: &Rulebook) -> i64 {
        rules.horizon
    }
}
