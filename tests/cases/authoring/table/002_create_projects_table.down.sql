-- Version: 002
-- Description: Drop the projects table
-- Rollback for: 002_create_projects_table
-- Data: loses every row of it
-- squawk-ignore-file ban-drop-table

BEGIN;

DROP TABLE projects;

DO $$
BEGIN
    IF to_regclass(format('%I.projects', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'projects is still in schema %', current_schema();
    END IF;
END
$$;

COMMIT;
