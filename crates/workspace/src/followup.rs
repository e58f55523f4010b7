//! What follows from what is seen: watches are asked and judged, bad responses become cases, and messages are written.
//!
//! The rules are files that people keep ([`crate::saved`]); what came of them is in the store. Nothing is sent from here.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use periplus_engine::Watch as Asking;
use periplus_followup::case::{self, figures};
use periplus_followup::message::write;
use periplus_followup::{Act, Case, Happening, Judged, Message, Paper, Rhythm, Rule, State, Status, Tell, Watch, When, judge, watch};
use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, View};
use periplus_model::identity::CustomerKey;
use periplus_model::parts::{PartTable, Snapshot};
use periplus_model::time::Instant;
use periplus_query::Sql;
use periplus_store::{AlertRow, CaseRow, Looked, MessageRow, NoteRow, WatchedRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::saved::{self, Kind};
use crate::{Workspace, WorkspaceError};

const DAY: i64 = 86_400_000_000;
const HOUR: i64 = DAY / 24;
/// A day is judged when it is over for so long: what arrives late belongs to it.
const GRACE: i64 = 2 * HOUR;
/// So many responses are looked at at a time.
const RESPONSES_MAX: usize = 100_000;
/// So many findings are looked through.
const FINDINGS_MAX: u64 = 100;
/// So many alerts are looked through for a digest.
const ALERTS_MAX: u64 = 1_000;

/// How people are told, in `settings.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Where the pages of this workspace are reached, for links in messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// At which hour digests are written.
    pub digest_hour: u8,
    /// In which time zone, such as `Europe/Berlin`; UTC when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Whether webhooks may be in the network of this house, and not only in the public one.
    pub anywhere: bool,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { address: None, digest_hour: 6, timezone: None, anywhere: false }
    }
}

impl Rules {
    /// From when until when the newest digest goes: from hour to hour of a day, or of Mondays.
    ///
    /// # Errors
    /// In words, when there is no such hour or time zone.
    fn digested(&self, rhythm: Rhythm, now: i64) -> Result<(i64, i64), String> {
        let zone = self.timezone.as_deref().map_or(Ok(TimeZone::UTC), TimeZone::get);
        let zone = zone.map_err(|_| format!("there is no time zone '{}'", self.timezone.as_deref().unwrap_or_default()))?;
        let hour =
            Time::new(self.digest_hour as i8, 0, 0, 0).map_err(|_| format!("digest_hour is {}, and a day has 24", self.digest_hour))?;
        let moment = |day: Date| day.to_datetime(hour).to_zoned(zone.clone()).map(|at| at.timestamp().as_microsecond());
        let days = if rhythm == Rhythm::Weekly { 7 } else { 1 };
        let told = || {
            let today = Timestamp::from_microsecond(now)?.to_zoned(zone.clone()).date();
            let back = if rhythm == Rhythm::Weekly { i64::from(today.weekday().to_monday_zero_offset()) } else { 0 };
            let mut day = today.checked_sub(back.days())?;
            if moment(day)? > now {
                day = day.checked_sub(days.days())?;
            }
            Ok((moment(day.checked_sub(days.days())?)?, moment(day)?))
        };
        told().map_err(|error: jiff::Error| error.to_string())
    }
}

/// What a message is about. What it says is written when it is sent, so that nothing of a person is kept twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum About {
    Alert(u64),
    Case(String),
    Digest { rhythm: Rhythm, from: i64, to: i64 },
}

/// A message that is ready to be sent.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Who gets it.
    pub to: Tell,
    /// What it says.
    pub message: Message,
}

/// How a watch is doing.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// When it was answered last.
    pub at: Instant,
    /// What it found.
    pub judged: Vec<Judged>,
    /// Why there is no answer, if there is none.
    pub trouble: Option<String>,
}

/// An alert as people see it.
#[derive(Clone, Debug, Serialize)]
pub struct Alert {
    /// What happened.
    #[serde(flatten)]
    pub happening: Happening,
    /// When it was seen last,
    pub last_at: Instant,
    /// and when to be over.
    pub ended_at: Option<Instant>,
    /// Who took note of it,
    pub seen_by: Option<String>,
    /// and when.
    pub seen_at: Option<Instant>,
}

