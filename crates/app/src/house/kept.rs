//! What people keep: segments, questions, dashboards, watches and rules.

use periplus_engine::ANALYSES;
use periplus_followup::{case, watch};
use periplus_model::Condition;
use periplus_model::answer::Estimate;
use periplus_model::comments::Tone;
use periplus_server::{Refusal, RefusalKind};
use periplus_workspace::saved::{self, Kind};
use serde_json::{Map, Value, json};

use super::{Served, refusal, refused};

const KINDS: [Kind; 7] = [Kind::Segments, Kind::Answers, Kind::Dashboards, Kind::Dismissed, Kind::Watches, Kind::CaseRules, Kind::Labels];

impl Served {
    pub(super) fn saved(&self) -> Result<Value, Refusal> {
        let mut all = Map::new();
        for kind in KINDS {
            let kept = saved::all(&self.here.data, kind).map_err(refused)?;
            let list = kept.into_iter().map(|(id, mut object)| {
                object.insert("id".to_owned(), Value::String(id));
                Value::Object(object)
            });
            all.insert(kind.name().to_owned(), list.collect());
        }
        Ok(Value::Object(all))
    }

    pub(super) fn save(&self, kind: &str, id: &str, object: &Map<String, Value>) -> Result<Value, Refusal> {
        let kind = named(kind)?;
        check_id(kind, id).and_then(|()| check(kind, object)).map_err(|detail| {
            refusal(
                RefusalKind::Invalid,
                "cannot_be_kept",
                "It cannot be kept",
                &detail,
                "GET /api/saved shows what such things look like.",
            )
        })?;
        saved::put(&self.here.data, kind, id, object).map_err(refused)?;
        Ok(json!({"kept": id}))
    }

    pub(super) fn unsave(&self, kind: &str, id: &str) -> Result<Value, Refusal> {
        let removed = saved::remove(&self.here.data, named(kind)?, id).map_err(refused)?;
        removed.map(Value::Object).ok_or_else(|| {
            refusal(
                RefusalKind::NotFound,
                "not_kept",
                "There is no such thing",
                "Nothing is kept under this id.",
                "GET /api/saved lists what is.",
            )
        })
    }
}

fn named(kind: &str) -> Result<Kind, Refusal> {
    KINDS.into_iter().find(|known| known.name() == kind).ok_or_else(|| {
        refusal(
            RefusalKind::NotFound,
            "no_such_kind",
            "There is no such kind of thing",
            &format!("Nothing is kept as '{kind}'."),
            "There are segments, answers, dashboards, dismissed findings, watches, case-rules and labels.",
        )
    })
}

/// Whether an id is one that its kind can have: a label is of a text, by the hash of it.
fn check_id(kind: Kind, id: &str) -> Result<(), String> {
    let is_hash = id.len() == 16 && id.bytes().all(|digit| digit.is_ascii_hexdigit() && !digit.is_ascii_uppercase());
    if kind == Kind::Labels && !is_hash { Err("a label is kept under the \"hash\" that comes with the text".to_owned()) } else { Ok(()) }
}

