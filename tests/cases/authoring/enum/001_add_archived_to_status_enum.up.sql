-- Version: 001
-- Description: Add the value archived to the enum status
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- squawk-ignore-file require-enum-value-ordering

BEGIN;

-- The value can be used once this is committed, not before.
ALTER TYPE status ADD VALUE 'archived';

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM (
            SELECT enumlabel, lag(enumlabel) OVER labels AS behind, lead(enumlabel) OVER labels AS ahead
            FROM pg_enum
            WHERE enumtypid = to_regtype(format('%I.status', current_schema()))
            WINDOW labels AS (ORDER BY enumsortorder)
        ) AS labels
        WHERE enumlabel = 'archived' AND ahead IS NULL
    ) THEN
        RAISE EXCEPTION 'enum status in schema % lacks the value archived, or has it in another place',
            current_schema();
    END IF;
END
$$;

COMMIT;
