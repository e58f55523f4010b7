//! The identity ledger: which identifiers were seen together, whose they are, and every change of that.

use std::collections::{HashMap, HashSet};

use periplus_model::identity::{CustomerKey, IdKind, Identifier};
use rusqlite::{CachedStatement, OptionalExtension, Row, Transaction, params};
use serde::Serialize;

use crate::{Store, StoreError, count};

/// An identifier that was ever linked, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdentifierRow {
    /// The identifier.
    pub identifier: Identifier,
    /// The customer.
    pub customer: CustomerKey,
    /// Only its events at or after this time (microseconds) are the customer's; all of them when absent.
    pub since: Option<i64>,
}

/// Two identifiers that were seen together, by their own keys, `a < b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// One.
    pub a: CustomerKey,
    /// The other.
    pub b: CustomerKey,
    /// The number of the source.
    pub source: u32,
    /// First time (microseconds; `i64::MIN` when unknown).
    pub first_seen: i64,
    /// Last time.
    pub last_seen: i64,
    /// How often, in the import that saw it most often.
    pub observations: u64,
}

/// An entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerRow {
    /// Its number.
    pub id: u64,
    /// When it was written (microseconds).
    pub at: i64,
    /// The snapshot from which on it holds.
    pub snapshot: u64,
    /// `merged`, `split`, `moved`, `kept_apart` or `allowed_again`.
    pub kind: String,
    /// The identifier's own key.
    pub identifier: CustomerKey,
    /// Whose it was.
    pub from: CustomerKey,
    /// Whose it is now.
    pub to: CustomerKey,
    /// Only for events since then (microseconds).
    pub since: Option<i64>,
    /// Why.
    pub why: String,
}

/// What one commit changes about identities.
#[derive(Clone, Debug, Default)]
pub struct Moved {
    /// Identifiers as they are now; known ones are overwritten.
    pub identifiers: Vec<IdentifierRow>,
    /// Links as they are now; known ones are overwritten.
    pub links: Vec<LinkRow>,
    /// New entries of the ledger; number, time and snapshot are set by the commit.
    pub ledger: Vec<LedgerRow>,
    /// Pairs that a person wants kept apart, with the reason.
    pub vetoes: Vec<(CustomerKey, CustomerKey, String)>,
    /// Pairs that may be joined again.
    pub lifted: Vec<(CustomerKey, CustomerKey)>,
}

