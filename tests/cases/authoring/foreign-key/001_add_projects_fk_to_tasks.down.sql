-- Version: 001
-- Description: Drop the foreign key tasks_project_id_fkey of tasks
-- Rollback for: 001_add_projects_fk_to_tasks
-- Data: keeps every row
-- squawk-ignore-file ban-drop-constraint

BEGIN;

ALTER TABLE tasks DROP CONSTRAINT tasks_project_id_fkey;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.tasks', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('constraint %s', conname) FROM pg_constraint
        WHERE conrelid = target AND conname IN ('tasks_project_id_fkey')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
