//! Erasing: what must not be found any more, until its bytes are gone, and of whom nothing is kept from then on.
//!
//! An erasure counts from its commit on, in every version of the lake; the bytes are removed from the parts later
//! ([`Store::purged`]). What stays is a keyed hash of each identifier, so that what comes late is noticed and refused.

use std::collections::{BTreeSet, HashMap, HashSet};

use hmac::{Hmac, KeyInit, Mac};
use periplus_model::identity::{CustomerKey, Identifier};
use periplus_model::parts::Part;
use rusqlite::{Transaction, TransactionBehavior, params};
use serde::Serialize;
use sha2::Sha256;

use crate::collect::HOUR;
use crate::followup;
use crate::manifest::after;
use crate::{Store, StoreError, count};

/// Somebody to be erased, and how much there is of them.
#[derive(Clone, Debug, Default)]
pub struct Erasure {
    /// When (microseconds).
    pub at: i64,
    /// Why, in the words of whoever asked; it must not say who.
    pub why: String,
    /// Keys under which rows of theirs lie, or lay in an older version.
    pub keys: BTreeSet<CustomerKey>,
    /// Their identifiers: nothing that carries one is kept from now on.
    pub identifiers: Vec<Identifier>,
    /// Identifiers that are somebody else's, too, such as a shared device: what is known of their links goes, but others may go on
    /// using them.
    pub lent: Vec<Identifier>,
    /// Messages in quarantine that speak of them.
    pub quarantined: Vec<u64>,
    /// How many of their events there are.
    pub events: u64,
    /// How many of their trait updates there are.
    pub traits: u64,
}

/// An erasure, for lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErasureRow {
    /// Its number.
    pub id: u64,
    /// When it was asked for (microseconds).
    pub at: i64,
    /// Why.
    pub why: String,
    /// Events that were erased.
    pub events: u64,
    /// Trait updates that were erased.
    pub traits: u64,
    /// Identifiers of which nothing is kept any more.
    pub identifiers: u64,
    /// Messages in quarantine that were erased.
    pub quarantined: u64,
    /// When the last of the bytes was gone (microseconds).
    pub purged_at: Option<i64>,
}

/// Of whom nothing is kept.
#[derive(Clone)]
pub struct Suppression {
    key: Hmac<Sha256>,
    hashes: HashSet<[u8; 32]>,
}

impl Suppression {
    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether nothing is kept of an identifier.
    pub fn holds(&self, kind: &str, value: &str) -> bool {
        !self.is_empty() && self.hashes.contains(&self.hash(kind, value))
    }

    fn hash(&self, kind: &str, value: &str) -> [u8; 32] {
        let mut mac = self.key.clone();
        mac.update(kind.as_bytes());
        mac.update(b":");
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Whether both hash alike: only then can one be compared with the other.
    pub fn is_of_one_workspace(&self, other: &Suppression) -> bool {
        self.hash("", "") == other.hash("", "")
    }
}

impl Store {
    /// Makes somebody vanish: from every version of the lake, from what is known of identities, from quarantine. Answers the
    /// erasure's number.
    ///
    /// # Errors
    /// When somebody committed since the snapshot `base`, or the database refuses: then nothing has changed.
    pub fn erase(&mut self, base: u64, erasure: &Erasure) -> Result<u64, StoreError> {
        // Read before the transaction: whatever changes them meanwhile makes a newer snapshot than the base.
        let (suppression, next_seq) = (self.suppression()?, self.next_seq()? as i64);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (snapshot, at) = (after(&transaction, base)?, erasure.at);
        transaction.execute("INSERT INTO snapshots VALUES (?1, ?2, 'an erasure', ?3)", params![snapshot, at, next_seq])?;
        let [events, traits, identifiers, quarantined] =
            [erasure.events, erasure.traits, erasure.identifiers.len() as u64, erasure.quarantined.len() as u64].map(|n| n as i64);
        transaction.execute(
            "INSERT INTO erasures (at, snapshot, why, events, traits, identifiers, quarantined) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![at, snapshot, erasure.why, events, traits, identifiers, quarantined],
        )?;
        let id = transaction.last_insert_rowid();
        for key in &erasure.keys {
            transaction.execute("INSERT OR REPLACE INTO erased VALUES (?1, ?2, ?3)", params![key.0, snapshot, id])?;
        }
        insert(&transaction, erasure.identifiers.iter().map(|Identifier { kind, value }| suppression.hash(kind.name(), value)))?;
        let theirs = erasure.keys.iter().copied().chain(erasure.identifiers.iter().chain(&erasure.lent).map(Identifier::key));
        for key in theirs.collect::<BTreeSet<_>>() {
            for statement in [
                "DELETE FROM identifiers WHERE key = ?1",
                "DELETE FROM links WHERE a = ?1 OR b = ?1",
                "DELETE FROM vetoes WHERE a = ?1 OR b = ?1",
                "DELETE FROM ledger WHERE identifier = ?1 OR from_customer = ?1 OR to_customer = ?1",
            ] {
                transaction.prepare_cached(statement)?.execute([key.0])?;
            }
            followup::erase(&transaction, key)?;
        }
        take_out_of_quarantine(&transaction, &erasure.quarantined, Taken::Erased)?;
        transaction.commit()?;
        Ok(id as u64)
    }

