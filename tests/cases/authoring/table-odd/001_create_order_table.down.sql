-- Version: 001
-- Description: Drop the order table
-- Rollback for: 001_create_order_table
-- Data: loses every row of it
-- squawk-ignore-file ban-drop-table

BEGIN;

DROP TABLE "order";

DO $$
BEGIN
    IF to_regclass(format('%I.%I', current_schema(), 'order')) IS NOT NULL THEN
        RAISE EXCEPTION 'order is still in schema %', current_schema();
    END IF;
END
$$;

COMMIT;
