//! Surveys: their files, and what came of them.

use std::collections::BTreeMap;

use periplus_model::Instant;
use periplus_model::answer::Estimate;
use periplus_picture::numbers::SMALL_N;
use periplus_server::{Refusal, RefusalKind};
use periplus_stats::{Moments, ces, csat, nps, wilson};
use periplus_survey::template::TEMPLATES;
use periplus_survey::{Problem, Survey};
use periplus_workspace::map_files::version_of;
use periplus_workspace::surveys::{self, Outcome, Written};
use periplus_workspace::{Workspace, WorkspaceError};
use serde_json::{Value, json};

use super::{Served, refusal, refused};

/// What came of surveys, with the snapshot and the number of erasures that it is of.
pub(super) type Counted = ((u64, usize), BTreeMap<String, Outcome>);

impl Served {
    pub(super) fn surveys(&self) -> Result<Value, Refusal> {
        let list = || -> Result<Vec<Value>, WorkspaceError> {
            let mut outcomes = self.survey_outcomes()?;
            let mut list = Vec::new();
            for id in surveys::ids(&self.here.data)? {
                if let Some(written) = surveys::get(&self.here.data, &id)? {
                    list.push(self.listed(&written, &outcomes.remove(&id).unwrap_or_default()));
                }
            }
            // Imported, or asked by a survey whose file is gone.
            list.extend(outcomes.into_iter().map(|(id, outcome)| json!({"id": id, "is_written": false, "came": came(&outcome)})));
            Ok(list)
        };
        Ok(json!({"surveys": list().map_err(refused)?}))
    }

    fn survey_outcomes(&self) -> Result<BTreeMap<String, Outcome>, WorkspaceError> {
        if !self.here.data.join("state.db").exists() {
            return Ok(BTreeMap::new());
        }
        let workspace = self.workspace()?;
        let snapshot = self.snapshot(&workspace)?;
        let of = (snapshot.id, workspace.store.erasures()?.len());
        let known = |came: &Option<Counted>| came.as_ref().filter(|(known, _)| *known == of).map(|(_, outcomes)| outcomes.clone());
        if let Some(outcomes) = known(&self.came.lock().unwrap_or_else(|poisoned| poisoned.into_inner())) {
            return Ok(outcomes);
        }
        let outcomes = workspace.survey_outcomes(&snapshot)?;
        *self.came.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some((of, outcomes.clone()));
        Ok(outcomes)
    }

    fn listed(&self, written: &Written, outcome: &Outcome) -> Value {
        let mut told = json!({"id": written.id, "is_written": true, "version": version_of(&written.text), "came": came(outcome)});
        match &written.survey {
            Ok(survey) => {
                told["title"] = survey.say(&survey.title, survey.fallback()).into();
                told["is_open"] = survey.is_open(Instant(self.here.now())).into();
                told["page"] = survey.channels.contains(&periplus_survey::Channel::Page).then(|| format!("/s/{}", written.id)).into();
                told["survey"] = json!(survey);
                told["problems"] = json!([]);
            }
            Err(problems) => told["problems"] = json!(problems),
        }
        told
    }

    pub(super) fn survey(&self, id: &str) -> Result<Value, Refusal> {
        let written = surveys::get(&self.here.data, id).map_err(refused)?.ok_or_else(|| no_such_survey(id))?;
        let outcome = self.survey_outcomes().map_err(refused)?.remove(id).unwrap_or_default();
        let mut told = self.listed(&written, &outcome);
        told["toml"] = written.text.into();
        Ok(told)
    }

    pub(super) fn survey_write(&self, id: &str, toml: &str, base: Option<&str>) -> Result<Value, Refusal> {
        Survey::parse(toml).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            refusal(
                RefusalKind::Invalid,
                "survey_has_problems",
                "The survey has problems",
                &lines.join("\n"),
                "POST /api/surveys/check has them with their places.",
            )
        })?;
        let _writing = self.writing.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        self.check_base(id, base)?;
        // A survey may be the first thing in a workspace.
        if !self.here.data.join("state.db").exists() {
            drop(Workspace::open_to_change(&self.here.data).map_err(refused)?);
        }
        surveys::put(&self.here.data, id, toml).map_err(refused)?;
        Ok(json!({"id": id, "version": version_of(toml)}))
    }

    pub(super) fn survey_delete(&self, id: &str, base: &str) -> Result<Value, Refusal> {
        let _writing = self.writing.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        self.check_base(id, Some(base))?;
        match surveys::remove(&self.here.data, id).map_err(refused)? {
            true => Ok(json!({"deleted": id})),
            false => Err(no_such_survey(id)),
        }
    }

    /// Whether the file says what whoever changes it has seen.
    fn check_base(&self, id: &str, base: Option<&str>) -> Result<(), Refusal> {
        let now = surveys::get(&self.here.data, id).map_err(refused)?.map(|written| version_of(&written.text));
        match (now.as_deref(), base) {
            (None, Some(_)) => Err(no_such_survey(id)),
            (now, base) if now == base => Ok(()),
            _ => Err(refusal(
                RefusalKind::Conflict,
                "survey_changed",
                "Somebody else changed the survey",
                "The file says something else than what you saw.",
                "Read it again, and repeat your change.",
            )),
        }
    }
}

