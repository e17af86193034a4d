-- Version: 001
-- Description: Demand email of users again
-- Rollback for: 001_loosen_email_and_state_from_users
-- Data: keeps every row
-- squawk-ignore-file adding-not-nullable-field

BEGIN;

-- Fails where rows are without: give them a value first. Reads the table with everyone locked out.
ALTER TABLE users
    ALTER COLUMN email SET NOT NULL;

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

COMMIT;