impl Moved {
    pub(crate) fn write(&self, transaction: &Transaction<'_>, at: i64, snapshot: i64) -> Result<(), StoreError> {
        self.put_identifiers(transaction.prepare_cached(
            "INSERT INTO identifiers VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (key) DO UPDATE SET customer = excluded.customer, since = excluded.since",
        )?)?;
        self.put_links(transaction.prepare_cached("INSERT OR REPLACE INTO links VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?)?;
        let mut ledger = transaction.prepare_cached(
            "INSERT INTO ledger (at, snapshot, kind, identifier, from_customer, to_customer, to_since, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for entry in &self.ledger {
            ledger.execute(params![at, snapshot, entry.kind, entry.identifier.0, entry.from.0, entry.to.0, entry.since, entry.why])?;
        }
        for (a, b, why) in &self.vetoes {
            transaction.execute("INSERT OR REPLACE INTO vetoes VALUES (?1, ?2, ?3, ?4)", params![a.0.min(b.0), a.0.max(b.0), at, why])?;
        }
        for (a, b) in &self.lifted {
            transaction.execute("DELETE FROM vetoes WHERE a = ?1 AND b = ?2", params![a.0.min(b.0), a.0.max(b.0)])?;
        }
        Ok(())
    }

    fn put_identifiers(&self, mut insert: CachedStatement<'_>) -> Result<(), StoreError> {
        for row in &self.identifiers {
            let identifier = &row.identifier;
            insert.execute(params![identifier.key().0, identifier.kind.name(), identifier.value, row.customer.0, row.since])?;
        }
        Ok(())
    }

    fn put_links(&self, mut insert: CachedStatement<'_>) -> Result<(), StoreError> {
        for link in &self.links {
            insert.execute(params![link.a.0, link.b.0, link.source, link.first_seen, link.last_seen, link.observations as i64])?;
        }
        Ok(())
    }
}

/// The tables of what is staged, for one connection and gone with it.
const STAGED: &str = "
    CREATE TEMP TABLE IF NOT EXISTS staged_identifiers (key INTEGER, kind TEXT, value TEXT, customer INTEGER, since INTEGER);
    CREATE TEMP TABLE IF NOT EXISTS staged_links (a INTEGER, b INTEGER, source INTEGER, first_seen INTEGER, last_seen INTEGER, observations INTEGER);
    CREATE TEMP TABLE IF NOT EXISTS staged_ledger (kind TEXT, identifier INTEGER, from_customer INTEGER, to_customer INTEGER, to_since INTEGER, why TEXT);";

/// Writes what was staged, in a fixed order, so that the same import always writes the same database.
pub(crate) fn write_staged(transaction: &Transaction<'_>, at: i64, snapshot: i64) -> Result<(), StoreError> {
    transaction.execute_batch(STAGED)?;
    transaction.execute(
        "INSERT INTO identifiers SELECT * FROM staged_identifiers WHERE true ORDER BY key
         ON CONFLICT (key) DO UPDATE SET customer = excluded.customer, since = excluded.since",
        [],
    )?;
    transaction.execute("INSERT OR REPLACE INTO links SELECT * FROM staged_links ORDER BY a, b, source", [])?;
    transaction.execute(
        "INSERT INTO ledger (at, snapshot, kind, identifier, from_customer, to_customer, to_since, why)
         SELECT ?1, ?2, kind, identifier, from_customer, to_customer, to_since, why FROM staged_ledger ORDER BY identifier",
        params![at, snapshot],
    )?;
    Ok(())
}

/// Identifiers, links and vetoes that hang together.
#[derive(Clone, Debug, Default)]
pub struct Component {
    /// By their own keys.
    pub identifiers: HashMap<CustomerKey, IdentifierRow>,
    /// By their ends and source.
    pub links: HashMap<(CustomerKey, CustomerKey, u32), LinkRow>,
    /// Pairs to be kept apart.
    pub vetoes: Vec<(CustomerKey, CustomerKey)>,
}

/// How many identifiers there are, and whose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// How many of each kind, the most frequent first.
    pub kinds: Vec<(String, u64)>,
    /// Customers who have any.
    pub customers: u64,
    /// Customers who have more than one.
    pub joined: u64,
    /// Those with the most.
    pub biggest: Vec<(CustomerKey, u64)>,
}

impl Store {
    /// Puts identifiers, links and ledger entries aside, on disk, for a commit that says so ([`crate::Commit::staged`]):
    /// there may be more of them than fit into memory. Nothing counts before.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn stage(&self, moved: &Moved) -> Result<(), StoreError> {
        self.connection.execute_batch(STAGED)?;
        let transaction = self.connection.unchecked_transaction()?;
        {
            moved.put_identifiers(transaction.prepare_cached("INSERT INTO staged_identifiers VALUES (?1, ?2, ?3, ?4, ?5)")?)?;
            moved.put_links(transaction.prepare_cached("INSERT INTO staged_links VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?)?;
            let mut ledger = transaction.prepare_cached("INSERT INTO staged_ledger VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
            for entry in &moved.ledger {
                ledger.execute(params![entry.kind, entry.identifier.0, entry.from.0, entry.to.0, entry.since, entry.why])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Forgets what was staged.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn unstage(&self) -> Result<(), StoreError> {
        self.connection.execute_batch(STAGED)?;
        Ok(self.connection.execute_batch("DELETE FROM staged_identifiers; DELETE FROM staged_links; DELETE FROM staged_ledger;")?)
    }

    /// Everything that is linked, over however many steps, with any of these identifiers.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn component(&self, keys: impl IntoIterator<Item = CustomerKey>) -> Result<Component, StoreError> {
        let mut component = Component::default();
        let known = "SELECT EXISTS (SELECT 1 FROM identifiers) OR EXISTS (SELECT 1 FROM vetoes)";
        if self.connection.query_row(known, [], |row| row.get::<_, i64>(0))? == 0 {
            return Ok(component);
        }
        let mut identifier = self.connection.prepare_cached("SELECT key, kind, value, customer, since FROM identifiers WHERE key = ?1")?;
        let mut forth =
            self.connection.prepare_cached("SELECT a, b, source, first_seen, last_seen, observations FROM links WHERE a = ?1")?;
        let mut back =
            self.connection.prepare_cached("SELECT a, b, source, first_seen, last_seen, observations FROM links WHERE b = ?1")?;
        let mut vetoes = self.connection.prepare_cached("SELECT a, b FROM vetoes WHERE a = ?1")?;
        let mut seen: HashSet<CustomerKey> = HashSet::new();
        let mut open: Vec<CustomerKey> = keys.into_iter().collect();
        while let Some(key) = open.pop() {
            if !seen.insert(key) {
                continue;
            }
            // A pair may be kept apart before it was ever seen together.
            for pair in vetoes.query_map([key.0], |row| Ok((CustomerKey(row.get(0)?), CustomerKey(row.get(1)?))))? {
                component.vetoes.push(pair?);
            }
            let Some(row) = identifier.query_row([key.0], read_identifier).optional()? else { continue };
            component.identifiers.insert(key, row?);
            for statement in [&mut forth, &mut back] {
                for link in statement.query_map([key.0], read_link)? {
                    let link = link?;
                    open.push(if link.a == key { link.b } else { link.a });
                    component.links.insert((link.a, link.b, link.source), link);
                }
            }
        }
        Ok(component)
    }

    /// Calls back with every identifier that stands for another customer than itself: (own key, customer, since). The
    /// order is that of the own keys.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn each_assignment(&self, mut each: impl FnMut(i64, i64, Option<i64>)) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare("SELECT key, customer, since FROM identifiers WHERE customer <> key ORDER BY key")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(row.get(0)?, row.get(1)?, row.get(2)?);
        }
        Ok(())
    }

    /// Calls back with those of some identifiers that stand for another customer than themselves: (own key, customer, since).
    ///
    /// # Errors
    /// When the database refuses.
    pub fn assignments(
        &self,
        keys: impl IntoIterator<Item = CustomerKey>,
        mut each: impl FnMut(i64, i64, Option<i64>),
    ) -> Result<(), StoreError> {
        let mut find = self.connection.prepare_cached("SELECT customer, since FROM identifiers WHERE key = ?1 AND customer <> key")?;
        for key in keys {
            if let Some((customer, since)) = find.query_row([key.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()? {
                each(key.0, customer, since);
            }
        }
        Ok(())
    }

    /// Whose an identifier is, if it was ever linked.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn identifier(&self, key: CustomerKey) -> Result<Option<IdentifierRow>, StoreError> {
        let row = self
            .connection
            .query_row("SELECT key, kind, value, customer, since FROM identifiers WHERE key = ?1", [key.0], read_identifier)
            .optional()?;
        row.transpose()
    }

    /// Identifiers with this value, of whatever kind.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn identifiers_with_value(&self, value: &str) -> Result<Vec<IdentifierRow>, StoreError> {
        let mut kinds = self.connection.prepare("SELECT DISTINCT kind FROM identifiers")?;
        let kinds = kinds.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        let keys = kinds.iter().map(|kind| CustomerKey::of(kind, value));
        keys.filter_map(|key| self.identifier(key).transpose()).collect()
    }

    /// All identifiers of a customer.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn identifiers_of(&self, customer: CustomerKey) -> Result<Vec<IdentifierRow>, StoreError> {
        let mut rows = self
            .connection
            .prepare_cached("SELECT key, kind, value, customer, since FROM identifiers WHERE customer = ?1 ORDER BY kind, value")?;
        rows.query_map([customer.0], read_identifier)?.map(|row| row.map_err(StoreError::from).and_then(|row| row)).collect()
    }

    /// The kinds of identifiers that were ever linked.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn kinds(&self) -> Result<Vec<String>, StoreError> {
        let mut kinds = self.connection.prepare("SELECT kind FROM identifiers GROUP BY kind ORDER BY kind")?;
        Ok(kinds.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Calls back with every linked identifier.
    ///
    /// # Errors
    /// When the database refuses or is damaged.
    pub fn each_identifier(&self, mut each: impl FnMut(&IdentifierRow)) -> Result<(), StoreError> {
        let mut rows = self.connection.prepare("SELECT key, kind, value, customer, since FROM identifiers")?;
        for row in rows.query_map([], read_identifier)? {
            each(&row??);
        }
        Ok(())
    }

    /// Calls back with both ends of every link.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn each_link(&self, mut each: impl FnMut(CustomerKey, CustomerKey)) -> Result<(), StoreError> {
        let mut rows = self.connection.prepare("SELECT a, b FROM links")?;
        for row in rows.query_map([], |row| Ok((CustomerKey(row.get(0)?), CustomerKey(row.get(1)?))))? {
            let (a, b) = row?;
            each(a, b);
        }
        Ok(())
    }

    /// How many identifiers there are and whose, and the customers with the most, so many at most.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn census(&self, biggest: usize) -> Result<Census, StoreError> {
        let mut rows = self.connection.prepare("SELECT kind, count(*) FROM identifiers GROUP BY kind ORDER BY count(*) DESC, kind")?;
        let kinds = rows.query_map([], |row| Ok((row.get(0)?, count(row, 1)?)))?.collect::<Result<_, _>>()?;
        let mut rows = self
            .connection
            .prepare("SELECT count(*), coalesce(sum(n > 1), 0) FROM (SELECT count(*) n FROM identifiers GROUP BY customer)")?;
        let (customers, joined) = rows.query_row([], |row| Ok((count(row, 0)?, count(row, 1)?)))?;
        let mut rows = self.connection.prepare(
            "SELECT customer, count(*) FROM identifiers GROUP BY customer HAVING count(*) > 1 ORDER BY count(*) DESC, customer LIMIT ?1",
        )?;
        let biggest = rows.query_map([biggest as i64], |row| Ok((CustomerKey(row.get(0)?), count(row, 1)?)))?;
        Ok(Census { kinds, customers, joined, biggest: biggest.collect::<Result<_, _>>()? })
    }

