//! The store: everything that changes in transactions, in one SQLite database per data folder.
//!
//! It keeps the lake's manifest ([`manifest`]: which parts count in which snapshot), the identity ledger ([`identity`]:
//! which identifiers were seen together and whose they are), the list of imports ([`imports`]) and what was
//! collected ([`collect`]: keys, counts, quarantine, and how far the log was read), who was erased ([`erase`]), and what
//! followed from what was seen ([`followup`]: alerts, cases, messages). What an
//! import adds to the first three becomes visible in one transaction ([`Commit`]), or not at all.
//!
//! The store takes times as arguments and decides nothing about identity; it knows neither the lake's files nor the
//! stitching rules.

pub mod collect;
pub mod erase;
pub mod followup;
pub mod identity;
pub mod imports;
pub mod manifest;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};

pub use collect::{Collected, KeyRow, Landing, Loss, QuarantineRow, Quarantined};
pub use erase::{Erasure, ErasureRow, Suppression};
pub use followup::{AlertRow, CaseRow, Looked, MessageRow, NoteRow, Sending, WatchedRow};
pub use identity::{Census, IdentifierRow, LedgerRow, LinkRow, Moved};
pub use imports::ImportRow;
pub use manifest::{Commit, SnapshotRow};

/// The format that this version writes.
const FORMAT: &str = "4";
/// What turns each older format into the next one.
const STEPS: [(&str, &str, &str); 3] =
    [("1", include_str!("collect.sql"), "2"), ("2", include_str!("erase.sql"), "3"), ("3", include_str!("followup.sql"), "4")];

/// The state database of a data folder.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
}

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused.
    #[error("the state database: {0}")]
    Database(#[source] rusqlite::Error),
    /// It was made by another version.
    #[error("the data folder has format {found}, this version of Periplus knows format {FORMAT}: use the version that wrote it")]
    Format {
        /// The format that was found.
        found: String,
    },
    /// What is stored cannot be true.
    #[error("the state database is damaged ({0}); restore it from a backup")]
    Damaged(String),
    /// There is no such snapshot, or not any more.
    #[error("there is no snapshot {0}; `periplus lake snapshots` lists those that there are")]
    NoSnapshot(u64),
    /// Somebody else committed first.
    #[error("another process changed the data folder meanwhile; nothing was changed, try again")]
    Conflict,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match &error {
            rusqlite::Error::SqliteFailure(cause, _) if [DatabaseCorrupt, NotADatabase].contains(&cause.code) => {
                StoreError::Damaged(error.to_string())
            }
            // What is asked for is in our own statements: a column that is not there, or has another type, was there once.
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => StoreError::Damaged(error.to_string()),
            _ => StoreError::Database(error),
        }
    }
}

impl StoreError {
    /// Whether the cause is a full disk.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, StoreError::Database(rusqlite::Error::SqliteFailure(cause, _)) if cause.code == rusqlite::ErrorCode::DiskFull)
    }
}

/// A count in a row; SQLite has no unsigned numbers.
fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|count| count as u64)
}