/// Finds the map with an id; with none, the first one that there is.
pub type MapOf<'a> = dyn Fn(Option<&str>) -> Result<Option<JourneyMap>, String> + 'a;

/// What is needed to answer questions: where maps come from, what stops and measures them.
pub struct Means<'a> {
    /// The map with an id; with none, the first one that there is.
    pub map: &'a MapOf<'a>,
    /// Stops a question.
    pub asking: &'a Asking,
    /// Measures it.
    pub stopwatch: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl Workspace {
    /// Asks what a watch asks, and judges the answer.
    ///
    /// # Errors
    /// When the question cannot be answered, or the answer is nothing that can be watched.
    pub fn judged(&self, watch: &Watch, snapshot: &Snapshot, means: &Means<'_>) -> Result<Vec<Judged>, WorkspaceError> {
        let map = (means.map)(watch.map.as_deref()).map_err(WorkspaceError::Refused)?;
        let mut question = watch.question.clone();
        if watch.when == When::Found {
            question.entry("at_most").or_insert_with(|| FINDINGS_MAX.into());
        } else if let Some(until) = snapshot.of(PartTable::Events).map(|part| part.time_max).max() {
            let interval = serde_json::from_value(question.get("interval").cloned().unwrap_or_default()).unwrap_or_default();
            let days = match question.get("interval").and_then(Value::as_str) {
                Some("week") => 7,
                Some("month") => 31,
                _ => 1,
            };
            // One more, whose beginning is cut off, and one that is not over.
            let stretches = i64::from(periplus_followup::judge::stretches_before(interval)) + 2;
            // Before there was anything there is nothing to learn from: no events then does not mean that none were to be expected.
            let begun = snapshot.of(PartTable::Events).map(|part| part.time_min).min().unwrap_or(until);
            question.insert("from".to_owned(), json!(Instant((until - stretches * days * DAY).max(begun))));
        }
        let stopwatch = means.stopwatch.clone();
        let desk = self.desk(map.as_ref(), snapshot, means.asking, &*stopwatch);
        let mut answer = self.ask(&watch.analysis, &Value::Object(question), &desk)?;
        if let (When::Found, View::Findings(view)) = (&watch.when, &mut answer.view) {
            let dismissed = saved::dismissed(&self.folder)?;
            view.findings.retain(|finding| !dismissed.stays(finding));
        }
        judge(watch, &without_first(answer)).map_err(WorkspaceError::Refused)
    }

    /// The watches that people keep, by their ids; those that cannot be read are left out.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn watches(&self) -> Result<Vec<(String, Watch)>, WorkspaceError> {
        let kept = saved::all(&self.folder, Kind::Watches)?;
        Ok(kept.into_iter().filter_map(|(id, object)| Some((id, watch::parse(&object).ok()?))).collect())
    }

    /// The rules by which responses become cases.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn case_rules(&self) -> Result<Vec<(String, Rule)>, WorkspaceError> {
        let kept = saved::all(&self.folder, Kind::CaseRules)?;
        Ok(kept.into_iter().filter_map(|(id, object)| Some((id, case::parse(&object).ok()?))).collect())
    }

    /// Looks at a watch if it is time: when a day is over, or what it asks was changed. Answers the alerts that are new; nothing
    /// when it was not time.
    ///
    /// # Errors
    /// When the store cannot be read or written. A question that cannot be answered is noted with the watch.
    pub fn look(
        &mut self,
        id: &str,
        watch: &Watch,
        snapshot: &Snapshot,
        means: &Means<'_>,
        now: i64,
    ) -> Result<Option<Vec<AlertRow>>, WorkspaceError> {
        let until = snapshot.of(PartTable::Events).map(|part| part.time_max).max();
        let Some(until) = until.filter(|_| !watch.is_off) else { return Ok(None) };
        let asked =
            format!("{}@{}", json!([watch.analysis, watch.question, watch.map, watch.line, watch.when]), (until - GRACE).div_euclid(DAY));
        let before = self.store.watched(id)?;
        // What could not be answered is asked again after an hour.
        let is_done = |before: &WatchedRow| before.asked == asked && (before.trouble.is_none() || now - before.at < HOUR);
        if before.as_ref().is_some_and(is_done) {
            return Ok(None);
        }
        let (judged, trouble) = match self.judged(watch, snapshot, means) {
            Ok(judged) => (judged, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        let is_failed = trouble.is_some();
        let mut raised: Vec<&Judged> = judged.iter().filter(|judged| judged.state == State::Alarm).collect();
        if watch.when == When::Found {
            // What was there when the watch began is not new, nor what went and came again.
            let known = |about: &str| -> Result<bool, WorkspaceError> { Ok(self.store.has_told(id, about)?) };
            let first = before.as_ref().is_none_or(|before| before.told == "[]" && before.trouble.is_some());
            let seen: Vec<Judged> = before.iter().flat_map(|before| serde_json::from_str::<Vec<Judged>>(&before.told)).flatten().collect();
            let going_on: Vec<String> =
                self.store.alerts(ALERTS_MAX)?.into_iter().filter(|a| a.watch == id && a.ended_at.is_none()).map(|a| a.about).collect();
            let mut kept = Vec::new();
            for judged in raised {
                let is_old = !going_on.contains(&judged.about)
                    && (first || seen.iter().any(|seen| seen.about == judged.about) || known(&judged.about)?);
                if !is_old {
                    kept.push(judged);
                }
            }
            raised = kept;
        }
        let looked = Looked {
            watch: id.to_owned(),
            raised: raised.iter().map(|judged| (judged.about.clone(), json!(judged).to_string())).collect(),
            well: judged.iter().filter(|judged| judged.state == State::Well).map(|judged| judged.about.clone()).collect(),
            rest_is_over: watch.when == When::Found && !is_failed,
            row: WatchedRow { at: now, asked, told: json!(judged).to_string(), trouble },
        };
        let tell = |alert: &AlertRow| match watch.rhythm {
            Rhythm::AtOnce => {
                watch.tell.iter().map(|tell| message(&format!("alert:{}", alert.id), tell, &About::Alert(alert.id), now)).collect()
            }
            Rhythm::Daily | Rhythm::Weekly => Vec::new(),
        };
        Ok(Some(self.store.looked(&looked, tell)?))
    }

    /// How a watch was answered last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn checked(&self, id: &str) -> Result<Option<Checked>, WorkspaceError> {
        let checked = |row: WatchedRow| Checked {
            at: Instant(row.at),
            judged: serde_json::from_str(&row.told).unwrap_or_default(),
            trouble: row.trouble,
        };
        Ok(self.store.watched(id)?.map(checked))
    }

    /// Ends what goes on of watches that are gone.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn forget_watches(&mut self, there: &[(String, Watch)], now: i64) -> Result<(), WorkspaceError> {
        for id in self.store.watches_answered()? {
            if !there.iter().any(|(known, _)| *known == id) {
                self.store.forget_watch(&id, now)?;
            }
        }
        Ok(())
    }

    /// Alerts, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn alerts(&self, at_most: u64) -> Result<Vec<Alert>, WorkspaceError> {
        let watches = self.watches()?;
        Ok(self.store.alerts(at_most)?.into_iter().filter_map(|row| told(row, &watches)).collect())
    }

    /// Opens cases for the responses that the rules mean and that have none. Answers how many are new.
    ///
    /// # Errors
    /// When responses cannot be read, or the store cannot be written.
    pub fn open_cases(&mut self, snapshot: &Snapshot, means: &Means<'_>, now: i64) -> Result<u64, WorkspaceError> {
        let rules: Vec<(String, Rule)> = self.case_rules()?.into_iter().filter(|(_, rule)| !rule.is_off).collect();
        let mut by_map: Vec<(Option<String>, Ruled)> = Vec::new();
        for (id, rule) in rules {
            match by_map.iter_mut().find(|(map, _)| *map == rule.map) {
                Some((_, rules)) => rules.push((id, rule)),
                None => by_map.push((rule.map.clone(), vec![(id, rule)])),
            }
        }
        let mut opened = 0;
        for (map, rules) in by_map {
            let map = (means.map)(map.as_deref()).map_err(WorkspaceError::Refused)?;
            let since = now - rules.iter().map(|(_, rule)| rule.within.0).max().unwrap_or_default();
            let responses = self.responses(map.as_ref(), snapshot, since, means)?;
            let known = self.store.cases_since(since)?;
            let mut new = Vec::new();
            for response in responses {
                let falling = map.as_ref().and_then(|map| map.scores.iter().find(|score| score.name == response.score));
                let falling = falling.is_some_and(|score| score.scale[0] > score.scale[1]);
                let is_meant = |(_, rule): &&(String, Rule)| {
                    rule.score == response.score
                        && response.time.0 >= now - rule.within.0
                        && rule.opens(response.mark, falling, response.words.as_deref())
                };
                let Some((rule_id, rule)) = rules.iter().find(is_meant) else { continue };
                if self.has_case(&known, &response, now)? {
                    continue;
                }
                if let Some(case) = self.new_case(rule_id, rule, response, map.as_ref(), snapshot, now)? {
                    let about = About::Case(case.id.clone());
                    let effect = format!("case:{}", case.id);
                    new.push((case, rule.tell.iter().map(|tell| message(&effect, tell, &about, now)).collect()));
                }
            }
            opened += self.store.open_cases(&new)?;
        }
        Ok(opened)
    }

    /// Whether a response has a case already, which gets words that came after the mark; of one whose customer changed, the case moves with
    /// it.
    fn has_case(&mut self, known: &[CaseRow], response: &Response, now: i64) -> Result<bool, WorkspaceError> {
        for row in known.iter().filter(|row| row.responded_at == response.time.0) {
            let Ok(case) = serde_json::from_str::<Case>(&row.told) else { continue };
            if !case.is_of(&response.score, response.mark, response.words.as_deref()) {
                continue;
            }
            if row.customer != response.customer {
                let now_of = self.store.identifier(row.identifier)?.map_or(row.identifier, |found| found.customer);
                if now_of != response.customer {
                    continue;
                }
                self.store.move_case(&row.id, now_of)?;
            }
            if let Some(told) = case.with_words(response.words.as_deref()) {
                let changed = CaseRow { customer: response.customer, identifier: row.identifier, ..row_of(&told) };
                let text = "said more after the mark".to_owned();
                let note = NoteRow { at: now, who: "the customer".to_owned(), act: "note".to_owned(), text };
                // Whoever changed the case at this moment goes first: the words are there at the next look, too.
                self.store.change_case(&row.told, &changed, &note)?;
            }
            return Ok(true);
        }
        Ok(false)
    }

    fn new_case(
        &self,
        rule_id: &str,
        rule: &Rule,
        response: Response,
        map: Option<&JourneyMap>,
        snapshot: &Snapshot,
        now: i64,
    ) -> Result<Option<CaseRow>, WorkspaceError> {
        let key = response.customer;
        let stored = self.stored(snapshot, key.0, key.0)?.remove(&key).unwrap_or_default();
        let at_the_time = stored.events.into_iter().filter(|event| event.time == response.time);
        let Some(distinct_id) = at_the_time.map(|event| event.distinct_id).min() else { return Ok(None) };
        let named = |name: &Option<String>, known: &str| name.as_deref() == Some(known);
        let owner = rule.owner.clone().or_else(|| {
            let map = map?;
            let touchpoint = map.touchpoints.iter().find(|t| named(&response.touchpoint, &t.name)).and_then(|t| t.owner.clone());
            touchpoint.or_else(|| map.stages.iter().find(|s| named(&response.stage, &s.name)).and_then(|s| s.owner.clone()))
        });
        let case = Case {
            id: case::id(&distinct_id, response.time, &response.score, response.mark, response.words.as_deref()),
            rule: rule_id.to_owned(),
            score: response.score,
            responded_at: response.time,
            mark: response.mark,
            words: response.words,
            customer: None,
            touchpoint: response.touchpoint,
            stage: response.stage,
            owner,
            opened_at: Instant(now),
            due_at: Instant(now + rule.due.0),
            status: Status::Open,
            outcome: None,
            closed_at: None,
            distinct_id,
        };
        let identifier = CustomerKey::of_text(&case.distinct_id);
        Ok(Some(CaseRow { customer: key, identifier, ..row_of(&case) }))
    }

    fn responses(
        &self,
        map: Option<&JourneyMap>,
        snapshot: &Snapshot,
        since: i64,
        means: &Means<'_>,
    ) -> Result<Vec<Response>, WorkspaceError> {
        let text = format!(
            "SELECT customer_key, time, kind, score, text, touchpoint, stage FROM responses WHERE time >= TIMESTAMP '{}' ORDER BY time DESC, customer_key",
            Instant(since)
        );
        let mut sql = Sql::new(text);
        sql.limits.rows = RESPONSES_MAX;
        let answer = self.sql(&sql, map, snapshot, means.stopwatch.clone())?;
        let View::Table(table) = answer.view else { return Ok(Vec::new()) };
        Ok(table.rows.iter().filter_map(|row| Response::of(row)).collect())
    }

    /// All cases, the newest response first, each with what its customer is called now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn cases(&self) -> Result<Vec<Case>, WorkspaceError> {
        let mut names = HashMap::new();
        let rows = self.store.cases_since(i64::MIN)?;
        rows.iter().filter_map(|row| self.case_of(row, &mut names).transpose()).collect()
    }

    /// A case, with what was done with it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn case(&self, id: &str) -> Result<Option<(Case, Vec<NoteRow>)>, WorkspaceError> {
        let Some(row) = self.store.case(id)? else { return Ok(None) };
        let case = self.case_of(&row, &mut HashMap::new())?;
        case.map(|case| Ok((case, self.store.case_notes(id)?))).transpose()
    }

    fn case_of(&self, row: &CaseRow, names: &mut HashMap<CustomerKey, String>) -> Result<Option<Case>, WorkspaceError> {
        let Ok(mut case) = serde_json::from_str::<Case>(&row.told) else { return Ok(None) };
        // Whoever was seen with one identifier only is called by it.
        let customer = self.store.identifier(row.identifier)?.map(|found| found.customer);
        case.customer = match customer {
            None => Some(case.distinct_id.clone()),
            Some(customer) => match names.get(&customer) {
                Some(name) => Some(name.clone()),
                None => {
                    let name = self.store.identifier(customer)?.map_or(case.distinct_id.clone(), |found| found.identifier.to_string());
                    names.insert(customer, name.clone());
                    Some(name)
                }
            },
        };
        Ok(Some(case))
    }

    /// Does something with a case. Answers the case as it is then; nothing when there is no such case.
    ///
    /// # Errors
    /// When it cannot be done, or somebody else did something at the same time.
    pub fn act(&mut self, id: &str, act: &Act, who: &str, now: i64) -> Result<Option<Case>, WorkspaceError> {
        let Some(row) = self.store.case(id)? else { return Ok(None) };
        let before: Case =
            serde_json::from_str(&row.told).map_err(|error| WorkspaceError::Refused(format!("the case cannot be read: {error}")))?;
        let after = case::step(&before, act, Instant(now)).map_err(|refused| WorkspaceError::Refused(refused.to_string()))?;
        let changed = CaseRow { customer: row.customer, identifier: row.identifier, ..row_of(&after) };
        let note = NoteRow { at: now, who: who.trim().to_owned(), act: act.word().to_owned(), text: act.text() };
        if !self.store.change_case(&row.told, &changed, &note)? {
            return Err(WorkspaceError::Refused("somebody else changed the case meanwhile; look at it again".to_owned()));
        }
        self.case_of(&changed, &mut HashMap::new())
    }

    /// Makes the digests that are due: of the day or week until the last hour at which they are written.
    ///
    /// # Errors
    /// When the store cannot be written, or the settings name no hour or time zone.
    pub fn make_digests(&mut self, now: i64) -> Result<u64, WorkspaceError> {
        let watches = self.watches()?;
        let mut made = 0;
        for rhythm in [Rhythm::Daily, Rhythm::Weekly] {
            let (from, to) = self.settings.followup.digested(rhythm, now).map_err(WorkspaceError::Refused)?;
            let mut tells: Vec<&Tell> =
                watches.iter().filter(|(_, watch)| watch.rhythm == rhythm && !watch.is_off).flat_map(|(_, watch)| &watch.tell).collect();
            tells.sort();
            tells.dedup();
            for tell in tells {
                if rhythm == Rhythm::Daily && self.digest_of(tell, rhythm, from, to, now)?.0.is_empty() {
                    continue;
                }
                made += u64::from(self.store.post(&message(
                    &format!("digest:{rhythm:?}:{to}"),
                    tell,
                    &About::Digest { rhythm, from, to },
                    now,
                ))?);
            }
        }
        Ok(made)
    }

    /// What a digest tells somebody: what was out of line, and the cases that are not closed, if they are told of cases.
    fn digest_of(&self, tell: &Tell, rhythm: Rhythm, from: i64, to: i64, now: i64) -> Result<(Vec<Happening>, Vec<Case>), WorkspaceError> {
        let watches = self.watches()?;
        let is_told = |id: &str| watches.iter().any(|(known, watch)| known == id && watch.rhythm == rhythm && watch.tell.contains(tell));
        let rows = self.store.alerts(ALERTS_MAX)?.into_iter().filter(|row| (from..to).contains(&row.began_at) && is_told(&row.watch));
        let happenings: Vec<Happening> = rows.filter_map(|row| told(row, &watches)).map(|alert| alert.happening).collect();
        let mut cases = Vec::new();
        if self.case_rules()?.iter().any(|(_, rule)| rule.tell.contains(tell)) {
            cases = self.cases()?;
            cases.retain(|case| case.status != Status::Closed || case.closed_at.is_some_and(|at| at.0 >= from && at.0 < now));
            cases.sort_by_key(|case| case.due_at);
        }
        Ok((happenings, cases))
    }

    /// The key that messages to programs are signed with: these bytes at first use, and from then on those that were given then.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn followup_key(&self, fresh: [u8; 32]) -> Result<Vec<u8>, WorkspaceError> {
        let text: String = fresh.iter().map(|byte| format!("{byte:02x}")).collect();
        let kept = self.store.keep_once("followup_key", &text)?;
        let pairs = (0..kept.len() / 2).filter_map(|at| u8::from_str_radix(kept.get(2 * at..2 * at + 2)?, 16).ok());
        Ok(pairs.collect())
    }

    /// Writes a message. Nothing when what it is about is gone: somebody was erased, or a watch was deleted.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn written(&self, row: &MessageRow, house: &str, now: i64) -> Result<Option<Ready>, WorkspaceError> {
        let (Ok(to), Ok(about)) = (serde_json::from_str::<Tell>(&row.recipient), serde_json::from_str::<About>(&row.about)) else {
            return Ok(None);
        };
        let address = self.settings.followup.address.as_deref();
        let write = |paper: &Paper<'_>| write(paper, house, address, Instant(now));
        let message = match about {
            About::Alert(id) => {
                let watches = self.watches()?;
                self.store.alert(id)?.and_then(|row| told(row, &watches)).map(|alert| write(&Paper::Alert(&alert.happening)))
            }
            About::Case(id) => self.case(&id)?.map(|(case, _)| write(&Paper::Case(&case))),
            About::Digest { rhythm, from, to: until } => {
                let (alerts, mut cases) = self.digest_of(&to, rhythm, from, until, now)?;
                let figures = figures(&cases, Instant(now));
                cases.retain(|case| case.status != Status::Closed);
                let of = if rhythm == Rhythm::Weekly { "week" } else { "day" };
                let (from, to) = (Instant(from), Instant(until));
                Some(write(&Paper::Digest { of, from, to, alerts: &alerts, cases: &cases, figures: &figures }))
            }
        };
        Ok(message.map(|message| Ready { to, message }))
    }
}

