//! How customers feel, as the model reads what they write.

use periplus_maps::JourneyMap;
use periplus_model::comments::Tone;
use periplus_model::measured::KpiFormat;
use serde::{Deserialize, Serialize};

use super::Around;
use super::seen::{Counts, Planned, See, Seen, Shown, Sighting, UNIT};
use crate::EngineError;
use crate::comments::mood::tone;
use crate::kind::Asked;
use crate::said::{Corrected, Source, Words, bits, saying, texts, without, written};
use crate::scan::Run;

/// Which words are read.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Where the words are; the comments of the map's scores when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    text: Vec<Words>,
}

/// Whether there is anything to read.
pub(crate) fn fits(map: Option<&JourneyMap>, around: &Around) -> bool {
    let has_comments = |map: &JourneyMap| map.scores.iter().any(|score| score.comment.is_some());
    map.is_some_and(has_comments) || !saying(&around.names).is_empty()
}

pub(crate) fn plan(question: &Question, asked: &mut Asked<'_>, around: &Around) -> Result<Planned, EngineError> {
    let sources = written(&question.text, asked)?;
    let words = "mean of what the model reads in English texts, from −1 (negative) to 1 (positive); other languages have no score";
    Ok(Planned {
        kpi: "sentiment",
        name: question.name.clone().unwrap_or_else(|| "Sentiment".to_owned()),
        counts: Counts::Each,
        shown: vec![Shown { ends: [-1.0, 1.0], ..Shown::new(words, KpiFormat::Number) }],
        means: ["wrote something positive", "wrote something negative"],
        smaller_is_better: false,
        aims: Vec::new(),
        has_whole: true,
        skips_idle: false,
        see: Box::new(Sentiment { sources, corrected: around.corrected.clone() }),
        response: None,
    })
}

struct Sentiment {
    sources: Vec<Source>,
    /// How people say that texts are meant.
    corrected: Corrected,
}

impl See for Sentiment {
    fn answers(&self) -> u64 {
        bits(&self.sources)
    }
    fn see(&self, run: &Run<'_>, _: bool, into: &mut Vec<Sighting>) {
        for (row, source, words) in texts(&self.sources, run) {
            let reading = periplus_voice::read(words);
            let seen = match (without(&reading), reading.sentiment()) {
                (_, Some(sentiment)) => {
                    // The score stays what the model reads; whether it speaks for or against is for people to say.
                    let meant = self.corrected.tone(words).unwrap_or_else(|| tone(sentiment.label));
                    let leaning = i8::from(meant == Tone::Positive) - i8::from(meant == Tone::Negative);
                    Seen::Value((sentiment.score * UNIT).round() as i64, leaning)
                }
                (why, None) => Seen::Without(why.unwrap_or_default()),
            };
            into.push(Sighting { stage: source.stage, is_answer: true, ..Sighting::at(run, row, seen) });
        }
    }
}
