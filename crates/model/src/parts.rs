//! What the lake is made of, as its manifest lists it: parts, the snapshots that they belong to, and dead keys.
//!
//! The lake writes and reads parts, the store keeps the list of them and changes it in one transaction; neither knows
//! the other, both know these types.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::identity::CustomerKey;

/// Which table a part belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartTable {
    /// Events, cut by bucket and month, sorted by (customer, time, arrival).
    Events,
    /// Trait updates, cut by bucket, sorted by (customer, time, arrival).
    Traits,
    /// The ids of everything that was ever accepted, sorted: what makes repeated imports add nothing.
    Ids,
}

impl PartTable {
    /// The name of the table, which is also the folder of its parts.
    pub fn name(self) -> &'static str {
        match self {
            PartTable::Events => "events",
            PartTable::Traits => "traits",
            PartTable::Ids => "ids",
        }
    }

    /// The table of that name.
    pub fn from_name(name: &str) -> Option<PartTable> {
        [PartTable::Events, PartTable::Traits, PartTable::Ids].into_iter().find(|table| table.name() == name)
    }
}

/// One immutable file of the lake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its table.
    pub table: PartTable,
    /// Its path below the lake's folder, with `/` between folders.
    pub file: String,
    /// Into how many buckets (`1 << bits`) the keys were cut when it was written.
    pub bits: u32,
    /// Its bucket among those: all its keys have these top bits.
    pub bucket: u16,
    /// The UTC month of its events (year × 12 + month − 1); `None` for tables that are not cut by month.
    pub month: Option<i32>,
    /// Rows.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// Smallest customer key.
    pub key_min: i64,
    /// Largest customer key.
    pub key_max: i64,
    /// Earliest time, in microseconds.
    pub time_min: i64,
    /// Latest time, in microseconds.
    pub time_max: i64,
    /// XXH3-64 of the file's bytes.
    pub checksum: u64,
    /// The snapshot that added it; 0 until it is committed.
    pub begin: u64,
}

/// One version of the lake: what a question reads, from beginning to end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its number; 0 is the empty lake.
    pub id: u64,
    /// When it was made (microseconds); 0 for the empty lake.
    pub at: i64,
    /// The parts.
    pub parts: Vec<Part>,
    /// Customers whose rows moved or were erased: rows under such a key count only in parts that were added by this
    /// snapshot or a later one.
    pub dead: HashMap<CustomerKey, u64>,
    /// How many erasures there were when it was read: each leaves somebody out of all snapshots, also of those that were
    /// made before it.
    #[serde(default)]
    pub erasures: u64,
}

impl Snapshot {
    /// The parts of one table.
    pub fn of(&self, table: PartTable) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.table == table)
    }

    /// Rows in one table, dead ones included.
    pub fn rows(&self, table: PartTable) -> u64 {
        self.of(table).map(|part| part.rows).sum()
    }

    /// Into how many ranges (`1 << bits`) keys can be cut so that no part of events or traits straddles two: the coarsest cut
    /// that any of them has.
    pub fn bits(&self) -> u32 {
        self.parts.iter().filter(|part| part.table != PartTable::Ids).map(|part| part.bits).min().unwrap_or(0)
    }

    /// Whether rows under this key in this part are dead.
    pub fn is_dead(&self, key: i64, part: &Part) -> bool {
        self.is_dead_in(key, part.begin)
    }

    /// Whether rows under this key are dead in parts that were added by the snapshot `begin`.
    pub fn is_dead_in(&self, key: i64, begin: u64) -> bool {
        self.dead.get(&CustomerKey(key)).is_some_and(|since| begin < *since)
    }
}