/// Rules with their ids.
type Ruled = Vec<(String, Rule)>;

/// A response, as SQL tells it.
struct Response {
    customer: CustomerKey,
    time: Instant,
    score: String,
    mark: Option<f64>,
    words: Option<String>,
    touchpoint: Option<String>,
    stage: Option<String>,
}

impl Response {
    fn of(row: &[Value]) -> Option<Response> {
        let text = |at: usize| row.get(at).and_then(Value::as_str).map(str::to_owned);
        Some(Response {
            // Text: a key has more digits than a number of JSON.
            customer: CustomerKey(row.first()?.as_str()?.parse().ok()?),
            time: Instant::parse(row.get(1)?.as_str()?).ok()?,
            score: text(2)?,
            mark: row.get(3).and_then(Value::as_f64),
            words: text(4),
            touchpoint: text(5),
            stage: text(6),
        })
    }
}

fn row_of(case: &Case) -> CaseRow {
    CaseRow {
        id: case.id.clone(),
        customer: CustomerKey(0),
        identifier: CustomerKey(0),
        responded_at: case.responded_at.0,
        opened_at: case.opened_at.0,
        closed_at: case.closed_at.map(|at| at.0),
        told: json!(case).to_string(),
    }
}

/// A message of an effect for somebody: the effect is one for each who is told.
fn message(effect: &str, tell: &Tell, about: &About, now: i64) -> MessageRow {
    let recipient = json!(tell).to_string();
    let effect = format!("{effect}:{:016x}", xxhash_rust::xxh3::xxh3_64(recipient.as_bytes()));
    MessageRow::new(effect, now, recipient, json!(about).to_string())
}

