//! Which parts the lake is made of, in every version of it.

use std::collections::{HashMap, HashSet};

use periplus_model::identity::CustomerKey;
use periplus_model::parts::{Part, PartTable, Snapshot};
use rusqlite::{OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde::Serialize;

use crate::collect::Landing;
use crate::identity::{Moved, write_staged};
use crate::imports::ImportRow;
use crate::{Store, StoreError, count};

/// Everything that changes together.
#[derive(Debug, Default)]
pub struct Commit {
    /// The snapshot on which the change is based; the commit is refused when there is a newer one.
    pub base: u64,
    /// When (microseconds).
    pub at: i64,
    /// What happened, for the list of snapshots ("import of orders.csv").
    pub what: String,
    /// Parts that count from now on.
    pub added: Vec<Part>,
    /// Files of parts that count no longer.
    pub removed: Vec<String>,
    /// Customers whose rows in older parts count no longer.
    pub dead: Vec<CustomerKey>,
    /// The first free sequence number afterwards.
    pub next_seq: u64,
    /// What changed about identities.
    pub moved: Moved,
    /// Whether what was staged before changes too ([`Store::stage`]).
    pub staged: bool,
    /// The import that this was, if it was one.
    pub import: Option<ImportRow>,
    /// What was read of the log, if this was that.
    pub landing: Option<Landing>,
    /// All names that events have now, when there are others than before.
    pub event_names: Option<Vec<String>>,
}

/// A version of the lake, for lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SnapshotRow {
    /// Its number.
    pub id: u64,
    /// When it was made (microseconds).
    pub at: i64,
    /// What made it.
    pub what: String,
}

impl Store {
    /// The newest snapshot.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        match self.newest()? {
            0 => Ok(Snapshot::default()),
            id => self.snapshot_at(id),
        }
    }

    /// The snapshot of that number.
    ///
    /// # Errors
    /// When there is none, or the database refuses or is damaged.
    pub fn snapshot_at(&self, id: u64) -> Result<Snapshot, StoreError> {
        let connection = &self.connection;
        if id < self.oldest()? {
            return Err(StoreError::NoSnapshot(id));
        }
        let at = connection
            .query_row("SELECT at FROM snapshots WHERE id = ?1", [id as i64], |row| row.get(0))
            .optional()?
            .ok_or(StoreError::NoSnapshot(id))?;
        let counts = "begin_snapshot <= ?1 AND (end_snapshot IS NULL OR end_snapshot > ?1)";
        let parts = self.parts(&format!("WHERE {counts} ORDER BY part_table, bucket, month, file"), [id as i64])?;
        let mut dead = connection
            .prepare_cached("SELECT customer_key, max(since_snapshot) FROM dead WHERE since_snapshot <= ?1 GROUP BY customer_key")?;
        let mut dead: HashMap<CustomerKey, u64> =
            dead.query_map([id as i64], |row| Ok((CustomerKey(row.get(0)?), count(row, 1)?)))?.collect::<Result<_, _>>()?;
        // Who was erased is in no version, however old.
        for (key, since) in self.erased()? {
            let death = dead.entry(key).or_default();
            *death = since.max(*death);
        }
        let erasures = connection.query_row("SELECT count(*) FROM erasures", [], |row| count(row, 0))?;
        Ok(Snapshot { id, at, parts, dead, erasures })
    }

    /// The parts that a condition names.
    pub(crate) fn parts(&self, which: &str, parameters: impl rusqlite::Params) -> Result<Vec<Part>, StoreError> {
        let columns = "part_table, file, bits, bucket, month, rows, bytes, key_min, key_max, time_min, time_max, checksum, begin_snapshot";
        let mut parts = self.connection.prepare_cached(&format!("SELECT {columns} FROM parts {which}"))?;
        let parts = parts.query_map(parameters, read_part)?.collect::<Result<Vec<_>, _>>()?.into_iter().collect::<Option<Vec<_>>>();
        parts.ok_or_else(|| StoreError::Damaged("a part belongs to an unknown table".to_owned()))
    }

    /// The newest snapshot that is not younger than a time (microseconds); the empty lake when there is none.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn snapshot_as_of(&self, at: i64) -> Result<Snapshot, StoreError> {
        let id: Option<i64> = self.connection.query_row("SELECT max(id) FROM snapshots WHERE at <= ?1", [at], |row| row.get(0))?;
        id.map_or(Ok(Snapshot::default()), |id| self.snapshot_at(id as u64))
    }

    /// All snapshots that can still be read, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn snapshots(&self) -> Result<Vec<SnapshotRow>, StoreError> {
        let mut rows = self.connection.prepare("SELECT id, at, what FROM snapshots WHERE id >= ?1 ORDER BY id")?;
        let rows = rows.query_map([self.oldest()? as i64], |row| {
            Ok(SnapshotRow { id: row.get::<_, i64>(0)? as u64, at: row.get(1)?, what: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The oldest snapshot of which all parts are still there.
    fn oldest(&self) -> Result<u64, StoreError> {
        let oldest: Option<String> =
            self.connection.query_row("SELECT value FROM meta WHERE name = 'oldest'", [], |row| row.get(0)).optional()?;
        oldest.map_or(Ok(0), |text| text.parse().map_err(|_| StoreError::Damaged(format!("the oldest snapshot is '{text}'"))))
    }

    /// The number of the newest snapshot; 0 when there is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn newest(&self) -> Result<u64, StoreError> {
        Ok(self.connection.query_row("SELECT coalesce(max(id), 0) FROM snapshots", [], |row| row.get::<_, i64>(0))? as u64)
    }

    /// The first sequence number that is free.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn next_seq(&self) -> Result<u64, StoreError> {
        Ok(self.connection.query_row("SELECT coalesce(max(next_seq), 0) FROM snapshots", [], |row| row.get::<_, i64>(0))? as u64)
    }

    /// The files of all parts that any snapshot needs.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn live_files(&self) -> Result<HashSet<String>, StoreError> {
        let mut files = self.connection.prepare("SELECT file FROM parts")?;
        Ok(files.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Writes a copy of the whole database, as it is at one moment, as a new file. Others go on reading and writing.
    ///
    /// # Errors
    /// When the database refuses, or there is such a file.
    pub fn copy_to(&self, path: &std::path::Path) -> Result<(), StoreError> {
        self.connection.execute("VACUUM INTO ?1", [path.to_string_lossy()])?;
        Ok(())
    }

    /// Forgets the snapshots before this one, and the parts that only they needed. Their files are orphans afterwards.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn forget_before(&mut self, id: u64) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let id = id as i64;
        transaction.execute("DELETE FROM parts WHERE end_snapshot <= ?1", [id])?;
        // A dead key matters only as long as a part is older than its death.
        transaction.execute(
            "DELETE FROM dead WHERE since_snapshot <= (SELECT coalesce(min(begin_snapshot), ?1) FROM parts WHERE part_table <> 'ids')",
            [id],
        )?;
        // A snapshot's row stays while parts refer to it, but it cannot be read any more.
        transaction.execute(
            "DELETE FROM snapshots WHERE id < ?1 AND id NOT IN (SELECT begin_snapshot FROM parts) AND id NOT IN (SELECT coalesce(end_snapshot, 0) FROM parts)",
            [id],
        )?;
        transaction.execute(
            "INSERT INTO meta VALUES ('oldest', ?1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![id.to_string()],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// All names that events have, if they were ever gathered.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn event_names(&self) -> Result<Option<Vec<String>>, StoreError> {
        let sql = "SELECT value FROM meta WHERE name = 'event_names'";
        let text: Option<String> = self.connection.query_row(sql, [], |row| row.get(0)).optional()?;
        let damaged = |_| StoreError::Damaged("the names of events are no list".to_owned());
        text.map(|text| serde_json::from_str(&text).map_err(damaged)).transpose()
    }

    /// Forgets them, so that they are gathered anew.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn forget_event_names(&self) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM meta WHERE name = 'event_names'", [])?;
        Ok(())
    }

    /// Makes a change visible, all of it in one transaction. Answers the new snapshot's number.
    ///
    /// # Errors
    /// When somebody committed since `base`, or the database refuses: then nothing has changed.
    pub fn commit(&mut self, commit: &Commit) -> Result<u64, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let id = after(&transaction, commit.base)?;
        transaction
            .execute("INSERT INTO snapshots VALUES (?1, ?2, ?3, ?4)", params![id, commit.at, commit.what, commit.next_seq as i64])?;
        for file in &commit.removed {
            if transaction.execute("UPDATE parts SET end_snapshot = ?1 WHERE file = ?2 AND end_snapshot IS NULL", params![id, file])? != 1 {
                return Err(StoreError::Conflict);
            }
        }
        add_parts(&transaction, id, &commit.added)?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO dead VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
            for key in &commit.dead {
                insert.execute(params![key.0, id])?;
            }
        }
        if commit.staged {
            write_staged(&transaction, commit.at, id)?;
        }
        commit.moved.write(&transaction, commit.at, id)?;
        if let Some(import) = &commit.import {
            import.write(&transaction, commit.at, id)?;
        }
        if let Some(landing) = &commit.landing {
            landing.write(&transaction)?;
        }
        if let Some(names) = &commit.event_names {
            // A list of texts can always be written.
            let text = serde_json::to_string(names).unwrap_or_default();
            transaction
                .execute("INSERT INTO meta VALUES ('event_names', ?1) ON CONFLICT (name) DO UPDATE SET value = excluded.value", [text])?;
        }
        transaction.commit()?;
        Ok(id as u64)
    }
}

