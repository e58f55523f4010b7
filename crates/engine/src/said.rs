//! Events in which customers say something: the mark they give, their words, and what they speak of.

use std::collections::BTreeMap;
use std::sync::Arc;

use periplus_maps::{JourneyMap, Score};
use periplus_model::comments::{Tone, text_hash};
use periplus_model::condition::{Condition, Test};
use periplus_voice::Reading;
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::kind::Asked;
use crate::lens::{Lens, Number, Text};
use crate::scan::Run;
use crate::steps::Step;

/// Where an event that no map speaks of may have its mark and its words.
const MARKS: [&str; 5] = ["score", "rating", "stars", "value", "mark"];
const WORDS: [&str; 7] = ["comment", "text", "message", "body", "review", "feedback", "description"];
/// Words in the names of events in which customers say something.
const SAYING: [&str; 10] = ["survey", "nps", "csat", "ces", "review", "reviewed", "feedback", "ticket", "complaint", "comment"];
/// Words in the names of events which only ask them to.
const ASKING: [&str; 8] = ["asked", "sent", "shown", "requested", "viewed", "delivered", "dismissed", "opened"];
/// What it is called that a survey is asked,
pub(crate) const ASKED: &str = "Survey Asked";
/// that it is answered, with a property `kind` that says of which kind the mark is,
pub(crate) const ANSWERED: &str = "Survey Answered";
/// and that more was said after the mark.
pub(crate) const COMPLETED: &str = "Survey Completed";
/// The property by which these belong together.
pub(crate) const ASK: &str = "ask";
/// What was said after a mark is looked for among so many events.
const LOOK_MAX: usize = 4_096;

/// Events with words.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    /// Which events.
    of: Step,
    /// The property that holds the words; a usual one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    property: Option<String>,
}

/// Events of one kind in which customers say something.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// What it is called.
    pub(crate) name: String,
    /// Which events.
    pub(crate) bit: u32,
    /// The stage that they speak of, if they always speak of the same.
    pub(crate) stage: Option<usize>,
    /// The worst and the best mark.
    pub(crate) scale: [f64; 2],
    /// The first of these that an event has is its mark,
    marks: Vec<usize>,
    /// and the first of these its words.
    words: Vec<usize>,
    /// Where more may have been said after a response to a survey.
    rest: Option<Rest>,
}

/// What was said after the mark: an event of its own, with the number of the same ask.
#[derive(Clone, Copy, Debug)]
struct Rest {
    bit: u32,
    /// The texts of the lens that hold the number of the ask.
    ask: usize,
}

impl Rest {
    /// Asks the lens for what came after responses to surveys.
    fn of(lens: &mut Lens) -> Result<Rest, EngineError> {
        let bit = lens.bit(&Condition::Event(vec![COMPLETED.to_owned()], None), None)?;
        Ok(Rest { bit, ask: lens.text(Text::Value(ASK.to_owned())) })
    }

    /// The events in which more was said after the response in a row.
    fn rows<'r>(&'r self, run: &'r Run<'_>, row: usize) -> impl Iterator<Item = usize> + 'r {
        let ask = run.text(self.ask, row);
        let until = if ask.is_some() { run.times.len().min(row.saturating_add(LOOK_MAX)) } else { row };
        (row..until).skip(1).filter(move |at| run.meets(*at, Some(self.bit)) && run.text(self.ask, *at) == ask)
    }
}

impl Source {
    /// A score of a map.
    pub(crate) fn of_score(score: &Score, map: Option<&JourneyMap>, lens: &mut Lens) -> Result<Source, EngineError> {
        let has_rest = score.comment.is_some() && means_responses(&score.when);
        Ok(Source {
            rest: if has_rest { Some(Rest::of(lens)?) } else { None },
            name: score.name.clone(),
            bit: lens.bit(&score.when, map)?,
            stage: score.stage.as_deref().and_then(|id| map?.stage_index(id)),
            scale: score.scale,
            marks: vec![lens.number(Number::Property(score.property.clone()))],
            words: score.comment.iter().map(|comment| lens.text(Text::Written(comment.clone()))).collect(),
        })
    }

