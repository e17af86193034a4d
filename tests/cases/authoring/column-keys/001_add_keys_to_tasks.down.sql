-- Version: 001
-- Description: Drop owner, slug, code from tasks
-- Rollback for: 001_add_keys_to_tasks
-- Data: loses what is in owner, slug, code
-- squawk-ignore-file ban-drop-column

BEGIN;

ALTER TABLE tasks
    DROP COLUMN owner,
    DROP COLUMN slug,
    DROP COLUMN code;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.tasks', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('column %s', attname) FROM pg_attribute
        WHERE attrelid = target AND NOT attisdropped AND attname IN ('owner', 'slug', 'code')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table tasks in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
