-- Rollback for: 007_add_task_slug_column
-- Version: 007
-- Description: Drop tasks.slug with its trigger and functions
-- Data: loses slugs that an application wrote itself; the others can be computed again

BEGIN;

DROP TRIGGER tasks_fill_slug ON tasks;
-- squawk-ignore ban-drop-function
DROP FUNCTION fill_task_slug();
-- squawk-ignore ban-drop-function
DROP FUNCTION task_slug(text, bigint);
-- squawk-ignore ban-drop-column
ALTER TABLE tasks DROP COLUMN slug;

DO $$
DECLARE
    tasks_table regclass := to_regclass(format('%I.tasks', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.name, ', ') INTO remaining
    FROM (
        SELECT 'column slug'
        FROM pg_attribute
        WHERE attrelid = tasks_table AND attname = 'slug' AND NOT attisdropped
        UNION ALL
        SELECT format('function %s()', proname)
        FROM pg_proc
        WHERE pronamespace = quote_ident(current_schema())::regnamespace
          AND proname IN ('task_slug', 'fill_task_slug')
        UNION ALL
        SELECT 'trigger tasks_fill_slug'
        FROM pg_trigger
        WHERE tgrelid = tasks_table AND tgname = 'tasks_fill_slug'
    ) AS present (name);

    IF remaining IS NOT NULL THEN
        RAISE EXCEPTION 'schema % still has of the slugs: %', current_schema(), remaining;
    END IF;
END $$;

COMMIT;