    /// Events with a mark in a property, or in one that is usual.
    pub(crate) fn marked(
        name: &str,
        when: &Condition,
        mark: Option<&str>,
        scale: [f64; 2],
        asked: &mut Asked<'_>,
    ) -> Result<Source, EngineError> {
        let marks = mark.map_or(MARKS.to_vec(), |mark| vec![mark]);
        Ok(Source {
            name: name.to_owned(),
            bit: asked.lens.bit(when, asked.desk.map)?,
            stage: None,
            scale,
            marks: marks.into_iter().map(|name| asked.lens.number(Number::Property(name.to_owned()))).collect(),
            words: Vec::new(),
            rest: None,
        })
    }

    /// Events with words in a property, or in one that is usual.
    pub(crate) fn written(name: &str, when: &Condition, words: Option<&str>, asked: &mut Asked<'_>) -> Result<Source, EngineError> {
        let all = words.map_or(WORDS.to_vec(), |words| vec![words]);
        Ok(Source {
            name: name.to_owned(),
            bit: asked.lens.bit(when, asked.desk.map)?,
            stage: None,
            scale: [0.0, 0.0],
            marks: Vec::new(),
            words: all.into_iter().map(|name| asked.lens.text(Text::Written(name.to_owned()))).collect(),
            rest: None,
        })
    }

    /// Whether it means an event.
    pub(crate) fn means(&self, run: &Run<'_>, row: usize) -> bool {
        run.meets(row, Some(self.bit))
    }

    /// How many marks lie between the worst and the best.
    pub(crate) fn span(&self) -> f64 {
        (self.scale[1] - self.scale[0]).abs()
    }

    /// The mark of an event as it was given, on whatever scale.
    pub(crate) fn given(&self, run: &Run<'_>, row: usize) -> Option<f64> {
        self.marks.iter().map(|place| run.number(*place, row)).find(|mark| mark.is_finite())
    }

    /// Where the mark of an event lies on its scale, from 0 (worst) to 1 (best).
    pub(crate) fn mark(&self, run: &Run<'_>, row: usize) -> Option<f64> {
        let mark = self.given(run, row)?;
        let place = (mark - self.scale[0]) / (self.scale[1] - self.scale[0]);
        (-1e-9..=1.0 + 1e-9).contains(&place).then_some(place.clamp(0.0, 1.0))
    }

    /// The words of an event; of a response to a survey that has none, what was said after the mark.
    pub(crate) fn words<'r>(&self, run: &'r Run<'_>, row: usize) -> Option<&'r Arc<str>> {
        self.words_and_row(run, row).map(|(words, _)| words)
    }

    /// The same with the event that has them.
    fn words_and_row<'r>(&self, run: &'r Run<'_>, row: usize) -> Option<(&'r Arc<str>, usize)> {
        let at = |row: usize| self.words.iter().find_map(|place| run.text(*place, row)).map(|words| (words, row));
        at(row).or_else(|| self.rest.as_ref()?.rows(run, row).find_map(at))
    }
}

/// Every text of a customer, once: the event that it counts for, and where it was found.
pub(crate) fn texts<'r>(sources: &'r [Source], run: &'r Run<'_>) -> Vec<(usize, &'r Source, &'r Arc<str>)> {
    let (mut all, mut taken) = (Vec::new(), Vec::new());
    for row in 0..run.times.len() {
        if taken.contains(&row) {
            continue;
        }
        let meant = sources.iter().filter(|source| source.means(run, row));
        let found = meant.filter_map(|source| Some((source, source.words_and_row(run, row)?))).next();
        if let Some((source, (words, of))) = found {
            all.push((row, source, words));
            taken.extend((of != row).then_some(of));
        }
    }
    all
}

/// Whether a condition may mean responses to surveys.
fn means_responses(condition: &Condition) -> bool {
    match condition {
        Condition::Event(names, _) => {
            names.iter().any(|name| name == ANSWERED || name.strip_suffix('*').is_some_and(|s| ANSWERED.starts_with(s)))
        }
        Condition::And(list) | Condition::Or(list) => list.iter().any(means_responses),
        Condition::Touchpoint(_) | Condition::Stage(_) => true,
        _ => false,
    }
}

