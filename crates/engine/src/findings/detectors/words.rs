//! Complaints and praise: how customers mean what they write about the last touchpoint of the stage that a score is about.
//!
//! Only texts that the model of service language can read are trials; those in other languages say nothing here.

use periplus_model::finding::FindingKind;
use periplus_voice::{Label, read};

use super::Detector;
use super::scores::given;
use crate::findings::way::{Judged, Way};

pub(super) struct Complaint;
pub(super) struct Praise;

impl Detector for Complaint {
    fn kind(&self) -> FindingKind {
        FindingKind::Complaint
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        meant(way, |at, label| judged.at(at, label == Label::Negative));
    }
}

impl Detector for Praise {
    fn kind(&self) -> FindingKind {
        FindingKind::Praise
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        meant(way, |at, label| judged.at(at, label == Label::Positive));
    }
}

/// How each text is meant, at the step that it is about.
fn meant(way: &Way<'_>, mut each: impl FnMut(usize, Label)) {
    given(way, |at, row, score| {
        let reading = score.text.and_then(|text| way.run.text(text, row)).map(|text| read(text));
        if let Some(sentiment) = reading.as_ref().and_then(|reading| reading.sentiment()) {
            each(at, sentiment.label);
        }
    });
}
