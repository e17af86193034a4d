-- Version: 001
-- Description: Rename notes_dropped to notes again
-- Rollback for: 001_drop_notes_table
-- Data: keeps every row
-- squawk-ignore-file renaming-table

BEGIN;

ALTER TABLE notes_dropped RENAME TO notes;

DO $$
BEGIN
    IF to_regclass(format('%I.notes_dropped', current_schema())) IS NOT NULL OR NOT EXISTS (
        SELECT FROM pg_class WHERE oid = to_regclass(format('%I.notes', current_schema())) AND relkind IN ('r', 'p')
    ) THEN
        RAISE EXCEPTION 'table notes_dropped in schema % is not notes now', current_schema();
    END IF;
END
$$;

COMMIT;
