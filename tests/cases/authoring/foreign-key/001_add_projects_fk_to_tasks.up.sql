-- Version: 001
-- Description: Let project_id of new rows of tasks point to projects
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: expand

BEGIN;

-- NOT VALID holds for new rows at once and reads no old ones; 002 reads those under a weaker lock.
ALTER TABLE tasks ADD CONSTRAINT tasks_project_id_fkey FOREIGN KEY (project_id)
REFERENCES projects (id) ON DELETE SET NULL NOT VALID;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.tasks', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            (format('constraint tasks_project_id_fkey FOREIGN KEY (project_id) REFERENCES %s(id) ON DELETE SET NULL NOT VALID', to_regclass(format('%I.projects', current_schema()))))
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
