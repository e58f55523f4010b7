-- The state database, format 1; `collect.sql` adds what format 2 has. Times are microseconds since 1970 UTC; keys are customer keys.

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Versions of the lake. A part counts in every snapshot from begin_snapshot to before end_snapshot.
CREATE TABLE snapshots (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, next_seq INTEGER NOT NULL);
CREATE TABLE parts (
    file TEXT PRIMARY KEY, part_table TEXT NOT NULL, bits INTEGER NOT NULL, bucket INTEGER NOT NULL, month INTEGER,
    rows INTEGER NOT NULL, bytes INTEGER NOT NULL, key_min INTEGER NOT NULL, key_max INTEGER NOT NULL,
    time_min INTEGER NOT NULL, time_max INTEGER NOT NULL, checksum INTEGER NOT NULL,
    begin_snapshot INTEGER NOT NULL REFERENCES snapshots (id), end_snapshot INTEGER REFERENCES snapshots (id)
);
CREATE INDEX parts_by_end ON parts (end_snapshot);
-- Keys whose rows in parts from before this snapshot do not count any more.
CREATE TABLE dead (customer_key INTEGER NOT NULL, since_snapshot INTEGER NOT NULL, PRIMARY KEY (customer_key, since_snapshot)) WITHOUT ROWID;

CREATE TABLE sources (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE imports (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, file TEXT NOT NULL, source INTEGER NOT NULL REFERENCES sources (id), snapshot INTEGER NOT NULL,
    rows INTEGER NOT NULL, events INTEGER NOT NULL, traits INTEGER NOT NULL, links INTEGER NOT NULL, stored INTEGER NOT NULL,
    duplicates INTEGER NOT NULL, rejected INTEGER NOT NULL, skipped INTEGER NOT NULL, reasons TEXT NOT NULL, problem TEXT, quarantine TEXT
);

-- Identifiers that were ever linked, and whose they are now.
CREATE TABLE identifiers (key INTEGER PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL, customer INTEGER NOT NULL, since INTEGER);
CREATE INDEX identifiers_by_customer ON identifiers (customer);
CREATE TABLE links (
    a INTEGER NOT NULL, b INTEGER NOT NULL, source INTEGER NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
    observations INTEGER NOT NULL, PRIMARY KEY (a, b, source)
) WITHOUT ROWID;
CREATE INDEX links_by_b ON links (b);
CREATE TABLE vetoes (a INTEGER NOT NULL, b INTEGER NOT NULL, at INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
-- Append-only: every change of whose an identifier is, and every word of a person about it.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, snapshot INTEGER NOT NULL, kind TEXT NOT NULL, identifier INTEGER NOT NULL,
    from_customer INTEGER NOT NULL, to_customer INTEGER NOT NULL, to_since INTEGER, why TEXT NOT NULL
);
CREATE INDEX ledger_by_identifier ON ledger (identifier);
CREATE INDEX ledger_by_to ON ledger (to_customer);
CREATE INDEX ledger_by_from ON ledger (from_customer);
