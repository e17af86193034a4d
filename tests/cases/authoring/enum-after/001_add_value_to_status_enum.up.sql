-- Version: 001
-- Description: Add the value it's $$ new to the enum status
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- squawk-ignore-file require-enum-value-ordering

BEGIN;

-- The value can be used once this is committed, not before.
ALTER TYPE status ADD VALUE 'it''s $$ new' AFTER 'new';

DO $body1$
BEGIN
    IF NOT EXISTS (
        SELECT FROM (
            SELECT enumlabel, lag(enumlabel) OVER labels AS behind, lead(enumlabel) OVER labels AS ahead
            FROM pg_enum
            WHERE enumtypid = to_regtype(format('%I.status', current_schema()))
            WINDOW labels AS (ORDER BY enumsortorder)
        ) AS labels
        WHERE enumlabel = 'it''s $$ new' AND behind = 'new'
    ) THEN
        RAISE EXCEPTION 'enum status in schema % lacks the value it''s $$ new, or has it in another place',
            current_schema();
    END IF;
END
$body1$;

COMMIT;
