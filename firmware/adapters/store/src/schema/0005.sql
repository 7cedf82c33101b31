-- What was wrong with lines, from when to when. `ended` is null while it stands; `cut`: the box stopped before it ended, and `ended` is when
-- the box started again.
CREATE TABLE alarms (
    id    BIGINT  NOT NULL PRIMARY KEY,
    kind  TEXT    NOT NULL,
    span  INTEGER NOT NULL,
    slot  INTEGER,
    began BIGINT  NOT NULL,
    ended BIGINT,
    cut   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX alarms_standing ON alarms (id) WHERE ended IS NULL;
CREATE INDEX alarms_span ON alarms (span, id);
