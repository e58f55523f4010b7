//! Responses as a list, for whoever tells them one by one: the same marks and words, about the same touchpoints, as in every figure.

use std::sync::Arc;

use periplus_maps::{JourneyMap, Score};

use crate::EngineError;
use crate::about::About;
use crate::lens::Lens;
use crate::said::Source;
use crate::scan::Run;

/// Where responses are, and what tells what they are about.
#[derive(Clone, Debug)]
pub struct Responses {
    sources: Vec<Source>,
    about: Option<About>,
}

/// One response of a customer.
#[derive(Clone, Copy, Debug)]
pub struct Response<'r> {
    /// The event.
    pub row: usize,
    /// The name of the score.
    pub score: &'r str,
    /// The mark as it was given, on the scale of the score.
    pub mark: Option<f64>,
    /// The customer's words.
    pub words: Option<&'r Arc<str>>,
    /// The map's touchpoint that it is about; nothing without a map.
    pub touchpoint: Option<usize>,
    /// The map's stage that it is about; nothing without a map.
    pub stage: Option<usize>,
}

impl Responses {
    /// Asks the lens for the responses to some scores. Where it is asked what they are about, and there is a map, its touchpoints become
    /// the codes.
    ///
    /// # Errors
    /// When a condition of a score or touchpoint cannot be used, or there are too many of them.
    pub fn of(scores: &[Score], map: Option<&JourneyMap>, with_places: bool, lens: &mut Lens) -> Result<Responses, EngineError> {
        let mapped = map.filter(|_| with_places);
        if let Some(map) = mapped {
            lens.by_touchpoints(map)?;
        }
        let sources = scores.iter().map(|score| Source::of_score(score, map, lens)).collect::<Result<_, _>>()?;
        Ok(Responses { sources, about: mapped.map(|map| About::of(map, lens)).transpose()? })
    }

    /// The responses of a customer, in order; events without a mark and without words are none.
    pub fn each<'r>(&'r self, run: &'r Run<'_>) -> impl Iterator<Item = Response<'r>> {
        let sources = move |row: usize| self.sources.iter().filter(move |source| source.means(run, row)).map(move |source| (row, source));
        (0..run.times.len()).flat_map(sources).filter_map(move |(row, source)| {
            let (mark, words) = (source.given(run, row), source.words(run, row));
            if mark.is_none() && words.is_none() {
                return None;
            }
            let subject = self.about.as_ref().map(|about| about.subject(run, row, source.stage)).unwrap_or_default();
            Some(Response { row, score: &source.name, mark, words, touchpoint: subject.touchpoint, stage: subject.stage })
        })
    }
}
