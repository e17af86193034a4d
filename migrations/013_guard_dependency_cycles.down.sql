-- Rollback for: 013_guard_dependency_cycles
-- Version: 013
-- Description: Drop the guard against dependency cycles
-- Data: keeps every row

BEGIN;

DROP TRIGGER task_dependencies_refuse_cycle ON task_dependencies;
-- squawk-ignore ban-drop-function
DROP FUNCTION refuse_dependency_cycle();
-- squawk-ignore ban-drop-function
DROP FUNCTION dependency_makes_cycle(bigint, bigint);

DO $$
DECLARE
    remaining text;
BEGIN
    SELECT string_agg(present.name, ', ') INTO remaining
    FROM (
        SELECT format('function %s()', proname)
        FROM pg_proc
        WHERE pronamespace = quote_ident(current_schema())::regnamespace
          AND proname IN ('refuse_dependency_cycle', 'dependency_makes_cycle')
        UNION ALL
        SELECT 'trigger task_dependencies_refuse_cycle'
        FROM pg_trigger
        WHERE tgrelid = to_regclass(format('%I.task_dependencies', current_schema()))
          AND tgname = 'task_dependencies_refuse_cycle'
    ) AS present (name);

    IF remaining IS NOT NULL THEN
        RAISE EXCEPTION 'schema % still has of the cycle guard: %', current_schema(), remaining;
    END IF;
END $$;

COMMIT;
