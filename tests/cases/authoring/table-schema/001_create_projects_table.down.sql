-- Version: 001
-- Description: Drop the app.projects table
-- Rollback for: 001_create_projects_table
-- Data: loses every row of it
-- squawk-ignore-file ban-drop-table

BEGIN;

DROP TABLE app.projects;

DO $$
BEGIN
    IF to_regclass('app.projects') IS NOT NULL THEN
        RAISE EXCEPTION 'projects is still in schema %', 'app';
    END IF;
END
$$;

COMMIT;
