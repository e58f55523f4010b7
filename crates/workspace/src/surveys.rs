//! Surveys: their files, `surveys/ID.toml` in the data folder, the people who are asked, and what came of asking.
//!
//! Who was asked and who answered is nowhere but in the events that tell it, so that it is imported, exported, backed up and erased with
//! them.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use periplus_lake::read::keys;
use periplus_maps::JourneyMap;
use periplus_model::identity::{CustomerKey, Identifier};
use periplus_model::parts::{PartTable, Snapshot};
use periplus_model::time::Span;
use periplus_survey::check::is_survey_id;
use periplus_survey::definition::QUIET;
use periplus_survey::event::{ANSWERED, ASKED, COMPLETED};
use periplus_survey::{Happened, Known, Meanings, Person, Problem, Survey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rows::{self, Stored};
use crate::saved::{self, Kind};
use crate::{Workspace, WorkspaceError, whole};

/// The folder, below the data folder.
pub const FOLDER: &str = "surveys";

/// So many surveys there can be.
const COUNT_MAX: usize = 1_000;
/// So many rows of events are read at a time, about, when everybody is looked at.
const ROWS_AT_ONCE: u64 = 250_000;

/// What a survey comes to, as events.
const EVENTS: [&str; 3] = [ASKED, ANSWERED, COMPLETED];

/// How people are asked, in `settings.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Whoever was asked by any survey is not asked again within this span, where the survey itself does not say.
    pub quiet: Span,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { quiet: QUIET }
    }
}

/// What is done with each person, and the identifiers that their rows carry.
type Each<'a> = dyn FnMut(Person, &[String]) -> Result<(), WorkspaceError> + 'a;

/// A survey's file, read.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its id.
    pub id: String,
    /// The file's text.
    pub text: String,
    /// The survey, or what is wrong with it.
    pub survey: Result<Survey, Vec<Problem>>,
}

/// Where a survey's file lies in a data folder.
pub fn file(data: &Path, id: &str) -> PathBuf {
    data.join(FOLDER).join(format!("{id}.toml"))
}

/// The ids of the surveys of a data folder, in their order.
///
/// # Errors
/// When the folder cannot be read.
pub fn ids(data: &Path) -> Result<Vec<String>, WorkspaceError> {
    let folder = data.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(WorkspaceError::io(&folder)(error)),
    };
    let found = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut ids: Vec<String> =
        found.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).filter(|id| is_survey_id(id)).collect();
    ids.sort();
    Ok(ids)
}

/// Reads a survey's file; nothing where there is none.
///
/// # Errors
/// When it cannot be read.
pub fn get(data: &Path, id: &str) -> Result<Option<Written>, WorkspaceError> {
    if !is_survey_id(id) {
        return Ok(None);
    }
    let text = whole::get(&file(data, id))?;
    Ok(text.map(|text| Written { id: id.to_owned(), survey: Survey::parse(&text), text }))
}

/// Writes a survey's file, whole. Whoever serves it knows at once.
///
/// # Errors
/// When the id is none, there are too many, or it cannot be written.
pub fn put(data: &Path, id: &str, text: &str) -> Result<(), WorkspaceError> {
    if !is_survey_id(id) {
        return Err(WorkspaceError::Refused(format!(
            "'{id}' cannot be a survey's id: lower-case letters, digits, '-' and '_', 64 at most"
        )));
    }
    if !file(data, id).exists() && ids(data)?.len() >= COUNT_MAX {
        return Err(WorkspaceError::Refused(format!("there are {COUNT_MAX} surveys already; remove some")));
    }
    whole::put(&file(data, id), text)
}

/// Removes a survey's file. Answers whether it was there. What was asked and answered stays.
///
/// # Errors
/// When it cannot be removed.
pub fn remove(data: &Path, id: &str) -> Result<bool, WorkspaceError> {
    if !is_survey_id(id) {
        return Ok(false);
    }
    whole::remove(&file(data, id))
}

/// What the conditions of a survey may name: the touchpoints and personas of its journey map, and the segments that people keep.
///
/// # Errors
/// When the segments cannot be read.
pub fn meanings(data: &Path, map: Option<&JourneyMap>) -> Result<Meanings, WorkspaceError> {
    let mut meanings = Meanings::default();
    for (id, object) in saved::all(data, Kind::Segments)? {
        if let Some(condition) = object.get("condition").and_then(|condition| serde_json::from_value(condition.clone()).ok()) {
            meanings.members.insert(id, condition);
        }
    }
    if let Some(map) = map {
        meanings.members.extend(map.personas.iter().map(|persona| (persona.id.clone(), persona.segment.clone())));
        meanings.touchpoints =
            map.touchpoints.iter().map(|touchpoint| (touchpoint.id.clone(), touchpoint.stage.clone(), touchpoint.when.clone())).collect();
    }
    Ok(meanings)
}

