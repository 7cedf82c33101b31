-- Times are UTC milliseconds. Ids of calls and recordings are made by the exchange and sort by time.

CREATE TABLE ledger (
    call  BIGINT  NOT NULL,
    seq   INTEGER NOT NULL,
    at    BIGINT  NOT NULL,
    event TEXT    NOT NULL,
    PRIMARY KEY (call, seq)
) WITHOUT ROWID;

-- Calls begun and not yet closed: what a start after a crash has to close.
CREATE TABLE open_calls (call BIGINT PRIMARY KEY);

CREATE TABLE calls (
    call        BIGINT PRIMARY KEY,
    began       BIGINT NOT NULL,
    ended       BIGINT NOT NULL,
    direction   TEXT   NOT NULL,
    outcome     TEXT   NOT NULL,
    calling     TEXT,
    called      TEXT   NOT NULL,
    agent       BIGINT,
    queue       BIGINT,
    talk_millis BIGINT NOT NULL,
    recorded    INTEGER NOT NULL,
    record      TEXT   NOT NULL
);
CREATE INDEX calls_by_time    ON calls (began);
CREATE INDEX calls_by_calling ON calls (calling, began);
CREATE INDEX calls_by_called  ON calls (called, began);
CREATE INDEX calls_by_agent   ON calls (agent, began);
CREATE INDEX calls_by_queue   ON calls (queue, began);
CREATE INDEX calls_by_outcome ON calls (outcome, began);

-- Every agent who spoke in a call, so that each finds its own.
CREATE TABLE call_agents (
    agent BIGINT NOT NULL,
    call  BIGINT NOT NULL,
    PRIMARY KEY (agent, call)
) WITHOUT ROWID;

CREATE TABLE recordings (
    recording BIGINT PRIMARY KEY,
    call      BIGINT NOT NULL,
    path      TEXT   NOT NULL,
    millis    BIGINT,
    bytes     BIGINT
);
CREATE INDEX recordings_by_call ON recordings (call);

CREATE TABLE settings (
    version  INTEGER PRIMARY KEY,
    at       BIGINT  NOT NULL,
    author   TEXT    NOT NULL,
    note     TEXT    NOT NULL,
    settings TEXT    NOT NULL,
    changes  TEXT    NOT NULL
);

CREATE TABLE accounts (
    login          TEXT PRIMARY KEY,
    password       TEXT    NOT NULL,
    locked         INTEGER NOT NULL DEFAULT 0,
    must_change    INTEGER NOT NULL DEFAULT 0,
    changed        BIGINT  NOT NULL,
    preferences    TEXT    NOT NULL DEFAULT '{}'
);

-- Tokens are stored hashed: who reads the file cannot log in with it.
CREATE TABLE sessions (
    token   TEXT PRIMARY KEY,
    login   TEXT   NOT NULL,
    began   BIGINT NOT NULL,
    expires BIGINT NOT NULL
);

CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at     BIGINT NOT NULL,
    actor  TEXT   NOT NULL,
    source TEXT   NOT NULL,
    action TEXT   NOT NULL,
    detail TEXT   NOT NULL
);
CREATE INDEX audit_by_time ON audit (at);

CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
