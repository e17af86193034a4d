-- Version: 012
-- Description: Create available_tasks(), the tasks of a plan that can be started now
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 002, 004, 005, 011

BEGIN;

-- What 011 could not check itself. The function hands out slugs as links, so they must be unique first.
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_index
        WHERE indrelid = to_regclass(format('%I.tasks', current_schema()))
          AND indexrelid = to_regclass(format('%I.tasks_plan_id_slug_idx', current_schema()))
          AND pg_get_indexdef(indexrelid, 0, true)
            = 'CREATE UNIQUE INDEX tasks_plan_id_slug_idx ON tasks USING btree (plan_id, slug)'
          AND indisvalid AND indisready
    ) THEN
        RAISE EXCEPTION 'index tasks_plan_id_slug_idx in schema % is missing, invalid or not as in 011',
            current_schema()
            USING HINT = 'Migrate down to version 010, then up again: that drops and rebuilds it.';
    END IF;
END $$;

-- BEGIN ATOMIC binds the names now: no search_path of a later caller can send the query to other tables.
CREATE FUNCTION available_tasks(in_plan_id bigint)
RETURNS TABLE (id bigint, slug text, title text, priority smallint, complexity_score smallint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT t.id, t.slug, t.title, t.priority, t.complexity_score
    FROM tasks AS t
    WHERE t.plan_id = in_plan_id
      AND t.status = 'pending'
      AND NOT EXISTS (
          SELECT FROM task_dependencies AS d
          JOIN tasks AS needed ON needed.id = d.depends_on_id
          JOIN task_statuses AS s ON s.code = needed.status
          WHERE d.task_id = t.id AND NOT s.is_closed
      )
    ORDER BY t.priority, t.id;
END;

DO $$
DECLARE
    wanted constant text :=
        'TABLE(id bigint, slug text, title text, priority smallint, complexity_score smallint)';
    available regprocedure := to_regprocedure(format('%I.available_tasks(bigint)', current_schema()));
BEGIN
    IF available IS NULL THEN
        RAISE EXCEPTION 'function available_tasks(bigint) is missing in schema %', current_schema();
    END IF;

    IF pg_get_function_result(available) <> wanted THEN
        RAISE EXCEPTION 'available_tasks(bigint) returns %, not %', pg_get_function_result(available), wanted;
    END IF;

    IF NOT EXISTS (
        SELECT FROM pg_proc WHERE oid = available AND provolatile = 's' AND prosqlbody IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'available_tasks(bigint) is not STABLE, or its body is not BEGIN ATOMIC';
    END IF;
END $$;

COMMIT;
