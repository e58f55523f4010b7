//! What was collected: by which keys, how much of it, what was refused, and how far the log was read.

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;

use crate::erase::{Taken, take_out_of_quarantine};
use crate::{Store, StoreError, count};

/// An hour in microseconds: counts are kept by hour.
pub const HOUR: i64 = 3_600_000_000;

/// A key with which a source's senders may send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyRow {
    /// The key.
    pub key: String,
    /// The source's name.
    pub source: String,
    /// Since when (microseconds).
    pub at: i64,
    /// The origins from which browsers may send with it (`https://shop.example`); from any when there are none.
    pub origins: Vec<String>,
    /// Since when it is no longer accepted (microseconds).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
}

/// What became of what a source sent in an hour. `messages` were taken and `quarantined` were not; `events` and `traits` of
/// those that were taken are `stored` or `duplicates`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// When the hour begins (microseconds).
    pub hour: i64,
    /// The source's name.
    pub source: String,
    /// Messages that were taken.
    pub messages: u64,
    /// Messages that were refused.
    pub quarantined: u64,
    /// Events of the messages.
    pub events: u64,
    /// Trait updates of the messages.
    pub traits: u64,
    /// Links of the messages.
    pub links: u64,
    /// Events and trait updates that were new.
    pub stored: u64,
    /// Events and trait updates that were there already.
    pub duplicates: u64,
    /// When the last of them was received (microseconds).
    pub last_at: i64,
}

impl Collected {
    /// Adds the counts of another hour; hour and source stay.
    pub fn add(&mut self, other: &Collected) {
        self.messages += other.messages;
        self.quarantined += other.quarantined;
        self.events += other.events;
        self.traits += other.traits;
        self.links += other.links;
        self.stored += other.stored;
        self.duplicates += other.duplicates;
        self.last_at = self.last_at.max(other.last_at);
    }
}

/// A message that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// When it was received (microseconds).
    pub at: i64,
    /// The source's name.
    pub source: String,
    /// The dialect in which it was sent.
    pub dialect: String,
    /// The reason's code.
    pub reason: String,
    /// What exactly is wrong.
    pub detail: String,
    /// The message, as JSON text.
    pub message: String,
}

/// A message in quarantine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuarantineRow {
    /// Its number.
    pub id: u64,
    /// What it is.
    #[serde(flatten)]
    pub quarantined: Quarantined,
}

/// Frames of the log that were acknowledged and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The first of them.
    pub first_frame: u64,
    /// The first after them.
    pub end_frame: u64,
    /// When it was noticed (microseconds).
    pub at: i64,
    /// What is wrong.
    pub why: String,
}

/// What was read of the log, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Landing {
    /// The first frame that was not read.
    pub next_frame: u64,
    /// Counts, to be added to those that there are.
    pub collected: Vec<Collected>,
    /// What was refused.
    pub quarantined: Vec<Quarantined>,
    /// What is lost.
    pub losses: Vec<Loss>,
    /// Messages that leave quarantine, because they were read again: what became of them is in `collected`.
    pub released: Vec<u64>,
}

const SOURCE: &str = "(SELECT id FROM sources WHERE name = ?1)";

