-- Version: 008
-- Description: Fill tasks.slug for the tasks that are older than the column
-- Author: The migratekit authors
-- Date: 2026-11-21
-- Dependencies: 007
-- Phase: migrate

BEGIN;

-- Locks each row it fills until COMMIT: right for a short UPDATE, too long for millions of rows.
UPDATE tasks
SET slug = task_slug(title, id)
WHERE slug IS NULL;

DO $$
DECLARE
    unfilled bigint;
BEGIN
    SELECT count(*) INTO unfilled FROM tasks WHERE slug IS NULL;

    IF unfilled > 0 THEN
        RAISE EXCEPTION '% rows of tasks in schema % still have no slug', unfilled, current_schema();
    END IF;
END $$;

COMMIT;
