-- Rollback for: 012_create_available_tasks_function
-- Version: 012
-- Description: Drop available_tasks()
-- Data: keeps every row

BEGIN;

-- squawk-ignore ban-drop-function
DROP FUNCTION available_tasks(bigint);

DO $$
BEGIN
    IF to_regprocedure(format('%I.available_tasks(bigint)', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'function available_tasks(bigint) is still in schema %', current_schema();
    END IF;
END $$;

COMMIT;
