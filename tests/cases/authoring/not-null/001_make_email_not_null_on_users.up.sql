-- Version: 001
-- Description: Refuse new rows of users without email
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: expand

BEGIN;

-- SET NOT NULL would read the table with everyone locked out; a check can be validated in peace, in 002.
ALTER TABLE users ADD CONSTRAINT users_email_required CHECK (email IS NOT NULL) NOT VALID;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('constraint users_email_required CHECK ((email IS NOT NULL)) NOT VALID')
        EXCEPT (
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
