-- Version: 001
-- Description: Drop the trigger touch of users
-- Rollback for: 001_create_touch_trigger
-- Data: keeps every row
-- squawk-ignore-file ban-drop-function

BEGIN;

DROP TRIGGER touch ON users;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('trigger %s', tgname) FROM pg_trigger
        WHERE tgrelid = target AND tgname IN ('touch')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
