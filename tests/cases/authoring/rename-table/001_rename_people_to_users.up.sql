-- Version: 001
-- Description: Rename people to users
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None
-- squawk-ignore-file renaming-table

BEGIN;

-- An application that still asks for the old name fails from here on; indexes and constraints keep their names.
ALTER TABLE people RENAME TO users;

DO $$
BEGIN
    IF to_regclass(format('%I.people', current_schema())) IS NOT NULL OR NOT EXISTS (
        SELECT FROM pg_class WHERE oid = to_regclass(format('%I.users', current_schema())) AND relkind IN ('r', 'p')
    ) THEN
        RAISE EXCEPTION 'table people in schema % is not users now', current_schema();
    END IF;
END
$$;

COMMIT;
