-- Version: 001
-- Description: Let rows of users be without email
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: expand
-- squawk-ignore-file ban-drop-not-null

BEGIN;

-- An application that does not know it any more goes on inserting.
ALTER TABLE users
    ALTER COLUMN email DROP NOT NULL;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column email nullable')
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

COMMIT;
