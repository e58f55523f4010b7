//! Journey maps as they are written: read, checked, changed, drafted and given away.

use std::path::PathBuf;

use periplus_engine::profile::profile;
use periplus_maps::{JourneyMap, TEMPLATES, Template, check, diff, print};
use periplus_model::Instant;
use periplus_server::{Asked, Light, Refusal, RefusalKind, Shared};
use periplus_workspace::saved::Kind;
use periplus_workspace::{WorkspaceError, map_files, saved, sources};
use serde_json::{Map, Value, json};

use super::{Served, internal, refusal, refused, stem};
use crate::collecting::Dice;
use crate::files;

impl Served {
    /// The file of a map: the one that there is, or where a new one comes to lie.
    fn place(&self, id: &str) -> Option<PathBuf> {
        let is_its = |path: &PathBuf| match files::journey_map(path) {
            Ok(map) => map.id == id,
            Err(_) => stem(path) == id,
        };
        self.files().into_iter().find(is_its)
    }

    fn known(&self, id: &str) -> Result<(PathBuf, Vec<map_files::Version>), Refusal> {
        let path = self.place(id).unwrap_or_else(|| map_files::file(&self.here.data, id));
        if !sources::is_plain(id) {
            return Err(no_such_map(id));
        }
        let versions = map_files::versions(&self.here.data, id, &path).map_err(refused)?;
        if versions.is_empty() { Err(no_such_map(id)) } else { Ok((path, versions)) }
    }

    pub(super) fn map_file(&self, id: &str) -> Result<Value, Refusal> {
        let (path, versions) = self.known(id)?;
        let current = versions.last().filter(|version| version.yaml.is_some()).ok_or_else(|| no_such_map(id))?;
        Ok(told(id, &path, current))
    }

    pub(super) fn map_version(&self, id: &str, version: &str) -> Result<Value, Refusal> {
        let (path, versions) = self.known(id)?;
        let found = versions.iter().find(|known| known.version == version && known.yaml.is_some());
        Ok(told(id, &path, found.ok_or_else(|| no_such_version(version))?))
    }

    pub(super) fn map_versions(&self, id: &str) -> Result<Value, Refusal> {
        let (_, versions) = self.known(id)?;
        let parsed: Vec<Option<JourneyMap>> =
            versions.iter().map(|version| version.yaml.as_deref().and_then(|yaml| check(yaml).0)).collect();
        let list = versions.iter().enumerate().rev().map(|(at, version)| {
            let before = at.checked_sub(1).and_then(|before| parsed[before].as_ref());
            let changes = match (before, &parsed[at]) {
                (Some(before), Some(map)) => diff(before, map).into_iter().map(|change| change.text).collect(),
                (None, Some(_)) if at == 0 => vec!["the map was made".to_owned()],
                (_, None) if version.yaml.is_none() => vec!["the map was deleted".to_owned()],
                _ => Vec::new(),
            };
            let is_current = at + 1 == versions.len() && version.yaml.is_some();
            json!({"version": version.version, "at": version.at, "note": version.note, "current": is_current,
                "deleted": version.yaml.is_none(), "changes": changes})
        });
        Ok(json!({"versions": list.collect::<Vec<_>>()}))
    }

    pub(super) fn map_check(&self, yaml: Option<String>, declared: Option<Value>, against: Option<&str>) -> Result<Value, Refusal> {
        let yaml = written(yaml, declared)?;
        let (map, problems) = check(&yaml);
        let before = against.and_then(|id| self.map(id).ok());
        let changes = match (&before, &map) {
            (Some(before), Some(map)) => diff(before, map),
            _ => Vec::new(),
        };
        Ok(json!({"yaml": yaml, "declared": map, "problems": problems, "changes": sentences(&changes)}))
    }

