-- Version: 001
-- Description: Drop the procedure move_rows
-- Rollback for: 001_create_move_rows_procedure
-- Data: keeps every row
-- squawk-ignore-file ban-drop-function

BEGIN;

DROP PROCEDURE move_rows(int, timestamptz);

DO $$
BEGIN
    IF to_regprocedure(format('%I.move_rows(int, timestamptz)', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'procedure move_rows is still in schema %', current_schema();
    END IF;
END
$$;

COMMIT;
