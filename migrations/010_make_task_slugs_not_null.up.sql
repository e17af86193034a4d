-- Version: 010
-- Description: Make tasks.slug NOT NULL
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 009
-- Phase: contract

BEGIN;

-- First the long read under the weak lock; SET NOT NULL then trusts the check and reads nothing.
ALTER TABLE tasks VALIDATE CONSTRAINT tasks_slug_required;
ALTER TABLE tasks ALTER COLUMN slug SET NOT NULL;
-- squawk-ignore ban-drop-constraint
ALTER TABLE tasks DROP CONSTRAINT tasks_slug_required;

DO $$
DECLARE
    tasks_table regclass := to_regclass(format('%I.tasks', current_schema()));
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = tasks_table AND attname = 'slug' AND attnotnull AND NOT attisdropped
    ) THEN
        RAISE EXCEPTION 'column slug of tasks in schema % is missing or nullable', current_schema();
    END IF;

    IF EXISTS (
        SELECT FROM pg_constraint WHERE conrelid = tasks_table AND conname = 'tasks_slug_required'
    ) THEN
        RAISE EXCEPTION 'constraint tasks_slug_required is still on tasks in schema %', current_schema();
    END IF;
END $$;

COMMIT;
