//! Repeat purchase: who buys buys again within the time that it may take.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::rulebook::Rulebook;
use crate::findings::way::{Judged, PAUSE, Way};

pub(super) struct BoughtAgain;

impl Detector for BoughtAgain {
    fn kind(&self) -> FindingKind {
        FindingKind::BoughtAgain
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        let buys = |row: usize| way.rules.spent(way.run, row) > 0.0;
        for (at, step) in way.steps.iter().enumerate() {
            if judged.trials[at].judged && buys(step.row) {
                // What is bought within the same visit is one purchase.
                let from = way.run.times.partition_point(|time| *time <= step.time.saturating_add(PAUSE));
                let until = way.run.times.partition_point(|time| *time <= step.time.saturating_add(way.rules.horizon));
                judged.at(at, (from..until).any(buys));
            }
        }
    }
    /// Some customers buy more than others.
    fn always(&self) -> bool {
        false
    }
    /// And more before Christmas than in January.
    fn everybody(&self) -> bool {
        false
    }
    /// Who buys again spends more: that is what it says.
    fn costs(&self) -> bool {
        false
    }
    fn lag(&self, rules: &Rulebook) -> i64 {
        rules.horizon
    }
}