/// Where words are: where the question says, else the comments of the map's scores, else events named like it.
pub(crate) fn written(text: &[Words], asked: &mut Asked<'_>) -> Result<Vec<Source>, EngineError> {
    if !text.is_empty() {
        let source =
            |words: &Words| Source::written(&words.of.title(), &words.of.required()?.condition()?, words.property.as_deref(), asked);
        return text.iter().map(source).collect();
    }
    if let Some(map) = asked.desk.map {
        let scores = map.scores.iter().filter(|score| score.comment.is_some());
        let found: Vec<Source> = scores.map(|score| Source::of_score(score, Some(map), &mut asked.lens)).collect::<Result<_, _>>()?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let names = asked.names()?;
    let saying = saying(names.list());
    if saying.is_empty() {
        return Err(EngineError::Question("nothing that customers write is known: name the events and properties (\"text\")".to_owned()));
    }
    Ok(vec![Source::written("what customers write", &Condition::Event(saying, None), None, asked)?])
}

/// How people say that texts are meant, by the hash of the text: that goes before how the model reads them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub(crate) struct Corrected(BTreeMap<String, Tone>);

impl Corrected {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// How people say that a text is meant, if they do.
    pub(crate) fn tone(&self, words: &str) -> Option<Tone> {
        // Most people have corrected nothing, and a hash takes its time.
        if self.is_empty() { None } else { self.0.get(&text_hash(words)).copied() }
    }
}

/// Why a text has no score; nothing when it has one.
pub(crate) fn without(reading: &Reading) -> Option<&'static str> {
    match reading {
        Reading::Scored(_) => None,
        Reading::OtherLanguage { language } => Some(language.name()),
        Reading::LanguageUnclear => Some("language unclear"),
        Reading::Empty => Some("no words"),
    }
}

/// The bits of all of them.
pub(crate) fn bits(sources: &[Source]) -> u64 {
    sources.iter().fold(0, |all, source| all | 1 << source.bit)
}

/// The names of events in which customers seem to say something.
pub(crate) fn saying(names: &[String]) -> Vec<String> {
    names.iter().filter(|name| has_word(name, &SAYING) && !only_asks(name)).cloned().collect()
}

/// Whether an event, by its name, only asks customers to say something.
pub(crate) fn only_asks(name: &str) -> bool {
    has_word(name, &SAYING) && has_word(name, &ASKING)
}

/// Answers to one kind of question ("nps"), as far as the names of events tell them.
pub(crate) fn answers(names: &[String], word: &str) -> Option<Condition> {
    let mut all = Vec::new();
    let named: Vec<String> = names.iter().filter(|name| has_word(name, &[word]) && !has_word(name, &ASKING)).cloned().collect();
    if !named.is_empty() {
        all.push(Condition::Event(named, None));
    }
    if names.iter().any(|name| name == ANSWERED) {
        let kind = Condition::Property("kind".to_owned(), Test::In(vec![word.into()]));
        all.push(Condition::Event(vec![ANSWERED.to_owned()], Some(Box::new(kind))));
    }
    match all.len() {
        0 | 1 => all.pop(),
        _ => Some(Condition::Or(all)),
    }
}

/// Whether one of these is among the words of a name: "NPS Answered", "nps_answered" and "npsAnswered" have the word "nps".
pub(crate) fn has_word(name: &str, words: &[&str]) -> bool {
    let mut parts = vec![String::new()];
    let mut was_lower = false;
    for sign in name.chars() {
        if !sign.is_alphanumeric() || (sign.is_uppercase() && was_lower) {
            parts.push(String::new());
        }
        was_lower = sign.is_lowercase();
        if let Some(part) = parts.last_mut().filter(|_| sign.is_alphanumeric()) {
            part.extend(sign.to_lowercase());
        }
    }
    parts.iter().any(|part| words.contains(&part.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_names_are_whole_words() {
        for name in ["NPS Answered", "nps_answered", "npsAnswered", "answer: NPS"] {
            assert!(has_word(name, &["nps"]), "{name}");
        }
        assert!(!has_word("Process Services", &["ces"]) && !has_word("", &["ces"]));
        let names = ["NPS Asked", "NPS Answered", "Review Written", "Order Completed"].map(str::to_owned);
        assert_eq!(saying(&names), ["NPS Answered", "Review Written"]);
        assert_eq!(answers(&names, "nps"), Some(Condition::Event(vec!["NPS Answered".to_owned()], None)));
        assert_eq!(answers(&names, "ces"), None);
    }
}
