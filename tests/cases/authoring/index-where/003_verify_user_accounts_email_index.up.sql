-- Version: 003
-- Description: Make sure that the index user_accounts_email_idx is valid
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 002
-- Phase: expand

BEGIN;

-- What 002 could not check itself.
DO $$
DECLARE
    target regclass := to_regclass(format('%I.user_accounts', current_schema()));
    wanted text;
    found text;
BEGIN
    IF target IS NULL THEN
        RAISE EXCEPTION 'table user_accounts is missing in schema %', current_schema();
    END IF;

    -- PostgreSQL has its own way to write an expression: here it writes the wanted one, on a table for a moment.
    EXECUTE format('CREATE TEMPORARY TABLE %I (LIKE %s)', 'user_accounts', target);
    CREATE INDEX wanted_idx ON pg_temp.user_accounts USING hash (email)
    WHERE (state <> 'gone' AND "email" IS NOT NULL);
    wanted := substring(pg_get_indexdef('pg_temp.wanted_idx'::regclass) FROM 'USING .*');
    DROP TABLE pg_temp.user_accounts;

    SELECT substring(pg_get_indexdef(indexrelid) FROM 'USING .*') INTO found
    FROM pg_index
    WHERE indexrelid = to_regclass(format('%I.user_accounts_email_idx', current_schema()))
      AND indrelid = target AND indisvalid AND indisready;

    IF found IS DISTINCT FROM wanted THEN
        RAISE EXCEPTION 'index user_accounts_email_idx in schema % is % and not %',
            current_schema(), coalesce(found, 'missing or invalid'), wanted
            USING HINT = 'Migrate down to the version before 002, then up again: that drops and rebuilds it.';
    END IF;
END
$$;

COMMIT;
