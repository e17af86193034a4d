-- Version: 001
-- Description: Rename projects_dropped to projects again
-- Rollback for: 001_drop_projects
-- Data: keeps every row
-- squawk-ignore-file renaming-table

BEGIN;

ALTER TABLE projects_dropped RENAME TO projects;

DO $$
BEGIN
    IF to_regclass(format('%I.projects_dropped', current_schema())) IS NOT NULL OR NOT EXISTS (
        SELECT FROM pg_class WHERE oid = to_regclass(format('%I.projects', current_schema())) AND relkind IN ('r', 'p')
    ) THEN
        RAISE EXCEPTION 'table projects_dropped in schema % is not projects now', current_schema();
    END IF;
END
$$;

COMMIT;
