//! Key figures of marks that customers give: NPS, CSAT, CES.

use periplus_maps::{JourneyMap, KpiKind, Score};
use periplus_model::measured::KpiFormat;
use serde::{Deserialize, Serialize};

use super::seen::{Counts, Planned, See, Seen, Shown, Sighting, UNIT};
use super::{Around, aims, following};
use crate::EngineError;
use crate::kind::Asked;
use crate::said::{Source, answers, bits};
use crate::scan::Run;
use crate::steps::Step;

/// Which answers a figure is reckoned from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The name of one of the map's scores; all that fit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    score: Option<String>,
    /// Which events, instead of a score of the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<Step>,
    /// The property of these events that holds the mark; a usual one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    property: Option<String>,
    /// Their worst and best mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale: Option<[f64; 2]>,
    /// How it is reckoned.
    #[serde(default)]
    variant: Variant,
}

/// How answers are summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Variant {
    /// The share of the best marks (of the NPS, promoters less detractors).
    #[default]
    Top,
    /// The mean of the marks.
    Mean,
}

/// One of the usual questions.
pub(crate) struct Asking {
    word: &'static str,
    title: &'static str,
    scale: [f64; 2],
    kind: KpiKind,
}

pub(crate) const NPS: Asking = Asking { word: "nps", title: "NPS", scale: [0.0, 10.0], kind: KpiKind::Nps };
pub(crate) const CSAT: Asking = Asking { word: "csat", title: "CSAT", scale: [1.0, 5.0], kind: KpiKind::Csat };
pub(crate) const CES: Asking = Asking { word: "ces", title: "CES", scale: [1.0, 7.0], kind: KpiKind::Ces };

/// The scores of a map that answer one of the usual questions: those named like it, else those with its scale.
fn scores<'m>(asking: &Asking, map: Option<&'m JourneyMap>) -> Vec<&'m Score> {
    let all = || map.into_iter().flat_map(|map| &map.scores);
    let named = |score: &&Score| {
        let has = |name: &str| name.to_lowercase().contains(asking.word);
        has(&score.name) || has(&score.property)
    };
    let named: Vec<&Score> = all().filter(named).collect();
    if named.is_empty() { all().filter(|score| score.scale == asking.scale).collect() } else { named }
}

/// Whether there are such answers.
pub(crate) fn fits(asking: &Asking, map: Option<&JourneyMap>, around: &Around) -> bool {
    !scores(asking, map).is_empty() || answers(&around.names, asking.word).is_some()
}

fn sources(question: &Question, asking: &Asking, asked: &mut Asked<'_>) -> Result<Vec<Source>, EngineError> {
    let map = asked.desk.map;
    let wrong = |why: String| EngineError::Question(why);
    let scale = question.scale.unwrap_or(asking.scale);
    if !(scale[0] - scale[1]).is_normal() {
        return Err(wrong(format!("the \"scale\" {scale:?} has no length")));
    }
    if let Some(step) = &question.of {
        let when = step.required()?.condition()?;
        return Ok(vec![Source::marked(&step.title(), &when, question.property.as_deref(), scale, asked)?]);
    }
    if let (Some(name), Some(map)) = (&question.score, map) {
        let score = map.scores.iter().find(|score| score.name == *name);
        let known = || map.scores.iter().map(|score| score.name.as_str()).collect::<Vec<_>>().join(", ");
        let score = score.ok_or_else(|| wrong(format!("the map has no score '{name}'; it has {}", known())))?;
        return Ok(vec![Source::of_score(score, Some(map), &mut asked.lens)?]);
    }
    if question.score.is_some() {
        return Err(EngineError::NoMap);
    }
    if let Some(map) = map {
        let found = scores(asking, Some(map));
        if !found.is_empty() {
            return found.into_iter().map(|score| Source::of_score(score, Some(map), &mut asked.lens)).collect();
        }
    }
    let names = asked.names()?;
    let when = answers(names.list(), asking.word).ok_or_else(|| {
        wrong(format!(
            "there are no answers for {}: name a \"score\" of the map, or the events (\"of\") and their \"property\"",
            asking.title
        ))
    })?;
    Ok(vec![Source::marked(asking.title, &when, question.property.as_deref(), scale, asked)?])
}