    /// Identifiers whose value contains a text, ignoring ASCII case; so many at most.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn identifiers_like(&self, text: &str, at_most: usize) -> Result<Vec<IdentifierRow>, StoreError> {
        let mut rows = self.connection.prepare_cached(
            "SELECT key, kind, value, customer, since FROM identifiers WHERE instr(lower(value), lower(?1)) > 0 LIMIT ?2",
        )?;
        rows.query_map(params![text, at_most as i64], read_identifier)?
            .map(|row| row.map_err(StoreError::from).and_then(|row| row))
            .collect()
    }

    /// The ledger's entries about an identifier or a customer, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn ledger_of(&self, key: CustomerKey) -> Result<Vec<LedgerRow>, StoreError> {
        let mut rows = self.connection.prepare_cached(
            "SELECT id, at, snapshot, kind, identifier, from_customer, to_customer, to_since, why FROM ledger
             WHERE identifier = ?1 OR to_customer = ?1 OR from_customer = ?1 ORDER BY id",
        )?;
        Ok(rows.query_map([key.0], read_ledger)?.collect::<Result<_, _>>()?)
    }

    /// One entry of the ledger.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn ledger_entry(&self, id: u64) -> Result<Option<LedgerRow>, StoreError> {
        let sql = "SELECT id, at, snapshot, kind, identifier, from_customer, to_customer, to_since, why FROM ledger WHERE id = ?1";
        Ok(self.connection.query_row(sql, [id as i64], read_ledger).optional()?)
    }
}