/// Whether everything that a survey's conditions name is there.
///
/// # Errors
/// What is not.
pub fn know(survey: &Survey, meanings: &Meanings) -> Result<(), WorkspaceError> {
    let conditions = survey.segment.iter().chain(survey.after.as_ref().map(|after| &after.what));
    conditions
        .into_iter()
        .try_for_each(|condition| meanings.know(condition))
        .map_err(|unknown| WorkspaceError::Refused(unknown.to_string()))
}

/// What came of a survey.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Asks, by way.
    pub asked: BTreeMap<String, u64>,
    /// Responses, by way.
    pub answered: BTreeMap<String, u64>,
    /// Asks that were answered: with [`Outcome::asked`], the response rate. Responses that nobody was asked for do not count in it.
    pub answered_of_asked: u64,
    /// Responses of which more came after the mark.
    pub completed: u64,
    /// Responses with a comment, in either of their parts.
    pub comments: u64,
    /// How often each mark was given, by kind.
    pub marks: BTreeMap<String, BTreeMap<u64, u64>>,
    /// When something was last answered (microseconds).
    pub last_at: Option<i64>,
}

/// What came of a survey, while it is being counted.
#[derive(Default)]
struct Tally {
    outcome: Outcome,
    asks: HashSet<u128>,
    responses: HashSet<u128>,
}

impl Workspace {
    /// The secret that links of surveys are signed with, made at first use: 32 bytes of these, which nobody else may know.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn survey_secret(&self, fresh: [u8; 32]) -> Result<Vec<u8>, WorkspaceError> {
        let text: String = fresh.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(self.store.keep_once("survey_secret", &text)?.into_bytes())
    }

    /// The customer of an identifier, which is its own when it was seen with no other.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn customer_of(&self, who: &Identifier) -> Result<CustomerKey, WorkspaceError> {
        Ok(self.store.identifier(who.key())?.map_or(who.key(), |row| row.customer))
    }

    /// A person, as far as asking goes.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn person(&self, key: CustomerKey, snapshot: &Snapshot) -> Result<Person, WorkspaceError> {
        let stored = self.stored(snapshot, key.0, key.0)?.remove(&key);
        Ok(stored.map_or_else(|| Person::new(key), |stored| person(key, stored)))
    }

    /// Tells of everybody, in the order of their keys, with the identifiers that their rows carry.
    ///
    /// # Errors
    /// When the lake cannot be read, or `each` fails.
    pub fn each_person(&self, snapshot: &Snapshot, each: &mut Each<'_>) -> Result<(), WorkspaceError> {
        // Keys have 63 bits.
        let stretches = (snapshot.rows(PartTable::Events) / ROWS_AT_ONCE + 1).next_power_of_two().min(1 << 16);
        let width = (1u64 << 63) / stretches;
        for stretch in 0..stretches {
            let (low, high) = (stretch * width, stretch * width + (width - 1));
            let mut people: Vec<_> = self.stored(snapshot, low as i64, high as i64)?.into_iter().collect();
            people.sort_by_key(|(key, _)| *key);
            people.into_iter().try_for_each(|(key, stored)| {
                let carried = carried(&stored);
                each(person(key, stored), &carried)
            })?;
        }
        Ok(())
    }

    /// What came of each survey of which there is anything, by their ids. Responses count wherever they came from, once for each ask.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn survey_outcomes(&self, snapshot: &Snapshot) -> Result<BTreeMap<String, Outcome>, WorkspaceError> {
        let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
        for part in snapshot.of(PartTable::Events) {
            // Few parts have such events, and properties are most of a part's bytes.
            let told = self.lake.open_part(part)?.names("event");
            if told.is_some_and(|told| !told.iter().any(|name| EVENTS.contains(&name.as_str()))) {
                continue;
            }
            for batch in self.lake.read(part, &["customer_key", "time", "event", "message_id", "properties"], None)? {
                let batch = batch?;
                let told = rows::told(&batch).ok_or_else(|| rows::damaged(part))?;
                for (index, key) in keys(&batch).iter().enumerate() {
                    let event = told.event(index);
                    if EVENTS.contains(&event) && !snapshot.is_dead(*key, part) {
                        note(&mut tallies, event, told.time(index), told.message_id(index), told.properties(index));
                    }
                }
            }
        }
        Ok(tallies.into_iter().map(|(id, tally)| (id, tally.done())).collect())
    }
}

impl Tally {
    fn done(self) -> Outcome {
        Outcome { answered_of_asked: self.responses.intersection(&self.asks).count() as u64, ..self.outcome }
    }
}

