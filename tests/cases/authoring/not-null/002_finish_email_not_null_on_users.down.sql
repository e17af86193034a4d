-- Version: 002
-- Description: Let email of users be nullable, under the NOT VALID check of 001
-- Rollback for: 002_finish_email_not_null_on_users
-- Data: keeps every row
-- squawk-ignore-file ban-drop-not-null

BEGIN;

ALTER TABLE users ADD CONSTRAINT users_email_required CHECK (email IS NOT NULL) NOT VALID;
ALTER TABLE users ALTER COLUMN email DROP NOT NULL;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column email nullable'),
            ('constraint users_email_required CHECK ((email IS NOT NULL)) NOT VALID')
        EXCEPT (
            SELECT concat_ws(' ', 'column', attname, CASE WHEN attnotnull THEN 'not null' ELSE 'nullable' END)
            FROM pg_attribute
            WHERE attrelid = target AND attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT format('constraint %I %s', conname, pg_get_constraintdef(oid))
            FROM pg_constraint
            WHERE conrelid = target
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