    pub(super) fn map_write(
        &self,
        id: &str,
        yaml: Option<String>,
        declared: Option<Value>,
        base: Option<&str>,
        note: &str,
    ) -> Result<Value, Refusal> {
        let yaml = written(yaml, declared)?;
        let map = periplus_maps::parse(&yaml).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            refusal(
                RefusalKind::Invalid,
                "map_has_problems",
                "The journey map has problems",
                &lines.join("\n"),
                "Mend them; POST /api/maps/check has them with their lines.",
            )
        })?;
        if map.id != id || !sources::is_plain(id) {
            return Err(refusal(
                RefusalKind::Invalid,
                "other_id",
                "The id is another one",
                &format!("The map says that its id is '{}', and it was to be kept as '{id}'.", map.id),
                "Keep the id: links lead to it. A copy is a new map under its own id.",
            ));
        }
        let place = self.place(id);
        let before = place.as_deref().and_then(|path| files::journey_map(path).ok());
        let path = place.unwrap_or_else(|| map_files::file(&self.here.data, id));
        let _turn = self.writing.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let now = Instant(self.here.now());
        if !map_files::write(&self.here.data, id, &path, Some(&yaml), base, note, now).map_err(refused)? {
            return Err(changed_meanwhile());
        }
        let changes = before.map(|before| diff(&before, &map)).unwrap_or_default();
        Ok(json!({"version": map_files::version_of(&yaml), "changes": sentences(&changes)}))
    }

    pub(super) fn map_delete(&self, id: &str, base: &str) -> Result<Value, Refusal> {
        let (path, _) = self.known(id)?;
        let _turn = self.writing.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match map_files::write(&self.here.data, id, &path, None, Some(base), "", Instant(self.here.now())).map_err(refused)? {
            true => Ok(json!({"deleted": id})),
            false => Err(changed_meanwhile()),
        }
    }

    pub(super) fn map_propose(&self, template: Option<&str>, title: Option<&str>) -> Result<Value, Refusal> {
        let template = template.map_or(TEMPLATES.first(), Template::find).ok_or_else(|| {
            let known: Vec<&str> = TEMPLATES.iter().map(|template| template.id).collect();
            refusal(
                RefusalKind::NotFound,
                "no_such_template",
                "There is no such template",
                &format!("There are {}.", known.join(", ")),
                "GET /api/templates tells about them.",
            )
        })?;
        let propose = || -> Result<_, WorkspaceError> {
            let workspace = self.workspace()?;
            let snapshot = self.snapshot(&workspace)?;
            let (watch, stopwatch) = (self.limits.watch(&self.here, &Default::default()), self.here.stopwatch());
            Ok(periplus_maps::propose(&profile(&workspace.desk(None, &snapshot, &watch, &stopwatch))?, template))
        };
        let mut proposal = propose().map_err(refused)?;
        if let Some(title) = title.map(str::trim).filter(|title| !title.is_empty()) {
            proposal.map.title = title.to_owned();
            proposal.map.id = plain(title);
        }
        // A draft must not be taken for a map that there is.
        let (wanted, mut number) = (proposal.map.id.clone(), 1);
        while self.place(&proposal.map.id).is_some() {
            number += 1;
            proposal.map.id = format!("{wanted}-{number}");
        }
        let yaml = print(&proposal.map);
        let (declared, problems) = check(&yaml);
        Ok(json!({"yaml": yaml, "declared": declared, "problems": problems, "notes": proposal.notes, "covered": proposal.covered}))
    }

    pub(super) fn share(&self, map: &str, question: &Value, group: Option<String>, beside: Option<String>) -> Result<Value, Refusal> {
        let light = Light::Map(map.to_owned());
        let question = if question.is_null() { json!({}) } else { question.clone() };
        let asked = Asked { analysis: "map", question: &question, map: Some(&light), token: None, fresh: false, gone: &Default::default() };
        // What cannot be shown must not be given away.
        periplus_server::House::ask(self, &asked)?;
        let mut dice = Dice::new().map_err(|error| internal(&error))?;
        let token = format!("{:016x}{:016x}", dice.next(), dice.next());
        let share = json!({"map": map, "question": question, "group": group, "beside": beside, "created": Instant(self.here.now())});
        let share = share.as_object().cloned().unwrap_or_default();
        saved::put(&self.here.data, Kind::Shares, &token, &share).map_err(refused)?;
        Ok(json!({"token": token, "path": format!("/shared/{token}")}))
    }

    pub(super) fn shares(&self) -> Result<Value, Refusal> {
        let told = |(token, share): (String, Map<String, Value>)| {
            let id = share.get("map").and_then(Value::as_str).unwrap_or_default();
            let title = self.map(id).map_or_else(|_| id.to_owned(), |map| map.title);
            json!({"path": format!("/shared/{token}"), "token": token, "what": "map", "map": id, "title": title,
                "group": share.get("group"), "created": share.get("created")})
        };
        let mut shares: Vec<Value> = saved::all(&self.here.data, Kind::Shares).map_err(refused)?.into_iter().map(told).collect();
        shares.sort_by(|a, b| b["created"].as_str().cmp(&a["created"].as_str()));
        Ok(json!({"shares": shares}))
    }

    pub(super) fn unshare(&self, token: &str) -> Result<Value, Refusal> {
        match saved::remove(&self.here.data, Kind::Shares, token).map_err(refused)? {
            Some(_) => Ok(json!({"removed": token})),
            None => Err(no_such_share()),
        }
    }

    pub(super) fn given(&self, token: &str) -> Result<Shared, Refusal> {
        let share = saved::get(&self.here.data, Kind::Shares, token).map_err(refused)?.ok_or_else(no_such_share)?;
        let text = |name: &str| share.get(name).and_then(Value::as_str).map(str::to_owned);
        let light = Light::Map(text("map").unwrap_or_default());
        let question = share.get("question").cloned().unwrap_or_else(|| json!({}));
        let asked = Asked { analysis: "map", question: &question, map: Some(&light), token: None, fresh: false, gone: &Default::default() };
        Ok(Shared { answer: periplus_server::House::ask(self, &asked)?, group: text("group"), beside: text("beside") })
    }
}

