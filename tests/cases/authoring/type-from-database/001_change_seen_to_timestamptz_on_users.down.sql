-- Version: 001
-- Description: Make seen of users timestamp(3) without time zone again
-- Rollback for: 001_change_seen_to_timestamptz_on_users
-- Data: keeps what the old type can hold
-- squawk-ignore-file changing-column-type

BEGIN;

-- Unless the two types are stored alike (varchar to a longer varchar, or to text) this rewrites the table with
-- everyone locked out. For a big table rename the column to one of the new type instead: that goes in steps.
ALTER TABLE users ALTER COLUMN seen TYPE timestamp(3) without time zone
    USING (seen AT TIME ZONE 'UTC');

DO $$
DECLARE
    target regclass := to_regclass(format('%I.users', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column seen timestamp(3) without time zone')
        EXCEPT (
            SELECT concat_ws(' ', 'column', attname, format_type(atttypid, atttypmod))
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
