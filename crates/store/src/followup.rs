//! What follows from what was seen: alerts of watches, cases of responses, and the messages that tell of them.
//!
//! What is said of an alert, a case or a message is JSON that the store does not read. It sees to it that nothing of it is there twice: a
//! case per response, an alert per thing that goes on, a message per effect, and that what belongs together changes together.

use periplus_model::identity::CustomerKey;
use rusqlite::{OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde::Serialize;

use crate::{Store, StoreError, count};

/// A response that somebody sees to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// Its id.
    pub id: String,
    /// The customer's key when it was looked at last.
    pub customer: CustomerKey,
    /// The key of the identifier that the response carried.
    pub identifier: CustomerKey,
    /// When the response was given (microseconds).
    pub responded_at: i64,
    /// When the case was opened.
    pub opened_at: i64,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// What is said of it, as JSON.
    pub told: String,
}

/// What was done with a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoteRow {
    /// When (microseconds).
    pub at: i64,
    /// By whom.
    pub who: String,
    /// What.
    pub act: String,
    /// What was said.
    pub text: String,
}

/// Something that a watch told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRow {
    /// Its number.
    pub id: u64,
    /// The watch.
    pub watch: String,
    /// What of it.
    pub about: String,
    /// When it was seen first (microseconds),
    pub began_at: i64,
    /// and last.
    pub last_at: i64,
    /// When it was seen to be over.
    pub ended_at: Option<i64>,
    /// When somebody took note of it.
    pub seen_at: Option<i64>,
    /// Who.
    pub seen_by: Option<String>,
    /// What is said of it, as JSON.
    pub told: String,
}

/// How a watch was answered last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchedRow {
    /// When (microseconds).
    pub at: i64,
    /// What was asked: another text means another question, or another day.
    pub asked: String,
    /// What was judged, as JSON.
    pub told: String,
    /// Why there is no answer, if there is none.
    pub trouble: Option<String>,
}

/// What a watch saw.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// The watch.
    pub watch: String,
    /// How it was answered.
    pub row: WatchedRow,
    /// What is out of line, and what is said of it.
    pub raised: Vec<(String, String)>,
    /// What was looked at and is in line: what goes on of it is over.
    pub well: Vec<String>,
    /// Whether whatever is not named is over, too.
    pub rest_is_over: bool,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// What it brings about: there is one message of an effect.
    pub effect: String,
    /// When it was made (microseconds).
    pub made_at: i64,
    /// Who gets it, as JSON.
    pub recipient: String,
    /// What it is about, as JSON.
    pub about: String,
    /// How it is.
    pub state: Sending,
    /// How often it was tried.
    pub tries: u64,
    /// When it is tried next.
    pub next_at: i64,
    /// When it was done, or given up.
    pub ended_at: Option<i64>,
    /// What was wrong last.
    pub problem: Option<String>,
}

impl MessageRow {
    /// A message that has not been tried.
    pub fn new(effect: String, made_at: i64, recipient: String, about: String) -> MessageRow {
        MessageRow { effect, made_at, recipient, about, state: Sending::Waiting, tries: 0, next_at: made_at, ended_at: None, problem: None }
    }
}

/// How a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sending {
    /// It is to be tried.
    Waiting,
    /// It is being tried. Found at a start, it is not known what came of it.
    Sending,
    /// It was taken.
    Sent,
    /// It may have been taken or not.
    Unknown,
    /// It was refused, or given up.
    Failed,
}

impl Sending {
    const ALL: [Sending; 5] = [Sending::Waiting, Sending::Sending, Sending::Sent, Sending::Unknown, Sending::Failed];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Sending::Waiting => "waiting",
            Sending::Sending => "sending",
            Sending::Sent => "sent",
            Sending::Unknown => "unknown",
            Sending::Failed => "failed",
        }
    }

    fn of(word: &str) -> Result<Sending, StoreError> {
        let found = Sending::ALL.into_iter().find(|state| state.word() == word);
        found.ok_or_else(|| StoreError::Damaged(format!("a message is '{word}'")))
    }
}

const CASE: &str = "SELECT id, customer_key, identifier, responded_at, opened_at, closed_at, told FROM cases";
const ALERT: &str = "SELECT id, watch, about, began_at, last_at, ended_at, seen_at, seen_by, told FROM alerts";
const MESSAGE: &str = "SELECT effect, made_at, recipient, about, state, tries, next_at, ended_at, problem FROM messages";