pub(super) fn templates() -> Value {
    let told = |template: &Template| {
        let stages: Vec<&str> = template.stages.iter().map(|stage| stage.name).collect();
        json!({"id": template.id, "title": template.name, "about": template.about, "stages": stages})
    };
    json!({"templates": TEMPLATES.iter().map(told).collect::<Vec<_>>()})
}

fn told(id: &str, path: &std::path::Path, version: &map_files::Version) -> Value {
    let yaml = version.yaml.as_deref().unwrap_or_default();
    let (declared, problems) = check(yaml);
    json!({"id": id, "file": path.display().to_string(), "version": version.version, "at": version.at, "note": version.note,
        "yaml": yaml, "declared": declared, "problems": problems})
}

/// The text of a map, of whichever form it came in.
fn written(yaml: Option<String>, declared: Option<Value>) -> Result<String, Refusal> {
    let invalid = |detail: &str| refusal(RefusalKind::Invalid, "bad_map", "Unreadable map", detail, "Send \"yaml\" or \"declared\".");
    let text = match (yaml, declared) {
        (Some(yaml), None) => yaml,
        // JSON is YAML: what is wrong with it is told like what is wrong with a file.
        (None, Some(declared)) => match serde_json::from_value::<JourneyMap>(declared.clone()) {
            Ok(map) => print(&map),
            Err(_) => serde_json::to_string_pretty(&declared).unwrap_or_default(),
        },
        _ => return Err(invalid("The map is needed once: as YAML, or as its declaration.")),
    };
    if text.len() > map_files::BYTES_MAX {
        return Err(invalid("It is longer than a map may be (1 MiB)."));
    }
    Ok(text)
}

/// Changes for programs and people.
fn sentences(changes: &[periplus_maps::Change]) -> Vec<Value> {
    changes.iter().map(|change| json!({"path": change.path, "sentence": change.text})).collect()
}

/// A title as an id.
fn plain(title: &str) -> String {
    let letters = title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect::<String>();
    let words: Vec<&str> = letters.split_whitespace().take(6).collect();
    if words.is_empty() { "map".to_owned() } else { words.join("-").chars().take(60).collect() }
}

pub(super) fn no_such_map(id: &str) -> Refusal {
    refusal(
        RefusalKind::NotFound,
        "no_such_map",
        "There is no such journey map",
        &format!("No map has the id '{id}'."),
        "GET /api/maps lists the maps that there are.",
    )
}

fn no_such_version(version: &str) -> Refusal {
    refusal(
        RefusalKind::NotFound,
        "no_such_version",
        "There is no such version",
        &format!("The map never said what '{version}' names, or that is too long ago."),
        "GET /api/maps/{id}/versions lists them.",
    )
}

fn no_such_share() -> Refusal {
    refusal(
        RefusalKind::NotFound,
        "no_such_share",
        "There is nothing behind this link",
        "It was taken back, or it is mistyped.",
        "Ask whoever gave it.",
    )
}

fn changed_meanwhile() -> Refusal {
    refusal(
        RefusalKind::Conflict,
        "changed_meanwhile",
        "Somebody else changed the map",
        "The map does not say any more what it said when you began.",
        "Look at what it says now, and change that.",
    )
}
