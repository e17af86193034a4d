-- Rollback for: 009_require_task_slugs
-- Version: 009
-- Description: Allow tasks without a slug again
-- Data: keeps every row

BEGIN;

-- squawk-ignore ban-drop-constraint
ALTER TABLE tasks DROP CONSTRAINT tasks_slug_required;

DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_constraint
        WHERE conrelid = to_regclass(format('%I.tasks', current_schema())) AND conname = 'tasks_slug_required'
    ) THEN
        RAISE EXCEPTION 'constraint tasks_slug_required is still on tasks in schema %', current_schema();
    END IF;
END $$;

COMMIT;