/// Whether an object is what its kind says: what is kept today must be usable tomorrow.
fn check(kind: Kind, object: &Map<String, Value>) -> Result<(), String> {
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    if kind == Kind::Dismissed {
        text("reason").ok_or("a finding is dismissed for a \"reason\"")?;
        let rate = object.get("rate").cloned().unwrap_or_default();
        serde_json::from_value::<Estimate>(rate).map_err(|error| format!("it needs the \"rate\" at which it was dismissed: {error}"))?;
        return Ok(());
    }
    if kind == Kind::Labels {
        let label = object.get("label").cloned().unwrap_or_default();
        // Of the text itself nothing is kept: it is somebody's, and may have to be erased.
        if object.len() > 1 {
            return Err("of a text nothing is kept but its \"label\"".to_owned());
        }
        serde_json::from_value::<Tone>(label).map_err(|_| "a text is meant as \"negative\", \"neutral\" or \"positive\"".to_owned())?;
        return Ok(());
    }
    text("name").ok_or("it needs a \"name\"")?;
    match kind {
        Kind::Segments => {
            let condition = object.get("condition").ok_or("a segment needs a \"condition\"")?;
            serde_json::from_value::<Condition>(condition.clone()).map_err(|error| format!("its condition is wrong: {error}"))?;
        }
        Kind::Answers => {
            let analysis = text("analysis").ok_or("an answer needs its \"analysis\"")?;
            if !ANALYSES.iter().any(|known| known.name() == analysis) {
                return Err(format!("there is no analysis '{analysis}'"));
            }
            if !object.get("question").is_some_and(Value::is_object) {
                return Err("an answer needs its \"question\", an object".to_owned());
            }
        }
        Kind::Dashboards => {
            let tiles = object.get("tiles").and_then(Value::as_array).ok_or("a dashboard needs \"tiles\", a list")?;
            if !tiles.iter().all(|tile| tile.get("answer").is_some_and(Value::is_string)) {
                return Err("each tile of a dashboard names its \"answer\"".to_owned());
            }
        }
        Kind::Watches => {
            let watch = watch::parse(object).map_err(|wrong| wrong.to_string())?;
            if !ANALYSES.iter().any(|known| known.name() == watch.analysis) {
                return Err(format!("there is no analysis '{}'", watch.analysis));
            }
        }
        Kind::CaseRules => {
            case::parse(object).map_err(|wrong| wrong.to_string())?;
        }
        Kind::Shares | Kind::Dismissed | Kind::Labels => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_used_is_not_kept() {
        let fits = |kind, object: Value| check(kind, object.as_object().unwrap()).is_ok();
        assert!(fits(Kind::Segments, json!({"name": "Gold", "condition": {"trait": "tier", "is": "gold"}})));
        assert!(!fits(Kind::Segments, json!({"name": "Gold", "condition": {"treat": "tier"}})));
        assert!(!fits(Kind::Segments, json!({"name": " ", "condition": {"trait": "tier", "is": "gold"}})));
        assert!(fits(Kind::Answers, json!({"name": "A", "analysis": "funnel", "question": {}})));
        assert!(!fits(Kind::Answers, json!({"name": "A", "analysis": "fennel", "question": {}})));
        assert!(!fits(Kind::Answers, json!({"name": "A", "analysis": "funnel"})));
        let rate = json!({"value": 0.3, "low": 0.2, "high": 0.4, "n": 90});
        assert!(fits(Kind::Dismissed, json!({"reason": "The fair closes then.", "rate": rate})));
        assert!(!fits(Kind::Dismissed, json!({"reason": "", "rate": rate})));
        assert!(!fits(Kind::Dismissed, json!({"reason": "The fair closes then."})));
        assert!(fits(Kind::Labels, json!({"label": "negative"})));
        assert!(check_id(Kind::Labels, "00f1e2d3c4b5a697").is_ok() && check_id(Kind::Segments, "gold").is_ok());
        assert!(check_id(Kind::Labels, "zzz").is_err() && check_id(Kind::Labels, "00F1E2D3C4B5A697").is_err());
        assert!(!fits(Kind::Labels, json!({"label": "angry"})) && !fits(Kind::Labels, json!({"label": "negative", "text": "Ana wrote"})));
        assert!(fits(Kind::Watches, json!({"name": "W", "analysis": "kpis", "question": {"interval": "day"}, "when": {"below": 3}})));
        assert!(!fits(Kind::Watches, json!({"name": "W", "analysis": "fpis", "question": {"interval": "day"}, "when": {"below": 3}})));
        assert!(fits(Kind::CaseRules, json!({"name": "R", "score": "NPS", "at_most": 6})));
        assert!(!fits(Kind::CaseRules, json!({"name": "R", "score": "NPS"})));
        assert!(fits(Kind::Dashboards, json!({"name": "D", "tiles": [{"answer": "a", "wide": true}]})));
        assert!(!fits(Kind::Dashboards, json!({"name": "D", "tiles": [{}]})));
    }
}