/// Understands a question about answers.
pub(crate) fn plan(question: &Question, asking: &Asking, asked: &mut Asked<'_>) -> Result<Planned, EngineError> {
    let sources = sources(question, asking, asked)?;
    let [worst, best] = sources[0].scale;
    let is_mean = question.variant == Variant::Mean;
    let is_nps = asking.kind == KpiKind::Nps;
    // The three best of seven marks; the two best of five.
    let top = if asking.kind == KpiKind::Ces && (best - worst).abs() >= 6.0 { 4.0 / 6.0 } else { 0.75 };
    let reading = match (is_mean, is_nps) {
        (true, _) => Reading::Mean { top: if is_nps { 0.85 } else { top }, worst, best },
        (false, true) => Reading::Nps,
        (false, false) => Reading::Best(top),
    };
    let shown = match reading {
        Reading::Nps => Shown::new("per cent of promoters (9, 10) less per cent of detractors (0 to 6), of all answers", KpiFormat::Score),
        Reading::Best(_) => {
            let first = worst + top * (best - worst);
            Shown::new(format!("share of answers from {first} to {best}, of {worst} to {best}"), KpiFormat::Share)
        }
        Reading::Mean { .. } => Shown {
            ends: [worst.min(best), worst.max(best)],
            ..Shown::new(format!("mean of the answers, {worst} to {best}"), KpiFormat::Number)
        },
    };
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let is_meant = |map: &JourneyMap, kpi: &periplus_maps::Kpi| {
        kpi.kind == asking.kind && map.score_of(kpi).is_some_and(|score| names.contains(&score.name.as_str()))
    };
    let response = if question.of.is_none() { following::answers(asking.word, asked)? } else { None };
    // A target of the share says nothing about the mean.
    let aims = if is_mean || question.of.is_some() { Vec::new() } else { aims(asked.desk.map, is_meant) };
    Ok(Planned {
        kpi: asking.word,
        name: question.name.clone().or_else(|| question.score.clone()).unwrap_or_else(|| asking.title.to_owned()),
        counts: Counts::Each,
        shown: vec![shown],
        means: match asking.kind {
            KpiKind::Nps => ["promoters", "detractors"],
            KpiKind::Ces => ["found it easy", "found it hard"],
            _ => ["satisfied", "not satisfied"],
        },
        smaller_is_better: false,
        aims,
        has_whole: true,
        skips_idle: false,
        see: Box::new(Answers { sources, reading }),
        response,
    })
}

#[derive(Clone, Copy)]
enum Reading {
    Nps,
    /// The share of marks from here on (of 0 to 1).
    Best(f64),
    Mean {
        top: f64,
        worst: f64,
        best: f64,
    },
}

impl Reading {
    /// What a mark says, by its place between the worst (0) and the best (1).
    fn of(self, place: f64) -> Seen {
        match self {
            // 9 and 10 of 0 to 10 promote, 0 to 6 detract.
            Reading::Nps => Seen::Face(i8::from(place > 0.85) - i8::from(place < 0.65)),
            Reading::Best(from) => Seen::Share(place > from - 1e-9),
            Reading::Mean { top, worst, best } => {
                let leaning = i8::from(place > top - 1e-9) - i8::from(place < 0.5 - 1e-9);
                Seen::Value(((worst + place * (best - worst)) * UNIT).round() as i64, leaning)
            }
        }
    }
}

struct Answers {
    sources: Vec<Source>,
    reading: Reading,
}

impl See for Answers {
    fn answers(&self) -> u64 {
        bits(&self.sources)
    }
    fn see(&self, run: &Run<'_>, _: bool, into: &mut Vec<Sighting>) {
        for row in 0..run.times.len() {
            for source in self.sources.iter().filter(|source| run.meets(row, Some(source.bit))) {
                if let Some(place) = source.mark(run, row) {
                    let seen = self.reading.of(place);
                    into.push(Sighting { stage: source.stage, is_answer: true, ..Sighting::at(run, row, seen) });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_from_the_right_end() {
        let eleven: Vec<Seen> = (0..=10).map(|mark| Reading::Nps.of(f64::from(mark) / 10.0)).collect();
        let faces = [-1, -1, -1, -1, -1, -1, -1, 0, 0, 1, 1].map(Seen::Face);
        assert_eq!(eleven, faces);
        let of = |reading: Reading, marks: i32| {
            (0..marks).filter(|mark| reading.of(f64::from(*mark) / f64::from(marks - 1)) == Seen::Share(true)).count()
        };
        assert_eq!((of(Reading::Best(0.75), 5), of(Reading::Best(4.0 / 6.0), 7)), (2, 3));
        let mean = Reading::Mean { top: 0.75, worst: 5.0, best: 1.0 };
        assert_eq!((mean.of(1.0), mean.of(0.0)), (Seen::Value(1_000_000, 1), Seen::Value(5_000_000, -1)), "1 may be the best mark");
    }
}