fn case(row: &Row<'_>) -> rusqlite::Result<CaseRow> {
    Ok(CaseRow {
        id: row.get(0)?,
        customer: CustomerKey(row.get(1)?),
        identifier: CustomerKey(row.get(2)?),
        responded_at: row.get(3)?,
        opened_at: row.get(4)?,
        closed_at: row.get(5)?,
        told: row.get(6)?,
    })
}

fn alert(row: &Row<'_>) -> rusqlite::Result<AlertRow> {
    Ok(AlertRow {
        id: count(row, 0)?,
        watch: row.get(1)?,
        about: row.get(2)?,
        began_at: row.get(3)?,
        last_at: row.get(4)?,
        ended_at: row.get(5)?,
        seen_at: row.get(6)?,
        seen_by: row.get(7)?,
        told: row.get(8)?,
    })
}

type Message = (MessageRow, String);

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let message = MessageRow {
        effect: row.get(0)?,
        made_at: row.get(1)?,
        recipient: row.get(2)?,
        about: row.get(3)?,
        state: Sending::Waiting,
        tries: count(row, 5)?,
        next_at: row.get(6)?,
        ended_at: row.get(7)?,
        problem: row.get(8)?,
    };
    Ok((message, row.get(4)?))
}

fn read((message, state): Message) -> Result<MessageRow, StoreError> {
    Ok(MessageRow { state: Sending::of(&state)?, ..message })
}

fn post(transaction: &Transaction<'_>, message: &MessageRow) -> Result<bool, StoreError> {
    let sql = "INSERT INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING";
    let made = transaction.prepare_cached(sql)?.execute(params![
        message.effect,
        message.made_at,
        message.recipient,
        message.about,
        message.state.word(),
        message.tries as i64,
        message.next_at,
        message.ended_at,
        message.problem
    ])?;
    Ok(made > 0)
}

