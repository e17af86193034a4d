-- Version: 002
-- Description: Let email of users be held unique by the index alone
-- Rollback for: 002_attach_unique_email_to_users
-- Data: keeps every row
-- squawk-ignore-file ban-drop-constraint, renaming-object, require-concurrent-index-creation

BEGIN;

-- The index goes with the constraint. Its like is built first: until then reads go on, and writes wait.
CREATE UNIQUE INDEX users_email_spare ON users (email);
ALTER TABLE users DROP CONSTRAINT users_email_key;
ALTER INDEX users_email_spare RENAME TO users_email_key;

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
        WHERE conrelid = target AND conname IN ('users_email_key')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table users in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
