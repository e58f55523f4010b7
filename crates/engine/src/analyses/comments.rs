//! Comments: what customers write, how they feel, what about, where and when.

use std::collections::BTreeMap;

use periplus_model::answer::{ColumnKind, View};
use periplus_model::comments::{CommentTheme, Comments as All, MoodAt, MoodThen, ReadComment, Tone, text_hash};
use periplus_model::question::Interval;
use periplus_model::time::Instant;
use periplus_voice::OwnTheme;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, percent, period};
use crate::EngineError;
use crate::about::About;
use crate::calendar::Cuts;
use crate::comments::mood::{Compared, Feelings, UNIT, tone, tone_of_mark};
use crate::comments::sample::{Heard, Sample, order};
use crate::comments::themes::{Found, belonging, by_customer, found};
use crate::kind::{self, Asked, Figure, Kind, Measure, Told};
use crate::said::{Corrected, Source, Words, bits, texts, without, written};
use crate::scan::{Run, Totals};

/// So many themes can be asked for.
const THEMES_MAX: usize = 50;
/// So many labels can be corrected at once.
const CORRECTED_MAX: usize = 100_000;
/// So many texts can be listed.
const LIST_MAX: usize = 500;

pub(super) struct Comments;

/// A question for comments.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Where the words are; the comments of the map's scores when empty, else events named like it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    text: Vec<Words>,
    /// How time is cut.
    #[serde(default = "month")]
    interval: Interval,
    /// How many themes are looked for at most: half of them in what is meant negatively.
    #[serde(default = "twelve")]
    themes: usize,
    /// Themes that the team has named: they come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    own: Vec<Named>,
    /// Labels that people gave, by the hash of the text.
    #[serde(default, skip_serializing_if = "Corrected::is_empty")]
    corrected: Corrected,
    /// Means and shares of fewer texts than this are not told.
    #[serde(default = "few")]
    at_least: u64,
    /// So many of the newest texts are listed, each with how it was read.
    #[serde(default)]
    list: usize,
}

/// A theme that the team has named.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Named {
    /// What to call it.
    name: String,
    /// Words or phrases, in any of their English forms: a text belongs to it that has one of them.
    words: Vec<String>,
}

fn month() -> Interval {
    Interval::Month
}

fn twelve() -> usize {
    12
}

fn few() -> u64 {
    periplus_stats::survey::FEW
}

impl Kind for Comments {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "comments"
    }
    fn about(&self) -> &'static str {
        "What customers write: how they feel and about what, by stage, touchpoint and time, with typical quotes, and how far the model that reads it agrees with their marks."
    }
    fn example(&self) -> Value {
        json!({"themes": 12, "interval": "month"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let wrong = |why: String| Err(EngineError::Question(why));
        if question.themes > THEMES_MAX || question.own.len() > THEMES_MAX {
            return wrong(format!("\"themes\" and \"own\" are {THEMES_MAX} at most"));
        }
        if question.corrected.len() > CORRECTED_MAX {
            return wrong(format!("\"corrected\" has more than {CORRECTED_MAX} labels"));
        }
        if question.list > LIST_MAX {
            return wrong(format!("\"list\" is {LIST_MAX} at most"));
        }
        let sources = written(&question.text, asked)?;
        let mut places = [Vec::new(), Vec::new()];
        let mut about = None;
        if let Some(map) = asked.desk.map {
            asked.lens.by_touchpoints(map)?;
            let mut told = About::of(map, &mut asked.lens)?;
            told.heed(bits(&sources));
            about = Some(told);
            places = [
                map.stages.iter().map(|stage| (stage.id.clone(), stage.name.clone())).collect(),
                map.touchpoints.iter().map(|touchpoint| (touchpoint.id.clone(), touchpoint.name.clone())).collect(),
            ];
        }
        let (from, to) = asked.period();
        Ok(Plan {
            own: question.own.iter().map(|own| OwnTheme { name: own.name.clone(), words: own.words.clone() }).collect(),
            answers: bits(&sources),
            sources,
            places,
            about,
            cuts: asked.calendar.cut(question.interval, from, to)?,
            known_until: asked.known_until(),
            unit: asked.unit.plural().to_owned(),
            question,
        })
    }
}

/// Comments, understood.
pub(super) struct Plan {
    question: Question,
    own: Vec<OwnTheme>,
    sources: Vec<Source>,
    answers: u64,
    /// Ids and names of the map's stages and touchpoints.
    places: [Vec<(String, String)>; 2],
    /// What answers are about; nothing without a map.
    about: Option<About>,
    cuts: Cuts,
    known_until: i64,
    unit: String,
}

/// Of which texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Of {
    All,
    Stage(u32),
    Touchpoint(u32),
    Time(u32),
}