fn no_such_survey(id: &str) -> Refusal {
    let detail = format!("There is no survey '{id}'.");
    refusal(RefusalKind::NotFound, "no_such_survey", "There is no such survey", &detail, "GET /api/surveys lists them.")
}

/// Surveys to begin with.
pub(super) fn templates() -> Value {
    let told = |template: &periplus_survey::template::Template| json!({"id": template.id, "about": template.about, "toml": template.toml});
    json!({"templates": TEMPLATES.iter().map(told).collect::<Vec<_>>()})
}

/// What is wrong with a survey.
pub(super) fn checked(toml: &str) -> Value {
    match Survey::parse(toml) {
        Ok(survey) => json!({"problems": [], "survey": survey}),
        Err(problems) => json!({"problems": problems as Vec<Problem>, "survey": null}),
    }
}

/// What came of a survey, with what it comes to: the response rate, and a score for each kind of mark.
pub fn came(outcome: &Outcome) -> Value {
    let asked: u64 = outcome.asked.values().sum();
    let responses: u64 = outcome.answered.values().sum();
    let scores: BTreeMap<&str, Value> =
        outcome.marks.iter().filter_map(|(kind, marks)| Some((kind.as_str(), score(kind, marks)?))).collect();
    json!({
        "asked": asked, "responses": responses, "asked_by_way": outcome.asked, "responses_by_way": outcome.answered,
        "answered_of_asked": outcome.answered_of_asked,
        "response_rate": wilson(outcome.answered_of_asked, asked).map(told),
        "completed": outcome.completed, "comments": outcome.comments, "marks": outcome.marks, "scores": scores,
        "last": outcome.last_at.map(Instant),
    })
}

/// A figure; one of few observations is marked as such.
fn told(estimate: Estimate) -> Value {
    let mut value = json!(estimate);
    value["is_small"] = (estimate.n < SMALL_N).into();
    value
}

fn score(kind: &str, marks: &BTreeMap<u64, u64>) -> Option<Value> {
    let of = |mark: u64| marks.get(&mark).copied().unwrap_or_default();
    let sum = |marks: std::ops::RangeInclusive<u64>| marks.map(of).sum::<u64>();
    match kind {
        "nps" => nps(sum(9..=10), sum(7..=8), sum(0..=6))
            .map(|estimate| json!({"variant": "promoters minus detractors", "figure": told(estimate)})),
        "csat" => {
            csat([of(1), of(2), of(3), of(4), of(5)]).map(|estimate| json!({"variant": "share of 4 and 5", "figure": told(estimate)}))
        }
        "ces" => ces([of(1), of(2), of(3), of(4), of(5), of(6), of(7)])
            .map(|effort| json!({"variant": "mean of 1 to 7", "figure": told(effort.mean), "easy": told(effort.easy)})),
        "stars" => {
            let mut moments = Moments::default();
            (1..=5).for_each(|mark| moments.add_many(mark as i64, of(mark)));
            moments.estimate().map(|estimate| json!({"variant": "mean of 1 to 5", "figure": told(estimate)}))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_their_number_and_their_interval() {
        let marks = |counts: &[(u64, u64)]| counts.iter().copied().collect::<BTreeMap<_, _>>();
        let outcome = Outcome {
            asked: BTreeMap::from([("email".into(), 400)]),
            answered: BTreeMap::from([("email".into(), 100), ("page".into(), 5)]),
            answered_of_asked: 100,
            // 50 promoters, 20 passives and 30 detractors: 20, give or take 17.1.
            marks: BTreeMap::from([("nps".into(), marks(&[(10, 50), (7, 20), (0, 30)])), ("ces".into(), marks(&[(6, 3)]))]),
            ..Outcome::default()
        };
        let told = came(&outcome);
        assert_eq!((told["asked"].as_u64(), told["responses"].as_u64()), (Some(400), Some(105)));
        let rate = &told["response_rate"];
        // Wilson's interval of 100 of 400, by its formula.
        assert!(
            (rate["value"].as_f64().unwrap() - 0.25).abs() < 1e-12 && (rate["low"].as_f64().unwrap() - 0.210_079_014_236_474).abs() < 1e-12,
            "{rate}"
        );
        let figure = &told["scores"]["nps"]["figure"];
        assert!((figure["value"].as_f64().unwrap() - 20.0).abs() < 1e-9 && figure["n"] == 100 && figure["is_small"] == false, "{figure}");
        assert_eq!(told["scores"]["ces"]["figure"]["is_small"], true);
        assert_eq!(came(&Outcome::default())["response_rate"], Value::Null);
    }
}
