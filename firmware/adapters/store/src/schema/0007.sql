-- Faxes received, sent and to be sent; times in UTC milliseconds.
CREATE TABLE faxes (
    id        BIGINT  NOT NULL PRIMARY KEY,
    direction TEXT    NOT NULL,
    extension TEXT    NOT NULL,
    number    TEXT    NOT NULL,
    station   TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    pages     INTEGER NOT NULL,
    bits      INTEGER NOT NULL,
    attempts  INTEGER NOT NULL,
    began     BIGINT  NOT NULL,
    ended     BIGINT
);
CREATE INDEX faxes_by_state ON faxes (state, id);
