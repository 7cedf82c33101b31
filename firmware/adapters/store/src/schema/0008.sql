-- Recordings that were deleted, and those that must not be.
ALTER TABLE recordings ADD COLUMN deleted BIGINT;
ALTER TABLE recordings ADD COLUMN deleted_why TEXT;
ALTER TABLE recordings ADD COLUMN held BIGINT;
ALTER TABLE recordings ADD COLUMN held_by TEXT;
ALTER TABLE recordings ADD COLUMN held_why TEXT;
CREATE INDEX recordings_on_disk ON recordings (recording) WHERE deleted IS NULL AND millis IS NOT NULL;
