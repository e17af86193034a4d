-- Version: 001
-- Description: Rename users to people again
-- Rollback for: 001_rename_people_to_users
-- Data: keeps every row
-- squawk-ignore-file renaming-table

BEGIN;

ALTER TABLE users RENAME TO people;

DO $$
BEGIN
    IF to_regclass(format('%I.users', current_schema())) IS NOT NULL OR NOT EXISTS (
        SELECT FROM pg_class WHERE oid = to_regclass(format('%I.people', current_schema())) AND relkind IN ('r', 'p')
    ) THEN
        RAISE EXCEPTION 'table users in schema % is not people now', current_schema();
    END IF;
END
$$;

COMMIT;
