-- Version: 002
-- Description: Make sure that the index users_email_name_idx is valid
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: expand

BEGIN;

-- What 001 could not check itself.
DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            (format('CREATE INDEX users_email_name_idx ON %I.users USING btree (email, name)', current_schema()))
        EXCEPT (
            SELECT pg_get_indexdef(indexrelid)
            FROM pg_index
            WHERE indrelid = target AND indisvalid AND indisready
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % lacks: %', current_schema(), missing
            USING HINT = 'Migrate down to the version before 001, then up again: that drops and rebuilds it.';
    END IF;
END
$$;

COMMIT;
