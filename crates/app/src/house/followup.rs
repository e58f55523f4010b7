//! Watches, alerts and cases, as the server and the command line see them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use periplus_channels::Outcome;
use periplus_followup::case::figures;
use periplus_followup::message::write;
use periplus_followup::{Act, Case, Paper, Status, Tell, Watch, watch};
use periplus_model::Instant;
use periplus_server::{Refusal, RefusalKind};
use periplus_store::MessageRow;
use periplus_workspace::WorkspaceError;
use periplus_workspace::followup::Means;
use serde_json::{Map, Value, json};

use super::{Served, refusal, refused};
use crate::following::Sender;

/// So many cases are listed.
const CASES_MAX: u64 = 2_000;
/// So many alerts are.
const ALERTS_MAX: u64 = 1_000;

impl Served {
    /// What is needed to answer the questions of watches.
    pub(crate) fn with_means<T>(&self, gone: &Arc<AtomicBool>, work: impl FnOnce(&Means<'_>) -> T) -> T {
        let asking = self.limits.watch(&self.here, gone);
        let map = |id: Option<&str>| match id {
            Some(id) => self.map(id).map(Some).map_err(|refusal| refusal.detail),
            None => Ok(self.files().iter().find_map(|path| crate::files::journey_map(path).ok())),
        };
        work(&Means { map: &map, asking: &asking, stopwatch: Arc::new(self.here.stopwatch()) })
    }

    pub(super) fn watches(&self) -> Result<Value, Refusal> {
        let told = || -> Result<Value, WorkspaceError> {
            let workspace = self.workspace()?;
            let alerts = workspace.alerts(ALERTS_MAX)?;
            let mut list = Vec::new();
            for (id, watch) in workspace.watches()? {
                let going_on = alerts.iter().filter(|alert| alert.happening.watch == id && alert.ended_at.is_none()).count();
                list.push(json!({"id": id, "watch": watch, "checked": workspace.checked(&id)?, "going_on": going_on}));
            }
            let rules: Vec<Value> = workspace.case_rules()?.into_iter().map(|(id, rule)| json!({"id": id, "rule": rule})).collect();
            let sender = Sender::new(&workspace).map_err(|error| WorkspaceError::Refused(error.to_string()))?;
            Ok(json!({
                "watches": list,
                "case_rules": rules,
                "mail": {"is_ready": sender.mail.is_ok(), "problem": sender.mail.as_ref().err()},
                "webhooks": {"key": self.may_change.then(|| sender.key.shown()), "anywhere": workspace.settings.followup.anywhere},
                "address": workspace.settings.followup.address,
                "is_followed": self.collecting.is_some(),
            }))
        };
        told().map_err(refused)
    }

    /// What a watch would say now.
    pub(crate) fn try_watch(&self, object: &Map<String, Value>, gone: &Arc<AtomicBool>) -> Result<Value, Refusal> {
        let watch = watch::parse(object).map_err(|wrong| no_watch(&wrong.to_string()))?;
        let judged = || -> Result<Value, WorkspaceError> {
            let workspace = self.workspace()?;
            let snapshot = self.snapshot(&workspace)?;
            Ok(json!({"judged": self.with_means(gone, |means| workspace.judged(&watch, &snapshot, means))?}))
        };
        judged().map_err(refused)
    }

    /// Sends everybody whom a watch or a rule tells a message that says that it is a test.
    pub(crate) fn test_telling(&self, id: &str) -> Result<Value, Refusal> {
        let told = || -> Result<Option<Value>, WorkspaceError> {
            let workspace = self.workspace()?;
            let watch = workspace.watches()?.into_iter().find(|(known, _)| known == id).map(|(_, Watch { name, tell, .. })| (name, tell));
            let rule = || -> Result<Option<(String, Vec<Tell>)>, WorkspaceError> {
                Ok(workspace.case_rules()?.into_iter().find(|(known, _)| known == id).map(|(_, rule)| (rule.name, rule.tell)))
            };
            let Some((name, tell)) = watch.map_or_else(rule, |found| Ok(Some(found)))? else { return Ok(None) };
            let sender = Sender::new(&workspace).map_err(|error| WorkspaceError::Refused(error.to_string()))?;
            let now = self.here.now();
            let message =
                write(&Paper::Test { name: &name }, &self.title_of(), workspace.settings.followup.address.as_deref(), Instant(now));
            let sent = tell.iter().map(|to| {
                let outcome = sender.send(to, &format!("test-{now}"), &message, now);
                let (is_sent, problem) = match outcome {
                    Outcome::Sent => (true, None),
                    Outcome::Later(why) | Outcome::Failed(why) | Outcome::Unknown(why) => (false, Some(why)),
                };
                json!({"to": to, "is_sent": is_sent, "problem": problem})
            });
            Ok(Some(json!({"sent": sent.collect::<Vec<_>>()})))
        };
        told().map_err(refused)?.ok_or_else(|| {
            refusal(
                RefusalKind::NotFound,
                "no_such_watch",
                "There is no such watch",
                &format!("Nothing is kept as '{id}'."),
                "GET /api/watches lists them.",
            )
        })
    }

    pub(super) fn alerts(&self, at_most: u64) -> Result<Value, Refusal> {
        let told = || -> Result<Value, WorkspaceError> {
            let workspace = self.workspace()?;
            let messages = workspace.store.messages(ALERTS_MAX)?;
            let alerts = workspace.alerts(at_most.min(ALERTS_MAX))?.into_iter().map(|alert| {
                let sent = told_of(&messages, &format!("alert:{}:", alert.happening.id));
                let mut told = json!(alert);
                told["messages"] = sent;
                told
            });
            Ok(json!({"alerts": alerts.collect::<Vec<_>>()}))
        };
        told().map_err(refused)
    }

    pub(super) fn see_alert(&self, id: u64, who: &str, take_back: bool) -> Result<Value, Refusal> {
        let who = who.trim();
        let seen = (!take_back).then_some((self.here.now(), who));
        let is_there = || -> Result<bool, WorkspaceError> { Ok(self.workspace()?.store.see_alert(id, seen)?) };
        match is_there().map_err(refused)? {
            true => Ok(json!({"seen": !take_back})),
            false => Err(refusal(
                RefusalKind::NotFound,
                "no_such_alert",
                "There is no such alert",
                "Nothing has this number.",
                "GET /api/alerts lists them.",
            )),
        }
    }

    pub(super) fn cases(&self, filter: &CaseFilter, at_most: u64) -> Result<Value, Refusal> {
        let now = Instant(self.here.now());
        let cases = || -> Result<Vec<Case>, WorkspaceError> { self.workspace()?.cases() };
        let all = cases().map_err(refused)?;
        Ok(told_cases(&all, filter, at_most, now))
    }

    pub(super) fn case(&self, id: &str) -> Result<Value, Refusal> {
        let found = || -> Result<Option<Value>, WorkspaceError> {
            let workspace = self.workspace()?;
            let Some((case, notes)) = workspace.case(id)? else { return Ok(None) };
            let messages = told_of(&workspace.store.messages(ALERTS_MAX)?, &format!("case:{id}:"));
            let notes: Vec<Value> =
                notes.iter().map(|note| json!({"at": Instant(note.at), "who": note.who, "act": note.act, "text": note.text})).collect();
            Ok(Some(json!({"case": case, "is_overdue": case.is_overdue(Instant(self.here.now())), "notes": notes, "messages": messages})))
        };
        found().map_err(refused)?.ok_or_else(|| no_case(id))
    }

    pub(super) fn act(&self, id: &str, who: &str, act: Map<String, Value>) -> Result<Value, Refusal> {
        let act: Act = serde_json::from_value(Value::Object(act)).map_err(|error| {
            refusal(
                RefusalKind::Invalid,
                "no_such_act",
                "That cannot be done with a case",
                &error.to_string(),
                "{\"do\": \"take\", \"by\": NAME}, assign (owner), note (text), due (at), close (outcome, text), reopen (text).",
            )
        })?;
        let done = || -> Result<Option<Case>, WorkspaceError> { self.workspace()?.act(id, &act, who, self.here.now()) };
        done().map_err(refused)?.map(|case| json!({"case": case})).ok_or_else(|| no_case(id))
    }

    pub(crate) fn title_of(&self) -> String {
        periplus_server::House::title(self)
    }
}

/// Which cases are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct CaseFilter {
    /// `open`, `in_hand`, `closed`, or `overdue`; all when absent.
    pub status: Option<String>,
    /// Whose.
    pub owner: Option<String>,
}

