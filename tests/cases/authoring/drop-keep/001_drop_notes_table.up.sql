-- Version: 001
-- Description: Rename notes out of the way
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: expand
-- squawk-ignore-file renaming-table

BEGIN;

-- Whoever still uses it fails from here on, and the way back is short. 002 drops it: apply that later.
ALTER TABLE notes RENAME TO notes_dropped;

DO $$
BEGIN
    IF to_regclass(format('%I.notes', current_schema())) IS NOT NULL OR NOT EXISTS (
        SELECT FROM pg_class WHERE oid = to_regclass(format('%I.notes_dropped', current_schema())) AND relkind IN ('r', 'p')
    ) THEN
        RAISE EXCEPTION 'table notes in schema % is not notes_dropped now', current_schema();
    END IF;
END
$$;

COMMIT;