impl Store {
    /// Opens the database, making it when it is missing.
    ///
    /// # Errors
    /// When it cannot be opened, is damaged, or has another format.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let connection = Connection::open(path)?;
        // Pages that are no pages are told when they are read, and not taken for data.
        connection.execute_batch("PRAGMA cell_size_check = ON;")?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        // FULL: what was committed survives a power cut. The cache (128 MiB, taken as needed) is for imports with millions of
        // new identifiers, which go into several indexes in no order. What is deleted is overwritten.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -131072; PRAGMA secure_delete = ON;",
        )?;
        let store = Store { connection };
        store.prepare()?;
        Ok(store)
    }

    /// Looks through the whole database: pages, indexes, references. Answers what is wrong. It takes as long as reading all of it.
    ///
    /// # Errors
    /// When it is too damaged to be looked through.
    pub fn verify(&self) -> Result<Vec<String>, StoreError> {
        let mut check = self.connection.prepare("PRAGMA integrity_check")?;
        let told = check.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        let mut damage: Vec<String> = told.into_iter().filter(|line| line != "ok").collect();
        let mut check = self.connection.prepare("PRAGMA foreign_key_check")?;
        let lost = check.query_map([], |row| Ok(format!("a row of {} refers to a row that is not there", row.get::<_, String>(0)?)))?;
        damage.extend(lost.collect::<Result<Vec<_>, _>>()?);
        Ok(damage)
    }

    fn prepare(&self) -> Result<(), StoreError> {
        let known: i64 = self.connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'meta'", [], |row| row.get(0))?;
        if known == 0 {
            self.connection.execute_batch(&format!(
                "BEGIN IMMEDIATE; {} INSERT INTO meta VALUES ('format', '1'); COMMIT;",
                include_str!("schema.sql")
            ))?;
        }
        let format = || -> Result<Option<String>, StoreError> {
            Ok(self.connection.query_row("SELECT value FROM meta WHERE name = 'format'", [], |row| row.get(0)).optional()?)
        };
        for (from, step, to) in STEPS {
            if format()?.as_deref() == Some(from) {
                // Somebody else may open the folder at the same time: whoever comes second finds it done.
                let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
                if format()?.as_deref() == Some(from) {
                    transaction.execute_batch(step)?;
                    transaction.execute("UPDATE meta SET value = ?1 WHERE name = 'format'", [to])?;
                }
                transaction.commit()?;
            }
        }
        match format()? {
            Some(found) if found == FORMAT => Ok(()),
            found => Err(StoreError::Format { found: found.unwrap_or_else(|| "none".to_owned()) }),
        }
    }

    /// Sees to it that a commit that failed stays so. When the disk does not confirm one, all of it may be in SQLite's log nevertheless, and
    /// whoever opens the database after a crash would find it done. Another commit is written over it; after that, what the failed one
    /// would have named may be removed.
    ///
    /// # Errors
    /// When this is not confirmed either.
    pub fn settle_failed(&self) -> Result<(), StoreError> {
        // A value that is the same would not be written.
        let sql = "INSERT INTO meta VALUES ('settled', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1";
        self.connection.execute(sql, [])?;
        Ok(())
    }

    /// When something that is done now and then was done last (microseconds).
    ///
    /// # Errors
    /// When the database refuses.
    pub fn done_at(&self, what: &str) -> Result<Option<i64>, StoreError> {
        let text: Option<String> =
            self.connection.query_row("SELECT value FROM meta WHERE name = ?1", [what], |row| row.get(0)).optional()?;
        Ok(text.and_then(|text| text.parse().ok()))
    }

    /// Notes that it was done.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn note_done(&self, what: &str, at: i64) -> Result<(), StoreError> {
        let sql = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.connection.execute(sql, [what, &at.to_string()])?;
        Ok(())
    }

    /// A text that is kept once and for all: this one at first use, and from then on whatever was kept then.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn keep_once(&self, what: &str, text: &str) -> Result<String, StoreError> {
        self.connection.execute("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING", [what, text])?;
        Ok(self.connection.query_row("SELECT value FROM meta WHERE name = ?1", [what], |row| row.get(0))?)
    }

    /// The number of a source, which is given on first use.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn source(&self, name: &str) -> Result<u32, StoreError> {
        self.connection.execute("INSERT INTO sources (name) VALUES (?1) ON CONFLICT DO NOTHING", [name])?;
        Ok(self.connection.query_row("SELECT id FROM sources WHERE name = ?1", [name], |row| row.get(0))?)
    }

    /// A source's name.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn source_name(&self, source: u32) -> Result<Option<String>, StoreError> {
        Ok(self.connection.query_row("SELECT name FROM sources WHERE id = ?1", [source], |row| row.get(0)).optional()?)
    }
}
