-- The longest calls first, without sorting all of them.
CREATE INDEX calls_by_talk ON calls (talk_millis, call);