/// The number of the snapshot that comes after one, if that is the newest.
pub(crate) fn after(transaction: &Transaction<'_>, base: u64) -> Result<i64, StoreError> {
    let newest: i64 = transaction.query_row("SELECT coalesce(max(id), 0) FROM snapshots", [], |row| row.get(0))?;
    if newest as u64 == base { Ok(newest + 1) } else { Err(StoreError::Conflict) }
}

fn add_parts(transaction: &Transaction<'_>, snapshot: i64, parts: &[Part]) -> Result<(), StoreError> {
    let mut insert =
        transaction.prepare_cached("INSERT INTO parts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, NULL)")?;
    for part in parts {
        insert.execute(params![
            part.file,
            part.table.name(),
            part.bits,
            part.bucket,
            part.month,
            part.rows as i64,
            part.bytes as i64,
            part.key_min,
            part.key_max,
            part.time_min,
            part.time_max,
            part.checksum as i64,
            snapshot
        ])?;
    }
    Ok(())
}

fn read_part(row: &Row<'_>) -> rusqlite::Result<Option<Part>> {
    let table: String = row.get(0)?;
    let Some(table) = PartTable::from_name(&table) else { return Ok(None) };
    Ok(Some(Part {
        table,
        file: row.get(1)?,
        bits: row.get(2)?,
        bucket: row.get(3)?,
        month: row.get(4)?,
        rows: row.get::<_, i64>(5)? as u64,
        bytes: row.get::<_, i64>(6)? as u64,
        key_min: row.get(7)?,
        key_max: row.get(8)?,
        time_min: row.get(9)?,
        time_max: row.get(10)?,
        checksum: row.get::<_, i64>(11)? as u64,
        begin: row.get::<_, i64>(12)? as u64,
    }))
}