/// What is counted of comments.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    feelings: BTreeMap<Of, Feelings>,
    without: BTreeMap<String, u64>,
    marks: Compared,
    people: Compared,
    sample: Sample,
    /// The newest, when they are to be listed.
    newest: Vec<Heard>,
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        for (of, feelings) in other.feelings {
            self.feelings.entry(of).or_default().merge(&feelings);
        }
        for (why, n) in other.without {
            *self.without.entry(why).or_default() += n;
        }
        self.marks.merge(&other.marks);
        self.people.merge(&other.people);
        self.sample.merge(other.sample);
        self.newest.extend(other.newest);
        self.only_newest(LIST_MAX);
    }
    fn weight(&self) -> u64 {
        self.sample.bytes() + self.feelings.len() as u64 * 150
    }
}

impl Tally {
    fn of(&self, of: Of) -> Feelings {
        self.feelings.get(&of).copied().unwrap_or_default()
    }

    /// With more than so many listed, leaves the newest.
    fn only_newest(&mut self, most: usize) {
        if self.newest.len() > most {
            self.newest.sort_unstable_by(newer);
            self.newest.truncate(LIST_MAX);
        }
    }

    /// So many of the newest texts, in order.
    fn newest(&self, most: usize) -> Vec<Heard> {
        let mut all = self.newest.clone();
        all.sort_unstable_by(newer);
        all.truncate(most);
        all
    }
}

/// Whose texts are meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The id of a stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    /// The id of a touchpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    touchpoint: Option<String>,
    /// When a stretch of time begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Instant>,
    /// The phrases of a theme: texts that have one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    theme: Option<Vec<String>>,
    /// Where themes were made from a part of the texts: those that were drawn below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    below: Option<u64>,
    /// Only of texts that are meant like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<Tone>,
}

/// A text, and where it counts.
struct Written {
    heard: Heard,
    of: [Option<Of>; 3],
}

impl Plan {
    /// What one customer wrote.
    fn hear(&self, run: &Run<'_>, tally: &mut Tally, into: &mut Vec<Written>) {
        let who = whose(run);
        for (row, source, words) in texts(&self.sources, run) {
            let reading = periplus_voice::read(words);
            if let Some(why) = without(&reading) {
                *tally.without.entry(why.to_owned()).or_default() += 1;
            }
            let read = reading.sentiment().map(|sentiment| ((sentiment.score * UNIT).round() as i32, tone(sentiment.label)));
            let corrected = self.question.corrected.tone(words);
            let mark = source.mark(run, row);
            let signed = |place: f64| ((place * 2.0 - 1.0) * UNIT).round() as i32;
            if let (Some(mark), Some((score, label))) = (mark, read) {
                tally.marks.add(tone_of_mark(mark, source.scale), label, Some((signed(mark), score)));
            }
            if let (Some(people), Some((_, label))) = (corrected, read) {
                tally.people.add(people, label, None);
            }
            let time = run.times[row];
            let subject = self.about.as_ref().map(|about| about.subject(run, row, source.stage)).unwrap_or_default();
            into.push(Written {
                of: [
                    subject.stage.map(|stage| Of::Stage(stage as u32)),
                    subject.touchpoint.map(|touchpoint| Of::Touchpoint(touchpoint as u32)),
                    self.cuts.place(time).map(|at| Of::Time(at as u32)),
                ],
                heard: Heard {
                    order: order(who, time, words),
                    who,
                    time,
                    score: read.map(|(score, _)| score),
                    label: corrected.or(read.map(|(_, label)| label)),
                    is_corrected: corrected.is_some(),
                    mark: mark.map(signed),
                    text: words.to_string(),
                },
            });
        }
    }

    fn place_of(&self, of: Of) -> Place {
        let id = |list: usize, place: u32| self.places[list].get(place as usize).map(|(id, _)| id.clone());
        match of {
            Of::All => Place::default(),
            Of::Stage(stage) => Place { stage: id(0, stage), ..Place::default() },
            Of::Touchpoint(touchpoint) => Place { touchpoint: id(1, touchpoint), ..Place::default() },
            Of::Time(at) => Place { at: self.cuts.starts.get(at as usize).map(|start| Instant(*start)), ..Place::default() },
        }
    }

    /// The texts that a place means; nothing where there is no such place.
    fn of_place(&self, place: &Place) -> Option<Of> {
        let find = |list: usize, id: &String| self.places[list].iter().position(|(known, _)| known == id).map(|place| place as u32);
        match (&place.stage, &place.touchpoint, place.at) {
            (None, None, None) => Some(Of::All),
            (Some(id), None, None) => find(0, id).map(Of::Stage),
            (None, Some(id), None) => find(1, id).map(Of::Touchpoint),
            (None, None, Some(at)) => self.cuts.place(at.0).map(|at| Of::Time(at as u32)),
            _ => None,
        }
    }

