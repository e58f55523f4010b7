-- What format 4 adds to format 3: alerts, cases, and whom they are told.

-- Bad responses that somebody sees to. What is said of one is JSON; beside it stands what is searched by.
CREATE TABLE cases (
    id TEXT PRIMARY KEY, customer_key INTEGER NOT NULL, identifier INTEGER NOT NULL, responded_at INTEGER NOT NULL,
    opened_at INTEGER NOT NULL, closed_at INTEGER, told TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX cases_by_response ON cases (responded_at);
CREATE INDEX cases_by_customer ON cases (customer_key);
-- What was done with them, by whom.
CREATE TABLE case_notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE, at INTEGER NOT NULL,
    who TEXT NOT NULL, act TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX case_notes_by_case ON case_notes (case_id, id);
-- What watches told. One that goes on is one alert, however often it is seen.
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, watch TEXT NOT NULL, about TEXT NOT NULL, began_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
    ended_at INTEGER, seen_at INTEGER, seen_by TEXT, told TEXT NOT NULL
);
CREATE UNIQUE INDEX alerts_going_on ON alerts (watch, about) WHERE ended_at IS NULL;
-- How each watch was answered last.
CREATE TABLE watched (watch TEXT PRIMARY KEY, at INTEGER NOT NULL, asked TEXT NOT NULL, told TEXT NOT NULL, trouble TEXT) WITHOUT ROWID;
-- Messages on their way. One effect is one message: whoever makes it again makes nothing.
CREATE TABLE messages (
    effect TEXT PRIMARY KEY, made_at INTEGER NOT NULL, recipient TEXT NOT NULL, about TEXT NOT NULL, state TEXT NOT NULL,
    tries INTEGER NOT NULL, next_at INTEGER NOT NULL, ended_at INTEGER, problem TEXT
) WITHOUT ROWID;
CREATE INDEX messages_waiting ON messages (next_at) WHERE state = 'waiting';
