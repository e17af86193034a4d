-- Version: 003
-- Description: Create places_dach, a partition of places
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 002
-- Phase: expand
-- squawk-ignore-file ban-drop-constraint

BEGIN;

-- PARTITION OF would lock everyone out of places; a table that is made beside it and then attached does not.
-- Indexes, foreign keys and triggers come with ATTACH.
CREATE TABLE places_dach (
    LIKE places INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION
);
ALTER TABLE places ATTACH PARTITION places_dach
FOR VALUES IN ('de', 'at', NULL);

-- The default partition has this in its bound now.
ALTER TABLE places_rest DROP CONSTRAINT places_rest_places_dach_check;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.places', current_schema()));
    wanted text;
    found text;
BEGIN
    -- PostgreSQL has its own way to write a bound: here it writes the wanted one, on a scratch table.
    EXECUTE format('CREATE TEMPORARY TABLE migratekit_scratch (LIKE %s) PARTITION BY %s', target, pg_get_partkeydef(target));
    CREATE TEMPORARY TABLE migratekit_part PARTITION OF pg_temp.migratekit_scratch FOR VALUES IN ('de', 'at', NULL);
    SELECT pg_get_expr(relpartbound, oid) INTO wanted FROM pg_class WHERE oid = 'pg_temp.migratekit_part'::regclass;
    DROP TABLE pg_temp.migratekit_scratch;

    SELECT pg_get_expr(c.relpartbound, c.oid) INTO found
    FROM pg_class AS c
    JOIN pg_inherits AS i ON i.inhrelid = c.oid AND i.inhparent = target AND NOT i.inhdetachpending
    WHERE c.oid = to_regclass(format('%I.places_dach', current_schema()));

    IF found IS DISTINCT FROM wanted THEN
        RAISE EXCEPTION 'places_dach is not the partition of places in schema % that is wanted: %',
            current_schema(), coalesce(found, 'missing');
    END IF;
END
$$;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.places_rest', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('constraint %s', conname) FROM pg_constraint
        WHERE conrelid = target AND conname IN ('places_rest_places_dach_check')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table places_rest in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
