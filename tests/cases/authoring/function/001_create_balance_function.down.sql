-- Version: 001
-- Description: Drop the function balance
-- Rollback for: 001_create_balance_function
-- Data: keeps every row
-- squawk-ignore-file ban-drop-function

BEGIN;

DROP FUNCTION balance(bigint, timestamptz, mood[]);

DO $$
BEGIN
    IF to_regprocedure(format('%I.balance(bigint, timestamptz, mood[])', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'function balance is still in schema %', current_schema();
    END IF;
END
$$;

COMMIT;
