-- Version: 002
-- Description: Validate the foreign key tasks_project_id_fkey on the rows of tasks that were there before it
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: contract

BEGIN;

-- Reads the whole table, but reads and writes of others go on meanwhile.
ALTER TABLE tasks VALIDATE CONSTRAINT tasks_project_id_fkey;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.tasks', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            (format('constraint tasks_project_id_fkey FOREIGN KEY (project_id) REFERENCES %s(id) ON DELETE SET NULL', to_regclass(format('%I.projects', current_schema()))))
        EXCEPT (
            SELECT format('constraint %I %s', conname, pg_get_constraintdef(oid))
            FROM pg_constraint
            WHERE conrelid = target
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
