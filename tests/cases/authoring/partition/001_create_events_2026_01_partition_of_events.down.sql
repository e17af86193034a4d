-- Version: 001
-- Description: Drop events_2026_01, a partition of events
-- Rollback for: 001_create_events_2026_01_partition_of_events
-- Data: loses every row of it
-- squawk-ignore-file ban-drop-table, require-concurrent-partition-detach

BEGIN;

-- Locks everyone out of events, but for a moment only.
ALTER TABLE events DETACH PARTITION events_2026_01;
DROP TABLE events_2026_01;

DO $$
BEGIN
    IF to_regclass(format('%I.events_2026_01', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'events_2026_01 is still in schema %', current_schema();
    END IF;
END
$$;

COMMIT;
