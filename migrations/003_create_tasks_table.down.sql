-- Rollback for: 003_create_tasks_table
-- Version: 003
-- Description: Drop the tasks table with its indexes
-- Data: loses every task

BEGIN;

-- squawk-ignore ban-drop-table
DROP TABLE tasks;

DO $$
BEGIN
    IF to_regclass(format('%I.tasks', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks is still in schema %', current_schema();
    END IF;
END $$;

COMMIT;
