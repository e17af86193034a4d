-- Rollback for: 001_create_plans_table
-- Version: 001
-- Description: Drop the plans table
-- Data: loses every plan

BEGIN;

-- squawk-ignore ban-drop-table
DROP TABLE plans;

DO $$
BEGIN
    IF to_regclass(format('%I.plans', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'table plans is still in schema %', current_schema();
    END IF;
END $$;

COMMIT;
