//! Asking people in a running server: which surveys there are, who is to be asked, who has answered, and keeping what they say.
//!
//! Who was asked and who answered is in the lake. What was kept and is not there yet is remembered here until it is, so that nobody is
//! asked twice or answers twice within the second that it takes; should the process end meanwhile, message ids see to it that an answer
//! counts once, and nobody is asked before the log is read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use periplus_intake::collect::{Arrived, own};
use periplus_maps::JourneyMap;
use periplus_model::parts::Snapshot;
use periplus_model::{CustomerKey, Identifier, Instant};
use periplus_server::{Surveys, Unkept};
use periplus_survey::asking::Asking;
use periplus_survey::event::{ANSWERED, ASKED, COMPLETED, SOURCE};
use periplus_survey::link::ask_text;
use periplus_survey::{Channel, Happened, Link, Person, Purpose, Secret, Survey, may_ask};
use periplus_workspace::{Workspace, WorkspaceError, surveys};
use serde_json::Value;

use crate::collecting::{Dice, Shared};
use crate::files;
use crate::here::Here;

/// A visitor who was asked in one page is not asked in another that asked at the same time.
const AT_ONCE: i64 = 10_000_000;

/// Asking people.
pub struct Surveying {
    here: Here,
    shared: Arc<Shared>,
    secret: Secret,
    dice: Mutex<Dice>,
    /// Frames before this one were in the log when the server began.
    begun: u64,
    files: Mutex<HashMap<PathBuf, Read>>,
    snapshot: Mutex<Arc<Snapshot>>,
    recent: Arc<Mutex<Recent>>,
}

/// A file as it was read last.
#[derive(Clone)]
struct Read {
    at: Option<(SystemTime, u64)>,
    what: Known,
}

/// What a file says; what it said last where it is wrong now.
#[derive(Clone)]
enum Known {
    Survey(Option<Arc<Survey>>),
    Map(Option<Arc<JourneyMap>>),
}

/// What was kept and may not be in the lake yet.
#[derive(Default)]
struct Recent {
    /// By message id.
    events: HashMap<String, Lately>,
    /// Message ids by the identifier they are of.
    by_identifier: HashMap<CustomerKey, Vec<String>>,
    /// How far the log was read when it was last looked what is in the lake by now.
    landed: u64,
}

struct Lately {
    who: CustomerKey,
    happened: Happened,
    /// It is in the lake when the log is read so far; not known while it is being written.
    frame: Option<u64>,
}

impl Recent {
    fn add(&mut self, message_id: &str, lately: Lately) {
        self.by_identifier.entry(lately.who).or_default().push(message_id.to_owned());
        self.events.insert(message_id.to_owned(), lately);
    }

    fn remove(&mut self, message_id: &str) {
        let Some(lately) = self.events.remove(message_id) else { return };
        if let Some(ids) = self.by_identifier.get_mut(&lately.who) {
            ids.retain(|id| id != message_id);
            if ids.is_empty() {
                self.by_identifier.remove(&lately.who);
            }
        }
    }

    fn of(&self, who: CustomerKey) -> impl Iterator<Item = &Happened> {
        self.by_identifier.get(&who).into_iter().flatten().filter_map(|id| self.events.get(id)).map(|lately| &lately.happened)
    }

    /// Forgets what is in the lake.
    fn forget(&mut self, landed: u64) {
        if landed == self.landed {
            return;
        }
        self.landed = landed;
        let there: Vec<String> =
            self.events.iter().filter(|(_, lately)| lately.frame.is_some_and(|frame| frame <= landed)).map(|(id, _)| id.clone()).collect();
        there.iter().for_each(|id| self.remove(id));
    }
}

impl Surveying {
    pub fn new(here: &Here, shared: Arc<Shared>) -> anyhow::Result<Surveying> {
        let mut dice = Dice::new()?;
        let secret = Secret::new(&here.workspace()?.survey_secret(dice.bytes())?);
        Ok(Surveying {
            here: here.clone(),
            secret,
            dice: Mutex::new(dice),
            begun: shared.log.durable(),
            shared,
            files: Mutex::default(),
            snapshot: Mutex::default(),
            recent: Arc::default(),
        })
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn landed(&self) -> u64 {
        self.shared.landed.load(Ordering::Acquire)
    }

    /// A file, read again only when it was changed. One that is wrong is told, and what it said before counts.
    fn read(&self, path: &Path, parse: impl FnOnce(&Path) -> Result<Known, String>) -> Option<Known> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(meta) = path.metadata() else {
            files.remove(path);
            return None;
        };
        let at = meta.modified().ok().map(|at| (at, meta.len()));
        let known = files.get(path);
        if let Some(read) = known.filter(|read| read.at == at && at.is_some()) {
            return Some(read.what.clone());
        }
        let before = known.map(|read| read.what.clone());
        let what = parse(path).unwrap_or_else(|problem| {
            self.here.remark(format!("{}: {problem}", path.display()));
            before.unwrap_or(Known::Survey(None))
        });
        files.insert(path.to_owned(), Read { at, what: what.clone() });
        Some(what)
    }