impl Store {
    /// Opens cases, each with the messages that tell of it. One that is there already stays as it is, and nobody is told again. Answers
    /// how many are new.
    ///
    /// # Errors
    /// When the database refuses: then nothing has changed.
    pub fn open_cases(&mut self, cases: &[(CaseRow, Vec<MessageRow>)]) -> Result<u64, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut opened = 0;
        for (case, messages) in cases {
            let sql = "INSERT INTO cases VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
            let new = transaction.prepare_cached(sql)?.execute(params![
                case.id,
                case.customer.0,
                case.identifier.0,
                case.responded_at,
                case.opened_at,
                case.closed_at,
                case.told
            ])?;
            if new > 0 {
                opened += 1;
                messages.iter().try_for_each(|message| post(&transaction, message).map(|_| ()))?;
            }
        }
        transaction.commit()?;
        Ok(opened)
    }

    /// A case.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn case(&self, id: &str) -> Result<Option<CaseRow>, StoreError> {
        Ok(self.connection.prepare_cached(&format!("{CASE} WHERE id = ?1"))?.query_row([id], case).optional()?)
    }

    /// The cases of responses since a time, the newest response first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn cases_since(&self, responded_at: i64) -> Result<Vec<CaseRow>, StoreError> {
        let sql = format!("{CASE} WHERE responded_at >= ?1 ORDER BY responded_at DESC, id");
        Ok(self.connection.prepare_cached(&sql)?.query_map([responded_at], case)?.collect::<Result<_, _>>()?)
    }

    /// Changes a case, if what is said of it is still `before`, and notes what was done. Answers whether it was changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn change_case(&mut self, before: &str, changed: &CaseRow, note: &NoteRow) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "UPDATE cases SET closed_at = ?3, told = ?4 WHERE id = ?1 AND told = ?2";
        if transaction.execute(sql, params![changed.id, before, changed.closed_at, changed.told])? == 0 {
            return Ok(false);
        }
        let sql = "INSERT INTO case_notes (case_id, at, who, act, text) VALUES (?1, ?2, ?3, ?4, ?5)";
        transaction.execute(sql, params![changed.id, note.at, note.who, note.act, note.text])?;
        transaction.commit()?;
        Ok(true)
    }

    /// Notes whose a case is now: the customers of identifiers change.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn move_case(&self, id: &str, customer: CustomerKey) -> Result<(), StoreError> {
        self.connection.execute("UPDATE cases SET customer_key = ?2 WHERE id = ?1", params![id, customer.0])?;
        Ok(())
    }

    /// What was done with a case, in order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn case_notes(&self, id: &str) -> Result<Vec<NoteRow>, StoreError> {
        let mut rows = self.connection.prepare_cached("SELECT at, who, act, text FROM case_notes WHERE case_id = ?1 ORDER BY id")?;
        let note = |row: &Row<'_>| Ok(NoteRow { at: row.get(0)?, who: row.get(1)?, act: row.get(2)?, text: row.get(3)? });
        Ok(rows.query_map([id], note)?.collect::<Result<_, _>>()?)
    }

    /// Keeps what a watch saw: what is out of line and was not is a new alert, with messages; what is so still is the same alert; what is
    /// in line again is over. `tell` makes the messages of an alert.
    ///
    /// # Errors
    /// When the database refuses: then nothing has changed.
    pub fn looked(&mut self, looked: &Looked, mut tell: impl FnMut(&AlertRow) -> Vec<MessageRow>) -> Result<Vec<AlertRow>, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (at, watch) = (looked.row.at, &looked.watch);
        transaction.execute(
            "INSERT INTO watched VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (watch) DO UPDATE SET
             at = excluded.at, asked = excluded.asked, told = excluded.told, trouble = excluded.trouble",
            params![watch, at, looked.row.asked, looked.row.told, looked.row.trouble],
        )?;
        let mut goes_on: Vec<(String, bool)> = {
            let mut rows = transaction.prepare_cached("SELECT about FROM alerts WHERE watch = ?1 AND ended_at IS NULL")?;
            rows.query_map([watch], |row| Ok((row.get(0)?, false)))?.collect::<Result<_, _>>()?
        };
        let mut new = Vec::new();
        for (about, told) in &looked.raised {
            if let Some((_, is_named)) = goes_on.iter_mut().find(|(known, _)| known == about) {
                *is_named = true;
                let sql = "UPDATE alerts SET last_at = ?3, told = ?4 WHERE watch = ?1 AND about = ?2 AND ended_at IS NULL";
                transaction.execute(sql, params![watch, about, at, told])?;
                continue;
            }
            let sql = "INSERT INTO alerts (watch, about, began_at, last_at, told) VALUES (?1, ?2, ?3, ?3, ?4)";
            transaction.execute(sql, params![watch, about, at, told])?;
            let alert = AlertRow {
                id: transaction.last_insert_rowid() as u64,
                watch: watch.clone(),
                about: about.clone(),
                began_at: at,
                last_at: at,
                ended_at: None,
                seen_at: None,
                seen_by: None,
                told: told.clone(),
            };
            tell(&alert).iter().try_for_each(|message| post(&transaction, message).map(|_| ()))?;
            new.push(alert);
        }
        let is_over = |(about, is_named): &&(String, bool)| !is_named && (looked.rest_is_over || looked.well.contains(about));
        for (about, _) in goes_on.iter().filter(is_over) {
            let sql = "UPDATE alerts SET ended_at = ?3 WHERE watch = ?1 AND about = ?2 AND ended_at IS NULL";
            transaction.execute(sql, params![watch, about, at])?;
        }
        transaction.commit()?;
        Ok(new)
    }

    /// How a watch was answered last.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn watched(&self, watch: &str) -> Result<Option<WatchedRow>, StoreError> {
        let mut row = self.connection.prepare_cached("SELECT at, asked, told, trouble FROM watched WHERE watch = ?1")?;
        let read = |row: &Row<'_>| Ok(WatchedRow { at: row.get(0)?, asked: row.get(1)?, told: row.get(2)?, trouble: row.get(3)? });
        Ok(row.query_row([watch], read).optional()?)
    }

    /// Whether a watch has ever told of something: a finding is new once.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn has_told(&self, watch: &str, about: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM alerts WHERE watch = ?1 AND about = ?2 LIMIT 1";
        Ok(self.connection.prepare_cached(sql)?.query_row([watch, about], |_| Ok(())).optional()?.is_some())
    }

    /// Alerts, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn alerts(&self, at_most: u64) -> Result<Vec<AlertRow>, StoreError> {
        let mut rows = self.connection.prepare_cached(&format!("{ALERT} ORDER BY id DESC LIMIT ?1"))?;
        Ok(rows.query_map([at_most as i64], alert)?.collect::<Result<_, _>>()?)
    }

    /// An alert.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn alert(&self, id: u64) -> Result<Option<AlertRow>, StoreError> {
        Ok(self.connection.prepare_cached(&format!("{ALERT} WHERE id = ?1"))?.query_row([id as i64], alert).optional()?)
    }

    /// Notes that somebody took note of an alert, or takes that back. Answers whether there is such an alert.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn see_alert(&self, id: u64, seen: Option<(i64, &str)>) -> Result<bool, StoreError> {
        let sql = "UPDATE alerts SET seen_at = ?2, seen_by = ?3 WHERE id = ?1";
        Ok(self.connection.execute(sql, params![id as i64, seen.map(|(at, _)| at), seen.map(|(_, by)| by)])? > 0)
    }

    /// Forgets a watch that is gone: what goes on of it is over, and how it was answered.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn forget_watch(&mut self, watch: &str, at: i64) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("UPDATE alerts SET ended_at = ?2 WHERE watch = ?1 AND ended_at IS NULL", params![watch, at])?;
        transaction.execute("DELETE FROM watched WHERE watch = ?1", [watch])?;
        Ok(transaction.commit()?)
    }

    /// Watches that were ever answered.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn watches_answered(&self) -> Result<Vec<String>, StoreError> {
        let mut rows = self.connection.prepare_cached("SELECT watch FROM watched ORDER BY watch")?;
        Ok(rows.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Makes a message, unless there is one of its effect. Answers whether it is new.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn post(&mut self, message: &MessageRow) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let made = post(&transaction, message)?;
        transaction.commit()?;
        Ok(made)
    }

    /// Takes the next message that is to be tried now: from here on it is being tried.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn take_message(&mut self, now: i64) -> Result<Option<MessageRow>, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = format!("{MESSAGE} WHERE state = 'waiting' AND next_at <= ?1 ORDER BY next_at, effect LIMIT 1");
        let Some(taken) = transaction.query_row(&sql, [now], message).optional()? else { return Ok(None) };
        let taken = read(taken)?;
        transaction.execute("UPDATE messages SET state = 'sending', tries = tries + 1 WHERE effect = ?1", [&taken.effect])?;
        transaction.commit()?;
        Ok(Some(MessageRow { state: Sending::Sending, tries: taken.tries + 1, ..taken }))
    }

    /// Notes what came of a try.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn tried(&self, message: &MessageRow) -> Result<(), StoreError> {
        let sql = "UPDATE messages SET state = ?2, next_at = ?3, ended_at = ?4, problem = ?5 WHERE effect = ?1";
        let values = params![message.effect, message.state.word(), message.next_at, message.ended_at, message.problem];
        self.connection.execute(sql, values)?;
        Ok(())
    }

    /// Messages that are said to be being tried, although nobody does: the process that did has ended.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn messages_left(&self) -> Result<Vec<MessageRow>, StoreError> {
        let mut rows = self.connection.prepare_cached(&format!("{MESSAGE} WHERE state = 'sending' ORDER BY effect"))?;
        let rows = rows.query_map([], message)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(read).collect()
    }

    /// Messages, the newest first.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn messages(&self, at_most: u64) -> Result<Vec<MessageRow>, StoreError> {
        let mut rows = self.connection.prepare_cached(&format!("{MESSAGE} ORDER BY made_at DESC, effect LIMIT ?1"))?;
        let rows = rows.query_map([at_most as i64], message)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(read).collect()
    }
}

