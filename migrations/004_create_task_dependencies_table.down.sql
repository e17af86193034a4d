-- Rollback for: 004_create_task_dependencies_table
-- Version: 004
-- Description: Drop the task_dependencies table with its index
-- Data: loses every dependency; the tasks stay

BEGIN;

-- squawk-ignore ban-drop-table
DROP TABLE task_dependencies;

DO $$
BEGIN
    IF to_regclass(format('%I.task_dependencies', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'table task_dependencies is still in schema %', current_schema();
    END IF;
END $$;

COMMIT;
