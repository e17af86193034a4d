-- Rollback for: 014_maintain_updated_at
-- Version: 014
-- Description: Leave updated_at to the application again
-- Data: keeps every row, with the updated_at it has

BEGIN;

DROP TRIGGER tasks_set_updated_at ON tasks;
DROP TRIGGER plans_set_updated_at ON plans;
-- squawk-ignore ban-drop-function
DROP FUNCTION set_updated_at();

DO $$
DECLARE
    remaining text;
BEGIN
    SELECT string_agg(present.name, ', ') INTO remaining
    FROM (
        SELECT 'function set_updated_at()'
        WHERE to_regprocedure(format('%I.set_updated_at()', current_schema())) IS NOT NULL
        UNION ALL
        SELECT format('trigger %s', tgname)
        FROM pg_trigger
        WHERE tgrelid IN (
            to_regclass(format('%I.plans', current_schema())),
            to_regclass(format('%I.tasks', current_schema()))
        ) AND tgname IN ('plans_set_updated_at', 'tasks_set_updated_at')
    ) AS present (name);

    IF remaining IS NOT NULL THEN
        RAISE EXCEPTION 'schema % still has: %', current_schema(), remaining;
    END IF;
END $$;

COMMIT;
