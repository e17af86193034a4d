-- Version: 002
-- Description: Validate the check invoices_amount_check on the rows of invoices that were there before it
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: 001
-- Phase: contract

BEGIN;

-- Reads the whole table, but reads and writes of others go on meanwhile.
ALTER TABLE invoices VALIDATE CONSTRAINT invoices_amount_check;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.invoices', current_schema()));
    missing text;
BEGIN
    SELECT string_agg(wanted.line, '; ') INTO missing
    FROM (
        VALUES
            ('validated constraint invoices_amount_check')
        EXCEPT (
            SELECT format('validated constraint %I', conname)
            FROM pg_constraint
            WHERE conrelid = target AND convalidated
        )
    ) AS wanted (line);

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'table invoices in schema % lacks: %', current_schema(), missing;
    END IF;
END
$$;

COMMIT;
