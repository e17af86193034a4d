-- Version: 002
-- Description: Make the foreign key tasks_project_id_fkey of tasks NOT VALID again
-- Rollback for: 002_validate_projects_fk_to_tasks
-- Data: keeps every row
-- squawk-ignore-file ban-drop-constraint

BEGIN;

-- No statement takes a validation back: drop and add, NOT VALID, as before.
ALTER TABLE tasks DROP CONSTRAINT tasks_project_id_fkey;
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