impl Landing {
    pub(crate) fn write(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        transaction.execute(
            "INSERT INTO meta VALUES ('next_frame', ?1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [self.next_frame.to_string()],
        )?;
        let sources = self.collected.iter().map(|counts| &counts.source).chain(self.quarantined.iter().map(|message| &message.source));
        for source in sources {
            transaction.prepare_cached("INSERT INTO sources (name) VALUES (?1) ON CONFLICT DO NOTHING")?.execute([source])?;
        }
        let mut add = transaction.prepare_cached(&format!(
            "INSERT INTO collected (source, hour, messages, quarantined, events, traits, links, stored, duplicates, last_at)
             VALUES ({SOURCE}, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (hour, source) DO UPDATE SET messages = messages + excluded.messages, quarantined = quarantined + excluded.quarantined,
             events = events + excluded.events, traits = traits + excluded.traits, links = links + excluded.links,
             stored = stored + excluded.stored, duplicates = duplicates + excluded.duplicates, last_at = max(last_at, excluded.last_at)"
        ))?;
        for counts in &self.collected {
            let [messages, quarantined, events, traits, links, stored, duplicates] =
                [counts.messages, counts.quarantined, counts.events, counts.traits, counts.links, counts.stored, counts.duplicates]
                    .map(|count| count as i64);
            add.execute(params![
                counts.source,
                counts.hour,
                messages,
                quarantined,
                events,
                traits,
                links,
                stored,
                duplicates,
                counts.last_at
            ])?;
        }
        let mut put = transaction.prepare_cached(&format!(
            "INSERT INTO quarantine (source, at, dialect, reason, detail, message) VALUES ({SOURCE}, ?2, ?3, ?4, ?5, ?6)"
        ))?;
        for message in &self.quarantined {
            put.execute(params![message.source, message.at, message.dialect, message.reason, message.detail, message.message])?;
        }
        let mut lose = transaction.prepare_cached("INSERT OR REPLACE INTO losses VALUES (?1, ?2, ?3, ?4)")?;
        for loss in &self.losses {
            lose.execute(params![loss.first_frame as i64, loss.end_frame as i64, loss.at, loss.why])?;
        }
        take_out_of_quarantine(transaction, &self.released, Taken::Released)
    }
}

impl Store {
    /// The first frame of the log that was not read yet.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn next_frame(&self) -> Result<u64, StoreError> {
        let text: Option<String> =
            self.connection.query_row("SELECT value FROM meta WHERE name = 'next_frame'", [], |row| row.get(0)).optional()?;
        text.map_or(Ok(0), |text| text.parse().map_err(|_| StoreError::Damaged(format!("the next frame is '{text}'"))))
    }

