-- Version: 013
-- Description: Refuse a dependency that closes a cycle
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 004

BEGIN;

-- Functions made FROM CURRENT keep this path: the schema of this chain, temporary objects last.
SELECT set_config('search_path', format('%I, pg_temp', current_schema()), true);

-- True where of_task is on_task, or something that on_task waits for, however far.
CREATE FUNCTION dependency_makes_cycle(of_task bigint, on_task bigint) RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    -- UNION, not UNION ALL, visits a task once: the walk ends even where a cycle is already there.
    WITH RECURSIVE needed (task_id) AS (
        SELECT on_task
        UNION
        SELECT d.depends_on_id
        FROM task_dependencies AS d
        JOIN needed AS n ON n.task_id = d.task_id
    )
    SELECT EXISTS (SELECT FROM needed AS n WHERE n.task_id = of_task);
END;

CREATE FUNCTION refuse_dependency_cycle() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- Two sessions that each add one half of a cycle do not see each other's row, so one waits here for the
    -- other's commit. (Under REPEATABLE READ it still would not see it: use SERIALIZABLE there.)
    PERFORM pg_advisory_xact_lock(TG_RELID::integer, 0);

    IF dependency_makes_cycle(NEW.task_id, NEW.depends_on_id) THEN
        RAISE EXCEPTION 'task % cannot depend on task %: that closes a cycle', NEW.task_id, NEW.depends_on_id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;

-- AFTER, so that all rows of one statement are there to be walked.
CREATE TRIGGER task_dependencies_refuse_cycle
AFTER INSERT OR UPDATE OF task_id, depends_on_id ON task_dependencies
FOR EACH ROW EXECUTE FUNCTION refuse_dependency_cycle();

DO $$
DECLARE
    missing text;
    cycles text;
BEGIN
    SELECT string_agg(wanted.description, '; ') INTO missing
    FROM (
        VALUES
            ('function dependency_makes_cycle(of_task bigint, on_task bigint) returns boolean'
             ' stable BEGIN ATOMIC'),
            (format('function refuse_dependency_cycle() returns trigger search_path=%I, pg_temp',
                    current_schema())),
            ('CREATE TRIGGER task_dependencies_refuse_cycle'
             ' AFTER INSERT OR UPDATE OF task_id, depends_on_id ON task_dependencies'
             ' FOR EACH ROW EXECUTE FUNCTION refuse_dependency_cycle()')
        EXCEPT (
            SELECT concat_ws(' ', format('function %s(%s)', proname, pg_get_function_arguments(oid)),
                             'returns', pg_get_function_result(oid),
                             CASE WHEN provolatile = 's' THEN 'stable' END,
                             CASE WHEN prosqlbody IS NOT NULL THEN 'BEGIN ATOMIC' END,
                             array_to_string(proconfig, ' '))
            FROM pg_proc
            WHERE pronamespace = quote_ident(current_schema())::regnamespace
            UNION ALL
            SELECT pg_get_triggerdef(oid, true)
            FROM pg_trigger
            WHERE tgrelid = to_regclass(format('%I.task_dependencies', current_schema())) AND tgenabled = 'O'
        )
    ) AS wanted (description);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'schema % lacks for the cycle guard: %', current_schema(), missing;
    END IF;

    IF NOT dependency_makes_cycle(1, 1) OR dependency_makes_cycle(1, 0) THEN
        RAISE EXCEPTION 'dependency_makes_cycle() does not tell a cycle from none';
    END IF;

    -- The trigger sees new rows only; CREATE TRIGGER keeps writers out until COMMIT: read the old ones.
    SELECT string_agg(format('%s on %s', task_id, depends_on_id), ', ') INTO cycles
    FROM task_dependencies
    WHERE dependency_makes_cycle(task_id, depends_on_id);

    IF cycles IS NOT NULL THEN
        RAISE EXCEPTION 'task_dependencies already holds a cycle: %', cycles
            USING HINT = 'Delete one dependency of each cycle, then run this migration again.';
    END IF;
END $$;

COMMIT;
