//! Complaints and praise: how customers mean what they write, at what it is about.
//!
//! Only texts that the model of service language can read are trials; those in other languages say nothing here.

use periplus_model::comments::Tone;
use periplus_model::finding::FindingKind;
use periplus_voice::read;

use super::Detector;
use super::scores::given;
use crate::comments::mood::tone;
use crate::findings::way::{Judged, Spot, Way};

pub(super) struct Complaint;
pub(super) struct Praise;

impl Detector for Complaint {
    fn kind(&self) -> FindingKind {
        FindingKind::Complaint
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        meant(way, |spot, tone| judged.about(spot, tone == Tone::Negative));
    }
}

impl Detector for Praise {
    fn kind(&self) -> FindingKind {
        FindingKind::Praise
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        meant(way, |spot, tone| judged.about(spot, tone == Tone::Positive));
    }
}

/// How each text is meant, at what it is about: as people say, else as the model reads it.
fn meant(way: &Way<'_>, mut each: impl FnMut(Spot, Tone)) {
    given(way, |spot, row, score| {
        let Some(words) = score.words(way.run, row) else { return };
        let as_read = || read(words).sentiment().map(|sentiment| tone(sentiment.label));
        if let Some(tone) = way.rules.corrected.tone(words).or_else(as_read) {
            each(spot, tone);
        }
    });
}
