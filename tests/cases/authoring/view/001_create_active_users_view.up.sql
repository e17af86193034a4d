-- Version: 001
-- Description: Create the active_users view
-- Author: A. U. Thor
-- Date: 2026-11-21
-- Dependencies: None

BEGIN;

CREATE VIEW active_users AS
SELECT id, name FROM users WHERE state = 'active; -- not' ORDER BY name;

DO $$
DECLARE
    target regclass := to_regclass(format('%I.active_users', current_schema()));
    wanted text;
BEGIN
    -- PostgreSQL has its own way to write a query: here it writes the wanted one, in a view for a moment.
    CREATE TEMPORARY VIEW wanted_view AS
SELECT id, name FROM users WHERE state = 'active; -- not' ORDER BY name;
    wanted := pg_get_viewdef('pg_temp.wanted_view'::regclass);
    DROP VIEW pg_temp.wanted_view;

    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = target AND relkind = 'v') OR pg_get_viewdef(target) <> wanted THEN
        RAISE EXCEPTION 'view active_users in schema % is missing or another one: %',
            current_schema(), pg_get_viewdef(target);
    END IF;
END
$$;

COMMIT;
