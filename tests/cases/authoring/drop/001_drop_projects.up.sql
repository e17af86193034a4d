-- Version: 001
-- Description: Rename projects out of the way
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: expand
-- squawk-ignore-file renaming-table

BEGIN;

-- Whoever still uses it fails from here on, and the way back is short. 002 drops it: apply that later.
ALTER TABLE projects RENAME TO projects_dropped;

DO $$
BEGIN
    IF to_regclass(format('%I.projects', current_schema())) IS NOT NULL OR NOT EXISTS (
        SELECT FROM pg_class WHERE oid = to_regclass(format('%I.projects_dropped', current_schema())) AND relkind IN ('r', 'p')
    ) THEN
        RAISE EXCEPTION 'table projects in schema % is not projects_dropped now', current_schema();
    END IF;
END
$$;

COMMIT;