impl CaseFilter {
    pub(crate) fn means(&self, case: &Case, now: Instant) -> bool {
        let status = match self.status.as_deref() {
            None | Some("") => true,
            Some("overdue") => case.is_overdue(now),
            Some("unclosed") => case.status != Status::Closed,
            Some(word) => Status::of_word(word) == Some(case.status),
        };
        status && self.owner.as_deref().is_none_or(|owner| owner.is_empty() || case.owner.as_deref() == Some(owner))
    }
}

/// Those that are asked for, what is due first at first; and figures of all, and by owner.
pub(crate) fn told_cases(all: &[Case], filter: &CaseFilter, at_most: u64, now: Instant) -> Value {
    let mut meant: Vec<&Case> = all.iter().filter(|case| filter.means(case, now)).collect();
    meant.sort_by_key(|case| (case.status == Status::Closed, case.due_at, case.id.clone()));
    let total = meant.len();
    let listed: Vec<Value> = meant
        .into_iter()
        .take(at_most.min(CASES_MAX) as usize)
        .map(|case| {
            let mut told = json!(case);
            told["is_overdue"] = case.is_overdue(now).into();
            told
        })
        .collect();
    let mut owners: Vec<Option<&str>> = all.iter().map(|case| case.owner.as_deref()).collect();
    owners.sort_unstable();
    owners.dedup();
    let by_owner = owners.into_iter().map(|owner| {
        let theirs = all.iter().filter(|case| case.owner.as_deref() == owner);
        json!({"owner": owner, "figures": figures(theirs, now)})
    });
    json!({"cases": listed, "total": total, "figures": figures(all, now), "by_owner": by_owner.collect::<Vec<_>>()})
}

/// How the messages of something are.
fn told_of(messages: &[MessageRow], beginning: &str) -> Value {
    let of = messages.iter().filter(|message| message.effect.starts_with(beginning)).map(|message| {
        let to: Value = serde_json::from_str(&message.recipient).unwrap_or_default();
        json!({"to": to, "state": message.state, "tries": message.tries, "problem": message.problem, "ended_at": message.ended_at.map(Instant)})
    });
    Value::Array(of.collect())
}

fn no_watch(detail: &str) -> Refusal {
    refusal(RefusalKind::Invalid, "no_watch", "That is no watch", detail, "docs/guide/followup.md explains watches.")
}

fn no_case(id: &str) -> Refusal {
    refusal(
        RefusalKind::NotFound,
        "no_such_case",
        "There is no such case",
        &format!("No case is '{id}'; of customers who were erased nothing is kept."),
        "GET /api/cases lists them.",
    )
}