/// Removes the cases of whoever is erased, with everything that was said of them.
pub(crate) fn erase(transaction: &Transaction<'_>, key: CustomerKey) -> Result<(), StoreError> {
    // Messages name a case by its id only, and are written when they are sent: of a case that is gone nothing is.
    transaction.prepare_cached("DELETE FROM cases WHERE customer_key = ?1 OR identifier = ?1")?.execute([key.0])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Erasure;

    fn store(home: &tempfile::TempDir) -> Store {
        Store::open(&home.path().join("a.db")).unwrap()
    }

    fn row(id: &str, customer: i64) -> CaseRow {
        let (customer, identifier) = (CustomerKey(customer), CustomerKey(customer + 100));
        CaseRow { id: id.into(), customer, identifier, responded_at: 5, opened_at: 6, closed_at: None, told: "{}".into() }
    }

    fn letter(effect: &str) -> MessageRow {
        MessageRow::new(effect.to_owned(), 10, "{\"mail\":\"a@b\"}".to_owned(), "{}".to_owned())
    }

    #[test]
    fn a_case_is_opened_once_and_told_once() {
        let home = tempfile::tempdir().unwrap();
        let mut store = store(&home);
        let cases = [(row("a", 1), vec![letter("case:a")]), (row("b", 2), vec![])];
        assert_eq!(store.open_cases(&cases).unwrap(), 2);
        assert_eq!(store.open_cases(&cases).unwrap(), 0);
        assert_eq!(store.messages(9).unwrap().len(), 1);
        let taken = CaseRow { closed_at: Some(9), told: "{\"status\":\"closed\"}".into(), ..row("a", 1) };
        let note = NoteRow { at: 9, who: "Ana".into(), act: "close".into(), text: "solved".into() };
        assert!(!store.change_case("{\"other\":1}", &taken, &note).unwrap(), "somebody else was faster");
        assert!(store.change_case("{}", &taken, &note).unwrap());
        assert_eq!((store.case("a").unwrap().unwrap(), store.case_notes("a").unwrap()), (taken, vec![note]));
        let erasure = Erasure { keys: [CustomerKey(1)].into(), ..Erasure::default() };
        store.erase(0, &erasure).unwrap();
        assert!(store.case("a").unwrap().is_none() && store.case_notes("a").unwrap().is_empty());
        assert_eq!(store.cases_since(0).unwrap(), [row("b", 2)]);
        let erasure = Erasure { keys: [CustomerKey(102)].into(), ..Erasure::default() };
        store.erase(1, &erasure).unwrap();
        assert_eq!(store.cases_since(0).unwrap(), [], "by the identifier that the response carried");
    }

    #[test]
    fn what_goes_on_is_one_alert() {
        let home = tempfile::tempdir().unwrap();
        let mut store = store(&home);
        let mut look = |at: i64, raised: &[&str], well: &[&str], rest_is_over: bool| {
            let looked = Looked {
                watch: "nps".into(),
                row: WatchedRow { at, asked: "q".into(), told: "[]".into(), trouble: None },
                raised: raised.iter().map(|about| ((*about).to_owned(), format!("{{\"at\":{at}}}"))).collect(),
                well: well.iter().map(|about| (*about).to_owned()).collect(),
                rest_is_over,
            };
            store.looked(&looked, |alert| vec![letter(&format!("alert:{}", alert.id))]).unwrap().len()
        };
        assert_eq!(look(1, &["NPS", "CSAT"], &[], false), 2);
        assert_eq!(look(2, &["NPS"], &[], false), 0, "it goes on; CSAT was not looked at");
        assert_eq!(look(3, &[], &["NPS"], false), 0);
        assert_eq!(look(4, &["NPS"], &[], false), 1, "it was over, and comes again");
        assert_eq!(look(5, &[], &[], true), 0);
        let alerts = store.alerts(9).unwrap();
        let told: Vec<_> = alerts.iter().map(|alert| (alert.about.as_str(), alert.began_at, alert.last_at, alert.ended_at)).collect();
        assert_eq!(told, [("NPS", 4, 4, Some(5)), ("CSAT", 1, 1, Some(5)), ("NPS", 1, 2, Some(3))]);
        assert_eq!(store.messages(9).unwrap().len(), 3);
        assert!(store.has_told("nps", "CSAT").unwrap() && !store.has_told("nps", "CES").unwrap());
        assert!(store.see_alert(alerts[0].id, Some((7, "Ana"))).unwrap() && !store.see_alert(99, None).unwrap());
        assert_eq!(store.alert(alerts[0].id).unwrap().unwrap().seen_by.as_deref(), Some("Ana"));
        store.forget_watch("nps", 9).unwrap();
        assert_eq!(store.watches_answered().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_message_is_taken_by_one_and_found_when_its_sender_died() {
        let home = tempfile::tempdir().unwrap();
        let mut store = store(&home);
        assert!(store.post(&letter("one")).unwrap() && !store.post(&letter("one")).unwrap());
        assert_eq!(store.take_message(9).unwrap(), None, "it is not time");
        let taken = store.take_message(10).unwrap().unwrap();
        assert_eq!((taken.state, taken.tries), (Sending::Sending, 1));
        assert_eq!(store.take_message(10).unwrap(), None, "somebody has it");
        assert_eq!(store.messages_left().unwrap().len(), 1);
        store.tried(&MessageRow { state: Sending::Waiting, next_at: 50, problem: Some("busy".into()), ..taken }).unwrap();
        let again = store.take_message(50).unwrap().unwrap();
        assert_eq!((again.tries, again.problem.as_deref()), (2, Some("busy")));
        store.tried(&MessageRow { state: Sending::Sent, ended_at: Some(60), ..again }).unwrap();
        assert_eq!((store.take_message(99).unwrap(), store.messages_left().unwrap()), (None, vec![]));
    }
}