    fn map(&self, id: &str) -> Option<Arc<JourneyMap>> {
        let listed = std::fs::read_dir(self.here.data.join("maps")).ok()?.flatten().map(|entry| entry.path());
        let is_map = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        listed.filter(is_map).find_map(|path| {
            let parse =
                |path: &Path| files::journey_map(path).map(|map| Known::Map(Some(Arc::new(map)))).map_err(|error| error.to_string());
            match self.read(&path, parse) {
                Some(Known::Map(Some(map))) if map.id == id => Some(map),
                _ => None,
            }
        })
    }

    /// A person with everything that is known of them now, also what is not in the lake yet.
    fn person(&self, workspace: &Workspace, who: &Identifier) -> Result<Person, WorkspaceError> {
        let key = workspace.customer_of(who)?;
        let mut keys: Vec<CustomerKey> = workspace.store.identifiers_of(key)?.iter().map(|row| row.identifier.key()).collect();
        if !keys.contains(&who.key()) {
            keys.push(who.key());
        }
        // Before the lake is read: what has come there meanwhile is told twice then, and not never.
        let lately: Vec<Happened> = {
            let recent = self.recent();
            keys.iter().flat_map(|key| recent.of(*key)).cloned().collect()
        };
        let snapshot = {
            let newest = workspace.store.newest()?;
            let mut known = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
            if known.id != newest {
                *known = Arc::new(workspace.store.snapshot()?);
            }
            known.clone()
        };
        let mut person = match workspace.person(key, &snapshot) {
            // Parts that were let go while they were read: there is a newer version.
            Err(_) if workspace.store.newest()? != snapshot.id => workspace.person(key, &workspace.store.snapshot()?)?,
            other => other?,
        };
        person.events.extend(lately);
        person.events.sort_by_key(|event| event.time);
        Ok(person)
    }

    fn choose_one(&self, who: &Identifier, wanted: Option<&str>) -> Result<Option<(String, Arc<Survey>)>, WorkspaceError> {
        let now = Instant(self.here.now());
        let ids = surveys::ids(&self.here.data)?.into_iter().filter(|id| wanted.is_none_or(|wanted| wanted == id));
        let open: Vec<(String, Arc<Survey>)> = ids
            .filter_map(|id| self.survey(&id).map(|survey| (id, survey)))
            .filter(|(_, survey)| survey.is_open(now) && survey.channels.contains(&Channel::Widget))
            .collect();
        if open.is_empty() {
            return Ok(None);
        }
        let workspace = Workspace::open(&self.here.data)?;
        let person = self.person(&workspace, who)?;
        let (mut chosen, mut trouble) = (None, None);
        for (id, survey) in open {
            let map = survey.map.as_ref().and_then(|id| self.map(id));
            let meanings = surveys::meanings(&self.here.data, map.as_deref())?;
            if let Err(unknown) = surveys::know(&survey, &meanings) {
                // The file is right, and what it names is gone.
                trouble = Some(format!("the survey '{id}' is not asked: {unknown}"));
                continue;
            }
            let asking = Asking { id: &id, survey: &survey, meanings: &meanings, quiet: workspace.settings.surveys.quiet };
            if may_ask(&asking, &person, Channel::Widget, now).is_ok() {
                chosen = Some((id, survey));
                break;
            }
        }
        self.shared.note(&self.shared.surveys_trouble, trouble);
        Ok(chosen)
    }

    fn was_taken(&self, link: &Link) -> Result<bool, WorkspaceError> {
        let (name, message_id) = match link.purpose {
            Purpose::Rest(_) => (COMPLETED, format!("{}-rest", ask_text(link.ask))),
            _ => (ANSWERED, ask_text(link.ask)),
        };
        if self.recent().events.contains_key(&message_id) {
            return Ok(true);
        }
        let workspace = Workspace::open(&self.here.data)?;
        let number = ask_text(link.ask);
        let is_it = |event: &Happened| event.event == name && event.property("ask").is_some_and(|ask| ask == *number);
        Ok(self.person(&workspace, &link.who)?.events.iter().any(is_it))
    }

