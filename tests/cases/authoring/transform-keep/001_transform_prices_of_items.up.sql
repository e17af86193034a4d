-- Version: 001
-- Description: Change price, unit of items
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: migrate

BEGIN;

-- What goes is copied first. `migratekit kept` lists such copies and puts them back.
LOCK TABLE items IN SHARE ROW EXCLUSIVE MODE;

DO $$
DECLARE
    source regclass := to_regclass(format('%I.items', current_schema()));
    moment timestamptz := clock_timestamp();
    copy text := '001_items_' || to_char(moment AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_US');
    kept text[] := ARRAY['price', 'unit'];
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
        RAISE EXCEPTION 'table items in schema % keeps no primary key, which would lead kept values back to their rows', current_schema()
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
    EXECUTE format('CREATE TABLE _migratekit_kept.%I AS SELECT %s FROM %s WHERE %s', copy, list, source, 'unit IS DISTINCT FROM ''cent''');
    GET DIAGNOSTICS amount = ROW_COUNT;
    EXECUTE format('COMMENT ON TABLE _migratekit_kept.%I IS %L', copy, json_build_object(
        'schema', current_schema(), 'table', 'items', 'version', '001',
        'at', moment, 'columns', kept, 'keys', keys, 'rows', amount
    ));
END
$$;

-- Locks each row that it changes until COMMIT: right for a short UPDATE. For many rows make it a backfill, in batches.
UPDATE items
SET price = price * 100, unit = 'cent'
WHERE unit IS DISTINCT FROM 'cent';

DO $$
DECLARE
    remaining bigint;
BEGIN
    IF (to_regclass(format('%I.items', current_schema())) = to_regclass('items')) IS NOT TRUE THEN
        RAISE EXCEPTION 'table items is missing in schema %', current_schema();
    END IF;

    SELECT count(*) INTO remaining FROM items WHERE unit IS DISTINCT FROM 'cent';

    IF remaining > 0 THEN
        RAISE EXCEPTION '% rows of table items in schema % are not changed', remaining, current_schema()
            USING HINT = 'Once a row is changed this must not hold for it any more: unit IS DISTINCT FROM ''cent''';
    END IF;
END
$$;

COMMIT;
