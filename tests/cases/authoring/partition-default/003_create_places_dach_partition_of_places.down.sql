-- Version: 003
-- Description: Drop places_dach, a partition of places
-- Rollback for: 003_create_places_dach_partition_of_places
-- Data: loses every row of it
-- squawk-ignore-file ban-drop-table, require-concurrent-partition-detach, constraint-missing-not-valid

BEGIN;

-- Locks everyone out of places, but for a moment only.
ALTER TABLE places DETACH PARTITION places_dach;
DROP TABLE places_dach;

-- As 002 left it. Reads the default partition.
ALTER TABLE places_rest ADD CONSTRAINT places_rest_places_dach_check
CHECK (NOT (country IS NULL OR country IN ('de', 'at')));

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

DO $$
BEGIN
    IF to_regclass(format('%I.places_dach', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'places_dach is still in schema %', current_schema();
    END IF;
END
$$;

COMMIT;