fn told(row: AlertRow, watches: &[(String, Watch)]) -> Option<Alert> {
    let judged: Judged = serde_json::from_str(&row.told).ok()?;
    let name = watches.iter().find(|(id, _)| *id == row.watch).map_or(row.watch.clone(), |(_, watch)| watch.name.clone());
    Some(Alert {
        happening: Happening { id: row.id, watch: row.watch, name, judged, began_at: Instant(row.began_at) },
        last_at: Instant(row.last_at),
        ended_at: row.ended_at.map(Instant),
        seen_by: row.seen_by,
        seen_at: row.seen_at.map(Instant),
    })
}

/// The first stretch of a series is cut off where the question begins: it is no value to learn from.
fn without_first(mut answer: Answer) -> Answer {
    if let View::Series(series) = &mut answer.view {
        for line in &mut series.lines {
            if let Some(first) = line.values.first_mut() {
                *first = None;
            }
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn digests_go_from_hour_to_hour_where_people_are() {
        let told = |rules: &Rules, rhythm, now: &str| {
            let (from, to) = rules.digested(rhythm, micros(now)).unwrap();
            [from, to].map(|at| Timestamp::from_microsecond(at).unwrap().to_string())
        };
        let utc = Rules::default();
        assert_eq!(told(&utc, Rhythm::Daily, "2025-03-05T05:59:00Z"), ["2025-03-03T06:00:00Z", "2025-03-04T06:00:00Z"]);
        assert_eq!(told(&utc, Rhythm::Daily, "2025-03-05T06:00:00Z"), ["2025-03-04T06:00:00Z", "2025-03-05T06:00:00Z"]);
        // The fifth of March 2025 is a Wednesday.
        assert_eq!(told(&utc, Rhythm::Weekly, "2025-03-05T06:00:00Z"), ["2025-02-24T06:00:00Z", "2025-03-03T06:00:00Z"]);
        assert_eq!(told(&utc, Rhythm::Weekly, "2025-03-03T05:00:00Z"), ["2025-02-17T06:00:00Z", "2025-02-24T06:00:00Z"]);
        // On the thirtieth of March clocks in Berlin went forward: that day had 23 hours.
        let berlin = Rules { digest_hour: 7, timezone: Some("Europe/Berlin".to_owned()), ..Rules::default() };
        assert_eq!(told(&berlin, Rhythm::Daily, "2025-03-30T08:00:00Z"), ["2025-03-29T06:00:00Z", "2025-03-30T05:00:00Z"]);
        for wrong in [Rules { digest_hour: 24, ..Rules::default() }, Rules { timezone: Some("Mars/Base".to_owned()), ..Rules::default() }] {
            assert!(wrong.digested(Rhythm::Daily, 0).is_err());
        }
    }
}
