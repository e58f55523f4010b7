-- What format 3 adds to format 2: erasing.

-- Who was erased is not said anywhere: only that somebody was, when and why.
CREATE TABLE erasures (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, snapshot INTEGER NOT NULL, why TEXT NOT NULL, events INTEGER NOT NULL,
    traits INTEGER NOT NULL, identifiers INTEGER NOT NULL, quarantined INTEGER NOT NULL, purged_at INTEGER
);
-- Until the bytes are gone: keys whose rows in parts from before this snapshot count in no version of the lake.
CREATE TABLE erased (
    customer_key INTEGER NOT NULL, since_snapshot INTEGER NOT NULL, erasure INTEGER NOT NULL REFERENCES erasures (id),
    PRIMARY KEY (customer_key, since_snapshot)
) WITHOUT ROWID;
-- Identifiers of which nothing is kept any more, as keyed hashes (HMAC-SHA256), so that nobody can be read off this list.
CREATE TABLE suppressed (hash BLOB PRIMARY KEY) WITHOUT ROWID;
INSERT INTO meta VALUES ('secret', hex(randomblob(32)));
