//! Bad and good marks: what customers say of the last touchpoint of the stage that a score is about.

use periplus_model::finding::FindingKind;

use super::Detector;
use crate::findings::rulebook::Score;
use crate::findings::way::{Judged, Step, Way};

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
        marks(way, |at, place, of_eleven| judged.at(at, place < if of_eleven { BAD_OF_ELEVEN } else { BAD }));
    }
}

impl Detector for GoodScore {
    fn kind(&self) -> FindingKind {
        FindingKind::GoodScore
    }
    fn judge(&self, way: &Way<'_>, judged: &mut Judged<'_>) {
        marks(way, |at, place, _| judged.at(at, place > GOOD));
    }
}

/// Each mark, at the step that it is about.
fn marks(way: &Way<'_>, mut each: impl FnMut(usize, f64, bool)) {
    given(way, |at, row, score| {
        if let Some(place) = score.place(way.run, row) {
            each(at, place, score.of_eleven());
        }
    });
}

/// Each answer to what the map's scores ask, its row, and the step that it is about: the last one before it that is of the score's stage
/// and asks nothing itself, else the answer's own.
pub(super) fn given(way: &Way<'_>, mut each: impl FnMut(usize, usize, &Score)) {
    if way.rules.scores.is_empty() {
        return;
    }
    let asks = |row: usize| way.rules.scores.iter().any(|score| way.run.mask(row) >> score.bit & 1 == 1);
    for row in 0..way.run.times.len() {
        for score in way.rules.scores.iter().filter(|score| way.run.mask(row) >> score.bit & 1 == 1) {
            let before = way.steps.partition_point(|step| step.row < row);
            let is_about = |step: &Step| !asks(step.row) && score.stage.is_none_or(|stage| way.stage(step) == stage);
            let here = way.steps.get(before).filter(|step| step.row == row).map(|_| before);
            let earlier = way.earlier(before);
            let about = earlier.iter().rposition(is_about).map(|at| before - earlier.len() + at);
            if let Some(at) = about.or(here) {
                each(at, row, score);
            }
        }
    }
}
