-- Version: 001
-- Description: Drop note from users
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: contract
-- squawk-ignore-file ban-drop-column
--
-- To be applied when no application reads or writes it any more.

BEGIN;

-- What goes is copied first. `migratekit kept` lists such copies and puts them back.
LOCK TABLE users IN ACCESS EXCLUSIVE MODE;

DO $$
DECLARE
    source regclass := to_regclass(format('%I.users', current_schema()));
    moment timestamptz := clock_timestamp();
    copy text := '001_users_' || to_char(moment AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_US');
    kept text[] := ARRAY['note'];
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

    IF keys IS NULL OR keys && kept THEN
        RAISE EXCEPTION 'table users in schema % keeps no primary key, which would lead kept values back to their rows', current_schema()
            USING HINT = 'Make the migration without keep=yes.';
    END IF;

    -- What is not of PostgreSQL's own types is kept as text: nobody could drop the type otherwise.
    SELECT string_agg(format(CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace AND a.attcollation = t.typcollation
                                  THEN '%1$I' ELSE '%1$I::text COLLATE "default" AS %1$I' END, a.attname), ', ' ORDER BY a.attnum) INTO list
    FROM pg_attribute AS a
    JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = ANY (keys || kept);
    IF to_regnamespace('_migratekit_kept') IS NULL THEN
        CREATE SCHEMA _migratekit_kept;
    END IF;
    EXECUTE format('CREATE TABLE _migratekit_kept.%I AS SELECT %s FROM %s', copy, list, source);
    GET DIAGNOSTICS amount = ROW_COUNT;
    EXECUTE format('COMMENT ON TABLE _migratekit_kept.%I IS %L', copy, json_build_object(
        'schema', current_schema(), 'table', 'users', 'version', '001',
        'at', moment, 'columns', kept, 'keys', keys, 'rows', amount
    ));
END
$$;

ALTER TABLE users
    DROP COLUMN note;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('column %s', attname) FROM pg_attribute
        WHERE attrelid = target AND NOT attisdropped AND attname IN ('note')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