fn note(tallies: &mut BTreeMap<String, Tally>, event: &str, time: i64, message_id: &str, properties: &str) {
    let properties: Value = serde_json::from_str(properties).unwrap_or_default();
    let text = |name: &str| properties.get(name).and_then(Value::as_str);
    let Some(survey) = text("survey") else { return };
    let Tally { outcome, asks, responses } = tallies.entry(survey.to_owned()).or_default();
    let via = text("via").unwrap_or("import").to_owned();
    // Imported responses have numbers of their own, or none.
    let number = text("ask").unwrap_or(message_id);
    let ask = u128::from_str_radix(number, 16).unwrap_or_else(|_| xxhash_rust::xxh3::xxh3_128(number.as_bytes()));
    outcome.comments += u64::from(event != ASKED && text("comment").is_some());
    match event {
        ASKED => {
            *outcome.asked.entry(via).or_default() += 1;
            asks.insert(ask);
        }
        ANSWERED => {
            *outcome.answered.entry(via).or_default() += 1;
            responses.insert(ask);
            outcome.last_at = outcome.last_at.max(Some(time));
            let mark = properties.get("score").and_then(|score| score.as_u64().or_else(|| score.as_str()?.parse().ok()));
            if let (Some(kind), Some(mark)) = (text("kind"), mark) {
                *outcome.marks.entry(kind.to_owned()).or_default().entry(mark).or_default() += 1;
            }
        }
        _ => outcome.completed += 1,
    }
}

/// The identifiers that rows carry, each once; there are few of them.
fn carried(stored: &Stored) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let rows = stored.events.iter().map(|event| &event.distinct_id).chain(stored.traits.iter().map(|update| &update.distinct_id));
    for id in rows {
        // A customer's rows mostly carry what the row before carries.
        if all.last() != Some(id) && !all.contains(id) {
            all.push(id.clone());
        }
    }
    all
}

fn person(key: CustomerKey, stored: Stored) -> Person {
    let event = |event: crate::rows::StoredEvent| Happened {
        time: event.time,
        event: event.event,
        channel: event.channel,
        amount: event.amount.map(|amount| amount.0 as f64 / 1e6),
        properties: event.properties.unwrap_or_default(),
    };
    let known = |update: crate::rows::StoredTrait| Known {
        since: update.time,
        name: update.name,
        value: serde_json::from_str(&update.value).unwrap_or_default(),
    };
    Person { key, events: stored.events.into_iter().map(event).collect(), traits: stored.traits.into_iter().map(known).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surveys_are_files_that_people_may_write_wrongly() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        assert_eq!(ids(data).unwrap(), Vec::<String>::new());
        put(data, "nps", periplus_survey::template::TEMPLATES[0].toml).unwrap();
        fs::write(data.join("surveys/half.toml"), "title = ").unwrap();
        fs::write(data.join("surveys/.hidden.toml"), "").unwrap();
        assert_eq!(ids(data).unwrap(), ["half", "nps"]);
        assert!(get(data, "nps").unwrap().unwrap().survey.is_ok() && get(data, "half").unwrap().unwrap().survey.is_err());
        for id in ["../nps", "a", "", "NPS"] {
            assert!(put(data, id, "").is_err() && get(data, id).unwrap().is_none() && !remove(data, id).unwrap(), "{id}");
        }
        assert!(remove(data, "nps").unwrap() && !remove(data, "nps").unwrap());
    }

    #[test]
    fn responses_are_counted_once_and_beside_those_who_were_asked() {
        let mut outcomes = BTreeMap::new();
        let ask = |n: u8| format!("{n:032x}");
        for n in 1..=3 {
            note(&mut outcomes, ASKED, 1, "", &format!(r#"{{"survey":"s","ask":"{}","via":"email"}}"#, ask(n)));
        }
        note(&mut outcomes, ANSWERED, 5, "", &format!(r#"{{"survey":"s","ask":"{}","via":"email","kind":"nps","score":9}}"#, ask(2)));
        note(&mut outcomes, COMPLETED, 9, "", &format!(r#"{{"survey":"s","ask":"{}","via":"email","comment":"x"}}"#, ask(2)));
        note(&mut outcomes, ANSWERED, 7, "row-1", r#"{"survey":"s","kind":"nps","score":"3","comment":"y"}"#);
        note(&mut outcomes, ANSWERED, 7, "row-1", r#"{"kind":"nps","score":3}"#);
        assert_eq!(outcomes.len(), 1);
        let outcome = outcomes.remove("s").unwrap().done();
        assert_eq!((outcome.asked["email"], outcome.answered_of_asked, outcome.completed, outcome.comments), (3, 1, 1, 2));
        assert_eq!(outcome.marks["nps"], BTreeMap::from([(3, 1), (9, 1)]));
        assert_eq!((outcome.answered["email"], outcome.answered["import"], outcome.last_at), (1, 1, Some(7)));
    }
}
