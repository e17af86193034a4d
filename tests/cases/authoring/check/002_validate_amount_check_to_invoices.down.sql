-- Version: 002
-- Description: Make the check invoices_amount_check of invoices NOT VALID again
-- Rollback for: 002_validate_amount_check_to_invoices
-- Data: keeps every row
-- squawk-ignore-file ban-drop-constraint

BEGIN;

-- No statement takes a validation back: drop and add, NOT VALID, as 001 did.
ALTER TABLE invoices DROP CONSTRAINT invoices_amount_check;
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
