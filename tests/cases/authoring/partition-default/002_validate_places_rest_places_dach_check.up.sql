-- Version: 002
-- Description: See that no row of places_rest belongs to places_dach
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: expand

BEGIN;

-- Reads the default partition, but reads and writes of others go on meanwhile.
ALTER TABLE places_rest VALIDATE CONSTRAINT places_rest_places_dach_check;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.places_rest', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('validated constraint places_rest_places_dach_check')
        EXCEPT (
            SELECT format('validated constraint %I', conname)
            FROM pg_constraint
            WHERE conrelid = target AND convalidated
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table places_rest in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
