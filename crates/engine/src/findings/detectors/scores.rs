//! Bad and good marks, at what they are about.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::way::{Judged, Spot, Way};
use crate::said::Source;

/// The worst marks of a scale: 0 to 6 of 10, 1 and 2 of 5.
const BAD: f64 = 0.3;
const BAD_OF_ELEVEN: f64 = 0.65;
/// The best: 9 and 10 of 10, 5 of 5.
const GOOD: f64 = 0.85;

pub(super) struct BadScore;
pub(super) struct GoodScore;

impl Detector for BadScore {
    fn kind(&self) -> FindingKind {
        FindingKind::BadScore
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        marks(way, |spot, place, of_eleven| judged.about(spot, place < if of_eleven { BAD_OF_ELEVEN } else { BAD }));
    }
}

impl Detector for GoodScore {
    fn kind(&self) -> FindingKind {
        FindingKind::GoodScore
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        marks(way, |spot, place, _| judged.about(spot, place > GOOD));
    }
}

/// Each mark, at what it is about, and whether it is one of the eleven of the question whether one would recommend something.
fn marks(way: &Way<'_>, mut each: impl FnMut(Spot, f64, bool)) {
    given(way, |spot, row, score| {
        if let Some(place) = score.mark(way.run, row) {
            each(spot, place, score.span() > 9.5);
        }
    });
}

/// Each answer to what the map's scores ask: what it is about, and its row.
pub(super) fn given(way: &Way<'_>, mut each: impl FnMut(Spot, usize, &Source)) {
    if way.rules.scores.is_empty() {
        return;
    }
    for row in 0..way.run.times.len() {
        for score in way.rules.scores.iter().filter(|score| score.means(way.run, row)) {
            let subject = way.rules.about.subject(way.run, row, score.stage);
            // Somebody may be asked about what they were not seen at: the answer is then one more of the last step before it.
            let step = way.step_until(subject.row.unwrap_or(row));
            if let (Some(step), Some(place)) = (step, subject.touchpoint) {
                each(Spot { step, place }, row, score);
            }
        }
    }
}