    fn cannot<T>(&self, error: &WorkspaceError) -> Result<T, Unkept> {
        self.here.remark(format!("surveys cannot be looked up: {error}"));
        Err(Unkept::Busy)
    }
}

impl Surveys for Surveying {
    fn survey(&self, id: &str) -> Option<Arc<Survey>> {
        if !periplus_survey::check::is_survey_id(id) {
            return None;
        }
        let parse = |path: &Path| {
            let text = files::text(path).map_err(|error| error.to_string())?;
            let problems =
                |problems: Vec<periplus_survey::Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            Survey::parse(&text).map(|survey| Known::Survey(Some(Arc::new(survey)))).map_err(problems)
        };
        match self.read(&surveys::file(&self.here.data, id), parse) {
            Some(Known::Survey(survey)) => survey,
            _ => None,
        }
    }

    fn secret(&self) -> &Secret {
        &self.secret
    }

    fn number(&self) -> u128 {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner).number()
    }

    fn is_taken(&self, link: &Link) -> Result<bool, Unkept> {
        self.was_taken(link).or_else(|error| self.cannot(&error))
    }

    fn choose(&self, who: &Identifier, wanted: Option<&str>) -> Result<Option<(String, Arc<Survey>)>, Unkept> {
        // Who was asked just before the server began is not known until the log is read.
        if self.landed() < self.begun {
            return Err(Unkept::Busy);
        }
        self.choose_one(who, wanted).or_else(|error| self.cannot(&error))
    }

    fn keep(&self, who: &Identifier, event: Value, done: Box<dyn FnOnce(Result<bool, Unkept>) + Send>) {
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, message_id, now) = (text("event"), text("message_id"), self.here.now());
        let happened = Happened {
            time: Instant(now),
            event: name.clone(),
            channel: None,
            amount: None,
            properties: event.get("properties").map(Value::to_string).unwrap_or_default(),
        };
        {
            let landed = self.landed();
            let mut recent = self.recent();
            recent.forget(landed);
            let was_just_asked =
                || name == ASKED && recent.of(who.key()).any(|event| event.event == ASKED && now.saturating_sub(event.time.0) < AT_ONCE);
            if recent.events.contains_key(&message_id) || was_just_asked() {
                drop(recent);
                return done(Ok(false));
            }
            recent.add(&message_id, Lately { who: who.key(), happened, frame: None });
        }
        let body = own::request(&[event]);
        let arrived = Arrived { at: Instant(now), source: SOURCE, dialect: own::NAME, call: own::CALL, agent: None, body: &body };
        let all = self.recent.clone();
        let written = move |outcome: Result<u64, Unkept>| {
            let mut recent = all.lock().unwrap_or_else(PoisonError::into_inner);
            match &outcome {
                Ok(frame) => drop(recent.events.entry(message_id).and_modify(|lately| lately.frame = Some(frame + 1))),
                Err(_) => recent.remove(&message_id),
            }
            drop(recent);
            done(outcome.map(|_| true));
        };
        self.shared.append(arrived.to_bytes(), Box::new(written));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_lake_yet_is_remembered_until_it_is() {
        let mut recent = Recent::default();
        let event =
            |name: &str| Happened { time: Instant(0), event: name.to_owned(), channel: None, amount: None, properties: String::new() };
        for (id, who, frame) in [("a", 1, Some(5)), ("b", 1, Some(7)), ("c", 2, None)] {
            recent.add(id, Lately { who: CustomerKey(who), happened: event(id), frame });
        }
        let of = |recent: &Recent, who: i64| recent.of(CustomerKey(who)).map(|event| event.event.clone()).collect::<Vec<_>>().concat();
        assert_eq!((of(&recent, 1), of(&recent, 2), of(&recent, 3)), ("ab".into(), "c".into(), String::new()));
        recent.forget(5);
        assert_eq!((of(&recent, 1), of(&recent, 2)), ("b".into(), "c".into()));
        recent.forget(1_000);
        assert_eq!((of(&recent, 1), of(&recent, 2)), (String::new(), "c".into()), "what is being written is not there yet");
        recent.remove("c");
        assert!(recent.events.is_empty() && recent.by_identifier.is_empty());
    }
}
