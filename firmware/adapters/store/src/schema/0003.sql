-- What agents left with a call, to search for.
ALTER TABLE calls ADD COLUMN wrap_up_code TEXT;
ALTER TABLE calls ADD COLUMN wrap_up_note TEXT;
UPDATE calls SET wrap_up_code = json_extract(record, '$.wrap_up_code');
CREATE INDEX calls_by_wrap_up ON calls (wrap_up_code, began);

-- One row a stay in a queue: seq is that of the ledger record that began it. An agent answered if one is named.
CREATE TABLE queue_visits (
    call    BIGINT  NOT NULL,
    seq     INTEGER NOT NULL,
    queue   BIGINT  NOT NULL,
    entered BIGINT  NOT NULL,
    ended   BIGINT,
    exit    TEXT,
    agent   BIGINT,
    PRIMARY KEY (call, seq)
) WITHOUT ROWID;
CREATE INDEX queue_visits_by_entry ON queue_visits (queue, entered);
CREATE INDEX queue_visits_by_end   ON queue_visits (ended, queue);
