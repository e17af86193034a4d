-- Version: 002
-- Description: Drop phone, state, token from users
-- Rollback for: 002_add_phone_and_state_to_users
-- Data: loses what is in phone, state, token
-- squawk-ignore-file ban-drop-column

BEGIN;

ALTER TABLE users
    DROP COLUMN phone,
    DROP COLUMN state,
    DROP COLUMN token;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('column %s', attname) FROM pg_attribute
        WHERE attrelid = target AND NOT attisdropped AND attname IN ('phone', 'state', 'token')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
