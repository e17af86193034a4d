-- Version: 002
-- Description: Make email of users a unique key
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: contract

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
            (format('CREATE UNIQUE INDEX users_email_key ON %I.users USING btree (email)', current_schema()))
        EXCEPT (
            SELECT pg_get_indexdef(indexrelid)
            FROM pg_index
            WHERE indrelid = target AND indisvalid AND indisready
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % lacks: %', current_schema(), missing
            USING HINT = 'Migrate down to the version before 001, then up again: that builds it anew.';
    END IF;
END
$$;

-- Takes the index over as it is, and reads no row.
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('constraint users_email_key UNIQUE (email)')
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
