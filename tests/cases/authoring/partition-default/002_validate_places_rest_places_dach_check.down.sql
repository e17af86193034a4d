-- Version: 002
-- Description: Make the check places_rest_places_dach_check of places_rest NOT VALID again
-- Rollback for: 002_validate_places_rest_places_dach_check
-- Data: keeps every row
-- squawk-ignore-file ban-drop-constraint

BEGIN;

-- No statement takes a validation back: drop and add, NOT VALID, as 001 did.
ALTER TABLE places_rest DROP CONSTRAINT places_rest_places_dach_check;
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
