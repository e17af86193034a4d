-- Version: 001
-- Description: Create events_2026_01, a partition of events
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: expand

BEGIN;

-- PARTITION OF would lock everyone out of events; a table that is made beside it and then attached does not.
-- Indexes, foreign keys and triggers come with ATTACH.
CREATE TABLE events_2026_01 (
    LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION
);
ALTER TABLE events ATTACH PARTITION events_2026_01
FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');

DO $$
DECLARE
    target regclass := to_regclass(format('%I.events', current_schema()));
    wanted text;
    found text;
BEGIN
    -- PostgreSQL has its own way to write a bound: here it writes the wanted one, on a scratch table.
    EXECUTE format('CREATE TEMPORARY TABLE migratekit_scratch (LIKE %s) PARTITION BY %s', target, pg_get_partkeydef(target));
    CREATE TEMPORARY TABLE migratekit_part PARTITION OF pg_temp.migratekit_scratch FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
    SELECT pg_get_expr(relpartbound, oid) INTO wanted FROM pg_class WHERE oid = 'pg_temp.migratekit_part'::regclass;
    DROP TABLE pg_temp.migratekit_scratch;

    SELECT pg_get_expr(c.relpartbound, c.oid) INTO found
    FROM pg_class AS c
    JOIN pg_inherits AS i ON i.inhrelid = c.oid AND i.inhparent = target AND NOT i.inhdetachpending
    WHERE c.oid = to_regclass(format('%I.events_2026_01', current_schema()));

    IF found IS DISTINCT FROM wanted THEN
        RAISE EXCEPTION 'events_2026_01 is not the partition of events in schema % that is wanted: %',
            current_schema(), coalesce(found, 'missing');
    END IF;
END
$$;

COMMIT;
