-- Version: 001
-- Description: Drop the check invoices_amount_check of invoices
-- Rollback for: 001_add_amount_check_to_invoices
-- Data: keeps every row
-- squawk-ignore-file ban-drop-constraint

BEGIN;

ALTER TABLE invoices DROP CONSTRAINT invoices_amount_check;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.invoices', current_schema()));
    remaining text;
BEGIN
    SELECT string_agg(present.line, ', ') INTO remaining
    FROM (
        SELECT format('constraint %s', conname) FROM pg_constraint
        WHERE conrelid = target AND conname IN ('invoices_amount_check')
    ) AS present (line);

    IF target IS NULL OR remaining IS NOT NULL THEN
        RAISE EXCEPTION 'table invoices in schema % is missing, or still has: %', current_schema(), remaining;
    END IF;
END
$$;

COMMIT;
