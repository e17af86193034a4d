-- Version: 001
-- Description: Drop the active_users view
-- Rollback for: 001_create_active_users_view
-- Data: keeps every row
-- squawk-ignore-file ban-drop-view

BEGIN;

DROP VIEW active_users;

DO $$
BEGIN
    IF to_regclass(format('%I.active_users', current_schema())) IS NOT NULL THEN
        RAISE EXCEPTION 'active_users is still in schema %', current_schema();
    END IF;
END
$$;

COMMIT;
