-- Version: 001
-- Description: Let rows of places_dach into places_rest again
-- Rollback for: 001_exclude_places_dach_from_places_rest
-- Data: keeps every row
-- squawk-ignore-file ban-drop-constraint

BEGIN;

ALTER TABLE places_rest DROP CONSTRAINT places_rest_places_dach_check;

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