    /// Of whom nothing is kept.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn suppression(&self) -> Result<Suppression, StoreError> {
        let damaged = || StoreError::Damaged("the secret of the list of erased identifiers is missing".to_owned());
        let secret: String = self.connection.query_row("SELECT value FROM meta WHERE name = 'secret'", [], |row| row.get(0))?;
        let key = Hmac::new_from_slice(secret.as_bytes()).map_err(|_| damaged())?;
        let mut hashes = self.connection.prepare_cached("SELECT hash FROM suppressed")?;
        let hashes = hashes.query_map([], |row| row.get::<_, [u8; 32]>(0))?.collect::<Result<_, _>>()?;
        Ok(Suppression { key, hashes })
    }

    /// Takes over of whom nothing is kept in another folder of the same workspace.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn suppress(&mut self, elsewhere: &Suppression) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        insert(&transaction, elsewhere.hashes.iter().copied())?;
        Ok(transaction.commit()?)
    }

    /// Lets an identifier be kept again, because somebody who was erased comes back by their own will. Answers whether it was
    /// not kept before.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn welcome(&self, identifier: &Identifier) -> Result<bool, StoreError> {
        let hash = self.suppression()?.hash(identifier.kind.name(), &identifier.value);
        Ok(self.connection.execute("DELETE FROM suppressed WHERE hash = ?1", [&hash[..]])? > 0)
    }

    /// All erasures, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn erasures(&self) -> Result<Vec<ErasureRow>, StoreError> {
        let mut rows = self
            .connection
            .prepare_cached("SELECT id, at, why, events, traits, identifiers, quarantined, purged_at FROM erasures ORDER BY id")?;
        let rows = rows.query_map([], |row| {
            Ok(ErasureRow {
                id: count(row, 0)?,
                at: row.get(1)?,
                why: row.get(2)?,
                events: count(row, 3)?,
                traits: count(row, 4)?,
                identifiers: count(row, 5)?,
                quarantined: count(row, 6)?,
                purged_at: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keys whose rows count in no version, with the snapshot from which on they count again. Empty when all bytes are gone.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn erased(&self) -> Result<HashMap<CustomerKey, u64>, StoreError> {
        let mut rows = self.connection.prepare_cached("SELECT customer_key, max(since_snapshot) FROM erased GROUP BY customer_key")?;
        Ok(rows.query_map([], |row| Ok((CustomerKey(row.get(0)?), count(row, 1)?)))?.collect::<Result<_, _>>()?)
    }

    /// The parts of all versions of the lake.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn all_parts(&self) -> Result<Vec<Part>, StoreError> {
        self.parts("ORDER BY file", [])
    }

    /// Puts purged parts in the place of those that they were made of, in every version, and notes that erasures are done. A
    /// part of which nothing was left has none in its place. The newest version gets a new number, so that nobody takes what
    /// they remember of it for what it is now.
    ///
    /// # Errors
    /// When a part is not there any more, or the database refuses: then nothing has changed.
    pub fn purged(&mut self, replaced: &[(String, Option<Part>)], erasures: &[u64], at: i64) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (file, part) in replaced {
            let changed = match part {
                None => transaction.execute("DELETE FROM parts WHERE file = ?1", [file])?,
                Some(part) => transaction.execute(
                    "UPDATE parts SET file = ?2, rows = ?3, bytes = ?4, key_min = ?5, key_max = ?6, time_min = ?7, time_max = ?8, checksum = ?9
                     WHERE file = ?1",
                    params![
                        file,
                        part.file,
                        part.rows as i64,
                        part.bytes as i64,
                        part.key_min,
                        part.key_max,
                        part.time_min,
                        part.time_max,
                        part.checksum as i64
                    ],
                )?,
            };
            if changed != 1 {
                return Err(StoreError::Conflict);
            }
        }
        for id in erasures {
            transaction.execute("UPDATE erasures SET purged_at = ?2 WHERE id = ?1 AND purged_at IS NULL", params![*id as i64, at])?;
            transaction.execute("DELETE FROM erased WHERE erasure = ?1", [*id as i64])?;
        }
        if !replaced.is_empty() {
            transaction.execute(
                "INSERT INTO snapshots SELECT max(id) + 1, max(at, ?1), 'bytes of erased rows removed', next_seq FROM
                 (SELECT id, at, next_seq FROM snapshots ORDER BY id DESC LIMIT 1)",
                [at],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Writes what is in the database's log into the database, and empties the log: what was deleted is then in neither. While
    /// somebody reads an older state this cannot be done; answers whether it was.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn settle_log(&self) -> Result<bool, StoreError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? == 0)
    }

    /// The messages of all rows in quarantine, with their numbers, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn each_quarantined(&self, mut each: impl FnMut(u64, &str)) -> Result<(), StoreError> {
        let mut rows = self.connection.prepare("SELECT id, message FROM quarantine ORDER BY id")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            each(count(row, 0)?, row.get_ref(1)?.as_str().unwrap_or_default());
        }
        Ok(())
    }
}

fn insert(transaction: &Transaction<'_>, hashes: impl Iterator<Item = [u8; 32]>) -> Result<(), StoreError> {
    let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO suppressed VALUES (?1)")?;
    for hash in hashes {
        insert.execute([&hash[..]])?;
    }
    Ok(())
}

/// Why a message leaves quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Nothing of it may stay; it was refused all the same.
    Erased,
    /// It was read again, and is counted as what it is now.
    Released,
}

