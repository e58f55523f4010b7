-- What format 2 adds to format 1: collecting.

-- Keys with which senders may send, and nothing else. They are public: whoever sees a page sees its key.
CREATE TABLE keys (
    key TEXT PRIMARY KEY, source INTEGER NOT NULL REFERENCES sources (id), at INTEGER NOT NULL, origins TEXT NOT NULL, ended_at INTEGER
) WITHOUT ROWID;
-- What became of what was sent, by hour: messages were taken or quarantined; of their events and trait updates, some were new.
CREATE TABLE collected (
    hour INTEGER NOT NULL, source INTEGER NOT NULL REFERENCES sources (id), messages INTEGER NOT NULL, quarantined INTEGER NOT NULL,
    events INTEGER NOT NULL, traits INTEGER NOT NULL, links INTEGER NOT NULL, stored INTEGER NOT NULL, duplicates INTEGER NOT NULL,
    last_at INTEGER NOT NULL, PRIMARY KEY (hour, source)
) WITHOUT ROWID;
-- Messages that were refused, whole, until somebody decides.
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, source INTEGER NOT NULL REFERENCES sources (id), dialect TEXT NOT NULL,
    reason TEXT NOT NULL, detail TEXT NOT NULL, message TEXT NOT NULL
);
CREATE INDEX quarantine_by_reason ON quarantine (reason, id);
-- Stretches of the log that could not be read: acknowledged, and lost to the disk.
CREATE TABLE losses (first_frame INTEGER PRIMARY KEY, end_frame INTEGER NOT NULL, at INTEGER NOT NULL, why TEXT NOT NULL) WITHOUT ROWID;
