-- Rollback for: 010_make_task_slugs_not_null
-- Version: 010
-- Description: Let tasks.slug be nullable, under the NOT VALID check of 009
-- Data: keeps every row

BEGIN;

ALTER TABLE tasks ADD CONSTRAINT tasks_slug_required CHECK (slug IS NOT NULL) NOT VALID;
-- squawk-ignore ban-drop-not-null
ALTER TABLE tasks ALTER COLUMN slug DROP NOT NULL;

DO $$
DECLARE
    tasks_table regclass := to_regclass(format('%I.tasks', current_schema()));
BEGIN
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = tasks_table AND attname = 'slug' AND attnotnull) THEN
        RAISE EXCEPTION 'column slug of tasks in schema % is still NOT NULL', current_schema();
    END IF;

    IF NOT EXISTS (
        SELECT FROM pg_constraint
        WHERE conrelid = tasks_table AND conname = 'tasks_slug_required'
          AND pg_get_constraintdef(oid, true) = 'CHECK (slug IS NOT NULL) NOT VALID'
    ) THEN
        RAISE EXCEPTION 'constraint tasks_slug_required of tasks in schema % is missing or not as in 009',
            current_schema();
    END IF;
END $$;

COMMIT;