    fn at(&self, tally: &Tally, of: Of, names: &[(String, String)]) -> Option<MoodAt> {
        let (Of::Stage(place) | Of::Touchpoint(place)) = of else { return None };
        let feelings = tally.feelings.get(&of)?;
        let (id, name) = names.get(place as usize)?.clone();
        Some(MoodAt { id, name, mood: feelings.told(self.question.at_least), place: json_of(&self.place_of(of)) })
    }

    fn theme(&self, found: &Found, texts: &[Heard], below: Option<u64>, first: usize) -> CommentTheme {
        let members = || found.members.iter().map(|at| &texts[*at]);
        let mut feelings = Feelings::default();
        by_customer(members()).into_values().for_each(|texts| feelings.add(texts));
        let mut trend = vec![0; self.cuts.len() - first.min(self.cuts.len())];
        for at in members().filter_map(|heard| self.cuts.place(heard.time)) {
            if let Some(n) = at.checked_sub(first).and_then(|at| trend.get_mut(at)) {
                *n += 1;
            }
        }
        CommentTheme {
            name: found.theme.name.clone(),
            language: found.language.clone(),
            phrases: found.phrases.clone(),
            mood: feelings.told(self.question.at_least),
            trend,
            quotes: found.typical.iter().map(|at| quote(&texts[*at])).collect(),
            place: json_of(&theme_place(found, below)),
        }
    }

    fn over_time(&self, tally: &Tally) -> (usize, Vec<MoodThen>) {
        let has = |at: &usize| tally.feelings.contains_key(&Of::Time(*at as u32));
        let (first, last) = ((0..self.cuts.len()).find(has), (0..self.cuts.len()).rfind(has));
        let Some((first, last)) = first.zip(last) else { return (self.cuts.len(), Vec::new()) };
        let unfinished = self.cuts.first_ending_after(self.known_until.saturating_add(1)).unwrap_or(usize::MAX);
        let then = |at: usize| MoodThen {
            start: Instant(self.cuts.starts[at]),
            name: self.cuts.label(at),
            unfinished: at >= unfinished,
            mood: tally.of(Of::Time(at as u32)).told(self.question.at_least),
            place: json_of(&self.place_of(Of::Time(at as u32))),
        };
        (first, (first..=last).map(then).collect())
    }
}

/// The newer text before the older one.
fn newer(a: &Heard, b: &Heard) -> std::cmp::Ordering {
    b.time.cmp(&a.time).then_with(|| a.cmp(b))
}

/// The place of a theme.
fn theme_place(found: &Found, below: Option<u64>) -> Place {
    Place { theme: Some(found.theme.words.clone()), below, ..Place::default() }
}

fn json_of(place: &Place) -> Value {
    serde_json::to_value(place).unwrap_or_default()
}

/// The same number for all that is counted together: a customer's, or a session's.
fn whose(run: &Run<'_>) -> u64 {
    let first = run.times.first().copied().unwrap_or_default();
    order(run.key as u64, first, run.name.map_or("", |name| name))
}

