-- Version: 001
-- Description: Drop full_name from users
-- Rollback for: 001_rename_name_to_full_name_on_users
-- Data: keeps every row; what was written to full_name is in name too
-- squawk-ignore-file ban-drop-column, ban-drop-function

BEGIN;

DROP TRIGGER users_full_name_sync ON users;
DROP FUNCTION users_full_name_sync();
ALTER TABLE users DROP COLUMN full_name;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('column %s', attname) FROM pg_attribute
        WHERE attrelid = target AND NOT attisdropped AND attname IN ('full_name')
        UNION ALL
        SELECT format('trigger %s', tgname) FROM pg_trigger
        WHERE tgrelid = target AND tgname IN ('users_full_name_sync')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
