-- Version: 002
-- Description: Drop email, state from users
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: contract
-- squawk-ignore-file ban-drop-column
--
-- To be applied when no application reads or writes them any more.

BEGIN;

ALTER TABLE users
    DROP COLUMN email,
    DROP COLUMN state;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('column %s', attname) FROM pg_attribute
        WHERE attrelid = target AND NOT attisdropped AND attname IN ('email', 'state')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
