-- Version: 001
-- Description: Drop the function answers
-- Rollback for: 001_create_answers_function
-- Data: keeps every row
-- squawk-ignore-file ban-drop-function

BEGIN;

DROP FUNCTION answers();

DO $$
BEGIN
    IF to_regprocedure(format('%I.answers()', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'function answers is still in schema %', current_schema();
    END IF;
END
$$;

COMMIT;
