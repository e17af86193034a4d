-- Version: 002
-- Description: Make email of users NOT NULL
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: contract
-- squawk-ignore-file ban-drop-constraint

BEGIN;

-- First the long read under the weak lock; SET NOT NULL then trusts the check and reads nothing.
ALTER TABLE users VALIDATE CONSTRAINT users_email_required;
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT users_email_required;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column email not null')
        EXCEPT (
            SELECT concat_ws(' ', 'column', attname, CASE WHEN attnotnull THEN 'not null' ELSE 'nullable' END)
            FROM pg_attribute
            WHERE attrelid = target AND attnum > 0 AND NOT attisdropped
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

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
