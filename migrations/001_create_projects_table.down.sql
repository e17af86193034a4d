-- Rollback for: 001_create_projects_table
-- Version: 001
-- Description: Drop the projects table
-- Data: loses every project

BEGIN;

-- squawk-ignore ban-drop-table
DROP TABLE projects;

DO $$
BEGIN
    IF to_regclass(format('%I.projects', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'table projects is still in schema %', current_schema();
    END IF;
END $$;

COMMIT;