/// A text with the reasons for its score.
fn quote(heard: &Heard) -> ReadComment {
    let reading = periplus_voice::read(&heard.text);
    let reasons = reading.sentiment().map_or_else(Vec::new, |sentiment| sentiment.reasons.clone());
    ReadComment {
        hash: text_hash(&heard.text),
        text: heard.text.clone(),
        time: Instant(heard.time),
        score: heard.score.map(|score| f64::from(score) / UNIT),
        label: heard.label,
        corrected: heard.is_corrected,
        mark: heard.mark.map(|mark| f64::from(mark) / UNIT),
        because: reasons.into_iter().map(|reason| (reason.words, reason.weight)).collect(),
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = ();
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally::default()
    }
    fn scratch(&self) {}

    fn take(&self, run: &Run<'_>, tally: &mut Tally, (): &mut ()) {
        if (0..run.times.len()).all(|row| run.mask(row) & self.answers == 0) {
            return;
        }
        let mut texts = Vec::new();
        self.hear(run, tally, &mut texts);
        let mut places: Vec<Of> = texts.iter().flat_map(|text| text.of.into_iter().flatten()).collect();
        places.sort_unstable();
        places.dedup();
        for of in places {
            let there = texts.iter().filter(|text| text.of.contains(&Some(of))).map(|text| &text.heard);
            tally.feelings.entry(of).or_default().add(there);
        }
        if !texts.is_empty() {
            tally.feelings.entry(Of::All).or_default().add(texts.iter().map(|text| &text.heard));
        }
        if self.question.list > 0 {
            tally.newest.extend(texts.iter().map(|text| text.heard.clone()));
            // Sorting now and then is cheaper than keeping them sorted.
            tally.only_newest(2 * LIST_MAX);
        }
        texts.into_iter().for_each(|text| tally.sample.add(text.heard));
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.of(Of::All).customers
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let all = tally.of(Of::All);
        let mood = all.told(self.question.at_least);
        let (texts, below) = tally.sample.told();
        let found = found(&texts, &self.own, self.question.themes);
        let (first, over_time) = self.over_time(tally);
        let mut themes: Vec<CommentTheme> = found.iter().map(|found| self.theme(found, &texts, below, first)).collect();
        themes.iter_mut().for_each(|theme| theme.trend.truncate(over_time.len()));
        let mut belongs = vec![false; texts.len()];
        found.iter().flat_map(|found| &found.members).for_each(|at| belongs[*at] = true);
        let at = |list: usize, of: fn(u32) -> Of| {
            let names = &self.places[list];
            (0..names.len() as u32).filter_map(|place| self.at(tally, of(place), names)).collect()
        };
        let mut without: Vec<(String, u64)> = tally.without.iter().map(|(why, n)| (why.clone(), *n)).collect();
        without.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let mut notes = Vec::new();
        if below.is_some() {
            notes.push(format!(
                "Themes are made from {} of {} texts, drawn blindly and always the same; their numbers are of these.",
                count(texts.len() as u64),
                count(mood.comments)
            ));
        }
        if !without.is_empty() {
            let why: Vec<String> = without.iter().take(6).map(|(why, n)| format!("{} {why}", count(*n))).collect();
            notes.push(format!("Texts without a score: {}. The model reads English only.", why.join(", ")));
        }
        let mut caption = match mood.comments {
            0 => "Nobody wrote anything in this period.".to_owned(),
            comments => format!("{} of {} {}", period(comments, "text"), count(mood.customers), self.unit),
        };
        if mood.comments > 0 {
            let negative = mood.negative.map(|share| format!(", {} of them negative", percent(share.value)));
            let worst = themes.iter().filter(|theme| theme.mood.labels[0] > 0).max_by_key(|theme| theme.mood.labels[0]);
            let about = worst.map(|theme| format!("; these most often about “{}”", theme.name));
            caption = format!("{caption}{}{}.", negative.unwrap_or_default(), about.unwrap_or_default());
        }
        let (negative, labelled) = all.negative();
        let figures = vec![
            Figure::share("negative texts", negative, labelled),
            Figure { name: "sentiment".to_owned(), measure: Measure::Mean(all.scores, UNIT, ColumnKind::Number) },
        ];
        let view = All {
            all: mood,
            without,
            themes,
            grouped: texts.len() as u64,
            rest: belongs.iter().filter(|belongs| !**belongs).count() as u64,
            stages: at(0, Of::Stage),
            touchpoints: at(1, Of::Touchpoint),
            over_time,
            marks: tally.marks.told(),
            people: tally.people.told(),
            newest: tally.newest(self.question.list).iter().map(quote).collect(),
            unit: self.unit.clone(),
            at_least: self.question.at_least,
        };
        Told { figures, notes, ..Told::new(caption, View::Comments(Box::new(view))) }
    }

    fn semantics(&self) -> String {
        "Each text counts once; English ones are read by the model, others are counted by language and have no score; labels that people gave go before the model's. A text belongs to a theme when it has one of its phrases, and counts for the touchpoint and the stage that it is about.".to_owned()
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let Some(phrases) = &place.theme else {
            return self.of_place(place).map_or(0, |of| tally.of(of).who(place.label));
        };
        if self.of_place(place) != Some(Of::All) {
            return 0;
        }
        let is_meant = |heard: &&Heard| {
            place.below.is_none_or(|below| heard.order < below) && place.label.is_none_or(|label| heard.label == Some(label))
        };
        by_customer(belonging(tally.sample.texts(), phrases).into_iter().filter(is_meant)).len() as u64
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let (texts, below) = tally.sample.told();
        let themes = found(&texts, &self.own, self.question.themes).into_iter().map(|found| theme_place(&found, below));
        let all = tally.feelings.keys().map(|of| self.place_of(*of)).chain(themes);
        let with_label = |place: Place| {
            let labels = Tone::ALL.map(|label| Place { label: Some(label), ..place.clone() });
            std::iter::once(place).chain(labels)
        };
        all.flat_map(with_label).filter(|place| self.count(tally, place) > 0).collect()
    }
}