    /// Notes how far the log was read where nothing came of it: no version of the lake is made for that.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn note(&mut self, landing: &Landing) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        landing.write(&transaction)?;
        Ok(transaction.commit()?)
    }

    /// Gives a source a key.
    ///
    /// # Errors
    /// When the database refuses; also when there is such a key.
    pub fn add_key(&self, key: &KeyRow) -> Result<(), StoreError> {
        let source = self.source(&key.source)?;
        let origins = serde_json::to_string(&key.origins).map_err(|error| StoreError::Damaged(error.to_string()))?;
        let row = params![key.key, source, key.at, origins, key.ended_at];
        self.connection.execute("INSERT INTO keys (key, source, at, origins, ended_at) VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
        Ok(())
    }

    /// Ends a key; what was sent with it stays. Answers whether there was one that had not ended.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn end_key(&self, key: &str, at: i64) -> Result<bool, StoreError> {
        Ok(self.connection.execute("UPDATE keys SET ended_at = ?2 WHERE key = ?1 AND ended_at IS NULL", params![key, at])? > 0)
    }

    /// All keys, by source and age, ended ones included.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        let mut rows = self.connection.prepare_cached(
            "SELECT key, s.name, at, origins, ended_at FROM keys k JOIN sources s ON s.id = k.source ORDER BY s.name, at, key",
        )?;
        let rows = rows.query_map([], |row| {
            let origins = serde_json::from_str(&row.get::<_, String>(3)?).unwrap_or_default();
            Ok(KeyRow { key: row.get(0)?, source: row.get(1)?, at: row.get(2)?, origins, ended_at: row.get(4)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What was collected since an hour began, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn collected(&self, since: i64) -> Result<Vec<Collected>, StoreError> {
        let mut rows = self.connection.prepare_cached(
            "SELECT hour, s.name, messages, quarantined, events, traits, links, stored, duplicates, last_at
             FROM collected c JOIN sources s ON s.id = c.source WHERE hour >= ?1 ORDER BY hour, s.name",
        )?;
        let rows = rows.query_map([since], |row| {
            Ok(Collected {
                hour: row.get(0)?,
                source: row.get(1)?,
                messages: count(row, 2)?,
                quarantined: count(row, 3)?,
                events: count(row, 4)?,
                traits: count(row, 5)?,
                links: count(row, 6)?,
                stored: count(row, 7)?,
                duplicates: count(row, 8)?,
                last_at: row.get(9)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest messages in quarantine, newest first, of all reasons or one, and of all sources or one.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn quarantine(&self, reason: Option<&str>, source: Option<&str>, at_most: usize) -> Result<Vec<QuarantineRow>, StoreError> {
        let mut rows = self.connection.prepare_cached(
            "SELECT q.id, at, s.name, dialect, reason, detail, message FROM quarantine q JOIN sources s ON s.id = q.source
             WHERE (?1 IS NULL OR reason = ?1) AND (?2 IS NULL OR s.name = ?2) ORDER BY q.id DESC LIMIT ?3",
        )?;
        let rows = rows.query_map(params![reason, source, at_most as i64], |row| {
            Ok(QuarantineRow {
                id: count(row, 0)?,
                quarantined: Quarantined {
                    at: row.get(1)?,
                    source: row.get(2)?,
                    dialect: row.get(3)?,
                    reason: row.get(4)?,
                    detail: row.get(5)?,
                    message: row.get(6)?,
                },
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many messages are in quarantine for each reason, the most frequent first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn quarantined_by_reason(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut rows =
            self.connection.prepare_cached("SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY count(*) DESC, reason")?;
        let rows = rows.query_map([], |row| Ok((row.get(0)?, count(row, 1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets messages that were refused before a time (microseconds). Answers how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn forget_quarantine(&self, before: i64) -> Result<usize, StoreError> {
        Ok(self.connection.execute("DELETE FROM quarantine WHERE at < ?1", [before])?)
    }

    /// What was acknowledged and is lost to the disk.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn losses(&self) -> Result<Vec<Loss>, StoreError> {
        let mut rows = self.connection.prepare_cached("SELECT first_frame, end_frame, at, why FROM losses ORDER BY first_frame")?;
        let rows = rows
            .query_map([], |row| Ok(Loss { first_frame: count(row, 0)?, end_frame: count(row, 1)?, at: row.get(2)?, why: row.get(3)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_collected_adds_up() {
        let home = tempfile::tempdir().unwrap();
        let mut store = Store::open(&home.path().join("state.db")).unwrap();
        assert_eq!(store.next_frame().unwrap(), 0);
        let counts = |hour: i64, stored: u64| Collected {
            hour,
            source: "shop".to_owned(),
            messages: 3,
            events: 3,
            stored,
            duplicates: 3 - stored,
            last_at: hour + 5,
            ..Collected::default()
        };
        let message = |reason: &str| Quarantined {
            at: 7,
            source: "app".to_owned(),
            dialect: "segment".to_owned(),
            reason: reason.to_owned(),
            detail: "why".to_owned(),
            message: "{}".to_owned(),
        };
        let loss = Loss { first_frame: 2, end_frame: 4, at: 9, why: "a damaged segment".to_owned() };
        let landing = |next_frame: u64, stored: u64| Landing {
            next_frame,
            collected: vec![counts(0, stored), counts(HOUR, stored)],
            quarantined: vec![message("no_time"), message("malformed")],
            losses: vec![loss.clone()],
            released: Vec::new(),
        };
        store.note(&landing(5, 3)).unwrap();
        store.note(&landing(8, 1)).unwrap();
        assert_eq!(store.next_frame().unwrap(), 8);
        let hours = store.collected(HOUR).unwrap();
        assert_eq!(hours, [Collected { messages: 6, events: 6, stored: 4, duplicates: 2, ..counts(HOUR, 0) }]);
        assert_eq!(store.collected(0).unwrap().len(), 2);
        assert_eq!(store.quarantine(None, None, 10).unwrap().iter().map(|row| row.id).collect::<Vec<_>>(), [4, 3, 2, 1]);
        assert_eq!(store.quarantine(Some("no_time"), None, 1).unwrap()[0].quarantined, message("no_time"));
        assert_eq!(store.losses().unwrap(), [loss]);
        let key = KeyRow {
            key: "k".to_owned(),
            source: "shop".to_owned(),
            at: 1,
            origins: vec!["https://shop.example".to_owned()],
            ended_at: None,
        };
        store.add_key(&key).unwrap();
        assert!(store.add_key(&key).is_err());
        assert!(store.end_key("k", 5).unwrap() && !store.end_key("k", 6).unwrap() && !store.end_key("other", 6).unwrap());
        assert_eq!(store.keys().unwrap(), [KeyRow { ended_at: Some(5), ..key }]);
    }
}
