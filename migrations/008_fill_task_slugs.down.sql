-- Rollback for: 008_fill_task_slugs
-- Version: 008
-- Description: Take the computed slugs of tasks away again
-- Data: keeps slugs that say something else than the title; the others can be computed again

BEGIN;

UPDATE tasks
SET slug = NULL
WHERE slug = task_slug(title, id);

DO $$
DECLARE
    filled bigint;
BEGIN
    SELECT count(*) INTO filled FROM tasks WHERE slug = task_slug(title, id);

    IF filled > 0 THEN
        RAISE EXCEPTION '% rows of tasks in schema % still have a computed slug', filled, current_schema();
    END IF;
END $$;

COMMIT;
