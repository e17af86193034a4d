-- Version: 002
-- Description: Drop projects, renamed to projects_dropped by 001
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: contract
-- squawk-ignore-file ban-drop-table

BEGIN;

-- No CASCADE: what depends on it is to be seen, not dropped along with it.
DROP TABLE projects_dropped;

DO $$
BEGIN
    IF to_regclass(format('%I.projects_dropped', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'projects_dropped is still in schema %', current_schema();
    END IF;
END
$$;

COMMIT;
