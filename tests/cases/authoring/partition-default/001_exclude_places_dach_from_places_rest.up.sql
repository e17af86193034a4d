-- Version: 001
-- Description: Keep new rows of places_dach out of places_rest
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: expand

BEGIN;

-- To attach a partition PostgreSQL reads the default partition with everyone locked out, unless a check shows that no
-- row in it belongs to the other. This one is NOT VALID and reads no row; 002 reads them under a weaker lock.
ALTER TABLE places_rest ADD CONSTRAINT places_rest_places_dach_check
CHECK (NOT (country IS NULL OR country IN ('de', 'at'))) NOT VALID;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.places_rest', current_schema()));
    wanted text;
    found text;
BEGIN
    IF target IS NULL THEN
        RAISE EXCEPTION 'table places_rest is missing in schema %', current_schema();
    END IF;

    -- PostgreSQL has its own way to write an expression: here it writes the wanted one, on a table for a moment.
    EXECUTE format('CREATE TEMPORARY TABLE %I (LIKE %s)', 'places_rest', target);
    ALTER TABLE pg_temp.places_rest ADD CONSTRAINT wanted CHECK (NOT (country IS NULL OR country IN ('de', 'at'))) NOT VALID;
    SELECT pg_get_constraintdef(oid) INTO wanted
    FROM pg_constraint
    WHERE conrelid = 'pg_temp.places_rest'::regclass AND conname = 'wanted';
    DROP TABLE pg_temp.places_rest;

    SELECT pg_get_constraintdef(oid) INTO found
    FROM pg_constraint
    WHERE conrelid = target AND conname = 'places_rest_places_dach_check';

    IF found IS DISTINCT FROM wanted THEN
        RAISE EXCEPTION 'constraint places_rest_places_dach_check of table places_rest in schema % is % and not %',
            current_schema(), coalesce(found, 'missing'), wanted;
    END IF;
END
$$;

COMMIT;
