-- Version: 002
-- Description: Drop notes, renamed to notes_dropped by 001
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: contract
-- squawk-ignore-file ban-drop-table

BEGIN;

-- What goes is copied first. `migratekit kept` lists such copies and puts them back.
LOCK TABLE notes_dropped IN ACCESS EXCLUSIVE MODE;

DO $$
DECLARE
    source regclass := to_regclass(format('%I.notes_dropped', current_schema()));
    moment timestamptz := clock_timestamp();
    copy text := '002_notes_' || to_char(moment AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_US');
    kept text[];
    keys text[];
    list text;
    amount bigint;
BEGIN
    -- Rows that a policy hides would be lost: fail instead.
    SET LOCAL row_security = off;
    SELECT array_agg(a.attname::text ORDER BY k.place) INTO keys
    FROM pg_index AS i
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
    WHERE i.indrelid = source AND i.indisprimary;

    -- What is not of PostgreSQL's own types is kept as text: nobody could drop the type otherwise.
    SELECT string_agg(format(CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace AND a.attcollation = t.typcollation
                                  THEN '%1$I' ELSE '%1$I::text COLLATE "default" AS %1$I' END, a.attname), ', ' ORDER BY a.attnum) INTO list
    FROM pg_attribute AS a
    JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped;
    IF to_regnamespace('_migratekit_kept') IS NULL THEN
        CREATE SCHEMA _migratekit_kept;
    END IF;
    EXECUTE format('CREATE TABLE _migratekit_kept.%I AS SELECT %s FROM %s', copy, list, source);
    GET DIAGNOSTICS amount = ROW_COUNT;
    EXECUTE format('COMMENT ON TABLE _migratekit_kept.%I IS %L', copy, json_build_object(
        'schema', current_schema(), 'table', 'notes', 'version', '002',
        'at', moment, 'columns', kept, 'keys', keys, 'rows', amount
    ));
END
$$;

-- No CASCADE: what depends on it is to be seen, not dropped along with it.
DROP TABLE notes_dropped;

DO $$
BEGIN
    IF to_regclass(format('%I.notes_dropped', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'notes_dropped is still in schema %', current_schema();
    END IF;
END
$$;

COMMIT;
