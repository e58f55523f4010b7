//! What was imported, with how it went.

use rusqlite::{Transaction, params};
use serde::Serialize;

use crate::{Store, StoreError, count};

/// One import of one file. The counts add up: rows read became stored, duplicate, rejected or skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportRow {
    /// Its number; 0 until it is committed.
    pub id: u64,
    /// When (microseconds).
    pub at: i64,
    /// The file.
    pub file: String,
    /// The name of its source.
    pub source: String,
    /// The snapshot it made.
    pub snapshot: u64,
    /// Rows read.
    pub rows: u64,
    /// Events accepted.
    pub events: u64,
    /// Trait updates accepted.
    pub traits: u64,
    /// Links accepted.
    pub links: u64,
    /// Events and trait updates that were new.
    pub stored: u64,
    /// Events and trait updates that were there already.
    pub duplicates: u64,
    /// Rows that went into quarantine.
    pub rejected: u64,
    /// Rows that the mapping leaves out.
    pub skipped: u64,
    /// How many were rejected for which reason.
    pub reasons: Vec<(String, u64)>,
    /// What ended the file too early, if anything did.
    pub problem: Option<String>,
    /// The file with the rejected rows, below the data folder.
    pub quarantine: Option<String>,
}

impl ImportRow {
    pub(crate) fn write(&self, transaction: &Transaction<'_>, at: i64, snapshot: i64) -> Result<(), StoreError> {
        transaction.execute("INSERT INTO sources (name) VALUES (?1) ON CONFLICT DO NOTHING", [&self.source])?;
        let reasons = serde_json::to_string(&self.reasons).map_err(|e| StoreError::Damaged(e.to_string()))?;
        transaction.execute(
            "INSERT INTO imports (at, file, source, snapshot, rows, events, traits, links, stored, duplicates, rejected, skipped, reasons, problem, quarantine)
             VALUES (?1, ?2, (SELECT id FROM sources WHERE name = ?3), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            params![
                at,
                self.file,
                self.source,
                snapshot,
                self.rows as i64,
                self.events as i64,
                self.traits as i64,
                self.links as i64,
                self.stored as i64,
                self.duplicates as i64,
                self.rejected as i64,
                self.skipped as i64,
                reasons,
                self.problem,
                self.quarantine
            ],
        )?;
        Ok(())
    }
}

impl Store {
    /// All imports, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn imports(&self) -> Result<Vec<ImportRow>, StoreError> {
        let mut rows = self.connection.prepare(
            "SELECT i.id, at, file, s.name, snapshot, rows, events, traits, links, stored, duplicates, rejected, skipped, reasons, problem, quarantine
             FROM imports i JOIN sources s ON s.id = i.source ORDER BY i.id",
        )?;
        let rows = rows.query_map([], |row| {
            Ok(ImportRow {
                id: count(row, 0)?,
                at: row.get(1)?,
                file: row.get(2)?,
                source: row.get(3)?,
                snapshot: count(row, 4)?,
                rows: count(row, 5)?,
                events: count(row, 6)?,
                traits: count(row, 7)?,
                links: count(row, 8)?,
                stored: count(row, 9)?,
                duplicates: count(row, 10)?,
                rejected: count(row, 11)?,
                skipped: count(row, 12)?,
                reasons: serde_json::from_str(&row.get::<_, String>(13)?).unwrap_or_default(),
                problem: row.get(14)?,
                quarantine: row.get(15)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
