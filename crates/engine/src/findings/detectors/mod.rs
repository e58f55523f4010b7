//! Detectors: what can strike at a step of a customer's way, one file each.
//!
//! **To add one**: a file with an `impl Detector`, a variant of [`FindingKind`], and a line in [`DETECTORS`].

mod again;
mod bought_again;
mod dead_end;
mod drop_off;
mod errors;
mod goes_on;
mod help_again;
mod late;
mod long_step;
mod long_way;
mod loops;
mod lost_switch;
mod met;
mod rage;
mod referral;
mod same_again;
mod scores;
mod settled;
mod to_service;
mod words;

use periplus_findings::{Direction, Kind};
use periplus_model::finding::FindingKind;
use periplus_model::measured::Feeling;

use super::rulebook::Rulebook;
use super::way::{DAY, Judged, Way};

/// Something that can strike at a step.
pub(crate) trait Detector: Sync {
    /// What it finds.
    fn kind(&self) -> FindingKind;
    /// Judges the steps of one way.
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>);
    /// Where it usually strikes more often than this, that is how things are.
    fn usual_max(&self) -> f64 {
        0.75
    }
    /// Whether it is worth telling what a group is always like.
    fn always(&self) -> bool {
        true
    }
    /// Whether it is worth telling what some days did to everybody.
    fn everybody(&self) -> bool {
        true
    }
    /// Whether places where the same is done can be compared.
    fn elsewhere(&self) -> bool {
        true
    }
    /// Whether what came of it says what it costs or brings.
    fn costs(&self) -> bool {
        true
    }
    /// Up to how long after a step it may still strike, in microseconds.
    fn lag(&self, _: &Rulebook) -> i64 {
        0
    }
}

/// Every detector; its place is its bit.
pub(crate) static DETECTORS: &[&dyn Detector] = &[
    &drop_off::DropOff,
    &loops::Loop,
    &again::Again,
    &same_again::SameAgain,
    &errors::Errors,
    &met::Met,
    &rage::Rage,
    &dead_end::DeadEnd,
    &to_service::ToService,
    &help_again::HelpAgain,
    &lost_switch::LostSwitch,
    &settled::Settled,
    &late::Late,
    &scores::BadScore,
    &scores::GoodScore,
    &words::Complaint,
    &words::Praise,
    &goes_on::GoesOn,
    &bought_again::BoughtAgain,
    &referral::Referral,
    &long_way::LongWay,
    &long_way::FastWay,
    &long_step::LongStep,
    &long_step::QuickStep,
];

/// What the search has to know of the detectors.
pub(crate) fn kinds(rules: &Rulebook) -> Vec<Kind> {
    let kind = |(place, detector): (usize, &&dyn Detector)| Kind {
        bit: 1 << place,
        bad: detector.kind().feeling() == Feeling::Pain,
        worth: if detector.kind().is_either() { Direction::Both } else { Direction::More },
        usual_max: detector.usual_max(),
        always: detector.always(),
        everybody: detector.everybody(),
        elsewhere: detector.elsewhere(),
        costs: detector.costs(),
        lag: u16::try_from(detector.lag(rules) / DAY).unwrap_or(u16::MAX),
    };
    DETECTORS.iter().enumerate().map(kind).collect()
}

/// The place of the detector of a kind.
pub(crate) fn place(kind: FindingKind) -> usize {
    DETECTORS.iter().position(|detector| detector.kind() == kind).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_detector_and_a_bit() {
        let mut kinds: Vec<_> = DETECTORS.iter().map(|detector| detector.kind()).collect();
        assert!(kinds.len() <= 32);
        assert_eq!(kinds.len(), FindingKind::ALL.len());
        kinds.iter().enumerate().for_each(|(at, kind)| assert_eq!(place(*kind), at));
        kinds.dedup();
        assert_eq!(kinds.len(), DETECTORS.len());
    }
}