/// Takes messages out of quarantine.
pub(crate) fn take_out_of_quarantine(transaction: &Transaction<'_>, ids: &[u64], taken: Taken) -> Result<(), StoreError> {
    for id in ids {
        let id = *id as i64;
        if taken == Taken::Released {
            transaction
                .prepare_cached(
                    "UPDATE collected SET quarantined = quarantined - 1 FROM (SELECT source AS of, at FROM quarantine WHERE id = ?1)
                 WHERE source = of AND hour = at / ?2 * ?2",
                )?
                .execute([id, HOUR])?;
        }
        transaction.prepare_cached("DELETE FROM quarantine WHERE id = ?1")?.execute([id])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Collected, Landing, Quarantined};
    use periplus_model::identity::IdKind;

    fn identifier(text: &str) -> Identifier {
        Identifier::new(IdKind::EMAIL, text)
    }

    #[test]
    fn who_is_erased_is_known_by_a_keyed_hash_alone() {
        let home = tempfile::tempdir().unwrap();
        let open = |name: &str| Store::open(&home.path().join(name)).unwrap();
        let (mut store, other) = (open("a.db"), open("b.db"));
        assert!(store.suppression().unwrap().is_empty() && !store.suppression().unwrap().holds("email", "ana@example.org"));
        let ana = identifier("ana@example.org");
        let erasure =
            Erasure { at: 7, why: "art. 17".into(), keys: [ana.key()].into(), identifiers: vec![ana.clone()], ..Erasure::default() };
        assert!(matches!(store.erase(5, &erasure), Err(StoreError::Conflict)));
        assert_eq!(store.erase(0, &erasure).unwrap(), 1);
        let list = store.suppression().unwrap();
        assert!(
            list.holds("email", "ana@example.org") && !list.holds("user_id", "ana@example.org") && !list.holds("email", "bo@example.org")
        );
        assert!(
            list.is_of_one_workspace(&list) && !list.is_of_one_workspace(&other.suppression().unwrap()),
            "every workspace has its own key"
        );
        assert_eq!(store.erased().unwrap(), [(ana.key(), 1)].into());
        assert_eq!(store.snapshot().unwrap().dead, [(ana.key(), 1)].into());
        store.purged(&[], &[1], 9).unwrap();
        assert!(store.erased().unwrap().is_empty());
        assert_eq!(store.erasures().unwrap()[0].purged_at, Some(9));
        assert!(store.settle_log().unwrap());
        let bytes = std::fs::read(home.path().join("a.db")).unwrap();
        assert!(!bytes.windows(15).any(|window| window == b"ana@example.org"));
        assert!(store.welcome(&ana).unwrap() && !store.welcome(&ana).unwrap());
        assert!(!store.suppression().unwrap().holds("email", "ana@example.org"));
    }

    #[test]
    fn what_is_taken_out_of_quarantine_is_gone_from_the_file_and_counted_or_not() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state.db");
        let mut store = Store::open(&path).unwrap();
        let message = |text: &str| Quarantined {
            at: HOUR + 5,
            source: "shop".into(),
            dialect: "segment".into(),
            reason: "no_time".into(),
            detail: String::new(),
            message: text.into(),
        };
        let counts = Collected { hour: HOUR, source: "shop".into(), quarantined: 3, last_at: HOUR + 5, ..Collected::default() };
        let quarantined = vec![message("of bo"), message("of ana-with-a-long-name"), message("of cy")];
        store.note(&Landing { next_frame: 1, collected: vec![counts], quarantined, ..Landing::default() }).unwrap();
        store.erase(0, &Erasure { quarantined: vec![2], ..Erasure::default() }).unwrap();
        assert_eq!(store.collected(0).unwrap()[0].quarantined, 3, "it was refused all the same");
        let transaction = store.connection.transaction().unwrap();
        take_out_of_quarantine(&transaction, &[1], Taken::Released).unwrap();
        transaction.commit().unwrap();
        assert_eq!(store.collected(0).unwrap()[0].quarantined, 2);
        assert_eq!(store.quarantine(None, None, 9).unwrap().len(), 1);
        assert!(store.settle_log().unwrap());
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(20).any(|window| window == b"ana-with-a-long-name"), "deleted cells are overwritten");
        assert!(bytes.windows(5).any(|window| window == b"of cy"), "and the test would see them");
    }
}
