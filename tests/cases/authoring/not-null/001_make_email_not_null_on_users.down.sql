-- Version: 001
-- Description: Allow rows of users without email again
-- Rollback for: 001_make_email_not_null_on_users
-- Data: keeps every row
-- squawk-ignore-file ban-drop-constraint

BEGIN;

ALTER TABLE users DROP CONSTRAINT users_email_required;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('constraint %s', conname) FROM pg_constraint
        WHERE conrelid = target AND conname IN ('users_email_required')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
