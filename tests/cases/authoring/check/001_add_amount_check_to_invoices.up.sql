-- Version: 001
-- Description: Check invoices.amount > 0 AND (state = 'a' OR state = 'b;') for new rows of invoices
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- Phase: expand

BEGIN;

-- NOT VALID holds for new rows at once and reads no old ones; 002 reads those under a weaker lock.
ALTER TABLE invoices ADD CONSTRAINT invoices_amount_check CHECK (invoices.amount > 0 AND (state = 'a' OR state = 'b;')) NOT VALID;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.invoices', current_schema()));
    wanted text;
    found text;
BEGIN
    IF target IS NULL THEN
        RAISE EXCEPTION 'table invoices is missing in schema %', current_schema();
    END IF;

    -- PostgreSQL has its own way to write an expression: here it writes the wanted one, on a table for a moment.
    EXECUTE format('CREATE TEMPORARY TABLE %I (LIKE %s)', 'invoices', target);
    ALTER TABLE pg_temp.invoices ADD CONSTRAINT wanted CHECK (invoices.amount > 0 AND (state = 'a' OR state = 'b;')) NOT VALID;
    SELECT pg_get_constraintdef(oid) INTO wanted
    FROM pg_constraint
    WHERE conrelid = 'pg_temp.invoices'::regclass AND conname = 'wanted';
    DROP TABLE pg_temp.invoices;

    SELECT pg_get_constraintdef(oid) INTO found
    FROM pg_constraint
    WHERE conrelid = target AND conname = 'invoices_amount_check';

    IF found IS DISTINCT FROM wanted THEN
        RAISE EXCEPTION 'constraint invoices_amount_check of table invoices in schema % is % and not %',
            current_schema(), coalesce(found, 'missing'), wanted;
    END IF;
END
$$;

COMMIT;
