-- Where telephones are reached: a box that starts again need not wait until they register. `place` is their order, the oldest first.
CREATE TABLE registrations (
    extension TEXT    NOT NULL,
    place     INTEGER NOT NULL,
    contact   TEXT    NOT NULL,
    remote    TEXT    NOT NULL,
    local     TEXT    NOT NULL,
    expires   BIGINT  NOT NULL,
    call_id   TEXT    NOT NULL,
    cseq      BIGINT  NOT NULL,
    PRIMARY KEY (extension, place)
) WITHOUT ROWID;