fn read_identifier(row: &Row<'_>) -> rusqlite::Result<Result<IdentifierRow, StoreError>> {
    let (key, kind, value): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (customer, since) = (CustomerKey(row.get(3)?), row.get(4)?);
    Ok(match IdKind::new(&kind) {
        Ok(kind) => Ok(IdentifierRow { identifier: Identifier::new(kind, value), customer, since }),
        Err(error) => Err(StoreError::Damaged(format!("identifier {key}: {error}"))),
    })
}

fn read_link(row: &Row<'_>) -> rusqlite::Result<LinkRow> {
    Ok(LinkRow {
        a: CustomerKey(row.get(0)?),
        b: CustomerKey(row.get(1)?),
        source: row.get(2)?,
        first_seen: row.get(3)?,
        last_seen: row.get(4)?,
        observations: row.get::<_, i64>(5)? as u64,
    })
}

fn read_ledger(row: &Row<'_>) -> rusqlite::Result<LedgerRow> {
    Ok(LedgerRow {
        id: row.get::<_, i64>(0)? as u64,
        at: row.get(1)?,
        snapshot: row.get::<_, i64>(2)? as u64,
        kind: row.get(3)?,
        identifier: CustomerKey(row.get(4)?),
        from: CustomerKey(row.get(5)?),
        to: CustomerKey(row.get(6)?),
        since: row.get(7)?,
        why: row.get(8)?,
    })
}
