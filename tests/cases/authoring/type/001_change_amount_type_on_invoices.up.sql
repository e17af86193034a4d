-- Version: 001
-- Description: Make amount of invoices numeric(12,2)
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: contract
-- squawk-ignore-file changing-column-type

BEGIN;

-- Unless the two types are stored alike (varchar to a longer varchar, or to text) this rewrites the table with
-- everyone locked out. For a big table rename the column to one of the new type instead: that goes in steps.
ALTER TABLE invoices ALTER COLUMN amount TYPE numeric(12,2)
    USING amount::numeric(12,2);

DO $$
DECLARE
    target regclass := to_regclass(format('%I.invoices', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('column amount numeric(12,2)')
        EXCEPT (
            SELECT concat_ws(' ', 'column', attname, format_type(atttypid, atttypmod))
            FROM pg_attribute
            WHERE attrelid = target AND attnum > 0 AND NOT attisdropped
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table invoices in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
