-- Rollback for: 002_create_task_statuses_table
-- Version: 002
-- Description: Drop the task_statuses table
-- Data: loses statuses added since; the rows of the up file come back with it

BEGIN;

-- squawk-ignore ban-drop-table
DROP TABLE task_statuses;

DO $$
BEGIN
    IF to_regclass(format('%I.task_statuses', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'table task_statuses is still in schema %', current_schema();
    END IF;
END $$;

COMMIT;
